//! Service definitions as real providers wrote them, and faults in them.

use super::*;

const CATALOG: &str = "samples.api.Catalog";

fn captured(name: &str) -> ServiceDefinition {
    let text = match name {
        "2.7" => include_bytes!("../../../tests/fixtures/definition-2.7.json").as_slice(),
        "3.2" => include_bytes!("../../../tests/fixtures/definition-3.2.json"),
        _ => include_bytes!("../../../tests/fixtures/definition-3.3.json"),
    };
    parse(text, CATALOG).unwrap()
}

/// Fields of a class as `name: type`, by name.
#[track_caller]
fn fields(contract: &Contract, class: &str) -> Vec<String> {
    let fields = contract.fields(&TypeName::of(class)).unwrap_or_else(|| panic!("{class} is not known"));
    let mut shown: Vec<_> = fields.iter().map(|field| format!("{}: {}", field.name, field.type_name)).collect();
    shown.sort();
    shown
}

fn signatures(contract: &Contract) -> Vec<String> {
    let show = |method: &MethodContract| {
        let parameters: Vec<_> = method.parameters.iter().map(|p| p.type_name.to_string()).collect();
        format!("{} {}({})", method.returns, method.name, parameters.join(", "))
    };
    let mut shown: Vec<_> = contract.methods.iter().map(show).collect();
    shown.sort();
    shown
}

#[test]
fn every_line_of_dubbo_tells_the_same_methods() {
    for line in ["2.7", "3.2", "3.3"] {
        let definition = captured(line);
        assert_eq!(definition.skipped, [], "{line}");
        assert_eq!(
            signatures(&definition.contract),
            [
                "int add(int, int)",
                "java.lang.Object later(java.lang.String, int)",
                "java.lang.String attachment(java.lang.String)",
                "java.lang.String echo(java.lang.String)",
                "java.lang.String who()",
                "java.lang.String who(java.lang.String)",
                "java.util.List<samples.api.Item> list(samples.api.Color, int)",
                "java.util.Map<java.lang.String,samples.api.Item> byName(java.util.List<java.lang.String>)",
                "samples.api.Item get(long)",
                "samples.api.Item$Size[] sizes(samples.api.Item)",
                "void fail(java.lang.String)",
            ],
            "{line}"
        );
    }
}

#[test]
fn every_line_of_dubbo_tells_the_same_classes() {
    for line in ["2.7", "3.2", "3.3"] {
        let contract = captured(line).contract;
        let names: Vec<_> = contract.types.keys().map(|name| &**name).collect();
        assert_eq!(names, ["samples.api.Color", "samples.api.Item", "samples.api.Item$Size"], "{line}");
        assert_eq!(
            fields(&contract, "samples.api.Item"),
            [
                "blob: byte[]",
                "color: samples.api.Color",
                "id: long",
                "made: java.time.LocalDateTime",
                "name: java.lang.String",
                "parent: samples.api.Item",
                "price: java.math.BigDecimal",
                "sizes: java.util.Map<java.lang.String,samples.api.Item$Size>",
                "tags: java.util.List<java.lang.String>",
            ],
            "{line}"
        );
        assert_eq!(fields(&contract, "samples.api.Item$Size"), ["h: short", "w: int"], "{line}");
        let red_green = TypeDefinition::Enum { constants: vec!["RED".into(), "GREEN".into()] };
        assert_eq!(contract.types.get("samples.api.Color"), Some(&red_green), "{line}");
    }
}

#[test]
fn the_name_that_was_asked_for_is_the_interface() {
    for text in [
        include_bytes!("../../../tests/fixtures/definition-nested-2.7.json").as_slice(),
        include_bytes!("../../../tests/fixtures/definition-nested-3.3.json"),
    ] {
        let contract = parse(text, "samples.api.Outer$Nested").unwrap().contract;
        assert_eq!(&*contract.interface, "samples.api.Outer$Nested");
        assert_eq!(signatures(&contract), ["java.lang.String ping(java.lang.String)"]);
    }
}

