//! What is worked out once about a class definition: how its objects are written and what their keys look like.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use yumen_dubbo::contract::{Contract, TypeDefinition};
use yumen_hessian2::well_known::{self, TemporalKind, WellKnown};
use yumen_hessian2::{ClassDefinition, KnownClass};

use super::super::types::{Kind, NodeId, Types};
use super::scalar;

/// Most layouts kept with a plan: a provider that invents classes must not fill the memory.
const MAX_LAYOUTS: usize = 256;
/// Bytes of a key that are copied at once.
const KEY_CHUNK: usize = 32;

/// How objects of one definition are written, where a value of one type is expected.
pub(super) struct Layout {
    /// The definition's bytes: the key.
    raw: Box<[u8]>,
    /// The definition as the reader knows it again without reading its names.
    pub(super) class: Option<KnownClass>,
    /// The expected type: the other half of the key.
    hint: Option<NodeId>,
    /// What the object becomes.
    pub(super) shape: Shape,
    /// Keys of all fields, each as `,"name":`, and behind them as many bytes as [`Layout::put_key`] copies at once.
    keys: Box<[u8]>,
    /// The fields in the order of their values.
    pub(super) fields: Box<[Slot]>,
}

/// What an object becomes in JSON.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// An object.
    Members,
    /// The value of this one of its fields.
    Field(usize),
    /// Whether the int in this one of its fields is not zero.
    Flag(usize),
    /// The digits in this one of its fields.
    Digits(usize),
    /// The digits of a `BigInteger`.
    BigInteger,
    /// The text of a `java.time` value.
    Temporal(TemporalKind),
    /// The message of an exception.
    Throwable,
}

/// A field of an object.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    /// Where its key begins in [`Layout::keys`].
    from: u32,
    /// Length of its key; zero means that its value is passed over.
    len: u32,
    /// Its declared type, where known.
    pub(super) hint: Option<NodeId>,
}

impl Layout {
    /// Works a layout out.
    pub(super) fn build(
        definition: &ClassDefinition<'_>,
        hint: Option<NodeId>,
        types: &Types,
        classes: &Classes,
    ) -> Self {
        let names: Vec<_> = definition.fields().collect();
        let shape = shape(&definition.name, &names, hint.map(|node| &types.node(node).kind), classes);
        let class = declared_class(&definition.name, hint, types);
        let mut keys = Vec::new();
        let fields = names
            .iter()
            .enumerate()
            .map(|(index, name)| {
                let from = place(keys.len());
                // A field that hides one of a superclass comes twice; Java lets the last one win.
                let hidden = names.iter().skip(index + 1).any(|later| later == name);
                if !hidden {
                    keys.push(b',');
                    scalar::string(&mut keys, name);
                    keys.push(b':');
                }
                let declared = class.and_then(|class| class.fields.get(usize::from(class.find(name, index)?)));
                Slot { from, len: place(keys.len()) - from, hint: declared.map(|field| types.likely(field.node)) }
            })
            .collect();
        keys.extend_from_slice(&[0; KEY_CHUNK]);
        Self { raw: definition.raw().into(), class: KnownClass::of(definition), hint, shape, keys: keys.into(), fields }
    }

    /// Appends the key of a field; false when the field is passed over.
    ///
    /// Keys are short: one copy of fixed size, cut back, takes a fraction of a copy whose length is not known.
    #[inline]
    pub(super) fn put_key(&self, slot: &Slot, out: &mut Vec<u8>) -> bool {
        let (from, len) = (slot.from as usize, slot.len as usize);
        match self.keys.get(from..).and_then(|keys| keys.first_chunk::<KEY_CHUNK>()) {
            Some(chunk) if len <= KEY_CHUNK => {
                let end = out.len() + len;
                out.extend_from_slice(chunk);
                out.truncate(end);
            }
            _ => out.extend_from_slice(self.keys.get(from..from + len).unwrap_or_default()),
        }
        len > 0
    }

    /// Whether it is the layout of this definition where this type is expected.
    pub(super) fn is_for(&self, raw: &[u8], hint: Option<NodeId>) -> bool {
        self.hint == hint && *self.raw == *raw
    }
}

