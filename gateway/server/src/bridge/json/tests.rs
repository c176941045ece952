//! The scanner accepts what RFC 8259 allows, refuses the rest, and agrees with `serde_json`.

use proptest::prelude::*;

use super::*;

fn accepts(text: &str) -> bool {
    let mut scanner = Scanner::new(text);
    scanner.skip().is_ok() && scanner.end().is_ok()
}

#[track_caller]
fn refuses(text: &str, what: &str) {
    let mut scanner = Scanner::new(text);
    let error = scanner.skip().and_then(|_| scanner.end()).unwrap_err();
    assert_eq!(error.describe(text), what, "{text}");
}

#[test]
fn a_fault_is_told_with_its_place() {
    refuses("", "it ends too early (line 1, column 1)");
    refuses("\u{feff}{}", "a value was expected (line 1, column 1)");
    refuses("{\"a\":1,}", "a string was expected (line 1, column 8)");
    refuses("[1,\n 2 3]", "`,` or `]` was expected (line 2, column 4)");
    refuses("{} {}", "something follows the value (line 1, column 4)");
    refuses("{}\n{}", "something follows the value (line 2, column 1)");
    refuses("\"\\ud800\"", "a string has a bad escape (line 1, column 8)");
    refuses("\"a\u{0}b\"", "a string has a control character (line 1, column 3)");
    refuses("\"abc", "a string does not end (line 1, column 5)");
    refuses("01", "something follows the value (line 1, column 2)");
    refuses("1.", "a digit was expected (line 1, column 3)");
    refuses("+1", "a value was expected (line 1, column 1)");
    refuses("nul", "a value was expected (line 1, column 1)");
}

#[test]
fn nesting_ends_at_the_limit_for_values_that_nobody_wants_too() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(accepts(&nested(64)));
    assert!(!accepts(&nested(65)));
    assert!(!accepts(&nested(100_000)));
}

#[test]
fn a_number_keeps_its_digits() {
    for text in ["0", "-0", "9223372036854775808", "1e999999", "0.10", "1E+2", "-1.5e-7"] {
        assert_eq!(Scanner::new(text).number(), Ok(text));
    }
}

#[test]
fn a_string_without_escapes_is_borrowed() {
    assert!(matches!(Scanner::new("\"plain é 玉\"").string(), Ok(Cow::Borrowed("plain é 玉"))));
    assert!(matches!(Scanner::new("\"a\\n\\u00e9\\ud83d\\ude00\"").string().as_deref(), Ok("a\né😀")));
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".*".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::vec((".*", inner), 0..6)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn every_json_text_is_accepted(value in json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        prop_assert!(accepts(&text.unwrap()));
    }

    #[test]
    fn a_damaged_text_is_judged_as_serde_json_judges_it(value in json(), at in any::<prop::sample::Index>(), byte in 0u8..128) {
        let mut bytes = value.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(text) = String::from_utf8(bytes) {
            // A huge exponent is valid JSON; serde_json refuses it because it has no double for it.
            let judged = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
            prop_assert_eq!(accepts(&text), judged, "{}", text);
        }
    }

    #[test]
    fn plain_text_is_found_by_words_as_by_bytes(text in "[ -~é玉\u{0}-\u{20}\"\\\\]{0,40}") {
        let expected = text.bytes().position(|b| b < 0x20 || b == b'"' || b == b'\\').unwrap_or(text.len());
        prop_assert_eq!(plain_prefix(text.as_bytes()), expected);
        prop_assert_eq!(is_plain(text.as_bytes()), expected == text.len());
    }
}
