//! The equations that a proof needs, out of all that completion derived, arranged to make it short.
//!
//! An equation that is used once is replaced by the steps that led to it, and so is an equation that follows from
//! another in one step; a chain that returns to an earlier term is shortened to go on from there. The rest are lemmas,
//! each used several times.

use super::bank::{Bank, Bindings, Node};
use super::rule::{Chain, Origin, Rule, Step, Use};
use rustc_hash::FxHashMap;

/// Steps of all chains together beyond which no more are put in the place of others.
const MAX_STEPS: usize = 20_000;

/// An equation that a proof needs.
#[derive(Clone, Debug)]
pub(super) struct Lemma {
    /// Its number.
    pub rule: u32,
    pub left: Node,
    pub right: Node,
    /// The rewriting of its left side to its right one, by facts and by lemmas before it.
    pub chain: Chain,
}

/// A chain from one side of the goal to the other, and the lemmas that it needs, each after those that it rests on.
#[derive(Clone, Debug)]
pub(super) struct Derivation {
    pub lemmas: Vec<Lemma>,
    pub chain: Chain,
}

impl Derivation {
    /// The derivation of a goal's chain; `None` if the steps of a chain do not fit together, which would be a fault of
    /// completion.
    pub fn new(bank: &mut Bank, rules: &[Rule], goal: Chain) -> Option<Self> {
        let mut chains = needed(rules, &goal);
        let mut goal = goal.without_detours(bank);
        // Twice: what was put in the place of a step may show that other equations are used once, or not at all.
        for _ in 0..ROUNDS {
            let words = new_words(&chains);
            goal = shortened(bank, rules, &mut chains, goal, &|number| words.contains_key(&number))?;
            let counts = counted(&chains, &goal);
            let is_single = |number: u32| counts.get(&number).copied().unwrap_or(0) <= 1;
            goal = shortened(bank, rules, &mut chains, goal, &is_single)?;
        }
        let lemmas = chains.into_iter().map(|(rule, chain)| {
            let Rule { left, right, .. } = rules[rule as usize];
            Lemma { rule, left, right, chain }
        });
        Some(Self { lemmas: lemmas.collect(), chain: goal })
    }

    /// The number of steps.
    pub fn len(&self) -> usize {
        self.lemmas.iter().map(|lemma| lemma.chain.steps.len()).sum::<usize>() + self.chain.steps.len()
    }
}

const ROUNDS: usize = 3;

/// Derived equations with their chains, by number, ascending.
type Chains = Vec<(u32, Chain)>;

/// The derived equations that a chain rests on.
fn needed(rules: &[Rule], goal: &Chain) -> Chains {
    let mut found: FxHashMap<u32, &Chain> = FxHashMap::default();
    let mut open = vec![goal];
    while let Some(chain) = open.pop() {
        for step in &chain.steps {
            if let Origin::Chain(next) = &rules[step.used.rule as usize].origin
                && found.insert(step.used.rule, next).is_none()
            {
                open.push(next);
            }
        }
    }
    let mut chains: Chains = found.into_iter().map(|(number, chain)| (number, chain.clone())).collect();
    chains.sort_by_key(|&(number, _)| number);
    chains
}

/// The equations that follow from another one in a single step.
fn new_words(chains: &Chains) -> FxHashMap<u32, ()> {
    chains.iter().filter(|(_, chain)| chain.steps.len() <= 1).map(|&(number, _)| (number, ())).collect()
}

/// The number of uses of each equation.
fn counted(chains: &Chains, goal: &Chain) -> FxHashMap<u32, usize> {
    let mut counts = FxHashMap::default();
    for step in chains.iter().map(|(_, chain)| chain).chain([goal]).flat_map(|chain| &chain.steps) {
        *counts.entry(step.used.rule).or_insert(0) += 1;
    }
    counts
}

/// Puts the chains of some equations in the place of the steps that use them; the goal's chain, and in `chains` those
/// that it still rests on.
fn shortened(
    bank: &mut Bank,
    rules: &[Rule],
    chains: &mut Chains,
    goal: Chain,
    dissolves: &dyn Fn(u32) -> bool,
) -> Option<Chain> {
    let mut dissolved: FxHashMap<u32, Chain> = FxHashMap::default();
    let mut kept = Chains::new();
    let mut total: usize = 0;
    for (number, chain) in chains.drain(..).chain([(u32::MAX, goal)]) {
        let mut steps = Vec::with_capacity(chain.steps.len());
        for step in chain.steps {
            match dissolved.get(&step.used.rule) {
                Some(chain) => expand(bank, &rules[step.used.rule as usize], chain, &step, &mut steps)?,
                None => steps.push(step),
            }
        }
        let chain = Chain { start: chain.start, steps }.without_detours(bank);
        total += chain.steps.len();
        if number != u32::MAX && dissolves(number) && total < MAX_STEPS {
            dissolved.insert(number, chain);
        } else {
            kept.push((number, chain));
        }
    }
    let (_, goal) = kept.pop()?;
    *chains = still_needed(kept, &goal);
    Some(goal)
}

/// The chains that others rest on.
fn still_needed(chains: Chains, goal: &Chain) -> Chains {
    let mut used: FxHashMap<u32, ()> = goal.steps.iter().map(|step| (step.used.rule, ())).collect();
    let mut kept = Chains::new();
    for (number, chain) in chains.into_iter().rev() {
        if used.contains_key(&number) {
            used.extend(chain.steps.iter().map(|step| (step.used.rule, ())));
            kept.push((number, chain));
        }
    }
    kept.reverse();
    kept
}

/// Appends the steps of an equation's chain in the place of a step that uses the equation.
fn expand(bank: &mut Bank, rule: &Rule, chain: &Chain, step: &Step, steps: &mut Vec<Step>) -> Option<()> {
    let bindings = instance(bank, rule, step)?;
    let mut own = Vec::with_capacity(chain.steps.len());
    for Step { used, path, before, after } in &chain.steps {
        let path = [step.path.as_slice(), path].concat();
        let (before, after) = (bank.instantiate(*before, &bindings), bank.instantiate(*after, &bindings));
        own.push(Step { used: *used, path, before, after });
    }
    match step.used.reversed {
        true => steps.extend(Chain::back(own)),
        false => steps.extend(own),
    }
    Some(())
}

/// The terms that the variables of an equation stand for in a step; `None` if the step is none by this equation.
pub(super) fn instance(bank: &Bank, rule: &Rule, step: &Step) -> Option<Bindings> {
    let Use { reversed, .. } = step.used;
    let (from, to) = rule.sides(reversed);
    let mut bindings = Bindings::default();
    let fits = bank.matches(from, step.before, &mut bindings) && bank.matches(to, step.after, &mut bindings);
    fits.then_some(bindings)
}
