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
