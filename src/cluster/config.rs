//! From kubectl's connection flags to a client configuration, with kubectl's rules: files of `KUBECONFIG` are merged, missing
//! ones are skipped, flags win (<https://kubernetes.io/docs/reference/kubectl/generated/kubectl_options/>).

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use kube::Config;
use kube::config::{Context, KubeConfigOptions, Kubeconfig, KubeconfigError};

use super::proxy;
use crate::failure::{Exit, Failure, Result};
use crate::sandbox::Place;

/// kubectl's connection flags. They stand behind `kubectl ko`: kubectl takes none before the name of a plugin.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Connection")]
pub struct Connection {
    /// Path to the kubeconfig file to use
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub kubeconfig: Option<PathBuf>,
    /// No cluster: a sandbox inside this program, or the sandbox or snapshot in FILE
    #[arg(long, global = true, env = "KUBECTL_KO_SANDBOX", num_args = 0..=1, default_missing_value = "1", require_equals = true, value_name = "FILE", hide_short_help = true)]
    pub sandbox: Option<OsString>,
    /// With the --sandbox of a snapshot: keep in the file what is changed
    #[arg(long, global = true, hide_short_help = true)]
    pub save: bool,
    /// The kubeconfig context to use
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    pub context: Option<String>,
    /// The kubeconfig cluster to use
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    pub cluster: Option<String>,
    /// The kubeconfig user to use
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    pub user: Option<String>,
    /// The namespace scope of this request
    #[arg(short, long, global = true, value_name = "NAME", hide_short_help = true)]
    pub namespace: Vec<String>,
    /// Address and port of the API server
    #[arg(short, long, global = true, value_name = "URL", hide_short_help = true)]
    pub server: Option<String>,
    /// Bearer token for the API server
    #[arg(long, global = true, value_name = "TOKEN", hide_short_help = true)]
    pub token: Option<String>,
    /// Name for the API server, where it takes one with a password
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    pub username: Option<String>,
    /// Password for the API server
    #[arg(long, global = true, value_name = "PASSWORD", hide_short_help = true)]
    pub password: Option<String>,
    /// Accepted for kubectl's sake: nothing is cached
    #[arg(long, global = true, value_name = "DIR", hide = true)]
    pub cache_dir: Option<PathBuf>,
    /// User to impersonate
    #[arg(long = "as", global = true, value_name = "USER", hide_short_help = true)]
    pub impersonate: Option<String>,
    /// Group to impersonate (can be repeated)
    #[arg(long = "as-group", global = true, value_name = "GROUP", hide_short_help = true)]
    pub impersonate_group: Vec<String>,
    /// UID to impersonate
    #[arg(long = "as-uid", global = true, value_name = "UID", hide_short_help = true)]
    pub impersonate_uid: Option<String>,
    /// Certificate file of the authority that signed the server's certificate
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub certificate_authority: Option<PathBuf>,
    /// Client certificate file
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub client_certificate: Option<PathBuf>,
    /// Client key file
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub client_key: Option<PathBuf>,
    /// Do not check the server's certificate
    #[arg(long, global = true, num_args = 0..=1, default_missing_value = "true", require_equals = true, value_name = "BOOL", hide_short_help = true)]
    pub insecure_skip_tls_verify: Option<bool>,
    /// Name to check the server's certificate for
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    pub tls_server_name: Option<String>,
    /// Do not ask for compressed answers
    #[arg(long, global = true, num_args = 0..=1, default_missing_value = "true", require_equals = true, value_name = "BOOL", hide_short_help = true)]
    pub disable_compression: Option<bool>,
    /// How long one request may take, such as 5s or 2m; 0 is for ever
    #[arg(long, global = true, value_name = "DURATION", hide_short_help = true)]
    pub request_timeout: Option<String>,
    /// Namespace of Kube-OVN itself (default: kube-system, else found by the label app=ovn-central)
    #[arg(long, global = true, env = "KUBE_OVN_NS", value_name = "NAME", hide_short_help = true)]
    pub kube_ovn_namespace: Option<String>,
}

