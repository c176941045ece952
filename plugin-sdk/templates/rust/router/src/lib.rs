//! Sends calls to the providers of the zone that the request names, where there are any.

use std::collections::HashMap;

use yumen_plugin::{Decision, Manifest, NoConfig, Route, Router, Snapshot};

/// For each service: the number of the list of each zone.
#[derive(Default)]
struct AddTenant(HashMap<String, HashMap<String, u32>>);

impl Router for AddTenant {
    type Config = NoConfig;

    fn describe() -> Manifest {
        yumen_plugin::manifest!().wants_of_calls(["request.x-zone"])
    }

    fn configure(_: NoConfig) -> Result<Self, String> {
        Ok(Self::default())
    }

    fn prepare(&mut self, snapshot: Snapshot) -> Result<Vec<Vec<u32>>, String> {
        let (mut zones, mut lists) = (HashMap::new(), Vec::<Vec<u32>>::new());
        for (place, endpoint) in (0..).zip(snapshot.endpoints) {
            let list = *zones.entry(endpoint.zone).or_insert_with(|| {
                lists.push(Vec::new());
                lists.len() as u32 - 1
            });
            lists[list as usize].push(place);
        }
        self.0.insert(snapshot.service, zones);
        Ok(lists)
    }

    fn route(&self, route: &Route) -> Decision {
        let list = route.get("request.x-zone").and_then(|zone| self.0.get(route.service)?.get(zone));
        list.map_or(Decision::All, |&list| Decision::Subset(list))
    }
}

yumen_plugin::export_router!(AddTenant);
