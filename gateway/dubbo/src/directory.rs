//! The live invokers of one service on one worker.
//!
//! ```text
//!  ArcSwap<Instances> ──(pointer changed?)──▶ reconcile ──▶ members: Provider → Invoker
//!                                                               │ not found dead
//!  every 1 s, ≤ 10 dead: recheck ──▶ back in                    ▼
//!                                                          Candidates ──▶ routers, balancer
//! ```
//! A provider that cannot be reached leaves the list until a recheck reaches it. When all are out, all are listed:
//! trying is better than refusing without having asked.

use std::cell::{Cell, OnceCell, Ref, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures_util::future::join_all;

use crate::error::RpcError;
use crate::instances::{Instances, Origin, Provider};
use crate::invocation::Invocation;
use crate::invoker::Invoker;
use crate::reply::Reply;

mod stats;

pub use stats::EndpointStats;

/// Pause between rechecks of dead endpoints (dubbo `AbstractDirectory`, reconnect task period).
const RECHECK_EVERY: Duration = Duration::from_millis(if cfg!(test) { 10 } else { 1000 });
/// Dead endpoints looked at in one recheck.
const RECHECK_AT_ONCE: usize = 10;
/// How long the weights of a list hold in which someone warms up, in milliseconds: they change by percents a second.
const WEIGHTS_HOLD_MS: u64 = 1000;
/// A time at which every provider has long been warm.
const ALL_WARM_MS: u64 = u64::MAX - WEIGHTS_HOLD_MS;

/// Makes the invoker of a provider.
pub type Refer = Box<dyn Fn(&Arc<Provider>) -> Rc<dyn Invoker>>;

/// A provider with the invoker that reaches it, made when first called: a list of ten thousand costs no more than its
/// pointers.
pub struct Member {
    /// Who it is.
    pub provider: Arc<Provider>,
    invoker: OnceCell<Rc<dyn Invoker>>,
    refer: Rc<Refer>,
    dead: Cell<bool>,
    stats: EndpointStats,
}

impl Member {
    fn new(provider: Arc<Provider>, refer: Rc<Refer>) -> Self {
        let (dead, stats) = (Cell::new(false), EndpointStats::default());
        Self { provider, invoker: OnceCell::new(), refer, dead, stats }
    }

    /// A member that is reached through `invoker`.
    #[cfg(test)]
    pub(crate) fn of(provider: Arc<Provider>, invoker: Rc<dyn Invoker>) -> Self {
        Self::new(provider, Rc::new(Box::new(move |_| invoker.clone())))
    }

    fn invoker(&self) -> &Rc<dyn Invoker> {
        self.invoker.get_or_init(|| (self.refer)(&self.provider))
    }

    /// Makes the call.
    pub async fn invoke(&self, call: &Invocation<'_>) -> Result<Reply, RpcError> {
        let Some(under_way) = self.stats.begin() else { return self.invoker().invoke(call).await };
        let outcome = self.invoker().invoke(call).await;
        under_way.ended(outcome.is_ok());
        outcome
    }

    /// What its calls are like, from the moment on that somebody first asks.
    pub fn stats(&self) -> &EndpointStats {
        self.stats.watch();
        &self.stats
    }

    /// Whether a call made now is expected to reach the provider.
    pub fn is_ready(&self) -> bool {
        self.invoker().is_available()
    }

    /// As [`Member::is_ready`], but nothing is made to find out: who was never called is expected to be there.
    pub fn is_available(&self) -> bool {
        self.invoker.get().is_none_or(|invoker| invoker.is_available())
    }
}

/// Providers to choose from, with what balancing needs worked out once per list.
#[derive(Default)]
pub struct Candidates {
    members: Vec<Rc<Member>>,
    equal_weights: bool,
    method_weights: bool,
    warm_at_ms: u64,
    warm: Cell<bool>,
    sums: RefCell<Sums>,
}

/// Sums of weights from the first provider to each, and how long they hold.
#[derive(Default)]
struct Sums {
    until_ms: u64,
    sums: Vec<u64>,
}

impl Candidates {
    /// A list in the order given.
    pub fn new(members: Vec<Rc<Member>>) -> Self {
        let weight = members.first().map(|member| member.provider.weight);
        let warm_at = |provider: &Provider| {
            provider.timestamp_ms.map_or(0, |start| start.saturating_add(provider.warmup.as_millis() as u64))
        };
        Self {
            equal_weights: members.iter().all(|member| Some(member.provider.weight) == weight),
            method_weights: members.iter().any(|member| !member.provider.method_weights.is_empty()),
            warm_at_ms: members.iter().map(|member| warm_at(&member.provider)).max().unwrap_or(0),
            warm: Cell::new(false),
            sums: RefCell::default(),
            members,
        }
    }

    /// The providers.
    pub fn members(&self) -> &[Rc<Member>] {
        &self.members
    }

    /// Those for which `keep` holds.
    pub fn filter(&self, keep: impl Fn(&Rc<Member>) -> bool) -> Self {
        Self::new(self.members.iter().filter(|member| keep(member)).cloned().collect())
    }

    /// Whether no provider is warming up any more; `now_ms` is asked until that is so, never after.
    pub fn is_warm(&self, now_ms: impl FnOnce() -> u64) -> bool {
        if !self.warm.get() && now_ms() >= self.warm_at_ms {
            self.warm.set(true);
        }
        self.warm.get()
    }

    /// Whether all weights are equal, for every method, when warm.
    pub fn has_equal_weights(&self) -> bool {
        self.equal_weights && !self.method_weights
    }

    /// Whether a provider sets a weight for a single method.
    pub fn has_method_weights(&self) -> bool {
        self.method_weights
    }

    /// Sums of the weights from the first provider to each: worked out once when all are warm, every second before.
    pub fn cumulative_weights(&self, now_ms: fn() -> u64, weight: fn(&Provider, u64) -> u32) -> Ref<'_, Vec<u64>> {
        let warm = self.is_warm(now_ms);
        let now = if warm { ALL_WARM_MS } else { now_ms() };
        let known = self.sums.borrow();
        if !known.sums.is_empty() && (known.until_ms.saturating_sub(WEIGHTS_HOLD_MS)..known.until_ms).contains(&now) {
            return Ref::map(known, |known| &known.sums);
        }
        drop(known);
        let sums = self.members.iter().scan(0_u64, |sum, member| {
            *sum += u64::from(weight(&member.provider, now));
            Some(*sum)
        });
        let sums = Sums { until_ms: now.saturating_add(WEIGHTS_HOLD_MS), sums: sums.collect() };
        self.sums.replace(sums);
        Ref::map(self.sums.borrow(), |known| &known.sums)
    }
}

