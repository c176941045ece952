//! Bodies as filters see them: piece by piece as they come, or whole, within the limits of whoever keeps them.
//!
//! ```text
//!  client ─▶ piece ─▶ streamed filter ─▶ buffered filter (keeps until the last) ─▶ streamed filter ─▶ gathered for the call
//! ```
//! A call needs its request's body whole and an answer has its own whole, so a streamed response is one piece.

use bytes::Bytes;
use futures_util::FutureExt;
use http_body_util::{BodyExt, Full};
use yumen_plugin_host::{
    Failure,
    words::{BodyMode, Interest, Piece, Side},
};

use super::{Answer, Asked, Inward, Onion, Turn};
use crate::listener::{Body, Held, Reason, Rejection};

/// A filter that takes part in a body.
struct Keeper {
    index: usize,
    /// What it waits for being shown, counted like every body that is held; `None`: it sees pieces.
    kept: Option<Held>,
}

impl Onion {
    /// Whether a filter takes part in the request's body.
    pub fn wants_request_body(&self) -> bool {
        self.interest.contains(Interest::REQUEST_BODY)
            && (0..self.stages.len()).any(|index| self.sees_request_body(index))
    }

    fn sees_request_body(&self, index: usize) -> bool {
        let stage = &self.stages[index];
        self.takes_part(index, Interest::REQUEST_BODY) && stage.seat.fit.request_body != BodyMode::None
    }

    /// Reads the body through the filters.
    pub async fn read(&mut self, mut body: Body, limit: Option<u64>) -> Result<Bytes, Answer> {
        let limit = body.bound(limit);
        let keeper = |index: usize| {
            let buffered = self.stages[index].seat.fit.request_body == BodyMode::Buffered;
            Keeper { index, kept: buffered.then(|| body.held()) }
        };
        let mut keepers: Vec<Keeper> =
            (0..self.stages.len()).filter(|index| self.sees_request_body(*index)).map(keeper).collect();
        let mut held = body.held();
        let mut next = self.piece(&mut body, limit).await?;
        while let Some(piece) = next {
            next = self.piece(&mut body, limit).await?;
            if let Some(piece) = self.pass(&mut keepers, piece, next.is_none()).await? {
                held.add(piece).map_err(|rejection| self.refused(rejection))?;
            }
            if held.length() as u64 > limit {
                return Err(self.refused(Reason::BodyTooLarge.into()));
            }
        }
        Ok(held.finish())
    }

    async fn piece(&self, body: &mut Body, limit: u64) -> Result<Option<Bytes>, Answer> {
        body.chunk(limit).await.map_err(|rejection| self.refused(rejection))
    }

    fn refused(&self, rejection: Rejection) -> Answer {
        rejection.response(self.exchange.request().id())
    }

    /// Shows one piece to the filters in their order; what the last one lets through comes back.
    async fn pass(&mut self, keepers: &mut [Keeper], mut piece: Bytes, last: bool) -> Result<Option<Bytes>, Answer> {
        for Keeper { index, kept } in keepers {
            let off = self.stages[*index].off;
            if let Some(held) = kept {
                if !off
                    && (held.length() + piece.len()) as u64 > self.stages[*index].seat.fit.version.spec().limits.body
                {
                    return Err(self.refused(Reason::BodyTooLarge.into()));
                }
                held.add(piece).map_err(|rejection| self.refused(rejection))?;
                if !last && !off {
                    return Ok(None);
                }
                // What a filter kept that is off by now goes on with the rest.
                piece = kept.take().map(Held::finish).unwrap_or_default();
            }
            if off {
                continue;
            }
            piece = self.on_body(*index, Side::Request, piece, last).await?;
        }
        Ok(Some(piece))
    }

    /// Shows a piece of a body to one filter; what stands in its place comes back, or an answer to the whole request.
    async fn on_body(&mut self, index: usize, side: Side, piece: Bytes, last: bool) -> Result<Bytes, Answer> {
        let asked =
            self.ask(index, async |pool, visit, state| pool.on_body(visit, side, &piece, last, state).await).await;
        match asked {
            Asked::Said(Piece::Pass) | Asked::Skipped => Ok(piece),
            Asked::Said(Piece::Replace(bytes)) => Ok(bytes.into()),
            Asked::Said(Piece::Reply(reply)) => match self.spoken(index, reply) {
                Turn::Answer(answer) => Err(answer),
                Turn::Next | Turn::EndCall => Ok(piece),
            },
            Asked::Refused => Err(self.refusal()),
        }
    }

    /// Shows the body of the response to one filter, which may put another in its place, or another answer.
    pub(super) async fn on_response_body(&mut self, index: usize, body: &mut Bytes) {
        let stage = &self.stages[index];
        let fit = &stage.seat.fit;
        if !self.takes_part(index, Interest::RESPONSE_BODY)
            || stage.spoke
            || fit.response_body == BodyMode::None
            || body.is_empty()
        {
            return;
        }
        if fit.response_body == BodyMode::Buffered && body.len() as u64 > fit.version.spec().limits.body {
            let failure = stage.seat.pool.refused("on-body", Failure::Budget("body"));
            if let Asked::Refused = self.failed::<()>(index, &failure) {
                *body = self.replace(self.refusal());
            }
            return;
        }
        match self.on_body(index, Side::Response, body.clone(), true).await {
            Ok(other) => *body = other,
            Err(answer) => *body = self.replace(answer),
        }
    }
}

impl Inward {
    /// The answer, if there is one already.
    pub fn answered(self) -> Option<Answer> {
        match self {
            Self::Next => None,
            Self::Answered(answer) => Some(answer),
        }
    }
}

/// The bytes of a body that is all here.
pub(super) fn whole(body: Full<Bytes>) -> Bytes {
    body.collect().now_or_never().and_then(Result::ok).map(http_body_util::Collected::to_bytes).unwrap_or_default()
}
