//! `Idempotency-Key`: a POST that is sent again, because its answer was lost, is answered as before and not done twice.
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

use super::{
    Admin,
    problem::{Kind, Problem},
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
    /// Path and query: another one with the same key is a mistake.
    resource: String,
    /// `None` as long as the first request is under way.
    answer: Option<(StatusCode, HeaderMap, Bytes)>,
}

impl Repeats {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Repeat>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to give at once; `None`: the request is new.
    fn known(&self, key: &str, resource: &str) -> Option<Response> {
        let mut repeats = self.lock();
        let Some(known) = repeats.iter().find(|known| known.key == key) else {
            if repeats.len() >= KEPT {
                repeats.pop_front();
            }
            repeats.push_back(Repeat { key: key.to_owned(), resource: resource.to_owned(), answer: None });
            return None;
        };
        if known.resource != resource {
            let problem = Problem::new(Kind::Invalid, "this Idempotency-Key was used for another request");
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

/// Forgets a key whose request was dropped half-way.
struct Pending<'a> {
    repeats: &'a Repeats,
    key: Option<String>,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if let Some(key) = &self.key {
            self.repeats.remember(key, None);
        }
    }
}

/// Answers a POST with a key that is known as it was answered before.
pub(super) async fn once(State(admin): State<Admin>, request: Request, next: Next) -> Response {
    let key = request.headers().get("idempotency-key").filter(|_| request.method() == Method::POST);
    let Some(key) = key.map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned()) else {
        return next.run(request).await;
    };
    if key.is_empty() || key.len() > KEY {
        return Problem::new(Kind::Invalid, format!("an Idempotency-Key has 1 to {KEY} bytes")).into_response();
    }
    let repeats = &admin.shared.repeats;
    if let Some(response) = repeats.known(&key, &request.uri().to_string()) {
        return response;
    }
    let mut pending = Pending { repeats, key: Some(key.clone()) };
    let (parts, body) = next.run(request).await.into_parts();
    let Ok(body) = to_bytes(body, ANSWER).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if !parts.status.is_server_error() {
        pending.key = None;
        repeats.remember(&key, Some((parts.status, parts.headers.clone(), body.clone())));
    }
    Response::from_parts(parts, Body::from(body))
}
