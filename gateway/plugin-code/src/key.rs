//! The secret with which the gateway knows its own code again.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The file of the key in its folder.
const FILE: &str = "key";

/// Bytes of the key.
const SIZE: usize = 32;

/// A secret of this gateway's user.
pub struct Key([u8; SIZE]);

impl Key {
    /// The key of a folder; made at the first time. An error when anybody but this user could have read or written it.
    pub fn at(folder: &Path) -> Result<Key, Error> {
        let file = folder.join(FILE);
        match Key::make(&file) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Key::read(&file),
            made => made,
        }
    }

    /// Written under another name and linked, so that no reader sees half a key.
    fn make(file: &Path) -> Result<Key, Error> {
        let mut key = [0; SIZE];
        getrandom::fill(&mut key).map_err(Error::other)?;
        let fresh = file.with_extension(format!("{}", std::process::id()));
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&fresh)
            .and_then(|mut out| out.write_all(&key).and_then(|()| out.sync_all()))
            .and_then(|()| std::fs::hard_link(&fresh, file));
        // Left behind it would only be an unused secret.
        let _ = std::fs::remove_file(&fresh);
        written.map(|()| Key(key))
    }

    fn read(file: &Path) -> Result<Key, Error> {
        let mut open = File::open(file)?;
        let about = open.metadata()?;
        if about.uid() != rustix::process::geteuid().as_raw() || about.mode() & 0o077 != 0 {
            return Err(Error::new(ErrorKind::PermissionDenied, format!("{} is open to others", file.display())));
        }
        let mut key = [0; SIZE];
        open.read_exact(&mut key)?;
        Ok(Key(key))
    }

    pub(crate) fn tag(&self, label: &str, code: &[u8]) -> [u8; SIZE] {
        self.over(label, code).finalize().into_bytes().into()
    }

    pub(crate) fn made(&self, label: &str, code: &[u8], tag: &[u8]) -> bool {
        self.over(label, code).verify_slice(tag).is_ok()
    }

    fn over(&self, label: &str, code: &[u8]) -> Hmac<Sha256> {
        // A key of exactly one block needs no hashing and no error.
        let mut block = [0; 64];
        block[..SIZE].copy_from_slice(&self.0);
        let mut mac = <Hmac<Sha256> as Mac>::new(&block.into());
        mac.update(&u64::try_from(label.len()).unwrap_or(u64::MAX).to_le_bytes());
        mac.update(label.as_bytes());
        mac.update(code);
        mac
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_that_others_may_read_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        Key::at(folder.path()).unwrap();
        let file = folder.path().join(FILE);
        assert_eq!(std::fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(Key::at(folder.path()).err().unwrap().kind(), ErrorKind::PermissionDenied);
    }

    #[test]
    fn a_key_cut_short_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        Key::at(folder.path()).unwrap();
        std::fs::write(folder.path().join(FILE), b"short").unwrap();
        assert!(Key::at(folder.path()).is_err());
    }
}
