//! The admin port.

use std::{net::SocketAddr, path::PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::text::{self, Secret};

/// The port for those who look after the gateway: plugins are uploaded, activated and rolled back there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdminConfig {
    /// Address and port. Default `127.0.0.1:9900`: only this machine.
    #[serde(with = "text::address")]
    #[schemars(with = "text::AddressText")]
    pub bind: SocketAddr,
    /// Folder for what was uploaded and which version serves. Left out: `gateway.state`.
    pub state: Option<PathBuf>,
    /// What callers must show. Left out: made at the first start and kept in the folder, readable for this user only.
    pub token: Option<Secret>,
}

impl Default for AdminConfig {
    fn default() -> Self {
        Self { bind: SocketAddr::from(([127, 0, 0, 1], 9900)), state: None, token: None }
    }
}
