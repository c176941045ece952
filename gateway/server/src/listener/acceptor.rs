//! Accepts connections on one port and gives each to the worker with the fewest.
//!
//! ```text
//!  port ─▶ accept ─▶ caps: all, one address ─▶ least loaded worker's queue
//!             └ no descriptors left: waits, the backlog waits with it
//! ```
//! Runs on the control plane's runtime. Where all places are taken, the worker makes room: its longest idle connections end, so
//! that clients who hold connections and do nothing shut nobody out. Is none idle, or is it one address that has too many, the
//! newcomer gets a short 503 and is closed; a few at a time are read off for a moment first, because closing over a request that has
//! come would take the 503 back.

use std::{
    collections::HashMap,
    io::{self, Write},
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{
        Semaphore,
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    },
};

use crate::{
    listener::drain::{Drain, Presence as DrainPresence},
    telemetry::metric::ListenerMetrics,
};

/// Connections that the kernel may queue before we accept them.
const BACKLOG: i32 = 4096;
/// Pause after an accept failed for want of descriptors or memory.
const PAUSE: Duration = Duration::from_millis(100);
/// Newcomers beyond a cap that may be on their way to a worker at once, as a part of the cap, and at most.
const SPARE: (usize, usize) = (32, 64);
/// Connections beyond a cap that are read off at once, or an eighth of the cap if that is less: their descriptors are of those
/// that clients cannot have. Further ones are closed as soon as they were told.
const MOST_TOLD: usize = 64;
/// How long one of them is read off.
const LINGER: Duration = Duration::from_millis(500);
/// Code of what a connection beyond a cap is told: there is no request yet that could be refused.
pub const TOO_MANY_CONNECTIONS: &str = "YM0626";
/// What it is told.
const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\ncontent-length: 93\r\n\
retry-after: 1\r\nconnection: close\r\n\r\n\
{\"type\":\"urn:yumen:error:YM0626\",\"title\":\"Too many connections\",\"status\":503,\"code\":\"YM0626\"}";

/// Caps of one listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// Connections of all clients together.
    pub total: usize,
    /// Connections from one address.
    pub per_address: usize,
}

/// A worker as the acceptor of one port sees it.
#[derive(Debug, Clone)]
pub struct WorkerHandle {
    /// Connections given to the worker and not yet ended, through all ports.
    open: Arc<AtomicUsize>,
    /// The worker's queue for this port.
    sender: UnboundedSender<Accepted>,
}

impl WorkerHandle {
    /// A worker's handle for one port, and the queue for its [`super::HttpServer::run`]. All handles of a worker share its
    /// number of open connections.
    pub fn new(open: Arc<AtomicUsize>) -> (Self, UnboundedReceiver<Accepted>) {
        let (sender, receiver) = unbounded_channel();
        (Self { open, sender }, receiver)
    }

    /// The worker with the fewest connections of those that run; `turn` says who is asked first, so that equals take turns.
    fn least_loaded(workers: &[Self], turn: usize) -> Option<&Self> {
        let (before, from) = workers.split_at(turn.checked_rem(workers.len())?);
        let running = from.iter().chain(before).filter(|worker| !worker.sender.is_closed());
        running.min_by_key(|worker| worker.open.load(Ordering::Relaxed))
    }
}

/// A connection on its way to a worker.
#[derive(Debug)]
pub struct Accepted {
    /// Non-blocking.
    pub(super) socket: std::net::TcpStream,
    pub(super) peer: SocketAddr,
    /// All places are taken: it may stay only if another ends.
    pub(super) crowded: bool,
    /// Dropped when the connection has ended.
    pub(super) presence: Presence,
    /// Places to hear that there is none.
    told: Arc<Semaphore>,
}

/// Counts a connection wherever it counts, for as long as it lives.
#[derive(Debug)]
pub(super) struct Presence {
    open: Arc<AtomicUsize>,
    counts: Arc<Counts>,
    metrics: Arc<ListenerMetrics>,
    address: IpAddr,
    _drain: DrainPresence,
}

