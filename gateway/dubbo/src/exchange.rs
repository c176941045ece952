//! Two sides of one connection: requests out and replies back under the same id.
//!
//! ```text
//!  client                                server
//!    request id 7  ──────────────────▶     handler
//!    waiter 7      ◀──────────────────     reply id 7, in any order
//!    heartbeat     ◀─── either side ──▶    answered with the same id and serialization
//!                  ◀── R: go away ─────    no new calls, those in flight finish; W takes it back
//! ```
//! What both sides share is here: the events and the rules of time.

use std::time::Duration;

use crate::body::{FASTJSON2, HESSIAN2};
use crate::frame::{DEFAULT_PAYLOAD, Header};

pub mod client;
pub mod inbox;
pub mod outbox;
pub mod pending;
pub mod server;

/// Silence after which a heartbeat is sent (`heartbeat` of Dubbo).
pub const DEFAULT_HEARTBEAT: Duration = Duration::from_secs(60);
/// A peer that was silent for this many heartbeats is dead.
pub const HEARTBEATS_UNTIL_DEAD: u32 = 3;

/// What governs one connection, on either side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeOptions {
    /// Longest body sent or accepted, in bytes.
    pub payload: usize,
    /// Silence of the peer after which the client sends a heartbeat; after
    /// [`HEARTBEATS_UNTIL_DEAD`] times as much the connection is closed.
    pub heartbeat: Duration,
    /// Unsent bytes above which no further call is accepted.
    pub write_queue: usize,
    /// Calls that may wait for a reply at one time.
    pub calls: usize,
    /// A client's connection without calls for so long is closed; None keeps it.
    pub idle: Option<Duration>,
}

impl Default for ExchangeOptions {
    fn default() -> Self {
        Self {
            payload: DEFAULT_PAYLOAD,
            heartbeat: DEFAULT_HEARTBEAT,
            write_queue: 2 * DEFAULT_PAYLOAD,
            calls: 65_536,
            idle: Some(Duration::from_secs(600)),
        }
    }
}

/// What the body of an event says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The null value of the serialization: are you there?
    Heartbeat,
    /// `R`: the sender goes away, send no new calls.
    GoAway,
    /// `W`: the sender takes calls again.
    ComeBack,
    /// Anything else; ignored, as Dubbo 3 does.
    Unknown,
}

impl Event {
    /// Reads an event's body. Serializations without a null send nothing or the text `H`.
    pub fn read(serialization: u8, body: &[u8]) -> Self {
        match (serialization, body) {
            (_, [] | [b'H']) | (HESSIAN2, [b'N'] | [1, b'H']) | (FASTJSON2, [0, 0, 0, 1, 0xAF]) => Self::Heartbeat,
            (HESSIAN2, [1, b'R']) | (FASTJSON2, [0, 0, 0, 2, 0x4A, b'R']) => Self::GoAway,
            (HESSIAN2, [1, b'W']) | (FASTJSON2, [0, 0, 0, 2, 0x4A, b'W']) => Self::ComeBack,
            _ => Self::Unknown,
        }
    }
}

/// Appends a heartbeat request. Its answer is an event too, so the id needs no waiter.
pub(crate) fn write_heartbeat(id: u64, out: &mut Vec<u8>) {
    write_event(Header::request(id, true, HESSIAN2), b"N", out);
}

/// Appends the answer to a heartbeat request: the same id and serialization, and never an empty
/// body for hessian2, or Java logs an error.
pub(crate) fn write_heartbeat_answer(request: &Header, body: &[u8], out: &mut Vec<u8>) {
    let body = if request.serialization == HESSIAN2 { b"N" } else { body };
    write_event(Header::response(request.id, 20, request.serialization), body, out);
}

/// Appends `R` (go away) or `W` (come back).
pub(crate) fn write_go_away(away: bool, out: &mut Vec<u8>) {
    let body = if away { b"\x01R" } else { b"\x01W" };
    write_event(Header::request(0, false, HESSIAN2), body, out);
}

fn write_event(header: Header, body: &[u8], out: &mut Vec<u8>) {
    let length = body.len() as u32; // an event's body is a few bytes
    out.extend_from_slice(&Header { length, ..header }.as_event().encode());
    out.extend_from_slice(body);
}

/// How long a peer may be silent.
pub(crate) const fn dead_after(heartbeat: Duration) -> Duration {
    heartbeat.saturating_mul(HEARTBEATS_UNTIL_DEAD)
}
