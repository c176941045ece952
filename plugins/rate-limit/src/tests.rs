//! How many requests come through.

use super::*;
use yumen_plugin::Action;
use yumen_plugin::testing::{self, load};

const TEN: &str = r#"{"limits": [{"requests": 10, "per": "1m"}]}"#;

fn at(milliseconds: u64) {
    testing::host(|host| host.now = 1_700_000_040_000 + milliseconds); // a minute begins there
}

/// How many of `requests` came through.
fn burst(plugin: &testing::Filter<RateLimit>, client: &str, requests: usize) -> usize {
    let through = |_: &usize| plugin.on_request([(":client", client)]).action == Action::Next;
    (0..requests).filter(through).count()
}

fn reply(verdict: Verdict) -> Reply {
    match verdict.action {
        Action::Reply(reply) => reply,
        other => panic!("{other:?}"),
    }
}

fn field(reply: &Reply, name: &str) -> u64 {
    reply.fields.iter().find(|(known, _)| known == name).unwrap().1.parse().unwrap()
}

#[test]
fn no_more_than_the_limit_comes_through_in_a_window() {
    let plugin = load(TEN).unwrap();
    at(0);
    assert_eq!(burst(&plugin, "10.0.0.1", 30), 10);
    assert_eq!(burst(&plugin, "10.0.0.2", 30), 10, "each client has a count of its own");
}

#[test]
fn the_window_slides_so_that_its_edge_lets_no_double_burst_through() {
    let plugin = load(TEN).unwrap();
    at(59_000);
    assert_eq!(burst(&plugin, "a", 30), 10);
    at(61_000);
    assert_eq!(burst(&plugin, "a", 30), 1, "59 of 60 seconds of the last window still count");
    at(90_000);
    assert_eq!(burst(&plugin, "a", 30), 4, "half of them have faded, and one more was let through");
    at(180_000);
    assert_eq!(burst(&plugin, "a", 30), 10);
}

#[test]
fn what_is_refused_does_not_count() {
    let plugin = load(TEN).unwrap();
    at(0);
    assert_eq!(burst(&plugin, "a", 1000), 10);
    at(119_999);
    assert_eq!(burst(&plugin, "a", 30), 10);
}

#[test]
fn who_waits_as_long_as_retry_after_says_is_let_through() {
    for start in [0, 1000, 30_000, 59_999] {
        testing::host(|host| host.counters.clear());
        let plugin = load(TEN).unwrap();
        at(start);
        assert_eq!(burst(&plugin, "a", 10), 10);
        for moment in [start, start + 61_000] {
            at(moment);
            burst(&plugin, "a", 10);
            let refused = reply(plugin.on_request([(":client", "a")]));
            assert_eq!(refused.status, 429);
            at(moment + field(&refused, "retry-after") * 1000);
            assert_eq!(burst(&plugin, "a", 1), 1, "{start} {moment}");
        }
    }
}

#[test]
fn of_several_limits_each_holds_and_the_tightest_is_told() {
    let plugin = load(r#"{"limits": [{"requests": 10, "per": "1m"}, {"requests": 3, "per": "1s"}]}"#).unwrap();
    at(0);
    let verdict = plugin.on_request([(":client", "a")]);
    let told = plugin.on_response(200, verdict.state, []);
    let expected = Verdict::next()
        .set("ratelimit-policy", "10;w=60, 3;w=1")
        .set("ratelimit-limit", "3")
        .set("ratelimit-remaining", "2")
        .set("ratelimit-reset", "1");
    assert_eq!(told, expected);
    assert_eq!(burst(&plugin, "a", 10), 2);
    for second in 2..10 {
        at(second * 1000);
        burst(&plugin, "a", 10);
    }
    assert_eq!(plugin.plugin().limits[0].counters.get(slot([Some("a")].into_iter())), 10);
}

#[test]
fn a_key_is_made_of_what_the_configuration_names() {
    let plugin =
        load(r#"{"limits": [{"requests": 1, "per": "1s"}], "key": ["tag.consumer", ":route"], "fields": false}"#);
    let plugin: testing::Filter<RateLimit> = plugin.unwrap();
    assert_eq!(plugin.manifest().request_wants, ["tag.consumer", ":route"]);
    let through = |consumer: &str, route: &str| {
        plugin.on_request([("tag.consumer", consumer), (":route", route)]) == Verdict::next()
    };
    assert!(through("ab", "c"));
    assert!(through("a", "bc"));
    assert!(!through("a", "bc"));
    assert_eq!(plugin.on_request([(":route", "bc")]), Verdict::next(), "no consumer is another key than any consumer");
}

#[test]
fn limits_that_mean_nothing_are_refused() {
    let refused = |limits: &str| load::<RateLimit>(&format!(r#"{{"limits": [{limits}]}}"#)).is_err();
    for per in ["", "1", "s", "1w", "0s", "50ms", "50d", "-1s", "1 s"] {
        assert!(refused(&format!(r#"{{"requests": 1, "per": "{per}"}}"#)), "{per}");
    }
    assert!(refused(r#"{"requests": 0, "per": "1s"}"#));
    assert!(refused(r#"{"requests": 1, "per": "1m"}, {"requests": 2, "per": "60s"}"#));
    assert!(refused(""));
}
