//! Bindings as packets see them: `outside` is a host on the external network.

use std::collections::BTreeSet;

use super::bench::{Outcome, check, ko, same, script, seconds, until};
use super::cluster::in_pod;
use super::nat::{Eips, address, pod, rows};

/// Waits for one connection or datagram on a port, and answers with the pod's name and the peer's address.
const SERVER: &str = "import socket,sys,threading
name,port=sys.argv[1],int(sys.argv[2])
def tcp():
    s=socket.socket();s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1);s.bind(('',port));s.listen(9)
    while True:
        c,a=s.accept();c.sendall((name+' '+a[0]).encode());c.close()
threading.Thread(target=tcp,daemon=True).start()
u=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);u.bind(('',port))
while True:
    d,a=u.recvfrom(99);u.sendto((name+' '+a[0]).encode(),a)
";

/// Asks such a server, once.
const CLIENT: &str = "import socket,sys
kind,host,port=sys.argv[1],sys.argv[2],int(sys.argv[3])
s=socket.socket(socket.AF_INET,socket.SOCK_STREAM if kind=='tcp' else socket.SOCK_DGRAM);s.settimeout(1)
s.connect((host,port))
if kind=='udp': s.send(b'x')
print(s.recv(99).decode())
";

/// A server in a namespace, ended with the test.
pub(crate) struct Server(std::process::Child);

