//! How much one body may ask of its reader.

/// Bounds on what a [`Reader`](crate::Reader) accepts. They bound work and memory; a length found in the
/// bytes never sizes an allocation in the first place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Containers open at the same time.
    pub depth: u32,
    /// Values read in all, those read again by following references included.
    pub elements: u32,
    /// Class definitions in one body.
    pub class_definitions: u32,
    /// Fields of one class.
    pub fields: u32,
    /// Bytes, as encoded, of one string or one binary.
    pub string_bytes: usize,
    /// Bytes, as encoded, of one class, type or field name.
    pub name_bytes: usize,
    /// Bytes walked by [`Reader::revisit`](crate::Reader::revisit) in all.
    pub revisited_bytes: usize,
}

impl Limits {
    /// Limits under which a body of `bytes` bytes, which somebody found short enough to accept, can be read to its end
    /// whatever it holds: one long string, or a million small numbers. Depth, classes and repeated reading stay bounded.
    #[must_use]
    pub fn for_body(bytes: usize) -> Self {
        let default = Self::default();
        Self {
            // No value is shorter than a byte.
            elements: default.elements.max(u32::try_from(bytes).unwrap_or(u32::MAX)),
            string_bytes: default.string_bytes.max(bytes),
            revisited_bytes: default.revisited_bytes.max(bytes),
            ..default
        }
    }
}

impl Default for Limits {
    /// Fits what Dubbo sends by default: frames of up to 8 MiB.
    fn default() -> Self {
        Self {
            depth: 128,
            elements: 1_000_000,
            class_definitions: 1000,
            fields: 512,
            string_bytes: 8 << 20,
            name_bytes: 4096,
            revisited_bytes: 64 << 20,
        }
    }
}
