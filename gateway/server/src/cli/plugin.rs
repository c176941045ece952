//! `yumen plugin …`: plugins as their author makes them, and those of a running gateway.

mod canary;
mod list;
mod logs;
pub mod make;
mod push;
mod remote;
mod rollback;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};
use serde_json::Value;

use self::{
    make::{BenchArgs, InspectArgs, NewArgs, ProjectArgs, TestArgs},
    remote::Remote,
};
use super::Global;

/// What the exit codes of these commands mean, as `--help` tells it.
const EXIT_CODES: &str = "Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 5 somebody else changed the plugin meanwhile, \
     6 the admin port is not reachable, 7 the token is missing or wrong.";

/// What to do with plugins.
#[derive(Debug, Clone, Subcommand)]
#[command(after_help = EXIT_CODES)]
pub enum PluginCommand {
    /// Make a folder with a plugin that works, in the language of your choice.
    #[command(after_help = make::EXIT_CODES)]
    New(NewArgs),
    /// Build the component, by the tools of its language.
    #[command(after_help = make::EXIT_CODES)]
    Build(ProjectArgs),
    /// Build, then run the cases in tests/*.yaml, without a gateway.
    #[command(after_help = make::EXIT_CODES)]
    Test(TestArgs),
    /// Tell what a file is: world, imports, exports, digest, manifest and schema.
    #[command(after_help = make::EXIT_CODES)]
    Inspect(InspectArgs),
    /// Measure what a component costs: each phase, an instance, compilation.
    #[command(after_help = make::EXIT_CODES)]
    Bench(BenchArgs),
    /// Bring a module, or what a project makes, to a running gateway, and let it serve when asked to.
    #[command(after_help = EXIT_CODES)]
    Push(PushArgs),
    /// Plugins of a running gateway, and which versions serve.
    #[command(after_help = EXIT_CODES)]
    List(ListArgs),
    /// Give a part of the exchanges to another version; promote it, or end it.
    #[command(after_help = EXIT_CODES)]
    Canary(CanaryArgs),
    /// End the canary, if one runs, else turn to the previous version.
    #[command(after_help = EXIT_CODES)]
    Rollback(RollbackArgs),
    /// What a plugin logged.
    #[command(after_help = EXIT_CODES)]
    Logs(LogsArgs),
}

