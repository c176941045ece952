//! The life of one plugin name: which version is stable, which came before it, which is on trial. Pure moves of pointers; time
//! and counts are handed in.
//!
//! ```text
//!            activate                    rollback
//!  loaded ───────────▶ stable ─────────────────────────▶ previous
//!     │                  ▲ ▲  too many failures, crash loop   │
//!     │ canary   promote │ └──────────────────────────────────┘
//!     └──────▶ canary ───┘
//!                 └─ too many failures, abort ─▶ out
//! ```

use std::{sync::Arc, time::Instant};

use super::{
    crash::{Counts, Crash},
    trial::{Counted, Trial, Verdict, failed},
};
use crate::{
    deployed::{Canary, Deployed, Split},
    watch::Watch,
    words::FailurePolicy,
};

/// The versions of one plugin name that matter now.
#[derive(Debug)]
pub(super) struct Line<V> {
    stable: Option<Arc<V>>,
    previous: Option<Previous<V>>,
    canary: Option<(Canary<V>, Trial)>,
    /// What the stable version had counted when the canary began to run beside it.
    beside: Counts,
    /// The eye kept on a stable version that is new.
    probation: Option<Trial>,
    crash: Crash,
    on_failure: FailurePolicy,
}

/// The version that was stable before.
#[derive(Debug)]
struct Previous<V> {
    version: Arc<V>,
    /// It was left because it failed or somebody rolled back from it: only a person may turn to it again.
    shunned: bool,
}

/// What a look at the counts changed.
#[derive(Debug)]
pub(super) enum Turn<V> {
    /// The canary failed and is out.
    CanaryEnded { version: Arc<V>, why: String },
    /// The stable version failed; the previous one is stable again.
    RolledBack { from: Arc<V>, to: Arc<V>, why: String },
    /// The stable version crash-loops and nothing is left to turn to: it rests.
    Rests { version: Arc<V>, until: Instant, why: String },
    /// Its rest is over.
    Resumes { version: Arc<V> },
}

impl<V: Counted> Line<V> {
    /// Nothing serves.
    pub(super) fn empty(now: Instant, on_failure: FailurePolicy) -> Self {
        let crash = Crash::new(now, Counts::default());
        Self {
            stable: None,
            previous: None,
            canary: None,
            beside: Counts::default(),
            probation: None,
            crash,
            on_failure,
        }
    }

    pub(super) fn stable(&self) -> Option<&Arc<V>> {
        self.stable.as_ref()
    }

    pub(super) fn previous(&self) -> Option<&Arc<V>> {
        self.previous.as_ref().map(|previous| &previous.version)
    }

    pub(super) fn canary(&self) -> Option<&Canary<V>> {
        self.canary.as_ref().map(|(canary, _)| canary)
    }

    pub(super) fn canary_watch(&self) -> Option<Watch> {
        self.canary.as_ref().map(|(_, trial)| trial.watch)
    }

    /// The watch over the stable version, as long as it lasts.
    pub(super) fn probation(&self) -> Option<Watch> {
        self.probation.as_ref().map(|trial| trial.watch)
    }

    pub(super) fn rests_until(&self) -> Option<Instant> {
        self.crash.rests_until()
    }

    pub(super) fn on_failure(&self) -> FailurePolicy {
        self.on_failure
    }

    pub(super) fn set_on_failure(&mut self, on_failure: FailurePolicy) {
        self.on_failure = on_failure;
    }

    /// What workers shall see. A version that rests is not shown, unless the policy is to keep trying.
    pub(super) fn deployed(&self, name: Arc<str>) -> Deployed<V> {
        let shown = self.rests_until().is_none() || self.on_failure == FailurePolicy::Reload;
        let stable = self.stable.clone().filter(|_| shown);
        Deployed::new(name, stable, self.canary().cloned(), self.on_failure)
    }

    /// Makes `version` stable; what was stable is kept for a rollback. Ends the canary. Whether anything changed.
    pub(super) fn activate(&mut self, version: Arc<V>, watch: Watch, now: Instant) -> bool {
        if self.stable.as_ref().is_some_and(|stable| Arc::ptr_eq(stable, &version)) {
            return false;
        }
        let shunned = self.rests_until().is_some();
        self.canary = None;
        if let Some(old) = self.enthrone(version, Some(watch), now) {
            self.previous = Some(Previous { version: old, shunned });
        }
        true
    }

    /// Puts versions in their places as they were before a restart.
    pub(super) fn restore(&mut self, stable: Arc<V>, previous: Option<Arc<V>>, now: Instant) {
        self.enthrone(stable, None, now);
        self.previous = previous.map(|version| Previous { version, shunned: false });
    }

