//! `kubectl ko vpc tree`

use std::collections::{BTreeMap, BTreeSet};

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};
use termtree::Tree;

use super::super::external::show as external;
use super::super::{Context, listing, print};
use super::show;
use crate::api::{OvnEip, Resource as _, Subnet, Vpc};
use crate::check::Finding;
use crate::check::external::state as of_network;
use crate::check::nat::rows::{self, Seen};
use crate::check::nat::state::{self, Target};
use crate::completion;
use crate::failure::{Exit, Result};
use crate::output::{Format, escape};
use crate::world::external::{External, Link, is_external, port_name};
use crate::world::nat_rule::{Named, NatRule};
use crate::world::{Need, Wanted, World};

/// Show a VPC as a tree: its networks, router ports and routes, the EIPs on them, their rules and targets, each with its state
///
/// ✓ works as far as the objects and OVN say, ✗ is broken and says how, ? could not be looked at.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko vpc tree vpc1
  kubectl ko vpc tree vpc1 -o json")]
pub(super) struct TreeArgs {
    /// Name of the VPC
    #[arg(add = completion::names_of("vpcs"))]
    name: String,
    /// Output format: json or yaml (nodes with their state and children)
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<String>,
}

/// How a part of the tree is.
enum Mark {
    Fine,
    Broken(Vec<Finding>),
    /// It could not be looked at.
    Unknown,
    /// It has no state of its own.
    Heading,
}

/// One part of the tree.
struct Node {
    /// `subnet`, `eip`, `dnat`, …
    kind: &'static str,
    text: String,
    mark: Mark,
    children: Vec<Self>,
}

impl Node {
    fn new(kind: &'static str, text: impl Into<String>, mark: Mark) -> Self {
        Self { kind, text: text.into(), mark, children: Vec::new() }
    }
}

/// Broken by what was found; else fine when it was looked at.
fn marked(findings: Vec<Finding>, looked: bool) -> Mark {
    match findings {
        findings if !findings.is_empty() => Mark::Broken(findings),
        _ if looked => Mark::Fine,
        _ => Mark::Unknown,
    }
}

pub(super) async fn run(context: &Context<'_>, args: &TreeArgs) -> Result<Exit> {
    let format = print::parse_format(args.output.as_deref())?;
    let cluster = context.cluster().await?;
    let networks = Box::pin(cluster.external()).await?;
    let Some(vpc) = networks.vpc(&args.name) else {
        return Err(listing::missing("vpc", Vpc::KIND, &args.name));
    };
    let rules: Vec<&NatRule> = networks.rules_of(&args.name).collect();
    let world = Box::pin(cluster.gather(&wanted(&rules))).await?;
    let root = root(&networks, &world, vpc, &rules);
    let mut unread = external::unread(&networks);
    let targets = [Need::NamedIps, Need::Own, Need::Subnets].into_iter().filter_map(|need| world.unknown(need));
    unread.extend(targets.filter(|_| !rules.is_empty()).map(|lack| format!("targets of rules: {}", lack.why)));
    match format {
        Format::Table | Format::Wide => context.ui.picture(&drawn(&root).to_string())?,
        Format::Name => print::object(
            context,
            format,
            &json!({"apiVersion": Vpc::KIND.api_version(), "kind": "Vpc", "metadata": {"name": args.name}}),
        )?,
        Format::Json | Format::Yaml => {
            let report = json!({
                "apiVersion": "ko.kubeovn.io/v1alpha1",
                "kind": "VpcTree",
                "metadata": {"name": args.name},
                "root": data(&root),
                "unknown": unread,
            });
            print::object(context, format, &report)?;
        }
    }
    for what in &unread {
        context.ui.warning(&format!("not looked at: {what}"));
    }
    Ok(if unread.is_empty() { Exit::Success } else { Exit::Partial })
}

