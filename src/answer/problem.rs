//! Building a graph as a search problem.
//!
//! The statements of a question come first, sentence by sentence: each becomes an environment. Then comes the answer, a
//! term that is written from its root down, hole by hole, from left to right. A hole may be filled by
//!
//! - an element of the sentences that the answer is about, if it fits. A name that a statement gave a meaning to stands
//!   for that: the leaf is `resolve(f2, t1)`, and `value(f2, t1)` where a number is wanted;
//! - an operator with one of its signatures, where elements are left for its arguments and it is within the bound on
//!   size. Operators that make one number of one, `abs` and the like, are not put on one another;
//! - a node of the answer that is finished, if it fits.
//!
//! Elements to calculate with are used once, in any order; names, bases, units and the like may be used again when no
//! unused one is left. An answer leaves at most [`Limits::unused`] elements out, and no number if it uses another.
//! Finished nodes are evaluated at once: a node without a value is dead, and nodes of equal values are the same. A step
//! continues by itself while there is only one way.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::instance::{Case, Instance, Verdict};
use super::prompt::Prompt;
use super::reach::{LeafKind, Reach, has_value, is_reusable};
use super::reply::is_empty;
use super::sentence::sentences;
use super::state::{Action, Arena, Filled, Finished, Frame, Hole, Partial, Purpose, State, Step};
use crate::graph::algebra::budget::Budget;
use crate::graph::algebra::error::EvalError;
use crate::graph::algebra::types::Type;
use crate::graph::algebra::value::Value;
use crate::graph::language::compare::{Match, compare};
use crate::graph::language::dag::Graph;
use crate::graph::language::operators::{self, Applied};
use crate::graph::question::Question;
use crate::search::{Outcome, Problem, Solution};

/// When a finished graph is a solution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// When it gives the known answer, by its text or at least by its value; otherwise it is dead. Graphs that cannot
    /// print as the answer are not made.
    Answer {
        /// The answer.
        text: String,
        /// The least match with it: [`Match::Text`] or [`Match::Value`].
        at_least: Match,
    },
    /// Always: the answer is not known.
    Any,
    /// Never: the same graph is to answer several questions, and is worth the share of those that it answers rightly,
    /// by their texts.
    Share {
        /// The answers: first that of the question whose elements graphs are built of, then those of the others.
        answers: Vec<String>,
    },
}

impl Goal {
    /// The goal of graphs that print as an answer.
    pub fn text(answer: &str) -> Self {
        Self::Answer { text: answer.to_owned(), at_least: Match::Text }
    }

    /// The answer, if it is known.
    fn answer(&self) -> Option<&str> {
        match self {
            Self::Answer { text, .. } => Some(text),
            Self::Share { answers } => answers.first().map(String::as_str),
            Self::Any => None,
        }
    }
}

/// Bounds of the graphs that are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Operators of the answer beyond one for each element that it is about; looking names up does not count.
    pub more_operators: usize,
    /// Elements that the answer may leave out.
    pub unused: usize,
    /// Graphs that are kept by [`GraphProblem::found`].
    pub found: usize,
    /// The budget of each node.
    pub budget: Budget,
}

impl Default for Limits {
    fn default() -> Self {
        Self { more_operators: 1, unused: 1, found: 1_000, budget: Budget::new(50_000, 1_000) }
    }
}

/// Prior odds of filling a hole with a finished term rather than with a certain operator: graphs with few operators
/// come first.
const SIMPLICITY: f32 = 8.0;

/// Prior odds of an operator relative to one whose arguments take one more operator.
const SHALLOWNESS: f32 = 2.0;

/// Prior odds of calculating with several numbers rather than negating one, or taking numbers for expressions and
/// lists.
const PLAINNESS: f32 = 4.0;

/// A finished graph; [`GraphProblem::graph_of`] writes it out.
#[derive(Clone, Debug)]
pub struct Found {
    root: Finished,
    /// Its value.
    pub value: Value,
    /// Its match with the answer, if that is known.
    pub matches: Option<Match>,
    /// The verdict on each question, where there are several.
    pub verdicts: Vec<Verdict>,
    /// How long after the problem was made.
    pub after: Duration,
    last: Arc<Step>,
}

impl Found {
    /// The decisions that led to it, the first one first. Forced steps are not among them.
    pub fn steps(&self) -> Vec<&Step> {
        let mut steps: Vec<&Step> =
            std::iter::successors(Some(&*self.last), |step| step.state.before.as_deref()).collect();
        steps.reverse();
        steps
    }
}