/// Open connections of one listener. Touched when one opens or closes, never by a request.
#[derive(Debug, Default)]
struct Counts {
    total: AtomicUsize,
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

/// One listening port.
#[derive(Debug)]
pub struct Acceptor {
    listener: TcpListener,
    caps: Caps,
    metrics: Arc<ListenerMetrics>,
    /// Places of connections that are told that there is none.
    told: Arc<Semaphore>,
}

impl Acceptor {
    /// Binds the port. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub fn bind(address: SocketAddr, caps: Caps, metrics: Arc<ListenerMetrics>) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        // Accepted sockets inherit it.
        socket.set_tcp_nodelay(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok(Self {
            listener: TcpListener::from_std(socket.into())?,
            caps,
            metrics,
            told: Arc::new(Semaphore::new((caps.total / 8).clamp(1, MOST_TOLD))),
        })
    }

    /// The address bound, with the port that was chosen for port 0.
    ///
    /// # Errors
    /// When the socket does not know its address.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Accepts until the drain begins; what waits in the backlog then is still taken. Call [`Acceptor::door`] first, on the
    /// thread that may begin the drain.
    pub async fn run(self, workers: Vec<WorkerHandle>, drain: Drain, door: Door) {
        let counts = Arc::new(Counts::default());
        let mut turns = 0..;
        let mut next = || WorkerHandle::least_loaded(&workers, turns.next().unwrap_or_default());
        loop {
            let accepted = tokio::select! {
                biased;
                () = drain.begun() => break,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((socket, peer)) => self.place(socket, peer, next(), &drain, &counts),
                Err(error) => self.pause(&error).await,
            }
        }
        while let Some(Ok((socket, peer))) = self.listener.accept().now_or_never() {
            self.place(socket, peer, next(), &drain, &counts);
        }
        drop(self);
        drop(door);
    }

    /// Says that connections may still come until the door is dropped.
    pub fn door(drain: &Drain) -> Door {
        Door { _presence: drain.door() }
    }

    fn place(
        &self,
        socket: TcpStream,
        peer: SocketAddr,
        worker: Option<&WorkerHandle>,
        drain: &Drain,
        counts: &Arc<Counts>,
    ) {
        let address = peer.ip().to_canonical();
        let Some(worker) = worker else { return }; // none runs: the gateway is about to end
        let Some(crowded) = counts.enter(address, self.caps) else {
            self.metrics.refused_connections.add(1);
            // The first bytes of a new connection always fit into its send buffer.
            let _told = socket.try_write(BUSY.as_bytes());
            if let Some(hearing) = hearing(socket, &self.told) {
                tokio::spawn(hearing);
            }
            return;
        };
        worker.open.fetch_add(1, Ordering::Relaxed);
        self.metrics.opened_connections.add(1);
        let presence = Presence {
            open: Arc::clone(&worker.open),
            counts: Arc::clone(counts),
            metrics: Arc::clone(&self.metrics),
            address,
            _drain: drain.connection(),
        };
        if let Ok(socket) = socket.into_std() {
            let _gone = worker.sender.send(Accepted { socket, peer, crowded, presence, told: Arc::clone(&self.told) });
        }
    }

