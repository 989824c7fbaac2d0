//! Trees of searches that commands keep for the page.

use std::path::PathBuf;

use clap::Args;

use super::CliError;
use crate::run::tree::SavedTree;
use crate::search::export::ExportedNode;

/// Which trees are kept.
#[derive(Clone, Debug, Args)]
pub struct SaveTreesArgs {
    /// Keep the trees of the first N searches in a folder, for `prover report`
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub save_trees: u32,
    /// The folder of trees that are kept
    #[arg(long, value_name = "DIR", default_value = "trees", requires = "save_trees")]
    pub trees: PathBuf,
}

impl SaveTreesArgs {
    /// Keeps as many trees as were asked for.
    pub(super) fn keeper(&self) -> TreeKeeper<'_> {
        TreeKeeper { arguments: self, left: self.save_trees }
    }
}

/// Keeps the first trees that it is given.
pub(super) struct TreeKeeper<'a> {
    arguments: &'a SaveTreesArgs,
    left: u32,
}

impl TreeKeeper<'_> {
    /// Keeps a tree, if not enough are.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn keep(
        &mut self,
        name: &str,
        title: &str,
        verdict: &str,
        nodes: &[ExportedNode],
    ) -> Result<(), CliError> {
        if self.left == 0 || nodes.is_empty() {
            return Ok(());
        }
        self.left -= 1;
        let folder = &self.arguments.trees;
        let saved = SavedTree::new(title, verdict, nodes).save(folder, name);
        saved.map(drop).map_err(|source| CliError::Save { path: folder.clone(), source })
    }
}