/// What rules name, and what OVN has of them.
fn wanted(rules: &[&NatRule]) -> Wanted {
    let needs = [Need::NamedIps, Need::Own, Need::Subnets, Need::NamedEips, Need::NatRows, Need::Gateways];
    let mut wanted = Wanted { needs: needs.into(), ..Wanted::default() };
    for rule in rules {
        match rule.names() {
            Named::Nothing => {}
            Named::Subnet(name) => drop(wanted.subnets.insert(name.to_owned())),
            Named::Vip(name) => drop(wanted.names.insert(name.to_owned())),
            Named::Ip(name) => drop(wanted.ips.insert(name.to_owned())),
        }
        wanted.eips.insert(rule.eip().to_owned());
        wanted.insides.extend(rule.inside_addresses().map(str::to_owned));
        if let NatRule::Dnat(dnat) = rule {
            wanted.load_balancers.insert(dnat.metadata.name.clone());
        }
    }
    wanted
}

fn root(networks: &External, world: &World, vpc: &Vpc, rules: &[&NatRule]) -> Node {
    let name = vpc.name();
    let spaces = match vpc.spec.namespaces.as_slice() {
        [] => String::new(),
        spaces => format!("  namespaces {}", spaces.join(", ")),
    };
    let going = if vpc.metadata.is_terminating() { "  being deleted" } else { "" };
    let mark = if vpc.status.standby { Mark::Fine } else { Mark::Unknown };
    let mut root = Node::new("vpc", format!("vpc {name}{spaces}{going}"), mark);
    let inside = networks.subnets.iter().filter(|subnet| subnet.spec.vpc == name && !is_external(subnet));
    root.children.extend(inside.map(|subnet| network(networks, name, subnet)));
    let mut shown = BTreeSet::new();
    for link in networks.names().iter().filter_map(|subnet| networks.link(vpc, subnet)) {
        root.children.push(way(networks, world, &link, rules, &mut shown));
    }
    let routes = show::routes(networks, name);
    if !routes.is_empty() {
        let mut node = Node::new("routes", "routes", Mark::Heading);
        node.children = routes.into_iter().map(|route| Node::new("route", route, Mark::Heading)).collect();
        root.children.push(node);
    }
    let rest: Vec<&NatRule> = rules.iter().filter(|rule| !shown.contains(&rule.named())).copied().collect();
    if !rest.is_empty() {
        let mut node = Node::new("rules", "rules whose EIP is on none of its external networks", Mark::Heading);
        node.children = rest.into_iter().map(|one| rule(networks, world, one)).collect();
        root.children.push(node);
    }
    root
}

/// A Subnet of the VPC.
fn network(networks: &External, vpc: &str, subnet: &Subnet) -> Node {
    let port = port_name(vpc, subnet.name());
    let northbound = networks.northbound.known();
    let port = northbound.and_then(|ways| ways.ports.iter().find(|one| one.name == port));
    let address = port.map(|port| format!("  router port {}", port.networks.join(", "))).unwrap_or_default();
    let mut text = format!("subnet {}  {}{address}", subnet.name(), subnet.spec.cidr_block);
    let mark = if !subnet.is_ready() {
        text += "  not ready";
        Mark::Broken(Vec::new())
    } else if northbound.is_some() && port.is_none() && subnet.has_router_port() {
        text += "  no router port";
        Mark::Broken(Vec::new())
    } else {
        marked(Vec::new(), northbound.is_some())
    };
    Node::new("subnet", text, mark)
}

/// An external network, with the EIPs that this VPC's rules take of it.
fn way(networks: &External, world: &World, link: &Link<'_>, rules: &[&NatRule], shown: &mut BTreeSet<String>) -> Node {
    let text = external::told(networks, link).replacen(link.vpc.name(), &format!("external {}", link.subnet), 1);
    let looked = networks.northbound.known().is_some() && networks.southbound.known().is_some();
    let mut node = Node::new("external", text, marked(of_network::of_link(networks, link), looked));
    let mut by_eip: BTreeMap<&str, Vec<&NatRule>> = BTreeMap::new();
    for rule in rules.iter().filter(|rule| link.rules.contains(&rule.named())) {
        by_eip.entry(rule.eip()).or_default().push(rule);
        shown.insert(rule.named());
    }
    for (name, rules) in by_eip {
        let eip = networks.eips.iter().find(|eip| eip.name() == name);
        let addresses = eip.map(|eip| eip.addresses().collect::<Vec<_>>().join(",")).unwrap_or_default();
        let mark = match eip {
            Some(eip) if eip.status.ready && eip.has_address() => Mark::Fine,
            _ => Mark::Broken(Vec::new()),
        };
        let lack = if addresses.is_empty() { "no address" } else { "" };
        let mut node_of = Node::new("eip", format!("eip {name}  {addresses}{lack}"), mark);
        node_of.children = rules.into_iter().map(|one| rule(networks, world, one)).collect();
        node.children.push(node_of);
    }
    node
}

