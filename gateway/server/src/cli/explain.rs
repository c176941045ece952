//! `yumen explain YM0107`: what a code means and how to mend it.

use std::process::ExitCode;

use serde_json::json;

use super::{Output, output};
use crate::config::{CODES, Code, CodeEntry};

/// Prints one code, or the list of all.
pub(super) fn run(code: Option<Code>, format: Output) -> ExitCode {
    let entries: Vec<&CodeEntry> = CODES.iter().filter(|entry| code.is_none_or(|code| entry.code == code)).collect();
    let text = match (format, code) {
        (Output::Json, _) => {
            let list: Vec<_> = entries.iter().map(|entry| as_json(entry)).collect();
            format!("{:#}\n", json!({ "codes": list }))
        }
        (_, Some(_)) => entries.iter().map(|entry| long(entry)).collect(),
        (_, None) => entries.iter().map(|entry| format!("{}  {}\n", entry.code, entry.title)).collect(),
    };
    output::print(&text)
}

fn long(entry: &CodeEntry) -> String {
    format!("{}: {}\n\n{}\n", entry.code, entry.title, entry.text)
}

fn as_json(entry: &CodeEntry) -> serde_json::Value {
    json!({ "code": entry.code.to_string(), "title": entry.title, "text": entry.text })
}
