//! Types that providers publish and that do not tell everything.

use yumen_dubbo::contract::{Field, TypeDefinition, TypeName};

use super::*;

#[test]
fn an_enum_map_as_a_parameter_is_told_of_and_a_map_that_is_sent_as_one_is_plain() {
    let contract = learned(&[("stock", &["java.util.EnumMap<a.Color,int>"]), ("count", &["map<a.Color,int>"])]);
    let (plan, findings) = build(&route("/x", "stock", r#"["body"]"#, ""), Some(&contract));
    assert!(plan.is_some());
    assert_eq!(
        findings,
        [
            "warning YM0201 routes[0].args[0]: no provider can read a java.util.EnumMap: it gets a HashMap and the call fails"
        ]
    );
    let args = r#"[{ "from": "body", "type": "java.util.EnumMap<a.Color,int>" }]"#;
    let (plan, findings) = build(&route("/x", "count", args, ""), Some(&contract));
    assert_eq!(findings, [""; 0]);
    let (bytes, _) = send(&(plan.unwrap(), "/x".to_owned()), &Message("POST /x", &[], br#"{"RED":1}"#)).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("EnumMap"));
}

/// `Parcel<T> { T content; Object note; }` as a service definition tells it.
fn parcel() -> Contract {
    let mut contract = learned(&[("f", &["a.Parcel"])]);
    let object = |name: &str| Field { name: name.into(), type_name: TypeName::object() };
    let fields = vec![object("content"), object("note")];
    let bean = TypeDefinition::Bean { type_parameters: Vec::new(), fields, erased: true };
    contract.types.insert("a.Parcel".into(), bean);
    contract
}

#[test]
fn an_object_beside_a_type_variable_takes_what_the_variable_cannot_be() {
    let contract = parcel();
    let sent = |of: &str, body: &str| {
        let args = format!(r#"[{{ "from": "body", "type": "a.Parcel<{of}>" }}]"#);
        let (plan, findings) = build(&route("/x", "f", &args, ""), Some(&contract));
        assert_eq!(findings, [""; 0]);
        send(&(plan.unwrap(), "/x".to_owned()), &Message("POST /x", &[], body.as_bytes()))
            .map(|(bytes, _)| format!("{:?}", values(&bytes)))
    };
    let shown = sent("a.User", r#"{"content":{"id":7},"note":["x",{"id":8}]}"#).unwrap();
    assert!(shown.contains("a.User") && shown.contains("Long(7)") && shown.contains("Int(8)"), "{shown}");
    let shown = sent("long", r#"{"note":"text","content":7}"#).unwrap();
    assert!(shown.contains("Long(7)") && shown.contains("text"), "{shown}");
    // What could be one and is wrong within stays wrong, and so does a number that is too large.
    for (of, body, detail) in [
        ("a.User", r#"{"content":{"id":"x"}}"#, "body/content/id: \"x\" is not a long"),
        ("int", r#"{"content":3000000000}"#, "body/content: 3000000000 is out of range for an int"),
    ] {
        assert_eq!(sent(of, body).unwrap_err()["detail"], detail);
    }
}
