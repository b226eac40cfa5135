//! The order of the house: who may call whom, how long a file gets, and that every file is compiled.

#![expect(clippy::unwrap_used, reason = "a source that cannot be read must stop the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Files over 400 lines, each with the reason why it is not two.
const LONG: &[(&str, &str)] = &[
    ("src/check/address.rs", "every rule about one address, over what was asked and its subnet"),
    ("src/cluster/rest.rs", "requests, retries and decoding of one client, which share its private state"),
    ("tests/controlplane_suite/seed.rs", "one recording: what is left out and what is made the same, kind by kind"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files below a folder, with their path from the root.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join(folder)).into_iter().flatten().flatten() {
        let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            found.extend(sources(&name));
        } else if Path::new(&name).extension().is_some_and(|ending| ending == "rs") {
            found.push((name, std::fs::read_to_string(entry.path()).unwrap()));
        }
    }
    found.sort();
    found
}

/// The words in backticks of a text.
fn ticked(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).map(|word| word.trim_matches(['[', ']']).to_owned()).collect()
}

/// The table of src/lib.rs: a room and the rooms it may use; `None` is all of them.
fn table() -> BTreeMap<String, Option<BTreeSet<String>>> {
    let text = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! | [`"));
    let row = |line: &str| {
        let (room, rest) = line.split_once("`]").unwrap();
        let may_use = rest.trim_end_matches(['|', ' ']).rsplit('|').next().unwrap();
        (room.to_owned(), (!may_use.contains("everything")).then(|| ticked(may_use)))
    };
    rows.map(row).collect()
}

/// What stands behind `crate::`, up to the first `::`.
fn used(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .fold(String::new(), |all, line| all + line + "\n");
    let word = |rest: &str| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>();
    code.match_indices("crate::")
        .map(|(at, start)| word(&code[at + start.len()..]))
        .filter(|word| !word.is_empty())
        .collect()
}

#[test]
fn rooms_use_only_the_rooms_they_may() {
    let table = table();
    assert_eq!(table.len(), 10, "the table of src/lib.rs was read as {table:?}");
    let mut wrong = Vec::new();
    for (room, may_use) in &table {
        let Some(may_use) = may_use else { continue };
        for (file, text) in sources(&format!("src/{room}")) {
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            // how an error is told is known to whoever can fail
            let fails = |word: &String| word == "failure" && matches!(room.as_str(), "cluster" | "sandbox");
            wrong.extend(
                used(text)
                    .iter()
                    .filter(|word| *word != room && !may_use.contains(*word) && !fails(word))
                    .map(|word| format!("{file}: {word}")),
            );
            let outside = ["kube::", "tokio::", "http::", "std::fs", "std::process", "std::env"];
            // of the sandbox, the controller and OVN are pure
            let pure = ["model", "ovn", "seed"].iter().any(|part| file.contains(&format!("sandbox/{part}/")));
            if room != "cluster" && (room != "sandbox" || pure) {
                wrong.extend(outside.iter().filter(|path| text.contains(*path)).map(|path| format!("{file}: {path}")));
            }
        }
    }
    assert!(wrong.is_empty(), "not allowed by the table of src/lib.rs:\n{}", wrong.join("\n"));
}

#[test]
fn every_folder_of_src_is_a_room_of_the_table() {
    let folders = std::fs::read_dir(root().join("src")).unwrap().flatten().filter(|entry| entry.path().is_dir());
    let folders: BTreeSet<String> = folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(folders, table().into_keys().collect());
}

#[test]
fn a_long_file_says_why() {
    let all = ["src", "tests", "benches"].into_iter().flat_map(sources);
    let long: BTreeSet<String> = all.filter(|(_, text)| text.lines().count() > 400).map(|(file, _)| file).collect();
    let listed: BTreeSet<String> = LONG.iter().map(|(file, _)| (*file).to_owned()).collect();
    assert_eq!(long, listed, "a file over 400 lines is two, or is in LONG with a reason; one that shrank leaves LONG");
}

#[test]
fn every_file_is_compiled() {
    let all: Vec<(String, String)> = ["src", "tests"].into_iter().flat_map(sources).collect();
    let text = |name: &str| all.iter().find(|(file, _)| file == name).map(|(_, text)| text.as_str());
    let forgotten = all.iter().filter(|(file, _)| {
        let (folder, name) = file.rsplit_once('/').unwrap();
        let stem = name.trim_end_matches(".rs");
        let (above, module) = if stem == "mod" { folder.rsplit_once('/').unwrap() } else { (folder, stem) };
        let roots = ["src/main.rs", "src/lib.rs", "tests/bench/main.rs", "tests/cli.rs", "tests/controlplane.rs"];
        let parents =
            [format!("{above}/mod.rs"), format!("{above}/lib.rs"), format!("{above}/main.rs"), format!("{above}.rs")];
        let named = |text: &str| text.contains(&format!("mod {module};"));
        // a root of tests/ names files of folders too: `mod folder { mod file; }`, `#[path = "folder/file.rs"]`
        let path = format!("\"{}\"", file.trim_start_matches("tests/"));
        let of_root = |text: &str| {
            text.contains(&path)
                || (named(text) && text.contains(&format!("mod {} {{", above.trim_start_matches("tests/"))))
                || (above == "tests" && named(text))
        };
        !roots.contains(&file.as_str())
            && !parents.iter().any(|parent| text(parent).is_some_and(named))
            && !["tests/cli.rs", "tests/controlplane.rs"].iter().any(|root| text(root).is_some_and(of_root))
    });
    let forgotten: Vec<&String> = forgotten.map(|(file, _)| file).collect();
    assert!(forgotten.is_empty(), "no `mod` names these: {forgotten:?}");
}
