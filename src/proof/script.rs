//! Solutions as proof terms and as scripts that `prover check` accepts.

use super::action::Action;
use super::names::{free_name, local_name, scope_names};
use super::problem::{ProofProblem, STEPS_PER_STATE};
use super::state::{InScope, Item, State};
use prover_logic::environment::DEFAULT_BUDGET;
use prover_logic::{ConstId, DeclarationKind, KernelError, Store, Term, TermId};
use prover_search::{Problem, Solution, SolutionStep};
use prover_theory::equality::completion::{self, By, LemmaProof, ProofChain, ProofStep};
use prover_theory::print::{Names, print};
use prover_theory::terms::application::Facts;
use prover_theory::terms::rewriting::mentions_local;
use prover_theory::terms::rewriting::{Context, closed_subterms};
use prover_theory::terms::typed::Fact;
use rustc_hash::{FxHashMap, FxHashSet};

type Result<T> = std::result::Result<T, ScriptError>;

/// Scripts longer than this are not written: a solution that reuses much unfolds exponentially.
const MAX_LINES: usize = 20_000;

/// Reason why a solution did not become a proof. Each is a fault of the search, which thereby loses a proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// A step could not be taken again.
    #[error("a step of the solution cannot be taken again")]
    Step,
    /// The kernel refuses the proof term.
    #[error("the kernel refuses the proof found: {0}")]
    Kernel(#[from] KernelError),
    /// The script would be too long.
    #[error("the script would have more than {MAX_LINES} lines")]
    TooLong,
}

/// A proof found by search, accepted by the kernel.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The proof term, closed, of the store of the problem's theory.
    pub term: TermId,
    /// The names of the theorems that the proof term or the script mentions, in the order of their declaration.
    pub uses: Vec<String>,
    /// The steps of a script, one a line, indented by two spaces a block.
    pub script: String,
}

impl ProofProblem {
    /// Turns a solution of the root into a proof term, has the kernel check it, and writes the script.
    pub fn proof(&mut self, solution: &Solution<Self>) -> Result<Proof> {
        let root = self.root();
        let plan = self.plan(solution)?;
        let term = self.term(&plan, &root, 0, &mut FxHashMap::default())?;
        let statement = self.statement();
        self.theory().environment.check_proof("", statement, term)?;
        let script = self.script(solution, 1)?;
        // The script has facts that the term turned out not to need.
        let shown = solution.steps.iter().filter_map(|step| match &step.action {
            Action::Show { proof, with, .. } => Some([*proof, with.map_or(*proof, |fact| fact.proof)]),
            _ => None,
        });
        let mentioned: Vec<TermId> = std::iter::once(term).chain(shown.flatten()).collect();
        let environment = &self.theory().environment;
        let uses = environment.constants_of(&mentioned).into_iter().map(|id| environment.declaration(id));
        let uses = uses.filter(|d| d.kind == DeclarationKind::Theorem).map(|d| d.name.to_string()).collect();
        Ok(Proof { term, uses, script })
    }

    /// The steps of a solution of the root, a line each, inside of `depth` blocks.
    pub fn script(&mut self, solution: &Solution<Self>, depth: usize) -> Result<String> {
        let root = self.root();
        let plan = self.plan(solution)?;
        let mut writer = Writer::new(self, &plan, depth);
        writer.block(&root, Some(Next::Step(0)))?;
        Ok(writer.lines.concat())
    }

    /// One action as steps, a line each, inside of `depth` blocks. The subgoals that the action leaves open are blocks
    /// without steps, or the end of the text.
    pub fn step_script(&mut self, state: &State, action: &Action, depth: usize) -> Result<String> {
        let mut plan = vec![PlannedStep { action: action.clone(), subgoals: Vec::new() }];
        plan[0].subgoals = self.planned(state, action, &mut plan, || Ok(Next::Open))?;
        let mut writer = Writer::new(self, &plan, depth);
        writer.block(state, Some(Next::Step(0)))?;
        Ok(writer.lines.concat())
    }

    /// The state that is solved, and the proof of its goal, over the locals in scope; the kernel has not seen it.
    fn proof_term(&mut self, solution: &Solution<Self>) -> Result<(State, TermId)> {
        let state = solution.steps.first().ok_or(ScriptError::Step)?.state.clone();
        let plan = self.plan(solution)?;
        let proof = self.term(&plan, &state, 0, &mut FxHashMap::default())?;
        Ok((state, proof))
    }

