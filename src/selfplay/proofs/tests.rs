//! The loop: what is remembered from one iteration to the next, what is learned from, and how it is labelled.

use super::*;
use crate::conjecture::Treatment;

/// Watches nothing.
struct Blind;

impl Watcher for Blind {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64, _: String) {}
    fn end(&self) {}
}

fn settings() -> ProofSettings {
    ProofSettings {
        theory: "nat-add".into(),
        goals: "nat-add-easy".into(),
        iterations: 4,
        conjectures: 4,
        budget: Budget { nodes: 60, seconds: None, batch: 8 },
        lemmas: true,
        normal_forms: true,
        modulo: Treatments { equal: Treatment::Drop, instance: Treatment::Drop, saturated: Treatment::Trivial },
        model: Size::Tiny,
        precision: Precision::F32,
        train_steps: 1,
        batch_tokens: 256,
        eval_wait: std::time::Duration::ZERO,
        learning_rate: 1e-3,
        replay: 2,
        alpha: 0.5,
        alpha_schedule: Schedule::Ratio,
        temperature: 1.0,
        top_k: 0,
        difficulty: [20.0, 50.0, 100.0],
        seed: 3,
    }
}

#[test]
fn replay_holds_the_last_iterations_and_alpha_looks_one_back() {
    let mut play = ProofSelfplay::new(settings()).unwrap();
    let mut examples = Vec::new();
    let mut ratio_before = 0.0;
    for iteration in 1..=4 {
        let result = play.iterate(iteration, &Blind).unwrap();
        assert_eq!(result.alpha, 0.5 * ratio_before, "iteration {iteration}");
        assert_eq!(result.attempted, 4);
        ratio_before = result.proved as f64 / result.attempted as f64;
        examples.push(result.examples);
        let kept = examples.len().saturating_sub(2);
        assert!(play.learner.replay.iter().eq(&examples[kept..]), "the newest two iterations, oldest first");
    }
    assert!(examples.iter().all(|examples| !examples.is_empty()));
}

#[test]
fn resumed_loop_goes_on_as_the_unbroken_one() {
    let mut whole = ProofSelfplay::new(settings()).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let mut results = Vec::new();
    let mut replay = Vec::new();
    let place = tempfile::tempdir().unwrap();
    let network = place.path().join("network");
    let mut memory = None;
    for iteration in 1..=4 {
        let result = pool.install(|| whole.iterate(iteration, &Blind)).unwrap();
        if iteration <= 2 {
            replay.push(result.examples.clone());
        }
        if iteration == 2 {
            whole.trainer().save(&network).unwrap();
            memory = Some(whole.memory().clone());
        }
        results.push(result);
    }
    let mut resumed = ProofSelfplay::new(settings()).unwrap();
    let trainer = Trainer::load(&network, crate::selfplay::learner::optimizer(settings().learning_rate)).unwrap();
    resumed.resume(memory.unwrap(), trainer, replay).unwrap();
    for iteration in 3..=4 {
        let mut again = pool.install(|| resumed.iterate(iteration, &Blind)).unwrap();
        let whole = &results[iteration as usize - 1];
        (again.attempt_seconds, again.training.seconds) = (whole.attempt_seconds, whole.training.seconds);
        assert_eq!(again, *whole);
    }
    assert_eq!(resumed.memory(), whole.memory());
}

#[test]
fn attempts_can_share_batches_without_changing_what_they_find() {
    let goals_with = |eval_wait| {
        let settings = ProofSettings { eval_wait, conjectures: 0, ..settings() };
        let mut play = ProofSelfplay::new(settings).unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let result = pool.install(|| play.iterate(1, &Blind)).unwrap();
        (result.goals, result.batching)
    };
    let (goals, unshared) = goals_with(std::time::Duration::ZERO);
    let (shared_goals, shared) = goals_with(std::time::Duration::from_millis(1));
    assert_eq!(unshared.batches, 0);
    assert!(shared.batches > 0 && shared.states >= shared.batches);
    assert_eq!(goals, shared_goals);
}

fn attempt_with(log_prior: Option<f64>) -> ProofAttempt {
    let found =
        |log_prior| Found { script: "  show (= z z) by eq_refl.\n".into(), uses: Vec::new(), log_prior, size: 1 };
    ProofAttempt { found: log_prior.map(found), nodes: 10, ..ProofAttempt::default() }
}

fn conjecture(number: usize) -> Statement {
    let text = format!("(= {}z{} z)", "(s ".repeat(number), ")".repeat(number));
    Statement { name: format!("conjecture_{number}"), text }
}

#[test]
fn labels_follow_the_likelihood_of_the_proofs() {
    let mut play = ProofSelfplay::new(settings()).unwrap();
    let goal = play.goals()[0].clone();
    let priors = [Some(-1.0), None, Some(-9.0), Some(-2.0), Some(-3.0)];
    let statements: Vec<Statement> = std::iter::once(goal.clone()).chain((1..=5).map(conjecture)).collect();
    let attempts = std::iter::once(attempt_with(None)).chain(priors.into_iter().map(attempt_with)).collect();
    let mut result = ProofIteration::default();
    play.digest(1, (statements, 1), attempts, &mut result).unwrap();
    let labels: Vec<(String, Difficulty)> = result
        .examples
        .iter()
        .filter_map(|example| match example {
            Example::Conjecture { difficulty, statement } => Some((statement.clone(), *difficulty)),
            _ => None,
        })
        .collect();
    use Difficulty::{Easy, Fail, Hard, Trivial};
    // Four proofs: the least likely one is hard (its share of the proofs is 12.5 percent), the next one easy (37.5).
    let expected = [Trivial, Fail, Hard, Trivial, Easy];
    let expected: Vec<_> = (1..=5).map(|i| conjecture(i).text).zip(expected).collect();
    assert_eq!(labels, expected, "the goal is open: nobody stated it, so it has no label");
    assert_eq!((result.attempted, result.proved, result.nodes, result.goals.len()), (5, 4, 60, 0));
    assert_eq!(play.memory().ratio_before, Some(0.8));
    assert_eq!(play.memory().known.len(), 4, "what was proved is not to be stated again; what failed may be");
    let names: Vec<&str> = result.proofs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["conjecture_1", "conjecture_3", "conjecture_4", "conjecture_5"]);
}

