//! Calls stay in the gateway's zone, as long as enough providers are there.

use std::collections::HashSet;

use serde::Deserialize;
use yumen_plugin::{Decision, Endpoint, FailurePolicy, Manifest, Route, Router, Snapshot};

/// Which zone is near, and when it is enough.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    zone: String,
    #[serde(default)]
    parameter: Option<String>,
    #[serde(default)]
    minimum_percent: u32,
    #[serde(default = "one")]
    minimum_providers: u32,
}

const fn one() -> u32 {
    1
}

/// The plugin.
pub struct ZoneRouter {
    config: Config,
    /// Services whose calls stay; their list is number 0.
    near: HashSet<String>,
}

impl Router for ZoneRouter {
    type Config = Config;

    fn describe() -> Manifest {
        yumen_plugin::manifest!().schema(include_str!("../config.schema.json")).on_failure(FailurePolicy::Open)
    }

    fn configure(config: Config) -> Result<ZoneRouter, String> {
        if config.minimum_percent > 100 {
            return Err(format!("{} is no percentage", config.minimum_percent));
        }
        Ok(ZoneRouter { config, near: HashSet::new() })
    }

    fn prepare(&mut self, snapshot: Snapshot) -> Result<Vec<Vec<u32>>, String> {
        let weight = |endpoint: &Endpoint| u64::from(endpoint.weight.max(1));
        let all: u64 = snapshot.endpoints.iter().map(weight).sum();
        let near: Vec<(u32, &Endpoint)> =
            (0_u32..).zip(&snapshot.endpoints).filter(|(_, endpoint)| self.is_near(endpoint)).collect();
        let share: u64 = near.iter().map(|(_, endpoint)| weight(endpoint)).sum();
        let enough = near.len() >= self.config.minimum_providers.max(1) as usize
            && share * 100 >= all * u64::from(self.config.minimum_percent);
        if !enough {
            self.near.remove(&snapshot.service);
            return Ok(Vec::new());
        }
        let places = near.iter().map(|(place, _)| *place).collect();
        self.near.insert(snapshot.service);
        Ok(vec![places])
    }

    fn route(&self, route: &Route) -> Decision {
        if self.near.contains(route.service) { Decision::Subset(0) } else { Decision::All }
    }
}

impl ZoneRouter {
    fn is_near(&self, endpoint: &Endpoint) -> bool {
        match &self.config.parameter {
            Some(parameter) => {
                endpoint.parameters.iter().any(|(name, value)| name == parameter && *value == self.config.zone)
            }
            None => endpoint.zone == self.config.zone,
        }
    }
}

yumen_plugin::export_router!(ZoneRouter);

#[cfg(test)]
mod tests {
    use super::*;
    use yumen_plugin::testing::{load_router, snapshot};

    const EAST: &[(&str, &str)] = &[("zone", "east"), ("rack", "1")];
    const WEST: &[(&str, &str)] = &[("zone", "west")];

    /// The places that calls may go to; `None` for all.
    fn near(config: &str, providers: &[&[(&str, &str)]]) -> Option<Vec<u32>> {
        let mut router = load_router::<ZoneRouter>(config).unwrap();
        let lists = router.prepare(snapshot("users", providers)).unwrap();
        match router.route("users", []) {
            Decision::Subset(list) => Some(lists[list as usize].clone()),
            Decision::All => None,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn calls_stay_in_the_zone() {
        assert_eq!(near(r#"{"zone": "east"}"#, &[WEST, EAST, WEST, EAST]), Some(vec![1, 3]));
        assert_eq!(near(r#"{"zone": "1", "parameter": "rack"}"#, &[WEST, EAST]), Some(vec![1]));
    }

    #[test]
    fn a_zone_with_nobody_or_too_few_is_left() {
        assert_eq!(near(r#"{"zone": "north"}"#, &[WEST, EAST]), None);
        assert_eq!(near(r#"{"zone": "east", "minimum_percent": 26}"#, &[WEST, WEST, WEST, EAST]), None);
        assert_eq!(near(r#"{"zone": "east", "minimum_percent": 25}"#, &[WEST, WEST, WEST, EAST]), Some(vec![3]));
        assert_eq!(near(r#"{"zone": "east", "minimum_providers": 2}"#, &[WEST, EAST]), None);
        assert_eq!(near(r#"{"zone": "east", "minimum_providers": 0}"#, &[]), None);
    }

    #[test]
    fn calls_leave_when_the_zone_thins_out_and_come_back() {
        let mut router = load_router::<ZoneRouter>(r#"{"zone": "east"}"#).unwrap();
        for (providers, stays) in [(vec![EAST, WEST], true), (vec![WEST], false), (vec![WEST, EAST], true)] {
            router.prepare(snapshot("users", &providers)).unwrap();
            assert_eq!(router.route("users", []) == Decision::Subset(0), stays);
        }
        assert_eq!(router.route("orders", []), Decision::All);
    }
}
