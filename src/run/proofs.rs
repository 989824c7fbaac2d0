//! Self-play for proofs, in a run on disk.

use super::drive::{DriveError, Round, SelfplayLoop, checkpointed, learning};
use super::journal::Recorded;
use super::{Checkpoint, Config, Metrics, RunDir};
use crate::conjecture::Treatments;
use crate::learn::Example;
use crate::network::Task;
use crate::network::checkpoint::CheckpointError;
use crate::network::device::Selector;
use crate::prove::Budget;
use crate::prove::library::Source;
use crate::selfplay::proofs::attempts::Effort;
use crate::selfplay::proofs::drafts::Shares;
use crate::selfplay::{ProofIteration, ProofSelfplay, ProofSelfplayError, ProofSettings, Watcher};
use crate::theory::Theory;
use std::path::Path;
use std::time::Duration;

/// Seconds of an attempt at a goal by all means, where none are set: what they reach is mostly reached within.
const ALL_SECONDS: f64 = 10.0;

/// What the loop has to know of the configuration.
fn settings(config: &Config) -> ProofSettings {
    ProofSettings {
        theory: config.theory.clone(),
        goals: config.goals.clone(),
        iterations: config.iterations,
        conjectures: config.conjectures as usize,
        effort: Effort {
            attempts: config.attempts,
            budget: Budget {
                nodes: config.nodes.into(),
                seconds: (config.seconds > 0.0).then_some(config.seconds),
                batch: config.eval_batch as usize,
            },
            guided: config.guided_nodes.into(),
            all_seconds: if config.seconds > 0.0 { config.seconds } else { ALL_SECONDS },
            normal_forms: config.normal_forms,
        },
        lemmas: config.lemmas,
        library: config.library.clone(),
        offered: config.offered as usize,
        tests: config.tests,
        hindsight: config.relabel,
        sources: Shares { network: config.sources[0], grammar: config.sources[1], variants: config.sources[2] },
        ranked: config.ranked as usize,
        modulo: Treatments {
            equal: config.conjecture_equal,
            instance: config.conjecture_instance,
            saturated: config.conjecture_saturated,
        },
        learning: learning(config),
        held_out: config.held_out.clone(),
        gate: config.gate,
        eval_wait: Duration::from_micros(config.eval_wait.into()),
        alpha: config.alpha,
        alpha_schedule: config.alpha_schedule,
        temperature: config.temperature,
        top_k: config.top_k as usize,
        seed: config.seed,
    }
}

/// Self-play for proofs, and how a person reads statements.
pub struct ProofLoop {
    selfplay: ProofSelfplay,
    /// The theory that writes statements in infix notation; none leaves them as they are.
    reader: Option<Theory>,
}

impl ProofLoop {
    /// Loads the theory and the goals of a run. `is_pretty` writes statements for reading.
    ///
    /// # Errors
    /// When theory or goals are wrong.
    pub fn new(config: &Config, is_pretty: bool) -> Result<Self, ProofSelfplayError> {
        let selfplay = ProofSelfplay::new(settings(config))?;
        let mut reader = if is_pretty { Some(selfplay.memory().library.lemmas().theory()?) } else { None };
        if let Some(theory) = &mut reader {
            theory.write_infix();
        }
        Ok(Self { selfplay, reader })
    }
}

impl SelfplayLoop for ProofLoop {
    fn greeting(&self, config: &Config, root: &str) -> String {
        format!("{} goals of {} in {}; run {root}", self.selfplay.goals().len(), config.goals, config.theory)
    }

    fn resume(
        &mut self,
        config: &Config,
        checkpoint: &Checkpoint,
        replay: Vec<Vec<Example>>,
    ) -> Result<(), DriveError> {
        let trainer = checkpointed(config, checkpoint, Task::Proofs)?;
        Ok(self.selfplay.resume(checkpoint.state()?, trainer, replay)?)
    }

    fn recover(&mut self, found: Vec<Recorded>) {
        self.selfplay.recover(found.into_iter().map(|recorded| (recorded.theorem, recorded.source)).collect());
    }

    fn set_device(&mut self, device: Selector) {
        self.selfplay.set_device(device);
    }

    fn is_done(&self) -> bool {
        self.selfplay.goals_proved() == self.selfplay.goals().len()
    }

    fn iterate(&mut self, iteration: u32, watcher: &dyn Watcher) -> Result<Round, DriveError> {
        let result = self.selfplay.iterate(iteration, watcher)?;
        let metrics = metrics(&result, &self.selfplay);
        let state = serde_json::to_value(self.selfplay.memory()).map_err(DriveError::State)?;
        let mut lines = Vec::with_capacity(result.goals.len());
        let mut reading = |text: &String| self.reader.as_mut().map_or(text.clone(), |theory| theory.rewritten(text));
        for goal in &result.goals {
            lines.push(format!("  proved {} : {}", goal.name, reading(&goal.text)));
        }
        if let Some(test) = &result.test {
            let percent = |shares: &[f64]| {
                let shares: Vec<String> = shares.iter().map(|share| format!("{:.0}", 100.0 * share)).collect();
                shares.join("/")
            };
            let nodes: Vec<String> = test.nodes.iter().map(u64::to_string).collect();
            lines.push(format!(
                "  test, {} statements, % within {} nodes: uniform {}, untrained {}, network {}",
                test.statements,
                nodes.join("/"),
                percent(&test.uniform),
                percent(&test.untrained),
                percent(&test.network)
            ));
        }
        for (lemma, source) in result.lemmas.iter().filter(|(_, source)| *source != Source::Goal) {
            tracing::info!("lemma {} ({}): {}", lemma.name, source.word(), lemma.text);
        }
        Ok(Round { metrics, proofs: result.proofs, examples: result.examples, state, lines })
    }

