//! The client's stack of layers, from the request to the socket.
//!
//! It is kube's own (kube-client 5.0: `client/builder.rs`) but for two things. Its sockets send at once: kube leaves Nagle's
//! algorithm on, and the first request of a connection, written behind the end of the TLS handshake, then waits 40 ms for the
//! server's delayed acknowledgement (kube-rs/kube#2056). And there is one stack for every kind of proxy instead of four.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::MaybeHttpsStream;
use hyper_timeout::TimeoutConnector;
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connect, Connected, Connection, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo};
use kube::client::{Body, ClientBuilder, ConfigExt as _};
use kube::{Client, Config, Error};
use percent_encoding::percent_decode_str;
use tokio::io::DuplexStream;
use tokio::net::TcpStream;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, ServiceBuilder, ServiceExt as _};
use tower_http::decompression::DecompressionLayer;
use tower_http::trace::TraceLayer;

use crate::sandbox::server::{Shared, connection};

/// How many bytes wait in a pipe at most.
const PIPE: usize = 256 * 1024;

/// A connection in memory.
struct Pipe(TokioIo<DuplexStream>);

impl Connection for Pipe {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Pipe {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl Write for Pipe {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// What the TLS connection to the server runs over: a socket, or TLS to a proxy.
type Sockets = BoxCloneSyncService<Uri, MaybeHttpsStream<TokioIo<TcpStream>>, BoxError>;

/// The client of a configuration. Of its times only that of a connect is heeded: an exchange is bounded where it is made.
pub(super) fn client(config: Config) -> Result<Client, Error> {
    let mut connector = TimeoutConnector::new(config.rustls_https_connector_with_connector(sockets(&config)?)?);
    connector.set_connect_timeout(config.connect_timeout);
    layers(config, connector)
}

/// The client of a server in this process: the same layers, and pipes in memory in place of sockets.
pub(super) fn in_memory(server: Arc<Shared>, namespace: String) -> Result<Client, Error> {
    let mut config = Config::new(Uri::from_static("http://sandbox/"));
    config.default_namespace = namespace;
    config.disable_compression = true;
    let connector = tower::service_fn(move |_: Uri| {
        let (ours, theirs) = tokio::io::duplex(PIPE);
        tokio::spawn(connection(theirs, Arc::clone(&server)));
        std::future::ready(Ok::<_, std::io::Error>(Pipe(TokioIo::new(ours))))
    });
    layers(config, connector)
}

/// What stands above the sockets.
fn layers<C>(config: Config, connector: C) -> Result<Client, Error>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let http: Http<_, Body> = Http::builder(TokioExecutor::new()).build(connector);
    let compressed = DecompressionLayer::new().no_br().no_deflate().no_zstd().gzip(!config.disable_compression);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .layer(compressed)
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        // what `-v` shows: method, URL, status and time, never a header or a body
        .layer(TraceLayer::new_for_http().on_eos(()))
        .map_err(BoxError::from)
        .service(http);
    Ok(ClientBuilder::new(service, config.default_namespace).build())
}

/// Connections to the server, through the proxy if there is one.
fn sockets(config: &Config) -> Result<Sockets, Error> {
    let mut direct = HttpConnector::new();
    direct.enforce_http(false);
    direct.set_nodelay(true);
    // a network that went away without a word ends the connection after a few minutes
    direct.set_keepalive(Some(Duration::from_secs(30)));
    let plain = MaybeHttpsStream::Http;
    let Some(proxy) = config.proxy_url.clone() else {
        return Ok(Sockets::new(direct.map_response(plain).map_err(BoxError::from)));
    };
    match proxy.scheme_str() {
        Some("http") => {
            let tunnel = authorized(&proxy, Tunnel::new(proxy.clone(), direct));
            Ok(Sockets::new(tunnel.map_response(plain).map_err(BoxError::from)))
        }
        Some("https") => {
            let secured = config.rustls_https_connector_with_connector(direct)?;
            Ok(Sockets::new(authorized(&proxy, Tunnel::new(proxy.clone(), secured)).map_err(BoxError::from)))
        }
        Some("socks5") => Ok(Sockets::new(SocksV5::new(proxy, direct).map_response(plain).map_err(BoxError::from))),
        _ => Err(Error::ProxyProtocolUnsupported { proxy_url: Box::new(proxy) }),
    }
}

/// With the user and password of the proxy's URL, where they may be percent-encoded.
fn authorized<C>(proxy: &Uri, tunnel: Tunnel<C>) -> Tunnel<C> {
    let user = proxy.authority().and_then(|authority| authority.as_str().rsplit_once('@')).map(|(user, _)| user);
    let Some(user) = user else { return tunnel };
    let value = format!("Basic {}", STANDARD.encode(percent_decode_str(user).collect::<Vec<u8>>()));
    match HeaderValue::try_from(value) {
        Ok(value) => tunnel.with_auth(value),
        Err(_) => tunnel,
    }
}
