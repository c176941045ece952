//! Tells when the configuration's files may have changed.
//!
//! Folders are watched, not files: editors and Kubernetes put a new file in the place of the old one. A change is told
//! once the folder has been quiet for a moment; a slow tick tells one too, for file systems that report nothing and for
//! files behind links.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

/// How long a folder must be quiet before a change is told.
const QUIET: Duration = Duration::from_millis(200);
/// A change is told after this long even in a folder that is never quiet.
const LATEST: Duration = Duration::from_secs(2);
/// How often a change is told without any sign of one.
const TICK: Duration = Duration::from_secs(30);

/// Why the files may have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// Something happened in their folders.
    Event,
    /// Nothing was looked at for a while.
    Tick,
}

/// A watch over the folders of some files.
pub(super) struct FileWatch {
    watcher: RecommendedWatcher,
    folders: BTreeSet<PathBuf>,
    events: mpsc::Receiver<()>,
    /// When to tell what has happened: once it is quiet, and at the latest.
    pending: Option<(Instant, Instant)>,
    next_tick: Instant,
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
        Ok(Self { watcher, folders: BTreeSet::new(), events, pending: None, next_tick: Instant::now() + TICK })
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

    /// Waits until the files may have changed. A wait that is given up forgets nothing: the next one goes on with it.
    pub(super) async fn changed(&mut self) -> Sign {
        loop {
            let (until, sign) = match self.pending {
                Some((quiet, latest)) => (quiet.min(latest), Sign::Event),
                None => (self.next_tick, Sign::Tick),
            };
            match timeout_at(until, self.events.recv()).await {
                Ok(Some(())) => {
                    let now = Instant::now();
                    let latest = self.pending.map_or(now + LATEST, |(_, latest)| latest);
                    self.pending = Some((now + QUIET, latest));
                }
                Ok(None) | Err(_) => {
                    self.pending = None;
                    self.next_tick = Instant::now() + TICK;
                    return sign;
                }
            }
        }
    }
}

fn folder(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A watch over a folder with one file in it.
    fn watched(folder: &tempfile::TempDir) -> (FileWatch, PathBuf) {
        let file = folder.path().join("yumen.yaml");
        fs::write(&file, "1").unwrap();
        let mut watch = FileWatch::new().unwrap();
        watch.follow([file.as_path()].into_iter());
        (watch, file)
    }

    #[tokio::test]
    async fn a_wait_that_is_given_up_again_and_again_still_tells_the_change() {
        let folder = tempfile::tempdir().unwrap();
        let (mut watch, file) = watched(&folder);
        fs::write(&file, "2").unwrap();
        let begun = Instant::now();
        let sign = loop {
            // Shorter than the quiet that the watch waits for.
            if let Ok(sign) = tokio::time::timeout(QUIET / 4, watch.changed()).await {
                break sign;
            }
            assert!(begun.elapsed() < TICK / 2, "the change was forgotten");
        };
        assert_eq!(sign, Sign::Event);
    }

    #[tokio::test]
    async fn a_folder_that_is_never_quiet_tells_its_changes_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let (mut watch, file) = watched(&folder);
        let noise = async {
            loop {
                fs::write(&file, "2").unwrap();
                tokio::time::sleep(QUIET / 8).await;
            }
        };
        tokio::select! {
            () = noise => {}
            sign = watch.changed() => assert_eq!(sign, Sign::Event),
            () = tokio::time::sleep(TICK / 2) => panic!("nothing was told"),
        }
    }

    #[tokio::test]
    async fn without_any_sign_a_change_is_told_now_and_then() {
        let mut watch = FileWatch::new().unwrap();
        watch.next_tick = Instant::now() + QUIET * 2;
        let begun = Instant::now();
        let sign = loop {
            if let Ok(sign) = tokio::time::timeout(QUIET / 4, watch.changed()).await {
                break sign;
            }
            assert!(begun.elapsed() < TICK / 2, "the tick never came");
        };
        assert_eq!(sign, Sign::Tick);
        assert!(begun.elapsed() >= QUIET * 2);
    }
}
