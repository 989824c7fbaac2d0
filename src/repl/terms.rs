//! `check`, `eval`, `print`, `list`: queries.

use super::error::ReplError;
use super::show::closed_text;
use super::{Reported, Session};
use crate::theory::Theory;
use crate::theory::command;
use crate::theory::limits::ITEM_BUDGET;
use crate::theory::scope::Scope;

impl Session {
    /// A theory to look things up in, and the names of the goal in focus.
    pub(super) fn here(&self) -> (Theory, Scope) {
        let (mut theory, scope) = match (&self.view, self.focused()) {
            (Some(view), Ok(open)) => (view.theory.clone(), open.scope.clone()),
            _ => (self.layer().theory.clone(), self.layer().theory.scope()),
        };
        theory.environment.set_budget(ITEM_BUDGET);
        (theory, scope)
    }

    /// The type of a term.
    pub(super) fn check(&mut self, text: &str, at: usize) -> Reported {
        // Blanks before it give what is wrong with it the positions of the input.
        let text = format!("{:at$}{}", "", text.trim_end_matches('.'));
        let (mut theory, scope) = self.here();
        command::check_text(&mut theory, &scope, &text).map_err(ReplError::Input)
    }

    /// The value of a term.
    pub(super) fn eval(&mut self, text: &str, at: usize) -> Reported {
        let text = format!("{:at$}{}", "", text.trim_end_matches('.'));
        let (mut theory, scope) = self.here();
        command::eval_text(&mut theory, &scope, &text).map_err(ReplError::Input)
    }

    /// The declaration of a name.
    pub(super) fn print(&mut self, name: &str) -> Reported {
        let (mut theory, scope) = self.here();
        if scope.get(name).is_some() {
            return self.check(name, 0);
        }
        let environment = &mut theory.environment;
        if environment.find(name).is_none() {
            let known = environment.declarations().map(|(_, declaration)| &*declaration.name);
            let suggestion = crate::theory::suggest::closest(name, known).map(str::to_owned);
            return Err(ReplError::UnknownName { name: name.into(), suggestion });
        }
        command::print_name(&mut theory, name).map_err(ReplError::Input)
    }

    /// The declared names whose line contains a text.
    pub(super) fn list(&mut self, text: &str) -> String {
        let (mut theory, _) = self.here();
        let all: Vec<_> = theory.environment.declarations().map(|(_, d)| (d.name.clone(), d.ty)).collect();
        let lines = all.into_iter().map(|(name, ty)| format!("{name} : {}", closed_text(&mut theory, ty)));
        let lines: Vec<String> = lines.filter(|line| line.contains(text)).collect();
        if lines.is_empty() { "nothing".into() } else { lines.join("\n") }
    }
}
