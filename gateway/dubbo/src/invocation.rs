//! One call, as every floor of the consumer's side passes it on.

use std::any::Any;
use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::instances::Provider;

/// A method of a service, as the wire names it, with what governs its calls. Built once per route
/// or contract, shared by all calls of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// Name on the wire; `$invoke` for a generic call.
    pub name: Box<str>,
    /// JVM descriptors of the parameters, one after another: `Ljava/lang/String;I`. A provider finds
    /// its method by name and this exact text.
    pub descriptor: Box<str>,
    /// The method may be executed twice without harm.
    pub idempotent: bool,
    /// No reply is wanted: the call ends when it is queued for the socket.
    pub one_way: bool,
    /// Timeout of one attempt; left out: the reference's.
    pub timeout: Option<Duration>,
    /// Further attempts after the first; left out: the reference's.
    pub retries: Option<u32>,
    /// The method that is meant: differs from `name` only when that is `$invoke`.
    pub invoked_name: Box<str>,
}

impl Method {
    /// A two-way method with the reference's timeout and retries, not known to be idempotent.
    pub fn new(name: &str, descriptor: &str) -> Self {
        Self {
            name: name.into(),
            descriptor: descriptor.into(),
            idempotent: false,
            one_way: false,
            timeout: None,
            retries: None,
            invoked_name: name.into(),
        }
    }
}

/// One call. Borrows all it holds, so that passing it on and trying again costs nothing.
#[derive(Debug, Clone, Copy)]
pub struct Invocation<'a> {
    /// What to call.
    pub method: &'a Method,
    /// The arguments as hessian2 values, one after another, as many as the descriptor names, all
    /// written by one writer: classes and references are numbered from the first of them.
    pub arguments: &'a [u8],
    /// Request attachments beside those that the protocol itself sends. The protocol's own keys
    /// (`path`, `interface`, `version`, `group`, `token`, `timeout`, `remote.application`) are ignored here.
    pub attachments: &'a [(Cow<'a, str>, Cow<'a, str>)],
    /// When the whole call, with all its attempts, must have ended.
    pub deadline: Instant,
    /// Where the provider of each attempt is noted, for those who want to know.
    pub chosen: Option<&'a Chosen>,
    /// What the caller knows of the call beyond this, for routers, balancers and invokers of its own, which know its type.
    /// Nothing in this crate looks at it.
    pub context: Option<&'a Rc<dyn Any>>,
}

/// The provider that a call was last sent to.
#[derive(Debug, Default)]
pub struct Chosen(RefCell<Option<Arc<Provider>>>);

impl Chosen {
    /// An attempt goes to this provider.
    pub fn note(&self, provider: &Arc<Provider>) {
        *self.0.borrow_mut() = Some(Arc::clone(provider));
    }

    /// `host:port` of the last attempt; nothing when no provider was chosen.
    pub fn address(&self) -> Option<String> {
        self.0.borrow().as_ref().map(|provider| provider.address())
    }
}
