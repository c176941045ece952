//! Services: where their providers are, and that Java words are Java words.

use yumen_dubbo::contract::TypeName;

use super::{Check, types::Scope};
use crate::config::{
    finding::{Code, Finding, Lean, Part},
    locate::ConfigPath,
    model::{ServiceConfig, TypeConfig},
};

/// Largest `retries`.
const MOST_RETRIES: u32 = 100;

impl Check<'_> {
    pub(super) fn services(&mut self) {
        for (index, service) in self.config.services.iter().enumerate() {
            let at = ConfigPath::service(index);
            self.providers(service, &at);
            self.service_plugins(service, &at);
            self.interface(service, &at);
            self.methods(service, &at, index);
            self.types(service, &at, index);
            self.retries(service.retries, at.clone());
            if service.connections == 0 {
                let at = at.clone().key("connections");
                let finding = Finding::error(Code::OUT_OF_RANGE, at, "a service needs at least 1 connection");
                self.report(finding.help("leave it out: 1 is the default"));
            }
        }
    }

    /// More attempts than this help nobody; they only hide a slip of the pen.
    pub(super) fn retries(&mut self, retries: Option<u32>, owner: ConfigPath) {
        if let Some(many) = retries.filter(|retries| *retries > MOST_RETRIES) {
            let message = format!("\"retries\" takes a whole number from 0 to {MOST_RETRIES}, not the number {many}");
            let finding = Finding::error(Code::OUT_OF_RANGE, owner.key("retries"), message);
            self.report(finding.help("0 makes one attempt only; a few are enough where there are other providers"));
        }
    }

    fn providers(&mut self, service: &ServiceConfig, at: &ConfigPath) {
        if let Some(name) = service.registry.as_ref().filter(|name| self.config.registry(name).is_none()) {
            let at = at.clone().key("registry");
            let message = format!("service {:?} names registry {name:?}, which does not exist", service.name);
            let names: Vec<&str> = self.config.registries.iter().map(|registry| &*registry.name).collect();
            let finding = Finding::error(Code::UNKNOWN_REGISTRY, at, message).suggest(name, names.iter().copied());
            let finding = finding.leaning_on([Lean::Names("registries")]);
            self.report(match names.is_empty() {
                true => finding.help("there are no registries"),
                false => finding.help(format!("registries: {}", names.join(", "))),
            });
        }
        if let Some(name) = &service.plugin {
            return self.in_process(service, name, at);
        }
        match (&service.registry, service.endpoints.is_empty()) {
            (Some(_), true) | (None, false) => {}
            (Some(_), false) => {
                let message = format!("service {:?} has both a registry and endpoints", service.name);
                let at = at.clone().key("endpoints");
                self.report(
                    Finding::error(Code::REGISTRY_OR_ENDPOINTS, at, message).on_key().help("remove one of them"),
                );
            }
            (None, true) => {
                let message = format!("service {:?} has neither a registry nor endpoints", service.name);
                let finding = Finding::error(Code::REGISTRY_OR_ENDPOINTS, at.clone(), message);
                let keys = ["registry", "plugin"].map(|key| Lean::Value(at.clone().key(key)));
                let keys = keys.into_iter().chain([Lean::Items(at.clone().key("endpoints"))]);
                self.report(finding.leaning_on(keys).help("add registry: NAME, or endpoints: [\"host:20880\"]"));
            }
        }
    }

    fn interface(&mut self, service: &ServiceConfig, at: &ConfigPath) {
        if !is_java_name(&service.interface) {
            let message = format!("{:?} is not the name of a Java interface", service.interface);
            let finding = Finding::error(Code::BAD_JAVA_NAME, at.clone().key("interface"), message);
            self.report(finding.help("write it with its package and dots: com.acme.UserService"));
        }
    }

    pub(super) fn method_name(&mut self, name: &str, at: ConfigPath, part: Part) {
        if !is_java_name(name) || name.contains('.') {
            let finding = Finding::error(Code::BAD_JAVA_NAME, at, format!("{name:?} is not the name of a Java method"));
            let finding = if part == Part::Key { finding.on_key() } else { finding };
            self.report(finding.help("write the name alone, as in Java: getUser"));
        }
    }

    fn methods(&mut self, service: &ServiceConfig, at: &ConfigPath, index: usize) {
        let scope = Scope { service: Some(index), variables: &[] };
        for (name, overloads) in &service.methods {
            let at = at.clone().key("methods").key(name);
            self.method_name(name, at.clone(), Part::Key);
            for (position, method) in overloads.iter().enumerate() {
                let at = at.clone().index(position);
                self.retries(method.retries, at.clone());
                for (parameter, text) in method.params.iter().enumerate() {
                    self.java_type(text, at.clone().key("params").index(parameter), &scope);
                }
                if let Some(text) = method.returns.as_deref().filter(|text| *text != "void") {
                    self.java_type(text, at.key("returns"), &scope);
                }
            }
        }
    }

    /// A class is not its own ancestor.
    fn ancestors(&mut self, service: &ServiceConfig, class: &str, at: ConfigPath) {
        let mut above = parent_of(service, class);
        for _ in 0..service.types.len() {
            match above {
                Some(parent) if bare(parent) == bare(class) => {
                    let finding = Finding::error(Code::BAD_TYPE, at, format!("{class} would be its own ancestor"));
                    return self.report(finding.help("write the class above it, or leave extends out"));
                }
                Some(parent) => above = parent_of(service, parent),
                None => return,
            }
        }
    }

    fn types(&mut self, service: &ServiceConfig, at: &ConfigPath, index: usize) {
        for (class, definition) in &service.types {
            let at = at.clone().key("types").key(class);
            let parsed = TypeName::parse(class);
            if parsed.is_err() {
                let message = format!("{class:?} is not the name of a Java class");
                let finding = Finding::error(Code::BAD_TYPE, at.clone(), message).on_key();
                self.report(finding.help("write com.acme.User, or \"com.acme.Page<T>\""));
            }
            let variables = parsed.map(|class| class.arguments).unwrap_or_default();
            let scope = Scope { service: Some(index), variables: &variables };
            if let TypeConfig::Bean { extends, fields, .. } = definition {
                if let Some(parent) = extends {
                    self.java_type(parent, at.clone().key("extends"), &scope);
                    self.ancestors(service, class, at.clone().key("extends"));
                }
                for field in fields {
                    self.java_type(&field.type_name, at.clone().key(&field.name), &scope);
                }
            }
        }
    }
}

/// What a class extends, without type arguments.
fn parent_of<'s>(service: &'s ServiceConfig, class: &str) -> Option<&'s str> {
    let same = |name: &&String| bare(name) == bare(class);
    match service.types.keys().find(same).and_then(|name| service.types.get(name)) {
        Some(TypeConfig::Bean { extends: Some(parent), .. }) => Some(parent),
        _ => None,
    }
}

fn bare(class: &str) -> &str {
    class.split('<').next().unwrap_or_default().trim()
}

pub(super) fn is_java_name(name: &str) -> bool {
    name.split('.').all(|part| {
        let mut letters = part.chars();
        letters.next().is_some_and(|c| c.is_alphabetic() || c == '_' || c == '$')
            && letters.all(|c| c.is_alphanumeric() || c == '_' || c == '$')
    })
}
