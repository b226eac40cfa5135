//! What a command points at, in one grammar: `pod/N`, `pod/N@NAD`, `vm/N`, `sts/N-0`, `vip/N`, `ip/N`, `subnet/N`, an address or a
//! CIDR.

use std::fmt;
use std::net::IpAddr;

use ipnetwork::IpNetwork;

use crate::net::{canonical, check_subdomain, parse_address};

/// What a command points at. Names are checked for their form, not for being there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A pod, and the attachment that is meant: `NAD` or `NAMESPACE/NAD`, none for its first interface.
    Pod(String, Option<String>),
    /// A VM of KubeVirt, and the attachment.
    Vm(String, Option<String>),
    /// A StatefulSet, and the ordinal of one of its pods.
    StatefulSet(String, Option<u32>, Option<String>),
    /// A Vip.
    Vip(String),
    /// An IP object by its own name.
    Ip(String),
    /// A Subnet.
    Subnet(String),
    /// An address.
    Address(IpAddr),
    /// A CIDR, as typed: with host bits where they were.
    Cidr(IpNetwork),
}

/// The forms, for messages and help.
pub const FORMS: &str = "pod/NAME[@NAD], vm/NAME, sts/NAME-0, vip/NAME, ip/NAME, subnet/NAME, an address, or a CIDR";

impl Target {
    /// Reads what was typed; the error is a sentence that names the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some((kind, rest)) = text.split_once('/')
            && !text.contains(':')
            && parse_address(kind).is_err()
        {
            let (name, nad) = match rest.split_once('@') {
                Some((name, nad)) => (name, Some(attachment(nad)?)),
                None => (rest, None),
            };
            check_subdomain(name).map_err(|reason| format!("{text}: {reason}"))?;
            let name = name.to_owned();
            let target = match kind {
                "pod" | "pods" | "po" => Self::Pod(name, nad),
                "vm" | "vms" | "virtualmachine" => Self::Vm(name, nad),
                "sts" | "statefulset" | "statefulsets" => {
                    let (set, ordinal) = ordinal(&name);
                    Self::StatefulSet(set, ordinal, nad)
                }
                _ if nad.is_some() => return Err(format!("{text}: only a pod, a VM or a StatefulSet has attachments")),
                "vip" | "vips" => Self::Vip(name),
                "ip" | "ips" => Self::Ip(name),
                "subnet" | "subnets" => Self::Subnet(name),
                _ => return Err(format!("{text}: {kind} is no kind of target; write {FORMS}")),
            };
            return Ok(target);
        }
        if text.contains('/') {
            let network = text.parse().map_err(|_| format!("{text} is no CIDR; write {FORMS}"))?;
            return Ok(Self::Cidr(network));
        }
        match parse_address(text) {
            Ok(address) => Ok(Self::Address(address)),
            Err(_) => Err(format!("{text} is no target; write {FORMS}")),
        }
    }
}

/// Namespace and name of the attachment that is meant for a pod of `namespace`: one without a namespace is the pod's own, as in the
/// annotation `k8s.v1.cni.cncf.io/networks`.
#[must_use]
pub fn attachment_of<'t>(nad: &'t str, namespace: &'t str) -> (&'t str, &'t str) {
    nad.split_once('/').unwrap_or((namespace, nad))
}

/// `NAD` or `NAMESPACE/NAD`.
fn attachment(text: &str) -> Result<String, String> {
    let right = text.split('/').count() <= 2 && text.split('/').all(|part| check_subdomain(part).is_ok());
    right.then(|| text.to_owned()).ok_or_else(|| format!("@{text} is no attachment; write @NAD or @NAMESPACE/NAD"))
}

/// `web-0` is the first pod of `web`; a name without a number behind a dash is the set.
fn ordinal(name: &str) -> (String, Option<u32>) {
    match name.rsplit_once('-').map(|(set, ordinal)| (set, ordinal.parse::<u32>())) {
        Some((set, Ok(ordinal))) if !set.is_empty() && name.ends_with(&format!("-{ordinal}")) => {
            (set.to_owned(), Some(ordinal))
        }
        _ => (name.to_owned(), None),
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |nad: &Option<String>| nad.as_ref().map_or_else(String::new, |nad| format!("@{nad}"));
        match self {
            Self::Pod(name, nad) => write!(f, "pod/{name}{}", at(nad)),
            Self::Vm(name, nad) => write!(f, "vm/{name}{}", at(nad)),
            Self::StatefulSet(name, Some(ordinal), nad) => write!(f, "sts/{name}-{ordinal}{}", at(nad)),
            Self::StatefulSet(name, None, nad) => write!(f, "sts/{name}{}", at(nad)),
            Self::Vip(name) => write!(f, "vip/{name}"),
            Self::Ip(name) => write!(f, "ip/{name}"),
            Self::Subnet(name) => write!(f, "subnet/{name}"),
            Self::Address(address) => f.write_str(&canonical(address)),
            Self::Cidr(network) => write!(f, "{network}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_printed_as_it_was_typed() {
        for text in [
            "pod/web-1",
            "pod/web-1@net1",
            "pod/web-1@default/net1",
            "vm/db",
            "sts/web-0",
            "sts/web",
            "vip/front",
            "ip/web-1.vpc1",
            "subnet/vpc1-subnet1",
            "192.168.0.5",
            "fd00::5",
            "192.168.0.0/24",
            "fd00::/64",
        ] {
            assert_eq!(Target::parse(text).map(|target| target.to_string()).as_deref(), Ok(text), "{text}");
        }
        assert_eq!(Target::parse("sts/web-10"), Ok(Target::StatefulSet("web".into(), Some(10), None)));
        assert_eq!(Target::parse("sts/web-01"), Ok(Target::StatefulSet("web-01".into(), None, None)));
    }

    #[test]
    fn an_attachment_without_a_namespace_is_of_the_pods_own() {
        assert_eq!(attachment_of("net1", "vpc1"), ("vpc1", "net1"));
        assert_eq!(attachment_of("default/net1", "vpc1"), ("default", "net1"));
    }

    #[test]
    fn what_is_none_is_told_with_the_forms() {
        for text in ["web-1", "deploy/web", "vip/x@net1", "pod/", "pod/A", "10.0.0.0/33", "pod/x@a/b/c", "10.0.0.256"] {
            assert!(
                Target::parse(text).is_err_and(|reason| reason.contains(text) || reason.contains("@a/b/c")),
                "{text}"
            );
        }
    }
}
