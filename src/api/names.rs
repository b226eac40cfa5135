//! Labels, annotations, finalizers and fixed names of Kube-OVN, each in one place (Kube-OVN: pkg/util/const.go).

/// Finalizer of every kind since 1.13; 1.12 wrote `kube-ovn-controller`.
pub const FINALIZER: &str = "kubeovn.io/kube-ovn-controller";

/// Whether a finalizer is Kube-OVN's, of any release (1.12: `kube-ovn-controller`).
#[must_use]
pub fn is_own_finalizer(finalizer: &str) -> bool {
    finalizer == FINALIZER || finalizer == "kube-ovn-controller"
}

/// Label of Vips, IPs and EIPs: the Subnet their address is from.
pub const LABEL_SUBNET: &str = "ovn.kubernetes.io/subnet";
/// Label: on a Vip the logical port that uses it as its fixed address, empty when none does; on an IP `"true"` for a
/// reservation made by a user.
pub const LABEL_IP_RESERVED: &str = "ovn.kubernetes.io/ip_reserved";

/// Label of a rule: the IPv4 address of its EIP. By it the controller counts who uses an EIP.
pub const LABEL_EIP_V4: &str = "ovn.kubernetes.io/eip_v4_ip";
/// Label of a rule: the IPv6 address of its EIP.
pub const LABEL_EIP_V6: &str = "ovn.kubernetes.io/eip_v6_ip";
/// Label of an EIP: its type.
pub const LABEL_EIP_TYPE: &str = "ovn.kubernetes.io/ovn_eip_type";
/// Annotation of a rule: its EIP.
pub const ANNOTATION_VPC_EIP: &str = "ovn.kubernetes.io/vpc_eip";

/// Pod annotation: names of the Vips the pod may hold as allowed address pairs, separated by commas **without** spaces.
/// It has no form per provider.
pub const ANNOTATION_AAPS: &str = "ovn.kubernetes.io/aaps";
/// The Vips that [`ANNOTATION_AAPS`] names as its writer meant it: without the spaces around a name. So the controller reads it
/// where it sets a pod's `external_ids:vips` and where it notices an edit (Kube-OVN: pkg/controller/pod.go, `getVirtualIPs`).
pub fn aaps_meant(annotation: &str) -> impl Iterator<Item = &str> {
    annotation.split(',').map(str::trim).filter(|name| !name.is_empty())
}

/// Whether [`ANNOTATION_AAPS`] makes a pod one that may hold the Vip: the name stands there without a space. So the controller
/// reads it where it lists a virtual port's parents (Kube-OVN: pkg/controller/vip.go, `handleUpdateVirtualParents`).
#[must_use]
pub fn aaps_entitle(annotation: &str, vip: &str) -> bool {
    annotation.split(',').any(|name| name == vip)
}

/// Pod annotation: the Vip whose address the pod takes as its own.
pub const ANNOTATION_VIP: &str = "ovn.kubernetes.io/vip";
/// Node label: `"true"` makes it a gateway to external networks, `"false"` is what the controller writes otherwise.
pub const LABEL_EXTERNAL_GATEWAY: &str = "ovn.kubernetes.io/external-gw";
/// Node annotation: the name of its chassis in OVN's southbound database.
pub const ANNOTATION_CHASSIS: &str = "ovn.kubernetes.io/chassis";
/// Annotation of nodes and pods: the controller gave it its address.
pub const ANNOTATION_ALLOCATED: &str = "ovn.kubernetes.io/allocated";
/// Annotation that `kubectl apply` leaves; it repeats the whole manifest.
pub const ANNOTATION_LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Pod annotation of Multus: the attachments asked for.
pub const ANNOTATION_NETWORKS: &str = "k8s.v1.cni.cncf.io/networks";
/// Pod annotation of Multus: an attachment that takes the place of the first interface.
pub const ANNOTATION_DEFAULT_NETWORK: &str = "v1.multus-cni.io/default-network";

/// Annotation of a claim, an IP that stands for an address while it is being reserved: the name of the reservation's IP.
pub const ANNOTATION_CLAIM: &str = "kubectl-ko/claim";
/// Label of KubeVirt's pods: `virt-launcher`.
pub const LABEL_KUBEVIRT: &str = "kubevirt.io";

/// Provider of the pod's first interface.
pub const PROVIDER_OVN: &str = "ovn";
/// The Subnet that holds the nodes' own addresses (`--node-switch`).
pub const JOIN_SUBNET: &str = "join";

/// The Subnet of namespaces that no other is bound to (`--default-ls`).
pub const DEFAULT_SUBNET: &str = "ovn-default";

/// Lease of the controller's leader election, in Kube-OVN's namespace.
pub const LEASE_CONTROLLER: &str = "kube-ovn-controller";

/// The key of a pod annotation for one provider: `PROVIDER.kubernetes.io/KEY`
/// (Kube-OVN: pkg/util/const.go, the `…AnnotationTemplate` constants).
#[must_use]
pub fn provider_annotation(provider: &str, key: &str) -> String {
    format!("{provider}.kubernetes.io/{key}")
}

/// The logical port of a pod, VM or typed Vip: `NAME.NAMESPACE`, with the provider behind it unless it is `ovn`
/// (Kube-OVN: pkg/ovs/util.go, `PodNameToPortName`).
#[must_use]
pub fn port_name(name: &str, namespace: &str, provider: &str) -> String {
    if provider.is_empty() || provider == PROVIDER_OVN {
        format!("{name}.{namespace}")
    } else {
        format!("{name}.{namespace}.{provider}")
    }
}

/// Whether OVN carries a provider's subnets: `ovn`, nothing, or `NAD.NAMESPACE.ovn` (Kube-OVN: pkg/util/subnet.go, `IsOvnProvider`).
#[must_use]
pub fn is_ovn_provider(provider: &str) -> bool {
    if provider.is_empty() || provider == PROVIDER_OVN {
        return true;
    }
    let fields: Vec<&str> = provider.split('.').collect();
    fields.len() == 3 && fields[2] == PROVIDER_OVN
}

/// The name of the claim of an address or MAC in a Subnet: the same for whoever wants it, so that the server lets one write it.
/// It has no dot, and the name of a pod's logical port always has one: the controller passes over it.
#[must_use]
pub fn claim_name(wanted: &str, subnet: &str) -> String {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['.', ':'], "-");
    format!("ko-claim-{}-{}", plain(wanted), plain(subnet))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_in_the_list_of_vips_is_meant_well_and_entitles_to_nothing() {
        assert_eq!(aaps_meant("a, b,,c ").collect::<Vec<_>>(), ["a", "b", "c"]);
        assert!(aaps_entitle("a, b", "a") && !aaps_entitle("a, b", "b"));
        assert!(!aaps_entitle("", "a"));
    }
}
