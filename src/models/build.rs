//! The meanings of a theory's constants: clauses, tables, laws.
//!
//! - A function declared by `fun` is defined by its equations. So is a constant whose axioms include equations that
//!   define it: patterns of constructors on the left that fit every value once, and on the right calls of itself on
//!   parts of one argument, and of constants defined before. By recursion on freely generated types there is exactly
//!   one such function.
//! - A constant over finite types is a table, to be found by [`search`](super::search).
//! - A predicate with axioms of the form `[... (c x ...) -> ...]` is the conjunction of its consequences: the weakest
//!   meaning under which these axioms hold. Connectives and quantifiers given by rules of elimination get their meaning
//!   in this way.
//! - Any other constant is some value of its type.
//!
//! Axioms that hold by this construction are distinguished from those that have to be tested.

use super::code::{CodeId, Compiler, TooLarge};
use super::machine::{Clause, Domain, Fields, Machine, Meaning, Pattern, Shape};
use super::signature::{Claim, Role, Signature, constants};
use prover_logic::{ConstId, KernelError, Sort, Store, Term, TermId};
use prover_theory::Theory;
use prover_theory::declared;
use prover_theory::terms::normal::Normalizer;
use prover_theory::terms::signature::mentions;
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// The greatest table at the greatest sizes, in cells.
const CELLS: u64 = 4_096;
/// The number of elements that a sort has at most.
pub(super) const ELEMENTS: u32 = 5;

/// Errors of building a machine.
#[derive(Debug, thiserror::Error)]
pub(super) enum BuildError {
    #[error(transparent)]
    Kernel(#[from] KernelError),
    #[error("a statement is too large to be compiled")]
    TooLarge,
}

impl From<TooLarge> for BuildError {
    fn from(_: TooLarge) -> Self {
        Self::TooLarge
    }
}

/// A machine with the axioms that its construction leaves to be looked at.
pub(super) struct Built {
    pub machine: Machine,
    pub open: Vec<Claim>,
}

/// Gives the constants of a theory their meaning.
pub(super) fn build(
    theory: &mut Theory,
    normalizer: &mut Normalizer,
    signature: Signature,
) -> Result<Built, BuildError> {
    let mut builder = Builder { settled: FxHashSet::default(), machine: Machine::new(Arc::new(signature)) };
    builder.fields(theory)?;
    builder.declared(theory, normalizer)?;
    builder.tables(theory);
    builder.defined(theory)?;
    builder.rest(theory)?;
    let Builder { settled, machine } = builder;
    let open = machine.signature.axioms.iter().filter(|claim| !settled.contains(&claim.constant)).copied().collect();
    Ok(Built { machine, open })
}

struct Builder {
    machine: Machine,
    /// Axioms that hold by construction.
    settled: FxHashSet<ConstId>,
}

/// An axiom that may be an equation of a function.
struct Candidate {
    axiom: ConstId,
    binders: usize,
    arguments: Vec<TermId>,
    right: TermId,
}

impl Builder {
    fn signature(&self) -> Arc<Signature> {
        self.machine.signature.clone()
    }

    /// The types of the arguments of constructors.
    fn fields(&mut self, theory: &mut Theory) -> Result<(), BuildError> {
        let signature = self.signature();
        for data in &signature.data {
            let mut all = Vec::new();
            for &constructor in &data.constructors {
                let Role::Function(number) = signature.role(constructor) else { continue };
                self.machine.meanings[number as usize] = Meaning::Constructs;
                let store = &theory.environment.store;
                let mut rest = signature.functions[number as usize].ty;
                let mut compiler = Compiler::new(store, &signature, &mut self.machine.program);
                let (mut types, mut count) = (Vec::new(), 0);
                while let Term::Pi(domain, body) = store.term(rest) {
                    if count >= data.parameters {
                        types.push(compiler.compile(domain)?);
                    }
                    compiler.enter(domain);
                    count += 1;
                    rest = body;
                }
                all.push(Fields { constructor, types });
            }
            self.machine.fields.push(all);
        }
        Ok(())
    }

