//! Who is let in.

use super::*;
use yumen_plugin::Action;
use yumen_plugin::testing::{self, load};

/// The digest of `bob's key`.
const CONFIG: &str = r#"{"query": "api_key", "consumer_field": "x-consumer", "consumers": [
    {"name": "ann", "key": "ann's key"},
    {"name": "bob", "sha256": "e33dc3be1ddc36a1d8d5a5d25b9a5e2a4bbbf77f2b1f4b6b79eeb4a4f9a3f9ad"}]}"#;

fn asked(config: &str, path: &str, keys: &[&str]) -> Verdict {
    let fields = keys.iter().map(|key| ("x-api-key".to_owned(), (*key).to_owned())).collect();
    testing::host(|host| host.request = fields);
    load::<KeyAuth>(config).unwrap().on_request([(":path", path)])
}

#[track_caller]
fn check_refused(verdict: Verdict) {
    match verdict.action {
        Action::Reply(reply) => {
            assert_eq!(reply.status, 401);
            assert!(reply.fields.iter().any(|(name, _)| name == "www-authenticate"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_known_key_is_let_in_named_and_hidden() {
    let let_in = Verdict::next().tag("consumer", "ann").set("x-consumer", "ann");
    assert_eq!(asked(CONFIG, "/users", &["ann's key"]), let_in.clone().remove("x-api-key"));
    assert_eq!(asked(CONFIG, "/users?a=1&api_key=ann%27s+key&b=%20", &[]), let_in.clone().set_path("/users?a=1&b=%20"));
    assert_eq!(asked(CONFIG, "/users?%61pi_key=ann%27s+key", &[]), let_in.set_path("/users"));
}

#[test]
fn a_key_may_be_given_as_its_digest() {
    let config = CONFIG.replace(
        "e33dc3be1ddc36a1d8d5a5d25b9a5e2a4bbbf77f2b1f4b6b79eeb4a4f9a3f9ad",
        &Sha256::digest("bob's key").iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
    );
    let verdict = asked(&config, "/", &["bob's key"]);
    assert_eq!(verdict, Verdict::next().tag("consumer", "bob").set("x-consumer", "bob").remove("x-api-key"));
}

#[test]
fn an_unknown_key_and_none_are_refused() {
    check_refused(asked(CONFIG, "/", &["ann's kez"]));
    check_refused(asked(CONFIG, "/", &[""]));
    check_refused(asked(CONFIG, "/", &[]));
    check_refused(asked(CONFIG, "/?api_key", &[]));
}

#[test]
fn more_than_one_key_is_refused_even_if_all_are_known() {
    check_refused(asked(CONFIG, "/", &["ann's key", "ann's key"]));
    check_refused(asked(CONFIG, "/?api_key=ann's%20key", &["ann's key"]));
    check_refused(asked(CONFIG, "/?api_key=ann's%20key&api_key=x", &[]));
}

#[test]
fn a_key_is_left_where_it_is_when_asked_so() {
    let config = r#"{"hide": false, "consumers": [{"name": "ann", "key": "k"}]}"#;
    assert_eq!(asked(config, "/", &["k"]), Verdict::next().tag("consumer", "ann"));
}

#[test]
fn consumers_that_cannot_be_told_apart_are_refused() {
    let refused = |consumers: &str| load::<KeyAuth>(&format!(r#"{{"consumers": [{consumers}]}}"#)).is_err();
    assert!(refused(r#"{"name": "a", "key": "k"}, {"name": "b", "key": "k"}"#));
    assert!(refused(r#"{"name": "a"}"#));
    assert!(refused(r#"{"name": "a", "key": ""}"#));
    assert!(refused(r#"{"name": "a", "key": "k", "sha256": "00"}"#));
    assert!(refused(r#"{"name": "a", "sha256": "00"}"#));
    assert!(load::<KeyAuth>(r#"{"field": null, "consumers": []}"#).is_err());
}
