//! The cluster before the judged manifests, with them, after a restart and after their deletion; and what that makes of each.

use crate::oracle::address::{canonical, overlap};
use crate::oracle::classify::{Verdict, reason};
use crate::oracle::observe::Log;
use crate::oracle::rules::address::{addresses, home, owner};
use crate::oracle::rules::case::Case;
use crate::oracle::rules::stage::{self, Look, Question, leaving};
use crate::oracle::rules::{address, packet, row};
use crate::oracle::tools::{Outcome, text};
use crate::oracle::world::done;
use serde_json::Value;
use std::collections::BTreeSet;

/// Not `works`.
pub(crate) struct Not {
    pub(crate) class: &'static str,
    pub(crate) firm: bool,
    pub(crate) why: String,
}

pub(crate) fn not<T>(class: &'static str, firm: bool, why: impl Into<String>) -> Result<T, Not> {
    Err(Not { class, firm, why: why.into() })
}

pub(crate) fn broken<T>(why: impl Into<String>) -> Result<T, Not> {
    not("broken", true, why)
}

pub(crate) fn maybe_broken<T>(why: impl Into<String>) -> Result<T, Not> {
    not("broken", false, why)
}

pub(crate) fn harms<T>(why: impl Into<String>) -> Result<T, Not> {
    not("harms", true, why)
}

/// Everything seen of all cases.
pub(crate) struct Scene {
    pub(crate) before: Look,
    pub(crate) made: Look,
    pub(crate) restarted: Look,
    pub(crate) deleted: Look,
    refused: Vec<Option<String>>,
    logs: Vec<Vec<String>>,
    farewells: Vec<Vec<String>>,
    /// Addresses of the judged that somebody else got while they had them.
    given: BTreeSet<Question>,
    forgotten: BTreeSet<Question>,
    freed: BTreeSet<Question>,
}

impl Scene {
    /// Applies, looks, restarts, looks, deletes, looks.
    pub(crate) fn play(cases: &[Case], passed: &dyn Fn(&str)) -> Outcome<Self> {
        let log = Log::follow()?;
        let before = Look::take()?;
        let mark = log.mark();
        let refused = stage::apply(cases);
        passed("applied");
        let made = stage::wait(cases, &refused, &before, &log, mark)?;
        let logs = cases.iter().map(|case| log.errors(mark, case.kind.logged, &case.name)).collect();
        if log.panicked(mark) {
            return Err("the controller ended: such a case needs a run of its own".into());
        }
        passed("each is ready or refused");
        let own: BTreeSet<Question> =
            cases.iter().filter_map(|case| question(case, &before, &made)).flatten().collect();
        let given = stage::free(&own, &log)?;
        passed("asked for their addresses");
        drop(log);
        crate::oracle::world::spend()?;
        stage::restart()?;
        passed("restarted");
        let log = Log::follow()?;
        let restarted = Look::take()?;
        let forgotten = stage::free(&own, &log)?;
        passed("asked for their addresses again");
        let mark = log.mark();
        let deleted = stage::delete(cases, &refused)?;
        let farewells = cases.iter().map(|case| log.errors(mark, case.kind.logged, &case.name)).collect();
        passed("deleted");
        let neighbours = cases.iter().flat_map(|case| neighbours(case, &restarted, &deleted));
        let freed = stage::free(&own.iter().cloned().chain(neighbours).collect(), &log)?;
        passed("asked for what should be free now");
        Ok(Self { before, made, restarted, deleted, refused, logs, farewells, given, forgotten, freed })
    }

