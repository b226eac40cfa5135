//! What stands behind a `SwitchLBRule`, and who names a pool.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::Cluster;
use super::locate::Database;
use super::ovsdb::Query;
use super::rest::Select;
use crate::api::{IpPool, Kind, Pod, Resource as _, SwitchLbRule, kinds};
use crate::failure::Result;
use crate::ovn::northbound::LoadBalancer;

/// What stands behind a front end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Behind {
    /// Addresses of its Endpoints.
    pub addresses: Vec<String>,
    /// Front ends in OVN's load balancers with this address, and where they lead.
    pub fronts: Vec<(String, String)>,
}

/// Where the addresses behind a Service are.
const SLICES: Kind = Kind {
    group: "discovery.k8s.io",
    version: "v1",
    plural: "endpointslices",
    kind: "EndpointSlice",
    namespaced: true,
};
/// How often OVN is looked at while a front end is waited for.
const LOOK: Duration = Duration::from_millis(100);

impl Cluster {
    /// The back ends that the Service of a rule found, and what OVN has of its front end.
    pub async fn behind(&self, rule: &SwitchLbRule) -> Result<Behind> {
        let labels = format!("kubernetes.io/service-name=slr-{}", rule.name());
        let namespace = if rule.spec.namespace.is_empty() { "default" } else { &rule.spec.namespace };
        let queries = [Query::table("Load_Balancer", LoadBalancer::COLUMNS)];
        let select = Select { labels: Some(&labels), fields: None };
        let (slices, rows) = tokio::try_join!(
            self.list_raw(SLICES, Some(namespace), select),
            self.select(Database::Northbound, &queries)
        )?;
        let ends = slices.iter().flat_map(|slice| slice["endpoints"].as_array().into_iter().flatten());
        let addresses: BTreeSet<String> = ends
            .flat_map(|end| end["addresses"].as_array().into_iter().flatten())
            .filter_map(|address| address.as_str().map(str::to_owned))
            .collect();
        let wanted: BTreeSet<String> = rule
            .spec
            .vip
            .split(',')
            .flat_map(|vip| {
                rule.spec.ports.iter().map(move |port| crate::ovn::northbound::front(vip, &port.port.to_string()))
            })
            .collect();
        let mut fronts = BTreeSet::new();
        for row in rows.into_iter().flatten() {
            let balancer = LoadBalancer::from_row(&row);
            fronts.extend(balancer.vips.into_iter().filter(|(front, _)| wanted.contains(front)));
        }
        Ok(Behind { addresses: addresses.into_iter().collect(), fronts: fronts.into_iter().collect() })
    }

    /// The same once OVN has a front end for every port, or as it is when `limit` is over.
    pub async fn behind_when(&self, rule: &SwitchLbRule, limit: Duration) -> Result<Behind> {
        let end = Instant::now() + limit;
        loop {
            let behind = self.behind(rule).await?;
            if crate::world::slr::lacking(rule, &behind.fronts).is_empty() || Instant::now() >= end {
                return Ok(behind);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Pods and namespaces that name a pool, a line each.
    pub async fn pool_users(&self, pool: &IpPool) -> Result<Vec<String>> {
        let name = pool.name();
        let (pods, namespaces) = tokio::try_join!(
            self.list_metadata(Pod::KIND, None, Select::default()),
            self.list_metadata(kinds::NAMESPACE, None, Select::default()),
        )?;
        let names = |metadata: &crate::api::Metadata| {
            metadata.annotations.iter().any(|(key, value)| {
                key.ends_with("kubernetes.io/ip_pool") && value.split(',').any(|one| one.trim() == name)
            })
        };
        let pods =
            pods.iter().filter(|pod| names(pod)).map(|pod| format!("pod/{} of namespace {}", pod.name, pod.namespace));
        let namespaces = namespaces
            .iter()
            .filter(|namespace| names(namespace))
            .map(|namespace| format!("namespace/{}", namespace.name));
        Ok(pods.chain(namespaces).collect())
    }
}
