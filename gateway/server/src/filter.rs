//! The onion of filters around one request: what each is asked, in which order, and what its word changes.
//!
//! ```text
//!   listener's filters, then the route's            the same, backwards
//!   on-request ─▶ (route) ─▶ on-request ─▶ on-body ─▶ on-call ─▶ call ─▶ on-outcome ─▶ on-response ─▶ on-body ─▶ on-end
//!       │ reply        │ reply      │ reply     │ end-call ──────▶┘             ▲
//!       └──────────────┴────────────┴───────────┴─ reply ──────────────────────┘
//! ```
//! A filter is asked only in the phases that its manifest names. Who answers by itself has spoken and does not see its own
//! answer; the filters around it do, inner ones never heard of the request. A filter that fails is treated as its policy says:
//!
//! | policy | what happens |
//! |---|---|
//! | `closed` | 503 without inner details, in place of whatever the answer would have been |
//! | `open` | the request goes on, and the filter is not asked again |
//! | `reload` | it is asked once more, of a new instance; then as `closed` |
//!
//! A filter that ends the call before there is one answers as if the call had been made and had ended so.
//!
//! The versions are chosen when the request meets a chain and stay. Dropping the future ends whatever a filter waits for.

mod body;
mod edit;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use smallvec::SmallVec;
use yumen_plugin_host::{
    Failure, Pool, Visit,
    words::{Action, Edit, FailurePolicy, Interest, Reply, Verdict},
};

use crate::{
    bridge::{Problem, json_response},
    exchange::{Exchange, Head, Outcome, Text, ended_of},
    view::{Seat, View},
};

/// A response, whole.
pub type Answer = Response<Full<Bytes>>;

/// The filters that one request meets.
pub struct Onion {
    exchange: Rc<Exchange>,
    visit: Visit,
    stages: Vec<Stage>,
    /// Every phase that one of them takes part in.
    interest: Interest,
    /// Filters from the first on whose turn it was in the head of the request: those see what comes back.
    entered: usize,
    /// Edits of the response that came before there was one.
    early: RefCell<Vec<Edit>>,
    /// Time spent in plugins, where somebody wants to know.
    spent: Option<Duration>,
    /// A plugin failed that the request needed.
    refused: Cell<bool>,
}

/// One filter on one request.
struct Stage {
    seat: Rc<Seat>,
    on_failure: FailurePolicy,
    interest: Interest,
    state: u64,
    /// It failed and is not asked again.
    off: bool,
    /// It answered by itself and does not see its answer.
    spoke: bool,
}

/// What a filter's word means for the request.
enum Turn {
    /// It goes on.
    Next,
    /// It is answered so.
    Answer(Answer),
    /// The call ends so, as if the provider had ended it.
    EndCall,
}

/// What became of a question.
enum Asked<T> {
    /// An answer.
    Said(T),
    /// The filter failed, and the request goes on without it.
    Skipped,
    /// The filter failed, and the request must not go on.
    Refused,
}

/// What became of the request on its way in.
pub enum Inward {
    /// On it goes.
    Next,
    /// It was answered on the way.
    Answered(Answer),
}

/// What becomes of the call.
pub enum Calling {
    /// It leaves.
    Leave,
    /// It has ended: [`Exchange::take_outcome`] tells how.
    Ended,
    /// There is none: the request was answered.
    Answered(Answer),
}

impl Onion {
    /// An onion without filters. `timed`: somebody wants to know the time spent in plugins.
    pub fn new(exchange: Rc<Exchange>, view: &View, timed: bool) -> Self {
        let visit = Visit::new(exchange.clone(), view.outbound.clone());
        let spent = timed.then_some(Duration::ZERO);
        let interest = Interest::empty();
        Self {
            exchange,
            visit,
            stages: Vec::new(),
            interest,
            entered: 0,
            early: RefCell::default(),
            spent,
            refused: Cell::new(false),
        }
    }

    /// Whether the request was refused because a plugin failed.
    pub fn was_refused(&self) -> bool {
        self.refused.get()
    }

    /// Time spent in plugins.
    pub fn spent(&self) -> Option<Duration> {
        self.spent
    }

    /// The request meets a chain, and what serves in it now: its filters see the head, one after the other.
    pub async fn enter(&mut self, view: &View, chain: &[usize]) -> Inward {
        self.stages.reserve_exact(chain.len());
        for place in chain {
            let Some(seats) = view.seats.get(*place) else { return Inward::Answered(self.refusal()) };
            let Some(seat) = seats.choose(|name| yumen_plugin_host::Exchange::property(&*self.exchange, name)) else {
                match seats.on_failure {
                    FailurePolicy::Open => continue,
                    FailurePolicy::Closed | FailurePolicy::Reload => return Inward::Answered(self.refusal()),
                }
            };
            let (interest, on_failure) = (seat.fit.interest, seats.on_failure);
            let seat = Rc::clone(seat);
            self.interest |= interest;
            self.stages.push(Stage { seat, on_failure, interest, state: 0, off: false, spoke: false });
            match self.on_request(self.stages.len() - 1).await {
                Turn::Next => {}
                Turn::Answer(answer) => return Inward::Answered(answer),
                Turn::EndCall => return Inward::Answered(self.respond()),
            }
            self.entered = self.stages.len();
        }
        Inward::Next
    }

