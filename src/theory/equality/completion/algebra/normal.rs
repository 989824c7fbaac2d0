//! Normal forms of sums and products, with proofs.
//!
//! A sum becomes a list `x1 + (x2 + (... + xn))`, first by moving brackets, in a number of steps that is linear in
//! its length, then by merge sort on such lists, in a number of steps that is `n log n`. Products that distribute
//! over sums are multiplied out first.

use super::super::bank::{Bank, Node};
use super::super::proof::Prover;
use super::super::rule::Use;
use super::laws::{AllLaws, Laws, split};
use super::links::{Link, Result};
use crate::terms::order::knuth_bendix::FirstOrder;
use prover_logic::KernelError;
use rustc_hash::FxHashMap;

/// Brings terms to their normal forms by laws.
pub(super) struct Normaliser<'p, 'e> {
    pub prover: &'p mut Prover<'e>,
    pub laws: AllLaws,
    /// Normal forms found so far.
    known: FxHashMap<Node, Link>,
    /// Steps that may still be taken.
    pub steps: u64,
}

impl<'p, 'e> Normaliser<'p, 'e> {
    pub fn new(prover: &'p mut Prover<'e>, laws: AllLaws, steps: u64) -> Self {
        Self { prover, laws, known: FxHashMap::default(), steps }
    }

    fn bank(&mut self) -> &mut Bank {
        &mut self.prover.problem.bank
    }

    fn pay(&mut self) -> Result<()> {
        self.steps = self.steps.checked_sub(1).ok_or(KernelError::BudgetExhausted)?;
        Ok(self.prover.env.spend(1)?)
    }

    fn by(&mut self, law: Use, node: Node) -> Result<Link> {
        self.pay()?;
        self.prover.by(law, node)
    }

    /// A link followed by another step from where it leads.
    fn and(&mut self, link: Link, step: impl FnOnce(&mut Self, Node) -> Result<Link>) -> Result<Link> {
        let next = step(self, link.to)?;
        Ok(self.prover.then(link, next))
    }

    /// A step for the argument at a place.
    fn inside(&mut self, node: Node, place: usize, step: impl FnOnce(&mut Self, Node) -> Result<Link>) -> Result<Link> {
        let argument = self.bank().arguments(node)[place];
        let link = step(self, argument)?;
        self.pay()?;
        Ok(self.prover.inside(node, place, link))
    }

    /// A term's normal form.
    pub fn normal(&mut self, node: Node) -> Result<Link> {
        if let Some(&known) = self.known.get(&node) {
            return Ok(known);
        }
        let link = self.found(node)?;
        self.known.insert(node, link);
        Ok(link)
    }

    fn found(&mut self, node: Node) -> Result<Link> {
        let symbol = split(self.bank(), node).map(|(symbol, ..)| symbol);
        let laws = symbol.map_or(Laws::default(), |symbol| self.laws.of(symbol));
        match symbol {
            Some(symbol) if let Some(plus) = self.sum_under(laws) => {
                let link = self.with_normal_leaves(node, symbol)?;
                let link = self.and(link, |own, node| own.product(node, symbol, plus))?;
                self.and(link, |own, node| own.listed(node, plus))
            }
            Some(symbol) if laws.associative.is_some() => {
                let link = self.with_normal_leaves(node, symbol)?;
                self.and(link, |own, node| own.listed(node, symbol))
            }
            _ => {
                let link = self.with_normal_arguments(node)?;
                self.and(link, |own, node| own.in_order(node, laws))
            }
        }
    }

    fn with_normal_arguments(&mut self, node: Node) -> Result<Link> {
        let mut link = Link::same(node);
        for place in 0..self.bank().arguments(node).len() {
            link = self.and(link, |own, node| own.inside(node, place, Self::normal))?;
        }
        Ok(link)
    }

    /// A term with the arguments below all applications of an operator at its top in normal form.
    fn with_normal_leaves(&mut self, node: Node, symbol: u32) -> Result<Link> {
        if self.bank().symbol(node) != Some(symbol) {
            return self.normal(node);
        }
        let link = self.inside(node, 0, |own, part| own.with_normal_leaves(part, symbol))?;
        self.and(link, |own, node| own.inside(node, 1, |own, part| own.with_normal_leaves(part, symbol)))
    }

