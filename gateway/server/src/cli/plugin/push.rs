//! `yumen plugin push`: a module, or what a project makes, goes to a running gateway.

mod origin;

use std::{
    io::Write,
    process::ExitCode,
    time::{Duration, Instant},
};

use http::Method;
use serde_json::{Value, json};

use self::origin::Origin;
use super::{
    Global, PushArgs, Remote,
    remote::{Ask, Failure, block_on, escaped},
};
use crate::cli::{Output, output};

/// How often a watched file is looked at; once it is as it was the last time, it is whole.
const LOOK: Duration = Duration::from_millis(200);

pub(super) fn run(global: &Global, args: &PushArgs) -> Result<ExitCode, Failure> {
    let remote = Remote::find(global, &args.admin)?;
    let origin = Origin::of(&args.path, args.tools.as_deref())?;
    let name = match args.name.clone().or_else(|| origin.name()) {
        Some(name) => name,
        None => return Err(Failure::new("which plugin is it? give --name")),
    };
    let push = Push { remote, global, args, origin, name };
    block_on(async { if args.watch { push.watch().await } else { push.once().await } })
}

/// What goes where.
struct Push<'a> {
    remote: Remote,
    global: &'a Global,
    args: &'a PushArgs,
    origin: Origin,
    /// The plugin's name.
    name: String,
}

impl Push<'_> {
    async fn once(&self) -> Result<ExitCode, Failure> {
        let Self { remote, global, args, origin, name } = self;
        let bytes = origin.bytes(global)?;
        let begun = Instant::now();
        let query = if args.dry_run { "?dry_run=true" } else { "" };
        let path = format!("/plugins/{}/versions{query}", escaped(name));
        let ask = Ask { tag: None, media: Some("application/wasm"), body: bytes };
        let uploaded = remote.send(Method::PUT, &path, ask).await?;
        let version = uploaded.body;
        let id = version["id"].as_str().unwrap_or_default().to_owned();
        let body = match args.canary {
            _ if !args.activate && args.canary.is_none() => None,
            Some(percent) => Some(json!({ "version": id, "canary": { "percent": percent } })),
            None => Some(json!({ "version": id })),
        };
        let mut change = Value::Null;
        if let Some(mut body) = body {
            args.eye.add_to(&mut body);
            let now = remote.plugin(name).await?;
            change = remote.change(name, "activate", &body, now.tag.as_deref()).await?.body;
        }
        if let (Some(false), Some(note)) = (change["live"].as_bool(), change["plugin"]["note"].as_str()) {
            return Err(Failure::new(format!("{name} {id} does not serve: {note}")));
        }
        let known = uploaded.status == http::StatusCode::OK && !args.dry_run;
        let milliseconds = begun.elapsed().as_millis();
        if global.output == Output::Json {
            let all = json!({ "version": version, "known": known, "change": change, "milliseconds": milliseconds });
            return Ok(output::print(&format!("{all:#}\n")));
        }
        let done = match (args.canary, change["live"].as_bool()) {
            _ if args.dry_run => "could serve".to_owned(),
            (_, None) if known => "was there before; --activate lets it serve".to_owned(),
            (_, None) => "is ready; --activate lets it serve".to_owned(),
            (Some(percent), Some(_)) => format!("gets {percent} % of the clients"),
            (None, Some(true)) => "serves".to_owned(),
            (None, Some(false)) => "is activated, and not live yet".to_owned(),
        };
        let says = version["version"].as_str().unwrap_or_default();
        let size = version["size"].as_u64().unwrap_or_default().div_ceil(1024);
        Ok(output::print(&format!("{name} {says} ({id}, {size} KiB) {done}   {milliseconds} ms\n")))
    }

    /// Brings it now and whenever it changed, until Ctrl-C. What does not build or is refused leaves the version that serves.
    async fn watch(&self) -> Result<ExitCode, Failure> {
        let (mut brought, mut looked) = (None, None);
        loop {
            let now = self.origin.stamp();
            if now.is_some() && now == looked && now != brought {
                brought = now;
                if let Err(failure) = self.once().await {
                    failure.tell();
                    let _ = writeln!(std::io::stderr(), "what served before serves on; waiting for the next change");
                }
            }
            looked = now;
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = tokio::signal::ctrl_c() => return Ok(ExitCode::SUCCESS),
            }
        }
    }
}
