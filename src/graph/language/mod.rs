//! Compute graphs: typed operators over the elements of a question, their evaluation and their text form.
//!
//! | module | holds |
//! |---|---|
//! | [`dag`] | graphs, how they are built, their types and evaluation |
//! | [`operators`], [`kinds`] | the operators: one item each, with documentation, evaluation and example; conversion of values into arguments |
//! | [`python`] | graphs as Python programs |
//! | [`text`] | the text form: [`parse`] |
//! | [`token`], [`tree`] | its tokens and its syntax tree, built by the parser of grammar/graph.lalrpop |
//! | [`mod@file`] | files of questions with graphs |
//! | [`compare`] | comparison of answers, by text and by value |
//! | [`codes`] | the codes of errors |

pub mod codes;
pub mod compare;
pub mod dag;
pub mod file;
pub mod kinds;
pub mod operators;
pub mod python;
pub mod text;
pub mod token;
pub mod tree;

pub use text::parse;
pub use token::quoted;
