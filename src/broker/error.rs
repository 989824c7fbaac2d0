//! Why the broker cannot be used.

use std::path::PathBuf;

/// Why the broker cannot be used. No message holds a password.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The address is none of a Redis server.
    #[error("`{given}` is no address of a broker: write redis://HOST:PORT/DATABASE{hint}")]
    Address {
        /// The address, without its password.
        given: String,
        /// What is wrong with it.
        hint: String,
    },
    /// A password stands in the address, which everybody on the machine can read in the list of processes.
    #[error(
        "the address of the broker has a password, which the list of processes shows: give it in the environment variable \
         PROVER_BROKER_PASSWORD, or in a file that PROVER_BROKER_PASSWORD_FILE names"
    )]
    PasswordInAddress,
    /// This build has no TLS.
    #[error("this program was built without TLS: build it with `--features tls` for rediss://, or use redis://")]
    NoTls,
    /// The file of the password cannot be read.
    #[error("cannot read the password of the broker from {}: {source}", path.display())]
    PasswordFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The password is wrong, or there is none.
    #[error(
        "the broker {address} refuses the password ({message}): give the right one in PROVER_BROKER_PASSWORD, or in a file \
         that PROVER_BROKER_PASSWORD_FILE names"
    )]
    Password {
        /// The broker.
        address: String,
        /// What it said.
        message: String,
    },
    /// There is no broker, or it stayed away.
    #[error("the broker {address} cannot be reached: {message}{}", waited(*.seconds))]
    Away {
        /// The broker.
        address: String,
        /// What the system said last.
        message: String,
        /// For how long it was tried.
        seconds: f64,
    },
    /// It is there and does not do its work.
    #[error("the broker {address} cannot {action}: {message}")]
    Refused {
        /// The broker.
        address: String,
        /// What it was to do.
        action: &'static str,
        /// What it said.
        message: String,
    },
    /// The server lacks what is needed.
    #[error("the broker {address} is Redis {version}, which is too old: 6.2 or later is needed")]
    Old {
        /// The broker.
        address: String,
        /// Its version.
        version: String,
    },
    /// Something is larger than is sent or taken.
    #[error("{what} has {bytes} bytes, more than the {most} that are {verb}")]
    TooLarge {
        /// The thing.
        what: String,
        /// Its size.
        bytes: u64,
        /// The bound.
        most: u64,
        /// Sent, or taken.
        verb: &'static str,
    },
    /// What the broker has under a digest is something else, or no longer there.
    #[error("the broker has no blob {digest}: {message}")]
    Blob {
        /// The digest that was asked for.
        digest: String,
        /// What is wrong.
        message: &'static str,
    },
    /// The cache on disk cannot be used.
    #[error("cannot use the cache {}: {source}", path.display())]
    Cache {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Somebody asked to stop.
    #[error("stopped")]
    Stopped,
}

fn waited(seconds: f64) -> String {
    if seconds < 1.0 { String::new() } else { format!(" (tried for {seconds:.0} s)") }
}
