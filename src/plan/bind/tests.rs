//! What is done, and what is in the way, whatever is there already.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::plan::ask::{Ask, Port};
use crate::plan::bound::is_bound_to;
use crate::plan::target::Target;
use crate::world::Source;

fn ask(target: &str, ports: &[(&'static str, &str)]) -> Ask {
    Ask {
        eip: "web".to_owned(),
        target: Target::parse(target).expect("a target"),
        namespace: "vpc1".to_owned(),
        vpc: "vpc1".to_owned(),
        ports: ports.iter().map(|(protocol, text)| Port::parse(protocol, text).expect("a port")).collect(),
        way: None,
        fip_type: String::new(),
        name: None,
    }
}

fn rules(target: &str, ports: &[(&'static str, &str)]) -> Vec<NatRule> {
    ask(target, ports).rules().expect("rules")
}

fn metadata(rule: &mut NatRule) -> &mut crate::api::Metadata {
    match rule {
        NatRule::Fip(rule) => &mut rule.metadata,
        NatRule::Snat(rule) => &mut rule.metadata,
        NatRule::Dnat(rule) => &mut rule.metadata,
    }
}

fn named(mut rule: NatRule, name: &str) -> NatRule {
    name.clone_into(&mut metadata(&mut rule).name);
    rule
}

fn going(mut rule: NatRule) -> NatRule {
    metadata(&mut rule).deletion_timestamp = Some("2026-01-01T00:00:00Z".to_owned());
    rule
}

/// A cluster with these rules, and the addresses of some pods.
fn world(there: &[NatRule]) -> World {
    let (mut fips, mut snats, mut dnats) = (Vec::new(), Vec::new(), Vec::new());
    for rule in there.iter().cloned() {
        match rule {
            NatRule::Fip(rule) => fips.push(rule),
            NatRule::Snat(rule) => snats.push(rule),
            NatRule::Dnat(rule) => dnats.push(rule),
        }
    }
    let ip = |name: &str, address: &str| -> (String, crate::api::Ip) {
        let ip: Value = json!({"metadata": {"name": name}, "spec": {"v4IpAddress": address}});
        (name.to_owned(), serde_json::from_value(ip).expect("an IP"))
    };
    World {
        fips: Source::Known(fips),
        snats: Source::Known(snats),
        dnats: Source::Known(dnats),
        named_ips: Source::Known(BTreeMap::from([ip("web-1.vpc1", "192.168.0.2"), ip("web-2.vpc1", "192.168.0.3")])),
        ..World::default()
    }
}

/// What is to be done, in a word, and why where there is a reason.
fn step(there: &[NatRule], wanted: &NatRule) -> String {
    match plan(&world(there), wanted).step {
        Step::Create => "create".to_owned(),
        Step::Same(rule) => format!("same {}", rule.named()),
        Step::Taken(rule, why) => format!("taken {} {why}", rule.named()),
        Step::Named(rule) => format!("named {}", rule.named()),
    }
}

#[test]
fn what_is_there_already_is_not_made_again() {
    for (target, ports) in [
        ("pod/web-1", &[][..]),
        ("vip/shared", &[]),
        ("192.168.0.9", &[]),
        ("subnet/vpc1-subnet1", &[]),
        ("192.168.0.0/24", &[]),
        ("pod/web-1", &[("tcp", "8080:80"), ("udp", "8080:80")]),
    ] {
        let wanted = rules(target, ports);
        for (at, rule) in wanted.iter().enumerate() {
            assert_eq!(step(&[], rule), "create");
            assert_eq!(step(&wanted[..at], rule), "create", "each port has a rule of its own");
            assert_eq!(step(&wanted, rule), format!("same {}", rule.named()));
            // whoever made it, and whatever its name
            let other = named(rule.clone(), "by-hand");
            assert_eq!(step(std::slice::from_ref(&other), rule), format!("same {}", other.named()));
            assert_eq!(is_bound_to(&world(&wanted), &other, &ask(target, ports)), Ok(true));
        }
    }
}

#[test]
fn one_key_has_one_rule_and_the_one_in_the_way_is_named() {
    let fip = rules("pod/web-1", &[]).remove(0);
    let dnat = rules("pod/web-1", &[("tcp", "8080:80")]).remove(0);
    let snat = rules("192.168.0.5/24", &[]).remove(0);
    let mut elsewhere = snat.clone();
    if let NatRule::Snat(snat) = &mut elsewhere {
        "other".clone_into(&mut snat.spec.ovn_eip);
    }
    for (there, target, ports, expected) in [
        (&fip, "pod/web-2", &[][..], "taken ofip/web leads to ip/web-1.vpc1"),
        (&dnat, "pod/web-2", &[("tcp", "8080:80")], "taken odnat/web-tcp-8080 leads to ip/web-1.vpc1 port 80"),
        (&dnat, "pod/web-1", &[("tcp", "8080:81")], "taken odnat/web-tcp-8080 leads to ip/web-1.vpc1 port 80"),
        (&dnat, "pod/web-2", &[("udp", "8080:80")], "create"),
        (&dnat, "pod/web-2", &[("tcp", "8081:80")], "create"),
        (&fip, "pod/web-2", &[("tcp", "8080:80")], "create"),
        (&elsewhere, "192.168.0.0/24", &[], "taken osnat/web-192.168.0.0-24 has it leave with oeip/other"),
        (&snat, "192.168.1.0/24", &[], "create"),
    ] {
        assert_eq!(step(std::slice::from_ref(there), &rules(target, ports)[0]), expected, "{target} {ports:?}");
    }
    // its name alone is taken
    let about_other = named(rules("192.168.1.0/24", &[]).remove(0), snat.name());
    assert_eq!(step(std::slice::from_ref(&about_other), &snat), format!("named {}", snat.named()));
}

/// After `--reassign` took the old one away: it is waited for while it goes, and the new one is then as wanted.
#[test]
fn a_rule_that_goes_is_waited_for_and_is_no_rival() {
    let (old, new) = (rules("pod/web-1", &[]).remove(0), rules("pod/web-2", &[]).remove(0));
    let planned = plan(&world(&[going(old.clone())]), &new);
    assert_eq!((planned.step, planned.going.len()), (Step::Create, 1));
    let by_name = named(going(rules("pod/web-1", &[("tcp", "80")]).remove(0)), "x");
    assert_eq!(plan(&world(&[by_name]), &new).going, [], "another kind has names of its own");
    let rival = named(old, "second");
    let planned = plan(&world(&[new.clone(), rival.clone()]), &new);
    assert_eq!((planned.step, planned.rivals), (Step::Same(new), vec![rival]));
}

#[test]
fn a_rule_whose_target_was_made_anew_is_not_the_same() {
    let mut there = rules("pod/web-1", &[]).remove(0);
    let wanted = there.clone();
    for (then, expected) in [("192.168.0.2", "same"), ("192.168.0.77", "taken ofip/web has the address 192.168.0.77")] {
        if let NatRule::Fip(fip) = &mut there {
            then.clone_into(&mut fip.status.v4_ip);
        }
        let told = step(std::slice::from_ref(&there), &wanted);
        assert!(told.starts_with(expected), "{told}");
    }
}

/// Kube-OVN writes nothing anew for a ready rule that was edited: `unchanged` would not be true.
#[test]
fn a_ready_rule_that_was_edited_is_not_the_same() {
    let wanted = rules("pod/web-1", &[("tcp", "8080:80")]).remove(0);
    let written = |external: &str, internal: &str, protocol: &str| {
        let mut there = wanted.clone();
        if let NatRule::Dnat(dnat) = &mut there {
            dnat.status = crate::api::RuleStatus {
                ready: true,
                external_port: external.to_owned(),
                internal_port: internal.to_owned(),
                protocol: protocol.to_owned(),
                ..dnat.status.clone()
            };
        }
        step(&[there], &wanted)
    };
    assert_eq!(written("8080", "80", "tcp"), "same odnat/web-tcp-8080");
    let no_effect = |field, is, asked| {
        format!("taken odnat/web-tcp-8080 was made with {field} {is}, and the edit to {asked} has no effect in OVN")
    };
    assert_eq!(written("80", "80", "tcp"), no_effect("externalPort", "80", "8080"));
    assert_eq!(written("8080", "81", "tcp"), no_effect("internalPort", "81", "80"));
    assert_eq!(written("8080", "80", "udp"), no_effect("protocol", "udp", "tcp"));
}

#[test]
fn of_two_with_one_key_the_earlier_stays_whoever_asks() {
    let made = |name: &str, when: &str| {
        let mut rule = named(rules("pod/web-1", &[]).remove(0), name);
        when.clone_into(&mut metadata(&mut rule).creation_timestamp);
        rule
    };
    let (first, second, same) =
        (made("b", "2026-01-01T00:00:01Z"), made("a", "2026-01-01T00:00:02Z"), made("c", "2026-01-01T00:00:01Z"));
    for (one, other) in
        [((&first, true), (&second, false)), ((&same, false), (&first, true)), ((&first, true), (&same, true))]
    {
        assert!(precedes(one, other) && !precedes(other, one), "{} {}", one.0.named(), other.0.named());
    }
}
