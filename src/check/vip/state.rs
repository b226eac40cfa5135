//! Rules about a Vip as it is: what does not fit together between the object, its users and OVN's rows.

use super::selector::{self, TOUCH, terms};
use super::{Finding, codes};
use crate::api::{Vip, VipType, names};
use crate::net::Mac;
use crate::ovn::northbound::{LogicalSwitchPort, PortBinding};
use crate::world::lenient;
use crate::world::users::User;

/// A Vip and what was read about it; `None` is what could not be read, of which nothing is said.
#[derive(Clone, Copy, Debug)]
pub struct State<'a> {
    /// The object.
    pub vip: &'a Vip,
    /// Who uses it.
    pub users: Option<&'a [User]>,
    /// What OVN has of it.
    pub rows: Option<&'a Rows>,
}

/// OVN's rows about one Vip.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// The virtual port of its name.
    pub virtual_port: Option<LogicalSwitchPort>,
    /// The port of a typed Vip.
    pub typed_port: Option<LogicalSwitchPort>,
    /// Who holds the address now, and the node of that chassis.
    pub binding: Option<(PortBinding, String)>,
}

/// All that does not fit together, in the order of the rules.
#[must_use]
pub fn problems(state: &State<'_>) -> Vec<Finding> {
    let vip = state.vip;
    let mut findings = stays(vip);
    if findings.is_empty() {
        findings.extend(has_address(vip));
    }
    findings.extend(says_what_it_has(vip));
    findings.extend(unmarked(vip));
    if let Some(rows) = state.rows.filter(|_| vip.is_ready() && !vip.metadata.is_terminating()) {
        findings.extend(typed_port(vip, rows));
        findings.extend(virtual_port(vip, state.users, rows));
    }
    findings
}

/// KO224. A Vip that is being deleted has no future, and one that the controller forgot to finish stays as it is.
pub(super) fn stays(vip: &Vip) -> Vec<Finding> {
    let name = &vip.metadata.name;
    if !vip.metadata.is_terminating() {
        return Vec::new();
    }
    let foreign = vip.metadata.finalizers.iter().find(|finalizer| !names::is_own_finalizer(finalizer));
    vec![match foreign {
        Some(finalizer) => Finding::new(
            codes::KO224,
            format!("vip/{name} is being deleted and held by the finalizer {finalizer}, which is not Kube-OVN's"),
        )
        .hint("whoever set that finalizer has to remove it"),
        None => Finding::new(codes::KO224, format!("vip/{name} is being deleted and not gone"))
            .hint(format!("kubectl ko vip delete {name} finishes it")),
    }]
}

/// KO225. Without an address there is nothing to hold.
pub(super) fn has_address(vip: &Vip) -> Vec<Finding> {
    if vip.is_ready() {
        return Vec::new();
    }
    let (name, spec) = (&vip.metadata.name, &vip.spec);
    let typed = [("-n", &spec.namespace), ("--ip", &spec.v4_ip), ("--ip", &spec.v6_ip), ("--mac", &spec.mac_address)];
    // the texts come from the cluster: only what is a name, an address or a MAC is part of a command to be run
    let plain = |text: &String| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte))
    };
    let flags = typed
        .into_iter()
        .filter(|(_, text)| plain(text))
        .fold(String::new(), |all, (flag, text)| format!("{all} {flag} {text}"));
    vec![Finding::new(codes::KO225, format!("vip/{name} has no address")).hint(format!(
        "kubectl ko vip create {name} --subnet {}{flags} waits for it, and says why the controller does not give one",
        spec.subnet
    ))]
}

