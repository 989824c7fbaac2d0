//! Proof scripts -> proof terms.
//!
//! A block proves its goal by a term over the locals of the script; a fact refers to its proof directly, and proofs
//! share their parts since terms are kept once. (Binding each fact by a beta redex instead would make the kernel
//! substitute through all that follows, once a fact, and would not make proofs lower.) Where several proofs of a step
//! are possible, each is checked as it is found, by inferring its type, which costs only as much as its new terms. A
//! theorem's whole proof goes through the kernel in the end, and in a derivation without a goal every fact does.

mod algebra;
mod apply;
mod compute;
mod explore;
mod frame;
mod open;
mod rewrite;
mod saturate;
mod show;
mod step;

use super::Theory;
use super::elaborate::{Elaborator, Source};
use super::facts::FactIndex;
use super::fault::{self, Fault, codes, fault, shown};
use super::limits::budget;
use super::scope::Scope;
use super::suggest::Failed;
use super::terms::sieve::Sieve;
use super::terms::typed::{Fact, Typed};
use prover_logic::equality::Equality;
use prover_logic::{ConstId, DeclarationKind, Environment, KernelError, Sort, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::{Name, Span, Step, Term, TermRef, Tree};

pub use explore::explore;
use open::Explorer;
pub use open::{Entry, Exploration, OpenGoal};

/// The objects of a theory, and those of a script, among which those are looked for that may stand for a parameter that
/// nothing determines.
const OBJECTS: usize = 256;

type Result<T> = std::result::Result<T, Fault>;

/// The proof of a theorem, as written.
#[derive(Clone, Copy)]
pub(super) struct Proof<'a> {
    /// The tree of the steps.
    pub tree: &'a Tree,
    /// The steps.
    pub steps: &'a [Step],
    /// The name of the theorem.
    pub name: &'a str,
    /// The place where the proof ends.
    pub end: Span,
}

/// A theory in which scripts are carried out.
pub(super) struct Surroundings<'a> {
    pub theory: &'a mut Theory,
    /// The facts of the theory's constants, as far as they have been looked at.
    pub facts: &'a mut FactIndex,
    /// Names that were declared before but whose declaration or proof was refused.
    pub failed: &'a Failed,
}

/// Carries out a proof and adds the theorem; also gives the warnings.
pub(super) fn prove(
    surroundings: Surroundings<'_>,
    proof: Proof<'_>,
    statement: TermId,
) -> (Vec<Diagnostic>, Result<ConstId>) {
    let name = proof.name;
    prove_for(surroundings, (proof, false), statement, |environment, term| {
        environment.add_theorem(name, statement, term)
    })
}

/// Builds an object of a type and adds it as a definition; also gives the warnings.
pub(super) fn build(
    surroundings: Surroundings<'_>,
    proof: Proof<'_>,
    ty: TermId,
) -> (Vec<Diagnostic>, Result<ConstId>) {
    let name = proof.name;
    prove_for(surroundings, (proof, true), ty, |environment, term| environment.add_definition(name, ty, term))
}

/// A theorem that the kernel has accepted, by its terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcceptedProof {
    /// The constant, which an environment need not have yet.
    pub theorem: ConstId,
    /// The proposition.
    pub statement: TermId,
    /// Its proof term.
    pub proof: TermId,
}

/// Carries out the proof of a promise, in a fork that has only the constants declared before it. `accepted` is called
/// with the statement and the proof term once the kernel has accepted them.
pub(super) fn fulfil(
    surroundings: Surroundings<'_>,
    proof: Proof<'_>,
    promise: ConstId,
    accepted: impl FnOnce(&Environment, AcceptedProof),
) -> (Vec<Diagnostic>, Result<()>) {
    let statement = match surroundings.theory.environment.promised(promise) {
        Ok(statement) => statement,
        Err(error) => return (Vec::new(), Err(fault(codes::REFUSED_PROOF, proof.end, error.to_string()))),
    };
    prove_for(surroundings, (proof, false), statement, |environment, term| {
        environment.fulfil(promise, term)?;
        accepted(environment, AcceptedProof { theorem: promise, statement, proof: term });
        Ok(())
    })
}

