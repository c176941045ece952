//! The eye kept on a version that is new: too many failures in its first time, and it has to go.

use std::time::Instant;

use super::crash::Counts;
use crate::watch::Watch;

/// One version under watch.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    pub(super) watch: Watch,
    begun: Instant,
    base: Counts,
}

/// How a trial stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Verdict {
    /// Nothing to say yet.
    Open,
    /// Its time is over and it held.
    Held,
    /// It failed too often.
    Failed(Counts),
}

impl Trial {
    /// Starts to watch a version that has these counts.
    pub(super) fn new(watch: Watch, now: Instant, base: Counts) -> Self {
        Self { watch, begun: now, base }
    }

    /// The same trial by other limits.
    pub(super) fn by(self, watch: Watch) -> Self {
        Self { watch, ..self }
    }

    /// What the counts say by now.
    pub(super) fn judge(&self, now: Instant, counts: Counts) -> Verdict {
        let seen = counts.since(self.base);
        let told = seen.calls >= self.watch.min_requests.max(1);
        if !self.watch.span.is_zero() && told && seen.rate() > self.watch.max_error_rate {
            return Verdict::Failed(seen);
        }
        let over = now.saturating_duration_since(self.begun) >= self.watch.span;
        if over { Verdict::Held } else { Verdict::Open }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[track_caller]
    fn check(watch: Watch, after: f64, calls: u64, failures: u64, expected: Verdict) {
        let (now, base) = (Instant::now(), Counts { calls: 1_000, failures: 900 });
        let trial = Trial::new(watch, now, base);
        let counts = Counts { calls: 1_000 + calls, failures: 900 + failures };
        assert_eq!(trial.judge(now + Duration::from_secs_f64(after), counts), expected);
    }

    #[test]
    fn only_what_came_since_its_start_counts() {
        check(Watch::default(), 1.0, 100, 0, Verdict::Open);
        check(Watch::default(), 1.0, 100, 6, Verdict::Failed(Counts { calls: 100, failures: 6 }));
    }

    #[test]
    fn a_share_at_the_limit_and_too_few_calls_are_borne() {
        check(Watch::default(), 1.0, 100, 5, Verdict::Open);
        check(Watch::default(), 1.0, 19, 19, Verdict::Open);
        check(Watch::default(), 1.0, 20, 2, Verdict::Failed(Counts { calls: 20, failures: 2 }));
    }

    #[test]
    fn its_time_ends() {
        check(Watch::default(), 59.9, 100, 0, Verdict::Open);
        check(Watch::default(), 60.0, 100, 0, Verdict::Held);
        check(Watch { span: Duration::ZERO, ..Watch::default() }, 0.0, 100, 100, Verdict::Held);
    }
}
