//! From the command line to an answer of the API server: kubeconfig, credentials, retries, refusals.

use std::time::Duration;

use crate::support::{Environment, ExecScript, Fault, scenes};

const PODS: &str = "/api/v1/namespaces/kube-system/pods";

fn ready() -> Environment {
    let ko = Environment::with(&scenes::ovn());
    ko.server.on_any_exec(ExecScript::prints("ok\n"));
    ko
}

/// What stands in the `Authorization` header of the first request.
fn authorization(ko: &Environment) -> String {
    ko.server.requests()[0].header("authorization").to_owned()
}

#[test]
fn answers_that_are_final_are_told_once() {
    let cases = [
        ("401", Fault::status(PODS, 401), "error: You must be logged in to the server (Unauthorized)"),
        (
            "404 of the kind",
            Fault::text(PODS, 404, "404 page not found\n"),
            "the server doesn't have a resource type \"pods\"",
        ),
        ("500", Fault::status(PODS, 500), "Error from server (InternalError)"),
        ("page with 200", Fault::html(PODS, 200), "cannot be understood"),
    ];
    for (what, fault, sentence) in cases {
        let ko = ready();
        ko.server.fault(fault);
        let output = ko.ko("nbctl show").exits(125);
        assert!(output.stderr.contains(sentence), "{what}\n{output}");
        assert_eq!(ko.server.requests().len(), 1, "{what}: {}", ko.server.journal());
    }
}

/// A Status is the API server's; a page with the same code is a proxy's, and no right can be granted by it.
#[test]
fn a_page_of_a_proxy_is_not_taken_for_the_api_server() {
    for code in [400, 401, 403, 404, 409, 500, 502] {
        let ko = ready();
        ko.server.fault(Fault::html(PODS, code));
        let output = ko.ko("nbctl show").exits(125).says("something that is not the API server");
        output.never_says("<html>").never_says("kubectl create role").done();
    }
}

#[test]
fn answers_that_may_pass_are_tried_again() {
    let cases = [
        ("429", Fault::busy(PODS, 1), "Error from server (TooManyRequests)"),
        ("503", Fault::status(PODS, 503), "Error from server (ServiceUnavailable)"),
        ("504", Fault::status(PODS, 504), "Error from server (Timeout)"),
        ("dropped", Fault::drop(PODS), "Unable to connect to the server"),
        ("torn", Fault::torn(PODS), "Unable to connect to the server"),
        ("page with 503", Fault::html(PODS, 503), "something that is not the API server"),
    ];
    for (what, fault, sentence) in cases {
        let ko = ready();
        ko.server.fault(fault.clone().times(2));
        let output = ko.ko("nbctl show");
        assert_eq!(output.code, 0, "{what}, twice\n{output}");
        ko.server.clear_faults();
        ko.server.forget();
        ko.server.fault(fault);
        let output = ko.ko("nbctl show").exits(125).within(Duration::from_secs(10));
        assert!(output.stderr.contains(sentence), "{what}, always\n{output}");
        assert_eq!(ko.server.requests().len(), 3, "{what}: {}", ko.server.journal());
    }
}

#[test]
fn a_server_that_never_answers_ends_with_the_request_timeout() {
    let ko = ready();
    ko.server.fault(Fault::hang("/"));
    for line in ["--request-timeout 400ms nbctl show", "--request-timeout=400ms vip list"] {
        let output = ko.ko(line).within(Duration::from_secs(3)).says("0.4 s");
        assert!(matches!(output.code, 125 | 4), "{output}");
    }
    // retries share the time of one request
    ko.server.clear_faults();
    ko.server.fault(Fault::status(PODS, 503));
    ko.server.fault(Fault::delay("/", Duration::from_secs(20)));
    ko.ko("--request-timeout 200ms nbctl show").exits(125).within(Duration::from_secs(3)).done();
}

#[test]
fn a_slow_server_is_waited_for() {
    let ko = ready();
    ko.server.fault(Fault::delay(PODS, Duration::from_millis(700)));
    ko.ko("nbctl show").success().done();
}

#[test]
fn a_request_timeout_that_is_no_duration_is_a_usage_error() {
    let ko = ready();
    for value in ["5x", "soon", "-1s"] {
        ko.run([&format!("--request-timeout={value}"), "nbctl", "show"]).exits(2).says("is no duration").done();
    }
    assert!(ko.server.requests().is_empty());
}

