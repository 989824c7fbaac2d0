//! Questions that the generator draws: their answers, and what is held out.

use std::collections::{BTreeMap, BTreeSet};

use crate::place::{mathematics, sample};
use crate::{data, oracle};
use prover::answer::data::{Pair, Split as _, Train};
use prover::answer::generate::{Drawing, HoldOut, MODULES, Module};
use prover::graph::{Budget, Question, language};

/// The kind of the Mathematics Dataset that a module is of.
fn kind(module: &Module) -> Option<&'static str> {
    module.name.strip_prefix("own__")
}

fn drawn(module: &Module, drawing: Drawing, count: usize) -> Vec<Pair> {
    module.questions(drawing, count, &mut BTreeSet::new(), &mut module.generator(7))
}

#[test]
fn every_kind_of_the_dataset_has_a_module() {
    let own: BTreeSet<String> = MODULES.iter().filter_map(kind).map(str::to_owned).collect();
    let kinds: BTreeSet<String> = data::load(&sample())
        .into_iter()
        .filter(|module| module.split == "train-easy")
        .map(|module| module.name)
        .collect();
    assert_eq!(own, kinds);
    assert_eq!(own.len(), data::MODULES);
}

/// The answer of a graph that is chosen by hand for questions of the dataset.
fn of_graph(kind: &str, text: &str) -> Option<String> {
    let question = Question::new(text).ok()?;
    let graph = language::parse(&oracle::graph(kind, &question)?, &question.elements).ok()?;
    Some(graph.evaluate(&question.elements, &mut Budget::default()).ok()?.to_string())
}

#[test]
fn answers_agree_with_graphs() {
    let mut failures = Vec::new();
    for module in MODULES {
        let Some(kind) = kind(module) else { continue };
        let pairs: Vec<Pair> = Train::ALL.iter().flat_map(|level| drawn(module, (*level).into(), 40)).collect();
        assert!(pairs.len() >= 60, "{}: {}", module.name, pairs.len());
        let (mut right, mut wrong) = (0, Vec::new());
        for pair in &pairs {
            match of_graph(kind, &pair.question) {
                Some(answer) if answer == pair.answer => right += 1,
                other => wrong.push(format!("{}\n    {} and not {other:?}", pair.question, pair.answer)),
            }
        }
        println!("{}: {right} of {}\n  {}", module.name, pairs.len(), wrong[..wrong.len().min(4)].join("\n  "));
        if right * 2 < pairs.len() {
            failures.push(module.name);
        }
    }
    assert!(failures.is_empty(), "{failures:?}");
}

/// A question without the differences between wordings that mean nothing.
fn plain(question: &str) -> String {
    question.trim_end_matches(['.', '?']).to_lowercase()
}

/// Where a question of our own is one of the original data, too, it has the same answer.
#[test]
fn answers_agree_with_the_original_data() {
    let folder = mathematics();
    if folder == sample() {
        eprintln!("skipped: the original data is not there");
        return;
    }
    let modules = data::load(&folder);
    let pairs = modules.iter().flat_map(|module| &module.pairs);
    let known: BTreeMap<String, &String> = pairs.map(|(question, answer)| (plain(question), answer)).collect();
    let mut common: BTreeMap<&str, usize> = BTreeMap::new();
    for module in MODULES {
        let pairs = Train::ALL.iter().flat_map(|level| drawn(module, (*level).into(), 2_000));
        for pair in pairs {
            if let Some(answer) = known.get(&plain(&pair.question)) {
                assert_eq!(**answer, pair.answer, "{}", pair.question);
                *common.entry(module.name).or_default() += 1;
            }
        }
    }
    println!("{} questions in common: {common:?}", common.values().sum::<usize>());
    assert!(!common.is_empty());
}

#[test]
fn what_is_held_out_is_in_no_question_for_training() {
    let of = |module: &Module, difficulty, hold_out, is_test| {
        drawn(module, Drawing { hold_out: Some(hold_out), is_test, ..Drawing::from(difficulty) }, 30)
    };
    let named = |name: &str| Module::named(name).unwrap();
    let gcd = named("own__numbers__gcd");
    let texts = |is_test| of(gcd, Train::Easy, HoldOut::Phrasing, is_test).into_iter().map(|pair| pair.question);
    assert!(texts(false).all(|text| !text.contains("etermine") && !text.contains("ind the")));
    assert!(texts(true).count() > 10 && texts(true).all(|text| text.contains("etermine") || text.contains("ind the")));
    let composed = named("own__numbers__gcd_composed");
    let count = |module, difficulty, hold_out, is_test| of(module, difficulty, hold_out, is_test).len();
    for (module, is_test) in [(gcd, false), (composed, true)] {
        assert!(count(module, Train::Easy, HoldOut::Composition, is_test) > 10);
        assert_eq!(count(module, Train::Easy, HoldOut::Composition, !is_test), 0);
    }
    for (level, is_test) in [(Train::Medium, false), (Train::Hard, true)] {
        assert!(count(gcd, level, HoldOut::Size, is_test) > 10);
        assert_eq!(count(gcd, level, HoldOut::Size, !is_test), 0);
    }
    let definitions = |is_test| {
        let texts = of(composed, Train::Easy, HoldOut::Depth, is_test).into_iter().map(|pair| pair.question);
        let counts = texts.map(|text| text.matches("Let ").count() + text.matches("Suppose ").count());
        counts.collect::<Vec<_>>()
    };
    assert!(definitions(false).iter().all(|count| (1..=4).contains(count)) && definitions(false).contains(&1));
    assert!(definitions(true).iter().all(|count| (3..=8).contains(count)));
}
