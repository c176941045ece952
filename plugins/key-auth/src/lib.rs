//! Keys of consumers, in a field or in the query.
//!
//! Keys are compared as SHA-256 digests, all of them and every byte of each, so that the time it takes tells nothing.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use yumen_plugin::{FailurePolicy, Filter, Manifest, Reply, Request, Side, Verdict, exchange};

mod query;

/// Who is let in, and where their keys are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    #[serde(default = "x_api_key")]
    field: Option<String>,
    #[serde(default)]
    query: Option<String>,
    consumers: Vec<Consumer>,
    #[serde(default)]
    consumer_field: Option<String>,
    #[serde(default = "yes")]
    hide: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Consumer {
    name: String,
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    sha256: Option<String>,
}

#[allow(clippy::unnecessary_wraps, reason = "the default of an optional key")]
fn x_api_key() -> Option<String> {
    Some("x-api-key".to_owned())
}

const fn yes() -> bool {
    true
}

/// The plugin.
pub struct KeyAuth {
    field: Option<String>,
    query: Option<String>,
    consumers: Vec<(String, [u8; 32])>,
    consumer_field: Option<String>,
    hide: bool,
}

impl Filter for KeyAuth {
    type Config = Config;

    fn describe() -> Manifest {
        yumen_plugin::manifest!()
            .schema(include_str!("../config.schema.json"))
            .on_request([":path"])
            .on_failure(FailurePolicy::Closed)
    }

    fn configure(config: Config) -> Result<KeyAuth, String> {
        let field = config.field.map(|name| name.to_ascii_lowercase());
        if field.is_none() && config.query.is_none() {
            return Err("neither `field` nor `query` says where the key is".to_owned());
        }
        let mut consumers: Vec<(String, [u8; 32])> = Vec::new();
        for consumer in config.consumers {
            let digest = digest_of(&consumer)?;
            if let Some((other, _)) = consumers.iter().find(|(_, known)| *known == digest) {
                return Err(format!("`{}` and `{other}` have the same key", consumer.name));
            }
            consumers.push((consumer.name, digest));
        }
        let consumer_field = config.consumer_field.map(|name| name.to_ascii_lowercase());
        Ok(KeyAuth { field, query: config.query, consumers, consumer_field, hide: config.hide })
    }

    fn on_request(&self, request: &Request) -> Verdict {
        let path = request.path().unwrap_or_default();
        let mut keys = self.field.as_deref().map_or(Vec::new(), |name| exchange::field_all(Side::Request, name));
        let (rest, in_query) = self.query.as_deref().map_or((None, Vec::new()), |name| query::take(path, name));
        keys.extend(in_query);
        let [key] = keys.as_slice() else {
            let many = !keys.is_empty();
            return refused(if many { "the request shows more than one key" } else { "the request shows no key" });
        };
        let Some(consumer) = self.consumer(key) else {
            return refused("the key is not known");
        };
        let mut verdict = Verdict::next().tag("consumer", consumer);
        if let Some(field) = &self.consumer_field {
            verdict = verdict.set(field.as_str(), consumer);
        }
        match (&self.field, rest) {
            _ if !self.hide => verdict,
            (_, Some(rest)) => verdict.set_path(rest),
            (Some(field), None) => verdict.remove(field.as_str()),
            (None, None) => verdict,
        }
    }
}

impl KeyAuth {
    /// Whose key it is. Every consumer is looked at, whoever it was.
    fn consumer(&self, key: &str) -> Option<&str> {
        let shown: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        let mut found = None;
        for (name, digest) in &self.consumers {
            let difference = digest.iter().zip(shown).fold(0, |all, (known, shown)| all | (known ^ shown));
            if std::hint::black_box(difference) == 0 {
                found = Some(name.as_str());
            }
        }
        found
    }
}

fn digest_of(consumer: &Consumer) -> Result<[u8; 32], String> {
    match (&consumer.key, &consumer.sha256) {
        (Some(key), None) if !key.is_empty() => Ok(Sha256::digest(key.as_bytes()).into()),
        (None, Some(hex)) => {
            from_hex(hex).ok_or_else(|| format!("`sha256` of `{}` is not 64 hex digits", consumer.name))
        }
        _ => Err(format!("`{}` needs either `key` or `sha256`", consumer.name)),
    }
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

fn refused(detail: &str) -> Verdict {
    Verdict::reply(Reply::problem(401, "Not authenticated", detail).field("www-authenticate", "ApiKey"))
}

yumen_plugin::export_filter!(KeyAuth);

#[cfg(test)]
mod tests;
