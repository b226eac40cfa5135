//! What a command in a pod does, step by step.

/// One step of a command.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
    /// This many bytes on each of both streams, in turns.
    Flood(usize),
    /// Reads standard input to its end and gives it back on standard output.
    Echo,
    /// Reads standard input to its end.
    Read,
    /// Waits this long.
    Sleep(std::time::Duration),
    /// Waits until the test says so.
    Until(std::sync::Arc<tokio::sync::Notify>),
}

/// How a command ends.
#[derive(Clone, Debug)]
pub(crate) enum End {
    Exit(i32),
    /// A status that is no exit code: the runtime could not start it.
    Refused(String),
    /// Bytes on the status channel.
    Status(Vec<u8>),
    /// It never ends.
    Hang,
    /// The TCP connection is closed, without goodbye.
    Drop,
    /// The WebSocket is closed properly, without a status.
    Close,
}

/// A command: its steps, then its end. `Script::new().stdout("x").exit(1)`; it exits 0 unless told otherwise.
#[derive(Clone, Debug)]
pub struct Script {
    pub(crate) steps: Vec<Step>,
    pub(crate) end: End,
    /// Code, content type and body in place of the upgrade.
    pub(crate) refusal: Option<(u16, &'static str, String)>,
}

impl Default for Script {
    fn default() -> Self {
        Self::new()
    }
}

impl Script {
    /// Does nothing and exits 0.
    #[must_use]
    pub fn new() -> Self {
        Self { steps: Vec::new(), end: End::Exit(0), refusal: None }
    }

    /// Prints this and exits 0.
    #[must_use]
    pub fn prints(text: impl AsRef<[u8]>) -> Self {
        Self::new().stdout(text)
    }

    /// Says this on standard error and exits.
    #[must_use]
    pub fn fails(text: impl AsRef<[u8]>, code: i32) -> Self {
        Self::new().stderr(text).exit(code)
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Then prints this.
    #[must_use]
    pub fn stdout(self, bytes: impl AsRef<[u8]>) -> Self {
        self.step(Step::Stdout(bytes.as_ref().to_vec()))
    }

    /// Then says this on standard error.
    #[must_use]
    pub fn stderr(self, bytes: impl AsRef<[u8]>) -> Self {
        self.step(Step::Stderr(bytes.as_ref().to_vec()))
    }

    /// Then sends so many bytes on each of both streams.
    #[must_use]
    pub fn flood(self, bytes: usize) -> Self {
        self.step(Step::Flood(bytes))
    }

    /// Then gives its standard input back.
    #[must_use]
    pub fn echo(self) -> Self {
        self.step(Step::Echo)
    }

    /// Then reads its standard input.
    #[must_use]
    pub fn read_stdin(self) -> Self {
        self.step(Step::Read)
    }

    /// Then waits.
    #[must_use]
    pub fn sleep(self, time: std::time::Duration) -> Self {
        self.step(Step::Sleep(time))
    }

    /// Waits until the test calls `notify_one`.
    #[must_use]
    pub fn until(self, word: &std::sync::Arc<tokio::sync::Notify>) -> Self {
        self.step(Step::Until(std::sync::Arc::clone(word)))
    }

    fn ends(mut self, end: End) -> Self {
        self.end = end;
        self
    }

    /// Ends with this code.
    #[must_use]
    pub fn exit(self, code: i32) -> Self {
        self.ends(End::Exit(code))
    }

    /// The container runtime could not start it.
    #[must_use]
    pub fn not_started(self, why: &str) -> Self {
        self.ends(End::Refused(why.to_owned()))
    }

    /// These bytes on the status channel.
    #[must_use]
    pub fn status(self, bytes: impl AsRef<[u8]>) -> Self {
        self.ends(End::Status(bytes.as_ref().to_vec()))
    }

    /// Never ends.
    #[must_use]
    pub fn hang(self) -> Self {
        self.ends(End::Hang)
    }

    /// The connection breaks.
    #[must_use]
    pub fn drop_connection(self) -> Self {
        self.ends(End::Drop)
    }

    /// The WebSocket is closed before a status was sent.
    #[must_use]
    pub fn close(self) -> Self {
        self.ends(End::Close)
    }

    /// No upgrade: this answer instead.
    #[must_use]
    pub fn refuse(code: u16, content: &'static str, body: impl Into<String>) -> Self {
        Self { refusal: Some((code, content, body.into())), ..Self::new() }
    }

    /// No upgrade: a page of a proxy.
    #[must_use]
    pub fn refuse_html(code: u16) -> Self {
        Self::refuse(code, "text/html", "<html><body><h1>no WebSockets here</h1></body></html>")
    }
}
