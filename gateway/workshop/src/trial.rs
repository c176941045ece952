//! `yumen plugin test`: the cases in `tests/*.yaml`, run in a host of their own.

mod choice;
mod exchange;
mod seen;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use serde::Serialize;
use yumen_plugin_host::{Artifact, Host, HostOptions, Kind, LoadError, Pools, Spec, Step, Version, level_name};

use crate::{case::Case, project::Project, trouble::Trouble};
use seen::Seen;

/// What became of all cases.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// One entry a case, in the order of files and cases.
    pub cases: Vec<Verdict>,
}

impl Report {
    /// How many did not pass.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.cases.iter().filter(|case| !case.passed()).count()
    }
}

/// What became of one case.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// The file's name.
    pub file: String,
    /// The case's name.
    pub name: String,
    /// From the first phase to the last; loading is not counted.
    #[serde(serialize_with = "milliseconds", rename = "ms")]
    pub took: Duration,
    /// What differs from what was expected. Empty: it passed.
    pub differences: Vec<String>,
    /// What the plugin logged.
    pub log: Vec<String>,
}

impl Verdict {
    /// Whether everything was as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}

fn milliseconds<S: serde::Serializer>(took: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64((took.as_secs_f64() * 1e6).round() / 1e3)
}

/// Runs every case of a project against its component; `done` hears of each as it ends.
///
/// # Errors
/// There is no component or no case, a file of cases does not hold, or no host starts.
pub fn trial(project: &Project, done: &mut dyn FnMut(&Verdict)) -> Result<Report, Trouble> {
    let files = files(&project.folder.join("tests"))?;
    let component = project.component();
    let bytes = fs::read(&component)
        .map_err(|error| Trouble::file("read", &component, &error).help("build it first: yumen plugin build"))?;
    let artifact = Artifact::new(bytes, component.display().to_string());
    let ground = Ground { host: host(&project.workroom()?)?, artifact, project };
    // Held to the end, so that the code is compiled once.
    let mut held = Vec::new();
    let mut report = Report::default();
    for path in files {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for case in cases(&path)? {
            let verdict = ground.judge(&file, &case, report.cases.len(), &mut held);
            done(&verdict);
            report.cases.push(verdict);
        }
    }
    Ok(report)
}

/// A host for one author; code that was compiled once is kept in the project.
pub(crate) fn host(workroom: &Path) -> Result<Arc<Host>, Trouble> {
    let options = HostOptions { workers: 1, cache: Some(workroom.join("code")), instances: 64 };
    Host::start(options).map_err(|error| Trouble::new(error.to_string()))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let entries = fs::read_dir(folder).map_err(|error| Trouble::file("read", folder, &error))?;
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml"))
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(Trouble::new(format!("{} has no case", folder.display())).help("write one: tests/basic.yaml"));
    }
    Ok(files)
}

fn cases(path: &Path) -> Result<Vec<Case>, Trouble> {
    let text = fs::read_to_string(path).map_err(|error| Trouble::file("read", path, &error))?;
    serde_saphyr::from_str(&text).map_err(|error| Trouble::new(format!("{}: {error}", path.display())))
}

/// Where cases are run.
struct Ground<'a> {
    host: Arc<Host>,
    artifact: Artifact,
    project: &'a Project,
}

impl Ground<'_> {
    fn judge(&self, file: &str, case: &Case, number: usize, held: &mut Vec<Arc<Version>>) -> Verdict {
        // A name of its own, so that nothing is kept from one case to the next.
        let mut spec = Spec::new(format!("{}-{number}", self.project.name));
        spec.config = case.config.to_string();
        spec.grants = self.project.grants.clone();
        spec.limits = self.project.limits.clone();
        let mut seen = Seen::default();
        let mut took = Duration::ZERO;
        match self.load(&spec, case) {
            Ok(version) => {
                let began = Instant::now();
                play(&version, case, &mut seen);
                took = began.elapsed();
                seen.log = version
                    .logs()
                    .last()
                    .iter()
                    .map(|line| format!("{}: {}", level_name(line.level), line.message))
                    .collect();
                held.truncate(1);
                held.push(version);
            }
            Err(error) => seen.refused = Some(error.to_string()),
        }
        let differences = seen.differences(&case.expect);
        Verdict { file: file.to_owned(), name: case.name.clone(), took, differences, log: seen.log }
    }

    fn load(&self, spec: &Spec, case: &Case) -> Result<Arc<Version>, LoadError> {
        for (bucket, pairs) in &case.kv {
            for (key, value) in pairs {
                let put = self.host.put(&spec.name, bucket, key, value.clone().into_bytes());
                put.map_err(|error| LoadError::new(Step::Config, format!("kv {bucket}/{key}: {error:?}")))?;
            }
        }
        self.host.load(&self.artifact, spec)
    }
}

fn play(version: &Arc<Version>, case: &Case, seen: &mut Seen) {
    let pool = Pools::new().of(version);
    match version.kind() {
        Kind::Filter | Kind::Service => exchange::play(version, &pool, case, seen),
        Kind::Router => choice::route(version, pool, case, seen),
        Kind::LoadBalancer => choice::pick(pool, case, seen),
    }
}
