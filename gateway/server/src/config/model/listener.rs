//! Ports for clients, and every limit that holds there.

use std::{net::SocketAddr, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::{self, ByteSize};

/// One port that clients connect to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListenerConfig {
    /// Name, unique among listeners.
    pub name: String,
    /// What is spoken there. Default `http`: HTTP/1.1 and cleartext HTTP/2 on the same port.
    #[serde(default)]
    pub protocol: ListenerProtocol,
    /// Address and port, such as `0.0.0.0:8080`. Port 0 takes a free one.
    #[serde(with = "text::address")]
    #[schemars(with = "text::AddressText")]
    pub bind: SocketAddr,
    /// Plugins of the kind filter, in this order, that see every request here before its route is found and may change method,
    /// path and host.
    #[serde(default)]
    pub plugins: Vec<String>,
    /// Limits on what one client may send and how long it may take.
    #[serde(default)]
    pub limits: LimitsConfig,
}

/// What a listener speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListenerProtocol {
    /// HTTP/1.1 and cleartext HTTP/2, told apart by the first bytes.
    #[default]
    Http,
}

/// Limits of a listener; every default is safe for the open internet.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// One request: sizes and counts.
    pub request: RequestLimits,
    /// One connection: times and caps.
    pub connection: ConnectionLimits,
    /// What HTTP/2 adds.
    pub http2: Http2Limits,
}

/// Sizes, counts and times of one request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RequestLimits {
    /// Request line and header fields together, `1KiB` to `16MiB`. More: 431. Default `32KiB`.
    pub header_bytes: ByteSize,
    /// Header fields, 1 to 10000. More: 431. Default 100.
    pub headers: u32,
    /// Path and query, at most `65534B`. More: 414. Default `8KiB`.
    pub uri_bytes: ByteSize,
    /// Pairs in the query. More: 400. Default 1000.
    pub query_pairs: u32,
    /// Body, unless a route says otherwise with its `body_limit`. More: 413. A worker holds at most 64 MiB of bodies above
    /// 64 KiB at once, or one of the largest that any route takes; beyond that: 503. Default `10MiB`.
    pub body: ByteSize,
    /// Trailer fields. More: the connection is closed. Default 16.
    pub trailers: u32,
    /// Time to receive all header fields. Later: 408. Default `10s`.
    #[serde(with = "text::duration")]
    #[schemars(with = "text::DurationText")]
    pub header_timeout: Duration,
    /// Slowest body rate allowed, in bytes a second, once `body_grace` is over. Slower: 408. Default `500B`.
    pub body_min_rate: ByteSize,
    /// How long a body may be slower than `body_min_rate` at its start. Default `5s`.
    #[serde(with = "text::duration")]
    #[schemars(with = "text::DurationText")]
    pub body_grace: Duration,
    /// From the end of the header fields to the last byte of the body and to the provider's reply; later: 408, 504. And as long
    /// again for the client to read the answer; a connection whose client reads more slowly is cut off. Default `60s`.
    #[serde(with = "text::duration")]
    #[schemars(with = "text::DurationText")]
    pub timeout: Duration,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            header_bytes: ByteSize::kib(32),
            headers: 100,
            uri_bytes: ByteSize::kib(8),
            query_pairs: 1000,
            body: ByteSize::mib(10),
            trailers: 16,
            header_timeout: Duration::from_secs(10),
            body_min_rate: ByteSize(500),
            body_grace: Duration::from_secs(5),
            timeout: Duration::from_secs(60),
        }
    }
}

/// Times and caps of connections.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConnectionLimits {
    /// Connections of this listener. Left out: half of the process' open-file limit, shared by all listeners; all listeners
    /// together never get more than three quarters of it.
    pub total: Option<u32>,
    /// Connections from one address. Left out: no cap of its own, `total` holds.
    pub per_address: Option<u32>,
    /// Requests of this listener under way at once, shared evenly by the workers: each takes its part and no more, so that no
    /// counter is shared. More: 503. Default 10000.
    pub in_flight: u32,
    /// A connection without a request for this long is closed. Default `60s`.
    #[serde(with = "text::duration")]
    #[schemars(with = "text::DurationText")]
    pub idle: Duration,
    /// A client that takes no byte of its answer for this long is cut off. Default `30s`.
    #[serde(with = "text::duration")]
    #[schemars(with = "text::DurationText")]
    pub stalled_write: Duration,
    /// A connection older than this (give or take a tenth) is closed after the request under way. Default `1h`.
    #[serde(with = "text::duration")]
    #[schemars(with = "text::DurationText")]
    pub max_age: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            total: None,
            per_address: None,
            in_flight: 10_000,
            idle: Duration::from_secs(60),
            stalled_write: Duration::from_secs(30),
            max_age: Duration::from_secs(3600),
        }
    }
}

/// What HTTP/2 adds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Http2Limits {
    /// Streams open at once on one connection. Default 100.
    pub streams: u32,
    /// Flow-control window of a stream. Default `64KiB`.
    pub stream_window: ByteSize,
    /// Flow-control window of a connection. Default `1MiB`.
    pub connection_window: ByteSize,
    /// Answer bytes buffered for one stream. Default `64KiB`.
    pub send_buffer: ByteSize,
    /// Header list of one request, after decompression. Default `16KiB`.
    pub header_list: ByteSize,
    /// HPACK table. Default `4KiB`.
    pub header_table: ByteSize,
    /// Streams that a client may reset within 30 s before its connection is closed. Default 200.
    pub resets: u32,
    /// A ping is sent after this long without a frame. Default `30s`.
    #[serde(with = "text::duration")]
    #[schemars(with = "text::DurationText")]
    pub ping_every: Duration,
    /// A ping not answered for this long ends the connection. Default `10s`.
    #[serde(with = "text::duration")]
    #[schemars(with = "text::DurationText")]
    pub ping_timeout: Duration,
}

impl Default for Http2Limits {
    fn default() -> Self {
        Self {
            streams: 100,
            stream_window: ByteSize::kib(64),
            connection_window: ByteSize::mib(1),
            send_buffer: ByteSize::kib(64),
            header_list: ByteSize::kib(16),
            header_table: ByteSize::kib(4),
            resets: 200,
            ping_every: Duration::from_secs(30),
            ping_timeout: Duration::from_secs(10),
        }
    }
}
