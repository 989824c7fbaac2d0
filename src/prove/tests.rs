//! Tests of attempts: faults are contained, budgets hold, theorems met on the way are true and new.

use super::attempt::{Budget, Collect, ProofAttempt};
use super::discovery::Discovery;
use super::goals::{GoalReport, GoalRun, Known};
use super::lemmas::{Lemmas, Statement, World};
use super::prover::{ConfirmError, Prover, confirm};
use super::strategy::{Means, Strategy};
use prover_network::evaluator::{Evaluation, Evaluator, Request};
use prover_network::learn::Example;
use prover_network::model::Size;
use prover_network::tokenizer::Tokenizer;
use prover_network::{Network, Uniform};
use prover_proof::lemma::Reach;
use prover_search::{Deadline, StopReason};
use prover_theory::Theory;
use prover_theory::equality::Limits;
use prover_theory::goals::Sorts;
use prover_theory::import::{Files, SourceText};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Cannot be proved.
const FALSE: &str = "[('a0 : nat) -> ('a1 : nat) -> (= (+ 'a0 'a1) 'a0)]";
/// Cannot be proved in propositional logic, where excluded middle gives facts without end.
const ENDLESS: &str = "[('a0 : prop) -> ('a1 : prop) -> (or 'a0 'a1)]";

fn statement(text: &str) -> Statement {
    Statement { name: "found".into(), text: text.into() }
}

fn nodes(nodes: u64) -> Budget {
    Budget { nodes, seconds: None, batch: 8 }
}

/// Judges as [`Uniform`] does, from text, this many batches; then it panics.
struct Breaks {
    left: AtomicU64,
    needs_text: bool,
}

impl Breaks {
    fn after(batches: u64, needs_text: bool) -> Self {
        Self { left: AtomicU64::new(batches), needs_text }
    }
}

impl Evaluator for Breaks {
    fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
        let left = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        assert!(left.is_ok(), "the evaluator broke");
        Uniform.evaluate(requests)
    }

    fn needs_text(&self) -> bool {
        self.needs_text
    }
}

#[test]
fn panic_in_an_evaluator_is_contained() {
    let world = Lemmas::new("nat-add").world().unwrap();
    for needs_text in [false, true] {
        for batches in [0, 1, 5] {
            let evaluator = Breaks::after(batches, needs_text);
            let result = Prover::new(&world, &evaluator, 0).attempt(&statement(FALSE), nodes(1_000), Collect::EXAMPLES);
            let fault = result.fault.as_deref().unwrap();
            assert!(fault.contains("panic") && fault.contains("the evaluator broke"), "{fault}");
            assert_eq!((result.found, result.examples, result.hindsight), (None, vec![], vec![]));
            assert!(result.seconds > 0.0);
        }
    }
}

/// Prefers actions and states that mention a word, else judges as [`Uniform`] does.
struct Prefers {
    action: &'static str,
    state: &'static str,
}

impl Evaluator for Prefers {
    fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
        let prior = |action: &String| if action.contains(self.action) { 1.0 } else { 1e-3 };
        let judge = |request: &Request| {
            let value = if request.state.contains(self.state) { 1.0 } else { 0.0 };
            Evaluation { priors: request.actions.iter().map(prior).collect(), value }
        };
        requests.iter().map(judge).collect()
    }
}

