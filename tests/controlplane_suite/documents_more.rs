//! The examples of Kube-OVN's documents on reserved IPs and on EIPs, by our commands: the same objects, and the same rows in OVN, as
//! the documents' own manifests make; and the packets that the documents show.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::bench::{Outcome, apply, check, ko, object, ready_rule, same, script, seconds, text, until};
use super::cluster::{in_pod, in_pod_words, northbound, ports, ready};
use super::things::{Things, documents_pods, eip_is_whole};

/// What was chosen by the controller, and what stands for it.
type Chosen = BTreeMap<String, String>;

/// Where an address or MAC may stand that the controller chose.
const CHOSEN: [&str; 6] =
    ["/status/v4Ip", "/status/macAddress", "/status/v4ip", "/status/mac", "/spec/v4IpAddress", "/spec/macAddress"];

/// Objects by `KIND NAME`, without identities, and with words for addresses that were chosen.
fn essence(things: &[&str], fixed: &[&str]) -> Outcome<(Value, Chosen)> {
    let (mut all, mut chosen) = (BTreeMap::new(), Chosen::new());
    for thing in things {
        let mut object = object(thing)?;
        check(!object.is_null(), || format!("there is no {thing}"))?;
        let is_rule = object["status"]["v4Eip"].is_string();
        for value in CHOSEN.map(|path| text(&object, path).to_owned()) {
            if !value.is_empty() && !is_rule && !fixed.contains(&value.as_str()) {
                let word = if value.contains(':') { "MAC" } else { "address" };
                chosen.insert(value, format!("<{word} of {thing}>"));
            }
        }
        if let Some(metadata) = object["metadata"].as_object_mut() {
            metadata.retain(|key, _| matches!(key.as_str(), "name" | "labels" | "finalizers"));
        }
        for part in ["spec", "status"] {
            if let Some(fields) = object[part].as_object_mut() {
                // an empty field and none are one to the controller
                fields.retain(|_, value| !(value == "" || value == &json!([]) || value.is_null()));
            }
        }
        all.insert(*thing, object);
    }
    Ok((hidden(&json!(all), &chosen)?, chosen))
}

fn hidden(value: &Value, chosen: &Chosen) -> Outcome<Value> {
    let mut names: Vec<(&String, &String)> = chosen.iter().collect();
    // 10.5.204.101 before 10.5.204.10
    names.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
    let text = names.iter().fold(value.to_string(), |text, (value, word)| text.replace(value.as_str(), word));
    serde_json::from_str(&text).map_err(|why| why.to_string().into())
}

/// The rows of OVN in which a chosen address stands.
fn rows(chosen: &Chosen) -> Outcome<Value> {
    let nat = ["type", "external_ip", "logical_ip", "logical_port", "external_mac", "options"];
    let mut all = Vec::new();
    for (table, columns) in [("NAT", &nat[..]), ("Load_Balancer", &["name", "protocol", "vips"][..])] {
        for row in northbound(table, &json!([]), columns)? {
            let text = row.to_string();
            if chosen.keys().any(|one| text.contains(&format!("\"{one}"))) {
                all.push(hidden(&row, chosen)?.to_string());
            }
        }
    }
    all.sort();
    Ok(json!(all))
}

/// A document's manifests and the command lines beside them.
struct Example<'a> {
    /// What they make, in the order in which it can be deleted.
    things: &'a [&'a str],
    /// Addresses that are not chosen.
    fixed: &'a [&'a str],
    manifests: Value,
    lines: &'a [&'a str],
}

impl Example<'_> {
    /// The objects and rows, once all is ready.
    fn made(&self) -> Outcome<(Value, Value)> {
        for thing in self.things {
            if let Some(("oeip", eip)) = thing.split_once(' ') {
                eip_is_whole(eip)?;
            }
        }
        for thing in self.things {
            until(thing, seconds(20), || match thing.split_once(' ') {
                Some(("vip", _)) => Ok(ready(&object(thing)?)),
                Some(("ip", _)) => Ok(!text(&object(thing)?, "/spec/ipAddress").is_empty()),
                _ => ready_rule(thing),
            })?;
        }
        // what uses an EIP is written into it after the rule is ready
        for eip in self.things.iter().filter(|thing| thing.starts_with("oeip")) {
            until("the use of the EIP", seconds(5), || Ok(!text(&object(eip)?, "/status/nat").is_empty()))?;
        }
        let (objects, chosen) = essence(self.things, self.fixed)?;
        let rows = rows(&chosen)?;
        let rules =
            self.things.iter().filter(|thing| ["ofip", "osnat", "odnat"].iter().any(|kind| thing.starts_with(kind)));
        same("the number of rows", &rows.as_array().map_or(0, Vec::len), &rules.count())?;
        Ok((objects, rows))
    }

    /// First theirs, then ours, which stay as long as what is returned.
    fn replay(&self) -> Outcome<Things> {
        let things = Things::of(self.things)?;
        apply(&json!({"apiVersion": "v1", "kind": "List", "items": self.manifests}).to_string())?;
        let theirs = self.made()?;
        things.remove()?;
        for line in self.lines {
            ko(line).exits(0)?;
        }
        let ours = self.made()?;
        same("the objects", &ours.0, &theirs.0)?;
        same("the rows", &ours.1, &theirs.1)?;
        Ok(things)
    }
}

