//! Which statements are not worth an attempt, and why.

use super::modulo::{Modulo, Treatment, Treatments};
use super::opened::{Opened, flipped};
use crate::logic::environment::DEFAULT_BUDGET;
use crate::logic::{Environment, KernelError, Sort, Term, TermId};
use crate::theory::Theory;
use crate::theory::terms::equation::Equation;
use crate::theory::terms::matching::Substitution;
use crate::theory::terms::signature::Signature;
use rustc_hash::{FxHashMap, FxHashSet};

/// Steps that the search for an instance of one known fact may take.
const INSTANCE_BUDGET: u64 = 30_000;

/// Why a statement is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refusal {
    /// It is a known statement, or one of the earlier conjectures, up to the names of variables: nothing is learned twice.
    Duplicate,
    /// It is one up to the sides of equations and the order of variables and hypotheses: its proof follows from the
    /// other's.
    Symmetric,
    /// It quantifies over a variable that it never uses: it says no more than the statement without it.
    UnusedVariable,
    /// Its conclusion is among its hypotheses.
    RestatedHypothesis,
    /// Its hypotheses exclude each other: `false`, a proposition with its negation, or that something differs from
    /// itself. Everything follows from them.
    ContradictoryHypotheses,
    /// Two hypotheses are the same.
    RepeatedHypothesis,
    /// A hypothesis is an equation between a term and itself: the statement says no more than without it.
    TrivialHypothesis,
    /// Its conclusion is a variable and no more.
    VariableConclusion,
    /// It says that every proposition holds, or that none does, under hypotheses that do not speak of it.
    EveryProposition,
    /// It is an equation between a term and itself.
    Reflexive,
    /// It follows from one known fact by putting terms for its variables, its own hypotheses for the fact's premises.
    Instance,
    /// Rewriting by the theory's equations makes it a known statement or an earlier conjecture.
    EqualModulo,
    /// Rewriting by the theory's equations makes it an instance of a known fact.
    InstanceModulo,
    /// Equality saturation proves it from the theory's facts alone.
    Saturated,
}

impl Refusal {
    /// The reasons that are looked for up to the theory's equations.
    pub const MODULO: [Self; 3] = [Self::EqualModulo, Self::InstanceModulo, Self::Saturated];

    /// All reasons, in the order in which they are looked for.
    pub const ALL: [Self; 14] = [
        Self::UnusedVariable,
        Self::EveryProposition,
        Self::VariableConclusion,
        Self::Reflexive,
        Self::RestatedHypothesis,
        Self::RepeatedHypothesis,
        Self::TrivialHypothesis,
        Self::ContradictoryHypotheses,
        Self::Duplicate,
        Self::Symmetric,
        Self::Instance,
        Self::EqualModulo,
        Self::InstanceModulo,
        Self::Saturated,
    ];

    /// A short name for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::Symmetric => "symmetric duplicate",
            Self::UnusedVariable => "unused variable",
            Self::RestatedHypothesis => "conclusion among the hypotheses",
            Self::ContradictoryHypotheses => "contradictory hypotheses",
            Self::RepeatedHypothesis => "repeated hypothesis",
            Self::TrivialHypothesis => "trivial hypothesis",
            Self::VariableConclusion => "variable as conclusion",
            Self::EveryProposition => "says something of every proposition",
            Self::Reflexive => "reflexive equation",
            Self::Instance => "instance of a known fact",
            Self::EqualModulo => "equal to another up to equations",
            Self::InstanceModulo => "instance of a known fact up to equations",
            Self::Saturated => "proved by equality saturation",
        }
    }

    /// Its place in [`ALL`](Self::ALL).
    fn index(self) -> usize {
        Self::ALL.iter().position(|&r| r == self).unwrap_or(0)
    }
}

/// How many statements were refused, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefusalCounts {
    counts: [usize; Refusal::ALL.len()],
}

impl RefusalCounts {
    /// Counts one.
    pub fn add(&mut self, refusal: Refusal) {
        self.counts[refusal.index()] += 1;
    }

    /// How often a reason applied.
    pub fn get(&self, refusal: Refusal) -> usize {
        self.counts[refusal.index()]
    }