    /// The functions declared by `fun`.
    fn declared(&mut self, theory: &mut Theory, normalizer: &mut Normalizer) -> Result<(), BuildError> {
        let signature = self.signature();
        for function in theory.declared.clone().functions() {
            let Role::Function(number) = signature.role(function.constant) else { continue };
            let mut clauses = Vec::new();
            for clause in &function.clauses {
                clauses.extend(self.clause(theory, normalizer, clause)?);
            }
            self.machine.meanings[number as usize] = match clauses.len() == function.clauses.len() {
                true => Meaning::Clauses(clauses.into()),
                false => Meaning::Opaque,
            };
        }
        Ok(())
    }

    fn clause(
        &mut self,
        theory: &mut Theory,
        normalizer: &mut Normalizer,
        clause: &declared::Clause,
    ) -> Result<Option<Clause>, BuildError> {
        let signature = self.signature();
        let ty = theory.environment.declaration(clause.axiom).ty;
        let (domains, _) = binders(&theory.environment.store, ty);
        let (left, right) = (clause.left, normalizer.normal(&mut theory.environment, clause.right)?);
        let store = &theory.environment.store;
        let (_, arguments) = store.spine(left);
        let patterns = arguments.iter().map(|&argument| pattern_of(store, &signature, argument, clause.binders));
        let Some(patterns) = patterns.collect::<Option<Vec<_>>>() else { return Ok(None) };
        let right = self.right(store, &signature, &domains[..clause.binders.min(domains.len())], right)?;
        Ok(Some(Clause { patterns, variables: clause.binders, right }))
    }

    fn right(
        &mut self,
        store: &Store,
        signature: &Signature,
        domains: &[TermId],
        right: TermId,
    ) -> Result<CodeId, BuildError> {
        let mut compiler = Compiler::new(store, signature, &mut self.machine.program);
        domains.iter().for_each(|&domain| compiler.enter(domain));
        Ok(compiler.compile(right)?)
    }

    /// The constants over finite types.
    fn tables(&mut self, theory: &Theory) {
        let signature = self.signature();
        for (number, function) in signature.functions.iter().enumerate() {
            if !matches!(self.machine.meanings[number], Meaning::Nothing) {
                continue;
            }
            let store = &theory.environment.store;
            let (domains, output) = binders(store, function.ty);
            let finite = |ty: TermId| match store.term(ty) {
                Term::Sort(Sort::Prop) => Some(Domain::Prop),
                Term::Const(constant) => match signature.sorts.iter().position(|&sort| sort == constant) {
                    Some(sort) => Some(Domain::Sort(sort)),
                    None => {
                        let place = *signature.data_of.get(&constant)?;
                        let data = &signature.data[place];
                        (data.is_enumeration(&signature) && !data.constructors.is_empty())
                            .then_some(Domain::Enumeration(place))
                    }
                },
                _ => None,
            };
            let arguments: Option<Vec<Domain>> = domains.iter().map(|&domain| finite(domain)).collect();
            let (Some(arguments), Some(result)) = (arguments, finite(output)) else { continue };
            let most = |domain: &Domain| match domain {
                Domain::Prop => 2,
                Domain::Sort(_) => u64::from(ELEMENTS),
                Domain::Enumeration(data) => signature.data[*data].constructors.len() as u64,
            };
            let cells = arguments.iter().map(most).try_fold(1, |all: u64, size| all.checked_mul(size));
            // Values of cells are bits of a word.
            if cells.is_some_and(|cells| cells <= CELLS) && most(&result) <= 32 {
                self.machine.meanings[number] = Meaning::Table(self.machine.shapes.len());
                self.machine.shapes.push(Shape { arguments, result });
            }
        }
    }

    /// The constants that axioms define: by equations, or by their consequences.
    fn defined(&mut self, theory: &mut Theory) -> Result<(), BuildError> {
        let signature = self.signature();
        loop {
            let mut changed = false;
            for number in 0..signature.functions.len() {
                if matches!(self.machine.meanings[number], Meaning::Nothing)
                    && (self.by_equations(theory, number)? || self.by_laws(theory, number)?)
                {
                    changed = true;
                }
            }
            if !changed {
                return Ok(());
            }
        }
    }

