//! Changes: who may make them on which state, what they leave behind, and what outlives the process.

use std::time::{Duration, Instant};

use serde_json::json;

use super::world::{Ask, World};

#[tokio::test]
async fn a_change_names_the_state_that_it_was_decided_on() {
    let world = World::new().await;
    let one = world.serving("1.0.0").await;
    let two = world.bring("2.0.0").await.body["id"].as_str().unwrap().to_owned();
    let path = format!("/plugins/a/versions/{two}");
    let body = json!({ "version": two });
    for ask in [
        Ask::post("/plugins/a/activate", &body),
        Ask::post("/plugins/a/canary", &json!({ "canary": { "percent": 5 } })),
        Ask::post("/plugins/a/canary/promote", &json!({})),
        Ask::post("/plugins/a/canary/abort", &json!({})),
        Ask::post("/plugins/a/rollback", &json!({})),
        Ask::new("DELETE", &path),
    ] {
        let answer = world.ask(ask).await;
        assert_eq!((answer.status, answer.body["code"].as_str()), (428, Some("YM0805")), "{}", answer.body);
    }
    let seen = world.ask(Ask::new("GET", "/plugins/a")).await.header("etag").unwrap().to_owned();
    assert_eq!(world.activate(&two, &seen).await.status, 200);
    let late = world.activate(&one, &seen).await;
    let now = world.ask(Ask::new("GET", "/plugins/a")).await;
    assert_eq!((late.status, late.header("etag")), (412, now.header("etag")));
    assert_eq!(
        (late.body["etag"].as_str(), now.body["stable"].as_str()),
        (now.body["etag"].as_str(), Some(two.as_str()))
    );
    let either = format!("\"0000\", {}", now.header("etag").unwrap());
    assert_eq!(world.activate(&one, &either).await.status, 200);
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_and_leaves_no_trace() {
    let world = World::new().await;
    let one = world.serving("1.0.0").await;
    let tried = Ask::new("PUT", "/plugins/a/versions?dry_run=true").with("content-type", "application/wasm");
    let tried = world.ask(tried.body(&super::guest("2.0.0", ""))).await;
    assert_eq!((tried.status, tried.body["version"].as_str()), (200, Some("2.0.0")));
    let two = world.bring("2.0.0").await.body["id"].clone();
    let ask = Ask::post("/plugins/a/activate?dry_run=true", &json!({ "version": two })).with("if-match", "*");
    let answer = world.ask(ask).await;
    assert_eq!((&answer.body["dry_run"], &answer.body["from"], &answer.body["to"]), (&json!(true), &json!(one), &two));
    assert_eq!(answer.body["plugin"]["stable"], json!(one));
    let records = world.ask(Ask::new("GET", "/audit")).await.body;
    let verbs: Vec<&str> =
        records["records"].as_array().unwrap().iter().map(|line| line["verb"].as_str().unwrap()).collect();
    assert_eq!(verbs, ["upload", "activate", "upload"], "the newest first, and nothing that was only tried");
}

#[tokio::test]
async fn a_canary_is_begun_widened_promoted_and_gone_back_from() {
    let world = World::new().await;
    let one = world.serving("1.0.0").await;
    let two = world.bring("2.0.0").await.body["id"].as_str().unwrap().to_owned();
    let post = |path: &str, body| Ask::post(&format!("/plugins/a{path}"), &body).with("if-match", "*");
    let none = world.ask(post("/canary", json!({ "canary": { "percent": 5 } }))).await;
    assert_eq!((none.status, none.body["code"].as_str()), (409, Some("YM0807")));
    let body =
        json!({ "version": two, "canary": { "percent": 5, "sticky": "request.x-user" }, "watch": { "for": "5m" } });
    let begun = world.ask(post("/activate", body)).await;
    let canary = &begun.body["plugin"]["canary"];
    assert_eq!(
        (&canary["version"], &canary["percent"], &canary["sticky"]),
        (&json!(two), &json!(5.0), &json!("request.x-user"))
    );
    let wider = world.ask(post("/canary", json!({ "canary": { "header": "x-beta", "value": "yes" } }))).await;
    assert_eq!(wider.body["plugin"]["canary"]["header"], "x-beta");
    let serving = Ask::new("DELETE", &format!("/plugins/a/versions/{two}")).with("if-match", "*");
    assert_eq!(world.ask(serving).await.status, 409);
    let promoted = world.ask(post("/canary/promote", json!({}))).await;
    assert_eq!((&promoted.body["plugin"]["stable"], &promoted.body["plugin"]["previous"]), (&json!(two), &json!(one)));
    let back = world.ask(post("/rollback", json!({}))).await;
    assert_eq!((&back.body["from"], &back.body["to"]), (&json!(two), &json!(one)));
    assert_eq!(world.ask(post("/canary/abort", json!({}))).await.status, 409);
    for wrong in
        [json!({}), json!({ "version": two, "canray": {} }), json!({ "version": two, "watch": { "for": "soon" } })]
    {
        assert_eq!(world.ask(post("/activate", wrong.clone())).await.status, 400, "{wrong}");
    }
    let form =
        Ask::new("POST", "/plugins/a/rollback").with("if-match", "*").with("content-type", "text/plain").body(b"{}");
    assert_eq!(world.ask(form).await.status, 415);
}

#[tokio::test]
async fn a_request_sent_again_with_its_key_is_not_done_twice() {
    let world = World::new().await;
    let one = world.serving("1.0.0").await;
    let two = world.serving("2.0.0").await;
    let back =
        |key: &str| Ask::post("/plugins/a/rollback", &json!({})).with("if-match", "*").with("idempotency-key", key);
    let first = world.ask(back("k1")).await;
    let again = world.ask(back("k1")).await;
    assert_eq!((first.body, again.header("idempotent-replayed")), (again.body.clone(), Some("true")));
    assert_eq!(world.ask(Ask::new("GET", "/plugins/a")).await.body["stable"], json!(one));
    assert_eq!(world.ask(back("k2")).await.body["to"], json!(two), "another key is another request");
    let other = Ask::post("/plugins/a/canary/abort", &json!({})).with("if-match", "*").with("idempotency-key", "k1");
    assert_eq!(world.ask(other).await.status, 422);
    let rest = json!({ "watch": { "for": "5m" } });
    let body = Ask::post("/plugins/a/rollback", &rest).with("if-match", "*").with("idempotency-key", "k1");
    let refused = world.ask(body).await;
    assert_eq!((refused.status, refused.body["code"].as_str()), (422, Some("YM0815")), "it asks for something else");
}

#[tokio::test]
async fn a_change_is_carried_out_noted_and_remembered_though_its_client_went_away() {
    let world = World::new().await;
    let one = world.serving("1.0.0").await;
    let two = world.serving("2.0.0").await;
    let back = || Ask::post("/plugins/a/rollback", &json!({})).with("if-match", "*").with("idempotency-key", "k1");
    let turn = world.plugins.declare(&[World::declared()]).await.unwrap();
    let asking = world.begin(back()).await;
    tokio::time::sleep(Duration::from_millis(200)).await; // it is under way: its turn is yet to come
    drop(asking);
    tokio::time::sleep(Duration::from_millis(200)).await; // the connection is noticed to be gone
    drop(turn);
    let noted = async || world.ask(Ask::new("GET", "/audit?limit=1")).await.body["records"][0].clone();
    let begun = Instant::now();
    while noted().await["verb"] != "rollback" {
        assert!(begun.elapsed() < Duration::from_secs(10), "nobody noted it");
    }
    assert_eq!((&noted().await["from"], &noted().await["to"]), (&json!(two), &json!(one)));
    let mut again = world.ask(back()).await;
    while again.status == 409 {
        again = world.ask(back()).await; // workers may not see it yet
    }
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, Some("true")));
    assert_eq!(world.ask(Ask::new("GET", "/plugins/a")).await.body["stable"], json!(one));
}

