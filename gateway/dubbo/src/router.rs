//! Routers narrow the providers of a call before one is chosen.
//!
//! Order as in Dubbo: the chain runs between [`Directory::list`](crate::directory::Directory::list) and the load
//! balancer, again before every retry. The chain is the caller's: whoever builds a reference brings its routers.

use std::rc::Rc;

use crate::directory::Candidates;
use crate::error::RpcError;
use crate::invocation::Invocation;

/// Keeps some of the providers. Lives on one worker.
pub trait Router {
    /// The providers that may take the call; an empty list means that none may. Hand back the same list when
    /// nothing is left out, and the same one for the same choice: what a list costs to make, and what balancers keep of
    /// it, is then paid once.
    ///
    /// # Errors
    /// How the call ends instead, nobody being asked.
    fn route(&self, candidates: Rc<Candidates>, call: &Invocation<'_>) -> Result<Rc<Candidates>, RpcError>;
}

/// Routers one after another; an empty chain costs nothing.
#[derive(Default)]
pub struct RouterChain(Vec<Box<dyn Router>>);

impl RouterChain {
    /// A chain that runs in the order given.
    pub fn new(routers: Vec<Box<dyn Router>>) -> Self {
        Self(routers)
    }

    /// What the last router leaves.
    ///
    /// # Errors
    /// What the first router said that ended the call.
    pub fn route(&self, candidates: Rc<Candidates>, call: &Invocation<'_>) -> Result<Rc<Candidates>, RpcError> {
        self.0.iter().try_fold(candidates, |candidates, router| router.route(candidates, call))
    }
}
