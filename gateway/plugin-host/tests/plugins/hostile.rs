//! Guests that mean harm. Each fails with a text that says what it did, and a neighbour on the same worker serves on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use yumen_plugin_host::words::Protocol;
use yumen_plugin_host::{Balancer, Failure, Limits, Spec, Step, Version};

use crate::guest::{ANSWER, FINE, Guest};
use crate::world::{Rising, World, visit};

/// Three requests to the guest, each failing as `expected` says; a neighbour serves before, between and after.
async fn harms_nobody(guest: Guest, expected: impl Fn(&Failure) -> bool) -> (World, Arc<Version>) {
    let world = World::new();
    let neighbour = world.load(&Guest::filter().build());
    let version = world.host.load(&guest.build(), &Spec::new("hostile")).unwrap();
    for _ in 0..3 {
        world.request(&neighbour).await.unwrap();
        let failure = world.request(&version).await.expect_err("it is taken");
        assert!(expected(&failure), "{failure:?}");
        world.request(&neighbour).await.unwrap();
    }
    let statistics = version.statistics();
    assert_eq!(statistics.failures(), 3, "{statistics:?}");
    assert!(statistics.last_failure.is_some());
    assert_eq!(
        (neighbour.failures(), neighbour.statistics().made),
        (0, 2),
        "the tested one and the one that serves on"
    );
    (world, version)
}

#[tokio::test]
async fn an_endless_loop_is_stopped() {
    let began = Instant::now();
    let (_, version) = harms_nobody(Guest::filter().on("on-request", "(loop $l (br $l)) (unreachable)"), |failure| {
        *failure == Failure::Timeout
    })
    .await;
    assert_eq!((version.statistics().timeouts, version.statistics().instances), (3, 0));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_memory_bomb_meets_its_budget() {
    let bomb = "(loop $l (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then (unreachable))) (br $l)) (unreachable)";
    harms_nobody(Guest::filter().on("on-request", bomb), |failure| *failure == Failure::Budget("memory")).await;
}

#[tokio::test]
async fn a_guest_that_configures_itself_for_ever_later_on_holds_a_worker_for_moments_only() {
    let mut guest = Guest::filter();
    guest.imports = r#"
        (import "yumen:plugin/counters@0.1.0" "open" (func $open (param i32 i32 i32 i32)))
        (import "yumen:plugin/counters@0.1.0" "add" (func $add (param i32 i64 i64) (result i64)))"#
        .to_owned();
    let name = guest.text(b"made");
    // The load makes two: the one that is tested and the one that serves first.
    let configure = format!(
        "(call $open {name} (i32.const 0) (i32.const 3000))
        (if (i64.gt_s (call $add (i32.load (i32.const 3004)) (i64.const 0) (i64.const 1)) (i64.const 2))
          (then (loop $l (br $l))))
        (i32.const {FINE})"
    );
    let guest = guest.on("configure", configure).on("on-request", "(unreachable)");
    let world = World::new();
    let version = world.host.load(&guest.build(), &Spec::new("hostile")).unwrap();
    assert!(matches!(world.request(&version).await, Err(Failure::Trap(_))));
    let began = Instant::now();
    for _ in 0..3 {
        let failure = world.request(&version).await.unwrap_err();
        assert!(matches!(&failure, Failure::Start(why) if why.contains("configure")), "{failure:?}");
    }
    assert!(began.elapsed() < Duration::from_secs(5), "three instances held the worker for {:?}", began.elapsed());
}

#[tokio::test]
async fn a_flood_of_handles_is_stopped() {
    let flood = "(loop $l (drop (call $subscribe (i64.const 1000000000))) (br $l)) (unreachable)";
    harms_nobody(Guest::waiting().on("on-request", flood), |failure| *failure == Failure::Budget("handles")).await;
}

#[tokio::test]
async fn a_growing_table_meets_its_budget() {
    let mut guest = Guest::filter();
    guest.extra = "(table $t 1 funcref)".to_owned();
    let bomb =
        "(loop $l (if (i32.eq (table.grow $t (ref.null func) (i32.const 5000)) (i32.const -1)) (then (unreachable)))
        (br $l)) (unreachable)";
    harms_nobody(guest.on("on-request", bomb), |failure| *failure == Failure::Budget("table")).await;
}

