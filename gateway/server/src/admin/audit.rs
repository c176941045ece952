//! The audit log: one JSON line for each change that was asked for, done or not, and for what the gateway did by itself.
//!
//! ```json
//! {"time":"2026-01-05T10:02:11.204Z","actor":"token","address":"127.0.0.1:50312","verb":"activate","plugin":"add-tenant",
//!  "resource":"/api/v1/plugins/add-tenant/activate","from":"0c1d…","to":"9f2b…","result":"done"}
//! ```
//! Lines are only ever added. A file that has grown to 16 MiB is put aside as `audit.jsonl.1`, in the place of the one before it.

use std::{
    collections::VecDeque,
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use yumen_plugin_host::plugins::Event;

use super::{Admin, plugins::answer, problem::Problem, request::Ask};

/// Records that can be asked for.
const KEPT: usize = 1000;
/// Bytes of the file before it is put aside.
const LARGEST: u64 = 16 << 20;
/// Bytes at the end of the file that are read at start.
const TAIL: u64 = 1 << 20;

/// The log; clones are of the same. Whoever reads the last records does not wait for the disk.
#[derive(Default, Clone)]
pub(super) struct Audit(Arc<Inside>);

#[derive(Default)]
struct Inside {
    last: Mutex<VecDeque<Value>>,
    file: Mutex<Option<Log>>,
}

/// The file, and how long it is.
struct Log {
    path: PathBuf,
    file: File,
    size: u64,
}

/// One change.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// `token`, or `gateway` for what it does by itself.
    pub(super) actor: &'static str,
    pub(super) address: Option<String>,
    pub(super) verb: String,
    pub(super) plugin: String,
    pub(super) resource: Option<String>,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    /// Why, where the gateway did it.
    pub(super) reason: Option<String>,
    /// `done`, or why not.
    pub(super) result: String,
}

impl Audit {
    /// Goes on with the log in this file.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = append(path)?;
        let size = file.metadata()?.len();
        file.seek(SeekFrom::Start(size.saturating_sub(TAIL)))?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail)?;
        // The first line may be cut, and is then no JSON.
        let lines = tail.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok());
        let mut last: VecDeque<Value> = lines.collect();
        last.drain(..last.len().saturating_sub(KEPT));
        let log = Log { path: path.to_path_buf(), file, size };
        Ok(Self(Arc::new(Inside { last: Mutex::new(last), file: Mutex::new(Some(log)) })))
    }

    fn last(&self) -> MutexGuard<'_, VecDeque<Value>> {
        locked(&self.0.last)
    }

    /// Adds a record, and is done when it is on the disk. A disk that refuses is told in the log, and keeps nobody from what
    /// he does.
    pub(super) async fn note(&self, record: Record) {
        let line = record.json(SystemTime::now());
        let this = self.clone();
        let _panicked = tokio::task::spawn_blocking(move || this.write(line)).await;
    }

    fn write(&self, line: Value) {
        let mut file = locked(&self.0.file);
        let written = file.as_mut().map_or(Ok(()), |log| log.write(&line));
        if let Err(error) = written {
            tracing::error!(%error, record = %line, "the audit log cannot be written");
        }
        let mut last = self.last();
        if last.len() >= KEPT {
            last.pop_front();
        }
        last.push_back(line);
    }
}

fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Log {
    fn write(&mut self, line: &Value) -> io::Result<()> {
        let Self { path, file, size } = self;
        let text = format!("{line}\n");
        if *size + text.len() as u64 > LARGEST {
            fs::rename(&*path, path.with_extension("jsonl.1"))?;
            (*file, *size) = (append(path)?, 0);
        }
        file.write_all(text.as_bytes())?;
        *size += text.len() as u64;
        file.sync_data()
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)
}

impl Record {
    fn json(self, at: SystemTime) -> Value {
        let mut line = Map::new();
        let time = Timestamp::try_from(at).map(|time| format!("{time:.3}")).unwrap_or_default();
        line.insert("time".to_owned(), time.into());
        let optional = [
            ("actor", Some(self.actor.to_owned())),
            ("address", self.address),
            ("verb", Some(self.verb)),
            ("plugin", Some(self.plugin)),
            ("resource", self.resource),
            ("from", self.from),
            ("to", self.to),
            ("reason", self.reason),
            ("result", Some(self.result)),
        ];
        line.extend(optional.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.into()))));
        Value::Object(line)
    }
}

/// Writes down what the gateway does to plugins by itself. Ends with the gateway.
pub(super) async fn follow(audit: &Audit, mut events: Receiver<Event>) {
    loop {
        match events.recv().await {
            Ok(event) => {
                audit
                    .note(Record {
                        actor: "gateway",
                        verb: event.verb.to_owned(),
                        plugin: event.plugin.to_string(),
                        from: event.from,
                        to: event.to,
                        reason: Some(event.reason),
                        result: "done".to_owned(),
                        ..Record::default()
                    })
                    .await
            }
            Err(RecvError::Lagged(missed)) => tracing::warn!(missed, "the audit log missed events of plugins"),
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// `GET /audit?plugin=&limit=`: the last records, the newest first.
pub(super) async fn show(State(admin): State<Admin>, ask: Ask) -> Result<Response, Problem> {
    let limit = ask.number("limit", KEPT)?.unwrap_or(100);
    let plugin = ask.query("plugin");
    let last = admin.shared.audit.last();
    let wanted = |line: &&Value| plugin.is_none_or(|plugin| line["plugin"] == plugin);
    let records: Vec<&Value> = last.iter().rev().filter(wanted).take(limit).collect();
    Ok(answer(&json!({ "records": records })).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(verb: &str) -> Record {
        Record { actor: "token", verb: verb.to_owned(), plugin: "a\nb".to_owned(), ..Record::default() }
    }

    #[tokio::test]
    async fn the_log_goes_on_after_a_restart_and_each_record_is_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        Audit::open(&path).unwrap().note(record("one")).await;
        let audit = Audit::open(&path).unwrap();
        audit.note(record("two")).await;
        let verbs: Vec<Value> = audit.last().iter().map(|line| line["verb"].clone()).collect();
        assert_eq!(verbs, ["one", "two"]);
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);
    }

    #[tokio::test]
    async fn a_file_that_is_large_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let audit = Audit::open(&path).unwrap();
        audit.note(record("old")).await;
        locked(&audit.0.file).as_mut().unwrap().size = LARGEST;
        audit.note(record("new")).await;
        assert!(fs::read_to_string(folder.path().join("audit.jsonl.1")).unwrap().contains("old"));
        assert!(fs::read_to_string(&path).unwrap().contains("new"));
        assert_eq!(audit.last().len(), 2);
    }
}
