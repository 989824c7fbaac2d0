//! Tests of the searches, on toy problems whose answers are known by other means.

mod beam;
mod graphs;
mod planning;
mod sampling;
mod speed;
mod toys;

use super::stop::{Nodes, StopRule};
use super::*;
use crate::evaluator::{Evaluation, Evaluator, Request, Uniform};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use toys::{Countdown, Hanoi, Hashed, Liar, Plan, Rules, Table, check, check_solved, play};

const ALGORITHMS: [Algorithm; 6] = [
    Algorithm::Puct,
    Algorithm::BestFirst,
    Algorithm::BreadthFirst,
    Algorithm::Beam,
    Algorithm::Sampling,
    Algorithm::Smc,
];

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

fn with(change: impl FnOnce(&mut Options)) -> Options {
    // A beam that gives nothing up has to find what the other algorithms find.
    let mut options = Options { width: usize::MAX, ..Options::default() };
    change(&mut options);
    options
}

fn run<P: Problem>(problem: &mut P, options: &Options, mut stop: Stop) -> SearchResult<P> {
    search(problem, &Uniform, options, &mut stop, &mut rng(1))
}

/// Nodes in a row, each with one action to the next, the last one solved.
fn chain(length: usize) -> Table {
    let mut rows: Vec<_> = (1..length).map(|next| vec![Some(vec![next])]).collect();
    rows.push(vec![Some(vec![])]);
    Table { root: 0, rows }
}

#[test]
fn hanoi_is_solved_by_every_algorithm() {
    for algorithm in ALGORITHMS {
        for eager in [false, true] {
            let mut problem = Hanoi { disks: 6 };
            let options = with(|o| (o.algorithm, o.eager) = (algorithm, eager));
            let result = run(&mut problem, &options, Stop::first_solution().nodes(100_000));
            check_solved(&mut problem, &result);
            let solution = result.solution.unwrap();
            assert!(play(&solution, 6) >= 63, "2^6 - 1 moves at least");
            // Six transfers a height are distinct, so sharing keeps the solution small.
            assert!(solution.steps.len() <= 6 * 6 && solution.steps.iter().any(|step| step.action == Plan::Stack));
        }
    }
}

#[test]
fn countdown_is_solved_with_batches_and_text() {
    for batch in [1, 2, 7, 64] {
        for evaluator in [&Uniform as &dyn Evaluator, &Hashed] {
            let mut problem = Countdown { start: 300, width: 6 };
            let options = with(|o| o.batch = batch);
            let mut stop = Stop::first_solution().nodes(20_000);
            let result = search(&mut problem, evaluator, &options, &mut stop, &mut rng(5));
            check_solved(&mut problem, &result);
            graphs::check_invariants(&result.graph);
        }
    }
}

#[test]
fn a_seed_fixes_everything_and_another_one_changes_it() {
    let trace = |seed, batch| {
        let options = with(|o| o.batch = batch);
        let mut stop = Stop::never().nodes(300);
        let result = search(&mut Countdown { start: 90, width: 5 }, &Uniform, &options, &mut stop, &mut rng(seed));
        result.graph.nodes().map(|node| (*node.state(), node.visits())).collect::<Vec<_>>()
    };
    for batch in [1, 8] {
        assert_eq!(trace(3, batch), trace(3, batch));
    }
    assert_ne!(trace(3, 1), trace(4, 1));
}

#[test]
fn ties_in_order_take_the_first_action() {
    // All of them solve at once; which one is taken is only a matter of ties.
    let mut problem = Table { root: 0, rows: vec![vec![Some(vec![]); 9]] };
    let options = with(|o| o.ties = Ties::Order);
    let result = run(&mut problem, &options, Stop::first_solution());
    assert_eq!(result.solution.unwrap().steps[0].index, 0);
    let mut first = std::collections::BTreeSet::new();
    for seed in 0..64 {
        let mut stop = Stop::first_solution();
        let result = search(&mut problem, &Uniform, &Options::default(), &mut stop, &mut rng(seed));
        first.insert(result.solution.unwrap().steps[0].index);
    }
    assert!(first.len() > 5, "random ties spread over the actions: {first:?}");
}

