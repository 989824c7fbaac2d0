//! Evaluations, carried out by the workers at a broker.

use super::acceptance::{accept_outcome, accept_trial};
use super::bundles::{LibraryBundle, TheoryText, network_bundle};
use super::desk::Desk;
use super::learner::RemoteError;
use super::messages::{Job, Report, Work};
use super::program;
use crate::answer::data::Pair;
use crate::answer::evaluation::Outcome;
use crate::answer::vote::AnswerOptions;
use crate::evaluation::{Contest, Trial, Trials, contest};
use crate::network::{Evaluator, Network, Uniform};
use crate::prove::Budget;
use crate::prove::library::Library;
use prover_broker::{Broker, Digest};
use std::path::Path;

/// A guide whose trials are carried out: a network, or none that reads.
pub struct Guide<'a> {
    /// Its name in reports.
    pub name: String,
    /// The network; `None` for equal priors.
    pub network: Option<&'a Network>,
}

impl Guide<'_> {
    fn evaluator(&self) -> &dyn Evaluator {
        match self.network {
            Some(network) => network,
            None => &Uniform,
        }
    }
}

fn send_network<P: Send>(
    desk: &mut Desk<P>,
    network: Option<&Network>,
    folder: &Path,
) -> Result<Option<Digest>, RemoteError> {
    let Some(network) = network else { return Ok(None) };
    let bytes = network_bundle(network, network.model().precision(), folder)?;
    Ok(Some(desk.send(bytes, None)?))
}

/// Attempts all statements of a contest in a theory without lemmas with each guide, one guide after the other; `hear` is
/// called with each attempt. `folder` is for files of a moment.
///
/// # Errors
///
/// The theory cannot travel, or the broker cannot be used.
pub fn trials(
    (broker, name): (Broker, &str),
    theory: &str,
    contest: &Contest<'_>,
    guides: &[Guide<'_>],
    folder: &Path,
    hear: &(dyn Fn(&Trial) + Sync),
) -> Result<Vec<Trials>, RemoteError> {
    let mut desk: Desk<usize> = Desk::new(broker, name)?;
    let library = Library::new(theory);
    let base = LibraryBundle::Base { offered: 0.into(), theory: TheoryText::of(theory)?, library };
    let theory = desk.send(base.encode(), None)?;
    let mut all = Vec::new();
    for guide in guides {
        let network = send_network(&mut desk, guide.network, folder)?;
        let mut round = |budget: Budget| -> Result<Vec<Trial>, RemoteError> {
            let job = |(index, statement): (usize, &crate::prove::Statement)| {
                let (statement, options) = (statement.clone(), contest.world.tactics.options);
                let work = Work::Trial { statement, budget, options, theory: theory.clone() };
                (index, Job { version: program(), work, seed: contest.seed_of(index), network: network.clone() })
            };
            let judge = |index: &usize, report: Report| {
                let Report::Trial(report) = report else { return Err("it answers another question".into()) };
                let statement = &contest.statements[*index];
                let trial = accept_trial(report, statement, contest.world, contest.lemmas, budget)
                    .map_err(|error| error.to_string())?;
                hear(&trial);
                Ok(trial)
            };
            let here = |index: &usize, seed: u64| {
                let statement = &contest.statements[*index];
                let within = (budget, seed);
                let (_, trial) = contest::attempt(contest.world, contest.lemmas, statement, guide.evaluator(), within);
                hear(&trial);
                trial
            };
            let fault = |_: &usize, fault: String| {
                let trial = Trial { fault: Some(fault), ..Trial::default() };
                hear(&trial);
                trial
            };
            let jobs = contest.statements.iter().enumerate().map(job);
            let done = desk.carry_out(jobs, judge, here, fault, || false)?;
            Ok(done.into_iter().map(|(_, trial)| trial).collect())
        };
        let (by_nodes, by_seconds) = contest.budgets();
        let by_nodes = round(by_nodes)?;
        let by_seconds = by_seconds.map(round).transpose()?;
        all.push(Trials { contestant: guide.name.clone(), by_nodes, by_seconds });
    }
    Ok(all)
}

/// Answers questions; the outcomes, in their order. `hear` is called with the place of each. `folder` is for files of a
/// moment.
///
/// # Errors
///
/// The broker cannot be used.
pub fn outcomes(
    (broker, name): (Broker, &str),
    pairs: &[&Pair],
    network: Option<&Network>,
    options: &AnswerOptions,
    folder: &Path,
    hear: &(dyn Fn(usize, &Outcome) + Sync),
) -> Result<Vec<Outcome>, RemoteError> {
    let mut desk: Desk<usize> = Desk::new(broker, name)?;
    let digest = send_network(&mut desk, network, folder)?;
    let job = |(index, pair): (usize, &&Pair)| {
        let work = Work::Answer { question: pair.question.clone(), options: *options };
        // The place makes keys of equal questions differ.
        (index, Job { version: program(), work, seed: index as u64, network: digest.clone() })
    };
    let judge = |index: &usize, report: Report| {
        let Report::Answer(report) = report else { return Err("it answers another question".into()) };
        let outcome = accept_outcome(report, pairs[*index]).map_err(|error| error.to_string())?;
        hear(*index, &outcome);
        Ok(outcome)
    };
    let guide = Guide { name: String::new(), network };
    let here = |index: &usize, _: u64| {
        let outcome = Outcome::of(pairs[*index], guide.evaluator(), options);
        hear(*index, &outcome);
        outcome
    };
    let fault = |index: &usize, fault: String| {
        tracing::warn!("a question is given up: {}: {fault}", pairs[*index].question);
        let outcome = Outcome::default();
        hear(*index, &outcome);
        outcome
    };
    let done = desk.carry_out(pairs.iter().enumerate().map(job), judge, here, fault, || false)?;
    Ok(done.into_iter().map(|(_, outcome)| outcome).collect())
}
