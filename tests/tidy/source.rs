//! The sources as the rules see them: files, and inside them tokens with lines.
//!
//! Rust is read as a token stream, not as text: comments and strings cannot fool a rule, and the inside of macros is seen
//! like any other code. What stands under `#[cfg(test)]` is kept apart, since most rules are about what is shipped.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// One breach of a rule, printed as `file:line: what`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    /// Path from the root of the repository.
    pub file: String,
    /// Line, from 1; 0 when the whole file is meant.
    pub line: usize,
    /// What is wrong, and what to do instead.
    pub what: String,
}

impl std::fmt::Display for Breach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// A path as code writes it: `crate::route::Route` or a lone identifier.
#[derive(Debug, PartialEq, Eq)]
pub struct NamedPath {
    /// Its segments; a glob ends in `*`.
    pub segments: Vec<String>,
    /// Line, from 1.
    pub line: usize,
    /// The inline modules around it, outermost first.
    pub inside: Vec<String>,
}

/// One Rust file.
pub struct Source {
    /// Path from the root of the repository.
    pub file: String,
    /// The text.
    pub text: String,
    /// All tokens.
    pub all: Vec<TokenTree>,
    /// The tokens that are shipped: without items under `#[cfg(test)]`; empty for a file that is only tests.
    pub shipped: Vec<TokenTree>,
}

impl Source {
    /// Reads `text` as the Rust file `file`.
    pub fn parse(file: &str, text: &str) -> Source {
        let stream: TokenStream = text.parse().unwrap_or_else(|error| panic!("{file}: {error}"));
        let all: Vec<TokenTree> = stream.into_iter().collect();
        let shipped = if is_test_file(file) { Vec::new() } else { without_tests(&all) };
        Source { file: file.to_owned(), text: text.to_owned(), all, shipped }
    }

    /// The name of the package whose `src` holds this file, e.g. `yumen-dubbo`; `None` outside `gateway/*/src`.
    pub fn package(&self) -> Option<String> {
        let (name, rest) = self.file.strip_prefix("gateway/")?.split_once('/')?;
        rest.starts_with("src/").then(|| format!("yumen-{name}"))
    }

    /// The module path inside the crate: `["exchange", "client"]`; empty for `lib.rs` and `main.rs`.
    pub fn module(&self) -> Vec<String> {
        let Some((_, inside)) = self.file.split_once("/src/") else {
            return Vec::new();
        };
        let inside = inside.trim_end_matches(".rs");
        if inside == "lib" || inside == "main" {
            return Vec::new();
        }
        inside.split('/').map(str::to_owned).collect()
    }

    /// A breach at `line` of this file.
    pub fn breach(&self, line: usize, what: impl Into<String>) -> Breach {
        Breach { file: self.file.clone(), line, what: what.into() }
    }
}

/// Whether every line of `file` is test code.
pub fn is_test_file(file: &str) -> bool {
    let in_crate = file.split_once("/src/").map_or(file, |(_, inside)| inside);
    file.contains("/fuzz/")
        || !file.contains("/src/")
        || in_crate.split('/').any(|part| part == "tests" || part == "tests.rs")
}

fn without_tests(tokens: &[TokenTree]) -> Vec<TokenTree> {
    let mut kept = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if let Some(group) = attribute(tokens, at)
            && is_cfg_test(group)
        {
            at = end_of_item(tokens, at);
            continue;
        }
        kept.push(match token {
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let mut copy = Group::new(group.delimiter(), without_tests(&inner).into_iter().collect());
                copy.set_span(group.span());
                TokenTree::Group(copy)
            }
            other => other.clone(),
        });
        at += 1;
    }
    kept
}

/// The brackets of the attribute that starts at `at`.
fn attribute(tokens: &[TokenTree], at: usize) -> Option<&Group> {
    match (tokens.get(at), tokens.get(at + 1)) {
        (Some(TokenTree::Punct(hash)), Some(TokenTree::Group(group)))
            if hash.as_char() == '#' && group.delimiter() == Delimiter::Bracket =>
        {
            Some(group)
        }
        _ => None,
    }
}

fn is_cfg_test(attribute: &Group) -> bool {
    let text = attribute.stream().to_string().replace(' ', "");
    text == "cfg(test)" || text.starts_with("cfg(all(test,")
}

/// Where the item ends whose attributes start at `at`: after its `;` or its braces.
fn end_of_item(tokens: &[TokenTree], mut at: usize) -> usize {
    while attribute(tokens, at).is_some() {
        at += 2;
    }
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ';' => break,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => break,
            _ => {}
        }
    }
    at
}

