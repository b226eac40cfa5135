//! The tool's streams on their way to ours: whether it has said anything, and whether what it says is that it found no leader.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context as Task, Poll, ready};

use tokio::io::AsyncWrite;

/// How much of a first line is looked at, in bytes.
const LINE: usize = 512;

/// A stream that counts what passes.
pub(super) struct Heard<'a, W>(pub(super) W, pub(super) &'a Cell<usize>);

impl<W: AsyncWrite + Unpin> AsyncWrite for Heard<'_, W> {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Task<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.1.set(self.1.get() + bytes.len());
        Pin::new(&mut self.0).poll_write(task, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(task)
    }
}

/// A stream that keeps its beginning back as long as that may be the tool's complaint about its server. Anything else passes as it
/// comes.
pub(super) struct Held<W> {
    inner: W,
    kept: Vec<u8>,
    passes: bool,
}

impl<W: AsyncWrite + Unpin> Held<W> {
    /// `passes`: nothing is kept back.
    pub(super) fn new(inner: W, passes: bool) -> Self {
        Self { inner, kept: Vec::new(), passes }
    }

    /// The complaint, without the tool's name, when the stream began with one.
    pub(super) fn complaint(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.kept);
        let line = text.lines().next().unwrap_or_default();
        (!self.passes && complains(line))
            .then(|| line.split_once("ctl: ").map_or(line, |(_, rest)| rest).trim().to_owned())
    }

    /// Lets go of what was kept back.
    pub(super) async fn release(&mut self) -> std::io::Result<()> {
        self.passes = true;
        tokio::io::AsyncWriteExt::flush(self).await
    }

    /// Whether the beginning can still be, or is, a complaint.
    fn keeps(&self) -> bool {
        match self.kept.iter().position(|byte| *byte == b'\n') {
            Some(end) => complains(&String::from_utf8_lossy(&self.kept[..end])) && self.kept.len() < 2 * LINE,
            None => self.kept.len() < LINE,
        }
    }

    fn drain(&mut self, task: &mut Task<'_>) -> Poll<std::io::Result<()>> {
        while !self.kept.is_empty() {
            let written = ready!(Pin::new(&mut self.inner).poll_write(task, &self.kept))?;
            self.kept.drain(..written);
        }
        Poll::Ready(Ok(()))
    }
}

/// ovn-nbctl and its siblings end so at once, with 1, when the server in their pod follows (`()`) or is not there (`(Connection
/// refused)`); docs/kube-ovn-behaviour.md. The second sentence is that of tools which try another server.
fn complains(line: &str) -> bool {
    line.contains("database connection failed") || line.contains("is not cluster leader")
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Held<W> {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Task<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        if self.passes {
            ready!(self.drain(task))?;
            return Pin::new(&mut self.inner).poll_write(task, bytes);
        }
        self.kept.extend_from_slice(bytes);
        if !self.keeps() {
            self.passes = true;
            // what cannot be written now is before the next bytes, or before the end
            if let Poll::Ready(done) = self.drain(task) {
                done?;
            }
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<std::io::Result<()>> {
        if self.passes {
            ready!(self.drain(task))?;
        }
        Pin::new(&mut self.inner).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<std::io::Result<()>> {
        if self.passes {
            ready!(self.drain(task))?;
        }
        Pin::new(&mut self.inner).poll_shutdown(task)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt as _;

    /// What passed while the pieces came, the complaint, and what had passed at the end.
    async fn through(pieces: &[&str]) -> std::io::Result<(String, Option<String>, String)> {
        let mut held = Held::new(Vec::new(), false);
        for piece in pieces {
            held.write_all(piece.as_bytes()).await?;
        }
        let (now, complaint) = (String::from_utf8_lossy(&held.inner).into_owned(), held.complaint());
        held.release().await?;
        Ok((now, complaint, String::from_utf8_lossy(&held.inner).into_owned()))
    }

    #[tokio::test]
    async fn only_a_complaint_is_kept_back() -> std::io::Result<()> {
        let failed = ["ovn-nbctl: ", "unix:/x.sock: database connection failed ()", "\n"];
        let (now, complaint, all) = through(&failed).await?;
        assert_eq!((now.as_str(), all), ("", failed.concat()));
        assert_eq!(complaint.as_deref(), Some("unix:/x.sock: database connection failed ()"));
        for other in [vec!["ovn-nbctl: no row\n"], vec!["a", " warning\n", "half"], vec!["x\n", failed[1], "\n"]] {
            let (now, complaint, _) = through(&other).await?;
            assert_eq!((now, complaint), (other.concat(), None));
        }
        let long = "e".repeat(LINE);
        assert_eq!(through(&[&long]).await?.0, long, "a long line does not wait for its end");
        Ok(())
    }
}
