//! What is known of one plugin name: how it was declared, its versions, and how its source stands.

use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant, SystemTime},
};

use super::{crash::Counts, declare::Declared, line::Line, trial::Counted};
use crate::{
    Digest, LoadError, Step,
    deployed::{Deployed, Split},
    source::Stamp,
    statistics::Times,
    store::{Chosen, Kept, KeptCanary, KeptSplit, Module},
    version::Version,
    words::FailurePolicy,
};

/// Versions that are loaded and do not serve; older ones are loaded again when they are wanted.
const READY: usize = 4;
/// Modules that are kept; the oldest that nobody uses goes.
const MODULES: usize = 32;

impl Counted for Version {
    fn counts(&self) -> Counts {
        let seen = self.statistics();
        // That every instance was busy is the load's fault, not the version's.
        let failures = seen.failures() - seen.refused;
        Counts { calls: seen.calls, failures, answers: seen.answers, errors: seen.errors }
    }

    fn times(&self) -> Times {
        self.core().charter.counts.times()
    }

    fn on_failure(&self) -> FailurePolicy {
        self.manifest().on_failure
    }
}

/// One plugin name.
pub(super) struct Entry {
    pub(super) declared: Declared,
    pub(super) line: Line<Version>,
    /// Loaded as declared now, whether they serve or not; the oldest first.
    pub(super) ready: Vec<Arc<Version>>,
    /// Every module that may serve, the oldest first.
    pub(super) modules: Vec<Module>,
    pub(super) source: SourceState,
    pub(super) chosen: Option<Chosen>,
    /// What served before and is used still.
    pub(super) retired: Vec<(Weak<Deployed>, Vec<Weak<Version>>)>,
    /// What the gateway did last by itself.
    pub(super) note: Option<String>,
}

/// How the source stands.
#[derive(Debug, Default)]
pub(super) struct SourceState {
    /// What it held when it was last taken.
    pub(super) digest: Option<Digest>,
    /// The file as it was when it was last read, and as it was when it was last looked at.
    pub(super) read: Stamp,
    pub(super) looked: Stamp,
    /// Why what it holds now does not serve.
    pub(super) refused: Option<Refused>,
    /// When it is tried again, and the pause after that.
    pub(super) retry: Option<(Instant, Duration)>,
}

/// Why what a source holds does not serve.
#[derive(Debug, Clone)]
pub(super) struct Refused {
    /// One word for programs.
    pub(super) reason: &'static str,
    /// In plain words.
    pub(super) message: String,
}

impl Entry {
    pub(super) fn new(declared: Declared, now: Instant) -> Self {
        Self {
            line: Line::empty(now, declared.spec.on_failure),
            declared,
            ready: Vec::new(),
            modules: Vec::new(),
            source: SourceState::default(),
            chosen: None,
            retired: Vec::new(),
            note: None,
        }
    }

    /// The loaded version with this id, or of the module with this digest (as declared now).
    pub(super) fn find(&self, wanted: &str) -> Option<&Arc<Version>> {
        let places = self.line.stable().into_iter().chain(self.line.canary().map(|canary| &canary.version));
        let all = || places.clone().chain(self.line.previous()).chain(self.ready.iter().rev());
        all()
            .find(|version| version.id() == wanted)
            .or_else(|| self.ready.iter().find(|version| version.digest().to_string() == wanted))
    }

    /// The module that `wanted` names: by its digest, or by the id that it has as declared now.
    pub(super) fn module(&self, wanted: &str) -> Option<&Module> {
        let names = |module: &&Module| {
            module.digest.to_string() == wanted || self.declared.spec.id_of(&module.digest) == wanted
        };
        self.modules.iter().find(names)
    }

    /// What is known of the module with this digest.
    pub(super) fn module_of(&self, digest: &Digest) -> Module {
        let unknown =
            || Module { digest: *digest, origin: "upload".to_owned(), says: String::new(), size: 0, since: 0 };
        self.modules.iter().find(|module| module.digest == *digest).cloned().unwrap_or_else(unknown)
    }

    /// The loaded version of a module, as declared now.
    pub(super) fn ready(&self, digest: &Digest) -> Option<&Arc<Version>> {
        self.ready.iter().find(|version| version.digest() == digest)
    }

