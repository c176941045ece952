//! Conditions of a route beside its path: methods and header fields.

use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::config::{HeaderMatch, RouteMatch};

/// Methods and header conditions of one route.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    /// Methods taken; none stands for all.
    methods: Box<[Method]>,
    headers: Box<[(HeaderName, Header)]>,
}

/// What a header field must be.
#[derive(Debug)]
enum Header {
    Exact(HeaderValue),
    Present(bool),
    /// A value that no header field can have.
    Never,
}

/// Methods that routes with a fitting path would have taken.
#[derive(Debug, Default)]
pub(super) struct Allowed(Vec<Method>);

impl Conditions {
    /// The conditions of a route.
    pub(super) fn of(matches: &RouteMatch) -> Self {
        let header = |(name, value): (&String, &HeaderMatch)| {
            let value = match value {
                HeaderMatch::Present(present) => Header::Present(*present),
                HeaderMatch::Exact(text) => HeaderValue::from_str(text).map_or(Header::Never, Header::Exact),
            };
            Some((HeaderName::try_from(name.as_str()).ok()?, value))
        };
        Self {
            methods: matches.methods.iter().filter_map(|method| Method::from_bytes(method.as_bytes()).ok()).collect(),
            headers: matches.headers.iter().filter_map(header).collect(),
        }
    }

    /// Whether the method is named, or all are taken.
    pub(super) fn names(&self, method: &Method) -> bool {
        self.methods.is_empty() || self.methods.contains(method)
    }

    /// Whether the method is taken: HEAD also where GET is.
    pub(super) fn takes(&self, method: &Method) -> bool {
        self.names(method) || (*method == Method::HEAD && self.methods.contains(&Method::GET))
    }

    /// Whether the header fields are as they must be; else the first that is not.
    pub(super) fn missing_header(&self, headers: &HeaderMap) -> Option<&HeaderName> {
        let unmet = |(name, wanted): &&(HeaderName, Header)| match wanted {
            Header::Exact(value) => !headers.get_all(name).iter().any(|have| have == value),
            Header::Present(present) => headers.contains_key(name) != *present,
            Header::Never => true,
        };
        self.headers.iter().find(unmet).map(|(name, _)| name)
    }

    /// How special it is among routes of one template: more header conditions first, then named methods.
    pub(super) fn rank(&self) -> impl Ord + use<> {
        (std::cmp::Reverse(self.headers.len()), self.methods.is_empty())
    }
}

impl Allowed {
    /// Notes the methods of a route that did not take the request's.
    pub(super) fn add(&mut self, conditions: &Conditions) {
        for method in &conditions.methods {
            if !self.0.contains(method) {
                self.0.push(method.clone());
            }
        }
    }

    /// The methods, GET with HEAD, in the order in which they are usually listed.
    pub(super) fn list(mut self) -> Option<String> {
        const ORDER: [Method; 7] =
            [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
        if self.0.is_empty() {
            return None;
        }
        if self.0.contains(&Method::GET) && !self.0.contains(&Method::HEAD) {
            self.0.push(Method::HEAD);
        }
        let place = |method: &Method| ORDER.iter().position(|known| known == method).unwrap_or(ORDER.len());
        self.0.sort_by(|one, other| (place(one), one.as_str()).cmp(&(place(other), other.as_str())));
        Some(self.0.iter().map(Method::as_str).collect::<Vec<_>>().join(", "))
    }
}
