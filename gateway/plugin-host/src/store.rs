//! What outlives the process: the modules themselves, by digest, and the book of which one serves under which name.
//!
//! ```text
//!  <folder>/plugins.json            {"version": 1, "plugins": {"add-tenant": {"stable": "sha256:…", …}}}
//!  <folder>/modules/<hex>.wasm      bytes, named by their SHA-256 and checked against it whenever they are read
//! ```
//! The folder belongs to the gateway's user alone (mode 0700). A file is written beside its place, flushed to the disk and
//! renamed: a reader sees the old or the new one, whole. Configurations of plugins are not kept here, for keys may stand in
//! them: they always come from the configuration.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{limits::Limits, spec::Digest, watch::Watch};

/// Largest book that is read.
const MAX_BOOK: u64 = 16 << 20;

/// A folder with modules and the book; without one, modules in memory, and nothing outlives the process.
#[derive(Debug)]
pub(crate) enum Store {
    Folder(PathBuf),
    Memory(Mutex<BTreeMap<Digest, Bytes>>),
}

/// Every plugin that anything is known of, by name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Book {
    version: Format,
    pub(crate) plugins: BTreeMap<String, Kept>,
}

/// The book's format.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
struct Format;

impl TryFrom<u32> for Format {
    type Error = String;

    fn try_from(number: u32) -> Result<Self, String> {
        if number == 1 { Ok(Self) } else { Err(format!("this gateway reads version 1 of it, not {number}")) }
    }
}

impl From<Format> for u32 {
    fn from(_: Format) -> Self {
        1
    }
}

/// What is kept of one plugin.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Kept {
    /// Every module that may serve under the name, the oldest first.
    pub(crate) modules: Vec<Module>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stable: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) previous: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) canary: Option<KeptCanary>,
    /// There when somebody decided for `stable` against the source of the configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) chosen: Option<Chosen>,
}

/// One module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Module {
    pub(crate) digest: Digest,
    /// Where it came from: `upload`, or a source as the configuration writes it.
    pub(crate) origin: String,
    /// The plugin's own version, as its manifest says.
    pub(crate) says: String,
    /// Length in bytes.
    pub(crate) size: usize,
    /// When it first came, in seconds since 1970.
    pub(crate) since: u64,
}

/// A canary that ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptCanary {
    pub(crate) digest: Digest,
    pub(crate) split: KeptSplit,
    pub(crate) watch: Watch,
}

/// Which exchanges it got.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeptSplit {
    /// A share of the keys.
    Share { hundredths: u16, sticky: String, salt: u64 },
    /// Those with a header field.
    Header { key: String, value: Option<String> },
}

/// A decision against the source of the configuration. It holds until the source holds something else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Chosen {
    /// What the source held then; `None` when it held nothing (`source: upload`).
    pub(crate) over: Option<Digest>,
}

impl Store {
    /// Uses `folder` and makes it where it is missing.
    ///
    /// # Errors
    /// When it cannot be made or used.
    pub(crate) fn open(folder: Option<&Path>) -> io::Result<Self> {
        let Some(folder) = folder else { return Ok(Self::Memory(Mutex::default())) };
        private_folder(folder)?;
        private_folder(&folder.join("modules"))?;
        Ok(Self::Folder(folder.to_path_buf()))
    }

    /// The book as it was written last; empty when there is none.
    ///
    /// # Errors
    /// When there is one that cannot be read. Then nothing may be written over it unasked.
    pub(crate) fn book(&self) -> io::Result<Book> {
        let Self::Folder(folder) = self else { return Ok(Book::default()) };
        let path = folder.join("plugins.json");
        let damaged = |error: serde_json::Error| {
            io::Error::other(format!(
                "{} is damaged: {error}; put it back, or remove it to start with what the configuration names",
                path.display()
            ))
        };
        match read(&path, MAX_BOOK) {
            Ok(text) => serde_json::from_slice(&text).map_err(damaged),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Book::default()),
            Err(error) => Err(error),
        }
    }

    /// Writes the book; with `sweep`, removes the modules that it does not name.
    ///
    /// # Errors
    /// When it cannot be written; the old one is still there.
    pub(crate) fn keep(&self, book: &Book, sweep: bool) -> io::Result<()> {
        let named: BTreeSet<Digest> = book.plugins.values().flat_map(Kept::named).copied().collect();
        let folder = match self {
            Self::Folder(folder) => folder,
            Self::Memory(modules) => {
                memory(modules).retain(|digest, _| !sweep || named.contains(digest));
                return Ok(());
            }
        };
        let text = serde_json::to_vec_pretty(book).map_err(io::Error::other)?;
        write(&folder.join("plugins.json"), &text)?;
        if !sweep {
            return Ok(());
        }
        let named: BTreeSet<String> = named.iter().map(file_name).collect();
        for entry in fs::read_dir(folder.join("modules"))?.flatten() {
            if entry.file_name().to_str().is_none_or(|name| !named.contains(name)) {
                let _ = fs::remove_file(entry.path()); // what stays is removed the next time
            }
        }
        Ok(())
    }

    /// Keeps a module. One that is there already is not written again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn put(&self, digest: &Digest, bytes: &Bytes) -> io::Result<()> {
        match self {
            Self::Folder(folder) if self.module(digest).is_none() => write(&place(folder, digest), bytes),
            Self::Folder(_) => Ok(()),
            Self::Memory(modules) => {
                memory(modules).insert(*digest, bytes.clone());
                Ok(())
            }
        }
    }

    /// The module with this digest, if it is there and whole.
    pub(crate) fn module(&self, digest: &Digest) -> Option<Bytes> {
        match self {
            Self::Folder(folder) => {
                let bytes = read(&place(folder, digest), Limits::MODULE_MOST as u64).ok()?;
                (Digest::of(&bytes) == *digest).then(|| bytes.into())
            }
            Self::Memory(modules) => memory(modules).get(digest).cloned(),
        }
    }
}