/// Where the gateway is and what opens it.
#[derive(Debug, Clone, Args)]
pub struct AdminArgs {
    /// Address of the admin port. Left out: `admin.bind` of the configuration, else `http://127.0.0.1:9900`.
    #[arg(long, value_name = "URL")]
    pub admin: Option<String>,
    /// File with the token. Left out: the one of the configuration, else `admin-token` in the folder for state.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

/// Which exchanges a canary gets.
#[derive(Debug, Clone, Args)]
pub struct SplitArgs {
    /// Percent of the keys.
    #[arg(long, value_name = "PERCENT", conflicts_with = "header")]
    pub percent: Option<f64>,
    /// What the key is: `:client` unless told otherwise, `request.NAME`, `request.id` for no stickiness.
    #[arg(long, value_name = "NAME", requires = "percent")]
    pub sticky: Option<String>,
    /// Those with this field of the request, and this value if one is given.
    #[arg(long, value_name = "NAME[=VALUE]")]
    pub header: Option<String>,
}

/// When a new version is taken back by itself. Left out: at 5 % within a minute, however slow it is.
#[derive(Debug, Clone, Args)]
pub struct EyeArgs {
    /// How long an eye is kept on it, such as `5m`; 0: no eye at all.
    #[arg(long = "for", value_name = "TIME")]
    pub span: Option<String>,
    /// Share of failures among its calls, 0 to 1; and what the errors of a canary's exchanges may exceed the others' by.
    #[arg(long, value_name = "SHARE")]
    pub max_error_rate: Option<f64>,
    /// How long all but one in a hundred of its calls may take, such as `2ms`.
    #[arg(long, value_name = "TIME")]
    pub max_p99: Option<String>,
}

impl EyeArgs {
    /// Adds `watch` to the body of a change, where something was said.
    fn add_to(&self, body: &mut Value) {
        let said = [
            ("for", self.span.clone().map(Value::from)),
            ("max_error_rate", self.max_error_rate.map(Value::from)),
            ("max_p99", self.max_p99.clone().map(Value::from)),
        ];
        for (name, value) in said {
            if let Some(value) = value {
                body["watch"][name] = value;
            }
        }
    }
}

/// Flags of `yumen plugin push`.
#[derive(Debug, Clone, Args)]
pub struct PushArgs {
    /// The module, or a plugin's folder, which is built first.
    #[arg(default_value = ".", value_name = "FILE|DIR")]
    pub path: PathBuf,
    /// The plugin's name in the configuration. Left out: the name of the file or the project.
    #[arg(long)]
    pub name: Option<String>,
    /// Where fetched tools are kept. Left out: in the project, under `.yumen/tools`.
    #[arg(long, value_name = "DIR", env = "YUMEN_TOOLS")]
    pub tools: Option<PathBuf>,
    /// Let it serve everybody at once.
    #[arg(long, conflicts_with = "canary")]
    pub activate: bool,
    /// Let it serve this percentage of the clients.
    #[arg(long, value_name = "PERCENT")]
    pub canary: Option<f64>,
    /// When it is taken back by itself.
    #[command(flatten)]
    pub eye: EyeArgs,
    /// Only try it: compile, judge, configure and test it.
    #[arg(long, conflicts_with_all = ["activate", "canary", "watch"])]
    pub dry_run: bool,
    /// Go on, and bring it again whenever the file or a source of the project changes.
    #[arg(long)]
    pub watch: bool,
    /// The gateway.
    #[command(flatten)]
    pub admin: AdminArgs,
}

/// Flags of `yumen plugin list`.
#[derive(Debug, Clone, Args)]
pub struct ListArgs {
    /// Show one plugin with all its versions.
    pub name: Option<String>,
    /// The gateway.
    #[command(flatten)]
    pub admin: AdminArgs,
}

/// Flags of `yumen plugin canary`.
#[derive(Debug, Clone, Args)]
pub struct CanaryArgs {
    /// The plugin's name.
    pub name: String,
    /// Id of the version. Left out: the canary that runs, else the newest version that waits to serve.
    #[arg(long, value_name = "ID")]
    pub version: Option<String>,
    /// Which exchanges it gets.
    #[command(flatten)]
    pub split: SplitArgs,
    /// When it is taken out by itself.
    #[command(flatten)]
    pub eye: EyeArgs,
    /// Make the canary stable.
    #[arg(long, conflicts_with_all = ["percent", "header", "version", "abort"])]
    pub promote: bool,
    /// End the canary.
    #[arg(long, conflicts_with_all = ["percent", "header", "version"])]
    pub abort: bool,
    /// The gateway.
    #[command(flatten)]
    pub admin: AdminArgs,
}

/// Flags of `yumen plugin rollback`.
#[derive(Debug, Clone, Args)]
pub struct RollbackArgs {
    /// The plugin's name.
    pub name: String,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// The gateway.
    #[command(flatten)]
    pub admin: AdminArgs,
}

/// Flags of `yumen plugin logs`.
#[derive(Debug, Clone, Args)]
pub struct LogsArgs {
    /// The plugin's name.
    pub name: String,
    /// Go on with every line from now on.
    #[arg(short, long)]
    pub follow: bool,
    /// How many of the last lines.
    #[arg(long, value_name = "LINES", default_value_t = 100)]
    pub tail: usize,
    /// Only those of this version.
    #[arg(long, value_name = "ID")]
    pub version: Option<String>,
    /// The gateway.
    #[command(flatten)]
    pub admin: AdminArgs,
}

/// Carries a command out.
pub(super) fn run(global: &Global, command: &PluginCommand) -> ExitCode {
    let outcome = match command {
        PluginCommand::New(args) => return make::new(global, args),
        PluginCommand::Build(args) => return make::build(global, args),
        PluginCommand::Test(args) => return make::test(global, args),
        PluginCommand::Inspect(args) => return make::inspect(global, args),
        PluginCommand::Bench(args) => return make::bench(global, args),
        PluginCommand::Push(args) => push::run(global, args),
        PluginCommand::List(args) => list::run(global, args),
        PluginCommand::Canary(args) => canary::run(global, args),
        PluginCommand::Rollback(args) => rollback::run(global, args),
        PluginCommand::Logs(args) => logs::run(global, args),
    };
    outcome.unwrap_or_else(|failure| failure.tell())
}
