//! Raw verbs when something breaks: what was not told is never taken for success, and every wait ends.

use std::time::Duration;

use crate::support::{Environment, ExecScript, Fault, scenes};

const POD: &str = "/api/v1/namespaces/kube-system/pods/ovn-central-0/exec";

/// A lost command that changes something (`ls-add`): exit 125, a sentence, and no second try anywhere.
#[test]
fn a_command_whose_end_is_not_told_is_never_a_success() {
    let cases = [
        ("connection broke", ExecScript::prints("half\n").drop_connection(), "before the command told how it ended"),
        ("closed without status", ExecScript::prints("half\n").close(), "before the command told how it ended"),
        ("closed at once", ExecScript::new().drop_connection(), "before the command told how it ended"),
        ("status is no JSON", ExecScript::prints("half\n").status("what"), "cannot be understood"),
        ("status is empty", ExecScript::prints("half\n").status(""), "cannot be understood"),
        (
            "status has no exit code",
            ExecScript::new().status(r#"{"status":"Failure","reason":"NonZeroExitCode","message":"x"}"#),
            "could not run it",
        ),
        (
            "exit code is no number",
            ExecScript::new().status(
                r#"{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"many"}]}}"#,
            ),
            "could not run it",
        ),
        ("no such program", ExecScript::new().not_started("exec: \"ovn-nbctl\": not found"), "could not run it"),
    ];
    for (what, script, sentence) in cases {
        let ko = Environment::with(&scenes::ovn());
        let prints = format!("{script:?}").contains("Stdout");
        ko.server.on_any_exec(script);
        let output = ko.ko("nbctl ls-add x").exits(125).says(sentence).within(Duration::from_secs(5));
        assert_eq!(output.stdout, if prints { "half\n" } else { "" }, "{what}: what came is passed on");
        assert_eq!(ko.server.execs().len(), 1, "{what}: a command that may have done its work is not sent again");
    }
}

#[test]
fn what_the_user_reads_when_the_connection_breaks() {
    let ko = Environment::with(&scenes::ovn());
    ko.server.on_any_exec(ExecScript::prints("half").drop_connection());
    insta::assert_snapshot!(ko.ko("nbctl ls-add x"), @"
    half[no newline]
    ------- stderr -------
    error: ovn-nbctl in pod ovn-central-0: the connection broke before the command told how it ended: Connection reset without closing handshake
    hint: whether it did its work is not known: look before you run it again
    [exit status: 125]
    ");
}

/// Nothing was printed yet and nothing can have changed: another member may answer.
#[test]
fn a_read_that_was_lost_is_answered_by_another_member() {
    let ko = Environment::with(&scenes::ovn());
    ko.server.on_exec(|call| match call.pod.as_str() {
        "ovn-central-0" => Some(ExecScript::new().drop_connection()),
        _ => Some(ExecScript::prints("switch a\n")),
    });
    insta::assert_snapshot!(ko.ko("nbctl show"), @"
    switch a
    ------- stderr -------
    warning: the northbound database has no leader that answers (ovn-nbctl in pod ovn-central-0: the connection broke before the command told how it ended: Connection reset without closing handshake); ovn-central-1 answers instead and may be behind
    [exit status: 0]
    ");
    let lines: Vec<String> = ko.server.execs().iter().map(|call| format!("{}: {}", call.pod, call.line())).collect();
    assert_eq!(lines, ["ovn-central-0: ovn-nbctl show", "ovn-central-1: ovn-nbctl --no-leader-only show"]);
}

/// What was printed cannot be taken back: a second answer behind half of the first would be a wrong one.
#[test]
fn a_read_that_broke_in_the_middle_is_not_answered_twice() {
    let ko = Environment::with(&scenes::ovn());
    ko.server.on_any_exec(ExecScript::prints("half\n").drop_connection());
    let output = ko.ko("nbctl show").exits(125);
    assert_eq!(output.stdout, "half\n");
    assert_eq!(ko.server.execs().len(), 1);
}

#[test]
fn a_leader_that_says_nothing_is_not_waited_for() {
    let ko = Environment::with(&scenes::ovn());
    ko.server.on_exec(|call| match call.pod.as_str() {
        "ovn-central-0" => Some(ExecScript::new().hang()),
        _ => Some(ExecScript::prints("switch a\n")),
    });
    let output = ko.ko("nbctl show").success().says("may be behind").within(Duration::from_secs(12));
    assert_eq!(output.stdout, "switch a\n");
}

#[test]
fn without_a_leader_reads_go_elsewhere_and_writes_are_refused() {
    let central = |name: &str, leads, ready| scenes::ovn_central("kube-system", name, leads, ready);
    let cases = [
        ("no label", [central("ovn-central-0", false, true), central("ovn-central-1", false, true)], "has the label"),
        ("not ready", [central("ovn-central-0", true, false), central("ovn-central-1", false, true)], "is not ready"),
    ];
    for (what, pods, trouble) in cases {
        let ko = Environment::with(&pods.concat());
        ko.server.on_exec(|call| call.runs("ovn-nbctl").then(|| ExecScript::prints(format!("{} answers\n", call.pod))));
        let read = ko.ko("nbctl show").success().says(trouble).says("may be behind");
        assert!(!read.stdout.is_empty(), "{what}");
        assert!(ko.server.execs()[0].line() == "ovn-nbctl --no-leader-only show", "{what}");
        ko.server.forget();
        ko.ko("nbctl ls-add x").exits(125).says(trouble).says("another member may only be read").done();
        let written = ko.server.execs().into_iter().find(|call| call.runs("ovn-nbctl"));
        assert!(written.is_none(), "{what}: nothing is written to a follower");
    }
    let ko = Environment::with(&central("ovn-central-0", true, false));
    ko.ko("nbctl show").exits(125).says("no other member is ready").done();
}

#[test]
fn without_any_pod_the_way_out_is_named() {
    insta::assert_snapshot!(Environment::new().ko("nbctl show"), @"
    ------- stderr -------
    error: no pod with the label app=ovn-central in any namespace: the northbound database is not to be found
    hint: name Kube-OVN's namespace with --kube-ovn-namespace or KUBE_OVN_NS
    hint: kubectl get pods -A -l app=ovn-central
    [exit status: 125]
    ");
}

/// A refused upgrade. A Status is the API server's own answer; a page is a proxy's, and kubectl may get through.
#[test]
fn refusals_are_told_apart() {
    let forbidden = |ko: &Environment| ko.server.deny("*", "create", "pods/exec");
    let ko = Environment::with(&scenes::ovn());
    forbidden(&ko);
    insta::assert_snapshot!(ko.ko("nbctl ls-add x"), @r#"
    ------- stderr -------
    Error from server (Forbidden): pods "ovn-central-0" is forbidden: User "kubernetes-admin" cannot create resource "pods/exec" in API group "" in the namespace "kube-system"
    hint: kubectl create role ko-create-pods-exec -n kube-system --verb=get,create --resource=pods/exec
    hint: kubectl create rolebinding ko-create-pods-exec -n kube-system --role=ko-create-pods-exec --user=kubernetes-admin
    [exit status: 125]
    "#);

    // the same for what another member could be asked: a right that is missing is missing for every pod
    let read = ko.ko("nbctl show").exits(125).never_says("answers instead").never_says("no leader");
    assert_eq!(read.stderr, ko.ko("nbctl ls-add x").stderr);

    let cases = [
        ("200 of a login page", ExecScript::refuse_html(200)),
        ("403 of a proxy", ExecScript::refuse_html(403)),
        ("502 of a proxy", ExecScript::refuse_html(502)),
        ("503 of a proxy", ExecScript::refuse_html(503)),
        ("405", ExecScript::refuse("405".parse().unwrap_or(405), "text/plain", "Method Not Allowed")),
    ];
    for (what, script) in cases {
        let ko = Environment::with(&scenes::ovn());
        ko.server.on_any_exec(script);
        let output = ko.ko("nbctl ls-add x").exits(125);
        assert!(output.stderr.contains("kubectl cannot be started"), "{what}\n{output}");
        // the same with a kubectl on PATH
        ko.program("kubectl", r#"echo "$@"; echo from kubectl >&2; exit 9"#);
        let output = ko.ko("nbctl ls-add x").exits(9).says("from kubectl");
        assert_eq!(
            output.stdout, "exec ovn-central-0 --namespace kube-system --container ovn-central -- ovn-nbctl ls-add x\n",
            "{what}"
        );
    }
}

#[test]
fn kubectl_gets_our_flags_and_never_a_token_as_an_argument() {
    let ko = Environment::with(&scenes::ovn());
    ko.server.on_any_exec(ExecScript::refuse_html(403));
    ko.program("kubectl", r#"echo "$@"; echo "KUBECONFIG=$KUBECONFIG""#);
    let output = ko.ko("--context fake --as ann --as-group g nbctl show").success();
    assert!(output.stdout.starts_with("--context=fake --as=ann --as-group=g exec ovn-central-0 "), "{output}");
    let output = ko.ko("--token very-secret nbctl show").success().never_says("very-secret");
    assert!(output.stdout.contains("--user="), "{output}");
    let left = std::fs::read_dir(ko.path()).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().starts_with("kubectl-ko-")).collect();
    assert!(left.is_empty(), "{left:?} is left behind");
}

#[test]
fn the_api_server_refuses_the_exec() {
    let cases = [
        ("gone", Fault::says(POD, 404, "NotFound", "pods \"ovn-central-0\" not found"), "is gone"),
        ("busy", Fault::status(POD, 503), "Error from server (ServiceUnavailable)"),
        ("kubelet", Fault::says(POD, 500, "InternalError", "error dialing backend: no route"), "error dialing backend"),
        ("bad request", Fault::says(POD, 400, "BadRequest", "container x is not valid"), "container x is not valid"),
        ("dropped", Fault::drop(POD), "Unable to connect to the server"),
    ];
    for (what, fault, sentence) in cases {
        let ko = Environment::with(&scenes::ovn());
        ko.server.fault(fault);
        ko.server.on_any_exec(ExecScript::prints("x"));
        let output = ko.ko("nbctl ls-add x").exits(125);
        assert!(output.stderr.contains(sentence), "{what}\n{output}");
        assert!(output.stdout.is_empty(), "{what}");
    }
}

#[test]
fn a_server_that_never_upgrades_ends_with_the_request_timeout() {
    let ko = Environment::with(&scenes::ovn());
    ko.server.fault(Fault::hang(POD));
    ko.ko("--request-timeout 500ms nbctl ls-add x").exits(125).within(Duration::from_secs(3)).says("0.5 s").done();
}

/// `--request-timeout` is about requests: a command may run for longer.
#[test]
fn the_request_timeout_does_not_end_a_running_command() {
    let ko = Environment::with(&scenes::ovn());
    ko.server.on_any_exec(ExecScript::prints("a\n").sleep(Duration::from_millis(900)).stdout("b\n"));
    assert_eq!(ko.ko("--request-timeout 300ms nbctl ls-add x").success().stdout, "a\nb\n");
}

/// Version 4 of the protocol cannot say that the input has ended.
#[test]
fn input_to_an_old_server_ends_with_a_reason() {
    let ko = Environment::with(&scenes::ovn());
    ko.server.old_exec();
    ko.server.on_any_exec(ExecScript::new().echo());
    let output = ko.run_with_stdin(["-i", "nbctl", "x"], "text").exits(125).says("exec version 4");
    assert_eq!(output.within(Duration::from_secs(6)).stdout, "text");
}

/// `| head` went away: no message, no failure.
#[test]
#[cfg(unix)]
fn a_reader_that_goes_away_ends_it_quietly() {
    let ko = Environment::with(&scenes::ovn());
    ko.server.on_any_exec(ExecScript::prints(vec![b'o'; 8 << 20]));
    let mut child = ko
        .command(["nbctl", "show"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}
