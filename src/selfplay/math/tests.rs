//! Tests of learning to answer questions.

use std::path::Path;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::attempt::{Attempt, Effort, attempt};
use super::evaluation::{ModuleScore, Summary, evaluate, refusal};
use super::examples::{best, examples};
use super::trained::TrainedOn;
use super::*;
use crate::answer::data::{DataError, Pair, Part, Selection, Set, Test, Train};
use crate::graph::Question;
use crate::learn::Example;
use crate::network::evaluator::{Evaluation, Request};
use crate::network::model::{Precision, Size};
use crate::network::{Evaluator, Uniform};
use crate::search::{Algorithm, Options};
use crate::selfplay::Watcher;
use crate::selfplay::pupil::optimizer;

fn effort() -> Effort {
    let search = Options { algorithm: Algorithm::Puct, width: 4, batch: 2, ..Options::default() };
    Effort { search, guided_nodes: 32, nodes: 300 }
}

struct Silent;

impl Watcher for Silent {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64, _: String) {}
    fn end(&self) {}
}

fn pair(question: &str, answer: &str) -> Pair {
    Pair { question: question.into(), answer: answer.into() }
}

/// Prefers actions that begin with one of these, each to the one after it by a factor, and all to others.
struct Prefers(&'static [&'static str], f32);

impl Evaluator for Prefers {
    fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
        let judged = requests.iter().map(|request| {
            let rank = |action: &String| self.0.iter().position(|wanted| action.starts_with(wanted));
            let weight = |action: &String| rank(action).map_or(1e-4, |rank| self.1.powi(-(rank as i32)));
            let sum: f32 = request.actions.iter().map(weight).sum();
            Evaluation { priors: request.actions.iter().map(|action| weight(action) / sum).collect(), value: 0.5 }
        });
        judged.collect()
    }
}

#[test]
fn rates_tell_consistent_shapes_from_lucky_ones() {
    let mut consistency = Consistency::new();
    assert_eq!(consistency.rate("k", "a"), 0.5);
    for question in 0..8 {
        let right = if question % 2 == 0 { vec!["a", "lucky"] } else { vec!["a"] };
        consistency.note("k", true, right, ["wrong"]);
    }
    assert_eq!(consistency.rate("k", "a"), 0.9);
    assert_eq!(consistency.rate("k", "lucky"), 0.5);
    assert_eq!(consistency.rate("k", "wrong"), 0.1);
    // A search that tried some graphs only says nothing of the others.
    consistency.note("k", false, ["a"], ["lucky"]);
    assert_eq!((consistency.rate("k", "a"), consistency.rate("k", "lucky")), (10.0 / 11.0, 5.0 / 11.0));
    assert_eq!(consistency.rate("other", "a"), 0.5);
    for number in 0..1000 {
        consistency.note("k", true, ["a", &number.to_string()], []);
    }
    assert!(consistency.rate("k", "a") > 0.99, "what is right most often is never forgotten");
    assert!(serde_json::to_string(&consistency).unwrap().len() < 5_000);
}

#[test]
fn the_graph_that_answers_all_questions_of_its_kind_is_learned() {
    let numbers = [(4, "True"), (5, "False"), (7, "False"), (9, "True"), (11, "False"), (12, "True"), (15, "True")];
    let pairs: Vec<Pair> =
        numbers.iter().map(|(n, answer)| pair(&format!("Is {n} a composite number?"), answer)).collect();
    let attempts: Vec<Attempt> =
        pairs.iter().map(|pair| attempt(pair, None, &Consistency::new(), effort(), 0)).collect();
    let mut consistency = Consistency::new();
    for attempt in &attempts {
        assert!(attempt.is_exhaustive && !attempt.right.is_empty() && attempt.answered.is_none());
        let right = attempt.right.iter().map(|trace| trace.shape.as_str());
        consistency.note(&attempt.kind, true, right, attempt.wrong_shapes.iter().map(String::as_str));
    }
    assert_eq!(consistency.kinds(), 1);
    for attempt in &attempts {
        let (trace, rate) = best(attempt, &consistency).unwrap();
        assert_eq!(trace.shape, "not(is_prime(Rat1))");
        assert!(rate > 0.85);
    }
    // A network that answers by luck is not believed: other graphs are looked for, too.
    let lucky = Prefers(&["is_prime", "neg", "f0"], 4.0);
    let asked = attempt(&pairs[1], Some(&lucky), &consistency, effort(), 0);
    assert_eq!((asked.answered, asked.right[0].shape.as_str()), (Some(true), "is_prime(neg(Rat1))"));
    assert_eq!(best(&asked, &consistency).unwrap().0.shape, "not(is_prime(Rat1))");
    // A lucky graph is what is simplest for a number alone.
    assert!(attempts.iter().any(|attempt| attempt.right[0].shape != "not(is_prime(Rat1))"));
}