/// The problem of answering a question by a graph.
#[derive(Debug)]
pub struct GraphProblem {
    question: Question,
    pub(super) marked: String,
    goal: Goal,
    shown: Option<String>,
    pub(super) limits: Limits,
    pub(super) arena: Arena,
    empty: Finished,
    /// The elements of each sentence that has some.
    pub(super) sentences: Vec<std::ops::Range<u32>>,
    reach: FxHashMap<(u32, u32, Finished), Rc<Reach>>,
    pub(super) statements: FxHashMap<(Finished, usize), Rc<[Finished]>>,
    found: Vec<Found>,
    is_found: FxHashSet<Finished>,
    counter: Arc<AtomicUsize>,
    right: Arc<AtomicUsize>,
    made: Instant,
    /// The text that the model reads before the graphs, if it is not the question; then the texts of states are graphs
    /// alone.
    prompt: Option<Arc<Prompt>>,
    /// Where the search begins, if not at the empty graph.
    start: Option<State>,
}

/// The types of values that answer questions.
fn answers(kind: Type) -> bool {
    use Type::{
        BaseNumber, Bool, Dec, Expr, Int, Label, ListInt, ListLabel, ListRat, Poly, Power, Rat, SetRat, Surd, Time,
    };
    matches!(
        kind,
        Int | Rat | Dec | Bool | Expr | Poly | SetRat | ListInt | ListRat | ListLabel | Surd | Power | BaseNumber
    ) || matches!(kind, Time | Label)
}

/// Whether a value of a type may print as a text or be equal to it. Says yes where it is not sure.
fn may_print(kind: Type, text: &str) -> bool {
    let has = |wanted: fn(char) -> bool| text.chars().any(wanted);
    let is_truth = matches!(text, "True" | "False" | "true" | "false");
    match kind {
        Type::Bool => is_truth,
        Type::Time => text.contains(':'),
        Type::Int | Type::Rat | Type::Dec => has(|c| c.is_ascii_digit()) && !has(|c| c.is_alphabetic() || c == ','),
        Type::SetRat | Type::ListInt | Type::ListRat => has(|c| c.is_ascii_digit()) && !has(char::is_alphabetic),
        Type::Expr | Type::Poly | Type::Power | Type::Surd => !is_truth && !has(|c| c == ',' || c == ':'),
        Type::BaseNumber | Type::Label => !is_truth && !has(|c| c == ',' || c == ' '),
        _ => !is_truth,
    }
}

/// The operators that can be the root of an answer.
fn roots() -> impl Iterator<Item = Applied> {
    operators::applications().iter().copied().filter(|applied| answers(applied.signature().result))
}

/// Whether values of a type are made of others, so that a number passing for one is a special case.
fn is_structure(kind: Type) -> bool {
    matches!(kind, Type::Expr | Type::Poly | Type::ListInt | Type::ListRat | Type::ListChoice)
}

/// Whether an operator only looks names up, which leaves do.
fn is_lookup(applied: Applied) -> bool {
    matches!(applied.operator().name, "resolve" | "value")
}

/// Whether an operator makes one number of one number, such as its magnitude. One on another says little that one alone
/// does not.
fn is_turn(applied: Applied) -> bool {
    let is_number = |kind: &Type| matches!(kind, Type::Int | Type::Rat | Type::Dec);
    let signature = applied.signature();
    is_number(&signature.result) && matches!(signature.parameters, [kind] if is_number(kind))
}

impl GraphProblem {
    /// The problem of a question.
    pub fn new(question: Question, goal: Goal, limits: Limits) -> Self {
        Self::with_arena(question, goal, limits, Arena::default())
    }

    /// The problem of finding one graph that answers several questions. It is built of the elements of the first one,
    /// and an element stands for the one at the same place of each other question.
    ///
    /// # Panics
    /// If there is no question.
    pub fn for_many(cases: &[Case], limits: Limits, prompt: Option<Arc<Prompt>>) -> Self {
        let [first, others @ ..] = cases else { panic!("there is at least one question") };
        let answers = cases.iter().map(|case| case.answer.clone()).collect();
        let arena = Arena::new(others.iter().map(|case| Instance::new(case.question.elements.clone())).collect());
        Self { prompt, ..Self::with_arena(first.question.clone(), Goal::Share { answers }, limits, arena) }
    }

