//! Classes of the JDK that the bridge knows without being told.

use super::{IntWidth, Temporal, TokenKind};

/// How a class of the JDK is written; the parts that need other nodes are filled in by the resolver.
#[derive(Clone, Copy, Debug)]
pub(super) enum Jdk {
    /// `boolean`, `Boolean`.
    Boolean,
    /// `byte`, `short`, `int` and their boxes.
    Int(IntWidth),
    /// `long`, `Long`.
    Long,
    /// `float`, `Float`.
    Float,
    /// `double`, `Double`.
    Double,
    /// `char`, `Character`.
    Char,
    /// Text.
    String,
    /// `BigDecimal`.
    Decimal,
    /// `BigInteger`.
    BigInteger,
    /// `java.util.Date`.
    Date,
    /// `java.time`.
    Temporal(Temporal),
    /// Object of this wire class with this one field of checked text.
    Token(TokenKind, &'static str, &'static str),
    /// Object of this wire class with this one field.
    Holder(&'static str, &'static str, Inner),
    /// An enum, as the constant's name says.
    Enum,
    /// `EnumSet`, as a handle.
    EnumSet,
    /// A collection with the name that the wire needs.
    List(Option<&'static str>),
    /// A map with the name that the wire needs.
    Map(Option<&'static str>),
    /// Anything.
    Natural,
    /// Any number.
    Number,
    /// Nothing.
    Void,
}

/// What the field of a holder is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Inner {
    /// A date.
    Date,
    /// An int.
    Int,
    /// A long.
    Long,
    /// A text.
    Text,
    /// The first type argument.
    Argument,
}

/// Finds the class. Interfaces are written as the class that hessian-lite and Dubbo create for them.
pub(super) fn find(name: &str) -> Option<Jdk> {
    let at = TABLE.binary_search_by_key(&name, |(known, _)| known).ok()?;
    TABLE.get(at).map(|(_, jdk)| *jdk)
}

/// The class that a primitive is boxed in; nothing for other names.
pub(super) fn boxed(name: &str) -> Option<&'static str> {
    Some(match name {
        "boolean" => "java.lang.Boolean",
        "byte" => "java.lang.Byte",
        "char" => "java.lang.Character",
        "double" => "java.lang.Double",
        "float" => "java.lang.Float",
        "int" => "java.lang.Integer",
        "long" => "java.lang.Long",
        "short" => "java.lang.Short",
        _ => return None,
    })
}

/// Whether the name is a primitive, which has no null.
pub(super) fn is_primitive(name: &str) -> bool {
    boxed(name).is_some()
}

/// Whether a value of the JDK class `said` is one of the JDK class `parameter`, both known here; `java.lang.Object` and the
/// like, which take anything, are left to the caller.
pub(super) fn holds(parameter: &str, said: &str) -> bool {
    match (find(parameter), find(said)) {
        (Some(Jdk::List(_)), Some(Jdk::List(_))) | (Some(Jdk::Map(_)), Some(Jdk::Map(_))) => true,
        (
            Some(Jdk::Number),
            Some(Jdk::Decimal | Jdk::BigInteger | Jdk::Long | Jdk::Int(_) | Jdk::Float | Jdk::Double),
        ) => !is_primitive(said),
        (Some(Jdk::String), Some(Jdk::String)) => parameter == "java.lang.CharSequence",
        (Some(Jdk::Date), Some(Jdk::Holder(class, ..))) => class.starts_with("java.sql."),
        (Some(Jdk::Natural), Some(_)) => parameter == "java.lang.Comparable" && !is_primitive(said),
        _ => false,
    }
}

/// Name of the element type in a typed list (`ArraySerializer.getArrayType`).
pub(super) fn element_name(name: &str) -> &str {
    match name {
        "java.lang.String" => "string",
        "java.lang.Object" => "object",
        "java.util.Date" => "date",
        name => name,
    }
}

