//! The client's stack of layers, from the request to the socket.
//!
//! It is kube's own (kube-client 5.0: `client/builder.rs`) but for one thing: its sockets send at once. kube leaves Nagle's
//! algorithm on, and the first request of a connection, written behind the end of the TLS handshake, then waits 40 ms for the
//! server's delayed acknowledgement (kube-rs/kube#2056).

use hyper_timeout::TimeoutConnector;
use hyper_util::client::legacy::{Client as Http, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use kube::client::{Body, ClientBuilder, ConfigExt as _};
use kube::{Client, Config, Error};
use tower::{BoxError, ServiceBuilder};
use tower_http::decompression::DecompressionLayer;
use tower_http::trace::TraceLayer;

/// The client of a configuration. Behind a proxy it is kube's own.
///
/// Of the times of the configuration only that of a connect is heeded: an exchange is bounded where it is made.
pub(super) fn client(config: Config) -> Result<Client, Error> {
    if config.proxy_url.is_some() {
        return Client::try_from(config);
    }
    let mut sockets = HttpConnector::new();
    sockets.enforce_http(false);
    sockets.set_nodelay(true);
    let mut connector = TimeoutConnector::new(config.rustls_https_connector_with_connector(sockets)?);
    connector.set_connect_timeout(config.connect_timeout);
    let http: Http<_, Body> = Http::builder(TokioExecutor::new()).build(connector);
    let compressed = DecompressionLayer::new().no_br().no_deflate().no_zstd().gzip(!config.disable_compression);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .layer(compressed)
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        // what `-v` shows: method, URL, status and time, never a header or a body
        .layer(TraceLayer::new_for_http())
        .map_err(BoxError::from)
        .service(http);
    Ok(ClientBuilder::new(service, config.default_namespace).build())
}
