//! The command lines of ovn-nbctl, ovn-sbctl and ovsdb-client that the sandbox knows (Open vSwitch: lib/db-ctl-base.c,
//! OVN: utilities/ovn-dbctl.c).

use super::style::{Data, Format, Sheet, Style};
use super::view::View;
use super::{Answer, Tables, generic, lists, routes, show, transact};

/// What a tool says that is none of the real one's.
const SANDBOX: &str = "this is the sandbox, which answers";
/// Options of a command, not of the tool: they may stand before it.
const LOCAL: [(&str, bool); 4] = [("--columns", true), ("--if-exists", false), ("--id", true), ("--route-table", true)];
/// Global options that change nothing here, and whether the next word is theirs.
const IGNORED: [(&str, bool); 9] = [
    ("--no-leader-only", false),
    ("--leader-only", false),
    ("--shuffle-remotes", false),
    ("--no-shuffle-remotes", false),
    ("--no-syslog", false),
    ("--no-wait", false),
    ("--db", true),
    ("--dry-run", false),
    ("--timestamp", false),
];
const GLOBAL: [(&str, bool); 6] = [
    ("--format", true),
    ("--data", true),
    ("--timeout", true),
    ("--bare", false),
    ("--no-headings", false),
    ("--pretty", false),
];

/// One command of a line: its name, its options and its arguments.
#[derive(Debug, Default)]
pub(super) struct Call {
    name: String,
    options: Vec<(String, Option<String>)>,
    pub(super) words: Vec<String>,
}

impl Call {
    /// The value of an option, empty where it takes none; `None` when it was not given.
    pub(super) fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(option, _)| option == name).map(|(_, value)| value.as_deref().unwrap_or_default())
    }
}

