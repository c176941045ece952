//! One request from top to bottom: find its route, make it a call, make the reply an answer, take note.
//!
//! ```text
//!  HttpRequest ─▶ route ─▶ body ─▶ plan.encode ─▶ callee.invoke ─▶ plan.respond ─▶ note ─▶ Response
//!                  │ 404    │ 413     │ 400            │ RpcError           │
//!                  └────────┴─────────┴─── Problem ────┴────────────────────┘
//! ```
//! A request that meets plugins goes the same way by [`filtered`], with a stop at each of them; one that meets none pays two
//! looks at empty lists.
//!
//! It runs on one worker and keeps the [`View`] it was given, so that it never sees two versions.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Method, Response, Uri};
use http_body_util::Full;
use yumen_dubbo::{
    error::RpcError,
    invocation::{Chosen, Invocation},
    reply::Reply,
};

use crate::{
    bridge::{Parts, Plan, Problem, cure, thrown_class},
    listener::{Body, HttpRequest, Rejection},
    route::{Asked, Found},
    snapshot::Action,
    telemetry::{
        access_log::{AccessLogWriter, Line},
        metric::{Labelled, ServiceMetrics, Unrouted},
    },
    view::View,
};

mod filtered;

type Answer = Response<Full<Bytes>>;

/// Buffers for arguments that a worker keeps.
const KEPT_BUFFERS: usize = 64;
/// A buffer that grew beyond this is not kept.
const KEPT_BYTES: usize = 64 << 10;
/// Time between two lines about failed calls.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// What a worker keeps for the requests of one port.
pub struct Station {
    worker: usize,
    /// Name of the listener.
    listener: Rc<str>,
    log: Rc<AccessLogWriter>,
    unrouted: Arc<Labelled>,
    buffers: RefCell<Vec<Vec<u8>>>,
    /// When a failed call was last told in the log.
    told: Cell<Option<Instant>>,
}

impl Station {
    /// The station of the worker with this index, which tells its shard of the counters, for this listener. `unrouted` counts
    /// requests without a route.
    pub fn new(worker: usize, listener: &str, log: Rc<AccessLogWriter>, unrouted: Arc<Labelled>) -> Self {
        Self { worker, listener: listener.into(), log, unrouted, buffers: RefCell::default(), told: Cell::default() }
    }

    /// Counts a call that failed, and logs why with the provider's own words; that at most once in [`TELL_EVERY`], because
    /// calls fail in crowds.
    fn failed(&self, view: &View, action: &Action, error: &RpcError) {
        view.snapshot.services[action.service].metrics.failed(error.kind);
        let now = Instant::now();
        if self.told.get().is_none_or(|last| now.duration_since(last) >= TELL_EVERY) {
            self.told.set(Some(now));
            tracing::warn!(route = %action.name, cure = cure(error), "{error}");
        }
    }

    fn buffer(&self) -> Vec<u8> {
        self.buffers.borrow_mut().pop().unwrap_or_default()
    }

    fn keep(&self, mut buffer: Vec<u8>) {
        let mut buffers = self.buffers.borrow_mut();
        if buffer.capacity() <= KEPT_BYTES && buffers.len() < KEPT_BUFFERS {
            buffer.clear();
            buffers.push(buffer);
        }
    }
}

/// Answers a request.
///
/// The request is moved into the future and not once more, unless plugins want to see it: everything below borrows it.
pub fn handle(view: Rc<View>, mut request: HttpRequest, station: Rc<Station>) -> impl Future<Output = Answer> {
    let body = request.take_body();
    async move {
        if !view.snapshot.plugins.of_listener(&station.listener).is_empty() {
            return filtered::handle(view, request, body, station, None).await;
        }
        let found = view.snapshot.routes.find(&asked(&request));
        if let Found::Route(hit) = &found
            && !view.is_plain(hit.route)
        {
            let route = hit.route;
            drop(found);
            return filtered::handle(view, request, body, station, Some(route)).await;
        }
        let mut note = Note::default();
        let answer = match &found {
            Found::Route(hit) => {
                let action = &view.snapshot.actions[hit.route];
                note.action = Some(action);
                let started = action.metrics.begin(station.worker);
                let call = Call { view: &view, action, request: &request, captures: hit.captures.as_slice() };
                let answer = call.make(body, &station, &mut note).await;
                started.end(answer.status(), request.received.elapsed());
                answer
            }
            Found::NotAllowed { allow } => {
                station.unrouted.add(Unrouted::Method as usize);
                Problem::method_not_allowed(allow).response(None, request.id())
            }
            Found::Nothing => {
                station.unrouted.add(Unrouted::NoRoute as usize);
                Problem::not_found().response(None, request.id())
            }
        };
        if station.log.wants(answer.status()) {
            note.write(&view, &request, &answer, &station.log);
        }
        answer
    }
}

