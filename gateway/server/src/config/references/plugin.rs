//! Plugins and clusters: sources that can be used, and names that exist.

use super::Check;
use crate::config::{
    finding::{Code, Finding, Lean},
    locate::ConfigPath,
    model::{ByteSize, LoadBalanceConfig, PluginConfig, PluginSource, ServiceConfig},
};

/// Most memory of an instance (`yumen_plugin_host::Limits::MEMORY_MOST`).
const MOST_MEMORY: ByteSize = ByteSize::mib(256);
/// Most elements of an instance's tables (`yumen_plugin_host::Limits::TABLE_MOST`).
const MOST_TABLE: u32 = 100_000;

impl Check<'_> {
    pub(super) fn plugins(&mut self) {
        for (index, plugin) in self.config.plugins.iter().enumerate() {
            let at = ConfigPath::root().key("plugins").index(index);
            self.source(plugin, &at);
            self.plugin_limits(plugin, &at);
            self.grants(plugin, &at.key("grants"));
        }
        for (index, listener) in self.config.listeners.iter().enumerate() {
            let at = ConfigPath::root().key("listeners").index(index).key("plugins");
            self.named_plugins(&format!("listener {:?}", listener.name), &listener.plugins, &at);
        }
        for (index, route) in self.config.routes.iter().enumerate() {
            let at = ConfigPath::route(index).key("plugins");
            self.named_plugins(&format!("route {:?}", route.name), &route.plugins, &at);
        }
    }

    pub(super) fn clusters(&mut self) {
        for (index, cluster) in self.config.clusters.iter().enumerate() {
            let at = ConfigPath::root().key("clusters").index(index);
            if cluster.endpoints.is_empty() {
                let message = format!("cluster {:?} has no endpoints", cluster.name);
                let at = at.clone().key("endpoints");
                let finding = Finding::error(Code::OUT_OF_RANGE, at.clone(), message).leaning_on([Lean::Items(at)]);
                self.report(finding.help("write endpoints: [\"http://127.0.0.1:8081\"]"));
            }
            if cluster.connections == 0 {
                let at = at.key("connections");
                let finding = Finding::error(Code::OUT_OF_RANGE, at, "a cluster needs at least 1 connection");
                self.report(finding.help("leave it out: 32 is the default"));
            }
        }
    }

    pub(super) fn service_plugins(&mut self, service: &ServiceConfig, at: &ConfigPath) {
        let owner = format!("service {:?}", service.name);
        self.named_plugins(&owner, &service.routers, &at.clone().key("routers"));
        if let LoadBalanceConfig::Plugin(name) = &service.load_balance {
            self.named_plugin(&owner, name, at.clone().key("load_balance").key("plugin"));
        }
    }

    /// A service that a plugin answers has no providers, and nobody to choose one.
    pub(super) fn in_process(&mut self, service: &ServiceConfig, plugin: &str, at: &ConfigPath) {
        self.named_plugin(&format!("service {:?}", service.name), plugin, at.clone().key("plugin"));
        let balanced = matches!(service.load_balance, LoadBalanceConfig::Plugin(_));
        let given = [
            ("registry", service.registry.is_some()),
            ("endpoints", !service.endpoints.is_empty()),
            ("routers", !service.routers.is_empty()),
            ("load_balance", balanced),
        ];
        for (key, _) in given.into_iter().filter(|(_, given)| *given) {
            let message =
                format!("service {:?} is answered by plugin {plugin:?} and has no use for {key:?}", service.name);
            let finding = Finding::error(Code::REGISTRY_OR_ENDPOINTS, at.clone().key(key), message).on_key();
            self.report(finding.help("remove one of them").leaning_on([Lean::Value(at.clone().key("plugin"))]));
        }
    }

    fn source(&mut self, plugin: &PluginConfig, at: &ConfigPath) {
        if matches!(plugin.source, PluginSource::Https(_)) && plugin.digest.is_none() {
            let message = format!("plugin {:?} comes over https and has no digest", plugin.name);
            let finding = Finding::error(Code::PLUGIN_SOURCE, at.clone().key("source"), message);
            let finding = finding.leaning_on([Lean::Value(at.clone().key("digest"))]);
            self.report(finding.help("add digest: \"sha256:…\"; `sha256sum FILE` prints it"));
        }
    }

    fn plugin_limits(&mut self, plugin: &PluginConfig, at: &ConfigPath) {
        let at = at.clone().key("limits");
        if plugin.limits.instances == 0 {
            let finding =
                Finding::error(Code::OUT_OF_RANGE, at.clone().key("instances"), "a plugin needs at least 1 instance");
            self.report(finding.help("leave it out: 64 is the default"));
        }
        if plugin.limits.memory > MOST_MEMORY {
            let message = format!("{} is more than an instance can have", plugin.limits.memory);
            let finding = Finding::error(Code::OUT_OF_RANGE, at.clone().key("memory"), message);
            self.report(finding.help(format!("at most {MOST_MEMORY}; the default is 32MiB")));
        }
        if plugin.limits.table > MOST_TABLE {
            let message = format!("{} elements are more than tables can have", plugin.limits.table);
            let finding = Finding::error(Code::OUT_OF_RANGE, at.key("table"), message);
            self.report(finding.help(format!("at most {MOST_TABLE}; the default is 20000")));
        }
    }

    fn grants(&mut self, plugin: &PluginConfig, at: &ConfigPath) {
        let clusters: Vec<&str> = self.config.clusters.iter().map(|cluster| &*cluster.name).collect();
        let services: Vec<&str> = self.config.services.iter().map(|service| &*service.name).collect();
        let lists = [
            ("clusters", "cluster", &plugin.grants.clusters, clusters),
            ("services", "service", &plugin.grants.services, services),
        ];
        for (list, kind, granted, known) in lists {
            for (index, name) in granted.iter().enumerate().filter(|(_, name)| !known.contains(&name.as_str())) {
                let at = at.clone().key(list).index(index);
                let message = format!("plugin {:?} is granted {kind} {name:?}, which does not exist", plugin.name);
                let finding = Finding::error(Code::UNKNOWN_CLUSTER, at, message).suggest(name, known.iter().copied());
                let finding = finding.leaning_on([Lean::Names(list)]);
                self.report(finding.help(listed(list, &known)));
            }
        }
    }

    fn named_plugins(&mut self, owner: &str, names: &[String], at: &ConfigPath) {
        for (index, name) in names.iter().enumerate() {
            self.named_plugin(owner, name, at.clone().index(index));
        }
    }

    fn named_plugin(&mut self, owner: &str, name: &str, at: ConfigPath) {
        if self.config.plugin(name).is_some() {
            return;
        }
        let names: Vec<&str> = self.config.plugins.iter().map(|plugin| &*plugin.name).collect();
        let message = format!("{owner} names plugin {name:?}, which does not exist");
        let finding = Finding::error(Code::UNKNOWN_PLUGIN, at, message).suggest(name, names.iter().copied());
        let finding = finding.leaning_on([Lean::Names("plugins")]);
        self.report(finding.help(listed("plugins", &names)));
    }
}

fn listed(list: &str, names: &[&str]) -> String {
    match names {
        [] => format!("there are no {list}"),
        names => format!("{list}: {}", crate::config::finding::shortened(names)),
    }
}
