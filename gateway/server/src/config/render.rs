//! Findings as text with excerpts, as JSON, or as annotations of GitHub.

use std::fmt::Write;

use serde_json::json;

use super::{
    finding::{Finding, Severity},
    locate::{Document, Place, Position, SourceText},
    mask::{self, Secrets},
};

/// Findings shown; the rest are counted.
const SHOWN: usize = 20;
/// Columns of an excerpt.
const WIDTH: usize = 110;

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people: excerpt, caret, help.
    Text,
    /// For programs: one object with a list.
    Json,
    /// For GitHub's checks: one annotation a line.
    Github,
}

/// Whether text has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Letters only.
    Plain,
    /// ANSI colours.
    Colour,
}

impl Paint {
    /// The text in a colour, by its ANSI code.
    pub(crate) fn wrap(self, code: &'static str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Colour => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}

/// Writes up to 20 findings, and how many more there are.
#[must_use]
pub fn render(findings: &[Finding], document: &Document, format: Format, paint: Paint) -> String {
    let mut out = String::new();
    match format {
        Format::Json => {
            let list: Vec<_> = findings.iter().map(|finding| as_json(finding, document)).collect();
            let _ = writeln!(out, "{:#}", json!({ "findings": list }));
        }
        Format::Github => findings.iter().for_each(|finding| annotation(&mut out, finding, document)),
        Format::Text => {
            let secrets = Secrets::of(document);
            let mut page = Page { out: &mut out, document, secrets, paint };
            findings.iter().take(SHOWN).for_each(|finding| page.excerpt(finding));
            if let Some(more) = findings.len().checked_sub(SHOWN).filter(|more| *more > 0) {
                let _ = writeln!(out, "… and {more} more");
            }
        }
    }
    out
}

fn place(finding: &Finding, document: &Document) -> Place {
    finding.place.unwrap_or_else(|| document.place_of(&finding.at, finding.part))
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// Findings as text, one below the other.
struct Page<'a> {
    out: &'a mut String,
    document: &'a Document,
    secrets: Secrets,
    paint: Paint,
}

impl Page<'_> {
    fn excerpt(&mut self, finding: &Finding) {
        let colour = match finding.severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
        };
        let head = self.paint.wrap(colour, &format!("{}[{}]", word(finding.severity), finding.code));
        let message = mask::message(&finding.message, finding, self.document);
        let _ = writeln!(self.out, "{head}: {}", self.paint.wrap("1", &message));
        let place = place(finding, self.document);
        let margin = match self.document.sources.get(place.source as usize) {
            Some(source) => self.lines(finding, source, place),
            None => 2,
        };
        if let Some(help) = &finding.help {
            let help = mask::message(help, finding, self.document);
            let _ = writeln!(self.out, "{:margin$}{} help: {help}", "", self.paint.wrap("1;34", "="));
        }
    }

    /// Place, line and caret; returns the width of the margin.
    fn lines(&mut self, finding: &Finding, source: &SourceText, place: Place) -> usize {
        let blue = |text: &str| self.paint.wrap("1;34", text);
        let Position { line, .. } = source.position(place.start);
        let number = if source.is_file { line.to_string() } else { String::new() };
        let margin = number.len().max(1) + 1;
        let described = self.document.describe(place);
        let _ = writeln!(self.out, "{:>margin$} {described}", blue("-->").as_str(), margin = margin + 2);
        if source.text.is_empty() {
            return margin;
        }
        let view = View::of(source, place, &self.secrets);
        let _ = writeln!(self.out, "{:margin$}{}", "", blue("|"));
        let _ = writeln!(self.out, "{} {}", blue(&format!("{number:<width$} |", width = margin - 1)), view.text);
        let label = finding.label.as_deref().map(|label| format!(" {label}")).unwrap_or_default();
        let carets = self.paint.wrap("1;31", &format!("{}{label}", "^".repeat(view.length)));
        let _ = writeln!(self.out, "{:margin$}{} {:indent$}{carets}", "", blue("|"), "", indent = view.indent);
        margin
    }
}

/// The part of a line that is shown, and where the caret goes.
struct View {
    text: String,
    indent: usize,
    length: usize,
}

impl View {
    fn of(source: &SourceText, place: Place, secrets: &Secrets) -> Self {
        let (line_start, line) = source.line_at(place.start);
        let start = Place { start: u32::try_from(line_start).unwrap_or(u32::MAX), ..place };
        let masked: Vec<char> =
            secrets.mask(line, start, source.is_file).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let count = |from: usize, to: usize| {
            let clamp = |at: usize| line.floor_char_boundary(at.saturating_sub(line_start).min(line.len()));
            line[clamp(from)..clamp(to.max(from))].chars().count()
        };
        let start = count(line_start, place.start as usize).min(masked.len());
        let length = count(place.start as usize, place.end as usize).clamp(1, (masked.len() - start).max(1));
        if masked.len() <= WIDTH {
            return Self { text: masked.into_iter().collect(), indent: start, length };
        }
        let first = start.saturating_sub(WIDTH / 2);
        let last = (first + WIDTH).min(masked.len());
        let before = if first > 0 { "…" } else { "" };
        let after = if last < masked.len() { "…" } else { "" };
        Self {
            text: format!("{before}{}{after}", masked[first..last].iter().collect::<String>()),
            indent: start - first + before.chars().count(),
            length: length.min(last - start).max(1),
        }
    }
}

fn as_json(finding: &Finding, document: &Document) -> serde_json::Value {
    let place = place(finding, document);
    let source = document.sources.get(place.source as usize);
    let position = source.filter(|source| source.is_file).map(|source| source.position(place.start));
    json!({
        "code": finding.code.to_string(),
        "severity": word(finding.severity),
        "path": document.path_by_names(&finding.at),
        "file": source.map(|source| &source.name),
        "line": position.map(|position| position.line),
        "column": position.map(|position| position.column),
        "message": mask::message(&finding.message, finding, document),
        "label": finding.label,
        "help": finding.help.as_deref().map(|help| mask::message(help, finding, document)),
    })
}

fn annotation(out: &mut String, finding: &Finding, document: &Document) {
    let place = place(finding, document);
    let mut at = format!("title={}", finding.code);
    if let Some(source) = document.sources.get(place.source as usize).filter(|source| source.is_file) {
        let Position { line, column } = source.position(place.start);
        at = format!("file={},line={line},col={column},{at}", source.name);
    }
    let more = [&finding.label, &finding.help].into_iter().flatten().map(|text| format!(" ({text})"));
    let message: String = std::iter::once(finding.message.clone()).chain(more).collect();
    let escaped =
        mask::message(&message, finding, document).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let _ = writeln!(out, "::{} {at}::{escaped}", word(finding.severity));
}