    /// The hypotheses and facts in scope that the proof of a solved state mentions, from the oldest on, and then all
    /// the constants that it mentions.
    pub fn used(&mut self, solution: &Solution<Self>) -> Result<(Vec<Fact>, Vec<ConstId>)> {
        let (state, proof) = self.proof_term(solution)?;
        let environment = &mut self.theory().environment;
        let parts: FxHashSet<TermId> = closed_subterms(&environment.store, proof).into_iter().collect();
        let facts = state.items().filter_map(Item::fact).filter(|fact| parts.contains(&fact.proof));
        let mut facts: Vec<Fact> = facts.collect();
        facts.reverse();
        Ok((facts, environment.constants_of(&[proof]).into_iter().collect()))
    }

    /// The theorem that a solved state amounts to, once the locals that its goal or proof mentions are bound: the
    /// statement and its proof, accepted by the kernel. `solution` is the state's.
    pub fn generalised(&mut self, solution: &Solution<Self>) -> Result<Fact> {
        let (state, proof) = self.proof_term(solution)?;
        let mut locals: Vec<TermId> = state
            .items()
            .filter_map(|item| match *item {
                Item::Local { local, .. } => Some(local),
                _ => None,
            })
            .collect();
        locals.reverse();
        let environment = &mut self.theory().environment;
        let used = used_locals(&environment.store, vec![state.goal, proof], &locals);
        let statement = environment.store.close_pi(state.goal, &used);
        let proof = environment.store.close_lambda(proof, &used);
        environment.check_proof("", statement, proof)?;
        Ok(Fact { proposition: statement, proof })
    }

    /// The goal of a state as a statement for all objects that it speaks of, and the same under the hypotheses that
    /// were introduced, if there are any. Nothing says that they are true.
    pub fn as_statements(&mut self, state: &State) -> Vec<TermId> {
        let (mut objects, mut hypotheses) = (Vec::new(), Vec::new());
        for item in state.items() {
            match *item {
                Item::Local { ty, is_proof: true, .. } => hypotheses.push(ty),
                Item::Local { local, .. } => objects.push(local),
                _ => {}
            }
        }
        // The newest item comes first.
        objects.reverse();
        let store = &mut self.theory().environment.store;
        let under = hypotheses.iter().fold(state.goal, |body, &hypothesis| store.pi(hypothesis, body));
        let mut bodies = vec![state.goal, under];
        bodies.dedup();
        let closed = |body| {
            let used = used_locals(store, vec![body], &objects);
            store.close_pi(body, &used)
        };
        bodies.into_iter().map(closed).collect()
    }

