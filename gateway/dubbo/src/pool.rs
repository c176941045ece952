//! The connections of one worker: endpoint → exchange clients.
//!
//! ```text
//!            first call            connected                    idle too long
//!  Idle ───────────────▶ Connecting ─────▶ Ready ─────────────────────────────▶ Idle
//!                          ▲     │ failed    │ broken
//!                          │     ▼           ▼
//!                 backoff, ╰── Down    Connecting at once; unavailable until it succeeds
//!                  jitter
//! ```
//! While an endpoint is down the recheck goes on in the background. A call that comes to it nevertheless, because there
//! is nobody else, has the next attempt made at once and waits a moment for it; right after one that failed it fails at
//! once. An endpoint that nobody holds any more ends with its connections. Services at the same address share them.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::error::{ErrorKind, RpcError, Sent, Side};
use crate::exchange::ExchangeOptions;
use crate::exchange::client::{Client, Strays};
use crate::url::address;

mod link;

use link::{Link, State};

/// How long a call waits for an attempt to connect to an endpoint that is down. A living one answers sooner.
const PATIENCE: Duration = Duration::from_millis(250);

/// What governs the connections to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointOptions {
    /// Connections, used in turn; at least 1.
    pub connections: u32,
    /// Limit of a TCP connect.
    pub connect_timeout: Duration,
    /// Pause before the second attempt to connect; doubles with each further one.
    pub first_backoff: Duration,
    /// Longest pause between two attempts.
    pub longest_backoff: Duration,
    /// What governs each connection.
    pub exchange: ExchangeOptions,
}

impl Default for EndpointOptions {
    fn default() -> Self {
        Self {
            connections: 1,
            connect_timeout: Duration::from_secs(3),
            first_backoff: Duration::from_millis(100),
            longest_backoff: Duration::from_secs(5),
            exchange: ExchangeOptions::default(),
        }
    }
}

/// Addresses that a pool may know before it looks for those that nobody uses any more.
const SWEEP_ABOVE: usize = 64;

/// All endpoints that a worker uses.
#[derive(Debug, Default)]
pub struct Pool {
    /// By address; those at one address have different options.
    endpoints: RefCell<HashMap<Box<str>, Vec<Weak<Endpoint>>>>,
    /// How many addresses there may be before the forgotten ones are taken out.
    sweep_above: Cell<usize>,
    strays: Rc<Cell<Strays>>,
}

/// One provider's address with its connections. They are made when first needed.
#[derive(Debug)]
pub struct Endpoint {
    host: Box<str>,
    port: u16,
    address: Rc<str>,
    options: EndpointOptions,
    links: Box<[Link]>,
    /// Which link the next call looks at first.
    turn: Cell<usize>,
    /// A link has changed its state.
    changed: Notify,
    /// Strays of the whole pool.
    strays: Rc<Cell<Strays>>,
}

impl Pool {
    /// The endpoint at an address (IPv6 without brackets); shared by all who ask with equal options.
    pub fn endpoint(&self, host: &str, port: u16, options: &EndpointOptions) -> Rc<Endpoint> {
        let mut endpoints = self.endpoints.borrow_mut();
        let address = address(host, port);
        if let Some(known) = endpoints.get_mut(&*address) {
            known.retain(|endpoint| endpoint.strong_count() > 0);
            if let Some(same) = known.iter().filter_map(Weak::upgrade).find(|one| one.options == *options) {
                return same;
            }
        } else if endpoints.len() >= self.sweep_above.get() {
            endpoints.retain(|_, known| known.iter().any(|endpoint| endpoint.strong_count() > 0));
            self.sweep_above.set(endpoints.len().saturating_mul(2).max(SWEEP_ABOVE));
        }
        let endpoint = Endpoint::new(host, port, &address, options, Rc::clone(&self.strays));
        endpoints.entry(address.into()).or_default().push(Rc::downgrade(&endpoint));
        endpoint
    }

    /// Replies that no call wanted, over all connections that this pool ever had.
    pub fn strays(&self) -> Strays {
        self.strays.get()
    }
}

