//! Writing a statement as a sequence of choices.

use super::cost::{ArrowState, Costs, IMPOSSIBLE, Scope, Table, Usage, unit};
use super::grammar::{Grammar, MAX_BINDERS, PROP, TextId, TypeIndex};
use super::{Chooser, ConjectureError, ConjectureOptions};
use prover_logic::{KernelError, Sort, Store, TermId};
use prover_theory::Theory;
use prover_theory::print::{Names, print};
use std::rc::Rc;

/// A statement and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conjecture {
    /// The statement as [`print`](prover_theory::print::print()) writes it.
    pub text: String,
    /// The statement, closed, of sort `prop`.
    pub statement: TermId,
}

/// One step in writing a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The options, as text.
    pub options: Vec<String>,
    /// The index of the chosen option.
    pub chosen: usize,
}

/// Writes statements of a theory; see the [module](super).
///
/// It speaks of the constants that the theory had when it was made, and may be used with any fork of that theory.
#[derive(Debug)]
pub struct Completer {
    grammar: Grammar,
    costs: Costs,
    max_binders: usize,
    max_size: u32,
    max_depth: u8,
}

/// The effect of a choice on the statement.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// A constant.
    Constant(TermId),
    /// The variable of this number.
    Variable(u8),
    /// The beginning of an application.
    Apply(u16),
    /// The end of an application.
    CloseApplication,
    /// The beginning of an implication, or of quantification.
    Open,
    /// One more quantified variable.
    Quantify(TypeIndex),
    /// The item before is a premise, another follows.
    Continue,
    /// The item before is the conclusion.
    Close,
}

/// The syntactic category of an open place.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// The whole statement.
    Statement,
    /// A variable to quantify, or the first item of the statement.
    Quantifier,
    /// An argument.
    Argument(TypeIndex),
    /// The bracket after the last argument.
    CloseApplication,
    /// A premise or conclusion.
    Item(ArrowState),
    /// The continuation after an item; `true` if the item is an implication.
    AfterItem(ArrowState, bool),
}

/// An open place, linked to those behind it.
#[derive(Debug)]
struct Node {
    place: Place,
    /// The number of brackets that may still be opened around a name here; at `AfterItem`, in the items that follow.
    depth: u8,
    /// Whether the text begins with a space.
    spaced: bool,
    /// The least cost of the places behind it, by the set of variables that they have to use.
    behind: Table,
    next: Option<Rc<Node>>,
}

/// One way to read the text so far. There are several while the type of a polymorphic constant is not settled.
#[derive(Clone, Debug)]
struct Reading {
    node: Option<Rc<Node>>,
    acts: Vec<Act>,
}

/// The part of a draft's state that all readings of the text share.
#[derive(Debug)]
struct State {
    /// The types of the quantified variables.
    variables: Vec<TypeIndex>,
    /// Whether each variable has occurred.
    used: Vec<bool>,
    scope: Scope,
    /// The variables that have not occurred.
    unused: Usage,
    /// Lexemes left.
    left: u32,
}

#[derive(Clone, Copy, Debug)]
struct Offer {
    text: TextId,
    reading: usize,
    act: Act,
}

/// A statement being written.
#[derive(Debug)]
pub struct Draft {
    state: State,
    readings: Vec<Reading>,
    text: String,
    /// The possible next choices, for each reading.
    offers: Vec<Offer>,
    /// The same as texts, each once.
    texts: Vec<TextId>,
}

impl Completer {
    /// A completer for the statements of a theory; says why if there is none to write.
    pub fn new(theory: &mut Theory, options: &ConjectureOptions) -> Result<Self, ConjectureError> {
        let grammar = Grammar::new(theory, options);
        if grammar.leaves[usize::from(PROP)].is_empty() && grammar.by_output[usize::from(PROP)].is_empty() {
            let speaks_of_types = super::grammar::has_relation(theory);
            return Err(if speaks_of_types { ConjectureError::NoObjects } else { ConjectureError::NoPropositions });
        }
        let mut completer = Self {
            grammar,
            costs: Costs::new(options.max_hypotheses.min(8) as u8),
            max_binders: options.max_binders.min(MAX_BINDERS),
            max_size: u32::try_from(options.max_size).unwrap_or(u32::MAX).min(IMPOSSIBLE - 1),
            max_depth: options.max_depth.min(32) as u8,
        };
        let mut offers = Vec::new();
        let (start, state) = (completer.start(), completer.state());
        completer.offer(&start, &state, 0, &mut offers);
        if offers.is_empty() {
            return Err(ConjectureError::TooSmall { max_size: options.max_size, max_depth: options.max_depth });
        }
        Ok(completer)
    }

