//! Tells when the configuration's files may have changed.
//!
//! Folders are watched, not files: editors and Kubernetes put a new file in the place of the old one. Beside that the
//! files themselves are looked at now and then (who they are, how long, how old), for changes that are no event in the
//! folder: behind a link, on file systems that report nothing, before a folder was watched or after it was replaced. A
//! change is told once it has been quiet for a moment; a slow tick tells one without any sign.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::MetadataExt,
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
    /// Something happened to them or in their folders.
    Event,
    /// Nothing was looked at for a while.
    Tick,
}

/// What tells one state of a file or folder from another; `None` is its absence.
pub(super) type Stamp = Option<(u64, u64, u64, i64, i64)>;

/// A watch over some files and their folders.
pub(super) struct FileWatch {
    watcher: RecommendedWatcher,
    /// The folders that are watched, as they were then.
    folders: BTreeMap<PathBuf, Stamp>,
    /// The files as they were when last looked at, which is always before they are read.
    files: BTreeMap<PathBuf, Stamp>,
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
        let (folders, files) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { watcher, folders, files, events, pending: None, next_tick: Instant::now() + TICK })
    }

    /// Watches these files and no others, and looks at them. One that is not as it was when last looked at, or was never
    /// looked at before, counts as changed. To be called again and again.
    pub(super) fn follow<'a>(&mut self, files: impl Iterator<Item = &'a Path>) {
        let files: BTreeMap<PathBuf, Stamp> = files.map(|file| (file.to_path_buf(), stamp(file))).collect();
        self.follow_folders(files.keys().map(|file| folder(file)).collect());
        if files != self.files {
            self.files = files;
            self.note();
        }
    }

    fn follow_folders(&mut self, wanted: BTreeSet<PathBuf>) {
        let wanted: BTreeMap<PathBuf, Stamp> = wanted.into_iter().map(|path| (path.clone(), identity(&path))).collect();
        if wanted == self.folders {
            return;
        }
        for (path, known) in &self.folders {
            if wanted.get(path) != Some(known) {
                let _ = self.watcher.unwatch(path); // a folder that is gone is unwatched already
            }
        }
        for (path, now) in &wanted {
            if self.folders.get(path) != Some(now)
                && let Err(error) = self.watcher.watch(path, RecursiveMode::NonRecursive)
            {
                tracing::warn!(folder = %path.display(), %error, "cannot watch the configuration's folder");
            }
        }
        self.folders = wanted;
    }

    /// Something happened.
    fn note(&mut self) {
        let now = Instant::now();
        let latest = self.pending.map_or(now + LATEST, |(_, latest)| latest);
        self.pending = Some((now + QUIET, latest));
    }

    /// Waits until the files may have changed. A wait that is given up forgets nothing: the next one goes on with it.
    pub(super) async fn changed(&mut self) -> Sign {
        loop {
            let (until, sign) = match self.pending {
                Some((quiet, latest)) => (quiet.min(latest), Sign::Event),
                None => (self.next_tick, Sign::Tick),
            };
            match timeout_at(until, self.events.recv()).await {
                Ok(Some(())) => self.note(),
                Ok(None) | Err(_) => {
                    self.pending = None;
                    // They are going to be read: what happens from here on is another change.
                    self.files.iter_mut().for_each(|(file, known)| *known = stamp(file));
                    self.next_tick = Instant::now() + TICK;
                    return sign;
                }
            }
        }
    }
}

/// The states of these files.
pub(super) fn stamps(files: &[PathBuf]) -> Vec<Stamp> {
    files.iter().map(|file| stamp(file)).collect()
}

fn folder(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

/// A file's identity, length and last change; links are followed.
fn stamp(file: &Path) -> Stamp {
    let meta = fs::metadata(file).ok()?;
    // The change time moves also when the content was replaced by one as old and as long.
    Some((meta.dev(), meta.ino(), meta.size(), meta.ctime(), meta.ctime_nsec()))
}

/// Which folder a path leads to now.
fn identity(folder: &Path) -> Stamp {
    let meta = fs::metadata(folder).ok()?;
    Some((meta.dev(), meta.ino(), 0, 0, 0))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A watch over a folder with one file in it that has been read.
    async fn watched(folder: &tempfile::TempDir) -> (FileWatch, PathBuf) {
        let file = folder.path().join("yumen.yaml");
        fs::write(&file, "1").unwrap();
        let mut watch = FileWatch::new().unwrap();
        watch.follow([file.as_path()].into_iter());
        assert_eq!(watch.changed().await, Sign::Event, "what was never looked at may have changed");
        (watch, file)
    }

    /// Waits for a change as the conductor does: looks at the files whenever it wakes.
    async fn told(watch: &mut FileWatch, file: &Path) -> Sign {
        let begun = Instant::now();
        loop {
            watch.follow([file].into_iter());
            // Shorter than the quiet that the watch waits for.
            if let Ok(sign) = tokio::time::timeout(QUIET / 4, watch.changed()).await {
                return sign;
            }
            assert!(begun.elapsed() < TICK / 2, "the change was forgotten");
        }
    }

    #[tokio::test]
    async fn a_wait_that_is_given_up_again_and_again_still_tells_the_change() {
        let folder = tempfile::tempdir().unwrap();
        let (mut watch, file) = watched(&folder).await;
        fs::write(&file, "2").unwrap();
        assert_eq!(told(&mut watch, &file).await, Sign::Event);
    }

    #[tokio::test]
    async fn a_change_that_is_no_event_in_the_folder_is_told() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let target = elsewhere.path().join("linked.yaml");
        fs::write(&target, "1").unwrap();
        let file = folder.path().join("yumen.yaml");
        symlink(&target, &file).unwrap();
        let mut watch = FileWatch::new().unwrap();
        assert_eq!(told(&mut watch, &file).await, Sign::Event);
        fs::write(&target, "2").unwrap();
        assert_eq!(told(&mut watch, &file).await, Sign::Event);
    }

    #[tokio::test]
    async fn a_folder_that_is_replaced_is_watched_on() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("current");
        let file = folder.join("yumen.yaml");
        let mut watch = FileWatch::new().unwrap();
        for round in 0..3 {
            let release = root.path().join(format!("release-{round}"));
            fs::create_dir(&release).unwrap();
            fs::write(release.join("yumen.yaml"), "1").unwrap();
            symlink(&release, root.path().join("next")).unwrap();
            fs::rename(root.path().join("next"), &folder).unwrap();
            assert_eq!(told(&mut watch, &file).await, Sign::Event);
            fs::write(&file, "2").unwrap();
            assert_eq!(watch.changed().await, Sign::Event, "its events are not heard");
        }
    }

    #[tokio::test]
    async fn a_folder_that_is_never_quiet_tells_its_changes_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let (mut watch, file) = watched(&folder).await;
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
