//! `kubectl ko lint`

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use serde_json::{Value, json};

use super::{Context, print};
use crate::api::Vip;
use crate::check::vip::{self as rules, VipIntent};
use crate::check::{Finding, Policy, Severity};
use crate::failure::{Exit, Failure, Result};
use crate::output::{Format, counted, escape};
use crate::world::Source;

/// Check manifests against the live cluster, without writing anything
///
/// The rules are those of the creating verbs. Documents of a file are looked at in order, as if those before were there
/// already. Kinds without rules are counted and passed. Exit code 1 when there is an error.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko lint -f vips.yaml
  kustomize build . | kubectl ko lint -f -")]
pub struct LintArgs {
    /// Files, folders, or - for standard input (can be repeated)
    #[arg(short, long = "filename", required = true, value_name = "FILE")]
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

    fn is_vip(&self) -> bool {
        self.kind() == "Vip"
            && self.object["apiVersion"].as_str().is_some_and(|version| version.starts_with("kubeovn.io/"))
    }
}

/// What was found about one document.
struct Judged<'d> {
    document: &'d Document,
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
    Ok(if errors > 0 { Exit::No } else { Exit::Success })
}

fn is_error(args: &LintArgs, finding: &Finding) -> bool {
    Policy { ignore: &[], strict: args.strict }.stops(finding)
}

async fn judge<'d>(context: &Context<'_>, args: &LintArgs, documents: &'d [Document]) -> Result<Vec<Judged<'d>>> {
    let intents: Vec<(&Document, VipIntent)> = documents
        .iter()
        .filter(|document| document.is_vip())
        .map(|document| (document, VipIntent::from_manifest(&document.object)))
        .collect();
    if intents.is_empty() {
        return Ok(Vec::new());
    }
    let cluster = context.cluster().await?;
    let mut world = Box::pin(cluster.gather(&rules::wanted(intents.iter().map(|(_, intent)| intent)))).await?;
    let mut judged = Vec::new();
    let mut earlier = documents.iter();
    for (document, intent) in &intents {
        // what documents before this one make is there when this one is applied; each is laid over once
        for made in earlier.by_ref().take_while(|made| !std::ptr::eq(*made, *document)) {
            overlay(&mut world, &made.object);
        }
        let ignored = |finding: &Finding| args.ignore.iter().any(|code| code.eq_ignore_ascii_case(finding.code.id));
        let findings = rules::check(&world, intent).into_iter().filter(|finding| !ignored(finding)).collect();
        judged.push(Judged { document, findings });
        world.planned_vips.push(Vip {
            metadata: crate::api::Metadata { name: intent.name.clone(), ..Default::default() },
            spec: intent.spec.clone(),
            ..Vip::default()
        });
    }
    Ok(judged)
}

/// Puts a Subnet or Namespace that a file creates into the picture.
fn overlay(world: &mut crate::world::World, object: &Value) {
    let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    match object["kind"].as_str() {
        Some("Subnet") => {
            let (Source::Known(subnets), Ok(subnet)) = (&mut world.subnets, crate::api::Subnet::deserialize(object))
            else {
                return;
            };
            if let Some(slot) = subnets.get_mut(&name).filter(|slot| slot.is_none()) {
                *slot = Some(subnet.as_created());
            }
        }
        Some("Namespace") => {
            if let Source::Known(namespaces) = &mut world.namespaces {
                namespaces.insert(name, true);
            }
        }
        _ => {}
    }
}

fn text(context: &Context<'_>, args: &LintArgs, documents: &[Document], judged: &[Judged<'_>]) -> Result<()> {
    let shown = |text: &str| if context.ui.is_terminal() { escape(text).into_owned() } else { text.replace('\n', " ") };
    for Judged { document, findings } in judged {
        let name = document.object["metadata"]["name"].as_str().unwrap_or("?");
        for finding in findings {
            let word = if is_error(args, finding) && finding.severity == Severity::Warning {
                "error"
            } else {
                finding.severity.word()
            };
            let repair = finding.hint.as_ref().map_or_else(String::new, |hint| format!("; hint: {hint}"));
            let line = format!(
                "{}:{}: {} {word} vip/{name}: {}{repair}",
                document.file, document.index, finding.code.id, finding.message
            );
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
    context.ui.note(&format!("{} checked, {errors} with errors{passed}", counted(judged.len(), "document")));
    Ok(())
}

fn report(args: &LintArgs, documents: &[Document], judged: &[Judged<'_>]) -> Value {
    let findings: Vec<Value> = judged
        .iter()
        .flat_map(|Judged { document, findings }| {
            findings.iter().map(move |finding| {
                let word = if is_error(args, finding) && finding.severity == Severity::Warning { "error" } else { finding.severity.word() };
                json!({
                    "code": finding.code.id,
                    "severity": word,
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
