//! What a line looks like, and what it must never do.

use std::sync::{Mutex, mpsc};

use super::*;

/// Everything written, once the writer thread has ended.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn written(format: AccessLogFormat, sample: f64, lines: &[Line<'_>]) -> String {
    let sink = Sink::default();
    let (log, guard) = AccessLog::start(sink.clone());
    log.configure(&AccessLogConfig { format, sample }, false);
    let writer = log.writer();
    for line in lines {
        if writer.wants(line.status) {
            writer.write(line);
        }
    }
    drop(writer);
    drop(guard);
    String::from_utf8(sink.0.lock().unwrap().clone()).unwrap()
}

fn line<'a>() -> Line<'a> {
    Line {
        route: Some("get-user"),
        target: Some("users.getUser"),
        provider: Some("10.0.0.5:20880"),
        upstream: Some(Duration::from_micros(3210)),
        ..Line::new(StatusCode::OK, "GET", "/users/7", Duration::from_micros(4150))
    }
}

#[test]
fn time_in_plugins_is_told_where_a_request_met_some() {
    let with = Line { plugins: Some(Duration::from_micros(1234)), ..line() };
    let text = written(AccessLogFormat::Auto, 1.0, &[with]);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["plugins_ms"], 1.2);
    let with = Line { plugins: Some(Duration::from_micros(1234)), ..line() };
    assert!(written(AccessLogFormat::Text, 1.0, &[with]).contains("(plugins 1.2)"));
}

#[test]
fn what_plugins_noted_is_told_by_name() {
    let tags = [("claim.sub".to_owned(), "a\"n\nn".to_owned()), ("plan".to_owned(), "beta".to_owned())];
    let with = Line { tags: &tags, ..line() };
    let value: serde_json::Value = serde_json::from_str(&written(AccessLogFormat::Auto, 1.0, &[with])).unwrap();
    assert_eq!(value["tags"], serde_json::json!({ "claim.sub": "a\"n\nn", "plan": "beta" }));
    let text = written(AccessLogFormat::Text, 1.0, &[with]);
    assert!(text.ends_with(" plan=beta\n") && text.lines().count() == 1, "{text}");
}

#[test]
fn json_has_every_part_that_is_known_and_no_other() {
    let text = written(AccessLogFormat::Auto, 1.0, &[line()]);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["status"], 200);
    assert_eq!(value["path"], "/users/7");
    assert_eq!(value["target"], "users.getUser");
    assert_eq!(value["ms"], 4.1);
    assert_eq!(value["up_ms"], 3.2);
    assert!(value["ts"].as_str().unwrap().ends_with('Z'));
    assert!(value.get("reason").is_none() && value.get("client").is_none());
}

#[test]
fn text_is_one_line_for_a_person() {
    let text = written(AccessLogFormat::Text, 1.0, &[line()]);
    assert!(text.contains(" 200 GET  /users/7 "), "{text}");
    assert!(text.ends_with("users.getUser@10.0.0.5:20880  4.1 ms (dubbo 3.2)\n"), "{text}");
}

#[test]
fn an_exception_is_named_by_its_class() {
    let thrown = Line { status: StatusCode::NOT_FOUND, exception: Some("com.example.UserNotFound"), ..line() };
    let text = written(AccessLogFormat::Text, 1.0, &[thrown]);
    assert!(text.ends_with("(dubbo 3.2) com.example.UserNotFound\n"), "{text}");
    let value: serde_json::Value = serde_json::from_str(&written(AccessLogFormat::Json, 1.0, &[thrown])).unwrap();
    assert_eq!(value["exception"], "com.example.UserNotFound");
}

#[test]
fn nothing_a_client_sends_can_forge_a_line_or_steer_a_terminal() {
    let path = "/a\n{\"x\":1}\u{1b}[31m\r\0\u{7f}\u{85}\u{2028}\u{202e}\"\\";
    let bad = Line { path, ..line() };
    for format in [AccessLogFormat::Text, AccessLogFormat::Json] {
        let text = written(format, 1.0, &[bad]);
        assert_eq!(text.lines().count(), 1, "{text:?}");
        assert!(!text.trim_end().chars().any(|c| c.is_control() || c == '\u{202e}'), "{text:?}");
    }
    let value: serde_json::Value = serde_json::from_str(&written(AccessLogFormat::Json, 1.0, &[bad])).unwrap();
    assert_eq!(value["path"], path);
}

#[test]
fn sampling_drops_requests_but_never_failures() {
    let failed = Line { status: StatusCode::BAD_GATEWAY, ..line() };
    assert_eq!(written(AccessLogFormat::Json, 0.0, &[line(), failed, line()]).lines().count(), 1);
    let half = written(AccessLogFormat::Json, 0.5, &[line(); 2000]).lines().count();
    assert!((800..1200).contains(&half), "{half}");
    assert_eq!(written(AccessLogFormat::Off, 1.0, &[failed]), "");
}

#[test]
fn a_writer_that_cannot_follow_loses_lines_and_counts_them() {
    struct Stuck(mpsc::Receiver<()>);
    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let _released = self.0.recv();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let (release, stuck) = mpsc::channel();
    let (log, guard) = AccessLog::start(Stuck(stuck));
    log.configure(&AccessLogConfig { format: AccessLogFormat::Json, sample: 1.0 }, false);
    let writer = log.writer();
    for _ in 0..QUEUE * 2 {
        writer.write(&line());
        writer.flush();
    }
    assert!(log.lost() >= QUEUE as u64 / 2, "{}", log.lost());
    drop(release);
    drop(writer);
    drop(guard);
}
