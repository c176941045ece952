//! What a call of a service goes to.

use std::{rc::Rc, sync::Arc};

use yumen_dubbo::{
    error::{ErrorKind, RpcError},
    invocation::Invocation,
    invoker::Invoker,
    load_balance,
    options::ReferenceOptions,
    pool::Pool,
    reference::Reference,
    reply::Reply,
    router::{Router, RouterChain},
};

use super::{
    balancing::PluginBalance, facts::Facts, outbound::Outgoing, routing::PluginRouter, seat::Seats, serving::InProcess,
};
use crate::{
    bridge::Problem,
    snapshot::{Service, ServicePlugins},
};

/// What answers the calls of a service.
pub struct Callee {
    kind: Kind,
    /// The plugins that stand around it, to tell whether another callee would be the same.
    around: Vec<Rc<Seats>>,
    /// Whether one of them looks at the request that a call came from.
    pub looks: bool,
    options: Arc<ReferenceOptions>,
}

enum Kind {
    /// Providers.
    Providers(Rc<Reference>),
    /// A plugin in this process.
    Process(InProcess),
}

impl Callee {
    /// What calls of the service go to; `known` called the same service in the same way before.
    pub(super) fn of(
        service: &Service,
        stands: &ServicePlugins,
        seats: &[Rc<Seats>],
        pool: &Rc<Pool>,
        outbound: &Rc<Outgoing>,
        known: Option<&Rc<Self>>,
    ) -> Rc<Self> {
        let seats_of =
            |places: &[usize]| -> Vec<Rc<Seats>> { places.iter().map(|place| Rc::clone(&seats[*place])).collect() };
        let routers = seats_of(&stands.routers);
        let balancer = stands.balancer.map(|place| Rc::clone(&seats[place]));
        let process = stands.service.map(|place| Rc::clone(&seats[place]));
        let around: Vec<Rc<Seats>> = routers.iter().chain(&balancer).chain(&process).cloned().collect();
        if let Some(known) = known.filter(|known| known.is_among(&around) && process.is_none()) {
            return Rc::clone(known);
        }
        let kind = match process {
            Some(seats) => Kind::Process(InProcess::new(seats, service, Rc::clone(outbound))),
            None => Kind::Providers(providers(service, routers, balancer, pool, outbound, known)),
        };
        Rc::new(Self { kind, around, looks: stands.looks, options: Arc::clone(&service.options) })
    }

    fn is_among(&self, around: &[Rc<Seats>]) -> bool {
        self.around.len() == around.len() && self.around.iter().zip(around).all(|(one, other)| Rc::ptr_eq(one, other))
    }

    /// Whether it wants to be told where a call comes from.
    pub(super) fn asks_whence(&self) -> bool {
        self.looks || self.is_here()
    }

    /// Whether a plugin in this process answers.
    pub(super) fn is_here(&self) -> bool {
        matches!(self.kind, Kind::Process(_))
    }

    /// Makes the call.
    ///
    /// # Errors
    /// As for [`Invoker::invoke`].
    pub async fn invoke(&self, call: &Invocation<'_>) -> Result<Reply, RpcError> {
        let outcome = match &self.kind {
            Kind::Providers(reference) => reference.invoke(call).await,
            Kind::Process(process) => Box::pin(process.invoke(call)).await,
        };
        if !self.around.is_empty() {
            self.answered(call, &outcome);
        }
        outcome
    }

    /// How the call ended counts for every version that had a part in it. That all are busy is the load's fault, not theirs.
    fn answered(&self, call: &Invocation<'_>, outcome: &Result<Reply, RpcError>) {
        let at_fault =
            |error: &RpcError| error.kind != ErrorKind::Busy && Problem::of(error).status().is_server_error();
        let error = outcome.as_ref().is_err_and(at_fault);
        let facts = Facts::of(call, &self.options.key);
        for seat in self.around.iter().filter_map(|seats| seats.choose(|name| facts.property(name))) {
            seat.pool.answered(error);
        }
    }
}

/// A reference to the service's providers: over the directory of the one before, if there was one.
fn providers(
    service: &Service,
    routers: Vec<Rc<Seats>>,
    balancer: Option<Rc<Seats>>,
    pool: &Rc<Pool>,
    outbound: &Rc<Outgoing>,
    known: Option<&Rc<Callee>>,
) -> Rc<Reference> {
    let options = &service.options;
    let directory = match known.map(|known| &known.kind) {
        Some(Kind::Providers(reference)) => Rc::clone(reference.directory()),
        _ => Reference::directory_of(options, Arc::clone(&service.instances), Rc::clone(pool)),
    };
    let key = &options.key;
    let router = |seats: Rc<Seats>| -> Box<dyn Router> { Box::new(PluginRouter::new(seats, key, Rc::clone(outbound))) };
    let routers = RouterChain::new(routers.into_iter().map(router).collect());
    let native = load_balance::build(options.load_balance);
    let balance = match balancer {
        Some(seats) => Box::new(PluginBalance::new(seats, key, native)),
        None => native,
    };
    Reference::over(Arc::clone(options), directory, routers, balance)
}
