//! Tests of attempts, votes, the examples from them, and the network that ships.

use std::path::Path;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::attempt::{Attempting, Effort, QuestionAttempt, attempt, compare, together};
use super::data::{Pair, Part, Selection, Set, Test};
use super::evaluation::{ModuleScore, Summary, refusal};
use super::examples::{Learned, best, examples};
use super::trained::TrainedOn;
use super::*;
use crate::graph::Question;
use crate::learn::Choices;
use crate::learn::Example;
use crate::network::evaluator::{Evaluation, Request};
use crate::network::{Evaluator, Uniform};
use crate::search::{Algorithm, Options};

fn effort() -> Effort {
    let search = Options { algorithm: Algorithm::Puct, width: 4, batch: 2, ..Options::default() };
    Effort { search, guided_nodes: 32, nodes: 300 }
}

/// An attempt at a question of which no others of its kind are asked.
fn alone<'a>(network: Option<&'a dyn Evaluator>, consistency: &'a Consistency) -> Attempting<'a> {
    Attempting { network, consistency, effort: effort(), is_alone: true, seed: 0 }
}

fn pair(question: &str, answer: &str) -> Pair {
    Pair { question: question.into(), answer: answer.into() }
}

fn sample() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mathematics")
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
        let is_lucky = question % 2 == 0;
        consistency.note_right("k", if is_lucky { vec!["a", "b(lucky)"] } else { vec!["a"] });
        consistency.note_wrong("k", if is_lucky { vec!["wrong"] } else { vec!["b(lucky)", "wrong"] });
    }
    assert_eq!(consistency.rate("k", "a"), 0.9);
    assert_eq!(consistency.rate("k", "b(lucky)"), 0.5);
    assert_eq!(consistency.rate("k", "wrong"), 0.5, "what never was right is not counted");
    // Where a shape was not tried, nothing is known of it.
    consistency.note_right("k", ["a"]);
    assert_eq!((consistency.rate("k", "a"), consistency.rate("k", "b(lucky)")), (10.0 / 11.0, 0.5));
    assert_eq!(consistency.best("k", 0.0), ["a", "b(lucky)"]);
    assert_eq!(consistency.best("k", consistency.score("k", "b(lucky)")), ["a"]);
    assert_eq!(consistency.rate("other", "a"), 0.5);
    for number in 0..1000 {
        consistency.note_right("k", ["a", &number.to_string()]);
    }
    assert!(consistency.rate("k", "a") > 0.99, "what is right most often is never forgotten");
    assert!(serde_json::to_string(&consistency).unwrap().len() < 5_000);
}

#[test]
fn the_graph_that_answers_all_questions_of_its_kind_is_learned() {
    let numbers = [(4, "True"), (5, "False"), (7, "False"), (9, "True"), (11, "False"), (12, "True"), (15, "True")];
    let pairs: Vec<Pair> =
        numbers.iter().map(|(n, answer)| pair(&format!("Is {n} a composite number?"), answer)).collect();
    let attempts: Vec<QuestionAttempt> =
        pairs.iter().map(|pair| attempt(pair, alone(None, &Consistency::new()))).collect();
    let mut consistency = Consistency::new();
    for attempt in &attempts {
        assert!(!attempt.right.is_empty() && attempt.answered.is_none());
        let right = attempt.right.iter().map(|trace| trace.shape.as_str());
        consistency.note_right(&attempt.kind, right);
    }
    for attempt in &attempts {
        consistency.note_wrong(&attempt.kind, attempt.wrong_shapes.iter().map(String::as_str));
    }
    assert_eq!(consistency.kinds(), 1);
    for attempt in &attempts {
        let (trace, rate) = best(attempt, &consistency).unwrap();
        assert_eq!(trace.shape, "not(is_prime(Rat1))");
        assert!(rate > 0.85);
    }
    // A network that answers by luck is not believed: what is known to answer such questions is tried, too.
    let lucky = Prefers(&["is_prime", "neg", "f0"], 4.0);
    let asked = attempt(&pairs[1], alone(Some(&lucky), &consistency));
    assert_eq!((asked.answered, asked.right[0].shape.as_str()), (Some(true), "is_prime(neg(Rat1))"));
    assert_eq!(best(&asked, &consistency).unwrap().0.shape, "not(is_prime(Rat1))");
    // A lucky graph is what is simplest for a number alone.
    assert!(attempts.iter().any(|attempt| attempt.right[0].shape != "not(is_prime(Rat1))"));
}

