//! Families of structures that differ only in their tables: search for them, and tests of axioms and statements in
//! them.

use super::build::{self, BuildError, Built, ELEMENTS};
use super::code::{Code, CodeId};
use super::instance::{Binder, Counts, Prepared, falsify};
use super::machine::{Domain, Machine, Reach, Scope, Shape, Stuck, Tables, Truth};
use super::search::{self, Constraint, Effort, Negation, blank};
use super::signature::{Reading, Signature};
use super::value::{Head, Value};
use super::{Limits, ModelError, Reason, verdict};
use prover_logic::ConstId;
use prover_search::Deadline;
use prover_theory::Theory;
use prover_theory::terms::normal::Normalizer;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Structures that are kept, at most.
const STRUCTURES: usize = 24;
/// Finite structures of one choice of sizes, at most, and of all, when a theory is first looked at.
const OF_ONE_SIZE: usize = 2;
const AT_FIRST: usize = 8;
/// Evaluations that the first search for finite structures may take for one choice of sizes.
const FIRST_SEARCH: u64 = 60_000;
/// Evaluations that the search for a structure in which a statement fails may take for each choice of sizes, in the
/// first round; in each further round this many times as many.
const FIRST_ROUND: u64 = 8_000;
const GROWTH: u64 = 6;
/// The part of the evaluations that a statement is worth where types with induction are read as finite ones.
const FINITE_READING: u64 = 32;
/// Choices of sizes that are tried, at most.
const SIZES: usize = 60;
/// Values and pieces of code beyond which all are forgotten between two statements.
const HELD: usize = 1 << 21;
/// Instances that have to be decided before an axiom counts as tested.
const TESTED: usize = 10;

/// Instances from which on statements of few variables are tested at many more values, and how many variables those
/// are.
const FAR: usize = 50_000;
const FEW: usize = 3;
/// Theorems that are looked at, at most.
const THEOREMS: usize = 400;

/// Limits of the tests of axioms and theorems when a structure is made.
const AXIOM: Limits =
    Limits { instances: 400, attempts: 600, steps: 20_000, evaluations: 0, deadline: Deadline::NEVER };
const EVERY: Limits = Limits { instances: usize::MAX / 2, attempts: 400_000, ..AXIOM };
const THEOREM: Limits = Limits { instances: 24, attempts: 48, steps: 4_000, evaluations: 0, deadline: Deadline::NEVER };

/// An axiom that may fail in a structure.
#[derive(Clone, Debug)]
struct Axiom {
    constant: ConstId,
    statement: Prepared,
    /// Whether it can be looked at in all instances.
    is_finite: bool,
}

impl Axiom {
    /// Tests the axiom in the current structure. An error is the reason why this cannot be decided.
    fn check(&self, machine: &mut Machine, rng: &mut impl Rng) -> Result<Held, Option<Stuck>> {
        let mut counts = Counts::new(self.statement.premises());
        let limits = if self.is_finite { EVERY } else { AXIOM };
        if falsify(machine, &self.statement, &limits, rng, &mut counts).is_some() {
            return Ok(Held::Fails);
        }
        match counts.is_exhaustive && counts.undecided == 0 {
            true => Ok(Held::Everywhere),
            false if counts.met + counts.vacuous >= TESTED => Ok(Held::WhereTested),
            false => Err(counts.why),
        }
    }
}

/// Extent to which an axiom holds in a structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Everywhere,
    WhereTested,
    Fails,
}

/// Structures that differ in their tables only.
#[derive(Clone, Debug)]
pub(super) struct Family {
    pub machine: Machine,
    /// The axioms that construction leaves open.
    open: Vec<Axiom>,
    /// The finite ones among them, as constraints of a search.
    constraints: Vec<Constraint>,
    /// For each structure the axioms that hold in all instances that were looked at, but not in all that there are.
    pub tested: Vec<Vec<ConstId>>,
    /// The length of the program without the code of statements: the numbers of codes and of operands.
    codes: (usize, usize),
    pub reading: Reading,
}

/// A result, or the reason why there is none; the outer error ends the search for models of the theory.
type Refusal<T> = Result<Result<T, Reason>, ModelError>;

