//! Errors of the broker.

use std::path::PathBuf;

/// Errors of the broker. No message holds a password.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The address is none of a Redis server.
    #[error("`{given}` is no address of a broker: write redis://HOST:PORT/DATABASE{hint}")]
    Address {
        /// The address, without its password.
        given: String,
        /// Description of the error, appended to the message.
        hint: String,
    },
    /// The address contains a password, which every user of the machine can read in the list of processes.
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
        /// The error of the operating system.
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
        /// The broker's message.
        message: String,
    },
    /// There is no broker, or it stayed away.
    #[error("the broker {address} cannot be reached: {message}{}", waited(*.seconds))]
    Away {
        /// The broker.
        address: String,
        /// The last error of the operating system or of the client.
        message: String,
        /// The time for which connecting was tried, in seconds.
        seconds: f64,
    },
    /// The broker can be reached and does not carry out a request.
    #[error("the broker {address} cannot {action}: {message}")]
    Refused {
        /// The broker.
        address: String,
        /// The action that was requested, as it follows "cannot".
        action: &'static str,
        /// The broker's message.
        message: String,
    },
    /// The version of the server is too old.
    #[error("the broker {address} is Redis {version}, which is too old: 6.2 or later is needed")]
    Old {
        /// The broker.
        address: String,
        /// Its version.
        version: String,
    },
    /// A message or blob exceeds the bound of what is sent or accepted.
    #[error("{what} has {bytes} bytes, more than the {most} that are {verb}")]
    TooLarge {
        /// Name of the message or blob.
        what: String,
        /// Its size in bytes.
        bytes: u64,
        /// The bound in bytes.
        most: u64,
        /// Sent, or taken.
        verb: &'static str,
    },
    /// The broker no longer has the blob of a digest, or the blob has another digest.
    #[error("the broker has no blob {digest}: {message}")]
    Blob {
        /// The digest that was asked for.
        digest: String,
        /// Description of the error.
        message: &'static str,
    },
    /// The cache on disk cannot be used.
    #[error("cannot use the cache {}: {source}", path.display())]
    Cache {
        /// The file or directory.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// Stopped on request.
    #[error("stopped")]
    Stopped,
}

fn waited(seconds: f64) -> String {
    if seconds < 1.0 { String::new() } else { format!(" (tried for {seconds:.0} s)") }
}
