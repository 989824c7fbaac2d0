//! The policy that guides a search, and how it computes: the flags that commands share.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use clap::Args;

use super::CliError;
use crate::answer::builtin;
use crate::answer::lexicon::Lexicon;
use crate::answer::trained::TrainedOn;
use crate::network::device::Selector;
use crate::network::model::Precision;
use crate::network::{Evaluator, Network, Task, Uniform};
use crate::run::drive::network_in;
use crate::selfplay::task;

/// The flags of searches for proofs.
#[derive(Clone, Debug, Args)]
pub struct PolicyArgs {
    /// Guide that ranks actions: `uniform`, or the directory of a checkpoint or run
    #[arg(long, value_name = "uniform|DIR", default_value = "uniform")]
    pub policy: PolicyChoice,
    /// How it computes.
    #[command(flatten)]
    pub compute: ComputeArgs,
}

/// The flags of searches for graphs.
#[derive(Clone, Debug, Args)]
pub struct QuestionPolicyArgs {
    /// Guide of the search: `uniform`, or the directory of a checkpoint or run [default: the network that ships with
    /// the program]
    #[arg(long, value_name = "uniform|DIR")]
    pub policy: Option<PolicyChoice>,
    /// How it computes.
    #[command(flatten)]
    pub compute: ComputeArgs,
}

/// How a network computes.
#[derive(Clone, Debug, Args)]
pub struct ComputeArgs {
    /// Where a network computes: auto, cpu, wgpu, wgpu:INDEX, cuda or cuda:INDEX; see `prover devices`
    #[arg(long, value_name = "DEVICE", default_value_t)]
    pub device: Selector,
    /// How a network rounds: bf16 is faster, most so where the processor or the GPU has a matrix unit
    #[arg(long, value_enum, value_name = "f32|bf16", default_value_t, hide_possible_values = true)]
    pub precision: Precision,
}

/// The policy that guides the search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyChoice {
    /// Equal priors.
    Uniform,
    /// The transformer in the directory of a checkpoint, or of a run (its newest checkpoint).
    Directory(PathBuf),
}

impl FromStr for PolicyChoice {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(if text == "uniform" { Self::Uniform } else { Self::Directory(text.into()) })
    }
}

/// The policy asked for, loaded.
pub(super) enum Policy {
    Uniform(Uniform),
    Network(Box<Network>),
}

impl Policy {
    /// Reads the network, if it is one.
    pub(super) fn load(args: &PolicyArgs) -> Result<Self, CliError> {
        match &args.policy {
            PolicyChoice::Uniform => Ok(Self::Uniform(Uniform)),
            PolicyChoice::Directory(path) => {
                Ok(Self::ready(task::load(&checkpoint_in(path)?, Task::Proofs)?, &args.compute))
            }
        }
    }

    /// Reads the network for questions, if it is one.
    pub(super) fn load_for_questions(args: &QuestionPolicyArgs) -> Result<Self, CliError> {
        let network = match &args.policy {
            Some(PolicyChoice::Uniform) => return Ok(Self::Uniform(Uniform)),
            Some(PolicyChoice::Directory(path)) => task::load(&checkpoint_in(path)?, Task::Questions)?,
            None => builtin::network()?,
        };
        Ok(Self::ready(network, &args.compute))
    }

    pub(super) fn ready(mut network: Network, compute: &ComputeArgs) -> Self {
        network.set_precision(compute.precision);
        network.set_device(compute.device);
        Self::Network(Box::new(network))
    }

    pub(super) fn evaluator(&self) -> &dyn Evaluator {
        match self {
            Self::Uniform(uniform) => uniform,
            Self::Network(network) => &**network,
        }
    }

    /// The network; `None` for the policy without preferences.
    pub(super) fn as_network(&self) -> Option<&Network> {
        match self {
            Self::Uniform(_) => None,
            Self::Network(network) => Some(network),
        }
    }

    /// The network, to be shared; `None` for the policy without preferences.
    pub(super) fn network(self) -> Option<Arc<dyn Evaluator + Send + Sync>> {
        match self {
            Self::Uniform(_) => None,
            Self::Network(network) => Some(Arc::from(network as Box<dyn Evaluator + Send + Sync>)),
        }
    }
}

/// The questions that a policy was trained on; `None` if it does not say.
pub(super) fn trained_on(args: &QuestionPolicyArgs) -> Result<Option<TrainedOn>, CliError> {
    Ok(match &args.policy {
        Some(PolicyChoice::Uniform) => Some(TrainedOn::default()),
        Some(PolicyChoice::Directory(path)) => TrainedOn::load(&checkpoint_in(path)?).ok(),
        None => builtin::trained_on().ok(),
    })
}

/// The words that a policy has met; none if it does not say.
pub(super) fn lexicon(args: &QuestionPolicyArgs) -> Result<Lexicon, CliError> {
    Ok(match &args.policy {
        Some(PolicyChoice::Uniform) => Lexicon::default(),
        Some(PolicyChoice::Directory(path)) => Lexicon::load(&checkpoint_in(path)?).unwrap_or_default(),
        None => builtin::lexicon().unwrap_or_default(),
    })
}

/// The directory of a network; see [`network_in`].
pub(super) fn checkpoint_in(path: &Path) -> Result<PathBuf, CliError> {
    let path = network_in(path)?;
    if path.join("config.json").is_file() { Ok(path) } else { Err(CliError::NoPolicy(path)) }
}
