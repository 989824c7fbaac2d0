//! Random ground instances of statements and terms, and their values.

use prover_logic::{KernelError, Sort, Term, TermId};
use prover_theory::Theory;
use prover_theory::equality::Principle;
use prover_theory::evaluate::Evaluator;
use prover_theory::terms::equation::Equation;
use prover_theory::terms::typed::{Fact, Typed};
use rand::{Rng, RngExt};
use rustc_hash::FxHashMap;

/// Locals of this number and above stand for elements of types of which nothing is known, and for functions. Searches
/// number theirs from 0, matching from 2^30.
const INVENTED: u32 = 1 << 28;

/// Number of elements of an opaque type.
const ATOMS: usize = 3;
/// The most constructors on a path of a sampled value; and the same where evaluation takes too long.
const DEPTH: u32 = 4;
const SHALLOW: u32 = 2;
/// Probability, as a fraction, that a sampled value is made by a constructor with arguments.
const COMPOUND: (u32, u32) = (3, 4);
/// Arguments for which a sampled function of one input is known; those of two inputs are known for as many pairs.
const TABLE: usize = 24;
/// Steps that evaluating one term may take.
const STEPS: u64 = 20_000;
/// Steps that the instances of one statement may take together.
const TEST_STEPS: u64 = 400_000;

type Result<T> = std::result::Result<T, KernelError>;

/// The verdict of instances on a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tested {
    /// An instance is false: its sides are different values.
    Refuted,
    /// The number of true instances; the others could not be decided.
    True(usize),
}

/// Makes instances and evaluates them.
pub struct Sampler<'a, R> {
    theory: &'a mut Theory,
    rng: &'a mut R,
    evaluator: Evaluator,
    principles: Vec<Principle>,
    atoms: FxHashMap<TermId, Vec<TermId>>,
    /// Opaque types that stand for type variables; the same for all instances, so that cached values can be used again.
    types: Vec<TermId>,
    next: u32,
    /// Steps that evaluation may still take.
    steps: u64,
    /// The depth of sampled values, at most.
    depth: u32,
}

impl<'a, R: Rng> Sampler<'a, R> {
    /// A sampler for a theory; `facts` are its propositions with their proofs, of which the principles of induction
    /// determine how values are made.
    ///
    /// # Errors
    ///
    /// The budget is exhausted.
    pub fn new(theory: &'a mut Theory, facts: &[Fact], rng: &'a mut R) -> Result<Self> {
        let mut principles = Vec::new();
        for &Fact { proposition, proof } in facts {
            principles.extend(Principle::new(&mut theory.environment, proposition, proof)?);
        }
        let (atoms, types) = (FxHashMap::default(), Vec::new());
        let evaluator = Evaluator::new();
        Ok(Self { theory, rng, evaluator, principles, atoms, types, next: INVENTED, steps: 0, depth: DEPTH })
    }

    /// Sets the steps that evaluation may take from now on, all terms together.
    pub fn set_steps(&mut self, steps: u64) {
        (self.steps, self.depth) = (steps, DEPTH);
    }

    /// Whether these have been taken, or the deadline has passed, so that nothing is evaluated any more.
    pub fn is_exhausted(&self) -> bool {
        self.steps == 0 || self.theory.environment.is_late()
    }

    fn invent(&mut self, ty: TermId) -> TermId {
        self.next += 1;
        self.theory.environment.store.local(self.next, ty)
    }

    /// Values for variables, the type of each of which may mention those before it; `None` if one cannot be had.
    ///
    /// # Errors
    ///
    /// The budget is exhausted.
    pub fn assignment(&mut self, variables: &[TermId]) -> Result<Option<Vec<TermId>>> {
        let mut values = Vec::with_capacity(variables.len());
        let mut types = 0;
        for (count, &variable) in variables.iter().enumerate() {
            let Term::Local { ty, .. } = self.theory.environment.store.term(variable) else { return Ok(None) };
            let ty = self.replaced(ty, &variables[..count], &values);
            let value = if let Term::Sort(Sort::Type) = self.theory.environment.store.term(ty) {
                types += 1;
                if self.types.len() < types {
                    let invented = self.invent(ty);
                    self.types.push(invented);
                }
                Some(self.types[types - 1])
            } else {
                let depth = self.rng.random_range(1..=self.depth);
                self.value(ty, depth)?
            };
            let Some(value) = value else { return Ok(None) };
            values.push(value);
        }
        Ok(Some(values))
    }

