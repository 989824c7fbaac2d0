//! Likeness of two texts, by their words.

use std::cmp::Ordering;

/// Neighbouring words of a text, brackets and final points apart, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs(Vec<[String; 2]>);

impl Pairs {
    /// The pairs of a text, with each word as `named` has it.
    pub fn new(text: &str, named: impl FnMut(&str) -> String) -> Self {
        let words = text.split(|c: char| c.is_whitespace() || "()[]{}".contains(c));
        let words = words.map(|word| word.trim_end_matches('.')).filter(|word| !word.is_empty());
        let words: Vec<String> = words.map(named).collect();
        let mut pairs: Vec<[String; 2]> = words.windows(2).map(|pair| [pair[0].clone(), pair[1].clone()]).collect();
        pairs.sort_unstable();
        Self(pairs)
    }

    /// The pairs that both have, as a part of all, in 0..=1 (L. Dice, *Measures of the amount of ecologic association
    /// between species*, 1945).
    pub fn likeness(&self, other: &Self) -> f64 {
        let (mut i, mut j, mut shared) = (0, 0, 0);
        while let (Some(a), Some(b)) = (self.0.get(i), other.0.get(j)) {
            match a.cmp(b) {
                Ordering::Less => i += 1,
                Ordering::Greater => j += 1,
                Ordering::Equal => (i, j, shared) = (i + 1, j + 1, shared + 1),
            }
        }
        2.0 * f64::from(shared) / (self.0.len() + other.0.len()).max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_alike_by_what_they_share() {
        let pairs = |text: &str| Pairs::new(text, str::to_owned);
        let statement = pairs("(= (+ 'a0 z) 'a0)");
        assert_eq!(statement.likeness(&statement), 1.0);
        assert_eq!(statement.likeness(&pairs("intro x.")), 0.0);
        let (near, far) = (pairs("(= (+ 'a0 z) z)"), pairs("(= (* 'a0 z) z)"));
        assert!(statement.likeness(&near) > statement.likeness(&far) && statement.likeness(&near) < 1.0);
        assert_eq!(pairs("").likeness(&pairs("x")), 0.0);
        // Names may be made alike.
        let blind = |text: &str| Pairs::new(text, |word| if word.len() > 1 { "_".into() } else { word.into() });
        assert_eq!(blind("intro x0 : nat.").likeness(&blind("intro yy : nat.")), 1.0);
    }
}
