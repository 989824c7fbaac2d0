//! Properties of proof search on random statements: the proofs that it finds are accepted by the kernel, and by the
//! checker of scripts.

mod beside;

use prover_conjecture::{Completer, ConjectureOptions, UniformChooser};
use prover_logic::TermId;
use prover_proof::state::Item;
use prover_proof::{Action, ProofProblem, Rules, State};
use prover_search::evaluator::Uniform;
use prover_search::{NodeStatus, Options, Outcome, Problem, SearchResult, Stop, search};
use prover_theory::import::{Files, SourceText};
use prover_theory::terms::typed::{Fact, Typed};
use prover_theory::{FrozenTheory, Theory};
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// A theory ready for search, and random statements of it.
struct World {
    theory: FrozenTheory,
    rules: Arc<Rules>,
    statements: Vec<String>,
    /// Whether states are brought to their normal forms.
    normal_forms: bool,
}

impl World {
    fn new(name: &str, bounds: &ConjectureOptions, count: usize, seed: u64) -> Self {
        let mut theory = Theory::from_source(name).unwrap();
        let mut completer = Completer::new(&mut theory, bounds).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut statements = Vec::new();
        let mut seen = FxHashSet::default();
        while statements.len() < count {
            let mut chooser = UniformChooser::new(&mut rng);
            let Some(conjecture) = completer.complete(&mut theory, &mut chooser) else { continue };
            if seen.insert(conjecture.statement) {
                statements.push(conjecture.text);
            }
        }
        let mut theory = Theory::from_source(name).unwrap();
        let rules = Arc::new(Rules::new(&mut theory).unwrap());
        Self { theory: theory.freeze(), rules, statements, normal_forms: false }
    }

    fn problem(&self, text: &str) -> ProofProblem {
        let mut theory = self.theory.fork();
        let statement = theory.statement(text).unwrap();
        let problem = ProofProblem::new(theory, self.rules.clone(), statement).unwrap();
        if self.normal_forms { problem.with_normal_forms() } else { problem }
    }

    /// The error of the checker of scripts on a proof; `None` if it is accepted.
    fn refusal(&self, text: &str, script: &str) -> Option<String> {
        let item = format!("theorem found : {text} {{\n{script}}}\n");
        let report = self.theory.fork().load_into(SourceText::text("found", item), &Files);
        report.errors().next().map(|(_, error)| format!("{}\n{script}", error.message))
    }
}

/// Statements of equations that are often true: few variables, small terms.
fn small() -> ConjectureOptions {
    ConjectureOptions { max_binders: 2, max_hypotheses: 2, max_size: 40, max_depth: 4, ..ConjectureOptions::default() }
}

fn searched(problem: &mut ProofProblem, nodes: u64, seed: u64) -> SearchResult<ProofProblem> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    search(problem, &Uniform, &Options::default(), &mut Stop::first_solution().nodes(nodes), &mut rng)
}

/// The disagreements of the kernel and the checker of scripts about the theorems of one search, the root's and those
/// met on the way; and the number of these theorems. The proof terms are judged by type inference, apart from the
/// checks that made them.
fn disagreements(world: &World, text: &str, nodes: u64, seed: u64) -> (usize, Vec<String>) {
    let mut problem = world.problem(text);
    let result = searched(&mut problem, nodes, seed);
    let mut faults = Vec::new();
    let mut theorems = 0;
    if let Some(solution) = &result.solution {
        theorems += 1;
        match problem.proof(solution) {
            Err(error) => faults.push(format!("{text}: {error}")),
            Ok(proof) => {
                let statement = problem.statement();
                let environment = &mut problem.theory().environment;
                environment.set_budget(10_000_000);
                let proves = environment.infer(proof.term).unwrap();
                assert!(environment.definitionally_equal(proves, statement).unwrap(), "{text}");
                faults.extend(world.refusal(text, &proof.script).map(|why| format!("{text}: {why}")));
            }
        }
    }
    let solved: Vec<_> = result.graph.expanded().filter(|node| node.status() == NodeStatus::Solved).collect();
    for node in solved {
        let Some(solution) = node.solution() else { panic!("a solved state has a solution: {text}") };
        theorems += 1;
        match problem.generalised(&solution) {
            Err(error) => faults.push(format!("on the way to {text}: {}: {error}", problem.state_text(node.state()))),
            Ok(Fact { proposition: statement, proof }) => {
                let environment = &mut problem.theory().environment;
                environment.set_budget(10_000_000);
                let proves = environment.infer(proof).unwrap();
                assert!(environment.definitionally_equal(proves, statement).unwrap(), "{text}");
            }
        }
    }
    (theorems, faults)
}

