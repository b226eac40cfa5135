//! `kubectl ko ippool create`

use serde_json::Value;

use super::super::making::Making;
use super::super::write::{PolicyArgs, WriteArgs};
use super::Context;
use crate::api::ip::IpPoolSpec;
use crate::api::{IpPool, Resource as _};
use crate::check;
use crate::check::ippool::{self as rules, PoolIntent};
use crate::completion;
use crate::failure::{Exit, Failure, Result};
use crate::world::subnet_use::book;

/// Create an IPPool and wait until the controller has it
///
/// Its addresses are taken from what the Subnet gives to everybody. Pods get them by the annotation `ovn.kubernetes.io/ip_pool`, or with
/// --for because they are in a namespace.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko ippool create web --subnet ovn-default --ip 10.16.0.20..10.16.0.39
  kubectl ko ippool create team --subnet ovn-default --ip 10.16.1.0/24 --for team-a")]
pub(super) struct CreateArgs {
    /// Name of the pool
    name: String,
    /// Subnet the addresses are of
    #[arg(long, value_name = "SUBNET", add = completion::names_of("subnets"))]
    subnet: String,
    /// Addresses: ADDRESS, FIRST..LAST or CIDR (can be repeated)
    #[arg(long, value_name = "RANGE", value_delimiter = ',', required = true, num_args = 1)]
    ip: Vec<String>,
    /// Namespace whose pods get addresses of it, and of no other (can be repeated)
    #[arg(long = "for", value_name = "NAMESPACE", value_delimiter = ',', num_args = 1)]
    namespaces: Vec<String>,
    /// Keep an address set of OVN with its addresses
    #[arg(long)]
    address_set: bool,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    policy: PolicyArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &CreateArgs) -> Result<Exit> {
    let format = args.write.format()?;
    let namespaces = args.namespaces.iter().map(String::as_str).chain(context.typed_namespace());
    let spec = IpPoolSpec {
        subnet: args.subnet.clone(),
        ips: args.ip.clone(),
        namespaces: namespaces.map(str::to_owned).collect(),
        enable_address_set: args.address_set,
    };
    let intent = PoolIntent { name: args.name.clone(), spec, ..PoolIntent::default() };
    let making = Making {
        kind: IpPool::KIND,
        noun: "ippool",
        name: &intent.name,
        manifest: intent.to_manifest(),
        offline: check::run_offline(rules::RULES, &intent),
        wanted: rules::wanted([&intent]),
        check: &|world| rules::check(world, &intent),
        differences: &|there| rules::differences(&typed(there), &intent),
        queues: &["add/update ippool"],
        done: |object| typed(object).is_ready(),
        error: |object| typed(object).error().to_owned(),
    };
    let Some(made) = making.make(context, &args.write, &args.policy).await? else { return Ok(Exit::Success) };
    let pool = typed(&made.object);
    let free = book(&pool.status.v4_available_range).union(&book(&pool.status.v6_available_range));
    let used = book(&pool.status.v4_using_range).union(&book(&pool.status.v6_using_range));
    if free.is_empty() && used.is_empty() {
        return Err(Failure::new(Exit::Unproven, format!("ippool/{} is ready, and has nothing to give", intent.name))
            .hint(format!("kubectl ko ippool show {}", intent.name))
            .once_written(&format!("ippool/{}", intent.name)));
    }
    making.tell(context, format, &made, &format!("{} in subnet {}", pool.spec.ips.join(","), pool.spec.subnet))?;
    Ok(Exit::Success)
}

fn typed(object: &Value) -> IpPool {
    serde_json::from_value(object.clone()).unwrap_or_default()
}
