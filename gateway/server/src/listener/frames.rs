//! Counts the HTTP/2 frames that cost us and bring nothing, and says when a client has sent too many.
//!
//! h2 itself ends rapid resets, CONTINUATION floods and header bombs. What it answers patiently for as long as it is
//! asked, PING, SETTINGS, PRIORITY, empty DATA and unknown frames, has a budget here. Only the nine bytes of each frame
//! header are looked at.

use std::time::{Duration, Instant};

/// Frames without use that a client may send within [`WINDOW`].
const BUDGET: u32 = 1000;
/// How long a budget lasts before it is renewed.
const WINDOW: Duration = Duration::from_secs(10);
/// Client preface (RFC 9113, 3.4).
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// A PING one byte too short. Given to h2 it ends the connection with GOAWAY.
pub(super) const POISON: [u8; 16] = [0, 0, 7, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Place in the stream of frames of one connection.
#[derive(Debug)]
pub(super) struct FrameCounter {
    /// Bytes of the preface or of a payload still to come.
    skip: u64,
    header: [u8; 9],
    header_bytes: usize,
    useless: u32,
    since: Instant,
    exhausted: bool,
}

impl FrameCounter {
    /// Starts before the preface.
    pub(super) fn new(now: Instant) -> Self {
        Self { skip: PREFACE.len() as u64, header: [0; 9], header_bytes: 0, useless: 0, since: now, exhausted: false }
    }

    /// Ends the budget.
    pub(super) fn exhaust(&mut self) {
        self.exhausted = true;
    }

    /// Counts on. `Some(n)`: the budget is spent, and the first `n` bytes end with a whole frame.
    pub(super) fn count(&mut self, bytes: &[u8], now: Instant) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            if self.skip > 0 {
                let here = (bytes.len() - at) as u64;
                let step = self.skip.min(here);
                self.skip -= step;
                at += usize::try_from(step).unwrap_or(usize::MAX);
                continue;
            }
            if self.exhausted && self.header_bytes == 0 {
                return Some(at);
            }
            let want = (9 - self.header_bytes).min(bytes.len() - at);
            self.header[self.header_bytes..self.header_bytes + want].copy_from_slice(&bytes[at..at + want]);
            self.header_bytes += want;
            at += want;
            if self.header_bytes == 9 {
                self.header_bytes = 0;
                self.note(now);
            }
        }
        None
    }

    /// Takes note of the frame header just completed.
    fn note(&mut self, now: Instant) {
        let [high, middle, low, kind, flags, ..] = self.header;
        let length = u32::from_be_bytes([0, high, middle, low]);
        self.skip = u64::from(length);
        let ended = flags & 1 == 1;
        let useless = match kind {
            0 => length == 0 && !ended,
            // SETTINGS and PING that are acknowledgements answer ours.
            4 | 6 => !ended,
            // HEADERS, RST_STREAM, WINDOW_UPDATE, CONTINUATION: h2 keeps count of those that hurt.
            1 | 3 | 8 | 9 => false,
            _ => true,
        };
        if !useless {
            return;
        }
        if now.saturating_duration_since(self.since) > WINDOW {
            (self.since, self.useless) = (now, 0);
        }
        self.useless += 1;
        self.exhausted |= self.useless > BUDGET;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, length: u8) -> Vec<u8> {
        let mut frame = vec![0, 0, length, kind, flags, 0, 0, 0, 0];
        frame.resize(9 + usize::from(length), 0);
        frame
    }

    fn useless_frames(frame: &[u8], piece: usize) -> bool {
        let now = Instant::now();
        let mut counter = FrameCounter::new(now);
        let bytes = [PREFACE.to_vec(), frame.repeat(BUDGET as usize + 2)].concat();
        bytes.chunks(piece).any(|piece| counter.count(piece, now).is_some())
    }

    #[test]
    fn pings_settings_priorities_and_unknown_frames_have_a_budget() {
        for (kind, length) in [(6, 8), (4, 0), (4, 6), (2, 5), (0, 0), (77, 3)] {
            assert!(useless_frames(&frame(kind, 0, length), 100_000), "{kind}");
            assert!(useless_frames(&frame(kind, 0, length), 1), "{kind}");
        }
        for (kind, flags, length) in [(6, 1, 8), (4, 1, 0), (0, 0, 1), (0, 1, 0), (8, 0, 4), (1, 4, 10)] {
            assert!(!useless_frames(&frame(kind, flags, length), 100_000), "{kind}");
        }
    }

    #[test]
    fn the_budget_comes_back() {
        let start = Instant::now();
        let mut counter = FrameCounter::new(start);
        assert_eq!(counter.count(PREFACE, start), None);
        for round in 0..5 {
            let now = start + (WINDOW + Duration::from_secs(1)) * round;
            assert_eq!(counter.count(&frame(6, 0, 8).repeat(BUDGET as usize), now), None);
        }
    }
}
