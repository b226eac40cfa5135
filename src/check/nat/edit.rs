//! Rules about an EIP or rule that is there already. The controller programs nothing anew: an edit stays without effect, or
//! misleads the deletion.

use super::dnat::DnatIntent;
use super::eip::{EipIntent, existing};
use super::fip::FipIntent;
use super::present::NatRule;
use super::snat::SnatIntent;
use crate::api::{OvnEip, names};
use crate::check::manifest::Manifest;
use crate::check::{Difference, Finding, codes};
use crate::world::{World, same};

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

macro_rules! kept {
    ($(#[$doc:meta])* $name:ident, $intent:ty, $rules:ident, $module:ident) => {
        $(#[$doc])*
        pub(super) fn $name(world: &World, intent: &$intent) -> Vec<Finding> {
            let mut rules = world.$rules.known().into_iter().flatten();
            // one that is not ready is tried again with what it has then
            let there = rules.find(|rule| {
                rule.metadata.name == intent.name && rule.status.ready && !rule.metadata.is_terminating()
            });
            let Some(rule) = there else { return Vec::new() };
            let (have, want) = (super::$module::fields(&rule.spec), super::$module::fields(&intent.spec));
            kept(<$intent as NatRule>::KIND.noun(), &intent.name, rule_differences(&rule.metadata, &have, &want, intent))
        }
    };
}

kept!(
    /// KO438: a ready FIP keeps what it was created with.
    fip_kept, FipIntent, fips, fip
);
kept!(
    /// KO438: a ready SNAT keeps what it was created with.
    snat_kept, SnatIntent, snats, snat
);
kept!(
    /// KO438: a ready DNAT keeps what it was created with.
    dnat_kept, DnatIntent, dnats, dnat
);
