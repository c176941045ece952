//! The callbacks of filters and services.

use super::{Instance, Pool};
use crate::exchange::Visit;
use crate::failure::Failure;
use crate::judge::{self, Phase};
use crate::words::{Invocation, Piece, Protocol, RpcError, Side, Verdict};

impl Pool {
    /// The request's head came. `wanted` holds the values of the manifest's `request-wants`, in its order.
    ///
    /// # Errors
    /// A [`Failure`] ends the plugin's part in this phase; what then happens is [`crate::Version::on_failure`]'s to say. So with all phases.
    pub async fn on_request(
        &self,
        visit: &Visit,
        protocol: Protocol,
        wanted: &[Option<&str>],
    ) -> Result<Verdict, Failure> {
        let ask = |guest: &Instance| guest.on_request(protocol, wanted);
        self.serve("on-request", visit, ask, |(verdict,)| self.judged(verdict, Phase::Request)).await
    }

    /// A body, or a piece of one, of at most `limits.body` bytes.
    pub async fn on_body(
        &self,
        visit: &Visit,
        side: Side,
        bytes: &[u8],
        last: bool,
        state: u64,
    ) -> Result<Piece, Failure> {
        let ask = |guest: &Instance| guest.on_body(side, bytes, last, state);
        self.serve("on-body", visit, ask, |(piece,)| judge::piece(piece, self.core.charter.limits.body)).await
    }

    /// The call is about to leave. `wanted` holds the values of `call-wants`.
    pub async fn on_call(&self, visit: &Visit, wanted: &[Option<&str>], state: u64) -> Result<Verdict, Failure> {
        let ask = |guest: &Instance| guest.on_call(wanted, state);
        self.serve("on-call", visit, ask, |(verdict,)| self.judged(verdict, Phase::Call)).await
    }

    /// The call ended, well or not.
    pub async fn on_outcome(&self, visit: &Visit, ok: bool, state: u64) -> Result<Verdict, Failure> {
        let ask = |guest: &Instance| guest.on_outcome(ok, state);
        self.serve("on-outcome", visit, ask, |(verdict,)| self.judged(verdict, Phase::Outcome)).await
    }

    /// The response's head is about to leave. `wanted` holds the values of `response-wants`.
    pub async fn on_response(
        &self,
        visit: &Visit,
        status: u16,
        wanted: &[Option<&str>],
        state: u64,
    ) -> Result<Verdict, Failure> {
        let ask = |guest: &Instance| guest.on_response(status, wanted, state);
        self.serve("on-response", visit, ask, |(verdict,)| self.judged(verdict, Phase::Response)).await
    }

    /// The exchange is over.
    pub async fn on_end(&self, visit: &Visit, status: u16, microseconds: u64, state: u64) -> Result<(), Failure> {
        let ask = |guest: &Instance| guest.on_end(status, microseconds, state);
        self.serve("on-end", visit, ask, Ok).await
    }

    /// A call of a service that the plugin is. The inner result is the service's own.
    pub async fn invoke(&self, visit: &Visit, invocation: &Invocation) -> Result<Result<String, RpcError>, Failure> {
        self.serve(
            "invoke",
            visit,
            |guest: &Instance| guest.invoke(invocation),
            |(result,)| {
                match &result {
                    Ok(text) => judge::json(text, "the result")?,
                    Err(error) => judge::rpc_error(error)?,
                }
                Ok(result)
            },
        )
        .await
    }

    fn judged(&self, verdict: Verdict, phase: Phase) -> Result<Verdict, String> {
        judge::verdict(verdict, phase, || self.core.charter.limits.body)
    }
}
