//! The kinds that are served, and the printer columns of those the program asks tables of.

/// Printer columns: header, JSON pointer into the object, type.
type Columns = &'static [(&'static str, &'static str, &'static str)];

/// One resource of the API.
#[derive(Debug)]
pub struct Kind {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// Version of the group.
    pub version: &'static str,
    /// `vips`
    pub plural: &'static str,
    /// `Vip`
    pub name: &'static str,
    /// Whether its objects stand in namespaces.
    pub namespaced: bool,
    columns: Columns,
    /// Served only once there is an object of it.
    pub optional: bool,
}

impl Kind {
    const fn new(group: &'static str, name: &'static str, plural: &'static str, namespaced: bool) -> Self {
        Self { group, version: "v1", plural, name, namespaced, columns: &[], optional: false }
    }

    const fn kube_ovn(kind: &'static str, plural: &'static str, columns: Columns) -> Self {
        Self { columns, ..Self::new("kubeovn.io", kind, plural, false) }
    }

    const fn optional(group: &'static str, kind: &'static str, plural: &'static str, namespaced: bool) -> Self {
        Self { optional: true, ..Self::new(group, kind, plural, namespaced) }
    }

    /// `vips.kubeovn.io`, as error messages name a resource.
    #[must_use]
    pub fn resource(&self) -> String {
        if self.group.is_empty() { self.plural.to_owned() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// `kubeovn.io/v1`
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// The printer columns behind the name: header, JSON pointer into the object, type.
    pub(crate) fn columns(&self) -> Columns {
        if self.columns.is_empty() { AGE } else { self.columns }
    }
}

/// The columns of a kind that declares none.
const AGE: Columns = &[("Age", "/metadata/creationTimestamp", "date")];

/// The kind of a manifest.
#[must_use]
pub fn of_manifest(api_version: &str, kind: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|known| known.name == kind && known.api_version() == api_version)
}

/// The kind at a path.
pub(crate) fn of_path(group: &str, version: &str, plural: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|known| known.group == group && known.version == version && known.plural == plural)
}

/// The kind of `vips.kubeovn.io`.
pub(crate) fn of_resource(resource: &str) -> Option<&'static Kind> {
    let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
    KINDS.iter().find(|known| known.group == group && known.plural == plural)
}

/// The kind of that plural; plurals are unique here.
#[must_use]
pub fn of_plural(plural: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|known| known.plural == plural)
}

