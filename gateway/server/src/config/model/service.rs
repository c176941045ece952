//! Dubbo interfaces that routes call: where, how, and what they look like.

use std::{collections::BTreeMap, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    class::TypeConfig,
    plugin::LoadBalanceConfig,
    text::{self, ByteSize, Endpoint, OneOrMany},
};

/// One Dubbo interface that routes call.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceConfig {
    /// Name that routes use, unique among services.
    pub name: String,
    /// Java interface, such as `com.acme.UserService`.
    pub interface: String,
    /// Version of the service. Left out or empty: none.
    #[serde(default)]
    pub version: Option<String>,
    /// Group of the service. Left out or empty: none.
    #[serde(default)]
    pub group: Option<String>,
    /// Registry that knows the providers. Exactly one of `registry`, `endpoints` and `plugin` is needed.
    #[serde(default)]
    pub registry: Option<String>,
    /// Providers by address, such as `["10.0.0.5:20880"]`, instead of a registry.
    #[serde(default)]
    pub endpoints: Vec<Endpoint>,
    /// Plugin of the kind service that answers the calls in this process, instead of providers.
    #[serde(default)]
    pub plugin: Option<String>,
    /// Plugins of the kind router that narrow the providers of each call, in this order.
    #[serde(default)]
    pub routers: Vec<String>,
    /// Protocol that the providers speak. Default `dubbo`.
    #[serde(default)]
    pub protocol: ServiceProtocol,
    /// Serialization of arguments and results. Default `hessian2`.
    #[serde(default)]
    pub serialization: Serialization,
    /// Time for one attempt of a call. Left out: what the provider registered, else `1s`.
    #[serde(default, with = "text::optional_duration")]
    #[schemars(with = "Option<text::DurationText>")]
    pub timeout: Option<Duration>,
    /// Further attempts on other providers; a call that is not idempotent is retried only when its bytes never left.
    /// Left out: what the provider registered, else 2.
    #[serde(default)]
    #[schemars(range(max = 100))]
    pub retries: Option<u32>,
    /// What to do when a provider fails. Default `failover`.
    #[serde(default)]
    pub cluster: ClusterKind,
    /// How one provider is chosen: `random` (weighted, with warm-up; the default), or `{ plugin: NAME }`.
    #[serde(default)]
    pub load_balance: LoadBalanceConfig,
    /// Connections of each worker to each provider. Default 1.
    #[serde(default = "ServiceConfig::default_connections")]
    pub connections: u32,
    /// Largest Dubbo frame accepted or sent. Default `8MiB`.
    #[serde(default = "ServiceConfig::default_payload")]
    pub payload: ByteSize,
    /// Methods by name; a list where the interface overloads the name. Left out: learned from the metadata centre.
    #[serde(default)]
    pub methods: BTreeMap<String, OneOrMany<MethodConfig>>,
    /// Classes that parameters and results are made of, by Java name (`com.acme.Page<T>` declares type parameters).
    #[serde(default)]
    pub types: BTreeMap<String, TypeConfig>,
    /// How results become JSON.
    #[serde(default)]
    pub json: JsonConfig,
    /// Attachments sent with every call.
    #[serde(default)]
    pub attachments: BTreeMap<String, String>,
}

impl ServiceConfig {
    fn default_connections() -> u32 {
        1
    }

    fn default_payload() -> ByteSize {
        ByteSize::mib(8)
    }
}

/// Protocols that providers speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceProtocol {
    /// Dubbo's own framing on TCP.
    #[default]
    Dubbo,
}

/// Serializations of arguments and results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Serialization {
    /// Hessian 2 in Dubbo's dialect.
    #[default]
    Hessian2,
}

/// What to do when a provider fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClusterKind {
    /// Try another provider, `retries` times, where that is safe.
    #[default]
    Failover,
    /// Report the first failure.
    Failfast,
}

/// How one provider is chosen among many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LoadBalanceKind {
    /// By chance, weighted, with warm-up of young providers.
    #[default]
    Random,
}

/// One method of a service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MethodConfig {
    /// Parameter types in order: Java names, or short words such as `long`, `string`, `list<com.acme.User>`.
    pub params: Vec<String>,
    /// Result type; `void` or left out when there is nothing to tell.
    pub returns: Option<String>,
    /// Calling it twice does no more than calling it once, so that it may be retried. Default false.
    pub idempotent: bool,
    /// Time for one attempt. Left out: the service's.
    #[serde(with = "text::optional_duration")]
    #[schemars(with = "Option<text::DurationText>")]
    pub timeout: Option<Duration>,
    /// Further attempts. Left out: the service's.
    #[schemars(range(max = 100))]
    pub retries: Option<u32>,
    /// Send it and do not wait for an answer (202 to the client). Default false.
    pub one_way: bool,
}

/// How results become JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct JsonConfig {
    /// How a Java `long` is written. Default `number`; `string` keeps all digits for JavaScript clients.
    pub long: LongForm,
    /// How a `java.util.Date` is written. Default `iso`.
    pub date: DateForm,
    /// Keep the class names of objects in a `class` field. Default false.
    pub keep_class: bool,
}

/// How a Java `long` is written in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LongForm {
    /// As a number.
    #[default]
    Number,
    /// As a string of digits.
    String,
}

/// How a `java.util.Date` is written in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DateForm {
    /// RFC 3339 in UTC.
    #[default]
    Iso,
    /// Milliseconds since 1970.
    Millis,
}
