//! Which versions serve: an immutable table, taken once by a request and kept to its end.
//!
//! ```text
//!  Table ── name ─▶ Deployed ─┬─ stable ─▶ Version      everybody, or
//!                             └─ canary ─▶ Version      the part of the keys that the split takes
//! ```
//! Whoever keeps a [`Table`] or a [`Deployed`] keeps its versions alive; when the last one lets go, they end.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::{version::Version, words::FailurePolicy};

/// What serves under every plugin name. Never changes: a change makes another.
#[derive(Debug)]
pub struct Table<V = Version> {
    generation: u64,
    plugins: BTreeMap<Arc<str>, Arc<Deployed<V>>>,
}

impl<V> Default for Table<V> {
    /// No plugin serves.
    fn default() -> Self {
        Self { generation: 0, plugins: BTreeMap::new() }
    }
}

impl<V> Table<V> {
    pub(crate) fn new(generation: u64, plugins: BTreeMap<Arc<str>, Arc<Deployed<V>>>) -> Self {
        Self { generation, plugins }
    }

    /// What serves under `name`; `None`: no plugin of that name is declared.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Deployed<V>>> {
        self.plugins.get(name)
    }

    /// Every plugin, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Deployed<V>>> {
        self.plugins.values()
    }

    /// Whether it holds exactly these.
    pub(crate) fn is_of(&self, plugins: &BTreeMap<Arc<str>, Arc<Deployed<V>>>) -> bool {
        let is_here = |new: &Arc<Deployed<V>>| self.get(new.name()).is_some_and(|old| Arc::ptr_eq(old, new));
        self.plugins.len() == plugins.len() && plugins.values().all(is_here)
    }

    /// Counts up with every change.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }
}

/// What serves under one plugin name.
#[derive(Debug)]
pub struct Deployed<V = Version> {
    name: Arc<str>,
    stable: Option<Arc<V>>,
    canary: Option<Canary<V>>,
    on_failure: FailurePolicy,
}

impl<V> Deployed<V> {
    pub(crate) fn new(
        name: Arc<str>,
        stable: Option<Arc<V>>,
        canary: Option<Canary<V>>,
        on_failure: FailurePolicy,
    ) -> Self {
        Self { name, stable, canary, on_failure }
    }

    /// Whether the two say the same.
    pub(crate) fn same(&self, other: &Self) -> bool {
        let both = |one: Option<&Arc<V>>, other: Option<&Arc<V>>| match (one, other) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        let version = |deployed: &Self| deployed.canary.as_ref().map(|canary| Arc::clone(&canary.version));
        let split = |deployed: &Self| deployed.canary.as_ref().map(|canary| canary.split.clone());
        both(self.stable(), other.stable())
            && both(version(self).as_ref(), version(other).as_ref())
            && split(self) == split(other)
            && self.on_failure == other.on_failure
            && self.name == other.name
    }

    /// The plugin's name in the configuration.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The version for this exchange. `key` looks names up as `wants` does (`:client`, `request.x-user`, …) and is asked
    /// only while a canary runs. `None`: nothing serves now, because the first version is still awaited or the last one
    /// rests after a crash loop; then [`Deployed::on_failure`] holds.
    pub fn choose(&self, key: impl Fn(&str) -> Option<String>) -> Option<&Arc<V>> {
        match &self.canary {
            Some(canary) if canary.split.takes(key) => Some(&canary.version),
            _ => self.stable.as_ref(),
        }
    }

    /// What serves everybody whom no canary takes.
    #[must_use]
    pub fn stable(&self) -> Option<&Arc<V>> {
        self.stable.as_ref()
    }

    /// The version on trial, if there is one.
    #[must_use]
    pub fn canary(&self) -> Option<&Canary<V>> {
        self.canary.as_ref()
    }

    /// Every version that serves.
    pub fn versions(&self) -> impl Iterator<Item = &Arc<V>> {
        self.stable.iter().chain(self.canary.as_ref().map(|canary| &canary.version))
    }

    /// What becomes of a request when nothing serves, and when a version fails at it.
    #[must_use]
    pub fn on_failure(&self) -> FailurePolicy {
        self.on_failure
    }
}

/// A version that serves a part of the exchanges.
#[derive(Debug)]
pub struct Canary<V = Version> {
    /// The version on trial.
    pub version: Arc<V>,
    /// Which exchanges it gets.
    pub split: Split,
}

// By hand: a canary can be cloned although a version cannot.
impl<V> Clone for Canary<V> {
    fn clone(&self) -> Self {
        Self { version: Arc::clone(&self.version), split: self.split.clone() }
    }
}

/// The name that a canary by percent asks for when it was given none.
pub const DEFAULT_STICKY: &str = ":client";
/// A share is counted in hundredths of a percent.
const WHOLE: u64 = 10_000;

/// Which exchanges a canary gets.
#[derive(Debug, Clone, PartialEq)]
pub enum Split {
    /// Those whose key falls into this part of all keys. The same key falls the same way as long as the canary lasts, and a
    /// key that is in stays in when the share grows. An exchange without the key stays with the stable version.
    Share {
        /// Hundredths of a percent, at most 10,000.
        hundredths: u16,
        /// What the key is: any name that `wants` takes, such as `:client` or `request.x-user`.
        sticky: Arc<str>,
        /// Sets one canary's choice of keys apart from the next one's.
        salt: u64,
    },
    /// Those with this header field.
    Header {
        /// `request.NAME`, in lower case.
        key: Arc<str>,
        /// The value it must have; `None`: any.
        value: Option<Arc<str>>,
    },
}

