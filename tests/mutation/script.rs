//! Mutants of scripts: items of theories, changed as text and loaded as a file is. Every constant that comes of it has
//! to be accepted by the naive checker, each after those before it.

use crate::naive;
use crate::run::{Counts, Disagreement, Sum, in_threads};
use prover::syntax::tree::ItemKind;
use prover::theory::import::{Files, NoImports, SourceText};
use prover::theory::{FrozenTheory, Theory};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Mutants a block.
const BLOCK: u64 = 32;

/// Small whole files; those of the corpus for fuzzing.
const FILES: [(&str, &str); 6] = [
    ("equality", include_str!("../corpus/check/equality.peano")),
    ("induction", include_str!("../corpus/check/induction.peano")),
    ("impredicative", include_str!("../corpus/check/impredicative.peano")),
    ("subgoals", include_str!("../corpus/check/subgoals.peano")),
    ("definitions", include_str!("../corpus/check/definitions.peano")),
    ("sorts", include_str!("../corpus/check/sorts.peano")),
];

/// Text to be changed.
pub struct Script {
    name: String,
    text: String,
    /// The theory before the text; `None` for a whole file.
    base: Option<FrozenTheory>,
    /// Names to put in the place of others.
    vocabulary: Vec<String>,
}

/// The theorems of a theory one by one, each on top of the items before it.
fn theorems(name: &str, scripts: &mut Vec<Script>) {
    let source = SourceText::from(prover::theory::library::load_theory(name).expect("the theory ships"));
    let (tree, errors) = prover::syntax::parse(&source.text);
    assert!(errors.is_empty(), "{name}: {errors:?}");
    let mut theory = Theory::new();
    for item in &tree.items {
        let text = &source.text[item.span.start as usize..item.span.end as usize];
        if matches!(item.kind, ItemKind::Theorem { .. }) {
            let names = theory.environment.declarations().map(|(_, declaration)| declaration.name.to_string());
            let (vocabulary, base) = (names.collect(), Some(theory.clone().freeze()));
            scripts.push(Script { name: name.to_owned(), text: text.to_owned(), base, vocabulary });
        }
        let report = theory.load_into(SourceText { text: text.to_owned(), ..source.clone() }, &Files);
        let is_attribute = matches!(item.kind, ItemKind::Forward { .. } | ItemKind::Backward { .. });
        assert!(report.is_fine() || is_attribute, "{name}: {text}");
    }
}

/// The scripts that are changed.
pub fn scripts() -> Vec<Script> {
    let mut scripts = Vec::new();
    theorems("addition-world", &mut scripts);
    theorems("natural-numbers", &mut scripts);
    for (name, text) in FILES {
        let is_name = |word: &&str| prover::syntax::token::is_name(word);
        let vocabulary = tokens(text).into_iter().filter(is_name).map(str::to_owned).collect();
        // A whole file counts as much as a few theorems.
        for _ in 0..3 {
            let (name, text) = (name.to_owned(), text.to_owned());
            scripts.push(Script { name, text, base: None, vocabulary: Vec::clone(&vocabulary) });
        }
    }
    scripts
}

/// Words and punctuation; comments become words, which does no harm.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_mark = |c: char| "()[]{}.,:#\"".contains(c);
        let end = if is_mark(first) {
            first.len_utf8()
        } else if rest.starts_with("->") {
            2
        } else {
            let stop =
                |&(at, c): &(usize, char)| is_mark(c) || c.is_whitespace() || (at > 0 && rest[at..].starts_with("->"));
            rest.char_indices().find(stop).map_or(rest.len(), |(at, _)| at)
        };
        tokens.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    tokens
}

/// Changes a list of tokens.
struct Editor<'a> {
    tokens: Vec<&'a str>,
    vocabulary: &'a [String],
    rng: &'a mut ChaCha8Rng,
}

