//! Search beside many facts: those that say nothing new cost nothing, and actions left out for now are not lost.

#[path = "../support/facts.rs"]
mod facts;

use prover_proof::{ProofProblem, Rules};
use prover_search::evaluator::Uniform;
use prover_search::{Options, Stop, StopReason, search};
use prover_theory::equality::Limits;
use prover_theory::import::{Files, SourceText};
use prover_theory::{FrozenTheory, Theory};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// A theory laid out for search.
struct World {
    theory: FrozenTheory,
    rules: Arc<Rules>,
}

impl World {
    fn new(text: &str) -> Self {
        let mut theory = checked(text);
        let rules = Arc::new(Rules::new(&mut theory).unwrap());
        Self { theory: theory.freeze(), rules }
    }

    fn problem(&self, statement: &str) -> ProofProblem {
        let mut theory = self.theory.fork();
        let statement = theory.statement(statement).unwrap();
        ProofProblem::new(theory, self.rules.clone(), statement).unwrap()
    }
}

fn checked(text: &str) -> Theory {
    let (theory, report) = Theory::load(SourceText::text("many", text), &Files);
    assert!(report.is_fine(), "{:?}", report.errors().next().map(|(_, error)| error.clone()));
    theory
}

/// The nodes until a checked proof; `Err` where there is none.
fn nodes(problem: &mut ProofProblem, most: u64, seed: u64) -> Result<u64, StopReason> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut stop = Stop::first_solution().nodes(most);
    let options = Options { eager: true, ..Options::default() };
    let result = search(problem, &Uniform, &options, &mut stop, &mut rng);
    let Some(solution) = &result.solution else { return Err(result.verdict.reason) };
    problem.proof(solution).expect("the kernel accepts it");
    Ok(result.verdict.statistics.expansions)
}

const COMMUTATIVITY: &str = "[('a : nat) -> ('b : nat) -> (= (+ 'a 'b) (+ 'b 'a))]";

#[test]
fn commutativity_is_found_beside_redundant_facts() {
    let alone = World::new("import \"nat-add\".");
    for (count, seed) in [(100, 1), (100, 2), (1_000, 3)] {
        let many = World::new(&facts::redundant("nat-add", count, seed));
        let told: Vec<_> = many.rules.propositions.iter().map(|fact| fact.proof).collect();
        assert_eq!(told.len(), alone.rules.propositions.len(), "of {count} facts none says anything new");
        let found = nodes(&mut many.problem(COMMUTATIVITY).with_normal_forms(), 40, 0);
        assert_eq!(found, nodes(&mut alone.problem(COMMUTATIVITY).with_normal_forms(), 40, 0));
        let saturated = nodes(&mut many.problem(COMMUTATIVITY).with_saturation(Limits::ACTION), 40, 0);
        assert!(found.is_ok() && saturated.is_ok(), "{found:?} {saturated:?}");
    }
}

#[test]
fn facts_of_other_theories_are_redundant_too() {
    for theory in ["nat-mul", "nat-pow", "groups"] {
        let (alone, many) =
            (World::new(&format!("import \"{theory}\".")), World::new(&facts::redundant(theory, 200, 1)));
        let more = many.rules.propositions.len() - alone.rules.propositions.len();
        // The laws of a group are no rewrite system, so what they say inside of terms stays.
        let most = if theory == "groups" { 100 } else { 0 };
        assert!(more <= most, "{theory}: {more}");
    }
}

#[test]
fn rules_that_grow_are_those_laid_out_anew() {
    let text = facts::redundant("nat-add", 20, 4);
    let lemmas =
        "theorem more : [('a : nat) -> (= (+ 'a (s z)) (s 'a))] { intro a : nat. show (= (+ a (s z)) (s a)) by eqsat. }
        theorem law : [('a : nat) -> ('b : nat) -> (= 'a 'b) -> (= (s 'a) (s 'b))] {
          intro a : nat. intro b : nat. intro h : (= a b). show (= (s a) (s b)) by eqsat. }";
    let mut theory = checked(&text);
    let mut grown = Rules::new(&mut theory).unwrap();
    assert!(theory.load_into(SourceText::text("lemmas", lemmas), &Files).is_fine());
    grown.grow(&mut theory).unwrap();
    let anew = Rules::new(&mut theory).unwrap();
    let told = |rules: &Rules| rules.propositions.iter().map(|fact| fact.proposition).collect::<Vec<_>>();
    assert_eq!(told(&grown), told(&anew));
    assert!(grown.rewriting().functions().eq(anew.rewriting().functions()));
    // A definition or an axiom changes what was laid out before.
    assert!(
        theory.load_into(SourceText::text("axiom", "one : nat = (s z). c : nat. c_is : (= c one)."), &Files).is_fine()
    );
    grown.grow(&mut theory).unwrap();
    let anew = Rules::new(&mut theory).unwrap();
    assert_eq!(told(&grown), told(&anew));
    assert_eq!(grown.makers.len(), anew.makers.len());
}

#[test]
fn what_was_left_out_for_its_number_comes_later_and_is_told() {
    let mut text = String::from("t : type. p : [t -> prop]. g : [t -> prop]. h : [t -> prop]. q : prop.\n");
    for n in 0..30 {
        text.push_str(&format!("c{n} : t. p{n} : (p c{n}).\n"));
    }
    text.push_str(
        "last : (h c29). by_h : [('x : t) -> (h 'x) -> (g 'x)]. rule : [('x : t) -> (p 'x) -> (g 'x) -> q].\n",
    );
    let world = World::new(&text);
    let mut few = world.problem("q");
    assert_eq!(nodes(&mut few, 1_000, 0), Err(StopReason::Exhausted));
    assert!(few.was_capped());
    let mut all = world.problem("q").with_effort(4);
    assert!(nodes(&mut all, 1_000, 0).is_ok());
}

#[test]
fn a_goal_too_large_to_be_offered_is_told() {
    let world = World::new("import \"nat-add\".");
    let mut problem = world.problem("[('a : nat) -> ('b : nat) -> (= (+ 'a 'b) (+ 'a (s 'b)))]");
    let _ = nodes(&mut problem, 300, 0);
    assert!(problem.was_bounded() && !problem.was_capped());
}