    /// The arguments of an operator that is commutative and not associative in order.
    fn in_order(&mut self, node: Node, laws: Laws) -> Result<Link> {
        match (split(self.bank(), node), laws.commutative) {
            (Some((_, left, right)), Some(commutative)) if right < left => self.by(commutative, node),
            _ => Ok(Link::same(node)),
        }
    }

    /// The sum over which an operator distributes on both sides.
    fn sum_under(&self, laws: Laws) -> Option<u32> {
        let (left, right) =
            (laws.left_distributive.map(|(plus, _)| plus), laws.right_distributive.map(|(plus, _)| plus));
        let plus = left.or(right)?;
        let on_both = left == right || laws.commutative.is_some();
        (on_both && self.laws.of(plus).is_sum()).then_some(plus)
    }

    /// A product of products and sums as a sum of products in normal form, in whatever order.
    fn product(&mut self, node: Node, times: u32, plus: u32) -> Result<Link> {
        if self.bank().symbol(node) != Some(times) {
            return Ok(Link::same(node));
        }
        if !self.has_sum(node, times, plus) {
            return self.distributed(node, times, plus);
        }
        let link = self.inside(node, 0, |own, part| own.product(part, times, plus))?;
        let link = self.and(link, |own, node| own.inside(node, 1, |own, part| own.product(part, times, plus)))?;
        self.and(link, |own, node| own.distributed(node, times, plus))
    }

