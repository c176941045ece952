//! What is not shown of a configuration: values of secret keys, and accounts in URLs.
//!
//! The text is searched, because a file that cannot be parsed has secrets too; the tree helps where it is there: it knows
//! values on lines of their own, and that what stands under `types` and `methods` of a service are names of Java.

use std::collections::HashSet;

use super::{
    finding::Finding,
    locate::{Document, Place, Segment},
    node::{Kind, Node},
};

/// Words in keys whose values are secret; words within two edits of one count as slips of the pen.
const SECRET_WORDS: [&str; 7] = ["password", "passwd", "passphrase", "secret", "token", "username", "credential"];
/// Short ones, which are secret only as they stand.
const SHORT_WORDS: [&str; 4] = ["pass", "pwd", "pw", "user"];

/// Ends of names that mean keys in the settings of a plugin.
const KEY_WORDS: [&str; 2] = ["key", "keys"];

/// What the tree tells about secrets.
#[derive(Default)]
pub(super) struct Secrets {
    /// Values of secret keys.
    values: Vec<Place>,
    /// Where every key is the name of something of Java.
    java: HashSet<Place>,
}

impl Secrets {
    /// Searches the tree.
    pub(super) fn of(document: &Document) -> Self {
        let mut secrets = Self::default();
        let services = document.root.entry("services").map(|entry| &entry.value);
        for service in services.into_iter().flat_map(Node::items) {
            let java = ["types", "methods"].into_iter().filter_map(|key| service.entry(key));
            secrets.java.extend(java.map(|entry| entry.value.place));
        }
        secrets.search(&document.root, false);
        let plugins = document.root.entry("plugins").map(|entry| &entry.value);
        for plugin in plugins.into_iter().flat_map(Node::items) {
            plugin.entry("config").into_iter().for_each(|config| secrets.search_settings(&config.value));
        }
        secrets
    }

    /// What a plugin calls its keys are keys to something.
    fn search_settings(&mut self, node: &Node) {
        node.items().iter().for_each(|item| self.search_settings(item));
        for entry in node.entries() {
            match entry.key.text.to_lowercase().as_str() {
                key if KEY_WORDS.iter().any(|word| key.ends_with(word)) => self.search(&entry.value, true),
                _ => self.search_settings(&entry.value),
            }
        }
    }

    fn search(&mut self, node: &Node, secret: bool) {
        if self.java.contains(&node.place) {
            return;
        }
        let pointer = secret && node.entries().iter().any(|entry| matches!(&*entry.key.text, "env" | "file"));
        match &node.kind {
            Kind::Scalar { .. } if secret => self.values.push(node.place),
            Kind::Scalar { .. } | Kind::Gone => {}
            Kind::Sequence(items) => items.iter().for_each(|item| self.search(item, secret)),
            Kind::Mapping(entries) => {
                for entry in entries {
                    let target = pointer && matches!(&*entry.key.text, "env" | "file");
                    self.search(&entry.value, is_secret(&entry.key.text) || (secret && !target));
                }
            }
        }
    }

    /// The line with what is secret as stars, one for each sign, so that carets stay right. `start` is the place of its
    /// first byte.
    pub(super) fn mask(&self, line: &str, start: Place, is_file: bool) -> String {
        let mut masked: Vec<char> = line.chars().collect();
        let mut hide = |from: usize, to: usize| {
            let chars = |at: usize| line[..line.floor_char_boundary(at.min(line.len()))].chars().count();
            let (first, last) = (chars(from), chars(to));
            masked.iter_mut().take(last).skip(first).for_each(|sign| *sign = '*');
        };
        let offset = start.start as usize;
        let here = |place: &&Place| place.source == start.source;
        for value in self.values.iter().filter(here) {
            let (from, to) = (value.start as usize, value.end as usize);
            if from < offset + line.len() && to > offset {
                hide(from.saturating_sub(offset), to - offset);
            }
        }
        for (from, to) in secret_values(line, is_file) {
            let at = offset + from;
            let java = |place: &Place| (place.start as usize..place.end as usize).contains(&at);
            if !self.java.iter().filter(here).any(java) {
                hide(from, to);
            }
        }
        accounts(line).into_iter().for_each(|(from, to)| hide(from, to));
        masked.into_iter().collect()
    }
}

/// Whether values under the key are not to be shown.
pub(super) fn is_secret(key: &str) -> bool {
    let folded: String = key.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let near = |word: &str| {
        let word = word.to_lowercase();
        SHORT_WORDS.contains(&&*word) || SECRET_WORDS.iter().any(|secret| strsim::osa_distance(secret, &word) <= 2)
    };
    SECRET_WORDS.iter().any(|word| folded.contains(word)) || key.split(|c: char| !c.is_alphanumeric()).any(near)
}

/// Where values of secret keys stand in a line.
fn secret_values(line: &str, is_file: bool) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (at, sign) in line.char_indices().filter(|(_, sign)| matches!(sign, ':' | '=')) {
        let before = line[..at].trim_end().trim_end_matches(['"', '\'']);
        let key = before.rsplit(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))).next().unwrap_or("");
        if !is_secret(key) {
            continue;
        }
        let after = &line[at + 1..];
        let from = at + 1 + after.len() - after.trim_start().len();
        let length = match (sign, is_file) {
            ('=', false) => line.len() - from,
            ('=', true) => line[from..].find(['&', ',', '}', '"', '\'', ' ']).unwrap_or(line.len() - from),
            _ => value_length(&line[from..], line[..at].contains('{')),
        };
        found.push((from, from + line[from..from + length].trim_end().len()));
    }
    found
}

