//! Twenty that have all checked before any of them writes: one wins, and every other is told by whom it lost. `KO_ROUNDS` says how
//! many rounds there are of each.

use serde_json::{Value, json};

use super::bench::{Outcome, Ran, apply, check, kubectl, object, objects, ready_rule, seconds, text, until};
use super::cluster::{northbound, ready};
use super::things::Things;
use super::writers::{Round, Writers, rounds};

/// How many write at once.
const WRITERS: usize = 20;

fn numbered(prefix: &str) -> Vec<String> {
    (0..WRITERS).map(|number| format!("{prefix}-{number:02}")).collect()
}

/// Exactly one of `names` is among the `owners`, its command ended with 0, and every other with one of `codes`, naming it.
fn one_won(round: usize, raced: &Round, names: &[String], owners: &[String], codes: &[i32]) -> Outcome {
    let all = || raced.ran.iter().map(Ran::shown).collect::<String>();
    check(raced.met == WRITERS, || format!("round {round}: {} of {WRITERS} met\n{}", raced.met, all()))?;
    let [winner] = owners else { return Err(format!("round {round}: {owners:?} have it\n{}", all()).into()) };
    for (name, ran) in names.iter().zip(&raced.ran) {
        let told = codes.contains(&ran.code) && ran.err.contains(winner.as_str());
        let right = if name == winner { ran.code == 0 } else { told && ran.out.is_empty() };
        if !right {
            return Err(ran.wrong(&format!("round {round}: {winner} has it")));
        }
    }
    Ok(())
}

/// Runs the rounds: `before` each, the lines at once, then `owners` says who has it.
fn race(
    lines: &[String],
    names: &[String],
    codes: &[i32],
    before: &dyn Fn() -> Outcome,
    owners: &dyn Fn() -> Outcome<Vec<String>>,
) -> Outcome {
    let writers = Writers::new(WRITERS)?;
    for round in 1..=rounds() {
        before()?;
        one_won(round, &writers.race(lines), names, &owners()?, codes)?;
    }
    Ok(())
}

/// An EIP `race` and a Vip for each writer.
struct Nat {
    things: Things,
    vips: Vec<String>,
    eip: String,
}

impl Nat {
    fn new() -> Outcome<Self> {
        let vips = numbered("race-to");
        let things = [vec!["oeip race".to_owned()], vips.iter().map(|name| format!("vip {name}")).collect()].concat();
        remove_rules()?;
        let things = Things::of(&things)?;
        let vip = |name: &String| json!({"apiVersion": "kubeovn.io/v1", "kind": "Vip", "metadata": {"name": name}, "spec": {"subnet": "vpc1-subnet1"}});
        let spec = json!({"externalSubnet": "external204", "type": "nat"});
        let eip = json!({"apiVersion": "kubeovn.io/v1", "kind": "OvnEip", "metadata": {"name": "race"}, "spec": spec});
        let items: Vec<Value> = vips.iter().map(vip).chain([eip]).collect();
        apply(&json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string())?;
        until("the EIP", seconds(10), || ready_rule("oeip race"))?;
        for name in &vips {
            until(name, seconds(10), || Ok(ready(&object(&format!("vip {name}"))?)))?;
        }
        let eip = text(&object("oeip race")?, "/status/v4Ip").to_owned();
        Ok(Self { things, vips, eip })
    }

    /// The Vips to which rules of a kind lead, by the API server, which is what OVN has.
    fn leads_to(&self, kind: &str) -> Outcome<Vec<String>> {
        let rules: Vec<Value> =
            objects(kind)?.into_iter().filter(|rule| text(rule, "/spec/ovnEip") == "race").collect();
        let mut targets: Vec<&str> = rules.iter().map(|rule| text(rule, "/status/v4Ip")).collect();
        targets.sort_unstable();
        let mut rows = if kind == "ofip" { self.nat_rows()? } else { self.balanced()? };
        rows.sort_unstable();
        check(rows == targets, || format!("the rules lead to {targets:?}, OVN to {rows:?}\n{rules:#?}"))?;
        Ok(rules.iter().map(|rule| text(rule, "/spec/ipName").to_owned()).collect())
    }

    fn nat_rows(&self) -> Outcome<Vec<String>> {
        let rows = northbound("NAT", &json!([["external_ip", "==", self.eip]]), &["logical_ip"])?;
        Ok(rows.iter().map(|row| text(row, "/logical_ip").to_owned()).collect())
    }

