//! The rules of a plugin's life, by a clock that the test moves.

use std::{sync::Mutex, time::Duration};

use super::*;
use crate::statistics::Times;

/// A version that a test makes fail.
#[derive(Debug, Default)]
struct Fake {
    name: &'static str,
    counts: Mutex<Counts>,
    /// `None`: closed.
    policy: Option<FailurePolicy>,
}

impl Counted for Fake {
    fn counts(&self) -> Counts {
        *self.counts.lock().unwrap()
    }

    fn times(&self) -> Times {
        Times::NONE
    }

    fn on_failure(&self) -> FailurePolicy {
        self.policy.unwrap_or(FailurePolicy::Closed)
    }
}

impl Fake {
    fn called(&self, calls: u64, failures: u64) {
        let mut counts = self.counts.lock().unwrap();
        counts.calls += calls;
        counts.failures += failures;
    }

    fn answered(&self, answers: u64, errors: u64) {
        let mut counts = self.counts.lock().unwrap();
        counts.answers += answers;
        counts.errors += errors;
    }
}

fn version(name: &'static str) -> Arc<Fake> {
    Arc::new(Fake { name, ..Fake::default() })
}

struct World {
    now: Instant,
    line: Line<Fake>,
}

impl World {
    fn new(on_failure: FailurePolicy) -> Self {
        let now = Instant::now();
        Self { now, line: Line::empty(now, Some(on_failure)) }
    }

    /// A line on which these versions were activated one after the other and held.
    fn serving(on_failure: FailurePolicy, versions: &[&Arc<Fake>]) -> Self {
        let mut world = Self::new(on_failure);
        for version in versions {
            world.line.activate(Arc::clone(version), Watch::default(), world.now);
            assert!(world.pass(61.0).is_none());
        }
        world
    }

    /// Lets time pass, looking ten times a second; the first turn that comes of it.
    fn pass(&mut self, seconds: f64) -> Option<Turn<Fake>> {
        let end = self.now + Duration::from_secs_f64(seconds);
        while self.now < end {
            self.now += Duration::from_millis(100);
            if let Some(turn) = self.line.look(self.now) {
                return Some(turn);
            }
        }
        None
    }

    /// What a person does to the line who rolls back; whether there was anything to turn to.
    fn rollback(&mut self) -> bool {
        let previous = self.line.previous().cloned();
        let found = previous.is_some();
        previous.into_iter().for_each(|previous| self.line.turn_to(previous, self.now));
        found
    }

    fn serves(&self) -> Option<&'static str> {
        self.line.deployed("a".into()).choose(|_| Some("ann".to_owned())).map(|version| version.name)
    }

    fn all(&self) -> Split {
        Split::share(100.0, None, "x").unwrap()
    }
}

#[test]
fn an_activated_version_serves_and_the_one_before_it_is_kept() {
    let (one, two) = (version("1"), version("2"));
    let mut world = World::serving(FailurePolicy::Closed, &[&one, &two]);
    assert_eq!(world.serves(), Some("2"));
    assert!(!world.line.activate(Arc::clone(&two), Watch::default(), world.now), "it serves already");
    assert_eq!(world.line.previous().map(|version| version.name), Some("1"));
}

#[test]
fn a_rollback_turns_to_the_previous_version_and_a_second_one_back_again() {
    let (one, two) = (version("1"), version("2"));
    let mut world = World::serving(FailurePolicy::Closed, &[&one, &two]);
    assert!(world.rollback());
    assert_eq!(world.serves(), Some("1"));
    assert!(world.rollback());
    assert_eq!(world.serves(), Some("2"));
    let mut fresh = World::serving(FailurePolicy::Closed, &[&one]);
    assert!(!fresh.rollback(), "there is nothing to turn to");
    assert_eq!(fresh.serves(), Some("1"));
}

#[test]
fn a_canary_that_fails_is_taken_out_and_the_stable_version_serves_on() {
    let (one, two) = (version("1"), version("2"));
    let mut world = World::serving(FailurePolicy::Closed, &[&one]);
    world.line.set_canary(Arc::clone(&two), world.all(), None, world.now);
    assert_eq!(world.serves(), Some("2"));
    two.called(100, 5);
    assert!(world.pass(120.0).is_none(), "five percent are borne");
    two.called(100, 50);
    let turn = world.pass(1.0);
    assert!(matches!(turn, Some(Turn::CanaryEnded { why, .. }) if why == "50 of its 100 calls failed"));
    assert_eq!(world.serves(), Some("1"));
}

