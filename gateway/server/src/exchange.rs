//! One request as plugins see it, from its head to its end: whatever they ask is looked up here, and nothing is worked out
//! that nobody asks for.
//!
//! ```text
//!  HttpRequest ─▶ Exchange ─┬─ request: fields, path, client        from the start
//!                           ├─ call: attachments, arguments         once the request became one
//!                           ├─ outcome: what the provider said      once it ended
//!                           └─ response: status, fields             before it leaves
//! ```
//! It belongs to one request on one worker. What it lends it lends for a moment: nothing is held over a wait, so that the
//! filters' edits always find it free.

mod outcome;
mod seen;

use std::{
    borrow::Cow,
    cell::{Cell, Ref, RefCell, RefMut},
    rc::Rc,
    time::Instant,
};

use http::{HeaderMap, StatusCode, Version};
use yumen_dubbo::{error::RpcError, reply::Reply};
use yumen_plugin_host::words::Protocol;

use crate::{
    bridge::Plan,
    listener::HttpRequest,
    snapshot::{Action, Held, Service},
};

pub(crate) use outcome::ended;
pub use outcome::{ended_of, error_of, outcome_of};
pub use seen::Text;

/// How a call ended: with a reply, or a result that a plugin put in its place, or an error.
pub type Ended = Result<Outcome, RpcError>;

/// What a call ended with.
#[derive(Debug)]
pub enum Outcome {
    /// What the provider answered.
    Reply(Reply),
    /// A result as JSON, by a plugin.
    Json(Box<str>),
}

/// A call that is about to leave.
#[derive(Debug, Default)]
pub struct Departure {
    /// Its arguments, hessian2.
    pub arguments: Vec<u8>,
    /// Its attachments.
    pub attachments: Vec<(Cow<'static, str>, Cow<'static, str>)>,
}

impl Departure {
    /// Takes the attachments of this name out.
    pub fn remove(&mut self, name: &str) {
        self.attachments.retain(|(known, _)| known != name);
    }
}

/// The head of a response.
#[derive(Debug, Default)]
pub struct Head {
    /// Status.
    pub status: StatusCode,
    /// Fields.
    pub headers: HeaderMap,
}

/// One request and all that became of it.
pub struct Exchange {
    snapshot: Rc<Held>,
    listener: Rc<str>,
    request: RefCell<HttpRequest>,
    route: Cell<Option<usize>>,
    tags: RefCell<Vec<(String, String)>>,
    call: RefCell<Option<Rc<Departure>>>,
    outcome: RefCell<Option<Ended>>,
    response: RefCell<Option<Head>>,
    deadline: Instant,
}

impl Exchange {
    /// A request that came in through this listener.
    pub fn new(snapshot: Rc<Held>, listener: Rc<str>, request: HttpRequest) -> Rc<Self> {
        let deadline = request.deadline();
        Rc::new(Self {
            snapshot,
            listener,
            request: RefCell::new(request),
            route: Cell::new(None),
            tags: RefCell::default(),
            call: RefCell::default(),
            outcome: RefCell::default(),
            response: RefCell::default(),
            deadline,
        })
    }

    /// The request's head, as filters have left it. To be let go before anything is waited for.
    pub fn request(&self) -> Ref<'_, HttpRequest> {
        self.request.borrow()
    }

    /// The request's head, to be changed.
    pub fn request_mut(&self) -> RefMut<'_, HttpRequest> {
        self.request.borrow_mut()
    }

    /// How the request came in.
    pub fn protocol(&self) -> Protocol {
        match self.request.borrow().parts.version {
            Version::HTTP_2 => Protocol::Http2,
            _ => Protocol::Http1,
        }
    }

    /// The request found its route.
    pub fn set_route(&self, route: usize) {
        self.route.set(Some(route));
    }

    /// The route, once it is known.
    pub fn action(&self) -> Option<&Action> {
        self.snapshot.actions.get(self.route.get()?)
    }

    /// The service that the route calls.
    pub fn service(&self) -> Option<&Service> {
        self.snapshot.services.get(self.action()?.service)
    }

    fn plan(&self) -> Option<&Plan> {
        self.action()?.plan.as_ref()
    }

    /// The call as it would leave now.
    pub fn departure(&self) -> Option<Rc<Departure>> {
        self.call.borrow().clone()
    }

    /// The request became this call, or the call became another.
    pub fn set_departure(&self, call: Departure) {
        self.call.replace(Some(Rc::new(call)));
    }

    /// Takes the call out, if nobody else holds it.
    pub fn take_departure(&self) -> Option<Departure> {
        Rc::try_unwrap(self.call.take()?).ok()
    }

    /// The call ended.
    pub fn set_outcome(&self, outcome: Ended) {
        self.outcome.replace(Some(outcome));
    }

    /// How the call ended, to make an answer of.
    pub fn outcome_again(&self) -> Option<Ended> {
        self.outcome.borrow().as_ref().map(|outcome| match outcome {
            Ok(Outcome::Reply(reply)) => Ok(Outcome::Reply(reply.clone())),
            Ok(Outcome::Json(json)) => Ok(Outcome::Json(json.clone())),
            Err(error) => Err(RpcError::new(error.kind, error.side, error.sent, error.message.clone())),
        })
    }

    /// Whether the call ended with a result.
    pub fn is_ok(&self) -> bool {
        use yumen_dubbo::reply::ReplyKind::Exception;
        match &*self.outcome.borrow() {
            Some(Ok(Outcome::Reply(reply))) => reply.kind != Exception,
            Some(Ok(Outcome::Json(_))) => true,
            Some(Err(_)) | None => false,
        }
    }

    /// The response's head, while filters see it.
    pub fn response(&self) -> RefMut<'_, Option<Head>> {
        self.response.borrow_mut()
    }

    /// Notes something for later plugins; the last word under a name counts.
    pub fn tag(&self, name: String, value: String) {
        let mut tags = self.tags.borrow_mut();
        match tags.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => tags.push((name, value)),
        }
    }

    /// All notes.
    pub fn tags(&self) -> Ref<'_, [(String, String)]> {
        Ref::map(self.tags.borrow(), Vec::as_slice)
    }
}
