//! One connection of an endpoint over its whole life: made, lost, made again.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::{AbortHandle, spawn_local};

use super::{Endpoint, EndpointOptions};
use crate::exchange::client::{Client, End, Strays};
use crate::transport;

/// A connection that lived shorter than this counts as a failed attempt: a peer that accepts and
/// closes must not be dialled in a circle.
const STABLE: Duration = Duration::from_secs(1);

/// A call has the next attempt made at once unless the last one failed within this time: a provider that is back is
/// found by the calls for it, and one that stays away is not dialled by each of them.
const ATTEMPTS_APART: Duration = Duration::from_millis(100);

/// Where a link is in its life.
#[derive(Debug, Clone, Default)]
pub(super) enum State {
    /// Not connected, and nobody tries.
    #[default]
    Idle,
    /// An attempt is under way whose result is worth waiting for.
    Connecting {
        /// The one before did not fail or break.
        fresh: bool,
    },
    /// Connected.
    Ready(Rc<Client>),
    /// The last attempt failed; the next one comes after a pause, or is under way already.
    Down(Rc<str>),
}

/// A place for one connection.
#[derive(Debug, Default)]
pub(super) struct Link {
    state: RefCell<State>,
    keeper: RefCell<Option<AbortHandle>>,
    pause: Rc<Pause>,
}

/// The keeper's pause after an attempt that failed.
#[derive(Debug, Default)]
struct Pause {
    /// When it began; none while an attempt is under way.
    since: Cell<Option<Instant>>,
    cut_short: Notify,
}

impl Link {
    pub(super) fn client(&self) -> Option<Rc<Client>> {
        match &*self.state.borrow() {
            State::Ready(client) => Some(Rc::clone(client)),
            _ => None,
        }
    }

    pub(super) fn is_available(&self) -> bool {
        match &*self.state.borrow() {
            State::Idle => true,
            State::Connecting { fresh } => *fresh,
            State::Ready(client) => client.is_available(),
            State::Down(_) => false,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        matches!(*self.state.borrow(), State::Idle)
    }

    pub(super) fn is_connecting(&self) -> bool {
        match &*self.state.borrow() {
            State::Connecting { .. } => true,
            // Ended a moment ago, its keeper has not seen it yet.
            State::Ready(client) => !client.is_open(),
            State::Idle | State::Down(_) => false,
        }
    }

    pub(super) fn why_down(&self) -> Option<Rc<str>> {
        match &*self.state.borrow() {
            State::Down(why) => Some(Rc::clone(why)),
            _ => None,
        }
    }

    /// Has the next attempt made now, for a call that has no other way. True when one is under way whose result will be
    /// told; false when the link is not down, or the last one failed just now.
    pub(super) fn hurry(&self) -> bool {
        if !matches!(*self.state.borrow(), State::Down(_)) {
            return false;
        }
        match self.pause.since.get() {
            Some(since) if since.elapsed() < ATTEMPTS_APART => false,
            Some(_) => {
                self.pause.since.set(None);
                self.pause.cut_short.notify_one();
                true
            }
            None => true,
        }
    }

    pub(super) fn set(&self, state: State) {
        let old = self.state.replace(state);
        drop(old); // may end a connection, which must not find the state borrowed
    }

    /// Starts to connect, and keeps the connection from then on.
    pub(super) fn open(&self, endpoint: &Rc<Endpoint>, index: usize) {
        self.set(State::Connecting { fresh: true });
        let keeper = Keeper {
            endpoint: Rc::downgrade(endpoint),
            index,
            host: endpoint.host.clone(),
            port: endpoint.port,
            address: Rc::clone(&endpoint.address),
            options: endpoint.options.clone(),
            strays: Rc::clone(&endpoint.strays),
            pause: Rc::clone(&self.pause),
        };
        let task = spawn_local(keeper.run());
        self.keeper.replace(Some(task.abort_handle()));
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Some(keeper) = self.keeper.take() {
            keeper.abort();
        }
    }
}

/// Makes a link's connection and makes it again; ends with its endpoint. It holds the endpoint
/// weakly, so that the last user's going ends all.
struct Keeper {
    endpoint: Weak<Endpoint>,
    index: usize,
    host: Box<str>,
    port: u16,
    address: Rc<str>,
    options: EndpointOptions,
    strays: Rc<Cell<Strays>>,
    pause: Rc<Pause>,
}

impl Keeper {
    async fn run(self) {
        let mut backoff = Backoff::new(&self.options);
        loop {
            let why: Rc<str> = match self.connect().await {
                Ok(client) => {
                    let since = Instant::now();
                    if !self.set(State::Ready(Rc::clone(&client))) {
                        return;
                    }
                    let ended = client.ended();
                    drop(client); // its owner is the link
                    let why = match ended.await {
                        End::Broken(why) => why,
                        End::Idle | End::Dropped => {
                            self.set(State::Idle);
                            return;
                        }
                    };
                    if since.elapsed() >= STABLE {
                        backoff = Backoff::new(&self.options);
                        if !self.set(State::Connecting { fresh: false }) {
                            return;
                        }
                        continue;
                    }
                    why
                }
                Err(error) => error.to_string().into(),
            };
            self.pause.since.set(Some(Instant::now()));
            if !self.set(State::Down(why)) {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(backoff.next()) => self.pause.since.set(None),
                () = self.pause.cut_short.notified() => {}
            }
        }
    }

    async fn connect(&self) -> io::Result<Rc<Client>> {
        let stream = transport::connect(&self.host, self.port, self.options.connect_timeout).await?;
        let (address, strays) = (Rc::clone(&self.address), Rc::clone(&self.strays));
        Ok(Rc::new(Client::start(stream, address, self.options.exchange.clone(), strays)))
    }

    /// False when the endpoint is gone.
    fn set(&self, state: State) -> bool {
        self.endpoint.upgrade().map(|endpoint| endpoint.set(self.index, state)).is_some()
    }
}

/// Pauses between attempts: each twice as long as the one before, plus or minus a quarter, so that
/// workers and gateways do not knock together.
struct Backoff {
    next: Duration,
    longest: Duration,
}

impl Backoff {
    fn new(options: &EndpointOptions) -> Self {
        Self { next: options.first_backoff, longest: options.longest_backoff }
    }

    fn next(&mut self) -> Duration {
        let pause = self.next.min(self.longest);
        self.next = pause.saturating_mul(2);
        pause.mul_f64(0.75 + fastrand::f64() / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_scatter_by_a_quarter() {
        let mut backoff = Backoff::new(&EndpointOptions::default());
        for expected in [100, 200, 400, 800, 1600, 3200, 5000, 5000] {
            let pause = backoff.next().as_millis();
            assert!((expected * 3 / 4..=expected * 5 / 4).contains(&pause), "{pause} for {expected}");
        }
    }
}
