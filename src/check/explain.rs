//! The controller's sentences in plain words, each with what repairs it.

/// A sentence of kube-ovn-controller, told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// What it means, in plain words.
    pub meaning: String,
    /// What to do.
    pub repair: String,
}

/// What a sentence about a Vip means. A sentence that is not known is passed on as it is.
#[must_use]
pub fn vip(sentence: &str, subnet: &str, name: &str) -> Explained {
    let again = format!("kubectl ko vip delete {name}, then create it with another address");
    let told = |meaning: String, repair: String| Explained { meaning, repair };
    match sentence {
        text if text.contains("AddressConflict") => {
            told(format!("the address, or the MAC, is in use in subnet {subnet}: somebody took it first"), again)
        }
        text if text.contains("AddressOutOfRange") => {
            told(format!("the address is not one that subnet {subnet} can give"), again)
        }
        text if text.contains("NoAvailableAddress") => told(
            format!("subnet {subnet} has no free address outside its pools"),
            format!(
                "free one (kubectl get ips,vips -l ovn.kubernetes.io/subnet={subnet}), or ask for one of a pool or of excludeIps by name"
            ),
        ),
        text if text.contains("NoSubnet") => told(
            format!("the controller's address book does not know subnet {subnet}: it is not valid"),
            format!("kubectl describe subnet {subnet}"),
        ),
        text if text.contains("can not contain upper case") => {
            told("an IPv6 address has upper-case letters".to_owned(), again)
        }
        text if text.contains("not support change") => {
            told("the address or MAC of a Vip cannot change".to_owned(), format!("kubectl ko vip show {name}"))
        }
        text if text.contains("not found") => Explained {
            meaning: format!("something it needs is not there: {text}"),
            repair: format!("kubectl get subnet {subnet}"),
        },
        text if text.contains("the object has been modified") => Explained {
            meaning: "somebody wrote at the same moment; the controller tries again".to_owned(),
            repair: String::new(),
        },
        text => Explained { meaning: text.to_owned(), repair: format!("kubectl ko vip show {name}") },
    }
}

/// What a sentence about a rule or EIP of a gateway means that is being deleted: it is taken away inside the gateway's pod.
#[must_use]
pub fn gateway(sentence: &str, gateway: &str, look: &str) -> Explained {
    let absent = ["pod is not active now", "container not found", "unable to upgrade connection", "not found"];
    if gateway.is_empty() || !absent.iter().any(|part| sentence.contains(part)) {
        return Explained { meaning: String::new(), repair: look.to_owned() };
    }
    let pod = format!("vpc-nat-gw-{gateway}-0");
    Explained {
        meaning: format!("pod {pod} of its gateway does not run, and it is in there that it has to be taken away"),
        repair: format!(
            "kubectl get pods -A --field-selector metadata.name={pod}: when it runs, the deletion ends by itself"
        ),
    }
}

/// What a sentence about an `OvnEip` means. A sentence that is not known is passed on as it is.
#[must_use]
pub fn eip(sentence: &str, subnet: &str, name: &str) -> Explained {
    let again = format!("kubectl ko eip delete {name}, then create it with another address");
    let told = |meaning: String, repair: String| Explained { meaning, repair };
    match sentence {
        text if text.contains("a valid label must be") => told(
            format!("subnet {subnet} has IPv6, which no EIP can have up to Kube-OVN 1.16"),
            "choose an IPv4 subnet with a vlan: kubectl get subnets -o wide".to_owned(),
        ),
        text if text.contains("AddressConflict") => {
            told(format!("the address is in use in subnet {subnet}: somebody took it first"), again)
        }
        text if text.contains("AddressOutOfRange") => {
            told(format!("the address is not one that subnet {subnet} can give"), again)
        }
        text if text.contains("failed to parse vip ip") => told("the address cannot be read".to_owned(), again),
        text if text.contains("can not contain upper case") => {
            told("an IPv6 address has upper-case letters, and would not be honoured".to_owned(), again)
        }
        text if text.contains("NoAvailableAddress") => Explained {
            meaning: format!("subnet {subnet} has no free address outside its pools"),
            repair: "delete an EIP that nobody uses: kubectl ko eip list".to_owned(),
        },
        text if text.contains("still being used by NAT rules") => Explained {
            meaning: "rules use it still, and it goes only behind them".to_owned(),
            repair: format!("kubectl ko eip delete {name} --with-rules"),
        },
        text if text.contains("not support change") => told(
            "nothing of an EIP can change; its spec says something else than it has".to_owned(),
            format!("set the spec of {name} to what its status says"),
        ),
        text => common(text, &format!("kubectl ko eip show {name}")),
    }
}

