//! `yumen plugin logs`: what a plugin says.

use std::process::ExitCode;

use http::Method;
use serde_json::Value;

use super::{
    Global, LogsArgs, Remote,
    remote::{Ask, Failure, block_on, escaped},
};
use crate::cli::{Output, output};

pub(super) fn run(global: &Global, args: &LogsArgs) -> Result<ExitCode, Failure> {
    let remote = Remote::find(global, &args.admin)?;
    let version = args.version.as_deref().map(|version| format!("&version={}", escaped(version))).unwrap_or_default();
    let path = format!("/plugins/{}/logs?tail={}{version}", escaped(&args.name), args.tail);
    block_on(async {
        if !args.follow {
            let body = remote.send(Method::GET, &path, Ask::default()).await?.body;
            let lines = body["lines"].as_array().into_iter().flatten();
            return Ok(output::print(&lines.map(|line| told(global.output, line)).collect::<String>()));
        }
        let mut rest = Vec::new();
        let path = format!("{path}&follow=true");
        let follow = remote.stream(&path, |piece| {
            rest.extend_from_slice(piece);
            let text: String = events(&mut rest).iter().map(|line| told(global.output, line)).collect();
            output::print(&text);
        });
        tokio::select! {
            ended = follow => ended.map(|()| ExitCode::SUCCESS),
            _ = tokio::signal::ctrl_c() => Ok(ExitCode::SUCCESS),
        }
    })
}

/// The whole events in `rest`, which keeps what is left of the next one.
fn events(rest: &mut Vec<u8>) -> Vec<Value> {
    let Some(end) = rest.windows(2).rposition(|pair| pair == b"\n\n") else { return Vec::new() };
    let whole: Vec<u8> = rest.drain(..end + 2).collect();
    let lines = whole.split(|byte| *byte == b'\n').filter_map(|line| line.strip_prefix(b"data: "));
    lines.filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

/// A line, as it is printed.
fn told(format: Output, line: &Value) -> String {
    if format == Output::Json {
        return format!("{line}\n");
    }
    let word = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
    format!("{} {:<5} {} {}\n", word("time"), word("level").to_uppercase(), word("version"), word("message"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_however_they_are_cut() {
        let sent = b": begun\n\ndata: {\"message\":\"one\"}\n\n: still here\n\ndata: {\"message\":\"two\"}\n\n";
        for cut in 0..sent.len() {
            let mut rest = sent[..cut].to_vec();
            let mut seen = events(&mut rest);
            rest.extend_from_slice(&sent[cut..]);
            seen.extend(events(&mut rest));
            let messages: Vec<&str> = seen.iter().filter_map(|line| line["message"].as_str()).collect();
            assert_eq!(messages, ["one", "two"], "cut at {cut}");
            assert!(rest.is_empty());
        }
    }
}
