//! A route and its service, requests through it, and what comes back.

use std::net::{IpAddr, Ipv4Addr};

use http::Request;
use http_body_util::BodyExt;
use yumen_dubbo::error::{ErrorKind, Sent, Side, Status};
use yumen_dubbo::reply::ReplyKind;
use yumen_hessian2::{Reader, Value};

use super::*;
use crate::route::parameters;

mod answers;
mod guesses;
mod json;

const SERVICE: &str = r#"{
    "name": "users", "interface": "a.Users", "endpoints": ["127.0.0.1:1"],
    "methods": {
        "get": { "params": ["long"], "returns": "a.User", "idempotent": true, "timeout": "300ms" },
        "find": { "params": ["string", "int", "list<long>"] },
        "create": { "params": ["a.User"], "returns": "long" },
        "rename": { "params": ["long", "string", "a.Color", "decimal"] },
        "upload": { "params": ["string", "bytes", "a.User", "list<bytes>"] },
        "raw": { "params": ["bytes"] },
        "say": { "params": ["string"], "returns": "string" },
        "ping": {},
        "stop": { "returns": "void" },
        "fire": { "one_way": true },
        "price": { "params": ["decimal", "date"] },
        "ask": { "params": ["b.Query", "int"], "returns": "object" }
    },
    "types": {
        "a.User": { "id": "long", "name": "string", "color": "a.Color", "tags": "list<string>" },
        "a.Color": { "enum": ["RED", "GREEN"] },
        "a.Broke": { "extends": "a.Base" }
    },
    "attachments": { "env": "test" }
}"#;

fn service() -> ServiceConfig {
    serde_json::from_str(SERVICE).unwrap()
}

/// A route to `method` at `path` with these arguments; `more` adds further keys.
fn route(path: &str, method: &str, args: &str, more: &str) -> RouteConfig {
    let more = if more.is_empty() { String::new() } else { format!(", {more}") };
    let text = format!(
        r#"{{ "name": "r", "match": {{ "path": "{path}" }}, "to": {{ "service": "users", "method": "{method}" }},
            "args": {args}{more} }}"#
    );
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn build(route: &RouteConfig, contract: Option<&Contract>) -> (Option<Plan>, Vec<String>) {
    let mut findings = Vec::new();
    let plan = Plan::build(route, 0, &service(), contract, &mut findings);
    let told = findings
        .iter()
        .map(|finding| {
            let severity = if finding.severity == Severity::Error { "error" } else { "warning" };
            format!("{severity} {} {}: {}", finding.code, finding.at, finding.message)
        })
        .collect();
    (plan, told)
}

#[track_caller]
fn plan(path: &str, method: &str, args: &str, more: &str) -> (Plan, String) {
    let (plan, findings) = build(&route(path, method, args, more), None);
    (plan.unwrap_or_else(|| panic!("{findings:?}")), path.to_owned())
}

/// A request as `GET /users/7?a=1`, header lines, and a body.
struct Message<'a>(&'a str, &'a [(&'a str, &'a str)], &'a [u8]);

type Call = (Vec<u8>, Vec<(String, String)>);

fn send(plan: &(Plan, String), request: &Message<'_>) -> Result<Call, serde_json::Value> {
    let (plan, template) = plan;
    let Message(line, headers, body) = request;
    let (method, target) = line.split_once(' ').unwrap();
    let mut head = Request::builder().method(method).uri(target);
    for (name, value) in *headers {
        head = head.header(*name, *value);
    }
    let (head, ()) = head.body(()).unwrap().into_parts();
    let path = head.uri.path().to_owned();
    let captures: Vec<&str> = template
        .split('/')
        .zip(path.split('/'))
        .filter(|(segment, _)| segment.starts_with('{'))
        .map(|(_, value)| value)
        .collect();
    assert_eq!(captures.len(), parameters(template).len());
    let body = Bytes::copy_from_slice(body);
    let parts = Parts {
        head: &head,
        captures: &captures,
        client: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)),
        body: &body,
        request_id: &|| "id-1",
    };
    let (mut out, mut attachments) = (Vec::new(), Vec::new());
    match plan.encode(&parts, &mut out, &mut attachments) {
        Ok(()) => Ok((out, attachments.into_iter().map(|(k, v)| (k.into_owned(), v.into_owned())).collect())),
        Err(problem) => {
            let (status, text) = read(problem.response(Some("r"), "id-1"));
            let json: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(json["status"], status);
            Err(json)
        }
    }
}

