//! Rust: cargo, without WASI. The SDK leaves the contract in the module.

use std::path::{Path, PathBuf};

use super::{Bench, tool::Tool};
use crate::trouble::Trouble;

const TARGET: &str = "wasm32-unknown-unknown";

pub(super) fn build(bench: &Bench<'_>) -> Result<PathBuf, Trouble> {
    let folder = &bench.project.folder;
    let install = "install Rust with rustup, then: rustup target add wasm32-unknown-unknown";
    let rustc = Tool { program: "rustc".into(), install };
    let libraries = rustc.output(folder, |command| command.args(["--print", "target-libdir", "--target", TARGET]))?;
    if !Path::new(libraries.trim()).is_dir() {
        return Err(
            Trouble::new(format!("Rust's target {TARGET} is missing")).help(format!("rustup target add {TARGET}"))
        );
    }
    let cargo = Tool { program: "cargo".into(), install };
    let messages = cargo.output(folder, |command| {
        command.args(["build", "--release", "--target", TARGET, "--message-format=json-render-diagnostics"])
    })?;
    let file = bench.project.name.replace('-', "_") + ".wasm";
    let made = messages.lines().filter_map(|line| artifact(line, &file)).next_back();
    made.ok_or_else(|| {
        Trouble::new(format!("cargo left no {file}"))
            .help("Cargo.toml needs [lib] crate-type = [\"cdylib\", \"rlib\"], and plugin.yaml its package's name")
    })
}

/// The module in one of cargo's messages, if it has this name.
fn artifact(line: &str, file: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(line).ok()?;
    let names = message.get("filenames")?.as_array()?;
    names
        .iter()
        .filter_map(|name| name.as_str())
        .map(PathBuf::from)
        .find(|path| path.file_name().is_some_and(|name| name == file))
}