#[test]
fn a_missing_right_is_told_with_the_commands_that_grant_it() {
    let ko = ready();
    ko.server.user("admin-token", "viewer");
    ko.server.deny("viewer", "list", "vips");
    ko.server.deny("viewer", "list", "pods");
    ko.server.deny("viewer", "create", "pods/exec");
    insta::assert_snapshot!(ko.ko("vip list"), @r#"
    ------- stderr -------
    Error from server (Forbidden): vips.kubeovn.io is forbidden: User "viewer" cannot list resource "vips" in API group "kubeovn.io" at the cluster scope
    hint: kubectl create clusterrole ko-list-vips-kubeovn-io --verb=list --resource=vips.kubeovn.io
    hint: kubectl create clusterrolebinding ko-list-vips-kubeovn-io --clusterrole=ko-list-vips-kubeovn-io --user=viewer
    [exit status: 4]
    "#);
    insta::assert_snapshot!(ko.ko("nbctl show"), @r#"
    ------- stderr -------
    Error from server (Forbidden): pods is forbidden: User "viewer" cannot list resource "pods" in API group "" in the namespace "kube-system"
    hint: kubectl create role ko-list-pods -n kube-system --verb=list --resource=pods
    hint: kubectl create rolebinding ko-list-pods -n kube-system --role=ko-list-pods --user=viewer
    [exit status: 125]
    "#);
}

#[test]
fn an_unknown_token_and_none_at_all() {
    let ko = ready();
    ko.server.user("other-token", "ann");
    ko.ko("vip list").exits(4).says("You must be logged in").done();
    ko.ko("--token other-token vip list").success().done();
    ko.write("nobody", &scenes::kubeconfig(&ko.server.url(), "''"));
    ko.ko("--kubeconfig nobody vip list").exits(4).says("system:anonymous").done();
}

#[test]
fn a_cluster_without_kube_ovn_is_named_as_such() {
    let ko = ready();
    ko.server.serve("vips", false);
    insta::assert_snapshot!(ko.ko("vip list"), @r#"
    ------- stderr -------
    error: the server doesn't have a resource type "vips"
    hint: Kube-OVN is not installed in http://SERVER/, or is older than this kind: kubectl get crd vips.kubeovn.io
    [exit status: 4]
    "#);
}

#[test]
fn nothing_listens() {
    let ko = ready();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap();
    let output = ko.run(["--server", &format!("http://{closed}"), "nbctl", "show"]).exits(125);
    output
        .says(&format!("The connection to the server {closed} was refused - did you specify the right host or port?"))
        .done();
}

#[test]
fn names_that_the_kubeconfig_lacks() {
    let ko = ready();
    let cases = [
        (["--context", "nope"], "context \"nope\" does not exist"),
        (["--cluster", "nope"], "cluster \"nope\" does not exist"),
    ];
    for (flags, sentence) in cases {
        let output = ko.run(flags.into_iter().chain(["nbctl", "show"])).says(sentence);
        assert_eq!(output.code, 2, "{output}");
    }
    let ko = ready();
    ko.write("empty", "apiVersion: v1\nkind: Config\n");
    ko.ko("--kubeconfig empty nbctl show").says("no context is current").done();
    assert!(ko.server.requests().is_empty());
}

/// Going on without credentials would be answered with another user's rights.
#[test]
fn a_user_that_the_kubeconfig_lacks() {
    let ko = ready();
    ko.ko("--user nope nbctl show").exits(2).says("auth info \"nope\" does not exist").done();
    assert!(ko.server.requests().is_empty());
}

#[test]
fn a_kubeconfig_that_is_missing_or_broken() {
    let mut ko = ready();
    ko.write("broken", "apiVersion: v1\nclusters: [");
    ko.ko("--kubeconfig absent nbctl show").exits(125).says("absent").done();
    ko.ko("--kubeconfig broken nbctl show").exits(125).says("cannot be understood").done();
    ko.unset("KUBECONFIG");
    insta::assert_snapshot!(ko.ko("nbctl show"), @"
    ------- stderr -------
    error: no cluster is known: ~/.kube/config does not exist, and this is not a pod
    hint: name a file: kubectl ko --kubeconfig FILE …, or export KUBECONFIG=FILE
    [exit status: 125]
    ");
    ko.write(".kube/config", &scenes::kubeconfig(&ko.server.url(), "home-token"));
    ko.ko("nbctl show").success().done();
    assert_eq!(authorization(&ko), "Bearer home-token");
}

/// kubectl's rules: empty elements and missing files are skipped, the first file that sets a thing wins.
#[test]
fn several_files_in_kubeconfig_are_merged() {
    let mut ko = ready();
    let first = ko.write("first", "apiVersion: v1\nkind: Config\nusers:\n- name: fake\n  user: {token: first-token}\n");
    let second = ko.write("second", &scenes::kubeconfig(&ko.server.url(), "second-token"));
    let list = |paths: &[&std::path::Path]| std::env::join_paths(paths).unwrap();
    ko.set("KUBECONFIG", list(&["".as_ref(), "absent".as_ref(), &first, &second]));
    ko.ko("nbctl show").success().done();
    assert_eq!(authorization(&ko), "Bearer first-token");
    ko.server.forget();
    ko.set("KUBECONFIG", list(&[&second, &first]));
    ko.ko("nbctl show").success().done();
    assert_eq!(authorization(&ko), "Bearer second-token");
}

#[test]
fn flags_win_over_the_kubeconfig() {
    let ko = ready();
    let cases = [
        ("--token other", "authorization", &["Bearer other"][..]),
        ("--as ann", "impersonate-user", &["ann"]),
        ("--as ann --as-group a --as-group b", "impersonate-group", &["a", "b"]),
        ("--as ann --as-uid 7", "impersonate-uid", &["7"]),
    ];
    for (flags, header, values) in cases {
        ko.server.forget();
        ko.ko(&format!("{flags} nbctl show")).success().done();
        for request in ko.server.requests() {
            assert_eq!(request.headers(header), values, "{flags}: {request}");
        }
    }
    ko.write("elsewhere", &scenes::kubeconfig("http://127.0.0.1:1", "admin-token"));
    ko.run(["--kubeconfig", "elsewhere", "--server", &ko.server.url(), "nbctl", "show"]).success().done();
}

#[test]
fn an_impersonated_user_is_who_is_refused() {
    let ko = ready();
    ko.server.deny("ann", "list", "vips");
    ko.ko("vip list").success().done();
    ko.ko("--as ann vip list").exits(4).says("User \"ann\" cannot list resource \"vips\"").done();
}

fn plugin(ko: &Environment, script: &str) {
    ko.program("login", script);
    let config = scenes::kubeconfig(&ko.server.url(), "x").replace(
        "user: {token: x}",
        "user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: login, args: [a], interactiveMode: Never}}",
    );
    ko.write("kubeconfig", &config);
}

#[test]
#[cfg(unix)]
fn a_credential_plugin_is_asked() {
    let ko = ready();
    plugin(
        &ko,
        r#"echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"from-plugin"}}'"#,
    );
    ko.ko("nbctl show").success().done();
    assert_eq!(authorization(&ko), "Bearer from-plugin");
    ko.server.forget();
    ko.ko("--token mine nbctl show").success().done();
    assert_eq!(authorization(&ko), "Bearer mine", "a flag wins, and the plugin is not asked");
}

/// What a plugin prints may hold a secret.
#[test]
#[cfg(unix)]
fn a_credential_plugin_that_fails_is_not_quoted() {
    let cases = [
        ("fails", "echo s3cret; echo s3cret >&2; exit 3"),
        ("prints no JSON", "echo s3cret"),
        ("prints another object", r#"echo '{"kind":"s3cret"}'"#),
        ("prints nothing", "exit 0"),
    ];
    for (what, script) in cases {
        let ko = ready();
        plugin(&ko, script);
        let output = ko.ko("vip list").exits(4);
        assert!(output.stderr.contains("getting credentials"), "{what}\n{output}");
        assert!(!output.stdout.contains("s3cret"), "{what}\n{output}");
        let ours: Vec<&str> = output.stderr.lines().filter(|line| *line != "s3cret").collect();
        assert!(!ours.join("\n").contains("s3cret"), "{what}\n{output}");
        assert!(ko.server.requests().is_empty(), "{what}");
    }
    let ko = ready();
    plugin(&ko, "");
    std::fs::remove_file(ko.path().join("bin/login")).unwrap();
    ko.ko("vip list").exits(4).says("the plugin cannot be started").done();
}

#[test]
fn a_proxy_in_the_environment_is_not_used_for_what_no_proxy_names() {
    let ko = ready().var("HTTPS_PROXY", "http://127.0.0.1:1").var("NO_PROXY", "127.0.0.1");
    ko.ko("nbctl show").success().done();
}

/// As kubectl does (Go: net/http.ProxyFromEnvironment): clusters of kind and minikube are on loopback.
#[test]
fn loopback_is_never_behind_a_proxy() {
    let ko = ready().var("HTTPS_PROXY", "http://127.0.0.1:1").var("https_proxy", "http://127.0.0.1:1");
    ko.ko("nbctl show").success().done();
}
