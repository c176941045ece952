//! What can be wrong with bytes, and where.

/// The bytes are not Hessian 2, or ask for more than the [`Limits`](crate::Limits) allow.
///
/// After an error the reader's position is unspecified: reading on is safe but means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {at}")]
pub struct Error {
    /// Offset from the start of the bytes the reader was made of.
    pub at: usize,
    /// What is wrong there.
    pub kind: ErrorKind,
}

impl Error {
    pub(crate) const fn new(at: usize, kind: ErrorKind) -> Self {
        Self { at, kind }
    }
}

/// The kinds of [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes end inside a value, or a length promises more values than bytes are left.
    #[error("the bytes end inside a value")]
    Truncated,
    /// No value starts with this byte.
    #[error("no value starts with byte {0:#04x}")]
    UnknownTag(u8),
    /// An end marker `Z` where a value must be.
    #[error("an end marker where a value must be")]
    UnexpectedEnd,
    /// Text that is neither UTF-8 nor surrogates written one by one.
    #[error("text is not UTF-8")]
    BadText,
    /// A negative length or count.
    #[error("a length of {0}")]
    NegativeLength(i32),
    /// A back reference to an object that has not started yet.
    #[error("a reference to object {0}, which has not started")]
    UnknownRef(i32),
    /// An instance of a class that has not been defined yet.
    #[error("an instance of class definition {0}, which does not exist")]
    UnknownClass(i32),
    /// A type number that no list or map has named yet.
    #[error("type number {0}, which has not been named")]
    UnknownType(i32),
    /// Containers nest deeper than [`Limits::depth`](crate::Limits::depth).
    #[error("values nest too deep")]
    TooDeep,
    /// More values than [`Limits::elements`](crate::Limits::elements).
    #[error("too many values")]
    TooManyElements,
    /// More definitions than [`Limits::class_definitions`](crate::Limits::class_definitions).
    #[error("too many class definitions")]
    TooManyClasses,
    /// A class with more fields than [`Limits::fields`](crate::Limits::fields).
    #[error("a class with too many fields")]
    TooManyFields,
    /// A string, binary or name longer than its limit.
    #[error("a string, binary or name is too long")]
    TooLong,
    /// References were followed over more than
    /// [`Limits::revisited_bytes`](crate::Limits::revisited_bytes).
    #[error("references repeat too many bytes")]
    TooMuchRevisited,
    /// A value of another kind than the caller can take.
    #[error("expected {0}")]
    Expected(&'static str),
    /// A number that does not fit the type asked for.
    #[error("a number does not fit {0}")]
    OutOfRange(&'static str),
}
