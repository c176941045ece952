//! The providers of one service: three folders watched, one list published.
//!
//! ```text
//!  providers ────╮            malformed: skipped, counted          ┌─ as it was: nothing
//!  configurators ┼─ changed ─▶ matched, overridden ─▶ Instances ───┼─ somebody: published, kept on disk
//!  routers ──────╯                                                 └─ nobody: doubted, see `doubt`
//! ```

use std::collections::BTreeSet;

use futures_util::future::select_all;
use tokio::time::{Instant, sleep_until};
use yumen_dubbo::instances::{Instances, Origin};
use yumen_dubbo::registry::overrides::Overrides;
use yumen_dubbo::registry::{Publisher, provides};
use yumen_dubbo::service_key::ServiceKey;
use yumen_dubbo::url::DubboUrl;
use zookeeper_client::{Client, Error};

use super::client::{Session, jittered};
use super::doubt::Doubt;
use super::watch::{self, Change, Pauses, READ_AGAIN, SETTLE};
use super::{ZooKeeperOptions, paths};
use crate::last_known::LastKnown;

/// The categories that are watched, in the order of [`Folders`].
const CATEGORIES: [&str; 3] = ["providers", "configurators", "routers"];

/// Follows one service until its subscription is dropped.
pub(super) struct Follower {
    pub(super) key: ServiceKey,
    pub(super) options: ZooKeeperOptions,
    pub(super) session: Session,
    pub(super) publisher: Publisher,
    pub(super) last_known: Option<LastKnown>,
    /// Nodes that could not be read, so that each is complained about once.
    pub(super) malformed: BTreeSet<String>,
}

/// Node names of each category; `None` where there is no such folder.
type Names = [Option<Vec<String>>; 3];

/// The node names of each category, each with its next change.
struct Folders {
    names: Names,
    changes: Vec<Change>,
}

impl Follower {
    /// Runs until nobody holds the subscription any more.
    pub(super) async fn run(mut self) {
        let mut pauses = Pauses::new();
        while !self.publisher.is_abandoned() {
            let client = tokio::select! {
                client = self.session.client() => client,
                () = self.publisher.abandoned() => return,
            };
            if let Err(error) = self.follow(&client, &mut pauses).await {
                let what = format!("providers of {}", self.key);
                tokio::select! {
                    () = pauses.after(&error, &what, &mut self.session) => {}
                    () = self.publisher.abandoned() => {}
                }
            }
        }
    }

    /// Follows with one client, until it is lost or the subscription is dropped.
    async fn follow(&mut self, client: &Client, pauses: &mut Pauses) -> Result<(), Error> {
        let mut folders = self.look_at_all(client).await?;
        let mut doubt: Option<Doubt> = None;
        loop {
            pauses.reset();
            self.hear(&folders.names, &mut doubt).await;
            let read_again = Instant::now() + jittered(READ_AGAIN);
            let confirm = doubt.as_ref().map_or(read_again, Doubt::next_look);
            tokio::select! {
                () = self.publisher.abandoned() => return Ok(()),
                () = self.session.changed() => return Ok(()),
                ((), place, _) = select_all(&mut folders.changes) => {
                    tokio::time::sleep(SETTLE).await;
                    self.look_at(client, &mut folders, place).await?;
                }
                () = sleep_until(confirm.min(read_again)) => {
                    if self.differs(client, &folders.names).await? {
                        folders = self.look_at_all(client).await?;
                    }
                }
            }
        }
    }

    async fn look_at_all(&self, client: &Client) -> Result<Folders, Error> {
        let mut folders = Folders { names: [None, None, None], changes: Vec::with_capacity(CATEGORIES.len()) };
        for (place, category) in CATEGORIES.iter().enumerate() {
            let (names, change) = watch::children(client, &self.path(category)).await?;
            folders.names[place] = names;
            folders.changes.push(change);
        }
        Ok(folders)
    }

    async fn look_at(&self, client: &Client, folders: &mut Folders, place: usize) -> Result<(), Error> {
        let (names, change) = watch::children(client, &self.path(CATEGORIES[place])).await?;
        folders.names[place] = names;
        folders.changes[place] = change;
        Ok(())
    }

