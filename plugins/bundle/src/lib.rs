//! The plugins that Yumen ships, as components: `source: builtin:rate-limit`.
//!
//! `build.rs` compiles them for `wasm32-unknown-unknown`. Where that target is missing this crate still builds, and
//! [`builtin`] says what to install.

/// Why this build has no plugins, and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing(pub &'static str);

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "this build of Yumen has no built-in plugins: {}", self.0)
    }
}

impl std::error::Error for Missing {}

/// Names and components.
const PLUGINS: &[(&str, Result<&[u8], Missing>)] = include!(concat!(env!("OUT_DIR"), "/plugins.rs"));

/// The component of this name; `None` when no plugin is called so.
#[must_use]
pub fn builtin(name: &str) -> Option<Result<&'static [u8], Missing>> {
    PLUGINS.iter().find(|(known, _)| *known == name).map(|(_, component)| *component)
}

/// The names of all shipped plugins.
pub fn names() -> impl Iterator<Item = &'static str> {
    PLUGINS.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_plugin_is_a_component() {
        assert_eq!(names().count(), 11);
        for name in names() {
            let component = builtin(name).expect("it is known").unwrap_or_else(|missing| panic!("{missing}"));
            assert!(component.starts_with(b"\0asm\x0d\0\x01\0"), "{name}");
        }
        assert_eq!(builtin("unheard-of"), None);
    }
}
