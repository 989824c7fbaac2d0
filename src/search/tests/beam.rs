//! Tests of beam search: the edges that it drops and those that it keeps.

use super::*;
use proptest::prelude::*;

const EMPTY: StopReason = StopReason::Other("the beam is empty");

/// Every action is four times as likely as the next one.
const FALLING: Liar =
    Liar(|count| Evaluation { priors: (0..count).map(|index| 0.25f32.powi(index as i32)).collect(), value: 0.5 });

fn beam(rows: &[Vec<Option<Vec<usize>>>], width: usize, stop: Stop) -> SearchResult<Table> {
    let options = with(|o| (o.algorithm, o.width) = (Algorithm::Beam, width));
    beam_with(rows, &options, stop)
}

fn beam_with(rows: &[Vec<Option<Vec<usize>>>], options: &Options, mut stop: Stop) -> SearchResult<Table> {
    let mut problem = Table { root: 0, rows: rows.to_vec() };
    let result = search(&mut problem, &FALLING, options, &mut stop, &mut rng(1));
    graphs::check_invariants(&result.graph);
    if result.verdict.solved {
        check_solved(&mut problem, &result);
    }
    result
}

/// The states met, in order.
fn met(result: &SearchResult<Table>) -> Vec<usize> {
    result.graph.nodes().map(|node| *node.state()).collect()
}

#[test]
fn a_beam_of_width_one_is_greedy() {
    // The likelier way leads astray for ever longer than the other one needs.
    let rows = [
        vec![Some(vec![1]), Some(vec![2])],
        vec![Some(vec![3])],
        vec![Some(vec![4])],
        vec![Some(vec![5])],
        vec![Some(vec![])],
        vec![],
    ];
    for width in [0, 1] {
        let result = beam(&rows, width, Stop::first_solution());
        assert_eq!((result.verdict.reason, result.verdict.solved), (EMPTY, false));
        assert_eq!(met(&result), [0, 1, 3, 5]);
        assert_eq!(result.graph.root().unwrap().status(), NodeStatus::Open);
    }
    assert_eq!(beam(&rows, 2, Stop::first_solution()).verdict.reason, StopReason::Solved);
}

#[test]
fn the_width_counts_edges_that_lead_to_something_new() {
    // Two failing steps, then five open ones.
    let mut rows = vec![vec![None, None, Some(vec![1]), Some(vec![2]), Some(vec![3]), Some(vec![4]), Some(vec![5])]];
    rows.extend(vec![vec![]; 5]);
    for (eager, steps) in [(false, 4), (true, 7)] {
        let options = with(|o| (o.algorithm, o.width, o.eager) = (Algorithm::Beam, 2, eager));
        let result = beam_with(&rows, &options, Stop::first_solution());
        assert_eq!(result.verdict.reason, EMPTY);
        assert_eq!((result.verdict.statistics.steps, result.verdict.statistics.expansions), (steps, 3));
        let expanded: Vec<usize> = result.graph.expanded().map(|node| *node.state()).collect();
        assert_eq!(expanded, [0, 1, 2]);
    }
    // A step that fails and one back to the root leave the only place to the third.
    let rows = [vec![None, Some(vec![1])], vec![None, Some(vec![0]), Some(vec![2])], vec![Some(vec![])]];
    let result = beam(&rows, 1, Stop::first_solution());
    assert_eq!((result.verdict.reason, result.verdict.statistics.expansions), (StopReason::Solved, 3));
}

#[test]
fn edges_are_ordered_by_the_product_of_all_priors() {
    // The edges of 1 have 0.8 times 0.8 and 0.8 times 0.2, the only one of 2 has 0.2 times 1.
    let rows = [
        vec![Some(vec![1]), Some(vec![2])],
        vec![Some(vec![3]), Some(vec![4])],
        vec![Some(vec![5])],
        vec![],
        vec![],
        vec![],
    ];
    assert_eq!(met(&beam(&rows, 2, Stop::never())), [0, 1, 2, 3, 5]);
    // With a third edge, those of 1 have 0.61, 0.15 and 0.04, with a second one those of 2 have 0.16 and 0.04.
    let mut more = rows.to_vec();
    more[1].push(Some(vec![6]));
    more[2].push(Some(vec![6]));
    more.push(vec![]);
    assert_eq!(met(&beam(&more, 2, Stop::never())), [0, 1, 2, 3, 5]);
    assert_eq!(met(&beam(&more, 3, Stop::never())), [0, 1, 2, 3, 5, 4]);
    assert_eq!(met(&beam(&more, 4, Stop::never())), [0, 1, 2, 3, 5, 4, 6]);
}