#[test]
fn an_unvisited_child_is_judged_by_its_prior_not_its_position() {
    struct Third;
    impl Evaluator for Third {
        fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
            let priors = |count| (0..count).map(|index| if index == 2 { 0.7 } else { 0.1 }).collect();
            requests.iter().map(|r| Evaluation { priors: priors(r.actions.len()), value: 0.5 }).collect()
        }
    }
    let mut problem = Table { root: 0, rows: vec![vec![Some(vec![1]), Some(vec![2]), Some(vec![]), Some(vec![2])]] };
    problem.rows.extend([vec![Some(vec![]); 4], vec![Some(vec![]); 4]]);
    for algorithm in [Algorithm::Puct, Algorithm::BestFirst] {
        let options = with(|o| o.algorithm = algorithm);
        let result = search(&mut problem, &Third, &options, &mut Stop::first_solution(), &mut rng(1));
        assert_eq!((result.verdict.statistics.steps, result.verdict.statistics.expansions), (1, 1));
        let solution = result.solution.unwrap();
        assert_eq!(solution.steps[0].index, 2);
        assert!((solution.log_prior() - 0.7f64.ln()).abs() < 1e-6);
    }
}

#[test]
fn a_network_that_is_sure_of_itself_is_mixed_with_the_problem() {
    /// Sure of the first action, and that all is lost.
    struct Sure;
    impl Evaluator for Sure {
        fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
            let priors = |count: usize| (0..count).map(|index| if index == 0 { 1.0 } else { 0.0 }).collect();
            requests.iter().map(|r| Evaluation { priors: priors(r.actions.len()), value: 0.0 }).collect()
        }
    }
    // The first action leads ever deeper, the last one of the first state is a proof.
    let mut deep: Vec<_> = (1..200).map(|next| vec![Some(vec![next]), None]).collect();
    deep[0].extend([None, Some(vec![200])]);
    deep.push(vec![None, None]);
    deep.push(vec![Some(vec![])]);
    let mut problem = Table { root: 0, rows: deep };
    let mut nodes = |smoothing, value_weight| {
        let options = with(|o| (o.smoothing, o.value_weight) = (smoothing, value_weight));
        let result = search(&mut problem, &Sure, &options, &mut Stop::first_solution(), &mut rng(1));
        let root = result.graph.root().unwrap();
        let priors: Vec<f32> = root.edges().map(|edge| edge.prior()).collect();
        (result.verdict.statistics.expansions, priors, root.value().unwrap())
    };
    let (without, ..) = nodes(0.0, 1.0);
    let (with, priors, value) = nodes(0.4, 0.5);
    assert!(without > 150 && with < without / 4, "{with} instead of {without}");
    assert!(priors.iter().zip([0.7, 0.1, 0.1, 0.1]).all(|(prior, by_hand)| (prior - by_hand).abs() < 1e-6));
    assert!(value > 0.2, "{value}");
}

#[test]
fn rules_weigh_priors_and_visits_as_they_say() {
    /// Prefers the third action of three, and thinks the same of all states.
    struct Third;
    impl Evaluator for Third {
        fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
            let priors = |count: usize| (0..count).map(|index| [0.1, 0.2, 0.7][index % 3]).collect();
            requests.iter().map(|r| Evaluation { priors: priors(r.actions.len()), value: 0.5 }).collect()
        }
    }
    let visits = |selection: Selection, nodes| {
        let options = with(|o| {
            (o.selection, o.exploration, o.first_play_reduction) = (selection, selection.exploration(), 0.0);
        });
        // Nothing is ever solved, and every state has three actions.
        let mut problem = Countdown { start: 1_000_000, width: 3 };
        let result = search(&mut problem, &Third, &options, &mut Stop::never().nodes(nodes), &mut rng(1));
        result.graph.root().unwrap().edges().map(|edge| f64::from(edge.visits())).collect::<Vec<_>>()
    };
    for selection in [Selection::Puct, Selection::PUcb, Selection::VarPUcb] {
        let visits = visits(selection, 400);
        assert!(visits[2] > 2.0 * visits[1] && visits[1] > 1.2 * visits[0], "{selection:?} {visits:?}");
    }
    // Without priors all are alike; by the formulas the visits of p-ucb are as the priors.
    let even = visits(Selection::Uct, 400);
    assert!(even[2] < 1.1 * even[0] && even[0] < 1.1 * even[2], "{even:?}");
}

