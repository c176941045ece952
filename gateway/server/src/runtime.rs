//! The roof: starts every part, hands values down, and takes the gateway down again without losing a request.
//!
//! ```text
//!  start   config ─▶ ports bound ─▶ registries ─▶ Snapshot ─▶ workers ─▶ doors open ─▶ ready
//!  run     Conductor waits for: file changed · SIGHUP · definition changed ─▶ new Snapshot, swapped whole
//!  end     not ready ─▶ doors close ─▶ workers drain ─▶ consumers withdrawn ─▶ exit
//! ```
//! Only this room spawns what outlives a connection. The control plane is one thread with its own runtime; each worker is
//! another.

mod conductor;
mod demo;
mod descriptors;
mod dial;
mod drain;
mod registry;
mod signal;
mod startup;
mod subscriptions;
mod watch;
mod worker;

use std::{
    io::{self, Write},
    net::SocketAddr,
    process::ExitCode,
    sync::Arc,
    thread,
};

use tokio::sync::{mpsc, oneshot};
use yumen_dubbo::registry::memory::MemoryRegistry;

use crate::config::{Findings, Sources};

pub use demo::{DemoOptions, demo};
pub use dial::dial;
pub use startup::{Launch, StartError};

/// A running gateway. Dropping it stops everything without a drain; [`Gateway::stop`] drains.
pub struct Gateway {
    places: Places,
    orders: mpsc::Sender<Order>,
    control: Option<thread::JoinHandle<()>>,
}

/// Where a running gateway listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Listeners in the order of the configuration, with the ports they really got.
    pub listeners: Vec<(String, SocketAddr)>,
    /// The status port.
    pub status: SocketAddr,
}

/// What the conductor is told to do.
enum Order {
    /// Read the configuration again; answers with the version that serves now.
    Reload(oneshot::Sender<Result<u64, Findings>>),
    /// Drain and end.
    Stop,
}

impl Gateway {
    /// Starts a gateway and returns once its ports answer. Blocks the calling thread meanwhile.
    ///
    /// # Errors
    /// [`StartError`]: a configuration that does not hold, a port that is taken, a thread that cannot be had.
    pub fn start(launch: Launch) -> Result<Self, StartError> {
        let (orders, inbox) = mpsc::channel(8);
        let (started, outcome) = std::sync::mpsc::channel();
        let control = thread::Builder::new()
            .name("control".to_owned())
            .spawn(move || startup::control(launch, inbox, &started))
            .map_err(StartError::Thread)?;
        let places = outcome.recv().map_err(|_| StartError::Died)??;
        Ok(Self { places, orders, control: Some(control) })
    }

    /// Where it listens.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// Reads the configuration again and answers with the version that serves from now on.
    ///
    /// # Errors
    /// What is wrong with the new configuration; the old one goes on serving.
    pub async fn reload(&self) -> Result<u64, Findings> {
        let (answer, outcome) = oneshot::channel();
        let _ = self.orders.send(Order::Reload(answer)).await; // a gateway that ended drops the answer, seen below
        outcome.await.unwrap_or_else(|_| Err(Findings::default()))
    }

    /// Drains and ends. Blocks until the last request has its answer or the drain's time is over.
    pub fn stop(mut self) {
        let _ = self.orders.blocking_send(Order::Stop);
        self.join();
    }

    /// Waits until a signal has ended it.
    pub fn wait(mut self) {
        self.join();
    }

    fn join(&mut self) {
        if let Some(control) = self.control.take() {
            let _ = control.join(); // a control thread that panicked has said so itself
        }
    }
}

impl Drop for Gateway {
    /// Closing the orders ends the control plane.
    fn drop(&mut self) {
        let (closed, _) = mpsc::channel(1);
        self.orders = closed;
        self.join();
    }
}

/// What `yumen run` was told.
pub struct RunOptions {
    /// Where the configuration comes from.
    pub sources: Sources,
}

/// Runs a gateway in the foreground until a signal ends it.
pub fn run(options: RunOptions) -> ExitCode {
    let launch = Launch { sources: options.sources, embedded: Arc::new(MemoryRegistry::new()), owns_process: true };
    match Gateway::start(launch) {
        Ok(gateway) => {
            gateway.wait();
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}"); // nobody to tell when stderr is gone
            error.exit_code()
        }
    }
}
