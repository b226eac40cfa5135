//! `kubectl ko vip show`

use std::fmt::{Arguments, Write as _};

use serde_json::{Value, json};

use super::super::{print, problems};
use super::Context;
use super::list::missing;
use crate::api::{Resource as _, Subnet, Vip, VipType};
use crate::check::Finding;
use crate::check::vip::{Rows, State, state, without_touch};
use crate::cluster::{Cluster, rest};
use crate::completion;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::output::{Format, age, escape, joined};
use crate::ovn::northbound::LogicalSwitchPort;
use crate::world::users::User;

/// Show a Vip, who uses it, and what OVN has of it
///
/// Looks at the object, at every pod and rule that uses it, at its virtual port in the northbound database and at its holder in
/// the southbound one, and says what does not fit together.
#[derive(clap::Args, Debug)]
pub(super) struct ShowArgs {
    /// Name of the Vip
    #[arg(add = completion::names_of("vips"))]
    name: String,
    /// Output format: json or yaml (a VipReport), or name
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<String>,
}

/// All that is known of one Vip.
struct Report {
    object: Value,
    vip: Vip,
    cidr: String,
    users: std::result::Result<Vec<User>, String>,
    ovn: std::result::Result<Rows, String>,
}

pub(super) async fn run(context: &Context<'_>, args: &ShowArgs) -> Result<Exit> {
    let format = print::parse_format(args.output.as_deref())?;
    let cluster = context.cluster().await?;
    let Some(mut object) = cluster.get(Cluster::vip(&args.name)).await? else { return Err(missing(&args.name)) };
    drop(object["metadata"].as_object_mut().map(|metadata| metadata.remove("managedFields")));
    let vip: Vip = rest::typed(object.clone(), Vip::KIND)?;
    let (users, ovn, subnet) =
        tokio::join!(users(cluster, &vip), ovn(cluster, &vip), cluster.find::<Subnet>("", &vip.spec.subnet));
    let cidr = subnet?.map(|subnet| subnet.spec.cidr_block).unwrap_or_default();
    let report = Report { object, vip, cidr, users: readable(users)?, ovn: readable(ovn)? };
    let partial = report.users.is_err() || report.ovn.is_err();
    match format {
        Format::Table | Format::Wide => context.ui.data(report.text(context.ui.is_terminal()).as_bytes())?,
        Format::Name => print::object(context, format, &report.object)?,
        Format::Json | Format::Yaml => print::object(context, format, &report.json())?,
    }
    Ok(if partial { Exit::Partial } else { Exit::Success })
}

/// What this user may not read is left out and said; anything else that fails ends the command.
fn readable<T>(read: Result<T>) -> Result<std::result::Result<T, String>> {
    match read {
        Ok(value) => Ok(Ok(value)),
        Err(failure) if matches!(failure.cause, Cause::Forbidden | Cause::Unreadable) => {
            Ok(Err(failure.reason().to_owned()))
        }
        Err(failure) => Err(failure),
    }
}

async fn users(cluster: &Cluster, vip: &Vip) -> Result<Vec<User>> {
    Ok(cluster.vip_candidates(std::slice::from_ref(vip)).await?.users_of(vip))
}

async fn ovn(cluster: &Cluster, vip: &Vip) -> Result<Rows> {
    let typed = cluster.typed_port(vip).await?;
    let wanted = std::iter::once(vip.name().to_owned()).chain(typed.clone()).collect();
    let northbound = cluster.northbound(&wanted).await?;
    let virtual_port = northbound.port(vip.name()).filter(|port| port.is_virtual()).cloned();
    let binding = if virtual_port.is_some() { cluster.holder(vip.name()).await? } else { None };
    Ok(Rows { virtual_port, typed_port: typed.and_then(|typed| northbound.port(&typed).cloned()), binding })
}

