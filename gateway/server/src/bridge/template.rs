//! Bodies written by hand, compiled: runs of fixed bytes between parts of the answer.

use crate::config::BodyTemplate;

use super::decode::scalar;
use super::json::{Kind, Scanner};

/// A body with holes.
#[derive(Debug)]
pub(crate) struct Template(Box<[Piece]>);

/// A stretch of a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// These bytes.
    Fixed(Vec<u8>),
    /// The result, or what is found by following these names from its top.
    Result(Box<[Box<str>]>),
    /// The exception's message.
    Message,
    /// The exception's class.
    Class,
    /// A field of the exception.
    Field(Box<str>),
}

impl Template {
    /// Compiles a body.
    pub(crate) fn compile(body: &BodyTemplate) -> Self {
        let mut pieces = Vec::new();
        add(&mut pieces, body);
        Self(pieces.into())
    }

    /// The body's stretches in order.
    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.0
    }
}

fn add(pieces: &mut Vec<Piece>, body: &BodyTemplate) {
    match body {
        BodyTemplate::Result(names) => {
            pieces.push(Piece::Result(names.iter().map(|name| name.as_str().into()).collect()));
        }
        BodyTemplate::Exception(names) => pieces.push(exception(names)),
        BodyTemplate::Literal(value) => fixed(pieces, |out| out.extend_from_slice(value.to_string().as_bytes())),
        BodyTemplate::Object(members) => {
            fixed(pieces, |out| out.push(b'{'));
            for (index, (name, member)) in members.iter().enumerate() {
                fixed(pieces, |out| {
                    comma(out, index);
                    scalar::string(out, name);
                    out.push(b':');
                });
                add(pieces, member);
            }
            fixed(pieces, |out| out.push(b'}'));
        }
        BodyTemplate::List(items) => {
            fixed(pieces, |out| out.push(b'['));
            for (index, item) in items.iter().enumerate() {
                fixed(pieces, |out| comma(out, index));
                add(pieces, item);
            }
            fixed(pieces, |out| out.push(b']'));
        }
    }
}

fn exception(names: &[String]) -> Piece {
    match names {
        [part] if part == "message" => Piece::Message,
        [part] if part == "class" => Piece::Class,
        [part, name @ ..] if part == "field" => Piece::Field(name.join(".").into()),
        _ => Piece::Fixed(b"null".to_vec()),
    }
}

/// Appends to the run of fixed bytes at the end.
fn fixed(pieces: &mut Vec<Piece>, write: impl FnOnce(&mut Vec<u8>)) {
    if !matches!(pieces.last(), Some(Piece::Fixed(_))) {
        pieces.push(Piece::Fixed(Vec::new()));
    }
    if let Some(Piece::Fixed(bytes)) = pieces.last_mut() {
        write(bytes);
    }
}

fn comma(out: &mut Vec<u8>, index: usize) {
    if index > 0 {
        out.push(b',');
    }
}

/// The text of the value that these names lead to; `null` where they lead nowhere.
pub(crate) fn pick<'a>(json: &'a str, names: &[Box<str>]) -> &'a str {
    let mut scanner = Scanner::new(json);
    for name in names {
        if !enter(&mut scanner, name) {
            return "null";
        }
    }
    scanner.skip().unwrap_or("null")
}

/// Moves to the value of a member.
fn enter(scanner: &mut Scanner<'_>, name: &str) -> bool {
    if scanner.kind() != Ok(Kind::Object) {
        return false;
    }
    let Ok(mut items) = scanner.begin_object() else { return false };
    while let Ok(Some(key)) = scanner.next_key(&mut items) {
        if key == name {
            return true;
        }
        if scanner.skip().is_err() {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_into_the_result_or_to_null() {
        let json = r#"{"a":{"b":[1,2],"c":null},"d":"x"}"#;
        let pick = |names: &[&str]| pick(json, &names.iter().map(|&name| name.into()).collect::<Vec<_>>());
        assert_eq!(pick(&["a", "b"]), "[1,2]");
        assert_eq!(pick(&["d"]), "\"x\"");
        assert_eq!(pick(&["a", "x"]), "null");
        assert_eq!(pick(&["d", "x"]), "null");
        assert_eq!(pick(&[]), json);
    }

    #[test]
    fn fixed_bytes_between_holes_are_one_run() {
        let body = BodyTemplate::Object(vec![
            ("id".into(), BodyTemplate::Result(vec![])),
            ("tags".into(), BodyTemplate::List(vec![BodyTemplate::Literal("a\"".into())])),
        ]);
        let pieces = Template::compile(&body);
        assert_eq!(
            pieces.pieces(),
            [
                Piece::Fixed(b"{\"id\":".to_vec()),
                Piece::Result([].into()),
                Piece::Fixed(br#","tags":["a\""]}"#.to_vec()),
            ]
        );
    }
}