/// Numbers below 1000 are hopeless, others hopeful.
struct Judge;
impl Evaluator for Judge {
    fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
        let value = |text: &str| if text.parse::<u64>().unwrap() < 1000 { 0.05 } else { 0.9 };
        let priors = |r: &Request| vec![1.0 / r.actions.len() as f32; r.actions.len()];
        requests.iter().map(|r| Evaluation { priors: priors(r), value: value(&r.state) }).collect()
    }
}

#[test]
fn the_best_of_what_was_visited_may_be_the_value() {
    let values = |backup| {
        let options = with(|o| o.backup = backup);
        let mut problem = Countdown { start: 1001, width: 3 };
        let result = search(&mut problem, &Judge, &options, &mut Stop::never().nodes(60), &mut rng(1));
        graphs::check_invariants(&result.graph);
        let root = result.graph.root().unwrap();
        let best = root.edges().filter(|edge| edge.visits() > 0).map(|edge| edge.value()).fold(0.0, f32::max);
        (root.value().unwrap(), best)
    };
    let (mean, best) = values(Backup::Mean);
    assert!(mean < best - 0.01, "{mean} {best}");
    let (greatest, best) = values(Backup::Max);
    assert!((greatest - best).abs() < 1e-6, "{greatest} {best}");
}

#[test]
fn more_visits_go_where_the_value_is() {
    let mut problem = Countdown { start: 1000, width: 3 };
    let result = search(&mut problem, &Judge, &Options::default(), &mut Stop::never().nodes(500), &mut rng(1));
    let visits: Vec<u32> = result.graph.root().unwrap().edges().map(|edge| edge.visits()).collect();
    assert!(visits[0] > 3 * visits[1] && visits[1] > 0, "{visits:?}");
}

#[test]
fn a_state_met_twice_is_one_node_and_solved_once() {
    // Both subgoals of the root need node 3; the step names one of them twice.
    let rows = vec![
        vec![Some(vec![1, 2, 1])],
        vec![Some(vec![3])],
        vec![Some(vec![3])],
        vec![Some(vec![4])],
        vec![Some(vec![])],
    ];
    let mut problem = Table { root: 0, rows };
    let result = run(&mut problem, &Options::default(), Stop::first_solution());
    check_solved(&mut problem, &result);
    let statistics = result.verdict.statistics;
    assert_eq!((statistics.expansions, statistics.transpositions), (5, 2));
    let solution = result.solution.unwrap();
    assert_eq!(solution.steps.len(), 5);
    assert_eq!(solution.steps[0].subgoals.len(), 3, "repetitions are kept for who writes the script");
    assert_eq!(solution.steps[0].subgoals[0], solution.steps[0].subgoals[2]);
    assert_eq!(result.graph.len(), 5);
}

#[test]
fn death_reaches_all_parents() {
    // 3 has no action; 1 and 2 need it; 2 has another way, whose step fails.
    let rows = vec![
        vec![Some(vec![1]), Some(vec![2, 4])],
        vec![Some(vec![3])],
        vec![Some(vec![3]), None],
        vec![],
        vec![Some(vec![])],
    ];
    let mut problem = Table { root: 0, rows };
    for algorithm in ALGORITHMS {
        let options = with(|o| o.algorithm = algorithm);
        let result = run(&mut problem, &options, Stop::first_solution());
        assert_eq!(result.verdict.reason, StopReason::Exhausted);
        assert!(result.solution.is_none());
        for node in result.graph.nodes().filter(|node| *node.state() < 4) {
            assert_eq!(node.status(), NodeStatus::Dead, "{}", node.state());
            assert!(node.edges().all(|edge| edge.status() == EdgeStatus::Dead));
        }
    }
}

