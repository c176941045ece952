//! Instances of a version's routers and balancers on one worker: one for all services, and another only where one does not do.
//!
//! ```text
//!  Seat ─┬─ Routers ──▶ Desk: Router    one list a service, by name    ◀─ Prepared, one a list
//!        └─ Balancers ▶ Bench: Balancer any lists, by number           ◀─ Admitted, one a list
//! ```
//! One does not do where two lists of one name are in use at a time (an earlier router hands them on in turn, or two services
//! have one name), and where it fails at a list beside those that it holds already: it may be too much for one memory. What is
//! told is forgotten with its last user.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
};

use yumen_plugin_host::{Balancer, Choice, EndpointStats, Failure, Pool, Router, Visit, words::Snapshot};

/// The routers of a version.
#[derive(Default)]
pub(super) struct Routers(RefCell<Vec<Rc<Desk>>>);

/// A router, and the services of which it holds a list.
struct Desk {
    guest: Router,
    names: RefCell<Vec<Arc<str>>>,
}

/// A list that a router was told of.
pub(super) struct Prepared {
    desk: Rc<Desk>,
    name: Arc<str>,
}

impl Routers {
    /// Tells a router of the list of the service `name`.
    pub(super) fn prepare(&self, pool: &Rc<Pool>, name: &Arc<str>, list: &Rc<Snapshot>) -> Result<Prepared, Failure> {
        let (mut place, mut too_much) = (0, false);
        loop {
            let desk = self.desk(place, pool);
            place += 1;
            let empty = desk.names.borrow().is_empty();
            if !empty && (too_much || desk.names.borrow().contains(name)) {
                continue;
            }
            desk.names.borrow_mut().push(Arc::clone(name));
            let prepared = Prepared { desk, name: Arc::clone(name) };
            match prepared.desk.guest.prepare(Rc::clone(list)) {
                Ok(()) => return Ok(prepared),
                Err(failure) if !empty && may_be_too_much(&failure) => too_much = true,
                Err(failure) => return Err(failure),
            }
        }
    }

    /// The router at a place. Those beyond the first go when they hold nothing any more.
    fn desk(&self, place: usize, pool: &Rc<Pool>) -> Rc<Desk> {
        let mut desks = self.0.borrow_mut();
        while desks.len() > 1 && desks.last().is_some_and(|last| last.names.borrow().is_empty()) {
            desks.pop();
        }
        while desks.len() <= place {
            desks.push(Rc::new(Desk { guest: Router::new(Rc::clone(pool)), names: RefCell::default() }));
        }
        Rc::clone(&desks[place])
    }
}

impl Prepared {
    /// Which providers of the list a call may go to.
    pub(super) fn route(&self, visit: &Visit, wanted: &[Option<&str>]) -> Result<Choice, Failure> {
        self.desk.guest.route(visit, &self.name, wanted)
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        self.desk.names.borrow_mut().retain(|name| *name != self.name);
        self.desk.guest.forget(&self.name);
    }
}

/// The balancers of a version.
#[derive(Default)]
pub(super) struct Balancers {
    benches: RefCell<Vec<Rc<Bench>>>,
    next: Cell<u32>,
}

/// A balancer, and how many lists it holds.
struct Bench {
    guest: Balancer,
    lists: Cell<usize>,
}

/// A list that a balancer was told of.
pub(super) struct Admitted {
    bench: Rc<Bench>,
    number: u32,
}

impl Balancers {
    /// Tells a balancer of a list.
    pub(super) fn admit(&self, pool: &Rc<Pool>, list: &Rc<Snapshot>) -> Result<Admitted, Failure> {
        let number = self.next.get();
        self.next.set(number.wrapping_add(1));
        // The last is the one with the most room.
        let last = self.bench(false, pool);
        let shared = last.lists.get() > 0;
        match Admitted::new(last, number, list) {
            Err(failure) if shared && may_be_too_much(&failure) => Admitted::new(self.bench(true, pool), number, list),
            outcome => outcome,
        }
    }

    fn bench(&self, another: bool, pool: &Rc<Pool>) -> Rc<Bench> {
        let mut benches = self.benches.borrow_mut();
        while benches.len() > 1 && benches.last().is_some_and(|last| last.lists.get() == 0) {
            benches.pop();
        }
        if another || benches.is_empty() {
            benches.push(Rc::new(Bench { guest: Balancer::new(Rc::clone(pool)), lists: Cell::new(0) }));
        }
        Rc::clone(&benches[benches.len() - 1])
    }
}

impl Admitted {
    fn new(bench: Rc<Bench>, number: u32, list: &Rc<Snapshot>) -> Result<Self, Failure> {
        bench.lists.set(bench.lists.get() + 1);
        let admitted = Self { bench, number };
        admitted.tell(list)?;
        Ok(admitted)
    }

    /// Tells of the list anew.
    pub(super) fn tell(&self, list: &Rc<Snapshot>) -> Result<(), Failure> {
        self.bench.guest.rebuild(self.number, Rc::clone(list))
    }

    /// A place in the list, if the balancer names one.
    pub(super) fn pick(
        &self,
        key: u64,
        attempt: u32,
        exclude: u32,
        stats: &Rc<dyn EndpointStats>,
    ) -> Result<Option<u32>, Failure> {
        self.bench.guest.pick(self.number, key, attempt, exclude, stats)
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.bench.lists.set(self.bench.lists.get() - 1);
        // A failure is counted and told in the plugin's log; nobody waits for it here.
        let _ = self.bench.guest.forget(self.number);
    }
}

/// Whether an instance that holds nothing else may do better.
fn may_be_too_much(failure: &Failure) -> bool {
    matches!(failure, Failure::Trap(_) | Failure::Timeout | Failure::Budget(_))
}