#[test]
fn all_subgoals_of_an_edge_go_on_together() {
    // The root needs both 1 and 2, each of which needs one more.
    let rows = [
        vec![Some(vec![1, 2, 1])],
        vec![Some(vec![3])],
        vec![Some(vec![4])],
        vec![Some(vec![])],
        vec![None, Some(vec![])],
    ];
    let result = beam(&rows, 1, Stop::first_solution());
    assert_eq!((result.verdict.reason, result.verdict.solved), (EMPTY, false));
    let solved: Vec<usize> =
        result.graph.nodes().filter(|node| node.status() == NodeStatus::Solved).map(|node| *node.state()).collect();
    assert_eq!(solved, [1, 3], "there was no room for the edge of 2");
    let result = beam(&rows, 2, Stop::first_solution());
    assert_eq!((result.verdict.reason, result.solution.unwrap().steps.len()), (StopReason::Solved, 5));
}

#[test]
fn a_narrow_beam_solves_hanoi() {
    for (batch, eager) in [(1, false), (1, true), (16, false)] {
        let mut problem = Hanoi { disks: 6 };
        let options = with(|o| (o.algorithm, o.width, o.batch, o.eager) = (Algorithm::Beam, 24, batch, eager));
        let result = run(&mut problem, &options, Stop::first_solution().nodes(100_000));
        check_solved(&mut problem, &result);
        assert!(play(&result.solution.unwrap(), 6) >= 63);
    }
}

#[test]
fn a_level_is_evaluated_in_batches() {
    let mut rows = vec![vec![Some((1..=10).collect())]];
    rows.extend((1..=10).map(|id| if id == 3 { vec![] } else { vec![Some(vec![])] }));
    // Node 3 has no action and needs no evaluation. Since it is dead, so is the root.
    let options = with(|o| (o.algorithm, o.batch) = (Algorithm::Beam, 4));
    let verdict = beam_with(&rows, &options, Stop::never()).verdict;
    assert_eq!((verdict.reason, verdict.statistics.expansions), (StopReason::Exhausted, 4));
    rows[3].push(Some(vec![]));
    let verdict = beam_with(&rows, &options, Stop::never()).verdict;
    assert_eq!((verdict.reason, verdict.solved), (StopReason::Exhausted, true));
    assert_eq!((verdict.statistics.batches, verdict.statistics.evaluations), (1 + 3, 11));
}

#[test]
fn a_beam_goes_on_in_the_tree_of_an_earlier_search() {
    let mut rows = vec![vec![Some(vec![1]), Some(vec![2])], vec![], vec![Some(vec![3])], vec![Some(vec![])]];
    rows[1].extend([None, None]);
    let mut problem = Table { root: 0, rows };
    let mut graph = SearchGraph::new();
    let options = with(|o| (o.algorithm, o.width) = (Algorithm::Beam, 1));
    let mut go =
        || search_in(&mut graph, &mut problem, &FALLING, &options, &mut Stop::first_solution(), &mut rng(1)).reason;
    assert_eq!(go(), EMPTY);
    // The way that the first beam took is known to be dead.
    assert_eq!(go(), StopReason::Solved);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_beam_wide_enough_finds_what_breadth_first_search_finds(
        rows in prop::collection::vec(
            prop::collection::vec(prop::option::of(prop::collection::vec(0usize..30, 1)), 0..4), 29),
        batch in 0usize..5,
    ) {
        // Alternatives only, and one state that solves: the shortest way to it is found by both.
        let rows: Vec<_> = rows.into_iter().chain([vec![Some(vec![])]]).collect();
        let go = |algorithm| {
            let options = with(|o| (o.algorithm, o.batch) = (algorithm, batch));
            let result = beam_with(&rows, &options, Stop::first_solution());
            (result.verdict.reason, result.solution.map(|solution| solution.steps.len()))
        };
        prop_assert_eq!(go(Algorithm::Beam), go(Algorithm::BreadthFirst));
    }

    #[test]
    fn a_narrow_beam_ends_and_says_nothing_wrong(mut table in graphs::tables(40), width in 0usize..4, eager: bool) {
        let solvable = table.solvable();
        let options = with(|o| (o.algorithm, o.width, o.eager) = (Algorithm::Beam, width, eager));
        let result = run(&mut table, &options, Stop::first_solution());
        graphs::check_invariants(&result.graph);
        prop_assert!(!result.verdict.solved || solvable[0]);
        prop_assert!(result.verdict.reason != StopReason::Exhausted || !solvable[0]);
        for node in result.graph.nodes() {
            prop_assert!(node.status() != NodeStatus::Dead || !solvable[*node.state()]);
        }
    }
}