#[test]
fn a_graph_of_nothing_but_circles_ends() {
    let count = 200;
    let rows = (0..count).map(|id| vec![Some(vec![(id + 1) % count]), Some(vec![(id * 7) % count]), Some(vec![0])]);
    let mut problem = Table { root: 0, rows: rows.collect() };
    for algorithm in ALGORITHMS {
        for batch in [1, 16] {
            let options = with(|o| (o.algorithm, o.batch) = (algorithm, batch));
            let result = run(&mut problem, &options, Stop::never());
            assert_eq!(result.verdict.reason, StopReason::Exhausted);
            assert_eq!(result.verdict.statistics.expansions, count as u64);
            assert!(result.graph.nodes().all(|node| node.status() == NodeStatus::Dead));
        }
    }
}

#[test]
fn a_way_out_of_many_circles_is_found() {
    // Every node leads back to all earlier ones; only the last one ends.
    let count = 60;
    let mut rows: Vec<Vec<_>> =
        (0..count).map(|id| (0..=(id + 1).min(count - 1)).map(|next| Some(vec![next])).collect()).collect();
    rows[count - 1].push(Some(vec![]));
    let mut problem = Table { root: 0, rows };
    let result = run(&mut problem, &Options::default(), Stop::first_solution());
    check_solved(&mut problem, &result);
    assert_eq!(result.solution.unwrap().steps.len(), count);
}

#[test]
fn a_blocked_sibling_does_not_make_a_circular_solution() {
    // 0 needs 1; 1 needs 0 and 2. Node 2 is solved, yet 0 has no solution.
    let mut problem = Table { root: 0, rows: vec![vec![Some(vec![1])], vec![Some(vec![2, 0])], vec![Some(vec![])]] };
    for algorithm in ALGORITHMS {
        let options = with(|o| o.algorithm = algorithm);
        let result = run(&mut problem, &options, Stop::first_solution());
        assert_eq!((result.verdict.reason, result.verdict.solved), (StopReason::Exhausted, false));
    }
}

#[test]
fn long_paths_need_no_stack() {
    for (algorithm, length) in [
        (Algorithm::Puct, 3_000),
        (Algorithm::BestFirst, 200_000),
        (Algorithm::BreadthFirst, 200_000),
        (Algorithm::Beam, 200_000),
        (Algorithm::Sampling, 3_000),
        (Algorithm::Smc, 100),
    ] {
        let mut problem = chain(length);
        let options = with(|o| o.algorithm = algorithm);
        let result = run(&mut problem, &options, Stop::first_solution());
        check_solved(&mut problem, &result);
        assert_eq!(result.verdict.statistics.max_depth as usize, length - 1);
        let deepest = result.graph.nodes().last().unwrap();
        assert_eq!(deepest.path().len(), length - 1);
    }
}

#[test]
fn an_edge_with_many_subgoals_is_solved() {
    let width = 20_000;
    let mut rows = vec![vec![Some((1..=width).chain(1..=width).collect())]];
    rows.extend((1..=width).map(|_| vec![Some(vec![])]));
    let mut problem = Table { root: 0, rows };
    let options = with(|o| o.algorithm = Algorithm::BestFirst);
    let result = run(&mut problem, &options, Stop::first_solution());
    check_solved(&mut problem, &result);
    assert_eq!(result.solution.unwrap().steps.len(), width + 1);
}

