//! The known name that an unknown one is probably meant for, at a price that does not grow with the number of mistakes.

use rustc_hash::FxHashSet;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The number of names that are compared with an unknown one.
const COMPARED: usize = 5_000;

/// Names longer than this, in bytes, are compared with nothing.
const LONGEST: usize = 64;

/// The work that the suggestions of one load may take, less than a second: one for each name that is looked at, and one
/// for each 16 cells of the table by which a distance is computed. About 400 unknown names among 5,000 known ones
/// of the same length, and many more among fewer or others. Later errors come without a suggestion.
pub const SUGGESTION_BUDGET: u64 = 10_000_000;

/// Cells that are filled in the time in which a name is looked at.
const CELLS: usize = 16;

/// Names that were refused, and the remaining budget of suggestions in errors.
#[derive(Debug)]
pub struct Failed {
    names: FxHashSet<Box<str>>,
    /// Whether errors are shown. Where they are only counted, a suggestion would be work for nothing.
    pub(super) suggests: bool,
    /// The rest of [`SUGGESTION_BUDGET`]; atomic only so that threads can share this value, which they do not change.
    left: AtomicU64,
}

impl Default for Failed {
    fn default() -> Self {
        Self { names: FxHashSet::default(), suggests: true, left: AtomicU64::new(SUGGESTION_BUDGET) }
    }
}

impl Failed {
    /// Whether a name was refused.
    pub fn contains(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// The number of names.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn insert(&mut self, name: &str) {
        self.names.insert(name.into());
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.names.remove(name);
    }

    /// Pays for looking for something else to suggest; whether the budget suffices.
    pub(super) fn pay(&self, work: u64) -> bool {
        let left = self.left.load(Relaxed);
        self.left.store(left.saturating_sub(work), Relaxed);
        left >= work
    }

    /// The known name that is closest to an unknown one, if one is close and the budget suffices; none to a name that
    /// was refused, of which there is something else to say.
    pub fn closest<'n>(&self, name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
        if !self.suggests || self.names.contains(name) {
            return None;
        }
        let mut left = self.left.load(Relaxed);
        let found = closest_within(name, known, &mut left);
        self.left.store(left, Relaxed);
        found
    }
}

/// The known name that is closest to an unknown one, if one is close: for a single question, without a budget.
pub fn closest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let mut unlimited = u64::MAX;
    closest_within(name, known, &mut unlimited)
}

/// The same, at a price taken from `left`; nothing once that does not suffice. Distances are Damerau's and
/// Levenshtein's with each place changed once (optimal string alignment).
fn closest_within<'n>(name: &str, known: impl Iterator<Item = &'n str>, left: &mut u64) -> Option<&'n str> {
    let length = name.len();
    if length > LONGEST {
        return None;
    }
    let allowed = (length / 3).clamp(1, 3);
    let mut best: Option<(usize, &'n str)> = None;
    // Not one more name is asked for than can be paid.
    let affordable = usize::try_from(*left).unwrap_or(usize::MAX);
    for other in known.take(COMPARED.min(affordable)) {
        let is_comparable = other.len().abs_diff(length) <= allowed && other != name;
        let cells = if is_comparable { length * other.len() } else { 0 };
        let Some(rest) = left.checked_sub(1 + (cells / CELLS) as u64) else {
            *left = 0;
            return None;
        };
        *left = rest;
        if is_comparable {
            let distance = strsim::osa_distance(name, other);
            if best.is_none_or(|(least, _)| distance < least) {
                best = Some((distance, other));
            }
        }
    }
    let (distance, name) = best?;
    (distance <= allowed && distance < length).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Theory;
    use crate::import::{NoImports, SourceText};
    use crate::load::CheckOptions;
    use std::cell::Cell;

    #[test]
    fn closest_names() {
        assert_eq!(closest("nta", ["prop", "nat"].into_iter()), Some("nat"));
        assert_eq!(closest("foo", ["prop", "nat"].into_iter()), None);
        assert_eq!(closest("nal", ["prop", "nat"].into_iter()), Some("nat"));
        assert_eq!(closest("eq_refll", ["eq_refl", "rewrite"].into_iter()), Some("eq_refl"));
        assert_eq!(closest("x", ["y"].into_iter()), None);
        // Of names that are equally close, the first.
        assert_eq!(closest("name", ["nam1", "nam2"].into_iter()), Some("nam1"));
        assert_eq!(closest(&"n".repeat(65), [&*"n".repeat(64)].into_iter()), None);
    }

    #[test]
    fn suggestions_cost_no_more_for_more_unknown_names() {
        let known: Vec<String> = (0..5_000).map(|index| format!("name{index:04}")).collect();
        let looked_at = |count: usize| {
            let (failed, asked) = (Failed::default(), Cell::new(0_u64));
            let found = (0..count).filter(|index| {
                let names = known.iter().map(|name| &**name).inspect(|_| asked.set(asked.get() + 1));
                failed.closest(&format!("nane{index:04}"), names).is_some()
            });
            (found.count(), asked.get())
        };
        let (few, many) = (looked_at(2_500), looked_at(5_000));
        assert!((300..500).contains(&few.0), "{few:?}");
        assert_eq!(few, many, "names that were found, and names looked at");
        assert!(few.1 <= SUGGESTION_BUDGET, "{few:?}");
    }

    /// For each error of a text whether it has a suggestion.
    fn suggestions(text: &str, in_parallel: bool) -> Vec<bool> {
        let mut theory = Theory::new();
        let source = SourceText::text("t", text);
        let options = CheckOptions { threads: 2, eager: true, ..CheckOptions::default() };
        let report = match in_parallel {
            true => theory.check_into(source, &NoImports, options),
            false => theory.load_into(source, &NoImports),
        };
        let meant = |hint: &String| hint.contains("did you mean");
        report.errors().map(|(_, error)| error.hint.as_ref().is_some_and(meant)).collect()
    }

    #[test]
    fn errors_about_many_unknown_names_end_without_suggestions_and_not_without_an_answer() {
        let mut text: String = (0..2_000).map(|index| format!("constant{index:04} : prop.\n")).collect();
        // In each place that speaks of a name: a declaration, an attribute, a command, a step, a pattern.
        text += "= : [('t : type) -> 't -> 't -> prop]. data n { zero : n. }\n";
        for index in 0..400 {
            text += &format!(
                "a{index} : constan{index:04}.\n#backward constamt{index:04}.\n#print constanr{index:04}.\n\
                 theorem t{index} : constant0000 {{ apply constanx{index:04}. }}\n"
            );
        }
        let found = suggestions(&text, false);
        assert_eq!(found.len(), 1_600);
        let count = found.iter().filter(|&&is_found| is_found).count();
        assert!((200..800).contains(&count), "{count}");
        assert!(found[0] && !found[1_599]);
        // Whatever threads find first and throw away is not paid for.
        assert_eq!(suggestions(&text, true), found);
    }
}