    async fn on_request(&mut self, index: usize) -> Turn {
        if !self.takes_part(index, Interest::REQUEST_HEAD) {
            return Turn::Next;
        }
        let protocol = self.exchange.protocol();
        let wanted = self.exchange.values(&self.stages[index].seat.fit.request_wants);
        let asked =
            self.ask(index, async |pool, visit, _| pool.on_request(visit, protocol, &texts(&wanted)).await).await;
        self.heed(index, asked, Onion::edit_request)
    }

    /// The answer that the call's end amounts to: as the route says, where there is one.
    pub fn respond(&self) -> Answer {
        let Some(outcome) = self.exchange.outcome_again() else { return self.refusal() };
        let request = self.exchange.request();
        let id = || request.id();
        let action = self.exchange.action();
        match (action.and_then(|action| Some((action, action.plan.as_ref()?))), outcome) {
            (Some((action, plan)), Ok(Outcome::Reply(reply))) => plan.respond(Ok(reply), &action.name, &id),
            (Some((action, plan)), Ok(Outcome::Json(json))) => plan.respond_json(&json, &action.name, &id),
            (Some((action, plan)), Err(error)) => plan.respond(Err(error), &action.name, &id),
            (None, Ok(Outcome::Json(json))) => json_response(json.into_string()),
            (None, Ok(Outcome::Reply(_))) => self.refusal(),
            (None, Err(error)) => Problem::of(&error).response(None, request.id()),
        }
    }

    /// The request became a call: its filters see it before it leaves.
    pub async fn on_call(&mut self) -> Calling {
        if !self.interest.contains(Interest::CALL) {
            return Calling::Leave;
        }
        for index in 0..self.stages.len() {
            if !self.takes_part(index, Interest::CALL) {
                continue;
            }
            let wanted = self.exchange.values(&self.stages[index].seat.fit.call_wants);
            let asked =
                self.ask(index, async |pool, visit, state| pool.on_call(visit, &texts(&wanted), state).await).await;
            match self.heed(index, asked, Onion::edit_call) {
                Turn::Next => {}
                Turn::Answer(answer) => return Calling::Answered(answer),
                Turn::EndCall => {
                    return match self.on_outcome(index).await {
                        Inward::Next => Calling::Ended,
                        Inward::Answered(answer) => Calling::Answered(answer),
                    };
                }
            }
        }
        Calling::Leave
    }

    /// The call ended: its filters see how, the last one first.
    pub async fn on_outcome_of_all(&mut self) -> Inward {
        if !self.interest.contains(Interest::OUTCOME) {
            return Inward::Next;
        }
        self.on_outcome(self.stages.len()).await
    }

    /// As [`Onion::on_outcome_of_all`], for the filters before `below`.
    async fn on_outcome(&mut self, below: usize) -> Inward {
        for index in (0..below).rev() {
            if !self.takes_part(index, Interest::OUTCOME) {
                continue;
            }
            let ok = self.exchange.is_ok();
            let asked = self.ask(index, async |pool, visit, state| pool.on_outcome(visit, ok, state).await).await;
            if let Turn::Answer(answer) = self.heed(index, asked, Onion::edit_outcome) {
                return Inward::Answered(answer);
            }
        }
        Inward::Next
    }

    /// The answer is about to leave: the filters that the request met see its head and then its body, the last one first.
    pub async fn leave(&mut self, answer: Answer) -> Answer {
        let seen = Interest::RESPONSE_HEAD | Interest::RESPONSE_BODY | Interest::END;
        if !self.interest.intersects(seen) && self.early.borrow().is_empty() {
            return answer;
        }
        let mut body = self.replace(answer);
        self.edit_early();
        for index in (0..self.entered).rev() {
            if let Some(other) = self.on_response(index).await {
                body = other;
            }
        }
        for index in (0..self.entered).rev() {
            self.on_response_body(index, &mut body).await;
        }
        let head = self.exchange.response().take().unwrap_or_default();
        let mut answer = Response::from_parts(parts_of(head), Full::new(body));
        edit::frame(&mut answer);
        answer
    }

    /// Asks one filter about the head of the response; a body comes back where it answered by itself.
    async fn on_response(&mut self, index: usize) -> Option<Bytes> {
        if !self.takes_part(index, Interest::RESPONSE_HEAD) || self.stages[index].spoke {
            return None;
        }
        let status = self.exchange.response().as_ref().map_or(0, |head| head.status.as_u16());
        let wanted = self.exchange.values(&self.stages[index].seat.fit.response_wants);
        let asked = self
            .ask(index, async |pool, visit, state| pool.on_response(visit, status, &texts(&wanted), state).await)
            .await;
        match self.heed(index, asked, Onion::edit_response) {
            Turn::Answer(answer) => Some(self.replace(answer)),
            Turn::Next | Turn::EndCall => None,
        }
    }

