//! The proved statements of a run as lemmas: their origins, their uses, and the selection of those that an attempt is
//! offered.
//!
//! A library grows to thousands of lemmas, and a state of a search costs more with each of them. An [`Offer`] therefore
//! lays out a few for each statement: those that mention the constants of the statement, or constants that it reaches
//! through the equations of its functions, that proofs used before, and that the network expects in a proof: it learns
//! from each proof which of the lemmas on offer it used. (The idea is that of relevance filters such as
//! MePo: J. Meng, L. C. Paulson, *Lightweight relevance filtering for machine-generated resolution problems*, J.
//! Applied Logic 7, 2009. The formula is our own.)

use super::lemmas::{Lemmas, Statement, Theorem, World, WorldError};
use prover_logic::{ConstId, DeclarationKind, Sort, Term, TermId};
use prover_network::learn::Example;
use prover_network::{Evaluator, Request};
use prover_proof::Rules;
use prover_search::Deadline;
use prover_syntax::source::LineIndex;
use prover_syntax::tree::{ItemKind, Span};
use prover_theory::Theory;
use prover_theory::print::{Names, print};
use prover_theory::terms::equation::Equation;
use prover_theory::terms::rewriting::tree_size;
use prover_theory::terms::signature::Signature;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The weight of a symbol falls by this factor with each step from the statement.
const FADING: f64 = 0.5;
/// The part of the score that use makes, for each factor of e in the number of proofs, and the part that each lexeme
/// costs.
const USE: f64 = 0.1;
const SIZE: f64 = 0.005;
/// The part of the score that the network makes, for each factor of e by which it expects a lemma more or less than the
/// average one, up to a bound; and the number of lemmas that it judges, for each that is offered.
const EXPECTED: f64 = 0.15;
const MOST_EXPECTED: f64 = 3.0;
const JUDGED: usize = 3;
/// Bytes of the lemmas in a training example, at most.
const EXAMPLE: usize = 2_000;

/// Origin of a lemma.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A goal of the run.
    Goal,
    /// A statement that the network wrote.
    Network,
    /// A statement drawn from the weighted grammar.
    Grammar,
    /// A variant of a goal, a theorem or a stuck subgoal.
    Variant,
    /// A state that was solved on the way to something else.
    Hindsight,
    /// A lemma that was proposed where a proof was stuck.
    Discovery,
    /// A file of theorems that the run was given.
    File,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Goal, Self::Network, Self::Grammar, Self::Variant, Self::Hindsight, Self::Discovery, Self::File];

    /// One word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Goal => "goal",
            Self::Network => "network",
            Self::Grammar => "grammar",
            Self::Variant => "variant",
            Self::Hindsight => "hindsight",
            Self::Discovery => "discovery",
            Self::File => "file",
        }
    }
}

/// The origin and the uses of a lemma.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The origin of the statement.
    pub source: Source,
    /// The iteration in which it was proved, from 1.
    pub iteration: u32,
    /// The number of proofs that use it.
    pub uses: u32,
}

/// A theory and the theorems proved in it, each with its record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Library {
    #[serde(flatten)]
    lemmas: Lemmas,
    /// The records by name; runs of early versions have goals only, and no records.
    #[serde(default)]
    records: BTreeMap<String, Record>,
}

impl Library {
    /// No lemmas in a theory, given by a built-in name or a path.
    pub fn new(theory: &str) -> Self {
        Self { lemmas: Lemmas::new(theory), records: BTreeMap::new() }
    }

    /// The same theorems in a theory that has another name here: that of a built-in theory, or a path.
    #[must_use]
    pub fn in_theory(self, theory: &str) -> Self {
        let mut lemmas = Lemmas::new(theory);
        self.lemmas.theorems().iter().for_each(|theorem| lemmas.push(theorem.clone()));
        Self { lemmas, ..self }
    }

    /// The theorems.
    pub fn lemmas(&self) -> &Lemmas {
        &self.lemmas
    }

