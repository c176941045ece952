//! The YAML parser's complaints in the user's words.

use granit_parser::ErrorKind;

/// Whether a tab is the trouble; the parser then points at the start of what it was reading.
pub(super) fn is_tab(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::TabInPlainScalar)
}

/// What is wrong, and what would help.
pub(super) fn words(kind: &ErrorKind) -> (String, Option<&'static str>) {
    let known = |message: &str, help| (message.to_owned(), Some(help));
    match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => known("a tab cannot indent", "use spaces"),
        ErrorKind::UnclosedQuotedScalar => known("a quote is not closed", "close it on the same line"),
        ErrorKind::UnclosedFlowCollection { open } => (
            format!("{:?} is not closed", open.to_string()),
            Some("add the closing bracket, or a comma before the next entry"),
        ),
        ErrorKind::UnexpectedEofFlowSequence | ErrorKind::ExpectedFlowSequenceSeparator => {
            known("\"[\" is not closed", "add \"]\", or a comma; a text that holds { } [ ] or a comma stands in quotes")
        }
        ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowMappingSeparator => {
            known("\"{\" is not closed", "add \"}\", or a comma; a text that holds { } [ ] or a comma stands in quotes")
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => (
            format!("{:?} is closed by {:?}", open.to_string(), close.to_string()),
            Some("brackets close in the reverse order of opening"),
        ),
        ErrorKind::MisplacedFlowCollectionEnd => known("a closing bracket without its opening one", "remove it"),
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => {
            known("this line does not belong here", "check its indentation, and the line before it")
        }
        ErrorKind::ExpectedBlockSequenceEntry => {
            known("\"- \" is missing here", "items of one list start in the same column")
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            known("a key without its colon", "write key: value, with a space after the colon")
        }
        ErrorKind::BlockSequenceEntryNotAllowed | ErrorKind::BlockEntryInFlowCollection => {
            known("a list cannot start here", "put it on a line of its own, or write [a, b]")
        }
        ErrorKind::MappingValueNotAllowed => {
            known("a colon where no key can be", "check the indentation of this line, or put the value in quotes")
        }
        ErrorKind::UnknownAnchor => known("an alias to an anchor that does not exist", "anchors stand before aliases"),
        ErrorKind::RecursionLimitExceeded => {
            known("too many levels of nesting", "a configuration needs no more than 64 levels")
        }
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => {
            (format!("{:?} cannot be in a file", character.to_string()), Some("remove it"))
        }
        ErrorKind::UnexpectedCharacter { character } => {
            (format!("{:?} cannot start a value", character.to_string()), Some("put the value in quotes"))
        }
        other => (format!("not valid YAML: {other}"), None),
    }
}