    /// The proof term of a solved state: a term over the state's locals.
    fn term(
        &mut self,
        plan: &[PlannedStep],
        state: &State,
        step: usize,
        known: &mut FxHashMap<usize, TermId>,
    ) -> Result<TermId> {
        // States of one step agree in goal and locals, so a proof for one of them is a proof for all.
        if let Some(&term) = known.get(&step) {
            return Ok(term);
        }
        let term = stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || {
            let mut proofs = Vec::new();
            for (subgoal, next) in self.subgoals(plan, state, step)? {
                proofs.push(match next {
                    Some(Next::Step(next)) => self.term(plan, &subgoal, next, known)?,
                    Some(Next::Open) => return Err(ScriptError::Step),
                    None => self.closing_fact(&subgoal).ok_or(ScriptError::Step)?,
                });
            }
            self.term_of_action(state, &plan[step].action, &proofs)
        })?;
        known.insert(step, term);
        Ok(term)
    }

    fn term_of_action(&mut self, state: &State, action: &Action, proofs: &[TermId]) -> Result<TermId> {
        let first = || proofs.first().copied().ok_or(ScriptError::Step);
        match action {
            Action::Intro => {
                let (_, local) = self.introduce(state)?.ok_or(ScriptError::Step)?;
                Ok(self.theory().environment.store.close_lambda(first()?, &[local]))
            }
            Action::Apply { function, application, .. } => {
                let store = &mut self.theory().environment.store;
                application.proof(store, *function, proofs).ok_or(ScriptError::Step)
            }
            Action::Rewrite { equation, reversed, place, .. } => {
                let theory = self.theory();
                let equality = theory.equality.ok_or(ScriptError::Step)?;
                let store = &mut theory.environment.store;
                let from = if *reversed { equation.right } else { equation.left };
                let context = Context::at(store, state.goal, from, equation.ty, *place).ok_or(ScriptError::Step)?;
                // The goal has `left` where the subgoal has `right` (exchanged if reversed); the proof goes back.
                let back = if *reversed { *equation } else { equation.reversed(store, &equality) };
                Ok(back.transport(store, &equality, context.motive, first()?))
            }
            Action::Saturate { proof } | Action::Algebra { proof } => Ok(*proof),
            Action::Complete { proof } => Ok(proof.term),
            &Action::Have { lemma } => {
                let [proof, rest] = *proofs else { return Err(ScriptError::Step) };
                let (_, local) = self.with_lemma(state, lemma);
                let store = &mut self.theory().environment.store;
                let rest = store.abstract_locals(rest, &[local]);
                Ok(store.instantiate(rest, &[proof]))
            }
            Action::Show { .. } | Action::Construct { .. } => first(),
        }
    }

    /// A solution with the steps that bring states to their normal forms. Its first steps are the solution's.
    fn plan(&mut self, solution: &Solution<Self>) -> Result<Vec<PlannedStep>> {
        let steps = solution.steps.iter();
        let mut plan: Vec<_> =
            steps.map(|step| PlannedStep { action: step.action.clone(), subgoals: Vec::new() }).collect();
        for (index, SolutionStep { state, action, subgoals, .. }) in solution.steps.iter().enumerate() {
            self.theory().environment.set_budget(STEPS_PER_STATE);
            let mut solved = subgoals.iter();
            let next = || solved.next().map(|&step| Next::Step(step)).ok_or(ScriptError::Step);
            plan[index].subgoals = self.planned(state, action, &mut plan, next)?;
        }
        self.theory().environment.set_budget(DEFAULT_BUDGET);
        Ok(plan)
    }

    /// The steps after an action on a state: for each state that it leads to the first of the steps to its normal form,
    /// which are added to the plan, and after these the continuation that `open` gives; `None` for one that a fact in
    /// scope closes.
    fn planned(
        &mut self,
        state: &State,
        action: &Action,
        plan: &mut Vec<PlannedStep>,
        mut open: impl FnMut() -> Result<Next>,
    ) -> Result<Vec<Option<Next>>> {
        let successors = self.successors(state, action)?.ok_or(ScriptError::Step)?;
        let mut subgoals = Vec::with_capacity(successors.len());
        for successor in successors {
            let settled = self.settle(&successor)?;
            let mut next = settled.goal.map(|_| open()).transpose()?;
            for action in settled.steps.iter().rev() {
                let ends = matches!(action, Action::Apply { .. });
                let subgoals = if ends { Vec::new() } else { vec![next] };
                plan.push(PlannedStep { action: action.clone(), subgoals });
                next = Some(Next::Step(plan.len() - 1));
            }
            subgoals.push(next);
        }
        Ok(subgoals)
    }

    /// The states that a step of a plan leads to, each with its continuation.
    fn subgoals(&mut self, plan: &[PlannedStep], state: &State, step: usize) -> Result<Vec<(State, Option<Next>)>> {
        let step = plan.get(step).ok_or(ScriptError::Step)?;
        let successors = self.successors(state, &step.action)?.ok_or(ScriptError::Step)?;
        Ok(successors.into_iter().zip(step.subgoals.iter().copied()).collect())
    }
}

/// The locals that terms mention, or that the types of such locals mention, in the order of `locals`.
pub(super) fn used_locals(store: &Store, mut terms: Vec<TermId>, locals: &[TermId]) -> Vec<TermId> {
    // From the last to the first: a local that is kept may need earlier ones for its type.
    let mut used = Vec::new();
    for &local in locals.iter().rev() {
        let mentioned = terms.iter().any(|&term| mentions_local(store, term, local));
        if let (true, Term::Local { ty, .. }) = (mentioned, store.term(local)) {
            used.push(local);
            terms.push(ty);
        }
    }
    used.reverse();
    used
}

