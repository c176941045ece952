//! Answers to what plugins ask of an exchange.

use std::time::Instant;

use http::{HeaderMap, HeaderName, HeaderValue};
use smallvec::SmallVec;
use yumen_plugin_host::{
    Exchange as Seen,
    words::{Call, Fields, Outcome, Side},
};

use super::{Exchange, outcome_of};
use crate::snapshot::Wanted;

impl Exchange {
    /// The values that a plugin wants, in its order.
    pub fn values(&self, wanted: &[Wanted]) -> SmallVec<[Option<Text>; 4]> {
        wanted.iter().map(|wanted| self.text(wanted)).collect()
    }

    /// One value, without a copy where it is a field.
    fn text(&self, wanted: &Wanted) -> Option<Text> {
        match wanted {
            Wanted::Field(name) => self.request().parts.headers.get(name).map(Text::of),
            Wanted::ResponseField(name) => self.response().as_ref()?.headers.get(name).map(Text::of),
            other => self.value(other).map(Text::Own),
        }
    }

    /// One value.
    pub fn value(&self, wanted: &Wanted) -> Option<String> {
        let service = |part: fn(&yumen_dubbo::service_key::ServiceKey) -> Option<&str>| {
            self.service().and_then(|service| part(&service.options.key)).map(str::to_owned)
        };
        match wanted {
            Wanted::Method => Some(self.request().parts.method.as_str().to_owned()),
            Wanted::Path => {
                Some(self.request().parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned())
            }
            Wanted::Authority => Some(self.request().host().to_owned()),
            Wanted::Client => Some(self.request().client().to_string()),
            Wanted::Route => self.action().map(|action| action.name.to_string()),
            Wanted::Listener => Some(self.listener.to_string()),
            Wanted::RequestId => Some(self.request().id().to_owned()),
            Wanted::Tag(name) => {
                self.tags().iter().find(|(known, _)| **known == **name).map(|(_, value)| value.clone())
            }
            Wanted::Field(name) => first(&self.request().parts.headers, name),
            Wanted::ResponseField(name) => first(&self.response().as_ref()?.headers, name),
            Wanted::Attachment(name) => {
                let departure = self.departure()?;
                let found = departure.attachments.iter().find(|(known, _)| **known == **name)?;
                Some(found.1.to_string())
            }
            Wanted::Service => service(|key| Some(&key.interface)),
            Wanted::JavaMethod => self.plan().map(|plan| plan.method().invoked_name.to_string()),
            Wanted::Group => service(|key| key.group.as_deref()),
            Wanted::Version => service(|key| key.version.as_deref()),
            Wanted::Argument(index) => self.plan()?.argument_json(&self.departure()?.arguments, *index),
            Wanted::Nothing => None,
        }
    }

    fn headers<T>(&self, side: Side, read: impl FnOnce(&HeaderMap) -> T) -> Option<T> {
        match side {
            Side::Request => Some(read(&self.request().parts.headers)),
            Side::Response => self.response().as_ref().map(|head| read(&head.headers)),
        }
    }
}

/// A value that a plugin is shown.
pub enum Text {
    /// A field whose bytes are UTF-8.
    Field(HeaderValue),
    /// Made for this.
    Own(String),
}

impl Text {
    /// What is not UTF-8 shows U+FFFD.
    fn of(value: &HeaderValue) -> Self {
        match std::str::from_utf8(value.as_bytes()) {
            Ok(_) => Self::Field(value.clone()),
            Err(_) => Self::Own(text(value)),
        }
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Field(value) => std::str::from_utf8(value.as_bytes()).unwrap_or_default(),
            Self::Own(text) => text,
        }
    }
}

impl Seen for Exchange {
    fn field(&self, side: Side, name: &str) -> Option<String> {
        let name = HeaderName::try_from(name).ok()?;
        self.headers(side, |headers| first(headers, &name))?
    }

    fn field_all(&self, side: Side, name: &str) -> Vec<String> {
        let Ok(name) = HeaderName::try_from(name) else { return Vec::new() };
        self.headers(side, |headers| headers.get_all(&name).iter().map(text).collect()).unwrap_or_default()
    }

    fn all_fields(&self, side: Side) -> Fields {
        let all = |headers: &HeaderMap| headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        self.headers(side, all).unwrap_or_default()
    }

    fn property(&self, name: &str) -> Option<String> {
        self.value(&Wanted::of_property(name))
    }

    fn call(&self) -> Option<Call> {
        self.departure()?;
        let (plan, key) = (self.plan()?, &self.service()?.options.key);
        Some(Call {
            service: key.interface.to_string(),
            method: plan.method().invoked_name.to_string(),
            group: key.group.as_deref().map(str::to_owned),
            version: key.version.as_deref().map(str::to_owned),
            parameter_types: plan.parameter_types().map(str::to_owned).collect(),
        })
    }

    fn attachments(&self) -> Fields {
        let pair = |(name, value): &(_, _)| {
            let (name, value): (&std::borrow::Cow<'_, str>, &std::borrow::Cow<'_, str>) = (name, value);
            (name.to_string(), value.to_string())
        };
        self.departure().map(|call| call.attachments.iter().map(pair).collect()).unwrap_or_default()
    }

    fn arguments(&self) -> Option<String> {
        self.plan()?.arguments_json(&self.departure()?.arguments).ok()
    }

    fn argument(&self, index: u32) -> Option<String> {
        self.plan()?.argument_json(&self.departure()?.arguments, index as usize)
    }

    fn outcome(&self) -> Option<Outcome> {
        outcome_of(self.outcome.borrow().as_ref()?, self.plan()?)
    }

    fn deadline(&self) -> Instant {
        self.deadline
    }
}

fn first(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).map(text)
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}
