//! What a handler is asked, taken apart once.

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, RawPathParams, Request},
};
use http::{HeaderMap, Method, header};
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use yumen_plugin_host::{Limits, plugins::Precondition};

use super::{
    Admin, BODY,
    connection::Peer,
    problem::{Kind, Problem},
};

/// Parameters of queries, over all paths. Another one is more likely misspelt than meant for nobody.
const QUERY: [&str; 6] = ["dry_run", "follow", "limit", "plugin", "tail", "version"];

/// What a change is to be: on which state it was decided, whether it is only tried, and the body.
pub(super) struct Wish<T> {
    pub(super) on: Precondition,
    pub(super) dry_run: bool,
    pub(super) body: T,
}

/// One request, its body read.
pub(super) struct Ask {
    /// Name of the plugin, where the path has one.
    pub(super) name: String,
    /// Version, where the path has one.
    pub(super) version: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) peer: String,
    /// Path and query, for the audit log.
    pub(super) resource: String,
    query: Vec<(String, String)>,
}

impl FromRequest<Admin> for Ask {
    type Rejection = Problem;

    async fn from_request(request: Request, admin: &Admin) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let path = RawPathParams::from_request_parts(&mut parts, admin).await;
        let path = path.map_err(|error| Problem::new(Kind::Invalid, error.to_string()))?;
        let find =
            |name| path.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).unwrap_or_default();
        let (name, version) = (find("name"), find("version"));
        let peer = parts.extensions.get::<Peer>().map(|Peer(address)| address.to_string()).unwrap_or_default();
        let resource = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        let query = parts.uri.query().map(pairs).unwrap_or_default();
        if let Some((unknown, _)) = query.iter().find(|(name, _)| !QUERY.contains(&name.as_str())) {
            let message = format!("there is no parameter {unknown:?}; there are {}", QUERY.join(", "));
            return Err(Problem::new(Kind::Invalid, message));
        }
        let headers = parts.headers.clone();
        let body = read(&parts.method, body).await?;
        Ok(Self { name, version, headers, body, peer, resource, query })
    }
}

/// The whole body of a request, if it is no larger than what may be asked for so.
pub(super) async fn read(method: &Method, body: Body) -> Result<Bytes, Problem> {
    let most = if *method == Method::PUT { Limits::MODULE_MOST } else { BODY };
    let too_large = || Problem::new(Kind::TooLarge, format!("the body is larger than {} KiB", most >> 10));
    if body.size_hint().lower() > most as u64 {
        return Err(too_large());
    }
    match Limited::new(body, most).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(Problem::new(Kind::Invalid, "the body broke off")),
    }
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let pair = |part: &str| {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        (decode(key), decode(value))
    };
    query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

impl Ask {
    /// The change that is asked for.
    pub(super) fn wish<T: DeserializeOwned>(&self) -> Result<Wish<T>, Problem> {
        Ok(Wish { on: self.precondition()?, dry_run: self.flag("dry_run")?, body: self.json()? })
    }

    /// A parameter of the query.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A switch of the query.
    pub(super) fn flag(&self, name: &'static str) -> Result<bool, Problem> {
        match self.query(name) {
            None | Some("false") => Ok(false),
            Some("true" | "") => Ok(true),
            Some(other) => Err(Problem::new(Kind::Invalid, format!("{name}={other} is neither true nor false"))),
        }
    }

    /// A number of the query, at most `most`.
    pub(super) fn number(&self, name: &'static str, most: usize) -> Result<Option<usize>, Problem> {
        let fault = |text| Problem::new(Kind::Invalid, format!("{name}={text} is no number from 0 to {most}"));
        self.query(name)
            .map(|text| text.parse().ok().filter(|number| *number <= most).ok_or_else(|| fault(text)))
            .transpose()
    }

    /// The state that a change was decided on.
    pub(super) fn precondition(&self) -> Result<Precondition, Problem> {
        let all: Vec<&str> =
            self.headers.get_all(header::IF_MATCH).iter().filter_map(|value| value.to_str().ok()).collect();
        let tags: Vec<&str> = all.iter().flat_map(|list| list.split(',')).map(str::trim).collect();
        if tags.is_empty() {
            let problem = Problem::new(Kind::NoPrecondition, "a change names the state that it was decided on");
            return Err(problem.help("send the plugin's ETag as If-Match; If-Match: * forces"));
        }
        if tags.contains(&"*") {
            return Ok(Precondition::Any);
        }
        Ok(Precondition::Tags(tags.iter().map(|tag| tag.trim_matches('"').to_owned()).collect()))
    }

    /// The body as JSON; an empty one as `{}`.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        if self.body.is_empty() {
            return serde_json::from_str("{}").map_err(|error| invalid(&error));
        }
        let media = self.media_type();
        if media != "application/json" {
            let problem = Problem::new(Kind::MediaType, format!("the body is {media:?}"));
            return Err(problem.help("send Content-Type: application/json"));
        }
        serde_json::from_slice(&self.body).map_err(|error| invalid(&error))
    }

    /// Media type of the body, without parameters.
    pub(super) fn media_type(&self) -> &str {
        let value = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim()
    }
}

fn invalid(error: &serde_json::Error) -> Problem {
    Problem::new(Kind::Invalid, format!("the body cannot be read: {error}"))
}
