//! Terms of a problem.

use super::clauses::Branch;
use super::*;

impl Writer {
    pub(super) fn term(&mut self, sexp: &Sexp, variables: &Variables, scope: &Scope<'_>) -> Result<String> {
        let text = self.unpaid_term(sexp, variables, scope)?;
        self.spend(sexp, text.len() as u64)?;
        Ok(text)
    }

    fn unpaid_term(&mut self, sexp: &Sexp, variables: &Variables, scope: &Scope<'_>) -> Result<String> {
        if let Some(name) = sexp.atom() {
            if let Some((value, ty)) = variables.known.get(name) {
                return Ok(self.value(value, ty));
            }
            if matches!(name, "true" | "false") {
                self.uses("Bool");
            }
            return match self.names.get(name) {
                Some(known) => Ok(known.clone()),
                None => wrong(sexp, format!("`{name}` is not declared, or outside of the fragment")),
            };
        }
        let items = list_of(sexp)?;
        let Some((head, rest)) = items.split_first() else { return wrong(sexp, "a term should stand here") };
        let Some(word) = head.atom() else {
            // `((_ f A) x)` and such.
            let all = items.iter().map(|item| self.term(item, variables, scope)).collect::<Result<Vec<_>>>()?;
            return Ok(format!("({})", all.join(" ")));
        };
        let each = |writer: &mut Self, items: &[Sexp]| {
            items.iter().map(|item| writer.term(item, variables, scope)).collect::<Result<Vec<_>>>()
        };
        let is_bound = variables.known.contains_key(word) || self.names.contains_key(word);
        match word {
            _ if is_bound => {
                let head = self.term(head, variables, scope)?;
                Ok(applied(&head, &each(self, rest)?))
            }
            "_" => {
                let [name, types @ ..] = rest else { return wrong(sexp, "this should look like `(_ NAME TYPE ...)`") };
                let types = types.iter().map(|ty| self.ty(ty, scope.parameters)).collect::<Result<Vec<_>>>()?;
                let types: Vec<String> = types.iter().map(Ty::text).collect();
                Ok(applied(&self.term(name, variables, scope)?, &types))
            }
            "as" => {
                let [name, ty] = exactly(sexp, rest, "(as NAME TYPE)")?;
                let types = match self.ty(ty, scope.parameters)? {
                    Ty::Named(_, types) => types.iter().map(Ty::text).collect(),
                    Ty::Arrow(..) => Vec::new(),
                };
                Ok(applied(&self.term(name, variables, scope)?, &types))
            }
            "@" => match &*each(self, rest)? {
                [function, arguments @ ..] if !arguments.is_empty() => Ok(applied(function, arguments)),
                _ => wrong(sexp, "this should look like `(@ FUNCTION ARGUMENT ...)`"),
            },
            "lambda" => {
                let [binders, body] = exactly(sexp, rest, "(lambda ((x TYPE) ...) BODY)")?;
                let mut variables = self.copied(sexp, variables)?;
                let mut written = Vec::new();
                for binder in list_of(binders)? {
                    let [name, ty] = exactly(binder, list_of(binder)?, "(x TYPE)")?;
                    let ty = self.ty(ty, scope.parameters)?;
                    let text = ty.text();
                    written.push(format!("{} : {text}", variables.add(name_of(name)?, ty)));
                }
                let body = self.term(body, &variables, scope)?;
                Ok(format!("(lambda ({}) {body})", written.join(", ")))
            }
            "ite" => {
                self.uses("ite");
                let [condition, yes, no] = exactly(sexp, rest, "(ite CONDITION TERM TERM)")?;
                let mut part = |sexp| self.term(sexp, variables, scope);
                Ok(format!("(ite {} {} {})", part(condition)?, part(yes)?, part(no)?))
            }
            "not" => {
                self.uses("not");
                let [value] = exactly(sexp, rest, "(not VALUE)")?;
                Ok(format!("(not {})", self.term(value, variables, scope)?))
            }
            "and" | "or" | "=>" => {
                let (used, name) = match word {
                    "and" => ("and", "and"),
                    "or" => ("or", "or"),
                    _ => ("=>", "implies"),
                };
                self.uses(used);
                let mut parts = each(self, rest)?;
                let Some(last) = parts.pop() else { return wrong(sexp, format!("`{word}` needs values")) };
                let mut text = String::new();
                // Writing to a string cannot fail.
                let _ = nested(&mut text, name, &parts, &last);
                Ok(text)
            }
            "match" => self.lifted(sexp, variables, scope),
            "=" | "distinct" => wrong(sexp, format!("`{word}` as a value is outside of the fragment")),
            _ => wrong(head, format!("`{word}` is not declared, or outside of the fragment")),
        }
    }

