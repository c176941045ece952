//! Python: `componentize-py` puts the sources beside CPython and runs them up to their exports.

use std::{collections::HashSet, path::PathBuf};

use super::{Bench, tool::Tool, tool::from_pypi};
use crate::trouble::Trouble;

const VERSION: &str = "0.25.1";

pub(super) fn build(bench: &Bench<'_>) -> Result<PathBuf, Trouble> {
    let project = bench.project;
    let python = from_pypi(bench, "componentize-py", VERSION)?;
    let sources = bench.sources(".py")?;
    let words: HashSet<&str> = sources.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let contract = bench.contract(&|name| words.contains(name.replace('-', "_").as_str()))?;
    let component = Bench::absolute(&bench.workroom)?.join("made.wasm");
    let tool = Tool {
        program: python.with_file_name("componentize-py").into(),
        install: "remove .yumen/tools, and build again",
    };
    tool.run(&project.folder, |command| {
        command.arg("-d").arg(&contract).args(["-w", "narrowed", "componentize", "-p", "."]);
        if !project.wasi {
            command.arg("--stub-wasi");
        }
        command.args(["plugin", "-o"]).arg(&component)
    })?;
    Ok(component)
}