#[test]
fn proved_goal_becomes_a_lemma_and_counts_as_a_statement() {
    let mut play = ProofSelfplay::new(settings()).unwrap();
    let goal = play.goals()[0].clone();
    let mut result = ProofIteration::default();
    play.digest(1, (vec![goal.clone()], 1), vec![attempt_with(Some(-4.0))], &mut result).unwrap();
    assert_eq!((result.attempted, result.proved, result.goals.len()), (0, 0, 1));
    assert_eq!(play.goals_proved(), 1);
    assert_eq!(play.memory().lemmas.theorems()[0].text, goal.text);
    assert_eq!(play.memory().ratio_before, None, "without conjectures there is no share");
    assert!(matches!(&result.examples[..], [Example::Conjecture { statement, .. }] if *statement == goal.text));
}

#[test]
fn what_is_met_on_the_way_is_labelled_once() {
    let mut play = ProofSelfplay::new(settings()).unwrap();
    let met = |text: &str| Hindsight { text: text.into(), log_prior: -2.0 };
    let new = "[('a0 : nat) -> (= (+ (s z) 'a0) (s 'a0))]";
    // New; the same again; its sides exchanged; reflexive; an axiom's instance.
    let hindsight = vec![
        met(new),
        met(new),
        met("[('a0 : nat) -> (= (s 'a0) (+ (s z) 'a0))]"),
        met("(= z z)"),
        met("(= (+ (s z) z) (s z))"),
    ];
    let attempt = ProofAttempt { hindsight, ..attempt_with(None) };
    let mut result = ProofIteration::default();
    play.digest(1, (vec![conjecture(1)], 0), vec![attempt.clone()], &mut result).unwrap();
    assert_eq!(result.hindsight, 1);
    assert_eq!(play.memory().known, [new]);
    let mut result = ProofIteration::default();
    play.digest(2, (vec![conjecture(2)], 0), vec![attempt], &mut result).unwrap();
    assert_eq!(result.hindsight, 0, "known by now");
}

#[test]
fn statement_proved_and_met_on_the_way_is_known_once() {
    let mut play = ProofSelfplay::new(settings()).unwrap();
    let text = "[('a0 : nat) -> (= (+ (s z) 'a0) (s 'a0))]".to_owned();
    let proved = Statement { name: "conjecture_1".into(), text: text.clone() };
    let met = Hindsight { text: text.clone(), log_prior: -1.0 };
    let other = ProofAttempt { hindsight: vec![met], ..attempt_with(None) };
    let mut result = ProofIteration::default();
    play.digest(1, (vec![proved, conjecture(2)], 0), vec![attempt_with(Some(-3.0)), other], &mut result).unwrap();
    assert_eq!(play.memory().known, [text]);
}

#[test]
fn a_lemma_forged_in_the_state_is_no_proved_goal() {
    let network = tempfile::tempdir().unwrap();
    let whole = ProofSelfplay::new(settings()).unwrap();
    whole.trainer().save(&network.path().join("network")).unwrap();
    let goal = whole.goals()[0].clone();
    let resumed = |theory: &str, name: &str, script: &str| {
        let mut lemmas = Lemmas::new(theory);
        lemmas.push(Theorem { name: name.into(), text: goal.text.clone(), script: script.into(), uses: Vec::new() });
        let memory = ProofMemory { lemmas, known: Vec::new(), ratio_before: None };
        let settings = settings();
        let optimizer = crate::selfplay::learner::optimizer(settings.learning_rate);
        let trainer = Trainer::load(&network.path().join("network"), optimizer).unwrap();
        let mut play = ProofSelfplay::new(settings).unwrap();
        let result = play.resume(memory, trainer, Vec::new());
        assert_eq!(play.goals_proved(), 0);
        result.unwrap_err()
    };
    let name = goal.name.as_str();
    let unproved = resumed("nat-add", name, "  show (= z z) by eq_refl.\n");
    assert!(matches!(unproved, ProofSelfplayError::World(WorldError::Lemma { .. })), "{unproved}");
    // The name and the script close the theorem, and an axiom follows.
    let axiom = "evil : [('a : nat) -> ('b : nat) -> (= 'a 'b)].";
    let before = format!("{axiom} theorem {name}");
    let steps = "  intro x0 : nat.\n  show (= (+ z x0) x0) by evil.\n";
    let opened = resumed("nat-add", &format!("one : nat = (s z). {before}"), steps);
    assert!(matches!(opened, ProofSelfplayError::World(_)), "{opened}");
    let true_one = "theorem two : (= z z) { show (= z z) by eq_refl. }\n";
    let closed = resumed("nat-add", &format!("{} {before}", &true_one["theorem ".len()..]), steps);
    assert!(matches!(closed, ProofSelfplayError::World(WorldError::NoTheorem { .. })), "{closed}");
    let other = resumed("nat-mul", name, steps);
    assert!(matches!(other, ProofSelfplayError::World(WorldError::OtherTheory { .. })), "{other}");
}