/// A command as the sandbox knows it: fewest and most arguments, and its options.
struct Syntax(&'static str, usize, usize, &'static [&'static str]);

const MANY: usize = usize::MAX;
const BOTH: [Syntax; 3] = [
    Syntax("get", 2, MANY, &["--if-exists"]),
    Syntax("list", 1, MANY, &["--if-exists", "--columns"]),
    Syntax("find", 1, MANY, &["--columns"]),
];
const NORTHBOUND: [Syntax; 16] = [
    Syntax("show", 0, 1, &[]),
    Syntax("ls-list", 0, 0, &[]),
    Syntax("lr-list", 0, 0, &[]),
    Syntax("lsp-list", 1, 1, &[]),
    Syntax("lrp-list", 1, 1, &[]),
    Syntax("lr-route-list", 1, 1, &["--route-table"]),
    Syntax("lr-policy-list", 1, 1, &[]),
    Syntax("lr-nat-list", 1, 1, &[]),
    Syntax("lb-list", 0, 1, &[]),
    Syntax("lr-lb-list", 1, 1, &[]),
    Syntax("ls-lb-list", 1, 1, &[]),
    Syntax("lsp-get-addresses", 1, 1, &[]),
    Syntax("lsp-get-enabled", 1, 1, &[]),
    Syntax("lsp-get-port-security", 1, 1, &[]),
    Syntax("lsp-get-type", 1, 1, &[]),
    Syntax("lsp-get-up", 1, 1, &[]),
];
const SOUTHBOUND: [Syntax; 1] = [Syntax("show", 0, 0, &[])];

/// What a command in a pod of ovn-central answers: `ovn-nbctl …`, `ovn-sbctl …`, `ovsdb-client … transact …`. What is not known here
/// is answered by one sentence and exit code 1.
pub fn answer(argv: &[String], tables: &mut Tables) -> Answer {
    let program = argv.first().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    let arguments = argv.get(1..).unwrap_or_default();
    let printed = match program {
        "ovn-nbctl" => tool(View { database: "OVN_Northbound", tables }, &NORTHBOUND, arguments),
        "ovn-sbctl" => tool(View { database: "OVN_Southbound", tables }, &SOUTHBOUND, arguments),
        "ovsdb-client" if arguments.iter().any(|word| word == "transact") => {
            return transact::client(arguments, tables);
        }
        _ => Err(format!("{SANDBOX} ovn-nbctl, ovn-sbctl and ovsdb-client transact alone")),
    };
    match printed {
        Ok(stdout) => Answer { stdout, ..Answer::default() },
        Err(said) => Answer { stderr: format!("{program}: {said}\n"), code: 1, ..Answer::default() },
    }
}

fn tool(view: View<'_>, own: &[Syntax], arguments: &[String]) -> Result<String, String> {
    let (style, local, rest) = options(arguments)?;
    let mut calls = Vec::new();
    let mut local = Some(local);
    for part in rest.split(|word| word == "--").filter(|part| !part.is_empty()) {
        calls.push(call(part, local.take().unwrap_or_default(), own)?);
    }
    if calls.is_empty() {
        return Err("missing command name (use --help for help)".to_owned());
    }
    let mut out = String::new();
    let mut first = true;
    for call in &calls {
        match run(view, call)? {
            Printed::Text(text) => out.push_str(&text),
            Printed::Sheet(sheet) => {
                out.push_str(&style.print(&sheet, first));
                first = false;
            }
        }
    }
    Ok(out)
}

enum Printed {
    Text(String),
    Sheet(Sheet),
}

fn run(view: View<'_>, call: &Call) -> Result<Printed, String> {
    let first = call.words.first().map_or("", String::as_str);
    let given = call.words.first().map(String::as_str);
    let text = match call.name.as_str() {
        "list" => return generic::list(view, call).map(Printed::Sheet),
        "find" => return generic::find(view, call).map(Printed::Sheet),
        "get" => generic::get(view, call)?,
        "show" if view.database == "OVN_Southbound" => show::southbound(view),
        "show" => show::northbound(view, given)?,
        "ls-list" => lists::all(view, "Logical_Switch"),
        "lr-list" => lists::all(view, "Logical_Router"),
        "lsp-list" => lists::ports(view, true, first)?,
        "lrp-list" => lists::ports(view, false, first)?,
        "lr-nat-list" => lists::nats(view, first)?,
        "lr-route-list" => routes::routes(view, first, call.option("--route-table"))?,
        "lr-policy-list" => routes::policies(view, first)?,
        "lb-list" => lists::load_balancers(view, given),
        "lr-lb-list" => lists::load_balancers_of(view, lists::find_router(view, first, true)?),
        "ls-lb-list" => lists::load_balancers_of(view, lists::find_switch(view, first, true)?),
        command => lists::of_port(view, first, command)?,
    };
    Ok(Printed::Text(text))
}

/// A part of a line: options, the command's name, arguments.
fn call(part: &[String], local: Vec<(String, Option<String>)>, own: &[Syntax]) -> Result<Call, String> {
    let mut call = Call { options: local, ..Call::default() };
    let mut words = part.iter();
    for word in words.by_ref() {
        if !word.starts_with('-') {
            call.name.clone_from(word);
            break;
        }
        let (name, value) =
            word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value.to_owned())));
        if call.option(name).is_some() {
            return Err(format!("'{word}' option specified multiple times"));
        }
        call.options.push((name.to_owned(), value));
    }
    call.words = words.cloned().collect();
    if call.name.is_empty() {
        return Err("missing command name (use --help for help)".to_owned());
    }
    let name = &call.name;
    let Some(Syntax(_, least, most, options)) = own.iter().chain(&BOTH).find(|syntax| syntax.0 == name) else {
        return Err(unknown(name, own));
    };
    for (option, value) in &call.options {
        let takes = LOCAL.iter().any(|(local, takes)| local == option && *takes);
        match (options.contains(&option.as_str()), takes, value) {
            (false, ..) => return Err(format!("'{name}' command has no '{option}' option")),
            (true, true, None) => return Err(format!("missing argument to '{option}' option on '{name}' command")),
            (true, false, Some(_)) => return Err(format!("'{option}' option on '{name}' does not accept an argument")),
            _ => {}
        }
    }
    let count = call.words.len();
    if count < *least {
        return Err(format!("'{name}' command requires at least {least} arguments"));
    }
    if count > *most {
        let late = if call.words.iter().any(|word| word.starts_with('-')) {
            " (note that options must precede command names and follow a \"--\" argument)"
        } else {
            ""
        };
        return Err(format!("'{name}' command takes at most {most} arguments{late}"));
    }
    Ok(call)
}

/// A name that the real tool has is the sandbox's lack; any other is a mistake there too.
fn unknown(name: &str, own: &[Syntax]) -> String {
    let parts: Vec<&str> = name.split('-').collect();
    let verbs =
        ["add", "del", "set", "get", "list", "attach", "detach", "create", "update", "count", "dump", "bind", "unbind"];
    let singles = ["init", "sync", "create", "destroy", "set", "add", "remove", "clear", "comment"];
    if singles.contains(&name)
        || parts.iter().skip(1).any(|part| verbs.contains(part))
        || parts.first() == Some(&"wait")
    {
        let known: Vec<&str> = own.iter().chain(&BOTH).map(|syntax| syntax.0).collect();
        return format!("{SANDBOX} {} alone, and not {name}", known.join(", "));
    }
    format!("unknown command '{name}'; use --help for help")
}

type Options = (Style, Vec<(String, Option<String>)>, Vec<String>);