    /// A match inside of an expression, as a function of its own.
    fn lifted(&mut self, sexp: &Sexp, variables: &Variables, scope: &Scope<'_>) -> Result<String> {
        let Some(output) = self.type_of(sexp, variables)? else {
            return wrong(
                sexp,
                "the type of this `match` is unclear; inside of an expression that is outside of the fragment",
            );
        };
        let mut mentioned = BTreeSet::new();
        atoms(sexp, &mut mentioned);
        self.copy(sexp, (mentioned.len() + variables.known.len() + 2 * scope.parameters.quoted.len()) as u64)?;
        let mut inner = Variables::default();
        inner.taken.extend(scope.parameters.quoted.iter().cloned());
        let mut given = scope.parameters.quoted.clone();
        let (mut types, mut arguments) = (Vec::new(), Vec::new());
        for (name, (value, ty)) in variables.known.iter().filter(|(name, _)| mentioned.contains(name.as_str())) {
            self.copy(sexp, ty.size())?;
            given.push(self.value(value, ty));
            types.push(ty.clone());
            arguments.push(Value::Variable(inner.add(name, ty.clone())));
        }
        let name = self.free("match");
        let mut clauses = String::new();
        let branch = Branch { function: &name, arguments: &arguments, variables: &inner, scope };
        self.clauses(branch, sexp, &mut clauses)?;
        let ty = quantified(scope.parameters, arrow(types, output));
        let _ = write!(self.theory, "\nfun {name} : {ty} {{\n{clauses}}}\n");
        Ok(applied(&name, &given))
    }

    /// The type of a term, where its head says it.
    pub(super) fn type_of(&mut self, sexp: &Sexp, variables: &Variables) -> Result<Option<Ty>> {
        let of_name = |writer: &Self, name: &str| match (variables.known.get(name), writer.constructors.get(name)) {
            (Some((_, ty)), _) => Some(ty.clone()),
            (None, Some(constructor)) => {
                let data = &writer.data[constructor.data];
                data.parameters.is_empty().then(|| Ty::Named(data.name.clone(), Vec::new()))
            }
            (None, None) => writer.outputs.get(name).cloned(),
        };
        let Some((head, rest)) = sexp.form() else { return Ok(sexp.atom().and_then(|name| of_name(self, name))) };
        Ok(match (head, rest) {
            ("match", [matched, cases]) => {
                let case = cases.list().and_then(<[Sexp]>::first).and_then(Sexp::list);
                let Some([pattern, body]) = case else { return Ok(None) };
                let mut variables = self.copied(sexp, variables)?;
                let Some(of) = self.type_of(matched, &variables)? else { return Ok(None) };
                if let (Some((head, names)), Ty::Named(_, types)) = (pattern.form(), of) {
                    let Some(constructor) = self.constructors.get(head).cloned() else { return Ok(None) };
                    let fields = self.field_types(pattern, &constructor, &types)?;
                    for (name, field) in names.iter().zip(fields) {
                        let Some(name) = name.atom() else { return Ok(None) };
                        variables.add(name, field);
                    }
                }
                self.type_of(body, &variables)?
            }
            ("ite", [_, yes, _]) => self.type_of(yes, variables)?,
            ("not" | "and" | "or" | "=>", _) => of_name(self, "true"),
            _ => match of_name(self, head) {
                Some(Ty::Arrow(inputs, output)) if inputs.len() == rest.len() => Some(*output),
                Some(Ty::Arrow(..)) => None,
                known => known,
            },
        })
    }
}
