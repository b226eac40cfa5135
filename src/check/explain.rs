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

/// What a sentence about an EIP means.
#[must_use]
pub fn eip(sentence: &str, subnet: &str, name: &str) -> Explained {
    if sentence.contains("still being used by NAT rules") {
        return Explained {
            meaning: "rules use it still, and it goes only behind them".to_owned(),
            repair: format!("kubectl ko eip delete {name} --with-rules"),
        };
    }
    if sentence.contains("a valid label must") {
        return Explained {
            meaning: format!(
                "subnet {subnet} has IPv6 addresses, which this release of Kube-OVN cannot give to an EIP"
            ),
            repair: format!("kubectl ko eip delete {name}"),
        };
    }
    let told = vip(sentence, subnet, name);
    Explained { repair: told.repair.replace("kubectl ko vip", "kubectl ko eip"), ..told }
}

/// What a sentence about a rule means; `noun` is that of its commands.
#[must_use]
pub fn rule(sentence: &str, noun: &str, name: &str) -> Explained {
    let again = format!("kubectl ko {noun} delete {name}, then create it anew");
    let told = |meaning: String, repair: String| Explained { meaning, repair };
    match sentence {
        text if text.contains("not found logical router") && text.contains(" nat '") => told(
            "the row it is to delete is gone from OVN: it would try for ever".to_owned(),
            format!("kubectl ko {noun} delete {name} --release"),
        ),
        text if text.contains("not found logical router") => {
            told("OVN has no router for its VPC: the VPC is gone or was never ready".to_owned(), again)
        }
        text if text.contains("not found load balancer") => told(
            "the load balancer it is to take its port from is gone from OVN: it would try for ever".to_owned(),
            format!("kubectl ko {noun} delete {name} --release"),
        ),
        text if text.contains("is used by the other fip") => {
            let other = text.rsplit(' ').next().unwrap_or_default();
            told(format!("ofip/{other} has the EIP already"), format!("kubectl ko fip delete {other}"))
        }
        text if text.contains("duplicate, same eip") => told("another DNAT has the port already".to_owned(), again),
        text if text.contains("can not use type lsp") => {
            told("its EIP is a node's own, no rule may use it".to_owned(), again)
        }
        text if text.contains("is not ready, has no ip") => {
            told("its EIP has no address yet".to_owned(), String::new())
        }
        text if text.contains("no internal ip") => told("its target has no address yet".to_owned(), String::new()),
        text if text.contains("not found") => told(format!("something it needs is not there: {text}"), String::new()),
        text => told(text.to_owned(), again),
    }
}
