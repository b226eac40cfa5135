//! The one table of KO codes. A code is never used again for another rule; each has a page under docs/checks/.
//!
//! `KO1xx` addresses, `KO2xx` Vip, `KO3xx` reservations, `KO4xx` EIP and NAT, `KO5xx` networks,
//! `KO6xx` interfaces of pods.

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// It works, but not as somebody may think, or not for ever.
    Warning,
    /// Could not be checked; `true` when the rule would have been an error.
    Unknown(bool),
    /// It does not work, or it harms somebody.
    Error,
}

impl Severity {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Unknown(_) => "unknown",
            Self::Error => "error",
        }
    }
}

/// One rule's entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// `KO101`.
    pub id: &'static str,
    /// What a finding of it usually means.
    pub severity: Severity,
    /// Whether it says "works until kube-ovn-controller restarts": `--strict` refuses it.
    pub until_restart: bool,
    /// The page's title: what the rule asks for.
    pub title: &'static str,
}

macro_rules! codes {
    ($($id:ident $severity:ident $restart:literal $title:literal;)*) => {
        $(#[doc = concat!("`", $title, "`")] pub const $id: Code = Code {
            id: stringify!($id), severity: Severity::$severity, until_restart: $restart, title: $title,
        };)*
        /// Every code, in order.
        pub const ALL: &[Code] = &[$($id),*];
    };
}

