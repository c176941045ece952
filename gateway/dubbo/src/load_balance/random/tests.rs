//! Weighted random against the formula, by counting.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use super::*;
use crate::cluster::tests::Scripted;
use crate::directory::Member;
use crate::invocation::Method;
use crate::url::DubboUrl;

const NOW: u64 = 1_800_000_000_000;
const DRAWS: u32 = 40_000;

fn candidates(parameters: &[&str]) -> Candidates {
    let member = |(at, parameters): (usize, &&str)| {
        let url = DubboUrl::parse(&format!("dubbo://h:{}/d.Svc?{parameters}", at + 1)).unwrap();
        Rc::new(Member::of(Arc::new(Provider::new(url)), Scripted::new([])))
    };
    Candidates::new(parameters.iter().enumerate().map(member).collect())
}

/// Draws many times and compares each provider's share with the one expected, within five standard deviations.
#[track_caller]
fn check(parameters: &[&str], expected: &[f64]) {
    let candidates = candidates(parameters);
    let random = Random { now_ms: || NOW };
    let method = Method::new("f", "");
    let call = Invocation {
        method: &method,
        arguments: &[],
        attachments: &[],
        deadline: Instant::now(),
        chosen: None,
        context: None,
    };
    let mut drawn = vec![0_u32; parameters.len()];
    for _ in 0..DRAWS {
        drawn[random.select(&candidates, &call).unwrap()] += 1;
    }
    let total: f64 = expected.iter().sum();
    for (at, (drawn, expected)) in drawn.iter().zip(expected).enumerate() {
        let share = expected / total;
        let deviation = (share * (1.0 - share) * f64::from(DRAWS)).sqrt();
        let off = (f64::from(*drawn) - share * f64::from(DRAWS)).abs();
        assert!(off <= 5.0 * deviation, "{}: drawn {drawn}, expected {:.0}", parameters[at], share * f64::from(DRAWS));
    }
}

fn started(ago: u64) -> String {
    format!("timestamp={}", NOW - ago)
}

#[test]
fn equal_weights_share_evenly() {
    check(&["", "", "", ""], &[1.0, 1.0, 1.0, 1.0]);
}

#[test]
fn weights_share_in_proportion_and_zero_gets_nothing() {
    check(&["weight=100", "weight=300", "weight=0", ""], &[100.0, 300.0, 0.0, 100.0]);
}

#[test]
fn weights_that_are_all_zero_share_evenly() {
    check(&["weight=0", "weight=0"], &[1.0, 1.0]);
}

#[test]
fn a_fresh_provider_grows_with_its_uptime() {
    let (minute, hour) = (started(60_000), started(3_600_000));
    check(&[&minute, &hour], &[10.0, 100.0]);
}

#[test]
fn the_share_of_a_list_grows_while_it_warms_and_then_stays() {
    thread_local!(static CLOCK: std::cell::Cell<u64> = const { std::cell::Cell::new(NOW) });
    let candidates = candidates(&[&format!("{}&warmup=100000", started(10_000)), "weight=100"]);
    let weight = |provider: &Provider, now| warmed(provider, provider.weight, now);
    for (later, expected) in [(0, 10), (500, 10), (1500, 11), (89_500, 99), (90_000, 100), (900_000, 100)] {
        CLOCK.set(NOW + later);
        let sums = candidates.cumulative_weights(|| CLOCK.get(), weight).clone();
        assert_eq!(sums, [expected, expected + 100], "{later} ms later");
    }
    assert!(candidates.is_warm(|| panic!("a warm list asks no clock")));
}

#[test]
fn the_warm_up_time_is_the_providers_own() {
    let fresh = format!("{}&warmup=120000&weight=200", started(60_000));
    check(&[&fresh, "weight=100"], &[100.0, 100.0]);
}

#[test]
fn a_start_in_the_future_counts_least() {
    let future = format!("timestamp={}", NOW + 5000);
    check(&[&future, ""], &[1.0, 100.0]);
}

#[test]
fn a_weight_of_the_method_beats_the_providers() {
    check(&["f.weight=300&weight=1", "g.weight=7&weight=100"], &[300.0, 100.0]);
}

#[test]
fn strange_weights_do_no_harm() {
    check(&["weight=-5", "weight=abc", "weight=99999999999"], &[0.0, 100.0, f64::from(i32::MAX)]);
}

#[test]
fn seconds_of_a_go_provider_are_taken_for_what_they_are() {
    let seconds = format!("timestamp={}", (NOW - 60_000) / 1000);
    check(&[&seconds, ""], &[10.0, 100.0]);
}

#[test]
fn nobody_and_one_need_no_draw() {
    let random = Random::new();
    let method = Method::new("f", "");
    let call = Invocation {
        method: &method,
        arguments: &[],
        attachments: &[],
        deadline: Instant::now(),
        chosen: None,
        context: None,
    };
    assert_eq!(random.select(&candidates(&[]), &call), None);
    assert_eq!(random.select(&candidates(&["weight=0"]), &call), Some(0));
}
