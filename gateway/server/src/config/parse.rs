//! YAML text to a [`Node`] tree. The only file that knows the YAML parser.
//!
//! Anchors, aliases and merge keys (`<<`) are unfolded here, under a budget; keys written twice, tags and
//! further documents are refused.

use std::collections::{HashMap, HashSet};

use granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, Span, StrInput, Tag, options};

use super::{
    finding::{Code, Finding},
    locate::{ConfigPath, Place},
    node::{Entry, Key, Kind, Node},
};

/// Values that all files together may unfold to.
const MAX_NODES: usize = 500_000;
/// Levels of nesting.
const MAX_DEPTH: usize = 64;

/// How many more values may be read.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(MAX_NODES)
    }
}

/// Reads one file, whose number among the document's sources is `source`.
///
/// Syntax errors end the reading; keys written twice are collected in `findings`. What stands under the second of them
/// is added to the first where it is a list or mapping, so that later checks miss nothing; elsewhere the first is kept.
///
/// # Errors
/// The one fault that ended the reading.
pub(super) fn parse(
    text: &str,
    source: u32,
    budget: &mut Budget,
    findings: &mut Vec<Finding>,
) -> Result<Node, Box<Finding>> {
    let mut reader = Reader {
        text,
        source,
        budget,
        findings,
        anchors: HashMap::new(),
        events: Parser::new_from_str_with_options(text, limits()),
    };
    reader.stream()
}

fn limits() -> Options {
    let mut options = options! { flow_nesting_limit: MAX_DEPTH, block_nesting_limit: MAX_DEPTH };
    options.set_emit_comments(false);
    options
}

type Fatal = Box<Finding>;

struct Reader<'a> {
    text: &'a str,
    source: u32,
    budget: &'a mut Budget,
    findings: &'a mut Vec<Finding>,
    anchors: HashMap<usize, Node>,
    events: Parser<'a, StrInput<'a>>,
}

