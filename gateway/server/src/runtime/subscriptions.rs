//! What the gateway follows in its registries: one subscription a service, kept across reloads.
//!
//! ```text
//!  Config ─▶ follow ─▶ opens registries and subscriptions that are new, keeps those that stay
//!                         ├─ instances: straight to the workers' directories, no snapshot is rebuilt
//!                         └─ definitions: a change asks for a new snapshot, because plans depend on it
//! ```

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::future::{join_all, select_all};
use tokio::sync::watch;
use yumen_dubbo::{
    contract::Contract,
    instances::Origin,
    metadata::Definition,
    options::ReferenceOptions,
    registry::{Registration, Registry, RegistryState, Subscription, memory::MemoryRegistry},
    service_key::ServiceKey,
    url::DubboUrl,
};

use crate::{
    config::{ClusterKind, Config, Finding, LoadBalanceKind, RegistryConfig, ServiceConfig},
    runtime::registry,
    snapshot::{Service, Snapshot},
    telemetry::metric::ServiceMetrics,
};

/// Every registry and service that the running configuration names.
pub(super) struct Subscriptions {
    embedded: Arc<MemoryRegistry>,
    application: Box<str>,
    registries: HashMap<RegistryAddress, Arc<dyn Registry>>,
    followed: HashMap<(RegistryAddress, ServiceKey), Followed>,
    /// Registry of each service of the running configuration, by the service's name.
    names: HashMap<String, RegistryAddress>,
}

/// A registry, told from another by all that its opening depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum RegistryAddress {
    /// One of the configuration's registries, with all its settings.
    Named(Box<RegistryConfig>),
    /// The endpoints that a service names itself.
    Endpoints(Vec<String>),
}

struct Followed {
    subscription: Subscription,
    definition: Option<watch::Receiver<Definition>>,
    _consumer: Registration,
}

impl Subscriptions {
    /// Follows nothing yet.
    pub(super) fn new(embedded: Arc<MemoryRegistry>) -> Self {
        Self {
            embedded,
            application: Box::from(""),
            registries: HashMap::new(),
            followed: HashMap::new(),
            names: HashMap::new(),
        }
    }
}

impl Subscriptions {
    /// Follows what the configuration names, keeps what it already named, and lets go of the rest.
    ///
    /// # Errors
    /// Every registry that cannot be opened as configured; what was followed before stays.
    pub(super) fn follow(&mut self, config: &Config) -> Result<(), Vec<Finding>> {
        let opened = self.open_all(config)?;
        self.application = config.gateway.application.as_str().into();
        self.names = config.services.iter().map(|service| (service.name.clone(), address(config, service))).collect();
        self.registries = opened;
        let wanted: Vec<_> = config.services.iter().map(|service| (address(config, service), key(service))).collect();
        self.followed.retain(|followed, _| wanted.contains(followed));
        for (address, key) in wanted {
            self.follow_one(address, key);
        }
        Ok(())
    }

    fn open_all(&self, config: &Config) -> Result<HashMap<RegistryAddress, Arc<dyn Registry>>, Vec<Finding>> {
        let mut opened = HashMap::new();
        let mut findings = Vec::new();
        for service in &config.services {
            let address = address(config, service);
            if opened.contains_key(&address) {
                continue;
            }
            let known = self.registries.get(&address).cloned().map(Ok);
            match known.unwrap_or_else(|| registry::open(config, service, &self.embedded)) {
                Ok(registry) => drop(opened.insert(address, registry)),
                Err(finding) => findings.push(finding),
            }
        }
        if findings.is_empty() { Ok(opened) } else { Err(findings) }
    }

    fn follow_one(&mut self, address: RegistryAddress, key: ServiceKey) {
        let Some(registry) = self.registries.get(&address) else { return };
        let registers = match &address {
            RegistryAddress::Named(registry) => registry.register,
            RegistryAddress::Endpoints(_) => false,
        };
        let application = &self.application;
        self.followed.entry((address, key)).or_insert_with_key(|(_, key)| Followed {
            subscription: registry.subscribe(key),
            definition: registry.metadata().map(|metadata| metadata.definition(key)),
            _consumer: match registers {
                true => registry.register(consumer_url(application, key)),
                false => Registration::nothing(),
            },
        });
    }

    /// Waits until every service has a first list and a first word on its definition, but no longer than `limit`.
    pub(super) async fn settled(&mut self, limit: Duration) {
        let all = join_all(self.followed.values_mut().map(Followed::settled));
        let _ = tokio::time::timeout(limit, all).await;
    }

    /// Waits until the definition of any service changed. Pends for ever when there is none to wait for.
    pub(super) async fn definition_changed(&mut self) {
        let definitions: Vec<_> =
            self.followed.values_mut().filter_map(|followed| followed.definition.as_mut()).collect();
        let changes = definitions.into_iter().map(|definition| {
            Box::pin(async move {
                if definition.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            })
        });
        let changes: Vec<_> = changes.collect();
        if changes.is_empty() {
            std::future::pending::<()>().await;
        }
        select_all(changes).await;
    }

    /// Services that the registry has not told anything about since the start, nor an earlier run; by name.
    pub(super) fn unheard(&self, config: &Config, snapshot: &Snapshot) -> Vec<String> {
        let waiting =
            |index: usize| snapshot.actions.iter().any(|action| action.service == index && action.plan.is_none());
        let unheard = |(index, service): &(usize, &ServiceConfig)| {
            let followed = self.followed(service);
            followed.is_some_and(|followed| followed.is_pending() || followed.lacks_definition() && waiting(*index))
        };
        config.services.iter().enumerate().filter(unheard).map(|(_, service)| service.name.clone()).collect()
    }