/// An action and the continuation of each state that it leads to; `None` where a fact in scope closes it.
struct PlannedStep {
    action: Action,
    subgoals: Vec<Option<Next>>,
}

/// The continuation of a plan after a step.
#[derive(Clone, Copy)]
enum Next {
    /// The step of the plan of that number.
    Step(usize),
    /// Nothing yet: the block stays without steps.
    Open,
}

struct Writer<'a> {
    problem: &'a mut ProofProblem,
    steps: &'a [PlannedStep],
    lines: Vec<String>,
    indent: usize,
    /// Facts that were given a name, because they are arrows and may be used as functions: proposition and name.
    constructed: Vec<(TermId, String)>,
}

impl<'a> Writer<'a> {
    fn new(problem: &'a mut ProofProblem, steps: &'a [PlannedStep], indent: usize) -> Self {
        let constructed = problem.given.functions.clone();
        Self { problem, steps, lines: Vec::new(), indent, constructed }
    }

    fn line(&mut self, text: &str) -> Result<()> {
        if self.lines.len() >= MAX_LINES {
            return Err(ScriptError::TooLong);
        }
        self.lines.push(format!("{}{text}\n", "  ".repeat(self.indent)));
        Ok(())
    }

    fn names(&mut self, state: &State) -> Names {
        let given = &self.problem.given.names;
        scope_names(&self.problem.theory.get_mut().environment, given, state)
    }

    fn text(&mut self, names: &Names, term: TermId) -> String {
        print(&mut self.problem.theory().environment, names, term)
    }

    /// The name by which a script calls a function: a constant, a local, or a fact that was given a name.
    fn function_name(&mut self, names: &Names, function: TermId) -> Result<String> {
        let environment = &mut self.problem.theory().environment;
        if let Term::Const(_) | Term::Local { .. } = environment.store.term(function) {
            return Ok(self.text(names, function));
        }
        let proposition = environment.infer(function)?;
        let named = self.constructed.iter().rev().find(|(p, _)| *p == proposition);
        named.map(|(_, name)| name.clone()).ok_or(ScriptError::Step)
    }

