//! Paths into JSON, as `mask` and `transform` know them: `$.user.phone`, `$.items[*].price`, `$[0]`, `**.idCard`.

use super::Json;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The member of this name.
    Member(String),
    /// The element at this place.
    Element(usize),
    /// Every member and every element.
    Each,
    /// The value itself and everything inside it.
    Anywhere,
}

/// A path from the root of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(Vec<Step>);

impl Path {
    /// Reads a path: `$` or nothing, then `.name`, `['any name']`, `[0]`, `[*]`, `.*` or `.**`.
    pub fn parse(text: &str) -> Result<Path, String> {
        let mut rest = text.strip_prefix('$').unwrap_or(text);
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = step(rest, steps.is_empty() && !text.starts_with('$'))
                .ok_or_else(|| format!("`{text}` is no path: what is `{rest}`?"))?;
            steps.push(step);
            rest = after;
        }
        if steps.last() == Some(&Step::Anywhere) {
            return Err(format!("`{text}` ends in `**`: name what is looked for"));
        }
        Ok(Path(steps))
    }

    /// Its steps.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The last step and the path to what holds it; `None` for the root.
    #[must_use]
    pub fn split_last(&self) -> Option<(&Step, Path)> {
        let (last, before) = self.0.split_last()?;
        Some((last, Path(before.to_vec())))
    }

    /// Runs on every value that the path leads to; how many there were.
    pub fn each(&self, root: &mut Json, run: &mut impl FnMut(&mut Json)) -> usize {
        walk(&self.0, root, run)
    }

    /// Takes every member and element that the path leads to away; how many there were.
    pub fn remove(&self, root: &mut Json) -> usize {
        let Some((last, holder)) = self.split_last() else {
            return 0;
        };
        let mut removed = 0;
        holder.each(root, &mut |value| removed += remove_step(last, value));
        removed
    }

    /// The first value that the path leads to.
    #[must_use]
    pub fn find<'a>(&self, root: &'a Json) -> Option<&'a Json> {
        find(&self.0, root)
    }
}

fn step(text: &str, first: bool) -> Option<(Step, &str)> {
    if let Some(inside) = text.strip_prefix('[') {
        let (inside, after) = match inside.strip_prefix('\'') {
            Some(quoted) => {
                let (name, after) = quoted.split_once("']")?;
                return Some((Step::Member(name.to_owned()), after));
            }
            None => inside.split_once(']')?,
        };
        let step = if inside == "*" { Step::Each } else { Step::Element(inside.parse().ok()?) };
        return Some((step, after));
    }
    let name = match text.strip_prefix('.') {
        Some(name) => name,
        None if first => text,
        None => return None,
    };
    let end = name.find(['.', '[']).unwrap_or(name.len());
    let (name, after) = name.split_at(end);
    match name {
        "" => None,
        "*" => Some((Step::Each, after)),
        "**" => Some((Step::Anywhere, after)),
        name => Some((Step::Member(name.to_owned()), after)),
    }
}

fn inside(value: &mut Json) -> Box<dyn Iterator<Item = &mut Json> + '_> {
    match value {
        Json::Array(elements) => Box::new(elements.iter_mut()),
        Json::Object(members) => Box::new(members.iter_mut().map(|(_, value)| value)),
        _ => Box::new(std::iter::empty()),
    }
}

fn walk(steps: &[Step], value: &mut Json, run: &mut impl FnMut(&mut Json)) -> usize {
    let Some((step, rest)) = steps.split_first() else {
        run(value);
        return 1;
    };
    match (step, value) {
        (Step::Member(name), Json::Object(members)) => {
            members.iter_mut().filter(|(known, _)| known == name).map(|(_, value)| walk(rest, value, run)).sum()
        }
        (Step::Element(at), Json::Array(elements)) => {
            elements.get_mut(*at).map_or(0, |element| walk(rest, element, run))
        }
        (Step::Each, value) => {
            let mut found = 0;
            inside(value).for_each(|value| found += walk(rest, value, run));
            found
        }
        (Step::Anywhere, value) => {
            // What lies deeper comes first: a value that is replaced above is not looked into again.
            let mut found = 0;
            inside(value).for_each(|value| found += walk(steps, value, run));
            found + walk(rest, value, run)
        }
        _ => 0,
    }
}

