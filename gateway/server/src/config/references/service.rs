//! Services: where their providers are, and that Java words are Java words.

use yumen_dubbo::contract::TypeName;

use super::Check;
use crate::config::{
    finding::{Code, Finding, Lean},
    locate::ConfigPath,
    model::{ServiceConfig, TypeConfig},
};

impl Check<'_> {
    pub(super) fn services(&mut self) {
        for (index, service) in self.config.services.iter().enumerate() {
            let at = ConfigPath::service(index);
            self.providers(service, &at);
            self.interface(service, &at);
            self.methods(service, &at);
            self.types(service, &at);
            if service.connections == 0 {
                let at = at.clone().key("connections");
                self.report(Finding::error(Code::OUT_OF_RANGE, at, "a service needs at least 1 connection"));
            }
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
                let keys = [Lean::Value(at.clone().key("registry")), Lean::Items(at.clone().key("endpoints"))];
                self.report(finding.leaning_on(keys).help("add registry: NAME, or endpoints: [\"host:20880\"]"));
            }
        }
    }

    fn interface(&mut self, service: &ServiceConfig, at: &ConfigPath) {
        if !is_java_name(&service.interface) {
            let message = format!("{:?} is not the name of a Java interface", service.interface);
            self.report(Finding::error(Code::BAD_INTERFACE, at.clone().key("interface"), message));
        }
    }

    fn methods(&mut self, service: &ServiceConfig, at: &ConfigPath) {
        for (name, overloads) in &service.methods {
            let at = at.clone().key("methods").key(name);
            for (position, method) in overloads.iter().enumerate() {
                let at = at.clone().index(position);
                for (parameter, text) in method.params.iter().enumerate() {
                    self.java_type(text, at.clone().key("params").index(parameter));
                }
                if let Some(text) = method.returns.as_deref().filter(|text| *text != "void") {
                    self.java_type(text, at.key("returns"));
                }
            }
        }
    }

    fn types(&mut self, service: &ServiceConfig, at: &ConfigPath) {
        for (class, definition) in &service.types {
            let at = at.clone().key("types").key(class);
            if TypeName::parse(class).is_err() {
                let message = format!("{class:?} is not the name of a Java class");
                self.report(Finding::error(Code::BAD_TYPE, at.clone(), message).on_key());
            }
            if let TypeConfig::Bean { extends, fields } = definition {
                if let Some(parent) = extends {
                    self.java_type(parent, at.clone().key("extends"));
                }
                for field in fields {
                    self.java_type(&field.type_name, at.clone().key(&field.name));
                }
            }
        }
    }

    /// `text` must be a Java type.
    pub(super) fn java_type(&mut self, text: &str, at: ConfigPath) {
        if let Err(error) = TypeName::parse(text) {
            let finding = Finding::error(Code::BAD_TYPE, at, format!("{text:?} is not a Java type: {error}"));
            self.report(finding.help("write a Java name, or a word such as long, string, list<string>"));
        }
    }
}

fn is_java_name(name: &str) -> bool {
    name.split('.').all(|part| {
        let mut letters = part.chars();
        letters.next().is_some_and(|c| c.is_alphabetic() || c == '_' || c == '$')
            && letters.all(|c| c.is_alphanumeric() || c == '_' || c == '$')
    })
}
