//! `metrics`, `counters` and `kv`: what outlives a version.
//!
//! Handles are places in the room, so that the hot calls look nothing up by name and take no lock that others hold.

use std::sync::Arc;

use super::Room;
use super::ours::{counters, kv, metrics};
use crate::capability::metric::Series;
use crate::words::{CounterError, Entry, KvError, MetricKind};

impl Room {
    fn series(&self, handle: u32) -> wasmtime::Result<&Series> {
        self.metrics.get(handle as usize).map(|series| &**series).ok_or_else(|| unknown("metric", handle))
    }

    fn counter(&self, handle: u32) -> wasmtime::Result<&crate::capability::counter::Counter> {
        self.counters.get(handle as usize).map(|counter| &**counter).ok_or_else(|| unknown("counter", handle))
    }

    fn granted(&self, bucket: &str) -> Result<(), KvError> {
        let granted = self.charter.grants.kv.iter().any(|name| name == bucket);
        if granted { Ok(()) } else { Err(KvError::Denied) }
    }
}

fn unknown(what: &str, handle: u32) -> wasmtime::Error {
    wasmtime::Error::msg(format!("there is no {what} {handle}"))
}

/// The place of `item` in `held`, where it is put when it is new.
fn place<T>(held: &mut Vec<Arc<T>>, item: Arc<T>) -> u32 {
    let place = held.iter().position(|other| Arc::ptr_eq(other, &item)).unwrap_or_else(|| {
        held.push(item);
        held.len() - 1
    });
    u32::try_from(place).unwrap_or(u32::MAX)
}

impl metrics::Host for Room {
    fn define(
        &mut self,
        kind: MetricKind,
        name: String,
        labels: Vec<(String, String)>,
    ) -> wasmtime::Result<Result<u32, String>> {
        self.spend_call()?;
        let series = self.charter.kept.metrics.define(kind, &name, labels);
        Ok(series.map(|series| place(&mut self.metrics, series)))
    }

    fn add(&mut self, handle: u32, delta: i64) -> wasmtime::Result<()> {
        self.spend_call()?;
        self.series(handle)?.add(delta);
        Ok(())
    }

    fn record(&mut self, handle: u32, value: u64) -> wasmtime::Result<()> {
        self.spend_call()?;
        self.series(handle)?.record(value);
        Ok(())
    }
}

impl counters::Host for Room {
    fn open(&mut self, name: String, window_ms: u32) -> wasmtime::Result<Result<u32, CounterError>> {
        self.spend_call()?;
        let counter = self.charter.kept.counters.open(&name, window_ms);
        Ok(counter.map(|counter| place(&mut self.counters, counter)))
    }

    fn add(&mut self, handle: u32, slot: u64, delta: i64) -> wasmtime::Result<i64> {
        self.spend_call()?;
        Ok(self.counter(handle)?.add(slot, delta))
    }

    fn get(&mut self, handle: u32, slot: u64) -> wasmtime::Result<i64> {
        self.spend_call()?;
        Ok(self.counter(handle)?.get(slot))
    }

    fn previous(&mut self, handle: u32, slot: u64) -> wasmtime::Result<i64> {
        self.spend_call()?;
        Ok(self.counter(handle)?.previous(slot))
    }

    fn remaining(&mut self, handle: u32) -> wasmtime::Result<u32> {
        self.spend_call()?;
        Ok(self.counter(handle)?.remaining())
    }
}

impl kv::Host for Room {
    fn get(&mut self, bucket: String, key: String) -> wasmtime::Result<Result<Option<Entry>, KvError>> {
        self.spend_call()?;
        Ok(self.granted(&bucket).map(|()| self.charter.kept.kv.get(&bucket, &key)))
    }

    fn put(
        &mut self,
        bucket: String,
        key: String,
        value: Vec<u8>,
        ttl_ms: u32,
    ) -> wasmtime::Result<Result<u64, KvError>> {
        self.spend_call()?;
        Ok(self.granted(&bucket).and_then(|()| self.charter.kept.kv.put(&bucket, &key, value, None, ttl_ms)))
    }

    fn swap(
        &mut self,
        bucket: String,
        key: String,
        value: Vec<u8>,
        if_version: u64,
        ttl_ms: u32,
    ) -> wasmtime::Result<Result<u64, KvError>> {
        self.spend_call()?;
        let swap = |()| self.charter.kept.kv.put(&bucket, &key, value, Some(if_version), ttl_ms);
        Ok(self.granted(&bucket).and_then(swap))
    }

    fn remove(&mut self, bucket: String, key: String) -> wasmtime::Result<Result<bool, KvError>> {
        self.spend_call()?;
        Ok(self.granted(&bucket).map(|()| self.charter.kept.kv.remove(&bucket, &key)))
    }
}
