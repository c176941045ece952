//! Machine code of plugins, kept between two starts of the gateway and taken back only as it was written.
//!
//! Compiled code is trusted like the gateway's own: whoever writes it runs in the gateway. So what is kept carries a code of
//! authentication ([`Key`]) over its label and its bytes, and what does not carry the right one is not looked at. The key lies beside
//! the code in a file that only the gateway's user may read; without that the cache is not used. Somebody who can read the key can
//! already read and write everything that belongs to this user, the gateway's binary and configuration included.
//!
//! It is the one crate of ours in which `unsafe` stands, once: `wasmtime` asks for it because it cannot know where the bytes come from.

mod key;

pub use key::Key;

use wasmtime::component::Component;
use wasmtime::{Engine, Error};

/// Bytes of the authentication code at the head of what is kept.
const TAG: usize = 32;

/// The component's code in the form in which it is kept. `label` names what it was made of; [`open`] asks for the same.
pub fn seal(key: &Key, label: &str, component: &Component) -> Result<Vec<u8>, Error> {
    let code = component.serialize()?;
    let mut kept = Vec::with_capacity(TAG + code.len());
    kept.extend_from_slice(&key.tag(label, &code));
    kept.extend_from_slice(&code);
    Ok(kept)
}

/// The component again; `None` when the bytes are not what [`seal`] made with this key and label, or not for this engine.
pub fn open(key: &Key, label: &str, engine: &Engine, kept: &[u8]) -> Option<Component> {
    let (tag, code) = kept.split_at_checked(TAG)?;
    if !key.made(label, code, tag) {
        return None;
    }
    // SAFETY: `deserialize` asks for bytes that `serialize` of the same wasmtime made and nobody changed. The tag proves that a holder of
    // the key made exactly these bytes under this label; the only holders are gateways of this user, which make tags in `seal` alone. That
    // wasmtime's version and settings and this machine's features are the same is checked by `deserialize` itself, which then errs.
    #[allow(unsafe_code, reason = "the one call that trusts kept code; see above and the crate's documentation")]
    let component = unsafe { Component::deserialize(engine, code) };
    component.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = r#"(component (core module (func (export "f") (result i32) (i32.const 7))))"#;

    fn sealed() -> (tempfile::TempDir, Key, Engine, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let key = Key::at(folder.path()).unwrap();
        let engine = Engine::default();
        let component = Component::new(&engine, wat::parse_str(EMPTY).unwrap()).unwrap();
        let kept = seal(&key, "a", &component).unwrap();
        (folder, key, engine, kept)
    }

    #[test]
    fn what_was_sealed_opens_again_with_the_same_key_and_label() {
        let (folder, key, engine, kept) = sealed();
        assert!(open(&key, "a", &engine, &kept).is_some());
        let again = Key::at(folder.path()).unwrap();
        assert!(open(&again, "a", &engine, &kept).is_some(), "the key is read again");
    }

    #[test]
    fn one_changed_byte_another_label_and_another_key_open_nothing() {
        let (_folder, key, engine, kept) = sealed();
        for place in [0, TAG, kept.len() / 2, kept.len() - 1] {
            let mut changed = kept.clone();
            changed[place] ^= 1;
            assert!(open(&key, "a", &engine, &changed).is_none(), "byte {place}");
        }
        assert!(open(&key, "b", &engine, &kept).is_none());
        assert!(open(&key, "a", &engine, &kept[..TAG - 1]).is_none());
        let elsewhere = tempfile::tempdir().unwrap();
        assert!(open(&Key::at(elsewhere.path()).unwrap(), "a", &engine, &kept).is_none());
    }

    #[test]
    fn code_for_an_engine_of_other_settings_is_not_opened() {
        let (_folder, key, _, kept) = sealed();
        let mut other = wasmtime::Config::new();
        other.epoch_interruption(true);
        assert!(open(&key, "a", &Engine::new(&other).unwrap(), &kept).is_none());
    }
}
