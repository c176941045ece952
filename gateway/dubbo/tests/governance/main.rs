//! A whole reference over real sockets: providers die, come back, drain and are withdrawn while calls go on.
#![allow(clippy::unwrap_used, clippy::panic, reason = "this is all test code: what is not as expected ends the test")]

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpSocket};
use tokio::task::spawn_local;
use yumen_dubbo::error::{ErrorKind, RpcError, Sent, Status};
use yumen_dubbo::exchange::ExchangeOptions;
use yumen_dubbo::exchange::server::{Handler, Server, ServerReply};
use yumen_dubbo::invocation::{Invocation, Method};
use yumen_dubbo::invoker::Invoker;
use yumen_dubbo::options::ReferenceOptions;
use yumen_dubbo::pool::Pool;
use yumen_dubbo::reference::Reference;
use yumen_dubbo::registry::memory::MemoryRegistry;
use yumen_dubbo::registry::{Registry, Subscription};
use yumen_dubbo::reply::Reply;
use yumen_dubbo::service_key::ServiceKey;
use yumen_dubbo::url::DubboUrl;

/// Only a failure takes this long.
const LIMIT: Duration = Duration::from_secs(60);

/// A provider that can be killed and started again on its port.
struct Provider {
    address: SocketAddr,
    handler: Handler,
    server: Option<Server>,
    calls: Rc<Cell<u32>>,
}

impl Provider {
    /// Answers every call after `delay`.
    async fn start(delay: Duration) -> Self {
        Self::answering(delay, ServerReply::Null).await
    }

    async fn answering(delay: Duration, reply: ServerReply) -> Self {
        let calls = Rc::new(Cell::new(0));
        let counted = calls.clone();
        let handler: Handler = Rc::new(move |_| {
            counted.set(counted.get() + 1);
            let reply = reply.clone();
            Box::pin(async move {
                if !delay.is_zero() {
                    tokio::time::sleep(delay).await;
                }
                reply
            })
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Some(Server::start(listener, ExchangeOptions::default(), handler.clone()));
        Self { address, handler, server, calls }
    }

    fn kill(&mut self) {
        self.server = None;
    }

    async fn restart(&mut self) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        while socket.bind(self.address).is_err() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let listener = socket.listen(128).unwrap();
        self.server = Some(Server::start(listener, ExchangeOptions::default(), self.handler.clone()));
    }

    fn url(&self) -> DubboUrl {
        DubboUrl::parse(&format!("dubbo://{}/d.Svc?interface=d.Svc", self.address)).unwrap()
    }
}

/// A consumer of the providers published.
struct World {
    registry: MemoryRegistry,
    reference: Rc<Reference>,
    _subscription: Subscription,
}

impl World {
    fn of(providers: &[&Provider]) -> Self {
        let registry = MemoryRegistry::new();
        providers.iter().for_each(|provider| registry.publish(provider.url()));
        let key = ServiceKey::new("d.Svc", None, None);
        let subscription = registry.subscribe(&key);
        let options = Arc::new(ReferenceOptions { timeout: Some(LIMIT), ..ReferenceOptions::new(key) });
        let reference = Reference::build(options, subscription.instances(), Rc::new(Pool::default()));
        Self { registry, reference, _subscription: subscription }
    }

