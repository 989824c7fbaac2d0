//! An archive of choices of actions: for each state the action that begins its shortest known proof.
//!
//! Proofs are found repeatedly, first ones are seldom the best, and examples should not be forgotten when their
//! iteration leaves the replay. (Minimal proofs as targets: G. Lample et al., *HyperTree Proof Search for Neural
//! Theorem Proving*, 2022.)

use crate::learn::Example;
use rand::Rng;
use rand::seq::IteratorRandom;
use rustc_hash::FxHashMap;

/// States that are kept, at most; those that were seen last stay.
const MOST: usize = 20_000;

/// The choices learned from, by state.
#[derive(Clone, Debug, Default)]
pub struct Archive {
    /// In the order in which the states were first seen.
    choices: Vec<Example>,
    places: FxHashMap<String, usize>,
}

impl Archive {
    /// Adds a choice, if it begins a shorter proof than the known one, or none is known.
    pub fn insert(&mut self, example: &Example) {
        let Example::Policy { state, steps, .. } = example else { return };
        // A choice of which no proof is known gives way to one that begins a proof.
        let length = |steps: u32| if steps == 0 { u32::MAX } else { steps };
        match self.places.get(state) {
            Some(&place) => {
                if matches!(self.choices[place], Example::Policy { steps: known, .. } if length(*steps) < length(known))
                {
                    self.choices[place] = example.clone();
                }
            }
            None => {
                self.places.insert(state.clone(), self.choices.len());
                self.choices.push(example.clone());
            }
        }
        if self.choices.len() > MOST + MOST / 4 {
            self.choices.drain(..self.choices.len() - MOST);
            let state = |example: &Example| match example {
                Example::Policy { state, .. } => state.clone(),
                _ => String::new(),
            };
            self.places = self.choices.iter().enumerate().map(|(place, choice)| (state(choice), place)).collect();
        }
    }

    /// The number of states.
    pub fn len(&self) -> usize {
        self.choices.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.choices.is_empty()
    }

    /// Some of the choices, each at most once.
    pub fn sample(&self, count: usize, rng: &mut impl Rng) -> Vec<&Example> {
        let mut places = (0..self.choices.len()).sample(rng, count.min(self.choices.len()));
        places.sort_unstable();
        places.into_iter().map(|place| &self.choices[place]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn choice(state: usize, action: usize, steps: u32) -> Example {
        let actions = vec!["intro x.".into(), "apply nat_ind.".into()];
        Example::Policy { state: format!("state {state}"), actions, chosen: vec![(action, 1.0)], steps }
    }

    #[test]
    fn the_shortest_proof_of_a_state_stays() {
        let mut archive = Archive::default();
        for example in [choice(1, 0, 9), choice(2, 0, 4), choice(1, 1, 3), choice(1, 0, 7)] {
            archive.insert(&example);
        }
        // A choice without a proof gives way to one with a proof, and never the reverse.
        for example in [choice(2, 1, 0), choice(5, 0, 0), choice(5, 1, 7), choice(5, 0, 0)] {
            archive.insert(&example);
        }
        archive.insert(&Example::Value { state: "state 3".into(), solved: true });
        let all = archive.sample(10, &mut ChaCha8Rng::seed_from_u64(0));
        assert_eq!(all, [&choice(1, 1, 3), &choice(2, 0, 4), &choice(5, 1, 7)]);
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let mut archive = Archive::default();
        (0..3 * MOST).for_each(|state| archive.insert(&choice(state, 0, 2)));
        assert!(archive.len() <= MOST + MOST / 4);
        archive.insert(&choice(3 * MOST - 1, 1, 1));
        let all = archive.sample(usize::MAX, &mut ChaCha8Rng::seed_from_u64(0));
        assert_eq!(all.len(), archive.len(), "a state that is known does not come again");
        assert!(all.contains(&&choice(3 * MOST - 1, 1, 1)));
    }
}
