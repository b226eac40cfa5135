//! `kubectl ko slr show`

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::listing::missing;
use super::super::{print, problems};
use super::Context;
use crate::api::{Resource as _, SwitchLbRule};
use crate::check::Finding;
use crate::check::slr::{self as rules, SlrIntent};
use crate::cluster::rest::{Target, typed};
use crate::cluster::slr::Behind;
use crate::completion;
use crate::failure::{Cause, Exit, Result};
use crate::output::{Format, age, escape};

/// Show a SwitchLBRule, its back ends, and what OVN has of it
#[derive(clap::Args, Debug)]
pub(super) struct ShowArgs {
    /// Name of the rule
    #[arg(add = completion::names_of("switch-lb-rules"))]
    name: String,
    /// Output format: json or yaml (a SlrReport), or name
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<String>,
}

pub(super) async fn run(context: &Context<'_>, args: &ShowArgs) -> Result<Exit> {
    let format = print::parse_format(args.output.as_deref())?;
    let cluster = context.cluster().await?;
    let name = args.name.as_str();
    let Some(mut object) = cluster.get(Target::one(SwitchLbRule::KIND, "", name)).await? else {
        return Err(missing("slr", SwitchLbRule::KIND, name));
    };
    drop(object["metadata"].as_object_mut().map(|metadata| metadata.remove("managedFields")));
    let rule: SwitchLbRule = typed(object.clone(), SwitchLbRule::KIND)?;
    let intent = SlrIntent { name: name.to_owned(), spec: rule.spec.clone(), ..SlrIntent::default() };
    let wanted = rules::wanted([&intent]);
    let (world, behind) = tokio::join!(Box::pin(cluster.gather(&wanted)), cluster.behind(&rule));
    let behind = match behind {
        Ok(behind) => Ok(behind),
        Err(failure) if matches!(failure.cause, Cause::Forbidden | Cause::Unreadable) => {
            Err(failure.reason().to_owned())
        }
        Err(failure) => return Err(failure),
    };
    let mut findings = rules::check(&world?, &intent);
    findings.retain(|finding| finding.unknown.is_none());
    findings.extend(rules::problems(&rule, behind.as_ref().ok().map(|behind| behind.fronts.as_slice())));
    match format {
        Format::Table | Format::Wide => context.ui.data(text(context, &rule, &behind, &findings).as_bytes())?,
        Format::Name => print::object(context, format, &object)?,
        Format::Json | Format::Yaml => print::object(context, format, &report(&object, &rule, &behind, &findings))?,
    }
    Ok(if behind.is_err() { Exit::Partial } else { Exit::Success })
}

type Known = std::result::Result<Behind, String>;

fn text(context: &Context<'_>, rule: &SwitchLbRule, behind: &Known, findings: &[Finding]) -> String {
    let terminal = context.ui.is_terminal();
    let shown = |text: &str| if terminal { escape(text).into_owned() } else { text.to_owned() };
    let SwitchLbRule { metadata, spec, status } = rule;
    let mut out = String::new();
    let mut line = |key: &str, value: &str| {
        let _ = writeln!(
            out,
            "{:<12} {}",
            format!("{key}:"),
            if value.is_empty() { "<none>".to_owned() } else { shown(value) }
        );
    };
    line("Name", &metadata.name);
    line("Front end", &spec.vip);
    line("Ports", &status.ports);
    line("Service", &status.service);
    line("Selector", &spec.selector.join(", "));
    line("Endpoints", &spec.endpoints.join(", "));
    line("Affinity", &spec.session_affinity);
    line("Age", &age(metadata.creation_timestamp.parse().ok(), jiff::Timestamp::now()));
    match behind {
        Err(why) => {
            let _ = writeln!(out, "Back ends and OVN: not known: {}", shown(why));
        }
        Ok(behind) => {
            out.push_str("Back ends:\n");
            let ends = if behind.addresses.is_empty() { vec!["none".to_owned()] } else { behind.addresses.clone() };
            for end in &ends {
                let _ = writeln!(out, "  {}", shown(end));
            }
            out.push_str("OVN:\n");
            let fronts = if behind.fronts.is_empty() {
                vec!["nothing".to_owned()]
            } else {
                behind.fronts.iter().map(|(front, ends)| format!("{front} to {ends}")).collect()
            };
            for front in &fronts {
                let _ = writeln!(out, "  {}", shown(front));
            }
        }
    }
    problems::text(&mut out, findings, shown);
    out
}

fn report(object: &Value, rule: &SwitchLbRule, behind: &Known, findings: &[Finding]) -> Value {
    let behind = match behind {
        Ok(behind) => {
            json!({"backEnds": behind.addresses, "ovn": behind.fronts.iter().map(|(front, ends)| json!({"front": front, "to": ends})).collect::<Vec<_>>()})
        }
        Err(why) => json!({"unknown": why}),
    };
    json!({
        "apiVersion": "ko.kubeovn.io/v1alpha1",
        "kind": "SlrReport",
        "metadata": {"name": rule.name()},
        "slr": object,
        "behind": behind,
        "problems": problems::json(findings),
    })
}
