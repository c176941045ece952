//! Weighted random, with a warm-up for providers that just started (dubbo `RandomLoadBalance`).
//!
//! | the list | the choice |
//! |---|---|
//! | all warm, weights equal | uniform: no clock, no weights |
//! | weights differ, or someone warms up | binary search in the sums kept with the list, for a second while warming |
//! | a method has its own weights | one pass for the sum, one for the place |

use std::time::{SystemTime, UNIX_EPOCH};

use super::LoadBalance;
use crate::directory::Candidates;
use crate::instances::Provider;
use crate::invocation::Invocation;

/// Weighted random choice.
pub struct Random {
    now_ms: fn() -> u64,
}

impl Default for Random {
    fn default() -> Self {
        Self::new()
    }
}

impl Random {
    /// By the system's clock.
    pub fn new() -> Self {
        Self { now_ms }
    }

    fn by_weights(&self, candidates: &Candidates, method: &str) -> usize {
        let now = (self.now_ms)();
        let members = candidates.members();
        let weight = |provider: &Provider| u64::from(warmed(provider, provider.weight_of(method), now));
        let weights = || members.iter().map(|member| weight(&member.provider));
        let total: u64 = weights().sum();
        if total == 0 {
            return fastrand::usize(..members.len());
        }
        let mut offset = fastrand::u64(..total);
        let chosen = weights().position(|weight| {
            let here = offset < weight;
            offset = offset.saturating_sub(weight);
            here
        });
        chosen.unwrap_or(0)
    }
}

impl LoadBalance for Random {
    fn select(&self, candidates: &Candidates, call: &Invocation<'_>) -> Option<usize> {
        let count = candidates.members().len();
        if count < 2 {
            return count.checked_sub(1);
        }
        if candidates.has_method_weights() {
            return Some(self.by_weights(candidates, &call.method.invoked_name));
        }
        if candidates.has_equal_weights() && candidates.is_warm(self.now_ms) {
            return Some(fastrand::usize(..count));
        }
        let sums = candidates.cumulative_weights(self.now_ms, |provider, now| warmed(provider, provider.weight, now));
        match sums.last() {
            Some(&total) if total > 0 => {
                let offset = fastrand::u64(..total);
                Some(sums.partition_point(|sum| *sum <= offset))
            }
            _ => Some(fastrand::usize(..count)),
        }
    }
}

/// A provider's weight now. Warming up, it grows with the uptime from 1 to the full weight
/// (dubbo `AbstractLoadBalance.calculateWarmupWeight`, in whole numbers).
pub(super) fn warmed(provider: &Provider, weight: u32, now_ms: u64) -> u32 {
    let Some(start) = provider.timestamp_ms.filter(|_| weight > 0) else {
        return weight;
    };
    let Some(uptime) = now_ms.checked_sub(start) else {
        return 1;
    };
    let warmup = provider.warmup.as_millis();
    if uptime == 0 || u128::from(uptime) >= warmup {
        return weight;
    }
    let share = u128::from(uptime) * u128::from(weight) / warmup;
    u32::try_from(share).unwrap_or(weight).clamp(1, weight)
}

pub(super) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

#[cfg(test)]
mod tests;
