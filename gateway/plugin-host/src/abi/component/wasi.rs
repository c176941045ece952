//! WASI 0.2 without rights: no files, no network, no environment, no input. What is printed goes to the plugin's log.
//!
//! Guests in most languages import it because their runtime does, not because the plugin needs it.

use std::sync::Arc;

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::room::Room;
use crate::capability::log::LINE_MOST;
use crate::charter::Charter;
use crate::words::Level;

/// Handles that a guest may hold at the same time.
pub(super) const HANDLES: usize = 256;

/// Bytes of one request for random numbers.
const RANDOM_MOST: u64 = 64 << 10;

/// Bytes that one write may have.
const WRITE_MOST: usize = 64 << 10;

/// What WASI keeps for one store.
pub(super) struct Wasi {
    context: WasiCtx,
    table: ResourceTable,
}

impl Wasi {
    pub(super) fn new(charter: &Arc<Charter>) -> Wasi {
        let printed = |level| Printed { charter: Arc::clone(charter), level };
        let context = WasiCtx::builder()
            .stdout(printed(Level::Info))
            .stderr(printed(Level::Warn))
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .max_random_size(RANDOM_MOST)
            .build();
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES);
        Wasi { context, table }
    }
}

impl WasiView for Room {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let charter = &self.charter;
        let wasi = self.wasi.get_or_insert_with(|| Box::new(Wasi::new(charter)));
        WasiCtxView { ctx: &mut wasi.context, table: &mut wasi.table }
    }
}

/// Standard output or error of a guest.
struct Printed {
    charter: Arc<Charter>,
    level: Level,
}

impl IsTerminal for Printed {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Printed {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(Lines { charter: Arc::clone(&self.charter), level: self.level, begun: Vec::new() })
    }
}

/// Cuts what is printed into lines of the log.
struct Lines {
    charter: Arc<Charter>,
    level: Level,
    begun: Vec<u8>,
}

impl Lines {
    fn end(&mut self) {
        if !self.begun.is_empty() {
            self.charter.logs.write(self.level, &String::from_utf8_lossy(&self.begun));
            self.begun.clear();
        }
    }
}

impl OutputStream for Lines {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.begun.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.begun.len() >= LINE_MOST {
                self.end();
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_MOST)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Lines {
    async fn ready(&mut self) {}
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.end();
    }
}
