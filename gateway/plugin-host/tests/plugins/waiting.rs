//! Guests that wait for side calls: the worker does not.

use std::rc::Rc;
use std::time::{Duration, Instant};

use yumen_plugin_host::words::Protocol;
use yumen_plugin_host::{Failure, Grants, Limits, Spec, Version};

use crate::guest::{ANSWER, FINE, Guest};
use crate::world::{Scripted, World, visit_with};

const SEND: &str = "(import \"yumen:plugin/http-client@0.1.0\" \"send\" (func $send (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))";

/// A guest that can ask the cluster `identity`, and what it does to ask: then the tag of the result lies at 3000, 0 an answer, 1 an error.
fn caller() -> (Guest, String) {
    let mut guest = Guest::filter();
    guest.imports = SEND.to_owned();
    let (cluster, method, path) = (guest.text(b"identity"), guest.text(b"GET"), guest.text(b"/keys"));
    let nothing = "(i32.const 0) (i32.const 0)";
    let ask = format!("(call $send {cluster} {method} {path} {nothing} {nothing} (i32.const 0) (i32.const 3000))");
    (guest, ask)
}

/// A filter that asks so many times and gives the tag of the last result as its state. It does `after` once the answer is there.
fn asking(times: usize, after: &str) -> Guest {
    let (guest, ask) = caller();
    let state = ANSWER + 40;
    let answer = format!("(i64.store (i32.const {state}) (i64.load8_u (i32.const 3000))) (i32.const {ANSWER})");
    guest.on("on-request", format!("{} {after} {answer}", ask.repeat(times)))
}

fn granted(world: &World, guest: Guest) -> std::sync::Arc<Version> {
    let grants = Grants { clusters: vec!["identity".to_owned()], ..Grants::default() };
    world.host.load(&guest.build(), &Spec { grants, ..Spec::new("test") }).unwrap()
}

async fn ask(
    world: &World,
    version: &std::sync::Arc<Version>,
    script: &Rc<Scripted>,
    left: Duration,
) -> Result<u64, Failure> {
    let visit = visit_with(script, left);
    Ok(world.pool(version).on_request(&visit, Protocol::Http1, &[]).await?.state)
}

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_side_call_parks_the_guest_and_not_the_worker() {
    let world = World::new();
    let version = granted(&world, asking(1, ""));
    let script = Rc::new(Scripted { takes: Duration::from_millis(500), ..Scripted::default() });
    let began = Instant::now();
    let calls = (0..10).map(|_| ask(&world, &version, &script, LONG));
    let answers = futures_util::future::join_all(calls).await;
    assert!(answers.iter().all(|answer| *answer == Ok(0)), "{answers:?}");
    assert!(began.elapsed() < Duration::from_secs(4), "ten calls of half a second took {:?}", began.elapsed());
    assert_eq!((script.requests.borrow().len(), version.statistics().instances), (10, 10));
    let asked = script.requests.borrow()[0].clone();
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("GET", "/keys"));
    assert!(asked.timeout_ms > 50_000 && asked.timeout_ms <= 60_000, "{}", asked.timeout_ms);
}

#[tokio::test]
async fn a_guest_that_waits_by_wasi_is_parked_and_not_the_worker() {
    let world = World::new();
    let nap = format!("(call $block (call $subscribe (i64.const 300000000))) (i32.const {FINE})");
    let version = world.load(&Guest::waiting().on("on-request", nap).build());
    let script = Rc::new(Scripted::default());
    let began = Instant::now();
    let naps = (0..10).map(|_| ask(&world, &version, &script, LONG));
    let answers = futures_util::future::join_all(naps).await;
    assert!(answers.iter().all(|answer| *answer == Ok(0)), "{answers:?}");
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(300) && took < Duration::from_millis(2_500), "ten naps took {took:?}");
    let left = ask(&world, &version, &script, Duration::from_millis(50)).await;
    assert_eq!(left, Err(Failure::Timeout), "a nap ends with the exchange's deadline");
}

#[tokio::test]
async fn being_woken_spends_no_host_calls() {
    let world = World::new();
    let naps = "(call $block (call $subscribe (i64.const 2000000)))".repeat(8);
    let guest = Guest::waiting().on("on-request", format!("{naps} (i32.const {FINE})"));
    let limits = Limits { host_calls: 3, ..Limits::default() };
    let version = world.host.load(&guest.build(), &Spec { limits, ..Spec::new("test") }).unwrap();
    assert_eq!(ask(&world, &version, &Rc::new(Scripted::default()), LONG).await, Ok(0));
}

#[tokio::test]
async fn a_callback_that_is_given_up_shows_in_the_times() {
    let world = World::new();
    let nap = format!("(call $block (call $subscribe (i64.const 60000000000))) (i32.const {FINE})");
    let version = world.load(&Guest::waiting().on("on-request", nap).build());
    let script = Rc::new(Scripted::default());
    let left = tokio::time::timeout(Duration::from_millis(50), ask(&world, &version, &script, LONG)).await;
    assert!(left.is_err(), "the client has gone");
    assert!(version.statistics().p99 >= Duration::from_millis(40), "{:?}", version.statistics().p99);
}

