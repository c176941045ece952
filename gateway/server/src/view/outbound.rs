//! What plugins send by themselves: requests to HTTP clusters, and calls of services as the gateway's own requests make them.

use std::{
    any::Any,
    borrow::Cow,
    cell::RefCell,
    collections::HashMap,
    rc::{Rc, Weak},
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::{LocalBoxFuture, ready};
use yumen_dubbo::{
    error::RpcError,
    invocation::Invocation,
    reply::{Reply, ReplyKind},
};
use yumen_plugin_host::{
    Outbound, words,
    words::{Call, CallError, CallRequest, HttpError, HttpRequest, HttpResponse, RpcCode},
};

use super::{
    View,
    cluster::Cluster,
    facts::{Descent, SideCall},
};
use crate::{
    bridge::{Plan, count, exception},
    exchange::error_of,
    snapshot::Snapshot,
};

/// Time for a call whose plugin names none.
const CALL_TIME: Duration = Duration::from_secs(5);
/// Calls that plugins make one below the other, each to answer the one before it. More are most likely a circle.
const MOST_DEPTH: u32 = 4;
/// Methods that a worker keeps compiled. More are forgotten all at once: no plugin calls so many.
const MOST_PLANS: usize = 1000;

/// What the plugins of one view send by themselves.
pub struct Outgoing {
    clusters: HashMap<Box<str>, Rc<Cluster>>,
    view: Weak<View>,
    plans: RefCell<HashMap<Wish, Option<Rc<Plan>>>>,
}

/// A method that a plugin calls: service, name, types, number of arguments.
type Wish = (usize, String, Vec<String>, usize);

impl Outgoing {
    /// What a view sends; connections of clusters that did not change are kept.
    pub(super) fn of(snapshot: &Arc<Snapshot>, view: Weak<View>, previous: Option<&Self>) -> Rc<Self> {
        let cluster = |config: &crate::config::HttpClusterConfig| {
            let known = previous.and_then(|previous| previous.clusters.get(&*config.name));
            let known = known.filter(|known| known.config() == config).cloned();
            (config.name.as_str().into(), known.unwrap_or_else(|| Cluster::new(config.clone())))
        };
        let clusters = snapshot.clusters.iter().map(cluster).collect();
        Rc::new(Self { clusters, view, plans: RefCell::default() })
    }

    fn call(&self, request: CallRequest, descent: Descent) -> LocalBoxFuture<'static, Result<String, CallError>> {
        match self.view.upgrade() {
            Some(view) => Box::pin(call(view, request, descent)),
            None => Box::pin(ready(Err(CallError::UnknownService))),
        }
    }

    /// The method that a plugin means.
    fn plan(&self, snapshot: &Snapshot, service: usize, request: &CallRequest) -> Result<Rc<Plan>, CallError> {
        let invalid = |what: &str| CallError::Invalid(what.to_owned());
        let count = count(&request.arguments).ok_or_else(|| invalid("the arguments are no JSON array"))?;
        let wish = (service, request.method.clone(), request.parameter_types.clone(), count);
        let mut plans = self.plans.borrow_mut();
        if plans.len() >= MOST_PLANS {
            plans.clear();
        }
        let plan = plans.entry(wish).or_insert_with(|| {
            let callable = snapshot.services[service].callable.as_ref()?;
            let types = (!request.parameter_types.is_empty()).then(|| request.parameter_types.clone());
            let contract = callable.contract.as_deref();
            Plan::for_call(&callable.config, contract, &request.method, types, count).map(Rc::new)
        });
        plan.clone().ok_or_else(|| {
            invalid("no method of that name takes so many arguments; parameter-types tells which is meant")
        })
    }
}

/// What a plugin sends that answers a call itself.
pub(super) struct Below {
    outgoing: Rc<Outgoing>,
    /// Of the call that it answers.
    descent: Descent,
}

