//! From what a compiler makes to a component that the gateway takes.
//!
//! ```text
//!  core module ──▶ which world? ──▶ [preview1.wat, if it asks for WASI preview 1] ──▶ component
//! ```
//! A compiler without bindings of its own (C, Go) is told the world; one with them (Rust) says it itself. The contract comes from
//! `plugin-sdk/wit`, held in this crate so that a binary needs no files beside it.

mod contract;

pub use contract::{CONTRACT, imports, narrowed};

use anyhow::Context;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, WorldId};

/// The module's name for what it wants of its system.
const PREVIEW1: &str = "wasi_snapshot_preview1";

/// What answers it.
const ADAPTER: &str = include_str!("preview1.wat");

/// What the adapter itself asks for.
const ADAPTER_WORLD: &str = "package yumen:preview1;
world adapter {
    import yumen:plugin/log@0.1.0;
    import yumen:plugin/system@0.1.0;
}";

/// The bytes cannot be made a component; says why, for whoever compiled them.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct EncodeError(String);

/// Makes a component of this world, such as `filter`. What is a component already comes back as it is.
///
/// # Errors
/// The bytes are not WebAssembly, a function that the world exports is missing or has another signature, or something is imported
/// that neither the world nor WASI preview 1 has.
pub fn encode(module: &[u8], world: &str) -> Result<Vec<u8>, EncodeError> {
    if is_component(module) {
        return Ok(module.to_vec());
    }
    encoded(module, world).map_err(|error| EncodeError(format!("{error:#}")))
}

/// Whether these are the first bytes of a component, rather than of a core module or of no WebAssembly.
#[must_use]
pub fn is_component(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\0asm\x0d\0\x01\0")
}

fn encoded(module: &[u8], world: &str) -> anyhow::Result<Vec<u8>> {
    anyhow::ensure!(module.starts_with(b"\0asm"), "this is not WebAssembly");
    let mut module = module.to_vec();
    if !says_its_world(&module) {
        let (resolve, id) = contract::world(world)?;
        embed_component_metadata(&mut module, &resolve, id, StringEncoding::UTF8)?;
    }
    let encoder = ComponentEncoder::default().validate(true).module(&module)?;
    encoder.adapter(PREVIEW1, &adapter()?)?.encode().context("the module does not fit the world")
}

/// Whether a compiler's bindings left a description of the world in the module.
fn says_its_world(module: &[u8]) -> bool {
    module.windows(b"component-type".len()).any(|window| window == b"component-type")
}

fn adapter() -> anyhow::Result<Vec<u8>> {
    let mut module = wat::parse_str(ADAPTER)?;
    let (mut resolve, _) = contract::parsed()?;
    let world = added(&mut resolve, ADAPTER_WORLD, "adapter")?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    Ok(module)
}

fn added(resolve: &mut Resolve, text: &str, world: &str) -> anyhow::Result<WorldId> {
    let package = resolve.push_str("adapter.wit", text)?;
    resolve.select_world(&[package], Some(world))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A balancer that always leaves the choice to the gateway, with more text where `more` is.
    fn balancer(more: &str) -> Vec<u8> {
        let text = format!(
            r#"(module {more}
              (memory (export "memory") 1)
              (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
              (func (export "yumen:plugin/lifecycle@0.1.0#describe") (result i32) (i32.const 0))
              (func (export "yumen:plugin/lifecycle@0.1.0#configure") (param i32 i32) (result i32) (i32.const 0))
              (func (export "yumen:plugin/lifecycle@0.1.0#self-test") (result i32) (i32.const 0))
              (func (export "yumen:plugin/balancing@0.1.0#rebuild") (param i32 i32 i32 i32 i32) (result i32) (i32.const 0))
              (func (export "yumen:plugin/balancing@0.1.0#forget") (param i32))
              (func (export "yumen:plugin/balancing@0.1.0#pick") (param i32 i64 i32 i32) (result i32) (i32.const -1)))"#
        );
        wat::parse_str(text).expect("a module")
    }

    fn has(bytes: &[u8], text: &str) -> bool {
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    }

    #[test]
    fn a_module_becomes_a_component_of_the_world_it_is_told() {
        let component = encode(&balancer(""), "load-balancer").expect("a component");
        assert!(is_component(&component));
        assert!(has(&component, "yumen:plugin/balancing@0.1.0"));
        assert!(!has(&component, "yumen:plugin/log@0.1.0"), "what is not used is not imported");
        assert_eq!(encode(&component, "load-balancer").expect("it is one"), component);
    }

    #[test]
    fn wasi_preview_1_is_answered_in_the_gateways_words() {
        let write = r#"(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))"#;
        let component = encode(&balancer(write), "load-balancer").expect("a component");
        assert!(has(&component, "yumen:plugin/log@0.1.0"));
        assert!(!has(&component, "yumen:plugin/system@0.1.0") && !has(&component, "wasi:"));
    }

    #[test]
    fn what_is_missing_or_not_offered_is_named() {
        let refused = |bytes: &[u8], world| encode(bytes, world).map(drop).expect_err("no component").to_string();
        let other = refused(&balancer(""), "filter");
        assert!(other.contains("yumen:plugin/filtering@0.1.0"), "{other}");
        let stranger = balancer(r#"(import "env" "launch" (func))"#);
        assert!(refused(&stranger, "load-balancer").contains("env"), "{}", refused(&stranger, "load-balancer"));
        assert_eq!(refused(b"#!/bin/sh", "filter"), "this is not WebAssembly");
    }
}
