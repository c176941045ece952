//! Golden bytes, refusals, and round trips of the encoder.

use proptest::prelude::*;
use yumen_dubbo::contract::TypeName;
use yumen_hessian2::{Reader, Value};

use super::super::contract::{parents, type_name, written};
use super::super::decode::{Classes, Layouts, Rendering, render};
use super::super::json::Scanner;
use super::super::types::{Known, Resolver};
use super::*;
use crate::config::{JsonConfig, ServiceConfig};

/// A few classes to encode into.
fn service() -> ServiceConfig {
    serde_json::from_str(
        r#"{
        "name": "s", "interface": "a.S", "endpoints": ["127.0.0.1:1"],
        "types": {
            "a.P": { "x": "int", "y": "Integer", "next": "a.P", "tags": "list<string>" },
            "a.Page<T>": { "items": "list<T>", "first": "T", "total": "long" },
            "a.Color": { "enum": ["RED", "GREEN"] },
            "a.Q": { "extends": "a.P", "z": "double" },
            "a.Card": { "extends": "a.Pay", "no": "string" }, "a.Cash": { "extends": "a.Pay", "sum": "int" },
            "a.Only": { "extends": "a.One", "x": "int" }, "a.Empty": {}, "a.Holds": { "e": "a.Empty", "x": "int" },
            "a.All": {
                "z": "boolean", "b": "byte", "s": "short", "i": "int", "j": "long", "d": "double", "c": "char",
                "t": "string", "dec": "decimal", "big": "biginteger", "date": "date", "ld": "localdate",
                "lt": "localtime", "ldt": "localdatetime", "ins": "instant", "dur": "duration",
                "odt": "offsetdatetime", "zdt": "zoneddatetime", "uuid": "uuid", "loc": "locale", "color": "a.Color",
                "raw": "bytes", "ints": "int[]", "longs": "list<long>", "set": "set<string>",
                "map": "map<long,a.P>", "nested": "map<string,list<a.Color>>", "any": "object", "self": "a.All",
                "page": "a.Page<a.P>", "opt": "optional<Integer>", "ts": "java.sql.Timestamp", "grid": "int[][]"
            }
        } }"#,
    )
    .unwrap()
}

fn encode(type_text: &str, json: &str, form: Form) -> Result<Vec<u8>, String> {
    let (contract, parents) = (written(&service()), parents(&service()));
    let mut resolver = Resolver::new(Known { written: Some(&contract), parents: Some(&parents), ..Known::default() });
    let node = resolver.resolve(&type_name(type_text));
    let types = resolver.finish();
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&types, form, &mut out);
    let mut scanner = Scanner::new(json);
    let written = encoder.argument(|encoder| {
        encoder.json(node, &mut scanner)?;
        Ok(scanner.end()?)
    });
    written.map(|()| out).map_err(|fault| {
        let path: Vec<String> = fault
            .path
            .iter()
            .rev()
            .map(|step| match step {
                Step::Key(key) => key.to_string(),
                Step::Index(index) => index.to_string(),
            })
            .collect();
        let what = match &fault.what {
            What::Not { found, expected } => format!("{found} is not {expected}"),
            What::Range { found, expected } => format!("{found} is out of range for {expected}"),
            What::Duplicate(key) => format!("{key} twice"),
            What::Syntax(error) => error.describe(json),
            What::TooManyValues => "too many values".to_owned(),
            What::TooManyShapes => "too many shapes".to_owned(),
            What::ClassKey => "a class key".to_owned(),
            What::Undescribed => "undescribed".to_owned(),
        };
        if path.is_empty() { what } else { format!("/{}: {what}", path.join("/")) }
    })
}

/// Bytes with printable ASCII as it is and the rest in hex.
fn shown(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &byte in bytes {
        match byte {
            b'!'..=b'Z' | b'^'..=b'~' | b'[' => text.push(char::from(byte)),
            _ => text.push_str(&format!("<{byte:02x}>")),
        }
    }
    text
}

#[track_caller]
fn check(type_text: &str, json: &str, expected: &str) {
    assert_eq!(encode(type_text, json, Form::Typed).map(|bytes| shown(&bytes)).as_deref(), Ok(expected));
}

#[track_caller]
fn refuse(type_text: &str, json: &str, expected: &str) {
    assert_eq!(encode(type_text, json, Form::Typed).map(|bytes| shown(&bytes)), Err(expected.to_owned()));
}

