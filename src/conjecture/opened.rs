//! A statement with its binders opened, and the representative of all statements that differ from it only by
//! symmetries.

use prover_logic::{Sort, Store, Term, TermId};
use prover_theory::Theory;
use prover_theory::terms::equation::Equation;
use prover_theory::terms::signature::mentions;
use rustc_hash::FxHashSet;

/// Locals of these numbers stand for variables in keys; no statement's own locals get so high.
const KEY_BASE: u32 = 1 << 28;

/// A statement with its binders opened.
#[derive(Clone, Debug)]
pub(super) struct Opened {
    /// The quantified variables as locals, outermost first.
    pub variables: Vec<TermId>,
    /// The premises.
    pub hypotheses: Vec<TermId>,
    /// The conclusion.
    pub conclusion: TermId,
    /// Whether each variable occurs in its scope.
    pub all_used: bool,
}

impl Opened {
    /// Opens a closed statement.
    pub fn new(theory: &mut Theory, statement: TermId) -> Self {
        Self::numbered_from(theory, statement, 0)
    }

    /// Opens a closed statement with locals that have this number or greater ones.
    pub fn numbered_from(theory: &mut Theory, statement: TermId, first: u32) -> Self {
        let mut opened = Self { variables: Vec::new(), hypotheses: Vec::new(), conclusion: statement, all_used: true };
        let mut locals = Vec::new();
        let mut rest = statement;
        while let Term::Pi(domain, body) = theory.environment.store.term(rest) {
            let domain = theory.environment.store.instantiate(domain, &locals);
            let used = !mentions(&theory.environment.store, body, 1).is_empty();
            let is_premise = !used && theory.environment.sort_of(domain) == Ok(Sort::Prop);
            locals.push(theory.environment.store.local(first + locals.len() as u32, domain));
            if is_premise {
                opened.hypotheses.push(domain);
            } else {
                opened.variables.extend(locals.last());
                opened.all_used &= used;
            }
            rest = body;
        }
        opened.conclusion = theory.environment.store.instantiate(rest, &locals);
        opened
    }

    /// The same statement for all statements that come from each other by exchanging the sides of an equation that is
    /// the conclusion or a hypothesis, and by the order of quantified variables and hypotheses. (Where two hypotheses
    /// can be distinguished only by variables that occur in no conclusion, orders of them may be kept apart.)
    pub fn canonical(&self, theory: &mut Theory) -> TermId {
        let first = self.arranged(theory, self.conclusion);
        match flipped(theory, self.conclusion) {
            Some(other) => first.min(self.arranged(theory, other)),
            None => first,
        }
    }

    /// The statement with variables in the order in which they occur, the conclusion looked at first, and sorted
    /// hypotheses.
    fn arranged(&self, theory: &mut Theory, conclusion: TermId) -> TermId {
        let store = &mut theory.environment.store;
        let mut order = Vec::new();
        self.occurrences(store, conclusion, &mut order);
        // Variables that the conclusion has are told apart, the others only by their types.
        let key_of = |store: &mut Store, variable: &TermId| {
            let place = order.iter().position(|v| v == variable).map_or(KEY_BASE, |p| KEY_BASE + 1 + p as u32);
            match store.term(*variable) {
                Term::Local { ty, .. } => store.local(place, ty),
                _ => *variable,
            }
        };
        let keys: Vec<TermId> = self.variables.iter().map(|v| key_of(store, v)).collect();
        let mut hypotheses = Vec::with_capacity(self.hypotheses.len());
        for &hypothesis in &self.hypotheses {
            let mut key = self.renamed(&mut theory.environment.store, hypothesis, &keys);
            let mut chosen = hypothesis;
            if let Some(other) = flipped(theory, hypothesis) {
                let other_key = self.renamed(&mut theory.environment.store, other, &keys);
                if other_key < key {
                    (key, chosen) = (other_key, other);
                }
            }
            hypotheses.push((key, chosen));
        }
        hypotheses.sort_by_key(|&(key, _)| key);
        let store = &mut theory.environment.store;
        for &(_, hypothesis) in &hypotheses {
            self.occurrences(store, hypothesis, &mut order);
        }
        order.extend(self.variables.iter().filter(|v| !order.contains(v)).copied().collect::<Vec<_>>());
        // A variable's type may mention earlier variables; then their order stays.
        let independent = |v: &TermId| matches!(store.term(*v), Term::Local { ty, .. } if store.local_bound(ty) == 0);
        if !self.variables.iter().all(independent) {
            order.clone_from(&self.variables);
        }
        let body = hypotheses.iter().rev().fold(conclusion, |body, &(_, hypothesis)| store.pi(hypothesis, body));
        store.close_pi(body, &order)
    }

    fn renamed(&self, store: &mut Store, term: TermId, names: &[TermId]) -> TermId {
        let pattern = store.abstract_locals(term, &self.variables);
        store.instantiate(pattern, names)
    }

    /// Appends the variables that occur in a term, in the order of their first occurrence from the left.
    fn occurrences(&self, store: &Store, term: TermId, order: &mut Vec<TermId>) {
        let mut open = vec![term];
        let mut seen = FxHashSet::default();
        while let Some(id) = open.pop() {
            if store.local_bound(id) == 0 || !seen.insert(id) {
                continue;
            }
            match store.term(id) {
                Term::Local { .. } if self.variables.contains(&id) && !order.contains(&id) => order.push(id),
                Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) => open.extend([b, a]),
                _ => {}
            }
        }
    }
}

/// Whether a closed statement quantifies over objects.
pub fn has_variables(theory: &mut Theory, statement: TermId) -> bool {
    !Opened::new(theory, statement).variables.is_empty()
}

/// An equation with its sides exchanged; `None` for other propositions.
pub(super) fn flipped(theory: &mut Theory, proposition: TermId) -> Option<TermId> {
    let equality = theory.equality?;
    let store = &mut theory.environment.store;
    let (ty, left, right) = Equation::sides(store, &equality, proposition)?;
    let relation = store.constant(equality.eq);
    Some(store.apps(relation, &[ty, right, left]))
}