    /// Whether a factor of a product is a sum.
    fn has_sum(&mut self, node: Node, times: u32, plus: u32) -> bool {
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            match split(self.bank(), node) {
                Some((symbol, ..)) if symbol == plus => return true,
                Some((symbol, left, right)) if symbol == times => open.extend([left, right]),
                _ => {}
            }
        }
        false
    }

    /// The product of two sums of products as a sum of products in normal form.
    fn distributed(&mut self, node: Node, times: u32, plus: u32) -> Result<Link> {
        let Some((_, left, right)) = split(self.bank(), node) else { return Ok(Link::same(node)) };
        let laws = self.laws.of(times);
        let [left_is_sum, right_is_sum] = [left, right].map(|part| self.bank().symbol(part) == Some(plus));
        let (law, other) = match (left_is_sum, right_is_sum) {
            (true, _) => (laws.right_distributive, laws.left_distributive),
            (false, true) => (laws.left_distributive, laws.right_distributive),
            (false, false) if laws.associative.is_some() => return self.listed(node, times),
            (false, false) => return self.in_order(node, laws),
        };
        let link = match (law, laws.commutative, other) {
            (Some((_, law)), ..) => self.by(law, node)?,
            (None, Some(swap), Some((_, law))) => {
                let link = self.by(swap, node)?;
                self.and(link, |own, node| own.by(law, node))?
            }
            _ => return Ok(Link::same(node)),
        };
        let link = self.and(link, |own, node| own.inside(node, 0, |own, node| own.distributed(node, times, plus)))?;
        self.and(link, |own, node| own.inside(node, 1, |own, node| own.distributed(node, times, plus)))
    }

    /// A term as a list of an associative operator, sorted if that is commutative too.
    fn listed(&mut self, node: Node, symbol: u32) -> Result<Link> {
        let laws = self.laws.of(symbol);
        let Some(associative) = laws.associative else { return Ok(Link::same(node)) };
        let link = self.flat(node, symbol, associative)?;
        let link = self.and(link, |own, node| own.without_units(node, symbol, laws))?;
        match laws.commutative {
            Some(commutative) => self.and(link, |own, node| {
                let length = own.length(node, symbol);
                own.sorted(node, length, Sum { associative, commutative })
            }),
            None => Ok(link),
        }
    }

    /// Moves all brackets to the right.
    fn flat(&mut self, node: Node, symbol: u32, associative: Use) -> Result<Link> {
        let mut link = Link::same(node);
        while let Some((own, left, _)) = split(self.bank(), link.to)
            && own == symbol
            && self.bank().symbol(left) == Some(symbol)
        {
            link = self.and(link, |own, node| own.by(associative, node))?;
        }
        match split(self.bank(), link.to) {
            Some((own, ..)) if own == symbol => {
                self.and(link, |own, node| own.inside(node, 1, |own, rest| own.flat(rest, symbol, associative)))
            }
            _ => Ok(link),
        }
    }

    /// Takes units out of a list, and makes one of a list with a zero in it.
    fn without_units(&mut self, node: Node, symbol: u32, laws: Laws) -> Result<Link> {
        let Some((own, ..)) = split(self.bank(), node) else { return Ok(Link::same(node)) };
        if own != symbol {
            return Ok(Link::same(node));
        }
        let link = self.inside(node, 1, |own, rest| own.without_units(rest, symbol, laws))?;
        let Some((_, left, right)) = split(self.bank(), link.to) else { return Ok(link) };
        let on_left = [laws.left_unit, laws.left_zero].into_iter().flatten().find(|&(unit, _)| unit == left);
        let on_right = [laws.right_unit, laws.right_zero].into_iter().flatten().find(|&(unit, _)| unit == right);
        if let Some((_, law)) = on_left.or(on_right) {
            return self.and(link, |own, node| own.by(law, node));
        }
        // The law for the other side, where the operator is commutative.
        let swapped =
            |one: Node, laws: [Option<(Node, Use)>; 2]| laws.into_iter().flatten().find(|&(unit, _)| unit == one);
        let by_swap = swapped(left, [laws.right_unit, laws.right_zero])
            .or_else(|| swapped(right, [laws.left_unit, laws.left_zero]))
            .zip(laws.commutative);
        match by_swap {
            Some(((_, law), swap)) => {
                let link = self.and(link, |own, node| own.by(swap, node))?;
                self.and(link, |own, node| own.by(law, node))
            }
            None => Ok(link),
        }
    }

    /// The number of elements of a list.
    fn length(&mut self, mut node: Node, symbol: u32) -> usize {
        let mut length = 1;
        while let Some((own, _, rest)) = split(self.bank(), node)
            && own == symbol
        {
            length += 1;
            node = rest;
        }
        length
    }

    /// A list of this many elements in order.
    fn sorted(&mut self, node: Node, length: usize, sum: Sum) -> Result<Link> {
        if length < 2 {
            return Ok(Link::same(node));
        }
        let half = length / 2;
        let link = self.divided(node, half, sum)?;
        let link = self.and(link, |own, node| own.inside(node, 0, |own, part| own.sorted(part, half, sum)))?;
        let link = self.and(link, |own, node| own.inside(node, 1, |own, part| own.sorted(part, length - half, sum)))?;
        self.and(link, |own, node| own.merged(node, (half, length - half), sum))
    }

    /// A list as the sum of that of its first elements and that of the others.
    fn divided(&mut self, node: Node, first: usize, sum: Sum) -> Result<Link> {
        if first < 2 {
            return Ok(Link::same(node));
        }
        let link = self.inside(node, 1, |own, rest| own.divided(rest, first - 1, sum))?;
        self.and(link, |own, node| own.by(sum.associative.back(), node))
    }

    /// The sum of two lists in order, of this many elements, as one.
    fn merged(&mut self, node: Node, (one, other): (usize, usize), sum: Sum) -> Result<Link> {
        let Some((_, left, right)) = split(self.bank(), node) else { return Ok(Link::same(node)) };
        let first = |own: &mut Self, list: Node, length: usize| match length {
            1 => list,
            _ => own.bank().arguments(list)[0],
        };
        let (p, q) = (first(self, left, one), first(self, right, other));
        match (p <= q, one, other) {
            (true, 1, _) => Ok(Link::same(node)),
            (true, ..) => {
                let link = self.by(sum.associative, node)?;
                self.and(link, |own, node| own.inside(node, 1, |own, rest| own.merged(rest, (one - 1, other), sum)))
            }
            (false, _, 1) => self.by(sum.commutative, node),
            (false, ..) => {
                let link = self.exchanged(node, sum)?;
                self.and(link, |own, node| own.inside(node, 1, |own, rest| own.merged(rest, (one, other - 1), sum)))
            }
        }
    }

    /// `x + (y + z) = y + (x + z)`
    fn exchanged(&mut self, node: Node, sum: Sum) -> Result<Link> {
        let link = self.by(sum.associative.back(), node)?;
        let link = self.and(link, |own, node| own.inside(node, 0, |own, pair| own.by(sum.commutative, pair)))?;
        self.and(link, |own, node| own.by(sum.associative, node))
    }
}

/// An operator for which brackets and order do not matter.
#[derive(Clone, Copy, Debug)]
struct Sum {
    associative: Use,
    commutative: Use,
}