#[test]
fn examples_are_decisions_values_and_hindsight() {
    let attempt = attempt(&pair("What is 20 minus 4?", "16"), None, &Consistency::new(), effort(), 0);
    let mut consistency = Consistency::new();
    consistency.note(&attempt.kind, true, ["sub(Rat2, Rat1)"], []);
    let plain = examples(&attempt, &consistency, false);
    let mut decided = Vec::new();
    let (mut solved, mut lost) = (0, 0);
    for example in &plain {
        match example {
            Example::Policy { state, actions, chosen } => {
                assert!(state.starts_with("What is f0:20 minus f1:4?\n") && !state.contains("\n= "), "{state}");
                assert!(actions.len() > 1 && chosen.len() == 1 && (chosen[0].1 - 2.0 / 3.0).abs() < 1e-6);
                decided.push(actions[chosen[0].0].as_str());
            }
            Example::Value { solved: true, .. } => solved += 1,
            Example::Value { solved: false, .. } => lost += 1,
            Example::Conjecture { .. } => panic!(),
        }
    }
    assert!(decided[0].starts_with("sub") && decided[1].ends_with("f0"), "{decided:?}");
    assert!(solved == 1 && lost >= 1);
    // Shown its own value, a wrong graph is right.
    let shown = examples(&attempt, &consistency, true);
    let wanted = |value: &str| {
        let line = format!("\n= {value}\n");
        shown.iter().filter(|e| matches!(e, Example::Policy { state, .. } if state.contains(&line))).count()
    };
    assert!(wanted("16") >= 2);
    assert!(attempt.wrong.iter().all(|trace| trace.value != "16" && wanted(&trace.value) >= 1));
}

#[test]
fn graphs_vote_by_their_probabilities() {
    let question = || Question::new("What is 20 minus 4?").unwrap();
    // The likeliest graph is a difference, but both sums are 24, and together likelier.
    let flat = Prefers(&["sub", "f0", "add", "f1"], 1.1);
    let (found, problem, explored) =
        answer(question(), &flat, &AnswerOptions { samples: 50, ..AnswerOptions::default() });
    let found = found.unwrap();
    assert_eq!((found.candidates[0].answer.as_str(), found.text.as_str()), ("16", "24"), "{:?}", found.candidates);
    assert!(found.graph.to_string().starts_with("add("));
    assert!(found.candidates.windows(2).all(|pair| pair[0].probability >= pair[1].probability));
    let votes = found.candidates.iter().filter(|candidate| candidate.answer == "24");
    let weight = votes.map(|candidate| candidate.probability).sum::<f64>();
    assert!((found.confidence - weight).abs() < 1e-12 && (0.4..0.5).contains(&weight), "{weight}");
    assert_eq!(explored.probabilities.len(), problem.found().len());
    // A vote that is decided ends the search.
    let sure = Prefers(&["sub", "f0", "f1"], 4.0);
    let (found, problem, _) = answer(question(), &sure, &AnswerOptions { samples: 50, ..AnswerOptions::default() });
    let found = found.unwrap();
    assert_eq!((found.text.as_str(), found.graph.to_string().as_str()), ("16", "sub(f0, f1)"));
    assert!(found.confidence > 0.5 && problem.found().len() == 1, "{}", found.confidence);
    for algorithm in [Algorithm::Puct, Algorithm::Beam, Algorithm::Sampling] {
        let search = Options { algorithm, ..AnswerOptions::default().search };
        let options = AnswerOptions { search, ..AnswerOptions::default() };
        assert_eq!(answer(question(), &sure, &options).0.unwrap().text, "16", "{algorithm:?}");
    }
    let nothing = answer(Question::new("Why?").unwrap(), &Uniform, &AnswerOptions::default());
    assert!(nothing.0.is_none());
}

