//! Terms as text of the Peano language.

use super::*;

/// The names of the variables of one clause or goal.
#[derive(Clone, Default)]
pub(super) struct Written {
    of: BTreeMap<Variable, String>,
    taken: Names,
    /// The function that is being defined, which must have all of its arguments in its own clauses.
    pub defined: Option<Symbol>,
}

impl Written {
    /// No variables yet; the names of type parameters are taken.
    pub fn new(parameters: &[String]) -> Self {
        Self { of: BTreeMap::new(), taken: Names::with(parameters.iter().cloned()), defined: None }
    }

    /// A name that is free, for no variable of the problem.
    pub fn free(&mut self, name: &str) -> String {
        self.taken.free(&format!("'{name}"), "")
    }
}

/// Nested lambdas without arguments that they only hand on: `lambda x y (f z x y)` is `(f z)`. So functions that are
/// the same are written the same. Calls of one function stay whole.
struct Contracted<'a> {
    variables: Vec<Variable>,
    body: &'a Shared,
    /// The number of last arguments of the body, an application, that are left out.
    handed_on: usize,
}

impl<'a> Contracted<'a> {
    fn new(variables: &[Variable], mut body: &'a Shared, whole: Option<Symbol>) -> Self {
        let mut variables = variables.to_vec();
        while let Term::Lambda(more, inner) = &body.term {
            variables.extend(more);
            body = inner;
        }
        let mut handed_on = 0;
        if let Term::Apply(symbol, _, arguments) = &body.term
            && whole != Some(*symbol)
        {
            for (count, argument) in arguments.iter().enumerate().rev() {
                let Some(&last) = variables.last() else { break };
                let is_handed_on = matches!(argument.term, Term::Variable(variable) if variable == last);
                if !is_handed_on || arguments[..count].iter().any(|before| mentions(before, last)) {
                    break;
                }
                variables.pop();
                handed_on += 1;
            }
        }
        Self { variables, body, handed_on }
    }
}

/// Whether a variable occurs in a term.
fn mentions(term: &Shared, variable: Variable) -> bool {
    let mut open = vec![term];
    while let Some(term) = open.pop() {
        if matches!(term.term, Term::Variable(found) if found == variable) {
            return true;
        }
        open.extend(term.term.parts());
    }
    false
}

impl Writer {
    /// Names a variable.
    pub(super) fn name(&self, variable: Variable, written: &mut Written) -> String {
        let name = written.free(&spelled(&self.variables[variable].name));
        written.of.insert(variable, name.clone());
        name
    }

    /// The text of a term without matches and equality.
    pub(super) fn text(&mut self, at: usize, term: &Node, written: &mut Written) -> Result<String> {
        let text = stacker::maybe_grow(128 * 1024, 4 * 1024 * 1024, || self.unpaid_text(at, term, written))?;
        self.spend(at, text.len() as u64)?;
        Ok(text)
    }

    fn unpaid_text(&mut self, at: usize, term: &Node, written: &mut Written) -> Result<String> {
        match &term.term {
            Term::Variable(variable) => match written.of.get(variable) {
                Some(name) => Ok(name.clone()),
                None => {
                    let name = &self.variables[*variable].name;
                    Err(TipError::new(at, format!("the variable `{name}` is used where it is not bound")))
                }
            },
            Term::Numeral(value) => {
                // Writing to a string cannot fail.
                let mut text = String::from("(nonnegative ");
                (0..*value).for_each(|_| text.push_str("(next "));
                text.push('0');
                (0..=*value).for_each(|_| text.push(')'));
                Ok(text)
            }
            Term::Apply(symbol, types, arguments) => self.application(at, (*symbol, types, arguments), written),
            Term::Call(function, arguments) => {
                let function = self.text(at, function, written)?;
                let mut text = format!("({function}");
                for argument in arguments {
                    let _ = write!(text, " {}", self.text(at, argument, written)?);
                }
                Ok(text + ")")
            }
            Term::Chain(symbol, parts) => {
                // Each part is written once, however many there are.
                let name = self.symbols[*symbol].name.clone();
                let mut text = String::new();
                for (place, part) in parts.iter().enumerate() {
                    let part = self.text(at, part, written)?;
                    let _ = match place + 1 < parts.len() {
                        true => write!(text, "({name} {part} "),
                        false => write!(text, "{part}"),
                    };
                }
                (1..parts.len()).for_each(|_| text.push(')'));
                Ok(text)
            }
            Term::Lambda(variables, body) => {
                let Contracted { variables, body, handed_on } = Contracted::new(variables, body, written.defined);
                let mut binders = Vec::new();
                for variable in variables {
                    let ty = self.variables[variable].ty.clone();
                    let ty = self.known(at, &ty)?.text();
                    binders.push(format!("{} : {ty}", self.name(variable, written)));
                }
                let text = match &body.term {
                    Term::Apply(symbol, types, arguments) => {
                        let arguments = &arguments[..arguments.len() - handed_on];
                        self.application(at, (*symbol, types, arguments), written)?
                    }
                    _ => self.text(at, body, written)?,
                };
                Ok(if binders.is_empty() { text } else { format!("(lambda ({}) {text})", binders.join(", ")) })
            }
            Term::Match(_) | Term::Equal(..) => {
                Err(TipError::new(at, "a `match` or an equality is outside of the fragment here"))
            }
        }
    }

    fn application(
        &mut self,
        at: usize,
        (symbol, types, arguments): (Symbol, &[Ty], &[Shared]),
        written: &mut Written,
    ) -> Result<String> {
        let info = &self.symbols[symbol];
        // Types are left out where those of the arguments say them.
        let given = info.given();
        let said = given.iter().take(arguments.len());
        let is_said = |parameter: &String| said.clone().any(|ty| ty.mentions(parameter));
        let types = if info.parameters.iter().all(is_said) { &[][..] } else { types };
        let mut text = info.name.clone();
        for ty in types {
            let _ = write!(text, " {}", ty.text());
        }
        for argument in arguments {
            let _ = write!(text, " {}", self.text(at, argument, written)?);
        }
        Ok(if types.is_empty() && arguments.is_empty() { text } else { format!("({text})") })
    }

    /// The text of a pattern: without types.
    pub(super) fn pattern(&mut self, at: usize, pattern: &Node, written: &mut Written) -> Result<String> {
        self.spend(at, 1)?;
        match &pattern.term {
            Term::Variable(variable) => Ok(self.name(*variable, written)),
            Term::Apply(symbol, _, fields) if fields.is_empty() => Ok(self.symbols[*symbol].name.clone()),
            Term::Apply(symbol, _, fields) => {
                let mut text = format!("({}", self.symbols[*symbol].name);
                for field in fields {
                    let _ = write!(text, " {}", self.pattern(at, field, written)?);
                }
                self.spend(at, text.len() as u64)?;
                Ok(text + ")")
            }
            _ => Err(TipError::new(at, "this is no pattern")),
        }
    }
}