    fn with_arena(question: Question, goal: Goal, limits: Limits, mut arena: Arena) -> Self {
        let operator = operators::named("env").expect("the table of operators has `env`");
        // With a budget of its own: there must be an environment to begin with, however little a node may cost.
        let empty = arena.apply(operator, &[], &question.elements, Budget::default());
        let empty = empty.expect("an environment of nothing has a value");
        Self {
            marked: super::sentence::marked(&question),
            sentences: sentences(&question),
            question,
            goal,
            shown: None,
            limits,
            arena,
            empty,
            reach: FxHashMap::default(),
            statements: FxHashMap::default(),
            found: Vec::new(),
            is_found: FxHashSet::default(),
            counter: Arc::default(),
            right: Arc::default(),
            made: Instant::now(),
            prompt: None,
            start: None,
        }
    }

    /// Lets searches begin at a state that this problem gave; `None` for the empty graph.
    pub fn begin_at(&mut self, start: Option<State>) {
        self.start = start;
    }

    /// The question.
    pub fn question(&self) -> &Question {
        &self.question
    }

    /// Shows the answer in the texts of states from now on, or any other value that a model is to aim at; `None` shows
    /// none.
    pub fn show(&mut self, wanted: Option<String>) {
        self.shown = wanted;
    }

    pub(super) fn shown(&self) -> Option<&str> {
        self.shown.as_deref()
    }

    /// The graphs that were finished so far, in order, each once.
    pub fn found(&self) -> &[Found] {
        &self.found
    }

    /// Errors of evaluation that were met, each once, and that say something of the question: equations without a
    /// solution, division by zero, numbers that are too long.
    pub fn failures(&self) -> &[EvalError] {
        self.arena.failures()
    }

    /// The number of graphs that were finished so far, to be read while a search has the problem.
    pub fn counter(&self) -> Arc<AtomicUsize> {
        self.counter.clone()
    }

    /// The number of those that answer all of several questions.
    pub fn right_counter(&self) -> Arc<AtomicUsize> {
        self.right.clone()
    }

    /// The graph of a solution; `None` for one of another problem.
    pub fn graph(&mut self, solution: &Solution<Self>) -> Option<Graph> {
        let last = solution.steps.last()?;
        match self.go_on(&last.state.partial, last.action) {
            Filled::Root(_, root) => self.arena.graph(root, &self.question.elements).ok(),
            Filled::Dead | Filled::Open(_) => None,
        }
    }

    /// A graph that was found; `None` for one of another problem.
    pub fn graph_of(&self, found: &Found) -> Option<Graph> {
        self.arena.graph(found.root, &self.question.elements).ok()
    }

    /// The types of terms that the elements of a block can make in an environment, with bounds on their sizes.
    fn reach(&mut self, block: std::ops::Range<u32>, scope: Finished) -> Rc<Reach> {
        let key = (block.start, block.end, scope);
        if let Some(known) = self.reach.get(&key) {
            return known.clone();
        }
        let mut leaves = Vec::with_capacity(block.len());
        for element in block {
            let kind = self.question.elements[element as usize].kind;
            let raw = self.arena.element(element, &self.question.elements).filter(|_| has_value(kind));
            let is_number = raw.is_some_and(|raw| self.number(raw, scope).is_some());
            leaves.push(LeafKind { kind, is_number });
        }
        let reach = Rc::new(Reach::new(leaves));
        self.reach.insert(key, reach.clone());
        reach
    }

    /// The number that a name or an expression stands for in an environment.
    fn number(&mut self, raw: Finished, scope: Finished) -> Option<Finished> {
        if scope == self.empty { self.apply("value", &[raw]) } else { self.apply("value", &[raw, scope]) }
    }

    /// Whether a block can make a term of a type that uses all of it, as far as types say.
    pub(super) fn can_use_all(&mut self, goal: Type, block: std::ops::Range<u32>, scope: Finished) -> bool {
        self.reach(block, scope).can_use_all(goal)
    }

    pub(super) fn apply(&mut self, name: &str, arguments: &[Finished]) -> Option<Finished> {
        let operator = operators::named(name)?;
        self.arena.apply(operator, arguments, &self.question.elements, self.limits.budget)
    }

