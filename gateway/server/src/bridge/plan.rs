//! A route compiled against what is known of its method: everything that does not depend on the request is done here, once.
//!
//! | known | the call |
//! |---|---|
//! | every parameter type | typed: the method's own descriptor, Java objects of the declared classes |
//! | names of types, but not all their fields | generic: `$invoke` with plain values, which the provider realises |
//! | a raw `List` or `Map`, from the route alone | generic likewise: only the provider knows of what |
//! | nothing yet, from a registry | none: there is no plan until the contract arrives |

use std::borrow::Cow;

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use yumen_dubbo::contract::Contract;
use yumen_dubbo::error::RpcError;
use yumen_dubbo::invocation::Method;
use yumen_dubbo::reply::Reply;
use yumen_hessian2::Writer;

use super::argument::{Argument, Attachment, BodyUse, Incoming, Source};
use super::contract;
use super::decode::{Classes, Layouts, Rendering};
use super::encode::{Encoder, Form};
use super::problem::Problem;
use super::request::Parts;
use super::respond::Answer;
use super::types::{Kind, Known, NodeId, Resolver, Types};
use crate::config::{Code, ConfigPath, Finding, RouteConfig, ServiceConfig, Severity};

mod arguments;
mod json;
mod side;
mod signature;

pub use json::{count, element, thrown};

use arguments::Compiler;
use signature::Signature;

/// Descriptor of `GenericService.$invoke`.
const INVOKE_DESCRIPTOR: &str = "Ljava/lang/String;[Ljava/lang/String;[Ljava/lang/Object;";

/// One route, ready to turn requests into calls and replies into responses.
pub struct Plan {
    method: Method,
    /// Java types of the parameters, generics and all.
    parameters: Box<[Box<str>]>,
    form: Form,
    types: Types,
    /// What stands before the arguments of a generic call: method name, type names, the array's head.
    head: Box<[u8]>,
    arguments: Box<[Argument]>,
    body: BodyUse,
    constants: Box<[(Box<str>, Box<str>)]>,
    attachments: Box<[Attachment]>,
    answer: Answer,
}

impl Plan {
    /// Compiles a route. Nothing comes back when one of `findings` is an error, or when they are warnings that say that
    /// not enough is known of the method yet: then the route answers 503 until more is.
    pub fn build(
        route: &RouteConfig,
        route_index: usize,
        service: &ServiceConfig,
        contract: Option<&Contract>,
        findings: &mut Vec<Finding>,
    ) -> Option<Self> {
        let at = ConfigPath::route(route_index);
        let written = contract::written(service);
        let parents = contract::parents(service);
        let abstracts = contract::abstracts(service);
        let known =
            Known { written: Some(&written), learned: contract, parents: Some(&parents), abstracts: &abstracts };
        let signature = signature::choose(route, &at, service, known, findings)?;
        Builder { route, at, service, known, signature }.build(findings)
    }

    /// The method that is called, with the route's own timeout and retries.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Java types of the method's parameters, in their order.
    pub fn parameter_types(&self) -> impl Iterator<Item = &str> {
        self.parameters.iter().map(|name| &**name)
    }

    /// Whether the body must be read before [`Plan::encode`].
    #[must_use]
    pub fn wants_body(&self) -> bool {
        !matches!(self.body, BodyUse::Unread)
    }

    /// Writes the call's arguments to `out`, which must be empty, and its attachments.
    ///
    /// # Errors
    /// The answer to a request that lacks something or has something that no value can be made of.
    pub fn encode<'a>(
        &'a self,
        request: &Parts<'a>,
        out: &mut Vec<u8>,
        attachments: &mut Vec<(Cow<'a, str>, Cow<'a, str>)>,
    ) -> Result<(), Problem> {
        let incoming = Incoming::read(*request, &self.body, &self.types)?;
        out.extend_from_slice(&self.head);
        let mut encoder = Encoder::new(&self.types, self.form, out);
        for argument in &self.arguments {
            argument.encode(&incoming, &mut encoder)?;
        }
        if self.form == Form::Generic {
            attachments.push((Cow::Borrowed("generic"), Cow::Borrowed("true")));
        }
        for (name, value) in &self.constants {
            attachments.push((Cow::Borrowed(name), Cow::Borrowed(value)));
        }
        for attachment in &self.attachments {
            if let Some(text) = attachment.text(&incoming)? {
                attachments.push((Cow::Borrowed(&attachment.place.parameter), text));
            }
        }
        Ok(())
    }

    /// Turns what became of the call into a response.
    #[must_use]
    pub fn respond<'r>(
        &self,
        outcome: Result<Reply, RpcError>,
        route: &str,
        request_id: &dyn Fn() -> &'r str,
    ) -> Response<Full<Bytes>> {
        match self.answer.to(outcome, &self.types) {
            Ok(response) => response,
            Err(problem) => problem.response(Some(route), request_id()),
        }
    }

    /// Why values of the path would be refused: the index of the argument, and the sentence of the answer.
    #[must_use]
    pub fn check_path(&self, captures: &[&str]) -> Option<(usize, String)> {
        let mut scratch = Vec::new();
        for (index, argument) in self.arguments.iter().enumerate() {
            let Source::Path(at) = argument.source else { continue };
            let raw = captures.get(at)?;
            let mut encoder = Encoder::new(&self.types, self.form, &mut scratch);
            if let Err(problem) = argument.check_text(raw, &mut encoder) {
                return Some((index, problem.detail().to_owned()));
            }
        }
        None
    }
}

