//! From what was typed to the IP that is meant: its name, whom it is for, and its subnet.

use std::collections::BTreeSet;

use futures::future::try_join_all;

use super::Context;
use crate::api::{Ip, PodType, Resource as _, Subnet, names};
use crate::cluster::Cluster;
use crate::cluster::rest::Select;
use crate::failure::{Failure, Result};
use crate::output::joined;
use crate::plan::target::{Target, attachment_of};
use crate::world::holder::{Holder, Maker};

/// The forms that name whom an address is for.
pub(super) const FORMS: &str =
    "pod/NAME, vm/NAME, sts/NAME-0 or sts/NAME, with @NAD or @NAMESPACE/NAD behind it for an attachment";

/// How many pods of a StatefulSet one command is about, at most: each is a request, or several.
const MOST: u64 = 1000;

/// Whom addresses are for: one pod or VM, or the pods of a StatefulSet.
#[derive(Clone, Debug)]
pub(super) struct Meant {
    /// Names of the pods, or of the VM.
    pub(super) names: Vec<String>,
    /// What they are.
    pub(super) kind: PodType,
    /// Their namespace.
    pub(super) namespace: String,
    /// The attachment: its namespace and its name.
    pub(super) nad: Option<(String, String)>,
}

/// Reads what was typed; `replicas` is how many pods of a StatefulSet are meant, all that it has when nothing was typed.
pub(super) async fn meant(context: &Context<'_>, text: &str, replicas: Option<u32>) -> Result<Meant> {
    let wrong = || Failure::usage(format!("{text} names nothing that can have a reserved address; write {FORMS}"));
    let (kind, name, ordinal, nad) = match Target::parse(text).map_err(|_| wrong())? {
        Target::Pod(name, nad) => (PodType::Pod, name, None, nad),
        Target::Vm(name, nad) => (PodType::VirtualMachine, name, None, nad),
        Target::StatefulSet(name, ordinal, nad) => (PodType::StatefulSet, name, ordinal, nad),
        _ => return Err(wrong()),
    };
    let cluster = context.cluster().await?;
    let namespace = cluster.namespace().to_owned();
    let names = match (kind, ordinal) {
        (PodType::StatefulSet, Some(ordinal)) => vec![format!("{name}-{ordinal}")],
        (PodType::StatefulSet, None) => ordinals(cluster, &namespace, &name, replicas).await?,
        _ => vec![name],
    };
    if replicas.is_some() && (kind, ordinal).ne(&(PodType::StatefulSet, None)) {
        return Err(Failure::usage("--replicas is about a whole StatefulSet; write sts/NAME"));
    }
    let nad = nad.map(|nad| {
        let (namespace, name) = attachment_of(&nad, &namespace);
        (namespace.to_owned(), name.to_owned())
    });
    Ok(Meant { names, kind, namespace, nad })
}

/// The pods of a StatefulSet, by its number of replicas or the one that was typed.
async fn ordinals(cluster: &Cluster, namespace: &str, set: &str, replicas: Option<u32>) -> Result<Vec<String>> {
    let kind = PodType::StatefulSet.as_spec();
    let first = Holder { namespace: namespace.to_owned(), name: format!("{set}-0"), pod_type: kind.to_owned() };
    let (start, end) = match (replicas, cluster.maker(&first).await?) {
        (Some(count), maker) => {
            let start = maker.map_or(0, |maker| maker.ordinals.0);
            (start, start.saturating_add(u64::from(count)))
        }
        (None, Some(Maker { ordinals, .. })) => ordinals,
        (None, None) => {
            return Err(Failure::usage(format!(
                "there is no StatefulSet {namespace}/{set} yet: say with --replicas how many pods it will have, or name one, sts/{set}-0"
            )));
        }
    };
    if end.saturating_sub(start) > MOST {
        let message = format!("sts/{set} are {} pods, more than {MOST} at once", end.saturating_sub(start));
        return Err(Failure::usage(message).hint(format!("name them one at a time, such as sts/{set}-{start}")));
    }
    Ok((start..end).map(|ordinal| format!("{set}-{ordinal}")).collect())
}

impl Meant {
    /// Whom each address is for.
    pub(super) fn holders(&self) -> Vec<Holder> {
        let pod_type = self.kind.as_spec().to_owned();
        let holder = |name: &String| Holder {
            namespace: self.namespace.clone(),
            name: name.clone(),
            pod_type: pod_type.clone(),
        };
        self.names.iter().map(holder).collect()
    }

    /// Whether a provider is that of the attachment meant: `NAD.NAMESPACE.ovn`, or without `.ovn` for one that OVN does not carry.
    fn is_of(&self, provider: &str) -> bool {
        self.nad.as_ref().is_none_or(|meant| attachment_in(provider) == Some((&meant.0, &meant.1)))
    }

    /// What is told when no Subnet is of the attachment: the attachments of that name that Subnets are of, or of any name.
    fn no_such_attachment(&self, subnets: &[Subnet]) -> Failure {
        let (namespace, nad) = self.nad.as_ref().map_or(("", ""), |(namespace, nad)| (namespace, nad));
        let all: BTreeSet<_> = subnets.iter().filter_map(|subnet| attachment_in(&subnet.spec.provider)).collect();
        let same: Vec<_> = all.iter().filter(|(_, name)| *name == nad).collect();
        let told = if same.is_empty() { all.iter().collect() } else { same };
        let told: Vec<String> = told.into_iter().map(|(namespace, name)| format!("@{namespace}/{name}")).collect();
        let hint = match &told[..] {
            [] => "kubectl get subnets shows the provider of each: none is of an attachment".to_owned(),
            told => format!("the subnets there are of {}", joined(told, 6)),
        };
        Failure::usage(format!("no subnet has the attachment {namespace}/{nad} as its provider")).hint(hint)
    }

