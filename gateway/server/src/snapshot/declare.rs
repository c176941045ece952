//! Plugins as the configuration declares them, in the words of the host, and what the host has against them in ours.

use bytes::Bytes;
use yumen_plugin_host::{
    Digest, Grants, Isolation, Kind, Limits, Source, Spec,
    plugins::{Declared, Fault, FaultPart, Part, ServiceName},
    words::FailurePolicy,
};

use crate::config::{
    Code, Config, ConfigPath, Finding, LoadBalanceConfig, OnFailure, PluginConfig, PluginIsolation, PluginLimits,
    PluginSource, Segment, ServiceConfig,
};

/// The bytes of a plugin that comes with the gateway.
///
/// # Errors
/// Why it is not there.
pub fn builtin(name: &str) -> Result<Bytes, String> {
    match yumen_plugins_bundle::builtin(name) {
        Some(Ok(component)) => Ok(Bytes::from_static(component)),
        Some(Err(missing)) => Err(missing.to_string()),
        None => {
            let names: Vec<&str> = yumen_plugins_bundle::names().collect();
            Err(format!("no plugin {name:?} comes with yumen; there are {}", names.join(", ")))
        }
    }
}

/// A plugin of the configuration as the host takes it.
#[must_use]
pub fn declared(config: &Config, plugin: &PluginConfig) -> Declared {
    Declared {
        part: part(config, &plugin.name),
        source: match &plugin.source {
            PluginSource::File(path) => Source::File(path.clone()),
            PluginSource::Https(address) => Source::Https(address.clone()),
            PluginSource::Builtin(name) => Source::Builtin(name.clone()),
            PluginSource::Upload => Source::Upload,
        },
        digest: plugin.digest.as_ref().and_then(|digest| digest.as_str().parse::<Digest>().ok()),
        spec: Spec {
            name: plugin.name.as_str().into(),
            config: plugin.config.json(),
            limits: limits(&plugin.limits),
            grants: Grants {
                clusters: plugin.grants.clusters.clone(),
                services: plugin.grants.services.clone(),
                kv: plugin.grants.kv.clone(),
            },
            isolation: match plugin.isolation {
                PluginIsolation::Reuse => Isolation::Reuse,
                PluginIsolation::Fresh => Isolation::Fresh,
            },
            on_failure: plugin.on_failure.map(|policy| match policy {
                OnFailure::Closed => FailurePolicy::Closed,
                OnFailure::Open => FailurePolicy::Open,
                OnFailure::Reload => FailurePolicy::Reload,
            }),
        },
    }
}

/// What the places that name a plugin need it to be; the first of them speaks, and that others need something else is told
/// when it serves.
fn part(config: &Config, name: &str) -> Part {
    let filters = config.listeners.iter().flat_map(|listener| &listener.plugins);
    let filters = filters.chain(config.routes.iter().flat_map(|route| &route.plugins)).map(|name| (name, Kind::Filter));
    let routers = config.services.iter().flat_map(|service| &service.routers).map(|name| (name, Kind::Router));
    let balancers = config.services.iter().filter_map(|service| match &service.load_balance {
        LoadBalanceConfig::Kind(_) => None,
        LoadBalanceConfig::Plugin(name) => Some((name, Kind::LoadBalancer)),
    });
    let answered = || config.services.iter().filter(|service| service.plugin.as_deref() == Some(name));
    let uses = filters.chain(routers).chain(balancers).find(|(named, _)| *named == name);
    let kind = uses.map(|(_, kind)| kind).or_else(|| answered().next().map(|_| Kind::Service));
    Part { kind, services: answered().map(service_name).collect() }
}

/// The names by which a plugin must declare a service.
pub(super) fn service_name(service: &ServiceConfig) -> ServiceName {
    ServiceName {
        interface: service.interface.clone(),
        group: service.group.clone().unwrap_or_default(),
        version: service.version.clone().unwrap_or_default(),
    }
}

fn limits(limits: &PluginLimits) -> Limits {
    Limits {
        memory: limits.memory.0,
        time: limits.time,
        table: limits.table,
        host_calls: limits.host_calls,
        side_calls: limits.side_calls,
        log: limits.log,
        instances: limits.instances,
        body: limits.body.0,
    }
}

/// A fault with its place in the configuration.
#[must_use]
pub fn finding_of(config: &Config, fault: &Fault) -> Finding {
    let plugins = ConfigPath::root().key("plugins");
    let at = match config.plugin(&fault.plugin) {
        Some((index, _)) => plugins.index(index),
        None => plugins,
    };
    let (code, at) = match &fault.part {
        FaultPart::Source => (Code::PLUGIN_REFUSED, at.key("source")),
        FaultPart::Digest => (Code::PLUGIN_REFUSED, at.key("digest")),
        FaultPart::Config(pointer) => (Code::PLUGIN_CONFIG, below(at.key("config"), pointer)),
    };
    let finding = Finding::error(code, at, format!("plugin {:?}: {}", &*fault.plugin, fault.message));
    match &fault.help {
        Some(help) => finding.help(help.as_str()),
        None if code == Code::PLUGIN_CONFIG => {
            finding.help("the plugin's own schema says what it takes; `yumen plugin inspect` shows it")
        }
        None => finding.help("`yumen plugin inspect FILE` tells what a module is"),
    }
}

/// The place that a JSON pointer leads to from here.
fn below(at: ConfigPath, pointer: &str) -> ConfigPath {
    let mut segments = at.segments().to_vec();
    for part in pointer.split('/').skip(1) {
        let name = part.replace("~1", "/").replace("~0", "~");
        segments.push(match name.parse() {
            Ok(index) => Segment::Index(index),
            Err(_) => Segment::Key(name),
        });
    }
    ConfigPath::from(segments)
}