#[test]
fn a_lemma_that_only_an_idle_step_uses_is_there_when_the_script_is_checked() {
    let mut lemmas = Lemmas::new("propositional-logic");
    let symmetric = "[('a0 : prop) -> ('a1 : prop) -> (iff 'a0 'a1) -> (iff 'a1 'a0)]";
    let symmetric = Statement { name: "turned".into(), text: symmetric.into() };
    let (theorem, _) = Prover::new(&lemmas.world().unwrap(), &Uniform, 0).prove(&lemmas, &symmetric, nodes(100));
    lemmas.push(theorem.unwrap());
    let world = lemmas.world().unwrap();
    let text = "[('a0 : prop) -> ('a1 : prop) -> (iff 'a0 'a1) -> (and 'a0 'a1) -> (and 'a1 'a0)]";
    let prefers = Prefers { action: "by turned", state: "(iff x1 x0)" };
    let (theorem, attempt) = Prover::new(&world, &prefers, 0).prove(&lemmas, &statement(text), nodes(200));
    assert_eq!(attempt.fault, None);
    let theorem = theorem.unwrap();
    assert!(theorem.script.contains("by turned"), "{}", theorem.script);
    assert_eq!(theorem.uses, ["turned"]);
    let (_, report) = Theory::load(SourceText::text("found", lemmas.file(&theorem)), &Files);
    assert!(report.is_fine());
}

#[test]
fn panic_of_one_attempt_leaves_the_others_alone() {
    let lemmas = Lemmas::new("nat-add");
    let (world, goals) = (lemmas.world().unwrap(), lemmas.goals("nat-add-hard").unwrap());
    let attempts: Vec<ProofAttempt> = goals
        .par_iter()
        .enumerate()
        .map(|(index, goal)| {
            let evaluator = Breaks::after(if index % 2 == 0 { 0 } else { u64::MAX }, false);
            Prover::new(&world, &evaluator, 0).attempt(goal, nodes(100), Collect::EXAMPLES)
        })
        .collect();
    for (index, attempt) in attempts.iter().enumerate() {
        assert_eq!(attempt.fault.is_some(), index % 2 == 0, "{:?}", attempt.fault);
    }
    assert!(attempts.iter().skip(1).step_by(2).any(|attempt| attempt.found.is_some()));
}

#[test]
fn statement_that_the_theory_refuses_is_a_fault() {
    let world = Lemmas::new("nat-add").world().unwrap();
    for text in ["", "(= z", "zz", "z", "(= z 'a)"] {
        let result = Prover::new(&world, &Uniform, 0).attempt(&statement(text), nodes(10), Collect::EXAMPLES);
        assert!(result.fault.is_some() && result.found.is_none() && result.nodes == 0, "{text}");
    }
}

#[test]
fn budgets_hold() {
    let world = Lemmas::new("propositional-logic").world().unwrap();
    for limit in [1, 2, 7, 100] {
        for evaluator in [&Uniform as &dyn Evaluator, &Breaks::after(u64::MAX, true)] {
            let result = Prover::new(&world, evaluator, 0).attempt(&statement(ENDLESS), nodes(limit), Collect::NOTHING);
            assert_eq!((result.nodes, result.found, result.fault), (limit, None, None));
        }
    }
    let budget = Budget { nodes: u64::MAX, seconds: Some(0.2), batch: 8 };
    let result = Prover::new(&world, &Uniform, 0).attempt(&statement(ENDLESS), budget, Collect::NOTHING);
    assert!(result.nodes > 10 && result.found.is_none());
    // Far more than the limit, so that a busy machine does not matter; without the limit there is no end.
    assert!(result.seconds < 20.0, "{}", result.seconds);
}

#[test]
fn nothing_left_to_try_says_whether_a_bound_left_something_out() {
    let attempt = |theory: &str, text: &str| {
        let world = Lemmas::new(theory).world().unwrap();
        Prover::new(&world, &Uniform, 0).attempt(&statement(text), nodes(2_000), Collect::NOTHING)
    };
    let grows = "[('a0 : nat) -> ('a1 : nat) -> ('a2 : nat) -> (= (+ 'a0 (+ 'a1 'a2)) (+ 'a1 (+ 'a0 'a2)))]";
    let left_out = attempt("nat-add", grows);
    assert!(left_out.found.is_none() && left_out.reason == Some(StopReason::Exhausted) && left_out.is_bounded);
    let all = attempt("propositional-logic", "[('a0 : prop) -> ('a1 : prop) -> 'a0]");
    assert!(all.found.is_none() && (all.reason != Some(StopReason::Exhausted) || !all.is_bounded), "{all:?}");
}

