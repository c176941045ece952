//! What a consumer decides about a service. Dead data; [`crate::reference`] makes the living thing of it.

use std::time::Duration;

use crate::instances::Provider;
use crate::invocation::Method;
use crate::service_key::ServiceKey;

/// Timeout of one attempt when neither consumer nor provider names one.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(1);
/// Retries after the first attempt when neither consumer nor provider names a number.
pub const DEFAULT_RETRIES: u32 = 2;

/// What a consumer decides about one service. Dead data, equal when nothing has to be rebuilt.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceOptions {
    /// Which service: interface, group (may be `*` or a comma list), version (may be `*`).
    pub key: ServiceKey,
    /// Name that we give providers as `remote.application`.
    pub application: Box<str>,
    /// What to do when an attempt fails.
    pub cluster: ClusterKind,
    /// How to choose among the providers.
    pub load_balance: LoadBalanceKind,
    /// Limit of one attempt. `None`: the provider's `timeout` parameter, else [`DEFAULT_TIMEOUT`].
    pub timeout: Option<Duration>,
    /// Attempts after the first. `None`: the provider's `retries` parameter, else [`DEFAULT_RETRIES`].
    pub retries: Option<u32>,
    /// Connections per worker and provider, at least 1.
    pub connections: u32,
    /// Limit of a TCP connect.
    pub connect_timeout: Duration,
    /// A connection that read nothing for this long sends a heartbeat; after three it is closed. `None`: the provider's
    /// `heartbeat` parameter, else Dubbo's minute.
    pub heartbeat: Option<Duration>,
    /// Largest body sent or accepted, in bytes.
    pub payload: usize,
}

impl ReferenceOptions {
    /// Dubbo's defaults for a service.
    pub fn new(key: ServiceKey) -> Self {
        Self {
            key,
            application: "yumen".into(),
            cluster: ClusterKind::default(),
            load_balance: LoadBalanceKind::default(),
            timeout: None,
            retries: None,
            connections: 1,
            connect_timeout: Duration::from_secs(3),
            heartbeat: None,
            payload: 8 * 1024 * 1024,
        }
    }

    /// Attempts after the first: the method's, the consumer's, the provider's, the default, in this order.
    pub fn retries_of(&self, method: &Method, provider: &Provider) -> u32 {
        let consumer = method.retries.or(self.retries);
        consumer.or_else(|| provider.retries(&method.invoked_name)).unwrap_or(DEFAULT_RETRIES)
    }
}

/// What to do when an attempt fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClusterKind {
    /// Another provider is tried when the error allows it.
    #[default]
    Failover,
    /// One attempt.
    Failfast,
}

/// How to choose among providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LoadBalanceKind {
    /// Weighted random with warm-up.
    #[default]
    Random,
}
