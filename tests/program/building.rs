//! Graphs built by search: solutions, dead states, equal states, and that everything built is well formed.

use prover::answer::data::{DataError, Selection, Set, Split, Test, Train};
use prover::answer::{Goal, GraphProblem, Limits};
use prover::graph::language::compare::Match;
use prover::graph::{
    Budget, Question,
    language::{self, compare},
};
use prover::network::Uniform;
use prover::search::{self, Algorithm, Options, Outcome, Problem, SearchResult, Stop, StopReason};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::data;
use crate::place::sample;

fn problem(question: &str, goal: Goal) -> GraphProblem {
    GraphProblem::new(Question::new(question).unwrap(), goal, Limits::default())
}

fn answer(text: &str) -> Goal {
    Goal::Answer { text: text.to_owned(), at_least: Match::Text }
}

fn run(problem: &mut GraphProblem, algorithm: Algorithm, seed: u64, mut stop: Stop) -> SearchResult<GraphProblem> {
    let options = Options { algorithm, ..Options::default() };
    search::search(problem, &Uniform, &options, &mut stop, &mut ChaCha8Rng::seed_from_u64(seed))
}

const ALGORITHMS: [Algorithm; 3] = [Algorithm::BestFirst, Algorithm::BreadthFirst, Algorithm::Puct];

#[test]
fn graphs_are_found_by_their_answers() {
    for (question, expected) in [
        ("Is 91 a prime number?", "False"),
        ("Solve 2*x + 3 = 7 for x.", "2"),
        ("Let w be (-1 + 13)*3/(-6). Solve -15 = 3*c + w*c for c.", "5"),
        ("Let u be 6/4. Let j(y) be the second derivative of y**4/6 - u*y. What is j(3)?", "18"),
        ("Suppose 3*x = y + 1, 2*y = 10. What is the greatest common factor of x and 8?", "2"),
        ("Expand (x - 1)*(x + 1).", "x**2 - 1"),
        ("Sort 2, -5, 0, 7 in descending order.", "7, 2, 0, -5"),
        ("What is 556 minutes after 3:19 PM?", "12:35 AM"),
    ] {
        for algorithm in ALGORITHMS {
            let mut problem = problem(question, answer(expected));
            // Without order among a hundred operators, three levels are many states.
            let nodes = if algorithm == Algorithm::BreadthFirst { 20_000 } else { 2_000 };
            let result = run(&mut problem, algorithm, 1, Stop::first_solution().nodes(nodes));
            let solution = result.solution.unwrap_or_else(|| panic!("{algorithm:?} finds nothing for {question}"));
            let graph = problem.graph(&solution).expect("a solution ends with a graph");
            let elements = &problem.question().elements;
            let value = graph.evaluate(elements, &mut Budget::default()).unwrap();
            assert_eq!(value.to_string(), expected, "{graph}");
            assert_eq!(language::parse(&graph.to_string(), elements).unwrap().to_string(), graph.to_string());
        }
    }
}

#[test]
fn an_answer_that_no_graph_gives_is_not_found() {
    let mut problem = problem("Is 91 a prime number?", answer("maybe"));
    let result = run(&mut problem, Algorithm::BestFirst, 1, Stop::first_solution().nodes(100_000));
    assert_eq!((result.verdict.solved, result.verdict.reason), (false, StopReason::Exhausted));
}

#[test]
fn answers_by_value_are_accepted_on_request() {
    let question = "Expand (6 - 2*x)*1.";
    for (at_least, solved) in [(Match::Value, true), (Match::Text, false)] {
        let mut problem = problem(question, Goal::Answer { text: "-2*x + 6".into(), at_least });
        let result = run(&mut problem, Algorithm::BestFirst, 1, Stop::first_solution().nodes(2_000));
        assert_eq!(result.verdict.solved, solved);
    }
}

#[test]
fn what_has_no_value_is_dead() {
    let mut problem = problem("Calculate the remainder when 5 is divided by 0.", Goal::Any);
    let root = problem.root();
    let mut deaths = 0;
    for action in problem.actions(&root) {
        if ["mod", "div"].contains(&problem.action_text(&root, &action).as_str()) {
            let Outcome::Subgoals(states) = problem.step(&root, &action) else {
                panic!("nothing is known to fail yet")
            };
            let five =
                problem.actions(&states[0]).into_iter().find(|action| problem.action_text(&root, action) == "f0");
            let Outcome::Subgoals(states) = problem.step(&states[0], &five.expect("5 is a number")) else { panic!() };
            let zero =
                problem.actions(&states[0]).into_iter().find(|action| problem.action_text(&root, action) == "f1");
            assert!(matches!(problem.step(&states[0], &zero.expect("0 is one, too")), Outcome::Dead));
            assert!(problem.found().is_empty());
            deaths += 1;
        }
    }
    assert_eq!(deaths, 2);
}