fn place(folder: &Path, digest: &Digest) -> PathBuf {
    folder.join("modules").join(file_name(digest))
}

fn memory(modules: &Mutex<BTreeMap<Digest, Bytes>>) -> MutexGuard<'_, BTreeMap<Digest, Bytes>> {
    modules.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kept {
    /// Every module that this plugin needs.
    fn named(&self) -> impl Iterator<Item = &Digest> {
        let canary = self.canary.as_ref().map(|canary| &canary.digest);
        self.modules.iter().map(|module| &module.digest).chain(&self.stable).chain(&self.previous).chain(canary)
    }
}

fn file_name(digest: &Digest) -> String {
    format!("{}.wasm", digest.hex())
}

/// Makes a folder that only this user may look into.
fn private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!("it is larger than {most} bytes")));
    }
    Ok(bytes)
}

/// Writes beside the place, flushes to the disk, renames.
fn write(place: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = place.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, place)?;
    // The name is on the disk once its folder is.
    place.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn book(digests: &[&Digest]) -> Book {
        let module = |digest: &&Digest| Module {
            digest: **digest,
            origin: "upload".to_owned(),
            says: "1.0.0".to_owned(),
            size: 3,
            since: 7,
        };
        let split = KeptSplit::Share { hundredths: 1_000, sticky: ":client".to_owned(), salt: u64::MAX };
        let canary = digests.last().map(|digest| KeptCanary { digest: **digest, split, watch: Watch::default() });
        let kept = Kept {
            modules: digests.iter().map(module).collect(),
            stable: digests.first().map(|digest| **digest),
            chosen: Some(Chosen { over: None }),
            canary,
            ..Kept::default()
        };
        Book { plugins: BTreeMap::from([("a".to_owned(), kept)]), ..Book::default() }
    }

    #[test]
    fn what_is_kept_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state/plugins");
        let digest = Digest::of(b"abc");
        let store = Store::open(Some(&state)).unwrap();
        assert_eq!(store.book().unwrap(), Book::default());
        store.put(&digest, &"abc".into()).unwrap();
        store.keep(&book(&[&digest]), true).unwrap();
        let again = Store::open(Some(&state)).unwrap();
        assert_eq!(again.book().unwrap(), book(&[&digest]));
        assert_eq!(again.module(&digest).unwrap(), "abc");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&state), mode(&state.join("plugins.json"))), (0o700, 0o600));
    }

    #[test]
    fn a_module_that_is_not_what_its_name_says_is_not_there_and_may_be_put_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Some(folder.path())).unwrap();
        let digest = Digest::of(b"abc");
        store.put(&digest, &"abc".into()).unwrap();
        fs::write(place(folder.path(), &digest), "abd").unwrap();
        assert_eq!(store.module(&digest), None);
        store.put(&digest, &"abc".into()).unwrap();
        assert_eq!(store.module(&digest).unwrap(), "abc");
    }

    #[test]
    fn modules_that_the_book_does_not_name_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Some(folder.path())).unwrap();
        let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
        store.put(&one, &"1".into()).unwrap();
        store.put(&two, &"2".into()).unwrap();
        store.keep(&book(&[&one, &two]), true).unwrap();
        assert!(store.module(&one).is_some() && store.module(&two).is_some());
        store.keep(&book(&[&two]), true).unwrap();
        assert!(store.module(&one).is_none() && store.module(&two).is_some());
    }

    #[test]
    fn a_book_that_cannot_be_read_is_an_error_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Some(folder.path())).unwrap();
        for text in ["", "{", r#"{"version": 2, "plugins": {}}"#] {
            fs::write(folder.path().join("plugins.json"), text).unwrap();
            assert!(store.book().is_err(), "{text}");
            assert_eq!(fs::read_to_string(folder.path().join("plugins.json")).unwrap(), text);
        }
    }

    #[test]
    fn without_a_folder_modules_are_there_as_long_as_the_book_names_them() {
        let store = Store::open(None).unwrap();
        let digest = Digest::of(b"abc");
        store.put(&digest, &"abc".into()).unwrap();
        store.keep(&book(&[&digest]), true).unwrap();
        assert_eq!(store.module(&digest).unwrap(), "abc");
        store.keep(&Book::default(), false).unwrap();
        assert!(store.module(&digest).is_some(), "it may be about to be named");
        store.keep(&Book::default(), true).unwrap();
        assert!(store.module(&digest).is_none());
    }
}
