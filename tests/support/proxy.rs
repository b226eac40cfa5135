//! A proxy between the program and an API server that a test can stop at any request.
//!
//! It speaks plain HTTP/1.1 on both sides (`kubectl proxy` turns it into TLS) and passes every byte on as it is: ordinary answers,
//! watches and followed logs as they come, and both directions of a WebSocket. Before a request goes on, when the server has
//! answered it, and when the answer was passed, the test's gate is asked. The gate may also block, to hold writers at a barrier.

use std::io::{BufRead as _, BufReader, Error, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// How far a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Read from the program; the server has not seen it.
    Asked,
    /// The server's answer has begun; the program has not seen it.
    Answered,
    /// The answer was passed on; of an answer without end, its head.
    Passed,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It goes on.
    Pass,
    /// Nothing more happens on this connection until the program closes it.
    Hold,
}

/// One request of the program.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// 1 for the first one of this proxy.
    pub(crate) number: usize,
    /// `GET /api/v1/pods`
    pub(crate) line: String,
    /// What was sent along.
    pub(crate) body: Vec<u8>,
}

type Gate = dyn Fn(&Request, Stage) -> Verdict + Send + Sync;

/// A listening proxy; it ends with the test's process.
pub(crate) struct Proxy {
    address: SocketAddr,
    count: Arc<Count>,
}

/// What went through.
#[derive(Default)]
struct Count {
    requests: AtomicUsize,
    /// Of answers, heads and what is behind an upgrade included.
    bytes: AtomicU64,
}

/// The program's connection; what is written to it counts.
struct Counted<'a>(&'a TcpStream, &'a AtomicU64);

impl std::io::Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.0.write(bytes)?;
        self.1.fetch_add(written as u64, Ordering::SeqCst);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl Proxy {
    /// Listens on loopback and passes requests to `upstream`, as far as `gate` lets it.
    pub(crate) fn start(
        upstream: SocketAddr,
        gate: impl Fn(&Request, Stage) -> Verdict + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let count = Arc::new(Count::default());
        let (gate, counted): (Arc<Gate>, _) = (Arc::new(gate), Arc::clone(&count));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (gate, count) = (Arc::clone(&gate), Arc::clone(&counted));
                // a connection that breaks off is the program's business, or the test's
                std::thread::spawn(move || drop(connection(&client, upstream, &*gate, &count)));
            }
        });
        Ok(Self { address, count })
    }

    /// `http://127.0.0.1:PORT`
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests came.
    pub(crate) fn requests(&self) -> usize {
        self.count.requests.load(Ordering::SeqCst)
    }

    /// How many bytes the program was answered: as they went, compressed if it asked for that.
    pub(crate) fn bytes(&self) -> u64 {
        self.count.bytes.load(Ordering::SeqCst)
    }
}

/// How the end of a message is known.
enum Body {
    Length(u64),
    Chunked,
    UntilClosed,
}

/// The bytes of a message's head, and what they say.
struct Head {
    bytes: Vec<u8>,
    lines: Vec<String>,
}

impl Head {
    /// `None` when the peer closed the connection instead.
    fn read(from: &mut BufReader<&TcpStream>) -> std::io::Result<Option<Self>> {
        let mut head = Self { bytes: Vec::new(), lines: Vec::new() };
        loop {
            let start = head.bytes.len();
            if from.read_until(b'\n', &mut head.bytes)? == 0 {
                return if start == 0 { Ok(None) } else { Err(ErrorKind::UnexpectedEof.into()) };
            }
            let line = String::from_utf8_lossy(&head.bytes[start..]).trim_end().to_owned();
            if line.is_empty() {
                return Ok(Some(head));
            }
            head.lines.push(line);
        }
    }

    fn first(&self) -> &str {
        self.lines.first().map_or("", String::as_str)
    }

    fn field(&self, name: &str) -> Option<&str> {
        let of = |line: &'_ String| line.split_once(':').is_some_and(|(key, _)| key.eq_ignore_ascii_case(name));
        self.lines
            .iter()
            .skip(1)
            .find(|line| of(line))
            .and_then(|line| line.split_once(':'))
            .map(|(_, value)| value.trim())
    }

    fn status(&self) -> u16 {
        self.first().split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default()
    }

    fn body(&self, otherwise: Body) -> Body {
        if self.field("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            Body::Chunked
        } else {
            self.field("content-length").and_then(|text| text.parse().ok()).map_or(otherwise, Body::Length)
        }
    }
}

