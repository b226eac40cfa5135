//! A pod's interfaces as its annotations ask for them, with the Subnet the controller will choose and why
//! (Kube-OVN: pkg/controller/pod.go, `getPodKubeovnNets`, `getPodAttachmentNet`, `getPodDefaultSubnet`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Source, World};
use crate::api::nad::{Carrier, Nad, Selection};
use crate::api::{Metadata, Resource as _, Subnet, names};

/// A pod, or the pods of a template, as somebody wants them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asks {
    /// Their namespace.
    pub namespace: String,
    /// Their annotations.
    pub annotations: BTreeMap<String, String>,
}

/// Why a Subnet is an interface's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// An annotation names it; its key.
    Annotation(String),
    /// Its provider is the interface's.
    Provider,
    /// It is bound to the namespace, which itself is in the VPC named; empty when the namespace is in none.
    Namespace(String),
    /// No Subnet has the interface's provider: it gets the one of the pod's first interface.
    Fallback,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Annotation(key) => write!(f, "annotation {key}"),
            Self::Provider => f.write_str("its provider"),
            Self::Namespace(vpc) if vpc.is_empty() => f.write_str("bound to the namespace"),
            Self::Namespace(vpc) => write!(f, "bound to the namespace, vpc {vpc}"),
            Self::Fallback => f.write_str("the pod's own: no subnet has the provider"),
        }
    }
}

/// One thing that an interface is asked to have: the annotation's key and its value.
pub type Wish = Option<(String, String)>;

/// One interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its name inside the pod: `eth0`, the one asked for, or Multus' own (`net1`).
    pub device: String,
    /// The attachment it comes of; `None` for the first interface.
    pub selection: Option<Selection>,
    /// What its annotations' keys begin with: `ovn`, `NAD.NAMESPACE.ovn`, `NAD.NAMESPACE`, `NAD.NAMESPACE.ovn.INTERFACE`.
    pub provider: String,
    /// Who gives the address.
    pub carrier: Carrier,
    /// The Subnet's name and why; `None` when there is none.
    pub subnet: Option<(String, Why)>,
    /// Other Subnets of the namespace, in which the controller looks as well when no annotation names one.
    pub also: Vec<String>,
    /// Address asked for.
    pub ip: Wish,
    /// MAC asked for.
    pub mac: Wish,
    /// Pool or list asked for.
    pub pool: Wish,
}

impl Interface {
    /// The Subnet's name, empty when there is none.
    #[must_use]
    pub fn subnet_name(&self) -> &str {
        self.subnet.as_ref().map_or("", |(name, _)| name)
    }

    /// Whether it is the first one.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.selection.is_none()
    }

    /// The key of an annotation of it.
    #[must_use]
    pub fn key(&self, word: &str) -> String {
        names::provider_annotation(&self.provider, word)
    }

    /// The keys by which the controller finds an address, a MAC (`word`) for it, the one that counts first. A definition without
    /// `.ovn`, with the interface's name behind the word, goes before the provider's own key.
    #[must_use]
    pub fn keys(&self, word: &str) -> Vec<String> {
        let named = self.selection.as_ref().filter(|selection| !selection.interface.is_empty());
        let by_name = named.map(|one| format!("{}.{}.kubernetes.io/{word}.{}", one.name, one.namespace, one.interface));
        by_name.into_iter().chain([self.key(word)]).collect()
    }
}

/// Why the interfaces of a pod cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The annotation of that key cannot be read.
    Unreadable(&'static str, String),
    /// There is no `NetworkAttachmentDefinition` `NAMESPACE/NAME`.
    NoNad(String),
    /// The configuration of `NAMESPACE/NAME` is no JSON.
    BadNad(String, String),
    /// The same attachment is asked for more than once, without a name for each interface.
    Twice(String),
}

