//! One worker: a thread with a runtime of its own, its client connections, its references. Nothing of it is shared.

use std::{cell::RefCell, io, rc::Rc, sync::Arc, thread, time::Duration};

use arc_swap::ArcSwap;
use futures_util::future::join_all;
use tokio::{
    runtime,
    sync::mpsc::{UnboundedReceiver, UnboundedSender},
};

use crate::{
    listener::{Accepted, Drain, HttpLimits, HttpServer, WorkerHandle},
    pipeline::{self, Station},
    snapshot::Snapshot,
    telemetry::{
        access_log::AccessLog,
        metric::{Counter, Labelled, ListenerMetrics},
    },
    view::Views,
};

/// What every worker is given.
#[derive(Clone)]
pub(super) struct Supplies {
    /// The snapshot of the moment.
    pub(super) published: Arc<ArcSwap<Snapshot>>,
    /// Shared by all parts that end together.
    pub(super) drain: Drain,
    /// Where lines about requests go.
    pub(super) access_log: AccessLog,
    /// Replies that came after their call had given up.
    pub(super) late_replies: Arc<Counter>,
    /// Requests that found no route.
    pub(super) unrouted: Arc<Labelled>,
    /// Gets the index of every worker that ends, however it ends.
    pub(super) ended: UnboundedSender<usize>,
}

/// Tells that a worker has ended, also when it panicked.
struct Wake {
    index: usize,
    ended: UnboundedSender<usize>,
}

impl Drop for Wake {
    fn drop(&mut self) {
        let _ = self.ended.send(self.index); // nobody listens any more once the gateway drains
    }
}

/// One port, as each worker serves it.
#[derive(Clone)]
pub(super) struct Port {
    /// The listener's name.
    pub(super) name: Arc<str>,
    /// The limits of the moment.
    pub(super) limits: Arc<ArcSwap<HttpLimits>>,
    /// The port's counters.
    pub(super) metrics: Arc<ListenerMetrics>,
}

/// A worker that runs, as the rest of the process sees it.
pub(super) struct Worker {
    /// Where the acceptors put connections: one a port, in the order of the ports.
    pub(super) doors: Vec<WorkerHandle>,
    thread: thread::JoinHandle<()>,
}

impl Worker {
    /// Starts a worker that serves all ports, and returns when it can.
    ///
    /// # Errors
    /// When the operating system gives no thread or no event queue.
    pub(super) fn start(index: usize, ports: &[Port], supplies: &Supplies) -> io::Result<Self> {
        let runtime_of =
            || runtime::Builder::new_current_thread().enable_all().build_local(runtime::LocalOptions::default());
        let open = Arc::default();
        let (doors, queues): (Vec<_>, Vec<_>) = ports.iter().map(|_| WorkerHandle::new(Arc::clone(&open))).unzip();
        let (ports, supplies) = (ports.to_vec(), supplies.clone());
        let (told, outcome) = std::sync::mpsc::channel();
        let thread = thread::Builder::new().name(format!("worker-{index}")).spawn(move || {
            let runtime = match runtime_of() {
                Ok(runtime) => runtime,
                Err(error) => return drop(told.send(Err(error))),
            };
            let _wake = Wake { index, ended: supplies.ended.clone() };
            let _ = told.send(Ok(())); // `start` waits for it
            runtime.block_on(serve(index, ports.into_iter().zip(queues).collect(), supplies));
        })?;
        outcome.recv().unwrap_or_else(|_| Err(io::Error::other("it ended before it served")))?;
        Ok(Self { doors, thread })
    }

    /// Waits for its end, which comes when the drain has ended.
    pub(super) fn join(self) {
        let _ = self.thread.join(); // a worker that panicked has said so itself
    }
}

async fn serve(index: usize, ports: Vec<(Port, UnboundedReceiver<Accepted>)>, supplies: Supplies) {
    let views = Rc::new(RefCell::new(Views::new(supplies.published)));
    let log = Rc::new(supplies.access_log.writer());
    let servers = ports.into_iter().map(|(port, queue)| {
        let views = Rc::clone(&views);
        let station = Rc::new(Station::new(index, &port.name, Rc::clone(&log), Arc::clone(&supplies.unrouted)));
        let handler = move |request| {
            let view = views.borrow_mut().current();
            pipeline::handle(view, request, Rc::clone(&station))
        };
        HttpServer::new(port.limits, supplies.drain.clone(), port.metrics, Rc::clone(&log), handler).run(queue)
    });
    tokio::select! {
        _ = join_all(servers) => (),
        () = log.flush_forever() => (),
        () = tend(&views, &supplies.late_replies) => (),
    }
}

/// Lets go of what was replaced, also without a request that would ask for what is new, and adds what this worker's
/// connections counted to the process' number; now and then, for ever.
async fn tend(views: &RefCell<Views>, total: &Counter) {
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    let mut told = 0;
    loop {
        tick.tick().await;
        views.borrow_mut().tend();
        let late = views.borrow().late_replies();
        total.add(late - told);
        told = late;
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    #[test]
    fn a_worker_that_panics_is_told_of() {
        let (ended, mut told) = mpsc::unbounded_channel();
        let panicked = thread::spawn(move || {
            let _wake = Wake { index: 3, ended };
            panic!("as it should");
        });
        assert!(panicked.join().is_err());
        assert_eq!(told.blocking_recv(), Some(3));
    }
}
