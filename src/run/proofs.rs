//! Self-play for proofs, in a run on disk.

use super::config::{Objective, Targets};
use super::drive::{Host, learning};
use super::journal::Recorded;
use super::{Config, Metrics, RunDir};
use crate::conjecture::Treatments;
use crate::prove::Budget;
use crate::prove::library::{Offering, Source};
use crate::selfplay::proofs::attempts::Effort;
use crate::selfplay::proofs::drafts::Shares;
use crate::selfplay::proofs::{self, ProofFigures};
use crate::selfplay::{Play, ProofSelfplayError, ProofSettings, Proofs, Round, Subject};
use crate::theory::Theory;
use std::time::Duration;

/// Seconds of an attempt at a goal by all means, where none are set: most goals that they can prove are proved within.
const ALL_SECONDS: f64 = 10.0;

/// The loop's part of the configuration.
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
            targets: match config.objective {
                Objective::Likelihood => (config.targets, config.lambda),
                Objective::Grpo => (Targets::Improved, config.lambda),
            },
            normal_forms: config.normal_forms,
            tree: false,
        },
        lemmas: config.lemmas,
        library: config.library.clone(),
        demonstrations: config.demonstrations.clone(),
        offered: Offering { most: config.offered as usize, by_network: config.premises },
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
        tokenizer: config.tokenizer,
        held_out: config.held_out.clone(),
        easy_nodes: config.easy_nodes.into(),
        gate: config.gate,
        save_trees: config.save_trees as usize,
        eval_wait: Duration::from_micros(config.eval_wait.into()),
        alpha: config.alpha,
        alpha_schedule: config.alpha_schedule,
        temperature: config.temperature,
        top_k: config.top_k as usize,
        seed: config.seed,
    }
}

/// Self-play for proofs with the settings of a run.
///
/// # Errors
/// When theory or goals are wrong.
pub fn play(config: &Config) -> Result<Play<Proofs>, ProofSelfplayError> {
    proofs::play(settings(config))
}

/// The files and messages of a run of proofs.
pub struct ProofHost {
    /// The theory that writes statements in infix notation; none leaves them as they are.
    reader: Option<Theory>,
}

impl ProofHost {
    /// `is_pretty` writes statements for reading.
    ///
    /// # Errors
    /// When the theory cannot be loaded.
    pub fn new(subject: &Proofs, is_pretty: bool) -> Result<Self, ProofSelfplayError> {
        let mut reader = if is_pretty { Some(subject.memory().library.lemmas().theory()?) } else { None };
        if let Some(theory) = &mut reader {
            theory.write_infix();
        }
        Ok(Self { reader })
    }
}

impl Host<Proofs> for ProofHost {
    fn greeting(&self, subject: &Proofs, config: &Config, root: &str) -> String {
        format!("{} goals of {} in {}; run {root}", subject.goals().len(), config.goals, config.theory)
    }

    fn recover(&self, subject: &mut Proofs, found: Vec<Recorded>) {
        subject.recover(found.into_iter().map(|recorded| (recorded.theorem, recorded.source)).collect());
    }

    fn is_done(&self, subject: &Proofs) -> bool {
        subject.goals_proved() == subject.goals().len()
    }

    fn library(&self, subject: &Proofs) -> Option<String> {
        Some(subject.memory().library.lemmas().file_of_all())
    }

    fn lines(&mut self, round: &Round<ProofFigures>) -> Vec<String> {
        let mut lines = Vec::new();
        let mut reading = |text: &String| self.reader.as_mut().map_or(text.clone(), |theory| theory.rewritten(text));
        for (theorem, source) in &round.theorems {
            if *source == Source::Goal {
                lines.push(format!("  proved {} : {}", theorem.name, reading(&theorem.text)));
            } else {
                tracing::info!("lemma {} ({}): {}", theorem.name, source.word(), theorem.text);
            }
        }
        if let Some(test) = &round.metrics.own.test {
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
        lines
    }

    fn summary(&self, metrics: &Metrics<ProofFigures>, iterations: u32) -> String {
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

    fn report(&self, selfplay: &Proofs, directory: &RunDir) -> Vec<String> {
        let mut lines = vec![format!("{} of {} goals proved:", selfplay.goals_proved(), selfplay.goals().len())];
        let width = selfplay.goals().iter().map(|goal| goal.name.len()).max().unwrap_or(0);
        for goal in selfplay.goals() {
            let proof = selfplay.memory().library.lemmas().find(&goal.name);
            let verdict = match proof {
                None => "open".to_owned(),
                Some(theorem) => {
                    let steps = theorem.steps();
                    let lemmas = selfplay.memory().library.lemmas();
                    let uses = theorem.uses.iter().map(String::as_str);
                    let uses: Vec<&str> = uses.filter(|name| lemmas.find(name).is_some()).collect();
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
