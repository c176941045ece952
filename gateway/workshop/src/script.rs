//! The host's side of a case: an exchange and a world outside that say what the case says.

use std::{
    cell::RefCell,
    rc::Rc,
    time::{Duration, Instant},
};

use futures_util::future::{FutureExt, LocalBoxFuture, ready};
use serde_json::Value;
use yumen_plugin_host::{
    Exchange, Outbound,
    words::{
        Call, CallError, CallRequest, Edit, Fields, HttpError, HttpRequest, HttpResponse, Outcome, RpcCode, RpcError,
        Side,
    },
};

use crate::case::{self, Case, DubboStub, HttpStub, Pairs};

/// How long a case may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The state of one case.
pub(crate) struct Script {
    until: Instant,
    now: RefCell<Now>,
    http: RefCell<Vec<HttpStub>>,
    dubbo: RefCell<Vec<DubboStub>>,
    /// Side calls that nothing in the case answers.
    unforeseen: RefCell<Vec<String>>,
}

/// What a plugin sees at this moment; its own edits change it.
struct Now {
    method: String,
    path: String,
    authority: String,
    client: String,
    request: Fields,
    response: Fields,
    properties: Pairs,
    tags: Pairs,
    call: Option<case::Call>,
    arguments: String,
    attachments: Fields,
    outcome: Option<Outcome>,
}

impl Script {
    /// A case before its first phase.
    pub(crate) fn new(case: &Case) -> Rc<Self> {
        let request = &case.request;
        let call = case.call.clone().unwrap_or_default();
        let now = Now {
            method: request.method.clone(),
            path: request.path.clone(),
            authority: request.authority.clone(),
            client: request.client.clone(),
            request: fields(&request.headers),
            response: Vec::new(),
            properties: case.properties.clone(),
            tags: Pairs::new(),
            call: None,
            arguments: Value::Array(call.arguments).to_string(),
            attachments: fields(&call.attachments),
            outcome: None,
        };
        Rc::new(Self {
            until: Instant::now() + PATIENCE,
            now: RefCell::new(now),
            http: RefCell::new(case.http.clone()),
            dubbo: RefCell::new(case.dubbo.clone()),
            unforeseen: RefCell::default(),
        })
    }

    /// The request became this call.
    pub(crate) fn became(&self, call: &case::Call) {
        self.now.borrow_mut().call = Some(call.clone());
    }

    /// The call ended.
    pub(crate) fn ended(&self, outcome: &case::Outcome) {
        self.now.borrow_mut().outcome = Some(spoken(outcome));
    }

    /// A response is about to leave.
    pub(crate) fn responds(&self, response: &case::Response) {
        self.now.borrow_mut().response = fields(&response.headers);
    }

    /// Side calls that nothing answered, and answers that nobody asked for.
    pub(crate) fn loose_ends(&self) -> Vec<String> {
        let mut ends = self.unforeseen.borrow().clone();
        ends.extend(
            self.http.borrow().iter().map(|stub| format!("no request came for the stub of cluster {:?}", stub.cluster)),
        );
        ends.extend(
            self.dubbo.borrow().iter().map(|stub| format!("no call came for the stub of service {:?}", stub.service)),
        );
        ends
    }

    /// What `request-wants` gets.
    pub(crate) fn of_request(&self, name: &str) -> Option<String> {
        let now = self.now.borrow();
        match name {
            ":method" => Some(now.method.clone()),
            ":path" => Some(now.path.clone()),
            ":authority" => Some(now.authority.clone()),
            ":client" => Some(now.client.clone()),
            ":route" => now.properties.get("route.name").cloned(),
            _ => match name.strip_prefix("tag.") {
                Some(tag) => now.tags.get(tag).cloned(),
                None => first(&now.request, name),
            },
        }
    }

    /// What `call-wants` gets.
    pub(crate) fn of_call(&self, name: &str) -> Option<String> {
        if let Some(field) = name.strip_prefix("request.") {
            return self.of_request(field);
        }
        if let Some(index) = name.strip_prefix("argument.") {
            return self.argument(index.parse().ok()?);
        }
        let now = self.now.borrow();
        let call = now.call.as_ref();
        match name {
            ":service" => call.map(|call| call.service.clone()),
            ":method" => call.map(|call| call.method.clone()),
            ":group" => call?.group.clone(),
            ":version" => call?.version.clone(),
            _ => match name.strip_prefix("tag.") {
                Some(tag) => now.tags.get(tag).cloned(),
                None => first(&now.attachments, name),
            },
        }
    }

    /// What `response-wants` gets.
    pub(crate) fn of_response(&self, name: &str) -> Option<String> {
        if let Some(field) = name.strip_prefix("request.") {
            return self.of_request(field);
        }
        let now = self.now.borrow();
        match name.strip_prefix("tag.") {
            Some(tag) => now.tags.get(tag).cloned(),
            None => first(&now.response, name),
        }
    }

    /// Makes an edit seen by the phases that follow. `side` is what set, append and remove mean here; none: the attachments.
    pub(crate) fn edit(&self, edit: &Edit, side: Option<Side>) {
        let mut now = self.now.borrow_mut();
        let now = &mut *now;
        let target = match side {
            None => &mut now.attachments,
            Some(Side::Request) => &mut now.request,
            Some(Side::Response) => &mut now.response,
        };
        match edit {
            Edit::Set((name, value)) => {
                target.retain(|(known, _)| known != name);
                target.push((name.clone(), value.clone()));
            }
            Edit::Append(pair) => target.push(pair.clone()),
            Edit::Remove(name) => target.retain(|(known, _)| known != name),
            Edit::SetMethod(method) => now.method.clone_from(method),
            Edit::SetPath(path) => now.path.clone_from(path),
            Edit::SetAuthority(authority) => now.authority.clone_from(authority),
            Edit::SetArguments(arguments) => now.arguments.clone_from(arguments),
            Edit::SetOutcome(outcome) => now.outcome = Some(outcome.clone()),
            Edit::Tag((name, value)) => {
                now.tags.insert(name.clone(), value.clone());
            }
            Edit::SetStatus(_) => {}
        }
    }
}

