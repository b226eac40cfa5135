//! `kubectl ko nad …`

mod create;
mod delete;
mod list;
mod show;

use super::Context;
use crate::api::{Nad, Pod, Resource as _};
use crate::cluster::Cluster;
use crate::cluster::rest::{Select, Target};
use crate::failure::{Exit, Failure, Result};
use crate::world::interface::{self, Asks};

/// Networks that pods have interfaces in besides their first: `NetworkAttachmentDefinitions`
#[derive(clap::Args, Debug)]
pub struct NadCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    #[command(visible_alias = "new")]
    Create(create::CreateArgs),
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    #[command(visible_aliases = ["get", "describe"])]
    Show(show::ShowArgs),
    #[command(visible_alias = "rm")]
    Delete(delete::DeleteArgs),
}

pub(super) async fn run(context: &Context<'_>, command: NadCommand) -> Result<Exit> {
    match command.verb {
        Verb::Create(args) => Box::pin(create::run(context, &args)).await,
        Verb::List(args) => Box::pin(list::run(context, &args)).await,
        Verb::Show(args) => Box::pin(show::run(context, &args)).await,
        Verb::Delete(args) => Box::pin(delete::run(context, &args)).await,
    }
}

/// The object of that name.
fn target<'a>(namespace: &'a str, name: &'a str) -> Target<'a> {
    Target::one(Nad::KIND, namespace, name)
}

/// kubectl's sentence for one that is not there.
fn missing(name: &str, namespace: &str) -> Failure {
    super::listing::missing("nad", Nad::KIND, name).hint(format!("it was looked for in namespace {namespace}"))
}

/// The pods that ask for a definition, in all namespaces: `NAMESPACE/NAME`.
async fn users(cluster: &Cluster, nad: &str) -> Result<Vec<String>> {
    let pods = cluster.list_metadata(Pod::KIND, None, Select::default()).await?;
    let asks = pods.into_iter().filter(|pod| !pod.annotations.is_empty()).filter(|pod| {
        let asks = Asks { namespace: pod.namespace.clone(), annotations: pod.annotations.clone() };
        interface::selections(&asks).0.iter().any(|selection| selection.key() == nad)
    });
    Ok(asks.map(|pod| format!("{}/{}", pod.namespace, pod.name)).collect())
}
