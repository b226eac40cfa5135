//! Where Kube-OVN's own pods are: by label and by condition, never by the text of a table.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::Cluster;
use super::rest::Select;
use crate::api::Pod;
use crate::failure::{Cause, Exit, Failure, Result};

/// Kube-OVN's namespace in a default installation.
const DEFAULT_NAMESPACE: &str = "kube-system";

/// One of the databases of OVN, and how its pods are labelled (Kube-OVN: `pkg/ovn_leader_checker/ovn.go`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// `OVN_Northbound`
    Northbound,
    /// `OVN_Southbound`
    Southbound,
    /// `OVN_IC_Northbound`
    IcNorthbound,
    /// `OVN_IC_Southbound`
    IcSouthbound,
}

impl Database {
    /// Label `app` of the pods that run it.
    #[must_use]
    pub fn app(self) -> &'static str {
        match self {
            Self::Northbound | Self::Southbound => "ovn-central",
            Self::IcNorthbound | Self::IcSouthbound => "ovn-ic-server",
        }
    }

    /// Label that is `"true"` on the pod which leads it.
    #[must_use]
    pub fn leader_label(self) -> &'static str {
        match self {
            Self::Northbound => "ovn-nb-leader",
            Self::Southbound => "ovn-sb-leader",
            Self::IcNorthbound => "ovn-ic-nb-leader",
            Self::IcSouthbound => "ovn-ic-sb-leader",
        }
    }

    /// Container of the pod; `None` is the default one.
    #[must_use]
    pub fn container(self) -> Option<&'static str> {
        match self {
            Self::Northbound | Self::Southbound => Some("ovn-central"),
            Self::IcNorthbound | Self::IcSouthbound => None,
        }
    }

    /// Its name as an operator says it.
    #[must_use]
    pub fn spoken(self) -> &'static str {
        match self {
            Self::Northbound => "northbound",
            Self::Southbound => "southbound",
            Self::IcNorthbound => "interconnection northbound",
            Self::IcSouthbound => "interconnection southbound",
        }
    }
}

/// The pods that serve one database.
#[derive(Clone, Debug, Default)]
pub struct Members {
    /// Kube-OVN's namespace.
    pub namespace: String,
    /// The pod labelled as leader, when it is ready.
    pub leader: Option<String>,
    /// The other ready pods, by name.
    pub others: Vec<String>,
    /// Why there is no leader, in words; empty when there is one.
    pub trouble: String,
}

/// The pods of each label `app` that were listed; whoever comes while they are being listed waits for that list.
pub(super) type Servers = Mutex<BTreeMap<&'static str, Arc<Vec<Pod>>>>;

impl Cluster {
    /// Kube-OVN's namespace: the flag or `KUBE_OVN_NS`, else `kube-system` when its pods are there, else wherever they are.
    pub async fn home(&self) -> Result<&str> {
        let home = self.home.get_or_try_init(|| async {
            match &self.connection.kube_ovn_namespace {
                Some(namespace) => Ok(namespace.clone()),
                None => self.known_members(Database::Northbound).await.map(|(members, _)| members.namespace),
            }
        });
        home.await.map(String::as_str)
    }

    /// The pods that serve a database, as they were when they were first asked for: one command looks into OVN several times.
    /// The second value says whether they were known from before.
    pub(super) async fn known_members(&self, database: Database) -> Result<(Members, bool)> {
        let mut servers = self.servers.lock().await;
        if let Some(pods) = servers.get(database.app()) {
            return Ok((self.sorted(database, pods)?, true));
        }
        let pods = Arc::new(self.servers_of(database).await?);
        servers.insert(database.app(), Arc::clone(&pods));
        Ok((self.sorted(database, &pods)?, false))
    }

    /// The pods that serve a database, listed now.
    pub async fn members(&self, database: Database) -> Result<Members> {
        self.servers.lock().await.remove(database.app());
        Ok(self.known_members(database).await?.0)
    }

    /// One list, in the namespace of the flag, else in `kube-system`, and only when nothing is there in all namespaces.
    async fn servers_of(&self, database: Database) -> Result<Vec<Pod>> {
        let labels = format!("app={}", database.app());
        let select = Select { labels: Some(&labels), fields: None };
        let named = self.connection.kube_ovn_namespace.as_deref();
        let mut pods: Vec<Pod> = self.list(Some(named.unwrap_or(DEFAULT_NAMESPACE)), select).await?;
        if pods.is_empty() && named.is_none() {
            pods = self.list(None, select).await?;
            let namespaces: std::collections::BTreeSet<&str> =
                pods.iter().map(|pod| pod.metadata.namespace.as_str()).collect();
            if namespaces.len() > 1 {
                // anybody can put a label on a pod of their own: which of them is Kube-OVN's is not for us to guess
                let found: Vec<&str> = namespaces.into_iter().collect();
                let message = format!(
                    "pods with the label app={} are in several namespaces: {}",
                    database.app(),
                    found.join(", ")
                );
                return Err(Failure::cluster(message)
                    .caused_by(Cause::Unreadable)
                    .hint("say which is Kube-OVN's: --kube-ovn-namespace NAME, or KUBE_OVN_NS"));
            }
        }
        Ok(pods)
    }

    /// Who leads, and who else is ready.
    fn sorted(&self, database: Database, pods: &[Pod]) -> Result<Members> {
        let named = self.connection.kube_ovn_namespace.as_deref();
        let Some(first) = pods.first() else { return Err(nobody(database, named)) };
        let namespace = first.metadata.namespace.clone();
        let leads = |pod: &&Pod| pod.metadata.label(database.leader_label()) == "true";
        let leader = pods.iter().filter(leads).find(|pod| pod.is_ready()).map(|pod| pod.metadata.name.clone());
        let others = pods.iter().filter(|pod| pod.is_ready()).map(|pod| pod.metadata.name.clone());
        let others = others.filter(|name| Some(name) != leader.as_ref()).collect();
        let trouble = match (&leader, pods.iter().find(leads)) {
            (Some(_), _) => String::new(),
            (None, Some(pod)) => format!("pod {}, which leads it, is not ready", pod.metadata.name),
            (None, None) => format!("no {} pod has the label {}=true", database.app(), database.leader_label()),
        };
        Ok(Members { namespace, leader, others, trouble })
    }
}

fn nobody(database: Database, named: Option<&str>) -> Failure {
    let place = named.map_or_else(|| "in any namespace".to_owned(), |namespace| format!("in namespace {namespace}"));
    Failure::new(
        Exit::Cluster,
        format!(
            "no pod with the label app={} {place}: the {} database is not to be found",
            database.app(),
            database.spoken()
        ),
    )
    .caused_by(Cause::Unreadable)
    .hint("name Kube-OVN's namespace with --kube-ovn-namespace or KUBE_OVN_NS")
    .hint(format!("kubectl get pods -A -l app={}", database.app()))
}
