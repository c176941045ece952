//! A router and a load balancer, asked once.

use std::rc::Rc;

use serde_json::json;
use yumen_plugin_host::{
    Balancer, Choice, EndpointStats, Failure, NONE, Pool, Router, Version, Visit,
    words::{Endpoint, Snapshot},
};

use super::{
    exchange::{borrowed, values},
    seen::{self, Seen},
};
use crate::{
    case::{self, Case},
    script::{Outside, Script, fields},
};

/// The number under which a balancer knows the case's list.
const LIST: u32 = 1;

/// Asks a router which providers the case's call may go to.
pub(super) fn route(version: &Version, pool: Rc<Pool>, case: &Case, seen: &mut Seen) {
    let script = Script::new(case);
    let call = case.call.clone().unwrap_or_default();
    script.became(&call);
    let visit = Visit::new(Rc::clone(&script) as Rc<_>, Rc::new(Outside(Rc::clone(&script))));
    let router = Router::new(pool);
    let wanted = values(&version.manifest().call_wants, &|name| script.of_call(name));
    let chosen = router
        .prepare(snapshot(case, &call.service))
        .and_then(|()| router.route(&visit, &call.service, &borrowed(&wanted)));
    match chosen {
        Ok(Choice::All) => seen.places = u32::try_from(case.endpoints.len()).ok().map(|all| (0..all).collect()),
        Ok(Choice::Places(places)) => seen.places = Some(places.to_vec()),
        Ok(Choice::Reject(error)) => seen.reject = Some(seen::rpc_error(&error)),
        Err(failure) => failed(seen, &failure),
    }
}

/// Asks a balancer for one of the case's providers.
pub(super) fn pick(pool: Rc<Pool>, case: &Case, seen: &mut Seen) {
    let service = case.call.clone().unwrap_or_default().service;
    let stats: Rc<dyn EndpointStats> = Rc::new(Numbers(case.endpoints.clone()));
    let balancer = Balancer::new(pool);
    let asked = case.pick;
    let picked = balancer
        .rebuild(LIST, snapshot(case, &service))
        .and_then(|()| balancer.pick(LIST, asked.key, asked.attempt, asked.exclude.unwrap_or(NONE), &stats));
    match picked {
        Ok(Some(place)) => seen.pick = Some(json!(place)),
        Ok(None) => seen.pick = Some(json!("none")),
        Err(failure) => failed(seen, &failure),
    }
}

fn failed(seen: &mut Seen, failure: &Failure) {
    seen.failure = Some((failure.label(), failure.to_string()));
}

fn snapshot(case: &Case, service: &str) -> Rc<Snapshot> {
    let endpoint = |(id, one): (u64, &case::Endpoint)| Endpoint {
        id,
        address: one.address.clone(),
        weight: one.weight,
        zone: one.zone.clone(),
        parameters: fields(&one.parameters),
    };
    let endpoints = (1..).zip(&case.endpoints).map(endpoint).collect();
    Rc::new(Snapshot { service: service.to_owned(), endpoints })
}

/// The live numbers that the case gives its providers.
struct Numbers(Vec<case::Endpoint>);

impl Numbers {
    fn at(&self, index: u32) -> Option<&case::Endpoint> {
        self.0.get(index as usize)
    }
}

impl EndpointStats for Numbers {
    fn active(&self, index: u32) -> u32 {
        self.at(index).map_or(0, |one| one.active)
    }

    fn latency(&self, index: u32) -> u32 {
        self.at(index).map_or(0, |one| one.latency)
    }

    fn available(&self, index: u32) -> bool {
        self.at(index).is_some_and(|one| one.available)
    }
}
