//! Everything a request needs, as one value: built whole from the configuration, published whole, dropped with its last request.
//!
//! ```text
//!  control plane                            worker
//!  Config + contracts ─▶ Snapshot ─▶ ArcSwap ─▶ Views ─▶ View (this worker's references and instances)
//!  deployed plugins  ─┘                                    └─ a request takes one and keeps it to its end
//! ```
//! Provider lists are not part of it: each [`Service`] points to the list that its registry keeps current, so that
//! providers which come and go rebuild no snapshot. A plugin that is replaced makes a new snapshot of the same parts
//! ([`Snapshot::with_plugins`]).

mod declare;
mod plugins;
mod wanted;

use std::{ops::Deref, sync::Arc};

use arc_swap::ArcSwap;
use yumen_dubbo::{contract::Contract, instances::Instances, options::ReferenceOptions};

use crate::{
    bridge::{Exported, Plan},
    config::{Config, Finding, HttpClusterConfig, RouteConfig, ServiceConfig, Severity},
    route::RouteTable,
    telemetry::metric::{RouteMetrics, ServiceMetrics},
};

pub use declare::{builtin, declared, finding_of};
pub use plugins::{Chain, Fit, PluginTable, ServicePlugins, Slot, declared_contract};
pub use wanted::Wanted;

/// One version of what the gateway does.
pub struct Snapshot {
    /// Counts up from 1 with every configuration that is published.
    pub version: u64,
    /// Which request goes to which route.
    pub routes: Arc<RouteTable>,
    /// What each route does, in the order of the configuration.
    pub actions: Arc<[Action]>,
    /// Every service, in the order of the configuration.
    pub services: Arc<[Service]>,
    /// HTTP servers for requests of plugins, in the order of the configuration.
    pub clusters: Arc<[HttpClusterConfig]>,
    /// Which plugins stand where, and which of their versions serve.
    pub plugins: Arc<PluginTable>,
}

/// A snapshot as one worker holds it, so that requests which keep it share no count with other workers.
pub struct Held(pub Arc<Snapshot>);

impl Deref for Held {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.0
    }
}

/// What a route does with a request.
pub struct Action {
    /// Name of the route.
    pub name: Box<str>,
    /// From request to call, from reply to answer. `None`: the service's methods are not known yet.
    pub plan: Option<Plan>,
    /// Index into [`Snapshot::services`].
    pub service: usize,
    /// Largest request body in bytes; left out: the listener's.
    pub body_limit: Option<u64>,
    /// Counters of the route, the same ones in every version.
    pub metrics: Arc<RouteMetrics>,
}

/// A Dubbo service as the workers' references need it.
#[derive(Clone)]
pub struct Service {
    /// Name in the configuration.
    pub name: Box<str>,
    /// How to call it.
    pub options: Arc<ReferenceOptions>,
    /// Who provides it, kept current by its registry.
    pub instances: Arc<ArcSwap<Instances>>,
    /// Counters of the service, the same ones in every version.
    pub metrics: Arc<ServiceMetrics>,
    /// How its methods are called by those who say what they want in JSON; only where a plugin may call it.
    pub callable: Option<Arc<Callable>>,
    /// The plugin that answers in this process, by name.
    pub plugin: Option<Box<str>>,
    /// Its methods as that plugin declares them.
    pub exported: Option<Arc<Exported>>,
}

/// What is known of a service's methods.
#[derive(Debug)]
pub struct Callable {
    /// What the configuration says.
    pub config: ServiceConfig,
    /// What its providers published.
    pub contract: Option<Arc<Contract>>,
}

/// What the configuration does not say itself.
pub trait Catalog {
    /// How to call a service and who provides it.
    fn service(&self, service: &ServiceConfig) -> Service;
    /// Which plugins stand where.
    ///
    /// # Errors
    /// What the configuration has against what is deployed.
    fn plugins(&self, config: &Config) -> Result<PluginTable, Vec<Finding>>;
    /// What its providers published about its methods, if anything.
    fn contract(&self, service: &ServiceConfig) -> Option<Arc<Contract>>;
    /// The counters of a route.
    fn metrics(&self, route: &RouteConfig) -> Arc<RouteMetrics>;
}

