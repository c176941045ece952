//! Why a callback gave no answer.

/// A plugin failed at a callback. Its instance is gone; the exchange goes on as the plugin's failure policy says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The guest trapped. Says where, as far as the module tells.
    #[error("the plugin trapped: {0}")]
    Trap(String),
    /// The guest computed for longer than `limits.time`, or was still waiting when the exchange's deadline came.
    #[error("the plugin did not answer in time")]
    Timeout,
    /// A budget was spent; names it as the configuration does, such as `memory` or `host_calls`.
    #[error("the plugin spent its budget of {0}")]
    Budget(&'static str),
    /// As many instances as `limits.instances` allows are busy, or the gateway's own room for instances is full.
    #[error("all instances of the plugin are busy")]
    Exhausted,
    /// The guest answered with something that does not hold; says what.
    #[error("the plugin's answer does not hold: {0}")]
    Invalid(String),
    /// A new instance could not be made ready, although the version loaded.
    #[error("no instance of the plugin could be made: {0}")]
    Start(String),
}

impl Failure {
    /// A short name for metrics: `trap`, `timeout`, `budget`, `exhausted`, `invalid`, `start`.
    pub fn label(&self) -> &'static str {
        match self {
            Failure::Trap(_) => "trap",
            Failure::Timeout => "timeout",
            Failure::Budget(_) => "budget",
            Failure::Exhausted => "exhausted",
            Failure::Invalid(_) => "invalid",
            Failure::Start(_) => "start",
        }
    }
}
