//! What became of a call, as a response.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use yumen_dubbo::error::RpcError;
use yumen_dubbo::reply::{Reply, ReplyKind};

use super::contract;
use super::decode::{Rendering, Unrenderable, render, render_field, scalar};
use super::exception::Thrown;
use super::problem::Problem;
use super::status::{self, Fault};
use super::template::{Piece, Template, pick};
use super::types::Types;
use crate::config::{RouteConfig, ServiceConfig};

/// How a route answers, compiled.
pub(crate) struct Answer {
    /// Status of a good answer; left out: 200, or 204 without a body.
    status: Option<StatusCode>,
    body: Option<Template>,
    /// The method returns nothing.
    void: bool,
    pub(crate) rendering: Rendering,
    errors: Box<[ErrorRule]>,
    /// Superclasses of exceptions, where the configuration tells them.
    parents: BTreeMap<Box<str>, Box<str>>,
}

/// What an exception becomes.
struct ErrorRule {
    class: Box<str>,
    status: StatusCode,
    body: Option<Template>,
}

type Answered = Result<Response<Full<Bytes>>, Problem>;

impl Answer {
    /// Compiles the answers of a route whose method returns nothing if `void`, and gives no reply if `one_way`.
    pub(crate) fn build(
        route: &RouteConfig,
        service: &ServiceConfig,
        void: bool,
        one_way: bool,
        rendering: Rendering,
    ) -> Self {
        let status = |code: u16| StatusCode::from_u16(code).ok();
        let rule = |error: &crate::config::ErrorConfig| ErrorRule {
            class: error.exception.as_str().into(),
            status: status(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            body: error.body.as_ref().map(Template::compile),
        };
        Self {
            status: route.respond.status.and_then(status).or(one_way.then_some(StatusCode::ACCEPTED)),
            body: route.respond.body.as_ref().map(Template::compile),
            void: void || one_way,
            rendering,
            errors: route.errors.iter().map(rule).collect(),
            parents: contract::parents(service),
        }
    }

    /// The response, or the problem to tell instead.
    pub(crate) fn to(&self, outcome: Result<Reply, RpcError>, types: &Types) -> Answered {
        let reply = outcome.map_err(|error| status::of_rpc_error(&error))?;
        match reply.kind {
            ReplyKind::Exception => self.exception(&reply, types),
            ReplyKind::Value | ReplyKind::Null => self.result(&reply, types).map_err(|why| unrenderable(&why)),
        }
    }

    fn result(&self, reply: &Reply, types: &Types) -> Result<Response<Full<Bytes>>, Unrenderable> {
        match self.body.is_none() && self.void {
            true => Ok(self.of_value(Vec::new())),
            false => self.value(reply, types).map(|value| self.of_value(value)),
        }
    }

    /// The answer to a call that returned what this JSON text says.
    pub(crate) fn of_json(&self, value: &str) -> Response<Full<Bytes>> {
        self.of_value(if self.body.is_none() && self.void { Vec::new() } else { value.as_bytes().to_vec() })
    }

    fn of_value(&self, value: Vec<u8>) -> Response<Full<Bytes>> {
        let body = match &self.body {
            None => value,
            Some(template) => {
                let value = std::str::from_utf8(&value).unwrap_or("null");
                let mut out = Vec::with_capacity(value.len() + 64);
                for piece in template.pieces() {
                    match piece {
                        Piece::Fixed(bytes) => out.extend_from_slice(bytes),
                        Piece::Result(names) => out.extend_from_slice(pick(value, names).as_bytes()),
                        Piece::Message | Piece::Class | Piece::Field(_) => out.extend_from_slice(b"null"),
                    }
                }
                out
            }
        };
        let empty = if body.is_empty() { StatusCode::NO_CONTENT } else { StatusCode::OK };
        json(self.status.unwrap_or(empty), body)
    }

    /// Whether the method returns nothing.
    pub(crate) fn is_void(&self) -> bool {
        self.void
    }

    /// What the method returned, as JSON.
    pub(crate) fn value(&self, reply: &Reply, types: &Types) -> Result<Vec<u8>, Unrenderable> {
        if reply.kind == ReplyKind::Null {
            return Ok(b"null".to_vec());
        }
        let mut out = Vec::with_capacity(reply.body.len() * 5 / 4 + 64);
        render(types, &self.rendering, reply.reader(), &mut out)?;
        Ok(out)
    }

    fn exception(&self, reply: &Reply, types: &Types) -> Answered {
        let thrown = match Thrown::read(&mut reply.reader()) {
            Ok(Some(thrown)) => thrown,
            Ok(None) => return Err(unnamed()),
            Err(error) => return Err(unrenderable(&error.into())),
        };
        let rule = self.errors.iter().find(|rule| thrown.is_a(&rule.class, &self.parents));
        match rule {
            Some(ErrorRule { status, body: Some(template), class }) => {
                let message = told_by(class, &thrown);
                let body = self.error_body(template, &thrown, message, reply, types);
                Ok(json(*status, body.map_err(|why| unrenderable(&why))?))
            }
            Some(rule) => Err(told(&thrown).with_status(rule.status)),
            None => Err(thrown.rpc_code().and_then(status::of_rpc_exception).unwrap_or_else(|| told(&thrown))),
        }
    }

    fn error_body(
        &self,
        template: &Template,
        thrown: &Thrown<'_>,
        message: Option<&str>,
        reply: &Reply,
        types: &Types,
    ) -> Result<Vec<u8>, Unrenderable> {
        let mut out = Vec::new();
        for piece in template.pieces() {
            match piece {
                Piece::Fixed(bytes) => out.extend_from_slice(bytes),
                Piece::Class => scalar::string(&mut out, thrown.real_class()),
                Piece::Message => match message {
                    Some(message) => scalar::string(&mut out, message),
                    None => out.extend_from_slice(b"null"),
                },
                Piece::Field(name) => render_field(types, &self.rendering, reply.reader(), name, &mut out)?,
                Piece::Result(_) => out.extend_from_slice(b"null"),
            }
        }
        Ok(out)
    }
}

/// An exception as a problem: its message's first line, if that was written for callers.
fn told(thrown: &Thrown<'_>) -> Problem {
    match thrown.public_message() {
        Some(message) => Problem::new(Fault::Exception, message.to_owned()),
        None => unnamed(),
    }
}

/// The message that a rule for this class may put into its body: whoever names the very class that was thrown knows what
/// it says; a rule for more than that tells only what was written for callers.
fn told_by<'t>(rule: &str, thrown: &'t Thrown<'_>) -> Option<&'t str> {
    match rule == thrown.real_class() {
        true => thrown.message.as_deref(),
        false => thrown.public_message(),
    }
}

fn unnamed() -> Problem {
    Problem::new(Fault::Exception, "the service could not do this")
}

fn unrenderable(why: &Unrenderable) -> Problem {
    Problem::new(Fault::BadGateway, why.to_string())
}

/// A good answer that is this JSON text, where no route shapes it.
#[must_use]
pub fn json_response(text: String) -> Response<Full<Bytes>> {
    json(StatusCode::OK, text.into_bytes())
}

fn json(status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    let empty = body.is_empty();
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    if !empty {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response
}
