//! A call's arguments and its result as JSON texts and back, for those few who ask: plugins see JSON, the wire is hessian2.
//!
//! ```text
//!  arguments: bytes ─▶ arguments_json ─▶ plugin ─▶ encode_arguments ─▶ bytes
//!  outcome:   Reply ─▶ result_json ─▶ plugin ─▶ respond_json ─▶ response        (a result is not made hessian2 again)
//!  a service in this process:  bytes ─▶ arguments_json ─▶ plugin ─▶ reply_of ─▶ Reply
//! ```
//! What is read as JSON can be written again: an object that could be of several classes keeps its `class`.

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use yumen_dubbo::reply::{Reply, ReplyKind};
use yumen_hessian2::{Limits, Reader, Token, Writer};

use super::super::argument::Place;
use super::super::decode::{Unrenderable, render_values};
use super::super::encode::{Encoder, Form};
use super::super::json::Scanner;
use super::super::problem::Problem;
use super::super::types::NodeId;
use super::Plan;

impl Plan {
    /// The arguments of a call as a JSON array.
    ///
    /// # Errors
    /// When the bytes are no arguments of this method.
    pub fn arguments_json(&self, arguments: &[u8]) -> Result<String, String> {
        self.arguments_text(arguments).map_err(|error| error.to_string())
    }

    fn arguments_text(&self, arguments: &[u8]) -> Result<String, Unrenderable> {
        let mut reader = Reader::with_limits(arguments, Limits::for_body(arguments.len()));
        if self.form == Form::Generic {
            reader.skip()?; // the method
            reader.skip()?; // the types
            let Token::List { .. } = reader.next()? else { return Ok("[]".to_owned()) };
        }
        let mut out = Vec::with_capacity(arguments.len() + 16);
        let hints: Vec<NodeId> = self.arguments.iter().map(|argument| argument.node).collect();
        render_values(&self.types, &self.answer.rendering, reader, &hints, &mut out)?;
        Ok(String::from_utf8(out).unwrap_or_default())
    }

    /// One of the arguments as JSON text; nothing when there are fewer, or the bytes are no arguments.
    #[must_use]
    pub fn argument_json(&self, arguments: &[u8], index: usize) -> Option<String> {
        element(&self.arguments_json(arguments).ok()?, index)
    }

    /// Writes a JSON array as the arguments of a call to `out`, which must be empty.
    ///
    /// # Errors
    /// Which element is not what its parameter takes, or that there are not as many.
    pub fn encode_arguments(&self, json: &str, out: &mut Vec<u8>) -> Result<(), String> {
        let no_json =
            |error: super::super::json::SyntaxError| format!("the arguments are no JSON: {}", error.describe(json));
        let mut scanner = Scanner::new(json);
        out.extend_from_slice(&self.head);
        let mut encoder = Encoder::new(&self.types, self.form, out);
        let mut items = scanner.begin_array().map_err(no_json)?;
        for (index, argument) in self.arguments.iter().enumerate() {
            if !scanner.next_item(&mut items).map_err(no_json)? {
                return Err(format!("{index} arguments where {} are needed", self.arguments.len()));
            }
            let written = encoder.argument(|encoder| encoder.json(argument.node, &mut scanner));
            written.map_err(|fault| argument.place.problem(&fault, json).detail().to_owned())?;
        }
        if scanner.next_item(&mut items).map_err(no_json)? {
            return Err(format!("more than {} arguments", self.arguments.len()));
        }
        scanner.end().map_err(no_json)
    }

    /// How many arguments the method takes.
    #[must_use]
    pub fn argument_count(&self) -> usize {
        self.arguments.len()
    }

    /// What the method returned, as JSON text; null where it returned nothing.
    ///
    /// # Errors
    /// When the reply cannot be read.
    pub fn result_json(&self, reply: &Reply) -> Result<String, String> {
        let value = self.answer.value(reply, &self.types).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(value).unwrap_or_default())
    }

    /// A result in JSON as the reply of a provider that returned it.
    ///
    /// # Errors
    /// When it is no JSON, or no value of the method's result type.
    pub fn reply_of(&self, json: &str) -> Result<Reply, String> {
        if self.answer.is_void() || json.trim() == "null" {
            return Ok(Reply::null());
        }
        let mut scanner = Scanner::new(json);
        let mut body = Vec::with_capacity(json.len() + 16);
        let node = self.answer.rendering.returns.unwrap_or(NodeId::NONE);
        let mut encoder = Encoder::new(&self.types, Form::Typed, &mut body);
        let written = encoder.argument(|encoder| {
            encoder.json(node, &mut scanner)?;
            Ok(scanner.end()?)
        });
        let place = Place { parameter: "result".into(), source: "the result".into(), body: None };
        written.map_err(|fault| place.problem(&fault, json).detail().to_owned())?;
        Ok(Reply { kind: ReplyKind::Value, body: body.into(), value_at: 0 })
    }

    /// A response whose result is this JSON text, as if the provider had returned it.
    #[must_use]
    pub fn respond_json<'r>(
        &self,
        result: &str,
        route: &str,
        request_id: &dyn Fn() -> &'r str,
    ) -> Response<Full<Bytes>> {
        match serde_json::from_str::<serde::de::IgnoredAny>(result) {
            Ok(_) => self.answer.of_json(result),
            Err(_) => Problem::plugin_failed().response(Some(route), request_id()),
        }
    }
}

/// An element of a JSON array, as JSON text; nothing when there are fewer.
#[must_use]
pub fn element(array: &str, index: usize) -> Option<String> {
    let mut scanner = Scanner::new(array);
    let mut items = scanner.begin_array().ok()?;
    for _ in 0..index {
        scanner.next_item(&mut items).ok().filter(|more| *more)?;
        scanner.skip().ok()?;
    }
    scanner.next_item(&mut items).ok().filter(|more| *more)?;
    scanner.skip().ok().map(str::to_owned)
}

/// How many elements a JSON array has; nothing when it is none.
#[must_use]
pub fn count(array: &str) -> Option<usize> {
    let mut scanner = Scanner::new(array);
    let mut items = scanner.begin_array().ok()?;
    let mut count = 0;
    while scanner.next_item(&mut items).ok()? {
        scanner.skip().ok()?;
        count += 1;
    }
    scanner.end().ok().map(|()| count)
}

/// The reply of a provider whose method threw an exception of this class.
#[must_use]
pub fn thrown(class: &str, message: &str) -> Reply {
    let mut body = Vec::with_capacity(class.len() + message.len() + 32);
    let mut writer = Writer::new(&mut body);
    let class = writer.define_class(class, &["detailMessage"]);
    writer.begin_object(class);
    writer.string(message);
    Reply { kind: ReplyKind::Exception, body: body.into(), value_at: 0 }
}