    /// Writes a statement, asking for each piece. `None` if the chooser gives up by an index out of range.
    ///
    /// `theory` is the one that the completer was made for, or a fork of it; the statement is a term of its store.
    pub fn complete(&mut self, theory: &mut Theory, chooser: &mut dyn Chooser) -> Option<Conjecture> {
        chooser.begin();
        let mut draft = self.begin();
        while !draft.texts.is_empty() {
            let options: Vec<&str> = self.options(&draft).collect();
            let chosen = chooser.choose(&options);
            if !self.append(&mut draft, chosen) {
                return None;
            }
        }
        self.finish(theory, draft)
    }

    /// Begins a statement.
    pub fn begin(&mut self) -> Draft {
        let (offers, texts) = (Vec::new(), Vec::new());
        let mut draft = Draft { state: self.state(), readings: vec![self.start()], text: String::new(), offers, texts };
        self.offer_all(&mut draft);
        draft
    }

    /// The possible next texts, each once; none when the statement is complete.
    pub fn options<'c>(&'c self, draft: &'c Draft) -> impl Iterator<Item = &'c str> {
        draft.texts.iter().map(|&text| self.grammar.texts.text(text))
    }

    /// Appends one of the [`options`](Self::options); whether there is one of that index.
    pub fn append(&mut self, draft: &mut Draft, chosen: usize) -> bool {
        let Some(&chosen) = draft.texts.get(chosen) else { return false };
        draft.text.push_str(self.grammar.texts.text(chosen));
        draft.state.left = draft.state.left.saturating_sub(self.grammar.texts.cost(chosen));
        let offers = draft.offers.iter().filter(|offer| offer.text == chosen);
        draft.readings = self.advance(&draft.readings, &mut draft.state, offers);
        self.offer_all(draft);
        true
    }

    /// Lists the possible next choices.
    fn offer_all(&mut self, draft: &mut Draft) {
        let Draft { state, readings, text, offers, texts } = draft;
        offers.clear();
        texts.clear();
        for (number, reading) in readings.iter().enumerate() {
            self.offer(reading, state, number, offers);
        }
        for offer in offers.iter() {
            if !texts.contains(&offer.text) {
                texts.push(offer.text);
            }
        }
        // What was offered before can be completed, so something is on offer.
        debug_assert!(!texts.is_empty() || readings.iter().all(|r| r.node.is_none()), "dead end after {text}");
    }

    /// The statement, if it is whole. `theory` is as for [`complete`](Self::complete).
    pub fn finish(&self, theory: &mut Theory, draft: Draft) -> Option<Conjecture> {
        let reading = draft.readings.first().filter(|_| draft.texts.is_empty())?;
        let statement = self.build(&mut theory.environment.store, &draft.state, &reading.acts)?;
        debug_assert!(
            matches!(theory.environment.sort_of(statement), Ok(Sort::Prop) | Err(KernelError::BudgetExhausted)),
            "{} is no proposition",
            draft.text
        );
        Some(Conjecture { text: draft.text, statement })
    }

    /// The choices with which [`complete`](Self::complete) writes a statement; `None` if it cannot.
    pub fn choices(&mut self, theory: &mut Theory, statement: TermId) -> Option<Vec<Choice>> {
        let text = print(&mut theory.environment, &Names::new(), statement);
        let mut follower = Follower { rest: &text, choices: Vec::new() };
        let conjecture = self.complete(theory, &mut follower)?;
        (conjecture.statement == statement && follower.rest.is_empty()).then_some(follower.choices)
    }

    fn start(&self) -> Reading {
        let behind = Table::new(0, |_| 0);
        let node = Node { place: Place::Statement, depth: self.max_depth, spaced: false, behind, next: None };
        Reading { node: Some(Rc::new(node)), acts: Vec::new() }
    }