#[test]
fn a_canary_with_more_errors_than_the_stable_version_has_beside_it_is_taken_out() {
    let (one, two) = (version("1"), version("2"));
    let mut world = World::serving(FailurePolicy::Closed, &[&one]);
    one.answered(1_000, 0);
    world.line.set_canary(Arc::clone(&two), world.all(), None, world.now);
    one.answered(1_000, 500);
    two.answered(100, 52);
    assert!(world.pass(1.0).is_none(), "half of everything fails now");
    two.answered(100, 100);
    let turn = world.pass(1.0);
    assert!(matches!(turn, Some(Turn::CanaryEnded { why, .. }) if why.starts_with("152 of 200 exchanges")));
}

#[test]
fn errors_of_providers_are_not_held_against_a_fresh_version_that_serves_everybody() {
    let (one, two) = (version("1"), version("2"));
    let mut world = World::serving(FailurePolicy::Closed, &[&one]);
    one.answered(1_000, 0);
    world.line.activate(Arc::clone(&two), Watch::default(), world.now);
    two.answered(100, 100);
    assert!(world.pass(120.0).is_none(), "nothing tells that it is the version's fault");
}

#[test]
fn a_canary_that_turns_bad_late_is_taken_out_however_long_it_was_good() {
    let (one, two) = (version("1"), version("2"));
    let canary = || {
        let mut world = World::serving(FailurePolicy::Closed, &[&one]);
        world.line.set_canary(Arc::clone(&two), world.all(), None, world.now);
        for _ in 0..100 {
            two.called(10_000, 0);
            two.answered(10_000, 0);
            one.answered(10_000, 0);
            assert!(world.pass(60.0).is_none());
        }
        world
    };
    let mut world = canary();
    two.called(5, 5);
    assert!(matches!(world.pass(11.0), Some(Turn::CanaryEnded { why, .. }) if why.starts_with("5 of its 5 calls")));
    let mut world = canary();
    world.pass(1.0);
    one.answered(100, 0);
    two.answered(100, 10);
    assert!(matches!(world.pass(1.0), Some(Turn::CanaryEnded { why, .. }) if why.starts_with("10 of 100 exchanges")));
}

#[test]
fn the_failure_policy_is_that_of_the_version_that_serves_unless_one_is_declared() {
    let says = |name, policy| Arc::new(Fake { name, policy: Some(policy), ..Fake::default() });
    let (open, reload) = (says("1", FailurePolicy::Open), says("2", FailurePolicy::Reload));
    let mut world = World::new(FailurePolicy::Closed);
    let policy = |world: &World| world.line.deployed("a".into()).on_failure();
    world.line.activate(Arc::clone(&open), Watch::default(), world.now);
    assert_eq!(policy(&world), FailurePolicy::Closed, "as declared");
    world.line.declare_on_failure(None);
    assert_eq!(policy(&world), FailurePolicy::Open);
    world.line.set_canary(Arc::clone(&reload), world.all(), None, world.now);
    assert_eq!(policy(&world), FailurePolicy::Open, "a canary has no say");
    world.line.promote(None, world.now);
    assert_eq!(policy(&world), FailurePolicy::Reload);
    assert!(world.rollback());
    assert_eq!(policy(&world), FailurePolicy::Open);
}

#[test]
fn a_previous_version_that_is_declared_no_more_is_turned_to_by_persons_alone() {
    let (one, two) = (version("1"), version("2"));
    let mut world = World::serving(FailurePolicy::Closed, &[&one, &two]);
    world.line.shun_previous_unless(|version| version.name == "2");
    two.called(5, 5);
    assert!(matches!(world.pass(1.0), Some(Turn::Rests { .. })));
    assert!(world.rollback());
    assert_eq!(world.serves(), Some("1"));
}

#[test]
fn a_canary_is_watched_as_long_as_it_is_one() {
    let (one, two) = (version("1"), version("2"));
    let mut world = World::serving(FailurePolicy::Closed, &[&one]);
    world.line.set_canary(Arc::clone(&two), world.all(), None, world.now);
    assert!(world.pass(3600.0).is_none());
    two.called(20, 20);
    assert!(matches!(world.pass(1.0), Some(Turn::CanaryEnded { .. })));
}

