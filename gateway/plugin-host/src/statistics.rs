//! What a version did, counted where it happens and added up when somebody asks.
//!
//! A worker's pool writes to a [`Shard`] of its own: plain loads and stores, no instruction that two processors must agree on. Times are taken of
//! every call at first and then of one in [`SAMPLE`], because reading the clock twice costs as much as half a call.

use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::failure::Failure;

/// Calls of a shard that are all timed; after them one in [`SAMPLE`].
const TIMED: u64 = 64;

/// One call in so many is timed. A power of two.
const SAMPLE: u64 = 16;

/// Buckets of the histogram: four for each doubling of nanoseconds, from 64 ns to some minutes.
const BUCKETS: usize = 128;

/// What a version did so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Callbacks, failed ones included.
    pub calls: u64,
    /// Callbacks that trapped.
    pub traps: u64,
    /// Callbacks that ran out of time.
    pub timeouts: u64,
    /// Callbacks that spent a budget.
    pub budgets: u64,
    /// Answers that did not hold.
    pub invalid: u64,
    /// Callbacks for which no instance was free.
    pub refused: u64,
    /// Callbacks for which a new instance could not be made.
    pub starts: u64,
    /// Instances that live now, over all workers.
    pub instances: u64,
    /// Bytes of their linear memory, as of the last time each was used.
    pub memory: u64,
    /// Instances that were made so far.
    pub made: u64,
    /// Half of all callbacks took less. Of sampled ones; zero before the first.
    pub p50: Duration,
    /// All but one in a hundred took less.
    pub p99: Duration,
    /// Exchanges and calls that ended and at which it did not fail itself.
    pub answers: u64,
    /// Those of them that ended with a fault of the server's side.
    pub errors: u64,
    /// Lines of log that were over the limit.
    pub dropped_lines: u64,
    /// The last failure and when it was.
    pub last_failure: Option<(SystemTime, Failure)>,
}

impl Statistics {
    /// Callbacks that failed, whatever the reason.
    pub fn failures(&self) -> u64 {
        self.traps + self.timeouts + self.budgets + self.invalid + self.refused + self.starts
    }
}

/// The counts of one version.
#[derive(Default)]
pub(crate) struct Counts {
    shards: Mutex<Vec<Arc<Shard>>>,
    traps: AtomicU64,
    timeouts: AtomicU64,
    budgets: AtomicU64,
    invalid: AtomicU64,
    refused: AtomicU64,
    starts: AtomicU64,
    made: AtomicU64,
    instances: AtomicU32,
    memory: AtomicI64,
    last_failure: Mutex<Option<(SystemTime, Failure)>>,
}

/// The counts of one worker. Only that worker writes.
pub(crate) struct Shard {
    calls: AtomicU64,
    answers: AtomicU64,
    errors: AtomicU64,
    times: [AtomicU32; BUCKETS],
}

/// How many calls took how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Times([u64; BUCKETS]);

impl Times {
    /// None so far.
    pub(crate) const NONE: Self = Self([0; BUCKETS]);

    /// What came since `earlier`.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        Self(std::array::from_fn(|bucket| self.0[bucket].saturating_sub(earlier.0[bucket])))
    }

    /// All but one in a hundred took less; zero when there are none.
    pub(crate) fn p99(&self) -> Duration {
        self.quantile(0.99)
    }

    fn quantile(&self, share: f64) -> Duration {
        let total: u64 = self.0.iter().sum();
        if total == 0 {
            return Duration::ZERO;
        }
        let wanted = (total as f64 * share).ceil() as u64;
        let mut seen = 0;
        let place = self.0.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        place.map_or(Duration::ZERO, ceiling)
    }
}

