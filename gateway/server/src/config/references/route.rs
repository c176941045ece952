//! Routes: what they match, what they call, what they read.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Number;

use super::{Check, path, service::is_java_name, types::Scope};
use crate::config::{
    finding::{Code, Finding, Lean, Part, shortened},
    locate::ConfigPath,
    model::{ArgConfig, BodyTemplate, HeaderMatch, RouteConfig, ServiceConfig, Source},
    suggest::nearest,
};

/// Methods that reach a route; the listener refuses every other one before routes are asked.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/// Methods whose requests come without a body as a rule.
const BODILESS: [&str; 3] = ["GET", "HEAD", "DELETE"];

/// By what two routes are the same: path shape, host, method, header conditions.
type Identity = (String, Option<String>, String, BTreeMap<String, String>);

impl<'a> Check<'a> {
    pub(super) fn routes(&mut self) {
        let mut taken: BTreeMap<Identity, usize> = BTreeMap::new();
        for (index, route) in self.config.routes.iter().enumerate() {
            let at = ConfigPath::route(index);
            self.matching(route, &at);
            self.template(route, &at, index, &mut taken);
            self.target(route, &at);
            self.arguments(route, &at);
            self.body(route, &at);
            self.answers(route, &at);
            self.retries(route.retries, at);
        }
    }