#[test]
fn examples_are_decisions_values_and_hindsight() {
    let attempt = attempt(&pair("What is 20 minus 4?", "16"), alone(None, &Consistency::new()));
    let mut consistency = Consistency::new();
    consistency.note_right(&attempt.kind, ["sub(Rat2, Rat1)"]);
    let plain = examples(&attempt, &consistency, Learned::default());
    let mut decided = Vec::new();
    let (mut solved, mut lost) = (0, 0);
    for example in &plain {
        match example {
            Example::Policy { state, actions, chosen, .. } => {
                assert!(state.starts_with("What is f0:20 minus f1:4?\n") && !state.contains("\n= "), "{state}");
                assert!(actions.len() > 1 && chosen.len() == 1 && (chosen[0].1 - 2.0 / 3.0).abs() < 1e-6);
                decided.push(actions[chosen[0].0].as_str());
            }
            Example::Value { solved: true, .. } => solved += 1,
            Example::Value { solved: false, .. } => lost += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(decided[0].starts_with("sub") && decided[1].ends_with("f0"), "{decided:?}");
    assert!(solved == 1 && lost >= 1);
    // Rewarded, what built the right graph becomes likelier, and what built others less likely.
    let (mut above, mut below) = (0, 0);
    for example in examples(&attempt, &consistency, Learned { is_rewarded: true, ..Learned::default() }) {
        match example {
            Example::Drawn { choices: Choices::Action { state, actions, chosen }, advantage } => {
                assert!(state.starts_with("What is f0:20 minus f1:4?\n") && actions.len() > 1, "{state}");
                let is_sub = actions[chosen].starts_with("sub");
                assert!(!is_sub || advantage > 0.0, "{} {advantage}", actions[chosen]);
                *(if advantage > 0.0 { &mut above } else { &mut below }) += 1;
            }
            other => assert!(matches!(other, Example::Value { .. }), "{other:?}"),
        }
    }
    assert!(above >= 2 && below >= 2, "{above} {below}");
    // Shown its own value, a wrong graph is right.
    let shown = examples(&attempt, &consistency, Learned { hindsight: true, ..Learned::default() });
    let wanted = |value: &str| {
        let line = format!("\n= {value}\n");
        shown.iter().filter(|e| matches!(e, Example::Policy { state, .. } if state.contains(&line))).count()
    };
    assert!(wanted("16") >= 2);
    assert!(attempt.wrong.iter().all(|trace| trace.value != "16" && wanted(&trace.value) >= 1));
    // The decisions of the best graph are learned for another question, if there is one.
    let other = Learned { other: Some("What is f0:7 minus f1:5?"), ..Learned::default() };
    for example in examples(&attempt, &consistency, other) {
        if let Example::Policy { state, .. } = example {
            assert!(state.starts_with("What is f0:7 minus f1:5?\n"), "{state}");
        }
    }
}

#[test]
fn a_graph_that_answers_all_questions_of_a_kind_is_found_and_learned_for_each() {
    let asked = [("3/14", "5/21", 42), ("1/6", "7/12", 12), ("1/6", "5/6", 6), ("2/9", "4/15", 45), ("1/4", "2/5", 20)];
    let pairs: Vec<Pair> = asked
        .iter()
        .map(|(a, b, answer)| pair(&format!("What is the common denominator of {a} and {b}?"), &answer.to_string()))
        .collect();
    let wide = Effort { nodes: 2_000, ..effort() };
    let together = together(&pairs.iter().collect::<Vec<_>>(), wide, 0);
    // In either order.
    let is_right = |shape: &str| shape.starts_with("lcm(denominator(Rat");
    let shapes: Vec<&str> = together[0].right.iter().map(|trace| trace.shape.as_str()).collect();
    assert!(shapes.iter().any(|shape| is_right(shape)), "{shapes:?}");
    // The denominator of the sum is less for 1/6 and 7/12, and for 1/6 and 5/6.
    assert!(!shapes.contains(&"denominator(add(Rat2, Rat1))"), "{shapes:?}");
    // It is tried on questions for which at most lucky graphs were found, and learned instead.
    let network = Prefers(&["denominator", "add", "f0", "f1"], 4.0);
    let mut consistency = Consistency::new();
    let mut attempts: Vec<QuestionAttempt> = pairs
        .iter()
        .map(|pair| attempt(pair, Attempting { is_alone: false, ..alone(Some(&network), &Consistency::new()) }))
        .collect();
    assert!(attempts.iter().flat_map(|attempt| &attempt.right).all(|trace| !is_right(&trace.shape)));
    for attempt in together.iter().chain(&attempts) {
        consistency.note_right(&attempt.kind, attempt.right.iter().map(|trace| trace.shape.as_str()));
    }
    for attempt in &attempts {
        consistency.note_wrong(&attempt.kind, attempt.wrong_shapes.iter().map(String::as_str));
    }
    for (pair, attempt) in pairs.iter().zip(&mut attempts) {
        assert!(attempt.has_untried(&consistency));
        let compared = compare(pair, attempt, &consistency).without(attempt);
        attempt.extend(compared);
        assert!(!attempt.has_untried(&consistency));
        let learned = &best(attempt, &consistency).unwrap().0.shape;
        assert!(is_right(learned), "{learned}");
    }
}

#[test]
fn a_shape_is_built_for_other_questions_of_its_kind() {
    let follow = |text: &str, answer: &str, shape: &str| {
        let mut problem = GraphProblem::new(Question::new(text).unwrap(), Goal::text(answer), Limits::default());
        let found = problem.follow(shape)?;
        assert_eq!(problem.shape_of(&found).as_deref(), Some(shape));
        Some((found.value.to_string(), problem.graph_of(&found)?.to_string()))
    };
    let remainder = "Let w be 3 + 4. Calculate the remainder when 20 is divided by w.";
    let found = |value: &str, graph: &str| Some((value.to_owned(), graph.to_owned()));
    assert_eq!(follow(remainder, "6", "mod(Rat1, Var1)"), found("6", "mod(f2, value(f3, bind(env, f0, f1)))"));
    assert_eq!(follow(remainder, "6", "mod(Var1, Rat1)"), found("7", "mod(value(f3, bind(env, f0, f1)), f2)"));
    let more = "Suppose 2*a = 10. Let b = a + 2. Calculate the remainder when 20 is divided by b.";
    assert_eq!(follow(more, "6", "mod(Rat1, Var1)").unwrap().0, "6");
    assert_eq!(follow(remainder, "6", "mod(Rat1, Rat2)"), None);
    assert_eq!(follow(remainder, "6", "no_operator(Rat1)"), None);
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

#[test]
fn every_module_generates_readable_questions_with_many_wordings() {
    use super::data::Train;
    use super::generate::MODULES;
    for module in MODULES {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for difficulty in [Train::Easy, Train::Medium, Train::Hard] {
            let pairs: Vec<Pair> = (0..40).filter_map(|_| module.question(difficulty, &mut rng)).collect();
            assert!(pairs.len() > 30, "{}", module.name);
            let kinds: std::collections::BTreeSet<String> =
                pairs.iter().map(|pair| shape::kind(&Question::new(&pair.question).unwrap())).collect();
            assert!(kinds.len() > 3, "{}: {kinds:?}", module.name);
            for pair in pairs {
                // Bags of letters are written in braces.
                let text = if module.name.contains("probability") {
                    pair.question.replace(['{', '}'], "")
                } else {
                    pair.question
                };
                assert!(!text.contains(['{', '}', '|', '@']), "{text}");
                assert!(!pair.answer.is_empty(), "{text}");
            }
        }
    }
}