    /// The node of an element as a leaf in a hole: the element itself, or the result of `resolve` or `value` for it;
    /// `None` if its type does not fit.
    fn leaf(&mut self, element: u32, hole: Hole, scope: Finished) -> Option<Finished> {
        let raw = self.arena.element(element, &self.question.elements)?;
        let kind = self.arena.kind(raw);
        let fits = |kind: Type| hole.kind.is_none_or(|wanted| kind.fits(wanted));
        let is_known = scope != self.empty;
        if fits(Type::Rat) && !fits(kind) || hole.kind.is_none() {
            let number = if has_value(kind) { self.number(raw, scope) } else { None };
            if number.is_some() {
                return number;
            }
        }
        if is_known && !hole.is_in_scope && matches!(kind, Type::Expr | Type::Equation | Type::ListChoice | Type::Var) {
            // What a name stands for is wanted if there is a difference.
            let (inside, outside) = (self.apply("resolve", &[raw, scope]), self.apply("resolve", &[raw, self.empty]));
            let class = |node: Option<Finished>| node.map(|node| self.arena.class(node));
            if let Some(node) = inside.filter(|_| class(inside) != class(outside)) {
                let kind = self.arena.kind(node);
                if fits(kind) && (hole.kind.is_some() || answers(kind)) {
                    return Some(node);
                }
            }
        }
        // An answer is calculated, not pointed at.
        (hole.kind.is_some() && fits(kind)).then_some(raw)
    }

    /// The leaves that fit a hole, the first of equal ones; for each whether it uses its element up.
    fn leaves(&mut self, partial: &Partial, hole: Hole, later: usize) -> Vec<Action> {
        let available = self.available(partial);
        let mut seen: SmallVec<[(u32, Type); 8]> = SmallVec::new();
        let mut leaves = Vec::new();
        let elements = partial.block.clone();
        let (unused, used): (Vec<u32>, Vec<u32>) = elements.partition(|element| !partial.is_used(*element));
        let mut has_unused = false;
        for element in unused.into_iter().chain(used) {
            let kind = self.question.elements[element as usize].kind;
            let may_repeat = is_reusable(kind) && hole.kind == Some(kind);
            let is_used = partial.is_used(element);
            let costs = usize::from(!may_repeat);
            if is_used && (has_unused || !may_repeat) || later + costs > available {
                continue;
            }
            let Some(node) = self.leaf(element, hole, partial.scope()) else { continue };
            has_unused |= may_repeat && !is_used;
            let identity = (self.arena.class(node), kind);
            if !seen.contains(&identity) {
                seen.push(identity);
                leaves.push(Action::Leaf { element, node });
            }
        }
        leaves
    }

    /// The number of elements that are left to be used.
    fn available(&self, partial: &Partial) -> usize {
        let counts = |element: &u32| {
            let kind = self.question.elements[*element as usize].kind;
            !is_reusable(kind) || kind == Type::Var
        };
        partial.unused().filter(counts).count()
    }

    /// The actions that fill the next hole of a term: leaves, finished nodes, operators with small arguments first.
    pub(super) fn fillings(&mut self, partial: &Partial) -> Vec<Action> {
        let hole = partial.hole();
        let reach = self.reach(partial.block.clone(), partial.scope());
        let later: SmallVec<[Type; 8]> = partial.later_holes().collect();
        let (later_operators, later_consumed) = reach.arguments(&later);
        let available = self.available(partial);
        let mut actions = self.leaves(partial, hole, later_consumed);
        if let Some(wanted) = hole.kind {
            let fitting = partial.finished.iter().filter(|node| self.arena.kind(**node).fits(wanted));
            actions.extend(fitting.map(|node| Action::Share(*node)));
        }
        let mut applications: SmallVec<[(usize, Applied); 32]> = SmallVec::new();
        let is_turned = partial.frames.last().is_some_and(|frame| is_turn(frame.applied));
        let mut offer = |applied: Applied| {
            let parameters = applied.signature().parameters;
            if is_turned && is_turn(applied) {
                return;
            }
            let (operators, consumed) = reach.arguments(parameters);
            let total = partial.operators + 1 + operators + later_operators;
            let is_small = total <= partial.most_operators && consumed + later_consumed <= available;
            if is_small && !parameters.is_empty() && !is_lookup(applied) {
                applications.push((operators, applied));
            }
        };
        match hole.kind {
            Some(wanted) => operators::producing(wanted).iter().copied().for_each(&mut offer),
            None => roots().for_each(&mut offer),
        }
        applications.sort_by_key(|(operators, _)| *operators);
        actions.extend(applications.into_iter().map(|(_, applied)| Action::Apply(applied)));
        actions
    }

