//! What the gateway follows in its registries: one subscription a service, kept across reloads.
//!
//! ```text
//!  next Config ─▶ prepare ─▶ settled ─▶ inherit ─▶ a snapshot is built ─┬─ good ─▶ keep(next)
//!                 opens and follows    what nobody told yet             └─ bad ──▶ keep(live)
//!                 what is new          goes on as it was
//! ```
//! Instances go straight to the workers' directories, no snapshot is rebuilt; the change of a definition asks for a new
//! snapshot, because plans depend on it. Until [`Subscriptions::keep`], what the live configuration follows is followed on:
//! a snapshot that is published never points to a list that nobody feeds.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use futures_util::future::{join_all, select_all};
use tokio::sync::watch;
use yumen_dubbo::{
    contract::Contract,
    instances::{Instances, Origin},
    metadata::Definition,
    options::ReferenceOptions,
    registry::{Registration, Registry, RegistryState, Subscription, memory::MemoryRegistry},
    service_key::ServiceKey,
    url::DubboUrl,
};

use crate::{
    config::{ClusterKind, Config, Finding, LoadBalanceConfig, LoadBalanceKind, RegistryConfig, ServiceConfig},
    runtime::registry,
    snapshot::{Service, Snapshot},
    telemetry::metric::ServiceMetrics,
};

/// Every registry and service that the running configuration names; while a new one is tried, those of both.
pub(super) struct Subscriptions {
    embedded: Arc<MemoryRegistry>,
    registries: HashMap<RegistryAddress, Arc<dyn Registry>>,
    followed: HashMap<Place, Followed>,
    connected: Arc<ArcSwap<Connected>>,
}

/// The states of the followed registries that have a name.
pub(super) type Connected = Vec<(Box<str>, watch::Receiver<RegistryState>)>;

pub(super) fn is_connected(state: &watch::Receiver<RegistryState>) -> bool {
    *state.borrow() == RegistryState::Connected
}

/// A registry, told from another by all that its opening depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum RegistryAddress {
    /// One of the configuration's registries, with all its settings, our application name and the folder for state.
    Named(Box<(RegistryConfig, String, PathBuf)>),
    /// The endpoints that a service names itself.
    Endpoints(Vec<String>),
}

/// Where a service is followed, and under which name.
type Place = (RegistryAddress, ServiceKey);

struct Followed {
    subscription: Subscription,
    definition: Option<watch::Receiver<Definition>>,
    /// What another registry said about the methods, until this one says something.
    inherited: Option<Arc<Contract>>,
    /// Our word among the consumers, once the service is part of the live configuration.
    consumer: Option<Registration>,
}

impl Subscriptions {
    /// Follows nothing yet.
    pub(super) fn new(embedded: Arc<MemoryRegistry>) -> Self {
        Self { embedded, registries: HashMap::new(), followed: HashMap::new(), connected: Arc::default() }
    }

    /// Follows what the configuration names, beside all that is followed already.
    ///
    /// # Errors
    /// Every registry that cannot be opened as configured; nothing is changed then.
    pub(super) fn prepare(&mut self, config: &Config) -> Result<(), Vec<Finding>> {
        let opened = self.open_new(config)?;
        self.registries.extend(opened);
        for service in provided(config) {
            let place = place(config, service);
            let Some(registry) = self.registries.get(&place.0) else { continue };
            self.followed.entry(place).or_insert_with_key(|(_, key)| Followed {
                subscription: registry.subscribe(key),
                definition: registry.metadata().map(|metadata| metadata.definition(key)),
                inherited: None,
                consumer: None,
            });
        }
        Ok(())
    }

    fn open_new(&self, config: &Config) -> Result<HashMap<RegistryAddress, Arc<dyn Registry>>, Vec<Finding>> {
        let mut opened = HashMap::new();
        let mut findings = Vec::new();
        for service in provided(config) {
            let address = address(config, service);
            if opened.contains_key(&address) || self.registries.contains_key(&address) {
                continue;
            }
            match registry::open(config, service, &self.embedded) {
                Ok(registry) => drop(opened.insert(address, registry)),
                Err(finding) => findings.push(finding),
            }
        }
        if findings.is_empty() { Ok(opened) } else { Err(findings) }
    }

    /// Lets go of all that the configuration does not name, and tells its registries that its services are consumed.
    pub(super) fn keep(&mut self, config: &Config) {
        let wanted: HashSet<Place> = provided(config).map(|service| place(config, service)).collect();
        self.followed.retain(|place, _| wanted.contains(place));
        let addresses: HashSet<&RegistryAddress> = wanted.iter().map(|(address, _)| address).collect();
        self.registries.retain(|address, _| addresses.contains(address));
        self.connected.store(Arc::new(self.states()));
        for ((address, key), followed) in &mut self.followed {
            let RegistryAddress::Named(named) = address else { continue };
            let (RegistryConfig { register: true, .. }, application, _) = &**named else { continue };
            if let Some(registry) = self.registries.get(address) {
                followed.consumer.get_or_insert_with(|| registry.register(consumer_url(application, key)));
            }
        }
    }

    /// A service that moves to a registry which has not answered takes along what is known of it: a registry that is
    /// away never empties a list, by whatever name it is called from now on.
    pub(super) fn inherit(&mut self, live: &Config, next: &Config) {
        let before: HashSet<Place> = live.services.iter().map(|service| place(live, service)).collect();
        for service in &next.services {
            let place = place(next, service);
            let waits = self.followed.get(&place).is_some_and(|heir| heir.is_pending() || heir.lacks_definition());
            if before.contains(&place) || !waits {
                continue;
            }
            let Some((list, contract)) = self.legacy(live, service, &place.1) else { continue };
            if let Some(heir) = self.followed.get_mut(&place) {
                tracing::warn!(service = %service.name, "its new registry has told nothing yet; its last list goes on serving");
                heir.subscription.recall(&list);
                heir.inherited = contract;
            }
        }
    }