    fn state(&self) -> State {
        State { variables: Vec::new(), used: Vec::new(), scope: 0, unused: 0, left: self.max_size }
    }

    /// Appends the possible next choices of a reading.
    fn offer(&mut self, reading: &Reading, state: &State, number: usize, offers: &mut Vec<Offer>) {
        let Some(node) = reading.node.as_deref() else { return };
        let mut add = |text: TextId, spaced: bool, act: Act| {
            offers.push(Offer { text: text + TextId::from(spaced), reading: number, act });
        };
        match node.place {
            Place::Statement => {
                if self.can_open(state) {
                    add(self.grammar.open, false, Act::Open);
                }
                self.offer_atoms(PROP, node, &node.behind, state, &mut add);
            }
            Place::Quantifier => {
                for ty in self.quantifiable(state, state.left) {
                    let text = self.grammar.binders[state.variables.len()][usize::from(ty)];
                    add(text, node.spaced, Act::Quantify(ty));
                }
                let item = ArrowState { quantified: !state.variables.is_empty(), premises: 0 };
                self.offer_item(item, node, state, &mut add);
            }
            Place::Argument(ty) => {
                self.offer_atoms(ty, node, &node.behind, state, &mut add);
                if ty == PROP {
                    self.offer_arrow(node, &node.behind, state, &mut add);
                }
            }
            Place::CloseApplication => add(self.grammar.close_paren, false, Act::CloseApplication),
            Place::Item(item) => self.offer_item(item, node, state, &mut add),
            Place::AfterItem(item, is_arrow) => {
                let (costs, grammar) = (&mut self.costs, &self.grammar);
                let more = |u| costs.continued(grammar, item, node.depth, state.scope, u);
                if node.behind.after(state.unused, more) <= state.left {
                    add(self.grammar.arrow, true, Act::Continue);
                }
                if self.costs.may_close(item, is_arrow) && node.behind.get(state.unused) < state.left {
                    add(self.grammar.close, false, Act::Close);
                }
            }
        }
    }

    /// Whether a quantified statement or implication fits.
    fn can_open(&mut self, state: &State) -> bool {
        let left = state.left.saturating_sub(1);
        let item = ArrowState { quantified: false, premises: 0 };
        self.costs.items(&self.grammar, item, self.max_depth, 0, 0) <= left
            || !self.quantifiable(state, left).is_empty()
    }

    /// The types of which one more variable can be quantified within `left` lexemes.
    fn quantifiable(&mut self, state: &State, left: u32) -> Vec<TypeIndex> {
        let count = state.variables.len();
        let types = self.grammar.binder_types.clone();
        types.into_iter().filter(|&ty| self.fits_with(ty, count, state.scope, state.unused, left)).collect()
    }

    /// Whether one more variable of a type can be quantified, with `count` there already.
    fn fits_with(&mut self, ty: TypeIndex, count: usize, scope: Scope, unused: Usage, left: u32) -> bool {
        if count >= self.max_binders {
            return false;
        }
        let Some(left) = left.checked_sub(self.grammar.texts.cost(self.grammar.binders[count][usize::from(ty)])) else {
            return false;
        };
        let (scope, unused) = (scope | 1 << ty, unused + unit(ty));
        let item = ArrowState { quantified: true, premises: 0 };
        if self.costs.items(&self.grammar, item, self.max_depth, scope, unused) <= left {
            return true;
        }
        // Further variables can only help by being the first of their type.
        let others = self.grammar.binder_types.clone();
        others
            .into_iter()
            .any(|other| scope & (1 << other) == 0 && self.fits_with(other, count + 1, scope, unused, left))
    }

    /// The costs of the places behind an item once it is written.
    fn behind_item(&mut self, item: ArrowState, is_arrow: bool, node: &Node, state: &State) -> Table {
        let (costs, grammar) = (&mut self.costs, &self.grammar);
        node.behind.prefixed(state.unused, |u| costs.after_item(grammar, item, is_arrow, node.depth, state.scope, u))
    }

    fn offer_item(&mut self, item: ArrowState, node: &Node, state: &State, add: &mut impl FnMut(TextId, bool, Act)) {
        let behind = self.behind_item(item, false, node, state);
        self.offer_atoms(PROP, node, &behind, state, add);
        if self.grammar.implications {
            let behind = self.behind_item(item, true, node, state);
            self.offer_arrow(node, &behind, state, add);
        }
    }

