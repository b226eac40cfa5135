//! Rules about an EIP or rule that is there already. The controller programs nothing anew: an edit stays without effect, or
//! misleads the deletion.

use super::dnat::DnatIntent;
use super::eip::{EipIntent, existing};
use super::fip::FipIntent;
use super::present::NatRule;
use super::snat::SnatIntent;
use super::written::spec_vs_written;
use crate::api::{OvnDnatRule, OvnEip, OvnFip, OvnSnatRule, names};
use crate::check::manifest::Manifest;
use crate::check::{Difference, Finding, codes};
use crate::world::{World, nat_rule as rule, same};

/// What a write would change: a field that is written otherwise, or that `kubectl apply` would take away because the manifest
/// applied before had it.
fn changed(
    have: &[(&'static str, &str)],
    want: &[(&'static str, &str)],
    manifest: &Manifest,
    annotated: &str,
    alike: impl Fn(&str, &str, &str) -> bool,
) -> Vec<Difference> {
    let applied: serde_json::Value = serde_json::from_str(annotated).unwrap_or_default();
    let pairs = have.iter().zip(want).filter(|((field, is), (_, asked))| {
        let written = manifest.fields.as_ref().map_or(!asked.is_empty(), |fields| fields.contains(*field));
        // only `kubectl apply` takes away what a manifest leaves out
        let before = manifest.fields.is_some() && applied["spec"][field].as_str().is_some_and(|text| !text.is_empty());
        (written || before) && !same(is, asked) && !alike(field, is, asked)
    });
    pairs
        .map(|((field, is), (_, asked))| Difference { field, is: (*is).to_owned(), asked: (*asked).to_owned() })
        .collect()
}

/// In what an EIP differs from what is asked for.
#[must_use]
pub fn eip_differences(eip: &OvnEip, intent: &EipIntent) -> Vec<Difference> {
    let have = eip.spec.clone();
    let kinds = |text: &str| if text.is_empty() { "nat".to_owned() } else { text.to_owned() };
    let subnet = eip.subnet().to_owned();
    let given = [&eip.status.v4_ip, &eip.status.v6_ip, &eip.status.mac_address].map(String::as_str);
    changed(
        &super::eip::fields(&have),
        &super::eip::fields(&intent.spec),
        &intent.manifest,
        eip.metadata.annotation(names::ANNOTATION_LAST_APPLIED),
        |field, is, asked| match field {
            "type" => kinds(is) == kinds(asked),
            // the Subnet that it has its address of, written out
            "externalSubnet" => is.is_empty() && asked == subnet,
            // what was given, set right again after an edit
            "v4Ip" | "v6Ip" | "macAddress" => !asked.is_empty() && given.iter().any(|one| same(one, asked)),
            _ => false,
        },
    )
}

/// In what a rule of the same name differs from what is asked for.
pub fn rule_differences<S>(
    metadata: &crate::api::Metadata,
    have: &[(&'static str, &str)],
    want: &[(&'static str, &str)],
    intent: &crate::check::draft::Draft<S>,
) -> Vec<Difference> {
    changed(have, want, &intent.manifest, metadata.annotation(names::ANNOTATION_LAST_APPLIED), |_, _, _| false)
}

/// KO414: an EIP that has its address keeps what it was created with.
pub(super) fn eip_kept(world: &World, intent: &EipIntent) -> Vec<Finding> {
    let there = existing(world, intent).filter(|eip| eip.has_address() && !eip.metadata.is_terminating());
    let differences = there.map(|eip| eip_differences(eip, intent)).unwrap_or_default();
    let findings = differences.into_iter().map(|difference| {
        Finding::new(codes::KO414, format!("ovn-eip/{} is there and cannot change: {difference}", intent.name))
            .hint("delete its rules and it, then create it anew; or choose another name")
    });
    findings.collect()
}

fn kept(noun: &str, name: &str, differences: Vec<Difference>) -> Vec<Finding> {
    let findings = differences.into_iter().map(|difference| {
        Finding::new(
            codes::KO438,
            format!("{noun}/{name} is there and cannot change: {difference}; OVN keeps the old row"),
        )
        .hint(format!("kubectl delete {noun} {name}, then create it anew; or choose another name"))
    });
    findings.collect()
}

/// Of a rule that was edited since it is ready: what is asked for is held against what OVN was written with. To set a field back is
/// no change, to ask again for what the edit asked for is still one.
fn as_written(world: &World, there: &rule::NatRule, wanted: &rule::NatRule, differences: &mut Vec<Difference>) {
    let strays = |rule: &rule::NatRule| {
        let mut strays = spec_vs_written(rule, None);
        if let (Some(written), Some(eip)) = (rule.external_addresses().next(), world.eip(rule.eip()))
            && eip.has_address()
            && !eip.addresses().any(|address| same(address, written))
        {
            let (is, asked) =
                (written.to_owned(), format!("{} with {}", rule.eip(), eip.addresses().collect::<Vec<_>>().join(",")));
            strays.push(Difference { field: "ovnEip", is, asked });
        }
        strays
    };
    let (edited, strays) = (strays(there), strays(wanted));
    let is_in = |list: &[Difference], field: &str| list.iter().any(|one| one.field == field);
    // which EIP an edit named may not have been read: the one asked for tells
    let eip_is_back =
        wanted.external_addresses().next().is_some() && world.eip(wanted.eip()).is_some_and(OvnEip::has_address);
    let was_edited = |field: &str| if field == "ovnEip" { eip_is_back } else { is_in(&edited, field) };
    differences.retain(|one| one.asked.is_empty() || !was_edited(one.field) || is_in(&strays, one.field));
    for stray in strays {
        if !is_in(differences, stray.field) {
            differences.push(stray);
        }
    }
}

macro_rules! kept {
    ($(#[$doc:meta])* $name:ident, $intent:ty, $rules:ident, $module:ident, $kind:ident($object:ident)) => {
        $(#[$doc])*
        pub(super) fn $name(world: &World, intent: &$intent) -> Vec<Finding> {
            let mut rules = world.$rules.known().into_iter().flatten();
            // one that is not ready is tried again with what it has then
            let there = rules.find(|rule| {
                rule.metadata.name == intent.name && rule.status.ready && !rule.metadata.is_terminating()
            });
            let Some(rule) = there else { return Vec::new() };
            let (have, want) = (super::$module::fields(&rule.spec), super::$module::fields(&intent.spec));
            let mut differences = rule_differences(&rule.metadata, &have, &want, intent);
            let wanted = $object { spec: intent.spec.clone(), ..rule.clone() };
            as_written(world, &rule::NatRule::$kind(rule.clone()), &rule::NatRule::$kind(wanted), &mut differences);
            kept(<$intent as NatRule>::KIND.noun(), &intent.name, differences)
        }
    };
}

kept!(
    /// KO438: a ready FIP keeps what it was created with.
    fip_kept, FipIntent, fips, fip, Fip(OvnFip)
);
kept!(
    /// KO438: a ready SNAT keeps what it was created with.
    snat_kept, SnatIntent, snats, snat, Snat(OvnSnatRule)
);
kept!(
    /// KO438: a ready DNAT keeps what it was created with.
    dnat_kept, DnatIntent, dnats, dnat, Dnat(OvnDnatRule)
);
