//! The laws of operators, read from the facts in scope.

use super::super::bank::{Bank, Node};
use super::super::rule::{Rule, Use};
use crate::terms::order::knuth_bendix::FirstOrder;
use rustc_hash::FxHashMap;

/// The known laws of an operator with two arguments, each in the direction in which it is written here.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Laws {
    /// `x y = y x`
    pub commutative: Option<Use>,
    /// `(x y) z = x (y z)`
    pub associative: Option<Use>,
    /// `e x = x`
    pub left_unit: Option<(Node, Use)>,
    /// `x e = x`
    pub right_unit: Option<(Node, Use)>,
    /// `o x = o`
    pub left_zero: Option<(Node, Use)>,
    /// `x o = o`
    pub right_zero: Option<(Node, Use)>,
    /// `x (y + z) = (x y) + (x z)`, and the operator `+`.
    pub left_distributive: Option<(u32, Use)>,
    /// `(x + y) z = (x z) + (y z)`, and the operator `+`.
    pub right_distributive: Option<(u32, Use)>,
}

impl Laws {
    /// Whether brackets and order do not matter.
    pub fn is_sum(&self) -> bool {
        self.commutative.is_some() && self.associative.is_some()
    }
}

/// The laws of all operators of which any are known.
#[derive(Clone, Debug, Default)]
pub(super) struct AllLaws {
    laws: FxHashMap<u32, Laws>,
}

/// An application of a symbol to two arguments.
pub(super) fn split(bank: &Bank, node: Node) -> Option<(u32, Node, Node)> {
    match (bank.symbol(node), bank.arguments(node)) {
        (Some(symbol), &[left, right]) => Some((symbol, left, right)),
        _ => None,
    }
}

impl AllLaws {
    /// The laws among some equations; the first one that says a law is the one that is used.
    pub fn new(bank: &Bank, rules: &[Rule]) -> Self {
        let mut all = Self::default();
        for (number, rule) in rules.iter().enumerate() {
            for reversed in [false, true] {
                let (from, to) = rule.sides(reversed);
                all.learn(bank, from, to, Use { rule: number as u32, reversed });
            }
        }
        all
    }

    /// The known laws of an operator.
    pub fn of(&self, symbol: u32) -> Laws {
        self.laws.get(&symbol).copied().unwrap_or_default()
    }

    /// Whether nothing is known that would make two different terms the same.
    pub fn is_empty(&self) -> bool {
        !self.laws.values().any(|laws| laws.commutative.is_some() || laws.associative.is_some())
    }

    fn learn(&mut self, bank: &Bank, from: Node, to: Node, used: Use) {
        let Some((f, left, right)) = split(bank, from) else { return };
        let mut laws = self.of(f);
        let is_variable = |node: Node| bank.as_variable(node).is_some();
        let distinct = |x, y, z| [x, y, z].into_iter().all(is_variable) && x != y && y != z && x != z;
        let within = |node: Node, symbol: u32| split(bank, node).filter(|&(own, ..)| own == symbol);
        if is_variable(left) && is_variable(right) && left != right && within(to, f) == Some((f, right, left)) {
            laws.commutative.get_or_insert(used);
        }
        if let (Some((_, x, y)), Some((_, a, rest))) = (within(left, f), within(to, f))
            && let Some((_, b, c)) = within(rest, f)
            && distinct(x, y, right)
            && (x, y, right) == (a, b, c)
        {
            laws.associative.get_or_insert(used);
        }
        if bank.is_ground(left) && is_variable(right) {
            if to == right {
                laws.left_unit.get_or_insert((left, used));
            }
            if to == left {
                laws.left_zero.get_or_insert((left, used));
            }
        }
        if bank.is_ground(right) && is_variable(left) {
            if to == left {
                laws.right_unit.get_or_insert((right, used));
            }
            if to == right {
                laws.right_zero.get_or_insert((right, used));
            }
        }
        if let Some((plus, a, b)) = split(bank, to).filter(|&(plus, ..)| plus != f)
            && let (Some((_, a, b)), Some((_, c, d))) = (within(a, f), within(b, f))
        {
            if let Some((_, y, z)) = within(right, plus)
                && distinct(left, y, z)
                && (a, b, c, d) == (left, y, left, z)
            {
                laws.left_distributive.get_or_insert((plus, used));
            }
            if let Some((_, x, y)) = within(left, plus)
                && distinct(x, y, right)
                && (a, b, c, d) == (x, right, y, right)
            {
                laws.right_distributive.get_or_insert((plus, used));
            }
        }
        self.laws.insert(f, laws);
    }
}
