//! The body of an answer on its way out: large ones in slices, taken only as the client reads.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::FutureExt;
use http::Response;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};

use crate::listener::wire::Wire;

/// What hyper is given at once of a large answer.
const SLICE: usize = 16 << 10;

/// An answer's body.
pub(super) enum Outgoing {
    /// Small, over HTTP/1: given whole, and the socket's own deadline watches over it.
    Whole(Full<Bytes>),
    /// Counted as unread until its last slice is taken or it is dropped.
    Sliced(Sliced),
}

/// An answer whose reading is watched.
pub(super) struct Sliced {
    rest: Bytes,
    wire: Rc<Wire>,
    counted: usize,
    /// Its key on the wire.
    answer: usize,
}

impl Outgoing {
    /// `watched`: also small ones are counted, because a stream may stall where the connection does not.
    pub(super) fn response(response: Response<Full<Bytes>>, wire: &Rc<Wire>, watched: bool) -> Response<Self> {
        response.map(|mut body| {
            if !watched && body.size_hint().lower() <= SLICE as u64 {
                return Self::Whole(body);
            }
            let frame = body.frame().now_or_never().flatten().and_then(Result::ok);
            let rest = frame.and_then(|frame| frame.into_data().ok()).unwrap_or_default();
            let answer = wire.add_unread(rest.len());
            Self::Sliced(Sliced { counted: rest.len(), answer, rest, wire: Rc::clone(wire) })
        })
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body).poll_frame(cx),
            Self::Sliced(body) if body.rest.is_empty() => Poll::Ready(None),
            Self::Sliced(body) => {
                body.wire.note_taken();
                let slice = body.rest.split_to(body.rest.len().min(SLICE));
                Poll::Ready(Some(Ok(Frame::data(slice))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Sliced(body) => body.rest.is_empty(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Sliced(body) => SizeHint::with_exact(body.rest.len() as u64),
        }
    }
}

impl Drop for Sliced {
    fn drop(&mut self) {
        self.wire.remove_unread(self.counted, self.answer);
        self.wire.pace.sent(self.rest.is_empty());
    }
}
