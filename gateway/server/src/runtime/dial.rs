//! What the registries of a configuration say right now, asked once, for `yumen check`. Nothing is registered or kept.

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::runtime::Builder;
use yumen_dubbo::registry::memory::MemoryRegistry;

use super::subscriptions::Subscriptions;
use crate::{
    cli::Dialled,
    config::{Code, Config, ConfigPath, Finding, RegistryKind},
};

/// Longest wait for registries that do not answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Dials every registry that a service names.
pub fn dial(config: &Config) -> Dialled {
    let mut quiet = config.clone();
    quiet.gateway.state = PathBuf::new();
    quiet.registries.iter_mut().for_each(|registry| registry.register = false);
    match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(ask(&quiet)),
        Err(_) => Dialled::default(),
    }
}

async fn ask(config: &Config) -> Dialled {
    let patience = config.registries.iter().map(|registry| registry.connect_timeout).max().unwrap_or_default();
    let mut subscriptions = Subscriptions::new(Arc::new(MemoryRegistry::new()));
    if let Err(findings) = subscriptions.follow(config) {
        return Dialled { findings, contracts: Vec::new() };
    }
    subscriptions.settled(patience.min(PATIENCE)).await;
    let away = subscriptions.unreachable();
    let mut findings: Vec<Finding> = away.iter().filter_map(|name| unreachable(config, name)).collect();
    let alone = subscriptions.without_providers(config);
    findings.extend(alone.iter().filter_map(|name| without_providers(config, name, &away)));
    let contracts = config.services.iter().map(|service| subscriptions.contract(service)).collect();
    subscriptions.close().await;
    Dialled { findings, contracts }
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