#[test]
fn attempts_whose_time_is_up_end_open_at_their_first_look() {
    let lemmas = Lemmas::new("nat-pow");
    let mut world = lemmas.world().unwrap();
    let (easy, hard) = ("[('a0 : nat) -> (= (+ 'a0 z) 'a0)]", FALSE);
    let none = Budget { seconds: Some(0.0), ..nodes(u64::MAX) };
    for (saturation, text) in [(None, easy), (None, hard), (Some(Limits::ACTION), easy), (Some(Limits::ACTION), hard)] {
        world.tactics.saturation = saturation;
        let proposals = Collect { proposals: Some(Reach::Theory), ..Collect::NOTHING };
        for collect in [Collect::NOTHING, Collect::EXAMPLES, proposals] {
            let result = Prover::new(&world, &Uniform, 0).attempt(&statement(text), none, collect);
            assert_eq!((result.nodes, result.found, result.fault), (0, None, None), "{text} {collect:?}");
            assert!(result.reason != Some(StopReason::Exhausted) && result.proposals.is_empty(), "{text} {collect:?}");
        }
        let mut discovery = Discovery::new(lemmas.clone(), world.clone(), &Uniform, none, 0);
        let discovered = discovery.prove(&statement(text));
        assert_eq!((discovered.nodes, discovered.theorem, discovered.fault), (0, None, None), "{text}");
        assert!(discovery.lemmas.theorems().is_empty());
    }
}

#[test]
fn what_is_not_confirmed_by_the_deadline_is_no_theorem_and_no_fault() {
    let lemmas = Lemmas::new("nat-add");
    let world = lemmas.world().unwrap();
    let goal = statement("[('a0 : nat) -> (= (+ z 'a0) 'a0)]");
    let found = Prover::new(&world, &Uniform, 0).attempt(&goal, nodes(1_000), Collect::NOTHING).found.unwrap();
    let late = confirm(&world.source, &lemmas, &goal, &found, Deadline::after(0.0)).unwrap_err();
    assert!(matches!(late, ConfirmError::Late), "{late}");
    assert_eq!(late.fault(), None);
    assert!(confirm(&world.source, &lemmas, &goal, &found, Deadline::NEVER).is_ok());
    let wrong = crate::attempt::Found { script: "  intro x : nat.\n".into(), ..found };
    let refused = confirm(&world.source, &lemmas, &goal, &wrong, Deadline::NEVER).unwrap_err();
    assert!(refused.fault().is_some_and(|fault| fault.contains("refused")), "{refused}");
    // Nor is a theory laid out.
    assert!(lemmas.world_by(Deadline::after(0.0)).is_err() && lemmas.world_by(Deadline::NEVER).is_ok());
}

/// Attempts at all goals of a set.
fn attempts(lemmas: &Lemmas, world: &World, goals: &str, limit: u64) -> Vec<(Statement, ProofAttempt)> {
    let goals = lemmas.goals(goals).unwrap();
    let run = |goal: Statement| {
        let result = Prover::new(world, &Uniform, 1).attempt(&goal, nodes(limit), Collect::EXAMPLES);
        (goal, result)
    };
    goals.into_par_iter().map(run).collect()
}

