//! The control plane's book of plugins: which versions there are under each name, which one serves, and why.
//!
//! ```text
//!  configuration ─ declare, commit ─┐                                       ┌─▶ table() ─▶ Snapshot ─▶ workers
//!  admin API ─ upload, activate, …  ┼─▶ load (a thread that may block) ─▶ Line ─┤
//!  tend() ─ files, fetches, counts ─┘                                       └─▶ plugins.json
//! ```
//! Changes come one after the other; workers never wait for one, they only read the [`Table`] that was published last. What
//! fails to load changes nothing. Which version serves after a restart:
//!
//! * the one that the source in the configuration holds (a file's bytes, the digest of an address, a builtin),
//! * unless somebody activated another one, or it was rolled back: that decision is kept and holds as long as the source holds
//!   what it held then. New bytes in the file, or another digest in the configuration, win over an older decision.
//! * With `source: upload`, the version that was activated last. Before the first one, the failure policy holds.
//!
//! The plugin's settings, limits and grants always come from the configuration, for uploads as well.

mod change;
mod crash;
mod declare;
mod entry;
mod line;
mod lines;
mod tend;
mod trial;
mod view;

use std::{
    collections::BTreeMap,
    io,
    num::NonZero,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Instant, SystemTime},
};

use arc_swap::ArcSwap;
use bytes::Bytes;
use tokio::sync::{Notify, Semaphore, broadcast, watch as channel};

use self::entry::Entry;
use crate::{
    Artifact, Digest, Host, LoadError, Spec, Step,
    deployed::{Deployed, Table},
    source::Fetch,
    store::{Book, Kept, Store},
    version::Version,
};

pub use change::{Change, ChangeError, Precondition, SplitWish, Uploaded};
pub use declare::{Declared, Fault, FaultPart, Part, Prepared, ServiceName};
pub use lines::{Follower, LogLine};
pub use view::{CanaryView, Condition, PluginView, State, StatisticsView, VersionDetail, VersionView};

/// Finds the bytes of a plugin that comes with the gateway.
///
/// An error says in plain words why it is not there, and what would help.
pub type Builtins = Box<dyn Fn(&str) -> Result<Bytes, String> + Send + Sync>;

/// The digest of bytes, which are many: taken where nobody waits for it.
async fn hashed(bytes: Bytes) -> Digest {
    let copy = bytes.clone();
    tokio::task::spawn_blocking(move || Digest::of(&copy)).await.unwrap_or_else(|_| Digest::of(&bytes))
}

/// How many events may wait for a listener before the oldest are lost to it.
const EVENTS: usize = 256;

/// Every plugin of the gateway, and what serves.
pub struct Plugins {
    host: Arc<Host>,
    store: Store,
    builtins: Builtins,
    /// The client for https sources; an error says why there is none.
    fetch: Result<Fetch, String>,
    table: ArcSwap<Table>,
    changed: Notify,
    /// The table that workers see.
    live: channel::Sender<Arc<Table>>,
    events: broadcast::Sender<Event>,
    /// Held while a change is made; what it needs is loaded before. The book itself is locked for moments only.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// Held while the book is written, so that the newest is written last.
    writing: Arc<tokio::sync::Mutex<()>>,
    /// Loads that may run at the same time: a compiler takes a core and much memory.
    loads: Semaphore,
    inside: Mutex<Inside>,
}

/// What changes are made to.
struct Inside {
    entries: BTreeMap<Arc<str>, Entry>,
    /// What is kept of plugins that the configuration does not name now.
    absent: BTreeMap<String, Kept>,
    /// What was to be kept and could not be.
    unkept: Option<String>,
}

/// Something that the gateway did to a plugin by itself.
#[derive(Debug, Clone)]
pub struct Event {
    /// When.
    pub at: SystemTime,
    /// Name of the plugin.
    pub plugin: Arc<str>,
    /// What was done: `activate`, `rollback`, `canary_end`, `rest`, `resume`, `refuse`.
    pub verb: &'static str,
    /// The version before.
    pub from: Option<String>,
    /// The version after.
    pub to: Option<String>,
    /// Why.
    pub reason: String,
}

