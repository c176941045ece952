//! What we show must work: sample configurations load, and the generated schema is what the types say.

use std::collections::BTreeMap;

use yumen_server::config::{Findings, Format, Paint, Sources, load, render, schema_text};

use crate::source::{Breach, root};

/// The generated schema.
const SCHEMA: &str = "config/schema.json";

/// Sample configurations that do not load: YAML files, and blocks in Markdown files, that start with a version.
pub fn broken(files: &BTreeMap<String, String>) -> Vec<Breach> {
    let mut found = Vec::new();
    for (file, text) in files {
        let samples = match file.rsplit_once('.').map(|(_, ending)| ending) {
            Some("yaml" | "yml") => vec![(0, text.clone())],
            Some("md") => blocks(text),
            _ => Vec::new(),
        };
        for (line, sample) in samples.iter().filter(|(_, sample)| is_configuration(sample)) {
            if let Err(what) = loads(file, sample) {
                found.push(Breach { file: file.clone(), line: *line, what });
            }
        }
    }
    found
}

fn is_configuration(text: &str) -> bool {
    text.lines().any(|line| line == "version: 1")
}

/// The `yaml` blocks of a Markdown text, each with the line it starts after.
fn blocks(markdown: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (at, line) in markdown.lines().enumerate() {
        match &mut open {
            None if line.trim() == "```yaml" => open = Some((at + 1, String::new())),
            Some(_) if line.trim() == "```" => found.extend(open.take()),
            Some((_, text)) => *text += &format!("{line}\n"),
            None => {}
        }
    }
    found
}

fn loads(file: &str, text: &str) -> Result<(), String> {
    // Under its own name, so that what it includes is found beside it.
    let name = root().join(file);
    let sources = Sources::text(&name.display().to_string(), text);
    let told = |Findings { list, document, .. }| render(&list, &document, Format::Text, Paint::Plain);
    load(&sources).map(drop).map_err(|findings| format!("does not load:\n{}", told(findings)))
}

/// The schema, when the one that is kept is not what the types say.
pub fn stale_schema(files: &BTreeMap<String, String>) -> Option<Breach> {
    let what = "is not what the config types say: run ./x schema".to_owned();
    (files.get(SCHEMA) != Some(&schema_text())).then(|| Breach { file: SCHEMA.to_owned(), line: 0, what })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planted(file: &str, text: &str) -> usize {
        broken(&BTreeMap::from([(file.to_owned(), text.to_owned())])).len()
    }

    #[test]
    fn a_sample_that_does_not_load_is_found() {
        assert_eq!(planted("config/a.yaml", "version: 1\nlistener: []\n"), 1);
        assert_eq!(planted("config/a.yaml", "version: 1\nlisteners: []\n"), 0);
        assert_eq!(planted("deploy/other.yaml", "services: {}\n"), 0);
    }

    #[test]
    fn a_stale_schema_is_found() {
        let kept = |text: &str| BTreeMap::from([(SCHEMA.to_owned(), text.to_owned())]);
        assert_eq!(stale_schema(&kept(&schema_text())), None);
        assert!(stale_schema(&kept("{}")).is_some() && stale_schema(&BTreeMap::new()).is_some());
    }

    #[test]
    fn a_block_in_a_document_is_a_sample_too() {
        let document = "Text.\n```yaml\nversion: 1\nlistener: []\n```\n```sh\nversion: 1\nx\n```\n";
        assert_eq!(planted("README.md", document), 1);
    }
}
