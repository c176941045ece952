//! What the registries of a configuration say right now, asked once, for `yumen check`. Nothing is registered or kept.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::runtime::Builder;
use yumen_dubbo::{contract::Contract, metadata::definition::parse, registry::memory::MemoryRegistry};
use yumen_registries::last_known::LastKnown;

use super::{
    registry,
    subscriptions::{self, Subscriptions},
};
use crate::{
    cli::Dialled,
    config::{Code, Config, ConfigPath, Finding, RegistryKind, ServiceConfig},
};

/// Longest wait for registries that do not answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Dials every registry that a service names.
pub fn dial(config: &Config) -> Dialled {
    let mut quiet = config.clone();
    quiet.gateway.state = PathBuf::new();
    quiet.registries.iter_mut().for_each(|registry| registry.register = false);
    match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(ask(&quiet, &config.gateway.state)),
        Err(_) => Dialled::default(),
    }
}

async fn ask(config: &Config, state: &Path) -> Dialled {
    let patience = config.registries.iter().map(|registry| registry.connect_timeout).max().unwrap_or_default();
    let mut subscriptions = Subscriptions::new(Arc::new(MemoryRegistry::new()));
    if let Err(findings) = subscriptions.prepare(config) {
        return Dialled { findings, contracts: Vec::new() };
    }
    // A file is there or is not; nothing is gained by waiting for it.
    let missing = files_away(config, &subscriptions);
    let mut awaited = config.clone();
    awaited.services.retain(|service| service.registry.as_ref().is_none_or(|name| !missing.contains(name)));
    subscriptions.settled(&awaited, patience.min(PATIENCE)).await;
    let mut away = subscriptions.unreachable();
    away.extend(missing);
    let mut findings: Vec<Finding> = away.iter().filter_map(|name| unreachable(config, name)).collect();
    let alone = subscriptions.without_providers(config);
    findings.extend(alone.iter().filter_map(|name| without_providers(config, name, &away)));
    let contract = |service| subscriptions.contract(config, service).or_else(|| kept(config, service, state));
    let contracts = config.services.iter().map(contract).collect();
    subscriptions.close().await;
    Dialled { findings, contracts }
}

/// File registries whose file cannot be read, by name.
fn files_away(config: &Config, subscriptions: &Subscriptions) -> Vec<String> {
    let is_file = |name: &String| config.registry(name).is_some_and(|(_, it)| it.kind == RegistryKind::File);
    subscriptions.unreachable().into_iter().filter(is_file).collect()
}

/// What an earlier run was told of a service's methods.
fn kept(config: &Config, service: &ServiceConfig, state: &Path) -> Option<Arc<Contract>> {
    let (_, registry) = config.registry(service.registry.as_deref()?)?;
    if registry.kind != RegistryKind::Zookeeper || state.as_os_str().is_empty() {
        return None;
    }
    let text = LastKnown::new(registry::kept_in(state, registry)).definition(&subscriptions::key(service))?;
    parse(&text, &service.interface).ok().map(|definition| Arc::new(definition.contract))
}

fn unreachable(config: &Config, name: &str) -> Option<Finding> {
    let (index, registry) = config.registry(name)?;
    let at = ConfigPath::root().key("registries").index(index);
    match registry.kind {
        RegistryKind::Zookeeper => {
            let message = format!("registry {name:?} at {} cannot be reached", registry.address.join(", "));
            Some(Finding::warning(Code::REGISTRY_UNREACHABLE, at.key("address"), message))
        }
        RegistryKind::File => {
            let message = format!("registry {name:?} cannot read {}", registry.path.as_ref()?.display());
            Some(Finding::warning(Code::REGISTRY_UNREACHABLE, at.key("path"), message))
        }
        RegistryKind::Static | RegistryKind::Embedded => None,
    }
}

/// A service that nobody provides, unless its registry could not say.
fn without_providers(config: &Config, name: &str, away: &[String]) -> Option<Finding> {
    let (index, service) = config.service(name)?;
    let registry = service.registry.as_deref()?;
    let (_, kept) = config.registry(registry)?;
    if kept.kind == RegistryKind::Embedded || away.iter().any(|name| name == registry) {
        return None;
    }
    let message = format!("service {name:?} has no provider in registry {registry:?}");
    Some(Finding::warning(Code::NO_PROVIDERS, ConfigPath::service(index).key("interface"), message))
}
