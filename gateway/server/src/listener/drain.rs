//! The end of a listener's life: doors close, what is inside may finish, then the rest is cut off.
//!
//! ```text
//!  begin ─▶ acceptors take what already waits and close; idle connections go; requests under way finish
//!  force ─▶ every connection that is left is dropped
//!  finished: no acceptor and no connection is left
//! ```

use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

/// Shared by the runtime, the acceptors and the workers; clones are the same drain.
#[derive(Debug, Clone, Default)]
pub struct Drain {
    begun: CancellationToken,
    forced: CancellationToken,
    doors: TaskTracker,
    connections: TaskTracker,
}

/// Held by what must be gone before the drain is finished.
pub type Presence = TaskTrackerToken;

impl Drain {
    /// A drain that has not begun.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins: nothing new is accepted, everything else may finish.
    pub fn begin(&self) {
        self.doors.close();
        self.connections.close();
        self.begun.cancel();
    }

    /// Cuts off what is left. Begins, too, if nobody did.
    pub fn force(&self) {
        self.begin();
        self.forced.cancel();
    }

    /// Waits for the beginning.
    pub async fn begun(&self) {
        self.begun.cancelled().await;
    }

    /// Waits for [`Drain::force`].
    pub async fn forced(&self) {
        self.forced.cancelled().await;
    }

    /// Waits until no acceptor and no connection is left. Never before the beginning.
    pub async fn finished(&self) {
        self.doors_closed().await;
        self.connections.wait().await;
    }

    /// Connections that are open.
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    /// Waits until no acceptor is left, so that no connection comes any more.
    pub(super) async fn doors_closed(&self) {
        self.doors.wait().await;
    }

    /// An acceptor's presence.
    pub(super) fn door(&self) -> Presence {
        self.doors.token()
    }

    /// A connection's presence.
    pub(super) fn connection(&self) -> Presence {
        self.connections.token()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn it_is_finished_when_begun_and_everyone_left() {
        let drain = Drain::new();
        let (door, connection) = (drain.door(), drain.connection());
        let short = Duration::from_millis(20);
        assert!(timeout(short, drain.finished()).await.is_err());
        drain.begin();
        drop(door);
        assert!(timeout(short, drain.finished()).await.is_err());
        assert_eq!(drain.connections(), 1);
        drop(connection);
        drain.finished().await;
        drain.begun().await;
    }
}