/// Carries out a proof, or the steps that build an object, and hands its term to the kernel.
fn prove_for<T>(
    surroundings: Surroundings<'_>,
    (proof, builds): (Proof<'_>, bool),
    statement: TermId,
    check: impl FnOnce(&mut Environment, TermId) -> std::result::Result<T, KernelError>,
) -> (Vec<Diagnostic>, Result<T>) {
    let mut script = Script::new(surroundings, proof.tree, false);
    script.builds = builds;
    let mut found = script.whole(proof.steps, Some(statement), proof.end);
    if let Err(error) = &mut found
        && error.code == codes::INCOMPLETE_PROOF
    {
        script.list_open(error, proof, statement);
    }
    let Script { theory, warnings, .. } = script;
    let added = found.and_then(|term| {
        let Some(term) = term else {
            return Err(fault(codes::INCOMPLETE_PROOF, proof.end, "the proof is incomplete"));
        };
        check(&mut theory.environment, term).map_err(|error| {
            let names = theory.names();
            let cause = fault::kernel(&mut theory.environment, &names, proof.end, &error);
            match error {
                KernelError::BudgetExhausted | KernelError::TooDeep => cause,
                _ => Box::new(
                    Diagnostic::error(codes::REFUSED_PROOF, proof.end, "the kernel refuses this proof")
                        .with_note(cause.message.clone()),
                ),
            }
        })
    });
    (warnings, added)
}

/// Carries out a derivation without a goal. Its declarations are locals, so that nothing of it stays.
pub(super) fn verify(surroundings: Surroundings<'_>, tree: &Tree, steps: &[Step]) -> (Vec<Diagnostic>, Result<()>) {
    let mut script = Script::new(surroundings, tree, true);
    let end = steps.last().map(|step| step.span).unwrap_or_default();
    let result = script.whole(steps, None, end).map(|_| ());
    (script.warnings, result)
}

/// Proves a statement with a script, given as the text between the braces of a theorem, and adds it as a theorem.
///
/// # Errors
///
/// The faults of the script; positions are offsets into it.
pub fn prove_with_script(
    theory: &mut Theory,
    name: &str,
    statement: TermId,
    script_text: &str,
) -> std::result::Result<ConstId, Vec<Diagnostic>> {
    let (tree, steps) = prover_syntax::parse_steps(script_text)?;
    theory.environment.set_budget(budget(script_text.len()));
    let length = script_text.len() as u32;
    let proof = Proof { tree: &tree, steps: &steps, name, end: Span { start: length, end: length } };
    let mut facts = FactIndex::new();
    let surroundings = Surroundings { theory, facts: &mut facts, failed: &Failed::default() };
    let (_, added) = prove(surroundings, proof, statement);
    added.map_err(|error| vec![*error])
}

/// A script while it is carried out.
struct Script<'a> {
    theory: &'a mut Theory,
    facts: &'a mut FactIndex,
    failed: &'a Failed,
    tree: &'a Tree,
    scope: Scope,
    warnings: Vec<Diagnostic>,
    /// The number of blocks around the present step.
    depth: usize,
    /// Whether declarations may stand among the steps.
    declares: bool,
    /// The record of open ends; without one they are refused.
    explorer: Option<Explorer>,
    /// Whether the script builds an object, so that objects are goals as well.
    builds: bool,
    /// Whether the last step was an `intro`.
    has_just_introduced: bool,
    /// The facts of the theory, sifted, once that was asked for.
    sieve: Option<Sieve>,
    /// The objects in scope, the newest last.
    objects: Vec<Typed>,
    /// Names that were taken, with those that their locals got instead.
    varied: Vec<(String, String)>,
}

/// The part of a block that is left to prove.
enum State {
    /// There was no goal.
    Goalless,
    /// One goal.
    Open(TermId),
    /// The premises of the function applied.
    Pending(Pending),
    /// No goal is left: this is the proof.
    Closed(TermId),
}

/// An application with premises to prove.
struct Pending {
    /// The goal that it proves.
    goal: TermId,
    /// Its proof, with a local for each premise that is not proved.
    proof: TermId,
    /// These locals, in order.
    holes: Vec<TermId>,
    /// The propositions that they prove.
    premises: Vec<TermId>,
    /// The proofs of the first of them.
    proofs: Vec<TermId>,
}

