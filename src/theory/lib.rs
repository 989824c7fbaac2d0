//! Syntax tree -> logic: elaboration, imports, attributes, scripts -> proof terms, goal files; equality saturation.
//!
//! A [`Theory`] is an environment of the kernel with what is known of its constants beyond logic. [`load`] checks files,
//! [`import`] finds them, [`library`] has those that are built in; [`equality`] proves equations. Whatever is found here ends in a
//! proof term that `prover_logic` checks.
//!
//! ```
//! use prover_theory::Theory;
//! use prover_theory::import::{Files, SourceText};
//!
//! let text = "import \"nat-add\". theorem t : (= (+ z z) z) { show (= (+ z z) z) by +_z. }";
//! let (theory, report) = Theory::load(SourceText::text("mine", text), &Files);
//! assert!(report.is_fine() && theory.environment.find("t").is_some());
//! ```

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
pub mod terms;
mod theory;

pub use theory::{Attributes, ForwardPattern, FrozenTheory, Theory};
