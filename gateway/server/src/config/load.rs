//! Files, environment and flags to a [`Loaded`] configuration, or to every fault in them.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashSet},
    io::Read,
    path::{Path, PathBuf},
};

use super::{
    echo::Remains,
    environment::{self, Override},
    finding::{Code, Finding, Findings, Severity},
    locate::{ConfigPath, Document, Place, SourceText},
    model::{Config, PluginSource},
    node::{Entry, Kind, Node},
    outside::{Outside, words},
    parse::{Budget, parse},
    references,
    repair::{self, Shape},
};

/// Largest single file.
const MAX_FILE_BYTES: u64 = 4 << 20;
/// Lists that an included file may add to.
const INCLUDED_LISTS: [&str; 6] = ["listeners", "registries", "plugins", "clusters", "services", "routes"];

/// Where a configuration comes from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The main file, named as the user did.
    pub file: PathBuf,
    /// Text used instead of reading `file`.
    pub text: Option<String>,
    /// Environment variables, by name.
    pub environment: BTreeMap<String, String>,
    /// Overrides from the command line, in order.
    pub overrides: Vec<Override>,
}

impl Sources {
    /// A file, under the environment of this process.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let utf8 = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self { file: path.into(), environment: std::env::vars_os().filter_map(utf8).collect(), ..Self::default() }
    }

    /// A text that stands for the file `name`, with an empty environment.
    #[must_use]
    pub fn text(name: &str, text: impl Into<String>) -> Self {
        Self { file: name.into(), text: Some(text.into()), ..Self::default() }
    }
}

/// A configuration that can be used.
#[derive(Debug)]
pub struct Loaded {
    /// What it says.
    pub config: Config,
    /// Doubts about it.
    pub warnings: Vec<Finding>,
    /// What was read, to give findings of later stages their places.
    pub document: Document,
    /// Every file that was read, and patterns that new files may come to match; a change means a new configuration.
    pub files: Vec<PathBuf>,
}

/// Reads and checks everything that the file alone can tell. Dials nothing.
///
/// # Errors
/// All faults that were found, at most some forty of each stage.
pub fn load(sources: &Sources) -> Result<Loaded, Findings> {
    let mut reading = Reading::new(sources);
    if !reading.files() {
        return Err(Findings {
            list: reading.findings,
            document: reading.document,
            remains: None,
            files: reading.files.into(),
        });
    }
    let Reading { mut document, mut files, mut findings, complete, .. } = reading;
    environment::apply_environment(&mut document, &sources.environment, &mut findings);
    environment::apply_overrides(&mut document, &sources.overrides, &mut findings);
    literal_variables(&document.root, &mut findings);

    let outside =
        Outside { environment: &sources.environment, folder: folder(&sources.file), files: RefCell::default() };
    let Shape { config, findings: faults, mut damage, .. } = repair::read(&mut document, &outside);
    damage.names_lost = !complete;
    findings.extend(faults.into_iter().map(|finding| environment::reword(finding, &document)));
    if let Some(config) = &config {
        let found = references::check(config, &document);
        findings.extend(found.into_iter().filter(|finding| !damage.explains(finding)));
    }
    sort(&mut findings, &document);
    files.extend(outside.files.take());
    match config {
        Some(mut config) if findings.iter().all(|finding| finding.severity == Severity::Warning) => {
            for path in config.registries.iter_mut().filter_map(|registry| registry.path.as_mut()) {
                *path = outside.folder.join(&path);
            }
            for plugin in &mut config.plugins {
                if let PluginSource::File(path) = &mut plugin.source {
                    *path = outside.folder.join(&path);
                }
            }
            once_each(&mut findings, &document);
            Ok(Loaded { config, warnings: findings, document, files })
        }
        config => {
            let remains = config.map(|config| Box::new(Remains::new(config, damage, &findings)));
            once_each(&mut findings, &document);
            Err(Findings { list: findings, document, remains, files: files.into() })
        }
    }
}

/// The folder that relative paths in the main file count from.
fn folder(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new(""))
}

/// In the order of the sources, each from top to bottom.
fn sort(findings: &mut [Finding], document: &Document) {
    findings.sort_by_key(|finding| {
        let place = place_of(finding, document);
        (place.source, place.start)
    });
}

