//! A model of a run on many machines: the time that its iterations take, of the costs of its parts.
//!
//! It simulates the events of a run: conjectures are drafted, waves given out, jobs pass the broker one after the other,
//! workers fetch a new network once, answers are judged by the learner, and training follows, or goes on beside the next
//! iteration. Costs are measured, by `PROVER_TEST_SPEED` in tests/machines; docs/machines.md has the results.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Costs in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Costs {
    /// Attempts on one thread of a worker, as they were measured; they are repeated in this order.
    pub attempts: Vec<f64>,
    /// The broker's work for a job: taking, giving out, taking the answer, giving it back.
    pub message: f64,
    /// The learner's work for an answer, on one thread.
    pub judging: f64,
    /// Drafting of the conjectures of an iteration, for each of them.
    pub drafting: f64,
    /// Training in an iteration.
    pub training: f64,
    /// The transfer of a network to one worker, during which the broker serves no other.
    pub transfer: f64,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Threads of all workers together.
    pub threads: usize,
    /// Threads of one worker, which fetch a network once.
    pub threads_of_a_worker: usize,
    /// The attempts of each wave of an iteration.
    pub waves: Vec<usize>,
    /// Threads of the learner, which judge answers.
    pub judges: usize,
    /// How many networks old a result may be.
    pub staleness: u32,
    /// Iterations.
    pub iterations: usize,
}

/// A simulated run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Simulated {
    /// Seconds of the run.
    pub seconds: f64,
    /// Seconds of them in which the learner waited for attempts.
    pub attempt_seconds: f64,
    /// Attempts.
    pub attempts: usize,
    /// The share of the workers' time in which they made attempts.
    pub used: f64,
}

/// A point in time, in nanoseconds, which has an order.
type Time = u64;

fn time(seconds: f64) -> Time {
    (seconds.max(0.0) * 1e9) as Time
}

/// Simulates a run.
pub fn simulate(costs: &Costs, setup: &Setup) -> Simulated {
    let Setup { threads, threads_of_a_worker, judges, staleness, iterations, .. } = *setup;
    let of_worker = threads_of_a_worker.max(1);
    // When each thread is free, by number; when the broker is; when each judge is.
    let mut free: BinaryHeap<Reverse<(Time, usize)>> = (0..threads.max(1)).map(|thread| Reverse((0, thread))).collect();
    let mut judge_free: BinaryHeap<Reverse<Time>> = (0..judges.max(1)).map(|_| Reverse(0)).collect();
    let mut has_network = vec![usize::MAX; threads.max(1).div_ceil(of_worker)];
    let (mut now, mut broker, mut trained): (Time, Time, Time) = (0, 0, 0);
    let (mut drawn, mut busy, mut waited): (usize, Time, Time) = (0, 0, 0);
    // Ends of the answers that are not yet taken, and of the iteration that they are of.
    let mut open: Vec<(Time, usize)> = Vec::new();
    for iteration in 0..iterations {
        now += time(costs.drafting * setup.waves.iter().sum::<usize>() as f64);
        let begun = now;
        for &wave in &setup.waves {
            let mut ends: Vec<Time> = (0..wave)
                .map(|_| {
                    let Reverse((thread_free, thread)) = free.pop().unwrap_or_default();
                    broker = broker.max(now) + time(costs.message);
                    let network = &mut has_network[thread / of_worker];
                    if *network != iteration {
                        *network = iteration;
                        broker += time(costs.transfer);
                    }
                    let attempt = time(costs.attempts[drawn % costs.attempts.len().max(1)]);
                    drawn += 1;
                    busy += attempt;
                    let end = thread_free.max(broker) + attempt;
                    free.push(Reverse((end, thread)));
                    end
                })
                .collect();
            ends.sort_unstable();
            for end in ends {
                let Reverse(judge) = judge_free.pop().unwrap_or_default();
                let judged = judge.max(end) + time(costs.judging);
                judge_free.push(Reverse(judged));
                open.push((judged, iteration));
            }
            // As `Enough` has it.
            now = settle(&mut open, now, if staleness == 0 { 0 } else { threads }, 0);
        }
        let is_last = iteration + 1 == iterations;
        let since = (iteration + 2).saturating_sub(staleness as usize);
        now = match staleness {
            0 => now,
            _ if is_last => settle(&mut open, now, 0, usize::MAX),
            _ => settle(&mut open, now, usize::MAX, since),
        };
        waited += now - begun;
        // Training goes on beside the next iteration, which does not end before it.
        let training = time(costs.training);
        if staleness == 0 || is_last {
            now = now.max(trained) + training;
        } else {
            now = now.max(trained);
            trained = now + training;
        }
    }
    let available = now as f64 * threads.max(1) as f64;
    Simulated {
        seconds: now as f64 / 1e9,
        attempt_seconds: waited as f64 / 1e9,
        attempts: drawn,
        used: if now > 0 { busy as f64 / available } else { 0.0 },
    }
}

