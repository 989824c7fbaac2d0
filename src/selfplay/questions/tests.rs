//! Tests of learning to answer questions.

use std::path::Path;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::answer::AnswerOptions;
use crate::answer::attempt::Effort;
use crate::answer::data::{DataError, Selection, Set, Train};
use crate::answer::evaluation::evaluate;
use crate::learn::Objective;
use crate::network::Uniform;
use crate::network::model::{Precision, Size};
use crate::search::{Algorithm, Options};
use crate::selfplay::Silent;
use crate::selfplay::learner::{LearningSettings, optimizer};

fn effort() -> Effort {
    let search = Options { algorithm: Algorithm::Puct, width: 4, batch: 2, ..Options::default() };
    Effort { search, guided_nodes: 32, nodes: 300 }
}

fn settings(folder: &Path, modules: &[&str]) -> QuestionSettings {
    QuestionSettings {
        math: Some(folder.to_owned()),
        modules: modules.iter().map(ToString::to_string).collect(),
        iterations: 3,
        questions: 12,
        instances: 4,
        effort: effort(),
        hindsight: 0.5,
        augment: 0.5,
        learning: LearningSettings {
            network: None,
            model: Size::Tiny,
            precision: Precision::F32,
            train_steps: 20,
            batch_tokens: 1024,
            learning_rate: 3e-3,
            replay: 2,
            objective: Objective::Likelihood,
            mix: None,
        },
        seed: 3,
    }
}

fn sample() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mathematics")
}

#[test]
fn what_is_learned_from_answers_alone_is_answered() {
    let modules = ["numbers__gcd", "numbers__is_prime", "arithmetic__div"];
    let mut play = play(settings(&sample(), &modules)).unwrap();
    assert_eq!(play.subject().size(), (3, 27));
    let first = play.iterate(1, &Silent).unwrap();
    assert_eq!((first.metrics.attempted, first.metrics.proved, first.metrics.own.asked), (12, 12, 0));
    let (mut asked, mut answered) = (0, 0);
    for iteration in 2..=3 {
        let result = play.iterate(iteration, &Silent).unwrap();
        assert_eq!(result.metrics.proved, 12);
        (asked, answered) = (asked + result.metrics.own.asked, answered + result.metrics.own.answered);
        assert!(result.metrics.policy_loss < first.metrics.policy_loss);
    }
    assert_eq!(asked, 24);
    // Before training on them; a policy that knows nothing answers a few.
    assert!(answered >= 12, "{answered}");
    assert!(play.subject().trained_on().len() >= 24);
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
        let make = || play(settings(&sample(), &["numbers__lcm", "comparison__pair"])).unwrap();
        let (mut one, mut other) = (make(), make());
        let first = [one.iterate(1, &Silent).unwrap(), one.iterate(2, &Silent).unwrap()];
        assert_eq!(first[0].examples, other.iterate(1, &Silent).unwrap().examples);
        let mut resumed = make();
        let trainer = {
            let folder = tempfile::tempdir().unwrap();
            other.trainer().save(folder.path()).unwrap();
            let optimizer = optimizer(settings(&sample(), &[]).learning.learning_rate, Size::Tiny);
            crate::learn::Trainer::load(folder.path(), optimizer).unwrap()
        };
        let memory = serde_json::from_value(serde_json::to_value(other.subject().memory()).unwrap()).unwrap();
        let trained_on = other.subject().trained_on().clone();
        resumed.subject_mut().set_trained_on(trained_on);
        resumed.resume(1, memory, trainer, vec![first[0].examples.clone()]).unwrap();
        assert_eq!(resumed.iterate(2, &Silent).unwrap().examples, first[1].examples);
        assert_eq!(resumed.trainer().network.model().parameters(), one.trainer().network.model().parameters());
        assert_eq!(resumed.subject().memory(), one.subject().memory());
        assert_eq!(resumed.subject().trained_on(), one.subject().trained_on());
    });
}

#[test]
fn questions_are_generated_anew_in_each_iteration() {
    let generated = |modules: &[&str]| QuestionSettings { math: None, ..settings(Path::new(""), modules) };
    let mut run = play(generated(&["asked__subtract", "asked__remainder"])).unwrap();
    assert_eq!(run.subject().size().0, 2);
    for iteration in 1..=2 {
        let result = run.iterate(iteration, &Silent).unwrap();
        assert_eq!(result.metrics.attempted, 12);
        assert!(result.metrics.proved >= 10, "{}", result.metrics.proved);
    }
    assert!(run.subject().trained_on().len() >= 22, "{}", run.subject().trained_on().len());
    assert_eq!(play(generated(&[])).unwrap().subject().size().0, crate::answer::generate::MODULES.len());
    match play(generated(&["asked__nothing"])) {
        Err(QuestionSelfplayError::Data(DataError::UnknownModule { name, .. })) => assert_eq!(name, "asked__nothing"),
        other => panic!("{:?}", other.err()),
    }
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
    let run = play(settings(folder.path(), &[])).unwrap();
    assert_eq!(run.subject().size(), (1, 3));
    match play(settings(folder.path(), &["n"])) {
        Err(QuestionSelfplayError::Data(DataError::UnknownModule { name, known, .. })) => {
            assert_eq!((name, known), ("n".into(), vec!["m".into()]))
        }
        other => panic!("{:?}", other.err()),
    }
    assert!(matches!(play(settings(Path::new("/nowhere"), &[])), Err(QuestionSelfplayError::Data(_))));
}
