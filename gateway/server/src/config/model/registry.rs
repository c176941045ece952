//! Where providers are looked up.

use std::{path::PathBuf, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::{self, OneOrMany, Secret};

/// One place where providers are looked up.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistryConfig {
    /// Name, unique among registries.
    pub name: String,
    /// What kind of registry it is; the kind decides which of the other keys apply.
    #[serde(rename = "type")]
    pub kind: RegistryKind,
    /// zookeeper: one `host:port` or a list of them.
    #[serde(default)]
    pub address: OneOrMany<String>,
    /// zookeeper: root path, as the providers' `group` parameter of their registry address, with the chroot of that address
    /// before it, as in `apps/dubbo`. Default `dubbo`.
    #[serde(default = "RegistryConfig::default_root")]
    pub root: String,
    /// zookeeper: user of digest authentication.
    #[serde(default)]
    pub username: Option<Secret>,
    /// zookeeper: password of digest authentication.
    #[serde(default)]
    pub password: Option<Secret>,
    /// zookeeper: session timeout asked for. Default `30s`.
    #[serde(default = "RegistryConfig::default_session_timeout", with = "text::duration")]
    #[schemars(with = "text::DurationText")]
    pub session_timeout: Duration,
    /// zookeeper: how long one attempt to connect may take. Default `5s`.
    #[serde(default = "RegistryConfig::default_connect_timeout", with = "text::duration")]
    #[schemars(with = "text::DurationText")]
    pub connect_timeout: Duration,
    /// zookeeper: how long the last providers of a service are kept when the registry suddenly lists none, while at
    /// least one of them still takes connections. Left out: for as long as one of them does.
    #[serde(default, with = "text::optional_duration")]
    #[schemars(with = "Option<text::DurationText>")]
    pub keep_unconfirmed: Option<Duration>,
    /// zookeeper: list this gateway under `consumers` of each service it calls. Default true.
    #[serde(default = "text::yes")]
    pub register: bool,
    /// file: the file with one provider URL a line, read again when it changes; a relative path counts from the
    /// folder of the main file.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// static: provider URLs, such as `dubbo://10.0.0.5:20880/com.acme.UserService?version=1.0.0`.
    #[serde(default)]
    pub providers: Vec<String>,
}

impl RegistryConfig {
    /// Keys that only one kind has: the key, its kind, and whether it is given.
    pub(crate) fn keys_of_kinds(&self) -> [(&'static str, RegistryKind, bool); 5] {
        let zookeeper = RegistryKind::Zookeeper;
        [
            ("address", zookeeper, !self.address.is_empty()),
            ("username", zookeeper, self.username.is_some()),
            ("password", zookeeper, self.password.is_some()),
            ("path", RegistryKind::File, self.path.is_some()),
            ("providers", RegistryKind::Static, !self.providers.is_empty()),
        ]
    }

    fn default_root() -> String {
        "dubbo".to_owned()
    }

    fn default_session_timeout() -> Duration {
        Duration::from_secs(30)
    }

    fn default_connect_timeout() -> Duration {
        Duration::from_secs(5)
    }
}

/// Kinds of registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RegistryKind {
    /// Apache ZooKeeper, interface level, as Dubbo's own `zookeeper://` registry.
    Zookeeper,
    /// Provider URLs written in this file.
    Static,
    /// Provider URLs in a file of their own, watched.
    File,
    /// In the process itself: providers that run inside the gateway, such as the demo's.
    Embedded,
}

impl RegistryKind {
    /// The word for it in the file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Zookeeper => "zookeeper",
            Self::Static => "static",
            Self::File => "file",
            Self::Embedded => "embedded",
        }
    }
}
