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

/// What a sentence about an `OvnEip` means. A sentence that is not known is passed on as it is.
#[must_use]
pub fn eip(sentence: &str, subnet: &str, name: &str) -> Explained {
    let again = format!("kubectl delete ovn-eip {name}, then create it with another address");
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
            repair: "delete an EIP that nobody uses: kubectl get ovn-eips".to_owned(),
        },
        text if text.contains("still being used by NAT rules") => Explained {
            meaning: "rules use it, or one that is being deleted hangs".to_owned(),
            repair: format!("kubectl get ovn-fips,ovn-snat-rules,ovn-dnat-rules; those of {name} go first"),
        },
        text if text.contains("not support change") => told(
            "nothing of an EIP can change; its spec says something else than it has".to_owned(),
            format!("set the spec of {name} to what its status says"),
        ),
        text => common(text, &format!("kubectl get ovn-eip {name} -o yaml")),
    }
}

/// What a sentence about a NAT rule means; `noun` is `ovn-fip`, `ovn-snat-rule` or `ovn-dnat-rule`. A sentence that is not known
/// is passed on as it is.
#[must_use]
pub fn rule(sentence: &str, noun: &str, name: &str) -> Explained {
    let again = format!("kubectl delete {noun} {name}, then create it anew");
    let told = |meaning: &str, repair: String| Explained { meaning: meaning.to_owned(), repair };
    let waits = |meaning: String, repair: &str| Explained { meaning, repair: repair.to_owned() };
    match sentence {
        text if text.contains("not found logical router") && text.contains(" nat '") => told(
            "it is being deleted and hangs: its row in OVN is gone, so the controller never finishes",
            "make the row again with its status's addresses, and it goes: kubectl ko nbctl lr-nat-add VPC snat EIP SOURCE (a FIP: dnat_and_snat EIP ADDRESS)".to_owned(),
        ),
        text if text.contains("not found load balancer") => told(
            "it is being deleted and hangs: its load balancer in OVN is gone",
            format!("make it again, and the rule goes: kubectl ko nbctl lb-add {name} EIP:PORT ADDRESS:PORT"),
        ),
        text if text.contains("not found logical router") => {
            waits("its VPC has no router in OVN: it does not exist, or is not ready".to_owned(), "kubectl get vpcs")
        }
        text if text.contains("is used by the other fip") => {
            waits("the EIP carries another FIP".to_owned(), "use another EIP, or delete that FIP")
        }
        text if text.contains("duplicate, same eip") => waits(
            "the port is forwarded by a rule with the label ovn.kubernetes.io/vpc_dnat_eport".to_owned(),
            "choose another port, or take the label off that rule",
        ),
        text if text.contains("can not use type lsp eip") => {
            told("the EIP is a node's own port (type lsp), which no rule can use", again)
        }
        text if text.contains("is not ready, has no ip") || text.contains("no external ip") || text.contains("has no ip") => {
            waits("the EIP has no address yet".to_owned(), "kubectl get ovn-eips")
        }
        text if text.contains("no internal ip") => {
            waits("the target has no address yet".to_owned(), "kubectl get ips,vips")
        }
        text if text.contains("should set eip") => told("no EIP is named", again),
        text if text.contains("no external port") || text.contains("no internal port") || text.contains("no protocol") => {
            told("a port or the protocol is missing", again)
        }
        text if text.contains("no vpc") || text.contains("failed to get vpc for snat") => {
            told("the VPC is not named, or the target's subnet has none", again)
        }
        text if text.contains("failed to get subnet or ip cidr") => told("no source is named", again),
        text if text.contains("create load balancer") => {
            told("OVN refuses the load balancer: the protocol is none of tcp, udp, sctp in lower case", again)
        }
        text if text.contains("not support change") || text.contains("cidr changed") || text.contains("eip changed") => {
            told("nothing of a ready rule can change; OVN keeps the old row", again)
        }
        text => common(text, &format!("kubectl get {noun} {name} -o yaml")),
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
            ("failed to add fip x, 10.5.204.113 is used by the other fip f-a", "another FIP"),
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

/// What a sentence about an EIP means.
#[must_use]
pub fn eip(sentence: &str, subnet: &str, name: &str) -> Explained {
    if sentence.contains("still being used by NAT rules") {
        return Explained {
            meaning: "rules use it still, and it goes only behind them".to_owned(),
            repair: format!("kubectl ko eip delete {name} --with-rules"),
            may_heal: true,
        };
    }
    if sentence.contains("a valid label must") {
        return Explained {
            meaning: format!(
                "subnet {subnet} has IPv6 addresses, which this release of Kube-OVN cannot give to an EIP"
            ),
            repair: format!("kubectl ko eip delete {name}"),
            may_heal: false,
        };
    }
    let told = vip(sentence, subnet, name);
    Explained { repair: told.repair.replace("kubectl ko vip", "kubectl ko eip"), ..told }
}

/// What a sentence about a rule means; `noun` is that of its commands.
#[must_use]
pub fn rule(sentence: &str, noun: &str, name: &str) -> Explained {
    let again = format!("kubectl ko {noun} delete {name}, then create it anew");
    let told = |meaning: String, repair: String, may_heal| Explained { meaning, repair, may_heal };
    match sentence {
        text if text.contains("not found logical router") && text.contains(" nat '") => told(
            "the row it is to delete is gone from OVN: it would try for ever".to_owned(),
            format!("kubectl ko {noun} delete {name} --release"),
            false,
        ),
        text if text.contains("not found logical router") => {
            told("OVN has no router for its VPC: the VPC is gone or was never ready".to_owned(), again, true)
        }
        text if text.contains("not found load balancer") => told(
            "the load balancer it is to take its port from is gone from OVN: it would try for ever".to_owned(),
            format!("kubectl ko {noun} delete {name} --release"),
            false,
        ),
        text if text.contains("is used by the other fip") => {
            let other = text.rsplit(' ').next().unwrap_or_default();
            told(format!("ofip/{other} has the EIP already"), format!("kubectl ko fip delete {other}"), true)
        }
        text if text.contains("duplicate, same eip") => {
            told("another DNAT has the port already".to_owned(), again, true)
        }
        text if text.contains("can not use type lsp") => {
            told("its EIP is a node's own, no rule may use it".to_owned(), again, false)
        }
        text if text.contains("is not ready, has no ip") => {
            told("its EIP has no address yet".to_owned(), String::new(), true)
        }
        text if text.contains("no internal ip") => {
            told("its target has no address yet".to_owned(), String::new(), true)
        }
        text if text.contains("not found") => {
            told(format!("something it needs is not there: {text}"), String::new(), true)
        }
        text => told(text.to_owned(), again, true),
    }
}
