//! Every Java type that a contract can name goes in as JSON and comes back as the same JSON.

use serde_json::{Value, json};

use crate::world::on_every_line;

/// `echo…` methods, each with values that must come back as they went.
fn echoes() -> Vec<(&'static str, Vec<Value>)> {
    let crate_7 = json!({"id": 7, "label": "silk", "kind": "SILK", "weight": 7.50, "fragile": true,
        "packed": "2026-01-05T10:02:11Z", "marks": ["a", "b"], "contents": {"bolts": 3}, "seal": "AQIH"});
    vec![
        ("echoBoolean", vec![json!(true), json!(false)]),
        ("echoByte", vec![json!(-128), json!(127)]),
        ("echoShort", vec![json!(-32768), json!(32767)]),
        ("echoInt", vec![json!(i32::MIN), json!(-1), json!(0), json!(i32::MAX)]),
        ("echoLong", vec![json!(i64::MIN), json!(9_007_199_254_740_993_i64), json!(i64::MAX)]),
        ("echoDouble", vec![json!(0.1), json!(-1.5e300), json!(3.0)]),
        ("echoFloat", vec![json!(1.5), json!(0.1)]),
        ("echoChar", vec![json!("x"), json!("门")]),
        ("echoBoxedInteger", vec![json!(7), Value::Null]),
        ("echoBoxedLong", vec![json!(i64::MAX), Value::Null]),
        ("echoBoxedBoolean", vec![json!(true), Value::Null]),
        ("echoString", vec![json!(""), json!("玉门关 🐫 \"\\\n"), json!("x".repeat(70_000)), Value::Null]),
        ("echoLocalDate", vec![json!("2026-02-28"), Value::Null]),
        ("echoLocalTime", vec![json!("10:02:11")]),
        ("echoLocalDateTime", vec![json!("2026-02-28T10:02:11")]),
        ("echoInstant", vec![json!("2026-02-28T10:02:11Z")]),
        ("echoDate", vec![json!("2026-02-28T10:02:11.123Z"), json!("2026-02-28T10:02:00Z")]),
        ("echoUuid", vec![json!("123e4567-e89b-12d3-a456-426614174000")]),
        ("echoKind", vec![json!("SILK"), Value::Null]),
        ("echoBytes", vec![json!(""), json!("AQIDBA==")]),
        ("echoInts", vec![json!([]), json!([1, -2, 300_000])]),
        ("echoStrings", vec![json!(["a", null, "c"])]),
        ("echoGrid", vec![json!([[1, 2], [], [3]])]),
        ("echoStringList", vec![json!([]), json!(["a", "b"])]),
        ("echoLongList", vec![json!([1, i64::MAX])]),
        ("echoKindList", vec![json!(["SILK", "GLASS"])]),
        ("echoStringMap", vec![json!({}), json!({"a": "b"})]),
        ("echoCrate", vec![crate_7.clone(), Value::Null]),
        ("echoCrates", vec![json!([]), json!([crate_7, crate_7])]),
        ("echoCrateByShelf", vec![json!({"7": crate_7})]),
        ("echoCountByKind", vec![json!({"SILK": 2})]),
        ("echoCrateByName", vec![json!({"x": crate_7})]),
    ]
}

#[test]
fn every_type_goes_in_and_comes_back() {
    let routes: String = echoes()
        .iter()
        .map(|(method, _)| {
            format!("  - {{ name: {method}, match: {{ method: POST, path: /{method} }}, to: {{ service: freight, method: {method} }}, args: [body] }}\n")
        })
        .collect();
    on_every_line(async |peer| {
        let gateway = peer.gateway(&routes).await;
        for (method, values) in echoes() {
            for value in values {
                let answer = gateway.post(&format!("/{method}"), &value).await;
                assert_eq!(answer.expect(200).json(), value, "{method}");
            }
        }
    });
}
