//! One file a command: arguments, calls, printing. No rules.

mod binding;
pub mod completion;
pub mod dnat;
pub mod eip;
pub mod fip;
pub mod ip;
mod leaving;
pub mod lint;
pub mod listing;
pub mod nat;
pub mod print;
mod problems;
pub mod raw;
pub mod sandbox;
pub mod snapshot;
pub mod snat;
pub mod subnet;
pub mod version;
pub mod vip;
pub mod write;

use tokio::sync::OnceCell;

use crate::cli::{Cli, Global, Top};
use crate::cluster::Cluster;
use crate::cluster::locate::Database;
use crate::failure::{Exit, Result};
use crate::ui::Ui;

/// What a command works with.
#[derive(Debug)]
pub struct Context<'a> {
    /// Where it speaks.
    pub ui: &'a Ui,
    /// The flags that every command takes.
    pub global: Global,
    cluster: OnceCell<Cluster>,
}

impl Context<'_> {
    /// The cluster; the kubeconfig is opened by the first call.
    pub async fn cluster(&self) -> Result<&Cluster> {
        let open = async || {
            let cluster = Cluster::open(&self.global.connection).await?;
            if !cluster.banner().is_empty() {
                self.ui.banner(cluster.banner());
            }
            Ok(cluster)
        };
        self.cluster.get_or_try_init(open).await
    }

    /// The namespace, when `-n` was typed.
    #[must_use]
    pub fn typed_namespace(&self) -> Option<&str> {
        self.global.connection.namespace.as_deref()
    }
}

/// Runs the command that was typed.
pub async fn dispatch(ui: &Ui, mut cli: Cli) -> Result<Exit> {
    if let Top::Eip(command) = &mut cli.command {
        command.kind_before_user(&mut cli.global.connection.impersonate);
    }
    let context = &Context { ui, global: cli.global, cluster: OnceCell::new() };
    let outcome = Box::pin(carry_out(context, cli.command)).await;
    // a failure of a cluster means that nothing was written: no verb may say so behind a write
    outcome.map_err(|failure| match context.cluster.get().map(Cluster::written) {
        Some(written) if failure.exit == Exit::Cluster && !written.is_empty() => failure.once_written(&written),
        _ => failure,
    })
}

async fn carry_out(context: &Context<'_>, command: Top) -> Result<Exit> {
    match command {
        Top::Vip(command) => vip::run(context, command).await,
        Top::Eip(command) => Box::pin(eip::run(context, command)).await,
        Top::Fip(command) => fip::run(context, command).await,
        Top::Snat(command) => snat::run(context, command).await,
        Top::Dnat(command) => dnat::run(context, command).await,
        Top::Nat(command) => nat::run(context, command).await,
        Top::Ip(command) => ip::run(context, command).await,
        Top::Subnet(command) => subnet::run(context, command).await,
        Top::Lint(args) => lint::run(context, &args).await,
        Top::Nbctl(args) => raw::run(context, Database::Northbound, "ovn-nbctl", &args).await,
        Top::Sbctl(args) => raw::run(context, Database::Southbound, "ovn-sbctl", &args).await,
        Top::Icnbctl(args) => raw::run(context, Database::IcNorthbound, "ovn-ic-nbctl", &args).await,
        Top::Icsbctl(args) => raw::run(context, Database::IcSouthbound, "ovn-ic-sbctl", &args).await,
        Top::Sandbox(command) => sandbox::run(context, &command),
        Top::Snapshot(command) => Box::pin(snapshot::run(context, command)).await,
        Top::Completion(args) => completion::run(context, &args),
        Top::Version(args) => version::run(context, &args).await,
    }
}