#[test]
fn every_rule_stops_a_search() {
    for algorithm in ALGORITHMS {
        for batch in [1, 8] {
            let go = |stop| {
                let options = with(|o| (o.algorithm, o.batch) = (algorithm, batch));
                run(&mut Countdown { start: u64::MAX / 2, width: 4 }, &options, stop).verdict
            };
            let verdict = go(Stop::first_solution().nodes(0));
            assert_eq!((verdict.reason, verdict.statistics.expansions), (StopReason::Nodes, 0));
            let verdict = go(Stop::first_solution().nodes(101));
            assert_eq!((verdict.reason, verdict.statistics.expansions), (StopReason::Nodes, 101));
            let verdict = go(Stop::first_solution().evaluations(64));
            assert_eq!(verdict.reason, StopReason::Evaluations);
            assert!((64..64 + batch as u64).contains(&verdict.statistics.evaluations));
            let verdict = go(Stop::first_solution().seconds(0.02));
            assert_eq!(verdict.reason, StopReason::Seconds);
            assert!(verdict.statistics.seconds >= 0.02 && verdict.statistics.nodes_per_second() > 0.0);
            assert_eq!(go(Stop::first_solution().seconds(f64::NAN)).reason, StopReason::Seconds);
            assert_eq!(go(Stop::first_solution().seconds(f64::INFINITY).nodes(1)).reason, StopReason::Nodes);
            let flag = Arc::new(AtomicBool::new(true));
            assert_eq!(go(Stop::first_solution().cancelled_by(flag)).reason, StopReason::Cancelled);
            let deep = |s: &Statistics| (s.max_depth >= 3).then_some(StopReason::Other("deep"));
            assert_eq!(go(Stop::never().or(deep)).reason, StopReason::Other("deep"));
            let rules: Vec<Box<dyn StopRule + Send>> = vec![Box::new(Nodes(7)), Box::new(Nodes(5))];
            assert_eq!(go(Stop::any(rules)).statistics.expansions, 5);
        }
    }
}

#[test]
fn a_flag_set_from_outside_stops_a_search_under_way() {
    struct Impatient(Arc<AtomicBool>, AtomicUsize);
    impl Evaluator for Impatient {
        fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
            if self.1.fetch_add(1, Ordering::Relaxed) == 20 {
                self.0.store(true, Ordering::Relaxed);
            }
            Uniform.evaluate(requests)
        }
    }
    let flag = Arc::new(AtomicBool::new(false));
    let evaluator = Impatient(flag.clone(), AtomicUsize::new(0));
    let mut problem = Countdown { start: 1 << 40, width: 4 };
    let mut stop = Stop::first_solution().cancelled_by(flag);
    let verdict = search(&mut problem, &evaluator, &Options::default(), &mut stop, &mut rng(1)).verdict;
    assert_eq!((verdict.reason, verdict.statistics.batches), (StopReason::Cancelled, 21));
}

#[test]
fn a_search_may_go_on_after_the_first_solution() {
    let rows = vec![vec![Some(vec![]), Some(vec![1]), Some(vec![2])], vec![Some(vec![])], vec![]];
    let mut problem = Table { root: 0, rows };
    for algorithm in ALGORITHMS {
        let options = with(|o| o.algorithm = algorithm);
        let result = run(&mut problem, &options, Stop::never());
        assert_eq!((result.verdict.reason, result.verdict.solved), (StopReason::Exhausted, true));
        check_solved(&mut problem, &result);
        let root = result.graph.root().unwrap();
        let statuses: Vec<_> = root.edges().map(|edge| edge.status()).collect();
        assert_eq!(statuses, [EdgeStatus::Solved, EdgeStatus::Solved, EdgeStatus::Dead]);
    }
}

#[test]
fn a_batch_reaches_the_evaluator_as_one() {
    struct Largest(AtomicUsize);
    impl Evaluator for Largest {
        fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
            self.0.fetch_max(requests.len(), Ordering::Relaxed);
            Hashed.evaluate(requests)
        }
    }
    for algorithm in ALGORITHMS {
        let evaluator = Largest(AtomicUsize::new(0));
        let options = with(|o| (o.batch, o.algorithm) = (32, algorithm));
        let mut problem = Countdown { start: 1 << 40, width: 4 };
        let mut stop = Stop::first_solution().nodes(4_000);
        let result = search(&mut problem, &evaluator, &options, &mut stop, &mut rng(1));
        assert_eq!(evaluator.0.load(Ordering::Relaxed), 32);
        let statistics = result.verdict.statistics;
        let mean = statistics.evaluations as f64 / statistics.batches as f64;
        // The particles of a population begin at one state, so its first batches are small.
        let least = if algorithm == Algorithm::Smc { 8.0 } else { 16.0 };
        assert!(mean > least, "{algorithm:?} fills its batches: {mean}");
        graphs::check_invariants(&result.graph);
    }
}

