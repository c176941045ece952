//! An instance that is always the same one, because it remembers what it was told: a router's or a balancer's.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;

use super::{Pool, Seated, seat};
use crate::failure::Failure;

/// How long an instance is not made again after the first failure, and at most.
const REST: Duration = Duration::from_millis(10);
const REST_MOST: Duration = Duration::from_secs(1);

/// The one instance, or none before it is first needed and after it failed.
pub(crate) struct Sole {
    pool: Rc<Pool>,
    own: RefCell<Option<Seated>>,
    /// Failures since the last call that went well, and until when no new instance is made.
    failures: Cell<u32>,
    resting: Cell<Option<Instant>>,
}

impl Sole {
    pub(crate) fn new(pool: Rc<Pool>) -> Sole {
        Sole { pool, own: RefCell::default(), failures: Cell::new(0), resting: Cell::new(None) }
    }

    /// Calls the instance. A new one is first told by `remind` what the old one knew.
    pub(crate) fn call<R>(
        &self,
        phase: &'static str,
        remind: impl FnOnce(&mut Seated) -> Result<(), Failure>,
        work: impl FnOnce(&mut Seated) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let began = self.pool.shard.call().then(Instant::now);
        let mut own = self.own.borrow_mut();
        let result = match &mut *own {
            Some(seated) => work(seated),
            None => self.renew(remind).and_then(|seated| work(own.insert(seated))),
        };
        match result {
            Ok(answer) => {
                self.failures.set(0);
                if let Some(began) = began {
                    self.pool.shard.took(began.elapsed());
                }
                Ok(answer)
            }
            Err(failure) => {
                own.take();
                self.rest();
                Err(self.pool.failed(phase, failure))
            }
        }
    }

    /// Whether there is an instance now.
    pub(crate) fn is_there(&self) -> bool {
        self.own.borrow().is_some()
    }

    /// The answer did not hold; the instance did nothing else wrong.
    pub(crate) fn invalid(&self, phase: &'static str, what: String) -> Failure {
        self.pool.failed(phase, Failure::Invalid(what))
    }

    /// Lets go of an instance that has grown too large. The next call makes a new one.
    pub(crate) fn weigh(&self) {
        let mut own = self.own.borrow_mut();
        if own.as_mut().is_some_and(|seated| !seated.instance.slim()) {
            own.take();
        }
    }

    fn renew(&self, remind: impl FnOnce(&mut Seated) -> Result<(), Failure>) -> Result<Seated, Failure> {
        if self.resting.get().is_some_and(|until| Instant::now() < until) {
            return Err(Failure::Start("it failed and is given a rest".to_owned()));
        }
        let slot = self.pool.slot()?;
        let instance = match self.pool.core.take_warm() {
            Some(instance) => instance,
            None => {
                let made = self.pool.core.make().now_or_never();
                made.unwrap_or_else(|| Err(Failure::Start("it waits while it is made ready".to_owned())))?
            }
        };
        let mut seated = seat(instance, slot);
        remind(&mut seated)?;
        Ok(seated)
    }

    fn rest(&self) {
        let failures = self.failures.get();
        self.failures.set(failures.saturating_add(1));
        if self.resting.get().is_none_or(|until| until <= Instant::now()) {
            let rest = REST.saturating_mul(1 << failures.min(7)).min(REST_MOST);
            self.resting.set((failures > 0).then(|| Instant::now() + rest));
        }
    }
}