    /// A term with values in the place of variables.
    fn replaced(&mut self, term: TermId, variables: &[TermId], values: &[TermId]) -> TermId {
        let store = &mut self.theory.environment.store;
        let open = store.abstract_locals(term, variables);
        store.instantiate(open, values)
    }

    /// A random value of a type, with at most `depth` constructors one within the other if that is possible.
    fn value(&mut self, ty: TermId, depth: u32) -> Result<Option<TermId>> {
        let environment = &mut self.theory.environment;
        let ty = environment.whnf(ty)?;
        let fits =
            self.principles.iter().find_map(|p| Some((p.constructors.clone(), p.arguments_of(environment, ty)?)));
        if let Some((constructors, types)) = fits {
            return self.construction(&constructors, &types, depth);
        }
        match environment.store.term(ty) {
            Term::Local { .. } => {
                let atoms = match self.atoms.get(&ty) {
                    Some(atoms) => atoms.clone(),
                    None => {
                        let atoms: Vec<TermId> = (0..ATOMS).map(|_| self.invent(ty)).collect();
                        self.atoms.insert(ty, atoms.clone());
                        atoms
                    }
                };
                Ok(Some(atoms[self.rng.random_range(0..ATOMS)]))
            }
            Term::Pi(..) => self.function(ty),
            _ => Ok(None),
        }
    }

    fn construction(&mut self, constructors: &[TermId], types: &[TermId], depth: u32) -> Result<Option<TermId>> {
        let environment = &mut self.theory.environment;
        let mut choices = Vec::with_capacity(constructors.len());
        for &constructor in constructors {
            let built = environment.store.apps(constructor, types);
            let ty = environment.infer(built)?;
            choices.push(Typed { term: built, ty });
        }
        let is_constant = |choice: &&Typed| !matches!(environment.store.term(choice.ty), Term::Pi(..));
        // At the end of the depth a constructor without arguments is taken, if there is one.
        let ends: Vec<Typed> = choices.iter().filter(is_constant).copied().collect();
        let compound: Vec<Typed> = choices.iter().filter(|choice| !ends.contains(choice)).copied().collect();
        let choices = match depth {
            0 => ends,
            _ if compound.is_empty() || ends.is_empty() => choices,
            _ if self.rng.random_ratio(COMPOUND.0, COMPOUND.1) => compound,
            _ => ends,
        };
        if choices.is_empty() {
            return Ok(None);
        }
        let Typed { term: mut built, mut ty } = choices[self.rng.random_range(0..choices.len())];
        while let Term::Pi(domain, range) = self.theory.environment.store.term(ty) {
            let Some(argument) = self.value(domain, depth.saturating_sub(1))? else { return Ok(None) };
            built = self.theory.environment.store.app(built, argument);
            ty = self.theory.environment.store.instantiate(range, &[argument]);
        }
        Ok(Some(built))
    }

    /// A function of one or two inputs, which is known at small values.
    fn function(&mut self, ty: TermId) -> Result<Option<TermId>> {
        let function = self.invent(ty);
        let Term::Pi(domain, range) = self.theory.environment.store.term(ty) else { return Ok(None) };
        if self.theory.environment.store.loose(range) > 0 {
            return Ok(None);
        }
        for _ in 0..TABLE {
            let Some(argument) = self.value(domain, 2)? else { return Ok(None) };
            let applied = self.theory.environment.store.app(function, argument);
            match self.theory.environment.store.term(range) {
                Term::Pi(second, range) => {
                    if self.theory.environment.store.loose(range) > 0 {
                        return Ok(None);
                    }
                    for _ in 0..TABLE / 4 {
                        let Some(argument) = self.value(second, 2)? else { return Ok(None) };
                        let applied = self.theory.environment.store.app(applied, argument);
                        let Some(value) = self.value(range, 1)? else { return Ok(None) };
                        self.evaluator.assume(applied, value);
                    }
                }
                _ => {
                    let Some(value) = self.value(range, 1)? else { return Ok(None) };
                    self.evaluator.assume(applied, value);
                }
            }
        }
        Ok(Some(function))
    }

