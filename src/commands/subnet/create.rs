//! `kubectl ko subnet create`

use serde_json::{Map, Value, json};

use super::super::making::Making;
use super::super::write::{PolicyArgs, WriteArgs};
use super::Context;
use crate::api::{Resource as _, Subnet};
use crate::check;
use crate::check::subnet::{self as rules, SubnetIntent};
use crate::completion;
use crate::failure::{Cause, Exit, Failure, Result};

/// Create a Subnet and wait until OVN has its switch
///
/// Without --vpc it is in the default VPC, without --gateway the first host of each network is the gateway.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko subnet create apps --cidr 10.40.0.0/24 --vpc vpc1 --namespace vpc1
  kubectl ko subnet create both --cidr 10.41.0.0/24,fd00:41::/64 --exclude 10.41.0.1..10.41.0.9
  kubectl ko subnet create lab --cidr 172.17.0.0/24 --provider macvlan.default")]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(super) struct CreateArgs {
    /// Name of the Subnet
    name: String,
    /// Network, or one of each family
    #[arg(long, value_name = "CIDR", value_delimiter = ',', required = true, num_args = 1)]
    cidr: Vec<String>,
    /// Gateway, one a family (default: the first host)
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',', num_args = 1)]
    gateway: Vec<String>,
    /// VPC it belongs to (default: the default VPC)
    #[arg(long, value_name = "VPC", add = completion::names_of("vpcs"))]
    vpc: Option<String>,
    /// Addresses that are never given unasked: ADDRESS or FIRST..LAST (can be repeated)
    #[arg(long, value_name = "RANGE", value_delimiter = ',', num_args = 1)]
    exclude: Vec<String>,
    /// Namespace whose pods get addresses of it (can be repeated)
    #[arg(long = "for", value_name = "NAMESPACE", value_delimiter = ',', num_args = 1)]
    namespaces: Vec<String>,
    /// Vlan of an underlay network
    #[arg(long, value_name = "VLAN", add = completion::names_of("vlans"))]
    vlan: Option<String>,
    /// Who carries it: ovn, NAD.NAMESPACE.ovn, or NAD.NAMESPACE for another CNI
    #[arg(long, value_name = "PROVIDER")]
    provider: Option<String>,
    /// Where it leaves the cluster: distributed or centralized
    #[arg(long, value_name = "TYPE")]
    gateway_type: Option<String>,
    /// Node of a centralized gateway (can be repeated)
    #[arg(long, value_name = "NODE", value_delimiter = ',', num_args = 1)]
    gateway_node: Vec<String>,
    /// Give what leaves the cluster the node's address
    #[arg(long)]
    nat_outgoing: bool,
    /// Keep other subnets out
    #[arg(long)]
    private: bool,
    /// CIDR that a private one lets in (can be repeated)
    #[arg(long, value_name = "CIDR", value_delimiter = ',', num_args = 1)]
    allow: Vec<String>,
    /// Underlay: OVN is the gateway
    #[arg(long)]
    logical_gateway: bool,
    /// Underlay: join it to the VPC's router
    #[arg(long)]
    u2o: bool,
    /// Underlay: address of that joint, one a family
    #[arg(long, value_name = "ADDRESS")]
    u2o_ip: Option<String>,
    /// Size of packets (default: the controller's choice)
    #[arg(long, value_name = "BYTES")]
    mtu: Option<i64>,
    /// Let OVN answer DHCP
    #[arg(long)]
    dhcp: bool,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    policy: PolicyArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &CreateArgs) -> Result<Exit> {
    let format = args.write.format()?;
    let intent = args.intent(context.typed_namespace());
    let making = Making {
        kind: Subnet::KIND,
        noun: "subnet",
        name: &intent.name,
        manifest: intent.to_manifest(),
        offline: check::run_offline(rules::RULES, &intent),
        wanted: rules::wanted([&intent]),
        check: &|world| rules::check(world, &intent),
        differences: &|there| rules::differences(there, &intent),
        queues: &["add/update subnet"],
        done: |object| typed(object).is_ready(),
        error: |object| typed(object).error().to_owned(),
    };
    let Some(made) = making.make(context, &args.write, &args.policy).await? else { return Ok(Exit::Success) };
    let subnet = typed(&made.object);
    in_ovn(context, &subnet, args).await.map_err(|failure| failure.once_written(&format!("subnet/{}", intent.name)))?;
    let place = match subnet.spec.vpc.as_str() {
        "" => String::new(),
        vpc => format!(" in vpc {vpc}"),
    };
    let what = format!("{}{place}, gateway {}", subnet.spec.cidr_block, subnet.spec.gateway);
    making.tell(context, format, &made, &what)?;
    Ok(Exit::Success)
}

