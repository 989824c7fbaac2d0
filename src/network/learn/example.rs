//! Training examples, as they are written to disk.

use crate::Difficulty;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, Write};

/// A training example. Written as one JSON object a line, for example `{"kind":"value","state":"{} (= z
/// z)","solved":true}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Example {
    /// A statement of known difficulty: `<conj> DIFFICULTY STATEMENT <end>`.
    Conjecture {
        /// The difficulty of its proof.
        difficulty: Difficulty,
        /// The statement.
        statement: String,
    },
    /// The action to take in a state: `<state> STATE <act> ACTION <end>`.
    Policy {
        /// The state.
        state: String,
        /// All of its actions, in the order in which the search had them. With more than one, the loss is the
        /// cross-entropy of the priors that the search would get; with one alone, the negative log-likelihood of its
        /// tokens.
        actions: Vec<String>,
        /// The good actions by index, each with its weight: one of weight 1 (the step of a proof), or several (shares
        /// of visits).
        chosen: Vec<(usize, f32)>,
        /// The number of steps of the proof that begins with it; 0 where that is not known.
        #[serde(default, skip_serializing_if = "is_zero")]
        steps: u32,
    },
    /// A choice that the network itself made, to be made more or less likely: an action in a state, or the next piece
    /// of a statement. It is valid only for the network that made it, so it is not used in later iterations.
    Drawn {
        /// The choices.
        #[serde(flatten)]
        choices: Choices,
        /// Its advantage over the others of its group, in standard deviations of the group.
        advantage: f32,
    },
    /// The value of a state, whether it can be solved: `<state> STATE <value> <yes>` or `<no>`.
    Value {
        /// The state.
        state: String,
        /// Whether it was solved.
        solved: bool,
    },
}

impl Example {
    /// Whether it is valid only for the network that made it.
    pub fn is_drawn(&self) -> bool {
        matches!(self, Self::Drawn { .. })
    }
}

/// Choices among texts, one after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Choices {
    /// The pieces of a statement of this difficulty.
    Statement {
        /// The difficulty that was asked for.
        difficulty: Difficulty,
        /// For each piece the options and the index of the chosen one.
        pieces: Vec<(Vec<String>, usize)>,
    },
    /// An action.
    Action {
        /// The state.
        state: String,
        /// All of its actions.
        actions: Vec<String>,
        /// The index of the one that was chosen.
        chosen: usize,
    },
}

fn is_zero(steps: &u32) -> bool {
    *steps == 0
}

/// Errors of reading a file of examples.
#[derive(Debug, thiserror::Error)]
pub enum ExampleError {
    /// Reading failed.
    #[error("line {line}: {source}")]
    Io {
        /// Line number, from 1.
        line: usize,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A line is not an example.
    #[error("line {line}: not an example: {source}")]
    Json {
        /// Line number, from 1.
        line: usize,
        /// The error of the parser.
        source: serde_json::Error,
    },
}

/// Writes examples, one a line.
///
/// # Errors
/// If writing fails.
pub fn write<'a>(examples: impl IntoIterator<Item = &'a Example>, mut out: impl Write) -> io::Result<()> {
    for example in examples {
        serde_json::to_writer(&mut out, example)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Reads examples, one a line; empty lines are skipped.
///
/// # Errors
/// [`ExampleError`] with the line's number.
pub fn read(input: impl BufRead) -> Result<Vec<Example>, ExampleError> {
    let mut examples = Vec::new();
    for (i, line) in input.lines().enumerate() {
        let line = line.map_err(|source| ExampleError::Io { line: i + 1, source })?;
        if !line.trim().is_empty() {
            examples.push(serde_json::from_str(&line).map_err(|source| ExampleError::Json { line: i + 1, source })?);
        }
    }
    Ok(examples)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn lines_round_trip() {
        let examples = vec![
            Example::Conjecture { difficulty: Difficulty::Hard, statement: "(= z z)\n\"é\"".to_owned() },
            Example::Policy {
                state: "{ x : nat } (= x x)".to_owned(),
                actions: vec!["intro y.".to_owned(), "apply f.".to_owned()],
                chosen: vec![(1, 0.75), (0, 0.25)],
                steps: 3,
            },
            Example::Value { state: String::new(), solved: false },
            Example::Drawn {
                choices: Choices::Statement {
                    difficulty: Difficulty::Hard,
                    pieces: vec![(strings(&["(=", "nat"]), 0), (strings(&[" z"]), 0)],
                },
                advantage: -0.5,
            },
            Example::Drawn {
                choices: Choices::Action { state: "(= z z)".into(), actions: strings(&["a.", "b."]), chosen: 1 },
                advantage: 1.5,
            },
        ];
        let mut bytes = Vec::new();
        write(&examples, &mut bytes).unwrap();
        assert_eq!(bytes.iter().filter(|&&b| b == b'\n').count(), 5);
        assert_eq!(read(&bytes[..]).unwrap(), examples);
        let cut = &bytes[..bytes.len() - 5];
        assert!(matches!(read(cut), Err(ExampleError::Json { line: 5, .. })));
    }
}
