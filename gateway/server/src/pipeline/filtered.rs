//! One request from top to bottom that meets plugins: the same steps as without, each of them a stop of the onion.
//!
//! ```text
//!  listener's filters ─▶ route ─▶ route's filters ─▶ body ─▶ encode ─▶ on-call ─▶ call ─▶ on-outcome ─▶ respond ─▶ leave
//! ```

use std::{any::Any, borrow::Cow, rc::Rc, time::Instant};

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use yumen_dubbo::invocation::{Chosen, Invocation};

use super::{Answer, Note, Station, asked};
use crate::{
    bridge::{Parts, Plan, Problem},
    exchange::{Departure, Exchange, Outcome},
    filter::{Calling, Inward, Onion},
    listener::{Body, HttpRequest, Rejection},
    route::Found,
    snapshot::Action,
    telemetry::metric::{Started, Unrouted},
    view::View,
};

/// Answers a request through the filters that it meets; its route, if that is known already. Boxed, so that other requests do not
/// carry the room for it.
pub(super) fn handle(
    view: Rc<View>,
    request: HttpRequest,
    body: Body,
    station: Rc<Station>,
    route: Option<usize>,
) -> LocalBoxFuture<'static, Answer> {
    Box::pin(async move {
        let received = request.received;
        let logged = station.log.is_on();
        let asked = logged.then(|| (request.parts.method.clone(), request.parts.uri.clone()));
        let chain = view.snapshot.plugins.of_listener(&station.listener);
        let exchange = Exchange::new(Rc::clone(&view.snapshot), Rc::clone(&station.listener), request);
        let mut onion = Onion::new(Rc::clone(&exchange), &view, logged);
        let mut passage = Passage {
            view: &view,
            exchange: &exchange,
            station: &station,
            note: Note { asked, ..Note::default() },
            started: None,
        };
        let answer = match onion.enter(&view, chain).await {
            Inward::Next => passage.route(&mut onion, body, route).await,
            Inward::Answered(answer) => answer,
        };
        let answer = onion.leave(answer).await;
        if let Some(started) = passage.started.take() {
            started.end(answer.status(), received.elapsed());
        }
        onion.end(answer.status().as_u16(), received.elapsed()).await;
        passage.note.plugins = onion.spent();
        if onion.was_refused() {
            passage.note.reason = Some("plugin");
        }
        if let Some(Departure { arguments, .. }) = exchange.take_departure() {
            station.keep(arguments);
        }
        if station.log.wants(answer.status()) {
            passage.note.tags = exchange.tags().to_vec();
            passage.note.write(&view, &exchange.request(), &answer, &station.log);
        }
        answer
    })
}

/// A request on its way in and out.
struct Passage<'a> {
    view: &'a View,
    exchange: &'a Rc<Exchange>,
    station: &'a Station,
    note: Note<'a>,
    started: Option<Started<'a>>,
}

impl<'a> Passage<'a> {
    /// Finds the route, and takes it.
    async fn route(&mut self, onion: &mut Onion, body: Body, known: Option<usize>) -> Answer {
        let route = match known.map_or_else(|| self.find(), Ok) {
            Ok(route) => route,
            Err(problem) => return self.tell(&problem),
        };
        self.exchange.set_route(route);
        let action = &self.view.snapshot.actions[route];
        self.note.action = Some(action);
        self.started = Some(action.metrics.begin(self.station.worker));
        if let Inward::Answered(answer) = onion.enter(self.view, self.view.snapshot.plugins.of_route(route)).await {
            return answer;
        }
        let Some(plan) = &action.plan else { return self.tell(&Problem::not_ready()) };
        let body = match self.body(onion, action, plan, body).await {
            Ok(body) => body,
            Err(answer) => return answer,
        };
        if let Err(problem) = self.encode(route, plan, &body) {
            return self.tell(&problem);
        }
        match onion.on_call().await {
            Calling::Leave => self.call(action, plan).await,
            Calling::Ended => return onion.respond(),
            Calling::Answered(answer) => return answer,
        }
        match onion.on_outcome_of_all().await {
            Inward::Next => onion.respond(),
            Inward::Answered(answer) => answer,
        }
    }

    fn find(&self) -> Result<usize, Problem> {
        let request = self.exchange.request();
        let (unrouted, problem) = match self.view.snapshot.routes.find(&asked(&request)) {
            Found::Route(hit) => return Ok(hit.route),
            Found::NotAllowed { allow } => (Unrouted::Method, Problem::method_not_allowed(&allow)),
            Found::Nothing => (Unrouted::NoRoute, Problem::not_found()),
        };
        self.station.unrouted.add(unrouted as usize);
        Err(problem)
    }

    async fn body(&self, onion: &mut Onion, action: &Action, plan: &Plan, body: Body) -> Result<Bytes, Answer> {
        let limit = action.body_limit;
        if onion.wants_request_body() && !body.is_empty() {
            let read = Box::pin(onion.read(body, limit)).await?;
            return Ok(if plan.wants_body() { read } else { Bytes::new() });
        }
        // Boxed: most requests have no body and need not carry the room for reading one.
        let read = match plan.wants_body() {
            true => Box::pin(body.collect(limit)).await,
            false if body.is_here() => Ok(Bytes::new()),
            false => Box::pin(body.discard(limit)).await.map(|()| Bytes::new()),
        };
        read.map_err(|rejection: Rejection| rejection.response(self.exchange.request().id()))
    }

    /// Makes the request a call. Filters of the route may have changed its path, but not its route.
    fn encode(&self, route: usize, plan: &Plan, body: &Bytes) -> Result<(), Problem> {
        let request = self.exchange.request();
        let Found::Route(hit) = self.view.snapshot.routes.find(&asked(&request)) else {
            return Err(Problem::plugin_misrouted());
        };
        if hit.route != route {
            return Err(Problem::plugin_misrouted());
        }
        let id = || request.id();
        let parts = Parts {
            head: &request.parts,
            captures: hit.captures.as_slice(),
            client: request.client(),
            body,
            request_id: &id,
        };
        let mut arguments = self.station.buffer();
        let mut attachments: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::new();
        plan.encode(&parts, &mut arguments, &mut attachments)?;
        let owned = |(name, value): (Cow<'_, str>, Cow<'_, str>)| {
            (Cow::Owned(name.into_owned()), Cow::Owned(value.into_owned()))
        };
        let attachments = attachments.into_iter().map(owned).collect();
        self.exchange.set_departure(Departure { arguments, attachments });
        Ok(())
    }

    /// Makes the call and notes how it ended.
    async fn call(&mut self, action: &Action, plan: &Plan) {
        let Some(departure) = self.exchange.departure() else { return };
        let callee = &self.view.callees[action.service];
        let chosen = self.station.log.is_on().then(Chosen::default);
        let context: Option<Rc<dyn Any>> = callee.looks.then(|| Rc::clone(self.exchange) as _);
        let call = Invocation {
            method: plan.method(),
            arguments: &departure.arguments,
            attachments: &departure.attachments,
            deadline: yumen_plugin_host::Exchange::deadline(&**self.exchange),
            chosen: chosen.as_ref(),
            context: context.as_ref(),
        };
        let begun = chosen.is_some().then(Instant::now);
        let outcome = callee.invoke(&call).await;
        self.note.called(&outcome, begun, chosen);
        if let Err(error) = &outcome {
            self.station.failed(self.view, action, error);
        }
        self.exchange.set_outcome(outcome.map(Outcome::Reply));
    }

    fn tell(&self, problem: &Problem) -> Answer {
        problem.response(self.note.action.map(|action| &*action.name), self.exchange.request().id())
    }
}