impl<'a> Reader<'a> {
    fn stream(&mut self) -> Result<Node, Fatal> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                _ if root.is_some() => {
                    let help = "remove the line with ---, or put what follows into a file of its own and include that";
                    return Err(self.unsupported(span, "one file holds one document", help));
                }
                event => root = Some(self.node(event, span, 0)?),
            }
        }
        let empty = Node::mapping(Place { source: self.source, ..Place::default() });
        Ok(root.filter(|root| root.text() != Some("")).unwrap_or(empty))
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Fatal> {
        match self.events.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(self.syntax(&error)),
            None => Err(self.fatal(Code::SYNTAX, Span::default(), "the file ends too early")),
        }
    }

    /// One value, whose first event has been taken.
    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, Fatal> {
        self.spend(1, span)?;
        let (kind, place, anchor, tag) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                (Kind::Scalar { text: text.into(), plain }, self.place(span), anchor, tag)
            }
            Event::SequenceStart(_, anchor, tag) => {
                let (items, end) = self.items(depth + 1)?;
                (Kind::Sequence(items), self.stretch(span, end), anchor, tag)
            }
            Event::MappingStart(_, anchor, tag) => {
                let (entries, end) = self.entries(depth + 1)?;
                (Kind::Mapping(entries), self.stretch(span, end), anchor, tag)
            }
            Event::Alias(anchor) => return self.alias(anchor, span),
            _ => return Err(self.fatal(Code::SYNTAX, span, "a value is missing here")),
        };
        if let Some(tag) = tag {
            return Err(self.tagged(&tag, span));
        }
        let node = Node { kind, place };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn items(&mut self, depth: usize) -> Result<(Vec<Node>, Span), Fatal> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, span) => return Ok((items, span)),
                (event, span) => items.push(self.node(event, span, depth)?),
            }
        }
    }

    fn entries(&mut self, depth: usize) -> Result<(Vec<Entry>, Span), Fatal> {
        let (mut entries, mut merged) = (Vec::<Entry>::new(), Vec::new());
        let mut seen = HashSet::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                for entry in merged.into_iter().filter(|entry: &Entry| !seen.contains(&entry.key.text)) {
                    entries.push(entry);
                }
                return Ok((entries, span));
            }
            let key = self.key(event, span)?;
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth)?;
            if &*key.text == "<<" {
                merged.extend(self.merge(value, &merged)?);
            } else if seen.insert(key.text.clone()) {
                entries.push(Entry { key, value });
            } else if let Some(first) = entries.iter_mut().find(|entry| entry.key.text == key.text) {
                self.duplicate(&key, first.key.place);
                first.value.join(value);
            }
        }
    }

    fn key(&mut self, event: Event<'a>, span: Span) -> Result<Key, Fatal> {
        self.spend(1, span)?;
        let place = self.place(span);
        match event {
            Event::Scalar(text, _, _, None) => Ok(Key { text: text.into(), place }),
            Event::Scalar(.., Some(tag)) => Err(self.tagged(&tag, span)),
            _ => {
                let help = "write key: value; brackets and braces in a key stand in quotes";
                Err(self.unsupported(span, "a key is a word, not a list, a mapping or an alias", help))
            }
        }
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<Node, Fatal> {
        let Some(node) = self.anchors.get(&anchor) else {
            let help = "move the anchor to what is to be repeated";
            return Err(self.unsupported(span, "an alias cannot stand inside its own anchor", help));
        };
        let node = node.clone();
        self.spend(size(&node), span)?;
        Ok(node)
    }

    /// Entries that `<<` brings in: those of one mapping, or of several, the first of which wins.
    fn merge(&self, value: Node, earlier: &[Entry]) -> Result<Vec<Entry>, Fatal> {
        let place = value.place;
        let sources = match value.kind {
            Kind::Sequence(items) => items,
            kind => vec![Node { kind, place }],
        };
        let mut entries: Vec<Entry> = Vec::new();
        for source in sources {
            let Kind::Mapping(more) = source.kind else {
                let message = "\"<<\" takes a mapping, or a list of them, by alias";
                let finding = Finding::error(Code::UNSUPPORTED_YAML, ConfigPath::root(), message);
                return Err(Box::new(finding.help("write <<: *name").at_place(source.place)));
            };
            for entry in more {
                if !entries.iter().chain(earlier).any(|known| known.key.text == entry.key.text) {
                    entries.push(entry);
                }
            }
        }
        Ok(entries)
    }

    fn spend(&mut self, nodes: usize, span: Span) -> Result<(), Fatal> {
        match self.budget.0.checked_sub(nodes) {
            Some(rest) => self.budget.0 = rest,
            None => {
                let message = format!("more than {MAX_NODES} values, counting what aliases repeat");
                let mut fatal = self.fatal(Code::TOO_MANY_NODES, span, message);
                fatal.help = Some("write out less, or drop aliases from what other aliases repeat".into());
                return Err(fatal);
            }
        }
        Ok(())
    }

    fn duplicate(&mut self, key: &Key, first: Place) {
        let finding =
            Finding::error(Code::DUPLICATE_KEY, ConfigPath::root(), format!("key {:?} is written twice", key.text));
        let finding = finding.at_place(key.place).label("second time");
        self.findings.push(finding.help(format!("first time in line {}", self.line(first))));
    }

    fn line(&self, place: Place) -> usize {
        let before = self.text.as_bytes().get(..place.start as usize).unwrap_or_default();
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }

    fn tagged(&self, tag: &Tag, span: Span) -> Fatal {
        let span = span.tag_span().unwrap_or(span);
        let message = format!("tags such as {} have no meaning here", tag.original());
        self.unsupported(span, message, "remove it; a value in quotes is text")
    }

    fn syntax(&self, error: &ScanError) -> Fatal {
        let (message, help) = super::syntax::words(error.kind());
        let mut at = error.marker().byte_offset().unwrap_or(self.text.len());
        if super::syntax::is_tab(error.kind()) {
            at += self.text.get(at..).and_then(|rest| rest.find('\t')).unwrap_or(0);
        }
        let mut finding = Finding::error(Code::SYNTAX, ConfigPath::root(), message);
        finding.help = help.map(Into::into);
        Box::new(finding.at_place(self.bytes(at, at)))
    }

    fn unsupported(&self, span: Span, message: impl Into<String>, help: &str) -> Fatal {
        let mut fatal = self.fatal(Code::UNSUPPORTED_YAML, span, message);
        fatal.help = Some(help.into());
        fatal
    }

    fn fatal(&self, code: Code, span: Span, message: impl Into<String>) -> Fatal {
        Box::new(Finding::error(code, ConfigPath::root(), message).at_place(self.place(span)))
    }

    fn place(&self, span: Span) -> Place {
        let range = span.byte_range().unwrap_or_default();
        self.bytes(range.start, range.end)
    }

    fn stretch(&self, from: Span, to: Span) -> Place {
        let (from, to) = (from.byte_range().unwrap_or_default(), to.byte_range().unwrap_or_default());
        self.bytes(from.start, to.end)
    }

    /// Files are far smaller than 4 GiB, so offsets fit.
    fn bytes(&self, start: usize, end: usize) -> Place {
        let fit = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Place { source: self.source, start: fit(start), end: fit(end.max(start)) }
    }
}

/// Values in a tree, keys included.
fn size(node: &Node) -> usize {
    let entries = node.entries().iter().map(|entry| 1 + size(&entry.value));
    1 + entries.sum::<usize>() + node.items().iter().map(size).sum::<usize>()
}
