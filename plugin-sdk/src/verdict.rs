//! What a phase answers, written as one chain.

use crate::{Action, Edit, Fields, Outcome, Reply, RpcCode, RpcError, Verdict};

impl Verdict {
    /// Go on, with the edits that follow.
    #[must_use]
    pub const fn next() -> Verdict {
        Verdict { action: Action::Next, edits: Vec::new(), state: 0 }
    }

    /// Answer now, over HTTP and Dubbo alike.
    #[must_use]
    pub fn reply(reply: Reply) -> Verdict {
        Verdict { action: Action::Reply(reply), ..Verdict::next() }
    }

    /// End the call now, as if the provider had ended it so.
    #[must_use]
    pub fn end_call(outcome: impl Into<Outcome>) -> Verdict {
        Verdict { action: Action::EndCall(outcome.into()), ..Verdict::next() }
    }

    /// Sets a field of the request (`on_request`), an attachment (`on_call`) or a field of the response (later).
    #[must_use]
    pub fn set(self, name: impl Into<String>, value: impl Into<String>) -> Verdict {
        self.edit(Edit::Set((name.into(), value.into())))
    }

    /// As [`Verdict::set`], beside the values that are there.
    #[must_use]
    pub fn append(self, name: impl Into<String>, value: impl Into<String>) -> Verdict {
        self.edit(Edit::Append((name.into(), value.into())))
    }

    /// Takes every value of a field or attachment away.
    #[must_use]
    pub fn remove(self, name: impl Into<String>) -> Verdict {
        self.edit(Edit::Remove(name.into()))
    }

    /// `on_request`: another method.
    #[must_use]
    pub fn set_method(self, method: impl Into<String>) -> Verdict {
        self.edit(Edit::SetMethod(method.into()))
    }

    /// `on_request`: another path, with the query.
    #[must_use]
    pub fn set_path(self, path: impl Into<String>) -> Verdict {
        self.edit(Edit::SetPath(path.into()))
    }

    /// `on_request`: another host.
    #[must_use]
    pub fn set_authority(self, authority: impl Into<String>) -> Verdict {
        self.edit(Edit::SetAuthority(authority.into()))
    }

    /// `on_response`: another status.
    #[must_use]
    pub fn set_status(self, status: u16) -> Verdict {
        self.edit(Edit::SetStatus(status))
    }

    /// `on_call`: other arguments, a JSON array with one element for each parameter.
    #[must_use]
    pub fn set_arguments(self, json: impl Into<String>) -> Verdict {
        self.edit(Edit::SetArguments(json.into()))
    }

    /// `on_outcome`: what the call is taken to have ended with.
    #[must_use]
    pub fn set_outcome(self, outcome: impl Into<Outcome>) -> Verdict {
        self.edit(Edit::SetOutcome(outcome.into()))
    }

    /// A note that every later plugin sees as `tag.NAME`, and the access log.
    #[must_use]
    pub fn tag(self, name: impl Into<String>, value: impl Into<String>) -> Verdict {
        self.edit(Edit::Tag((name.into(), value.into())))
    }

    /// A number for this plugin's later phases of the same exchange.
    #[must_use]
    pub fn state(self, state: u64) -> Verdict {
        Verdict { state, ..self }
    }

    /// Any change.
    #[must_use]
    pub fn edit(mut self, edit: Edit) -> Verdict {
        self.edits.push(edit);
        self
    }
}

impl Default for Verdict {
    fn default() -> Verdict {
        Verdict::next()
    }
}

impl From<Reply> for Verdict {
    fn from(reply: Reply) -> Verdict {
        Verdict::reply(reply)
    }
}

impl Reply {
    /// An answer without fields and body.
    #[must_use]
    pub fn new(status: u16) -> Reply {
        Reply { status, fields: Fields::new(), body: Vec::new() }
    }

    /// A problem as RFC 9457 writes it: `title` for all cases of this kind, `detail` for this one.
    #[must_use]
    pub fn problem(status: u16, title: &str, detail: &str) -> Reply {
        let mut body =
            format!("{{\"type\":\"about:blank\",\"title\":{},\"status\":{status}", crate::json::quoted(title));
        if !detail.is_empty() {
            body.push_str(",\"detail\":");
            body.push_str(&crate::json::quoted(detail));
        }
        body.push('}');
        Reply::new(status).field("content-type", "application/problem+json").body(body)
    }

    /// Adds a field.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, value: impl Into<String>) -> Reply {
        self.fields.push((name.into(), value.into()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(self, body: impl Into<Vec<u8>>) -> Reply {
        Reply { body: body.into(), ..self }
    }
}

impl RpcError {
    /// An error of the given status.
    #[must_use]
    pub fn new(code: RpcCode, message: impl Into<String>) -> RpcError {
        RpcError { code, exception_class: None, message: message.into() }
    }

    /// An exception that the method threw: its Java class and its message.
    #[must_use]
    pub fn thrown(class: impl Into<String>, message: impl Into<String>) -> RpcError {
        RpcError { code: RpcCode::ServiceError, exception_class: Some(class.into()), message: message.into() }
    }
}

impl From<RpcError> for Outcome {
    fn from(error: RpcError) -> Outcome {
        Outcome::Error(error)
    }
}

impl From<Result<String, RpcError>> for Outcome {
    fn from(result: Result<String, RpcError>) -> Outcome {
        match result {
            Ok(json) => Outcome::Result(json),
            Err(error) => Outcome::Error(error),
        }
    }
}
