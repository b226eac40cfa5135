//! Rules about joining a VPC to an external network. Readiness of objects proves none of it (docs/kube-ovn-behaviour.md): the EIP
//! of the router is ready without a port, and the port is there without a node that has it.

pub mod attach;
mod nodes;
mod settings;
pub mod state;

use super::{Finding, Severity, codes};

/// What is to be joined to what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttachIntent {
    /// The VPC.
    pub vpc: String,
    /// The external Subnet.
    pub subnet: String,
    /// Whether the VPC's default route is to lead there.
    pub default_route: bool,
    /// Nodes that are to be gateways besides those that are.
    pub gateway_nodes: Vec<String>,
    /// Whether a port that rules use may be made anew.
    pub rebuild: bool,
}
