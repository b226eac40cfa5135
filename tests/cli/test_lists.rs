//! Reading collections: pages, the server's own cells, and what goes wrong between two pages.

use serde_json::json;

use crate::support::{Environment, Fault};

const VIPS: &str = "/apis/kubeovn.io/v1/vips";

fn with_vips(count: u32) -> Environment {
    let ko = Environment::new();
    for number in 0..count {
        let [.., high, low] = number.to_be_bytes();
        let status = json!({"v4ip": format!("10.16.{high}.{low}"), "mac": "02:00:00:00:00:01", "type": ""});
        let name = format!("vip-{number:04}");
        ko.server.apply("vips", json!({"metadata": {"name": name}, "spec": {"subnet": "s"}, "status": status}));
    }
    ko
}

fn rows(output: &str) -> usize {
    output.lines().filter(|line| line.starts_with("vip-")).count()
}

#[test]
fn a_list_is_read_in_pages_and_whole() {
    for (count, pages) in [(1, 1), (499, 1), (500, 1), (501, 2), (1201, 3)] {
        let ko = with_vips(count);
        let output = ko.ko("vip list").success();
        assert_eq!(rows(&output.stdout), usize::try_from(count).unwrap_or_default());
        assert!(output.stderr.is_empty(), "{output}");
        let lists = ko.server.requests().iter().filter(|request| request.path == VIPS).count();
        assert_eq!(lists, pages, "{count} Vips");
    }
}

#[test]
fn a_table_costs_less_than_the_objects() {
    let ko = with_vips(400);
    ko.ko("vip list").success().done();
    let cells = ko.server.bytes();
    ko.server.forget();
    ko.ko("vip list -o yaml").success().done();
    assert!(cells * 2 < ko.server.bytes(), "{cells} bytes of cells, {} bytes of objects", ko.server.bytes());
}

/// Half a list is never shown as a whole one.
#[test]
fn a_list_that_breaks_between_two_pages_is_no_list() {
    let cases = [
        ("expired", Fault::gone(VIPS)),
        ("unavailable", Fault::status(VIPS, 503)),
        ("torn", Fault::torn(VIPS)),
        (
            "forbidden meanwhile",
            Fault::says(VIPS, 403, "Forbidden", "vips.kubeovn.io is forbidden: User \"x\" cannot list"),
        ),
    ];
    for (what, fault) in cases {
        let ko = with_vips(501);
        ko.server.fault(fault.query("continue="));
        let output = ko.ko("vip list");
        assert_eq!(output.code, 4, "{what}\n{output}");
        assert!(output.stdout.is_empty(), "{what}: half a list on standard output");
        assert!(!output.stderr.is_empty(), "{what}");
    }
}

#[test]
fn a_page_that_came_torn_is_asked_for_again() {
    let ko = with_vips(501);
    ko.server.fault(Fault::torn(VIPS).query("continue=").times(1));
    assert_eq!(rows(&ko.ko("vip list").success().stdout), 501);
}
