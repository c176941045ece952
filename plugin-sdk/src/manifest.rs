//! How a plugin says what it is and what it wants.

use crate::{BodyMode, FailurePolicy, Interest, Manifest};

/// A [`Manifest`] with the name and version of the crate that it is written in.
#[macro_export]
macro_rules! manifest {
    () => {
        $crate::Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    };
}

impl Manifest {
    /// A plugin that takes part in nothing yet. When it fails, the request is refused.
    #[must_use]
    pub fn new(name: &str, version: &str) -> Manifest {
        Manifest {
            name: name.to_owned(),
            version: version.to_owned(),
            config_schema: String::new(),
            interest: Interest::empty(),
            request_wants: Vec::new(),
            call_wants: Vec::new(),
            response_wants: Vec::new(),
            request_body: BodyMode::None,
            response_body: BodyMode::None,
            on_failure: FailurePolicy::Closed,
            ext: Vec::new(),
        }
    }

    /// JSON Schema (2020-12) that the gateway judges the configuration by before `configure` sees it.
    #[must_use]
    pub fn schema(self, schema: &str) -> Manifest {
        Manifest { config_schema: schema.to_owned(), ..self }
    }

    /// Takes part in `on_request` and gets `wants` there: names of request fields, `:method`, `:path`, `:authority`,
    /// `:client`, `:route`, `tag.NAME`.
    #[must_use]
    pub fn on_request<N: Into<String>>(mut self, wants: impl IntoIterator<Item = N>) -> Manifest {
        self.request_wants.extend(wants.into_iter().map(Into::into));
        self.with(Interest::REQUEST_HEAD)
    }

    /// Takes part in `on_call` and gets `wants` there: names of attachments, `:service`, `:method`, `:group`, `:version`,
    /// `request.NAME`, `tag.NAME`, `argument.N`.
    #[must_use]
    pub fn on_call<N: Into<String>>(self, wants: impl IntoIterator<Item = N>) -> Manifest {
        self.wants_of_calls(wants).with(Interest::CALL)
    }

    /// What a router's `route` gets, and what the key of a balancer is made of. The names are those of [`Manifest::on_call`].
    #[must_use]
    pub fn wants_of_calls<N: Into<String>>(mut self, wants: impl IntoIterator<Item = N>) -> Manifest {
        self.call_wants.extend(wants.into_iter().map(Into::into));
        self
    }

    /// Takes part in `on_outcome`.
    #[must_use]
    pub fn on_outcome(self) -> Manifest {
        self.with(Interest::OUTCOME)
    }

    /// Takes part in `on_response` and gets `wants` there: names of response fields, `request.NAME`, `tag.NAME`.
    #[must_use]
    pub fn on_response<N: Into<String>>(mut self, wants: impl IntoIterator<Item = N>) -> Manifest {
        self.response_wants.extend(wants.into_iter().map(Into::into));
        self.with(Interest::RESPONSE_HEAD)
    }

    /// Takes part in `on_end`.
    #[must_use]
    pub fn on_end(self) -> Manifest {
        self.with(Interest::END)
    }

    /// Sees the request's body in `on_body`.
    #[must_use]
    pub fn request_body(self, mode: BodyMode) -> Manifest {
        Manifest { request_body: mode, ..self }.with(Interest::REQUEST_BODY)
    }

    /// Sees the response's body in `on_body`.
    #[must_use]
    pub fn response_body(self, mode: BodyMode) -> Manifest {
        Manifest { response_body: mode, ..self }.with(Interest::RESPONSE_BODY)
    }

    /// What the gateway does with a request when the plugin fails at it. The configuration may say otherwise.
    #[must_use]
    pub fn on_failure(self, policy: FailurePolicy) -> Manifest {
        Manifest { on_failure: policy, ..self }
    }

    /// A fact that later versions of the contract name.
    #[must_use]
    pub fn ext(mut self, name: &str, value: &str) -> Manifest {
        self.ext.push((name.to_owned(), value.to_owned()));
        self
    }

    fn with(mut self, interest: Interest) -> Manifest {
        self.interest |= interest;
        self
    }
}
