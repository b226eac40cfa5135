//! What is done to EIPs and their rules in the cluster, and what OVN has of them.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::TryStreamExt as _;
use serde_json::{Value, json};

use super::Cluster;
use super::leader::{Awaited, Waited};
use super::locate::Database;
use super::ovsdb::{Query, Until};
use super::rest::{Select, Target, typed};
use crate::api::{EipType, Ip, Kind, OvnDnatRule, OvnEip, OvnFip, OvnSnatRule, Resource as _, kinds};
use crate::failure::{Failure, Result};
use crate::ovn::northbound::{LoadBalancer, LogicalRouter, LogicalRouterPort, Nat, Northbound, PortBinding};
use crate::world::nat_rows;
use crate::world::nat_rule::NatRule;

/// What OVN has of some rules.
#[derive(Clone, Debug, Default)]
pub struct NatView {
    /// Routers, all router ports, and the rows of the rules.
    pub northbound: Northbound,
    /// Where all gateway ports are bound.
    pub gateways: Vec<PortBinding>,
}

/// The object of a rule's kind.
pub fn rule_of(kind: Kind, object: Value) -> Result<NatRule> {
    Ok(match kind.plural {
        "ovn-fips" => NatRule::Fip(typed(object, kind)?),
        "ovn-snat-rules" => NatRule::Snat(typed(object, kind)?),
        _ => NatRule::Dnat(typed(object, kind)?),
    })
}

fn ready_fip(rule: &OvnFip) -> bool {
    rule.status.ready
}

fn ready_snat(rule: &OvnSnatRule) -> bool {
    rule.status.ready
}

fn ready_dnat(rule: &OvnDnatRule) -> bool {
    rule.status.ready
}

fn mapped<T>(waited: Waited<T>, rule: impl Fn(T) -> NatRule) -> Waited<NatRule> {
    match waited {
        Waited::Done(object) => Waited::Done(rule(object)),
        Waited::Said(text) => Waited::Said(text),
        Waited::Silent(text) => Waited::Silent(text),
        Waited::Unheard(text) => Waited::Unheard(text),
        Waited::Gone => Waited::Gone,
    }
}

