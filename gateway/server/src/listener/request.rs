//! A request as the pipeline gets it: one path, one host, no field that is not for it.

use std::{
    cell::OnceCell,
    net::{IpAddr, SocketAddr},
    rc::Rc,
    time::Instant,
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Uri, Version, header,
    request::Parts,
    uri::{self, PathAndQuery},
};
use hyper::body::Incoming;

use crate::listener::{
    HttpLimits, authority,
    body::Body,
    forwarded, hop,
    path::{self, CanonicalPath},
    rejection::{self, Reason},
    wire::Wire,
};

mod change;

/// One request, checked.
///
/// * The path is canonical, also inside `parts.uri`; every escape of the query is whole.
/// * HTTP/1.1 and HTTP/2 requests have a valid host; HTTP/1.0 ones may have none.
/// * Hop-by-hop fields and those named by `Connection` are gone; so are forwarding fields, unless a trusted proxy sent them.
pub struct HttpRequest {
    /// Method, target, version, fields. The target is origin-form or absolute; its path is canonical.
    pub parts: Parts,
    /// The body; nothing of it was read.
    pub body: Body,
    /// The other end of the connection: the client, or the last proxy before us.
    pub peer: SocketAddr,
    /// When the head was complete.
    pub received: Instant,
    wire: Rc<Wire>,
    id: OnceCell<Box<str>>,
}

impl HttpRequest {
    /// Takes the body out, so that the rest can be borrowed while it is read.
    pub fn take_body(&mut self) -> Body {
        std::mem::replace(&mut self.body, Body::nothing(Rc::clone(&self.wire)))
    }

    /// The path in its one form; `*` for a server-wide OPTIONS.
    pub fn path(&self) -> CanonicalPath<'_> {
        CanonicalPath::trusted(self.parts.uri.path())
    }

    /// Host and port as the client named them; empty if an HTTP/1.0 client named none.
    pub fn host(&self) -> &str {
        match self.parts.uri.authority() {
            Some(authority) => authority.as_str(),
            None => self.parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or(""),
        }
    }

    /// The client's address: the peer, or what trusted proxies say.
    pub fn client(&self) -> IpAddr {
        forwarded::client(&self.parts.headers, self.peer.ip(), &self.wire.limits().trusted)
    }

    /// The latest moment at which an answer is still of use to this listener's rules (`limits.request.timeout`).
    pub fn deadline(&self) -> Instant {
        self.received + self.wire.limits().request_timeout
    }

    /// 32 hexadecimal digits that name this request in logs; made when first asked for.
    pub fn id(&self) -> &str {
        self.id.get_or_init(new_id)
    }
}

/// A name for a request in answers and logs.
pub(super) fn new_id() -> Box<str> {
    format!("{:032x}", fastrand::u128(..)).into()
}

/// Checks what hyper parsed and turns it into what the pipeline gets.
pub(super) fn admit(
    request: Request<Incoming>,
    wire: &Rc<Wire>,
    received: Instant,
) -> Result<HttpRequest, Box<(Reason, Parts)>> {
    let (mut parts, incoming) = request.into_parts();
    if let Err(reason) = clean(&mut parts, wire) {
        return Err(Box::new((reason, parts)));
    }
    let body = Body::new(incoming, Rc::clone(wire));
    Ok(HttpRequest { parts, body, peer: wire.peer, received, wire: Rc::clone(wire), id: OnceCell::new() })
}

fn clean(parts: &mut Parts, wire: &Wire) -> Result<(), Reason> {
    let limits = wire.limits();
    if parts.version == Version::HTTP_2 {
        check_http2(parts, &limits)?;
        hop::remove(&mut parts.headers);
        remove_untrusted(&mut parts.headers, wire);
    } else {
        let traits = wire.traits();
        if traits.hop_by_hop {
            hop::remove(&mut parts.headers);
        }
        if traits.forwarding {
            remove_untrusted(&mut parts.headers, wire);
        }
        if traits.plain_target {
            return Ok(());
        }
    }
    if let Some(query) = parts.uri.query() {
        check_query(query.as_bytes(), limits.query_pairs)?;
    }
    let server_wide = parts.uri.path() == "*" && parts.method == Method::OPTIONS;
    if !server_wide && let Some(form) = path::canonical(parts.uri.path())? {
        parts.uri = with_path(&parts.uri, form)?;
    }
    Ok(())
}

fn remove_untrusted(headers: &mut HeaderMap, wire: &Wire) {
    let peer = wire.peer.ip();
    if !wire.limits().trusted.iter().any(|network| network.contains(peer)) {
        forwarded::remove(headers);
    }
}

