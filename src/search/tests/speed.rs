//! Measurements, not tests: `cargo test --release --lib search::tests::speed -- --ignored --nocapture`.

use super::*;

/// A graph without end and without solution: every action leads to this many new states.
struct Endless {
    actions: u8,
    subgoals: u64,
}

impl Problem for Endless {
    type State = u64;
    type Action = u8;

    fn root(&mut self) -> u64 {
        1
    }

    fn actions(&mut self, _: &u64) -> Vec<u8> {
        (0..self.actions).collect()
    }

    fn step(&mut self, &state: &u64, &action: &u8) -> Outcome<u64> {
        let mix = |part: u64| (state ^ (u64::from(action) << 8) ^ (part << 20)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Outcome::Subgoals((0..self.subgoals).map(|part| mix(part).rotate_left(23)).collect())
    }

    fn key(&self, state: &u64) -> u128 {
        u128::from(*state) << 64 | u128::from(!*state)
    }

    fn state_text(&self, _: &u64) -> String {
        String::new()
    }

    fn action_text(&self, _: &u64, _: &u8) -> String {
        String::new()
    }
}

#[test]
#[ignore = "prints figures"]
fn expansions_a_second() {
    println!("algorithm    eager batch actions subgoals  expansions/s  us/expansion  max depth");
    for (algorithm, eager, batch, actions, subgoals) in [
        (Algorithm::Puct, false, 1, 4, 1),
        (Algorithm::Puct, false, 1, 4, 2),
        (Algorithm::Puct, false, 1, 30, 1),
        (Algorithm::Puct, false, 64, 4, 1),
        (Algorithm::Puct, false, 64, 30, 2),
        (Algorithm::Puct, true, 1, 4, 1),
        (Algorithm::Puct, true, 1, 30, 1),
        (Algorithm::BestFirst, false, 1, 4, 1),
        (Algorithm::BestFirst, false, 1, 30, 1),
        (Algorithm::BreadthFirst, false, 1, 4, 1),
        (Algorithm::Beam, false, 1, 4, 1),
        (Algorithm::Beam, false, 1, 30, 1),
        (Algorithm::Sampling, false, 1, 4, 1),
        (Algorithm::Sampling, false, 1, 30, 1),
        (Algorithm::Sampling, false, 64, 30, 1),
    ] {
        let options = with(|o| (o.algorithm, o.eager, o.batch) = (algorithm, eager, batch));
        let result = run(&mut Endless { actions, subgoals }, &options, Stop::first_solution().nodes(300_000));
        let s = result.verdict.statistics;
        let rate = s.nodes_per_second();
        println!(
            "{:<12} {eager:<5} {batch:<5} {actions:<7} {subgoals:<8} {rate:>13.0} {:>13.2} {:>10}",
            format!("{algorithm:?}"),
            1e6 / rate,
            s.max_depth
        );
    }
    println!("edge {} bytes, node {} bytes beside the state", size_of::<graph::Edge>(), size_of::<graph::Node<()>>());
}

/// Solves a problem with several seeds; medians of expansions, steps and microseconds.
fn medians<P: Problem + Clone>(problem: &P, evaluator: &dyn Evaluator, options: &Options) -> [f64; 3] {
    let mut samples: [Vec<f64>; 3] = Default::default();
    for seed in 0..31 {
        let mut stop = Stop::first_solution().nodes(200_000);
        let result = search(&mut problem.clone(), evaluator, options, &mut stop, &mut rng(seed));
        let s = result.verdict.statistics;
        let expansions = if s.solved { s.expansions as f64 } else { f64::INFINITY };
        for (list, value) in samples.iter_mut().zip([expansions, s.steps as f64, s.seconds * 1e6]) {
            list.push(value);
        }
    }
    samples.map(|mut list| {
        list.sort_by(f64::total_cmp);
        list[list.len() / 2]
    })
}

#[test]
#[ignore = "prints figures"]
fn lazy_and_eager() {
    println!("problem            options                                         expansions    steps       us");
    for algorithm in ALGORITHMS {
        for (eager, exploration, reduction) in
            [(false, 1.0, 0.2), (true, 1.0, 0.2), (false, 0.3, 0.2), (false, 3.0, 0.2), (false, 1.0, 0.0)]
        {
            if algorithm != Algorithm::Puct && (exploration != 1.0 || reduction != 0.2) {
                continue;
            }
            let options = with(|o| {
                (o.algorithm, o.eager) = (algorithm, eager);
                (o.exploration, o.first_play_reduction) = (exploration, reduction);
            });
            let label = format!("{algorithm:?} eager={eager} c={exploration} f={reduction}");
            let line = |name: &str, [expansions, steps, us]: [f64; 3]| {
                println!("{name:<18} {label:<46} {expansions:>11} {steps:>8} {us:>8.0}");
            };
            for disks in [4, 7] {
                line(&format!("hanoi {disks}"), medians(&Hanoi { disks }, &Uniform, &options));
            }
            for (start, width) in [(30, 4), (300, 4), (300, 20), (3000, 5)] {
                let problem = Countdown { start, width };
                line(&format!("countdown {start}/{width}"), medians(&problem, &Uniform, &options));
                line("  with hashed", medians(&problem, &Hashed, &options));
            }
        }
    }
}
