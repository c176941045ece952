//! `yumen plugin new | build | test | inspect | bench`: the author's loop. It needs no gateway; the work is done in the workshop.

mod bench;
mod build;
mod inspect;
mod new;
mod test;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use serde_json::{Value, json};
use yumen_workshop::{Built, Language, Outline, Project, Trouble};

use crate::cli::{Global, Output, output};

/// What the exit codes of these commands mean, as `--help` tells it.
pub(super) const EXIT_CODES: &str =
    "Exit codes: 0 done, 1 failed (a tool, a build, a module), 2 wrong usage, 8 assertions of `plugin test` failed.";

/// Assertions failed.
const EXIT_ASSERTIONS: u8 = 8;

/// Flags of `yumen plugin new`.
#[derive(Debug, Clone, Args)]
pub struct NewArgs {
    /// Name of the plugin and of its folder.
    pub name: String,
    /// Language: rust, go, c, js or python.
    #[arg(long, value_name = "LANGUAGE")]
    pub lang: Language,
    /// What it is: filter, router, load-balancer or service.
    #[arg(long, value_name = "WORLD", default_value = "filter", value_parser = ["filter", "router", "load-balancer", "service"])]
    pub world: String,
}

/// Where a project is, and its tools.
#[derive(Debug, Clone, Args)]
pub struct ProjectArgs {
    /// The plugin's folder.
    #[arg(default_value = ".", value_name = "DIR")]
    pub folder: PathBuf,
    /// Where fetched tools are kept. Left out: in the project, under `.yumen/tools`.
    #[arg(long, value_name = "DIR", env = "YUMEN_TOOLS")]
    pub tools: Option<PathBuf>,
}

/// Flags of `yumen plugin test`.
#[derive(Debug, Clone, Args)]
pub struct TestArgs {
    /// The project.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// Take the component as it is.
    #[arg(long)]
    pub no_build: bool,
}

/// Flags of `yumen plugin inspect`.
#[derive(Debug, Clone, Args)]
pub struct InspectArgs {
    /// The file; any file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Flags of `yumen plugin bench`.
#[derive(Debug, Clone, Args)]
pub struct BenchArgs {
    /// The component.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Its configuration, as JSON.
    #[arg(long = "with", value_name = "JSON", default_value = "{}")]
    pub settings: String,
}

pub(super) fn new(global: &Global, args: &NewArgs) -> ExitCode {
    new::run(global, args).unwrap_or_else(|trouble| tell(global, &trouble))
}

pub(super) fn build(global: &Global, args: &ProjectArgs) -> ExitCode {
    build::run(global, args).unwrap_or_else(|trouble| tell(global, &trouble))
}

pub(super) fn test(global: &Global, args: &TestArgs) -> ExitCode {
    test::run(global, args).unwrap_or_else(|trouble| tell(global, &trouble))
}

pub(super) fn inspect(global: &Global, args: &InspectArgs) -> ExitCode {
    inspect::run(global, args).unwrap_or_else(|trouble| tell(global, &trouble))
}

pub(super) fn bench(global: &Global, args: &BenchArgs) -> ExitCode {
    bench::run(global, args).unwrap_or_else(|trouble| tell(global, &trouble))
}

/// What a project makes now.
///
/// # Errors
/// It does not build.
pub(super) fn built(global: &Global, project: &Project, tools: Option<&Path>) -> Result<Built, Trouble> {
    build::make(global, project, tools)
}

/// Tells what went wrong and what helps.
fn tell(global: &Global, trouble: &Trouble) -> ExitCode {
    if global.output == Output::Json {
        output::print(&format!("{:#}\n", json!({ "error": trouble.message, "help": trouble.help })));
        return ExitCode::FAILURE;
    }
    say(&format!("error: {}", trouble.message));
    if let Some(help) = &trouble.help {
        say(&format!("  = help: {help}"));
    }
    ExitCode::FAILURE
}

/// Talk goes to stderr. A terminal that has gone away is no fault of the command.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// A result for people or for programs.
fn show(global: &Global, text: &str, json: &Value) -> ExitCode {
    match global.output {
        Output::Json => output::print(&format!("{json:#}\n")),
        Output::Text | Output::Github => output::print(text),
    }
}

/// Bytes as people read them.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_240 => format!("{bytes} B"),
        10_240..1_048_576 => format!("{} KiB", bytes / 1024),
        _ => format!("{}.{} MiB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20),
    }
}

/// One line on a component.
fn summary(outline: &Outline) -> String {
    let world = outline.world.map_or("no plugin", |world| world.as_str());
    let lane = outline.lane.map_or_else(String::new, |lane| format!(", {}", lane.as_str()));
    format!("{world}, {}, imports: {}{lane}", size(outline.size as u64), outline.short_imports())
}
