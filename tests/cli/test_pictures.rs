//! Terminal pictures of the README: what the program prints in a sandbox, in its colours.

use std::fmt::Write as _;
use std::path::Path;

use super::test_docs::pinned;
use crate::support::Environment;

/// What is typed for each picture, one after the other in one sandbox.
const PICTURES: [(&str, &[&str]); 3] = [
    (
        "bind",
        &[
            "eip bind web pod/web-1 -n vpc1 --create --subnet external204",
            "nat list",
            "vip create web --subnet vpc1-subnet1 --ip 192.168.0.1",
        ],
    ),
    ("show", &["eip bind web pod/web-1 -n vpc1 --create --subnet external204", "eip show web", "eip delete web"]),
    (
        "map",
        &[
            "eip bind web pod/web-1 -n vpc1 --create --subnet external204",
            "eip bind out subnet/vpc1-subnet1 --create --subnet external204",
            "vpc tree vpc1",
            "subnet map external204 --width 80",
        ],
    ),
];

#[test]
fn the_pictures_show_what_is_printed() {
    for (name, lines) in PICTURES {
        let mut ko = Environment::new();
        ko.set("KUBECTL_KO_SANDBOX", "1");
        let mut terminal = String::new();
        for line in lines {
            let output = ko.ko(&format!("{line} --color=always"));
            let _ = writeln!(terminal, "\u{1b}[2m$\u{1b}[0m \u{1b}[1mkubectl ko {line}\u{1b}[0m");
            let told = output.stderr.lines().filter(|line| !line.starts_with("sandbox: "));
            terminal.extend(output.stdout.lines().chain(told).map(|line| format!("{line}\n")));
        }
        let picture = anstyle_svg::Term::new().render_svg(&given(&terminal));
        pinned(&Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/pictures/{name}.svg")), &picture);
    }
}

/// The text with one MAC for all that the sandbox gave at random, and no ages.
fn given(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_hexdigit() || c == ':';
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        if line.starts_with("Age:") {
            continue;
        }
        let mut rest = line;
        while let Some(start) = rest.find(is_part) {
            let end = rest[start..].find(|c: char| !is_part(c)).map_or(rest.len(), |end| start + end);
            let word = &rest[start..end];
            let is_mac = word.len() == 17 && word.matches(':').count() == 5;
            out += &rest[..start];
            out += if is_mac { "02:00:0a:05:cc:66" } else { word };
            rest = &rest[end..];
        }
        out += rest;
    }
    out
}

#[test]
fn every_picture_is_shown_by_the_readme() {
    let readme = include_str!("../../README.md");
    for (name, _) in PICTURES {
        assert!(readme.contains(&format!("](docs/pictures/{name}.svg)")), "{name}");
    }
    let there = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures"));
    assert!(there.is_ok_and(|there| there.count() == PICTURES.len()), "a picture that nothing makes");
}
