//! `yumen plugin inspect`: what a file is.
//!
//! The host refuses what it cannot serve with the first reason it finds; this tells everything of any file.

use std::{fs, path::Path};

use serde::Serialize;
use serde_json::{Value, json};
use wasmparser::{Encoding, Parser, Payload};
use yumen_plugin_encode::imports as offered_by;
use yumen_plugin_host::{
    Artifact, Digest, Host, HostOptions, Kind, Limits, Spec,
    words::{FailurePolicy, Interest, Manifest},
};

use crate::trouble::Trouble;

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outline {
    /// Component, core module, or nothing known.
    pub form: Form,
    /// Bytes.
    pub size: usize,
    /// SHA-256 of the bytes.
    pub digest: String,
    /// The world of the contract that it is a plugin of, by its exports.
    pub world: Option<Kind>,
    /// What it imports.
    pub imports: Vec<Import>,
    /// What it exports.
    pub exports: Vec<String>,
    /// How it is called. None for what is no plugin.
    pub lane: Option<Lane>,
}

/// What kind of WebAssembly it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// What the gateway takes.
    Component,
    /// What compilers make; `yumen plugin build` makes a component of it.
    CoreModule,
    /// Not WebAssembly.
    Unknown,
}

/// How the gateway calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lane {
    /// Straight: nothing that it imports waits.
    Fast,
    /// On a stack of its own, so that side calls and WASI may wait.
    Fiber,
}

impl Form {
    /// For people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::CoreModule => "core module, no component yet: yumen plugin build makes one",
            Self::Unknown => "not WebAssembly",
        }
    }
}

impl Lane {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fast => "fast lane",
            Self::Fiber => "fiber",
        }
    }

    /// What makes it so.
    #[must_use]
    pub fn why(self) -> &'static str {
        match self {
            Self::Fast => "nothing that it imports waits",
            Self::Fiber => "side calls or WASI may wait, so it runs on a stack of its own",
        }
    }
}

/// Something imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Import {
    /// Its name.
    pub name: String,
    /// Whether the gateway offers it to plugins of this world.
    pub offered: bool,
}

impl Outline {
    /// The imports that the gateway does not offer.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        self.imports.iter().filter(|import| !import.offered).map(|import| import.name.as_str())
    }

    /// The functions' interfaces that it imports, short: `log, kv`; what is not of the contract is whole.
    #[must_use]
    pub fn short_imports(&self) -> String {
        let short = |import: &Import| {
            let inner = import.name.strip_prefix("yumen:plugin/").and_then(|name| name.split_once('@'));
            inner.map_or_else(|| import.name.clone(), |(name, _)| name.to_owned())
        };
        let names: Vec<String> =
            self.imports.iter().map(short).filter(|name| name != "types" && name != "endpoints").collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }
}

/// A file that was looked at.
#[derive(Debug, Clone)]
pub struct Inspected {
    /// What it is.
    pub outline: Outline,
    /// What the plugin says of itself, when it could be asked.
    pub manifest: Option<Value>,
    /// Why the gateway would not take it.
    pub refused: Option<String>,
}

/// Looks at a file; a plugin is also asked to describe itself, and nothing else of it is run.
///
/// # Errors
/// The file cannot be read.
pub fn inspect(path: &Path) -> Result<Inspected, Trouble> {
    let bytes = fs::read(path).map_err(|error| Trouble::file("read", path, &error))?;
    let outline = outline(&bytes);
    let host = Host::start(HostOptions { workers: 1, cache: None, instances: 8 });
    let host = host.map_err(|error| Trouble::new(error.to_string()))?;
    let mut spec = Spec::new("inspected");
    spec.limits.memory = Limits::MEMORY_MOST;
    spec.limits.table = Limits::TABLE_MOST;
    let (manifest, refused) = match host.describe(&Artifact::new(bytes, path.display().to_string()), &spec) {
        Ok((_, manifest)) => (Some(spoken(&manifest)), None),
        Err(error) => (None, Some(error.to_string())),
    };
    Ok(Inspected { outline, manifest, refused })
}

