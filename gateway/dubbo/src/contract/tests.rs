//! Contracts: generics put in.

use super::*;

fn parse(text: &str) -> TypeName {
    TypeName::parse(text).unwrap()
}

fn field(name: &str, of: &str) -> Field {
    Field { name: name.into(), type_name: parse(of) }
}

fn bean(type_parameters: &[&str], fields: &[(&str, &str)], erased: bool) -> TypeDefinition {
    let type_parameters = type_parameters.iter().map(|name| Box::from(*name)).collect();
    TypeDefinition::Bean { type_parameters, fields: fields.iter().map(|(n, t)| field(n, t)).collect(), erased }
}

fn contract(types: Vec<(&str, TypeDefinition)>) -> Contract {
    let types = types.into_iter().map(|(name, definition)| (name.into(), definition)).collect();
    Contract { interface: "a.Api".into(), methods: Vec::new(), types }
}

#[track_caller]
fn check(contract: &Contract, of: &str, expected: &[(&str, &str)]) {
    let fields = contract.fields(&parse(of)).unwrap();
    let shown: Vec<_> = fields.iter().map(|field| (field.name.to_string(), field.type_name.to_string())).collect();
    let expected: Vec<_> = expected.iter().map(|(n, t)| (n.to_string(), t.to_string())).collect();
    assert_eq!(shown, expected, "fields of {of}");
}

#[test]
fn type_arguments_replace_the_variables_of_a_class() {
    let pair = bean(&["K", "V"], &[("key", "K"), ("values", "list<V[]>"), ("n", "int")], false);
    let contract = contract(vec![("a.Pair", pair)]);
    check(
        &contract,
        "a.Pair<string,a.B>",
        &[("key", "java.lang.String"), ("values", "java.util.List<a.B[]>"), ("n", "int")],
    );
}

#[test]
fn a_raw_generic_class_has_objects_for_its_variables() {
    let contract = contract(vec![("a.Page", bean(&["T"], &[("items", "list<T>")], false))]);
    check(&contract, "a.Page", &[("items", "java.util.List<java.lang.Object>")]);
}

#[test]
fn an_erased_object_field_takes_the_only_argument() {
    let page = bean(&["T"], &[("first", "Object"), ("items", "list<T>"), ("extra", "map<string,Object>")], true);
    let contract = contract(vec![("a.Page", page)]);
    check(
        &contract,
        "a.Page<a.Crate>",
        &[
            ("first", "a.Crate"),
            ("items", "java.util.List<a.Crate>"),
            ("extra", "java.util.Map<java.lang.String,java.lang.Object>"),
        ],
    );
    let guessed =
        |of: &str| -> Vec<bool> { contract.fields(&parse(of)).unwrap().iter().map(|field| field.guessed).collect() };
    assert_eq!((guessed("a.Page<a.Crate>"), guessed("a.Page")), (vec![true, false, false], vec![false; 3]));
}

#[test]
fn an_object_field_stays_one_when_the_class_comes_from_the_configuration_or_has_two_arguments() {
    let fields = &[("left", "Object"), ("right", "Object")];
    let contract = contract(vec![("a.Exact", bean(&["T"], fields, false)), ("a.Two", bean(&[], fields, true))]);
    let objects = [("left", "java.lang.Object"), ("right", "java.lang.Object")];
    check(&contract, "a.Exact<a.B>", &objects);
    check(&contract, "a.Two<a.B,a.C>", &objects);
}

#[test]
fn an_argument_that_is_itself_generic_is_carried_whole() {
    let contract = contract(vec![("a.Page", bean(&["T"], &[("items", "list<T>")], true))]);
    check(&contract, "a.Page<a.Page<a.B>>", &[("items", "java.util.List<a.Page<a.B>>")]);
}

#[test]
fn class_generics_within_an_erased_class_take_its_argument() {
    let page = bean(&["T"], &[("next", "a.Page"), ("all", "a.Page[]"), ("window", "a.Window"), ("other", "a.B")], true);
    let window = bean(&["E"], &[("between", "list<E>"), ("from", "Object")], true);
    let plain = bean(&[], &[("x", "int")], true);
    let contract = contract(vec![("a.Page", page), ("a.Window", window), ("a.B", plain)]);
    check(
        &contract,
        "a.Page<a.Crate>",
        &[("next", "a.Page<a.Crate>"), ("all", "a.Page<a.Crate>[]"), ("window", "a.Window<a.Crate>"), ("other", "a.B")],
    );
    check(&contract, "a.Page", &[("next", "a.Page"), ("all", "a.Page[]"), ("window", "a.Window"), ("other", "a.B")]);
    check(&contract, "a.Window<a.B>", &[("between", "java.util.List<a.B>"), ("from", "a.B")]);
}

#[test]
fn a_class_of_two_variables_that_contains_itself_keeps_both() {
    let pair = bean(&["A", "B"], &[("swaps", "map<A,B>"), ("next", "a.Pair")], true);
    let contract = contract(vec![("a.Pair", pair)]);
    check(&contract, "a.Pair<a.X,int[]>", &[("swaps", "java.util.Map<a.X,int[]>"), ("next", "a.Pair<a.X,int[]>")]);
}
