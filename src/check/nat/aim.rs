//! Where a FIP or DNAT points: an IP, a Vip or a bare address.

use crate::api::nat::TargetSpec;
use crate::api::{Ip, Vip};
use crate::world::{Wanted, World};

/// What a target's name leads to.
#[derive(Clone, Copy, Debug)]
pub enum Named<'w> {
    /// An IP: of a pod, a VM, or reserved.
    Ip(&'w Ip),
    /// A Vip.
    Vip(&'w Vip),
    /// A pod of the same file: its address is not known yet.
    Pod,
}

/// A target whose addresses are known, or will be.
#[derive(Clone, Debug)]
pub struct Aim<'w> {
    /// `ip/web-1.vpc1`.
    pub noun: String,
    /// Its Subnet's name; empty for a bare address and for a pod of the same file.
    pub subnet: &'w str,
    /// IPv4 and IPv6 address; empty when there is none (yet).
    pub addresses: [&'w str; 2],
    /// Whether the controller is done with it.
    pub ready: bool,
    /// Whether it is only in the file, so that its addresses come later.
    pub planned: bool,
    /// Whether it is being deleted.
    pub leaving: bool,
}

/// Whether a target is a Vip.
#[must_use]
pub fn is_vip(target: &TargetSpec) -> bool {
    target.ip_type == "vip"
}

/// What the name of a target leads to, and whether that is only in the file.
#[must_use]
pub fn named<'w>(world: &'w World, target: &TargetSpec) -> Option<(Named<'w>, bool)> {
    let name = target.ip_name.as_str();
    if is_vip(target) {
        let planned = || world.planned_vips.iter().find(|vip| vip.metadata.name == name);
        return match world.vip(name) {
            Some(vip) => Some((Named::Vip(vip), false)),
            None => planned().map(|vip| (Named::Vip(vip), true)),
        };
    }
    let planned = || world.planned.ips.iter().find(|ip| ip.metadata.name == name);
    match world.ip(name) {
        Some(ip) => Some((Named::Ip(ip), false)),
        None if world.planned.pods.contains(name) => Some((Named::Pod, true)),
        None => planned().map(|ip| (Named::Ip(ip), true)),
    }
}

/// The target that a name leads to.
#[must_use]
pub fn aim<'w>(world: &'w World, target: &TargetSpec) -> Option<Aim<'w>> {
    let (found, planned) = named(world, target)?;
    let noun = format!("{}/{}", if is_vip(target) { "vip" } else { "ip" }, target.ip_name);
    Some(match found {
        Named::Ip(ip) => Aim {
            noun,
            subnet: &ip.spec.subnet,
            addresses: [&ip.spec.v4_ip_address, &ip.spec.v6_ip_address],
            // an address stands in the spec of a reservation before it was given
            ready: ip.is_ready(),
            planned,
            leaving: ip.metadata.is_terminating(),
        },
        Named::Vip(vip) => Aim {
            noun,
            subnet: &vip.spec.subnet,
            addresses: if planned {
                [&vip.spec.v4_ip, &vip.spec.v6_ip]
            } else {
                [&vip.status.v4_ip, &vip.status.v6_ip]
            },
            // an address stands in status alone after an edit that allocated nothing, and then it is somebody else's
            ready: vip.is_ready(),
            planned,
            leaving: vip.metadata.is_terminating(),
        },
        Named::Pod => Aim { noun, subnet: "", addresses: ["", ""], ready: false, planned, leaving: false },
    })
}

/// The bare addresses of a target: field and text.
pub(super) fn raw(target: &TargetSpec) -> impl Iterator<Item = (&'static str, &str)> {
    [("v4Ip", target.v4_ip.as_str()), ("v6Ip", target.v6_ip.as_str())].into_iter().filter(|(_, text)| !text.is_empty())
}

/// The text fields of a target, by name.
#[must_use]
pub fn fields(target: &TargetSpec) -> [(&'static str, &str); 6] {
    [
        ("ovnEip", &target.ovn_eip),
        ("ipType", &target.ip_type),
        ("ipName", &target.ip_name),
        ("vpc", &target.vpc),
        ("v4Ip", &target.v4_ip),
        ("v6Ip", &target.v6_ip),
    ]
}

/// What has to be read to look at a target and its EIP.
pub fn want(wanted: &mut Wanted, target: &TargetSpec) {
    let filled = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    wanted.eips.extend(filled(&target.ovn_eip));
    // one of the other kind has the name when the type was forgotten
    let named = filled(&target.ip_name);
    wanted.names.extend(named.clone());
    wanted.ports.extend(named.clone().filter(|_| is_vip(target)));
    wanted.ips.extend(named);
    wanted.vpcs.extend(filled(&target.vpc));
    wanted.insides.extend(filled(&target.v4_ip).into_iter().chain(filled(&target.v6_ip)));
}
