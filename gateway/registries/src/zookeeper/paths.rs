//! Where things lie in ZooKeeper, and what node names say.
//!
//! ```text
//!  /<root>/<interface, encoded>/providers/<provider URL, encoded>        ephemeral
//!                              /consumers/<consumer URL, encoded>        ephemeral
//!                              /configurators/<override:// URL, encoded>
//!                              /routers/<route:// or condition:// URL, encoded>
//!  /<root>/metadata/<interface, encoded>/<version>/<group>/provider/<application>
//! ```
//! The root is the `group` parameter of the providers' registry address, `dubbo` when they have none.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use yumen_dubbo::service_key::ServiceKey;
use yumen_dubbo::url::DubboUrl;

/// What Java's `URLEncoder` leaves alone.
const KEPT_BY_JAVA: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');
/// Longest node name that is read; ZooKeeper's own limit is the whole packet's.
const MAX_NODE: usize = 64 * 1024;

/// The folder of one category (`providers`, `configurators`, …) of an interface.
pub(super) fn category(root: &str, interface: &str, category: &str) -> String {
    join(root, [&*encode(interface), category])
}

/// The folders in which providers may have left their definition: Dubbo 3 leaves out every segment that occurred
/// before in the path (`PathUtils.buildPath` collects them in a set), 2.7 does not.
pub(super) fn definitions(root: &str, key: &ServiceKey) -> Vec<String> {
    let interface = encode(&key.interface);
    let (version, group) = (key.version.as_deref().unwrap_or_default(), key.group.as_deref().unwrap_or_default());
    let whole: Vec<&str> =
        ["metadata", &*interface, version, group, "provider"].into_iter().filter(|part| !part.is_empty()).collect();
    let mut once: Vec<&str> = Vec::with_capacity(whole.len());
    for part in &whole {
        if !once.contains(part) {
            once.push(part);
        }
    }
    let mut paths = vec![join(root, whole.iter().copied())];
    if once.len() < whole.len() {
        paths.push(join(root, once));
    }
    paths
}

/// The folder of all definitions of an interface, whatever their version and group.
pub(super) fn all_definitions(root: &str, interface: &str) -> String {
    join(root, ["metadata", &*encode(interface)])
}

/// The node of a consumer.
pub(super) fn consumer(root: &str, url: &DubboUrl) -> String {
    let folder = category(root, url.service_interface(), "consumers");
    join(&folder, [&*url.encoded()])
}

/// A node's name read as a URL.
///
/// # Errors
/// What is wrong with it, for the log.
pub(super) fn read_node(name: &str) -> Result<DubboUrl, String> {
    if name.len() > MAX_NODE {
        return Err(format!("a name of {} bytes", name.len()));
    }
    let url = DubboUrl::decode(name).map_err(|error| error.to_string())?;
    if url.host.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err("a host with control characters or spaces".to_owned());
    }
    Ok(url)
}

fn join<'a>(root: &str, parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut path = format!("/{}", root.trim_matches('/'));
    for part in parts {
        path.push('/');
        path.push_str(part);
    }
    path
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, KEPT_BY_JAVA).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn definitions_of(key: &str) -> Vec<String> {
        definitions("dubbo", &key.parse().unwrap())
    }

    #[test]
    fn categories_lie_below_the_encoded_interface() {
        assert_eq!(category("dubbo", "a.Outer$Nested", "providers"), "/dubbo/a.Outer%24Nested/providers");
        assert_eq!(category("/acme/", "a.B", "routers"), "/acme/a.B/routers");
    }

    #[test]
    fn a_definition_lies_below_version_and_group_where_there_are_any() {
        assert_eq!(definitions_of("a.B"), ["/dubbo/metadata/a.B/provider"]);
        assert_eq!(definitions_of("g1/a.B:1.0.0"), ["/dubbo/metadata/a.B/1.0.0/g1/provider"]);
        assert_eq!(definitions_of("a.O$N"), ["/dubbo/metadata/a.O%24N/provider"]);
    }

    #[test]
    fn a_repeated_segment_is_looked_for_with_and_without_the_repetition() {
        assert_eq!(
            definitions_of("1.0/a.B:1.0"),
            ["/dubbo/metadata/a.B/1.0/1.0/provider", "/dubbo/metadata/a.B/1.0/provider"]
        );
        assert_eq!(
            definitions_of("provider/a.B"),
            ["/dubbo/metadata/a.B/provider/provider", "/dubbo/metadata/a.B/provider"]
        );
    }

    #[test]
    fn a_consumer_is_named_by_its_encoded_url() {
        let url = DubboUrl::parse("consumer://10.0.0.9/a.B?application=x y&interface=a.B").unwrap();
        let path = consumer("dubbo", &url);
        assert_eq!(path, "/dubbo/a.B/consumers/consumer%3A%2F%2F10.0.0.9%2Fa.B%3Fapplication%3Dx+y%26interface%3Da.B");
        assert_eq!(read_node(path.rsplit('/').next().unwrap()).unwrap(), url);
    }

    #[test]
    fn a_node_as_a_real_provider_named_it_is_read() {
        let node = "dubbo%3A%2F%2F192.0.2.2%3A21901%2Fsamples.api.Catalog%3Fanyhost%3Dtrue%26application%3Dgo-shop%26interface%3D\
                    samples.api.Catalog%26methods%3DAdd%2Cadd%26side%3Dprovider%26timestamp%3D1795245275%26weight%3D0";
        let url = read_node(node).unwrap();
        assert_eq!((url.address().as_str(), url.get("methods")), ("192.0.2.2:21901", Some("Add,add")));
    }

    #[test]
    fn a_malformed_node_is_refused() {
        for node in [
            "",
            "nonsense",
            "dubbo%3A%2F%2F",
            "dubbo%3A%2F%2Fh%3A99999%2Fa.B",
            "dubbo%3A%2F%2Fh%0D%0Ax%3A1%2Fa.B",
            "dubbo%3A%2F%2Fh%3A1%2Fa.B%ZZ",
            "%ff%fe",
        ] {
            assert!(read_node(node).is_err(), "{node}");
        }
        assert!(read_node(&format!("dubbo%3A%2F%2Fh%3A1%2F{}", "a".repeat(MAX_NODE))).is_err());
    }

    proptest! {
        #[test]
        fn any_url_that_java_encodes_reads_back(
            host in "[a-z0-9][a-z0-9.-]{0,12}",
            port in 1u16..,
            path in "[a-zA-Z0-9_.$/-]{1,24}",
            parameters in prop::collection::btree_map("[a-zA-Z.~]{1,10}", "[^&#\\pC]{0,16}", 0..6),
        ) {
            let parameters = parameters.into_iter().map(|(key, value)| (key, value.trim().to_owned())).collect();
            let path = path.trim_start_matches('/').to_owned();
            let url = DubboUrl { protocol: "dubbo".into(), host, port, path, parameters, ..DubboUrl::default() };
            prop_assert_eq!(read_node(&url.encoded()), Ok(url));
        }

        #[test]
        fn any_text_is_a_url_or_an_error_and_never_a_panic(node in "(dubbo%3A%2F%2F)?[%0-9A-Fa-z+:/?&=\\[\\]@.]{0,40}|\\PC{0,20}") {
            if let Ok(url) = read_node(&node) {
                prop_assert!(!url.host.is_empty() && !url.protocol.is_empty());
            }
        }
    }
}
