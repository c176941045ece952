//! Plugins: WebAssembly modules, what each may use, and what happens when one fails.

use std::{collections::BTreeMap, fmt, time::Duration};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, IntoDeserializer},
};
use serde_json::{Map, Number, Value};

use super::{
    service::LoadBalanceKind,
    text::{self, ByteSize, parsed},
};
use crate::config::finding::{Code, Fault};

/// One plugin: a WebAssembly component, its settings and its rights.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PluginConfig {
    /// Name that listeners, routes and services use, unique among plugins.
    pub name: String,
    /// Where the module comes from: a path (`./plugins/x.wasm`, watched), `https://…` with `digest`, `builtin:NAME`, or `upload`
    /// (given through the admin API).
    pub source: PluginSource,
    /// What the module's bytes must hash to, `sha256:` and 64 hexadecimal digits. Needed with https.
    #[serde(default)]
    pub digest: Option<PluginDigest>,
    /// Settings of the plugin, judged by the schema that it carries.
    #[serde(default)]
    pub config: Settings,
    /// What becomes of a request when the plugin fails at it. Left out: what the plugin says of itself.
    #[serde(default)]
    pub on_failure: Option<OnFailure>,
    /// Whether an instance serves one request after the other. Default `reuse`.
    #[serde(default)]
    pub isolation: PluginIsolation,
    /// What one instance, or one request, may use up.
    #[serde(default)]
    pub limits: PluginLimits,
    /// What the plugin may reach. Default: nothing.
    #[serde(default)]
    pub grants: PluginGrants,
}

/// Where a module comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PluginSource {
    /// A file; relative paths count from the folder of the main file.
    File(std::path::PathBuf),
    /// An https address.
    Https(String),
    /// One of the plugins that come with yumen.
    Builtin(String),
    /// Whatever the admin API was given.
    Upload,
}

impl PluginSource {
    fn parse(text: &str) -> Result<Self, Fault> {
        let fault = |message: String, help: &str| Err(Fault::new(Code::PLUGIN_SOURCE, message).help(help));
        match text.split_once(':') {
            _ if text == "upload" => Ok(Self::Upload),
            Some(("builtin", name)) if !name.is_empty() => Ok(Self::Builtin(name.to_owned())),
            Some(("builtin", _)) => fault("\"builtin:\" lacks a name".to_owned(), "write builtin:rate-limit"),
            Some(("https", rest))
                if rest.len() > 2 && rest.starts_with("//") && !rest.contains(char::is_whitespace) =>
            {
                Ok(Self::Https(text.to_owned()))
            }
            Some(("http", _)) => fault(
                format!("{text:?} is fetched without protection"),
                "write https://…, or keep the module in a file",
            ),
            Some((scheme, rest)) if rest.starts_with("//") => fault(
                format!("modules do not come by {scheme:?}"),
                "write a path, https://… with a digest, builtin:NAME, or upload",
            ),
            _ if text.trim().is_empty() => {
                fault("a plugin needs a source".to_owned(), "write a path, such as ./plugins/x.wasm")
            }
            _ => Ok(Self::File(text.into())),
        }
    }
}

impl<'de> Deserialize<'de> for PluginSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer, Self::parse)
    }
}

impl JsonSchema for PluginSource {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PluginSource".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let examples = ["./plugins/x.wasm", "https://example.com/x.wasm", "builtin:rate-limit", "upload"];
        json_schema!({ "description": "Where a module comes from.", "type": "string", "examples": examples })
    }
}

impl fmt::Display for PluginSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Https(address) => f.write_str(address),
            Self::Builtin(name) => write!(f, "builtin:{name}"),
            Self::Upload => f.write_str("upload"),
        }
    }
}

/// SHA-256 of a module's bytes, as `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginDigest(String);

impl PluginDigest {
    /// `sha256:…`, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(text: &str) -> Result<Self, Fault> {
        let digits = text.strip_prefix("sha256:").filter(|digits| digits.len() == 64);
        match digits {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => Ok(Self(text.to_ascii_lowercase())),
            _ => Err(Fault::new(Code::BAD_VALUE, format!("{text:?} is not a digest"))
                .help("write sha256: and 64 hexadecimal digits; `sha256sum FILE` prints them")),
        }
    }
}

impl<'de> Deserialize<'de> for PluginDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer, Self::parse)
    }
}

impl JsonSchema for PluginDigest {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PluginDigest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let pattern = "^sha256:[0-9a-fA-F]{64}$";
        json_schema!({ "description": "SHA-256 of a module's bytes.", "type": "string", "pattern": pattern })
    }
}

/// What becomes of a request when a plugin fails at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// It is refused.
    Closed,
    /// It goes on without the plugin.
    Open,
    /// It is tried once more with a new instance, then refused.
    Reload,
}

/// Whether an instance serves one request after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PluginIsolation {
    /// Instances are used again, within bounds.
    #[default]
    Reuse,
    /// Every request has an instance of its own.
    Fresh,
}

/// What one instance, or one request, may use up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PluginLimits {
    /// Memory of one instance, at most `256MiB`. Default `32MiB`.
    pub memory: ByteSize,
    /// Time that one call of the plugin may compute; waiting for side calls does not count. Default `10ms`.
    #[serde(with = "text::duration")]
    #[schemars(with = "text::DurationText")]
    pub time: Duration,
    /// Elements of an instance's tables, at most 100000. Default 20000.
    pub table: u32,
    /// Calls of the gateway's functions in one call of the plugin. Default 1000.
    pub host_calls: u32,
    /// Requests and calls to others that one request may cost, over all phases and all services asked for it. Default 8.
    pub side_calls: u32,
    /// Log lines a second. Default 100.
    pub log: u32,
    /// Instances of one worker at once. Default 64.
    pub instances: u32,
    /// Largest body that it is shown whole. Default `1MiB`.
    pub body: ByteSize,
}

