//! One suite, two clusters: the stories of `tests/acceptance`, here in the sandbox. `tests/controlplane_suite/stories.rs` runs the very
//! same on a control plane, which is right where they differ; `differences.txt` names where, and why.

#![expect(clippy::unwrap_used, reason = "a table that cannot be read must stop the test")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::Environment;
use crate::support::stories::{Story, differing, folder, place, stories};

/// The differences that are known: `NAME $ COMMAND`, and how it ends in the sandbox.
fn allowed() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(folder().join("differences.txt")).unwrap();
    let mut allowed: BTreeMap<String, String> = BTreeMap::new();
    let mut which = String::new();
    for line in text.lines().filter(|line| !line.starts_with("# ")) {
        if line.contains(" $ ") {
            line.clone_into(&mut which);
            allowed.insert(which.clone(), String::new());
        } else if let Some(ended) = allowed.get_mut(&which) {
            ended.extend([line, "\n"]);
        }
    }
    allowed
}

/// A story as a new sandbox tells it.
fn in_a_sandbox(story: &Story) -> Story {
    let environment = Environment::new();
    let sandbox = format!("--sandbox={}", environment.path().join("sandbox.json").display());
    environment.run(["sandbox", "reset", &sandbox]).success().done();
    story.told(|line| {
        let mut command = environment.command([sandbox.as_str()]);
        command.args(line.split_whitespace()).env("COLUMNS", "160").current_dir(place());
        let ran = environment.ended(command);
        // what marks it as the sandbox is no difference
        let err = ran.stderr.lines().filter(|line| !line.starts_with("sandbox: "));
        let err: Vec<String> = err.map(|line| line.replacen("hint: on a real cluster: ", "hint: ", 1)).collect();
        (ran.code, ran.stdout, err.join("\n"))
    })
}

#[test]
fn the_sandbox_ends_every_story_as_the_control_plane_does() {
    let all = stories(&std::env::var("KO_STORY").unwrap_or_default());
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(story) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let differences = differing(story, &in_a_sandbox(story));
                    found.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(differences);
                }
            });
        }
    });
    let found = found.into_inner().unwrap_or_default();
    let allowed = allowed();
    if std::env::var_os("UPDATE").is_some() {
        return written(all, &found, &allowed);
    }
    let mut wrong = String::new();
    for (which, written, here) in &found {
        if allowed.get(which) != Some(here) {
            let _ = write!(wrong, "{which}\n--- on the control plane\n{written}--- in the sandbox\n{here}");
        }
    }
    let told = |which: &String| all.iter().any(|story| which.starts_with(&format!("{} $ ", story.name)));
    for which in allowed.keys().filter(|which| told(which) && !found.iter().any(|(one, ..)| one == *which)) {
        let _ = writeln!(wrong, "{which}\n--- differs no more: take it out of differences.txt");
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Writes what the sandbox prints now: a sentence of this program's own was changed. The control plane still has the last word.
fn written(all: Vec<Story>, found: &[(String, String, String)], allowed: &BTreeMap<String, String>) {
    for mut story in all {
        for step in &mut story.steps {
            let which = format!("{} $ {}", story.name, step.command);
            let here = found.iter().find(|(one, written, _)| *one == which && *written == step.ended);
            if let Some((_, _, here)) = here.filter(|_| !allowed.contains_key(&which)) {
                here.clone_into(&mut step.ended);
            }
        }
        std::fs::write(folder().join(format!("{}.story", story.name)), story.text()).unwrap();
    }
}

#[test]
fn the_stories_go_over_every_verb_of_every_noun() {
    let all = stories("");
    let lines: Vec<&str> = all.iter().flat_map(|story| &story.steps).map(|step| step.command.as_str()).collect();
    assert!(lines.len() >= 60, "{} commands", lines.len());
    let mut missing = Vec::new();
    for noun in kubectl_ko::command()
        .get_subcommands()
        .filter(|noun| ["vip", "ip", "eip", "fip", "snat", "dnat", "nat"].contains(&noun.get_name()))
    {
        for verb in noun.get_subcommands().filter(|verb| verb.get_name() != "help") {
            let line = format!("{} {} ", noun.get_name(), verb.get_name());
            if !lines.iter().any(|one| format!("{one} ").starts_with(&line)) {
                missing.push(line);
            }
        }
    }
    assert!(missing.is_empty(), "no story has {missing:?}");
}
