//! What `yumen demo` shows: a configuration, a provider to call, and requests with the answers they must get.

pub(crate) mod provider;

/// The demo's configuration, as `--eject` writes it.
pub(crate) const CONFIG: &str = include_str!("demo/yumen.yaml");

/// Where that configuration expects the provider.
pub(crate) const PROVIDER: &str = "127.0.0.1:20880";

/// A request and the answer that it must get.
pub(crate) struct Probe {
    /// What it shows, in a few words.
    pub(crate) shows: &'static str,
    /// HTTP method.
    pub(crate) method: &'static str,
    /// Path and query.
    pub(crate) path: &'static str,
    /// JSON body, or nothing.
    pub(crate) body: &'static str,
    /// Status that must come.
    pub(crate) status: u16,
    /// Text that the answer's body must hold.
    pub(crate) holds: &'static str,
}

const fn get(shows: &'static str, path: &'static str, status: u16, holds: &'static str) -> Probe {
    Probe { shows, method: "GET", path, body: "", status, holds }
}

/// What `yumen demo --check` asks, in order.
pub(crate) const PROBES: &[Probe] = &[
    get("a call with a typed path parameter", "/users/1", 200, r#""name":"Zhang Qian""#),
    get("query parameters with defaults", "/users?q=an&limit=2", 200, r#""tags":["#),
    Probe {
        shows: "a JSON body as a Java object",
        method: "POST",
        path: "/users",
        body: r#"{"name":"Faxian","plan":"FREE","tags":["monk"],"born":"0337-01-01"}"#,
        status: 201,
        holds: r#"{"id":4}"#,
    },
    get("what was just stored", "/users/4", 200, r#""born":"0337-01-01""#),
    get(
        "digits of a decimal that a double would lose",
        "/toll?goods=12345678901234567890.0123456789&plan=FREE",
        200,
        "12345678901234567890.0123456789",
    ),
    get("a wrong type is told before any call", "/users/one", 400, "path.id"),
    get("an exception of the service by the route's own table", "/users/99", 404, "no user 99"),
    get("a Dubbo service in Wasm, inside the gateway", "/add/40/2", 200, "42"),
    get("the same again, within its limit", "/add/40/2", 200, "42"),
    get("a limit kept by a Wasm filter", "/add/40/2", 429, "429"),
    get("a reply changed by a Wasm filter", "/public/users/1", 200, r#""plan":"EMPEROR"}"#),
    get("a path that no route takes", "/nowhere", 404, "YM0404"),
    Probe {
        shows: "a method that the path does not take",
        method: "PATCH",
        path: "/users/1",
        body: "{}",
        status: 405,
        holds: "GET",
    },
];

/// What a person may try.
pub(crate) const TRY: &[&str] = &[
    "curl http://ADDRESS/users/1",
    "curl 'http://ADDRESS/users?q=an'",
    "curl -d '{\"name\":\"Faxian\",\"plan\":\"FREE\"}' -H 'content-type: application/json' http://ADDRESS/users",
    "curl http://ADDRESS/users/one",
    "curl http://ADDRESS/public/users/1",
    "curl -i http://ADDRESS/add/40/2",
];