    /// The record of a lemma; that of a goal, where there is none.
    pub fn record(&self, name: &str) -> Record {
        let of_old = Record { source: Source::Goal, iteration: 0, uses: 0 };
        self.records.get(name).copied().unwrap_or(of_old)
    }

    /// Adds a theorem that the kernel has accepted, and credits those that it uses.
    pub fn push(&mut self, theorem: Theorem, source: Source, iteration: u32) {
        self.credit(&theorem.uses);
        self.records.insert(theorem.name.clone(), Record { source, iteration, uses: 0 });
        self.lemmas.push(theorem);
    }

    /// Counts a proof for each of the lemmas that it uses.
    pub fn credit(&mut self, uses: &[String]) {
        self.count_uses(uses, |uses| uses.saturating_add(1));
    }

    fn count_uses(&mut self, names: &[String], change: impl Fn(u32) -> u32) {
        for name in names {
            if let Some(record) = self.records.get_mut(name) {
                record.uses = change(record.uses);
            }
        }
    }

    /// Takes a shorter proof of a lemma; whether it did. See [`Lemmas::shorten`].
    pub fn shorten(&mut self, theorem: Theorem) -> bool {
        let uses = theorem.uses.clone();
        let Some(before) = self.lemmas.shorten(theorem) else { return false };
        self.count_uses(&before.uses, |uses| uses.saturating_sub(1));
        self.credit(&uses);
        true
    }

    /// The number of lemmas that some proof uses.
    pub fn used(&self) -> usize {
        self.lemmas.theorems().iter().filter(|theorem| self.record(&theorem.name).uses > 0).count()
    }

    /// The number of lemmas of one source.
    pub fn count(&self, source: Source) -> usize {
        self.lemmas.theorems().iter().filter(|theorem| self.record(&theorem.name).source == source).count()
    }
}

/// The theorems of a file as lemmas of a theory, in their order. Only the kernel says whether they are: they are
/// checked when they are [added](Offer::add).
///
/// # Errors
///
/// The file cannot be parsed, has items other than imports and theorems, or a statement that the theory does not
/// accept. A statement without a proof is refused.
pub fn theorems_of(theory: &str, file: &str, text: &str) -> Result<Vec<Theorem>, WorldError> {
    let lines = LineIndex::new(text);
    let refused = |place: u32, message: &str| WorldError::Statement {
        file: file.to_owned(),
        message: format!("{}: {message}", lines.position(place)),
    };
    let of = |span: Span| &text[span.start as usize..span.end as usize];
    let (tree, errors) = prover_syntax::parse(text);
    if let Some(error) = errors.first() {
        return Err(refused(error.span.start, &error.message));
    }
    let mut theory = Lemmas::new(theory).theory()?;
    let mut theorems: Vec<Theorem> = Vec::new();
    for item in &tree.items {
        let (decl, start, end) = match &item.kind {
            ItemKind::Import(_) => continue,
            ItemKind::Theorem { decl, .. } => (decl, tree.span(decl.ty).end as usize, item.span.end as usize),
            ItemKind::Declare { .. } => {
                return Err(refused(item.span.start, "a library has proved statements only: this one has no proof"));
            }
            _ => return Err(refused(item.span.start, "a library has imports and theorems only")),
        };
        let name = of(decl.name.span).to_owned();
        let span = tree.span(decl.ty);
        let statement = theory.statement(of(span)).map_err(|errors| {
            let (place, message) = errors.first().map_or((0, String::new()), |e| (e.span.start, e.message.clone()));
            refused(span.start + place, &message)
        })?;
        // The braces of the proof, and none of the blocks within.
        let block = text[start..end].trim();
        let script =
            block.strip_prefix('{').and_then(|block| block.strip_suffix('}')).unwrap_or(block).trim_matches('\n');
        let is_word = |c: char| c.is_whitespace() || "()[]{}.,;".contains(c);
        let words: FxHashSet<&str> = script.split(is_word).collect();
        let uses = theorems.iter().filter(|known| words.contains(known.name.as_str())).map(|known| known.name.clone());
        let uses = uses.collect();
        let text = print(&mut theory.environment, &Names::new(), statement);
        theorems.push(Theorem { name, text, script: format!("{script}\n"), uses });
    }
    Ok(theorems)
}

