//! What a plugin can see and reach while it serves. The server implements these traits; nothing here leaves the worker.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use futures_util::future::LocalBoxFuture;

use crate::words::{Call, CallError, CallRequest, Fields, HttpError, HttpRequest, HttpResponse, Outcome, Side};

/// What a plugin can see of an exchange, asked lazily: each method is one host function of `yumen:plugin/exchange`.
///
/// All answers are copies. What is not there (yet) is `None` or empty.
pub trait Exchange {
    /// The first field of this name, which is lower case. What is not UTF-8 shows U+FFFD.
    fn field(&self, side: Side, name: &str) -> Option<String>;
    /// Every value of this name.
    fn field_all(&self, side: Side, name: &str) -> Vec<String>;
    /// Every field, in the order of arrival.
    fn all_fields(&self, side: Side) -> Fields;
    /// `route.name`, `request.id`, `client.address`, `listener.name`, `tag.NAME`, and every name that a manifest's `wants` takes.
    fn property(&self, name: &str) -> Option<String>;
    /// The service call, once the request became one.
    fn call(&self) -> Option<Call>;
    /// The attachments of the call.
    fn attachments(&self) -> Fields;
    /// The arguments as a JSON array.
    fn arguments(&self) -> Option<String>;
    /// One argument as JSON text, counted from 0.
    fn argument(&self, index: u32) -> Option<String>;
    /// How the call ended, once it has.
    fn outcome(&self) -> Option<Outcome>;
    /// When the whole exchange must have ended. A callback still waiting then is dropped.
    fn deadline(&self) -> Instant;
}

/// Calls that a plugin makes while it serves; one for each worker.
///
/// Grants and budgets are judged before it is asked, and `timeout_ms` is already bounded by the exchange's deadline. It bounds responses
/// itself.
pub trait Outbound {
    /// Sends a request to a cluster of the configuration.
    fn http(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpResponse, HttpError>>;
    /// Calls a service of the configuration; the result is JSON text.
    fn dubbo(&self, request: CallRequest) -> LocalBoxFuture<'static, Result<String, CallError>>;
}

/// Live numbers of the endpoints of the list that is picked from, by their place in it. A place beyond the list's end answers 0 or `false`.
pub trait EndpointStats {
    /// Calls on their way.
    fn active(&self, index: u32) -> u32;
    /// A moving average of what calls took, in microseconds; 0 before one ended.
    fn latency(&self, index: u32) -> u32;
    /// Whether a call made now is expected to reach it.
    fn available(&self, index: u32) -> bool;
}

/// One exchange as its plugins share it: made once for each, lent to every phase of every plugin, dropped at its end.
#[derive(Clone)]
pub struct Visit(Rc<Inner>);

struct Inner {
    exchange: Rc<dyn Exchange>,
    outbound: Rc<dyn Outbound>,
    /// What it has in common with the visits that it came from and that come of it.
    shared: Option<SideCalls>,
    parts: RefCell<Vec<Part>>,
}

/// Side calls made so far, by version. Clones count together: given to the visits of calls that plugins make, the budget of a version
/// holds for all that comes of one call, and not for each step of it anew.
#[derive(Clone, Default)]
pub struct SideCalls(Rc<RefCell<Vec<(u64, u32)>>>);

impl SideCalls {
    fn spend(&self, version: u64, most: u32) -> bool {
        let mut made = self.0.borrow_mut();
        let place = made.iter().position(|(known, _)| *known == version).unwrap_or(made.len());
        if place == made.len() {
            made.push((version, 0));
        }
        let left = made[place].1 < most;
        made[place].1 += u32::from(left);
        left
    }
}

/// What one version has of this exchange.
struct Part {
    version: u64,
    side_calls: u32,
    /// With `isolation: fresh`, the instance that serves this exchange alone, between two phases.
    own: Option<Box<dyn Any>>,
}

impl Visit {
    /// A visit of plugins to this exchange.
    pub fn new(exchange: Rc<dyn Exchange>, outbound: Rc<dyn Outbound>) -> Visit {
        Visit(Rc::new(Inner { exchange, outbound, shared: None, parts: RefCell::default() }))
    }

    /// A visit that spends the side calls of others together with them.
    pub fn sharing(side_calls: SideCalls, exchange: Rc<dyn Exchange>, outbound: Rc<dyn Outbound>) -> Visit {
        Visit(Rc::new(Inner { exchange, outbound, shared: Some(side_calls), parts: RefCell::default() }))
    }

    pub(crate) fn exchange(&self) -> &dyn Exchange {
        &*self.0.exchange
    }

    pub(crate) fn outbound(&self) -> &dyn Outbound {
        &*self.0.outbound
    }

    /// Takes one of the side calls that the version may make; `false` when none is left.
    pub(crate) fn spend_side_call(&self, version: u64, most: u32) -> bool {
        if let Some(shared) = &self.0.shared {
            return shared.spend(version, most);
        }
        self.part(version, |part| {
            let left = part.side_calls < most;
            part.side_calls += u32::from(left);
            left
        })
    }

    /// Keeps the version's own instance until its next phase.
    pub(crate) fn keep(&self, version: u64, own: Box<dyn Any>) {
        self.part(version, |part| part.own = Some(own));
    }

    /// The version's own instance, if an earlier phase kept one.
    pub(crate) fn take(&self, version: u64) -> Option<Box<dyn Any>> {
        self.part(version, |part| part.own.take())
    }

    fn part<R>(&self, version: u64, with: impl FnOnce(&mut Part) -> R) -> R {
        let mut parts = self.0.parts.borrow_mut();
        if let Some(part) = parts.iter_mut().find(|part| part.version == version) {
            return with(part);
        }
        parts.push(Part { version, side_calls: 0, own: None });
        let last = parts.len() - 1;
        with(&mut parts[last])
    }
}