impl Editor<'_> {
    fn index(&mut self) -> usize {
        self.rng.random_range(0..self.tokens.len())
    }

    fn word(&mut self) -> &'static str {
        const WORDS: [&str; 14] = [
            "apply",
            "eq_refl",
            "eq_symm",
            "halt",
            "have",
            "intro",
            "prop",
            "rewrite",
            "show",
            "type",
            "lambda",
            "axiom",
            "theorem",
            "construct",
        ];
        WORDS[self.rng.random_range(0..WORDS.len())]
    }

    /// From an opening bracket to the one that closes it.
    fn group(&mut self) -> Option<std::ops::Range<usize>> {
        let is_open = |token: &str| matches!(token, "(" | "[" | "{");
        let opens: Vec<usize> = (0..self.tokens.len()).filter(|&i| is_open(self.tokens[i])).collect();
        if opens.is_empty() {
            return None;
        }
        let start = opens[self.rng.random_range(0..opens.len())];
        let mut depth = 0;
        for end in start..self.tokens.len() {
            depth += i32::from(is_open(self.tokens[end])) - i32::from(matches!(self.tokens[end], ")" | "]" | "}"));
            if depth == 0 {
                return Some(start..end + 1);
            }
        }
        None
    }

    /// A term: a group without braces, or a name.
    fn term(&mut self) -> std::ops::Range<usize> {
        for _ in 0..self.rng.random_range(0..4) {
            if let Some(group) = self.group().filter(|group| self.tokens[group.start] != "{") {
                return group;
            }
        }
        let index = self.index_of_name();
        index..index + 1
    }

    /// A step or an item: the tokens between two full stops or braces, with the second.
    fn step(&mut self) -> Option<std::ops::Range<usize>> {
        let ends: Vec<usize> = (0..self.tokens.len()).filter(|&i| matches!(self.tokens[i], "." | "}")).collect();
        let pick = self.rng.random_range(0..ends.len().max(1));
        let end = *ends.get(pick)?;
        let begins = |&i: &usize| i == 0 || matches!(self.tokens[i - 1], "." | "{" | "}");
        (0..=end).rev().find(begins).map(|start| start..end + 1)
    }

    fn change(&mut self) {
        match self.rng.random_range(0..100) {
            0..2 => {
                let (i, j) = (self.index(), self.index());
                self.tokens.swap(i, j);
            }
            2..4 => {
                let index = self.index();
                self.tokens.remove(index);
            }
            4..7 => {
                let (i, word) = (self.index_of_name(), self.word());
                self.tokens[i] = word;
            }
            7..14 => {
                let (i, j) = (self.index_of_name(), self.index_of_name());
                self.tokens.swap(i, j);
            }
            14..23 => {
                let (to, from) = (self.index_of_name(), self.index_of_name());
                self.tokens[to] = self.tokens[from];
            }
            23..33 => self.rename(),
            33..47 => {
                // A term in the place of another.
                let (to, from) = (self.term(), self.term());
                let new = self.tokens[from].to_vec();
                self.tokens.splice(to, new);
            }
            47..56 => {
                if let Some(step) = self.step() {
                    self.tokens.drain(step);
                }
            }
            56..73 => {
                // A step or an item once more after another, or in another place.
                if let (Some(to), Some(from)) = (self.step(), self.step()) {
                    let new = self.tokens[from.clone()].to_vec();
                    self.tokens.splice(to.end..to.end, new);
                    if from.end <= to.start && self.rng.random_range(0..2) == 0 {
                        self.tokens.drain(from);
                    }
                }
            }
            73..87 => self.retarget(),
            87..96 => {
                // A premise or an argument goes, with the arrow after it.
                let mut term = self.term();
                if self.tokens.get(term.end) == Some(&"->") {
                    term.end += 1;
                }
                self.tokens.drain(term);
            }
            _ => {
                let (to, from) = (self.term(), self.term());
                let new = self.tokens[from].to_vec();
                self.tokens.splice(to.start..to.start, new);
            }
        }
        if self.tokens.is_empty() {
            self.tokens.push(".");
        }
    }

    /// Another constant after `by` or `apply`, or anywhere else.
    fn retarget(&mut self) {
        if self.vocabulary.is_empty() {
            return;
        }
        let places: Vec<usize> =
            (1..self.tokens.len()).filter(|&i| matches!(self.tokens[i - 1], "by" | "apply")).collect();
        let place = if places.is_empty() || self.rng.random_range(0..3) == 0 {
            self.index()
        } else {
            places[self.rng.random_range(0..places.len())]
        };
        // The words live as long as the vocabulary.
        let word: &str = &self.vocabulary[self.rng.random_range(0..self.vocabulary.len())];
        self.tokens[place] = word;
    }

    /// A name becomes another everywhere: one of the text, or a new one.
    fn rename(&mut self) {
        let (from, to) = (self.index_of_name(), self.index_of_name());
        let is_new = self.rng.random_range(0..2) == 0;
        let (from, to) = (self.tokens[from], if is_new { "renamed" } else { self.tokens[to] });
        for token in &mut self.tokens {
            if *token == from {
                *token = to;
            }
        }
    }

    fn index_of_name(&mut self) -> usize {
        let names: Vec<usize> =
            (0..self.tokens.len()).filter(|&i| prover::syntax::token::is_name(self.tokens[i])).collect();
        if names.is_empty() { self.index() } else { names[self.rng.random_range(0..names.len())] }
    }
}

