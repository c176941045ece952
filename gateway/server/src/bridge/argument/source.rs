//! Where arguments are read: the request with its body looked at once for all of them.

use std::borrow::Cow;

use http::HeaderName;

use super::super::encode::shorten;
use super::super::problem::Problem;
use super::super::request::body::{BadBody, Media, Stretch, Wanted, find, is_encoded, is_utf8};
use super::super::request::multipart::{self, Part};
use super::super::request::{BadText, Few, Parts, Texts, fields, percent_decode};
use super::super::status::Fault;
use super::super::types::{Kind, NodeId, Types};
use super::{Place, Preset};

/// Where a value is read.
#[derive(Debug)]
pub(crate) enum Source {
    /// A capture of the path template, by its place.
    Path(usize),
    /// A query parameter.
    Query(Box<str>),
    /// A header field.
    Header(HeaderName),
    /// A cookie.
    Cookie(Box<str>),
    /// A stretch of the JSON body, by its place.
    Body(usize),
    /// A field of an urlencoded or multipart form.
    Form(Box<str>),
    /// A part of a multipart form.
    Part(Box<str>),
    /// The client's address.
    ClientIp,
    /// The request's identifier.
    RequestId,
    /// A value of the configuration.
    Const(Preset),
}

/// How a plan reads bodies.
#[derive(Debug, Default)]
pub(crate) enum BodyUse {
    /// Not at all.
    #[default]
    Unread,
    /// As JSON; as text or bytes where one argument takes the whole and wants that.
    Json {
        /// What is asked for.
        wanted: Wanted,
        /// How many stretches that are.
        slots: usize,
        /// Type of the whole body, if an argument takes it.
        whole: Option<NodeId>,
    },
    /// As a form.
    Form,
    /// As parts.
    Parts,
}

/// A request with its body looked at.
pub(crate) struct Incoming<'a> {
    parts: Parts<'a>,
    body: Body<'a>,
}