    /// The value of a term with values for variables; `None` if that is not a value, or takes too many steps.
    pub fn evaluated(&mut self, term: TermId, variables: &[TermId], values: &[TermId]) -> Option<TermId> {
        if self.steps == 0 {
            return None;
        }
        let before = self.theory.environment.store.work();
        self.theory.environment.set_budget(STEPS.min(self.steps));
        let ground = self.replaced(term, variables, values);
        let normal = self.evaluator.evaluate(self.theory, ground);
        let taken = self.theory.environment.store.work() - before;
        self.steps = self.steps.saturating_sub(taken.max(1));
        if normal.is_err() {
            // The instances after this one are smaller.
            self.depth = SHALLOW;
        }
        normal.ok().filter(|&normal| self.is_value(normal))
    }

    /// Whether a term consists of constructors and elements of unknown types.
    fn is_value(&mut self, term: TermId) -> bool {
        let store = &self.theory.environment.store;
        let mut open = vec![term];
        let mut seen = rustc_hash::FxHashSet::default();
        while let Some(term) = open.pop() {
            if !seen.insert(term) {
                continue;
            }
            let (head, arguments) = store.spine(term);
            match store.term(head) {
                Term::Local { ty, .. } if arguments.is_empty() && self.atoms.contains_key(&ty) => {}
                Term::Const(_) => {
                    let Some(principle) = self.principles.iter().find(|p| p.constructors.contains(&head)) else {
                        return false;
                    };
                    open.extend(arguments.into_iter().skip(principle.parameters()));
                }
                _ => return false,
            }
        }
        true
    }

    /// Tests a closed statement, `[variables -> premises -> (= a b)]`, on this many instances, or as many as there are
    /// by the deadline and within a number of steps. Those with a premise that does not hold, or is not an equation,
    /// say nothing.
    ///
    /// # Errors
    ///
    /// The budget is exhausted where types are looked at.
    pub fn test(&mut self, statement: TermId, instances: usize) -> Result<Tested> {
        let Some(equality) = self.theory.equality else { return Ok(Tested::True(0)) };
        let (mut variables, mut premises, mut rest) = (Vec::new(), Vec::new(), statement);
        let mut locals = Vec::new();
        while let Term::Pi(domain, body) = self.theory.environment.store.term(rest) {
            let domain = self.theory.environment.store.instantiate(domain, &locals);
            let local = self.invent(domain);
            if self.theory.environment.sort_of(domain)? == Sort::Prop {
                premises.push(domain);
            } else {
                variables.push(local);
            }
            locals.push(local);
            rest = body;
        }
        let goal = self.theory.environment.store.instantiate(rest, &locals);
        let mut sides = Vec::new();
        for proposition in premises.iter().chain([&goal]) {
            match Equation::sides(&self.theory.environment.store, &equality, *proposition) {
                Some((_, left, right)) => sides.push((left, right)),
                None => return Ok(Tested::True(0)),
            }
        }
        let mut holds = 0;
        self.set_steps(TEST_STEPS);
        'instances: for _ in 0..instances {
            if self.is_exhausted() {
                break;
            }
            self.theory.environment.set_budget(STEPS);
            let Some(values) = self.assignment(&variables)? else { return Ok(Tested::True(0)) };
            for (place, &(left, right)) in sides.iter().enumerate() {
                let left = self.evaluated(left, &variables, &values);
                let right = self.evaluated(right, &variables, &values);
                let is_goal = place + 1 == sides.len();
                match (left, right) {
                    (Some(left), Some(right)) if left == right => holds += usize::from(is_goal),
                    (Some(_), Some(_)) if is_goal => return Ok(Tested::Refuted),
                    _ => continue 'instances,
                }
            }
        }
        Ok(Tested::True(holds))
    }

    /// The theory.
    pub fn theory(&mut self) -> &mut Theory {
        self.theory
    }

    /// A new variable of a type.
    pub fn variable(&mut self, ty: TermId) -> TermId {
        self.invent(ty)
    }
}
