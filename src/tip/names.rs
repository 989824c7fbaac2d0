//! Names of the Peano language for names of a problem.

use prover_syntax::token;
use std::collections::{BTreeMap, BTreeSet};

/// Names that are taken, and how to find free ones.
#[derive(Clone, Debug, Default)]
pub struct Names {
    taken: BTreeSet<String>,
    /// For names that were taken, the number below which no numbered one is free.
    tried: BTreeMap<String, u64>,
}

impl Names {
    /// Names of which some are taken.
    pub fn with(taken: impl IntoIterator<Item = String>) -> Self {
        Self { taken: taken.into_iter().collect(), tried: BTreeMap::new() }
    }

    /// A name that is free, from now on taken: the one wanted, or one with a number behind it.
    pub fn free(&mut self, wanted: &str, separator: &str) -> String {
        let free = free_name(wanted, separator, |name| self.taken.contains(name), &mut self.tried);
        self.taken.insert(free.clone());
        free
    }
}

/// A name that is not taken: the one wanted, or the first free one of those with a number behind it. A number that was
/// taken once is so for ever, and `tried` remembers up to which all are.
fn free_name(
    wanted: &str,
    separator: &str,
    is_taken: impl Fn(&str) -> bool,
    tried: &mut BTreeMap<String, u64>,
) -> String {
    if !is_taken(wanted) {
        return wanted.to_owned();
    }
    let number = tried.entry(wanted.to_owned()).or_insert(1);
    loop {
        let free = format!("{wanted}{separator}{number}");
        if !is_taken(&free) {
            return free;
        }
        *number += 1;
    }
}

/// A name with only the characters of the Peano language, and no word of it.
pub fn spelled(name: &str) -> String {
    let allowed = |c: char| if c.is_ascii() && token::is_name(&c.to_string()) { c } else { '_' };
    let name: String =
        name.chars().map(allowed).collect::<String>().replace("->", "_").replace("/*", "_").replace("*/", "_");
    let reserved = matches!(&*name, "=" | "prop" | "type" | "kind") || name.starts_with('\'');
    if reserved || !token::is_name(&name) { format!("n_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn names_that_are_spelled_the_same_are_numbered_without_a_search_from_the_first() {
        let looked_up = |count: usize| {
            let (mut taken, mut tried, asked) = (BTreeSet::new(), BTreeMap::new(), Cell::new(0));
            for _ in 0..count {
                let is_taken = |name: &str| {
                    asked.set(asked.get() + 1);
                    taken.contains(name)
                };
                let free = free_name("x", "_", is_taken, &mut tried);
                assert!(taken.insert(free));
            }
            assert!(taken.contains(&format!("x_{}", count - 1)));
            asked.get()
        };
        assert!(looked_up(2_000) <= 2 * looked_up(1_000) + 10, "{} {}", looked_up(1_000), looked_up(2_000));
    }
}
