//! Flags that several verbs of rules take.

use super::super::Context;
use crate::failure::{Failure, Result};
use crate::plan::ask::{Ask, Port, Way};
use crate::plan::target::Target;

/// Ports to forward.
#[derive(clap::Args, Clone, Debug, Default)]
pub(in super::super) struct PortArgs {
    /// Forward a TCP port of the EIP to a port of the target (can be repeated)
    #[arg(long, value_name = "EXTERNAL:INTERNAL", value_delimiter = ',')]
    pub(in super::super) tcp: Vec<String>,
    /// Forward a UDP port of the EIP to a port of the target (can be repeated)
    #[arg(long, value_name = "EXTERNAL:INTERNAL", value_delimiter = ',')]
    pub(in super::super) udp: Vec<String>,
}

impl PortArgs {
    /// The ports, as read.
    pub(in super::super) fn ports(&self) -> Result<Vec<Port>> {
        let read = |protocol: &'static str, texts: &[String]| {
            let read = |text: &String| {
                Port::parse(protocol, text).map_err(|why| Failure::usage(format!("--{protocol} {why}")))
            };
            texts.iter().map(read).collect::<Result<Vec<_>>>()
        };
        Ok([read("tcp", &self.tcp)?, read("udp", &self.udp)?].concat())
    }
}

/// What an EIP is bound to, as typed.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Typed<'a> {
    /// Name of the EIP.
    pub(in super::super) eip: &'a str,
    /// The target.
    pub(in super::super) target: &'a str,
    /// VPC of a bare address.
    pub(in super::super) vpc: Option<&'a str>,
    /// The kind of rule.
    pub(in super::super) way: Option<Way>,
    /// Name of the rule.
    pub(in super::super) name: Option<&'a str>,
}

impl Typed<'_> {
    /// What was asked for. A pod's namespace is that of the command line or of the context.
    pub(in super::super) async fn ask(&self, context: &Context<'_>, ports: Vec<Port>) -> Result<Ask> {
        let target = Target::parse(self.target).map_err(Failure::usage)?;
        let in_namespace = matches!(target, Target::Pod(..) | Target::Vm(..) | Target::StatefulSet(..));
        let namespace = if in_namespace { context.cluster().await?.namespace().to_owned() } else { String::new() };
        Ok(Ask {
            eip: eip_name(self.eip)?.to_owned(),
            target,
            namespace,
            vpc: self.vpc.unwrap_or_default().to_owned(),
            ports,
            way: self.way,
            fip_type: String::new(),
            name: self.name.map(str::to_owned),
        })
    }
}

/// The name of an OVN EIP, with or without the word of its family before it.
pub(in super::super) fn eip_name(text: &str) -> Result<&str> {
    match text.split_once('/') {
        None => Ok(text),
        Some(("oeip" | "ovn-eip" | "ovn-eips" | "eip" | "ovneip.kubeovn.io", name)) => Ok(name),
        Some((kind, _)) => {
            Err(Failure::usage(format!("{text}: {kind} is no EIP of OVN's own NAT")).hint("write NAME or oeip/NAME"))
        }
    }
}
