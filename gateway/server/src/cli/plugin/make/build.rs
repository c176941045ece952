//! `yumen plugin build`: a component beside the sources.

use std::{path::Path, process::ExitCode};

use serde_json::json;
use yumen_workshop::{Built, Project, Trouble, build};

use super::{Global, ProjectArgs, say, show, summary};

pub(super) fn run(global: &Global, args: &ProjectArgs) -> Result<ExitCode, Trouble> {
    let project = Project::open(&args.folder)?;
    let built = make(global, &project, args.tools.as_deref())?;
    let text = format!("{}: {} ({:.1} s)\n", built.path.display(), summary(&built.outline), built.took.as_secs_f64());
    let json = json!({ "path": built.path, "seconds": built.took.as_secs_f64(), "outline": built.outline });
    Ok(show(global, &text, &json))
}

/// Builds, and tells on stderr what takes long.
pub(super) fn make(global: &Global, project: &Project, tools: Option<&Path>) -> Result<Built, Trouble> {
    let quiet = global.quiet;
    build(project, tools, &|line| {
        if !quiet {
            say(line);
        }
    })
}
