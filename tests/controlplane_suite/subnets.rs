//! `subnet`, `ippool` and `slr` on the real thing: made, seen, deleted, and killed after every call to the API server.

use super::bench::{Outcome, check, ko, kubectl, object, same};
use super::killed::{Cut, calls, kill_at};
use super::nat::nbctl;
use super::things::Things;
use super::upstream::Upstream;

fn switch(name: &str) -> Outcome<bool> {
    Ok(!nbctl(&format!("--bare --columns=name find Logical_Switch name={name}"))?.is_empty())
}

fn router_port(name: &str) -> Outcome<bool> {
    Ok(!nbctl(&format!("--bare --columns=name find Logical_Router_Port name={name}"))?.is_empty())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_subnet_is_made_seen_and_deleted() -> Outcome {
    let _mine = Things::of(&["vip net-keeps", "ip net-web.vpc1", "ippool net-pool", "subnet net-live"])?;
    let create = "subnet create net-live --cidr 10.77.40.0/24 --vpc vpc1 --for vpc1 --exclude 10.77.40.1..10.77.40.9";
    ko(create).exits(0)?.prints("subnet.kubeovn.io/net-live created: 10.77.40.0/24 in vpc vpc1, gateway 10.77.40.1")?;
    check(switch("net-live")? && router_port("vpc1-net-live")?, || {
        "OVN lacks the switch or its router port".to_owned()
    })?;
    ko(create).exits(0)?.prints("unchanged")?;
    ko("subnet create net-live --cidr 10.77.41.0/24 --vpc vpc1").exits(6)?.says("cidrBlock is 10.77.40.0/24")?;
    ko("ippool create net-pool --subnet net-live --ip 10.77.40.20..10.77.40.29")
        .exits(0)?
        .prints("created: 10.77.40.20..10.77.40.29")?;
    ko("vip create net-keeps --subnet net-live").exits(0)?;
    let shown = ko("subnet show net-live").exits(0)?;
    shown
        .prints("254 addresses: 1 held, 9 excluded, 244 free")?
        .prints("vips: 1 (net-keeps)")?
        .prints("net-pool: 10.77.40.20..10.77.40.29, 10 free")?;
    ko("subnet list net-live").exits(0)?.prints("10.77.40.0/24")?;
    ko("subnet lint net-live").exits(0)?;
    ko("subnet delete net-live").exits(1)?.says("vips: 1 (net-keeps)")?;
    ko("vip delete net-keeps").exits(0)?;
    ko("ippool delete net-pool").exits(0)?;
    // a reservation alone does not hold a Subnet: the controller lets it go and leaves the reservation behind
    ko("ip reserve pod/net-web -n vpc1 --subnet net-live --ip 10.77.40.60 --ignore KO307").exits(0)?;
    ko("subnet delete net-live").exits(1)?.says("reservations: 1 (net-web.vpc1)")?;
    ko("ip release net-web.vpc1").exits(0)?;
    ko("subnet delete net-live").exits(0)?;
    check(object("subnet net-live")?.is_null() && !switch("net-live")?, || {
        "the subnet or its switch is there".to_owned()
    })
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_load_balancer_is_seen_in_ovn() -> Outcome {
    let _mine = Things::of(&["slr net-lb"])?;
    let create = "slr create net-lb --vip 172.27.0.9 -n vpc1 --selector app=web --port http:80:8080";
    ko(create).exits(0)?.prints("172.27.0.9 80/TCP by service vpc1/slr-net-lb")?;
    ko("slr show net-lb").exits(0)?.prints("172.27.0.9")?;
    ko(create).exits(0)?.prints("unchanged")?;
    ko("slr create net-lb2 --vip 172.27.0.9 -n vpc1 --selector app=x --port http:80:80").exits(6)?.says("KO564")?;
    ko("slr delete net-lb").exits(0)?;
    check(kubectl("get service -n vpc1 slr-net-lb --ignore-not-found -o name")?.trim().is_empty(), || {
        "its service is there".to_owned()
    })
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn killed_at_every_call() -> Outcome {
    let upstream = Upstream::start()?;
    let mine = Things::of(&["ippool net-kill", "slr net-kill", "subnet net-kill"])?;
    for (line, thing) in [
        ("subnet create net-kill --cidr 10.77.44.0/24", "subnet net-kill"),
        ("ippool create net-kill --subnet ovn-default --ip 10.16.77.20..10.16.77.29", "ippool net-kill"),
        ("slr create net-kill --vip 172.27.0.10 -n vpc1 --selector app=web --port http:80:8080", "slr net-kill"),
    ] {
        mine.remove()?;
        let first = kill_at(&upstream, line, usize::MAX, Cut::Read)?;
        same("an undisturbed run ends with", &first.code, &Some(0))?;
        let expected = object(thing)?["spec"].clone();
        for cut in [Cut::Read, Cut::Withheld] {
            for last in calls(&first.asked) {
                mine.remove()?;
                let run = kill_at(&upstream, line, last, cut)?;
                if run.code.is_some() {
                    break;
                }
                ko(line).exits(0)?;
                same("the spec after it was run again", &object(thing)?["spec"], &expected)?;
                let kind = line.split(' ').next().unwrap_or_default();
                ko(&format!("{kind} delete net-kill --ignore-not-found")).exits(0)?;
            }
        }
    }
    Ok(())
}
