//! A plugin as a balancer: it is told of a list once and then asked for places by numbers alone.
//!
//! Where it fails, names nobody, or names one that was tried, the gateway's own way of choosing takes over.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
    sync::Arc,
    time::{Duration, Instant},
};

use yumen_dubbo::{
    directory::{Candidates, Member},
    invocation::Invocation,
    load_balance::LoadBalance,
};
use yumen_plugin_host::{Balancer as Guest, EndpointStats, Failure, NONE};

use super::{
    facts::Facts,
    providers::{self, ListStats},
    seat::{Seat, Seats},
};

/// How often a list in which providers warm up is told anew, and one that the plugin refused.
const AGAIN: Duration = Duration::from_secs(1);

/// A balancer that is a plugin.
pub(super) struct PluginBalance {
    seats: Rc<Seats>,
    service: Arc<str>,
    native: Box<dyn LoadBalance>,
    chairs: RefCell<Vec<Rc<Chair>>>,
}

/// One version of it.
struct Chair {
    seat: Rc<Seat>,
    guest: Guest,
    lists: RefCell<Vec<Known>>,
    next: Cell<u32>,
}

/// A list that the guest was told of.
struct Known {
    list: Weak<Candidates>,
    number: u32,
    stats: Rc<dyn EndpointStats>,
    /// When it is to be told again, if ever.
    again: Option<Instant>,
    /// The guest takes it.
    good: bool,
}

impl PluginBalance {
    pub(super) fn new(seats: Rc<Seats>, service: Arc<str>, native: Box<dyn LoadBalance>) -> Self {
        Self { seats, service, native, chairs: RefCell::default() }
    }

    fn chair(&self, seat: &Rc<Seat>) -> Rc<Chair> {
        let mut chairs = self.chairs.borrow_mut();
        if let Some(known) = chairs.iter().find(|chair| Rc::ptr_eq(&chair.seat, seat)) {
            return Rc::clone(known);
        }
        let guest = Guest::new(Rc::clone(&seat.pool));
        let made = Chair { seat: Rc::clone(seat), guest, lists: RefCell::default(), next: Cell::new(0) };
        let made = Rc::new(made);
        chairs.push(Rc::clone(&made));
        made
    }
}

impl LoadBalance for PluginBalance {
    fn select(&self, candidates: &Candidates, call: &Invocation<'_>) -> Option<usize> {
        self.native.select(candidates, call)
    }

    fn prefer(&self, listed: &Rc<Candidates>, call: &Invocation<'_>, tried: &[Rc<Member>]) -> Option<usize> {
        let facts = Facts::of(call.context);
        let chair = self.chair(self.seats.choose(|name| facts.property(name))?);
        let wants = &chair.seat.fit.call_wants;
        let key = if wants.is_empty() { 0 } else { hash(facts.values(wants).iter().map(Option::as_deref)) };
        let last = tried.last().and_then(|last| listed.members().iter().position(|member| Rc::ptr_eq(member, last)));
        let exclude = last.and_then(|place| u32::try_from(place).ok()).unwrap_or(NONE);
        let attempt = u32::try_from(tried.len()).unwrap_or(u32::MAX);
        match chair.pick(&self.service, listed, key, attempt, exclude) {
            Ok(place) => place.map(|place| place as usize),
            Err(failure) => {
                chair.seat.tell(&failure);
                None
            }
        }
    }
}

impl Chair {
    fn pick(
        &self,
        service: &str,
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
            other => self.tell(service, listed, other)?,
        };
        let (number, stats) = match self.lists.borrow().get(place) {
            Some(known) if known.good => (known.number, Rc::clone(&known.stats)),
            _ => return Ok(None),
        };
        self.guest.pick(number, key, attempt, exclude, &stats)
    }

    /// Tells the guest of a list; its place among those known comes back.
    fn tell(&self, service: &str, listed: &Rc<Candidates>, known: Option<usize>) -> Result<usize, Failure> {
        let place = known.unwrap_or_else(|| self.admit(listed));
        let number = self.lists.borrow()[place].number;
        let outcome = self.guest.rebuild(number, providers::told(service, listed));
        let warming = !listed.is_warm(yumen_dubbo::load_balance::now_ms);
        if let Some(known) = self.lists.borrow_mut().get_mut(place) {
            known.good = outcome.is_ok();
            known.again = (warming || outcome.is_err()).then(|| Instant::now() + AGAIN);
        }
        outcome.map(|()| place)
    }

    /// Gives a list a number, and lets go of those that nobody has any more.
    fn admit(&self, listed: &Rc<Candidates>) -> usize {
        let gone: Vec<Known> = self.lists.borrow_mut().extract_if(.., |known| known.list.strong_count() == 0).collect();
        for known in gone {
            if let Err(failure) = self.guest.forget(known.number) {
                self.seat.tell(&failure);
            }
        }
        let number = self.next.get();
        self.next.set(number.wrapping_add(1));
        let (list, stats) = (Rc::downgrade(listed), ListStats::of(listed));
        let mut lists = self.lists.borrow_mut();
        lists.push(Known { list, number, stats, again: None, good: false });
        lists.len() - 1
    }
}

/// FNV-1a over values, those that are missing told from empty ones, with a finish in which every bit counts.
pub(super) fn hash<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    let sum = values.into_iter().fold(0xCBF2_9CE4_8422_2325, |hash, value| match value {
        Some(text) => text.bytes().fold(step(hash, 1), step),
        None => step(hash, 0),
    });
    let mixed = (sum ^ (sum >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    mixed ^ (mixed >> 33)
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