fn place(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// The class as the plan's types have it: the expected one if the names agree, else any of that name, else the expected
/// one, whose fields an unknown class below it has too.
fn declared_class<'t>(name: &str, hint: Option<NodeId>, types: &'t Types) -> Option<&'t super::super::types::Class> {
    let expected = hint.and_then(|node| match &types.node(node).kind {
        Kind::Bean(class) => types.class(*class),
        Kind::Choice(choice) => match choice.classes.first().map(|(_, node)| &types.node(*node).kind) {
            Some(Kind::Bean(class)) => types.class(*class),
            _ => None,
        },
        _ => None,
    });
    expected.filter(|class| *class.name == *name).or_else(|| types.class_named(name)).or(expected)
}

fn shape(class: &str, names: &[std::borrow::Cow<'_, str>], hint: Option<&Kind>, classes: &Classes) -> Shape {
    let find = |name: &str| names.iter().position(|field| field == name);
    match WellKnown::of(class) {
        Some(WellKnown::Decimal) => return find(well_known::VALUE).map_or(Shape::Members, Shape::Digits),
        Some(WellKnown::BigInteger) => return Shape::BigInteger,
        Some(WellKnown::Temporal(kind)) => return Shape::Temporal(kind),
        _ => {}
    }
    let stands_for = match class {
        well_known::CALENDAR_HANDLE => find("date"),
        well_known::ENUM_SET_HANDLE => find("objects"),
        well_known::BIT_SET_HANDLE => find("words"),
        well_known::LOCALE_HANDLE => find(well_known::VALUE),
        "java.util.Currency" => find("currencyCode"),
        "java.net.URI" => find("string"),
        _ if class.starts_with("java.") && names.len() == 1 => find(well_known::VALUE),
        _ => None,
    };
    match stands_for {
        Some(index) if class == "java.util.concurrent.atomic.AtomicBoolean" => return Shape::Flag(index),
        Some(index) => return Shape::Field(index),
        None => {}
    }
    if find("stackTrace").is_some() && find("detailMessage").is_some() {
        return Shape::Throwable;
    }
    match find(well_known::NAME) {
        Some(index) if names.len() == 1 && classes.is_enum(class, hint) => Shape::Field(index),
        _ => Shape::Members,
    }
}

/// Which classes are enums, as far as the contract tells.
#[derive(Default)]
pub(crate) struct Classes {
    /// Beans whose only field is `name`: they look like enums on the wire.
    beans: Box<[Box<str>]>,
}

impl Classes {
    /// Gathers from contracts what the wire does not tell.
    pub(crate) fn of<'c>(contracts: impl IntoIterator<Item = &'c Contract>) -> Self {
        let looks_like_enum = |definition: &TypeDefinition| match definition {
            TypeDefinition::Bean { fields, .. } => matches!(&**fields, [only] if &*only.name == well_known::NAME),
            TypeDefinition::Enum { .. } => false,
        };
        let types = contracts.into_iter().flat_map(|contract| &contract.types);
        Self {
            beans: types.filter(|(_, definition)| looks_like_enum(definition)).map(|(name, _)| name.clone()).collect(),
        }
    }

    /// Whether a class with the one field `name` is an enum.
    fn is_enum(&self, class: &str, hint: Option<&Kind>) -> bool {
        match hint {
            Some(Kind::Enum(..)) => true,
            _ => !self.beans.iter().any(|bean| **bean == *class),
        }
    }
}

/// The layouts that a plan has met, shared by all workers.
#[derive(Default)]
pub(crate) struct Layouts(ArcSwap<Vec<Arc<Layout>>>);

impl Layouts {
    /// Those known now.
    pub(super) fn load(&self) -> Guard<Arc<Vec<Arc<Layout>>>> {
        self.0.load()
    }

    /// Keeps one more, unless there are too many, or another worker was faster.
    pub(super) fn keep(&self, layout: &Arc<Layout>) {
        let spare = |known: &[Arc<Layout>]| {
            known.len() < MAX_LAYOUTS && !known.iter().any(|have| have.is_for(&layout.raw, layout.hint))
        };
        if !spare(&self.load()) {
            return;
        }
        self.0.rcu(|known| match spare(known) {
            true => Arc::new(known.iter().chain([layout]).cloned().collect()),
            false => Arc::clone(known),
        });
    }
}
