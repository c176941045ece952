//! Connections of the admin port: few, bounded in time while nothing is asked, and ended when the gateway ends.

use std::{collections::VecDeque, future::Future, net::SocketAddr, pin::pin, time::Duration};

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
    time::{sleep, timeout},
};

/// Connections at once; the oldest makes room for the next.
const MOST: usize = 64;
/// For the head of a request, and between two requests.
const HEAD_WITHIN: Duration = Duration::from_secs(30);
/// Bytes of a request's head.
const HEAD: usize = 64 << 10;
/// For what is under way when the gateway ends.
const END_WITHIN: Duration = Duration::from_secs(2);
/// Pause after an accept failed, which a lack of descriptors causes.
const PAUSE: Duration = Duration::from_millis(100);

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

/// Answers until `end` is there, then waits for what is under way, though not for long.
pub(super) async fn serve(listener: TcpListener, router: Router, end: impl Future<Output = ()>) {
    let mut connections = JoinSet::new();
    let mut by_age: VecDeque<AbortHandle> = VecDeque::new();
    let mut end = pin!(end);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut end => break,
            accepted = listener.accept() => accepted,
        };
        while connections.try_join_next().is_some() {}
        by_age.retain(|connection| !connection.is_finished());
        match accepted {
            Ok((socket, peer)) => {
                if by_age.len() >= MOST {
                    by_age.pop_front().inspect(AbortHandle::abort);
                }
                let router = router.clone().layer(Extension(Peer(peer)));
                by_age.push_back(connections.spawn(answer(socket, router)));
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
    let all = async { while connections.join_next().await.is_some() {} };
    let _late = timeout(END_WITHIN, all).await; // dropping the set ends the rest
}

/// Answers what comes on one connection. What goes wrong there is the client's.
async fn answer(socket: TcpStream, router: Router) {
    let _ended = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(socket), TowerToHyperService::new(router))
        .await;
}
