//! Who may come in. Before any route is looked for: the host that was asked for, the page that asks, the token.
//!
//! A page in a browser on this machine can send requests to loopback. `Host` must therefore be an IP address or `localhost`
//! (another site's name that was made to point here is neither), and `Origin`, which browsers always send with what changes
//! anything, must be this port itself.

use std::{net::IpAddr, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, header};
use tokio::time::timeout;

use super::{
    Admin,
    problem::{Kind, Problem},
};

/// For a request with its body, and for the answer to begin.
const WITHIN: Duration = Duration::from_secs(120);

/// Lets those in who may, and marks every answer as not to be kept.
pub(super) async fn guard(State(admin): State<Admin>, request: Request, next: Next) -> Response {
    let mut response = match admitted(&admin, request.headers()) {
        Ok(()) => timeout(WITHIN, next.run(request)).await.unwrap_or_else(|_| {
            let detail = format!("the request took more than {} s", WITHIN.as_secs());
            Problem::new(Kind::Slow, detail).into_response()
        }),
        Err(problem) => problem.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn admitted(admin: &Admin, headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = text(header::HOST).unwrap_or_default();
    if !is_own(host) {
        let problem = Problem::new(Kind::Foreign, format!("{host:?} is no name of this port"));
        return Err(problem.help("ask for it by its IP address, or as localhost"));
    }
    if let Some(origin) = text(header::ORIGIN).filter(|origin| origin.strip_prefix("http://") != Some(host)) {
        return Err(Problem::new(Kind::Foreign, format!("pages of {origin:?} may not ask here")));
    }
    let shown = text(header::AUTHORIZATION).and_then(|shown| shown.split_once(' '));
    let shown = shown.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    if !shown.is_some_and(|token| admin.shared.token.is(token)) {
        let problem = Problem::new(Kind::NoToken, "the token is missing or wrong");
        return Err(
            problem.help("send Authorization: Bearer with the token of admin.token, or of the file state/admin-token")
        );
    }
    Ok(())
}

/// An IP address or `localhost`, with or without a port.
fn is_own(host: &str) -> bool {
    let bare = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inside, "")) => inside,
        Some((inside, rest)) if rest.starts_with(':') => inside,
        Some(_) => return false,
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}

/// No route.
pub(super) async fn unknown(request: Request) -> Problem {
    let problem = Problem::new(Kind::Unknown, format!("there is no {}", request.uri().path()));
    problem.help(format!("GET {}/openapi.json tells what there is", super::PREFIX))
}

/// A route, asked in a way that it does not know.
pub(super) async fn wrong_method(request: Request) -> Problem {
    Problem::new(Kind::Method, format!("{} is not for {}", request.method(), request.uri().path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_localhost_are_our_names_and_others_are_not() {
        for own in ["127.0.0.1", "127.0.0.1:9900", "[::1]:9900", "[::1]", "localhost", "LocalHost:1", "10.0.0.7:9900"] {
            assert!(is_own(own), "{own}");
        }
        for other in [
            "",
            "evil.example",
            "evil.example:9900",
            "127.0.0.1.evil.example",
            "[::1",
            "[::1]x",
            "localhost.evil.example",
            "1",
        ] {
            assert!(!is_own(other), "{other}");
        }
    }
}
