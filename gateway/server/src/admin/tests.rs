//! The admin port over real sockets and the real plugin host.

mod changes;
mod world;

use std::{fs, time::Duration};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use self::world::{Ask, World, guest};
use super::*;

#[tokio::test]
async fn nothing_is_told_without_the_token() {
    let world = World::new().await;
    for (path, method, _) in routes() {
        let path = path.replace("{name}", "a").replace("{version}", "0123456789ab");
        let method = method.to_uppercase();
        for shown in [None, Some(""), Some("Bearer "), Some("Bearer wrong"), Some("Basic dG9rZW4="), Some("token")] {
            let mut ask = Ask::new(&method, &path).without("authorization");
            if let Some(shown) = shown {
                ask = ask.with("authorization", shown);
            }
            let answer = world.ask(ask).await;
            assert_eq!(
                (answer.status, answer.body["code"].as_str()),
                (401, Some("YM0801")),
                "{method} {path} {shown:?}"
            );
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
    }
    let nowhere = world.ask(Ask::new("GET", "/nowhere").without("authorization")).await;
    assert_eq!(nowhere.status, 401, "not even what there is not");
}

#[tokio::test]
async fn a_page_of_another_site_gets_nothing_though_it_knew_the_token() {
    let world = World::new().await;
    for host in ["evil.example", "evil.example:9900", "127.0.0.1.evil.example", ""] {
        let answer = world.ask(Ask::new("GET", "/plugins").without("host").with("host", host)).await;
        assert_eq!((answer.status, answer.body["code"].as_str()), (403, Some("YM0802")), "{host:?}");
    }
    for origin in ["http://evil.example", "null", "https://127.0.0.1", "http://localhost:1"] {
        let answer = world.ask(Ask::new("GET", "/plugins").with("origin", origin)).await;
        assert_eq!(answer.status, 403, "{origin}");
    }
    let own = format!("http://{}", world.address);
    assert_eq!(world.ask(Ask::new("GET", "/plugins").with("origin", &own)).await.status, 200);
}

#[tokio::test]
async fn what_there_is_not_and_what_is_asked_wrongly_is_told() {
    let world = World::new().await;
    let unknown = world.ask(Ask::new("GET", "/nowhere")).await;
    assert_eq!((unknown.status, unknown.header("content-type")), (404, Some("application/problem+json")));
    assert_eq!(unknown.header("cache-control"), Some("no-store"));
    assert_eq!(world.ask(Ask::new("POST", "/plugins")).await.status, 405);
    let plugin = world.ask(Ask::new("GET", "/plugins/b")).await;
    assert_eq!(plugin.body["detail"], "no plugin is called \"b\"");
    assert!(plugin.body["errors"][0]["help"].as_str().unwrap().contains("source: upload"));
    let described = world.ask(Ask::new("GET", "/openapi.json")).await;
    assert_eq!((described.status, described.body["openapi"].as_str()), (200, Some("3.1.0")));
}

#[tokio::test]
async fn a_module_is_brought_looked_at_activated_and_counted() {
    let world = World::new().await;
    let brought = world.bring("1.0.0").await;
    assert_eq!((brought.status, brought.body["state"].as_str()), (201, Some("ready")));
    let id = brought.body["id"].as_str().unwrap().to_owned();
    assert_eq!(brought.header("location"), Some(format!("/api/v1/plugins/a/versions/{id}").as_str()));
    assert_eq!(world.bring("1.0.0").await.status, 200, "it is known");
    let one = world.ask(Ask::new("GET", &format!("/plugins/a/versions/{id}"))).await;
    assert_eq!(one.body["manifest"]["kind"], "filter");
    assert_eq!(one.body["config_schema"]["type"], "object");
    assert!(one.body["digest"].as_str().unwrap().starts_with("sha256:"));
    assert!(one.body["config_digest"].is_string() && one.body.get("config").is_none());
    let changed = world.activate(&id, "*").await;
    assert_eq!((changed.status, &changed.body["live"], &changed.body["to"]), (200, &json!(true), &json!(id)));
    let shown = world.ask(Ask::new("GET", "/plugins/a")).await;
    assert_eq!((shown.body["stable"].as_str(), shown.header("etag")), (Some(id.as_str()), changed.header("etag")));
    let counts = world.ask(Ask::new("GET", "/plugins/a/stats")).await;
    assert_eq!((&counts.body["versions"][0]["version"], &counts.body["versions"][0]["calls"]), (&json!(id), &json!(0)));
    assert_eq!(world.ask(Ask::new("GET", "/plugins/a/logs")).await.body, json!({ "lines": [] }));
    assert_eq!(world.ask(Ask::new("GET", "/plugins")).await.body["plugins"][0]["name"], "a");
}

#[tokio::test]
async fn a_bad_module_is_refused_and_leaves_alone_what_serves() {
    let world = World::new().await;
    let id = world.serving("1.0.0").await;
    let table = world.plugins.table();
    let put = |body: &[u8], media| Ask::new("PUT", "/plugins/a/versions").with("content-type", media).body(body);
    for (ask, status) in [
        (put(b"nonsense", "application/wasm"), 422),
        (put(b"\0asm\x01\0\0\0", "application/wasm"), 422),
        (put(b"", "application/wasm"), 400),
        (put(&guest("2.0.0", ""), "application/json"), 415),
        (put(b"x", "application/wasm").with("content-length", "67108865"), 413),
    ] {
        let answer = world.ask(ask).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(answer.body["errors"][0]["message"].is_string());
    }
    assert!(Arc::ptr_eq(&table, &world.plugins.table()));
    assert_eq!(world.ask(Ask::new("GET", "/plugins/a")).await.body["stable"], json!(id));
}

#[tokio::test]
async fn what_is_endless_is_cut_off() {
    let world = World::new().await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let token = world.token.reveal();
    let head = format!(
        "PUT /api/v1/plugins/a/versions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n\
         content-type: application/wasm\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mebibyte = [b"100000\r\n".to_vec(), vec![0; 1 << 20], b"\r\n".to_vec()].concat();
    let flood = async {
        for _ in 0..80 {
            if stream.write_all(&mebibyte).await.is_err() {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), flood).await.expect("it reads on");
    let mut answer = String::new();
    let _cut = stream.read_to_string(&mut answer).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert_eq!(world.ask(Ask::new("GET", "/plugins")).await.status, 200);
}

#[tokio::test]
async fn many_silent_connections_keep_nobody_out() {
    let world = World::new().await;
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(TcpStream::connect(world.address).await.unwrap());
    }
    assert_eq!(world.ask(Ask::new("GET", "/plugins")).await.status, 200);
}

#[tokio::test]
async fn lines_are_told_as_they_come() {
    let world = World::new().await;
    world.serving("1.0.0").await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let token = world.token.reveal();
    let head = format!(
        "GET /api/v1/plugins/a/logs?follow=true HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut seen = String::new();
    let mut piece = [0; 4096];
    while !seen.contains(": begun") {
        let read = stream.read(&mut piece).await.unwrap();
        seen.push_str(&String::from_utf8_lossy(&piece[..read]));
    }
    let table = world.plugins.table();
    table.get("a").unwrap().stable().unwrap().note(yumen_plugin_host::words::Level::Warn, "a line\nof text");
    let rest = async {
        while !seen.contains("a line") {
            let read = stream.read(&mut piece).await.unwrap();
            seen.push_str(&String::from_utf8_lossy(&piece[..read]));
        }
    };
    tokio::time::timeout(Duration::from_secs(5), rest).await.expect("the line came");
    assert!(seen.contains("text/event-stream") && seen.contains(r#""level":"warn""#), "{seen}");
}

#[test]
fn the_port_is_open_to_others_only_with_a_token_that_somebody_chose() {
    let plugins = world::plugins(None);
    let options = |bind: &str, state: Option<&std::path::Path>, token: Option<&str>| AdminOptions {
        bind: bind.parse().unwrap(),
        state: state.map(Into::into),
        token: token.map(str::to_owned),
        plugins: Arc::clone(&plugins),
    };
    let folder = tempfile::tempdir().unwrap();
    let open = Admin::new(options("0.0.0.0:9900", Some(folder.path()), None)).err().unwrap();
    assert!(matches!(open, AdminError::Unprotected(_)) && open.to_string().contains("admin.token"), "{open}");
    assert!(Admin::new(options("0.0.0.0:9900", None, Some("secret"))).is_ok());
    assert!(matches!(Admin::new(options("127.0.0.1:0", None, None)), Err(AdminError::NoToken)));
    assert!(Admin::new(options("[::1]:0", Some(folder.path()), None)).is_ok());
    fs::write(folder.path().join("file"), "").unwrap();
    let unusable = Admin::new(options("127.0.0.1:0", Some(&folder.path().join("file")), None)).err().unwrap();
    assert!(matches!(unusable, AdminError::State { .. }), "{unusable}");
}
