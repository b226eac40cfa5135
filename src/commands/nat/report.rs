//! What `show` of an EIP or a rule prints: as text, or as a report object.

use std::fmt::{Arguments, Write as _};

use serde_json::{Map, Value, json};

use super::super::{Context, print, problems};
use crate::api::Metadata;
use crate::api::nat_kind::{NatKind, Role};
use crate::check::Finding;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::output::{Format, age, escape};
use crate::world::nat_users::NatUser;

/// What could be looked at, or why it could not.
pub(super) type Looked<T> = std::result::Result<T, String>;

/// What OVN has: lines for the reader, the same as data.
#[derive(Default)]
pub(super) struct Ovn {
    pub lines: Vec<String>,
    pub data: Map<String, Value>,
}

/// All that is known of one object.
pub(super) struct Report {
    pub kind: NatKind,
    pub object: Value,
    pub metadata: Metadata,
    pub ready: bool,
    /// `EIP: e1 (10.5.204.101)`, between the name and the readiness; a line without a value is `<none>`.
    pub lines: Vec<(&'static str, String)>,
    /// What stands in the report beside the object.
    pub data: Map<String, Value>,
    /// Of an EIP: the rules.
    pub users: Option<Looked<Vec<NatUser>>>,
    /// Of OVN's family: its rows.
    pub ovn: Option<Looked<Ovn>>,
    pub problems: Vec<Finding>,
}

impl Report {
    pub(super) fn print(&self, context: &Context<'_>, format: Format) -> Result<Exit> {
        match format {
            Format::Table | Format::Wide => context.ui.data(self.text(context.ui.is_terminal()).as_bytes())?,
            Format::Name => print::object(context, format, &self.object)?,
            Format::Json | Format::Yaml => print::object(context, format, &self.json())?,
        }
        let partial = matches!(self.users, Some(Err(_))) || matches!(self.ovn, Some(Err(_)));
        Ok(if partial { Exit::Partial } else { Exit::Success })
    }

    fn text(&self, terminal: bool) -> String {
        let shown = |text: &str| if terminal { escape(text).into_owned() } else { text.to_owned() };
        let created = self.metadata.creation_timestamp.parse().ok();
        let mut out = String::new();
        let mut line = |key: &str, value: &str| {
            let value = if value.is_empty() { "<none>".to_owned() } else { shown(value) };
            put(&mut out, format_args!("{:<12} {value}", format!("{key}:")));
        };
        line("Name", &self.metadata.name);
        line("Kind", &format!("{} ({})", self.kind.kind().kind, self.kind.word()));
        for (key, value) in &self.lines {
            line(key, value);
        }
        let going = if self.metadata.is_terminating() { " (being deleted)" } else { "" };
        line("Ready", &format!("{}{going}", self.ready));
        line("Age", &age(created, jiff::Timestamp::now()));
        match &self.users {
            None => {}
            Some(Err(why)) => put(&mut out, format_args!("Users:       not looked at: {}", shown(why))),
            Some(Ok(users)) if users.is_empty() => out.push_str("Users:       <none>\n"),
            Some(Ok(users)) => {
                out.push_str("Users:\n");
                for user in users {
                    let going = if user.metadata.is_terminating() { ", being deleted" } else { "" };
                    put(&mut out, format_args!("  {} {}{going}", shown(&user.named()), shown(&user.how)));
                }
            }
        }
        match &self.ovn {
            None => {}
            Some(Err(why)) => put(&mut out, format_args!("OVN:         not looked at: {}", shown(why))),
            Some(Ok(ovn)) if ovn.lines.is_empty() => out.push_str("OVN:         <none>\n"),
            Some(Ok(ovn)) => {
                out.push_str("OVN:\n");
                for line in &ovn.lines {
                    put(&mut out, format_args!("  {}", shown(line)));
                }
            }
        }
        problems::text(&mut out, &self.problems, shown);
        out
    }

    fn json(&self) -> Value {
        let role = self.kind.role();
        let kind = match role {
            Role::Eip => "EipReport",
            Role::Fip => "FipReport",
            Role::Snat => "SnatReport",
            Role::Dnat => "DnatReport",
        };
        let mut report = json!({
            "apiVersion": "ko.kubeovn.io/v1alpha1",
            "kind": kind,
            "metadata": {"name": self.metadata.name},
            "family": if self.kind.is_iptables() { "iptables" } else { "ovn" },
            "ready": self.ready,
        });
        report[role.noun()] = self.object.clone();
        for (key, value) in &self.data {
            report[key] = value.clone();
        }
        if let Some(users) = &self.users {
            let user = |user: &NatUser| json!({"kind": user.kind.word(), "name": user.metadata.name, "how": user.how, "terminating": user.metadata.is_terminating()});
            report["users"] = match users {
                Err(why) => json!({"unknown": why}),
                Ok(users) => users.iter().map(user).collect(),
            };
        }
        if let Some(ovn) = &self.ovn {
            report["ovn"] = match ovn {
                Err(why) => json!({"unknown": why}),
                Ok(ovn) => ovn.data.clone().into(),
            };
        }
        report["problems"] = problems::json(&self.problems);
        report
    }
}

/// What this user may not read is left out and said; anything else that fails ends the command.
pub(super) fn readable<T>(read: Result<T>) -> Result<Looked<T>> {
    match read {
        Ok(value) => Ok(Ok(value)),
        Err(Failure { cause: Cause::Forbidden | Cause::Unreadable, message, .. }) => {
            Ok(Err(message.trim_start_matches("Error from server (Forbidden): ").to_owned()))
        }
        Err(failure) => Err(failure),
    }
}

/// Adds a line to a text; writing to a text cannot fail.
fn put(out: &mut String, line: Arguments<'_>) {
    let _ = writeln!(out, "{line}");
}
