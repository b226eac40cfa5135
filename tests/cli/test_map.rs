//! The map of a Subnet: every kind of owner, any width, as text, data and picture.

use serde_json::json;

use crate::support::{Environment, scenes};

/// A /26 with a holder of every kind, and an address outside of it.
fn crowded() -> Environment {
    let ko = Environment::with(&scenes::cluster());
    ko.server.load(
        "apiVersion: kubeovn.io/v1\nkind: Subnet\nmetadata: {name: crowd}\nspec:\n  cidrBlock: 10.0.0.0/26,fd00::/64\n  \
         gateway: 10.0.0.1,fd00::1\n  excludeIps: [10.0.0.1, 10.0.0.8..10.0.0.10]\n  provider: ovn\n  vpc: ovn-cluster\n",
    );
    let subnet = json!({"ovn.kubernetes.io/subnet": "crowd"});
    let ip = |name: &str, v4: &str, v6: &str, reserved: bool| {
        let mut labels = subnet.clone();
        if reserved {
            labels["ovn.kubernetes.io/ip_reserved"] = json!("true");
        }
        let spec = json!({"subnet": "crowd", "v4IpAddress": v4, "v6IpAddress": v6, "ipAddress": v4, "macAddress": "02:00:00:00:00:01",
            "podName": name, "namespace": "n", "nodeName": "", "attachIps": [], "attachMacs": [], "attachSubnets": [], "containerID": "", "podType": ""});
        ko.server.apply("ips", json!({"metadata": {"name": name, "labels": labels}, "spec": spec}));
    };
    ip("a.n", "10.0.0.2", "fd00::2", false);
    ip("b.n", "10.0.0.3", "", false);
    ip("twice.n", "10.0.0.3", "", false);
    ip("outside.n", "10.9.9.9", "", false);
    let status = json!({"v4ip": "10.0.0.4", "mac": "02:00:00:00:00:02", "type": ""});
    ko.server.apply(
        "vips",
        json!({"metadata": {"name": "shop", "labels": subnet}, "spec": {"subnet": "crowd"}, "status": status}),
    );
    let status = json!({"v4Ip": "10.0.0.9", "macAddress": "02:00:00:00:00:03", "type": "nat", "ready": true});
    ko.server.apply(
        "ovn-eips",
        json!({"metadata": {"name": "out", "labels": subnet}, "spec": {"externalSubnet": "crowd"}, "status": status}),
    );
    ko.server.apply(
        "ippools",
        json!({"metadata": {"name": "pool"}, "spec": {"subnet": "crowd", "ips": ["10.0.0.16..10.0.0.19"]}}),
    );
    ko
}

#[test]
fn the_map_reads_without_colours() {
    insta::assert_snapshot!(crowded().ko("subnet map crowd --width 80"), @r"
    crowd  10.0.0.0/26,fd00::/64  gateway 10.0.0.1,fd00::1

    10.0.0.0/26: 4 held, 51 free, 4 in pools
    longest free run: 10.0.0.20..10.0.0.62
    10.0.0.0   -gp!v... xex..... oooo.... ........
    10.0.0.32  ........ ........ ........ .......-

    fd00::/64: 1 held, 18446744073709551612 free
    longest free run: fd00::3..fd00::ffff:ffff:ffff:fffe
    fd00::                     -gp..... ........ ........ ........
    fd00::20                   . free to fd00::ffff:ffff:ffff:ffdf
    fd00::ffff:ffff:ffff:ffe0  ........ ........ ........ .......-

    p pod, VM or node     2
    v Vip                 1
    e EIP                 1
    g gateway             2
    ! held twice          1
    x excluded            2
    o in a pool           4
    - network, broadcast  4
    . free                18446744073709551663
    10.0.0.3 is held by ip/b.n and by ip/twice.n
    10.9.9.9 is outside of the subnet: ip/outside.n
    [exit status: 0]
    ");
}

#[test]
fn no_line_is_wider_than_it_may_be() {
    let ko = crowded();
    for (width, cells) in [(40, 16), (60, 32), (100, 64)] {
        let output = ko.ko(&format!("subnet map ovn-default --width {width}")).success();
        let rows = output.stdout.lines().filter(|line| line.starts_with("10.16.") && !line.contains('/'));
        let widest = rows.map(|line| line.chars().count()).max().unwrap_or_default();
        assert!(widest <= width, "{width}\n{output}");
        let first = output.stdout.lines().find(|line| line.starts_with("10.16.0.0 ")).unwrap_or_default();
        assert_eq!(first.split_whitespace().skip(1).map(str::len).sum::<usize>(), cells, "{width}\n{output}");
    }
    let ko = ko.var("COLUMNS", "40");
    assert_eq!(ko.ko("subnet map crowd").stdout, ko.ko("subnet map crowd --width 40").stdout);
    assert_ne!(ko.ko("subnet map crowd").stdout, ko.ko("subnet map crowd --width 80").stdout);
}

#[test]
fn programs_get_ranges_and_owners() {
    let report: serde_json::Value =
        serde_json::from_str(&crowded().ko("subnet map crowd -o json").success().stdout).expect("JSON");
    let ranges = report["blocks"][0]["ranges"].as_array().expect("ranges");
    assert_eq!(
        ranges[3],
        json!({"first": "10.0.0.3", "last": "10.0.0.3", "use": "twice", "owners": ["ip/b.n", "ip/twice.n"]})
    );
    assert_eq!(ranges.last(), Some(&json!({"first": "10.0.0.63", "last": "10.0.0.63", "use": "end"})));
    assert_eq!(report["blocks"][0]["counts"]["free"], "51");
    assert_eq!(report["blocks"][1]["counts"]["free"], "18446744073709551612");
    assert_eq!(report["outside"], json!([{"address": "10.9.9.9", "owners": ["ip/outside.n"]}]));
}

/// Each address is a square whose title says who has it; nothing of a name becomes part of the document.
#[test]
fn the_picture_names_the_owners() {
    let ko = crowded();
    let status = json!({"v4ip": "10.0.0.5", "mac": "02:00:00:00:00:04", "type": ""});
    let labels = json!({"ovn.kubernetes.io/subnet": "crowd"});
    let hostile = json!({"metadata": {"name": "</title><script>", "labels": labels}, "spec": {"subnet": "crowd"}, "status": status});
    ko.server.apply("vips", hostile);
    let picture = ko.ko("subnet map crowd -o svg").success().stdout;
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"), "{picture}");
    for title in
        ["10.0.0.4 vip/shop", "10.0.0.9 ovn-eip/out", "10.0.0.8 excluded", "10.0.0.5 vip/&lt;/title&gt;&lt;script&gt;"]
    {
        assert!(
            picture.contains(&format!("<title>\n{title}\n</title>"))
                || picture.contains(&format!("<title>{title}</title>")),
            "{title}\n{picture}"
        );
    }
    assert!(!picture.contains("<script"), "{picture}");
}

#[test]
fn what_may_not_be_read_is_said() {
    let ko = crowded();
    ko.server.user("admin-token", "viewer");
    ko.server.deny("viewer", "list", "vips");
    let output = ko.ko("subnet map crowd").exits(3).says("not looked at").says("vips.kubeovn.io is forbidden");
    assert!(output.stdout.contains("10.0.0.0   -gp!...."), "{output}");
    ko.ko("subnet map none").exits(1).says("subnets.kubeovn.io \"none\" not found").done();
}
