//! The providers of one service at one moment, as a registry last told them.
//!
//! ```text
//!  registry task ──▶ Instances (immutable) ──▶ ArcSwap ──▶ Directory of every worker
//!                       └─ Arc<Provider>: kept while its URL stays the same, so that
//!                          connections survive a push that changes others
//! ```

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::url::{DubboUrl, address};

/// Weight of a provider that names none.
pub const DEFAULT_WEIGHT: u32 = 100;
/// Warm-up of a provider that names none.
pub const DEFAULT_WARMUP: Duration = Duration::from_secs(600);

/// One provider endpoint of one service: its URL read once.
pub struct Provider {
    /// The URL as the registry gave it, legacy overrides already applied.
    pub url: DubboUrl,
    /// Host name or address, IPv6 without brackets.
    pub host: Box<str>,
    /// TCP port.
    pub port: u16,
    /// Service path that travels in the request body; not always the interface.
    pub path: Box<str>,
    /// Service version that travels in the request body; `None` is sent as `0.0.0`.
    pub version: Option<Box<str>>,
    /// Group the provider exports under.
    pub group: Option<Box<str>>,
    /// Application that exports the service, when the URL says.
    pub application: Option<Box<str>>,
    /// Token that the provider checks in the attachments.
    pub token: Option<Box<str>>,
    /// Load-balancing weight when warm; 0 is never chosen beside a provider with weight.
    pub weight: u32,
    /// Weights of single methods (`<method>.weight`), empty for almost every provider.
    pub method_weights: Box<[(Box<str>, u32)]>,
    /// How long a fresh provider takes to reach its full weight.
    pub warmup: Duration,
    /// When the provider started, milliseconds since the Unix epoch.
    pub timestamp_ms: Option<u64>,
}

impl Provider {
    /// Reads what balancing and calls need out of a provider URL.
    ///
    /// Strange numbers never refuse a provider: a weight below 0 counts as 0, one above `i32::MAX` as that,
    /// anything unreadable as absent.
    pub fn new(url: DubboUrl) -> Self {
        let text = |key: &str| url.get(key).filter(|value| !value.is_empty()).map(Box::from);
        let version = url.get("version").filter(|version| !matches!(*version, "" | "0.0.0")).map(Box::from);
        let path = url.path.trim_start_matches('/');
        let path = if path.is_empty() { url.get("interface").unwrap_or_default() } else { path };
        Self {
            host: url.host.as_str().into(),
            port: url.port,
            path: path.into(),
            version,
            group: text("group"),
            application: text("application"),
            token: url.get("token").filter(|token| !matches!(*token, "" | "false" | "0" | "null")).map(Box::from),
            weight: url.get("weight").and_then(weight).unwrap_or(DEFAULT_WEIGHT),
            method_weights: method_weights(&url),
            warmup: number(url.get("warmup")).map_or(DEFAULT_WARMUP, Duration::from_millis),
            timestamp_ms: number(url.get("timestamp")).and_then(started),
            url,
        }
    }

    /// The provider's own timeout for a method: `<method>.timeout`, `timeout`, then the `default.` forms of Dubbo 2.6.
    pub fn timeout(&self, method: &str) -> Option<Duration> {
        number(self.url.method_parameter(method, "timeout")).filter(|ms| *ms > 0).map(Duration::from_millis)
    }

    /// The silence after which the provider wants to be asked for a sign of life.
    pub fn heartbeat(&self) -> Option<Duration> {
        number(self.url.get("heartbeat")).filter(|ms| *ms > 0).map(Duration::from_millis)
    }

    /// The provider's own number of retries for a method, looked up like [`Provider::timeout`].
    pub fn retries(&self, method: &str) -> Option<u32> {
        self.url.method_parameter(method, "retries")?.trim().parse::<i64>().ok().map(|n| n.clamp(0, 100) as u32)
    }

