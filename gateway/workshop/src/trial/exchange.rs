//! A filter through the phases of one exchange, and a service through one call.

use std::{future::Future, rc::Rc};

use yumen_plugin_host::{
    Failure, Kind, Pool, Version, Visit,
    words::{Action, Edit, Interest, Invocation, Piece, Protocol, Side, Verdict},
};

use super::seen::{self, Seen};
use crate::{
    case::Case,
    script::{Outside, Script, fields},
};

/// How the exchange goes on after a phase.
enum Next {
    On(u64),
    Over,
}

/// Plays a case and notes what comes of it.
pub(super) fn play(version: &Version, pool: &Rc<Pool>, case: &Case, seen: &mut Seen) {
    let script = Script::new(case);
    let visit = Visit::new(Rc::clone(&script) as Rc<_>, Rc::new(Outside(Rc::clone(&script))));
    let mut play = Play { version, pool, script, visit, case, seen };
    let ended = match version.kind() {
        Kind::Service => wait(play.invoke()),
        _ => wait(play.phases()),
    };
    let loose = play.script.loose_ends();
    if let Err(failure) = ended {
        seen.failure = Some((failure.label(), failure.to_string()));
    }
    seen.loose_ends = loose;
}

/// Runs what the host makes wait, on this thread.
pub(crate) fn wait<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Start(error.to_string()))?;
    runtime.block_on(work)
}

struct Play<'a> {
    version: &'a Version,
    pool: &'a Rc<Pool>,
    script: Rc<Script>,
    visit: Visit,
    case: &'a Case,
    seen: &'a mut Seen,
}

impl Play<'_> {
    async fn phases(&mut self) -> Result<(), Failure> {
        let status = match self.before_the_end().await? {
            Next::Over => 0,
            Next::On(_) => self.case.response.as_ref().map_or(200, |response| response.status),
        };
        if self.takes(Interest::END) {
            self.pool.on_end(&self.visit, status, 1000, 0).await?;
        }
        Ok(())
    }

    async fn before_the_end(&mut self) -> Result<Next, Failure> {
        let (pool, visit, script, case) = (self.pool, self.visit.clone(), Rc::clone(&self.script), self.case);
        let manifest = self.version.manifest();
        let mut state = 0;
        if self.takes(Interest::REQUEST_HEAD) {
            let wanted = values(&manifest.request_wants, &|name| script.of_request(name));
            let verdict = pool.on_request(&visit, protocol(&case.request.protocol), &borrowed(&wanted)).await?;
            state = match self.take(verdict, Some(Side::Request)) {
                Next::On(state) => state,
                Next::Over => return Ok(Next::Over),
            };
        }
        if let Some(body) = case.request.body.as_ref().filter(|_| self.takes(Interest::REQUEST_BODY))
            && self.body(Side::Request, body.as_bytes(), state).await?
        {
            return Ok(Next::Over);
        }
        if let Some(call) = &case.call {
            script.became(call);
            if self.takes(Interest::CALL) {
                let wanted = values(&manifest.call_wants, &|name| script.of_call(name));
                let verdict = pool.on_call(&visit, &borrowed(&wanted), state).await?;
                state = match self.take(verdict, None) {
                    Next::On(next) => next,
                    Next::Over => return Ok(Next::Over),
                };
            }
        }
        if let Some(outcome) = &case.outcome {
            script.ended(outcome);
            if self.takes(Interest::OUTCOME) {
                let ok = matches!(outcome, crate::case::Outcome::Result(_));
                let verdict = pool.on_outcome(&visit, ok, state).await?;
                state = match self.take(verdict, Some(Side::Response)) {
                    Next::On(next) => next,
                    Next::Over => return Ok(Next::Over),
                };
            }
        }
        self.response(state).await
    }

    async fn response(&mut self, mut state: u64) -> Result<Next, Failure> {
        let Some(response) = &self.case.response else { return Ok(Next::On(state)) };
        let script = Rc::clone(&self.script);
        script.responds(response);
        if self.takes(Interest::RESPONSE_HEAD) {
            let wanted = values(&self.version.manifest().response_wants, &|name| script.of_response(name));
            let verdict = self.pool.on_response(&self.visit, response.status, &borrowed(&wanted), state).await?;
            state = match self.take(verdict, Some(Side::Response)) {
                Next::On(next) => next,
                Next::Over => return Ok(Next::Over),
            };
        }
        let over = self.takes(Interest::RESPONSE_BODY) && self.body(Side::Response, &response.bytes(), state).await?;
        Ok(if over { Next::Over } else { Next::On(state) })
    }

    /// Shows a body whole; true when the plugin answers instead.
    async fn body(&mut self, side: Side, bytes: &[u8], state: u64) -> Result<bool, Failure> {
        let becomes = match self.pool.on_body(&self.visit, side, bytes, true, state).await? {
            Piece::Pass => bytes.to_vec(),
            Piece::Replace(bytes) => bytes,
            Piece::Reply(reply) => {
                self.seen.reply = Some(seen::reply(&reply));
                return Ok(true);
            }
        };
        match side {
            Side::Request => self.seen.request_body = Some(becomes),
            Side::Response => self.seen.response_body = Some(becomes),
        }
        Ok(false)
    }

    fn take(&mut self, verdict: Verdict, side: Option<Side>) -> Next {
        let note = |edit: &Edit| {
            self.script.edit(edit, side);
            seen::edit(edit)
        };
        self.seen.edits.extend(verdict.edits.iter().map(note));
        match verdict.action {
            Action::Next => return Next::On(verdict.state),
            Action::Reply(reply) => self.seen.reply = Some(seen::reply(&reply)),
            Action::EndCall(outcome) => self.seen.end_call = Some(seen::outcome(&outcome)),
        }
        Next::Over
    }

    fn takes(&self, phase: Interest) -> bool {
        self.version.manifest().interest.contains(phase)
    }

    async fn invoke(&mut self) -> Result<(), Failure> {
        let call = self.case.call.clone().unwrap_or_default();
        let invocation = Invocation {
            service: call.service,
            method: call.method,
            parameter_types: call.types,
            arguments: serde_json::Value::Array(call.arguments).to_string(),
            attachments: fields(&call.attachments),
            timeout_ms: 1000,
        };
        match self.pool.invoke(&self.visit, &invocation).await? {
            Ok(text) => self.seen.result = Some(seen::parsed(&text)),
            Err(error) => self.seen.error = Some(seen::rpc_error(&error)),
        }
        Ok(())
    }
}

/// The values of what a manifest wants.
pub(super) fn values(names: &[String], of: &dyn Fn(&str) -> Option<String>) -> Vec<Option<String>> {
    names.iter().map(|name| of(name)).collect()
}

pub(super) fn borrowed(values: &[Option<String>]) -> Vec<Option<&str>> {
    values.iter().map(Option::as_deref).collect()
}

fn protocol(name: &str) -> Protocol {
    match name {
        "http2" => Protocol::Http2,
        "http3" => Protocol::Http3,
        "grpc" => Protocol::Grpc,
        "dubbo" => Protocol::Dubbo,
        "triple" => Protocol::Triple,
        _ => Protocol::Http1,
    }
}
