//! Raw verbs when all is well: what is asked, what is passed on.

use crate::support::{Environment, ExecScript, scenes};

#[test]
fn the_leader_runs_the_tool_and_its_streams_and_code_are_passed_on() {
    let ko = Environment::with(&scenes::ovn());
    ko.server.on_exec(|call| {
        call.runs("ovn-nbctl").then(|| ExecScript::prints("switch a\n").stderr("a warning of the tool\n").exit(3))
    });
    insta::assert_snapshot!(ko.run(["nbctl", "--format=json", "show", "a b", ""]), @r"
    switch a
    ------- stderr -------
    a warning of the tool
    [exit status: 3]
    ");
    let calls = ko.server.execs();
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].pod.as_str(), calls[0].container.as_str()), ("ovn-central-0", "ovn-central"));
    assert_eq!(calls[0].argv, ["ovn-nbctl", "--format=json", "show", "a b", ""]);
    assert!(!calls[0].wants_stdin);
}

#[test]
fn one_list_and_one_exec_are_all_that_is_sent() {
    let ko = Environment::with(&scenes::ovn());
    ko.server.on_any_exec(ExecScript::prints("x\n"));
    ko.ko("nbctl show").success().done();
    insta::assert_snapshot!(ko.server.journal(), @"
    GET /api/v1/namespaces/kube-system/pods?labelSelector=app=ovn-central
    GET /api/v1/namespaces/kube-system/pods/ovn-central-0/exec?stdin=false&stdout=true&stderr=true&container=ovn-central&command=ovn-nbctl&command=show
    ");
}

#[test]
fn each_verb_runs_its_tool_where_its_database_is_led() {
    let pods = [
        ("ovn-central-0", "ovn-central", "app: ovn-central, ovn-nb-leader: 'true'"),
        ("ovn-central-1", "ovn-central", "app: ovn-central, ovn-sb-leader: 'true'"),
        ("ovn-ic-server-0", "ovn-ic-server", "app: ovn-ic-server, ovn-ic-nb-leader: 'true'"),
        ("ovn-ic-server-1", "ovn-ic-server", "app: ovn-ic-server, ovn-ic-sb-leader: 'true'"),
    ];
    let ko = Environment::new();
    for (name, container, labels) in pods {
        ko.server.load(&scenes::pod("kube-system", name, container, labels, true));
    }
    ko.server.on_any_exec(ExecScript::new());
    let cases = [
        ("nbctl", "ovn-nbctl", "ovn-central-0"),
        ("sbctl", "ovn-sbctl", "ovn-central-1"),
        ("icnbctl", "ovn-ic-nbctl", "ovn-ic-server-0"),
        ("icsbctl", "ovn-ic-sbctl", "ovn-ic-server-1"),
    ];
    for (verb, tool, pod) in cases {
        ko.server.forget();
        ko.run([verb, "show"]).success().done();
        let calls = ko.server.execs();
        assert_eq!((calls[0].line(), calls[0].pod.as_str()), (format!("{tool} show"), pod));
    }
}

#[test]
fn nothing_behind_the_verb_is_ours() {
    let ko = Environment::with(&scenes::ovn());
    ko.server.on_any_exec(ExecScript::new());
    let cases: [&[&str]; 5] =
        [&["--help"], &["-n", "show"], &["-v", "show", "--version"], &["--", "show"], &["show", "--", "list", "nat"]];
    for arguments in cases {
        ko.server.forget();
        ko.run(["nbctl"].iter().chain(arguments)).success().done();
        assert_eq!(ko.server.execs()[0].argv[1..], *arguments);
    }
}

#[test]
fn a_release_in_another_namespace_is_found_or_named() {
    let ko = Environment::with(&scenes::ovn_central("kube-ovn", "ovn-central-7", true, true));
    ko.server.on_any_exec(ExecScript::prints("found\n"));
    for arguments in [&["nbctl", "show"][..], &["--kube-ovn-namespace", "kube-ovn", "nbctl", "show"]] {
        ko.server.forget();
        ko.run(arguments).success().done();
        assert_eq!(ko.server.execs()[0].namespace, "kube-ovn");
    }
    ko.run(["--kube-ovn-namespace=elsewhere", "nbctl", "show"]).exits(125).says("in namespace elsewhere").done();
}

#[test]
fn standard_input_is_passed_when_asked_for_and_its_end_is_told() {
    let ko = Environment::with(&scenes::ovn());
    ko.server.on_any_exec(ExecScript::new().echo());
    for arguments in [&["-i", "nbctl", "show"][..], &["nbctl", "load", "-"], &["nbctl", "init", "/dev/stdin"]] {
        ko.server.forget();
        let output = ko.run_with_stdin(arguments, b"a\0b\xff\n").success();
        assert_eq!(output.raw, b"a\0b\xff\n", "{arguments:?}");
        let call = &ko.server.execs()[0];
        assert!(call.wants_stdin && call.stdin_closed, "{arguments:?}");
        assert_eq!(call.stdin, b"a\0b\xff\n");
    }
    ko.server.forget();
    ko.server.on_any_exec(ExecScript::prints("x\n"));
    ko.run_with_stdin(["nbctl", "show"], "nobody asked").success().done();
    assert!(!ko.server.execs()[0].wants_stdin);
}

#[test]
fn much_input_comes_back_whole() {
    let ko = Environment::with(&scenes::ovn());
    ko.server.on_any_exec(ExecScript::new().echo());
    let input: Vec<u8> = (0..16 * 1024 * 1024_u32).map(|at| at.to_le_bytes()[1] ^ at.to_le_bytes()[0]).collect();
    let output = ko.run_with_stdin(["-i", "nbctl", "x"], &input).success();
    assert!(output.raw == input, "{} of {} bytes came back", output.raw.len(), input.len());
}

#[test]
fn a_tool_that_ends_before_its_input_does_ends_the_run() {
    let ko = Environment::with(&scenes::ovn());
    ko.server.on_any_exec(ExecScript::fails("ovn-nbctl: no\n", 1));
    ko.run_with_stdin(["-i", "nbctl", "x"], vec![b'x'; 4 << 20]).exits(1).says("ovn-nbctl: no").done();
}

#[test]
fn both_streams_flow_at_once_and_whole() {
    let ko = Environment::with(&scenes::ovn());
    let bytes = 24 * 1024 * 1024;
    ko.server.on_any_exec(ExecScript::new().flood(bytes));
    let output = ko.ko("nbctl show").success();
    assert_eq!((output.stdout.len(), output.stderr.len()), (bytes, bytes));
}

/// A tool that says much before it reads: whoever first fills the socket and only then reads waits for ever.
#[test]
fn much_input_and_much_output_do_not_wait_for_each_other() {
    let ko = Environment::with(&scenes::ovn());
    let bytes = 24 * 1024 * 1024;
    ko.server.on_any_exec(ExecScript::new().flood(bytes).read_stdin());
    let output = ko.run_with_stdin(["-i", "nbctl", "x"], vec![b'x'; bytes]).success();
    assert_eq!((output.stdout.len(), output.stderr.len()), (bytes, bytes));
    assert_eq!(ko.server.execs()[0].stdin.len(), bytes);
}

#[test]
fn bytes_that_are_no_text_are_not_touched() {
    let ko = Environment::with(&scenes::ovn());
    let bytes = [0xff, 0xfe, 0, b'\r', b'\n', 0x1b, b'[', b'3', b'1', b'm', 0xc3];
    ko.server.on_any_exec(ExecScript::prints(bytes));
    assert_eq!(ko.ko("nbctl show").success().raw, bytes);
}

#[test]
fn every_exit_code_of_the_tool_is_ours() {
    let ko = Environment::with(&scenes::ovn());
    for code in [0, 1, 2, 4, 125, 127, 255] {
        ko.server.on_any_exec(ExecScript::new().exit(code));
        ko.ko("nbctl show").exits(code).done();
    }
}

#[test]
fn version_4_of_the_protocol_runs_commands_too() {
    let ko = Environment::with(&scenes::ovn());
    ko.server.old_exec();
    ko.server.on_any_exec(ExecScript::prints("x\n").exit(2));
    assert_eq!(ko.ko("nbctl show").exits(2).stdout, "x\n");
}
