//! One worker's HTTP server: takes accepted sockets, speaks HTTP/1 or HTTP/2 on each, calls the handler.
//!
//! ```text
//!  Accepted ─▶ first bytes: preface? ─▶ hyper http1 | http2 ─▶ admit ─▶ handler ─▶ answer
//!                                                               └ refused ─▶ problem
//! ```

mod answer;

use std::{
    future::Future,
    pin::pin,
    rc::Rc,
    sync::Arc,
    task::{Poll, ready},
    time::Instant,
};

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use hyper::{
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
        wire::{Order, Wire, WireIo},
    },
    telemetry::{access_log::AccessLogWriter, metric::ListenerMetrics},
};

/// Bytes read and dropped after a refusal before the connection is closed all the same.
const MOST_LINGER: usize = 32 << 20;

/// One worker's HTTP server.
pub struct HttpServer<H> {
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
    /// A server without connections. Every request takes the limits of the moment.
    pub fn new(
        limits: Arc<ArcSwap<HttpLimits>>,
        drain: Drain,
        metrics: Arc<ListenerMetrics>,
        access_log: Rc<AccessLogWriter>,
        handler: H,
    ) -> Rc<Self> {
        let connections = Rc::new(Connections::new(limits));
        Rc::new(Self { drain, metrics, access_log, connections, handler })
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
        if accepted.crowded {
            let displaced = self.connections.make_room(Instant::now());
            if displaced == 0 {
                if let Some(hearing) = accepted.refuse() {
                    tokio::task::spawn_local(hearing);
                }
                return;
            }
            self.metrics.displaced_connections.add(displaced as u64);
        }
        let server = Rc::clone(self);
        tokio::task::spawn_local(async move {
            let Accepted { socket, peer, presence, .. } = accepted;
            match TcpStream::from_std(socket) {
                Ok(socket) => {
                    let wire = Wire::new(socket, peer, Rc::clone(&server.connections));
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
            // Boxed, so that a connection over HTTP/1 does not have the size of one over HTTP/2.
            Box::pin(self.serve_http2(wire)).await;
        } else {
            self.serve_http1(wire).await;
            if may_still_send(wire) {
                linger(wire).await;
            }
        }
    }

    async fn serve_http1(self: &Rc<Self>, wire: &Rc<Wire>) {
        let builder = http1_builder(&wire.limits());
        let service = service_fn(|request| self.answer_http1(request, wire));
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
        let limits = wire.limits().http2.clone();
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
        let service = service_fn(|request| Rc::clone(self).answer_http2(request, Rc::clone(wire)));
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

    /// An error here is the client's: it went away or broke its own stream.
    fn note_end(&self, result: hyper::Result<()>) {
        if let Err(error) = result {
            self.metrics.broken_connections.add(1);
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

/// hyper as a connection over HTTP/1 begins with it.
fn http1_builder(limits: &HttpLimits) -> http1::Builder {
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
    if limits.headers > 100 {
        builder.max_headers(limits.headers);
    }
    builder
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

/// Whether the last answer was given to a client that has not closed its side.
fn may_still_send(wire: &Wire) -> bool {
    match wire.order() {
        Order::None => !wire.has_ended(),
        // A drain does not wait for clients that were told and have nothing under way.
        Order::Finish => wire.refusal().is_some() || !wire.message_complete(),
        Order::Cut => false,
    }
}

/// Reads on for a moment after the last answer: closing with unread bytes would destroy the answer on its way.
async fn linger(wire: &Rc<Wire>) {
    let mut left = MOST_LINGER;
    let discard = std::future::poll_fn(|cx| {
        wire.register(cx.waker());
        // Not kept while nothing comes.
        let mut scratch = [0; 8 << 10];
        loop {
            match ready!(wire.poll_socket(cx, &mut scratch)) {
                Ok(count) if count > 0 && count <= left && wire.order() != Order::Cut => left -= count,
                _ => return Poll::Ready(()),
            }
        }
    });
    let patience = wire.limits().linger;
    let _ended = tokio::time::timeout(patience, discard).await;
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
