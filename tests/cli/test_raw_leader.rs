//! Raw verbs whose leader leads no more, or says nothing: reads go elsewhere, writes end with a reason, and a command that
//! waits on purpose is waited for.

#![expect(clippy::expect_used, reason = "a program that cannot be run or read must stop the test")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::support::{Environment, ExecScript, scenes};

/// What ovn-nbctl 25.03 prints at once where its server follows.
const COMPLAINT: &str = "ovn-nbctl: unix:/var/run/ovn/ovnnb_db.sock: database connection failed ()\n";

fn stands(leads: bool) -> ExecScript {
    ExecScript::prints(format!("[{{\"rows\":[{{\"leader\":{leads}}}]}}]\n"))
}

/// ovsdb-client's end when its `--timeout` is over.
fn unanswered() -> ExecScript {
    ExecScript::fails("2026-01-01T00:00:00Z|00001|fatal_signal|WARN|terminating with signal 14 (Alarm clock)\n", 142)
}

/// The label names ovn-central-0, and ovn-central-1 leads.
fn late_label() -> Environment {
    let ko = Environment::with(&scenes::ovn());
    ko.server.on_exec(|call| match (call.argv[0].as_str(), call.pod.as_str()) {
        ("ovsdb-client", pod) => Some(stands(pod == "ovn-central-1")),
        (_, "ovn-central-0") => Some(ExecScript::fails(COMPLAINT, 1)),
        _ => Some(ExecScript::prints("switch a\n")),
    });
    ko
}

fn lines(ko: &Environment, program: &str) -> Vec<String> {
    let calls = ko.server.execs().into_iter().filter(|call| call.runs(program));
    calls.map(|call| format!("{}: {}", call.pod, call.line())).collect()
}

