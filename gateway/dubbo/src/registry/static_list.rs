//! Providers written in the configuration: `host:port` endpoints that never change.

use std::net::Ipv6Addr;

use tokio::sync::watch;

use super::{Registration, Registry, RegistryState, Subscription};
use crate::instances::{Instances, Origin};
use crate::service_key::ServiceKey;
use crate::url::DubboUrl;

/// A registry whose list is fixed.
pub struct StaticList {
    endpoints: Vec<(String, u16)>,
    state: watch::Sender<RegistryState>,
}

/// Why a text is no endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not host:port")]
pub struct NoEndpoint(pub String);

impl StaticList {
    /// From `host:port` texts; IPv6 addresses stand in brackets.
    ///
    /// # Errors
    /// The first text that is no endpoint.
    pub fn new<T: AsRef<str>>(endpoints: impl IntoIterator<Item = T>) -> Result<Self, NoEndpoint> {
        let parse = |text: T| parse(text.as_ref()).ok_or_else(|| NoEndpoint(text.as_ref().to_owned()));
        let endpoints = endpoints.into_iter().map(parse).collect::<Result<_, _>>()?;
        Ok(Self { endpoints, state: watch::Sender::new(RegistryState::Connected) })
    }

    /// The list as it is for one service: the path is the interface, version and group are those asked for.
    pub fn instances(&self, key: &ServiceKey) -> Instances {
        let urls = self.endpoints.iter().map(|(host, port)| url(host, *port, key)).collect();
        Instances::build(&Instances::default(), urls, Origin::Static)
    }
}

impl Registry for StaticList {
    fn subscribe(&self, key: &ServiceKey) -> Subscription {
        Subscription::new(self.instances(key)).1
    }

    fn register(&self, _url: DubboUrl) -> Registration {
        Registration::nothing()
    }

    fn state(&self) -> watch::Receiver<RegistryState> {
        self.state.subscribe()
    }
}

fn parse(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.trim().rsplit_once(':')?;
    let host = match host.strip_prefix('[') {
        Some(host) => host.strip_suffix(']').filter(|host| host.parse::<Ipv6Addr>().is_ok())?,
        None => Some(host).filter(|host| !host.is_empty() && !host.contains([':', '/', ' ']))?,
    };
    let port = port.parse().ok().filter(|port| *port != 0)?;
    Some((host.to_owned(), port))
}

/// Groups and versions that name several services cannot be sent on; such a call carries none.
fn url(host: &str, port: u16, key: &ServiceKey) -> DubboUrl {
    let interface = key.interface.to_string();
    let one = |text: &Option<Box<str>>| text.as_deref().filter(|text| !text.contains(['*', ','])).map(str::to_owned);
    let named = [("interface", Some(interface.clone())), ("group", one(&key.group)), ("version", one(&key.version))];
    let parameters = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let protocol = "dubbo".to_owned();
    DubboUrl { protocol, host: host.to_owned(), port, path: interface, parameters, ..DubboUrl::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_becomes_a_provider_of_whatever_service_is_asked_for() {
        let list = StaticList::new(["127.0.0.1:20880", "[::1]:20881"]).unwrap();
        let subscription = list.subscribe(&ServiceKey::new("a.b.C", Some("g"), Some("1.0")));
        let instances = subscription.instances().load_full();
        let shown: Vec<_> = instances.providers.iter().map(|provider| provider.url.to_string()).collect();
        assert_eq!(
            shown,
            [
                "dubbo://127.0.0.1:20880/a.b.C?group=g&interface=a.b.C&version=1.0",
                "dubbo://[::1]:20881/a.b.C?group=g&interface=a.b.C&version=1.0",
            ]
        );
        assert_eq!(instances.origin, Origin::Static);
    }

    #[test]
    fn a_text_that_is_no_endpoint_is_refused() {
        for text in ["", "host", "host:", "host:0", "host:70000", ":1", "::1:1", "[x]:1", "a b:1", "http://h:1"] {
            assert_eq!(StaticList::new([text]).err(), Some(NoEndpoint(text.into())), "{text}");
        }
    }
}
