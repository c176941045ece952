//! The eye kept on a version that is new: too many failures in its first time, and it has to go.
//!
//! Its own failures are held against the limit as they are. Its calls may be too slow, where a limit is set. Errors that
//! exchanges end with may be anybody's: a provider that is away makes as many. So they are judged at a canary alone, by what
//! they exceed those of the stable version's exchanges in the same time; where too few exchanges go without the canary to
//! compare, it goes only if hardly one with it ends well. A version that serves everybody has nothing beside it to compare
//! with, and its exchanges' errors are left to people.

use std::time::Instant;

use super::crash::Counts;
use crate::{statistics::Times, watch::Watch, words::FailurePolicy};

/// The share of errors from which a canary goes although too little goes without it to compare.
const HOPELESS: f64 = 0.9;

/// What is watched: anything that counts its calls and how they ended.
pub(super) trait Counted {
    /// Since it was loaded.
    fn counts(&self) -> Counts;

    /// How long its calls took since it was loaded.
    fn times(&self) -> Times;

    /// What it says becomes of a request that it fails at, where the configuration says nothing.
    fn on_failure(&self) -> FailurePolicy;
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

    /// Whether enough happened since it began to judge by.
    pub(super) fn tells(&self, version: &impl Counted) -> bool {
        let (seen, enough) = (version.counts().since(self.base), self.watch.min_requests.max(1));
        seen.calls >= enough || seen.answers >= enough
    }

    /// What its counts say by now. `beside` is what another version counted in the same time; `None`: errors of its exchanges
    /// are not judged.
    pub(super) fn judge(&self, now: Instant, version: &impl Counted, beside: Option<Counts>) -> Verdict {
        if let Some(why) = self.fault(version, beside) {
            return Verdict::Failed(why);
        }
        let over = now.saturating_duration_since(self.begun) >= self.watch.span;
        if over { Verdict::Held } else { Verdict::Open }
    }

    fn fault(&self, version: &impl Counted, beside: Option<Counts>) -> Option<String> {
        let Watch { span, max_error_rate, max_p99, min_requests } = self.watch;
        let (seen, enough) = (version.counts().since(self.base), min_requests.max(1));
        if span.is_zero() {
            return None;
        }
        if seen.calls >= enough && seen.failure_rate() > max_error_rate {
            return Some(failed(seen));
        }
        if let Some(why) = beside.filter(|_| seen.answers >= enough).and_then(|beside| self.worse(seen, beside)) {
            return Some(why);
        }
        let limit = max_p99.filter(|_| seen.calls >= enough)?;
        let slow = version.times().since(&self.times).p99();
        (slow > limit).then(|| format!("one in a hundred of its calls took {slow:?} or longer"))
    }
}

impl Trial {
    /// What a canary's exchanges ended with, if that is worse than what those beside it did.
    fn worse(&self, seen: Counts, beside: Counts) -> Option<String> {
        let Watch { max_error_rate, min_requests, .. } = self.watch;
        let Counts { errors, answers, .. } = seen;
        let with_it = format!("{errors} of {answers} exchanges with it ended with an error");
        if beside.answers >= min_requests.max(1) {
            let usual = beside.error_rate();
            let worse = seen.error_rate() > usual + max_error_rate;
            return worse.then(|| format!("{with_it}, {:.1} % without it", usual * 100.0));
        }
        let hopeless = seen.error_rate() >= HOPELESS && seen.error_rate() > max_error_rate;
        hopeless.then(|| format!("{with_it}, and too few went without it to compare"))
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

        fn on_failure(&self) -> FailurePolicy {
            FailurePolicy::Closed
        }
    }

    const BEFORE: Counts = Counts { calls: 1_000, failures: 900, answers: 1_000, errors: 900 };

    #[track_caller]
    fn judged(watch: Watch, after: f64, since: Counts, beside: Option<Counts>) -> Verdict {
        let now = Instant::now();
        let mut version = Fixed(BEFORE, Arc::default());
        let trial = Trial::new(watch, now, &version);
        version.0 = Counts {
            calls: BEFORE.calls + since.calls,
            failures: BEFORE.failures + since.failures,
            answers: BEFORE.answers + since.answers,
            errors: BEFORE.errors + since.errors,
        };
        trial.judge(now + Duration::from_secs_f64(after), &version, beside)
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
        assert_eq!(judged(Watch::default(), 1.0, calls(100, 0), None), Verdict::Open);
        assert_eq!(judged(Watch::default(), 1.0, calls(100, 6), None), says("6 of its 100 calls failed"));
    }

    #[test]
    fn a_share_at_the_limit_and_too_few_calls_are_borne() {
        assert_eq!(judged(Watch::default(), 1.0, calls(100, 5), None), Verdict::Open);
        assert_eq!(judged(Watch::default(), 1.0, calls(19, 19), None), Verdict::Open);
        assert_eq!(judged(Watch::default(), 1.0, calls(20, 2), None), says("2 of its 20 calls failed"));
    }

    #[test]
    fn errors_count_by_what_they_exceed_those_beside_it() {
        let with_it = "60 of 100 exchanges with it ended with an error";
        let judged = |seen, beside| judged(Watch::default(), 1.0, seen, beside);
        let sixty = answers(100, 60);
        assert_eq!(judged(sixty, Some(answers(20, 0))), says(&format!("{with_it}, 0.0 % without it")));
        assert_eq!(judged(sixty, Some(answers(100, 50))), says(&format!("{with_it}, 50.0 % without it")));
        assert_eq!(judged(sixty, Some(answers(100, 58))), Verdict::Open, "everybody has errors now");
        assert_eq!(judged(answers(19, 19), Some(answers(100, 0))), Verdict::Open, "too few to tell");
        assert_eq!(judged(answers(100, 100), None), Verdict::Open, "nothing runs beside it");
    }

    #[test]
    fn with_too_little_beside_it_to_compare_it_goes_only_if_hardly_anything_ends_well() {
        let few = Some(answers(19, 0));
        assert_eq!(judged(Watch::default(), 1.0, answers(100, 60), few), Verdict::Open);
        let why = "95 of 100 exchanges with it ended with an error, and too few went without it to compare";
        assert_eq!(judged(Watch::default(), 1.0, answers(100, 95), few), says(why));
        let all = Watch { max_error_rate: 1.0, ..Watch::default() };
        assert_eq!(judged(all, 1.0, answers(100, 100), few), Verdict::Open, "whoever asked for it bears all");
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
        assert_eq!(trial.judge(now, &version, None), Verdict::Open, "what was slow came before");
        shard.took(Duration::from_millis(40));
        assert!(matches!(trial.judge(now, &version, None), Verdict::Failed(why) if why.contains("took")));
        assert_eq!(trial.by(limit(None)).judge(now, &version, None), Verdict::Open);
    }

    #[test]
    fn its_time_ends() {
        assert_eq!(judged(Watch::default(), 59.9, calls(100, 0), None), Verdict::Open);
        assert_eq!(judged(Watch::default(), 60.0, calls(100, 0), None), Verdict::Held);
        let unwatched = Watch { span: Duration::ZERO, ..Watch::default() };
        assert_eq!(judged(unwatched, 0.0, calls(100, 100), None), Verdict::Held);
    }
}
