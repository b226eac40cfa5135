//! `kubectl ko nad show`

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::{print, problems};
use super::{Context, list, missing, target, users};
use crate::api::nad::Carrier;
use crate::api::{Nad, Resource as _, Subnet};
use crate::check::Finding;
use crate::check::nad::{self as rules, NadIntent};
use crate::cluster::rest::typed;
use crate::completion;
use crate::failure::{Cause, Exit, Result};
use crate::output::{Format, escape, joined};

/// Show a `NetworkAttachmentDefinition`, its subnets and the pods that ask for it
#[derive(clap::Args, Debug)]
pub(super) struct ShowArgs {
    /// Its name
    #[arg(add = completion::names_of("network-attachment-definitions"))]
    name: String,
    /// Output format: json or yaml (a `NadReport`), or name
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<String>,
}

struct Report {
    object: Value,
    nad: Nad,
    subnets: Result<Vec<Subnet>, String>,
    users: Result<Vec<String>, String>,
    problems: Vec<Finding>,
}

pub(super) async fn run(context: &Context<'_>, args: &ShowArgs) -> Result<Exit> {
    let format = print::parse_format(args.output.as_deref())?;
    let cluster = context.cluster().await?;
    let namespace = cluster.namespace();
    let Some(mut object) = cluster.get(target(namespace, &args.name)).await? else {
        return Err(missing(&args.name, namespace));
    };
    drop(object["metadata"].as_object_mut().map(|metadata| metadata.remove("managedFields")));
    let nad: Nad = typed(object.clone(), Nad::KIND)?;
    let intent = NadIntent { nad: nad.clone(), ..NadIntent::default() };
    let key = nad.key();
    let wanted = rules::wanted([&intent]);
    let (world, users) = tokio::join!(Box::pin(cluster.gather(&wanted)), users(cluster, &key));
    let world = world?;
    let users = match users {
        Ok(users) => Ok(users),
        Err(failure) if failure.cause == Cause::Forbidden => Err(failure.reason().to_owned()),
        Err(failure) => return Err(failure),
    };
    let subnets = match world.all_subnets.unknown() {
        Some(lack) => Err(lack.why.clone()),
        None => Ok(world.subnets_of_provider(&nad.provider()).cloned().collect()),
    };
    let report = Report { object, problems: rules::check(&world, &intent), nad, subnets, users };
    match format {
        Format::Table | Format::Wide => context.ui.data(report.text(context.ui.is_terminal()).as_bytes())?,
        Format::Name => print::object(context, format, &report.object)?,
        Format::Json | Format::Yaml => print::object(context, format, &report.json())?,
    }
    Ok(if report.subnets.is_err() || report.users.is_err() { Exit::Partial } else { Exit::Success })
}

impl Report {
    fn carried_by(&self) -> &'static str {
        match self.nad.carrier() {
            Carrier::Ovn => "OVN",
            Carrier::Addresses => "its own plugin, with addresses of Kube-OVN's",
            Carrier::Foreign => "its own plugin, Kube-OVN has no part in it",
        }
    }

    fn text(&self, terminal: bool) -> String {
        let nad = &self.nad;
        let shown = |text: &str| if terminal { escape(text).into_owned() } else { text.to_owned() };
        let or_none = |text: &str| if text.is_empty() { "<none>".to_owned() } else { shown(text) };
        let mut out = String::new();
        // writing to a text cannot fail
        let mut line = |key: &str, value: String| {
            let _ = writeln!(out, "{:<12} {value}", format!("{key}:"));
        };
        let config = nad.config().ok().flatten().unwrap_or_default();
        line("Name", shown(&nad.key()));
        line("Plugin", or_none(&nad.types().join(", ")));
        line("Carried by", self.carried_by().to_owned());
        line("Provider", shown(&nad.provider()));
        for (key, field) in [("Master", "master"), ("Device", "device"), ("Mode", "mode")] {
            if let Some(value) = config[field].as_str() {
                line(key, shown(value));
            }
        }
        let routes: Vec<String> = list::routes(nad).iter().map(list::route).collect();
        if !routes.is_empty() {
            line("Routes", shown(&routes.join(", ")));
        }
        line(
            "Subnets",
            match &self.subnets {
                Err(why) => format!("not looked at: {}", shown(why)),
                Ok(subnets) => {
                    let each: Vec<String> =
                        subnets.iter().map(|one| format!("{} ({})", one.name(), one.spec.cidr_block)).collect();
                    or_none(&each.join(", "))
                }
            },
        );
        line(
            "Used by",
            match &self.users {
                Err(why) => format!("not looked at: {}", shown(why)),
                Ok(users) if users.is_empty() => "<none>".to_owned(),
                Ok(users) => {
                    let each: Vec<String> = users.iter().map(|user| format!("pod {user}")).collect();
                    shown(&joined(&each, 12))
                }
            },
        );
        problems::text(&mut out, &self.problems, shown);
        out
    }

    fn json(&self) -> Value {
        json!({
            "apiVersion": "ko.kubeovn.io/v1alpha1",
            "kind": "NadReport",
            "definition": self.object,
            "provider": self.nad.provider(),
            "subnets": self.subnets.as_ref().ok().map(|all| all.iter().map(|one| one.name().to_owned()).collect::<Vec<_>>()),
            "users": self.users.as_ref().ok(),
            "problems": problems::json(&self.problems),
        })
    }
}
