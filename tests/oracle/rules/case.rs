//! A case: the manifest that is judged, and what it needs beside the world.

use crate::oracle::tools::{Outcome, text};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A kind that is judged.
#[derive(Debug)]
pub(crate) struct Kind {
    /// The folder of its cases, and the name of its table.
    pub(crate) folder: &'static str,
    /// As its manifests call it.
    pub(crate) api: &'static str,
    /// As kubectl takes it.
    pub(crate) resource: &'static str,
    /// The controller's word for it in its log.
    pub(crate) logged: &'static str,
}

pub(crate) const KINDS: [Kind; 5] = [
    Kind { folder: "ip", api: "IP", resource: "ips.kubeovn.io", logged: "ip" },
    Kind { folder: "eip", api: "OvnEip", resource: "ovn-eips.kubeovn.io", logged: "ovn eip" },
    Kind { folder: "fip", api: "OvnFip", resource: "ovn-fips.kubeovn.io", logged: "ovn fip" },
    Kind { folder: "snat", api: "OvnSnatRule", resource: "ovn-snat-rules.kubeovn.io", logged: "ovn snat rule" },
    Kind { folder: "dnat", api: "OvnDnatRule", resource: "ovn-dnat-rules.kubeovn.io", logged: "ovn dnat" },
];

/// One file: the last document is judged, those before it are there already.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) kind: &'static Kind,
    pub(crate) file: String,
    pub(crate) name: String,
    /// The manifest that is judged, as written.
    pub(crate) text: String,
    pub(crate) object: Value,
    pub(crate) setup: Vec<Value>,
    /// Commands between the two: `# run: kubectl …` or `# run: ovn-nbctl …`.
    pub(crate) runs: Vec<Vec<String>>,
}

impl Case {
    /// Every case, or those whose `folder/file` contains one of the comma-separated words of `CASES`.
    pub(crate) fn all() -> Outcome<Vec<Self>> {
        let wanted = std::env::var("CASES").unwrap_or_default();
        let mut all = Vec::new();
        for kind in &KINDS {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle").join(kind.folder);
            for entry in fs::read_dir(&folder).map_err(|why| format!("{}: {why}", folder.display()))? {
                let path = entry.map_err(|why| why.to_string())?.path();
                let file = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let key = format!("{}/{file}", kind.folder);
                if wanted.is_empty() || wanted.split(',').any(|word| key.contains(word)) {
                    let body = fs::read_to_string(&path).map_err(|why| format!("{key}: {why}"))?;
                    all.push(Self::read(kind, file, &body).map_err(|why| format!("{key}: {why}"))?);
                }
            }
        }
        all.sort_by(|one, other| (one.kind.folder, &one.file).cmp(&(other.kind.folder, &other.file)));
        Ok(all)
    }

    fn read(kind: &'static Kind, file: String, body: &str) -> Outcome<Self> {
        let mut documents = Vec::new();
        for part in body.split("\n---\n") {
            let object: Value = serde_yaml::from_str(part).map_err(|why| why.to_string())?;
            documents.push((object, part.to_owned()));
        }
        let (object, manifest) = documents.pop().ok_or("empty")?;
        let commands = body.lines().filter_map(|line| line.strip_prefix("# run: "));
        let runs = commands.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect();
        let name = text(&object, "/metadata/name").to_owned();
        let setup = documents.into_iter().map(|(object, _)| object).collect();
        Ok(Self { kind, file, name, text: manifest, object, setup, runs })
    }

    /// `folder/file`.
    pub(crate) fn title(&self) -> String {
        format!("{}/{}", self.kind.folder, self.file)
    }

    /// Where the judged object is among the objects of a cluster.
    pub(crate) fn key(&self) -> String {
        format!("{}/{}", self.kind.api, self.name)
    }

    pub(crate) fn asked(&self, field: &str) -> &str {
        text(&self.object, &format!("/spec/{field}"))
    }
}
