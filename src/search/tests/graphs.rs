//! Random AND/OR graphs against a naive solver, and the invariants of a graph.

use super::super::graph::{EdgeState, NodeState};
use super::*;
use clap::ValueEnum;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Checks the invariants of every graph between two searches.
pub fn check_invariants<P: Problem>(graph: &SearchGraph<P>) {
    for id in 0..graph.len() as u32 {
        let node = graph.node(id);
        let edges = || graph.edge_range(id).map(|edge| (edge, graph.edge(edge)));
        assert_ne!(node.status, NodeState::Pending);
        let open = edges().filter(|(_, e)| matches!(e.status, EdgeState::Unstepped | EdgeState::Open)).count();
        assert_eq!(open, node.open_edges as usize);
        let several = graph.several.is_some();
        match node.status {
            NodeState::Solved if several => {
                assert!(edges().all(|(_, e)| !matches!(e.status, EdgeState::Unstepped | EdgeState::Open)));
            }
            NodeState::Solved => assert_eq!(graph.edge(node.solver).status, EdgeState::Solved),
            NodeState::Dead => {
                assert!(edges().all(|(_, edge)| matches!(edge.status, EdgeState::Dead | EdgeState::Ended)));
            }
            NodeState::Open => {
                assert!(open > 0 && (several || edges().all(|(_, edge)| edge.status != EdgeState::Solved)));
            }
            NodeState::New | NodeState::Pending => assert_eq!(edges().count(), 0),
        }
        let is_alive = |status| !(status == EdgeState::Dead || several && status == EdgeState::Solved);
        let alive = || edges().filter(|(_, edge)| is_alive(edge.status));
        let weight: f64 = alive().map(|(_, edge)| f64::from(edge.visits) * f64::from(edge.value)).sum();
        assert!((weight + f64::from(node.estimate) - node.weight).abs() < 1e-3 * (1.0 + weight));
        assert!(node.visits >= alive().map(|(_, edge)| edge.visits).sum::<u32>());
        for (edge, record) in edges() {
            assert_eq!(record.in_flight, 0);
            let mut statuses = graph.subgoals(edge).iter().map(|&subgoal| graph.node(subgoal).status);
            match record.status {
                EdgeState::Unstepped => assert!(statuses.next().is_none()),
                EdgeState::Solved => assert!(statuses.all(|status| status == NodeState::Solved)),
                EdgeState::Open => assert!(
                    statuses.clone().all(|status| status != NodeState::Dead)
                        && statuses.any(|status| status != NodeState::Solved)
                ),
                EdgeState::Dead => {}
                EdgeState::Ended => assert!(statuses.next().is_none() && (0.0..=1.0).contains(&record.value)),
            }
        }
    }
}

/// Tables of this many nodes, with failing steps, repeated subgoals, and circles everywhere.
pub fn tables(nodes: usize) -> impl Strategy<Value = Table> {
    let subgoals = prop_oneof![
        1 => Just(None),
        1 => Just(Some(vec![])),
        8 => prop::collection::vec(0..nodes, 1..4).prop_map(Some),
    ];
    let rows = prop::collection::vec(prop::collection::vec(subgoals, 0..4), nodes);
    rows.prop_map(|rows| Table { root: 0, rows })
}

fn any_options() -> impl Strategy<Value = Options> {
    let algorithm = prop::sample::select(ALGORITHMS.to_vec());
    let ties = prop::sample::select(vec![Ties::Random, Ties::Order]);
    let trust = (0.0f32..=1.0, 0.0f32..=1.0, 0.2f32..5.0);
    let selection = prop::sample::select(Selection::value_variants().to_vec());
    let backup = prop::sample::select(vec![Backup::Mean, Backup::Max]);
    let rule = (selection, backup, 0.5f32..20.0);
    (algorithm, rule, 0.0f32..3.0, 0.0f32..1.0, trust, any::<bool>(), 0usize..9, ties).prop_map(
        |(
            algorithm,
            (selection, backup, base),
            exploration,
            first_play_reduction,
            (smoothing, value_weight, temperature),
            eager,
            batch,
            ties,
        )| Options {
            algorithm,
            selection,
            exploration,
            base,
            backup,
            temperature,
            opening: Opening::ALL,
            completion: Completion::NONE,
            first_play_reduction,
            smoothing,
            value_weight,
            eager,
            pass_forced: eager,
            batch,
            // A beam that gives something up may miss a solution.
            width: usize::MAX,
            ties,
        },
    )
}

