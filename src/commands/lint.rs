//! `kubectl ko lint`

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use serde_json::{Value, json};

use super::{Context, print};
use crate::api::IpPool;
use crate::check::any::{self, Intent};
use crate::check::{Finding, Policy, Severity};
use crate::failure::{Exit, Failure, Result};
use crate::output::{Format, counted, escape};
use crate::world::{Lack, Source, Wanted, World};

/// Check manifests against the live cluster, without writing anything
///
/// The rules are those of the creating verbs. Documents of a file are looked at in order, as if those before were there
/// already. Kinds without rules are counted and passed. Exit code 1 when there is an error, 3 when there is none and something
/// could not be checked.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko lint -f vips.yaml
  kustomize build . | kubectl ko lint -f -")]
pub struct LintArgs {
    /// Files, folders, or - for standard input (can be repeated)
    #[arg(short, long = "filename", required = true, num_args = 1.., value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Output format: json or yaml (a LintReport)
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<String>,
    /// Leave a finding out, such as KO107 (can be repeated)
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = super::write::code)]
    ignore: Vec<String>,
    /// Count as an error what lasts only until kube-ovn-controller restarts
    #[arg(long)]
    strict: bool,
}

/// One document of a file.
struct Document {
    file: String,
    /// Counted from 1.
    index: usize,
    object: Value,
}

impl Document {
    fn kind(&self) -> &str {
        self.object["kind"].as_str().unwrap_or_default()
    }
}

/// What was found about one document.
struct Judged<'d> {
    document: &'d Document,
    /// `vip`, `ovn-eip`, …
    noun: &'static str,
    findings: Vec<Finding>,
}

pub(super) async fn run(context: &Context<'_>, args: &LintArgs) -> Result<Exit> {
    let format = print::parse_format(args.output.as_deref())?;
    let documents = read_all(&args.files)?;
    let judged = judge(context, args, &documents).await?;
    let errors = judged.iter().flat_map(|one| &one.findings).filter(|finding| is_error(args, finding)).count();
    match format {
        Format::Json | Format::Yaml => print::object(context, format, &report(args, &documents, &judged))?,
        _ => text(context, args, &documents, &judged)?,
    }
    let unknown = judged.iter().flat_map(|one| &one.findings).any(|finding| finding.unknown.is_some());
    Ok(match (errors, unknown) {
        (0, false) => Exit::Success,
        (0, true) => Exit::Partial,
        _ => Exit::No,
    })
}

/// What could not be checked is no error: it is said apart.
fn is_error(args: &LintArgs, finding: &Finding) -> bool {
    finding.unknown.is_none() && Policy { ignore: &[], strict: args.strict }.stops(finding)
}

fn word(args: &LintArgs, finding: &Finding) -> &'static str {
    if is_error(args, finding) { Severity::Error.word() } else { finding.severity.word() }
}

async fn judge<'d>(context: &Context<'_>, args: &LintArgs, documents: &'d [Document]) -> Result<Vec<Judged<'d>>> {
    let mut wanted = Wanted::default();
    let mut intents: Vec<(&Document, Option<Intent>)> =
        documents.iter().map(|document| (document, Intent::from_manifest(&document.object))).collect();
    // what stands in no namespace is applied to the one kubectl would take
    for namespace in intents.iter_mut().filter_map(|(_, intent)| intent.as_mut()?.namespace()) {
        if namespace.is_empty() {
            context.cluster().await?.namespace().clone_into(namespace);
        }
    }
    for (_, intent) in &intents {
        wanted.extend(intent.as_ref().map(Intent::wanted).unwrap_or_default());
    }
    let mut world = if intents.iter().any(|(_, intent)| intent.is_some()) {
        Box::pin(context.cluster().await?.gather(&wanted)).await?
    } else {
        World::default()
    };
    let mut judged = Vec::new();
    let mut specs = BTreeMap::new();
    // what documents before one make is there when that one is applied
    for (document, intent) in intents {
        let Some(intent) = intent else {
            match any::malformed(&document.object) {
                Some(finding) => judged.push(Judged { document, noun: "document", findings: vec![finding] }),
                None => overlay(&mut world, &document.object),
            }
            continue;
        };
        let name = &document.object["metadata"]["name"];
        let namespace = document.object["metadata"]["namespace"].to_string();
        let first = specs.insert((intent.noun(), namespace, name.to_string()), &document.object["spec"]);
        let ignored = |finding: &Finding| args.ignore.iter().any(|code| code.eq_ignore_ascii_case(finding.code.id));
        let twice = first.filter(|_| !name.is_null()).and_then(|first| any::twice(first, &document.object));
        let findings = twice.into_iter().chain(intent.check(&world)).filter(|finding| !ignored(finding)).collect();
        judged.push(Judged { document, noun: intent.noun(), findings });
        intent.plan(&mut world);
    }
    Ok(judged)
}

/// Puts an object of a kind without rules that a file creates into the picture.
fn overlay(world: &mut World, object: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = text(&object["metadata"]["name"]);
    match object["kind"].as_str() {
        Some("Namespace") => {
            if let Source::Known(namespaces) = &mut world.namespaces {
                namespaces.insert(name, true);
            }
        }
        Some("IPPool") => {
            let Ok(pool) = IpPool::deserialize(object) else { return };
            world.planned.pools.push(pool);
        }
        _ => {}
    }
}

