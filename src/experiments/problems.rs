//! The scores of the programs that were found for problems (`prover synth`), as the page has them.

use crate::answer::instance::Verdict;
use crate::synth::record::{FOLDER, Record};
use crate::synth::{Records, Sample};
use serde::Serialize;
use std::path::Path;

/// Places of a distribution: programs that failed, programs that are wrong, and those of a score up to each tenth.
const PLACES: usize = 12;

/// The distribution of the scores of the programs for one problem.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scores {
    /// The name of the problem.
    pub problem: String,
    /// The search.
    pub search: String,
    /// The temperature of its priors.
    pub temperature: String,
    /// Numbers of programs. First those that get no private instance right: more of them without a value, then more
    /// with a wrong one; then those with a share right of up to 0.1, up to 0.2 and so on to 1.
    pub programs: [u32; PLACES],
    /// Private instances, over all programs: answered rightly, wrongly, and without a value.
    pub instances: [u32; 3],
}

impl Scores {
    fn of(record: &Record) -> Self {
        let setting = |name: &str| record.settings.get(name).cloned().unwrap_or_default();
        let mut scores = Self {
            problem: record.problem.clone(),
            search: setting("alg"),
            temperature: setting("temperature"),
            programs: [0; PLACES],
            instances: [0; 3],
        };
        record.samples.iter().for_each(|sample| scores.add(sample));
        scores
    }

    fn add(&mut self, sample: &Sample) {
        let mut counts = [0_u32; 3];
        for verdict in &sample.private {
            counts[match verdict {
                Verdict::Right => 0,
                Verdict::Wrong => 1,
                Verdict::Failed | Verdict::IllTyped => 2,
            }] += 1;
        }
        let [right, wrong, failed] = counts;
        let place = match right {
            0 if failed > wrong => 0,
            0 => 1,
            // Whole numbers: a share of 0.3 is not one above it.
            _ => 1 + (10 * right).div_ceil(right + wrong + failed),
        };
        self.programs[place as usize] += 1;
        self.instances.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
}

/// The scores of the problems of a run, and notes on records that cannot be understood.
pub fn scores(run: &Path) -> (Vec<Scores>, Vec<String>) {
    let (records, passed) = Records::all(&run.join(FOLDER));
    let note = |(path, why): (std::path::PathBuf, String)| format!("{} was left out: {why}", path.display());
    (records.iter().map(Scores::of).collect(), passed.into_iter().map(note).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(private: &[Verdict]) -> Sample {
        Sample { program: "p".into(), public: vec![Verdict::Right], private: private.to_vec(), seconds: 0.1 }
    }

    #[test]
    fn wrong_answers_and_failures_are_apart_and_tenths_are_exact() {
        use Verdict::{Failed, IllTyped, Right, Wrong};
        let mut scores = Scores {
            problem: "gcd".into(),
            search: "mcts".into(),
            temperature: "1".into(),
            programs: [0; PLACES],
            instances: [0; 3],
        };
        let ten = |right: usize| [vec![Right; right], vec![Wrong; 10 - right]].concat();
        for private in [vec![Failed, IllTyped, Wrong], vec![Wrong, Failed], ten(3), ten(10), vec![], vec![Right, Wrong]]
        {
            scores.add(&sample(&private));
        }
        assert_eq!(scores.programs, [1, 2, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1]);
        assert_eq!(scores.instances, [14, 10, 3]);
    }

    #[test]
    fn records_that_are_broken_are_noted() {
        let place = tempfile::tempdir().unwrap();
        assert_eq!(scores(place.path()), (vec![], vec![]));
        std::fs::create_dir(place.path().join(FOLDER)).unwrap();
        std::fs::write(place.path().join(FOLDER).join("gcd.json"), "{\"version\":7}").unwrap();
        let (found, notes) = scores(place.path());
        assert!(found.is_empty() && notes[0].contains("gcd.json was left out: it is of version 7"), "{notes:?}");
    }
}
