//! The providers of a list, as routers and balancers see them.

use std::{collections::BTreeMap, rc::Rc};

use yumen_dubbo::{
    directory::{Candidates, Member},
    load_balance::weight_now,
};
use yumen_plugin_host::{
    EndpointStats,
    words::{Endpoint, Snapshot},
};

/// The list as a plugin is told of it, weights as of now.
pub(super) fn told(service: &str, candidates: &Candidates) -> Rc<Snapshot> {
    let endpoints = candidates.members().iter().map(|member| endpoint(member)).collect();
    Rc::new(Snapshot { service: service.to_owned(), endpoints })
}

fn endpoint(member: &Member) -> Endpoint {
    let provider = &member.provider;
    let address = provider.address();
    let parameters: BTreeMap<&str, &str> =
        provider.url.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Endpoint {
        id: id_of(&address),
        weight: weight_now(provider),
        zone: provider.url.get("zone").unwrap_or_default().to_owned(),
        parameters: parameters.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        address,
    }
}

/// The same for the same address, in every worker and after every restart, so that what is chosen by it stays where it is.
fn id_of(address: &str) -> u64 {
    super::balancing::hash([Some(address)])
}

/// Live numbers of a list.
pub(super) struct ListStats(Vec<Rc<Member>>);

impl ListStats {
    /// Those of the list's providers; they are measured from now on.
    pub(super) fn of(candidates: &Candidates) -> Rc<dyn EndpointStats> {
        for member in candidates.members() {
            member.stats();
        }
        Rc::new(Self(candidates.members().to_vec()))
    }

    fn member(&self, index: u32) -> Option<&Member> {
        self.0.get(index as usize).map(|member| &**member)
    }
}

impl EndpointStats for ListStats {
    fn active(&self, index: u32) -> u32 {
        self.member(index).map_or(0, |member| member.stats().active())
    }

    fn latency(&self, index: u32) -> u32 {
        self.member(index).map_or(0, |member| member.stats().latency())
    }

    fn available(&self, index: u32) -> bool {
        self.member(index).is_some_and(Member::is_available)
    }
}