/// `gcd(f0, _)` and `gcd(abs(f0), _)` are one state if `f0` is positive, and two if it is negative.
#[test]
fn graphs_of_equal_value_are_one_state() {
    for (number, is_same) in [("12", true), ("-12", false)] {
        let text = format!("Calculate the greatest common divisor of {number} and 18.");
        let mut problem = problem(&text, Goal::Any);
        let mut take = |state, wanted: &str| {
            let actions = problem.actions(&state);
            let found = actions.iter().find(|action| problem.action_text(&state, action) == wanted);
            let offered = || actions.iter().map(|action| problem.action_text(&state, action)).collect::<Vec<_>>();
            let found = *found.unwrap_or_else(|| panic!("{wanted} is not among {:?}", offered()));
            match problem.step(&state, &found) {
                Outcome::Subgoals(mut states) => states.remove(0),
                Outcome::Dead | Outcome::Worth(_) => panic!("{wanted} is dead"),
            }
        };
        let root = GraphProblem::new(Question::new(&text).unwrap(), Goal::Any, Limits::default()).root();
        let gcd = take(root, "gcd(Int, Int)");
        let plain = take(gcd.clone(), "f0");
        let abs = take(gcd, "abs");
        let around = take(abs, "f0");
        assert_eq!(problem.key(&plain) == problem.key(&around), is_same, "{}", problem.state_text(&around));
    }
}

#[test]
fn a_state_shows_the_question_the_graph_and_the_hole() {
    let mut problem = problem("Let w be 3 + 4. Calculate the remainder when 20 is divided by w.", Goal::Any);
    let mut state = problem.root();
    let marked = "Let f0:w be f1:3 + 4. Calculate the remainder when f2:20 is divided by f3:w.\n";
    let bound = format!("{marked}let t0 = bind(env, f0, f1)\n");
    // What is chosen, and the state before; after the statement only the question is left, and it is forced.
    for (before, chosen) in [
        (format!("{marked}<Env or answer>"), "bind(env, f0, f1)"),
        (format!("{bound}<answer>"), "mod"),
        (format!("{bound}mod(<Int>, _)"), "f2"),
        (format!("{bound}mod(f2, <Int>)"), "value(f3, t0)"),
    ] {
        assert_eq!(problem.state_text(&state), before);
        let action = problem.actions(&state).into_iter().find(|action| problem.action_text(&state, action) == chosen);
        match problem.step(&state, &action.unwrap_or_else(|| panic!("{chosen} is not offered in {before}"))) {
            Outcome::Subgoals(mut states) if !states.is_empty() => state = states.remove(0),
            outcome => return assert!(chosen.starts_with("value") && matches!(outcome, Outcome::Subgoals(_))),
        }
    }
    panic!("the graph is finished");
}

#[test]
fn a_seed_gives_the_same_search_again() {
    let expansions = |seed| {
        let mut problem = problem("What is the second derivative of 3*x**5 - x wrt x?", answer("60*x**3"));
        run(&mut problem, Algorithm::Puct, seed, Stop::first_solution().nodes(2_000)).verdict.statistics.expansions
    };
    let counts: Vec<u64> = (0..8).map(expansions).collect();
    assert_eq!(counts, (0..8).map(expansions).collect::<Vec<_>>());
    assert!(counts.iter().any(|count| *count != counts[0]), "the seed decides between equals: {counts:?}");
}

#[test]
fn a_search_for_all_graphs_goes_on_after_the_first() {
    let mut problem = problem("What is 3 plus 4?", Goal::Any);
    let result = run(&mut problem, Algorithm::BestFirst, 1, Stop::all_solutions().nodes(500));
    assert!(result.verdict.solved);
    let mut solutions: Vec<String> = Vec::new();
    for solution in result.graph.solutions() {
        let graph = problem.graph(&solution).unwrap().to_string();
        // A graph may be built in another way, too.
        if !solutions.contains(&graph) {
            solutions.push(graph);
        }
    }
    let found = problem.found().iter().map(|found| problem.graph_of(found).unwrap().to_string());
    assert_eq!(solutions, found.collect::<Vec<_>>(), "each graph is a solution");
    let answers: Vec<String> = problem.found().iter().map(|found| found.value.to_string()).collect();
    assert!(answers.len() > 20 && ["7", "12", "-1", "3/4"].iter().all(|wanted| answers.iter().any(|a| a == wanted)));
}

/// The divisor is one of the numbers, but the graph that says so must use both.
#[test]
fn a_number_is_not_left_out_where_another_is_used() {
    let mut problem = problem("Let q be 5 - 2. Calculate the highest common factor of q and 6.", answer("3"));
    let result = run(&mut problem, Algorithm::BestFirst, 1, Stop::first_solution().nodes(2_000));
    let graph = problem.graph(&result.solution.unwrap()).unwrap().to_string();
    assert!(graph.contains("f2") && graph.contains("f3"), "{graph}");
}

