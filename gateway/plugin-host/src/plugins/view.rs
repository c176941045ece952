//! What is shown of plugins: to the admin API, and through it to people.

use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use serde::Serialize;
use serde_json::Value;

use super::{ChangeError, Plugins, SplitWish, entry::Entry};
use crate::{
    deployed::{Deployed, Split},
    spec::{Digest, Grants, Isolation},
    version::Version,
    watch::Watch,
    words::FailurePolicy,
};

/// One plugin, as it stands.
#[derive(Debug, Clone, Serialize)]
pub struct PluginView {
    /// Name in the configuration.
    pub name: String,
    /// Where its module comes from.
    pub source: String,
    /// Which of the contract's worlds it is; `None` before the first version.
    pub kind: Option<&'static str>,
    /// Tells one state of this plugin from another.
    pub etag: String,
    /// Id of the version that serves everybody whom no canary takes.
    pub stable: Option<String>,
    /// The version on trial.
    pub canary: Option<CanaryView>,
    /// Id of the version that a rollback turns to.
    pub previous: Option<String>,
    /// Every version that is known, the newest first.
    pub versions: Vec<VersionView>,
    /// What happens to a request when the plugin fails at it: `closed`, `open` or `reload`.
    pub on_failure: &'static str,
    /// `Accepted`: what the configuration names could be loaded. `Programmed`: a version serves.
    pub conditions: Vec<Condition>,
    /// How what serves differs from what the configuration names, if it does.
    pub drift: Option<String>,
    /// What the gateway did last by itself.
    pub note: Option<String>,
}

/// The version on trial.
#[derive(Debug, Clone, Serialize)]
pub struct CanaryView {
    /// Its id.
    pub version: String,
    /// Which exchanges it gets.
    #[serde(flatten)]
    pub split: SplitWish,
    /// When it is taken out.
    pub watch: Watch,
}

/// One condition, as Kubernetes has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// Its name.
    pub r#type: &'static str,
    /// Whether it holds.
    pub status: bool,
    /// One word for programs.
    pub reason: &'static str,
    /// In plain words.
    pub message: String,
}

/// What a version is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It serves everybody whom no canary takes.
    Stable,
    /// It serves a part.
    Canary,
    /// It crash-loops and is left alone for a while.
    Resting,
    /// It is kept warm for a rollback.
    Previous,
    /// It serves what began with it, and ends then.
    Draining,
    /// It is loaded and could serve.
    Ready,
    /// Its module is kept; it is loaded when it is wanted.
    Kept,
}

/// One version, in short.
#[derive(Debug, Clone, Serialize)]
pub struct VersionView {
    /// Its id: module, settings, limits and grants in twelve digits.
    pub id: String,
    /// Digest of its module.
    pub digest: String,
    /// What the plugin calls it.
    pub version: String,
    /// What it is doing.
    pub state: State,
    /// Where its module came from; empty when that is not known any more.
    pub origin: String,
    /// Bytes of its module.
    pub size: usize,
    /// When its module first came, in seconds since 1970.
    pub since: u64,
}

/// One version, whole.
#[derive(Debug, Clone, Serialize)]
pub struct VersionDetail {
    /// In short.
    #[serde(flatten)]
    pub short: VersionView,
    /// What it says about itself; `None` as long as it is not loaded.
    pub manifest: Option<Value>,
    /// JSON Schema of its settings.
    pub config_schema: Option<Value>,
    /// Digest of its settings, which are not shown themselves.
    pub config_digest: String,
    /// What its module imports, exports and asks for.
    pub inspection: Option<Value>,
    /// Its budgets.
    pub limits: Value,
    /// What it may reach.
    pub grants: Grants,
    /// Whether its instances serve one exchange after the other.
    pub isolation: Isolation,
}

