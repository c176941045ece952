//! Routers and balancers that the caller brings.

use std::any::Any;

use super::*;
use crate::directory::Directory;
use crate::load_balance::{self, LoadBalance};
use crate::router::Router;

/// Keeps the providers whose ports the call's context names, and refuses calls whose context is a word.
struct ByContext;

impl Router for ByContext {
    fn route(&self, candidates: Rc<Candidates>, call: &Invocation<'_>) -> Result<Rc<Candidates>, RpcError> {
        let Some(context) = call.context else { return Ok(candidates) };
        if let Some(word) = context.downcast_ref::<&str>() {
            return Err(RpcError::new(ErrorKind::Forbidden, Side::Consumer, Sent::Never, *word));
        }
        let ports = context.downcast_ref::<Vec<u16>>().unwrap();
        Ok(Rc::new(candidates.filter(|member| ports.contains(&member.provider.port))))
    }
}

/// Always names the last one, and notes which lists it saw and how many were tried.
#[derive(Default)]
struct Last {
    seen: Rc<RefCell<Vec<(*const Candidates, usize)>>>,
}

impl LoadBalance for Last {
    fn select(&self, candidates: &Candidates, call: &Invocation<'_>) -> Option<usize> {
        load_balance::build(Default::default()).select(candidates, call)
    }

    fn prefer(&self, listed: &Rc<Candidates>, _call: &Invocation<'_>, tried: &[Rc<Member>]) -> Option<usize> {
        self.seen.borrow_mut().push((Rc::as_ptr(listed), tried.len()));
        listed.members().len().checked_sub(1)
    }
}

struct Seams {
    providers: Vec<Rc<Scripted>>,
    directory: Rc<Directory>,
    reference: Rc<Reference>,
    seen: Rc<RefCell<Vec<(*const Candidates, usize)>>>,
}

fn seams(providers: Vec<Rc<Scripted>>) -> Seams {
    let scripted = providers.clone();
    let refer = move |provider: &Arc<Provider>| scripted[usize::from(provider.port) - 1].clone() as Rc<dyn Invoker>;
    let directory = Directory::new(instances(providers.len(), ""), Box::new(refer));
    let last = Last::default();
    let seen = Rc::clone(&last.seen);
    let options = Arc::new(ReferenceOptions::new(ServiceKey::new("d.Svc", None, None)));
    let routers = RouterChain::new(vec![Box::new(ByContext)]);
    let reference = Reference::over(options, Rc::clone(&directory), routers, Box::new(last));
    Seams { providers, directory, reference, seen }
}

impl Seams {
    async fn call(&self, context: Option<Rc<dyn Any>>) -> Result<Reply, RpcError> {
        let method = Method { idempotent: true, ..Method::new("f", "") };
        let deadline = Instant::now() + Duration::from_secs(10);
        let call = Invocation {
            method: &method,
            arguments: &[],
            attachments: &[],
            deadline,
            chosen: None,
            context: context.as_ref(),
        };
        self.reference.invoke(&call).await
    }

    fn calls(&self) -> Vec<u32> {
        self.providers.iter().map(|provider| provider.calls.get()).collect()
    }
}

#[test]
fn a_router_sees_what_the_caller_knows_and_may_end_the_call() {
    run(async {
        let world = seams(vec![Scripted::new([]), Scripted::new([]), Scripted::new([])]);
        world.call(Some(Rc::new(vec![2_u16]))).await.unwrap();
        assert_eq!(world.calls(), [0, 1, 0]);
        let error = world.call(Some(Rc::new("not you"))).await.unwrap_err();
        assert_eq!((error.kind, &*error.message), (ErrorKind::Forbidden, "not you"));
        let none = world.call(Some(Rc::new(Vec::<u16>::new()))).await.unwrap_err();
        assert_eq!(none.kind, ErrorKind::NoProvider);
        assert_eq!(world.calls(), [0, 1, 0], "nobody was asked");
    });
}

#[test]
fn a_balancer_may_prefer_one_of_the_whole_list_and_is_passed_over_for_one_that_was_tried() {
    run(async {
        let world = seams(vec![Scripted::new([]), Scripted::new([]), always(LOST.0, LOST.1)]);
        world.call(None).await.unwrap();
        assert_eq!(world.calls()[2], 1, "the one it prefers is asked first");
        assert_eq!(world.calls().iter().sum::<u32>(), 2, "and another one then");
        let seen = world.seen.borrow();
        assert_eq!(seen.iter().map(|(_, tried)| *tried).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(seen[0].0, seen[1].0, "it is asked about the same list again");
    });
}

#[test]
fn a_balancer_is_not_asked_where_there_is_no_choice() {
    run(async {
        let world = seams(vec![Scripted::new([]), Scripted::new([])]);
        world.call(Some(Rc::new(vec![1_u16]))).await.unwrap();
        assert!(world.seen.borrow().is_empty());
    });
}

#[test]
fn another_balancer_over_the_same_directory_keeps_its_providers() {
    run(async {
        let world = seams(vec![Scripted::new([]), Scripted::new([])]);
        let member = Rc::clone(&world.directory.list().members()[1]);
        member.stats();
        let options = Arc::clone(world.reference.options());
        let balance = load_balance::build(options.load_balance);
        let next = Reference::over(options, Rc::clone(world.reference.directory()), RouterChain::default(), balance);
        assert!(Rc::ptr_eq(&next.directory().list().members()[1], &member));
        world.call(None).await.unwrap();
        assert!(member.stats().latency() > 0, "calls are measured once somebody looks");
    });
}