#[test]
fn what_leaves_no_choice_is_not_judged() {
    // A fork between a dead end and a chain, with forced states before and after.
    let forks = || Table {
        root: 0,
        rows: vec![
            vec![Some(vec![1])],
            vec![Some(vec![2]), Some(vec![3])],
            vec![None],
            vec![Some(vec![4])],
            vec![Some(vec![])],
        ],
    };
    for batch in [1, 4] {
        let evaluations = |pass_forced: bool, problem: &mut Table| {
            let options = with(|options| (options.pass_forced, options.batch) = (pass_forced, batch));
            let result = search(problem, &Hashed, &options, &mut Stop::first_solution(), &mut rng(3));
            assert!(result.solution.is_some());
            let statistics = result.verdict.statistics;
            assert!(statistics.expansions >= statistics.evaluations);
            statistics.evaluations
        };
        assert_eq!(evaluations(true, &mut chain(40)), 0);
        assert!(evaluations(false, &mut chain(40)) >= 40);
        assert_eq!(evaluations(true, &mut forks()), 1, "the fork alone");
    }
}

#[test]
fn text_is_written_only_for_who_needs_it() {
    struct Silent(Countdown);
    impl Problem for Silent {
        type State = u64;
        type Action = u8;
        fn root(&mut self) -> u64 {
            self.0.root()
        }
        fn actions(&mut self, state: &u64) -> Vec<u8> {
            self.0.actions(state)
        }
        fn step(&mut self, state: &u64, action: &u8) -> Outcome<u64> {
            self.0.step(state, action)
        }
        fn key(&self, state: &u64) -> u128 {
            self.0.key(state)
        }
        fn state_text(&self, _: &u64) -> String {
            panic!("nobody reads this")
        }
        fn action_text(&self, _: &u64, _: &u8) -> String {
            panic!("nobody reads this")
        }
    }
    let mut problem = Silent(Countdown { start: 40, width: 5 });
    let result = run(&mut problem, &Options::default(), Stop::first_solution().nodes(5_000));
    assert!(result.verdict.solved);
}

#[test]
fn an_evaluator_that_lies_costs_time_at_most() {
    let liars: [fn(usize) -> Evaluation; 7] = [
        |count| Evaluation { priors: vec![f32::NAN; count], value: f32::NAN },
        |count| Evaluation { priors: vec![-1.0; count], value: -5.0 },
        |count| Evaluation { priors: vec![f32::INFINITY; count], value: f32::INFINITY },
        |_| Evaluation { priors: vec![], value: 0.0 },
        |count| Evaluation { priors: vec![3.0e38; count + 5], value: 1.0 },
        // Certain that the wrong way is right, and everything hopeless.
        |count| Evaluation { priors: (0..count).map(|i| if i == 0 { 1.0 } else { 0.0 }).collect(), value: 1.0 },
        |count| Evaluation { priors: (0..count).map(|i| if i == 0 { 1.0 } else { 0.0 }).collect(), value: 0.0 },
    ];
    for liar in liars {
        for batch in [1, 4] {
            let options = with(|o| o.batch = batch);
            let mut problem = chain(30);
            problem.rows.iter_mut().for_each(|row| row.insert(0, None));
            let result = search(&mut problem, &Liar(liar), &options, &mut Stop::first_solution(), &mut rng(1));
            check_solved(&mut problem, &result);
            for node in result.graph.expanded() {
                let sum: f32 = node.edges().map(|edge| edge.prior()).sum();
                assert!((sum - 1.0).abs() < 1e-4 && (0.0..=1.0).contains(&node.value().unwrap()));
            }
        }
    }
    struct Mute;
    impl Evaluator for Mute {
        fn evaluate(&self, _: &[Request]) -> Vec<Evaluation> {
            vec![]
        }
    }
    let mut problem = Hanoi { disks: 4 };
    let result = search(&mut problem, &Mute, &Options::default(), &mut Stop::first_solution(), &mut rng(1));
    check_solved(&mut problem, &result);
}

