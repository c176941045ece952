//! Which of the available providers gets the call.

use std::rc::Rc;

use crate::directory::{Candidates, Member};
use crate::instances::Provider;
use crate::invocation::Invocation;
pub use crate::options::LoadBalanceKind;

pub mod random;

/// Chooses one provider. Lives on one worker.
pub trait LoadBalance {
    /// The place of the chosen one; `None` only for an empty list.
    fn select(&self, candidates: &Candidates, call: &Invocation<'_>) -> Option<usize>;

    /// A place in the whole list that the routers left, of which `tried` were asked before in this call. Asked first, where
    /// there are two or more; `None`, and the place of one that was tried, leaves the choice to [`LoadBalance::select`]
    /// among the others. For balancers that keep something about a list: this one is the same from call to call as long as
    /// nothing about it changes.
    fn prefer(&self, _listed: &Rc<Candidates>, _call: &Invocation<'_>, _tried: &[Rc<Member>]) -> Option<usize> {
        None
    }
}

/// Milliseconds since the Unix epoch, by the system's clock.
pub fn now_ms() -> u64 {
    random::now_ms()
}

/// A provider's weight at this moment, its warm-up counted.
pub fn weight_now(provider: &Provider) -> u32 {
    random::warmed(provider, provider.weight, random::now_ms())
}

/// The balancer of a kind.
pub fn build(kind: LoadBalanceKind) -> Box<dyn LoadBalance> {
    match kind {
        LoadBalanceKind::Random => Box::new(random::Random::new()),
    }
}
