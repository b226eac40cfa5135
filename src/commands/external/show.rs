//! `kubectl ko external show`

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::{Context, listing, print, problems};
use crate::api::{Resource as _, Subnet};
use crate::check::external::state;
use crate::cluster::rest::Target;
use crate::completion;
use crate::failure::{Exit, Result};
use crate::output::{Format, escape};
use crate::world::external::{External, Link};

/// Show an external network: where it is, the VPCs on it, their ports in OVN, and what does not fit together
///
/// Proves what can be proven from outside of the nodes: whether a router has a port with an address there, and which node has the port.
#[derive(clap::Args, Debug)]
pub(super) struct ShowArgs {
    /// External network
    #[arg(add = completion::names_of("subnets"))]
    subnet: String,
    /// Output format: json or yaml (an ExternalReport), or name
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<String>,
}

pub(super) async fn run(context: &Context<'_>, args: &ShowArgs) -> Result<Exit> {
    let format = print::parse_format(args.output.as_deref())?;
    let cluster = context.cluster().await?;
    let Some(mut object) = cluster.get(Target::one(Subnet::KIND, "", &args.subnet)).await? else {
        return Err(listing::missing("external", Subnet::KIND, &args.subnet));
    };
    drop(object["metadata"].as_object_mut().map(|metadata| metadata.remove("managedFields")));
    let world = Box::pin(cluster.external()).await?;
    let problems = state::of_network(&world, &args.subnet);
    match format {
        Format::Table | Format::Wide => {
            let terminal = context.ui.is_terminal();
            let shown = |text: &str| if terminal { escape(text).into_owned() } else { text.to_owned() };
            let mut out = text(&world, &args.subnet, shown);
            problems::text(&mut out, &problems, shown);
            context.ui.data(out.as_bytes())?;
        }
        Format::Name => print::object(context, format, &object)?,
        Format::Json | Format::Yaml => {
            let links: Vec<Value> = world.links(&args.subnet).iter().map(link_json).collect();
            let report = json!({
                "apiVersion": "ko.kubeovn.io/v1alpha1",
                "kind": "ExternalReport",
                "metadata": {"name": args.subnet},
                "subnet": object,
                "gatewayNodes": nodes(&world),
                "vpcs": links,
                "unknown": unread(&world),
                "problems": problems::json(&problems),
            });
            print::object(context, format, &report)?;
        }
    }
    Ok(if unread(&world).is_empty() { Exit::Success } else { Exit::Partial })
}

fn nodes(world: &External) -> Vec<String> {
    world.gateway_nodes().map(|node| node.name().to_owned()).collect()
}

/// What could not be read, and why.
pub(in super::super) fn unread(world: &External) -> Vec<String> {
    let lacks = [
        ("nodes", world.nodes.unknown()),
        ("the northbound database", world.northbound.unknown()),
        ("the southbound database", world.southbound.unknown()),
    ];
    lacks.into_iter().filter_map(|(what, lack)| Some(format!("{what}: {}", lack?.why))).collect()
}

fn text(world: &External, name: &str, shown: impl Fn(&str) -> String + Copy) -> String {
    let none = || "<none>".to_owned();
    let or_none = |text: &str| if text.is_empty() { none() } else { shown(text) };
    let mut out = String::new();
    let mut line = |key: &str, value: String| {
        let _ = writeln!(out, "{:<18} {value}", format!("{key}:"));
    };
    line("Name", shown(name));
    if let Some(subnet) = world.subnet(name) {
        line("CIDR", or_none(&subnet.spec.cidr_block));
        line("Gateway", or_none(&subnet.spec.gateway));
        line("Excluded", or_none(&subnet.spec.exclude_ips.join(", ")));
        let vlan = world.vlan(&subnet.spec.vlan);
        line("Vlan", vlan.map_or_else(none, |vlan| shown(&format!("{} (tag {})", vlan.name(), vlan.spec.id))));
        let network = world.network_of(subnet);
        line(
            "Provider network",
            network.map_or_else(none, |network| {
                let ready = &network.status.ready_nodes;
                let nodes = if ready.is_empty() { "on no node".to_owned() } else { format!("on {}", ready.join(", ")) };
                shown(&format!("{} (interface {}), {nodes}", network.name(), network.spec.default_interface))
            }),
        );
        line("Ready", subnet.is_ready().to_string());
    }
    let labelled = nodes(world);
    line(
        "Gateway nodes",
        match world.nodes.unknown() {
            Some(lack) => format!("not looked at: {}", shown(&lack.why)),
            None => or_none(&labelled.join(", ")),
        },
    );
    let links = world.links(name);
    if links.is_empty() {
        out.push_str("VPCs:              <none>\n");
    } else {
        out.push_str("VPCs:\n");
        for link in &links {
            let _ = writeln!(out, "  {}", shown(&told(world, link)));
        }
    }
    for what in unread(world) {
        let _ = writeln!(out, "Not looked at:     {}", shown(&what));
    }
    out
}

/// A VPC on a network, in a line.
pub(in super::super) fn told(world: &External, link: &Link<'_>) -> String {
    let port = match link.port {
        _ if world.northbound.known().is_none() => "OVN not looked at".to_owned(),
        None => "no router port".to_owned(),
        Some(port) => {
            let place = match &link.bound {
                Some(node) => format!("on {node}"),
                None if world.southbound.known().is_none() => "on a node that could not be looked for".to_owned(),
                None => "on no node".to_owned(),
            };
            let of = if link.gateways.len() > 1 { format!(" of {}", link.gateways.join(", ")) } else { String::new() };
            format!("router port {} ({}) {place}{of}", port.name, port.networks.join(", "))
        }
    };
    let eip = match link.eip {
        Some(eip) => format!(", oeip/{}", eip.name()),
        None => String::new(),
    };
    let route = link.default_route.as_ref().map(|hop| format!(", default route to {hop}")).unwrap_or_default();
    let rules = match link.rules.len() {
        0 => String::new(),
        1 => ", 1 rule".to_owned(),
        many => format!(", {many} rules"),
    };
    let asked = if link.asked { "" } else { " (not asked for any more)" };
    format!("{}{asked}: {port}{eip}{route}{rules}", link.vpc.name())
}

/// The same as data.
pub(in super::super) fn link_json(link: &Link<'_>) -> Value {
    json!({
        "vpc": link.vpc.name(),
        "subnet": link.subnet,
        "asked": link.asked,
        "eip": link.eip.map(|eip| json!({"name": eip.name(), "v4Ip": eip.status.v4_ip, "ready": eip.status.ready})),
        "port": link.port.map(|port| json!({"name": port.name, "mac": port.mac, "networks": port.networks})),
        "gateways": link.gateways,
        "node": link.bound,
        "defaultRoute": link.default_route,
        "rules": link.rules,
    })
}
