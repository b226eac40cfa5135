//! Pods and templates with annotations: what `ko lint` says about a manifest of `pods/` against what the controller does with it.
//!
//! A case says in comments what its writer means (`# want: PROVIDER address|within|mac|subnet|vip|interfaces VALUE`); whether that came
//! about is read of the IP objects and of OVN's ports. All cases are applied side by side: each has addresses of its own.

use crate::oracle::classify::Verdict;
use crate::oracle::lint::Lint;
use crate::oracle::observe::{Objects, Port, Ports, objects, ports};
use crate::oracle::report::{OnPurpose, Report};
use crate::oracle::tools::{self, Outcome, kubectl, kubectl_with, ms, text, until};
use crate::oracle::{truth, world};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::Path;

const WORLD: &str = include_str!("pods.world.yaml");
const KINDS: &str = "ips,subnets,vips,pods,vpcs";

/// What works and is refused all the same.
const REFUSED_ON_PURPOSE: OnPurpose = &[];

/// What a careful person could call otherwise, and why.
const SOFT: &[(&str, &str)] = &[
    ("macvlan-mac", "the documents show it: the address is given, the plugin makes its own MAC"),
    ("switch-attach", "an attachment's network as the first one: nobody forbids it"),
    ("mac-upper", "OVN reads capitals, the controller compares letter by letter"),
];

/// One manifest.
struct Case {
    name: String,
    text: String,
    /// Provider, what, and the value.
    wants: Vec<[String; 3]>,
    /// How many pods it makes.
    pods: usize,
}

impl Case {
    fn all() -> Outcome<Vec<Self>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/pods");
        let wanted = std::env::var("CASES").unwrap_or_default();
        let mut all = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(|why| why.to_string())? {
            let path = entry.map_err(|why| why.to_string())?.path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if wanted.is_empty() || wanted.split(',').any(|word| name.contains(word)) {
                let text = std::fs::read_to_string(&path).map_err(|why| format!("{name}: {why}"))?;
                all.push(Self::read(name, text)?);
            }
        }
        all.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(all)
    }

    fn read(name: String, body: String) -> Outcome<Self> {
        let object: Value = serde_yaml::from_str(&body).map_err(|why| format!("{name}: {why}"))?;
        let pods = object["spec"]["replicas"].as_u64().map_or(1, |count| usize::try_from(count).unwrap_or(1));
        let want = |line: &str| -> Option<[String; 3]> {
            let words: Vec<&str> = line.strip_prefix("# want: ")?.splitn(3, ' ').collect();
            Some([words.first()?, words.get(1)?, words.get(2)?].map(|word| (*word).to_owned()))
        };
        let wants = body.lines().filter_map(want).collect();
        Ok(Self { name, wants, pods, text: body })
    }
}

#[test]
#[ignore = "needs the control plane"]
fn lint_agrees_with_the_controller_about_every_pod() -> Outcome<()> {
    std::env::var("KUBECONFIG").map_err(|_| "KUBECONFIG names no control plane".to_owned())?;
    let cases = Case::all()?;
    if kubectl(&["get", "vpc", "vpc1"]).ok() {
        return Err("another scene is there: the oracle needs a new control plane".into());
    }
    world::bring_up(WORLD)?;
    let said = tools::each(&cases, |case| Lint::of_text(&case.text));
    let applied = tools::each(&cases, |case| kubectl_with(&["apply", "-f", "-"], &case.text).output("apply"));
    settle(&cases)?;
    let scene = Scene { objects: objects(KINDS)?, ports: ports()?, events: events()? };
    let mut report = Report::default();
    let mut found = BTreeMap::new();
    for ((case, lint), applied) in cases.iter().zip(&said).zip(&applied) {
        let verdict = match applied {
            Err(why) => firm("never-ready", format!("refused by the API server: {why}")),
            Ok(_) => scene.judge(case),
        };
        let soft = SOFT.iter().any(|(name, _)| *name == case.name);
        let verdict = Verdict { firm: !soft, ..verdict };
        report.add(&case.name, lint, &verdict, REFUSED_ON_PURPOSE);
        found.insert(case.name.clone(), verdict);
    }
    // not print!: the test harness would keep the table of a passing run to itself
    let _ = std::io::stdout().write_all(report.table.as_bytes());
    truth::keep("pods", &found)?;
    let mut all = report.disagreements;
    all.extend(truth::differences("pods", &found));
    if all.is_empty() { Ok(()) } else { Err(format!("{} disagreements:\n{}", all.len(), all.join("\n"))) }
}

fn firm(class: &'static str, why: impl Into<String>) -> Verdict {
    Verdict { class, firm: true, why: why.into() }
}

