//! The controller's address book of a Subnet, read from the objects each time it is asked: who has which address and MAC, what is free,
//! and in which order it is given out (Kube-OVN: pkg/ipam/subnet.go).

use std::net::IpAddr;

use serde_json::{Value, json};

use super::{Hand, Handled, owned, text};
use crate::api::names;
use crate::net::{Family, RangeSet, SubnetCidr};

/// Where the model keeps what no object says: addresses that were given back since the start.
const OWN: (&str, &str) = ("Sandbox", "Released");
/// No pool of the Subnet has an address left.
const NONE_LEFT: &str = "NoAvailableAddress";
/// Not an address that the Subnet gives out.
const OUT_OF_RANGE: &str = "AddressOutOfRange";
/// Somebody else has the address, or the MAC.
const CONFLICT: &str = "AddressConflict";

/// One who has addresses.
#[derive(Debug)]
struct Holder {
    /// `NAMESPACE/POD`, or the name of a Vip or EIP: one name is one entry, whatever kind it is of.
    who: String,
    addresses: Vec<IpAddr>,
    mac: String,
}

/// What a Subnet has, and who has it.
#[derive(Debug)]
pub(super) struct Book {
    subnet: String,
    cidr: SubnetCidr,
    /// Every address the Subnet could give out, excluded or not.
    hosts: RangeSet,
    excluded: RangeSet,
    pooled: RangeSet,
    released: RangeSet,
    held: Vec<Holder>,
}

/// What the controller gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Given {
    /// Empty where the Subnet has no IPv4.
    pub(super) v4: String,
    /// Empty where the Subnet has no IPv6.
    pub(super) v6: String,
    pub(super) mac: String,
}

impl Given {
    /// Both, as `ipAddress` has them.
    pub(super) fn both(&self) -> String {
        joined(&self.v4, &self.v6)
    }
}

/// `A`, `B` or `A,B` (Kube-OVN: util.GetStringIP, without what is no address).
pub(super) fn joined(v4: &str, v6: &str) -> String {
    let valid = [v4, v6].into_iter().filter(|text| text.parse::<IpAddr>().is_ok());
    valid.collect::<Vec<_>>().join(",")
}

/// Whether the controller still holds an object's address: it does until it takes its finalizer off.
fn holds(object: &Value) -> bool {
    object["metadata"]["deletionTimestamp"].is_null() || owned(object)
}

