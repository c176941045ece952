//! Calls survive providers that die, stand still, leave and come back; and none is made twice that must not be.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use yumen_tests::{gateway::Answer, java::Line};

use crate::{
    load::{Load, until},
    pair::{Front, Pair},
    world::run,
};

/// A call that is seen as it begins, and ends `ms` later the first time that a provider sees its key.
const KEPT: &str = r#"
  - { name: again, match: { path: "/again/{key}/{ms}" }, to: { service: freight, method: flakySlow },
      args: [path.key, { const: 1 }, path.ms], timeout: 5s, idempotent: true }
  - { name: once, match: { path: "/once/{key}/{ms}" }, to: { service: freight, method: flakySlow },
      args: [path.key, { const: 1 }, path.ms], timeout: 5s }
"#;

/// The same with an attempt that ends sooner than the call.
const HASTY: &str = r#"
  - { name: again, match: { path: "/again/{key}/{ms}" }, to: { service: freight, method: flakySlow },
      args: [path.key, { const: 1 }, path.ms], timeout: 400ms, idempotent: true }
  - { name: once, match: { path: "/once/{key}/{ms}" }, to: { service: freight, method: flakySlow },
      args: [path.key, { const: 1 }, path.ms], timeout: 400ms }
"#;

/// Twenty requests at once, each on a connection of its own.
fn at_once(front: &Front, path: impl Fn(usize) -> String) -> JoinSet<(usize, Answer, Duration)> {
    let address = front.address;
    let request = |number| {
        let path = path(number);
        async move {
            let begun = Instant::now();
            let answer = yumen_tests::gateway::send(address, http::Method::GET, &path, &[], bytes::Bytes::new()).await;
            (number, answer, begun.elapsed())
        }
    };
    (0..20).map(request).collect()
}

#[test]
fn a_killed_provider_costs_no_idempotent_call_while_another_lives() {
    run(async {
        let mut pair = Pair::of(Line::V3_3).await;
        let front = pair.gateway("").await;
        let load = Load::get(front.address, 4, "/who");
        load.some_more(200).await;
        pair.a.kill();
        load.some_more(200).await;
        pair.a.restart().await;
        let before = load.count("\"a\"");
        load.until("answers of the restarted provider", |tally| tally.good["\"a\""] > before).await;
        load.stop().await.expect_no_failure();
    });
}

#[test]
fn a_provider_that_ends_gracefully_costs_no_call_of_any_sort() {
    run(async {
        let [one, two, three] = Line::ALL.map(ends_gracefully);
        tokio::join!(one, two, three);
    });
}

async fn ends_gracefully(line: Line) {
    let mut pair = Pair::of(line).await;
    let front = pair.gateway(KEPT).await;
    let load = Load::get(front.address, 2, "/who-once");
    let long_calls = at_once(&front, |number| format!("/once/graceful-{number}/700"));
    load.some_more(100).await;
    pair.b.stop().await;
    load.some_more(100).await;
    eprintln!("Dubbo {line}: {} calls to the one that left", load.count("\"b\""));
    for (_, answer, _) in long_calls.join_all().await {
        answer.expect(200);
    }
    load.stop().await.expect_no_failure();
}

#[test]
fn a_call_under_way_at_a_killed_provider_is_made_again_only_when_idempotent() {
    run(async {
        let mut pair = Pair::of(Line::V3_3).await;
        let front = pair.gateway(KEPT).await;
        let again = at_once(&front, |number| format!("/again/killed-again-{number}/900"));
        let once = at_once(&front, |number| format!("/once/killed-once-{number}/900"));
        let mut begun = Vec::new();
        until("all calls under way", async || {
            begun.clear();
            for key in (0..20).flat_map(|number| ["again", "once"].map(|how| format!("killed-{how}-{number}"))) {
                begun.push((front.counts(&key).await, key));
            }
            begun.iter().all(|((a, b), _)| a + b == 1)
        })
        .await;
        pair.a.kill();
        let at_a = |how: &str, number: usize| {
            let key = format!("killed-{how}-{number}");
            begun.iter().any(|((a, _), one)| *one == key && *a == 1)
        };
        for (number, answer, _) in again.join_all().await {
            assert_eq!(answer.expect(200).json(), "b", "call {number}");
        }
        let mut lost = 0;
        for (number, answer, _) in once.join_all().await {
            let expected = if at_a("once", number) { 503 } else { 200 };
            lost += usize::from(expected == 503);
            answer.expect(expected);
            let count = front.get(&format!("/b/killed-once-{number}")).await;
            assert_eq!(count.expect(200).json(), u64::from(expected == 200), "call {number} at the other provider");
        }
        assert!(lost > 0, "no call was under way at the killed provider");
    });
}