/// Waits until at most so many answers are open, and none of an iteration before; the time then.
fn settle(open: &mut Vec<(Time, usize)>, now: Time, most: usize, since: usize) -> Time {
    open.sort_unstable();
    let surplus = open.len().saturating_sub(most);
    let enough = surplus.checked_sub(1).map_or(0, |last| open[last].0);
    let old = open.iter().filter(|(_, iteration)| *iteration < since).map(|(end, _)| *end).max().unwrap_or(0);
    let now = now.max(enough).max(old);
    open.retain(|(end, _)| *end > now);
    now
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    fn costs() -> Costs {
        Costs { attempts: vec![1.0], message: 0.0, judging: 0.0, drafting: 0.0, training: 0.0, transfer: 0.0 }
    }

    fn setup() -> Setup {
        Setup { threads: 1, threads_of_a_worker: 1, waves: vec![8], judges: 1, staleness: 0, iterations: 1 }
    }

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-6 * other.max(1.0)
    }

    #[test]
    fn simple_runs_take_what_one_reckons() {
        let seconds = |costs: &Costs, setup: Setup| simulate(costs, &setup).seconds;
        assert!(near(seconds(&costs(), setup()), 8.0));
        assert!(near(seconds(&costs(), Setup { threads: 2, ..setup() }), 4.0));
        assert!(near(seconds(&costs(), Setup { threads: 3, ..setup() }), 3.0), "8 of them on 3");
        // All else adds up where one waits for the other.
        let all = Costs { drafting: 0.25, training: 3.0, transfer: 5.0, ..costs() };
        assert!(near(seconds(&all, setup()), 8.0 * 0.25 + 5.0 + 8.0 + 3.0));
        let two = simulate(&all, &Setup { iterations: 2, ..setup() });
        assert!(near(two.seconds, 36.0) && near(two.used, 16.0 / 36.0) && two.attempts == 16);
        // A broker or a judge that is slower than the workers sets the pace.
        let slow = Costs { message: 2.0, ..costs() };
        assert!(near(seconds(&slow, Setup { threads: 100, ..setup() }), 17.0));
        let slow = Costs { judging: 2.0, ..costs() };
        assert!(near(seconds(&slow, Setup { threads: 8, ..setup() }), 17.0));
        assert!(near(seconds(&slow, Setup { threads: 8, judges: 2, ..setup() }), 9.0));
        // Threads of one worker fetch a network once.
        let heavy = Costs { transfer: 1.0, ..costs() };
        assert!(near(seconds(&heavy, Setup { threads: 4, threads_of_a_worker: 4, ..setup() }), 3.0));
        assert!(near(seconds(&heavy, Setup { threads: 4, waves: vec![4], ..setup() }), 5.0));
    }

    #[test]
    fn without_a_barrier_no_time_is_lost_to_training_and_stragglers() {
        let uneven = Costs { attempts: vec![9.0, 1.0, 1.0, 1.0], training: 10.0, ..costs() };
        let of = |staleness| simulate(&uneven, &Setup { threads: 4, staleness, iterations: 20, ..setup() });
        let [barrier, beside, late] = [0, 1, 3].map(of);
        assert!(near(barrier.seconds, 20.0 * (barrier.attempt_seconds / 20.0 + 10.0)), "{barrier:?}");
        assert!(beside.seconds < 0.6 * barrier.seconds, "{beside:?} {barrier:?}");
        assert!(late.seconds <= beside.seconds && late.attempts == beside.attempts, "{late:?}");
    }

    /// Seconds of attempts: every tenth of the sorted measured ones, drawn in an order that mixes short and long ones.
    const MEASURED: [f64; 10] = [0.0004, 0.0188, 0.0006, 0.0443, 0.0008, 0.0839, 0.0011, 0.0042, 0.0017, 0.0025];

    /// The measured costs of docs/machines.md.
    fn measured() -> Costs {
        Costs {
            attempts: MEASURED.to_vec(),
            message: 0.000_15,
            judging: 0.001_06,
            drafting: 0.003_3,
            training: 24.0,
            transfer: 0.05,
        }
    }

    #[test]
    fn the_table_of_the_documentation_is_that_of_the_model() {
        let costs = measured();
        let mut table = String::from(
            "| threads | attempts a second: staleness 0 | 1 | 2 | workers' time used: staleness 0 | 1 | 2 |\n|---|---|---|---|---|---|---|\n",
        );
        for threads in [1, 2, 8, 32, 128, 512, 1_000] {
            let of = |staleness| {
                simulate(
                    &costs,
                    &Setup {
                        threads,
                        threads_of_a_worker: 8,
                        waves: vec![16 * threads; 64],
                        judges: 16,
                        staleness,
                        iterations: 10,
                    },
                )
            };
            let runs = [0, 1, 2].map(of);
            let rate = |run: &Simulated| format!("{:.1}", run.attempts as f64 / run.seconds);
            let used = |run: &Simulated| format!("{:.0} %", 100.0 * run.used);
            let cells: Vec<String> = runs.iter().map(rate).chain(runs.iter().map(used)).collect();
            let _ = writeln!(table, "| {threads} | {} |", cells.join(" | "));
        }
        crate::documented::require_table("machines.md", "model", &table);
    }
}
