//! Compiled code on disk, so that a plugin seen before serves at once.
//!
//! `FOLDER/v1/DIGEST-ENGINE.code`, written aside and renamed, readable by the gateway's user alone. The gateway writes it and nobody else
//! can: `yumen-plugin-code` says how that is known. What is damaged, foreign or made for another engine counts as not there.

use std::fs::{DirBuilder, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Error, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use wasmtime::component::Component;
use yumen_plugin_code::{Key, open, seal};

use crate::spec::Digest;

/// Files that are kept; those that nobody used for longest go first.
const FILES: usize = 128;

/// The cache, or none: without a folder that is safe to use, everything is compiled.
pub(crate) struct Cache {
    at: Option<(PathBuf, Key)>,
    written: AtomicU64,
}

impl Cache {
    /// Opens the cache in `folder`, which is made when it is missing. Whatever speaks against using it is logged once.
    pub(crate) fn open(folder: Option<&Path>) -> Cache {
        let at = folder.and_then(|folder| match prepare(folder) {
            Ok(at) => Some(at),
            Err(error) => {
                tracing::warn!(folder = %folder.display(), %error, "compiled plugins are not kept");
                None
            }
        });
        Cache { at, written: AtomicU64::new(0) }
    }

    /// The code of this component, if it was kept by this gateway for this engine.
    pub(crate) fn get(&self, engine: &wasmtime::Engine, digest: &Digest) -> Option<Component> {
        let (folder, key) = self.at.as_ref()?;
        let label = label(engine, digest);
        let path = folder.join(&label);
        let kept = std::fs::read(&path).ok()?;
        used(&path);
        let component = open(key, &label, engine, &kept);
        if component.is_none() {
            tracing::warn!(file = label, "kept code of a plugin is damaged or foreign; compiling anew");
        }
        component
    }

    /// Keeps the code. A full or read-only disk only costs the next start its time.
    pub(crate) fn put(&self, engine: &wasmtime::Engine, digest: &Digest, component: &Component) {
        let Some((folder, key)) = &self.at else { return };
        let label = label(engine, digest);
        let sealed = seal(key, &label, component).map_err(Error::other);
        let kept = sealed.and_then(|kept| self.write(folder, &label, &kept)).and_then(|()| thin_out(folder));
        if let Err(error) = kept {
            tracing::warn!(file = label, %error, "compiled plugin is not kept");
        }
    }

    fn write(&self, folder: &Path, name: &str, kept: &[u8]) -> Result<(), Error> {
        let turn = self.written.fetch_add(1, Ordering::Relaxed);
        let fresh = folder.join(format!("{name}.{}.{turn}", std::process::id()));
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&fresh)
            .and_then(|mut out| out.write_all(kept))
            .and_then(|()| std::fs::rename(&fresh, folder.join(name)));
        if written.is_err() {
            let _ = std::fs::remove_file(&fresh);
        }
        written
    }
}

/// Notes that a file was used now. That it cannot be noted costs a compilation at most.
fn used(path: &Path) {
    let _ = OpenOptions::new().append(true).open(path).and_then(|file| file.set_modified(SystemTime::now()));
}

/// Lets the files go that were not used for longest, until no more than [`FILES`] are left; what a gateway that ended in the
/// middle of writing left behind counts, too.
fn thin_out(folder: &Path) -> Result<(), Error> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)?.flatten() {
        if entry.file_name().to_string_lossy().contains(".code") {
            files.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    files.sort_unstable();
    for (_, path) in files.iter().take(files.len().saturating_sub(FILES)) {
        std::fs::remove_file(path)?;
    }
    Ok(())
}

/// Makes the folder, checks that it is ours alone, and reads the key.
fn prepare(folder: &Path) -> Result<(PathBuf, Key), Error> {
    let folder = folder.join("v1");
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let about = std::fs::symlink_metadata(&folder)?;
    if !about.is_dir() || about.uid() != rustix::process::geteuid().as_raw() || about.mode() & 0o077 != 0 {
        return Err(Error::new(ErrorKind::PermissionDenied, "the folder is open to others"));
    }
    let key = Key::at(&folder)?;
    Ok((folder, key))
}

/// What the code was made of: the component, and everything of the engine that its code depends on.
fn label(engine: &wasmtime::Engine, digest: &Digest) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{}-{:016x}.code", digest.hex(), hasher.finish())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::engine::Engine;

    fn kept() -> (tempfile::TempDir, std::sync::Arc<Engine>, Digest, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::start(4).unwrap();
        let bytes = wat::parse_str("(component (core module (func)))").unwrap();
        let digest = Digest::of(&bytes);
        let cache = Cache::open(Some(folder.path()));
        assert!(cache.get(engine.wasm(), &digest).is_none());
        cache.put(engine.wasm(), &digest, &Component::new(engine.wasm(), &bytes).unwrap());
        let file = folder.path().join("v1").join(label(engine.wasm(), &digest));
        (folder, engine, digest, file)
    }

    #[test]
    fn kept_code_is_found_again_by_the_next_start_and_readable_by_its_user_alone() {
        let (folder, engine, digest, file) = kept();
        assert!(Cache::open(Some(folder.path())).get(engine.wasm(), &digest).is_some());
        let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    }

    #[test]
    fn a_damaged_file_counts_as_not_there_and_is_written_anew() {
        let (folder, engine, digest, file) = kept();
        let mut bytes = std::fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0xff;
        std::fs::write(&file, bytes).unwrap();
        let cache = Cache::open(Some(folder.path()));
        assert!(cache.get(engine.wasm(), &digest).is_none());
        let again = Component::new(engine.wasm(), wat::parse_str("(component (core module (func)))").unwrap()).unwrap();
        cache.put(engine.wasm(), &digest, &again);
        assert!(cache.get(engine.wasm(), &digest).is_some());
    }

    #[test]
    fn what_was_not_used_for_longest_makes_room() {
        let (folder, engine, digest, file) = kept();
        let others = file.parent().unwrap();
        for number in 0..FILES {
            std::fs::write(others.join(format!("{number}.code.1.0")), "left behind").unwrap();
        }
        let cache = Cache::open(Some(folder.path()));
        assert!(cache.get(engine.wasm(), &digest).is_some(), "it is used now");
        let component = Component::new(engine.wasm(), wat::parse_str("(component)").unwrap()).unwrap();
        cache.put(engine.wasm(), &Digest::of(b"another"), &component);
        let left = std::fs::read_dir(others).unwrap().flatten();
        assert_eq!(left.filter(|entry| entry.file_name().to_string_lossy().contains(".code")).count(), FILES);
        assert!(cache.get(engine.wasm(), &digest).is_some(), "what is used stays");
    }

    #[test]
    fn a_folder_that_others_may_enter_is_not_used() {
        let (folder, engine, digest, file) = kept();
        std::fs::set_permissions(file.parent().unwrap(), std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(Cache::open(Some(folder.path())).get(engine.wasm(), &digest).is_none());
    }
}
