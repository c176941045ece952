//! Providers in a text file: one URL a line, read again whenever the file changes.
//!
//! ```text
//!  # comment
//!  dubbo://10.0.0.5:20880/com.acme.UserService?version=1.0.0
//!  override://0.0.0.0/com.acme.UserService?weight=50
//! ```
//! A JSON list of such texts is read as well. A line that is no URL is skipped and counted. A file that vanishes
//! leaves the last list serving; a file that is there and stays empty for a second empties it, because somebody wrote it
//! so.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use yumen_dubbo::instances::{Instances, Origin};
use yumen_dubbo::registry::overrides::Overrides;
use yumen_dubbo::registry::{Publisher, Registration, Registry, RegistryState, Subscription, provides};
use yumen_dubbo::service_key::ServiceKey;
use yumen_dubbo::url::DubboUrl;

/// Largest file that is read.
const MAX_BYTES: u64 = 32 * 1024 * 1024;
/// The file is looked at this often although nothing was heard of it: some file systems tell nothing.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A change counts when the file is the same after this pause, so that whoever writes may finish.
const SETTLE: Duration = Duration::from_millis(100);
/// The same for an empty file: many programs empty a file before they write it.
const SETTLE_EMPTY: Duration = Duration::from_secs(1);
/// A file that never rests is believed after so many looks.
const LOOKS: usize = 10;

/// Which file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOptions {
    /// The file of provider URLs.
    pub path: PathBuf,
    /// Our application name, which override rules may be for.
    pub application: Box<str>,
}

/// A registry that is a file.
pub struct FileRegistry {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    options: FileOptions,
    content: Mutex<Content>,
    state: watch::Sender<RegistryState>,
    heard: Notify,
}

#[derive(Default)]
struct Content {
    text: Option<Vec<u8>>,
    urls: Vec<DubboUrl>,
    skipped: u32,
    followers: Vec<(ServiceKey, Publisher)>,
}

impl FileRegistry {
    /// Reads the file and begins to watch it. To be called inside the runtime that the watching shall run on.
    pub fn open(options: FileOptions) -> Self {
        let state = watch::Sender::new(RegistryState::Connecting);
        let shared = Arc::new(Shared { options, content: Mutex::default(), state, heard: Notify::new() });
        let watcher = watch_folder(&shared);
        shared.take(read(&shared.options.path));
        let task = tokio::spawn(follow(shared.clone(), watcher));
        Self { shared, task }
    }
}

impl Drop for FileRegistry {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Registry for FileRegistry {
    fn subscribe(&self, key: &ServiceKey) -> Subscription {
        let mut content = self.shared.content();
        let first = content.list(key, &self.shared.options.application, &Instances::default());
        let (publisher, subscription) = Subscription::new(first);
        content.followers.push((key.clone(), publisher));
        subscription
    }

    fn register(&self, _url: DubboUrl) -> Registration {
        Registration::nothing()
    }

    fn state(&self) -> watch::Receiver<RegistryState> {
        self.shared.state.subscribe()
    }
}

impl Shared {
    fn content(&self) -> std::sync::MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Publishes what the file says, if that is news.
    fn take(&self, read: io::Result<Vec<u8>>) {
        let text = match read {
            Ok(text) => text,
            Err(error) => {
                let lost = self.state.send_replace(RegistryState::Disconnected) != RegistryState::Disconnected;
                if lost {
                    tracing::warn!(path = %self.options.path.display(), %error, "the file of providers cannot be read");
                }
                return;
            }
        };
        self.state.send_replace(RegistryState::Connected);
        let mut content = self.content();
        if content.text.as_ref() == Some(&text) {
            return;
        }
        (content.urls, content.skipped) = parse(&text, &self.options.path);
        content.text = Some(text);
        content.publish(&self.options.application);
    }
}

impl Content {
    fn publish(&mut self, application: &str) {
        self.followers.retain(|(_, publisher)| !publisher.is_abandoned());
        for (key, publisher) in &self.followers {
            let current = publisher.current();
            let next = self.list(key, application, &current);
            if next.origin != current.origin || next.skipped != current.skipped || !next.same_providers(&current) {
                publisher.publish(next);
            }
        }
    }

