//! What routers, balancers and services may know of a call: what it says itself, and the exchange that it came from or what a
//! plugin said that made it.

use std::{any::Any, rc::Rc, time::Instant};

use yumen_dubbo::{invocation::Invocation, service_key::ServiceKey};
use yumen_plugin_host::{
    Exchange as Seen, Outbound, SideCalls, Visit,
    words::{Call, Fields, Outcome, Side},
};

use crate::{exchange::Exchange, snapshot::Wanted};

/// A call that a plugin makes.
pub(super) struct SideCall {
    pub(super) call: Call,
    pub(super) attachments: Fields,
    /// JSON array.
    pub(super) arguments: String,
    pub(super) deadline: Instant,
    pub(super) descent: Descent,
}

/// Where a call stands among calls that plugins made, each to answer the one before it.
#[derive(Clone, Default)]
pub(super) struct Descent {
    /// Such calls up to and with this one; 0: a request made it.
    pub(super) depth: u32,
    /// Side calls that were made by services for the same first call.
    pub(super) side_calls: SideCalls,
}

/// What is known of a call.
pub(super) struct Facts<'a> {
    call: &'a Invocation<'a>,
    key: &'a ServiceKey,
    origin: Origin<'a>,
}

enum Origin<'a> {
    Exchange(&'a Exchange),
    Side(&'a SideCall),
    /// Nobody wanted it to be told.
    Untold,
}

impl<'a> Facts<'a> {
    /// What is known of this call of the service that `key` names.
    pub(super) fn of(call: &'a Invocation<'a>, key: &'a ServiceKey) -> Self {
        let origin = match call.context.map(|context| &**context) {
            None => Origin::Untold,
            Some(context) => match context.downcast_ref() {
                Some(exchange) => Origin::Exchange(exchange),
                None => context.downcast_ref().map_or(Origin::Untold, Origin::Side),
            },
        };
        Self { call, key, origin }
    }

    /// Lends one value that a plugin wants; what the call itself tells is not copied.
    pub(super) fn with<R>(&self, wanted: &Wanted, look: impl FnOnce(Option<&str>) -> R) -> R {
        match (wanted, &self.origin) {
            (Wanted::Service, _) => look(Some(&self.key.interface)),
            (Wanted::Group, _) => look(self.key.group.as_deref()),
            (Wanted::Version, _) => look(self.key.version.as_deref()),
            (Wanted::JavaMethod, _) => look(Some(&self.call.method.invoked_name)),
            (Wanted::Attachment(name), _) => {
                let found = self.call.attachments.iter().find(|(known, _)| **known == **name);
                look(found.map(|(_, value)| &**value))
            }
            (Wanted::Field(name), Origin::Exchange(exchange)) => {
                let request = exchange.request();
                let value = request.parts.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
                look(value.as_deref())
            }
            (wanted, Origin::Exchange(exchange)) => look(exchange.value(wanted).as_deref()),
            (wanted, Origin::Side(side)) => look(side.value(wanted).as_deref()),
            (_, Origin::Untold) => look(None),
        }
    }

    /// The values that a plugin wants, in its order.
    pub(super) fn values(&self, wanted: &[Wanted]) -> Vec<Option<String>> {
        wanted.iter().map(|wanted| self.with(wanted, |value| value.map(str::to_owned))).collect()
    }

    /// What canaries tell calls apart by.
    pub(super) fn property(&self, name: &str) -> Option<String> {
        match &self.origin {
            Origin::Exchange(exchange) => exchange.property(name),
            Origin::Side(side) => side.property(name),
            Origin::Untold => None,
        }
    }

    /// Where the call stands among calls that plugins made.
    pub(super) fn descent(&self) -> Descent {
        match &self.origin {
            Origin::Side(side) => side.descent.clone(),
            Origin::Exchange(_) | Origin::Untold => Descent::default(),
        }
    }

    /// A visit of a plugin to the call; what it sends by itself goes through `outbound`, and counts together with `side_calls`.
    pub(super) fn visit(&self, outbound: Rc<dyn Outbound>, side_calls: Option<SideCalls>) -> Visit {
        let seen = self.seen();
        match side_calls {
            Some(side_calls) => Visit::sharing(side_calls, seen, outbound),
            None => Visit::new(seen, outbound),
        }
    }

    fn seen(&self) -> Rc<dyn Seen> {
        let untold = || Rc::new(Untold { deadline: self.call.deadline });
        let Some(context) = self.call.context else { return untold() };
        match Rc::downcast::<Exchange>(Rc::clone(context)) {
            Ok(exchange) => exchange,
            Err(context) => match Rc::downcast::<SideCall>(context) {
                Ok(side) => side,
                Err(_) => untold(),
            },
        }
    }
}

impl SideCall {
    /// Itself, as the context of a call.
    pub(super) fn context(self) -> Rc<dyn Any> {
        Rc::new(self)
    }

    fn value(&self, wanted: &Wanted) -> Option<String> {
        match wanted {
            Wanted::Attachment(name) => {
                self.attachments.iter().find(|(known, _)| **known == **name).map(|(_, value)| value.clone())
            }
            Wanted::Service => Some(self.call.service.clone()),
            Wanted::JavaMethod => Some(self.call.method.clone()),
            Wanted::Group => self.call.group.clone(),
            Wanted::Version => self.call.version.clone(),
            Wanted::Argument(index) => self.argument(u32::try_from(*index).ok()?),
            _ => None,
        }
    }
}

impl Seen for SideCall {
    fn field(&self, _side: Side, _name: &str) -> Option<String> {
        None
    }

    fn field_all(&self, _side: Side, _name: &str) -> Vec<String> {
        Vec::new()
    }

    fn all_fields(&self, _side: Side) -> Fields {
        Vec::new()
    }

    fn property(&self, name: &str) -> Option<String> {
        self.value(&Wanted::of_call(name))
    }

    fn call(&self) -> Option<Call> {
        Some(self.call.clone())
    }

    fn attachments(&self) -> Fields {
        self.attachments.clone()
    }

    fn arguments(&self) -> Option<String> {
        Some(self.arguments.clone())
    }

    fn argument(&self, index: u32) -> Option<String> {
        crate::bridge::element(&self.arguments, index as usize)
    }

    fn outcome(&self) -> Option<Outcome> {
        None
    }

    fn deadline(&self) -> Instant {
        self.deadline
    }
}

/// A call of which nobody was told where it comes from.
struct Untold {
    deadline: Instant,
}

impl Seen for Untold {
    fn field(&self, _side: Side, _name: &str) -> Option<String> {
        None
    }

    fn field_all(&self, _side: Side, _name: &str) -> Vec<String> {
        Vec::new()
    }

    fn all_fields(&self, _side: Side) -> Fields {
        Vec::new()
    }

    fn property(&self, _name: &str) -> Option<String> {
        None
    }

    fn call(&self) -> Option<Call> {
        None
    }

    fn attachments(&self) -> Fields {
        Vec::new()
    }

    fn arguments(&self) -> Option<String> {
        None
    }

    fn argument(&self, _index: u32) -> Option<String> {
        None
    }

    fn outcome(&self) -> Option<Outcome> {
        None
    }

    fn deadline(&self) -> Instant {
        self.deadline
    }
}