/// Counts of the mutants by their outcome.
#[derive(Clone, Debug, Default)]
pub struct ScriptFigures {
    pub mutants: u64,
    pub trivial: u64,
    /// Constants that were accepted, all theorems and definitions among them.
    pub constants: u64,
    pub theorems: u64,
    pub naive_gave_up: u64,
    /// The code of each mutant's first error.
    pub codes: Counts,
}

impl Sum for ScriptFigures {
    fn mutants(&self) -> u64 {
        self.mutants
    }

    fn add(&mut self, other: &Self) {
        self.mutants += other.mutants;
        self.trivial += other.trivial;
        self.constants += other.constants;
        self.theorems += other.theorems;
        self.naive_gave_up += other.naive_gave_up;
        for (code, count) in &other.codes {
            *self.codes.entry(code.clone()).or_default() += count;
        }
    }
}

impl std::fmt::Display for ScriptFigures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} mutants of scripts, {} trivial", self.mutants, self.trivial)?;
        writeln!(f, "{} constants accepted, {} of them theorems", self.constants, self.theorems)?;
        writeln!(f, "naive gave up {}; first errors:", self.naive_gave_up)?;
        let mut codes: Vec<_> = self.codes.iter().collect();
        codes.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        codes.into_iter().try_for_each(|(code, count)| writeln!(f, "  {count:>9} {code}"))
    }
}

/// Carries out a block: some mutants of one script.
fn block(
    scripts: &[Script],
    theories: &[naive::Theory],
    seed: u64,
    block: u64,
    figures: &mut ScriptFigures,
) -> Result<(), Disagreement> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(block);
    let number = rng.random_range(0..scripts.len());
    let script = &scripts[number];
    let original = tokens(&script.text);
    let mut second = theories[number].clone();
    let declared = second.len();
    for index in 0..BLOCK {
        let mut editor = Editor { tokens: original.clone(), vocabulary: &script.vocabulary, rng: &mut rng };
        let count = [1, 1, 1, 1, 2, 2, 3][editor.rng.random_range(0..7)];
        (0..count).for_each(|_| editor.change());
        if editor.tokens == original {
            figures.trivial += 1;
            continue;
        }
        let text = editor.tokens.join(" ");
        figures.mutants += 1;
        let (theory, report) = match &script.base {
            Some(base) => {
                let mut theory = base.fork();
                let report = theory.load_into(SourceText::text("mutant", &*text), &NoImports);
                (theory, report)
            }
            None => Theory::load(SourceText::text("mutant", &*text), &NoImports),
        };
        let first = report.errors().next().map_or("no error", |(_, error)| error.code);
        *figures.codes.entry(first.to_owned()).or_default() += 1;
        let new = theory.environment.declarations().skip(declared).map(|(_, declaration)| declaration.kind);
        let is_theorem = |kind: &prover::logic::DeclarationKind| *kind == prover::logic::DeclarationKind::Theorem;
        figures.theorems += new.filter(is_theorem).count() as u64;
        figures.constants += (theory.environment.declarations().len() - declared) as u64;
        match naive::check_environment(&mut second, &theory.environment, naive::STEPS) {
            Ok(_) => {}
            Err((_, naive::Refusal::GaveUp)) => figures.naive_gave_up += 1,
            Err((name, refusal)) => {
                return Err(Disagreement(format!(
                    "THE PROGRAM ACCEPTS WHAT THE NAIVE CHECKER REFUSES: {name}: {refusal:?}\nseed {seed}, block {block}, \
                     mutant {index}, of {}\n{text}",
                    script.name
                )));
            }
        }
        second.truncate(declared);
    }
    Ok(())
}

/// Carries out blocks on all cores until there are `mutants`, or one shows a disagreement.
pub fn run(scripts: &[Script], seed: u64, first_block: u64, mutants: u64) -> Result<ScriptFigures, Disagreement> {
    in_threads(first_block, mutants, || {
        let read = |script: &Script| {
            let mut theory = naive::Theory::default();
            if let Some(base) = &script.base {
                let environment = base.fork().environment;
                naive::check_environment(&mut theory, &environment, 100 * naive::STEPS)
                    .unwrap_or_else(|(name, refusal)| panic!("{}: {name}: {refusal:?}", script.name));
            }
            theory
        };
        let theories: Vec<naive::Theory> = scripts.iter().map(read).collect();
        move |number| {
            let mut figures = ScriptFigures::default();
            block(scripts, &theories, seed, number, &mut figures).map(|()| figures)
        }
    })
}
