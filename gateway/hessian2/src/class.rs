//! Class definitions: what the fields of the objects that follow are called.

use std::borrow::Cow;
use std::ops::Range;

#[cfg(doc)]
use crate::reader::Reader;
use crate::source::Source;
use crate::well_known;

/// Number of a class definition within its body, in the order of definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassIndex(pub u32);

/// A class as the bytes define it: its name and the names of its fields in the order their values come.
///
/// A name may come twice, for a field that hides one of a superclass; Java assigns both to the same field,
/// so the last one counts.
#[derive(Debug, Clone)]
pub struct ClassDefinition<'a> {
    /// Java's class name, such as `com.acme.Order$Line`.
    pub name: Cow<'a, str>,
    /// Where the definition starts.
    pub(crate) at: usize,
    /// All of the definition, its tag included.
    pub(crate) raw: &'a [u8],
    /// The field names, each a string with its tag, checked when the definition was read.
    pub(crate) names: &'a [u8],
    /// How many they are.
    pub(crate) declared: u32,
}

impl<'a> ClassDefinition<'a> {
    /// Stands for a definition that no token of this reader has named.
    pub(crate) const fn nothing() -> Self {
        Self { name: Cow::Borrowed(""), at: 0, raw: &[], names: &[], declared: 0 }
    }

    /// How many values an instance has.
    #[inline]
    #[must_use]
    pub fn field_count(&self) -> usize {
        self.declared as usize + usize::from(self.unnamed().is_some())
    }

    /// The names of the fields, in the order of their values.
    pub fn fields(&self) -> impl Iterator<Item = Cow<'a, str>> + use<'a> {
        let mut source = Source::new(self.names);
        let declared = (0..self.declared).map_while(move |_| source.tagged_string(usize::MAX).ok());
        declared.chain(self.unnamed().map(Cow::Borrowed))
    }

    /// The bytes of the definition: two equal ones have equal names and fields, so they serve as the key
    /// of whatever is worked out once per class.
    #[inline]
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// In its compact mode hessian-lite 4 writes `LocalDate` and `LocalTime` as classes without fields
    /// whose instances are followed by one long all the same. That long gets a name here.
    #[inline]
    fn unnamed(&self) -> Option<&'static str> {
        if self.declared > 0 { None } else { well_known::unnamed_field(&self.name) }
    }
}

/// A definition remembered beyond its body, so that [`Reader::recognise`] can take it in by comparing bytes
/// where it would otherwise read every name again.
#[derive(Debug, Clone)]
pub struct KnownClass {
    raw: Box<[u8]>,
    /// Where in `raw` the text of the class name is.
    name: Range<usize>,
    /// Where in `raw` the field names start.
    names: usize,
    pub(crate) declared: u32,
}

impl KnownClass {
    /// Remembers a definition. `None` if its class name is in several chunks or has surrogates: a name like
    /// that is put together anew for every body.
    #[must_use]
    pub fn of(definition: &ClassDefinition<'_>) -> Option<Self> {
        let Cow::Borrowed(name) = definition.name else { return None };
        let raw = definition.raw;
        let mut source = Source::new(raw);
        source.at = 1;
        source.check_string(usize::MAX).ok()?;
        let name = source.at.checked_sub(name.len())?..source.at;
        let names = raw.len().checked_sub(definition.names.len())?;
        Some(Self { raw: raw.into(), name, names, declared: definition.declared })
    }

    /// The bytes of the definition.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The definition as it stands in other bytes, which begin with [`KnownClass::raw`], at offset `at`.
    pub(crate) fn within<'a>(&self, bytes: &'a [u8], at: usize) -> Option<ClassDefinition<'a>> {
        let raw = bytes.get(..self.raw.len())?;
        let name = std::str::from_utf8(raw.get(self.name.clone())?).ok()?;
        let names = raw.get(self.names..)?;
        Some(ClassDefinition { name: Cow::Borrowed(name), at, raw, names, declared: self.declared })
    }
}
