//! Arguments and attachments, compiled: sources with their places, defaults and constants already encoded.

use http::HeaderName;

use super::super::argument::{Argument, Attachment, BodyUse, Bounds, Place, Preset, Source};
use super::super::encode::{Encoder, Form, What};
use super::super::request::body::Wanted;
use super::super::types::{Kind, NodeId, Types};
use crate::config::{self, ArgConfig, Code, ConfigPath, Finding, RouteConfig};

/// What a route's arguments became.
#[derive(Default)]
pub(super) struct Compiled {
    /// The arguments, in the method's order.
    pub(super) arguments: Vec<Argument>,
    /// The attachments.
    pub(super) attachments: Vec<Attachment>,
    /// How the body is read.
    pub(super) body: BodyUse,
}

/// Compiles arguments.
pub(super) struct Compiler<'a> {
    route: &'a RouteConfig,
    at: &'a ConfigPath,
    types: &'a Types,
    form: Form,
    /// Names in the path template, in order.
    captures: Vec<&'a str>,
    wanted: Wanted,
    slots: usize,
    whole: Option<NodeId>,
    body: BodyUse,
}

impl<'a> Compiler<'a> {
    /// A compiler for one route.
    pub(super) fn new(route: &'a RouteConfig, at: &'a ConfigPath, types: &'a Types, form: Form) -> Self {
        Self {
            route,
            at,
            types,
            form,
            captures: crate::route::parameters(&route.matches.path),
            wanted: Wanted::default(),
            slots: 0,
            whole: None,
            body: BodyUse::Unread,
        }
    }

    /// Compiles all arguments and attachments; `parameters` are the types of the former.
    pub(super) fn compile(mut self, parameters: &[NodeId], findings: &mut Vec<Finding>) -> Compiled {
        let mut compiled = Compiled::default();
        for (index, (arg, node)) in self.route.args.iter().zip(parameters).enumerate() {
            let at = self.at.clone().key("args").index(index);
            match self.argument(arg, *node) {
                Ok(argument) => compiled.arguments.push(argument),
                Err((key, code, message)) => {
                    let cure = match key {
                        "default" | "const" => "write a value of that type",
                        "from" => "take it from the body, or from a field of it",
                        _ => "remove it",
                    };
                    findings.push(Finding::error(code, at.key(key), message).help(cure));
                }
            }
        }
        for (name, source) in &self.route.attachments {
            let at = self.at.clone().key("attachments").key(name);
            let place =
                Place { parameter: name.as_str().into(), source: source.to_string().into(), body: names(source) };
            match self.source(source, NodeId::NONE) {
                Ok(source) => compiled.attachments.push(Attachment { place, source }),
                Err((code, message)) => findings.push(Finding::error(code, at, message)),
            }
        }
        compiled.body = match self.slots {
            0 => self.body,
            slots => BodyUse::Json { wanted: self.wanted, slots, whole: self.whole },
        };
        compiled
    }

    /// Compiles one argument, or says which of its keys is at fault.
    fn argument(&mut self, arg: &ArgConfig, node: NodeId) -> Result<Argument, (&'static str, Code, String)> {
        let origin = if matches!(arg.from, config::Source::Const(_)) { "const" } else { "from" };
        let under = |key| move |(code, message)| (key, code, message);
        self.check_source(arg, node).map_err(under(origin))?;
        let source = self.source(&arg.from, node).map_err(under(origin))?;
        let body = names(&arg.from);
        let parameter = arg.name.as_deref().unwrap_or_else(|| arg.from.last_name());
        let place = Place { parameter: parameter.into(), source: arg.from.to_string().into(), body };
        let default = match &arg.default {
            Some(value) => Some(self.preset(value, node, "default").map_err(under("default"))?),
            None => None,
        };
        let bounds = Bounds::of(arg.min.as_ref(), arg.max.as_ref());
        if bounds.is_some() && !self.types.node(node).kind.is_number() {
            let expected = self.types.expected(node);
            let key = if arg.min.is_some() { "min" } else { "max" };
            return Err((key, Code::SOURCE_TYPE, format!("min and max bound numbers, and {} is {expected}", arg.from)));
        }
        let whole_body = matches!(&arg.from, config::Source::Body(names) if names.is_empty());
        let needed = self.types.node(node).primitive || whole_body;
        let required = arg.required.unwrap_or(needed && default.is_none());
        Ok(Argument { place, source, node, required, not_null: arg.required == Some(true), default, bounds })
    }