    pub(crate) fn judge(&self, at: usize, case: &Case) -> Verdict {
        let refused = self.refused.get(at).and_then(Option::as_ref);
        let logs = self.logs.get(at).map(Vec::as_slice).unwrap_or_default();
        let farewell = self.farewells.get(at).map(Vec::as_slice).unwrap_or_default();
        let said = self.harmless(case, farewell).and_then(|()| match refused {
            Some(refusal) => not(
                "never-ready",
                true,
                format!("refused by the API server: {}", refusal.lines().next().unwrap_or_default()),
            ),
            None => self.works(case, logs),
        });
        match said {
            Ok((firm, why)) => Verdict { class: "works", firm, why },
            Err(Not { class, firm, why }) => Verdict { class, firm, why },
        }
    }

    fn works(&self, case: &Case, logs: &[String]) -> Result<(bool, String), Not> {
        let said = || logs.first().map_or("nothing in the log", |line| reason(line)).to_owned();
        let Some(object) = self.made.objects.get(&case.key()) else { return broken("the object is gone") };
        let before = self.before.objects.get(&case.key());
        if leaving(object) {
            return not("never-ready", true, "one of that name is being deleted");
        }
        if !done(object) {
            if before.is_some_and(|before| !done(before)) {
                return not("never-ready", false, "not yet: the controller's next try may be a minute away");
            }
            if !case.asked("macAddress").is_empty() && case.kind.api == "OvnEip" {
                return not("never-ready", false, "its MAC was replaced, and now and then the status stays empty");
            }
            let lsp = case.asked("type") == "lsp" && case.kind.api == "OvnEip";
            let node = self.made.north.ports.contains_key(&format!("node-{}", case.name));
            return not(
                "never-ready",
                !(lsp && node),
                if lsp { "kube-ovn-cni of the node of its name makes it ready".to_owned() } else { said() },
            );
        }
        if let Some(before) = before {
            if !done(before) {
                return Ok((false, "heals at the controller's next try".into()));
            }
            if changed(before, object).is_some_and(|field| field == "nodeName") {
                return Ok((false, "changes a field that nobody reads".into()));
            }
            let edited = strays(before, &self.before);
            if edited.is_some() && edited == changed(before, object).as_deref() && strays(object, &self.made).is_none()
            {
                return Ok((true, "set back to what was written".into()));
            }
            if let Some(field) = changed(before, object) {
                // what the manifest leaves out, apply takes out of the spec: the object has it all the same
                let firm = case.object.pointer(&format!("/spec/{field}")).is_some();
                return not("broken", firm, format!("spec.{field} changed, nothing else did: {}", said()));
            }
            if let Some(field) = strays(object, &self.made) {
                return broken(format!("spec.{field} is not what was written, and was not before"));
            }
            return Ok((true, "nothing changed".into()));
        }
        let (firm, why) = match case.kind.api {
            "IP" | "OvnEip" => address::judge(case, object, &self.made)?,
            _ => {
                row::name_taken(case, &self.before)?;
                row::judge(case, object, &self.made)?;
                packet::judge(case, &self.made)?
            }
        };
        self.stays(case, object)?;
        Ok((firm, why))
    }

    /// Is it the same after a restart?
    fn stays(&self, case: &Case, object: &Value) -> Result<(), Not> {
        let Some(after) = self.restarted.objects.get(&case.key()) else {
            return not("until-restart", true, "garbage collection at the controller's start deletes it");
        };
        if let Some(question) =
            question(case, &self.before, &self.made).into_iter().flatten().find(|one| self.forgotten.contains(one))
        {
            return not("until-restart", true, format!("after a restart {} is free for others", question.address));
        }
        if addresses(after) != addresses(object) {
            return not("until-restart", true, "after a restart its address is another");
        }
        if matches!(case.kind.api, "IP" | "OvnEip") {
            return Ok(());
        }
        if row::own(after, &self.restarted.north).is_none() {
            return not("until-restart", true, "after a restart its row is gone");
        }
        let same = row::judge(case, after, &self.restarted).and_then(|()| packet::judge(case, &self.restarted));
        // the rule is as it was; what it leads to is not
        if same.is_err() {
            return not("until-restart", false, "after a restart its target is gone");
        }
        Ok(())
    }