/// What a sentence about a Vpc means. A sentence that is not known is passed on as it is.
#[must_use]
pub fn vpc(sentence: &str, name: &str) -> Explained {
    let show = format!("kubectl ko vpc show {name}");
    let told = |meaning: &str, repair: String| Explained { meaning: meaning.to_owned(), repair };
    match sentence {
        text if text.contains("no external gw nodes") => told(
            "no node is labelled ovn.kubernetes.io/external-gw=true, so that its router gets no port",
            format!("kubectl ko external attach SUBNET --vpc {name} --gateway-node NODE"),
        ),
        text if text.contains("has no chassis annotation") => told(
            "a node that is labelled as gateway has no kube-ovn-cni at work, and stops all others",
            "kubectl get pods -A -l app=kube-ovn-cni -o wide".to_owned(),
        ),
        text if text.contains("failed to get external subnet") => told(
            "it names no external network, and the controller's default one is not there (--external-gateway-switch)",
            format!("kubectl ko external attach SUBNET --vpc {name}"),
        ),
        text if text.contains("ip or mac should not be empty") => told(
            "the EIP of its router has no address: delete it, and the controller makes another",
            "kubectl ko eip list".to_owned(),
        ),
        text if text.contains("invalid ip") || text.contains("invalid cidr") || text.contains("invalid next hop") => {
            told(
                "one of its routes cannot be read, and stops all the others",
                format!("kubectl edit vpc {name}: spec.staticRoutes"),
            )
        }
        text if text.contains("NoAvailableAddress") => {
            told("the external network has no free address for its router", "kubectl ko eip list".to_owned())
        }
        text => common(text, &show),
    }
}

/// What a sentence about a NAT rule means; `noun` is `fip`, `snat` or `dnat`. A sentence that is not known
/// is passed on as it is.
#[must_use]
pub fn rule(sentence: &str, noun: &str, name: &str) -> Explained {
    let again = format!("kubectl ko {noun} delete {name}, then create it anew");
    let told = |meaning: &str, repair: String| Explained { meaning: meaning.to_owned(), repair };
    let waits = |meaning: String, repair: &str| Explained { meaning, repair: repair.to_owned() };
    match sentence {
        text if text.contains("not found logical router") && text.contains(" nat '") => told(
            "it is being deleted and hangs: its row in OVN is gone, so the controller never finishes",
            format!("kubectl ko {noun} delete {name} --release"),
        ),
        text if text.contains("not found load balancer") => told(
            "it is being deleted and hangs: its load balancer in OVN is gone",
            format!("kubectl ko {noun} delete {name} --release"),
        ),
        text if text.contains("not found logical router") => {
            waits("its VPC has no router in OVN: it does not exist, or is not ready".to_owned(), "kubectl get vpcs")
        }
        text if text.contains("is used by the other fip") => {
            let other = text.rsplit(' ').next().unwrap_or_default();
            told(&format!("ofip/{other} has the EIP already"), format!("kubectl ko fip show {other}"))
        }
        text if text.contains("duplicate, same eip") => waits(
            "the port is forwarded by a rule with the label ovn.kubernetes.io/vpc_dnat_eport".to_owned(),
            "choose another port, or take the label off that rule",
        ),
        text if text.contains("can not use type lsp eip") => {
            told("the EIP is a node's own port (type lsp), which no rule can use", again)
        }
        text if text.contains("is not ready, has no ip")
            || text.contains("no external ip")
            || text.contains("has no ip") =>
        {
            waits("the EIP has no address yet".to_owned(), "kubectl ko eip list")
        }
        text if text.contains("no internal ip") => {
            waits("the target has no address yet".to_owned(), "kubectl get ips,vips")
        }
        text if text.contains("should set eip") => told("no EIP is named", again),
        text if text.contains("no external port")
            || text.contains("no internal port")
            || text.contains("no protocol") =>
        {
            told("a port or the protocol is missing", again)
        }
        text if text.contains("no vpc") || text.contains("failed to get vpc for snat") => {
            told("the VPC is not named, or the target's subnet has none", again)
        }
        text if text.contains("failed to get subnet or ip cidr") => told("no source is named", again),
        text if text.contains("create load balancer") => {
            told("OVN refuses the load balancer: the protocol is none of tcp, udp, sctp in lower case", again)
        }
        text if text.contains("not support change")
            || text.contains("cidr changed")
            || text.contains("eip changed") =>
        {
            told("nothing of a ready rule can change; OVN keeps the old row", again)
        }
        text => common(text, &format!("kubectl ko {noun} show {name}")),
    }
}

