//! The calls that wait for a reply on one connection.
//!
//! ```text
//!  request id = generation (32 bits) │ slot (32 bits)
//!
//!  insert ─▶ Waiting ─▶ complete / expire / fail ─▶ Done ─▶ poll takes it
//!               └────── remove (the call was dropped) ─▶ free; its reply will come late
//! ```
//! A slot is used again with another generation, so a late reply never reaches a later call. The
//! table is owned by its connection; nobody else can complete a call.

use std::task::{Context, Poll, Waker};
use std::time::Instant;

use slab::Slab;

use crate::frame::Frame;

/// How a wait ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The reply.
    Reply(Frame),
    /// A reply announced a body of so many bytes, above the limit.
    TooLarge(u32),
    /// The deadline passed.
    Expired,
    /// The connection ended.
    Lost,
}

/// Where a reply went.
#[derive(Debug)]
pub enum Delivery {
    /// To its call; wake it.
    Delivered(Option<Waker>),
    /// Nowhere: its call had given up.
    Late,
    /// Nowhere: there was no such call, or it was answered before.
    Unknown,
}

/// The calls that wait on one connection.
#[derive(Debug, Default)]
pub struct Pending {
    slots: Slab<Slot>,
    generation: u32,
    waiting: usize,
    /// Calls that gave up and whose reply may still come.
    abandoned: u64,
}

#[derive(Debug)]
struct Slot {
    generation: u32,
    deadline: Instant,
    /// Where the request starts in the stream of bytes that the connection sends.
    start: u64,
    state: State,
}

#[derive(Debug)]
enum State {
    Waiting(Option<Waker>),
    Done(Outcome),
}

impl Pending {
    /// Calls without an outcome yet.
    pub const fn waiting(&self) -> usize {
        self.waiting
    }

    /// Makes room for a call; returns its request id.
    pub fn insert(&mut self, deadline: Instant, start: u64) -> u64 {
        self.generation = self.generation.wrapping_add(1);
        let generation = self.generation;
        let slot = self.slots.insert(Slot { generation, deadline, start, state: State::Waiting(None) });
        self.waiting += 1;
        u64::from(generation) << 32 | slot as u64
    }

    /// The outcome of a call, once; `start` of the request comes with it.
    pub fn poll(&mut self, id: u64, context: &Context<'_>) -> Poll<(Outcome, u64)> {
        match self.slot(id).map(|slot| &mut slot.state) {
            Some(State::Waiting(waker)) => {
                match waker {
                    Some(known) if known.will_wake(context.waker()) => {}
                    _ => *waker = Some(context.waker().clone()),
                }
                return Poll::Pending;
            }
            Some(State::Done(_)) => {}
            None => return Poll::Ready((Outcome::Lost, 0)),
        }
        match self.slots.try_remove(slot_of(id)) {
            Some(Slot { state: State::Done(outcome), start, .. }) => Poll::Ready((outcome, start)),
            _ => Poll::Ready((Outcome::Lost, 0)),
        }
    }

    /// Frees a call's slot, whatever its state; for calls that are dropped.
    pub fn remove(&mut self, id: u64) {
        let Some(slot) = self.slot(id) else { return };
        if matches!(slot.state, State::Waiting(_)) {
            self.waiting -= 1;
            self.abandoned += 1;
        }
        self.slots.try_remove(slot_of(id));
    }

    /// Takes back a call whose request was never queued.
    pub fn forget(&mut self, id: u64) {
        if self.slot(id).is_some() {
            self.waiting -= 1;
            self.slots.try_remove(slot_of(id));
        }
    }

    /// Gives a call its outcome.
    pub fn complete(&mut self, id: u64, outcome: Outcome) -> Delivery {
        if let Some(slot) = self.slot(id)
            && let State::Waiting(waker) = &mut slot.state
        {
            let waker = waker.take();
            slot.state = State::Done(outcome);
            self.waiting -= 1;
            return Delivery::Delivered(waker);
        }
        let issued = self.generation.wrapping_sub((id >> 32) as u32) < u32::MAX / 2;
        if self.abandoned > 0 && issued {
            self.abandoned -= 1;
            return Delivery::Late;
        }
        Delivery::Unknown
    }

    /// Ends the calls whose deadline is not after `now`: adds their wakers to `woken` and returns
    /// the earliest deadline of those that remain.
    pub fn expire(&mut self, now: Instant, woken: &mut Vec<Waker>) -> Option<Instant> {
        let mut next = None;
        for (_, slot) in &mut self.slots {
            let State::Waiting(waker) = &mut slot.state else {
                continue;
            };
            if slot.deadline <= now {
                woken.extend(waker.take());
                slot.state = State::Done(Outcome::Expired);
                self.waiting -= 1;
                self.abandoned += 1;
            } else if next.is_none_or(|earliest| slot.deadline < earliest) {
                next = Some(slot.deadline);
            }
        }
        next
    }

