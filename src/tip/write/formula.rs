//! Goals and assumptions.
//!
//! A formula without quantifiers inside of a value is a proposition: `forall` and `=>` are arrows, `=` is equality, and
//! a truth value `b` becomes `(= b true)`. Connectives that the language lacks are expressed by their rules of
//! elimination, for all propositions: `(exists ((x A)) F)` by `[('P : prop) -> [('x : A) -> F -> 'P] -> 'P]`, and `and`
//! and `or` in the same way where their parts are not truth values. The negation of `F` is the proposition that `F`
//! implies `(= true false)`.

use super::clauses::Frame;
use super::equality::Deciders;
use super::print::Written;
use super::*;

/// The context of a formula.
struct Context {
    scope: Scope,
    written: Written,
}

impl Writer {
    pub(super) fn goal(&mut self, formula: &Sexp) -> Result<()> {
        let text = self.statement(formula)?;
        self.count += 1;
        let name = if self.count == 1 { self.goal.clone() } else { format!("{}_{}", self.goal, self.count) };
        // A goal has no name of the theory.
        let name = self.free(&name);
        let _ = writeln!(self.goals, "{name} : {text}.");
        Ok(())
    }

    pub(super) fn assumption(&mut self, formula: &Sexp) -> Result<()> {
        let text = self.statement(formula)?;
        self.assumed += 1;
        let name = self.free(&format!("assumed_{}", self.assumed));
        let _ = write!(self.theory, "\n{name} : {text}.\n");
        Ok(())
    }

    /// A formula for all its type parameters.
    fn statement(&mut self, formula: &Sexp) -> Result<String> {
        let (parameters, formula) = self.parameters(formula)?;
        let quoted = parameters.quoted.clone();
        let mut context = Context { scope: Scope::new(parameters), written: Written::new(&quoted) };
        let text = self.proposition(formula, &mut context)?;
        Ok(quantified(&quoted, &text))
    }

    fn proposition(&mut self, sexp: &Sexp, context: &mut Context) -> Result<String> {
        let text = stacker::maybe_grow(128 * 1024, 4 * 1024 * 1024, || self.unpaid_proposition(sexp, context))?;
        self.spend(sexp.at(), text.len() as u64)?;
        Ok(text)
    }

    fn unpaid_proposition(&mut self, sexp: &Sexp, context: &mut Context) -> Result<String> {
        match self.known_form(sexp, context) {
            Some(("forall", rest)) => {
                let [binders, body] = exactly(sexp, rest, "(forall ((x TYPE) ...) FORMULA)")?;
                let (text, body) = self.bound_proposition(binders, body, context)?;
                Ok(format!("[{text}{}]", open_arrow(&body)))
            }
            Some(("exists", rest)) => {
                let [binders, body] = exactly(sexp, rest, "(exists ((x TYPE) ...) FORMULA)")?;
                let claim = context.written.free("P");
                let (text, body) = self.bound_proposition(binders, body, context)?;
                Ok(format!("[({claim} : prop) -> [{text}{body} -> {claim}] -> {claim}]"))
            }
            Some(("let", rest)) => {
                let [binders, body] = exactly(sexp, rest, "(let ((x TERM) ...) FORMULA)")?;
                let names = self.bind_values(binders, &mut context.scope)?;
                let text = self.proposition(body, context)?;
                context.scope.pop(names);
                Ok(text)
            }
            Some(("=>", rest)) if rest.len() > 1 => self.implication(rest, context),
            Some((word @ ("and" | "or"), rest)) if !rest.is_empty() && !self.is_value(sexp) => {
                let claim = context.written.free("P");
                let parts = rest.iter().map(|part| self.proposition(part, context)).collect::<Result<Vec<_>>>()?;
                let premises = match word {
                    "and" => format!("[{} -> {claim}]", parts.join(" -> ")),
                    _ => parts.iter().map(|part| format!("[{part} -> {claim}]")).collect::<Vec<_>>().join(" -> "),
                };
                Ok(format!("[({claim} : prop) -> {premises} -> {claim}]"))
            }
            Some(("=", rest)) => {
                let [left, right] = exactly(sexp, rest, "(= TERM TERM)")?;
                self.equation(sexp, left, right, context)
            }
            Some(("distinct", rest)) => {
                let [left, right] = exactly(sexp, rest, "(distinct TERM TERM)")?;
                self.uses("Bool");
                Ok(format!("[{} -> (= true false)]", self.equation(sexp, left, right, context)?))
            }
            Some(("not", [negated])) => {
                self.uses("Bool");
                match self.is_value(negated) {
                    true => self.truth(negated, "false", context),
                    false => Ok(format!("[{} -> (= true false)]", self.proposition(negated, context)?)),
                }
            }
            _ => {
                self.uses("Bool");
                self.truth(sexp, "true", context)
            }
        }
    }