impl Default for PluginLimits {
    fn default() -> Self {
        Self {
            memory: ByteSize::mib(32),
            time: Duration::from_millis(10),
            table: 20_000,
            host_calls: 1000,
            side_calls: 8,
            log: 100,
            instances: 64,
            body: ByteSize::mib(1),
        }
    }
}

/// What a plugin may reach. Nothing is reached that is not named.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PluginGrants {
    /// HTTP clusters that it may send requests to.
    pub clusters: Vec<String>,
    /// Services that it may call.
    pub services: Vec<String>,
    /// Buckets of the key-value store that it may use.
    pub kv: Vec<String>,
}

/// Settings of a plugin: any mapping. Never printed, for keys and passwords may stand in it.
#[derive(Clone, PartialEq, Default)]
pub struct Settings(Map<String, Value>);

impl Settings {
    /// As JSON text.
    #[must_use]
    pub fn json(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read: BTreeMap<String, Free> = BTreeMap::deserialize(deserializer)?;
        Ok(Self(read.into_iter().map(|(key, Free(value))| (key, value)).collect()))
    }
}

impl JsonSchema for Settings {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Settings".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "Settings that the plugin's own schema describes.", "type": "object" })
    }
}

/// Asks the deserializer of our tree for whatever stands there, values from outside fetched.
pub(crate) const FREE: &str = "any value";

/// A value of any shape.
struct Free(Value);

impl<'de> Deserialize<'de> for Free {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(FREE, FreeVisitor).map(Self)
    }
}

struct FreeVisitor;

impl<'de> de::Visitor<'de> for FreeVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(Free(item)) = items.next_element()? {
            read.push(item);
        }
        Ok(Value::Array(read))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some((key, Free(value))) = entries.next_entry::<String, Free>()? {
            read.insert(key, value);
        }
        Ok(Value::Object(read))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<Value, D::Error> {
        value.deserialize_any(self)
    }
}

/// How one provider is chosen: a way of our own, or a plugin's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadBalanceConfig {
    /// One of ours.
    Kind(LoadBalanceKind),
    /// By the plugin of this name.
    Plugin(String),
}

impl Default for LoadBalanceConfig {
    fn default() -> Self {
        Self::Kind(LoadBalanceKind::default())
    }
}

impl<'de> Deserialize<'de> for LoadBalanceConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(FREE, LoadBalanceVisitor)
    }
}

/// A balancer that is a plugin, as it is written.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PluginBalancer {
    /// Name of a plugin of the kind load balancer.
    plugin: String,
}

struct LoadBalanceVisitor;

impl<'de> de::Visitor<'de> for LoadBalanceVisitor {
    type Value = LoadBalanceConfig;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word, or { plugin: NAME }")
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<LoadBalanceConfig, E> {
        let kind: de::value::StrDeserializer<'_, E> = word.into_deserializer();
        LoadBalanceKind::deserialize(kind).map(LoadBalanceConfig::Kind)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, entries: A) -> Result<LoadBalanceConfig, A::Error> {
        let read = PluginBalancer::deserialize(de::value::MapAccessDeserializer::new(entries))?;
        Ok(LoadBalanceConfig::Plugin(read.plugin))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<LoadBalanceConfig, D::Error> {
        value.deserialize_any(self)
    }
}

impl JsonSchema for LoadBalanceConfig {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LoadBalanceChoice".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let kind = generator.subschema_for::<LoadBalanceKind>();
        let plugin = generator.subschema_for::<PluginBalancer>();
        json_schema!({ "anyOf": [kind, plugin] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_a_path_an_https_address_a_builtin_or_an_upload() {
        for (text, source) in [
            ("./plugins/x.wasm", PluginSource::File("./plugins/x.wasm".into())),
            ("https://example.com/x.wasm", PluginSource::Https("https://example.com/x.wasm".into())),
            ("builtin:cors", PluginSource::Builtin("cors".into())),
            ("upload", PluginSource::Upload),
        ] {
            assert_eq!(PluginSource::parse(text).unwrap(), source);
            assert_eq!(source.to_string(), text);
        }
        for bad in ["", " ", "builtin:", "http://example.com/x.wasm", "oci://example.com/x", "https://"] {
            let told = PluginSource::parse(bad).unwrap_err().into_finding(Default::default());
            assert_eq!(told.code, Code::PLUGIN_SOURCE, "{bad}");
        }
    }

    #[test]
    fn a_digest_is_sha256_in_hexadecimal() {
        let digits = "AB".repeat(32);
        assert_eq!(
            PluginDigest::parse(&format!("sha256:{digits}")).unwrap().as_str(),
            format!("sha256:{}", "ab".repeat(32))
        );
        for bad in ["", "sha256:", "sha256:12", &digits, &format!("sha256:{}", "zz".repeat(32))] {
            assert!(PluginDigest::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn settings_do_not_show_their_values() {
        let settings = Settings(Map::from_iter([("key".to_owned(), "hidden".into())]));
        assert_eq!(format!("{settings:?}"), "{\"key\"}");
        assert_eq!(settings.json(), r#"{"key":"hidden"}"#);
    }
}