#[tokio::test]
async fn a_recursion_without_end_exhausts_its_own_stack() {
    let mut guest = Guest::filter();
    guest.extra = "(func $deep (param i64) (result i64) (i64.add (call $deep (i64.add (local.get 0) (i64.const 1))) (i64.const 1)))".to_owned();
    let guest = guest.on("on-request", format!("(drop (call $deep (i64.const 0))) (i32.const {FINE})"));
    harms_nobody(
        guest,
        |failure| matches!(failure, Failure::Trap(text) if text.contains("the call stack is exhausted")),
    )
    .await;
}

#[test]
fn a_trap_while_it_is_made_ready_refuses_the_version_and_names_the_step() {
    let world = World::new();
    let refused = |guest: Guest, step, what: &str| {
        let error = world.refuse(&guest.build(), &Spec::new("hostile"));
        assert_eq!(error.step, step, "{error}");
        assert!(error.message.contains(what), "{error}");
    };
    let mut start = Guest::filter();
    start.extra = "(func $start (unreachable)) (start $start)".to_owned();
    refused(start, Step::Instantiate, "it gave up");
    refused(Guest::filter().on("describe", "(unreachable)"), Step::Describe, "it gave up");
    refused(Guest::filter().on("configure", "(unreachable)"), Step::Configure, "it gave up");
    refused(Guest::filter().on("self-test", "(unreachable)"), Step::SelfTest, "it gave up");
    refused(Guest::filter().on("describe", "(i32.const 0x7ffffff0)"), Step::Describe, "does not hold");
}

