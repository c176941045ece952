//! HTTP servers that plugins may send requests to.

use std::{fmt, time::Duration};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::text::{self, ByteSize, Endpoint, parsed};
use crate::config::finding::{Code, Fault};

/// HTTP servers that do the same, for requests of plugins.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpClusterConfig {
    /// Name that grants and plugins use, unique among clusters.
    pub name: String,
    /// Servers, such as `["http://127.0.0.1:8081"]`. They take turns; one that cannot be reached is passed over.
    pub endpoints: Vec<HttpEndpoint>,
    /// Time for one request, to the last byte of its answer. A plugin may ask for less. Default `2s`.
    #[serde(default = "HttpClusterConfig::default_timeout", with = "text::duration")]
    #[schemars(with = "text::DurationText")]
    pub timeout: Duration,
    /// Connections of each worker, to all servers together. A request that finds all of them busy waits. Default 32.
    #[serde(default = "HttpClusterConfig::default_connections")]
    pub connections: u32,
    /// Largest body of an answer. Default `1MiB`.
    #[serde(default = "HttpClusterConfig::default_response")]
    pub max_response: ByteSize,
}

impl HttpClusterConfig {
    fn default_timeout() -> Duration {
        Duration::from_secs(2)
    }

    fn default_connections() -> u32 {
        32
    }

    fn default_response() -> ByteSize {
        ByteSize::mib(1)
    }
}

/// An HTTP server: `http://host:port`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HttpEndpoint {
    /// Host and port.
    pub address: Endpoint,
}

impl HttpEndpoint {
    fn parse(text: &str) -> Result<Self, Fault> {
        let fault = |help: &str| Fault::new(Code::BAD_ADDRESS, format!("{text:?} is not an HTTP server")).help(help);
        let Some(rest) = text.strip_prefix("http://") else {
            return Err(fault(match text.starts_with("https://") {
                true => "only http is spoken to clusters; put a proxy that speaks TLS beside the gateway",
                false => "write http://host:port, such as http://127.0.0.1:8081",
            }));
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#', '@']) {
            return Err(fault("write http://host:port alone; the plugin says the path"));
        }
        let with_port = match rest.rsplit_once(':') {
            Some((_, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => rest.to_owned(),
            _ => format!("{rest}:80"),
        };
        Ok(Self { address: Endpoint::parse(&with_port)? })
    }
}

impl fmt::Display for HttpEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.address)
    }
}

impl<'de> Deserialize<'de> for HttpEndpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer, Self::parse)
    }
}

impl JsonSchema for HttpEndpoint {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "HttpEndpoint".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An HTTP server.",
            "type": "string",
            "pattern": "^http://[^/]+/?$",
            "examples": ["http://127.0.0.1:8081"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_server_without_a_path() {
        for (text, shown) in [
            ("http://127.0.0.1:8081", "http://127.0.0.1:8081"),
            ("http://identity/", "http://identity:80"),
            ("http://[::1]:81", "http://[::1]:81"),
            ("http://[::1]", "http://[::1]:80"),
        ] {
            assert_eq!(HttpEndpoint::parse(text).unwrap().to_string(), shown);
        }
        for bad in ["", "127.0.0.1:80", "https://a", "http://", "http://a/b", "http://u@a", "http://a:0", "http://a:x"]
        {
            assert!(HttpEndpoint::parse(bad).is_err(), "{bad}");
        }
    }
}
