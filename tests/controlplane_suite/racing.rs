//! Twenty that have all checked before any of them writes: one wins, and every other is told by whom it lost. `KO_ROUNDS` says how
//! many rounds there are of each.

use serde_json::{Value, json};

use super::bench::{Outcome, Ran, apply, check, ko, kubectl, object, objects, seconds, text, until};
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

/// EIPs `race…` and a Vip for each writer.
struct Nat {
    things: Things,
    vips: Vec<String>,
    /// The addresses of the EIPs.
    external: Vec<String>,
}

impl Nat {
    fn new() -> Outcome<Self> {
        Self::with(&["race"])
    }

    fn with(eips: &[&str]) -> Outcome<Self> {
        let vips = numbered("race-to");
        let things: Vec<String> = eips.iter().map(|name| format!("oeip {name}")).collect();
        let things = [things, vips.iter().map(|name| format!("vip {name}")).collect()].concat();
        remove_rules()?;
        let things = Things::of(&things)?;
        let vip = |name: &String| json!({"apiVersion": "kubeovn.io/v1", "kind": "Vip", "metadata": {"name": name}, "spec": {"subnet": "vpc1-subnet1"}});
        let items: Vec<Value> = vips.iter().map(vip).collect();
        apply(&json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string())?;
        for name in &vips {
            until(name, seconds(10), || Ok(ready(&object(&format!("vip {name}"))?)))?;
        }
        let mut external = Vec::new();
        for name in eips {
            ko(&format!("eip create {name} --subnet external204")).exits(0)?;
            external.push(text(&object(&format!("oeip {name}"))?, "/status/v4Ip").to_owned());
        }
        Ok(Self { things, vips, external })
    }

    /// What `field` says of the rules of a kind that are there, by the API server, which is what OVN has.
    fn owners(&self, kind: &str, field: &str) -> Outcome<Vec<String>> {
        let rules = ours(kind)?;
        let inside = if kind == "osnat" { "/status/v4IpCidr" } else { "/status/v4Ip" };
        let say = |rule: &Value| format!("{} {}", text(rule, "/status/v4Eip"), text(rule, inside));
        let mut said: Vec<String> = rules.iter().map(say).collect();
        said.sort_unstable();
        let mut rows = if kind == "odnat" { self.balanced()? } else { self.nat_rows()? };
        rows.sort_unstable();
        check(rows == said, || format!("the rules say {said:?}, OVN {rows:?}\n{rules:#?}"))?;
        Ok(rules.iter().map(|rule| text(rule, field).to_owned()).collect())
    }

    /// `EXTERNAL INSIDE` of every NAT row of the EIPs.
    fn nat_rows(&self) -> Outcome<Vec<String>> {
        let mut found = Vec::new();
        for external in &self.external {
            let rows = northbound("NAT", &json!([["external_ip", "==", external]]), &["logical_ip"])?;
            found.extend(rows.iter().map(|row| format!("{external} {}", text(row, "/logical_ip"))));
        }
        Ok(found)
    }

    /// The same of their port 8080 in load balancers.
    fn balanced(&self) -> Outcome<Vec<String>> {
        let rows = northbound("Load_Balancer", &json!([]), &["vips"])?;
        let entries = rows.iter().flat_map(|row| row["vips"][1].as_array().into_iter().flatten());
        let pairs = entries.map(|entry| [0, 1].map(|at| entry[at].as_str().unwrap_or_default()));
        let ours = pairs.filter_map(|[front, back]| {
            let external = self.external.iter().find(|external| front == format!("{external}:8080"))?;
            Some(format!("{external} {}", back.trim_end_matches(":80")))
        });
        Ok(ours.collect())
    }

    fn before(&self) -> Outcome {
        remove_rules()?;
        until("EIPs without a row", seconds(10), || Ok(self.nat_rows()?.is_empty() && self.balanced()?.is_empty()))
    }

    /// Each writer binds to the Vip of its name, which says who has won.
    fn race(&self, kind: &str, line: &dyn Fn(&str) -> String) -> Outcome {
        self.race_by(kind, "/spec/ipName", line)
    }

    /// The same, where another field of the rule says it.
    fn race_by(&self, kind: &str, field: &str, line: &dyn Fn(&str) -> String) -> Outcome {
        let lines: Vec<String> = self.vips.iter().map(|name| line(name)).collect();
        race(&lines, &self.vips, &[6], &|| self.before(), &|| self.owners(kind, field))
    }

    /// The number of a writer.
    fn number(&self, name: &str) -> usize {
        self.vips.iter().position(|one| one == name).unwrap_or_default()
    }
}

impl Drop for Nat {
    fn drop(&mut self) {
        drop(remove_rules());
        drop(self.things.remove());
    }
}

/// The rules of the EIPs `race…`.
fn ours(kind: &str) -> Outcome<Vec<Value>> {
    Ok(objects(kind)?.into_iter().filter(|rule| text(rule, "/spec/ovnEip").starts_with("race")).collect())
}

/// Deletes them.
fn remove_rules() -> Outcome {
    for kind in ["ofip", "odnat", "osnat"] {
        let rules = ours(kind)?;
        let names: Vec<&str> = rules.iter().map(|rule| text(rule, "/metadata/name")).collect();
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
fn twenty_dnats_of_twenty_names_want_one_port() -> Outcome {
    let nat = Nat::new()?;
    let address = |name: &str| format!("192.168.0.{}", 150 + nat.number(name));
    let line = |name: &str| format!("dnat create {name} --eip race --tcp 8080:80 {} --vpc vpc1", address(name));
    nat.race_by("odnat", "/metadata/name", &line)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn twenty_snats_of_twenty_names_want_one_source() -> Outcome {
    let line = |name: &str| format!("snat create {name} --eip race 192.168.0.99 --vpc vpc1");
    Nat::new()?.race_by("osnat", "/metadata/name", &line)
}

/// One source, spelt in three ways, over four EIPs.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn twenty_snats_over_four_eips_want_one_source() -> Outcome {
    let eips = ["race-1", "race-2", "race-3", "race-4"];
    let nat = Nat::with(&eips)?;
    let pod = text(&object("ip web-1.vpc1")?, "/spec/v4IpAddress").to_owned();
    let sources = ["pod/web-1 -n vpc1".to_owned(), format!("{pod} --vpc vpc1"), format!("{pod}/32 --vpc vpc1")];
    let line = |name: &str| {
        let number = nat.number(name);
        format!("snat create {name} --eip {} {}", eips[number % eips.len()], sources[number % sources.len()])
    };
    nat.race_by("osnat", "/metadata/name", &line)
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