    /// One text cannot be an object; of the sources only JSON and parts can.
    fn check_source(&self, arg: &ArgConfig, node: NodeId) -> Result<(), (Code, String)> {
        use config::Source as S;
        let kind = &self.types.node(node).kind;
        let fits = match &arg.from {
            S::Body(_) | S::Part(_) | S::Const(_) => true,
            S::Query(_) | S::Header(_) | S::Form(_) => match kind {
                Kind::List(element, _) => self.types.node(*element).kind.is_one_text(),
                kind => kind.is_one_text(),
            },
            S::Path(_) | S::Cookie(_) | S::ClientIp | S::RequestId => kind.is_one_text(),
        };
        if fits {
            return Ok(());
        }
        let expected = self.types.expected(node);
        Err((Code::SOURCE_TYPE, format!("{} is text, and {expected} cannot be made of it", arg.from)))
    }

    fn source(&mut self, source: &config::Source, node: NodeId) -> Result<Source, (Code, String)> {
        use config::Source as S;
        Ok(match source {
            S::Path(name) => {
                let index = self.captures.iter().position(|capture| capture == name);
                Source::Path(
                    index
                        .ok_or_else(|| (Code::UNKNOWN_PATH_PARAMETER, format!("the path has no parameter {name:?}")))?,
                )
            }
            S::Query(name) => Source::Query(name.as_str().into()),
            S::Header(name) => Source::Header(
                HeaderName::try_from(name.as_str())
                    .map_err(|_| (Code::BAD_SOURCE, format!("{name:?} is not the name of a header field")))?,
            ),
            S::Cookie(name) => Source::Cookie(name.as_str().into()),
            S::Body(names) => Source::Body(self.stretch(names, node)),
            S::Form(name) => {
                self.body = BodyUse::Form;
                Source::Form(name.as_str().into())
            }
            S::Part(name) => {
                self.body = BodyUse::Parts;
                Source::Part(name.as_str().into())
            }
            S::ClientIp => Source::ClientIp,
            S::RequestId => Source::RequestId,
            S::Const(value) => Source::Const(self.preset(value, node, "constant")?),
        })
    }

    /// A place among the stretches of the body; two arguments with the same names share one.
    fn stretch(&mut self, names: &[String], node: NodeId) -> usize {
        if names.is_empty() && node != NodeId::NONE {
            self.whole = Some(node);
        }
        let slot = self.wanted.add(names, self.slots);
        self.slots = self.slots.max(slot + 1);
        slot
    }

    /// Encodes a value of the configuration, which shows whether it fits.
    fn preset(&self, value: &serde_json::Value, node: NodeId, what: &str) -> Result<Preset, (Code, String)> {
        let json: Box<str> = value.to_string().into();
        let mut preset = Preset { json, bytes: None };
        if node == NodeId::NONE {
            return Ok(preset);
        }
        let mut out = Vec::new();
        let mut encoder = Encoder::new(self.types, self.form, &mut out);
        if let Err(fault) = preset.encode(node, &mut encoder) {
            let wrong = match fault.what {
                What::ClassKey => {
                    "has a text under \"class\", which would choose a Java class; the argument's type is the place for that".into()
                }
                What::Undescribed => "cannot be sent, because nothing describes its class".into(),
                _ => format!("is not {}", self.types.expected(node)),
            };
            return Err((Code::ARGUMENT_TYPES, format!("the {what} {} {wrong}", preset.json)));
        }
        if !encoder.has_definitions() {
            preset.bytes = Some(out.into());
        }
        Ok(preset)
    }
}

/// Names that lead to a value inside the JSON body.
fn names(source: &config::Source) -> Option<Box<[Box<str>]>> {
    match source {
        config::Source::Body(names) => Some(names.iter().map(|name| name.as_str().into()).collect()),
        _ => None,
    }
}
