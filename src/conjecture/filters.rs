//! Filters: statements that are not worth an attempt, with the reasons.

use super::instance::{gives, head_of_known, occurs};
use super::modulo::Modulo;
use super::opened::{Opened, flipped};
use super::refusal::{Admission, Refusal, Treatment, Treatments};
use prover_logic::environment::DEFAULT_BUDGET;
use prover_logic::{Sort, Term, TermId};
use prover_theory::Theory;
use prover_theory::terms::equation::Equation;
use prover_theory::terms::signature::Signature;
use rustc_hash::{FxHashMap, FxHashSet};

/// Steps that the search for an instance of one known fact may take.
const INSTANCE_BUDGET: u64 = 30_000;

/// Settings of the filters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterOptions {
    /// Whether instances of known facts are refused ([`Refusal::Instance`]). Default true.
    pub refuse_instances: bool,
    /// Whether a variable may be the conclusion where a hypothesis speaks of it, as in
    /// `[('a0 : prop) -> ('a1 : prop) -> (and 'a0 'a1) -> 'a1]`. Default false.
    pub allow_variable_conclusion: bool,
    /// The treatment of statements that are recognised up to the theory's equations; `None`: they are not looked for.
    /// Default `None`.
    pub modulo: Option<Treatments>,
}

impl Default for FilterOptions {
    fn default() -> Self {
        Self { refuse_instances: true, allow_variable_conclusion: false, modulo: None }
    }
}

/// Refuses statements; remembers the known facts and the conjectures.
///
/// Statements are remembered by their index in a store: all are of one theory, or of forks in which they have the same
/// index.
#[derive(Clone, Debug)]
pub struct Filters {
    options: FilterOptions,
    seen: FxHashSet<TermId>,
    canonical: FxHashSet<TermId>,
    /// Known facts by the head of their conclusion; `None` for a variable.
    known: FxHashMap<Option<TermId>, Vec<Signature>>,
    falsehood: Option<TermId>,
    negation: Option<TermId>,
    conjunction: Option<TermId>,
    /// Statements and facts known up to equations, if these are looked for.
    modulo: Option<Modulo>,
}

impl Filters {
    /// Filters that know the axioms and theorems of a theory. `false`, `not` and `and` are known by these names.
    pub fn new(theory: &mut Theory, options: FilterOptions) -> Self {
        let constant = |theory: &mut Theory, name: &str| {
            theory.environment.find(name).map(|constant| theory.environment.store.constant(constant))
        };
        let mut filters = Self {
            options,
            seen: FxHashSet::default(),
            canonical: FxHashSet::default(),
            known: FxHashMap::default(),
            falsehood: constant(theory, "false"),
            negation: constant(theory, "not"),
            conjunction: constant(theory, "and"),
            modulo: None,
        };
        if filters.options.modulo.is_some() {
            // A theory that cannot be laid out for search proves nothing that could be known.
            filters.modulo = Modulo::new(theory).ok().flatten();
        }
        let types: Vec<TermId> = theory.environment.declarations().map(|(_, declaration)| declaration.ty).collect();
        for ty in types {
            if theory.environment.sort_of(ty) == Ok(Sort::Prop) {
                filters.add_known(theory, ty);
            }
        }
        filters
    }

    /// Makes a proved statement known: neither it nor its instances are admitted from now on.
    pub fn add_known(&mut self, theory: &mut Theory, statement: TermId) {
        self.remember(theory, statement);
        if let Some(modulo) = &mut self.modulo {
            let opened = Opened::new(theory, statement);
            modulo.add_known(theory, &opened);
        }
        let arity = Signature::arity(&theory.environment.store, statement);
        let Ok(signature) = Signature::new(&mut theory.environment, statement, arity) else { return };
        if let Some(head) = head_of_known(theory, &signature) {
            self.known.entry(head).or_default().push(signature);
        }
    }

    /// Makes a statement count as conjectured, without asking whether it is worth it.
    pub fn remember(&mut self, theory: &mut Theory, statement: TermId) {
        self.seen.insert(statement);
        let opened = Opened::new(theory, statement);
        let canonical = opened.canonical(theory);
        self.canonical.insert(canonical);
        if let Some(modulo) = &mut self.modulo {
            modulo.remember(theory, &opened);
        }
    }

    /// Remembers a statement as conjectured, or says why it is refused.
    pub fn admit(&mut self, theory: &mut Theory, statement: TermId) -> Result<Admission, Refusal> {
        let admission = self.examine(theory, statement)?;
        self.remember(theory, statement);
        Ok(admission)
    }

    /// Says why a closed statement is refused, if it is.
    pub fn check(&self, theory: &mut Theory, statement: TermId) -> Result<(), Refusal> {
        self.examine(theory, statement).map(|_| ())
    }

