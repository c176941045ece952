//! The log: what the gateway itself has to say, on stderr.
//!
//! ```text
//! 10:02:11 INFO  config   v14 live in 31 ms (routes +1 ~1)
//! {"ts":"2026-01-05T10:02:11.530Z","lvl":"info","t":"config","msg":"v14 live in 31 ms (routes +1 ~1)"}
//! ```
//! Text on a terminal, JSON when piped, as the access log. `t` is the room that speaks. A message of several lines, as a
//! configuration that was refused, keeps its lines on a terminal, indented; in JSON every event is one line.

use std::{fmt, io::IsTerminal, time::SystemTime};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
};
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::{
    EnvFilter, Registry,
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    layer::SubscriberExt,
    registry::LookupSpan,
    reload,
    util::SubscriberInitExt,
};

use crate::config::LogLevel;

/// The log of the process. Dropping it writes what is queued.
pub struct Log {
    filter: reload::Handle<EnvFilter, Registry>,
    _guard: WorkerGuard,
}

impl Log {
    /// Installs the log for the whole process.
    ///
    /// # Errors
    /// When a log is already installed.
    pub fn install(level: LogLevel) -> anyhow::Result<Self> {
        let (writer, guard) = tracing_appender::non_blocking(std::io::stderr());
        let (filter, handle) = reload::Layer::new(filter(level));
        let style = Style { terminal: std::io::stderr().is_terminal() };
        let layer = tracing_subscriber::fmt::layer().event_format(style).with_writer(writer);
        tracing_subscriber::registry().with(filter).with(layer).try_init()?;
        Ok(Self { filter: handle, _guard: guard })
    }

    /// Changes how much is told.
    pub fn set_level(&self, level: LogLevel) {
        if let Err(error) = self.filter.reload(filter(level)) {
            tracing::warn!(%error, "the log level cannot be changed");
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Log")
    }
}

/// Our own rooms speak at the level asked for; libraries only when something is wrong, unless everything is asked for.
fn filter(level: LogLevel) -> EnvFilter {
    let (ours, others) = match level {
        LogLevel::Error => ("error", "error"),
        LogLevel::Warn => ("warn", "warn"),
        LogLevel::Info => ("info", "warn"),
        LogLevel::Debug => ("debug", "warn"),
        LogLevel::Trace => ("trace", "debug"),
    };
    let rooms = ["yumen", "yumen_server", "yumen_dubbo", "yumen_registries", "yumen_hessian2"];
    let ours: Vec<String> = rooms.iter().map(|room| format!("{room}={ours}")).collect();
    EnvFilter::new(format!("{others},{}", ours.join(",")))
}

/// How an event becomes a line.
struct Style {
    terminal: bool,
}

impl<S, N> FormatEvent<S, N> for Style
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut said = Said::default();
        event.record(&mut said);
        let now = jiff::Timestamp::try_from(SystemTime::now()).unwrap_or_default();
        if self.terminal {
            text(&mut out, now, event.metadata(), &said)
        } else {
            json(&mut out, now, event.metadata(), &said)
        }
    }
}

/// Message and fields of an event.
#[derive(Default)]
struct Said {
    message: String,
    fields: Vec<(&'static str, String)>,
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.to_owned());
    }
}

impl Said {
    fn put(&mut self, field: &Field, value: String) {
        match field.name() {
            "message" => self.message = value,
            name => self.fields.push((name, value)),
        }
    }
}

/// The room that speaks: `yumen_server::config::load` is `config`, `yumen_dubbo::pool` is `pool`.
fn room<'a>(metadata: &'a Metadata<'_>) -> &'a str {
    let mut path = metadata.target().split("::");
    let first = path.next().unwrap_or("");
    path.next().unwrap_or(first)
}

fn text(out: &mut Writer<'_>, now: jiff::Timestamp, metadata: &Metadata<'_>, said: &Said) -> fmt::Result {
    let mut lines = said.message.lines();
    write!(out, "{} {:<5} {:<8} ", now.strftime("%H:%M:%S"), metadata.level(), room(metadata))?;
    write!(out, "{}", escaped(lines.next().unwrap_or_default()))?;
    for (name, value) in &said.fields {
        write!(out, " {name}={}", escaped(value))?;
    }
    for line in lines {
        write!(out, "\n{INDENT}{}", escaped(line).trim_end())?;
    }
    writeln!(out)
}

/// Before the further lines of a message: none of them can be taken for an event of its own.
const INDENT: &str = "    ";

fn json(out: &mut Writer<'_>, now: jiff::Timestamp, metadata: &Metadata<'_>, said: &Said) -> fmt::Result {
    let string = |text: &str| serde_json::Value::from(text).to_string();
    let level = match *metadata.level() {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    };
    write!(
        out,
        "{{\"ts\":\"{}\",\"lvl\":\"{level}\",\"t\":{}",
        now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"),
        string(room(metadata))
    )?;
    write!(out, ",\"msg\":{}", string(&said.message))?;
    for (name, value) in &said.fields {
        write!(out, ",{}:{}", string(name), string(value))?;
    }
    writeln!(out, "}}")
}

/// Control characters cannot steer a terminal. A tab, as in a Java stack trace, becomes spaces.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => safe.push_str("    "),
            _ if character.is_control() => safe.extend(character.escape_default()),
            _ => safe.push(character),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    fn told(terminal: bool, tell: impl FnOnce()) -> String {
        let lines: Arc<Mutex<Vec<u8>>> = Arc::default();
        let sink = Arc::clone(&lines);
        let make = move || Sink(Arc::clone(&sink));
        let layer = tracing_subscriber::fmt::layer().event_format(Style { terminal }).with_writer(make);
        let subscriber = tracing_subscriber::registry().with(filter(LogLevel::Info)).with(layer);
        tracing::subscriber::with_default(subscriber, tell);
        let text = lines.lock().unwrap().clone();
        String::from_utf8(text).unwrap()
    }

    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn speak() {
        tracing::info!(target: "yumen_server::config::load", version = 14, "live\n\u{1b}[0m");
        tracing::debug!(target: "yumen_server::config", "not told");
        tracing::info!(target: "hyper::proto", "not told");
    }

    #[test]
    fn a_terminal_gets_text_that_cannot_steer_it() {
        let text = told(true, speak);
        assert!(text.ends_with(" INFO  config   live version=14\n    \\u{1b}[0m\n"), "{text:?}");
    }

    #[test]
    fn a_message_of_several_lines_keeps_them_on_a_terminal_and_forges_no_event() {
        let speak =
            || tracing::error!(target: "yumen_server::runtime", "refused:\n  |\n7 |\tport: x\r\n10:02:11 INFO  forged");
        let text = told(true, speak);
        let lines: Vec<_> = text.lines().skip(1).collect();
        assert_eq!(lines, ["      |", "    7 |    port: x", "    10:02:11 INFO  forged"], "{text}");
        assert_eq!(told(false, speak).lines().count(), 1);
    }

    #[test]
    fn a_pipe_gets_json() {
        let value: serde_json::Value = serde_json::from_str(&told(false, speak)).unwrap();
        assert_eq!((&value["lvl"], &value["t"], &value["version"]), (&"info".into(), &"config".into(), &"14".into()));
        assert!(value["msg"].as_str().unwrap().starts_with("live\n"));
    }
}