    fn offer_atoms(
        &mut self,
        ty: TypeIndex,
        node: &Node,
        behind: &Table,
        state: &State,
        add: &mut impl FnMut(TextId, bool, Act),
    ) {
        let grammar = &self.grammar;
        for (number, _) in state.variables.iter().enumerate().filter(|&(_, &t)| t == ty) {
            let unused = state.unused - if state.used[number] { 0 } else { unit(ty) };
            if behind.get(unused) < state.left {
                add(grammar.variables[number], node.spaced, Act::Variable(number as u8));
            }
        }
        if behind.get(state.unused) < state.left {
            for leaf in &grammar.leaves[usize::from(ty)] {
                add(leaf.text, node.spaced, Act::Constant(leaf.term));
            }
        }
        for &number in &grammar.by_output[usize::from(ty)] {
            let costs = &mut self.costs;
            let cost = |u| costs.production(grammar, number, node.depth, state.scope, u);
            if behind.after(state.unused, cost) <= state.left {
                add(grammar.productions[usize::from(number)].text, node.spaced, Act::Apply(number));
            }
        }
    }

    fn offer_arrow(&mut self, node: &Node, behind: &Table, state: &State, add: &mut impl FnMut(TextId, bool, Act)) {
        let (costs, grammar) = (&mut self.costs, &self.grammar);
        if behind.after(state.unused, |u| costs.arrow(grammar, node.depth, state.scope, u)) <= state.left {
            add(grammar.open, node.spaced, Act::Open);
        }
    }

