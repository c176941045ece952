//! The ports as they were opened, and what a new configuration still changes about them: the limits of requests and
//! connections, by the listener's name. Where a port is and how many connections it takes stay until a restart.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::{
    config::{Config, ListenerConfig},
    listener::HttpLimits,
};

/// Every open port, in the order in which they were opened, and the number of workers that share each.
pub(super) struct Ports(Vec<Port>, usize);

struct Port {
    /// As it was opened.
    opened: ListenerConfig,
    /// What holds now; when the listener is gone from the file, what held last.
    current: ListenerConfig,
    limits: Arc<ArcSwap<HttpLimits>>,
}

impl Ports {
    /// The ports of the configuration that the gateway starts with.
    pub(super) fn new(config: &Config, workers: usize) -> Self {
        let port = |listener: &ListenerConfig| Port {
            opened: listener.clone(),
            current: listener.clone(),
            limits: Arc::new(ArcSwap::from_pointee(limits(config, listener, workers))),
        };
        Self(config.listeners.iter().map(port).collect(), workers)
    }

    /// The name of each port and its limits, as its workers read them.
    pub(super) fn limits(&self) -> impl Iterator<Item = (&str, &Arc<ArcSwap<HttpLimits>>)> {
        self.0.iter().map(|port| (&*port.opened.name, &port.limits))
    }

    /// Open ports whose listeners the configuration no longer has, as they were last: their plugins stay in force with them.
    pub(super) fn left<'a>(&'a self, config: &'a Config) -> impl Iterator<Item = &'a ListenerConfig> {
        self.0.iter().map(|port| &port.current).filter(|listener| named(config, &listener.name).is_none())
    }

    /// Gives each port the limits that the configuration has under its name.
    pub(super) fn apply(&mut self, config: &Config) {
        for port in &mut self.0 {
            if let Some(listener) = named(config, &port.opened.name) {
                port.current = listener.clone();
            }
            port.limits.store(Arc::new(limits(config, &port.current, self.1)));
        }
    }

    /// What the configuration says of listeners that only a restart makes true.
    pub(super) fn after_restart(&self, config: &Config) -> Vec<String> {
        let kept = self.0.iter().filter_map(|Port { opened, .. }| {
            let name = &opened.name;
            let Some(listener) = named(config, name) else {
                return Some(format!("listener {name:?} is gone, but its port stays open with its last limits"));
            };
            let caps = |listener: &ListenerConfig| {
                let connection = &listener.limits.connection;
                (connection.total, connection.per_address)
            };
            if listener.bind != opened.bind {
                Some(format!("listener {name:?} keeps its address {}", opened.bind))
            } else if caps(listener) != caps(opened) {
                Some(format!("listener {name:?} keeps its caps on connections"))
            } else {
                None
            }
        });
        let is_open = |listener: &&ListenerConfig| self.0.iter().any(|port| port.opened.name == listener.name);
        let new = config.listeners.iter().filter(|listener| !is_open(listener));
        kept.chain(new.map(|listener| format!("listener {:?} is not opened", listener.name))).collect()
    }
}

fn named<'a>(config: &'a Config, name: &str) -> Option<&'a ListenerConfig> {
    config.listeners.iter().find(|listener| listener.name == name)
}

/// The limits of a port on each of its workers, wide enough for the route with the largest bodies.
fn limits(config: &Config, listener: &ListenerConfig, workers: usize) -> HttpLimits {
    let widest = config.routes.iter().filter_map(|route| route.body_limit).map(|limit| limit.0).max();
    let limits = HttpLimits::new(&listener.limits, config.telemetry.trust_forwarded_from.clone());
    limits.with_routes(widest.unwrap_or(0)).shared_by(workers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Sources};

    fn configured(listeners: &str) -> Config {
        let text = format!(
            "version: 1\nlisteners: [{listeners}]\nservices: [{{ name: s, interface: a.B, endpoints: [\"h:1\"], methods: {{ m: {{}} }} }}]\n\
             routes: [{{ name: r, match: {{ path: / }}, to: {{ service: s, method: m }} }}]\n"
        );
        config::load(&Sources::text("test.yaml", text)).unwrap_or_else(|findings| panic!("{findings}")).config
    }

    const PUBLIC: &str = "{ name: public, bind: \"127.0.0.1:8080\", limits: { request: { headers: 10 } } }";
    const INSIDE: &str = "{ name: inside, bind: \"127.0.0.1:8081\", limits: { request: { headers: 500 } } }";

    fn headers(ports: &Ports) -> Vec<u32> {
        ports.0.iter().map(|port| port.current.limits.request.headers).collect()
    }

    #[test]
    fn listeners_in_another_order_keep_their_own_limits() {
        let mut ports = Ports::new(&configured(&format!("{PUBLIC}, {INSIDE}")), 1);
        let before: Vec<_> = ports.limits().map(|(_, limits)| limits.load_full()).collect();
        let reordered = configured(&format!("{INSIDE}, {PUBLIC}"));
        assert_eq!(ports.after_restart(&reordered), [""; 0]);
        ports.apply(&reordered);
        assert_eq!(headers(&ports), [10, 500]);
        let after: Vec<_> = ports.limits().map(|(_, limits)| limits.load_full()).collect();
        assert_eq!(format!("{after:?}"), format!("{before:?}"));
    }

    #[test]
    fn a_port_whose_name_is_gone_keeps_its_last_limits_and_both_are_told() {
        let mut ports = Ports::new(&configured(&format!("{PUBLIC}, {INSIDE}")), 1);
        ports.apply(&configured(&format!("{}, {INSIDE}", PUBLIC.replace("headers: 10", "headers: 20"))));
        let renamed = configured(&format!("{INSIDE}, {}", PUBLIC.replace("public", "open")));
        assert_eq!(
            ports.after_restart(&renamed),
            [
                "listener \"public\" is gone, but its port stays open with its last limits",
                "listener \"open\" is not opened"
            ]
        );
        ports.apply(&renamed);
        assert_eq!(headers(&ports), [20, 500]);
    }

    #[test]
    fn an_address_and_caps_are_told_to_wait_for_a_restart_and_not_once_they_are_back() {
        let started = configured(&format!("{PUBLIC}, {INSIDE}"));
        let mut ports = Ports::new(&started, 1);
        let moved = configured(&format!(
            "{}, {}",
            PUBLIC.replace("8080", "8082"),
            INSIDE.replace("limits: {", "limits: { connection: { total: 5 },")
        ));
        assert_eq!(
            ports.after_restart(&moved),
            [
                "listener \"public\" keeps its address 127.0.0.1:8080",
                "listener \"inside\" keeps its caps on connections"
            ]
        );
        ports.apply(&moved);
        assert_eq!(ports.after_restart(&started), [""; 0]);
    }
}