#[tokio::test]
async fn waiting_does_not_count_as_computing() {
    let world = World::new();
    let version = granted(&world, asking(3, ""));
    let script = Rc::new(Scripted { takes: Duration::from_millis(60), ..Scripted::default() });
    assert_eq!(ask(&world, &version, &script, LONG).await, Ok(0));
}

#[tokio::test]
async fn computing_for_ever_after_waiting_is_stopped() {
    let world = World::new();
    let version = granted(&world, asking(1, "(loop $l (br $l))"));
    let script = Rc::new(Scripted { takes: Duration::from_millis(30), ..Scripted::default() });
    let began = Instant::now();
    assert_eq!(ask(&world, &version, &script, LONG).await, Err(Failure::Timeout));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_cluster_that_is_not_granted_is_not_asked() {
    let world = World::new();
    let version = world.load(&asking(1, "").build());
    let script = Rc::new(Scripted::default());
    assert_eq!(ask(&world, &version, &script, LONG).await, Ok(1));
    assert!(script.requests.borrow().is_empty());
}

#[tokio::test]
async fn side_calls_beyond_the_budget_of_an_exchange_are_not_made() {
    let world = World::new();
    let version = granted(&world, asking(9, ""));
    let script = Rc::new(Scripted::default());
    assert_eq!(ask(&world, &version, &script, LONG).await, Ok(1), "the ninth is refused");
    assert_eq!(script.requests.borrow().len(), 8);
}

#[tokio::test]
async fn the_exchanges_deadline_ends_a_wait_and_the_instance() {
    let world = World::new();
    let version = granted(&world, asking(1, ""));
    let script = Rc::new(Scripted { takes: LONG, ..Scripted::default() });
    let began = Instant::now();
    assert_eq!(ask(&world, &version, &script, Duration::from_millis(50)).await, Err(Failure::Timeout));
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(version.statistics().instances, 0, "the warm instance was the one");
}

#[tokio::test]
async fn a_call_that_is_dropped_takes_its_instance_with_it() {
    let world = World::new();
    let version = granted(&world, asking(1, ""));
    let script = Rc::new(Scripted { takes: LONG, ..Scripted::default() });
    let dropped = tokio::time::timeout(Duration::from_millis(20), ask(&world, &version, &script, LONG)).await;
    assert!(dropped.is_err());
    assert_eq!((version.statistics().instances, version.failures()), (0, 0));
    let quick = Rc::new(Scripted::default());
    assert_eq!(ask(&world, &version, &quick, LONG).await, Ok(0), "the next one gets a new instance");
}

#[tokio::test]
async fn more_waiting_instances_than_allowed_are_refused_at_once() {
    let world = World::new();
    let grants = Grants { clusters: vec!["identity".to_owned()], ..Grants::default() };
    let spec = Spec { grants, limits: Limits { instances: 3, ..Limits::default() }, ..Spec::new("test") };
    let version = world.host.load(&asking(1, "").build(), &spec).unwrap();
    let script = Rc::new(Scripted { takes: Duration::from_millis(50), ..Scripted::default() });
    let calls = (0..5).map(|_| ask(&world, &version, &script, LONG));
    let answers = futures_util::future::join_all(calls).await;
    let refused = answers.iter().filter(|answer| **answer == Err(Failure::Exhausted)).count();
    assert_eq!(refused, 2, "{answers:?}");
    assert_eq!(ask(&world, &version, &script, LONG).await, Ok(0), "and served again when there is room");
}

#[tokio::test]
async fn instances_that_a_burst_left_behind_are_let_go() {
    let world = World::new();
    let version = granted(&world, asking(1, ""));
    let script = Rc::new(Scripted { takes: Duration::from_millis(20), ..Scripted::default() });
    futures_util::future::join_all((0..10).map(|_| ask(&world, &version, &script, LONG))).await;
    assert_eq!(version.statistics().instances, 10);
    world.pools.sweep();
    assert_eq!(version.statistics().instances, 10, "all were at work since the last sweep");
    ask(&world, &version, &script, LONG).await.unwrap();
    world.pools.sweep();
    assert_eq!(version.statistics().instances, 2, "one of them and one to spare");
    world.pools.sweep();
    assert_eq!(version.statistics().instances, 1);
}

#[test]
fn side_calls_are_not_made_while_a_plugin_is_made_ready() {
    let world = World::new();
    let (guest, ask) = caller();
    let answered = "(if (i32.eqz (i32.load8_u (i32.const 3000))) (then (unreachable)))";
    granted(&world, guest.on("configure", format!("{ask} {answered} (i32.const {FINE})")));
}
