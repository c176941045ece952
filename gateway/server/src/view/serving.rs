//! A service in this process: a plugin that is called like any provider, with no socket between.

use std::{
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use yumen_dubbo::{
    error::{ErrorKind, RpcError, Sent, Side, Status},
    invocation::Invocation,
    options::ReferenceOptions,
    reply::Reply,
};
use yumen_plugin_host::{Failure, words};

use super::{
    facts::Facts,
    outbound::{Below, Outgoing},
    seat::Seats,
};
use crate::{
    bridge::{Exported, Incoming, thrown},
    exchange::ended,
    snapshot::Service,
};

/// A plugin as the invoker of a service.
pub(super) struct InProcess {
    seats: Rc<Seats>,
    options: Arc<ReferenceOptions>,
    exported: Option<Arc<Exported>>,
    outbound: Rc<Outgoing>,
}

impl InProcess {
    pub(super) fn new(seats: Rc<Seats>, service: &Service, outbound: Rc<Outgoing>) -> Self {
        Self { seats, options: Arc::clone(&service.options), exported: service.exported.clone(), outbound }
    }

    /// Makes the call; it ends at the call's deadline at the latest, and before it where a timeout is set.
    pub(super) async fn invoke(&self, call: &Invocation<'_>) -> Result<Reply, RpcError> {
        let now = Instant::now();
        if call.deadline <= now {
            return Err(failed(ErrorKind::Deadline, "there was no time left for the plugin"));
        }
        let timeout = call.method.timeout.or(self.options.timeout).unwrap_or(Duration::MAX);
        let within = now.checked_add(timeout).map_or(call.deadline, |end| end.min(call.deadline));
        let call = &Invocation { deadline: within, ..*call };
        let facts = Facts::of(call, &self.options.key);
        let seat = self.seats.choose(|name| facts.property(name)).ok_or_else(|| nobody(&self.seats.name))?;
        let exported = self.exported.as_ref().ok_or_else(|| nobody(&self.seats.name))?;
        let mut incoming = exported.call(call.method, call.arguments)?;
        let invocation = self.invocation(call, &mut incoming);
        let descent = facts.descent();
        let visit = facts.visit(Below::new(self.outbound.clone(), descent.clone()), Some(descent.side_calls));
        let limit = tokio::time::Instant::from_std(call.deadline);
        let served = tokio::time::timeout_at(limit, seat.pool.invoke(&visit, &invocation)).await;
        match served {
            Err(_) => Err(failed(ErrorKind::Deadline, "the plugin did not answer in time")),
            Ok(Ok(Ok(result))) => incoming.reply(&result),
            Ok(Ok(Err(words::RpcError { exception_class: Some(class), message, .. }))) => Ok(thrown(&class, &message)),
            Ok(Ok(Err(error))) => Err(ended(error)),
            Ok(Err(failure)) => {
                seat.tell(&failure);
                Err(failed(kind_of(&failure), "the plugin failed"))
            }
        }
    }

    fn invocation(&self, call: &Invocation<'_>, incoming: &mut Incoming<'_>) -> words::Invocation {
        let left = call.deadline.saturating_duration_since(Instant::now()).as_millis();
        words::Invocation {
            service: self.options.key.interface.to_string(),
            method: incoming.method().to_owned(),
            parameter_types: incoming.parameter_types().map(str::to_owned).collect(),
            arguments: std::mem::take(&mut incoming.arguments),
            attachments: call.attachments.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
            timeout_ms: u32::try_from(left).unwrap_or(u32::MAX),
        }
    }
}

fn kind_of(failure: &Failure) -> ErrorKind {
    match failure {
        Failure::Timeout => ErrorKind::Timeout,
        Failure::Exhausted => ErrorKind::Busy,
        _ => ErrorKind::Provider(Status::ServerError),
    }
}

fn nobody(plugin: &str) -> RpcError {
    failed(ErrorKind::NoProvider, &format!("no version of plugin {plugin:?} serves"))
}

fn failed(kind: ErrorKind, message: &str) -> RpcError {
    RpcError::new(kind, Side::Provider, Sent::Maybe, message)
}