impl Counts {
    /// A shard for a pool. It counts for the version even when the pool is gone.
    pub(crate) fn shard(&self) -> Arc<Shard> {
        let times = [const { AtomicU32::new(0) }; BUCKETS];
        let (calls, answers, errors) = Default::default();
        let shard = Arc::new(Shard { calls, answers, errors, times });
        self.shards.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&shard));
        shard
    }

    /// Notes a failure. Failures are rare or end in a crash loop that stops them, so a lock is no harm.
    pub(crate) fn failed(&self, failure: &Failure) {
        let count = match failure {
            Failure::Trap(_) => &self.traps,
            Failure::Timeout => &self.timeouts,
            Failure::Budget(_) => &self.budgets,
            Failure::Invalid(_) => &self.invalid,
            Failure::Exhausted => &self.refused,
            Failure::Start(_) => &self.starts,
        };
        count.fetch_add(1, Ordering::Relaxed);
        *self.last_failure.lock().unwrap_or_else(PoisonError::into_inner) = Some((SystemTime::now(), failure.clone()));
    }

    /// Failures so far; cheap enough to be asked often.
    pub(crate) fn failures(&self) -> u64 {
        let counts = [&self.traps, &self.timeouts, &self.budgets, &self.invalid, &self.refused, &self.starts];
        counts.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// How long calls took so far.
    pub(crate) fn times(&self) -> Times {
        let mut times = Times::NONE;
        for shard in self.shards.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            for (sum, count) in times.0.iter_mut().zip(&shard.times) {
                *sum += u64::from(count.load(Ordering::Relaxed));
            }
        }
        times
    }

    pub(crate) fn read(&self) -> Statistics {
        let times = self.times();
        let shards = self.shards.lock().unwrap_or_else(PoisonError::into_inner);
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let sum = |of: fn(&Shard) -> &AtomicU64| shards.iter().map(|shard| read(of(shard))).sum();
        Statistics {
            calls: sum(|shard| &shard.calls),
            answers: sum(|shard| &shard.answers),
            errors: sum(|shard| &shard.errors),
            traps: read(&self.traps),
            timeouts: read(&self.timeouts),
            budgets: read(&self.budgets),
            invalid: read(&self.invalid),
            refused: read(&self.refused),
            starts: read(&self.starts),
            instances: self.instances.load(Ordering::Relaxed).into(),
            memory: u64::try_from(self.memory.load(Ordering::Relaxed)).unwrap_or_default(),
            made: read(&self.made),
            p50: times.quantile(0.5),
            p99: times.p99(),
            dropped_lines: 0,
            last_failure: self.last_failure.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}

impl Shard {
    /// Counts a call; says whether this one is to be timed.
    pub(crate) fn call(&self) -> bool {
        let calls = more(&self.calls);
        calls < TIMED || calls.is_multiple_of(SAMPLE)
    }

    /// Counts an exchange or call that ended.
    pub(crate) fn answered(&self, error: bool) {
        more(&self.answers);
        if error {
            more(&self.errors);
        }
    }

    /// Notes how long a call took.
    pub(crate) fn took(&self, time: Duration) {
        let bucket = &self.times[bucket(time)];
        bucket.store(bucket.load(Ordering::Relaxed).saturating_add(1), Ordering::Relaxed);
    }
}

/// An instance that lives, and its memory, as the counts of its version know them.
pub(crate) struct Live {
    counts: Arc<Counts>,
    memory: i64,
}

impl Live {
    pub(crate) fn new(counts: Arc<Counts>) -> Live {
        counts.instances.fetch_add(1, Ordering::Relaxed);
        counts.made.fetch_add(1, Ordering::Relaxed);
        Live { counts, memory: 0 }
    }

    /// The instance has this many bytes now.
    pub(crate) fn holds(&mut self, memory: usize) {
        let memory = i64::try_from(memory).unwrap_or(i64::MAX);
        if memory != self.memory {
            self.counts.memory.fetch_add(memory - self.memory, Ordering::Relaxed);
            self.memory = memory;
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.counts.instances.fetch_sub(1, Ordering::Relaxed);
        self.counts.memory.fetch_sub(self.memory, Ordering::Relaxed);
    }
}

/// Four buckets for each power of two, by the two bits below the highest.
fn bucket(time: Duration) -> usize {
    let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).max(64);
    let power = nanos.ilog2();
    let quarter = (nanos >> (power - 2)) & 3;
    ((power as usize - 6) * 4 + usize::try_from(quarter).unwrap_or_default()).min(BUCKETS - 1)
}

/// The upper end of a bucket.
fn ceiling(bucket: usize) -> Duration {
    let (power, quarter) = (bucket / 4 + 6, bucket as u64 % 4);
    Duration::from_nanos((5 + quarter) << (power - 2))
}

/// One more, by the only writer; what it was before.
fn more(count: &AtomicU64) -> u64 {
    let before = count.load(Ordering::Relaxed);
    count.store(before + 1, Ordering::Relaxed);
    before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_lies_below_the_ceiling_of_its_bucket_and_not_far() {
        for nanos in [64, 79, 80, 112, 500, 999, 12_345, 1_000_000, 60_000_000_000] {
            let time = Duration::from_nanos(nanos);
            let ceiling = ceiling(bucket(time));
            assert!(ceiling > time && ceiling <= time.mul_f64(1.26), "{time:?} {ceiling:?}");
        }
        assert_eq!(bucket(Duration::ZERO), 0);
        assert_eq!(bucket(Duration::from_secs(1 << 30)), BUCKETS - 1);
    }

    #[test]
    fn quantiles_are_of_all_shards() {
        let counts = Counts::default();
        let (one, other) = (counts.shard(), counts.shard());
        for _ in 0..98 {
            one.call();
            one.took(Duration::from_nanos(300));
        }
        for _ in 0..2 {
            other.call();
            other.took(Duration::from_millis(1));
        }
        let read = counts.read();
        assert_eq!(read.calls, 100);
        assert!(read.p50 > Duration::from_nanos(300) && read.p50 < Duration::from_nanos(400), "{:?}", read.p50);
        assert!(read.p99 > Duration::from_millis(1), "{:?}", read.p99);
    }

    #[test]
    fn times_are_told_since_an_earlier_look() {
        let counts = Counts::default();
        let shard = counts.shard();
        shard.took(Duration::from_millis(80));
        let earlier = counts.times();
        assert_eq!(counts.times().since(&earlier).p99(), Duration::ZERO);
        shard.took(Duration::from_micros(1));
        assert!(counts.times().since(&earlier).p99() < Duration::from_micros(2));
    }

    #[test]
    fn every_call_counts_and_one_in_some_is_timed() {
        let shard = Counts::default().shard();
        let timed = (0..TIMED + SAMPLE * 10).filter(|_| shard.call()).count() as u64;
        assert_eq!(timed, TIMED + 10);
    }

    #[test]
    fn an_instance_that_ended_holds_nothing() {
        let counts = Arc::new(Counts::default());
        let mut live = Live::new(Arc::clone(&counts));
        live.holds(1000);
        live.holds(3000);
        assert_eq!((counts.read().instances, counts.read().memory), (1, 3000));
        drop(live);
        assert_eq!((counts.read().instances, counts.read().memory, counts.read().made), (0, 0, 1));
    }
}
