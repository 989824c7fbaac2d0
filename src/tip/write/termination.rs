//! Check that recursion is about smaller arguments, as `fun` requires it: in any sequence of calls, some argument gets
//! smaller again and again. An error of this check names the function and its call in the problem; the check of the
//! theory decides what `fun` accepts.

use super::clauses::Clause;
use super::print::Written;
use super::*;
use prover_theory::termination::{self, Endless, require_end};

/// A recursive call.
struct Call {
    /// The place of the clause that makes it.
    clause: usize,
    term: Shared,
}

impl Writer {
    /// The error of a function whose recursion is not seen to end; `None` if it is.
    pub(super) fn check_recursion(
        &mut self,
        at: usize,
        symbol: Symbol,
        name: &str,
        clauses: &[Clause],
    ) -> Result<Option<TipError>> {
        let (mut calls, mut related) = (Vec::new(), Vec::new());
        for (place, clause) in clauses.iter().enumerate() {
            let smaller: Vec<Vec<&Shared>> = clause.patterns.iter().map(|pattern| self.components(pattern)).collect();
            let mut open = vec![&clause.body];
            let mut found = Vec::new();
            while let Some(term) = open.pop() {
                open.extend(term.term.parts());
                if matches!(&term.term, Term::Apply(head, ..) if *head == symbol) {
                    found.push(term);
                }
            }
            let work: u64 = clause.patterns.iter().map(|pattern| pattern.size.saturating_mul(pattern.size)).sum();
            let work = work.saturating_mul(clause.patterns.len() as u64);
            self.copy(at, clause.body.size.saturating_add(work.saturating_mul(found.len() as u64)))?;
            for term in found {
                related.push(relations(term, &clause.patterns, &smaller));
                calls.push(Call { clause: place, term: term.clone() });
            }
        }
        let call = match require_end(&related) {
            Ok(()) => None,
            Err(Endless::Circle(circle)) => circle.first().and_then(|&place| calls.get(place)),
            Err(Endless::TooMany) => calls.first(),
        };
        Ok(call.map(|call| self.endless(at, name, call, &clauses[call.clause])))
    }

    fn endless(&mut self, at: usize, name: &str, call: &Call, clause: &Clause) -> TipError {
        let mut written = Written::new(&[]);
        for pattern in &clause.patterns {
            if let Err(error) = self.pattern(at, pattern, &mut written) {
                return error;
            }
        }
        let mut seen: BTreeSet<Variable> = clause.patterns.iter().flat_map(|pattern| pattern.free()).collect();
        for variable in call.term.free() {
            if seen.insert(variable) {
                self.name(variable, &mut written);
            }
        }
        let text = match self.text(at, &call.term, &mut written) {
            Ok(text) => text.chars().take(300).collect::<String>(),
            Err(error) => return error,
        };
        let message = format!(
            "`{name}` is not seen to end: its call `{text}` is not about smaller arguments, and without that its \
             equations are no definition"
        );
        TipError::new(at, message)
    }

    /// The components of a pattern, which are smaller than it: its parts that are arguments of its own type.
    fn components<'a>(&self, pattern: &'a Shared) -> Vec<&'a Shared> {
        let (mut found, mut open) = (Vec::new(), vec![pattern]);
        while let Some(pattern) = open.pop() {
            let Term::Apply(symbol, _, fields) = &pattern.term else { continue };
            let info = &self.symbols[*symbol];
            for (field, ty) in fields.iter().zip(&info.inputs) {
                let is_recursive = match ty {
                    Ty::Arrow(_, output) => **output == info.output,
                    ty => *ty == info.output,
                };
                if is_recursive {
                    found.push(field);
                    open.push(field);
                }
            }
        }
        found
    }
}

/// The relations of a call's arguments to the patterns.
fn relations(call: &Node, patterns: &[Shared], smaller: &[Vec<&Shared>]) -> termination::Call {
    let mut related = termination::Call::default();
    let Term::Apply(_, _, arguments) = &call.term else { return related };
    for (place, argument) in arguments.iter().enumerate() {
        let head = match &argument.term {
            Term::Call(function, _) => function,
            _ => argument,
        };
        for (of, (pattern, smaller)) in patterns.iter().zip(smaller).enumerate() {
            if argument == pattern {
                related.relate(place, of, false);
            } else if smaller.contains(&head) {
                related.relate(place, of, true);
            }
        }
    }
    related
}
