//! The process itself.

use std::{path::PathBuf, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text;

/// The process: workers, drain, the name shown to registries.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GatewayConfig {
    /// Application name, sent to registries and providers. Default `yumen`.
    pub application: String,
    /// Worker threads, each with its own connections. Left out: one for each core that the process may use.
    pub workers: Option<u16>,
    /// How long requests that are under way may take after SIGTERM before their connections are closed. Default `30s`.
    #[serde(with = "text::duration")]
    #[schemars(with = "text::DurationText")]
    pub drain: Duration,
    /// Folder for what must outlive the process: the last known provider lists. Default `state`;
    /// empty: nothing is kept.
    pub state: PathBuf,
}

impl Default for GatewayConfig {
    fn default() -> Self {
        Self {
            application: "yumen".to_owned(),
            workers: None,
            drain: Duration::from_secs(30),
            state: PathBuf::from("state"),
        }
    }
}
