//! `kubectl ko ippool show`

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::listing::missing;
use super::super::{print, problems};
use super::Context;
use crate::api::{IpPool, Resource as _};
use crate::check::Finding;
use crate::check::ippool::{self as rules, PoolIntent};
use crate::cluster::rest::{Target, typed};
use crate::completion;
use crate::failure::{Cause, Exit, Result};
use crate::output::{Format, age, escape};
use crate::world::subnet_use::book;

/// Show an IPPool, what is used of it, and who names it
#[derive(clap::Args, Debug)]
pub(super) struct ShowArgs {
    /// Name of the pool
    #[arg(add = completion::names_of("ippools"))]
    name: String,
    /// Output format: json or yaml (a PoolReport), or name
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<String>,
}

pub(super) async fn run(context: &Context<'_>, args: &ShowArgs) -> Result<Exit> {
    let format = print::parse_format(args.output.as_deref())?;
    let cluster = context.cluster().await?;
    let name = args.name.as_str();
    let Some(mut object) = cluster.get(Target::one(IpPool::KIND, "", name)).await? else {
        return Err(missing("ippool", IpPool::KIND, name));
    };
    drop(object["metadata"].as_object_mut().map(|metadata| metadata.remove("managedFields")));
    let pool: IpPool = typed(object.clone(), IpPool::KIND)?;
    let intent = PoolIntent { name: name.to_owned(), spec: pool.spec.clone(), ..PoolIntent::default() };
    let wanted = rules::wanted([&intent]);
    let (world, users) = tokio::join!(Box::pin(cluster.gather(&wanted)), cluster.pool_users(&pool));
    let mut findings = rules::check(&world?, &intent);
    findings.retain(|finding| finding.unknown.is_none());
    let users = match users {
        Ok(users) => Ok(users),
        Err(failure) if failure.cause == Cause::Forbidden => Err(failure.reason().to_owned()),
        Err(failure) => return Err(failure),
    };
    match format {
        Format::Table | Format::Wide => context.ui.data(text(context, &pool, &users, &findings).as_bytes())?,
        Format::Name => print::object(context, format, &object)?,
        Format::Json | Format::Yaml => print::object(context, format, &report(&object, &pool, &users, &findings))?,
    }
    Ok(if users.is_err() { Exit::Partial } else { Exit::Success })
}

type Users = std::result::Result<Vec<String>, String>;

fn text(context: &Context<'_>, pool: &IpPool, users: &Users, findings: &[Finding]) -> String {
    let terminal = context.ui.is_terminal();
    let shown = |text: &str| if terminal { escape(text).into_owned() } else { text.to_owned() };
    let IpPool { metadata, spec, status } = pool;
    let mut out = String::new();
    let mut line = |key: &str, value: String| {
        let _ = writeln!(out, "{:<12} {}", format!("{key}:"), if value.is_empty() { "<none>" } else { &value });
    };
    let ready = if metadata.is_terminating() { "Terminating".to_owned() } else { pool.is_ready().to_string() };
    let said = if pool.error().is_empty() { String::new() } else { format!(" ({})", pool.error()) };
    line("Name", shown(&metadata.name));
    line("Subnet", shown(&spec.subnet));
    line("Addresses", shown(&spec.ips.join(", ")));
    line("Namespaces", shown(&spec.namespaces.join(", ")));
    line("Address set", spec.enable_address_set.to_string());
    line("Ready", shown(&format!("{ready}{said}")));
    line("Age", age(metadata.creation_timestamp.parse().ok(), jiff::Timestamp::now()));
    line("In use", book(&status.v4_using_range).union(&book(&status.v6_using_range)).to_string());
    line("Free", book(&status.v4_available_range).union(&book(&status.v6_available_range)).to_string());
    out.push_str("Named by:\n");
    match users {
        Err(why) => {
            let _ = writeln!(out, "  not known: {}", shown(why));
        }
        Ok(users) if users.is_empty() => out.push_str("  nobody\n"),
        Ok(users) => users.iter().for_each(|user| {
            let _ = writeln!(out, "  {}", shown(user));
        }),
    }
    problems::text(&mut out, findings, shown);
    out
}

fn report(object: &Value, pool: &IpPool, users: &Users, findings: &[Finding]) -> Value {
    let users = match users {
        Ok(users) => json!(users),
        Err(why) => json!({"unknown": why}),
    };
    json!({
        "apiVersion": "ko.kubeovn.io/v1alpha1",
        "kind": "PoolReport",
        "metadata": {"name": pool.name()},
        "ippool": object,
        "ready": pool.is_ready(),
        "users": users,
        "problems": problems::json(findings),
    })
}
