//! `kubectl ko ip show`

use std::fmt::{Arguments, Write as _};

use serde_json::{Value, json};

use super::super::{print, problems};
use super::{Context, list, target};
use crate::api::{Ip, Pod, PodType, Resource as _, Subnet};
use crate::check::Finding;
use crate::check::ip::{self as rules, Kept, Lasting, State, holder, lasting};
use crate::cluster::Cluster;
use crate::cluster::rest::typed;
use crate::completion;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::output::{Format, age, escape, joined};
use crate::ovn::northbound::LogicalSwitchPort;
use crate::world::Controller;
use crate::world::holder::Maker;
use crate::world::users::User;

/// Show an IP, who has it now, and what takes it away
///
/// Looks at the object, at the pod it is for and at what makes that pod, at the controller's flags, at the rules that use it and at
/// the logical port in OVN, and says what does not fit together.
#[derive(clap::Args, Debug)]
pub(super) struct ShowArgs {
    /// Name of the IP, or whom it is for: pod/NAME, vm/NAME, sts/NAME-0
    #[arg(value_name = "NAME|TARGET", add = completion::names_of("ips"))]
    name: String,
    /// Output format: json or yaml (an IpReport), or name
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<String>,
}

/// What could be read, or why not.
type Read<T> = std::result::Result<T, String>;

/// All that is known of one IP.
struct Report {
    object: Value,
    ip: Ip,
    subnet: Option<Subnet>,
    pod: Read<Option<Pod>>,
    maker: Read<Option<Maker>>,
    controller: Read<Controller>,
    users: Read<Vec<User>>,
    port: Read<Option<LogicalSwitchPort>>,
}

pub(super) async fn run(context: &Context<'_>, args: &ShowArgs) -> Result<Exit> {
    let format = print::parse_format(args.output.as_deref())?;
    let cluster = context.cluster().await?;
    let mut meant = target::existing(context, &args.name).await?;
    let Some((name, found)) = meant.pop().filter(|_| meant.is_empty()) else {
        return Err(Failure::usage(format!("{} are several: show one, such as {}-0", args.name, args.name)));
    };
    if found.is_none() {
        return Err(list::missing(&name));
    }
    let Some(mut object) = cluster.get(Cluster::ip(&name)).await? else { return Err(list::missing(&name)) };
    drop(object["metadata"].as_object_mut().map(|metadata| metadata.remove("managedFields")));
    let ip: Ip = typed(object.clone(), Ip::KIND)?;
    let whom = holder(&ip.spec);
    let (subnet, pod, maker, controller, users, port) = tokio::join!(
        cluster.find::<Subnet>("", &ip.spec.subnet),
        cluster.holder_pod(&whom),
        cluster.maker(&whom),
        cluster.controller(),
        async { Ok(cluster.ip_candidates(&[&ip]).await?.users_of(&ip)) },
        cluster.port(&name),
    );
    let report = Report {
        subnet: subnet?,
        pod: readable(pod)?,
        maker: readable(maker)?,
        controller: readable(controller)?,
        users: readable(users)?,
        port: readable(port)?,
        object,
        ip,
    };
    match format {
        Format::Table | Format::Wide => context.ui.data(report.text(context.ui.is_terminal()).as_bytes())?,
        Format::Name => print::object(context, format, &report.object)?,
        Format::Json | Format::Yaml => print::object(context, format, &report.json())?,
    }
    Ok(if report.unknown().is_empty() { Exit::Success } else { Exit::Partial })
}

/// What this user may not read is left out and said; anything else that fails ends the command.
fn readable<T>(read: Result<T>) -> Result<Read<T>> {
    match read {
        Ok(value) => Ok(Ok(value)),
        Err(failure) if matches!(failure.cause, Cause::Forbidden | Cause::Unreadable) => {
            Ok(Err(failure.reason().to_owned()))
        }
        Err(failure) => Err(failure),
    }
}

impl Report {
    /// Why some of it is not known, each reason once.
    fn unknown(&self) -> Vec<&String> {
        let all = [
            self.pod.as_ref().err(),
            self.maker.as_ref().err(),
            self.controller.as_ref().err(),
            self.users.as_ref().err(),
            self.port.as_ref().err(),
        ];
        let mut all: Vec<&String> = all.into_iter().flatten().collect();
        all.dedup();
        all
    }

    /// Whether it is a pod's or VM's; nodes and routers have IPs too.
    fn is_of_pod(&self) -> bool {
        !self.ip.spec.namespace.is_empty()
    }

    fn kind(&self) -> String {
        let kind = match PodType::parse(&self.ip.spec.pod_type) {
            _ if !self.is_of_pod() => return "address of Kube-OVN's own".to_owned(),
            Some(PodType::Pod) => "pod",
            Some(PodType::StatefulSet) => "pod of a StatefulSet",
            Some(PodType::VirtualMachine) => "VM",
            None => "type unknown to the controller",
        };
        match () {
            () if self.ip.is_claim() => format!("claim of an address for a {kind}"),
            () if self.ip.is_reserved() => format!("reserved address of a {kind}"),
            () => format!("address of a {kind}"),
        }
    }

    /// What takes it away; nothing when too little could be read.
    fn lasting(&self) -> Option<Lasting> {
        let (pod, maker) = (self.pod.as_ref().ok()?, self.maker.as_ref().ok()?);
        let controller = self.controller.as_ref().ok();
        let ip = &self.ip;
        self.is_of_pod().then(|| lasting(&holder(&ip.spec), ip.is_reserved(), pod.as_ref(), maker.as_ref(), controller))
    }

