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
use crate::exchange::{Departure, ended_of};

type Edited<T = ()> = Result<T, Failure>;

fn invalid(what: impl Into<String>) -> Failure {
    Failure::Invalid(what.into())
}

impl Onion {
    /// Edits of `on-request`: the head as if the client had sent it so.
    pub(super) fn edit_request(&self, verdict: Verdict) -> Edited<Action> {
        for edit in verdict.edits {
            let mut request = self.exchange.request_mut();
            let refused = |reason: crate::listener::Reason| invalid(reason.detail());
            match edit {
                Edit::SetMethod(method) => request.set_method(&method).map_err(refused)?,
                Edit::SetPath(target) => request.set_target(&target).map_err(refused)?,
                Edit::SetAuthority(name) => request.set_authority(&name).map_err(refused)?,
                other => {
                    if let Some(other) = fields(&mut request.parts.headers, other)? {
                        drop(request);
                        self.note(other)?;
                    }
                }
            }
        }
        Ok(verdict.action)
    }

    /// Edits of `on-call`: attachments and arguments.
    pub(super) fn edit_call(&self, verdict: Verdict) -> Edited<Action> {
        if verdict.edits.is_empty() {
            return Ok(verdict.action);
        }
        let mut call = self.exchange.take_departure().unwrap_or_default();
        for edit in verdict.edits {
            let known = |name: &str| {
                let name = name.to_owned();
                move |(known, _): &(std::borrow::Cow<'static, str>, _)| **known == *name
            };
            match edit {
                Edit::Set((name, value)) => {
                    let is_it = known(&name);
                    call.attachments.retain(|pair| !is_it(pair));
                    call.attachments.push((name.into(), value.into()));
                }
                Edit::Append((name, value)) => call.attachments.push((name.into(), value.into())),
                Edit::Remove(name) => {
                    let is_it = known(&name);
                    call.attachments.retain(|pair| !is_it(pair));
                }
                Edit::SetArguments(json) => self.set_arguments(&mut call, &json)?,
                other => self.note(other)?,
            }
        }
        self.exchange.set_departure(call);
        Ok(verdict.action)
    }

    fn set_arguments(&self, call: &mut Departure, json: &str) -> Edited {
        let Some(plan) = self.exchange.action().and_then(|action| action.plan.as_ref()) else { return Ok(()) };
        call.arguments.clear();
        plan.encode_arguments(json, &mut call.arguments).map_err(invalid)
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