#[test]
fn a_tree_serves_several_roots_and_goes_on_with_the_same() {
    let mut graph = SearchGraph::new();
    let mut problem = Hanoi { disks: 5 };
    let options = Options::default();
    let go = |graph: &mut SearchGraph<Hanoi>, problem: &mut Hanoi, nodes| {
        search_in(graph, problem, &Uniform, &options, &mut Stop::first_solution().nodes(nodes), &mut rng(1))
    };
    let mut total = 0;
    let verdict = loop {
        let verdict = go(&mut graph, &mut problem, 10);
        total += verdict.statistics.expansions;
        if verdict.reason != StopReason::Nodes {
            break verdict;
        }
        assert!(total < 100_000);
    };
    assert_eq!(verdict.reason, StopReason::Solved);
    check(&mut problem, &graph.solution().unwrap());
    problem.disks = 6;
    let verdict = go(&mut graph, &mut problem, 100_000);
    assert_eq!(verdict.reason, StopReason::Solved);
    check(&mut problem, &graph.solution().unwrap());
    assert_eq!(graph.root().unwrap().state().disks, 6);
    // A root that is solved already needs nothing.
    problem.disks = 5;
    assert_eq!(go(&mut graph, &mut problem, 100_000).statistics.expansions, 0);
    assert!(play(&graph.solution().unwrap(), 5) >= 31);
    graphs::check_invariants(&graph);
}

#[test]
fn a_tree_survives_a_panic_of_the_evaluator() {
    struct Fragile(AtomicUsize);
    impl Evaluator for Fragile {
        fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
            assert_ne!(self.0.fetch_add(1, Ordering::Relaxed) % 4, 2, "this panic is part of the test");
            Uniform.evaluate(requests)
        }
    }
    for algorithm in ALGORITHMS {
        let options = with(|o| (o.algorithm, o.batch) = (algorithm, 2));
        let (mut graph, mut problem) = (SearchGraph::new(), Hanoi { disks: 4 });
        let evaluator = Fragile(AtomicUsize::new(0));
        let verdict = (0..1000).find_map(|_| {
            let search = std::panic::AssertUnwindSafe(|| {
                let stop = &mut Stop::first_solution().nodes(10_000);
                search_in(&mut graph, &mut problem, &evaluator, &options, stop, &mut rng(1))
            });
            std::panic::catch_unwind(search).ok()
        });
        assert_eq!(verdict.expect("ends at last").reason, StopReason::Solved);
        assert!(play(&graph.solution().unwrap(), 4) >= 15);
    }
}