fn read(response: Response<Full<Bytes>>) -> (u16, String) {
    let status = response.status().as_u16();
    let body = futures_util::FutureExt::now_or_never(response.into_body().collect()).unwrap().unwrap();
    (status, String::from_utf8(body.to_bytes().to_vec()).unwrap())
}

/// The arguments of a call, each as the debug text of its tree.
fn values(bytes: &[u8]) -> Vec<Value> {
    let mut reader = Reader::new(bytes);
    let mut values = Vec::new();
    while !reader.is_empty() {
        values.push(Value::read(&mut reader).unwrap());
    }
    values
}

#[track_caller]
fn refused(plan: &(Plan, String), request: &Message<'_>, status: u16, detail: &str) -> serde_json::Value {
    let problem = send(plan, request).unwrap_err();
    assert_eq!((problem["status"].as_u64(), problem["detail"].as_str()), (Some(status.into()), Some(detail)));
    problem
}

#[test]
fn a_call_is_typed_when_the_types_are_known() {
    let (plan, _) = plan("/users/{id}", "get", r#"["path.id"]"#, "");
    let method = plan.method();
    assert_eq!((&*method.name, &*method.descriptor, method.idempotent), ("get", "J", true));
    assert_eq!(method.timeout, Some(std::time::Duration::from_millis(300)));
    assert!(!plan.wants_body());
}

#[test]
fn values_come_from_every_text_source() {
    let args = r#"["query.q", { "from": "header.x-limit", "default": 20, "max": 100 }, "query.id"]"#;
    let plan = plan(
        "/users",
        "find",
        args,
        r#""attachments": { "tenant": "header.x-tenant", "ip": "client.ip",
        "trace": "request.id", "sid": "cookie.sid", "fixed": { "const": "f" } }"#,
    );
    let request =
        Message("GET /users?q=a%20b&id=1&id=2", &[("x-limit", "7"), ("x-tenant", "t"), ("cookie", "a=1; sid=s")], b"");
    let (bytes, attachments) = send(&plan, &request).unwrap();
    assert_eq!(bytes, [&b"\x03a b\x97"[..], b"\x7a\xe1\xe2"].concat());
    let expected =
        [("env", "test"), ("fixed", "f"), ("ip", "192.0.2.7"), ("sid", "s"), ("tenant", "t"), ("trace", "id-1")];
    assert_eq!(attachments, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    let (bytes, attachments) = send(&plan, &Message("GET /users", &[], b"")).unwrap();
    assert_eq!(bytes, b"N\xa4N");
    assert_eq!(attachments.len(), 4);
}

#[test]
fn path_values_go_by_name_and_are_decoded_after_matching() {
    let args = r#"["path.id", "path.name", "query.color", "query.amount"]"#;
    let plan = plan("/a/{name}/b/{id}", "rename", args, "");
    let (bytes, _) = send(&plan, &Message("GET /a/x%2Fy%20z/b/7?color=RED&amount=1.50", &[], b"")).unwrap();
    let values = values(&bytes);
    assert_eq!(values[0].as_i64(), Some(7));
    assert_eq!(values[1].as_str(), Some("x/y z"));
    assert_eq!(values[2].as_enum(), Some(("a.Color", "RED")));
    assert_eq!(values[3].as_decimal_text(), Some("1.50"));
}

#[test]
fn a_body_is_one_argument_or_its_fields_are() {
    let whole = plan("/users", "create", r#"["body"]"#, "");
    assert!(whole.0.wants_body());
    let json = [("content-type", "application/json")];
    let body = br#"{"name":"Ann","color":"RED","tags":["a"],"ignored":{}}"#;
    let (bytes, _) = send(&whole, &Message("POST /users", &json, body)).unwrap();
    let user = &values(&bytes)[0];
    assert_eq!(user.field("name").unwrap().as_str(), Some("Ann"));
    assert!(user.field("id").is_none());
    assert_eq!(send(&whole, &Message("POST /users", &json, b" null ")).unwrap().0, b"N");

    let args = r#"["body.user.id", "body.user.name", "body.color", { "from": "body.amount", "max": 10 }]"#;
    let fields = plan("/users", "rename", args, r#""attachments": { "who": "body.user.name" }"#);
    let body = br#"{"amount":1.5,"color":"GREEN","user":{"name":"Ann","id":"9007199254740993"}}"#;
    let (bytes, attachments) = send(&fields, &Message("POST /users", &json, body)).unwrap();
    let values = values(&bytes);
    assert_eq!(values[0].as_i64(), Some(9_007_199_254_740_993));
    assert_eq!(values[1].as_str(), Some("Ann"));
    assert_eq!(values[3].as_decimal_text(), Some("1.5"));
    assert!(attachments.contains(&("who".to_owned(), "Ann".to_owned())));
}

#[test]
fn several_objects_share_one_stream_of_definitions() {
    let args = r#"["query.a", "part.file", "part.user", "part.more"]"#;
    let plan = plan("/up", "upload", args, "");
    let mut body = Vec::new();
    for (name, kind, bytes) in [
        ("file", "image/png", &b"\x89PNG\r\n"[..]),
        ("user", "application/json", br#"{"id":1,"color":"RED"}"#),
        ("more", "image/png", b"1"),
        ("more", "image/png", b"2"),
    ] {
        body.extend_from_slice(
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n")
                .as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--x--\r\n");
    let request = Message("POST /up?a=t", &[("content-type", "multipart/form-data; boundary=x")], &body);
    let (bytes, _) = send(&plan, &request).unwrap();
    let values = values(&bytes);
    assert_eq!(values[1].as_bytes(), Some(&b"\x89PNG\r\n"[..]));
    assert_eq!(values[2].field("color").unwrap().as_enum(), Some(("a.Color", "RED")));
    let more: Vec<_> = values[3].as_list().unwrap().iter().map(|part| part.as_bytes().unwrap()).collect();
    assert_eq!(more, [b"1", b"2"]);
    refused(
        &plan,
        &Message("POST /up", &[("content-type", "text/plain")], b"x"),
        415,
        "the body must be multipart/form-data",
    );
}

#[test]
fn form_fields_come_from_both_kinds_of_form() {
    let args = r#"["form.q", "form.n", "form.id"]"#;
    let plan = plan("/find", "find", args, "");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let (bytes, _) = send(&plan, &Message("POST /find", &form, b"q=a+b&n=5&id=1&id=2")).unwrap();
    let multipart = [("content-type", "multipart/form-data; boundary=x")];
    let part =
        |name: &str, value: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let body = [part("q", "a b"), part("n", "5"), part("id", "1"), part("id", "2"), "--x--\r\n".to_owned()].concat();
    let (same, _) = send(&plan, &Message("POST /find", &multipart, body.as_bytes())).unwrap();
    assert_eq!(bytes, b"\x03a b\x95\x7a\xe1\xe2");
    assert_eq!(bytes, same);
    let problem = refused(&plan, &Message("POST /find", &form, b"n=x"), 400, "form.n: \"x\" is not an int");
    assert_eq!(problem["parameter"], "n");
}

#[test]
fn raw_bodies_reach_bytes_and_strings() {
    let raw = plan("/raw", "raw", r#"["body"]"#, "");
    assert_eq!(
        send(&raw, &Message("POST /raw", &[("content-type", "image/png")], b"\x00\xff")).unwrap().0,
        b"\x22\x00\xff"
    );
    assert_eq!(
        send(&raw, &Message("POST /raw", &[("content-type", "application/json")], b"\"AP8=\"")).unwrap().0,
        b"\x22\x00\xff"
    );
    let say = plan("/say", "say", r#"["body"]"#, "");
    assert_eq!(send(&say, &Message("POST /say", &[("content-type", "text/plain")], b"hi")).unwrap().0, b"\x02hi");
    assert_eq!(send(&say, &Message("POST /say", &[], b"\"hi\"")).unwrap().0, b"\x02hi");
    refused(
        &say,
        &Message("POST /say", &[("content-type", "application/xml")], b"<a/>"),
        415,
        "the body must be application/json",
    );
}

#[test]
fn a_method_without_arguments_is_called_with_none() {
    let plan = plan("/ping", "ping", "[]", "");
    assert_eq!(send(&plan, &Message("GET /ping", &[], b"")).unwrap().0, b"");
    assert_eq!(&*plan.0.method().descriptor, "");
}

#[test]
fn an_unknown_class_makes_the_call_generic() {
    let (generic, findings) = build(&route("/ask", "ask", r#"["body", "query.n"]"#, ""), None);
    assert_eq!(
        findings,
        ["warning YM0121 routes[0].args[0]: nothing describes class b.Query; the method is called generically"]
    );
    let plan = (generic.unwrap(), "/ask".to_owned());
    assert_eq!((&*plan.0.method().name, &*plan.0.method().invoked_name), ("$invoke", "ask"));
    let body = br#"{"when":"2024-01-31 00:00:00","kind":"RED"}"#;
    let (bytes, attachments) = send(&plan, &Message("POST /ask?n=5", &[], body)).unwrap();
    let expected = [
        &b"\x03ask\x72\x07[string\x07b.Query\x03int\x72\x07[object"[..],
        b"H\x04when\x132024-01-31 00:00:00\x04kind\x03REDZ\x95",
    ]
    .concat();
    assert_eq!(bytes, expected);
    assert_eq!(attachments[0], ("generic".to_owned(), "true".to_owned()));
}

#[test]
fn types_named_by_the_route_are_enough() {
    let service: ServiceConfig =
        serde_json::from_str(r#"{ "name": "s", "interface": "a.S", "endpoints": ["127.0.0.1:1"] }"#).unwrap();
    let route = route("/x/{id}", "m", r#"[{ "from": "path.id", "type": "Long" }]"#, "");
    let mut findings = Vec::new();
    let plan = Plan::build(&route, 0, &service, None, &mut findings).unwrap();
    assert_eq!(&*plan.method().descriptor, "Ljava/lang/Long;");
    assert!(findings.is_empty());
}

#[test]
fn every_400_says_which_argument_where_what_and_what_was_expected() {
    let get = plan("/users/{id}", "get", r#"["path.id"]"#, "");
    let problem = refused(&get, &Message("GET /users/abc", &[], b""), 400, "path.id: \"abc\" is not a long");
    assert_eq!(
        problem,
        serde_json::json!({
            "type": "urn:yumen:error:YM0402", "title": "Parameter cannot be converted", "status": 400,
            "detail": "path.id: \"abc\" is not a long", "code": "YM0402", "value": "\"abc\"", "expected": "a long",
            "parameter": "id", "source": "path.id", "route": "r", "request_id": "id-1",
        })
    );
    refused(
        &get,
        &Message("GET /users/99999999999999999999", &[], b""),
        400,
        "path.id: 99999999999999999999 is out of range for a long",
    );
    refused(&get, &Message("GET /users/%ff", &[], b""), 400, "path.id is not UTF-8");

    let args = r#"[{ "from": "query.q", "required": true }, { "from": "query.limit", "default": 20, "min": 1, "max": 100 },
        "query.id"]"#;
    let find = plan("/users", "find", args, "");
    let check =
        |target: &str, detail: &str| refused(&find, &Message(&format!("GET /users?{target}"), &[], b""), 400, detail);
    let missing = check("limit=5", "query.q is required");
    assert_eq!((missing["code"].as_str(), missing["parameter"].as_str()), (Some("YM0401"), Some("q")));
    check("q=a&limit=ten", "query.limit: \"ten\" is not an int");
    check("q=a&limit=", "query.limit: \"\" is not an int");
    check("q=a&limit=0", "query.limit: 0 is less than 1");
    check("q=a&limit=101", "query.limit: 101 is more than 100");
    check("q=a&limit=1&limit=2", "query.limit came 2 times; an int was expected");
    check("q=a&id=1&id=x", "query.id/1: \"x\" is not a long");
    check("q=%zz", "query.q has a percent sign that is not followed by two hex digits");
    let long = "x".repeat(200);
    check(&format!("q=a&limit={long}"), &format!("query.limit: \"{}…\" is not an int", "x".repeat(64)));
}

#[test]
fn every_bad_body_says_where() {
    let create = plan("/users", "create", r#"["body"]"#, "");
    let check = |body: &[u8], detail: &str| {
        refused(&create, &Message("POST /users", &[("content-type", "application/json")], body), 400, detail)
    };
    check(b"", "body is required");
    check(b"{\"id\":1}x", "the body is not valid JSON: something follows the value (line 1, column 9)");
    check(b"{\"id\":1}{\"id\":2}", "the body is not valid JSON: something follows the value (line 1, column 9)");
    check(b"{\"id\":1}\n{\"id\":2}", "the body is not valid JSON: something follows the value (line 2, column 1)");
    check("\u{feff}{}".as_bytes(), "the body is not valid JSON: a value was expected (line 1, column 1)");
    check(b"{\"id\":\xff}", "the body is not UTF-8");
    check(b"{\"name\":\"\\ud800\"}", "the body is not valid JSON: a string has a bad escape (line 1, column 16)");
    check(b"{\"name\":\"a\0\"}", "the body is not valid JSON: a string has a control character (line 1, column 11)");
    check(b"{\"id\":1,\"id\":2}", "body: the key \"id\" stands twice");
    check(b"[]", "body: [] is not an object");
    let problem = check(br#"{"tags":["a",{"b":1}]}"#, "body/tags/1: {\"b\":1} is not a string");
    assert_eq!(problem["pointer"], "/tags/1");
    check(br#"{"color":"BLUE"}"#, "body/color: \"BLUE\" is not one of RED, GREEN");
    check(br#"{"id":null}"#, "body/id: null is not a long");
    let deep = format!("{{\"ignored\":{}}}", "[".repeat(100_000));
    check(deep.as_bytes(), "the body is not valid JSON: it is nested deeper than 64 levels (line 1, column 75)");

    let args = r#"["body.user.id", "body.user.name", { "from": "body.color", "required": true }, "body.amount"]"#;
    let rename = plan("/users", "rename", args, "");
    let check = |body: &str, detail: &str| {
        refused(&rename, &Message("POST /users", &[("content-type", "application/json")], body.as_bytes()), 400, detail)
    };
    let problem = check(r#"{"user":{"id":"x"}}"#, "body.user.id: \"x\" is not a long");
    assert_eq!(problem["pointer"], "/user/id");
    check(r#"{"user":5}"#, "body.user: 5 is not an object");
    check(r#"{"user":{"id":1,"id":2}}"#, "body.user.id stands twice");
    check(r#"{}"#, "body.user.id is required");
    check(r#"{"user":{"id":1}}"#, "body.color is required");
    check(r#"{"user":{"id":1},"color":null}"#, "body.color is required");
}

#[test]
fn keys_that_other_libraries_obey_are_plain_data() {
    let create = plan("/users", "create", r#"["body"]"#, "");
    let body = br#"{"class":"javax.X","@type":"javax.X","$ref":"$","name":"n"}"#;
    let (bytes, _) = send(&create, &Message("POST /users", &[], body)).unwrap();
    assert_eq!(bytes, b"C\x06a.User\x91\x04name\x60\x01n");
}

#[test]
fn mistakes_are_found_when_the_route_is_built() {
    let errors = |method: &str, args: &str| build(&route("/x/{id}", method, args, ""), None).1;
    let check = |method: &str, args: &str, expected: &str| assert_eq!(errors(method, args), [expected]);
    check("get", "[]", "error YM0201 routes[0].to.method: \"get\" does not take 0 arguments");
    check(
        "get",
        r#"[{ "from": "path.id", "type": "int" }]"#,
        "error YM0201 routes[0].to.method: no \"get\" takes arguments of these types",
    );
    check(
        "create",
        r#"["query.user"]"#,
        "error YM0203 routes[0].args[0].from: query.user is text, and an object cannot be made of it",
    );
    check("get", r#"["path.no"]"#, "error YM0109 routes[0].args[0].from: the path has no parameter \"no\"");
    check(
        "get",
        r#"[{ "from": "query.id", "default": "x" }]"#,
        "error YM0201 routes[0].args[0].default: the default \"x\" is not a long",
    );
    check(
        "create",
        r#"[{ "const": { "color": "BLUE" } }]"#,
        "error YM0201 routes[0].args[0].const: the constant {\"color\":\"BLUE\"} is not an object",
    );
    check(
        "say",
        r#"[{ "from": "query.q", "max": 5 }]"#,
        "error YM0203 routes[0].args[0].max: min and max bound numbers, and query.q is a string",
    );
    check(
        "nothing",
        r#"["query.q"]"#,
        "error YM0202 routes[0].args[0]: nothing tells the type of argument 1 of \"nothing\"",
    );
}

fn learned(methods: &[(&str, &[&str])]) -> Contract {
    let mut contract = Contract { interface: "a.Users".into(), ..Contract::default() };
    for (name, params) in methods {
        let params = params.iter().map(|text| contract::type_name(text)).collect();
        contract.methods.push(yumen_dubbo::contract::MethodContract::new(name, params, contract::type_name("string")));
    }
    contract
}

#[test]
fn overloads_are_told_apart_by_number_type_or_name() {
    let contract = learned(&[("over", &["int"]), ("over", &["long"]), ("over", &["int", "int"])]);
    let descriptor = |args: &str, more: &str| {
        let (plan, findings) = build(&route("/x", "over", args, more), Some(&contract));
        plan.map(|plan| plan.method().descriptor.to_string()).ok_or(findings)
    };
    assert_eq!(descriptor(r#"["query.a", "query.b"]"#, "").as_deref(), Ok("II"));
    assert_eq!(descriptor(r#"[{ "from": "query.a", "type": "long" }]"#, "").as_deref(), Ok("J"));
    assert_eq!(
        descriptor(r#"["query.a"]"#, ""),
        Err(vec![
            "warning YM0201 routes[0].to.method: several methods \"over\" take 1 argument; to.params must say which is meant"
                .to_owned()
        ])
    );
    let mut route = route("/x", "over", r#"["query.a"]"#, "");
    route.to.params = Some(vec!["long".to_owned()]);
    assert_eq!(build(&route, Some(&contract)).0.map(|plan| plan.method().descriptor.to_string()).as_deref(), Some("J"));
}

#[test]
fn a_learned_contract_that_lacks_the_method_is_a_warning_with_a_suggestion() {
    let (plan, findings) = build(&route("/x", "over", "[]", ""), Some(&learned(&[("overs", &[])])));
    assert!(plan.is_none());
    assert_eq!(
        findings,
        [
            "warning YM0107 routes[0].to.method: route \"r\" calls method \"over\", which service \"users\" does not have"
        ]
    );
}

#[test]
fn of_two_overloads_the_one_that_says_more_is_meant() {
    let mut contract = learned(&[
        ("fetch", &["object"]),
        ("fetch", &["string"]),
        ("put", &["object", "int"]),
        ("put", &["long", "int"]),
    ]);
    contract.methods[0].returns = contract::type_name("object");
    let descriptor = |method: &str, args: &str| {
        let (plan, findings) = build(&route("/x", method, args, ""), Some(&contract));
        plan.map(|plan| plan.method().descriptor.to_string()).ok_or(findings)
    };
    assert_eq!(descriptor("fetch", r#"["query.a"]"#).as_deref(), Ok("Ljava/lang/String;"));
    assert_eq!(descriptor("put", r#"["query.a", "query.b"]"#).as_deref(), Ok("JI"));
    assert_eq!(
        descriptor("fetch", r#"[{ "from": "query.a", "type": "object" }]"#).as_deref(),
        Ok("Ljava/lang/Object;")
    );
}

#[test]
fn a_route_may_name_what_the_parameters_type_is_only_a_supertype_of() {
    let contract = learned(&[("f", &["number"]), ("g", &["collection<object>"]), ("h", &["java.lang.Comparable"])]);
    for (method, said, sent) in
        [("f", "decimal", "1.10"), ("g", "list<long>", "[1]"), ("h", "localdate", "\"2024-02-29\"")]
    {
        let args = format!(r#"[{{ "from": "body", "type": "{said}" }}]"#);
        let (plan, findings) = build(&route("/x", method, &args, ""), Some(&contract));
        assert_eq!(findings, [""; 0]);
        send(&(plan.unwrap(), "/x".to_owned()), &Message("POST /x", &[], sent.as_bytes())).unwrap();
    }
    let (plan, findings) = build(&route("/x", "f", r#"[{ "from": "body", "type": "string" }]"#, ""), Some(&contract));
    assert!(plan.is_none() && findings[0].contains("no \"f\" takes"), "{findings:?}");
}

#[test]
fn a_class_that_extends_a_learned_one_has_its_fields() {
    let mut contract = learned(&[("f", &["a.Base"])]);
    let field =
        |name: &str, of: &str| yumen_dubbo::contract::Field { name: name.into(), type_name: contract::type_name(of) };
    let fields = vec![field("id", "long")];
    let bean = yumen_dubbo::contract::TypeDefinition::Bean { type_parameters: Vec::new(), fields, erased: true };
    contract.types.insert("a.Base".into(), bean);
    let (plan, findings) = build(&route("/x", "f", r#"["body"]"#, ""), Some(&contract));
    assert_eq!(findings, [""; 0]);
    let (out, _) =
        send(&(plan.unwrap(), "/x".to_owned()), &Message("POST /x", &[], br#"{"class":"Broke","id":7}"#)).unwrap();
    let shown = format!("{:?}", values(&out));
    assert!(shown.contains("a.Broke") && shown.contains("Long(7)"), "{shown}");
}

#[test]
fn the_configuration_corrects_a_learned_class_field_by_field() {
    let mut contract = learned(&[("f", &["a.User"])]);
    let field =
        |name: &str, of: &str| yumen_dubbo::contract::Field { name: name.into(), type_name: contract::type_name(of) };
    let fields = vec![field("id", "java.io.Serializable"), field("age", "long")];
    let bean = yumen_dubbo::contract::TypeDefinition::Bean { type_parameters: Vec::new(), fields, erased: true };
    contract.types.insert("a.User".into(), bean);
    let (plan, findings) = build(&route("/x", "f", r#"["body"]"#, ""), Some(&contract));
    assert_eq!(findings, [""; 0]);
    let (out, _) = send(&(plan.unwrap(), "/x".to_owned()), &Message("POST /x", &[], br#"{"id":7,"age":8}"#)).unwrap();
    let shown = format!("{:?}", values(&out));
    assert!(shown.contains("Long(7)") && shown.contains("Long(8)"), "{shown}");
}

#[test]
fn a_container_of_the_route_alone_is_left_to_the_provider() {
    let form = |args: &str| {
        let mut service = service();
        service.methods.clear();
        Plan::build(&route("/x", "f", args, ""), 0, &service, None, &mut Vec::new()).unwrap().method().name.to_string()
    };
    assert_eq!(form(r#"[{ "from": "body", "type": "list" }]"#), "$invoke");
    assert_eq!(form(r#"[{ "from": "body", "type": "list<long>" }]"#), "f");
    assert_eq!(form(r#"[{ "from": "body", "type": "object" }]"#), "f");
}

#[test]
fn an_attachment_that_comes_twice_is_refused() {
    let plan = plan("/x", "ping", "[]", r#""attachments": { "tenant": "header.x-tenant", "q": "query.q" }"#);
    let twice = [("x-tenant", "a"), ("x-tenant", "b")];
    let problem =
        refused(&plan, &Message("GET /x", &twice, b""), 400, "header.x-tenant came 2 times; one value was expected");
    assert_eq!(problem["parameter"], "tenant");
    refused(&plan, &Message("GET /x?q=1&q=2", &[], b""), 400, "query.q came 2 times; one value was expected");
    assert!(send(&plan, &Message("GET /x?q=1", &[("x-tenant", "a")], b"")).is_ok());
}

#[test]
fn a_body_that_is_packed_or_of_another_character_set_is_refused() {
    let create = plan("/x", "create", r#"["body"]"#, "");
    let say = plan("/y", "say", r#"["body"]"#, "");
    let form = plan("/z", "say", r#"["form.a"]"#, "");
    let packed = "the body must be sent without a content encoding";
    let kinds = [
        "application/json; charset=utf-16",
        "text/plain;charset=\"ISO-8859-1\"",
        "application/x-www-form-urlencoded; Charset=gbk",
    ];
    for (plan, line, kind) in
        [(&create, "POST /x", kinds[0]), (&say, "POST /y", kinds[1]), (&form, "POST /z", kinds[2])]
    {
        refused(plan, &Message(line, &[("content-encoding", "gzip")], b"{}"), 415, packed);
        refused(plan, &Message(line, &[("content-type", kind)], b"{}"), 415, "the body must be in UTF-8");
    }
    let plain = [("content-type", "application/json; charset=UTF-8"), ("content-encoding", "identity")];
    assert!(send(&create, &Message("POST /x", &plain, b"{}")).is_ok());
}

#[test]
fn a_constant_that_names_a_class_is_refused_with_the_reason() {
    let (_, findings) = build(&route("/x", "ask", r#"[{ "const": { "class": "a.B" } }, { "const": 1 }]"#, ""), None);
    assert!(findings.iter().any(|told| told.contains("has a text under \"class\"")), "{findings:?}");
}
