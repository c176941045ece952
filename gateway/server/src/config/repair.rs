//! All faults of shape at once: read, take out what is faulty, read again.
//!
//! serde stops at the first fault. So the faulty entry is reported and taken out of a copy of the tree, a
//! needed one is replaced by a stand-in, and reading starts over until it succeeds. Where something was taken
//! out is kept as [`Damage`], so that later checks hold their tongue about that, and only about that.

use serde::Deserialize;

use super::{
    echo::Damage,
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
    pub(super) damage: Damage,
    /// Keys that an unknown one was probably meant to be.
    meant: Vec<ConfigPath>,
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
        let misspelt = finding.code == Code::MISSING_KEY && self.meant.iter().any(|key| key.is_within(&hole));
        if !misspelt && !self.damage.holds(&hole) {
            self.findings.push(finding);
        }
        if let (Some(meant), Some((_, around))) = (meant, hole.segments().split_last())
            && around.iter().try_fold(tree, Node::step_mut).is_some_and(|around| around.entry(meant).is_none())
        {
            let meant = ConfigPath::from(around.to_vec()).key(meant);
            self.damage.add(meant.clone());
            self.meant.push(meant);
        }
        self.damage.add(hole);
        mended && self.findings.len() < MOST_FAULTS
    }
}

/// Takes out what stands at `path`, or puts something harmless there where those after it would change their numbers.
fn take_out(root: &mut Node, path: &ConfigPath) -> bool {
    let Some((last, before)) = path.segments().split_last() else { return false };
    let Some(around) = before.iter().try_fold(root, Node::step_mut) else { return false };
    let Some(value) = around.step_mut(last) else { return false };
    match harmless(path.segments(), value) {
        Some(harmless) => {
            *value = harmless;
            true
        }
        None => around.take(last),
    }
}

/// What to put in the place of a faulty item, so that later faults about its list have the right numbers.
fn harmless(path: &[Segment], faulty: &Node) -> Option<Node> {
    use Segment::{Index, Key};
    let place = faulty.place;
    let key = |segment: &Segment, word: &str| matches!(segment, Key(key) if key == word);
    match path {
        // An entry of one of the main lists: an empty one, which is then found to lack keys, silently.
        [Key(_), Index(_)] if faulty.entries().is_empty() => Some(mapping(&["name"], place)),
        [.., list, Index(_)] if key(list, "args") => Some(Node::plain("request.id", place)),
        [.., list, Index(_), from] if key(list, "args") && key(from, "from") => Some(Node::plain("request.id", place)),
        [.., list, Index(_)] if key(list, "params") => Some(Node::plain("object", place)),
        [.., list, Index(_)] if key(list, "errors") => Some(mapping(&["exception", "status"], place)),
        [.., list, Key(_), Index(_)] if key(list, "methods") => Some(Node::mapping(place)),
        _ => None,
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

/// Something acceptable for each key that is needed anywhere. Names and paths are like no other.
fn stand_in(key: &str, place: Place) -> Option<Node> {
    let unlike_others = format!("?{}", place.start);
    let text = match key {
        "version" => "1",
        "bind" => "0.0.0.0:0",
        "type" => "embedded",
        "name" | "path" => &unlike_others,
        "status" => "500",
        "interface" | "service" | "method" | "exception" | "const" => "x",
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
