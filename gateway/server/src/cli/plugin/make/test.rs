//! `yumen plugin test`: builds, then runs the cases, and shows what differs.

use std::{fmt::Write, process::ExitCode};

use serde_json::json;
use yumen_workshop::{Project, Trouble, Verdict, trial};

use super::{EXIT_ASSERTIONS, Global, Output, TestArgs, build::make, output, show, summary};

pub(super) fn run(global: &Global, args: &TestArgs) -> Result<ExitCode, Trouble> {
    let project = Project::open(&args.project.folder)?;
    let people = global.output != Output::Json;
    let mut outline = None;
    if !args.no_build {
        let built = make(global, &project, args.project.tools.as_deref())?;
        if people && !global.quiet {
            output::print(&format!(
                "  build      ok     {}   {:.1} s\n",
                summary(&built.outline),
                built.took.as_secs_f64()
            ));
        }
        outline = Some(built.outline);
    }
    let report = trial(&project, &mut |verdict| {
        if people && (!global.quiet || !verdict.passed()) {
            output::print(&line(verdict));
        }
    })?;
    let failed = report.failed();
    let passed = report.cases.len() - failed;
    let text = match failed {
        0 => format!("{passed} passed\n"),
        _ => format!("{failed} failed, {passed} passed\n"),
    };
    let json = json!({ "passed": passed, "failed": failed, "cases": report.cases, "outline": outline });
    let printed = show(global, &text, &json);
    Ok(if failed > 0 { ExitCode::from(EXIT_ASSERTIONS) } else { printed })
}

fn line(verdict: &Verdict) -> String {
    let word = if verdict.passed() { "ok" } else { "FAILED" };
    let mut text =
        format!("  {:<10} {word:<6} {}   {:.1} ms\n", verdict.file, verdict.name, verdict.took.as_secs_f64() * 1e3);
    for difference in &verdict.differences {
        let _ = writeln!(text, "             {difference}");
    }
    if !verdict.passed() {
        for line in &verdict.log {
            let _ = writeln!(text, "             log {line}");
        }
    }
    text
}
