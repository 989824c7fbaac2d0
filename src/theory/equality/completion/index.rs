//! A discrimination tree: the equations a side of which may match a term.
//!
//! Sides are written in preorder, all variables alike; looking up a term walks down along its own symbols and, at
//! each place, past the whole subterm where a side has a variable (W. McCune, *Experiments with discrimination-tree
//! indexing and path indexing for term retrieval*, JAR 1992). What is found still has to be matched.

use super::bank::{Bank, Node};
use super::rule::Use;
use crate::terms::order::knuth_bendix::FirstOrder;

/// A place in the tree.
#[derive(Clone, Debug, Default)]
struct Branch {
    /// By symbol, ascending.
    symbols: Vec<(u32, u32)>,
    variable: Option<u32>,
    uses: Vec<Use>,
}

/// The sides of equations, to be found by terms that they match.
#[derive(Clone, Debug)]
pub(super) struct Index {
    branches: Vec<Branch>,
}

impl Default for Index {
    fn default() -> Self {
        Self { branches: vec![Branch::default()] }
    }
}

impl Index {
    pub fn insert(&mut self, bank: &Bank, side: Node, used: Use) {
        let place = self.place(bank, side);
        self.branches[place].uses.push(used);
    }

    pub fn remove(&mut self, bank: &Bank, side: Node, used: Use) {
        let place = self.place(bank, side);
        self.branches[place].uses.retain(|&other| other != used);
    }

    /// The place where a side ends, made if it is not there.
    fn place(&mut self, bank: &Bank, side: Node) -> usize {
        let mut place = 0;
        let mut open = vec![side];
        while let Some(node) = open.pop() {
            let next = self.branches.len() as u32;
            let branch = &mut self.branches[place];
            let found = match bank.symbol(node) {
                None => *branch.variable.get_or_insert(next),
                Some(symbol) => {
                    open.extend(bank.arguments(node).iter().rev());
                    match branch.symbols.binary_search_by_key(&symbol, |&(symbol, _)| symbol) {
                        Ok(index) => branch.symbols[index].1,
                        Err(index) => {
                            branch.symbols.insert(index, (symbol, next));
                            next
                        }
                    }
                }
            };
            if found == next {
                self.branches.push(Branch::default());
            }
            place = found as usize;
        }
        place
    }

    /// Appends the uses whose side may match a term; the number of places looked at.
    pub fn find(&self, bank: &Bank, node: Node, found: &mut Vec<Use>) -> u64 {
        let mut looked = 0;
        self.walk(bank, 0, &mut vec![node], found, &mut looked);
        looked
    }

    fn walk(&self, bank: &Bank, place: u32, open: &mut Vec<Node>, found: &mut Vec<Use>, looked: &mut u64) {
        *looked += 1;
        let branch = &self.branches[place as usize];
        let Some(node) = open.pop() else {
            found.extend_from_slice(&branch.uses);
            return;
        };
        if let Some(next) = branch.variable {
            self.walk(bank, next, open, found, looked);
        }
        if let Some(symbol) = bank.symbol(node)
            && let Ok(index) = branch.symbols.binary_search_by_key(&symbol, |&(symbol, _)| symbol)
        {
            let before = open.len();
            open.extend(bank.arguments(node).iter().rev());
            self.walk(bank, branch.symbols[index].1, open, found, looked);
            open.truncate(before);
        }
        open.push(node);
    }
}
