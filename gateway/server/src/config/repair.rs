//! All faults of shape at once: read, mend what is faulty, read again.
//!
//! serde stops at the first fault. So the fault is reported and mended in a copy of the tree, and reading starts over until
//! it succeeds: a misspelt key is read as what it was meant to be, a missing one gets a stand-in, every other faulty entry is
//! taken out. Where something was taken out or made up is kept as [`Damage`], so that later checks hold their tongue about
//! that, and only about that.

use serde::Deserialize;

use super::{
    echo::Damage,
    finding::Finding,
    locate::{ConfigPath, Document, Place, Segment},
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
    /// Misspelt keys and what they were meant to be, in the order found.
    renamed: Vec<(ConfigPath, &'static str)>,
    /// Where these stand now.
    meant: Vec<ConfigPath>,
}

/// Reads the tree, as often as it takes. A misspelt key is told, and read as what it was meant to be, so that what stands
/// under it is checked, too; the document takes the right names.
pub(super) fn read(document: &mut Document, outside: &Outside<'_>) -> Shape {
    let mut shape = Shape::default();
    let mut copy: Option<Node> = None;
    for _ in 0..MOST_FAULTS * 2 {
        let node = copy.as_ref().unwrap_or(&document.root);
        match Config::deserialize(Reading { node, outside }) {
            Ok(config) => {
                shape.config = Some(config);
                break;
            }
            Err(error) => {
                if !shape.take_in(error, copy.get_or_insert_with(|| document.root.clone()), document) {
                    break;
                }
            }
        }
    }
    for (path, meant) in &shape.renamed {
        rename(&mut document.root, path, meant);
    }
    shape
}

/// Gives the key at `path` another name, if that is free.
fn rename(root: &mut Node, path: &ConfigPath, meant: &str) -> bool {
    let Some((Segment::Key(key), before)) = path.segments().split_last() else { return false };
    let Some(around) = before.iter().try_fold(root, Node::step_mut) else { return false };
    if around.entry(meant).is_some() {
        return false;
    }
    match &mut around.kind {
        Kind::Mapping(entries) => entries.iter_mut().filter(|entry| *entry.key.text == **key).for_each(|entry| {
            entry.key.text = meant.into();
        }),
        _ => return false,
    }
    true
}

impl Shape {
    /// Reports the fault and mends the tree. False when there is no going on.
    fn take_in(&mut self, error: ShapeError, tree: &mut Node, document: &Document) -> bool {
        let missing = error.missing_key();
        let meant = error.meant_key();
        let finding = error.into_finding();
        if let Some(meant) = meant
            && self.read_as(meant, &finding.at, tree, document)
        {
            let place = document.place_of(&self.as_written(&finding.at), finding.part);
            self.findings.push(finding.at_place(place));
            return self.findings.len() < MOST_FAULTS;
        }
        let mended = match missing {
            Some(key) => put_stand_in(tree, &finding.at, key),
            None => take_out(tree, &finding.at),
        };
        let hole = missing.map_or_else(|| finding.at.clone(), |key| finding.at.clone().key(key));
        // A value that does not fit where its key was only guessed says nothing.
        if !self.meant.contains(&hole) && !self.damage.holds(&hole) {
            self.findings.push(finding);
        }
        self.damage.add(hole);
        mended && self.findings.len() < MOST_FAULTS
    }

    /// Reads a key of a file as `meant`. Overrides are not read as what they do not say.
    fn read_as(&mut self, meant: &'static str, at: &ConfigPath, tree: &mut Node, document: &Document) -> bool {
        let Some((_, around)) = at.segments().split_last() else { return false };
        let from_file = document.is_from_file(&self.as_written(at));
        if !from_file || !rename(tree, at, meant) {
            return false;
        }
        self.renamed.push((at.clone(), meant));
        self.meant.push(ConfigPath::from(around.to_vec()).key(meant));
        true
    }

    /// The path in the document, in which nothing is renamed yet.
    fn as_written(&self, path: &ConfigPath) -> ConfigPath {
        let mut segments = path.segments().to_vec();
        for (written, meant) in self.renamed.iter().rev() {
            let last = written.segments().len().saturating_sub(1);
            let same = segments.get(..last) == written.segments().get(..last);
            if same && matches!(segments.get(last), Some(Segment::Key(key)) if key == meant) {
                segments[last] = written.segments()[last].clone();
            }
        }
        ConfigPath::from(segments)
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
        "interface" | "service" | "method" | "exception" | "const" | "plugin" | "source" => "x",
        "endpoints" => return Some(Node { kind: Kind::Sequence(Vec::new()), place }),
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
