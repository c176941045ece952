//! Guests written as text, each with one thing that it does: what the contract looks like without any SDK, and what an SDK would not let one do.
#![allow(dead_code, reason = "each test binary uses its part of it")]

use std::time::Duration;

use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, SourceMap};
use yumen_plugin_encode::{CONTRACT, encode};
use yumen_plugin_host::Artifact;

/// Where the guests keep things in their memory.
const MANIFEST: u32 = 1024;
/// Sixty-four zero bytes: the verdict "go on" without edits, the result "fine", the piece "pass".
pub const FINE: u32 = 2048;
/// Room that a guest may write an answer to; 64 zero bytes at first.
pub const ANSWER: u32 = 2176;
/// Texts that [`Guest::text`] places.
const TEXTS: u32 = 4096;
/// Where memory for the host's values is given out from, over and over.
const HEAP: u32 = 40_000;

/// A filter that imports what it takes to make a handle of WASI and to wait for it.
const WAITING: &str = "package test:waiting;
package wasi:io@0.2.3 {
    interface poll { resource pollable { block: func(); } }
}
package wasi:clocks@0.2.3 {
    interface monotonic-clock {
        use wasi:io/poll@0.2.3.{pollable};
        subscribe-duration: func(nanoseconds: u64) -> pollable;
    }
}
world waiting {
    import wasi:clocks/monotonic-clock@0.2.3;
    include yumen:plugin/filter@0.1.0;
}";

/// Flags of `interest`.
pub const ALL_PHASES: u8 = 0x7f;

/// A guest to be.
pub struct Guest {
    world: &'static str,
    pub interest: u8,
    pub wants: Vec<&'static str>,
    pub schema: String,
    /// What stands before all functions: imports.
    pub imports: String,
    /// Functions, globals, tables of its own.
    pub extra: String,
    /// The memory, as `(memory …)`.
    pub memory: String,
    /// It speaks WASI.
    wasi: bool,
    bodies: Vec<(&'static str, String)>,
    texts: Vec<(u32, Vec<u8>)>,
    next: u32,
}

/// (interface, function, its core type) of every export.
const LIFECYCLE: [(&str, &str, &str); 3] = [
    ("lifecycle", "describe", "(result i32)"),
    ("lifecycle", "configure", "(param i32 i32) (result i32)"),
    ("lifecycle", "self-test", "(result i32)"),
];
const FILTERING: [(&str, &str, &str); 6] = [
    ("filtering", "on-request", "(param i32 i32 i32) (result i32)"),
    ("filtering", "on-body", "(param i32 i32 i32 i32 i64) (result i32)"),
    ("filtering", "on-call", "(param i32 i32 i64) (result i32)"),
    ("filtering", "on-outcome", "(param i32 i64) (result i32)"),
    ("filtering", "on-response", "(param i32 i32 i32 i64) (result i32)"),
    ("filtering", "on-end", "(param i32 i64 i64)"),
];
const ROUTING: [(&str, &str, &str); 2] = [
    ("routing", "prepare", "(param i32 i32 i32 i32) (result i32)"),
    ("routing", "route", "(param i32 i32 i32 i32) (result i32)"),
];
const BALANCING: [(&str, &str, &str); 3] = [
    ("balancing", "rebuild", "(param i32 i32 i32 i32 i32) (result i32)"),
    ("balancing", "forget", "(param i32)"),
    ("balancing", "pick", "(param i32 i64 i32 i32) (result i32)"),
];
const SERVING: [(&str, &str, &str); 2] =
    [("serving", "services", "(result i32)"), ("serving", "invoke", "(param i32) (result i32)")];

impl Guest {
    fn new(world: &'static str) -> Guest {
        Guest {
            world,
            interest: 1,
            wants: Vec::new(),
            schema: String::new(),
            imports: String::new(),
            extra: String::new(),
            memory: "(memory (export \"memory\") 2)".to_owned(),
            wasi: false,
            bodies: Vec::new(),
            texts: Vec::new(),
            next: TEXTS,
        }
    }

    pub fn filter() -> Guest {
        Guest::new("filter")
    }

    /// A filter that has `$subscribe (param i64) (result i32)`, which makes a handle of a span in nanoseconds, `$block`, which
    /// waits for one, and `$drop`, which lets it go.
    pub fn waiting() -> Guest {
        let imports = r#"
            (import "wasi:clocks/monotonic-clock@0.2.3" "subscribe-duration" (func $subscribe (param i64) (result i32)))
            (import "wasi:io/poll@0.2.3" "[method]pollable.block" (func $block (param i32)))
            (import "wasi:io/poll@0.2.3" "[resource-drop]pollable" (func $drop (param i32)))"#;
        Guest { imports: imports.to_owned(), wasi: true, ..Guest::filter() }
    }

    pub fn router() -> Guest {
        Guest::new("router")
    }

    pub fn balancer() -> Guest {
        Guest::new("load-balancer")
    }

    pub fn service() -> Guest {
        Guest::new("service")
    }

    /// The body of an exported function; what is not given answers [`FINE`].
    pub fn on(mut self, function: &'static str, body: impl Into<String>) -> Guest {
        self.bodies.push((function, body.into()));
        self
    }