#[test]
fn a_canary_with_another_share_keeps_its_trial() {
    let (one, two) = (version("1"), version("2"));
    let mut world = World::serving(FailurePolicy::Closed, &[&one]);
    world.line.set_canary(Arc::clone(&two), world.all(), None, world.now);
    two.called(10, 10);
    world.line.set_canary(Arc::clone(&two), Split::share(50.0, None, "x").unwrap(), None, world.now);
    two.called(10, 0);
    assert!(matches!(world.pass(1.0), Some(Turn::CanaryEnded { .. })), "its first failures were forgotten");
}

#[test]
fn a_promoted_canary_is_stable_and_what_was_stable_is_kept() {
    let (one, two) = (version("1"), version("2"));
    let mut world = World::serving(FailurePolicy::Closed, &[&one]);
    world.line.set_canary(Arc::clone(&two), world.all(), None, world.now);
    assert!(world.line.promote(None, world.now).is_some());
    assert!(world.line.canary().is_none());
    assert_eq!((world.serves(), world.line.previous().map(|version| version.name)), (Some("2"), Some("1")));
    assert!(world.line.promote(None, world.now).is_none(), "there is no canary any more");
}

#[test]
fn a_fresh_version_that_fails_gives_way_to_the_previous_one() {
    let (one, two) = (version("1"), version("2"));
    let mut world = World::serving(FailurePolicy::Closed, &[&one]);
    world.line.activate(Arc::clone(&two), Watch::default(), world.now);
    // Seldom enough for no crash loop, yet more than the watch bears.
    for _ in 0..20 {
        two.called(10, 0);
        assert!(world.pass(1.0).is_none());
    }
    two.called(0, 11);
    let turn = world.pass(1.0);
    assert!(matches!(turn, Some(Turn::RolledBack { from, to, .. }) if (from.name, to.name) == ("2", "1")));
    assert_eq!(world.serves(), Some("1"));
}

#[test]
fn a_version_that_held_is_watched_for_crash_loops_alone() {
    let (one, two) = (version("1"), version("2"));
    let mut world = World::serving(FailurePolicy::Closed, &[&one, &two]);
    two.called(1_000, 60);
    assert!(world.pass(20.0).is_none(), "six percent are no crash loop");
    two.called(5, 5);
    assert!(matches!(world.pass(1.0), Some(Turn::RolledBack { .. })));
}

#[test]
fn a_crash_loop_without_a_previous_version_rests_by_the_policy() {
    for (policy, while_resting) in
        [(FailurePolicy::Closed, None), (FailurePolicy::Open, None), (FailurePolicy::Reload, Some("1"))]
    {
        let one = version("1");
        let mut world = World::serving(policy, &[&one]);
        one.called(5, 5);
        let turn = world.pass(1.0);
        assert!(matches!(turn, Some(Turn::Rests { until, .. }) if until == world.now + Duration::from_secs(1)));
        assert_eq!(world.serves(), while_resting, "{policy:?}");
        assert!(world.line.rests_until().is_some());
        assert!(matches!(world.pass(1.0), Some(Turn::Resumes { .. })));
        assert_eq!(world.serves(), Some("1"), "{policy:?}");
    }
}

#[test]
fn nothing_turns_by_itself_to_a_version_that_was_left() {
    let (one, two) = (version("1"), version("2"));
    let mut world = World::serving(FailurePolicy::Closed, &[&one, &two]);
    two.called(5, 5);
    assert!(matches!(world.pass(1.0), Some(Turn::RolledBack { .. })));
    one.called(5, 5);
    assert!(matches!(world.pass(1.0), Some(Turn::Rests { .. })), "two crash-looped before");
    assert!(world.rollback(), "a person may");
    assert_eq!(world.serves(), Some("2"));
}

#[test]
fn a_version_that_is_activated_while_another_rests_serves_at_once() {
    let (one, two) = (version("1"), version("2"));
    let mut world = World::serving(FailurePolicy::Closed, &[&one]);
    one.called(5, 5);
    assert!(matches!(world.pass(1.0), Some(Turn::Rests { .. })));
    world.line.activate(Arc::clone(&two), Watch::default(), world.now);
    assert_eq!(world.serves(), Some("2"));
    two.called(30, 30);
    assert!(
        matches!(world.pass(1.0), Some(Turn::Rests { version, .. }) if version.name == "2"),
        "one crash-looped before"
    );
}

#[test]
fn without_any_version_nothing_is_looked_at() {
    let mut world = World::new(FailurePolicy::Open);
    assert!(world.pass(10.0).is_none());
    assert_eq!(world.serves(), None);
}