/// A lemma that may be offered.
#[derive(Clone, Debug)]
struct Candidate {
    constant: ConstId,
    symbols: Vec<ConstId>,
    size: u32,
    name: String,
    /// The statement.
    text: Arc<str>,
}

/// The number of lemmas that an attempt is offered, and how they are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offering {
    /// The number, at most.
    pub most: usize,
    /// Whether a network takes part in the choice, where one judges the attempt.
    pub by_network: bool,
}

impl From<usize> for Offering {
    fn from(most: usize) -> Self {
        Self { most, by_network: true }
    }
}

/// A theory laid out for an attempt at a statement, with the lemmas on offer.
#[derive(Clone, Debug)]
pub struct Offered {
    /// The theory with these lemmas as rules.
    pub world: World,
    /// The lemmas.
    pub premises: Premises,
}

/// Names and statements of the lemmas on offer, in the order in which they were proved.
#[derive(Clone, Debug, Default)]
pub struct Premises(Vec<(String, Arc<str>)>);

impl Premises {
    /// The training example of the lemmas on offer: a proof uses some of them and not the others. `None` where there was
    /// no choice.
    pub fn example(&self, theorem: &Theorem) -> Option<Example> {
        let is_used = |name: &String| theorem.uses.contains(name);
        let used: Vec<usize> = self.0.iter().filter(|(name, _)| is_used(name)).map(|(_, text)| text.len()).collect();
        let mut left = EXAMPLE.checked_sub(used.iter().sum())?;
        let (mut lemmas, mut chosen) = (Vec::new(), Vec::new());
        for (name, text) in &self.0 {
            if is_used(name) {
                chosen.push((lemmas.len(), 1.0 / used.len() as f32));
            } else if let Some(rest) = left.checked_sub(text.len()) {
                left = rest;
            } else {
                continue;
            }
            lemmas.push(&**text);
        }
        let Request { state, actions } = request(&theorem.text, lemmas);
        let is_choice = !chosen.is_empty() && chosen.len() < actions.len();
        is_choice.then(|| Example::Policy { state, actions, chosen, steps: theorem.steps() as u32 })
    }
}

/// The question to a policy which of some lemmas a proof of a statement uses.
fn request<'l>(statement: &str, lemmas: impl IntoIterator<Item = &'l str>) -> Request {
    Request { state: format!("by {statement}"), actions: lemmas.into_iter().map(str::to_owned).collect() }
}

/// The logarithm of how much more a policy expects each of some lemmas in a proof of a statement than the average one;
/// zeros from a policy that does not read texts.
pub(crate) fn expected<'l>(
    evaluator: &(impl Evaluator + ?Sized),
    statement: &str,
    lemmas: impl ExactSizeIterator<Item = &'l str>,
) -> Vec<f64> {
    let count = lemmas.len();
    if !evaluator.needs_text() || count < 2 {
        return vec![0.0; count];
    }
    let evaluation = evaluator.evaluate(&[request(statement, lemmas)]).pop();
    let mut priors = evaluation.map(|evaluation| evaluation.priors).unwrap_or_default();
    priors.resize(count, 0.0);
    let share = |prior: f32| (f64::from(prior) * count as f64).ln().clamp(-MOST_EXPECTED, MOST_EXPECTED);
    priors.into_iter().map(share).collect()
}

