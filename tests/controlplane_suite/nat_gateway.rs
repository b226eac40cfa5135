//! The family of a VpcNatGateway whose pod is there and does not work: everything can be read, and a deletion that hangs is told.

use serde_json::{Value, json};

use super::bench::{Outcome, apply, check, ko, kubectl_words, object, same, seconds, until};
use super::things::Things;

const FINALIZER: &str = "kubeovn.io/kube-ovn-controller";

fn of(kind: &str, name: &str, spec: &Value) -> String {
    let metadata = json!({"name": name, "finalizers": [FINALIZER]});
    json!({"apiVersion": "kubeovn.io/v1", "kind": kind, "metadata": metadata, "spec": spec}).to_string()
}

fn patch(thing: &str, subresource: &str, patch: &Value) -> Outcome {
    let patch = patch.to_string();
    let words: Vec<&str> =
        ["patch"].into_iter().chain(thing.split(' ')).chain(["--type=merge", "-p", &patch]).collect();
    let words: Vec<&str> =
        if subresource.is_empty() { words } else { [words, vec!["--subresource", subresource]].concat() };
    kubectl_words(&words, "").map(drop)
}

/// A gateway that worked once, and an EIP with a FIP and one with a SNAT and a DNAT that it has; of each what the controller wrote.
struct Gateway;

const OBJECTS: [(&str, &str); 5] = [
    ("iptables-fip-rule", "gwy-f"),
    ("iptables-snat-rule", "gwy-s"),
    ("iptables-dnat-rule", "gwy-d"),
    ("iptables-eip", "gwy-e"),
    ("iptables-eip", "gwy-e2"),
];

