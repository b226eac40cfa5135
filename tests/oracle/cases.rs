//! The manifests, and which of them can be looked at in one go.

use crate::oracle::address::{canonical, near_the_beginning, scarce};
use crate::oracle::classify::typed_port;
use crate::oracle::tools::{Outcome, text};
use crate::oracle::world::World;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// One manifest.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) file: String,
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) name: String,
    pub(crate) spec: Value,
    /// The manifest brings a status with a MAC of its own.
    pub(crate) brings_status: bool,
}

impl Case {
    /// Every case, or those whose file name contains one of the comma-separated words of `CASES`.
    pub(crate) fn all() -> Outcome<Vec<Self>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/vip");
        let wanted = std::env::var("CASES").unwrap_or_default();
        let mut all = Vec::new();
        for entry in fs::read_dir(&folder).map_err(|why| format!("{}: {why}", folder.display()))? {
            let path = entry.map_err(|why| why.to_string())?.path();
            let file = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if wanted.is_empty() || wanted.split(',').any(|word| file.contains(word)) {
                let text = fs::read_to_string(&path).map_err(|why| format!("{file}: {why}"))?;
                all.push(Self::read(file, path, text)?);
            }
        }
        all.sort_by(|one, other| one.file.cmp(&other.file));
        Ok(all)
    }

    fn read(file: String, path: PathBuf, body: String) -> Outcome<Self> {
        let object: Value = serde_yaml::from_str(&body).map_err(|why| format!("{file}: {why}"))?;
        let name = text(&object, "/metadata/name").to_owned();
        let spec = object.get("spec").cloned().unwrap_or_default();
        let brings_status = !text(&object, "/status/mac").is_empty();
        Ok(Self { file, path, text: body, name, spec, brings_status })
    }

    /// Two cases that share a claim would see each other.
    fn claims(&self, world: &World) -> BTreeSet<String> {
        let subnet = text(&self.spec, "/subnet");
        let mut all = BTreeSet::from([format!("name {}", self.name)]);
        if scarce(world, subnet) {
            all.insert(format!("subnet {subnet}"));
        }
        let addresses = [text(&self.spec, "/v4ip"), text(&self.spec, "/v6ip")];
        // the controller draws from the beginning: what it draws and what asks for one of the first addresses keep apart
        if addresses.iter().all(|address| address.parse::<IpAddr>().is_err()) {
            all.insert(format!("{DRAWN}{subnet}"));
        } else if addresses.iter().any(|address| near_the_beginning(world, subnet, address)) {
            all.insert(format!("{FIRST}{subnet}"));
        }
        for address in addresses.into_iter().filter(|address| !address.is_empty()) {
            all.insert(format!("address {subnet} {}", canonical(address)));
        }
        let mac = text(&self.spec, "/macAddress");
        if !mac.is_empty() {
            all.insert(format!("mac {subnet} {}", mac.to_lowercase()));
        }
        all
    }

    /// Does it take something of the world away when it goes? Then it comes late.
    fn disturbs(&self, world: &World) -> bool {
        let typed = typed_port(&self.name, text(&self.spec, "/namespace"), text(&self.spec, "/subnet"), world);
        let known = |key: String| world.objects.contains_key(&key);
        let port = |name: &str| world.ports.contains_key(name);
        let entry = known(format!("OvnEip/{}", self.name)) || known(format!("IP/{typed}"));
        world.vip(&self.name).is_none() && (entry || port(&self.name) || port(&typed))
    }

    /// The name of a pod's or router's port together with a namespace ends the controller: such a case is alone, and the last.
    pub(crate) fn crashes(&self, world: &World) -> bool {
        self.disturbs(world) && world.ports.contains_key(&self.name) && !text(&self.spec, "/namespace").is_empty()
    }
}

const DRAWN: &str = "drawn ";
const FIRST: &str = "first ";

fn clash(taken: &BTreeSet<String>, claims: &BTreeSet<String>) -> bool {
    claims.iter().any(|claim| match (claim.strip_prefix(DRAWN), claim.strip_prefix(FIRST)) {
        (Some(subnet), _) => taken.contains(&format!("{FIRST}{subnet}")),
        (_, Some(subnet)) => taken.contains(claim) || taken.contains(&format!("{DRAWN}{subnet}")),
        _ => taken.contains(claim),
    })
}

/// Cases side by side in as few rounds as their claims allow; what disturbs the world last, what may end the controller alone.
pub(crate) fn waves(cases: &[Case], world: &World) -> Vec<Vec<Case>> {
    let mut rounds: Vec<(u8, BTreeSet<String>, Vec<Case>)> = Vec::new();
    for case in cases {
        let late = u8::from(case.disturbs(world)) + u8::from(case.crashes(world));
        let claims = case.claims(world);
        let free = |(when, taken, round): &&mut (u8, BTreeSet<String>, Vec<Case>)| {
            *when == late && late < 2 && !clash(taken, &claims) && round.len() < 48
        };
        if let Some((_, taken, round)) = rounds.iter_mut().find(free) {
            taken.extend(claims);
            round.push(case.clone());
        } else {
            rounds.push((late, claims, vec![case.clone()]));
        }
    }
    rounds.sort_by_key(|(late, _, _)| *late);
    rounds.into_iter().map(|(_, _, round)| round).collect()
}