#[test]
fn a_provider_that_stands_still_costs_time_but_no_idempotent_call_and_no_call_is_made_twice() {
    run(async {
        let pair = Pair::of(Line::V3_3).await;
        let front = pair.gateway(HASTY).await;
        pair.a.pause();
        let again = at_once(&front, |number| format!("/again/still-again-{number}/0"));
        for (_, answer, _) in again.join_all().await {
            assert_eq!(answer.expect(200).json(), "b");
        }
        let mut late = 0;
        let once = at_once(&front, |number| format!("/once/still-once-{number}/0"));
        let once = once.join_all().await;
        for (_, answer, took) in &once {
            if answer.status != 200 {
                answer.expect(504);
                late += 1;
                let range = Duration::from_millis(400)..Duration::from_millis(1400);
                assert!(range.contains(took), "an attempt of 400 ms ended after {took:?}");
            }
        }
        assert!(late > 0, "no call met the provider that stands still");
        pair.a.resume();
        front.until_both().await; // what was sent to it before was handled before
        for (number, answer, _) in once {
            let (a, b) = front.counts(&format!("still-once-{number}")).await;
            assert_eq!(a + b, 1, "call {number}, answered {}, ran {a} times and {b} times", answer.status);
        }
    });
}

#[test]
fn a_timeout_is_tried_elsewhere_only_when_idempotent_and_an_exception_never() {
    run(async {
        let pair = Pair::of(Line::V3_3).await;
        let flaky = r#"
  - { name: flaky, match: { path: "/flaky/{key}" }, to: { service: freight, method: flaky },
      args: [path.key, { const: 1 }], idempotent: true }"#;
        let front = pair.gateway(&format!("{HASTY}{flaky}")).await;
        front.get("/once/slow-once/1000").await.expect(504);
        let (a, b) = front.counts("slow-once").await;
        assert_eq!(a + b, 1);
        // Slow once at each: a retry succeeds where the call was before, the first or the second.
        front.get("/again/slow-again/1000").await.expect(200);
        let (a, b) = front.counts("slow-again").await;
        assert!((2..=3).contains(&(a + b)), "{a} times and {b} times");
        front.get("/flaky/thrown").await.expect(500);
        let (a, b) = front.counts("thrown").await;
        assert_eq!(a + b, 1);
    });
}

#[test]
fn retries_end_with_the_time_of_the_request() {
    run(async {
        let pair = Pair::of(Line::V3_3).await;
        let routes = r#"
  - { name: stubborn, match: { path: "/stubborn/{key}" }, to: { service: freight, method: flakySlow },
      args: [path.key, { const: 100 }, { const: 2000 }], timeout: 400ms, retries: 20, idempotent: true }"#;
        let front = pair.fresh_gateway(routes, &["listeners.web.limits.request.timeout=1s"]).await;
        front.until_both().await;
        let begun = Instant::now();
        front.get("/stubborn/stubborn").await.expect(504);
        let took = begun.elapsed();
        assert!((Duration::from_millis(900)..Duration::from_millis(2500)).contains(&took), "{took:?}");
        let (a, b) = front.counts("stubborn").await;
        assert!((2..=3).contains(&(a + b)), "{a} times and {b} times");
    });
}

#[test]
fn a_refused_connection_costs_no_call_of_any_sort() {
    run(async {
        let mut pair = Pair::of(Line::V3_3).await;
        let knows_it = pair.gateway("").await;
        pair.b.kill();
        let does_not = pair.fresh_gateway("", &[]).await;
        for front in [&knows_it, &does_not] {
            let load = Load::get(front.address, 2, "/who-once");
            load.some_more(60).await;
            let tally = load.stop().await;
            tally.expect_no_failure();
            assert_eq!(tally.good.keys().collect::<Vec<_>>(), ["\"a\""]);
        }
    });
}

#[test]
fn without_a_living_provider_the_answer_is_a_quick_503_until_one_is_back() {
    run(async {
        let mut pair = Pair::of(Line::V3_3).await;
        let front = pair.gateway("").await;
        pair.a.kill();
        pair.b.kill();
        for path in ["/who", "/who-once", "/who", "/who-once"] {
            let begun = Instant::now();
            let answer = front.get(path).await;
            assert_eq!(answer.expect(503).json()["code"], "YM0503");
            assert!(begun.elapsed() < Duration::from_secs(1), "after {:?}", begun.elapsed());
        }
        let (a, b) = pair.both();
        tokio::join!(a.restart(), b.restart());
        front.until_both().await;
    });
}

#[test]
fn a_reply_that_comes_too_late_reaches_nobody() {
    run(async {
        let pair = Pair::of(Line::V3_3).await;
        let routes = r#"
  - { name: hasty, match: { path: "/hasty/{key}" }, to: { service: a, method: flakySlow },
      args: [path.key, { const: 1 }, { const: 700 }], timeout: 200ms }"#;
        let front = pair.fresh_gateway(routes, &["gateway.workers=1"]).await;
        front.get("/hasty/late").await.expect(504);
        // Another call on the same connection waits while the late reply comes.
        until("the late reply", async || {
            assert_eq!(front.get("/a/late").await.expect(200).json(), 1);
            let metrics = front.status("/metrics").await.text();
            metrics.lines().any(|line| line.starts_with("yumen_upstream_late_replies_total") && line.ends_with(" 1"))
        })
        .await;
    });
}
