//! Views over snapshots that change: what is kept, and what is made anew.

use std::collections::HashMap;

use yumen_dubbo::{contract::Contract, instances::Instances, options::ReferenceOptions, service_key::ServiceKey};

use super::*;
use crate::{
    config::{self, Config, Finding, RouteConfig, ServiceConfig, Sources},
    snapshot::{Catalog, PluginTable},
    telemetry::metric::{Metrics, RouteMetrics},
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
            callable: None,
            plugin: None,
            exported: None,
        }
    }

    fn plugins(&self, config: &Config) -> Result<PluginTable, Vec<Finding>> {
        PluginTable::build(config, [].iter(), &yumen_plugin_host::deployed::Table::default())
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
    assert!(Rc::ptr_eq(&second.callees[0], &first.callees[2]));
    assert!(!first.callees.iter().any(|old| Rc::ptr_eq(old, &second.callees[1])), "it has another timeout");
    assert!(Rc::ptr_eq(&second.callees[2], &first.callees[1]));
}
