//! Who uses a Vip: by spec as well as by label, because labels lag and some users carry none.

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
}

impl Candidates {
    /// The users of `vip`, pods first.
    #[must_use]
    pub fn users_of(&self, vip: &Vip) -> Vec<User> {
        let name = vip.metadata.name.as_str();
        let mut users = Vec::new();
        for pod in &self.pods {
            let key = format!("{}/{}", pod.namespace, pod.name);
            if pod.annotation(names::ANNOTATION_VIP) == name {
                users.push(User { kind: "pod", name: key.clone(), how: "has its address as its own".to_owned() });
            }
            let listed = pod.annotation(names::ANNOTATION_AAPS).split(',').any(|one| one.trim() == name);
            if listed && pod.namespace == vip.spec.namespace {
                users.push(User { kind: "pod", name: key, how: "may hold its address".to_owned() });
            }
        }
        for (kind, owner, template) in &self.templates {
            let listed = template.annotation(names::ANNOTATION_AAPS).split(',').any(|one| one.trim() == name);
            let own = template.annotation(names::ANNOTATION_VIP) == name;
            if listed || own {
                let name = format!("{}/{owner}", vip.spec.namespace);
                users.push(User { kind, name, how: "gives it to the pods it makes".to_owned() });
            }
        }
        let port = vip.metadata.label(names::LABEL_IP_RESERVED);
        let known = users.iter().any(|user| user.how.starts_with("has"));
        if !port.is_empty() && !known {
            users.push(User { kind: "port", name: port.to_owned(), how: "has its address as its own".to_owned() });
        }
        let points = |spec: &crate::api::nat::TargetSpec| spec.ip_type == "vip" && spec.ip_name == name;
        for fip in self.fips.iter().filter(|fip| points(&fip.spec.target)) {
            users.push(User {
                kind: "ovn-fip",
                name: fip.metadata.name.clone(),
                how: format!("points {} at it", fip.spec.target.ovn_eip),
            });
        }
        for dnat in self.dnats.iter().filter(|dnat| points(&dnat.spec.target)) {
            users.push(User {
                kind: "ovn-dnat-rule",
                name: dnat.metadata.name.clone(),
                how: format!("points a port of {} at it", dnat.spec.target.ovn_eip),
            });
        }
        for slr in self.slrs.iter().filter(|slr| vip.status.addresses().any(|address| address == slr.spec.vip)) {
            users.push(User {
                kind: "switch-lb-rule",
                name: slr.metadata.name.clone(),
                how: "has its address as front end".to_owned(),
            });
        }
        users
    }
}
