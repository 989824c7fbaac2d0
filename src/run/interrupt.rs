//! Ctrl-C: the first asks the program to stop at the next suitable point, the second ends it at once.

use std::io::{Read, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The exit status of a program that was interrupted.
pub const STATUS: i32 = 130;

/// The environment variable that is set for a process whose parent holds the other end of its standard input.
pub const SUPERVISED: &str = "PROVER_SUPERVISED";

static REQUESTS: AtomicU32 = AtomicU32::new(0);
static INSTALLED: OnceLock<()> = OnceLock::new();

/// Whether a stop was requested.
pub fn is_requested() -> bool {
    REQUESTS.load(Ordering::Relaxed) > 0
}

/// The number of requests to stop so far.
pub fn requests() -> u32 {
    REQUESTS.load(Ordering::Relaxed)
}

/// Asks to stop, as Ctrl-C does; the second time the program ends at once, after `last`.
fn request(message: &str, last: &dyn Fn()) {
    if REQUESTS.fetch_add(1, Ordering::Relaxed) > 0 {
        last();
        std::process::exit(STATUS);
    }
    if !message.is_empty() {
        // One that is closed must not end the program.
        let _ = writeln!(std::io::stderr(), "{message}");
    }
}

/// Has Ctrl-C ask to stop from now on, and say `message`; `last` is done before the second ends the program.
pub fn install(message: &'static str, last: impl Fn() + Send + 'static) {
    INSTALLED.get_or_init(|| {
        if let Err(error) = ctrlc::set_handler(move || request(message, &last)) {
            tracing::warn!("Ctrl-C ends the program at once: {error}");
        }
    });
}

/// In a process that a sweep started: has the end of standard input ask to stop, as when the sweep is killed. A command
/// that does not look for requests ends at once.
pub fn watch_parent(looks_for_requests: bool) {
    if std::env::var_os(SUPERVISED).is_none() {
        return;
    }
    std::thread::spawn(move || {
        let mut bytes = [0; 64];
        while matches!(std::io::stdin().read(&mut bytes), Ok(1..)) {}
        if !looks_for_requests {
            std::process::exit(STATUS);
        }
        request("", &|| {});
    });
}
