//! What a plan answers: results, exceptions, calls without a reply.

use super::*;

fn reply(kind: ReplyKind, write: impl FnOnce(&mut Writer<'_>)) -> Reply {
    let mut body = vec![0x91];
    write(&mut Writer::new(&mut body));
    Reply { kind, body: body.into(), value_at: 1 }
}

fn respond(plan: &(Plan, String), outcome: Result<Reply, RpcError>) -> (u16, String) {
    read(plan.0.respond(outcome, "r", &|| "id-1"))
}

#[test]
fn good_answers_follow_the_method_and_the_route() {
    let text = || Ok(reply(ReplyKind::Value, |writer| writer.string("hi")));
    let null = || Ok(Reply { kind: ReplyKind::Null, ..reply(ReplyKind::Null, |_| {}) });
    let say = plan("/say", "say", r#"["query.q"]"#, "");
    assert_eq!(respond(&say, text()), (200, "\"hi\"".to_owned()));
    assert_eq!(respond(&say, null()), (200, "null".to_owned()));
    let stop = plan("/stop", "stop", "[]", "");
    assert_eq!(respond(&stop, null()), (204, String::new()));
    assert_eq!(respond(&plan("/fire", "fire", "[]", ""), Ok(Reply::null())), (202, String::new()));
    let made = plan(
        "/say",
        "say",
        r#"["query.q"]"#,
        r#""respond": { "status": 201, "body": { "id": "result", "ok": true } }"#,
    );
    assert_eq!(respond(&made, text()), (201, r#"{"id":"hi","ok":true}"#.to_owned()));
    let picked =
        plan("/users/{id}", "get", r#"["path.id"]"#, r#""respond": { "body": ["result.tags", "result.x.y"] }"#);
    let user = reply(ReplyKind::Value, |writer| {
        let class = writer.define_class("a.User", &["tags"]);
        writer.begin_object(class);
        writer.begin_list(None, 1);
        writer.string("a");
    });
    assert_eq!(respond(&picked, Ok(user)), (200, r#"[["a"],null]"#.to_owned()));
}

fn thrown(class: &str, message: &str, code: i32) -> Result<Reply, RpcError> {
    Ok(reply(ReplyKind::Exception, |writer| {
        let class = writer.define_class(class, &["stackTrace", "code", "cause", "detailMessage"]);
        let id = writer.begin_object(class);
        writer.begin_list(Some("[java.lang.StackTraceElement"), 0);
        writer.int(code);
        writer.reference(id);
        writer.string(message);
    }))
}

fn problem(answer: (u16, String)) -> (u16, String, String) {
    let json: serde_json::Value = serde_json::from_str(&answer.1).unwrap();
    let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
    (answer.0, text("code"), text("detail"))
}

#[test]
fn exceptions_follow_the_status_table() {
    let say = plan("/say", "say", r#"["query.q"]"#, "");
    let check = |class: &str, message: &str, code: i32, status: u16, ym: &str, detail: &str| {
        let told = problem(respond(&say, thrown(class, message, code)));
        assert_eq!(told, (status, ym.to_owned(), detail.to_owned()), "{class}");
    };
    let hidden = "the service could not do this";
    check("a.Broke", "order 7 is lost\n\tat a.B", 5, 500, "YM0500", "order 7 is lost");
    check("java.lang.NullPointerException", "a.B.c is null", 0, 500, "YM0500", hidden);
    let trace = "a.Hidden: secret plan\r\na.Hidden: secret plan\n\tat a.B.c(B.java:1)\n";
    check("java.lang.RuntimeException", trace, 0, 500, "YM0500", "secret plan");
    let rpc = "org.apache.dubbo.rpc.RpcException";
    let slow = "the provider did not answer in time";
    check(rpc, "Invoke remote method timeout, 10.0.0.5:20880", 2, 504, "YM0504", slow);
    check(rpc, "10.0.0.5:20880", 4, 403, "YM0410", "the call is not allowed");
    check(rpc, "10.0.0.5:20880", 13, 403, "YM0410", "the call is not allowed");
    check(rpc, "10.0.0.5:20880", 11, 501, "YM0501", "the provider has no such method");
    check(rpc, "10.0.0.5:20880", 7, 503, "YM0503", "the provider cannot take the call now");
    check(rpc, "10.0.0.5:20880", 0, 500, "YM0500", hidden);
}

#[test]
fn routes_choose_what_exceptions_become() {
    let errors = r#""errors": [
        { "exception": "a.Broke", "status": 404, "body": { "m": "exception.message", "c": "exception.class",
          "code": "exception.field.code", "no": "exception.field.no" } },
        { "exception": "a.Base", "status": 409 },
        { "exception": "java.lang.RuntimeException", "status": 422 },
        { "exception": "*", "status": 418 } ]"#;
    let say = plan("/say", "say", r#"["query.q"]"#, errors);
    let body = r#"{"m":"lost","c":"a.Broke","code":5,"no":null}"#;
    assert_eq!(respond(&say, thrown("a.Broke", "lost\nsecond", 5)), (404, body.to_owned()));
    assert_eq!(problem(respond(&say, thrown("a.Base", "base", 0))).0, 409);
    assert_eq!(problem(respond(&say, thrown("java.lang.IllegalStateException", "no", 0))).0, 422);
    assert_eq!(problem(respond(&say, thrown("b.Other", "no", 0))).0, 418);
    let generic = Ok(reply(ReplyKind::Exception, |writer| {
        let class = "com.alibaba.dubbo.rpc.service.GenericException";
        let class = writer.define_class(class, &["exceptionClass", "exceptionMessage", "detailMessage"]);
        writer.begin_object(class);
        writer.string("a.Broke");
        writer.string("lost");
        writer.null();
    }));
    assert_eq!(respond(&say, generic), (404, r#"{"m":"lost","c":"a.Broke","code":null,"no":null}"#.to_owned()));
}

#[test]
fn a_rule_tells_a_message_from_the_inside_only_where_it_names_that_very_class() {
    let inner = "java.net.ConnectException";
    let answer = |rule: &str, class: &str, text: &str| {
        let errors = format!(
            r#""errors": [{{ "exception": "{rule}", "status": 502, "body": {{ "error": "exception.message" }} }}]"#
        );
        let say = plan("/say", "say", r#"["query.q"]"#, &errors);
        respond(&say, thrown(class, text, 0)).1
    };
    for rule in ["*", "java.lang.Exception", "java.lang.Throwable"] {
        assert_eq!(answer(rule, inner, "10.0.0.5:3306 refused"), r#"{"error":null}"#, "{rule}");
        assert_eq!(answer(rule, "a.Broke", "lost"), r#"{"error":"lost"}"#, "{rule}");
    }
    assert_eq!(answer(inner, inner, "refused"), r#"{"error":"refused"}"#);
    let wrapped = "java.sql.SQLException: at 10.0.0.5\n\tat a.B.c(B.java:1)";
    assert_eq!(answer("java.lang.RuntimeException", "java.lang.RuntimeException", wrapped), r#"{"error":null}"#);
    assert_eq!(answer("java.sql.SQLException", "java.lang.RuntimeException", wrapped), r#"{"error":"at 10.0.0.5"}"#);
}

#[test]
fn a_call_without_a_reply_tells_nothing_of_the_inside() {
    let say = plan("/say", "say", r#"["query.q"]"#, "");
    let rows = [
        (ErrorKind::NoProvider, 503),
        (ErrorKind::Connect, 503),
        (ErrorKind::Closed, 503),
        (ErrorKind::Busy, 503),
        (ErrorKind::Timeout, 504),
        (ErrorKind::Deadline, 504),
        (ErrorKind::Forbidden, 403),
        (ErrorKind::PayloadTooLarge, 413),
        (ErrorKind::BadReply, 502),
        (ErrorKind::Provider(Status::BadRequest), 502),
        (ErrorKind::Provider(Status::ServiceError), 502),
        (ErrorKind::Provider(Status::ServerError), 502),
        (ErrorKind::Provider(Status::ServerTimeout), 504),
        (ErrorKind::Provider(Status::ThreadPoolExhausted), 503),
        (ErrorKind::Provider(Status::Unknown(99)), 502),
    ];
    for (kind, status) in rows {
        let error = RpcError::new(kind, Side::Consumer, Sent::Never, "10.0.0.5:20880 a.Inner\n\tat a.B");
        let answer = respond(&say, Err(error));
        assert_eq!(answer.0, status, "{kind}");
        assert!(!answer.1.contains("10.0.0.5") && !answer.1.contains("a.Inner"), "{}", answer.1);
    }
}

#[test]
fn a_reply_that_cannot_be_read_is_a_bad_gateway() {
    let say = plan("/say", "say", r#"["query.q"]"#, "");
    let broken = Reply { kind: ReplyKind::Value, body: Bytes::from_static(b"\x91\x05ab"), value_at: 1 };
    assert_eq!(problem(respond(&say, Ok(broken.clone()))).0, 502);
    assert_eq!(problem(respond(&say, Ok(Reply { kind: ReplyKind::Exception, ..broken }))).0, 502);
}

#[test]
fn explain_hears_about_wrong_values_of_the_path() {
    let (plan, _) = plan("/users/{id}", "get", r#"["path.id"]"#, "");
    assert_eq!(plan.check_path(&["7"]), None);
    assert_eq!(plan.check_path(&["abc"]), Some((0, "path.id: \"abc\" is not a long".to_owned())));
}

#[test]
fn a_float_shows_its_own_digits_where_the_results_type_tells_nothing() {
    let mut contract = learned(&[("later", &[])]);
    contract.methods[0].returns = contract::type_name("object");
    let field = yumen_dubbo::contract::Field { name: "weight".into(), type_name: contract::type_name("float") };
    let bean =
        yumen_dubbo::contract::TypeDefinition::Bean { type_parameters: Vec::new(), fields: vec![field], erased: true };
    contract.types.insert("a.Dog".into(), bean);
    let plan = build(&route("/x", "later", "[]", ""), Some(&contract)).0.unwrap();
    let dog = reply(ReplyKind::Value, |writer| {
        let class = writer.define_class("a.Dog", &["weight"]);
        writer.begin_object(class);
        writer.double(f64::from(0.1f32));
    });
    assert_eq!(respond(&(plan, "/x".to_owned()), Ok(dog)), (200, r#"{"weight":0.1}"#.to_owned()));
}
