//! `yumen plugin canary`: a version on trial.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::{
    CanaryArgs, Global, Remote, SplitArgs,
    remote::{Failure, block_on},
};
use crate::cli::{Output, output};

pub(super) fn run(global: &Global, args: &CanaryArgs) -> Result<ExitCode, Failure> {
    let remote = Remote::find(global, &args.admin)?;
    let change = block_on(async {
        let now = remote.plugin(&args.name).await?;
        let tag = now.tag.as_deref();
        if args.promote {
            let mut body = json!({});
            args.eye.add_to(&mut body);
            return remote.change(&args.name, "canary/promote", &body, tag).await;
        }
        if args.abort {
            return remote.change(&args.name, "canary/abort", &json!({}), tag).await;
        }
        let split = split(&args.split).ok_or_else(|| {
            Failure::new("which part shall it get?").help("give --percent, --header, --promote or --abort")
        })?;
        let version = match &args.version {
            Some(version) => version.clone(),
            None => candidate(&now.body).ok_or_else(|| {
                Failure::new("there is no version that could be tried").help("bring one: yumen plugin push FILE")
            })?,
        };
        let mut body = json!({ "version": version, "canary": split });
        args.eye.add_to(&mut body);
        remote.change(&args.name, "activate", &body, tag).await
    })?
    .body;
    if global.output == Output::Json {
        return Ok(output::print(&format!("{change:#}\n")));
    }
    let plugin = &change["plugin"];
    let word = |value: &Value| value.as_str().unwrap_or("nothing").to_owned();
    let stable = word(&plugin["stable"]);
    Ok(output::print(&match plugin["canary"]["version"].as_str() {
        Some(canary) => format!("{}: {canary} is on trial, {stable} serves the others\n", args.name),
        None => format!("{}: {stable} serves everybody\n", args.name),
    }))
}

fn split(args: &SplitArgs) -> Option<Value> {
    match (args.percent, &args.header) {
        (Some(percent), _) => Some(json!({ "percent": percent, "sticky": args.sticky })),
        (None, Some(header)) => Some(match header.split_once('=') {
            Some((name, value)) => json!({ "header": name, "value": value }),
            None => json!({ "header": header }),
        }),
        (None, None) => None,
    }
}

/// The canary that runs, else the newest version that waits to serve.
fn candidate(plugin: &Value) -> Option<String> {
    let newest = || {
        let mut versions = plugin["versions"].as_array()?.iter();
        let idle = versions.find(|version| matches!(version["state"].as_str(), Some("ready" | "kept")))?;
        idle["id"].as_str()
    };
    plugin["canary"]["version"].as_str().or_else(newest).map(str::to_owned)
}
