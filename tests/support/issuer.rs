//! An `OpenID` Connect issuer on loopback: discovery and the token endpoint, over TLS with a certificate made for this run.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// A running issuer; it ends with the test's process.
pub(crate) struct Issuer {
    /// `https://127.0.0.1:PORT`.
    pub(crate) url: String,
    /// Its certificate, PEM.
    pub(crate) certificate: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Issuer {
    /// What the token endpoint answers: code and JSON.
    pub(crate) fn start(code: u16, answer: &str) -> Self {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a certificate with its key");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port of loopback");
        let url = format!("https://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (theirs, base, answer) = (Arc::clone(&asked), url.clone(), answer.to_owned());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                listener.set_nonblocking(true).expect("a socket");
                let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
                let acceptor = TlsAcceptor::from(Arc::new(config));
                while let Ok((socket, _)) = listener.accept().await {
                    // a client that does not trust us goes away
                    let Ok(socket) = acceptor.accept(socket).await else { continue };
                    let service = service_fn(|request| reply(&theirs, &base, code, &answer, request));
                    let connection =
                        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), service);
                    drop(connection.await);
                }
            });
        });
        Self { url, certificate: made.cert.pem(), asked }
    }

    /// Path and body of each request so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("the requests").clone()
    }
}

async fn reply(
    asked: &Mutex<Vec<String>>,
    base: &str,
    code: u16,
    answer: &str,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await?.to_bytes();
    asked.lock().expect("the requests").push(format!("{path} {}", String::from_utf8_lossy(&body)).trim().to_owned());
    let (code, text) = match path.as_str() {
        "/.well-known/openid-configuration" => (200, format!("{{\"token_endpoint\":\"{base}/token\"}}")),
        _ => (code, answer.to_owned()),
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = code.try_into().expect("a code of HTTP");
    Ok(response)
}