/// Waits for those that will have an address by what is recorded, and then for one more pod: what was not given one by then was seen
/// by the controller before it.
fn settle(cases: &[Case]) -> Outcome<()> {
    let recorded = truth::recorded("pods");
    let waits = |case: &&Case| recorded.get(&case.name).is_none_or(|line| line.starts_with("never-ready"));
    let fence = "apiVersion: v1\nkind: Pod\nmetadata: {name: zz-fence, namespace: ns1}\nspec: {nodeName: node-a, tolerations: [{operator: Exists}], containers: [{name: c, image: busybox}]}\n";
    let complete = || {
        let Ok(objects) = objects("pods") else { return false };
        let scene = Scene { objects, ports: Ports::new(), events: BTreeMap::new() };
        cases.iter().filter(|case| !waits(case)).all(|case| {
            let pods = scene.pods(case);
            pods.len() >= case.pods && pods.iter().all(|pod| is_allocated(pod) || pod["spec"]["hostNetwork"] == true)
        })
    };
    // nothing is recorded before the first run: then it is as long as it takes
    let _ = until(ms(25_000), complete);
    kubectl_with(&["apply", "-f", "-"], fence).output("fence")?;
    let passed = || objects("pods").is_ok_and(|all| all.get("Pod/ns1/zz-fence").is_some_and(is_allocated));
    if until(ms(30_000), passed) { Ok(()) } else { Err("the controller gives no addresses any more".into()) }
}

fn is_allocated(pod: &Value) -> bool {
    pod.pointer("/metadata/annotations/ovn.kubernetes.io~1allocated").is_some_and(|is| is == "true")
}

/// The last warning about each pod.
fn events() -> Outcome<BTreeMap<String, String>> {
    let list = kubectl(&["get", "events", "-n", "ns1", "-o", "json"]).output("events")?;
    let list = tools::json(&list)?;
    let warnings = list["items"].as_array().into_iter().flatten().filter(|one| one["type"] == "Warning");
    Ok(warnings
        .map(|one| {
            (
                text(one, "/involvedObject/name").to_owned(),
                format!("{}: {}", text(one, "/reason"), text(one, "/message")),
            )
        })
        .collect())
}

struct Scene {
    objects: Objects,
    ports: Ports,
    events: BTreeMap<String, String>,
}

impl Scene {
    fn pods(&self, case: &Case) -> Vec<&Value> {
        let is_of = |pod: &&Value| {
            text(pod, "/metadata/labels/case") == case.name
                || (text(pod, "/metadata/name") == case.name && text(pod, "/metadata/namespace") == "ns1")
        };
        self.objects.values().filter(|one| text(one, "/kind") == "Pod").filter(is_of).collect()
    }

    fn ip(&self, pod: &str, provider: &str) -> Option<&Value> {
        let name = if provider == "ovn" { format!("{pod}.ns1") } else { format!("{pod}.ns1.{provider}") };
        self.objects.get(&format!("IP/{name}"))
    }

    fn judge(&self, case: &Case) -> Verdict {
        let pods = self.pods(case);
        if pods.len() < case.pods {
            return firm("never-ready", "no pod was made");
        }
        if pods.iter().any(|pod| pod["spec"]["hostNetwork"] == true) {
            return firm("trap", "the annotations are passed over");
        }
        if let Some(pod) = pods.iter().find(|pod| !is_allocated(pod)) {
            let name = text(pod, "/metadata/name");
            return firm("never-ready", self.events.get(name).cloned().unwrap_or_else(|| "no event".to_owned()));
        }
        let harm = pods.iter().find_map(|pod| self.harm(text(pod, "/metadata/name")));
        if let Some(why) = harm {
            return firm("broken", why);
        }
        let missed = pods.iter().find_map(|pod| self.missed(case, text(pod, "/metadata/name")));
        if let Some(why) = missed {
            return firm("trap", why);
        }
        match pods.iter().find_map(|pod| self.astray(text(pod, "/metadata/name"))) {
            Some(why) => firm("trap", why),
            None => firm("works", "as wanted"),
        }
    }

    /// What of a pod's addresses cannot work, whatever was wanted.
    fn harm(&self, pod: &str) -> Option<String> {
        if self.ip(pod, "ovn").is_none() {
            return Some("allocated, and there is no IP".to_owned());
        }
        let prefix = format!("IP/{pod}.ns1");
        let own = self.objects.iter().filter(|(key, _)| **key == prefix || key.starts_with(&format!("{prefix}.")));
        own.map(|(_, ip)| ip).find_map(|ip| self.broken(ip))
    }