/// A library laid out so that each attempt gets a [`World`] with the lemmas that fit its statement.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The theory with all lemmas, laid out as rules without any.
    world: World,
    candidates: Vec<Candidate>,
    /// The rules of the theory with all lemmas, which know the lemmas that say nothing new.
    all: Rules,
    /// The symbols in the defining equations of each function.
    neighbours: Arc<FxHashMap<ConstId, Vec<ConstId>>>,
    offering: Offering,
}

impl Offer {
    /// Lays a library out.
    ///
    /// # Errors
    ///
    /// The theory is not there or wrong; a lemma is refused.
    pub fn new(library: &Library, offering: impl Into<Offering>) -> Result<Self, WorldError> {
        let mut world = Lemmas::new(library.lemmas.name()).world()?;
        let neighbours = Arc::new(neighbours(&world.theory.fork()));
        world.theory.grow(|theory| library.lemmas.enter_into(theory))?;
        let all = (*world.rules).clone();
        let mut offer = Self { world, candidates: Vec::new(), all, neighbours, offering: offering.into() };
        for theorem in library.lemmas.theorems() {
            offer.consider(theorem)?;
        }
        Ok(offer)
    }

    /// The theory with all lemmas; its rules are those of the theory alone.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Whether a network takes part in the choice.
    pub fn is_by_network(&self) -> bool {
        self.offering.by_network
    }

    /// Adds a lemma, which is checked; whether it says anything beyond those that there are. Only then is it offered.
    ///
    /// # Errors
    ///
    /// The theory does not take it.
    pub fn add(&mut self, lemma: &Theorem) -> Result<bool, WorldError> {
        self.world.enter(lemma, Deadline::NEVER)?;
        self.consider(lemma)
    }

    fn consider(&mut self, Theorem { name, text, .. }: &Theorem) -> Result<bool, WorldError> {
        let Self { world, all, .. } = self;
        let candidate = world.theory.grow(|theory| {
            let Some(constant) = theory.environment.find(name) else { return Ok(None) };
            all.grow_by(theory, &[constant])?;
            let ty = theory.environment.declaration(constant).ty;
            let size = tree_size(&theory.environment.store, ty, 1_000);
            let symbols = symbols(theory, ty);
            let is_new = !all.is_redundant(constant);
            let (name, text) = (name.clone(), text.as_str().into());
            Ok::<_, WorldError>(is_new.then_some(Candidate { constant, symbols, size, name, text }))
        })?;
        let is_new = candidate.is_some();
        self.candidates.extend(candidate);
        Ok(is_new)
    }

    /// The theory laid out with the lemmas that fit a statement best, in the order in which they were proved. A lemma
    /// that states the same is not among them; and if the statement is that of a lemma, by name and text, none after it
    /// is. A policy that reads texts takes part in the choice.
    ///
    /// # Errors
    ///
    /// The theory does not read the statement, or cannot be laid out.
    pub fn for_statement(
        &self,
        library: &Library,
        statement: &Statement,
        evaluator: &dyn Evaluator,
    ) -> Result<Offered, WorldError> {
        let mut world = self.world.clone();
        let mut theory = world.theory.fork();
        let Ok(goal) = theory.statement(&statement.text) else {
            let message = "it is no statement of the theory".into();
            return Err(WorldError::Statement { file: statement.name.clone(), message });
        };
        let known = library.lemmas.theorem_of(statement).and_then(|known| theory.environment.find(&known.name));
        let weights = self.weights(&theory, goal);
        let mut scored: Vec<(f64, usize)> = Vec::with_capacity(self.candidates.len());
        for (place, candidate) in self.candidates.iter().enumerate() {
            let is_same = theory.environment.declaration(candidate.constant).ty == goal;
            if !is_same && known.is_none_or(|known| candidate.constant < known) {
                scored.push((candidate.score(&weights, library.record(&candidate.name).uses), place));
            }
        }
        let best_first = |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        scored.sort_by(best_first);
        let Offering { most, by_network } = self.offering;
        if by_network && most > 0 && scored.len() > most {
            scored.truncate(JUDGED.saturating_mul(most));
            let texts = scored.iter().map(|&(_, place)| &*self.candidates[place].text);
            let expected = expected(evaluator, &statement.text, texts);
            scored.iter_mut().zip(expected).for_each(|((score, _), expected)| *score += EXPECTED * expected);
            scored.sort_by(best_first);
        }
        let mut chosen: Vec<usize> = scored.into_iter().take(most).map(|(_, place)| place).collect();
        chosen.sort_unstable();
        let lemmas = chosen.iter().map(|&place| &self.candidates[place]);
        let lemmas = lemmas.map(|candidate| (candidate.name.clone(), candidate.text.clone())).collect();
        let chosen: Vec<ConstId> = chosen.into_iter().map(|place| self.candidates[place].constant).collect();
        let mut rules = (*world.rules).clone();
        // The rules speak of terms of the theory's store, which laying them out may add to.
        world.theory.grow(|theory| rules.grow_by(theory, &chosen).map_err(WorldError::from))?;
        world.rules = Arc::new(rules);
        Ok(Offered { world, premises: Premises(lemmas) })
    }

