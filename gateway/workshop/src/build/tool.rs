//! A program of somebody else's: found, fetched, run.

use std::{
    ffi::OsString,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::Bench;
use crate::trouble::Trouble;

/// A program, and what installs it.
pub(super) struct Tool {
    pub(super) program: OsString,
    pub(super) install: &'static str,
}

/// Python with its package installer.
const PYTHON: &str = "install Python 3.10 or newer with venv and pip; on Debian: apt-get install python3 python3-venv";

impl Tool {
    /// Runs it in a folder; what it says goes to stderr as it comes.
    ///
    /// # Errors
    /// It is not there, or it failed.
    pub(super) fn run(&self, folder: &Path, prepare: impl FnOnce(&mut Command) -> &mut Command) -> Result<(), Trouble> {
        let mut command = self.command(folder);
        prepare(&mut command).stdout(std::io::stderr());
        let status = command.status().map_err(|error| self.trouble(&error))?;
        if status.success() {
            return Ok(());
        }
        Err(Trouble::new(format!("{} failed ({status})", self.name())))
    }

    /// Runs it and returns what it wrote to stdout; what it says on stderr passes through.
    pub(super) fn output(
        &self,
        folder: &Path,
        prepare: impl FnOnce(&mut Command) -> &mut Command,
    ) -> Result<String, Trouble> {
        let mut command = self.command(folder);
        let output = prepare(&mut command).stderr(Stdio::inherit()).output().map_err(|error| self.trouble(&error))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(Trouble::new(format!("{} failed ({})", self.name(), output.status)))
    }

    fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }).stdin(Stdio::null());
        command
    }

    fn name(&self) -> String {
        Path::new(&self.program).file_name().unwrap_or(&self.program).to_string_lossy().into_owned()
    }

    fn trouble(&self, error: &std::io::Error) -> Trouble {
        match error.kind() {
            ErrorKind::NotFound => Trouble::new(format!("{} is missing", self.name())).help(self.install),
            _ => Trouble::new(format!("{} does not start: {error}", self.name())),
        }
    }
}

/// The python of a virtual environment with one package in one version, made where it is not there yet.
pub(super) fn from_pypi(bench: &Bench<'_>, package: &str, version: &str) -> Result<PathBuf, Trouble> {
    let folder = bench.tools.join(format!("{package}-{version}"));
    let (python, done) = (folder.join("bin/python"), folder.join("fetched"));
    if !done.exists() {
        (bench.talk)(&format!("fetching {package} {version} into {}", folder.display()));
        let here = Path::new(".");
        let system = Tool { program: "python3".into(), install: PYTHON };
        system.run(here, |command| command.args(["-m", "venv"]).arg(&folder))?;
        let inside = Tool { program: python.clone().into(), install: PYTHON };
        inside.run(here, |command| {
            command
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                .arg(format!("{package}=={version}"))
        })?;
        fs::write(&done, version).map_err(|error| Trouble::file("written", &done, &error))?;
    }
    // Not to the interpreter behind it: the link is what makes it the environment's.
    std::path::absolute(&python).map_err(|error| Trouble::file("found", &python, &error))
}

/// The folder of one package of npm in one version.
pub(super) fn from_npm(bench: &Bench<'_>, package: &str, version: &str) -> Result<PathBuf, Trouble> {
    let folder = bench.tools.join(format!("{package}-{version}"));
    let (inside, done) = (folder.join("node_modules").join(package), folder.join("fetched"));
    if !done.exists() {
        (bench.talk)(&format!("fetching {package} {version} into {}", folder.display()));
        fs::create_dir_all(&folder).map_err(|error| Trouble::file("made", &folder, &error))?;
        let npm = Tool {
            program: "npm".into(),
            install: "install Node.js 20 or newer; on Debian: apt-get install nodejs npm",
        };
        npm.run(Path::new("."), |command| {
            command
                .args(["install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error", "--prefix"])
                .arg(&folder)
                .arg(format!("{package}@{version}"))
        })?;
        fs::write(&done, version).map_err(|error| Trouble::file("written", &done, &error))?;
    }
    Bench::absolute(&inside)
}