impl Server {
    pub(crate) fn start(place: &str, port: u16) -> Outcome<Self> {
        let folder = std::env::var("KO_CONTROLPLANE_DIR")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/controlplane").to_owned());
        let name = place.split('.').next().unwrap_or_default();
        let child = std::process::Command::new(format!("{folder}/datapath"))
            .args(["--instance", &super::bench::instance(), "exec", place, "python3", "-c", SERVER, name])
            .arg(port.to_string())
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        Ok(Self(child))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// What the server at an address and port answers who asks from `place`; empty when nobody does.
pub(crate) fn ask(place: &str, protocol: &str, host: &str, port: u16) -> String {
    let folder = std::env::var("KO_CONTROLPLANE_DIR")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/controlplane").to_owned());
    let ran = std::process::Command::new(format!("{folder}/datapath"))
        .args(["--instance", &super::bench::instance(), "exec", place, "python3", "-c", CLIENT, protocol, host])
        .arg(port.to_string())
        .output();
    ran.map(|ran| String::from_utf8_lossy(&ran.stdout).trim().to_owned()).unwrap_or_default()
}

pub(super) fn answers(protocol: &str, host: &str, port: u16, name: &str) -> Outcome {
    let mut said = String::new();
    until(&format!("{name} behind {protocol} {host}:{port}"), seconds(15), || {
        said = ask("outside", protocol, host, port);
        Ok(said.starts_with(name))
    })
    .map_err(|why| format!("{why}; answered: {said}").into())
}

pub(super) fn silent(protocol: &str, host: &str, port: u16) -> Outcome {
    let said = ask("outside", protocol, host, port);
    check(said.is_empty(), || format!("{protocol} {host}:{port} is answered: {said}"))
}

pub(super) fn leaves_as(place: &str, expected: &str) -> Outcome {
    let mut said = String::new();
    until(&format!("{place} leaving as {expected}"), seconds(15), || {
        said = ask(place, "tcp", "10.5.204.254", 7007);
        Ok(said == format!("outside {expected}"))
    })
    .map_err(|why| format!("{why}; outside saw: {said}").into())
}

pub(super) fn pings(host: &str) -> bool {
    in_pod("outside", &format!("ping -c 1 -W 1 {host}")).is_ok()
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_fip_is_reachable_moves_and_is_gone() -> Outcome {
    script("datapath")?;
    let _mine = Eips::of("pkt-fip")?;
    ko("eip bind pkt-fip pod/web-1 -n vpc1 --create --subnet external204").exits(0)?;
    let eip = address("pkt-fip")?;
    let servers = [Server::start("web-1.vpc1", 7001)?, Server::start("web-2.vpc1", 7001)?];
    until("an answer to ping", seconds(15), || Ok(pings(&eip)))?;
    answers("tcp", &eip, 7001, "web-1")?;
    ko("eip bind pkt-fip pod/web-1 -n vpc1").exits(0)?.prints("unchanged")?;
    ko("eip bind pkt-fip pod/web-2 -n vpc1").exits(6)?.says("--reassign")?;
    ko("eip bind pkt-fip pod/web-2 -n vpc1 --reassign").exits(0)?.says("ARP")?;
    // the MAC that answers is another one: who is outside asks again
    in_pod("outside", "ip neigh flush all")?;
    answers("tcp", &eip, 7001, "web-2")?;
    same("rows", &rows(&eip)?, &BTreeSet::from([format!("vpc1 dnat_and_snat {eip} {}", pod("web-2")?)]))?;
    ko("eip unbind pkt-fip").exits(0)?;
    same("rows", &rows(&eip)?, &BTreeSet::new())?;
    silent("tcp", &eip, 7001)?;
    ko("eip unbind pkt-fip").exits(0)?.says("not bound")?;
    drop(servers);
    ko("eip delete pkt-fip").exits(0).map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn several_ports_of_both_protocols_and_one_of_them_moves() -> Outcome {
    script("datapath")?;
    let _mine = Eips::of("pkt-dnat")?;
    ko("eip bind pkt-dnat pod/web-1 -n vpc1 --create --subnet external204 --tcp 8053:7002 --udp 8053:7002 --tcp 8080:7003")
        .exits(0)?;
    let eip = address("pkt-dnat")?;
    let _servers =
        [Server::start("web-1.vpc1", 7002)?, Server::start("web-1.vpc1", 7003)?, Server::start("web-2.vpc1", 7003)?];
    answers("tcp", &eip, 8053, "web-1")?;
    answers("udp", &eip, 8053, "web-1")?;
    answers("tcp", &eip, 8080, "web-1")?;
    silent("udp", &eip, 8080)?;
    ko("eip bind pkt-dnat pod/web-2 -n vpc1 --tcp 8080:7003 --reassign").exits(0)?;
    answers("tcp", &eip, 8080, "web-2")?;
    answers("tcp", &eip, 8053, "web-1")?;
    ko("eip unbind pkt-dnat pod/web-1 -n vpc1").exits(0)?;
    silent("tcp", &eip, 8053)?;
    silent("udp", &eip, 8053)?;
    answers("tcp", &eip, 8080, "web-2")?;
    ko("eip delete pkt-dnat").exits(1)?.says("odnat/pkt-dnat-tcp-8080")?.says("--with-rules")?;
    ko("eip delete pkt-dnat --with-rules").exits(0)?;
    same("rows", &rows(&eip)?, &BTreeSet::new())?;
    silent("tcp", &eip, 8080)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn outside_sees_the_address_of_the_subnet_of_the_pod_and_of_the_fip() -> Outcome {
    script("datapath")?;
    let _mine = Eips::of("pkt-snat")?;
    let _outside = Server::start("outside", 7007)?;
    ko("eip bind pkt-snat-net subnet/vpc1-subnet1 --create --subnet external204").exits(0)?;
    ko("eip bind pkt-snat-pod pod/web-1 -n vpc1 --as snat --create --subnet external204").exits(0)?;
    let [net, one] = [address("pkt-snat-net")?, address("pkt-snat-pod")?];
    leaves_as("client.vpc1", &net)?;
    // the pod's own rule wins over that of its subnet
    leaves_as("web-1.vpc1", &one)?;
    ko("eip bind pkt-snat-pod subnet/vpc1-subnet1").exits(6)?.says("pkt-snat-net")?;
    ko("eip unbind pkt-snat-pod pod/web-1 -n vpc1").exits(0)?;
    leaves_as("web-1.vpc1", &net)?;
    ko("eip bind pkt-snat-pod subnet/vpc1-subnet1 --reassign").exits(0)?;
    leaves_as("client.vpc1", &one)?;
    same("rows of the former", &rows(&net)?, &BTreeSet::new())?;
    // a FIP wins over both, and it is told
    ko("eip bind pkt-snat-fip pod/web-1 -n vpc1 --create --subnet external204").exits(0)?;
    ko("eip bind pkt-snat-net pod/web-1 -n vpc1 --as snat").exits(0)?.says("KO465")?;
    leaves_as("web-1.vpc1", &address("pkt-snat-fip")?)?;
    ko("eip delete pkt-snat-net pkt-snat-pod pkt-snat-fip --with-rules").exits(0).map(drop)
}