fn remove_step(step: &Step, value: &mut Json) -> usize {
    match (step, value) {
        (Step::Member(name), Json::Object(members)) => {
            let before = members.len();
            members.retain(|(known, _)| known != name);
            before - members.len()
        }
        (Step::Element(at), Json::Array(elements)) if *at < elements.len() => {
            elements.remove(*at);
            1
        }
        (Step::Each, Json::Object(members)) => std::mem::take(members).len(),
        (Step::Each, Json::Array(elements)) => std::mem::take(elements).len(),
        _ => 0,
    }
}

fn find<'a>(steps: &[Step], value: &'a Json) -> Option<&'a Json> {
    let Some((step, rest)) = steps.split_first() else {
        return Some(value);
    };
    let children = || -> Box<dyn Iterator<Item = &'a Json>> {
        match value {
            Json::Array(elements) => Box::new(elements.iter()),
            Json::Object(members) => Box::new(members.iter().map(|(_, value)| value)),
            _ => Box::new(std::iter::empty()),
        }
    };
    match step {
        Step::Member(name) => find(rest, value.get(name)?),
        Step::Element(at) => find(rest, value.as_array()?.get(*at)?),
        Step::Each => children().find_map(|value| find(rest, value)),
        Step::Anywhere => find(rest, value).or_else(|| children().find_map(|value| find(steps, value))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = r#"{"name":"Ann","phone":"1","home":{"phone":"2","lines":[{"phone":"3"},{"phone":"4"}]}}"#;

    #[track_caller]
    fn check(path: &str, expected: &str) {
        let mut root = Json::parse(USER).unwrap();
        Path::parse(path).unwrap().each(&mut root, &mut |value| *value = Json::Null);
        assert_eq!(root.to_string(), expected, "{path}");
    }

    #[test]
    fn a_path_leads_to_what_it_names() {
        check("$.phone", &USER.replace("\"1\"", "null"));
        check("phone", &USER.replace("\"1\"", "null"));
        check("$['home'].lines[1].phone", &USER.replace("\"4\"", "null"));
        check("$.home.lines[*].phone", &USER.replace("\"3\"", "null").replace("\"4\"", "null"));
        check(
            "**.phone",
            r#"{"name":"Ann","phone":null,"home":{"phone":null,"lines":[{"phone":null},{"phone":null}]}}"#,
        );
        check("$.home.**.phone", &USER.replace("\"2\"", "null").replace("\"3\"", "null").replace("\"4\"", "null"));
        check("$.home.*", r#"{"name":"Ann","phone":"1","home":{"phone":null,"lines":null}}"#);
        check("$.nobody.phone", USER);
        check("$.name.phone", USER);
        check("$", "null");
    }

    #[test]
    fn members_and_elements_are_removed() {
        let mut root = Json::parse(USER).unwrap();
        assert_eq!(Path::parse("**.phone").unwrap().remove(&mut root), 4);
        assert_eq!(Path::parse("$.home.lines[0]").unwrap().remove(&mut root), 1);
        assert_eq!(root.to_string(), r#"{"name":"Ann","home":{"lines":[{}]}}"#);
    }

    #[test]
    fn the_first_value_is_found() {
        let root = Json::parse(USER).unwrap();
        let first = |path: &str| Path::parse(path).unwrap().find(&root).and_then(Json::scalar);
        assert_eq!(first("**.phone").as_deref(), Some("1"));
        assert_eq!(first("$.home.**.phone").as_deref(), Some("2"));
        assert_eq!(first("$.home.lines[*].phone").as_deref(), Some("3"));
        assert_eq!(first("$.home.lines[7].phone"), None);
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in ["$phone", "$.", "a..b", "$[x]", "$[1", "$['a]", "**", "$.**", "$.a.**"] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }
}
