//! One request on its way through the server: checked at once, handed on without a detour, answered in every case.
//!
//! Checks run before there is a future: what hyper keeps and moves for a request is the handler's own future and little
//! else. Whatever needs a second thought, a refusal, a wait, a body left over, is boxed; the usual request never is.

use std::{
    future::{Future, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    time::Instant,
};

use bytes::Bytes;
use futures_util::{
    FutureExt,
    future::{CatchUnwind, Either, LocalBoxFuture},
};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;

use super::HttpServer;
use crate::{
    listener::{
        HttpRequest,
        outgoing::Outgoing,
        rejection::{ALLOW, Reason, Rejection},
        request::{admit, new_id},
        wire::{Busy, Wire},
    },
    telemetry::access_log::Line,
};

type Answer = Response<Full<Bytes>>;
/// An answer on its way: the handler's, or one that took a detour.
type Begun<F> = Either<CatchUnwind<AssertUnwindSafe<F>>, LocalBoxFuture<'static, Answer>>;

impl<H, F> HttpServer<H>
where
    H: Fn(HttpRequest) -> F + 'static,
    F: Future<Output = Answer> + 'static,
{
    /// Answers a request that came over HTTP/1.
    pub(super) fn answer_http1(
        self: &Rc<Self>,
        request: Request<Incoming>,
        wire: &Rc<Wire>,
    ) -> impl Future<Output = Response<Outgoing>> + use<H, F> {
        let received = Instant::now();
        let busy = wire.begin();
        let begun = match wire.refusal() {
            Some(reason) => detour(self.refuse(reason, None, wire, received)),
            None => self.begin(request, wire, received),
        };
        let server = Rc::clone(self);
        self.caught(begun, wire, received).then(move |answer| server.finish_http1(answer, busy))
    }

    /// Answers a request that came over HTTP/2, when it is its turn.
    pub(super) async fn answer_http2(self: Rc<Self>, request: Request<Incoming>, wire: Rc<Wire>) -> Response<Outgoing> {
        let turn = wire.pace.turn(&wire).await;
        let busy = wire.begin();
        let received = Instant::now();
        let begun = self.begin(request, &wire, received);
        let answer = self.caught(begun, &wire, received).await;
        drop(busy);
        let response = Outgoing::response(answer, &wire, true);
        turn.answered();
        response
    }

    /// Checks the request and calls the handler.
    fn begin(self: &Rc<Self>, request: Request<Incoming>, wire: &Rc<Wire>, received: Instant) -> Begun<F> {
        if self.connections.busy() > wire.limits.in_flight {
            return detour(self.refuse(Reason::Overloaded, Some((request.method(), request.uri())), wire, received));
        }
        let request = match admit(request, wire, received) {
            Ok(request) => request,
            Err(refused) => {
                let (reason, parts) = *refused;
                return detour(self.refuse(reason, Some((&parts.method, &parts.uri)), wire, received));
            }
        };
        if request.parts.method == Method::OPTIONS && request.path().as_str() == "*" {
            return detour(server_wide_options());
        }
        if !self.connections.has_room(wire) {
            return Either::Right(Box::pin(Rc::clone(self).begin_later(request, Rc::clone(wire), received)));
        }
        match catch_unwind(AssertUnwindSafe(|| (self.handler)(request))) {
            Ok(called) => Either::Left(AssertUnwindSafe(called).catch_unwind()),
            Err(_) => detour(self.refuse(Reason::Panic, None, wire, received)),
        }
    }

    /// Calls the handler once answers that nobody reads have made room.
    async fn begin_later(self: Rc<Self>, request: HttpRequest, wire: Rc<Wire>, received: Instant) -> Answer {
        self.connections.room(&wire).await;
        let called = AssertUnwindSafe(async { (self.handler)(request).await }).catch_unwind().await;
        called.unwrap_or_else(|_| self.refuse(Reason::Panic, None, &wire, received))
    }

    /// The answer, also when the handler panics.
    fn caught(
        self: &Rc<Self>,
        begun: Begun<F>,
        wire: &Rc<Wire>,
        received: Instant,
    ) -> impl Future<Output = Answer> + use<H, F> {
        let (server, wire) = (Rc::clone(self), Rc::clone(wire));
        match begun {
            Either::Left(called) => Either::Left(
                called
                    .map(move |called| called.unwrap_or_else(|_| server.refuse(Reason::Panic, None, &wire, received))),
            ),
            Either::Right(detour) => Either::Right(detour),
        }
    }

    /// Says whether the connection lives on. A body that nobody read but that is here is read off, so that it may.
    fn finish_http1(
        &self,
        mut answer: Answer,
        busy: Busy,
    ) -> Either<std::future::Ready<Response<Outgoing>>, LocalBoxFuture<'static, Response<Outgoing>>> {
        let wire = busy.wire();
        if wire.closing.get() || !wire.message_complete() {
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        } else if let Some(mut body) = wire.leftover() {
            return Either::Right(Box::pin(async move {
                while let Some(Ok(_)) = body.frame().await {}
                Outgoing::response(answer, busy.wire(), false)
            }));
        }
        Either::Left(ready(Outgoing::response(answer, wire, false)))
    }

    /// The answer to a refused request, counted and logged.
    fn refuse(&self, reason: Reason, what: Option<(&Method, &Uri)>, wire: &Wire, received: Instant) -> Answer {
        self.metrics.rejections.add(reason as usize);
        let id = new_id();
        let answer = Rejection::from(reason).response(&id);
        if self.access_log.is_on() {
            let line = wire.refused_line();
            let (method, path) = match what {
                Some((method, uri)) => (method.as_str(), uri.path()),
                None => ("-", line.as_str()),
            };
            let line = Line {
                client: Some(wire.peer.ip()),
                reason: Some(reason.label()),
                id: Some(&id),
                ..Line::new(answer.status(), method, path, received.elapsed())
            };
            self.access_log.write(&line);
        }
        answer
    }
}

fn detour<F>(answer: Answer) -> Begun<F>
where
    F: Future<Output = Answer>,
{
    Either::Right(Box::pin(ready(answer)))
}

/// `OPTIONS *` asks about the server, not about a route.
fn server_wide_options() -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(ALLOW));
    answer
}