/// Bytes of the value at the start of `text`. What only points to a value is no secret; its default may be.
fn value_length(text: &str, in_braces: bool) -> usize {
    let until = |end: Option<usize>| end.unwrap_or(text.len());
    let pointer =
        text.strip_prefix('{').map(str::trim_start).is_some_and(|t| t.starts_with("env:") || t.starts_with("file:"));
    match text.chars().next() {
        Some('{') if pointer && !text.contains("default") => 0,
        Some('{') => until(text.find('}')),
        Some('[') => until(text.find(']')),
        Some(quote @ ('"' | '\'')) => {
            let mut escaped = false;
            let closing = text.char_indices().skip(1).find(|(_, sign)| {
                let closes = *sign == quote && !escaped;
                escaped = quote == '"' && *sign == '\\' && !escaped;
                closes
            });
            until(closing.map(|(at, _)| at + 1))
        }
        _ if in_braces => until(text.find([',', '}'])),
        _ => text.len(),
    }
}

/// Where `user:password` stands before an `@`, as in URLs.
fn accounts(text: &str) -> Vec<(usize, usize)> {
    let account = |(at, _): (usize, &str)| {
        let before = &text[..at];
        let edge = before.rfind(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '[' | '{' | '`'));
        let word = edge.map_or(0, |edge| edge + before[edge..].chars().next().map_or(1, char::len_utf8));
        let from = before[word..].rfind("//").map_or(word, |slashes| word + slashes + 2);
        before[from..].contains(':').then_some((from, at))
    };
    text.match_indices('@').filter_map(account).collect()
}

/// A message without what it quotes of secrets.
pub(super) fn message(text: &str, finding: &Finding, document: &Document) -> String {
    let mut text = text.to_owned();
    let secret = finding.at.segments().iter().any(|segment| matches!(segment, Segment::Key(key) if is_secret(key)));
    let java = matches!(finding.at.segments(), [_, _, Segment::Key(key), ..] if matches!(&**key, "types" | "methods"));
    if let Some(value) =
        document.node_at(&finding.at).and_then(Node::text).filter(|value| secret && !java && !value.is_empty())
    {
        text = text.replace(&format!("{value:?}"), "\"****\"");
    }
    for (from, to) in accounts(&text).into_iter().rev() {
        text.replace_range(from..to, "****");
    }
    let queries: Vec<_> =
        secret_values(&text, true).into_iter().filter(|(from, _)| text[..*from].ends_with('=')).collect();
    for (from, to) in queries.into_iter().rev() {
        text.replace_range(from..to, "****");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_pen_are_secret_and_other_keys_are_not() {
        for key in
            ["password", "pasword", "PASWORD", "passwrd", "zk-pass", "api_token", "acessToken", "usrname", "secert"]
        {
            assert!(is_secret(key), "{key}");
        }
        let schema: serde_json::Value = serde_json::from_str(&crate::config::schema_text()).unwrap();
        let mut keys = Vec::new();
        properties(&schema, &mut keys);
        keys.retain(|key| is_secret(key));
        keys.sort();
        assert_eq!(keys, ["password", "token", "username"]);
    }

    fn properties(schema: &serde_json::Value, keys: &mut Vec<String>) {
        if let Some(members) = schema["properties"].as_object() {
            keys.extend(members.keys().cloned());
        }
        let inner: Vec<_> = match schema {
            serde_json::Value::Object(members) => members.values().collect(),
            serde_json::Value::Array(items) => items.iter().collect(),
            _ => Vec::new(),
        };
        inner.into_iter().for_each(|schema| properties(schema, keys));
    }

    #[test]
    fn lines_are_masked_and_keep_their_width() {
        let mask = |line: &str, is_file| Secrets::default().mask(line, Place::default(), is_file);
        for (line, masked) in [
            ("  pasword: hunter, 2", "  pasword: *********"),
            ("{ password: hunter, x: 2 }", "{ password: ******, x: 2 }"),
            (r#"{ password: "a\"b, c", x: 2 }"#, "{ password: *********, x: 2 }"),
            ("password:hunter", "password:******"),
            ("{ token: [a, b], x: 2 }", "{ token: *****], x: 2 }"),
            ("password: { value: hunter }", "password: *************** }"),
            ("password: { env: ZK_PASSWORD }", "password: { env: ZK_PASSWORD }"),
            ("address: zookeeper://ann:s3@zk:2181", "address: zookeeper://******@zk:2181"),
            ("a: \"dubbo://h:1/x?token=abc&y=1\"", "a: \"dubbo://h:1/x?token=***&y=1\""),
            ("name: users", "name: users"),
        ] {
            assert_eq!(mask(line, true), masked);
        }
        assert_eq!(mask("YUMEN_REGISTRIES__MAIN__PASSWORT=a b", false), "YUMEN_REGISTRIES__MAIN__PASSWORT=***");
    }
}
