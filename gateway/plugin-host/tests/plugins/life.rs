//! From bytes to a version, and what outlives it.

use std::sync::Arc;
use std::time::Instant;

use yumen_plugin_host::words::Level;
use yumen_plugin_host::{Artifact, Digest, Grants, Host, HostOptions, Reading, Spec, Step};

use crate::guest::{ANSWER, FINE, Guest};
use crate::world::World;

#[test]
fn bytes_that_are_not_what_the_digest_names_are_refused() {
    let world = World::new();
    let artifact = Artifact { digest: Digest::of(b"other"), ..Guest::filter().build() };
    let error = world.refuse(&artifact, &Spec::new("test"));
    assert_eq!(error.step, Step::Digest);
}

#[test]
fn a_configuration_that_the_schema_refuses_is_pointed_at() {
    let world = World::new();
    let mut guest = Guest::filter();
    guest.schema = r#"{"type": "object", "properties": {"header": {"type": "string"}}}"#.to_owned();
    let artifact = guest.build();
    let wrong = Spec { config: r#"{"header": 5}"#.to_owned(), ..Spec::new("test") };
    let error = world.refuse(&artifact, &wrong);
    assert_eq!((error.step, error.pointer.as_deref()), (Step::Config, Some("/header")));
    let right = Spec { config: r#"{"header": "x"}"#.to_owned(), ..Spec::new("test") };
    let version = world.host.load(&artifact, &right).unwrap();
    assert_eq!(version.id(), right.id_of(version.digest()));
}

#[test]
fn a_plugin_that_refuses_its_configuration_or_fails_its_test_is_told_in_its_own_words() {
    let world = World::new();
    for (function, step) in [("configure", Step::Configure), ("self-test", Step::SelfTest)] {
        let mut guest = Guest::filter();
        let (why, length) = guest.place(b"no key is given");
        let refusal = format!(
            "(i32.store (i32.const {ANSWER}) (i32.const 1)) (i32.store (i32.const {}) (i32.const {why}))
             (i32.store (i32.const {}) (i32.const {length})) (i32.const {ANSWER})",
            ANSWER + 4,
            ANSWER + 8
        );
        let error = world.refuse(&guest.on(function, refusal).build(), &Spec::new("test"));
        assert_eq!(error.step, step);
        assert!(error.message.contains("no key is given"), "{error}");
    }
}

#[tokio::test]
async fn counters_and_metrics_outlive_a_version() {
    let world = World::new();
    let guest = |by: u32| {
        let mut guest = Guest::filter();
        guest.imports = "(import \"yumen:plugin/counters@0.1.0\" \"open\" (func $open (param i32 i32 i32 i32)))
            (import \"yumen:plugin/counters@0.1.0\" \"add\" (func $add (param i32 i64 i64) (result i64)))
            (import \"yumen:plugin/metrics@0.1.0\" \"define\" (func $define (param i32 i32 i32 i32 i32 i32)))
            (import \"yumen:plugin/metrics@0.1.0\" \"add\" (func $count (param i32 i64)))"
            .to_owned();
        let name = guest.text(b"hits");
        let configure = format!(
            "(call $open {name} (i32.const 0) (i32.const 3000))
             (call $define (i32.const 0) {name} (i32.const 0) (i32.const 0) (i32.const 3100)) (i32.const {FINE})"
        );
        let request = format!(
            "(call $count (i32.load (i32.const 3104)) (i64.const 1))
             (i64.store (i32.const {}) (call $add (i32.load (i32.const 3004)) (i64.const 9) (i64.const {by}))) (i32.const {ANSWER})",
            ANSWER + 40
        );
        guest.on("configure", configure).on("on-request", request)
    };
    let first = world.load(&guest(5).build());
    assert_eq!(world.request(&first).await.unwrap().state, 5);
    let second = world.load(&guest(7).build());
    assert_eq!(world.request(&second).await.unwrap().state, 12);
    let metrics = world.host.metrics();
    let [(plugin, series)] = &metrics[..] else { panic!("{} plugins", metrics.len()) };
    assert_eq!((&**plugin, series[0].name(), series[0].read()), ("test", "hits", Reading::Counter(2)));
}

#[tokio::test]
async fn a_bucket_that_is_not_granted_is_denied() {
    let world = World::new();
    let mut guest = Guest::filter();
    guest.imports =
        "(import \"yumen:plugin/kv@0.1.0\" \"remove\" (func $remove (param i32 i32 i32 i32 i32)))".to_owned();
    let (bucket, key) = (guest.text(b"sessions"), guest.text(b"k"));
    // The result's tag: 0 is an answer, 1 an error.
    let body = format!(
        "(call $remove {bucket} {key} (i32.const 3000))
         (i64.store (i32.const {}) (i64.load8_u (i32.const 3000))) (i32.const {ANSWER})",
        ANSWER + 40
    );
    let artifact = guest.on("on-request", body).build();
    assert_eq!(world.request(&world.load(&artifact)).await.unwrap().state, 1);
    let grants = Grants { kv: vec!["sessions".to_owned()], ..Grants::default() };
    let granted = world.host.load(&artifact, &Spec { grants, ..Spec::new("test") }).unwrap();
    assert_eq!(world.request(&granted).await.unwrap().state, 0);
}

#[test]
fn a_version_that_nobody_holds_leaves_its_worker() {
    let world = World::new();
    let version = world.load(&Guest::filter().build());
    let pool = world.pool(&version);
    world.pools.sweep();
    assert!(std::rc::Rc::ptr_eq(&pool, &world.pool(&version)), "it is still held");
    let gone = Arc::downgrade(&version);
    drop(version);
    assert!(gone.upgrade().is_none(), "a pool does not hold its version");
    world.pools.sweep();
    assert_eq!(std::rc::Rc::strong_count(&pool), 1, "the worker let go of the pool");
}

#[test]
fn kept_code_makes_the_next_start_quick() {
    let folder = tempfile::tempdir().unwrap();
    let options = || HostOptions { cache: Some(folder.path().to_owned()), instances: 10, workers: 2 };
    let mut slow = Guest::filter();
    slow.extra = format!("(func $f (param i32) {})", "local.get 0 i32.const 3 i32.mul local.set 0 ".repeat(15_000));
    let artifact = slow.build();
    let load = || {
        let host = Host::start(options()).unwrap();
        let began = Instant::now();
        host.load(&artifact, &Spec::new("test")).unwrap();
        began.elapsed()
    };
    let (cold, warm) = (load(), load());
    assert!(warm * 3 < cold, "cold {cold:?}, warm {warm:?}");
}

#[tokio::test]
async fn what_a_guest_logs_can_be_read_and_followed() {
    let world = World::new();
    let mut guest = Guest::filter();
    guest.imports = "(import \"yumen:plugin/log@0.1.0\" \"write\" (func $write (param i32 i32 i32)))".to_owned();
    let text = guest.text(b"hello\nthere");
    let version =
        world.load(&guest.on("on-request", format!("(call $write (i32.const 3) {text}) (i32.const {FINE})")).build());
    let mut follower = version.logs().follow();
    world.request(&version).await.unwrap();
    let line = follower.try_recv().unwrap();
    assert_eq!((line.level, line.message.as_str()), (Level::Warn, "hello\\nthere"));
    assert_eq!(version.logs().last(), [line]);
}
