//! The Dubbo2 protocol: one provider as an [`Invoker`] over the pool's connections.
//!
//! ```text
//!  Invocation ─▶ timeout of the attempt ─▶ connection ─▶ body written into its outbox ─▶ Waiter
//!  Reply ◀── status and tag read ◀─────────────────────────────────── frame ◀──────────────┘
//! ```

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::LocalBoxFuture;

use crate::body::hessian2::{Envelope, Identity};
use crate::body::read_reply;
use crate::error::{ErrorKind, RpcError, Sent, Side};
use crate::exchange::client::Client;
use crate::exchange::{DEFAULT_HEARTBEAT, ExchangeOptions};
use crate::instances::Provider;
use crate::invocation::{Invocation, Method};
use crate::invoker::Invoker;
use crate::options::{DEFAULT_TIMEOUT, ReferenceOptions};
use crate::pool::{Endpoint, EndpointOptions, Pool};
use crate::reply::Reply;

/// Limit of a look at an endpoint from the background.
const RECHECK_WITHIN: Duration = Duration::from_secs(1);

/// One provider of one service, called over the Dubbo2 protocol with hessian2.
#[derive(Debug)]
pub struct DubboInvoker {
    provider: Arc<Provider>,
    endpoint: Rc<Endpoint>,
    envelope: Envelope,
    /// Timeout of methods that name none; None: the provider has timeouts for single methods.
    timeout: Option<Duration>,
}

impl DubboInvoker {
    /// An invoker for `provider`. Connects when first called.
    pub fn new(provider: Arc<Provider>, options: &ReferenceOptions, pool: &Pool) -> Self {
        let endpoint = pool.endpoint(&provider.host, provider.port, &endpoint_options(options, &provider));
        let interface = match &*options.key.interface {
            "*" => provider.url.service_interface(),
            interface => interface,
        };
        let envelope = Envelope::new(&Identity {
            interface,
            path: &provider.path,
            version: provider.version.as_deref(),
            group: provider.group.as_deref(),
            token: provider.token.as_deref(),
            application: &options.application,
        });
        let timeout = options.timeout.or_else(|| timeout_of_all_methods(&provider));
        Self { provider, endpoint, envelope, timeout }
    }

    /// The provider that is called.
    pub fn provider(&self) -> &Arc<Provider> {
        &self.provider
    }

    fn timeout_of(&self, method: &Method) -> Duration {
        let known = method.timeout.or(self.timeout);
        known.or_else(|| self.provider.timeout(&method.invoked_name)).unwrap_or(DEFAULT_TIMEOUT)
    }

    async fn call(&self, call: &Invocation<'_>) -> Result<Reply, RpcError> {
        let now = Instant::now();
        let until = call.deadline.min(now + self.timeout_of(call.method));
        if until <= now {
            let message = "no time left to call a provider";
            return Err(RpcError::new(ErrorKind::Deadline, Side::Consumer, Sent::Never, message));
        }
        self.attempt(call, now, until).await.map_err(|mut error| {
            if error.kind == ErrorKind::Timeout && until == call.deadline {
                error.kind = ErrorKind::Deadline;
            }
            error
        })
    }

    async fn attempt(&self, call: &Invocation<'_>, now: Instant, until: Instant) -> Result<Reply, RpcError> {
        let (client, now) = match self.endpoint.ready() {
            Some(client) => (client, now),
            // Boxed, so that a call which finds a connection does not carry the room for waiting.
            None => (Box::pin(self.endpoint.client(until)).await?, Instant::now()),
        };
        self.exchange(client, call, now, until).await
    }

    async fn exchange(
        &self,
        client: Rc<Client>,
        call: &Invocation<'_>,
        now: Instant,
        until: Instant,
    ) -> Result<Reply, RpcError> {
        let write = |out: &mut Vec<u8>| self.envelope.write(call, until.saturating_duration_since(now), out);
        if call.method.one_way {
            return client.send(now, write).map(|()| Reply::null());
        }
        let waiter = client.call(now, until, write)?;
        drop(client); // the waiter holds what it needs
        let frame = waiter.await?;
        read_reply(frame).map_err(|error| self.named(error))
    }

    /// The same error with the provider's address before its text.
    #[cold]
    fn named(&self, mut error: RpcError) -> RpcError {
        error.message = format!("{}: {}", self.endpoint.address(), error.message);
        error
    }
}

impl Invoker for DubboInvoker {
    fn invoke<'a>(&'a self, call: &'a Invocation<'a>) -> LocalBoxFuture<'a, Result<Reply, RpcError>> {
        Box::pin(self.call(call))
    }

    fn is_available(&self) -> bool {
        self.endpoint.is_available()
    }

    /// Connects now, if the endpoint is down, whatever its own pause.
    fn recheck(&self) -> LocalBoxFuture<'_, bool> {
        Box::pin(async {
            let _ = self.endpoint.client(Instant::now() + RECHECK_WITHIN).await; // what came of it is seen below
            self.endpoint.is_available()
        })
    }
}

fn endpoint_options(options: &ReferenceOptions, provider: &Provider) -> EndpointOptions {
    EndpointOptions {
        connections: options.connections.max(1),
        connect_timeout: options.connect_timeout,
        exchange: ExchangeOptions {
            payload: options.payload,
            heartbeat: options.heartbeat.or_else(|| provider.heartbeat()).unwrap_or(DEFAULT_HEARTBEAT),
            ..ExchangeOptions::default()
        },
        ..EndpointOptions::default()
    }
}

/// The timeout that a provider's URL names, unless it names one for a single method.
fn timeout_of_all_methods(provider: &Provider) -> Option<Duration> {
    let single = |key: &String| key.strip_suffix(".timeout").is_some_and(|method| method != "default");
    if provider.url.parameters.keys().any(single) {
        return None;
    }
    provider.timeout("").or(Some(DEFAULT_TIMEOUT))
}
