//! `kubectl ko pod addr`

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::{print, problems};
use super::{Context, asked};
use crate::api::{Ip, Pod, Resource as _, Subnet, kinds};
use crate::check::pod::{self as rules, Got, Live, PodIntent};
use crate::check::{Finding, Severity, sorted};
use crate::cluster::Cluster;
use crate::cluster::rest::{Select, Target, typed};
use crate::completion;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::output::{Column, Format, Layout, Table, escape};
use crate::ovn::northbound::LogicalSwitchPort;
use crate::world::interface::{Asks, Interface};

/// Show the interfaces of a pod: what was asked, what it got, and why not
///
/// For each interface the subnet and why it is that one, the address asked for and the one given, and the logical port with the
/// node it is bound to. What the controller passes over in silence (a misspelt annotation, one of an interface that the pod does not
/// have) is said. Exit code 1 when something is wrong.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko pod addr web-1 -n vpc1
  kubectl ko pod addr web-1 -o json")]
pub(super) struct AddrArgs {
    /// Name of the pod
    #[arg(value_name = "POD", add = completion::names_of("pods"))]
    pod: String,
    /// Output format: json or yaml (a `PodReport`)
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<String>,
}

/// A logical port, and the node that it is bound to.
struct Port {
    row: LogicalSwitchPort,
    node: String,
}

struct Report {
    pod: Pod,
    interfaces: Vec<(Interface, Got)>,
    ports: Result<Vec<Port>, String>,
    events: Result<Vec<[String; 2]>, String>,
    problems: Vec<Finding>,
}

pub(super) async fn run(context: &Context<'_>, args: &AddrArgs) -> Result<Exit> {
    let format = print::parse_format(args.output.as_deref())?;
    let cluster = context.cluster().await?;
    let name = args.pod.strip_prefix("pod/").unwrap_or(&args.pod);
    let (namespace, name) = match name.split_once('/') {
        Some((namespace, name)) if context.typed_namespace().is_none() => (namespace, name),
        _ => (cluster.namespace(), name),
    };
    let Some(object) = cluster.get(Target::one(Pod::KIND, namespace, name)).await? else {
        return Err(Failure::no(format!("Error from server (NotFound): pods \"{name}\" not found"))
            .hint(format!("kubectl get pods -n {namespace}; -n names another namespace")));
    };
    let report = Box::pin(read(context, cluster, object)).await?;
    match format {
        Format::Json | Format::Yaml => print::object(context, format, &report.json())?,
        Format::Name => context.ui.line(&format!("pod/{name}"))?,
        _ => context.ui.data(report.text(context.ui.is_terminal()).as_bytes())?,
    }
    let wrong = report.problems.iter().any(|finding| matches!(finding.severity, Severity::Error | Severity::Warning));
    let unknown = report.ports.is_err() || report.problems.iter().any(|finding| finding.unknown.is_some());
    Ok(match (wrong, unknown) {
        (true, _) => Exit::No,
        (false, true) => Exit::Partial,
        (false, false) => Exit::Success,
    })
}

/// What this user may not read is left out and said.
fn readable<T>(read: Result<T>) -> Result<Result<T, String>> {
    match read {
        Ok(value) => Ok(Ok(value)),
        Err(failure) if matches!(failure.cause, Cause::Forbidden | Cause::Unreadable) => {
            Ok(Err(failure.reason().to_owned()))
        }
        Err(failure) => Err(failure),
    }
}