/// A manifest with the names of the contract.
fn spoken(manifest: &Manifest) -> Value {
    let phases = [
        ("request-head", Interest::REQUEST_HEAD),
        ("request-body", Interest::REQUEST_BODY),
        ("call", Interest::CALL),
        ("outcome", Interest::OUTCOME),
        ("response-head", Interest::RESPONSE_HEAD),
        ("response-body", Interest::RESPONSE_BODY),
        ("end", Interest::END),
    ];
    let interest: Vec<&str> =
        phases.into_iter().filter(|(_, phase)| manifest.interest.contains(*phase)).map(|(name, _)| name).collect();
    let policy = match manifest.on_failure {
        FailurePolicy::Closed => "closed",
        FailurePolicy::Open => "open",
        FailurePolicy::Reload => "reload",
    };
    json!({
        "name": manifest.name,
        "version": manifest.version,
        "interest": interest,
        "request-wants": manifest.request_wants,
        "call-wants": manifest.call_wants,
        "response-wants": manifest.response_wants,
        "on-failure": policy,
        "config-schema": serde_json::from_str::<Value>(&manifest.config_schema).ok(),
        "ext": manifest.ext,
    })
}

/// Reads a file's outer shape.
#[must_use]
pub fn outline(bytes: &[u8]) -> Outline {
    let (form, imports, exports) = shape(bytes);
    let world = exports.iter().find_map(|export| world_of(export)).filter(|_| form == Form::Component);
    let offered = world.map(|world| offered_by(world.as_str())).unwrap_or_default();
    let imports: Vec<Import> = imports
        .into_iter()
        .map(|name| Import { offered: form == Form::Component && is_offered(&name, &offered), name })
        .collect();
    let waits = |import: &Import| {
        import.name.starts_with("wasi:")
            || import.name.starts_with("yumen:plugin/http-client@")
            || import.name.starts_with("yumen:plugin/dubbo-client@")
    };
    let lane = world.map(|_| if imports.iter().any(waits) { Lane::Fiber } else { Lane::Fast });
    Outline { form, size: bytes.len(), digest: Digest::of(bytes).to_string(), world, imports, exports, lane }
}

fn world_of(export: &str) -> Option<Kind> {
    let (interface, _) = export.strip_prefix("yumen:plugin/")?.split_once('@')?;
    match interface {
        "filtering" => Some(Kind::Filter),
        "routing" => Some(Kind::Router),
        "balancing" => Some(Kind::LoadBalancer),
        "serving" => Some(Kind::Service),
        _ => None,
    }
}

fn is_offered(import: &str, offered: &[String]) -> bool {
    if let Some(rest) = import.strip_prefix("wasi:") {
        return rest.contains("@0.2.");
    }
    let Some((name, version)) = import.strip_prefix("yumen:plugin/").and_then(|name| name.split_once('@')) else {
        return false;
    };
    version.starts_with("0.1.") && (matches!(name, "types" | "endpoints") || offered.iter().any(|it| it == name))
}

/// Names of what comes in and goes out at the outermost level.
fn shape(bytes: &[u8]) -> (Form, Vec<String>, Vec<String>) {
    let (mut form, mut imports, mut exports) = (Form::Unknown, Vec::new(), Vec::new());
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        let Ok(payload) = payload else { break };
        match payload {
            Payload::Version { encoding, .. } if depth == 0 => {
                form = if encoding == Encoding::Component { Form::Component } else { Form::CoreModule };
                depth = 1;
            }
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1).max(1),
            Payload::ComponentImportSection(section) if depth == 1 => {
                imports.extend(section.into_iter().flatten().map(|import| import.name.name.to_owned()));
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                exports.extend(section.into_iter().flatten().map(|export| export.name.name.to_owned()));
            }
            Payload::ImportSection(section) if depth == 1 && form == Form::CoreModule => {
                let named = section.into_imports().flatten();
                imports.extend(named.map(|import| format!("{} {}", import.module, import.name)));
            }
            Payload::ExportSection(section) if depth == 1 && form == Form::CoreModule => {
                exports.extend(section.into_iter().flatten().map(|export| export.name.to_owned()));
            }
            _ => {}
        }
    }
    imports.dedup();
    (form, imports, exports)
}
