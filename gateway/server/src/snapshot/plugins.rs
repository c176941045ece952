//! Which plugins stand where, with everything worked out that does not depend on a request.
//!
//! ```text
//!  Config (names)  ─┐                     ┌─ Slot ─┬─ stable ─▶ Fit: version, interest, wants
//!  Table (versions) ┴─▶ PluginTable ──────┤        └─ canary ─▶ Fit
//!                                         └─ chains: listener, route ─▶ slots that take part in anything
//! ```
//! A swap of a version makes a new table and leaves routes, plans and services as they are.

use std::{collections::HashMap, sync::Arc};

use yumen_dubbo::contract::{Contract, MethodContract, Parameter, TypeName};
use yumen_plugin_host::{
    Kind, Version,
    deployed::{Deployed, Table},
    words::{self, BodyMode, FailurePolicy, Interest},
};

use super::{declare::service_name, wanted::Wanted};
use crate::config::{Code, Config, ConfigPath, Finding, ListenerConfig, LoadBalanceConfig, ServiceConfig};

/// The plugins of one snapshot.
#[derive(Default)]
pub struct PluginTable {
    /// Every plugin, in the order of the configuration.
    pub slots: Box<[Slot]>,
    listeners: HashMap<Box<str>, Chain>,
    routes: Box<[Chain]>,
    /// What stands at each service, in the order of the configuration.
    pub services: Box<[ServicePlugins]>,
}

/// The place of a plugin that is gone: no request passes it.
const NOWHERE: usize = usize::MAX;

/// Places in [`PluginTable::slots`], in the order in which a request passes them. Those are left out that take part in no
/// phase.
pub type Chain = Box<[usize]>;

/// One plugin.
pub struct Slot {
    /// Its name in the configuration.
    pub name: Arc<str>,
    /// What serves under the name.
    pub deployed: Option<Arc<Deployed>>,
    /// The version that serves all whom no canary takes.
    pub stable: Option<Arc<Fit>>,
    /// The version on trial.
    pub canary: Option<Arc<Fit>>,
}

/// A version, its manifest read.
pub struct Fit {
    /// The version.
    pub version: Arc<Version>,
    /// The phases that it takes part in.
    pub interest: Interest,
    /// What `on-request` gets.
    pub request_wants: Box<[Wanted]>,
    /// What `on-call` and `route` get, and a balancer's key is made of.
    pub call_wants: Box<[Wanted]>,
    /// What `on-response` gets.
    pub response_wants: Box<[Wanted]>,
    /// How it sees the request's body.
    pub request_body: BodyMode,
    /// How it sees the response's body.
    pub response_body: BodyMode,
}

/// Plugins of a service.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ServicePlugins {
    /// Routers, in their order.
    pub routers: Box<[usize]>,
    /// The balancer.
    pub balancer: Option<usize>,
    /// The plugin that is the service.
    pub service: Option<usize>,
    /// Whether one of them looks at the request that a call came from.
    pub looks: bool,
}