impl Family {
    /// Reads the axioms and looks for the first structures.
    pub fn new(
        theory: &mut Theory,
        normalizer: &mut Normalizer,
        signature: Signature,
        reading: Reading,
    ) -> Refusal<Self> {
        let name = |theory: &Theory, constant| theory.environment.declaration(constant).name.to_string();
        if let Some(strange) = signature.strange {
            return Ok(Err(Reason::Strange(name(theory, strange))));
        }
        let Built { mut machine, open } = match build::build(theory, normalizer, signature) {
            Ok(built) => built,
            Err(BuildError::Kernel(error)) => return Err(error.into()),
            Err(BuildError::TooLarge) => return Ok(Err(Reason::TooLarge)),
        };
        let mut axioms = Vec::new();
        for claim in open {
            match Prepared::new(&mut machine, &theory.environment.store, claim.statement) {
                Ok(statement) => axioms.push(Axiom { constant: claim.constant, statement, is_finite: false }),
                Err(_) => return Ok(Err(Reason::TooLarge)),
            }
        }
        let sorts = machine.signature.sorts.len();
        machine.structures.push(blank(&machine, vec![ELEMENTS; sorts]));
        for axiom in &mut axioms {
            axiom.is_finite = is_finite(&mut machine, axiom.statement.code);
        }
        let finite = axioms.iter().filter(|axiom| axiom.is_finite);
        let constraints = finite.map(|axiom| Constraint { code: axiom.statement.code }).collect();
        let codes = (machine.program.len(), machine.program.operands());
        let mut family = Self { machine, open: axioms, constraints, tested: Vec::new(), codes, reading };
        family.machine.structures.clear();
        family.find(theory)
    }

    /// Looks for the first structures.
    fn find(mut self, theory: &mut Theory) -> Refusal<Self> {
        let mut reason = None;
        if self.machine.signature.sorts.is_empty() && self.machine.shapes.is_empty() {
            // There is nothing to search for.
            let tables = blank(&self.machine, Vec::new());
            return Ok(match self.accept(theory, tables)? {
                Ok(()) => Ok(self),
                Err(reason) => Err(reason),
            });
        }
        let has_limit = self.machine.signature.sorts.is_empty();
        for sizes in sizes(self.machine.signature.sorts.len()) {
            if self.machine.structures.len() >= AT_FIRST {
                break;
            }
            let wanted = if has_limit { AT_FIRST } else { OF_ONE_SIZE };
            let mut effort = Effort { evaluations: FIRST_SEARCH, deadline: Deadline::NEVER };
            let (found, end) = self.search(sizes, None, wanted, &mut effort);
            for tables in found {
                match self.accept(theory, tables)? {
                    Ok(()) => {}
                    Err(why) => reason = Some(why),
                }
            }
            if end == search::End::Limit {
                reason = reason.or(Some(Reason::SearchLimit));
            }
        }
        if self.machine.structures.is_empty() {
            return Ok(Err(reason.unwrap_or(Reason::NoFiniteModel { elements: ELEMENTS })));
        }
        Ok(Ok(self))
    }

    /// Tables of these sizes that satisfy the constraints, in a structure of their own that is given back.
    fn search(
        &mut self,
        sizes: Vec<u32>,
        negation: Option<&Negation>,
        wanted: usize,
        effort: &mut Effort,
    ) -> (Vec<Tables>, search::End) {
        let current = std::mem::replace(&mut self.machine.current, self.machine.structures.len());
        let tables = blank(&self.machine, sizes);
        self.machine.structures.push(tables);
        let result = search::models(&mut self.machine, &self.constraints, negation, wanted, effort);
        self.machine.structures.pop();
        self.machine.current = current;
        result
    }

    /// Adds a structure, if all axioms and theorems hold in it.
    fn accept(&mut self, theory: &mut Theory, tables: Tables) -> Refusal<()> {
        self.machine.enter(tables);
        let checked = self.check(theory);
        if !matches!(checked, Ok(Ok(()))) {
            self.machine.structures.pop();
        }
        checked
    }

    /// Checks that all axioms and theorems hold in the current structure.
    fn check(&mut self, theory: &mut Theory) -> Refusal<()> {
        let name = |constant: ConstId| theory.environment.declaration(constant).name.to_string();
        // The same instances whatever was looked at before.
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let mut tested = Vec::new();
        for axiom in &self.open {
            let is_free = self.reading == Reading::Free;
            match axiom.check(&mut self.machine, &mut rng) {
                Ok(Held::Everywhere) => {}
                Ok(Held::WhereTested) => tested.push(axiom.constant),
                Ok(Held::Fails) => return Ok(Err(Reason::AxiomFails { axiom: name(axiom.constant), is_free })),
                Err(why) => {
                    let why = verdict::stuck(why, theory);
                    return Ok(Err(Reason::AxiomUndecided { axiom: name(axiom.constant), why }));
                }
            }
        }
        let theorems = self.machine.signature.theorems.clone();
        for claim in theorems.into_iter().take(THEOREMS) {
            let (codes, operands) = self.codes;
            let prepared = Prepared::new(&mut self.machine, &theory.environment.store, claim.statement);
            let Ok(prepared) = prepared else { continue };
            let mut counts = Counts::new(prepared.premises());
            let failure = falsify(&mut self.machine, &prepared, &THEOREM, &mut rng, &mut counts);
            if let Some(scope) = failure {
                let theorem = name(claim.constant);
                if !tested.is_empty() {
                    return Ok(Err(Reason::TheoremFails { theorem }));
                }
                self.tested.push(Vec::new());
                let structure = self.machine.current;
                let counterexample = self.counterexample(theory, &prepared, structure, &scope).to_string();
                return Err(ModelError::Theorem { theorem, counterexample });
            }
            // Closures remember their code by its number, so that it must not come to mean something else.
            if self.machine.program.len() > HELD {
                self.machine.forget();
                self.machine.program.truncate(codes, operands);
            }
        }
        self.codes = (self.machine.program.len(), self.machine.program.operands());
        self.tested.push(tested);
        Ok(Ok(()))
    }

