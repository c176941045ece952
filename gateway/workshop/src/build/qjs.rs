//! JavaScript: `componentize-qjs` puts the sources beside QuickJS and runs them up to their exports.

use std::path::PathBuf;

use super::{Bench, tool::Tool, tool::from_npm};
use crate::trouble::Trouble;

const PACKAGE: &str = "componentize-qjs";
const VERSION: &str = "0.4.5";

pub(super) fn build(bench: &Bench<'_>) -> Result<PathBuf, Trouble> {
    let project = bench.project;
    let package = from_npm(bench, PACKAGE, VERSION)?;
    let sources = bench.sources(".js")?;
    let contract = bench.contract(&|name| sources.contains(&format!("yumen:plugin/{name}@")))?;
    let component = Bench::absolute(&bench.workroom)?.join("made.wasm");
    let node =
        Tool { program: "node".into(), install: "install Node.js 20 or newer; on Debian: apt-get install nodejs npm" };
    node.run(&project.folder, |command| {
        command.arg(package.join("bin/componentize-qjs")).arg("--wit").arg(&contract);
        command.args(["--world", "narrowed", "--js", "plugin.js", "--sync"]);
        if !project.wasi {
            command.arg("--stub-wasi");
        }
        command.arg("-o").arg(&component)
    })?;
    Ok(component)
}