impl Split {
    /// `percent` of the keys `sticky`. `canary` names the trial: another one takes other keys.
    ///
    /// # Errors
    /// When the percentage is no number from 0 to 100.
    pub fn share(percent: f64, sticky: Option<&str>, canary: &str) -> Result<Self, NotAShare> {
        if !(0.0..=100.0).contains(&percent) {
            return Err(NotAShare);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between 0 and 10,000")]
        let hundredths = (percent * 100.0).round() as u16;
        let sticky = sticky.unwrap_or(DEFAULT_STICKY).into();
        Ok(Self::Share { hundredths, sticky, salt: hash(0, canary.as_bytes()) })
    }

    /// Exchanges whose request has the field `name`, with `value` where one is given.
    #[must_use]
    pub fn header(name: &str, value: Option<&str>) -> Self {
        let key = format!("request.{}", name.to_ascii_lowercase()).into();
        Self::Header { key, value: value.map(Into::into) }
    }

    fn takes(&self, key: impl Fn(&str) -> Option<String>) -> bool {
        match self {
            Self::Share { hundredths, sticky, salt } => {
                key(sticky).is_some_and(|key| hash(*salt, key.as_bytes()) % WHOLE < u64::from(*hundredths))
            }
            Self::Header { key: name, value } => {
                key(name).is_some_and(|found| value.as_deref().is_none_or(|value| value == found))
            }
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share { hundredths, sticky, .. } => write!(f, "{} % by {sticky}", f64::from(*hundredths) / 100.0),
            Self::Header { key, value: None } => write!(f, "those with {key}"),
            Self::Header { key, value: Some(value) } => write!(f, "those with {key}: {value}"),
        }
    }
}

/// A percentage that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a percentage is a number from 0 to 100")]
pub struct NotAShare;

/// FNV-1a with the finish of MurmurHash3, so that every bit of the key moves every bit of the sum. Not for secrets: whoever
/// chooses his own key may choose his side.
fn hash(salt: u64, key: &[u8]) -> u64 {
    let sum = key
        .iter()
        .fold(0xcbf2_9ce4_8422_2325 ^ salt, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let mixed = (sum ^ (sum >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    mixed ^ (mixed >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployed(split: Option<Split>) -> Deployed<&'static str> {
        let canary = split.map(|split| Canary { version: Arc::new("canary"), split });
        Deployed::new("a".into(), Some(Arc::new("stable")), canary, FailurePolicy::Closed)
    }

    fn chosen(deployed: &Deployed<&'static str>, client: &str) -> &'static str {
        deployed.choose(|name| (name == ":client").then(|| client.to_owned())).map_or("nobody", |version| **version)
    }

    fn taken(split: &Split) -> Vec<u32> {
        let deployed = deployed(Some(split.clone()));
        (0..20_000)
            .filter(|client| chosen(&deployed, &format!("10.0.{}.{}", client >> 8, client & 255)) == "canary")
            .collect()
    }

    #[test]
    fn without_a_canary_no_key_is_asked_for() {
        let deployed = deployed(None);
        let version = deployed.choose(|name| panic!("asked for {name}"));
        assert_eq!(version.map(|version| **version), Some("stable"));
    }

    #[test]
    fn a_share_takes_about_its_percentage_of_the_keys_and_always_the_same_ones() {
        for percent in [1.0, 10.0, 33.3, 50.0, 90.0] {
            let split = Split::share(percent, None, "v2").unwrap();
            let (first, again) = (taken(&split), taken(&split));
            let seen = first.len() as f64 / 200.0;
            assert!((seen - percent).abs() < 1.2, "{percent} % became {seen} %");
            assert_eq!(first, again);
        }
        assert!(taken(&Split::share(0.0, None, "v2").unwrap()).is_empty());
        assert_eq!(taken(&Split::share(100.0, None, "v2").unwrap()).len(), 20_000);
    }

    #[test]
    fn who_is_in_stays_in_when_the_share_grows() {
        let (few, many) =
            (taken(&Split::share(5.0, None, "v2").unwrap()), taken(&Split::share(25.0, None, "v2").unwrap()));
        assert!(few.iter().all(|client| many.contains(client)));
    }

    #[test]
    fn the_next_canary_takes_other_keys() {
        let (one, other) =
            (taken(&Split::share(10.0, None, "v2").unwrap()), taken(&Split::share(10.0, None, "v3").unwrap()));
        let both = one.iter().filter(|client| other.contains(client)).count();
        assert!(both < one.len() / 4, "{both} of {} are the same", one.len());
    }

    #[test]
    fn an_exchange_without_the_key_stays_with_the_stable_version() {
        let deployed = deployed(Some(Split::share(100.0, Some("request.x-user"), "v2").unwrap()));
        assert_eq!(chosen(&deployed, "10.0.0.1"), "stable");
        let known = deployed.choose(|name| (name == "request.x-user").then(|| "ann".to_owned()));
        assert_eq!(known.map(|version| **version), Some("canary"));
    }

    #[test]
    fn a_header_takes_those_who_send_it() {
        let ask = |split: Split, sent: Option<&str>| {
            let deployed = deployed(Some(split));
            let version = deployed.choose(|name| sent.filter(|_| name == "request.x-beta").map(str::to_owned));
            version.map(|version| **version)
        };
        assert_eq!(ask(Split::header("X-Beta", None), Some("")), Some("canary"));
        assert_eq!(ask(Split::header("X-Beta", None), None), Some("stable"));
        assert_eq!(ask(Split::header("X-Beta", Some("yes")), Some("yes")), Some("canary"));
        assert_eq!(ask(Split::header("X-Beta", Some("yes")), Some("no")), Some("stable"));
    }

    #[test]
    fn a_percentage_lies_between_0_and_100() {
        for bad in [-0.1, 100.1, f64::NAN, f64::INFINITY] {
            assert_eq!(Split::share(bad, None, "v2"), Err(NotAShare), "{bad}");
        }
    }
}
