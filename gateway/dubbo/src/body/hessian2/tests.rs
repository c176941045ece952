//! Tests of [`super`].

use std::borrow::Cow;
use std::time::Instant;

use super::*;
use crate::frame::{self, HEADER_LEN, Header};
use crate::invocation::Method;

/// `hi("a", 7)` on `d.Svc`, id 1, as a consumer without timeout and application would send it.
const REQUEST: &[u8] = b"\xDA\xBB\xC2\0\0\0\0\0\0\0\0\x01\0\0\0\x57\
    \x052.0.2\x05d.Svc\x050.0.0\x02hi\x13Ljava/lang/String;I\x01a\x97\
    H\x04path\x05d.Svc\x09interface\x05d.Svc\x07version\x050.0.0Z";

/// The provider's answer "ok".
const REPLY: &[u8] = b"\xDA\xBB\x02\x14\0\0\0\0\0\0\0\x01\0\0\0\x12\x94\x02okH\x05dubbo\x052.0.2Z";

fn identity() -> Identity<'static> {
    Identity { interface: "d.Svc", path: "d.Svc", version: None, group: None, token: None, application: "app" }
}

fn write(identity: &Identity<'_>, attachments: &[(Cow<'_, str>, Cow<'_, str>)]) -> Vec<u8> {
    let method = Method::new("hi", "Ljava/lang/String;I");
    let call = Invocation {
        method: &method,
        arguments: b"\x01a\x97",
        attachments,
        deadline: Instant::now(),
        chosen: None,
        context: None,
    };
    let mut out = Vec::new();
    Envelope::new(identity).write(&call, Duration::from_millis(1500), &mut out);
    out
}

fn attachments(body: Vec<u8>) -> Vec<(String, String)> {
    RequestBody::read(body.into()).unwrap().attachments().unwrap()
}

#[test]
fn the_request_vector_is_read_field_by_field() {
    let (header, body) = REQUEST.split_at(HEADER_LEN);
    let header = Header::decode(header.try_into().unwrap()).unwrap();
    assert_eq!(header, Header { length: body.len() as u32, ..Header::request(1, true, 2) });
    let request = RequestBody::read(Bytes::from_static(body)).unwrap();
    let fields = [&request.protocol_version, &request.path, &request.version, &request.method];
    assert_eq!(fields, ["2.0.2", "d.Svc", "0.0.0", "hi"]);
    assert_eq!(request.descriptor, "Ljava/lang/String;I");
    let mut arguments = request.arguments();
    assert_eq!(arguments.read_string().unwrap().as_deref(), Some("a"));
    assert_eq!(arguments.read_int().unwrap(), 7);
    let pairs = request.attachments().unwrap();
    let pairs: Vec<_> = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(pairs, [("path", "d.Svc"), ("interface", "d.Svc"), ("version", "0.0.0")]);
}

#[test]
fn what_we_write_is_the_vector_with_application_and_timeout_added() {
    let (vector, _) = REQUEST[HEADER_LEN..].split_at(REQUEST.len() - HEADER_LEN - 1);
    let expected = [vector, b"\x12remote.application\x03app\x07timeout\x041500Z"].concat();
    assert_eq!(write(&identity(), &[]), expected);
}

#[test]
fn the_reply_vector_is_written_and_read() {
    let mut out = Vec::new();
    let start = frame::begin(Header::response(1, 20, 2), &mut out);
    write_reply(Outcome::Value(b"\x02ok"), true, &mut out);
    frame::finish(start, 1024, &mut out).unwrap();
    assert_eq!(out, REPLY);
    let reply = read_reply(Bytes::from_static(&REPLY[HEADER_LEN..])).unwrap();
    assert_eq!(reply.kind, ReplyKind::Value);
    assert_eq!(reply.reader().read_string().unwrap().as_deref(), Some("ok"));
}

