//! What must not be created is refused, and no object is left behind.

use super::bench::{Outcome, check, ko, same};
use super::cluster::{Mine, vips};

/// The flags behind `vip create`, the exit code, and what is said.
const REFUSED: &[(&str, i32, &str)] = &[
    ("bad", 2, "--subnet"),
    ("bad --subnet", 2, "--subnet"),
    ("bad --subnet nosuch", 6, "KO115"),
    ("bad --subnet join", 6, "KO117"),
    ("bad --subnet ovn-default --ip 10.17.0.5", 6, "KO103"),
    ("bad --subnet ovn-default --ip 10.16.0.0", 6, "KO104"),
    ("bad --subnet ovn-default --ip 10.16.255.255", 6, "KO104"),
    ("bad --subnet ovn-default --ip 10.16.0.1", 6, "KO105"),
    ("bad --subnet vpc1-subnet1 --ip 192.168.0.2", 6, "KO106"),
    ("bad --subnet ovn-default --ip 10.16.0.62/16", 6, "KO101"),
    ("bad --subnet ovn-default --ip 10.16.0.062", 6, "KO101"),
    ("bad --subnet ovn-default --ip abc", 6, "KO101"),
    ("bad --subnet ovn-default --ip fd00::5", 6, "KO102"),
    ("bad --subnet ovn-default --ip 10.16.0.5,10.16.0.6", 2, "one family"),
    ("bad --subnet ovn-default --ip=", 2, "--ip is empty"),
    ("bad --subnet ovn-default --mac 02:00:00:00:00:01", 6, "KO112"),
    ("bad --subnet ovn-default --ip 10.16.0.141 --mac zz:11", 6, "KO109"),
    ("bad --subnet ovn-default --ip 10.16.0.141 --mac 01:00:5e:00:00:01", 6, "KO110"),
    ("bad --subnet ovn-default --type foo", 2, "foo"),
    ("bad --subnet ovn-default --type switch-lb", 6, "KO205"),
    ("bad --subnet external204 -n default --type switch-lb", 6, "KO206"),
    ("bad --subnet ovn-default -n nosuch", 6, "KO208"),
    ("bad --subnet ovn-default -n default --selector app", 6, "KO209"),
    ("web-1.vpc1 --subnet vpc1-subnet1 -n vpc1", 6, "KO201"),
    ("busybox.default --subnet ovn-default", 6, "KO201"),
    ("vpc1-subnet1-vpc1 --subnet vpc1-subnet1", 6, "KO202"),
    ("Bad --subnet ovn-default", 6, ""),
    ("bad_name --subnet ovn-default", 6, ""),
    ("bad --subnet ovn-default --ignore KO999", 2, "KO999"),
    ("bad --subnet ovn-default --timeout soon", 2, "--timeout"),
    ("bad --subnet ovn-default --strict -n default", 6, "KO215"),
    ("bad --subnet ovn-default -o nosuch", 2, "nosuch"),
];

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn bad_input_leaves_nothing_behind() -> Outcome {
    let _mine = Mine::vips(&["bad"])?;
    let before = vips()?;
    let mut wrong = Vec::new();
    for (flags, code, said) in REFUSED {
        let ran = ko(&format!("vip create {flags}"));
        if ran.code != *code || !ran.err.contains(said) || !ran.out.is_empty() {
            wrong
                .push(ran.wrong(&format!("expected exit {code}, `{said}` and nothing on standard output")).to_string());
        }
    }
    same("the Vips", &vips()?, &before)?;
    check(wrong.is_empty(), || wrong.join("\n"))
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn the_same_again_is_unchanged_and_another_is_refused() -> Outcome {
    let _mine = Mine::vips(&["bad", "good"])?;
    let create = "vip create good --subnet ovn-default --ip 10.16.0.142";
    ko(create).exits(0)?.prints("created")?;
    ko(create).exits(0)?.prints("unchanged")?;
    ko("vip create good --subnet ovn-default").exits(0)?.prints("unchanged")?;
    ko("vip create good --subnet ovn-default --ip 10.16.0.143").exits(6)?.says("KO212")?;
    ko("vip create good --subnet vpc1-subnet1").exits(6)?.says("KO212")?;
    ko("vip create bad --subnet ovn-default --ip 10.16.0.142").exits(6)?.says("KO106")?.says("vip/good")?;
    for dry in ["client", "server"] {
        ko(&format!("vip create bad --subnet ovn-default --ip 10.16.0.143 --dry-run={dry}"))
            .exits(0)?
            .prints("dry run)")?;
        ko(&format!("vip create bad --subnet ovn-default --ip 10.16.0.142 --dry-run={dry}")).exits(6)?.says("KO106")?;
    }
    check(!vips()?.iter().any(|name| name.ends_with("/bad")), || "bad was created".to_owned())
}