    fn save(&self, network: &Path) -> Result<(), CheckpointError> {
        self.selfplay.trainer().save(network)
    }

    fn summary(&self, metrics: &Metrics, iterations: u32) -> String {
        let loss = |loss: Option<f64>| loss.map_or("-".into(), |loss| format!("{loss:.3}"));
        format!(
            "iteration {}/{iterations}: goals {}/{}, conjectures {}/{} proved, train loss {}, progress loss {} (alpha {:.3}), \
             {} nodes at {:.0}/s, {:.1} s",
            metrics.iteration,
            metrics.goals_proved,
            metrics.goals_total,
            metrics.proved,
            metrics.attempted,
            loss(metrics.train_loss),
            loss(metrics.progress_loss),
            metrics.alpha,
            metrics.nodes,
            metrics.nodes_per_second,
            metrics.seconds,
        )
    }

    fn report(&self, directory: &RunDir) -> Vec<String> {
        let selfplay = &self.selfplay;
        let mut lines = vec![format!("{} of {} goals proved:", selfplay.goals_proved(), selfplay.goals().len())];
        let width = selfplay.goals().iter().map(|goal| goal.name.len()).max().unwrap_or(0);
        for goal in selfplay.goals() {
            let proof = selfplay.memory().library.lemmas().theorems().iter().find(|theorem| theorem.name == goal.name);
            let verdict = match proof {
                None => "open".to_owned(),
                Some(theorem) => {
                    let steps = theorem.script.lines().filter(|line| line.trim_end().ends_with('.')).count();
                    let lemmas = selfplay.memory().library.lemmas().theorems();
                    let uses: Vec<&str> = theorem.uses.iter().map(String::as_str).collect();
                    let uses: Vec<&str> = uses.into_iter().filter(|&u| lemmas.iter().any(|l| l.name == u)).collect();
                    let with = if uses.is_empty() { String::new() } else { format!(", from {}", uses.join(", ")) };
                    format!("proved in {steps} steps{with}")
                }
            };
            lines.push(format!("  {:<width$}  {verdict}", goal.name));
        }
        let library = &selfplay.memory().library;
        let sources = Source::ALL.into_iter().map(|source| (library.count(source), source.word()));
        let sources: Vec<String> =
            sources.filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
        let (known, lemmas) = (selfplay.memory().known.len(), library.lemmas().theorems().len());
        lines.push(format!("{known} statements proved, {lemmas} of them lemmas ({})", sources.join(", ")));
        lines.push(format!("proofs: {0} (prover check {0}/*.peano)", directory.proofs().display()));
        lines.push(format!("metrics: {}", directory.root().join("metrics.jsonl").display()));
        lines
    }
}

/// The figures of an iteration, but for its number and time.
fn metrics(result: &ProofIteration, selfplay: &ProofSelfplay) -> Metrics {
    let training = &result.training;
    let evaluations = result.network;
    let extra = serde_json::json!({
        "policy_loss": training.policy_loss,
        "value_loss": training.value_loss,
        "conjecture_loss": training.conjecture_loss,
        "drafts": result.fates.values().flat_map(|counts| counts.values()).sum::<usize>(),
        "sources": result.fates,
        "lemmas": selfplay.memory().library.lemmas().theorems().len(),
        "lemmas_new": result.lemmas.len(),
        "lemmas_used": selfplay.memory().library.used(),
        "open": selfplay.memory().open.len(),
        "attempted_with_two_variables": result.with_variables,
        "archive": selfplay.archived(),
        "test": result.test,
        "network_refused": result.is_refused,
        "draft_seconds": result.draft_seconds,
        "attempt_seconds": result.attempt_seconds,
        "hindsight": result.hindsight,
        "examples": result.examples.len(),
        "faults": result.faults,
        "evaluations": evaluations.evaluations,
        "cache_hits": evaluations.cache_hits,
        "states_cut": evaluations.states_cut,
        "train_tokens": training.tokens,
        "train_seconds": training.seconds,
        "drafts_equal": result.recognised[0],
        "drafts_instance": result.recognised[1],
        "drafts_saturated": result.recognised[2],
        "eval_batches": evaluations.batches,
        "eval_batch_mean": Metrics::ratio(evaluations.evaluations - evaluations.cache_hits, evaluations.batches),
        "eval_shared_batches": result.batching.batches,
        "eval_shared_batch_mean": Metrics::ratio(result.batching.states, result.batching.batches),
        "eval_tokens": evaluations.tokens,
        "eval_tokens_reused": evaluations.tokens_reused,
        "actions_cut": evaluations.actions_cut,
        "eval_wait_seconds": result.batching.wait_seconds,
    });
    Metrics {
        train_loss: training.train_loss,
        progress_loss: training.progress_loss,
        alpha: result.alpha,
        attempted: result.attempted as u64,
        proved: result.proved as u64,
        ratio_proved: Metrics::ratio(result.proved as u64, result.attempted as u64),
        goals_proved: selfplay.goals_proved() as u64,
        goals_total: selfplay.goals().len() as u64,
        nodes: result.nodes,
        nodes_per_second: if result.attempt_seconds > 0.0 { result.nodes as f64 / result.attempt_seconds } else { 0.0 },
        extra: extra.as_object().cloned().unwrap_or_default(),
        ..Metrics::default()
    }
}
