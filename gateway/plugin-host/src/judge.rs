//! Whether what guests hand back holds: before the gateway acts on it, and not by trusting what was asked for.
//!
//! Nothing a guest says may split a line, change where a message ends, or name a place that is not there.

mod fields;
mod text;

pub(crate) use fields::{attachments, request};
pub(crate) use text::{arguments, json};

use crate::words::{Action, Edit, Outcome, Piece, Reply, RpcCode, RpcError, Service, Verdict};

/// Edits of one verdict.
const EDITS_MOST: usize = 256;

/// Bytes of the text of an error.
const MESSAGE_MOST: usize = 64 << 10;

/// Methods of one service, services of one plugin, and parameters of one method.
const METHODS_MOST: usize = 1000;

/// A phase of an exchange, as far as verdicts differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Request,
    Call,
    Outcome,
    Response,
}

/// Judges a verdict. Names of fields are put in lower case, as the contract has them. `body_most` is asked when there is a body.
pub(crate) fn verdict(mut verdict: Verdict, phase: Phase, body_most: impl FnOnce() -> u64) -> Result<Verdict, String> {
    match &mut verdict.action {
        Action::Next => {}
        Action::Reply(answer) => reply(answer, body_most())?,
        Action::EndCall(end) => outcome(end)?,
    }
    if verdict.edits.is_empty() {
        return Ok(verdict);
    }
    if verdict.edits.len() > EDITS_MOST {
        return Err(format!("{} edits; {EDITS_MOST} are the most", verdict.edits.len()));
    }
    let mut size = 0;
    for change in &mut verdict.edits {
        size += edit(change, phase)?;
    }
    if size > fields::BYTES_MOST {
        return Err(format!("fields of {size} bytes; {} are the most", fields::BYTES_MOST));
    }
    Ok(verdict)
}

/// Judges one edit; returns the bytes of fields that it brings.
fn edit(edit: &mut Edit, phase: Phase) -> Result<usize, String> {
    let only = |allowed: Phase, what: &str| {
        if phase == allowed { Ok(()) } else { Err(format!("{what} has no meaning in this phase")) }
    };
    match edit {
        Edit::Set((name, value)) | Edit::Append((name, value)) => {
            if phase == Phase::Call {
                fields::attachment(name, value)?;
            } else {
                fields::field(name, value)?;
            }
            Ok(name.len() + value.len())
        }
        Edit::Remove(name) if phase == Phase::Call => fields::attachment(name, "").map(|()| 0),
        Edit::Remove(name) => fields::field_name(name).map(|()| 0),
        Edit::SetMethod(method) => only(Phase::Request, "set-method").and_then(|()| fields::method(method)).map(|()| 0),
        Edit::SetPath(path) => only(Phase::Request, "set-path").and_then(|()| fields::path(path)).map(|()| 0),
        Edit::SetAuthority(authority) => {
            only(Phase::Request, "set-authority").and_then(|()| fields::authority(authority)).map(|()| 0)
        }
        Edit::SetStatus(status) => {
            only(Phase::Response, "set-status").and_then(|()| fields::status(*status)).map(|()| 0)
        }
        Edit::SetArguments(text) => only(Phase::Call, "set-arguments").and_then(|()| text::arguments(text)).map(|()| 0),
        Edit::SetOutcome(end) => only(Phase::Outcome, "set-outcome").and_then(|()| outcome(end)).map(|()| 0),
        Edit::Tag((name, value)) => fields::tag(name, value).map(|()| 0),
    }
}

fn reply(reply: &mut Reply, body_most: u64) -> Result<(), String> {
    fields::status(reply.status)?;
    fields::all(&mut reply.fields)?;
    body(&reply.body, body_most)
}

fn body(bytes: &[u8], most: u64) -> Result<(), String> {
    if u64::try_from(bytes.len()).is_ok_and(|size| size > most) {
        return Err(format!("a body of {} bytes; `limits.body` is {most}", bytes.len()));
    }
    Ok(())
}

/// Judges how a call is to have ended.
pub(crate) fn outcome(outcome: &Outcome) -> Result<(), String> {
    match outcome {
        Outcome::Result(text) => text::json(text, "the result"),
        Outcome::Error(error) => rpc_error(error),
    }
}

