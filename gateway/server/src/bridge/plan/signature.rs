//! Which method a route means: found among what the configuration and the metadata centre tell, or told by the route itself.

use std::time::Duration;

use yumen_dubbo::contract::{MethodContract, TypeName};

use super::super::contract::type_name;
use super::super::types::{Known, jdk_holds};
use crate::config::{Code, ConfigPath, Finding, RouteConfig, ServiceConfig, Source};

/// Types and terms of one method.
#[derive(Debug, Clone, Default)]
pub(super) struct Signature {
    /// Parameter types, with generics where someone told them.
    pub(super) parameters: Vec<TypeName>,
    /// Type of the value for each: the parameter's own, or the class that the route sends for an interface.
    pub(super) values: Vec<TypeName>,
    /// Result type, where known.
    pub(super) returns: Option<TypeName>,
    /// Whether calls may be repeated.
    pub(super) idempotent: Option<bool>,
    /// Limit of one attempt.
    pub(super) timeout: Option<Duration>,
    /// Further attempts.
    pub(super) retries: Option<u32>,
    /// No reply is wanted.
    pub(super) one_way: bool,
    /// The route alone tells the types.
    pub(super) told_by_route: bool,
}

impl Signature {
    /// Classes that the route names for values where the method names others.
    pub(super) fn chosen_classes(&self) -> impl Iterator<Item = &str> {
        self.parameters.iter().zip(&self.values).filter(|(parameter, value)| parameter != value).flat_map(
            |(parameter, value)| {
                let (mut declared, mut chosen) = (Vec::new(), Vec::new());
                parameter.visit_names(&mut |name| declared.push(name));
                value.visit_names(&mut |name| chosen.push(name));
                chosen.retain(|name| is_of_application(name) && !declared.contains(name));
                chosen
            },
        )
    }

    /// Whether a value holds others of which nobody tells the type.
    pub(super) fn is_vague(&self) -> bool {
        let raw = |value: &TypeName| value.arguments.is_empty() && RAW.contains(&&*value.name);
        self.told_by_route && self.values.iter().any(raw)
    }
}

/// Classes whose values hold others, and which a provider can make of plain values (`PojoUtils.realize`).
const RAW: [&str; 6] = [
    "java.lang.Iterable",
    "java.util.Collection",
    "java.util.EnumSet",
    "java.util.List",
    "java.util.Map",
    "java.util.Set",
];

