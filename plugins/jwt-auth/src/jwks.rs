//! Key sets that an HTTP cluster serves: fetched by side call, kept here and, if a bucket is granted, for all workers.
//!
//! A key id that nobody knows fetches the set again, but not more often than the cooldown, so that forged ids cannot make the
//! gateway hammer the issuer: the cooldown is the whole gateway's where there is a bucket, else each instance's own. While the
//! issuer is away the keys we have go on serving, up to `stale_s`.

use std::cell::RefCell;

use yumen_plugin::{http, kv, log};

use crate::config::JwksConfig;
use crate::key::{self, Jwk, Key};
use crate::token::Token;

/// There are no keys, and none could be fetched.
#[derive(Debug)]
pub(crate) struct KeysError;

/// A key set and where it is from.
pub(crate) struct Jwks {
    cluster: String,
    path: String,
    refresh: u64,
    stale: u64,
    cooldown: u64,
    timeout_ms: u32,
    bucket: Option<String>,
    set: RefCell<Set>,
}

/// The keys that this instance holds.
#[derive(Default)]
struct Set {
    keys: Vec<Key>,
    /// When they were fetched, in milliseconds since 1970; 0 for never.
    fetched: u64,
    /// When we last tried.
    tried: u64,
}

impl Jwks {
    pub(crate) fn new(config: &JwksConfig) -> Result<Jwks, String> {
        if !config.path.starts_with('/') {
            return Err(format!("jwks: the path `{}` begins with `/`", config.path));
        }
        Ok(Jwks {
            cluster: config.cluster.clone(),
            path: config.path.clone(),
            refresh: u64::from(config.refresh_s.max(1)) * 1000,
            stale: u64::from(config.stale_s.max(config.refresh_s)) * 1000,
            cooldown: u64::from(config.cooldown_s.max(1)) * 1000,
            timeout_ms: config.timeout_ms,
            bucket: config.bucket.clone(),
            set: RefCell::default(),
        })
    }

    /// For how long a set is taken to be current, in milliseconds.
    pub(crate) fn refresh(&self) -> u64 {
        self.refresh
    }

    /// Whether a key of the set signed the token. A token with an unknown key fetches the set again, at most once a cooldown.
    pub(crate) fn signed(&self, token: &Token, now: u64) -> Result<bool, KeysError> {
        if self.set.borrow().fetched + self.refresh <= now {
            self.renew(now, self.refresh);
        }
        if !key::any_known(&self.set.borrow().keys, token) {
            self.renew(now, self.cooldown);
        }
        let set = self.set.borrow();
        if set.fetched == 0 || set.fetched + self.stale <= now {
            return Err(KeysError);
        }
        Ok(key::any_signed(&set.keys, token))
    }

    /// Gets a set that is younger than `age`: from the bucket, else from the cluster.
    fn renew(&self, now: u64, age: u64) {
        if let Some((fetched, text)) = self.shared()
            && fetched + age > now
            && fetched > self.set.borrow().fetched
        {
            self.keep(fetched, &text);
            return;
        }
        let tried = self.set.borrow().tried;
        if tried != 0 && tried + self.cooldown > now || !self.is_our_turn(now) {
            return;
        }
        self.set.borrow_mut().tried = now;
        match self.fetch() {
            Ok(text) => {
                if self.keep(now, &text) {
                    self.share(now, &text);
                }
            }
            Err(why) => log::warn!("the key set of {} cannot be fetched: {why}", self.cluster),
        }
    }

    /// Whether no other instance has fetched, or tried to, within the cooldown. Who has no keys at all does not wait for another's fetch.
    fn is_our_turn(&self, now: u64) -> bool {
        let Some(bucket) = &self.bucket else {
            return true;
        };
        let name = format!("jwks-tried/{}{}", self.cluster, self.path);
        let ttl = self.cooldown.try_into().unwrap_or(u32::MAX);
        match kv::swap(bucket, &name, &now.to_le_bytes(), 0, ttl) {
            Err(kv::Error::Conflict) => self.set.borrow().fetched == 0 && self.is_under_way(bucket, &name, now),
            // Without the bucket's word each instance keeps the cooldown by itself.
            Ok(_) | Err(_) => true,
        }
    }

    /// Whether the fetch that was noted there may still be waiting for its answer.
    fn is_under_way(&self, bucket: &str, name: &str, now: u64) -> bool {
        let begun = kv::get(bucket, name).ok().flatten().and_then(|entry| entry.value.try_into().ok());
        begun.is_none_or(|begun| u64::from_le_bytes(begun) + u64::from(self.timeout_ms) > now)
    }

    fn fetch(&self) -> Result<String, String> {
        let request = http::Request::new(&self.cluster, "GET", &self.path).field("accept", "application/json");
        let response = request.timeout_ms(self.timeout_ms).send().map_err(|error| format!("{error:?}"))?;
        if response.status != 200 {
            return Err(format!("status {}", response.status));
        }
        String::from_utf8(response.body).map_err(|_| "no UTF-8".to_owned())
    }

    /// Takes the set over if it is one with keys; what is not known here is left out.
    fn keep(&self, fetched: u64, text: &str) -> bool {
        let keys = match keys(text) {
            Some(keys) if !keys.is_empty() => keys,
            _ => {
                log::warn!("the key set of {} holds no key that can be used", self.cluster);
                return false;
            }
        };
        let mut set = self.set.borrow_mut();
        set.keys = keys;
        set.fetched = fetched;
        true
    }

    fn shared(&self) -> Option<(u64, String)> {
        let entry = kv::get(self.bucket.as_deref()?, &self.name()).ok()??;
        let (moment, text) = entry.value.split_at_checked(8)?;
        Some((u64::from_le_bytes(moment.try_into().ok()?), String::from_utf8(text.to_vec()).ok()?))
    }

    fn share(&self, now: u64, text: &str) {
        if let Some(bucket) = &self.bucket {
            let value = [&now.to_le_bytes(), text.as_bytes()].concat();
            if let Err(error) = kv::put(bucket, &self.name(), &value, self.stale.try_into().unwrap_or(u32::MAX)) {
                log::warn!("the key set cannot be kept in the bucket {bucket}: {error:?}");
            }
        }
    }

    fn name(&self) -> String {
        format!("jwks/{}{}", self.cluster, self.path)
    }
}

/// The keys of a set (RFC 7517, 5) that can be used; `None` when it is no set.
fn keys(text: &str) -> Option<Vec<Key>> {
    let set: serde_json::Value = serde_json::from_str(text).ok()?;
    let usable = |jwk: &serde_json::Value| {
        let jwk: Jwk = serde_json::from_value(jwk.clone()).ok()?;
        Key::public(&jwk)
    };
    Some(set.get("keys")?.as_array()?.iter().filter_map(usable).collect())
}
