//! Dubbo's URL: how registries and configuration name a provider. Lives at the borders only.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// `protocol://[user[:password]@]host:port/path?key=value&…`; values are not percent-encoded inside it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DubboUrl {
    /// `dubbo`, `tri`, `override`, `consumer`, …
    pub protocol: String,
    /// Name before the host, if any.
    pub user: Option<String>,
    /// Password before the host, if any.
    pub password: Option<String>,
    /// Host name or address; an IPv6 address without its brackets.
    pub host: String,
    /// Port; 0 when the URL names none.
    pub port: u16,
    /// Path without its first slash: `[context/]interface`.
    pub path: String,
    /// Parameters, sorted by key as Java prints them.
    pub parameters: BTreeMap<String, String>,
}

/// A text that is no Dubbo URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// No `protocol://` at the start.
    #[error("no protocol in the url")]
    NoProtocol,
    /// Nothing between `://` and the port or path.
    #[error("no host in the url")]
    NoHost,
    /// An opening bracket without its closing one, or text after it that is no port.
    #[error("malformed IPv6 host in the url")]
    BadHost,
    /// The port is no number from 0 to 65535.
    #[error("malformed port in the url")]
    BadPort,
    /// The percent-encoded form has a `%` without two hex digits, or does not decode to UTF-8.
    #[error("malformed percent-encoding in the url")]
    BadEncoding,
}

/// What Java's `URLEncoder` leaves alone.
const KEPT_BY_JAVA: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

impl DubboUrl {
    /// Reads the raw form, in which values are not percent-encoded.
    ///
    /// # Errors
    /// [`UrlError`] for every text that lacks protocol or host or has a malformed port.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let (protocol, rest) = text.trim().split_once("://").ok_or(UrlError::NoProtocol)?;
        if protocol.is_empty() {
            return Err(UrlError::NoProtocol);
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (account, address) = match authority.rsplit_once('@') {
            Some((account, address)) => (Some(account), address),
            None => (None, authority),
        };
        let (user, password) = account.map_or((None, None), parse_account);
        let (host, port) = parse_address(address)?;
        Ok(Self {
            protocol: protocol.to_owned(),
            user,
            password,
            host: host.to_owned(),
            port,
            path: path.to_owned(),
            parameters: parse_parameters(query),
        })
    }

    /// Reads the form that registries use as a node name: the raw form, percent-encoded once by
    /// Java's `URLEncoder` (a space becomes `+`).
    ///
    /// # Errors
    /// As [`DubboUrl::parse`], and [`UrlError::BadEncoding`].
    pub fn decode(text: &str) -> Result<Self, UrlError> {
        if has_broken_escape(text) {
            return Err(UrlError::BadEncoding);
        }
        let spaced = if text.contains('+') { Cow::Owned(text.replace('+', " ")) } else { Cow::Borrowed(text) };
        let raw = percent_decode_str(&spaced).decode_utf8().map_err(|_| UrlError::BadEncoding)?;
        Self::parse(&raw)
    }

    /// The percent-encoded form, as Java's `URLEncoder` writes it.
    pub fn encoded(&self) -> String {
        utf8_percent_encode(&self.to_string(), KEPT_BY_JAVA).to_string().replace("%20", "+")
    }

    /// A parameter, or its weaker `default.<key>` form that 2.6 registers.
    pub fn get(&self, key: &str) -> Option<&str> {
        match self.parameters.get(key) {
            Some(value) => Some(value),
            None => self.parameters.get(&["default.", key].concat()).map(String::as_str),
        }
    }

    /// A parameter of one method: `<method>.<key>`, or else the plain one.
    pub fn method_parameter(&self, method: &str, key: &str) -> Option<&str> {
        match self.parameters.get(&[method, ".", key].concat()) {
            Some(value) => Some(value),
            None => self.get(key),
        }
    }

    /// The interface that the URL is about: parameter `interface`, or else the path's last segment
    /// (simplified registration drops the parameter).
    pub fn service_interface(&self) -> &str {
        match self.get("interface").filter(|name| !name.is_empty()) {
            Some(name) => name,
            None => self.path.rsplit('/').next().unwrap_or_default(),
        }
    }

    /// `host:port`, with brackets around an IPv6 address.
    pub fn address(&self) -> String {
        address(&self.host, self.port)
    }
}

/// `host:port`, with brackets around an IPv6 address.
pub fn address(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

fn parse_account(account: &str) -> (Option<String>, Option<String>) {
    match account.split_once(':') {
        Some((user, password)) => (Some(user.to_owned()), Some(password.to_owned())),
        None => (Some(account.to_owned()), None),
    }
}

/// Splits `host[:port]`. Java also prints IPv6 addresses bare, with the port after the last colon.
fn parse_address(address: &str) -> Result<(&str, u16), UrlError> {
    let (host, port) = if let Some(rest) = address.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or(UrlError::BadHost)?;
        match port.strip_prefix(':') {
            Some(port) => (host, port),
            None if port.is_empty() => (host, "0"),
            None => return Err(UrlError::BadHost),
        }
    } else {
        match address.rsplit_once(':') {
            // A scope (`fe80::1%eth0`) after the colon belongs to the host.
            Some((_, tail)) if tail.contains('%') => (address, "0"),
            Some((host, port)) => (host, port),
            None => (address, "0"),
        }
    };
    if host.is_empty() {
        return Err(UrlError::NoHost);
    }
    if port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(UrlError::BadPort);
    }
    Ok((host, port.parse().map_err(|_| UrlError::BadPort)?))
}

/// A key without `=` stands for itself, as in Java; of equal keys the last wins.
fn parse_parameters(query: &str) -> BTreeMap<String, String> {
    let pairs = query.split('&').map(str::trim).filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, pair)))
        .filter(|(key, _)| !key.is_empty())
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

fn has_broken_escape(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'%', bytes).any(|at| {
        let digits = bytes.get(at + 1..at + 3).unwrap_or_default();
        digits.len() < 2 || !digits.iter().all(u8::is_ascii_hexdigit)
    })
}

impl fmt::Display for DubboUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.protocol)?;
        if let Some(user) = &self.user {
            f.write_str(user)?;
            if let Some(password) = &self.password {
                write!(f, ":{password}")?;
            }
            f.write_str("@")?;
        }
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?;
        } else {
            f.write_str(&self.host)?;
        }
        if self.port != 0 {
            write!(f, ":{}", self.port)?;
        }
        if !self.path.is_empty() {
            write!(f, "/{}", self.path)?;
        }
        for (index, (key, value)) in self.parameters.iter().enumerate() {
            write!(f, "{}{key}={value}", if index == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

impl FromStr for DubboUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests;
