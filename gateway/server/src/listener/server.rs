//! One worker's HTTP server: takes accepted sockets, speaks HTTP/1 or HTTP/2 on each, calls the handler.
//!
//! ```text
//!  Accepted ─▶ first bytes: preface? ─▶ hyper http1 | http2 ─▶ admit ─▶ handler ─▶ answer
//!                                                               └ refused ─▶ problem
//! ```

use std::{
    convert::Infallible,
    future::Future,
    panic::AssertUnwindSafe,
    pin::pin,
    rc::Rc,
    sync::Arc,
    task::{Poll, ready},
    time::Instant,
};

use arc_swap::ArcSwap;
use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpStream, sync::mpsc::UnboundedReceiver};

use crate::{
    listener::{
        HttpLimits, HttpRequest,
        acceptor::Accepted,
        connections::Connections,
        drain::Drain,
        frames::PREFACE,
        outgoing::Outgoing,
        rejection::{ALLOW, Reason, Rejection},
        request::admit,
        wire::{Order, Wire, WireIo},
    },
    telemetry::{
        access_log::{AccessLogWriter, Line},
        metric::ListenerMetrics,
    },
};

/// Bytes read and dropped after a refusal before the connection is closed all the same.
const MOST_LINGER: usize = 32 << 20;

/// One worker's HTTP server.
pub struct HttpServer<H> {
    limits: Arc<ArcSwap<HttpLimits>>,
    drain: Drain,
    metrics: Arc<ListenerMetrics>,
    access_log: Rc<AccessLogWriter>,
    connections: Rc<Connections>,
    handler: H,
}