impl<'a> Script<'a> {
    fn new(surroundings: Surroundings<'a>, tree: &'a Tree, declares: bool) -> Self {
        let Surroundings { theory, facts, failed } = surroundings;
        let scope = theory.scope();
        Self {
            theory,
            facts,
            failed,
            tree,
            scope,
            warnings: Vec::new(),
            depth: 0,
            declares,
            explorer: None,
            builds: false,
            has_just_introduced: false,
            sieve: None,
            objects: Vec::new(),
            varied: Vec::new(),
        }
    }

    /// All steps, with the facts of the theory in scope.
    fn whole(&mut self, steps: &[Step], goal: Option<TermId>, end: Span) -> Result<Option<TermId>> {
        let equality = self.equality();
        let added = self.facts.add_constants(&mut self.theory.environment, equality.as_ref());
        self.lift(end, added)?;
        let mark = self.facts.mark();
        let result = self.block(steps, goal, end);
        self.facts.rollback(&self.theory.environment.store, mark);
        result
    }

    fn equality(&self) -> Option<Equality> {
        self.theory.equality
    }

    fn text(&mut self, term: TermId) -> String {
        let names = self.scope.printed(&self.theory.environment.store);
        shown(&mut self.theory.environment, &names, term)
    }

    fn name(&self, name: &Name) -> &'a str {
        self.tree.name(name.symbol)
    }

    fn kernel(&mut self, span: Span, error: &KernelError) -> Fault {
        let names = self.scope.printed(&self.theory.environment.store);
        fault::kernel(&mut self.theory.environment, &names, span, error)
    }

    fn lift<T>(&mut self, span: Span, result: std::result::Result<T, KernelError>) -> Result<T> {
        result.map_err(|error| self.kernel(span, &error))
    }

    fn elaborator(&mut self) -> Elaborator<'_> {
        let source = Source { tree: self.tree, scope: &self.scope, failed: self.failed };
        Elaborator::new(&mut self.theory.environment, source)
    }

    fn proposition(&mut self, ty: TermRef) -> Result<TermId> {
        self.elaborator().proposition(ty)
    }

    /// The goal of a block, or a fact: a proposition or, where an object is built, a type.
    fn statement(&mut self, ty: TermRef) -> Result<TermId> {
        if self.builds { self.elaborator().ty(ty) } else { self.proposition(ty) }
    }

    fn equal(&mut self, a: TermId, b: TermId, span: Span) -> Result<bool> {
        let equal = self.theory.environment.definitionally_equal(a, b);
        self.lift(span, equal)
    }

    fn infer(&mut self, term: TermId, span: Span) -> Result<TermId> {
        let ty = self.theory.environment.infer(term);
        self.lift(span, ty)
    }

    fn is_proposition(&mut self, ty: TermId, span: Span) -> Result<bool> {
        let sort = self.theory.environment.sort_of(ty);
        Ok(self.lift(span, sort)? == Sort::Prop)
    }

    fn add_fact(&mut self, fact: Fact, span: Span) -> Result<()> {
        // A theorem's whole proof goes through the kernel in the end; a derivation without a goal ends with its facts.
        if self.declares {
            let found = self.theory.environment.infer(fact.proof);
            let found = self.lift(span, found)?;
            if !self.equal(found, fact.proposition, span)? {
                return Err(self.kernel(span, &KernelError::TypeMismatch { expected: fact.proposition, found }));
            }
        }
        let equality = self.equality();
        let added = self.facts.push(&mut self.theory.environment, equality.as_ref(), fact);
        self.lift(span, added)
    }

    /// A proof of the proposition from the facts and locals in scope.
    fn find_fact(&mut self, proposition: TermId, span: Span) -> Result<Option<TermId>> {
        if self.builds && !self.is_proposition(proposition, span)? {
            return self.find_object(proposition, span);
        }
        let equality = self.equality();
        let found = self.facts.find(&mut self.theory.environment, equality.as_ref(), proposition);
        self.lift(span, found)
    }

    /// The newest object in scope of a type.
    fn find_object(&mut self, ty: TermId, span: Span) -> Result<Option<TermId>> {
        for object in self.objects.clone().into_iter().rev() {
            if self.equal(object.ty, ty, span)? {
                return Ok(Some(object.term));
            }
        }
        Ok(None)
    }

    /// The objects that may stand for a parameter that nothing determines: those in scope, the newest first, and then
    /// the theory's in the order of their declaration, bounded in number.
    fn objects(&mut self, span: Span) -> Result<Vec<Typed>> {
        let mut objects: Vec<Typed> = self.objects.iter().rev().take(OBJECTS).copied().collect();
        let environment = &mut self.theory.environment;
        let all: Vec<(ConstId, TermId)> = environment
            .declarations()
            .filter(|(_, declaration)| !matches!(declaration.kind, DeclarationKind::Theorem | DeclarationKind::Promise))
            .take(OBJECTS)
            .map(|(constant, declaration)| (constant, declaration.ty))
            .collect();
        let spent = environment.spend(all.len() as u64);
        objects.extend(all.into_iter().map(|(constant, ty)| Typed { term: environment.store.constant(constant), ty }));
        self.lift(span, spent)?;
        Ok(objects)
    }

    /// Whether a term proves a proposition, by the kernel's own check; a term that is ill typed does not.
    fn proves(&mut self, proof: TermId, proposition: TermId, span: Span) -> Result<bool> {
        match self.theory.environment.infer(proof) {
            Ok(found) => self.equal(found, proposition, span),
            Err(error @ (KernelError::BudgetExhausted | KernelError::TooDeep)) => Err(self.kernel(span, &error)),
            Err(_) => Ok(false),
        }
    }

    /// The function after `by` or `apply`, perhaps with its first arguments.
    fn function(&mut self, by: TermRef) -> Result<TermId> {
        match self.tree.term(by) {
            Term::Name(symbol) => self.named_function(&Name { symbol: *symbol, span: self.tree.span(by) }),
            _ => self.elaborator().term(by),
        }
    }

    /// The function that a name means.
    fn named_function(&mut self, name: &Name) -> Result<TermId> {
        let text = self.name(name);
        if let Some(local) = self.scope.get(text) {
            return Ok(local);
        }
        if let Some(constant) = self.theory.environment.find(text) {
            return Ok(self.theory.environment.store.constant(constant));
        }
        Err(self.no_such_function(name))
    }

    fn no_such_function(&self, name: &Name) -> Fault {
        let text = self.name(name);
        let error = Diagnostic::error(codes::UNKNOWN_NAME, name.span, format!("nothing is called `{text}`"));
        let globals = self.theory.environment.declarations().map(|(_, declaration)| &*declaration.name);
        let near = self.failed.closest(text, self.scope.names().chain(globals));
        let meant = meant(text).filter(|meant| self.theory.environment.find(meant).is_some());
        Box::new(match near {
            _ if self.failed.contains(text) => error.with_hint(format!("`{text}` stands above, but was refused")),
            _ if meant.is_some() => error.with_hint(format!("write `by {}`", meant.unwrap_or_default())),
            _ if matches!(text, "rewrite" | "eq_refl" | "eq_symm") => {
                error.with_hint(format!("`{text}` comes with a declaration of `=`"))
            }
            Some(near) => error.with_hint(format!("did you mean `{near}`?")),
            None => error,
        })
    }

    /// Whether a term is the constant `rewrite` that comes with `=`.
    fn is_rewrite(&self, function: TermId) -> bool {
        use prover_logic::Term::Const;
        self.equality().is_some_and(|equality| self.theory.environment.store.term(function) == Const(equality.rewrite))
    }
}

/// The theorem that newcomers mean by a word of other provers.
fn meant(word: &str) -> Option<&'static str> {
    match word {
        "refl" | "rfl" | "reflexivity" | "eq.refl" => Some("eq_refl"),
        "symm" | "sym" | "symmetry" | "eq.symm" => Some("eq_symm"),
        "subst" | "simp" | "rewriting" | "trans" | "eq_trans" | "congr" | "cong" => Some("rewrite"),
        _ => None,
    }
}