    /// The weight of each symbol for a statement: 1 for those in it, less for those that it reaches.
    fn weights(&self, theory: &Theory, goal: TermId) -> FxHashMap<ConstId, f64> {
        let mut weights = FxHashMap::default();
        let mut level = symbols(theory, goal);
        let mut weight = 1.0;
        while !level.is_empty() {
            weights.extend(level.iter().map(|&symbol| (symbol, weight)));
            let next = level.iter().filter_map(|symbol| self.neighbours.get(symbol)).flatten().copied();
            let next: FxHashSet<ConstId> = next.filter(|symbol| !weights.contains_key(symbol)).collect();
            level = next.into_iter().collect();
            weight *= FADING;
        }
        weights
    }
}

impl Candidate {
    /// The mean weight of its symbols, plus a bonus for uses, minus a penalty for size.
    fn score(&self, weights: &FxHashMap<ConstId, f64>, uses: u32) -> f64 {
        let sum: f64 = self.symbols.iter().map(|symbol| weights.get(symbol).copied().unwrap_or(0.0)).sum();
        let mean = sum / self.symbols.len().max(1) as f64;
        mean + USE * f64::from(uses).ln_1p() - SIZE * f64::from(self.size)
    }
}

/// The constants in a term that are neither types nor equality, each once, in order of declaration.
fn symbols(theory: &Theory, term: TermId) -> Vec<ConstId> {
    let environment = &theory.environment;
    let (mut found, mut seen) = (Vec::new(), FxHashSet::default());
    let mut open = vec![term];
    while let Some(term) = open.pop() {
        if !seen.insert(term) {
            continue;
        }
        match environment.store.term(term) {
            Term::App(a, b) | Term::Lambda(a, b) | Term::Pi(a, b) => open.extend([a, b]),
            Term::Const(constant) => {
                let ty = environment.declaration(constant).ty;
                let is_type =
                    environment.store.term(Signature::output(&environment.store, ty)) == Term::Sort(Sort::Type);
                if !is_type && theory.equality.is_none_or(|equality| equality.eq != constant) {
                    found.push(constant);
                }
            }
            _ => {}
        }
    }
    found.sort_unstable();
    found
}

/// For each function the symbols in the assumed equations that have it at the head of their left side.
fn neighbours(theory: &Theory) -> FxHashMap<ConstId, Vec<ConstId>> {
    let mut neighbours: FxHashMap<ConstId, Vec<ConstId>> = FxHashMap::default();
    let Some(equality) = theory.equality else { return neighbours };
    for (_, declaration) in theory.environment.declarations() {
        let store = &theory.environment.store;
        if declaration.kind == DeclarationKind::Axiom
            && let Some((_, left, _)) = Equation::sides(store, &equality, Signature::output(store, declaration.ty))
            && let Term::Const(function) = store.term(store.head(left))
        {
            neighbours.entry(function).or_default().extend(symbols(theory, declaration.ty));
        }
    }
    neighbours
}

