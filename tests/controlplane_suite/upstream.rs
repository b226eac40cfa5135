//! The instance behind the proxy: `kubectl proxy` speaks TLS to it, a kubeconfig leads the program to the proxy.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use super::bench::{Outcome, program};
use crate::proxy::{Proxy, Request, Stage, Verdict};

/// A running `kubectl proxy`.
pub(crate) struct Upstream {
    child: Child,
    address: SocketAddr,
}

impl Upstream {
    pub(crate) fn start() -> Outcome<Self> {
        let mut child = Command::new("kubectl")
            .args(["proxy", "--port=0", "--disable-filter"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("kubectl proxy: {error}"))?;
        let mut line = String::new();
        let out = child.stdout.take().ok_or("kubectl proxy without standard output")?;
        BufReader::new(out).read_line(&mut line).map_err(|error| error.to_string())?;
        // Starting to serve on 127.0.0.1:PORT
        let address = line.rsplit(' ').next().unwrap_or_default().trim();
        let address = address.parse().map_err(|_| format!("kubectl proxy said: {line}"))?;
        Ok(Self { child, address })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// A proxy before it that asks `gate`.
    pub(crate) fn gated(&self, gate: impl Fn(&Request, Stage) -> Verdict + Send + Sync + 'static) -> Outcome<Gated> {
        let proxy = Proxy::start(self.address, gate).map_err(|error| format!("the proxy: {error}"))?;
        let config = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
        let url = proxy.url();
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{{name: c, context: {{cluster: c, user: u}}}}]\n\
             clusters: [{{name: c, cluster: {{server: '{url}'}}}}]\nusers: [{{name: u, user: {{}}}}]\n"
        );
        std::fs::write(config.path(), text).map_err(|error| error.to_string())?;
        Ok(Gated { proxy, config })
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A proxy, and the kubeconfig that leads to it.
pub(crate) struct Gated {
    pub(crate) proxy: Proxy,
    config: tempfile::NamedTempFile,
}

impl Gated {
    /// The program, led through the proxy.
    pub(crate) fn program(&self, line: &str) -> Command {
        let mut command = program(&line.split_whitespace().collect::<Vec<_>>());
        command.env("KUBECONFIG", self.config.path());
        command
    }
}
