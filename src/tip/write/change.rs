//! Terms with variables and type variables replaced. Binders get new variables, so that nothing is captured; a match on
//! a constructor becomes its case.

use super::*;

/// A substitution for variables and type variables.
#[derive(Clone, Default)]
pub(super) struct Change {
    pub terms: BTreeMap<Variable, Shared>,
    pub types: BTreeMap<String, Ty>,
}

impl Writer {
    /// The result of a substitution in a term. The types in it are as far known as they can be.
    pub(super) fn changed(&mut self, at: usize, term: &Shared, change: &mut Change) -> Result<Shared> {
        stacker::maybe_grow(128 * 1024, 4 * 1024 * 1024, || self.changed_here(at, term, change))
    }

    fn changed_here(&mut self, at: usize, term: &Shared, change: &mut Change) -> Result<Shared> {
        let new = match &term.term {
            Term::Variable(variable) => match change.terms.get(variable) {
                Some(value) => {
                    self.copy(at, 1)?;
                    return Ok(value.clone());
                }
                None => Term::Variable(*variable),
            },
            Term::Numeral(value) => Term::Numeral(*value),
            Term::Apply(symbol, types, arguments) => {
                let types = types.iter().map(|ty| self.changed_type(at, ty, change)).collect::<Result<_>>()?;
                Term::Apply(*symbol, types, self.all_changed(at, arguments, change)?)
            }
            Term::Call(function, arguments) => {
                let function = self.changed(at, function, change)?;
                let arguments = self.all_changed(at, arguments, change)?;
                return match &function.term {
                    // A variable may have become the name of a function.
                    Term::Apply(..) => self.applied(at, &function, arguments),
                    _ => self.node(at, Term::Call(function, arguments)),
                };
            }
            Term::Chain(symbol, arguments) => Term::Chain(*symbol, self.all_changed(at, arguments, change)?),
            Term::Lambda(variables, body) => {
                let (variables, body) = self.changed_under(at, variables, body, change)?;
                Term::Lambda(variables, body)
            }
            Term::Match(matched) => {
                let of = self.changed(at, &matched.of, change)?;
                if let Some((constructor, fields)) = self.built(&of)
                    && let Some(case) = matched.cases.iter().find(|case| case.constructor == constructor)
                {
                    let fields = fields.to_vec();
                    let old: Vec<_> = case
                        .fields
                        .iter()
                        .zip(fields)
                        .map(|(&field, value)| (field, change.terms.insert(field, value)))
                        .collect();
                    let body = self.changed(at, &case.body, change);
                    restore(change, old);
                    return body;
                }
                let mut cases = Vec::new();
                for case in &matched.cases {
                    let (fields, body) = self.changed_under(at, &case.fields, &case.body, change)?;
                    cases.push(Case { constructor: case.constructor, fields, body });
                }
                let ty = self.changed_type(at, &matched.ty, change)?;
                let result = self.changed_type(at, &matched.result, change)?;
                Term::Match(Match { of, ty, result, cases })
            }
            Term::Equal(ty, left, right) => {
                let ty = self.changed_type(at, ty, change)?;
                Term::Equal(ty, self.changed(at, left, change)?, self.changed(at, right, change)?)
            }
        };
        self.node(at, new)
    }

    /// A term whose parts are replaced.
    pub(super) fn rebuilt(
        &mut self,
        at: usize,
        term: &Shared,
        part: &mut dyn FnMut(&mut Self, &Shared) -> Result<Shared>,
    ) -> Result<Shared> {
        stacker::maybe_grow(128 * 1024, 4 * 1024 * 1024, || {
            let new = match &term.term {
                Term::Variable(_) | Term::Numeral(_) => return Ok(term.clone()),
                Term::Apply(symbol, types, arguments) => {
                    let arguments = arguments.iter().map(|argument| part(self, argument)).collect::<Result<_>>()?;
                    Term::Apply(*symbol, types.clone(), arguments)
                }
                Term::Call(function, arguments) => {
                    let function = part(self, function)?;
                    let arguments = arguments.iter().map(|argument| part(self, argument)).collect::<Result<_>>()?;
                    Term::Call(function, arguments)
                }
                Term::Chain(symbol, arguments) => {
                    let arguments = arguments.iter().map(|argument| part(self, argument)).collect::<Result<_>>()?;
                    Term::Chain(*symbol, arguments)
                }
                Term::Lambda(variables, body) => Term::Lambda(variables.clone(), part(self, body)?),
                Term::Equal(ty, left, right) => Term::Equal(ty.clone(), part(self, left)?, part(self, right)?),
                Term::Match(matched) => {
                    let of = part(self, &matched.of)?;
                    let mut cases = Vec::new();
                    for case in &matched.cases {
                        let body = part(self, &case.body)?;
                        cases.push(Case { constructor: case.constructor, fields: case.fields.clone(), body });
                    }
                    Term::Match(Match { of, ty: matched.ty.clone(), result: matched.result.clone(), cases })
                }
            };
            self.node(at, new)
        })
    }

