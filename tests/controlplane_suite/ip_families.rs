//! Reservations of IPv6 and of both families, and pods that take them.

use serde_json::json;

use super::bench::{Outcome, apply, check, ko, kubectl, object, same, seconds, text, until};
use super::cluster::{Mine, port};
use super::ip::{Reserved, ip, pod_address};
use super::things::Things;

/// A subnet of vpc1 that pods are put into by their annotation alone.
fn subnet(name: &str, cidr: &str, gateway: &str) -> Outcome<Things> {
    let made = Things::of(&[format!("subnet {name}")])?;
    let protocol = if cidr.contains(',') { "Dual" } else { "IPv6" };
    let spec = json!({"vpc": "vpc1", "protocol": protocol, "cidrBlock": cidr, "gateway": gateway});
    apply(
        &json!({"apiVersion": "kubeovn.io/v1", "kind": "Subnet", "metadata": {"name": name}, "spec": spec}).to_string(),
    )?;
    until("the subnet", seconds(15), || Ok(!object(&format!("subnet {name}"))?["status"]["v6availableIPs"].is_null()))?;
    Ok(made)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn ipv6_and_both_families_are_reserved_and_pods_take_them() -> Outcome {
    let _six = subnet("kept-six", "fd00:66::/112", "fd00:66::1")?;
    let _both = subnet("kept-both", "10.77.0.0/24,fd00:77::/112", "10.77.0.1,fd00:77::1")?;
    let _reserved = Reserved::of(&["six-any.vpc1", "six-one.vpc1", "both-any.vpc1", "both-one.vpc1", "both-v4.vpc1"])?;
    let mut mine = Mine::vips(&[])?;
    for (pod, subnet, asked, is) in [
        ("six-any", "kept-six", "", ""),
        ("six-one", "kept-six", " --ip fd00:66::22", "fd00:66::22"),
        ("both-any", "kept-both", "", ""),
        ("both-one", "kept-both", " --ip 10.77.0.22,fd00:77::22", "10.77.0.22,fd00:77::22"),
        ("both-v4", "kept-both", " --ip 10.77.0.33", ""),
    ] {
        let name = format!("{pod}.vpc1");
        let told = ko(&format!("ip reserve pod/{pod} -n vpc1 --subnet {subnet}{asked}")).exits(0)?;
        let object = ip(&name)?;
        let families = ["/spec/v4IpAddress", "/spec/v6IpAddress"].map(|path| text(&object, path));
        let addresses = families.into_iter().filter(|one| !one.is_empty()).collect::<Vec<_>>();
        let (mac, joined) = (text(&object, "/spec/macAddress"), addresses.join(","));
        told.prints(&format!("{name} reserved: {joined} ({mac}) in subnet {subnet}"))?;
        same("how many", &addresses.len(), &if subnet == "kept-six" { 1 } else { 2 })?;
        check(is.is_empty() || is == joined, || format!("{pod} was given {joined}, not {is}"))?;
        check(port(&name)?.is_none(), || "a reservation has a port".to_owned())?;
        mine.pod("vpc1", pod, &json!({}), &json!({"ovn.kubernetes.io/logical_switch": subnet}))?;
        same("the pod's addresses", &pod_address("vpc1", pod)?, &joined)?;
        same("its port", &port(&name)?.unwrap_or_default().addresses, &vec![format!("{mac} {}", addresses.join(" "))])?;
        kubectl(&format!("delete pod -n vpc1 {pod} --now --wait"))?;
        until("its port to go", seconds(10), || Ok(port(&name)?.is_none()))?;
        same("what is kept", &text(&ip(&name)?, "/spec/ipAddress"), &joined.as_str())?;
        ko(&format!("ip release {name}")).exits(0)?;
    }
    Ok(())
}
