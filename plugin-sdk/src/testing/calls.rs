//! The host functions as the fake host answers them.

use super::fake::{FakeHost, Measured, Slots, Stored};
use super::host;

pub(crate) mod log {
    //! See `crate::log`.
    use super::host;
    use crate::log::Level;

    pub(crate) fn enabled(_level: Level) -> bool {
        true
    }

    pub(crate) fn write(level: Level, message: &str) {
        host(|host| host.log.push((level, message.to_owned())));
    }
}

pub(crate) mod system {
    //! See `crate::system`.
    use super::host;

    pub(crate) fn now() -> u64 {
        host(|host| host.now)
    }

    pub(crate) fn ticks() -> u64 {
        host(|host| host.now * 1000)
    }

    pub(crate) fn random() -> u64 {
        host(|host| {
            let random = host.random;
            host.random = random.wrapping_add(1);
            random
        })
    }
}

pub(crate) mod metrics {
    //! See `crate::metrics`.
    use super::{Measured, host};
    use crate::bindings::host::yumen::plugin::metrics::Kind;

    pub(crate) fn define(_kind: Kind, name: &str, labels: &[(String, String)]) -> Result<u32, String> {
        host(|host| {
            let same = |metric: &Measured| metric.name == name && metric.labels == labels;
            let handle = host.metrics.iter().position(same).unwrap_or_else(|| {
                host.metrics.push(Measured { name: name.to_owned(), labels: labels.to_vec(), value: 0 });
                host.metrics.len() - 1
            });
            Ok(handle as u32)
        })
    }

    pub(crate) fn add(handle: u32, delta: i64) {
        host(|host| host.metrics[handle as usize].value += delta);
    }

    pub(crate) fn record(handle: u32, value: u64) {
        host(|host| host.metrics[handle as usize].value += value as i64);
    }
}

pub(crate) mod counters {
    //! See `crate::counters`.
    use super::{Slots, host};
    use crate::counters::Error;

    pub(crate) fn open(name: &str, window: u32) -> Result<u32, Error> {
        host(|host| {
            let same = |slots: &Slots| slots.name == name && slots.window == window;
            let handle = host.counters.iter().position(same).unwrap_or_else(|| {
                let (current, previous) = Default::default();
                host.counters.push(Slots { name: name.to_owned(), window, number: 0, current, previous });
                host.counters.len() - 1
            });
            Ok(handle as u32)
        })
    }

    fn slots<R>(handle: u32, look: impl FnOnce(&mut Slots) -> R) -> R {
        host(|host| {
            let slots = &mut host.counters[handle as usize];
            let number = if slots.window == 0 { 0 } else { host.now / u64::from(slots.window) };
            if number != slots.number {
                let last = std::mem::take(&mut slots.current);
                slots.previous = if number == slots.number + 1 { last } else { Default::default() };
                slots.number = number;
            }
            look(slots)
        })
    }

    pub(crate) fn add(handle: u32, slot: u64, delta: i64) -> i64 {
        slots(handle, |slots| {
            let value = slots.current.entry(slot).or_default();
            *value += delta;
            *value
        })
    }

    pub(crate) fn get(handle: u32, slot: u64) -> i64 {
        slots(handle, |slots| slots.current.get(&slot).copied().unwrap_or(0))
    }

    pub(crate) fn previous(handle: u32, slot: u64) -> i64 {
        slots(handle, |slots| slots.previous.get(&slot).copied().unwrap_or(0))
    }

    pub(crate) fn remaining(handle: u32) -> u32 {
        host(|host| match host.counters[handle as usize].window {
            0 => 0,
            window => window - (host.now % u64::from(window)) as u32,
        })
    }
}

pub(crate) mod kv {
    //! See `crate::kv`.
    use super::{FakeHost, Stored, host};
    use crate::kv::{Entry, Error};

    fn with<R>(
        bucket: &str,
        key: &str,
        run: impl FnOnce(&mut FakeHost, (String, String)) -> Result<R, Error>,
    ) -> Result<R, Error> {
        host(|host| {
            if host.kv_granted.as_ref().is_some_and(|granted| !granted.iter().any(|name| name == bucket)) {
                return Err(Error::Denied);
            }
            let place = (bucket.to_owned(), key.to_owned());
            if host.kv.get(&place).is_some_and(|stored| stored.until != 0 && stored.until <= host.now) {
                host.kv.remove(&place);
            }
            run(host, place)
        })
    }

