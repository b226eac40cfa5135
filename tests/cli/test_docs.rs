//! What the documents show is what the program does: manifests of the checks' pages, console examples, the reference, names
//! of commands and links.

#![expect(clippy::unwrap_used, reason = "a document that cannot be read must stop the test")]

use std::path::{Path, PathBuf};

use kubectl_ko::check::Severity;
use kubectl_ko::check::codes::{self, Code};
use serde_json::Value;

use crate::support::console::{self, Shell};
use crate::support::documents::{DOCUMENTS_OVN, NAT_OVN, cluster, cluster_with_rules};
use crate::support::markdown::{Fence, documents, fences};
use crate::support::{CommandOutput, Environment};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_page_of_a_check_shows_it_and_how_it_goes_away() {
    let environment = cluster_with_rules();
    let mut wrong = Vec::new();
    for code in codes::ALL {
        let page = std::fs::read_to_string(root().join(format!("docs/checks/{}.md", code.id))).unwrap();
        let live = fences(&page).iter().any(|fence| fence.info == HERE);
        let cases = if live { shown(*code, &page) } else { judged(&environment, *code, &page) };
        wrong.extend(shape(*code, &page).into_iter().chain(cases));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!(environment.server.writes(), "");
}

/// Title, severity and length of a page.
fn shape(code: Code, page: &str) -> Vec<String> {
    let Code { id, title, .. } = code;
    let verdict = match code.severity {
        _ if code.until_restart => "works until a controller restart",
        Severity::Error => "refused",
        _ => "works; told",
    };
    let mut lines = page.lines();
    let mut wrong = Vec::new();
    if lines.next() != Some(&format!("# {id}: {title}")) {
        wrong.push(format!("{id}: the title is not `# {id}: {title}`"));
    }
    let severity = format!("Severity: {} ({verdict}", code.severity.word());
    // what is there already cannot be refused
    let there = |line: &str| {
        line.starts_with("Severity: error (does not work; told by `")
            && (line.ends_with("show`)") || line.ends_with("addr`)"))
    };
    let is_live = page.contains("```console") && code.severity == Severity::Error;
    if !lines.any(|line| line.starts_with(&severity) || (is_live && there(line))) {
        wrong.push(format!("{id}: no line begins with `{severity}`"));
    }
    if page.lines().count() > 60 {
        wrong.push(format!("{id}: longer than 60 lines"));
    }
    wrong
}

/// What `lint` says of a page's two manifests.
fn judged(environment: &Environment, code: Code, page: &str) -> Vec<String> {
    let id = code.id;
    let blocks = fences(page);
    let [bad, good] = &blocks[..] else { return vec![format!("{id}: {} blocks instead of two", blocks.len())] };
    let mut wrong = Vec::new();
    let changed = differing(bad, good);
    if changed.len() != 1 || bad.info != "yaml" || good.info != "yaml" {
        wrong.push(format!("{id}: two yaml blocks that differ in one field are wanted, they differ in {changed:?}"));
    }
    let lint = |fence: &Fence, flags: &[&str]| {
        environment.run_with_stdin([&["lint", "-f", "-", "-o", "json"], flags].concat(), &fence.text)
    };
    let said = lint(bad, &[]);
    if severity_of(&said, id).as_deref() != Some(code.severity.word()) {
        wrong.push(format!("{id}: the first block is not found to be an {}:\n{said}", code.severity.word()));
    }
    if code.until_restart && severity_of(&lint(bad, &["--strict"]), id).as_deref() != Some("error") {
        wrong.push(format!("{id}: --strict does not refuse the first block"));
    }
    let said = lint(good, &[]);
    if severity_of(&said, id).is_some() || !said.stdout.contains("LintReport") {
        wrong.push(format!("{id}: the second block has it too:\n{said}"));
    }
    wrong
}

/// A page about what is there: a block that is put into the cluster and a command, twice, with another value of one field in
/// between; only the first command tells the finding. That they print what the page says, is shown with all console examples.
fn shown(code: Code, page: &str) -> Vec<String> {
    let id = code.id;
    let blocks = fences(page);
    // what both cases share may stand before them
    let [.., bad, with, good, without] = &blocks[..] else {
        return vec![format!("{id}: {} blocks instead of four", blocks.len())];
    };
    let mut wrong = Vec::new();
    let changed = differing(bad, good);
    let kinds = [bad, good].map(|fence| fence.info.as_str());
    if changed.len() != 1 || !matches!(kinds, ["yaml", "yaml"] | ["json", "json"]) {
        wrong.push(format!("{id}: two blocks that differ in one field are wanted, they differ in {changed:?}"));
    }
    let (with, without) = (console::steps(with), console::steps(without));
    let commands = |steps: &[console::Step]| steps.iter().map(|step| step.command.clone()).collect::<Vec<_>>();
    if commands(&with) != commands(&without) {
        wrong.push(format!("{id}: the two commands differ"));
    }
    let told = |steps: &[console::Step]| steps.iter().map(|step| step.expected.as_str()).collect::<String>();
    let (with, without) = (told(&with), told(&without));
    let word = code.severity.word();
    if !with.contains(&format!("{id} {word}: ")) && !with.contains(&format!("{word}: {id} ")) {
        wrong.push(format!("{id}: the first command does not tell it:\n{with}"));
    }
    // what is left out of an output could hide it
    if without.contains(id) || without.contains('…') || without.is_empty() {
        wrong.push(format!("{id}: the second command is not shown to pass:\n{without}"));
    }
    wrong
}

/// Puts a block of a check's page into the cluster: objects, or rows of OVN's databases in place of those of their names.
fn put(environment: &Environment, fence: &Fence) {
    match fence.info.as_str() {
        "yaml" => environment.server.load(&fence.text),
        "json" => {
            let rows: Value = serde_json::from_str(&fence.text).unwrap();
            let all: Vec<Value> = [DOCUMENTS_OVN, NAT_OVN].map(|rows| serde_json::from_str(rows).unwrap()).into();
            for (database, tables) in rows.as_object().unwrap() {
                for (table, rows) in tables.as_object().unwrap() {
                    // of a row of NAT the outside address is the name
                    let key = |row: &Value| ["name", "logical_port", "external_ip"].map(|column| row[column].clone());
                    let mut rows = rows.as_array().unwrap().clone();
                    let kept = all.iter().filter_map(|all| all[database][table].as_array()).flatten();
                    let kept: Vec<Value> =
                        kept.filter(|row| !rows.iter().any(|new| key(new) == key(row))).cloned().collect();
                    rows.extend(kept);
                    environment.server.rows(database, table, &Value::from(rows));
                }
            }
        }
        _ => {}
    }
}

/// The fields in which two blocks differ.
fn differing(one: &Fence, other: &Fence) -> std::collections::BTreeSet<String> {
    // the documents of a block by their place
    let manifest = |fence: &Fence| {
        let documents = serde_yaml::from_multiple::<Value>(&fence.text).unwrap().into_iter().enumerate();
        documents.map(|(place, document)| (place.to_string(), document)).collect::<serde_json::Map<_, _>>().into()
    };
    let (before, after) = (leaves(&manifest(one)), leaves(&manifest(other)));
    let (gone, new): (Vec<_>, Vec<_>) = (before.difference(&after).collect(), after.difference(&before).collect());
    // a key that is written otherwise, with the same value, is one field
    if let ([(path, value)], [(_, other)]) = (&gone[..], &new[..])
        && value == other
    {
        return std::iter::once(path.clone()).collect();
    }
    gone.into_iter().chain(new).map(|(path, _)| path.clone()).collect()
}

/// How bad the finding with that code is in a report.
fn severity_of(output: &CommandOutput, id: &str) -> Option<String> {
    let report: Value = serde_json::from_str(&output.stdout).ok()?;
    let finding = report["findings"].as_array()?.iter().find(|finding| finding["code"] == id)?;
    finding["severity"].as_str().map(str::to_owned)
}

/// Every field and its value; a list is one value.
fn leaves(value: &Value) -> std::collections::BTreeSet<(String, String)> {
    fn walk(value: &Value, path: &str, found: &mut std::collections::BTreeSet<(String, String)>) {
        match value.as_object() {
            Some(fields) => fields.iter().for_each(|(key, value)| walk(value, &format!("{path}.{key}"), found)),
            None => drop(found.insert((path.to_owned(), value.to_string()))),
        }
    }
    let mut found = std::collections::BTreeSet::new();
    walk(value, "", &mut found);
    found
}

#[test]
fn the_table_of_checks_has_every_code() {
    let table = std::fs::read_to_string(root().join("docs/checks/README.md")).unwrap();
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| [KO")).collect();
    let expected: Vec<String> = codes::ALL
        .iter()
        .map(|code| {
            let restart = if code.until_restart { ", until a restart" } else { "" };
            format!("| [{0}]({0}.md) | {1}{restart} | {2} |", code.id, code.severity.word(), code.title)
        })
        .collect();
    assert_eq!(rows, expected);
}

/// Blocks that run here: reading, refusals, dry runs.
const HERE: &str = "console";
/// Blocks that run in a sandbox, which each document has for itself.
const SANDBOX: &str = "console,sandbox";
/// Blocks that run on a control plane: tests/controlplane/examples.rs.
const CONTROL_PLANE: &str = "console,controlplane";

#[test]
fn console_examples_print_what_they_show() {
    let checks = root().join("docs/checks");
    for document in documents() {
        // the pages of the checks say what is in the cluster
        let is_check = document.starts_with(&checks);
        let environment = if is_check { cluster_with_rules() } else { cluster() };
        let commands = environment.command([] as [&str; 0]);
        let bin = environment.path().join("bin");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kubectl-ko"), bin.join("kubectl-ko")).unwrap();
        environment.program("kubectl", "[ \"$1\" = ko ] || exit 99\nshift\nexec kubectl-ko \"$@\"");
        let variables = commands.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
        let path = std::env::join_paths([bin, "/usr/bin".into(), "/bin".into()]).unwrap();
        let variables = variables.chain([("PATH".into(), path)]);
        environment.write("vips.yaml", include_str!("../../docs/examples/vips.yaml"));
        let scene = |fence: &Fence| {
            if is_check {
                put(&environment, fence);
            }
        };
        let variables: Vec<_> = variables.collect();
        Shell::new(&environment.path(), variables.clone()).check(&document, HERE, scene);
        let here = [("KUBECTL_KO_SANDBOX".into(), "1".into())];
        let mut sandbox = Shell::new(&environment.path(), variables.into_iter().chain(here));
        sandbox.without = Some("sandbox: ");
        sandbox.check(&document, SANDBOX, |_| ());
    }
}

#[test]
fn every_block_of_the_documents_is_looked_at() {
    let mut wrong = Vec::new();
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        let generated = document.ends_with("docs/reference.md");
        for fence in fences(&text) {
            let known = match fence.info.as_str() {
                HERE | SANDBOX | CONTROL_PLANE => true,
                "text" => generated,
                "yaml" => serde_yaml::from_multiple::<Value>(&fence.text).is_ok(),
                "json" => serde_json::from_str::<Value>(&fence.text).is_ok(),
                "sh" => is_shell(&fence.text) && ours(&fence.text).iter().all(|line| is_command_line(line)),
                _ => false,
            };
            if !known {
                wrong.push(format!("{}:{}: a block of `{}`", document.display(), fence.line, fence.info));
            }
        }
    }
    assert!(wrong.is_empty(), "no test looks at these, or they are wrong:\n{}", wrong.join("\n"));
}

fn is_shell(text: &str) -> bool {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    // process substitution is bash's
    std::process::Command::new("bash").arg("-n").arg(file.path()).status().is_ok_and(|status| status.success())
}

/// The command lines of this program in a text: what stands behind `kubectl ko` up to the end of its command.
fn ours(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    let mut found = Vec::new();
    for line in joined.lines().filter(|line| !line.trim_start().starts_with('#')) {
        for name in ["kubectl ko ", "kubectl-ko "] {
            for (at, _) in line.match_indices(name) {
                let rest = &line[at + name.len()..];
                let end = rest.find(['|', ';', '>', ')', '`', '&', '#']).unwrap_or(rest.len());
                found.push(rest[..end].trim().to_owned());
            }
        }
    }
    found
}

fn is_command_line(line: &str) -> bool {
    let words = line.split_whitespace().map(|word| word.trim_matches(['\'', '"']).into());
    let arguments = kubectl_ko::cli::shielded(std::iter::once("kubectl-ko".into()).chain(words).collect());
    kubectl_ko::command().try_get_matches_from(arguments).is_ok()
}

/// `kubectl ko VERB` in running text names a verb that exists.
#[test]
fn no_document_promises_a_command_that_is_not_there() {
    let mut wrong = Vec::new();
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        for (at, start) in text.match_indices("`kubectl ko ") {
            let rest = &text[at + start.len()..];
            let words: Vec<&str> = rest[..rest.find('`').unwrap_or(0)].split_whitespace().collect();
            let named = words
                .iter()
                .take_while(|word| !word.starts_with('-') && word.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
            let mut command = kubectl_ko::command();
            for word in named {
                match command.find_subcommand(word) {
                    Some(next) => command = next.clone(),
                    None if command.has_subcommands() => {
                        wrong.push(format!("{}: kubectl ko {}", document.display(), words.join(" ")));
                    }
                    None => break,
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let mut wrong = Vec::new();
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        for (at, start) in text.match_indices("](") {
            let rest = &text[at + start.len()..];
            let target = &rest[..rest.find(')').unwrap_or(0)];
            if target.contains("://") || target.is_empty() {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = if path.is_empty() { document.clone() } else { document.parent().unwrap().join(path) };
            if !file.exists() || !(anchor.is_empty() || has_heading(&file, anchor)) {
                wrong.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Whether a heading of the file gives this anchor, as GitHub makes them.
fn has_heading(file: &Path, anchor: &str) -> bool {
    let text = std::fs::read_to_string(file).unwrap();
    let headings =
        text.lines().filter_map(|line| line.strip_prefix('#')).map(|line| line.trim_start_matches('#').trim());
    let anchors = headings.map(|heading| {
        let kept = heading.to_lowercase().replace(' ', "-");
        kept.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect::<String>()
    });
    anchors.into_iter().any(|one| one == anchor)
}

/// The long help of every command, in the order of the help; the flags that all of them take with the first alone.
fn reference() -> String {
    fn of(command: &clap::Command, path: &str, out: &mut String) {
        let is_first = path == "kubectl ko";
        let mut shown = command.clone().bin_name(path).term_width(100).color(clap::ColorChoice::Never);
        if !is_first {
            shown = shown.mut_args(|flag| if flag.is_global_set() { flag.hide(true) } else { flag });
        }
        out.extend(["\n## ", path, "\n\n```text\n", &tidy(&shown.render_long_help().to_string()), "\n```\n"]);
        for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
            of(inner, &format!("{path} {}", inner.get_name()), out);
        }
    }
    let mut out = String::from(
        "# Reference\n\nThe help of every command, written by `UPDATE=1 cargo test --test cli reference`. \
         The flags of the first one are taken by all.\n",
    );
    let mut command = kubectl_ko::command();
    command.build();
    of(&command, "kubectl ko", &mut out);
    out
}

fn tidy(help: &str) -> String {
    help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

#[test]
fn the_reference_is_the_help() {
    pinned(&root().join("docs/reference.md"), &reference());
}

/// Fails when a generated file is not as it would be written now; `UPDATE=1` writes it.
pub(crate) fn pinned(file: &Path, expected: &str) {
    let found = std::fs::read_to_string(file).unwrap_or_default();
    if found != expected && std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, expected).unwrap();
        return;
    }
    assert!(found == expected, "{} is out of date; UPDATE=1 writes it anew", file.display());
}