fn asked(request: &HttpRequest) -> Asked<'_> {
    Asked {
        method: &request.parts.method,
        host: request.host(),
        path: request.path().as_str(),
        headers: &request.parts.headers,
    }
}

/// A request that found its route.
struct Call<'a> {
    view: &'a View,
    action: &'a Action,
    request: &'a HttpRequest,
    captures: &'a [&'a str],
}

impl Call<'_> {
    async fn make(&self, body: Body, station: &Station, note: &mut Note<'_>) -> Answer {
        let Some(plan) = &self.action.plan else {
            return self.tell(&Problem::not_ready());
        };
        let body = match self.body(plan, body).await {
            Ok(body) => body,
            Err(answer) => return answer,
        };
        let mut arguments = station.buffer();
        let answer = self.invoke(plan, &body, &mut arguments, station, note).await;
        station.keep(arguments);
        answer
    }

    async fn body(&self, plan: &Plan, body: Body) -> Result<Bytes, Answer> {
        let refused = |rejection: Rejection| rejection.response(self.request.id());
        let limit = self.action.body_limit;
        if !plan.wants_body() {
            if !body.is_here() {
                Box::pin(body.discard(limit)).await.map_err(refused)?;
            }
            return Ok(Bytes::new());
        }
        // Boxed: most requests have no body and need not carry the room for reading one.
        Box::pin(body.collect(limit)).await.map_err(refused)
    }

    async fn invoke(
        &self,
        plan: &Plan,
        body: &Bytes,
        arguments: &mut Vec<u8>,
        station: &Station,
        note: &mut Note<'_>,
    ) -> Answer {
        let id = || self.request.id();
        let parts = Parts {
            head: &self.request.parts,
            captures: self.captures,
            client: self.request.client(),
            body,
            request_id: &id,
        };
        let mut attachments: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::new();
        if let Err(problem) = plan.encode(&parts, arguments, &mut attachments) {
            return self.tell(&problem);
        }
        let chosen = station.log.is_on().then(Chosen::default);
        let call = Invocation {
            method: plan.method(),
            arguments,
            attachments: &attachments,
            deadline: self.request.deadline(),
            chosen: chosen.as_ref(),
            context: None,
        };
        let begun = chosen.is_some().then(Instant::now);
        let outcome = self.view.callees[self.action.service].invoke(&call).await;
        note.called(&outcome, begun, chosen);
        if let Err(error) = &outcome {
            station.failed(self.view, self.action, error);
        }
        plan.respond(outcome, &self.action.name, &id)
    }

    fn tell(&self, problem: &Problem) -> Answer {
        problem.response(Some(&self.action.name), self.request.id())
    }
}

/// What the access log tells beside the request and its answer.
#[derive(Default)]
struct Note<'a> {
    action: Option<&'a Action>,
    /// What the client asked for, where plugins may have changed it.
    asked: Option<(Method, Uri)>,
    upstream: Option<Duration>,
    plugins: Option<Duration>,
    chosen: Option<Chosen>,
    exception: Option<String>,
    tags: Vec<(String, String)>,
    reason: Option<&'static str>,
}

impl Note<'_> {
    /// A call ended. Who was asked, and how long that took, is known only while somebody wants to know.
    fn called(&mut self, outcome: &Result<Reply, RpcError>, begun: Option<Instant>, chosen: Option<Chosen>) {
        self.upstream = begun.map(|begun| begun.elapsed());
        if chosen.is_some() {
            self.exception = outcome.as_ref().ok().and_then(thrown_class);
            self.chosen = chosen;
        }
        self.reason = outcome.as_ref().err().map(|error| ServiceMetrics::label(error.kind));
    }

    fn write(&self, view: &View, request: &HttpRequest, answer: &Answer, log: &AccessLogWriter) {
        let target = self.action.and_then(|action| {
            let method = action.plan.as_ref()?.method();
            Some(format!("{}.{}", view.snapshot.services[action.service].name, method.invoked_name))
        });
        let provider = self.chosen.as_ref().and_then(Chosen::address);
        let parts = &request.parts;
        let (method, uri) = self.asked.as_ref().map_or((&parts.method, &parts.uri), |(method, uri)| (method, uri));
        let line = Line::new(answer.status(), method.as_str(), uri.path(), request.received.elapsed());
        log.write(&Line {
            route: self.action.map(|action| &*action.name),
            target: target.as_deref(),
            provider: target.is_some().then(|| provider.as_deref().unwrap_or("-")),
            upstream: self.upstream,
            plugins: self.plugins,
            client: Some(request.client()),
            reason: self.reason,
            exception: self.exception.as_deref(),
            tags: &self.tags,
            id: (answer.status().as_u16() >= 400).then(|| request.id()),
            ..line
        });
    }
}