/// What stands under an anchor is at fault once, however many aliases repeat it.
pub(crate) fn once_each(findings: &mut Vec<Finding>, document: &Document) {
    let mut told = HashSet::new();
    findings.retain(|finding| {
        let place = place_of(finding, document);
        told.insert((place.source, place.start, finding.code, finding.message.clone()))
    });
}

fn place_of(finding: &Finding, document: &Document) -> Place {
    finding.place.unwrap_or_else(|| document.place_of(&finding.at, finding.part))
}

/// The first step: texts to one tree.
struct Reading<'a> {
    sources: &'a Sources,
    document: Document,
    files: Vec<PathBuf>,
    findings: Vec<Finding>,
    /// Every included file could be read.
    complete: bool,
}

impl<'a> Reading<'a> {
    fn new(sources: &'a Sources) -> Self {
        Self { sources, document: Document::default(), files: Vec::new(), findings: Vec::new(), complete: true }
    }

    /// Reads the main file and what it includes. False when there is nothing to go on with.
    fn files(&mut self) -> bool {
        let mut budget = Budget::default();
        let main = self.sources.file.clone();
        let text = match &self.sources.text {
            Some(text) => Ok(text.clone()),
            None => read_file(&main),
        };
        self.files.push(main.clone());
        let Some(root) = self.parse(&main, text, &mut budget, None) else { return false };
        self.document.root = without_own_keys(root);
        for (path, place) in self.included() {
            let text = read_file(&path);
            self.files.push(path.clone());
            match self.parse(&path, text, &mut budget, Some(place)) {
                Some(root) => self.add(root),
                None => self.complete = false,
            }
        }
        true
    }

    /// Parses one text into a tree and keeps the text; `included_at` is the place that named the file.
    fn parse(
        &mut self,
        path: &Path,
        text: Result<String, Finding>,
        budget: &mut Budget,
        included_at: Option<Place>,
    ) -> Option<Node> {
        let source = u32::try_from(self.document.sources.len()).unwrap_or(u32::MAX);
        let name = path.display().to_string();
        let (text, fault) = match text {
            Ok(text) => (text, None),
            Err(fault) => (String::new(), Some(fault)),
        };
        self.document.sources.push(SourceText { name, text: text.clone().into(), is_file: true });
        if let Some(mut fault) = fault {
            let help = match included_at {
                Some(_) => "paths in include count from the folder of the main file; a pattern is routes/*.yaml",
                None => "name another file with -c FILE",
            };
            fault.help.get_or_insert_with(|| help.into());
            let place = included_at.unwrap_or(Place { source, ..Place::default() });
            self.findings.push(fault.at_place(place));
            return None;
        }
        match parse(&text, source, budget, &mut self.findings) {
            Ok(root) => Some(root),
            Err(fault) => {
                self.findings.push(*fault);
                None
            }
        }
    }

    /// Files named by `include`, patterns unfolded in name order, each with the place of its entry.
    fn included(&mut self) -> Vec<(PathBuf, Place)> {
        let entries: Vec<(String, Place)> = match self.document.root.entry("include") {
            Some(entry) => entry.value.items().iter().filter_map(|i| Some((i.text()?.to_owned(), i.place))).collect(),
            None => Vec::new(),
        };
        let mut files = Vec::new();
        for (index, (pattern, place)) in entries.into_iter().enumerate() {
            let at = ConfigPath::root().key("include").index(index);
            let full = folder(&self.sources.file).join(&pattern);
            if pattern.contains('*') {
                self.files.push(full.clone());
            }
            match matching(&full) {
                Ok(found) if found.is_empty() => {
                    let message = format!("no file matches {pattern:?}");
                    self.findings.push(Finding::warning(Code::INCLUDE_MATCHES_NOTHING, at, message));
                }
                // A pattern may cover the main file, or a file twice: once is meant.
                Ok(found) => {
                    for file in found.into_iter().filter(|file| *file != self.sources.file) {
                        if !files.iter().any(|(known, _)| *known == file) {
                            files.push((file, place));
                        }
                    }
                }
                Err(why) => {
                    let finding = Finding::error(Code::BAD_INCLUDE, at, why);
                    self.findings.push(finding.help("write one entry for each folder: [a/*.yaml, b/*.yaml]"));
                    self.complete = false;
                }
            }
        }
        files
    }

