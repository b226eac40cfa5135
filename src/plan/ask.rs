//! What `eip bind` is asked for, and the rules that do it: the names are given by what the rules are about.

use crate::api::nat::TargetSpec;
use crate::api::{OvnDnatRule, OvnFip, OvnSnatRule, names};
use crate::check::nat::key::{dnat_name, fip_name, logical_ip, network_of, parse_port, snat_name};
use crate::net::canonical;
use crate::world::nat_rule::NatRule;

use super::target::{Target, attachment_of};

/// Which kind of rule binds an EIP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Way {
    /// All traffic of the EIP goes to one address, and that one leaves with the EIP
    Fip,
    /// A source leaves with the EIP
    Snat,
    /// Ports of the EIP go to ports of one address
    Dnat,
}

impl Way {
    /// Reads `fip`, `snat` or `dnat`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [("fip", Self::Fip), ("snat", Self::Snat), ("dnat", Self::Dnat)]
            .into_iter()
            .find_map(|(word, way)| (word == text).then_some(way))
    }
}

/// A port that is forwarded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Port {
    /// `tcp`, `udp` or `sctp`.
    pub protocol: &'static str,
    /// Port of the EIP.
    pub external: u16,
    /// Port of the target.
    pub internal: u16,
}

impl Port {
    /// Reads `EXTERNAL:INTERNAL`, or one port for both; the error is a sentence that names the text.
    pub fn parse(protocol: &'static str, text: &str) -> Result<Self, String> {
        let (external, internal) = text.split_once(':').unwrap_or((text, text));
        match (parse_port(external), parse_port(internal)) {
            (Ok(external), Ok(internal)) => Ok(Self { protocol, external, internal }),
            _ => Err(format!(
                "{text} is no pair of ports; write EXTERNAL:INTERNAL, each from 1 to 65535, such as 8080:80"
            )),
        }
    }
}

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Name of the EIP.
    pub eip: String,
    /// What it is to be bound to.
    pub target: Target,
    /// Namespace of a pod, VM or StatefulSet.
    pub namespace: String,
    /// VPC of a bare address or CIDR, or empty.
    pub vpc: String,
    /// Ports, for a DNAT.
    pub ports: Vec<Port>,
    /// The kind of rule; `None` for the one that fits the target.
    pub way: Option<Way>,
    /// `distributed` or `centralized` of a FIP, or empty for the cluster's own way.
    pub fip_type: String,
    /// Name of the rule; `None` for the one that its key gives.
    pub name: Option<String>,
}

impl Ask {
    /// The kind of rule that is meant.
    pub fn way(&self) -> Result<Way, String> {
        let network = matches!(self.target, Target::Subnet(_) | Target::Cidr(_));
        let fits = match (network, self.ports.is_empty()) {
            (true, true) => Way::Snat,
            (false, true) => Way::Fip,
            (false, false) => Way::Dnat,
            (true, false) => return Err(format!("a port leads to one address, and {} is many", self.target)),
        };
        match self.way {
            None => Ok(fits),
            Some(Way::Dnat) if self.ports.is_empty() => {
                Err("a DNAT needs ports: add --tcp EXTERNAL:INTERNAL or --udp EXTERNAL:INTERNAL".to_owned())
            }
            Some(Way::Fip | Way::Snat) if !self.ports.is_empty() => {
                Err("only a DNAT has ports: leave --tcp and --udp out, or --as".to_owned())
            }
            Some(Way::Fip | Way::Dnat) if network => Err(format!(
                "a FIP or DNAT leads to one address, and {} is many; only a SNAT has such a source",
                self.target
            )),
            Some(way) => Ok(way),
        }
    }

