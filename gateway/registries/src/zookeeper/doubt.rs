//! An empty list is not believed at once.
//!
//! A registry that lost its data, or a session hiccup of all providers, looks like "nobody is left". The last good
//! list goes on serving until one of these holds:
//!
//! | | |
//! |---|---|
//! | the registry still lists nobody, and every provider of the last list refuses a connection | it is empty |
//! | `keep_unconfirmed` is set, and the registry has listed nobody for so long | it is empty |
//! | the registry lists somebody again | that is the list |
//!
//! A provider that deregistered and still answers is thus called on: it drains by itself (Dubbo's read-only event),
//! and a call to it is better than none. Time alone confirms nothing: providers of all Dubbo lines have been seen not to
//! register again with a ZooKeeper that lost its data and was then restarted.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use yumen_dubbo::instances::{Instances, Provider};

/// Time given to the registry to think better of it, and between looks.
const PAUSE: Duration = Duration::from_secs(2);
/// Limit of one connection attempt.
const CONNECT: Duration = Duration::from_secs(1);
/// Providers of the last list that are asked.
const ASKED: usize = 64;

/// An empty list that is being doubted.
pub(super) struct Doubt {
    next_look: Instant,
    believed_at: Option<Instant>,
}

impl Doubt {
    /// Doubt that begins now and ends after `keep` at the latest, if that is given.
    pub(super) fn new(keep: Option<Duration>) -> Self {
        let now = Instant::now();
        Self { next_look: now + keep.map_or(PAUSE, |keep| PAUSE.min(keep)), believed_at: keep.map(|keep| now + keep) }
    }

    /// When to look at the registry again.
    pub(super) fn next_look(&self) -> Instant {
        self.next_look
    }

    /// Whether the empty list, seen again just now, is to be believed. Never before the first pause has passed.
    pub(super) async fn confirmed(&mut self, last: &Instances) -> bool {
        let now = Instant::now();
        if now < self.next_look {
            return false;
        }
        let left = self.believed_at.map(|at| at.saturating_duration_since(now));
        self.next_look = now + left.map_or(PAUSE, |left| PAUSE.min(left));
        left == Some(Duration::ZERO) || !any_answers(last).await
    }
}

/// Whether a connection to any of the providers can be made. Of very many a sample is asked.
async fn any_answers(last: &Instances) -> bool {
    let mut providers: Vec<&Provider> = last.providers.iter().map(AsRef::as_ref).collect();
    fastrand::shuffle(&mut providers);
    let asked = join_all(providers.into_iter().take(ASKED).map(answers)).await;
    asked.contains(&true)
}

async fn answers(provider: &Provider) -> bool {
    let connected = timeout(CONNECT, TcpStream::connect((&*provider.host, provider.port))).await;
    matches!(connected, Ok(Ok(_)))
}

#[cfg(test)]
mod tests {
    use yumen_dubbo::instances::Origin;
    use yumen_dubbo::url::DubboUrl;

    use super::*;

    fn list(port: u16) -> Instances {
        let url = DubboUrl::parse(&format!("dubbo://127.0.0.1:{port}/d.Svc")).unwrap();
        Instances::build(&Instances::default(), vec![url], Origin::Live)
    }

    /// The same doubt when a day has gone by.
    fn a_day_later(mut doubt: Doubt) -> Doubt {
        let day = Duration::from_secs(24 * 60 * 60);
        doubt.next_look -= day;
        doubt.believed_at = doubt.believed_at.map(|at| at - day);
        doubt
    }

    #[tokio::test]
    async fn time_alone_confirms_nothing_unless_a_time_was_set() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let last = list(listener.local_addr().unwrap().port());
        let mut unbounded = a_day_later(Doubt::new(None));
        assert!(!unbounded.confirmed(&last).await, "a provider answers");
        assert!(a_day_later(Doubt::new(Some(Duration::from_secs(300)))).confirmed(&last).await);
        drop(listener);
        assert!(!unbounded.confirmed(&last).await, "asked again after a pause only");
        assert!(a_day_later(unbounded).confirmed(&last).await, "nobody answers");
    }
}
