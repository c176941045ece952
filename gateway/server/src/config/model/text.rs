//! Scalars that carry a unit or a grammar: durations, sizes, addresses, secrets.

use std::{fmt, net::SocketAddr, ops::Deref, time::Duration};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, value::SeqAccessDeserializer},
};

use crate::config::finding::{Code, Fault};

/// The default of keys that are on unless switched off.
pub(super) fn yes() -> bool {
    true
}

/// A length of time as text with its unit: `500ms`, `1s`, `1m30s`, `1h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DurationText(pub(crate) Duration);

/// Units of time, longest first.
const TIME_UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl DurationText {
    /// Reads `1m30s`: numbers with units, longest unit first, at least 1 ms and at most 365 days.
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let millis = sum_of_units(text, &TIME_UNITS).ok_or_else(|| Self::fault(text))?;
        if millis == 0 || millis > 365 * 86_400_000 {
            let message = format!("{text:?} is out of range");
            return Err(Fault::new(Code::BAD_DURATION, message).help("a duration is at least 1ms and at most 365d"));
        }
        Ok(Self(Duration::from_millis(millis)))
    }

    fn fault(text: &str) -> Fault {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Fault::new(Code::BAD_DURATION, format!("{text} is a duration without a unit"))
                .help(format!("write {text}s or {text}ms"));
        }
        Fault::new(Code::BAD_DURATION, format!("{text:?} is not a duration"))
            .help("write a number and its unit: 500ms, 1s, 1m30s, 1h")
    }
}

impl fmt::Display for DurationText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        for (unit, millis) in TIME_UNITS {
            if rest >= millis {
                write!(f, "{}{unit}", rest / millis)?;
                rest %= millis;
            }
        }
        Ok(())
    }
}

/// Adds up `1m30s`; every number needs a unit, and units go from long to short, each at most once.
fn sum_of_units(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (mut sum, mut rest, mut units) = (0_u64, text, units);
    while !rest.is_empty() {
        let (number, tail) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let (unit, tail) = tail.split_at(tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len()));
        let at = units.iter().position(|(name, _)| *name == unit)?;
        sum = sum.checked_add(number.parse::<u64>().ok()?.checked_mul(units[at].1)?)?;
        (rest, units) = (tail, &units[at + 1..]);
    }
    (!text.is_empty()).then_some(sum)
}

/// A `Duration` written as [`DurationText`].
pub(super) mod duration {
    use super::{Deserializer, Duration, DurationText, Serializer, parsed};

    pub(in crate::config::model) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        parsed(from, DurationText::parse).map(|text| text.0)
    }

    pub(in crate::config::model) fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&DurationText(*value))
    }
}

/// A `Duration` written as [`DurationText`] that may be left out.
pub(super) mod optional_duration {
    use super::{Deserializer, Duration, Serializer, duration};

    pub(in crate::config::model) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        duration::deserialize(from).map(Some)
    }

    pub(in crate::config::model) fn serialize<S: Serializer>(
        value: &Option<Duration>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => duration::serialize(value, to),
            None => to.serialize_none(),
        }
    }
}

/// A number of bytes, written with its unit: `500B`, `64KiB`, `10MiB`, `1GiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(pub u64);

/// Units of size, largest first; all are powers of 1024.
const SIZE_UNITS: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

impl ByteSize {
    /// So many times 1024 bytes.
    #[must_use]
    pub const fn kib(count: u64) -> Self {
        Self(count << 10)
    }

    /// So many times 1024 * 1024 bytes.
    #[must_use]
    pub const fn mib(count: u64) -> Self {
        Self(count << 20)
    }

    /// Bytes, for use as a length in memory.
    #[must_use]
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    fn parse(text: &str) -> Result<Self, Fault> {
        if let Some(bytes) = sum_of_units(text, &SIZE_UNITS) {
            return match bytes {
                1..=0x10_0000_0000 => Ok(Self(bytes)),
                _ => Err(Fault::new(Code::BAD_SIZE, format!("{text:?} is out of range"))
                    .help("a size is at least 1B and at most 64GiB")),
            };
        }
        let fault = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Fault::new(Code::BAD_SIZE, format!("{text} is a size without a unit"))
        } else {
            Fault::new(Code::BAD_SIZE, format!("{text:?} is not a size"))
        };
        Err(fault.help("write a whole number and B, KiB, MiB or GiB, such as 64KiB"))
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = SIZE_UNITS.iter().find(|(_, bytes)| self.0 >= *bytes && self.0.is_multiple_of(*bytes));
        let (unit, bytes) = whole.unwrap_or(&SIZE_UNITS[3]);
        write!(f, "{}{unit}", self.0 / bytes)
    }
}

impl Serialize for ByteSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer, Self::parse)
    }
}

/// A provider's address: `host:port`, where the host is a name, an IPv4 or a bracketed IPv6 address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Host without brackets.
    pub host: Box<str>,
    /// Port, never 0.
    pub port: u16,
}