/// Sentences about any object.
fn common(text: &str, look: &str) -> Explained {
    let meaning = match text {
        _ if text.contains("the object has been modified") => {
            "somebody wrote at the same moment; the controller tries again".to_owned()
        }
        _ if text.contains("not found") => format!("something it needs is not there: {text}"),
        _ => text.to_owned(),
    };
    Explained { meaning, repair: look.to_owned() }
}

/// What a sentence about a reservation means. A sentence that is not known is passed on as it is.
#[must_use]
pub fn ip(sentence: &str, subnet: &str, name: &str) -> Explained {
    let again = format!("kubectl ko ip release ip/{name}, then reserve another address");
    let told = |meaning: String, repair: String| Explained { meaning, repair };
    match sentence {
        text if text.contains("AddressOutOfRange") => {
            told(format!("the address is not one that subnet {subnet} can give"), again)
        }
        text if text.contains("AddressConflict") => {
            told(format!("the MAC is in use in subnet {subnet}: somebody took it first"), again)
        }
        text if text.contains("podType") => told("the controller does not know its podType".to_owned(), again),
        text if text.contains("can not contain upper case") => {
            told("an IPv6 address has upper-case letters".to_owned(), again)
        }
        text => {
            let vip = vip(text, subnet, name);
            Explained { repair: vip.repair.replace("kubectl ko vip show ", "kubectl ko ip show ip/"), ..vip }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sentences as kube-ovn-controller 1.16.2 wrote them, and a word of what they mean.
    #[test]
    fn each_sentence_of_the_controller_about_rules_is_told_in_plain_words() {
        let sentences = [
            ("failed to create fip rule, should set eip", "no EIP is named"),
            ("eip 'nbad' is not ready, has no ip", "no address yet"),
            ("ovn nat x can not use type lsp eip nlsp", "type lsp"),
            ("failed to add fip x, 10.5.204.113 is used by the other fip f-a", "has the EIP already"),
            ("failed to create fip x, no internal ip", "target has no address"),
            ("failed to create dnat x, no vpc", "VPC is not named"),
            ("failed to get vpc for snat x", "VPC is not named"),
            ("failed to get subnet or ip cidr for snat x", "no source"),
            ("failed to create dnat x, no protocol", "protocol is missing"),
            ("create load balancer x: 1 ovsdb operations failed", "OVN refuses"),
            ("failed to create dnat x, duplicate, same eip n1, same external port '80' is used by dnat y", "label"),
            ("not found logical router vpc1 nat 'type snat external ip 1.1.1.1 logical ip 2.2.2.2'", "hangs"),
            (r#"not found load balancer "x""#, "hangs"),
            (r#"not found logical router "nope""#, "no router"),
            ("not support change external port for dnat x", "nothing of a ready rule can change"),
            ("failed to update snat x, v4 ip cidr changed", "nothing of a ready rule can change"),
            (r#"ovneip.kubeovn.io "zz" not found"#, "is not there"),
        ];
        for (sentence, word) in sentences {
            let told = rule(sentence, "ovn-fip", "x");
            assert!(told.meaning.contains(word), "{sentence}: {told:?}");
            assert!(!told.repair.is_empty(), "{sentence}");
        }
    }

    #[test]
    fn each_sentence_of_the_controller_about_eips_is_told_in_plain_words() {
        let sentences = [
            ("AddressConflict", "in use"),
            ("AddressOutOfRange", "not one that subnet"),
            ("failed to parse vip ip abc", "cannot be read"),
            (
                r#"failed to update ovn eip 'x', OvnEip.kubeovn.io "x" is invalid: metadata.labels: Invalid value: "fd00:6::1": a valid label must be an empty string"#,
                "IPv6",
            ),
            ("ovn eip x is still being used by NAT rules: fip, waiting for them to be deleted", "rules use it"),
            ("not support change v6 ip for ovn eip x", "can change"),
            (r#"subnet.kubeovn.io "external" not found"#, "is not there"),
        ];
        for (sentence, word) in sentences {
            let told = eip(sentence, "external204", "x");
            assert!(told.meaning.contains(word), "{sentence}: {told:?}");
        }
    }
}
