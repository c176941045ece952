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
    canary: Option<OnTrial<V>>,
    /// The eye kept on a stable version that is new.
    probation: Option<Trial>,
    crash: Crash,
    /// What the configuration says; `None`: what the stable version says of itself.
    on_failure: Option<FailurePolicy>,
}

/// A canary under watch.
#[derive(Debug)]
struct OnTrial<V> {
    canary: Canary<V>,
    trial: Trial,
    crash: Crash,
    /// What the stable version had counted when the trial began.
    beside: Counts,
}

/// The version that was stable before.
#[derive(Debug)]
struct Previous<V> {
    version: Arc<V>,
    /// It was left because it failed, somebody rolled back from it, or it ran with settings or grants that are declared no more:
    /// only a person may turn to it again.
    shunned: bool,
    /// The gateway left it because it failed.
    failed: bool,
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
    pub(super) fn empty(now: Instant, on_failure: Option<FailurePolicy>) -> Self {
        let crash = Crash::new(now, Counts::default());
        Self { stable: None, previous: None, canary: None, probation: None, crash, on_failure }
    }

    pub(super) fn stable(&self) -> Option<&Arc<V>> {
        self.stable.as_ref()
    }

    pub(super) fn previous(&self) -> Option<&Arc<V>> {
        self.previous.as_ref().map(|previous| &previous.version)
    }

    /// Whether the version before was left by the gateway itself, because it failed.
    pub(super) fn previous_failed(&self) -> bool {
        self.previous.as_ref().is_some_and(|previous| previous.failed)
    }

    pub(super) fn canary(&self) -> Option<&Canary<V>> {
        self.canary.as_ref().map(|on_trial| &on_trial.canary)
    }

    pub(super) fn canary_watch(&self) -> Option<Watch> {
        self.canary.as_ref().map(|on_trial| on_trial.trial.watch)
    }

    /// The watch over the stable version, as long as it lasts.
    pub(super) fn probation(&self) -> Option<Watch> {
        self.probation.as_ref().map(|trial| trial.watch)
    }

    pub(super) fn rests_until(&self) -> Option<Instant> {
        self.crash.rests_until()
    }

    /// What becomes of requests: as declared, else as the version says that serves.
    pub(super) fn on_failure(&self) -> FailurePolicy {
        let said = || self.stable.as_ref().map_or(FailurePolicy::Closed, |stable| stable.on_failure());
        self.on_failure.unwrap_or_else(said)
    }

    /// What the configuration says of failures.
    pub(super) fn declare_on_failure(&mut self, on_failure: Option<FailurePolicy>) {
        self.on_failure = on_failure;
    }

    /// What workers shall see. A version that rests is not shown, unless the policy is to keep trying.
    pub(super) fn deployed(&self, name: Arc<str>) -> Deployed<V> {
        let shown = self.rests_until().is_none() || self.on_failure() == FailurePolicy::Reload;
        let stable = self.stable.clone().filter(|_| shown);
        Deployed::new(name, stable, self.canary().cloned(), self.on_failure())
    }

    /// Makes `version` stable; what was stable is kept for a rollback. Ends the canary. Whether anything changed.
    pub(super) fn activate(&mut self, version: Arc<V>, watch: Watch, now: Instant) -> bool {
        if self.stable.as_ref().is_some_and(|stable| Arc::ptr_eq(stable, &version)) {
            return false;
        }
        let shunned = self.rests_until().is_some();
        self.canary = None;
        if let Some(old) = self.enthrone(version, Some(watch), now) {
            self.previous = Some(Previous { version: old, shunned, failed: shunned });
        }
        true
    }

    /// Puts versions in their places as they were before a restart.
    pub(super) fn restore(&mut self, stable: Arc<V>, previous: Option<Arc<V>>, now: Instant) {
        self.enthrone(stable, None, now);
        self.previous = previous.map(|version| Previous { version, shunned: false, failed: false });
    }

