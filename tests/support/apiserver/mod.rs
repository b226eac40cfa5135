//! A small API server on loopback, for whole-binary tests without a cluster.
//!
//! It is the server of the sandbox (src/sandbox/server), over sockets. It serves fixtures and faults. It is no model of Kube-OVN's controller and proves no verdict: what it does with an
//! object is what kube-apiserver does, and what a controller would do is played by a test with
//! [`ApiServer::on_create`] and its siblings.

mod hooks;
pub(crate) mod journal;
pub(crate) mod react;

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use kubectl_ko::sandbox::server::{Call, Deed as On, Fault, Kind, Line, Live, Script, Shared, connection, kinds};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use self::hooks::Around;
use self::journal::{ExecCall, Recorded};
use self::react::{Act, Reaction};

/// A running server; it ends when this is dropped.
pub(crate) struct ApiServer {
    shared: Arc<Shared>,
    around: Around,
    address: SocketAddr,
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl ApiServer {
    pub(crate) fn start() -> Self {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port of loopback");
        let address = listener.local_addr().expect("an address");
        let around = Around::default();
        let shared = Shared::new(Live::empty(), around.clone());
        let (stop, stopped) = oneshot::channel();
        let theirs = Arc::clone(&shared);
        let thread = std::thread::spawn(move || run(listener, &theirs, stopped));
        Self { shared, around, address, stop: Some(stop), thread: Some(thread) }
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn authority(&self) -> String {
        self.address.to_string()
    }

    // --- what is there

    /// Creates or replaces the objects of a YAML text, in its order.
    pub(crate) fn load(&self, yaml: &str) {
        self.shared.change(|state| {
            for kind in state.store.load(yaml).expect("the fixture is YAML of kinds that are served") {
                state.installed.entry(kind.plural).or_insert(true);
            }
        });
    }

    /// Creates or replaces one object.
    pub(crate) fn apply(&self, plural: &str, object: Value) {
        self.shared.change(|state| state.store.apply(kind(plural), object));
    }

    /// Removes an object whatever holds it.
    pub(crate) fn remove(&self, plural: &str, namespace: &str, name: &str) {
        self.shared.change(|state| state.store.remove(kind(plural), namespace, name));
    }

    /// An object as it is now; `null` when there is none. The namespace is empty for cluster-scoped kinds.
    pub(crate) fn object(&self, plural: &str, namespace: &str, name: &str) -> Value {
        self.shared.lock().store.find(kind(plural), namespace, name).cloned().unwrap_or_default()
    }

    /// The names of all objects of a kind.
    pub(crate) fn names(&self, plural: &str) -> Vec<String> {
        let state = self.shared.lock();
        let objects = state.store.list(kind(plural), "");
        objects.map(|object| object["metadata"]["name"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Takes a kind away, as if its CRD did not exist, or brings it back.
    pub(crate) fn serve(&self, plural: &str, served: bool) {
        self.shared.change(|state| state.installed.insert(kind(plural).plural, served));
    }

    /// What later objects carry as creation time: this long before now (so that an age is always the same).
    pub(crate) fn created_ago(&self, age: Duration) {
        let then = jiff::Timestamp::now() - jiff::SignedDuration::try_from(age).expect("a small age");
        let whole = jiff::Timestamp::from_second(then.as_second()).expect("a time");
        self.shared.change(|state| state.store.created = Some(whole.to_string()));
    }

    /// The rows of an OVN table, in OVSDB's JSON; replaces those of before.
    pub(crate) fn rows(&self, database: &str, table: &str, rows: &Value) {
        let rows = rows.as_array().expect("a list of rows").clone();
        self.shared.change(|state| *state.tables.rows_mut(database, table) = rows);
    }

    /// Lines of a pod's log that were written long ago: `sinceTime` hides them. See also [`Act::log`].
    pub(crate) fn log(&self, namespace: &str, pod: &str, lines: &str) {
        let lines = lines.lines().map(|text| Line { at: None, text: text.to_owned() });
        self.shared.change(|state| {
            state.logs.entry((namespace.to_owned(), pod.to_owned())).or_default().lines.extend(lines);
        });
    }

    /// The container has ended: followers of its log see the end.
    pub(crate) fn end_log(&self, namespace: &str, pod: &str) {
        self.shared.change(|state| state.logs.entry((namespace.to_owned(), pod.to_owned())).or_default().ended = true);
    }

    // --- what happens

    /// Plays the controller: after an object of this plural was created, does what `act` returns.
    pub(crate) fn on_create(&self, plural: &str, act: impl Fn(&Value) -> Vec<Act> + Send + 'static) {
        self.on(On::Create, plural, act);
    }

    /// See [`ApiServer::on_create`]; after a patch, with the object it made.
    pub(crate) fn on_patch(&self, plural: &str, act: impl Fn(&Value) -> Vec<Act> + Send + 'static) {
        self.on(On::Patch, plural, act);
    }

    /// See [`ApiServer::on_create`]; after a delete, with the object of before.
    pub(crate) fn on_delete(&self, plural: &str, act: impl Fn(&Value) -> Vec<Act> + Send + 'static) {
        self.on(On::Delete, plural, act);
    }

    fn on(&self, on: On, plural: &str, act: impl Fn(&Value) -> Vec<Act> + Send + 'static) {
        let plural = kind(plural).plural;
        self.around.book().reactions.push(Reaction { on, plural, act: Box::new(act) });
    }

    /// The commands in pods this rule knows; the newest rule that knows one answers. `ovsdb-client transact` needs none.
    pub(crate) fn on_exec(&self, rule: impl Fn(&Call) -> Option<Script> + Send + 'static) {
        self.around.book().rules.push(Box::new(rule));
    }

    /// Every command in a pod does this.
    pub(crate) fn on_any_exec(&self, script: Script) {
        self.on_exec(move |_| Some(script.clone()));
    }

    /// Exec only in version 4 of its protocol.
    pub(crate) fn old_exec(&self) {
        self.shared.lock().old_exec = true;
    }

    /// The oldest fault that matches a request hits it.
    pub(crate) fn fault(&self, fault: Fault) {
        self.shared.lock().faults.push(fault);
    }

    pub(crate) fn clear_faults(&self) {
        self.shared.lock().faults.clear();
    }

    /// A user with this bearer token. From then on nobody else is let in.
    pub(crate) fn user(&self, token: &str, name: &str) {
        self.shared.lock().access.tokens.insert(token.to_owned(), name.to_owned());
    }

    /// `user` (`*`: everybody) may not do `verb` on `resource` (`vips`, `pods/exec`; exec is `create`).
    pub(crate) fn deny(&self, user: &str, verb: &str, resource: &str) {
        self.shared.lock().access.denied.push((user.to_owned(), verb.to_owned(), resource.to_owned()));
    }

    // --- what was asked

    /// All requests so far.
    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.around.book().journal.clone()
    }

    /// The requests that change something, one a line.
    pub(crate) fn writes(&self) -> String {
        let requests = self.requests();
        let lines: Vec<String> =
            requests.iter().filter(|request| request.is_write()).map(ToString::to_string).collect();
        lines.join("\n")
    }

    /// All requests so far, one a line.
    pub(crate) fn journal(&self) -> String {
        let lines: Vec<String> = self.requests().iter().map(ToString::to_string).collect();
        lines.join("\n")
    }

    /// Bytes of all bodies that were answered.
    pub(crate) fn bytes(&self) -> usize {
        self.requests().iter().map(|request| request.bytes).sum()
    }

    /// Forgets the requests and execs so far.
    pub(crate) fn forget(&self) {
        let mut book = self.around.book();
        book.journal.clear();
        book.execs.clear();
    }

    /// All commands that were asked for in pods.
    pub(crate) fn execs(&self) -> Vec<ExecCall> {
        self.around.book().execs.clone()
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // a server that panicked has failed a test already, by not answering
            drop(thread.join());
        }
    }
}

/// The kind of that plural.
fn kind(plural: &str) -> &'static Kind {
    kinds::of_plural(plural).unwrap_or_else(|| panic!("no {plural} are served"))
}

/// Accepts on its own thread's runtime until `stop` resolves.
fn run(listener: std::net::TcpListener, shared: &Arc<Shared>, stop: oneshot::Receiver<Infallible>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        listener.set_nonblocking(true).expect("a listener that does not block");
        let listener = TcpListener::from_std(listener).expect("a listener");
        let accept = async {
            while let Ok((socket, _)) = listener.accept().await {
                // a late flush would make every test of a stream wait for the peer's acknowledgement
                drop(socket.set_nodelay(true));
                tokio::spawn(connection(socket, Arc::clone(shared)));
            }
        };
        tokio::select! {
            () = accept => {}
            _ = stop => {}
        }
    });
}