/// Columns as in Kube-OVN 1.16.2 (charts/kube-ovn/templates/kube-ovn-crd.yaml, `additionalPrinterColumns`).
pub(crate) static KINDS: &[Kind] = &[
    Kind::new("", "Pod", "pods", true),
    Kind::new("", "Namespace", "namespaces", false),
    Kind::new("", "Node", "nodes", false),
    Kind::new("", "ConfigMap", "configmaps", true),
    Kind::new("", "Service", "services", true),
    Kind::new("", "Endpoints", "endpoints", true),
    Kind::new("", "Event", "events", true),
    Kind::new("apps", "Deployment", "deployments", true),
    Kind::new("apps", "StatefulSet", "statefulsets", true),
    Kind::new("apps", "DaemonSet", "daemonsets", true),
    Kind::new("discovery.k8s.io", "EndpointSlice", "endpointslices", true),
    Kind::new("coordination.k8s.io", "Lease", "leases", true),
    Kind::new("apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions", false),
    Kind::optional("k8s.cni.cncf.io", "NetworkAttachmentDefinition", "network-attachment-definitions", true),
    Kind::optional("kubevirt.io", "VirtualMachine", "virtualmachines", true),
    Kind::optional("kubevirt.io", "VirtualMachineInstance", "virtualmachineinstances", true),
    Kind::kube_ovn(
        "IP",
        "ips",
        &[
            ("V4IP", "/spec/v4IpAddress", "string"),
            ("V6IP", "/spec/v6IpAddress", "string"),
            ("Mac", "/spec/macAddress", "string"),
            ("Node", "/spec/nodeName", "string"),
            ("Subnet", "/spec/subnet", "string"),
        ],
    ),
    Kind::kube_ovn(
        "Vip",
        "vips",
        &[
            ("Namespace", "/spec/namespace", "string"),
            ("V4IP", "/status/v4ip", "string"),
            ("V6IP", "/status/v6ip", "string"),
            ("Mac", "/status/mac", "string"),
            ("Subnet", "/spec/subnet", "string"),
            ("Type", "/status/type", "string"),
        ],
    ),
    Kind::kube_ovn(
        "OvnEip",
        "ovn-eips",
        &[
            ("V4IP", "/status/v4Ip", "string"),
            ("V6IP", "/status/v6Ip", "string"),
            ("Mac", "/status/macAddress", "string"),
            ("Type", "/status/type", "string"),
            ("Nat", "/status/nat", "string"),
            ("Ready", "/status/ready", "boolean"),
            ("ExternalSubnet", "/spec/externalSubnet", "string"),
        ],
    ),
    Kind::kube_ovn(
        "IptablesEIP",
        "iptables-eips",
        &[
            ("IP", "/status/ip", "string"),
            ("Mac", "/spec/macAddress", "string"),
            ("Nat", "/status/nat", "string"),
            ("NatGwDp", "/spec/natGwDp", "string"),
            ("Ready", "/status/ready", "boolean"),
        ],
    ),
    Kind::kube_ovn(
        "OvnFip",
        "ovn-fips",
        &[
            ("Vpc", "/status/vpc", "string"),
            ("Type", "/spec/type", "string"),
            ("V4Eip", "/status/v4Eip", "string"),
            ("V6Eip", "/status/v6Eip", "string"),
            ("V4Ip", "/status/v4Ip", "string"),
            ("V6Ip", "/status/v6Ip", "string"),
            ("Ready", "/status/ready", "boolean"),
            ("IpType", "/spec/ipType", "string"),
            ("IpName", "/spec/ipName", "string"),
        ],
    ),
    Kind::kube_ovn(
        "OvnDnatRule",
        "ovn-dnat-rules",
        &[
            ("Vpc", "/status/vpc", "string"),
            ("Eip", "/spec/ovnEip", "string"),
            ("Protocol", "/status/protocol", "string"),
            ("V4Eip", "/status/v4Eip", "string"),
            ("V6Eip", "/status/v6Eip", "string"),
            ("V4Ip", "/status/v4Ip", "string"),
            ("V6Ip", "/status/v6Ip", "string"),
            ("InternalPort", "/status/internalPort", "string"),
            ("ExternalPort", "/status/externalPort", "string"),
            ("IpName", "/spec/ipName", "string"),
            ("Ready", "/status/ready", "boolean"),
        ],
    ),
    Kind::kube_ovn(
        "OvnSnatRule",
        "ovn-snat-rules",
        &[
            ("Vpc", "/status/vpc", "string"),
            ("V4Eip", "/status/v4Eip", "string"),
            ("V6Eip", "/status/v6Eip", "string"),
            ("V4IpCidr", "/status/v4IpCidr", "string"),
            ("V6IpCidr", "/status/v6IpCidr", "string"),
            ("Ready", "/status/ready", "boolean"),
        ],
    ),
    Kind::kube_ovn(
        "SwitchLBRule",
        "switch-lb-rules",
        &[
            ("vip", "/spec/vip", "string"),
            ("port(s)", "/status/ports", "string"),
            ("service", "/status/service", "string"),
            ("age", "/metadata/creationTimestamp", "date"),
        ],
    ),
    Kind::kube_ovn(
        "Subnet",
        "subnets",
        &[
            ("Provider", "/spec/provider", "string"),
            ("Vpc", "/spec/vpc", "string"),
            ("Vlan", "/spec/vlan", "string"),
            ("Protocol", "/spec/protocol", "string"),
            ("CIDR", "/spec/cidrBlock", "string"),
            ("Private", "/spec/private", "boolean"),
            ("NAT", "/spec/natOutgoing", "boolean"),
            ("Default", "/spec/default", "boolean"),
            ("GatewayType", "/spec/gatewayType", "string"),
            ("V4Used", "/status/v4usingIPs", "number"),
            ("V4Available", "/status/v4availableIPs", "number"),
            ("V6Used", "/status/v6usingIPs", "number"),
            ("V6Available", "/status/v6availableIPs", "number"),
            ("ExcludeIPs", "/spec/excludeIps", "string"),
            ("U2OInterconnectionIP", "/status/u2oInterconnectionIP", "string"),
        ],
    ),
    Kind::kube_ovn(
        "Vpc",
        "vpcs",
        &[
            ("EnableExternal", "/status/enableExternal", "boolean"),
            ("EnableBfd", "/status/enableBfd", "boolean"),
            ("Standby", "/status/standby", "boolean"),
            ("Subnets", "/status/subnets", "string"),
            ("ExtraExternalSubnets", "/status/extraExternalSubnets", "string"),
            ("Namespaces", "/spec/namespaces", "string"),
            ("DefaultSubnet", "/status/defaultLogicalSwitch", "string"),
        ],
    ),
    Kind::kube_ovn(
        "Vlan",
        "vlans",
        &[
            ("ID", "/spec/id", "string"),
            ("Provider", "/spec/provider", "string"),
            ("conflict", "/status/conflict", "boolean"),
        ],
    ),
    Kind::kube_ovn(
        "IPPool",
        "ippools",
        &[
            ("Subnet", "/spec/subnet", "string"),
            ("enableAddressSet", "/spec/enableAddressSet", "boolean"),
            ("IPs", "/spec/ips", "string"),
            ("V4Used", "/status/v4UsingIPs", "number"),
            ("V4Available", "/status/v4AvailableIPs", "number"),
            ("V6Used", "/status/v6UsingIPs", "number"),
            ("V6Available", "/status/v6AvailableIPs", "number"),
        ],
    ),
    Kind::kube_ovn(
        "ProviderNetwork",
        "provider-networks",
        &[("DefaultInterface", "/spec/defaultInterface", "string"), ("Ready", "/status/ready", "boolean")],
    ),
    Kind::kube_ovn(
        "IptablesFIPRule",
        "iptables-fip-rules",
        &[
            ("Eip", "/spec/eip", "string"),
            ("V4ip", "/status/v4ip", "string"),
            ("InternalIp", "/spec/internalIp", "string"),
            ("V6ip", "/status/v6ip", "string"),
            ("Ready", "/status/ready", "boolean"),
            ("NatGwDp", "/status/natGwDp", "string"),
        ],
    ),
    Kind::kube_ovn(
        "IptablesDnatRule",
        "iptables-dnat-rules",
        &[
            ("Eip", "/spec/eip", "string"),
            ("Protocol", "/spec/protocol", "string"),
            ("V4ip", "/status/v4ip", "string"),
            ("V6ip", "/status/v6ip", "string"),
            ("InternalIp", "/spec/internalIp", "string"),
            ("ExternalPort", "/spec/externalPort", "string"),
            ("InternalPort", "/spec/internalPort", "string"),
            ("NatGwDp", "/status/natGwDp", "string"),
            ("Ready", "/status/ready", "boolean"),
        ],
    ),
    Kind::kube_ovn(
        "IptablesSnatRule",
        "iptables-snat-rules",
        &[
            ("EIP", "/spec/eip", "string"),
            ("V4ip", "/status/v4ip", "string"),
            ("V6ip", "/status/v6ip", "string"),
            ("InternalCIDR", "/spec/internalCIDR", "string"),
            ("NatGwDp", "/status/natGwDp", "string"),
            ("Ready", "/status/ready", "boolean"),
        ],
    ),
    Kind::kube_ovn(
        "VpcNatGateway",
        "vpc-nat-gateways",
        &[("Vpc", "/spec/vpc", "string"), ("Subnet", "/spec/subnet", "string"), ("LanIP", "/spec/lanIp", "string")],
    ),
    Kind::kube_ovn("VpcDns", "vpc-dnses", &[]),
    Kind::kube_ovn("QoSPolicy", "qos-policies", &[]),
    Kind::kube_ovn("SecurityGroup", "security-groups", &[]),
];