/// Judges the error of a call.
pub(crate) fn rpc_error(error: &RpcError) -> Result<(), String> {
    // An exception that a method threw travels under Dubbo's status ok.
    if error.code == RpcCode::Ok && error.exception_class.is_none() {
        return Err("an error whose code is ok and that is no exception".to_owned());
    }
    if error.message.len() > MESSAGE_MOST {
        return Err(format!("a message of {} bytes; {MESSAGE_MOST} are the most", error.message.len()));
    }
    error.exception_class.as_deref().map_or(Ok(()), text::java_class)
}

/// Judges what became of a piece of a body.
pub(crate) fn piece(mut piece: Piece, body_most: u64) -> Result<Piece, String> {
    match &mut piece {
        Piece::Pass => {}
        Piece::Replace(bytes) => body(bytes, body_most)?,
        Piece::Reply(answer) => reply(answer, body_most)?,
    }
    Ok(piece)
}

/// Judges places in a list of `length`, each of which may be named once.
pub(crate) fn places(places: &[u32], length: usize) -> Result<(), String> {
    if let Some(place) = places.iter().find(|place| **place as usize >= length) {
        return Err(format!("place {place} in a list of {length}"));
    }
    if places.len() > length {
        return Err(format!("{} places in a list of {length}", places.len()));
    }
    // Most name them in order, which is seen at a glance.
    if places.windows(2).all(|pair| pair[0] < pair[1]) {
        return Ok(());
    }
    let mut seen = vec![false; length];
    match places.iter().find(|place| std::mem::replace(&mut seen[**place as usize], true)) {
        Some(place) => Err(format!("place {place} twice")),
        None => Ok(()),
    }
}

