//! Policies over scripted providers: who is asked, how often, and what the caller sees.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use futures_util::future::LocalBoxFuture;
use tokio::task::LocalSet;

use super::*;
use crate::error::Status;
use crate::instances::{Instances, Provider};
use crate::invocation::Method;
use crate::reference::Reference;
use crate::reply::Reply;
use crate::service_key::ServiceKey;
use crate::url::DubboUrl;

mod seams;

/// What a scripted provider does with one call.
#[derive(Clone, Copy)]
pub(crate) enum Act {
    /// Answers.
    Answer,
    /// Fails so.
    Fail(ErrorKind, Sent),
}

/// An invoker that follows a script; the last act goes on for ever, an empty script answers.
pub(crate) struct Scripted {
    script: RefCell<Vec<Act>>,
    pub(crate) calls: Cell<u32>,
    pub(crate) available: Cell<bool>,
    pub(crate) rechecks: Cell<u32>,
}

impl Scripted {
    pub(crate) fn new(script: impl IntoIterator<Item = Act>) -> Rc<Self> {
        let mut script: Vec<Act> = script.into_iter().collect();
        script.reverse();
        let (calls, available, rechecks) = (Cell::new(0), Cell::new(true), Cell::new(0));
        Rc::new(Self { script: RefCell::new(script), calls, available, rechecks })
    }

    fn act(&self) -> Act {
        let mut script = self.script.borrow_mut();
        let act = script.last().copied().unwrap_or(Act::Answer);
        if script.len() > 1 {
            script.pop();
        }
        act
    }
}

impl Invoker for Scripted {
    fn invoke<'a>(&'a self, _call: &'a Invocation<'a>) -> LocalBoxFuture<'a, Result<Reply, RpcError>> {
        self.calls.set(self.calls.get() + 1);
        let act = self.act();
        Box::pin(async move {
            match act {
                Act::Answer => Ok(Reply::null()),
                Act::Fail(kind, sent) => Err(RpcError::new(kind, Side::Network, sent, "scripted")),
            }
        })
    }

    fn is_available(&self) -> bool {
        self.available.get()
    }

    fn recheck(&self) -> LocalBoxFuture<'_, bool> {
        self.rechecks.set(self.rechecks.get() + 1);
        Box::pin(std::future::ready(self.available.get()))
    }
}

/// Instances on ports 1, 2, …, each with its script.
pub(crate) fn instances(count: usize, parameters: &str) -> Arc<ArcSwap<Instances>> {
    let url = |port| DubboUrl::parse(&format!("dubbo://h:{port}/d.Svc?{parameters}")).unwrap();
    let urls = (1..=count).map(url).collect();
    Arc::new(ArcSwap::from_pointee(Instances::build(&Instances::default(), urls, Origin::Live)))
}

/// A reference over scripted providers, the one of port 1 first.
struct World {
    reference: Rc<Reference>,
    providers: Vec<Rc<Scripted>>,
    idempotent: bool,
    deadline: Duration,
}

impl World {
    fn new(options: impl FnOnce(&mut ReferenceOptions), parameters: &str, providers: Vec<Rc<Scripted>>) -> Self {
        let mut chosen = ReferenceOptions::new(ServiceKey::new("d.Svc", None, None));
        options(&mut chosen);
        let scripted = providers.clone();
        let refer = move |provider: &Arc<Provider>| scripted[usize::from(provider.port) - 1].clone() as Rc<dyn Invoker>;
        let instances = instances(providers.len(), parameters);
        let reference = Reference::with_refer(Arc::new(chosen), instances, Box::new(refer));
        Self { reference, providers, idempotent: true, deadline: Duration::from_secs(10) }
    }

    async fn call(&self) -> Result<Reply, RpcError> {
        let method = Method { idempotent: self.idempotent, ..Method::new("f", "") };
        let deadline = Instant::now() + self.deadline;
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

    fn calls(&self) -> Vec<u32> {
        self.providers.iter().map(|provider| provider.calls.get()).collect()
    }
}

fn always(kind: ErrorKind, sent: Sent) -> Rc<Scripted> {
    Scripted::new([Act::Fail(kind, sent)])
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, test);
}

const LOST: (ErrorKind, Sent) = (ErrorKind::Closed, Sent::Maybe);
const REFUSED: (ErrorKind, Sent) = (ErrorKind::Connect, Sent::Never);

#[test]
fn failover_asks_others_when_the_method_is_idempotent() {
    run(async {
        let bad = || always(LOST.0, LOST.1);
        let world = World::new(|_| (), "", vec![bad(), bad(), Scripted::new([])]);
        for _ in 0..20 {
            world.call().await.unwrap();
        }
        assert_eq!(world.calls()[2], 20);
    });
}

#[test]
fn failover_makes_retries_plus_one_attempts_and_says_so() {
    run(async {
        let bad = || always(LOST.0, LOST.1);
        let world = World::new(|options| options.retries = Some(3), "", (0..6).map(|_| bad()).collect());
        let error = world.call().await.unwrap_err();
        assert_eq!(world.calls().iter().sum::<u32>(), 4);
        assert!(world.calls().iter().all(|calls| *calls <= 1), "a tried provider is avoided: {:?}", world.calls());
        assert!(error.message.ends_with("(the last of 4 attempts)"), "{}", error.message);
    });
}

