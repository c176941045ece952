//! The admin port of a running gateway, as these commands ask it.

use std::{
    future::Future,
    io::Write,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::join;
use http::{Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};
use yumen_workshop::Trouble;

use super::{AdminArgs, Global};
use crate::{
    admin::{TOKEN_FILE, Token},
    config::{Config, load},
};

/// Nobody answers there.
const EXIT_UNREACHABLE: u8 = 6;
/// The token is missing or wrong.
const EXIT_NOT_ALLOWED: u8 = 7;
/// Somebody else changed it meanwhile.
const EXIT_CHANGED: u8 = 5;

/// The configuration's name where none is given.
const USUAL_CONFIG: &str = "yumen.yaml";

/// For a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// For an answer; a module may take long to compile.
const ANSWER_WITHIN: Duration = Duration::from_secs(150);

/// A gateway's admin port.
pub(super) struct Remote {
    authority: String,
    token: Token,
}

/// Why a command failed.
#[derive(Debug)]
pub(super) struct Failure {
    code: u8,
    message: String,
    help: Option<String>,
}

/// What others wrote, without signs that a terminal would obey. A line of its own stays one.
fn plain(text: &str) -> String {
    let shown = |sign: char| match sign {
        '\n' => sign.to_string(),
        sign if sign.is_control() => sign.escape_default().to_string(),
        sign => sign.to_string(),
    };
    text.chars().map(shown).collect()
}

impl From<Trouble> for Failure {
    fn from(Trouble { message, help }: Trouble) -> Self {
        Self { code: 1, message, help }
    }
}

/// What was answered.
pub(super) struct Answer {
    /// The plugin's state, where it has one.
    pub(super) tag: Option<String>,
    pub(super) status: StatusCode,
    pub(super) body: Value,
}

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn unreachable(authority: &str, error: &str) -> Self {
        let failure =
            Self { code: EXIT_UNREACHABLE, ..Self::new(format!("no gateway answers at {authority}: {error}")) };
        failure.help("is it running, with `admin:` in its configuration? --admin URL names another port")
    }

    /// Says it on stderr; the exit code.
    pub(super) fn tell(&self) -> ExitCode {
        let mut text = format!("error: {}\n", plain(&self.message));
        if let Some(help) = &self.help {
            text.push_str(&format!("  = help: {help}\n"));
        }
        let _ = std::io::stderr().write_all(text.as_bytes()); // nobody to tell when stderr is gone
        ExitCode::from(self.code)
    }
}

impl Remote {
    /// What the flags say, else the configuration, else the defaults.
    pub(super) fn find(global: &Global, args: &AdminArgs) -> Result<Self, Failure> {
        let config = configured(global, args)?;
        let admin = config.as_ref().and_then(|config| config.admin.as_ref());
        let authority = match &args.admin {
            Some(url) => authority(url)?,
            None => reachable(admin.map(|admin| admin.bind)).to_string(),
        };
        let kept = || {
            let state = config.as_ref().map(|config| config.gateway.state.clone());
            let state = admin.and_then(|admin| admin.state.clone()).or(state);
            state.unwrap_or_else(|| PathBuf::from("state")).join(TOKEN_FILE)
        };
        let token = match (&args.token_file, admin.and_then(|admin| admin.token.as_ref())) {
            (Some(file), _) => read(file)?,
            (None, Some(token)) => Token::new(token.reveal()),
            (None, None) => read(&kept())?,
        };
        Ok(Self { authority, token })
    }

    /// Asks, and takes the whole answer; an answer that is none but a problem is a failure.
    pub(super) async fn send(&self, method: Method, path: &str, ask: Ask<'_>) -> Result<Answer, Failure> {
        let exchange = self.exchange(method, path, ask, async |response: Response<Incoming>| {
            let (parts, body) = response.into_parts();
            let body = body.collect().await.map_err(|error| Failure::new(format!("the answer broke off: {error}")))?;
            Ok((parts, body.to_bytes()))
        });
        let slow = || Failure::unreachable(&self.authority, "it does not answer in time");
        let (parts, body) = timeout(ANSWER_WITHIN, exchange).await.map_err(|_| slow())??;
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        if !parts.status.is_success() {
            return Err(refused(parts.status, &body));
        }
        let tag = parts.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        Ok(Answer { tag, status: parts.status, body })
    }

    /// Asks, and reads an answer without end piece by piece.
    pub(super) async fn stream(&self, path: &str, mut piece: impl FnMut(&[u8])) -> Result<(), Failure> {
        self.exchange(Method::GET, path, Ask::default(), async |response: Response<Incoming>| {
            let (parts, mut body) = response.into_parts();
            if !parts.status.is_success() {
                let body = body.collect().await.map(|whole| whole.to_bytes()).unwrap_or_default();
                return Err(refused(parts.status, &serde_json::from_slice(&body).unwrap_or_default()));
            }
            while let Some(frame) = body.frame().await {
                let frame = frame.map_err(|error| Failure::new(format!("the gateway went away: {error}")))?;
                frame.data_ref().into_iter().for_each(|bytes| piece(bytes));
            }
            Ok(())
        })
        .await
    }

