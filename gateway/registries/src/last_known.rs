//! What a registry said last, kept on disk: a restart serves although the registry is away.
//!
//! One file for the providers of a service, one for its definition:
//!
//! ```text
//!  <folder>/<service key, encoded>.providers.json   {"service": "g/a.b.C:1.0", "providers": ["dubbo://…", …],
//!                                                    "overrides": ["override://…", …]}
//!  <folder>/<service key, encoded>.definition.json  the definition as the metadata centre holds it
//! ```
//! A file is written beside its place, flushed to the disk, and renamed: a reader sees the old or the new one, whole.
//! What cannot be read counts as not there. Providers are kept as they registered, with the rules beside them, so that
//! one whom an operator took out stays out.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use yumen_dubbo::service_key::ServiceKey;
use yumen_dubbo::url::DubboUrl;

/// Largest file that is read.
const MAX_BYTES: u64 = 32 * 1024 * 1024;
/// Longest encoded key in a file name; most file systems allow 255 bytes for the whole.
const MAX_NAME: usize = 180;
/// What stays readable in file names.
const IN_NAMES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b'$');

/// A folder of last known lists. Clones share it.
#[derive(Debug, Clone)]
pub struct LastKnown {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    /// What is to be written, by file name: a newer text takes the place of one that still waits.
    waiting: Mutex<BTreeMap<String, Vec<u8>>>,
    /// Whether the writer is at work.
    writing: watch::Sender<bool>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    service: String,
    providers: Vec<String>,
    #[serde(default)]
    overrides: Vec<String>,
}

/// What a registry listed for a service.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listed {
    /// The providers as they registered.
    pub providers: Vec<DubboUrl>,
    /// The `override://` rules about the service.
    pub overrides: Vec<DubboUrl>,
}

impl LastKnown {
    /// Keeps lists in `folder`, which is made when first needed.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let shared = Shared { folder: folder.into(), waiting: Mutex::default(), writing: watch::Sender::new(false) };
        Self { shared: Arc::new(shared) }
    }

    /// The providers a service had when they were last heard of, with their rules. A URL that cannot be read is left
    /// out.
    pub fn providers(&self, key: &ServiceKey) -> Listed {
        let Some(text) = self.read(&file_name(key, "providers")) else { return Listed::default() };
        let kept: Option<Kept> = serde_json::from_slice(&text).ok();
        let kept = kept.filter(|kept| kept.service == key.to_string());
        let parse = |urls: Vec<String>| urls.iter().filter_map(|url| DubboUrl::parse(url).ok()).collect();
        kept.map(|kept| Listed { providers: parse(kept.providers), overrides: parse(kept.overrides) })
            .unwrap_or_default()
    }

    /// The definition a service had, as text.
    pub fn definition(&self, key: &ServiceKey) -> Option<Vec<u8>> {
        self.read(&file_name(key, "definition"))
    }

    /// Keeps the providers of a service, as they registered, and the rules about them. Returns at once; a disk that
    /// refuses costs a warning, a disk that hangs nothing else. To be called inside a runtime.
    pub fn keep_providers(&self, key: &ServiceKey, providers: &[DubboUrl], overrides: &[DubboUrl]) {
        let texts = |urls: &[DubboUrl]| urls.iter().map(ToString::to_string).collect();
        let kept = Kept { service: key.to_string(), providers: texts(providers), overrides: texts(overrides) };
        if let Ok(text) = serde_json::to_vec_pretty(&kept) {
            self.keep(file_name(key, "providers"), text);
        }
    }

    /// Keeps the definition of a service, as [`LastKnown::keep_providers`] does.
    pub fn keep_definition(&self, key: &ServiceKey, text: Vec<u8>) {
        self.keep(file_name(key, "definition"), text);
    }

    /// Waits until all that was to be kept is on the disk, or was refused by it.
    pub async fn written(&self) {
        let mut writing = self.shared.writing.subscribe();
        // Fails only without a sender, and we hold one.
        let _ = writing.wait_for(|writing| !writing).await;
    }

    fn keep(&self, name: String, text: Vec<u8>) {
        let mut waiting = self.shared.waiting();
        waiting.insert(name, text);
        if !self.shared.writing.send_replace(true) {
            let shared = self.shared.clone();
            tokio::task::spawn_blocking(move || shared.write_all());
        }
    }

    fn read(&self, name: &str) -> Option<Vec<u8>> {
        let path = self.shared.folder.join(name);
        match read(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "the last known list cannot be read");
                None
            }
        }
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes until nothing waits. There is one writer at a time, so what was heard last is written last.
    fn write_all(&self) {
        loop {
            let mut waiting = self.waiting();
            let Some((name, text)) = waiting.pop_first() else {
                self.writing.send_replace(false);
                return;
            };
            drop(waiting);
            if let Err(error) = write(&self.folder, &name, &text) {
                let path = self.folder.join(name);
                tracing::warn!(path = %path.display(), %error, "the last known list cannot be kept");
            }
        }
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut text)?;
    match u64::try_from(text.len()) {
        Ok(length) if length <= MAX_BYTES => Ok(text),
        _ => Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than any list")),
    }
}

fn write(folder: &Path, name: &str, text: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let beside = folder.join(format!(".{name}.new"));
    let mut file = File::create(&beside)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&beside, folder.join(name))?;
    File::open(folder)?.sync_all()
}

/// A name that no key can turn into a path elsewhere; a long one keeps its end apart by a checksum.
fn file_name(key: &ServiceKey, what: &str) -> String {
    let text = key.to_string();
    let mut name = utf8_percent_encode(&text, IN_NAMES).to_string();
    if name.len() > MAX_NAME {
        name.truncate(MAX_NAME);
        name = format!("{name}~{:016x}", checksum(text.as_bytes()));
    }
    format!("{name}.{what}.json")
}

/// FNV-1a: the same in every run and version, which the standard library's hash does not promise.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests;
