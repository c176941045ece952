//! A load balancer that is a plugin: one instance for any number of services and lists, flat and synchronous.

use std::cell::RefCell;
use std::rc::Rc;

use crate::exchange::EndpointStats;
use crate::failure::Failure;
use crate::pool::{Pool, Seated, Sole};
use crate::words::Snapshot;

/// A guest's word for "you choose", and for "none was tried before".
pub const NONE: u32 = u32::MAX;

/// A balancer on one worker. It keeps the lists it was given, so that an instance that takes over after a failure knows them too.
pub struct Balancer {
    sole: Sole,
    /// By number, ascending.
    lists: RefCell<Vec<(u32, Rc<Snapshot>)>>,
}

impl Balancer {
    /// A balancer with the instances of this pool. Nothing is made before the first list comes.
    pub fn new(pool: Rc<Pool>) -> Balancer {
        Balancer { sole: Sole::new(pool), lists: RefCell::default() }
    }

    /// A list that is picked from came or changed. One that the guest fails at is not there any more, so that it stands in the way of no
    /// other.
    pub fn rebuild(&self, list: u32, snapshot: Rc<Snapshot>) -> Result<(), Failure> {
        self.unlist(list);
        let done = self.sole.call("rebuild", |seated| self.remind(seated), |seated| tell(seated, list, &snapshot));
        if done.is_ok() {
            let mut lists = self.lists.borrow_mut();
            let place = lists.partition_point(|(known, _)| *known < list);
            lists.insert(place, (list, snapshot));
        }
        self.sole.weigh();
        done
    }

    /// The list is picked from no more.
    pub fn forget(&self, list: u32) -> Result<(), Failure> {
        // An instance that is not there yet need not be told what it is never told of.
        if !self.unlist(list) || !self.sole.is_there() {
            return Ok(());
        }
        self.sole.call("forget", |seated| self.remind(seated), |seated| seated.instance.forget(list))
    }

    fn unlist(&self, list: u32) -> bool {
        let mut lists = self.lists.borrow_mut();
        let found = lists.binary_search_by_key(&list, |(known, _)| *known);
        found.map(|place| lists.remove(place)).is_ok()
    }

    /// A place in the list, or `None` when the choice is left to the gateway. `key` is a hash of the values of `call-wants` (0 without),
    /// `attempt` counts from 0, `exclude` is the place tried last or [`NONE`].
    pub fn pick(
        &self,
        list: u32,
        key: u64,
        attempt: u32,
        exclude: u32,
        stats: &Rc<dyn EndpointStats>,
    ) -> Result<Option<u32>, Failure> {
        let place = self.sole.call(
            "pick",
            |seated| self.remind(seated),
            |seated| {
                seated.seat.stats.replace(Some(Rc::clone(stats)));
                let place = seated.instance.pick(list, key, attempt, exclude);
                seated.seat.stats.replace(None);
                place
            },
        )?;
        if place == NONE {
            return Ok(None);
        }
        let lists = self.lists.borrow();
        let found = lists.binary_search_by_key(&list, |(known, _)| *known);
        let length = found.map_or(0, |place| lists[place].1.endpoints.len());
        if (place as usize) < length {
            return Ok(Some(place));
        }
        Err(self.sole.invalid("pick", format!("place {place} in a list of {length}")))
    }

    fn remind(&self, seated: &mut Seated) -> Result<(), Failure> {
        self.lists.borrow().iter().try_for_each(|(list, snapshot)| tell(seated, *list, snapshot))
    }
}

fn tell(seated: &mut Seated, list: u32, snapshot: &Snapshot) -> Result<(), Failure> {
    seated.instance.rebuild(list, snapshot)?.map_err(Failure::Invalid)
}
