//! What a browser sees.

use super::*;
use yumen_plugin::testing::{self, load};
use yumen_plugin::{Action, Edit};

const APP: &str = r#"{"origins": ["https://app.example.com", "https://*.shop.example"], "methods": ["GET", "PUT"],
    "headers": ["content-type"], "expose": ["x-total"], "credentials": true, "max_age": 60}"#;

fn cors(config: &str) -> testing::Filter<Cors> {
    load(config).unwrap()
}

fn preflight(config: &str, origin: &str) -> Reply {
    let asked = [
        (":method", "OPTIONS"),
        ("origin", origin),
        ("access-control-request-method", "PUT"),
        ("access-control-request-headers", "x-a, x-b"),
    ];
    match cors(config).on_request(asked).action {
        Action::Reply(reply) => reply,
        other => panic!("{other:?}"),
    }
}

fn field<'a>(reply: &'a Reply, name: &str) -> Option<&'a str> {
    reply.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

#[test]
fn a_preflight_of_an_allowed_origin_is_answered() {
    let reply = preflight(APP, "https://app.example.com");
    assert_eq!(reply.status, 204);
    assert_eq!(field(&reply, "access-control-allow-origin"), Some("https://app.example.com"));
    assert_eq!(field(&reply, "access-control-allow-methods"), Some("GET, PUT"));
    assert_eq!(field(&reply, "access-control-allow-headers"), Some("content-type"));
    assert_eq!(field(&reply, "access-control-allow-credentials"), Some("true"));
    assert_eq!(field(&reply, "access-control-max-age"), Some("60"));
    assert!(field(&reply, "vary").unwrap().starts_with("origin"));
}

#[test]
fn a_preflight_of_another_origin_is_refused_and_says_nothing_of_the_policy() {
    for origin in ["https://evil.example", "http://app.example.com", "https://app.example.com.evil.example", "null"] {
        let reply = preflight(APP, origin);
        assert_eq!(reply.status, 403, "{origin}");
        assert!(reply.fields.iter().all(|(name, _)| !name.starts_with("access-control")), "{origin}");
    }
}

#[test]
fn a_pattern_takes_labels_and_nothing_else() {
    assert_eq!(preflight(APP, "https://a.b.shop.example").status, 204);
    for origin in [
        "https://.shop.example",
        "https://shop.example",
        "https://evil.example/x.shop.example",
        "https://a.shop.example:81",
    ] {
        assert_eq!(preflight(APP, origin).status, 403, "{origin}");
    }
}

#[test]
fn any_field_means_those_that_the_browser_asks_for() {
    let reply = preflight(r#"{"origins": ["*"], "headers": ["*"]}"#, "https://any.example");
    assert_eq!(field(&reply, "access-control-allow-origin"), Some("*"));
    assert_eq!(field(&reply, "access-control-allow-headers"), Some("x-a, x-b"));
}

#[test]
fn a_plain_options_request_goes_on() {
    assert_eq!(cors(APP).on_request([(":method", "OPTIONS"), ("origin", "https://app.example.com")]), Verdict::next());
    assert_eq!(
        cors(APP).on_request([(":method", "OPTIONS"), ("access-control-request-method", "GET")]),
        Verdict::next()
    );
}

#[test]
fn a_response_says_who_may_read_it_and_that_it_depends_on_the_origin() {
    let verdict = cors(APP).on_response(200, 0, [("request.origin", "https://app.example.com")]);
    let expected = Verdict::next()
        .append("vary", "origin")
        .set("access-control-allow-origin", "https://app.example.com")
        .set("access-control-allow-credentials", "true")
        .set("access-control-expose-headers", "x-total");
    assert_eq!(verdict, expected);
    let vary =
        [("request.origin", "https://evil.example"), ("vary", "Accept, Origin"), ("access-control-allow-origin", "*")];
    assert_eq!(cors(APP).on_response(200, 0, vary), Verdict::next().remove("access-control-allow-origin"));
    assert_eq!(cors(APP).on_response(200, 0, []), Verdict::next().append("vary", "origin"));
}

#[test]
fn an_open_policy_does_not_vary() {
    let verdict = cors(r#"{"origins": ["*"]}"#).on_response(200, 0, [("request.origin", "https://a.example")]);
    assert_eq!(verdict.edits, [Edit::Set(("access-control-allow-origin".to_owned(), "*".to_owned()))]);
}

#[test]
fn policies_that_browsers_forbid_are_refused() {
    assert!(load::<Cors>(r#"{"origins": ["*"], "credentials": true}"#).is_err());
    assert!(load::<Cors>(r#"{"origins": ["https://a.example"], "credentials": true, "expose": ["*"]}"#).is_err());
    for origin in ["a.example", "https://", "https://x*.example", "https://a.example/path", "*.example", "https://*"] {
        assert!(load::<Cors>(&format!(r#"{{"origins": ["{origin}"]}}"#)).is_err(), "{origin}");
    }
    assert!(load::<Cors>(r#"{"origins": [], "orgins": []}"#).is_err());
}
