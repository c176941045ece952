//! Changes of JSON: a member is set, removed or renamed where a path leads.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use yumen_plugin::json::{Json, Path, Step};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeConfig {
    path: String,
    #[serde(default, deserialize_with = "present")]
    set: Option<Box<RawValue>>,
    #[serde(default)]
    remove: bool,
    #[serde(default)]
    rename: Option<String>,
}

/// `set: null` is a value as any other.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(from).map(Some)
}

/// One change.
pub(crate) struct Change {
    path: Path,
    what: What,
}

enum What {
    Set(Json),
    Remove,
    Rename(String),
}

pub(crate) fn read(configs: Vec<ChangeConfig>) -> Result<Vec<Change>, String> {
    configs.into_iter().map(Change::new).collect()
}

impl Change {
    fn new(config: ChangeConfig) -> Result<Change, String> {
        let path = Path::parse(&config.path)?;
        let what = match (config.set, config.remove, config.rename) {
            (Some(value), false, None) => What::Set(Json::parse(value.get()).map_err(|error| error.to_string())?),
            (None, true, None) => What::Remove,
            (None, false, Some(name)) => What::Rename(name),
            _ => return Err(format!("`{}` needs one of `set`, `remove: true` and `rename`", config.path)),
        };
        let renames = matches!(what, What::Rename(_));
        match path.steps().last() {
            None if !matches!(what, What::Set(_)) => Err("`$` can only be `set`".to_owned()),
            Some(last) if renames && !matches!(last, Step::Member(_)) => {
                Err(format!("`{}` leads to no member by its name, which could be renamed", config.path))
            }
            _ => Ok(Change { path, what }),
        }
    }

    /// Applies it; how many values it changed.
    pub(crate) fn apply(&self, json: &mut Json) -> usize {
        match &self.what {
            What::Remove => self.path.remove(json),
            What::Set(value) => set(&self.path, json, value),
            What::Rename(name) => rename(&self.path, json, name),
        }
    }
}

/// Sets what is there; a member that is missing is added to the object that would hold it.
fn set(path: &Path, json: &mut Json, value: &Json) -> usize {
    let Some((Step::Member(name), holder)) = path.split_last() else {
        return path.each(json, &mut |place| *place = value.clone());
    };
    let mut changed = 0;
    holder.each(json, &mut |held| {
        if let Some(members) = held.as_object_mut() {
            members.retain(|(known, _)| known != name);
            members.push((name.clone(), value.clone()));
            changed += 1;
        }
    });
    changed
}

/// A member of the new name that is there already gives way.
fn rename(path: &Path, json: &mut Json, to: &str) -> usize {
    let Some((Step::Member(name), holder)) = path.split_last() else {
        return 0;
    };
    let mut changed = 0;
    holder.each(json, &mut |held| {
        let Some(members) = held.as_object_mut() else { return };
        if name != to && members.iter().any(|(known, _)| known == name) {
            members.retain(|(known, _)| known != to);
            for (known, _) in members.iter_mut().filter(|(known, _)| known == name) {
                to.clone_into(known);
                changed += 1;
            }
        }
    });
    changed
}