#[test]
fn a_start_that_never_ends_refuses_the_version() {
    let world = World::new();
    let mut guest = Guest::filter();
    guest.extra = "(func $start (loop $l (br $l))) (start $start)".to_owned();
    let began = Instant::now();
    let error = world.refuse(&guest.build(), &Spec::new("hostile"));
    assert_eq!((error.step, error.message.as_str()), (Step::Instantiate, "the plugin did not answer in time"));
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn a_trap_at_every_third_call_costs_only_that_call() {
    let world = World::new();
    // The count lies in a counter of the host: memory begins anew with each instance.
    let mut guest = Guest::filter();
    guest.imports = "(import \"yumen:plugin/counters@0.1.0\" \"open\" (func $open (param i32 i32 i32 i32)))
        (import \"yumen:plugin/counters@0.1.0\" \"add\" (func $add (param i32 i64 i64) (result i64)))"
        .to_owned();
    let name = guest.text(b"calls");
    let body = format!(
        "(call $open {name} (i32.const 0) (i32.const 3000))
         (if (i64.eqz (i64.rem_u (call $add (i32.load (i32.const 3004)) (i64.const 0) (i64.const 1)) (i64.const 3))) (then (unreachable)))
         (i32.const {FINE})"
    );
    let version = world.load(&guest.on("on-request", body).build());
    let mut failed = 0;
    for _ in 0..30 {
        failed += u32::from(world.request(&version).await.is_err());
    }
    let statistics = version.statistics();
    assert_eq!((failed, statistics.traps, statistics.made), (10, 10, 11), "an instance for each trap and the first");
}

#[tokio::test]
async fn a_flood_of_log_lines_is_cut_and_the_rest_counted() {
    let mut guest = Guest::filter();
    guest.imports = "(import \"yumen:plugin/log@0.1.0\" \"write\" (func $write (param i32 i32 i32)))".to_owned();
    let text = guest.text(b"again and again");
    let flood = format!("(loop $l (call $write (i32.const 2) {text}) (br $l)) (unreachable)");
    let (_, version) =
        harms_nobody(guest.on("on-request", flood), |failure| *failure == Failure::Budget("host_calls")).await;
    assert!(version.logs().dropped() > 1000, "{}", version.logs().dropped());
    assert!(version.logs().last().len() < 1000);
}

#[tokio::test]
async fn giant_log_lines_meet_their_budget() {
    let mut guest = Guest::filter();
    guest.imports = "(import \"yumen:plugin/log@0.1.0\" \"write\" (func $write (param i32 i32 i32)))".to_owned();
    let flood = "(loop $l (call $write (i32.const 2) (i32.const 0) (i32.const 60000)) (br $l)) (unreachable)";
    harms_nobody(guest.on("on-request", flood), |failure| *failure == Failure::Budget("log")).await;
}

#[tokio::test]
async fn a_flood_of_host_calls_is_stopped() {
    let mut guest = Guest::filter();
    guest.imports = "(import \"yumen:plugin/system@0.1.0\" \"now\" (func $now (result i64)))".to_owned();
    let flood = "(loop $l (drop (call $now)) (br $l)) (unreachable)";
    harms_nobody(guest.on("on-request", flood), |failure| *failure == Failure::Budget("host_calls")).await;
}

#[tokio::test]
async fn values_that_split_lines_or_frame_messages_do_not_hold() {
    for (name, value, what) in [
        (&b"x"[..], &b"a\r\nset-cookie: b"[..], "contains the byte 0x0d"),
        (b"x\nset-cookie", b"a", "is not the name of a field"),
        (b"Content-Length", b"5", "content-length is the gateway's to set"),
        (b"transfer-encoding", b"chunked", "is the gateway's to set"),
        (b":path", b"/", "is not the name of a field"),
        (b"x", b"\xff\xfe", "utf-8"),
    ] {
        harms_nobody(
            Guest::setting(name, value),
            |failure| matches!(failure, Failure::Invalid(text) if text.contains(what)),
        )
        .await;
    }
}

#[tokio::test]
async fn giant_headers_do_not_hold() {
    let mut guest = Guest::filter();
    let name = guest.place(b"x");
    let mut edit = vec![0; 32];
    for (place, number) in [name.0, name.1, 0, 100_000].into_iter().enumerate() {
        edit[4 + 4 * place..8 + 4 * place].copy_from_slice(&u32::to_le_bytes(number));
    }
    // A value of 100,000 spaces.
    let (edit, _) = guest.place(&edit);
    let body = format!(
        "(memory.fill (i32.const 60000) (i32.const 32) (i32.const 70000)) (i32.store (i32.const {}) (i32.const 60000))
         (i32.store (i32.const {}) (i32.const 70000)) (i32.store (i32.const {}) (i32.const {edit}))
         (i32.store (i32.const {}) (i32.const 1)) (i32.const {ANSWER})",
        edit + 12,
        edit + 16,
        ANSWER + 32,
        ANSWER + 36
    );
    let giant = guest.on("on-request", body);
    harms_nobody(giant, |failure| matches!(failure, Failure::Invalid(text) if text.contains("70000 bytes"))).await;
}

#[tokio::test]
async fn a_list_that_reaches_beyond_the_memory_does_not_hold() {
    let body = format!(
        "(i32.store (i32.const {}) (i32.const 8)) (i32.store (i32.const {}) (i32.const 0x7fffffff)) (i32.const {ANSWER})",
        ANSWER + 32,
        ANSWER + 36
    );
    harms_nobody(Guest::filter().on("on-request", body), |failure| {
        matches!(failure, Failure::Invalid(_) | Failure::Trap(_))
    })
    .await;
}

#[tokio::test]
async fn more_than_the_host_will_copy_is_not_copied() {
    // Edits of which each names the same large text: small in the guest, large outside.
    let mut guest = Guest::filter();
    guest.memory = "(memory (export \"memory\") 100)".to_owned();
    let body = format!(
        "(local $i i32)
         (loop $l
           (i32.store (i32.add (i32.const 200004) (i32.mul (local.get $i) (i32.const 32))) (i32.const 60000))
           (i32.store (i32.add (i32.const 200008) (i32.mul (local.get $i) (i32.const 32))) (i32.const 60000))
           (local.set $i (i32.add (local.get $i) (i32.const 1)))
           (br_if $l (i32.lt_u (local.get $i) (i32.const 10000))))
         (i32.store (i32.const {}) (i32.const 200000)) (i32.store (i32.const {}) (i32.const 10000)) (i32.const {ANSWER})",
        ANSWER + 32,
        ANSWER + 36
    );
    harms_nobody(guest.on("on-request", body), |failure| *failure == Failure::Budget("body")).await;
}

#[tokio::test]
async fn a_pick_out_of_range_or_a_trap_leaves_the_balancer_usable() {
    let world = World::new();
    // The key is the place; the key 99 traps.
    let pick = "(if (i64.eq (local.get 1) (i64.const 99)) (then (unreachable))) (i32.wrap_i64 (local.get 1))";
    let version = world.load(&Guest::balancer().on("pick", pick).build());
    let balancer = Balancer::new(world.pool(&version));
    let endpoint = yumen_plugin_host::words::Endpoint {
        id: 1,
        address: "127.0.0.1:1".to_owned(),
        weight: 1,
        zone: String::new(),
        parameters: vec![],
    };
    let snapshot = yumen_plugin_host::words::Snapshot { service: "s".to_owned(), endpoints: vec![endpoint] };
    balancer.rebuild(1, std::rc::Rc::new(snapshot)).unwrap();
    let stats: std::rc::Rc<dyn yumen_plugin_host::EndpointStats> = std::rc::Rc::new(Rising);
    let pick = |key| balancer.pick(1, key, 0, u32::MAX, &stats);
    assert_eq!(pick(0), Ok(Some(0)));
    assert_eq!(pick(5), Err(Failure::Invalid("place 5 in a list of 1".to_owned())));
    assert!(matches!(pick(99), Err(Failure::Trap(_))));
    assert_eq!(pick(0), Ok(Some(0)), "a new instance that was told of the list");
    assert_eq!(version.statistics().made, 3, "the tested, the warm and the new one");
}

#[test]
fn what_asks_for_too_much_or_for_the_unknown_is_refused_before_it_is_compiled() {
    let world = World::new();
    let mut greedy = Guest::filter();
    greedy.memory = "(memory (export \"memory\") 65536)".to_owned();
    let error = world.refuse(&greedy.build(), &Spec::new("hostile"));
    assert_eq!(error.step, Step::Inspect);
    assert!(error.message.contains("4294967296 bytes of memory"), "{error}");
    let mut tables = Guest::filter();
    tables.extra = "(table 10000000 funcref)".to_owned();
    assert_eq!(world.refuse(&tables.build(), &Spec::new("hostile")).step, Step::Inspect);
    let mut memories = Guest::filter();
    memories.extra = "(memory 1) (memory 1)".to_owned();
    let error = world.refuse(&memories.build(), &Spec::new("hostile"));
    assert!(error.message.contains("memories count of 3 exceeds"), "{error}");
    let limits = Limits { memory: 1 << 40, ..Limits::default() };
    let error = world.refuse(&Guest::filter().build(), &Spec { limits, ..Spec::new("hostile") });
    assert!(error.message.contains("`limits.memory`"), "{error}");
}

#[test]
fn a_function_that_would_take_the_compiler_very_long_is_refused() {
    let world = World::new();
    let mut slow = Guest::filter();
    slow.extra = format!("(func $f (param i32) {})", "local.get 0 i32.const 3 i32.mul local.set 0 ".repeat(160_000));
    let error = world.refuse(&slow.build(), &Spec::new("hostile"));
    assert_eq!(error.step, Step::Inspect);
    assert!(error.message.contains("1048576 are the most"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_that_compiles_for_long_does_not_keep_requests_waiting() {
    let world = World::new();
    let neighbour = world.load(&Guest::filter().build());
    let mut slow = Guest::filter();
    for number in 0..20 {
        slow.extra +=
            &format!("(func $f{number} (param i32) {})", "local.get 0 i32.const 3 i32.mul local.set 0 ".repeat(20_000));
    }
    let (artifact, host) = (slow.build(), Arc::clone(&world.host));
    let loading = std::thread::spawn(move || host.load(&artifact, &Spec::new("slow")).map(|_| ()));
    let mut served = 0;
    while !loading.is_finished() {
        world.pool(&neighbour).on_request(&visit(), Protocol::Http1, &[]).await.unwrap();
        served += 1;
    }
    loading.join().unwrap().unwrap();
    assert!(served > 100, "{served} requests while compiling");
    assert_eq!(neighbour.failures(), 0);
}