/// Compiles a route whose method is known.
struct Builder<'a> {
    route: &'a RouteConfig,
    at: ConfigPath,
    service: &'a ServiceConfig,
    known: Known<'a>,
    signature: Signature,
}

impl Builder<'_> {
    fn build(self, findings: &mut Vec<Finding>) -> Option<Plan> {
        let mut resolver = Resolver::new(self.known);
        self.signature.chosen_classes().for_each(|class| resolver.choose(class));
        let values: Vec<NodeId> = self.signature.values.iter().map(|name| resolver.resolve(name)).collect();
        let returns = self.signature.returns.as_ref().map(|name| resolver.resolve(name));
        let form = self.form(&resolver, &values, findings);
        resolver.resolve_floats();
        let types = resolver.finish();
        let before = findings.len();
        let compiler = Compiler::new(self.route, &self.at, &types, form);
        let compiled = compiler.compile(&values, findings);
        if findings.iter().skip(before).any(|finding| finding.severity == Severity::Error) {
            return None;
        }
        let void = returns.is_some_and(|node| matches!(types.node(node).kind, Kind::Void));
        let rendering = Rendering {
            returns,
            json: self.service.json,
            generic: form == Form::Generic,
            classes: Classes::of(self.known.written.into_iter().chain(self.known.learned)),
            layouts: Layouts::default(),
        };
        let constants = &self.service.attachments;
        Some(Plan {
            method: self.method(form),
            parameters: self.signature.parameters.iter().map(|name| name.to_string().into()).collect(),
            form,
            head: self.head(form),
            arguments: compiled.arguments.into(),
            body: compiled.body,
            constants: constants.iter().map(|(name, value)| (name.as_str().into(), value.as_str().into())).collect(),
            attachments: compiled.attachments.into(),
            answer: Answer::build(self.route, self.service, void, self.signature.one_way, rendering),
            types,
        })
    }

    /// Typed when every class that an argument may need is known.
    fn form(&self, resolver: &Resolver<'_>, values: &[NodeId], findings: &mut Vec<Finding>) -> Form {
        let mut form = if self.signature.is_vague() { Form::Generic } else { Form::Typed };
        for (index, node) in values.iter().enumerate() {
            let unknown = resolver.unknown_in(*node);
            let (message, help) = match (&*unknown.needed, &*unknown.left_out) {
                ([], []) => continue,
                ([], left_out) => (
                    format!("nothing describes class {}; only null can be sent for it", left_out.join(", ")),
                    "for an interface, add the classes that implement it",
                ),
                (needed, _) => {
                    form = Form::Generic;
                    let message = "nothing describes class ".to_owned() + &needed.join(", ");
                    let help = "to have values checked, add it";
                    (message + "; the method is called generically", help)
                }
            };
            let at = self.at.clone().key("args").index(index);
            let help = format!(
                "{help} to types of service {:?}; a class below it says so with extends, and a client then chooses it with the \
                 member \"class\"; or the argument's type names the one class to send",
                self.service.name
            );
            findings.push(Finding::warning(Code::UNKNOWN_TYPE, at, message).help(help));
        }
        form
    }

    fn method(&self, form: Form) -> Method {
        let name = &*self.route.to.method;
        let mut descriptor = String::new();
        self.signature.parameters.iter().for_each(|parameter| parameter.write_descriptor(&mut descriptor));
        let (wire_name, descriptor) = match form {
            Form::Typed => (name, descriptor),
            Form::Generic => ("$invoke", INVOKE_DESCRIPTOR.to_owned()),
        };
        Method {
            name: wire_name.into(),
            descriptor: descriptor.into(),
            idempotent: self.route.idempotent.or(self.signature.idempotent).unwrap_or(false),
            one_way: self.signature.one_way,
            timeout: self.route.timeout.or(self.signature.timeout),
            retries: self.route.retries.or(self.signature.retries),
            invoked_name: name.into(),
        }
    }

    fn head(&self, form: Form) -> Box<[u8]> {
        let mut out = Vec::new();
        if form == Form::Generic {
            let parameters = &self.signature.parameters;
            let mut writer = Writer::new(&mut out);
            writer.string(&self.route.to.method);
            writer.begin_list(Some("[string"), parameters.len());
            for parameter in parameters {
                writer.string(&parameter.generic_name());
            }
            writer.begin_list(Some("[object"), parameters.len());
        }
        out.into()
    }
}

#[cfg(test)]
mod tests;
