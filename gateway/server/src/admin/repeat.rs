//! Changes are carried out apart from the connection that asked for them: whoever goes away in the middle leaves a change that is
//! whole, noted and kept. And `Idempotency-Key`: a POST that is sent again, because its answer was lost, is answered as before and
//! not done twice.
//!
//! The last answers are kept in memory, so that a key is known until the gateway ends or enough others came after it.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use yumen_plugin_host::Digest;

use super::{
    Admin,
    problem::{Kind, Problem},
    request,
};

/// Answers that are remembered.
const KEPT: usize = 128;
/// Bytes of a key.
const KEY: usize = 256;
/// Bytes of an answer that is remembered.
const ANSWER: usize = 1 << 20;
/// Marks an answer that was given before.
const REPEATED: &str = "idempotent-replayed";

/// Answers by key, the oldest first.
#[derive(Default)]
pub(super) struct Repeats(Mutex<VecDeque<Repeat>>);

struct Repeat {
    key: String,
    /// What was asked: something else with the same key is a mistake.
    asked: Asked,
    /// `None` as long as the first request is under way.
    answer: Option<(StatusCode, HeaderMap, Bytes)>,
}

/// Path and query, and the digest of the body.
#[derive(PartialEq)]
struct Asked(String, Digest);

impl Repeats {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Repeat>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to give at once; `None`: the request is new.
    fn known(&self, key: &str, asked: Asked) -> Option<Response> {
        let mut repeats = self.lock();
        let Some(known) = repeats.iter().find(|known| known.key == key) else {
            if repeats.len() >= KEPT {
                repeats.pop_front();
            }
            repeats.push_back(Repeat { key: key.to_owned(), asked, answer: None });
            return None;
        };
        if known.asked != asked {
            let problem = Problem::new(Kind::Impossible, "this Idempotency-Key was used for another request");
            return Some(problem.help("make a new key for each new request").into_response());
        }
        let Some((status, headers, body)) = &known.answer else {
            return Some(
                Problem::new(Kind::Conflict, "a request with this Idempotency-Key is under way").into_response(),
            );
        };
        let mut response = (*status, headers.clone(), body.clone()).into_response();
        response.headers_mut().insert(REPEATED, HeaderValue::from_static("true"));
        Some(response)
    }

    /// Remembers how it was answered. A fault of ours is none of the answers to keep.
    fn remember(&self, key: &str, answer: Option<(StatusCode, HeaderMap, Bytes)>) {
        let mut repeats = self.lock();
        match answer {
            Some(answer) => {
                if let Some(repeat) = repeats.iter_mut().find(|repeat| repeat.key == key) {
                    repeat.answer = Some(answer);
                }
            }
            None => repeats.retain(|repeat| repeat.key != key),
        }
    }
}

/// Forgets a key whose request was never answered.
struct Pending {
    admin: Admin,
    key: Option<String>,
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(key) = &self.key {
            self.admin.shared.repeats.remember(key, None);
        }
    }
}

/// Carries a change out to its end, once its body is there; a POST with a key that is known is answered as before.
pub(super) async fn carry_out(State(admin): State<Admin>, request: Request, next: Next) -> Response {
    if request.method() == Method::GET {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let body = match request::read(&parts.method, body).await {
        Ok(body) => body,
        Err(problem) => return problem.into_response(),
    };
    let key = parts.headers.get("idempotency-key").filter(|_| parts.method == Method::POST);
    let key = key.map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned());
    if key.as_ref().is_some_and(|key| key.is_empty() || key.len() > KEY) {
        return Problem::new(Kind::Invalid, format!("an Idempotency-Key has 1 to {KEY} bytes")).into_response();
    }
    if let Some(key) = &key {
        let asked = Asked(parts.uri.to_string(), Digest::of(&body));
        if let Some(response) = admin.shared.repeats.known(key, asked) {
            return response;
        }
    }
    let pending = Pending { admin, key };
    let change = tokio::spawn(pending.answered(Request::from_parts(parts, Body::from(body)), next));
    change.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

impl Pending {
    async fn answered(mut self, request: Request, next: Next) -> Response {
        let response = next.run(request).await;
        if self.key.is_none() || response.status().is_server_error() {
            return response;
        }
        let (parts, body) = response.into_parts();
        let Ok(body) = to_bytes(body, ANSWER).await else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        if let Some(key) = self.key.take() {
            let answer = (parts.status, parts.headers.clone(), body.clone());
            self.admin.shared.repeats.remember(&key, Some(answer));
        }
        Response::from_parts(parts, Body::from(body))
    }
}
