//! `yumen plugin bench`: what a component costs.

use std::{fmt::Write, process::ExitCode};

use serde_json::json;
use yumen_workshop::{Trouble, measure};

use super::{BenchArgs, Global, show, size};

pub(super) fn run(global: &Global, args: &BenchArgs) -> Result<ExitCode, Trouble> {
    let figures = measure(&args.file, &args.settings)?;
    let mut text = format!(
        "  compile    {:>10.1} ms\n  load       {:>10.2} ms   all but compilation\n  memory     {:>10}      an instance\n",
        figures.compile_ms,
        figures.load_ms,
        size(figures.memory)
    );
    let _ = writeln!(text, "  {:<12} {:>12} {:>12}", "phase", "median", "p99");
    for phase in &figures.phases {
        let _ = writeln!(text, "  {:<12} {:>9} ns {:>9} ns", phase.name, phase.median_ns, phase.p99_ns);
    }
    if cfg!(debug_assertions) {
        text.push_str("this yumen was built without optimisation: the gateway's share is not what it will be\n");
    }
    let json = json!({ "file": args.file, "optimised": !cfg!(debug_assertions), "figures": figures });
    Ok(show(global, &text, &json))
}
