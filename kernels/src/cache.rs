//! Compiled kernels are kept on disk between starts.

use cubecl::config::{CubeClRuntimeConfig, RuntimeConfig, cache::CacheConfig};
use std::path::PathBuf;
use std::sync::Once;

/// All that kernels are made of. What is kept is found by a kernel's name and numbers, which do not tell what it does.
const SOURCES: [&str; 11] = [
    include_str!("../Cargo.toml"),
    include_str!("attention.rs"),
    include_str!("batch.rs"),
    include_str!("context.rs"),
    include_str!("elementwise.rs"),
    include_str!("embedding.rs"),
    include_str!("loss.rs"),
    include_str!("norm.rs"),
    include_str!("optimizer.rs"),
    include_str!("product.rs"),
    include_str!("reduce.rs"),
];

/// A number for the sources (FNV-1a).
const fn digest() -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut file = 0;
    while file < SOURCES.len() {
        let (bytes, mut at) = (SOURCES[file].as_bytes(), 0);
        while at < bytes.len() {
            hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
            at += 1;
        }
        file += 1;
    }
    hash
}

/// The user's folder for what can be made again, as the XDG base directories have it.
fn cache_folder() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))
}

/// Settles where compiled kernels are kept, for this build and this machine's kinds of devices; once a process, before a
/// device is opened.
pub(crate) fn settle() {
    #[cfg(feature = "cuda")]
    let kinds = crate::device::cuda::kinds();
    #[cfg(not(feature = "cuda"))]
    let kinds = "";
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let mut config = CubeClRuntimeConfig::default();
        let folder = cache_folder().map(|f| f.join("prover/kernels").join(format!("{:016x}{kinds}", digest())));
        // Where nothing can be written nothing is kept.
        config.compilation.cache = folder.filter(|f| std::fs::create_dir_all(f).is_ok()).map(CacheConfig::File);
        CubeClRuntimeConfig::set(config);
    });
}