    /// Puts another answer in the place of the one that is leaving; its body comes back.
    fn replace(&self, answer: Answer) -> Bytes {
        let (parts, body) = answer.into_parts();
        *self.exchange.response() = Some(Head { status: parts.status, headers: parts.headers });
        body::whole(body)
    }

    /// The exchange is over: every filter that saw its beginning hears of it, and how it ended counts for all of them that
    /// did not fail themselves.
    pub async fn end(&mut self, status: u16, elapsed: Duration) {
        let microseconds = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        for stage in self.stages.iter().filter(|stage| !stage.off) {
            stage.seat.pool.answered(status >= 500);
        }
        if !self.interest.contains(Interest::END) {
            return;
        }
        for index in 0..self.stages.len() {
            if self.takes_part(index, Interest::END) {
                // Nothing is left to refuse; a failure is counted and told.
                self.ask(index, async |pool, visit, state| pool.on_end(visit, status, microseconds, state).await).await;
            }
        }
    }

    fn takes_part(&self, index: usize, phase: Interest) -> bool {
        self.stages.get(index).is_some_and(|stage| !stage.off && stage.interest.contains(phase))
    }

    /// Asks a filter; when it fails, its policy says what comes of it.
    async fn ask<T>(
        &mut self,
        index: usize,
        question: impl AsyncFn(&Pool, &Visit, u64) -> Result<T, Failure>,
    ) -> Asked<T> {
        let begun = self.spent.is_some().then(Instant::now);
        let stage = &self.stages[index];
        let mut outcome = question(&stage.seat.pool, &self.visit, stage.state).await;
        if let Err(failure) = &outcome
            && stage.on_failure == FailurePolicy::Reload
        {
            stage.seat.tell(failure);
            outcome = question(&stage.seat.pool, &self.visit, stage.state).await;
        }
        if let (Some(spent), Some(begun)) = (&mut self.spent, begun) {
            *spent += begun.elapsed();
        }
        match outcome {
            Ok(answer) => Asked::Said(answer),
            Err(failure) => self.failed(index, &failure),
        }
    }

    fn failed<T>(&mut self, index: usize, failure: &Failure) -> Asked<T> {
        let stage = &mut self.stages[index];
        stage.seat.tell(failure);
        stage.off = true;
        match stage.on_failure {
            FailurePolicy::Open => Asked::Skipped,
            FailurePolicy::Closed | FailurePolicy::Reload => Asked::Refused,
        }
    }

    /// Takes in a verdict: its state, its edits, its action.
    fn heed(
        &mut self,
        index: usize,
        asked: Asked<Verdict>,
        edit: impl Fn(&Self, Verdict) -> Result<Action, Failure>,
    ) -> Turn {
        let verdict = match asked {
            Asked::Said(verdict) => verdict,
            Asked::Skipped => return Turn::Next,
            Asked::Refused => return Turn::Answer(self.refusal()),
        };
        self.stages[index].state = verdict.state;
        let action = match edit(self, verdict) {
            Ok(action) => action,
            Err(failure) => return self.untenable(index, failure),
        };
        match action {
            Action::Next => Turn::Next,
            Action::Reply(reply) => self.spoken(index, reply),
            Action::EndCall(outcome) => {
                self.exchange.set_outcome(ended_of(outcome));
                Turn::EndCall
            }
        }
    }

    /// A filter answered by itself.
    fn spoken(&mut self, index: usize, reply: Reply) -> Turn {
        match edit::answer(reply) {
            Ok(answer) => {
                self.stages[index].spoke = true;
                Turn::Answer(answer)
            }
            Err(failure) => self.untenable(index, failure),
        }
    }

    /// What a filter answered does not hold.
    fn untenable(&mut self, index: usize, failure: Failure) -> Turn {
        let failure = self.stages[index].seat.pool.refused("verdict", failure);
        match self.failed::<()>(index, &failure) {
            Asked::Refused => Turn::Answer(self.refusal()),
            Asked::Said(()) | Asked::Skipped => Turn::Next,
        }
    }

    /// What a client is told when a plugin fails that the request needs.
    fn refusal(&self) -> Answer {
        self.refused.set(true);
        let request = self.exchange.request();
        Problem::plugin_failed().response(self.exchange.action().map(|action| &*action.name), request.id())
    }
}

fn texts(wanted: &[Option<Text>]) -> SmallVec<[Option<&str>; 4]> {
    wanted.iter().map(|text| text.as_ref().map(Text::as_str)).collect()
}

fn parts_of(head: Head) -> http::response::Parts {
    let (mut parts, ()) = Response::new(()).into_parts();
    (parts.status, parts.headers) = (head.status, head.headers);
    parts
}
