//! Picks the provider with the fewest calls on their way.

use std::collections::HashMap;

use yumen_plugin::{LoadBalancer, Manifest, NoConfig, Pick, Snapshot, stats};

/// How many providers each list has.
#[derive(Default)]
struct AddTenant(HashMap<u32, u32>);

impl LoadBalancer for AddTenant {
    type Config = NoConfig;

    fn describe() -> Manifest {
        yumen_plugin::manifest!()
    }

    fn configure(_: NoConfig) -> Result<Self, String> {
        Ok(Self::default())
    }

    fn rebuild(&mut self, list: u32, snapshot: Snapshot) -> Result<(), String> {
        self.0.insert(list, snapshot.endpoints.len() as u32);
        Ok(())
    }

    fn forget(&mut self, list: u32) {
        self.0.remove(&list);
    }

    fn pick(&mut self, pick: &Pick) -> Option<u32> {
        let places = 0..*self.0.get(&pick.list)?;
        places
            .filter(|&place| Some(place) != pick.exclude && stats::available(place))
            .min_by_key(|&place| stats::active(place))
    }
}

yumen_plugin::export_load_balancer!(AddTenant);
