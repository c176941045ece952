//! The thread that raises the epoch.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};

use super::TICK;

/// Raises the epoch of an engine each [`TICK`] until it is dropped.
pub(super) struct Ticker {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    pub(super) fn start(engine: &wasmtime::Engine) -> std::io::Result<Ticker> {
        let (end, ended) = channel();
        let engine = engine.clone();
        let thread = Builder::new().name("plugin-epoch".to_owned()).spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(TICK) {
                engine.increment_epoch();
            }
        })?;
        Ok(Ticker { end: Some(end), thread: Some(thread) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has ended as well.
            let _ = thread.join();
        }
    }
}
