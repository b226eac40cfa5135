//! What is measured, and what it has to reach.

use anyhow::{Context as _, Result};

use crate::Options;
use crate::populate::{LABEL, PREFIX};
use crate::versus::{Case, Target};

pub(crate) struct Cases<'a> {
    options: &'a Options,
    environment: Vec<(&'static str, String)>,
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

impl<'a> Cases<'a> {
    pub(crate) fn new(options: &'a Options) -> Result<Self> {
        let mut environment = Vec::new();
        if let Some(file) = &options.kubeconfig {
            let file = file.canonicalize().with_context(|| file.display().to_string())?;
            environment.push(("KUBECONFIG", file.display().to_string()));
        }
        Ok(Self { options, environment })
    }

    fn ours(&self, line: &str) -> Vec<String> {
        [vec![self.options.program.display().to_string()], words(line)].concat()
    }

    fn case(&self, name: &str, ours: &str, theirs: Option<&str>, target: Target) -> Case {
        let ours = self.ours(ours);
        Case {
            name: name.to_owned(),
            ours: Box::new(move |_| ours.clone()),
            undo: None,
            theirs: theirs.map(words),
            target,
            environment: self.environment.clone(),
        }
    }

    pub(crate) fn without_cluster(&self) -> Vec<Case> {
        vec![self.case("start: --version", "--version", None, Target::Millis(10))]
    }

    pub(crate) fn small(&self) -> Vec<Case> {
        let nothing = format!("-l {LABEL}=nothing");
        vec![
            self.case(
                "start: a list of nothing",
                &format!("vip list {nothing}"),
                Some(&format!("kubectl get vips {nothing}")),
                Target::Millis(10),
            ),
            self.case("vip list / kubectl get, small", "vip list", Some("kubectl get vips"), Target::Ratio(0.3)),
            // without headers: kubectl's four tables have four lines of them; a gateway's EIPs and rules would be rows of ours alone
            self.case(
                "nat list / kubectl get of the four kinds",
                "nat list --no-headers",
                Some("kubectl get ofip,osnat,odnat,oeip --no-headers"),
                Target::Ratio(0.3),
            ),
        ]
    }

    pub(crate) fn nat(&self) -> Vec<Case> {
        let theirs = "kubectl get ofip,osnat,odnat,oeip --no-headers";
        vec![self.case("nat list / kubectl get, many", "nat list --no-headers", Some(theirs), Target::Ratio(0.3))]
    }

    pub(crate) fn large(&self, count: usize) -> Vec<Case> {
        let name = format!("vip list / kubectl get, {count}");
        vec![self.case(&name, "vip list", Some("kubectl get vips"), Target::Ratio(0.1))]
    }

    pub(crate) fn raw(&self) -> Vec<Case> {
        let home = std::env::var("KUBE_OVN_NS").unwrap_or_else(|_| "kube-system".to_owned());
        let exec = format!("kubectl exec -n {home} {} -c ovn-central -- ovn-nbctl show", self.leader(&home));
        let mut cases = vec![self.case("nbctl show / kubectl exec", "nbctl show", Some(&exec), Target::Ratio(1.0))];
        if let Some(plugin) = &self.options.bash_plugin {
            let theirs = format!("{} nbctl show", plugin.display());
            cases.push(self.case("nbctl show / bash plugin", "nbctl show", Some(&theirs), Target::Ratio(0.2)));
        }
        cases
    }

    /// The pod that leads the northbound database; empty when there is none, and then the comparison says so.
    fn leader(&self, home: &str) -> String {
        let arguments = words(&format!("get pods -n {home} -l ovn-nb-leader=true -o name"));
        let environment = self.environment.iter().map(|(name, value)| (*name, value));
        let output = std::process::Command::new("kubectl").args(arguments).envs(environment).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
    }

    pub(crate) fn create(&self) -> Vec<Case> {
        [("vip create to proven: reserved", ""), ("vip create to proven: -n default", " -n default")]
            .map(|(name, namespace)| {
                let subnet = &self.options.subnet;
                let kind = if namespace.is_empty() { "reserved" } else { "paired" };
                let vip = move |round: usize| format!("{PREFIX}{kind}-{round}");
                let create = self.ours(&format!("vip create --subnet {subnet}{namespace}"));
                let delete = self.ours("vip delete --yes");
                let mut case = self.case(name, "", None, Target::Millis(300));
                case.ours = Box::new(move |round| [create.clone(), vec![vip(round)]].concat());
                case.undo = Some(Box::new(move |round| [delete.clone(), vec![vip(round)]].concat()));
                case
            })
            .into()
    }
}