    /// Places a text; its address and length as two constants.
    pub fn text(&mut self, text: &[u8]) -> String {
        let (at, length) = self.place(text);
        format!("(i32.const {at}) (i32.const {length})")
    }

    /// Places bytes; their address and length.
    pub fn place(&mut self, bytes: &[u8]) -> (u32, u32) {
        let at = self.next;
        let length = u32::try_from(bytes.len()).unwrap();
        self.next = (at + length + 7) & !7;
        assert!(self.next <= HEAP, "too many texts");
        self.texts.push((at, bytes.to_vec()));
        (at, length)
    }

    /// A verdict with one edit `set(name, value)`.
    pub fn setting(name: &[u8], value: &[u8]) -> Guest {
        let mut guest = Guest::filter();
        let (name, value) = (guest.place(name), guest.place(value));
        let mut edit = vec![0; 32];
        for (place, number) in [name.0, name.1, value.0, value.1].into_iter().enumerate() {
            edit[4 + 4 * place..8 + 4 * place].copy_from_slice(&number.to_le_bytes());
        }
        let (edit, _) = guest.place(&edit);
        let answer = format!(
            "(i32.store (i32.const {}) (i32.const {edit})) (i32.store (i32.const {}) (i32.const 1)) (i32.const {ANSWER})",
            ANSWER + 32,
            ANSWER + 36
        );
        guest.on("on-request", answer)
    }

    /// The core module as text.
    pub fn module(mut self) -> String {
        let manifest = self.manifest();
        let functions: Vec<_> = match self.world {
            "filter" => FILTERING.to_vec(),
            "router" => ROUTING.to_vec(),
            "load-balancer" => BALANCING.to_vec(),
            _ => SERVING.to_vec(),
        };
        let mut text = format!("(module {} {} {}", self.imports, self.memory, self.extra);
        for (interface, name, kind) in LIFECYCLE.into_iter().chain(functions) {
            let given = self.bodies.iter().rev().find(|(known, _)| *known == name).map(|(_, body)| body.clone());
            let usual = match (name, kind.contains("result")) {
                ("describe", _) => format!("(i32.const {MANIFEST})"),
                (_, true) => format!("(i32.const {FINE})"),
                (_, false) => String::new(),
            };
            let body = given.unwrap_or(usual);
            text += &format!("(func (export \"yumen:plugin/{interface}@0.1.0#{name}\") {kind} {body})\n");
        }
        text += &format!(
            "(global $heap (mut i32) (i32.const {HEAP}))
             (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) (local $at i32)
               (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
               (if (i32.gt_u (i32.add (local.get $at) (local.get 3)) (i32.const 130000))
                 (then (local.set $at (i32.const {HEAP}))))
               (global.set $heap (i32.add (local.get $at) (local.get 3)))
               (local.get $at))"
        );
        self.texts.push((MANIFEST, manifest));
        for (at, bytes) in &self.texts {
            let bytes: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
            text += &format!("(data (i32.const {at}) \"{bytes}\")\n");
        }
        text + ")"
    }

    /// The component.
    pub fn build(self) -> Artifact {
        let (world, wasi) = (self.world, self.wasi);
        let mut module = wat::parse_str(self.module()).unwrap();
        if wasi {
            speak_wasi(&mut module);
        }
        Artifact::new(encode(&module, world).unwrap(), "test")
    }

    fn manifest(&mut self) -> Vec<u8> {
        let schema = self.schema.clone();
        let strings = [self.place(b"guest"), self.place(b"1.0.0"), self.place(schema.as_bytes())];
        let wants: Vec<(u32, u32)> = self.wants.clone().iter().map(|name| self.place(name.as_bytes())).collect();
        let list: Vec<u8> =
            wants.iter().flat_map(|(at, length)| [at.to_le_bytes(), length.to_le_bytes()].concat()).collect();
        let (list, _) = self.place(&list);
        let mut bytes = vec![0; 64];
        let mut put = |place: usize, number: u32| bytes[place..place + 4].copy_from_slice(&number.to_le_bytes());
        for (place, (at, length)) in strings.into_iter().enumerate() {
            put(8 * place, at);
            put(8 * place + 4, length);
        }
        put(24, u32::from(self.interest));
        put(28, list);
        put(32, u32::try_from(wants.len()).unwrap());
        bytes
    }
}

/// Writes the world [`WAITING`] into a core module.
fn speak_wasi(module: &mut Vec<u8>) {
    let mut sources = SourceMap::default();
    for (name, text) in CONTRACT {
        sources.push_str(name, text);
    }
    let group = sources.parse().map_err(|(_, error)| error).unwrap();
    let mut resolve = Resolve::default();
    resolve.push_group(group).unwrap();
    let package = resolve.push_str("waiting.wit", WAITING).unwrap();
    let world = resolve.select_world(&[package], Some("waiting")).unwrap();
    embed_component_metadata(module, &resolve, world, StringEncoding::UTF8).unwrap();
}

/// How long a test waits for what must come.
pub const SOON: Duration = Duration::from_secs(20);