    fn list(&self, key: &ServiceKey, application: &str, previous: &Instances) -> Instances {
        let overrides = Overrides::new(key, application, self.urls.iter().cloned());
        let ours = self.urls.iter().filter(|url| provides(url, key));
        let urls = ours.cloned().filter_map(|url| overrides.apply(url)).collect();
        let origin = if self.text.is_some() { Origin::Live } else { Origin::Pending };
        let overrides = overrides.urls().to_vec();
        Instances { skipped: self.skipped, overrides, ..Instances::build(previous, urls, origin) }
    }
}

/// Reads the file again at every word of its folder, and now and then without one.
async fn follow(shared: Arc<Shared>, _watcher: Option<RecommendedWatcher>) {
    loop {
        tokio::select! {
            () = shared.heard.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        let Some(read) = at_rest(&shared).await else { return };
        shared.take(read);
    }
}

/// The file when two looks at it agree; `None` when the runtime ends.
async fn at_rest(shared: &Shared) -> Option<io::Result<Vec<u8>>> {
    let look = async || {
        let path = shared.options.path.clone();
        tokio::task::spawn_blocking(move || read(&path)).await.ok()
    };
    let mut seen = look().await?;
    for _ in 0..LOOKS {
        match &seen {
            Ok(text) if shared.content().text.as_ref() == Some(text) => break, // no news
            Ok(text) if text.trim_ascii().is_empty() => tokio::time::sleep(SETTLE_EMPTY).await,
            Ok(_) => tokio::time::sleep(SETTLE).await,
            Err(_) => break, // the list stays in any case
        }
        let again = look().await?;
        let rests = matches!((&seen, &again), (Ok(before), Ok(now)) if before == now);
        seen = again;
        if rests {
            break;
        }
    }
    Some(seen)
}

/// Watches the folder, not the file: editors and configuration maps put a new file in its place.
fn watch_folder(shared: &Arc<Shared>) -> Option<RecommendedWatcher> {
    let heard = Arc::downgrade(shared);
    let tell = move |event: notify::Result<Event>| {
        // Reading is an event too; ours would follow itself.
        let read = event.is_ok_and(|event| event.kind.is_access() && !is_written(&event));
        if let (false, Some(shared)) = (read, heard.upgrade()) {
            shared.heard.notify_one();
        }
    };
    let folder = shared.options.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let watching = notify::recommended_watcher(tell).and_then(|mut watcher| {
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
        Ok(watcher)
    });
    watching
        .map_err(|error| tracing::warn!(folder = %folder.display(), %error, "changes are only looked for, every 5 s"))
        .ok()
}

fn is_written(event: &Event) -> bool {
    event.kind == EventKind::Access(AccessKind::Close(AccessMode::Write))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path)?.take(MAX_BYTES).read_to_end(&mut text)?;
    Ok(text)
}

/// The URLs of a text, and how many lines are none.
fn parse(text: &[u8], path: &Path) -> (Vec<DubboUrl>, u32) {
    let text = String::from_utf8_lossy(text);
    let lines: Vec<String> = match serde_json::from_str(&text) {
        Ok(list) => list,
        Err(_) => text.lines().map(|line| line.trim().to_owned()).collect(),
    };
    let mut urls = Vec::new();
    let mut skipped = 0;
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        match DubboUrl::parse(line) {
            Ok(url) => urls.push(url),
            Err(error) => {
                skipped += 1;
                tracing::warn!(path = %path.display(), line = at + 1, %error, "a line that is no provider URL is skipped");
            }
        }
    }
    (urls, skipped)
}

#[cfg(test)]
mod tests;
