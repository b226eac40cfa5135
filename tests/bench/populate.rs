//! Objects in bulk, which the controller passes over: Vips have their status from the start (Kube-OVN: pkg/controller/vip.go,
//! `handleAddVirtualIP`), IPs are not named like their pod (pkg/controller/ip.go, `handleAddReservedIP`; their Subnet has to be there, else the
//! retries would hold up everybody else's). All have addresses for benchmarks (RFC 2544), so that nothing is ever taken. EIPs and rules
//! have no status of ours, and never get one: their Subnet does not exist.

use std::path::Path;

use anyhow::{Context as _, Result};
use futures::{StreamExt as _, TryStreamExt as _};
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};

/// The label of what is made here.
pub(crate) const LABEL: &str = "kubectl-ko/bench";
/// What every name begins with.
pub(crate) const PREFIX: &str = "kubectl-ko-bench-";
/// The name of a Subnet that is not there.
const SUBNET: &str = "kubectl-ko-bench";
/// How many are created side by side.
const WIDTH: usize = 16;

/// What can be made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Vips,
    Ips,
    Fips,
    Snats,
    Dnats,
    Eips,
}

impl Kind {
    /// Rules before the EIPs that they name.
    pub(crate) const ALL: [Self; 6] = [Self::Vips, Self::Ips, Self::Fips, Self::Snats, Self::Dnats, Self::Eips];

    const fn path(self) -> &'static str {
        match self {
            Self::Vips => "/apis/kubeovn.io/v1/vips",
            Self::Ips => "/apis/kubeovn.io/v1/ips",
            Self::Fips => "/apis/kubeovn.io/v1/ovn-fips",
            Self::Snats => "/apis/kubeovn.io/v1/ovn-snat-rules",
            Self::Dnats => "/apis/kubeovn.io/v1/ovn-dnat-rules",
            Self::Eips => "/apis/kubeovn.io/v1/ovn-eips",
        }
    }

    /// Number `number` of its kind.
    fn manifest(self, number: usize) -> Value {
        let (high, low) = (number / 250, number % 250);
        let address = format!("198.{}.{}.{}", 18 + high / 250, high % 250, low + 1);
        let mac = format!("00:00:5e:{:02x}:{:02x}:{:02x}", high / 250, high % 250, low);
        let name = format!("{PREFIX}{number:05}");
        let rule = |kind: &str, mut spec: Value| {
            spec["ovnEip"] = json!(name);
            json!({"apiVersion": "kubeovn.io/v1", "kind": kind, "metadata": {"name": name, "labels": {LABEL: "true"}}, "spec": spec})
        };
        match self {
            Self::Fips => rule("OvnFip", json!({"ipName": format!("{name}.default")})),
            Self::Snats => rule("OvnSnatRule", json!({"ipName": format!("{name}.default")})),
            Self::Dnats => rule(
                "OvnDnatRule",
                json!({"ipName": format!("{name}.default"), "protocol": "tcp", "internalPort": "80", "externalPort": "80"}),
            ),
            Self::Eips => json!({
                "apiVersion": "kubeovn.io/v1",
                "kind": "OvnEip",
                "metadata": {"name": name, "labels": {LABEL: "true"}},
                "spec": {"externalSubnet": SUBNET, "v4Ip": address, "type": "nat"},
            }),
            Self::Vips => json!({
                "apiVersion": "kubeovn.io/v1",
                "kind": "Vip",
                "metadata": {"name": name, "labels": {LABEL: "true"}},
                "spec": {"subnet": SUBNET, "v4ip": address, "macAddress": mac},
                "status": {"v4ip": address, "v6ip": "", "mac": mac, "type": ""},
            }),
            Self::Ips => json!({
                "apiVersion": "kubeovn.io/v1",
                "kind": "IP",
                "metadata": {"name": name, "labels": {LABEL: "true", "ovn.kubernetes.io/subnet": SUBNET, SUBNET: ""}},
                "spec": {
                    "podName": "", "namespace": "", "subnet": "ovn-default", "nodeName": "", "ipAddress": address,
                    "v4IpAddress": address, "v6IpAddress": "", "macAddress": mac, "attachIps": [], "attachMacs": [],
                    "attachSubnets": [], "containerID": "", "podType": "",
                },
            }),
        }
    }
}

/// The objects of one kind in a cluster.
pub(crate) struct Bulk {
    kind: Kind,
    runtime: tokio::runtime::Runtime,
    client: kube::Client,
}

impl Bulk {
    pub(crate) fn open(file: &Path, kind: Kind) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let client = runtime.block_on(async {
            let kubeconfig = Kubeconfig::read_from(file)?;
            let config = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
            anyhow::Ok(kube::Client::try_from(config)?)
        })?;
        Ok(Self { kind, runtime, client })
    }

    /// Whether these are EIPs or rules that use them.
    pub(crate) const fn is_nat(&self) -> bool {
        matches!(self.kind, Kind::Fips | Kind::Snats | Kind::Dnats | Kind::Eips)
    }

    /// Makes those of the first `count` that are missing.
    pub(crate) fn make(&self, count: usize) -> Result<()> {
        let creating = futures::stream::iter(0..count).map(|number| async move {
            match self.send(http::Method::POST, self.kind.path(), &self.kind.manifest(number)).await {
                Err(kube::Error::Api(status)) if status.code == 409 => Ok(()),
                done => done.map(drop),
            }
        });
        let all = creating.buffer_unordered(WIDTH).try_collect::<()>();
        self.runtime.block_on(all).with_context(|| format!("the {:?} cannot be made", self.kind))
    }

    /// Removes everything that was made here, and waits until it is gone.
    pub(crate) fn remove(&self) -> Result<()> {
        let selected = format!("{}?labelSelector={}", self.kind.path(), LABEL.replace('/', "%2F"));
        let removing = async {
            loop {
                let left = self.send(http::Method::GET, &format!("{selected}&limit=1"), &Value::Null).await?;
                let left: Value = serde_json::from_str(&left)?;
                if left["items"].as_array().is_none_or(Vec::is_empty) {
                    return anyhow::Ok(());
                }
                match self.send(http::Method::DELETE, &selected, &Value::Null).await {
                    // so many that the server gave up in between: it goes on with the rest
                    Err(kube::Error::Api(status)) if matches!(status.code, 500 | 504) => {}
                    done => drop(done?),
                }
            }
        };
        self.runtime.block_on(removing).with_context(|| format!("the {:?} cannot be removed", self.kind))
    }

    async fn send(&self, method: http::Method, path: &str, body: &Value) -> Result<String, kube::Error> {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = http::Request::builder().method(method).uri(path).header("content-type", "application/json");
        self.client.request_text(request.body(body).map_err(kube::Error::HttpError)?).await
    }
}