    fn broken(&self, ip: &Value) -> Option<String> {
        let name = text(ip, "/metadata/name");
        let addresses: Vec<IpAddr> =
            text(ip, "/spec/ipAddress").split(',').filter_map(|one| one.parse().ok()).collect();
        if addresses.is_empty() {
            return Some(format!("{name} has no address"));
        }
        let subnet = self.objects.get(&format!("Subnet/{}", text(ip, "/spec/subnet")))?;
        if text(subnet, "/spec/gateway")
            .split(',')
            .any(|one| one.parse().is_ok_and(|one: IpAddr| addresses.contains(&one)))
        {
            return Some(format!("{name} has the gateway's address"));
        }
        let provider = text(subnet, "/spec/provider");
        if provider != "ovn" && provider.rsplit('.').next() != Some("ovn") {
            return None;
        }
        let Some(port) = self.ports.get(name) else { return Some(format!("OVN has no port {name}")) };
        if !mac_of(port).is_some_and(is_mac) {
            return Some(format!("OVN cannot read the MAC of {name}: {}", port.addresses.join(" ")));
        }
        let switch = self.objects.get(&format!("Subnet/{}", port.switch))?;
        let block = text(switch, "/spec/cidrBlock");
        let outside = addresses.iter().find(|one| {
            !block
                .split(',')
                .filter_map(|cidr| cidr.parse::<ipnetwork::IpNetwork>().ok())
                .any(|cidr| cidr.contains(**one))
        });
        outside.map(|one| format!("{name} has {one} on the network {block}"))
    }

    /// What was wanted and did not come about.
    fn missed(&self, case: &Case, pod: &str) -> Option<String> {
        case.wants.iter().find_map(|[provider, what, value]| {
            if what == "interfaces" {
                let prefix = format!("IP/{pod}.ns1.{provider}");
                let count = self.objects.keys().filter(|key| key.starts_with(&prefix)).count();
                return (count.to_string() != *value).then(|| format!("{count} interfaces of {provider}, not {value}"));
            }
            let Some(ip) = self.ip(pod, provider) else { return Some(format!("nothing of {provider}")) };
            let has = text(ip, "/spec/ipAddress");
            let all: Vec<IpAddr> = has.split(',').filter_map(|one| one.parse().ok()).collect();
            let right = match what.as_str() {
                "address" => value.parse().is_ok_and(|one: IpAddr| all.contains(&one)),
                "within" => value.split_once('-').is_some_and(|(first, last)| {
                    let bounds = (first.parse::<IpAddr>(), last.parse::<IpAddr>());
                    matches!(bounds, (Ok(first), Ok(last)) if all.iter().any(|one| *one >= first && *one <= last))
                }),
                "mac" => text(ip, "/spec/macAddress") == value,
                "subnet" => text(ip, "/spec/subnet") == value,
                "vip" => self
                    .objects
                    .get(&format!("Vip/{value}"))
                    .is_some_and(|vip| text(vip, "/status/v4ip").parse().is_ok_and(|one: IpAddr| all.contains(&one))),
                _ => false,
            };
            (!right).then(|| {
                format!(
                    "{provider}: {what} {value} was wanted, it has {has} {} in {}",
                    text(ip, "/spec/macAddress"),
                    text(ip, "/spec/subnet")
                )
            })
        })
    }

    /// The pod is in another VPC than its namespace, or shares a MAC.
    fn astray(&self, pod: &str) -> Option<String> {
        let ip = self.ip(pod, "ovn")?;
        let mac = text(ip, "/spec/macAddress").to_lowercase();
        let twin = self.objects.iter().find(|(key, other)| {
            key.starts_with("IP/")
                && text(other, "/spec/macAddress").to_lowercase() == mac
                && text(other, "/spec/subnet") == text(ip, "/spec/subnet")
                && text(other, "/metadata/name") != text(ip, "/metadata/name")
        });
        if let Some((other, _)) = twin {
            return Some(format!("{other} has the same MAC"));
        }
        let subnet = self.objects.get(&format!("Subnet/{}", text(ip, "/spec/subnet")))?;
        let vpc = text(subnet, "/spec/vpc");
        (vpc != "vpc1").then(|| format!("it is in vpc {vpc}, its namespace in vpc1"))
    }
}

fn mac_of(port: &Port) -> Option<&str> {
    port.addresses.first()?.split(' ').next()
}

/// Six bytes with colons, of a single card: what OVN and Ethernet know.
fn is_mac(mac: &str) -> bool {
    let bytes: Vec<Option<u8>> =
        mac.split(':').map(|byte| u8::from_str_radix(byte, 16).ok().filter(|_| byte.len() == 2)).collect();
    bytes.len() == 6 && bytes.iter().all(Option::is_some) && bytes[0].is_some_and(|first| first & 1 == 0)
}