impl Connection {
    /// The sandbox that `--sandbox` or `KUBECTL_KO_SANDBOX` names: `1` and `true` are this user's own, nothing, `0` and `false` none.
    ///
    /// Fails together with a flag that names a cluster or a user of one.
    pub fn sandbox(&self) -> Result<Option<Place>> {
        let place = match self.sandbox.as_deref().map(OsStr::to_string_lossy).as_deref() {
            None | Some("" | "0" | "false") => None,
            Some("1" | "true") => Some(Place::Own),
            Some(_) => self.sandbox.as_ref().map(|file| Place::File(file.into())),
        };
        if place.is_none() {
            return if self.save {
                Err(Failure::usage("--save is about a snapshot").hint("name one: --sandbox=FILE --save"))
            } else {
                Ok(None)
            };
        }
        let named = [
            ("--kubeconfig", self.kubeconfig.is_some()),
            ("--context", self.context.is_some()),
            ("--cluster", self.cluster.is_some()),
            ("--user", self.user.is_some()),
            ("--server", self.server.is_some()),
            ("--token", self.token.is_some()),
            ("--username", self.username.is_some()),
            (
                "--as",
                self.impersonate.is_some() || !self.impersonate_group.is_empty() || self.impersonate_uid.is_some(),
            ),
        ];
        match named.iter().find(|(_, given)| *given) {
            Some((flag, _)) => Err(Failure::usage(format!("{flag} is about a cluster, and the sandbox is none"))
                .hint(format!("leave {flag} out, or --sandbox and KUBECTL_KO_SANDBOX"))),
            None => Ok(place),
        }
    }

    /// How long one request may take: `--request-timeout`, else a minute. `None` is for ever. A bare number is seconds.
    ///
    /// kubectl's own default is for ever; a tool whose every wait ends with a reason cannot have that one.
    pub fn timeout(&self) -> Result<Option<Duration>> {
        let Some(text) = self.request_timeout.as_ref().filter(|text| !text.is_empty()) else {
            return Ok(Some(Duration::from_secs(60)));
        };
        let duration = parse_duration(text).ok_or_else(|| {
            Failure::usage(format!("--request-timeout `{text}` is no duration"))
                .hint("write a number with a unit, such as 500ms, 5s, 2m or 1h30m; 0 waits for ever")
        })?;
        Ok((!duration.is_zero()).then_some(duration))
    }
}

/// A year; who waits longer has mistyped, and a moment too far away cannot be reckoned.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// Reads a duration as Go writes it (`1h30m`, `500ms`, `5s`), or a bare number of seconds (Go: time.ParseDuration).
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds)).filter(|total| *total <= LONGEST);
    }
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|end| *end > 0)?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit_end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let seconds = match &rest[..unit_end] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        rest = &rest[unit_end..];
        total = total.checked_add(Duration::try_from_secs_f64(number * seconds).ok()?)?;
    }
    (!text.is_empty() && total <= LONGEST).then_some(total)
}

/// The configuration that the flags and files name, and the name of its user entry.
pub async fn load(connection: &Connection) -> Result<(Config, String)> {
    let (mut config, own_proxy, user) = match kubeconfig(connection)? {
        Some(kubeconfig) => {
            known_user(connection, &kubeconfig)?;
            let own_proxy = names_proxy(connection, &kubeconfig);
            let user = user(connection, &kubeconfig);
            let options = KubeConfigOptions {
                context: connection.context.clone(),
                cluster: connection.cluster.clone(),
                user: connection.user.clone(),
            };
            let config =
                Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| unusable(&error))?;
            (config, own_proxy, user)
        }
        None => (without_file(connection)?, false, String::new()),
    };
    apply(connection, &mut config)?;
    if !own_proxy {
        config.proxy_url = proxy::of_environment(&config.cluster_url, |name| std::env::var(name).ok())?;
    }
    if config.accept_invalid_certs {
        // nothing is checked: the operating system's 150 certificates need not be read
        config.root_cert.get_or_insert_default();
    }
    // kube retries 429, 503 and 504 up to fifteen times, whatever the time: ours is in rest.rs
    config.default_retry = false;
    config.connect_timeout = Some(Duration::from_secs(10));
    config.read_timeout = None;
    config.write_timeout = None;
    Ok((config, user))
}

