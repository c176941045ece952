//! The one noun every floor passes on: something that can be called.

use futures_util::future::LocalBoxFuture;

use crate::error::RpcError;
use crate::invocation::Invocation;
use crate::reply::Reply;

/// Something that can be called: a provider, a cluster of them, a filter around one.
///
/// Lives on one worker. Dropping the future ends the call and leaves nothing of it behind.
pub trait Invoker {
    /// Makes the call. Ends at the call's deadline at the latest.
    ///
    /// # Errors
    /// Everything that is not an answer of the method itself; see [`RpcError`].
    fn invoke<'a>(&'a self, call: &'a Invocation<'a>) -> LocalBoxFuture<'a, Result<Reply, RpcError>>;

    /// Whether a call made now is expected to reach a provider.
    fn is_available(&self) -> bool;

    /// Finds out again whether calls reach the provider, connecting if need be. Asked from the background for an
    /// invoker that was found unavailable, never on a call's path.
    fn recheck(&self) -> LocalBoxFuture<'_, bool> {
        Box::pin(std::future::ready(self.is_available()))
    }
}
