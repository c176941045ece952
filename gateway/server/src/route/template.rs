//! Path templates: `/users/{id}`, `/files/{*rest}`.

use std::cmp::Ordering;

use crate::config::canonical_literal;

/// Most parameters of one template.
pub(super) const MAX_CAPTURES: usize = 8;

/// A template by its segments.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Template(Box<[Segment]>);

/// What one segment of a path must be. The order is that of precedence.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Segment {
    /// This.
    Literal(Box<str>),
    /// Anything but nothing.
    Parameter,
    /// Anything but nothing, and all that follows.
    Tail,
}

/// Values of a template's parameters, in its order.
#[derive(Debug, Clone, Copy, Default)]
pub struct Captures<'p> {
    values: [&'p str; MAX_CAPTURES],
    len: usize,
}

impl<'p> Captures<'p> {
    /// The values, still percent-encoded.
    #[must_use]
    pub fn as_slice(&self) -> &[&'p str] {
        self.values.get(..self.len).unwrap_or_default()
    }

    /// Adds a value; there is room for as many as a template may have.
    pub(super) fn push(&mut self, value: &'p str) {
        if let Some(slot) = self.values.get_mut(self.len) {
            *slot = value;
            self.len += 1;
        }
    }
}

/// Names of a template's parameters, in order.
#[must_use]
pub fn parameters(template: &str) -> Vec<&str> {
    template.split('/').filter_map(name).collect()
}

/// The name in `{name}` or `{*name}`.
fn name(segment: &str) -> Option<&str> {
    let name = segment.strip_prefix('{')?.strip_suffix('}')?;
    Some(name.strip_prefix('*').unwrap_or(name))
}

impl Template {
    /// Reads a template; the configuration has checked its grammar.
    pub(super) fn parse(text: &str) -> Self {
        let segment = |segment: &str| match name(segment) {
            Some(_) if segment.starts_with("{*") => Segment::Tail,
            Some(_) => Segment::Parameter,
            None => Segment::Literal(canonical_literal(segment).into()),
        };
        Self(segments(text).map(segment).collect())
    }

    /// The segments.
    pub(super) fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// How many values it captures.
    pub(super) fn capture_count(&self) -> usize {
        self.0.iter().filter(|segment| !matches!(segment, Segment::Literal(_))).count()
    }

    /// The same template with numbers for names, as the tree wants it.
    pub(super) fn normalised(&self) -> String {
        let mut text = String::new();
        for (index, segment) in self.0.iter().enumerate() {
            text.push('/');
            match segment {
                Segment::Literal(literal) => text.push_str(literal),
                Segment::Parameter => text.push_str(&format!("{{p{index}}}")),
                Segment::Tail => text.push_str(&format!("{{*p{index}}}")),
            }
        }
        text
    }

    /// The captured values, if the path fits.
    pub(super) fn captures<'p>(&self, path: &'p str) -> Option<Captures<'p>> {
        let mut captures = Captures::default();
        let mut rest = path.strip_prefix('/')?;
        for (index, segment) in self.0.iter().enumerate() {
            let last = index + 1 == self.0.len();
            let (head, tail) = rest.split_once('/').map_or((rest, None), |(head, tail)| (head, Some(tail)));
            match segment {
                Segment::Tail if rest.is_empty() => return None,
                Segment::Tail => {
                    captures.push(rest);
                    return Some(captures);
                }
                Segment::Literal(literal) if **literal != *head => return None,
                Segment::Parameter if head.is_empty() => return None,
                Segment::Parameter => captures.push(head),
                Segment::Literal(_) => {}
            }
            match (tail, last) {
                (Some(tail), false) => rest = tail,
                (None, true) => return Some(captures),
                _ => return None,
            }
        }
        None
    }

    /// Which of two templates that fit one path goes first: the one that is literal earliest.
    pub(super) fn precedence(&self, other: &Self) -> Ordering {
        let rank = |segment: &Segment| match segment {
            Segment::Literal(_) => 0,
            Segment::Parameter => 1,
            Segment::Tail => 2,
        };
        self.0.iter().map(rank).cmp(other.0.iter().map(rank))
    }
}

/// The segments of a path or template.
pub(super) fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}