    /// The rules that do what was asked, in the order of their keys: two callers who want several ports meet at the first.
    pub fn rules(&self) -> Result<Vec<NatRule>, String> {
        match self.way()? {
            Way::Fip => {
                let mut fip = OvnFip::default();
                fip.metadata.name = self.name.clone().unwrap_or_else(|| fip_name(&self.eip));
                fip.spec.target = self.target_spec()?;
                fip.spec.kind.clone_from(&self.fip_type);
                Ok(vec![NatRule::Fip(fip)])
            }
            Way::Snat => Ok(vec![NatRule::Snat(self.snat()?)]),
            Way::Dnat => {
                let mut ports = self.ports.clone();
                ports.sort();
                let key = |port: &Port| (port.protocol, port.external);
                if let Some(twice) = ports.iter().zip(ports.iter().skip(1)).find(|(one, next)| key(one) == key(next)) {
                    let Port { protocol, external, .. } = twice.0;
                    return Err(format!("{protocol} port {external} is asked for twice"));
                }
                let target = self.target_spec()?;
                let rule = |port: &Port| {
                    let mut dnat = OvnDnatRule::default();
                    let fixed = || dnat_name(&self.eip, port.protocol, &port.external.to_string());
                    dnat.metadata.name = self.name.clone().unwrap_or_else(fixed);
                    dnat.spec.target = target.clone();
                    port.protocol.clone_into(&mut dnat.spec.protocol);
                    dnat.spec.external_port = port.external.to_string();
                    dnat.spec.internal_port = port.internal.to_string();
                    NatRule::Dnat(dnat)
                };
                Ok(ports.iter().map(rule).collect())
            }
        }
    }

    /// The logical port of a target that has one, without asking the cluster.
    #[must_use]
    pub fn port(&self) -> Option<String> {
        let (name, nad) = match &self.target {
            Target::Pod(name, nad) | Target::Vm(name, nad) => (name.clone(), nad),
            Target::StatefulSet(set, Some(ordinal), nad) => (format!("{set}-{ordinal}"), nad),
            _ => return None,
        };
        let provider = nad.as_ref().map_or_else(
            || names::PROVIDER_OVN.to_owned(),
            |nad| {
                let (namespace, nad) = attachment_of(nad, &self.namespace);
                format!("{nad}.{namespace}.{}", names::PROVIDER_OVN)
            },
        );
        Some(names::port_name(&name, &self.namespace, &provider))
    }

    /// Where a FIP or DNAT of this binding points.
    pub fn target_spec(&self) -> Result<TargetSpec, String> {
        let mut spec = TargetSpec { ovn_eip: self.eip.clone(), ..TargetSpec::default() };
        match &self.target {
            Target::Vip(name) => {
                "vip".clone_into(&mut spec.ip_type);
                spec.ip_name.clone_from(name);
            }
            Target::Ip(name) => spec.ip_name.clone_from(name),
            Target::Address(address) => {
                spec.vpc = self.needed_vpc()?;
                let slot = if address.is_ipv4() { &mut spec.v4_ip } else { &mut spec.v6_ip };
                *slot = canonical(address);
            }
            target => {
                spec.ip_name =
                    self.port().ok_or_else(|| format!("{target} is many pods; name one, such as {target}-0"))?;
            }
        }
        Ok(spec)
    }

    /// The SNAT of this binding.
    pub fn snat(&self) -> Result<OvnSnatRule, String> {
        let mut snat = OvnSnatRule::default();
        let spec = &mut snat.spec;
        spec.ovn_eip.clone_from(&self.eip);
        let source = match &self.target {
            Target::Subnet(name) => {
                spec.vpc_subnet.clone_from(name);
                name.clone()
            }
            Target::Vip(name) => {
                return Err(format!("a SNAT cannot name a Vip: give the address of vip/{name}, with --vpc"));
            }
            Target::Address(address) => {
                spec.vpc = self.needed_vpc()?;
                let text = canonical(address);
                let slot = if address.is_ipv4() { &mut spec.v4_ip_cidr } else { &mut spec.v6_ip_cidr };
                slot.clone_from(&text);
                text
            }
            Target::Cidr(network) => {
                spec.vpc = self.needed_vpc()?;
                // the controller writes what it gets, OVN compares networks: host bits would make one key two
                let text = logical_ip(&network_of(network));
                let slot = if network.is_ipv4() { &mut spec.v4_ip_cidr } else { &mut spec.v6_ip_cidr };
                slot.clone_from(&text);
                text
            }
            target => {
                let name = match target {
                    Target::Ip(name) => Some(name.clone()),
                    _ => self.port(),
                };
                spec.ip_name = name.ok_or_else(|| format!("{target} is many pods; name one, such as {target}-0"))?;
                spec.ip_name.clone()
            }
        };
        snat.metadata.name = self.name.clone().unwrap_or_else(|| snat_name(&self.eip, &source));
        Ok(snat)
    }

