//! A plugin as a balancer: it is told of a list once and then asked for places by numbers alone.
//!
//! Where it fails, names nobody, or names one that was tried, the gateway's own way of choosing takes over.

use std::{
    cell::RefCell,
    rc::{Rc, Weak},
    sync::Arc,
    time::{Duration, Instant},
};

use yumen_dubbo::{
    directory::{Candidates, Member},
    invocation::Invocation,
    load_balance::LoadBalance,
    service_key::ServiceKey,
};
use yumen_plugin_host::{EndpointStats, Failure, NONE};

use super::{
    facts::Facts,
    guests::Admitted,
    providers::{self, ListStats},
    seat::{Seat, Seats},
};

/// How often a list in which providers warm up is told anew, and one that the plugin refused.
const AGAIN: Duration = Duration::from_secs(1);

/// A balancer that is a plugin.
pub(super) struct PluginBalance {
    seats: Rc<Seats>,
    key: ServiceKey,
    /// The key as plugins know it.
    name: Arc<str>,
    native: Box<dyn LoadBalance>,
    chairs: RefCell<Vec<Rc<Chair>>>,
}

/// One version of it.
struct Chair {
    seat: Rc<Seat>,
    lists: RefCell<Vec<Known>>,
}

/// A list that the guest was told of.
struct Known {
    list: Weak<Candidates>,
    /// Left out: the guest does not take it.
    admitted: Option<Admitted>,
    stats: Rc<dyn EndpointStats>,
    /// When it is to be told again, if ever.
    again: Option<Instant>,
}

impl PluginBalance {
    pub(super) fn new(seats: Rc<Seats>, key: &ServiceKey, native: Box<dyn LoadBalance>) -> Self {
        Self { seats, key: key.clone(), name: key.to_string().into(), native, chairs: RefCell::default() }
    }

    fn chair(&self, seat: &Rc<Seat>) -> Rc<Chair> {
        let mut chairs = self.chairs.borrow_mut();
        if let Some(known) = chairs.iter().find(|chair| Rc::ptr_eq(&chair.seat, seat)) {
            return Rc::clone(known);
        }
        let made = Rc::new(Chair { seat: Rc::clone(seat), lists: RefCell::default() });
        chairs.push(Rc::clone(&made));
        made
    }
}

impl LoadBalance for PluginBalance {
    fn select(&self, candidates: &Candidates, call: &Invocation<'_>) -> Option<usize> {
        self.native.select(candidates, call)
    }

    fn prefer(&self, listed: &Rc<Candidates>, call: &Invocation<'_>, tried: &[Rc<Member>]) -> Option<usize> {
        let facts = Facts::of(call, &self.key);
        let chair = self.chair(self.seats.choose(|name| facts.property(name))?);
        let key = chair.key_of(&facts);
        let last = tried.last().and_then(|last| listed.members().iter().position(|member| Rc::ptr_eq(member, last)));
        let exclude = last.and_then(|place| u32::try_from(place).ok()).unwrap_or(NONE);
        let attempt = u32::try_from(tried.len()).unwrap_or(u32::MAX);
        match chair.pick(&self.name, listed, key, attempt, exclude) {
            Ok(place) => place.map(|place| place as usize),
            Err(failure) => {
                chair.seat.tell(&failure);
                None
            }
        }
    }
}

impl Chair {
    /// One number of all that the guest wants of a call.
    fn key_of(&self, facts: &Facts) -> u64 {
        let wants = &self.seat.fit.call_wants;
        if wants.is_empty() {
            return 0;
        }
        let mut sum = Sum::default();
        wants.iter().for_each(|wanted| facts.with(wanted, |value| sum.add(value)));
        sum.mixed()
    }

    fn pick(
        &self,
        name: &str,
        listed: &Rc<Candidates>,
        key: u64,
        attempt: u32,
        exclude: u32,
    ) -> Result<Option<u32>, Failure> {
        let here = Rc::as_ptr(listed);
        let found = self.lists.borrow().iter().position(|known| std::ptr::eq(known.list.as_ptr(), here));
        let due = |known: &Known| known.again.is_some_and(|again| Instant::now() >= again);
        let place = match found {
            Some(place) if !due(&self.lists.borrow()[place]) => place,
            Some(place) => self.tell(name, listed, place)?,
            None => self.tell(name, listed, self.admit(listed))?,
        };
        let lists = self.lists.borrow();
        let Some(Known { admitted: Some(admitted), stats, .. }) = lists.get(place) else {
            self.seat.pool.missed(&Failure::Invalid("it does not take the list".to_owned()));
            return Ok(None);
        };
        admitted.pick(key, attempt, exclude, stats)
    }

    /// Tells the guest of the list at a place.
    fn tell(&self, name: &str, listed: &Rc<Candidates>, place: usize) -> Result<usize, Failure> {
        let told = providers::told(name, listed);
        let mut lists = self.lists.borrow_mut();
        let Some(known) = lists.get_mut(place) else { return Ok(place) };
        let outcome = match known.admitted.take() {
            Some(admitted) => admitted.tell(&told).map(|()| admitted),
            None => self.seat.balancers.admit(&self.seat.pool, &told),
        };
        let warming = !listed.is_warm(yumen_dubbo::load_balance::now_ms);
        known.again = (warming || outcome.is_err()).then(|| Instant::now() + AGAIN);
        known.admitted = Some(outcome?);
        Ok(place)
    }

    /// A place for a list. Those that nobody has any more are let go of.
    fn admit(&self, listed: &Rc<Candidates>) -> usize {
        let mut lists = self.lists.borrow_mut();
        lists.retain(|known| known.list.strong_count() > 0);
        let (list, stats) = (Rc::downgrade(listed), ListStats::of(listed));
        lists.push(Known { list, admitted: None, stats, again: None });
        lists.len() - 1
    }
}

/// FNV-1a over values, those that are missing told from empty ones, with a finish in which every bit counts.
struct Sum(u64);

impl Default for Sum {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Sum {
    fn add(&mut self, value: Option<&str>) {
        let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        self.0 = match value {
            Some(text) => text.bytes().fold(step(self.0, 1), step),
            None => step(self.0, 0),
        };
    }

    fn mixed(self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
        mixed ^ (mixed >> 33)
    }
}

/// One number of these values.
pub(super) fn hash<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> u64 {
    let mut sum = Sum::default();
    values.into_iter().for_each(|value| sum.add(value));
    sum.mixed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_same_for_the_same_values_and_no_other() {
        let of = |values: &[Option<&str>]| hash(values.iter().copied());
        assert_eq!(of(&[Some("a"), None]), of(&[Some("a"), None]));
        let all = [
            of(&[]),
            of(&[None]),
            of(&[Some("")]),
            of(&[Some("a")]),
            of(&[Some("b")]),
            of(&[Some("a"), Some("b")]),
            of(&[Some("ab")]),
            of(&[Some("a"), None, Some("b")]),
        ];
        let different: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
    }
}
