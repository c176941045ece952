//! The roof: starts every part, hands values down, and takes the gateway down again without losing a request.
//!
//! ```text
//!  start   config ─▶ ports bound ─▶ registries ─▶ Snapshot ─▶ workers ─▶ doors open ─▶ ready
//!  run     Conductor waits for: file changed · SIGHUP · definition changed ─▶ new Snapshot, swapped whole
//!  end     not ready ─▶ doors close ─▶ workers drain ─▶ consumers withdrawn ─▶ exit
//! ```
//! Only this room spawns what outlives a connection. The control plane is one thread with its own runtime; each worker is
//! another. A worker that ends before it should takes its connections with it and cannot be had back, so the gateway drains
//! the others and ends with an error ([`EndError`]), for its supervisor to start it again. No request can do that: one that
//! panics is answered with 500.

mod conductor;
mod demo;
mod descriptors;
mod dial;
mod drain;
mod plugins;
mod ports;
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

/// A running gateway. Dropping it is [`Gateway::stop`] without a word on how it ended.
pub struct Gateway {
    places: Places,
    /// Closed when the gateway shall end.
    orders: Option<mpsc::Sender<Reload>>,
    control: Option<thread::JoinHandle<Result<(), EndError>>>,
}

/// Where a running gateway listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Listeners in the order of the configuration, with the ports they really got.
    pub listeners: Vec<(String, SocketAddr)>,
    /// The status port.
    pub status: SocketAddr,
    /// The admin port, if there is one.
    pub admin: Option<SocketAddr>,
}

/// Why a gateway ended that nobody asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndError {
    /// A worker ended. What it served is lost; the others were drained.
    #[error("worker {0} ended unexpectedly")]
    Worker(usize),
    /// The control thread ended, and nothing was drained.
    #[error("the control thread ended unexpectedly")]
    Control,
}

/// The order to read the configuration again; answered with the version that serves from then on.
type Reload = oneshot::Sender<Result<u64, Findings>>;

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
        Ok(Self { places, orders: Some(orders), control: Some(control) })
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
        if let Some(orders) = &self.orders {
            let _ = orders.send(answer).await; // a gateway that ended drops the answer, seen below
        }
        outcome.await.unwrap_or_else(|_| Err(Findings::default()))
    }

    /// Drains and ends. Blocks until the last request has its answer or the drain's time is over.
    ///
    /// # Errors
    /// When it had ended before, or could not end as it should.
    pub fn stop(mut self) -> Result<(), EndError> {
        self.orders = None;
        self.join()
    }

    /// Waits until a signal has ended it.
    ///
    /// # Errors
    /// When it ended without one.
    pub fn wait(mut self) -> Result<(), EndError> {
        self.join()
    }

    fn join(&mut self) -> Result<(), EndError> {
        match self.control.take() {
            Some(control) => control.join().unwrap_or(Err(EndError::Control)),
            None => Ok(()),
        }
    }
}

impl Drop for Gateway {
    /// Closing the orders ends the control plane.
    fn drop(&mut self) {
        self.orders = None;
        let _ = self.join(); // whoever wants to know calls `stop` or `wait`
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
    let gateway = match Gateway::start(launch) {
        Ok(gateway) => gateway,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}"); // nobody to tell when stderr is gone
            return error.exit_code();
        }
    };
    match gateway.wait() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gateway(control: impl FnOnce() -> Result<(), EndError> + Send + 'static) -> Gateway {
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let places = Places { listeners: Vec::new(), status: nowhere, admin: None };
        Gateway { places, orders: None, control: Some(thread::spawn(control)) }
    }

    #[test]
    fn an_end_that_nobody_asked_for_is_an_error() {
        assert_eq!(gateway(|| panic!("as it should")).wait(), Err(EndError::Control));
        assert_eq!(gateway(|| panic!("as it should")).stop(), Err(EndError::Control));
        assert_eq!(gateway(|| Err(EndError::Worker(1))).wait(), Err(EndError::Worker(1)));
        assert_eq!(gateway(|| Ok(())).wait(), Ok(()));
    }
}
