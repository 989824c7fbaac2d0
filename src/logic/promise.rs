//! Theorems that are stated first and proved later, in any order and by several threads.
//!
//! [`Environment::promise`] adds a constant whose proof is owed. While anything is owed, nothing counts as proved: the
//! environment takes no theorem, and a promise is not a theorem either ([`DeclarationKind::Promise`]). An [`Outline`]
//! freezes such an environment. In its [forks](Outline::fork) only the constants before a limit exist, and a promise is
//! [fulfilled](Environment::fulfil) by a check of its proof in a fork whose limit is that very promise: the check is
//! the one that [`add_theorem`](Environment::add_theorem) would have made at that place. [`settle`](Outline::settle)
//! makes theorems of promises as far as all are fulfilled, and forgets the rest. By induction along the order of
//! declaration each then rests on axioms only; docs/soundness.md has the argument.

use super::environment::{Declaration, DeclarationKind, Environment, Frozen};
use super::error::KernelError;
use super::ledger::{Ledger, View};
use super::term::{ConstId, TermId};
use std::sync::{Arc, OnceLock};

/// An environment that owes proofs, to be shared between the threads that find them.
#[derive(Debug)]
pub struct Outline {
    frozen: Frozen,
    ledger: Arc<Ledger>,
}

impl Environment {
    /// Adds a theorem whose proof is owed. The statement is checked together with the proof, in
    /// [`fulfil`](Self::fulfil); here only that it is closed.
    pub fn promise(&mut self, name: &str, statement: TermId) -> Result<ConstId, KernelError> {
        self.begin(name, &[statement])?;
        self.owes = true;
        Ok(self.push(Declaration::new(name, DeclarationKind::Promise, statement)))
    }

    /// Whether there are promises, so that nothing may be concluded yet.
    pub fn owes(&self) -> bool {
        self.owes
    }

    /// Lets a fork of an [`Outline`] see the constants before `limit`. Constants never disappear again, since the
    /// fork's caches may rest on them.
    pub fn advance(&mut self, limit: usize) -> Result<(), KernelError> {
        match &mut self.view {
            Some(view) if view.limit <= limit => {
                view.limit = limit;
                Ok(())
            }
            _ => Err(KernelError::Owed),
        }
    }

    /// The statement of a promise, in a fork of an [`Outline`] that sees exactly the constants before it.
    pub fn promised(&self, promise: ConstId) -> Result<TermId, KernelError> {
        let view = self.view.as_ref().filter(|view| view.limit == promise.index()).ok_or(KernelError::Owed)?;
        view.ledger.promises.binary_search(&promise).map_err(|_| KernelError::Owed)?;
        self.hidden(promise).map(|declaration| declaration.ty).ok_or(KernelError::Owed)
    }

    /// Fulfils a promise, in a fork of an [`Outline`] that sees exactly the constants before it: checks that the
    /// statement is a proposition and that `proof` proves it.
    pub fn fulfil(&mut self, promise: ConstId, proof: TermId) -> Result<(), KernelError> {
        let statement = self.promised(promise)?;
        let ledger = self.view.as_ref().map(|view| view.ledger.clone()).ok_or(KernelError::Owed)?;
        let place = ledger.promises.binary_search(&promise).map_err(|_| KernelError::Owed)?;
        self.begin_terms(&[statement, proof])?;
        self.check_proposition(statement, proof)?;
        let mentions = self.mentioned(&[statement, proof])?.into_iter().collect();
        // A second proof is as good as the first, which stays.
        let _ = ledger.fulfilled[place].set(mentions);
        Ok(())
    }
}

impl Outline {
    /// Ends the growth of an environment, so that threads can share it and prove its promises.
    ///
    /// # Panics
    ///
    /// As [`Environment::freeze`].
    pub fn new(environment: Environment) -> Self {
        let frozen = environment.freeze();
        let promises = frozen.promises();
        let fulfilled = promises.iter().map(|_| OnceLock::new()).collect();
        Self { frozen, ledger: Arc::new(Ledger { promises, fulfilled }) }
    }

    /// An environment in which only the constants before `limit` exist, with a store of its own over the common one.
    /// Nothing can be declared in it.
    pub fn fork(&self, limit: usize) -> Environment {
        let mut environment = self.frozen.fork();
        environment.view = Some(View { ledger: self.ledger.clone(), limit });
        environment
    }

    /// The number of constants, those included that are stated only.
    pub fn len(&self) -> usize {
        self.frozen.len()
    }

    /// Whether there are no constants.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The environment again, with everything owed as before.
    pub fn dissolve(self) -> Environment {
        self.frozen.thaw()
    }

    /// Makes theorems of the promises before `limit`, up to the first that is not fulfilled; the constants from there
    /// on are forgotten. So the resulting environment owes nothing. The proofs are not kept, but the constants that
    /// they mention are kept.
    pub fn settle(self, limit: usize) -> Environment {
        let Ledger { promises, fulfilled } = &*self.ledger;
        let unpaid = promises.iter().zip(fulfilled).find(|(_, fulfilled)| fulfilled.get().is_none());
        let limit = unpaid.map_or(limit, |(promise, _)| limit.min(promise.index()));
        let mut environment = self.frozen.thaw();
        environment.truncate(limit);
        for (&promise, mentions) in promises.iter().zip(fulfilled).take_while(|(promise, _)| promise.index() < limit) {
            environment.settle(promise, mentions.get().cloned());
        }
        environment.owes = false;
        environment
    }
}
