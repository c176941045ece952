//! Tests of [`super`].

use proptest::prelude::*;

use super::*;

const FULL: &str = "dubbo://user:secret@10.0.0.1:20880/ctx/d.Svc?interface=d.Svc&methods=a,b&version=1.0.0";

#[test]
fn a_full_url_is_read_part_by_part_and_printed_as_it_was() {
    let url = DubboUrl::parse(FULL).unwrap();
    assert_eq!((url.protocol.as_str(), url.host.as_str(), url.port), ("dubbo", "10.0.0.1", 20880));
    assert_eq!((url.user.as_deref(), url.password.as_deref()), (Some("user"), Some("secret")));
    assert_eq!(url.path, "ctx/d.Svc");
    assert_eq!(url.get("methods"), Some("a,b"));
    assert_eq!(url.to_string(), FULL);
}

#[test]
fn a_node_name_is_the_url_encoded_once() {
    let name = "dubbo%3A%2F%2F10.0.0.1%3A20880%2Fd.Svc%3Fowner%3Da+b%26side%3Dprovider";
    let url = DubboUrl::decode(name).unwrap();
    assert_eq!(url.get("owner"), Some("a b"));
    assert_eq!(url.encoded(), name);
}

#[test]
fn ipv6_hosts_come_with_and_without_brackets() {
    for text in ["dubbo://[::1]:20880/d.Svc", "dubbo://::1:20880/d.Svc"] {
        let url = DubboUrl::parse(text).unwrap();
        assert_eq!((url.host.as_str(), url.port), ("::1", 20880));
        assert_eq!(url.address(), "[::1]:20880");
        assert_eq!(url.to_string(), "dubbo://[::1]:20880/d.Svc");
    }
    let scoped = DubboUrl::parse("dubbo://fe80::1%eth0/d.Svc").unwrap();
    assert_eq!((scoped.host.as_str(), scoped.port), ("fe80::1%eth0", 0));
}

#[test]
fn method_parameters_fall_back_to_plain_and_default_ones() {
    let url = DubboUrl::parse("dubbo://h:1/s?hi.timeout=1&timeout=2&default.retries=3").unwrap();
    assert_eq!(url.method_parameter("hi", "timeout"), Some("1"));
    assert_eq!(url.method_parameter("ho", "timeout"), Some("2"));
    assert_eq!(url.method_parameter("hi", "retries"), Some("3"));
    assert_eq!(url.get("absent"), None);
}

#[test]
fn every_malformed_url_is_an_error() {
    for (text, expected) in [
        ("", UrlError::NoProtocol),
        ("h:1/d.Svc", UrlError::NoProtocol),
        ("://h:1", UrlError::NoProtocol),
        ("dubbo://", UrlError::NoHost),
        ("dubbo://:1/x", UrlError::NoHost),
        ("dubbo://user@:1/x", UrlError::NoHost),
        ("dubbo://[::1:1/x", UrlError::BadHost),
        ("dubbo://[::1]x/x", UrlError::BadHost),
        ("dubbo://h:/x", UrlError::BadPort),
        ("dubbo://h:+1/x", UrlError::BadPort),
        ("dubbo://h:65536/x", UrlError::BadPort),
        ("dubbo://h:port/x", UrlError::BadPort),
    ] {
        assert_eq!(DubboUrl::parse(text), Err(expected), "{text}");
    }
    for text in ["dubbo%3A%2F%2Fh%3", "dubbo%3A%2F%2Fh%zz", "dubbo%3A%2F%2Fh%FF"] {
        assert_eq!(DubboUrl::decode(text), Err(UrlError::BadEncoding), "{text}");
    }
}

#[test]
fn sloppy_parameters_are_read_as_java_reads_them() {
    let url = DubboUrl::parse("empty://0.0.0.0/d.Svc?&=x&flag&a=&b=1=2&b=3").unwrap();
    let read: Vec<_> = url.parameters.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(read, [("a", ""), ("b", "3"), ("flag", "flag")]);
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in ".*") {
        let _ = DubboUrl::parse(&text);
        let _ = DubboUrl::decode(&text);
    }

    #[test]
    fn what_is_printed_reads_back_equal(
        host in "[a-z][a-z0-9.-]{0,12}", port in 1_u16.., path in "[A-Za-z.$/]{0,20}",
        parameters in proptest::collection::btree_map("[a-z.]{1,8}", "[^&\\s]{0,8}", 0..5),
    ) {
        let url = DubboUrl { protocol: "dubbo".into(), host, port, path, parameters, ..DubboUrl::default() };
        prop_assert_eq!(&DubboUrl::parse(&url.to_string()).unwrap(), &url);
        prop_assert_eq!(&DubboUrl::decode(&url.encoded()).unwrap(), &url);
    }
}