#[cfg(test)]
mod tests {
    use super::*;
    use prover_network::Uniform;

    const FILE: &str = "import \"nat-add\".\n
theorem zero_add : [('n : nat) -> (= (+ z 'n) 'n)] {
  apply nat_ind.
  goal (= (+ z z) z) {
    show (= (+ z z) z) by +_z.
  }
  goal [('n : nat) -> (= (+ z 'n) 'n) -> (= (+ z (s 'n)) (s 'n))] {
    intro n : nat.
    intro h : (= (+ z n) n).
    show (= (+ z (s n)) (s (+ z n))) by +_s.
    show (= (+ z (s n)) (s n)) by rewrite.
  }
}
theorem zero_add_one : (= (+ z (s z)) (s z)) { show (= (+ z (s z)) (s z)) by zero_add. }\n";

    fn library(text: &str) -> Result<(Library, Offer), WorldError> {
        let mut library = Library::new("nat-add");
        let mut offer = Offer::new(&library, 8)?;
        for theorem in theorems_of("nat-add", "my.peano", text)? {
            offer.add(&theorem)?;
            library.push(theorem, Source::File, 0);
        }
        Ok((library, offer))
    }

    #[test]
    fn a_file_of_theorems_is_a_library_and_its_proofs_are_checked() {
        // Blocks may end where the proof does.
        library(&FILE.replace("by rewrite.\n  }\n}", "by rewrite. }}")).unwrap();
        let (library, _) = library(FILE).unwrap();
        let [first, second] = library.lemmas().theorems() else { panic!() };
        assert_eq!((first.name.as_str(), second.uses.as_slice()), ("zero_add", &["zero_add".to_owned()][..]));
        assert_eq!(library.record("zero_add").uses, 1);
        let unproved = FILE.replace("show (= (+ z (s n)) (s n)) by rewrite.", "");
        assert!(matches!(self::library(&unproved), Err(WorldError::Lemma { .. })));
        for (text, message) in [
            ("a : [('n : nat) -> (= 'n z)].", "has no proof"),
            ("data bool { yes : bool. }", "imports and theorems only"),
            ("theorem a : (= z", ""),
            ("theorem a : (= z y) { show (= z y) by eq_refl. }", "my.peano"),
        ] {
            let error = self::library(text).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn an_attempt_is_offered_what_fits_its_statement() {
        let mut library = Library::new("nat-mul");
        let mut offer = Offer::new(&library, 1).unwrap();
        let add =
            theorems_of("nat-mul", "f", &FILE.replace("zero_add_one", "other").replace("nat-add", "nat-mul")).unwrap();
        let product = "theorem times_zero : [('n : nat) -> (= (+ (* 'n z) z) z)] {
            intro n : nat.
            show (= (* n z) z) by *_z.
            show (= (+ (* n z) z) (* n z)) by +_z.
            show (= (+ (* n z) z) z) by rewrite.
        }";
        let product = theorems_of("nat-mul", "f", product).unwrap();
        let news: Vec<bool> = add.iter().chain(&product).map(|theorem| offer.add(theorem).unwrap()).collect();
        // The second is an instance of the first, the last follows from the axioms.
        assert_eq!(news, [true, false, false]);
        add.into_iter().chain(product).for_each(|theorem| library.push(theorem, Source::File, 0));
        let statement = |text: &str| Statement { name: "goal".into(), text: text.into() };
        let rules = |text: &str| {
            offer.for_statement(&library, &statement(text), &Uniform).unwrap().world.rules.propositions.len()
        };
        let none = offer.world().rules.propositions.len();
        assert_eq!(rules("[('a : nat) -> ('b : nat) -> (= (+ 'a 'b) (+ 'b 'a))]"), none + 1);
        // A statement is no lemma for itself.
        assert_eq!(rules("[('a0 : nat) -> (= (+ z 'a0) 'a0)]"), none);
    }

    /// A policy that expects the lemmas of one operator, and counts what it is asked.
    struct Fond(&'static str, std::sync::atomic::AtomicUsize);

    impl Evaluator for Fond {
        fn evaluate(&self, requests: &[Request]) -> Vec<prover_network::Evaluation> {
            self.1.fetch_add(requests.len(), std::sync::atomic::Ordering::Relaxed);
            let prior = |lemma: &String| if lemma.contains(self.0) { 0.9 } else { 0.1 };
            let of = |request: &Request| prover_network::Evaluation {
                priors: request.actions.iter().map(prior).collect(),
                value: 0.5,
            };
            requests.iter().map(of).collect()
        }
    }

    #[test]
    fn the_network_takes_part_in_the_choice_and_learns_what_proofs_used() {
        let (mut world, statement) = (Lemmas::new("nat-mul").world().unwrap(), "[('a : nat) -> (= 'a (* 'a (s z)))]");
        world.tactics = crate::Tactics { saturation: Some(prover_theory::equality::Limits::ACTION), ..world.tactics };
        let mut lemmas = Lemmas::new("nat-mul");
        let mut library = Library::new("nat-mul");
        for (name, text) in
            [("first", "[('n : nat) -> (= (+ 'n z) (* (s z) 'n))]"), ("second", "[('n : nat) -> (= (* 'n (s z)) 'n)]")]
        {
            let statement = lemmas.goal(name, text).unwrap();
            let budget = crate::Budget { nodes: 500, seconds: None, batch: 1 };
            let mut strategy = crate::Strategy::new(lemmas, world.clone(), &Uniform, crate::Means::ALL, budget, 0);
            let theorem = strategy.prove(&statement).theorem.unwrap();
            let found = strategy.into_lemmas();
            lemmas = Lemmas::new("nat-mul");
            for lemma in found.needed(&theorem).into_iter().chain([&theorem]) {
                lemmas.push(lemma.clone());
                library.push(lemma.clone(), Source::File, 0);
            }
            world = lemmas.world().unwrap();
        }
        let statement = lemmas.goal("goal", statement).unwrap();
        let names = |offering: Offering, evaluator: &dyn Evaluator| {
            let offer = Offer::new(&library, offering).unwrap();
            let offered = offer.for_statement(&library, &statement, evaluator).unwrap();
            offered.premises.0.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        let all = names(24.into(), &Uniform);
        assert!(all.len() > 1, "{all:?}");
        let fond = Fond("(+", std::sync::atomic::AtomicUsize::new(0));
        let asked = || fond.1.load(std::sync::atomic::Ordering::Relaxed);
        // Where all are offered there is nothing to choose.
        assert_eq!((names(24.into(), &fond), asked()), (all.clone(), 0));
        let of_symbols = names(1.into(), &Uniform);
        assert_eq!(names(Offering { most: 1, by_network: false }, &fond), of_symbols);
        assert_eq!(asked(), 0);
        assert_ne!(names(1.into(), &fond), of_symbols);
        assert_eq!(asked(), 1);
        let premises =
            Offer::new(&library, 24).unwrap().for_statement(&library, &statement, &Uniform).unwrap().premises;
        let proof = |uses: &[&String]| Theorem {
            name: "goal".into(),
            text: statement.text.clone(),
            script: "  a.\n  b.\n".into(),
            uses: uses.iter().map(|&name| name.clone()).collect(),
        };
        let Some(Example::Policy { actions, chosen, steps, .. }) = premises.example(&proof(&[&all[1]])) else {
            panic!()
        };
        assert_eq!((actions.len(), chosen, steps), (all.len(), vec![(1, 1.0)], 2));
        assert!(
            premises.example(&proof(&[])).is_none()
                && premises.example(&proof(&all.iter().collect::<Vec<_>>())).is_none()
        );
    }
}
