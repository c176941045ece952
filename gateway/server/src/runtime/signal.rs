//! What the operating system asks of the process: reload (SIGHUP) or end (SIGTERM, SIGINT).

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// Read the configuration again.
    Reload,
    /// Drain and end; the number is the signal's.
    End(i32),
}

/// Waits until the process is asked to end; for ever when it takes no signals.
pub(super) async fn asked_to_end(signals: &mut Option<Signals>) {
    let Some(signals) = signals else { return std::future::pending().await };
    while signals.next().await == Wish::Reload {}
}

/// The signals that this process answers.
pub(super) struct Signals {
    hangup: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Takes over the three signals from their default, which is to end the process at once.
    ///
    /// # Errors
    /// When the operating system refuses the handlers.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) -> Wish {
        tokio::select! {
            _ = self.hangup.recv() => Wish::Reload,
            _ = self.terminate.recv() => Wish::End(15),
            _ = self.interrupt.recv() => Wish::End(2),
        }
    }
}
