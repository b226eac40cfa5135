//! Who uses a Vip: by spec as well as by label, because labels lag and some users carry none.

use std::collections::BTreeMap;

use super::lenient;
use crate::api::nat::{RuleStatus, TargetSpec};
use crate::api::{Metadata, OvnDnatRule, OvnFip, SwitchLbRule, Vip, names};

/// One user of a Vip.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct User {
    /// Kind, as kubectl writes it: `pod`, `ovn-fip`, …
    pub kind: &'static str,
    /// `NAMESPACE/NAME` for a pod, the name otherwise.
    pub name: String,
    /// How it uses the Vip, in words.
    pub how: String,
    /// Whether it is a pod that may hold the address by its annotation.
    #[serde(skip)]
    pub may_hold: bool,
}

/// Everything that could use a Vip.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    /// Pods of the whole cluster.
    pub pods: Vec<Metadata>,
    /// Floating IPs.
    pub fips: Vec<OvnFip>,
    /// Forwarded ports.
    pub dnats: Vec<OvnDnatRule>,
    /// Load balancers.
    pub slrs: Vec<SwitchLbRule>,
    /// Templates of pods in the Vip's namespace: what makes them, as kubectl writes it, its name, and the template's metadata.
    pub templates: Vec<(&'static str, String, Metadata)>,
    /// VPCs of the Vips' Subnets, by Subnet; one that could not be read is not in it.
    pub vpcs: BTreeMap<String, String>,
}

impl Candidates {
    /// The users of `vip`, pods first.
    #[must_use]
    pub fn users_of(&self, vip: &Vip) -> Vec<User> {
        let name = vip.metadata.name.as_str();
        let user = |kind, name: String, how: String| User { kind, name, how, may_hold: false };
        let lists =
            |carrier: &Metadata| names::aaps_meant(carrier.annotation(names::ANNOTATION_AAPS)).any(|one| one == name);
        let mut users = Vec::new();
        for pod in &self.pods {
            let key = format!("{}/{}", pod.namespace, pod.name);
            if pod.annotation(names::ANNOTATION_VIP) == name {
                users.push(user("pod", key.clone(), "has its address as its own".to_owned()));
            }
            if lists(pod) && pod.namespace == vip.spec.namespace {
                users.push(User { may_hold: true, ..user("pod", key, "may hold its address".to_owned()) });
            }
        }
        for (kind, owner, template) in &self.templates {
            if lists(template) || template.annotation(names::ANNOTATION_VIP) == name {
                let name = format!("{}/{owner}", vip.spec.namespace);
                users.push(user(kind, name, "gives it to the pods it makes".to_owned()));
            }
        }
        let port = vip.metadata.label(names::LABEL_IP_RESERVED);
        let known = users.iter().any(|user| user.how.starts_with("has"));
        if !port.is_empty() && !known {
            users.push(user("port", port.to_owned(), "has its address as its own".to_owned()));
        }
        for fip in &self.fips {
            if let Some(at) = self.points(vip, &fip.spec.target, &fip.status) {
                let how = format!("points {} at {at}", fip.spec.target.ovn_eip);
                users.push(user("ovn-fip", fip.metadata.name.clone(), how));
            }
        }
        for dnat in &self.dnats {
            if let Some(at) = self.points(vip, &dnat.spec.target, &dnat.status) {
                let how = format!("points a port of {} at {at}", dnat.spec.target.ovn_eip);
                users.push(user("ovn-dnat-rule", dnat.metadata.name.clone(), how));
            }
        }
        for slr in self.slrs.iter().filter(|slr| vip.status.addresses().any(|address| address == slr.spec.vip)) {
            let how = "has its address as front end".to_owned();
            users.push(user("switch-lb-rule", slr.metadata.name.clone(), how));
        }
        users
    }

    /// At what of a Vip a rule points: at the Vip by name, or at its address, be that typed or what the controller made of another
    /// name. Addresses are the same only inside one VPC; a VPC that is not known may be any.
    fn points(&self, vip: &Vip, spec: &TargetSpec, status: &RuleStatus) -> Option<&'static str> {
        if spec.ip_type == "vip" && spec.ip_name == vip.metadata.name {
            return Some("it");
        }
        let typed = [&spec.v4_ip, &spec.v6_ip].into_iter().filter(|_| spec.ip_name.is_empty());
        let targets = typed.chain([&status.v4_ip, &status.v6_ip]);
        let vpc = self.vpcs.get(&vip.spec.subnet);
        aims_at(vip.status.addresses(), targets, [&status.vpc, &spec.vpc], vpc).then_some("its address")
    }
}

/// Whether one of the addresses of an object is one of a rule's `targets`, each an address or the CIDR of one. `of_rule` are its VPCs,
/// of which the first that is set counts, `vpc` is the object's.
pub(super) fn aims_at<'a>(
    addresses: impl Iterator<Item = &'a str>,
    targets: impl IntoIterator<Item = &'a String>,
    of_rule: [&String; 2],
    vpc: Option<&String>,
) -> bool {
    let single = |text: &String| lenient(text.trim_end_matches("/32").trim_end_matches("/128"));
    let targets: Vec<_> = targets.into_iter().filter_map(single).collect();
    let of_rule = of_rule.into_iter().find(|vpc| !vpc.is_empty());
    let elsewhere = of_rule.zip(vpc.filter(|vpc| !vpc.is_empty())).is_some_and(|(one, other)| one != other);
    !elsewhere && addresses.filter_map(lenient).any(|address| targets.contains(&address))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn users(spec: &serde_json::Value, status: &serde_json::Value, vpc: Option<&str>) -> usize {
        let vip =
            json!({"metadata": {"name": "web"}, "spec": {"subnet": "s"}, "status": {"v4ip": "10.0.0.9", "mac": "x"}});
        let fip = json!({"metadata": {"name": "f"}, "spec": spec, "status": status});
        let candidates = Candidates {
            fips: serde_json::from_value(fip).into_iter().collect(),
            vpcs: vpc.map(|vpc| ("s".to_owned(), vpc.to_owned())).into_iter().collect(),
            ..Candidates::default()
        };
        serde_json::from_value(vip).map_or(9, |vip| candidates.users_of(&vip).len())
    }

    #[test]
    fn a_rule_on_the_bare_address_is_a_user_in_the_same_vpc() {
        let raw = |vpc| json!({"ovnEip": "e", "vpc": vpc, "v4Ip": "10.0.0.9"});
        let none = json!({});
        assert_eq!(users(&raw("v"), &none, Some("v")), 1);
        assert_eq!(users(&raw("other"), &none, Some("v")), 0);
        assert_eq!(users(&raw("other"), &none, None), 1, "a VPC that is not known may be any");
        assert_eq!(users(&json!({"v4Ip": "10.0.0.99"}), &none, Some("v")), 0);
        // the name wins over the address beside it
        assert_eq!(users(&json!({"ipName": "pod", "v4Ip": "10.0.0.9"}), &none, Some("v")), 0);
        assert_eq!(users(&json!({"ipName": "pod"}), &json!({"v4Ip": "10.0.0.9", "vpc": "v"}), Some("v")), 1);
    }
}