#[test]
fn a_read_where_the_label_is_late_goes_to_another_member() {
    let ko = late_label();
    insta::assert_snapshot!(ko.ko("nbctl show"), @"
    switch a
    ------- stderr -------
    warning: the northbound database has no leader that answers (ovn-nbctl in pod ovn-central-0, which has its label, says: unix:/var/run/ovn/ovnnb_db.sock: database connection failed ()); ovn-central-1 answers instead and may be behind
    [exit status: 0]
    ");
    assert_eq!(
        lines(&ko, "ovn-nbctl"),
        ["ovn-central-0: ovn-nbctl show", "ovn-central-1: ovn-nbctl --no-leader-only show"]
    );
}

#[test]
fn a_write_where_the_label_is_late_is_refused_and_the_leader_named() {
    let ko = late_label();
    insta::assert_snapshot!(ko.ko("nbctl ls-add x"), @"
    ------- stderr -------
    error: the northbound database has no leader that answers: ovn-nbctl in pod ovn-central-0, which has its label, says: unix:/var/run/ovn/ovnnb_db.sock: database connection failed (), and another member may only be read
    hint: look before you run it again: kubectl ko nbctl show
    hint: ovn-central-1 leads it, and gets the label ovn-nb-leader=true when Kube-OVN looks next, within seconds: run it again then
    hint: kubectl get pods -n kube-system -l app=ovn-central --show-labels
    [exit status: 125]
    ");
    assert_eq!(lines(&ko, "ovn-nbctl"), ["ovn-central-0: ovn-nbctl ls-add x"], "no second try");
    let ko = Environment::with(&scenes::ovn_central("kube-system", "ovn-central-0", false, true));
    ko.server.on_any_exec(stands(true));
    ko.ko("nbctl ls-add x").exits(125).says("ovn-central-0 leads it").done();
    assert!(lines(&ko, "ovn-nbctl").is_empty());
}

/// The complaint in two pieces, as `ovs_fatal` writes it, and a server that is not there.
#[test]
fn a_complaint_is_known_however_it_arrives() {
    let ko = Environment::with(&scenes::ovn());
    ko.server.on_exec(|call| match call.pod.as_str() {
        "ovn-central-0" => Some(
            ExecScript::new()
                .stderr("ovn-sbctl: ")
                .stderr("unix:/x.sock: database connection failed (Connection refused)")
                .stderr("\n")
                .exit(1),
        ),
        _ => Some(ExecScript::prints("chassis a\n")),
    });
    ko.server.load(&scenes::pod(
        "kube-system",
        "ovn-central-0",
        "ovn-central",
        "app: ovn-central, ovn-sb-leader: 'true'",
        true,
    ));
    let output = ko.ko("sbctl show").success().says("(Connection refused)").says("ovn-central-1 answers instead");
    assert_eq!(output.stdout, "chassis a\n");
    assert_eq!(output.stderr.matches("database connection failed").count(), 1, "{output}");
}

#[test]
fn where_no_member_answers_the_last_reason_is_told() {
    let ko = Environment::with(&scenes::ovn());
    ko.server.on_exec(|call| match call.argv[0].as_str() {
        "ovsdb-client" => Some(unanswered()),
        _ => Some(ExecScript::fails(COMPLAINT, 1)),
    });
    let output =
        ko.ko("nbctl show").exits(125).says("ovn-nbctl in pod ovn-central-2 says").says("no other member is ready");
    assert!(output.stdout.is_empty());
    assert_eq!(lines(&ko, "ovn-nbctl").len(), 3);
}

/// A line that names its own server is not about the one in the pod.
#[test]
fn a_server_of_the_users_own_is_the_tools_business() {
    let ko = late_label();
    let output = ko.ko("nbctl --db=tcp:10.0.0.1:6641 show").exits(1);
    assert_eq!(output.stderr, COMPLAINT);
}

#[test]
fn a_write_whose_server_says_nothing_ends_and_does_not_say_what_is_not_known() {
    let ko = Environment::with(&scenes::ovn());
    ko.server.on_exec(|call| match (call.argv[0].as_str(), call.pod.as_str()) {
        ("ovsdb-client", "ovn-central-0") => Some(unanswered()),
        ("ovsdb-client", pod) => Some(stands(pod == "ovn-central-2")),
        _ => Some(ExecScript::new().hang()),
    });
    insta::assert_snapshot!(ko.ko("nbctl ls-add x"), @"
    ------- stderr -------
    error: ovn-nbctl was given up: ovn-central-0 said nothing, and its northbound database does not answer (no answer within 3 s): whether it was carried out, or will be once the server answers again, is not known
    hint: look before you run it again: kubectl ko nbctl show
    hint: ovn-central-2 leads it, and gets the label ovn-nb-leader=true when Kube-OVN looks next, within seconds: run it again then
    hint: kubectl get pods -n kube-system -l app=ovn-central --show-labels
    [exit status: 125]
    ");
    assert_eq!(lines(&ko, "ovn-nbctl"), ["ovn-central-0: ovn-nbctl ls-add x"], "no second try");
    let asked = lines(&ko, "ovsdb-client").into_iter().filter(|line| line.starts_with("ovn-central-0")).count();
    assert_eq!(asked, 2, "one that was only busy may answer the second time");
}

#[test]
fn a_write_whose_server_leads_no_more_ends() {
    let ko = Environment::with(&scenes::ovn());
    ko.server.on_exec(|call| match call.argv[0].as_str() {
        "ovsdb-client" => Some(stands(false)),
        _ => Some(ExecScript::prints("begun\n").hang()),
    });
    let output = ko.ko("nbctl --wait=hv sync").exits(125).says("said nothing more").says("does not lead any more");
    assert_eq!(output.stdout, "begun\n");
}

/// Runs a line whose tool goes on only after what is expected stood on standard error.
fn waited_for(ko: &Environment, line: &str, word: &Notify, expected: &str) {
    let mut child =
        ko.command(line.split(' ')).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program");
    let mut told = String::new();
    BufReader::new(child.stderr.take().expect("a pipe")).read_line(&mut told).expect("text");
    assert!(told.contains(expected), "{told}");
    word.notify_one();
    let mut out = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut out).expect("text");
    assert_eq!((out.as_str(), child.wait().expect("an end").code()), ("done\n", Some(0)));
}

#[test]
fn a_command_that_waits_on_purpose_is_waited_for() {
    for line in ["nbctl --wait=hv sync", "nbctl show"] {
        let ko = Environment::with(&scenes::ovn());
        let word = Arc::new(Notify::new());
        let theirs = Arc::clone(&word);
        ko.server.on_exec(move |call| match call.argv[0].as_str() {
            "ovsdb-client" => Some(stands(true)),
            _ => Some(ExecScript::new().until(&theirs).stdout("done\n")),
        });
        waited_for(&ko, line, &word, "its database answers; Ctrl-C ends the wait");
        assert_eq!(lines(&ko, "ovn-nbctl").len(), 1, "{line}: a leader that answers is not left");
    }
}

#[test]
fn a_server_that_cannot_be_asked_is_no_server_that_is_down() {
    let ko = Environment::with(&scenes::ovn());
    let word = Arc::new(Notify::new());
    let theirs = Arc::clone(&word);
    ko.server.on_exec(move |call| match call.argv[0].as_str() {
        "ovsdb-client" => Some(ExecScript::fails("ovsdb-client: unknown option\n", 1)),
        _ => Some(ExecScript::new().until(&theirs).stdout("done\n")),
    });
    waited_for(&ko, "nbctl ls-add x", &word, "is not known (ovsdb-client: unknown option)");
}

#[test]
fn a_time_of_the_tools_own_is_left_to_the_tool() {
    let ko = Environment::with(&scenes::ovn());
    ko.server.on_exec(|call| match call.argv[0].as_str() {
        "ovsdb-client" => Some(unanswered()),
        _ => Some(ExecScript::new().sleep(Duration::from_secs(7)).exit(142)),
    });
    let output = ko.ko("nbctl -t7 ls-add x").exits(142);
    assert!(output.stderr.is_empty(), "{output}");
    assert!(lines(&ko, "ovsdb-client").is_empty());
}

/// What we read in OVN ourselves goes to another member as well when the one with the label does not answer.
#[test]
fn our_own_reads_go_to_another_member() {
    for script in [unanswered(), ExecScript::fails("ovsdb-client: failed to connect to \"unix:/x\" (refused)\n", 1)] {
        let ko = Environment::with(&scenes::cluster());
        let vip = serde_json::json!({
            "metadata": {"name": "web"}, "spec": {"subnet": "ovn-default", "namespace": "default"},
            "status": {"v4ip": "10.16.0.7", "mac": "02:00:00:00:00:07"},
        });
        ko.server.apply("vips", vip);
        let port = serde_json::json!([{"_uuid": ["uuid", "1"], "name": "web", "type": "virtual"}]);
        ko.server.rows("OVN_Northbound", "Logical_Switch_Port", &port);
        ko.server.on_exec(move |call| (call.pod == "ovn-central-0").then(|| script.clone()));
        let output = ko.ko("vip show web");
        let pods: Vec<String> = ko.server.execs().into_iter().map(|call| call.call.pod).collect();
        assert!(pods.starts_with(&["ovn-central-0".to_owned(), "ovn-central-1".to_owned()]), "{pods:?}\n{output}");
        output.success().never_says("not looked at").done();
    }
}
