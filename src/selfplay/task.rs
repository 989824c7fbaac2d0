//! The tasks for which networks were trained, so that no search for proofs asks a network for questions, or the
//! reverse.

use crate::answer::trained;
use crate::learn::trainer::OPTIMIZER;
use crate::network::checkpoint::{self, CheckpointError};
use crate::network::model::Size;
use crate::network::{Network, Task};
use std::path::Path;

/// The task for which the network of a directory was trained; `None` if it is unknown.
///
/// Checkpoints of early versions do not name it. They are recognised by the files next to the network: every network
/// for questions has the list of those that it was trained on, and every network of a run has its optimiser, so that
/// one with an optimiser alone proves.
fn recognised(directory: &Path, network: &Network) -> Option<Task> {
    let has = |name: &str| checkpoint::located(directory).join(name).exists();
    match network.task() {
        None if has(trained::FILE) => Some(Task::Questions),
        None if has(OPTIMIZER) => Some(Task::Proofs),
        task => task,
    }
}

/// Refuses a network, read from a directory, that was trained for something else; of one that is right it is known from
/// now on. A network of which nothing is known is taken.
///
/// # Errors
///
/// [`CheckpointError::Task`].
pub fn require(directory: &Path, network: &mut Network, wanted: Task) -> Result<(), CheckpointError> {
    match recognised(directory, network) {
        Some(found) if found != wanted => Err(CheckpointError::Task { path: directory.to_owned(), found, wanted }),
        found => {
            network.set_task(found);
            Ok(())
        }
    }
}

/// Reads the network of a directory for a task.
///
/// # Errors
///
/// [`CheckpointError`] if it cannot be read, or was trained for something else.
pub fn load(directory: &Path, wanted: Task) -> Result<Network, CheckpointError> {
    let mut network = checkpoint::load(directory)?;
    require(directory, &mut network, wanted)?;
    Ok(network)
}

/// Reads the network that a run of a task begins with.
///
/// # Errors
///
/// [`CheckpointError`] as for [`load`], or if it is of another size than the run's.
pub fn initial(directory: &Path, wanted: Task, size: Size) -> Result<Network, CheckpointError> {
    let network = load(directory, wanted)?;
    let found = network.model().config();
    if *found != size.config(found.vocabulary) {
        let found = found.size().map_or_else(|| "of no named size".to_owned(), |size| size.to_string());
        return Err(CheckpointError::Size { path: directory.to_owned(), found, wanted: size });
    }
    Ok(network)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::model::Config;
    use crate::network::tokenizer::Tokenizer;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn network(task: Option<Task>) -> Network {
        let tokenizer = Tokenizer::train(["(= x x)"], 300).unwrap();
        let config = Config { vocabulary: tokenizer.vocabulary(), context: 32, layers: 1, heads: 1, width: 4 };
        let mut network = Network::with_config(config, tokenizer, &mut ChaCha8Rng::seed_from_u64(5)).unwrap();
        network.set_task(task);
        network
    }

    /// The tasks that a checkpoint is accepted for, if it names `task` and has some other files.
    fn taken(task: Option<Task>, files: &[&str]) -> Vec<Task> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("network");
        checkpoint::save(&path, &network(task), |_| Ok(())).unwrap();
        files.iter().for_each(|file| std::fs::write(path.join(file), "{}").unwrap());
        let is_taken = |&wanted: &Task| match load(&path, wanted) {
            Ok(network) => {
                assert!(network.task().is_none_or(|task| task == wanted));
                true
            }
            Err(error) => {
                assert!(matches!(error, CheckpointError::Task { .. }), "{error}");
                false
            }
        };
        Task::ALL.into_iter().filter(is_taken).collect()
    }

    #[test]
    fn a_network_of_the_wrong_kind_is_refused() {
        for task in Task::ALL {
            assert_eq!(taken(Some(task), &[]), [task]);
            // What it says counts, whatever is beside it.
            assert_eq!(taken(Some(task), &[OPTIMIZER]), [task]);
        }
    }

    #[test]
    fn checkpoints_of_early_versions_are_known_by_their_files() {
        assert_eq!(taken(None, &[]), Task::ALL);
        assert_eq!(taken(None, &[OPTIMIZER]), [Task::Proofs]);
        assert_eq!(taken(None, &[trained::FILE]), [Task::Questions]);
        assert_eq!(taken(None, &[OPTIMIZER, trained::FILE]), [Task::Questions]);
    }

    #[test]
    fn the_network_that_ships_answers_questions() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("checkpoints/mathematics");
        assert!(load(&path, Task::Questions).is_ok());
        let error = load(&path, Task::Proofs).unwrap_err().to_string();
        assert!(error.contains("`selfplay --math`") && error.contains("`selfplay --theory`"), "{error}");
    }
}
