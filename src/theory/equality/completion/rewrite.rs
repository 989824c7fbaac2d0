//! Rewriting to normal forms, with a link from each term to the term that it is rewritten to, so that the steps can be
//! reconstructed.

use super::bank::{Bank, Bindings, Node};
use super::rule::{Path, Rule, Step, Use};
use crate::terms::index::Index;
use crate::terms::order::knuth_bendix::{self, FirstOrder};
use std::cmp::Ordering;

/// The state of knowledge about a term's rewriting.
#[derive(Clone, Copy, Debug)]
enum Link {
    Unknown,
    /// No rule rewrites it, as of a version of the equations.
    Normal(u32),
    /// An equation at the root.
    Root(Node, Use),
    /// Its arguments are rewritten first.
    Arguments(Node),
}

/// The equations that rewrite, and the cached results of rewriting terms.
#[derive(Clone, Debug, Default)]
pub(super) struct Rewriter {
    pub index: Index<u32, Use>,
    links: Vec<(u32, Link)>,
    /// Raised with each equation that is added.
    version: u32,
    /// Raised when equations are taken away: no link from before counts.
    epoch: u32,
    bindings: Bindings,
    found: Vec<Use>,
    /// The number of terms looked at.
    pub work: u64,
    /// The work at which terms stay as they are, whatever would rewrite them.
    pub limit: u64,
}

impl Rewriter {
    /// A rewriter without equations, and with so much work to do at most.
    pub fn new(limit: u64) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Has terms that were normal looked at again.
    pub fn grow(&mut self) {
        self.version += 1;
    }

    /// Forgets all cached results.
    pub fn forget(&mut self) {
        self.version += 1;
        self.epoch += 1;
    }

    fn link(&self, node: Node) -> Link {
        match self.links.get(node.index()) {
            Some(&(epoch, link)) if epoch == self.epoch => link,
            _ => Link::Unknown,
        }
    }

    fn set(&mut self, node: Node, link: Link) {
        if self.links.len() <= node.index() {
            self.links.resize(node.index() + 1, (0, Link::Unknown));
        }
        self.links[node.index()] = (self.epoch, link);
    }

    /// The normal form of a term; `least` are the least terms by sort, which stand for variables on one side only.
    pub fn normal(&mut self, bank: &mut Bank, rules: &[Rule], least: &[Option<Node>], node: Node) -> Node {
        let mut node = node;
        loop {
            match self.link(node) {
                Link::Normal(version) if version == self.version => return node,
                Link::Root(next, _) | Link::Arguments(next) => {
                    node = next;
                    continue;
                }
                Link::Normal(_) | Link::Unknown => {}
            }
            self.work += 1;
            if self.work >= self.limit {
                return node;
            }
            let count = bank.arguments(node).len();
            let mut changed: Option<Vec<Node>> = None;
            for place in 0..count {
                let argument = bank.arguments(node)[place];
                let normal = self.normal(bank, rules, least, argument);
                if normal != argument {
                    changed.get_or_insert_with(|| bank.arguments(node).to_vec())[place] = normal;
                }
            }
            if let Some(arguments) = changed {
                let next = bank.with_arguments(node, &arguments);
                self.set(node, Link::Arguments(next));
                node = next;
                continue;
            }
            match self.at_root(bank, rules, least, node) {
                Some((next, used)) => {
                    self.set(node, Link::Root(next, used));
                    node = next;
                }
                None => {
                    self.set(node, Link::Normal(self.version));
                    return node;
                }
            }
        }
    }

    /// The first equation that makes a term smaller at its root.
    fn at_root(&mut self, bank: &mut Bank, rules: &[Rule], least: &[Option<Node>], node: Node) -> Option<(Node, Use)> {
        bank.symbol(node)?;
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        self.work += self.index.matching(bank, node, &mut found);
        let mut result = None;
        for &used in &found {
            self.work += 1;
            if let Some(next) =
                rewritten(bank, &rules[used.rule as usize], used.reversed, least, node, &mut self.bindings)
            {
                result = Some((next, used));
                break;
            }
        }
        self.found = found;
        result
    }

    /// Whether a rule rewrites a term somewhere; the term must be normal except for this rule.
    pub fn rewrites(&mut self, bank: &mut Bank, rule: &Rule, least: &[Option<Node>], node: Node) -> bool {
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            if bank.symbol(node).is_none() {
                continue;
            }
            self.work += 1;
            for &reversed in rule.directions() {
                if rewritten(bank, rule, reversed, least, node, &mut self.bindings).is_some() {
                    return true;
                }
            }
            open.extend_from_slice(bank.arguments(node));
        }
        false
    }

    /// Whether an equation says at its root that two terms are equal.
    pub fn says(&mut self, bank: &Bank, rules: &[Rule], left: Node, right: Node) -> bool {
        self.found.clear();
        self.work += self.index.matching(bank, left, &mut self.found);
        let bindings = &mut self.bindings;
        self.found.iter().any(|used| {
            let (from, to) = rules[used.rule as usize].sides(used.reversed);
            bindings.clear();
            bank.matches(from, left, bindings) && bank.matches(to, right, bindings)
        })
    }

    /// Appends the steps by which a term was rewritten to another, both at a path.
    pub fn explain(&self, bank: &Bank, mut node: Node, target: Node, path: &mut Path, steps: &mut Vec<Step>) -> bool {
        while node != target {
            match self.link(node) {
                Link::Root(next, used) => {
                    steps.push(Step { used, path: path.clone(), before: node, after: next });
                    node = next;
                }
                Link::Arguments(next) => {
                    for place in 0..bank.arguments(node).len() {
                        path.push(place as u16);
                        let (from, to) = (bank.arguments(node)[place], bank.arguments(next)[place]);
                        let told = self.explain(bank, from, to, path, steps);
                        path.pop();
                        if !told {
                            return false;
                        }
                    }
                    node = next;
                }
                Link::Normal(_) | Link::Unknown => return false,
            }
        }
        true
    }
}

/// A term rewritten at its root by a rule in one direction, if that makes it smaller.
fn rewritten(
    bank: &mut Bank,
    rule: &Rule,
    reversed: bool,
    least: &[Option<Node>],
    node: Node,
    bindings: &mut Bindings,
) -> Option<Node> {
    let (from, to) = rule.sides(reversed);
    bindings.clear();
    if !bank.matches(from, node, bindings) {
        return None;
    }
    let missing = bank.variables(to) & !bank.variables(from);
    if missing != 0 {
        let mut variables = Vec::new();
        bank.variables_in_order(to, &mut variables);
        for variable in variables {
            let number = bank.as_variable(variable)?;
            if bindings.get(number).is_none() {
                bindings.bind(number, (*least.get(bank.sort(variable) as usize)?)?);
            }
        }
    }
    let result = bank.instantiate(to, bindings);
    let smaller = rule.oriented || knuth_bendix::compare(bank, node, result) == Some(Ordering::Greater);
    smaller.then_some(result)
}
