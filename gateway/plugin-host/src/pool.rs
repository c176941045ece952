//! Instances of versions on one worker: taken for a callback, put back when it went well, thrown away when it did not.
//!
//! A [`Pools`] belongs to a worker and knows a [`Pool`] for every version that the worker met. Nothing here crosses threads but the instances that
//! were made ready in advance.

mod filter;
mod sole;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::{Arc, Weak as Gone};
use std::time::Instant;

pub(crate) use sole::Sole;

use crate::abi::component::{Ask, Instance, Seat};
use crate::exchange::Visit;
use crate::failure::Failure;
use crate::spec::Isolation;
use crate::statistics::Shard;
use crate::version::{Core, Version};

/// The pools of one worker.
#[derive(Default)]
pub struct Pools(RefCell<Vec<Rc<Pool>>>);

impl Pools {
    /// No pools yet.
    pub fn new() -> Pools {
        Pools::default()
    }

    /// This worker's pool of `version`.
    pub fn of(&self, version: &Arc<Version>) -> Rc<Pool> {
        let serial = version.core().charter.serial;
        let mut pools = self.0.borrow_mut();
        if let Some(pool) = pools.iter().find(|pool| pool.core.charter.serial == serial) {
            return Rc::clone(pool);
        }
        let pool = Rc::new(Pool::new(version));
        pools.push(Rc::clone(&pool));
        pool
    }

    /// Lets go of the pools of versions that nobody holds any more, and of instances that were idle since the last time. What a pool is still
    /// doing it finishes. To be called about once a second, also when there are no requests.
    pub fn sweep(&self) {
        let gone: Vec<_> = self.0.borrow_mut().extract_if(.., |pool| pool.version.strong_count() == 0).collect();
        drop(gone);
        self.0.borrow().iter().for_each(|pool| pool.shrink());
    }
}

/// The instances of one version on one worker.
pub struct Pool {
    core: Arc<Core>,
    version: Gone<Version>,
    isolation: Isolation,
    /// Its guests may wait. Kept here, because looking it up costs as much as a small guest does.
    waits: bool,
    shard: Arc<Shard>,
    idle: RefCell<Vec<Seated>>,
    /// The fewest that were idle at the same time since the last sweep.
    least: Cell<usize>,
    /// Instances of this pool, wherever they are.
    live: Rc<Cell<u32>>,
}

/// An instance that belongs to this worker.
pub(crate) struct Seated {
    pub(crate) instance: Box<Instance>,
    pub(crate) seat: Rc<Seat>,
    _slot: Slot,
}

/// The time that a callback takes, noted when it is over, however that is.
struct Took<'a> {
    shard: &'a Shard,
    began: Option<Instant>,
}

impl Drop for Took<'_> {
    fn drop(&mut self) {
        if let Some(began) = self.began {
            self.shard.took(began.elapsed());
        }
    }
}

/// One of the instances that the pool may have.
struct Slot(Weak<Cell<u32>>);

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(live) = self.0.upgrade() {
            live.set(live.get() - 1);
        }
    }
}

impl Pool {
    fn new(version: &Arc<Version>) -> Pool {
        let core = Arc::clone(version.core());
        Pool {
            version: Arc::downgrade(version),
            isolation: version.spec().isolation,
            waits: core.charter.waits,
            shard: core.charter.counts.shard(),
            idle: RefCell::default(),
            least: Cell::new(0),
            live: Rc::default(),
            core,
        }
    }

    /// The version, unless nobody holds it any more.
    pub fn version(&self) -> Option<Arc<Version>> {
        self.version.upgrade()
    }

    /// An exchange ended that the version took part in, or a call that it chose for or served, without it failing. `error`: by
    /// a fault of the server's side. What a canary is judged by, beside its own failures.
    pub fn answered(&self, error: bool) {
        self.shard.answered(error);
    }

    /// One callback for a visit: takes an instance, seats the visit, calls, and judges what became of it.
    ///
    /// What may wait is boxed, so that the usual way, which ends at once, does not carry the room for it.
    async fn serve<A: Ask, R>(
        &self,
        phase: &'static str,
        visit: &Visit,
        ask: impl FnOnce(&Instance) -> Result<A, Failure>,
        judge: impl FnOnce(A::Answer) -> Result<R, String>,
    ) -> Result<R, Failure> {
        match self.at_hand() {
            Some(seated) => {
                let began = self.shard.call().then(Instant::now);
                let (mut seated, took) = (seated, Took { shard: &self.shard, began });
                seated.seat.visit.replace(Some(visit.clone()));
                let result = ask(&seated.instance).and_then(|asked| asked.now(&mut seated.instance));
                self.done(phase, visit, seated, took, result, judge)
            }
            None => Box::pin(self.serve_waiting(phase, visit, ask, judge)).await,
        }
    }

