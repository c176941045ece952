//! One argument of a call: its source is read, checked and written.

use std::borrow::Cow;

use super::encode::{Encoded, Encoder, Fault};
use super::json::Kind as Json;
use super::problem::Problem;
use super::request::body::{Media, Stretch};
use super::request::multipart::Part;
use super::request::percent_decode;
use super::types::{Kind, NodeId};

mod bounds;
mod place;
mod source;

pub(crate) use bounds::Bounds;
pub(crate) use place::Place;
pub(crate) use source::{Attachment, BodyUse, Found, Incoming, Source};

/// One argument, compiled.
#[derive(Debug)]
pub(crate) struct Argument {
    /// What messages call it, and where it comes from.
    pub(crate) place: Place,
    /// Where the value is read.
    pub(crate) source: Source,
    /// What it must be.
    pub(crate) node: NodeId,
    /// The request must carry it.
    pub(crate) required: bool,
    /// What it carries must not be a JSON null: the route says `required: true`.
    pub(crate) not_null: bool,
    /// Taken when the request does not carry it.
    pub(crate) default: Option<Preset>,
    /// Range of a number.
    pub(crate) bounds: Option<Bounds>,
}

/// A value of the configuration.
#[derive(Debug)]
pub(crate) struct Preset {
    /// As JSON.
    pub(crate) json: Box<str>,
    /// As hessian2, where that needs no class definitions and so is the same in every call.
    pub(crate) bytes: Option<Box<[u8]>>,
}

impl Preset {
    /// Writes the value.
    pub(crate) fn encode(&self, node: NodeId, encoder: &mut Encoder<'_, '_>) -> Encoded {
        match &self.bytes {
            Some(bytes) => encoder.raw(bytes),
            None => {
                let stretch = Stretch { text: &self.json, depth: 0 };
                encoder.argument(|encoder| encoder.json(node, &mut stretch.scanner()))?;
            }
        }
        Ok(())
    }
}

impl Argument {
    /// Reads the value from the request and writes it.
    ///
    /// # Errors
    /// The problem to answer with.
    pub(crate) fn encode<'f>(&'f self, incoming: &Incoming<'f>, encoder: &mut Encoder<'_, '_>) -> Result<(), Problem> {
        match self.source.read(incoming).map_err(|bad| self.place.bad_text(bad))? {
            Found::Absent => self.absent(encoder),
            Found::Texts(texts) => self.texts(texts.as_slice(), encoder),
            Found::Json(stretch) => self.json(stretch, encoder),
            Found::Parts(parts) => self.parts(&parts, encoder),
            Found::Raw(bytes) => {
                encoder.writer().binary(bytes);
                Ok(())
            }
            Found::Preset(preset) => self.preset(preset, encoder),
        }
    }

    /// Whether one text would do.
    ///
    /// # Errors
    /// The problem that a request with it would be answered with.
    pub(crate) fn check_text(&self, raw: &str, encoder: &mut Encoder<'_, '_>) -> Result<(), Problem> {
        let text = percent_decode(raw).map_err(|bad| self.place.bad_text(bad))?;
        self.texts(&[text], encoder)
    }

    fn absent(&self, encoder: &mut Encoder<'_, '_>) -> Result<(), Problem> {
        match &self.default {
            Some(preset) => self.preset(preset, encoder),
            None if self.required => Err(self.place.missing()),
            None => {
                encoder.null();
                Ok(())
            }
        }
    }

    fn preset(&self, preset: &Preset, encoder: &mut Encoder<'_, '_>) -> Result<(), Problem> {
        preset.encode(self.node, encoder).map_err(|fault| self.problem(&fault, &preset.json))
    }

    fn texts(&self, texts: &[Cow<'_, str>], encoder: &mut Encoder<'_, '_>) -> Result<(), Problem> {
        if let Kind::List(element, wire) = &encoder.types().node(self.node).kind {
            let texts = texts.iter().map(|text| &**text);
            let written = encoder.argument(|encoder| encoder.texts(*element, wire.as_deref(), texts));
            return written.map_err(|fault| self.problem(&fault, ""));
        }
        match texts {
            [] => self.absent(encoder),
            [one] => {
                self.check_bounds(one)?;
                let written = encoder.argument(|encoder| encoder.text(self.node, one));
                written.map_err(|fault| self.problem(&fault, one))
            }
            many => Err(self.place.many(many.len(), &encoder.types().expected(self.node))),
        }
    }

    fn json(&self, stretch: Stretch<'_>, encoder: &mut Encoder<'_, '_>) -> Result<(), Problem> {
        if self.not_null && stretch.is_null() {
            return Err(self.place.missing());
        }
        if self.bounds.is_some() {
            let mut scanner = stretch.scanner();
            match scanner.kind() {
                Ok(Json::Number) => self.check_bounds(scanner.number().unwrap_or_default())?,
                Ok(Json::String) => self.check_bounds(&scanner.string().unwrap_or_default())?,
                _ => {}
            }
        }
        let mut scanner = stretch.scanner();
        let written = encoder.argument(|encoder| {
            encoder.json(self.node, &mut scanner)?;
            Ok(scanner.end()?)
        });
        written.map_err(|fault| self.problem(&fault, stretch.text))
    }

    /// Parts of a multipart body: bytes as they are, one text each, or JSON, by the type.
    fn parts(&self, parts: &[Part], encoder: &mut Encoder<'_, '_>) -> Result<(), Problem> {
        let types = encoder.types();
        let (node, wire) = match &types.node(self.node).kind {
            Kind::List(element, wire) if !is_json(parts) => (*element, Some(wire.as_deref())),
            _ => (self.node, None),
        };
        let bytes = matches!(types.node(node).kind, Kind::Bytes);
        match (wire, parts) {
            (_, []) => self.absent(encoder),
            (None, [one]) if bytes => {
                encoder.writer().binary(&one.bytes);
                Ok(())
            }
            (Some(wire), many) if bytes => {
                encoder.list(wire, many.len());
                many.iter().for_each(|part| encoder.writer().binary(&part.bytes));
                Ok(())
            }
            (None, [one]) if !types.node(node).kind.is_one_text() => {
                let text = self.place.text_of(one)?;
                self.json(Stretch { text, depth: 0 }, encoder)
            }
            _ => {
                let texts: Result<Vec<_>, _> =
                    parts.iter().map(|part| self.place.text_of(part).map(Cow::Borrowed)).collect();
                self.texts(&texts?, encoder)
            }
        }
    }

    fn check_bounds(&self, literal: &str) -> Result<(), Problem> {
        match self.bounds.as_ref().and_then(|bounds| bounds.broken_by(literal)) {
            Some(broken) => Err(self.place.out_of_bounds(literal, &broken)),
            None => Ok(()),
        }
    }

    fn problem(&self, fault: &Fault, text: &str) -> Problem {
        self.place.problem(fault, text)
    }
}

fn is_json(parts: &[Part]) -> bool {
    matches!(parts, [one] if one.media == Media::Json)
}
