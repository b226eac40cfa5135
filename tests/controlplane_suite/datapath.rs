//! An allowed address pair as packets see it: added in one pod, reached, moved to the other, reached again.

use serde_json::Value;

use super::bench::{Outcome, ko, same, script, seconds, text, until};
use super::cluster::{Mine, in_pod, port, vip};

fn holder() -> Outcome<String> {
    let report: Value = ko("vip show dp-aap -o json").exits(0)?.json()?;
    Ok(text(&report, "/ovn/holder/port").to_owned())
}

/// Gives a pod the address and lets it say so.
fn take(pod: &str, address: &str) -> Outcome {
    in_pod(pod, &format!("ip addr add {address}/24 dev eth0"))?;
    in_pod(pod, &format!("arping -U -c 1 -w 1 -i eth0 {address}"))
        .or_else(|_| in_pod(pod, &format!("arping -U -c 1 -I eth0 {address}")))
        .map(drop)
}

fn leave(pod: &str, address: &str) {
    drop(in_pod(pod, &format!("ip addr del {address}/24 dev eth0")));
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn an_address_moves_from_pod_to_pod_and_stays_reachable() -> Outcome {
    script("datapath")?;
    let _mine = Mine::vips(&["dp-aap"])?.borrow("vpc1", &["web-1", "web-2"])?;
    ko("vip create dp-aap --subnet vpc1-subnet1 -n vpc1 --selector app=web").exits(0)?;
    ko("vip attach dp-aap web-1 web-2").exits(0)?.says("ip addr add")?;
    same(
        "who may hold it",
        &port("dp-aap")?.unwrap_or_default().parents(),
        &vec!["web-1.vpc1".into(), "web-2.vpc1".into()],
    )?;
    let object = vip("dp-aap")?;
    let address = text(&object, "/status/v4ip");
    let reached = || Ok(in_pod("client.vpc1", &format!("ping -c 1 -W 1 {address}")).is_ok());
    let moved = || -> Outcome {
        ko("vip show dp-aap")
            .exits(0)?
            .prints("held now by:    <none>")?
            .prints("KO239 note: nobody holds the address")?;
        take("web-1.vpc1", address)?;
        until("an answer from web-1", seconds(15), reached)?;
        until("web-1 as holder", seconds(5), || Ok(holder()? == "web-1.vpc1"))?;
        ko("vip show dp-aap").exits(0)?.prints("held now by:    web-1.vpc1 on node-a")?.lacks("Problems")?;
        leave("web-1.vpc1", address);
        take("web-2.vpc1", address)?;
        until("an answer from web-2", seconds(15), reached)?;
        until("web-2 as holder", seconds(5), || Ok(holder()? == "web-2.vpc1"))?;
        ko("vip show dp-aap").exits(0)?.prints("held now by:    web-2.vpc1 on node-a")?;
        // taken from it, nobody reaches the address any more, though the pod still has it
        ko("vip detach dp-aap web-2").exits(0)?;
        same("who may hold it", &port("dp-aap")?.unwrap_or_default().parents(), &vec!["web-1.vpc1".to_owned()])
    };
    let outcome = moved();
    for pod in ["web-1.vpc1", "web-2.vpc1"] {
        leave(pod, address);
    }
    outcome
}