    /// Whether the server's lists are others than ours, which a watch should have told us.
    async fn differs(&self, client: &Client, names: &Names) -> Result<bool, Error> {
        for (category, known) in CATEGORIES.iter().zip(names) {
            let now = match client.list_children(&self.path(category)).await {
                Ok(names) => Some(names.into_iter().collect::<BTreeSet<_>>()),
                Err(Error::NoNode) => None,
                Err(error) => return Err(error),
            };
            if now != known.as_ref().map(|names| names.iter().cloned().collect()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn path(&self, category: &str) -> String {
        paths::category(&self.options.root, &self.key.interface, category)
    }

    /// Publishes what the folders say, if that is news and not to be doubted.
    async fn hear(&mut self, names: &Names, doubt: &mut Option<Doubt>) {
        let [providers, configurators, routers] = names;
        let mut skipped = 0;
        let listed = self.read(providers.as_deref(), &mut skipped);
        let matched: Vec<DubboUrl> = listed.into_iter().filter(|url| provides(url, &self.key)).collect();
        let current = self.publisher.current();
        if matched.is_empty() && !current.providers.is_empty() {
            let doubt = doubt.get_or_insert_with(|| self.begin_doubt());
            if !doubt.confirmed(&current).await {
                return;
            }
            tracing::warn!(service = %self.key, "the registry lists no provider, and none answers or their time is over: the list is empty");
        }
        *doubt = None;
        let configurators = self.read(configurators.as_deref(), &mut skipped);
        let routes = self.read(routers.as_deref(), &mut skipped);
        let overrides = Overrides::new(&self.key, &self.options.application, configurators);
        let urls = matched.iter().cloned().filter_map(|url| overrides.apply(url)).collect();
        let next = Instances {
            skipped,
            overrides: overrides.urls().to_vec(),
            routes,
            ..Instances::build(&current, urls, Origin::Live)
        };
        self.publish(&current, next, &matched, &overrides);
    }

    fn publish(&self, current: &Instances, next: Instances, listed: &[DubboUrl], overrides: &Overrides) {
        let same = current.origin == next.origin
            && current.same_providers(&next)
            && (current.skipped, &current.overrides, &current.routes) == (next.skipped, &next.overrides, &next.routes);
        if same {
            return;
        }
        tracing::info!(service = %self.key, providers = next.providers.len(), skipped = next.skipped, "providers changed");
        self.publisher.publish(next);
        // An empty list helps no restart; the one before it may.
        if let Some(last_known) = self.last_known.as_ref().filter(|_| !listed.is_empty()) {
            last_known.keep_providers(&self.key, listed, overrides.urls());
        }
    }

    /// The list goes on serving, marked as one that the registry no longer stands for.
    fn begin_doubt(&self) -> Doubt {
        let current = self.publisher.current();
        tracing::warn!(
            service = %self.key,
            providers = current.providers.len(),
            "the registry lists no provider any more; the last list is kept until that is confirmed"
        );
        self.publisher.publish(current.with_origin(Origin::Unconfirmed));
        Doubt::new(self.options.keep_unconfirmed)
    }

    /// Reads node names as URLs; what cannot be read is counted, and logged the first time.
    fn read(&mut self, names: Option<&[String]>, skipped: &mut u32) -> Vec<DubboUrl> {
        let mut urls = Vec::new();
        for name in names.unwrap_or_default() {
            match paths::read_node(name) {
                Ok(url) => urls.push(url),
                Err(reason) => {
                    *skipped += 1;
                    self.complain(name, &reason);
                }
            }
        }
        urls
    }

    fn complain(&mut self, name: &str, reason: &str) {
        const REMEMBERED: usize = 1000;
        let shown: String = name.chars().take(200).collect();
        if self.malformed.len() < REMEMBERED && self.malformed.insert(shown.clone()) {
            tracing::warn!(service = %self.key, node = shown, reason, "a node that cannot be read is skipped");
        }
    }
}