/// Judges what a service plugin says it serves.
pub(crate) fn services(services: &[Service]) -> Result<(), String> {
    if services.is_empty() {
        return Err("it serves nothing".to_owned());
    }
    if services.iter().map(|service| service.methods.len().max(1)).sum::<usize>() > METHODS_MOST {
        return Err(format!("it has more than {METHODS_MOST} methods"));
    }
    for service in services {
        text::java_class(&service.name)?;
        for method in &service.methods {
            text::java_class(&method.name)?;
            for java in method.parameter_types.iter().chain([&method.return_type]) {
                text::java_type(java)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(edit: Edit, phase: Phase) -> Result<Verdict, String> {
        verdict(Verdict { action: Action::Next, edits: vec![edit], state: 0 }, phase, || 100)
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn a_field_that_would_split_the_head_or_frame_the_message_is_refused() {
        for (name, value) in [
            ("x", "a\r\nset-cookie: b"),
            ("x", "a\nb"),
            ("x", "a\0"),
            ("x\r\n", "a"),
            ("x y", "a"),
            ("", "a"),
            (":path", "/"),
            ("content-length", "5"),
            ("Transfer-Encoding", "chunked"),
            ("connection", "close"),
            ("host", "elsewhere"),
            ("upgrade", "h2c"),
        ] {
            for phase in [Phase::Request, Phase::Response, Phase::Outcome] {
                let set = judged(Edit::Set(pair(name, value)), phase);
                assert!(set.is_err(), "{name:?}: {value:?}");
                assert!(judged(Edit::Append(pair(name, value)), phase).is_err(), "{name:?}: {value:?}");
            }
        }
        assert!(judged(Edit::Remove("content-length".to_owned()), Phase::Request).is_err());
    }

    #[test]
    fn names_come_out_in_lower_case() {
        let verdict = judged(Edit::Set(pair("X-Tenant", "a b\tc ü")), Phase::Request).unwrap();
        assert_eq!(verdict.edits, [Edit::Set(pair("x-tenant", "a b\tc ü"))]);
    }

    #[test]
    fn giant_fields_are_refused_one_by_one_and_all_together() {
        assert!(judged(Edit::Set(pair("x", &"a".repeat(fields::BYTES_MOST + 1))), Phase::Request).is_err());
        let edits = (0..100).map(|number| Edit::Set(pair(&format!("x{number}"), &"a".repeat(1000)))).collect();
        let many = verdict(Verdict { action: Action::Next, edits, state: 0 }, Phase::Request, || 100);
        assert!(many.unwrap_err().starts_with("fields of "));
    }

    #[test]
    fn an_edit_in_the_wrong_phase_is_refused() {
        assert!(judged(Edit::SetPath("/a".to_owned()), Phase::Request).is_ok());
        assert!(judged(Edit::SetPath("/a".to_owned()), Phase::Call).is_err());
        assert!(judged(Edit::SetStatus(404), Phase::Response).is_ok());
        assert!(judged(Edit::SetStatus(404), Phase::Request).is_err());
        assert!(judged(Edit::SetArguments("[1]".to_owned()), Phase::Call).is_ok());
        assert!(judged(Edit::SetArguments("[1]".to_owned()), Phase::Outcome).is_err());
        assert!(judged(Edit::SetOutcome(Outcome::Result("1".to_owned())), Phase::Outcome).is_ok());
    }

    #[test]
    fn paths_methods_and_authorities_cannot_carry_more_than_themselves() {
        for path in ["a", "", "/a b", "/a\r\n", "/a#b", "/ä", "//\u{7f}"] {
            assert!(judged(Edit::SetPath(path.to_owned()), Phase::Request).is_err(), "{path:?}");
        }
        for method in ["", "GET ", "GE\r\nT", "G/T"] {
            assert!(judged(Edit::SetMethod(method.to_owned()), Phase::Request).is_err(), "{method:?}");
        }
        for authority in ["", "a/b", "user@a", "a b", "a\n"] {
            assert!(judged(Edit::SetAuthority(authority.to_owned()), Phase::Request).is_err(), "{authority:?}");
        }
    }

    #[test]
    fn replies_have_a_status_that_ends_a_request_and_a_body_within_the_limit() {
        let answer = |status, size| {
            let reply = Reply { status, fields: vec![], body: vec![0; size] };
            verdict(Verdict { action: Action::Reply(reply), edits: vec![], state: 0 }, Phase::Request, || 100)
        };
        assert!(answer(200, 100).is_ok());
        for status in [0, 99, 100, 101, 199, 600, 65535] {
            assert!(answer(status, 0).is_err(), "{status}");
        }
        assert!(answer(200, 101).unwrap_err().contains("`limits.body` is 100"));
    }

    #[test]
    fn what_must_be_json_is() {
        for text in ["", "{", "[1] 2", "nul", "\"a\nb\""] {
            assert!(outcome(&Outcome::Result(text.to_owned())).is_err(), "{text}");
            assert!(judged(Edit::SetArguments(text.to_owned()), Phase::Call).is_err(), "{text}");
        }
        assert!(
            judged(Edit::SetArguments("{\"a\":1}".to_owned()), Phase::Call).is_err(),
            "an object is no list of arguments"
        );
        assert!(outcome(&Outcome::Result(format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)))).is_err());
    }

    #[test]
    fn an_error_is_one() {
        let error = |code, class: Option<&str>| {
            rpc_error(&RpcError { code, exception_class: class.map(str::to_owned), message: "a\nb".to_owned() })
        };
        assert!(error(RpcCode::ServiceError, Some("java.lang.IllegalStateException")).is_ok());
        assert!(error(RpcCode::ServiceError, Some("a.B$C")).is_ok());
        assert!(error(RpcCode::Ok, Some("a.B")).is_ok());
        assert!(error(RpcCode::ServiceError, Some("not a class")).is_err());
        assert!(error(RpcCode::Ok, None).is_err());
    }

    #[test]
    fn a_place_beyond_the_list_is_refused() {
        assert!(places(&[0, 2], 3).is_ok());
        assert_eq!(places(&[0, 3], 3), Err("place 3 in a list of 3".to_owned()));
        assert!(places(&[0], 0).is_err());
    }

    #[test]
    fn a_place_is_named_once() {
        assert!(places(&[2, 0, 1], 3).is_ok());
        assert_eq!(places(&[2, 0, 2], 3), Err("place 2 twice".to_owned()));
        assert_eq!(places(&[0; 524_288], 3), Err("524288 places in a list of 3".to_owned()));
    }

    #[test]
    fn services_say_what_they_serve_in_java_types() {
        let service = |name: &str, java: &str| Service {
            name: name.to_owned(),
            group: None,
            version: None,
            methods: vec![crate::words::Method {
                name: "get".to_owned(),
                parameter_types: vec![java.to_owned()],
                return_type: "void".to_owned(),
            }],
        };
        for java in
            ["long", "byte[]", "java.util.List<java.lang.String>", "java.util.Map<java.lang.String, java.util.List<?>>"]
        {
            assert_eq!(services(&[service("com.example.Echo", java)]), Ok(()), "{java}");
        }
        assert!(services(&[service("com.example.Echo", "what ever;")]).is_err());
        assert!(services(&[service("", "long")]).is_err());
        assert!(services(&[]).is_err());
    }
}