impl Plugins {
    /// Opens the book. `state` is a folder for it alone; `None`: nothing outlives the process. Nothing serves before
    /// [`Plugins::declare`].
    ///
    /// # Errors
    /// When the folder cannot be made, or holds a book that cannot be read.
    pub fn open(host: Arc<Host>, state: Option<PathBuf>, builtins: Builtins) -> io::Result<Arc<Self>> {
        let store = Store::open(state.as_deref())?;
        let absent = store.book()?.plugins;
        Ok(Arc::new(Self {
            host,
            store,
            builtins,
            fetch: Fetch::with_system_roots().map_err(|error| error.to_string()),
            table: ArcSwap::from_pointee(Table::new(0, BTreeMap::new())),
            changed: Notify::new(),
            live: channel::Sender::default(),
            events: broadcast::Sender::new(EVENTS),
            turn: Arc::default(),
            writing: Arc::default(),
            loads: Semaphore::new(std::thread::available_parallelism().map_or(1, NonZero::get)),
            inside: Mutex::new(Inside { entries: BTreeMap::new(), absent, unkept: None }),
        }))
    }

    /// What serves now.
    pub fn table(&self) -> Arc<Table> {
        self.table.load_full()
    }

    /// Waits until the table is another than the one that [`Prepared::table`] or the last call told of. For one waiter, the
    /// conductor, who then publishes [`Plugins::table`] and says so with [`Plugins::is_live`].
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// This table is what workers take for new exchanges from now on.
    pub fn is_live(&self, table: &Arc<Table>) {
        self.live.send_if_modified(|live| {
            let newer = table.generation() > live.generation();
            if newer {
                *live = Arc::clone(table);
            }
            newer
        });
    }

    /// What [`Plugins::table`] says cannot be published: every name goes back to what workers see, so that the book says what
    /// is so. The next table follows by [`Plugins::changed`].
    pub async fn take_back(self: &Arc<Self>, why: &str) {
        let live = Arc::clone(&self.live.borrow());
        let mut taken = Vec::new();
        {
            let mut inside = self.inside();
            for (name, entry) in &mut inside.entries {
                let Some(seen) = live.get(name).filter(|seen| !seen.same(&entry.line.deployed(Arc::clone(name))))
                else {
                    continue;
                };
                let from = entry.line.stable().cloned();
                entry.line.restore_seen(seen, Instant::now());
                entry.choose();
                let note = format!("a change was taken back, because the gateway cannot serve with it: {why}");
                entry.note = Some(note.clone());
                taken.push((Arc::clone(name), from, entry.line.stable().cloned(), note));
            }
            self.settle(&mut inside, None);
        }
        for (name, from, to, note) in taken {
            self.tell(&name, "rollback", from.as_deref(), to.as_deref(), note);
        }
        self.keep(false).await;
    }

    /// Waits until workers see what was changed before this call.
    pub async fn published(&self) {
        let generation = self.table.load().generation();
        // Fails only without a sender, and we hold it.
        let _ = self.live.subscribe().wait_for(|live| live.generation() >= generation).await;
    }

