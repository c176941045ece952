//! Registries behind the traits of yumen-dubbo: ZooKeeper, files, the last known list.
//!
//! ```text
//!  open(options) ─▶ dyn Registry ─▶ subscribe ─▶ Instances, published for the workers
//!                      ├─ zookeeper   sessions, watches, metadata centre, empty lists doubted
//!                      ├─ file        one provider URL a line
//!                      └─ last_known  what a registry said last, on disk, served until it speaks again
//! ```
//! Everything here runs on the control plane. Opening never waits and never fails because a registry is away.

use std::sync::Arc;

use yumen_dubbo::registry::Registry;

pub mod file;
pub mod last_known;
pub mod zookeeper;

use file::{FileOptions, FileRegistry};
use zookeeper::{ZooKeeperOptions, ZooKeeperRegistry};

/// Which registry, and how to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistryOptions {
    /// Apache ZooKeeper, interface level.
    ZooKeeper(ZooKeeperOptions),
    /// A file of provider URLs.
    File(FileOptions),
}

/// Opens a registry; it connects in the background. To be called inside the control plane's runtime, which the
/// registry's tasks run on.
pub fn open(options: RegistryOptions) -> Arc<dyn Registry> {
    match options {
        RegistryOptions::ZooKeeper(options) => Arc::new(ZooKeeperRegistry::open(options)),
        RegistryOptions::File(options) => Arc::new(FileRegistry::open(options)),
    }
}
