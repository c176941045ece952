//! All faults of shape at once: read, take out what is faulty, read again.
//!
//! serde stops at the first fault. So the faulty entry is reported and taken out of a copy of the tree, a
//! needed one is replaced by a stand-in, and reading starts over until it succeeds. What stands where
//! something was taken out is *damaged*: later checks hold their tongue about it.

use serde::Deserialize;

use super::{
    finding::{Finding, Part},
    locate::{ConfigPath, Place, Segment},
    model::Config,
    node::{Entry, Key, Kind, Node},
    outside::Outside,
    shape::{Reading, What},
};

/// Faults looked for before giving up; 20 are shown.
const MOST_FAULTS: usize = 40;

/// What could be read.
pub(super) struct Shape {
    /// The configuration without its faulty parts; `None` when too little is left.
    pub(super) config: Option<Config>,
    /// One finding for each fault.
    pub(super) findings: Vec<Finding>,
    /// Where something was taken out or put in.
    pub(super) damaged: Vec<ConfigPath>,
}

/// Reads the tree, as often as it takes.
pub(super) fn read(root: &Node, outside: &Outside<'_>) -> Shape {
    let mut shape = Shape { config: None, findings: Vec::new(), damaged: Vec::new() };
    let mut copy: Option<Node> = None;
    for _ in 0..MOST_FAULTS * 2 {
        let node = copy.as_ref().unwrap_or(root);
        let error = match Config::deserialize(Reading { node, outside }) {
            Ok(config) => {
                shape.config = Some(config);
                break;
            }
            Err(error) => error,
        };
        let missing = match error.what {
            What::MissingKey(key) => Some(key),
            _ => None,
        };
        let finding = error.into_finding();
        let tree = copy.get_or_insert_with(|| root.clone());
        let mended = match missing {
            Some(key) => put_stand_in(tree, &finding.at, key),
            None => take_out(tree, &finding.at),
        };
        let hole = missing.map_or_else(|| finding.at.clone(), |key| finding.at.clone().key(key));
        if !shape.damaged.iter().any(|damage| hole.is_within(damage)) {
            shape.findings.push(finding);
        }
        shape.damaged.push(hole);
        if !mended || shape.findings.len() >= MOST_FAULTS {
            break;
        }
    }
    shape
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
        let segments = finding.at.segments();
        let entry = ConfigPath::from(segments.iter().take(2).cloned().collect::<Vec<_>>());
        let same_entry = self.damaged.iter().any(|damage| damage.is_within(&entry) && related(damage, &finding.at));
        let names = ["services", "registries"].map(|list| ConfigPath::root().key(list));
        let names_unsure = self.damaged.iter().any(|damage| names.iter().any(|list| damage.is_within(list)));
        same_entry || (names_unsure && segments.len() > 2 && finding.part == Part::Value)
    }
}

/// Whether a hole at `damage` can be the reason of a finding at `path`: one lies in the other, or both lie
/// in the parts of a route that are checked against each other.
fn related(damage: &ConfigPath, path: &ConfigPath) -> bool {
    let woven = |path: &ConfigPath| {
        matches!(path.segments().get(2), Some(Segment::Key(key)) if matches!(&**key, "match" | "args" | "attachments"))
    };
    damage.is_within(path) || path.is_within(damage) || (woven(damage) && woven(path))
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
        for key in keys.iter().filter(|key| *key != "enum") {
            assert!(stand_in(key, Place::default()).is_some(), "no stand-in for {key}");
        }
    }
}
