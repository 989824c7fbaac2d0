//! The address of the broker.

use crate::BrokerError;
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// The environment variable with the broker's password.
pub const PASSWORD: &str = "PROVER_BROKER_PASSWORD";
/// The environment variable that names a file whose first line is the broker's password.
pub const PASSWORD_FILE: &str = "PROVER_BROKER_PASSWORD_FILE";
/// The greatest length of such a file, in bytes.
const MAX_PASSWORD: u64 = 64 << 10;

/// The address of a broker, with its password. It is shown without the password.
#[derive(Clone)]
pub struct Address {
    info: ConnectionInfo,
    shown: String,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.shown)
    }
}

impl Address {
    /// The broker of an address such as `redis://127.0.0.1:6379/0`, with the password that the environment says
    /// ([`PASSWORD`], [`PASSWORD_FILE`]).
    ///
    /// # Errors
    ///
    /// It is no such address, it has a password in it, the password's file cannot be read, or it asks for TLS in a
    /// program without it.
    pub fn new(url: &str, variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, BrokerError> {
        let shown = without_password(url);
        let hint = |hint: String| BrokerError::Address { given: shown.clone(), hint };
        if url.starts_with("rediss://") && !cfg!(feature = "tls") {
            return Err(BrokerError::NoTls);
        }
        if !["redis://", "rediss://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(hint(String::new()));
        }
        let mut info = url.into_connection_info().map_err(|error| hint(format!(" ({error})")))?;
        if info.redis_settings().password().is_some() {
            return Err(BrokerError::PasswordInAddress);
        }
        if matches!(info.addr(), ConnectionAddr::Unix(_)) {
            return Err(hint(String::new()));
        }
        let is_set = |value: &OsString| !value.is_empty();
        let password = match (variable(PASSWORD).filter(is_set), variable(PASSWORD_FILE).filter(is_set)) {
            (Some(password), _) => Some(password.to_string_lossy().into_owned()),
            (None, Some(path)) => Some(password_of(path.into())?),
            (None, None) => None,
        };
        if let Some(password) = password {
            let settings = info.redis_settings().clone().set_password(password);
            info = info.set_redis_settings(settings);
        }
        Ok(Self { info, shown })
    }

    /// The connection settings of the client.
    pub(crate) fn info(&self) -> ConnectionInfo {
        self.info.clone()
    }
}

/// The first line of a file.
fn password_of(path: PathBuf) -> Result<String, BrokerError> {
    use std::io::Read;
    let read = || {
        let mut text = String::new();
        std::fs::File::open(&path)?.take(MAX_PASSWORD).read_to_string(&mut text)?;
        Ok(text)
    };
    let text = read().map_err(|source| BrokerError::PasswordFile { path: path.clone(), source })?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}

/// The address without the user and password before the host.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    if scheme.is_empty() { host.to_owned() } else { format!("{scheme}://{host}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<OsString> {
        None
    }

    #[test]
    fn a_password_comes_from_the_environment_or_a_file_and_is_never_shown() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("password");
        std::fs::write(&file, "from-a-file\nmore\n").unwrap();
        let by_file = |name: &str| (name == PASSWORD_FILE).then(|| file.clone().into_os_string());
        let by_value = |name: &str| (name == PASSWORD).then(|| OsString::from("from-the-environment"));
        for (address, password) in [
            (Address::new("redis://localhost:7000/2", none).unwrap(), None),
            (Address::new("redis://localhost:7000/2", by_file).unwrap(), Some("from-a-file")),
            (Address::new("redis://localhost:7000/2", by_value).unwrap(), Some("from-the-environment")),
        ] {
            assert_eq!(address.info().redis_settings().password(), password);
            assert_eq!(address.info().redis_settings().db(), 2);
            assert_eq!(format!("{address} {address:?}"), "redis://localhost:7000/2 Address(redis://localhost:7000/2)");
        }
        let missing = |name: &str| (name == PASSWORD_FILE).then(|| OsString::from("/no/such/file"));
        assert!(matches!(Address::new("redis://localhost", missing), Err(BrokerError::PasswordFile { .. })));
    }

    #[test]
    fn a_password_in_the_address_is_refused_and_not_repeated() {
        let error = Address::new("redis://me:geheim@localhost/0", none).unwrap_err();
        assert!(matches!(error, BrokerError::PasswordInAddress));
        for wrong in ["localhost:6379", "http://me:geheim@localhost", "redis://me:geheim@local host:x/0", "unix:/x", ""]
        {
            let error = Address::new(wrong, none).unwrap_err().to_string();
            assert!(!error.contains("geheim") && error.contains("redis://HOST:PORT/DATABASE"), "{error}");
        }
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn without_tls_it_is_said_how_to_get_it() {
        let error = Address::new("rediss://localhost", none).unwrap_err();
        assert!(matches!(error, BrokerError::NoTls) && error.to_string().contains("--features tls"));
    }
}