impl Endpoint {
    fn new(host: &str, port: u16, address: &str, options: &EndpointOptions, strays: Rc<Cell<Strays>>) -> Rc<Self> {
        Rc::new(Self {
            host: host.into(),
            port,
            address: address.into(),
            options: options.clone(),
            links: (0..options.connections.max(1)).map(|_| Link::default()).collect(),
            turn: Cell::new(0),
            changed: Notify::new(),
            strays,
        })
    }

    /// `host:port`, for people.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether a call made now is expected to get through: not while all connections are down, being
    /// made anew after a loss, or their provider goes away.
    pub fn is_available(&self) -> bool {
        self.links.iter().any(Link::is_available)
    }

    /// A connection that can be used now; the fast path of [`Endpoint::client`].
    pub fn ready(self: &Rc<Self>) -> Option<Rc<Client>> {
        let turn = self.turn.get();
        self.turn.set(turn.wrapping_add(1));
        for offset in 0..self.links.len() {
            let index = turn.wrapping_add(offset) % self.links.len();
            let link = self.links.get(index)?;
            if let Some(client) = link.client()
                && client.is_available()
            {
                return Some(client);
            }
            if link.is_idle() {
                link.open(self, index);
            }
        }
        None
    }

    /// A connection, waiting for one that is being made, but not beyond `deadline`. One whose provider goes
    /// away is given when there is no other: it answers until it closes.
    ///
    /// # Errors
    /// [`ErrorKind::Connect`], soon when the endpoint is known to be down and still is; [`ErrorKind::Timeout`]; nothing
    /// was sent in either case.
    pub async fn client(self: &Rc<Self>, deadline: Instant) -> Result<Rc<Client>, RpcError> {
        loop {
            if let Some(client) = self.ready() {
                return Ok(client);
            }
            let changed = self.changed.notified();
            if !self.links.iter().any(Link::is_connecting) {
                if let Some(leaving) = self.leaving() {
                    return Ok(leaving);
                }
                if self.links.iter().any(Link::hurry) {
                    let patience = deadline.min(Instant::now() + PATIENCE);
                    let _ = tokio::time::timeout_at(patience.into(), changed).await; // what came of it is seen below
                }
                return self.ready().ok_or_else(|| self.down());
            }
            if tokio::time::timeout_at(deadline.into(), changed).await.is_err() {
                let message = format!("{}: still connecting", self.address);
                return Err(RpcError::new(ErrorKind::Timeout, Side::Network, Sent::Never, message));
            }
        }
    }

    fn leaving(&self) -> Option<Rc<Client>> {
        self.links.iter().filter_map(Link::client).find(|client| client.is_open())
    }

    fn down(&self) -> RpcError {
        let why = self.links.iter().find_map(Link::why_down);
        let message = format!("{}: {}", self.address, why.as_deref().unwrap_or("not connected"));
        RpcError::new(ErrorKind::Connect, Side::Network, Sent::Never, message)
    }

    /// Puts a link into another state and tells those who wait.
    fn set(&self, index: usize, state: State) {
        if let Some(link) = self.links.get(index) {
            link.set(state);
        }
        self.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_shared_by_address_and_options_and_forgotten_ones_are_not_kept() {
        let pool = Pool::default();
        let (plain, several) =
            (EndpointOptions::default(), EndpointOptions { connections: 3, ..EndpointOptions::default() });
        let one = pool.endpoint("::1", 20880, &plain);
        assert_eq!(one.address(), "[::1]:20880");
        assert!(Rc::ptr_eq(&one, &pool.endpoint("::1", 20880, &plain)));
        assert!(!Rc::ptr_eq(&one, &pool.endpoint("::1", 20880, &several)));
        let kept: Vec<_> = (1..=10_000).map(|port| pool.endpoint("h", port, &plain)).collect();
        assert!(Rc::ptr_eq(&kept[6999], &pool.endpoint("h", 7000, &plain)));
        drop(kept);
        for port in 1..=30_000 {
            pool.endpoint("other", port, &plain);
        }
        assert!(pool.endpoints.borrow().len() <= 20_002, "{}", pool.endpoints.borrow().len());
        assert!(Rc::ptr_eq(&one, &pool.endpoint("::1", 20880, &plain)));
    }
}
