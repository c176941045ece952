//! Looking at a node and waiting for its next change, by one-shot watches.
//!
//! ```text
//!  look: read and set a watch, in one request ──▶ value + Change ──▶ Change resolves ──▶ look again
//! ```
//! Between a look and its watch nothing is missed: the server answers both at once. One-shot watches also outlive a
//! lost connection; persistent ones do not in the client library that we use (it restores them by the wrong request).

use std::mem::{Discriminant, discriminant};
use std::time::Duration;

use futures_util::future::BoxFuture;
use zookeeper_client::{Client, Error, EventType, OneshotWatcher, SessionState, Stat};

use super::client::{Session, jittered};

/// Pause after a request that failed although the client lives; doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// A list is read again after this long although no watch fired, as a net below the watches.
pub(super) const READ_AGAIN: Duration = Duration::from_secs(60);
/// Least pause between two looks, so that a storm of changes is one change.
pub(super) const SETTLE: Duration = Duration::from_millis(100);

/// Resolves when what was looked at has changed, or the session ended.
pub(super) type Change = BoxFuture<'static, ()>;

/// The children of a node; `None` when there is no such node, whose making is a change then.
///
/// # Errors
/// Whatever the server or the connection refuses, but not the absence of the node.
pub(super) async fn children(client: &Client, path: &str) -> Result<(Option<Vec<String>>, Change), Error> {
    loop {
        match client.list_and_watch_children(path).await {
            Ok((children, watcher)) => return Ok((Some(children), change(watcher))),
            Err(Error::NoNode) => {}
            Err(error) => return Err(error),
        }
        if let Some(appears) = absent(client, path).await? {
            return Ok((None, appears));
        }
    }
}

/// The data of a node; `None` when there is no such node.
///
/// # Errors
/// As [`children`].
pub(super) async fn data(client: &Client, path: &str) -> Result<(Option<(Vec<u8>, Stat)>, Change), Error> {
    loop {
        match client.get_and_watch_data(path).await {
            Ok((data, stat, watcher)) => return Ok((Some((data, stat)), change(watcher))),
            Err(Error::NoNode) => {}
            Err(error) => return Err(error),
        }
        if let Some(appears) = absent(client, path).await? {
            return Ok((None, appears));
        }
    }
}

/// The making of a node that is not there; `None` when it is there by now.
async fn absent(client: &Client, path: &str) -> Result<Option<Change>, Error> {
    let (stat, watcher) = client.check_and_watch_stat(path).await?;
    Ok(stat.is_none().then(|| change(watcher)))
}

fn change(watcher: OneshotWatcher) -> Change {
    Box::pin(async {
        let event = watcher.changed().await;
        if event.event_type == EventType::Session && event.session_state == SessionState::Closed {
            // We closed it ourselves; there is nothing to look at any more.
            std::future::pending::<()>().await;
        }
    })
}

/// Pauses between requests that fail, and what was said of them.
pub(super) struct Pauses {
    next: Duration,
    /// Kinds of errors that were complained about since the last success.
    told: Vec<Discriminant<Error>>,
}

impl Pauses {
    pub(super) fn new() -> Self {
        Self { next: FIRST_PAUSE, told: Vec::new() }
    }

    /// Starts again with the first pause, and with complaints.
    pub(super) fn reset(&mut self) {
        *self = Self::new();
    }

    /// Waits after an error: for another client when this one is lost, else for a while. `what` failed is the same for
    /// all of one owner's requests.
    pub(super) async fn after(&mut self, error: &Error, what: &str, session: &mut Session) {
        if self.is_news(error) {
            tracing::warn!(%error, what, "ZooKeeper refuses a request, trying on");
        } else {
            tracing::debug!(%error, what, "a request to ZooKeeper failed");
        }
        if is_loss(error) {
            return session.changed().await;
        }
        let pause = self.next;
        self.next = (pause * 2).min(LONGEST_PAUSE);
        tokio::select! {
            () = tokio::time::sleep(jittered(pause)) => {}
            () = session.changed() => {}
        }
    }

    /// Whether to complain: once about each kind. Of a lost connection the session itself tells.
    fn is_news(&mut self, error: &Error) -> bool {
        let kind = discriminant(error);
        let news =
            !is_loss(error) && !matches!(error, Error::ConnectionLoss | Error::Timeout) && !self.told.contains(&kind);
        if news {
            self.told.push(kind);
        }
        news
    }
}

/// Whether the client is of no use any more.
fn is_loss(error: &Error) -> bool {
    matches!(error, Error::SessionExpired | Error::ClientClosed | Error::AuthFailed | Error::NoHosts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_once_and_again_after_a_success() {
        let mut pauses = Pauses::new();
        let told = [Error::NoAuth, Error::NoAuth, Error::InvalidAcl, Error::NoAuth].map(|error| pauses.is_news(&error));
        assert_eq!(told, [true, false, true, false]);
        pauses.reset();
        assert!(pauses.is_news(&Error::NoAuth));
    }

    #[test]
    fn of_a_lost_connection_only_the_session_tells() {
        for error in [Error::ConnectionLoss, Error::Timeout, Error::SessionExpired, Error::ClientClosed] {
            assert!(!Pauses::new().is_news(&error), "{error}");
        }
    }
}
