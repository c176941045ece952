//! A test as data: what comes in, what the host's side of it answers, and what must come of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// Names and values.
pub(crate) type Pairs = BTreeMap<String, String>;

/// One case of a file in `tests/`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// A sentence.
    pub(crate) name: String,
    /// The plugin's configuration.
    #[serde(default = "nothing")]
    pub(crate) config: Value,
    /// What comes in, for a filter.
    #[serde(default)]
    pub(crate) request: Request,
    /// The call that the request becomes, for a filter or a router; for a service the call that comes in.
    #[serde(default)]
    pub(crate) call: Option<Call>,
    /// How the call ends.
    #[serde(default)]
    pub(crate) outcome: Option<Outcome>,
    /// What goes out.
    #[serde(default)]
    pub(crate) response: Option<Response>,
    /// The providers of a router or a balancer.
    #[serde(default)]
    pub(crate) endpoints: Vec<Endpoint>,
    /// What a balancer is asked.
    #[serde(default)]
    pub(crate) pick: Pick,
    /// What `exchange.property` knows beside the rest.
    #[serde(default)]
    pub(crate) properties: Pairs,
    /// Answers to side calls over HTTP, each taken once, in any order.
    #[serde(default)]
    pub(crate) http: Vec<HttpStub>,
    /// Answers to calls of services.
    #[serde(default)]
    pub(crate) dubbo: Vec<DubboStub>,
    /// What is in the buckets: bucket, key, value.
    #[serde(default)]
    pub(crate) kv: BTreeMap<String, Pairs>,
    /// What must come of it.
    #[serde(default)]
    pub(crate) expect: Expect,
}

impl Case {
    /// A case of which nothing is known but its defaults.
    pub(crate) fn nameless() -> Self {
        Self {
            name: String::new(),
            config: nothing(),
            request: Request::default(),
            call: None,
            outcome: None,
            response: None,
            endpoints: Vec::new(),
            pick: Pick::default(),
            properties: Pairs::new(),
            http: Vec::new(),
            dubbo: Vec::new(),
            kv: BTreeMap::new(),
            expect: Expect::default(),
        }
    }
}

fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}

/// A request over HTTP.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) protocol: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) authority: String,
    pub(crate) client: String,
    pub(crate) headers: Pairs,
    pub(crate) body: Option<String>,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            protocol: "http1".to_owned(),
            method: "GET".to_owned(),
            path: "/".to_owned(),
            authority: "localhost".to_owned(),
            client: "127.0.0.1".to_owned(),
            headers: Pairs::new(),
            body: None,
        }
    }
}

/// A call of a service.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Call {
    pub(crate) service: String,
    pub(crate) method: String,
    pub(crate) group: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) types: Vec<String>,
    pub(crate) arguments: Vec<Value>,
    pub(crate) attachments: Pairs,
}

/// A result, or an error.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    Result(Value),
    Error(CallError),
}

/// Why a call failed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallError {
    #[serde(default = "service_error")]
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) class: Option<String>,
    #[serde(default)]
    pub(crate) message: String,
}

fn service_error() -> String {
    "service-error".to_owned()
}

/// A response over HTTP; as a stub, what a cluster answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Pairs,
    pub(crate) body: Option<String>,
    /// A body that is JSON, in the place of `body`.
    pub(crate) json: Option<Value>,
}

impl Default for Response {
    fn default() -> Self {
        Self { status: 200, headers: Pairs::new(), body: None, json: None }
    }
}

impl Response {
    /// The body's bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match (&self.body, &self.json) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(json)) => json.to_string().into_bytes(),
            (None, None) => Vec::new(),
        }
    }
}

/// A provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Endpoint {
    pub(crate) address: String,
    pub(crate) weight: u32,
    pub(crate) zone: String,
    pub(crate) parameters: Pairs,
    /// Calls on their way, for a balancer; `latency` in microseconds.
    pub(crate) active: u32,
    pub(crate) latency: u32,
    pub(crate) available: bool,
}

impl Default for Endpoint {
    fn default() -> Self {
        Self {
            address: String::new(),
            weight: 100,
            zone: String::new(),
            parameters: Pairs::new(),
            active: 0,
            latency: 0,
            available: true,
        }
    }
}

/// What a balancer is asked.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Pick {
    pub(crate) key: u64,
    pub(crate) attempt: u32,
    pub(crate) exclude: Option<u32>,
}

/// What a cluster answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpStub {
    pub(crate) cluster: String,
    /// Left out: any.
    pub(crate) method: Option<String>,
    pub(crate) path: Option<String>,
    #[serde(default)]
    pub(crate) reply: Response,
    /// Instead of a reply: `timeout`, or why the cluster is not reached.
    pub(crate) error: Option<String>,
}

/// What a service answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DubboStub {
    pub(crate) service: String,
    pub(crate) method: Option<String>,
    #[serde(default)]
    pub(crate) result: Value,
    pub(crate) error: Option<CallError>,
}

/// What must come of a case. What is left out is not judged, but an answer or a failure that nobody expects fails the case.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Expect {
    /// Every edit of every phase, in order: `{ set: { x-tenant: acme } }`, `{ remove: cookie }`, `{ set-path: /a }`.
    pub(crate) edits: Option<Vec<Value>>,
    /// The answer: `status`, and of `headers`, `body` and `json` what is named.
    pub(crate) reply: Option<Value>,
    /// How the plugin ends the call.
    pub(crate) end_call: Option<Value>,
    /// What becomes of the request's body, and of the response's.
    pub(crate) request_body: Option<String>,
    pub(crate) response_body: Option<String>,
    /// Parts of lines, each `level: text`.
    pub(crate) log: Vec<String>,
    /// Part of the reason for which the configuration is refused.
    pub(crate) refused: Option<String>,
    /// How the plugin fails: `trap`, `timeout`, `budget`, `invalid`.
    pub(crate) failure: Option<String>,
    /// Places in the list of endpoints that a router leaves, and one that a balancer picks (`none`: it leaves the choice).
    pub(crate) places: Option<Vec<u32>>,
    pub(crate) pick: Option<Value>,
    /// The error with which a router rejects.
    pub(crate) reject: Option<Value>,
    /// What a service returns, or the error it ends with.
    pub(crate) result: Option<Value>,
    pub(crate) error: Option<Value>,
}