impl PluginTable {
    /// The table for what the configuration names and what is deployed. `left` are listeners whose ports are still open
    /// although the configuration no longer has them: they keep their plugins.
    ///
    /// # Errors
    /// Every place where a plugin of another kind is needed.
    pub fn build<'a>(
        config: &'a Config,
        left: impl Iterator<Item = &'a ListenerConfig>,
        table: &Table,
    ) -> Result<Self, Vec<Finding>> {
        let slots: Box<[Slot]> = config.plugins.iter().map(|plugin| Slot::of(&plugin.name, table)).collect();
        let mut findings = Vec::new();
        let mut build = Builder { config, slots: &slots, findings: &mut findings };
        let listeners = config.listeners.iter().chain(left).enumerate().map(|(index, listener)| {
            let at = ConfigPath::root().key("listeners").index(index).key("plugins");
            (listener.name.as_str().into(), build.chain(&listener.plugins, &at))
        });
        let listeners = listeners.filter(|(_, chain): &(Box<str>, Chain)| !chain.is_empty()).collect();
        let routes = config.routes.iter().enumerate();
        let routes = routes.map(|(index, route)| build.chain(&route.plugins, &ConfigPath::route(index).key("plugins")));
        let routes = routes.collect();
        let services = config.services.iter().enumerate();
        let services = services.map(|(index, service)| build.service(service, &ConfigPath::service(index))).collect();
        if findings.is_empty() { Ok(Self { slots, listeners, routes, services }) } else { Err(findings) }
    }

    /// The chain of a listener.
    #[must_use]
    pub fn of_listener(&self, name: &str) -> &[usize] {
        match self.listeners.is_empty() {
            true => &[], // no name is hashed for nothing
            false => self.listeners.get(name).map_or(&[], |chain| chain),
        }
    }

    /// The chain of a route.
    #[must_use]
    pub fn of_route(&self, route: usize) -> &[usize] {
        self.routes.get(route).map_or(&[], |chain| chain)
    }
}

struct Builder<'a> {
    config: &'a Config,
    slots: &'a [Slot],
    findings: &'a mut Vec<Finding>,
}

impl Builder<'_> {
    fn chain(&mut self, names: &[String], at: &ConfigPath) -> Chain {
        let places = names.iter().enumerate();
        let places = places.map(|(index, name)| {
            // Only a listener that is gone from the configuration can name a plugin that is, too.
            self.place(name, Kind::Filter, at.clone().index(index)).unwrap_or(NOWHERE)
        });
        let places: Vec<usize> = places.collect();
        places.into_iter().filter(|place| self.slots.get(*place).is_none_or(Slot::takes_part)).collect()
    }

    fn service(&mut self, service: &ServiceConfig, at: &ConfigPath) -> ServicePlugins {
        let routers = service
            .routers
            .iter()
            .enumerate()
            .filter_map(|(index, name)| self.place(name, Kind::Router, at.clone().key("routers").index(index)));
        let routers: Box<[usize]> = routers.collect();
        let balancer = match &service.load_balance {
            LoadBalanceConfig::Kind(_) => None,
            LoadBalanceConfig::Plugin(name) => {
                self.place(name, Kind::LoadBalancer, at.clone().key("load_balance").key("plugin"))
            }
        };
        let plugin = service.plugin.as_ref();
        let plugin = plugin.and_then(|name| self.place(name, Kind::Service, at.clone().key("plugin")));
        if let (Some(place), Some(name)) = (plugin, &service.plugin) {
            self.declares(place, name, service, at);
        }
        let slot = |place: usize| &self.slots[place];
        // A router may ask for anything, a balancer gets what it wants and no more, and a canary takes its part by the request.
        let keyed = balancer.is_some_and(|place| slot(place).fits().any(|fit| fit.wants_of_call_reach_beyond_it()));
        let on_trial = balancer.iter().chain(&plugin).any(|place| slot(*place).canary.is_some());
        ServicePlugins { looks: !routers.is_empty() || keyed || on_trial, routers, balancer, service: plugin }
    }

    /// A plugin that is to answer a service must have said so.
    fn declares(&mut self, place: usize, name: &str, service: &ServiceConfig, at: &ConfigPath) {
        let Some(fit) = self.slots.get(place).and_then(|slot| slot.stable.as_ref()) else { return };
        let declared = fit.version.services();
        if fit.version.kind() != Kind::Service || declared.iter().any(|declared| service_name(service).is(declared)) {
            return;
        }
        let message = format!("plugin {name:?} does not declare {}", service.interface);
        let finding = Finding::error(Code::PLUGIN_INTERFACE, at.clone().key("interface"), message);
        let names: Vec<&str> = declared.iter().map(|declared| &*declared.name).collect();
        let finding = finding.suggest(&service.interface, names.iter().copied());
        self.findings
            .push(finding.help(format!("it declares {}; group and version must agree, too", names.join(", "))));
    }

    /// The slot of a plugin, if what serves under its name is of this kind.
    fn place(&mut self, name: &str, wanted: Kind, at: ConfigPath) -> Option<usize> {
        let (place, _) = self.config.plugin(name)?;
        let other = self.slots.get(place)?.fits().map(|fit| fit.version.kind()).find(|kind| *kind != wanted);
        if let Some(kind) = other {
            let message = format!("plugin {name:?} is a {}, not a {}", kind_words(kind), kind_words(wanted));
            let finding = Finding::error(Code::PLUGIN_KIND, at, message);
            self.findings.push(finding.help(match kind {
                Kind::Filter => "filters stand under plugins of a listener or a route",
                Kind::Router => "routers stand under routers of a service",
                Kind::LoadBalancer => "write load_balance: { plugin: NAME } at a service",
                Kind::Service => "write plugin: NAME at a service",
            }));
        }
        Some(place)
    }
}

