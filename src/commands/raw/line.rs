//! What a line of arguments says about itself, by the options and sub-commands of OVN's tools.

/// Sub-commands that change nothing (ovn-nbctl(8), ovn-sbctl(8), ovn-ic-nbctl(8), ovn-ic-sbctl(8)).
const READING: &[&str] = &[
    "acl-list",
    "bfd-list",
    "copp-list",
    "count-flows",
    "dhcp-options-get-options",
    "dhcp-options-list",
    "dump-flows",
    "find",
    "fwd-group-list",
    "get",
    "get-connection",
    "get-ssl",
    "ha-chassis-group-list",
    "lb-list",
    "lflow-list",
    "list",
    "lr-lb-list",
    "lr-list",
    "lr-nat-list",
    "lr-policy-list",
    "lr-route-list",
    "lrp-get-enabled",
    "lrp-get-gateway-chassis",
    "lrp-get-redirect-type",
    "lrp-list",
    "ls-lb-list",
    "ls-list",
    "lsp-get-addresses",
    "lsp-get-dhcpv4-options",
    "lsp-get-dhcpv6-options",
    "lsp-get-enabled",
    "lsp-get-ls",
    "lsp-get-options",
    "lsp-get-parent",
    "lsp-get-port-security",
    "lsp-get-tag",
    "lsp-get-type",
    "lsp-get-up",
    "lsp-list",
    "meter-list",
    "mirror-list",
    "qos-list",
    "show",
    "static-mac-binding-list",
    "tr-list",
    "ts-list",
];

/// Global options whose value is the next argument (ovn-nbctl(8), Options).
const VALUED: &[&str] = &[
    "-t",
    "--timeout",
    "--db",
    "-f",
    "--format",
    "-d",
    "--data",
    "-C",
    "--ca-cert",
    "-c",
    "--certificate",
    "-p",
    "--private-key",
];

/// Options that take no value (the same pages).
const FLAGS: &[&str] = &[
    "--bare",
    "--dry-run",
    "--if-exists",
    "--leader-only",
    "--no-heading",
    "--no-headings",
    "--no-leader-only",
    "--oneline",
    "--ovs",
    "--pretty",
    "--stats",
    "--uuid",
    "--vflows",
];

/// What is known of a line before it is run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// It changes nothing: another member can be asked.
    pub(super) reads: bool,
    /// It names a server of its own: how the one in the pod stands says nothing about it.
    pub(super) names_server: bool,
    /// It has a time of its own: who gives one means to wait as long.
    pub(super) timed: bool,
}

impl Line {
    pub(super) fn of(arguments: &[String]) -> Self {
        Self { reads: only_reads(arguments), names_server: names_server(arguments), timed: is_timed(arguments) }
    }
}

/// Whether every command of the line changes nothing. What is not known counts as a change.
fn only_reads(arguments: &[String]) -> bool {
    let mut commands = 0;
    for part in arguments.split(|argument| argument == "--") {
        let mut words = part.iter().map(String::as_str);
        let mut command = None;
        while let Some(word) = words.next() {
            if VALUED.contains(&word) {
                words.next();
            } else if word.starts_with('-') {
                // of an option that is not known it is not known either whether the next word is its value or the command
                if !word.contains('=') && !FLAGS.contains(&word) {
                    return false;
                }
            } else {
                command = Some(word);
                break;
            }
        }
        match command {
            Some(command) if READING.contains(&command) => commands += 1,
            Some(_) => return false,
            None => {}
        }
    }
    commands > 0
}

/// Whether the tool is given a time of its own (`-t 5`, `-t5`, `--timeout=5`, or the long option cut short).
fn is_timed(arguments: &[String]) -> bool {
    arguments.iter().any(|argument| {
        let option = argument.split('=').next().unwrap_or_default();
        (argument.starts_with("-t") && argument.len() > 1) || (option.len() > 3 && "--timeout".starts_with(option))
    })
}

/// Whether another server is named than the one in the pod.
fn names_server(arguments: &[String]) -> bool {
    arguments.iter().any(|argument| argument == "--db" || argument.starts_with("--db="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_when_each_of_its_commands_does() {
        let reads = |line: &str| only_reads(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        for line in [
            "show",
            "--format=json list nat",
            "-t 5 lr-nat-list vpc1",
            "--data bare --no-heading find nat type=snat",
            "show -- list nb_global",
        ] {
            assert!(reads(line), "{line}");
        }
        for line in
            ["lr-nat-add vpc1 snat a b", "show -- ls-add x", "--unknown show lr-add x", "", "--", "-t show", "init"]
        {
            assert!(!reads(line), "{line}");
        }
    }

    #[test]
    fn a_time_of_the_tools_own_is_seen_in_each_spelling() {
        let timed = |line: &str| is_timed(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        for line in ["-t 5 ls-add x", "-t5 ls-add x", "--timeout=5 show", "--timeout 5 show", "--time=5 show"] {
            assert!(timed(line), "{line}");
        }
        for line in ["ls-add x", "--type=x acl-list y", "-- show", "ls-add -"] {
            assert!(!timed(line), "{line}");
        }
    }
}
