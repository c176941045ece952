//! A plugin on one worker: which of its versions a request meets, and the instances of each.

use std::{
    cell::Cell,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use yumen_plugin_host::{Failure, Pool, Pools, deployed::Deployed, words::FailurePolicy};

use super::{
    View,
    guests::{Balancers, Routers},
};
use crate::snapshot::{Fit, Slot};

/// Time between two lines about failures of one version on one worker.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// What serves under a plugin's name.
pub struct Seats {
    /// The plugin's name.
    pub name: Arc<str>,
    /// What becomes of a request that it fails at.
    pub on_failure: FailurePolicy,
    deployed: Option<Arc<Deployed>>,
    stable: Option<Rc<Seat>>,
    canary: Option<Rc<Seat>>,
}

/// One version, with this worker's instances.
pub struct Seat {
    /// The plugin's name.
    pub name: Arc<str>,
    /// The version, its manifest read.
    pub fit: Arc<Fit>,
    /// This worker's instances.
    pub pool: Rc<Pool>,
    pub(super) routers: Routers,
    pub(super) balancers: Balancers,
    told: Cell<Option<Instant>>,
}

impl Seats {
    /// The seats of a slot; those of `previous` where nothing changed.
    pub(super) fn of(slot: &Slot, instances: &Pools, previous: Option<&Rc<View>>) -> Rc<Self> {
        let before = previous.and_then(|view| view.seats.iter().find(|seats| seats.name == slot.name));
        if let Some(before) = before
            && same(before.deployed.as_ref(), slot.deployed.as_ref())
        {
            return Rc::clone(before);
        }
        let seat = |fit: &Arc<Fit>| {
            let known = before.and_then(|before| before.all().find(|seat| seat.is_of(fit)).cloned());
            known.unwrap_or_else(|| Seat::new(&slot.name, fit, instances))
        };
        Rc::new(Self {
            name: Arc::clone(&slot.name),
            on_failure: slot.on_failure(),
            deployed: slot.deployed.clone(),
            stable: slot.stable.as_ref().map(seat),
            canary: slot.canary.as_ref().map(seat),
        })
    }

    /// The version for an exchange; `key` tells what the exchange is told apart by. Nothing when none serves.
    pub fn choose(&self, key: impl Fn(&str) -> Option<String>) -> Option<&Rc<Seat>> {
        let Some(canary) = &self.canary else { return self.stable.as_ref() };
        let chosen = self.deployed.as_ref()?.choose(key)?;
        if Arc::ptr_eq(chosen, &canary.fit.version) { Some(canary) } else { self.stable.as_ref() }
    }

    /// Every version that serves.
    pub fn all(&self) -> impl Iterator<Item = &Rc<Seat>> {
        self.stable.iter().chain(&self.canary)
    }
}

fn same(one: Option<&Arc<Deployed>>, other: Option<&Arc<Deployed>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    }
}

impl Seat {
    fn new(name: &Arc<str>, fit: &Arc<Fit>, instances: &Pools) -> Rc<Self> {
        let pool = instances.of(&fit.version);
        Rc::new(Self {
            name: Arc::clone(name),
            fit: Arc::clone(fit),
            pool,
            routers: Routers::default(),
            balancers: Balancers::default(),
            told: Cell::new(None),
        })
    }

    fn is_of(&self, fit: &Fit) -> bool {
        Arc::ptr_eq(&self.fit.version, &fit.version)
    }

    /// Logs why it failed; at most once in [`TELL_EVERY`], because failures come in crowds.
    pub fn tell(&self, failure: &Failure) {
        let now = Instant::now();
        if self.told.get().is_none_or(|last| now.duration_since(last) >= TELL_EVERY) {
            self.told.set(Some(now));
            tracing::warn!(plugin = %self.name, version = %self.fit.version.id(), "{failure}");
        }
    }
}
