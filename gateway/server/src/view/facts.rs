//! What routers and balancers may know of a call: the exchange that it came from, or what a plugin said that made it.

use std::{any::Any, rc::Rc, time::Instant};

use yumen_plugin_host::{
    Exchange as Seen, Outbound, Visit,
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
}

/// What is known of a call.
pub(super) enum Facts {
    Exchange(Rc<Exchange>),
    Side(Rc<SideCall>),
    /// The call came from nowhere that tells anything.
    Nothing,
}

impl Facts {
    /// What the context of a call holds.
    pub(super) fn of(context: Option<&Rc<dyn Any>>) -> Self {
        let Some(context) = context else { return Self::Nothing };
        match Rc::downcast(Rc::clone(context)) {
            Ok(exchange) => Self::Exchange(exchange),
            Err(context) => Rc::downcast(context).map_or(Self::Nothing, Self::Side),
        }
    }

    /// The values that a plugin wants, in its order.
    pub(super) fn values(&self, wanted: &[Wanted]) -> Vec<Option<String>> {
        match self {
            Self::Exchange(exchange) => wanted.iter().map(|wanted| exchange.value(wanted)).collect(),
            Self::Side(side) => wanted.iter().map(|wanted| side.value(wanted)).collect(),
            Self::Nothing => vec![None; wanted.len()],
        }
    }

    /// What canaries tell calls apart by.
    pub(super) fn property(&self, name: &str) -> Option<String> {
        match self {
            Self::Exchange(exchange) => exchange.property(name),
            Self::Side(side) => side.property(name),
            Self::Nothing => None,
        }
    }

    /// A visit of a plugin to the call.
    pub(super) fn visit(&self, outbound: Rc<dyn Outbound>) -> Visit {
        match self {
            Self::Exchange(exchange) => Visit::new(exchange.clone(), outbound),
            Self::Side(side) => Visit::new(side.clone(), outbound),
            Self::Nothing => Visit::new(Rc::new(Unknown), outbound),
        }
    }
}

impl SideCall {
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

/// A call of which nothing is known.
struct Unknown;

impl Seen for Unknown {
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
        Instant::now() + std::time::Duration::from_secs(1)
    }
}
