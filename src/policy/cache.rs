//! A bounded memory of evaluations.

use super::evaluator::{Evaluation, Request};
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Parts with a lock each, so that threads seldom wait.
const SHARDS: usize = 16;

/// Evaluations by request. Bounded: each part holds two generations, and forgets the older when the younger is full, so that what was
/// used lately stays (a second-chance scheme).
#[derive(Debug)]
pub(crate) struct Cache {
    shards: [Mutex<Shard>; SHARDS],
    /// Entries a generation of a shard.
    capacity: usize,
    hits: AtomicU64,
    misses: AtomicU64,
}

#[derive(Debug, Default)]
struct Shard {
    young: FxHashMap<u128, Evaluation>,
    old: FxHashMap<u128, Evaluation>,
}

impl Cache {
    /// A cache of at most about `entries` evaluations; with 0 it holds nothing.
    pub fn new(entries: usize) -> Self {
        let capacity = entries.div_ceil(2 * SHARDS);
        Self { shards: Default::default(), capacity, hits: AtomicU64::new(0), misses: AtomicU64::new(0) }
    }

    /// The key of a request, from two hash functions of 64 bits. Tokens are a function of the text, so the text stands for
    /// them, and a hit saves the encoding as well.
    pub fn key(request: &Request) -> u128 {
        let (mut a, mut b) = (DefaultHasher::new(), FxHasher::default());
        request.hash(&mut a);
        request.hash(&mut b);
        (a.finish() as u128) << 64 | b.finish() as u128
    }

    fn shard(&self, key: u128) -> std::sync::MutexGuard<'_, Shard> {
        // A thread that panicked while it held the lock left a map that is at worst incomplete.
        self.shards[(key >> 64) as usize % SHARDS].lock().unwrap_or_else(|e| e.into_inner())
    }

    pub fn get(&self, key: u128) -> Option<Evaluation> {
        let found = {
            let mut shard = self.shard(key);
            match shard.young.get(&key) {
                Some(evaluation) => Some(evaluation.clone()),
                None => {
                    let promoted = shard.old.remove(&key);
                    if let Some(evaluation) = &promoted {
                        self.store(&mut shard, key, evaluation.clone());
                    }
                    promoted
                }
            }
        };
        let counter = if found.is_some() { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        found
    }

    pub fn insert(&self, key: u128, evaluation: Evaluation) {
        self.store(&mut self.shard(key), key, evaluation);
    }

    fn store(&self, shard: &mut Shard, key: u128, evaluation: Evaluation) {
        if self.capacity == 0 {
            return;
        }
        if shard.young.len() >= self.capacity {
            shard.old = std::mem::take(&mut shard.young);
        }
        shard.young.insert(key, evaluation);
    }

    /// Forgets all evaluations; the counters stay.
    pub fn clear(&self) {
        for shard in &self.shards {
            *shard.lock().unwrap_or_else(|e| e.into_inner()) = Shard::default();
        }
    }

    pub fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    pub fn misses(&self) -> u64 {
        self.misses.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluation(value: f32) -> Evaluation {
        Evaluation { priors: vec![], value }
    }

    #[test]
    fn is_bounded_and_keeps_what_is_used() {
        let cache = Cache::new(320);
        let used = 7 << 64;
        cache.insert(used, evaluation(0.25));
        for i in 0..10_000u128 {
            cache.insert(i << 64 | i, evaluation(0.5));
            if i % 16 == 0 {
                assert_eq!(cache.get(used), Some(evaluation(0.25)));
            }
        }
        let held: usize = cache.shards.iter().map(|s| s.lock().unwrap()).map(|s| s.young.len() + s.old.len()).sum();
        assert!(held <= 320 && held > 100, "{held}");
        assert_eq!(cache.get(1 << 64 | 1), None);
        assert_eq!((cache.hits(), cache.misses()), (625, 1));
        cache.clear();
        assert_eq!(cache.get(used), None);
    }

    #[test]
    fn keys_tell_requests_apart() {
        let request = |state: &str, actions: &[&str]| Request {
            state: state.to_owned(),
            actions: actions.iter().map(|a| a.to_string()).collect(),
        };
        let keys = [
            Cache::key(&request("a", &["b", "c"])),
            Cache::key(&request("a", &["c", "b"])),
            Cache::key(&request("a", &["bc"])),
            Cache::key(&request("ab", &["c"])),
            Cache::key(&request("", &[])),
        ];
        for (i, key) in keys.iter().enumerate() {
            assert!(!keys[..i].contains(key));
        }
        assert_eq!(keys[0], Cache::key(&request("a", &["b", "c"])));
    }
}
