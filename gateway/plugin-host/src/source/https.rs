//! One GET over TLS: bounded in size and time, no redirects, certificates judged by the roots of this system.
//!
//! What comes is worth nothing before its digest was checked by the caller; TLS keeps it from being read on the way.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::{
    body::{Body, Incoming},
    client::conn::http1,
};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;

use crate::limits::Limits;

/// For the connection, TLS and the head of the answer.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// For all of it.
const ALL_WITHIN: Duration = Duration::from_secs(120);

/// Fetches modules.
#[derive(Clone)]
pub(crate) struct Fetch {
    tls: TlsConnector,
}

/// Why nothing was fetched, in plain words.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("{0:?} is not an https address")]
    Address(String),
    #[error("cannot connect to {0}: {1}")]
    Connect(String, String),
    #[error("{0} answers {1}")]
    Status(String, StatusCode),
    #[error("{0} answers with a redirect to {1}; write that address")]
    Redirect(String, String),
    #[error("it is larger than 64 MiB")]
    TooLarge,
    #[error("the answer broke off: {0}")]
    Broken(String),
    #[error("{0} took too long")]
    Slow(String),
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

impl Fetch {
    /// Trusts the certificates that this system trusts (`SSL_CERT_FILE` and `SSL_CERT_DIR` name others).
    pub(crate) fn with_system_roots() -> Result<Self, FetchError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Self::trusting(roots)
    }

    /// Trusts these roots.
    pub(crate) fn trusting(roots: RootCertStore) -> Result<Self, FetchError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| FetchError::Tls(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { tls: TlsConnector::from(Arc::new(config)) })
    }

    /// What lies at `address`.
    pub(crate) async fn get(&self, address: &str) -> Result<Bytes, FetchError> {
        let place = Place::parse(address)?;
        let slow = || FetchError::Slow(place.authority.clone());
        timeout(ALL_WITHIN, async {
            let response = timeout(HEAD_WITHIN, self.ask(&place)).await.map_err(|_| slow())??;
            body(response, &place).await
        })
        .await
        .map_err(|_| slow())?
    }

    async fn ask(&self, place: &Place) -> Result<Response<Incoming>, FetchError> {
        let fault = |error: String| FetchError::Connect(place.authority.clone(), error);
        let socket =
            TcpStream::connect((place.host.as_str(), place.port)).await.map_err(|error| fault(error.to_string()))?;
        let name = ServerName::try_from(place.host.clone()).map_err(|error| fault(error.to_string()))?;
        let stream = self.tls.connect(name, socket).await.map_err(|error| fault(error.to_string()))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| fault(error.to_string()))?;
        // It ends with its answer, and with `sender` when nobody waits for that any more.
        tokio::spawn(connection);
        let request = Request::get(&place.target)
            .header(header::HOST, &place.authority)
            .header(header::USER_AGENT, concat!("yumen/", env!("CARGO_PKG_VERSION")))
            .header(header::ACCEPT, "application/wasm, application/octet-stream")
            .body(Empty::<Bytes>::new())
            .map_err(|error| fault(error.to_string()))?;
        sender.send_request(request).await.map_err(|error| FetchError::Broken(error.to_string()))
    }
}

/// An https address, taken apart.
struct Place {
    host: String,
    port: u16,
    authority: String,
    target: String,
}

impl Place {
    fn parse(address: &str) -> Result<Self, FetchError> {
        let fault = || FetchError::Address(address.to_owned());
        let uri: Uri = address.parse().map_err(|_| fault())?;
        let authority = uri.authority().filter(|_| uri.scheme_str() == Some("https")).ok_or_else(fault)?;
        if authority.as_str().contains('@') {
            return Err(fault());
        }
        let host = authority.host();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        Ok(Self {
            host: bare.to_owned(),
            port: authority.port_u16().unwrap_or(443),
            authority: authority.as_str().to_owned(),
            target: uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
        })
    }
}

async fn body(response: Response<Incoming>, place: &Place) -> Result<Bytes, FetchError> {
    let status = response.status();
    if let Some(location) = response.headers().get(header::LOCATION).filter(|_| status.is_redirection()) {
        let location = String::from_utf8_lossy(location.as_bytes()).into_owned();
        return Err(FetchError::Redirect(place.authority.clone(), location));
    }
    if status != StatusCode::OK {
        return Err(FetchError::Status(place.authority.clone(), status));
    }
    if response.body().size_hint().lower() > Limits::MODULE_MOST as u64 {
        return Err(FetchError::TooLarge);
    }
    match Limited::new(response.into_body(), Limits::MODULE_MOST).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(FetchError::TooLarge),
        Err(error) => Err(FetchError::Broken(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use rustls::{
        ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    };
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };
    use tokio_rustls::TlsAcceptor;

    use super::*;

    /// A server with a certificate of its own that answers everything with `answer`; its port, and a client that trusts it.
    async fn server(answer: Vec<u8>) -> (u16, Fetch) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let acceptor = TlsAcceptor::from(Arc::new(config));
            while let Ok((socket, _)) = listener.accept().await {
                // A client that does not trust us is no reason to end.
                let Ok(mut stream) = acceptor.accept(socket).await else { continue };
                let _asked = stream.read(&mut [0; 4096]).await;
                let _sent = stream.write_all(&answer).await;
                let _closed = stream.shutdown().await;
            }
        });
        (port, Fetch::trusting(roots).unwrap())
    }

    fn ok(body: &str) -> Vec<u8> {
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
    }

    #[tokio::test]
    async fn what_lies_at_an_address_is_fetched() {
        let (port, fetch) = server(ok("bytes")).await;
        assert_eq!(fetch.get(&format!("https://localhost:{port}/a.wasm")).await.unwrap(), "bytes");
    }

    #[tokio::test]
    async fn a_server_whose_certificate_nobody_vouches_for_is_not_asked() {
        let (port, _) = server(ok("bytes")).await;
        let stranger = Fetch::trusting(RootCertStore::empty()).unwrap();
        let refused = stranger.get(&format!("https://localhost:{port}/")).await;
        assert!(matches!(refused, Err(FetchError::Connect(..))), "{refused:?}");
        let (port, fetch) = server(ok("bytes")).await;
        let other_name = fetch.get(&format!("https://127.0.0.1:{port}/")).await;
        assert!(matches!(other_name, Err(FetchError::Connect(..))), "{other_name:?}");
    }

    #[tokio::test]
    async fn redirects_errors_and_broken_answers_are_told() {
        for (answer, told) in [
            (
                "HTTP/1.1 302 Found\r\nlocation: https://a.example/b\r\ncontent-length: 0\r\n\r\n",
                "redirect to https://a.example/b",
            ),
            ("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "404 Not Found"),
            ("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nab", "broke off"),
            ("HTTP/1.1 200 OK\r\ncontent-length: 67108865\r\n\r\nab", "larger than 64 MiB"),
            ("nonsense\r\n\r\n", "broke off"),
        ] {
            let (port, fetch) = server(answer.into()).await;
            let error = fetch.get(&format!("https://localhost:{port}/")).await.unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }

    #[tokio::test]
    async fn only_https_addresses_without_a_user_are_asked() {
        let fetch = Fetch::trusting(RootCertStore::empty()).unwrap();
        for bad in ["http://localhost/a", "https://", "https://ann:secret@localhost/a", "/a", "ftp://localhost/a"] {
            assert!(matches!(fetch.get(bad).await, Err(FetchError::Address(_))), "{bad}");
        }
    }
}
