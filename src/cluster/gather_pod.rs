//! What rules about pods' interfaces look at, in two steps: namespaces, attachments and Subnets say which Subnets the interfaces
//! are of, and only then can be read who holds what in these.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::try_join_all;

use super::Cluster;
use super::gather::{optional, source};
use super::rest::Select;
use crate::api::{Metadata, Nad, Subnet, kinds, names};
use crate::failure::{Cause, Result};
use crate::world::interface::{self, Asks};
use crate::world::{Need, Source, Wanted, World};

impl Cluster {
    /// The first step: what is wanted then, and what was read. Nothing is read when neither a pod nor an attachment is looked at.
    pub(super) async fn attached(&self, wanted: &Wanted) -> Result<Option<(Wanted, World)>> {
        if wanted.interfaces.is_empty() && wanted.nads.is_empty() {
            return Ok(None);
        }
        let namespaces: BTreeSet<&str> = wanted.interfaces.iter().map(|asks| asks.namespace.as_str()).collect();
        let of_pods = wanted.interfaces.iter().flat_map(|asks| interface::selections(asks).0);
        let nads: BTreeSet<String> =
            of_pods.map(|selection| selection.key()).chain(wanted.nads.iter().cloned()).collect();
        let (nads, bindings, all_subnets) = tokio::join!(
            optional(true, self.nads(&nads)),
            optional(true, self.bindings(&namespaces)),
            optional(true, self.list::<Subnet>(None, Select::default())),
        );
        let mut first = World {
            nads: source(nads)?,
            bindings: match source(bindings)? {
                // a pod that names its Subnet does not get that of its namespace
                Source::Unknown(_) if wanted.interfaces.iter().all(names_its_subnet) => Source::Known(BTreeMap::new()),
                read => read,
            },
            all_subnets: source(all_subnets)?,
            ..World::default()
        };
        if first.nads.known().is_some_and(|nads| nads.values().any(Option::is_none)) {
            let all: Vec<Nad> = self.list(None, Select::default()).await.unwrap_or_default();
            first.nad_names = all.iter().map(Nad::key).collect();
        }
        let mut wanted = wanted.clone();
        for asks in &wanted.interfaces {
            wanted.subnets.extend(subnets_of(&first, asks));
        }
        wanted.needs.remove(&Need::AllSubnets);
        Ok(Some((wanted, first)))
    }

    async fn nads(&self, keys: &BTreeSet<String>) -> Result<BTreeMap<String, Option<Nad>>> {
        let read = keys.iter().map(|key| async move {
            let (namespace, name) = key.split_once('/').unwrap_or(("", key));
            if name.is_empty() {
                return Result::<_>::Ok((key.clone(), None));
            }
            let found = match self.find::<Nad>(namespace, name).await {
                // without Multus there is none
                Err(failure) if failure.cause == Cause::UnknownKind => None,
                other => other?,
            };
            Ok((key.clone(), found))
        });
        Ok(try_join_all(read).await?.into_iter().collect())
    }

    async fn bindings(&self, names: &BTreeSet<&str>) -> Result<BTreeMap<String, Option<Metadata>>> {
        let read = names.iter().map(|name| async move {
            let found = self.get(super::rest::Target::one(kinds::NAMESPACE, "", name)).await?;
            let metadata = found.and_then(|object| serde_json::from_value(object["metadata"].clone()).ok());
            Result::<_>::Ok(((*name).to_owned(), metadata))
        });
        try_join_all(read).await.map(|found| found.into_iter().collect())
    }
}

/// Whether a pod names the Subnet of its first interface.
fn names_its_subnet(asks: &Asks) -> bool {
    !asks.annotation(&names::provider_annotation(names::PROVIDER_OVN, "logical_switch")).is_empty()
}

/// The Subnets that interfaces may get their address from.
fn subnets_of(world: &World, asks: &Asks) -> Vec<String> {
    let Source::Known(_) = world.all_subnets else { return asks.named_subnets().map(str::to_owned).collect() };
    let (interfaces, _) = world.interfaces(asks);
    let named =
        interfaces.into_iter().flat_map(|one| one.also.clone().into_iter().chain([one.subnet_name().to_owned()]));
    let named = named.filter(|name| !name.is_empty());
    named.chain(asks.named_subnets().map(str::to_owned)).collect()
}