#[test]
fn scalars_stand_as_hessian_lite_writes_them() {
    check("boolean", "true", "T");
    check("int", "-16", "<80>");
    check("byte", "127", "<c8><7f>");
    check("long", "15", "<ef>");
    check("Long", "\"9223372036854775807\"", "L<7f><ff><ff><ff><ff><ff><ff><ff>");
    check("Long", "null", "N");
    check("double", "2", "<5d><02>");
    check("float", "0.1", "D?<b9><99><99><a0><00><00><00>");
    check("char", "\"é\"", "<01><c3><a9>");
    check("char[]", "\"ab\"", "<02>ab");
    check("string", "\"😀\"", "<02><ed><a0><bd><ed><b8><80>");
    check("bytes", "\"AQID\"", "#<01><02><03>");
    check("bytes", "\"_-8=\"", "\"<ff><ef>");
    check("date", "60000", "K<00><00><00><01>");
    check("date", "\"1970-01-01T00:01:00.001Z\"", "J<00><00><00><00><00><00><ea>a");
    check("date", "\"1970-01-02 00:00:00\"", "K<00><00><05><a0>");
    check("date", "\"1970-01-02\"", "K<00><00><05><a0>");
}

#[test]
fn value_objects_define_their_class_before_the_argument() {
    check("decimal", "1.50", "C<14>java.math.BigDecimal<91><05>value`<04>1.50");
    check("decimal", "\"1E+3\"", "C<14>java.math.BigDecimal<91><05>value`<04>1E+3");
    check("biginteger", "-4294967296", "C<14>java.math.BigInteger<92><06>signum<03>mag`<8f>r<04>[int<91><90>");
    check("a.Color", "\"RED\"", "C<07>a.Color<91><04>name`<03>RED");
    check(
        "localdate",
        "\"2024-01-31\"",
        "C07com.alibaba.com.caucho.hessian.io.java8.LocalDateHandle<93><04>year<05>month<03>day`<cf><e8><91><af>",
    );
    check("java.sql.Timestamp", "0", "C<12>java.sql.Timestamp<91><05>value`K<00><00><00><00>");
    check(
        "uuid",
        "\"123e4567-e89b-12d3-a456-426614174000\"",
        "C<0e>java.util.UUID<91><05>value`0$123e4567-e89b-12d3-a456-426614174000",
    );
}

#[test]
fn collections_are_typed_only_where_java_needs_it() {
    check("list<long>", "[1,null]", "z<e1>N");
    check("set<string>", "[\"a\"]", "q<11>java.util.HashSet<01>a");
    check("int[]", "[1,2]", "r<04>[int<91><92>");
    check("string[]", "[]", "p<07>[string");
    check("int[][]", "[[1]]", "q<05>[[intq<04>[int<91>");
    check("a.Color[]", "[]", "p<08>[a.Color");
    check("list<int>", "[0,0,0,0,0,0,0,0]", "X<98><90><90><90><90><90><90><90><90>");
    check("int[]", "[0,0,0,0,0,0,0,0]", "V<04>[int<98><90><90><90><90><90><90><90><90>");
    check("map<long,int>", "{\"7\":1}", "H<e7><91>Z");
    check("java.util.TreeMap<string,int>", "{\"a\":1}", "M<11>java.util.TreeMap<01>a<91>Z");
    check(
        "object",
        r#"{"a":[1,2.5,3000000000],"class":"x"}"#,
        "H<01>a{<91>_<00><00><09><c4>L<00><00><00><00><b2><d0>^<00><05>class<01>xZ",
    );
}

