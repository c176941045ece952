//! The words that stand for a Java class: those of the configuration, and the JDK's simple names.

/// Sorted; each with what it stands for.
pub(super) const WORDS: &[(&str, &str)] = &[
    ("ArrayList", "java.util.ArrayList"),
    ("BigDecimal", "java.math.BigDecimal"),
    ("BigInteger", "java.math.BigInteger"),
    ("Boolean", "java.lang.Boolean"),
    ("Byte", "java.lang.Byte"),
    ("Character", "java.lang.Character"),
    ("Collection", "java.util.Collection"),
    ("CompletableFuture", "java.util.concurrent.CompletableFuture"),
    ("Date", "java.util.Date"),
    ("Double", "java.lang.Double"),
    ("Duration", "java.time.Duration"),
    ("Float", "java.lang.Float"),
    ("HashMap", "java.util.HashMap"),
    ("HashSet", "java.util.HashSet"),
    ("Instant", "java.time.Instant"),
    ("Integer", "java.lang.Integer"),
    ("Iterable", "java.lang.Iterable"),
    ("LinkedHashMap", "java.util.LinkedHashMap"),
    ("List", "java.util.List"),
    ("LocalDate", "java.time.LocalDate"),
    ("LocalDateTime", "java.time.LocalDateTime"),
    ("LocalTime", "java.time.LocalTime"),
    ("Locale", "java.util.Locale"),
    ("Long", "java.lang.Long"),
    ("Map", "java.util.Map"),
    ("Number", "java.lang.Number"),
    ("Object", "java.lang.Object"),
    ("OffsetDateTime", "java.time.OffsetDateTime"),
    ("Optional", "java.util.Optional"),
    ("Set", "java.util.Set"),
    ("Short", "java.lang.Short"),
    ("String", "java.lang.String"),
    ("UUID", "java.util.UUID"),
    ("Void", "java.lang.Void"),
    ("ZonedDateTime", "java.time.ZonedDateTime"),
    ("bigdecimal", "java.math.BigDecimal"),
    ("biginteger", "java.math.BigInteger"),
    ("collection", "java.util.Collection"),
    ("date", "java.util.Date"),
    ("datetime", "java.time.LocalDateTime"),
    ("decimal", "java.math.BigDecimal"),
    ("duration", "java.time.Duration"),
    ("instant", "java.time.Instant"),
    ("list", "java.util.List"),
    ("localdate", "java.time.LocalDate"),
    ("localdatetime", "java.time.LocalDateTime"),
    ("locale", "java.util.Locale"),
    ("localtime", "java.time.LocalTime"),
    ("map", "java.util.Map"),
    ("number", "java.lang.Number"),
    ("object", "java.lang.Object"),
    ("offsetdatetime", "java.time.OffsetDateTime"),
    ("optional", "java.util.Optional"),
    ("set", "java.util.Set"),
    ("string", "java.lang.String"),
    ("time", "java.time.LocalTime"),
    ("uuid", "java.util.UUID"),
    ("zoneddatetime", "java.time.ZonedDateTime"),
];

/// What a name stands for, and how many array dimensions are in the word itself.
pub(super) fn expand(name: &str) -> (&str, u8) {
    if name == "bytes" {
        return ("byte", 1);
    }
    let word = WORDS.binary_search_by_key(&name, |(word, _)| *word);
    (word.ok().and_then(|at| WORDS.get(at)).map_or(name, |(_, class)| *class), 0)
}
