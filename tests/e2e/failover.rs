//! Calls survive providers that die, stand still, leave and come back; and none is made twice that must not be.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use yumen_tests::{
    gateway::{Answer, TestGateway},
    java::Line,
};

use crate::{
    load::{Load, until},
    pair::{ATTEMPT, Front, Pair, WORKERS},
    world::{FREIGHT, run},
};

/// A call that is seen as it begins, and ends `ms` later the first time that a provider sees its key.
const KEPT: &str = r#"
  - { name: again, match: { path: "/again/{key}/{ms}" }, to: { service: freight, method: flakySlow },
      args: [path.key, { const: 1 }, path.ms], timeout: 50s, idempotent: true }
  - { name: once, match: { path: "/once/{key}/{ms}" }, to: { service: freight, method: flakySlow },
      args: [path.key, { const: 1 }, path.ms], timeout: 50s }
"#;

/// The same with an attempt that ends sooner than the call.
const HASTY: &str = r#"
  - { name: again, match: { path: "/again/{key}/{ms}" }, to: { service: freight, method: flakySlow },
      args: [path.key, { const: 1 }, path.ms], timeout: 2s, idempotent: true }
  - { name: once, match: { path: "/once/{key}/{ms}" }, to: { service: freight, method: flakySlow },
      args: [path.key, { const: 1 }, path.ms], timeout: 2s }
"#;
/// The `timeout` above.
const HASTY_ATTEMPT: Duration = Duration::from_secs(2);
/// So long that no call ends by itself while a test looks on; `Front::end_at_b` ends it.
const LONG: u32 = 45_000;
/// Requests that `at_once` makes: enough that both providers get some.
const AT_ONCE: usize = 20;

/// So many requests at once, each on a connection of its own.
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
    (0..AT_ONCE).map(request).collect()
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
fn a_provider_that_leaves_and_comes_back_costs_no_call_of_any_sort() {
    run(async {
        let [one, two, three] = Line::ALL.map(leaves_and_comes_back);
        tokio::join!(one, two, three);
    });
}

async fn leaves_and_comes_back(line: Line) {
    let mut pair = Pair::of(line).await;
    let front = pair.gateway(KEPT).await;
    let load = Load::get(front.address, 2, "/who-once");
    let long_calls = at_once(&front, |number| format!("/once/leaving-{number}/700"));
    load.some_more(100).await;
    pair.b.stop().await;
    for (_, answer, _) in long_calls.join_all().await {
        answer.expect(200);
    }
    let before = load.count("\"b\"");
    load.some_more(100).await;
    assert_eq!(load.count("\"b\""), before, "Dubbo {line}: one that left answered");
    pair.b.restart().await;
    load.until("answers of one that came back", |tally| tally.good["\"b\""] > before || !tally.bad.is_empty()).await;
    load.stop().await.expect_no_failure();
}

#[test]
fn a_killed_provider_costs_the_calls_under_way_that_must_not_be_made_twice_and_no_others() {
    run(async {
        let mut pair = Pair::of(Line::V2_7).await;
        let front = pair.gateway(KEPT).await;
        let again = at_once(&front, |number| format!("/again/killed-again-{number}/{LONG}"));
        let once = at_once(&front, |number| format!("/once/killed-once-{number}/{LONG}"));
        let mut counter = front.counter();
        let mut once_at_a = Vec::new();
        for number in 0..AT_ONCE {
            counter.until(&format!("killed-again-{number}"), |(a, b)| a + b == 1).await;
            let (a, _) = counter.until(&format!("killed-once-{number}"), |(a, b)| a + b == 1).await;
            once_at_a.push(a == 1);
        }
        assert!(once_at_a.contains(&true) && once_at_a.contains(&false), "one of the two got no call");
        pair.a.kill();
        front.end_at_b("killed").await;
        for (number, answer, _) in again.join_all().await {
            assert_eq!(answer.expect(200).json(), "b", "call {number}");
        }
        for (number, answer, _) in once.join_all().await {
            answer.expect(if once_at_a[number] { 503 } else { 200 });
            let at_b = counter.of_b(&format!("killed-once-{number}")).await;
            assert_eq!(at_b, u64::from(!once_at_a[number]), "call {number} at the other provider");
        }
        refuses_without_a_failure(&pair, &front).await;
    });
}

/// The one that was killed is still listed, and refuses: to a gateway that knew it and to one that never did.
async fn refuses_without_a_failure(pair: &Pair, knows_it: &Front) {
    let does_not = pair.fresh_gateway("", &[]).await;
    for front in [knows_it, &does_not] {
        let load = Load::get(front.address, 2, "/who-once");
        load.some_more(60).await;
        let tally = load.stop().await;
        tally.expect_no_failure();
        assert_eq!(tally.good.keys().collect::<Vec<_>>(), ["\"b\""]);
    }
}

