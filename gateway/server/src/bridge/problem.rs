//! What a client is told when its request got no result: an RFC 9457 problem.
//!
//! ```json
//! {"type":"urn:yumen:error:YM0402","title":"Parameter cannot be converted","status":400,
//!  "detail":"query.limit: \"ten\" is not an int","code":"YM0402","parameter":"limit","source":"query.limit",
//!  "value":"\"ten\"","expected":"an int","route":"search-users","request_id":"…"}
//! ```
//! A problem tells of the request, never of what lies behind the gateway: no host, no stack, no class of the inside.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use yumen_dubbo::error::RpcError;

use super::decode::scalar;
use super::status::{self, Fault};

/// Why a request got no result, ready to be told.
#[derive(Debug)]
pub struct Problem {
    fault: Fault,
    detail: Cow<'static, str>,
    members: Vec<(&'static str, Cow<'static, str>)>,
    allow: Option<HeaderValue>,
}

impl Problem {
    /// A problem with one sentence about this request.
    pub(crate) fn new(fault: Fault, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { fault, detail: detail.into(), members: Vec::new(), allow: None }
    }

    /// No route takes the request's path.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Fault::NoRoute, "no route takes this path")
    }

    /// Routes take the path, but not with this method; `allow` lists those they take.
    #[must_use]
    pub fn method_not_allowed(allow: &str) -> Self {
        let detail = format!("this path takes {allow}");
        Self { allow: HeaderValue::from_str(allow).ok(), ..Self::new(Fault::MethodNotAllowed, detail) }
    }

    /// The route's method is not known yet.
    #[must_use]
    pub fn not_ready() -> Self {
        Self::new(Fault::Unavailable, "the service behind this route is not known yet")
    }

    /// What a call that ended without a reply becomes.
    #[must_use]
    pub fn of(error: &RpcError) -> Self {
        status::of_rpc_error(error)
    }

    /// A plugin failed, and without it the request must not go on.
    #[must_use]
    pub fn plugin_failed() -> Self {
        Self::new(Fault::Plugin, "the request cannot be handled now")
    }

    /// A plugin of a route made of the request what the route does not take.
    #[must_use]
    pub fn plugin_misrouted() -> Self {
        Self::new(Fault::Misrouted, "the request was changed into one of another route")
    }

    /// Adds a member to the body.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.members.push((name, value.into()));
        self
    }

    /// The same problem with another status.
    #[must_use]
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.fault = Fault::Chosen(status);
        self
    }

    /// Status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.fault.status()
    }

    /// Stable code, for logs and metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.fault.code()
    }

    /// One sentence about this request.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The response. `route` is the route's name where one was found.
    #[must_use]
    pub fn response(&self, route: Option<&str>, request_id: &str) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body(route, request_id)));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(allow) = &self.allow {
            headers.insert(header::ALLOW, allow.clone());
        }
        response
    }

    fn body(&self, route: Option<&str>, request_id: &str) -> Bytes {
        let code = self.fault.code();
        let mut out = Vec::with_capacity(256);
        out.extend_from_slice(b"{\"type\":\"urn:yumen:error:");
        out.extend_from_slice(code.as_bytes());
        out.push(b'"');
        member(&mut out, "title", self.fault.title());
        out.extend_from_slice(b",\"status\":");
        scalar::integer(&mut out, i64::from(self.status().as_u16()));
        member(&mut out, "detail", &self.detail);
        member(&mut out, "code", code);
        for (name, value) in &self.members {
            member(&mut out, name, value);
        }
        if let Some(route) = route {
            member(&mut out, "route", route);
        }
        member(&mut out, "request_id", request_id);
        out.push(b'}');
        out.into()
    }
}

fn member(out: &mut Vec<u8>, name: &str, value: &str) {
    out.push(b',');
    scalar::string(out, name);
    out.push(b':');
    scalar::string(out, value);
}
