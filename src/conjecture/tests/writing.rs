//! Tests of the statements that are written: they are well typed, canonical and within the bounds; all of them are
//! reached; an error where there is none.

use super::*;
use crate::opened::Opened;
use crate::{Chooser, Completer, ConjectureError, ConjectureOptions, ConjectureSampler, FilterOptions, UniformChooser};
use proptest::prelude::*;
use prover_logic::{Environment, Sort, Term};
use prover_theory::print::{Names, print};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

/// Chooses uniformly among all options, so that bounds are reached often.
struct Reckless(ChaCha8Rng);

impl Chooser for Reckless {
    fn choose(&mut self, options: &[&str]) -> usize {
        self.0.random_range(0..options.len())
    }
}

/// The brackets around the innermost name of a term in the text, those within types not counted.
fn depth(environment: &mut Environment, term: TermId) -> u32 {
    match environment.store.term(term) {
        Term::App(..) => {
            let (_, arguments) = environment.store.spine(term);
            let depths = arguments.into_iter().map(|argument| match environment.sort_of(argument) {
                Ok(Sort::Type) => 0,
                _ => depth(environment, argument),
            });
            1 + depths.max().unwrap_or(0)
        }
        Term::Pi(domain, body) => {
            let rest = match environment.store.term(body) {
                Term::Pi(..) => depth(environment, body),
                _ => 1 + depth(environment, body),
            };
            rest.max(1 + depth(environment, domain))
        }
        _ => 0,
    }
}

fn lexemes(text: &str) -> usize {
    let spaced = text.replace('(', " ( ").replace(')', " ) ").replace('[', " [ ").replace(']', " ] ");
    spaced.split_whitespace().count()
}

