//! From syntax trees to theories: elaboration, imports, declarations, scripts to proof terms, goal files, equality
//! saturation.
//!
//! A file of the language is a list of items. This floor reads them in order and translates each for the kernel:
//! declarations become constants, `data` and `fun` become constants and axioms, scripts become proof terms. The result
//! is a [`Theory`]: an environment of `prover_logic` with the properties of its constants beyond logic (attributes,
//! names of binders, data types, functions). Nothing here is trusted. Every proof found ends in a proof term, and only
//! the kernel says that it proves the statement; a fault in this crate can lose a proof, never accept a false one. The
//! exception is [`data`] and `fun`, whose axioms the kernel takes as they are: docs/soundness.md argues why those that
//! are accepted are true together.
//!
//! A file is checked with its imports, by name or from disk:
//!
//! ```
//! use prover_theory::Theory;
//! use prover_theory::import::{Files, SourceText};
//!
//! let text = "import \"nat-add\". theorem t : (= (+ z z) z) { show (= (+ z z) z) by +_z. }";
//! let (theory, report) = Theory::load(SourceText::text("mine", text), &Files);
//! assert!(report.is_fine() && theory.environment.find("t").is_some());
//! ```
//!
//! A statement is elaborated on its own, and proved by a script:
//!
//! ```
//! use prover_theory::Theory;
//! use prover_theory::script::prove_with_script;
//!
//! let mut theory = Theory::from_source("nat-add")?;
//! let statement = theory.statement("(= (+ (s z) z) (s z))").expect("a proposition of the theory");
//! let script = "show (= (+ (s z) z) (s z)) by +_z.";
//! assert!(prove_with_script(&mut theory, "mine", statement, script).is_ok());
//! # Ok::<(), prover_theory::load::LoadError>(())
//! ```
//!
//! # Modules
//!
//! | for | modules |
//! |---|---|
//! | terms as objects of reasoning: matching, signatures, rewriting, the path order, normal forms | [`terms`] |
//! | equality saturation: e-graphs whose every claim becomes a proof term | [`equality`] |
//! | a theory, and its data beside the environment | [`Theory`], [`declared`] |
//! | syntax terms to kernel terms; names in scope | [`elaborate`], [`scope`] |
//! | termination of recursion | [`termination`] |
//! | errors, with suggestions | [`fault`], [`suggest`] |
//! | kernel terms to text: as in files, or infix for reading | [`mod@print`], [`notation`] |
//! | files: found, read, told apart; built-in theories | [`import`], [`library`], [`identity`] |
//! | the check of a file and its report; limits | [`load`], [`limits`] |
//! | the items `data` and `fun`; the commands `#check`, `#eval`, `#print` | [`data`], [`command`], [`evaluate`] |
//! | scripts, and the facts that they use | [`script`], [`facts`] |
//! | goal files | [`goals`] |
//!
//! [`terms`] and [`equality`] know nothing of the others; elaboration knows terms and names, scripts know elaboration,
//! and [`load`] knows all of them.
//!
//! # Users
//!
//! The root package: proof search takes facts, rules and matching from here ([`terms`], [`equality`]) and hands scripts
//! back ([`script`]); the library of lemmas, self-play and the interactive prover load and extend theories; the command
//! `check` prints [reports](load::LoadReport). Texts of errors are made here, and shown by `prover_syntax::render`.

#![forbid(unsafe_code)]

mod attribute;
pub mod command;
pub mod data;
pub mod declared;
mod draft;
pub mod elaborate;
pub mod equality;
pub mod evaluate;
pub mod facts;
pub mod fault;
mod function;
pub mod goals;
pub mod identity;
pub mod import;
pub mod library;
pub mod limits;
pub mod load;
pub mod notation;
mod portable;
mod pretty;
pub mod print;
pub mod scope;
pub mod script;
pub mod suggest;
pub mod termination;
pub mod terms;
mod theory;

pub use theory::{Attributes, ForwardPattern, FrozenTheory, Theory};
