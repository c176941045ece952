//! Tells when the configuration's files may have changed.
//!
//! Folders are watched, not files: editors and Kubernetes put a new file in the place of the old one. A change is told
//! once the folder has been quiet for a moment; a slow tick tells one too, for file systems that report nothing.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::{sync::mpsc, time};

/// How long a folder must be quiet before a change is told.
const QUIET: Duration = Duration::from_millis(200);
/// How often a change is told without any sign of one.
const TICK: Duration = Duration::from_secs(30);

/// A watch over the folders of some files.
pub(super) struct FileWatch {
    watcher: RecommendedWatcher,
    folders: BTreeSet<PathBuf>,
    events: mpsc::Receiver<()>,
}

impl FileWatch {
    /// Watches nothing yet.
    ///
    /// # Errors
    /// When the operating system offers no file events, or no more of them.
    pub(super) fn new() -> notify::Result<Self> {
        let (sender, events) = mpsc::channel(1);
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| !event.kind.is_access()) {
                let _ = sender.try_send(()); // full: a change is waiting to be told already
            }
        })?;
        Ok(Self { watcher, folders: BTreeSet::new(), events })
    }

    /// Watches the folders of these files and no others.
    pub(super) fn follow<'a>(&mut self, files: impl Iterator<Item = &'a Path>) {
        let wanted: BTreeSet<PathBuf> = files.map(folder).collect();
        for folder in self.folders.difference(&wanted) {
            let _ = self.watcher.unwatch(folder); // a folder that is gone is unwatched already
        }
        for folder in wanted.difference(&self.folders) {
            if let Err(error) = self.watcher.watch(folder, RecursiveMode::NonRecursive) {
                tracing::warn!(folder = %folder.display(), %error, "cannot watch the configuration's folder");
            }
        }
        self.folders = wanted;
    }

    /// Waits until the files may have changed.
    pub(super) async fn changed(&mut self) {
        if time::timeout(TICK, self.events.recv()).await.is_err() {
            return;
        }
        while time::timeout(QUIET, self.events.recv()).await.is_ok_and(|event| event.is_some()) {}
    }
}

fn folder(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    }
}