    /// Clears the caches that earlier statements filled, once they are large.
    pub fn trim(&mut self) {
        if self.machine.values.len() > HELD || self.machine.program.len() > HELD {
            self.machine.forget();
            self.machine.program.truncate(self.codes.0, self.codes.1);
        }
    }

    /// Tests a statement in all structures, then looks for one in which it fails; the structure and the values.
    pub fn test(
        &mut self,
        statement: &Prepared,
        limits: &Limits,
        rng: &mut impl Rng,
        counts: &mut Counts,
    ) -> Option<(usize, Scope)> {
        for structure in 0..self.machine.structures.len() {
            self.machine.current = structure;
            // The first structure is the one that is meant; the others are looked at where it says nothing.
            let limits = match structure {
                0 => *limits,
                _ => Limits { instances: limits.instances / 4, attempts: limits.attempts / 2, ..*limits },
            };
            if let Some(scope) = falsify(&mut self.machine, statement, &limits, rng, counts) {
                return Some((structure, scope));
            }
            counts.meant.get_or_insert(counts.met);
        }
        let variables = statement.binders.iter().filter(|binder| matches!(binder, Binder::Variable(_))).count();
        if limits.attempts >= FAR && variables <= FEW && !counts.is_exhaustive && self.reading == Reading::Free {
            self.machine.current = 0;
            self.machine.set_reach(Reach::FAR);
            let limits = Limits { instances: usize::MAX / 2, attempts: limits.attempts / 2, ..*limits };
            let failure = falsify(&mut self.machine, statement, &limits, rng, counts);
            self.machine.set_reach(Reach::NEAR);
            if let Some(scope) = failure {
                return Some((0, scope));
            }
        }
        let evaluations = match self.reading {
            Reading::Free => limits.evaluations,
            // What fails only where numbers go round in a circle mostly does in a small one.
            Reading::Finite => limits.evaluations / FINITE_READING,
        };
        if evaluations > 0 && !self.machine.signature.sorts.is_empty() {
            return self.search_failure(statement, &Limits { evaluations, ..*limits });
        }
        None
    }

    /// Looks for a finite structure in which a statement fails.
    fn search_failure(&mut self, statement: &Prepared, limits: &Limits) -> Option<(usize, Scope)> {
        let shapes = self.machine.shapes.len();
        let negation = self.negation(statement);
        let found = negation.and_then(|negation| {
            let tables = self.rounds(&negation, limits)?;
            Some((negation, tables))
        });
        let found = found.map(|(negation, tables)| {
            let mut scope = Scope::new();
            for table in &negation.tables {
                scope.push(match *table {
                    Some(table) => {
                        let number = tables.cells[tables.starts[table] as usize];
                        self.machine.element(self.machine.shapes[table].result, number.into())
                    }
                    None => Value::TRUE,
                });
            }
            (tables, scope)
        });
        self.machine.shapes.truncate(shapes);
        let (tables, scope) = found?;
        self.adopt(tables, shapes, statement, scope, limits)
    }

    /// Searches all choices of sizes with little effort, then those that are left with more, and so on: an easy search
    /// with five elements must not wait for a hard one with four.
    fn rounds(&mut self, negation: &Negation, limits: &Limits) -> Option<Tables> {
        let mut open = sizes(self.machine.signature.sorts.len());
        let (mut left, mut round) = (limits.evaluations, FIRST_ROUND);
        while !open.is_empty() && left > 0 && !limits.deadline.has_passed() {
            let mut next = Vec::new();
            for sizes in open {
                let share = round.min(left);
                let mut effort = Effort { evaluations: share, deadline: limits.deadline };
                let (found, end) = self.search(sizes.clone(), Some(negation), 1, &mut effort);
                left -= share - effort.evaluations;
                if let Some(tables) = found.into_iter().next() {
                    return Some(tables);
                }
                if end == search::End::Limit {
                    next.push(sizes);
                }
            }
            open = next;
            round = round.saturating_mul(GROWTH);
        }
        None
    }

