//! All input and output with the cluster; nothing here prints.
//!
//! [`Cluster`] is built from the connection flags the first time a command asks for it, and only then: help, completion and
//! usage errors open no kubeconfig.

pub mod config;
pub mod error;
pub mod exec;
pub mod external;
mod fallback;
pub mod gather;
mod gather_nat;
mod gather_pod;
mod gone;
mod holder;
pub mod ip;
pub mod leader;
pub mod locate;
pub mod nat;
mod nat_users;
mod oidc;
pub mod ovsdb;
mod proxy;
pub mod rest;
pub mod slr;
pub mod snapshot;
pub mod standing;
mod subnet;
mod targeted;
mod transport;
pub mod vip;
pub mod workload;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;

pub use config::Connection;

use crate::failure::Result;
use crate::sandbox::Place;

/// One cluster, as one user sees it.
pub struct Cluster {
    client: kube::Client,
    connection: Connection,
    namespace: String,
    server: String,
    /// The user entry of the kubeconfig, by name.
    user: String,
    timeout: Option<Duration>,
    /// See [`Cluster::written`].
    written: Mutex<Vec<String>>,
    /// See [`Cluster::banner`].
    banner: String,
    /// Kube-OVN's own namespace, looked for once.
    home: OnceCell<String>,
    /// The pods that serve OVN's databases, listed once.
    servers: locate::Servers,
}

impl std::fmt::Debug for Cluster {
    /// Without the client: it holds credentials.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster")
            .field("server", &self.server)
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}

impl Cluster {
    /// Reads the kubeconfig and builds the client; nothing is sent yet.
    ///
    /// Fails when there is no kubeconfig, when it cannot be read, or when the context does not exist.
    pub async fn open(connection: &Connection) -> Result<Self> {
        let timeout = connection.timeout()?;
        if let Some(place) = connection.sandbox()? {
            return Self::sandbox(connection, timeout, &place);
        }
        let (config, user) = config::load(connection).await?;
        let namespace = config.default_namespace.clone();
        let server = config.cluster_url.to_string();
        let client = transport::client(config).map_err(|error| error::client(&error, &user))?;
        Ok(Self::of(client, connection, timeout, [namespace, server, user, String::new()]))
    }

    /// The sandbox in this process, by the same client.
    fn sandbox(connection: &Connection, timeout: Option<Duration>, place: &Place) -> Result<Self> {
        let sandbox = crate::sandbox::open(place, connection.save)?;
        let namespace = connection.namespace.last().cloned().unwrap_or_else(|| "default".to_owned());
        let client = transport::in_memory(sandbox.server, namespace.clone());
        let client = client.map_err(|error| error::client(&error, ""))?;
        let server = "the sandbox".to_owned();
        Ok(Self::of(client, connection, timeout, [namespace, server, String::new(), sandbox.banner]))
    }

    fn of(
        client: kube::Client,
        connection: &Connection,
        timeout: Option<Duration>,
        [namespace, server, user, banner]: [String; 4],
    ) -> Self {
        Self {
            client,
            connection: connection.clone(),
            namespace,
            server,
            user,
            timeout,
            written: Mutex::default(),
            banner,
            home: OnceCell::new(),
            servers: locate::Servers::default(),
        }
    }

    /// What everybody who uses it has to be told: that it is no cluster. Empty for a cluster.
    #[must_use]
    pub fn banner(&self) -> &str {
        &self.banner
    }

    /// What was written so far, or may have been, in words; empty when nothing was.
    #[must_use]
    pub fn written(&self) -> String {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).join(", ")
    }

    /// A write arrived, or may have. `verb` is RBAC's.
    fn wrote(&self, verb: &str, object: &str) {
        let noun = match verb {
            "create" => "the creation",
            "delete" => "the deletion",
            _ => "a change",
        };
        let line = format!("{noun} of {object}");
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if !written.contains(&line) {
            written.push(line);
        }
    }

    /// Whether it is no cluster but the sandbox.
    fn is_sandbox(&self) -> bool {
        !self.banner.is_empty()
    }

    /// The namespace of the command line, or else of the context, or else `default`.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    fn whom(&self) -> error::Whom<'_> {
        error::Whom { server: &self.server, user: &self.user }
    }

    /// The connection flags it was opened with.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }
}