impl Cluster {
    /// The place of an EIP.
    #[must_use]
    pub fn eip(name: &str) -> Target<'_> {
        Target::one(OvnEip::KIND, "", name)
    }

    /// The place of a rule.
    #[must_use]
    pub fn rule(rule: &NatRule) -> Target<'_> {
        Target::one(rule.kind(), "", rule.name())
    }

    /// A rule as it is now.
    pub async fn find_rule(&self, kind: Kind, name: &str) -> Result<Option<NatRule>> {
        self.get(Target::one(kind, "", name)).await?.map(|object| rule_of(kind, object)).transpose()
    }

    /// Every rule of the three kinds.
    pub async fn all_rules(&self) -> Result<Vec<NatRule>> {
        let all = Select::default();
        let (fips, snats, dnats) = tokio::try_join!(
            self.list::<OvnFip>(None, all),
            self.list::<OvnSnatRule>(None, all),
            self.list::<OvnDnatRule>(None, all),
        )?;
        let fips = fips.into_iter().map(NatRule::Fip);
        Ok(fips.chain(snats.into_iter().map(NatRule::Snat)).chain(dnats.into_iter().map(NatRule::Dnat)).collect())
    }

    /// Every rule of a kind, and whether this program made it: the API server notes who wrote an object first.
    pub async fn rules_and_makers(&self, kind: Kind) -> Result<Vec<(NatRule, bool)>> {
        let objects = self.list_raw(kind, None, Select::default()).await?;
        let ours = |object: &Value| {
            let mut fields = object["metadata"]["managedFields"].as_array().into_iter().flatten();
            fields.any(|entry| entry["manager"] == "kubectl-ko" && entry["fieldsV1"].get("f:spec").is_some())
        };
        objects
            .into_iter()
            .map(|object| Ok((ours(&object), object)))
            .map(|pair: Result<(bool, Value)>| {
                let (ours, object) = pair?;
                Ok((rule_of(kind, object)?, ours))
            })
            .collect()
    }

    /// Waits until the controller gave an EIP its address, or lost its status over it; one of type lsp until kube-ovn-cni set it up on its node.
    pub async fn wait_eip(&self, eip: &OvnEip, limit: Duration) -> Result<Waited<OvnEip>> {
        let done: fn(&OvnEip) -> bool = match eip.kind() {
            Some(EipType::Lsp) => OvnEip::has_address,
            // nothing more comes of one whose status is lost
            _ => |eip| eip.status.ready && (eip.has_address() || eip.lost_status()),
        };
        let awaited = Awaited {
            target: Self::eip(eip.name()),
            since: &eip.metadata.creation_timestamp,
            queues: &["add ovn eip", "update ovn eip"],
            done,
        };
        self.wait(awaited, limit).await
    }

    /// Waits until kube-ovn-cni calls an EIP of type lsp ready.
    pub async fn wait_node(&self, eip: &OvnEip, limit: Duration) -> Result<Waited<OvnEip>> {
        let since = &eip.metadata.creation_timestamp;
        self.wait(
            Awaited { target: Self::eip(eip.name()), since, queues: &[], done: |eip: &OvnEip| eip.status.ready },
            limit,
        )
        .await
    }

    /// Waits until the controller calls a rule ready. What it complains of ends the wait, unless `in_spite` of it: somebody else is
    /// about to step back.
    pub async fn wait_rule(&self, rule: &NatRule, in_spite: bool, limit: Duration) -> Result<Waited<NatRule>> {
        let target = Self::rule(rule);
        let since = &rule.metadata().creation_timestamp;
        let queues = |queues: &'static [&'static str]| if in_spite { &[] } else { queues };
        Ok(match rule {
            NatRule::Fip(_) => {
                let queues = queues(&["add ovn fip"]);
                mapped(self.wait(Awaited { target, since, queues, done: ready_fip }, limit).await?, NatRule::Fip)
            }
            NatRule::Snat(_) => {
                let queues = queues(&["add ovn snat rule"]);
                mapped(self.wait(Awaited { target, since, queues, done: ready_snat }, limit).await?, NatRule::Snat)
            }
            NatRule::Dnat(_) => {
                let queues = queues(&["add ovn dnat"]);
                mapped(self.wait(Awaited { target, since, queues, done: ready_dnat }, limit).await?, NatRule::Dnat)
            }
        })
    }

    /// The IP of that name once the controller gave it an address; `None` when it does not come in time.
    pub async fn ip_appears(&self, name: &str, limit: Duration) -> Result<Option<Ip>> {
        use kube::core::WatchEvent;
        let watching = async {
            loop {
                let mut events = std::pin::pin!(self.watch::<Ip>(Target::one(Ip::KIND, "", name)).await?);
                while let Ok(Some(event)) = events.try_next().await {
                    match event {
                        WatchEvent::Added(ip) | WatchEvent::Modified(ip) if ip.is_ready() => {
                            return Ok::<_, Failure>(ip);
                        }
                        _ => {}
                    }
                }
                // the watch ran out or was cut
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        match tokio::time::timeout(limit, watching).await {
            Ok(found) => found.map(Some),
            Err(_) => Ok(None),
        }
    }

    /// What the northbound database has of some rules: routers, router ports, their NAT rows and load balancers.
    pub async fn rows_of(&self, rules: &[&NatRule]) -> Result<Northbound> {
        self.rows_when(rules, None).await.map(Option::unwrap_or_default)
    }

    /// The same once `until` holds; `None` when it does not come to hold in time.
    async fn rows_when(&self, rules: &[&NatRule], until: Option<&Until>) -> Result<Option<Northbound>> {
        let externals: BTreeSet<&str> = rules.iter().flat_map(|rule| rule.external_addresses()).collect();
        let insides: BTreeSet<&str> = rules.iter().flat_map(|rule| rule.inside_addresses()).collect();
        let nat = || Query::table("NAT", Nat::COLUMNS);
        let balancer = |name: &str| Query::table("Load_Balancer", LoadBalancer::COLUMNS).equal("name", name);
        let mut queries = vec![
            Query::table("Logical_Router", LogicalRouter::COLUMNS),
            Query::table("Logical_Router_Port", LogicalRouterPort::COLUMNS),
        ];
        let by_external = externals.iter().map(|address| nat().equal("external_ip", address));
        queries.extend(by_external.chain(insides.iter().map(|address| nat().equal("logical_ip", address))));
        let nats = queries.len() - 2;
        queries.extend(rules.iter().filter(|rule| matches!(rule, NatRule::Dnat(_))).map(|rule| balancer(rule.name())));
        let Some(rows) = self.select_when(Database::Northbound, until, &queries).await? else { return Ok(None) };
        let mut rows = rows.into_iter();
        let routers = rows.next().unwrap_or_default().iter().map(LogicalRouter::from_row).collect();
        let router_ports = rows.next().unwrap_or_default().iter().map(LogicalRouterPort::from_row).collect();
        let mut found: Vec<Nat> = rows.by_ref().take(nats).flatten().map(|row| Nat::from_row(&row)).collect();
        found.sort_by(|one, other| one.uuid.cmp(&other.uuid));
        found.dedup_by(|one, other| one.uuid == other.uuid);
        let load_balancers = rows.flatten().map(|row| LoadBalancer::from_row(&row)).collect();
        Ok(Some(Northbound { routers, router_ports, nats: found, load_balancers, ..Northbound::default() }))
    }

    /// Whether OVN let go of a rule within [`LAG`] of its end: another rule's row of the same key counts as well.
    pub async fn rows_vanish(&self, rule: &NatRule) -> Result<bool> {
        let northbound = self.rows_of(&[rule]).await?;
        if !nat_rows::is_there(rule, &northbound) {
            return Ok(true);
        }
        let until = match rule {
            NatRule::Dnat(_) => Until {
                query: Query::table("Load_Balancer", &["vips"]).equal("name", rule.name()),
                columns: &["vips"],
                rows: vec![json!({"vips": ["map", []]})],
                limit: LAG,
                differ: false,
            },
            _ => Until { differ: false, ..changes(rule, LAG) },
        };
        let later = self.rows_when(&[rule], Some(&until)).await?;
        Ok(later.is_some_and(|northbound| !nat_rows::is_there(rule, &northbound)))
    }

    /// What both databases have of some rules. A member that lags is given a moment: `sure` says what must be there.
    pub async fn view(&self, rules: &[&NatRule], sure: impl Fn(&Northbound) -> bool) -> Result<NatView> {
        let (northbound, gateways) = tokio::join!(self.rows_of(rules), self.gateways());
        let (mut northbound, gateways) = (northbound?, gateways?);
        if !sure(&northbound)
            && let Some(rule) = rules.first()
            && let Some(later) = self.rows_when(rules, Some(&changes(rule, LAG))).await?
        {
            northbound = later;
        }
        Ok(NatView { northbound, gateways })
    }

    /// Takes the load balancer of a DNAT away whose router is gone, as the controller left it: whole, or without front end.
    pub async fn drop_balancer(&self, rule: &NatRule) -> Result<()> {
        let own: Value = nat_rows::fronts(rule).into_iter().map(|(front, back)| json!([front, back])).collect();
        let delete = |vips: Value| {
            json!({"op": "delete", "table": "Load_Balancer",
                "where": [["name", "==", rule.name()], ["vips", "==", ["map", vips]]]})
        };
        self.transact(Database::Northbound, &[delete(json!([])), delete(own)]).await
    }

    /// The option by which the controller tells a FIP's type in its row: the key, misspelt up to 1.15, and whether it is distributed.
    /// Of no type it is what `ovn-external-gw-config` says. What may not be read is as in 1.16 without that.
    async fn fip_option(&self, kind: &str) -> (&'static str, bool) {
        let version = self.controller().await.map(|controller| controller.version).unwrap_or_default();
        let minor = version.trim_start_matches('v').strip_prefix("1.").and_then(|rest| rest.split('.').next());
        let is_old = minor.and_then(|minor| minor.parse::<u32>().ok()).is_some_and(|minor| minor <= 15);
        let key = if is_old { "staleless" } else { "stateless" };
        if !kind.is_empty() {
            return (key, kind == "distributed");
        }
        let read = async {
            let home = self.home().await?;
            self.get(Target::one(kinds::CONFIG_MAP, home, "ovn-external-gw-config")).await
        };
        let config: Option<Value> = read.await.ok().flatten();
        (key, config.is_some_and(|config| config["data"]["type"] == "distributed"))
    }

    /// Puts back the row of a rule that OVN lost, in one transaction that does nothing when the router changed meanwhile, so that
    /// the controller's own deletion finds what it looks for. `mac` is that of a FIP's target; a row that is only to be deleted
    /// needs none. Rows of the router that have the rule's key and are another's, `instead_of`, are taken away.
    pub async fn put_back(&self, rule: &NatRule, router: &LogicalRouter, mac: &str, instead_of: &[&Nat]) -> Result<()> {
        let status = rule.status();
        let (column, present, table, row) = match rule {
            NatRule::Dnat(_) => {
                let fronts = crate::ovn::northbound::front(&status.v4_eip, &status.external_port);
                let back = crate::ovn::northbound::front(&status.v4_ip, &status.internal_port);
                let row = json!({
                    "name": rule.name(), "protocol": status.protocol, "vips": ["map", [[fronts, back]]],
                });
                ("load_balancer", &router.load_balancers, "Load_Balancer", row)
            }
            NatRule::Fip(_) | NatRule::Snat(_) => {
                let kind = if matches!(rule, NatRule::Fip(_)) { "dnat_and_snat" } else { "snat" };
                let inside = rule.inside_addresses().next().unwrap_or_default();
                let external = rule.external_addresses().next().unwrap_or_default();
                let mut row = json!({"type": kind, "external_ip": external, "logical_ip": inside});
                // as the controller writes it (Kube-OVN: pkg/controller/ovn_fip.go)
                if let NatRule::Fip(fip) = rule {
                    let (key, stateless) = self.fip_option(&fip.spec.kind).await;
                    row["options"] = json!(["map", [[key, stateless.to_string()]]]);
                    if !fip.spec.target.ip_name.is_empty() {
                        row["logical_port"] = json!(fip.spec.target.ip_name);
                        if !mac.is_empty() {
                            row["external_mac"] = json!(mac);
                        }
                    }
                }
                ("nat", &router.nats, "NAT", row)
            }
        };
        let uuids: Vec<Value> = present.iter().map(|uuid| json!(["uuid", uuid])).collect();
        let of_router = json!([["name", "==", router.name]]);
        let mut operations = vec![
            json!({"op": "wait", "timeout": 0, "table": "Logical_Router", "where": of_router, "columns": [column],
                "until": "==", "rows": [{column: ["set", uuids]}]}),
        ];
        if matches!(rule, NatRule::Dnat(_)) {
            // what a deleted DNAT leaves behind has no front end, and the controller takes a name for one row
            operations.push(json!({"op": "delete", "table": "Load_Balancer", "where": [["name", "==", rule.name()], ["vips", "==", ["map", []]]]}));
        }
        if !instead_of.is_empty() {
            let wrong: Vec<Value> = instead_of.iter().map(|row| json!(["uuid", row.uuid])).collect();
            operations.push(json!({"op": "mutate", "table": "Logical_Router", "where": of_router,
                "mutations": [[column, "delete", ["set", wrong]]]}));
        }
        operations.push(json!({"op": "insert", "table": table, "row": row, "uuid-name": "back"}));
        operations.push(json!({"op": "mutate", "table": "Logical_Router", "where": of_router,
            "mutations": [[column, "insert", ["set", [["named-uuid", "back"]]]]]}));
        self.transact(Database::Northbound, &operations).await
    }
}

/// How long a member of the database may lag behind the one the controller wrote to.
const LAG: Duration = Duration::from_secs(2);

/// Waits until anything about a rule's rows changes.
fn changes(rule: &NatRule, limit: Duration) -> Until {
    let query = match rule {
        NatRule::Dnat(_) => Query::table("Load_Balancer", &["name"]).equal("name", rule.name()),
        NatRule::Fip(_) | NatRule::Snat(_) => {
            let inside = rule.inside_addresses().next().unwrap_or_default();
            let external = rule.external_addresses().next().unwrap_or_default();
            Query::table("NAT", &["type"]).equal("external_ip", external).equal("logical_ip", inside)
        }
    };
    let columns: &'static [&'static str] = if matches!(rule, NatRule::Dnat(_)) { &["name"] } else { &["logical_ip"] };
    Until { query, columns, rows: Vec::new(), limit, differ: true }
}