    async fn call(&self, idempotent: bool) -> Result<Reply, RpcError> {
        let method = Method { idempotent, ..Method::new("hi", "") };
        let deadline = Instant::now() + LIMIT;
        self.reference
            .invoke(&Invocation {
                method: &method,
                arguments: &[],
                attachments: &[],
                deadline,
                chosen: None,
                context: None,
            })
            .await
    }
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build_local(Default::default()).unwrap();
    let limited = async { tokio::time::timeout(LIMIT * 3, test).await };
    assert!(runtime.block_on(limited).is_ok(), "the test hangs");
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + LIMIT;
    while !is_so() {
        assert!(Instant::now() < end, "never came: {what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[test]
fn idempotent_calls_do_not_fail_while_one_provider_lives() {
    run(async {
        let (mut one, mut two) = (Provider::start(Duration::ZERO).await, Provider::start(Duration::ZERO).await);
        let world = Rc::new(World::of(&[&one, &two]));
        let (going, answered) = (Rc::new(Cell::new(true)), Rc::new(Cell::new(0_u32)));
        let caller = |_| {
            let (world, going, answered) = (world.clone(), going.clone(), answered.clone());
            spawn_local(async move {
                while going.get() {
                    world.call(true).await.unwrap();
                    answered.set(answered.get() + 1);
                }
            })
        };
        let callers: Vec<_> = (0..20).map(caller).collect();
        for round in 0..10 {
            let down = if round % 2 == 0 { &mut one } else { &mut two };
            let enough = answered.get() + 200;
            until("calls in quiet", || answered.get() > enough).await;
            down.kill();
            let enough = answered.get() + 200;
            until("calls beside a dead provider", || answered.get() > enough).await;
            down.restart().await;
            let before = down.calls.get();
            until("calls at the provider that is back", || down.calls.get() > before).await;
        }
        going.set(false);
        for caller in callers {
            caller.await.unwrap();
        }
    });
}

#[test]
fn a_call_that_may_have_arrived_fails_rather_than_run_twice() {
    run(async {
        let (mut one, mut two) =
            (Provider::start(Duration::from_secs(60)).await, Provider::start(Duration::from_secs(60)).await);
        let world = World::of(&[&one, &two]);
        let seen = [one.calls.clone(), two.calls.clone()];
        let kill = async {
            until("the call arrived", || seen.iter().any(|calls| calls.get() > 0)).await;
            one.kill();
            two.kill();
        };
        let (outcome, ()) = tokio::join!(world.call(false), kill);
        let error = outcome.unwrap_err();
        assert_eq!((error.kind, error.sent), (ErrorKind::Closed, Sent::Maybe));
        assert_eq!(seen.iter().map(|calls| calls.get()).sum::<u32>(), 1);
    });
}

#[test]
fn a_provider_that_drains_finishes_its_calls_and_gets_no_new_ones() {
    run(async {
        let (one, two) =
            (Provider::start(Duration::from_millis(50)).await, Provider::start(Duration::from_millis(50)).await);
        let world = Rc::new(World::of(&[&one, &two]));
        until_both_are_called(&world, &one, &two).await;
        let calling = world.clone();
        let before = one.calls.get();
        let in_flight: Vec<_> = (0..20)
            .map(|_| {
                spawn_local({
                    let world = calling.clone();
                    async move { world.call(false).await }
                })
            })
            .collect();
        until("calls at the one that will drain", || one.calls.get() > before).await;
        one.server.as_ref().unwrap().go_away(true);
        for call in in_flight {
            call.await.unwrap().unwrap();
        }
        let drained = one.calls.get();
        for _ in 0..20 {
            world.call(false).await.unwrap();
        }
        assert_eq!(one.calls.get(), drained, "a provider that drains is not chosen");
        one.server.as_ref().unwrap().go_away(false);
        until_both_are_called(&world, &one, &two).await;
    });
}

async fn until_both_are_called(world: &World, one: &Provider, two: &Provider) {
    let (first, second) = (one.calls.get(), two.calls.get());
    let end = Instant::now() + LIMIT;
    while one.calls.get() == first || two.calls.get() == second {
        assert!(Instant::now() < end, "one of the providers is never called");
        world.call(true).await.unwrap();
    }
}

#[test]
fn a_withdrawn_provider_answers_what_it_was_asked() {
    run(async {
        let one = Provider::start(Duration::from_millis(100)).await;
        let world = World::of(&[&one]);
        let withdraw = async {
            until("the call arrived", || one.calls.get() > 0).await;
            world.registry.withdraw(&one.url());
            let error = world.call(true).await.unwrap_err();
            assert_eq!((error.kind, error.sent), (ErrorKind::NoProvider, Sent::Never));
        };
        let (outcome, ()) = tokio::join!(world.call(false), withdraw);
        outcome.unwrap();
    });
}

#[test]
fn endpoints_that_refuse_cost_no_call_whatever_the_method_is() {
    run(async {
        let mut dead = Vec::new();
        for _ in 0..5 {
            let mut provider = Provider::start(Duration::ZERO).await;
            provider.kill();
            dead.push(provider);
        }
        let live = Provider::start(Duration::ZERO).await;
        let world = World::of(&dead.iter().chain([&live]).collect::<Vec<_>>());
        for _ in 0..50 {
            world.call(false).await.unwrap();
        }
        assert_eq!(live.calls.get(), 50);
    });
}

#[test]
fn a_status_of_the_provider_is_tried_elsewhere_only_when_idempotent() {
    run(async {
        let busy = ServerReply::Status(Status::ThreadPoolExhausted, "busy".into());
        let (one, two) = (Provider::answering(Duration::ZERO, busy).await, Provider::start(Duration::ZERO).await);
        let world = World::of(&[&one, &two]);
        for _ in 0..20 {
            world.call(true).await.unwrap();
        }
        let mut failed = None;
        while failed.is_none() {
            failed = world.call(false).await.err();
        }
        assert_eq!(failed.unwrap().kind, ErrorKind::Provider(Status::ThreadPoolExhausted));
    });
}