async fn read(context: &Context<'_>, cluster: &Cluster, object: Value) -> Result<Report> {
    let pod: Pod = typed(object.clone(), Pod::KIND)?;
    let asked = asked::annotations(context, &object).await?;
    let namespace = pod.metadata.namespace.clone();
    let intent = PodIntent { asks: Asks { namespace, annotations: asked }, ..PodIntent::of_pod(&pod) };
    let mut wanted = rules::wanted([&intent]);
    // interfaces are shown of a pod that asks for nothing too
    wanted.interfaces = vec![intent.asks.clone()];
    let (world, events) = tokio::join!(Box::pin(cluster.gather(&wanted)), events(cluster, &pod));
    let (world, events) = (world?, readable(events)?);
    let interfaces: Vec<(Interface, Got)> = if pod.spec.host_network {
        Vec::new()
    } else {
        world.interfaces(&intent.asks).0.into_iter().map(|one| (one.clone(), Got::of(&pod, &one))).collect()
    };
    let names: Vec<&str> = interfaces.iter().map(|(_, got)| got.port.as_str()).collect();
    let (ips, ports) = tokio::join!(ips(cluster, &names), ports(cluster, &names));
    let (ips, ports) = (readable(ips)?, readable(ports)?);
    let rows: Result<Vec<LogicalSwitchPort>, ()> =
        ports.as_ref().map(|all| all.iter().map(|one| one.row.clone()).collect()).map_err(drop);
    let plain: Vec<Interface> = interfaces.iter().map(|(one, _)| one.clone()).collect();
    let subnets: Vec<Subnet> = world.all_subnets.known().cloned().unwrap_or_default();
    let event = events.as_ref().ok().and_then(|all| all.last());
    let mut problems = rules::check(&world, &intent);
    problems.extend(rules::problems(&Live {
        pod: &pod,
        interfaces: &plain,
        event: event.map(|[reason, message]| (reason.as_str(), message.as_str())),
        ips: ips.as_deref().ok(),
        subnets: &subnets,
        ports: rows.as_deref().ok(),
    }));
    Ok(Report { pod, interfaces, ports, events, problems: sorted(problems) })
}

/// The warnings about a pod, oldest first: reason and message, each once.
async fn events(cluster: &Cluster, pod: &Pod) -> Result<Vec<[String; 2]>> {
    let fields = format!("involvedObject.name={}", pod.metadata.name);
    let select = Select { labels: None, fields: Some(&fields) };
    let mut found = cluster.list_raw(kinds::EVENT, Some(&pod.metadata.namespace), select).await?;
    // an earlier pod of that name had events of its own
    found.retain(|event| event["type"] == "Warning" && event["involvedObject"]["uid"] == pod.metadata.uid.as_str());
    found.sort_by_key(|event| event["lastTimestamp"].as_str().unwrap_or_default().to_owned());
    let text = |event: &Value, field: &str| event[field].as_str().unwrap_or_default().to_owned();
    let mut all: Vec<[String; 2]> = Vec::new();
    for event in &found {
        let one = [text(event, "reason"), text(event, "message")];
        all.retain(|before| *before != one);
        all.push(one);
    }
    Ok(all)
}

async fn ips(cluster: &Cluster, names: &[&str]) -> Result<Vec<Ip>> {
    let found = futures::future::try_join_all(names.iter().map(|name| cluster.find::<Ip>("", name))).await?;
    Ok(found.into_iter().flatten().collect())
}

async fn ports(cluster: &Cluster, names: &[&str]) -> Result<Vec<Port>> {
    let all = names.iter().map(|name| (*name).to_owned()).collect();
    let northbound = cluster.northbound(&all).await?;
    let mut ports = Vec::new();
    for row in northbound.ports {
        let node = cluster.holder(&row.name).await?.map(|(_, node)| node).unwrap_or_default();
        ports.push(Port { row, node });
    }
    Ok(ports)
}

impl Report {
    fn port(&self, got: &Got) -> String {
        match &self.ports {
            Err(_) => "?".to_owned(),
            Ok(ports) => match ports.iter().find(|port| port.row.name == got.port) {
                None => "<none>".to_owned(),
                Some(port) if port.node.is_empty() => "not bound".to_owned(),
                Some(port) => format!("on {}", port.node),
            },
        }
    }

