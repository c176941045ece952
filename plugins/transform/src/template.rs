//! Values with holes: `tenant-{tag.tenant}`. `{{` and `}}` are braces.

use yumen_plugin::Wanted;

/// The names that templates ask for, each once, in the order in which their values come.
pub(crate) struct Wants(Vec<String>);

impl Wants {
    pub(crate) fn new(names: &[&str]) -> Wants {
        Wants(names.iter().map(|&name| name.to_owned()).collect())
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    fn place(&mut self, name: &str) -> usize {
        self.0.iter().position(|known| known == name).unwrap_or_else(|| {
            self.0.push(name.to_owned());
            self.0.len() - 1
        })
    }
}

/// Text, and the places of the values that come between.
pub(crate) struct Template(Vec<Part>);

enum Part {
    Text(String),
    Value(usize),
}

impl Template {
    pub(crate) fn new(text: &str, wants: &mut Wants) -> Result<Template, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, brace) = rest.split_at(at);
            parts.push(Part::Text(before.to_owned()));
            if let Some(after) = brace.strip_prefix("{{").or(brace.strip_prefix("}}")) {
                parts.push(Part::Text(brace[..1].to_owned()));
                rest = after;
                continue;
            }
            let hole = brace.strip_prefix('{').and_then(|hole| hole.split_once('}'));
            let (name, after) = hole
                .filter(|(name, _)| !name.is_empty() && !name.contains('{'))
                .ok_or_else(|| format!("`{text}`: a value is written `{{NAME}}`, and a brace is written twice"))?;
            parts.push(Part::Value(wants.place(name)));
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Template(parts))
    }

    /// The text with its values; one that is absent is empty.
    pub(crate) fn filled(&self, wanted: Wanted) -> String {
        let part = |part: &'_ Part| match part {
            Part::Text(text) => text.clone(),
            Part::Value(place) => wanted.at(*place).unwrap_or_default().to_owned(),
        };
        self.0.iter().map(part).collect()
    }
}