impl<H, F> HttpServer<H>
where
    H: Fn(HttpRequest) -> F + 'static,
    F: Future<Output = Response<Full<Bytes>>> + 'static,
{
    /// A server without connections. New connections take the limits of the moment.
    pub fn new(
        limits: Arc<ArcSwap<HttpLimits>>,
        drain: Drain,
        metrics: Arc<ListenerMetrics>,
        access_log: Rc<AccessLogWriter>,
        handler: H,
    ) -> Rc<Self> {
        let connections = Rc::new(Connections::default());
        Rc::new(Self { limits, drain, metrics, access_log, connections, handler })
    }

    /// Serves every socket that comes, until a drain has ended. Must run on a local runtime; it spawns one task a connection.
    pub async fn run(self: Rc<Self>, mut sockets: UnboundedReceiver<Accepted>) {
        let connections = Rc::clone(&self.connections);
        let watch = tokio::task::spawn_local(async move { connections.watch().await });
        loop {
            tokio::select! {
                biased;
                socket = sockets.recv() => match socket {
                    Some(socket) => self.spawn(socket),
                    None => break,
                },
                () = self.drain.begun() => break,
            }
        }
        self.drain.begun().await;
        self.connections.drain();
        tokio::select! {
            () = self.drain.forced() => self.connections.cut(),
            () = self.finish(&mut sockets) => (),
        }
        self.connections.emptied().await;
        watch.abort();
    }

    /// Serves what the acceptors still bring, until they have closed and the last connection has ended.
    async fn finish(self: &Rc<Self>, sockets: &mut UnboundedReceiver<Accepted>) {
        let mut closed = pin!(self.drain.doors_closed());
        loop {
            tokio::select! {
                biased;
                Some(socket) = sockets.recv() => self.spawn(socket),
                () = &mut closed => break,
            }
        }
        while let Ok(socket) = sockets.try_recv() {
            self.spawn(socket);
        }
        self.connections.emptied().await;
    }

    fn spawn(self: &Rc<Self>, accepted: Accepted) {
        let server = Rc::clone(self);
        tokio::task::spawn_local(async move {
            let Accepted { socket, peer, presence } = accepted;
            match TcpStream::from_std(socket) {
                Ok(socket) => {
                    let wire = Wire::new(socket, peer, server.limits.load_full(), Rc::clone(&server.connections));
                    let seat = Connections::seat(&wire);
                    server.serve(&wire).await;
                    drop(seat);
                }
                Err(error) => tracing::debug!(%error, "an accepted socket cannot be used"),
            }
            drop(presence);
        });
    }

    /// Serves one connection from its first byte to its close.
    async fn serve(self: &Rc<Self>, wire: &Rc<Wire>) {
        let Some((prefix, is_http2)) = first_bytes(wire).await else { return };
        wire.start(prefix, is_http2);
        if is_http2 {
            self.metrics.http2_connections.add(1);
            self.serve_http2(wire).await;
        } else {
            self.serve_http1(wire).await;
            if wire.order() != Order::Cut && (wire.refusal().is_some() || !wire.message_complete()) {
                linger(wire).await;
            }
        }
    }

    async fn serve_http1(self: &Rc<Self>, wire: &Rc<Wire>) {
        let limits = &wire.limits;
        let mut builder = http1::Builder::new();
        builder
            .half_close(true)
            .keep_alive(true)
            // The head reader has its own deadline and its own limits; these are the second line.
            .header_read_timeout(None)
            .max_header_size(limits.header_bytes)
            .max_buf_size(limits.header_bytes.max(64 << 10))
            .ignore_invalid_headers(false)
            .allow_multiple_spaces_in_request_line_delimiters(false)
            .title_case_headers(false)
            .preserve_header_case(false)
            .auto_date_header(true)
            .pipeline_flush(false);
        if limits.headers != 100 {
            builder.max_headers(limits.headers);
        }
        let service = service_fn(|request| {
            let (server, wire) = (Rc::clone(self), Rc::clone(wire));
            async move { Ok::<_, Infallible>(server.answer_http1(request, &wire).await) }
        });
        let mut connection = pin!(builder.serve_connection(TokioIo::new(WireIo(Rc::clone(wire))), service));
        let mut finishing = false;
        let result = std::future::poll_fn(|cx| {
            wire.register(cx.waker());
            if wire.order() == Order::Cut {
                return Poll::Ready(Ok(()));
            }
            let polled = connection.as_mut().poll(cx);
            if polled.is_pending() && wire.order() == Order::Finish && !finishing {
                finishing = true;
                connection.as_mut().graceful_shutdown();
                return connection.as_mut().poll(cx);
            }
            polled
        });
        self.note_end(result.await);
    }

    async fn serve_http2(self: &Rc<Self>, wire: &Rc<Wire>) {
        let limits = &wire.limits.http2;
        let mut builder = http2::Builder::new(Local);
        builder
            .adaptive_window(false)
            .initial_stream_window_size(clamp(limits.stream_window.0))
            .initial_connection_window_size(clamp(limits.connection_window.0))
            .max_frame_size(16 << 10)
            .max_concurrent_streams(limits.streams)
            .max_header_list_size(clamp(limits.header_list.0))
            .header_table_size(clamp(limits.header_table.0))
            .max_send_buf_size(clamp(limits.send_buffer.0) as usize)
            .max_pending_accept_reset_streams(20)
            .max_local_error_reset_streams(limits.resets as usize)
            .keep_alive_interval(limits.ping_every)
            .keep_alive_timeout(limits.ping_timeout)
            .auto_date_header(true)
            .timer(TokioTimer::new());
        let service = service_fn(|request| {
            let (server, wire) = (Rc::clone(self), Rc::clone(wire));
            async move { Ok::<_, Infallible>(server.answer_http2(request, &wire).await) }
        });
        let mut connection = pin!(builder.serve_connection(TokioIo::new(WireIo(Rc::clone(wire))), service));
        let mut finishing = false;
        let result = std::future::poll_fn(|cx| {
            wire.register(cx.waker());
            match wire.order() {
                Order::Cut => return Poll::Ready(Ok(())),
                Order::Finish if !finishing => {
                    finishing = true;
                    connection.as_mut().graceful_shutdown();
                }
                _ => (),
            }
            connection.as_mut().poll(cx)
        });
        self.note_end(result.await);
    }

    async fn answer_http1(&self, request: Request<Incoming>, wire: &Rc<Wire>) -> Response<Outgoing> {
        let received = Instant::now();
        let busy = wire.begin();
        let mut response = match wire.refusal() {
            Some(reason) => self.refuse(reason, None, wire, received),
            None => self.answer(request, wire, received).await,
        };
        if wire.message_complete() {
            while let Some(mut body) = wire.leftover() {
                while let Some(Ok(_)) = body.frame().await {}
            }
        } else {
            close(&mut response);
        }
        if wire.closing.get() {
            close(&mut response);
        }
        drop(busy);
        Outgoing::response(response, wire, false)
    }

    async fn answer_http2(&self, request: Request<Incoming>, wire: &Rc<Wire>) -> Response<Outgoing> {
        let turn = wire.pace.turn(wire).await;
        let busy = wire.begin();
        let response = self.answer(request, wire, Instant::now()).await;
        drop(busy);
        let response = Outgoing::response(response, wire, true);
        turn.answered();
        response
    }

    /// Checks, calls the handler, and answers for it when it panics.
    async fn answer(&self, request: Request<Incoming>, wire: &Rc<Wire>, received: Instant) -> Response<Full<Bytes>> {
        if self.connections.busy() > wire.limits.in_flight {
            return self.refuse(Reason::Overloaded, Some((request.method(), request.uri())), wire, received);
        }
        let request = match admit(request, wire, received) {
            Ok(request) if request.path().as_str() == "*" => return server_wide_options(),
            Ok(request) => request,
            Err(refused) => {
                let (reason, parts) = *refused;
                return self.refuse(reason, Some((&parts.method, &parts.uri)), wire, received);
            }
        };
        self.connections.room(wire).await;
        let called = AssertUnwindSafe(async { (self.handler)(request).await }).catch_unwind().await;
        called.unwrap_or_else(|_| self.refuse(Reason::Panic, None, wire, received))
    }

    /// The answer to a refused request, counted and logged.
    fn refuse(
        &self,
        reason: Reason,
        what: Option<(&Method, &Uri)>,
        wire: &Wire,
        received: Instant,
    ) -> Response<Full<Bytes>> {
        self.metrics.rejections.add(reason as usize);
        let response = Rejection::from(reason).response();
        if self.access_log.is_on() {
            let line = wire.refused_line();
            let (method, path) = match what {
                Some((method, uri)) => (method.as_str(), uri.path()),
                None => ("-", line.as_str()),
            };
            let line = Line {
                client: Some(wire.peer.ip()),
                reason: Some(reason.label()),
                ..Line::new(response.status(), method, path, received.elapsed())
            };
            self.access_log.write(&line);
        }
        response
    }

    /// An error here is the client's: it went away or broke its own stream.
    fn note_end(&self, result: hyper::Result<()>) {
        if let Err(error) = result {
            self.metrics.broken_connections.add(1);
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

/// Reads until the bytes are, or cannot be, the HTTP/2 preface. `None`: the client went away or said nothing for too long.
async fn first_bytes(wire: &Rc<Wire>) -> Option<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    let mut scratch = [0; 512];
    std::future::poll_fn(|cx| {
        wire.register(cx.waker());
        loop {
            if wire.order() != Order::None {
                return Poll::Ready(None);
            }
            match ready!(wire.poll_socket(cx, &mut scratch)) {
                Ok(0) if bytes.is_empty() => return Poll::Ready(None),
                // Half of a preface and no more: HTTP/1 says what is wrong with it.
                Ok(0) => return Poll::Ready(Some((std::mem::take(&mut bytes), false))),
                Ok(count) => bytes.extend_from_slice(&scratch[..count]),
                Err(_) => return Poll::Ready(None),
            }
            let known = bytes.len().min(PREFACE.len());
            if bytes[..known] != PREFACE[..known] {
                return Poll::Ready(Some((std::mem::take(&mut bytes), false)));
            }
            if known == PREFACE.len() {
                return Poll::Ready(Some((std::mem::take(&mut bytes), true)));
            }
        }
    })
    .await
}

/// Reads on for a moment after the last answer: closing with unread bytes would destroy the answer on its way.
async fn linger(wire: &Rc<Wire>) {
    let mut scratch = vec![0; 16 << 10];
    let mut left = MOST_LINGER;
    let discard = std::future::poll_fn(|cx| {
        wire.register(cx.waker());
        loop {
            match ready!(wire.poll_socket(cx, &mut scratch)) {
                Ok(count) if count > 0 && count <= left && wire.order() != Order::Cut => left -= count,
                _ => return Poll::Ready(()),
            }
        }
    });
    let _ended = tokio::time::timeout(wire.limits.linger, discard).await;
}

fn close<B>(response: &mut Response<B>) {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
}

/// `OPTIONS *` asks about the server, not about a route.
fn server_wide_options() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(ALLOW));
    response
}

/// Runs the streams of a connection on its own worker.
#[derive(Clone, Copy)]
struct Local;

impl<F: Future + 'static> hyper::rt::Executor<F> for Local {
    fn execute(&self, stream: F) {
        tokio::task::spawn_local(async move {
            stream.await;
        });
    }
}

fn clamp(size: u64) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX).min(i32::MAX as u32)
}