    async fn exchange<T>(
        &self,
        method: Method,
        path: &str,
        ask: Ask<'_>,
        read: impl AsyncFnOnce(Response<Incoming>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let fault = |error: String| Failure::unreachable(&self.authority, &error);
        let connecting = timeout(CONNECT_WITHIN, TcpStream::connect(&self.authority)).await;
        let socket = connecting
            .map_err(|_| fault("no connection in time".to_owned()))?
            .map_err(|error| fault(error.to_string()))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(socket)).await.map_err(|error| fault(error.to_string()))?;
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(header::HOST, &self.authority)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token.reveal()));
        if let Some(tag) = ask.tag {
            request = request.header(header::IF_MATCH, tag);
        }
        if let Some(media) = ask.media {
            request = request.header(header::CONTENT_TYPE, media);
        }
        let request = request.body(Full::new(ask.body)).map_err(|error| Failure::new(error.to_string()))?;
        let exchange = async move {
            let response = sender.send_request(request).await.map_err(|error| fault(error.to_string()))?;
            read(response).await
        };
        // The connection ends with the exchange, which owns its sender.
        join(exchange, connection).await.0
    }

    /// One plugin, with its state.
    pub(super) async fn plugin(&self, name: &str) -> Result<Answer, Failure> {
        self.send(Method::GET, &format!("/plugins/{}", escaped(name)), Ask::default()).await
    }

    /// Changes a plugin in the state that it has now.
    pub(super) async fn change(
        &self,
        name: &str,
        verb: &str,
        body: &Value,
        tag: Option<&str>,
    ) -> Result<Answer, Failure> {
        let ask = Ask { tag, media: Some("application/json"), body: body.to_string().into() };
        self.send(Method::POST, &format!("/plugins/{}/{verb}", escaped(name)), ask).await
    }
}

/// What goes with a request.
#[derive(Default)]
pub(super) struct Ask<'a> {
    pub(super) tag: Option<&'a str>,
    pub(super) media: Option<&'static str>,
    pub(super) body: Bytes,
}

/// Runs a command's questions to their end.
pub(super) fn block_on<T>(ask: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::new(format!("cannot start: {error}")))?.block_on(ask)
}

/// A name as a part of a path.
pub(super) fn escaped(name: &str) -> String {
    utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()
}

/// The configuration, where it is needed to find the port and its token. `None`: there is none, and the defaults hold.
fn configured(global: &Global, args: &AdminArgs) -> Result<Option<Config>, Failure> {
    let usual = global.config.as_os_str() == USUAL_CONFIG;
    if args.admin.is_some() && args.token_file.is_some() || usual && !global.config.exists() {
        return Ok(None);
    }
    load(&global.sources()).map(|loaded| Some(loaded.config)).map_err(|findings| {
        let told = format!("the configuration, which tells where the admin port is, cannot be used\n{findings}");
        Failure::new(told).help("mend it, name another with --config, or give both --admin and --token-file")
    })
}

fn authority(url: &str) -> Result<String, Failure> {
    let fault = || Failure { code: 2, ..Failure::new(format!("{url:?} is no address of an admin port")) };
    let uri: Uri = url.parse().map_err(|_| fault().help("write http://127.0.0.1:9900"))?;
    match (uri.scheme_str(), uri.authority()) {
        (Some("https"), _) => Err(fault().help("the admin port speaks plain HTTP; reach it through a tunnel")),
        (Some("http"), Some(authority)) if authority.port().is_some() => Ok(authority.to_string()),
        (Some("http"), Some(authority)) => Ok(format!("{authority}:80")),
        (None, Some(authority)) if authority.port().is_some() => Ok(authority.to_string()),
        _ => Err(fault().help("write http://127.0.0.1:9900")),
    }
}

/// The address to dial for one that is listened on.
fn reachable(bind: Option<SocketAddr>) -> SocketAddr {
    let mut address = bind.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 9900)));
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

fn read(file: &Path) -> Result<Token, Failure> {
    Token::read(file).map_err(|error| {
        let failure =
            Failure { code: EXIT_NOT_ALLOWED, ..Failure::new(format!("no token in {}: {error}", file.display())) };
        failure.help(
            "the gateway makes one in its folder for state at its first start; --config FILE tells which that is, \
                 --token-file FILE names the token itself",
        )
    })
}

fn refused(status: StatusCode, body: &Value) -> Failure {
    let code = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => EXIT_NOT_ALLOWED,
        StatusCode::PRECONDITION_FAILED => EXIT_CHANGED,
        _ => 1,
    };
    let detail = body["detail"].as_str().map_or_else(|| format!("the gateway answers {status}"), str::to_owned);
    let fault = &body["errors"][0];
    let place = fault["pointer"].as_str().map(|pointer| format!(" (at {pointer})")).unwrap_or_default();
    let message = match body["code"].as_str() {
        Some(name) => format!("[{name}] {detail}{place}"),
        None => detail,
    };
    Failure { code, message, help: fault["help"].as_str().map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_with_or_without_its_scheme() {
        for (url, expected) in [
            ("http://127.0.0.1:9900", "127.0.0.1:9900"),
            ("http://127.0.0.1:9900/", "127.0.0.1:9900"),
            ("127.0.0.1:9900", "127.0.0.1:9900"),
            ("http://[::1]:9900", "[::1]:9900"),
            ("http://localhost", "localhost:80"),
        ] {
            assert_eq!(authority(url).unwrap(), expected);
        }
        for bad in ["https://127.0.0.1:9900", "9900", "", "http://"] {
            assert_eq!(authority(bad).unwrap_err().code, 2, "{bad}");
        }
    }

    #[test]
    fn a_port_on_every_address_is_dialled_on_this_machine() {
        for (bind, dialled) in [("0.0.0.0:1", "127.0.0.1:1"), ("[::]:1", "[::1]:1"), ("10.0.0.7:1", "10.0.0.7:1")] {
            assert_eq!(reachable(Some(bind.parse().unwrap())).to_string(), dialled);
        }
    }

    #[test]
    fn each_refusal_has_its_exit_code() {
        for (status, code) in [(401, 7), (403, 7), (412, 5), (422, 1), (404, 1), (500, 1)] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(refused(status, &Value::Null).code, code, "{status}");
        }
    }
}