impl Gateway {
    fn make() -> Outcome<Self> {
        drop(Self);
        let gateway = Self;
        for (name, data) in [
            ("ovn-vpc-nat-config", json!({"image": "kube-ovn/vpc-nat-gateway:v1.16.2"})),
            ("ovn-vpc-nat-gw-config", json!({"enable-vpc-nat-gw": "true"})),
        ] {
            let metadata = json!({"name": name, "namespace": "kube-system"});
            apply(&json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}).to_string())?;
        }
        let spec = json!({"vpc": "vpc1", "subnet": "vpc1-subnet1", "lanIp": "192.168.0.250",
            "selector": ["kubernetes.io/os: linux"], "externalSubnets": ["external204"]});
        let metadata = json!({"name": "gwy"});
        apply(
            &json!({"apiVersion": "kubeovn.io/v1", "kind": "VpcNatGateway", "metadata": metadata, "spec": spec})
                .to_string(),
        )?;
        until("the gateway's pod", seconds(60), || Ok(!object("pod -n kube-system vpc-nat-gw-gwy-0")?.is_null()))?;
        let eip = |address: &str| json!({"natGwDp": "gwy", "externalSubnet": "external204", "v4ip": address});
        apply(&of("IptablesEIP", "gwy-e", &eip("10.5.204.201")))?;
        apply(&of("IptablesEIP", "gwy-e2", &eip("10.5.204.202")))?;
        apply(&of("IptablesFIPRule", "gwy-f", &json!({"eip": "gwy-e", "internalIp": "192.168.0.2"})))?;
        apply(&of("IptablesSnatRule", "gwy-s", &json!({"eip": "gwy-e2", "internalCIDR": "192.168.0.0/24"})))?;
        let ports = json!({"eip": "gwy-e2", "internalIp": "192.168.0.3", "externalPort": "80", "internalPort": "8080", "protocol": "tcp"});
        apply(&of("IptablesDnatRule", "gwy-d", &ports))?;
        Ok(gateway)
    }

    /// As the controller leaves them while the gateway works.
    fn worked() -> Outcome {
        for (eip, address, nat) in [("gwy-e", "10.5.204.201", "fip"), ("gwy-e2", "10.5.204.202", "snat,dnat")] {
            patch(
                &format!("iptables-eip {eip}"),
                "status",
                &json!({"status": {"ip": address, "ready": true, "nat": nat}}),
            )?;
        }
        let written = |address: &str| json!({"v4ip": address, "natGwDp": "gwy", "ready": true});
        let mut fip = written("10.5.204.201");
        fip["internalIp"] = json!("192.168.0.2");
        patch("iptables-fip-rule gwy-f", "status", &json!({"status": fip}))?;
        let mut snat = written("10.5.204.202");
        snat["internalCIDR"] = json!("192.168.0.0/24");
        patch("iptables-snat-rule gwy-s", "status", &json!({"status": snat}))?;
        let mut dnat = written("10.5.204.202");
        for (key, value) in
            [("internalIp", "192.168.0.3"), ("externalPort", "80"), ("internalPort", "8080"), ("protocol", "tcp")]
        {
            dnat[key] = json!(value);
        }
        patch("iptables-dnat-rule gwy-d", "status", &json!({"status": dnat}))
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        for (kind, name) in OBJECTS {
            drop(patch(&format!("{kind} {name}"), "", &json!({"metadata": {"finalizers": null}})));
        }
        let mut things: Vec<String> = OBJECTS.iter().map(|(kind, name)| format!("{kind} {name}")).collect();
        things.extend(
            [
                "vpc-nat-gw gwy",
                "configmap -n kube-system ovn-vpc-nat-gw-config",
                "configmap -n kube-system ovn-vpc-nat-config",
            ]
            .map(str::to_owned),
        );
        drop(Things::of(&things));
    }
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn what_a_gateway_without_pod_has_is_read_and_its_deletion_told() -> Outcome {
    let _gateway = Gateway::make()?;
    let pod = "metadata.name=vpc-nat-gw-gwy-0";
    // nothing of it ever worked
    ko("eip show gwy-e").exits(0)?.prints("KO480")?.prints(pod)?;
    ko("fip show gwy-f").exits(0)?.prints("gwy-e (no address yet)")?.prints("KO480")?;
    Gateway::worked()?;
    let listed = ko("nat list --vpc vpc1").exits(0)?;
    for (_, name) in OBJECTS {
        check(listed.out.lines().any(|line| line.starts_with(&format!("{name} "))), || listed.wrong(name).to_string())?;
    }
    let columns = |noun: &str, name: &str| -> Outcome<Vec<String>> {
        let ran = ko(&format!("{noun} list {name}")).exits(0)?;
        Ok(ran.out.lines().nth(1).unwrap_or_default().split_whitespace().map(str::to_owned).collect())
    };
    same("the FIP", &columns("fip", "gwy-f")?.contains(&"10.5.204.201".to_owned()), &true)?;
    same("the DNAT", &columns("dnat", "gwy-d")?.contains(&"10.5.204.202:80".to_owned()), &true)?;
    ko("snat show gwy-s").exits(0)?.prints("gwy-e2 (10.5.204.202)")?.prints("gwy (VPC vpc1)")?.lacks("Problems")?;
    ko("eip show gwy-e2").exits(0)?.prints("iptables-snat/gwy-s")?.prints("iptables-dnat/gwy-d")?;
    // an EIP behind its rules, and each of them hangs: the controller takes it away inside the pod
    ko("eip delete gwy-e").exits(1)?.says("iptables-fip/gwy-f")?.says("--with-rules")?;
    check(object("iptables-eip gwy-e")?["metadata"]["deletionTimestamp"].is_null(), || {
        "it is being deleted".to_owned()
    })?;
    for line in ["eip delete gwy-e --with-rules", "fip delete gwy-f", "snat delete gwy-s", "dnat delete gwy-d"] {
        ko(&format!("{line} --timeout 20s"))
            .exits(5)?
            .says("is marked for deletion, but does not go: pod vpc-nat-gw-gwy-0 of its gateway does not run")?
            .says("kube-ovn-controller: ")?
            .says(pod)?;
    }
    // the rule that hangs keeps its EIP
    check(object("iptables-eip gwy-e")?["metadata"]["deletionTimestamp"].is_null(), || {
        "it is being deleted".to_owned()
    })?;
    ko("fip show gwy-f").exits(0)?.prints("being deleted").map(drop)
}
