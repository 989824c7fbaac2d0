//! `prover`: a machine that teaches itself mathematics.
//!
//! It reads a theory written as axioms in the Peano language, invents conjectures, proves them by tree search guided by a
//! transformer that it trains itself, and steers towards goals that a person gave it. Every proof that it reports was
//! accepted by a small kernel that trusts nothing else.
//!
//! ```
//! use prover::policy::Uniform;
//! use prover::selfplay::prove::prove;
//! use prover::selfplay::{Budget, Lemmas};
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
//! let (theorem, _) = prove(&lemmas, &world, &statement, &Uniform, budget, 0);
//! let theorem = theorem.expect("induction proves this within a few nodes");
//! assert!(theorem.script.contains("apply nat_ind."));
//!
//! // Checked: `prove` has done so; any file of the language is checked like this.
//! let file = SourceText::text("zero_add", lemmas.file(&theorem));
//! let (theory, report) = Theory::load(file, &Files);
//! assert!(report.is_fine() && theory.environment.find("zero_add").is_some());
//! # Ok::<(), prover::selfplay::WorldError>(())
//! ```
//!
//! # The map of the house
//!
//! | module | holds | uses |
//! |---|---|---|
//! | [`input`] | reading files, pipes and standard input within limits | nothing of the crate |
//! | [`threads`] | how many threads a command starts | nothing of the crate |
//! | [`logic`] | the trusted kernel: terms, environments, reduction, type checking | nothing of the crate |
//! | [`syntax`] | text to syntax tree and back: tokens, positions, diagnostics | nothing of the crate |
//! | [`equality`] | equality saturation: e-graphs whose every claim becomes a proof term | `logic` |
//! | [`theory`] | syntax tree to logic: elaboration, imports, scripts to proof terms, goal files, what is built in | `logic`, `syntax`, `equality`; the error codes of `graph` |
//! | [`graph`] | compute graphs: questions in words, their elements, typed operators, exact evaluation, text form | the positions and diagnostics of `syntax`, `search`, `picture` |
//! | [`picture`] | boxes and arrows as DOT and SVG | nothing of the crate |
//! | [`tip`] | problems in TIP notation as text of the language | the tokens of `syntax` |
//! | [`policy`] | what guides a search: uniform, transformer; tokenizer, model, checkpoints, devices | nothing of the crate; with the feature `gpu` the crate `prover-kernels` |
//! | [`search`] | AND/OR graphs and the algorithms on them, for any problem; stop rules | `policy`'s [`Evaluator`](policy::Evaluator), `picture` |
//! | [`proof`] | a proof attempt as a search problem; solutions to proof terms and scripts | `theory`, `equality`, `logic`, `search` |
//! | [`learn`] | examples, losses, schedules, optimiser, trainer | `policy` |
//! | [`selfplay`] | conjectures, attempts, difficulty, hindsight, the loop; the same for questions | `proof`, `graph`, `search`, `theory`, `learn`, `policy` |
//! | [`run`] | a run on disk: settings, directory, metrics, resume, progress, and self-play in it | `selfplay`, `learn`, `policy` |
//! | [`repl`] | the interactive prover, without its terminal: goals, steps, undo, search, files | `proof`, `search`, `theory`, `policy` |
//! | [`cli`] | one file a command; no logic of its own | all of them |
//!
//! All that read files use `input`, and all that start threads use `threads`. Nothing points back: no module knows one
//! that uses it.
//!
//! # Two ideas
//!
//! 1. **One search for all problems.** [`search`] knows the [`Problem`](search::Problem) trait (states, actions, steps, text for
//!    the model) and nothing of theorems. [`proof`] implements it. Algorithms, stop rules, batching and the tree serve
//!    whatever else implements it.
//! 2. **Found, then checked.** Search, matching and scripts all end in a proof term, and only [`logic`] says that it proves
//!    the statement. A fault anywhere else can lose a proof, never accept a false one. docs/soundness.md has the argument.
//!
//! Texts for users are in docs/: the language, compute graphs, the interactive prover, self-play, error codes, soundness,
//! performance.

pub mod cli;
pub mod equality;
pub mod graph;
pub mod input;
pub mod learn;
pub mod logic;
pub mod picture;
pub mod policy;
pub mod proof;
pub mod repl;
pub mod run;
pub mod search;
pub mod selfplay;
pub mod syntax;
pub mod theory;
pub mod threads;
pub mod tip;
