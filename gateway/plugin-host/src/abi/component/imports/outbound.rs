//! `http-client` and `dubbo-client`: the guest waits on its fiber, the worker goes on.
//!
//! Grants, budgets and the request itself are judged here, so that what the server is asked for is allowed and well formed.

use std::time::Instant;

use futures_util::future::join_all;
use send_wrapper::SendWrapper;

use super::Room;
use super::ours::{dubbo_client, http_client};
use crate::exchange::Visit;
use crate::judge;
use crate::words::{CallError, CallRequest, HttpError, HttpRequest, HttpResponse};

/// Requests that one `send-all` may hold. The budget of side calls is smaller by default.
const AT_ONCE: usize = 64;

/// A side call on its way, on this worker's thread.
type OnItsWay<T> = SendWrapper<futures_util::future::LocalBoxFuture<'static, T>>;

impl Room {
    /// Who asks, if a side call may be made now at all.
    fn caller(&self) -> Result<Visit, String> {
        self.visit().ok_or_else(|| "side calls are made in exchanges, not while the plugin is made ready".to_owned())
    }

    fn spend_side_call(&self, visit: &Visit) -> bool {
        visit.spend_side_call(self.charter.serial, self.charter.limits.side_calls)
    }

    fn http(&self, mut request: HttpRequest) -> Result<OnItsWay<Result<HttpResponse, HttpError>>, HttpError> {
        let visit = self.caller().map_err(HttpError::Transport)?;
        if !self.charter.grants.clusters.contains(&request.cluster) {
            return Err(HttpError::Denied);
        }
        judge::request(&mut request).map_err(HttpError::Invalid)?;
        if u64::try_from(request.body.len()).is_ok_and(|size| size > self.charter.limits.body) {
            return Err(HttpError::TooLarge);
        }
        request.timeout_ms = within(&visit, request.timeout_ms).ok_or(HttpError::Timeout)?;
        if !self.spend_side_call(&visit) {
            return Err(HttpError::Budget);
        }
        Ok(SendWrapper::new(visit.outbound().http(request)))
    }

    fn dubbo(&self, mut request: CallRequest) -> Result<OnItsWay<Result<String, CallError>>, CallError> {
        let visit = self.caller().map_err(CallError::Invalid)?;
        if !self.charter.grants.services.contains(&request.service) {
            return Err(CallError::Denied);
        }
        judge::arguments(&request.arguments).map_err(CallError::Invalid)?;
        judge::attachments(&request.attachments).map_err(CallError::Invalid)?;
        request.timeout_ms = within(&visit, request.timeout_ms).ok_or(CallError::Budget)?;
        if !self.spend_side_call(&visit) {
            return Err(CallError::Budget);
        }
        Ok(SendWrapper::new(visit.outbound().dubbo(request)))
    }
}

/// The timeout that is asked for, 0 meaning any, bounded by the exchange's deadline; `None` when that has passed.
fn within(visit: &Visit, asked: u32) -> Option<u32> {
    let left = visit.exchange().deadline().saturating_duration_since(Instant::now());
    let left = u32::try_from(left.as_millis()).unwrap_or(u32::MAX);
    let timeout = if asked == 0 { left } else { asked.min(left) };
    (timeout > 0).then_some(timeout)
}

async fn arrive<T, E>(on_its_way: Result<OnItsWay<Result<T, E>>, E>) -> Result<T, E> {
    match on_its_way {
        Ok(call) => call.await,
        Err(error) => Err(error),
    }
}

impl http_client::Host for Room {
    async fn send(&mut self, request: HttpRequest) -> wasmtime::Result<Result<HttpResponse, HttpError>> {
        self.spend_call()?;
        let call = self.http(request);
        Ok(arrive(call).await)
    }

    async fn send_all(&mut self, requests: Vec<HttpRequest>) -> wasmtime::Result<Vec<Result<HttpResponse, HttpError>>> {
        self.spend_call()?;
        if requests.len() > AT_ONCE {
            return Ok(requests.iter().map(|_| Err(HttpError::Budget)).collect());
        }
        let calls: Vec<_> = requests.into_iter().map(|request| arrive(self.http(request))).collect();
        Ok(join_all(calls).await)
    }
}

impl dubbo_client::Host for Room {
    async fn invoke(&mut self, invocation: CallRequest) -> wasmtime::Result<Result<String, CallError>> {
        self.spend_call()?;
        let call = self.dubbo(invocation);
        Ok(arrive(call).await)
    }
}
