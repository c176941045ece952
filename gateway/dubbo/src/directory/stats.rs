//! What calls to one provider are like now, as this worker sees them.
//!
//! A clock is asked twice for each call, so nothing is measured before somebody reads.

use std::cell::Cell;
use std::time::Instant;

/// How much of the moving average one call is: an eighth.
const SHARE: i64 = 8;

/// Live numbers of one provider on one worker.
#[derive(Debug, Default)]
pub struct EndpointStats {
    watched: Cell<bool>,
    active: Cell<u32>,
    latency: Cell<u32>,
}

/// A call under way. Dropped without a word it was given up.
pub(super) struct UnderWay<'a> {
    stats: &'a EndpointStats,
    begun: Instant,
}

impl EndpointStats {
    /// Calls on their way from this worker.
    pub fn active(&self) -> u32 {
        self.active.get()
    }

    /// A moving average of what answered calls took, in microseconds; 0: none was answered yet.
    pub fn latency(&self) -> u32 {
        self.latency.get()
    }

    /// Measures from now on.
    pub(super) fn watch(&self) {
        self.watched.set(true);
    }

    /// A call begins; nothing comes back where nobody looks.
    pub(super) fn begin(&self) -> Option<UnderWay<'_>> {
        if !self.watched.get() {
            return None;
        }
        self.active.set(self.active.get() + 1);
        Some(UnderWay { stats: self, begun: Instant::now() })
    }
}

impl UnderWay<'_> {
    /// The call ended. What failed tells nothing of how long an answer takes.
    pub(super) fn ended(self, answered: bool) {
        if !answered {
            return;
        }
        let took = i64::try_from(self.begun.elapsed().as_micros()).unwrap_or(i64::MAX).clamp(1, i64::from(u32::MAX));
        let average = match i64::from(self.stats.latency.get()) {
            0 => took,
            known => known + (took - known) / SHARE,
        };
        self.stats.latency.set(u32::try_from(average.max(1)).unwrap_or(u32::MAX));
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.stats.active.set(self.stats.active.get() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_measured_before_somebody_looks() {
        let stats = EndpointStats::default();
        assert!(stats.begin().is_none());
        stats.watch();
        let under_way = stats.begin();
        assert_eq!(stats.active(), 1);
        drop(under_way);
        assert_eq!((stats.active(), stats.latency()), (0, 0), "a call that was given up");
    }

    #[test]
    fn answers_move_the_average_and_failures_do_not() {
        let stats = EndpointStats::default();
        stats.watch();
        stats.begin().unwrap().ended(false);
        assert_eq!(stats.latency(), 0);
        stats.begin().unwrap().ended(true);
        assert!(stats.latency() >= 1);
        stats.latency.set(8000);
        stats.begin().unwrap().ended(true);
        assert!((7000..8000).contains(&stats.latency()), "{}", stats.latency());
        assert_eq!(stats.active(), 0);
    }
}