/// `--user` has to be in the file: the client would go on without credentials.
fn known_user(connection: &Connection, kubeconfig: &Kubeconfig) -> Result<()> {
    match &connection.user {
        Some(user) if !kubeconfig.auth_infos.iter().any(|named| named.name == *user) => {
            Err(Failure::usage(format!("error: auth info \"{user}\" does not exist"))
                .hint("kubectl config get-users lists them"))
        }
        _ => Ok(()),
    }
}

/// The user entry that the flags choose.
fn user(connection: &Connection, kubeconfig: &Kubeconfig) -> String {
    let named = context(connection, kubeconfig).and_then(|context| context.user.as_ref());
    connection.user.as_ref().or(named).cloned().unwrap_or_default()
}

fn context<'k>(connection: &Connection, kubeconfig: &'k Kubeconfig) -> Option<&'k Context> {
    let name = connection.context.as_ref().or(kubeconfig.current_context.as_ref());
    kubeconfig.contexts.iter().find(|named| Some(&named.name) == name)?.context.as_ref()
}

/// Whether the cluster that the flags choose has a `proxy-url` of its own.
fn names_proxy(connection: &Connection, kubeconfig: &Kubeconfig) -> bool {
    let cluster = context(connection, kubeconfig).map(|context| &context.cluster);
    let chosen = connection.cluster.as_ref().or(cluster);
    let cluster = kubeconfig.clusters.iter().find(|named| Some(&named.name) == chosen);
    cluster.and_then(|named| named.cluster.as_ref()).is_some_and(|cluster| cluster.proxy_url.is_some())
}

fn kubeconfig(connection: &Connection) -> Result<Option<Kubeconfig>> {
    if let Some(path) = &connection.kubeconfig {
        return read(path).map(Some);
    }
    let listed: Vec<PathBuf> = match std::env::var_os("KUBECONFIG").filter(|value| !value.is_empty()) {
        Some(value) => std::env::split_paths(&value).filter(|path| !path.as_os_str().is_empty()).collect(),
        None => std::env::home_dir().map(|home| home.join(".kube/config")).into_iter().collect(),
    };
    let mut merged: Option<Kubeconfig> = None;
    for path in listed.iter().filter(|path| path.exists()) {
        let next = read(path)?;
        merged = Some(match merged {
            Some(first) => first.merge(next).map_err(|error| unusable(&error))?,
            None => next,
        });
    }
    Ok(merged)
}

fn read(path: &PathBuf) -> Result<Kubeconfig> {
    Kubeconfig::read_from(path).map_err(|error| match &error {
        KubeconfigError::ReadConfig(cause, _) => {
            Failure::because(Exit::Cluster, format!("cannot read the kubeconfig {}", path.display()), cause)
        }
        _ => Failure::because(Exit::Cluster, format!("the kubeconfig {} cannot be understood", path.display()), &error)
            .hint("kubectl config view shows what kubectl makes of it; a key that stands twice is refused here"),
    })
}

/// No file: the server of the command line, or the pod this runs in.
fn without_file(connection: &Connection) -> Result<Config> {
    if let Some(server) = &connection.server {
        return Ok(Config::new(url(server)?));
    }
    Config::incluster().map_err(|_| {
        let looked = std::env::var("KUBECONFIG").ok().filter(|value| !value.is_empty());
        let place = looked.map_or_else(
            || "~/.kube/config does not exist".to_owned(),
            |value| format!("no file of KUBECONFIG={value} exists"),
        );
        Failure::cluster(format!("no cluster is known: {place}, and this is not a pod"))
            .hint("name a file: kubectl ko --kubeconfig FILE …, or export KUBECONFIG=FILE")
    })
}