fn check_statement(theory: &mut Theory, options: &ConjectureOptions, chooser: &mut dyn Chooser) {
    let mut completer = Completer::new(theory, options).unwrap();
    for _ in 0..5 {
        // A chooser that stays in range is never led into a dead end.
        let conjecture = completer.complete(theory, chooser).expect("every offer can be completed");
        let (text, id) = (&conjecture.text, conjecture.statement);
        assert_eq!(theory.environment.sort_of(id), Ok(Sort::Prop), "{text}");
        assert_eq!((theory.environment.store.loose(id), theory.environment.store.local_bound(id)), (0, 0), "{text}");
        assert_eq!(&print(&mut theory.environment, &Names::new(), id), text);
        assert_eq!(statement(theory, text), id, "{text}");
        assert!(lexemes(text) <= options.max_size, "{text}");
        let opened = Opened::new(theory, id);
        assert!(opened.all_used, "{text}");
        assert!(opened.variables.len() <= options.max_binders, "{text}");
        assert!(opened.hypotheses.len() <= options.max_hypotheses, "{text}");
        for item in opened.hypotheses.iter().copied().chain([opened.conclusion]) {
            assert!(depth(&mut theory.environment, item) as usize <= options.max_depth, "{text}");
        }
        let choices = completer.choices(theory, id).expect("what was written can be written");
        let written: String = choices.iter().map(|c| c.options[c.chosen].as_str()).collect();
        assert_eq!(&written, text);
        for choice in choices {
            let distinct: BTreeSet<&String> = choice.options.iter().collect();
            assert_eq!(distinct.len(), choice.options.len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn statements_are_typed_canonical_and_bounded(
        seed in any::<u64>(),
        which in 0..5_usize,
        reckless in any::<bool>(),
        max_binders in 0..6_usize,
        max_hypotheses in 0..5_usize,
        max_size in 25..90_usize,
        max_depth in 3..7_usize,
        polymorphic_propositions in any::<bool>(),
    ) {
        let mut theory = match which {
            0 => theory(NAT_ADD),
            1 => theory(GROUPS),
            2 => theory(PROPOSITIONS),
            3 => mixed(),
            _ => lists(),
        };
        let options = ConjectureOptions {
            max_binders, max_hypotheses, max_size, max_depth, polymorphic_propositions, type_depth: 1,
        };
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        if reckless {
            check_statement(&mut theory, &options, &mut Reckless(rng));
        } else {
            check_statement(&mut theory, &options, &mut UniformChooser::new(&mut rng));
        }
    }
}

/// Goes through all sequences of choices in turn.
#[derive(Default)]
struct Odometer {
    /// The choice and the number of options at each step.
    path: Vec<(usize, usize)>,
    at: usize,
}

impl Odometer {
    /// Moves on to the next sequence; false after the last.
    fn advance(&mut self) -> bool {
        self.at = 0;
        while let Some((chosen, options)) = self.path.pop() {
            if chosen + 1 < options {
                self.path.push((chosen + 1, options));
                return true;
            }
        }
        false
    }
}

impl Chooser for Odometer {
    fn choose(&mut self, options: &[&str]) -> usize {
        if self.at == self.path.len() {
            self.path.push((0, options.len()));
        }
        self.at += 1;
        self.path[self.at - 1].0
    }
}

/// Everything that can be written, in order.
fn enumerate(theory: &mut Theory, options: &ConjectureOptions) -> Vec<String> {
    let mut completer = Completer::new(theory, options).unwrap();
    let mut odometer = Odometer::default();
    let mut all = Vec::new();
    loop {
        all.push(completer.complete(theory, &mut odometer).unwrap().text);
        if !odometer.advance() {
            return all;
        }
    }
}

/// All texts of terms over some names of at most a number of lexemes and a depth, from `(s t)` and `(+ t u)`.
fn number_terms(names: &[String], size: usize, depth: usize) -> Vec<String> {
    if size == 0 {
        return Vec::new();
    }
    let mut terms = names.to_vec();
    if size >= 4 && depth > 0 {
        terms.extend(number_terms(names, size - 3, depth - 1).iter().map(|t| format!("(s {t})")));
        for left in number_terms(names, size - 4, depth - 1) {
            let room = size - 3 - lexemes(&left);
            terms.extend(number_terms(names, room, depth - 1).iter().map(|right| format!("(+ {left} {right})")));
        }
    }
    terms
}

#[test]
fn all_statements_within_the_bounds_are_written_and_no_others() {
    let theory = &mut theory(NAT_ADD);
    let (max_size, max_depth) = (27, 3);
    let options =
        ConjectureOptions { max_binders: 2, max_hypotheses: 0, max_size, max_depth, ..ConjectureOptions::default() };
    let written = enumerate(theory, &options);
    let mut expected = BTreeSet::new();
    for binders in 0..=2 {
        let variables: Vec<String> = (0..binders).map(|i| format!("'a{i}")).collect();
        let names: Vec<String> = variables.iter().cloned().chain(["z".to_owned()]).collect();
        let frame = if binders == 0 { 3 } else { 3 + 2 + 6 * binders };
        for left in number_terms(&names, max_size - frame - 1, max_depth - 1) {
            for right in number_terms(&names, max_size - frame - lexemes(&left), max_depth - 1) {
                let body = format!("(= {left} {right})");
                if variables.iter().all(|v| body.contains(v.as_str())) {
                    let quantified: String = variables.iter().map(|v| format!("({v} : nat) -> ")).collect();
                    expected.insert(if binders == 0 { body } else { format!("[{quantified}{body}]") });
                }
            }
        }
    }
    assert!(expected.len() > 1000, "{}", expected.len());
    assert_eq!(written.len(), expected.len());
    assert_eq!(written.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn small_propositions_are_all_there() {
    let theory = &mut theory("false : prop. not : [prop -> prop].");
    let options = ConjectureOptions {
        max_binders: 1,
        max_hypotheses: 1,
        max_size: 12,
        max_depth: 1,
        ..ConjectureOptions::default()
    };
    let written: BTreeSet<String> = enumerate(theory, &options).into_iter().collect();
    let expected = [
        "false",
        "(not false)",
        "[false -> false]",
        "[false -> (not false)]",
        "[(not false) -> false]",
        "[(not false) -> (not false)]",
        "[[false -> false] -> false]",
        "[[false -> false] -> (not false)]",
        "[('a0 : prop) -> 'a0]",
        "[('a0 : prop) -> (not 'a0)]",
        "[('a0 : prop) -> 'a0 -> 'a0]",
        "[('a0 : prop) -> false -> 'a0]",
        "[('a0 : prop) -> 'a0 -> false]",
    ];
    assert_eq!(written, expected.map(str::to_owned).into());
}

#[test]
fn a_seed_determines_what_is_drawn() {
    let draw = |seed| {
        let theory = &mut mixed();
        let completer = Completer::new(theory, &ConjectureOptions::default()).unwrap();
        let mut sampler = ConjectureSampler::new(theory, completer, FilterOptions::default());
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let drawn = sampler.sample(theory, &mut UniformChooser::new(&mut rng), 50, 5000);
        (drawn.into_iter().map(|c| c.text).collect::<Vec<_>>(), sampler.statistics().clone())
    };
    let (drawn, statistics) = draw(7);
    assert_eq!(drawn.len(), 50);
    assert_eq!(statistics.admitted, 50);
    assert_eq!(statistics.tried, 50 + statistics.refused.total());
    assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), 50, "distinct");
    assert_eq!((drawn.clone(), statistics), draw(7));
    assert_ne!(drawn, draw(8).0);
}

#[test]
fn sampling_ends_at_the_attempts() {
    let theory = &mut theory("rain : prop. wet : prop.");
    let completer = Completer::new(theory, &ConjectureOptions::default()).unwrap();
    let mut sampler = ConjectureSampler::new(theory, completer, FilterOptions::default());
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let drawn = sampler.sample(theory, &mut UniformChooser::new(&mut rng), 100, 3000);
    let texts: BTreeSet<&str> = drawn.iter().map(|c| c.text.as_str()).collect();
    assert_eq!(texts, ["rain", "wet", "[rain -> wet]", "[wet -> rain]"].into());
    assert_eq!(sampler.statistics().tried, 3000);
}

#[test]
fn a_chooser_may_give_up() {
    struct Quitter;
    impl Chooser for Quitter {
        fn choose(&mut self, options: &[&str]) -> usize {
            options.len()
        }
    }
    let theory = &mut theory(NAT_ADD);
    let completer = Completer::new(theory, &ConjectureOptions::default()).unwrap();
    let mut sampler = ConjectureSampler::new(theory, completer, FilterOptions::default());
    assert_eq!(sampler.sample(theory, &mut Quitter, 3, 10), []);
    assert_eq!((sampler.statistics().tried, sampler.statistics().given_up), (10, 10));
}

#[test]
fn theories_without_statements_say_why() {
    let error = |text: &str, options| Completer::new(&mut theory(text), &options).unwrap_err();
    let default = ConjectureOptions::default;
    assert_eq!(error("", default()), ConjectureError::NoPropositions);
    assert_eq!(error("nat : type. z : nat.", default()), ConjectureError::NoPropositions);
    assert_eq!(error("= : [('t : type) -> 't -> 't -> prop].", default()), ConjectureError::NoObjects);
    let small = ConjectureOptions { max_size: 4, ..default() };
    assert_eq!(error(NAT_ADD, small), ConjectureError::TooSmall { max_size: 4, max_depth: 5 });
    let flat = ConjectureOptions { max_depth: 0, ..default() };
    assert_eq!(error(NAT_ADD, flat), ConjectureError::TooSmall { max_size: 64, max_depth: 0 });
}

#[test]
fn a_type_without_constants_is_spoken_of_through_variables() {
    let theory = &mut theory("point : type. between : [point -> point -> point -> prop].");
    let options = ConjectureOptions { max_size: 20, max_hypotheses: 0, ..ConjectureOptions::default() };
    let written = enumerate(theory, &options);
    assert!(written.contains(&"[('a0 : point) -> ('a1 : point) -> (between 'a0 'a1 'a0)]".to_owned()));
    assert!(written.iter().all(|text| text.starts_with("[('a0 : point)")));
    // Up to two variables fit: 1 statement with one, 6 with two.
    assert_eq!(written.len(), 7);
}

#[test]
fn extreme_options_are_bounded() {
    let options = ConjectureOptions {
        max_binders: usize::MAX,
        max_hypotheses: usize::MAX,
        max_size: usize::MAX,
        max_depth: 12,
        type_depth: 3,
        polymorphic_propositions: true,
    };
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let theory = &mut lists();
    let mut completer = Completer::new(theory, &options).unwrap();
    for _ in 0..5 {
        assert!(completer.complete(theory, &mut UniformChooser::new(&mut rng)).is_some());
    }
}
