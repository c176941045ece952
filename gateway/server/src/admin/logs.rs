//! What plugins log: the last lines, or every line from now on.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use http::header;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{sync::OwnedSemaphorePermit, time::timeout};
use yumen_plugin_host::{
    level_name,
    plugins::{Follower, LogLine},
};

use super::{
    Admin,
    plugins::answer,
    problem::{Kind, Problem},
    request::Ask,
};

/// Most lines that are asked for at once.
const MOST: usize = 2000;
/// A follower that has nothing to read is sent this often that the connection lives.
const BEAT: Duration = Duration::from_secs(15);

/// `GET /plugins/{name}/logs?tail=&version=&follow=`.
pub(super) async fn show(State(admin): State<Admin>, ask: Ask) -> Result<Response, Problem> {
    let tail = ask.number("tail", MOST)?.unwrap_or(100);
    let wanted = ask.query("version").map(str::to_owned);
    let plugins = &admin.shared.plugins;
    let mut follower = ask.flag("follow")?.then(|| plugins.follow(&ask.name)).transpose()?;
    let mut lines = plugins.lines(&ask.name)?;
    lines.retain(|line| wanted.as_ref().is_none_or(|wanted| *wanted == line.version));
    lines.drain(..lines.len().saturating_sub(tail));
    let Some(follower) = follower.take() else {
        let lines: Vec<Value> = lines.iter().map(json_of).collect();
        return Ok(answer(&json!({ "lines": lines })));
    };
    let place = admin.shared.followers.clone().try_acquire_owned();
    let place = place.map_err(|_| Problem::new(Kind::Busy, "too many follow logs already"))?;
    let begun: String = lines.iter().map(event).collect();
    let following = Following { follower, wanted, begun: Some(begun), _place: place };
    let body = Body::from_stream(stream::unfold(following, Following::next));
    Ok(([(header::CONTENT_TYPE, "text/event-stream")], body).into_response())
}

/// A reader of events.
struct Following {
    follower: Follower,
    wanted: Option<String>,
    /// What was there before; sent first.
    begun: Option<String>,
    _place: OwnedSemaphorePermit,
}

impl Following {
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        if let Some(begun) = self.begun.take() {
            return Some((Ok(format!(": begun\n\n{begun}").into()), self));
        }
        loop {
            let text = match timeout(BEAT, self.follower.next()).await {
                Ok(None) => return None,
                Ok(Some(line)) if self.wanted.as_ref().is_some_and(|wanted| *wanted != line.version) => continue,
                Ok(Some(line)) => event(&line),
                Err(_) => ": still here\n\n".to_owned(),
            };
            return Some((Ok(text.into()), self));
        }
    }
}

/// A line as an event; JSON text has no line break.
fn event(line: &LogLine) -> String {
    format!("data: {}\n\n", json_of(line))
}

fn json_of(line: &LogLine) -> Value {
    let time = Timestamp::try_from(line.at).map(|time| format!("{time:.3}")).unwrap_or_default();
    json!({ "time": time, "version": line.version, "level": level_name(line.level), "message": line.message })
}