impl Report {
    fn kind(&self) -> &'static str {
        match VipType::parse(&self.vip.spec.kind) {
            Some(VipType::Plain) if self.vip.spec.namespace.is_empty() => "reserved address",
            Some(VipType::Plain) => "allowed address pair",
            Some(VipType::SwitchLb) => "front end of a SwitchLBRule",
            Some(VipType::HostVm) => "address of a VM in a host-network pod",
            None => "unknown to the controller",
        }
    }

    /// What does not fit together.
    fn problems(&self) -> Vec<Finding> {
        state::problems(&State { vip: &self.vip, users: self.users.as_deref().ok(), rows: self.ovn.as_ref().ok() })
    }

    fn text(&self, terminal: bool) -> String {
        let vip = &self.vip;
        let shown = |text: &str| if terminal { escape(text).into_owned() } else { text.to_owned() };
        let or_none = |text: &str| if text.is_empty() { "<none>".to_owned() } else { shown(text) };
        let created = vip.metadata.creation_timestamp.parse().ok();
        let selector = without_touch(&vip.spec.selector).join(", ");
        let subnet = if self.cidr.is_empty() { "which does not exist" } else { &self.cidr };
        let mut out = String::new();
        let mut line = |key: &str, value: String| put(&mut out, format_args!("{:<12} {value}", format!("{key}:")));
        line("Name", shown(vip.name()));
        line("Kind", self.kind().to_owned());
        line("Subnet", format!("{} ({})", or_none(&vip.spec.subnet), shown(subnet)));
        line("Addresses", or_none(&vip.status.addresses().collect::<Vec<_>>().join(", ")));
        line("MAC", or_none(&vip.status.mac));
        line("Namespace", or_none(&vip.spec.namespace));
        line("Selector", or_none(&selector));
        line("Ready", vip.is_ready().to_string());
        line("Age", age(created, jiff::Timestamp::now()));
        self.users_text(&mut out, shown);
        self.ovn_text(&mut out, shown);
        problems::text(&mut out, &self.problems(), shown);
        out
    }

    fn users_text(&self, out: &mut String, shown: impl Fn(&str) -> String) {
        match &self.users {
            Err(why) => put(out, format_args!("Users:       not looked at: {}", shown(why))),
            Ok(users) if users.is_empty() => out.push_str("Users:       <none>\n"),
            Ok(users) => {
                out.push_str("Users:\n");
                for user in users {
                    put(out, format_args!("  {}/{} {}", user.kind, shown(&user.name), shown(&user.how)));
                }
            }
        }
    }

    fn ovn_text(&self, out: &mut String, shown: impl Fn(&str) -> String) {
        let ovn = match &self.ovn {
            Err(why) => return put(out, format_args!("OVN:         not looked at: {}", shown(why))),
            Ok(ovn) => ovn,
        };
        if ovn.typed_port.is_none() && ovn.virtual_port.is_none() {
            return out.push_str("OVN:         <none>\n");
        }
        out.push_str("OVN:\n");
        if let Some(port) = &ovn.typed_port {
            put(out, format_args!("  port {} ({})", shown(&port.name), shown(&joined(&port.addresses, 4))));
        }
        if let Some(port) = &ovn.virtual_port {
            let address = port.options.get("virtual-ip").map_or("", String::as_str);
            let parents = port.virtual_parents();
            let parents = if parents.is_empty() { "<none>".to_owned() } else { joined(&parents, 8) };
            put(
                out,
                format_args!(
                    "  virtual port {} ({})\n  may be held by: {}",
                    shown(&port.name),
                    shown(address),
                    shown(&parents)
                ),
            );
            let holder = match &ovn.binding {
                // a chassis that was removed has no name any more
                Some((binding, node)) if !binding.virtual_parent.is_empty() => {
                    let node = if node.is_empty() { "a chassis that is not known" } else { node };
                    format!("{} on {node}", binding.virtual_parent)
                }
                _ => "<none>".to_owned(),
            };
            put(out, format_args!("  held now by:    {}", shown(&holder)));
        }
    }

    fn json(&self) -> Value {
        let port = |port: &LogicalSwitchPort| json!({"name": port.name, "type": port.kind, "addresses": port.addresses, "options": port.options});
        let ovn = match &self.ovn {
            Err(why) => json!({"unknown": why}),
            Ok(ovn) => json!({
                "typedPort": ovn.typed_port.as_ref().map(port),
                "virtualPort": ovn.virtual_port.as_ref().map(port),
                "virtualParents": ovn.virtual_port.as_ref().map(LogicalSwitchPort::virtual_parents).unwrap_or_default(),
                "holder": ovn.binding.as_ref().map(|(binding, node)| json!({"port": binding.virtual_parent, "node": node})),
            }),
        };
        let users = match &self.users {
            Err(why) => json!({"unknown": why}),
            Ok(users) => json!(users),
        };
        json!({
            "apiVersion": "ko.kubeovn.io/v1alpha1",
            "kind": "VipReport",
            "metadata": {"name": self.vip.name()},
            "vip": self.object,
            "ready": self.vip.is_ready(),
            "users": users,
            "ovn": ovn,
            "problems": problems::json(&self.problems()),
        })
    }
}

/// Adds a line to a text; writing to a text cannot fail.
fn put(out: &mut String, line: Arguments<'_>) {
    let _ = writeln!(out, "{line}");
}

/// The users of a Vip that refuse its deletion, told.
pub(super) fn told(users: &[User]) -> String {
    users.iter().fold(String::new(), |all, user| format!("{all}\n  {}/{} {}", user.kind, user.name, user.how))
}

/// A Vip that has users is not deleted.
pub(super) fn in_use(name: &str, users: &[User]) -> Failure {
    Failure::no(format!("vip/{name} is in use, nothing was deleted:{}", told(users)))
        .hint(format!("kubectl ko vip detach {name} --all takes it from the pods that may hold it"))
        .hint(format!("kubectl ko vip delete {name} --force deletes it all the same: what uses it keeps an address that others may get"))
}
