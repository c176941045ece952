//! What all instances of one version share: what they may use and reach, what they keep, and where they are counted.

use std::sync::Arc;

use crate::capability::Kept;
use crate::capability::log::Logs;
use crate::limits::Limits;
use crate::spec::Grants;
use crate::statistics::Counts;

/// The charter of a version.
pub(crate) struct Charter {
    /// Tells versions apart as long as the host lives.
    pub(crate) serial: u64,
    pub(crate) limits: Limits,
    pub(crate) grants: Grants,
    pub(crate) kept: Arc<Kept>,
    pub(crate) logs: Logs,
    pub(crate) counts: Arc<Counts>,
    /// Whether its guests are called on stacks of their own, because they may wait.
    pub(crate) waits: bool,
}