    fn matching(&mut self, route: &RouteConfig, at: &ConfigPath) {
        let at = at.clone().key("match");
        for (index, method) in route.matches.methods.iter().enumerate() {
            if METHODS.contains(&method.as_str()) {
                continue;
            }
            let message = format!("{method:?} is not an HTTP method that can be routed");
            let finding = Finding::error(Code::BAD_METHOD, at.clone().key("method").index(index), message);
            self.report(match method.to_ascii_uppercase() {
                upper if METHODS.contains(&upper.as_str()) => finding.help(format!("write {upper}")),
                upper => finding.suggest(&upper, METHODS).help(format!("methods are: {}", METHODS.join(", "))),
            });
        }
        if let Some(host) = &route.matches.host {
            let bare = host.strip_prefix("*.").unwrap_or(host);
            let good = !bare.is_empty()
                && bare.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'[' | b']'));
            if !good {
                let finding = Finding::error(Code::BAD_HOST, at.clone().key("host"), format!("{host:?} is not a host"));
                self.report(
                    finding
                        .help("write a name without scheme, port or path, or *.example.com; left out, it is any host"),
                );
            }
        }
        for name in route.matches.headers.keys() {
            let good =
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^`|~".contains(&b));
            if !good {
                let message = format!("{name:?} is not the name of a header field");
                let at = at.clone().key("headers").key(name);
                let finding = Finding::error(Code::BAD_HEADER_NAME, at, message).on_key();
                self.report(finding.help("write letters, digits and dashes, such as x-tenant"));
            }
        }
    }

    /// The template's grammar, its parameters against their readers, and other routes with the same match.
    fn template(&mut self, route: &RouteConfig, at: &ConfigPath, index: usize, taken: &mut BTreeMap<Identity, usize>) {
        let path_at = at.clone().key("match").key("path");
        let template = match path::parse(&route.matches.path) {
            Ok(template) => template,
            Err(fault) => return self.report(fault.into_finding(path_at)),
        };
        let mut used = BTreeSet::new();
        let mut readers = vec![Lean::Items(at.clone().key("args")), Lean::Items(at.clone().key("attachments"))];
        for (source, at) in sources(route, at) {
            readers.push(Lean::Value(at.clone()));
            let Source::Path(name) = source else { continue };
            used.insert(name.as_str());
            if !template.parameters.contains(&name.as_str()) {
                let message = format!("route {:?} reads path parameter {name:?}, which its path lacks", route.name);
                let finding = Finding::error(Code::UNKNOWN_PATH_PARAMETER, at, message);
                let finding = finding.suggest(name, template.parameters.iter().copied());
                self.report(match template.parameters.is_empty() {
                    true => finding.help(format!("{:?} has no parameters", route.matches.path)),
                    false => finding.help(format!("parameters here: {}", template.parameters.join(", "))),
                });
            }
        }
        for unused in template.parameters.iter().filter(|name| !used.contains(*name)) {
            let message = format!("path parameter {unused:?} is not used");
            let finding = Finding::warning(Code::UNUSED_PATH_PARAMETER, path_at.clone(), message);
            let finding = finding.help(format!("read it with path.{unused}, or write its segment out"));
            self.report(finding.leaning_on(readers.clone()));
        }
        for identity in identities(route, &template.shape) {
            if let Some(first) = taken.insert(identity, index).filter(|first| *first != index) {
                self.conflict(index, first);
                break;
            }
        }
    }

    fn conflict(&mut self, index: usize, first: usize) {
        let (route, other) = (&self.config.routes[index], &self.config.routes[first]);
        let message = format!("routes {:?} and {:?} take the same requests", other.name, route.name);
        let matches = |index| ConfigPath::route(index).key("match");
        let place = self.document.position_of(&matches(first).key("path"), Part::Value);
        let help = format!("the first is at {place}; give one a condition more, or remove it");
        let finding = Finding::error(Code::ROUTE_CONFLICT, matches(index).key("path"), message).help(help);
        let conditions = [matches(index), matches(first)].into_iter().flat_map(|matches| {
            let inner = ["method", "headers"].map(|key| Lean::Items(matches.clone().key(key)));
            inner.into_iter().chain([Lean::Items(matches)])
        });
        self.report(finding.leaning_on(conditions));
    }

    fn target(&mut self, route: &'a RouteConfig, at: &ConfigPath) {
        let to = at.clone().key("to");
        let wanted = &route.to.service;
        let found = self.config.service(wanted);
        let scope = Scope { service: found.map(|(index, _)| index), variables: &[] };
        let types = route.to.params.iter().flatten().enumerate();
        for (index, text) in types {
            self.java_type(text, to.clone().key("params").index(index), &scope);
        }
        if let Some(text) = route.to.returns.as_deref().filter(|text| *text != "void") {
            self.java_type(text, to.clone().key("returns"), &scope);
        }
        for (index, arg) in route.args.iter().enumerate() {
            if let Some(text) = &arg.type_name {
                self.java_type(text, at.clone().key("args").index(index).key("type"), &scope);
            }
        }
        match found {
            Some((index, service)) => self.method(route, index, service, at),
            None => {
                let names: Vec<&str> = self.config.services.iter().map(|service| &*service.name).collect();
                let message = format!("route {:?} calls service {wanted:?}, which does not exist", route.name);
                let finding = Finding::error(Code::UNKNOWN_SERVICE, to.key("service"), message);
                let finding = finding.leaning_on([Lean::Names("services")]);
                let near = *self.near.entry(wanted).or_insert_with(|| nearest(wanted, names.iter().copied()));
                let finding = finding.suggest(wanted, near);
                self.report(match names.is_empty() {
                    true => finding.help("there are no services"),
                    false => finding.help(format!("services: {}", shortened(&names))),
                });
            }
        }
    }

    fn method(&mut self, route: &RouteConfig, index: usize, service: &ServiceConfig, at: &ConfigPath) {
        let to = at.clone().key("to");
        let wanted = &route.to.method;
        self.method_name(wanted, to.clone().key("method"), Part::Value);
        let method_at = ConfigPath::service(index).key("methods").key(wanted);
        let Some(overloads) = service.methods.get(wanted) else {
            if service.methods.is_empty() || route.to.params.is_some() {
                return; // learned from metadata, or told by the route
            }
            let names: Vec<&str> = service.methods.keys().map(String::as_str).collect();
            let methods = self.document.position_of(&ConfigPath::service(index).key("methods"), Part::Key);
            let message = format!(
                "route {:?} calls method {wanted:?}, which service {:?} does not have",
                route.name, service.name
            );
            let finding = Finding::error(Code::UNKNOWN_METHOD, to.clone().key("method"), message);
            let finding = finding.leaning_on([Lean::Value(method_at)]);
            let finding = finding.suggest(wanted, names.iter().copied());
            self.report(finding.help(format!("methods of {} ({methods}): {}", service.name, shortened(&names))));
            return;
        };
        let given = route.args.len();
        if route.to.params.is_none() && !overloads.iter().any(|method| method.params.len() == given) {
            let counts: BTreeSet<String> = overloads.iter().map(|method| method.params.len().to_string()).collect();
            let counts: Vec<&str> = counts.iter().map(String::as_str).collect();
            let message = format!("{wanted:?} takes {}, not {given}", counted(&counts, "argument"));
            let finding = Finding::error(Code::ARGUMENT_COUNT, to.clone().key("method"), message);
            let shown: Vec<String> =
                overloads.iter().map(|method| format!("{wanted}({})", method.params.join(", "))).collect();
            let finding = finding.help(format!("there is {}", shown.join(", ")));
            let params = (0..overloads.len()).map(|position| method_at.clone().index(position).key("params"));
            let counted =
                params.chain([method_at.clone().key("params"), to.clone().key("params"), at.clone().key("args")]);
            self.report(finding.leaning_on(counted.map(Lean::Value)));
        }
    }

    fn arguments(&mut self, route: &RouteConfig, at: &ConfigPath) {
        if let Some(params) = route.to.params.as_ref().filter(|params| params.len() != route.args.len()) {
            let one = |count: usize, word| counted(&[&count.to_string()], word);
            let message = format!("{} for {}", one(params.len(), "parameter type"), one(route.args.len(), "argument"));
            let finding = Finding::error(Code::ARGUMENT_COUNT, at.clone().key("to").key("params"), message);
            let finding = finding.help("write one type for each argument");
            self.report(finding.leaning_on([Lean::Value(at.clone().key("args"))]));
        }
        for (index, arg) in route.args.iter().enumerate() {
            let at = at.clone().key("args").index(index);
            if arg.required == Some(true) && arg.default.is_some() {
                let message = "a required argument never takes its default";
                let finding = Finding::error(Code::BAD_VALUE, at.clone().key("default"), message);
                self.report(finding.help("remove required, or the default"));
            }
            self.range(arg, &at);
        }
    }

    fn range(&mut self, arg: &ArgConfig, at: &ConfigPath) {
        let number = |number: &Option<Number>| number.as_ref().and_then(Number::as_f64);
        let (min, max) = (number(&arg.min), number(&arg.max));
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            let message = format!("min {min} is greater than max {max}");
            return self.report(Finding::error(Code::BAD_RANGE, at.clone().key("min"), message).help("swap them"));
        }
        let default = arg.default.as_ref().and_then(serde_json::Value::as_f64);
        if default.is_some_and(|value| min.is_some_and(|min| value < min) || max.is_some_and(|max| value > max)) {
            let message = "the default does not lie between min and max";
            let finding = Finding::error(Code::BAD_RANGE, at.clone().key("default"), message);
            self.report(finding.help("write one that a request could carry, too"));
        }
    }

    /// How the request's body is read, if it is.
    fn body(&mut self, route: &RouteConfig, at: &ConfigPath) {
        let mut first: Option<&Source> = None;
        for (source, at) in sources(route, at).into_iter().filter(|(source, _)| source.reads_body()) {
            let same = |other: &Source| std::mem::discriminant(other) == std::mem::discriminant(source);
            match first {
                Some(other) if !same(other) => {
                    let message = format!("{source} and {other} read the body in two ways");
                    let finding = Finding::error(Code::MIXED_BODY, at, message);
                    return self.report(finding.help("take all of it from body, or from form, or from part"));
                }
                Some(_) => continue,
                None => first = Some(source),
            }
            let methods = &route.matches.methods;
            let bodiless = methods.iter().find(|method| BODILESS.contains(&method.as_str()));
            if let Some(method) = bodiless {
                let message = format!("{source} reads a body, which a {method} request seldom has");
                self.report(Finding::warning(Code::BODY_WITHOUT_METHOD, at, message));
            }
        }
    }

    fn answers(&mut self, route: &RouteConfig, at: &ConfigPath) {
        let respond = at.clone().key("respond");
        if let Some(status) = route.respond.status {
            self.status(status, 200..=399, respond.clone().key("status"));
        }
        if let Some(body) = &route.respond.body {
            self.bodiless(route.respond.status, &respond);
            for leaf in body.leaves(respond.key("body"), &|leaf| matches!(leaf, BodyTemplate::Exception(_))) {
                let message = "a good answer has no exception to tell of";
                self.report(Finding::error(Code::BAD_TEMPLATE, leaf, message).help("result, or result.FIELD"));
            }
        }
        for (index, error) in route.errors.iter().enumerate() {
            let at = at.clone().key("errors").index(index);
            if error.exception != "*" && !is_java_name(&error.exception) {
                let message = format!("{:?} is not the name of an exception class", error.exception);
                let finding = Finding::error(Code::BAD_TYPE, at.clone().key("exception"), message);
                self.report(finding.help("write it with its package: com.acme.NotFound; \"*\" takes every exception"));
            }
            self.status(error.status, 200..=599, at.clone().key("status"));
            if error.body.is_some() {
                self.bodiless(Some(error.status), &at);
            }
            let bad = |leaf: &BodyTemplate| match leaf {
                BodyTemplate::Result(_) => true,
                BodyTemplate::Exception(names) => !is_exception_part(names),
                _ => false,
            };
            let leaves = error.body.as_ref().map(|body| body.leaves(at.key("body"), &bad));
            for leaf in leaves.into_iter().flatten() {
                let message = "this body refers to what an exception does not have";
                let finding = Finding::error(Code::BAD_TEMPLATE, leaf, message);
                self.report(finding.help("exception.message, exception.class or exception.field.NAME"));
            }
        }
    }

    /// A body is written where HTTP has none (RFC 9110, 6.4.1 and 15.3.6).
    fn bodiless(&mut self, status: Option<u16>, owner: &ConfigPath) {
        if let Some(status @ (204 | 205 | 304)) = status {
            let message = format!("an answer with status {status} has no body");
            let finding = Finding::error(Code::BAD_STATUS, owner.clone().key("body"), message).on_key();
            let finding = finding.leaning_on([Lean::Value(owner.clone().key("status"))]);
            self.report(finding.help("remove body, or write another status such as 200"));
        }
    }

    fn status(&mut self, status: u16, good: std::ops::RangeInclusive<u16>, at: ConfigPath) {
        if !good.contains(&status) {
            let message = format!("{status} is not a status from {} to {}", good.start(), good.end());
            let help = match good.start() {
                _ if good.contains(&500) => "write a status such as 404 or 500",
                _ => "write one such as 201 or 204; exceptions have theirs under errors",
            };
            self.report(Finding::error(Code::BAD_STATUS, at, message).help(help));
        }
    }
}

fn is_exception_part(names: &[String]) -> bool {
    match names {
        [one] => one == "message" || one == "class",
        [field, _, ..] => field == "field",
        [] => false,
    }
}

/// Every source of a route with its path.
fn sources<'r>(route: &'r RouteConfig, at: &ConfigPath) -> Vec<(&'r Source, ConfigPath)> {
    let args = route.args.iter().enumerate();
    let args = args.map(|(index, arg)| (&arg.from, at.clone().key("args").index(index).key("from")));
    let attachments = route.attachments.iter();
    let attachments = attachments.map(|(name, source)| (source, at.clone().key("attachments").key(name)));
    args.chain(attachments).collect()
}

/// What a route takes, once for each method it names.
fn identities(route: &RouteConfig, shape: &str) -> Vec<Identity> {
    let headers: BTreeMap<String, String> = route
        .matches
        .headers
        .iter()
        .map(|(name, value)| {
            let value = match value {
                HeaderMatch::Exact(text) => format!("={text}"),
                HeaderMatch::Present(present) => present.to_string(),
            };
            (name.to_ascii_lowercase(), value)
        })
        .collect();
    let host = route.matches.host.as_ref().map(|host| host.to_ascii_lowercase());
    let identity = |method: &str| (shape.to_owned(), host.clone(), method.to_owned(), headers.clone());
    match route.matches.methods.is_empty() {
        true => vec![identity("")],
        false => route.matches.methods.iter().map(|method| identity(method)).collect(),
    }
}

/// `1 argument`, `2 or 3 arguments`.
fn counted(counts: &[&str], word: &str) -> String {
    let plural = if counts == ["1"] { "" } else { "s" };
    format!("{} {word}{plural}", counts.join(" or "))
}
