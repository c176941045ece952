//! The end: nobody new comes in, those inside finish, and whoever overstays is shown out.
//!
//! ```text
//!  /readyz says 503 ─▶ drain begins: ports close, idle connections go, requests under way are answered
//!                        ├─ all gone in time ─▶ end
//!                        └─ time over, or a second signal ─▶ the rest is cut off ─▶ end
//! ```

use std::time::Duration;

use crate::listener::Drain;

/// Drains all ports; true when every request under way got its answer within `limit` and before `hurry`.
pub(super) async fn drain(drain: &Drain, limit: Duration, hurry: impl Future<Output = ()>) -> bool {
    drain.begin();
    tokio::select! {
        () = drain.finished() => return true,
        () = tokio::time::sleep(limit) => {
            tracing::warn!(connections = drain.connections(), "the drain took too long; what is left is cut off");
        }
        () = hurry => {
            tracing::warn!(connections = drain.connections(), "asked to end a second time; what is left is cut off");
        }
    }
    drain.force();
    drain.finished().await;
    false
}
