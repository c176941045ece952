//! `yumen check`: everything that is wrong with a configuration, phase by phase.

use std::{
    fmt::Write,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use yumen_dubbo::contract::Contract;

mod plugins;

use super::{CheckArgs, Dial, Dialled, EXIT_INVALID, Global, Output, output, route};
use crate::config::{
    Code, Config, Document, Finding, Findings, Loaded, Paint, Severity, Sources, load, once_each, render,
};

/// The last code that says the text itself could not be read.
const LAST_SYNTAX_CODE: Code = Code::INCLUDE_MATCHES_NOTHING;

/// Checks and prints; 3 when the configuration cannot be used.
pub(super) fn run(global: &Global, args: &CheckArgs, dial: Dial) -> ExitCode {
    let started = Instant::now();
    let sources = global.sources();
    let report = Report::of(load(&sources), (!args.offline).then_some(dial));
    let paint = global.paint(&sources);
    let mut text = String::new();
    if global.output == Output::Text && !global.quiet {
        report.phases.iter().for_each(|phase| phase.line(&mut text, paint));
    }
    let counts = |finding: &&Finding| finding.severity == Severity::Error || args.deny_warnings || !global.quiet;
    let shown: Vec<Finding> = report.findings.iter().filter(counts).cloned().collect();
    text.push_str(&render(&shown, &report.document, global.format(), paint));
    if global.output == Output::Text {
        report.verdict(&mut text, started.elapsed(), global.quiet, args.deny_warnings);
    }
    let printed = output::print(&text);
    let refused = report.count(Severity::Error) > 0 || (args.deny_warnings && !report.findings.is_empty());
    if refused { ExitCode::from(EXIT_INVALID) } else { printed }
}

/// All that the files alone tell, as `yumen check --offline` does, and what was read.
#[must_use]
pub fn examine(sources: &Sources) -> (Vec<Finding>, Document) {
    let Report { findings, document, .. } = Report::of(load(sources), None);
    (findings, document)
}

/// One step of the check and how it went.
struct Phase {
    name: &'static str,
    worst: Option<Severity>,
    text: String,
}

impl Phase {
    fn of<'a>(name: &'static str, findings: impl IntoIterator<Item = &'a Finding>, text: String) -> Self {
        Self { name, worst: findings.into_iter().map(|finding| finding.severity).min(), text }
    }

    fn line(&self, out: &mut String, paint: Paint) {
        let (word, colour) = match self.worst {
            None => ("ok", "32"),
            Some(Severity::Warning) => ("warn", "33"),
            Some(Severity::Error) => ("error", "31"),
        };
        let word = paint.wrap(colour, &format!("{word:<5}"));
        let line = format!("  {:<12} {word} {}", self.name, self.text);
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

/// What was found, and what was read.
struct Report {
    phases: Vec<Phase>,
    findings: Vec<Finding>,
    document: Document,
    /// Registries were asked.
    dialled: bool,
}

impl Report {
    /// Routes are held against their contracts even where something else is wrong, so that all is told at once; registries
    /// are asked only for a configuration that could be used.
    fn of(loaded: Result<Loaded, Findings>, dial: Option<Dial>) -> Self {
        let (config, remains, findings, document) = match loaded {
            Ok(Loaded { config, warnings, document, .. }) => (Some(config), None, warnings, document),
            Err(Findings { list, document, remains, .. }) => (None, remains, list, document),
        };
        let (syntax, references): (Vec<_>, Vec<_>) =
            findings.iter().partition(|finding| finding.code <= LAST_SYNTAX_CODE);
        let mut phases = vec![Phase::of("syntax", syntax, document.lines())];
        if let Some(read) = config.as_ref().or(remains.as_deref().map(|remains| &remains.config)) {
            phases.push(Phase::of("references", references, summary(read)));
        }
        let mut report = Self { phases, findings, document, dialled: false };
        if let Some(config) = &config {
            let declared = report.plugins(config);
            let mut contracts = report.dial(config, dial);
            contracts.resize(config.services.len().max(contracts.len()), None);
            let known = contracts.iter_mut().zip(declared);
            known.filter(|(_, declared)| declared.is_some()).for_each(|(contract, declared)| *contract = declared);
            if contracts.iter().all(Option::is_none) && !report.dialled {
                contracts.clear();
            }
            report.hold_against(config, &contracts, &|_| false);
        } else if let Some(remains) = &remains {
            report.hold_against(&remains.config, &[], &|finding| remains.is_echo(finding));
        }
        once_each(&mut report.findings, &report.document);
        report
    }

    /// Loads the plugins whose modules are at hand; what they declare of services comes back, one entry a service.
    fn plugins(&mut self, config: &Config) -> Vec<Option<Arc<Contract>>> {
        if config.plugins.is_empty() {
            return Vec::new();
        }
        let plugins::Judged { findings, contracts, loaded } = plugins::judge(config);
        let text = match config.plugins.len() - loaded {
            0 => format!("{} loaded", counted(loaded, "plugin", "plugins")),
            others => format!("{loaded} loaded, {others} only declared"),
        };
        self.phases.push(Phase::of("plugins", &findings, text));
        self.findings.extend(findings);
        contracts
    }

    /// Asks the registries that services name; what providers published comes back.
    fn dial(&mut self, config: &Config, dial: Option<Dial>) -> Vec<Option<Arc<Contract>>> {
        let named = config.services.iter().any(|service| service.registry.is_some());
        let Some(dial) = dial.filter(|_| named) else { return Vec::new() };
        self.dialled = true;
        let Dialled { findings, contracts } = dial(config);
        let used = config.registries.iter().filter(|registry| is_used(config, &registry.name)).count();
        let text = counted(used, "registry asked", "registries asked");
        self.phases.push(Phase::of("registries", &findings, text));
        self.findings.extend(findings);
        contracts
    }

    /// Compiles the routes against what is known of their methods.
    fn hold_against(
        &mut self,
        config: &Config,
        contracts: &[Option<Arc<Contract>>],
        is_echo: &dyn Fn(&Finding) -> bool,
    ) {
        let (_, plans, mut against) = route::compile(config, contracts);
        against.retain(|finding| !is_echo(finding));
        let ready = plans.iter().flatten().count();
        let refused = self.count(Severity::Error) > 0 || against.iter().any(|it| it.severity == Severity::Error);
        let text = match plans.len() - ready {
            0 => format!("{} ready", counted(ready, "route", "routes")),
            _ if refused => format!("{ready} of {} ready", counted(plans.len(), "route", "routes")),
            waiting => format!("{ready} ready, {waiting} waiting for the metadata centre"),
        };
        self.phases.push(Phase::of("contracts", &against, text));
        self.findings.extend(against);
    }

    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    fn verdict(&self, out: &mut String, took: Duration, quiet: bool, deny: bool) {
        let (errors, warnings) = (self.count(Severity::Error), self.count(Severity::Warning));
        let counts: Vec<String> = [(errors, "error", "errors"), (warnings, "warning", "warnings")]
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, one, many)| counted(count, one, many))
            .collect();
        let _ = match (errors, quiet) {
            (0, _) if deny && warnings > 0 => writeln!(out, "{}, denied.", counts.join(", ")),
            (0, true) => Ok(()),
            (0, false) => {
                let warnings = counts.first().map(|count| format!(", {count}")).unwrap_or_default();
                writeln!(out, "config is valid{warnings} ({})", in_words(took))
            }
            _ => writeln!(out, "{}. Nothing was applied.", counts.join(", ")),
        };
    }
}

fn is_used(config: &Config, registry: &str) -> bool {
    config.services.iter().any(|service| service.registry.as_deref() == Some(registry))
}

fn summary(config: &Config) -> String {
    let (routes, services, registries) = (config.routes.len(), config.services.len(), config.registries.len());
    let registries = match registries {
        0 => String::new(),
        some => format!(", {}", counted(some, "registry", "registries")),
    };
    format!("{} -> {}{registries}", counted(routes, "route", "routes"), counted(services, "service", "services"))
}

fn in_words(took: Duration) -> String {
    match took.as_millis() {
        millis @ 0..100 => format!("{millis} ms"),
        _ => format!("{:.1} s", took.as_secs_f64()),
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