fn connection(client: &TcpStream, upstream: SocketAddr, gate: &Gate, count: &Count) -> std::io::Result<()> {
    let server = TcpStream::connect(upstream)?;
    for one in [client, &server] {
        one.set_nodelay(true)?;
    }
    let (mut from_client, mut from_server) = (BufReader::new(client), BufReader::new(&server));
    let hold = || -> std::io::Result<()> {
        // ends when the program goes away
        std::io::copy(&mut &*client, &mut std::io::sink())?;
        Err(ErrorKind::ConnectionAborted.into())
    };
    while let Some(head) = Head::read(&mut from_client)? {
        let line = head.first().rsplit_once(' ').map_or_else(String::new, |(line, _)| line.to_owned());
        let number = count.requests.fetch_add(1, Ordering::SeqCst) + 1;
        let mut request = Request { number, line, body: Vec::new() };
        copy_body(&mut from_client, &mut request.body, &head.body(Body::Length(0)))?;
        if gate(&request, Stage::Asked) == Verdict::Hold {
            return hold();
        }
        (&server).write_all(&head.bytes)?;
        (&server).write_all(&request.body)?;
        let answer = Head::read(&mut from_server)?.ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))?;
        if gate(&request, Stage::Answered) == Verdict::Hold {
            return hold();
        }
        let mut counted = Counted(client, &count.bytes);
        counted.write_all(&answer.bytes)?;
        if answer.status() == 101 {
            gate(&request, Stage::Passed);
            return both_ways(client, &server, &mut counted, from_client.buffer(), from_server.buffer());
        }
        let endless = request.line.contains("watch=") || request.line.contains("follow=true");
        if endless {
            gate(&request, Stage::Passed);
        }
        let body = if matches!(answer.status(), 204 | 304) { Body::Length(0) } else { answer.body(Body::UntilClosed) };
        // an answer without end, to a program that has gone, ends here
        let watched = (client.try_clone()?, server.try_clone()?);
        if endless {
            std::thread::spawn(move || {
                if matches!(watched.0.peek(&mut [0]), Ok(0) | Err(_)) {
                    drop(watched.1.shutdown(Shutdown::Both));
                }
            });
        }
        copy_body(&mut from_server, &mut counted, &body)?;
        if !endless && gate(&request, Stage::Passed) == Verdict::Hold {
            return hold();
        }
        if matches!(body, Body::UntilClosed) {
            return Ok(());
        }
    }
    Ok(())
}

/// Passes a body on as it comes.
fn copy_body(from: &mut BufReader<&TcpStream>, to: &mut impl std::io::Write, body: &Body) -> std::io::Result<()> {
    match body {
        Body::Length(0) => Ok(()),
        Body::Length(length) => exactly(from, to, *length),
        Body::Chunked => loop {
            let mut line = Vec::new();
            from.read_until(b'\n', &mut line)?;
            to.write_all(&line)?;
            let text = String::from_utf8_lossy(&line);
            let digits = text.trim().split(';').next().unwrap_or_default();
            let size = u64::from_str_radix(digits, 16).map_err(|_| Error::from(ErrorKind::InvalidData))?;
            // the line end behind the chunk; Kubernetes sends no trailers
            exactly(from, to, size + 2)?;
            if size == 0 {
                return Ok(());
            }
        },
        Body::UntilClosed => std::io::copy(from, to).map(drop),
    }
}

fn exactly(from: &mut BufReader<&TcpStream>, to: &mut impl std::io::Write, length: u64) -> std::io::Result<()> {
    let copied = std::io::copy(&mut from.by_ref().take(length), to)?;
    if copied == length { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
}

/// What is behind an upgrade, until either side ends it; `ahead` and `behind` were read already.
fn both_ways(
    client: &TcpStream,
    server: &TcpStream,
    counted: &mut Counted<'_>,
    ahead: &[u8],
    behind: &[u8],
) -> std::io::Result<()> {
    (&*server).write_all(ahead)?;
    counted.write_all(behind)?;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            drop(std::io::copy(&mut &*client, &mut &*server));
            drop(server.shutdown(Shutdown::Both));
        });
        drop(std::io::copy(&mut &*server, counted));
        drop(client.shutdown(Shutdown::Both));
    });
    Ok(())
}
