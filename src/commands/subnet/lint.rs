//! `kubectl ko subnet lint`

use super::super::listing::missing;
use super::Context;
use crate::api::{Resource as _, Subnet};
use crate::check::subnet::{self as rules, SubnetIntent};
use crate::check::{Policy, Severity};
use crate::cluster::rest::Target;
use crate::completion;
use crate::failure::{Exit, Result};
use crate::output::{counted, escape};

/// Check Subnets that are there by the rules of new ones
///
/// Exit code 1 when there is an error, 3 when there is none and something could not be checked. `lint -f` checks manifests.
#[derive(clap::Args, Debug)]
pub(super) struct LintArgs {
    /// Names of the Subnets (default: all)
    #[arg(value_name = "NAME", add = completion::names_of("subnets"))]
    names: Vec<String>,
    /// Leave a finding out, such as KO541 (can be repeated)
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = super::super::write::code)]
    ignore: Vec<String>,
}

pub(super) async fn run(context: &Context<'_>, args: &LintArgs) -> Result<Exit> {
    let cluster = context.cluster().await?;
    let names = if args.names.is_empty() { cluster.names(Subnet::KIND).await? } else { args.names.clone() };
    let mut asked = Vec::new();
    for name in &names {
        let Some(object) = cluster.get(Target::one(Subnet::KIND, "", name)).await? else {
            return Err(missing("subnet", Subnet::KIND, name));
        };
        asked.push(SubnetIntent::of_live(&object));
    }
    let world = Box::pin(cluster.gather(&rules::wanted(&asked))).await?;
    let policy = Policy { ignore: &args.ignore, strict: false };
    let (mut errors, mut unknown) = (0, false);
    for intent in &asked {
        let all = rules::check(&world, intent);
        let ignored = |id: &str| args.ignore.iter().any(|code| code.eq_ignore_ascii_case(id));
        for finding in all.iter().filter(|one| !ignored(one.code.id)) {
            let told = if finding.unknown.is_some() { "unknown" } else { finding.severity.word() };
            unknown |= finding.unknown.is_some();
            errors += usize::from(finding.severity == Severity::Error && policy.stops(finding));
            let hint = finding.hint.as_ref().map_or_else(String::new, |hint| format!("; hint: {hint}"));
            let line = format!("{} {told} subnet/{}: {}{hint}", finding.code.id, intent.name, finding.message);
            context.ui.line(&if context.ui.is_terminal() { escape(&line).into_owned() } else { line })?;
        }
    }
    context.ui.note(&format!("{} checked, {}", counted(asked.len(), "subnet"), counted(errors, "error")));
    Ok(match (errors, unknown) {
        (0, false) => Exit::Success,
        (0, true) => Exit::Partial,
        _ => Exit::No,
    })
}
