//! Where a plugin's bytes come from, and what tells that a file has changed.

mod https;

use std::{
    fmt, fs,
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use bytes::Bytes;

pub(crate) use https::Fetch;

use crate::limits::Limits;

/// Where a plugin's bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file, watched: new bytes in it are loaded and serve.
    File(PathBuf),
    /// An https address, with the digest of what lies there.
    Https(String),
    /// A plugin that comes with the gateway.
    Builtin(String),
    /// Whatever is uploaded and activated.
    Upload,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Https(address) => f.write_str(address),
            Self::Builtin(name) => write!(f, "builtin:{name}"),
            Self::Upload => f.write_str("upload"),
        }
    }
}

/// What tells one state of a file from another; `None`: it is not there.
pub(crate) type Stamp = Option<(u64, u64, u64, i64, i64)>;

/// A file's identity, length and last change; links are followed.
pub(crate) fn stamp(file: &Path) -> Stamp {
    let meta = fs::metadata(file).ok()?;
    // The change time moves also when the content was replaced by one as old and as long.
    Some((meta.dev(), meta.ino(), meta.size(), meta.ctime(), meta.ctime_nsec()))
}

/// The bytes of a module's file.
///
/// # Errors
/// In plain words, without the path.
pub(crate) fn read(file: &Path) -> Result<Bytes, String> {
    let mut bytes = Vec::new();
    let opened = fs::File::open(file).map_err(|error| words(&error))?;
    if opened.metadata().is_ok_and(|meta| !meta.is_file()) {
        return Err("it is no file".to_owned());
    }
    opened.take(Limits::MODULE_MOST as u64 + 1).read_to_end(&mut bytes).map_err(|error| words(&error))?;
    match bytes.len() {
        0 => Err("it is empty".to_owned()),
        length if length > Limits::MODULE_MOST => Err("it is larger than 64 MiB".to_owned()),
        _ => Ok(bytes.into()),
    }
}

fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_a_module_is_told_in_plain_words() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(&folder.path().join("a.wasm")).unwrap_err(), "there is no such file");
        assert_eq!(read(folder.path()).unwrap_err(), "it is no file");
        let empty = folder.path().join("b.wasm");
        fs::write(&empty, "").unwrap();
        assert_eq!(read(&empty).unwrap_err(), "it is empty");
        let large = fs::File::create(folder.path().join("c.wasm")).unwrap();
        large.set_len(Limits::MODULE_MOST as u64 + 1).unwrap();
        assert_eq!(read(&folder.path().join("c.wasm")).unwrap_err(), "it is larger than 64 MiB");
    }

    #[test]
    fn a_file_put_in_the_place_of_another_has_another_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let (file, other) = (folder.path().join("a.wasm"), folder.path().join("b.wasm"));
        assert_eq!(stamp(&file), None);
        fs::write(&file, "1").unwrap();
        fs::write(&other, "2").unwrap();
        let before = stamp(&file);
        assert_eq!(stamp(&file), before);
        fs::rename(&other, &file).unwrap();
        assert_ne!(stamp(&file), before);
    }
}
