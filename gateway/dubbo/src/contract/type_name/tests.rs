//! Type names: every spelling Java and the configuration use, and texts that are none.

use proptest::prelude::*;

use super::words::WORDS;
use super::*;

#[track_caller]
fn check(text: &str, canonical: &str, descriptor: &str) {
    let parsed = TypeName::parse(text).unwrap();
    assert_eq!((parsed.to_string().as_str(), parsed.descriptor().as_str()), (canonical, descriptor), "{text}");
    assert_eq!(TypeName::parse(canonical), Ok(parsed), "{canonical} must read back");
}

#[track_caller]
fn refuse(text: &str, column: usize) {
    let error = TypeName::parse(text).unwrap_err();
    assert_eq!(error.column, column, "{error}");
}

#[test]
fn java_names_are_read_as_java_writes_them() {
    check("a.b.C", "a.b.C", "La/b/C;");
    check("a.b.C$D[][]", "a.b.C$D[][]", "[[La/b/C$D;");
    check("java.util.Map<java.lang.String, a.B[]>", "java.util.Map<java.lang.String,a.B[]>", "Ljava/util/Map;");
    check("java.util.List<? extends a.B>", "java.util.List<a.B>", "Ljava/util/List;");
    check("List<? super a.B>", "java.util.List<a.B>", "Ljava/util/List;");
    check("List<?>", "java.util.List<java.lang.Object>", "Ljava/util/List;");
    check("List<? extends a.B & java.io.Serializable>", "java.util.List<a.B>", "Ljava/util/List;");
    check("[La.b.C;", "a.b.C[]", "[La/b/C;");
    check("[[I", "int[][]", "[[I");
    check("a.B...", "a.B[]", "[La/B;");
    check("a.Outer<a.X>$Inner<a.Y>", "a.Outer$Inner<a.Y>", "La/Outer$Inner;");
    check("a.Outer<a.X>.Inner", "a.Outer$Inner", "La/Outer$Inner;");
    check("T[]", "T[]", "[LT;");
    check(" a.面.Ünï_1 ", "a.面.Ünï_1", "La/面/Ünï_1;");
}

#[test]
fn words_of_the_configuration_stand_for_java_types() {
    check("string", "java.lang.String", "Ljava/lang/String;");
    check("decimal", "java.math.BigDecimal", "Ljava/math/BigDecimal;");
    check("bytes", "byte[]", "[B");
    check("bytes[]", "byte[][]", "[[B");
    check("list<date>", "java.util.List<java.util.Date>", "Ljava/util/List;");
    check("map<string, list<int[]>>", "java.util.Map<java.lang.String,java.util.List<int[]>>", "Ljava/util/Map;");
    check("Integer", "java.lang.Integer", "Ljava/lang/Integer;");
    check("int", "int", "I");
    check("void", "void", "V");
}

#[test]
fn the_table_of_words_is_sorted_and_names_java_classes() {
    assert!(WORDS.is_sorted_by(|a, b| a.0 < b.0));
    assert!(WORDS.iter().all(|(word, class)| class.starts_with("java.") && !word.contains('.')));
}

#[test]
fn a_text_that_is_no_type_is_refused_with_its_place() {
    refuse("", 1);
    refuse("list<", 6);
    refuse("list<int", 9);
    refuse("list<int>>", 10);
    refuse("a..b", 3);
    refuse("a.1b", 3);
    refuse("int<string>", 12);
    refuse("void[]", 7);
    refuse("int[", 5);
    refuse("[V", 2);
    refuse("[La.B", 6);
    refuse("a b", 3);
    refuse("a-b", 2);
    assert!(TypeName::parse(&"list<".repeat(40)).is_err());
    assert!(TypeName::parse(&"[]".repeat(3000)).is_err());
    assert!(TypeName::parse(&format!("int{}", "[]".repeat(300))).is_err());
}

fn types() -> impl Strategy<Value = TypeName> {
    let name = prop_oneof![
        "[a-z][a-z0-9_]{0,4}\\.[A-Z][A-Za-z0-9]{0,5}",
        "[a-z]{1,4}\\.[A-Z][a-z]{0,4}\\$[A-Z][a-z]{0,3}",
        Just("java.util.Map".to_owned()),
    ];
    let leaf = prop_oneof![
        name.clone().prop_map(|name| TypeName::of(&name)),
        prop::sample::select(vec!["int", "long", "boolean", "T"]).prop_map(TypeName::of),
    ];
    leaf.prop_recursive(4, 24, 3, move |inner| {
        (name.clone(), prop::collection::vec(inner, 0..3), 0u8..3).prop_map(|(name, arguments, dimensions)| TypeName {
            name: name.into(),
            arguments,
            dimensions,
        })
    })
}

proptest! {
    #[test]
    fn a_printed_type_reads_back_as_the_same_type(type_name in types()) {
        prop_assert_eq!(TypeName::parse(&type_name.to_string()), Ok(type_name));
    }

    #[test]
    fn any_text_is_a_type_or_an_error_and_never_a_panic(text in "[\\[\\]<>?,.$a-zA-Z0-9 &;L]{0,24}|\\PC{0,16}") {
        if let Ok(parsed) = TypeName::parse(&text) {
            prop_assert_eq!(TypeName::parse(&parsed.to_string()), Ok(parsed));
        }
    }
}