#[test]
fn hindsight_is_true_and_never_the_statement_itself() {
    for (theory, goals, limit) in [("nat-add", "nat-add-hard", 300), ("propositional-logic", "propositional", 100)] {
        let lemmas = Lemmas::new(theory);
        let world = lemmas.world().unwrap();
        let mut count = 0;
        for (goal, result) in attempts(&lemmas, &world, goals, limit) {
            assert_eq!(result.fault, None, "{}", goal.text);
            let mut theory = world.theory.fork();
            let root = theory.statement(&goal.text).unwrap();
            for found in &result.hindsight {
                let statement = theory.statement(&found.text).unwrap_or_else(|e| panic!("{}: {e:?}", found.text));
                assert_ne!(statement, root, "{}", found.text);
                assert!(found.log_prior.is_finite() && found.log_prior <= 0.0, "{}", found.log_prior);
            }
            count += result.hindsight.len();
            // A search of its own proves it again, and the checker of scripts accepts that.
            let provable =
                |text: &str| Prover::new(&world, &Uniform, 1).prove(&lemmas, &statement(text), nodes(20_000));
            for found in result.hindsight.iter().take(6) {
                let (theorem, again) = provable(&found.text);
                assert!(theorem.is_some(), "{} (nodes {}, fault {:?})", found.text, again.nodes, again.fault);
            }
        }
        assert!(count >= 10, "{theory}: {count}");
    }
}

#[test]
fn hindsight_holds_where_the_attempt_failed_too() {
    let lemmas = Lemmas::new("nat-add");
    let world = lemmas.world().unwrap();
    let mut failed = attempts(&lemmas, &world, "nat-add-hard", 60);
    failed.retain(|(_, result)| result.found.is_none());
    assert!(!failed.is_empty());
    assert!(failed.iter().any(|(_, result)| !result.hindsight.is_empty()));
}

#[test]
fn examples_tell_solved_from_open_and_name_their_actions() {
    let lemmas = Lemmas::new("nat-add");
    let world = lemmas.world().unwrap();
    let (mut solved_states, mut open_states, mut choices) = (0, 0, 0);
    for (goal, result) in attempts(&lemmas, &world, "nat-add-hard", 300) {
        let mut root_solved = None;
        for example in &result.examples {
            match example {
                Example::Value { state, solved } => {
                    *(if *solved { &mut solved_states } else { &mut open_states }) += 1;
                    if *state == format!("{{  }} {}", goal.text) {
                        root_solved = Some(*solved);
                    }
                }
                Example::Policy { actions, chosen, .. } => {
                    choices += 1;
                    assert!(actions.len() > 1);
                    assert!(matches!(chosen[..], [(index, 1.0)] if index < actions.len()), "{chosen:?}");
                }
                other => panic!("an attempt leaves none such: {other:?}"),
            }
        }
        if result.found.is_some() {
            // Where there is but one action there is nothing to learn.
            assert_ne!(root_solved, Some(false), "{}", goal.text);
        }
    }
    assert!(solved_states > 10 && open_states > 0 && choices > 5, "{solved_states} {open_states} {choices}");
    let nothing = Prover::new(&world, &Uniform, 0).attempt(&statement(FALSE), nodes(50), Collect::NOTHING);
    assert_eq!((nothing.examples.len(), nothing.hindsight.len()), (0, 0));
}

#[test]
fn untrained_network_proves_too_and_repeats() {
    let lemmas = Lemmas::new("nat-add");
    let (world, goals) = (lemmas.world().unwrap(), lemmas.goals("nat-add-easy").unwrap());
    let corpus = crate::lemmas::corpus("nat-add", &goals).unwrap();
    let run = || {
        let tokenizer = Tokenizer::train(corpus.iter().map(String::as_str), 512).unwrap();
        let network = Network::untrained(Size::Tiny, tokenizer, &mut ChaCha8Rng::seed_from_u64(3)).unwrap();
        let mut result = Prover::new(&world, &network, 4).attempt(&goals[0], nodes(200), Collect::EXAMPLES);
        result.seconds = 0.0;
        result
    };
    let first = run();
    let found = first.found.as_ref().unwrap();
    assert!(found.log_prior < 0.0 && found.log_prior.is_finite());
    assert_eq!(first, run());
}

#[test]
fn a_theory_that_no_proof_could_import_is_refused_at_once() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("a\"b.peano");
    std::fs::write(&path, "import \"nat-add\".\n").unwrap();
    let refused = Lemmas::new(path.to_str().unwrap()).world();
    assert!(matches!(refused, Err(crate::lemmas::WorldError::Path { .. })), "{refused:?}");
}

