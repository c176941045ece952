//! `yumen plugin list`: plugins of a running gateway and what serves.

use std::process::ExitCode;

use http::Method;
use serde_json::Value;

use super::{
    Global, ListArgs, Remote,
    remote::{Ask, Failure, block_on},
};
use crate::cli::{Output, output};

pub(super) fn run(global: &Global, args: &ListArgs) -> Result<ExitCode, Failure> {
    let remote = Remote::find(global, &args.admin)?;
    let body = block_on(async {
        match &args.name {
            Some(name) => remote.plugin(name).await,
            None => remote.send(Method::GET, "/plugins", Ask::default()).await,
        }
    })?
    .body;
    Ok(output::print(&match (global.output, &args.name) {
        (Output::Json, _) => format!("{body:#}\n"),
        (_, Some(_)) => one(&body),
        (_, None) => all(&body),
    }))
}

/// A line for each plugin.
fn all(body: &Value) -> String {
    let mut rows = vec![["NAME", "KIND", "STABLE", "CANARY", "PREVIOUS", "SOURCE", "STATE"].map(str::to_owned)];
    for plugin in body["plugins"].as_array().into_iter().flatten() {
        let word = |key: &str| plugin[key].as_str().unwrap_or("-").to_owned();
        rows.push([
            word("name"),
            word("kind"),
            word("stable"),
            canary(plugin),
            word("previous"),
            word("source"),
            state(plugin),
        ]);
    }
    let mut text = table(&rows);
    if let Some(why) = body["unkept"].as_str() {
        text.push_str(&format!("a restart will not know this: {why}\n"));
    }
    text
}

/// One plugin, with a line for each version.
fn one(plugin: &Value) -> String {
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let mut text = format!("{} ({}) from {}\n", word(&plugin["name"]), word(&plugin["kind"]), word(&plugin["source"]));
    for condition in plugin["conditions"].as_array().into_iter().flatten() {
        let holds = if condition["status"] == true { "yes" } else { "no" };
        text.push_str(&format!("  {:<11} {holds:<4} {}\n", word(&condition["type"]), word(&condition["message"])));
    }
    for key in ["drift", "note"] {
        if let Some(told) = plugin[key].as_str() {
            text.push_str(&format!("  {key:<16} {told}\n"));
        }
    }
    let mut rows = vec![["VERSION", "SAYS", "STATE", "KIB", "ORIGIN"].map(str::to_owned)];
    for version in plugin["versions"].as_array().into_iter().flatten() {
        let kib = version["size"].as_u64().unwrap_or_default().div_ceil(1024).to_string();
        let words = [&version["id"], &version["version"], &version["state"]].map(word);
        let [id, says, state] = words;
        rows.push([id, says, state, kib, word(&version["origin"])]);
    }
    text + &table(&rows)
}

fn canary(plugin: &Value) -> String {
    let canary = &plugin["canary"];
    let Some(version) = canary["version"].as_str() else { return "-".to_owned() };
    match (canary["percent"].as_f64(), canary["header"].as_str()) {
        (Some(percent), _) => format!("{version} {percent} %"),
        (None, Some(header)) => format!("{version} {header}"),
        (None, None) => version.to_owned(),
    }
}

/// The first condition that does not hold, else how it serves.
fn state(plugin: &Value) -> String {
    let conditions = plugin["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let bad = conditions.iter().find(|condition| condition["status"] == false).or(conditions.last());
    let reason = bad.and_then(|condition| condition["reason"].as_str()).unwrap_or("-");
    if plugin["drift"].is_string() { format!("{reason}, drift") } else { reason.to_owned() }
}

/// Columns as wide as their widest word.
fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, word) in row.iter().enumerate() {
            let width = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
            line.push_str(&format!("{word:<width$}   "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plugin_that_waits_or_drifts_says_so() {
        let body = json!({ "plugins": [
            { "name": "add-tenant", "kind": "filter", "stable": "0123456789ab", "source": "./a.wasm", "drift": "x",
              "canary": { "version": "ba9876543210", "percent": 12.5 },
              "conditions": [{ "type": "Accepted", "status": true, "reason": "Loaded" },
                             { "type": "Programmed", "status": true, "reason": "Canary" }] },
            { "name": "b", "kind": null, "stable": null, "source": "upload", "conditions": [
                { "type": "Accepted", "status": true, "reason": "Loaded" },
                { "type": "Programmed", "status": false, "reason": "WaitingForUpload" }] }] });
        let text = all(&body);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[1..],
            [
                "add-tenant   filter   0123456789ab   ba9876543210 12.5 %   -          ./a.wasm   Canary, drift",
                "b            -        -              -                     -          upload     WaitingForUpload",
            ]
        );
    }
}
