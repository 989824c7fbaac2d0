//! JSON in which no object has a key twice.
//!
//! Readers of JSON differ in which of two equal keys they take (RFC 8259, section 4): a file with both may mean one
//! network to one program and another to the next.

use rustc_hash::FxHashSet;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de::DeserializeOwned};
use std::fmt;

/// A value of any kind, none of it kept.
struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Self, A::Error> {
        while values.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self, A::Error> {
        let mut seen = FxHashSet::default();
        while let Some(key) = entries.next_key::<String>()? {
            if seen.contains(&key) {
                return Err(A::Error::custom(format!("the key {key:?} is there twice; remove one of the two")));
            }
            seen.insert(key);
            entries.next_value::<Self>()?;
        }
        Ok(self)
    }
}

/// Checks that a text is JSON in which no object has a key twice.
///
/// # Errors
///
/// The first error, with its line and column.
pub(super) fn check(text: &[u8]) -> serde_json::Result<()> {
    serde_json::from_slice(text).map(|Unique| ())
}

/// Reads a value of JSON in which no object has a key twice.
///
/// # Errors
///
/// The first error, with its line and column.
pub(super) fn read<T: DeserializeOwned>(text: &[u8]) -> serde_json::Result<T> {
    check(text)?;
    serde_json::from_slice(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_there_twice_is_refused_at_any_depth() {
        let right = r#"{"a": {"b": [1, -1, 1.5, null, true, "x", {"b": 1}]}, "b": {"a": 0}}"#;
        check(right.as_bytes()).unwrap();
        for (wrong, column) in [
            (r#"{"a": 1, "a": 1}"#, 12),
            (r#"[{"x": {"a": 1, "b": 2, "a": 3}}]"#, 27),
            // The same key, written in two ways.
            (r#"{"a": 1, "\u0061": 1}"#, 17),
        ] {
            let error = check(wrong.as_bytes()).unwrap_err();
            assert!(error.to_string().contains("the key \"a\" is there twice"), "{error}");
            assert_eq!((error.line(), error.column()), (1, column), "{wrong}");
        }
        assert!(check("[".repeat(1 << 20).as_bytes()).is_err(), "deep nesting is an error");
        assert!(check(b"{} {}").is_err());
    }
}
