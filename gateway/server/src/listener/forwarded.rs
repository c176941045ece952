//! Who the client is when a trusted proxy stands between: the forwarding fields, believed or removed.
//!
//! A peer outside the trusted networks may claim nothing: its `Forwarded`, `X-Forwarded-*` and `X-Real-IP` are
//! removed before anyone reads them. From a trusted peer the chain is read from its end, the side the nearest
//! proxy wrote, and the first address that is not itself a trusted proxy is the client. Anything unreadable on
//! the way ends the walk at the last address that was believed.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName, header};

use crate::config::Network;

/// The fields by which proxies tell about the client.
static FIELDS: [HeaderName; 8] = [
    header::FORWARDED,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-forwarded-port"),
    HeaderName::from_static("x-forwarded-prefix"),
    HeaderName::from_static("x-forwarded-server"),
    HeaderName::from_static("x-real-ip"),
];

/// Whether a field of this name (lower or mixed case) tells about the client.
pub(super) fn is_forwarding(name: &[u8]) -> bool {
    match name.len() {
        9 => name.eq_ignore_ascii_case(b"forwarded") || name.eq_ignore_ascii_case(b"x-real-ip"),
        12.. => name[..12].eq_ignore_ascii_case(b"x-forwarded-"),
        _ => false,
    }
}

/// Removes every forwarding field.
pub(super) fn remove(headers: &mut HeaderMap) {
    for field in &FIELDS {
        headers.remove(field);
    }
    let others: Vec<HeaderName> =
        headers.keys().filter(|name| is_forwarding(name.as_str().as_bytes())).cloned().collect();
    for name in others {
        headers.remove(name);
    }
}

/// The client's address: the peer itself, or what a trusted chain of proxies says.
pub(super) fn client(headers: &HeaderMap, peer: IpAddr, trusted: &[Network]) -> IpAddr {
    let mut client = peer.to_canonical();
    let believed = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if !believed(client) {
        return client;
    }
    let chain = headers.get_all(&FIELDS[1]).iter().collect::<Vec<_>>();
    let forwarded = headers.get_all(header::FORWARDED).iter().collect::<Vec<_>>();
    let (values, read): (Vec<_>, fn(&str) -> Option<IpAddr>) =
        if chain.is_empty() { (forwarded, forwarded_for) } else { (chain, address) };
    let entries = values.iter().rev().flat_map(|value| value.to_str().unwrap_or("").rsplit(','));
    for entry in entries {
        let Some(next) = read(entry.trim()) else { return client };
        client = next;
        if !believed(client) {
            return client;
        }
    }
    match headers.get(&FIELDS[7]).and_then(|value| address(value.to_str().ok()?.trim())) {
        Some(real) if values.is_empty() => real,
        _ => client,
    }
}

/// `for=` of one element of `Forwarded` (RFC 7239).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| address(value.trim().trim_matches('"')))?
    })
}

/// An address with or without a port: `1.2.3.4`, `1.2.3.4:5`, `::1`, `[::1]`, `[::1]:5`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(peer: &str, fields: &[(&'static str, &str)], expected: &str) {
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|text| text.parse().unwrap());
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        let client = client(&headers, peer.parse().unwrap(), &trusted);
        assert_eq!(client, expected.parse::<IpAddr>().unwrap(), "{peer} {fields:?}");
    }

    #[test]
    fn only_a_trusted_chain_names_the_client() {
        check("1.2.3.4", &[("x-forwarded-for", "9.9.9.9")], "1.2.3.4");
        check("10.1.1.1", &[], "10.1.1.1");
        check("10.1.1.1", &[("x-forwarded-for", "9.9.9.9")], "9.9.9.9");
        check("10.1.1.1", &[("x-forwarded-for", "6.6.6.6, 9.9.9.9, 10.2.2.2")], "9.9.9.9");
        check("10.1.1.1", &[("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "9.9.9.9")], "9.9.9.9");
        check("10.1.1.1", &[("x-forwarded-for", "6.6.6.6, nonsense")], "10.1.1.1");
        check("10.1.1.1", &[("x-forwarded-for", "10.0.0.7, 10.0.0.8")], "10.0.0.7");
        check("::ffff:10.1.1.1", &[("x-forwarded-for", "9.9.9.9:443")], "9.9.9.9");
        check("10.1.1.1", &[("forwarded", "for=\"[2001:db8::1]:80\";proto=https")], "2001:db8::1");
        check("10.1.1.1", &[("x-real-ip", "9.9.9.9")], "9.9.9.9");
    }

    #[test]
    fn unknown_forwarding_fields_are_removed_too() {
        let mut headers = HeaderMap::new();
        for name in ["x-forwarded-for", "x-forwarded-ssl", "forwarded", "x-real-ip", "x-forwarder", "accept"] {
            headers.append(name, HeaderValue::from_static("x"));
        }
        remove(&mut headers);
        assert_eq!(headers.len(), 2, "{headers:?}");
    }
}
