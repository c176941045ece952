//! Fields meant for the next hop alone: taken off before anyone reads the request.

use http::{HeaderMap, HeaderName, header};

/// Hop-by-hop whether or not `Connection` names them.
static ALWAYS: [HeaderName; 7] = [
    header::CONNECTION,
    header::UPGRADE,
    header::TE,
    header::TRAILER,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("http2-settings"),
];

/// What `Connection` cannot take away: framing, the host, and what tells who asks.
static KEPT: [HeaderName; 6] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONTENT_TYPE,
    header::AUTHORIZATION,
    header::COOKIE,
];

/// Whether a field of this name, in any case, is hop-by-hop by itself.
pub(super) fn is_hop_by_hop(name: &[u8]) -> bool {
    ALWAYS.iter().any(|field| name.eq_ignore_ascii_case(field.as_str().as_bytes()))
}

/// Removes the hop-by-hop fields and those that `Connection` names, save [`KEPT`] and the forwarding fields.
pub(super) fn remove(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        .filter(|name| !KEPT.contains(name) && !super::forwarded::is_forwarding(name.as_str().as_bytes()))
        .collect();
    for name in named.iter().chain(&ALWAYS) {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn fields_named_by_connection_go_but_cannot_take_identity_or_framing_along() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "x-auth, Host,close"),
            ("connection", "authorization, x-forwarded-for"),
            ("x-auth", "1"),
            ("host", "a"),
            ("authorization", "b"),
            ("x-forwarded-for", "1.2.3.4"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("accept", "*/*"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        remove(&mut headers);
        let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["accept", "authorization", "host", "x-forwarded-for"]);
    }
}
