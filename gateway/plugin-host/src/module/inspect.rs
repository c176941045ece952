//! What a component is, judged by its bytes before any of them is compiled.
//!
//! Only the outer shape is read: imports, exports, and what the core modules inside ask for at start. What is refused here costs the gateway
//! nothing; whether the code itself is valid is the compiler's to say.

use wasmparser::{ComponentExternName, Parser, Payload};

use crate::error::{LoadError, Step};
use crate::limits::Limits;
use crate::spec::{Digest, Kind};

/// Interfaces of `yumen:plugin` that the gateway offers or that hold types alone.
const OFFERED: [&str; 11] = [
    "types",
    "log",
    "system",
    "metrics",
    "counters",
    "kv",
    "exchange",
    "http-client",
    "dubbo-client",
    "endpoints",
    "endpoint-stats",
];

/// Packages of WASI 0.2 that are linked, without any rights.
const WASI: [&str; 6] = ["cli", "clocks", "io", "random", "filesystem", "sockets"];

/// What a plugin is, by the interface that it exports.
const WORLDS: [(&str, Kind); 4] = [
    ("filtering", Kind::Filter),
    ("routing", Kind::Router),
    ("balancing", Kind::LoadBalancer),
    ("serving", Kind::Service),
];

/// The most bytes of one function: the compiler's time grows faster than a function does.
const FUNCTION_MOST: usize = 1 << 20;

/// The most functions of a component, over all of its modules.
const FUNCTIONS_MOST: u32 = 200_000;

/// Modules and components inside a component, all counted.
const PARTS_MOST: u32 = 100;

/// What a component is and asks for, read without running it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Inspection {
    /// What kind of plugin it is.
    pub kind: Kind,
    /// The version of the contract it was made for, such as `0.1.0`.
    pub contract: String,
    /// SHA-256 of the bytes, as text.
    pub digest: String,
    /// Bytes of the component.
    pub size: usize,
    /// Bytes of it that are code.
    pub code: usize,
    /// Functions, over all core modules.
    pub functions: u32,
    /// Core modules inside.
    pub modules: u32,
    /// Interfaces it imports, by name and version.
    pub imports: Vec<String>,
    /// Interfaces it exports, by name and version.
    pub exports: Vec<String>,
    /// Bytes of memory that an instance starts with.
    pub memory: u64,
    /// Table elements that an instance starts with.
    pub table: u64,
    /// Whether it may wait (side calls or WASI), so that it is called on a stack of its own.
    pub waits: bool,
}

impl Inspection {
    /// Reads the component; refuses what is none, what imports something unknown and what no limits could allow.
    pub(crate) fn of(bytes: &[u8]) -> Result<Inspection, LoadError> {
        let refuse = |what: String| LoadError::new(Step::Inspect, what);
        if bytes.len() > Limits::MODULE_MOST {
            return Err(refuse(format!(
                "{} bytes are more than the {} a plugin may have",
                bytes.len(),
                Limits::MODULE_MOST
            )));
        }
        if Parser::is_core_wasm(bytes) {
            return Err(refuse("this is a core module; `yumen plugin build` makes it a component".to_owned()));
        }
        if !Parser::is_component(bytes) {
            return Err(refuse("this is not a WebAssembly component".to_owned()));
        }
        let mut shape = Shape::default();
        shape.read(bytes).map_err(refuse)?;
        shape.judge_imports().map_err(refuse)?;
        let (kind, contract) = shape.kind().map_err(refuse)?;
        let waits = shape.imports.iter().any(|name| waits(name));
        if let (Kind::Router | Kind::LoadBalancer, Some(name)) = (kind, shape.imports.iter().find(|name| calls(name))) {
            return Err(refuse(format!("imports {name}, which a {kind} may not: it must answer at once")));
        }
        Ok(Inspection {
            kind,
            contract,
            digest: Digest::of(bytes).to_string(),
            size: bytes.len(),
            code: shape.code,
            functions: shape.functions,
            modules: shape.modules,
            imports: shape.imports,
            exports: shape.exports,
            memory: shape.memory,
            table: shape.table,
            waits,
        })
    }

