//! Tests of proposals: lemmas are true, useful and general; false candidates are refuted.

use super::{Origin, Proposal, Reach, Sampler, Tested};
use crate::state::State;
use crate::{ProofProblem, Rules};
use prover_logic::Sort;
use prover_search::evaluator::Uniform;
use prover_search::{Deadline, NodeStatus, Options, Outcome, Problem, Stop, search};
use prover_theory::Theory;
use prover_theory::equality::Limits;
use prover_theory::terms::typed::Fact;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

const THEORY: &str = "= : [('t : type) -> 't -> 't -> prop].
    data bool { true : bool. false : bool. }
    data nat { z : nat. s : [nat -> nat]. }
    data list ('a : type) { nil : (list 'a). cons : ['a -> (list 'a) -> (list 'a)]. }
    fun + : [nat -> nat -> nat] { (+ z 'm) = 'm. (+ (s 'n) 'm) = (s (+ 'n 'm)). }
    fun le : [nat -> nat -> bool] { (le z 'm) = true. (le (s 'n) z) = false. (le (s 'n) (s 'm)) = (le 'n 'm). }
    fun append : [('t : type) -> (list 't) -> (list 't) -> (list 't)] {
        (append nil 'ys) = 'ys. (append (cons 'x 'xs) 'ys) = (cons 'x (append 'xs 'ys)). }
    fun rev : [('t : type) -> (list 't) -> (list 't)] {
        (rev nil) = (nil 't). (rev (cons 'x 'xs)) = (append (rev 'xs) (cons 'x (nil 't))). }
    fun map : [('a : type) -> ('b : type) -> ['a -> 'b] -> (list 'a) -> (list 'b)] {
        (map 'f nil) = (nil 'b). (map 'f (cons 'x 'xs)) = (cons ('f 'x) (map 'f 'xs)). }
    fun ite : [('t : type) -> bool -> 't -> 't -> 't] { (ite true 'x 'y) = 'x. (ite false 'x 'y) = 'y. }
    fun filter : [('t : type) -> ['t -> bool] -> (list 't) -> (list 't)] {
        (filter 'p nil) = (nil 't).
        (filter 'p (cons 'x 'xs)) = (ite ('p 'x) (cons 'x (filter 'p 'xs)) (filter 'p 'xs)). }";

/// The propositions of a theory with their proofs.
fn facts(theory: &mut Theory) -> Vec<Fact> {
    Rules::new(theory).unwrap().propositions
}

fn tested(statement: &str) -> Tested {
    let mut theory = Theory::from_text("t", THEORY).unwrap();
    theory.environment.set_budget(10_000_000);
    let facts = facts(&mut theory);
    let statement = theory.statement(statement).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    Sampler::new(&mut theory, &facts, &mut rng).unwrap().test(statement, 60).unwrap()
}

#[test]
fn what_is_false_is_refuted() {
    for statement in [
        "[('a : nat) -> (= (+ 'a 'a) 'a)]",
        "[('a : nat) -> ('b : nat) -> (= (le 'a 'b) (le 'b 'a))]",
        "[('t : type) -> ('a : (list 't)) -> ('b : (list 't)) -> (= (append 'a 'b) (append 'b 'a))]",
        "[('t : type) -> ('a : (list 't)) -> (= (rev 'a) 'a)]",
        // Functions that are variables have values of their own, for unknown types and for known ones.
        "[('t : type) -> ('p : ['t -> bool]) -> ('a : (list 't)) -> (= (filter 'p 'a) 'a)]",
        "[('t : type) -> ('f : ['t -> 't]) -> ('a : (list 't)) -> (= (map 'f 'a) 'a)]",
        "[('f : [nat -> nat -> nat]) -> ('a : nat) -> ('b : nat) -> (= ('f 'a 'b) ('f 'b 'a))]",
        // A premise that holds of some.
        "[('a : nat) -> ('b : nat) -> (= (le 'a 'b) true) -> (= 'a 'b)]",
    ] {
        assert_eq!(tested(statement), Tested::Refuted, "{statement}");
    }
}

#[test]
fn what_is_true_is_decided_often() {
    for statement in [
        "[('a : nat) -> ('b : nat) -> (= (+ 'a 'b) (+ 'b 'a))]",
        "[('t : type) -> ('a : (list 't)) -> (= (rev (rev 'a)) 'a)]",
        "[('t : type) -> ('p : ['t -> bool]) -> ('a : (list 't)) -> (= (filter 'p (filter 'p 'a)) (filter 'p 'a))]",
        "[('a : nat) -> ('b : nat) -> (= (le 'a 'b) true) -> (= (le 'a (s 'b)) true)]",
    ] {
        assert!(matches!(tested(statement), Tested::True(10..)), "{statement}: {:?}", tested(statement));
    }
    // A premise that never holds says nothing.
    assert_eq!(tested("[('a : nat) -> (= (s 'a) z) -> (= 'a (s 'a))]"), Tested::True(0));
    // Nor does what is no equation.
    assert_eq!(tested("[('p : prop) -> 'p -> 'p]"), Tested::True(0));
}

/// A problem after a short search for a proof that gets stuck, states where it does, and the randomness after it.
fn stuck(theory: &str, statement: &str) -> (ProofProblem, Vec<State>, ChaCha8Rng) {
    let mut theory = Theory::from_text("t", theory).unwrap();
    theory.environment.set_budget(10_000_000);
    let rules = Arc::new(Rules::new(&mut theory).unwrap());
    let goal = theory.statement(statement).unwrap();
    let mut problem = ProofProblem::new(theory, rules, goal).unwrap().with_saturation(Limits::ACTION);
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let options = Options { eager: true, ..Options::default() };
    let result = search(&mut problem, &Uniform, &options, &mut Stop::first_solution().nodes(40), &mut rng);
    assert!(result.solution.is_none(), "{statement} needs no lemma");
    let is_stuck = |state: &State| {
        let environment = &mut problem.theory.borrow_mut().environment;
        state.items().any(|item| item.fact().is_some())
            && !matches!(environment.store.term(state.goal), prover_logic::Term::Pi(..))
            && environment.sort_of(state.goal) == Ok(Sort::Prop)
    };
    let open = result.graph.expanded().filter(|node| node.status() != NodeStatus::Solved);
    let stuck: Vec<State> = open.map(|node| node.state().clone()).filter(is_stuck).take(3).collect();
    (problem, stuck, rng)
}

/// The proposals there.
fn proposed(theory: &str, statement: &str, reach: Reach) -> Vec<Proposal> {
    let (mut problem, stuck, mut rng) = stuck(theory, statement);
    problem.proposals(&stuck, (Limits::ACTION, reach), Deadline::NEVER, &mut rng).unwrap().0
}

/// The texts of the proposals there, with the number of goals that each closes.
fn proposals(statement: &str) -> Vec<(String, usize)> {
    proposed(THEORY, statement, Reach::Goal).into_iter().map(|proposal| (proposal.text, proposal.closes)).collect()
}

/// The terms made by looking for lemmas until a deadline, and the number of lemmas proposed.
fn terms_made(problem: &mut ProofProblem, stuck: &[State], deadline: Deadline) -> (usize, usize) {
    let before = problem.theory().environment.store.len();
    let found =
        problem.proposals(stuck, (Limits::ACTION, Reach::Goal), deadline, &mut ChaCha8Rng::seed_from_u64(1)).unwrap().0;
    (problem.theory().environment.store.len() - before, found.len())
}

#[test]
fn no_lemmas_are_looked_for_once_the_deadline_has_passed() {
    let statement = "[('t : type) -> ('xs : (list 't)) -> (= (rev (rev 'xs)) 'xs)]";
    let (mut problem, states, _) = stuck(THEORY, statement);
    let (late, none) = terms_made(&mut problem, &states, Deadline::after(0.0));
    let (all, found) = terms_made(&mut problem, &states, Deadline::NEVER);
    assert_eq!(none, 0);
    assert!(late < 200 && all > 20_000 && found > 0, "{late} of {all}, {found} proposals");
}

#[test]
fn ground_evaluation_ends_at_the_deadline() {
    let mut theory = Theory::from_text("t", THEORY).unwrap();
    theory.environment.set_budget(10_000_000);
    let facts = facts(&mut theory);
    let statement = theory.statement("[('a : nat) -> ('b : nat) -> (= (+ 'a 'b) (+ 'b 'a))]").unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut sampler = Sampler::new(&mut theory, &facts, &mut rng).unwrap();
    assert!(matches!(sampler.test(statement, 60), Ok(Tested::True(10..))));
    sampler.theory().environment.set_deadline(Deadline::after(0.0).instant());
    let before = sampler.theory().environment.store.len();
    // However many steps each instance may take anew.
    let tested = sampler.test(statement, 1_000_000);
    assert!(!matches!(tested, Ok(Tested::True(1..) | Tested::Refuted)), "{tested:?}");
    let made = sampler.theory().environment.store.len() - before;
    assert!(made < 100, "{made}");
}

#[test]
fn the_lemma_of_a_double_reversal_is_proposed() {
    let found = proposals("[('t : type) -> ('xs : (list 't)) -> (= (rev (rev 'xs)) 'xs)]");
    // How reversal and concatenation commute; and the step's goal with a reversal made a variable, which the induction
    // hypothesis allows.
    for wanted in [
        "(= (append (rev 'a1) (rev 'a2)) (rev (append 'a2 'a1)))",
        "(= (append 'a1 (cons 'a2 (nil 'a0))) (rev (cons 'a2 (rev 'a1))))",
    ] {
        assert!(found.iter().any(|(text, closes)| text.contains(wanted) && *closes > 0), "{wanted}: {found:#?}");
    }
}

#[test]
fn proposals_are_no_instances_of_each_other_and_not_refuted() {
    let found = proposals("[('a : nat) -> ('b : nat) -> (= (le 'a (+ 'b 'a)) true)]");
    assert!(!found.is_empty());
    for (text, _) in &found {
        assert_ne!(tested(text), Tested::Refuted, "{text}");
    }
    let texts: Vec<&str> = found.iter().map(|(text, _)| text.as_str()).collect();
    let zero = "[('a0 : nat) -> (= (+ 'a0 z) 'a0)]";
    assert!(texts.contains(&zero), "{texts:#?}");
    assert!(!texts.contains(&"(= (+ (s z) z) (s z))"), "{texts:#?}");
    // What saturation says by itself is not proposed.
    assert!(!texts.contains(&"[('a0 : nat) -> (= (+ z 'a0) 'a0)]"), "{texts:#?}");
}

/// The texts of equations between functions that a statement reaches.
fn equations_of(theory: &str, statement: &str) -> Vec<String> {
    let mut theory = Theory::from_text("t", theory).unwrap();
    let rules = Arc::new(Rules::new(&mut theory).unwrap());
    let statement = theory.statement(statement).unwrap();
    let mut problem = ProofProblem::new(theory, rules, statement).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let proposals = problem.theory_proposals(Deadline::NEVER, &mut rng).unwrap();
    proposals.into_iter().map(|proposal| proposal.text).collect()
}

#[test]
fn equations_of_a_theory_speak_of_what_the_statement_reaches() {
    let reversed = equations_of(THEORY, "[('t : type) -> ('a : (list 't)) -> (= (rev (rev 'a)) 'a)]");
    let lists = "[('a0 : type) -> ('a1 : (list 'a0)) -> ('a2 : (list 'a0)) -> ";
    let expected = [
        "[('a0 : type) -> ('a1 : (list 'a0)) -> (= (append 'a1 (nil 'a0)) 'a1)]".to_owned(),
        format!("{lists}(= (append (rev 'a1) (rev 'a2)) (rev (append 'a2 'a1)))]"),
        format!("{lists}('a3 : (list 'a0)) -> (= (append (append 'a1 'a2) 'a3) (append 'a1 (append 'a2 'a3)))]"),
    ];
    for expected in &expected {
        assert!(reversed.contains(expected), "{expected} is not in {reversed:#?}");
    }
    assert!(!reversed.iter().any(|text| text.contains("le ") || text.contains('+') || text.contains("map")));
    let sums = equations_of(THEORY, "[('a : nat) -> (= (+ 'a z) 'a)]");
    assert!(sums.contains(&"[('a0 : nat) -> ('a1 : nat) -> (= (+ 'a0 'a1) (+ 'a1 'a0))]".to_owned()), "{sums:#?}");
    assert!(!sums.iter().any(|text| text.contains("append")));
}

#[test]
fn distributive_laws_are_proposed_where_they_hold() {
    let theory = "= : [('t : type) -> 't -> 't -> prop].
        data number { zero : number. next : [number -> number]. }
        fun plus : [number -> number -> number] { (plus 'n zero) = 'n. (plus 'n (next 'm)) = (next (plus 'n 'm)). }
        fun times : [number -> number -> number] {
            (times 'n zero) = zero. (times 'n (next 'm)) = (plus (times 'n 'm) 'n). }
        fun power : [number -> number -> number] {
            (power 'n zero) = (next zero). (power 'n (next 'm)) = (times (power 'n 'm) 'n). }";
    let found = equations_of(theory, "[('a : number) -> (= (power 'a (next zero)) 'a)]");
    for law in [
        "(= (times 'a0 (plus 'a1 'a2)) (plus (times 'a0 'a1) (times 'a0 'a2)))",
        "(= (times (plus 'a0 'a1) 'a2) (plus (times 'a0 'a2) (times 'a1 'a2)))",
        "(= (power 'a0 (plus 'a1 'a2)) (times (power 'a0 'a1) (power 'a0 'a2)))",
        "(= (power (times 'a0 'a1) 'a2) (times (power 'a0 'a2) (power 'a1 'a2)))",
    ] {
        assert!(found.iter().any(|text| text.contains(law)), "{law} is not in {found:#?}");
    }
    assert!(!found.iter().any(|text| text.contains("(= (plus 'a0 (times 'a1 'a2)) (times")));
}

/// Functions that accumulate, and a factorial.
const NUMBERS: &str = "= : [('t : type) -> 't -> 't -> prop].
    data bool { true : bool. false : bool. }
    data nat { z : nat. s : [nat -> nat]. }
    fun + : [nat -> nat -> nat] { (+ z 'm) = 'm. (+ (s 'n) 'm) = (s (+ 'n 'm)). }
    fun * : [nat -> nat -> nat] { (* z 'm) = z. (* (s 'n) 'm) = (+ 'm (* 'n 'm)). }
    fun fac : [nat -> nat] { (fac z) = (s z). (fac (s 'n)) = (* (s 'n) (fac 'n)). }
    fun times : [nat -> nat -> nat -> nat] {
        (times z 'm 'c) = 'c. (times (s 'n) 'm 'c) = (times 'n 'm (+ 'm 'c)). }
    fun fac_onto : [nat -> nat -> nat] {
        (fac_onto z 'c) = 'c. (fac_onto (s 'n) 'c) = (fac_onto 'n (* (s 'n) 'c)). }
    fun le : [nat -> nat -> bool] { (le z 'm) = true. (le (s 'n) z) = false. (le (s 'n) (s 'm)) = (le 'n 'm). }
    fun two : [nat -> nat] { (two 'n) = (s (s z)). }
    fun other : [nat -> nat] { (other z) = z. (other (s 'n)) = (two (other 'n)). }";

#[test]
fn a_goal_that_accumulates_gets_a_variable_and_a_context() {
    let found = proposed(NUMBERS, "[('a : nat) -> ('b : nat) -> (= (times 'a 'b z) (* 'a 'b))]", Reach::Goal);
    let wanted = "[('a0 : nat) -> ('a1 : nat) -> ('a2 : nat) -> (= (+ (* 'a0 'a1) 'a2) (times 'a0 'a1 'a2))]";
    let proposal = found.iter().find(|proposal| proposal.text == wanted);
    assert!(proposal.is_some_and(|proposal| proposal.origin == Origin::Accumulator), "{found:#?}");
    // It is tried before all others.
    assert!(found.iter().take_while(|proposal| proposal.text != wanted).all(|p| p.origin == Origin::Accumulator));
}

#[test]
fn factorials_take_counted_work() {
    let (mut problem, states, mut rng) = stuck(NUMBERS, "[('a : nat) -> (= (fac 'a) (fac_onto 'a (s z)))]");
    let before = problem.theory().environment.store.work();
    let found = problem.proposals(&states, (Limits::ACTION, Reach::Goal), Deadline::NEVER, &mut rng).unwrap().0;
    let work = problem.theory().environment.store.work() - before;
    assert!(found.iter().any(|proposal| proposal.origin == Origin::Accumulator), "{found:#?}");
    assert!(work < 40_000_000, "{work}");
    // One statement: the first instances are too large, those after them are small.
    let facts = facts(problem.theory());
    let text = "[('a : nat) -> (= (fac (fac (s (s 'a)))) (fac (fac (s (s 'a)))))]";
    let statement = problem.theory().statement(text).unwrap();
    let before = problem.theory().environment.store.work();
    let tested = Sampler::new(problem.theory(), &facts, &mut rng).unwrap().test(statement, 1_000_000).unwrap();
    let work = problem.theory().environment.store.work() - before;
    assert!(matches!(tested, Tested::True(_)) && work < 2_000_000, "{tested:?}: {work}");
}

#[test]
fn functions_that_the_goal_does_not_reach_are_left_for_later() {
    let goal = "[('a : nat) -> ('b : nat) -> (= (* 'a 'b) (* 'b 'a))]";
    let [near, far] = [Reach::Goal, Reach::Theory].map(|reach| proposed(NUMBERS, goal, reach));
    let speaks = |found: &[Proposal], name: &str| found.iter().any(|proposal| proposal.text.contains(name));
    assert!(speaks(&near, "(+ ") && speaks(&near, "(* ") && !speaks(&near, "(other ") && !speaks(&near, "(fac "));
    assert!(speaks(&far, "(other ") || speaks(&far, "(fac "), "{far:#?}");
}

#[test]
fn equality_is_proposed_where_premises_decide_it() {
    let theory = format!(
        "{THEORY} fun same : [nat -> nat -> bool] {{
            (same z z) = true. (same z (s 'n)) = false. (same (s 'm) z) = false. (same (s 'm) (s 'n)) = (same 'm 'n). }}"
    );
    for (premises, wanted) in [
        ("(= (same 'x 'y) true)", "(= (same 'a0 'a1) true)"),
        ("(= (le 'x 'y) true) -> (= (le 'y 'x) true)", "(= (le 'a0 'a1) true) -> (= (le 'a1 'a0) true)"),
    ] {
        let goal = format!(
            "[('x : nat) -> ('y : nat) -> ('xs : (list nat)) -> {premises} ->
                (= (append (rev 'xs) (cons 'x 'xs)) (append (rev 'xs) (cons 'y 'xs)))]"
        );
        let found = proposed(&theory, &goal, Reach::Theory);
        let wanted = format!("[('a0 : nat) -> ('a1 : nat) -> {wanted} -> (= 'a0 'a1)]");
        let proposal = found.iter().find(|proposal| proposal.text == wanted);
        assert!(proposal.is_some_and(|proposal| proposal.closes > 0), "{wanted}: {found:#?}");
    }
}

#[test]
fn conditional_equations_are_proposed_where_they_close_a_case() {
    let goal = "[('t : type) -> ('p : ['t -> bool]) -> ('xs : (list 't)) ->
        (= (le (length (filter 'p 'xs)) (length 'xs)) true)]";
    let theory = format!(
        "{THEORY} fun length : [('t : type) -> (list 't) -> nat] {{
            (length nil) = z. (length (cons 'x 'xs)) = (s (length 'xs)). }}"
    );
    let found = proposed(&theory, goal, Reach::Goal);
    let wanted = "[('a0 : nat) -> ('a1 : nat) -> (= (le 'a0 'a1) true) -> (= (le 'a0 (s 'a1)) true)]";
    let proposal = found.iter().find(|proposal| proposal.text == wanted);
    assert!(proposal.is_some_and(|proposal| proposal.closes > 0), "{found:#?}");
    for proposal in &found {
        let mut theory = Theory::from_text("t", &theory).unwrap();
        let facts = facts(&mut theory);
        let statement = theory.statement(&proposal.text).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let tested = Sampler::new(&mut theory, &facts, &mut rng).unwrap().test(statement, 200).unwrap();
        assert_ne!(tested, Tested::Refuted, "{}", proposal.text);
    }
}

#[test]
fn a_stuck_goal_offers_what_closes_it_and_its_own_proof_is_apart() {
    let statement = "[('t : type) -> ('x : 't) -> ('xs : (list 't)) ->
        (= (rev (rev 'xs)) 'xs) -> (= (rev (append (rev 'xs) (cons 'x (nil 't)))) (cons 'x 'xs))]";
    let offered = |cuts: bool| {
        let mut theory = Theory::from_text("t", THEORY).unwrap();
        let rules = Arc::new(Rules::new(&mut theory).unwrap());
        let goal = theory.statement(statement).unwrap();
        let mut problem = ProofProblem::new(theory, rules, goal).unwrap();
        problem = problem.with_saturation(Limits::ACTION);
        if cuts {
            problem = problem.with_cuts(0);
        }
        let state = problem.opened().unwrap();
        let actions = problem.actions(&state);
        let haves: Vec<(String, Outcome<State>)> = actions
            .iter()
            .map(|action| (problem.action_text(&state, action), problem.step(&state, action)))
            .filter(|(text, _)| text.starts_with("have "))
            .collect();
        (state.key(), haves)
    };
    assert!(offered(false).1.is_empty());
    let (key, haves) = offered(true);
    assert!(!haves.is_empty() && haves.len() <= 5, "{haves:?}");
    let general = "have [('a0 : type) -> ('a1 : (list 'a0)) -> ('a2 : 'a0) -> \
        (= (rev (append 'a1 (cons 'a2 (nil 'a0)))) (cons 'a2 (rev 'a1)))].";
    assert!(haves.iter().any(|(text, _)| text == general), "{haves:?}");
    for (text, outcome) in &haves {
        let Outcome::Subgoals(subgoals) = outcome else { panic!("{text} leads nowhere") };
        let [lemma, rest] = &subgoals[..] else { panic!("{text} leaves {}", subgoals.len()) };
        assert_eq!(lemma.entries(), 0, "{text}");
        assert!(rest.key() != key && rest.items().next().unwrap().fact().unwrap().proposition == lemma.goal, "{text}");
    }
}
