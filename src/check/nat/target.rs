//! Rules about the name that a FIP or DNAT points at.

use super::aim::{Aim, aim, is_vip, named, raw};
use super::present::NatRule;
use crate::check::{Finding, Severity, codes};
use crate::world::{World, lenient};

/// KO428: a name, or an address with its VPC.
pub(super) fn one_form<R: NatRule>(world: &World, rule: &R) -> Vec<Finding> {
    let Some(target) = rule.target() else { return Vec::new() };
    let what = R::KIND.word();
    let aim = aim(world, target);
    if target.ip_name.is_empty() {
        let finding = match (raw(target).next(), target.vpc.as_str()) {
            (None, _) => {
                Finding::new(codes::KO428, format!("a {what} without a target: the controller never makes it"))
                    .hint("set spec.ipName to an IP (POD.NAMESPACE), or spec.v4Ip and spec.vpc")
            }
            (Some((field, text)), "") => Finding::new(
                codes::KO428,
                format!("{field} {text} without the VPC it lies in: the controller never makes it"),
            )
            .hint("set spec.vpc; kubectl get vpcs"),
            _ => return Vec::new(),
        };
        return vec![finding];
    }
    let mut findings = Vec::new();
    for (field, text) in raw(target) {
        let same = aim
            .as_ref()
            .is_some_and(|aim| aim.addresses.iter().any(|one| lenient(one).is_some() && lenient(one) == lenient(text)));
        let finding = Finding::new(
            codes::KO428,
            format!("ipName {} and {field} {text}: the name wins, the address is passed over", target.ip_name),
        )
        .hint(format!("leave {field} out"));
        findings.push(if same { finding.severity(Severity::Note) } else { finding });
    }
    let own = aim.as_ref().and_then(|aim| world.subnet(aim.subnet)).map(|subnet| subnet.spec.vpc.as_str());
    if !target.vpc.is_empty() && own.is_some_and(|own| own != target.vpc) {
        findings.push(
            Finding::new(
                codes::KO428,
                format!(
                    "ipName {} and vpc {}: the name wins, and it lies in vpc {}",
                    target.ip_name,
                    target.vpc,
                    own.unwrap_or_default()
                ),
            )
            .hint("leave vpc out"),
        );
    }
    findings
}

/// KO429: anything but `vip` is taken for an IP.
pub(super) fn kind_known<R: NatRule>(rule: &R) -> Vec<Finding> {
    let Some(target) = rule.target().filter(|target| !["", "vip", "ip"].contains(&target.ip_type.as_str())) else {
        return Vec::new();
    };
    let text = &target.ip_type;
    let finding = Finding::new(
        codes::KO429,
        format!("ipType `{text}` is none that the controller knows; it takes {} for the name of an IP", target.ip_name),
    );
    vec![if text.eq_ignore_ascii_case("vip") {
        finding.hint("write vip, in lower case")
    } else {
        finding.severity(Severity::Warning).hint("leave it out for an IP, or write vip")
    }]
}

/// KO430: what the name leads to is there.
pub(super) fn exists<R: NatRule>(world: &World, rule: &R) -> Vec<Finding> {
    let Some(target) = rule.target().filter(|target| !target.ip_name.is_empty()) else { return Vec::new() };
    if named(world, target).is_some() {
        return Vec::new();
    }
    missing(world, &target.ip_name, is_vip(target))
}

/// Nothing has the name; the hint says what may have been meant.
pub(super) fn missing(world: &World, name: &str, vip: bool) -> Vec<Finding> {
    let kind = if vip { "Vip" } else { "IP" };
    let finding = Finding::new(codes::KO430, format!("there is no {kind} \"{name}\""));
    vec![match () {
        () if vip && world.ip(name).is_some() => finding.hint("an IP has that name: leave ipType out"),
        () if !vip && world.vip(name).is_some() => finding.hint("a Vip has that name: set ipType: vip"),
        () if vip => finding.hint("kubectl ko vip list"),
        () if !name.contains('.') => {
            finding.hint(format!("the IP of a pod is named POD.NAMESPACE: kubectl get ips | grep '^{name}\\.'"))
        }
        () => finding.hint(
            "kubectl ko ip list; the IP of a pod is named POD.NAMESPACE, of an attachment POD.NAMESPACE.PROVIDER",
        ),
    }]
}

/// KO431: the target has an address, and stays.
pub(super) fn has_address<R: NatRule>(world: &World, rule: &R) -> Vec<Finding> {
    let Some(aim) = rule.target().and_then(|target| aim(world, target)) else { return Vec::new() };
    reachable(&aim)
}

pub(super) fn reachable(aim: &Aim<'_>) -> Vec<Finding> {
    let noun = &aim.noun;
    if aim.leaving {
        return vec![Finding::new(codes::KO431, format!("{noun} is being deleted")).hint("choose another target")];
    }
    if aim.ready || aim.planned {
        return Vec::new();
    }
    let (kind, name) = noun.split_once('/').unwrap_or(("ip", noun));
    vec![
        Finding::new(
            codes::KO431,
            format!(
                "{noun} has no address yet: the rule would wait, or point at whoever has the address that it shows"
            ),
        )
        .hint(format!("kubectl get {kind} {name} -o yaml")),
    ]
}