/// What one version did so far.
#[derive(Debug, Clone, Serialize)]
pub struct StatisticsView {
    /// Its id.
    pub version: String,
    /// What it is doing.
    pub state: State,
    /// Callbacks, failed ones included.
    pub calls: u64,
    /// Those that failed.
    pub failures: u64,
    /// Those that trapped.
    pub traps: u64,
    /// Those that ran out of time.
    pub timeouts: u64,
    /// Those that spent a budget.
    pub budgets: u64,
    /// Those whose answer did not hold.
    pub invalid: u64,
    /// Those for which no instance was free.
    pub refused: u64,
    /// Those for which a new instance could not be made.
    pub starts: u64,
    /// Instances that live now.
    pub instances: u64,
    /// Bytes of their memory.
    pub memory_bytes: u64,
    /// Instances that were made so far.
    pub instances_made: u64,
    /// Half of all callbacks took less, in nanoseconds.
    pub p50_nanoseconds: u64,
    /// All but one in a hundred took less, in nanoseconds.
    pub p99_nanoseconds: u64,
    /// Exchanges and calls that ended and at which it did not fail itself.
    pub answers: u64,
    /// Those of them that ended with a fault of the server's side: a status of 5xx, a call without a result.
    pub errors: u64,
    /// Lines of log that were over the limit.
    pub dropped_lines: u64,
    /// The last failure.
    pub last_failure: Option<String>,
}

impl StatisticsView {
    fn of(version: &Version, state: State) -> Self {
        let seen = version.statistics();
        let nanoseconds = |span: Duration| u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        Self {
            version: version.id().to_owned(),
            state,
            failures: seen.failures(),
            calls: seen.calls,
            traps: seen.traps,
            timeouts: seen.timeouts,
            budgets: seen.budgets,
            invalid: seen.invalid,
            refused: seen.refused,
            starts: seen.starts,
            instances: seen.instances,
            memory_bytes: seen.memory,
            instances_made: seen.made,
            p50_nanoseconds: nanoseconds(seen.p50),
            p99_nanoseconds: nanoseconds(seen.p99),
            answers: seen.answers,
            errors: seen.errors,
            dropped_lines: seen.dropped_lines,
            last_failure: seen.last_failure.map(|(_, failure)| failure.to_string()),
        }
    }
}

impl Plugins {
    /// Every plugin, by name.
    pub fn list(&self) -> Vec<PluginView> {
        self.inside().entries.values().map(Entry::view).collect()
    }

    /// One plugin.
    ///
    /// # Errors
    /// [`ChangeError::UnknownPlugin`].
    pub fn show(&self, name: &str) -> Result<PluginView, ChangeError> {
        Ok(self.inside().entry(name)?.view())
    }

    /// One version, by its id or the digest of its module.
    ///
    /// # Errors
    /// When there is no such plugin or version.
    pub fn version_of(&self, name: &str, wanted: &str) -> Result<VersionDetail, ChangeError> {
        let mut inside = self.inside();
        let entry = inside.entry(name)?;
        let unknown = || ChangeError::UnknownVersion { plugin: name.to_owned(), version: wanted.to_owned() };
        if let Some(version) = entry.find(wanted).cloned() {
            return Ok(entry.detail_of(&version));
        }
        let digest = entry.digest_of(wanted).ok_or_else(unknown)?;
        let short = entry.versions().into_iter().find(|version| version.digest == digest.to_string());
        Ok(entry.detail(short.ok_or_else(unknown)?, None))
    }

    /// What the versions did that are loaded, those that drain among them.
    ///
    /// # Errors
    /// [`ChangeError::UnknownPlugin`].
    pub fn statistics(&self, name: &str) -> Result<Vec<StatisticsView>, ChangeError> {
        let mut inside = self.inside();
        let entry = inside.entry(name)?;
        Ok(entry.loaded().iter().map(|(version, state)| StatisticsView::of(version, *state)).collect())
    }

    /// Why a restart would not know what serves now, if the disk refuses to keep it.
    pub fn unkept(&self) -> Option<String> {
        self.inside().unkept.clone()
    }
}

impl Entry {
    /// Tells one state from another: what serves, what is on trial and how, what may be turned to, which versions there are.
    pub(super) fn tag(&self) -> String {
        let id = |version: Option<&Arc<Version>>| version.map_or("-".to_owned(), |version| version.id().to_owned());
        let canary = self.line.canary();
        let split = canary.map(|canary| canary.split.to_string());
        let modules: Vec<String> = self.modules.iter().map(|module| module.digest.to_string()).collect();
        let text = format!(
            "{} {} {} {split:?} {:?} {modules:?} {:?}",
            id(self.line.stable()),
            id(self.line.previous()),
            id(canary.map(|canary| &canary.version)),
            self.line.canary_watch(),
            self.chosen,
        );
        Digest::of(text.as_bytes()).hex()[..16].to_owned()
    }