    async fn serve_waiting<A: Ask, R>(
        &self,
        phase: &'static str,
        visit: &Visit,
        ask: impl FnOnce(&Instance) -> Result<A, Failure>,
        judge: impl FnOnce(A::Answer) -> Result<R, String>,
    ) -> Result<R, Failure> {
        self.shard.call();
        let mut seated = match self.take(visit).await {
            Ok(seated) => seated,
            Err(failure) => return Err(self.failed(phase, failure)),
        };
        // If this future is dropped while the guest waits, the instance goes with it, and the time that it took is noted.
        let took = Took { shard: &self.shard, began: Some(Instant::now()) };
        seated.seat.visit.replace(Some(visit.clone()));
        let until = visit.exchange().deadline();
        let result = match ask(&seated.instance) {
            Ok(asked) => asked.waiting(&mut seated.instance, until).await,
            Err(failure) => Err(failure),
        };
        self.done(phase, visit, seated, took, result, judge)
    }

    /// The instance goes back, unless it failed; its answer is judged.
    fn done<T, R>(
        &self,
        phase: &'static str,
        visit: &Visit,
        seated: Seated,
        took: Took<'_>,
        result: Result<T, Failure>,
        judge: impl FnOnce(T) -> Result<R, String>,
    ) -> Result<R, Failure> {
        match result {
            Ok(answer) => {
                drop(took);
                seated.seat.visit.replace(None);
                self.put(visit, seated);
                judge(answer).map_err(|what| self.failed(phase, Failure::Invalid(what)))
            }
            Err(failure) => {
                drop(seated);
                Err(self.failed(phase, failure))
            }
        }
    }

    /// An instance that answers at once, if one is idle.
    fn at_hand(&self) -> Option<Seated> {
        match self.isolation {
            Isolation::Reuse if !self.waits => self.pop(),
            _ => None,
        }
    }

    /// What the version answered does not hold, as only the gateway could see. Counts like any failure.
    pub fn refused(&self, phase: &'static str, failure: Failure) -> Failure {
        self.failed(phase, failure)
    }

    /// A call went without the version, which failed before at what the call needs and is given a rest there. Counts like any
    /// failure, and is not told again.
    pub fn missed(&self, failure: &Failure) {
        self.shard.call();
        self.core.charter.counts.failed(failure);
    }

    /// Counts a failure and tells the plugin's log.
    fn failed(&self, phase: &str, failure: Failure) -> Failure {
        self.core.charter.counts.failed(&failure);
        self.core.charter.logs.tell(&format!("{phase}: {failure}"));
        failure
    }

    async fn take(&self, visit: &Visit) -> Result<Seated, Failure> {
        if self.isolation == Isolation::Fresh {
            let own = visit.take(self.core.charter.serial).and_then(|own| own.downcast::<Seated>().ok());
            if let Some(own) = own {
                return Ok(*own);
            }
        } else if let Some(seated) = self.pop() {
            return Ok(seated);
        }
        let slot = self.slot()?;
        let instance = match self.core.take_warm() {
            Some(instance) => instance,
            // Boxed, so that the usual way does not carry the room for it.
            None => Box::pin(self.core.make()).await?,
        };
        Ok(seat(instance, slot))
    }

    fn put(&self, visit: &Visit, mut seated: Seated) {
        let again = seated.instance.rest();
        match self.isolation {
            // It is the exchange's own until its end, whatever it has grown to.
            Isolation::Fresh => visit.keep(self.core.charter.serial, Box::new(seated)),
            Isolation::Reuse if again => self.idle.borrow_mut().push(seated),
            Isolation::Reuse => {}
        }
    }

    fn pop(&self) -> Option<Seated> {
        let mut idle = self.idle.borrow_mut();
        let seated = idle.pop();
        self.least.set(self.least.get().min(idle.len()));
        seated
    }

    /// Lets go of instances that a burst left behind: those that were idle all the time since the last look, but one.
    fn shrink(&self) {
        let mut idle = self.idle.borrow_mut();
        let unused = self.least.get().min(idle.len()).saturating_sub(1);
        let gone: Vec<Seated> = idle.drain(..unused).collect();
        self.least.set(idle.len());
        drop((idle, gone));
    }

    /// Room for one more instance.
    fn slot(&self) -> Result<Slot, Failure> {
        if self.live.get() >= self.core.charter.limits.instances {
            return Err(Failure::Exhausted);
        }
        self.live.set(self.live.get() + 1);
        Ok(Slot(Rc::downgrade(&self.live)))
    }
}

fn seat(mut instance: Instance, slot: Slot) -> Seated {
    let seat = Rc::new(Seat::default());
    instance.settle(Rc::clone(&seat));
    Seated { instance: Box::new(instance), seat, _slot: slot }
}