    fn balanced(&self) -> Outcome<Vec<String>> {
        let rows = northbound("Load_Balancer", &json!([]), &["vips"])?;
        let entries = rows.iter().flat_map(|row| row["vips"][1].as_array().into_iter().flatten());
        let ours = entries.filter(|entry| entry[0] == format!("{}:8080", self.eip));
        Ok(ours.map(|entry| entry[1].as_str().unwrap_or_default().trim_end_matches(":80").to_owned()).collect())
    }

    fn before(&self) -> Outcome {
        remove_rules()?;
        until("an EIP without a row", seconds(10), || Ok(self.nat_rows()?.is_empty() && self.balanced()?.is_empty()))
    }

    fn race(&self, kind: &str, line: &dyn Fn(&str) -> String) -> Outcome {
        let lines: Vec<String> = self.vips.iter().map(|name| line(name)).collect();
        race(&lines, &self.vips, &[6], &|| self.before(), &|| self.leads_to(kind))
    }
}

impl Drop for Nat {
    fn drop(&mut self) {
        drop(remove_rules());
        drop(self.things.remove());
    }
}

/// Deletes every rule of the EIP `race`.
fn remove_rules() -> Outcome {
    for kind in ["ofip", "odnat", "osnat"] {
        let rules = objects(kind)?;
        let ours = rules.iter().filter(|rule| text(rule, "/spec/ovnEip") == "race");
        let names: Vec<&str> = ours.map(|rule| text(rule, "/metadata/name")).collect();
        if !names.is_empty() {
            kubectl(&format!("delete {kind} --ignore-not-found --wait {}", names.join(" ")))?;
        }
    }
    Ok(())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn twenty_bind_one_eip_to_twenty_targets() -> Outcome {
    Nat::new()?.race("ofip", &|name| format!("eip bind race vip/{name}"))
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn twenty_bind_one_port_of_an_eip() -> Outcome {
    Nat::new()?.race("odnat", &|name| format!("eip bind race vip/{name} --tcp 8080:80"))
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn twenty_fips_of_twenty_names_want_one_eip() -> Outcome {
    Nat::new()?.race("ofip", &|name| format!("fip create {name} --eip race vip/{name}"))
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn twenty_reserve_one_address() -> Outcome {
    let names = numbered("race");
    let things: Vec<String> = names.iter().map(|name| format!("ip {name}.default")).collect();
    let lines: Vec<String> = names
        .iter()
        .map(|name| format!("ip reserve pod/{name} -n default --subnet ovn-default --ip 10.16.0.160"))
        .collect();
    let all = things.iter().map(|thing| thing.trim_start_matches("ip ")).collect::<Vec<_>>().join(" ");
    let _things = Things::of(&things)?;
    let before = || kubectl(&format!("delete ip --ignore-not-found --wait {all}")).map(drop);
    let owners = || {
        let has =
            |ip: &Value| text(ip, "/spec/v4IpAddress") == "10.16.0.160" || text(ip, "/spec/ipAddress") == "10.16.0.160";
        let owners = objects("ip")?.into_iter().filter(has);
        Ok(owners.map(|ip| text(&ip, "/spec/podName").to_owned()).collect())
    };
    race(&lines, &names, &[6], &before, &owners)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn twenty_vips_want_one_address() -> Outcome {
    let names = numbered("race");
    let _things = Things::of(&names.iter().map(|name| format!("vip {name}")).collect::<Vec<_>>())?;
    let lines: Vec<String> = names
        .iter()
        .map(|name| format!("vip create {name} --subnet ovn-default --ip 10.16.0.150 --timeout 3s"))
        .collect();
    let writers = Writers::new(WRITERS)?;
    for round in 1..=rounds() {
        kubectl(&format!("delete vip --ignore-not-found --wait {}", names.join(" ")))?;
        let raced = writers.race(&lines);
        let has = |vip: &&Value| ready(vip) && text(vip, "/status/v4ip") == "10.16.0.150";
        let all = objects("vips")?;
        let owners: Vec<&str> = all.iter().filter(has).map(|vip| text(vip, "/metadata/name")).collect();
        let shown = || raced.ran.iter().map(Ran::shown).collect::<String>();
        check(raced.met == WRITERS, || format!("round {round}: {} of {WRITERS} met\n{}", raced.met, shown()))?;
        check(owners.len() == 1, || format!("round {round}: {owners:?} have the address\n{}", shown()))?;
        for (name, ran) in names.iter().zip(&raced.ran) {
            // the controller, which decides this one, does not say who has it
            if ran.code != if name == owners[0] { 0 } else { 5 } {
                return Err(ran.wrong(&format!("round {round}: {} has the address", owners[0])));
            }
        }
    }
    Ok(())
}