    pub(super) fn view(&self) -> PluginView {
        let id = |version: &Arc<Version>| version.id().to_owned();
        let any = self.in_line().next().or(self.ready.last());
        PluginView {
            name: self.declared.spec.name.to_string(),
            source: self.declared.source.to_string(),
            kind: any.map(|version| version.kind().as_str()),
            etag: self.tag(),
            stable: self.line.stable().map(id),
            canary: self.line.canary().map(|canary| CanaryView {
                version: id(&canary.version),
                split: (&canary.split).into(),
                watch: self.line.canary_watch().unwrap_or_default(),
            }),
            previous: self.line.previous().map(id),
            versions: self.versions(),
            on_failure: match self.line.on_failure() {
                FailurePolicy::Closed => "closed",
                FailurePolicy::Open => "open",
                FailurePolicy::Reload => "reload",
            },
            conditions: vec![self.accepted(), self.programmed()],
            drift: self.drift(),
            note: self.note.clone(),
        }
    }

    fn accepted(&self) -> Condition {
        let (status, reason, message) = match &self.source.refused {
            Some(refused) => (false, refused.reason, refused.message.clone()),
            None => (true, "Loaded", format!("declared with source {}", self.declared.source)),
        };
        Condition { r#type: "Accepted", status, reason, message }
    }

    fn programmed(&self) -> Condition {
        let policy = match self.line.on_failure() {
            FailurePolicy::Open => "requests go on without it",
            FailurePolicy::Closed | FailurePolicy::Reload => "its requests are refused",
        };
        let (status, reason, message) = match (self.line.stable(), self.line.rests_until()) {
            (None, _) if self.source.refused.is_some() => {
                (false, "SourceAway", format!("waiting for {}; {policy}", self.declared.source))
            }
            (None, _) => (false, "WaitingForUpload", format!("no version was activated yet; {policy}")),
            (Some(stable), Some(until)) => {
                let seconds = until.saturating_duration_since(Instant::now()).as_secs_f64().ceil();
                let keeps_trying = self.line.on_failure() == FailurePolicy::Reload;
                let meanwhile = if keeps_trying { "it is tried all the same" } else { policy };
                let message = format!("{} crash-loops and rests for {seconds} s more; {meanwhile}", stable.id());
                (keeps_trying, "CrashLoop", message)
            }
            (Some(stable), None) => match self.line.canary() {
                Some(canary) => {
                    let message = format!("{} serves, and {} gets {}", stable.id(), canary.version.id(), canary.split);
                    (true, "Canary", message)
                }
                None if self.line.probation().is_some() => {
                    (true, "Watched", format!("{} serves and is new", stable.id()))
                }
                None => (true, "Serving", format!("{} serves", stable.id())),
            },
        };
        Condition { r#type: "Programmed", status, reason, message }
    }

    fn drift(&self) -> Option<String> {
        let stable = self.line.stable()?;
        let (id, serves) = (stable.id(), stable.digest());
        let held = self.source.digest.filter(|held| held != serves && self.chosen.is_some());
        match held {
            Some(held) => Some(format!("serves {serves} ({id}) by a decision; {} holds {held}", self.declared.source)),
            None if self.as_declared(stable) => None,
            None => {
                let declared = self.declared.spec.id_of(serves);
                Some(format!("serves {id} with earlier settings, limits or grants; as declared now it is {declared}"))
            }
        }
    }

    /// Every loaded version with what it is doing, each once.
    pub(super) fn loaded(&self) -> Vec<(Arc<Version>, State)> {
        let stable = if self.line.rests_until().is_some() { State::Resting } else { State::Stable };
        let used = |version: &Arc<Version>| self.retired.iter().any(|retired| uses(retired, version));
        let rest = |version: &Arc<Version>, state| if used(version) { State::Draining } else { state };
        let mut all: Vec<(Arc<Version>, State)> = Vec::new();
        all.extend(self.line.stable().map(|version| (Arc::clone(version), stable)));
        all.extend(self.line.canary().map(|canary| (Arc::clone(&canary.version), State::Canary)));
        all.extend(self.line.previous().map(|version| (Arc::clone(version), rest(version, State::Previous))));
        all.extend(self.ready.iter().rev().map(|version| (Arc::clone(version), rest(version, State::Ready))));
        let drained = self.retired.iter().filter(|(deployed, _)| Weak::strong_count(deployed) > 0);
        let draining = drained.flat_map(|(_, versions)| versions).filter_map(Weak::upgrade);
        all.extend(draining.map(|version| (version, State::Draining)));
        let mut once: Vec<(Arc<Version>, State)> = Vec::new();
        for (version, state) in all {
            if !once.iter().any(|(known, _)| Arc::ptr_eq(known, &version)) {
                once.push((version, state));
            }
        }
        once
    }

    /// Every version, the newest module first.
    pub(super) fn versions(&self) -> Vec<VersionView> {
        let loaded = self.loaded();
        let mut views: Vec<VersionView> = loaded.iter().map(|(version, state)| self.short(version, *state)).collect();
        for module in &self.modules {
            if !loaded.iter().any(|(version, _)| *version.digest() == module.digest) {
                views.push(VersionView {
                    id: self.declared.spec.id_of(&module.digest),
                    digest: module.digest.to_string(),
                    version: module.says.clone(),
                    state: State::Kept,
                    origin: module.origin.clone(),
                    size: module.size,
                    since: module.since,
                });
            }
        }
        views.sort_by_key(|view| std::cmp::Reverse(view.since));
        views
    }

    fn short(&self, version: &Version, state: State) -> VersionView {
        let module = self.modules.iter().find(|module| module.digest == *version.digest());
        VersionView {
            id: version.id().to_owned(),
            digest: version.digest().to_string(),
            version: version.manifest().version.clone(),
            state,
            origin: module.map(|module| module.origin.clone()).unwrap_or_default(),
            size: module.map_or(0, |module| module.size),
            since: module.map_or(0, |module| module.since),
        }
    }

    /// A loaded version, whole.
    pub(super) fn detail_of(&self, version: &Arc<Version>) -> VersionDetail {
        let loaded = self.loaded();
        let state =
            loaded.iter().find(|(known, _)| Arc::ptr_eq(known, version)).map_or(State::Ready, |(_, state)| *state);
        self.detail(self.short(version, state), Some(version))
    }

    fn detail(&self, short: VersionView, version: Option<&Arc<Version>>) -> VersionDetail {
        let spec = version.map_or(&self.declared.spec, |version| version.spec());
        VersionDetail {
            short,
            manifest: version.map(|version| manifest(version)),
            config_schema: version.and_then(|version| serde_json::from_str(&version.manifest().config_schema).ok()),
            config_digest: Digest::of(spec.config.as_bytes()).to_string(),
            inspection: version.and_then(|version| serde_json::to_value(version.inspection()).ok()),
            limits: serde_json::to_value(&spec.limits).unwrap_or_default(),
            grants: spec.grants.clone(),
            isolation: spec.isolation,
        }
    }

    /// The module of the version that `wanted` names.
    pub(super) fn digest_of(&self, wanted: &str) -> Option<Digest> {
        let module = || self.module(wanted).map(|module| module.digest);
        self.find(wanted).map(|version| *version.digest()).or_else(module)
    }
}

/// Whether something that was replaced uses a version still.
fn uses((deployed, versions): &(Weak<Deployed>, Vec<Weak<Version>>), version: &Arc<Version>) -> bool {
    Weak::strong_count(deployed) > 0 && versions.iter().any(|old| std::ptr::eq(old.as_ptr(), Arc::as_ptr(version)))
}

fn manifest(version: &Version) -> Value {
    let manifest = version.manifest();
    serde_json::json!({
        "name": manifest.name,
        "version": manifest.version,
        "kind": version.kind(),
        "request_wants": manifest.request_wants,
        "call_wants": manifest.call_wants,
        "response_wants": manifest.response_wants,
    })
}

impl From<&Split> for SplitWish {
    fn from(split: &Split) -> Self {
        match split {
            Split::Share { hundredths, sticky, .. } => Self {
                percent: Some(f64::from(*hundredths) / 100.0),
                sticky: Some(sticky.to_string()),
                ..Self::default()
            },
            Split::Header { key, value } => Self {
                header: Some(key.trim_start_matches("request.").to_owned()),
                value: value.as_deref().map(str::to_owned),
                ..Self::default()
            },
        }
    }
}