/// The live invokers of one service on one worker. Starts nothing before an endpoint is found dead.
pub struct Directory {
    instances: Arc<ArcSwap<Instances>>,
    refer: Rc<Refer>,
    state: RefCell<State>,
    me: Weak<Self>,
}

struct State {
    seen: Option<Arc<Instances>>,
    members: Vec<Rc<Member>>,
    listed: Rc<Candidates>,
    rechecking: bool,
    next_recheck: usize,
}

impl Directory {
    /// A directory that follows `instances` and reaches providers through `refer`.
    pub fn new(instances: Arc<ArcSwap<Instances>>, refer: Refer) -> Rc<Self> {
        let (members, listed) = (Vec::new(), Rc::default());
        let state = State { seen: None, members, listed, rechecking: false, next_recheck: 0 };
        Rc::new_cyclic(|me| Self { instances, refer: Rc::new(refer), state: RefCell::new(state), me: me.clone() })
    }

    /// The providers a call may go to now: those not found dead, or all when all are.
    pub fn list(&self) -> Rc<Candidates> {
        let now = self.instances.load();
        let mut state = self.state.borrow_mut();
        if !state.seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &now)) {
            let now = arc_swap::Guard::into_inner(now);
            self.reconcile(&mut state, now);
        }
        state.listed.clone()
    }

    /// Where the current list comes from.
    pub fn origin(&self) -> Origin {
        self.instances.load().origin
    }

    /// Takes providers out of the list until a recheck reaches them.
    pub fn mark_dead(&self, members: &[Rc<Member>]) {
        let died: Vec<_> = members.iter().filter(|member| !member.dead.replace(true)).collect();
        let mut state = self.state.borrow_mut();
        if died.is_empty() || !state.members.iter().any(|known| known.dead.get()) {
            return;
        }
        state.relist();
        if !state.rechecking {
            state.rechecking = true;
            tokio::task::spawn_local(recheck(self.me.clone()));
        }
    }

    fn reconcile(&self, state: &mut State, now: Arc<Instances>) {
        let known: HashMap<*const Provider, Rc<Member>> =
            state.members.drain(..).map(|member| (Arc::as_ptr(&member.provider), member)).collect();
        let member = |provider: &Arc<Provider>| {
            let kept = known.get(&Arc::as_ptr(provider)).cloned();
            kept.unwrap_or_else(|| Rc::new(Member::new(provider.clone(), self.refer.clone())))
        };
        state.members = now.providers.iter().map(member).collect();
        state.seen = Some(now);
        state.relist();
    }

    /// The next few dead members, taking turns when there are many; none ends the rechecking.
    fn next_dead(&self) -> Vec<Rc<Member>> {
        let mut state = self.state.borrow_mut();
        let dead: Vec<_> = state.members.iter().filter(|member| member.dead.get()).cloned().collect();
        let from = state.next_recheck.checked_rem(dead.len()).unwrap_or(0);
        state.next_recheck = from + RECHECK_AT_ONCE;
        state.rechecking = !dead.is_empty();
        let count = dead.len().min(RECHECK_AT_ONCE);
        dead.into_iter().cycle().skip(from).take(count).collect()
    }

    fn revive(&self, member: &Member) {
        member.dead.set(false);
        self.state.borrow_mut().relist();
    }
}

impl State {
    fn relist(&mut self) {
        let alive: Vec<_> = self.members.iter().filter(|member| !member.dead.get()).cloned().collect();
        let listed = if alive.is_empty() { self.members.clone() } else { alive };
        self.listed = Rc::new(Candidates::new(listed));
    }
}

/// Looks at dead endpoints every second until none is left or the directory is gone.
async fn recheck(directory: Weak<Directory>) {
    loop {
        tokio::time::sleep(RECHECK_EVERY).await;
        let Some(dead) = directory.upgrade().map(|directory| directory.next_dead()) else {
            return;
        };
        if dead.is_empty() {
            return;
        }
        let looks = dead.iter().map(|member| async move { (member, member.invoker().recheck().await) });
        let looked = join_all(looks).await;
        let Some(directory) = directory.upgrade() else {
            return;
        };
        for (member, _) in looked.into_iter().filter(|(_, reached)| *reached) {
            directory.revive(member);
        }
    }
}

#[cfg(test)]
mod tests;
