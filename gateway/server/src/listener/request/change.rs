//! What plugins may make of a request's head, judged as if a client had sent it.

use http::{HeaderValue, Method, Uri, header, uri};

use super::{HttpRequest, check_query, with_path};
use crate::listener::{authority, path, rejection, rejection::Reason};

impl HttpRequest {
    /// Gives the request another method.
    ///
    /// # Errors
    /// When clients could not send it.
    pub fn set_method(&mut self, method: &str) -> Result<(), Reason> {
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| Reason::UnknownMethod)?;
        rejection::method_allowed(&method)?;
        self.parts.method = method;
        Ok(())
    }

    /// Gives the request another path, with its query; the path takes its one form.
    ///
    /// # Errors
    /// When clients could not send it.
    pub fn set_target(&mut self, target: &str) -> Result<(), Reason> {
        let limits = self.wire.limits();
        if target.len() > limits.uri_bytes {
            return Err(Reason::UriTooLong);
        }
        if !target.starts_with('/') || target.contains('#') {
            return Err(Reason::Target);
        }
        let target: uri::PathAndQuery = target.parse().map_err(|_| Reason::Target)?;
        if let Some(query) = target.query() {
            check_query(query.as_bytes(), limits.query_pairs)?;
        }
        let canonical = path::canonical(target.path())?;
        let mut parts = self.parts.uri.clone().into_parts();
        parts.path_and_query = Some(target);
        let uri = Uri::from_parts(parts).map_err(|_| Reason::Target)?;
        self.parts.uri = match canonical {
            Some(form) => with_path(&uri, form)?,
            None => uri,
        };
        Ok(())
    }

    /// Gives the request another host, with or without a port.
    ///
    /// # Errors
    /// When clients could not send it.
    pub fn set_authority(&mut self, name: &str) -> Result<(), Reason> {
        if !authority::is_valid(name.as_bytes()) {
            return Err(Reason::Host);
        }
        let host = HeaderValue::from_str(name).map_err(|_| Reason::Host)?;
        if self.parts.uri.authority().is_some() {
            let mut parts = self.parts.uri.clone().into_parts();
            parts.authority = Some(name.parse().map_err(|_| Reason::Host)?);
            self.parts.uri = Uri::from_parts(parts).map_err(|_| Reason::Host)?;
        }
        self.parts.headers.insert(header::HOST, host);
        Ok(())
    }
}