fn url(text: &str) -> Result<http::Uri> {
    let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    full.parse()
        .map_err(|_| Failure::usage(format!("--server `{text}` is no URL")).hint("write it as https://HOST:PORT"))
}

fn apply(connection: &Connection, config: &mut Config) -> Result<()> {
    if let Some(server) = &connection.server {
        config.cluster_url = url(server)?;
    }
    if let Some(namespace) = connection.namespace.last() {
        config.default_namespace.clone_from(namespace);
    }
    if let Some(file) = &connection.certificate_authority {
        if let Err(error) = std::fs::metadata(file) {
            return Err(Failure::because(
                Exit::Usage,
                format!("cannot read --certificate-authority {}", file.display()),
                &error,
            ));
        }
        // the file alone decides; the empty list keeps the operating system's own certificates out
        config.root_cert = Some(Vec::new());
        config.root_cert_file = Some(file.clone());
    }
    if let Some(insecure) = connection.insecure_skip_tls_verify {
        config.accept_invalid_certs = insecure;
    }
    if connection.tls_server_name.is_some() {
        config.tls_server_name.clone_from(&connection.tls_server_name);
    }
    if let Some(disable) = connection.disable_compression {
        config.disable_compression = disable;
    }
    let user = &mut config.auth_info;
    if let Some(token) = &connection.token {
        user.token = Some(token.clone().into());
        user.token_file = None;
        user.exec = None;
        user.auth_provider = None;
    }
    if let Some(name) = &connection.username {
        user.username = Some(name.clone());
        user.password = Some(connection.password.clone().unwrap_or_default().into());
        (user.token, user.token_file, user.exec, user.auth_provider) = (None, None, None, None);
    }
    if let Some(file) = &connection.client_certificate {
        user.client_certificate = Some(file.to_string_lossy().into_owned());
        user.client_certificate_data = None;
    }
    if let Some(file) = &connection.client_key {
        user.client_key = Some(file.to_string_lossy().into_owned());
        user.client_key_data = None;
    }
    if connection.impersonate.is_some() {
        user.impersonate.clone_from(&connection.impersonate);
    }
    if !connection.impersonate_group.is_empty() {
        user.impersonate_groups = Some(connection.impersonate_group.clone());
    }
    if connection.impersonate_uid.is_some() {
        user.impersonate_uid.clone_from(&connection.impersonate_uid);
    }
    Ok(())
}

/// Why a kubeconfig that could be read names no usable cluster.
fn unusable(error: &KubeconfigError) -> Failure {
    match error {
        KubeconfigError::CurrentContextNotSet => Failure::usage("no context is current in the kubeconfig")
            .hint("kubectl config get-contexts lists them; kubectl config use-context NAME chooses one"),
        KubeconfigError::LoadContext(name) => Failure::usage(format!("error: context \"{name}\" does not exist"))
            .hint("kubectl config get-contexts lists them"),
        KubeconfigError::LoadClusterOfContext(name) => {
            Failure::usage(format!("error: cluster \"{name}\" does not exist"))
                .hint("kubectl config get-clusters lists them")
        }
        other => Failure::because(Exit::Cluster, "the kubeconfig cannot be used", other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        let seconds = |text| parse_duration(text).map(|duration| duration.as_secs_f64());
        assert_eq!(seconds("5"), Some(5.0));
        assert_eq!(seconds("1h30m"), Some(5400.0));
        assert_eq!(seconds("500ms"), Some(0.5));
        assert_eq!(seconds("1.5s"), Some(1.5));
        let far = "10000000000000000000s10000000000000000000s";
        for wrong in ["", "s", "5x", "-1s", "1s2", far, "10000000000000000000"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
