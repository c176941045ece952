//! Edits: what a verdict changes, and what may not be changed. Names and values were judged by the host; what is left is to
//! put them where they belong.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use yumen_plugin_host::{
    Failure,
    words::{Action, Edit, Reply, Verdict},
};

use super::{Answer, Onion};
use crate::exchange::ended_of;

type Edited<T = ()> = Result<T, Failure>;

fn invalid(what: impl Into<String>) -> Failure {
    Failure::Invalid(what.into())
}

impl Onion {
    /// Edits of `on-request`: the head as if the client had sent it so. All of them, or none.
    pub(super) fn edit_request(&self, verdict: Verdict) -> Edited<Action> {
        // Only a new target can still turn out to be none; before that is known nothing may have changed.
        let aims = |edit: &Edit| matches!(edit, Edit::SetMethod(_) | Edit::SetPath(_) | Edit::SetAuthority(_));
        if verdict.edits.iter().any(aims) {
            let before = self.exchange.request().parts.clone();
            let aimed = verdict.edits.iter().try_for_each(|edit| self.aim(edit));
            if aimed.is_err() {
                self.exchange.request_mut().parts = before;
            }
            aimed?;
        }
        for edit in verdict.edits {
            if aims(&edit) {
                continue;
            }
            let left = fields(&mut self.exchange.request_mut().parts.headers, edit)?;
            left.map_or(Ok(()), |edit| self.note(edit))?;
        }
        Ok(verdict.action)
    }

    /// Changes where the request goes, if the edit says so.
    fn aim(&self, edit: &Edit) -> Edited {
        let mut request = self.exchange.request_mut();
        let aimed = match edit {
            Edit::SetMethod(method) => request.set_method(method),
            Edit::SetPath(target) => request.set_target(target),
            Edit::SetAuthority(name) => request.set_authority(name),
            _ => Ok(()),
        };
        aimed.map_err(|reason| invalid(reason.detail()))
    }

    /// Edits of `on-call`: attachments and arguments. All of them, or none.
    pub(super) fn edit_call(&self, verdict: Verdict) -> Edited<Action> {
        if verdict.edits.is_empty() {
            return Ok(verdict.action);
        }
        let mut arguments = None;
        for edit in &verdict.edits {
            if let Edit::SetArguments(json) = edit {
                arguments = self.encoded(json)?;
            }
        }
        let mut call = self.exchange.take_departure().unwrap_or_default();
        for edit in verdict.edits {
            match edit {
                Edit::Set((name, value)) => {
                    call.remove(&name);
                    call.attachments.push((name.into(), value.into()));
                }
                Edit::Append((name, value)) => call.attachments.push((name.into(), value.into())),
                Edit::Remove(name) => call.remove(&name),
                Edit::Tag((name, value)) => self.exchange.tag(name, value),
                _ => {} // arguments are made; the host lets nothing else come to here
            }
        }
        call.arguments = arguments.unwrap_or(call.arguments);
        self.exchange.set_departure(call);
        Ok(verdict.action)
    }

    /// Arguments as the call takes them. Nothing: there is no call that could.
    fn encoded(&self, json: &str) -> Edited<Option<Vec<u8>>> {
        let Some(plan) = self.exchange.action().and_then(|action| action.plan.as_ref()) else { return Ok(None) };
        let mut arguments = Vec::new();
        plan.encode_arguments(json, &mut arguments).map_err(invalid)?;
        Ok(Some(arguments))
    }

    /// Edits of `on-outcome`: what the call is taken to have ended with, and fields of the response to come.
    pub(super) fn edit_outcome(&self, verdict: Verdict) -> Edited<Action> {
        for edit in verdict.edits {
            match edit {
                Edit::SetOutcome(outcome) => self.exchange.set_outcome(ended_of(outcome)),
                other => self.early.borrow_mut().push(other),
            }
        }
        Ok(verdict.action)
    }

    /// Edits of `on-response`.
    pub(super) fn edit_response(&self, verdict: Verdict) -> Edited<Action> {
        for edit in verdict.edits {
            match edit {
                Edit::SetStatus(status) => {
                    let status = StatusCode::from_u16(status).map_err(|_| invalid("the status"))?;
                    self.exchange.response().get_or_insert_default().status = status;
                }
                other => self.edit_head(other)?,
            }
        }
        Ok(verdict.action)
    }

    /// Makes the edits that came before there was a response. What they hold the host has judged.
    pub(super) fn edit_early(&self) {
        for edit in self.early.take() {
            if let Err(failure) = self.edit_head(edit) {
                tracing::debug!(%failure, "an edit of a response to come");
            }
        }
    }

    fn edit_head(&self, edit: Edit) -> Edited {
        let left = fields(&mut self.exchange.response().get_or_insert_default().headers, edit)?;
        left.map_or(Ok(()), |edit| self.note(edit))
    }

    /// A tag; anything else has no meaning in this phase.
    fn note(&self, edit: Edit) -> Edited {
        match edit {
            Edit::Tag((name, value)) => {
                self.exchange.tag(name, value);
                Ok(())
            }
            _ => Err(invalid("an edit that this phase does not have")),
        }
    }
}

/// Changes fields; what is no edit of fields comes back.
fn fields(headers: &mut http::HeaderMap, edit: Edit) -> Edited<Option<Edit>> {
    let name = |name: &str| HeaderName::try_from(name).map_err(|_| invalid("the name of a field"));
    let value = |value: &str| HeaderValue::try_from(value).map_err(|_| invalid("the value of a field"));
    match edit {
        Edit::Set((field, text)) => drop(headers.insert(name(&field)?, value(&text)?)),
        Edit::Append((field, text)) => drop(headers.append(name(&field)?, value(&text)?)),
        Edit::Remove(field) => drop(headers.remove(name(&field)?)),
        other => return Ok(Some(other)),
    }
    Ok(None)
}

/// The answer that a filter gives by itself.
pub(super) fn answer(reply: Reply) -> Edited<Answer> {
    let status = StatusCode::from_u16(reply.status).map_err(|_| invalid("the status"))?;
    let mut answer = Response::new(Full::new(Bytes::from(reply.body)));
    *answer.status_mut() = status;
    for (name, value) in reply.fields {
        fields(answer.headers_mut(), Edit::Append((name, value)))?;
    }
    frame(&mut answer);
    Ok(answer)
}

/// The length of a response is told by its body alone.
pub(super) fn frame(answer: &mut Answer) {
    for name in [header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
        answer.headers_mut().remove(name);
    }
}