/// The attachments of a pod in the order of their interfaces, those in place of the first interface before the others, and what
/// cannot be read of them.
#[must_use]
pub fn selections(asks: &Asks) -> (Vec<Selection>, Vec<Trouble>) {
    let (mut all, mut trouble) = (Vec::new(), Vec::new());
    for key in [names::ANNOTATION_DEFAULT_NETWORK, names::ANNOTATION_NETWORKS] {
        match Selection::parse(asks.annotation(key), &asks.namespace) {
            Ok(found) => all.extend(found),
            Err(why) => trouble.push(Trouble::Unreadable(key, why)),
        }
    }
    (all, trouble)
}

impl Asks {
    /// An annotation, empty when it is not there.
    #[must_use]
    pub fn annotation(&self, key: &str) -> &str {
        self.annotations.get(key).map_or("", String::as_str)
    }

    /// A Vip whose address it is to take.
    #[must_use]
    pub fn vip(&self) -> &str {
        self.annotation(names::ANNOTATION_VIP)
    }

    /// Subnets that annotations name, of any provider.
    pub fn named_subnets(&self) -> impl Iterator<Item = &str> {
        let named = self.annotations.iter().filter(|(key, _)| key.ends_with(".kubernetes.io/logical_switch"));
        named.map(|(_, name)| name.as_str()).filter(|name| !name.is_empty())
    }
}

impl World {
    /// The `NetworkAttachmentDefinition` `NAMESPACE/NAME`, those of the file looked at too.
    #[must_use]
    pub fn nad(&self, key: &str) -> Option<&Nad> {
        let planned = self.planned.nads.iter().rfind(|nad| nad.key() == key);
        planned.or_else(|| self.nads.known()?.get(key)?.as_ref())
    }

    /// The Subnet of that name among all.
    #[must_use]
    pub fn any_subnet(&self, name: &str) -> Option<&Subnet> {
        self.every_subnet().find(|subnet| subnet.name() == name)
    }

    /// All Subnets, those of the file looked at too.
    pub fn every_subnet(&self) -> impl Iterator<Item = &Subnet> {
        self.all_subnets.known().into_iter().flatten().chain(&self.planned.subnets)
    }

    /// The Subnets with a provider.
    pub fn subnets_of_provider(&self, provider: &str) -> impl Iterator<Item = &Subnet> {
        self.every_subnet().filter(move |subnet| subnet.spec.provider == provider)
    }

    /// The annotations of a namespace; `None` when it is not there or was not read.
    #[must_use]
    pub fn binding(&self, namespace: &str) -> Option<&Metadata> {
        self.bindings.known()?.get(namespace)?.as_ref()
    }

    /// The Subnets that are bound to a namespace, the first one the default.
    #[must_use]
    pub fn bound(&self, namespace: &str) -> Vec<String> {
        let planned =
            self.planned.subnets.iter().filter(|subnet| subnet.spec.namespaces.iter().any(|one| one == namespace));
        let planned: Vec<String> = planned.map(|subnet| subnet.name().to_owned()).collect();
        let bound_by = names::provider_annotation(names::PROVIDER_OVN, "logical_switch");
        let there = self.binding(namespace).map_or("", |metadata| metadata.annotation(&bound_by));
        let there = there.split(',').filter(|name| !name.is_empty()).map(str::to_owned);
        let all: Vec<String> = if planned.is_empty() { there.collect() } else { planned };
        if all.is_empty() && self.any_subnet(names::DEFAULT_SUBNET).is_some() {
            return vec![names::DEFAULT_SUBNET.to_owned()];
        }
        all
    }

    /// The interfaces that a pod asks for, first the one of its own, and what is wrong with the asking.
    #[must_use]
    pub fn interfaces(&self, asks: &Asks) -> (Vec<Interface>, Vec<Trouble>) {
        let (selections, mut trouble) = selections(asks);
        let mut interfaces = Vec::new();
        let replaced = !asks.annotation(names::ANNOTATION_DEFAULT_NETWORK).is_empty();
        if !replaced {
            interfaces.push(self.first(asks));
        }
        let mut seen = BTreeSet::new();
        for (place, selection) in selections.iter().enumerate() {
            let key = selection.key();
            let Some(nad) = self.nad(&key) else {
                if let Source::Known(_) = self.nads {
                    trouble.push(Trouble::NoNad(key));
                }
                continue;
            };
            if let Err(why) = nad.config() {
                trouble.push(Trouble::BadNad(key, why));
                continue;
            }
            let many = selections.iter().filter(|other| other.key() == key).count() > 1;
            let interface = self.attachment(asks, nad, selection, many, place, replaced);
            // two of one provider are one to the controller
            if !seen.insert(interface.provider.clone()) {
                trouble.push(Trouble::Twice(key));
                continue;
            }
            if interface.carrier != Carrier::Foreign || interface.subnet.is_some() {
                interfaces.push(interface);
            }
        }
        (interfaces, trouble)
    }