    /// All reasons with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (Refusal, usize)> + '_ {
        Refusal::ALL.into_iter().zip(self.counts)
    }

    /// The number of all refusals.
    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }
}

/// What may be configured about refusing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterOptions {
    /// Whether instances of known facts are refused ([`Refusal::Instance`]). Default true.
    pub refuse_instances: bool,
    /// Whether a variable may be the conclusion where a hypothesis speaks of it, as in `[('a0 : prop) -> ('a1 : prop) ->
    /// (and 'a0 'a1) -> 'a1]`. Default false.
    pub allow_variable_conclusion: bool,
    /// What happens to statements that are recognised up to the theory's equations; `None`: they are not looked for.
    /// Default `None`.
    pub modulo: Option<Treatments>,
}

/// A statement that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is worth an attempt. It may have been recognised all the same.
    Attempt(Option<Refusal>),
    /// It is [trivial](Treatment::Trivial) for this reason.
    Trivial(Refusal),
}

impl Default for FilterOptions {
    fn default() -> Self {
        Self { refuse_instances: true, allow_variable_conclusion: false, modulo: None }
    }
}

/// Refuses statements; remembers what is known and what was conjectured.
///
/// Statements are remembered by their index in a store: all are of one theory, or of forks in which they have the same index.
#[derive(Clone, Debug)]
pub struct Filters {
    options: FilterOptions,
    seen: FxHashSet<TermId>,
    canonical: FxHashSet<TermId>,
    /// Known facts by the head of what they conclude; `None` for a variable.
    known: FxHashMap<Option<TermId>, Vec<Signature>>,
    falsehood: Option<TermId>,
    negation: Option<TermId>,
    conjunction: Option<TermId>,
    /// What is known up to equations, if that is looked for.
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
        if let Some(head) = Self::head_of_known(theory, &signature) {
            self.known.entry(head).or_default().push(signature);
        }
    }

    /// Under which head a fact is looked for, `None` for a variable; nothing for a fact that is not looked for.
    pub(super) fn head_of_known(theory: &Theory, signature: &Signature) -> Option<Option<TermId>> {
        let store = &theory.environment.store;
        // Facts about all predicates, such as induction, match whatever one likes.
        let is_function = |parameter: &crate::theory::terms::signature::Parameter| {
            !parameter.is_premise && matches!(store.term(parameter.domain), Term::Pi(..))
        };
        if signature.parameters.iter().any(is_function) {
            return None;
        }
        let head = store.head(signature.output);
        Some((store.loose(head) == 0).then_some(head))
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

/// Whether a local occurs in a term.
pub(super) fn occurs(environment: &Environment, local: TermId, term: TermId) -> bool {
    let mut seen = FxHashSet::default();
    let mut open = vec![term];
    while let Some(id) = open.pop() {
        if id == local {
            return true;
        }
        if environment.store.local_bound(id) == 0 || !seen.insert(id) {
            continue;
        }
        if let Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) = environment.store.term(id) {
            open.extend([a, b]);
        }
    }
    false
}

/// Whether a fact's output matches a proposition, with hypotheses for its premises.
pub(super) fn gives(
    environment: &mut Environment,
    fact: &Signature,
    target: TermId,
    hypotheses: &[TermId],
) -> Result<bool, KernelError> {
    let mut substitution = Substitution::new(fact.len());
    if !substitution.matches(environment, fact.output, target)? {
        return Ok(false);
    }
    let premises: Vec<TermId> = fact.parameters.iter().filter(|p| p.is_premise).map(|p| p.domain).collect();
    if premises.len() > hypotheses.len() {
        return Ok(false);
    }
    discharged(environment, &premises, hypotheses, &mut substitution)
}

fn discharged(
    environment: &mut Environment,
    premises: &[TermId],
    hypotheses: &[TermId],
    substitution: &mut Substitution,
) -> Result<bool, KernelError> {
    let Some((&premise, others)) = premises.split_first() else { return Ok(true) };
    for &hypothesis in hypotheses {
        let mark = substitution.mark();
        if substitution.matches(environment, premise, hypothesis)?
            && discharged(environment, others, hypotheses, substitution)?
        {
            return Ok(true);
        }
        substitution.undo(mark);
    }
    Ok(false)
}