fn typed(object: &Value) -> Subnet {
    serde_json::from_value(object.clone()).unwrap_or_default()
}

/// Looks whether OVN has the switch, and the router port where one belongs.
async fn in_ovn(context: &Context<'_>, subnet: &Subnet, args: &CreateArgs) -> Result<()> {
    if !subnet.is_ovn() {
        return Ok(());
    }
    let name = subnet.name();
    let unproven = |what: String| {
        Err(Failure::new(Exit::Unproven, format!("subnet/{name} is ready, but {what}"))
            .hint(format!("kubectl ko subnet show {name}")))
    };
    let port = subnet.has_router_port().then(|| subnet.router_port());
    match context.cluster().await?.switch_appears(name, port.as_deref(), args.write.timeout).await {
        Ok((false, _)) => unproven(format!("OVN has no logical switch {name}")),
        Ok((_, false)) => unproven(format!("OVN has no router port {}", port.unwrap_or_default())),
        Ok(_) => Ok(()),
        Err(failure) if matches!(failure.cause, Cause::Forbidden | Cause::Unreadable) => {
            context.ui.warning(&format!("subnet/{name} is ready; OVN was not looked at: {}", failure.reason()));
            Ok(())
        }
        Err(failure) => Err(failure),
    }
}

impl CreateArgs {
    fn intent(&self, namespace: Option<&str>) -> SubnetIntent {
        let mut fields = Map::new();
        let mut put = |field: &str, value: Value| drop(fields.insert(field.to_owned(), value));
        put("cidrBlock", json!(self.cidr.join(",")));
        let namespaces: Vec<&str> = self.namespaces.iter().map(String::as_str).chain(namespace).collect();
        let lists = [
            ("excludeIps", json!(self.exclude)),
            ("namespaces", json!(namespaces)),
            ("allowSubnets", json!(self.allow)),
        ];
        for (field, list) in lists {
            if list.as_array().is_some_and(|list| !list.is_empty()) {
                put(field, list);
            }
        }
        let (gateway, nodes) = (self.gateway.join(","), self.gateway_node.join(","));
        let texts = [
            ("gateway", Some(&gateway).filter(|text| !text.is_empty())),
            ("gatewayNode", Some(&nodes).filter(|text| !text.is_empty())),
            ("vpc", self.vpc.as_ref()),
            ("vlan", self.vlan.as_ref()),
            ("provider", self.provider.as_ref()),
            ("gatewayType", self.gateway_type.as_ref()),
            ("u2oInterconnectionIP", self.u2o_ip.as_ref()),
        ];
        for (field, text) in texts {
            if let Some(text) = text {
                put(field, json!(text));
            }
        }
        let switches = [
            ("natOutgoing", self.nat_outgoing),
            ("private", self.private),
            ("logicalGateway", self.logical_gateway),
            ("u2oInterconnection", self.u2o),
            ("enableDHCP", self.dhcp),
        ];
        for (field, _) in switches.into_iter().filter(|(_, on)| *on) {
            put(field, json!(true));
        }
        if let Some(mtu) = self.mtu {
            put("mtu", json!(mtu));
        }
        SubnetIntent::of_fields(&self.name, fields)
    }
}