    /// Refuses a version that what uses the plugin could not use, and one of another kind than those before it.
    pub(super) fn fits(&self, version: &Version) -> Result<(), LoadError> {
        if let Some(fault) = self.declared.part.fault(version) {
            return Err(LoadError::new(Step::Describe, fault));
        }
        match self.in_line().next().or(self.ready.last()).map(|known| known.kind()) {
            Some(kind) if kind != version.kind() => {
                let message = format!("this is a {}, and the plugin is a {kind}", version.kind());
                Err(LoadError::new(Step::Inspect, message))
            }
            _ => Ok(()),
        }
    }

    /// Takes a version that was loaded as declared now, and notes its module.
    pub(super) fn take(&mut self, version: &Arc<Version>, origin: &str, size: usize) {
        self.ready.retain(|known| known.digest() != version.digest());
        self.ready.push(Arc::clone(version));
        if !self.modules.iter().any(|module| module.digest == *version.digest()) {
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
            self.modules.push(Module {
                digest: *version.digest(),
                origin: origin.to_owned(),
                says: version.manifest().version.clone(),
                size,
                since,
            });
        }
        self.thin_out();
    }

    /// Lets the oldest go that nobody uses.
    pub(super) fn thin_out(&mut self) {
        let serving: Vec<_> = self.in_line().map(|version| *version.digest()).collect();
        while self.ready.iter().filter(|version| !serving.contains(version.digest())).count() > READY {
            let oldest = self.ready.iter().position(|version| !serving.contains(version.digest()));
            oldest.map(|oldest| self.ready.remove(oldest));
        }
        while self.modules.len() > MODULES {
            let source = &self.source.digest;
            let unused = |module: &Module| !serving.contains(&module.digest) && Some(&module.digest) != source.as_ref();
            let Some(oldest) = self.modules.iter().position(unused) else { return };
            self.modules.remove(oldest);
        }
    }

    /// Whether a version runs with the settings, limits and grants that are declared now.
    pub(super) fn as_declared(&self, version: &Version) -> bool {
        version.id() == self.declared.spec.id_of(version.digest())
    }

    /// From now on this is what the configuration says. Nothing turns by itself to what ran as it says no more: a grant that was
    /// taken away stays away.
    pub(super) fn declare(&mut self, declared: Declared) {
        self.line.declare_on_failure(declared.spec.on_failure);
        self.ready.retain(|version| version.id() == declared.spec.id_of(version.digest()));
        self.declared = declared;
    }

    /// Leaves to persons what is declared no more.
    pub(super) fn shun_undeclared(&mut self) {
        let spec = &self.declared.spec;
        self.line.shun_previous_unless(|version| version.id() == spec.id_of(version.digest()));
    }

    /// Stable, canary and previous.
    pub(super) fn in_line(&self) -> impl Iterator<Item = &Arc<Version>> {
        let canary = self.line.canary().map(|canary| &canary.version);
        self.line.stable().into_iter().chain(canary).chain(self.line.previous())
    }

    /// Somebody decided that `stable` serves: a decision against the source, unless it is what the source holds.
    pub(super) fn choose(&mut self) {
        let over = self.source.digest;
        let stable = self.line.stable().map(|version| *version.digest());
        self.chosen = (over != stable).then_some(Chosen { over });
    }

    /// What a restart must know.
    pub(super) fn kept(&self) -> Kept {
        let digest = |version: &Arc<Version>| *version.digest();
        let canary = self.line.canary().zip(self.line.canary_watch());
        Kept {
            modules: self.modules.clone(),
            stable: self.line.stable().map(digest),
            previous: self.line.previous().map(digest),
            canary: canary.map(|(canary, watch)| KeptCanary {
                digest: digest(&canary.version),
                split: (&canary.split).into(),
                watch,
            }),
            chosen: self.chosen.clone(),
        }
    }
}

impl From<&Split> for KeptSplit {
    fn from(split: &Split) -> Self {
        match split {
            Split::Share { hundredths, sticky, salt } => {
                Self::Share { hundredths: *hundredths, sticky: sticky.to_string(), salt: *salt }
            }
            Split::Header { key, value } => {
                Self::Header { key: key.to_string(), value: value.as_deref().map(str::to_owned) }
            }
        }
    }
}

impl From<&KeptSplit> for Split {
    fn from(kept: &KeptSplit) -> Self {
        match kept {
            KeptSplit::Share { hundredths, sticky, salt } => {
                Self::Share { hundredths: *hundredths, sticky: sticky.as_str().into(), salt: *salt }
            }
            KeptSplit::Header { key, value } => {
                Self::Header { key: key.as_str().into(), value: value.as_deref().map(Into::into) }
            }
        }
    }
}