    /// Gives a part of the exchanges to `version`. Setting the same version again changes its part and keeps its trial.
    pub(super) fn set_canary(&mut self, version: Arc<V>, split: Split, watch: Option<Watch>, now: Instant) {
        let running = self.canary.take().filter(|running| Arc::ptr_eq(&running.canary.version, &version));
        self.canary = Some(match running {
            Some(OnTrial { trial, crash, beside, .. }) => {
                let watch = watch.unwrap_or(trial.watch);
                let trial = trial.by(watch);
                OnTrial { canary: Canary { version, split }, trial, crash, beside }
            }
            None => OnTrial {
                trial: Trial::new(watch.unwrap_or_default(), now, &*version),
                crash: Crash::new(now, version.counts()),
                beside: self.stable.as_ref().map(|stable| stable.counts()).unwrap_or_default(),
                canary: Canary { version, split },
            },
        });
    }

    /// Makes the canary stable. `None`: there is none.
    pub(super) fn promote(&mut self, watch: Option<Watch>, now: Instant) -> Option<Arc<V>> {
        let OnTrial { canary, trial, .. } = self.canary.take()?;
        self.activate(Arc::clone(&canary.version), watch.unwrap_or(trial.watch), now);
        Some(canary.version)
    }

    /// Ends the canary. `None`: there is none.
    pub(super) fn abort(&mut self) -> Option<Arc<V>> {
        self.canary.take().map(|on_trial| on_trial.canary.version)
    }

    /// Turns to `version`, the previous one or its module as it is declared now; what was stable is left. Ends the canary.
    pub(super) fn turn_to(&mut self, version: Arc<V>, now: Instant) {
        self.canary = None;
        let left = self.enthrone(version, None, now);
        self.previous = left.map(|version| Previous { version, shunned: true, failed: false });
    }

    /// Leaves it to persons to turn to the previous version, unless it is such a one.
    pub(super) fn shun_previous_unless(&mut self, fits: impl FnOnce(&V) -> bool) {
        if let Some(previous) = &mut self.previous {
            previous.shunned |= !fits(&previous.version);
        }
    }

    /// Goes back to what was seen to serve: these versions, and nothing that is on the way to them.
    pub(super) fn restore_seen(&mut self, seen: &Deployed<V>, now: Instant) {
        let left = match seen.stable() {
            Some(stable) => self.enthrone(Arc::clone(stable), None, now),
            None => self.stable.take(),
        };
        let left = left.filter(|left| seen.stable().is_none_or(|stable| !Arc::ptr_eq(stable, left)));
        if let Some(version) = left.filter(|_| seen.stable().is_some()) {
            self.previous = Some(Previous { version, shunned: true, failed: true });
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
        let stable = self.stable.as_ref().map(|stable| stable.counts()).unwrap_or_default();
        let why = self.canary.as_mut()?.look(now, stable)?;
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
        let verdict = self.probation.as_ref().map(|trial| trial.judge(now, &*stable, None));
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
            self.previous = Some(Previous { version: Arc::clone(&stable), shunned: true, failed: true });
            return Some(Turn::RolledBack { from: stable, to: previous.version, why });
        }
        let why = crashing?;
        Some(Turn::Rests { version: stable, until: self.crash.begin_rest(now), why })
    }

    /// Makes `version` stable and starts its watches; what was stable.
    fn enthrone(&mut self, version: Arc<V>, watch: Option<Watch>, now: Instant) -> Option<Arc<V>> {
        let counts = version.counts();
        if let Some(on_trial) = &mut self.canary {
            on_trial.beside = counts;
        }
        self.crash = Crash::new(now, counts);
        self.probation = watch.map(|watch| Trial::new(watch, now, &*version));
        self.stable.replace(version)
    }
}

impl<V: Counted> OnTrial<V> {
    /// Why it has to go, if it has. `stable` is what the version beside it counted so far.
    fn look(&mut self, now: Instant, stable: Counts) -> Option<String> {
        let version = &*self.canary.version;
        let crashing = self.crash.look(now, version.counts()).map(failed);
        match self.trial.judge(now, version, Some(stable.since(self.beside))) {
            Verdict::Failed(why) => return Some(why),
            // It is watched as long as it is a canary. What it did well must not hide what it does badly now.
            Verdict::Held if self.trial.tells(version) => {
                self.trial = Trial::new(self.trial.watch, now, version);
                self.beside = stable;
            }
            Verdict::Held | Verdict::Open => {}
        }
        crashing
    }
}

#[cfg(test)]
#[path = "line/tests.rs"]
mod tests;
