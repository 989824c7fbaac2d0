//! Tests of sampling: the edges drawn, and the ends of walks.

use super::super::sampling::luby;
use super::toys::Rules;
use super::*;

fn sampling(batch: usize) -> Options {
    with(|o| (o.algorithm, o.batch) = (Algorithm::Sampling, batch))
}

/// A state that is no other one's, apart from chance.
fn fresh(state: u64, action: usize) -> u64 {
    (state ^ ((action as u64 + 1) << 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23)
}

/// Whether a count is within five standard deviations of its mean over this many independent draws.
fn is_likely(count: u32, draws: u32, probability: f64) -> bool {
    let expected = f64::from(draws) * probability;
    (f64::from(count) - expected).abs() < 5.0 * (expected * (1.0 - probability)).sqrt()
}

#[test]
fn edges_are_drawn_as_often_as_their_priors_say() {
    let evaluator = Liar(|_| Evaluation { priors: vec![0.1, 0.2, 0.3, 0.4], value: 0.5 });
    for batch in [1, 8] {
        let mut problem = Rules { actions: |_| 4, step: |state, action| Some(vec![fresh(state, action)]) };
        let mut stop = Stop::never().nodes(20_000);
        let result = search(&mut problem, &evaluator, &sampling(batch), &mut stop, &mut rng(1));
        graphs::check_invariants(&result.graph);
        let mut counts = [0; 4];
        for edge in result.graph.nodes().flat_map(|node| node.edges()) {
            counts[edge.index()] += edge.visits();
        }
        let draws = counts.iter().sum();
        assert!(draws > 19_000, "a new state takes a draw: {draws}");
        for (count, probability) in counts.into_iter().zip([0.1, 0.2, 0.3, 0.4]) {
            assert!(is_likely(count, draws, probability), "{counts:?}, batch {batch}");
        }
    }
}

#[test]
fn dead_edges_leave_their_share_to_the_others() {
    let evaluator = Liar(|_| Evaluation { priors: vec![0.5, 0.3, 0.2], value: 0.5 });
    let mut problem = Rules { actions: |_| 3, step: |state, action| (action > 0).then(|| vec![fresh(state, action)]) };
    let mut stop = Stop::never().nodes(20_000);
    let result = search(&mut problem, &evaluator, &sampling(1), &mut stop, &mut rng(1));
    let visits: Vec<u32> = result.graph.root().unwrap().edges().map(|edge| edge.visits()).collect();
    let draws = visits.iter().sum();
    assert!(draws > 2_000, "a dead edge ends a walk: {visits:?}");
    assert!(visits[0] == 0 && is_likely(visits[1], draws, 0.6), "{visits:?}");
}

#[test]
fn states_that_need_several_are_solved() {
    for batch in [1, 8] {
        for seed in 0..20 {
            let rows = vec![
                vec![None, Some(vec![1, 2, 3])],
                vec![Some(vec![4]), Some(vec![0])],
                vec![Some(vec![4, 5])],
                vec![Some(vec![]), None],
                vec![Some(vec![5])],
                vec![None, Some(vec![2]), Some(vec![])],
            ];
            let mut problem = Table { root: 0, rows };
            let mut stop = Stop::first_solution();
            let result = search(&mut problem, &Uniform, &sampling(batch), &mut stop, &mut rng(seed));
            check_solved(&mut problem, &result);
            assert_eq!(result.solution.unwrap().steps.len(), 6);
            graphs::check_invariants(&result.graph);
        }
    }
}

#[test]
fn an_edge_without_prior_is_drawn_when_nothing_else_is_left() {
    let certain = Liar(|count| {
        let priors = (0..count).map(|index| if index == 0 { 1.0 } else { 0.0 }).collect();
        Evaluation { priors, value: 0.5 }
    });
    // Failing, needing itself, and leading back.
    let rows = |first| vec![vec![first, Some(vec![2])], vec![Some(vec![0])], vec![Some(vec![])]];
    for (rows, circular) in [(rows(None), false), (rows(Some(vec![0])), false), (rows(Some(vec![1])), true)] {
        for batch in [1, 8] {
            let mut problem = Table { root: 0, rows: rows.clone() };
            let mut stop = Stop::first_solution();
            let result = search(&mut problem, &certain, &sampling(batch), &mut stop, &mut rng(1));
            check_solved(&mut problem, &result);
            assert_eq!(result.verdict.statistics.blocked > 0, circular);
        }
    }
}

#[test]
fn walks_come_back_from_an_endless_corridor() {
    // The root leads to the goal (state 1) or into a corridor without end or side doors.
    let step = |state, action| match (state, action) {
        (0, 1) => Some(vec![1]),
        (1, _) => Some(vec![]),
        _ => Some(vec![state + 2]),
    };
    let mut problem = Rules { actions: |state| if state == 0 { 2 } else { 1 }, step };
    let evaluator = Liar(|count| Evaluation { priors: [0.95, 0.05][..count].to_vec(), value: 0.5 });
    for batch in [1, 8] {
        for seed in 0..20 {
            let mut stop = Stop::first_solution().nodes(5_000);
            let result = search(&mut problem, &evaluator, &sampling(batch), &mut stop, &mut rng(seed));
            check_solved(&mut problem, &result);
        }
    }
}

#[test]
fn a_walk_does_not_turn_back_onto_its_path() {
    // 0 leads to 1, from where it goes back, as is likely, or on.
    let step = |state, action| Some(vec![if action == 0 && state == 1 { 0 } else { state + 1 }]);
    let mut problem = Rules { actions: |state| if state == 1 { 2 } else { 1 }, step };
    let evaluator = Liar(|count| Evaluation { priors: [0.9, 0.1][..count].to_vec(), value: 0.5 });
    for batch in [1, 8] {
        let mut stop = Stop::never().nodes(200);
        let result = search(&mut problem, &evaluator, &sampling(batch), &mut stop, &mut rng(1));
        let visits: Vec<u32> = result.graph.nodes().nth(1).unwrap().edges().map(|edge| edge.visits()).collect();
        assert!(visits[0] == 0 && visits[1] > 10, "{visits:?}");
        assert_eq!(result.verdict.statistics.max_depth, 199);
    }
}

#[test]
fn a_walk_ends_when_another_one_decides_what_it_is_at() {
    for seed in 0..20 {
        // The root needs 1 and 1000; 1 is solved at once or by way of an endless corridor, 1000 has only such a one.
        let mut solved = false;
        let step = |state, action| match (state, action) {
            (0, _) => Some(vec![1, 1000]),
            (1, 1) => {
                solved = true;
                Some(vec![])
            }
            _ => {
                assert!(!solved || state >= 1000, "{state} matters no more");
                Some(vec![state + 1])
            }
        };
        let mut problem = Rules { actions: |state| if state == 1 { 2 } else { 1 }, step };
        let mut stop = Stop::first_solution().nodes(300);
        let verdict = search(&mut problem, &Uniform, &sampling(4), &mut stop, &mut rng(seed)).verdict;
        assert_eq!(verdict.reason, StopReason::Nodes);
        assert!(solved);
    }
}

#[test]
fn a_walk_under_way_at_the_end_counts() {
    let mut problem = Rules { actions: |_| 4, step: |state, action| Some(vec![fresh(state, action)]) };
    let result = run(&mut problem, &sampling(1), Stop::never().nodes(5));
    let visits: u32 = result.graph.nodes().flat_map(|node| node.edges()).map(|edge| edge.visits()).sum();
    assert_eq!((result.verdict.statistics.steps, visits), (4, 4));
}

#[test]
fn a_seed_fixes_all_walks() {
    let trace = |seed, batch| {
        let mut stop = Stop::first_solution().nodes(500);
        let problem = &mut Countdown { start: 1 << 40, width: 5 };
        let result = search(problem, &Hashed, &sampling(batch), &mut stop, &mut rng(seed));
        assert_eq!(result.verdict.statistics.expansions, 500);
        result.graph.nodes().map(|node| (*node.state(), node.visits())).collect::<Vec<_>>()
    };
    for batch in [1, 8] {
        assert_eq!(trace(3, batch), trace(3, batch));
        assert_ne!(trace(3, batch), trace(4, batch));
    }
}

#[test]
fn a_problem_without_solution_is_exhausted() {
    // Every state fails at last, most of them after a detour through circles.
    let count = 40;
    let rows = (0..count).map(|id| {
        if id < 8 { vec![None; 3] } else { vec![Some(vec![id / 2, id - 7]), Some(vec![(id * 3) % count]), None] }
    });
    let mut problem = Table { root: count - 1, rows: rows.collect() };
    for batch in [1, 8, 100] {
        for seed in 0..10 {
            let mut stop = Stop::first_solution();
            let result = search(&mut problem, &Uniform, &sampling(batch), &mut stop, &mut rng(seed));
            assert_eq!((result.verdict.reason, result.verdict.solved), (StopReason::Exhausted, false));
            assert_eq!(result.graph.root().unwrap().status(), NodeStatus::Dead);
            graphs::check_invariants(&result.graph);
        }
    }
}

#[test]
fn the_lengths_of_walks_are_lubys() {
    let terms: Vec<u64> = (1..=15).map(luby).collect();
    assert_eq!(terms, [1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8]);
    assert_eq!((luby(u64::MAX), luby(u64::MAX - 1)), (1 << 63, 1 << 62));
}
