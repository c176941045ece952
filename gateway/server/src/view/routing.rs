//! A plugin as a router: it is told of a list of providers once and names parts of it for each call.
//!
//! What it names becomes a list of its own once, so that routing copies no list and balancers meet the same lists again.

use std::{
    cell::RefCell,
    collections::HashMap,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use yumen_dubbo::{
    directory::Candidates,
    error::{ErrorKind, RpcError, Sent, Side, Status},
    invocation::Invocation,
    router::Router,
    service_key::ServiceKey,
};
use yumen_plugin_host::{Choice, Failure, words::FailurePolicy};

use super::{
    facts::Facts,
    guests::Prepared,
    outbound::Outgoing,
    providers,
    seat::{Seat, Seats},
};
use crate::exchange::ended;

/// Lists that a router keeps ready: an earlier router may hand on a few in turn.
const MOST_LISTS: usize = 8;
/// Places in the parts of one list that are kept.
const MOST_PLACES: usize = 1_000_000;
/// Parts of one list that are kept.
const MOST_PARTS: usize = 1000;
/// How long a list that failed more than once is not told again.
const REST: Duration = Duration::from_secs(1);

/// A router that is a plugin.
pub(super) struct PluginRouter {
    seats: Rc<Seats>,
    key: ServiceKey,
    /// The key as plugins know it.
    name: Arc<str>,
    outbound: Rc<Outgoing>,
    /// The lists met last, the latest first.
    ready: RefCell<Vec<Rc<Ready>>>,
}

/// One version's view of one list.
struct Ready {
    seat: Rc<Seat>,
    list: Rc<Candidates>,
    prepared: Result<Prepared, Refusal>,
    parts: RefCell<Parts>,
}

/// A list that the guest failed at.
struct Refusal {
    why: Failure,
    until: Instant,
}

/// Lists made of the places that the guest named.
#[derive(Default)]
struct Parts {
    /// By the places' own address: those that the guest prepared come back as the very same.
    prepared: HashMap<*const u32, (Rc<[u32]>, Rc<Candidates>)>,
    /// By content: those named call by call.
    named: HashMap<Rc<[u32]>, Rc<Candidates>>,
    /// In all of them.
    places: usize,
}

impl PluginRouter {
    pub(super) fn new(seats: Rc<Seats>, key: &ServiceKey, outbound: Rc<Outgoing>) -> Self {
        Self { seats, key: key.clone(), name: key.to_string().into(), outbound, ready: RefCell::default() }
    }

    /// The list, as this version was told of it.
    fn ready(&self, seat: &Rc<Seat>, list: &Rc<Candidates>) -> Rc<Ready> {
        let known = |ready: &Ready| Rc::ptr_eq(&ready.list, list) && Rc::ptr_eq(&ready.seat, seat);
        let found = self.ready.borrow().iter().find(|ready| known(ready)).cloned();
        if let Some(found) = &found
            && !found.is_due()
        {
            return Rc::clone(found);
        }
        // Lists that nobody else has any more are gone, and make room before another is told.
        let gone: Vec<_> = {
            let mut ready = self.ready.borrow_mut();
            let gone = |ready: &mut Rc<Ready>| known(ready) || Rc::strong_count(&ready.list) == 1;
            let mut gone: Vec<_> = ready.extract_if(.., gone).collect();
            let most = ready.len().min(MOST_LISTS - 1);
            gone.extend(ready.drain(most..));
            gone
        };
        drop(gone);
        let prepared = seat.routers.prepare(&seat.pool, &self.name, &providers::told(&self.name, list));
        let rest = if found.is_some() { REST } else { Duration::ZERO };
        let prepared = prepared.map_err(|why| Refusal { why, until: Instant::now() + rest });
        let made = Ready { seat: Rc::clone(seat), list: Rc::clone(list), prepared, parts: RefCell::default() };
        let made = Rc::new(made);
        self.ready.borrow_mut().insert(0, Rc::clone(&made));
        made
    }

    fn ask(&self, seat: &Rc<Seat>, list: &Rc<Candidates>, facts: &Facts) -> Result<Asked, Failure> {
        let ready = self.ready(seat, list);
        let prepared = ready.prepared.as_ref().map_err(|refusal| {
            seat.pool.missed(&refusal.why);
            refusal.why.clone()
        })?;
        let wanted = facts.values(&seat.fit.call_wants);
        let wanted: Vec<Option<&str>> = wanted.iter().map(Option::as_deref).collect();
        let visit = facts.visit(self.outbound.clone(), None);
        Ok(match prepared.route(&visit, &wanted)? {
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
        let facts = Facts::of(call, &self.key);
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
    /// Whether it is time to tell the guest again.
    fn is_due(&self) -> bool {
        self.prepared.as_ref().is_err_and(|refusal| Instant::now() >= refusal.until)
    }

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
        parts.places += places.len();
        if parts.prepared.len() + parts.named.len() >= MOST_PARTS || parts.places > MOST_PLACES {
            *parts = Parts { places: places.len(), ..Parts::default() };
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
