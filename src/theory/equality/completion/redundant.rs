//! Redundant pairs where operators are known to be associative and commutative.
//!
//! Once `x y = y x`, `(x y) z = x (y z)` and `x (y z) = y (x z)` are among the equations, rewriting by them sorts the
//! arguments of terms without variables, so a pair whose sides differ by order and brackets alone is joined in every
//! instance (J. Avenhaus, T. Hillenbrand, B. Löchner, *On using ground joinable equations in equational theorem
//! proving*, JSC 2003).

use super::bank::{Bank, Node};
use super::rule::Rule;
use crate::terms::order::knuth_bendix::FirstOrder;

/// The known laws of a symbol with two arguments.
#[derive(Clone, Copy, Debug, Default)]
struct Laws {
    commutative: bool,
    associative: bool,
    exchanging: bool,
}

/// The laws of symbols, as equations that were derived say.
#[derive(Clone, Debug, Default)]
pub(super) struct Redundancy {
    laws: Vec<Laws>,
}

impl Redundancy {
    fn of(&self, symbol: u32) -> Laws {
        self.laws.get(symbol as usize).copied().unwrap_or_default()
    }

    /// Records an equation that is a law.
    pub fn learn(&mut self, bank: &Bank, rule: &Rule) {
        let split = |node: Node| match (bank.symbol(node), bank.arguments(node)) {
            (Some(symbol), &[left, right]) => Some((symbol, left, right)),
            _ => None,
        };
        let (Some((f, a, b)), Some((g, c, d))) = (split(rule.left), split(rule.right)) else { return };
        let is_variable = |node: Node| bank.as_variable(node).is_some();
        if f != g || a == b {
            return;
        }
        let within = |node: Node| split(node).filter(|&(h, ..)| h == f).map(|(_, left, right)| (left, right));
        let mut laws = self.of(f);
        laws.commutative |= is_variable(a) && is_variable(b) && (a, b) == (d, c);
        for (whole, other) in [((a, b), (c, d)), ((c, d), (a, b))] {
            let distinct = |x, y, z| [x, y, z].into_iter().all(is_variable) && x != y && y != z && x != z;
            if let (Some((x, y)), Some((v, w))) = (within(whole.0), within(other.1)) {
                laws.associative |= distinct(x, y, whole.1) && (x, y, whole.1) == (other.0, v, w);
            }
            if let (Some((y, z)), Some((v, w))) = (within(whole.1), within(other.1)) {
                laws.exchanging |= distinct(whole.0, y, z) && (whole.0, y, z) == (v, other.0, w);
            }
        }
        if self.laws.len() <= f as usize {
            self.laws.resize(f as usize + 1, Laws::default());
        }
        self.laws[f as usize] = laws;
    }

    /// Whether two terms are equal by the laws alone.
    pub fn follows(&self, bank: &mut Bank, left: Node, right: Node) -> bool {
        self.laws.iter().any(|laws| laws.commutative) && self.sorted(bank, left) == self.sorted(bank, right)
    }

    /// A term with arguments in a fixed order and brackets where these do not matter.
    fn sorted(&self, bank: &mut Bank, node: Node) -> Node {
        let Some(symbol) = bank.symbol(node) else { return node };
        let laws = self.of(symbol);
        if !laws.commutative {
            let arguments = bank.arguments(node).to_vec();
            let sorted: Vec<Node> = arguments.iter().map(|&argument| self.sorted(bank, argument)).collect();
            return if sorted == arguments { node } else { bank.with_arguments(node, &sorted) };
        }
        let whole = laws.associative && laws.exchanging;
        let (mut leaves, mut open) = (Vec::new(), bank.arguments(node).to_vec());
        while let Some(next) = open.pop() {
            if whole && bank.symbol(next) == Some(symbol) {
                open.extend_from_slice(bank.arguments(next));
            } else {
                leaves.push(self.sorted(bank, next));
            }
        }
        leaves.sort_unstable();
        let last = leaves.pop().unwrap_or(node);
        leaves.into_iter().rev().fold(last, |rest, leaf| bank.apply(symbol, &[leaf, rest]))
    }
}