    /// What the live configuration knows of a service: by its name, else of any that is the same service.
    fn legacy(
        &self,
        live: &Config,
        service: &ServiceConfig,
        wanted: &ServiceKey,
    ) -> Option<(Arc<Instances>, Option<Arc<Contract>>)> {
        let same = live.services.iter().filter(|known| key(known) == *wanted);
        let known = same.filter_map(|known| {
            let followed = self.followed(live, known).filter(|followed| !followed.is_pending())?;
            Some((known.name != service.name, followed))
        });
        let (_, followed) = known.min_by_key(|(is_another, _)| *is_another)?;
        Some((followed.subscription.instances().load_full(), followed.contract()))
    }

    /// Waits until every service of the configuration has a first list and a first word on its definition, but no longer
    /// than `limit`.
    pub(super) async fn settled(&mut self, config: &Config, limit: Duration) {
        let wanted: HashSet<Place> = config.services.iter().map(|service| place(config, service)).collect();
        let followed = self.followed.iter_mut().filter(|(place, _)| wanted.contains(place));
        let all = join_all(followed.map(|(_, followed)| followed.settled()));
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

    /// Takes note of every definition as it is now: none has changed until the next word on it.
    pub(super) fn hear_definitions(&mut self) {
        for definition in self.followed.values_mut().filter_map(|followed| followed.definition.as_mut()) {
            definition.mark_unchanged();
        }
    }

    /// Services that the registry has not told anything about since the start, nor an earlier run; by name.
    pub(super) fn unheard(&self, config: &Config, snapshot: &Snapshot) -> Vec<String> {
        let waiting =
            |index: usize| snapshot.actions.iter().any(|action| action.service == index && action.plan.is_none());
        let unheard = |(index, service): &(usize, &ServiceConfig)| {
            let followed = self.followed(config, service);
            followed.is_some_and(|followed| followed.is_pending() || followed.lacks_definition() && waiting(*index))
        };
        config.services.iter().enumerate().filter(unheard).map(|(_, service)| service.name.clone()).collect()
    }

    /// Registries that are not connected now, by name.
    pub(super) fn unreachable(&self) -> Vec<String> {
        let away = self.states().into_iter().filter(|(_, state)| !is_connected(state));
        away.map(|(name, _)| name.into()).collect()
    }

    /// How the registries are doing that the live configuration names.
    pub(super) fn connected(&self) -> Arc<ArcSwap<Connected>> {
        Arc::clone(&self.connected)
    }

    fn states(&self) -> Connected {
        let named = self.registries.iter().filter_map(|(address, registry)| match address {
            RegistryAddress::Named(named) => Some((named.0.name.as_str().into(), registry.state())),
            RegistryAddress::Endpoints(_) => None,
        });
        named.collect()
    }

    /// Services without a single provider now, by name.
    pub(super) fn without_providers(&self, config: &Config) -> Vec<String> {
        let empty = |service: &&ServiceConfig| {
            let followed = self.followed(config, service);
            followed.is_none_or(|followed| followed.subscription.instances().load().providers.is_empty())
        };
        provided(config).filter(empty).map(|service| service.name.clone()).collect()
    }

    /// Withdraws all registrations and closes the sessions.
    pub(super) async fn close(mut self) {
        self.followed.clear();
        join_all(self.registries.values().map(|registry| registry.close())).await;
    }

    fn followed(&self, config: &Config, service: &ServiceConfig) -> Option<&Followed> {
        self.followed.get(&place(config, service))
    }

    /// How to call a service and who provides it.
    pub(super) fn service(&self, config: &Config, service: &ServiceConfig, metrics: Arc<ServiceMetrics>) -> Service {
        let followed = self.followed(config, service);
        Service {
            metrics,
            name: service.name.as_str().into(),
            options: Arc::new(options(&config.gateway.application, service)),
            instances: followed.map(|it| it.subscription.instances()).unwrap_or_default(),
            callable: None,
            plugin: None,
            exported: None,
        }
    }

    /// What the service's providers published about its methods.
    pub(super) fn contract(&self, config: &Config, service: &ServiceConfig) -> Option<Arc<Contract>> {
        self.followed(config, service)?.contract()
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

    fn contract(&self) -> Option<Arc<Contract>> {
        match &*self.definition.as_ref()?.borrow() {
            Definition::Pending => self.inherited.clone(),
            heard => heard.contract().cloned(),
        }
    }
}

/// Services that providers answer, and no plugin in this process.
fn provided(config: &Config) -> impl Iterator<Item = &ServiceConfig> {
    config.services.iter().filter(|service| service.plugin.is_none())
}

fn place(config: &Config, service: &ServiceConfig) -> Place {
    (address(config, service), key(service))
}

/// Where the providers of a service are looked up.
fn address(config: &Config, service: &ServiceConfig) -> RegistryAddress {
    let named = service.registry.as_deref().and_then(|name| config.registry(name));
    match named {
        Some((_, registry)) => {
            let (application, state) = (config.gateway.application.clone(), config.gateway.state.clone());
            RegistryAddress::Named(Box::new((registry.clone(), application, state)))
        }
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
            // Where the plugin leaves the choice to the gateway, chance decides.
            LoadBalanceConfig::Kind(LoadBalanceKind::Random) | LoadBalanceConfig::Plugin(_) => {
                yumen_dubbo::options::LoadBalanceKind::Random
            }
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

#[cfg(test)]
mod tests;
