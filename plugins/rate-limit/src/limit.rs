//! One limit: so many requests in a window that slides.

use yumen_plugin::counters::Window;

/// So many requests in so many milliseconds.
pub(crate) struct Limit {
    pub(crate) requests: i64,
    pub(crate) window: u32,
    pub(crate) counters: Window,
}

/// How a key stands to a limit, after a request was counted.
pub(crate) struct Standing {
    pub(crate) requests: i64,
    /// Requests that may still come; below 0 when this one is too much.
    pub(crate) remaining: i64,
    /// Milliseconds until one more may come.
    pub(crate) wait: u64,
    /// Milliseconds until the window ends.
    reset: u32,
}

impl Limit {
    /// Counts a request and says how the key stands.
    pub(crate) fn count(&self, slot: u64) -> Standing {
        let current = self.counters.add(slot, 1);
        let (before, left) = (self.counters.previous(slot), self.counters.remaining().clamp(1, self.window));
        let remaining = self.requests - current - faded(before, left, self.window);
        let wait = if remaining < 0 { self.wait(before, current - 1, left) } else { 0 };
        Standing { requests: self.requests, remaining, wait, reset: left }
    }

    /// Takes a counted request back.
    pub(crate) fn take_back(&self, slot: u64) {
        let _ = self.counters.add(slot, -1);
    }

    /// When a request fits that does not now: once enough of the window before, or after that of this one, has faded.
    fn wait(&self, before: i64, current: i64, left: u32) -> u64 {
        let window = i64::from(self.window);
        let left = i64::from(left);
        let fits = |counted: i64, room: i64| window * (room + 1) / counted.max(1);
        let milliseconds = if current < self.requests {
            left - fits(before, self.requests - current - 1) + 1
        } else {
            left + window - fits(current, self.requests - 1) + 1
        };
        u64::try_from(milliseconds).unwrap_or(1)
    }

    /// As `ratelimit-policy` writes it: `100;w=60`.
    pub(crate) fn policy(&self) -> String {
        format!("{};w={}", self.requests, self.window.div_ceil(1000))
    }
}

/// What is left of the window before.
fn faded(before: i64, left: u32, window: u32) -> i64 {
    before * i64::from(left) / i64::from(window)
}

impl Standing {
    /// As the number that travels to the response: a mark, the limit's place (7 bits), seconds to the reset (24 bits) and what
    /// remains (32 bits).
    pub(crate) fn packed(&self, place: usize) -> u64 {
        let remaining = self.remaining.clamp(0, 0xffff_ffff).cast_unsigned();
        let reset = u64::from(self.reset.div_ceil(1000)).min(0xff_ffff);
        1 << 63 | (place as u64 & 0x7f) << 56 | reset << 32 | remaining
    }

    /// (the limit's place, what remains, seconds to the reset)
    pub(crate) fn unpacked(state: u64) -> Option<(usize, u64, u64)> {
        let parts = ((state >> 56 & 0x7f) as usize, state & 0xffff_ffff, state >> 32 & 0xff_ffff);
        (state >> 63 == 1).then_some(parts)
    }
}
