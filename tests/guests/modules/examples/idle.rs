//! A filter that is in the chain and takes part in nothing.

use yumen_plugin::{Filter, Manifest, NoConfig};

struct Idle;

impl Filter for Idle {
    type Config = NoConfig;

    fn describe() -> Manifest {
        Manifest::new("idle", "1.0.0")
    }

    fn configure(_config: NoConfig) -> Result<Idle, String> {
        Ok(Idle)
    }
}

yumen_plugin::export_filter!(Idle);
