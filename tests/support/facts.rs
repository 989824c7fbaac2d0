//! Theorems that follow from a theory's equations by rewriting, the same for the same seed: search must find the same
//! proofs beside them as without.

use prover_logic::TermId;
use prover_proof::Rules;
use prover_proof::rules::Maker;
use prover_theory::Theory;
use prover_theory::print::{Names, print};
use prover_theory::terms::matching::replace;
use prover_theory::terms::rewriting::closed_subterms;
use rand::prelude::*;
use rand_chacha::ChaCha8Rng;
use rustc_hash::FxHashSet;

/// Variables of each type that a theorem may have.
const VARIABLES: u32 = 2;
/// The nesting of the terms that an equation is instantiated with.
const DEPTH: u32 = 3;

struct Generator {
    theory: Theory,
    rules: Rules,
    rng: ChaCha8Rng,
    /// The variables, by type.
    variables: Vec<(TermId, TermId)>,
}

/// A file with this many theorems, each proved, about a theory that is built in: instances of its equations for random
/// terms, in either direction, and the same inside of other terms.
pub fn redundant(base: &str, count: usize, seed: u64) -> String {
    let mut theory = Theory::from_source(base).expect("a built-in theory");
    let rules = Rules::new(&mut theory).expect("it can be laid out");
    let mut generator = Generator { theory, rules, rng: ChaCha8Rng::seed_from_u64(seed), variables: Vec::new() };
    let mut types: Vec<TermId> = generator.rules.makers.iter().map(|maker| maker.output).collect();
    types.sort_unstable();
    types.dedup();
    for ty in types {
        for _ in 0..VARIABLES {
            let number = generator.variables.len() as u32;
            let variable = generator.theory.environment.store.local(number, ty);
            generator.variables.push((ty, variable));
        }
    }
    let mut text = format!("import \"{base}\".\n");
    let mut seen = FxHashSet::default();
    while seen.len() < count {
        let Some((statement, item)) = generator.theorem(&format!("r{}", seen.len())) else { continue };
        if seen.insert(statement) {
            text.push_str(&item);
        }
    }
    text
}

impl Generator {
    /// A random object of a type, if one is found.
    fn object(&mut self, ty: TermId, depth: u32) -> Option<TermId> {
        let is_leaf = |maker: &&Maker| maker.output == ty && (depth > 0 || maker.inputs.is_empty());
        let makers: Vec<Maker> = self.rules.makers.iter().filter(is_leaf).cloned().collect();
        let variables: Vec<TermId> = self.variables.iter().filter(|(of, _)| *of == ty).map(|&(_, v)| v).collect();
        let takes_variable = !variables.is_empty() && self.rng.random_bool(if depth == 0 { 0.7 } else { 0.3 });
        if takes_variable || makers.is_empty() {
            return variables.choose(&mut self.rng).copied();
        }
        let maker = makers.choose(&mut self.rng)?.clone();
        self.made(&maker, None, depth)
    }

    /// The result of a maker on random objects and, at a random place of its type, on a given one.
    fn made(&mut self, maker: &Maker, given: Option<(TermId, TermId)>, depth: u32) -> Option<TermId> {
        let places: Vec<usize> =
            (0..maker.inputs.len()).filter(|&place| given.is_some_and(|(ty, _)| maker.inputs[place] == ty)).collect();
        let chosen = places.choose(&mut self.rng).copied();
        let mut arguments = Vec::new();
        for (place, &input) in maker.inputs.iter().enumerate() {
            arguments.push(match given.filter(|_| chosen == Some(place)) {
                Some((_, object)) => object,
                None => self.object(input, depth.saturating_sub(1))?,
            });
        }
        (given.is_none() || chosen.is_some()).then(|| self.theory.environment.store.apps(maker.function, &arguments))
    }

    /// A random theorem with its text.
    fn theorem(&mut self, name: &str) -> Option<(TermId, String)> {
        let equality = self.theory.equality?;
        let rule = self.rules.equations.all().choose(&mut self.rng)?.equation.clone();
        let mut values = Vec::new();
        for parameter in &rule.signature.parameters {
            values.push(self.object(parameter.domain, DEPTH)?);
        }
        let store = &mut self.theory.environment.store;
        let eq = store.constant(equality.eq);
        let [ty, left, right] = [rule.ty, rule.left, rule.right].map(|side| store.instantiate(side, &values));
        let (mut outer_ty, mut whole) = (ty, [left, right]);
        let is_inside = self.rng.random_bool(0.3);
        if is_inside {
            let takes = |maker: &&Maker| maker.inputs.contains(&ty);
            let maker = self.rules.makers.iter().filter(takes).choose(&mut self.rng)?.clone();
            let outer = self.made(&maker, Some((ty, left)), 2)?;
            let other = replace(&mut self.theory.environment.store, outer, left, right);
            (outer_ty, whole) = (maker.output, [outer, other]);
        }
        let is_reversed = self.rng.random_bool(0.3);
        let [refl, symm] = [equality.refl, equality.symm].map(|id| self.theory.environment.store.constant(id));
        let environment = &mut self.theory.environment;
        let store = &mut environment.store;
        let mut equation = |ty, left, right| store.apps(eq, &[ty, left, right]);
        let (forth, back) = (equation(outer_ty, whole[0], whole[1]), equation(outer_ty, whole[1], whole[0]));
        let mut steps = vec![(equation(ty, left, right), Some(rule.function))];
        if is_inside {
            steps.insert(0, (equation(outer_ty, whole[0], whole[0]), Some(refl)));
            steps.push((forth, None));
        }
        if is_reversed {
            steps.push((back, Some(symm)));
        }
        let conclusion = if is_reversed { back } else { forth };
        let mentioned = closed_subterms(store, conclusion);
        let used: Vec<(TermId, TermId)> =
            self.variables.iter().copied().filter(|(_, variable)| mentioned.contains(variable)).collect();
        let locals: Vec<TermId> = used.iter().map(|&(_, variable)| variable).collect();
        let statement = store.close_pi(conclusion, &locals);
        let mut names = Names::new();
        let mut item = format!("theorem {name} : {} {{\n", print(environment, &names, statement));
        for (number, (ty, local)) in used.into_iter().enumerate() {
            item.push_str(&format!("  intro x{number} : {}.\n", print(environment, &names, ty)));
            names.insert(local, &format!("x{number}"));
        }
        for (proposition, by) in steps {
            let by = by.map_or("rewrite".into(), |by| print(environment, &names, by));
            item.push_str(&format!("  show {} by {by}.\n", print(environment, &names, proposition)));
        }
        item.push_str("}\n");
        (whole[0] != whole[1]).then_some((statement, item))
    }
}