/// What the plugin that answers a service in this process declares of its methods.
#[must_use]
pub fn declared_contract(table: &Table, plugin: &str, service: &ServiceConfig) -> Option<Contract> {
    let version = table.get(plugin)?.stable()?;
    let declared = version.services().iter().find(|declared| service_name(service).is(declared))?;
    let type_name = |text: &str| TypeName::parse(text).unwrap_or_else(|_| TypeName::of(text));
    let method = |method: &words::Method| MethodContract {
        name: method.name.as_str().into(),
        parameters: method
            .parameter_types
            .iter()
            .map(|text| Parameter { name: None, type_name: type_name(text) })
            .collect(),
        returns: type_name(&method.return_type),
        idempotent: None,
        timeout: None,
        retries: None,
        one_way: false,
    };
    Some(Contract {
        interface: service.interface.as_str().into(),
        methods: declared.methods.iter().map(method).collect(),
        types: Default::default(),
    })
}

fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::LoadBalancer => "load balancer",
        other => other.as_str(),
    }
}

impl Slot {
    fn of(name: &str, table: &Table) -> Self {
        let deployed = table.get(name).cloned();
        let fit = |version: &Arc<Version>| Arc::new(Fit::of(version));
        let stable = deployed.as_ref().and_then(|deployed| deployed.stable().map(fit));
        let canary = deployed.as_ref().and_then(|deployed| Some(fit(&deployed.canary()?.version)));
        Self { name: name.into(), deployed, stable, canary }
    }

    /// What is deployed, read.
    pub fn fits(&self) -> impl Iterator<Item = &Arc<Fit>> {
        self.stable.iter().chain(&self.canary)
    }

    /// What becomes of a request that the plugin fails at, or finds nothing serving.
    #[must_use]
    pub fn on_failure(&self) -> FailurePolicy {
        self.deployed.as_ref().map_or(FailurePolicy::Closed, |deployed| deployed.on_failure())
    }

    /// Whether requests must stop here at all.
    fn takes_part(&self) -> bool {
        match &self.stable {
            None => true, // nothing serves: the failure policy speaks
            Some(_) => self.fits().any(|fit| fit.interest != Interest::empty()),
        }
    }
}

impl Fit {
    fn of(version: &Arc<Version>) -> Self {
        let manifest = version.manifest();
        Self {
            interest: manifest.interest,
            request_wants: manifest.request_wants.iter().map(|name| Wanted::of_request(name)).collect(),
            call_wants: manifest.call_wants.iter().map(|name| Wanted::of_call(name)).collect(),
            response_wants: manifest.response_wants.iter().map(|name| Wanted::of_response(name)).collect(),
            request_body: manifest.request_body,
            response_body: manifest.response_body,
            version: Arc::clone(version),
        }
    }

    /// Whether a value for a call is one that only the request tells from which the call came.
    fn wants_of_call_reach_beyond_it(&self) -> bool {
        !self.call_wants.iter().all(Wanted::is_of_call)
    }
}
