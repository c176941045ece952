//! Where an argument or attachment comes from.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::text;
use crate::config::finding::{Code, Fault};

/// Where a value comes from: `path.id`, `query.limit`, `header.x-tenant`, `cookie.sid`, `body`,
/// `body.user.name`, `form.x`, `part.photo`, `client.ip`, `request.id`, or a constant.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A parameter of the path template.
    Path(String),
    /// A query parameter; all its values where the argument is a list.
    Query(String),
    /// A header field, in lower case.
    Header(String),
    /// A cookie.
    Cookie(String),
    /// The JSON body (no names), or what is found by following these names from its top.
    Body(Vec<String>),
    /// A field of an `application/x-www-form-urlencoded` body; all its values where the argument is a list.
    Form(String),
    /// A part of a `multipart/form-data` body.
    Part(String),
    /// Address of the client, without port.
    ClientIp,
    /// The identifier that the gateway gave the request.
    RequestId,
    /// The same value in every call.
    Const(serde_json::Value),
}

/// First words of a source that need a name after them.
const NAMED: [&str; 6] = ["path", "query", "header", "cookie", "form", "part"];
/// Sources that are complete as they stand.
const WHOLE: [&str; 3] = ["body", "client.ip", "request.id"];

impl Source {
    /// Reads the text form.
    ///
    /// # Errors
    /// A message that names the part of `text` that does not follow the grammar.
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let (kind, name) = text.split_once('.').map_or((text, None), |(kind, name)| (kind, Some(name)));
        match (kind, name) {
            ("body", None) => Ok(Self::Body(Vec::new())),
            ("body", Some(names)) => body(text, names),
            ("client", Some("ip")) => Ok(Self::ClientIp),
            ("request", Some("id")) => Ok(Self::RequestId),
            ("client" | "request", _) => {
                let whole = if kind == "client" { "client.ip" } else { "request.id" };
                Err(fault(format!("{text:?} is not a source")).help(format!("the only source under {kind} is {whole}")))
            }
            (kind, None | Some("")) if NAMED.contains(&kind) => {
                Err(fault(format!("{text:?} does not say which one")).help(format!("write {kind}.NAME")))
            }
            (kind, Some(name)) if NAMED.contains(&kind) => named(text, kind, name),
            _ => Err(unknown(text, kind)),
        }
    }

    /// The last name in the source, which errors use when the argument has no name of its own.
    #[must_use]
    pub fn last_name(&self) -> &str {
        match self {
            Self::Path(name)
            | Self::Query(name)
            | Self::Header(name)
            | Self::Cookie(name)
            | Self::Form(name)
            | Self::Part(name) => name,
            Self::Body(names) => names.last().map_or("body", String::as_str),
            Self::ClientIp => "ip",
            Self::RequestId => "id",
            Self::Const(_) => "const",
        }
    }

    /// Whether the request's body must be read for it.
    #[must_use]
    pub fn reads_body(&self) -> bool {
        matches!(self, Self::Body(_) | Self::Form(_) | Self::Part(_))
    }
}

fn fault(message: String) -> Fault {
    Fault::new(Code::BAD_SOURCE, message)
}

fn body(text: &str, names: &str) -> Result<Source, Fault> {
    let names: Vec<String> = names.split('.').map(str::to_owned).collect();
    if names.iter().any(String::is_empty) {
        return Err(
            fault(format!("{text:?} has an empty name between its dots")).help("write body.FIELD or body.FIELD.FIELD")
        );
    }
    Ok(Source::Body(names))
}

fn named(text: &str, kind: &str, name: &str) -> Result<Source, Fault> {
    let owned = name.to_owned();
    Ok(match kind {
        "path" => Source::Path(owned),
        "query" => Source::Query(owned),
        "form" => Source::Form(owned),
        "part" => Source::Part(owned),
        _ => {
            if let Some(bad) = name.chars().find(|c| !is_token(*c)) {
                let fault = fault(format!("{text:?}: {bad:?} cannot be in the name of a {kind}"));
                return Err(fault.help(format!("write {kind}.NAME with letters, digits and dashes")));
            }
            match kind {
                "header" => Source::Header(owned.to_ascii_lowercase()),
                _ => Source::Cookie(owned),
            }
        }
    })
}

fn unknown(text: &str, kind: &str) -> Fault {
    let fault = fault(format!("{text:?} is not a source"));
    match crate::config::suggest::nearest(kind, NAMED.iter().chain(&WHOLE).copied()) {
        Some(near) if NAMED.contains(&near) => fault.help(format!("did you mean \"{near}{}\"?", &text[kind.len()..])),
        Some(near) => fault.help(format!("did you mean \"{near}\"?")),
        None => fault.help(
            "sources are path.NAME, query.NAME, header.NAME, cookie.NAME, body, body.FIELD, form.NAME, part.NAME, \
             client.ip and request.id; a fixed value is { const: … }",
        ),
    }
}

/// A sign that HTTP allows in names of header fields and cookies.
fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(name) => write!(f, "path.{name}"),
            Self::Query(name) => write!(f, "query.{name}"),
            Self::Header(name) => write!(f, "header.{name}"),
            Self::Cookie(name) => write!(f, "cookie.{name}"),
            Self::Form(name) => write!(f, "form.{name}"),
            Self::Part(name) => write!(f, "part.{name}"),
            Self::ClientIp => f.write_str("client.ip"),
            Self::RequestId => f.write_str("request.id"),
            Self::Const(_) => f.write_str("const"),
            Self::Body(names) => names.iter().try_fold(f.write_str("body")?, |(), name| write!(f, ".{name}")),
        }
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SourceVisitor)
    }
}

struct SourceVisitor;

impl<'de> de::Visitor<'de> for SourceVisitor {
    type Value = Source;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a source such as path.id, or { const: … }")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Source, E> {
        Source::parse(text).map_err(E::custom)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Source, A::Error> {
        ConstForm::deserialize(de::value::MapAccessDeserializer::new(map)).map(|form| Source::Const(form.constant))
    }
}

/// `{ const: … }`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ConstForm {
    /// The same value in every call.
    #[serde(rename = "const")]
    constant: serde_json::Value,
}

/// Source in its text form only, as under `from`.
pub(super) fn text_form<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Source>, D::Error> {
    text::parsed(deserializer, Source::parse).map(Some)
}

/// What editors check a source's text against.
pub(super) fn text_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "description": "Where the value comes from.",
        "pattern": r"^((path|query|header|cookie|form|part|body)\..+|body|client\.ip|request\.id)$",
        "examples": ["path.id", "query.limit", "header.x-tenant", "body", "body.user.name", "client.ip"],
    })
}

impl JsonSchema for Source {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Source".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let text = text_schema(generator);
        json_schema!({ "anyOf": [text, generator.subschema_for::<ConstForm>()] })
    }
}