    /// Writes steps after which the state's goal is a fact, or the goal of the block is closed by a fact in scope.
    fn block(&mut self, state: &State, next: Option<Next>) -> Result<()> {
        let Some(Next::Step(step)) = next else { return Ok(()) };
        stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || {
            let action = &self.steps[step].action;
            let subgoals = self.problem.subgoals(self.steps, state, step)?;
            self.action(state, action, &subgoals)
        })
    }

    /// Writes an action and its continuations; `None` for a subgoal that a fact in scope closes.
    fn action(&mut self, state: &State, action: &Action, subgoals: &[(State, Option<Next>)]) -> Result<()> {
        let names = self.names(state);
        match action {
            Action::Intro => {
                let (next, _) = self.problem.introduce(state)?.ok_or(ScriptError::Step)?;
                let Some(Item::Local { ty, is_proof, .. }) = next.items().next().copied() else {
                    return Err(ScriptError::Step);
                };
                let name = self.local_name(state, is_proof);
                let ty = self.text(&names, ty);
                self.line(&format!("intro {name} : {ty}."))?;
                self.successor(subgoals)
            }
            Action::Apply { function, application, .. } => {
                let name = self.function_name(&names, *function)?;
                if application.subgoals().next().is_none() {
                    let goal = self.text(&names, state.goal);
                    return self.line(&format!("show {goal} by {name}."));
                }
                self.line(&format!("apply {name}."))?;
                for (subgoal, next) in subgoals {
                    if next.is_some() {
                        self.nested("goal", subgoal, *next)?;
                    }
                }
                Ok(())
            }
            Action::Rewrite { equation, by, .. } => {
                let proposition = self.equation_text(&names, state, equation, *by)?;
                if let Some(line) = proposition {
                    self.line(&line)?;
                }
                for (subgoal, next) in subgoals {
                    match *next {
                        Some(next) if !self.is_flat(next) => self.nested("have", subgoal, Some(next))?,
                        next => self.block(subgoal, next)?,
                    }
                }
                let goal = self.text(&names, state.goal);
                self.line(&format!("show {goal} by rewrite."))
            }
            Action::Show { proposition, proof, by, with } => {
                if let Some(Fact { proposition: instance, proof }) = *with {
                    let function = self.problem.theory().environment.store.head(proof);
                    let (instance, function) = (self.text(&names, instance), self.function_name(&names, function)?);
                    self.line(&format!("show {instance} by {function}."))?;
                }
                self.show(&names, *proposition, *proof, *by)?;
                self.successor(subgoals)
            }
            Action::Saturate { .. } => {
                let goal = self.text(&names, state.goal);
                self.line(&format!("show {goal} by eqsat."))
            }
            Action::Algebra { .. } => {
                let goal = self.text(&names, state.goal);
                self.line(&format!("show {goal} by algebra."))
            }
            Action::Complete { proof } => self.completed(&names, proof),
            Action::Have { lemma } => {
                let [(proved, proof), (rest, next)] = subgoals else { return Err(ScriptError::Step) };
                let name = self.local_name(state, true);
                let text = self.text(&names, *lemma);
                // What is in scope keeps its names in the lemma's proof, where nothing means it.
                let given = std::mem::replace(&mut self.problem.given.names, names);
                let written = self.enclosed(&format!("have {name} : {text}"), proved, *proof);
                self.problem.given.names = given;
                written?;
                self.block(rest, *next)
            }
            Action::Construct { value, ty, by } => {
                let name = self.fresh_name("c");
                let (ty, value) = (self.text(&names, *ty), self.text(&names, *value));
                let by = self.function_name(&names, *by)?;
                self.line(&format!("construct {name} : {ty} = {value} by {by}."))?;
                self.successor(subgoals)
            }
        }
    }

    /// Writes a proof that completion found: its lemmas, each with a name, and the rewrites of the goal.
    fn completed(&mut self, names: &Names, proof: &completion::Proof) -> Result<()> {
        let mut lemmas = Vec::with_capacity(proof.lemmas.len());
        for LemmaProof { locals, equation, chain } in &proof.lemmas {
            let name = self.fresh_name("l");
            let statement = self.problem.theory().environment.store.close_pi(*equation, locals);
            let text = self.text(names, statement);
            self.line(&format!("have {name} : {text} {{"))?;
            self.indent += 1;
            let mut inner = names.clone();
            for (number, &local) in locals.iter().enumerate() {
                let environment = &mut self.problem.theory().environment;
                let ty = environment.infer(local)?;
                let variable = free_name(environment, &inner, format!("y{number}"));
                let ty = self.text(&inner, ty);
                self.line(&format!("intro {variable} : {ty}."))?;
                inner.insert(local, &variable);
            }
            self.rewrites(&inner, chain, &lemmas)?;
            self.indent -= 1;
            self.line("}")?;
            lemmas.push(name);
        }
        self.rewrites(names, &proof.chain, &lemmas)
    }

    /// Writes the rewrites of a chain: for each the equation, as an instance of a fact or lemma, and the equation
    /// reached by it.
    fn rewrites(&mut self, names: &Names, chain: &ProofChain, lemmas: &[String]) -> Result<()> {
        if chain.steps.first().is_none_or(|first| first.reached != first.equation) {
            let theory = self.problem.theory();
            let equality = theory.equality.ok_or(ScriptError::Step)?;
            let store = &mut theory.environment.store;
            let eq = store.constant(equality.eq);
            let same = store.apps(eq, &[chain.ty, chain.start, chain.start]);
            let (same, refl) =
                (self.text(names, same), self.problem.theory().environment.store.constant(equality.refl));
            let refl = self.function_name(names, refl)?;
            self.line(&format!("show {same} by {refl}."))?;
        }
        let mut shown = FxHashSet::default();
        for ProofStep { equation, by, reached } in &chain.steps {
            let function = match *by {
                By::Given => None,
                By::Fact(proof) => Some(self.function_name(names, proof)?),
                By::Lemma(place) => Some(lemmas.get(place).ok_or(ScriptError::Step)?.clone()),
            };
            if let Some(function) = function.filter(|_| shown.insert(*equation)) {
                let equation = self.text(names, *equation);
                self.line(&format!("show {equation} by {function}."))?;
            }
            if shown.insert(*reached) {
                let reached = self.text(names, *reached);
                self.line(&format!("show {reached} by rewrite."))?;
            }
        }
        Ok(())
    }

    fn successor(&mut self, subgoals: &[(State, Option<Next>)]) -> Result<()> {
        match subgoals {
            [(state, next)] => self.block(state, *next),
            _ => Err(ScriptError::Step),
        }
    }

    fn nested(&mut self, word: &str, state: &State, next: Option<Next>) -> Result<()> {
        let names = self.names(state);
        let goal = self.text(&names, state.goal);
        self.enclosed(&format!("{word} {goal}"), state, next)
    }

    /// Writes a block, and the text before its brace.
    fn enclosed(&mut self, before: &str, state: &State, next: Option<Next>) -> Result<()> {
        self.line(&format!("{before} {{"))?;
        let named = self.constructed.len();
        self.indent += 1;
        self.block(state, next)?;
        self.indent -= 1;
        self.constructed.truncate(named);
        self.line("}")
    }

    /// Shows a fact; one that is an arrow gets a name, so that it can be applied.
    fn show(&mut self, names: &Names, proposition: TermId, proof: TermId, by: Option<TermId>) -> Result<()> {
        let text = self.text(names, proposition);
        let is_arrow = matches!(self.problem.theory().environment.store.term(proposition), Term::Pi(..));
        match by {
            Some(function) if is_arrow => {
                let name = self.fresh_name("f");
                let (value, function) = (self.text(names, proof), self.function_name(names, function)?);
                self.line(&format!("construct {name} : {text} = {value} by {function}."))?;
                self.constructed.push((proposition, name));
                Ok(())
            }
            Some(function) => {
                let function = self.function_name(names, function)?;
                self.line(&format!("show {text} by {function}."))
            }
            None => self.line(&format!("show {text} by rewrite.")),
        }
    }

    fn fresh_name(&mut self, letter: &str) -> String {
        let mut name = format!("{letter}{}", self.lines.len());
        while self.problem.given.names.is_taken(&name) || self.problem.theory().environment.find(&name).is_some() {
            name.push('_');
        }
        name
    }

    /// The name of the local that a state's `intro` brings.
    fn local_name(&mut self, state: &State, is_proof: bool) -> String {
        let given = &self.problem.given.names;
        local_name(&self.problem.theory.get_mut().environment, given, state.locals() as usize, is_proof)
    }

    /// The line that shows the equation of a rewrite, unless it is a fact already.
    fn equation_text(
        &mut self,
        names: &Names,
        state: &State,
        equation: &prover_theory::terms::equation::Equation,
        by: Option<TermId>,
    ) -> Result<Option<String>> {
        let Some(function) = by else { return Ok(None) };
        let theory = self.problem.theory();
        let equality = theory.equality.ok_or(ScriptError::Step)?;
        let store = &mut theory.environment.store;
        let eq = store.constant(equality.eq);
        let proposition = store.apps(eq, &[equation.ty, equation.left, equation.right]);
        // A fact of the theory is in scope as well, but for a lemma: the file of the proof has only those that it
        // names.
        let fact = (InScope { state, globals: &self.problem.rules.facts }).exact(proposition);
        let environment = &self.problem.theory().environment;
        let is_lemma = |proof| match environment.store.term(proof) {
            Term::Const(constant) => environment.declaration(constant).kind == DeclarationKind::Theorem,
            _ => false,
        };
        if fact.is_some_and(|proof| !is_lemma(proof)) {
            return Ok(None);
        }
        let (proposition, function) = (self.text(names, proposition), self.function_name(names, function)?);
        Ok(Some(format!("show {proposition} by {function}.")))
    }

    /// Whether a step and all that follows shows facts only, so that it needs no block of its own.
    fn is_flat(&self, next: Next) -> bool {
        let Next::Step(mut step) = next else { return false };
        loop {
            let current = &self.steps[step];
            let flat = match &current.action {
                Action::Intro | Action::Have { .. } => false,
                Action::Apply { application, .. } => application.subgoals().next().is_none(),
                Action::Rewrite { .. } | Action::Show { .. } | Action::Construct { .. } => true,
                Action::Saturate { .. } | Action::Algebra { .. } | Action::Complete { .. } => true,
            };
            match (flat, current.subgoals.as_slice()) {
                (true, [] | [None]) => return true,
                (true, &[Some(Next::Step(next))]) => step = next,
                _ => return false,
            }
        }
    }
}