/// Finds the method. Nothing comes back, but a finding, when the route is wrong or not enough is known yet.
pub(super) fn choose(
    route: &RouteConfig,
    at: &ConfigPath,
    service: &ServiceConfig,
    known: Known<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Signature> {
    Chooser { route, at, service, known, findings }.choose()
}

struct Chooser<'a, 'f> {
    route: &'a RouteConfig,
    at: &'a ConfigPath,
    service: &'a ServiceConfig,
    known: Known<'a>,
    findings: &'f mut Vec<Finding>,
}

impl<'a> Chooser<'a, '_> {
    fn choose(mut self) -> Option<Signature> {
        let overloads = self.overloads();
        let chosen = match (&self.route.to.params, overloads.is_empty()) {
            (Some(params), empty) => {
                let params: Vec<TypeName> = params.iter().map(|text| type_name(text)).collect();
                match overloads.iter().find(|method| same(method, &params)) {
                    Some(method) => Some(of(method, params)),
                    None if empty => {
                        Some(Signature { parameters: params, told_by_route: true, ..Signature::default() })
                    }
                    None => self.no_such_overload(&overloads),
                }
            }
            (None, true) => self.told_by_arguments(),
            (None, false) => self.by_arguments(&overloads),
        };
        chosen.map(|signature| self.with_returns(signature)).and_then(|signature| self.with_values(signature))
    }

    /// Methods of the name: those that the configuration writes, else those learned. Of two that differ in nothing but the
    /// result one is the compiler's bridge to a generic interface, and is left out.
    fn overloads(&self) -> Vec<&'a MethodContract> {
        let name = &self.route.to.method;
        let written: Vec<_> =
            self.known.written.into_iter().flat_map(|contract| contract.methods_named(name)).collect();
        if !written.is_empty() {
            return written;
        }
        let learned: Vec<_> =
            self.known.learned.into_iter().flat_map(|contract| contract.methods_named(name)).collect();
        let is_bridge = |method: &MethodContract| {
            is_object(&method.returns)
                && learned.iter().any(|other| {
                    !is_object(&other.returns)
                        && other.parameters.len() == method.parameters.len()
                        && pairs(method, other).all(|(one, two)| same_class(one, two))
                })
        };
        learned.iter().filter(|method| !is_bridge(method)).copied().collect()
    }

    /// Nobody tells the method: the arguments must say their types themselves.
    fn told_by_arguments(&mut self) -> Option<Signature> {
        if let Some(learned) = self.known.learned {
            let mut names: Vec<&str> = learned.methods.iter().map(|method| &*method.name).collect();
            names.dedup();
            let message = format!(
                "route {:?} calls method {:?}, which service {:?} does not have",
                self.route.name, self.route.to.method, self.service.name
            );
            let at = self.at.clone().key("to").key("method");
            let finding = Finding::warning(Code::UNKNOWN_METHOD, at, message);
            let finding = finding.suggest(&self.route.to.method, names.iter().copied());
            self.findings.push(finding.help(format!("its providers publish: {}", names.join(", "))));
            return None;
        }
        let mut parameters = Vec::new();
        for (index, arg) in self.route.args.iter().enumerate() {
            match &arg.type_name {
                Some(text) => parameters.push(type_name(text)),
                None => return self.untyped(index),
            }
        }
        Some(Signature { parameters, told_by_route: true, ..Signature::default() })
    }

    fn untyped(&mut self, index: usize) -> Option<Signature> {
        let at = self.at.clone().key("args").index(index);
        let message = format!("nothing tells the type of argument {} of {:?}", index + 1, self.route.to.method);
        let learns = self.service.registry.is_some();
        let finding = match learns {
            true => Finding::warning(Code::UNTYPED_ARGUMENT, at, message + " yet; the route answers 503 until then"),
            false => Finding::error(Code::UNTYPED_ARGUMENT, at, message),
        };
        let typed = self.route.args.get(index).map(|arg| with_type(&arg.from)).unwrap_or_default();
        let help = format!("write {typed}, or describe the method under methods of service {:?}", self.service.name);
        self.findings.push(finding.help(help));
        None
    }

    /// Chooses by the number of arguments, then by the types that they say.
    fn by_arguments(&mut self, overloads: &[&MethodContract]) -> Option<Signature> {
        let args = &self.route.args;
        let counted: Vec<_> = overloads.iter().filter(|method| method.parameters.len() == args.len()).collect();
        let fitting = |fits: fn(&TypeName, &TypeName) -> bool| -> Vec<_> {
            let takes = |method: &MethodContract| {
                method.parameters.iter().zip(args).all(|(parameter, arg)| {
                    arg.type_name.as_deref().is_none_or(|text| fits(&parameter.type_name, &type_name(text)))
                })
            };
            counted.iter().filter(|method| takes(method)).collect()
        };
        let mut fits = fitting(same_class);
        if fits.is_empty() {
            fits = fitting(stands_for);
        }
        // As Java chooses: one that takes anything gives way to one that says what it takes.
        let all = fits.clone();
        fits.retain(|method| !all.iter().any(|other| says_more(other, method)));
        match (&*fits, &*counted) {
            ([method], _) => {
                let full = method.parameters.iter().zip(args).map(|(parameter, arg)| match &arg.type_name {
                    Some(text) if same_class(&parameter.type_name, &type_name(text)) => type_name(text),
                    _ => parameter.type_name.clone(),
                });
                Some(of(method, full.collect()))
            }
            ([], []) => self.wrong_count(overloads),
            ([], _) => self.no_such_overload(overloads),
            _ => self.ambiguous(overloads),
        }
    }

    fn wrong_count(&mut self, overloads: &[&MethodContract]) -> Option<Signature> {
        let (name, given) = (&self.route.to.method, self.route.args.len());
        let message = format!("{name:?} does not take {}", counted(given));
        self.mismatch(Code::ARGUMENT_TYPES, message, overloads)
    }

    fn no_such_overload(&mut self, overloads: &[&MethodContract]) -> Option<Signature> {
        let message = format!("no {:?} takes arguments of these types", self.route.to.method);
        self.mismatch(Code::ARGUMENT_TYPES, message, overloads)
    }

    fn ambiguous(&mut self, overloads: &[&MethodContract]) -> Option<Signature> {
        let message = format!("several methods {:?} take {}", self.route.to.method, counted(self.route.args.len()));
        self.mismatch(Code::ARGUMENT_TYPES, message + "; to.params must say which is meant", overloads)
    }

    /// What the configuration contradicts itself in is an error; what providers publish may change and is not.
    fn mismatch(&mut self, code: Code, message: String, overloads: &[&MethodContract]) -> Option<Signature> {
        let at = self.at.clone().key("to").key("method");
        let list: Vec<String> = overloads.iter().map(|method| shown(method)).collect();
        let help = format!("there is {}", list.join(", "));
        let written = !self.service.methods.is_empty() && self.service.methods.contains_key(&self.route.to.method);
        let finding = match written {
            true => Finding::error(code, at, message),
            false => Finding::warning(code, at, message),
        };
        self.findings.push(finding.help(help));
        None
    }

    /// An argument that names its type is sent as that.
    fn with_values(&mut self, mut signature: Signature) -> Option<Signature> {
        for (index, parameter) in signature.parameters.iter().enumerate() {
            let said = self.route.args.get(index).and_then(|arg| arg.type_name.as_deref()).map(type_name);
            let value = said.unwrap_or_else(|| parameter.clone());
            if !same_class(parameter, &value) && !stands_for(parameter, &value) {
                let at = self.at.clone().key("args").index(index).key("type");
                let message = format!("{value} cannot be sent for the parameter's type {parameter}");
                self.findings.push(Finding::error(Code::ARGUMENT_TYPES, at, message));
                return None;
            }
            if &*parameter.name == "java.util.EnumMap" && parameter.dimensions == 0 {
                let at = self.at.clone().key("args").index(index);
                let message = "no provider can read a java.util.EnumMap: it gets a HashMap and the call fails";
                let finding = Finding::warning(Code::ARGUMENT_TYPES, at, message);
                self.findings.push(finding.help("declare the parameter as java.util.Map in the interface"));
            }
            signature.values.push(value);
        }
        Some(signature)
    }

    /// What the route says of the result wins; a future is its value.
    fn with_returns(&self, mut signature: Signature) -> Signature {
        if let Some(text) = &self.route.to.returns {
            signature.returns = Some(type_name(text));
        }
        if let Some(future) = &signature.returns
            && &*future.name == "java.util.concurrent.CompletableFuture"
            && future.dimensions == 0
        {
            signature.returns = future.arguments.first().cloned();
        }
        signature
    }
}