    /// Whether a constant has a meaning already.
    fn has_meaning(&self, constant: ConstId) -> bool {
        match self.machine.signature.role(constant) {
            Role::Function(number) => !matches!(self.machine.meanings[number as usize], Meaning::Nothing),
            Role::Equality | Role::Former(_) => true,
            Role::Other => false,
        }
    }

    /// Defines a constant by equations among the axioms, if there are such; whether it is defined now.
    fn by_equations(&mut self, theory: &mut Theory, number: usize) -> Result<bool, BuildError> {
        let signature = self.signature();
        let constant = signature.functions[number].constant;
        let Some(equality) = theory.equality else { return Ok(false) };
        let mut chosen: Vec<(Candidate, Vec<Pattern>)> = Vec::new();
        for claim in &signature.axioms {
            if self.settled.contains(&claim.constant) {
                continue;
            }
            let store = &theory.environment.store;
            let (domains, output) = binders(store, claim.statement);
            let (head, sides) = store.spine(output);
            if store.term(head) != Term::Const(equality.eq) || sides.len() != 3 {
                continue;
            }
            for (left, right) in [(sides[1], sides[2]), (sides[2], sides[1])] {
                let (head, arguments) = store.spine(left);
                if store.term(head) != Term::Const(constant) || arguments.len() != signature.functions[number].arity {
                    continue;
                }
                let candidate = Candidate { axiom: claim.constant, binders: domains.len(), arguments, right };
                let Some(patterns) = self.is_clause(theory, number, &candidate) else { continue };
                if chosen.iter().all(|(_, known)| are_apart(known, &patterns)) {
                    chosen.push((candidate, patterns));
                }
                break;
            }
        }
        let rows: Vec<&[Pattern]> = chosen.iter().map(|(_, patterns)| patterns.as_slice()).collect();
        if chosen.is_empty() || !covers(&signature, &rows, 0) || !ends(theory, constant, &chosen) {
            return Ok(false);
        }
        let mut clauses = Vec::new();
        for (candidate, patterns) in &chosen {
            let ty =
                signature.axioms.iter().find(|claim| claim.constant == candidate.axiom).map(|claim| claim.statement);
            let (domains, _) = ty.map_or((Vec::new(), candidate.right), |ty| binders(&theory.environment.store, ty));
            let right = self.right(&theory.environment.store, &signature, &domains, candidate.right)?;
            clauses.push(Clause { patterns: patterns.clone(), variables: candidate.binders, right });
            self.settled.insert(candidate.axiom);
        }
        self.machine.meanings[number] = Meaning::Clauses(clauses.into());
        Ok(true)
    }

    /// The patterns of an equation that may be a clause of a function: each variable occurs once, those of the right
    /// side on the left, and the right side mentions only constants that have a meaning and the function itself.
    fn is_clause(&self, theory: &Theory, number: usize, candidate: &Candidate) -> Option<Vec<Pattern>> {
        let signature = &self.machine.signature;
        let store = &theory.environment.store;
        let constant = signature.functions[number].constant;
        let mut patterns = Vec::new();
        for &argument in &candidate.arguments {
            patterns.push(pattern_of(store, signature, argument, candidate.binders)?);
        }
        let mut bound = Vec::new();
        patterns.iter().for_each(|pattern| variables(pattern, &mut bound));
        let distinct: FxHashSet<u32> = bound.iter().copied().collect();
        let used = mentions(store, candidate.right, candidate.binders as u32);
        let has_all = distinct.len() == bound.len() && used.iter().all(|variable| distinct.contains(variable));
        let known = constants(&theory.environment, candidate.right);
        let is_known = known.iter().all(|&other| other == constant || self.has_meaning(other));
        (has_all && is_known).then_some(patterns)
    }

