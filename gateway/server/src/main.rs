//! The `yumen` command.

use std::process::ExitCode;

use yumen_server::{
    cli::{self, Cli, Command},
    runtime::{self, DemoOptions, RunOptions},
};

fn main() -> ExitCode {
    let cli = Cli::typed(std::env::args_os());
    if let Some(code) = cli::carry_out(&cli, runtime::dial) {
        return code;
    }
    match cli.command {
        Command::Demo(args) => runtime::demo(DemoOptions {
            check: args.check,
            eject: args.eject,
            port: args.port,
            overrides: cli.global.overrides,
        }),
        _ => runtime::run(RunOptions { sources: cli.global.sources() }),
    }
}