    /// Keeps a structure that a search found for a statement to fail, if it satisfies all axioms and the statement
    /// does.
    fn adopt(
        &mut self,
        mut tables: Tables,
        shapes: usize,
        statement: &Prepared,
        scope: Scope,
        limits: &Limits,
    ) -> Option<(usize, Scope)> {
        let cells = tables.starts.get(shapes).copied().unwrap_or(tables.cells.len() as u32);
        tables.starts.truncate(shapes);
        tables.cells.truncate(cells as usize);
        if self.machine.structures.len() >= STRUCTURES {
            // The last one was found for another statement.
            self.machine.structures.pop();
            self.tested.pop();
        }
        self.machine.enter(tables);
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let (mut tested, mut holds) = (Vec::new(), true);
        for axiom in &self.open {
            match axiom.check(&mut self.machine, &mut rng) {
                Ok(Held::Everywhere) => {}
                Ok(Held::WhereTested) => tested.push(axiom.constant),
                Ok(Held::Fails) | Err(_) => holds = false,
            }
        }
        self.machine.steps = limits.steps.max(AXIOM.steps);
        holds &= statement.fails(&mut self.machine, &scope);
        if holds {
            self.tested.push(tested);
            return Some((self.machine.current, scope));
        }
        self.machine.structures.pop();
        None
    }

    /// The tables without arguments that stand for the variables of a statement; `None` where one is of another kind.
    fn negation(&mut self, statement: &Prepared) -> Option<Negation> {
        let (mut tables, mut premises) = (Vec::new(), Vec::new());
        let sort = |machine: &Machine, constant: ConstId| {
            let sort = machine.signature.sorts.iter().position(|&sort| sort == constant).map(Domain::Sort);
            sort.or_else(|| {
                let place = *machine.signature.data_of.get(&constant)?;
                let data = &machine.signature.data[place];
                let is_small = data.is_enumeration(&machine.signature) && (1..=32).contains(&data.constructors.len());
                is_small.then_some(Domain::Enumeration(place))
            })
        };
        for (place, binder) in statement.binders.iter().enumerate() {
            match *binder {
                Binder::Premise(code) => {
                    premises.push((code, place));
                    tables.push(None);
                }
                Binder::Variable(domain) => {
                    let domain = match self.machine.program.code(domain) {
                        Code::Prop => Domain::Prop,
                        Code::Former(constant, operands) if operands.len() == 0 => sort(&self.machine, constant)?,
                        _ => return None,
                    };
                    tables.push(Some(self.machine.shapes.len()));
                    self.machine.shapes.push(Shape { arguments: Vec::new(), result: domain });
                }
            }
        }
        Some(Negation { tables, premises, conclusion: statement.conclusion })
    }
}

impl Prepared {
    /// Whether the premises are true and the conclusion is false.
    fn fails(&self, machine: &mut Machine, scope: &Scope) -> bool {
        let holds = self.binders.iter().enumerate().all(|(place, binder)| match *binder {
            Binder::Premise(premise) => machine.truth(premise, &scope[..place]) == Truth::True,
            Binder::Variable(_) => true,
        });
        holds && machine.truth(self.conclusion, scope) == Truth::False
    }
}

/// The numbers of elements of this many sorts, in the order in which they are tried: the fewest first.
fn sizes(sorts: usize) -> Vec<Vec<u32>> {
    let mut all = vec![Vec::new()];
    for _ in 0..sorts {
        let longer = all.iter().flat_map(|sizes: &Vec<u32>| {
            (1..=ELEMENTS).map(|size| {
                let mut sizes = sizes.clone();
                sizes.push(size);
                sizes
            })
        });
        all = longer.collect();
        all.sort_by_key(|sizes| sizes.iter().sum::<u32>());
        all.truncate(SIZES);
    }
    all
}

/// Whether all quantifiers of a proposition range over few values, so that it can be decided in a finite structure.
fn is_finite(machine: &mut Machine, code: CodeId) -> bool {
    let mut open = vec![code];
    while let Some(code) = open.pop() {
        match machine.program.code(code) {
            Code::All(domain, body) => {
                machine.steps = 1_000;
                let Ok(ty) = machine.value(domain, &[]) else { return false };
                if !machine.pool(ty).is_whole || matches!(machine.values.head(ty), Head::Type) {
                    return false;
                }
                open.push(body);
            }
            Code::Implies(one, other) | Code::Apply(one, other) => open.extend([one, other]),
            Code::Equal(_, left, right) => open.extend([left, right]),
            Code::Lambda(body) => open.push(body),
            Code::Construct(_, operands) | Code::Call(_, operands) | Code::Partial(_, operands) => {
                open.extend(operands.places().map(|place| machine.program.operand(place)));
            }
            Code::Unknown(_) => return false,
            Code::Variable(_) | Code::Prop | Code::Type | Code::Former(..) | Code::Arrow(..) => {}
        }
    }
    true
}
