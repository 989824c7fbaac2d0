//! The loop of unfailing completion.
//!
//! A pair of equal terms is taken from those that wait, rewritten to normal forms, and becomes an equation unless its
//! sides are the same or an existing equation subsumes it; equations that it rewrites are removed and wait again; then
//! the pairs from overlaps of its sides with those of all equations are queued. Pairs are taken by weight, and every
//! few times the oldest one, so that none waits for ever. An equation without a greater side rewrites in both
//! directions, where its instance becomes smaller. In the limit two terms without variables that are equal have one
//! normal form (L. Bachmair, N. Dershowitz, D. Plaisted, *Completion without failure*, 1989). A pair whose overlapped
//! part can be rewritten below its root is left out (D. Kapur, D. Musser, P. Narendran, *Only prime superpositions need
//! be considered*, 1988). The design follows N. Smallbone, *Twee: an equational theorem prover*, CADE 2021.

use super::bank::{APART, Bank, Bindings, Node};
use super::limits::Limits;
use super::problem::{Problem, Renaming, renamed, rule};
use super::redundant::Redundancy;
use super::rewrite::Rewriter;
use super::rule::{Chain, Origin, Path, Rule, Step, Use};
use crate::equality::End;
use crate::terms::order::knuth_bendix::{self, FirstOrder};
use prover_logic::Environment;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// One pair in this many is the oldest waiting one instead of the lightest.
const OLDEST_EVERY: u64 = 8;

/// A pair that waits.
#[derive(Clone, Copy, Debug)]
enum Waiting {
    /// It was taken.
    Taken,
    /// The sides of an equation that does not rewrite yet, or no more.
    Equation(u32),
    /// A side of the inner equation overlaps with the part of the outer one's at a place, counted in preorder.
    Overlap { outer: Use, inner: Use, place: u16 },
}

/// Two equal terms, and how the left one is rewritten to the right one.
struct Pair {
    left: Node,
    right: Node,
    steps: Vec<Step>,
}

/// Completion of a problem's equations until a goal's sides have one normal form.
pub(super) struct Completion<'p> {
    pub problem: &'p mut Problem,
    pub rules: Vec<Rule>,
    /// The numbers of the equations that rewrite.
    active: Vec<u32>,
    rewriter: Rewriter,
    redundancy: Redundancy,
    waiting: Vec<Waiting>,
    lightest: BinaryHeap<Reverse<(u32, u32)>>,
    oldest: usize,
    /// Pairs taken.
    pub taken: u64,
    limits: Limits,
    /// Whether a pair was left out since it was too large.
    was_cut: bool,
    bindings: Bindings,
}

impl<'p> Completion<'p> {
    pub fn new(problem: &'p mut Problem, limits: Limits) -> Self {
        let rules = std::mem::take(&mut problem.rules);
        let mut completion = Self {
            problem,
            rules,
            active: Vec::new(),
            rewriter: Rewriter::new(limits.work),
            redundancy: Redundancy::default(),
            waiting: Vec::new(),
            lightest: BinaryHeap::new(),
            oldest: 0,
            taken: 0,
            limits,
            was_cut: false,
            bindings: Bindings::default(),
        };
        for number in 0..completion.rules.len() {
            completion.wait(0, Waiting::Equation(number as u32));
        }
        completion
    }

    /// The number of terms looked at.
    pub fn work(&self) -> u64 {
        self.rewriter.work
    }

    /// The number of equations that rewrite.
    pub fn equations(&self) -> usize {
        self.active.len()
    }

    /// Goes on until the goal's sides have one normal form: how the left one is rewritten to the right one, or why it
    /// ended without.
    pub fn run(&mut self, env: &Environment, left: Node, right: Node) -> Result<Chain, End> {
        let mut version = usize::MAX;
        loop {
            if version != self.rules.len() {
                version = self.rules.len();
                if let Some(chain) = self.joined(left, right) {
                    return Ok(chain);
                }
            }
            if env.is_late() {
                return Err(End::Time);
            }
            if self.work() >= self.limits.work || self.waiting.len() >= self.limits.pairs {
                return Err(End::Work);
            }
            let Some(next) = self.next() else {
                return Err(if self.was_cut { End::Work } else { End::Saturated });
            };
            self.taken += 1;
            if let Some(pair) = self.pair(next) {
                self.take(env, pair);
            }
        }
    }

    fn normal(&mut self, node: Node) -> Node {
        let Problem { bank, least, .. } = &mut *self.problem;
        self.rewriter.normal(bank, &self.rules, least, node)
    }

