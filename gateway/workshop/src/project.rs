//! A plugin's folder, as its `plugin.yaml` describes it.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;
use yumen_plugin_host::{Grants, Kind, Limits};

use crate::{language::Language, language::world, trouble::Trouble};

/// How long a callback may compute in a test: more than in a gateway, because an author's machine does other things too.
const PATIENCE: Duration = Duration::from_secs(1);

/// The file that makes a folder a project.
const FILE: &str = "plugin.yaml";

/// A plugin's folder.
#[derive(Debug, Clone)]
pub struct Project {
    /// The folder.
    pub folder: PathBuf,
    /// The plugin's name; its component is `NAME.wasm`.
    pub name: String,
    /// The plugin's version, as its author counts.
    pub version: String,
    /// What it is written in.
    pub language: Language,
    /// What it is.
    pub world: Kind,
    /// What it wants to be granted; its tests grant it that.
    pub grants: Grants,
    /// Whether WASI stays imported by languages that would do without it.
    pub wasi: bool,
    /// For [`Language::Other`]: how it is built.
    pub build: Option<OwnBuild>,
    /// Budgets in tests.
    pub limits: Limits,
}

/// A build by a command of the author's.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnBuild {
    /// Program and arguments, run in the folder.
    pub command: Vec<String>,
    /// The core module or component that it leaves, relative to the folder.
    pub output: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default)]
    version: String,
    lang: Language,
    world: String,
    #[serde(default)]
    grants: Grants,
    #[serde(default)]
    wasi: bool,
    #[serde(default)]
    build: Option<OwnBuild>,
    #[serde(default)]
    limits: WrittenLimits,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLimits {
    memory_mib: Option<u64>,
    time_ms: Option<u64>,
    table: Option<u32>,
}

impl Project {
    /// Reads `plugin.yaml` of a folder.
    ///
    /// # Errors
    /// The folder is no project, or the file does not hold.
    pub fn open(folder: &Path) -> Result<Self, Trouble> {
        let path = folder.join(FILE);
        let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                Trouble::new(format!("{} is no plugin's folder: it has no {FILE}", shown(folder)))
                    .help("go into one, or make one: yumen plugin new NAME --lang rust")
            }
            _ => Trouble::file("read", &path, &error),
        })?;
        let written: Written =
            serde_saphyr::from_str(&text).map_err(|error| Trouble::new(format!("{}: {error}", path.display())))?;
        let Some(world) = world(&written.world) else {
            let message = format!("{}: there is no world {:?}", path.display(), written.world);
            return Err(Trouble::new(message).help("filter, router, load-balancer or service"));
        };
        judge_name(&written.name)?;
        if written.lang == Language::Other && written.build.is_none() {
            let message = format!("{}: nothing says how the plugin is built", path.display());
            return Err(Trouble::new(message).help("add build: { command: [make], output: plugin.wasm }"));
        }
        Ok(Self {
            folder: folder.to_owned(),
            name: written.name,
            version: written.version,
            language: written.lang,
            world,
            grants: written.grants,
            wasi: written.wasi,
            build: written.build,
            limits: limits(&written.limits),
        })
    }

    /// Where the component is put.
    #[must_use]
    pub fn component(&self) -> PathBuf {
        self.folder.join(format!("{}.wasm", self.name))
    }

    /// The folder for what is made on the way.
    pub(crate) fn workroom(&self) -> Result<PathBuf, Trouble> {
        let path = self.folder.join(".yumen");
        fs::create_dir_all(&path).map_err(|error| Trouble::file("made", &path, &error))?;
        Ok(path)
    }
}

fn limits(written: &WrittenLimits) -> Limits {
    let usual = Limits::default();
    Limits {
        memory: written.memory_mib.map_or(usual.memory, |mib| mib << 20),
        time: written.time_ms.map_or(PATIENCE, Duration::from_millis),
        table: written.table.unwrap_or(usual.table),
        ..usual
    }
}

/// A plugin's name is a file's name and a word in many languages: lower case, digits and dashes.
pub(crate) fn judge_name(name: &str) -> Result<(), Trouble> {
    let first = name.chars().next().is_some_and(|first| first.is_ascii_lowercase());
    let rest = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if first && rest && name.len() <= 64 && !name.ends_with('-') {
        return Ok(());
    }
    Err(Trouble::new(format!("{name:?} cannot be a plugin's name"))
        .help("lower-case letters, digits and dashes, a letter first: add-tenant"))
}

fn shown(folder: &Path) -> String {
    match folder.as_os_str().is_empty() || folder == Path::new(".") {
        true => "this folder".to_owned(),
        false => folder.display().to_string(),
    }
}