impl Book {
    /// The book of a Subnet; `None` when its CIDR cannot be read.
    pub(super) fn of(hand: &mut Hand<'_>, subnet: &Value) -> Option<Self> {
        let name = text(subnet, "/metadata/name").to_owned();
        let cidr = SubnetCidr::parse(text(subnet, "/spec/cidrBlock")).ok()?;
        let hosts: RangeSet = cidr.families().filter_map(|family| cidr.hosts(family)).collect();
        let excluded = subnet["spec"]["excludeIps"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let excluded = RangeSet::read(excluded).0;
        let of_subnet = |pool: &&Value| pool["spec"]["subnet"] == name.as_str();
        let pools = hand.list("ippools").filter(of_subnet).filter_map(|pool| pool["spec"]["ips"].as_array()).flatten();
        let pooled = RangeSet::read(pools.filter_map(Value::as_str)).0;
        let mut held = Vec::new();
        let mut add = |who: String, addresses: [&str; 2], mac: &str| {
            let addresses = addresses.iter().filter_map(|text| text.parse().ok()).collect();
            held.push(Holder { who, addresses, mac: mac.to_owned() });
        };
        for ip in hand.list("ips").filter(|ip| ip["spec"]["subnet"] == name.as_str() && owned(ip)) {
            let who = format!("{}/{}", text(ip, "/spec/namespace"), text(ip, "/spec/podName"));
            let addresses = [text(ip, "/spec/v4IpAddress"), text(ip, "/spec/v6IpAddress")];
            add(who, addresses, text(ip, "/spec/macAddress"));
        }
        for vip in hand.list("vips").filter(|vip| vip["spec"]["subnet"] == name.as_str() && holds(vip)) {
            let lent = text(vip, "/metadata/labels/ovn.kubernetes.io~1ip_reserved");
            if !text(vip, "/status/mac").is_empty() && lent.is_empty() {
                let addresses = [text(vip, "/status/v4ip"), text(vip, "/status/v6ip")];
                add(text(vip, "/metadata/name").to_owned(), addresses, text(vip, "/status/mac"));
            }
        }
        let label = names::LABEL_SUBNET;
        for eip in hand.list("ovn-eips").filter(|eip| eip["metadata"]["labels"][label] == name.as_str() && holds(eip)) {
            let addresses = [text(eip, "/status/v4Ip"), text(eip, "/status/v6Ip")];
            add(text(eip, "/metadata/name").to_owned(), addresses, text(eip, "/status/macAddress"));
        }
        let released = hand.tables().rows(OWN.0, OWN.1).iter().filter(|row| row["subnet"] == name.as_str());
        let released = released.filter_map(|row| row["addresses"].as_array()).flatten().filter_map(Value::as_str);
        let released = RangeSet::read(released).0;
        Some(Self { subnet: name, cidr, hosts, excluded, pooled, released, held })
    }

    /// Every address that somebody has.
    pub(super) fn used(&self) -> RangeSet {
        self.held.iter().flat_map(|holder| holder.addresses.iter().copied()).collect()
    }

    /// What could be given out, in use or not.
    pub(super) fn hosts(&self) -> &RangeSet {
        &self.hosts
    }

    /// What is given out only to who asks for it.
    pub(super) fn excluded(&self) -> &RangeSet {
        &self.excluded
    }

    /// Gives `who` what it asks for: addresses one a family with a comma between, empty for any; a MAC, empty for any. `strict`: nobody
    /// else may have them.
    ///
    /// Fails with the controller's own words.
    pub(super) fn give(
        &mut self,
        hand: &mut Hand<'_>,
        who: &str,
        asked: &str,
        mac: &str,
        strict: bool,
    ) -> Handled<Given> {
        let mut given = Given::default();
        for asked in asked.split(',').filter(|text| !text.is_empty()) {
            let address: IpAddr = asked.parse().map_err(|_| format!("failed to parse vip ip {asked}"))?;
            self.is_free(&address, who, strict)?;
            // a single-stack Subnet's address stays as it was typed
            let typed = if self.cidr.families().count() == 1 { asked.to_owned() } else { address.to_string() };
            *given.slot(Family::of(&address)) = typed;
        }
        if strict && !mac.is_empty() && self.held.iter().any(|holder| holder.mac == mac && holder.who != who) {
            return Err(CONFLICT.to_owned());
        }
        for family in self.cidr.families() {
            if given.slot(family).is_empty() {
                *given.slot(family) = self.next(family).ok_or(NONE_LEFT)?.to_string();
            }
        }
        given.mac = if mac.is_empty() { self.new_mac(hand, who) } else { mac.to_owned() };
        let taken = [&given.v4, &given.v6].into_iter().filter_map(|text| text.parse::<IpAddr>().ok()).collect();
        self.released = self.released.subtract(&taken);
        self.keep(hand);
        self.held.push(Holder { who: who.to_owned(), addresses: taken.addresses().collect(), mac: given.mac.clone() });
        Ok(given)
    }

    fn is_free(&self, address: &IpAddr, who: &str, strict: bool) -> Handled<()> {
        if !self.hosts.contains(address) {
            return Err(OUT_OF_RANGE.to_owned());
        }
        let others = self.held.iter().any(|holder| holder.who != who && holder.addresses.contains(address));
        if strict && others { Err(CONFLICT.to_owned()) } else { Ok(()) }
    }

    /// The lowest that is free and was never used; when there is none left, those that were given back are free again.
    fn next(&mut self, family: Family) -> Option<IpAddr> {
        let free = self.hosts.only(family).subtract(&self.excluded).subtract(&self.pooled).subtract(&self.used());
        let fresh = free.subtract(&self.released).addresses().next();
        fresh.or_else(|| {
            self.released = self.released.subtract(&self.released.only(family));
            free.addresses().next()
        })
    }

    fn new_mac(&self, hand: &mut Hand<'_>, who: &str) -> String {
        let taken = |mac: &String| self.held.iter().any(|holder| holder.mac == *mac);
        let mut mac = super::rows::mac(hand, who);
        for turn in 0..self.held.len() {
            if !taken(&mac) {
                break;
            }
            mac = super::rows::mac(hand, &format!("{who}{turn}"));
        }
        mac
    }

    /// Takes note of addresses that were given back; who has one all the same keeps it.
    pub(super) fn release(&mut self, hand: &mut Hand<'_>, addresses: [&str; 2]) {
        let back: RangeSet = addresses.iter().filter_map(|text| text.parse::<IpAddr>().ok()).collect();
        self.released = self.released.union(&back.subtract(&self.excluded).subtract(&self.used()));
        self.keep(hand);
    }

    fn keep(&self, hand: &mut Hand<'_>) {
        let addresses: Vec<String> = self.released.ranges().iter().map(ToString::to_string).collect();
        let rows = hand.tables().rows(OWN.0, OWN.1);
        let before = rows.iter().find(|row| row["subnet"] == self.subnet.as_str());
        let row = json!({"subnet": self.subnet, "addresses": addresses});
        if before == Some(&row) || (before.is_none() && addresses.is_empty()) {
            return;
        }
        let rows = hand.tables().rows_mut(OWN.0, OWN.1);
        rows.retain(|row| row["subnet"] != self.subnet.as_str());
        rows.push(row);
    }
}

impl Given {
    fn slot(&mut self, family: Family) -> &mut String {
        match family {
            Family::V4 => &mut self.v4,
            Family::V6 => &mut self.v6,
        }
    }
}
