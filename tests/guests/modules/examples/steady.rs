//! A balancer that sends the same key to the same place, and without one to whom has least to do.

use std::collections::HashMap;

use serde::Deserialize;
use yumen_plugin::{LoadBalancer, Manifest, Pick, Snapshot, stats};

/// What it bears.
#[derive(Deserialize)]
struct Config {
    /// Lists that one instance can hold; it traps at the next. Left out: any number.
    most: Option<usize>,
}

struct Steady {
    most: usize,
    lengths: HashMap<u32, u32>,
}

impl LoadBalancer for Steady {
    type Config = Config;

    fn describe() -> Manifest {
        Manifest::new("steady", "1.0.0").wants_of_calls(["request.x-key"])
    }

    fn configure(config: Config) -> Result<Steady, String> {
        Ok(Steady { most: config.most.unwrap_or(usize::MAX), lengths: HashMap::new() })
    }

    fn rebuild(&mut self, list: u32, snapshot: Snapshot) -> Result<(), String> {
        self.lengths.insert(list, snapshot.endpoints.len() as u32);
        assert!(self.lengths.len() <= self.most, "too many lists");
        Ok(())
    }

    fn forget(&mut self, list: u32) {
        self.lengths.remove(&list);
    }

    fn pick(&mut self, pick: &Pick) -> Option<u32> {
        let length = *self.lengths.get(&pick.list)?;
        let chosen = (pick.key % u64::from(length)) as u32;
        match pick.exclude {
            Some(tried) if tried == chosen => {
                (0..length).filter(|place| *place != tried).min_by_key(|place| stats::active(*place))
            }
            _ => Some(chosen),
        }
    }
}

yumen_plugin::export_load_balancer!(Steady);
