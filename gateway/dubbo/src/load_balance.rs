//! Which of the available providers gets the call.

use crate::directory::Candidates;
use crate::invocation::Invocation;
pub use crate::options::LoadBalanceKind;

pub mod random;

/// Chooses one provider. Lives on one worker.
pub trait LoadBalance {
    /// The place of the chosen one; `None` only for an empty list.
    fn select(&self, candidates: &Candidates, call: &Invocation<'_>) -> Option<usize>;
}

/// The balancer of a kind.
pub fn build(kind: LoadBalanceKind) -> Box<dyn LoadBalance> {
    match kind {
        LoadBalanceKind::Random => Box::new(random::Random::new()),
    }
}
