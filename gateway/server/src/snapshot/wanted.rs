//! Values of a request that plugins and canaries ask for by name. Names are read once, when a version is deployed.

use http::HeaderName;

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Method of the request.
    Method,
    /// Path with query.
    Path,
    /// Host as the client named it.
    Authority,
    /// The client's address.
    Client,
    /// Name of the route, once it is known.
    Route,
    /// Name of the listener.
    Listener,
    /// Id of the request.
    RequestId,
    /// A note of an earlier plugin.
    Tag(Box<str>),
    /// The first field of the request with this name.
    Field(HeaderName),
    /// The first field of the response with this name.
    ResponseField(HeaderName),
    /// An attachment of the call.
    Attachment(Box<str>),
    /// Java interface of the call.
    Service,
    /// Java method of the call.
    JavaMethod,
    /// Group of the service.
    Group,
    /// Version of the service.
    Version,
    /// An argument of the call as JSON, from 0.
    Argument(usize),
    /// Nothing that is known here.
    Nothing,
}

impl Wanted {
    /// A name of `request-wants`: `:method`, `:path`, `:authority`, `:client`, `:route`, `tag.NAME`, or a request field.
    #[must_use]
    pub fn of_request(name: &str) -> Self {
        Self::of_head(name).unwrap_or_else(|| field(name, Self::Field))
    }

    /// A name of `call-wants`: `:service`, `:method`, `:group`, `:version`, `request.NAME`, `tag.NAME`, `argument.N`, or an
    /// attachment. What is known of the request's head beside its method is known, too.
    #[must_use]
    pub fn of_call(name: &str) -> Self {
        match name {
            ":method" => Self::JavaMethod,
            name => {
                Self::in_call(name).or_else(|| Self::of_head(name)).unwrap_or_else(|| Self::Attachment(name.into()))
            }
        }
    }

    /// A name of `response-wants`: `request.NAME`, `tag.NAME`, or a response field.
    #[must_use]
    pub fn of_response(name: &str) -> Self {
        Self::in_request(name).or_else(|| Self::of_head(name)).unwrap_or_else(|| field(name, Self::ResponseField))
    }

    /// A name of a property: `route.name`, `request.id`, `client.address`, `listener.name`, and the names of all wants.
    #[must_use]
    pub fn of_property(name: &str) -> Self {
        match name {
            "route.name" => Self::Route,
            "request.id" => Self::RequestId,
            "client.address" => Self::Client,
            "listener.name" => Self::Listener,
            name => Self::of_head(name).or_else(|| Self::in_call(name)).unwrap_or_else(|| field(name, Self::Field)),
        }
    }

    /// Whether a call tells it by itself, whatever request it came from.
    #[must_use]
    pub fn is_of_call(&self) -> bool {
        matches!(
            self,
            Self::Attachment(_) | Self::Service | Self::JavaMethod | Self::Group | Self::Version | Self::Nothing
        )
    }

    fn of_head(name: &str) -> Option<Self> {
        Some(match name {
            ":method" => Self::Method,
            ":path" => Self::Path,
            ":authority" => Self::Authority,
            ":client" => Self::Client,
            ":route" => Self::Route,
            name => Self::Tag(name.strip_prefix("tag.")?.into()),
        })
    }

    fn in_request(name: &str) -> Option<Self> {
        name.strip_prefix("request.").map(|name| field(name, Self::Field))
    }

    fn in_call(name: &str) -> Option<Self> {
        Some(match name {
            ":service" => Self::Service,
            ":group" => Self::Group,
            ":version" => Self::Version,
            name => match name.strip_prefix("argument.").and_then(|index| index.parse().ok()) {
                Some(index) => Self::Argument(index),
                None => return Self::in_request(name),
            },
        })
    }
}

fn field(name: &str, of: impl FnOnce(HeaderName) -> Wanted) -> Wanted {
    HeaderName::try_from(name).map_or(Wanted::Nothing, of)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &'static str) -> HeaderName {
        HeaderName::from_static(name)
    }

    #[test]
    fn every_phase_has_its_own_words() {
        assert_eq!(Wanted::of_request(":method"), Wanted::Method);
        assert_eq!(Wanted::of_request("X-Tenant"), Wanted::Field(named("x-tenant")));
        assert_eq!(Wanted::of_request("tag.user"), Wanted::Tag("user".into()));
        assert_eq!(Wanted::of_request(":nothing"), Wanted::Nothing);
        assert_eq!(Wanted::of_call(":method"), Wanted::JavaMethod);
        assert_eq!(Wanted::of_call("request.x-tenant"), Wanted::Field(named("x-tenant")));
        assert_eq!(Wanted::of_call("argument.1"), Wanted::Argument(1));
        assert_eq!(Wanted::of_call("argument.x"), Wanted::Attachment("argument.x".into()));
        assert_eq!(Wanted::of_call("tenant"), Wanted::Attachment("tenant".into()));
        assert_eq!(Wanted::of_call(":client"), Wanted::Client);
        assert_eq!(Wanted::of_response("vary"), Wanted::ResponseField(named("vary")));
        assert_eq!(Wanted::of_response("request.origin"), Wanted::Field(named("origin")));
        assert_eq!(Wanted::of_property("request.id"), Wanted::RequestId);
        assert_eq!(Wanted::of_property("request.x-user"), Wanted::Field(named("x-user")));
        assert_eq!(Wanted::of_property(":service"), Wanted::Service);
    }

    #[test]
    fn what_a_call_tells_by_itself_needs_no_request() {
        for name in [":method", ":service", ":group", ":version", "tenant"] {
            assert!(Wanted::of_call(name).is_of_call(), "{name}");
        }
        for name in [":client", ":path", "request.x-tenant", "tag.user", "argument.0"] {
            assert!(!Wanted::of_call(name).is_of_call(), "{name}");
        }
    }
}
