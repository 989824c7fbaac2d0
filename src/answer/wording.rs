//! Partial graphs and actions as text for a model.
//!
//! A state is the question with its elements marked, the value that is wanted if it is to be shown, and the graph so
//! far: a `let` for each statement, and the term with the type of the next hole in angle brackets and `_` for later
//! ones.
//!
//! ```text
//! Let f0:w be f1:3 + 4. Calculate the remainder when f2:20 is divided by f3:w.
//! = 6
//! let t0 = bind(env, f0, f1)
//! mod(f2, <Int>)
//! ```

use super::problem::GraphProblem;
use super::state::{Action, Finished, Partial, Purpose, State};
use crate::graph::language::dag::Node;

/// The beginning of the texts of states where the wanted value is shown; `marked`, the marked question, is their
/// beginning otherwise.
pub fn showing(marked: &str, wanted: &str) -> String {
    format!("{marked}\n= {wanted}")
}

impl GraphProblem {
    /// A state as text.
    pub(super) fn written_state(&self, state: &State) -> String {
        let before = self.shown().map_or_else(|| self.marked.clone(), |wanted| showing(&self.marked, wanted));
        before + &self.so_far(state)
    }

    /// The end of a state's text: the graph so far. It comes after the question [marked](crate::answer::marked), and a
    /// value if one is
    /// [shown](showing).
    pub fn so_far(&self, state: &State) -> String {
        let partial = &*state.partial;
        let mut text = String::new();
        for (index, scope) in partial.scopes.iter().skip(1).enumerate() {
            text.push_str(&format!("\nlet t{index} = {}", self.term(partial, *scope, Some(*scope))));
        }
        text.push('\n');
        match partial.purpose {
            Purpose::Undecided => text.push_str("<Env or answer>"),
            Purpose::Statement | Purpose::Answer => text.push_str(&self.written_term(partial)),
        }
        text
    }

    fn written_term(&self, partial: &Partial) -> String {
        let hole = partial.hole().kind.map_or("<answer>".to_owned(), |kind| format!("<{kind}>"));
        partial.frames.iter().rev().fold(hole, |inner, frame| {
            let count = frame.applied.signature().parameters.len();
            let before = frame.arguments.iter().map(|argument| self.term(partial, *argument, None));
            let after = (frame.arguments.len() + 1..count).map(|_| "_".to_owned());
            let arguments: Vec<String> = before.chain([inner]).chain(after).collect();
            format!("{}({})", frame.applied.operator().name, arguments.join(", "))
        })
    }

    /// A finished node. Environments of statements are shown by their names, except for the one that is to be written
    /// out; so are nodes that can be shared.
    fn term(&self, partial: &Partial, node: Finished, spelled: Option<Finished>) -> String {
        let scope = partial.scopes.iter().skip(1).position(|scope| *scope == node);
        if let Some(index) = scope.filter(|_| spelled != Some(node)) {
            return format!("t{index}");
        }
        match self.arena.get(node) {
            Node::Element(index) => format!("f{index}"),
            Node::Literal(value) => value.to_string(),
            Node::Apply { applied, arguments } => {
                // Terms are at most as deep as their bound on operators, and statements go by their names.
                let terms: Vec<String> = arguments.iter().map(|argument| self.term(partial, *argument, None)).collect();
                let name = applied.operator().name;
                let text = if terms.is_empty() { name.to_owned() } else { format!("{name}({})", terms.join(", ")) };
                match partial.finished.iter().position(|finished| *finished == node) {
                    Some(index) => format!("t{}={text}", partial.scopes.len() - 1 + index),
                    None => text,
                }
            }
        }
    }

    /// An action: a term, the name of a shared node, an operator (with the types of its arguments if it has several
    /// signatures), or `answer`.
    pub(super) fn written_action(&self, partial: &Partial, action: Action) -> String {
        match action {
            Action::State(node) => self.term(partial, node, Some(node)),
            Action::Ask => "answer".into(),
            Action::Leaf { node, .. } => self.term(partial, node, None),
            Action::Share(node) => {
                let place = partial.finished.iter().position(|finished| *finished == node);
                let index = place.expect("only nodes that the term has are shared in it");
                format!("t{}", partial.scopes.len() - 1 + index)
            }
            Action::Apply(applied) => {
                let operator = applied.operator();
                if operator.signatures.len() < 2 {
                    return operator.name.into();
                }
                let kinds: Vec<&str> = applied.signature().parameters.iter().map(|kind| kind.name()).collect();
                format!("{}({})", operator.name, kinds.join(", "))
            }
        }
    }
}
