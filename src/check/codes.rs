//! The one table of KO codes. A code is never used again for another rule; each has a page under docs/checks/.
//!
//! `KO1xx` addresses, `KO2xx` Vip, `KO3xx` reservations.

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
