//! OVN in the sandbox: its tools, answered from the rows.

mod tables;

pub use tables::Tables;

/// What a tool printed, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Its exit code.
    pub code: u8,
}

/// What a command in a pod of ovn-central answers: `ovn-nbctl …`, `ovn-sbctl …`, `ovsdb-client … transact …`.
pub fn answer(argv: &[String], _tables: &mut Tables) -> Answer {
    let program = argv.first().map_or("", String::as_str);
    Answer {
        stderr: format!("{program}: this is the sandbox, which does not know this command\n"),
        code: 1,
        ..Answer::default()
    }
}