#[test]
fn a_provider_that_stands_still_costs_time_but_no_idempotent_call_and_no_call_is_made_twice() {
    run(async {
        let pair = Pair::of(Line::V3_2).await;
        let (front, other) = (pair.gateway(HASTY).await, pair.gateway(HASTY).await);
        let paused = pair.a.pause();
        let again = at_once(&other, |number| format!("/again/still-again-{number}/0"));
        for (_, answer, _) in again.join_all().await {
            assert_eq!(answer.expect(200).json(), "b");
        }
        let mut answers = Vec::new();
        for number in 0..40 {
            let begun = Instant::now();
            let answer = front.get(&format!("/once/still-once-{number}/0")).await;
            if answer.status != 200 {
                let took = begun.elapsed();
                answer.expect(504);
                assert!(took >= HASTY_ATTEMPT, "an attempt of {HASTY_ATTEMPT:?} ended after {took:?}");
            }
            answers.push(answer.status.as_u16());
        }
        // Once a worker has waited in vain, it prefers the other provider.
        let late = answers.iter().filter(|status| **status == 504).count();
        assert!((1..=WORKERS).contains(&late), "{late} calls met the provider that stands still");
        paused.resume();
        front.until_both().await;
        let mut counter = front.counter();
        for (number, status) in answers.iter().enumerate() {
            let (a, b) = counter.until(&format!("still-once-{number}"), |(a, b)| a + b > 0).await;
            assert_eq!(a + b, 1, "call {number}, answered {status}, was made {a} times and {b} times");
        }
    });
}

#[test]
fn a_provider_that_answers_no_heartbeat_is_left() {
    run(async {
        let pair = Pair::of(Line::V3_3).await;
        // As the provider says: an attempt may take long, a heartbeat not.
        let sections = format!(
            r#"
registries: [{{ name: fixed, type: static, providers: ["dubbo://{}/{FREIGHT}?timeout=50000&heartbeat=500"] }}]
services: [{{ name: freight, interface: {FREIGHT}, registry: fixed, methods: {{ who: {{ returns: string }} }} }}]
routes: [{{ name: lone, match: {{ path: /lone }}, to: {{ service: freight, method: who }} }}]
"#,
            pair.a.endpoint()
        );
        let front = TestGateway::start(&sections).await;
        assert_eq!(front.get("/lone").await.expect(200).json(), "a");
        let paused = pair.a.pause();
        // The connection is closed after three of them, and the call with it, which may have arrived.
        assert_eq!(front.get("/lone").await.expect(503).json()["detail"], "no provider could be reached");
        paused.resume();
        until("an answer of the one that goes on", async || front.get("/lone").await.status == 200).await;
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
        let mut counter = front.counter();
        front.get(&format!("/once/slow-once/{LONG}")).await.expect(504);
        counter.until("slow-once", |(a, b)| a + b > 0).await;
        // Slow once at each; the second retry is the one that succeeds.
        front.get(&format!("/again/slow-again/{LONG}")).await.expect(200);
        let (a, b) = counter.until("slow-again", |(a, b)| a + b == 3).await;
        assert!(a > 0 && b > 0, "{a} times and {b} times");
        front.get("/flaky/thrown").await.expect(500);
        for key in ["slow-once", "thrown"] {
            let (a, b) = counter.of(key).await;
            assert_eq!(a + b, 1, "{key}");
        }
    });
}

#[test]
fn retries_end_with_the_time_of_the_request() {
    run(async {
        let pair = Pair::of(Line::V3_2).await;
        let routes = r#"
  - { name: stubborn, match: { path: "/stubborn/{key}" }, to: { service: freight, method: flakySlow },
      args: [path.key, { const: 100 }, { const: 2000 }], timeout: 400ms, retries: 100, idempotent: true }"#;
        let front = pair.fresh_gateway(routes, &["listeners.web.limits.request.timeout=2s"]).await;
        front.until_both().await;
        let begun = Instant::now();
        front.get("/stubborn/stubborn").await.expect(504);
        let took = begun.elapsed();
        assert!((Duration::from_secs(2)..Duration::from_secs(30)).contains(&took), "{took:?}");
        let (a, b) = front.counter().of("stubborn").await;
        assert!((2..=5).contains(&(a + b)), "{a} times and {b} times");
    });
}

#[test]
fn without_a_living_provider_the_answer_is_a_503_at_once_until_one_is_back() {
    run(async {
        let mut pair = Pair::of(Line::V2_7).await;
        let front = pair.gateway("").await;
        pair.a.kill();
        pair.b.kill();
        for path in ["/who", "/who-once", "/who", "/who-once"] {
            let begun = Instant::now();
            let answer = front.get(path).await;
            assert_eq!(answer.expect(503).json()["code"], "YM0503");
            assert!(begun.elapsed() < ATTEMPT, "after {:?}", begun.elapsed());
        }
        pair.b.restart().await;
        for path in ["/who-once", "/who", "/who-once", "/who"] {
            assert_eq!(front.get(path).await.expect(200).json(), "b", "it is back, and the first call finds it");
        }
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