fn settings(folder: &Path, modules: &[&str]) -> MathSettings {
    MathSettings {
        math: folder.to_owned(),
        modules: modules.iter().map(ToString::to_string).collect(),
        iterations: 3,
        questions: 12,
        effort: effort(),
        hindsight: 0.5,
        model: Size::Tiny,
        precision: Precision::F32,
        train_steps: 20,
        batch_tokens: 1024,
        learning_rate: 3e-3,
        replay: 2,
        seed: 3,
    }
}

fn sample() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mathematics")
}

#[test]
fn what_is_learned_from_answers_alone_is_answered() {
    let modules = ["numbers__gcd", "numbers__is_prime", "arithmetic__div"];
    let mut play = MathPlay::new(settings(&sample(), &modules)).unwrap();
    assert_eq!(play.size(), (3, 27));
    let first = play.iterate(1, &Silent);
    assert_eq!((first.attempted, first.solved, first.asked), (12, 12, 0));
    let (mut asked, mut answered) = (0, 0);
    for iteration in 2..=3 {
        let result = play.iterate(iteration, &Silent);
        assert_eq!(result.solved, 12);
        (asked, answered) = (asked + result.asked, answered + result.answered);
        assert!(result.training.policy_loss < first.training.policy_loss);
    }
    assert_eq!(asked, 24);
    // Before training on them; a policy that knows nothing answers a few.
    assert!(answered >= 12, "{answered}");
    assert!(play.trained_on().len() >= 24);
    let selection = Selection { modules: vec!["numbers__gcd".into()], most: None };
    let set = Set::<Train>::load(&sample(), &[Train::Easy], &selection, &mut ChaCha8Rng::seed_from_u64(0)).unwrap();
    let options = AnswerOptions::default();
    let score = evaluate(&set.parts()[0], &play.trainer().network, &options, &|_| ());
    let unguided = evaluate(&set.parts()[0], &Uniform, &options, &|_| ());
    assert!(score.exact == 3 && score.confidence > unguided.confidence, "{score:?} {unguided:?}");
}

#[test]
fn a_seed_repeats_a_run_and_an_interrupted_one_goes_on_as_if_it_had_not_stopped() {
    // With one thread: the order in which several ask the network may round differently.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| {
        let make = || MathPlay::new(settings(&sample(), &["numbers__lcm", "comparison__pair"])).unwrap();
        let (mut one, mut other) = (make(), make());
        let first = [one.iterate(1, &Silent), one.iterate(2, &Silent)];
        assert_eq!(first[0].examples, other.iterate(1, &Silent).examples);
        let mut resumed = make();
        let trainer = {
            let folder = tempfile::tempdir().unwrap();
            other.trainer().save(folder.path()).unwrap();
            let optimizer = optimizer(settings(&sample(), &[]).learning_rate);
            crate::learn::Trainer::load(folder.path(), optimizer).unwrap()
        };
        let memory = serde_json::from_value(serde_json::to_value(other.memory()).unwrap()).unwrap();
        resumed.resume(memory, trainer, other.trained_on().clone(), vec![first[0].examples.clone()]);
        assert_eq!(resumed.iterate(2, &Silent).examples, first[1].examples);
        assert_eq!(resumed.trainer().network.model().parameters(), one.trainer().network.model().parameters());
        assert_eq!(resumed.memory(), one.memory());
        assert_eq!(resumed.trained_on(), one.trained_on());
    });
}

