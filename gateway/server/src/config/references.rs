//! What the file must say about itself: names that exist and are unique, rules between keys.

mod limits;
mod path;
mod plugin;
mod route;
mod service;
mod types;

pub(crate) use path::canonical_literal;

use std::collections::HashMap;

use yumen_dubbo::{registry::callable, url::DubboUrl};

use super::{
    finding::{Code, Finding, Lean},
    locate::{ConfigPath, Document},
    model::{Config, RegistryConfig, RegistryKind},
};

/// What every check may see, and where it reports.
struct Check<'a> {
    config: &'a Config,
    document: &'a Document,
    /// Classes that each service declares.
    declared: Vec<types::Declared>,
    /// The service that a wrong name is nearest to: thousands of routes may have the same wrong name.
    near: HashMap<&'a str, Option<&'a str>>,
    findings: Vec<Finding>,
}

/// Checks everything that needs more than one key to be judged.
pub(super) fn check(config: &Config, document: &Document) -> Vec<Finding> {
    let declared = config.services.iter().map(types::declared).collect();
    let mut check = Check { config, document, declared, near: HashMap::new(), findings: Vec::new() };
    check.names();
    check.addresses();
    check.limits();
    check.admin();
    check.telemetry();
    check.registries();
    check.plugins();
    check.clusters();
    check.services();
    check.routes();
    check.purpose();
    check.findings
}

