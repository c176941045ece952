//! What came of a case, and how it differs from what was expected.

use serde_json::{Value, json};
use yumen_plugin_host::words::{Edit, Outcome, Reply, RpcError};

use crate::{case::Expect, script::CODES};

/// What came of a case, in the words of `expect`.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) edits: Vec<Value>,
    pub(super) reply: Option<Value>,
    pub(super) end_call: Option<Value>,
    pub(super) request_body: Option<Vec<u8>>,
    pub(super) response_body: Option<Vec<u8>>,
    pub(super) log: Vec<String>,
    pub(super) refused: Option<String>,
    pub(super) failure: Option<(&'static str, String)>,
    pub(super) places: Option<Vec<u32>>,
    pub(super) pick: Option<Value>,
    pub(super) reject: Option<Value>,
    pub(super) result: Option<Value>,
    pub(super) error: Option<Value>,
    pub(super) loose_ends: Vec<String>,
}

impl Seen {
    /// Every difference, a line each; a line names the place in `expect`.
    pub(super) fn differences(&self, expect: &Expect) -> Vec<String> {
        let mut out = Vec::new();
        match (&expect.refused, &self.refused) {
            (None, Some(why)) => return vec![format!("the plugin does not start: {why}")],
            (Some(part), Some(why)) if why.contains(part) => return out,
            (Some(part), why) => {
                return vec![format!(
                    "refused: expected {part:?}, got {}",
                    why.as_deref().unwrap_or("a plugin that starts")
                )];
            }
            (None, None) => {}
        }
        match (&expect.failure, &self.failure) {
            (None, Some((_, why))) => out.push(why.clone()),
            (Some(label), Some((found, _))) if label == found => {}
            (Some(label), found) => {
                out.push(format!(
                    "failure: expected {label}, got {}",
                    found.as_ref().map_or("none", |(found, _)| found)
                ));
            }
            (None, None) => {}
        }
        if let Some(edits) = &expect.edits {
            list(&mut out, "edits", edits, &self.edits);
        }
        answer(&mut out, "reply", expect.reply.as_ref(), self.reply.as_ref());
        answer(&mut out, "end-call", expect.end_call.as_ref(), self.end_call.as_ref());
        answer(&mut out, "reject", expect.reject.as_ref(), self.reject.as_ref());
        answer(&mut out, "error", expect.error.as_ref(), self.error.as_ref());
        text(&mut out, "request-body", expect.request_body.as_deref(), self.request_body.as_deref());
        text(&mut out, "response-body", expect.response_body.as_deref(), self.response_body.as_deref());
        let places = |places: &Vec<u32>| json!(places);
        named(
            &mut out,
            "places",
            expect.places.as_ref().map(places).as_ref(),
            self.places.as_ref().map(places).as_ref(),
        );
        named(&mut out, "pick", expect.pick.as_ref(), self.pick.as_ref());
        named(&mut out, "result", expect.result.as_ref(), self.result.as_ref());
        for part in &expect.log {
            if !self.log.iter().any(|line| line.contains(part)) {
                out.push(format!("log: no line has {part:?}; there are {}", json!(self.log)));
            }
        }
        out.extend(self.loose_ends.iter().cloned());
        out
    }
}

/// What must not come unexpected.
fn answer(out: &mut Vec<String>, name: &str, expected: Option<&Value>, seen: Option<&Value>) {
    match (expected, seen) {
        (None, Some(seen)) => out.push(format!("{name}: none was expected, got {seen}")),
        (Some(expected), None) => out.push(format!("{name}: expected {expected}, got none")),
        (Some(expected), Some(seen)) => part(out, name, expected, seen),
        (None, None) => {}
    }
}

/// What may come without being judged.
fn named(out: &mut Vec<String>, name: &str, expected: Option<&Value>, seen: Option<&Value>) {
    match (expected, seen) {
        (Some(expected), None) => out.push(format!("{name}: expected {expected}, got none")),
        (Some(expected), Some(seen)) if expected != seen => {
            out.push(format!("{name}: expected {expected}, got {seen}"))
        }
        _ => {}
    }
}

/// Everything that is named in an object must be so; what is not named may be anything.
fn part(out: &mut Vec<String>, name: &str, expected: &Value, seen: &Value) {
    if let (Value::Object(expected), Value::Object(fields)) = (expected, seen) {
        for (key, expected) in expected {
            match fields.get(key) {
                Some(seen) => part(out, &format!("{name}.{key}"), expected, seen),
                None => out.push(format!("{name}.{key}: expected {expected}, got none")),
            }
        }
    } else if expected != seen {
        out.push(format!("{name}: expected {expected}, got {seen}"));
    }
}