/// How the argument is written with a type.
fn with_type(from: &Source) -> String {
    let Source::Const(value) = from else {
        let whole = matches!(from, Source::Body(names) if names.is_empty());
        return format!("{{ from: {from}, type: {} }}", if whole { "com.acme.User" } else { "string" });
    };
    let word = match value {
        serde_json::Value::Number(_) => "long",
        serde_json::Value::Bool(_) => "boolean",
        _ => "string",
    };
    format!("{{ const: {value}, type: {word} }}")
}

fn counted(arguments: usize) -> String {
    format!("{arguments} argument{}", if arguments == 1 { "" } else { "s" })
}

fn same(method: &MethodContract, params: &[TypeName]) -> bool {
    method.parameters.len() == params.len()
        && method.parameters.iter().zip(params).all(|(have, want)| same_class(&have.type_name, want))
}

/// Whether both are the same class, whatever their type arguments.
fn same_class(parameter: &TypeName, said: &TypeName) -> bool {
    parameter.erased() == said.erased()
}

/// Whether a value of the class `said` may be sent for another one: for `Object` anything, for a class or interface of
/// the application another of its classes, of which nobody tells whether it is one below; in the JDK what is one.
fn stands_for(parameter: &TypeName, said: &TypeName) -> bool {
    match &*parameter.name {
        "java.lang.Object" | "java.io.Serializable" if parameter.dimensions == 0 => true,
        _ if parameter.dimensions != said.dimensions => false,
        name => is_of_application(name) && is_of_application(&said.name) || jdk_holds(name, &said.name),
    }
}

fn is_of_application(name: &str) -> bool {
    !name.starts_with("java.") && !TypeName::of(name).is_primitive()
}

fn is_object(name: &TypeName) -> bool {
    *name == TypeName::object()
}

/// The parameter types of two methods, side by side.
fn pairs<'m>(one: &'m MethodContract, two: &'m MethodContract) -> impl Iterator<Item = (&'m TypeName, &'m TypeName)> {
    one.parameters.iter().zip(&two.parameters).map(|(one, two)| (&one.type_name, &two.type_name))
}

/// Whether `one` takes what `two` takes, only that it says of what class where `two` says `Object`.
fn says_more(one: &MethodContract, two: &MethodContract) -> bool {
    pairs(one, two).all(|(one, two)| same_class(one, two) || is_object(two))
        && pairs(one, two).any(|(one, two)| !same_class(one, two))
}

fn of(method: &MethodContract, parameters: Vec<TypeName>) -> Signature {
    Signature {
        parameters,
        values: Vec::new(),
        returns: Some(method.returns.clone()),
        idempotent: method.idempotent,
        timeout: method.timeout,
        retries: method.retries,
        one_way: method.one_way,
        told_by_route: false,
    }
}

fn shown(method: &MethodContract) -> String {
    let parameters: Vec<String> = method.parameters.iter().map(|parameter| parameter.type_name.to_string()).collect();
    format!("{}({})", method.name, parameters.join(", "))
}