    /// What the gateway does to plugins by itself, from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(
        &self,
        plugin: &Arc<str>,
        verb: &'static str,
        from: Option<&Version>,
        to: Option<&Version>,
        reason: String,
    ) {
        let id = |version: Option<&Version>| version.map(|version| version.id().to_string());
        let event =
            Event { at: SystemTime::now(), plugin: Arc::clone(plugin), verb, from: id(from), to: id(to), reason };
        let (plugin, from, to, reason) = (&*event.plugin, event.from.as_deref(), event.to.as_deref(), &event.reason);
        match verb {
            "activate" | "resume" => tracing::info!(plugin, from, to, "{verb}: {reason}"),
            _ => tracing::warn!(plugin, from, to, "{verb}: {reason}"),
        }
        let _ = self.events.send(event); // nobody may listen
    }

    /// Compiles and tries a module on a thread that may block; as many at a time as there are cores.
    async fn load(&self, bytes: Bytes, digest: Digest, origin: String, spec: Spec) -> Result<Arc<Version>, LoadError> {
        let host = Arc::clone(&self.host);
        let load = move || host.load(&Artifact { bytes, digest, origin }, &spec);
        let _place = self.loads.acquire().await; // closed by nobody
        tokio::task::spawn_blocking(load)
            .await
            .unwrap_or_else(|_| Err(LoadError::new(Step::Compile, "the thread that loaded it ended")))
    }

    /// Runs what waits for the disk or takes long where the control plane does not wait for it. `None`: it panicked.
    async fn aside<T: Send + 'static>(self: &Arc<Self>, work: impl FnOnce(&Self) -> T + Send + 'static) -> Option<T> {
        let this = Arc::clone(self);
        tokio::task::spawn_blocking(move || work(&this)).await.ok()
    }

    /// The bytes of a module that is kept.
    async fn kept(self: &Arc<Self>, digest: Digest) -> Option<Bytes> {
        self.aside(move |this| this.store.module(&digest)).await.flatten()
    }

    /// Keeps a module. To be called in one's turn, and the book to be kept in the same: else a sweep takes it for rubbish.
    async fn put(self: &Arc<Self>, digest: Digest, bytes: Bytes) -> Result<(), String> {
        let put = self.aside(move |this| this.store.put(&digest, &bytes).map_err(|error| error.to_string())).await;
        put.unwrap_or_else(|| Err("the writer ended".to_owned()))
    }

    /// Publishes what the lines say now, if it is anything new. `planned` is what a commit announced, and no news, unless
    /// something else was published since it was planned.
    fn settle(&self, inside: &mut Inside, planned: Option<Arc<Table>>) {
        let current = self.table.load_full();
        let base = planned.unwrap_or_else(|| Arc::clone(&current));
        let plugins = inside.deployed(&base, &current);
        inside.retire(&current, &plugins);
        if base.is_of(&plugins) && (Arc::ptr_eq(&base, &current) || base.generation() > current.generation()) {
            self.table.store(base);
        } else {
            let generation = base.generation().max(current.generation()) + 1;
            self.table.store(Arc::new(Table::new(generation, plugins)));
            self.changed.notify_one();
        }
        inside.entries.values_mut().for_each(Entry::shun_undeclared);
    }

    /// Has the book written. A disk that refuses must not keep anybody from rolling back: it is told and shown, no more.
    /// Modules that the book does not name are removed only in one's turn (`sweep`): a change may be about to name one.
    async fn keep(self: &Arc<Self>, sweep: bool) {
        let writing = Arc::clone(&self.writing).lock_owned().await;
        let this = Arc::clone(self);
        let write = move || {
            let _writing = writing;
            let book = this.inside().book();
            this.store.keep(&book, sweep)
        };
        let kept = tokio::task::spawn_blocking(write).await;
        let fault = match kept {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("the writer ended".to_owned()),
        };
        if let Some(error) = &fault {
            tracing::warn!(%error, "which plugins serve cannot be kept; a restart will not know it");
        }
        self.inside().unkept = fault;
    }
}

impl Inside {
    /// What serves under each name; what stands in one of these tables already is the same `Arc`.
    fn deployed(&self, base: &Table, current: &Table) -> BTreeMap<Arc<str>, Arc<Deployed>> {
        let one = |(name, entry): (&Arc<str>, &Entry)| {
            let new = entry.line.deployed(Arc::clone(name));
            let known = [base, current].iter().find_map(|table| table.get(name).filter(|old| old.same(&new))).cloned();
            (Arc::clone(name), known.unwrap_or_else(|| Arc::new(new)))
        };
        self.entries.iter().map(one).collect()
    }

    /// Remembers what `new` replaces for as long as anybody uses it.
    fn retire(&mut self, old: &Table, new: &BTreeMap<Arc<str>, Arc<Deployed>>) {
        for deployed in old.iter() {
            let Some(entry) = self.entries.get_mut(deployed.name()) else { continue };
            if new.get(deployed.name()).is_none_or(|new| !Arc::ptr_eq(new, deployed)) {
                let versions = deployed.versions().map(Arc::downgrade).collect();
                entry.retired.push((Arc::downgrade(deployed), versions));
            }
            entry.retired.retain(|(deployed, _)| Weak::strong_count(deployed) > 0);
        }
    }

    fn book(&self) -> Book {
        let mut book = Book::default();
        book.plugins.clone_from(&self.absent);
        for (name, entry) in &self.entries {
            book.plugins.insert(name.to_string(), entry.kept());
        }
        book
    }
}

#[cfg(test)]
mod tests;
