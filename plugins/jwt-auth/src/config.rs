//! What `plugins[].config` holds; `config.schema.json` says the same with descriptions.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Whose tokens hold, and what is made of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    #[serde(default)]
    pub(crate) keys: Vec<KeyConfig>,
    #[serde(default)]
    pub(crate) jwks: Option<JwksConfig>,
    #[serde(default)]
    pub(crate) issuers: Vec<String>,
    #[serde(default)]
    pub(crate) audiences: Vec<String>,
    #[serde(default)]
    pub(crate) required: BTreeMap<String, Vec<String>>,
    #[serde(default = "yes")]
    pub(crate) expiry: bool,
    #[serde(default = "minute")]
    pub(crate) clock_skew_s: u32,
    #[serde(default = "subject")]
    pub(crate) tags: Vec<String>,
    #[serde(default)]
    pub(crate) fields: BTreeMap<String, String>,
    #[serde(default = "authorization")]
    pub(crate) field: String,
    #[serde(default = "bearer")]
    pub(crate) scheme: String,
    #[serde(default)]
    pub(crate) optional: bool,
    #[serde(default)]
    pub(crate) hide: bool,
}

/// A key that stands in the configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyConfig {
    #[serde(default)]
    pub(crate) kid: Option<String>,
    #[serde(default)]
    pub(crate) algorithm: Option<String>,
    #[serde(default)]
    pub(crate) secret: Option<String>,
    #[serde(default)]
    pub(crate) secret_base64: Option<String>,
    #[serde(default)]
    pub(crate) jwk: Option<serde_json::Value>,
}

/// Keys that an HTTP cluster serves.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JwksConfig {
    pub(crate) cluster: String,
    #[serde(default = "well_known")]
    pub(crate) path: String,
    #[serde(default = "ten_minutes")]
    pub(crate) refresh_s: u32,
    #[serde(default = "day")]
    pub(crate) stale_s: u32,
    #[serde(default = "half_a_minute")]
    pub(crate) cooldown_s: u32,
    #[serde(default = "two_seconds")]
    pub(crate) timeout_ms: u32,
    #[serde(default)]
    pub(crate) bucket: Option<String>,
}

const fn yes() -> bool {
    true
}

const fn minute() -> u32 {
    60
}

const fn half_a_minute() -> u32 {
    30
}

const fn ten_minutes() -> u32 {
    600
}

const fn day() -> u32 {
    86_400
}

const fn two_seconds() -> u32 {
    2000
}

fn subject() -> Vec<String> {
    vec!["sub".to_owned()]
}

fn authorization() -> String {
    "authorization".to_owned()
}

fn bearer() -> String {
    "Bearer".to_owned()
}

fn well_known() -> String {
    "/.well-known/jwks.json".to_owned()
}
