//! Values that the file only points to: `{ env: NAME }` and `{ file: PATH }`.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    io::Read,
    path::{Path, PathBuf},
};

use super::{
    finding::{Code, Fault},
    node::Node,
};

/// Largest file that `{ file: PATH }` reads.
const MAX_SECRET_BYTES: u64 = 64 << 10;

/// Where such values come from.
pub(super) struct Outside<'a> {
    pub(super) environment: &'a BTreeMap<String, String>,
    /// Folder that relative paths count from.
    pub(super) folder: &'a Path,
    /// Files that were read.
    pub(super) files: RefCell<BTreeSet<PathBuf>>,
}

impl Outside<'_> {
    /// What `node` points to; `None` if it does not point anywhere.
    pub(super) fn fetch(&self, node: &Node) -> Option<Result<String, Fault>> {
        let (kind, target, default) = pointer(node)?;
        let found = match kind {
            "env" => self.variable(target),
            _ => self.file(target),
        };
        Some(found.or_else(|fault| default.map(str::to_owned).ok_or(fault)))
    }

    fn variable(&self, name: &str) -> Result<String, Fault> {
        self.environment.get(name).cloned().ok_or_else(|| {
            Fault::new(Code::UNSET_VARIABLE, format!("the environment variable {name} is not set"))
                .help(format!("set it, or write {{ env: {name}, default: \"…\" }}"))
        })
    }

    fn file(&self, path: &str) -> Result<String, Fault> {
        let fault = |why: &dyn std::fmt::Display| {
            Fault::new(Code::UNREADABLE_SECRET, format!("the file {path} cannot be read: {why}"))
                .help("relative paths count from the folder of the main file")
        };
        let mut text = String::new();
        let target = self.folder.join(path);
        self.files.borrow_mut().insert(target.clone());
        let file = std::fs::File::open(target).map_err(|error| fault(&words(&error)))?;
        file.take(MAX_SECRET_BYTES + 1).read_to_string(&mut text).map_err(|error| fault(&words(&error)))?;
        if text.len() as u64 > MAX_SECRET_BYTES {
            return Err(fault(&"it is larger than 64 KiB"));
        }
        text.truncate(text.trim_end_matches(['\r', '\n']).len());
        Ok(text)
    }
}

/// Why a file cannot be read, in the user's words.
pub(super) fn words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        std::io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        _ => error.to_string(),
    }
}

/// Reads `{ env: NAME }`, `{ file: PATH }`, each with an optional `default`.
fn pointer(node: &Node) -> Option<(&str, &str, Option<&str>)> {
    let entries = node.entries();
    let default = node.entry("default").map(|entry| &entry.value);
    if entries.len() != 1 + usize::from(default.is_some()) {
        return None;
    }
    let target = entries.iter().find(|entry| matches!(&*entry.key.text, "env" | "file"))?;
    let default = match default {
        Some(value) => Some(value.text()?),
        None => None,
    };
    Some((&target.key.text, target.value.text()?, default))
}
