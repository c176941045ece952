//! The three numbered tables of a body, and which of their entries lie before the reader.
//!
//! ```text
//!   bytes    [ C  O  [ V type  O  ] │ C  O  Q … ]
//!                                   ▲
//!   objects    0,1,2                │ 3          seen.objects = 3
//!   classes   0                     │1           seen.classes = 1
//!   types           0               │            seen.types   = 1
//! ```
//! An entry's number follows from where it stands. So a reader that has gone back, or has read ahead from
//! a place it went back to, only moves [`Seen`]; an entry is made when the reader is first to pass it.

use std::borrow::Cow;

use crate::class::{ClassDefinition, ClassIndex};

/// Number of a list, map or object within its body, in the order in which they start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefId(pub u32);

/// What back references, instances and type numbers refer to.
#[derive(Debug, Default)]
pub(super) struct Tables<'a> {
    pub(super) seen: Seen,
    /// Where each list, map and object starts.
    objects: Vec<usize>,
    classes: Vec<ClassDefinition<'a>>,
    types: Vec<TypeName<'a>>,
}

/// How many entries of each table lie before the reader.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    pub(super) objects: u32,
    pub(super) classes: u32,
    types: u32,
}

#[derive(Debug)]
struct TypeName<'a> {
    at: usize,
    name: Cow<'a, str>,
}

impl<'a> Tables<'a> {
    /// Numbers the list, map or object that starts at `at`.
    #[inline]
    pub(super) fn object(&mut self, at: usize) -> RefId {
        let id = self.seen.objects;
        if id as usize == self.objects.len() {
            self.objects.push(at);
        }
        self.seen.objects += 1;
        RefId(id)
    }

    /// The object of this number, if it has started.
    pub(super) fn known_object(&self, number: i32) -> Option<RefId> {
        u32::try_from(number).ok().filter(|&id| id < self.seen.objects).map(RefId)
    }

    /// The class of this number, if it has been defined.
    #[inline]
    pub(super) fn known_class(&self, number: i32) -> Option<ClassIndex> {
        u32::try_from(number).ok().filter(|&index| index < self.seen.classes).map(ClassIndex)
    }

    /// The definition that an index of this body stands for.
    #[inline]
    pub(super) fn class(&self, class: ClassIndex) -> Option<&ClassDefinition<'a>> {
        self.classes.get(class.0 as usize)
    }

    /// Passes a definition that has been read before and returns where it ends.
    pub(super) fn pass_class(&mut self) -> Option<usize> {
        let known = self.classes.get(self.seen.classes as usize)?;
        self.seen.classes += 1;
        Some(known.at + known.raw.len())
    }

    /// Adds a definition.
    pub(super) fn define(&mut self, class: ClassDefinition<'a>) {
        self.classes.push(class);
        self.seen.classes += 1;
    }

    /// Adds or passes the type name at `at`.
    pub(super) fn name_type(&mut self, at: usize, name: Cow<'a, str>) {
        if self.seen.types as usize == self.types.len() {
            self.types.push(TypeName { at, name });
        }
        self.seen.types += 1;
    }

    /// The type of this number, if it has been named.
    pub(super) fn known_type(&self, number: i32) -> Option<Cow<'a, str>> {
        let index = u32::try_from(number).ok().filter(|&index| index < self.seen.types)?;
        self.types.get(index as usize).map(|known| known.name.clone())
    }

    /// Goes back to before an object that has started, and returns where it does.
    pub(super) fn go_back(&mut self, id: RefId) -> Option<usize> {
        let start = *self.objects.get(id.0 as usize).filter(|_| id.0 < self.seen.objects)?;
        self.seen = Seen {
            objects: id.0,
            classes: count(self.classes.partition_point(|class| class.at < start)),
            types: count(self.types.partition_point(|name| name.at < start)),
        };
        Some(start)
    }
}

/// Tables have fewer entries than the limits on elements and definitions, both 32 bits.
fn count(entries: usize) -> u32 {
    u32::try_from(entries).unwrap_or(u32::MAX)
}
