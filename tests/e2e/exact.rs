//! Answers compared with what tables expect: JSON to the last digit, and everything that differs told at once.

use std::collections::BTreeMap;

use http::Method;
use serde_json::value::RawValue;
use yumen_tests::gateway::{Answer, TestGateway};

/// A header field that says JSON.
pub const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

/// A JSON value whose numbers are kept as text: no digit is lost, and members stand in no order.
#[derive(Debug, PartialEq, Eq)]
pub enum Exact {
    /// `null`, `true`, `7.50`.
    Literal(String),
    /// A string, its escapes undone.
    Text(String),
    /// An array.
    List(Vec<Exact>),
    /// An object.
    Object(BTreeMap<String, Exact>),
    /// No JSON at all.
    Other(String),
}

/// Reads a JSON text.
pub fn exact(json: &str) -> Exact {
    let read = match json.trim_start().as_bytes() {
        [b'{', ..] => serde_json::from_str::<BTreeMap<String, &RawValue>>(json).map(|members| {
            Exact::Object(members.into_iter().map(|(name, value)| (name, exact(value.get()))).collect())
        }),
        [b'[', ..] => serde_json::from_str::<Vec<&RawValue>>(json)
            .map(|items| Exact::List(items.into_iter().map(|item| exact(item.get())).collect())),
        [b'"', ..] => serde_json::from_str(json).map(Exact::Text),
        _ => serde_json::from_str::<&RawValue>(json).map(|literal| Exact::Literal(literal.get().to_owned())),
    };
    read.unwrap_or_else(|_| Exact::Other(json.to_owned()))
}

/// The members of a problem that say what is wrong; the others are the same for all or random.
pub fn told(answer: &Answer) -> String {
    let status = answer.status.as_u16();
    if answer.headers.get("content-type").is_none_or(|value| value != "application/problem+json") {
        return format!("{status} {}", answer.text());
    }
    let mut problem = answer.json();
    let members = problem.as_object_mut().unwrap();
    let code = members.remove("code").unwrap();
    assert_eq!(members.remove("type").unwrap(), format!("urn:yumen:error:{}", code.as_str().unwrap()));
    assert_eq!(members.remove("status").unwrap(), status);
    assert!(members.remove("title").unwrap().is_string());
    assert!(members.remove("request_id").is_none_or(|id| id.as_str().unwrap().len() == 32));
    members.remove("route");
    format!("{status} {} {problem}", code.as_str().unwrap())
}

/// What differed from the tables of one test.
#[derive(Default)]
pub struct Findings(Vec<String>);

impl Findings {
    /// Asks `line` (`GET /crates/7`) and expects this status and this JSON; an empty text expects no body.
    pub async fn row(
        &mut self,
        gateway: &TestGateway,
        line: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
        status: u16,
        expected: &str,
    ) {
        let (method, path) = line.split_once(' ').unwrap();
        let body = body.as_ref();
        let answer = gateway.send(Method::try_from(method).unwrap(), path, headers, body.to_vec()).await;
        let text = answer.text();
        if answer.status != status || exact(&text) != exact(expected) {
            let sent = String::from_utf8_lossy(body);
            self.add(format!("{line} {sent}\n  expected {status} {expected}\n  {} {text}", answer.status));
        }
    }

    /// Something else that differs.
    pub fn add(&mut self, finding: String) {
        self.0.push(finding.chars().take(3000).collect());
    }

    /// Fails with all findings, if there are any.
    #[track_caller]
    pub fn end(self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

/// The checksum that `checksumOf` gives.
pub fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}
