//! Plugins as a test drives them.

use crate::export::{self, Loaded};
use crate::{
    Body, Decision, End, Ended, Fields, Interest, Invocation, Manifest, Pick, Piece, Protocol, RpcError, Side,
    Snapshot, Verdict,
};

use super::host;

/// A filter that was configured as the gateway would.
pub struct Filter<P>(Loaded<P>);

/// Reads `config` and makes the filter, or says why not.
///
/// # Errors
/// What the plugin refuses, and JSON that does not fit its configuration.
pub fn load<P: crate::Filter>(config: &str) -> Result<Filter<P>, String> {
    export::load_filter(config).map(Filter)
}

fn values<'a>(names: &[String], given: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Option<String>> {
    let given: Vec<(&str, &str)> = given.into_iter().collect();
    let value = |name: &String| given.iter().find(|(known, _)| known == name).map(|(_, value)| (*value).to_owned());
    names.iter().map(value).collect()
}

impl<P: crate::Filter> Filter<P> {
    /// The plugin.
    pub fn plugin(&self) -> &P {
        &self.0.plugin
    }

    /// What it said of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    #[track_caller]
    fn asked(&self, phase: Interest) {
        assert!(self.0.manifest.interest.contains(phase), "the manifest takes no part in this phase");
    }

    /// A request comes, with these values of what the manifest wants; the others are absent. The values that are fields are
    /// also what [`crate::exchange`] shows.
    #[track_caller]
    pub fn on_request<'a>(&self, given: impl IntoIterator<Item = (&'a str, &'a str)>) -> Verdict {
        self.asked(Interest::REQUEST_HEAD);
        let given: Vec<(&str, &str)> = given.into_iter().collect();
        let fields = given.iter().filter(|(name, _)| !name.starts_with(':') && !name.starts_with("tag."));
        let fields: Fields = fields.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        host(|host| {
            for (name, value) in fields {
                if !host.request.iter().any(|(known, _)| *known == name) {
                    host.request.push((name, value));
                }
            }
        });
        self.0.on_request(Protocol::Http1, &values(&self.0.manifest.request_wants, given))
    }

    /// A body comes, whole.
    #[track_caller]
    pub fn on_body(&self, side: Side, bytes: &[u8]) -> Piece {
        self.asked(if side == Side::Request { Interest::REQUEST_BODY } else { Interest::RESPONSE_BODY });
        self.0.plugin.on_body(&Body { side, bytes: bytes.to_vec(), last: true, state: 0 })
    }

    /// A call is about to leave, with these values of what the manifest wants.
    #[track_caller]
    pub fn on_call<'a>(&self, given: impl IntoIterator<Item = (&'a str, &'a str)>) -> Verdict {
        self.asked(Interest::CALL);
        self.0.on_call(&values(&self.0.manifest.call_wants, given), 0)
    }

    /// The call ended so.
    #[track_caller]
    pub fn on_outcome(&self, outcome: impl Into<crate::Outcome>) -> Verdict {
        self.asked(Interest::OUTCOME);
        let outcome = outcome.into();
        let ok = matches!(outcome, crate::Outcome::Result(_));
        host(|host| host.outcome = Some(outcome));
        self.0.plugin.on_outcome(&Ended { ok, state: 0 })
    }

    /// A response is about to leave, with these values of what the manifest wants.
    #[track_caller]
    pub fn on_response<'a>(
        &self,
        status: u16,
        state: u64,
        given: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Verdict {
        self.asked(Interest::RESPONSE_HEAD);
        self.0.on_response(status, &values(&self.0.manifest.response_wants, given), state)
    }

    /// The exchange is over.
    #[track_caller]
    pub fn on_end(&self, end: End) {
        self.asked(Interest::END);
        self.0.plugin.on_end(&end);
    }
}

/// A router that was configured as the gateway would.
pub struct Router<P>(Loaded<P>);

/// Reads `config` and makes the router, or says why not.
///
/// # Errors
/// What the plugin refuses, and JSON that does not fit its configuration.
pub fn load_router<P: crate::Router>(config: &str) -> Result<Router<P>, String> {
    export::load_router(config).map(Router)
}

