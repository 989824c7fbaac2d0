//! Steps that end without a solution, actions that are not opened, and particles.

use super::*;

/// A word of so many letters `a` and `b`, worth its share of `a`.
struct Words(usize);

impl Problem for Words {
    type State = String;
    type Action = char;

    fn root(&mut self) -> String {
        String::new()
    }
    fn actions(&mut self, _: &String) -> Vec<char> {
        vec!['b', 'a']
    }
    fn step(&mut self, state: &String, action: &char) -> Outcome<String> {
        let word = format!("{state}{action}");
        match word.len() == self.0 {
            true => Outcome::Worth(word.matches('a').count() as f32 / self.0 as f32),
            false => Outcome::Subgoals(vec![word]),
        }
    }
    fn key(&self, state: &String) -> u128 {
        state.bytes().fold(1, |key, byte| key << 8 | u128::from(byte))
    }
    fn state_text(&self, state: &String) -> String {
        state.clone()
    }
    fn action_text(&self, _: &String, action: &char) -> String {
        action.to_string()
    }
}

/// Judges states by their texts.
struct Judge(fn(&Request) -> Evaluation);

impl Evaluator for Judge {
    fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
        requests.iter().map(self.0).collect()
    }
}

/// Words finished, the ends in the order in which they were met.
fn ends(graph: &SearchGraph<Words>) -> Vec<String> {
    let edges = graph.nodes().flat_map(|node| node.edges());
    let ended = edges.filter(|edge| edge.status() == EdgeStatus::Ended);
    ended.map(|edge| format!("{}{}", edge.owner().state(), edge.action())).collect()
}

#[test]
fn what_ends_is_no_solution_and_every_algorithm_meets_all_of_it() {
    for algorithm in ALGORITHMS {
        let options = with(|o| (o.algorithm, o.width) = (algorithm, 64));
        let result = search(&mut Words(5), &Uniform, &options, &mut Stop::never().nodes(10_000), &mut rng(1));
        graphs::check_invariants(&result.graph);
        assert!(!result.verdict.solved && result.solution.is_none());
        assert_eq!(ends(&result.graph).len(), 32, "{algorithm:?}: {:?}", result.verdict);
        assert_eq!(result.verdict.reason, StopReason::Exhausted, "{algorithm:?}");
    }
}

#[test]
fn descents_go_where_ends_are_worth_more() {
    // All priors and estimates are equal, so that only worths can tell `a` from `b`.
    let share = |backup| {
        let options = with(|o| (o.backup, o.exploration) = (backup, 0.1));
        let result = search(&mut Words(10), &Uniform, &options, &mut Stop::never().nodes(300), &mut rng(3));
        let visits: Vec<u32> = result.graph.root().unwrap().edges().map(|edge| edge.visits()).collect();
        f64::from(visits[1]) / f64::from(visits[0] + visits[1])
    };
    for backup in [Backup::Mean, Backup::Max] {
        assert!(share(backup) > 0.6, "{backup:?}: {}", share(backup));
    }
}

#[test]
fn actions_are_opened_by_number_mass_and_entropy() {
    let priors = [0.1, 0.5, 0.25, 0.15];
    let opened = |top_k, nucleus, entropy| Opening { top_k, nucleus, entropy }.of(&priors);
    assert_eq!(opened(0, 1.0, 0.0), [0, 1, 2, 3]);
    assert_eq!(opened(2, 1.0, 0.0), [1, 2]);
    assert_eq!(opened(0, 0.7, 0.0), [1, 2]);
    assert_eq!(opened(0, 0.76, 0.0), [1, 2, 3]);
    assert_eq!(opened(0, 0.0, 0.0), [1]);
    // The perplexity is 3.35: half of it is 2 actions.
    assert_eq!(opened(0, 1.0, 0.5), [1, 2]);
    assert_eq!(opened(0, 1.0, 9.0), [0, 1, 2, 3]);
    let sure = Opening { entropy: 1.0, ..Opening::ALL };
    assert_eq!(sure.of(&[0.0, 1.0, 0.0]), [1]);
    assert_eq!(sure.of(&[0.25; 4]), [0, 1, 2, 3]);
    assert_eq!(sure.of(&[]), [0; 0]);
}

#[test]
fn a_search_that_leaves_actions_out_does_not_say_that_nothing_is_left() {
    let evaluator = Liar(|_| Evaluation { priors: vec![0.9, 0.1], value: 0.5 });
    for algorithm in ALGORITHMS {
        let opening = Opening { top_k: 1, ..Opening::ALL };
        let options = with(|o| (o.algorithm, o.opening) = (algorithm, opening));
        let result = search(&mut Words(5), &evaluator, &options, &mut Stop::never().nodes(1_000), &mut rng(1));
        assert_eq!(ends(&result.graph), ["bbbbb"], "{algorithm:?}");
        assert_eq!(result.verdict.reason, StopReason::Other(NARROWED), "{algorithm:?}");
    }
}

#[test]
fn particles_follow_values() {
    // Every `b` makes a state worse; priors say nothing.
    let value = |request: &Request| {
        let bad = request.state.matches('b').count() as i32;
        Evaluation { priors: vec![0.5, 0.5], value: 0.3_f32.powi(bad) }
    };
    let good = |evaluator: &dyn Evaluator| {
        let mut sum = 0.0;
        for seed in 0..40 {
            let options = with(|o| (o.algorithm, o.width) = (Algorithm::Smc, 16));
            let mut stop =
                Stop::never().or(|statistics: &Statistics| (statistics.steps > 160).then_some(StopReason::Nodes));
            let result = search(&mut Words(10), evaluator, &options, &mut stop, &mut rng(seed));
            let ends = ends(&result.graph);
            let letters = ends.iter().map(|word| word.matches('a').count()).sum::<usize>();
            sum += letters as f64 / (10 * ends.len()).max(1) as f64;
        }
        sum / 40.0
    };
    let (guided, even) = (good(&Judge(value)), good(&Uniform));
    assert!(guided > even + 0.05, "{guided} against {even}");
}