#[test]
fn all_six_tags_are_read_and_any_other_is_refused() {
    use ReplyKind::{Exception, Null, Value};
    for (tag, expected) in [Exception, Value, Null, Exception, Value, Null].into_iter().enumerate() {
        let body = vec![0x90 + tag as u8, b'N'];
        assert_eq!(read_reply(body.into()).unwrap().kind, expected, "tag {tag}");
    }
    for body in [b"".as_slice(), b"\x96N", b"\x8FN", b"N", b"\x91", b"\x90", b"\x93", b"\x94"] {
        assert!(read_reply(Bytes::copy_from_slice(body)).is_err(), "{body:x?}");
    }
    assert_eq!(read_reply(Bytes::from_static(b"\x92")).unwrap().kind, Null);
}

#[test]
fn group_version_token_and_path_travel_as_attachments() {
    let identity =
        Identity { path: "ctx/d.Svc", version: Some("1.0"), group: Some("g"), token: Some("t"), ..identity() };
    let pairs = attachments(write(&identity, &[]));
    for (key, value) in [
        ("path", "ctx/d.Svc"),
        ("interface", "d.Svc"),
        ("version", "1.0"),
        ("group", "g"),
        ("token", "t"),
        ("remote.application", "app"),
        ("timeout", "1500"),
    ] {
        assert_eq!(pairs.iter().find(|pair| pair.0 == key).map(|pair| pair.1.as_str()), Some(value), "{key}");
    }
}

#[test]
fn a_request_adds_attachments_but_cannot_replace_ours() {
    let own = [("dubbo.tag".into(), "gray".into()), ("path".into(), "evil.Svc".into()), ("group".into(), "x".into())];
    let pairs = attachments(write(&identity(), &own));
    assert!(pairs.contains(&("dubbo.tag".into(), "gray".into())));
    assert!(!pairs.iter().any(|(key, value)| key == "group" || value == "evil.Svc"));
}

#[test]
fn timeouts_are_written_as_decimal_text() {
    for (number, expected) in [
        (0, b"\x010".as_slice()),
        (7, b"\x017"),
        (10, b"\x0210"),
        (60_000, b"\x0560000"),
        (9_999_999_999, b"\x0a9999999999"),
        (u128::MAX, b"\x0a9999999999"),
    ] {
        let mut out = Vec::new();
        write_number(number, &mut out);
        assert_eq!(out, expected);
    }
}

#[test]
fn parameters_are_counted_in_any_descriptor() {
    for (descriptor, expected) in [
        ("", 0),
        ("I", 1),
        ("[I", 1),
        ("Ljava/lang/String;[ILjava/util/List;", 3),
        ("[[Ljava/lang/String;J", 2),
        ("Ljava/lang/String", 1),
        ("[", 0),
        ("L", 1),
    ] {
        assert_eq!(count_parameters(descriptor), expected, "{descriptor}");
    }
}

#[test]
fn reply_attachments_go_only_to_consumers_that_read_them() {
    for (version, expected) in [("2.0.2", true), ("2.0.99", true), ("2.0.1", false), ("2.6.5", false), ("", false)] {
        let mut out = Vec::new();
        Writer::new(&mut out).string(version);
        for _ in 0..4 {
            Writer::new(&mut out).string("");
        }
        assert_eq!(RequestBody::read(out.into()).unwrap().wants_attachments(), expected, "{version}");
    }
}

#[test]
fn broken_request_bodies_are_errors() {
    let body = &REQUEST[HEADER_LEN..];
    for cut in 0..32 {
        assert!(RequestBody::read(Bytes::copy_from_slice(&body[..cut])).is_err(), "{cut}");
    }
    for cut in 45..body.len() {
        let request = RequestBody::read(Bytes::copy_from_slice(&body[..cut])).unwrap();
        assert!(request.attachments().is_err(), "{cut}");
    }
}

proptest::proptest! {
    #[test]
    fn no_body_makes_a_reader_panic(body: Vec<u8>) {
        if let Ok(request) = RequestBody::read(body.clone().into()) {
            let _ = request.attachments();
        }
        let _ = read_reply(body.into());
    }
}