fn manifest(kind: &str, name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "kubeovn.io/v1", "kind": kind, "metadata": {"name": name}, "spec": spec})
}

fn eip(name: &str) -> Value {
    manifest("OvnEip", name, &json!({"externalSubnet": "external204", "type": "nat"}))
}

fn reached(eip: &str) -> Outcome {
    let address = address(eip)?;
    let ping = || Ok(in_pod("outside", &format!("ping -c 1 -W 1 {address}")).is_ok());
    until(&format!("an answer of {address}"), seconds(15), ping)
}

fn address(eip: &str) -> Outcome<String> {
    Ok(text(&object(&format!("oeip {eip}"))?, "/status/v4Ip").to_owned())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_reserved_ip_with_a_fixed_address() -> Outcome {
    let spec = json!({"subnet": "ovn-default", "podType": "", "namespace": "default", "podName": "pod-static-01",
        "v4IpAddress": "10.16.0.3", "v6IpAddress": null});
    let example = Example {
        things: &["ip pod-static-01.default"],
        fixed: &["10.16.0.3"],
        manifests: json!([manifest("IP", "pod-static-01.default", &spec)]),
        lines: &["ip reserve pod/pod-static-01 -n default --subnet ovn-default --ip 10.16.0.3"],
    };
    let _things = example.replay()?;
    same("the address", &text(&object("ip pod-static-01.default")?, "/spec/v4IpAddress"), &"10.16.0.3")?;
    check(!ports()?.contains_key("pod-static-01.default"), || "a reservation has a port".to_owned())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_reserved_ip_of_a_vm() -> Outcome {
    let spec = json!({"subnet": "ovn-default", "podType": "VirtualMachine", "namespace": "default", "podName": "vm-dynamic-01"});
    let example = Example {
        things: &["ip vm-dynamic-01.default"],
        fixed: &[],
        manifests: json!([manifest("IP", "vm-dynamic-01.default", &spec)]),
        lines: &["ip reserve vm/vm-dynamic-01 -n default --subnet ovn-default"],
    };
    example.replay().map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_fip_of_a_pod() -> Outcome {
    let _pods = documents_pods()?;
    script("datapath")?;
    let spec = json!({"ovnEip": "eip-static", "ipName": "vpc-1-busybox01.vpc1"});
    let example = Example {
        things: &["ofip eip-static", "oeip eip-static"],
        fixed: &[],
        manifests: json!([eip("eip-static"), manifest("OvnFip", "eip-static", &spec)]),
        lines: &["eip create eip-static --subnet external204", "eip bind eip-static pod/vpc-1-busybox01 -n vpc1"],
    };
    let _things = example.replay()?;
    reached("eip-static")
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_fip_of_a_vip() -> Outcome {
    let _pods = documents_pods()?;
    script("datapath")?;
    let spec = json!({"ovnEip": "eip-for-vip", "ipType": "vip", "ipName": "test-fip-vip"});
    let vip = manifest("Vip", "test-fip-vip", &json!({"subnet": "vpc1-subnet1"}));
    let example = Example {
        things: &["ofip eip-for-vip", "oeip eip-for-vip", "vip test-fip-vip"],
        fixed: &[],
        manifests: json!([vip, eip("eip-for-vip"), manifest("OvnFip", "eip-for-vip", &spec)]),
        lines: &[
            "vip create test-fip-vip --subnet vpc1-subnet1",
            "eip bind eip-for-vip vip/test-fip-vip --create --subnet external204",
        ],
    };
    let _things = example.replay()?;
    let inside = text(&object("vip test-fip-vip")?, "/status/v4ip").to_owned();
    in_pod("vpc-1-busybox03.vpc1", &format!("ip addr add {inside}/24 dev eth0"))?;
    reached("eip-for-vip")
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn snats_of_a_subnet_and_of_a_pod() -> Outcome {
    let _pods = documents_pods()?;
    script("datapath")?;
    let subnet = json!({"ovnEip": "snat-for-subnet-in-vpc", "vpcSubnet": "vpc1-subnet1"});
    let pod = json!({"ovnEip": "snat-for-pod-vpc-ip", "ipName": "vpc-1-busybox02.vpc1"});
    let example = Example {
        things: &[
            "osnat snat-for-subnet-in-vpc",
            "osnat snat01",
            "oeip snat-for-subnet-in-vpc",
            "oeip snat-for-pod-vpc-ip",
        ],
        fixed: &[],
        manifests: json!([
            eip("snat-for-subnet-in-vpc"),
            manifest("OvnSnatRule", "snat-for-subnet-in-vpc", &subnet),
            eip("snat-for-pod-vpc-ip"),
            manifest("OvnSnatRule", "snat01", &pod),
        ]),
        lines: &[
            "eip create snat-for-subnet-in-vpc --subnet external204",
            "snat create snat-for-subnet-in-vpc --eip snat-for-subnet-in-vpc subnet/vpc1-subnet1",
            "eip create snat-for-pod-vpc-ip --subnet external204",
            "snat create snat01 --eip snat-for-pod-vpc-ip pod/vpc-1-busybox02 -n vpc1",
        ],
    };
    let _things = example.replay()?;
    for (pod, eip) in [("vpc-1-busybox02", "snat-for-pod-vpc-ip"), ("vpc-1-busybox03", "snat-for-subnet-in-vpc")] {
        same(pod, &leaves_with(&format!("{pod}.vpc1"))?, &address(eip)?)?;
    }
    Ok(())
}

/// The address that a host outside sees a pod under.
fn leaves_with(pod: &str) -> Outcome<String> {
    let serve = "python3 -c \"import socket;s=socket.socket();s.setsockopt(1,2,1);s.bind(('10.5.204.254',8099));s.listen();\
                 s.settimeout(30);c,a=s.accept();c.sendall(a[0].encode());c.close()\"";
    let ask =
        "python3 -c \"import socket;s=socket.create_connection(('10.5.204.254',8099),2);print(s.recv(99).decode())\"";
    std::thread::scope(|scope| {
        let server = scope.spawn(|| in_pod_words("outside", serve));
        let mut seen = String::new();
        let asked = until(&format!("a connection of {pod}"), seconds(15), || {
            in_pod_words(pod, ask)?.trim().clone_into(&mut seen);
            Ok(!seen.is_empty())
        });
        drop(server.join());
        asked.map(|()| seen)
    })
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn dnats_to_a_pod_and_to_a_vip() -> Outcome {
    let _pods = documents_pods()?;
    let dnat = |kind: &str, ip: &str| {
        let spec = json!({"ovnEip": "eip-dnat", "ipType": kind, "ipName": ip, "protocol": "tcp", "internalPort": "22", "externalPort": "22"});
        manifest("OvnDnatRule", "eip-dnat", &spec)
    };
    let pod = Example {
        things: &["odnat eip-dnat", "oeip eip-dnat"],
        fixed: &[],
        manifests: json!([eip("eip-dnat"), dnat("", "vpc-1-busybox01.vpc1")]),
        lines: &[
            "eip create eip-dnat --subnet external204",
            "dnat create eip-dnat --eip eip-dnat pod/vpc-1-busybox01 -n vpc1 --tcp 22:22",
        ],
    };
    drop(pod.replay()?);
    let vip = manifest("Vip", "test-dnat-vip", &json!({"subnet": "vpc1-subnet1"}));
    let vip = Example {
        things: &["odnat eip-dnat", "oeip eip-dnat", "vip test-dnat-vip"],
        fixed: &[],
        manifests: json!([vip, eip("eip-dnat"), dnat("vip", "test-dnat-vip")]),
        lines: &[
            "vip create test-dnat-vip --subnet vpc1-subnet1",
            "eip create eip-dnat --subnet external204",
            "dnat create eip-dnat --eip eip-dnat vip/test-dnat-vip --tcp 22:22",
        ],
    };
    vip.replay().map(drop)
}

/// `bind` names a rule by what it is about; all else is as in the documents.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn bind_makes_the_documents_rules_under_its_own_names() -> Outcome {
    let _pods = documents_pods()?;
    let ports =
        json!({"ipName": "vpc-1-busybox01.vpc1", "protocol": "tcp", "internalPort": "22", "externalPort": "22"});
    let pairs = [
        ("OvnSnatRule", "osnat", "subnet/vpc1-subnet1", json!({"vpcSubnet": "vpc1-subnet1"})),
        ("OvnSnatRule", "osnat", "pod/vpc-1-busybox02 -n vpc1 --rule snat", json!({"ipName": "vpc-1-busybox02.vpc1"})),
        ("OvnDnatRule", "odnat", "pod/vpc-1-busybox01 -n vpc1 --tcp 22:22", ports),
    ];
    for (kind, noun, target, mut spec) in pairs {
        let line = format!("eip bind bound {target} --create --subnet external204");
        let _eip = Things::of(&["oeip bound"])?;
        let printed = ko(&line).exits(0)?.out;
        let word = format!("{}.kubeovn.io/", kind.to_lowercase());
        let name = printed.split(&word).nth(1).and_then(|rest| rest.split(' ').next()).ok_or(printed.clone())?;
        let things = [format!("{noun} {name}"), "oeip bound".to_owned()];
        spec["ovnEip"] = json!("bound");
        let example = Example {
            things: &[&things[0], &things[1]],
            fixed: &[],
            manifests: json!([eip("bound"), manifest(kind, name, &spec)]),
            lines: &[&line],
        };
        drop(example.replay()?);
    }
    Ok(())
}