    /// Ends all calls because the connection ended; returns their wakers.
    pub fn fail_all(&mut self) -> Vec<Waker> {
        let mut woken = Vec::with_capacity(self.waiting);
        for (_, slot) in &mut self.slots {
            if let State::Waiting(waker) = &mut slot.state {
                woken.extend(waker.take());
                slot.state = State::Done(Outcome::Lost);
            }
        }
        self.waiting = 0;
        woken
    }

    fn slot(&mut self, id: u64) -> Option<&mut Slot> {
        let generation = (id >> 32) as u32;
        self.slots.get_mut(slot_of(id)).filter(|slot| slot.generation == generation)
    }
}

const fn slot_of(id: u64) -> usize {
    (id & 0xFFFF_FFFF) as usize
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;

    use super::*;
    use crate::frame::Header;

    fn reply(id: u64) -> Outcome {
        Outcome::Reply(Frame { header: Header::response(id, 20, 2), body: Bytes::new() })
    }

    fn poll(pending: &mut Pending, id: u64) -> Poll<Outcome> {
        pending.poll(id, &Context::from_waker(Waker::noop())).map(|(outcome, _)| outcome)
    }

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[test]
    fn replies_reach_their_calls_in_any_order() {
        let mut pending = Pending::default();
        let ids = [(); 3].map(|()| pending.insert(later(), 0));
        for id in [ids[2], ids[0], ids[1]] {
            assert!(poll(&mut pending, id).is_pending());
            assert!(matches!(pending.complete(id, reply(id)), Delivery::Delivered(Some(_))));
        }
        assert_eq!(ids.map(|id| poll(&mut pending, id)), ids.map(|id| Poll::Ready(reply(id))));
        assert_eq!((pending.waiting(), pending.slots.len()), (0, 0));
    }

    #[test]
    fn a_late_reply_never_reaches_the_call_that_took_the_slot() {
        let mut pending = Pending::default();
        let old = pending.insert(later(), 0);
        pending.remove(old);
        let new = pending.insert(later(), 0);
        assert_eq!(slot_of(old), slot_of(new));
        assert!(matches!(pending.complete(old, reply(old)), Delivery::Late));
        assert!(poll(&mut pending, new).is_pending());
    }

    #[test]
    fn only_as_many_replies_count_as_late_as_calls_gave_up() {
        let mut pending = Pending::default();
        let id = pending.insert(later(), 0);
        pending.remove(id);
        assert!(matches!(pending.complete(id, reply(id)), Delivery::Late));
        assert!(matches!(pending.complete(id, reply(id)), Delivery::Unknown));
    }

    #[test]
    fn a_second_reply_to_one_call_is_unknown() {
        let mut pending = Pending::default();
        let id = pending.insert(later(), 0);
        pending.complete(id, reply(id));
        assert!(matches!(pending.complete(id, Outcome::TooLarge(1)), Delivery::Unknown));
        assert_eq!(poll(&mut pending, id), Poll::Ready(reply(id)));
    }

    #[test]
    fn expiry_ends_only_what_is_due_and_names_the_next_deadline() {
        let mut pending = Pending::default();
        let now = Instant::now();
        let due = pending.insert(now, 0);
        let (soon, far) = (now + Duration::from_secs(1), now + Duration::from_secs(2));
        let alive = pending.insert(far, 0);
        pending.insert(soon, 0);
        assert_eq!(pending.expire(now, &mut Vec::new()), Some(soon));
        assert_eq!(poll(&mut pending, due), Poll::Ready(Outcome::Expired));
        assert!(poll(&mut pending, alive).is_pending());
        assert!(matches!(pending.complete(due, reply(due)), Delivery::Late));
    }

    #[test]
    fn ids_stay_unique_when_the_generation_wraps_with_many_calls_in_flight() {
        let mut pending = Pending { generation: u32::MAX - 50_000, ..Pending::default() };
        let mut ids: Vec<u64> = (0..100_000).map(|_| pending.insert(later(), 0)).collect();
        for id in &ids {
            assert!(matches!(pending.complete(*id, reply(*id)), Delivery::Delivered(None)));
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 100_000);
    }

    #[test]
    fn dropping_and_losing_leave_no_slot_behind() {
        let mut pending = Pending::default();
        let (dropped, lost) = (pending.insert(later(), 0), pending.insert(later(), 7));
        pending.remove(dropped);
        pending.fail_all();
        assert_eq!(pending.poll(lost, &Context::from_waker(Waker::noop())), Poll::Ready((Outcome::Lost, 7)));
        assert_eq!((pending.waiting(), pending.slots.len()), (0, 0));
    }
}
