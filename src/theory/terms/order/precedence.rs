//! The precedence of constants: a constant that equations define is above those that define it.
//!
//! An equation defines the head of its left side by the constants on its right side; of its right side by those on the
//! left, where only that can be: a side that is a part of the other one, or does not have all of its variables, is
//! never the greater one. Each constant comes after those that define it. Constants that define each other, in however
//! many steps, do not restrict each other. Where there is a choice, the order is that of the declarations; so a theory
//! that declares every constant after those that define it has the order of its declarations.

use super::super::rewriting::count_occurrences;
use super::super::signature::mentions;
use prover_logic::{ConstId, Store, Term, TermId};
use rustc_hash::FxHashSet;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// Dependencies of constants that equations define: `(defined, by)`, each once.
#[derive(Clone, Debug, Default)]
pub struct Dependencies(BTreeSet<(ConstId, ConstId)>);

impl Dependencies {
    /// Adds an equation, whose sides are patterns with this many variables.
    pub fn equation(&mut self, store: &Store, variables: usize, [left, right]: [TermId; 2]) {
        let sides = [left, right].map(|side| mentions(store, side, variables as u32));
        let defines = |greater: usize, less: usize| {
            let terms = [left, right];
            matches!(store.term(store.head(terms[greater])), Term::Const(_))
                && sides[less].iter().all(|variable| sides[greater].contains(variable))
                && count_occurrences(store, terms[less], terms[greater], 1) == 0
        };
        if defines(0, 1) {
            self.clause(store, left, right);
        } else if defines(1, 0) {
            self.clause(store, right, left);
        }
    }

    /// Adds an equation that defines the head of its left side, whatever its form.
    pub fn clause(&mut self, store: &Store, left: TermId, right: TermId) {
        let Term::Const(defined) = store.term(store.head(left)) else { return };
        let (mut seen, mut open) = (FxHashSet::default(), vec![right]);
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            match store.term(id) {
                Term::Const(by) if by != defined => _ = self.0.insert((defined, by)),
                Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) => open.extend([a, b]),
                _ => {}
            }
        }
    }

    /// The number of dependencies.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A total order of constants; by default that of their declarations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Precedence {
    /// The places of the constants in the order of their declarations; those after the last one are their own.
    places: Vec<u32>,
}

impl Precedence {
    /// The order in which each constant comes after those that define it.
    pub fn new(dependencies: &Dependencies) -> Self {
        let Some(count) = dependencies.0.iter().map(|&(defined, by)| defined.index().max(by.index()) + 1).max() else {
            return Self::default();
        };
        // Most theories need no more.
        if dependencies.0.iter().all(|(defined, by)| by < defined) {
            return Self::default();
        }
        let mut defines = vec![Vec::new(); count];
        for (defined, by) in &dependencies.0 {
            defines[by.index()].push(defined.index() as u32);
        }
        let components = components(&defines);
        let mut waits = vec![0_usize; count];
        for (by, defined) in defines.iter_mut().enumerate() {
            defined.retain(|&defined| components[defined as usize] != components[by]);
            defined.iter().for_each(|&defined| waits[defined as usize] += 1);
        }
        let mut places = vec![0; count];
        let mut ready: BinaryHeap<Reverse<usize>> = (0..count).filter(|&c| waits[c] == 0).map(Reverse).collect();
        let mut placed = 0;
        while let Some(Reverse(constant)) = ready.pop() {
            places[constant] = placed;
            placed += 1;
            for &defined in &defines[constant] {
                let waits = &mut waits[defined as usize];
                *waits -= 1;
                if *waits == 0 {
                    ready.push(Reverse(defined as usize));
                }
            }
        }
        assert_eq!(placed as usize, count, "there are no cycles between components");
        while places.last().is_some_and(|&place| place as usize == places.len() - 1) {
            places.pop();
        }
        Self { places }
    }

    /// The place of a constant.
    pub fn place(&self, constant: ConstId) -> usize {
        self.places.get(constant.index()).map_or(constant.index(), |&place| place as usize)
    }
}

