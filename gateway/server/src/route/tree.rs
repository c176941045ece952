//! The templates of one host, as a tree.

use http::Method;

use super::condition::{Allowed, Conditions};
use super::template::{Captures, Template};
use super::{Asked, Hit};

/// Templates of one host.
#[derive(Default)]
pub(super) struct Tree {
    paths: matchit::Router<usize>,
    /// In the order of precedence once finished.
    leaves: Vec<Leaf>,
    /// Leaves that the tree could not take beside others (a parameter and a tail in one place).
    beside: Vec<usize>,
}

/// One template with its routes.
struct Leaf {
    template: Template,
    routes: Vec<usize>,
}

impl Tree {
    /// Adds a route.
    pub(super) fn add(&mut self, template: Template, route: usize) {
        match self.leaves.iter_mut().find(|leaf| leaf.template == template) {
            Some(leaf) => leaf.routes.push(route),
            None => self.leaves.push(Leaf { template, routes: vec![route] }),
        }
    }

    /// Puts everything in its order.
    pub(super) fn finish(&mut self, conditions: &[Conditions]) {
        self.leaves.sort_by(|one, other| one.template.precedence(&other.template));
        for (index, leaf) in self.leaves.iter_mut().enumerate() {
            // Stable: routes of one rank stay as declared.
            leaf.routes.sort_by_key(|route| conditions.get(*route).map(Conditions::rank));
            if self.paths.insert(leaf.template.normalised(), index).is_err() {
                self.beside.push(index);
            }
        }
    }

    /// The route that takes the request. Methods of routes that have its path only are noted.
    pub(super) fn find<'p>(
        &self,
        asked: &Asked<'p>,
        conditions: &[Conditions],
        allowed: &mut Allowed,
    ) -> Option<Hit<'p>> {
        let first = self.first(asked.path);
        let (first_index, captures) = first?;
        let leaf = self.leaves.get(first_index)?;
        if let Some(route) = leaf.route(asked, conditions, allowed) {
            return Some(Hit { route, captures });
        }
        // Rare: the most special template does not take the request, so the others are tried one by one.
        self.leaves.iter().skip(first_index + 1).find_map(|leaf| {
            let captures = leaf.template.captures(asked.path)?;
            let route = leaf.route(asked, conditions, allowed)?;
            Some(Hit { route, captures })
        })
    }

    /// The leaf that goes first among those that the path fits.
    fn first<'p>(&self, path: &'p str) -> Option<(usize, Captures<'p>)> {
        let in_tree = self.paths.at(path).ok().map(|found| {
            let mut captures = Captures::default();
            found.params.iter().for_each(|(_, value)| captures.push(value));
            (*found.value, captures)
        });
        if self.beside.is_empty() {
            return in_tree;
        }
        let beside =
            self.beside.iter().find_map(|&index| Some((index, self.leaves.get(index)?.template.captures(path)?)));
        match (in_tree, beside) {
            (Some(one), Some(other)) => Some(if one.0 < other.0 { one } else { other }),
            (one, other) => one.or(other),
        }
    }
}

impl Leaf {
    fn route(&self, asked: &Asked<'_>, conditions: &[Conditions], allowed: &mut Allowed) -> Option<usize> {
        let ready = |route: &&usize| {
            conditions.get(**route).is_some_and(|conditions| conditions.missing_header(asked.headers).is_none())
        };
        let of = |route: &usize, test: fn(&Conditions, &Method) -> bool| {
            conditions.get(*route).is_some_and(|conditions| test(conditions, asked.method))
        };
        // A route for HEAD itself goes before one for GET.
        let named = self.routes.iter().filter(ready).find(|route| of(route, Conditions::names));
        let taken = named.or_else(|| self.routes.iter().filter(ready).find(|route| of(route, Conditions::takes)));
        if taken.is_none() {
            for route in self.routes.iter().filter(ready) {
                conditions.get(*route).into_iter().for_each(|conditions| allowed.add(conditions));
            }
        }
        taken.copied()
    }
}
