//! The eye kept on a version that is new: too many failures in its first time, and it has to go.
//!
//! Its own failures are held against the limit as they are. Errors that its exchanges end with may be anybody's: only what
//! they exceed the errors beside another version by is held against it. And its calls may be too slow, where a limit is set.

use std::time::Instant;

use super::crash::Counts;
use crate::{statistics::Times, watch::Watch};

/// What is watched: anything that counts its calls and how they ended.
pub(super) trait Counted {
    /// Since it was loaded.
    fn counts(&self) -> Counts;

    /// How long its calls took since it was loaded.
    fn times(&self) -> Times;
}

/// One version under watch.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    pub(super) watch: Watch,
    begun: Instant,
    base: Counts,
    times: Box<Times>,
}

/// How a trial stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// Nothing to say yet.
    Open,
    /// Its time is over and it held.
    Held,
    /// It has to go; why.
    Failed(String),
}

impl Trial {
    /// Starts to watch a version.
    pub(super) fn new(watch: Watch, now: Instant, version: &impl Counted) -> Self {
        Self { watch, begun: now, base: version.counts(), times: Box::new(version.times()) }
    }

    /// The same trial by other limits.
    pub(super) fn by(self, watch: Watch) -> Self {
        Self { watch, ..self }
    }

    /// What its counts say by now. `usual` is the share of errors without it.
    pub(super) fn judge(&self, now: Instant, version: &impl Counted, usual: f64) -> Verdict {
        if let Some(why) = self.fault(version, usual) {
            return Verdict::Failed(why);
        }
        let over = now.saturating_duration_since(self.begun) >= self.watch.span;
        if over { Verdict::Held } else { Verdict::Open }
    }

    fn fault(&self, version: &impl Counted, usual: f64) -> Option<String> {
        let Watch { span, max_error_rate, max_p99, min_requests } = self.watch;
        let (seen, enough) = (version.counts().since(self.base), min_requests.max(1));
        if span.is_zero() {
            return None;
        }
        if seen.calls >= enough && seen.failure_rate() > max_error_rate {
            return Some(failed(seen));
        }
        if seen.answers >= enough && seen.error_rate() > usual + max_error_rate {
            let usual = usual * 100.0;
            let Counts { errors, answers, .. } = seen;
            return Some(format!(
                "{errors} of {answers} exchanges with it ended with an error, {usual:.1} % without it"
            ));
        }
        let limit = max_p99.filter(|_| seen.calls >= enough)?;
        let slow = version.times().since(&self.times).p99();
        (slow > limit).then(|| format!("one in a hundred of its calls took {slow:?} or longer"))
    }
}

/// Failures, in words.
pub(super) fn failed(seen: Counts) -> String {
    format!("{} of its {} calls failed", seen.failures, seen.calls)
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::*;
    use crate::statistics;

    /// A version with counts as a test sets them.
    #[derive(Default)]
    struct Fixed(Counts, Arc<statistics::Counts>);

    impl Counted for Fixed {
        fn counts(&self) -> Counts {
            self.0
        }

        fn times(&self) -> Times {
            self.1.times()
        }
    }

    const BEFORE: Counts = Counts { calls: 1_000, failures: 900, answers: 1_000, errors: 900 };

    #[track_caller]
    fn judged(watch: Watch, after: f64, since: Counts, usual: f64) -> Verdict {
        let now = Instant::now();
        let mut version = Fixed(BEFORE, Arc::default());
        let trial = Trial::new(watch, now, &version);
        version.0 = Counts {
            calls: BEFORE.calls + since.calls,
            failures: BEFORE.failures + since.failures,
            answers: BEFORE.answers + since.answers,
            errors: BEFORE.errors + since.errors,
        };
        trial.judge(now + Duration::from_secs_f64(after), &version, usual)
    }

    fn calls(calls: u64, failures: u64) -> Counts {
        Counts { calls, failures, ..Counts::default() }
    }

    fn answers(answers: u64, errors: u64) -> Counts {
        Counts { answers, errors, ..Counts::default() }
    }

    fn says(words: &str) -> Verdict {
        Verdict::Failed(words.to_owned())
    }

    #[test]
    fn only_what_came_since_its_start_counts() {
        assert_eq!(judged(Watch::default(), 1.0, calls(100, 0), 0.0), Verdict::Open);
        assert_eq!(judged(Watch::default(), 1.0, calls(100, 6), 0.0), says("6 of its 100 calls failed"));
    }

    #[test]
    fn a_share_at_the_limit_and_too_few_calls_are_borne() {
        assert_eq!(judged(Watch::default(), 1.0, calls(100, 5), 0.0), Verdict::Open);
        assert_eq!(judged(Watch::default(), 1.0, calls(19, 19), 0.0), Verdict::Open);
        assert_eq!(judged(Watch::default(), 1.0, calls(20, 2), 0.0), says("2 of its 20 calls failed"));
    }

    #[test]
    fn errors_count_by_what_they_exceed_the_usual_ones() {
        let with_it = "60 of 100 exchanges with it ended with an error";
        assert_eq!(judged(Watch::default(), 1.0, answers(100, 60), 0.0), says(&format!("{with_it}, 0.0 % without it")));
        assert_eq!(
            judged(Watch::default(), 1.0, answers(100, 60), 0.5),
            says(&format!("{with_it}, 50.0 % without it"))
        );
        assert_eq!(judged(Watch::default(), 1.0, answers(100, 60), 0.58), Verdict::Open, "everybody has errors now");
        assert_eq!(judged(Watch::default(), 1.0, answers(19, 19), 0.0), Verdict::Open, "too few to tell");
    }

    #[test]
    fn calls_that_are_slower_than_the_limit_end_it() {
        let now = Instant::now();
        let limit = |limit| Watch { max_p99: limit, min_requests: 1, ..Watch::default() };
        let mut version = Fixed::default();
        let shard = version.1.shard();
        shard.took(Duration::from_secs(5));
        let trial = Trial::new(limit(Some(Duration::from_millis(10))), now, &version);
        version.0.calls = 10;
        assert_eq!(trial.judge(now, &version, 0.0), Verdict::Open, "what was slow came before");
        shard.took(Duration::from_millis(40));
        assert!(matches!(trial.judge(now, &version, 0.0), Verdict::Failed(why) if why.contains("took")));
        assert_eq!(trial.by(limit(None)).judge(now, &version, 0.0), Verdict::Open);
    }

    #[test]
    fn its_time_ends() {
        assert_eq!(judged(Watch::default(), 59.9, calls(100, 0), 0.0), Verdict::Open);
        assert_eq!(judged(Watch::default(), 60.0, calls(100, 0), 0.0), Verdict::Held);
        let unwatched = Watch { span: Duration::ZERO, ..Watch::default() };
        assert_eq!(judged(unwatched, 0.0, calls(100, 100), 0.0), Verdict::Held);
    }
}
