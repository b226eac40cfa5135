//! `kubectl ko slr create`

use std::time::Duration;

use serde_json::Value;

use super::super::making::Making;
use super::super::write::{PolicyArgs, WriteArgs};
use super::Context;
use crate::api::nat::{SwitchLbPort, SwitchLbRuleSpec};
use crate::api::{Resource as _, SwitchLbRule};
use crate::check;
use crate::check::slr::{self as rules, SlrIntent};
use crate::failure::{Cause, Exit, Failure, Result};

/// Create a SwitchLBRule and wait until its Service is there
///
/// The back ends are the pods of the namespace with the labels of --selector, or the addresses of --endpoint.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko slr create web --vip 10.16.0.121 -n default --selector app=web --port http:80:8080
  kubectl ko slr create dns --vip 10.16.0.122 -n default --endpoint 10.16.0.5,10.16.0.6 --port dns:53:53/UDP")]
pub(super) struct CreateArgs {
    /// Name of the rule
    name: String,
    /// Front-end address, one a family
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',', required = true, num_args = 1)]
    vip: Vec<String>,
    /// Labels of the pods behind it
    #[arg(
        short = 'l',
        long,
        value_name = "KEY=VALUE",
        value_delimiter = ',',
        conflicts_with = "endpoint",
        required_unless_present = "endpoint"
    )]
    selector: Vec<String>,
    /// Address behind it (can be repeated)
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',', num_args = 1)]
    endpoint: Vec<String>,
    /// Port: NAME:PORT:TARGET[/PROTOCOL] (can be repeated)
    #[arg(long, value_name = "PORT", required = true, value_parser = port)]
    port: Vec<SwitchLbPort>,
    /// Whether a client keeps its back end: `ClientIP` or `None`
    #[arg(long, value_name = "AFFINITY")]
    session_affinity: Option<String>,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    policy: PolicyArgs,
}

/// Reads `http:80:8080/TCP`.
fn port(text: &str) -> std::result::Result<SwitchLbPort, String> {
    let wrong = || "write NAME:PORT:TARGET, such as http:80:8080 or dns:53:53/UDP".to_owned();
    let (numbers, protocol) = text.split_once('/').unwrap_or((text, "TCP"));
    let parts: Vec<&str> = numbers.split(':').collect();
    let [name, port, target] = parts[..] else { return Err(wrong()) };
    let number = |text: &str| text.parse::<i64>().map_err(|_| wrong());
    Ok(SwitchLbPort {
        name: name.to_owned(),
        port: number(port)?,
        target_port: number(target)?,
        protocol: protocol.to_ascii_uppercase(),
    })
}

pub(super) async fn run(context: &Context<'_>, args: &CreateArgs) -> Result<Exit> {
    let format = args.write.format()?;
    let namespace = match context.typed_namespace() {
        Some(namespace) => namespace.to_owned(),
        None => context.cluster().await?.namespace().to_owned(),
    };
    let spec = SwitchLbRuleSpec {
        vip: args.vip.join(","),
        namespace,
        selector: args.selector.iter().map(|term| term.replacen('=', ":", 1)).collect(),
        endpoints: args.endpoint.clone(),
        session_affinity: args.session_affinity.clone().unwrap_or_default(),
        ports: args.port.clone(),
    };
    let intent = SlrIntent { name: args.name.clone(), spec, ..SlrIntent::default() };
    let making = Making {
        kind: SwitchLbRule::KIND,
        noun: "slr",
        name: &intent.name,
        manifest: intent.to_manifest(),
        offline: check::run_offline(rules::RULES, &intent),
        wanted: rules::wanted([&intent]),
        check: &|world| rules::check(world, &intent),
        differences: &|there| rules::differences(&typed(there), &intent),
        queues: &["add/update switch lb rule"],
        done: |object| !typed(object).status.service.is_empty(),
        error: |_| String::new(),
    };
    let Some(made) = making.make(context, &args.write, &args.policy).await? else { return Ok(Exit::Success) };
    let rule = typed(&made.object);
    in_ovn(context, &rule, args).await.map_err(|failure| failure.once_written(&format!("slr/{}", intent.name)))?;
    making.tell(
        context,
        format,
        &made,
        &format!("{} {} by service {}", rule.spec.vip, rule.status.ports, rule.status.service),
    )?;
    Ok(Exit::Success)
}

/// How long the controller may take from the Service to OVN.
const BUILD: Duration = Duration::from_secs(5);

/// Looks whether OVN has the front ends. Without back ends it has none, and that is no error: pods may come later.
async fn in_ovn(context: &Context<'_>, rule: &SwitchLbRule, args: &CreateArgs) -> Result<()> {
    let name = rule.name();
    match context.cluster().await?.behind_when(rule, args.write.timeout.min(BUILD)).await {
        Ok(behind) => {
            let lacking = crate::world::slr::lacking(rule, &behind.fronts);
            if lacking.is_empty() {
                return Ok(());
            }
            if behind.addresses.is_empty() {
                context.ui.warning(&format!("slr/{name} has no back ends yet, and OVN nothing of it"));
                context.ui.hint(&format!("kubectl get pods -n {} --show-labels", rule.spec.namespace));
                return Ok(());
            }
            Err(Failure::new(
                Exit::Unproven,
                format!("slr/{name} has its service, but OVN has no load balancer for {}", lacking.join(", ")),
            )
            .hint(format!("kubectl ko slr show {name}")))
        }
        Err(failure) if matches!(failure.cause, Cause::Forbidden | Cause::Unreadable) => {
            context.ui.warning(&format!("slr/{name} has its service; OVN was not looked at: {}", failure.reason()));
            Ok(())
        }
        Err(failure) => Err(failure),
    }
}

fn typed(object: &Value) -> SwitchLbRule {
    serde_json::from_value(object.clone()).unwrap_or_default()
}