impl Check<'_> {
    fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn names(&mut self) {
        let config = self.config;
        self.names_of("listeners", config.listeners.iter().map(|listener| &*listener.name));
        self.names_of("registries", config.registries.iter().map(|registry| &*registry.name));
        self.names_of("plugins", config.plugins.iter().map(|plugin| &*plugin.name));
        self.names_of("clusters", config.clusters.iter().map(|cluster| &*cluster.name));
        self.names_of("services", config.services.iter().map(|service| &*service.name));
        self.names_of("routes", config.routes.iter().map(|route| &*route.name));
    }

    /// Names of one list are well-formed and unique.
    fn names_of<'n>(&mut self, list: &'static str, names: impl Iterator<Item = &'n str>) {
        let mut seen = HashMap::new();
        for (index, name) in names.enumerate() {
            let at = |index: usize| ConfigPath::root().key(list).index(index).key("name");
            if !is_name(name) {
                let message = format!("{name:?} cannot be a name");
                self.report(
                    Finding::error(Code::BAD_NAME, at(index), message)
                        .help("letters, digits, \"-\", \"_\" and \".\", at most 63, a letter or digit first"),
                );
            }
            if let Some(first) = seen.insert(name, index) {
                let message = format!("two {list} are called {name:?}");
                let place = self.document.position_of(&at(first), super::Part::Value);
                let help = format!("the first is at {place}; call one of them something else");
                let finding = Finding::error(Code::DUPLICATE_NAME, at(index), message).help(help);
                self.report(finding.leaning_on([Lean::Value(at(first))]));
            }
        }
    }

    /// No two ports are the same.
    fn addresses(&mut self) {
        let status = ConfigPath::root().key("telemetry").key("status_bind");
        let mut taken = vec![(self.config.telemetry.status_bind, "the status port".to_owned(), status)];
        let listeners = self.config.listeners.iter().enumerate().map(|(index, listener)| {
            let at = ConfigPath::root().key("listeners").index(index).key("bind");
            (listener.bind, format!("listener {:?}", listener.name), at)
        });
        let admin = self.config.admin.as_ref().map(|admin| {
            let at = ConfigPath::root().key("admin").key("bind");
            (admin.bind, "the admin port".to_owned(), at)
        });
        for (bind, name, at) in listeners.chain(admin) {
            if let Some((_, who, first)) = taken.iter().find(|(other, ..)| overlap(*other, bind)) {
                let message = format!("{bind} is already taken by {who}");
                let finding = Finding::error(Code::SAME_ADDRESS, at.clone(), message);
                let finding = finding.help("give it another port, or another address of this machine");
                self.findings.push(finding.leaning_on([Lean::Value(first.clone())]));
            }
            taken.push((bind, name, at));
        }
    }

    /// A port that others can reach needs a secret that somebody chose.
    fn admin(&mut self) {
        let Some(admin) = &self.config.admin else { return };
        let at = ConfigPath::root().key("admin");
        if admin.token.as_ref().is_some_and(|token| token.reveal().trim().is_empty()) {
            let finding = Finding::error(Code::BAD_VALUE, at.key("token"), "the admin port's token is empty");
            self.report(finding.help("leave it out: one is made at the first start and kept in the folder for state"));
        } else if admin.token.is_none() && !admin.bind.ip().is_loopback() {
            let message = format!("the admin port on {} has no token", admin.bind);
            let finding = Finding::error(Code::BAD_VALUE, at.clone().key("bind"), message);
            let finding = finding.help("set admin.token: { file: … }, or bind it to 127.0.0.1");
            self.report(finding.leaning_on([Lean::Value(at.key("token"))]));
        }
    }

    fn telemetry(&mut self) {
        let sample = self.config.telemetry.access_log.sample;
        if !(0.0..=1.0).contains(&sample) {
            let at = ConfigPath::root().key("telemetry").key("access_log").key("sample");
            let finding = Finding::error(Code::OUT_OF_RANGE, at, format!("{sample} is not a share from 0 to 1"));
            self.report(finding.help("1.0 is every request, 0.01 one in a hundred"));
        }
        if self.config.gateway.workers == Some(0) {
            let at = ConfigPath::root().key("gateway").key("workers");
            let finding = Finding::error(Code::OUT_OF_RANGE, at, "a gateway needs at least 1 worker");
            self.report(finding.help("leave it out: one for each core"));
        }
    }

    fn registries(&mut self) {
        for (index, registry) in self.config.registries.iter().enumerate() {
            self.registry(registry, &ConfigPath::root().key("registries").index(index));
        }
    }

    fn registry(&mut self, registry: &RegistryConfig, at: &ConfigPath) {
        let kind = registry.kind.word();
        let type_key = Lean::Value(at.clone().key("type"));
        for (key, owner, given) in registry.keys_of_kinds() {
            if given && owner != registry.kind {
                let message = format!("key {key:?} belongs to type {}, not {kind}", owner.word());
                let finding = Finding::error(Code::REGISTRY_KEYS, at.clone().key(key), message).on_key();
                let finding = finding.help(format!("remove it, or write type: {}", owner.word()));
                self.report(finding.leaning_on([type_key.clone()]));
            }
        }
        let needed = match registry.kind {
            RegistryKind::Zookeeper => Some(("address", registry.address.is_empty())),
            RegistryKind::File => Some(("path", registry.path.is_none())),
            RegistryKind::Static => Some(("providers", registry.providers.is_empty())),
            RegistryKind::Embedded => None,
        };
        if let Some((key, true)) = needed {
            let message = format!("registry {:?} of type {kind} needs {key:?}", registry.name);
            let example = match key {
                "address" => "address: \"127.0.0.1:2181\"",
                "path" => "path: providers.txt",
                _ => "providers: [\"dubbo://10.0.0.5:20880/com.acme.UserService\"]",
            };
            let finding = Finding::error(Code::REGISTRY_KEYS, at.clone(), message).help(format!("add {example}"));
            self.report(finding.leaning_on([type_key, Lean::Items(at.clone().key(key))]));
        }
        for (position, address) in registry.address.iter().enumerate() {
            if let Err(fault) = super::model::Endpoint::parse(address) {
                self.report(fault.into_finding(at.clone().key("address").index(position)));
            }
        }
        for (position, url) in registry.providers.iter().enumerate() {
            self.provider(url, at.clone().key("providers").index(position));
        }
    }

    fn provider(&mut self, url: &str, at: ConfigPath) {
        let why = match DubboUrl::parse(url) {
            Err(error) => error.to_string(),
            Ok(url) if url.protocol == "override" => return, // a rule, not a provider
            Ok(url) => match callable(&url) {
                Err(why) => why.to_string(),
                Ok(()) if url.service_interface().is_empty() => "no interface in the url".to_owned(),
                Ok(()) => return,
            },
        };
        let finding = Finding::error(Code::BAD_PROVIDER_URL, at, format!("not a provider URL: {why}"));
        self.report(finding.help("write dubbo://10.0.0.5:20880/com.acme.UserService?version=1.0.0"));
    }

    fn purpose(&mut self) {
        let lists = [("listeners", self.config.listeners.is_empty()), ("routes", self.config.routes.is_empty())];
        for (list, _) in lists.into_iter().filter(|(_, empty)| *empty) {
            let message = format!("there are no {list}, so no request is answered");
            let finding = Finding::warning(Code::NOTHING_TO_DO, ConfigPath::root().key(list), message);
            self.report(finding.leaning_on([Lean::Names(list)]));
        }
    }
}

/// Whether both cannot be listened on at once.
fn overlap(one: std::net::SocketAddr, other: std::net::SocketAddr) -> bool {
    let any = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() != 0 && one.port() == other.port() && (any || one.ip() == other.ip())
}

/// Whether `name` can stand in variables, logs and metrics.
fn is_name(name: &str) -> bool {
    let first = name.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
    first && name.len() <= 63 && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}
