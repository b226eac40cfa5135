//! `kubectl ko vpc show`

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::external::show as external;
use super::super::{Context, listing, print, problems};
use crate::api::{Resource as _, Vpc};
use crate::check::external::state;
use crate::cluster::Cluster;
use crate::completion;
use crate::failure::{Exit, Result};
use crate::output::{Format, age, escape};
use crate::world::external::{External, Link};

/// Show a VPC: its router's ports and routes in OVN, its external networks, its rules, and what does not fit together
#[derive(clap::Args, Debug)]
pub(super) struct ShowArgs {
    /// Name of the VPC
    #[arg(add = completion::names_of("vpcs"))]
    name: String,
    /// Output format: json or yaml (a VpcReport), or name
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<String>,
}

pub(super) async fn run(context: &Context<'_>, args: &ShowArgs) -> Result<Exit> {
    let format = print::parse_format(args.output.as_deref())?;
    let cluster = context.cluster().await?;
    let Some(mut object) = cluster.get(Cluster::vpc(&args.name)).await? else {
        return Err(listing::missing("vpc", Vpc::KIND, &args.name));
    };
    drop(object["metadata"].as_object_mut().map(|metadata| metadata.remove("managedFields")));
    let world = Box::pin(cluster.external()).await?;
    let Some(vpc) = world.vpc(&args.name) else {
        return Err(listing::missing("vpc", Vpc::KIND, &args.name));
    };
    let links: Vec<Link<'_>> = world.names().iter().filter_map(|subnet| world.link(vpc, subnet)).collect();
    let problems = state::of_vpc(&world, &links);
    match format {
        Format::Table | Format::Wide => {
            let terminal = context.ui.is_terminal();
            let shown = |text: &str| if terminal { escape(text).into_owned() } else { text.to_owned() };
            let mut out = text(&world, vpc, &links, shown);
            problems::text(&mut out, &problems, shown);
            context.ui.data(out.as_bytes())?;
        }
        Format::Name => print::object(context, format, &object)?,
        Format::Json | Format::Yaml => {
            let report = json!({
                "apiVersion": "ko.kubeovn.io/v1alpha1",
                "kind": "VpcReport",
                "metadata": {"name": args.name},
                "vpc": object,
                "ports": ports(&world, &args.name),
                "routes": routes(&world, &args.name),
                "external": links.iter().map(external::link_json).collect::<Vec<Value>>(),
                "rules": world.rules_of(&args.name).map(crate::world::nat_rule::NatRule::named).collect::<Vec<String>>(),
                "unknown": external::unread(&world),
                "problems": problems::json(&problems),
            });
            print::object(context, format, &report)?;
        }
    }
    Ok(if external::unread(&world).is_empty() { Exit::Success } else { Exit::Partial })
}

/// The ports of its router.
fn ports(world: &External, vpc: &str) -> Vec<String> {
    let prefix = format!("{vpc}-");
    let all = world.northbound.known().map(|ways| ways.ports.as_slice()).unwrap_or_default();
    // a router is not known by its ports' names alone: another VPC may be called `vpc1-a`
    let subnets = world.subnets.iter().map(crate::api::Subnet::name);
    let names: Vec<String> = subnets.map(|subnet| format!("{prefix}{subnet}")).collect();
    let own = all.iter().filter(|port| names.contains(&port.name));
    let mut told: Vec<String> =
        own.map(|port| format!("{} ({}, {})", port.name, port.networks.join(", "), port.mac)).collect();
    told.sort_unstable();
    told
}

/// The routes of its router.
pub(super) fn routes(world: &External, vpc: &str) -> Vec<String> {
    let Some(ways) = world.northbound.known() else { return Vec::new() };
    let listed = ways.routers.iter().find(|router| router.name == vpc).map(|router| router.routes.as_slice());
    let own = ways.routes.iter().filter(|route| listed.is_some_and(|listed| listed.contains(&route.uuid)));
    let mut told: Vec<String> = own
        .map(|route| {
            let by = if route.policy == "src-ip" { "from" } else { "to" };
            let bfd =
                ways.bfds.iter().find(|bfd| bfd.uuid == route.bfd).map(|bfd| format!(", watched: {}", bfd.status));
            format!("{by} {} via {}{}", route.prefix, route.next_hop, bfd.unwrap_or_default())
        })
        .collect();
    told.sort_unstable();
    told
}

fn text(world: &External, vpc: &Vpc, links: &[Link<'_>], shown: impl Fn(&str) -> String + Copy) -> String {
    let name = vpc.name();
    let or_none = |text: &str| if text.is_empty() { "<none>".to_owned() } else { shown(text) };
    let mut out = String::new();
    let mut line = |key: &str, value: String| {
        let _ = writeln!(out, "{:<12} {value}", format!("{key}:"));
    };
    line("Name", shown(name));
    line("Namespaces", or_none(&vpc.spec.namespaces.join(", ")));
    let subnets: Vec<String> = world
        .subnets
        .iter()
        .filter(|subnet| subnet.spec.vpc == name && !crate::world::external::is_external(subnet))
        .map(|subnet| format!("{} ({})", subnet.name(), subnet.spec.cidr_block))
        .collect();
    line("Subnets", or_none(&subnets.join(", ")));
    line(
        "Ready",
        if vpc.metadata.is_terminating() { "Terminating".to_owned() } else { vpc.status.standby.to_string() },
    );
    line("BFD", vpc.spec.enable_bfd.to_string());
    line("Age", age(vpc.metadata.creation_timestamp.parse().ok(), jiff::Timestamp::now()));
    let mut section = |title: &str, rows: &[String]| match rows {
        [] => {
            let _ = writeln!(out, "{:<12} <none>", format!("{title}:"));
        }
        rows => {
            let _ = writeln!(out, "{title}:");
            for row in rows {
                let _ = writeln!(out, "  {}", shown(row));
            }
        }
    };
    let ways: Vec<String> =
        links.iter().map(|link| external::told(world, link).replacen(name, &link.subnet, 1)).collect();
    section("External", &ways);
    if world.northbound.known().is_some() {
        section("Ports", &ports(world, name));
        section("Routes", &routes(world, name));
    }
    let rules: Vec<String> = world.rules_of(name).map(|rule| format!("{} {}", rule.named(), rule.leads_to())).collect();
    section("Rules", &rules);
    for what in external::unread(world) {
        let _ = writeln!(out, "Not looked at: {}", shown(&what));
    }
    out
}