#[test]
fn a_strategy_keeps_its_budget_and_repeats_with_its_seed() {
    let lemmas = Lemmas::new("nat-mul");
    let world = lemmas.world().unwrap();
    let goal = statement("[('a0 : nat) -> ('a1 : nat) -> (= (* 'a0 'a1) (* 'a1 'a0))]");
    for limit in [1, 2, 7, 60] {
        let tried = || {
            let mut strategy = Strategy::new(lemmas.clone(), world.clone(), &Uniform, Means::ALL, nodes(limit), 3);
            let found = strategy.prove(&goal);
            (found.nodes, found.theorem, strategy.lemmas.theorems().to_vec())
        };
        let (nodes, theorem, found) = tried();
        assert!(nodes <= limit && theorem.is_none(), "{nodes} of {limit}");
        assert_eq!(tried(), (nodes, theorem, found));
    }
}

#[test]
fn of_two_threads_for_one_statement_the_first_proof_ends_both() {
    let lemmas = Lemmas::new("nat-mul");
    let world = lemmas.world().unwrap();
    let goal = lemmas.goal("found", "[('a : nat) -> ('b : nat) -> (= (* 'a 'b) (* 'b 'a))]").unwrap();
    // Both would look for lemmas much longer than the proof takes: without the flag, the test takes a day.
    let budget = Budget { nodes: u64::MAX, seconds: Some(100_000.0), batch: 1 };
    let mut strategy = Strategy::new(lemmas, world, &Uniform, Means::ALL, budget, 0);
    strategy.beside = true;
    let found = strategy.prove(&goal);
    let theorem = found.theorem.expect("with lemmas on addition");
    let (_, report) = Theory::load(SourceText::text("proof", strategy.lemmas.file(&theorem)), &Files);
    assert!(report.is_fine() && !found.lemmas.is_empty());
    // What nobody proves ends by its limits, after both.
    let open = statement("[('a0 : nat) -> (= (* 'a0 'a0) 'a0)]");
    let budget = Budget { nodes: 400, seconds: Some(100_000.0), batch: 1 };
    let mut strategy = Strategy::new(strategy.lemmas, strategy.world, &Uniform, Means::ALL, budget, 0);
    strategy.beside = true;
    let found = strategy.prove(&open);
    assert!(found.theorem.is_none() && found.nodes <= 400, "{}", found.nodes);
}

#[test]
fn what_a_statement_rests_on_is_explored_before_search_is_stuck() {
    let lemmas = Lemmas::new("nat-mul");
    let world = lemmas.world().unwrap();
    let goal = lemmas.goal("found", "[('a : nat) -> ('b : nat) -> (= (* 'a 'b) (* 'b 'a))]").unwrap();
    let mut strategy = Strategy::new(lemmas, world, &Uniform, Means::ALL, nodes(10_000), 0);
    let found = strategy.prove(&goal);
    let theorem = found.theorem.expect("with lemmas on addition");
    let lemmas = &strategy.lemmas;
    assert!(!found.lemmas.is_empty() && found.size > 0);
    // The file has the lemmas that the proof needs, and no others.
    let file = lemmas.file(&theorem);
    assert_eq!(file.matches("theorem ").count(), found.lemmas.len() + 1);
    let (_, report) = prover_theory::Theory::load(
        prover_theory::import::SourceText::text("proof", file.clone()),
        &prover_theory::import::Files,
    );
    assert!(report.is_fine(), "{file}");
    let kinds: Vec<&str> = found.stages.iter().map(|stage| stage.kind.word()).collect();
    assert_eq!(kinds, ["search", "saturation", "lemmas"]);
}