/// KO233. An edit of a ready Vip has no effect, and the controller complains until it is set back.
fn says_what_it_has(vip: &Vip) -> Vec<Finding> {
    let name = &vip.metadata.name;
    let fields = [
        ("v4ip", &vip.spec.v4_ip, &vip.status.v4_ip),
        ("v6ip", &vip.spec.v6_ip, &vip.status.v6_ip),
        ("macAddress", &vip.spec.mac_address, &vip.status.mac),
    ];
    let spoilt = fields.into_iter().filter(|(_, spec, status)| vip.is_ready() && !status.is_empty() && spec != status);
    let finding = |(field, spec, status): (&str, &String, &String)| {
        // status is a text that others can write: only what is an address or a MAC goes into a command to be run
        let repair = if lenient(status).is_some() || status.parse::<Mac>().is_ok() {
            format!("kubectl patch vip {name} --type=merge -p '{{\"spec\":{{\"{field}\":\"{status}\"}}}}'")
        } else {
            format!("set spec.{field} of vip {name} back to what its status has")
        };
        let edited = if spec.is_empty() { "emptied" } else { spec };
        let message =
            format!("spec.{field} of vip/{name} was edited to {edited}, which has no effect: it has {status}");
        Finding::new(codes::KO233, message).hint(repair)
    };
    spoilt.map(finding).collect()
}

/// KO234. Our own mark is taken off by the call that wrote it, unless that was interrupted.
fn unmarked(vip: &Vip) -> Vec<Finding> {
    if !vip.spec.selector.iter().any(|item| item == TOUCH) {
        return Vec::new();
    }
    let message = format!("an interrupted call left {TOUCH} in the selector of vip/{}", vip.metadata.name);
    vec![Finding::new(codes::KO234, message).hint("run vip create or vip attach again")]
}

/// KO235. A typed Vip answers through a port of its own.
fn typed_port(vip: &Vip, rows: &Rows) -> Vec<Finding> {
    let name = &vip.metadata.name;
    if VipType::parse(&vip.spec.kind) == Some(VipType::Plain) || rows.typed_port.is_some() {
        return Vec::new();
    }
    let port = names::port_name(name, &vip.spec.namespace, names::PROVIDER_OVN);
    vec![
        Finding::new(codes::KO235, format!("OVN has no logical port {port}"))
            .hint(format!("delete and create vip {name} anew")),
    ]
}

/// KO236 to KO239, and KO213: from the virtual port to the pod that holds the address, the first that is missing.
fn virtual_port(vip: &Vip, users: Option<&[User]>, rows: &Rows) -> Vec<Finding> {
    let name = &vip.metadata.name;
    if !vip.wants_virtual_port() || VipType::parse(&vip.spec.kind) != Some(VipType::Plain) {
        return Vec::new();
    }
    let again = format!("kubectl ko vip attach {name} POD makes it again");
    let Some(port) = &rows.virtual_port else {
        let message = format!(
            "OVN has no virtual port for vip/{name}: no pod can hold the address (a controller restart or an edit of the subnet removes it)"
        );
        return vec![Finding::new(codes::KO236, message).hint(again)];
    };
    let mut findings = Vec::new();
    let address = vip.status.addresses().collect::<Vec<_>>().join(",");
    let has = port.options.get("virtual-ip").map_or("none", String::as_str);
    if has != address {
        let message = format!("the virtual port has the address {has}, vip/{name} has {address}");
        findings.push(Finding::new(codes::KO237, message).hint(again.clone()));
    }
    let nobody = port.virtual_parents().is_empty();
    let held = rows.binding.as_ref().is_some_and(|(binding, _)| !binding.virtual_parent.is_empty());
    match users.map(|users| users.iter().any(|user| user.may_hold)) {
        Some(false) => {
            findings
                .push(selector::unnamed().hint(format!("kubectl ko vip attach {name} POD -n {}", vip.spec.namespace)));
        }
        Some(true) if nobody => {
            let labels =
                if terms(&vip.spec.selector).is_empty() { "" } else { "the selector does not match their labels, " };
            let message = format!(
                "pods name vip/{name}, but OVN lists none that may hold it: {labels}they have no interface in its subnet, or a space stands before the name"
            );
            findings.push(Finding::new(codes::KO238, message).hint(again));
        }
        _ if !nobody && !held => {
            let message = format!("nobody holds the address of vip/{name} yet: no pod has answered for it");
            findings.push(
                Finding::new(codes::KO239, message).hint(
                    "add the address inside a pod (vip attach prints the line), or send a gratuitous ARP from it",
                ),
            );
        }
        _ => {}
    }
    findings
}
