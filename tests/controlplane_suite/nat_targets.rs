//! Every kind of target in every kind of rule: the row that OVN gets, and what packets make of it.

use std::collections::BTreeSet;

use serde_json::json;

use super::bench::{Outcome, check, ko, object, same, script, seconds, text, until};
use super::cluster::{Mine, in_pod, northbound, vip};
use super::ip::Vm;
use super::nat::{Eips, address, pod, rows};
use super::nat_packets::{Server, answers, leaves_as, pings, silent};

/// What a command line points at, and who is behind it.
struct Aim {
    /// The target and the flags that it needs.
    typed: String,
    /// Its address.
    inside: String,
    /// Its logical port; empty where a rule knows none.
    port: &'static str,
    /// Its MAC as a distributed FIP has it.
    mac: String,
    /// Where it runs.
    place: String,
}

impl Aim {
    /// What an IP object tells.
    fn of_ip(typed: &str, ip: &'static str, place: &str) -> Outcome<Self> {
        let object = object(&format!("ip {ip}"))?;
        let field = |path: &str| text(&object, path).to_owned();
        check(!object.is_null(), || format!("there is no ip {ip}"))?;
        Ok(Self {
            typed: typed.to_owned(),
            inside: field("/spec/v4IpAddress"),
            port: ip,
            mac: field("/spec/macAddress"),
            place: place.to_owned(),
        })
    }

    fn name(&self) -> &str {
        self.place.split('.').next().unwrap_or_default()
    }
}

/// The type, external MAC, logical port and statelessness of the row of an external address.
fn row(external: &str) -> Outcome<[String; 4]> {
    let columns = ["type", "external_mac", "logical_port", "options"];
    let found = northbound("NAT", &json!([["external_ip", "==", external]]), &columns)?;
    check(found.len() == 1, || format!("{external}: {found:?}"))?;
    let cell = |column: &str| found[0][column].as_str().unwrap_or_default().to_owned();
    let options = found[0]["options"][1].as_array().into_iter().flatten();
    let stateless = options.filter(|pair| pair[0] == "stateless").filter_map(|pair| pair[1].as_str()).collect();
    Ok([cell("type"), cell("external_mac"), cell("logical_port"), stateless])
}