fn rule(networks: &External, world: &World, rule: &NatRule) -> Node {
    let eip: Option<&OvnEip> = networks.eips.iter().find(|eip| eip.name() == rule.eip());
    let target = target(world, rule);
    let looked = target.is_some();
    let target = target.unwrap_or_default();
    let northbound = world.northbound.known();
    let row = northbound.and_then(|northbound| rows::row_of(rule, northbound));
    let mut findings = state::rule(rule, eip, &target, false, row);
    if let Some(northbound) = northbound {
        let addresses = target.addresses();
        let gateways = world.gateways.known().map(Vec::as_slice);
        findings.extend(rows::check(&Seen { rule, eip, northbound, gateways, target: &addresses, mac: target.mac() }));
    }
    let outside = match rule {
        NatRule::Dnat(dnat) => format!("  {} {}", dnat.spec.protocol, dnat.spec.external_port),
        _ => String::new(),
    };
    let inside = rule.inside_addresses().collect::<Vec<_>>().join(",");
    let inside = if inside.is_empty() { inside } else { format!(" ({inside})") };
    let arrow = if matches!(rule, NatRule::Snat(_)) { "for" } else { "→" };
    let going = if rule.metadata().is_terminating() { "  being deleted" } else { "" };
    let text = format!("{} {}{outside} {arrow} {}{inside}{going}", rule.noun(), rule.name(), rule.leads_to());
    Node::new(rule.noun(), text, marked(findings, looked && northbound.is_some()))
}

/// What the rule names; `None` when it could not be read.
fn target(world: &World, rule: &NatRule) -> Option<Target> {
    let gone = |kind: &str, name: &str| Target::Gone(format!("{kind}/{name}"));
    Some(match rule.names() {
        Named::Nothing => Target::Bare,
        Named::Subnet(name) => {
            world.subnets.known()?;
            world.subnet(name).map_or_else(|| gone("subnet", name), |one| Target::Subnet(Box::new(one.clone())))
        }
        Named::Vip(name) => {
            world.own.known()?;
            world.vip(name).map_or_else(|| gone("vip", name), |one| Target::Vip(Box::new(one.clone()), None, None))
        }
        Named::Ip(name) => {
            world.named_ips.known()?;
            world.ip(name).map_or_else(|| gone("ip", name), |one| Target::Ip(Box::new(one.clone())))
        }
    })
}

/// The tree as text, with colours.
fn drawn(node: &Node) -> Tree<String> {
    let text = escape(&node.text);
    let (style, sign) = match &node.mark {
        Mark::Fine => (AnsiColor::Green.on_default(), "✓ "),
        Mark::Broken(_) => (AnsiColor::Red.on_default().bold(), "✗ "),
        Mark::Unknown => (AnsiColor::Yellow.on_default(), "? "),
        Mark::Heading => (Style::new(), ""),
    };
    let mut tree = Tree::new(format!("{style}{sign}{style:#}{text}"));
    if let Mark::Broken(findings) = &node.mark {
        for finding in findings {
            tree.push(Tree::new(format!("{style}{}{style:#}: {}", finding.code.id, escape(&finding.message))));
        }
    }
    for child in &node.children {
        tree.push(drawn(child));
    }
    tree
}

fn data(node: &Node) -> Value {
    let mut value = json!({"kind": node.kind, "text": node.text});
    let state = match &node.mark {
        Mark::Fine => "fine",
        Mark::Broken(findings) => {
            value["problems"] = super::super::problems::json(findings);
            "broken"
        }
        Mark::Unknown => "unknown",
        Mark::Heading => "",
    };
    if !state.is_empty() {
        value["state"] = state.into();
    }
    if !node.children.is_empty() {
        value["children"] = node.children.iter().map(data).collect();
    }
    value
}
