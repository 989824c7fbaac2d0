use super::*;
use crate::network::model::Size;
use crate::network::{Evaluation, Evaluator, Network, Request, Uniform};
use crate::prove::Lemmas;

#[test]
fn pieces_are_each_done_once_and_in_order() {
    for (threads, count) in [(1, 5), (3, 100), (8, 2), (2, 0)] {
        let done = in_parallel(threads, count, |index| index * index);
        assert_eq!(done, (0..count).map(|index| index * index).collect::<Vec<_>>());
    }
}

/// Prefers the action that comes last, and counts how often it is asked to forget.
#[derive(Default)]
struct Last(AtomicUsize);

impl Evaluator for Last {
    fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
        let last = |request: &Request| {
            let mut priors = vec![0.0; request.actions.len()];
            priors.last_mut().into_iter().for_each(|prior| *prior = 1.0);
            Evaluation { priors, value: 0.5 }
        };
        requests.iter().map(last).collect()
    }

    fn forget(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn contestants_attempt_the_same_statements_and_are_compared() {
    let lemmas = Lemmas::new("propositional-logic");
    let world = lemmas.world().unwrap();
    let statements = lemmas.goals("propositional").unwrap();
    let last = Last::default();
    let contestants = [
        Contestant { name: "uniform".into(), evaluator: &Uniform },
        Contestant { name: "last".into(), evaluator: &last },
    ];
    let contest = Contest { nodes: vec![3, 20, 60], seconds: Some(0.02), ..Contest::new(&world, &lemmas, &statements) };
    let heard = AtomicUsize::new(0);
    let report = contest.hold(&contestants, &|_| {
        heard.fetch_add(1, Ordering::Relaxed);
    });
    assert_eq!(heard.into_inner(), contest.attempts(2));
    assert_eq!(contest.attempts(2), 4 * statements.len());
    assert_eq!(last.0.load(Ordering::Relaxed), 2, "before each round");
    assert_eq!(report.outcomes.len(), 8);
    let [few, some, many, timed, ..] = &report.outcomes[..] else { panic!() };
    assert!(few.solved < some.solved && some.solved < many.solved && many.solved < 30, "{:?}", report.outcomes);
    assert_eq!((timed.limit, timed.statements, timed.judged), (Limit::Seconds(0.02), 30, 0.0));
    for outcome in &report.outcomes {
        assert!(outcome.interval.low <= outcome.share && outcome.share <= outcome.interval.high);
        assert_eq!((outcome.against.is_none(), outcome.faults), (outcome.contestant == "uniform", 0));
    }
    // A budget finds what an attempt with it alone finds.
    let alone = Contest { nodes: vec![20], seconds: None, ..contest.clone() };
    for (contestant, trials) in contestants.iter().zip(&report.trials) {
        let alone = alone.trials(contestant, &|_| {});
        assert_eq!(alone.solved(Limit::Nodes(20)), trials.solved(Limit::Nodes(20)), "{}", contestant.name);
    }
    let guided = &report.outcomes[6];
    let against = guided.against.as_ref().unwrap();
    assert_eq!((against.other.as_str(), against.paired.trials()), ("uniform", 30));
    assert_eq!(against.paired.both + against.paired.losses, many.solved);
    assert!(guided.judged > 0.1 && guided.judged < 0.9, "states with a choice are judged: {}", guided.judged);
    // Only what reads states is judged by how it does.
    let [quality] = &report.qualities[..] else { panic!("{:?}", report.qualities) };
    assert!(quality.contestant == "last" && quality.decisions > many.solved);
    assert!(quality.top1.unwrap() < 0.9 && (quality.brier.unwrap() - 0.25).abs() < 1e-9);
    assert_eq!(quality.divergence, Some(0.0));
}

#[test]
fn statements_that_no_policy_solves_are_told_apart() {
    let lemmas = Lemmas::new("nat-mul");
    let world = lemmas.world().unwrap();
    // The first needs a lemma, about `(* z 'n)`; the second is an induction.
    let texts = ["[('n : nat) -> (= (+ 'n (* z 'n)) 'n)]", "[('n : nat) -> (= (* z 'n) z)]"];
    let statements = texts.map(|text| lemmas.goal("found", text).unwrap());
    let contest = Contest { nodes: vec![2, 300], ..Contest::new(&world, &lemmas, &statements) };
    let trials = contest.trials(&Contestant { name: "uniform".into(), evaluator: &Uniform }, &|_| {});
    let [few, many] = &outcome::outcomes(&contest.limits(), &[trials])[..] else { panic!() };
    assert_eq!([few.solved, few.exhausted, many.solved, many.exhausted], [0, 0, 1, 1]);
    assert!(many.nodes_to_proof.unwrap() > 2.0);
}

#[test]
fn an_untrained_network_is_the_one_that_a_seed_makes() {
    let goals = Lemmas::new("propositional-logic").goals("propositional").unwrap();
    let network = |seed| untrained("propositional-logic", &goals, Corpus::Theory, Size::Tiny, seed).unwrap();
    let request = Request { state: "{} (not x)".into(), actions: vec!["intro x.".into(), "apply and_i.".into()] };
    let judge = |network: &Network| network.evaluate(std::slice::from_ref(&request));
    let first = network(1);
    assert_eq!(judge(&first), judge(&network(1)));
    assert_ne!(judge(&first), judge(&network(2)));
    let like = untrained_like(first.tokenizer().clone(), Size::Tiny, 1).unwrap();
    assert_eq!(judge(&first), judge(&like));
    // What it forgot it says again.
    first.forget();
    let before = first.statistics().cache_hits;
    assert_eq!(judge(&first), judge(&like));
    assert_eq!(first.statistics().cache_hits, before);
}