impl Snapshot {
    /// Builds a version; the configuration's names are known to be good.
    ///
    /// # Errors
    /// Everything that routes and contracts have against it, all at once. Warnings alone do not fail; they come second.
    pub fn build(version: u64, config: &Config, catalog: &dyn Catalog) -> Result<(Self, Vec<Finding>), Vec<Finding>> {
        let mut findings = Vec::new();
        let routes = RouteTable::build(&config.routes, &mut findings);
        let actions: Vec<Action> =
            (0..config.routes.len()).filter_map(|index| action(config, index, catalog, &mut findings)).collect();
        let services = config.services.iter().map(|service| self::service(config, service, catalog)).collect();
        let plugins = catalog.plugins(config).unwrap_or_else(|mut against| {
            findings.append(&mut against);
            PluginTable::default()
        });
        if findings.iter().any(|finding| finding.severity == Severity::Error) {
            return Err(findings);
        }
        let (routes, clusters) = (Arc::new(routes), config.clusters.clone().into());
        let snapshot =
            Self { version, routes, actions: actions.into(), services, clusters, plugins: Arc::new(plugins) };
        Ok((snapshot, findings))
    }

    /// The same with other versions of plugins.
    #[must_use]
    pub fn with_plugins(&self, plugins: PluginTable) -> Self {
        Self {
            version: self.version,
            routes: Arc::clone(&self.routes),
            actions: Arc::clone(&self.actions),
            services: Arc::clone(&self.services),
            clusters: Arc::clone(&self.clusters),
            plugins: Arc::new(plugins),
        }
    }
}

fn service(config: &Config, service: &ServiceConfig, catalog: &dyn Catalog) -> Service {
    let mut built = catalog.service(service);
    let granted = config.plugins.iter().any(|plugin| plugin.grants.services.contains(&service.name));
    let contract = catalog.contract(service);
    if let (Some(_), Some(contract)) = (&service.plugin, &contract) {
        built.exported = Some(Arc::new(Exported::build(service, contract)));
    }
    built.plugin = service.plugin.as_deref().map(Into::into);
    built.callable = granted.then(|| Arc::new(Callable { config: service.clone(), contract }));
    built
}

fn action(config: &Config, index: usize, catalog: &dyn Catalog, findings: &mut Vec<Finding>) -> Option<Action> {
    let route = &config.routes[index];
    let (service_index, service) = config.service(&route.to.service)?;
    Some(Action {
        name: route.name.as_str().into(),
        plan: plan(route, index, service, catalog, findings),
        service: service_index,
        body_limit: route.body_limit.map(|limit| limit.0),
        metrics: catalog.metrics(route),
    })
}

/// Compiles a route. What speaks only against what providers published is a doubt and not a fault: one provider with an
/// old definition must not keep the gateway from starting. A plugin that is the service is the only provider there is, and what it
/// does not declare it does not have.
fn plan(
    route: &RouteConfig,
    index: usize,
    service: &ServiceConfig,
    catalog: &dyn Catalog,
    findings: &mut Vec<Finding>,
) -> Option<Plan> {
    let published = catalog.contract(service);
    let mut against = Vec::new();
    let plan = Plan::build(route, index, service, published.as_deref(), &mut against);
    let learns = (service.registry.is_some() || service.plugin.is_some()) && service.methods.is_empty();
    if plan.is_some() || !learns {
        findings.append(&mut against);
        return plan;
    }
    let sole = service.plugin.is_some() && published.is_some();
    let severity = if sole { Severity::Error } else { Severity::Warning };
    findings.extend(against.into_iter().map(|finding| Finding { severity, ..finding }));
    published.and_then(|_| Plan::build(route, index, service, None, &mut Vec::new()))
}
