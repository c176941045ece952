//! Every limit that holds at an HTTP port, as plain numbers.

use std::time::Duration;

use crate::config::{Http2Limits, LimitsConfig, Network};

/// What one client may send, hold and take, and for how long.
///
/// Sizes are bytes. Nothing here is left to a default of hyper or h2: [`super::server`] sets each of them.
#[derive(Debug, Clone)]
pub struct HttpLimits {
    /// Request line and fields together, line ends included. More: 431.
    pub header_bytes: usize,
    /// Fields in a request. More: 431.
    pub headers: usize,
    /// Request target. More: 414.
    pub uri_bytes: usize,
    /// `&`-separated pairs of the query. More: 400.
    pub query_pairs: usize,
    /// Name of a method. Longer: 400.
    pub method_bytes: usize,
    /// The largest body where a route says nothing else. More: 413.
    pub body: u64,
    /// The largest body that any route takes: no more than this is read of any. At least `body`.
    pub widest_body: u64,
    /// Fields after a chunked body. More: 400.
    pub trailers: usize,
    /// All trailer fields together. More: 400.
    pub trailer_bytes: usize,
    /// Extensions of all chunks of a body together. More: 400.
    pub chunk_extension_bytes: usize,
    /// From a request's first byte to the end of its head, and from the accept to the first byte. Later: 408 or closed.
    pub header_timeout: Duration,
    /// Slowest body in bytes a second once `body_grace` is over. Slower: 408.
    pub body_min_rate: u64,
    /// How long a body may be slower than `body_min_rate` at its start.
    pub body_grace: Duration,
    /// From the end of a request's head to the last byte of its body, and the bound of [`super::HttpRequest::deadline`]; and
    /// from an answer's first byte to the last one that the client takes.
    pub request_timeout: Duration,
    /// Requests under way at once on one worker: its share of those of the listener. More: 503.
    pub in_flight: usize,
    /// A connection without a request for this long is closed.
    pub idle: Duration,
    /// A client that takes no byte of an answer for this long is cut off.
    pub stalled_write: Duration,
    /// A connection older than this, give or take a tenth, is closed after the request under way.
    pub max_age: Duration,
    /// After a refusal, how long and how much of what the client still sends is read and dropped, so that it sees the answer.
    pub linger: Duration,
    /// Answer bytes that one connection may leave unread before no further call is made for it.
    pub unread_answers: usize,
    /// Answer bytes that all connections of a worker may leave unread; beyond it the largest stalled connection is cut off.
    pub unread_answers_worker: usize,
    /// Bytes of large request bodies that a worker holds at once; beyond it they are refused with 503. At least
    /// `widest_body`, so that a lone body always has room.
    pub held_bodies_worker: usize,
    /// What HTTP/2 adds.
    pub http2: Http2Limits,
    /// Networks whose `X-Forwarded-For` and kin are believed; from all others they are removed.
    pub trusted: Vec<Network>,
}

impl HttpLimits {
    /// The limits of a listener as configured; `trusted` are the networks whose forwarding fields are believed.
    pub fn new(config: &LimitsConfig, trusted: Vec<Network>) -> Self {
        let (request, connection) = (&config.request, &config.connection);
        Self {
            header_bytes: size(request.header_bytes.0),
            headers: request.headers as usize,
            uri_bytes: size(request.uri_bytes.0),
            query_pairs: request.query_pairs as usize,
            body: request.body.0,
            widest_body: request.body.0,
            trailers: request.trailers as usize,
            header_timeout: request.header_timeout,
            body_min_rate: request.body_min_rate.0,
            body_grace: request.body_grace,
            request_timeout: request.timeout,
            in_flight: connection.in_flight as usize,
            idle: connection.idle,
            stalled_write: connection.stalled_write,
            max_age: connection.max_age,
            http2: config.http2.clone(),
            trusted,
            ..Self::default()
        }
        .with_routes(0)
    }

    /// One worker's part of what the listener may have at once, rounded up. Workers share nothing, so they do not lend each
    /// other what they do not use.
    #[must_use]
    pub fn shared_by(mut self, workers: usize) -> Self {
        self.in_flight = self.in_flight.div_ceil(workers.max(1));
        self
    }

    /// Whether a connection that was built with the other limits may serve under these: hyper keeps what it was told.
    pub(super) fn is_built_alike(&self, other: &Self) -> bool {
        self.header_bytes == other.header_bytes && self.headers == other.headers && self.http2 == other.http2
    }

    /// Reads bodies as large as the widest route takes, and leaves a worker room for one of them. `body` stays what holds
    /// for a route that says nothing.
    #[must_use]
    pub fn with_routes(mut self, widest_of_all_routes: u64) -> Self {
        self.widest_body = self.widest_body.max(widest_of_all_routes);
        self.held_bodies_worker = self.held_bodies_worker.max(size(self.widest_body));
        self
    }
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            header_bytes: 32 << 10,
            headers: 100,
            uri_bytes: 8 << 10,
            query_pairs: 1000,
            method_bytes: 32,
            body: 10 << 20,
            widest_body: 10 << 20,
            trailers: 16,
            trailer_bytes: 8 << 10,
            chunk_extension_bytes: 4 << 10,
            header_timeout: Duration::from_secs(10),
            body_min_rate: 500,
            body_grace: Duration::from_secs(5),
            request_timeout: Duration::from_secs(60),
            in_flight: 10_000,
            idle: Duration::from_secs(60),
            stalled_write: Duration::from_secs(30),
            max_age: Duration::from_secs(3600),
            linger: Duration::from_secs(2),
            unread_answers: 1 << 20,
            unread_answers_worker: 32 << 20,
            held_bodies_worker: 64 << 20,
            http2: Http2Limits::default(),
            trusted: Vec::new(),
        }
    }
}

fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
