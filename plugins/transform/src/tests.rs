//! What comes out changed.

use super::*;
use yumen_plugin::Interest;
use yumen_plugin::testing::{self, load};

fn plugin(config: &str) -> testing::Filter<Transform> {
    load(config).unwrap()
}

#[test]
fn fields_are_removed_renamed_set_and_added_in_this_order() {
    let config = r#"{"request": {"remove": ["Cookie"], "rename": {"X-Old": "x-new"},
        "set": {"X-Tenant": "t-{tag.tenant}/{:client}"}, "add": {"via": "yumen"}}}"#;
    testing::host(|host| {
        host.request = [("x-old", "1"), ("x-old", "2")].map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec()
    });
    let verdict = plugin(config).on_request([("tag.tenant", "acme"), (":client", "10.0.0.1")]);
    let expected = Verdict::next()
        .remove("cookie")
        .remove("x-old")
        .append("x-new", "1")
        .append("x-new", "2")
        .set("x-tenant", "t-acme/10.0.0.1")
        .append("via", "yumen");
    assert_eq!(verdict, expected);
    let absent = plugin(r#"{"response": {"set": {"x-a": "<{request.x-id}{{}}>"}}}"#).on_response(200, 0, []);
    assert_eq!(absent, Verdict::next().set("x-a", "<{}>"));
}

#[test]
fn only_the_phases_that_are_needed_are_taken_part_in() {
    let interest = |config: &str| plugin(config).manifest().interest;
    assert_eq!(interest("{}"), Interest::empty());
    assert_eq!(interest(r#"{"path": [{"prefix": "/a", "to": "/b"}]}"#), Interest::REQUEST_HEAD);
    assert_eq!(interest(r#"{"arguments": [{"path": "$[0]", "set": 1}]}"#), Interest::CALL);
    assert_eq!(interest(r#"{"result": [{"path": "$.a", "remove": true}]}"#), Interest::OUTCOME);
    assert_eq!(interest(r#"{"response": {"remove": ["server"]}}"#), Interest::RESPONSE_HEAD);
}

#[track_caller]
fn check_path(from: &str, to: &str, path: &str, expected: Option<&str>) {
    let plugin = plugin(&format!(r#"{{"path": [{{"prefix": "{from}", "to": "{to}"}}]}}"#));
    let verdict = plugin.on_request([(":path", path)]);
    assert_eq!(verdict, expected.map_or(Verdict::next(), |path| Verdict::next().set_path(path)), "{path}");
}

#[test]
fn a_path_is_rewritten_by_whole_segments() {
    check_path("/api", "/v2", "/api/users?x=/api", Some("/v2/users?x=/api"));
    check_path("/api/", "/v2/", "/api/users", Some("/v2/users"));
    check_path("/api", "/v2", "/api", Some("/v2"));
    check_path("/api", "/v2", "/api?x", Some("/v2?x"));
    check_path("/api", "/", "/api", Some("/"));
    check_path("/api", "/", "/api?x", Some("/?x"));
    check_path("/api", "/", "/api/users", Some("/users"));
    check_path("/", "/v2", "/users", Some("/v2/users"));
    check_path("/api", "/v2", "/apis", None);
}

#[track_caller]
fn check_result(change: &str, expected: Option<&str>) {
    let plugin = plugin(&format!(r#"{{"result": [{change}]}}"#));
    let verdict = plugin
        .on_outcome(Outcome::Result(r#"{"id":12345678901234567890123,"user":{"name":"Ann"},"tags":[1,2]}"#.to_owned()));
    let outcome = |text: &str| Verdict::next().set_outcome(Outcome::Result(text.to_owned()));
    assert_eq!(verdict, expected.map_or(Verdict::next(), outcome), "{change}");
}

#[test]
fn results_are_changed_and_keep_their_digits() {
    let rest = r#"{"id":12345678901234567890123,"#;
    check_result(
        r#"{"path": "$.user.age", "set": 7.50}"#,
        Some(&format!(r#"{rest}"user":{{"name":"Ann","age":7.50}},"tags":[1,2]}}"#)),
    );
    check_result(
        r#"{"path": "$.tags[0]", "set": null}"#,
        Some(&format!(r#"{rest}"user":{{"name":"Ann"}},"tags":[null,2]}}"#)),
    );
    check_result(r#"{"path": "$.tags", "remove": true}"#, Some(&format!(r#"{rest}"user":{{"name":"Ann"}}}}"#)));
    check_result(r#"{"path": "$.user", "rename": "tags"}"#, Some(&format!(r#"{rest}"tags":{{"name":"Ann"}}}}"#)));
    check_result(r#"{"path": "$", "set": {"ok": true}}"#, Some(r#"{"ok":true}"#));
    check_result(r#"{"path": "$.nobody.name", "set": 1}"#, None);
    check_result(r#"{"path": "$.nothing", "remove": true}"#, None);
    check_result(r#"{"path": "$.nothing", "rename": "x"}"#, None);
}

#[test]
fn arguments_are_changed_and_errors_are_left_alone() {
    testing::host(|host| host.arguments = Some(r#"[{"page":1},7]"#.to_owned()));
    let plugin = plugin(r#"{"arguments": [{"path": "$[0].size", "set": 20}], "result": [{"path": "$", "set": 1}]}"#);
    assert_eq!(plugin.on_call([]), Verdict::next().set_arguments(r#"[{"page":1,"size":20},7]"#));
    assert_eq!(plugin.on_outcome(RpcError::new(RpcCode::ServerError, "no")), Verdict::next());
}

#[test]
fn changes_that_mean_nothing_are_refused() {
    let refused = |change: &str| load::<Transform>(&format!(r#"{{"result": [{change}]}}"#)).is_err();
    assert!(refused(r#"{"path": "$.a"}"#));
    assert!(refused(r#"{"path": "$.a", "set": 1, "remove": true}"#));
    assert!(refused(r#"{"path": "$", "remove": true}"#));
    assert!(refused(r#"{"path": "$[0]", "rename": "a"}"#));
    for value in ["{x", "x}", "{}", "{{x}", "{a{b}"] {
        assert!(load::<Transform>(&format!(r#"{{"request": {{"set": {{"a": "{value}"}}}}}}"#)).is_err(), "{value}");
    }
    assert!(load::<Transform>(r#"{"path": [{"prefix": "api", "to": "/"}]}"#).is_err());
}