    /// Premises and a conclusion.
    fn implication(&mut self, rest: &[Sexp], context: &mut Context) -> Result<String> {
        let mut parts = Vec::new();
        for (place, part) in rest.iter().enumerate() {
            // `A and B` before an arrow is `A`, then `B`.
            let is_premise = place + 1 < rest.len() && !self.is_value(part);
            match self.known_form(part, context).filter(|_| is_premise) {
                Some(("and", premises)) => {
                    for premise in premises {
                        parts.push(self.proposition(premise, context)?);
                    }
                }
                _ => parts.push(self.proposition(part, context)?),
            }
        }
        let conclusion = parts.pop().unwrap_or_default();
        Ok(format!("[{} -> {}]", parts.join(" -> "), open_arrow(&conclusion)))
    }

    /// A form whose word the problem has given no other meaning.
    fn known_form<'a>(&self, sexp: &'a Sexp, context: &Context) -> Option<(&'a str, &'a [Sexp])> {
        let is_own = |word: &str| self.terms.contains_key(word) || context.scope.get(word).is_some();
        sexp.form().filter(|(word, _)| !is_own(word))
    }

    /// The text of binders, and a formula under them.
    fn bound_proposition(&mut self, binders: &Sexp, body: &Sexp, context: &mut Context) -> Result<(String, String)> {
        let (variables, names) = self.bind(binders, &mut context.scope)?;
        let mut text = String::new();
        for variable in variables {
            let ty = self.variables[variable].ty.text();
            let _ = write!(text, "({} : {ty}) -> ", self.name(variable, &mut context.written));
        }
        self.spend(binders.at(), text.len() as u64)?;
        let body = self.proposition(body, context)?;
        context.scope.pop(names);
        Ok((text, body))
    }

    /// Whether a formula is best written as a truth value: equality, quantifiers and formulas that contain them are
    /// not.
    fn is_value(&self, sexp: &Sexp) -> bool {
        match sexp.form() {
            Some(("=" | "distinct" | "forall" | "exists" | "let", _)) => false,
            Some(("and" | "or" | "not" | "=>", parts)) => parts.iter().all(|part| self.is_value(part)),
            _ => true,
        }
    }

    fn equation(&mut self, sexp: &Sexp, left: &Sexp, right: &Sexp, context: &mut Context) -> Result<String> {
        let (left, right) = (self.read(left, &mut context.scope)?, self.read(right, &mut context.scope)?);
        self.unify(sexp, &left.ty, &right.ty)?;
        let (left, right) = (self.value(sexp, &left.term, context)?, self.value(sexp, &right.term, context)?);
        Ok(format!("(= {left} {right})"))
    }

    fn truth(&mut self, sexp: &Sexp, says: &str, context: &mut Context) -> Result<String> {
        let read = self.read(sexp, &mut context.scope)?;
        self.unify(sexp, &read.ty, &Ty::named("Bool"))?;
        Ok(format!("(= {} {says})", self.value(sexp, &read.term, context)?))
    }

    /// The text of a term of a formula.
    fn value(&mut self, sexp: &Sexp, term: &Shared, context: &mut Context) -> Result<String> {
        let at = sexp.at();
        let term = self.closed(at, term)?;
        let term = self.decided(at, &term, &Deciders { assumed: true, ..Deciders::default() })?;
        let parameters = context.scope.parameters.quoted.clone();
        let term = self.without_matches(Frame { at, parameters: &parameters, function: None }, &term)?;
        self.text(at, &term, &mut context.written)
    }
}
