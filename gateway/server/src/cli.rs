//! The `yumen` command: its words and flags, and the commands that need no running gateway.
//!
//! Data goes to stdout, talk to stderr. Exit codes: 0 done, 1 failed at run time or no route, 2 wrong usage (clap's own),
//! 3 configuration invalid, 8 assertions failed. `run` and `demo` are carried out by the roof; this room only
//! reads what they were told.

mod check;
mod explain;
mod output;
pub mod plugin;
mod route;
mod schema;

use std::{ffi::OsString, path::PathBuf, process::ExitCode, sync::Arc};

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use yumen_dubbo::contract::Contract;

pub use check::examine;

use crate::config::{Config, Finding, Override, Sources};

/// The configuration cannot be used.
pub const EXIT_INVALID: u8 = 3;

/// No route takes the request that `route explain` was asked about.
const EXIT_NO_ROUTE: u8 = 1;

/// What the exit codes mean, as `--help` tells it.
const EXIT_CODES: &str = "Exit codes: 0 done (warnings included), 1 failed at run time, or no route takes what \
     `route explain` was asked about, 2 wrong usage, 3 configuration invalid (or warned of, with \
     --deny-warnings), 8 assertions of `demo --check` or `plugin test` failed.";

/// An edge gateway for Apache Dubbo.
#[derive(Debug, Parser)]
#[command(name = "yumen", version, about, max_term_width = 100, disable_help_subcommand = true, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: Global,
}

impl Cli {
    /// Reads what was typed; `-t` in the place of a command means `check`, as with other proxies.
    #[must_use]
    pub fn typed(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let arguments = arguments.into_iter().enumerate();
        Self::parse_from(arguments.map(|(at, word)| if at == 1 && word == "-t" { "check".into() } else { word }))
    }
}

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Configuration file.
    #[arg(short, long, global = true, value_name = "FILE", env = "YUMEN_CONFIG", default_value = "yumen.yaml")]
    pub config: PathBuf,
    /// Override one key: `--set listeners.web.bind=0.0.0.0:80`; may be repeated.
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    pub overrides: Vec<Override>,
    /// How results are written.
    #[arg(short, long, global = true, value_enum, value_name = "FORMAT", default_value_t)]
    pub output: Output,
    /// Colours: auto follows the terminal and `NO_COLOR`.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub color: Color,
    /// Say less: only errors.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more; twice, say everything.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

impl Global {
    /// The configuration that the flags and the environment name.
    #[must_use]
    pub fn sources(&self) -> Sources {
        let mut sources = Sources::file(&self.config);
        let level = match (self.quiet, self.verbose) {
            (true, _) => Some("error"),
            (_, 0) => None,
            (_, 1) => Some("debug"),
            _ => Some("trace"),
        };
        let level = level
            .map(|level| Override { path: vec!["telemetry".to_owned(), "level".to_owned()], value: level.to_owned() });
        sources.overrides = level.into_iter().chain(self.overrides.iter().cloned()).collect();
        sources
    }
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Output {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// Annotations for checks on GitHub.
    Github,
}

/// When text has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Serve in the foreground until SIGTERM or Ctrl-C; SIGHUP or a changed file reloads.
    Run,
    /// Check the configuration and tell everything that is wrong with it; `yumen -t` for short.
    #[command(after_help = EXIT_CODES)]
    Check(CheckArgs),
    /// Start a gateway with a provider of its own, ready to be tried with curl.
    Demo(DemoArgs),
    /// Routes of the configuration.
    #[command(subcommand)]
    Route(RouteCommand),
    /// Plugins: make, build, test and measure them, and bring them to a running gateway.
    #[command(subcommand)]
    Plugin(plugin::PluginCommand),
    /// Print the JSON Schema of the configuration, for editors.
    Schema,
    /// Explain an error code, such as YM0107; without one, list them all.
    Explain {
        /// The code.
        code: Option<String>,
    },
    /// Print the completion script of a shell.
    Completion {
        /// The shell.
        shell: Shell,
    },
    /// Print the version and how this binary was built.
    Version,
}

/// Flags of `yumen check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// Dial no registry.
    #[arg(long)]
    pub offline: bool,
    /// Take warnings for errors.
    #[arg(long)]
    pub deny_warnings: bool,
}

/// Flags of `yumen demo`.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// Test itself with real requests, then exit: 0 when all went well, 8 when not.
    #[arg(long)]
    pub check: bool,
    /// Write the demo's files to this folder, then exit.
    #[arg(long, value_name = "DIR", conflicts_with = "check")]
    pub eject: Option<PathBuf>,
    /// Port of the gateway; 0 takes a free one.
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
}

/// What to do with routes.
#[derive(Debug, Clone, Subcommand)]
pub enum RouteCommand {
    /// Tell why a request matches a route, or why it matches none.
    Explain(ExplainArgs),
}

/// The request that `yumen route explain` tells about.
#[derive(Debug, Clone, Args)]
pub struct ExplainArgs {
    /// HTTP method.
    #[arg(value_name = "METHOD")]
    pub method: String,
    /// Path, with a query if it matters.
    #[arg(value_name = "PATH", value_parser = path)]
    pub path: String,
    /// A header field, such as `-H 'host: api.example.com'`; may be repeated.
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header)]
    pub headers: Vec<(String, String)>,
}

fn path(text: &str) -> Result<String, String> {
    match text {
        _ if text.starts_with('/') || text == "*" => Ok(text.to_owned()),
        _ if text.contains("://") => Err("write the path alone, and the host as -H 'host: …'".to_owned()),
        _ => Err(format!("a path starts with \"/\": write /{text}")),
    }
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write NAME: VALUE")?;
    Ok((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
}

/// What the registries of a configuration say right now.
#[derive(Debug, Default)]
pub struct Dialled {
    /// Registries that do not answer, services without providers.
    pub findings: Vec<Finding>,
    /// What providers published about their methods, one entry a service in the order of the configuration.
    pub contracts: Vec<Option<Arc<Contract>>>,
}

/// Asks the registries; handed in by the roof, which alone opens them.
pub type Dial = fn(&Config) -> Dialled;

/// Carries out every command that needs no running gateway. `None`: the command is for the roof.
pub fn carry_out(cli: &Cli, dial: Dial) -> Option<ExitCode> {
    match &cli.command {
        Command::Run | Command::Demo(_) => None,
        Command::Route(RouteCommand::Explain(args)) => Some(route::run(&cli.global, args)),
        Command::Check(args) => Some(check::run(&cli.global, args, dial)),
        Command::Plugin(command) => Some(plugin::run(&cli.global, command)),
        Command::Schema => Some(schema::run()),
        Command::Explain { code } => Some(explain::run(code.as_deref(), cli.global.output)),
        Command::Completion { shell } => Some(completion(*shell)),
        Command::Version => Some(output::print(&format!("yumen {}\n", env!("CARGO_PKG_VERSION")))),
    }
}

fn completion(shell: Shell) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "yumen", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}