#[test]
fn questions_of_a_test_are_not_trained_on() {
    let folder = tempfile::tempdir().unwrap();
    let write = |split: &str, text: &str| {
        std::fs::create_dir_all(folder.path().join(split)).unwrap();
        std::fs::write(folder.path().join(split).join("m.txt"), text).unwrap();
    };
    write("train-easy", "What is 1 + 1?\n2\nWhat is 2 + 2?\n4\n");
    write("train-medium", "What is 3 + 3?\n6\n");
    write("train-hard", "What is 4 + 4?\n8\n");
    write("interpolate", "What is 2 + 2?\n4\nWhat is 9 + 9?\n18\n");
    let play = MathPlay::new(settings(folder.path(), &[])).unwrap();
    assert_eq!(play.size(), (1, 3));
    match MathPlay::new(settings(folder.path(), &["n"])) {
        Err(MathError::Data(DataError::UnknownModule { name, known, .. })) => {
            assert_eq!((name, known), ("n".into(), vec!["m".into()]))
        }
        other => panic!("{:?}", other.err()),
    }
    assert!(matches!(MathPlay::new(settings(Path::new("/nowhere"), &[])), Err(MathError::Data(_))));
}

#[test]
fn a_network_that_saw_the_test_is_refused() {
    let part = |questions: usize| Part {
        split: Test::Interpolate,
        module: "m".into(),
        pairs: (0..questions).map(|n| pair(&format!("What is {n}?"), "0")).collect(),
    };
    let mut trained_on = TrainedOn::default();
    assert!(refusal(&[part(20)], None).unwrap().contains("trained_on.json"));
    assert_eq!(refusal(&[part(20)], Some(&trained_on)), None);
    for n in 0..3 {
        trained_on.insert(&format!("  What is {n}?"));
    }
    assert_eq!(trained_on.len(), 3);
    assert_eq!(
        refusal(&[part(20)], Some(&trained_on)).unwrap(),
        "it was trained on 3 of the 20 questions of interpolate"
    );
    assert_eq!(refusal(&[part(30)], Some(&trained_on)), None, "a few may come again by chance");
}

#[test]
fn means_are_over_modules() {
    let score = |module: &str, questions, exact| ModuleScore {
        split: "interpolate".into(),
        module: module.into(),
        questions,
        exact,
        by_value: questions,
        unanswered: 0,
        seconds: 0.5,
        confidence: 0.5,
    };
    let summaries = Summary::of(&[score("a", 10, 5), score("b", 1000, 1000)]);
    assert_eq!(summaries.len(), 1);
    assert_eq!((summaries[0].mean_exact, summaries[0].mean_by_value, summaries[0].questions), (0.75, 1.0, 1010));
}

#[test]
fn the_network_that_ships_answers() {
    let network = builtin::network().unwrap();
    let ask = |text: &str| answer(Question::new(text).unwrap(), &network, &AnswerOptions::default()).0.unwrap();
    let found = ask("Solve 2*x + 3 = 7 for x.");
    assert_eq!(found.text, "2");
    assert!(found.confidence > 0.9);
    assert_eq!(ask("Let w be 3 + 4. Calculate the remainder when 20 is divided by w.").text, "6");
    let trained_on = builtin::trained_on().unwrap();
    assert!(trained_on.len() > 10_000);
    let set = Set::<Test>::load(
        &sample(),
        &[Test::Interpolate, Test::Extrapolate],
        &Selection::default(),
        &mut ChaCha8Rng::seed_from_u64(0),
    );
    let set = set.unwrap();
    assert_eq!(refusal(set.parts(), Some(&trained_on)), None);
    let pairs: Vec<&Pair> = set.parts().iter().flat_map(|part| &part.pairs).collect();
    let right = |pair: &&&Pair| ask(&pair.question).text == pair.answer;
    let count = pairs.iter().filter(right).count();
    assert!(count * 100 >= pairs.len() * 95, "{count} of {}", pairs.len());
}
