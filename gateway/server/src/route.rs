//! Which route takes a request: host, then path, then method and header conditions.
//!
//! ```text
//!  host  ─▶ exact name, else *.suffix (longest first), else routes without host
//!  path  ─▶ one tree a host; of several templates the one that is literal earliest wins
//!  leaf  ─▶ routes of one template: most conditions first, then as declared
//! ```
//! A route that does not take the method or lacks a header lets the next less specific one try: the rest of its leaf, then
//! other templates, then wider hosts. When nobody takes the request but a path fitted, the answer is 405 with the methods
//! that would do. HEAD is taken by GET routes. What a parameter must look like does not matter here: `/users/abc` is taken
//! by `/users/{id}` and answered 400 if an id is a number.

use std::collections::HashMap;

use http::{HeaderMap, Method};

use crate::config::{Code, ConfigPath, Finding, RouteConfig};

mod condition;
mod explain;
mod template;
mod tree;

use condition::Conditions;
pub use explain::{Explanation, PathCheck, Row, Verdict, explain};
pub use template::{Captures, parameters};
use template::{MAX_CAPTURES, Template};
use tree::Tree;

/// All routes, ready to be asked.
#[derive(Default)]
pub struct RouteTable {
    conditions: Vec<Conditions>,
    exact: HashMap<Box<str>, Tree>,
    /// `.example.com` for `*.example.com`, longest first.
    suffixes: Vec<(Box<str>, Tree)>,
    any: Tree,
}

/// What of a request decides about its route.
#[derive(Clone, Copy)]
pub struct Asked<'p> {
    /// Method.
    pub method: &'p Method,
    /// Host, with or without port; empty where there is none.
    pub host: &'p str,
    /// Path in its canonical form, still percent-encoded.
    pub path: &'p str,
    /// Header fields.
    pub headers: &'p HeaderMap,
}

/// What became of a request.
#[derive(Debug)]
pub enum Found<'p> {
    /// A route takes it.
    Route(Hit<'p>),
    /// Routes have its path, but none its method.
    NotAllowed {
        /// The methods that would do, for the `Allow` field.
        allow: String,
    },
    /// No route has its path.
    Nothing,
}

/// The route that takes a request.
#[derive(Debug)]
pub struct Hit<'p> {
    /// Index in the configuration's list.
    pub route: usize,
    /// Values of the template's parameters, in its order, still percent-encoded.
    pub captures: Captures<'p>,
}

impl RouteTable {
    /// Builds the table. Faults go to `findings`; a route with a fault takes no request.
    pub fn build(routes: &[RouteConfig], findings: &mut Vec<Finding>) -> Self {
        let mut table = Self::default();
        for (index, route) in routes.iter().enumerate() {
            table.conditions.push(Conditions::of(&route.matches));
            let at = ConfigPath::route(index).key("match").key("path");
            let template = Template::parse(&route.matches.path);
            if template.capture_count() > MAX_CAPTURES {
                let message = format!("a path has at most {MAX_CAPTURES} parameters");
                findings.push(Finding::error(Code::BAD_PATH, at, message));
                continue;
            }
            table.tree_mut(route.matches.host.as_deref()).add(template, index);
        }
        table.suffixes.sort_by_key(|(suffix, _)| std::cmp::Reverse(suffix.len()));
        let conditions = std::mem::take(&mut table.conditions);
        for tree in table.trees_mut() {
            tree.finish(&conditions);
        }
        table.conditions = conditions;
        table
    }

    /// The route that takes a request.
    #[must_use]
    pub fn find<'p>(&self, asked: &Asked<'p>) -> Found<'p> {
        let mut allowed = condition::Allowed::default();
        for tree in self.by_host(asked.host).chain([&self.any]) {
            if let Some(hit) = tree.find(asked, &self.conditions, &mut allowed) {
                return Found::Route(hit);
            }
        }
        allowed.list().map_or(Found::Nothing, |allow| Found::NotAllowed { allow })
    }

    /// Trees of routes for this host.
    fn by_host(&self, host: &str) -> impl Iterator<Item = &Tree> {
        let host = if self.exact.is_empty() && self.suffixes.is_empty() { "" } else { bare_host(host) };
        let exact = if self.exact.is_empty() { None } else { self.exact.get(&*lower(host)) };
        let suffixes = self.suffixes.iter().filter(move |(suffix, _)| is_below(host, suffix)).map(|(_, tree)| tree);
        exact.into_iter().chain(suffixes)
    }

    fn tree_mut(&mut self, host: Option<&str>) -> &mut Tree {
        let Some(host) = host else { return &mut self.any };
        let host = host.to_ascii_lowercase();
        let Some(suffix) = host.strip_prefix('*') else { return self.exact.entry(host.into()).or_default() };
        let at = match self.suffixes.iter().position(|(known, _)| **known == *suffix) {
            Some(at) => at,
            None => {
                self.suffixes.push((suffix.into(), Tree::default()));
                self.suffixes.len() - 1
            }
        };
        &mut self.suffixes[at].1
    }

    fn trees_mut(&mut self) -> impl Iterator<Item = &mut Tree> {
        let suffixes = self.suffixes.iter_mut().map(|(_, tree)| tree);
        self.exact.values_mut().chain(suffixes).chain([&mut self.any])
    }
}

/// The host without its port.
fn bare_host(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn lower(host: &str) -> std::borrow::Cow<'_, str> {
    match host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => host.to_ascii_lowercase().into(),
        false => host.into(),
    }
}

/// Whether the host is a name below `.example.com`.
fn is_below(host: &str, suffix: &str) -> bool {
    let Some(cut) = host.len().checked_sub(suffix.len()).filter(|cut| *cut > 0) else { return false };
    host.get(cut..).is_some_and(|tail| tail.eq_ignore_ascii_case(suffix))
}

#[cfg(test)]
mod tests;
