//! Opens the registry that a service's providers are looked up in.

use std::{
    net::UdpSocket,
    path::{Path, PathBuf},
    sync::Arc,
};

use yumen_dubbo::{
    registry::{Registry, memory::MemoryRegistry, static_list::StaticList},
    url::DubboUrl,
};
use yumen_registries::{RegistryOptions, file::FileOptions, zookeeper::ZooKeeperOptions};

use crate::config::{Code, Config, ConfigPath, Finding, RegistryConfig, RegistryKind, ServiceConfig};

/// The registry of a service, opened; it connects in the background.
///
/// # Errors
/// A finding at what the registry cannot be opened with.
pub(super) fn open(
    config: &Config,
    service: &ServiceConfig,
    embedded: &Arc<MemoryRegistry>,
) -> Result<Arc<dyn Registry>, Finding> {
    match service.registry.as_deref().and_then(|name| config.registry(name)) {
        Some((index, registry)) => named(config, index, registry, embedded),
        None => endpoints(config, service),
    }
}

fn named(
    config: &Config,
    index: usize,
    registry: &RegistryConfig,
    embedded: &Arc<MemoryRegistry>,
) -> Result<Arc<dyn Registry>, Finding> {
    Ok(match registry.kind {
        RegistryKind::Embedded => Arc::clone(embedded) as Arc<dyn Registry>,
        RegistryKind::Static => Arc::new(fixed(index, registry)?),
        RegistryKind::File => yumen_registries::open(RegistryOptions::File(FileOptions {
            path: registry.path.clone().unwrap_or_default(),
            application: config.gateway.application.as_str().into(),
        })),
        RegistryKind::Zookeeper => yumen_registries::open(RegistryOptions::ZooKeeper(zookeeper(config, registry))),
    })
}

fn zookeeper(config: &Config, registry: &RegistryConfig) -> ZooKeeperOptions {
    let digest = registry.username.as_ref().zip(registry.password.as_ref());
    ZooKeeperOptions {
        root: registry.root.clone(),
        digest: digest.map(|(user, password)| (user.reveal().to_owned(), password.reveal().to_owned())),
        session_timeout: registry.session_timeout,
        connect_timeout: registry.connect_timeout,
        keep_unconfirmed: registry.keep_unconfirmed,
        application: config.gateway.application.as_str().into(),
        last_known: (!config.gateway.state.as_os_str().is_empty()).then(|| kept_in(&config.gateway.state, registry)),
        ..ZooKeeperOptions::new(registry.address.join(","))
    }
}

/// The folder for what the registry said last.
pub(super) fn kept_in(state: &Path, registry: &RegistryConfig) -> PathBuf {
    state.join("registries").join(&registry.name)
}

/// A registry that only says what the file says.
fn fixed(index: usize, registry: &RegistryConfig) -> Result<MemoryRegistry, Finding> {
    let providers = MemoryRegistry::new();
    for (position, text) in registry.providers.iter().enumerate() {
        let url = DubboUrl::parse(text).map_err(|error| {
            let at = ConfigPath::root().key("registries").index(index).key("providers").index(position);
            Finding::error(Code::BAD_PROVIDER_URL, at, format!("{text:?} is not a provider URL: {error}"))
                .help("write it as dubbo://10.0.0.5:20880/com.acme.UserService?version=1.0.0")
        })?;
        providers.publish(url);
    }
    Ok(providers)
}

fn endpoints(config: &Config, service: &ServiceConfig) -> Result<Arc<dyn Registry>, Finding> {
    let list = StaticList::new(service.endpoints.iter().map(ToString::to_string)).map_err(|error| {
        let index = config.service(&service.name).map_or(0, |(index, _)| index);
        Finding::error(Code::BAD_ADDRESS, ConfigPath::service(index).key("endpoints"), error.to_string())
    })?;
    Ok(Arc::new(list))
}

/// The address by which others may know this machine. Nothing is sent to find it; without a network it is loopback.
pub(super) fn own_address() -> String {
    let outward = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("192.0.2.1:9")?; // TEST-NET-1: only asks the routing table
        socket.local_addr()
    });
    outward.map_or_else(|_| "127.0.0.1".to_owned(), |address| address.ip().to_string())
}