impl Below {
    /// For the plugin that answers a call which stands there.
    pub(super) fn new(outgoing: Rc<Outgoing>, descent: Descent) -> Rc<Self> {
        Rc::new(Self { outgoing, descent })
    }
}

impl Outbound for Below {
    fn http(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpResponse, HttpError>> {
        self.outgoing.http(request)
    }

    fn dubbo(&self, request: CallRequest) -> LocalBoxFuture<'static, Result<String, CallError>> {
        self.outgoing.call(request, Descent { depth: self.descent.depth + 1, ..self.descent.clone() })
    }
}

impl Outbound for Outgoing {
    fn http(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpResponse, HttpError>> {
        match self.clusters.get(&*request.cluster) {
            Some(cluster) => Box::pin(Rc::clone(cluster).send(request)),
            None => Box::pin(ready(Err(HttpError::UnknownCluster))),
        }
    }

    fn dubbo(&self, request: CallRequest) -> LocalBoxFuture<'static, Result<String, CallError>> {
        self.call(request, Descent { depth: 1, ..Descent::default() })
    }
}

async fn call(view: Rc<View>, request: CallRequest, descent: Descent) -> Result<String, CallError> {
    if descent.depth > MOST_DEPTH {
        let message = format!("services of plugins call each other more than {MOST_DEPTH} deep");
        let error = words::RpcError { code: RpcCode::ClientError, exception_class: None, message };
        return Err(CallError::Rpc(error));
    }
    let services = &view.snapshot.services;
    let index = services.iter().position(|service| *service.name == *request.service);
    let index = index.ok_or(CallError::UnknownService)?;
    let plan = view.outbound.plan(&view.snapshot, index, &request)?;
    let mut arguments = Vec::new();
    plan.encode_arguments(&request.arguments, &mut arguments).map_err(CallError::Invalid)?;
    let time = Duration::from_millis(request.timeout_ms.into());
    let deadline = Instant::now() + if time.is_zero() { CALL_TIME } else { time };
    let attachments: Vec<(Cow<'_, str>, Cow<'_, str>)> =
        request.attachments.iter().map(|(name, value)| (Cow::from(name), Cow::from(value))).collect();
    let callee = Rc::clone(&view.callees[index]);
    let context = callee.asks_whence().then(|| context(&view, index, &plan, &request, deadline, descent));
    if callee.is_here() {
        // A guest that never waits would not let the worker go between one call and the next below it.
        tokio::task::yield_now().await;
    }
    let call = Invocation {
        method: plan.method(),
        arguments: &arguments,
        attachments: &attachments,
        deadline,
        chosen: None,
        context: context.as_ref(),
    };
    result(&plan, callee.invoke(&call).await)
}

fn context(
    view: &View,
    service: usize,
    plan: &Plan,
    request: &CallRequest,
    deadline: Instant,
    descent: Descent,
) -> Rc<dyn Any> {
    let key = &view.snapshot.services[service].options.key;
    let call = Call {
        service: key.interface.to_string(),
        method: request.method.clone(),
        group: key.group.as_deref().map(str::to_owned),
        version: key.version.as_deref().map(str::to_owned),
        parameter_types: plan.parameter_types().map(str::to_owned).collect(),
    };
    let (attachments, arguments) = (request.attachments.clone(), request.arguments.clone());
    SideCall { call, attachments, arguments, deadline, descent }.context()
}

/// The result as JSON, or why there is none.
fn result(plan: &Plan, outcome: Result<Reply, RpcError>) -> Result<String, CallError> {
    let rpc = |code, exception_class, message| CallError::Rpc(words::RpcError { code, exception_class, message });
    let reply = outcome.map_err(|error| CallError::Rpc(error_of(&error)))?;
    if reply.kind == ReplyKind::Exception {
        let (class, message) = exception(&reply).unwrap_or_default();
        return Err(rpc(RpcCode::Ok, Some(class), message.unwrap_or_default()));
    }
    plan.result_json(&reply).map_err(|why| rpc(RpcCode::BadResponse, None, why))
}
