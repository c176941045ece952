//! `yumen plugin inspect`: what a file is, and what it says of itself.

use std::{fmt::Write, process::ExitCode};

use serde_json::{Value, json};
use yumen_workshop::{Inspected, Outline, Trouble, inspect};

use super::{Global, InspectArgs, show, size};

pub(super) fn run(global: &Global, args: &InspectArgs) -> Result<ExitCode, Trouble> {
    let inspected = inspect(&args.file)?;
    let json = json!({
        "file": args.file,
        "outline": inspected.outline,
        "manifest": inspected.manifest,
        "refused": inspected.refused,
    });
    Ok(show(global, &text(&args.file.display().to_string(), &inspected), &json))
}

fn text(file: &str, inspected: &Inspected) -> String {
    let Outline { form, size: bytes, digest, world, imports, exports, lane } = &inspected.outline;
    let mut text = format!("{file}\n");
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<10} {value}");
    };
    row("form", form.as_str());
    row("world", world.map_or("none: it exports nothing of yumen:plugin", |world| world.as_str()));
    row("size", &format!("{} ({bytes} bytes)", size(*bytes as u64)));
    row("digest", digest);
    if let Some(lane) = lane {
        row("lane", &format!("{} ({})", lane.as_str(), lane.why()));
    }
    for (at, import) in imports.iter().enumerate() {
        let note = if import.offered { "" } else { "   NOT OFFERED by the gateway" };
        row(if at == 0 { "imports" } else { "" }, &format!("{}{note}", import.name));
    }
    for (at, export) in exports.iter().enumerate() {
        row(if at == 0 { "exports" } else { "" }, export);
    }
    if let Some(manifest) = &inspected.manifest {
        row("name", manifest["name"].as_str().unwrap_or_default());
        row("version", manifest["version"].as_str().unwrap_or_default());
        for key in ["interest", "request-wants", "call-wants", "response-wants"] {
            let list: Vec<&str> = manifest[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            if !list.is_empty() {
                row(key, &list.join(", "));
            }
        }
        row("failure", manifest["on-failure"].as_str().unwrap_or_default());
        let schema = &manifest["config-schema"];
        row("schema", &if schema.is_null() { "any object".to_owned() } else { schema.to_string() });
    }
    if let Some(refused) = &inspected.refused {
        let _ = writeln!(text, "the gateway refuses it: {refused}");
    }
    text
}
