//! A snapshot as one worker lives it: its own references, its own instances of plugins, its own connections for their requests.
//!
//! ```text
//!  Snapshot ─▶ View ─┬─ callees: one a service, providers behind routers and a balancer, or a plugin in this process
//!                    ├─ seats: one a plugin version, with this worker's instances of it
//!                    └─ outbound: HTTP clusters and calls for plugins that ask for more than they were given
//! ```
//! A request takes the view of its first moment and keeps it to its end, so that it meets one version of everything. What two
//! views have in common they share: connections, instances and what balancers know survive every change that does not
//! concern them. What nobody shares any more ends with the last request of its view.

mod balancing;
mod callee;
mod cluster;
mod facts;
mod guests;
mod outbound;
mod providers;
mod routing;
mod seat;
mod serving;

use std::{collections::HashMap, rc::Rc, sync::Arc};

use arc_swap::{ArcSwap, Cache};
use yumen_dubbo::pool::Pool;
use yumen_plugin_host::Pools;

use self::outbound::Outgoing;
use crate::snapshot::{Held, Service, Snapshot};

pub use callee::Callee;
pub use seat::{Seat, Seats};

/// A snapshot on one worker.
pub struct View {
    /// The version that this view shows.
    pub snapshot: Rc<Held>,
    /// One entry a service, in the order of [`Snapshot::services`].
    pub callees: Box<[Rc<Callee>]>,
    /// One entry a plugin, in the order of the snapshot's slots.
    pub seats: Box<[Rc<Seats>]>,
    /// What plugins send by themselves.
    pub outbound: Rc<Outgoing>,
}

/// The worker's end of the published snapshots: hands out the current [`View`], made anew only when it changed.
pub struct Views {
    published: Cache<Arc<ArcSwap<Snapshot>>, Arc<Snapshot>>,
    means: Means,
    current: Rc<View>,
}

/// What a worker's views are made with.
struct Means {
    /// Connections to providers.
    pool: Rc<Pool>,
    /// Instances of plugins.
    instances: Pools,
}

impl Views {
    /// Follows what is published.
    pub fn new(published: Arc<ArcSwap<Snapshot>>) -> Self {
        let mut published = Cache::new(published);
        let means = Means { pool: Rc::new(Pool::default()), instances: Pools::new() };
        let current = View::of(published.load(), &means, None);
        Self { published, means, current }
    }

    /// Replies that came to this worker after their call had given up.
    pub fn late_replies(&self) -> u64 {
        self.means.pool.strays().late
    }

    /// The view for a request that starts now.
    pub fn current(&mut self) -> Rc<View> {
        let newest = self.published.load();
        if !Arc::ptr_eq(newest, &self.current.snapshot.0) {
            self.current = View::of(newest, &self.means, Some(&self.current));
        }
        self.current.clone()
    }

    /// Follows what is published and lets go of instances that nobody needs any more. To be called now and then, for without
    /// requests nobody asks for the view.
    pub fn tend(&mut self) {
        self.current();
        self.means.instances.sweep();
    }
}

impl View {
    /// Whether requests of this route meet no plugin on their way, and neither do their calls one that looks at them.
    pub fn is_plain(&self, route: usize) -> bool {
        let callee = self.snapshot.actions.get(route).and_then(|action| self.callees.get(action.service));
        self.snapshot.plugins.of_route(route).is_empty() && callee.is_none_or(|callee| !callee.looks)
    }

    /// A view that keeps of `previous` whatever need not change.
    fn of(snapshot: &Arc<Snapshot>, means: &Means, previous: Option<&Rc<Self>>) -> Rc<Self> {
        let seats: Box<[Rc<Seats>]> =
            snapshot.plugins.slots.iter().map(|slot| Seats::of(slot, &means.instances, previous)).collect();
        let known = Known::of(previous);
        Rc::new_cyclic(|view| {
            let outbound = Outgoing::of(snapshot, view.clone(), previous.map(|previous| &*previous.outbound));
            let callee = |(index, service): (usize, &Service)| {
                let stands = &snapshot.plugins.services[index];
                Callee::of(service, stands, &seats, &means.pool, &outbound, known.of_service(service))
            };
            let callees = snapshot.services.iter().enumerate().map(callee).collect();
            Self { snapshot: Rc::new(Held(snapshot.clone())), callees, seats, outbound }
        })
    }
}

/// Services of the view before, found by what feeds them: a worker makes the view within a request.
struct Known<'a> {
    previous: Option<&'a Rc<View>>,
    by_list: HashMap<*const (), Vec<usize>>,
}

impl<'a> Known<'a> {
    fn of(previous: Option<&'a Rc<View>>) -> Self {
        let mut by_list: HashMap<_, Vec<usize>> = HashMap::new();
        for (index, service) in previous.iter().flat_map(|previous| previous.snapshot.services.iter().enumerate()) {
            by_list.entry(Arc::as_ptr(&service.instances).cast()).or_default().push(index);
        }
        Self { previous, by_list }
    }

    /// What called the same service in the same way.
    fn of_service(&self, service: &Service) -> Option<&'a Rc<Callee>> {
        let previous = self.previous?;
        let alike = |index: &&usize| {
            let known = &previous.snapshot.services[**index];
            *known.options == *service.options && known.plugin == service.plugin
        };
        let index = self.by_list.get(&Arc::as_ptr(&service.instances).cast())?.iter().find(alike)?;
        previous.callees.get(*index)
    }
}

#[cfg(test)]
mod tests;
