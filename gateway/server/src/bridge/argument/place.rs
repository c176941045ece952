//! Where an argument comes from, as its messages tell it.

use std::fmt::Write as _;

use super::super::encode::{Fault as Wrong, Step, What, shorten};
use super::super::problem::Problem;
use super::super::request::BadText;
use super::super::request::multipart::Part;
use super::super::status::Fault;

/// An argument's name and source.
#[derive(Debug)]
pub(crate) struct Place {
    /// Name of the argument.
    pub(crate) parameter: Box<str>,
    /// `query.limit`.
    pub(crate) source: Box<str>,
    /// Names that lead to the value inside the JSON body, if that is where it comes from.
    pub(crate) body: Option<Box<[Box<str>]>>,
}

impl Place {
    /// The value is not there and must be.
    pub(crate) fn missing(&self) -> Problem {
        self.tell(Problem::new(Fault::Missing, format!("{} is required", self.source)))
    }

    /// The source cannot be read as text.
    pub(crate) fn bad_text(&self, bad: BadText) -> Problem {
        self.tell(Problem::new(Fault::Parameter, format!("{} {}", self.source, bad.what())))
    }

    /// Several values came for one.
    pub(crate) fn many(&self, count: usize, expected: &str) -> Problem {
        let detail = format!("{} came {count} times; {expected} was expected", self.source);
        self.tell(Problem::new(Fault::Parameter, detail)).with("expected", expected.to_owned())
    }

    /// A number is smaller or larger than the route allows.
    pub(crate) fn out_of_bounds(&self, literal: &str, broken: &str) -> Problem {
        let value = shorten(literal);
        let detail = format!("{}: {value} is {broken}", self.source);
        self.tell(Problem::new(Fault::Parameter, detail)).with("value", value)
    }

    /// A part as text. One that says another character set could be valid UTF-8 and mean something else.
    pub(crate) fn text_of<'p>(&self, part: &'p Part) -> Result<&'p str, Problem> {
        let text = std::str::from_utf8(&part.bytes).ok().filter(|_| part.utf8);
        text.ok_or_else(|| self.bad_text(BadText::Utf8))
    }

    /// The value is not what its type wants. `text` is the JSON that the fault's place counts in.
    pub(crate) fn problem(&self, wrong: &Wrong, text: &str) -> Problem {
        let pointer = self.pointer(&wrong.path);
        let label = if wrong.path.is_empty() {
            self.source.to_string()
        } else {
            let root = if self.body.is_some() { "body" } else { &self.source };
            format!("{root}{pointer}")
        };
        let problem = match &wrong.what {
            What::Not { found, expected } => {
                Problem::new(Fault::Parameter, format!("{label}: {found} is not {expected}"))
                    .with("value", found.clone())
                    .with("expected", expected.clone())
            }
            What::Range { found, expected } => {
                Problem::new(Fault::Parameter, format!("{label}: {found} is out of range for {expected}"))
                    .with("value", found.clone())
                    .with("expected", expected.clone())
            }
            What::Duplicate(key) => Problem::new(Fault::Body, format!("{label}: the key {key} stands twice")),
            What::ClassKey => Problem::new(
                Fault::Parameter,
                format!("{label}: the key \"class\" with a text is not taken, because it would choose a Java class"),
            ),
            What::Undescribed => Problem::new(
                Fault::Parameter,
                format!("{label}: no value can be sent here, because the gateway does not know its type"),
            ),
            What::Syntax(error) => {
                let what = if self.body.is_some() { "the body" } else { &self.source };
                Problem::new(Fault::Body, format!("{what} is not valid JSON: {}", error.describe(text)))
            }
            What::TooManyValues => Problem::new(Fault::Body, format!("{label} has more than 1000000 values")),
            What::TooManyShapes => {
                Problem::new(Fault::Body, format!("{label} has objects with more than 1000 different sets of fields"))
            }
        };
        let problem = self.tell(problem);
        if pointer.is_empty() { problem } else { problem.with("pointer", pointer) }
    }

    /// JSON pointer (RFC 6901) from the top of the document.
    fn pointer(&self, path: &[Step]) -> String {
        let mut pointer = String::new();
        for name in self.body.iter().flat_map(|names| names.iter()) {
            push(&mut pointer, name);
        }
        for step in path.iter().rev() {
            match step {
                Step::Key(key) => push(&mut pointer, &shorten(key)),
                // Writing to a String cannot fail.
                Step::Index(index) => drop(write!(pointer, "/{index}")),
            }
        }
        pointer
    }

    fn tell(&self, problem: Problem) -> Problem {
        problem.with("parameter", self.parameter.to_string()).with("source", self.source.to_string())
    }
}

fn push(pointer: &mut String, name: &str) {
    pointer.push('/');
    for sign in name.chars() {
        match sign {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            sign => pointer.push(sign),
        }
    }
}