    /// What does not fit together.
    fn problems(&self) -> Vec<Finding> {
        rules::problems(&State {
            ip: &self.ip,
            subnet: self.subnet.as_ref(),
            pod: self.pod.as_ref().ok().and_then(Option::as_ref),
            port: self.port.as_ref().ok().map(Option::as_ref),
        })
    }

    fn text(&self, terminal: bool) -> String {
        let ip = &self.ip;
        let shown = |text: &str| if terminal { escape(text).into_owned() } else { text.to_owned() };
        let or_none = |text: &str| if text.is_empty() { "<none>".to_owned() } else { shown(text) };
        let created = ip.metadata.creation_timestamp.parse().ok();
        let cidr = self.subnet.as_ref().map_or("which does not exist", |subnet| &subnet.spec.cidr_block);
        let mut out = String::new();
        let mut line = |key: &str, value: String| put(&mut out, format_args!("{:<12} {value}", format!("{key}:")));
        line("Name", shown(ip.name()));
        line("Kind", self.kind());
        if self.is_of_pod() {
            line("For", shown(&holder(&ip.spec).told()));
        }
        line("Subnet", format!("{} ({})", or_none(&ip.spec.subnet), shown(cidr)));
        line("Addresses", or_none(&ip.addresses().collect::<Vec<_>>().join(", ")));
        line("MAC", or_none(&ip.spec.mac_address));
        line("Ready", ip.is_ready().to_string());
        line("Age", age(created, jiff::Timestamp::now()));
        line("Held by", shown(&self.held_by()));
        self.lasting_text(&mut out, shown);
        self.users_text(&mut out, shown);
        match &self.port {
            Err(why) => put(&mut out, format_args!("OVN:         not looked at: {}", shown(why))),
            Ok(None) => out.push_str("OVN:         <none>\n"),
            Ok(Some(port)) => put(
                &mut out,
                format_args!("OVN:         port {} ({})", shown(&port.name), shown(&joined(&port.addresses, 4))),
            ),
        }
        problems::text(&mut out, &self.problems(), shown);
        out
    }

    fn held_by(&self) -> String {
        match &self.pod {
            _ if !self.is_of_pod() => self.ip.spec.pod_name.clone(),
            Err(why) => format!("not looked at: {why}"),
            Ok(None) => "nobody now".to_owned(),
            Ok(Some(pod)) => match pod.spec.node_name.as_str() {
                "" => format!("pod {}", pod.key()),
                node => format!("pod {} on {node}", pod.key()),
            },
        }
    }

    fn lasting_text(&self, out: &mut String, shown: impl Fn(&str) -> String) {
        let Some(lasting) = self.lasting() else {
            if let Some(why) = self.pod.as_ref().err().or(self.maker.as_ref().err()) {
                put(out, format_args!("Kept when:   not looked at: {}", shown(why)));
            }
            return;
        };
        out.push_str("Kept when:\n");
        let mut line = |when: &str, kept: &Kept| {
            let word = if kept.kept { "yes" } else { "no" };
            put(out, format_args!("  {:<27} {word}: {}", format!("{when}:"), shown(&kept.why)));
        };
        line("its pod goes", &lasting.pod);
        if let Some(kept) = &lasting.maker {
            let vm = PodType::parse(&self.ip.spec.pod_type) == Some(PodType::VirtualMachine);
            line(if vm { "the VM is deleted" } else { "the set shrinks or goes" }, kept);
        }
        line("the controller restarts", &lasting.restart);
    }

    fn users_text(&self, out: &mut String, shown: impl Fn(&str) -> String) {
        match &self.users {
            Err(why) => put(out, format_args!("Users:       not looked at: {}", shown(why))),
            Ok(users) if users.is_empty() => out.push_str("Users:       <none>\n"),
            Ok(users) => {
                out.push_str("Users:\n");
                for user in users {
                    put(out, format_args!("  {}/{} {}", user.kind, shown(&user.name), shown(&user.how)));
                }
            }
        }
    }

    fn json(&self) -> Value {
        fn known<T, V: Into<Value>>(read: &Read<T>, value: impl FnOnce(&T) -> V) -> Value {
            read.as_ref().map_or_else(|why| json!({"unknown": why}), |read| value(read).into())
        }
        let pod = known(&self.pod, |pod| {
            json!(pod.as_ref().map(|pod| json!({"name": pod.metadata.name, "namespace": pod.metadata.namespace, "node": pod.spec.node_name})))
        });
        let port = known(&self.port, |port| {
            json!(port.as_ref().map(|port| json!({"name": port.name, "addresses": port.addresses})))
        });
        json!({
            "apiVersion": "ko.kubeovn.io/v1alpha1",
            "kind": "IpReport",
            "metadata": {"name": self.ip.name()},
            "ip": self.object,
            "ready": self.ip.is_ready(),
            "reserved": self.ip.is_reserved(),
            "heldBy": pod,
            "kept": self.lasting(),
            "users": known(&self.users, |users| json!(users)),
            "ovn": {"port": port},
            "problems": problems::json(&self.problems()),
        })
    }
}

/// Adds a line to a text; writing to a text cannot fail.
fn put(out: &mut String, line: Arguments<'_>) {
    let _ = writeln!(out, "{line}");
}

/// The users of an IP that refuse its release, told.
pub(super) fn told(users: &[User]) -> String {
    users.iter().fold(String::new(), |all, user| format!("{all}\n  {}/{} {}", user.kind, user.name, user.how))
}