    /// Whether it can start within `limits`.
    pub(crate) fn fits(&self, limits: &Limits) -> Result<(), LoadError> {
        let refuse = |what: String| Err(LoadError::new(Step::Inspect, what));
        if self.memory > limits.memory {
            return refuse(format!(
                "starts with {} bytes of memory; `limits.memory` is {}",
                self.memory, limits.memory
            ));
        }
        if self.table > u64::from(limits.table) {
            return refuse(format!("starts with {} table elements; `limits.table` is {}", self.table, limits.table));
        }
        Ok(())
    }
}

/// What is gathered while reading.
#[derive(Default)]
struct Shape {
    imports: Vec<String>,
    exports: Vec<String>,
    memory: u64,
    table: u64,
    modules: u32,
    parts: u32,
    functions: u32,
    code: usize,
}

impl Shape {
    fn read(&mut self, bytes: &[u8]) -> Result<(), String> {
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload.map_err(|error| format!("the component is damaged: {error}"))?;
            match &payload {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.note(&payload, depth == 0)?;
        }
        Ok(())
    }

    fn note(&mut self, payload: &Payload<'_>, outermost: bool) -> Result<(), String> {
        let damaged = |error: wasmparser::BinaryReaderError| format!("the component is damaged: {error}");
        match payload {
            Payload::ComponentImportSection(section) if outermost => {
                for import in section.clone() {
                    self.imports.push(name(&import.map_err(damaged)?.name));
                }
            }
            Payload::ComponentExportSection(section) if outermost => {
                for export in section.clone() {
                    self.exports.push(name(&export.map_err(damaged)?.name));
                }
            }
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    let pages = memory.map_err(damaged)?.initial;
                    self.memory = self.memory.saturating_add(pages.saturating_mul(64 << 10));
                }
            }
            Payload::TableSection(section) => {
                for table in section.clone() {
                    self.table = self.table.saturating_add(table.map_err(damaged)?.ty.initial);
                }
            }
            Payload::ModuleSection { .. } => {
                self.modules += 1;
                self.part()?;
            }
            Payload::ComponentSection { .. } => self.part()?,
            Payload::CodeSectionEntry(body) => self.function(body.range().len())?,
            _ => {}
        }
        Ok(())
    }

    fn part(&mut self) -> Result<(), String> {
        self.parts += 1;
        if self.parts > PARTS_MOST {
            return Err(format!("consists of more than {PARTS_MOST} modules and components"));
        }
        Ok(())
    }

    fn function(&mut self, size: usize) -> Result<(), String> {
        self.functions += 1;
        self.code += size;
        if size > FUNCTION_MOST {
            return Err(format!("function {} has {size} bytes; {FUNCTION_MOST} are the most", self.functions - 1));
        }
        if self.functions > FUNCTIONS_MOST {
            return Err(format!("has more than {FUNCTIONS_MOST} functions"));
        }
        Ok(())
    }

    fn judge_imports(&self) -> Result<(), String> {
        match self.imports.iter().find(|name| !offered(name)) {
            Some(name) => Err(format!("imports {name}, which the gateway does not offer")),
            None => Ok(()),
        }
    }

    /// The one world whose interface is exported, and the version of the contract.
    fn kind(&self) -> Result<(Kind, String), String> {
        let exported =
            |wanted: &str| self.exports.iter().filter_map(|name| ours(name)).find(|(known, _)| *known == wanted);
        let found: Vec<_> = WORLDS.iter().filter(|(interface, _)| exported(interface).is_some()).collect();
        let (interface, kind) = match found[..] {
            [world] => *world,
            [] => return Err("exports none of yumen:plugin's filtering, routing, balancing and serving".to_owned()),
            [(one, _), (other, _), ..] => {
                return Err(format!("exports both {one} and {other}; a plugin is one of them"));
            }
        };
        let Some((_, version)) = exported("lifecycle") else {
            return Err("does not export yumen:plugin/lifecycle".to_owned());
        };
        for name in [interface, "lifecycle"] {
            let version = exported(name).map(|(_, version)| version).unwrap_or_default();
            if !speaks(version) {
                return Err(format!("is made for yumen:plugin {version}; this gateway speaks 0.1"));
            }
        }
        Ok((kind, version.to_owned()))
    }
}

fn name(name: &ComponentExternName<'_>) -> String {
    name.name.to_owned()
}

/// `yumen:plugin/log@0.1.0` is `("log", "0.1.0")`.
fn ours(name: &str) -> Option<(&str, &str)> {
    let (interface, version) = name.strip_prefix("yumen:plugin/")?.split_once('@')?;
    Some((interface, version))
}