#[test]
fn the_only_provider_is_asked_again() {
    run(async {
        let world = World::new(|_| (), "", vec![Scripted::new([Act::Fail(LOST.0, LOST.1), Act::Answer])]);
        world.call().await.unwrap();
        assert_eq!(world.calls(), [2]);
    });
}

#[test]
fn a_call_that_may_have_arrived_is_not_repeated_unless_idempotent() {
    run(async {
        let bad = || always(LOST.0, LOST.1);
        let world = World { idempotent: false, ..World::new(|_| (), "", vec![bad(), bad(), bad()]) };
        assert_eq!(world.call().await.unwrap_err().kind, LOST.0);
        assert_eq!(world.calls().iter().sum::<u32>(), 1);
    });
}

#[test]
fn a_call_that_never_left_finds_the_living_one_whatever_retries_say() {
    run(async {
        let mut providers: Vec<_> = (0..9).map(|_| always(REFUSED.0, REFUSED.1)).collect();
        providers.push(Scripted::new([]));
        let world = World::new(|options| options.retries = Some(0), "", providers);
        let world = World { idempotent: false, ..world };
        world.call().await.unwrap();
        let refused = world.calls();
        for _ in 0..50 {
            world.call().await.unwrap();
        }
        let repeats: u32 = world.calls().iter().take(9).sum::<u32>() - refused.iter().take(9).sum::<u32>();
        assert!(repeats <= 9, "a dead endpoint is asked once, then left alone: {:?}", world.calls());
    });
}

#[test]
fn what_cannot_be_helped_is_not_repeated() {
    run(async {
        for kind in [ErrorKind::Deadline, ErrorKind::PayloadTooLarge] {
            let world = World::new(|_| (), "", vec![always(kind, Sent::Never), always(kind, Sent::Never)]);
            assert_eq!(world.call().await.unwrap_err().kind, kind);
            assert_eq!(world.calls().iter().sum::<u32>(), 1);
        }
    });
}

#[test]
fn no_attempt_starts_after_the_deadline() {
    run(async {
        let late = ErrorKind::Timeout;
        let world = World::new(|_| (), "", vec![always(late, Sent::Maybe), always(late, Sent::Maybe)]);
        let world = World { deadline: Duration::ZERO, ..world };
        assert_eq!(world.call().await.unwrap_err().kind, late);
        assert_eq!(world.calls().iter().sum::<u32>(), 1);
    });
}

#[test]
fn retries_of_the_provider_count_when_the_consumer_has_none() {
    run(async {
        let busy = ErrorKind::Provider(Status::ThreadPoolExhausted);
        let world = World::new(|_| (), "retries=0", vec![always(busy, Sent::Maybe), always(busy, Sent::Maybe)]);
        world.call().await.unwrap_err();
        assert_eq!(world.calls().iter().sum::<u32>(), 1);
    });
}

#[test]
fn failfast_makes_one_attempt() {
    run(async {
        let bad = || always(REFUSED.0, REFUSED.1);
        let world = World::new(|options| options.cluster = ClusterKind::Failfast, "", vec![bad(), bad()]);
        assert_eq!(world.call().await.unwrap_err().kind, REFUSED.0);
        assert_eq!(world.calls().iter().sum::<u32>(), 1);
    });
}

#[test]
fn nobody_to_ask_is_said_as_it_is() {
    run(async {
        let world = World::new(|_| (), "", vec![]);
        let error = world.call().await.unwrap_err();
        assert_eq!((error.kind, error.sent), (ErrorKind::NoProvider, Sent::Never));
        assert_eq!(error.message, "no provider of d.Svc: the registry lists none");
    });
}

#[test]
fn an_unavailable_provider_is_passed_over_until_a_recheck_reaches_it() {
    run(async {
        let world = World::new(|_| (), "", vec![Scripted::new([]), Scripted::new([])]);
        world.providers[0].available.set(false);
        for _ in 0..50 {
            world.call().await.unwrap();
        }
        assert_eq!(world.calls(), [0, 50]);
        world.providers[0].available.set(true);
        let back = async {
            while world.calls()[0] == 0 {
                world.call().await.unwrap();
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), back).await.expect("back in after a recheck");
    });
}

#[test]
fn when_the_last_one_falls_silent_those_found_dead_before_are_asked() {
    run(async {
        let world = World::new(|options| options.retries = Some(1), "", vec![Scripted::new([]), Scripted::new([])]);
        let [hung, back] = [&world.providers[0], &world.providers[1]];
        back.available.set(false);
        while back.rechecks.get() == 0 {
            world.call().await.unwrap();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let (before, _) = (hung.calls.get(), back.available.set(true));
        hung.available.set(false); // no recheck has seen either
        world.call().await.unwrap();
        assert_eq!((hung.calls.get(), back.calls.get()), (before, 1));
    });
}

#[test]
fn when_all_are_dead_one_is_tried_nevertheless() {
    run(async {
        let world = World::new(|_| (), "", vec![Scripted::new([]), Scripted::new([])]);
        world.providers.iter().for_each(|provider| provider.available.set(false));
        world.call().await.unwrap();
        world.call().await.unwrap();
        assert_eq!(world.calls().iter().sum::<u32>(), 2);
    });
}
