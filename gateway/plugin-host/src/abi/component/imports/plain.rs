//! `log` and `system`.

use std::time::{SystemTime, UNIX_EPOCH};

use super::Room;
use super::ours::{log, system};
use crate::words::Level;

impl log::Host for Room {
    fn enabled(&mut self, level: Level) -> wasmtime::Result<bool> {
        self.spend_call()?;
        Ok(self.charter.logs.enabled(level))
    }

    fn write(&mut self, level: Level, message: String) -> wasmtime::Result<()> {
        self.spend_call()?;
        self.spend_log(message.len())?;
        if self.charter.logs.enabled(level) {
            self.charter.logs.write(level, &message);
        }
        Ok(())
    }
}

impl system::Host for Room {
    fn now(&mut self) -> wasmtime::Result<u64> {
        self.spend_call()?;
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn ticks(&mut self) -> wasmtime::Result<u64> {
        self.spend_call()?;
        let ticks = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let micros = ticks.tv_sec.saturating_mul(1_000_000).saturating_add(ticks.tv_nsec / 1000);
        Ok(u64::try_from(micros).unwrap_or_default())
    }

    fn random(&mut self) -> wasmtime::Result<u64> {
        self.spend_call()?;
        getrandom::u64().map_err(|error| wasmtime::Error::msg(error.to_string()))
    }
}