    /// Adds the lists of an included file to the main tree.
    fn add(&mut self, included: Node) {
        let Kind::Mapping(entries) = without_own_keys(included).kind else {
            let message = "an included file holds listeners, registries, plugins, clusters, services or routes";
            let source = u32::try_from(self.document.sources.len() - 1).unwrap_or(u32::MAX);
            let finding = Finding::error(Code::BAD_INCLUDE, ConfigPath::root(), message);
            let finding = finding.help("write routes: and the list below it");
            self.findings.push(finding.at_place(Place { source, ..Place::default() }));
            return;
        };
        for entry in entries {
            match &*entry.key.text {
                "version" if entry.value.text() == Some("1") => {}
                list if INCLUDED_LISTS.contains(&list) => self.append(entry),
                other => {
                    let message = format!("key {other:?} cannot be in an included file");
                    let finding = Finding::error(Code::BAD_INCLUDE, ConfigPath::root(), message);
                    let finding = finding.suggest(other, INCLUDED_LISTS).help("move it to the main file");
                    self.findings.push(finding.at_place(entry.key.place));
                }
            }
        }
    }

    fn append(&mut self, entry: Entry) {
        let list = super::Segment::Key(entry.key.text.to_string());
        match (self.document.root.step_mut(&list).map(|node| &mut node.kind), entry.value.kind) {
            (Some(Kind::Sequence(items)), Kind::Sequence(more)) => items.extend(more),
            (_, kind) => self.document.root.put(entry.key, Node { kind, place: entry.value.place }),
        }
    }
}

/// Reads one file of bounded size.
fn read_file(path: &Path) -> Result<String, Finding> {
    let root = ConfigPath::root;
    let unreadable = |error: std::io::Error| {
        let message = format!("{} cannot be read: {}", path.display(), words(&error));
        Finding::error(Code::UNREADABLE, root(), message)
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        let message = format!("{} is larger than 4MiB", path.display());
        return Err(Finding::error(Code::TOO_LARGE, root(), message).help("split it and include the parts"));
    }
    String::from_utf8(bytes).map_err(|_| {
        let message = format!("{} is not UTF-8 text", path.display());
        Finding::error(Code::UNREADABLE, root(), message).help("save it as UTF-8")
    })
}

/// Files that `pattern` names, in name order: itself, or with one or more `*` in its last part.
fn matching(pattern: &Path) -> Result<Vec<PathBuf>, String> {
    let last = pattern.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let parent = pattern.parent().unwrap_or(Path::new(""));
    if parent.to_string_lossy().contains('*') {
        return Err("\"*\" can only stand in the last part of a path".to_owned());
    }
    if !last.contains('*') {
        return Ok(vec![pattern.to_owned()]);
    }
    let shown = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    let entries = match std::fs::read_dir(shown) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("{} cannot be listed: {}", parent.display(), words(&error))),
    };
    let mut names: Vec<_> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.retain(|name| !name.starts_with('.') && fits(last, name));
    names.sort();
    Ok(names.into_iter().map(|name| parent.join(name)).collect())
}

/// Whether `name` fits `pattern`, in which `*` stands for any text.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|tail| {
            tail.char_indices().map(|(at, _)| at).chain([tail.len()]).any(|at| fits(rest, &tail[at..]))
        }),
    }
}

/// Without the top-level keys that only hold anchors.
fn without_own_keys(mut root: Node) -> Node {
    if let Kind::Mapping(entries) = &mut root.kind {
        entries.retain(|entry| !entry.key.text.starts_with("x-"));
    }
    root
}

/// Warns of texts that look as if a variable were to be pasted into them.
fn literal_variables(node: &Node, findings: &mut Vec<Finding>) {
    let variable = node.text().and_then(|text| {
        let (_, tail) = text.split_once("${")?;
        let (name, _) = tail.split_once('}')?;
        Some(name)
    });
    if let Some(name) = variable {
        let message = format!("\"${{{name}}}\" stays as it is: variables are not pasted into texts");
        let finding = Finding::warning(Code::LITERAL_VARIABLE, ConfigPath::root(), message);
        let name = name.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
        findings.push(finding.help(format!("write {{ env: {name} }} as the whole value")).at_place(node.place));
    }
    node.items().iter().for_each(|item| literal_variables(item, findings));
    node.entries().iter().for_each(|entry| literal_variables(&entry.value, findings));
}
