//! Bytes that all workers and versions of a plugin share, in buckets that the configuration grants.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::words::{Entry, KvError};

/// Bytes of keys and values of one plugin.
const BYTES_MOST: usize = 16 << 20;

/// Entries of one plugin.
const ENTRIES_MOST: usize = 50_000;

/// Bytes of one value.
const VALUE_MOST: usize = 256 << 10;

/// Bytes of one key.
const KEY_MOST: usize = 1 << 10;

/// The buckets of one plugin. Whether a bucket is granted is asked before.
#[derive(Default)]
pub(crate) struct Buckets(Mutex<Table>);

#[derive(Default)]
struct Table {
    buckets: HashMap<String, HashMap<String, Value>>,
    bytes: usize,
    entries: usize,
    /// Rises with every write, so that an entry made anew never has the version of one removed.
    version: u64,
}

struct Value {
    bytes: Vec<u8>,
    version: u64,
    until: Option<Instant>,
}

impl Value {
    fn lives(&self) -> bool {
        self.until.is_none_or(|until| Instant::now() < until)
    }
}

impl Buckets {
    pub(crate) fn get(&self, bucket: &str, key: &str) -> Option<Entry> {
        let table = self.lock();
        let value = table.live(bucket, key)?;
        Some(Entry { value: value.bytes.clone(), version: value.version })
    }

    /// Writes, if the version is still `expected`; `None` writes in any case. A ttl of 0 keeps it. Returns the new version.
    pub(crate) fn put(
        &self,
        bucket: &str,
        key: &str,
        bytes: Vec<u8>,
        expected: Option<u64>,
        ttl: u32,
    ) -> Result<u64, KvError> {
        if bytes.len() > VALUE_MOST || key.len() > KEY_MOST {
            return Err(KvError::TooLarge);
        }
        if key.is_empty() {
            return Err(KvError::Invalid("an empty key".to_owned()));
        }
        let mut table = self.lock();
        let found = table.live(bucket, key).map_or(0, |value| value.version);
        if expected.is_some_and(|expected| expected != found) {
            return Err(KvError::Conflict);
        }
        table.put(bucket, key, bytes, ttl)
    }

    /// Whether there was something to remove.
    pub(crate) fn remove(&self, bucket: &str, key: &str) -> bool {
        let mut table = self.lock();
        let lived = table.live(bucket, key).is_some();
        table.take(bucket, key);
        lived
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn live(&self, bucket: &str, key: &str) -> Option<&Value> {
        self.buckets.get(bucket)?.get(key).filter(|value| value.lives())
    }

    fn put(&mut self, bucket: &str, key: &str, bytes: Vec<u8>, ttl: u32) -> Result<u64, KvError> {
        let size = key.len() + bytes.len();
        if !self.has_room(bucket, key, size) {
            self.sweep();
            if !self.has_room(bucket, key, size) {
                return Err(KvError::Full);
            }
        }
        self.take(bucket, key);
        self.version += 1;
        let until = (ttl > 0).then(|| Instant::now() + Duration::from_millis(ttl.into()));
        let value = Value { bytes, version: self.version, until };
        self.bytes += size;
        self.entries += 1;
        self.buckets.entry(bucket.to_owned()).or_default().insert(key.to_owned(), value);
        Ok(self.version)
    }

    /// Whether an entry of `size` bytes fits in the place of the one that may be there.
    fn has_room(&self, bucket: &str, key: &str, size: usize) -> bool {
        let replaced = self.buckets.get(bucket).and_then(|bucket| bucket.get(key));
        let freed = replaced.map_or(0, |value| key.len() + value.bytes.len());
        self.bytes + size - freed <= BYTES_MOST && self.entries + usize::from(replaced.is_none()) <= ENTRIES_MOST
    }

    fn take(&mut self, bucket: &str, key: &str) {
        if let Some(value) = self.buckets.get_mut(bucket).and_then(|bucket| bucket.remove(key)) {
            self.bytes -= key.len() + value.bytes.len();
            self.entries -= 1;
        }
    }

    /// Lets go of everything whose time is over.
    fn sweep(&mut self) {
        let (mut bytes, mut entries) = (0, 0);
        for bucket in self.buckets.values_mut() {
            bucket.retain(|_, value| value.lives());
            entries += bucket.len();
            bytes += bucket.iter().map(|(key, value)| key.len() + value.bytes.len()).sum::<usize>();
        }
        (self.bytes, self.entries) = (bytes, entries);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_lives_until_its_time_is_over() {
        let buckets = Buckets::default();
        buckets.put("b", "short", vec![1], None, 1).unwrap();
        buckets.put("b", "long", vec![2], None, 60_000).unwrap();
        while buckets.get("b", "short").is_some() {
            std::thread::yield_now();
        }
        assert_eq!(buckets.get("b", "long").unwrap().value, [2]);
        assert!(!buckets.remove("b", "short"));
        assert!(buckets.remove("b", "long"));
    }

    #[test]
    fn a_swap_meets_the_version_it_saw_or_nothing() {
        let buckets = Buckets::default();
        let first = buckets.put("b", "k", vec![1], Some(0), 0).unwrap();
        assert!(matches!(buckets.put("b", "k", vec![2], Some(0), 0), Err(KvError::Conflict)));
        let second = buckets.put("b", "k", vec![2], Some(first), 0).unwrap();
        assert!(second > first);
        buckets.remove("b", "k");
        let third = buckets.put("b", "k", vec![3], Some(0), 0).unwrap();
        assert!(third > second, "a version never comes back");
    }

    #[test]
    fn buckets_do_not_mix() {
        let buckets = Buckets::default();
        buckets.put("a", "k", vec![1], None, 0).unwrap();
        assert!(buckets.get("b", "k").is_none());
    }

    #[test]
    fn the_quota_holds_and_what_ended_makes_room() {
        let buckets = Buckets::default();
        let big = vec![0; VALUE_MOST];
        for number in 0..BYTES_MOST / VALUE_MOST - 1 {
            buckets.put("b", &number.to_string(), big.clone(), None, 0).unwrap();
        }
        buckets.put("b", "short", vec![0; VALUE_MOST / 2], None, 1).unwrap();
        assert!(matches!(buckets.put("b", "x", vec![0; VALUE_MOST + 1], None, 0), Err(KvError::TooLarge)));
        while buckets.get("b", "short").is_some() {
            std::thread::yield_now();
        }
        buckets.put("b", "last", vec![0; VALUE_MOST - 1000], None, 0).unwrap();
        assert!(matches!(buckets.put("b", "more", big.clone(), None, 0), Err(KvError::Full)));
        let longer = vec![1; VALUE_MOST];
        assert!(matches!(buckets.put("b", "last", longer, None, 0), Err(KvError::Full)));
        assert_eq!(buckets.get("b", "last").unwrap().value.len(), VALUE_MOST - 1000, "what does not fit costs nothing");
        buckets.put("b", "0", big, None, 0).unwrap();
        assert_eq!(buckets.lock().entries, BYTES_MOST / VALUE_MOST);
    }
}