    /// Does nobody else suffer, while it is there or when it goes?
    fn harmless(&self, case: &Case, farewell: &[String]) -> Result<(), Not> {
        for one in question(case, &self.before, &self.made).into_iter().flatten() {
            if let Some(owner) = owner(&self.made, case, &one) {
                return harms(format!("{} is of {owner}", one.address));
            }
            if self.given.contains(&one) {
                return harms(format!("{} is held by nobody: a Vip got it too", one.address));
            }
        }
        for (look, when) in [(&self.made, "it"), (&self.deleted, "deleting it")] {
            for object in &case.setup {
                if let Some(what) = row::lost(object, case, &self.before, look) {
                    return harms(format!("{when} took away {what}"));
                }
            }
            if let Some(port) = self.port_lost(case, look, when == "it") {
                return harms(format!("{when} took away port {port}"));
            }
        }
        if let Some(object) = self.deleted.objects.get(&case.key()).filter(|one| hangs(one)) {
            let used = farewell.iter().find(|line| line.contains("still being used"));
            if used.is_none() {
                let why = farewell.first().map_or("nothing in the log", |line| reason(line));
                return harms(format!("deleting it hangs: {why}, {}", text(object, "/metadata/name")));
            }
        }
        if let Some(user) = row::user_left(case, &self.deleted) {
            return harms(format!("it could be deleted while {user} uses it"));
        }
        if let Some(row) = row::left(case, &self.before, &self.made, &self.deleted) {
            return harms(format!("after its deletion {row} stays"));
        }
        let gone = !self.deleted.objects.contains_key(&case.key());
        for one in question(case, &self.before, &self.made).into_iter().flatten().filter(|_| gone) {
            if !self.freed.contains(&one) {
                return harms(format!("after its deletion {} stays taken", one.address));
            }
        }
        for one in neighbours(case, &self.restarted, &self.deleted) {
            if self.freed.contains(&one) {
                return harms(format!("deleting it freed {} of another", one.address));
            }
        }
        Ok(())
    }

    /// A port of a switch or router that had the name of the case's, or of its setup's.
    fn port_lost(&self, case: &Case, look: &Look, is_there: bool) -> Option<String> {
        // deleting the IP of a running pod takes its port: that is no doing of an apply to it
        let own = self.before.objects.contains_key(&case.key()) && !is_there;
        let names = std::iter::once(case.name.as_str()).filter(|_| !own).chain(
            case.setup.iter().filter(|one| text(one, "/kind") != "OvnEip").map(|one| text(one, "/metadata/name")),
        );
        let has = |look: &Look, name: &str| {
            look.north.ports.contains_key(name)
                || look.north.routers.values().flat_map(|router| &router.ports).any(|port| port.name == name)
        };
        names.filter(|name| has(&self.before, name) && !has(look, name)).map(str::to_owned).next()
    }

    /// Ports of the world that went away, and no case says so.
    pub(crate) fn unexplained(&self, cases: &[Case]) -> Vec<String> {
        let names = |look: &Look| -> BTreeSet<String> {
            let routers = look.north.routers.values().flat_map(|router| &router.ports).map(|port| port.name.clone());
            // virtual ports are lost at a restart: the Vips' own oracle knows
            let lasting = look.north.ports.iter().filter(|(_, port)| port.kind != "virtual");
            lasting.map(|(name, _)| name.clone()).chain(routers).collect()
        };
        let after = names(&self.deleted);
        let of_a_case =
            |port: &String| cases.iter().any(|case| case.name == *port || port.starts_with(&format!("{}.", case.name)));
        names(&self.before)
            .into_iter()
            .filter(|port| !after.contains(port) && !of_a_case(port))
            .map(|port| format!("! somebody took away the port {port}"))
            .collect()
    }
}

