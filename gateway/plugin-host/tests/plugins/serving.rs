//! What well-behaved plugins do.

use std::rc::Rc;

use yumen_plugin_host::words::{Action, Edit, Endpoint, Interest, Protocol, Snapshot};
use yumen_plugin_host::{Balancer, Choice, EndpointStats, Isolation, Kind, Router, Spec};

use crate::guest::{ALL_PHASES, ANSWER, Guest};
use crate::world::{Rising, World, visit};

#[tokio::test]
async fn a_filter_goes_on_and_keeps_its_state() {
    let world = World::new();
    let state = format!("(i64.store (i32.const {}) (i64.const 77)) (i32.const {ANSWER})", ANSWER + 40);
    let version = world.load(&Guest::filter().on("on-request", state).build());
    assert_eq!((version.kind(), version.manifest().name.as_str()), (Kind::Filter, "guest"));
    assert_eq!(version.manifest().interest, Interest::REQUEST_HEAD);
    let verdict = world.request(&version).await.unwrap();
    assert_eq!((verdict.action, verdict.edits, verdict.state), (Action::Next, vec![], 77));
    assert_eq!((version.statistics().calls, version.failures()), (1, 0));
}

#[tokio::test]
async fn edits_come_back_with_names_in_lower_case() {
    let world = World::new();
    let version = world.load(&Guest::setting(b"X-Tenant", b"acme").build());
    let verdict = world.request(&version).await.unwrap();
    assert_eq!(verdict.edits, [Edit::Set(("x-tenant".to_owned(), "acme".to_owned()))]);
}

#[tokio::test]
async fn an_instance_is_used_again_and_with_isolation_fresh_it_is_not() {
    // Counts its calls in memory.
    let count = "(i32.store (i32.const 3000) (i32.add (i32.load (i32.const 3000)) (i32.const 1)))";
    let counted = |phase| {
        let answer = format!(
            "{count} (i64.store (i32.const {}) (i64.load32_u (i32.const 3000))) (i32.const {ANSWER})",
            ANSWER + 40
        );
        (phase, answer)
    };
    let guest = || {
        let mut guest = Guest::filter();
        guest.interest = ALL_PHASES;
        let (one, other) = (counted("on-request"), counted("on-outcome"));
        guest.on(one.0, one.1).on(other.0, other.1)
    };
    let world = World::new();
    let reused = world.load(&guest().build());
    for call in 1..=3 {
        assert_eq!(world.request(&reused).await.unwrap().state, call);
    }
    let spec = Spec { isolation: Isolation::Fresh, ..Spec::new("fresh") };
    let fresh = world.host.load(&guest().build(), &spec).unwrap();
    let pool = world.pool(&fresh);
    for _ in 0..3 {
        let visit = visit();
        assert_eq!(pool.on_request(&visit, Protocol::Http1, &[]).await.unwrap().state, 1);
        assert_eq!(
            pool.on_outcome(&visit, true, 0).await.unwrap().state,
            2,
            "the same instance to the end of the exchange"
        );
    }
    assert_eq!(fresh.statistics().instances, 0, "each ended with its exchange");
}

#[tokio::test]
async fn an_instance_that_grew_is_not_used_again_but_serves_its_own_exchange_to_the_end() {
    let grow = "(drop (memory.grow (i32.const 300)))";
    let state = |number| format!("(i64.store (i32.const {}) (i64.const {number})) (i32.const {ANSWER})", ANSWER + 40);
    let grown =
        format!("(if (result i32) (i32.gt_u (memory.size) (i32.const 100)) (then {}) (else {}))", state(1), state(0));
    let mut guest = Guest::filter();
    guest.interest = ALL_PHASES;
    let artifact = guest.on("on-request", format!("{grow} (i32.const {ANSWER})")).on("on-outcome", grown).build();
    let world = World::new();
    let reused = world.load(&artifact);
    world.request(&reused).await.unwrap();
    assert_eq!(reused.statistics().instances, 0, "19 MiB of 32 are more than half of the way");
    let fresh = world.host.load(&artifact, &Spec { isolation: Isolation::Fresh, ..Spec::new("fresh") }).unwrap();
    let (pool, visit) = (world.pool(&fresh), visit());
    pool.on_request(&visit, Protocol::Http1, &[]).await.unwrap();
    assert_eq!(pool.on_outcome(&visit, true, 0).await.unwrap().state, 1);
}

fn snapshot(endpoints: u64) -> Rc<Snapshot> {
    snapshot_of("users", endpoints)
}

fn snapshot_of(service: &str, endpoints: u64) -> Rc<Snapshot> {
    let endpoint = |id| Endpoint {
        id,
        address: format!("127.0.0.1:{id}"),
        weight: 100,
        zone: String::new(),
        parameters: vec![("a".to_owned(), "b".to_owned())],
    };
    Rc::new(Snapshot { service: service.to_owned(), endpoints: (0..endpoints).map(endpoint).collect() })
}