/// A VM with a second interface, as long as this lives.
fn machine() -> Outcome<Vm> {
    let vm = Vm::define("tgt-vm")?;
    vm.launch("one", &json!({"k8s.v1.cni.cncf.io/networks": "default/attachnet"}))?;
    until("the second interface of the VM", seconds(20), || {
        Ok(!object("ip tgt-vm.vpc1.attachnet.default.ovn")?.is_null())
    })?;
    Ok(vm)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn every_kind_of_target_in_every_kind_of_rule() -> Outcome {
    let _eips = Eips::of("tgt")?;
    let vm = machine()?;
    script("datapath")?;
    let vm = format!("{}.vpc1", vm.pod("one"));
    let attached = "tgt-vm.vpc1.attachnet.default.ovn";
    let client = pod("client")?;
    let mut aims = vec![
        Aim::of_ip("pod/web-1 -n vpc1", "web-1.vpc1", "web-1.vpc1")?,
        Aim::of_ip("sts/db-0 -n vpc1", "db-0.vpc1", "db-0.vpc1")?,
        Aim::of_ip("ip/web-2.vpc1", "web-2.vpc1", "web-2.vpc1")?,
        Aim::of_ip("vm/tgt-vm -n vpc1", "tgt-vm.vpc1", &vm)?,
        Aim::of_ip("vm/tgt-vm@default/attachnet -n vpc1", attached, &vm)?,
        Aim::of_ip("pod/multi-0@default/attachnet -n vpc1", "multi-0.vpc1.attachnet.default.ovn", "multi-0.vpc1")?,
    ];
    // of a bare address the controller knows no port: the gateway node answers
    aims.push(Aim {
        typed: format!("{client} --vpc vpc1"),
        port: "",
        mac: String::new(),
        ..Aim::of_ip("", "client.vpc1", "client.vpc1")?
    });
    let places: BTreeSet<&str> = aims.iter().map(|aim| aim.place.as_str()).collect();
    let servers = places.into_iter().map(|place| Server::start(place, 7101)).collect::<Outcome<Vec<_>>>()?;
    let _outside = Server::start("outside", 7007)?;
    for (number, aim) in aims.iter().enumerate() {
        let name = format!("tgt-{number}");
        let (typed, inside) = (&aim.typed, &aim.inside);
        ko(&format!("eip bind {name} {typed} --create --subnet external204")).exits(0)?.prints(inside)?;
        let eip = address(&name)?;
        same(typed, &row(&eip)?, &["dnat_and_snat", &aim.mac, aim.port, "false"].map(str::to_owned))?;
        // who asked for this address in an earlier run has its MAC of then
        in_pod("outside", "ip neigh flush all")?;
        answers("tcp", &eip, 7101, aim.name())?;
        // a datagram's answer leaves with the address of the first interface, whatever it came to
        let first = !typed.contains('@');
        if first {
            answers("udp", &eip, 7101, aim.name())?;
        }
        ko(&format!("eip bind {name} {typed}")).exits(0)?.prints("unchanged")?;
        ko(&format!("eip unbind {name} {typed}")).exits(0)?.prints("deleted")?;
        same(typed, &rows(&eip)?, &BTreeSet::new())?;
        silent("tcp", &eip, 7101)?;

        ko(&format!("eip bind {name} {typed} --tcp 8101:7101 --udp 8101:7101")).exits(0)?;
        let pairs = ["tcp", "udp"].map(|protocol| format!("vpc1 {protocol} {eip}:8101 {inside}:7101"));
        same(typed, &rows(&eip)?, &BTreeSet::from(pairs))?;
        in_pod("outside", "ip neigh flush all")?;
        answers("tcp", &eip, 8101, aim.name())?;
        if first {
            answers("udp", &eip, 8101, aim.name())?;
        }
        ko(&format!("eip unbind {name} {typed}")).exits(0)?;
        same(typed, &rows(&eip)?, &BTreeSet::new())?;

        ko(&format!("eip bind {name} {typed} --as snat")).exits(0)?;
        same(typed, &rows(&eip)?, &BTreeSet::from([format!("vpc1 snat {eip} {inside}")]))?;
        same(typed, &row(&eip)?, &["snat", "", "", ""].map(str::to_owned))?;
        // and so does what a pod begins
        if first {
            leaves_as(&aim.place, &eip)?;
        }
        ko(&format!("eip delete {name} --with-rules")).exits(0)?;
        same(typed, &rows(&eip)?, &BTreeSet::new())?;
    }
    drop(servers);
    Ok(())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_vip_has_no_port_of_its_own_and_a_snat_has_no_vip() -> Outcome {
    let _eips = Eips::of("tgt")?;
    let _vips = Mine::vips(&["tgt-vip"])?;
    script("datapath")?;
    ko("vip create tgt-vip --subnet vpc1-subnet1").exits(0)?;
    let inside = text(&vip("tgt-vip")?, "/status/v4ip").to_owned();
    in_pod("client.vpc1", &format!("ip addr add {inside}/24 dev eth0"))?;
    let _server = Server::start("client.vpc1", 7102)?;
    let run = || -> Outcome {
        ko("eip bind tgt-vip vip/tgt-vip --create --subnet external204").exits(0)?;
        let eip = address("tgt-vip")?;
        same("the kind of row", &row(&eip)?[0].as_str(), &"dnat_and_snat")?;
        in_pod("outside", "ip neigh flush all")?;
        answers("tcp", &eip, 7102, "client")?;
        ko("eip unbind tgt-vip").exits(0)?;
        ko("eip bind tgt-vip vip/tgt-vip --tcp 8102:7102").exits(0)?;
        answers("tcp", &eip, 8102, "client")?;
        ko("eip bind tgt-vip vip/tgt-vip --as snat").exits(2)?.says("a SNAT cannot name a Vip")?;
        ko("eip delete tgt-vip --with-rules").exits(0).map(drop)
    };
    let outcome = run();
    drop(in_pod("client.vpc1", &format!("ip addr del {inside}/24 dev eth0")));
    outcome
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_cidr_leaves_with_its_eip_and_a_pod_with_its_own() -> Outcome {
    let _eips = Eips::of("tgt")?;
    script("datapath")?;
    let _outside = Server::start("outside", 7007)?;
    ko("eip bind tgt-all 192.168.0.0/25 --vpc vpc1 --create --subnet external204").exits(0)?;
    ko("eip create tgt-one --subnet external204").exits(0)?;
    ko("snat create tgt-one --eip tgt-one pod/client -n vpc1").exits(0)?.says("KO447")?;
    let [all, one] = [address("tgt-all")?, address("tgt-one")?];
    same("the CIDR", &rows(&all)?, &BTreeSet::from([format!("vpc1 snat {all} 192.168.0.0/25")]))?;
    leaves_as("web-1.vpc1", &all)?;
    leaves_as("client.vpc1", &one)?;
    // a host bit less is the same network, a bit of mask another
    ko("eip bind tgt-all 192.168.0.9/25 --vpc vpc1").exits(0)?.prints("unchanged")?;
    ko("eip bind tgt-one 192.168.0.0/25 --vpc vpc1").exits(6)?.says("tgt-all")?;
    ko("eip bind tgt-one 192.168.0.0/25").exits(2)?.says("--vpc")?;
    ko("snat delete tgt-one").exits(0)?;
    leaves_as("client.vpc1", &all)?;
    ko("eip delete tgt-all tgt-one --with-rules").exits(0).map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn the_type_of_a_fip_is_whether_it_is_stateless() -> Outcome {
    let _eips = Eips::of("tgt")?;
    script("datapath")?;
    let web = Aim::of_ip("", "web-1.vpc1", "web-1.vpc1")?;
    ko("eip create tgt-type --subnet external204").exits(0)?;
    let eip = address("tgt-type")?;
    for (kind, target, mac, port, stateless) in [
        ("distributed", "pod/web-1 -n vpc1", web.mac.as_str(), "web-1.vpc1", "true"),
        ("centralized", "pod/web-1 -n vpc1", web.mac.as_str(), "web-1.vpc1", "false"),
        ("distributed", &format!("{} --vpc vpc1", web.inside), "", "", "true"),
        ("centralized", &format!("{} --vpc vpc1", web.inside), "", "", "false"),
    ] {
        ko(&format!("fip create tgt-type --eip tgt-type --type {kind} {target}")).exits(0)?;
        same(kind, &row(&eip)?, &["dnat_and_snat", mac, port, stateless].map(str::to_owned))?;
        in_pod("outside", "ip neigh flush all")?;
        until(&format!("an answer behind a {kind} FIP to {target}"), seconds(15), || Ok(pings(&eip)))?;
        ko("fip delete tgt-type").exits(0)?;
    }
    ko("eip delete tgt-type").exits(0).map(drop)
}

/// What does not come is waited for, and then told.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_target_that_is_not_there_yet_is_waited_for() -> Outcome {
    let _eips = Eips::of("tgt")?;
    let vm = Vm::define("tgt-vm")?;
    ko("eip create tgt-late --subnet external204").exits(0)?;
    ko("eip bind tgt-late vm/tgt-vm -n vpc1 --timeout 2s").exits(6)?.says("vm/tgt-vm has no address within 2 s")?;
    let bound = std::thread::scope(|scope| {
        let bound = scope.spawn(|| ko("eip bind tgt-late vm/tgt-vm -n vpc1"));
        vm.launch("one", &json!({})).map(|()| bound.join())
    })?;
    bound.map_err(|_| "the command's thread ended".to_owned())?.exits(0)?.prints("(ip/tgt-vm.vpc1)")?;
    ko("eip bind tgt-late pod/nosuch -n vpc1 --reassign").exits(1)?.says("pods \"nosuch\" not found")?;
    ko("eip bind tgt-late pod/web-1@nosuch -n vpc1 --reassign").exits(6)?.says("by the attachment nosuch")?;
    ko("eip bind tgt-late sts/db -n vpc1 --reassign").exits(2)?.says("name one, such as sts/db-0")?;
    let eip = address("tgt-late")?;
    same("still the VM's", &row(&eip)?[2], &"tgt-vm.vpc1".to_owned())?;
    ko("eip delete tgt-late --with-rules").exits(0).map(drop)
}
