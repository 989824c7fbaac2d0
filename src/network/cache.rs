//! A bounded cache of evaluations, and of the keys and values of the beginnings of states.

use super::evaluator::Request;
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Parts with a lock each, so that threads seldom wait.
const SHARDS: usize = 16;

/// Values by key. Bounded: each part holds two generations, and forgets the older when the younger is full, so that
/// recently used values stay (a second-chance scheme).
#[derive(Debug)]
pub(crate) struct Cache<V> {
    shards: [Mutex<Shard<V>>; SHARDS],
    /// Entries a generation of a shard.
    capacity: usize,
    hits: AtomicU64,
    misses: AtomicU64,
}

#[derive(Debug)]
struct Shard<V> {
    young: FxHashMap<u128, V>,
    old: FxHashMap<u128, V>,
}

impl<V> Default for Shard<V> {
    fn default() -> Self {
        Self { young: FxHashMap::default(), old: FxHashMap::default() }
    }
}

/// The key of something, from two hash functions of 64 bits.
pub(crate) fn key_of(value: &(impl Hash + ?Sized)) -> u128 {
    let (mut a, mut b) = (DefaultHasher::new(), FxHasher::default());
    value.hash(&mut a);
    value.hash(&mut b);
    (a.finish() as u128) << 64 | b.finish() as u128
}

/// The key of a request. Tokens are a function of the text, so the text stands for them, and a hit saves the encoding
/// as well.
pub(crate) fn request_key(request: &Request) -> u128 {
    key_of(request)
}

impl<V: Clone> Cache<V> {
    /// A cache of at most about `entries` values; with 0 it holds nothing.
    pub fn new(entries: usize) -> Self {
        let capacity = entries.div_ceil(2 * SHARDS);
        let shards = std::array::from_fn(|_| Mutex::default());
        Self { shards, capacity, hits: AtomicU64::new(0), misses: AtomicU64::new(0) }
    }

    fn shard(&self, key: u128) -> std::sync::MutexGuard<'_, Shard<V>> {
        // A thread that panicked while it held the lock left a map that is at worst incomplete.
        self.shards[(key >> 64) as usize % SHARDS].lock().unwrap_or_else(|e| e.into_inner())
    }

    pub fn get(&self, key: u128) -> Option<V> {
        let found = {
            let mut shard = self.shard(key);
            match shard.young.get(&key) {
                Some(value) => Some(value.clone()),
                None => {
                    let promoted = shard.old.remove(&key);
                    if let Some(value) = &promoted {
                        self.store(&mut shard, key, value.clone());
                    }
                    promoted
                }
            }
        };
        let counter = if found.is_some() { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        found
    }

    /// Whether there is a value; not counted.
    pub fn contains(&self, key: u128) -> bool {
        let shard = self.shard(key);
        shard.young.contains_key(&key) || shard.old.contains_key(&key)
    }

    pub fn insert(&self, key: u128, value: V) {
        self.store(&mut self.shard(key), key, value);
    }

    fn store(&self, shard: &mut Shard<V>, key: u128, value: V) {
        if self.capacity == 0 {
            return;
        }
        if shard.young.len() >= self.capacity {
            shard.old = std::mem::take(&mut shard.young);
        }
        shard.young.insert(key, value);
    }

    /// Forgets all values; the counters stay.
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
    use crate::Evaluation;

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
            request_key(&request("a", &["b", "c"])),
            request_key(&request("a", &["c", "b"])),
            request_key(&request("a", &["bc"])),
            request_key(&request("ab", &["c"])),
            request_key(&request("", &[])),
        ];
        for (i, key) in keys.iter().enumerate() {
            assert!(!keys[..i].contains(key));
        }
        assert_eq!(keys[0], request_key(&request("a", &["b", "c"])));
    }
}
