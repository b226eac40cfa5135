//! `kubectl ko subnet show`

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::listing::missing;
use super::super::{print, problems};
use super::Context;
use crate::api::{Resource as _, Subnet};
use crate::check::Finding;
use crate::check::subnet::state::{State, problems as found_wrong};
use crate::cluster::rest::{Target, typed};
use crate::completion;
use crate::failure::{Cause, Exit, Result};
use crate::net::Family;
use crate::output::{Format, age, escape};
use crate::world::World;
use crate::world::subnet_use::{SubnetUse, listed};

/// Show a Subnet, who has addresses of it, and what is left
///
/// Looks at the object, at everybody who has an address, at the controller's address book and at OVN, and says what does not fit
/// together.
#[derive(clap::Args, Debug)]
pub(super) struct ShowArgs {
    /// Name of the Subnet
    #[arg(add = completion::names_of("subnets"))]
    name: String,
    /// Output format: json or yaml (a SubnetReport), or name
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<String>,
}

struct Report {
    object: Value,
    subnet: Subnet,
    world: World,
    found: SubnetUse,
    switch: Option<bool>,
}

pub(super) async fn run(context: &Context<'_>, args: &ShowArgs) -> Result<Exit> {
    let format = print::parse_format(args.output.as_deref())?;
    let cluster = context.cluster().await?;
    let name = args.name.as_str();
    let Some(mut object) = cluster.get(Target::one(Subnet::KIND, "", name)).await? else {
        return Err(missing("subnet", Subnet::KIND, name));
    };
    drop(object["metadata"].as_object_mut().map(|metadata| metadata.remove("managedFields")));
    let subnet: Subnet = typed(object.clone(), Subnet::KIND)?;
    let (world, switch) = tokio::join!(cluster.world_of_subnet(name), cluster.has_switch(name));
    let switch = match switch {
        Ok(has) => Some(has),
        Err(failure) if matches!(failure.cause, Cause::Forbidden | Cause::Unreadable) => None,
        Err(failure) => return Err(failure),
    };
    let world = world?;
    let found = SubnetUse::of(&world, &subnet);
    let report = Report { object, subnet, world, found, switch };
    match format {
        Format::Table | Format::Wide => context.ui.data(report.text(context.ui.is_terminal()).as_bytes())?,
        Format::Name => print::object(context, format, &report.object)?,
        Format::Json | Format::Yaml => print::object(context, format, &report.json())?,
    }
    Ok(if report.lacking().is_empty() { Exit::Success } else { Exit::Partial })
}

impl Report {
    fn problems(&self) -> Vec<Finding> {
        found_wrong(&State { subnet: &self.subnet, found: &self.found, world: &self.world, switch: self.switch })
    }

    /// Why some of it is not known.
    fn lacking(&self) -> Vec<&str> {
        let world = &self.world;
        let parts = [
            world.ips.unknown(),
            world.vips.unknown(),
            world.ovn_eips.unknown(),
            world.iptables_eips.unknown(),
            world.pools.unknown(),
            world.northbound.unknown(),
        ];
        let mut all: Vec<&str> = parts.into_iter().flatten().map(|lack| lack.why.as_str()).collect();
        all.dedup();
        all
    }

    fn text(&self, terminal: bool) -> String {
        let shown = |text: &str| if terminal { escape(text).into_owned() } else { text.to_owned() };
        let or_none = |text: &str| if text.is_empty() { "<none>".to_owned() } else { shown(text) };
        let Subnet { metadata, spec, .. } = &self.subnet;
        let mut out = String::new();
        let mut line = |key: &str, value: String| {
            let _ = writeln!(out, "{:<12} {value}", format!("{key}:"));
        };
        line("Name", shown(&metadata.name));
        line("VPC", or_none(&spec.vpc));
        line("Networks", or_none(&spec.cidr_block));
        line("Gateway", or_none(&spec.gateway));
        line("Provider", or_none(&spec.provider));
        for (key, text) in [("Vlan", spec.vlan.clone()), ("Namespaces", spec.namespaces.join(", "))] {
            if !text.is_empty() {
                line(key, shown(&text));
            }
        }
        let ready =
            if metadata.is_terminating() { "Terminating".to_owned() } else { self.subnet.is_ready().to_string() };
        line("Ready", ready);
        line("Age", age(metadata.creation_timestamp.parse().ok(), jiff::Timestamp::now()));
        for family in [Family::V4, Family::V6] {
            if self.found.hosts.count(family) > 0 {
                line(&family.to_string(), shown(&self.counts(family)));
            }
        }
        out.push_str("Held by:\n");
        let kinds = self.found.kinds();
        for (kind, names) in &kinds {
            let _ = writeln!(out, "  {kind}: {}", shown(&listed(names)));
        }
        if kinds.is_empty() {
            out.push_str("  nobody\n");
        }
        if !self.found.pools.is_empty() {
            out.push_str("Pools:\n");
        }
        for (name, ranges) in &self.found.pools {
            let free = ranges.intersect(&self.found.free());
            let free = free.count(Family::V4).saturating_add(free.count(Family::V6));
            let _ = writeln!(out, "  {}: {}, {free} free", shown(name), shown(&ranges.to_string()));
        }
        for why in self.lacking() {
            let _ = writeln!(out, "Not known: {}", shown(why));
        }
        problems::text(&mut out, &self.problems(), shown);
        out
    }

    /// `253 addresses: 3 held, 10 excluded, 240 free, 20 of them in pools; the largest run is A..B (200)`
    fn counts(&self, family: Family) -> String {
        let found = &self.found;
        let count = |set: &crate::net::RangeSet| set.count(family);
        let held = found.held().intersect(&found.hosts);
        let run = found
            .largest(family)
            .map_or_else(String::new, |run| format!("; the largest run is {run} ({})", run.count()));
        let pooled = match count(&found.free().intersect(&found.pooled())) {
            0 => String::new(),
            pooled => format!(", {pooled} of them in pools"),
        };
        format!(
            "{} addresses: {} held, {} excluded, {} free{pooled}{run}",
            count(&found.hosts),
            count(&held),
            count(&found.excluded),
            count(&found.free())
        )
    }

    fn json(&self) -> Value {
        let found = &self.found;
        let family = |family: Family| {
            let held = found.held().intersect(&found.hosts);
            json!({
                "addresses": found.hosts.count(family).to_string(),
                "held": held.count(family).to_string(),
                "excluded": found.excluded.count(family).to_string(),
                "free": found.free().count(family).to_string(),
                "freeInPools": found.free().intersect(&found.pooled()).count(family).to_string(),
                "largestFreeRange": found.largest(family).map(|run| run.to_string()),
            })
        };
        let holder = |holder: &crate::world::subnet_use::Holder| json!({"kind": holder.kind, "name": holder.name, "addresses": holder.addresses});
        json!({
            "apiVersion": "ko.kubeovn.io/v1alpha1",
            "kind": "SubnetReport",
            "metadata": {"name": self.subnet.name()},
            "subnet": self.object,
            "ready": self.subnet.is_ready(),
            "ipv4": family(Family::V4),
            "ipv6": family(Family::V6),
            "holders": found.holders.iter().map(holder).collect::<Vec<_>>(),
            "pools": found.pools.iter().map(|(name, ranges)| json!({"name": name, "ranges": ranges.to_string()})).collect::<Vec<_>>(),
            "ovn": {"switch": self.switch},
            "unknown": self.lacking(),
            "problems": problems::json(&self.problems()),
        })
    }
}