/// Does the controller's own finalizer hold it?
fn hangs(object: &Value) -> bool {
    leaving(object)
        && crate::oracle::tools::texts(object, "/metadata/finalizers")
            .iter()
            .any(|one| one.contains("kube-ovn-controller"))
}

/// What a ready rule asks for and OVN was not written with: nobody programs it after an edit.
fn strays(object: &Value, look: &Look) -> Option<&'static str> {
    let field = |field: &str| {
        let [asked, written] = ["spec", "status"].map(|part| text(object, &format!("/{part}/{field}")));
        !asked.is_empty() && !written.is_empty() && asked != written
    };
    let eip = look.get("OvnEip", text(object, "/spec/ovnEip")).map_or("", |eip| text(eip, "/status/v4Ip"));
    let written = text(object, "/status/v4Eip");
    let other = !eip.is_empty() && !written.is_empty() && eip != written;
    if other {
        return Some("ovnEip");
    }
    ["externalPort", "internalPort", "protocol"].into_iter().find(|one| field(one))
}

/// The first field of spec that an apply changed.
fn changed(before: &Value, after: &Value) -> Option<String> {
    let (old, new) = (before.get("spec")?, after.get("spec")?);
    let empty = |value: Option<&Value>| {
        value.is_none_or(|value| value.is_null() || value == "" || value.as_array().is_some_and(Vec::is_empty))
    };
    let fields: BTreeSet<&String> =
        [old, new].into_iter().filter_map(Value::as_object).flatten().map(|(field, _)| field).collect();
    let differs = |field: &&&String| {
        let (one, other) = (old.get(field.as_str()), new.get(field.as_str()));
        one != other && !(empty(one) && empty(other))
    };
    fields.iter().find(differs).map(|field| (*field).clone())
}

/// The addresses that the judged object has: before, when it is an edit.
fn question(case: &Case, before: &Look, made: &Look) -> Option<Vec<Question>> {
    let object = before.objects.get(&case.key()).or_else(|| made.objects.get(&case.key()))?;
    if !matches!(case.kind.api, "IP" | "OvnEip") || !done(object) {
        return None;
    }
    let subnet = home(object);
    let block = made.get("Subnet", &subnet).map_or("", |one| text(one, "/spec/cidrBlock"));
    // the status of an EIP repeats whatever IPv6 address was asked for
    let real = |address: &String| block.split(',').any(|block| overlap(block, address));
    Some(
        addresses(object)
            .into_iter()
            .filter(real)
            .map(|address| Question { subnet: subnet.clone(), address })
            .collect(),
    )
}

/// Addresses of the setup that should outlast the case.
fn neighbours(case: &Case, restarted: &Look, deleted: &Look) -> Vec<Question> {
    if !matches!(case.kind.api, "IP" | "OvnEip") {
        return Vec::new();
    }
    let lasts = |object: &&Value| match text(object, "/kind") {
        "Vip" => !text(object, "/status/v4ip").is_empty(),
        "OvnEip" => !text(object, "/spec/externalSubnet").is_empty(),
        "IP" => deleted
            .get("Pod", &format!("{}/{}", text(object, "/spec/namespace"), text(object, "/spec/podName")))
            .is_some(),
        _ => false,
    };
    let mut all = Vec::new();
    for object in &case.setup {
        let (kind, name) = (text(object, "/kind"), text(object, "/metadata/name"));
        let (kind, name) = if kind == "Pod" {
            ("IP", format!("{name}.{}", text(object, "/metadata/namespace")))
        } else {
            (kind, name.to_owned())
        };
        let Some(now) = restarted.get(kind, &name).filter(lasts) else { continue };
        if (kind, name.as_str()) != (case.kind.api, case.name.as_str())
            && done(now)
            && deleted.get(kind, &name).is_some()
        {
            let mine = addresses(now).into_iter().filter(|one| !one.contains(':'));
            all.extend(mine.map(|address| Question { subnet: home(now), address: canonical(&address) }));
        }
    }
    all
}
