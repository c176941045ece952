//! A request refused before any route saw it: why, and what the client is told.

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use http_body_util::Full;

/// One refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejection {
    /// Why.
    pub reason: Reason,
}

impl From<Reason> for Rejection {
    fn from(reason: Reason) -> Self {
        Self { reason }
    }
}

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal $status:literal $label:literal $detail:literal,)+) => {
        /// Every reason for which the listener refuses a request; the order is the one of [`Reason::ALL`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Reason { $($(#[doc = $doc])+ $name,)+ }

        impl Reason {
            /// All reasons, in order.
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)+];

            /// Label in metrics and in the access log.
            pub fn label(self) -> &'static str {
                match self { $(Reason::$name => $label,)+ }
            }

            /// Stable error code.
            pub fn code(self) -> &'static str {
                match self { $(Reason::$name => $code,)+ }
            }

            /// Status of the answer.
            pub fn status(self) -> StatusCode {
                match self { $(Reason::$name => const { status($status) },)+ }
            }

            /// One sentence for the client.
            pub fn detail(self) -> &'static str {
                match self { $(Reason::$name => $detail,)+ }
            }
        }
    };
}

const fn status(code: u16) -> StatusCode {
    match StatusCode::from_u16(code) {
        Ok(status) => status,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

reasons! {
    /// The request line is not `METHOD target HTTP/1.x`.
    RequestLine = "YM0601" 400 "request_line" "The request line is malformed.",
    /// A method that HTTP does not know, or knows and we do not serve.
    UnknownMethod = "YM0602" 501 "unknown_method" "The method is not supported.",
    /// CONNECT and TRACE.
    ForbiddenMethod = "YM0603" 405 "forbidden_method" "CONNECT and TRACE are not served here.",
    /// A protocol version other than 1.0, 1.1 and 2.
    Version = "YM0604" 505 "version" "The protocol version is not supported.",
    /// A target longer than the limit.
    UriTooLong = "YM0605" 414 "uri_too_long" "The request target is too long.",
    /// A target that is no path, no absolute URI, or holds bytes that must be escaped.
    Target = "YM0606" 400 "target" "The request target is malformed.",
    /// A path that has no canonical form.
    Path = "YM0607" 400 "path" "The path holds an escape, a separator or a dot segment that is not allowed.",
    /// A broken escape in the query or too many pairs.
    Query = "YM0608" 400 "query" "The query holds a broken escape or too many pairs.",
    /// No Host, two Hosts, or a Host that is no authority.
    Host = "YM0609" 400 "host" "Exactly one valid Host is required.",
    /// The target's authority and Host name different hosts.
    HostMismatch = "YM0610" 400 "host_mismatch" "The request target and Host disagree.",
    /// A field line that is not `name: value` with CR LF, folded lines included.
    Header = "YM0611" 400 "header" "A header field is malformed.",
    /// An underscore in a field name: many applications read it as a dash.
    HeaderUnderscore = "YM0612" 400 "header_underscore" "A header field name holds an underscore.",
    /// More field bytes or more fields than the limit.
    HeadersTooLarge = "YM0613" 431 "headers_too_large" "The header fields are too large or too many.",
    /// A line that ends without CR.
    BareLineFeed = "YM0614" 400 "bare_line_feed" "Lines end with CR LF.",
    /// A malformed, repeated or contradicted Content-Length.
    ContentLength = "YM0615" 400 "content_length" "Content-Length is malformed, repeated or contradicted.",
    /// A Transfer-Encoding that is not exactly one `chunked`.
    TransferEncoding = "YM0616" 400 "transfer_encoding" "Transfer-Encoding may only be one \"chunked\", and only in HTTP/1.1.",
    /// A transfer coding that we do not decode.
    UnknownCoding = "YM0617" 501 "unknown_coding" "The transfer coding is not supported.",
    /// An expectation other than `100-continue`.
    Expectation = "YM0618" 417 "expectation" "The expectation is not supported.",
    /// A body larger than allowed, announced or counted.
    BodyTooLarge = "YM0619" 413 "body_too_large" "The body is too large.",
    /// Broken chunk framing or trailers.
    Chunk = "YM0620" 400 "chunk" "The chunked body or its trailers are malformed.",
    /// The connection ended inside the head or the body.
    Incomplete = "YM0621" 400 "incomplete" "The request ended early.",
    /// The head took too long.
    HeaderTimeout = "YM0622" 408 "header_timeout" "The header fields took too long to arrive.",
    /// The body came too slowly.
    BodyTimeout = "YM0623" 408 "body_timeout" "The body arrives too slowly.",
    /// Too many requests are under way, or too many bodies are held.
    Overloaded = "YM0624" 503 "overloaded" "Too much is under way; try again.",
    /// The handler panicked. The fault is ours.
    Panic = "YM0625" 500 "panic" "The gateway failed to answer this request.",
}

impl Rejection {
    /// The answer: RFC 9457 problem JSON that names the request by its id.
    pub fn response(self, request_id: &str) -> Response<Full<Bytes>> {
        let body = problem(self.reason, request_id);
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = self.reason.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self.reason {
            Reason::ForbiddenMethod | Reason::UnknownMethod => {
                headers.insert(header::ALLOW, HeaderValue::from_static(ALLOW));
            }
            Reason::Overloaded => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => (),
        }
        response
    }
}

/// The methods that reach a route.
pub(super) const ALLOW: &str = "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS";

/// Whether a method may reach a route, and else why not.
pub(super) fn method_allowed(method: &Method) -> Result<(), Reason> {
    match *method {
        Method::GET | Method::POST | Method::PUT | Method::DELETE | Method::HEAD | Method::PATCH | Method::OPTIONS => {
            Ok(())
        }
        Method::CONNECT | Method::TRACE => Err(Reason::ForbiddenMethod),
        _ => Err(Reason::UnknownMethod),
    }
}

/// `request_id` is of our making and needs no escapes.
fn problem(reason: Reason, request_id: &str) -> String {
    let status = reason.status();
    format!(
        "{{\"type\":\"urn:yumen:error:{code}\",\"title\":\"{title}\",\"status\":{number},\
         \"detail\":{detail},\"code\":\"{code}\",\"request_id\":\"{request_id}\"}}",
        code = reason.code(),
        title = status.canonical_reason().unwrap_or("Error"),
        number = status.as_u16(),
        detail = serde_json::Value::from(reason.detail()),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_reason_has_its_own_code_and_label_and_a_problem_that_is_json() {
        let codes: HashSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        let labels: HashSet<_> = Reason::ALL.iter().map(|reason| reason.label()).collect();
        assert_eq!((codes.len(), labels.len()), (Reason::ALL.len(), Reason::ALL.len()));
        for (index, reason) in Reason::ALL.iter().enumerate() {
            let problem: serde_json::Value = serde_json::from_str(&problem(*reason, "7f")).unwrap();
            assert_eq!((&problem["code"], &problem["request_id"]), (&reason.code().into(), &"7f".into()));
            assert!(reason.status().is_client_error() || reason.status().is_server_error());
            assert_eq!(*reason as usize, index);
        }
    }
}
