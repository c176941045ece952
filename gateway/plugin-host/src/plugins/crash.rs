//! When a serving version fails so often that it is better left alone for a while.
//!
//! Five failures within ten seconds that are at least a tenth of its calls make a crash loop. A few failures among thousands of
//! calls do not: whoever finds a request that makes a plugin trap must not be able to end the plugin for everybody else. A
//! version that crash-loops and has no earlier one to give way to rests for a second, then for twice as long each time, up
//! to a minute; a minute without a crash loop forgets them.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// What a version did so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    /// Calls of the guest that ended, well or not.
    pub(super) calls: u64,
    /// Those of them that failed: traps, timeouts, spent budgets, answers that do not hold.
    pub(super) failures: u64,
    /// Exchanges and calls that ended without it failing.
    pub(super) answers: u64,
    /// Those of them that ended with a fault of the server's side.
    pub(super) errors: u64,
}

impl Counts {
    /// What came since `earlier`.
    pub(super) fn since(self, earlier: Self) -> Self {
        Self {
            calls: self.calls.saturating_sub(earlier.calls),
            failures: self.failures.saturating_sub(earlier.failures),
            answers: self.answers.saturating_sub(earlier.answers),
            errors: self.errors.saturating_sub(earlier.errors),
        }
    }

    /// Failures as a share of the calls, 0 to 1.
    pub(super) fn failure_rate(self) -> f64 {
        share(self.failures, self.calls)
    }

    /// Errors as a share of the answers, 0 to 1.
    pub(super) fn error_rate(self) -> f64 {
        share(self.errors, self.answers)
    }
}

#[expect(clippy::cast_precision_loss, reason = "it is compared with a share that a person wrote")]
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// How far back failures count.
const WINDOW: Duration = Duration::from_secs(10);
/// So many failures in it make a crash loop,
const FAILURES: u64 = 5;
/// if they are at least this share of the calls in it.
const SHARE: f64 = 0.1;
/// The first rest.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest rest, and how long without a crash loop makes the next one the first again.
const LONGEST: Duration = Duration::from_secs(60);

/// Watches one version for crash loops.
#[derive(Debug)]
pub(super) struct Crash {
    /// Its counts over the last ten seconds, the oldest first.
    seen: VecDeque<(Instant, Counts)>,
    /// How long the next rest takes.
    next: Duration,
    /// When the last rest ended or will end.
    rest: Option<Instant>,
    /// Whether it rests now.
    resting: bool,
}

impl Crash {
    /// Starts to watch a version that has these counts.
    pub(super) fn new(now: Instant, counts: Counts) -> Self {
        Self { seen: VecDeque::from([(now, counts)]), next: SHORTEST, rest: None, resting: false }
    }

    /// Looks at the counts: the calls and failures that make a crash loop, if they do.
    pub(super) fn look(&mut self, now: Instant, counts: Counts) -> Option<Counts> {
        self.seen.push_back((now, counts));
        // The newest that is older than the window stays: what came since is the window.
        while self.seen.get(1).is_some_and(|(then, _)| now.duration_since(*then) >= WINDOW) {
            self.seen.pop_front();
        }
        let window = counts.since(self.seen.front().map_or(counts, |(_, oldest)| *oldest));
        if self.rest.is_some_and(|rest| !self.resting && now.saturating_duration_since(rest) >= LONGEST) {
            (self.rest, self.next) = (None, SHORTEST);
        }
        (window.failures >= FAILURES && window.failure_rate() >= SHARE).then_some(window)
    }

    /// Begins a rest; when it ends.
    pub(super) fn begin_rest(&mut self, now: Instant) -> Instant {
        let until = now + self.next;
        self.next = (self.next * 2).min(LONGEST);
        (self.rest, self.resting) = (Some(until), true);
        until
    }

    /// Until when it rests, if it does.
    pub(super) fn rests_until(&self) -> Option<Instant> {
        self.rest.filter(|_| self.resting)
    }

    /// Ends the rest if its time is over; whether it did.
    pub(super) fn wake(&mut self, now: Instant, counts: Counts) -> bool {
        let over = self.rests_until().is_some_and(|until| now >= until);
        if over {
            self.resting = false;
            self.seen = VecDeque::from([(now, counts)]);
        }
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A version that fails at `failures` of the calls it gets each tenth of a second.
    struct Clock {
        now: Instant,
        counts: Counts,
        crash: Crash,
    }

    impl Clock {
        fn new() -> Self {
            let now = Instant::now();
            Self { now, counts: Counts::default(), crash: Crash::new(now, Counts::default()) }
        }

        /// Whether a crash loop is seen within `span`, and when.
        fn run(&mut self, span: Duration, calls: u64, failures: u64) -> Option<Duration> {
            let begun = self.now;
            while self.now < begun + span {
                self.now += Duration::from_millis(100);
                self.counts.calls += calls;
                self.counts.failures += failures;
                if self.crash.look(self.now, self.counts).is_some() {
                    return Some(self.now - begun);
                }
            }
            None
        }

        /// The length of a rest that begins now, slept through.
        fn rest(&mut self) -> Duration {
            let until = self.crash.begin_rest(self.now);
            let length = until - self.now;
            assert!(!self.crash.wake(until - Duration::from_millis(1), self.counts), "too early");
            self.now = until;
            assert!(self.crash.wake(until, self.counts));
            length
        }
    }

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn five_failures_in_ten_seconds_are_a_crash_loop() {
        assert_eq!(Clock::new().run(HOUR, 1, 1), Some(Duration::from_millis(500)));
    }

    #[test]
    fn failures_that_come_seldom_are_not() {
        let mut clock = Clock::new();
        for _ in 0..100 {
            assert_eq!(clock.run(Duration::from_millis(100), 1, 1), None);
            assert_eq!(clock.run(Duration::from_millis(2_500), 0, 0), None);
        }
    }

    #[test]
    fn a_few_failures_among_many_calls_are_not() {
        assert_eq!(Clock::new().run(Duration::from_secs(60), 1_000, 50), None);
        assert!(Clock::new().run(Duration::from_secs(60), 1_000, 100).is_some());
    }

    #[test]
    fn rests_double_up_to_a_minute() {
        let mut clock = Clock::new();
        let rests: Vec<u64> = (0..8)
            .map(|_| {
                clock.run(HOUR, 1, 1).expect("a crash loop");
                clock.rest().as_secs()
            })
            .collect();
        assert_eq!(rests, [1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn a_minute_without_a_crash_loop_forgets_them() {
        let mut clock = Clock::new();
        for _ in 0..4 {
            clock.run(HOUR, 1, 1).expect("a crash loop");
            clock.rest();
        }
        assert_eq!(clock.run(Duration::from_secs(61), 10, 0), None);
        clock.run(HOUR, 1, 1).expect("a crash loop");
        assert_eq!(clock.rest(), SHORTEST);
    }

    #[test]
    fn what_came_before_a_rest_is_not_counted_after_it() {
        let mut clock = Clock::new();
        clock.run(HOUR, 100, 100).expect("a crash loop");
        clock.rest();
        assert_eq!(clock.run(Duration::from_secs(20), 1, 0), None);
    }
}