    /// Why the target is none that rules can be compared with; `Ok` when it is one, whatever its kind.
    pub fn meant(&self) -> Result<(), String> {
        match &self.target {
            Target::Address(_) | Target::Cidr(_) => self.needed_vpc().map(drop),
            Target::StatefulSet(_, None, _) => self.target_spec().map(drop),
            _ => Ok(()),
        }
    }

    fn needed_vpc(&self) -> Result<String, String> {
        let missing = || format!("{} says nothing of its VPC: add --vpc VPC", self.target);
        Some(self.vpc.clone()).filter(|vpc| !vpc.is_empty()).ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(target: &str, ports: &[(&'static str, &str)]) -> Ask {
        let ports = ports.iter().map(|(protocol, text)| Port::parse(protocol, text).expect("a port")).collect();
        Ask {
            eip: "web".to_owned(),
            target: Target::parse(target).expect("a target"),
            namespace: "vpc1".to_owned(),
            vpc: "vpc1".to_owned(),
            ports,
            way: None,
            fip_type: String::new(),
            name: None,
        }
    }

    /// Names and ends of the rules of a binding, or why there are none.
    fn told(ask: &Ask) -> String {
        match ask.rules() {
            Ok(rules) => rules.iter().map(|rule| rule.named() + " " + &rule.leads_to() + ";").collect(),
            Err(why) => why,
        }
    }

    #[test]
    fn the_rules_follow_from_the_target_and_the_ports() {
        let two = [("udp", "53:5353"), ("tcp", "8080:80")];
        for (target, ports, expected) in [
            ("pod/web-1", &[][..], "ofip/web ip/web-1.vpc1;"),
            ("pod/web-1@net1", &[], "ofip/web ip/web-1.vpc1.net1.vpc1.ovn;"),
            ("sts/db-0", &[], "ofip/web ip/db-0.vpc1;"),
            ("vip/shared", &[], "ofip/web vip/shared;"),
            ("192.168.0.9", &[], "ofip/web 192.168.0.9 in vpc/vpc1;"),
            ("subnet/vpc1-subnet1", &[], "osnat/web-vpc1-subnet1 subnet/vpc1-subnet1;"),
            ("pod/web-1", &two, "odnat/web-tcp-8080 ip/web-1.vpc1 port 80;odnat/web-udp-53 ip/web-1.vpc1 port 5353;"),
        ] {
            assert_eq!(told(&ask(target, ports)), expected, "{target} {ports:?}");
        }
    }

    #[test]
    fn a_source_has_one_spelling_whatever_was_typed() {
        let source = |text: &str| ask(text, &[]).snat().map(|snat| snat.spec.v4_ip_cidr);
        assert_eq!(source("192.168.0.77/24").as_deref(), Ok("192.168.0.0/24"));
        assert_eq!(source("192.168.0.0/24"), source("192.168.0.1/24"));
    }

    #[test]
    fn what_cannot_be_bound_is_said() {
        let port = [("tcp", "80")];
        for (target, ports, way, part) in [
            ("subnet/a", &port[..], None, "is many"),
            ("subnet/a", &[], Some(Way::Fip), "only a SNAT has such a source"),
            ("pod/a", &[], Some(Way::Dnat), "needs ports"),
            ("pod/a", &port, Some(Way::Fip), "only a DNAT has ports"),
            ("pod/a", &[("tcp", "80"), ("tcp", "80:81")], None, "asked for twice"),
            ("sts/db", &[], None, "many pods"),
            ("vip/a", &[], Some(Way::Snat), "cannot name a Vip"),
        ] {
            let ask = Ask { way, ..ask(target, ports) };
            assert!(told(&ask).contains(part), "{target} {ports:?}: {}", told(&ask));
        }
        let nowhere = Ask { vpc: String::new(), ..ask("192.168.0.9", &[]) };
        assert!(told(&nowhere).contains("add --vpc"), "{}", told(&nowhere));
    }

    #[test]
    fn a_port_of_both_protocols_is_two_rules_and_a_pair_is_read_once() {
        assert_eq!(ask("pod/a", &[("tcp", "53"), ("udp", "53")]).rules().map(|rules| rules.len()), Ok(2));
        for text in ["0", "65536", "80:", "a:80", "80:80:80", ""] {
            assert!(Port::parse("tcp", text).is_err(), "{text}");
        }
    }
}