/// The strongly connected components of a graph, given by its successors: nodes of one component have one number (R.
/// Tarjan, *Depth-first search and linear graph algorithms*, 1972).
fn components(successors: &[Vec<u32>]) -> Vec<u32> {
    const UNSEEN: u32 = u32::MAX;
    let mut component = vec![UNSEEN; successors.len()];
    // When each node was found, and the earliest found one that it is known to lead to.
    let (mut found, mut lowest) = (vec![UNSEEN; successors.len()], vec![0; successors.len()]);
    let (mut clock, mut unassigned) = (0, Vec::new());
    for root in 0..successors.len() {
        if found[root] != UNSEEN {
            continue;
        }
        let mut path = vec![(root, 0)];
        while let Some((node, next)) = path.pop() {
            if next == 0 {
                (found[node], lowest[node]) = (clock, clock);
                clock += 1;
                unassigned.push(node);
            }
            if let Some(&successor) = successors[node].get(next) {
                let successor = successor as usize;
                path.push((node, next + 1));
                if found[successor] == UNSEEN {
                    path.push((successor, 0));
                } else if component[successor] == UNSEEN {
                    lowest[node] = lowest[node].min(found[successor]);
                }
                continue;
            }
            if let Some(&(before, _)) = path.last() {
                lowest[before] = lowest[before].min(lowest[node]);
            }
            if lowest[node] == found[node] {
                while let Some(last) = unassigned.pop() {
                    component[last] = node as u32;
                    if last == node {
                        break;
                    }
                }
            }
        }
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Theory;
    use proptest::prelude::*;

    fn constant(index: u8) -> ConstId {
        let theory =
            Theory::from_text("t", &(0..=index).map(|i| format!("c{i} : type. ")).collect::<String>()).unwrap();
        theory.environment.find(&format!("c{index}")).unwrap()
    }

    /// The constants of a theory by their names, in the order of the precedence.
    fn ordered(text: &str, names: &[&str]) -> String {
        let mut theory = Theory::from_text("t", text).unwrap();
        let (environment, equality) = (&mut theory.environment, theory.equality.unwrap());
        let types: Vec<TermId> = environment.declarations().map(|(_, declaration)| declaration.ty).collect();
        let mut dependencies = Dependencies::default();
        for ty in types {
            let arity = crate::terms::signature::Signature::arity(&environment.store, ty);
            let signature = crate::terms::signature::Signature::new(environment, ty, arity).unwrap();
            let sides = crate::terms::equation::Equation::sides(&environment.store, &equality, signature.output);
            if let Some((_, left, right)) = sides {
                dependencies.equation(&environment.store, arity, [left, right]);
            }
        }
        let precedence = Precedence::new(&dependencies);
        let mut names = names.to_vec();
        names.sort_by_key(|name| precedence.place(environment.find(name).unwrap()));
        names.join(" ")
    }

    const NUMBERS: &str = "= : [('t : type) -> 't -> 't -> prop]. nat : type. z : nat. s : [nat -> nat].";
    const TIMES: &str = "times : [nat -> nat -> nat].";
    const PLUS: &str = "plus : [nat -> nat -> nat].";
    const CLAUSES: [&str; 4] = [
        "[('a : nat) -> (= (plus 'a z) 'a)].",
        "[('a : nat) -> ('b : nat) -> (= (plus 'a (s 'b)) (s (plus 'a 'b)))].",
        "[('a : nat) -> (= (times 'a z) z)].",
        "[('a : nat) -> ('b : nat) -> (= (times 'a (s 'b)) (plus (times 'a 'b) 'a))].",
    ];

    #[test]
    fn functions_come_after_those_that_define_them() {
        let clauses: String = CLAUSES.iter().enumerate().map(|(i, clause)| format!("c{i} : {clause} ")).collect();
        let names = ["z", "s", "plus", "times"];
        for declared in [[PLUS, TIMES], [TIMES, PLUS]] {
            assert_eq!(ordered(&format!("{NUMBERS} {} {clauses}", declared.concat()), &names), "z s plus times");
        }
        // What defines each other stays as it is declared, and so does what nothing says anything of.
        let one = "one : [('a : nat) -> (= (s 'a) (plus 'a (s z)))].";
        assert_eq!(ordered(&format!("{NUMBERS} {TIMES} {PLUS} {clauses} {one}"), &names), "z s plus times");
        assert_eq!(ordered(&format!("{NUMBERS} {TIMES} {PLUS}"), &names), "z s times plus");
        // The side that cannot be the greater one defines nothing, wherever it stands.
        let written_back = "base : [('a : nat) -> (= z (times 'a z))]. unit : (= z (plus z z)).";
        assert_eq!(ordered(&format!("{TIMES_FIRST} {written_back}"), &names), "z plus times s");
    }

    /// Functions declared before the constructors of their type.
    const TIMES_FIRST: &str = "= : [('t : type) -> 't -> 't -> prop]. nat : type. plus : [nat -> nat -> nat].
        times : [nat -> nat -> nat]. z : nat. s : [nat -> nat].";

    proptest! {
        #[test]
        fn is_a_permutation_that_respects_all_but_cycles(edges in prop::collection::vec((0_u8..12, 0_u8..12), 0..30)) {
            let constants: Vec<ConstId> = (0..12).map(constant).collect();
            let mut dependencies = Dependencies::default();
            for &(defined, by) in edges.iter().filter(|(defined, by)| defined != by) {
                dependencies.0.insert((constants[defined as usize], constants[by as usize]));
            }
            // Whether one leads to another, by its definition.
            let mut leads = [[false; 12]; 12];
            edges.iter().for_each(|&(defined, by)| leads[defined as usize][by as usize] = true);
            for (k, i, j) in (0..12).flat_map(|k| (0..12).flat_map(move |i| (0..12).map(move |j| (k, i, j)))) {
                leads[i][j] |= leads[i][k] && leads[k][j];
            }
            let precedence = Precedence::new(&dependencies);
            let places: Vec<usize> = constants.iter().map(|&constant| precedence.place(constant)).collect();
            prop_assert_eq!(places.iter().collect::<BTreeSet<_>>().len(), 12);
            let mut is_declared = true;
            for (i, j) in edges.iter().map(|&(defined, by)| (defined as usize, by as usize)) {
                if !leads[j][i] {
                    prop_assert!(places[i] > places[j], "{} before {}", i, j);
                    is_declared &= i > j;
                }
            }
            if is_declared {
                prop_assert_eq!(precedence, Precedence::default());
            }
        }
    }
}