    fn all_changed(&mut self, at: usize, terms: &[Shared], change: &mut Change) -> Result<Vec<Shared>> {
        terms.iter().map(|term| self.changed(at, term, change)).collect()
    }

    /// The result of a substitution in the body of binders, which get new variables.
    fn changed_under(
        &mut self,
        at: usize,
        binders: &[Variable],
        body: &Shared,
        change: &mut Change,
    ) -> Result<(Vec<Variable>, Shared)> {
        let (mut new, mut old) = (Vec::new(), Vec::new());
        for &binder in binders {
            let fresh = self.again(at, binder, change)?;
            let term = self.of_variable(at, fresh)?;
            old.push((binder, change.terms.insert(binder, term)));
            new.push(fresh);
        }
        let body = self.changed(at, body, change);
        restore(change, old);
        Ok((new, body?))
    }

    /// A new variable of the same name, its type changed.
    pub(super) fn again(&mut self, at: usize, variable: Variable, change: &Change) -> Result<Variable> {
        let VariableInfo { name, ty } = self.variables[variable].clone();
        self.spend(at, name.len() as u64)?;
        let ty = self.changed_type(at, &ty, change)?;
        Ok(self.variable(&name, ty))
    }

    fn changed_type(&mut self, at: usize, ty: &Ty, change: &Change) -> Result<Ty> {
        let ty = self.known(at, ty)?;
        if change.types.is_empty() {
            return Ok(ty);
        }
        let sizes = change.types.iter().map(|(name, ty)| (name.as_str(), ty.size())).collect();
        self.copy(at, ty.size_with(&sizes))?;
        let ty = ty.with(&change.types);
        if ty.height() > MAX_HEIGHT {
            return Err(TipError::new(at, format!("the type of a part of this is nested more than {MAX_HEIGHT} deep")));
        }
        Ok(ty)
    }

    /// The constructor that a term begins with, if it has all its fields.
    pub(super) fn built<'a>(&self, term: &'a Node) -> Option<(Symbol, &'a [Shared])> {
        match &term.term {
            Term::Apply(symbol, _, fields)
                if matches!(self.symbols[*symbol].kind, Kind::Constructor { .. })
                    && fields.len() == self.symbols[*symbol].inputs.len() =>
            {
                Some((*symbol, fields))
            }
            _ => None,
        }
    }

    /// A term that was read, with all types known.
    pub(super) fn closed(&mut self, at: usize, term: &Shared) -> Result<Shared> {
        let term = self.changed(at, term, &mut Change::default())?;
        let mut is_open = |term: &Term| match term {
            Term::Apply(_, types, _) => types.iter().any(has_hole),
            Term::Equal(ty, ..) => has_hole(ty),
            Term::Match(matched) => has_hole(&matched.ty) || has_hole(&matched.result),
            _ => false,
        };
        if term.any(&mut is_open) {
            return Err(TipError::new(at, "the type of a part of this is unclear: write it with `_` or `as`"));
        }
        Ok(term)
    }

    /// The type of a term whose types are known.
    pub(super) fn type_of(&mut self, at: usize, term: &Node) -> Result<Ty> {
        let without = |ty: Ty, count: usize| match ty {
            Ty::Arrow(inputs, output) => Ty::arrow(inputs[count.min(inputs.len())..].to_vec(), *output),
            ty => ty,
        };
        let ty = match &term.term {
            Term::Variable(variable) => self.variables[*variable].ty.clone(),
            Term::Numeral(_) => Ty::named("Int"),
            Term::Equal(..) | Term::Chain(..) => Ty::named("Bool"),
            Term::Match(matched) => matched.result.clone(),
            Term::Lambda(variables, body) => {
                let inputs = variables.iter().map(|&variable| self.variables[variable].ty.clone()).collect();
                Ty::arrow(inputs, self.type_of(at, body)?)
            }
            Term::Call(function, arguments) => without(self.type_of(at, function)?, arguments.len()),
            Term::Apply(symbol, types, arguments) => {
                let info = &self.symbols[*symbol];
                let ty = Ty::arrow(info.given(), info.output.clone());
                let values = info.parameters.iter().cloned().zip(types.iter().cloned()).collect();
                without(ty.with(&values), arguments.len())
            }
        };
        let ty = self.known(at, &ty)?;
        self.copy(at, ty.size())?;
        Ok(ty)
    }
}

fn has_hole(ty: &Ty) -> bool {
    match ty {
        Ty::Hole(_) => true,
        Ty::Named(_, types) => types.iter().any(has_hole),
        Ty::Arrow(inputs, output) => inputs.iter().any(has_hole) || has_hole(output),
    }
}

/// Restores the former values of variables.
fn restore(change: &mut Change, old: Vec<(Variable, Option<Shared>)>) {
    for (variable, value) in old.into_iter().rev() {
        match value {
            Some(value) => change.terms.insert(variable, value),
            None => change.terms.remove(&variable),
        };
    }
}
