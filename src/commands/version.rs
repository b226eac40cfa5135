//! `kubectl ko version`

use serde_json::json;

use super::{Context, print};
use crate::api::{Pod, Resource as _};
use crate::cluster::Cluster;
use crate::cluster::rest::Select;
use crate::failure::{Exit, Result};
use crate::output::Format;

/// Print the versions of this program and of Kube-OVN
#[derive(clap::Args, Debug)]
pub struct VersionArgs {
    /// Ask no cluster
    #[arg(long)]
    client: bool,
    /// Output format: json or yaml
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<String>,
}

pub(super) async fn run(context: &Context<'_>, args: &VersionArgs) -> Result<Exit> {
    let format = print::parse_format(args.output.as_deref())?;
    let client = format!("v{}", env!("CARGO_PKG_VERSION"));
    let server = if args.client { None } else { Some(kube_ovn(context.cluster().await?).await?) };
    if matches!(format, Format::Json | Format::Yaml) {
        print::object(context, format, &json!({"clientVersion": client, "kubeOvnVersion": server}))?;
    } else {
        context.ui.line(&format!("Client Version: {client}"))?;
        if let Some(server) = server {
            context.ui.line(&format!("Kube-OVN Version: {server}"))?;
        }
    }
    Ok(Exit::Success)
}

/// The tag of kube-ovn-controller's image; what stands behind the last `:` after the last `/`, or the digest.
async fn kube_ovn(cluster: &Cluster) -> Result<String> {
    let home = cluster.home().await?;
    let select = Select { labels: Some("app=kube-ovn-controller"), fields: None };
    let pods: Vec<Pod> = cluster.list(Some(home), select).await?;
    let image = pods.iter().find_map(|pod| pod.spec.containers.first()).map(|container| container.image.as_str());
    let tag = image.map(|image| image.rsplit('/').next().unwrap_or(image)).and_then(|last| last.split_once([':', '@']));
    Ok(tag.map_or_else(
        || format!("unknown (no {} with the label app=kube-ovn-controller)", Pod::KIND.kind),
        |(_, tag)| tag.to_owned(),
    ))
}
