//! Frames that real consumers and providers of Dubbo 2.7, 3.2 and 3.3 exchanged: read as they are, written as they were.
//!
//! Where they come from: `tests/fixtures/frames/PROVENANCE.md`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use yumen_dubbo::body::hessian2::{Envelope, Identity, RequestBody};
use yumen_dubbo::body::read_reply;
use yumen_dubbo::error::{ErrorKind, Status};
use yumen_dubbo::exchange::Event;
use yumen_dubbo::frame::{DEFAULT_PAYLOAD, Decoder, Frame, HEADER_LEN, Incoming, Kind};
use yumen_dubbo::invocation::{Invocation, Method};
use yumen_dubbo::reply::ReplyKind;

const LINES: [&str; 3] = ["2.7", "3.2", "3.3"];

fn folder(line: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/frames").join(line)
}

/// The one frame in a file.
fn load(file: &Path) -> Frame {
    let bytes = fs::read(file).unwrap();
    let mut buffer = BytesMut::from(&bytes[..]);
    match Decoder::new(DEFAULT_PAYLOAD).decode(&mut buffer) {
        Ok(Some(Incoming::Frame(frame))) if buffer.is_empty() => {
            assert_eq!(frame.header.encode(), bytes[..HEADER_LEN], "{} must survive the round trip", file.display());
            frame
        }
        other => panic!("{}: {other:?}", file.display()),
    }
}

/// All files of a kind, over all lines, with their names.
fn each(suffix: &str, check: impl Fn(&str, &str, Frame)) {
    for line in LINES {
        let mut count = 0;
        for entry in fs::read_dir(folder(line)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if let Some(name) = name.strip_suffix(suffix) {
                check(line, name, load(&path));
                count += 1;
            }
        }
        assert!(count > 0, "there are frames {suffix} of {line}");
    }
}

fn map(request: &RequestBody) -> BTreeMap<String, String> {
    request.attachments().unwrap().into_iter().collect()
}

#[test]
fn our_requests_are_those_of_java_up_to_the_order_of_attachments() {
    each(".request.bin", |line, name, frame| {
        let java = RequestBody::read(frame.body).unwrap();
        let theirs = map(&java);
        let text = |key: &str| theirs.get(key).map(String::as_str);
        let identity = Identity {
            interface: text("interface").unwrap(),
            path: text("path").unwrap(),
            version: Some(&java.version).filter(|version| *version != "0.0.0").map(String::as_str),
            group: text("group"),
            token: text("token"),
            application: text("remote.application").unwrap(),
        };
        let mut rest = java.arguments();
        (0..parameters(&java.descriptor)).for_each(|_| rest.skip().unwrap());
        let head = &java.body[..java.arguments_at + rest.position()];
        let method = Method { one_way: text("return") == Some("false"), ..Method::new(&java.method, &java.descriptor) };
        assert_eq!(frame.header.kind, Kind::Request { two_way: !method.one_way }, "{line} {name}");
        let arguments = &head[java.arguments_at..];
        let call = Invocation {
            method: &method,
            arguments,
            attachments: &[],
            deadline: Instant::now(),
            chosen: None,
            context: None,
        };
        let mut ours = Vec::new();
        Envelope::new(&identity).write(&call, Duration::from_secs(3), &mut ours);
        assert_eq!(&ours[..head.len()], head, "{line} {name}");
        let ours = map(&RequestBody::read(ours.into()).unwrap());
        for (key, value) in &ours {
            let timeout_of_2_7 = key == "timeout" && line == "2.7";
            assert!(timeout_of_2_7 || theirs.get(key) == Some(value), "{line} {name}: {key}={value}, Java {theirs:?}");
        }
    });
}

/// How many values a descriptor of these fixtures stands for.
fn parameters(descriptor: &str) -> usize {
    let names = descriptor.split(';').filter(|name| !name.is_empty());
    names.map(|name| name.split('L').next().unwrap().replace('[', "").len() + usize::from(name.contains('L'))).sum()
}

#[test]
fn every_reply_is_read_to_its_end() {
    each(".reply.bin", |line, name, frame| {
        let request = load(&folder(line).join(format!("{name}.request.bin")));
        assert_eq!(frame.header.id, request.header.id, "{line} {name}");
        let Ok(reply) = read_reply(frame) else { return };
        let mut reader = reply.reader();
        if reply.kind != ReplyKind::Null {
            reader.skip().unwrap();
        }
        assert_eq!(reply.body[0] >= 0x93, !reader.is_empty(), "{line} {name}: attachments come with tags 3 to 5");
        if !reader.is_empty() {
            reader.skip().unwrap();
        }
        assert!(reader.is_empty(), "{line} {name}: {} bytes are left", reader.remaining().len());
    });
}

#[test]
fn results_exceptions_and_nulls_are_told_apart() {
    for line in LINES {
        for (name, expected) in [
            ("echo-text", ReplyKind::Value),
            ("object-result", ReplyKind::Value),
            ("large-result", ReplyKind::Value),
            ("void", ReplyKind::Null),
            ("null-result", ReplyKind::Null),
            ("exception-declared", ReplyKind::Exception),
            ("exception-provider-only-unchecked", ReplyKind::Exception),
        ] {
            let reply = read_reply(load(&folder(line).join(format!("{name}.reply.bin")))).unwrap();
            assert_eq!(reply.kind, expected, "{line} {name}");
        }
    }
}

#[test]
fn the_texts_of_refusals_are_read_in_either_serialization() {
    for (line, name, status, text) in [
        ("2.7", "no-such-group", Status::ServiceError, "Not found exported service"),
        ("3.2", "no-such-group", Status::BadRequest, "Fail to decode request due to: RpcInvocation [methodName=who"),
        ("3.3", "no-such-group", Status::BadRequest, "Fail to decode request due to: RpcInvocation [methodName=who"),
        ("3.2", "generic-no-such-method", Status::ServiceError, "No such method vanish"),
        ("3.3", "exception-refused-by-class-check", Status::BadResponse, "Failed to send response"),
    ] {
        let error = read_reply(load(&folder(line).join(format!("{name}.reply.bin")))).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Provider(status), "{line} {name}: {error}");
        assert!(error.message.contains(text), "{line} {name}: {error}");
    }
}

#[test]
fn the_heartbeats_of_java_are_heartbeats() {
    each("heartbeat.event.bin", |line, _, frame| {
        assert!(frame.header.event && frame.header.kind == Kind::Request { two_way: true }, "{line}");
        assert_eq!(Event::read(frame.header.serialization, &frame.body), Event::Heartbeat, "{line}");
    });
    each("heartbeat-answer.event.bin", |line, _, frame| {
        assert!(frame.header.event && matches!(frame.header.kind, Kind::Response { .. }), "{line}");
        assert_eq!(Event::read(frame.header.serialization, &frame.body), Event::Heartbeat, "{line}");
    });
}

#[test]
fn the_farewell_of_java_is_one_in_either_serialization() {
    each("read-only.event.bin", |line, _, frame| {
        assert!(frame.header.event && frame.header.kind == Kind::Request { two_way: false }, "{line}");
        assert_eq!(Event::read(frame.header.serialization, &frame.body), Event::GoAway, "{line}");
    });
}
