//! Everything a request needs, as one value: built whole from the configuration, published whole, dropped with its last request.
//!
//! ```text
//!  control plane                            worker
//!  Config + contracts ─▶ Snapshot ─▶ ArcSwap ─▶ Views ─▶ View (this worker's references)
//!                                                          └─ a request takes one and keeps it to its end
//! ```
//! Provider lists are not part of it: each [`Service`] points to the list that its registry keeps current, so that
//! providers which come and go rebuild no snapshot.

use std::{collections::HashMap, rc::Rc, sync::Arc};

use arc_swap::{ArcSwap, Cache};
use yumen_dubbo::{
    contract::Contract, instances::Instances, options::ReferenceOptions, pool::Pool, reference::Reference,
};

use crate::{
    bridge::Plan,
    config::{Config, Finding, RouteConfig, ServiceConfig, Severity},
    route::RouteTable,
    telemetry::metric::{RouteMetrics, ServiceMetrics},
};

/// One version of what the gateway does.
pub struct Snapshot {
    /// Counts up from 1 with every published change.
    pub version: u64,
    /// Which request goes to which route.
    pub routes: RouteTable,
    /// What each route does, in the order of the configuration.
    pub actions: Box<[Action]>,
    /// Every service, in the order of the configuration.
    pub services: Box<[Service]>,
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
}

/// What the configuration does not say itself.
pub trait Catalog {
    /// How to call a service and who provides it.
    fn service(&self, service: &ServiceConfig) -> Service;
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
        let services = config.services.iter().map(|service| catalog.service(service)).collect();
        if findings.iter().any(|finding| finding.severity == Severity::Error) {
            return Err(findings);
        }
        Ok((Self { version, routes, actions: actions.into(), services }, findings))
    }
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
/// old definition must not keep the gateway from starting.
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
    let learns = service.registry.is_some() && service.methods.is_empty();
    if plan.is_some() || !learns {
        findings.append(&mut against);
        return plan;
    }
    findings.extend(against.into_iter().map(|finding| Finding { severity: Severity::Warning, ..finding }));
    published.and_then(|_| Plan::build(route, index, service, None, &mut Vec::new()))
}

/// A snapshot on one worker, with that worker's own references to the services.
pub struct View {
    /// The version that this view shows.
    pub snapshot: Arc<Snapshot>,
    /// One entry a service, in the order of [`Snapshot::services`].
    pub references: Box<[Rc<Reference>]>,
}

/// The worker's end of the published snapshots: hands out the current [`View`], made anew only when the version changed.
pub struct Views {
    published: Cache<Arc<ArcSwap<Snapshot>>, Arc<Snapshot>>,
    pool: Rc<Pool>,
    current: Rc<View>,
}

impl Views {
    /// Follows what is published.
    pub fn new(published: Arc<ArcSwap<Snapshot>>) -> Self {
        let mut published = Cache::new(published);
        let pool = Rc::new(Pool::default());
        let current = Rc::new(View::of(published.load(), &pool, None));
        Self { published, pool, current }
    }

    /// Replies that came to this worker after their call had given up.
    pub fn late_replies(&self) -> u64 {
        self.pool.strays().late
    }

    /// The view for a request that starts now.
    pub fn current(&mut self) -> Rc<View> {
        let newest = self.published.load();
        if !Arc::ptr_eq(newest, &self.current.snapshot) {
            self.current = Rc::new(View::of(newest, &self.pool, Some(&self.current)));
        }
        self.current.clone()
    }
}

