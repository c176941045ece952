//! Numbers that all workers and versions of a plugin share, in windows of time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::words::CounterError;

/// Counters that one plugin may open.
const COUNTERS_MOST: usize = 64;

/// Slots that one shard of a counter holds. A slot is 40 bytes, so a counter is at most some 4 MiB.
const SLOTS_MOST: usize = 12_500;

/// Parts of a counter with a lock each, so that workers seldom meet.
const SHARDS: usize = 8;

/// The longest name, in bytes.
const NAME_MOST: usize = 100;

/// The counters of one plugin.
#[derive(Default)]
pub(crate) struct Counters(Mutex<Vec<Arc<Counter>>>);

impl Counters {
    /// The counter of this name; made at the first time. Another window under the same name is another counter.
    pub(crate) fn open(&self, name: &str, window: u32) -> Result<Arc<Counter>, CounterError> {
        if name.is_empty() || name.len() > NAME_MOST {
            return Err(CounterError::Invalid(format!("a name has 1 to {NAME_MOST} bytes")));
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(counter) = known.iter().find(|counter| counter.name == name && counter.window == window) {
            return Ok(Arc::clone(counter));
        }
        if known.len() == COUNTERS_MOST {
            return Err(CounterError::Full);
        }
        let counter = Arc::new(Counter::new(name, window));
        known.push(Arc::clone(&counter));
        Ok(counter)
    }
}

/// One counter: a number for every slot.
pub(crate) struct Counter {
    name: String,
    /// Milliseconds; 0 never ends.
    window: u32,
    began: Instant,
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Default)]
struct Shard {
    slots: HashMap<u64, Slot>,
    /// Stands for every slot that there is no room for. They share one number, so that flooding a limit with keys tightens it.
    rest: Slot,
    /// The window in which old slots were last thrown out.
    swept: u64,
}

#[derive(Default)]
struct Slot {
    window: u64,
    value: i64,
    previous: i64,
}

impl Slot {
    /// Moves on to `window`: what was the current value becomes the one before, or is forgotten.
    fn roll(&mut self, window: u64) {
        if self.window < window {
            self.previous = if self.window + 1 == window { self.value } else { 0 };
            self.value = 0;
            self.window = window;
        }
    }
}

impl Counter {
    fn new(name: &str, window: u32) -> Counter {
        Counter { name: name.to_owned(), window, began: Instant::now(), shards: Default::default() }
    }

    /// Adds, and returns the new value.
    pub(crate) fn add(&self, slot: u64, delta: i64) -> i64 {
        let window = self.current();
        let mut shard = self.shard(slot);
        let slot = shard.slot(slot, window);
        slot.roll(window);
        slot.value = slot.value.saturating_add(delta);
        slot.value
    }

    /// The value in the current window.
    pub(crate) fn get(&self, slot: u64) -> i64 {
        self.look(slot).0
    }

    /// The last value in the window before.
    pub(crate) fn previous(&self, slot: u64) -> i64 {
        self.look(slot).1
    }

    /// Milliseconds until the current window ends; 0 when it never does.
    pub(crate) fn remaining(&self) -> u32 {
        match self.window {
            0 => 0,
            window => window - u32::try_from(self.elapsed() % u64::from(window)).unwrap_or_default(),
        }
    }

    fn look(&self, slot: u64) -> (i64, i64) {
        let window = self.current();
        let mut shard = self.shard(slot);
        let Shard { slots, rest, .. } = &mut *shard;
        let full = slots.len() >= SLOTS_MOST;
        match slots.get_mut(&slot).or(full.then_some(rest)) {
            Some(slot) => {
                slot.roll(window);
                (slot.value, slot.previous)
            }
            None => (0, 0),
        }
    }

    fn elapsed(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn current(&self) -> u64 {
        self.elapsed().checked_div(u64::from(self.window)).unwrap_or_default()
    }

    fn shard(&self, slot: u64) -> MutexGuard<'_, Shard> {
        // Guests give hashes, but also small numbers: either end of the bits may be the one that differs.
        let mixed = (slot ^ (slot >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 61;
        let shard = usize::try_from(mixed).unwrap_or_default() % SHARDS;
        self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    fn slot(&mut self, slot: u64, window: u64) -> &mut Slot {
        let full = self.slots.len() >= SLOTS_MOST && !self.slots.contains_key(&slot);
        if full && self.swept < window {
            self.swept = window;
            self.slots.retain(|_, slot| slot.window + 1 >= window);
        }
        if full && self.slots.len() >= SLOTS_MOST {
            return &mut self.rest;
        }
        self.slots.entry(slot).or_insert(Slot { window, ..Slot::default() })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_counter_is_found_again_by_its_name_and_window() {
        let counters = Counters::default();
        counters.open("a", 0).unwrap().add(1, 5);
        assert_eq!(counters.open("a", 0).unwrap().get(1), 5);
        assert_eq!(counters.open("a", 1000).unwrap().get(1), 0);
        assert_eq!(counters.open("b", 0).unwrap().get(1), 0);
    }

    #[test]
    fn a_plugin_opens_no_more_counters_than_it_may() {
        let counters = Counters::default();
        for number in 0..COUNTERS_MOST {
            counters.open(&number.to_string(), 0).unwrap();
        }
        assert!(matches!(counters.open("one more", 0), Err(CounterError::Full)));
        assert!(matches!(counters.open("", 0), Err(CounterError::Invalid(_))));
    }

    #[test]
    fn a_window_that_ended_is_the_one_before_and_then_nothing() {
        let mut counter = Counter::new("a", 60_000);
        counter.add(7, 3);
        counter.add(7, 1);
        let now = counter.began;
        let back = |by: u64| now.checked_sub(Duration::from_secs(by)).unwrap();
        counter.began = back(60);
        assert_eq!((counter.get(7), counter.previous(7)), (0, 4));
        assert_eq!(counter.add(7, 2), 2);
        counter.began = back(180);
        assert_eq!((counter.get(7), counter.previous(7)), (0, 0));
        assert!(counter.remaining() > 50_000, "{}", counter.remaining());
    }

    #[test]
    fn slots_beyond_the_room_share_one_number() {
        let counter = Counter::new("a", 0);
        for slot in 0..(2 * SHARDS * SLOTS_MOST) as u64 {
            counter.add(slot, 1);
        }
        let held: usize = counter.shards.iter().map(|shard| shard.lock().unwrap().slots.len()).sum();
        assert!(held <= SHARDS * SLOTS_MOST);
        assert_eq!(counter.get(0), 1, "early slots keep their own number");
        assert!(counter.add(u64::MAX - 1, 1) > 1000, "a new slot counts with all the others that found no room");
    }

    #[test]
    fn a_value_does_not_wrap() {
        let counter = Counter::new("a", 0);
        counter.add(1, i64::MAX);
        assert_eq!(counter.add(1, 1), i64::MAX);
        assert_eq!(counter.add(1, -1), i64::MAX - 1);
    }
}