    /// The Subnet that was named, or else the one that the pod gets its addresses from.
    pub(super) async fn subnet(&self, cluster: &Cluster, typed: Option<&str>) -> Result<(String, String)> {
        let name = match typed {
            Some(name) => name.to_owned(),
            None if self.nad.is_some() => {
                let subnets: Vec<Subnet> = cluster.list(None, Select::default()).await?;
                let of_nad: Vec<&str> =
                    subnets.iter().filter(|subnet| self.is_of(&subnet.spec.provider)).map(Subnet::name).collect();
                match of_nad[..] {
                    [one] => one.to_owned(),
                    [] => return Err(self.no_such_attachment(&subnets)),
                    _ => {
                        return Err(Failure::usage(format!(
                            "the subnets {} are of that attachment: say which with --subnet",
                            of_nad.join(", ")
                        )));
                    }
                }
            }
            None => self.own_subnet(cluster).await?,
        };
        let subnet = cluster.find::<Subnet>("", &name).await?;
        let provider = subnet.map(|subnet| subnet.spec.provider).unwrap_or_default();
        if !self.is_of(&provider) && !provider.is_empty() {
            let failure = Failure::usage(format!("subnet {name} is of provider {provider}, not of that attachment"));
            return Err(match attachment_in(&provider) {
                Some((namespace, nad)) => failure.hint(format!("write @{namespace}/{nad}")),
                None => failure.hint("leave the attachment out for the pod's first interface"),
            });
        }
        Ok((name, provider))
    }

    /// Of the address that is there already, of the template, or of the namespace.
    async fn own_subnet(&self, cluster: &Cluster) -> Result<String> {
        let unknown = || {
            Failure::usage("say with --subnet which subnet the address is to be of")
                .hint("kubectl get subnets lists them")
        };
        let holder = self.holders().into_iter().next().ok_or_else(unknown)?;
        let port = names::port_name(&holder.name, &holder.namespace, names::PROVIDER_OVN);
        if let Some(ip) = cluster.find::<Ip>("", &port).await? {
            return Ok(ip.spec.subnet);
        }
        let key = names::provider_annotation(names::PROVIDER_OVN, "logical_switch");
        let template = cluster.maker(&holder).await?.map(|maker| maker.template.annotation(&key).to_owned());
        if let Some(name) = template.filter(|name| !name.is_empty()) {
            return Ok(name);
        }
        let target = crate::cluster::rest::Target::one(crate::api::kinds::NAMESPACE, "", &holder.namespace);
        let namespace = cluster.get(target).await?.unwrap_or_default();
        let listed = namespace["metadata"]["annotations"][&key].as_str().unwrap_or_default();
        listed.split(',').next().filter(|name| !name.is_empty()).map(str::to_owned).ok_or_else(unknown)
    }

    /// The IPs that are there of whom is meant; `None` for one that is not.
    pub(super) async fn existing(&self, cluster: &Cluster) -> Result<Vec<(String, Option<Ip>)>> {
        let holders = self.holders();
        if self.nad.is_none() {
            let read = holders.iter().map(|holder| async {
                let name = names::port_name(&holder.name, &holder.namespace, names::PROVIDER_OVN);
                Ok::<_, Failure>((name.clone(), cluster.find::<Ip>("", &name).await?))
            });
            return try_join_all(read).await;
        }
        let subnets: Vec<Subnet> = cluster.list(None, Select::default()).await?;
        // several Subnets may be of one attachment: the name of an IP says the provider alone
        let providers = subnets.iter().map(|subnet| subnet.spec.provider.as_str());
        let providers: BTreeSet<&str> = providers.filter(|provider| self.is_of(provider)).collect();
        let Some(first) = providers.first() else { return Err(self.no_such_attachment(&subnets)) };
        let read = holders.iter().map(|holder| async {
            let name = |provider: &str| names::port_name(&holder.name, &holder.namespace, provider);
            for provider in &providers {
                if let Some(ip) = cluster.find::<Ip>("", &name(provider)).await? {
                    return Ok::<_, Failure>((name(provider), Some(ip)));
                }
            }
            Ok((name(first), None))
        });
        try_join_all(read).await
    }
}

/// Namespace and name of the attachment that a provider names, `NAD.NAMESPACE.ovn` or `NAD.NAMESPACE`.
fn attachment_in(provider: &str) -> Option<(&str, &str)> {
    let (nad, rest) = provider.split_once('.')?;
    let namespace = rest.split('.').next()?;
    Some((namespace, nad))
}

/// The IPs that a word on the command line means: one by its own name (`web-1.vpc1`, `ip/web-1.vpc1`), or those of a target.
pub(super) async fn existing(context: &Context<'_>, text: &str) -> Result<Vec<(String, Option<Ip>)>> {
    let cluster = context.cluster().await?;
    let own = match text.split_once('/') {
        None => Some(text),
        Some(("ip" | "ips" | "ip.kubeovn.io", name)) => Some(name),
        Some(_) => None,
    };
    match own {
        Some(name) => Ok(vec![(name.to_owned(), cluster.find::<Ip>("", name).await?)]),
        None => meant(context, text, None).await?.existing(cluster).await,
    }
}