    /// Registries that are not connected now, by name.
    pub(super) fn unreachable(&self) -> Vec<String> {
        let away =
            self.registries.iter().filter(|(_, registry)| *registry.state().borrow() != RegistryState::Connected);
        let names = away.filter_map(|(address, _)| match address {
            RegistryAddress::Named(registry) => Some(registry.name.clone()),
            RegistryAddress::Endpoints(_) => None,
        });
        names.collect()
    }

    /// Services without a single provider now, by name.
    pub(super) fn without_providers(&self, config: &Config) -> Vec<String> {
        let empty = |service: &&ServiceConfig| {
            let followed = self.followed.get(&(address(config, service), key(service)));
            followed.is_none_or(|followed| followed.subscription.instances().load().providers.is_empty())
        };
        config.services.iter().filter(empty).map(|service| service.name.clone()).collect()
    }

    /// Withdraws all registrations and closes the sessions.
    pub(super) async fn close(mut self) {
        self.followed.clear();
        join_all(self.registries.values().map(|registry| registry.close())).await;
    }

    fn followed(&self, service: &ServiceConfig) -> Option<&Followed> {
        let address = self.names.get(&service.name)?;
        self.followed.get(&(address.clone(), key(service)))
    }

    /// How to call a service and who provides it.
    pub(super) fn service(&self, service: &ServiceConfig, metrics: Arc<ServiceMetrics>) -> Service {
        Service {
            metrics,
            name: service.name.as_str().into(),
            options: Arc::new(options(&self.application, service)),
            instances: self.followed(service).map(|it| it.subscription.instances()).unwrap_or_default(),
        }
    }

    /// What the service's providers published about its methods.
    pub(super) fn contract(&self, service: &ServiceConfig) -> Option<Arc<Contract>> {
        self.followed(service)?.definition.as_ref()?.borrow().contract().cloned()
    }
}

impl Followed {
    /// Waits for a first list and a first word on the definition. With a list of an earlier run there is nothing to wait
    /// for: that run kept the definition, too, if there was one.
    async fn settled(&mut self) {
        self.subscription.first_list().await;
        if self.origin() == Origin::LastKnown {
            return;
        }
        if let Some(definition) = &mut self.definition {
            let known = definition.wait_for(|definition| !matches!(definition, Definition::Pending)).await;
            drop(known);
        }
    }

    fn origin(&self) -> Origin {
        self.subscription.instances().load().origin
    }

    fn is_pending(&self) -> bool {
        self.origin() == Origin::Pending
    }

    fn lacks_definition(&self) -> bool {
        self.definition.as_ref().is_some_and(|definition| matches!(*definition.borrow(), Definition::Pending))
    }
}

/// Where the providers of a service are looked up.
fn address(config: &Config, service: &ServiceConfig) -> RegistryAddress {
    let named = service.registry.as_deref().and_then(|name| config.registry(name));
    match named {
        Some((_, registry)) => RegistryAddress::Named(Box::new(registry.clone())),
        None => RegistryAddress::Endpoints(service.endpoints.iter().map(ToString::to_string).collect()),
    }
}

/// The service as registries and providers name it.
pub(super) fn key(service: &ServiceConfig) -> ServiceKey {
    let text = |value: &Option<String>| value.as_deref().filter(|text| !text.is_empty()).map(Box::from);
    ServiceKey {
        interface: service.interface.as_str().into(),
        group: text(&service.group),
        version: text(&service.version),
    }
}

fn options(application: &str, service: &ServiceConfig) -> ReferenceOptions {
    ReferenceOptions {
        application: application.into(),
        cluster: match service.cluster {
            ClusterKind::Failover => yumen_dubbo::options::ClusterKind::Failover,
            ClusterKind::Failfast => yumen_dubbo::options::ClusterKind::Failfast,
        },
        load_balance: match service.load_balance {
            LoadBalanceKind::Random => yumen_dubbo::options::LoadBalanceKind::Random,
        },
        timeout: service.timeout,
        retries: service.retries,
        connections: service.connections,
        payload: usize::try_from(service.payload.0).unwrap_or(usize::MAX),
        ..ReferenceOptions::new(key(service))
    }
}

/// The URL that lists this gateway among a service's consumers (`dubbo.md` 4.2: `consumer://ip/interface?…`). As with
/// Dubbo's own, process and time tell it from that of another gateway on this machine.
fn consumer_url(application: &str, key: &ServiceKey) -> DubboUrl {
    let process = std::process::id().to_string();
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let timestamp = since_epoch.as_millis().to_string();
    let parameters = [
        ("application", Some(application)),
        ("category", Some("consumers")),
        ("check", Some("false")),
        ("dubbo", Some("2.0.2")),
        ("interface", Some(&*key.interface)),
        ("group", key.group.as_deref()),
        ("version", key.version.as_deref()),
        ("pid", Some(process.as_str())),
        ("side", Some("consumer")),
        ("timestamp", Some(timestamp.as_str())),
    ];
    let parameters = parameters.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    DubboUrl {
        protocol: "consumer".to_owned(),
        host: registry::own_address(),
        path: key.interface.to_string(),
        parameters: parameters.collect(),
        ..DubboUrl::default()
    }
}