impl Endpoint {
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let fault = || {
            let fault = Fault::new(Code::BAD_ADDRESS, format!("{text:?} is not an address with a port"));
            fault.help(match text.rsplit_once(':') {
                _ if text.contains(',') => "write a list: [\"host-1:port\", \"host-2:port\"]",
                _ if text.contains("://") => {
                    "write host:port alone; protocol, user and password have keys of their own"
                }
                Some((_, port)) if is_too_large(port) => "ports are numbers from 1 to 65535",
                Some((host, _)) if host.contains(':') && !host.starts_with('[') => {
                    "an IPv6 address stands in brackets: [::1]:20880"
                }
                _ => "write host:port, such as 10.0.0.5:20880 or [::1]:20880",
            })
        };
        let (host, port) = text.rsplit_once(':').ok_or_else(fault)?;
        let port = port.parse().ok().filter(|port| *port != 0).ok_or_else(fault)?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let good = match bare {
            Some(inner) => inner.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)),
        };
        if good { Ok(Self { host: bare.unwrap_or(host).into(), port }) } else { Err(fault()) }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer, Self::parse)
    }
}

/// Whether a text of digits is no port.
fn is_too_large(port: &str) -> bool {
    !port.is_empty()
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && port.parse::<u16>().map_or(true, |port| port == 0)
}

/// An address to listen on: an IP address and a port.
pub(super) struct AddressText;

/// What would help with an address that cannot be listened on.
fn address_help(text: &str) -> String {
    let digits = |text: &str| text.parse::<u16>().is_ok();
    match text.rsplit_once(':') {
        None if digits(text) => format!("write 0.0.0.0:{text} for every address of this machine, or 127.0.0.1:{text}"),
        Some(("", port)) if digits(port) => format!("write 0.0.0.0:{port} or [::]:{port}"),
        Some(("localhost", port)) => format!("write 127.0.0.1:{port}; names are not looked up here"),
        Some((_, port)) if port.len() > 4 && port.bytes().all(|byte| byte.is_ascii_digit()) && !digits(port) => {
            "ports are numbers up to 65535".to_owned()
        }
        Some((host, port)) if host.contains(':') && !host.starts_with('[') => format!("write [{host}]:{port}"),
        _ => "write address:port, such as 0.0.0.0:8080, 127.0.0.1:8080 or [::]:8080".to_owned(),
    }
}

/// A `SocketAddr` written as text.
pub(super) mod address {
    use super::{Code, Deserializer, Fault, Serializer, SocketAddr, address_help, parsed};

    pub(in crate::config::model) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SocketAddr, D::Error> {
        parsed(from, |text| {
            text.parse().map_err(|_| {
                Fault::new(Code::BAD_ADDRESS, format!("{text:?} is not an IP address with a port"))
                    .help(address_help(text))
            })
        })
    }

    pub(in crate::config::model) fn serialize<S: Serializer>(value: &SocketAddr, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }
}

/// Text that is never printed: its `Debug` is a row of stars.
#[derive(Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text itself, for the one place that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

/// Asks the deserializer of our tree to show a list as a list and anything else as it is.
pub(crate) const ONE_OR_MANY: &str = "one value or a list";

/// One value or a list of them; both are a list to the reader.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for OneOrMany<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'a, T> IntoIterator for &'a OneOrMany<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(ONE_OR_MANY, OneOrManyVisitor(std::marker::PhantomData))
    }
}

struct OneOrManyVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for OneOrManyVisitor<T> {
    type Value = OneOrMany<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one value or a list of them")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(seq)).map(OneOrMany)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, one: D) -> Result<Self::Value, D::Error> {
        T::deserialize(one).map(|one| OneOrMany(vec![one]))
    }
}

/// Reads a string and hands it to `parse`.
pub(super) fn parsed<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    parse: impl FnOnce(&str) -> Result<T, Fault>,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).map_err(de::Error::custom)
}

/// Schema of a string with a pattern and examples.
fn text_schema(description: &str, pattern: &str, examples: &[&str]) -> Schema {
    json_schema!({ "type": "string", "description": description, "pattern": pattern, "examples": examples })
}

macro_rules! text_schemas {
    ($($type:ty, $name:literal, $description:literal, $pattern:literal, $examples:expr;)*) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                text_schema($description, $pattern, &$examples)
            }
        }
    )*};
}

text_schemas! {
    DurationText, "Duration", "A length of time with its unit.", r"^([0-9]+(d|h|m|s|ms))+$", ["500ms", "1s", "1m30s"];
    ByteSize, "Size", "A number of bytes with its unit.", r"^([0-9]+(B|KiB|MiB|GiB))+$", ["500B", "64KiB", "10MiB"];
    Endpoint, "Endpoint", "Host and port of a provider.", r"^.+:[0-9]+$", ["10.0.0.5:20880", "[::1]:20880"];
    super::Network, "Network", "A network: address and prefix length.", r"^[0-9a-fA-F.:]+(/[0-9]+)?$", ["10.0.0.0/8"];
    AddressText, "Address", "IP address and port.", r"^.+:[0-9]+$", ["0.0.0.0:8080", "[::]:8080"];
    Secret, "Secret", "Text that is never printed; better `{ env: NAME }` or `{ file: PATH }`.", r"", [];
}

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("OneOrMany_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}