#[tokio::test]
async fn what_is_refused_before_it_is_tried_is_noted_too() {
    let world = World::new().await;
    world.serving("1.0.0").await;
    let without = Ask::post("/plugins/a/rollback", &json!({}));
    let wrong = Ask::post("/plugins/a/activate", &json!({ "canray": 5 })).with("if-match", "*");
    let empty = Ask::new("PUT", "/plugins/a/versions").with("content-type", "application/wasm");
    for (ask, status, verb) in [(without, 428, "rollback"), (wrong, 400, "activate"), (empty, 400, "upload")] {
        assert_eq!(world.ask(ask).await.status, status);
        let last = world.ask(Ask::new("GET", "/audit?limit=1")).await.body["records"][0].clone();
        assert!(last["verb"] == verb && last["result"].as_str().unwrap().starts_with("YM08"), "{last}");
    }
}

#[tokio::test]
async fn a_canary_by_what_no_exchange_or_every_exchange_has_is_refused() {
    let world = World::new().await;
    world.serving("1.0.0").await;
    let two = world.bring("2.0.0").await.body["id"].clone();
    for (canary, place) in [
        (json!({ "percent": 5, "sticky": ":clinet" }), "/canary/sticky"),
        (json!({ "percent": 5, "sticky": "request.a b" }), "/canary/sticky"),
        (json!({ "header": "ID" }), "/canary/header"),
        (json!({ "header": "x beta" }), "/canary/header"),
        (json!({ "percent": 101 }), "/canary/percent"),
    ] {
        let ask = Ask::post("/plugins/a/activate", &json!({ "version": two, "canary": canary })).with("if-match", "*");
        let answer = world.ask(ask).await;
        assert_eq!(
            (answer.status, answer.body["errors"][0]["pointer"].as_str()),
            (422, Some(place)),
            "{}",
            answer.body
        );
    }
}

#[tokio::test]
async fn what_was_activated_and_who_did_it_is_known_after_a_restart() {
    let world = World::new().await;
    let one = world.serving("1.0.0").await;
    let two = world.serving("2.0.0").await;
    let refused = world.activate("0123456789ab", "*").await;
    assert_eq!(refused.status, 404);
    let tag = world.ask(Ask::new("GET", "/plugins/a")).await.header("etag").unwrap().to_owned();
    let world = world.restarted().await;
    let shown = world.ask(Ask::new("GET", "/plugins/a")).await;
    assert_eq!((&shown.body["stable"], &shown.body["previous"]), (&json!(two), &json!(one)));
    assert_eq!(shown.header("etag"), Some(tag.as_str()), "the state is the same");
    let records = world.ask(Ask::new("GET", "/audit?plugin=a&limit=2")).await.body["records"].clone();
    assert!(records[0]["result"].as_str().unwrap().contains("has no version"), "{records}");
    assert_eq!(
        (&records[1]["verb"], &records[1]["to"], &records[1]["result"]),
        (&json!("activate"), &json!(two), &json!("done"))
    );
    assert!(records[1]["address"].as_str().unwrap().starts_with("127.0.0.1:") && records[1]["actor"] == "token");
}