/// Ten functions besides those of the goals.
const TEN: &str = "= : [('t : type) -> 't -> 't -> prop].
    data bool { true : bool. false : bool. }
    data nat { z : nat. s : [nat -> nat]. }
    data list ('a : type) { nil : (list 'a). cons : ['a -> (list 'a) -> (list 'a)]. }
    fun if : [('t : type) -> bool -> 't -> 't -> 't] { (if true 'x 'y) = 'x. (if false 'x 'y) = 'y. }
    fun + : [nat -> nat -> nat] { (+ z 'm) = 'm. (+ (s 'n) 'm) = (s (+ 'n 'm)). }
    fun * : [nat -> nat -> nat] { (* z 'm) = z. (* (s 'n) 'm) = (+ 'm (* 'n 'm)). }
    fun le : [nat -> nat -> bool] { (le z 'm) = true. (le (s 'n) z) = false. (le (s 'n) (s 'm)) = (le 'n 'm). }
    fun length : [('t : type) -> (list 't) -> nat] {
        (length nil) = z. (length (cons 'x 'xs)) = (s (length 'xs)). }
    fun sum : [(list nat) -> nat] { (sum nil) = z. (sum (cons 'x 'xs)) = (+ 'x (sum 'xs)). }
    fun map : [('a : type) -> ('b : type) -> ['a -> 'b] -> (list 'a) -> (list 'b)] {
        (map 'f nil) = (nil 'b). (map 'f (cons 'x 'xs)) = (cons ('f 'x) (map 'f 'xs)). }
    fun filter : [('t : type) -> ['t -> bool] -> (list 't) -> (list 't)] {
        (filter 'p nil) = (nil 't).
        (filter 'p (cons 'x 'xs)) = (if ('p 'x) (cons 'x (filter 'p 'xs)) (filter 'p 'xs)). }
    fun take : [('t : type) -> nat -> (list 't) -> (list 't)] {
        (take z 'xs) = (nil 't). (take (s 'n) nil) = (nil 't).
        (take (s 'n) (cons 'x 'xs)) = (cons 'x (take 'n 'xs)). }
    fun drop : [('t : type) -> nat -> (list 't) -> (list 't)] {
        (drop z 'xs) = 'xs. (drop (s 'n) nil) = (nil 't). (drop (s 'n) (cons 'x 'xs)) = (drop 'n 'xs). }
    fun append : [('t : type) -> (list 't) -> (list 't) -> (list 't)] {
        (append nil 'ys) = 'ys. (append (cons 'x 'xs) 'ys) = (cons 'x (append 'xs 'ys)). }
    fun concat : [('t : type) -> (list (list 't)) -> (list 't)] {
        (concat nil) = (nil 't). (concat (cons 'xs 'm)) = (append 'xs (concat 'm)). }
    fun rev : [('t : type) -> (list 't) -> (list 't)] {
        (rev nil) = (nil 't). (rev (cons 'x 'xs)) = (append (rev 'xs) (cons 'x (nil 't))). }
    fun rev_onto : [('t : type) -> (list 't) -> (list 't) -> (list 't)] {
        (rev_onto nil 'ys) = 'ys. (rev_onto (cons 'x 'xs) 'ys) = (rev_onto 'xs (cons 'x 'ys)). }
    fun times : [nat -> nat -> nat -> nat] {
        (times z 'm 'c) = 'c. (times (s 'n) 'm 'c) = (times 'n 'm (+ 'm 'c)). }";

/// Results of discovery for goals of that theory, one after the other, each within a limit of nodes: the files, which
/// are loaded again, and the first lines of their theorems.
fn discovered(goals: &[&str], limit: u64) -> Vec<(Option<String>, Vec<String>)> {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("ten.peano");
    std::fs::write(&path, TEN).unwrap();
    let lemmas = Lemmas::new(path.to_str().unwrap());
    let statements: Vec<Statement> =
        goals.iter().enumerate().map(|(n, goal)| lemmas.goal(&format!("goal_{n}"), goal).unwrap()).collect();
    let run = GoalRun {
        statements: &statements,
        evaluator: &Uniform,
        means: Means { search: false, ..Means::ALL },
        budget: nodes(limit),
        seed: 0,
        graph: false,
        refuted: &[],
        ended: &|| (),
    };
    let known = Mutex::new(Known::new(lemmas.clone(), lemmas.world().unwrap()));
    let reports = (0..goals.len()).map(|index| run.alone(&known, index));
    let checked = |report: GoalReport| {
        if let Some(proof) = &report.proof {
            let (_, report) = Theory::load(SourceText::text("proof", proof.clone()), &Files);
            assert!(report.is_fine(), "{proof}");
        }
        let theorems = report.proof.iter().flat_map(|proof| proof.lines()).filter(|line| line.starts_with("theorem "));
        let theorems = theorems.map(str::to_owned).collect();
        (report.proof, theorems)
    };
    reports.map(checked).collect()
}

#[test]
fn a_lemma_is_found_among_many_functions() {
    let [(proof, theorems)] =
        &discovered(&["[('t : type) -> ('xs : (list 't)) -> (= (rev (rev 'xs)) 'xs)]"], 2_000)[..]
    else {
        panic!("one goal has one report")
    };
    assert!(proof.is_some() && theorems.len() > 1, "{theorems:?}");
}

#[test]
fn goals_that_accumulate_are_proved() {
    for goal in [
        "[('t : type) -> ('xs : (list 't)) -> (= (rev_onto 'xs (nil 't)) (rev 'xs))]",
        "[('a : nat) -> ('b : nat) -> (= (times 'a 'b z) (* 'a 'b))]",
    ] {
        let found = discovered(&[goal], 4_000);
        assert!(found[0].0.is_some(), "{goal}");
    }
}

#[test]
fn conditional_lemmas_are_proved_and_written() {
    let goal = "[('t : type) -> ('p : ['t -> bool]) -> ('xs : (list 't)) ->
        (= (le (length (filter 'p 'xs)) (length 'xs)) true)]";
    let found = discovered(&[goal], 4_000);
    assert!(found[0].1.iter().any(|theorem| theorem.contains("true) -> (= (le ")), "{:?}", found[0].1);
}

#[test]
fn what_was_found_for_one_goal_serves_the_next_and_is_written_with_it() {
    let goal = "[('t : type) -> ('xs : (list 't)) -> (= (rev (rev 'xs)) 'xs)]";
    let longer = "[('t : type) -> ('xs : (list 't)) -> ('ys : (list 't)) ->
        (= (append (rev 'xs) (rev (rev 'ys))) (append (rev 'xs) 'ys))]";
    let found = discovered(&[goal, longer], 2_000);
    let of_first = |theorems: &[String]| theorems.iter().filter(|line| line.contains("goal_0_lemma_")).count();
    assert!(of_first(&found[0].1) > 0, "{:?}", found[0].1);
    // The second goal's file, which was loaded by itself, has what it needs of the first one's.
    assert!(found[1].0.is_some() && of_first(&found[1].1) > 0, "{:?}", found[1].1);
    // It is the same again, but for the place of the theory.
    let again = discovered(&[goal, longer], 2_000);
    assert!(found.iter().zip(&again).all(|(one, other)| one.1 == other.1), "{found:?} {again:?}");
}

#[test]
fn a_world_grows_by_a_lemma_as_if_it_were_loaded_anew() {
    let lemmas = Lemmas::new("nat-add");
    let mut world = lemmas.world().unwrap();
    let goals = lemmas.goals("nat-add-hard").unwrap();
    let (theorem, _) = Prover::new(&world, &Uniform, 0).prove(&lemmas, &goals[0], nodes(1_000));
    let theorem = theorem.unwrap();
    // A lemma that is wrong changes nothing.
    let wrong = crate::Theorem { script: "  intro x : nat.\n".into(), ..theorem.clone() };
    assert!(world.add(&wrong, Deadline::NEVER).is_err());
    assert!(world.theory.fork().environment.find(&theorem.name).is_none());
    assert!(world.add(&theorem, Deadline::after(0.0)).is_err());
    world.add(&theorem, Deadline::NEVER).unwrap();
    assert!(world.theory.fork().environment.find(&theorem.name).is_some());
    assert!(world.source.fork().environment.find(&theorem.name).is_none());
    let mut more = lemmas.clone();
    more.push(theorem);
    let anew = more.world().unwrap();
    assert_eq!(world.rules.propositions.len(), anew.rules.propositions.len());
    for goal in &goals[1..4] {
        let [grown, loaded] =
            [&world, &anew].map(|world| Prover::new(world, &Uniform, 0).prove(&more, goal, nodes(60)));
        assert_eq!((grown.0, grown.1.nodes), (loaded.0, loaded.1.nodes), "{}", goal.text);
    }
}

#[test]
fn lemmas_stand_inside_of_a_proof_where_they_are_asked_for() {
    for (theory, goals, name, inner) in [
        ("nat-add", "nat-add-hard", "add_left_comm", 1),
        // A lemma whose proof takes another one; the names of what is in scope are not taken again.
        ("lists", "lists", "reverse_reverse", 2),
    ] {
        let lemmas = Lemmas::new(theory);
        let world = lemmas.world().unwrap();
        let statements = lemmas.goals(goals).unwrap();
        let statement = statements.iter().find(|statement| statement.name == name).unwrap();
        let prove = |cuts| {
            let means = Means { search: false, lemmas: false, cuts, ..Means::ALL };
            Strategy::new(lemmas.clone(), world.clone(), &Uniform, means, nodes(400), 0).prove(statement)
        };
        assert!(prove(false).theorem.is_none(), "{name} needs a lemma");
        let found = prove(true);
        let theorem = found.theorem.unwrap_or_else(|| panic!("{name}: {:?}", found.stages));
        assert!(theorem.script.matches("have h").count() >= inner, "{}", theorem.script);
        let (_, report) = Theory::load(SourceText::text("proof", lemmas.file(&theorem)), &Files);
        assert!(report.is_fine(), "{}", theorem.script);
        assert_eq!(prove(true).theorem.map(|theorem| theorem.script), Some(theorem.script), "{name} again");
    }
}

#[test]
fn newcomers_1_objects_are_searched_for() {
    let lemmas = Lemmas::new("lists");
    let world = lemmas.world().unwrap();
    let budget = Budget { nodes: 2_000, seconds: None, batch: 1 };
    let built = |text: &str| {
        let statement = lemmas.goal_of_sort("built", text, Sorts::Any).unwrap();
        let mut strategy = Strategy::new(lemmas.clone(), world.clone(), &Uniform, Means::ALL, budget, 0);
        let discovered = strategy.prove(&statement);
        discovered.theorem.map(|theorem| lemmas.file(&theorem))
    };
    for text in [
        "[nat -> nat]",
        "[('P : type) -> ('Q : type) -> 'P -> ['P -> 'Q] -> 'Q]",
        "[('P : type) -> ('Q : type) -> ('R : type) -> ['P -> 'Q] -> ['Q -> 'R] -> 'P -> 'R]",
        "[('P : type) -> ['P -> nat] -> (list 'P) -> (list nat)]",
        "[('P : type) -> [nat -> 'P] -> 'P]",
        "(list bool)",
    ] {
        let file = built(text).unwrap_or_else(|| panic!("{text}"));
        let (theory, report) = Theory::load(SourceText::text("built", file), &Files);
        assert!(report.is_fine() && theory.environment.find("built").is_some(), "{text}");
        let constant = theory.environment.find("built").unwrap();
        assert!(theory.environment.declaration(constant).value.is_some(), "{text}");
    }
    // Nothing is of these types, or nothing that applications reach.
    for text in ["[('P : type) -> 'P]", "[('P : type) -> ('Q : type) -> ['P -> 'Q] -> 'Q]"] {
        assert_eq!(built(text), None, "{text}");
    }
    assert!(lemmas.goal("built", "[nat -> nat]").is_err());
}