enum Body<'a> {
    Empty,
    Json(Few<Option<Stretch<'a>>>),
    Text(&'a str),
    Raw(&'a [u8]),
    Form(&'a str),
    Parts(Vec<Part>),
}

/// What a source of one request holds.
pub(crate) enum Found<'f> {
    /// Nothing.
    Absent,
    /// Texts, at least one.
    Texts(Texts<'f>),
    /// A JSON value.
    Json(Stretch<'f>),
    /// Parts of a multipart body, at least one.
    Parts(Vec<Part>),
    /// The body's bytes.
    Raw(&'f [u8]),
    /// A value of the configuration.
    Preset(&'f Preset),
}

impl<'a> Incoming<'a> {
    /// Looks at the body as the plan reads it.
    ///
    /// # Errors
    /// When it has another media type, or is not what that says.
    pub(crate) fn read(parts: Parts<'a>, using: &'a BodyUse, types: &Types) -> Result<Self, Problem> {
        let body = match using {
            BodyUse::Unread => Body::Empty,
            _ if parts.body.is_empty() => Body::Empty,
            _ if is_encoded(&parts.head.headers) => return Err(media_type("sent without a content encoding")),
            BodyUse::Json { wanted, slots, whole } => {
                json_body(parts, wanted, *slots, whole.map(|node| &types.node(node).kind))?
            }
            BodyUse::Form | BodyUse::Parts => form_body(parts, matches!(using, BodyUse::Form))?,
        };
        Ok(Self { parts, body })
    }
}

fn json_body<'a>(
    parts: Parts<'a>,
    wanted: &'a Wanted,
    slots: usize,
    whole: Option<&Kind>,
) -> Result<Body<'a>, Problem> {
    match (Media::of(&parts.head.headers), whole) {
        (Media::Json, _) => {}
        (_, Some(Kind::Bytes)) => return Ok(Body::Raw(parts.body)),
        (Media::Text, Some(Kind::String)) if is_utf8(&parts.head.headers) => return utf8(parts.body).map(Body::Text),
        (Media::Text, Some(Kind::String)) => return Err(media_type("in UTF-8")),
        (Media::Unsaid, _) => {}
        _ => return Err(media_type("application/json")),
    }
    if !is_utf8(&parts.head.headers) {
        return Err(media_type("in UTF-8"));
    }
    let text = utf8(parts.body)?;
    if wanted.is_whole_only() {
        return Ok(Body::Json(Few::One(Some(Stretch { text, depth: 0 }))));
    }
    let mut stretches = vec![None; slots];
    find(text, wanted, &mut stretches).map_err(|fault| bad_body(&fault, text))?;
    Ok(Body::Json(Few::Many(stretches)))
}

fn form_body(parts: Parts<'_>, urlencoded: bool) -> Result<Body<'_>, Problem> {
    match Media::of(&parts.head.headers) {
        Media::Form if urlencoded && !is_utf8(&parts.head.headers) => Err(media_type("in UTF-8")),
        Media::Form if urlencoded => utf8(parts.body).map(Body::Form),
        Media::Multipart => multipart::split(&parts.head.headers, parts.body)
            .map(Body::Parts)
            .map_err(|why| unreadable(format!("the multipart body cannot be read: {why}"))),
        _ if urlencoded => Err(media_type("application/x-www-form-urlencoded or multipart/form-data")),
        _ => Err(media_type("multipart/form-data")),
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(bytes).map_err(|_| unreadable("the body is not UTF-8".to_owned()))
}

fn unreadable(detail: String) -> Problem {
    Problem::new(Fault::Body, detail)
}

fn media_type(expected: &'static str) -> Problem {
    Problem::new(Fault::MediaType, format!("the body must be {expected}")).with("expected", expected)
}

fn bad_body(fault: &BadBody<'_>, text: &str) -> Problem {
    let label = |names: &[&str]| names.iter().fold("body".to_owned(), |label, name| label + "." + name);
    match fault {
        BadBody::Syntax(error) => unreadable(format!("the body is not valid JSON: {}", error.describe(text))),
        BadBody::NotAnObject { names, found } => {
            let label = label(names);
            Problem::new(Fault::Parameter, format!("{label}: {} is not an object", shorten(found)))
                .with("source", label)
                .with("expected", "an object")
        }
        BadBody::Duplicate { names } => unreadable(format!("{} stands twice", label(names))),
    }
}

impl Source {
    /// What the request holds.
    ///
    /// # Errors
    /// When it is no text.
    pub(crate) fn read<'f>(&'f self, incoming: &Incoming<'f>) -> Result<Found<'f>, BadText> {
        let parts = &incoming.parts;
        let headers = &parts.head.headers;
        let texts = match self {
            Self::Path(index) => match parts.captures.get(*index) {
                Some(raw) => Few::One(percent_decode(raw)?),
                None => Few::None,
            },
            Self::Query(name) => fields::pairs(parts.head.uri.query().unwrap_or_default(), name)?,
            Self::Header(name) => fields::header(headers, name)?,
            Self::Cookie(name) => fields::cookie(headers, name)?,
            Self::Body(slot) => return Ok(incoming.body.stretch(*slot)),
            Self::Form(name) | Self::Part(name) => match &incoming.body {
                Body::Form(text) => fields::pairs(text, name)?,
                body => return Ok(body.parts(name)),
            },
            Self::ClientIp => Few::One(Cow::Owned(parts.client.to_string())),
            Self::RequestId => Few::One(Cow::Borrowed((parts.request_id)())),
            Self::Const(preset) => return Ok(Found::Preset(preset)),
        };
        Ok(if texts.as_slice().is_empty() { Found::Absent } else { Found::Texts(texts) })
    }
}

/// Something of the request that goes along with the call, as text.
#[derive(Debug)]
pub(crate) struct Attachment {
    /// Its name, and where it comes from.
    pub(crate) place: Place,
    /// Where the value is read.
    pub(crate) source: Source,
}

impl Attachment {
    /// The text; nothing where the request has none.
    ///
    /// # Errors
    /// When it is no text, or there are several: which one the provider should believe is not for the gateway to choose.
    pub(crate) fn text<'f>(&'f self, incoming: &Incoming<'f>) -> Result<Option<Cow<'f, str>>, Problem> {
        let text = |json: &'f str| match serde_json::from_str::<String>(json) {
            Ok(text) => Cow::Owned(text),
            Err(_) => Cow::Borrowed(json),
        };
        Ok(match self.source.read(incoming).map_err(|bad| self.place.bad_text(bad))? {
            Found::Texts(Few::One(text)) => Some(text),
            Found::Texts(texts) => return Err(self.place.many(texts.as_slice().len(), "one value")),
            Found::Json(stretch) if stretch.is_null() => None,
            Found::Json(stretch) => Some(text(stretch.text)),
            Found::Preset(preset) => Some(text(&preset.json)),
            Found::Parts(parts) => match &*parts {
                [one] => Some(Cow::Owned(self.place.text_of(one)?.to_owned())),
                many => return Err(self.place.many(many.len(), "one value")),
            },
            Found::Absent | Found::Raw(_) => None,
        })
    }
}

impl<'a> Body<'a> {
    fn stretch(&self, slot: usize) -> Found<'a> {
        match self {
            Self::Json(stretches) => match stretches.as_slice().get(slot) {
                Some(Some(stretch)) => Found::Json(*stretch),
                _ => Found::Absent,
            },
            Self::Text(text) => Found::Texts(Few::One(Cow::Borrowed(text))),
            Self::Raw(bytes) => Found::Raw(bytes),
            Self::Empty | Self::Form(_) | Self::Parts(_) => Found::Absent,
        }
    }

    fn parts(&self, name: &str) -> Found<'a> {
        let Self::Parts(parts) = self else { return Found::Absent };
        let named: Vec<Part> = parts.iter().filter(|part| part.name == name).cloned().collect();
        if named.is_empty() { Found::Absent } else { Found::Parts(named) }
    }
}
