//! What makes a version: the bytes, and how they are to be run.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use crate::limits::Limits;
use crate::words::FailurePolicy;

/// The SHA-256 of a component's bytes. Its text is `sha256:` and 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Digest {
        Digest(Sha256::digest(bytes).into())
    }

    /// The 64 hex digits without the algorithm's name.
    pub fn hex(&self) -> String {
        hex(&self.0)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Digest, String> {
        let hex = text.strip_prefix("sha256:").unwrap_or(text);
        let digits: Option<Vec<u8>> =
            hex.chars().map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok())).collect();
        let digits = digits.filter(|digits| digits.len() == 64).ok_or("a digest is `sha256:` and 64 hex digits")?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair[0] << 4 | pair[1];
        }
        Ok(Digest(bytes))
    }
}

impl serde::Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Digest, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// A component's bytes and where they came from.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// The component.
    pub bytes: Bytes,
    /// What its bytes must hash to.
    pub digest: Digest,
    /// For people: a path, an address, `builtin:NAME` or `upload`.
    pub origin: String,
}

impl Artifact {
    /// An artifact whose digest is that of its bytes.
    pub fn new(bytes: impl Into<Bytes>, origin: impl Into<String>) -> Artifact {
        let bytes = bytes.into();
        Artifact { digest: Digest::of(&bytes), bytes, origin: origin.into() }
    }
}

/// How a component is run under a plugin's name.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// The plugin's name in the configuration. What outlives versions (kv, counters, metrics) is kept under it.
    pub name: Arc<str>,
    /// JSON text of the configuration, an object.
    pub config: String,
    /// Budgets.
    pub limits: Limits,
    /// What it may reach. Nothing by default.
    pub grants: Grants,
    /// Whether instances are used again.
    pub isolation: Isolation,
    /// What happens to a request that the plugin fails at. `None`: what its manifest says.
    pub on_failure: Option<FailurePolicy>,
}

impl Spec {
    /// A plugin of this name with an empty configuration and nothing granted.
    pub fn new(name: impl Into<Arc<str>>) -> Spec {
        Spec {
            name: name.into(),
            config: "{}".to_owned(),
            limits: Limits::default(),
            grants: Grants::default(),
            isolation: Isolation::default(),
            on_failure: None,
        }
    }

    /// The id of the version that a component with this digest makes: twelve hex digits that stand for its bytes, the
    /// configuration, what is granted, the budgets and the isolation.
    pub fn id_of(&self, digest: &Digest) -> String {
        let Spec { config, limits, grants, isolation, name: _, on_failure: _ } = self;
        let run = format!("{digest}\n{config}\n{grants:?}\n{limits:?}\n{isolation:?}");
        let mut id = Digest::of(run.as_bytes()).hex();
        id.truncate(12);
        id
    }
}

/// What a plugin may reach beyond the exchange itself. Nothing by default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Grants {
    /// Names of HTTP clusters.
    pub clusters: Vec<String>,
    /// Names of Dubbo services.
    pub services: Vec<String>,
    /// Names of kv buckets.
    pub kv: Vec<String>,
}

/// Whether an instance that served one exchange may serve another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Isolation {
    /// Instances are used again, within bounds.
    #[default]
    Reuse,
    /// Each exchange gets its own, from the first phase to its end.
    Fresh,
}

/// The worlds of the contract: what a plugin is by what it exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Takes part in exchanges.
    Filter,
    /// Narrows the providers of a call.
    Router,
    /// Chooses one provider.
    LoadBalancer,
    /// Is a Dubbo service.
    Service,
}

impl Kind {
    /// The name of the world, such as `load-balancer`.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Filter => "filter",
            Kind::Router => "router",
            Kind::LoadBalancer => "load-balancer",
            Kind::Service => "service",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_what_it_writes() {
        let digest = Digest::of(b"abc");
        assert_eq!(digest.to_string(), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!(digest.hex().to_uppercase().parse(), Ok(digest));
    }

    #[test]
    fn a_version_has_another_id_when_anything_about_it_is_another() {
        let (one, spec) = (Digest::of(b"1"), Spec::new("a"));
        let id = spec.id_of(&one);
        assert_eq!((id.len(), spec.clone().id_of(&one)), (12, id.clone()));
        assert_ne!(spec.id_of(&Digest::of(b"2")), id);
        assert_ne!(Spec { config: "{ }".to_owned(), ..spec.clone() }.id_of(&one), id);
        assert_ne!(Spec { isolation: Isolation::Fresh, ..spec.clone() }.id_of(&one), id);
        let grants = Grants { kv: vec!["a".to_owned()], ..Grants::default() };
        assert_ne!(Spec { grants, ..spec.clone() }.id_of(&one), id);
        assert_ne!(Spec { limits: Limits { log: 1, ..Limits::default() }, ..spec }.id_of(&one), id);
    }

    #[test]
    fn a_digest_of_the_wrong_length_or_alphabet_is_refused() {
        for text in ["", "sha256:", "sha256:ba78", &"g".repeat(64), &"0".repeat(65)] {
            assert!(text.parse::<Digest>().is_err(), "{text}");
        }
    }
}
