//! Failover: another provider is tried when the error allows it (dubbo `FailoverClusterInvoker`).
//!
//! Before each retry the list is taken and routed anew, and providers tried already are avoided. Two things differ
//! from Java, both on the side of caution: what may have reached a provider is repeated only for idempotent methods
//! ([`RpcError::may_retry`]); and an attempt that provably never left does not use up a retry while another provider
//! is left, so that a call does not fail on dead endpoints beside a living one.

use std::rc::Rc;
use std::time::Instant;

use futures_util::future::LocalBoxFuture;

use super::{Selector, attempt};
use crate::directory::Member;
use crate::error::{RpcError, Sent};
use crate::invocation::Invocation;
use crate::invoker::Invoker;
use crate::reply::Reply;

/// Up to `retries + 1` attempts within the call's deadline.
pub struct Failover {
    selector: Selector,
}

impl Failover {
    /// The policy over the selector's providers.
    pub fn new(selector: Selector) -> Self {
        Self { selector }
    }

    /// Everything after a first attempt that failed.
    async fn retry(&self, call: &Invocation<'_>, first: Rc<Member>, error: RpcError) -> Result<Reply, RpcError> {
        let mut left = self.selector.options.retries_of(call.method, &first.provider);
        let mut tried = vec![first];
        let mut error = error;
        loop {
            let free = error.sent == Sent::Never && self.selector.has_untried(call, &tried);
            if !error.may_retry(call.method.idempotent) || !(free || left > 0) || Instant::now() >= call.deadline {
                return Err(after(error, tried.len()));
            }
            left -= u32::from(!free);
            let Ok(member) = self.selector.select(call, &tried) else {
                return Err(after(error, tried.len()));
            };
            match attempt(&self.selector, &member, call).await {
                Ok(reply) => return Ok(reply),
                Err(next) => error = next,
            }
            tried.push(member);
        }
    }
}

impl Invoker for Failover {
    fn invoke<'a>(&'a self, call: &'a Invocation<'a>) -> LocalBoxFuture<'a, Result<Reply, RpcError>> {
        Box::pin(async move {
            let member = self.selector.select(call, &[])?;
            match attempt(&self.selector, &member, call).await {
                Ok(reply) => Ok(reply),
                // Boxed apart, so that a call which needs no retry carries none of it.
                Err(error) => Box::pin(self.retry(call, member, error)).await,
            }
        })
    }

    fn is_available(&self) -> bool {
        self.selector.is_available()
    }
}

/// Says how often was tried, when that was more than once.
fn after(mut error: RpcError, attempts: usize) -> RpcError {
    if attempts > 1 {
        error.message = format!("{} (the last of {attempts} attempts)", error.message);
    }
    error
}