/// Sorted by name.
const TABLE: &[(&str, Jdk)] = &[
    ("boolean", Jdk::Boolean),
    ("byte", Jdk::Int(IntWidth::Byte)),
    ("char", Jdk::Char),
    ("double", Jdk::Double),
    ("float", Jdk::Float),
    ("int", Jdk::Int(IntWidth::Int)),
    ("java.io.Serializable", Jdk::Natural),
    ("java.lang.Boolean", Jdk::Boolean),
    ("java.lang.Byte", Jdk::Int(IntWidth::Byte)),
    ("java.lang.CharSequence", Jdk::String),
    ("java.lang.Character", Jdk::Char),
    ("java.lang.Class", Jdk::Token(TokenKind::Class, "java.lang.Class", "name")),
    ("java.lang.Comparable", Jdk::Natural),
    ("java.lang.Double", Jdk::Double),
    ("java.lang.Float", Jdk::Float),
    ("java.lang.Integer", Jdk::Int(IntWidth::Int)),
    ("java.lang.Iterable", Jdk::List(None)),
    ("java.lang.Long", Jdk::Long),
    ("java.lang.Number", Jdk::Number),
    ("java.lang.Object", Jdk::Natural),
    ("java.lang.Short", Jdk::Int(IntWidth::Short)),
    ("java.lang.String", Jdk::String),
    ("java.lang.Void", Jdk::Void),
    ("java.math.BigDecimal", Jdk::Decimal),
    ("java.math.BigInteger", Jdk::BigInteger),
    ("java.math.RoundingMode", Jdk::Enum),
    ("java.net.URI", Jdk::Holder("java.net.URI", "string", Inner::Text)),
    ("java.sql.Date", Jdk::Holder("java.sql.Date", "value", Inner::Date)),
    ("java.sql.Time", Jdk::Holder("java.sql.Time", "value", Inner::Date)),
    ("java.sql.Timestamp", Jdk::Holder("java.sql.Timestamp", "value", Inner::Date)),
    ("java.time.DayOfWeek", Jdk::Enum),
    ("java.time.Duration", Jdk::Temporal(Temporal::Duration)),
    ("java.time.Instant", Jdk::Temporal(Temporal::Instant)),
    ("java.time.LocalDate", Jdk::Temporal(Temporal::LocalDate)),
    ("java.time.LocalDateTime", Jdk::Temporal(Temporal::LocalDateTime)),
    ("java.time.LocalTime", Jdk::Temporal(Temporal::LocalTime)),
    ("java.time.Month", Jdk::Enum),
    ("java.time.MonthDay", Jdk::Temporal(Temporal::MonthDay)),
    ("java.time.OffsetDateTime", Jdk::Temporal(Temporal::OffsetDateTime)),
    ("java.time.OffsetTime", Jdk::Temporal(Temporal::OffsetTime)),
    ("java.time.Period", Jdk::Temporal(Temporal::Period)),
    ("java.time.Year", Jdk::Temporal(Temporal::Year)),
    ("java.time.YearMonth", Jdk::Temporal(Temporal::YearMonth)),
    ("java.time.ZoneId", Jdk::Temporal(Temporal::ZoneId)),
    ("java.time.ZoneOffset", Jdk::Temporal(Temporal::ZoneOffset)),
    ("java.time.ZonedDateTime", Jdk::Temporal(Temporal::ZonedDateTime)),
    ("java.time.temporal.ChronoUnit", Jdk::Enum),
    ("java.util.AbstractCollection", Jdk::List(None)),
    ("java.util.AbstractList", Jdk::List(None)),
    ("java.util.AbstractMap", Jdk::Map(None)),
    ("java.util.AbstractSet", Jdk::List(Some("java.util.HashSet"))),
    ("java.util.ArrayDeque", Jdk::List(Some("java.util.ArrayDeque"))),
    ("java.util.ArrayList", Jdk::List(None)),
    ("java.util.Calendar", Jdk::Holder("com.alibaba.com.caucho.hessian.io.CalendarHandle", "date", Inner::Date)),
    ("java.util.Collection", Jdk::List(None)),
    ("java.util.Currency", Jdk::Holder("java.util.Currency", "currencyCode", Inner::Text)),
    ("java.util.Date", Jdk::Date),
    ("java.util.Deque", Jdk::List(Some("java.util.LinkedList"))),
    ("java.util.EnumMap", Jdk::Map(None)),
    ("java.util.EnumSet", Jdk::EnumSet),
    (
        "java.util.GregorianCalendar",
        Jdk::Holder("com.alibaba.com.caucho.hessian.io.CalendarHandle", "date", Inner::Date),
    ),
    ("java.util.HashMap", Jdk::Map(None)),
    ("java.util.HashSet", Jdk::List(Some("java.util.HashSet"))),
    ("java.util.Hashtable", Jdk::Map(Some("java.util.Hashtable"))),
    ("java.util.LinkedHashMap", Jdk::Map(Some("java.util.LinkedHashMap"))),
    ("java.util.LinkedHashSet", Jdk::List(Some("java.util.LinkedHashSet"))),
    ("java.util.LinkedList", Jdk::List(Some("java.util.LinkedList"))),
    ("java.util.List", Jdk::List(None)),
    ("java.util.Locale", Jdk::Token(TokenKind::Locale, "com.alibaba.com.caucho.hessian.io.LocaleHandle", "value")),
    ("java.util.Map", Jdk::Map(None)),
    ("java.util.NavigableMap", Jdk::Map(Some("java.util.TreeMap"))),
    ("java.util.NavigableSet", Jdk::List(Some("java.util.TreeSet"))),
    ("java.util.Optional", Jdk::Holder("java.util.Optional", "value", Inner::Argument)),
    ("java.util.PriorityQueue", Jdk::List(Some("java.util.PriorityQueue"))),
    ("java.util.Properties", Jdk::Map(Some("java.util.Properties"))),
    ("java.util.Queue", Jdk::List(Some("java.util.LinkedList"))),
    ("java.util.Set", Jdk::List(Some("java.util.HashSet"))),
    ("java.util.SortedMap", Jdk::Map(Some("java.util.TreeMap"))),
    ("java.util.SortedSet", Jdk::List(Some("java.util.TreeSet"))),
    ("java.util.Stack", Jdk::List(Some("java.util.Stack"))),
    ("java.util.TreeMap", Jdk::Map(Some("java.util.TreeMap"))),
    ("java.util.TreeSet", Jdk::List(Some("java.util.TreeSet"))),
    ("java.util.UUID", Jdk::Token(TokenKind::Uuid, "java.util.UUID", "value")),
    ("java.util.Vector", Jdk::List(Some("java.util.Vector"))),
    ("java.util.concurrent.ConcurrentHashMap", Jdk::Map(Some("java.util.concurrent.ConcurrentHashMap"))),
    ("java.util.concurrent.ConcurrentMap", Jdk::Map(Some("java.util.concurrent.ConcurrentHashMap"))),
    ("java.util.concurrent.CopyOnWriteArrayList", Jdk::List(Some("java.util.concurrent.CopyOnWriteArrayList"))),
    ("java.util.concurrent.TimeUnit", Jdk::Enum),
    (
        "java.util.concurrent.atomic.AtomicInteger",
        Jdk::Holder("java.util.concurrent.atomic.AtomicInteger", "value", Inner::Int),
    ),
    (
        "java.util.concurrent.atomic.AtomicLong",
        Jdk::Holder("java.util.concurrent.atomic.AtomicLong", "value", Inner::Long),
    ),
    ("long", Jdk::Long),
    ("short", Jdk::Int(IntWidth::Short)),
    ("void", Jdk::Void),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_every_entry_is_found() {
        for (name, _) in TABLE {
            assert!(find(name).is_some(), "{name}");
        }
        assert!(TABLE.is_sorted_by_key(|(name, _)| *name));
    }
}