#[tokio::test]
async fn a_balancer_picks_by_key_and_by_live_numbers() {
    let world = World::new();
    let mut guest = Guest::balancer();
    guest.imports =
        "(import \"yumen:plugin/endpoint-stats@0.1.0\" \"latency\" (func $latency (param i32) (result i32)))"
            .to_owned();
    // Attempt 0 takes the key, attempt 1 the latency of place 2 divided by 10, attempt 2 leaves it to the gateway.
    let pick = "(if (result i32) (i32.eqz (local.get 2)) (then (i32.wrap_i64 (local.get 1)))
        (else (if (result i32) (i32.eq (local.get 2) (i32.const 1))
            (then (i32.div_u (call $latency (i32.const 2)) (i32.const 10)))
            (else (i32.const -1)))))";
    let version = world.load(&guest.on("pick", pick).build());
    let balancer = Balancer::new(world.pool(&version));
    balancer.rebuild(7, snapshot(3)).unwrap();
    let stats: Rc<dyn EndpointStats> = Rc::new(Rising);
    let pick = |key, attempt| balancer.pick(7, key, attempt, u32::MAX, &stats);
    assert_eq!((pick(1, 0), pick(0, 1), pick(0, 2)), (Ok(Some(1)), Ok(Some(2)), Ok(None)));
    assert!(pick(3, 0).unwrap_err().to_string().contains("place 3 in a list of 3"));
    balancer.forget(7).unwrap();
    assert!(pick(1, 0).is_err(), "nothing is in a list that was forgotten");
}

#[tokio::test]
async fn a_router_narrows_to_a_list_that_it_prepared() {
    let world = World::new();
    let mut guest = Guest::router();
    // prepare: one list with the places 0 and 2. route: the list 0.
    let (places, _) = guest.place(&[0, 0, 0, 0, 2, 0, 0, 0]);
    let (list, _) = guest.place(&[places.to_le_bytes(), 2_u32.to_le_bytes()].concat());
    let (lists, _) = guest.place(&[0_u32.to_le_bytes(), list.to_le_bytes(), 1_u32.to_le_bytes()].concat());
    let (subset, _) =
        guest.place(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let guest = guest.on("prepare", format!("(i32.const {lists})")).on("route", format!("(i32.const {subset})"));
    let version = world.load(&guest.build());
    let router = Router::new(world.pool(&version));
    router.prepare(snapshot(3)).unwrap();
    assert_eq!(router.route(&visit(), "users", &[]).unwrap(), Choice::Places([0, 2].into()));
    assert!(router.prepare(snapshot(2)).unwrap_err().to_string().contains("place 2 in a list of 2"));
    assert!(router.route(&visit(), "users", &[]).is_err(), "a list that did not hold is not there");
}

#[tokio::test]
async fn every_phase_reaches_the_guest() {
    let world = World::new();
    let mut guest = Guest::filter();
    guest.interest = ALL_PHASES;
    let version = world.load(&guest.build());
    let pool = world.pool(&version);
    let (visit, wanted) = (visit(), [Some("a"), None]);
    pool.on_request(&visit, Protocol::Dubbo, &wanted).await.unwrap();
    pool.on_body(&visit, yumen_plugin_host::words::Side::Request, b"body", true, 0).await.unwrap();
    pool.on_call(&visit, &wanted, 0).await.unwrap();
    pool.on_outcome(&visit, true, 0).await.unwrap();
    pool.on_response(&visit, 200, &wanted, 0).await.unwrap();
    pool.on_end(&visit, 200, 5, 0).await.unwrap();
    assert_eq!((version.statistics().calls, version.statistics().instances), (6, 1));
}

#[tokio::test]
async fn one_instance_knows_the_lists_of_many_services_and_none_that_it_failed_at() {
    let world = World::new();
    let version = world.load(&Guest::balancer().on("pick", "(i32.wrap_i64 (local.get 1))").build());
    let balancer = Balancer::new(world.pool(&version));
    for list in (0..70).rev() {
        balancer.rebuild(list, snapshot(u64::from(list) + 1)).unwrap();
    }
    let stats: Rc<dyn EndpointStats> = Rc::new(Rising);
    assert!((0..70).all(|list| balancer.pick(list, u64::from(list), 0, u32::MAX, &stats) == Ok(Some(list))));
    assert_eq!(version.statistics().instances, 1);

    // Traps at every list of more than three.
    let trap = "(if (i32.gt_u (local.get 3) (i32.const 3)) (then unreachable)) (i32.const 2048)";
    let version = world.load(&Guest::router().on("prepare", trap).build());
    let router = Router::new(world.pool(&version));
    for service in 0..70 {
        router.prepare(snapshot_of(&format!("s{service}"), 2)).unwrap();
    }
    assert_eq!(version.statistics().instances, 1);
    assert!(router.prepare(snapshot_of("large", 4)).is_err());
    assert_eq!(router.route(&visit(), "s7", &[]), Ok(Choice::All), "the others are told of again");
}
