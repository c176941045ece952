//! Who used up the time: the guest, or others while it had to wait.
//!
//! Epochs count wall time, and a worker that the machine takes from under a guest is not the guest's fault. So the first expiry, after half of the
//! allowed time, only starts a measurement of the thread's own time; what then uses as much of that as is allowed is stopped. A guest that
//! never returns is stopped after 1 to 1.5 times what it may use. A guest that waited begins anew: what is done while it waits is not its.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::engine::TICK;

/// The time of one callback.
#[derive(Debug, Default)]
pub(super) struct Clock {
    allowed: Duration,
    /// The thread's time when the measurement began.
    since: Option<Duration>,
}

impl Clock {
    /// Begins a callback that may compute for `allowed`. Returns the ticks until the first look.
    pub(super) fn begin(&mut self, allowed: Duration) -> u64 {
        self.allowed = allowed;
        self.since = None;
        ticks(allowed / 2) + 1
    }

    /// An expiry. Ticks until the next look, or `None` when the time is spent.
    pub(super) fn expired(&mut self, waited: bool) -> Option<u64> {
        self.judge(thread_time(), waited)
    }

    fn judge(&mut self, now: Duration, waited: bool) -> Option<u64> {
        let since = match self.since {
            Some(since) if !waited => since,
            _ => *self.since.insert(now),
        };
        let left = self.allowed.saturating_sub(now.saturating_sub(since));
        (!left.is_zero()).then(|| ticks(left))
    }
}

/// Whole ticks that cover `time`, at least one.
fn ticks(time: Duration) -> u64 {
    let ticks = time.as_nanos().div_ceil(TICK.as_nanos());
    u64::try_from(ticks).unwrap_or(u64::MAX / 2).max(1)
}

/// Processor time of this thread.
fn thread_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(now.tv_nsec).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWED: Duration = Duration::from_millis(10);

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_guest_that_computes_all_the_time_is_stopped() {
        let mut clock = Clock::default();
        assert_eq!(clock.begin(ALLOWED), 6);
        assert_eq!(clock.judge(at(100), false), Some(10));
        assert_eq!(clock.judge(at(110), false), None);
    }

    #[test]
    fn time_that_others_took_is_not_the_guests() {
        let mut clock = Clock::default();
        clock.begin(ALLOWED);
        assert_eq!(clock.judge(at(100), false), Some(10));
        assert_eq!(clock.judge(at(103), false), Some(7), "the thread got 3 ms of the last 10");
        assert_eq!(clock.judge(at(110), false), None);
    }

    #[test]
    fn a_guest_that_waited_begins_anew() {
        let mut clock = Clock::default();
        clock.begin(ALLOWED);
        clock.judge(at(100), false);
        assert_eq!(clock.judge(at(500), true), Some(10), "the thread served others meanwhile");
        assert_eq!(clock.judge(at(510), false), None);
    }

    #[test]
    fn a_callback_of_less_than_a_tick_still_gets_one() {
        assert_eq!(Clock::default().begin(Duration::from_micros(1)), 2);
    }

    #[test]
    fn the_threads_time_passes_when_it_computes() {
        let before = thread_time();
        while thread_time() == before {}
        assert!(thread_time() > before);
    }
}
