//! Logs, metrics, the status port.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Network, text};

/// Logs, metrics, the status port.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TelemetryConfig {
    /// Address of `/healthz`, `/readyz` and `/metrics`; read-only. All addresses by default, because probes and scrapers come
    /// from outside the container; elsewhere give it a private one. Default `0.0.0.0:9910`.
    #[serde(with = "text::address")]
    #[schemars(with = "text::AddressText")]
    pub status_bind: SocketAddr,
    /// One line for each request.
    pub access_log: AccessLogConfig,
    /// Least severe line that the log shows. Default `info`.
    pub level: LogLevel,
    /// Networks of proxies whose `X-Forwarded-For` and `Forwarded` are believed, such as `["10.0.0.0/8"]`; from all
    /// others these fields are removed. Default: none.
    pub trust_forwarded_from: Vec<Network>,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            status_bind: SocketAddr::from(([0, 0, 0, 0], 9910)),
            access_log: AccessLogConfig::default(),
            level: LogLevel::default(),
            trust_forwarded_from: Vec::new(),
        }
    }
}

/// One line for each request.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AccessLogConfig {
    /// How a line looks. Default `auto`: text on a terminal, JSON when piped.
    pub format: AccessLogFormat,
    /// Share of requests that are logged, from 0 to 1; failed ones always are. Default 1.
    #[schemars(range(min = 0, max = 1))]
    pub sample: f64,
}

impl Default for AccessLogConfig {
    fn default() -> Self {
        Self { format: AccessLogFormat::Auto, sample: 1.0 }
    }
}

/// How a line of the access log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessLogFormat {
    /// Text on a terminal, JSON when piped.
    #[default]
    Auto,
    /// Aligned text for people.
    Text,
    /// One JSON object a line.
    Json,
    /// No access log.
    Off,
}

/// How much the log tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// Only what failed.
    Error,
    /// And what may fail soon.
    Warn,
    /// And what changed.
    #[default]
    Info,
    /// And why.
    Debug,
    /// And every step.
    Trace,
}
