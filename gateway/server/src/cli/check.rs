//! `yumen check`: everything that is wrong with a configuration, phase by phase.

use std::{
    fmt::Write,
    process::ExitCode,
    time::{Duration, Instant},
};

use super::{CheckArgs, EXIT_INVALID, Global, Output, output};
use crate::config::{Code, Document, Finding, Findings, Loaded, Paint, Severity, load, render};

/// Codes that say the text itself could not be read.
const LAST_SYNTAX_CODE: Code = Code::INCLUDE_MATCHES_NOTHING;

/// Checks and prints; 3 when the configuration cannot be used.
pub(super) fn run(global: &Global, args: &CheckArgs) -> ExitCode {
    let started = Instant::now();
    let sources = global.sources();
    let report = Report::of(load(&sources));
    let paint = global.paint(&sources);
    let findings = render(&report.findings, &report.document, global.format(), paint);
    let mut text = String::new();
    if global.output == Output::Text && !global.quiet {
        report.phases(&mut text, paint);
        if !report.findings.is_empty() {
            text.push('\n');
        }
    }
    text.push_str(&findings);
    if global.output == Output::Text {
        report.verdict(&mut text, started.elapsed(), global.quiet);
    }
    let printed = output::print(&text);
    let refused = report.count(Severity::Error) > 0 || (args.deny_warnings && !report.findings.is_empty());
    if refused { ExitCode::from(EXIT_INVALID) } else { printed }
}

/// What was found, and what was read.
struct Report {
    findings: Vec<Finding>,
    document: Document,
    /// `4 routes -> 2 services, 1 registry`, when it could be read.
    summary: Option<String>,
}

impl Report {
    fn of(loaded: Result<Loaded, Findings>) -> Self {
        match loaded {
            Ok(Loaded { config, warnings, document, .. }) => {
                let summary = format!(
                    "{} -> {}, {}",
                    counted(config.routes.len(), "route", "routes"),
                    counted(config.services.len(), "service", "services"),
                    counted(config.registries.len(), "registry", "registries"),
                );
                Self { findings: warnings, document, summary: Some(summary) }
            }
            Err(Findings { list, document }) => Self { findings: list, document, summary: None },
        }
    }

    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// One line a phase.
    fn phases(&self, out: &mut String, paint: Paint) {
        let (syntax, references): (Vec<_>, Vec<_>) =
            self.findings.iter().partition(|finding| finding.code <= LAST_SYNTAX_CODE);
        let lines = self.document.lines();
        line(out, "syntax", worst(&syntax), &lines, paint);
        if worst(&syntax) != Some(Severity::Error) {
            line(out, "references", worst(&references), self.summary.as_deref().unwrap_or_default(), paint);
        }
    }

    fn verdict(&self, out: &mut String, took: Duration, quiet: bool) {
        let (errors, warnings) = (self.count(Severity::Error), self.count(Severity::Warning));
        let mut counts = Vec::new();
        if errors > 0 {
            counts.push(counted(errors, "error", "errors"));
        }
        if warnings > 0 {
            counts.push(counted(warnings, "warning", "warnings"));
        }
        let _ = match (errors, quiet) {
            (0, true) => Ok(()),
            (0, false) => {
                let warnings = counts.first().map(|count| format!(", {count}")).unwrap_or_default();
                writeln!(out, "config is valid{warnings} ({:.1} s)", took.as_secs_f64())
            }
            _ => writeln!(out, "{}. Nothing was applied.", counts.join(", ")),
        };
    }
}

fn worst(findings: &[&Finding]) -> Option<Severity> {
    findings.iter().map(|finding| finding.severity).min()
}

fn line(out: &mut String, phase: &str, worst: Option<Severity>, text: &str, paint: Paint) {
    let (word, colour) = match worst {
        None => ("ok", "32"),
        Some(Severity::Warning) => ("warn", "33"),
        Some(Severity::Error) => ("error", "31"),
    };
    let word = paint.wrap(colour, &format!("{word:<5}"));
    let line = format!("  {phase:<12} {word} {text}");
    let _ = writeln!(out, "{}", line.trim_end());
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
