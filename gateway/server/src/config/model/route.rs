//! Which request becomes which call, with which arguments, and how the answer looks.

use std::{collections::BTreeMap, fmt, time::Duration};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::{
    argument::ArgConfig,
    source::Source,
    template::BodyTemplate,
    text::{self, ByteSize, OneOrMany},
};

/// One kind of request and the call that answers it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteConfig {
    /// Name, unique among routes; shown in logs, metrics and errors.
    pub name: String,
    /// Which requests it takes.
    #[serde(rename = "match")]
    pub matches: RouteMatch,
    /// Which method it calls.
    pub to: RouteTarget,
    /// Plugins of the kind filter, in this order, that see every request of the route, after those of its listener. They may
    /// change the path only to another one that the template takes.
    #[serde(default)]
    pub plugins: Vec<String>,
    /// Arguments of the call, in the order of the method's parameters.
    #[serde(default)]
    pub args: Vec<ArgConfig>,
    /// Attachments taken from the request, by attachment name. A source that the request lacks sends none.
    #[serde(default)]
    pub attachments: BTreeMap<String, Source>,
    /// Status and body of a good answer.
    #[serde(default)]
    pub respond: RespondConfig,
    /// Status and body for exceptions that the provider threw; the first entry that fits is taken.
    #[serde(default)]
    pub errors: Vec<ErrorConfig>,
    /// Time for one attempt. Left out: the method's or the service's.
    #[serde(default, with = "text::optional_duration")]
    #[schemars(with = "Option<text::DurationText>")]
    pub timeout: Option<Duration>,
    /// Further attempts. Left out: the method's or the service's.
    #[serde(default)]
    #[schemars(range(max = 100))]
    pub retries: Option<u32>,
    /// The call may be retried. Left out: what the method says.
    #[serde(default)]
    pub idempotent: Option<bool>,
    /// Largest request body. Left out: the listener's `limits.request.body`.
    #[serde(default)]
    pub body_limit: Option<ByteSize>,
}

/// Which requests a route takes: all that is written must hold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteMatch {
    /// HTTP method, or a list of them. Left out: any method.
    #[serde(default, rename = "method")]
    pub methods: OneOrMany<String>,
    /// Path template: `/users/{id}` takes one segment into `id`, `/files/{*rest}` takes all that follows.
    /// Signs outside ASCII stand as they are, or escaped: `/città` is `/citt%C3%A0`.
    pub path: String,
    /// Host without port, or `*.example.com` for every name below. Left out: any host.
    #[serde(default)]
    pub host: Option<String>,
    /// Header fields by name that must be there with this value (or `true` / `false`: present / absent).
    #[serde(default)]
    pub headers: BTreeMap<String, HeaderMatch>,
}

/// What one header field must look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderMatch {
    /// Exactly this value.
    Exact(String),
    /// Present with any value (`true`), or absent (`false`).
    Present(bool),
}

impl<'de> Deserialize<'de> for HeaderMatch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(HeaderMatchVisitor)
    }
}

struct HeaderMatchVisitor;

impl de::Visitor<'_> for HeaderMatchVisitor {
    type Value = HeaderMatch;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text (in quotes if it looks like a number), true or false")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<HeaderMatch, E> {
        Ok(HeaderMatch::Exact(text.to_owned()))
    }

    fn visit_bool<E: de::Error>(self, present: bool) -> Result<HeaderMatch, E> {
        Ok(HeaderMatch::Present(present))
    }
}

impl JsonSchema for HeaderMatch {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "HeaderMatch".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The exact value, or `true` for present with any value, `false` for absent.",
            "type": ["string", "boolean"],
        })
    }
}

/// Which method a route calls.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteTarget {
    /// Name of a service.
    pub service: String,
    /// Java name of the method.
    pub method: String,
    /// Parameter types, where the service does not tell them, or to choose among overloads, or to say a
    /// generic type in full (`com.acme.Page<com.acme.Crate>`).
    #[serde(default)]
    pub params: Option<Vec<String>>,
    /// Result type, where the service does not tell it, or to say a generic type in full.
    #[serde(default)]
    pub returns: Option<String>,
}

/// Status and body of a good answer.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RespondConfig {
    /// HTTP status. Left out: 200, or 204 when the method is `void`, or 202 when it is one-way.
    #[schemars(range(min = 200, max = 399))]
    pub status: Option<u16>,
    /// Body, where `result` (or `result.a.b`) stands for the result or a part of it. Left out: the result as it is.
    pub body: Option<BodyTemplate>,
}

/// What a provider's exception becomes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorConfig {
    /// Exception class; its subclasses count too where the gateway knows them. `*` takes every exception.
    pub exception: String,
    /// HTTP status.
    #[schemars(range(min = 200, max = 599))]
    pub status: u16,
    /// Body, where `exception.message`, `exception.class` or `exception.field.NAME` stand for parts of the exception.
    /// Where `exception` names the very class that was thrown, its message is told as it is; else only one that was written
    /// for callers, and null for those of the JDK's technical exceptions. Left out: an RFC 9457 problem without inner details.
    #[serde(default)]
    pub body: Option<BodyTemplate>,
}