/// Random play over all questions of the sample: whatever is built is well typed, prints and parses to itself, and has
/// the value that the environment says; the actions of a state differ as texts.
#[test]
fn everything_that_is_built_is_well_formed() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut finished = 0;
    for module in data::load(&sample()) {
        for (text, expected) in &module.pairs {
            let mut problem = problem(text, Goal::Any);
            for _ in 0..4 {
                play(&mut problem, &mut rng);
            }
            let elements = &problem.question().elements;
            for found in problem.found() {
                let graph = problem.graph_of(found).unwrap();
                let printed = graph.to_string();
                let parsed =
                    language::parse(&printed, elements).unwrap_or_else(|errors| panic!("{errors:?}: {printed}"));
                assert_eq!(parsed.to_string(), printed);
                assert_eq!(parsed.nodes().len(), graph.nodes().len(), "{printed}");
                let value = parsed.evaluate(elements, &mut Budget::default()).unwrap();
                assert_eq!(value, found.value, "{printed}");
                // Comparing with any text is safe.
                compare::compare(&value, expected);
                finished += 1;
            }
        }
    }
    assert!(finished > 500, "{finished}");
}

/// Steps at random until a graph is finished or nothing goes on.
fn play(problem: &mut GraphProblem, rng: &mut ChaCha8Rng) {
    let mut state = problem.root();
    loop {
        let actions = problem.actions(&state);
        let mut texts: Vec<String> = actions.iter().map(|action| problem.action_text(&state, action)).collect();
        texts.sort();
        assert!(texts.windows(2).all(|pair| pair[0] != pair[1]), "{texts:?} in {}", problem.state_text(&state));
        if actions.is_empty() {
            return;
        }
        assert!(problem.state_text(&state).lines().last().unwrap().contains('<'));
        match problem.step(&state, &actions[rng.random_range(0..actions.len())]) {
            Outcome::Subgoals(mut states) if !states.is_empty() => state = states.remove(0),
            _ => return,
        }
    }
}

#[test]
fn hardly_any_question_is_out_of_reach() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let set = Set::load(&sample(), &[Train::Easy], &Selection::default(), &mut rng).unwrap();
    assert_eq!(set.modules().len(), data::MODULES);
    let (mut solved, mut asked) = (0, 0);
    for pair in set.parts().iter().flat_map(|part| &part.pairs) {
        let mut problem = problem(&pair.question, answer(&pair.answer));
        let result = run(&mut problem, Algorithm::BestFirst, 1, Stop::first_solution().nodes(2_000));
        solved += usize::from(result.verdict.solved);
        asked += 1;
    }
    assert!(solved * 100 >= asked * 95, "{solved} of {asked}");
}

#[test]
fn odd_questions_end() {
    let many_equations = format!("Suppose {}. What is x?", vec!["x + y = 3"; 250].join(", "));
    let many_statements = format!("{} What is x?", vec!["Let x = x + 1."; 200].join(" "));
    for text in ["", "Why?", "Let x = 1.", "x", "Suppose 0 = 1. What is x?", &many_equations, &many_statements] {
        let mut problem = problem(text, answer("7"));
        let result = run(&mut problem, Algorithm::BestFirst, 1, Stop::never().nodes(50));
        assert!(!result.verdict.solved);
        let root = problem.root();
        problem.state_text(&root);
    }
}

#[test]
fn bad_data_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let load = || Set::load(folder.path(), &[Train::Easy], &Selection::default(), &mut ChaCha8Rng::seed_from_u64(1));
    assert!(matches!(load(), Err(DataError::Unreadable { .. })));
    let split = folder.path().join(Train::Easy.name());
    std::fs::create_dir(&split).unwrap();
    assert!(matches!(load(), Err(DataError::Nothing { .. })));
    std::fs::write(split.join("some__module.txt"), "1 + 1\n2\n1 + 2\n").unwrap();
    let message = load().unwrap_err().to_string();
    assert!(message.ends_with("some__module.txt:4: an answer is expected, and the file ends"), "{message}");
    std::fs::write(split.join("some__module.txt"), "1 + 1\n2\n").unwrap();
    assert_eq!(load().unwrap().modules(), ["some__module"]);
}

#[test]
fn questions_are_drawn_by_module_and_split() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let selection = Selection { modules: vec!["numbers__gcd".into()], most: Some(2) };
    let set = Set::load(&sample(), Train::ALL, &selection, &mut rng).unwrap();
    assert_eq!(set.parts().iter().map(|part| part.pairs.len()).collect::<Vec<_>>(), [2, 2, 2]);
    let pair = set.sample("numbers__gcd", Train::Hard, &mut rng).unwrap();
    assert!(set.parts()[2].pairs.contains(pair) && set.parts()[2].split == Train::Hard);
    assert!(set.sample("numbers__lcm", Train::Hard, &mut rng).is_none());
    let tests = Set::load(&sample(), &[Test::Extrapolate], &Selection::default(), &mut rng).unwrap();
    assert_eq!(tests.modules().len(), 15);
}
