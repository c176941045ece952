//! One provider as an invoker: what travels, how long it may take, what errors say.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use yumen_dubbo::error::{ErrorKind, Sent, Side, Status};
use yumen_dubbo::exchange::server::ServerReply;
use yumen_dubbo::instances::Provider;
use yumen_dubbo::invocation::{Invocation, Method};
use yumen_dubbo::invoker::Invoker;
use yumen_dubbo::options::ReferenceOptions;
use yumen_dubbo::pool::Pool;
use yumen_dubbo::protocol::dubbo::DubboInvoker;
use yumen_dubbo::reply::{Reply, ReplyKind};
use yumen_dubbo::service_key::ServiceKey;
use yumen_dubbo::url::DubboUrl;

use crate::peer::{Peer, invoke, invoke_with, invoker, listen, options, provider, run, until};

#[test]
fn a_value_a_null_and_an_exception_are_told_apart() {
    run(async {
        let replies = RefCell::new(vec![
            ServerReply::Exception(b"\x03bad".to_vec()),
            ServerReply::Null,
            ServerReply::Value(b"\x02ok".to_vec()),
        ]);
        let (_server, port) = provider(move |_| replies.borrow_mut().pop().unwrap()).await;
        let invoker = invoker(port, &options(), &Pool::default());
        let value = invoke(&invoker).await.unwrap();
        assert_eq!(value.kind, ReplyKind::Value);
        assert_eq!(value.reader().read_string().unwrap().as_deref(), Some("ok"));
        assert_eq!(invoke(&invoker).await.unwrap().kind, ReplyKind::Null);
        let exception = invoke(&invoker).await.unwrap();
        assert_eq!(exception.kind, ReplyKind::Exception);
        assert_eq!(exception.reader().read_string().unwrap().as_deref(), Some("bad"));
    });
}

#[test]
fn a_provider_receives_what_its_url_and_the_call_say() {
    run(async {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let seeing = Rc::clone(&seen);
        let (_server, port) = provider(move |request| {
            let body = &request.body;
            assert_eq!((body.path.as_str(), body.version.as_str()), ("d.Svc", "1.0"));
            assert_eq!((body.method.as_str(), body.descriptor.as_str()), ("hi", "Ljava/lang/String;"));
            *seeing.borrow_mut() = body.attachments().unwrap();
            ServerReply::Null
        })
        .await;
        let url = format!("dubbo://127.0.0.1:{port}/ctx/d.Svc?interface=d.Svc&version=1.0&group=g&token=t");
        let provider = Arc::new(Provider::new(DubboUrl::parse(&url).unwrap()));
        let options = ReferenceOptions {
            application: "shop".into(),
            ..ReferenceOptions::new(ServiceKey::new("d.Svc", Some("*"), Some("*")))
        };
        let invoker = DubboInvoker::new(provider, &options, &Pool::default());
        let method = Method { timeout: Some(Duration::from_secs(5)), ..Method::new("hi", "Ljava/lang/String;") };
        let attachments = [(Cow::from("traceparent"), Cow::from("00-1"))];
        let deadline = Instant::now() + Duration::from_secs(9);
        let call = Invocation {
            method: &method,
            arguments: b"\x01a",
            attachments: &attachments,
            deadline,
            chosen: None,
            context: None,
        };
        invoker.invoke(&call).await.unwrap();
        for (key, value) in [
            ("path", "ctx/d.Svc"),
            ("interface", "d.Svc"),
            ("version", "1.0"),
            ("group", "g"),
            ("token", "t"),
            ("remote.application", "shop"),
            ("traceparent", "00-1"),
        ] {
            assert!(seen.borrow().contains(&(key.into(), value.into())), "{key} in {seen:?}");
        }
        let timeout: u64 = seen.borrow().iter().find(|pair| pair.0 == "timeout").unwrap().1.parse().unwrap();
        assert!((4900..=5000).contains(&timeout), "{timeout}");
    });
}

#[test]
fn the_timeout_sent_is_what_is_left_until_the_deadline() {
    run(async {
        let (_server, port) = provider(|request| {
            let pairs = request.body.attachments().unwrap();
            let timeout = &pairs.iter().find(|pair| pair.0 == "timeout").unwrap().1;
            ServerReply::Value([&[timeout.len() as u8], timeout.as_bytes()].concat())
        })
        .await;
        let invoker = invoker(port, &options(), &Pool::default());
        let method = Method { timeout: Some(Duration::from_secs(30)), ..Method::new("hi", "I") };
        let reply = invoke_with(&invoker, &method, Duration::from_secs(20)).await.unwrap();
        let timeout: u64 = reply.reader().read_string().unwrap().unwrap().parse().unwrap();
        assert!((1001..=20_000).contains(&timeout), "{timeout}");
    });
}

