//! A router that is a plugin: one instance for any number of services, synchronous.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::exchange::Visit;
use crate::failure::Failure;
use crate::judge;
use crate::pool::{Pool, Seated, Sole};
use crate::words::{Decision, RpcError, Snapshot};

/// Lists that a router may prepare for one service.
const LISTS_MOST: usize = 1000;

/// Places in all lists of one service: 4 MB.
const PLACES_MOST: usize = 1_000_000;

/// A router on one worker. It keeps the snapshots it was given, so that an instance that takes over after a failure knows them too.
pub struct Router {
    sole: Sole,
    /// By name.
    services: RefCell<BTreeMap<String, Prepared>>,
}

/// What the guest made of the providers of one service.
struct Prepared {
    snapshot: Rc<Snapshot>,
    lists: Lists,
}

/// Which providers a call may go to.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// All of them.
    All,
    /// Those at these places of the snapshot; each is in range.
    Places(Rc<[u32]>),
    /// Nobody: the call ends so.
    Reject(RpcError),
}

impl Router {
    /// A router with the instances of this pool. Nothing is made before the first snapshot comes.
    pub fn new(pool: Rc<Pool>) -> Router {
        Router { sole: Sole::new(pool), services: RefCell::default() }
    }

    /// The providers of a service came or changed. A service that the guest fails at is not there any more, so that it stands in the way
    /// of no other.
    pub fn prepare(&self, snapshot: Rc<Snapshot>) -> Result<(), Failure> {
        self.forget(&snapshot.service);
        let lists = self.sole.call("prepare", |seated| self.remind(seated), |seated| tell(seated, &snapshot));
        self.sole.weigh();
        let lists = lists?.map_err(|what| self.sole.invalid("prepare", what))?;
        self.services.borrow_mut().insert(snapshot.service.clone(), Prepared { snapshot, lists });
        Ok(())
    }

    /// The service has no calls any more.
    pub fn forget(&self, service: &str) {
        self.services.borrow_mut().remove(service);
    }

    /// A call of a service that was prepared. `wanted` holds the values of `call-wants`.
    pub fn route(&self, visit: &Visit, service: &str, wanted: &[Option<&str>]) -> Result<Choice, Failure> {
        let decision = self.sole.call(
            "route",
            |seated| self.remind(seated),
            |seated| {
                seated.seat.visit.replace(Some(visit.clone()));
                let decision = seated.instance.route(service, wanted);
                seated.seat.visit.replace(None);
                decision
            },
        )?;
        self.choice(service, decision).map_err(|what| self.sole.invalid("route", what))
    }

    fn choice(&self, service: &str, decision: Decision) -> Result<Choice, String> {
        let services = self.services.borrow();
        let known = services.get(service);
        match decision {
            Decision::All => Ok(Choice::All),
            Decision::Reject(error) => judge::rpc_error(&error).map(|()| Choice::Reject(error)),
            Decision::Subset(number) => {
                let lists = known.map_or(&[][..], |known| &known.lists);
                let list = lists.get(number as usize);
                list.map(|list| Choice::Places(Rc::clone(list))).ok_or(format!("list {number} of {}", lists.len()))
            }
            Decision::Places(places) => {
                judge::places(&places, known.map_or(0, |known| known.snapshot.endpoints.len()))?;
                Ok(Choice::Places(places.into()))
            }
        }
    }

    /// Tells a new instance about every service; its lists take the place of the old one's.
    fn remind(&self, seated: &mut Seated) -> Result<(), Failure> {
        self.services.borrow_mut().values_mut().try_for_each(|known| {
            known.lists = tell(seated, &known.snapshot)?.map_err(Failure::Invalid)?;
            Ok(())
        })
    }
}

/// Places of the snapshot, by the number of their list.
type Lists = Vec<Rc<[u32]>>;

/// The lists that the guest makes, or what does not hold about them.
fn tell(seated: &mut Seated, snapshot: &Snapshot) -> Result<Result<Lists, String>, Failure> {
    let lists = match seated.instance.prepare(snapshot)? {
        Ok(lists) if lists.len() > LISTS_MOST => {
            return Ok(Err(format!("{} lists; {LISTS_MOST} are the most", lists.len())));
        }
        Ok(lists) => lists,
        Err(why) => return Ok(Err(why)),
    };
    let places: usize = lists.iter().map(Vec::len).sum();
    if places > PLACES_MOST {
        return Ok(Err(format!("{places} places in all lists; {PLACES_MOST} are the most")));
    }
    let judged = lists.iter().try_for_each(|list| judge::places(list, snapshot.endpoints.len()));
    Ok(judged.map(|()| lists.into_iter().map(Rc::from).collect()))
}
