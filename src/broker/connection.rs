//! A connection to the broker that is restored automatically.

use crate::{Address, BrokerError};
use redis::{Cmd, Connection, ErrorKind, FromRedisValue, Pipeline, RedisError, ServerErrorKind};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Timeout of connecting and of an answer, beyond the time that a command itself waits.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The wait before the second trial, and the longest.
const FIRST_WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// The oldest version of Redis that has the commands.
const OLDEST: (u32, u32) = (6, 2);

/// A connection to the broker. An operation interrupted by its loss is repeated, so every operation may be carried out
/// twice.
pub struct Broker {
    address: Address,
    connection: Option<Connection>,
    /// The number of connections made so far.
    connections: u64,
    /// The longest time for which the broker may be away.
    patience: Duration,
    /// Whether a stop was requested.
    stop: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker").field("address", &self.address).field("connections", &self.connections).finish()
    }
}

impl Broker {
    /// Connects, at once or not at all; later the broker may stay away for as long as `patience`, and `stop` ends the
    /// waiting.
    ///
    /// # Errors
    ///
    /// There is no broker, it refuses the password, or it is too old.
    pub fn connect(
        address: &Address,
        patience: Duration,
        stop: Arc<dyn Fn() -> bool + Send + Sync>,
    ) -> Result<Self, BrokerError> {
        let mut broker =
            Self { address: address.clone(), connection: None, connections: 0, patience: Duration::ZERO, stop };
        let info: String = broker.query("say what it is", redis::cmd("INFO").arg("server"))?;
        let version = info.lines().find_map(|line| line.strip_prefix("redis_version:")).unwrap_or("unknown").trim();
        let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
        if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < OLDEST {
            return Err(BrokerError::Old { address: address.to_string(), version: version.to_owned() });
        }
        broker.patience = patience;
        Ok(broker)
    }

    /// Another connection to the same broker.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub fn another(&self) -> Result<Self, BrokerError> {
        Self::connect(&self.address, self.patience, self.stop.clone())
    }

    /// The broker.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The number of connections made so far: more than one if a connection was lost.
    pub fn connections(&self) -> u64 {
        self.connections
    }

    /// Carries out a command, which may have been carried out before a connection broke.
    pub(crate) fn query<T: FromRedisValue>(&mut self, action: &'static str, command: &Cmd) -> Result<T, BrokerError> {
        self.again(action, |connection| command.query(connection))
    }

    /// Carries out several commands, as [`query`](Self::query).
    pub(crate) fn pipeline<T: FromRedisValue>(
        &mut self,
        action: &'static str,
        commands: &Pipeline,
    ) -> Result<T, BrokerError> {
        self.again(action, |connection| commands.query(connection))
    }

    fn again<T>(
        &mut self,
        action: &'static str,
        run: impl Fn(&mut Connection) -> Result<T, RedisError>,
    ) -> Result<T, BrokerError> {
        let start = Instant::now();
        let mut wait = FIRST_WAIT;
        let mut is_said = false;
        loop {
            let error = match self.connected().and_then(&run) {
                Ok(value) => {
                    if is_said {
                        tracing::warn!(
                            "the broker {} is back after {:.1} s",
                            self.address,
                            start.elapsed().as_secs_f64()
                        );
                    }
                    return Ok(value);
                }
                Err(error) => error,
            };
            match fate(&error) {
                Fate::Password => {
                    return Err(BrokerError::Password {
                        address: self.address.to_string(),
                        message: error.to_string(),
                    });
                }
                Fate::Refused => {
                    let (address, message) = (self.address.to_string(), error.to_string());
                    return Err(BrokerError::Refused { address, action, message });
                }
                // The answer of the broken connection may still come, so that it cannot be used again.
                Fate::Away => self.connection = None,
                Fate::Busy => {}
            }
            if (self.stop)() {
                return Err(BrokerError::Stopped);
            }
            if start.elapsed() >= self.patience {
                let (address, message) = (self.address.to_string(), error.to_string());
                return Err(BrokerError::Away { address, message, seconds: start.elapsed().as_secs_f64() });
            }
            if !is_said && start.elapsed() > LONGEST_WAIT {
                tracing::warn!("the broker {} cannot {action} ({error}); trying on", self.address);
                is_said = true;
            }
            std::thread::sleep(wait);
            wait = (2 * wait).min(LONGEST_WAIT);
        }
    }

    fn connected(&mut self) -> Result<&mut Connection, RedisError> {
        if self.connection.is_none() {
            let client = redis::Client::open(self.address.info())?;
            let connection = client.get_connection_with_timeout(TIMEOUT)?;
            connection.set_read_timeout(Some(TIMEOUT))?;
            connection.set_write_timeout(Some(TIMEOUT))?;
            self.connections += 1;
            self.connection = Some(connection);
        }
        // It was put there if it was not.
        self.connection.as_mut().ok_or_else(|| (ErrorKind::Client, "no connection").into())
    }
}

/// Consequence of an error: how to go on.
enum Fate {
    /// The connection is lost.
    Away,
    /// The broker is there and cannot serve the request now: it is loading, or has no memory left.
    Busy,
    /// The password is wrong.
    Password,
    /// The broker refuses the request.
    Refused,
}

fn fate(error: &RedisError) -> Fate {
    let code = error.code().unwrap_or_default();
    match (error.kind(), code) {
        (_, "NOAUTH" | "WRONGPASS") | (ErrorKind::AuthenticationFailed, _) => Fate::Password,
        (_, "OOM" | "MISCONF" | "BUSY") => Fate::Busy,
        (
            ErrorKind::Server(ServerErrorKind::BusyLoading | ServerErrorKind::TryAgain | ServerErrorKind::MasterDown),
            _,
        ) => Fate::Busy,
        (ErrorKind::Io, _) => Fate::Away,
        _ if error.is_connection_dropped() || error.is_timeout() => Fate::Away,
        _ => Fate::Refused,
    }
}