    fn examine(&self, theory: &mut Theory, statement: TermId) -> Result<Admission, Refusal> {
        let opened = Opened::new(theory, statement);
        let refuse = |is_so: bool, refusal: Refusal| if is_so { Err(refusal) } else { Ok(()) };
        refuse(!opened.all_used, Refusal::UnusedVariable)?;
        self.check_conclusion(theory, &opened)?;
        refuse(opened.hypotheses.contains(&opened.conclusion), Refusal::RestatedHypothesis)?;
        let repeated = |(i, h)| opened.hypotheses[..i].contains(h);
        refuse(opened.hypotheses.iter().enumerate().any(repeated), Refusal::RepeatedHypothesis)?;
        refuse(opened.hypotheses.iter().any(|&h| is_reflexive(theory, h)), Refusal::TrivialHypothesis)?;
        refuse(self.contradictory(theory, &opened.hypotheses), Refusal::ContradictoryHypotheses)?;
        refuse(self.seen.contains(&statement), Refusal::Duplicate)?;
        let canonical = opened.canonical(theory);
        refuse(self.canonical.contains(&canonical), Refusal::Symmetric)?;
        refuse(self.options.refuse_instances && self.is_instance(theory, &opened), Refusal::Instance)?;
        let (Some(modulo), Some(treatments)) = (&self.modulo, self.options.modulo) else {
            return Ok(Admission::Attempt(None));
        };
        match modulo.recognise(theory, statement, &opened) {
            None => Ok(Admission::Attempt(None)),
            Some(class) => match treatments.of(class) {
                Treatment::Keep => Ok(Admission::Attempt(Some(class))),
                Treatment::Trivial => Ok(Admission::Trivial(class)),
                Treatment::Drop => Err(class),
            },
        }
    }

    fn check_conclusion(&self, theory: &mut Theory, opened: &Opened) -> Result<(), Refusal> {
        let is_variable = |term: TermId| opened.variables.contains(&term);
        let negated = self.negated(theory, opened.conclusion).unwrap_or(opened.conclusion);
        if is_variable(negated) && !opened.hypotheses.iter().any(|&h| occurs(&theory.environment, negated, h)) {
            return Err(Refusal::EveryProposition);
        }
        if is_variable(opened.conclusion) && !self.options.allow_variable_conclusion {
            return Err(Refusal::VariableConclusion);
        }
        if is_reflexive(theory, opened.conclusion) { Err(Refusal::Reflexive) } else { Ok(()) }
    }

    /// `A` of `(not A)` and of `[A -> false]`.
    fn negated(&self, theory: &Theory, proposition: TermId) -> Option<TermId> {
        match theory.environment.store.term(proposition) {
            Term::App(head, argument) if Some(head) == self.negation => Some(argument),
            // The body has no variable in it, so the premise is as it stands.
            Term::Pi(premise, body) if Some(body) == self.falsehood => Some(premise),
            _ => None,
        }
    }

    fn contradictory(&self, theory: &Theory, hypotheses: &[TermId]) -> bool {
        let store = &theory.environment.store;
        let mut facts = Vec::new();
        let mut open = hypotheses.to_vec();
        while let Some(fact) = open.pop() {
            if let Term::App(rest, right) = store.term(fact)
                && let Term::App(head, left) = store.term(rest)
                && Some(head) == self.conjunction
            {
                open.extend([left, right]);
            } else {
                facts.push(fact);
            }
        }
        facts.iter().any(|&fact| {
            Some(fact) == self.falsehood
                || self
                    .negated(theory, fact)
                    .is_some_and(|negated| facts.contains(&negated) || is_reflexive(theory, negated))
        })
    }

    /// Whether one known fact gives the conclusion, its premises being among the hypotheses.
    fn is_instance(&self, theory: &mut Theory, opened: &Opened) -> bool {
        let mut targets = vec![opened.conclusion];
        targets.extend(flipped(theory, opened.conclusion));
        for target in targets {
            let head = theory.environment.store.head(target);
            let facts = [Some(head), None].into_iter().filter_map(|head| self.known.get(&head)).flatten();
            for fact in facts {
                theory.environment.set_budget(INSTANCE_BUDGET);
                // A fact that exhausts its budget is taken for one that does not match.
                let matches = gives(&mut theory.environment, fact, target, &opened.hypotheses) == Ok(true);
                theory.environment.set_budget(DEFAULT_BUDGET);
                if matches {
                    return true;
                }
            }
        }
        false
    }
}

/// Whether a proposition is an equation between a term and itself.
fn is_reflexive(theory: &Theory, proposition: TermId) -> bool {
    let sides = theory.equality.and_then(|equality| Equation::sides(&theory.environment.store, &equality, proposition));
    sides.is_some_and(|(_, left, right)| left == right)
}