codes! {
    KO101 Error false "an address is written as one plain address";
    KO102 Error false "an address is of a family that the subnet has";
    KO103 Error false "an address lies inside the subnet";
    KO104 Error false "an address is not the network's first or last one";
    KO105 Error false "an address is not the subnet's gateway";
    KO106 Error false "an address is held by nobody else";
    KO107 Warning false "an address of excludeIps is taken on purpose";
    KO108 Warning false "an address of an IPPool is taken on purpose";
    KO109 Error false "a MAC is written as six bytes with colons";
    KO110 Error false "a MAC is not a multicast one";
    KO111 Error false "a MAC is used by nobody else in the subnet";
    KO112 Error false "a MAC comes with an address";
    KO113 Error false "an IPv6 address is written in lower case";
    KO114 Error false "the subnet has a free address";
    KO115 Error false "the subnet exists";
    KO116 Error false "a subnet is named";
    KO117 Error false "the subnet is not the nodes' own";
    KO118 Error false "the subnet is carried by OVN";
    KO119 Error false "the subnet is ready and stays";
    KO120 Warning false "no waiting pod asks for the address";
    KO121 Error false "a dual-stack subnet is written IPv4 first";
    KO201 Error false "the name cannot be taken for a pod's logical port";
    KO202 Error false "no logical port has the name";
    KO203 Error false "no EIP of the subnet has the name";
    KO204 Error false "the type is one that the controller knows";
    KO205 Error false "a typed Vip has a namespace";
    KO206 Error false "a switch_lb_vip lies in a subnet with a router port";
    KO207 Error false "a Vip with a selector has a namespace";
    KO208 Error false "the namespace exists";
    KO209 Error false "a selector item is key:value";
    KO210 Warning false "a kube_host_vm_vip has no selector";
    KO211 Error false "an allowed address pair has one family";
    KO212 Error false "a ready Vip keeps what it was created with";
    KO213 Warning false "a pod matches the selector and names the Vip";
    KO214 Warning true "the controller finds the address again after a restart";
    KO215 Warning true "the controller keeps the virtual port at a restart";
    KO216 Error false "a switch_lb_vip takes the MAC of the router port";
    KO217 Error false "a manifest writes no status";
    KO218 Error false "a manifest is of the kind's version and types";
    KO219 Error false "a field is one of the kind's";
    KO220 Error false "no Vip of that name is being deleted";
    KO221 Error false "a Vip that never got an address is recreated, not edited";
    KO222 Note false "a dual-stack subnet gives an address of each family";
    KO223 Error false "no pod or reservation of the namespace has the name";
    KO224 Error false "the Vip stays";
    KO225 Error false "the Vip has its address";
    KO226 Error false "a Vip that pods hold is a plain one";
    KO227 Error false "a Vip that pods hold has a namespace";
    KO228 Error false "pods that hold a Vip are in its namespace";
    KO229 Error false "a pod that holds a Vip has the labels of its selector";
    KO230 Error false "a pod that holds a Vip has a network of its own";
    KO231 Error false "a pod that holds a Vip has not ended";
    KO232 Error false "a pod that holds a Vip has an interface in its subnet";
    KO233 Warning false "the spec of a Vip says what it has";
    KO234 Note false "a selector has no mark of an interrupted call";
    KO235 Error false "OVN has the port of a typed Vip";
    KO236 Error false "OVN has the virtual port of a Vip that pods hold";
    KO237 Error false "the virtual port has the Vip's address";
    KO238 Error false "OVN lists the pods that name the Vip";
    KO239 Note false "a pod holds the address";
    KO240 Warning false "a changed workload restarts its pods";
    KO241 Error false "a file has one document for an object";
    KO301 Error false "the name is that of the pod's logical port";
    KO302 Error false "a reservation names its pod and namespace";
    KO303 Error false "the podType is one that the controller knows";
    KO304 Error false "an address is asked for by family";
    KO305 Error false "an IP keeps what it was created with";
    KO306 Error false "no IP of that name is being deleted";
    KO307 Warning true "a reservation outlives a restart of the controller";
    KO308 Error false "the pod gets its address from the subnet";
    KO309 Warning false "the pod asks for no other address";
    KO310 Warning false "the pod of a StatefulSet has a number";
    KO311 Error false "no logical port has the name of the reservation";
    KO312 Error false "the controller keeps the addresses of VMs";
    KO313 Warning false "the IP is marked as reserved";
    KO314 Error false "a reservation is written without finalizers";
    KO315 Note false "a VM's reservation goes with the VM";
    KO316 Error false "a MAC is asked of OVN";
    KO317 Error false "a manifest leaves a pod's own IP alone";
    KO318 Error false "an IP stays";
    KO319 Error false "an IP has its address";
    KO320 Note false "no claim is left of a reservation";
    KO321 Error false "the controller handles the IP";
    KO322 Error false "the pod has the address of its IP";
    KO323 Error false "OVN has the port of a pod that runs";
    KO324 Error false "the port has the addresses of the IP";
    KO401 Warning true "an EIP names its external subnet";
    KO402 Error false "the default external subnet exists";
    KO403 Error false "an EIP is from an external network";
    KO404 Error false "the external network has IPv4 only";
    KO405 Error false "an EIP asks for no IPv6 address and no MAC";
    KO406 Error false "the type of an EIP is one that the controller knows";
    KO407 Error false "an EIP of type lrp is the address of its router port";
    KO408 Error false "an EIP of type lsp is named like its node";
    KO409 Error false "an EIP for rules is not named like a router port";
    KO410 Warning false "a static EIP has the controller's finalizer";
    KO411 Error false "nobody else of the external subnet has the name";
    KO412 Error false "the name is one that Kubernetes takes";
    KO413 Error false "no object of that name is being deleted";
    KO414 Error false "an EIP keeps what it was created with";
    KO420 Error false "a rule names its EIP";
    KO421 Error false "the EIP exists";
    KO422 Error false "the EIP has an address";
    KO423 Error false "the EIP stays";
    KO424 Error false "the EIP is one for rules";
    KO425 Error false "the VPC has a router port on the EIP's subnet";
    KO426 Error false "the router port is bound on a gateway node";
    KO427 Error false "the VPC exists and stays";
    KO428 Error false "a rule has one target";
    KO429 Error false "ipType is vip or nothing";
    KO430 Error false "the target exists";
    KO431 Error false "the target has an address and stays";
    KO432 Error false "a router of OVN reaches the target's subnet";
    KO433 Error false "an inside address lies in a subnet of the VPC";
    KO434 Error false "EIP and target have a family in common";
    KO435 Warning false "a pod may hold the target";
    KO436 Error false "no rule of the same key is being deleted";
    KO437 Error false "no row of OVN is in the way";
    KO438 Error false "a ready rule keeps what it was created with";
    KO440 Error false "an EIP carries one FIP";
    KO441 Note false "an EIP carries a FIP or other rules";
    KO442 Error false "the type of a FIP is distributed or centralized";
    KO443 Error false "the rules of an EIP are of one VPC";
    KO444 Error false "a SNAT has one source";
    KO445 Error false "a source is written as an address or a CIDR";
    KO446 Error false "a source has one SNAT in its VPC";
    KO447 Warning false "the sources of two SNATs do not overlap";
    KO450 Error false "OVN has the router of a ready rule";
    KO451 Error false "OVN has the NAT row of a ready rule";
    KO452 Error false "the NAT row says what the rule says";
    KO453 Error false "OVN has the load balancer of a ready rule";
    KO454 Error false "the load balancer says what the rule says";
    KO455 Error false "the router uses the load balancer of the rule";
    KO456 Error false "the router has a port on the external network";
    KO457 Error false "the gateway port is bound to a node";
    KO458 Error false "a rule has the addresses that its EIP and target have now";
    KO459 Error false "OVN has the row of a rule that is being deleted";
    KO460 Error false "the protocol is tcp, udp or sctp";
    KO461 Error false "a port is a number from 1 to 65535";
    KO462 Error false "a port of an EIP is forwarded once";
    KO463 Error false "no load balancer has the name";
    KO464 Warning false "a DNAT does without the duplicate label";
    KO465 Warning false "the source of a SNAT has no FIP";
    KO466 Warning false "the target is no Vip of a load balancer";
    KO480 Error false "an EIP or rule gets ready";
    KO481 Error false "the EIP of a rule is there";
    KO482 Warning false "an EIP has the controller's finalizer";
    KO483 Note false "status.nat says who uses an EIP";
    KO484 Error false "what is being deleted is held by nobody";
    KO485 Warning false "a ready EIP or rule is as its spec says";
    KO486 Error false "the target of a rule is there";
    KO487 Error false "somebody holds the Vip that a rule points at";
    KO488 Error false "the gateway of an iptables EIP or rule is there";
    KO501 Error false "a VPC is joined to an external network";
    KO502 Error false "the VPC that is joined is there";
    KO503 Error false "a node is a gateway";
    KO504 Error false "OVN knows the gateway nodes";
    KO505 Warning false "the labels of gateway nodes last";
    KO506 Error false "the default VPC is joined by the ConfigMap";
    KO507 Warning false "controller and kube-ovn-cni mean the same network";
    KO508 Error false "the provider network is on the gateway nodes";
    KO509 Warning false "a VPC has one default route";
    KO510 Error false "a port that rules use stays";
    KO511 Error false "who asks for a port has one";
    KO512 Error false "a node has the gateway port";
    KO513 Warning false "a gateway port is on the labelled nodes";
    KO514 Warning false "a VPC leaves nothing behind";
    KO515 Warning false "a watched way out is up";
    KO530 Error false "a cidrBlock is one network, or one of each family";
    KO531 Error false "a subnet lies outside the reserved blocks";
    KO532 Note false "a cidrBlock has no host bits";
    KO533 Error false "a gateway is a host of its subnet";
    KO534 Error false "excludeIps are addresses and ranges";
    KO535 Warning false "excludeIps lie inside the subnet";
    KO536 Error false "a subnet overlaps nobody of its VPC";
    KO537 Error false "a subnet is not named like its VPC";
    KO538 Error false "the vlan of a subnet can be used";
    KO539 Error false "the namespaces of a subnet are its VPC's";
    KO540 Error false "an option of a subnet is one that the controller takes";
    KO541 Warning false "an option of a subnet has an effect";
    KO542 Error false "a subnet stays under those who have its addresses";
    KO543 Error false "a provider network has names that Linux takes";
    KO544 Error false "a vlan has a tag that a frame can have";
    KO545 Error false "a tag is one vlan's of its provider network";
    KO546 Error false "the provider network of a vlan exists";
    KO547 Error false "the routes of a VPC can be read";
    KO548 Error false "what a VPC names is there";
    KO549 Error false "a VPC that goes out has a gateway node";
    KO550 Error false "a pool has items that can be read";
    KO551 Error false "a pool lies inside its subnet";
    KO552 Error false "a pool overlaps no other pool";
    KO553 Error false "an address set has one family";
    KO554 Error false "a pool has an address to give";
    KO555 Warning false "a pool leaves its subnet some addresses";
    KO556 Error false "a pool keeps its subnet";
    KO560 Error false "a front end has one address a family";
    KO561 Error false "a load balancer names its namespace";
    KO562 Error false "a load balancer has ports that a Service takes";
    KO563 Error false "a load balancer has back ends";
    KO564 Error false "a port of a front end is one load balancer's";
    KO565 Error false "the session affinity is one that a Service takes";
    KO566 Error false "the Service of a load balancer can have its name";
    KO567 Error false "OVN has the load balancer of a rule";
    KO570 Error false "a subnet gets ready";
    KO571 Error false "OVN has the switch and the router port of a ready subnet";
    KO572 Warning false "the address book of a subnet is what objects hold";
    KO573 Error false "a subnet that is being deleted can go";
    KO601 Error false "the networks that a pod asks for can be read";
    KO602 Error false "a network that a pod asks for is defined";
    KO603 Error false "an annotation has a key that Kube-OVN reads";
    KO604 Error false "an annotation is for an interface of the pod";
    KO605 Error false "an interface has a subnet";
    KO606 Note false "an attachment has a subnet of its own";
    KO607 Error false "an interface and its subnet are carried by the same";
    KO608 Warning false "a MAC is asked for an interface of OVN";
    KO609 Warning false "a pod is in the VPC of its namespace";
    KO610 Error false "the pool exists";
    KO611 Error false "the pool is of the interface's subnet";
    KO612 Error false "a list of addresses is one that the controller can read";
    KO613 Error false "an interface asks for one address of a family";
    KO614 Error false "there are as many addresses as pods";
    KO615 Warning false "an update finds a free address";
    KO616 Error false "the Vip of a pod has an address";
    KO617 Error false "the Vip of a pod is free and of its subnet";
    KO618 Error false "a pod that takes a Vip has one interface";
    KO619 Error false "interfaces of one network have names";
    KO620 Warning false "a pod with interfaces is not on the node's network";
    KO621 Error false "a manifest leaves out what the controller writes";
    KO622 Error false "the address of an interface has its IP";
    KO623 Error false "an interface has an address";
    KO624 Error false "an interface has the address that was asked for";
    KO625 Error false "a list of addresses has one that is to be had";
    KO626 Error false "the configuration of a network can be read";
    KO627 Error false "a network names its own provider";
    KO628 Error false "a network says where Kube-OVN listens";
    KO629 Error false "a network has what its plugin needs";
    KO630 Warning false "a network that gives addresses has a subnet";
    KO631 Error false "a route of a network has a destination and a gateway";
    KO633 Error false "a network has a name that fits a provider";
}

/// The entry of a code, whatever the case of its letters.
#[must_use]
pub fn find(id: &str) -> Option<Code> {
    ALL.iter().copied().find(|code| code.id.eq_ignore_ascii_case(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        assert!(ALL.windows(2).all(|pair| pair[0].id < pair[1].id));
    }

    #[test]
    fn every_code_has_a_page_and_no_page_is_left_over() -> std::io::Result<()> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/checks");
        let mut pages: Vec<String> = std::fs::read_dir(folder)?
            .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
            .collect::<Result<_, _>>()?;
        pages.sort();
        let expected: Vec<String> = ALL.iter().map(|code| format!("{}.md", code.id)).collect();
        assert_eq!(pages.iter().filter(|page| *page != "README.md").cloned().collect::<Vec<_>>(), expected);
        Ok(())
    }
}