    /// Errors of one connection pass at once; a lack of descriptors or memory does not, so accepting rests.
    async fn pause(&self, error: &io::Error) {
        let of_the_connection = matches!(
            error.kind(),
            io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
        );
        if of_the_connection {
            return;
        }
        if self.metrics.accept_errors.add(1).is_multiple_of(100) {
            tracing::warn!(%error, "no connection can be accepted for now");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// An acceptor that has not closed.
#[derive(Debug)]
pub struct Door {
    _presence: DrainPresence,
}

impl Counts {
    /// Counts a connection, unless a cap forbids it; says whether all places were taken.
    fn enter(&self, address: IpAddr, caps: Caps) -> Option<bool> {
        let total = self.total.load(Ordering::Relaxed);
        if total >= caps.total.saturating_add((caps.total / SPARE.0).clamp(1, SPARE.1)) {
            return None;
        }
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let here = by_address.entry(address).or_insert(0);
        if *here >= caps.per_address {
            return None;
        }
        *here += 1;
        self.total.fetch_add(1, Ordering::Relaxed);
        Some(total >= caps.total)
    }

    fn leave(&self, address: IpAddr) {
        self.total.fetch_sub(1, Ordering::Relaxed);
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(here) = by_address.get_mut(&address) {
            *here -= 1;
            if *here == 0 {
                by_address.remove(&address);
            }
        }
    }
}

impl Accepted {
    /// Turns it away, as the acceptor does beyond a cap. Returned is what sees to it that the client can hear, if anything must.
    pub(super) fn refuse(self) -> Option<impl Future<Output = ()>> {
        self.presence.metrics.refused_connections.add(1);
        let _told = (&self.socket).write(BUSY.as_bytes());
        hearing(TcpStream::from_std(self.socket).ok()?, &self.told)
    }
}

/// Closing over a request that has come would take back the word that there is no place: what is returned reads the request off for
/// a moment first. `None`: too many are read off already.
fn hearing(mut socket: TcpStream, told: &Arc<Semaphore>) -> Option<impl Future<Output = ()> + use<>> {
    let place = Arc::clone(told).try_acquire_owned().ok()?;
    Some(async move {
        let read_off = async {
            socket.shutdown().await?;
            let mut scratch = [0; 2 << 10];
            while socket.read(&mut scratch).await? > 0 {}
            io::Result::Ok(())
        };
        let _ended = tokio::time::timeout(LINGER, read_off).await;
        drop(place);
    })
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
        self.counts.leave(self.address);
        self.metrics.closed_connections.add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_to_a_connection_beyond_a_cap_is_whole() {
        let (head, body) = BUSY.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{}", body.len());
        assert_eq!(serde_json::from_str::<serde_json::Value>(body).unwrap()["status"], 503);
    }

    /// Who of two workers with two ports gets so many connections that come to one port.
    fn given(workers: &[WorkerHandle], port: std::ops::Range<usize>) -> Vec<usize> {
        let place = |turn| {
            let chosen = WorkerHandle::least_loaded(workers, turn).unwrap();
            chosen.open.fetch_add(1, Ordering::Relaxed);
            workers.iter().position(|worker| Arc::ptr_eq(&worker.open, &chosen.open)).unwrap()
        };
        port.map(place).collect()
    }

    #[test]
    fn a_worker_counts_its_connections_of_all_ports_and_equals_take_turns() {
        let open: [Arc<AtomicUsize>; 3] = Default::default();
        let port = || open.iter().map(|open| WorkerHandle::new(Arc::clone(open))).unzip();
        let ((web, _queues), (inside, _more)): ((Vec<_>, Vec<_>), (Vec<_>, Vec<_>)) = (port(), port());
        assert_eq!(given(&web, 0..2), [0, 1]);
        assert_eq!(given(&inside, 0..2), [2, 1], "the other port's connections count");
        for worker in &open {
            worker.store(0, Ordering::Relaxed);
        }
        let firsts: Vec<_> = (0..3).map(|turn| given(&web[..], turn..turn + 1)[0]).collect();
        assert_eq!(firsts, [0, 1, 2]);
    }

    #[test]
    fn a_worker_that_does_not_run_gets_no_connection() {
        let (gone, queue) = WorkerHandle::new(Arc::default());
        let (busy, _queue) = WorkerHandle::new(Arc::new(AtomicUsize::new(7)));
        drop(queue);
        let workers = [gone, busy];
        assert_eq!(given(&workers, 0..3), [1, 1, 1]);
        assert!(WorkerHandle::least_loaded(&workers[..1], 0).is_none());
        assert!(WorkerHandle::least_loaded(&[], 0).is_none());
    }

    #[test]
    fn an_address_may_come_again_when_it_has_left() {
        let (counts, caps) = (Counts::default(), Caps { total: 3, per_address: 2 });
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let enter = |address| counts.enter(address, caps);
        assert_eq!((enter(one), enter(one), enter(one)), (Some(false), Some(false), None));
        assert_eq!((enter(other), enter(other), enter(other)), (Some(false), Some(true), None), "all together");
        counts.leave(one);
        counts.leave(other);
        assert_eq!(enter(one), Some(false));
        for address in [one, one, other] {
            counts.leave(address);
        }
        assert!(counts.by_address.lock().unwrap().is_empty());
    }
}