    fn store(host: &mut FakeHost, place: (String, String), value: &[u8], ttl: u32) -> u64 {
        let version = host.kv.get(&place).map_or(0, |stored| stored.version) + 1;
        let until = if ttl == 0 { 0 } else { host.now + u64::from(ttl) };
        host.kv.insert(place, Stored { value: value.to_vec(), version, until });
        version
    }

    pub(crate) fn get(bucket: &str, key: &str) -> Result<Option<Entry>, Error> {
        with(bucket, key, |host, place| {
            let entry = |stored: &Stored| Entry { value: stored.value.clone(), version: stored.version };
            Ok(host.kv.get(&place).map(entry))
        })
    }

    pub(crate) fn put(bucket: &str, key: &str, value: &[u8], ttl_ms: u32) -> Result<u64, Error> {
        with(bucket, key, |host, place| Ok(store(host, place, value, ttl_ms)))
    }

    pub(crate) fn swap(bucket: &str, key: &str, value: &[u8], if_version: u64, ttl_ms: u32) -> Result<u64, Error> {
        with(bucket, key, |host, place| match host.kv.get(&place).map_or(0, |stored| stored.version) {
            version if version == if_version => Ok(store(host, place, value, ttl_ms)),
            _ => Err(Error::Conflict),
        })
    }

    pub(crate) fn remove(bucket: &str, key: &str) -> Result<bool, Error> {
        with(bucket, key, |host, place| Ok(host.kv.remove(&place).is_some()))
    }
}

pub(crate) mod exchange {
    //! See `crate::exchange`.
    use super::host;
    use crate::exchange::RpcCall;
    use crate::json::Json;
    use crate::{Fields, Outcome, Side};

    pub(crate) fn field(side: Side, name: &str) -> Option<String> {
        field_all(side, name).into_iter().next()
    }

    pub(crate) fn field_all(side: Side, name: &str) -> Vec<String> {
        all_fields(side).into_iter().filter(|(known, _)| known == name).map(|(_, value)| value).collect()
    }

    pub(crate) fn all_fields(side: Side) -> Fields {
        host(|host| if side == Side::Request { host.request.clone() } else { host.response.clone() })
    }

    pub(crate) fn property(name: &str) -> Option<String> {
        host(|host| host.properties.get(name).cloned())
    }

    pub(crate) fn call() -> Option<RpcCall> {
        host(|host| host.call.clone())
    }

    pub(crate) fn attachments() -> Fields {
        host(|host| host.attachments.clone())
    }

    pub(crate) fn arguments() -> Option<String> {
        host(|host| host.arguments.clone())
    }

    pub(crate) fn argument(index: u32) -> Option<String> {
        let arguments = Json::parse(&arguments()?).ok()?;
        arguments.as_array()?.get(index as usize).map(Json::to_string)
    }

    pub(crate) fn call_outcome() -> Option<Outcome> {
        host(|host| host.outcome.clone())
    }
}

pub(crate) mod http {
    //! See `crate::http`.
    use super::host;
    use crate::http::{Error, Request, Response};

    pub(crate) fn send(request: &Request) -> Result<Response, Error> {
        let taken = host(|host| {
            host.http_sent.push(request.clone());
            host.clusters.remove(&request.cluster)
        });
        let mut answer = taken.ok_or(Error::Denied)?;
        let response = answer(request);
        host(|host| {
            host.clusters.entry(request.cluster.clone()).or_insert(answer);
        });
        response
    }

    pub(crate) fn send_all(requests: &[Request]) -> Vec<Result<Response, Error>> {
        requests.iter().map(send).collect()
    }
}

pub(crate) mod dubbo {
    //! See `crate::dubbo`.
    use super::host;
    use crate::dubbo::{Error, Invocation};

    pub(crate) fn invoke(invocation: &Invocation) -> Result<String, Error> {
        let taken = host(|host| {
            host.dubbo_sent.push(invocation.clone());
            host.services.remove(&invocation.service)
        });
        let mut answer = taken.ok_or(Error::Denied)?;
        let result = answer(invocation);
        host(|host| {
            host.services.entry(invocation.service.clone()).or_insert(answer);
        });
        result
    }
}

pub(crate) mod stats {
    //! See `crate::stats`.
    use super::host;

    pub(crate) fn active(index: u32) -> u32 {
        host(|host| host.endpoints[index as usize].active)
    }

    pub(crate) fn latency(index: u32) -> u32 {
        host(|host| host.endpoints[index as usize].latency)
    }

    pub(crate) fn available(index: u32) -> bool {
        host(|host| host.endpoints[index as usize].available)
    }
}