/// Searches without limits and compares everything that the search says with the naive solver.
fn compare(table: &mut Table, options: &Options, hashed: bool, first: bool, seed: u64) {
    let solvable = table.solvable();
    let evaluator: &dyn Evaluator = if hashed { &Hashed } else { &Uniform };
    let mut stop = if first { Stop::first_solution() } else { Stop::never() };
    let result = search(table, evaluator, options, &mut stop, &mut rng(seed));
    let verdict = result.verdict;
    assert_eq!(verdict.solved, solvable[table.root]);
    let reason = if first && verdict.solved { StopReason::Solved } else { StopReason::Exhausted };
    assert_eq!(verdict.reason, reason);
    assert!(verdict.statistics.expansions as usize <= table.rows.len());
    check_invariants(&result.graph);
    if verdict.solved {
        check_solved(table, &result);
    }
    for node in result.graph.nodes() {
        match node.status() {
            NodeStatus::Solved => check(table, &node.solution().expect("a solved node has a solution")),
            NodeStatus::Dead => assert!(!solvable[*node.state()], "{} is not dead", node.state()),
            NodeStatus::Open => assert!(node.solution().is_none()),
        }
        let path = node.path();
        assert!(path.first().is_none_or(|edge| *edge.owner().state() == table.root));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn small_graphs_are_solved_if_and_only_if_they_can_be(
        mut table in tables(8), options in any_options(), hashed: bool, first: bool, seed: u64,
    ) {
        compare(&mut table, &options, hashed, first, seed);
    }
}

/// Asks for all solutions and checks that each is one, takes an action in a state that none before takes there, and
/// that there is no end before everything is explored. Returns what they take.
fn enumerate(table: &mut Table, options: &Options, seed: u64) -> BTreeSet<(usize, usize)> {
    let solvable = table.solvable()[table.root];
    let mut rng = rng(seed);
    let mut checked = table.clone();
    let mut asked = 0;
    let in_time = move |_: &Statistics| {
        asked += 1;
        (asked > 300_000).then_some(StopReason::Other("it does not end"))
    };
    let mut all = solutions(table, &Uniform, options, Stop::never().or(in_time), &mut rng);
    let mut taken = BTreeSet::new();
    let mut count = 0;
    for solution in all.by_ref() {
        check(&mut checked, &solution);
        assert_eq!(solution.steps[0].state, checked.root);
        let before = taken.len();
        taken.extend(solution.steps.iter().map(|step| (step.state, step.action)));
        assert!(taken.len() > before, "a solution takes what none before took");
        count += 1;
    }
    let verdict = all.verdict();
    assert_eq!((verdict.solved, verdict.reason), (solvable, StopReason::Exhausted));
    assert_eq!(verdict.statistics.solutions, count);
    check_invariants(&all.into_graph());
    taken
}

/// The actions that some solution of the root takes, with their states; for a table without circles.
fn takeable(table: &Table) -> BTreeSet<(usize, usize)> {
    let solvable = table.solvable();
    let (mut found, mut reached) = (BTreeSet::new(), vec![table.root]);
    while let Some(state) = reached.pop() {
        for (action, subgoals) in table.rows[state].iter().enumerate() {
            let Some(subgoals) = subgoals.as_ref().filter(|goals| goals.iter().all(|goal| solvable[*goal])) else {
                continue;
            };
            if found.insert((state, action)) {
                reached.extend(subgoals);
            }
        }
    }
    found
}

/// The same table without circles: what leads back fails.
fn without_circles(mut table: Table) -> Table {
    for (state, row) in table.rows.iter_mut().enumerate() {
        for subgoals in row.iter_mut() {
            if subgoals.as_ref().is_some_and(|subgoals| subgoals.iter().any(|subgoal| *subgoal <= state)) {
                *subgoals = None;
            }
        }
    }
    table
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn all_solutions_of_small_graphs_are_found_and_distinct(
        table in tables(8), options in any_options(), seed: u64,
    ) {
        enumerate(&mut table.clone(), &options, seed);
        let mut table = without_circles(table);
        let expected = takeable(&table);
        let taken = enumerate(&mut table, &options, seed);
        prop_assert_eq!(taken, expected);
    }

    #[test]
    fn as_many_solutions_are_found_as_are_asked_for(
        table in tables(8), options in any_options(), count in 1u64..5, seed: u64,
    ) {
        let mut table = without_circles(table);
        let result = search(&mut table, &Uniform, &options, &mut Stop::solutions(count), &mut rng(seed));
        let found: Vec<_> = result.graph.solutions().collect();
        let statistics = result.verdict.statistics;
        prop_assert_eq!(statistics.solutions as usize, found.len());
        prop_assert!(statistics.solutions >= count || result.verdict.reason == StopReason::Exhausted);
        found.iter().for_each(|solution| check(&mut table, solution));
        check_invariants(&result.graph);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn large_graphs_are_solved_if_and_only_if_they_can_be(
        mut table in tables(120), options in any_options(), hashed: bool, first: bool, seed: u64,
    ) {
        compare(&mut table, &options, hashed, first, seed);
    }

    #[test]
    fn a_search_cut_into_pieces_ends_like_a_whole_one(
        mut table in tables(20), options in any_options(), piece in 1u64..6, seed: u64,
    ) {
        let mut graph = SearchGraph::new();
        let mut rounds = 0;
        let verdict = loop {
            let mut stop = Stop::first_solution().nodes(piece);
            let verdict = search_in(&mut graph, &mut table, &Uniform, &options, &mut stop, &mut rng(seed + rounds % 2));
            check_invariants(&graph);
            if verdict.reason != StopReason::Nodes {
                break verdict;
            }
            rounds += 1;
            prop_assert!(rounds <= 20);
        };
        prop_assert_eq!(verdict.solved, table.solvable()[table.root]);
    }

    #[test]
    fn one_tree_answers_for_all_roots(mut table in tables(15), options in any_options(), seed in 0u64..1000) {
        let solvable = table.solvable();
        let mut graph = SearchGraph::new();
        for (root, solvable) in solvable.into_iter().enumerate() {
            table.root = root;
            let stop = &mut Stop::first_solution();
            let verdict = search_in(&mut graph, &mut table, &Uniform, &options, stop, &mut rng(seed));
            prop_assert_eq!(verdict.solved, solvable);
            check_invariants(&graph);
        }
    }
}

/// Words of four of six letters, each a solution.
struct Words;

impl Problem for Words {
    type State = Vec<usize>;
    type Action = usize;

    fn root(&mut self) -> Vec<usize> {
        Vec::new()
    }

    fn actions(&mut self, _: &Vec<usize>) -> Vec<usize> {
        (0..6).collect()
    }

    fn step(&mut self, word: &Vec<usize>, &letter: &usize) -> Outcome<Vec<usize>> {
        let next = [&word[..], &[letter]].concat();
        Outcome::Subgoals(if next.len() == 4 { vec![] } else { vec![next] })
    }

    fn key(&self, word: &Vec<usize>) -> u128 {
        word.iter().fold(1, |key, &letter| key * 6 + letter as u128)
    }

    fn state_text(&self, word: &Vec<usize>) -> String {
        format!("{word:?}")
    }

    fn action_text(&self, _: &Vec<usize>, letter: &usize) -> String {
        letter.to_string()
    }
}

/// Prefers the letters 3 and, less, 4.
struct Fond;

impl Evaluator for Fond {
    fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
        let priors = vec![0.01, 0.01, 0.01, 0.76, 0.2, 0.01];
        requests.iter().map(|_| Evaluation { priors: priors.clone(), value: 0.5 }).collect()
    }
}

#[test]
fn likely_solutions_come_first_where_several_are_wanted() {
    for algorithm in [Algorithm::Puct, Algorithm::BestFirst, Algorithm::Beam] {
        let options = Options { algorithm, batch: 1, ..Options::default() };
        let (mut problem, mut rng) = (Words, rng(1));
        let mut found = solutions(&mut problem, &Fond, &options, Stop::never().nodes(500), &mut rng);
        let letters = |found: Solution<Words>| found.steps.iter().map(|step| step.action).collect::<Vec<_>>();
        assert_eq!(letters(found.next().unwrap()), [3; 4], "{algorithm:?}");
        let first = found.verdict().statistics.expansions;
        assert!(first <= 4 || algorithm == Algorithm::Beam, "{algorithm:?}: {first}");
        let next: Vec<Vec<usize>> = found.by_ref().take(15).map(letters).collect();
        let likely = next.iter().filter(|word| word.iter().all(|letter| [3, 4].contains(letter))).count();
        // Drawn at random, a fifth of one of these would be.
        assert!(likely >= 5, "{algorithm:?}: {next:?}");
    }
}
