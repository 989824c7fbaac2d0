//! Problems: questions of one kind with their answers, some public, some private.
//!
//! A program is a graph whose parameters are the elements of a question, by their places: `f0` is the first element of
//! whatever question it is applied to ([`instance`](crate::answer::instance)). So questions are of one kind if the
//! elements at the same place mean the same, which those do that differ in their elements only.

use std::collections::{BTreeMap, HashSet};
use std::str::FromStr;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::answer::data::Pair;
use crate::answer::instance::Case;
use crate::answer::shape;
use crate::graph::Question;

/// When questions are of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Grouping {
    /// When they have the same words around elements of the same types
    Words,
    /// When their elements have the same types
    Types,
    /// When they stand in one file
    File,
}

/// How many instances are public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Public {
    /// Half of them, rounded up.
    Half,
    /// So many; one at least stays private.
    Number(usize),
}

impl FromStr for Public {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.parse()) {
            ("half", _) => Ok(Self::Half),
            (_, Ok(number @ 1..)) => Ok(Self::Number(number)),
            _ => Err("`half` or a number from 1 on is expected".into()),
        }
    }
}

impl Public {
    /// The number of public ones among so many instances, of which there are two at least.
    fn of(self, instances: usize) -> usize {
        let wanted = match self {
            Self::Half => instances.div_ceil(2),
            Self::Number(number) => number,
        };
        wanted.clamp(1, instances - 1)
    }
}

/// Two instances that no program gets right, as they have the same elements and different answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contradiction {
    /// One question.
    pub question: String,
    /// Its answer.
    pub answer: String,
    /// The other question.
    pub other: String,
    /// Its answer.
    pub other_answer: String,
}

/// A problem.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// The kind of its questions.
    pub kind: String,
    /// The instances that the search is shown. Programs are built of the elements of the first one.
    pub public: Vec<Case>,
    /// Those that it is tested on.
    pub private: Vec<Case>,
    /// Instances that cannot be read.
    pub unread: usize,
    /// Instances that contradict each other.
    pub contradictions: Vec<Contradiction>,
}

/// Why there is no problem.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    /// Nothing can be read.
    #[error("{name}: none of its {instances} instances can be read: {why}")]
    Unreadable {
        /// The name of the problem.
        name: String,
        /// Instances.
        instances: usize,
        /// Description of the first error.
        why: String,
    },
    /// Only one instance can be read.
    #[error(
        "{name}: a problem takes two instances at least, one public and one private, and it has one that can be read"
    )]
    TooFew {
        /// The name of the problem.
        name: String,
    },
}

/// How problems are made of questions.
#[derive(Clone, Copy, Debug)]
pub struct Tasks {
    /// When questions are of one kind.
    pub grouping: Grouping,
    /// The most frequent so many kinds of each file.
    pub kinds: usize,
    /// Instances of a problem, at most.
    pub instances: usize,
    /// How many of them are public.
    pub public: Public,
    /// Seed of what is drawn.
    pub seed: u64,
}

impl Tasks {
    /// The problems of a file or module, the most frequent kind first.
    pub fn of(&self, name: &str, pairs: &[Pair]) -> Vec<Result<Task, TaskError>> {
        let mut why = String::new();
        let mut kinds: BTreeMap<String, Vec<Case>> = BTreeMap::new();
        let mut unread = 0;
        let mut seen = HashSet::new();
        for pair in pairs.iter().filter(|pair| seen.insert(*pair)) {
            match Question::new(&pair.question) {
                Ok(question) if !question.elements.is_empty() => {
                    let cases = kinds.entry(self.kind(&question)).or_default();
                    cases.push(Case { question, answer: pair.answer.clone() });
                }
                read => {
                    unread += 1;
                    if why.is_empty() {
                        let nothing = "nothing in it can be calculated with".to_owned();
                        why = read.map_or_else(|error| error.to_string(), |_| nothing);
                    }
                }
            }
        }
        if kinds.is_empty() {
            return vec![Err(TaskError::Unreadable { name: name.into(), instances: pairs.len(), why })];
        }
        let mut kinds: Vec<(String, Vec<Case>)> = kinds.into_iter().collect();
        // Stable: of equally frequent ones the first in the alphabet.
        kinds.sort_by_key(|(_, cases)| std::cmp::Reverse(cases.len()));
        let named = |index: usize| if index == 0 { name.to_owned() } else { format!("{name}-{}", index + 1) };
        let made = kinds.into_iter().take(self.kinds.max(1)).enumerate();
        made.map(|(index, (kind, cases))| self.task(named(index), kind, cases, unread)).collect()
    }

    fn kind(&self, question: &Question) -> String {
        match self.grouping {
            Grouping::Words => shape::form(question, 0),
            Grouping::Types => shape::types(question),
            Grouping::File => String::new(),
        }
    }

    fn task(&self, name: String, kind: String, mut cases: Vec<Case>, unread: usize) -> Result<Task, TaskError> {
        if cases.len() < 2 {
            return Err(TaskError::TooFew { name });
        }
        // A stream of its own for each problem: one does not change with the others.
        let stream = name.bytes().fold(self.seed, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        cases.shuffle(&mut ChaCha8Rng::seed_from_u64(stream));
        cases.truncate(self.instances.max(2));
        let contradictions = contradictions(&cases);
        let private = cases.split_off(self.public.of(cases.len()));
        let mut public = cases;
        // Programs are built of elements as most have them.
        let types: Vec<String> = public.iter().map(|case| shape::types(&case.question)).collect();
        let count = |kind: &String| types.iter().filter(|other| *other == kind).count();
        let most = (0..types.len()).rev().max_by_key(|place| count(&types[*place])).unwrap_or(0);
        public.swap(0, most);
        Ok(Task { name, kind, public, private, unread, contradictions })
    }
}

/// Instances with equal elements and different answers.
fn contradictions(cases: &[Case]) -> Vec<Contradiction> {
    let elements = |case: &Case| case.question.elements.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut known: BTreeMap<Vec<String>, &Case> = BTreeMap::new();
    let mut found = Vec::new();
    for case in cases {
        let other = *known.entry(elements(case)).or_insert(case);
        if other.answer != case.answer {
            found.push(Contradiction {
                question: other.question.text.clone(),
                answer: other.answer.clone(),
                other: case.question.text.clone(),
                other_answer: case.answer.clone(),
            });
        }
    }
    found
}