    /// Defines a predicate by its consequences; whether it is defined now.
    fn by_laws(&mut self, theory: &mut Theory, number: usize) -> Result<bool, BuildError> {
        let signature = self.signature();
        let function = &signature.functions[number];
        let (domains, output) = binders(&theory.environment.store, function.ty);
        if theory.environment.store.term(output) != Term::Sort(Sort::Prop) || domains.len() != function.arity {
            return Ok(false);
        }
        let (mut laws, mut used) = (Vec::new(), Vec::new());
        for claim in &signature.axioms {
            if self.settled.contains(&claim.constant) {
                continue;
            }
            let Some(law) = law(theory, function.constant, function.arity, claim.statement) else { continue };
            let known = constants(&theory.environment, law);
            if known.iter().any(|&other| !self.has_meaning(other)) {
                continue;
            }
            laws.push(self.right(&theory.environment.store, &signature, &domains, law)?);
            used.push(claim.constant);
        }
        if laws.is_empty() {
            return Ok(false);
        }
        self.settled.extend(used);
        self.machine.meanings[number] = Meaning::Law(laws.into());
        Ok(true)
    }

    /// Gives every other constant some value of its type.
    fn rest(&mut self, theory: &mut Theory) -> Result<(), BuildError> {
        let signature = self.signature();
        for (number, function) in signature.functions.iter().enumerate() {
            if matches!(self.machine.meanings[number], Meaning::Nothing) {
                let ty = self.right(&theory.environment.store, &signature, &[], function.ty)?;
                self.machine.meanings[number] = Meaning::Given(ty);
            }
        }
        Ok(())
    }
}

/// The types of the arrows at the front of a type, each under those before it, and the type behind them.
fn binders(store: &Store, mut ty: TermId) -> (Vec<TermId>, TermId) {
    let mut domains = Vec::new();
    while let Term::Pi(domain, body) = store.term(ty) {
        domains.push(domain);
        ty = body;
    }
    (domains, ty)
}

/// The pattern that a term under this many binders is: a variable, or a constructor with all of its arguments; `None`
/// for anything else. Types fit whatever they are.
fn pattern_of(store: &Store, signature: &Signature, term: TermId, binders: usize) -> Option<Pattern> {
    let (head, arguments) = store.spine(term);
    match store.term(head) {
        Term::Bound(index) if arguments.is_empty() => {
            let place = binders.checked_sub(index as usize + 1)?;
            Some(Pattern::Bind(place as u32))
        }
        Term::Const(constant) => match signature.role(constant) {
            Role::Former(_) => Some(Pattern::Any),
            Role::Function(number) => {
                let function = &signature.functions[number as usize];
                let parameters = function.constructs.filter(|_| function.arity == arguments.len())?;
                let parts = arguments[parameters..].iter().map(|&part| pattern_of(store, signature, part, binders));
                Some(Pattern::Construct(constant, parts.collect::<Option<_>>()?))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The variables of a pattern.
fn variables(pattern: &Pattern, found: &mut Vec<u32>) {
    match pattern {
        Pattern::Bind(place) => found.push(*place),
        Pattern::Any => {}
        Pattern::Construct(_, parts) => parts.iter().for_each(|part| variables(part, found)),
    }
}

/// Whether no arguments fit both rows of patterns.
fn are_apart(one: &[Pattern], other: &[Pattern]) -> bool {
    one.iter().zip(other).any(|(one, other)| match (one, other) {
        (Pattern::Construct(first, parts), Pattern::Construct(second, others)) => {
            first != second || are_apart(parts, others)
        }
        _ => false,
    })
}

/// Whether every row of values fits one of some rows of patterns.
fn covers(signature: &Signature, rows: &[&[Pattern]], depth: u32) -> bool {
    let Some(first) = rows.first() else { return false };
    if depth > 64 {
        return false;
    }
    if first.is_empty() {
        return true;
    }
    let split = rows.iter().find_map(|row| match &row[0] {
        Pattern::Construct(constructor, _) => Some(*constructor),
        _ => None,
    });
    let Some(constructor) = split else {
        let rest: Vec<&[Pattern]> = rows.iter().map(|row| &row[1..]).collect();
        return covers(signature, &rest, depth + 1);
    };
    let Some(data) = signature.data.iter().find(|data| data.constructors.contains(&constructor)) else { return false };
    data.constructors.iter().all(|&constructor| {
        let Role::Function(number) = signature.role(constructor) else { return false };
        let function = &signature.functions[number as usize];
        let count = function.arity - function.constructs.unwrap_or(0);
        let narrowed: Vec<Vec<Pattern>> = rows
            .iter()
            .filter_map(|row| match &row[0] {
                Pattern::Construct(other, _) if *other != constructor => None,
                Pattern::Construct(_, parts) => Some([parts, &row[1..]].concat()),
                _ => Some([&vec![Pattern::Any; count], &row[1..]].concat()),
            })
            .collect();
        let narrowed: Vec<&[Pattern]> = narrowed.iter().map(Vec::as_slice).collect();
        covers(signature, &narrowed, depth + 1)
    })
}

/// Whether all calls of a function by itself give it, in one place, a part of the argument that it was given there.
fn ends(theory: &Theory, constant: ConstId, clauses: &[(Candidate, Vec<Pattern>)]) -> bool {
    let store = &theory.environment.store;
    let Some((first, _)) = clauses.first() else { return false };
    (0..first.arguments.len().max(1)).any(|place| {
        clauses.iter().all(|(candidate, patterns)| {
            let mut parts = Vec::new();
            if let Some(Pattern::Construct(_, inner)) = patterns.get(place) {
                inner.iter().for_each(|pattern| variables(pattern, &mut parts));
            }
            let (mut open, mut seen) = (vec![(candidate.right, 0)], FxHashSet::default());
            while let Some((term, depth)) = open.pop() {
                if !seen.insert((term, depth)) {
                    continue;
                }
                match store.term(term) {
                    Term::Const(other) if other == constant => return false,
                    Term::App(..) => {
                        let (head, arguments) = store.spine(term);
                        if store.term(head) == Term::Const(constant) {
                            let variable = arguments.get(place).map(|&argument| store.term(argument));
                            let is_part = match variable {
                                Some(Term::Bound(index)) => {
                                    let outer = (candidate.binders as u32 + depth).checked_sub(index + 1);
                                    index >= depth && outer.is_some_and(|outer| parts.contains(&outer))
                                }
                                _ => false,
                            };
                            if !is_part || arguments.len() < candidate.arguments.len() {
                                return false;
                            }
                        } else {
                            open.push((head, depth));
                        }
                        open.extend(arguments.into_iter().map(|argument| (argument, depth)));
                    }
                    Term::Lambda(domain, body) | Term::Pi(domain, body) => {
                        open.extend([(domain, depth), (body, depth + 1)]);
                    }
                    _ => {}
                }
            }
            true
        })
    })
}

/// The consequence that an axiom `[... (c x ...) -> ...]`, with different variables `x ...`, states of the predicate
/// `c`: a proposition over its arguments. `None` for an axiom of another form.
fn law(theory: &mut Theory, predicate: ConstId, arity: usize, statement: TermId) -> Option<TermId> {
    let store = &mut theory.environment.store;
    let first = store.local_bound(statement);
    let (mut locals, mut rest) = (Vec::new(), statement);
    let mut found: Option<(usize, Vec<TermId>)> = None;
    while let Term::Pi(domain, body) = store.term(rest) {
        let domain = store.instantiate(domain, &locals);
        let (head, arguments) = store.spine(domain);
        if found.is_none() && store.term(head) == Term::Const(predicate) && arguments.len() == arity {
            let distinct: FxHashSet<TermId> = arguments.iter().copied().collect();
            if distinct.len() == arity && arguments.iter().all(|argument| locals.contains(argument)) {
                found = Some((locals.len(), arguments));
            }
        }
        locals.push(store.local(first + locals.len() as u32, domain));
        rest = body;
    }
    let (premise, arguments) = found?;
    let conclusion = store.instantiate(rest, &locals);
    let kept = locals.iter().enumerate().filter(|(place, local)| *place != premise && !arguments.contains(local));
    let kept: Vec<TermId> = kept.map(|(_, &local)| local).collect();
    let closed = store.close_pi(conclusion, &kept);
    Some(store.abstract_locals(closed, &arguments))
}