#[test]
fn a_state_is_worth_what_its_completion_is() {
    // The likeliest way on from everywhere is `b`, so that only the `a`s written so far count.
    let evaluator = Judge(|_| Evaluation { priors: vec![0.6, 0.4], value: 0.5 });
    let run = |completion: Completion| {
        let options = with(|o| o.completion = completion);
        search(&mut Words(5), &evaluator, &options, &mut Stop::never().nodes(12), &mut rng(1))
    };
    let kept = run(Completion { width: 1, ..Completion::NONE });
    for node in kept.graph.expanded() {
        let expected = node.state().matches('a').count() as f32 / 5.0;
        assert_eq!(node.estimate(), Some(expected), "{}", node.state());
    }
    // A beam of two ends with one `a` more, unless there is no letter left to choose.
    let beam = run(Completion { width: 2, ..Completion::NONE });
    assert_eq!(beam.graph.root().unwrap().estimate(), Some(0.2));
    // Without the caches the search is the same and asks for more.
    let bare = run(Completion { width: 1, keeps_states: false, keeps_ends: false });
    let values = |result: &SearchResult<Words>| -> Vec<Option<f32>> {
        result.graph.expanded().map(|node| node.estimate()).collect()
    };
    assert_eq!(values(&kept), values(&bare));
    let (kept, bare) = (kept.verdict.statistics.evaluations, bare.verdict.statistics.evaluations);
    assert!(2 * kept < bare, "{kept} against {bare}");
}

/// Numbers of three digits, in one step each.
struct Numbers;

impl Problem for Numbers {
    type State = u32;
    type Action = u32;

    fn root(&mut self) -> u32 {
        0
    }
    fn actions(&mut self, _: &u32) -> Vec<u32> {
        vec![1, 2, 3, 4]
    }
    fn step(&mut self, _: &u32, action: &u32) -> Outcome<u32> {
        Outcome::Worth(*action as f32 / 4.0)
    }
    fn key(&self, state: &u32) -> u128 {
        u128::from(*state)
    }
    fn state_text(&self, _: &u32) -> String {
        "a number".into()
    }
    fn weight(&self, _: &u32, action: &u32) -> f32 {
        [1.0, 2.0, 1.0, 4.0][*action as usize - 1]
    }
    fn action_text(&self, _: &u32, action: &u32) -> String {
        ["add(x)", "add(y, z)", "add", "sub(x)"][*action as usize - 1].into()
    }
}

#[test]
fn tokens_lead_to_the_actions_and_nowhere_else() {
    use crate::tokens::{Ahead, Chunk, TokenJudge, Tokens, tokens};
    use std::sync::atomic::AtomicU64;

    assert_eq!(tokens("add(f0, t_1) -2"), ["add", "(", "f0", ",", "t_1", ")", "-", "2"]);
    struct Counted(AtomicU64);
    impl Evaluator for Counted {
        fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
            self.0.fetch_add(requests.len() as u64, Ordering::Relaxed);
            let prior = |text: &String| match text.as_str() {
                "add(x)" => 0.5,
                "add(y, z)" => 0.3,
                "add" => 0.1,
                _ => 0.1,
            };
            let each = requests.iter().map(|request| {
                let priors: Vec<f32> = request.actions.iter().map(prior).collect();
                let sum: f32 = priors.iter().sum();
                Evaluation { priors: priors.iter().map(|prior| prior / sum).collect(), value: 0.5 }
            });
            each.collect()
        }
    }
    for (chunk, is_asked_once, asked) in [(Chunk::Token, true, 1), (Chunk::Token, false, 3), (Chunk::Entropy, true, 1)]
    {
        let (ahead, counted) = (Ahead::default(), Counted(AtomicU64::new(0)));
        let judge = TokenJudge::new(&counted, ahead.clone(), is_asked_once);
        let mut numbers = Numbers;
        let mut problem = Tokens::new(&mut numbers, chunk, ahead);
        let options = with(|o| o.algorithm = Algorithm::BestFirst);
        let result = search(&mut problem, &judge, &options, &mut Stop::never(), &mut rng(1));
        let priors: Vec<f32> = result.graph.root().unwrap().edges().map(|edge| edge.prior()).collect();
        assert_eq!(priors.len(), 2);
        assert!((priors[0] - 0.9).abs() < 1e-6, "`add` is as likely as all that begins with it: {priors:?}");
        let ended = result.graph.nodes().flat_map(|node| node.edges());
        assert_eq!(ended.filter(|edge| edge.status() == EdgeStatus::Ended).count(), 4);
        assert_eq!(counted.0.into_inner(), asked, "{chunk:?}");
    } // Where nothing guides the search, the problem's weights do: half for `add` and what begins with it.
    let ahead = Ahead::default();
    let judge = TokenJudge::new(&Uniform, ahead.clone(), true);
    let mut numbers = Numbers;
    let mut problem = Tokens::new(&mut numbers, Chunk::Token, ahead);
    let result = search(&mut problem, &judge, &Options::default(), &mut Stop::never().nodes(1), &mut rng(1));
    let priors: Vec<f32> = result.graph.root().unwrap().edges().map(|edge| edge.prior()).collect();
    assert_eq!(priors, [0.5, 0.5]);
}