/// The options before the first command, and the rest of the line.
fn options(arguments: &[String]) -> Result<Options, String> {
    let mut style = Style::DEFAULT;
    let mut local = Vec::new();
    let mut at = 0;
    while let Some(word) = arguments.get(at).filter(|word| word.starts_with('-') && word.len() > 1) {
        at += 1;
        if word == "--" {
            // getopt takes it away; what is behind it are options of a command
            break;
        }
        let (typed, mut value) =
            word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value.to_owned())));
        let (name, takes) = match typed {
            "-t" => ("--timeout", true),
            "-f" => ("--format", true),
            "-d" => ("--data", true),
            short if short.starts_with("-t") && !short.starts_with("--") => ("--no-wait", false),
            _ => long(typed)?,
        };
        if takes && value.is_none() {
            value = arguments.get(at).cloned();
            at += 1;
            if value.is_none() {
                return Err(format!("option '{typed}' requires an argument"));
            }
        }
        let text = value.as_deref().unwrap_or_default();
        match name {
            "--format" => {
                style.format = match text {
                    "list" => Format::List,
                    "table" => Format::Table,
                    "csv" => Format::Csv,
                    "json" => Format::Json,
                    "html" => Format::Html,
                    other => return Err(format!("unknown output format \"{other}\"")),
                }
            }
            "--data" => {
                style.data = match text {
                    "string" => Data::Text,
                    "bare" => Data::Bare,
                    "json" => Data::Json,
                    other => return Err(format!("unknown data format \"{other}\"")),
                }
            }
            "--timeout" if text.parse::<u32>().is_err() => {
                return Err(format!("value {text} on -t or --timeout is invalid"));
            }
            "--bare" => style = Style { format: Format::List, data: Data::Bare, headings: false, ..style },
            "--no-headings" => style.headings = false,
            "--pretty" => style.pretty = true,
            name if LOCAL.iter().any(|(local, _)| *local == name) => local.push((name.to_owned(), value)),
            _ => {}
        }
    }
    Ok((style, local, arguments[at.min(arguments.len())..].to_vec()))
}

/// A long option that may be cut short, and whether it takes a value.
fn long(typed: &str) -> Result<(&'static str, bool), String> {
    let all = || GLOBAL.iter().chain(&IGNORED).chain(&LOCAL).copied();
    if let Some(exact) = all().find(|(name, _)| *name == typed) {
        return Ok(exact);
    }
    let mut begun = all().filter(|(name, _)| typed.len() > 2 && name.starts_with(typed));
    match (begun.next(), begun.next()) {
        (Some(found), None) => Ok(found),
        _ if typed.starts_with("--") => Err(format!("unrecognized option '{typed}'")),
        _ => Err(format!("{SANDBOX} without the option {typed}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// What ovn-nbctl and ovn-sbctl 25.03 printed on a real control plane, and the rows that were there.
    const RECORDED: &str = include_str!("../../../tests/fixtures/ovn/documents.json");

    fn recorded() -> (Tables, Vec<Value>) {
        let recorded: Value = serde_json::from_str(RECORDED).unwrap();
        let tables = serde_json::from_value(recorded["tables"].clone()).unwrap();
        (tables, recorded["cases"].as_array().unwrap().clone())
    }

    #[test]
    fn the_tools_print_what_the_real_ones_printed() {
        let (mut tables, cases) = recorded();
        let mut wrong = Vec::new();
        for case in &cases {
            let argv: Vec<String> = serde_json::from_value(case["argv"].clone()).unwrap();
            let said = answer(&argv, &mut tables);
            let real = [&case["stdout"], &case["stderr"]].map(|text| text.as_str().unwrap());
            if [said.stdout.as_str(), &said.stderr] != real || case["code"] != said.code {
                wrong.push(format!(
                    "{argv:?}\n--- real {}\n{}{}\n--- here {}\n{}{}",
                    case["code"], real[0], real[1], said.code, said.stdout, said.stderr
                ));
            }
        }
        assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
        assert!(cases.len() > 100);
    }

    #[test]
    fn what_the_sandbox_does_not_do_is_said_in_one_sentence() {
        let (mut tables, _) = recorded();
        for line in [
            "ovn-nbctl lr-nat-add vpc1 snat 10.0.0.1 10.0.0.2",
            "ovn-nbctl set NB_Global . name=x",
            "ovn-sbctl lflow-list",
            "ovn-trace x",
            "ovn-nbctl -v show",
        ] {
            let argv: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let said = answer(&argv, &mut tables);
            assert!(
                said.stderr.contains("this is the sandbox") && said.stderr.lines().count() == 1,
                "{line}: {said:?}"
            );
            assert_eq!((said.stdout.as_str(), said.code), ("", 1), "{line}");
        }
    }
}
