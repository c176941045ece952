//! `yumen plugin build`: drives the tool of a language and makes a component of what it leaves.
//!
//! A tool's own words go to the terminal as they come, with file and line. Tools that a language's users do not have at hand (zig,
//! componentize-py, componentize-qjs) are fetched by pip and npm, in a fixed version, into a folder beside the project or a shared one.

mod go;
mod python;
mod qjs;
mod rust;
mod tool;
mod zig;

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use yumen_plugin_encode::{CONTRACT, encode, narrowed};

use crate::{
    language::Language,
    outline::{Outline, outline},
    project::Project,
    trouble::Trouble,
};
use tool::Tool;

/// Tells the author what goes on; for steps that take seconds.
pub type Talk<'a> = &'a dyn Fn(&str);

/// A build that worked.
#[derive(Debug)]
pub struct Built {
    /// The component.
    pub path: PathBuf,
    /// What it is.
    pub outline: Outline,
    /// How long it took.
    pub took: Duration,
}

/// Builds a project. `tools` is where fetched tools are kept; left out, `.yumen/tools` of the project.
///
/// # Errors
/// A tool is missing or failed, or what it left is no plugin of the project's world.
pub fn build(project: &Project, tools: Option<&Path>, talk: Talk<'_>) -> Result<Built, Trouble> {
    let began = Instant::now();
    let workroom = project.workroom()?;
    let tools = tools.map_or_else(|| workroom.join("tools"), Path::to_owned);
    let bench = Bench { project, workroom, tools, talk };
    let made = match project.language {
        Language::Rust => rust::build(&bench)?,
        Language::Go => go::build(&bench)?,
        Language::C => zig::build(&bench)?,
        Language::Js => qjs::build(&bench)?,
        Language::Python => python::build(&bench)?,
        Language::Other => own(&bench)?,
    };
    let bytes = fs::read(&made).map_err(|error| Trouble::file("read", &made, &error))?;
    let component = encode(&bytes, project.world.as_str()).map_err(|error| {
        let message = format!("{} is no {} yet: {error}", project.name, project.world);
        Trouble::new(message).help("plugin.yaml names the world; the plugin must export what that world exports")
    })?;
    let path = project.component();
    fs::write(&path, &component).map_err(|error| Trouble::file("written", &path, &error))?;
    Ok(Built { path, outline: outline(&component), took: began.elapsed() })
}

/// What every build works with.
struct Bench<'a> {
    project: &'a Project,
    workroom: PathBuf,
    tools: PathBuf,
    talk: Talk<'a>,
}

impl Bench<'_> {
    /// A file or folder of the project, as a tool that runs in the project's folder is told it.
    fn absolute(path: &Path) -> Result<PathBuf, Trouble> {
        fs::canonicalize(path).map_err(|error| Trouble::file("found", path, &error))
    }

    /// A folder with the contract and a world `narrowed`, which has no import that the sources do not name. For tools that import
    /// all that a world offers: what is imported in vain can cost a plugin the fast lane.
    fn contract(&self, used: &dyn Fn(&str) -> bool) -> Result<PathBuf, Trouble> {
        let folder = self.workroom.join("wit");
        fs::create_dir_all(&folder).map_err(|error| Trouble::file("made", &folder, &error))?;
        // The SDKs of both languages log.
        let used = |name: &str| name == "log" || used(name);
        let world = narrowed(self.project.world.as_str(), &used).unwrap_or_default();
        for (name, text) in CONTRACT.iter().copied().chain([("narrowed.wit", world.as_str())]) {
            let path = folder.join(name);
            fs::write(&path, text).map_err(|error| Trouble::file("written", &path, &error))?;
        }
        Self::absolute(&folder)
    }

    /// What the author wrote in files with this ending, in one text.
    fn sources(&self, ending: &str) -> Result<String, Trouble> {
        let mut text = String::new();
        gather(&self.project.folder, ending, &mut text)
            .map_err(|error| Trouble::file("read", &self.project.folder, &error))?;
        Ok(text)
    }
}

/// What others wrote, and what is no source.
fn is_foreign(name: &str) -> bool {
    name.starts_with('.') || matches!(name, "yumen" | "yumen.py" | "node_modules" | "__pycache__" | "venv" | "tests")
}

fn gather(folder: &Path, ending: &str, text: &mut String) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if is_foreign(name) {
            continue;
        }
        if path.is_dir() {
            gather(&path, ending, text)?;
        } else if name.ends_with(ending) {
            text.push_str(&String::from_utf8_lossy(&fs::read(&path)?));
        }
    }
    Ok(())
}

fn own(bench: &Bench<'_>) -> Result<PathBuf, Trouble> {
    let project = bench.project;
    let Some(build) = &project.build else { return Err(Trouble::new("plugin.yaml has no build")) };
    let Some((program, arguments)) = build.command.split_first() else {
        return Err(
            Trouble::new("plugin.yaml: build.command is empty").help("write a program and its arguments: [make]")
        );
    };
    let tool = Tool { program: program.into(), install: "plugin.yaml names it under build.command" };
    tool.run(&project.folder, |command| command.args(arguments))?;
    Ok(project.folder.join(&build.output))
}