#[test]
fn the_tree_tells_examples_and_facts_on_the_way() {
    // The root fails, since 2 ends in 4; 1 is proved on the way.
    let rows = vec![
        vec![Some(vec![1, 2])],
        vec![None, Some(vec![3])],
        vec![Some(vec![5])],
        vec![Some(vec![])],
        vec![],
        vec![Some(vec![4])],
    ];
    let mut problem = Table { root: 0, rows };
    let options = with(|o| o.algorithm = Algorithm::BreadthFirst);
    let result = run(&mut problem, &options, Stop::first_solution());
    assert_eq!(result.verdict.reason, StopReason::Exhausted);
    let node = |state| result.graph.nodes().find(|node| *node.state() == state).unwrap();
    assert_eq!(node(1).status(), NodeStatus::Solved);
    let fact = node(1).solution().unwrap();
    check(&mut problem, &fact);
    assert_eq!(fact.steps.iter().map(|step| step.state).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(node(1).solving_edge().unwrap().index(), 1);
    assert_eq!(node(3).path().iter().map(|edge| *edge.owner().state()).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(node(3).creator().unwrap().subgoals().map(|node| *node.state()).collect::<Vec<_>>(), [3]);
    assert_eq!(node(0).edges().map(|edge| *edge.action()).collect::<Vec<_>>(), [0]);
    assert!(node(0).path().is_empty() && node(0).depth() == 0 && node(3).depth() == 2);
    assert!(result.graph.node_by_id(node(3).id()).is_some_and(|found| *found.state() == 3));
    assert!(result.graph.expanded().count() <= result.graph.len());
}

#[test]
fn a_search_takes_no_step_once_its_deadline_has_passed() {
    for algorithm in ALGORITHMS {
        let options = with(|o| (o.algorithm, o.eager) = (algorithm, true));
        let mut problem = Countdown { start: u64::MAX / 2, width: 4 };
        let verdict = run(&mut problem, &options, Stop::never().until(Deadline::after(0.0))).verdict;
        assert_eq!(verdict.reason, StopReason::Seconds, "{algorithm:?}");
        assert_eq!((verdict.statistics.expansions, verdict.statistics.steps), (0, 0), "{algorithm:?}");
        // Nor any further one of a node with many, when it passes during the first.
        let deadline = Deadline::after(0.05);
        let mut steps = 0;
        let slow = |_: u64, _: usize| {
            steps += 1;
            std::thread::sleep(std::time::Duration::from_secs_f64(deadline.remaining().unwrap_or(0.0)));
            Some(vec![steps])
        };
        let mut problem = Rules { actions: |_| 1_000, step: slow };
        let verdict = run(&mut problem, &options, Stop::never().until(deadline)).verdict;
        assert_eq!((verdict.reason, verdict.statistics.steps), (StopReason::Seconds, 1), "{algorithm:?}");
    }
}

#[test]
fn what_the_deadline_cut_short_does_not_count_as_exhausted() {
    for algorithm in ALGORITHMS {
        let options = with(|o| (o.algorithm, o.eager) = (algorithm, true));
        // The one action leads nowhere, but after the deadline that says nothing.
        let go = |deadline: Deadline| {
            let unfinished = |_: u64, _: usize| {
                std::thread::sleep(std::time::Duration::from_secs_f64(deadline.remaining().unwrap_or(0.0)));
                None
            };
            let mut problem = Rules { actions: |_| 1, step: unfinished };
            run(&mut problem, &options, Stop::never().until(deadline)).verdict.reason
        };
        assert_eq!(go(Deadline::after(0.05)), StopReason::Seconds, "{algorithm:?}");
        assert_eq!(go(Deadline::NEVER), StopReason::Exhausted, "{algorithm:?}");
    }
}

#[test]
fn a_batch_larger_than_the_tree_does_not_go_on_colliding() {
    // One leaf at a time: every further descent of the batch ends at it. Without a limit there are as many as it holds.
    let options = with(|o| o.batch = usize::MAX);
    let result = run(&mut chain(20), &options, Stop::first_solution().nodes(1000));
    assert!(result.solution.is_some());
    assert_eq!(result.verdict.statistics.batches, result.verdict.statistics.evaluations);
}

#[test]
fn targets_are_proofs_visits_or_improved_priors() {
    // Of three actions one leads nowhere, one to a long way, one fails at once.
    let mut rows = vec![vec![Some(vec![1]), Some(vec![2]), None]];
    rows.push(vec![Some(vec![1]), None]);
    rows.extend((3..30).map(|next| vec![Some(vec![next]), Some(vec![1])]));
    rows.push(vec![Some(vec![]), None]);
    let mut problem = Table { root: 0, rows };
    let open = run(&mut problem.clone(), &with(|o| o.eager = true), Stop::first_solution().nodes(12));
    let root = open.graph.root().unwrap();
    assert_eq!(targets(&root, Targets::Proof, 1.0), []);
    let visits = targets(&root, Targets::Visits, 1.0);
    assert!(visits.iter().all(|&(index, _)| index != 2) && !visits.is_empty(), "{visits:?}");
    assert!((visits.iter().map(|&(_, weight)| weight).sum::<f32>() - 1.0).abs() < 1e-5);
    let solved = run(&mut problem, &with(|o| o.eager = true), Stop::first_solution().nodes(100_000));
    let root = solved.graph.root().unwrap();
    assert_eq!(targets(&root, Targets::Proof, 1.0), [(1, 1.0)]);
    let weight = |lambda, wanted| {
        let all = targets(&root, Targets::Improved, lambda);
        all.iter().find(|&&(index, _)| index == wanted).map_or(0.0, |&(_, weight)| weight)
    };
    // Between the priors, which are equal, and the best action alone.
    assert!(weight(100.0, 1) < 0.35 && weight(0.3, 1) > 0.8 && weight(0.05, 1) > 0.99);
    assert!(weight(0.3, 2) < 0.05, "what fails is worth nothing");
}
