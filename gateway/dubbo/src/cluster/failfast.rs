//! Failfast: one attempt, and its error is the call's.

use futures_util::future::LocalBoxFuture;

use super::{Selector, attempt};
use crate::error::RpcError;
use crate::invocation::Invocation;
use crate::invoker::Invoker;
use crate::reply::Reply;

/// One attempt at an available provider.
pub struct Failfast {
    selector: Selector,
}

impl Failfast {
    /// The policy over the selector's providers.
    pub fn new(selector: Selector) -> Self {
        Self { selector }
    }
}

impl Invoker for Failfast {
    fn invoke<'a>(&'a self, call: &'a Invocation<'a>) -> LocalBoxFuture<'a, Result<Reply, RpcError>> {
        Box::pin(async move {
            let member = self.selector.select(call, &[])?;
            attempt(&self.selector, &member, call).await
        })
    }

    fn is_available(&self) -> bool {
        self.selector.is_available()
    }
}