    /// Gives a part of the exchanges to `version`. Setting the same version again changes its part and keeps its trial.
    pub(super) fn set_canary(&mut self, version: Arc<V>, split: Split, watch: Option<Watch>, now: Instant) {
        let running = self.canary.take().filter(|(canary, _)| Arc::ptr_eq(&canary.version, &version));
        let trial = match (running, watch) {
            (Some((_, trial)), None) => trial,
            (Some((_, trial)), Some(watch)) => trial.by(watch),
            (None, watch) => {
                self.beside = self.stable.as_ref().map(|stable| stable.counts()).unwrap_or_default();
                Trial::new(watch.unwrap_or_default(), now, &*version)
            }
        };
        self.canary = Some((Canary { version, split }, trial));
    }

    /// Makes the canary stable. `None`: there is none.
    pub(super) fn promote(&mut self, watch: Option<Watch>, now: Instant) -> Option<Arc<V>> {
        let (canary, trial) = self.canary.take()?;
        self.activate(Arc::clone(&canary.version), watch.unwrap_or(trial.watch), now);
        Some(canary.version)
    }

    /// Ends the canary. `None`: there is none.
    pub(super) fn abort(&mut self) -> Option<Arc<V>> {
        self.canary.take().map(|(canary, _)| canary.version)
    }

    /// Turns to the previous version, which changes places with the stable one. `None`: there is none.
    pub(super) fn rollback(&mut self, now: Instant) -> Option<(Option<Arc<V>>, Arc<V>)> {
        let previous = self.previous.take()?;
        self.canary = None;
        let old = self.enthrone(Arc::clone(&previous.version), None, now);
        self.previous = old.clone().map(|version| Previous { version, shunned: true });
        Some((old, previous.version))
    }

    /// Goes back to what was seen to serve: these versions, and nothing that is on the way to them.
    pub(super) fn restore_seen(&mut self, seen: &Deployed<V>, now: Instant) {
        let left = match seen.stable() {
            Some(stable) => self.enthrone(Arc::clone(stable), None, now),
            None => self.stable.take(),
        };
        let left = left.filter(|left| seen.stable().is_none_or(|stable| !Arc::ptr_eq(stable, left)));
        if let Some(version) = left.filter(|_| seen.stable().is_some()) {
            self.previous = Some(Previous { version, shunned: true });
        }
        self.canary = None;
        if let Some(Canary { version, split }) = seen.canary().cloned() {
            self.set_canary(version, split, None, now);
        }
    }

    /// Lets go of the previous version if it is this one.
    pub(super) fn forget(&mut self, version: &V) {
        self.previous = self.previous.take().filter(|previous| !std::ptr::eq(&*previous.version, version));
    }

    /// Looks at the counts and does what they ask for. To be called many times a second.
    pub(super) fn look(&mut self, now: Instant) -> Option<Turn<V>> {
        self.judge_canary(now).or_else(|| self.judge_stable(now))
    }

    fn judge_canary(&mut self, now: Instant) -> Option<Turn<V>> {
        let (canary, trial) = self.canary.as_ref()?;
        let usual = self.stable.as_ref().map_or(0.0, |stable| stable.counts().since(self.beside).error_rate());
        let Verdict::Failed(why) = trial.judge(now, &*canary.version, usual) else {
            return None;
        };
        let version = self.abort()?;
        Some(Turn::CanaryEnded { version, why })
    }

    fn judge_stable(&mut self, now: Instant) -> Option<Turn<V>> {
        let stable = Arc::clone(self.stable.as_ref()?);
        let counts = stable.counts();
        if self.crash.rests_until().is_some() {
            return self.crash.wake(now, counts).then_some(Turn::Resumes { version: stable });
        }
        let crashing = self.crash.look(now, counts).map(failed);
        let usual = self.previous().map_or(0.0, |previous| previous.counts().error_rate());
        let verdict = self.probation.as_ref().map(|trial| trial.judge(now, &*stable, usual));
        if verdict == Some(Verdict::Held) {
            self.probation = None;
        }
        let fault = match verdict {
            Some(Verdict::Failed(why)) => Some(why),
            _ => crashing.clone(),
        };
        if let Some(why) = fault
            && let Some(previous) = self.previous.take_if(|previous| !previous.shunned)
        {
            self.enthrone(Arc::clone(&previous.version), None, now);
            self.previous = Some(Previous { version: Arc::clone(&stable), shunned: true });
            return Some(Turn::RolledBack { from: stable, to: previous.version, why });
        }
        let why = crashing?;
        Some(Turn::Rests { version: stable, until: self.crash.begin_rest(now), why })
    }

    /// Makes `version` stable and starts its watches; what was stable.
    fn enthrone(&mut self, version: Arc<V>, watch: Option<Watch>, now: Instant) -> Option<Arc<V>> {
        self.beside = version.counts();
        self.crash = Crash::new(now, self.beside);
        self.probation = watch.map(|watch| Trial::new(watch, now, &*version));
        self.stable.replace(version)
    }
}

#[cfg(test)]
#[path = "line/tests.rs"]
mod tests;
