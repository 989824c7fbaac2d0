//! Which sides of equations overlap: a term may be an instance of both, or of one with an instance of the other inside.
//!
//! Where the rules' left sides do not overlap and none has a variable twice, the order of rewriting does not matter (G.
//! Huet, *Confluent reductions*, JACM 1980).

use prover_logic::{Store, Term, TermId};
use rustc_hash::FxHashMap;

/// Whether a side of one equation and another's overlap other than in a variable. `same` says that they are the same
/// side, which overlaps with itself at its root and does not matter there.
pub(super) fn overlaps(store: &Store, one: TermId, other: TermId, same: bool) -> bool {
    let inside = |whole: TermId, part: TermId, root: bool| {
        patterns(store, whole).any(|at| (root || at != whole) && unify(store, at, part))
    };
    inside(one, other, !same) || inside(other, one, false)
}

/// The parts of a pattern in argument places that are no variables, applied or not, itself included.
fn patterns(store: &Store, whole: TermId) -> impl Iterator<Item = TermId> {
    let mut found = Vec::new();
    let mut open = vec![whole];
    while let Some(id) = open.pop() {
        let (head, arguments) = store.spine(id);
        if matches!(store.term(head), Term::Const(_)) {
            found.push(id);
        }
        if matches!(store.term(head), Term::Const(_) | Term::Bound(_)) {
            open.extend(arguments);
        }
    }
    found.into_iter()
}

/// The values of variables of two patterns, which are told apart by the side that they stand on.
type Values = FxHashMap<(bool, u32), (bool, TermId)>;

/// Whether two patterns, whose variables have nothing to do with each other, have a common instance; "yes" where a
/// variable is applied, and where they would need an infinite term.
fn unify(store: &Store, one: TermId, other: TermId) -> bool {
    let mut values = Values::default();
    let mut open = vec![((false, one), (true, other))];
    let mut steps = 0;
    while let Some((one, other)) = open.pop() {
        steps += 1;
        if steps > 1_000 {
            return true;
        }
        let (one, other) = (resolved(store, &values, one), resolved(store, &values, other));
        if one == other || (one.1 == other.1 && store.loose(one.1) == 0) {
            continue;
        }
        match (store.term(one.1), store.term(other.1)) {
            (Term::Bound(index), _) => {
                values.insert((one.0, index), other);
            }
            (_, Term::Bound(index)) => {
                values.insert((other.0, index), one);
            }
            _ if is_open_application(store, one.1) || is_open_application(store, other.1) => {}
            (Term::App(f, a), Term::App(g, b)) => {
                open.push(((one.0, a), (other.0, b)));
                open.push(((one.0, f), (other.0, g)));
            }
            _ => return false,
        }
    }
    true
}

fn resolved(store: &Store, values: &Values, mut term: (bool, TermId)) -> (bool, TermId) {
    while let Term::Bound(index) = store.term(term.1)
        && let Some(&value) = values.get(&(term.0, index))
    {
        term = value;
    }
    term
}

/// Whether a term is a variable applied to arguments.
fn is_open_application(store: &Store, term: TermId) -> bool {
    matches!(store.term(term), Term::App(..)) && matches!(store.term(store.head(term)), Term::Bound(_))
}
