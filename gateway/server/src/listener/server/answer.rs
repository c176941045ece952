//! One request on its way through the server: checked at once, handed on without a detour, answered in every case.
//!
//! Checks run before there is a future: what hyper keeps and moves for a request is the handler's own future and little
//! else. Whatever needs a second thought, a refusal, a wait, a body left over, is boxed; the usual request never is.

use std::{
    convert::Infallible,
    future::{Future, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Instant,
};

use bytes::Bytes;
use futures_util::{FutureExt, future::LocalBoxFuture};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use pin_project_lite::pin_project;

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

pin_project! {
    /// A call of the handler, or what stands in for it.
    #[project = BegunPinned]
    enum Begun<F> {
        Called { #[pin] future: F },
        Detour { future: LocalBoxFuture<'static, Answer> },
    }
}

pin_project! {
    /// An answer on its way, also when the handler panics.
    struct Calling<H, F> {
        #[pin]
        begun: Begun<F>,
        server: Rc<HttpServer<H>>,
        wire: Rc<Wire>,
        received: Instant,
    }
}

pin_project! {
    /// A request over HTTP/1, until its answer may be written.
    pub(super) struct Exchange<H, F> {
        #[pin]
        calling: Calling<H, F>,
        busy: Option<Busy>,
        // The answer waits for a body that nobody read.
        reading_off: Option<LocalBoxFuture<'static, Response<Outgoing>>>,
    }
}

impl<H, F> Future for Calling<H, F>
where
    H: Fn(HttpRequest) -> F + 'static,
    F: Future<Output = Answer> + 'static,
{
    type Output = Answer;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answer> {
        let this = self.project();
        match this.begun.project() {
            BegunPinned::Detour { future } => future.as_mut().poll(cx),
            BegunPinned::Called { future } => catch_unwind(AssertUnwindSafe(|| future.poll(cx)))
                .unwrap_or_else(|_| Poll::Ready(this.server.refuse(Reason::Panic, None, this.wire, *this.received))),
        }
    }
}

impl<H, F> Future for Exchange<H, F>
where
    H: Fn(HttpRequest) -> F + 'static,
    F: Future<Output = Answer> + 'static,
{
    type Output = Result<Response<Outgoing>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Some(reading_off) = this.reading_off {
            return reading_off.as_mut().poll(cx).map(Ok);
        }
        let wire = Rc::clone(&this.calling.wire);
        let mut answer = ready!(this.calling.poll(cx));
        if wire.closing.get() || !wire.message_complete() {
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        } else if let Some(mut body) = wire.leftover() {
            let busy = this.busy.take();
            let reading_off = this.reading_off.insert(Box::pin(async move {
                while let Some(Ok(_)) = body.frame().await {}
                drop(busy);
                Outgoing::response(answer, &wire, false)
            }));
            return reading_off.as_mut().poll(cx).map(Ok);
        }
        drop(this.busy.take());
        Poll::Ready(Ok(Outgoing::response(answer, &wire, false)))
    }
}

impl<H, F> HttpServer<H>
where
    H: Fn(HttpRequest) -> F + 'static,
    F: Future<Output = Answer> + 'static,
{
    /// Answers a request that came over HTTP/1. If its body is here and nobody reads it, it is read off, so that the
    /// connection may live on; if it is not here, the connection ends with this answer.
    pub(super) fn answer_http1(self: &Rc<Self>, request: Request<Incoming>, wire: &Rc<Wire>) -> Exchange<H, F> {
        let received = Instant::now();
        let busy = Some(wire.begin());
        let begun = match wire.refusal() {
            Some(reason) => detour(self.refuse(reason, None, wire, received)),
            None => self.begin(request, wire, received),
        };
        let calling = Calling { begun, server: Rc::clone(self), wire: Rc::clone(wire), received };
        Exchange { calling, busy, reading_off: None }
    }

    /// Answers a request that came over HTTP/2, when it is its turn.
    pub(super) async fn answer_http2(
        self: Rc<Self>,
        request: Request<Incoming>,
        wire: Rc<Wire>,
    ) -> Result<Response<Outgoing>, Infallible> {
        // The wait for a turn is part of the request: it counts against its deadline and is told in its time.
        let received = Instant::now();
        let turn = wire.pace.turn(&wire).await;
        wire.refresh();
        let busy = wire.begin();
        let begun = self.begin(request, &wire, received);
        let answer = Calling { begun, server: Rc::clone(&self), wire: Rc::clone(&wire), received }.await;
        drop(busy);
        let response = Outgoing::response(answer, &wire, true);
        turn.answered();
        Ok(response)
    }

    /// Checks the request and calls the handler.
    fn begin(self: &Rc<Self>, request: Request<Incoming>, wire: &Rc<Wire>, received: Instant) -> Begun<F> {
        if self.connections.busy() > wire.limits().in_flight {
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
            let future = Box::pin(Rc::clone(self).begin_later(request, Rc::clone(wire), received));
            return Begun::Detour { future };
        }
        match catch_unwind(AssertUnwindSafe(|| (self.handler)(request))) {
            Ok(future) => Begun::Called { future },
            Err(_) => detour(self.refuse(Reason::Panic, None, wire, received)),
        }
    }

    /// Calls the handler once answers that nobody reads have made room.
    async fn begin_later(self: Rc<Self>, request: HttpRequest, wire: Rc<Wire>, received: Instant) -> Answer {
        self.connections.room(&wire).await;
        let called = AssertUnwindSafe(async { (self.handler)(request).await }).catch_unwind().await;
        called.unwrap_or_else(|_| self.refuse(Reason::Panic, None, &wire, received))
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

fn detour<F>(answer: Answer) -> Begun<F> {
    Begun::Detour { future: Box::pin(ready(answer)) }
}

/// `OPTIONS *` asks about the server, not about a route.
fn server_wide_options() -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(ALLOW));
    answer
}