fn speaks(version: &str) -> bool {
    version.starts_with("0.1.")
}

fn offered(name: &str) -> bool {
    if let Some((interface, version)) = ours(name) {
        return OFFERED.contains(&interface) && speaks(version);
    }
    let wasi = name.strip_prefix("wasi:").and_then(|name| name.split_once('@'));
    wasi.is_some_and(|(path, version)| {
        version.starts_with("0.2.") && path.split_once('/').is_some_and(|(package, _)| WASI.contains(&package))
    })
}

fn calls(name: &str) -> bool {
    ours(name).is_some_and(|(interface, _)| matches!(interface, "http-client" | "dubbo-client"))
}

fn waits(name: &str) -> bool {
    calls(name) || name.starts_with("wasi:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, why: &str) {
        let bytes = wat::parse_str(text).unwrap();
        let error = Inspection::of(&bytes).unwrap_err();
        assert_eq!(error.step, Step::Inspect);
        assert!(error.message.contains(why), "{error}");
    }

    fn filter(rest: &str) -> String {
        format!(
            r#"(component
                {rest}
                (instance $nothing)
                (export "yumen:plugin/lifecycle@0.1.0" (instance $nothing))
                (export "yumen:plugin/filtering@0.1.2" (instance $nothing)))"#
        )
    }

    #[test]
    fn a_core_module_is_told_how_to_become_a_component() {
        refused("(module)", "`yumen plugin build` makes it a component");
    }

    #[test]
    fn bytes_that_are_not_webassembly_are_refused() {
        let error = Inspection::of(b"#!/bin/sh").unwrap_err();
        assert_eq!(error.message, "this is not a WebAssembly component");
        assert!(Inspection::of(b"\0asm\x0d\0\x01\0\x07\xff").is_err());
    }

    #[test]
    fn an_import_that_the_gateway_does_not_offer_is_refused_by_name() {
        for name in [
            "evil:host/run@1.0.0",
            "yumen:plugin/shell@0.1.0",
            "yumen:plugin/log@0.2.0",
            "wasi:gpu/run@0.2.0",
            "wasi:http/types@0.2.3",
            "wasi:io/poll@0.3.0",
        ] {
            refused(
                &filter(&format!("(import \"{name}\" (instance))")),
                &format!("imports {name}, which the gateway does not offer"),
            );
        }
    }

    #[test]
    fn what_exports_no_world_or_two_is_refused() {
        refused("(component)", "exports none of");
        let both = filter("").replace(
            "(instance $nothing)))",
            "(instance $nothing)) (export \"yumen:plugin/routing@0.1.0\" (instance $nothing)))",
        );
        refused(&both, "exports both filtering and routing");
        refused(&filter("").replace("filtering@0.1.2", "filtering@0.2.0"), "this gateway speaks 0.1");
        refused(&filter("").replace("plugin/lifecycle", "plugin/living"), "does not export yumen:plugin/lifecycle");
    }

    #[test]
    fn a_router_may_not_wait_for_side_calls() {
        let router = filter("(import \"yumen:plugin/http-client@0.1.0\" (instance))").replace("filtering", "routing");
        refused(&router, "which a router may not");
    }

    #[test]
    fn what_starts_beyond_the_limits_is_refused_before_it_is_compiled() {
        let greedy = wat::parse_str(filter("(core module (memory 65536) (table 30000 funcref))")).unwrap();
        let inspection = Inspection::of(&greedy).unwrap();
        assert_eq!((inspection.memory, inspection.table), (4 << 30, 30_000));
        let error = inspection.fits(&Limits::default()).unwrap_err();
        assert!(error.message.contains("starts with 4294967296 bytes of memory"), "{error}");
        let roomy = Limits { memory: 8 << 30, ..Limits::default() };
        assert!(inspection.fits(&roomy).unwrap_err().message.contains("30000 table elements"));
    }

    #[test]
    fn inspection_tells_kind_contract_and_whether_it_waits() {
        let plain = Inspection::of(&wat::parse_str(filter("")).unwrap()).unwrap();
        assert_eq!((plain.kind, plain.contract.as_str(), plain.waits), (Kind::Filter, "0.1.0", false));
        let waiting = filter("(import \"wasi:clocks/wall-clock@0.2.3\" (instance))");
        assert!(Inspection::of(&wat::parse_str(waiting).unwrap()).unwrap().waits);
    }
}