/// What the raw head reader checks for HTTP/1, as far as h2 leaves it open.
fn check_http2(parts: &mut Parts, limits: &HttpLimits) -> Result<(), Reason> {
    rejection::method_allowed(&parts.method)?;
    if parts.uri.path_and_query().map_or(0, |target| target.as_str().len()) > limits.uri_bytes {
        return Err(Reason::UriTooLong);
    }
    if parts.headers.len() > limits.headers {
        return Err(Reason::HeadersTooLarge);
    }
    if parts.headers.keys().any(|name| name.as_str().contains('_')) {
        return Err(Reason::HeaderUnderscore);
    }
    check_host(parts)?;
    if parts.headers.get_all(header::CONTENT_LENGTH).iter().nth(1).is_some() {
        return Err(Reason::ContentLength);
    }
    let expectation = parts.headers.get(header::EXPECT);
    if expectation.is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
        return Err(Reason::Expectation);
    }
    join_cookies(&mut parts.headers);
    Ok(())
}

/// `:authority`, or else one Host; both, only if they agree.
fn check_host(parts: &Parts) -> Result<(), Reason> {
    let mut hosts = parts.headers.get_all(header::HOST).iter();
    let (host, second) = (hosts.next(), hosts.next());
    if second.is_some() {
        return Err(Reason::Host);
    }
    let named = parts.uri.authority().map(|authority| authority.as_str().as_bytes());
    match (named, host.map(HeaderValue::as_bytes)) {
        (None, None) => Err(Reason::Host),
        (Some(name), None) | (None, Some(name)) if !authority::is_valid(name) => Err(Reason::Host),
        (Some(name), Some(host)) if !authority::is_valid(name) || !authority::agree(name, host) => {
            Err(Reason::HostMismatch)
        }
        _ => Ok(()),
    }
}

/// HTTP/2 may split the cookie; everyone behind expects one field (RFC 9113, 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let crumbs: Vec<&[u8]> = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if crumbs.len() < 2 {
        return;
    }
    if let Ok(cookie) = HeaderValue::from_bytes(&crumbs.join(&b"; "[..])) {
        headers.insert(header::COOKIE, cookie);
    }
}

/// Escapes must be whole, pairs few.
fn check_query(query: &[u8], most: usize) -> Result<(), Reason> {
    let mut pairs = 1;
    for at in memchr::memchr2_iter(b'&', b'%', query) {
        if query[at] == b'&' {
            pairs += 1;
        } else if !query.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            return Err(Reason::Query);
        }
    }
    if pairs > most { Err(Reason::Query) } else { Ok(()) }
}

/// The same target with another path.
fn with_path(uri: &Uri, mut path: String) -> Result<Uri, Reason> {
    if let Some(query) = uri.query() {
        path.push('?');
        path.push_str(query);
    }
    let mut parts = uri::Parts::default();
    if let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) {
        parts.scheme = Some(scheme.clone());
        parts.authority = Some(authority.clone());
    }
    parts.path_and_query = Some(PathAndQuery::from_maybe_shared(Bytes::from(path)).map_err(|_| Reason::Path)?);
    Uri::from_parts(parts).map_err(|_| Reason::Path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_whole_escapes_and_few_pairs() {
        for good in ["", "a=1&b=%20", "a&&b", "%41%4a"] {
            assert_eq!(check_query(good.as_bytes(), 1000), Ok(()), "{good}");
        }
        for bad in ["a=%", "a=%4", "a=%zz", "%%"] {
            assert_eq!(check_query(bad.as_bytes(), 1000), Err(Reason::Query), "{bad}");
        }
        assert_eq!(check_query("a&".repeat(999).as_bytes(), 1000), Ok(()));
        assert_eq!(check_query("a&".repeat(1000).as_bytes(), 1000), Err(Reason::Query));
    }

    #[test]
    fn a_rewritten_target_keeps_its_authority_and_query() {
        let uri: Uri = "http://a.b:81/x/../y?z=1".parse().unwrap();
        assert_eq!(with_path(&uri, "/y".to_owned()).unwrap(), "http://a.b:81/y?z=1");
        let uri: Uri = "/x//y".parse().unwrap();
        assert_eq!(with_path(&uri, "/x/y".to_owned()).unwrap(), "/x/y");
    }

    #[test]
    fn cookie_crumbs_become_one_cookie() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1"));
        headers.append(header::COOKIE, HeaderValue::from_static("b=2"));
        join_cookies(&mut headers);
        assert_eq!(headers.get_all(header::COOKIE).iter().collect::<Vec<_>>(), ["a=1; b=2"]);
    }
}
