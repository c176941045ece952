//! What a caller is told when nothing was done: an RFC 9457 problem with every fault and what would help.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use yumen_plugin_host::{LoadError, plugins::ChangeError};

/// Why a request was not carried out.
#[derive(Debug)]
pub(super) struct Problem {
    kind: Kind,
    detail: String,
    pointer: Option<String>,
    help: Option<String>,
    /// How the thing stands now, as its `ETag` would say.
    current: Option<String>,
}

macro_rules! kinds {
    ($($name:ident = $code:literal $status:ident $title:literal,)*) => {
        /// Each way to fail, with its code, status and title.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Kind { $($name,)* }

        /// Codes, statuses and titles of everything that the admin port answers instead of doing it.
        pub const REFUSALS: &[(&str, StatusCode, &str)] = &[$(($code, StatusCode::$status, $title),)*];

        impl Kind {
            fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

kinds! {
    NoToken = "YM0801" UNAUTHORIZED "Token missing or wrong",
    Foreign = "YM0802" FORBIDDEN "Not from here",
    Unknown = "YM0803" NOT_FOUND "No such thing",
    Method = "YM0804" METHOD_NOT_ALLOWED "Method not allowed",
    NoPrecondition = "YM0805" PRECONDITION_REQUIRED "If-Match is missing",
    Stale = "YM0806" PRECONDITION_FAILED "Changed meanwhile",
    Conflict = "YM0807" CONFLICT "Not possible as things stand",
    Refused = "YM0808" UNPROCESSABLE_ENTITY "The module cannot serve",
    Invalid = "YM0809" BAD_REQUEST "The request makes no sense",
    TooLarge = "YM0810" PAYLOAD_TOO_LARGE "Body too large",
    Slow = "YM0811" REQUEST_TIMEOUT "Too slow",
    MediaType = "YM0812" UNSUPPORTED_MEDIA_TYPE "Media type not supported",
    Unkept = "YM0813" INSUFFICIENT_STORAGE "Cannot be kept",
    Busy = "YM0814" SERVICE_UNAVAILABLE "Too many at once",
    Impossible = "YM0815" UNPROCESSABLE_ENTITY "Asks for what cannot be",
}

impl Problem {
    pub(super) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), pointer: None, help: None, current: None }
    }

    /// Says what would help.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says where in the body it is.
    pub(super) fn at(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    /// In a few words, for the audit log.
    pub(super) fn told(&self) -> String {
        format!("{} {}", self.kind.code(), self.detail)
    }

    fn body(&self) -> Value {
        let code = self.kind.code();
        let mut fault = json!({ "code": code, "message": self.detail });
        if let Some(pointer) = &self.pointer {
            fault["pointer"] = pointer.as_str().into();
        }
        if let Some(help) = &self.help {
            fault["help"] = help.as_str().into();
        }
        let mut body = json!({
            "type": format!("urn:yumen:error:{code}"),
            "title": self.kind.title(),
            "status": self.kind.status().as_u16(),
            "detail": self.detail,
            "code": code,
            "errors": [fault],
        });
        if let Some(current) = &self.current {
            body["etag"] = current.as_str().into();
        }
        body
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.kind.status(), self.body().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if matches!(self.kind, Kind::TooLarge | Kind::Slow | Kind::NoToken | Kind::Foreign) {
            // A body that was not read must not be taken for the next request.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if self.kind == Kind::NoToken {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(tag) = self.current.and_then(|tag| HeaderValue::from_str(&format!("\"{tag}\"")).ok()) {
            headers.insert(header::ETAG, tag);
        }
        response
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        let told = error.to_string();
        match error {
            ChangeError::UnknownPlugin(name) => Self::new(Kind::Unknown, told).help(format!(
                "plugins are declared in the configuration: plugins: [{{ name: {name}, source: upload }}]"
            )),
            ChangeError::UnknownVersion { plugin, .. } => Self::new(Kind::Unknown, told)
                .help(format!("GET {}/plugins/{plugin} lists its versions", super::PREFIX)),
            ChangeError::Stale { current } => {
                let problem = Self::new(Kind::Stale, told);
                let problem = problem.help("look at it again, then send its ETag as If-Match; If-Match: * forces");
                Self { current: Some(current), ..problem }
            }
            ChangeError::Serving(_) => Self::new(Kind::Conflict, told).help("activate another version first"),
            ChangeError::Nothing(_) => Self::new(Kind::Conflict, told),
            ChangeError::Invalid { pointer, .. } => Self::new(Kind::Impossible, told).at(pointer),
            ChangeError::Refused(error) => refused(&error),
            ChangeError::Unkept(_) => {
                Self::new(Kind::Unkept, told).help("see to the disk below gateway.state; nothing was changed")
            }
        }
    }
}

fn refused(error: &LoadError) -> Problem {
    let problem = Problem::new(Kind::Refused, error.to_string());
    match &error.pointer {
        Some(pointer) => {
            problem.at(pointer.clone()).help("the pointer is one into the plugin's `config` in the configuration")
        }
        None => problem.help("nothing was changed; `yumen plugin inspect FILE` shows what is in the module"),
    }
}
