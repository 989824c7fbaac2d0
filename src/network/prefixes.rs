//! Reuse of the keys and values of the beginnings of states: states of one search begin alike.
//!
//! A prefix is cut into [blocks](BLOCK_TOKENS) of tokens; the keys and values of a block depend on all tokens up to its
//! end, so a block is remembered under a hash of those (prefix caching as in vLLM, Kwon et al. 2023).

use super::cache::{Cache, key_of};
use super::model::{BLOCK_TOKENS, Block, Config};
use std::sync::atomic::{AtomicU64, Ordering};

/// Memory for blocks, in bytes.
const BYTES: usize = 512 << 20;

/// The blocks of prefixes, shared by all threads.
#[derive(Debug)]
pub(crate) struct Prefixes {
    blocks: Cache<Block<f32>>,
    reused: AtomicU64,
}

impl Prefixes {
    /// An empty memory for a model of these shapes.
    pub fn new(config: &Config) -> Self {
        let block = BLOCK_TOKENS * config.layers * 2 * config.width * size_of::<f32>();
        Self { blocks: Cache::new(BYTES / block), reused: AtomicU64::new(0) }
    }

    /// The keys of a prefix's whole blocks.
    pub fn keys(prefix: &[u32]) -> Vec<u128> {
        let mut before = 0;
        let key = |block: &[u32]| {
            before = key_of(&(before, block));
            before
        };
        prefix.chunks_exact(BLOCK_TOKENS).map(key).collect()
    }

    /// The blocks known of a prefix's start.
    pub fn known(&self, keys: &[u128]) -> Vec<Block<f32>> {
        let known: Vec<Block<f32>> = keys.iter().map_while(|&key| self.blocks.get(key)).collect();
        self.reused.fetch_add((known.len() * BLOCK_TOKENS) as u64, Ordering::Relaxed);
        known
    }

    /// Whether a block is known.
    pub fn knows(&self, key: u128) -> bool {
        self.blocks.contains(key)
    }

    /// Remembers blocks under their keys.
    pub fn insert(&self, keys: &[u128], blocks: Vec<Block<f32>>) {
        keys.iter().zip(blocks).for_each(|(&key, block)| self.blocks.insert(key, block));
    }

    /// Forgets all blocks: the weights change.
    pub fn clear(&self) {
        self.blocks.clear();
    }

    /// Number of tokens so far that were known and so not computed.
    pub fn reused(&self) -> u64 {
        self.reused.load(Ordering::Relaxed)
    }
}
