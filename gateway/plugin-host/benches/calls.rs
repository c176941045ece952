//! What a callback costs, from the worker's side: taking an instance, deadline, call, verdict, judging, putting it back.
//!
//! `cargo bench -p yumen-plugin-host [-- COMPONENT …]`; components are filters, beside the guests that are built in. Times are the best of many rounds,
//! since other work on the machine only adds to them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "a measurement for people, with the guests of the tests"
)]

#[path = "../tests/plugins/guest.rs"]
mod guest;
#[path = "../tests/plugins/world.rs"]
mod world;

use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use guest::Guest;
use world::{Rising, World, visit};
use yumen_plugin_host::words::{Endpoint, Protocol, Snapshot};
use yumen_plugin_host::{Artifact, Balancer, EndpointStats, Isolation, Spec};

const ROUNDS: u32 = 200;
const CALLS: u32 = 2000;

fn main() {
    let world = World::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _context = runtime.enter();
    filter(&world, "no-op filter", &Guest::filter().build(), Isolation::Reuse, &[]);
    filter(&world, "one header read, one set", &rewriting().build(), Isolation::Reuse, &[Some("acme")]);
    filter(&world, "four headers read", &Guest::filter().build(), Isolation::Reuse, &[Some("some value"); 4]);
    filter(&world, "no-op filter, fresh instance", &Guest::filter().build(), Isolation::Fresh, &[]);
    filter(&world, "no-op filter on a fiber", &waiting().build(), Isolation::Reuse, &[]);
    for path in std::env::args().skip(1).filter(|argument| !argument.starts_with("--")) {
        let artifact = Artifact::new(std::fs::read(&path).unwrap(), &*path);
        filter(&world, &path, &artifact, Isolation::Reuse, &[]);
        filter(&world, &format!("{path}, one header"), &artifact, Isolation::Reuse, &[Some("acme")]);
    }
    balancer(&world);
}

fn rewriting() -> Guest {
    let mut guest = Guest::setting(b"x-tenant", b"acme");
    guest.wants = vec!["x-tenant"];
    guest
}

fn waiting() -> Guest {
    let mut guest = Guest::filter();
    guest.imports = "(import \"yumen:plugin/http-client@0.1.0\" \"send\" (func $send (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))".to_owned();
    guest
}

fn filter(world: &World, name: &str, artifact: &Artifact, isolation: Isolation, wanted: &[Option<&str>]) {
    let began = Instant::now();
    let spec = Spec { isolation, ..Spec::new(name) };
    let version = match world.host.load(artifact, &spec) {
        Ok(version) => version,
        Err(error) => return println!("{name}: {error}"),
    };
    let loading = began.elapsed();
    let pool = world.pool(&version);
    let shared = visit();
    let best = best(|| {
        let own = (isolation == Isolation::Fresh).then(visit);
        let call = pool.on_request(own.as_ref().unwrap_or(&shared), Protocol::Http1, wanted);
        now(call).unwrap();
    });
    println!("{name:<40} {:>7.0} ns   loaded in {loading:?}", best.as_secs_f64() * 1e9);
}

fn balancer(world: &World) {
    let mut guest = Guest::balancer();
    guest.imports =
        "(import \"yumen:plugin/endpoint-stats@0.1.0\" \"active\" (func $active (param i32) (result i32)))".to_owned();
    let flat = Guest::balancer().on("pick", "(i32.const 1)").build();
    // Power of two choices as a plugin would have it: four looks.
    let look = "(call $active (i32.const 0))";
    let four =
        guest.on("pick", format!("(i32.and (i32.add (i32.add {look} {look}) (i32.add {look} {look})) (i32.const 1))"));
    for (name, artifact) in [("pick", flat), ("pick with four looks at live numbers", four.build())] {
        let version = world.host.load(&artifact, &Spec::new(name)).unwrap();
        let balancer = Balancer::new(world.pool(&version));
        let endpoint = |id| Endpoint { id, address: String::new(), weight: 1, zone: String::new(), parameters: vec![] };
        let snapshot = Snapshot { service: "s".to_owned(), endpoints: (0..100).map(endpoint).collect() };
        balancer.rebuild(1, Rc::new(snapshot)).unwrap();
        let stats: Rc<dyn EndpointStats> = Rc::new(Rising);
        let best = best(|| {
            balancer.pick(1, 7, 0, u32::MAX, &stats).unwrap();
        });
        println!("{name:<40} {:>7.0} ns", best.as_secs_f64() * 1e9);
    }
}

/// The best round's mean.
fn best(mut call: impl FnMut()) -> Duration {
    let round = |call: &mut dyn FnMut()| {
        let began = Instant::now();
        for _ in 0..CALLS {
            call();
        }
        began.elapsed() / CALLS
    };
    (0..ROUNDS).map(|_| round(&mut call)).min().unwrap()
}

fn now<R>(future: impl Future<Output = R>) -> R {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!("it waits for nothing"),
    }
}
