//! All faults of shape at once: read, take out what is faulty, read again.
//!
//! serde stops at the first fault. So the faulty entry is reported and taken out of a copy of the tree, a
//! needed one is replaced by a stand-in, and reading starts over until it succeeds. What stands where
//! something was taken out is *damaged*: later checks hold their tongue about it.

use serde::Deserialize;

use super::{
    finding::{Code, Finding},
    locate::{ConfigPath, Place, Segment},
    model::Config,
    node::{Entry, Key, Kind, Node},
    outside::Outside,
    shape::{Reading, ShapeError},
};

/// Faults looked for before giving up; 20 are shown.
const MOST_FAULTS: usize = 40;

/// What could be read.
#[derive(Default)]
pub(super) struct Shape {
    /// The configuration without its faulty parts; `None` when too little is left.
    pub(super) config: Option<Config>,
    /// One finding for each fault.
    pub(super) findings: Vec<Finding>,
    /// Where something was taken out or put in.
    damaged: Vec<ConfigPath>,
    /// Needed or possible keys that an unknown key was probably meant to be.
    misspelt: Vec<ConfigPath>,
}

/// Reads the tree, as often as it takes.
pub(super) fn read(root: &Node, outside: &Outside<'_>) -> Shape {
    let mut shape = Shape::default();
    let mut copy: Option<Node> = None;
    for _ in 0..MOST_FAULTS * 2 {
        let node = copy.as_ref().unwrap_or(root);
        match Config::deserialize(Reading { node, outside }) {
            Ok(config) => {
                shape.config = Some(config);
                break;
            }
            Err(error) => {
                if !shape.take_in(error, copy.get_or_insert_with(|| root.clone())) {
                    break;
                }
            }
        }
    }
    shape
}

impl Shape {
    /// Reports the fault and mends the tree. False when there is no going on.
    fn take_in(&mut self, error: ShapeError, tree: &mut Node) -> bool {
        let missing = error.missing_key();
        let meant = error.meant_key();
        let finding = error.into_finding();
        let mended = match missing {
            Some(key) => put_stand_in(tree, &finding.at, key),
            None => take_out(tree, &finding.at),
        };
        let hole = missing.map_or_else(|| finding.at.clone(), |key| finding.at.clone().key(key));
        if let Some(meant) = meant {
            let around = finding.at.segments().split_last().map_or(&[][..], |(_, before)| before).to_vec();
            self.misspelt.push(ConfigPath::from(around).key(meant));
        }
        let incomplete = finding.code == Code::MISSING_KEY;
        let echo = self.damaged.iter().any(|damage| hole.is_within(damage))
            || (incomplete && self.misspelt.iter().any(|key| key.is_within(&hole)));
        if !echo {
            self.findings.push(finding);
        }
        self.damaged.push(hole);
        mended && self.findings.len() < MOST_FAULTS
    }
}

/// Takes out what stands at `path`. An entry of one of the main lists leaves an empty one behind, so that
/// those after it keep their numbers.
fn take_out(root: &mut Node, path: &ConfigPath) -> bool {
    let Some((last, before)) = path.segments().split_last() else { return false };
    let Some(around) = before.iter().try_fold(root, Node::step_mut) else { return false };
    match (before, around.step_mut(last)) {
        ([Segment::Key(_)], Some(item)) if matches!(last, Segment::Index(_)) && item.entries().is_empty() => {
            *item = Node::mapping(item.place);
            item.put(Key { text: "name".into(), place: item.place }, Node::plain("x", item.place));
            true
        }
        _ => around.take(last),
    }
}

/// Puts something acceptable under the missing `key`, so that reading goes on.
fn put_stand_in(root: &mut Node, path: &ConfigPath, key: &str) -> bool {
    let Some(around) = path.segments().iter().try_fold(root, Node::step_mut) else { return false };
    let place = around.place;
    let Some(value) = stand_in(key, place) else { return false };
    around.put(Key { text: key.into(), place }, value);
    true
}

/// Something acceptable for each key that is needed anywhere.
fn stand_in(key: &str, place: Place) -> Option<Node> {
    let text = match key {
        "version" => "1",
        "bind" => "0.0.0.0:0",
        "type" => "embedded",
        "path" => "/",
        "status" => "500",
        "name" | "interface" | "service" | "method" | "exception" | "const" => "x",
        "match" => return Some(mapping(&["path"], place)),
        "to" => return Some(mapping(&["service", "method"], place)),
        _ => return None,
    };
    Some(Node::plain(text, place))
}

fn mapping(keys: &[&str], place: Place) -> Node {
    let entry = |key: &&str| {
        let value = stand_in(key, place)?;
        Some(Entry { key: Key { text: (*key).into(), place }, value })
    };
    Node { kind: Kind::Mapping(keys.iter().filter_map(entry).collect()), place }
}

impl Shape {
    /// Whether a later finding may only be an echo of what was taken out.
    pub(super) fn is_echo(&self, finding: &Finding) -> bool {
        let entry = ConfigPath::from(finding.at.segments().iter().take(2).cloned().collect::<Vec<_>>());
        let damage_in = |path: &ConfigPath| self.damaged.iter().any(|damage| damage.is_within(path));
        let damage_in_lists =
            || ["services", "registries"].iter().any(|list| damage_in(&ConfigPath::root().key(*list)));
        let in_the_way = damage_in(&finding.at) || self.damaged.iter().any(|damage| finding.at.is_within(damage));
        in_the_way
            || match finding.code {
                Code::UNKNOWN_REGISTRY | Code::UNKNOWN_SERVICE | Code::UNKNOWN_METHOD => damage_in_lists(),
                Code::ARGUMENT_COUNT => damage_in_lists() || damage_in(&entry),
                Code::REGISTRY_KEYS
                | Code::UNKNOWN_PATH_PARAMETER
                | Code::UNUSED_PATH_PARAMETER
                | Code::ROUTE_CONFLICT
                | Code::MIXED_BODY => damage_in(&entry),
                _ => false,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks the schema for every list of needed keys.
    fn required_keys(schema: &serde_json::Value, keys: &mut Vec<String>) {
        match schema {
            serde_json::Value::Object(members) => {
                if let Some(serde_json::Value::Array(required)) = members.get("required") {
                    keys.extend(required.iter().filter_map(|key| key.as_str().map(str::to_owned)));
                }
                members.values().for_each(|member| required_keys(member, keys));
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| required_keys(item, keys)),
            _ => {}
        }
    }

    #[test]
    fn every_needed_key_has_a_stand_in() {
        let schema = serde_json::from_str(&crate::config::schema_text()).unwrap();
        let mut keys = Vec::new();
        required_keys(&schema, &mut keys);
        assert!(keys.len() > 8);
        for key in keys.iter().filter(|key| !matches!(key.as_str(), "enum" | "env" | "file")) {
            assert!(stand_in(key, Place::default()).is_some(), "no stand-in for {key}");
        }
    }
}
