//! Small plugins for tests and measurements, as components; `modules` holds their sources.

include!(concat!(env!("OUT_DIR"), "/list.rs"));

/// The component of a guest.
///
/// # Errors
/// When there is none of this name, or none at all because the Wasm target is missing; says what to install.
pub fn guest(name: &str) -> Result<&'static [u8], String> {
    let found = GUESTS.iter().find(|(guest, _)| *guest == name);
    found.map(|(_, bytes)| *bytes).ok_or_else(|| format!("{name}: {MISSING}"))
}