    /// The weight for a method before warm-up is counted.
    pub fn weight_of(&self, method: &str) -> u32 {
        self.method_weights.iter().find(|(name, _)| **name == *method).map_or(self.weight, |(_, weight)| *weight)
    }

    /// `host:port`, with brackets around an IPv6 address.
    pub fn address(&self) -> String {
        address(&self.host, self.port)
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("address", &self.address()).field("path", &self.path).finish_non_exhaustive()
    }
}

/// Where a list of providers comes from, hence how far to trust it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    /// No list was seen yet: the registry has not answered and nothing was kept on disk.
    #[default]
    Pending,
    /// Written in the configuration.
    Static,
    /// What the registry says now.
    Live,
    /// Kept from an earlier run or an earlier configuration; the registry has not answered yet.
    LastKnown,
    /// The registry says "nobody" and that is not confirmed yet: the last good list goes on serving.
    Unconfirmed,
}

/// The providers of one service, immutable; a change publishes a new value.
#[derive(Debug, Default)]
pub struct Instances {
    /// Providers in the order of their URLs, without doubles.
    pub providers: Vec<Arc<Provider>>,
    /// Where the list comes from.
    pub origin: Origin,
    /// Entries left out because they could not be read.
    pub skipped: u32,
    /// `override://` URLs of the registry that matched the service, applied or not.
    pub overrides: Vec<DubboUrl>,
    /// `route://` and `condition://` URLs of the registry that matched the service, shown but not yet applied.
    pub routes: Vec<DubboUrl>,
}

impl Instances {
    /// A list from provider URLs, sorted and without doubles. A provider of `previous` whose URL is the same is kept,
    /// with the connections that workers hold to it.
    pub fn build(previous: &Self, urls: Vec<DubboUrl>, origin: Origin) -> Self {
        let known = previous.providers.iter().map(|provider| (provider.url.to_string(), provider));
        let known: HashMap<String, &Arc<Provider>> = known.collect();
        let urls: BTreeMap<String, DubboUrl> = urls.into_iter().map(|url| (url.to_string(), url)).collect();
        let keep = |(text, url)| known.get(&text).map_or_else(|| Arc::new(Provider::new(url)), |kept| (*kept).clone());
        Self { providers: urls.into_iter().map(keep).collect(), origin, ..Self::default() }
    }

    /// The same providers under another origin.
    pub fn with_origin(&self, origin: Origin) -> Self {
        Self {
            providers: self.providers.clone(),
            origin,
            skipped: self.skipped,
            overrides: self.overrides.clone(),
            routes: self.routes.clone(),
        }
    }

    /// Whether both hold the very same providers; the order counts, and the lists are sorted.
    pub fn same_providers(&self, other: &Self) -> bool {
        self.providers.len() == other.providers.len()
            && self.providers.iter().zip(&other.providers).all(|(a, b)| Arc::ptr_eq(a, b))
    }
}

fn number(text: Option<&str>) -> Option<u64> {
    text?.trim().parse().ok()
}

/// A weight as Java keeps it, an `int` that is not negative.
fn weight(text: &str) -> Option<u32> {
    text.trim().parse::<i64>().ok().map(|weight| weight.clamp(0, i64::from(i32::MAX)) as u32)
}

fn method_weights(url: &DubboUrl) -> Box<[(Box<str>, u32)]> {
    let named = url.parameters.iter().filter_map(|(key, value)| {
        let method = key.strip_suffix(".weight").filter(|method| *method != "default")?;
        Some((method.into(), weight(value)?))
    });
    named.collect()
}

/// Milliseconds since the epoch. dubbo-go writes seconds (seen in 3.3.1): nothing Dubbo runs on started before 1973.
fn started(timestamp: u64) -> Option<u64> {
    const SECONDS_BELOW: u64 = 100_000_000_000;
    match timestamp {
        0 => None,
        seconds if seconds < SECONDS_BELOW => Some(seconds * 1000),
        milliseconds => Some(milliseconds),
    }
}
