//! Limits on how many requests one key may make, shared by all workers and kept over versions.
//!
//! A sliding window, estimated: what the window before counted is taken to have come evenly, so that its share fades out while
//! the current window goes on. A request that is refused does not count.

use serde::Deserialize;
use yumen_plugin::counters::{self, Window};
use yumen_plugin::{FailurePolicy, Filter, Manifest, Reply, Request, Response, Verdict};

mod limit;

use limit::{Limit, Standing};

/// Who may make how many requests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    limits: Vec<Rate>,
    #[serde(default = "client")]
    key: Vec<String>,
    #[serde(default = "shared")]
    name: String,
    #[serde(default = "yes")]
    fields: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rate {
    requests: u32,
    per: String,
}

fn client() -> Vec<String> {
    vec![":client".to_owned()]
}

fn shared() -> String {
    "requests".to_owned()
}

const fn yes() -> bool {
    true
}

/// The plugin.
pub struct RateLimit {
    limits: Vec<Limit>,
    key: Vec<String>,
    fields: bool,
    policy: String,
}

impl Filter for RateLimit {
    type Config = Config;

    fn describe() -> Manifest {
        yumen_plugin::manifest!()
            .schema(include_str!("../config.schema.json"))
            .on_request::<&str>([])
            .on_failure(FailurePolicy::Open)
    }

    fn configure(config: Config) -> Result<RateLimit, String> {
        let mut limits = Vec::new();
        for rate in config.limits {
            let window = milliseconds(&rate.per)?;
            if rate.requests == 0 || limits.len() == 100 || limits.iter().any(|known: &Limit| known.window == window) {
                return Err(format!("{} requests per {} limit nothing of their own", rate.requests, rate.per));
            }
            let counters = Window::open(&config.name, window).map_err(|error| format!("the counters: {error:?}"))?;
            limits.push(Limit { requests: i64::from(rate.requests), window, counters });
        }
        if limits.is_empty() {
            return Err("no limits: name at least one".to_owned());
        }
        let policies: Vec<String> = limits.iter().map(Limit::policy).collect();
        Ok(RateLimit { limits, key: config.key, fields: config.fields, policy: policies.join(", ") })
    }

    fn configured(&self, manifest: Manifest) -> Manifest {
        let manifest = manifest.on_request(self.key.iter().map(String::as_str));
        if self.fields { manifest.on_response::<&str>([]) } else { manifest }
    }

    fn on_request(&self, request: &Request) -> Verdict {
        let slot = slot((0..self.key.len()).map(|place| request.wanted.at(place)));
        // The limit that leaves the least; what was counted before it refused is taken back.
        let mut tightest: Option<(usize, Standing)> = None;
        for (at, limit) in self.limits.iter().enumerate() {
            let standing = limit.count(slot);
            if standing.remaining < 0 {
                self.limits[..=at].iter().for_each(|counted| counted.take_back(slot));
                return self.refuse(&standing);
            }
            if tightest.as_ref().is_none_or(|(_, known)| standing.remaining < known.remaining) {
                tightest = Some((at, standing));
            }
        }
        match tightest {
            Some((at, standing)) if self.fields => Verdict::next().state(standing.packed(at)),
            _ => Verdict::next(),
        }
    }

    fn on_response(&self, response: &Response) -> Verdict {
        match Standing::unpacked(response.state) {
            Some((limit, remaining, reset)) => Verdict::next()
                .set("ratelimit-policy", self.policy.as_str())
                .set("ratelimit-limit", self.limits.get(limit).map_or(0, |limit| limit.requests).to_string())
                .set("ratelimit-remaining", remaining.to_string())
                .set("ratelimit-reset", reset.to_string()),
            None => Verdict::next(),
        }
    }
}

impl RateLimit {
    fn refuse(&self, standing: &Standing) -> Verdict {
        let wait = standing.wait.div_ceil(1000).max(1).to_string();
        let mut reply = Reply::problem(429, "Too many requests", &format!("try again in {wait} s"))
            .field("retry-after", wait.as_str());
        if self.fields {
            reply = reply
                .field("ratelimit-policy", self.policy.as_str())
                .field("ratelimit-limit", standing.requests.to_string())
                .field("ratelimit-remaining", "0")
                .field("ratelimit-reset", wait);
        }
        Verdict::reply(reply)
    }
}

/// The slot that a key's values count in.
fn slot<'a>(values: impl Iterator<Item = Option<&'a str>>) -> u64 {
    let mut key = Vec::new();
    for value in values {
        // Length first, so that no two lists of values look alike; an absent value is none of them.
        key.extend_from_slice(&value.map_or(u32::MAX, |value| value.len() as u32).to_le_bytes());
        key.extend_from_slice(value.unwrap_or_default().as_bytes());
    }
    counters::hash(&key)
}

/// `500ms`, `1s`, `10m`, `1h`, `1d`.
fn milliseconds(text: &str) -> Result<u32, String> {
    let digits = text.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit: u32 = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => 0,
    };
    let length = number.parse::<u32>().ok().and_then(|number| number.checked_mul(unit));
    length.filter(|length| *length >= 100).ok_or(format!("`{text}` is no window: 100ms to 49d, as in 1s, 10m, 1h"))
}

yumen_plugin::export_filter!(RateLimit);

#[cfg(test)]
mod tests;