impl View {
    /// A view that keeps every reference of `previous` that need not change, with its connections.
    fn of(snapshot: &Arc<Snapshot>, pool: &Rc<Pool>, previous: Option<&Self>) -> Self {
        // A worker makes the view within a request, so services are found by what feeds them and not one by one.
        let mut known: HashMap<_, Vec<usize>> = HashMap::new();
        for (index, service) in previous.iter().flat_map(|previous| previous.snapshot.services.iter().enumerate()) {
            known.entry(Arc::as_ptr(&service.instances)).or_default().push(index);
        }
        let kept = |service: &Service| {
            let previous = previous?;
            let same = |index: &&usize| *previous.snapshot.services[**index].options == *service.options;
            let index = known.get(&Arc::as_ptr(&service.instances))?.iter().find(same)?;
            Some(previous.references[*index].clone())
        };
        let reference = |service: &Service| {
            kept(service)
                .unwrap_or_else(|| Reference::build(service.options.clone(), service.instances.clone(), pool.clone()))
        };
        Self { references: snapshot.services.iter().map(reference).collect(), snapshot: snapshot.clone() }
    }
}

#[cfg(test)]
mod tests {
    use yumen_dubbo::service_key::ServiceKey;

    use super::*;
    use crate::{
        config::{self, Sources},
        telemetry::metric::Metrics,
    };

    /// Knows lists by the interface of a service, and their timeouts are their options.
    struct Known {
        metrics: Arc<Metrics>,
        lists: HashMap<&'static str, Arc<ArcSwap<Instances>>>,
    }

    impl Catalog for Known {
        fn service(&self, service: &ServiceConfig) -> Service {
            let key = ServiceKey::new(&service.interface, None, None);
            Service {
                name: service.name.as_str().into(),
                options: Arc::new(ReferenceOptions { timeout: service.timeout, ..ReferenceOptions::new(key) }),
                instances: Arc::clone(&self.lists[service.interface.as_str()]),
                metrics: self.metrics.service(&service.name),
            }
        }

        fn contract(&self, _service: &ServiceConfig) -> Option<Arc<Contract>> {
            None
        }

        fn metrics(&self, route: &RouteConfig) -> Arc<RouteMetrics> {
            self.metrics.route(&route.name)
        }
    }

    /// Services as `name interface timeout`.
    fn built(known: &Known, version: u64, services: &[&str]) -> Arc<Snapshot> {
        let service = |text: &&str| {
            let [name, interface, timeout] = text.split(' ').collect::<Vec<_>>()[..] else { panic!("{text}") };
            format!(
                "  - {{ name: {name}, interface: {interface}, timeout: {timeout}, endpoints: [\"h:1\"], methods: {{ m: {{}} }} }}\n"
            )
        };
        let text = format!(
            "version: 1\nlisteners: [{{ name: web, bind: \"127.0.0.1:0\" }}]\nservices:\n{}\
             routes: [{{ name: r, match: {{ path: / }}, to: {{ service: a, method: m }} }}]\n",
            services.iter().map(service).collect::<String>()
        );
        let loaded = config::load(&Sources::text("test.yaml", text)).unwrap_or_else(|findings| panic!("{findings}"));
        Arc::new(Snapshot::build(version, &loaded.config, known).unwrap().0)
    }

    #[test]
    fn a_new_version_keeps_the_references_of_services_that_did_not_change_wherever_they_stand() {
        let lists = ["x.A", "x.B"].map(|interface| (interface, Arc::default())).into();
        let known = Known { metrics: Metrics::new(1, []).unwrap(), lists };
        let published = Arc::new(ArcSwap::new(built(&known, 1, &["a x.A 1s", "b x.B 1s", "slow x.B 9s"])));
        let mut views = Views::new(Arc::clone(&published));
        let first = views.current();
        assert!(Rc::ptr_eq(&first, &views.current()), "a view is made anew without need");
        published.store(built(&known, 2, &["renamed x.B 9s", "a x.A 2s", "b x.B 1s"]));
        let second = views.current();
        assert_eq!((first.snapshot.version, second.snapshot.version), (1, 2));
        assert!(Rc::ptr_eq(&second.references[0], &first.references[2]));
        assert!(!first.references.iter().any(|old| Rc::ptr_eq(old, &second.references[1])), "it has another timeout");
        assert!(Rc::ptr_eq(&second.references[2], &first.references[1]));
    }
}
