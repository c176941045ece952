//! Arguments and results as JSON, for plugins.

use super::*;

#[track_caller]
fn round(method: &str, args: &str, json: &str, seen: &str) {
    let plan = plan("/", method, args, "").0;
    let mut bytes = Vec::new();
    plan.encode_arguments(json, &mut bytes).unwrap_or_else(|why| panic!("{method} {json}: {why}"));
    assert_eq!(plan.arguments_json(&bytes).unwrap(), seen, "{method}");
    let mut again = Vec::new();
    plan.encode_arguments(seen, &mut again).unwrap();
    assert_eq!(again, bytes, "{method}: what was read is not what is written");
}

#[test]
fn arguments_are_the_same_read_as_json_and_written_again() {
    round("get", r#"["body"]"#, "[9007199254740993]", "[9007199254740993]");
    round("find", r#"["body.a", "body.b", "body.c"]"#, r#"["a\"b", 7, [1, 2]]"#, r#"["a\"b",7,[1,2]]"#);
    let user = r#"[{"id":7,"name":"jade","color":"RED","tags":["a","b"]}]"#;
    round("create", r#"["body"]"#, user, user);
    round(
        "rename",
        r#"["body.a","body.b","body.c","body.d"]"#,
        r#"[1, null, "GREEN", 1.50]"#,
        r#"[1,null,"GREEN",1.50]"#,
    );
    round("ping", "[]", " [ ] ", "[]");
}

#[test]
fn arguments_of_a_generic_call_are_read_behind_its_head() {
    round(
        "ask",
        r#"["body.q", "body.n"]"#,
        r#"[{"text":"x","more":[1,true]}, 5]"#,
        r#"[{"text":"x","more":[1,true]},5]"#,
    );
}

#[test]
fn one_argument_is_shown_alone() {
    let plan = plan("/", "find", r#"["body.a", "body.b", "body.c"]"#, "").0;
    let mut bytes = Vec::new();
    plan.encode_arguments(r#"["x", 7, [1, 2]]"#, &mut bytes).unwrap();
    let shown = |index| plan.argument_json(&bytes, index);
    assert_eq!(
        [shown(0), shown(1), shown(2), shown(3)],
        [Some("\"x\"".to_owned()), Some("7".to_owned()), Some("[1,2]".to_owned()), None]
    );
    assert_eq!(plan.argument_count(), 3);
}

#[test]
fn arguments_that_do_not_fit_are_refused_with_a_reason() {
    for (json, why) in [
        ("[]", "0 arguments where 1 are needed"),
        ("[1, 2]", "more than 1 arguments"),
        ("{}", "no JSON"),
        ("[1", "no JSON"),
        ("[\"x\"]", "is not a long"),
        ("[1] 2", "no JSON"),
    ] {
        let plan = plan("/", "get", r#"["body"]"#, "").0;
        let told = plan.encode_arguments(json, &mut Vec::new()).unwrap_err();
        assert!(told.contains(why), "{json}: {told}");
    }
}

#[test]
fn a_result_in_json_is_what_a_provider_would_have_returned() {
    let plan = plan("/", "get", r#"["body"]"#, "").0;
    let json = r#"{"id":7,"name":"jade","color":"RED"}"#;
    let reply = plan.reply_of(json).unwrap();
    assert_eq!(plan.result_json(&reply).unwrap(), json);
    assert_eq!(plan.reply_of("null").unwrap(), Reply::null());
    assert!(plan.reply_of("[1]").unwrap_err().contains("is not an object"));
    assert!(plan.reply_of("{").is_err());
}

#[tokio::test]
async fn a_response_of_a_json_result_is_shaped_as_the_route_says() {
    let id = || "1";
    let shown = async |plan: &Plan, json: &str| {
        let response = plan.respond_json(json, "r", &id);
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    };
    let plain = plan("/", "get", r#"["body"]"#, "").0;
    assert_eq!(shown(&plain, "{\"x\":1}").await, (200, "{\"x\":1}".to_owned()));
    let shaped = plan("/", "get", r#"["body"]"#, r#""respond": { "status": 201, "body": { "of": "result.x" } }"#).0;
    assert_eq!(shown(&shaped, "{\"x\":1}").await, (201, "{\"of\":1}".to_owned()));
    let void = plan("/", "stop", "[]", "").0;
    assert_eq!(shown(&void, "null").await, (204, String::new()));
    let (status, told) = shown(&plain, "{").await;
    assert!(status == 503 && told.contains("YM0505"), "{told}");
}

#[tokio::test]
async fn an_exception_of_a_plugin_meets_the_rules_of_the_route() {
    let id = || "1";
    let rules = r#""errors": [{ "exception": "a.Base", "status": 409, "body": { "why": "exception.message" } }]"#;
    let plan = plan("/", "get", r#"["body"]"#, rules).0;
    let response = plan.respond(Ok(thrown("a.Base", "taken")), "r", &id);
    assert_eq!(response.status(), 409);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(&body[..], b"{\"why\":\"taken\"}");
}

#[tokio::test]
async fn a_call_that_a_plugin_ended_is_told_in_its_own_words() {
    let id = || "1";
    let plan = plan("/", "get", r#"["body"]"#, "").0;
    for (status, code) in [(Status::BadRequest, 400), (Status::ThreadPoolExhausted, 503), (Status::ServerTimeout, 504)]
    {
        let error = RpcError::new(ErrorKind::Ended(status), Side::Consumer, Sent::Never, "not today");
        let response = plan.respond(Err(error), "r", &id);
        assert_eq!(response.status(), code);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let told: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&told["code"], &told["detail"]), (&"YM0506".into(), &"not today".into()));
    }
}
