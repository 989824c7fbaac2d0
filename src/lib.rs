//! `prover`: a machine that teaches itself mathematics.
//!
//! It reads a theory written as axioms in the Peano language, invents conjectures, proves them by tree search guided by
//! a transformer that it trains itself, and steers towards goals that a person gave it. Every proof that it reports was
//! accepted by a small kernel that trusts nothing else.
//!
//! ```
//! use prover::network::Uniform;
//! use prover::prove::{Budget, Lemmas, Prover};
//! use prover::theory::Theory;
//! use prover::theory::import::{Files, SourceText};
//!
//! // A theory that is built in, and a statement of it.
//! let lemmas = Lemmas::new("nat-add");
//! let statement = lemmas.goal("zero_add", "[('a0 : nat) -> (= (+ z 'a0) 'a0)]")?;
//!
//! // Found: by search, here without a network.
//! let world = lemmas.world()?;
//! let budget = Budget { nodes: 10_000, seconds: None, batch: 1 };
//! let (theorem, _) = Prover::new(&world, &Uniform, 0).prove(&lemmas, &statement, budget);
//! let theorem = theorem.expect("induction proves this within a few nodes");
//! assert!(theorem.script.contains("apply nat_ind."));
//!
//! // Checked: `prove` has done so; any file of the language is checked like this.
//! let file = SourceText::text("zero_add", lemmas.file(&theorem));
//! let (theory, report) = Theory::load(file, &Files);
//! assert!(report.is_fine() && theory.environment.find("zero_add").is_some());
//! # Ok::<(), prover::prove::WorldError>(())
//! ```
//!
//! # The map of the house
//!
//! Each floor is a crate, so that the compiler enforces which part may use which. A floor keeps its folder in src/,
//! with a `Cargo.toml` and a `lib.rs` of its own; this crate is the program, and re-exports the floors.
//!
//! | floor | holds | knows |
//! |---|---|---|
//! | [`logic`] (src/logic) | the trusted kernel: terms, environments, reduction, type checking | nothing |
//! | [`syntax`] (src/syntax) | text to syntax tree and back: tokens, grammar, printing, positions, diagnostics | nothing |
//! | `prover_system` (src/system): [`input`], [`memory`], [`threads`] | files, pipes and standard input within limits; the memory of passes; how many threads start | nothing |
//! | [`theory`] (src/theory) | syntax tree to logic: elaboration, imports, scripts to proof terms, goal files, built-in theories; [`equality`]: e-graphs whose every claim becomes a proof term | `logic`, `syntax`, `system` |
//! | [`search`] (src/search) | AND/OR graphs and the algorithms on them, for any problem; stop rules; evaluators; [`picture`]s | nothing |
//! | [`graph`] (src/graph) | compute graphs: exact numbers, typed operators, questions in words and their elements, text form | `syntax` |
//! | [`network`] (src/network) | the transformer: tokenizer, model, checkpoints, devices; [`learn`]: examples, losses, optimiser, trainer | `search`, `system`; with the feature `gpu` the crate `prover-gpu` (kernels/) |
//! | [`models`] (src/models) | models of a theory: evaluation, truth tables, finite models: refutation of statements | `theory`; deadlines of `search` |
//! | [`proof`] (src/proof) | a proof attempt as a search problem: states, actions, wording; solutions to proof terms and scripts | `theory`, `search` |
//! | [`prove`] (src/prove) | one statement by all means: search, saturation, lemmas found on the way; goal sets; the library of lemmas | `proof`, `models`, `network` |
//! | [`conjecture`] (src/conjecture) | statements written piece by piece, well typed by construction; filters | `proof` |
//! | [`tip`] (src/tip) | problems in TIP notation as text of the language | the tokens of `syntax`; termination as `theory` judges it |
//! | [`export`] (src/export) | checked theories and proofs for the kernels of Rocq and Lean; digests of proofs | `theory` |
//! | `prover_broker` (src/broker) | jobs, answers and blobs over a Redis server | nothing |
//!
//! | module of this crate | holds | uses |
//! |---|---|---|
//! | [`answer`] | a question as a search problem; attempts, votes, evaluation; data sets; the network that ships | `graph`, `search`, `network` |
//! | [`synth`] | one program for many questions of a kind: problems, attempts, records, figures | `answer`, `evaluation` |
//! | [`evaluation`] | statements outside of all training, attempted by several contestants: shares solved, with intervals and tests | `conjecture`, `prove`, `network` |
//! | [`selfplay`] | authors of conjectures, difficulty, hindsight and the loop, for proofs and for questions | `conjecture`, `prove`, `answer` |
//! | [`run`] | a run on disk: settings, directory, metrics, resume, progress, and self-play in it | `selfplay` |
//! | [`machines`] | attempts made by workers on other machines: messages, checks of the answers; scripts for a cluster | `selfplay`, the broker |
//! | [`experiments`] | several runs: sweeps, runs read back, the page, trees in files, files for other tools | `run` |
//! | [`repl`] | the interactive prover, without its terminal: goals, steps, undo, search, files | `proof`, `prove`, `run` |
//! | [`cli`] | one file a command: arguments, output, exit statuses; no logic of its own | all of them |
//!
//! A change belongs to the lowest place whose right column has what it needs: a new step of search in `search`, a new
//! way to prove in `prove`, a new thing that a proof may do in `proof`, a new operator of graphs in `graph`, a new
//! figure of a run in `run`. Code that only presents results stays in `cli`.
//!
//! Dependencies have one direction: no floor and no module knows one that uses it.
//!
//! # Two ideas
//!
//! 1. **One search for all problems.** [`search`] knows the [`Problem`](search::Problem) trait (states, actions, steps,
//!    text for the model) and nothing of theorems. [`proof`] implements it. Algorithms, stop rules, batching and the
//!    tree serve whatever else implements it.
//! 2. **Found, then checked.** Search, matching and scripts all end in a proof term, and only [`logic`] says that it
//!    proves the statement. A fault anywhere else can lose a proof, never accept a false one. docs/soundness.md has the
//!    argument.
//!
//! Texts for users are in docs/: the language, compute graphs, the interactive prover, self-play, error codes,
//! soundness, performance.

pub mod answer;
pub mod cli;
#[cfg(test)]
mod documented;
pub mod evaluation;
pub mod experiments;
pub mod machines;
pub mod repl;
pub mod run;
pub mod selfplay;
pub mod synth;

pub use prover_conjecture as conjecture;
pub use prover_export as export;
pub use prover_graph as graph;
pub use prover_logic as logic;
pub use prover_models as models;
pub use prover_network as network;
pub use prover_network::learn;
pub use prover_proof as proof;
pub use prover_prove as prove;
pub use prover_search as search;
pub use prover_search::picture;
pub use prover_syntax as syntax;
pub use prover_system::{input, memory, threads};
pub use prover_theory as theory;
pub use prover_theory::equality;
pub use prover_tip as tip;
