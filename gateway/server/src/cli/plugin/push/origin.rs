//! What is pushed: a file as it is, or a project that is built first.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use bytes::Bytes;
use yumen_workshop::Project;

use super::{Failure, Global};
use crate::cli::plugin::make;

/// Folders of a project that tools write into.
const MADE: [&str; 3] = ["target", "node_modules", "__pycache__"];

/// Where the module comes from.
pub(super) enum Origin {
    /// A module.
    File(PathBuf),
    /// A plugin's folder, and where its tools are kept.
    Project(Box<Project>, Option<PathBuf>),
}

/// How a file or a project looks from outside: while that stays, it is not read again.
pub(super) type Stamp = (u64, SystemTime);

impl Origin {
    /// What is at `path`.
    pub(super) fn of(path: &Path, tools: Option<&Path>) -> Result<Self, Failure> {
        if !path.is_dir() {
            return Ok(Self::File(path.to_owned()));
        }
        Ok(Self::Project(Box::new(Project::open(path)?), tools.map(Path::to_owned)))
    }

    /// What a plugin of it is called: the project's name, or the file's without its ending.
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Self::File(path) => path.file_stem().and_then(|stem| stem.to_str()).map(|stem| stem.replace('_', "-")),
            Self::Project(project, _) => Some(project.name.clone()),
        }
    }

    /// The module's bytes as of now.
    pub(super) fn bytes(&self, global: &Global) -> Result<Bytes, Failure> {
        let path = match self {
            Self::File(path) => path.clone(),
            Self::Project(project, tools) => make::built(global, project, tools.as_deref())?.path,
        };
        let read = fs::read(&path).map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())));
        read.map(Bytes::from)
    }

    /// The look of the file, or of the sources. `None`: it is not there now.
    pub(super) fn stamp(&self) -> Option<Stamp> {
        match self {
            Self::File(path) => fs::metadata(path).and_then(|meta| Ok((meta.len(), meta.modified()?))).ok(),
            Self::Project(project, _) => sources(&project.folder, &project.component()),
        }
    }
}

/// How many bytes the sources below a folder have, and when the last of them was written. What tools make does not count.
fn sources(folder: &Path, component: &Path) -> Option<Stamp> {
    let mut newest = (0, SystemTime::UNIX_EPOCH);
    for entry in fs::read_dir(folder).ok()?.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if name.starts_with('.') || MADE.contains(&&*name) || path == component {
            continue;
        }
        let Ok(meta) = entry.metadata() else { continue };
        let seen = match meta.is_dir() {
            true => sources(&path, component),
            false => meta.modified().ok().map(|at| (meta.len(), at)),
        };
        let Some((size, at)) = seen else { continue };
        newest = (newest.0 + size, newest.1.max(at));
    }
    Some(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sources_count_as_a_change_of_a_project() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("src")).unwrap();
        fs::create_dir_all(at("target/debug")).unwrap();
        fs::write(at("src/lib.rs"), "one").unwrap();
        let look = || sources(folder.path(), &at("a.wasm"));
        let before = look();
        for made in ["a.wasm", "target/debug/a", ".lock"] {
            fs::write(at(made), "made").unwrap();
        }
        assert_eq!(look(), before, "what was built is no change");
        fs::write(at("src/lib.rs"), "other").unwrap();
        assert_ne!(look(), before);
    }

    #[test]
    fn a_plugin_is_called_as_its_file_or_its_project() {
        let folder = tempfile::tempdir().unwrap();
        let written = "name: add-tenant\nlang: c\nworld: filter\n";
        fs::write(folder.path().join("plugin.yaml"), written).unwrap();
        let project = Origin::of(folder.path(), None).unwrap_or_else(|_| panic!("it is a project"));
        assert_eq!(project.name().as_deref(), Some("add-tenant"));
        let file = Origin::of(Path::new("x/add_tenant.wasm"), None).unwrap_or_else(|_| panic!("it is a file"));
        assert_eq!(file.name().as_deref(), Some("add-tenant"));
        assert!(Origin::of(&std::env::temp_dir(), None).is_err(), "a folder without plugin.yaml");
    }
}
