//! The eight kinds of EIPs and rules, in two families: OVN's own NAT, and iptables in the pod of a `VpcNatGateway`.

use super::{
    IptablesDnatRule, IptablesEip, IptablesFipRule, IptablesSnatRule, Kind, OvnDnatRule, OvnEip, OvnFip, OvnSnatRule,
    Resource as _,
};

/// What an object is for, whatever its family: the noun of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// An external address.
    Eip,
    /// One external address for one inside address.
    Fip,
    /// Traffic of a source leaves with an external address.
    Snat,
    /// A forwarded port.
    Dnat,
}

impl Role {
    /// All of them, in the order of lists.
    pub const ALL: [Self; 4] = [Self::Eip, Self::Fip, Self::Snat, Self::Dnat];

    /// The noun: `eip`.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Eip => "eip",
            Self::Fip => "fip",
            Self::Snat => "snat",
            Self::Dnat => "dnat",
        }
    }

    /// Its kind in each family, OVN's first.
    #[must_use]
    pub fn kinds(self) -> [NatKind; 2] {
        match self {
            Self::Eip => [NatKind::OvnEip, NatKind::IptablesEip],
            Self::Fip => [NatKind::OvnFip, NatKind::IptablesFip],
            Self::Snat => [NatKind::OvnSnat, NatKind::IptablesSnat],
            Self::Dnat => [NatKind::OvnDnat, NatKind::IptablesDnat],
        }
    }
}

/// One of the eight kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NatKind {
    /// `OvnEip`
    OvnEip,
    /// `OvnFip`
    OvnFip,
    /// `OvnSnatRule`
    OvnSnat,
    /// `OvnDnatRule`
    OvnDnat,
    /// `IptablesEIP`
    IptablesEip,
    /// `IptablesFIPRule`
    IptablesFip,
    /// `IptablesSnatRule`
    IptablesSnat,
    /// `IptablesDnatRule`
    IptablesDnat,
}

impl NatKind {
    /// All of them: OVN's, then those of iptables.
    pub const ALL: [Self; 8] = [
        Self::OvnEip,
        Self::OvnFip,
        Self::OvnSnat,
        Self::OvnDnat,
        Self::IptablesEip,
        Self::IptablesFip,
        Self::IptablesSnat,
        Self::IptablesDnat,
    ];

    /// Where the API server keeps it.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::OvnEip => OvnEip::KIND,
            Self::OvnFip => OvnFip::KIND,
            Self::OvnSnat => OvnSnatRule::KIND,
            Self::OvnDnat => OvnDnatRule::KIND,
            Self::IptablesEip => IptablesEip::KIND,
            Self::IptablesFip => IptablesFipRule::KIND,
            Self::IptablesSnat => IptablesSnatRule::KIND,
            Self::IptablesDnat => IptablesDnatRule::KIND,
        }
    }

    /// What it is for.
    #[must_use]
    pub fn role(self) -> Role {
        match self {
            Self::OvnEip | Self::IptablesEip => Role::Eip,
            Self::OvnFip | Self::IptablesFip => Role::Fip,
            Self::OvnSnat | Self::IptablesSnat => Role::Snat,
            Self::OvnDnat | Self::IptablesDnat => Role::Dnat,
        }
    }

    /// Whether it is of the family of `VpcNatGateway`.
    #[must_use]
    pub fn is_iptables(self) -> bool {
        matches!(self, Self::IptablesEip | Self::IptablesFip | Self::IptablesSnat | Self::IptablesDnat)
    }

    /// The word before the slash that names the family: `oeip/NAME`, `iptables-eip/NAME`. OVN's are kubectl's short names; those
    /// of iptables (`eip`, `fip`, …) are our nouns for both families, so their longer name stands here.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::OvnEip => "oeip",
            Self::OvnFip => "ofip",
            Self::OvnSnat => "osnat",
            Self::OvnDnat => "odnat",
            Self::IptablesEip => "iptables-eip",
            Self::IptablesFip => "iptables-fip",
            Self::IptablesSnat => "iptables-snat",
            Self::IptablesDnat => "iptables-dnat",
        }
    }

    /// Reads the word before a slash: [`NatKind::word`], kubectl's singular or plural, the kind itself, and what `-o name` prints
    /// (`ovneip.kubeovn.io`). kubectl's bare `eip` is none: here it means both families.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix(".kubeovn.io").unwrap_or(text).to_ascii_lowercase();
        Self::ALL.into_iter().find(|one| {
            let Kind { kind, plural, .. } = one.kind();
            let singular = plural.strip_suffix('s').unwrap_or(plural);
            [one.word(), plural, singular].contains(&text.as_str()) || kind.eq_ignore_ascii_case(&text)
        })
    }

    /// `oeip/NAME`
    #[must_use]
    pub fn named(self, name: &str) -> String {
        format!("{}/{name}", self.word())
    }
}

/// A name as typed for a noun of both families: `NAME`, or `KIND/NAME` for one family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatName {
    /// The kind that was typed.
    pub kind: Option<NatKind>,
    /// The name.
    pub name: String,
}

impl NatName {
    /// Reads what was typed for a noun; the error is a sentence.
    pub fn parse(text: &str, role: Role) -> Result<Self, String> {
        let Some((word, name)) = text.split_once('/') else {
            return Ok(Self { kind: None, name: text.to_owned() });
        };
        if let Some(kind) = NatKind::parse(word).filter(|kind| kind.role() == role) {
            return Ok(Self { kind: Some(kind), name: name.to_owned() });
        }
        let [ovn, iptables] = role.kinds().map(|kind| kind.named("NAME"));
        Err(format!("{text}: {word} is no kind of {}; write NAME, {ovn} or {iptables}", role.noun()))
    }

    /// Whether an object is meant.
    #[must_use]
    pub fn is(&self, kind: NatKind, name: &str) -> bool {
        self.name == name && self.kind.is_none_or(|one| one == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_read_in_every_spelling_of_kubectl_but_the_ambiguous_one() {
        for text in ["oeip", "ovn-eip", "ovn-eips", "OvnEip", "ovneip.kubeovn.io", "ovn-eips.kubeovn.io"] {
            assert_eq!(NatKind::parse(text), Some(NatKind::OvnEip), "{text}");
        }
        for text in ["iptables-fip", "iptables-fip-rules", "iptables-fip-rule", "iptablesfiprule.kubeovn.io"] {
            assert_eq!(NatKind::parse(text), Some(NatKind::IptablesFip), "{text}");
        }
        for text in ["eip", "fip", "vip", ""] {
            assert_eq!(NatKind::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_name_may_say_its_family() {
        let parse = |text| NatName::parse(text, Role::Eip);
        assert!(parse("web").is_ok_and(|name| name.is(NatKind::OvnEip, "web") && name.is(NatKind::IptablesEip, "web")));
        assert!(
            parse("oeip/web")
                .is_ok_and(|name| name.is(NatKind::OvnEip, "web") && !name.is(NatKind::IptablesEip, "web"))
        );
        assert_eq!(
            parse("ofip/web").err().as_deref(),
            Some("ofip/web: ofip is no kind of eip; write NAME, oeip/NAME or iptables-eip/NAME")
        );
    }
}