/// Every path that `tokens` name, use-trees spread out to one path per leaf.
pub fn paths(tokens: &[TokenTree]) -> Vec<NamedPath> {
    let mut found = Vec::new();
    collect(tokens, &[], &mut found);
    found
}

fn collect(tokens: &[TokenTree], inside: &[String], found: &mut Vec<NamedPath>) {
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(word) if word == "mod" && braces(tokens, at + 2).is_some() => {
                let name = tokens[at + 1].to_string();
                let body = braces(tokens, at + 2).unwrap_or_default();
                collect(&body, &[inside, &[name]].concat(), found);
                at += 3;
            }
            TokenTree::Ident(_) => at = path(tokens, at, Vec::new(), inside, found),
            TokenTree::Group(group) => {
                collect(&group.stream().into_iter().collect::<Vec<_>>(), inside, found);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

fn braces(tokens: &[TokenTree], at: usize) -> Option<Vec<TokenTree>> {
    match tokens.get(at) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            Some(group.stream().into_iter().collect())
        }
        _ => None,
    }
}

/// Reads the path that starts at `at`, pushes it (or its leaves) and returns where it ends.
fn path(
    tokens: &[TokenTree],
    mut at: usize,
    mut segments: Vec<String>,
    inside: &[String],
    found: &mut Vec<NamedPath>,
) -> usize {
    let line = tokens[at].span().start().line;
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(word)) => segments.push(word.to_string().trim_start_matches("r#").to_owned()),
            Some(TokenTree::Punct(star)) if star.as_char() == '*' => segments.push("*".to_owned()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                leaves(&group.stream().into_iter().collect::<Vec<_>>(), &segments, inside, found);
                return at + 1;
            }
            _ => break,
        }
        at += 1;
        if !is_double_colon(tokens, at) {
            break;
        }
        at += 2;
    }
    found.push(NamedPath { segments, line, inside: inside.to_vec() });
    at
}

/// The leaves of a use-tree's braces, each behind `prefix`.
fn leaves(tokens: &[TokenTree], prefix: &[String], inside: &[String], found: &mut Vec<NamedPath>) {
    for leaf in tokens.split(|token| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',')) {
        if !leaf.is_empty() {
            path(leaf, 0, prefix.to_vec(), inside, found);
        }
    }
}

fn is_double_colon(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    colon(at) && colon(at + 1)
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the repository").to_owned()
}

/// Every file of the working copy that is not ignored, tracked or about to be, with its text; binary files are left out.
pub fn files() -> BTreeMap<String, String> {
    let listed = std::process::Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files of the repository");
    assert!(listed.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listed.stderr));
    let names = String::from_utf8(listed.stdout).expect("file names are UTF-8");
    let read = |name: &str| Some((name.to_owned(), std::fs::read_to_string(root().join(name)).ok()?));
    names.lines().filter_map(read).collect()
}

/// Where generated files stand; a test of their generator holds that they are what it writes.
const GENERATED: &str = "plugin-sdk/src/bindings/";

/// Every Rust file of the repository that people write.
pub fn sources() -> Vec<Source> {
    files()
        .iter()
        .filter(|(file, _)| file.ends_with(".rs") && !file.starts_with(GENERATED))
        .map(|(file, text)| Source::parse(file, text))
        .collect()
}

#[test]
fn a_use_tree_is_spread_out_to_one_path_per_leaf() {
    let source = Source::parse("gateway/dubbo/src/a.rs", "use crate::{b::{C, d::*}, e as f};");
    let named: Vec<String> = paths(&source.all).iter().map(|path| path.segments.join("::")).collect();
    assert_eq!(named, ["use", "crate::b::C", "crate::b::d::*", "crate::e"]);
}

#[test]
fn paths_inside_macros_and_inline_modules_are_seen() {
    let source = Source::parse("gateway/dubbo/src/a.rs", "mod m { fn f() { vec![super::b::C] } }");
    let path = paths(&source.all).into_iter().find(|path| path.segments[0] == "super").expect("the path in the macro");
    assert_eq!((path.segments.join("::"), path.inside), ("super::b::C".to_owned(), vec!["m".to_owned()]));
}

#[test]
fn items_under_cfg_test_are_not_shipped() {
    let text = "fn a() {} #[cfg(test)] #[allow(x)] mod tests { fn b() {} } #[cfg(test)] use c::d; fn e() {}";
    let source = Source::parse("gateway/dubbo/src/a.rs", text);
    let shipped: TokenStream = source.shipped.into_iter().collect();
    assert_eq!(shipped.to_string(), "fn a () { } fn e () { }");
    assert!(Source::parse("gateway/dubbo/src/a/tests.rs", "fn a() {}").shipped.is_empty());
}
