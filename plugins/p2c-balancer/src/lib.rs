//! Power of two choices: of two providers picked by chance, the one that is less busy.
//!
//! Busy is what waits times how long it takes, by weight. A provider of which no call has ended yet is taken to be as quick as
//! the other one, so that it is neither flooded nor left out.

use std::collections::BTreeMap;

use serde::Deserialize;
use yumen_plugin::{FailurePolicy, LoadBalancer, Manifest, Pick, Snapshot, stats, system};

/// What counts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    #[serde(default = "yes")]
    latency: bool,
}

const fn yes() -> bool {
    true
}

/// The plugin.
pub struct P2c {
    latency: bool,
    chance: u64,
    /// The weights of each list's providers.
    lists: BTreeMap<u32, Vec<u32>>,
}

impl LoadBalancer for P2c {
    type Config = Config;

    fn describe() -> Manifest {
        yumen_plugin::manifest!().schema(include_str!("../config.schema.json")).on_failure(FailurePolicy::Open)
    }

    fn configure(config: Config) -> Result<P2c, String> {
        Ok(P2c { latency: config.latency, chance: system::random() | 1, lists: BTreeMap::new() })
    }

    fn rebuild(&mut self, list: u32, snapshot: Snapshot) -> Result<(), String> {
        self.lists.insert(list, snapshot.endpoints.iter().map(|endpoint| endpoint.weight).collect());
        Ok(())
    }

    fn forget(&mut self, list: u32) {
        self.lists.remove(&list);
    }

    fn pick(&mut self, pick: &Pick) -> Option<u32> {
        // Xorshift: no crossing for a number that need not be secret.
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        let weights = self.lists.get(&pick.list)?;
        let excluded = pick.exclude.filter(|place| (*place as usize) < weights.len());
        let choices = weights.len() as u64 - u64::from(excluded.is_some());
        // With nobody else, the excluded one is still better than nobody.
        let (choices, excluded) = if choices == 0 { (weights.len() as u64, None) } else { (choices, excluded) };
        let place = |number: u64| {
            let place = number as u32;
            place + u32::from(excluded.is_some_and(|excluded| place >= excluded))
        };
        if choices < 2 {
            return (choices == 1).then(|| place(0));
        }
        let first = ((self.chance >> 32) * choices) >> 32;
        let second = ((self.chance & 0xffff_ffff) * (choices - 1)) >> 32;
        let second = second + u64::from(second >= first);
        Some(self.less_busy(weights, place(first), place(second)))
    }
}

impl P2c {
    fn less_busy(&self, weights: &[u32], one: u32, other: u32) -> u32 {
        let latency = |place: u32| if self.latency { u64::from(stats::latency(place)) } else { 0 };
        let (slow_one, slow_other) = match (latency(one), latency(other)) {
            (0, 0) => (1, 1),
            (0, known) | (known, 0) => (known, known),
            both => both,
        };
        let weight = |place: u32| u128::from(weights.get(place as usize).copied().unwrap_or(1).max(1));
        let load = |place: u32, slow: u64| u128::from(u64::from(stats::active(place)) + 1) * u128::from(slow);
        // load / weight, compared without dividing
        if load(other, slow_other) * weight(one) < load(one, slow_one) * weight(other) { other } else { one }
    }
}

yumen_plugin::export_load_balancer!(P2c);

#[cfg(test)]
mod tests {
    use super::*;
    use yumen_plugin::testing::{self, EndpointNumbers, load_balancer, snapshot};

    fn balancer(config: &str, numbers: &[(u32, u32)]) -> testing::Balancer<P2c> {
        testing::host(|host| {
            host.random = 0x1234_5678_9abc_def1;
            host.endpoints = numbers
                .iter()
                .map(|(active, latency)| EndpointNumbers { active: *active, latency: *latency, available: true })
                .collect();
        });
        let mut balancer: testing::Balancer<P2c> = load_balancer(config).unwrap();
        balancer.rebuild(7, snapshot("users", &vec![&[][..]; numbers.len()])).unwrap();
        balancer
    }

    fn counts(balancer: &mut testing::Balancer<P2c>, providers: usize) -> Vec<usize> {
        let mut counts = vec![0; providers];
        for _ in 0..3000 {
            counts[balancer.pick(7, 0).unwrap() as usize] += 1;
        }
        counts
    }

    #[test]
    fn equal_providers_share_evenly() {
        let counts = counts(&mut balancer("{}", &[(0, 1000); 3]), 3);
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    }

    #[test]
    fn the_busiest_is_never_picked_and_the_idlest_most() {
        let by_active = counts(&mut balancer("{}", &[(9, 1000), (1, 1000), (0, 1000)]), 3);
        assert!(by_active[0] == 0 && by_active[2] > by_active[1], "{by_active:?}");
        let by_latency = counts(&mut balancer("{}", &[(0, 9000), (0, 2000), (0, 1000)]), 3);
        assert!(by_latency[0] == 0 && by_latency[2] > by_latency[1], "{by_latency:?}");
        let without = counts(&mut balancer(r#"{"latency": false}"#, &[(0, 9000), (1, 1000), (1, 1000)]), 3);
        assert!(without[0] > 1700, "{without:?}");
    }

    #[test]
    fn a_new_provider_is_as_good_as_its_rival() {
        let counts = counts(&mut balancer("{}", &[(0, 1000), (0, 0), (0, 1000)]), 3);
        assert!(counts.iter().all(|count| *count > 500), "{counts:?}");
        let counts = self::counts(&mut balancer("{}", &[(0, 1000), (1, 0), (0, 1000)]), 3);
        assert_eq!(counts[1], 0);
    }

    #[test]
    fn the_one_that_just_failed_is_not_picked_again_while_others_are_there() {
        let mut three = balancer("{}", &[(0, 1000); 3]);
        assert!((0..200).all(|_| three.pick_again(7, 0, 1, 1) != Some(1)));
        assert!((0..200).all(|_| three.pick_again(7, 0, 1, 9) < Some(3)));
        let mut one = balancer("{}", &[(0, 1000)]);
        assert_eq!(one.pick_again(7, 0, 1, 0), Some(0));
        let mut two = balancer("{}", &[(0, 1000); 2]);
        assert!((0..50).all(|_| two.pick_again(7, 0, 1, 0) == Some(1)));
    }

    #[test]
    fn an_unknown_or_empty_list_is_left_to_the_gateway() {
        let mut balancer = balancer("{}", &[]);
        assert_eq!(balancer.pick(7, 0), None);
        assert_eq!(balancer.pick(8, 0), None);
        balancer.forget(7);
        assert_eq!(balancer.pick(7, 0), None);
    }
}
