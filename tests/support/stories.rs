//! Stories: command lines and what they end with (`tests/acceptance/*.story`), run on two clusters, the sandbox and the control plane.
//! The control plane is right: `UPDATE=1` writes what it printed. Where the sandbox differs, `differences.txt` has what it prints, and why.
//!
//! A story begins on a world without Vips, reservations, EIPs and rules. Behind a line `$ COMMAND` stands its standard output, its standard error
//! with `2> ` before each line, and `[exit N]` unless N is 0. What a cluster gives at random is numbered in the order in which a story meets it.

#![expect(clippy::expect_used, reason = "a broken harness must stop the test")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

/// One command, and what it ended with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) command: String,
    pub(crate) ended: String,
}

/// One file.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) name: String,
    /// What it is about.
    pub(crate) about: String,
    pub(crate) steps: Vec<Step>,
}

pub(crate) fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/acceptance"))
}

/// Where the commands run: the manifests they lint are there.
pub(crate) fn place() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/examples"))
}

/// All stories, or those whose name has this in it.
pub(crate) fn stories(filter: &str) -> Vec<Story> {
    let entries = std::fs::read_dir(folder()).expect("the stories");
    let paths = entries.map(|entry| entry.expect("a story").path());
    let mut stories: Vec<Story> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "story"))
        .map(|path| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            parse(&name, &std::fs::read_to_string(&path).expect("a story"))
        })
        .filter(|story| story.name.contains(filter))
        .collect();
    stories.sort_by(|one, other| one.name.cmp(&other.name));
    stories
}

fn parse(name: &str, text: &str) -> Story {
    let mut story = Story { name: name.to_owned(), about: String::new(), steps: Vec::new() };
    for line in text.lines() {
        match (line.strip_prefix("$ "), story.steps.last_mut()) {
            (Some(command), _) => story.steps.push(Step { command: command.to_owned(), ended: String::new() }),
            (None, Some(step)) => step.ended.extend([line, "\n"]),
            (None, None) => story.about.extend([line, "\n"]),
        }
    }
    story
}

impl Story {
    /// The file that says this.
    pub(crate) fn text(&self) -> String {
        let steps = self.steps.iter().map(|step| format!("$ {}\n{}", step.command, step.ended));
        self.about.clone() + &steps.collect::<String>()
    }

    /// The same story as a cluster told it.
    pub(crate) fn told(&self, run: impl FnMut(&str) -> (i32, String, String)) -> Self {
        let mut run = run;
        let asked: Vec<&str> = self.steps.iter().flat_map(|step| step.command.split([' ', '=', ','])).collect();
        let mut random = Random { asked, ..Random::default() };
        let told = |step: &Step| {
            let (code, out, err) = run(&step.command);
            let mut ended = String::new();
            for (mark, text) in [("", &out), ("2> ", &err)] {
                for line in text.lines() {
                    let _ = writeln!(ended, "{mark}{}", random.hidden(line));
                }
            }
            if code != 0 {
                let _ = writeln!(ended, "[exit {code}]");
            }
            Step { command: step.command.clone(), ended }
        };
        Self { steps: self.steps.iter().map(told).collect(), ..self.clone() }
    }
}

/// The commands on which two tellings of a story differ, as `NAME $ COMMAND`, with both endings.
pub(crate) fn differing(one: &Story, other: &Story) -> Vec<(String, String, String)> {
    let pairs = one.steps.iter().zip(&other.steps).filter(|(one, other)| one != other);
    pairs.map(|(a, b)| (format!("{} $ {}", one.name, a.command), a.ended.clone(), b.ended.clone())).collect()
}

/// What was met, by kind, and how it is written down.
#[derive(Default)]
struct Random<'a> {
    /// Words of the commands: what was asked for is not random.
    asked: Vec<&'a str>,
    met: BTreeMap<&'static str, Vec<String>>,
}

impl Random<'_> {
    fn number(&mut self, kind: &'static str, word: &str) -> String {
        let met = self.met.entry(kind).or_default();
        let at = met.iter().position(|one| one == word).unwrap_or_else(|| {
            met.push(word.to_owned());
            met.len() - 1
        });
        format!("<{kind} {}>", at + 1)
    }

    /// The line without what is random, and with one blank for many.
    fn hidden(&mut self, line: &str) -> String {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '.');
        let mut out = String::new();
        let mut rest = line;
        while let Some(start) = rest.find(is_part) {
            let end = rest[start..].find(|c: char| !is_part(c)).map_or(rest.len(), |end| start + end);
            out += &rest[..start];
            out += &self.word(&rest[start..end]);
            rest = &rest[end..];
        }
        out += rest;
        // the controller lists them in no order
        if let Some((before, rest)) = out.split_once("virtual-parents=\"")
            && let Some((list, after)) = rest.split_once('"')
        {
            let mut parents: Vec<&str> = list.split(',').collect();
            parents.sort_unstable();
            out = format!("{before}virtual-parents=\"{}\"{after}", parents.join(","));
        }
        if let Some((before, _)) = out.split_once("resourceVersion: ") {
            out = format!("{before}resourceVersion: <number>");
        }
        let lead = out.len() - out.trim_start().len();
        let words: Vec<&str> = out.split_whitespace().collect();
        format!("{}{}", &out[..lead], words.join(" "))
    }

    fn word(&mut self, word: &str) -> String {
        let hex = |word: &str| word.chars().all(|c| c.is_ascii_hexdigit() || c == ':' || c == '-');
        if word.len() == 17 && word.matches(':').count() == 5 && hex(word) && !self.asked.contains(&word) {
            return self.number("mac", word);
        }
        if word.len() == 36
            && word.matches('-').count() == 4
            && hex(word)
            && !word.starts_with("0000000a")
            && !word.starts_with("0000000b")
        {
            return self.number("uuid", word);
        }
        if word.len() >= 20 && word.ends_with('Z') && word.get(10..11) == Some("T") {
            return "<time>".to_owned();
        }
        if let Some(age) = word.strip_suffix(['s', 'm', 'h', 'd'])
            && !age.is_empty()
            && age.chars().all(|c| c.is_ascii_digit() || matches!(c, 'm' | 'h' | 'd'))
        {
            return "<age>".to_owned();
        }
        // a pod of the Deployment, with or without what stands behind its name
        let parts: Vec<&str> = word.splitn(3, '-').collect();
        if let ["api", hash, rest] = parts.as_slice()
            && hash.len() >= 8
            && rest.len() >= 5
        {
            return format!("api-<pod>{}", &rest[5..]);
        }
        // an address, with or without a port, a sentence's end or the rest of a range behind it
        let digits = |c: char| c.is_ascii_digit() || c == '.';
        let address = &word[..word.find(|c: char| !digits(c)).unwrap_or(word.len())];
        let address = address.trim_end_matches('.');
        let given = [("10.5.204.", 102..=253), ("192.168.0.", 4..=254), ("10.16.0.", 3..=254)];
        let is_given = given.iter().any(|(net, hosts)| {
            address.strip_prefix(net).and_then(|host| host.parse().ok()).is_some_and(|host: u16| hosts.contains(&host))
        });
        if is_given && !self.asked.contains(&address) {
            return self.number("address", address) + &word[address.len()..];
        }
        word.to_owned()
    }
}