impl<P: crate::Router> Router<P> {
    /// The providers changed.
    ///
    /// # Errors
    /// What the plugin refuses.
    pub fn prepare(&mut self, snapshot: Snapshot) -> Result<Vec<Vec<u32>>, String> {
        self.0.plugin.prepare(snapshot)
    }

    /// A call of `service`, with these values of what the manifest wants.
    #[track_caller]
    pub fn route<'a>(&self, service: &str, given: impl IntoIterator<Item = (&'a str, &'a str)>) -> Decision {
        self.0.route(service, &values(&self.0.manifest.call_wants, given))
    }
}

/// A load balancer that was configured as the gateway would.
pub struct Balancer<P>(Loaded<P>);

/// Reads `config` and makes the load balancer, or says why not.
///
/// # Errors
/// What the plugin refuses, and JSON that does not fit its configuration.
pub fn load_balancer<P: crate::LoadBalancer>(config: &str) -> Result<Balancer<P>, String> {
    export::load_balancer(config).map(Balancer)
}

impl<P: crate::LoadBalancer> Balancer<P> {
    /// A list came or changed.
    ///
    /// # Errors
    /// What the plugin refuses.
    pub fn rebuild(&mut self, list: u32, snapshot: Snapshot) -> Result<(), String> {
        self.0.plugin.rebuild(list, snapshot)
    }

    /// A list is needed no more.
    pub fn forget(&mut self, list: u32) {
        self.0.plugin.forget(list);
    }

    /// A first attempt with this key.
    pub fn pick(&mut self, list: u32, key: u64) -> Option<u32> {
        self.0.plugin.pick(&Pick { list, key, attempt: 0, exclude: None })
    }

    /// The attempt after one that chose `exclude`.
    pub fn pick_again(&mut self, list: u32, key: u64, attempt: u32, exclude: u32) -> Option<u32> {
        self.0.plugin.pick(&Pick { list, key, attempt, exclude: Some(exclude) })
    }
}

/// A service that was configured as the gateway would.
pub struct Service<P>(Loaded<P>);

/// Reads `config` and makes the service, or says why not.
///
/// # Errors
/// What the plugin refuses, and JSON that does not fit its configuration.
pub fn load_service<P: crate::Service>(config: &str) -> Result<Service<P>, String> {
    export::load_service(config).map(Service)
}

impl<P: crate::Service> Service<P> {
    /// What it offers.
    pub fn services(&self) -> Vec<crate::Described> {
        self.0.plugin.services()
    }

    /// A call of a method of the first service, its parameter types as that describes them.
    ///
    /// # Errors
    /// What the plugin answers with an error.
    #[track_caller]
    pub fn invoke(&self, method: &str, arguments: &str) -> Result<String, RpcError> {
        let service = self.services().into_iter().next().expect("the plugin offers a service");
        let described = service.methods.into_iter().find(|known| known.name == method);
        self.0.plugin.invoke(&Invocation {
            service: service.name,
            method: method.to_owned(),
            parameter_types: described.map_or_else(Vec::new, |method| method.parameter_types),
            arguments: arguments.to_owned(),
            attachments: Fields::new(),
            timeout_ms: 1000,
        })
    }
}

/// A snapshot of a service with `parameters` for each endpoint; addresses are 10.0.0.1:20880 and on, weights 100.
#[must_use]
pub fn snapshot(service: &str, parameters: &[&[(&str, &str)]]) -> Snapshot {
    let endpoint = |(at, parameters): (usize, &&[(&str, &str)])| crate::Endpoint {
        id: at as u64 + 1,
        address: format!("10.0.0.{}:20880", at + 1),
        weight: 100,
        zone: parameters.iter().find(|(name, _)| *name == "zone").map_or(String::new(), |(_, zone)| (*zone).to_owned()),
        parameters: parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    };
    Snapshot { service: service.to_owned(), endpoints: parameters.iter().enumerate().map(endpoint).collect() }
}
