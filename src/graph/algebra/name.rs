//! Names of variables and functions: a word that is copied, not allocated.

use std::fmt;

/// A name of one to eight letters and digits. Names order alphabetically.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(u64);

impl Name {
    /// The name that a text spells; `None` if it is not one to eight ASCII letters, digits or underscores that begin
    /// with a letter.
    pub fn new(text: &str) -> Option<Self> {
        let fits = (1..=8).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !fits {
            return None;
        }
        let mut bytes = [0; 8];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Some(Self(u64::from_be_bytes(bytes)))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0.to_be_bytes();
        let length = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        // Made of ASCII only.
        formatter.write_str(std::str::from_utf8(&bytes[..length]).unwrap_or(""))
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_order_as_words() {
        let name = |text| Name::new(text).unwrap();
        assert!(name("a") < name("b") && name("a") < name("ab") && name("ab") < name("b"));
        assert_eq!(name("x_1").to_string(), "x_1");
        for wrong in ["", "1a", "ninechars", "é"] {
            assert_eq!(Name::new(wrong), None);
        }
    }
}
