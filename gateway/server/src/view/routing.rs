//! A plugin as a router: it is told of a list of providers once and names parts of it for each call.
//!
//! What it names becomes a list of its own once, so that routing copies no list and balancers meet the same lists again.

use std::{cell::RefCell, collections::HashMap, rc::Rc, sync::Arc};

use yumen_dubbo::{
    directory::Candidates,
    error::{ErrorKind, RpcError, Sent, Side, Status},
    invocation::Invocation,
    router::Router,
};
use yumen_plugin_host::{Choice, Failure, Router as Guest, words::FailurePolicy};

use super::{
    facts::Facts,
    outbound::Outgoing,
    providers,
    seat::{Seat, Seats},
};
use crate::exchange::ended;

/// Lists that a router keeps ready: an earlier router may hand on a few in turn.
const MOST_LISTS: usize = 8;
/// Parts of one list that are kept.
const MOST_PARTS: usize = 1000;

/// A router that is a plugin.
pub(super) struct PluginRouter {
    seats: Rc<Seats>,
    service: Arc<str>,
    outbound: Rc<Outgoing>,
    /// The lists met last, the latest first.
    ready: RefCell<Vec<Rc<Ready>>>,
}

/// One version's view of one list.
struct Ready {
    seat: Rc<Seat>,
    list: Rc<Candidates>,
    guest: Guest,
    parts: RefCell<Parts>,
}

/// Lists made of the places that the guest named.
#[derive(Default)]
struct Parts {
    /// By the places' own address: those that the guest prepared come back as the very same.
    prepared: HashMap<*const u32, (Rc<[u32]>, Rc<Candidates>)>,
    /// By content: those named call by call.
    named: HashMap<Rc<[u32]>, Rc<Candidates>>,
}

impl PluginRouter {
    pub(super) fn new(seats: Rc<Seats>, service: Arc<str>, outbound: Rc<Outgoing>) -> Self {
        Self { seats, service, outbound, ready: RefCell::default() }
    }

    /// The list, prepared by this version.
    fn ready(&self, seat: &Rc<Seat>, list: &Rc<Candidates>) -> Result<Rc<Ready>, Failure> {
        let known = |ready: &Rc<Ready>| Rc::ptr_eq(&ready.list, list) && Rc::ptr_eq(&ready.seat, seat);
        let found = self.ready.borrow().iter().find(|ready| known(ready)).cloned();
        if let Some(found) = found {
            return Ok(found);
        }
        let guest = Guest::new(Rc::clone(&seat.pool));
        guest.prepare(providers::told(&self.service, list))?;
        let made = Ready { seat: Rc::clone(seat), list: Rc::clone(list), guest, parts: RefCell::default() };
        let made = Rc::new(made);
        let mut ready = self.ready.borrow_mut();
        ready.truncate(MOST_LISTS - 1);
        ready.insert(0, Rc::clone(&made));
        Ok(made)
    }

    fn ask(&self, seat: &Rc<Seat>, list: &Rc<Candidates>, facts: &Facts) -> Result<Asked, Failure> {
        let ready = self.ready(seat, list)?;
        let wanted = facts.values(&seat.fit.call_wants);
        let wanted: Vec<Option<&str>> = wanted.iter().map(Option::as_deref).collect();
        let visit = facts.visit(self.outbound.clone());
        Ok(match ready.guest.route(&visit, &self.service, &wanted)? {
            Choice::All => Asked::List(Rc::clone(list)),
            Choice::Places(places) => Asked::List(ready.part(places)),
            Choice::Reject(error) => Asked::Reject(ended(error)),
        })
    }
}

enum Asked {
    List(Rc<Candidates>),
    Reject(RpcError),
}

impl Router for PluginRouter {
    fn route(&self, candidates: Rc<Candidates>, call: &Invocation<'_>) -> Result<Rc<Candidates>, RpcError> {
        if candidates.members().is_empty() {
            return Ok(candidates);
        }
        let facts = Facts::of(call.context);
        let Some(seat) = self.seats.choose(|name| facts.property(name)) else {
            return without(self.seats.on_failure, candidates);
        };
        let mut asked = self.ask(seat, &candidates, &facts);
        if let Err(failure) = &asked
            && self.seats.on_failure == FailurePolicy::Reload
        {
            seat.tell(failure);
            asked = self.ask(seat, &candidates, &facts);
        }
        match asked {
            Ok(Asked::List(list)) => Ok(list),
            Ok(Asked::Reject(error)) => Err(error),
            Err(failure) => {
                seat.tell(&failure);
                without(self.seats.on_failure, candidates)
            }
        }
    }
}

/// What becomes of a call without the router that it needs.
fn without(policy: FailurePolicy, candidates: Rc<Candidates>) -> Result<Rc<Candidates>, RpcError> {
    match policy {
        FailurePolicy::Open => Ok(candidates),
        FailurePolicy::Closed | FailurePolicy::Reload => {
            let kind = ErrorKind::Ended(Status::ThreadPoolExhausted);
            Err(RpcError::new(kind, Side::Consumer, Sent::Never, "the call cannot be routed now"))
        }
    }
}

impl Ready {
    /// The providers at these places, which are in range.
    fn part(&self, places: Rc<[u32]>) -> Rc<Candidates> {
        let mut parts = self.parts.borrow_mut();
        if let Some((_, list)) = parts.prepared.get(&places.as_ptr()) {
            return Rc::clone(list);
        }
        if let Some(list) = parts.named.get(&places) {
            return Rc::clone(list);
        }
        let members = places.iter().filter_map(|place| self.list.members().get(*place as usize).cloned());
        let list = Rc::new(Candidates::new(members.collect()));
        if parts.prepared.len() + parts.named.len() >= MOST_PARTS {
            *parts = Parts::default();
        }
        // What the host holds, too, was prepared and will come again; what only we hold was named for this call.
        if Rc::strong_count(&places) > 1 {
            parts.prepared.insert(places.as_ptr(), (places, Rc::clone(&list)));
        } else {
            parts.named.insert(places, Rc::clone(&list));
        }
        list
    }
}