fn definition(methods: &str, types: &str) -> ServiceDefinition {
    let text = format!(r#"{{"canonicalName":"a.Api","methods":[{methods}],"types":[{types}]}}"#);
    parse(text.as_bytes(), "a.Api").unwrap()
}

fn method(parameters: &str, returns: &str) -> String {
    format!(r#"{{"name":"f","parameterTypes":[{parameters}],"returnType":"{returns}"}}"#)
}

#[test]
fn a_generic_class_has_its_variables_found_and_put_in_order() {
    let types = r#"{"type":"a.Pair","properties":{"value":"V","key":"K","more":"java.util.List<K[]>"}},
                   {"type":"a.Page","properties":{"rest":"java.util.List<R>","items":"java.util.List<T>","first":"java.lang.Object"}}"#;
    let contract = definition("", types).contract;
    let variables = |class: &str| match contract.types.get(class) {
        Some(TypeDefinition::Bean { type_parameters, .. }) => type_parameters.join(","),
        _ => panic!("{class} is no bean"),
    };
    assert_eq!((variables("a.Pair"), variables("a.Page")), ("K,V".into(), "T,R".into()));
}

#[test]
fn a_class_of_the_default_package_is_no_variable() {
    let contract =
        definition("", r#"{"type":"Foo","properties":{"x":"int"}},{"type":"a.B","properties":{"foo":"Foo"}}"#);
    assert_eq!(fields(&contract.contract, "a.B"), ["foo: Foo"]);
}

#[test]
fn a_dot_before_a_nested_class_becomes_a_dollar() {
    let names =
        method(r#""b.Outer.Inner.Deep","java.util.Map.Entry<java.lang.String,a.Box.Lid>","b.page.plain""#, "void");
    let contract = definition(&names, r#"{"type":"a.Box","properties":{"x":"int"}}"#).contract;
    assert_eq!(
        signatures(&contract),
        ["void f(b.Outer$Inner$Deep, java.util.Map$Entry<java.lang.String,a.Box$Lid>, b.page.plain)"]
    );
}

#[test]
fn a_package_with_a_capital_is_kept_when_the_interface_lies_in_it() {
    let text = format!(
        r#"{{"methods":[{}]}}"#,
        method(r#""com.Acme.Crate","com.Acme.Crate.Lid","com.Acme.deep.Nail""#, "void")
    );
    let contract = parse(text.as_bytes(), "com.Acme.Api").unwrap().contract;
    assert_eq!(signatures(&contract), ["void f(com.Acme.Crate, com.Acme.Crate$Lid, com.Acme.deep.Nail)"]);
}

#[test]
fn a_class_may_be_listed_with_a_lower_case_name() {
    let names = method(r#""a.box.lid""#, "void");
    let contract = definition(&names, r#"{"type":"a.box","properties":{"x":"int"}}"#).contract;
    assert_eq!(signatures(&contract), ["void f(a.box$lid)"]);
}

#[test]
fn references_to_references_are_followed_and_circles_are_not() {
    let types = r#"{"type":"a.B","properties":{"x":{"type":"int"},"y":{"$ref":"$.types[1]"},"z":{"$ref":"$.types[2]"},
                    "up":{"$ref":".."},"off":{"$ref":"$.types[9]"},"self":{"$ref":"a.B","type":"a.B","properties":{}}}},
                   {"$ref":"$.types[0].properties.x"},{"$ref":"$.types[3]"},{"$ref":"$.types[2]"}"#;
    let definition = definition("", types);
    assert_eq!(
        fields(&definition.contract, "a.B"),
        ["off: java.lang.Object", "self: a.B", "up: java.lang.Object", "x: int", "y: int", "z: java.lang.Object",]
    );
    let places: Vec<_> = definition.skipped.iter().map(|error| error.at.as_str()).collect();
    assert_eq!(places, ["$.types[0].properties.off", "$.types[0].properties.up", "$.types[0].properties.z"]);
}

#[test]
fn a_future_with_a_known_value_returns_that_value() {
    let contract = definition(&method("", "java.util.concurrent.CompletableFuture<java.util.List<a.B>>"), "").contract;
    assert_eq!(signatures(&contract), ["java.util.List<a.B> f()"]);
}

#[test]
fn a_method_that_cannot_be_read_is_left_out_and_the_others_stay() {
    let methods = [method(r#""int""#, "int"), method(r#""a..b""#, "int"), method("7", "int"), "{}".into()].join(",");
    let definition =
        definition(&methods, r#"{"type":"a.B<","properties":{"x":"int"}},7,{"type":"a.C","properties":{"y":3}}"#);
    assert_eq!(signatures(&definition.contract), ["int f(int)"]);
    assert_eq!(fields(&definition.contract, "a.C"), ["y: java.lang.Object"]);
    let places: Vec<_> = definition.skipped.iter().map(|error| error.at.as_str()).collect();
    assert_eq!(
        places,
        [
            "$.types[0]",
            "$.types[2].properties.y",
            "$.methods[1].parameterTypes[0]",
            "$.methods[2].parameterTypes[0]",
            "$.methods[3]",
        ]
    );
}

#[test]
fn a_text_that_is_no_definition_says_where_it_fails() {
    let place = |text: &str| parse(text.as_bytes(), "a.Api").map(|_| ()).unwrap_err().at;
    assert_eq!(place("127.0.0.1"), "$");
    assert_eq!(place("[]"), "$.methods");
    assert_eq!(place(r#"{"methods":{}}"#), "$.methods");
    assert_eq!(place(&format!(r#"{{"methods":[{}]}}"#, vec!["{}"; MAX_METHODS + 1].join(","))), "$.methods");
    let deep = format!(r#"{{"methods":[],"types":[{}7{}]}}"#, r#"{"properties":{"x":"#.repeat(200), "}}".repeat(200));
    assert_eq!(place(&deep), "$", "nesting beyond the parser's limit");
    assert_eq!(place(&" ".repeat(MAX_BYTES + 1)), "$");
}

proptest::proptest! {
    #[test]
    fn no_change_of_one_byte_makes_the_parser_panic(at in 0usize..6000, byte in 0u8..=255) {
        let mut text = include_bytes!("../../../tests/fixtures/definition-2.7.json").to_vec();
        let at = at % text.len();
        text[at] = byte;
        if let Ok(definition) = parse(&text, CATALOG) {
            proptest::prop_assert!(definition.contract.methods.len() <= 11);
        }
    }
}

#[test]
fn what_an_interface_inherits_from_a_generic_one_is_told_without_its_variables() {
    let text = br#"{"methods":[{"name":"byIds","parameterTypes":["java.util.Set<ID>","T[]"],"returnType":"java.util.Map<ID,T>"}],
        "types":[{"type":"java.util.Set<ID>","properties":{}},{"type":"T","properties":{}}]}"#;
    let contract = parse(text, "a.Api").unwrap().contract;
    let object = "java.lang.Object";
    assert_eq!(
        signatures(&contract),
        [format!("java.util.Map<{object},{object}> byIds(java.util.Set<{object}>, {object}[])")]
    );
    assert!(contract.types.is_empty());
}

#[test]
fn a_class_without_properties_is_known_to_have_none() {
    let text = br#"{"methods":[],"types":[{"type":"a.Payment","properties":{}},{"type":"a.Order","properties":{"by":"a.Payment"}}]}"#;
    let contract = parse(text, "a.Api").unwrap().contract;
    assert_eq!(fields(&contract, "a.Payment"), [""; 0]);
    assert_eq!(fields(&contract, "a.Order"), ["by: a.Payment"]);
}
