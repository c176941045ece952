//! Plugins in `yumen check`: modules at hand are loaded as the gateway would, and their settings judged.

use std::sync::Arc;

use tokio::runtime::Builder;
use yumen_dubbo::contract::Contract;
use yumen_plugin_host::{
    Host, HostOptions,
    plugins::{Declared, Plugins},
};

use crate::{
    config::{Code, Config, ConfigPath, Finding, PluginSource},
    snapshot::{PluginTable, builtin, declared, declared_contract, finding_of},
};

/// What was found out.
#[derive(Default)]
pub(super) struct Judged {
    /// What is wrong.
    pub(super) findings: Vec<Finding>,
    /// What plugins declare of services, one entry a service.
    pub(super) contracts: Vec<Option<Arc<Contract>>>,
    /// Plugins whose modules could be looked at.
    pub(super) loaded: usize,
}

/// Loads what is a file or comes with yumen. Nothing is fetched, nothing is kept.
pub(super) fn judge(config: &Config) -> Judged {
    let failed = |why: String| {
        let at = ConfigPath::root().key("plugins");
        let message = format!("plugins cannot be loaded: {why}");
        Judged { findings: vec![Finding::error(Code::PLUGIN_REFUSED, at, message)], ..Judged::default() }
    };
    let plugins = Host::start(HostOptions::default())
        .map_err(|error| error.to_string())
        .and_then(|host| Plugins::open(host, None, Box::new(builtin)).map_err(|error| error.to_string()));
    match (plugins, Builder::new_current_thread().enable_all().build()) {
        (Ok(plugins), Ok(runtime)) => runtime.block_on(load(config, &plugins)),
        (Err(why), _) => failed(why),
        (_, Err(error)) => failed(error.to_string()),
    }
}

async fn load(config: &Config, plugins: &Arc<Plugins>) -> Judged {
    let at_hand = config
        .plugins
        .iter()
        .filter(|plugin| matches!(plugin.source, PluginSource::File(_) | PluginSource::Builtin(_)));
    let declared: Vec<Declared> = at_hand.map(|plugin| declared(config, plugin)).collect();
    let prepared = match plugins.declare(&declared).await {
        Ok(prepared) => prepared,
        Err(faults) => {
            let findings = faults.iter().map(|fault| finding_of(config, fault)).collect();
            return Judged { findings, loaded: declared.len() - faults.len(), ..Judged::default() };
        }
    };
    let table = prepared.table();
    let contract = |service: &crate::config::ServiceConfig| {
        declared_contract(table, service.plugin.as_deref()?, service).map(Arc::new)
    };
    Judged {
        findings: PluginTable::build(config, [].iter(), table).err().unwrap_or_default(),
        contracts: config.services.iter().map(contract).collect(),
        loaded: declared.len(),
    }
}