#[test]
fn an_attempt_times_out_and_a_call_meets_its_deadline() {
    run(async {
        let (_server, port) = provider(|_| ServerReply::Silence).await;
        let invoker = invoker(port, &options(), &Pool::default());
        let quick = Method { timeout: Some(Duration::from_millis(30)), ..Method::new("hi", "") };
        let error = invoke_with(&invoker, &quick, Duration::from_secs(10)).await.unwrap_err();
        assert_eq!((error.kind, error.sent), (ErrorKind::Timeout, Sent::Maybe));
        assert_eq!((error.may_retry(true), error.may_retry(false)), (true, false));
        let error = invoke_with(&invoker, &Method::new("hi", ""), Duration::from_millis(30)).await.unwrap_err();
        assert_eq!((error.kind, error.sent), (ErrorKind::Deadline, Sent::Maybe));
        let error = invoke_with(&invoker, &Method::new("hi", ""), Duration::ZERO).await.unwrap_err();
        assert_eq!((error.kind, error.sent, error.side), (ErrorKind::Deadline, Sent::Never, Side::Consumer));
    });
}

#[test]
fn the_timeout_of_method_consumer_and_provider_count_in_this_order() {
    run(async {
        let listener = listen().await;
        let port = listener.local_addr().unwrap().port();
        let timeout = async |parameters: &str, options: ReferenceOptions, method: Option<u64>| {
            let url = format!("dubbo://127.0.0.1:{port}/d.Svc?{parameters}");
            let provider = Arc::new(Provider::new(DubboUrl::parse(&url).unwrap()));
            let invoker = DubboInvoker::new(provider, &options, &Pool::default());
            let method = Method { timeout: method.map(Duration::from_millis), ..Method::new("hi", "") };
            let start = Instant::now();
            let error = invoke_with(&invoker, &method, Duration::from_secs(90)).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Timeout);
            start.elapsed().as_millis()
        };
        let consumer = |ms| ReferenceOptions { timeout: Some(Duration::from_millis(ms)), ..options() };
        // What would count if the wrong one did is either much longer or shorter than what is seen.
        assert!(timeout("timeout=60000", consumer(60_000), Some(20)).await < 30_000);
        assert!(timeout("timeout=60000", consumer(20), None).await < 30_000);
        assert!(timeout("timeout=1300", options(), None).await >= 1300);
        assert!(timeout("timeout=20&hi.timeout=1300", options(), None).await >= 1300);
        assert!((1000..30_000).contains(&timeout("", options(), None).await));
    });
}

#[test]
fn a_status_is_the_providers_error_and_names_its_address() {
    run(async {
        let (_server, port) = provider(|_| ServerReply::Status(Status::BadRequest, "no such method".into())).await;
        let invoker = invoker(port, &options(), &Pool::default());
        let error = invoke(&invoker).await.unwrap_err();
        assert_eq!((error.kind, error.side), (ErrorKind::Provider(Status::BadRequest), Side::Provider));
        assert_eq!(error.message, format!("127.0.0.1:{port}: no such method"));
    });
}

#[test]
fn a_one_way_call_ends_before_the_provider_has_it() {
    run(async {
        let calls = Rc::new(RefCell::new(0));
        let counting = Rc::clone(&calls);
        let (_server, port) = provider(move |request| {
            assert!(!request.two_way);
            *counting.borrow_mut() += 1;
            ServerReply::Null
        })
        .await;
        let invoker = invoker(port, &options(), &Pool::default());
        let method = Method { one_way: true, ..Method::new("hi", "Ljava/lang/String;") };
        let reply = invoke_with(&invoker, &method, Duration::from_secs(10)).await.unwrap();
        assert_eq!((reply, *calls.borrow()), (Reply::null(), 0));
        until("it arrives", || *calls.borrow() == 1).await;
    });
}

#[test]
fn a_call_dropped_while_it_waits_leaves_nothing_behind() {
    run(async {
        let listener = listen().await;
        let invoker = invoker(listener.local_addr().unwrap().port(), &options(), &Pool::default());
        let mut peer = {
            let mut waiting = Box::pin(invoke(&invoker));
            tokio::select! {
                _ = &mut waiting => panic!("nobody answers"),
                peer = async {
                    let mut peer = Peer::new(listener.accept().await.unwrap().0);
                    peer.frame().await.unwrap();
                    peer
                } => peer,
            }
        };
        let (next, ()) = tokio::join!(invoke(&invoker), async {
            let id = peer.frame().await.unwrap().header.id;
            assert_eq!(id & 0xFFFF_FFFF, 0, "the slot of the dropped call is used again");
            peer.reply(id, "ok").await;
        });
        next.unwrap();
    });
}