impl Exchange for Script {
    fn field(&self, side: Side, name: &str) -> Option<String> {
        first(&self.all_fields(side), name)
    }

    fn field_all(&self, side: Side, name: &str) -> Vec<String> {
        self.all_fields(side).into_iter().filter(|(known, _)| known == name).map(|(_, value)| value).collect()
    }

    fn all_fields(&self, side: Side) -> Fields {
        let now = self.now.borrow();
        match side {
            Side::Request => now.request.clone(),
            Side::Response => now.response.clone(),
        }
    }

    fn property(&self, name: &str) -> Option<String> {
        if let Some(given) = self.now.borrow().properties.get(name) {
            return Some(given.clone());
        }
        match name {
            "client.address" => self.of_request(":client"),
            _ => self.of_call(name).or_else(|| self.of_request(name)).or_else(|| self.of_response(name)),
        }
    }

    fn call(&self) -> Option<Call> {
        let now = self.now.borrow();
        let case::Call { service, method, group, version, types, .. } = now.call.clone()?;
        Some(Call { service, method, group, version, parameter_types: types })
    }

    fn attachments(&self) -> Fields {
        self.now.borrow().attachments.clone()
    }

    fn arguments(&self) -> Option<String> {
        let now = self.now.borrow();
        now.call.is_some().then(|| now.arguments.clone())
    }

    fn argument(&self, index: u32) -> Option<String> {
        let arguments: Vec<Value> = serde_json::from_str(&self.arguments()?).ok()?;
        arguments.get(index as usize).map(Value::to_string)
    }

    fn outcome(&self) -> Option<Outcome> {
        self.now.borrow().outcome.clone()
    }

    fn deadline(&self) -> Instant {
        self.until
    }
}

/// The outside of a script.
pub(crate) struct Outside(pub(crate) Rc<Script>);

impl Outbound for Outside {
    fn http(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpResponse, HttpError>> {
        let fits = |stub: &HttpStub| {
            stub.cluster == request.cluster
                && stub.method.as_ref().is_none_or(|method| *method == request.method)
                && stub.path.as_ref().is_none_or(|path| *path == request.path)
        };
        let answer = match taken(&self.0.http, fits) {
            Some(HttpStub { error: Some(error), .. }) if error == "timeout" => Err(HttpError::Timeout),
            Some(HttpStub { error: Some(error), .. }) => Err(HttpError::Transport(error)),
            Some(HttpStub { reply, .. }) => {
                Ok(HttpResponse { status: reply.status, fields: fields(&reply.headers), body: reply.bytes() })
            }
            None => {
                let what = format!("{} {} to cluster {:?} has no stub", request.method, request.path, request.cluster);
                self.0.unforeseen.borrow_mut().push(what.clone());
                Err(HttpError::Transport(what))
            }
        };
        ready(answer).boxed_local()
    }

    fn dubbo(&self, request: CallRequest) -> LocalBoxFuture<'static, Result<String, CallError>> {
        let fits = |stub: &DubboStub| {
            stub.service == request.service && stub.method.as_ref().is_none_or(|method| *method == request.method)
        };
        let answer = match taken(&self.0.dubbo, fits) {
            Some(DubboStub { error: Some(error), .. }) => Err(CallError::Rpc(rpc_error(&error))),
            Some(DubboStub { result, .. }) => Ok(result.to_string()),
            None => {
                let what = format!("{}.{} has no stub", request.service, request.method);
                self.0.unforeseen.borrow_mut().push(what.clone());
                Err(CallError::Invalid(what))
            }
        };
        ready(answer).boxed_local()
    }
}

/// The first stub that fits, which answers no second time.
fn taken<T>(stubs: &RefCell<Vec<T>>, fits: impl Fn(&T) -> bool) -> Option<T> {
    let mut stubs = stubs.borrow_mut();
    let at = stubs.iter().position(fits)?;
    Some(stubs.remove(at))
}

pub(crate) fn fields(pairs: &Pairs) -> Fields {
    pairs.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect()
}

fn first(fields: &Fields, name: &str) -> Option<String> {
    fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

fn spoken(outcome: &case::Outcome) -> Outcome {
    match outcome {
        case::Outcome::Result(value) => Outcome::Result(value.to_string()),
        case::Outcome::Error(error) => Outcome::Error(rpc_error(error)),
    }
}

fn rpc_error(error: &case::CallError) -> RpcError {
    let code = CODES.iter().find(|(name, _)| *name == error.code).map_or(RpcCode::ServiceError, |(_, code)| *code);
    RpcError { code, exception_class: error.class.clone(), message: error.message.clone() }
}

/// Dubbo's statuses by the names of the contract.
pub(crate) const CODES: [(&str, RpcCode); 11] = [
    ("ok", RpcCode::Ok),
    ("client-timeout", RpcCode::ClientTimeout),
    ("server-timeout", RpcCode::ServerTimeout),
    ("bad-request", RpcCode::BadRequest),
    ("bad-response", RpcCode::BadResponse),
    ("service-not-found", RpcCode::ServiceNotFound),
    ("service-error", RpcCode::ServiceError),
    ("server-error", RpcCode::ServerError),
    ("client-error", RpcCode::ClientError),
    ("overloaded", RpcCode::Overloaded),
    ("network-error", RpcCode::NetworkError),
];