    /// The rewriting of one side of a goal to the other, if their normal forms are the same.
    fn joined(&mut self, left: Node, right: Node) -> Option<Chain> {
        let (meeting, other) = (self.normal(left), self.normal(right));
        if meeting != other {
            return None;
        }
        let steps = self.between(Pair { left: meeting, right: meeting, steps: Vec::new() }, left, right)?;
        Some(Chain { start: left, steps })
    }

    /// The steps from one term through a pair of terms, to which both were rewritten, to the other.
    fn between(&self, pair: Pair, left: Node, right: Node) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        let bank = &self.problem.bank;
        let told = self.rewriter.explain(bank, left, pair.left, &mut Path::new(), &mut steps);
        steps.extend(pair.steps);
        let mut back = Vec::new();
        let told = told && self.rewriter.explain(bank, right, pair.right, &mut Path::new(), &mut back);
        steps.extend(Chain::back(back));
        told.then_some(steps)
    }

    fn wait(&mut self, weight: u32, pair: Waiting) {
        self.lightest.push(Reverse((weight, self.waiting.len() as u32)));
        self.waiting.push(pair);
    }

    /// The pair whose turn it is.
    fn next(&mut self) -> Option<Waiting> {
        if self.taken % OLDEST_EVERY == OLDEST_EVERY - 1 {
            while let Some(pair) = self.waiting.get_mut(self.oldest) {
                self.oldest += 1;
                match std::mem::replace(pair, Waiting::Taken) {
                    Waiting::Taken => {}
                    pair => return Some(pair),
                }
            }
        }
        loop {
            let Reverse((_, place)) = self.lightest.pop()?;
            match std::mem::replace(&mut self.waiting[place as usize], Waiting::Taken) {
                Waiting::Taken => {}
                pair => return Some(pair),
            }
        }
    }

    /// The terms of a pair that waited; `None` where it is not needed any more.
    fn pair(&mut self, waiting: Waiting) -> Option<Pair> {
        match waiting {
            Waiting::Taken => None,
            Waiting::Equation(number) => {
                let Rule { left, right, .. } = self.rules[number as usize];
                let used = Use { rule: number, reversed: false };
                let step = Step { used, path: Path::new(), before: left, after: right };
                Some(Pair { left, right, steps: vec![step] })
            }
            Waiting::Overlap { outer, inner, place } => {
                if [outer, inner].iter().any(|used| self.rules[used.rule as usize].orphaned) {
                    return None;
                }
                let (from, to) = self.rules[outer.rule as usize].sides(outer.reversed);
                let (part, by) = self.rules[inner.rule as usize].sides_apart(inner.reversed);
                let mut positions = positions(&self.problem.bank, from).into_iter();
                let Position { path, node, .. } = positions.find(|position| position.place == place)?;
                self.bindings.clear();
                let bank = &mut self.problem.bank;
                if !bank.unify(node, part, &mut self.bindings) {
                    return None;
                }
                let peak = bank.resolve(from, &self.bindings);
                let (redex, reduct) = (bank.resolve(part, &self.bindings), bank.resolve(by, &self.bindings));
                let (left, right) = (bank.replace(peak, &path, reduct), bank.resolve(to, &self.bindings));
                let steps = vec![
                    Step { used: inner.back(), path, before: reduct, after: redex },
                    Step { used: outer, path: Path::new(), before: peak, after: right },
                ];
                Some(Pair { left, right, steps })
            }
        }
    }

    /// Makes an equation of a pair, unless it follows from those already there.
    fn take(&mut self, env: &Environment, pair: Pair) {
        let (left, right) = (self.normal(pair.left), self.normal(pair.right));
        if left == right {
            return;
        }
        let Problem { bank, .. } = &mut *self.problem;
        if self.redundancy.follows(bank, left, right) || self.subsumed(left, right) {
            return;
        }
        // The pair's own steps lead from its left to its right side; those from its sides to their normal forms are
        // around them.
        let (from, to) = (pair.left, pair.right);
        let mut steps = Vec::new();
        let bank = &self.problem.bank;
        let mut told = self.rewriter.explain(bank, from, left, &mut Path::new(), &mut steps);
        let mut steps: Vec<Step> = Chain::back(steps).collect();
        steps.extend(pair.steps);
        told &= self.rewriter.explain(bank, to, right, &mut Path::new(), &mut steps);
        let Problem { bank, least, .. } = &mut *self.problem;
        let (mut left, mut right, mut chain) = (left, right, Chain { start: left, steps });
        if knuth_bendix::compare(bank, left, right) == Some(Ordering::Less) {
            std::mem::swap(&mut left, &mut right);
            chain = chain.reversed(bank);
        }
        let renaming = Renaming::new(bank, left, right);
        if !told || renaming.len() > APART as usize {
            self.was_cut = true;
            return;
        }
        let (named_left, named_right) = (renaming.apply(bank, left), renaming.apply(bank, right));
        let Some(chain) = renamed(bank, chain, renaming, least) else {
            self.was_cut = true;
            return;
        };
        let (left, right) = (named_left, named_right);
        let added = rule(bank, left, right, Origin::Chain(chain));
        self.redundancy.learn(bank, &added);
        let number = self.activate(added);
        self.reduce_others(number);
        self.overlap_with_all(env, number);
    }

    fn activate(&mut self, mut rule: Rule) -> u32 {
        let number = self.rules.len() as u32;
        rule.active = true;
        for &reversed in rule.directions() {
            self.rewriter.index.insert(&self.problem.bank, rule.sides(reversed).0, Use { rule: number, reversed });
        }
        self.rules.push(rule);
        self.active.push(number);
        self.rewriter.grow();
        number
    }

    fn deactivate(&mut self, number: u32) {
        let rule = &mut self.rules[number as usize];
        rule.active = false;
        for &reversed in rule.directions() {
            self.rewriter.index.remove(&self.problem.bank, rule.sides(reversed).0, Use { rule: number, reversed });
        }
    }

    /// Takes out the equations with a left side that a new one rewrites, and rewrites right sides.
    fn reduce_others(&mut self, new: u32) {
        let (mut taken_out, mut changed) = (Vec::new(), Vec::new());
        for place in 0..self.active.len() {
            let number = self.active[place];
            if number == new {
                continue;
            }
            let Problem { bank, least, .. } = &mut *self.problem;
            let (rule, other) = (&self.rules[new as usize], &self.rules[number as usize]);
            let (left, right, oriented) = (other.left, other.right, other.oriented);
            let mut rewrites = |node| self.rewriter.rewrites(bank, rule, least, node);
            if rewrites(left) || (!oriented && rewrites(right)) {
                taken_out.push(number);
            } else if rewrites(right) {
                changed.push(number);
            }
        }
        for &number in &taken_out {
            self.deactivate(number);
            self.rules[number as usize].orphaned = true;
            self.wait(0, Waiting::Equation(number));
        }
        if !taken_out.is_empty() {
            self.rewriter.forget();
        }
        for &number in &changed {
            self.change_right_side(number);
        }
        if taken_out.len() + changed.len() > 0 {
            let rules = &self.rules;
            self.active.retain(|&number| rules[number as usize].active);
        }
    }

    fn change_right_side(&mut self, number: u32) {
        let Rule { left, right, .. } = self.rules[number as usize];
        let normal = self.normal(right);
        let used = Use { rule: number, reversed: false };
        let mut steps = vec![Step { used, path: Path::new(), before: left, after: right }];
        if !self.rewriter.explain(&self.problem.bank, right, normal, &mut Path::new(), &mut steps) {
            return;
        }
        let Problem { bank, least, .. } = &mut *self.problem;
        let renaming = Renaming::new(bank, left, normal);
        let Some(chain) = renamed(bank, Chain { start: left, steps }, renaming, least) else { return };
        let renaming = Renaming::new(bank, left, normal);
        let (left, normal) = (renaming.apply(bank, left), renaming.apply(bank, normal));
        let changed = rule(bank, left, normal, Origin::Chain(chain));
        self.deactivate(number);
        self.activate(changed);
    }

    /// Whether the sides differ at one place by an instance of an equation.
    fn subsumed(&mut self, mut left: Node, mut right: Node) -> bool {
        loop {
            let bank = &self.problem.bank;
            if self.rewriter.says(bank, &self.rules, left, right) {
                return true;
            }
            if bank.symbol(left).is_none() || bank.symbol(left) != bank.symbol(right) {
                return false;
            }
            let mut pairs = bank.arguments(left).iter().zip(bank.arguments(right)).filter(|(a, b)| a != b);
            let (Some((&a, &b)), None) = (pairs.next(), pairs.next()) else { return false };
            (left, right) = (a, b);
        }
    }

    /// Has the overlaps of an equation with all that rewrite wait, itself included.
    fn overlap_with_all(&mut self, env: &Environment, new: u32) {
        let others = self.active.clone();
        for &own in self.rules[new as usize].directions() {
            let own = Use { rule: new, reversed: own };
            let into_own = positions(&self.problem.bank, self.rules[new as usize].sides(own.reversed).0);
            for &number in &others {
                if self.work() >= self.limits.work || env.is_late() {
                    return;
                }
                for &reversed in self.rules[number as usize].directions() {
                    let other = Use { rule: number, reversed };
                    self.overlaps(env, (own, other), &into_own);
                    if number != new {
                        let into_other = positions(&self.problem.bank, self.rules[number as usize].sides(reversed).0);
                        // At the root it is the same pair.
                        self.overlaps(env, (other, own), into_other.get(1..).unwrap_or_default());
                    }
                }
            }
        }
    }

    /// Has the overlaps of a side of one equation into some positions of another's wait.
    fn overlaps(&mut self, env: &Environment, (outer, inner): (Use, Use), positions: &[Position]) {
        let (from, to) = self.rules[outer.rule as usize].sides(outer.reversed);
        let (part, by) = self.rules[inner.rule as usize].sides_apart(inner.reversed);
        if self.problem.bank.symbol(part).is_none() {
            return;
        }
        // With itself at the root an equation says something only where a side has variables that the other lacks.
        let bank = &self.problem.bank;
        let is_trivial = outer == inner && bank.variables(to) & !bank.variables(from) == 0;
        for position in positions {
            self.rewriter.work += 1;
            if position.path.is_empty() && is_trivial {
                continue;
            }
            self.bindings.clear();
            if self.problem.bank.unify(position.node, part, &mut self.bindings) {
                if env.is_late() {
                    return;
                }
                self.rewriter.work += 8;
                self.overlap((outer, inner), position, (from, to), (part, by));
            }
        }
    }

    /// Has an overlap wait that the bindings are of, unless it says nothing.
    fn overlap(
        &mut self,
        (outer, inner): (Use, Use),
        position: &Position,
        (from, to): (Node, Node),
        (part, by): (Node, Node),
    ) {
        let bank = &mut self.problem.bank;
        let peak = bank.resolve(from, &self.bindings);
        let right = bank.resolve(to, &self.bindings);
        let decreases = |bank: &_, from, to| {
            !matches!(knuth_bendix::compare(bank, from, to), Some(Ordering::Less | Ordering::Equal))
        };
        if !self.rules[outer.rule as usize].oriented && !decreases(bank, peak, right) {
            return;
        }
        let (redex, reduct) = (bank.resolve(part, &self.bindings), bank.resolve(by, &self.bindings));
        if !self.rules[inner.rule as usize].oriented && !decreases(bank, redex, reduct) {
            return;
        }
        if bank.weight(right).max(bank.weight(peak)) > self.limits.weight {
            self.was_cut = true;
            return;
        }
        let left = bank.replace(peak, &position.path, reduct);
        for place in 0..self.problem.bank.arguments(redex).len() {
            let argument = self.problem.bank.arguments(redex)[place];
            if self.normal(argument) != argument {
                return;
            }
        }
        let (left, right) = (self.normal(left), self.normal(right));
        if left != right {
            let weight = score(&self.problem.bank, left, right);
            self.wait(weight, Waiting::Overlap { outer, inner, place: position.place });
        }
    }
}

/// The score that decides when a pair's turn comes: light ones first, the greater side counting more.
fn score(bank: &Bank, left: Node, right: Node) -> u32 {
    let (left, right) = (bank.weight(left), bank.weight(right));
    left.max(right).saturating_mul(4).saturating_add(left.min(right))
}

/// A subterm that is not a variable.
struct Position {
    /// Its number in preorder.
    place: u16,
    path: Path,
    node: Node,
}

/// The subterms of a term that are not variables, in preorder.
fn positions(bank: &Bank, node: Node) -> Vec<Position> {
    let mut found = Vec::new();
    let mut open = vec![(Path::new(), node)];
    while let Some((path, node)) = open.pop() {
        if bank.symbol(node).is_none() {
            continue;
        }
        for (place, &argument) in bank.arguments(node).iter().enumerate().rev() {
            let mut path = path.clone();
            path.push(place as u16);
            open.push((path, argument));
        }
        found.push(Position { place: found.len() as u16, path, node });
    }
    found
}
