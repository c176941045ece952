//! Changes of fields, path, arguments and results, as the configuration lists them.
//!
//! Only the phases that the configuration needs are taken part in: without `result` no result is ever written out as JSON.

use std::collections::BTreeMap;

use serde::Deserialize;
use yumen_plugin::json::Json;
use yumen_plugin::{
    Call, Ended, FailurePolicy, Filter, Manifest, Outcome, Request, Response, RpcCode, RpcError, Side, Verdict, Wanted,
    exchange,
};

mod change;
mod template;

use change::{Change, ChangeConfig};
use template::{Template, Wants};

/// What is changed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    #[serde(default)]
    request: FieldsConfig,
    #[serde(default)]
    path: Vec<Prefix>,
    #[serde(default)]
    arguments: Vec<ChangeConfig>,
    #[serde(default)]
    result: Vec<ChangeConfig>,
    #[serde(default)]
    response: FieldsConfig,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldsConfig {
    #[serde(default)]
    remove: Vec<String>,
    #[serde(default)]
    rename: BTreeMap<String, String>,
    #[serde(default)]
    set: BTreeMap<String, String>,
    #[serde(default)]
    add: BTreeMap<String, String>,
}

/// A path that begins so begins otherwise.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Prefix {
    prefix: String,
    to: String,
}

/// Changes of the fields of one side.
#[derive(Default)]
struct FieldChanges {
    remove: Vec<String>,
    rename: Vec<(String, String)>,
    set: Vec<(String, Template)>,
    add: Vec<(String, Template)>,
}

/// The plugin.
pub struct Transform {
    request: FieldChanges,
    request_wants: Wants,
    path: Vec<Prefix>,
    arguments: Vec<Change>,
    result: Vec<Change>,
    response: FieldChanges,
    response_wants: Wants,
}

impl Filter for Transform {
    type Config = Config;

    fn describe() -> Manifest {
        yumen_plugin::manifest!().schema(include_str!("../config.schema.json")).on_failure(FailurePolicy::Closed)
    }

    fn configure(config: Config) -> Result<Transform, String> {
        // The path comes first, so that its place among the wants is known.
        let mut request_wants = Wants::new(if config.path.is_empty() { &[] } else { &[":path"] });
        let mut response_wants = Wants::new(&[]);
        for rule in &config.path {
            if !rule.prefix.starts_with('/') || !rule.to.starts_with('/') {
                return Err(format!("path: `{}` to `{}`: both begin with `/`", rule.prefix, rule.to));
            }
        }
        Ok(Transform {
            request: FieldChanges::new(config.request, &mut request_wants)?,
            request_wants,
            path: config.path,
            arguments: change::read(config.arguments)?,
            result: change::read(config.result)?,
            response: FieldChanges::new(config.response, &mut response_wants)?,
            response_wants,
        })
    }

    fn configured(&self, mut manifest: Manifest) -> Manifest {
        if !self.path.is_empty() || !self.request.is_empty() {
            manifest = manifest.on_request(self.request_wants.names());
        }
        if !self.arguments.is_empty() {
            manifest = manifest.on_call::<&str>([]);
        }
        if !self.result.is_empty() {
            manifest = manifest.on_outcome();
        }
        if !self.response.is_empty() {
            manifest = manifest.on_response(self.response_wants.names());
        }
        manifest
    }

    fn on_request(&self, request: &Request) -> Verdict {
        let verdict = match (self.path.is_empty(), request.wanted.at(0)) {
            (false, Some(path)) => match self.path.iter().find_map(|rule| rule.rewritten(path)) {
                Some(path) => Verdict::next().set_path(path),
                None => Verdict::next(),
            },
            _ => Verdict::next(),
        };
        self.request.apply(verdict, Side::Request, request.wanted)
    }

    fn on_call(&self, call: &Call) -> Verdict {
        let Some(text) = call.arguments() else {
            return Verdict::next();
        };
        match Json::parse(&text).map(|json| changed(&self.arguments, json)) {
            Ok(None) => Verdict::next(),
            Ok(Some(arguments)) => Verdict::next().set_arguments(arguments),
            Err(_) => Verdict::end_call(RpcError::new(RpcCode::ClientError, "the arguments cannot be changed")),
        }
    }

    fn on_outcome(&self, ended: &Ended) -> Verdict {
        let Some(Outcome::Result(text)) = (if ended.ok { ended.outcome() } else { None }) else {
            return Verdict::next();
        };
        match Json::parse(&text).map(|json| changed(&self.result, json)) {
            Ok(None) => Verdict::next(),
            Ok(Some(result)) => Verdict::next().set_outcome(Outcome::Result(result)),
            Err(_) => Verdict::next().set_outcome(RpcError::new(RpcCode::BadResponse, "the result cannot be changed")),
        }
    }

    fn on_response(&self, response: &Response) -> Verdict {
        self.response.apply(Verdict::next(), Side::Response, response.wanted)
    }
}

/// The text after the changes, if any of them found something to change.
fn changed(changes: &[Change], mut json: Json) -> Option<String> {
    let found: usize = changes.iter().map(|change| change.apply(&mut json)).sum();
    (found > 0).then(|| json.to_string())
}

impl Prefix {
    /// Whole segments only: `/api` is no prefix of `/apis`.
    fn rewritten(&self, path: &str) -> Option<String> {
        let rest = path.strip_prefix(self.prefix.trim_end_matches('/'))?;
        if !(rest.is_empty() || rest.starts_with(['/', '?'])) {
            return None;
        }
        let start = self.to.trim_end_matches('/');
        let slash = if rest.starts_with('/') || !start.is_empty() { "" } else { "/" };
        Some(format!("{start}{slash}{rest}"))
    }
}

impl FieldChanges {
    fn new(config: FieldsConfig, wants: &mut Wants) -> Result<FieldChanges, String> {
        let mut templates = |texts: BTreeMap<String, String>| {
            let template =
                |(name, text): (String, String)| Ok((name.to_ascii_lowercase(), Template::new(&text, wants)?));
            texts.into_iter().map(template).collect::<Result<Vec<_>, String>>()
        };
        Ok(FieldChanges {
            set: templates(config.set)?,
            add: templates(config.add)?,
            remove: config.remove.into_iter().map(|name| name.to_ascii_lowercase()).collect(),
            rename: config
                .rename
                .into_iter()
                .map(|(name, to)| (name.to_ascii_lowercase(), to.to_ascii_lowercase()))
                .collect(),
        })
    }

    fn is_empty(&self) -> bool {
        self.remove.is_empty() && self.rename.is_empty() && self.set.is_empty() && self.add.is_empty()
    }

    /// Removes, renames, sets and adds, in this order.
    fn apply(&self, mut verdict: Verdict, side: Side, wanted: Wanted) -> Verdict {
        for name in &self.remove {
            verdict = verdict.remove(name.as_str());
        }
        for (name, to) in &self.rename {
            let values = exchange::field_all(side, name);
            if !values.is_empty() {
                verdict = verdict.remove(name.as_str());
            }
            for value in values {
                verdict = verdict.append(to.as_str(), value);
            }
        }
        for (name, template) in &self.set {
            verdict = verdict.set(name.as_str(), template.filled(wanted));
        }
        for (name, template) in &self.add {
            verdict = verdict.append(name.as_str(), template.filled(wanted));
        }
        verdict
    }
}

yumen_plugin::export_filter!(Transform);

#[cfg(test)]
mod tests;