/// Proves as many of some random statements as it can; kernel and scripts must agree on all of them, and they must be
/// enough.
fn agree_on(name: &str, count: usize, seed: u64, nodes: u64, at_least: usize) {
    let mut world = World::new(name, &small(), count, seed);
    for normal_forms in [false, true] {
        world.normal_forms = normal_forms;
        agree_in(&world, name, nodes, at_least);
    }
}

fn agree_in(world: &World, name: &str, nodes: u64, at_least: usize) {
    let (mut proved, mut theorems, mut faults) = (0, 0, Vec::new());
    for (index, text) in world.statements.iter().enumerate() {
        let (found, wrong) = disagreements(world, text, nodes, index as u64);
        proved += usize::from(found > 0);
        theorems += found;
        faults.extend(wrong);
    }
    let count = world.statements.len();
    println!("{name}: theorems in {proved} of {count} searches, {theorems} in all");
    assert!(faults.is_empty(), "{} disagreements:\n{}", faults.len(), faults.join("\n"));
    assert!(proved >= at_least, "{proved}");
}

#[test]
fn lines_that_rewrite_facts_say_which_places_they_mean() {
    let mut world = World::new("nat-add", &small(), 1, 1);
    world.normal_forms = true;
    // In `x1 = x0 + x1` both `x1` become `x0`, which stands there already.
    let text = "[('a0 : nat) -> ('a1 : nat) -> ('a2 : nat) -> (= (+ 'a0 (s 'a0)) 'a1) -> (= 'a1 'a0) -> (= 'a1 (+ 'a0 'a1)) \
                -> (= 'a0 (+ 'a1 'a2))]";
    let (theorems, faults) = disagreements(&world, text, 200, 0);
    assert!(theorems > 1 && faults.is_empty(), "{theorems}, {faults:?}");
}

#[test]
fn kernel_and_scripts_agree_on_random_statements_of_numbers() {
    agree_on("nat-add", 150, 1, 150, 30);
}

#[test]
fn kernel_and_scripts_agree_on_random_statements_of_groups_and_lists() {
    agree_on("groups", 60, 5, 100, 5);
    agree_on("lists", 60, 6, 100, 5);
}

#[test]
fn kernel_and_scripts_agree_on_random_statements_of_logic() {
    agree_on("propositional-logic", 150, 2, 150, 30);
}