    fn text(&self, terminal: bool) -> String {
        let shown = |text: &str| if terminal { escape(text).into_owned() } else { text.to_owned() };
        let or_none = |text: &str| if text.is_empty() { "<none>".to_owned() } else { text.to_owned() };
        let pod = &self.pod;
        let place = if pod.spec.node_name.is_empty() { String::new() } else { format!(" on {}", pod.spec.node_name) };
        // writing to a text cannot fail
        let mut out = String::new();
        let _ = writeln!(out, "Pod:         {} ({}{})", shown(&pod.key()), shown(&pod.status.phase), shown(&place));
        if pod.spec.host_network {
            out.push_str("Network:     the node's own\n");
        } else {
            let columns = ["INTERFACE", "NETWORK", "SUBNET", "ASKED", "ADDRESS", "MAC", "PORT"];
            let mut table = Table::new(columns.iter().map(|name| Column::new(name)).collect());
            for (interface, got) in &self.interfaces {
                let network =
                    interface.selection.as_ref().map_or_else(|| "<own>".to_owned(), crate::api::nad::Selection::key);
                let subnet = if got.subnet.is_empty() { interface.subnet_name() } else { &got.subnet };
                let asked = interface.ip.as_ref().or(interface.pool.as_ref()).map_or("", |(_, text)| text);
                table.push(vec![
                    interface.device.clone(),
                    network,
                    or_none(subnet),
                    or_none(asked),
                    or_none(&got.addresses),
                    or_none(&got.mac),
                    self.port(got),
                ]);
            }
            out.push_str(&table.render(Layout { wide: false, headers: true, terminal }));
            for (interface, got) in &self.interfaces {
                let why = interface
                    .subnet
                    .as_ref()
                    .map_or_else(|| "no subnet".to_owned(), |(name, why)| format!("subnet {name}: {why}"));
                let _ =
                    writeln!(out, "{:<12} {}; ip/{}", format!("{}:", interface.device), shown(&why), shown(&got.port));
            }
        }
        if let Err(why) = &self.ports {
            let _ = writeln!(out, "OVN:         not looked at: {}", shown(why));
        }
        match &self.events {
            Err(why) => drop(writeln!(out, "Events:      not looked at: {}", shown(why))),
            Ok(events) => {
                for [reason, message] in events {
                    let _ = writeln!(out, "Event:       {}: {}", shown(reason), shown(message));
                }
            }
        }
        problems::text(&mut out, &self.problems, shown);
        out
    }

    fn json(&self) -> Value {
        let interface = |(one, got): &(Interface, Got)| {
            let wish = |wish: &Option<(String, String)>| {
                wish.as_ref().map(|(key, text)| json!({"annotation": key, "value": text}))
            };
            let port = self.ports.as_ref().ok().and_then(|all| all.iter().find(|port| port.row.name == got.port));
            json!({
                "name": one.device,
                "network": one.selection.as_ref().map(crate::api::nad::Selection::key),
                "provider": one.provider,
                "subnet": if got.subnet.is_empty() { one.subnet_name() } else { &got.subnet },
                "subnetBy": one.subnet.as_ref().map(|(_, why)| why.to_string()),
                "asked": {"address": wish(&one.ip), "mac": wish(&one.mac), "pool": wish(&one.pool)},
                "allocated": got.allocated,
                "addresses": got.addresses.split(',').filter(|text| !text.is_empty()).collect::<Vec<_>>(),
                "mac": got.mac,
                "ip": got.port,
                "port": port.map(|port| json!({"name": port.row.name, "addresses": port.row.addresses, "node": port.node})),
            })
        };
        let events = self.events.as_ref().ok().map(|all| {
            all.iter().map(|[reason, message]| json!({"reason": reason, "message": message})).collect::<Vec<_>>()
        });
        json!({
            "apiVersion": "ko.kubeovn.io/v1alpha1",
            "kind": "PodReport",
            "namespace": self.pod.metadata.namespace,
            "name": self.pod.metadata.name,
            "phase": self.pod.status.phase,
            "hostNetwork": self.pod.spec.host_network,
            "interfaces": self.interfaces.iter().map(interface).collect::<Vec<_>>(),
            "ovnLookedAt": self.ports.is_ok(),
            "events": events,
            "problems": problems::json(&self.problems),
        })
    }
}