    fn first(&self, asks: &Asks) -> Interface {
        let provider = names::PROVIDER_OVN;
        let key = names::provider_annotation(provider, "logical_switch");
        let (subnet, also) = match asks.annotation(&key) {
            "" => {
                let mut bound = self.bound(&asks.namespace).into_iter();
                let first = bound.next();
                let vpc = first.as_deref().and_then(|name| self.any_subnet(name)).map(|subnet| subnet.spec.vpc.clone());
                (first.map(|name| (name, Why::Namespace(vpc.unwrap_or_default()))), bound.collect())
            }
            name => (Some((name.to_owned(), Why::Annotation(key))), Vec::new()),
        };
        let mut interface = Interface {
            device: "eth0".to_owned(),
            selection: None,
            provider: provider.to_owned(),
            carrier: Carrier::Ovn,
            subnet,
            also,
            ip: None,
            mac: None,
            pool: None,
        };
        interface.wishes(asks);
        interface
    }

    fn attachment(
        &self,
        asks: &Asks,
        nad: &Nad,
        selection: &Selection,
        many: bool,
        place: usize,
        replaced: bool,
    ) -> Interface {
        let of_nad = nad.provider();
        let carrier = nad.carrier();
        let named = !selection.interface.is_empty();
        let provider = match carrier {
            Carrier::Ovn if many && named => format!("{of_nad}.{}", selection.interface),
            _ => of_nad.clone(),
        };
        let key = names::provider_annotation(&provider, "logical_switch");
        let by_provider = || self.subnets_of_provider(&of_nad).next().map(|one| (one.name().to_owned(), Why::Provider));
        let own = || Some((self.first(asks).subnet?.0, Why::Fallback));
        let subnet = match (carrier, asks.annotation(&key)) {
            (Carrier::Ovn, "") => by_provider().or_else(own),
            (Carrier::Ovn, name) => Some((name.to_owned(), Why::Annotation(key))),
            // who only takes addresses is told where by the provider alone
            _ => by_provider(),
        };
        let device = match (named, place, replaced) {
            (true, ..) => selection.interface.clone(),
            (false, 0, true) => "eth0".to_owned(),
            (false, place, true) => format!("net{place}"),
            (false, place, false) => format!("net{}", place + 1),
        };
        let also = Vec::new();
        let selection = Some(selection.clone());
        let mut interface =
            Interface { device, selection, provider, carrier, subnet, also, ip: None, mac: None, pool: None };
        interface.wishes(asks);
        interface
    }
}

impl Interface {
    /// Looks what the annotations ask for it.
    fn wishes(&mut self, asks: &Asks) {
        let wish = |keys: Vec<String>| {
            keys.into_iter().find_map(|key| Some((key.clone(), asks.annotations.get(&key)?.clone())))
        };
        let filled = |wish: Wish| wish.filter(|(_, text)| !text.is_empty());
        let in_list = |text: &str| (!text.is_empty()).then(|| (names::ANNOTATION_NETWORKS.to_owned(), text.to_owned()));
        let [ips, mac] = self.selection.as_ref().map_or(["", ""], |one| [&one.ips, &one.mac]);
        // what the list of attachments asks for is written into the annotation first
        let (ips, macs) = (in_list(ips), in_list(mac));
        self.ip = ips.or_else(|| filled(wish(self.keys("ip_address"))));
        self.mac = macs.or_else(|| filled(wish(self.keys("mac_address"))));
        self.pool = filled(wish(vec![self.key("ip_pool")]));
    }
}
