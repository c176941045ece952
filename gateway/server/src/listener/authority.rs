//! What may name a host: `Host`, `:authority`, and the authority of an absolute target.

use std::net::Ipv6Addr;

/// Whether the bytes are `host` or `host:port`: a name, an IPv4 address or an IPv6 address in brackets.
///
/// Stricter than RFC 3986: no user, no escapes, no commas; an empty host is none.
pub(super) fn is_valid(authority: &[u8]) -> bool {
    if authority.first() == Some(&b'[') {
        let Some(end) = memchr::memchr(b']', authority) else { return false };
        let address = std::str::from_utf8(&authority[1..end]);
        return address.is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok()) && is_port(&authority[end + 1..]);
    }
    let end = memchr::memchr(b':', authority).unwrap_or(authority.len());
    let (name, port) = authority.split_at(end);
    !name.is_empty() && name.len() <= 253 && name.iter().all(is_name_byte) && is_port(port)
}

fn is_name_byte(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

/// Nothing, or a colon and a port.
fn is_port(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b':', digits @ ..] => {
            (1..=5).contains(&digits.len())
                && digits.iter().all(u8::is_ascii_digit)
                && digits.iter().fold(0_u32, |port, digit| port * 10 + u32::from(digit - b'0')) <= 65_535
        }
        _ => false,
    }
}

/// Whether two authorities name the same host and port, where a missing port is port 80.
pub(super) fn agree(left: &[u8], right: &[u8]) -> bool {
    without_default_port(left).eq_ignore_ascii_case(without_default_port(right))
}

fn without_default_port(authority: &[u8]) -> &[u8] {
    authority.strip_suffix(b":80").unwrap_or(authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_a_host_and_perhaps_a_port() {
        for good in ["a", "a.b-c_d:80", "127.0.0.1:65535", "[::1]", "[2001:db8::1]:443", "example.com."] {
            assert!(is_valid(good.as_bytes()), "{good}");
        }
        for bad in [
            "", ":80", "a:", "a:x", "a:65536", "a:999999", "a b", "a,b", "a/b", "u@a", "a%41", "[::1", "[::1]x", "[a]",
            "a:1:2", "a\u{e4}", "a#b", "a?b", "[]", "a:-1", "a:+1",
        ] {
            assert!(!is_valid(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn authorities_agree_without_regard_to_case_and_default_port() {
        assert!(agree(b"A.example", b"a.EXAMPLE:80"));
        assert!(!agree(b"a.example", b"b.example"));
        assert!(!agree(b"a.example:81", b"a.example"));
    }
}
