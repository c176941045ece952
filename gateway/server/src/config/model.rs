//! What the file may say: plain data, one struct a section, every default written beside its key.

mod admin;
mod argument;
mod class;
mod cluster;
mod gateway;
mod listener;
mod network;
mod plugin;
mod registry;
mod route;
mod service;
mod source;
mod telemetry;
mod template;
mod text;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finding::{Code, Fault};

pub use admin::AdminConfig;
pub use argument::ArgConfig;
pub use class::{FieldConfig, TypeConfig};
pub use cluster::{HttpClusterConfig, HttpEndpoint};
pub use gateway::GatewayConfig;
pub use listener::{ConnectionLimits, Http2Limits, LimitsConfig, ListenerConfig, ListenerProtocol, RequestLimits};
pub use network::{Network, NotANetwork};
pub(super) use plugin::FREE;
pub use plugin::{
    LoadBalanceConfig, OnFailure, PluginConfig, PluginDigest, PluginGrants, PluginIsolation, PluginLimits,
    PluginSource, Settings,
};
pub use registry::{RegistryConfig, RegistryKind};
pub use route::{ErrorConfig, HeaderMatch, RespondConfig, RouteConfig, RouteMatch, RouteTarget};
pub use service::{
    ClusterKind, DateForm, JsonConfig, LoadBalanceKind, LongForm, MethodConfig, Serialization, ServiceConfig,
    ServiceProtocol,
};
pub use source::Source;
pub use telemetry::{AccessLogConfig, AccessLogFormat, LogLevel, TelemetryConfig};
pub use template::BodyTemplate;
pub(super) use text::ONE_OR_MANY;
pub use text::{ByteSize, Endpoint, OneOrMany, Secret};

/// Everything that one gateway process is told to do.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Version of this format. Always 1.
    pub version: FormatVersion,
    /// Further files whose lists are added to this one, as paths or patterns relative to this file
    /// (`routes/*.yaml`), read in name order. Only the main file may include.
    #[serde(default)]
    pub include: Vec<String>,
    /// The process: workers, drain, the name shown to registries.
    #[serde(default)]
    pub gateway: GatewayConfig,
    /// Ports that clients connect to.
    #[serde(default)]
    pub listeners: Vec<ListenerConfig>,
    /// Where providers are looked up.
    #[serde(default)]
    pub registries: Vec<RegistryConfig>,
    /// WebAssembly modules that change what the gateway does.
    #[serde(default)]
    pub plugins: Vec<PluginConfig>,
    /// HTTP servers that plugins may send requests to.
    #[serde(default)]
    pub clusters: Vec<HttpClusterConfig>,
    /// Dubbo interfaces that routes call.
    #[serde(default)]
    pub services: Vec<ServiceConfig>,
    /// Which request becomes which call.
    #[serde(default)]
    pub routes: Vec<RouteConfig>,
    /// Logs, metrics, the status port.
    #[serde(default)]
    pub telemetry: TelemetryConfig,
    /// The admin port. Left out: there is none.
    #[serde(default)]
    pub admin: Option<AdminConfig>,
}

impl Config {
    /// The service called `name`, with its place in the list.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<(usize, &ServiceConfig)> {
        self.services.iter().enumerate().find(|(_, service)| service.name == name)
    }

    /// The plugin called `name`, with its place in the list.
    #[must_use]
    pub fn plugin(&self, name: &str) -> Option<(usize, &PluginConfig)> {
        self.plugins.iter().enumerate().find(|(_, plugin)| plugin.name == name)
    }

    /// The HTTP cluster called `name`, with its place in the list.
    #[must_use]
    pub fn cluster(&self, name: &str) -> Option<(usize, &HttpClusterConfig)> {
        self.clusters.iter().enumerate().find(|(_, cluster)| cluster.name == name)
    }

    /// The registry called `name`, with its place in the list.
    #[must_use]
    pub fn registry(&self, name: &str) -> Option<(usize, &RegistryConfig)> {
        self.registries.iter().enumerate().find(|(_, registry)| registry.name == name)
    }
}

/// The format's version; a file that says anything but 1 is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(transparent, extend("const" = 1))]
pub struct FormatVersion(u32);

impl<'de> Deserialize<'de> for FormatVersion {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            1 => Ok(Self(1)),
            other => {
                let message = format!("this yumen reads version 1, not version {other}");
                Err(serde::de::Error::custom(Fault::new(Code::BAD_VALUE, message).help("write version: 1")))
            }
        }
    }
}