fn list(out: &mut Vec<String>, name: &str, expected: &[Value], seen: &[Value]) {
    for at in 0..expected.len().max(seen.len()) {
        match (expected.get(at), seen.get(at)) {
            (Some(expected), Some(seen)) if expected == seen => {}
            (Some(expected), Some(seen)) => out.push(format!("{name}[{at}]: expected {expected}, got {seen}")),
            (Some(expected), None) => out.push(format!("{name}[{at}]: expected {expected}, got none")),
            (None, Some(seen)) => out.push(format!("{name}[{at}]: got {seen} beyond what was expected")),
            (None, None) => {}
        }
    }
}

fn text(out: &mut Vec<String>, name: &str, expected: Option<&str>, seen: Option<&[u8]>) {
    let Some(expected) = expected else { return };
    match seen.map(String::from_utf8_lossy) {
        Some(seen) if seen == expected => {}
        Some(seen) => out.push(format!("{name}: expected {expected:?}, got {seen:?}")),
        None => out.push(format!("{name}: expected {expected:?}, got none")),
    }
}

/// An edit as cases write it.
pub(super) fn edit(edit: &Edit) -> Value {
    let pair = |(name, value): &(String, String)| json!({ name.as_str(): value });
    match edit {
        Edit::Set(field) => json!({ "set": pair(field) }),
        Edit::Append(field) => json!({ "append": pair(field) }),
        Edit::Remove(name) => json!({ "remove": name }),
        Edit::SetMethod(method) => json!({ "set-method": method }),
        Edit::SetPath(path) => json!({ "set-path": path }),
        Edit::SetAuthority(authority) => json!({ "set-authority": authority }),
        Edit::SetStatus(status) => json!({ "set-status": status }),
        Edit::SetArguments(arguments) => json!({ "set-arguments": parsed(arguments) }),
        Edit::SetOutcome(ended) => json!({ "set-outcome": outcome(ended) }),
        Edit::Tag(field) => json!({ "tag": pair(field) }),
    }
}

/// An answer as cases write it. A body that is JSON is there as `json` too.
pub(super) fn reply(reply: &Reply) -> Value {
    let headers: serde_json::Map<String, Value> =
        reply.fields.iter().map(|(name, value)| (name.to_ascii_lowercase(), json!(value))).collect();
    let body = String::from_utf8_lossy(&reply.body);
    let mut seen = json!({ "status": reply.status, "headers": headers, "body": body });
    if let Ok(json) = serde_json::from_str::<Value>(&body) {
        seen["json"] = json;
    }
    seen
}

/// How a call ended, as cases write it.
pub(super) fn outcome(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Result(text) => json!({ "result": parsed(text) }),
        Outcome::Error(error) => json!({ "error": rpc_error(error) }),
    }
}

/// Why a call failed, as cases write it.
pub(super) fn rpc_error(error: &RpcError) -> Value {
    let code = CODES.iter().find(|(_, code)| *code == error.code).map_or("", |(name, _)| *name);
    match &error.exception_class {
        Some(class) => json!({ "code": code, "class": class, "message": error.message }),
        None => json!({ "code": code, "message": error.message }),
    }
}

/// JSON text as a value; what is none stays text.
pub(super) fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| json!(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differences(expect: &str, seen: &Seen) -> Vec<String> {
        seen.differences(&serde_json::from_str(expect).expect("an expectation"))
    }

    #[test]
    fn a_difference_names_its_place_and_both_sides() {
        let reply = Some(json!({ "status": 403, "headers": { "a": "b" }, "body": "no" }));
        let seen = Seen { reply, edits: vec![json!({ "remove": "a" })], ..Seen::default() };
        assert_eq!(
            differences(r#"{"reply": {"status": 403}, "edits": [{"remove": "a"}]}"#, &seen),
            Vec::<String>::new()
        );
        assert_eq!(
            differences(r#"{"reply": {"status": 401, "headers": {"c": "d"}}}"#, &seen),
            [r#"reply.headers.c: expected "d", got none"#, "reply.status: expected 401, got 403",]
        );
        assert_eq!(
            differences(r#"{"reply": {}, "edits": []}"#, &seen),
            [r#"edits[0]: got {"remove":"a"} beyond what was expected"#,]
        );
    }

    #[test]
    fn an_answer_a_failure_or_a_refusal_that_nobody_expects_fails_the_case() {
        let reply = Seen { reply: Some(json!({})), ..Seen::default() };
        assert_eq!(differences("{}", &reply).len(), 1);
        let failure = Seen { failure: Some(("trap", "the plugin trapped".to_owned())), ..Seen::default() };
        assert_eq!(differences("{}", &failure).len(), 1);
        assert_eq!(differences(r#"{"failure": "trap"}"#, &failure), Vec::<String>::new());
        let refused = Seen { refused: Some("config: /header is a number".to_owned()), ..Seen::default() };
        assert_eq!(differences("{}", &refused).len(), 1);
        assert_eq!(differences(r#"{"refused": "/header"}"#, &refused), Vec::<String>::new());
        assert_eq!(differences(r#"{"refused": "x"}"#, &Seen::default()).len(), 1);
    }
}