fn text(context: &Context<'_>, args: &LintArgs, documents: &[Document], judged: &[Judged<'_>]) -> Result<()> {
    let shown = |text: &str| if context.ui.is_terminal() { escape(text).into_owned() } else { text.replace('\n', " ") };
    for Judged { document, noun, findings } in judged {
        let name = document.object["metadata"]["name"].as_str().unwrap_or("?");
        let place = format!("{}:{}:", document.file, document.index);
        for finding in findings.iter().filter(|finding| finding.unknown.is_none()) {
            let (word, code) = (word(args, finding), finding.code.id);
            let repair = finding.hint.as_ref().map_or_else(String::new, |hint| format!("; hint: {hint}"));
            let line = format!("{place} {code} {word} {noun}/{name}: {}{repair}", finding.message);
            context.ui.line(&shown(&line))?;
        }
        for (Lack { why, repair }, codes) in lacking(findings) {
            let repair = repair.iter().fold(String::new(), |all, hint| format!("{all}; hint: {hint}"));
            let line = format!("{place} {} unknown {noun}/{name}: not checked: {why}{repair}", codes.join(","));
            context.ui.line(&shown(&line))?;
        }
    }
    let errors = judged.iter().filter(|one| one.findings.iter().any(|finding| is_error(args, finding))).count();
    let passed = documents.len() - judged.len();
    let passed = if passed == 0 {
        String::new()
    } else {
        format!(", {} of kinds without rules passed", counted(passed, "document"))
    };
    let partly = judged.iter().filter(|one| one.findings.iter().any(|finding| finding.unknown.is_some())).count();
    let partly = if partly == 0 { String::new() } else { format!(", {partly} not checked in full") };
    context.ui.note(&format!("{} checked, {errors} with errors{partly}{passed}", counted(judged.len(), "document")));
    Ok(())
}

/// What could not be checked, together by what was lacking.
fn lacking(findings: &[Finding]) -> Vec<(&Lack, Vec<&'static str>)> {
    let mut all: Vec<(&Lack, Vec<&'static str>)> = Vec::new();
    for finding in findings {
        let Some(lack) = &finding.unknown else { continue };
        match all.iter_mut().find(|(known, _)| *known == lack) {
            Some((_, codes)) => codes.push(finding.code.id),
            None => all.push((lack, vec![finding.code.id])),
        }
    }
    all
}

fn report(args: &LintArgs, documents: &[Document], judged: &[Judged<'_>]) -> Value {
    let findings: Vec<Value> = judged
        .iter()
        .flat_map(|Judged { document, findings, .. }| {
            findings.iter().map(move |finding| {
                json!({
                    "code": finding.code.id,
                    "severity": word(args, finding),
                    "object": {"file": document.file, "document": document.index, "kind": document.kind(), "name": document.object["metadata"]["name"]},
                    "message": finding.message,
                    "hint": finding.hint,
                })
            })
        })
        .collect();
    let count = |severity: &str| findings.iter().filter(|finding| finding["severity"] == severity).count();
    json!({
        "apiVersion": "ko.kubeovn.io/v1alpha1",
        "kind": "LintReport",
        "checked": judged.len(),
        "passed": documents.len() - judged.len(),
        "unknown": count("unknown"),
        "errors": count("error"),
        "warnings": count("warning"),
        "findings": findings,
    })
}

/// The documents of all files, in order.
fn read_all(files: &[PathBuf]) -> Result<Vec<Document>> {
    let mut documents = Vec::new();
    for file in files {
        if file.is_dir() {
            for inner in manifests(file)? {
                documents.extend(read(&inner)?);
            }
        } else {
            documents.extend(read(file)?);
        }
    }
    Ok(documents)
}

/// The `.yaml`, `.yml` and `.json` files of a folder, by name, as kubectl takes them.
fn manifests(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error: &std::io::Error| {
        Failure::because(Exit::Usage, format!("cannot read the folder {}", folder.display()), error)
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| failed(&error))? {
        let path = entry.map_err(|error| failed(&error))?.path();
        if path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml" || ending == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read(file: &Path) -> Result<Vec<Document>> {
    let name = file.display().to_string();
    let failed = |error: &std::io::Error| Failure::because(Exit::Usage, format!("cannot read {name}"), error);
    let text = if name == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(|error| failed(&error))?;
        text
    } else {
        std::fs::read_to_string(file).map_err(|error| failed(&error))?
    };
    let parsed: Vec<Value> = serde_yaml::from_multiple(&text).map_err(|error| {
        let line = error.to_string().lines().next().unwrap_or_default().to_owned();
        Failure::usage(format!("{name} is no YAML: {line}"))
            .hint(format!("kubectl apply --dry-run=client -f {name} shows where"))
    })?;
    let objects = parsed.into_iter().enumerate().flat_map(|(index, object)| {
        let items = match object.get("items").and_then(Value::as_array) {
            Some(items) if object["kind"].as_str().is_some_and(|kind| kind.ends_with("List")) => items.clone(),
            _ => vec![object],
        };
        items.into_iter().filter(|object| !object.is_null()).map(move |object| (index + 1, object))
    });
    Ok(objects.map(|(index, object)| Document { file: name.clone(), index, object }).collect())
}
