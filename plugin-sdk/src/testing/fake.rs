//! What the fake host holds.

use std::collections::BTreeMap;

use crate::log::Level;
use crate::{Fields, Outcome, dubbo, exchange, http};

/// The script and the memory of a fake gateway. Everything is public: set what a plugin shall see, read what it did.
#[derive(Default)]
pub struct FakeHost {
    /// Milliseconds since 1970; a test moves it. Windows of counters and times to live follow it.
    pub now: u64,
    /// What the next `random` answers; each answer adds one to it.
    pub random: u64,
    /// Fields of the request.
    pub request: Fields,
    /// Fields of the response.
    pub response: Fields,
    /// `route.name`, `tag.NAME` and what else `property` knows.
    pub properties: BTreeMap<String, String>,
    /// The call that the exchange became.
    pub call: Option<exchange::RpcCall>,
    /// Its attachments.
    pub attachments: Fields,
    /// Its arguments, a JSON array.
    pub arguments: Option<String>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Lines that the plugin logged.
    pub log: Vec<(Level, String)>,
    /// Metrics that the plugin defined, by handle.
    pub metrics: Vec<Measured>,
    /// Windows of counters that the plugin opened, by handle.
    pub counters: Vec<Slots>,
    /// What `kv` holds, by bucket and key.
    pub kv: BTreeMap<(String, String), Stored>,
    /// Buckets that are granted; `None` grants all.
    pub kv_granted: Option<Vec<String>>,
    /// Requests that the plugin sent, in order.
    pub http_sent: Vec<http::Request>,
    /// Calls that the plugin made, in order.
    pub dubbo_sent: Vec<dubbo::Invocation>,
    /// Live numbers of endpoints, by place.
    pub endpoints: Vec<EndpointNumbers>,
    pub(super) clusters: BTreeMap<String, Answer<http::Request, http::Response, http::Error>>,
    pub(super) services: BTreeMap<String, Answer<dubbo::Invocation, String, dubbo::Error>>,
}

pub(super) type Answer<I, O, E> = Box<dyn FnMut(&I) -> Result<O, E>>;

impl FakeHost {
    /// Grants a cluster and says what it answers.
    pub fn http(
        &mut self,
        cluster: &str,
        answer: impl FnMut(&http::Request) -> Result<http::Response, http::Error> + 'static,
    ) {
        self.clusters.insert(cluster.to_owned(), Box::new(answer));
    }

    /// Grants a service and says what it answers.
    pub fn dubbo(
        &mut self,
        service: &str,
        answer: impl FnMut(&dubbo::Invocation) -> Result<String, dubbo::Error> + 'static,
    ) {
        self.services.insert(service.to_owned(), Box::new(answer));
    }

    /// The value of the metric of this name, the sum over its labels.
    #[must_use]
    pub fn metric(&self, name: &str) -> i64 {
        self.metrics.iter().filter(|metric| metric.name == name).map(|metric| metric.value).sum()
    }

    /// Lines of the log, without their levels.
    #[must_use]
    pub fn lines(&self) -> Vec<&str> {
        self.log.iter().map(|(_, line)| line.as_str()).collect()
    }
}

/// A metric that the plugin defined.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Vec<(String, String)>,
    /// Its value; of a histogram, the sum of what was noted.
    pub value: i64,
}

/// A window of counters.
#[derive(Debug, Clone)]
pub struct Slots {
    /// Its name.
    pub name: String,
    /// Its length in milliseconds.
    pub window: u32,
    /// The number of the window that `current` counts in.
    pub number: u64,
    /// Slots of this window.
    pub current: BTreeMap<u64, i64>,
    /// Slots of the window before.
    pub previous: BTreeMap<u64, i64>,
}

/// A value in `kv`.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The bytes.
    pub value: Vec<u8>,
    /// Its version.
    pub version: u64,
    /// When it goes, in milliseconds since 1970; 0 for never.
    pub until: u64,
}

/// Live numbers of one endpoint.
#[derive(Debug, Clone, Copy)]
pub struct EndpointNumbers {
    /// Calls on their way.
    pub active: u32,
    /// What calls took, in microseconds; 0 for none ended.
    pub latency: u32,
    /// Whether it is expected to be reached.
    pub available: bool,
}
