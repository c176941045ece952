//! Calls with the same key go to the same provider: a ring of hashes.
//!
//! A provider that comes or goes moves only the keys that are its own. Places on the ring follow from addresses, so that all
//! workers, all gateways and a restarted one agree.

use std::collections::BTreeMap;

use serde::Deserialize;
use yumen_plugin::{Endpoint, FailurePolicy, LoadBalancer, Manifest, Pick, Snapshot, counters, stats};

/// What the key is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    key: Vec<String>,
    #[serde(default = "points")]
    points: u32,
}

const fn points() -> u32 {
    160
}

/// The most points that one provider may have, whatever its weight.
const MOST_POINTS: u64 = 4000;

/// The plugin.
pub struct Sticky {
    key: Vec<String>,
    points: u32,
    rings: BTreeMap<u32, Vec<Point>>,
}

/// A place on the ring, and whose it is.
#[derive(Clone, Copy)]
struct Point {
    at: u64,
    place: u32,
}

impl LoadBalancer for Sticky {
    type Config = Config;

    fn describe() -> Manifest {
        yumen_plugin::manifest!().schema(include_str!("../config.schema.json")).on_failure(FailurePolicy::Open)
    }

    fn configure(config: Config) -> Result<Sticky, String> {
        if config.key.is_empty() || config.points == 0 {
            return Err("a key and at least one point are needed".to_owned());
        }
        Ok(Sticky { key: config.key, points: config.points, rings: BTreeMap::new() })
    }

    fn configured(&self, manifest: Manifest) -> Manifest {
        manifest.wants_of_calls(self.key.iter().map(String::as_str))
    }

    fn rebuild(&mut self, list: u32, snapshot: Snapshot) -> Result<(), String> {
        let mut ring = Vec::new();
        for (place, endpoint) in (0_u32..).zip(&snapshot.endpoints) {
            let points = self.points_of(endpoint);
            ring.extend((0..points).map(|number| Point { at: point(&endpoint.address, number), place }));
        }
        // Two points at one place would make the order of the list decide.
        ring.sort_unstable_by_key(|point| (point.at, point.place));
        self.rings.insert(list, ring);
        Ok(())
    }

    fn forget(&mut self, list: u32) {
        self.rings.remove(&list);
    }

    fn pick(&mut self, pick: &Pick) -> Option<u32> {
        let ring = self.rings.get(&pick.list)?;
        if pick.key == 0 {
            return None;
        }
        let start = ring.partition_point(|point| point.at < mixed(pick.key));
        let clockwise = || ring[start..].iter().chain(&ring[..start]).map(|point| point.place);
        let fits = |place: &u32| Some(*place) != pick.exclude && stats::available(*place);
        let first = clockwise().next()?;
        if fits(&first) {
            return Some(first);
        }
        // The next on the ring takes over, and each is asked once.
        let mut asked = vec![first];
        for place in clockwise() {
            if !asked.contains(&place) {
                if fits(&place) {
                    return Some(place);
                }
                asked.push(place);
            }
        }
        None
    }
}

impl Sticky {
    fn points_of(&self, endpoint: &Endpoint) -> u64 {
        (u64::from(self.points) * u64::from(endpoint.weight) / 100).clamp(1, MOST_POINTS)
    }
}

fn point(address: &str, number: u64) -> u64 {
    mixed(counters::hash(address.as_bytes()) ^ mixed(number + 1))
}

/// Spreads near numbers far apart (the finish of splitmix64).
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

yumen_plugin::export_load_balancer!(Sticky);

#[cfg(test)]
mod tests {
    use super::*;
    use yumen_plugin::testing::{self, EndpointNumbers, load_balancer};

    const KEYS: u64 = 10_000;

    fn snapshot(weights: &[(u32, u32)]) -> Snapshot {
        let endpoint = |&(number, weight): &(u32, u32)| Endpoint {
            id: 0,
            address: format!("10.0.0.{number}:20880"),
            weight,
            zone: String::new(),
            parameters: Vec::new(),
        };
        Snapshot { service: "users".to_owned(), endpoints: weights.iter().map(endpoint).collect() }
    }

    fn balancer(weights: &[(u32, u32)]) -> testing::Balancer<Sticky> {
        let up = EndpointNumbers { active: 0, latency: 0, available: true };
        testing::host(|host| host.endpoints = vec![up; weights.len()]);
        let mut balancer: testing::Balancer<Sticky> = load_balancer(r#"{"key": ["argument.0"]}"#).unwrap();
        balancer.rebuild(0, snapshot(weights)).unwrap();
        balancer
    }

    /// Whom each key goes to, by number of its address.
    fn homes(weights: &[(u32, u32)]) -> Vec<u32> {
        let mut balancer = balancer(weights);
        (1..=KEYS).map(|key| weights[balancer.pick(0, key).unwrap() as usize].0).collect()
    }

    #[test]
    fn keys_are_spread_by_weight() {
        let homes = homes(&[(1, 100), (2, 100), (3, 200)]);
        let of = |number: u32| homes.iter().filter(|home| **home == number).count();
        assert!((2000..3000).contains(&of(1)) && (2000..3000).contains(&of(2)) && (4400..5600).contains(&of(3)));
    }

    #[test]
    fn a_provider_that_goes_moves_only_its_own_keys() {
        let before = homes(&[(1, 100), (2, 100), (3, 100), (4, 100)]);
        let after = homes(&[(1, 100), (2, 100), (4, 100)]);
        for (before, after) in before.iter().zip(&after) {
            assert!(before == after || *before == 3, "a key of {before} went to {after}");
        }
        assert!(after.iter().zip(&before).filter(|(after, before)| after != before).any(|(after, _)| *after == 1));
    }

    #[test]
    fn a_provider_that_comes_takes_keys_only_to_itself() {
        let before = homes(&[(1, 100), (2, 100), (4, 100)]);
        let after = homes(&[(4, 100), (3, 100), (1, 100), (2, 100)]);
        let moved = before
            .iter()
            .zip(&after)
            .filter(|(before, after)| before != after)
            .inspect(|(_, after)| assert_eq!(**after, 3));
        let moved = moved.count();
        assert!((1800..3200).contains(&moved), "{moved} of {KEYS}");
    }

    #[test]
    fn who_is_away_or_failed_is_passed_over_and_the_key_comes_back() {
        let mut balancer = balancer(&[(1, 100), (2, 100), (3, 100)]);
        let home = balancer.pick(0, 42).unwrap();
        let second = balancer.pick_again(0, 42, 1, home).unwrap();
        assert_ne!(home, second);
        testing::host(|host| host.endpoints[home as usize].available = false);
        assert_eq!(balancer.pick(0, 42), Some(second));
        testing::host(|host| host.endpoints.iter_mut().for_each(|endpoint| endpoint.available = false));
        assert_eq!(balancer.pick(0, 42), None);
        testing::host(|host| host.endpoints[home as usize].available = true);
        assert_eq!(balancer.pick(0, 42), Some(home));
    }

    #[test]
    fn a_call_without_key_and_an_unknown_list_are_left_to_the_gateway() {
        let mut balancer = balancer(&[(1, 100)]);
        assert_eq!(balancer.pick(0, 0), None);
        assert_eq!(balancer.pick(1, 42), None);
        balancer.rebuild(0, snapshot(&[])).unwrap();
        assert_eq!(balancer.pick(0, 42), None);
    }

    #[test]
    fn a_balancer_without_key_is_refused() {
        assert!(load_balancer::<Sticky>(r#"{"key": []}"#).is_err());
        assert!(load_balancer::<Sticky>("{}").is_err());
    }
}