/// More of the same: `PROVER_TEST_SEED=5 cargo test --release --lib hunt -- --ignored --nocapture`.
#[test]
#[ignore = "takes minutes"]
fn hunt() {
    let seed = std::env::var("PROVER_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(100);
    for name in ["nat-add", "propositional-logic", "nat-mul", "groups", "natural-numbers"] {
        agree_on(name, 500, seed, 500, 50);
    }
}

/// Walks at random from a statement, looking at the actions of each state.
fn walk(problem: &mut ProofProblem, rng: &mut ChaCha8Rng, mut visit: impl FnMut(&mut ProofProblem, &State, &[Action])) {
    let mut state = problem.root();
    for _ in 0..12 {
        let actions = problem.actions(&state);
        visit(problem, &state, &actions);
        let Some(action) = actions.choose(rng) else { return };
        let Outcome::Subgoals(subgoals) = problem.step(&state, action) else { return };
        let Some(next) = subgoals.choose(rng) else { return };
        state = next.clone();
    }
}

#[test]
fn texts_are_one_line_and_tell_the_actions_apart() {
    let (mut faults, mut kinds) = (Vec::new(), FxHashSet::default());
    for (name, seed) in [("nat-add", 3), ("propositional-logic", 4), ("groups", 5), ("natural-numbers", 6)] {
        let world = World::new(name, &small(), 60, seed);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for text in &world.statements {
            walk(&mut world.problem(text), &mut rng, |problem, state, actions| {
                let state_text = problem.state_text(state);
                assert!(!state_text.contains('\n'), "{state_text}");
                let mut texts = FxHashSet::default();
                for action in actions {
                    let line = problem.action_text(state, action);
                    let word = line.split([' ', '.']).next().unwrap_or_default().to_owned();
                    assert!(["intro", "apply", "rewrite", "show", "construct"].contains(&&*word), "{line}");
                    assert!(line.ends_with('.') && !line.contains('\n'), "{line}");
                    kinds.insert(word);
                    if !texts.insert(line.clone()) {
                        faults.push(format!("{name}: {state_text}\n    {line}"));
                    }
                }
            });
        }
    }
    assert!(faults.is_empty(), "{} texts stand for several actions:\n{}", faults.len(), faults.join("\n"));
    for word in ["intro", "apply", "rewrite", "show"] {
        assert!(kinds.contains(word), "the walks met no {word}");
    }
}

#[test]
fn actions_are_distinct_by_what_they_lead_to() {
    for (name, seed) in [("nat-add", 7), ("propositional-logic", 8), ("groups", 9)] {
        let world = World::new(name, &small(), 60, seed);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for text in &world.statements {
            walk(&mut world.problem(text), &mut rng, |problem, state, actions| {
                let (mut goals, mut facts, mut applications) =
                    (FxHashSet::default(), FxHashSet::default(), FxHashSet::default());
                let state = problem.state_text(state);
                for action in actions {
                    let new = match action {
                        Action::Intro => actions.iter().filter(|a| matches!(a, Action::Intro)).count() == 1,
                        Action::Apply { function, application, .. } => {
                            applications.insert((*function, application.arguments.clone()))
                        }
                        Action::Rewrite { subgoal, .. } => goals.insert(*subgoal),
                        Action::Show { proposition, .. } => facts.insert(*proposition),
                        Action::Saturate { .. } | Action::Algebra { .. } | Action::Complete { .. } => {
                            actions.len() == 1
                        }
                        Action::Have { lemma } => facts.insert(*lemma),
                        Action::Construct { value, .. } => facts.insert(*value),
                    };
                    assert!(new, "{name}: {state}: {action:?} is offered twice");
                }
            });
        }
    }
}

#[test]
fn what_a_step_leads_to_is_normal_and_new() {
    for (name, seed) in [("nat-add", 11), ("nat-mul", 12), ("groups", 13), ("lists", 14)] {
        let mut world = World::new(name, &small(), 60, seed);
        world.normal_forms = true;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for text in &world.statements {
            walk(&mut world.problem(text), &mut rng, |problem, state, actions| {
                for action in actions {
                    let Outcome::Subgoals(subgoals) = problem.step(state, action) else { continue };
                    for subgoal in subgoals {
                        assert_ne!(subgoal.key(), state.key(), "{text}: {action:?} leads nowhere");
                        let settled = problem.settle(&subgoal).unwrap();
                        let text = problem.state_text(&subgoal);
                        assert_eq!((settled.goal, settled.steps.len()), (Some(subgoal.goal), 0), "{name}: {text}");
                    }
                }
            });
        }
    }
}

/// Rules that do not overlap: whatever is rewritten by them first, in whichever direction, the normal form is the same.
#[test]
fn goals_that_the_theory_makes_equal_have_one_key() {
    let mut pairs = 0;
    for (name, seed) in [("nat-add", 21), ("nat-mul", 22), ("lists", 23)] {
        let world = World::new(name, &small(), 80, seed);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for text in &world.statements {
            let mut raw = world.problem(text);
            let mut found: Vec<(State, TermId)> = Vec::new();
            walk(&mut raw, &mut rng, |_, state, actions| {
                for action in actions {
                    // A theory's equation, not one in scope.
                    if let Action::Rewrite { subgoal, by: Some(_), .. } = *action
                        && state.items().filter_map(Item::fact).next().is_none()
                    {
                        found.push((state.clone(), subgoal));
                    }
                }
            });
            let mut problem = raw.with_normal_forms();
            for (state, goal) in found {
                let [one, other] = [state.goal, goal].map(|goal| problem.settle(&state.with_goal(goal)).unwrap().goal);
                let goals = [state.goal, goal].map(|goal| problem.state_text(&state.with_goal(goal)));
                assert_eq!(one, other, "{name}: {goals:?}");
                pairs += 1;
            }
        }
    }
    assert!(pairs > 100, "{pairs}");
}

#[test]
fn normal_forms_halve_what_is_looked_at() {
    let mut world = World::new("nat-add", &small(), 0, 0);
    let goals = [
        "[('a : nat) -> (= (+ z 'a) 'a)]",
        "[('a : nat) -> ('b : nat) -> ('c : nat) -> (= (+ (+ 'a 'b) 'c) (+ 'a (+ 'b 'c)))]",
        "[('a : nat) -> ('b : nat) -> (= (+ (s 'a) 'b) (s (+ 'a 'b)))]",
        "[('a : nat) -> ('b : nat) -> (= (+ 'a 'b) (+ 'b 'a))]",
        "[('a : nat) -> (= (s 'a) (+ 'a (s z)))]",
        "[('a : nat) -> ('b : nat) -> ('c : nat) -> (= (+ (+ 'a 'b) 'c) (+ (+ 'a 'c) 'b))]",
    ];
    for seed in 0..3 {
        let mut nodes = |normal_forms: bool, text: &str| {
            world.normal_forms = normal_forms;
            let verdict = searched(&mut world.problem(text), 1_000, seed).verdict;
            assert!(verdict.solved, "{text}, normal forms: {normal_forms}");
            verdict.statistics.expansions
        };
        for text in goals {
            let (without, with) = (nodes(false, text), nodes(true, text));
            assert!(2 * with <= without, "{text}, seed {seed}: {with} instead of {without}");
        }
    }
}

#[test]
fn hypotheses_without_variables_are_a_congruence() {
    let mut world = World::new("groups", &small(), 0, 0);
    world.normal_forms = true;
    let closed = |text: &str| {
        let mut problem = world.problem(text);
        let result = searched(&mut problem, 20, 0);
        let solution = result.solution.as_ref().unwrap_or_else(|| panic!("open: {text}"));
        let proof = problem.proof(solution).unwrap();
        assert_eq!(world.refusal(text, &proof.script), None);
        // Introducing what there is closes it: no action but `intro` is searched for.
        assert!(solution.steps.iter().all(|step| matches!(step.action, Action::Intro)), "{}", proof.script);
    };
    closed("[('a : G) -> ('b : G) -> (= 'a 'b) -> (= (op 'a (inv 'a)) (op 'b (inv 'b)))]");
    closed("[('a : G) -> ('b : G) -> ('c : G) -> (= (inv 'a) 'b) -> (= (inv 'a) 'c) -> (= (op 'b id) (op 'c id))]");
    // Each equation rewrites the one before: f a = a' and a = b give f b = a'.
    closed("[('a : G) -> ('b : G) -> ('c : G) -> (= (inv 'a) 'c) -> (= 'a 'b) -> (= (inv 'b) 'c)]");
    closed("[('a : G) -> (= (inv (inv (inv 'a))) 'a) -> (= (inv (inv (inv (inv (inv 'a))))) 'a) -> (= (inv 'a) 'a)]");
}

#[test]
fn key_does_not_depend_on_the_order_of_facts() {
    let mut theory = Theory::from_source("nat-add").unwrap();
    let numbers: Vec<TermId> = (0..30)
        .map(|n| {
            let text = format!("(= {}z{} z)", "(s ".repeat(n), ")".repeat(n));
            theory.statement(&text).unwrap()
        })
        .collect();
    let goal = numbers[29];
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let state = |items: &[Item], goal| items.iter().fold(State::new(goal), |state, &item| state.with(item));
    let mut keys = FxHashSet::default();
    for round in 0..200 {
        let count = rng.random_range(1..12);
        let mut items: Vec<Item> = numbers[..29]
            .sample(&mut rng, count)
            .map(|&term| match term.index() % 3 {
                0 => Item::Object(Typed { term, ty: goal }),
                _ => Item::Fact(Fact { proposition: term, proof: goal }),
            })
            .collect();
        let key = state(&items, goal).key();
        for _ in 0..5 {
            items.shuffle(&mut rng);
            assert_eq!(state(&items, goal).key(), key, "round {round}");
        }
        // Other proofs of the same facts change nothing; another goal, or a fact less, does.
        let reproved: Vec<Item> = items
            .iter()
            .map(|&item| match item {
                Item::Fact(fact) => Item::Fact(Fact { proof: numbers[0], ..fact }),
                other => other,
            })
            .collect();
        assert_eq!(state(&reproved, goal).key(), key);
        assert_ne!(state(&items, numbers[28]).key(), key);
        assert_ne!(state(&items[1..], goal).key(), key);
        keys.insert(key);
    }
    assert!(keys.len() > 150, "different scopes have different keys: {}", keys.len());
}

#[test]
fn search_with_one_seed_repeats_and_other_seeds_differ() {
    let world = World::new("nat-add", &small(), 0, 0);
    let text = "[('a : nat) -> ('b : nat) -> (= (+ (s 'a) 'b) (s (+ 'a 'b)))]";
    let run = |seed| {
        let mut problem = world.problem(text);
        let result = searched(&mut problem, 3_000, seed);
        let script = result.solution.as_ref().map(|solution| problem.proof(solution).unwrap().script);
        let states: Vec<String> = result.graph.nodes().map(|node| problem.state_text(node.state())).collect();
        (result.verdict.statistics.expansions, script, states)
    };
    let first = run(1);
    assert_eq!(first, run(1));
    assert!((2..10).any(|seed| run(seed) != first), "the seed is used");
}

/// A rule takes an equation in one form only, and the fact has it after rewriting, or turned around.
#[test]
fn facts_are_brought_into_the_form_of_premises() {
    let theory = "import \"nat-add\".
        false : prop.
        exfalso : [('p : prop) -> false -> 'p].
        same : [('n : nat) -> ('m : nat) -> (= (s 'n) (s 'm)) -> (= 'n 'm)].
        differ : [('n : nat) -> (= z (s 'n)) -> false].
        moved : [('n : nat) -> ('m : nat) -> (= (+ (s 'n) 'm) (s (+ 'n 'm)))].
        #forward same ('_ : (= (s 'n) (s 'm))).
        #forward differ ('_ : (= z (s 'n))).";
    let (theory, report) = Theory::load(SourceText::text("theory", theory), &Files);
    assert!(report.is_fine());
    for (statement, nodes) in [
        ("[('a : nat) -> ('b : nat) -> ('c : nat) -> (= (+ (s 'a) 'b) (s 'c)) -> (= (+ 'a 'b) 'c)]", 60),
        ("[('a : nat) -> ('b : nat) -> ('p : prop) -> (= (+ (s 'a) 'b) z) -> 'p]", 60),
        ("[('a : nat) -> ('b : nat) -> ('c : nat) -> (= (s (s 'c)) (+ 'a (s (s 'b)))) -> (= 'c (+ 'a 'b))]", 400),
    ] {
        let mut theory = theory.clone();
        let rules = Arc::new(Rules::new(&mut theory).unwrap());
        let text = statement;
        let statement = theory.statement(text).unwrap();
        let mut problem = ProofProblem::new(theory, rules, statement).unwrap().with_normal_forms();
        let result = searched(&mut problem, nodes, 0);
        let solution = result.solution.unwrap_or_else(|| panic!("{text} is open"));
        problem.proof(&solution).unwrap();
    }
}
