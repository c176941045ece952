//! The session: one living client at a time, replaced when its session is lost.
//!
//! ```text
//!  connect ──▶ Client published ──▶ disconnected ──▶ back within the grace? same client
//!     ▲  backoff, jitter                  │ no, or expired
//!     ╰───────────────────────────────────╯  a new client: everyone lists and registers again
//! ```
//! An expired client never comes back, hence the replacement. A client that is merely disconnected tries by itself,
//! but waits longer and longer between its attempts; after a short grace we try beside it with a pause that stays
//! short, so that nobody waits long for a ZooKeeper that is back.

use std::time::Duration;

use tokio::sync::watch;
use yumen_dubbo::registry::RegistryState;
use zookeeper_client::{Client, Error, SessionState};

use super::ZooKeeperOptions;

/// How long a disconnected client is left to itself.
const GRACE: Duration = Duration::from_secs(2);
/// Pause after the first attempt that failed; doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Longest pause between two attempts, before jitter.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The session as the registry's tasks see it. Clones see the same.
#[derive(Clone)]
pub(super) struct Session {
    client: watch::Receiver<Option<Client>>,
}

impl Session {
    /// The living client, waiting for one. Pends for ever when the registry is closed.
    pub(super) async fn client(&mut self) -> Client {
        loop {
            if let Some(client) = self.client.borrow_and_update().clone() {
                return client;
            }
            self.changed().await;
        }
    }

    /// The client, if one lives.
    pub(super) fn current(&self) -> Option<Client> {
        self.client.borrow().clone()
    }

    /// Resolves when the client was replaced or lost.
    pub(super) async fn changed(&mut self) {
        if self.client.changed().await.is_err() {
            std::future::pending().await
        }
    }
}

/// The end that keeps the session alive.
pub(super) struct Keeper {
    options: ZooKeeperOptions,
    client: watch::Sender<Option<Client>>,
    state: watch::Sender<RegistryState>,
}

impl Keeper {
    /// A keeper, what it keeps, and how that is doing.
    pub(super) fn new(options: ZooKeeperOptions) -> (Self, Session, watch::Receiver<RegistryState>) {
        let (client, session) = watch::channel(None);
        let (state, states) = watch::channel(RegistryState::Connecting);
        (Self { options, client, state }, Session { client: session }, states)
    }

    /// Connects, and connects again, until dropped.
    pub(super) async fn run(self) {
        let mut client = self.connect().await;
        loop {
            self.client.send_replace(Some(client.clone()));
            self.state.send_replace(RegistryState::Connected);
            client = self.successor(client).await;
        }
    }

    /// Waits until a client cannot be helped, and gives the next one.
    async fn successor(&self, client: Client) -> Client {
        let mut states = client.state_watcher();
        let mut state = states.state();
        loop {
            if state.is_terminated() {
                tracing::warn!(registry = %self.options.address, %state, "the ZooKeeper session is lost");
                self.client.send_replace(None);
                self.state.send_replace(RegistryState::Disconnected);
                return self.connect().await;
            }
            self.tell(state);
            state = if state == SessionState::Disconnected {
                tokio::select! {
                    state = states.changed() => state,
                    next = self.connect_after_grace() => return next,
                }
            } else {
                states.changed().await
            };
        }
    }

    fn tell(&self, state: SessionState) {
        let connected = matches!(state, SessionState::SyncConnected | SessionState::ConnectedReadOnly);
        let now = if connected { RegistryState::Connected } else { RegistryState::Disconnected };
        let changed = self.state.send_if_modified(|known| std::mem::replace(known, now) != now);
        if changed {
            tracing::info!(registry = %self.options.address, %state, "the ZooKeeper session changed");
        }
    }

    async fn connect_after_grace(&self) -> Client {
        tokio::time::sleep(GRACE).await;
        self.connect().await
    }

    /// Tries until it succeeds.
    async fn connect(&self) -> Client {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.try_connect().await {
                Ok(client) => return client,
                Err(error) if pause == FIRST_PAUSE => {
                    tracing::warn!(registry = %self.options.address, %error, "ZooKeeper cannot be reached, trying on");
                }
                Err(error) => tracing::debug!(registry = %self.options.address, %error, "ZooKeeper cannot be reached"),
            }
            tokio::time::sleep(jittered(pause)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn try_connect(&self) -> Result<Client, Error> {
        let options = &self.options;
        let mut connector = Client::connector()
            .with_session_timeout(options.session_timeout)
            .with_connection_timeout(options.connect_timeout)
            .with_fail_eagerly();
        if let Some((user, password)) = &options.digest {
            connector = connector.with_auth("digest", format!("{user}:{password}").as_bytes());
        }
        connector.connect(&options.address).await
    }
}

impl Drop for Keeper {
    /// Lets go of the client, so that the session is closed.
    fn drop(&mut self) {
        self.client.send_replace(None);
    }
}

/// Half to one and a half of a pause, so that gateways do not come in step.
pub(super) fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + fastrand::f64())
}