    /// Fills the next hole of a term.
    pub(super) fn fill(&mut self, partial: &Partial, action: Action) -> Filled {
        let mut next = partial.clone();
        let mut finished = match action {
            Action::Apply(applied) => {
                next.frames.push(Frame { applied, arguments: SmallVec::new() });
                next.operators += 1;
                None
            }
            Action::Leaf { element, node } => {
                next.mark_used(element);
                Some(node)
            }
            Action::Share(node) => Some(node),
            Action::State(_) | Action::Ask => return Filled::Dead,
        };
        loop {
            let scope = next.scope();
            let Some(frame) = next.frames.last_mut() else {
                return finished.map_or(Filled::Dead, |root| Filled::Root(next, root));
            };
            frame.arguments.extend(finished.take());
            let parameters = frame.applied.signature().parameters;
            while parameters.get(frame.arguments.len()) == Some(&Type::Env) {
                frame.arguments.push(scope);
            }
            if frame.arguments.len() < parameters.len() {
                return Filled::Open(next);
            }
            let Some(Frame { applied, arguments }) = next.frames.pop() else { return Filled::Dead };
            let elements = &self.question.elements;
            let node = self.arena.apply(applied.operator, &arguments, elements, self.limits.budget);
            let fits = |node: &Finished| next.hole().kind.is_none_or(|wanted| self.arena.kind(*node).fits(wanted));
            let Some(node) = node.filter(fits) else { return Filled::Dead };
            next.finished.push(node);
            finished = Some(node);
        }
    }

    /// The actions where no term has been begun: the readings of the next sentence as a statement, and the question.
    fn continuations(&mut self, partial: &Partial) -> Vec<Action> {
        let left = self.sentences.len() - partial.sentence;
        let statements: Rc<[Finished]> =
            if left > 1 { self.statements_of(partial.scope(), partial.sentence) } else { Rc::new([]) };
        let mut actions: Vec<Action> = statements.iter().map(|node| Action::State(*node)).collect();
        // Where statements are to be had, all but the last two sentences are some.
        if left <= 2 || actions.is_empty() {
            actions.push(Action::Ask);
        }
        actions
    }

    fn actions_of(&mut self, partial: &Partial) -> Vec<Action> {
        match partial.purpose {
            _ if self.sentences.is_empty() => Vec::new(),
            Purpose::Undecided => self.continuations(partial),
            Purpose::Statement | Purpose::Answer => self.fillings(partial),
        }
    }

    /// Carries out one action.
    fn advance(&mut self, partial: &Partial, action: Action) -> Filled {
        match action {
            Action::State(scope) => {
                let mut next = partial.clone();
                next.scopes.push(scope);
                self.sentences[partial.sentence].clone().for_each(|element| next.mark_used(element));
                next.sentence += 1;
                Filled::Open(next)
            }
            Action::Ask => {
                let start = self.sentences.get(partial.sentence).map_or(0, |sentence| sentence.start);
                let end = self.question.elements.len() as u32;
                let operators = (end - start) as usize + self.limits.more_operators;
                Filled::Open(partial.begin(Purpose::Answer, start..end, operators))
            }
            _ => self.filled(partial, action),
        }
    }

    /// Fills a hole of the answer, unless it is clear that it leads to nothing.
    fn filled(&mut self, partial: &Partial, action: Action) -> Filled {
        if let (Some(text), Action::Apply(applied)) = (self.goal.answer(), action)
            && partial.frames.is_empty()
            && !may_print(applied.signature().result, text)
        {
            return Filled::Dead;
        }
        match self.fill(partial, action) {
            Filled::Root(next, root) if self.leaves_out_too_much(&next) || is_empty(self.arena.value(root)) => {
                Filled::Dead
            }
            filled => filled,
        }
    }

    /// Whether a finished answer leaves out more elements than it may, or one number and not another.
    fn leaves_out_too_much(&mut self, partial: &Partial) -> bool {
        let reach = self.reach(partial.block.clone(), partial.scope());
        let numbers = partial.block.clone().zip(reach.leaves()).filter(|(_, leaf)| leaf.is_calculated_with());
        let (mut uses_some, mut lacks_some) = (false, false);
        numbers.for_each(|(element, _)| match partial.is_used(element) {
            true => uses_some = true,
            false => lacks_some = true,
        });
        partial.unused().count() > self.limits.unused || uses_some && lacks_some
    }

