//! OVN's rows at one moment: routers with their ports, NAT and load balancers, and which gateways live.

use crate::oracle::address::canonical;
use crate::oracle::observe::{Ports, map, ports, rows, set, strings};
use crate::oracle::tools::{Outcome, ovn};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Nat {
    pub(crate) kind: String,
    pub(crate) external: String,
    pub(crate) logical: String,
    pub(crate) port: String,
    pub(crate) stateless: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RouterPort {
    pub(crate) name: String,
    pub(crate) networks: Vec<String>,
    /// Is it bound on a gateway node?
    pub(crate) bound: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Balancer {
    pub(crate) name: String,
    pub(crate) protocol: String,
    pub(crate) vips: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Router {
    pub(crate) ports: Vec<RouterPort>,
    pub(crate) nats: Vec<Nat>,
    pub(crate) balancers: Vec<Balancer>,
}

/// The northbound database, as far as NAT is concerned.
#[derive(Clone, Debug, Default)]
pub(crate) struct North {
    pub(crate) routers: BTreeMap<String, Router>,
    pub(crate) ports: Ports,
    pub(crate) balancers: Vec<Balancer>,
}

const TABLES: [(&str, &str); 4] = [
    ("Logical_Router_Port", "_uuid,name,networks"),
    ("NAT", "_uuid,type,external_ip,logical_ip,logical_port,options"),
    ("Load_Balancer", "_uuid,name,protocol,vips"),
    ("Logical_Router", "name,ports,nat,load_balancer"),
];

fn word(cell: Option<&Value>) -> String {
    cell.map_or_else(String::new, |cell| strings(cell).concat())
}

impl North {
    pub(crate) fn look() -> Outcome<Self> {
        let mut args = vec!["ovn-nbctl".to_owned(), "--format=json".to_owned()];
        for (at, (table, columns)) in TABLES.iter().enumerate() {
            args.extend((at > 0).then(|| "--".to_owned()));
            args.extend([format!("--columns={columns}"), "list".to_owned(), (*table).to_owned()]);
        }
        let said = ovn(&args.iter().map(String::as_str).collect::<Vec<_>>())?;
        let mut tables = Vec::new();
        for line in said.lines() {
            tables.push(rows(line)?);
        }
        let bound = bound()?;
        let [lrps, nats, balancers, routers] = tables.as_slice() else {
            return Err(format!("{} tables of {}", tables.len(), TABLES.len()));
        };
        let lrps = keyed(lrps, |row| RouterPort {
            name: word(row.get(1)),
            networks: row.get(2).map(strings).unwrap_or_default(),
            bound: bound.contains(&format!("cr-{}", word(row.get(1)))),
        });
        let nats = keyed(nats, |row| Nat {
            kind: word(row.get(1)),
            external: word(row.get(2)),
            logical: word(row.get(3)),
            port: row.get(4).map(strings).unwrap_or_default().concat(),
            stateless: row.get(5).map(map).unwrap_or_default().get("stateless").is_some_and(|value| value == "true"),
        });
        let balancers = keyed(balancers, |row| Balancer {
            name: word(row.get(1)),
            protocol: word(row.get(2)),
            vips: row.get(3).map(map).unwrap_or_default(),
        });
        let routers = routers.iter().map(|row| {
            let router = Router {
                ports: members(row.get(1)).filter_map(|one| lrps.get(&one).cloned()).collect(),
                nats: members(row.get(2)).filter_map(|one| nats.get(&one).cloned()).collect(),
                balancers: members(row.get(3)).filter_map(|one| balancers.get(&one).cloned()).collect(),
            };
            (word(row.first()), router)
        });
        Ok(Self { routers: routers.collect(), ports: ports()?, balancers: balancers.values().cloned().collect() })
    }

    /// Which port of a switch has an address.
    pub(crate) fn holder(&self, switch: &str, address: &str) -> Option<&str> {
        let wanted = canonical(address);
        let has = |port: &&crate::oracle::observe::Port| {
            port.switch == switch
                && port.kind != "router"
                && port.addresses.iter().flat_map(|line| line.split_whitespace()).any(|one| canonical(one) == wanted)
        };
        self.ports.iter().find(|(_, port)| has(port)).map(|(name, _)| name.as_str())
    }
}

/// The chassis redirect ports that a living gateway has taken.
pub(crate) fn bound() -> Outcome<BTreeSet<String>> {
    let args = ["--bare", "--columns=logical_port", "find", "Port_Binding", "type=chassisredirect", "chassis!=[]"];
    let said = ovn(&[&["ovn-sbctl"], args.as_slice()].concat())?;
    Ok(said.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

fn members(cell: Option<&Value>) -> impl Iterator<Item = String> {
    cell.map(set).unwrap_or_default().into_iter().map(Value::to_string)
}

fn keyed<T>(rows: &[Vec<Value>], read: impl Fn(&[Value]) -> T) -> BTreeMap<String, T> {
    rows.iter().filter_map(|row| Some((row.first()?.to_string(), read(row)))).collect()
}
