//! Nested classes: definitions write `a.Item.Size`, the wire wants `a.Item$Size`.
//!
//! Evidence is asked in this order:
//! 1. the text (2.7) or the name of the interface shows the `$` form;
//! 2. the front of the name is a class that the definition lists: the rest is nested in it;
//! 3. Java's habit: packages are lower case, so the first name with a capital is the class. The package of the
//!    interface and of every `$` name is known to be one, whatever its case.
//!
//! Wrong only for packages with capitals that are not the interface's own.

use std::collections::{BTreeMap, BTreeSet};

use super::Entry;
use crate::contract::{MethodContract, TypeName};

/// What the names of one definition tell of each other.
pub(super) struct NestedNames {
    with_dollar: BTreeMap<Box<str>, Box<str>>,
    classes: BTreeSet<Box<str>>,
    packages: BTreeSet<Box<str>>,
}

impl NestedNames {
    pub(super) fn new(interface: &str) -> Self {
        let mut names = Self { with_dollar: BTreeMap::new(), classes: BTreeSet::new(), packages: BTreeSet::new() };
        names.learn(interface);
        if let Some((package, _)) = interface.rsplit_once('.') {
            names.packages.insert(package.into());
        }
        names
    }

    /// Takes in the names of a listed class.
    pub(super) fn learn_entry(&mut self, name: &str, entry: &Entry) {
        self.learn(name);
        self.classes.insert(name.into());
        if let Entry::Bean(fields) = entry {
            fields.iter().for_each(|(_, field)| field.visit_names(&mut |name| self.learn(name)));
        }
    }

    /// Takes in the names of a method.
    pub(super) fn learn_method(&mut self, method: &MethodContract) {
        let parameters = method.parameters.iter().map(|parameter| &parameter.type_name);
        parameters.chain([&method.returns]).for_each(|of| of.visit_names(&mut |name| self.learn(name)));
    }

    fn learn(&mut self, name: &str) {
        if name.contains('$') {
            self.with_dollar.insert(name.replace('$', ".").into(), name.into());
            if let Some((package, _)) = name.rsplit_once('.') {
                self.packages.insert(package.into());
            }
        }
    }

    /// Whether a name looks like a type variable and is no class that the definition lists.
    pub(super) fn is_variable(&self, name: &str) -> bool {
        !name.contains(['.', '$']) && !TypeName::of(name).is_primitive() && !self.classes.contains(name)
    }

    /// The type with every name in its `$` form.
    pub(super) fn restore(&self, of: &TypeName) -> TypeName {
        of.map_names(&mut |name| self.binary(name))
    }

    /// The `$` form of a name; `None` when it stays as it is.
    pub(super) fn binary(&self, name: &str) -> Option<Box<str>> {
        if name.contains('$') || !name.contains('.') {
            return None;
        }
        if let Some(known) = self.with_dollar.get(name) {
            return Some(known.clone());
        }
        let outer = self.outer_class(name)?;
        let (outer, inner) = name.split_at_checked(outer)?;
        Some(format!("{outer}{}", inner.replace('.', "$")).into())
    }

    /// Length of the top-level class at the front of a name, if something is nested in it.
    fn outer_class(&self, name: &str) -> Option<usize> {
        let ends = || name.match_indices('.').map(|(end, _)| end);
        let listed = ends().find(|end| name.get(..*end).is_some_and(|front| self.classes.contains(front)));
        let in_package = |end: usize| name.get(..end).is_some_and(|front| !self.is_package(front) && has_class(front));
        listed.or_else(|| ends().find(|end| in_package(*end)))
    }

    /// Whether the front of a name is a known package or leads to one.
    fn is_package(&self, front: &str) -> bool {
        let below = |package: &str| package.strip_prefix(front).is_some_and(|rest| rest.starts_with('.'));
        self.packages.iter().any(|package| **package == *front || below(package))
    }
}

/// Whether the last name starts with a capital.
fn has_class(front: &str) -> bool {
    front.rsplit('.').next().is_some_and(|last| last.starts_with(char::is_uppercase))
}