    /// The verdicts on a finished graph, one for each of several questions.
    fn verdicts(&self, root: Finished) -> Vec<Verdict> {
        let Goal::Share { answers } = &self.goal else { return Vec::new() };
        let each = answers.iter().enumerate().map(|(index, answer)| match index.checked_sub(1) {
            None => Verdict::of(Ok(self.arena.value(root)), answer),
            Some(other) => Verdict::of(self.arena.elsewhere(other, root), answer),
        });
        each.collect()
    }

    /// The outcome of a finished graph: whether it is a solution. Notes the graph, unless it is already known.
    fn judge(&mut self, state: &State, action: Action, root: Finished) -> Outcome<State> {
        let verdicts = self.verdicts(root);
        let share = (!verdicts.is_empty()).then(|| super::instance::share(&verdicts));
        let value = self.arena.value(root);
        let matches = self.goal.answer().map(|text| compare(value, text));
        let is_solution = match &self.goal {
            Goal::Answer { at_least, .. } => matches >= Some(*at_least),
            Goal::Any => true,
            Goal::Share { .. } => false,
        };
        if self.found.len() < self.limits.found && self.is_found.insert(root) {
            let last = Arc::new(Step { state: state.clone(), action });
            self.counter.fetch_add(1, Ordering::Relaxed);
            if let Some(prompt) = &self.prompt {
                prompt.learn(&verdicts);
            }
            if share == Some(1.0) {
                self.right.fetch_add(1, Ordering::Relaxed);
            }
            self.found.push(Found { root, value: value.clone(), matches, verdicts, after: self.made.elapsed(), last });
        }
        if let Some(share) = share {
            return Outcome::Worth(share);
        }
        if is_solution { Outcome::Subgoals(Vec::new()) } else { Outcome::Dead }
    }
}

impl Problem for GraphProblem {
    type State = State;
    type Action = Action;

    fn root(&mut self) -> State {
        if let Some(start) = &self.start {
            return start.clone();
        }
        let mut start = Partial::new(self.empty, self.question.elements.len());
        // What is forced is done already, as long as it leaves something to do.
        while let [action] = self.actions_of(&start)[..]
            && let Filled::Open(next) = self.go_on(&start, action)
        {
            start = next;
        }
        State { partial: start.into(), before: None }
    }

    fn actions(&mut self, state: &State) -> Vec<Action> {
        self.actions_of(&state.partial)
    }

    fn step(&mut self, state: &State, action: &Action) -> Outcome<State> {
        match self.go_on(&state.partial, *action) {
            Filled::Dead => Outcome::Dead,
            Filled::Root(_, root) => self.judge(state, *action, root),
            Filled::Open(next) => {
                let step = Step { state: state.clone(), action: *action };
                Outcome::Subgoals(vec![State { partial: next.into(), before: Some(step.into()) }])
            }
        }
    }

    fn key(&self, state: &State) -> u128 {
        state.partial.key(&self.arena)
    }

    fn weight(&self, state: &State, action: &Action) -> f32 {
        let Action::Apply(applied) = action else { return SIMPLICITY };
        let partial = &state.partial;
        let reach = self.reach.get(&(partial.block.start, partial.block.end, partial.scope()));
        let parameters = applied.signature().parameters;
        let operators = reach.map_or(0, |reach| reach.arguments(parameters).0);
        // Numbers pass for expressions, and lists can be made of them; mostly that is not what is asked.
        let is_there =
            |kind: &Type| reach.is_some_and(|reach| reach.leaves().any(|leaf| leaf.is_more_than_number(*kind)));
        let is_far = parameters.iter().any(|kind| is_structure(*kind) && !is_there(kind));
        let turn = if is_turn(*applied) { PLAINNESS } else { 1.0 };
        let far = if is_far { PLAINNESS } else { 1.0 };
        SHALLOWNESS.powi(-(operators.min(8) as i32)) / turn / far
    }

    fn state_text(&self, state: &State) -> String {
        if self.prompt.is_some() {
            return self.so_far(state);
        }
        self.written_state(state)
    }

    fn action_text(&self, state: &State, action: &Action) -> String {
        self.written_action(&state.partial, *action)
    }
}

impl GraphProblem {
    /// Carries out an action, and further ones while there is one way only.
    fn go_on(&mut self, partial: &Partial, action: Action) -> Filled {
        let mut filled = self.advance(partial, action);
        while let Filled::Open(next) = &filled {
            match self.actions_of(next)[..] {
                [] => return Filled::Dead,
                [action] => filled = self.advance(&next.clone(), action),
                _ => break,
            }
        }
        filled
    }
}