    /// The readings after the chosen text, which is offered by `offers`.
    fn advance<'o>(
        &mut self,
        readings: &[Reading],
        state: &mut State,
        offers: impl Iterator<Item = &'o Offer>,
    ) -> Vec<Reading> {
        let mut advanced = Vec::with_capacity(1);
        for offer in offers {
            let reading = &readings[offer.reading];
            let Some(node) = &reading.node else { continue };
            if advanced.is_empty() {
                // The same for all readings: the text says which variable it is.
                state.note(offer.act);
            }
            let node = self.after_act(node, offer.act, state);
            let mut acts = reading.acts.clone();
            acts.push(offer.act);
            advanced.push(Reading { node, acts });
        }
        advanced
    }

    /// The open places after something is written at the first one.
    fn after_act(&mut self, node: &Rc<Node>, act: Act, state: &State) -> Option<Rc<Node>> {
        // The first item of a statement is at the same node as its quantifiers.
        let item = match node.place {
            Place::Item(item) => Some(item),
            Place::Quantifier if !matches!(act, Act::Quantify(_)) => {
                Some(ArrowState { quantified: !state.variables.is_empty(), premises: 0 })
            }
            _ => None,
        };
        let is_arrow = matches!(act, Act::Open);
        let next = match item {
            Some(item) => {
                let (place, behind) = (Place::AfterItem(item, is_arrow), node.behind.clone());
                Some(Rc::new(Node { place, depth: node.depth, spaced: false, behind, next: node.next.clone() }))
            }
            None => node.next.clone(),
        };
        let behind = |completer: &mut Self| match item {
            Some(item) => completer.behind_item(item, is_arrow, node, state),
            None => node.behind.clone(),
        };
        match act {
            Act::Constant(_) | Act::Variable(_) | Act::CloseApplication | Act::Close => next,
            Act::Apply(production) => {
                let behind = behind(self);
                self.open_application(production, node.depth, behind, next, state)
            }
            Act::Open if matches!(node.place, Place::Statement) => {
                let behind = node.behind.clone();
                Some(Rc::new(Node { place: Place::Quantifier, depth: node.depth, spaced: false, behind, next }))
            }
            Act::Open => {
                let (place, behind) = (Place::Item(ArrowState { quantified: false, premises: 0 }), behind(self));
                Some(Rc::new(Node { place, depth: node.depth.saturating_sub(1), spaced: false, behind, next }))
            }
            Act::Quantify(_) => {
                // Nothing is behind the statement, whatever is still to be used.
                let behind = Table::new(state.unused, |u| if u == 0 { 0 } else { IMPOSSIBLE });
                Some(Rc::new(Node { place: Place::Quantifier, depth: node.depth, spaced: true, behind, next }))
            }
            Act::Continue => {
                let Place::AfterItem(item, _) = node.place else { return None };
                let place = Place::Item(ArrowState { premises: item.premises + 1, ..item });
                let behind = node.behind.clone();
                Some(Rc::new(Node { place, depth: node.depth, spaced: true, behind, next }))
            }
        }
    }

    /// The places of an application's arguments.
    fn open_application(
        &mut self,
        production: u16,
        depth: u8,
        behind: Table,
        next: Option<Rc<Node>>,
        state: &State,
    ) -> Option<Rc<Node>> {
        let inner = depth.saturating_sub(1);
        let close = |u| if u == 0 { 1 } else { IMPOSSIBLE };
        let mut table = behind.prefixed(state.unused, close);
        let mut node = Rc::new(Node { place: Place::CloseApplication, depth: inner, spaced: false, behind, next });
        let (costs, grammar) = (&mut self.costs, &self.grammar);
        for &ty in grammar.productions[usize::from(production)].inputs.iter().rev() {
            let before = table.prefixed(state.unused, |u| costs.argument(grammar, ty, inner, state.scope, u));
            let place = Place::Argument(ty);
            node = Rc::new(Node { place, depth: inner, spaced: true, behind: table, next: Some(node) });
            table = before;
        }
        Some(node)
    }

    /// The statement that a sequence of acts writes.
    fn build(&self, store: &mut Store, state: &State, acts: &[Act]) -> Option<TermId> {
        let types = state.variables.iter().map(|&ty| self.grammar.types[usize::from(ty)]);
        let locals: Vec<TermId> = types.enumerate().map(|(i, ty)| store.local(i as u32, ty)).collect();
        let mut acts = acts.iter().copied().filter(|act| !matches!(act, Act::Quantify(_)));
        let body = self.build_term(store, &locals, &mut acts)?;
        Some(store.close_pi(body, &locals))
    }

    fn build_term(&self, store: &mut Store, locals: &[TermId], acts: &mut dyn Iterator<Item = Act>) -> Option<TermId> {
        match acts.next()? {
            Act::Constant(term) => Some(term),
            Act::Variable(number) => locals.get(usize::from(number)).copied(),
            Act::Apply(number) => {
                let production = &self.grammar.productions[usize::from(number)];
                let mut term = production.head;
                for _ in &production.inputs {
                    let argument = self.build_term(store, locals, acts)?;
                    term = store.app(term, argument);
                }
                acts.next()?;
                Some(term)
            }
            Act::Open => {
                let mut items = vec![self.build_term(store, locals, acts)?];
                while let Act::Continue = acts.next()? {
                    items.push(self.build_term(store, locals, acts)?);
                }
                let conclusion = items.pop()?;
                // No item has loose indices, so the premises' binders bind nothing.
                Some(items.into_iter().rev().fold(conclusion, |body, premise| store.pi(premise, body)))
            }
            Act::CloseApplication | Act::Quantify(_) | Act::Continue | Act::Close => None,
        }
    }
}

impl State {
    fn note(&mut self, act: Act) {
        match act {
            Act::Variable(number) => {
                let number = usize::from(number);
                if !self.used[number] {
                    self.used[number] = true;
                    self.unused -= unit(self.variables[number]);
                }
            }
            Act::Quantify(ty) => {
                self.variables.push(ty);
                self.used.push(false);
                self.scope |= 1 << ty;
                self.unused += unit(ty);
            }
            _ => {}
        }
    }
}

/// Chooses the pieces of a given text.
struct Follower<'t> {
    rest: &'t str,
    choices: Vec<Choice>,
}

impl Chooser for Follower<'_> {
    fn choose(&mut self, options: &[&str]) -> usize {
        // One option may begin another (`s`, `s2`); the text is canonical, so it is the longest that fits.
        let fitting = options.iter().enumerate().filter(|(_, option)| self.rest.starts_with(**option));
        let Some((chosen, option)) = fitting.max_by_key(|(_, option)| option.len()) else { return usize::MAX };
        self.rest = &self.rest[option.len()..];
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        self.choices.push(Choice { options, chosen });
        chosen
    }
}