#[test]
fn a_bean_writes_the_fields_that_are_there_in_their_order() {
    check("a.P", "{}", "C<03>a.P<90>`");
    check("a.P", r#"{"y":2,"x":1}"#, "C<03>a.P<92><01>y<01>x`<92><91>");
    check("a.P", r#"{"unknown":{"deep":[1]},"x":1}"#, "C<03>a.P<91><01>x`<91>");
    check("a.Q", r#"{"x":1,"z":0}"#, "C<03>a.Q<92><01>x<01>z`<91>[");
}

#[test]
fn nested_objects_number_their_definitions_by_completion() {
    check("a.P", r#"{"next":{"x":1},"x":2}"#, "C<03>a.P<91><01>xC<03>a.P<92><04>next<01>xa`<91><92>");
    check("a.P", r#"{"next":{"next":{"next":null}}}"#, "C<03>a.P<91><04>next```N");
}

#[test]
fn one_order_of_fields_is_defined_once() {
    check("list<a.P>", r#"[{"x":1},{"y":2},{"x":3}]"#, "C<03>a.P<91><01>xC<03>a.P<91><01>y{`<91>a<92>`<93>");
}

#[test]
fn more_than_sixteen_definitions_take_the_long_form() {
    let keys = ["x", "y", "next", "tags"];
    let mut objects = Vec::new();
    for a in keys {
        for b in keys.into_iter().filter(|b| *b != a) {
            for c in keys.into_iter().filter(|c| *c != a && *c != b) {
                let value = |key: &str| if key == "x" { "1" } else { "null" };
                objects.push(format!("{{\"{a}\":{},\"{b}\":{},\"{c}\":{}}}", value(a), value(b), value(c)));
            }
        }
    }
    let json = format!("[{}]", objects.join(","));
    let bytes = encode("list<a.P>", &json, Form::Typed).unwrap();
    let value = Value::read(&mut Reader::new(&bytes)).unwrap();
    let classes: Vec<_> =
        value.as_list().unwrap().iter().map(|item| item.as_object().unwrap().class.fields.len()).collect();
    assert_eq!(classes, [3; 24]);
}

#[test]
fn class_generics_take_their_arguments() {
    let bytes = encode("a.Page<a.P>", r#"{"items":[{"x":1}],"first":{"x":2},"total":3}"#, Form::Typed).unwrap();
    assert_eq!(shown(&bytes), "C<03>a.P<91><01>xC<06>a.Page<93><05>items<05>first<05>totalay`<91>`<92><e3>");
}

#[test]
fn classes_of_the_jdk_stand_as_their_own_serializers_write_them() {
    check("java.util.Currency", "\"CNY\"", "C<12>java.util.Currency<91><0c>currencyCode`<03>CNY");
    check("java.net.URI", "\"http://x/y\"", "C<0c>java.net.URI<91><06>string`<0a>http://x/y");
    check("java.time.DayOfWeek", "\"MONDAY\"", "C<13>java.time.DayOfWeek<91><04>name`<06>MONDAY");
    let set = encode("java.util.EnumSet<a.Color>", r#"["RED"]"#, Form::Typed).unwrap();
    let shown = format!("{:?}", Value::read(&mut Reader::new(&set)).unwrap());
    for part in ["EnumSetHandler", "java.lang.Class", "a.Color", "[object", "RED"] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    refuse("java.util.EnumSet<a.Color>", r#"["PINK"]"#, "/0: \"PINK\" is not one of RED, GREEN");
}

#[test]
fn an_object_may_choose_among_the_classes_that_the_configuration_puts_below() {
    check("a.Pay", r#"{"class":"Cash","sum":1}"#, "C<06>a.Cash<91><03>sum`<91>");
    check("a.Pay", r#"{"no":"x","class":"a.Card"}"#, "C<06>a.Card<91><02>no`<01>x");
    check("a.One", r#"{"x":1}"#, "C<06>a.Only<91><01>x`<91>");
    check("a.P", r#"{"x":1}"#, "C<03>a.P<91><01>x`<91>");
    check("a.P", r#"{"class":"Q","x":1}"#, "C<03>a.Q<91><01>x`<91>");
    refuse("a.Pay", r#"{"no":"x"}"#, r#"{"no":"x"} is not an object whose class is Card or Cash"#);
    refuse("a.Pay", r#"{"class":"Runtime"}"#, r#"/class: "Runtime" is not an object whose class is Card or Cash"#);
    refuse("list<a.Pay>", "[7]", "/0: 7 is not an object whose class is Card or Cash");
    let generic = encode("a.Pay", r#"{"class":"Cash","sum":1}"#, Form::Generic).unwrap();
    assert_eq!(shown(&generic), "H<05>class<06>a.Cash<03>sum<91>Z");
}

#[test]
fn a_class_without_fields_takes_no_others() {
    check("a.Empty", "{}", "C<07>a.Empty<90>`");
    check("a.Holds", r#"{"x":1}"#, "C<07>a.Holds<91><01>x`<91>");
    refuse("a.Holds", r#"{"e":{"y":1}}"#, "/e: undescribed");
    refuse("java.util.TimeZone", r#""UTC""#, "undescribed");
}

#[test]
fn a_generic_call_sends_maps_and_plain_values() {
    let bytes = encode("a.P", r#"{"x":1,"next":{"y":null},"tags":["a"]}"#, Form::Generic).unwrap();
    assert_eq!(shown(&bytes), "H<01>x<91><04>nextH<01>yNZ<04>tagsy<01>aZ");
    assert_eq!(shown(&encode("a.Color", "\"RED\"", Form::Generic).unwrap()), "<03>RED");
    assert_eq!(shown(&encode("set<string>", "[\"a\"]", Form::Generic).unwrap()), "y<01>a");
    assert_eq!(shown(&encode("localdate", "\"2024-01-31\"", Form::Generic).unwrap()), "<0a>2024-01-31");
    assert_eq!(encode("b.Unknown", r#"{"class":"x.Y"}"#, Form::Generic), Err("a class key".to_owned()));
    assert_eq!(shown(&encode("b.Unknown", r#"{"class":7}"#, Form::Generic).unwrap()), "H<05>class<97>Z");
}

#[test]
fn what_is_not_of_the_type_is_refused_with_its_place() {
    refuse("int", "\"5\"", "\"5\" is not an int");
    refuse("int", "5.0", "5.0 is not an int");
    refuse("int", "3000000000", "3000000000 is out of range for an int");
    refuse("byte", "128", "128 is out of range for a byte");
    refuse("short", "-32769", "-32769 is out of range for a short");
    refuse("long", "9223372036854775808", "9223372036854775808 is out of range for a long");
    refuse("long", "1e3", "1e3 is not a long");
    refuse("int", "null", "null is not an int");
    refuse("boolean", "1", "1 is not a boolean");
    refuse("boolean", "\"true\"", "\"true\" is not a boolean");
    refuse("double", "1e999999", "1e999999 is out of range for a double");
    refuse("decimal", "1e999999", "1e999999 is out of range for a decimal number");
    refuse("char", "\"ab\"", "\"ab\" is not a single character");
    refuse("char", "\"😀\"", "\"😀\" is not a single character");
    refuse("string", "5", "5 is not a string");
    refuse("a.Color", "\"BLUE\"", "\"BLUE\" is not one of RED, GREEN");
    refuse("a.Color", "{}", "{} is not one of RED, GREEN");
    refuse("a.P", "[1, 2]", "[1, 2] is not an object");
    refuse("list<int>", "{}", "{} is not a list");
    refuse("uuid", "\"1\"", "\"1\" is not a UUID");
    refuse("date", "\"tomorrow\"", "\"tomorrow\" is not a date such as 2024-01-31T10:15:30Z");
    refuse("localdate", "\"2024-02-30\"", "\"2024-02-30\" is not a date such as 2024-01-31");
    refuse("bytes", "\"a b\"", "\"a b\" is not base64 text");
    refuse("a.Page<a.P>", r#"{"items":[{"x":1},{"next":{"x":"y"}}]}"#, "/items/1/next/x: \"y\" is not an int");
    refuse("map<long,a.P>", r#"{"7":{},"a":{}}"#, "/a: \"a\" is not a long");
    refuse("object", "[9223372036854775808]", "/0: 9223372036854775808 is out of range for a value");
    refuse("string", "\"\\ud800\"", "a string has a bad escape (line 1, column 8)");
    let long = "9".repeat(10_000_000);
    refuse("biginteger", &long, &format!("{}… is out of range for an integer", "9".repeat(64)));
    refuse("decimal", &long, &format!("{}… is out of range for a decimal number", "9".repeat(64)));
}

#[test]
fn a_key_that_stands_twice_is_refused() {
    refuse("a.P", r#"{"x":1,"y":2,"x":3}"#, "\"x\" twice");
    refuse("a.P", r#"{"next":{"q":1,"q":1}}"#, "/next: \"q\" twice");
    refuse("map<string,int>", r#"{"a":1,"b":1,"a":1}"#, "\"a\" twice");
    refuse("object", r#"{"a":1,"\u0061":1}"#, "\"a\" twice");
    let many: Vec<String> = (0..100).chain([50]).map(|key| format!("\"{key}\":0")).collect();
    refuse("map<string,int>", &format!("{{{}}}", many.join(",")), "\"50\" twice");
}

#[test]
fn exact_numbers_keep_their_digits() {
    check("long", "9007199254740993", "L<00><20><00><00><00><00><00><01>");
    check("long", "-0", "<e0>");
    check("object", "9007199254740993", "L<00><20><00><00><00><00><00><01>");
}

#[test]
fn depth_and_count_are_bounded() {
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    assert!(encode("object", &nested(64), Form::Typed).is_ok());
    assert!(encode("object", &nested(65), Form::Typed).unwrap_err().contains("it is nested deeper than 64 levels"));
    let many = format!("[{}0]", "0,".repeat(1_000_001));
    refuse("list<int>", &many, "/999999: too many values");
}

#[test]
fn more_shapes_than_java_could_take_in_are_refused() {
    let contract: Vec<String> = (0..12).map(|field| format!("f{field}")).collect();
    let mut service = service();
    let fields: serde_json::Map<_, _> = contract.iter().map(|name| (name.clone(), "int".into())).collect();
    service.types.insert("a.Wide".to_owned(), serde_json::from_value(fields.into()).unwrap());
    let contract = written(&service);
    let mut resolver = Resolver::new(Known { written: Some(&contract), ..Known::default() });
    let node = resolver.resolve(&TypeName::parse("list<a.Wide>").unwrap());
    let types = resolver.finish();
    let objects: Vec<String> = (0u32..1001)
        .map(|set| {
            let members = (0..12).filter(|bit| set >> bit & 1 == 1).map(|bit| format!("\"f{bit}\":{bit}"));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        })
        .collect();
    let run = |count: usize| {
        let json = format!("[{}]", objects[..count].join(","));
        let mut out = Vec::new();
        Encoder::new(&types, Form::Typed, &mut out)
            .argument(|encoder| encoder.json(node, &mut Scanner::new(&json)))
            .map(|()| out)
    };
    assert!(Value::read(&mut Reader::new(&run(1000).unwrap())).is_ok());
    assert!(matches!(run(1001).unwrap_err().what, What::TooManyShapes));
}

/// Types with JSON values of them that come back exactly as they went in.
fn typed() -> impl Strategy<Value = (String, serde_json::Value)> {
    use serde_json::{Value as J, json};
    let leaf = prop_oneof![
        any::<bool>().prop_map(|v| ("boolean".to_owned(), v.into())),
        any::<i8>().prop_map(|v| ("byte".to_owned(), v.into())),
        any::<i16>().prop_map(|v| ("short".to_owned(), v.into())),
        any::<i32>().prop_map(|v| ("Integer".to_owned(), v.into())),
        any::<i64>().prop_map(|v| ("long".to_owned(), v.into())),
        any::<f64>().prop_filter("finite", |v| v.is_finite()).prop_map(|v| ("double".to_owned(), v.into())),
        ".{0,40}".prop_map(|v| ("string".to_owned(), v.into())),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(|v| {
            use base64::Engine;
            ("bytes".to_owned(), base64::engine::general_purpose::STANDARD.encode(v).into())
        }),
        prop_oneof![Just("RED"), Just("GREEN")].prop_map(|v| ("a.Color".to_owned(), v.into())),
        (1i16..9999, 1i8..=12, 1i8..=28)
            .prop_map(|(y, m, d)| ("localdate".to_owned(), format!("{y:04}-{m:02}-{d:02}").into())),
        (0i8..24, 0i8..60, 0i8..60)
            .prop_map(|(h, m, s)| ("localtime".to_owned(), format!("{h:02}:{m:02}:{s:02}").into())),
        (0i64..4_000_000_000_000).prop_map(|v| {
            let text = jiff::Timestamp::from_millisecond(v).unwrap();
            ("date".to_owned(), format!("{text:.3}").replace(".000Z", "Z").into())
        }),
        Just(("uuid".to_owned(), J::from("123e4567-e89b-12d3-a456-426614174000"))),
        Just(("locale".to_owned(), J::from("zh_CN"))),
        Just(("duration".to_owned(), J::from("PT1H30M"))),
        Just(("zoneddatetime".to_owned(), J::from("2024-01-31T10:15:30+08:00[Asia/Shanghai]"))),
        Just(("object".to_owned(), json!({"a": [1, null, {"b": "c"}], "d": 1.5}))),
        (any::<i32>(), any::<Option<i32>>(), prop::collection::vec(".{0,8}", 0..4)).prop_map(|(x, y, tags)| {
            ("a.P".to_owned(), json!({"x": x, "tags": tags, "y": y, "next": {"x": 1, "next": null}}))
        }),
    ];
    leaf.prop_recursive(3, 24, 10, |inner| {
        prop_oneof![
            (inner.clone(), 0usize..10)
                .prop_map(|((name, value), n)| (format!("list<{name}>"), J::from(vec![value; n]))),
            (inner.clone(), 0usize..10)
                .prop_map(|((name, value), n)| (format!("{name}[]"), J::from(vec![value; n])))
                .prop_filter("byte[] is binary, boxes have no arrays of arrays here", |(name, _)| !name
                    .starts_with("byte[")),
            (inner.clone(), prop::collection::btree_set("[a-z]{1,4}", 0..5)).prop_map(|((name, value), keys)| {
                let map: serde_json::Map<_, _> = keys.into_iter().map(|key| (key, value.clone())).collect();
                (format!("map<string,{name}>"), map.into())
            }),
            (inner, any::<i64>())
                .prop_filter("a type argument is a class", |((name, _), _)| !name.ends_with("[]"))
                .prop_map(|((name, value), total)| {
                    let boxed = match name.as_str() {
                        "boolean" => "Boolean",
                        "byte" => "Byte",
                        "short" => "Short",
                        "long" => "Long",
                        "double" => "Double",
                        other => other,
                    };
                    (
                        format!("a.Page<{boxed}>"),
                        json!({"total": total, "items": [value.clone(), value.clone()], "first": value}),
                    )
                }),
        ]
    })
}

proptest! {
    #[test]
    fn json_that_went_in_comes_out_again((name, value) in typed()) {
        let contract = written(&service());
        let mut resolver = Resolver::new(Known { written: Some(&contract), ..Known::default() });
        let node = resolver.resolve(&type_name(&name));
        prop_assert!(resolver.unknown_in(node).needed.is_empty(), "{name}");
        let types = resolver.finish();
        let mut bytes = Vec::new();
        let json = value.to_string();
        Encoder::new(&types, Form::Typed, &mut bytes)
            .argument(|encoder| encoder.json(node, &mut Scanner::new(&json)))
            .map_err(|fault| TestCaseError::fail(format!("{name} {json} {fault:?}")))?;
        // The tree reads it too, and nothing is left over.
        let mut reader = Reader::new(&bytes);
        Value::read(&mut reader).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(reader.is_empty());
        let rendering = Rendering {
            returns: Some(node),
            json: JsonConfig::default(),
            generic: false,
            classes: Classes::of([&contract]),
            layouts: Layouts::default(),
        };
        for _ in 0..2 {
            let mut out = Vec::new();
            render(&types, &rendering, Reader::new(&bytes), &mut out).unwrap();
            prop_assert_eq!(std::str::from_utf8(&out).unwrap(), &json, "{}", name);
        }
    }

    #[test]
    fn hostile_json_never_panics(json in "[\\[\\]{}\",:0-9a-zA-Z\\\\ .eE+-]{0,60}", which in 0usize..6) {
        let name = ["a.All", "object", "list<a.P>", "map<long,object>", "a.Page<a.Color>", "zoneddatetime"][which];
        for form in [Form::Typed, Form::Generic] {
            if let Ok(bytes) = encode(name, &json, form) {
                prop_assert!(Value::read(&mut Reader::new(&bytes)).is_ok());
            }
        }
    }

    #[test]
    fn hostile_text_never_panics(text in "\\PC{0,30}", temporal in "[0-9TZPDHMSYW:+.\\[\\]/a-z-]{0,30}") {
        let contract = written(&service());
        let mut resolver = Resolver::new(Known { written: Some(&contract), ..Known::default() });
        let class = resolver.resolve(&type_name("a.All"));
        let types = resolver.finish();
        let Some(all) = types.class_named("a.All") else { panic!("a.All is described") };
        for text in [&text, &temporal] {
            for node in all.fields.iter().map(|field| field.node).chain([class]) {
                let mut out = Vec::new();
                if Encoder::new(&types, Form::Typed, &mut out).argument(|encoder| encoder.text(node, text)).is_ok() {
                    prop_assert!(Value::read(&mut Reader::new(&out)).is_ok());
                }
            }
        }
    }
}
