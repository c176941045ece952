//! Path templates of routes.

use crate::config::finding::{Code, Fault};

/// A template that follows the grammar.
pub(super) struct Template<'a> {
    /// Names of its parameters, in order.
    pub(super) parameters: Vec<&'a str>,
    /// The template with every name left out, by which two templates are the same.
    pub(super) shape: String,
}

/// Reads `/users/{id}/files/{*rest}`.
pub(super) fn parse(template: &str) -> Result<Template<'_>, Fault> {
    let Some(rest) = template.strip_prefix('/') else {
        return Err(fault(template, "does not start with \"/\""));
    };
    let mut parsed = Template { parameters: Vec::new(), shape: String::new() };
    let mut segments = rest.split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        parsed.shape.push('/');
        match parameter(segment) {
            Some(name) => {
                let (name, star) = name.strip_prefix('*').map_or((name, ""), |name| (name, "*"));
                check_name(template, name, &parsed)?;
                if star == "*" && !last {
                    return Err(fault(template, "has something after its \"{*…}\""));
                }
                parsed.parameters.push(name);
                parsed.shape.push_str(&format!("{{{star}}}"));
            }
            None => {
                check_literal(template, segment, last)?;
                parsed.shape.push_str(segment);
            }
        }
    }
    Ok(parsed)
}

fn fault(template: &str, why: &str) -> Fault {
    Fault::new(Code::BAD_PATH, format!("path {template:?} {why}"))
        .help("write /users/{id}, or /files/{*rest} for all that follows")
}

fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

fn check_name(template: &str, name: &str, parsed: &Template<'_>) -> Result<(), Fault> {
    if name.is_empty() {
        return Err(fault(template, "has a parameter without a name"));
    }
    if name.contains(['{', '}']) {
        return Err(fault(template, "has two parameters in one segment"));
    }
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
        return Err(fault(template, &format!("has a parameter called {name:?}; names are letters, digits, _ and -")));
    }
    if parsed.parameters.contains(&name) {
        return Err(fault(template, &format!("has two parameters called {name:?}")));
    }
    Ok(())
}

/// A segment that means itself: what a request's path has after it was normalised.
fn check_literal(template: &str, segment: &str, last: bool) -> Result<(), Fault> {
    match segment {
        "" if last => Ok(()),
        "" => Err(fault(template, "has an empty segment (\"//\")")),
        "." | ".." => Err(fault(template, &format!("has a segment {segment:?}"))),
        _ => match segment.chars().find(|c| !c.is_ascii_graphic() || matches!(c, '%' | '?' | '#' | '\\')) {
            Some('?') => Err(fault(template, "has a query: arguments read it with query.NAME")),
            Some(bad) => Err(fault(template, &format!("has {bad:?}: a template is ASCII without spaces, %, # and \\"))),
            None if segment.contains(['{', '}']) => Err(fault(template, "has braces that are not a whole segment")),
            None if segment.contains('*') => Err(fault(template, "has a \"*\" outside of braces")),
            None => Ok(()),
        },
    }
}
