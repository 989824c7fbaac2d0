//! Definitions of functions: a clause for each way through the matches of a body.

use super::*;

/// A function on one way through the matches of its body.
#[derive(Clone, Copy)]
pub(super) struct Branch<'a> {
    /// Its name in the Peano language.
    pub function: &'a str,
    /// Its arguments, as patterns.
    pub arguments: &'a [Value],
    pub variables: &'a Variables,
    pub scope: &'a Scope<'a>,
}

/// A variable that is matched.
#[derive(Clone, Copy)]
struct Matched<'a> {
    value: &'a Value,
    ty: &'a Ty,
}

/// A case of a match.
#[derive(Clone, Copy)]
struct Case<'a> {
    /// The name of the constructor in the problem.
    constructor: &'a str,
    /// Names for its fields; `_` for those that are not used.
    fields: &'a [&'a str],
    body: &'a Sexp,
}

impl Writer {
    pub(super) fn function(&mut self, command: &Sexp, rest: &[Sexp]) -> Result<()> {
        let shape = "(define-fun-rec NAME ((x TYPE) ...) TYPE BODY)";
        // `(par (a ...) (INPUTS OUTPUT))` stands in the place of inputs and output.
        let (parameters, inputs, output, name, body) = match rest {
            [name, signature, body] => {
                let (parameters, signature) = self.parameters(signature)?;
                let [inputs, output] = exactly(signature, list_of(signature)?, "(((x TYPE) ...) TYPE)")?;
                (parameters, inputs, output, name, body)
            }
            [name, inputs, output, body] => (Parameters::default(), inputs, output, name, body),
            _ => return wrong(command, format!("this should look like `{shape}`")),
        };
        let mut variables = Variables::default();
        variables.taken.extend(parameters.quoted.iter().cloned());
        let (mut types, mut arguments) = (Vec::new(), Vec::new());
        for input in list_of(inputs)? {
            let [variable, ty] = exactly(input, list_of(input)?, "(x TYPE)")?;
            let ty = self.ty(ty, &parameters)?;
            types.push(ty.clone());
            arguments.push(Value::Variable(variables.add(name_of(variable)?, ty)));
        }
        let output = self.ty(output, &parameters)?;
        if parameters.quoted.is_empty() {
            self.outputs.insert(name_of(name)?.to_owned(), output.clone());
        }
        let ty = arrow(types, output);
        let name = self.declare(name)?;
        let scope = Scope { parameters: &parameters };
        if arguments.is_empty() && parameters.quoted.is_empty() {
            let value = self.term(body, &variables, &scope)?;
            let _ = write!(self.theory, "\n{name} : {} = {value}.\n", ty.text());
            return Ok(());
        }
        let mut clauses = String::new();
        let branch = Branch { function: &name, arguments: &arguments, variables: &variables, scope: &scope };
        self.clauses(branch, body, &mut clauses)?;
        let quantified = quantified(&parameters, ty);
        let _ = write!(self.theory, "\nfun {name} : {quantified} {{\n{clauses}}}\n");
        Ok(())
    }

    /// A clause for each way through the matches of a body.
    pub(super) fn clauses(&mut self, branch: Branch<'_>, body: &Sexp, out: &mut String) -> Result<()> {
        let Branch { function, arguments, variables, scope } = branch;
        let Some(("match", rest)) = body.form() else {
            let value = self.term(body, variables, scope)?;
            let patterns: Vec<String> = arguments.iter().map(|argument| self.pattern(argument)).collect();
            let left = match patterns.is_empty() {
                true => function.to_owned(),
                false => format!("({function} {})", patterns.join(" ")),
            };
            self.spend(body, left.len() as u64)?;
            let _ = writeln!(out, "  {left} = {value}.");
            return Ok(());
        };
        let [matched, cases] = exactly(body, rest, "(match x ((PATTERN BODY) ...))")?;
        let known = matched.atom().and_then(|name| variables.known.get(name));
        let Some((value, ty)) = known else {
            return wrong(matched, "`match` on something that is no variable is outside of the fragment");
        };
        let cases = list_of(cases)?;
        let mut covered = BTreeSet::new();
        for case in cases {
            let [pattern, inner] = exactly(case, list_of(case)?, "(PATTERN BODY)")?;
            let (head, fields) = match pattern.list().and_then(<[Sexp]>::split_first) {
                Some((head, fields)) => (name_of(head)?, fields),
                None => (name_of(pattern)?, &[][..]),
            };
            if let Some(constructor) = self.constructors.get(head).cloned() {
                covered.insert(head.to_owned());
                if fields.len() != constructor.fields.len() {
                    return wrong(pattern, format!("`{head}` has {} fields", constructor.fields.len()));
                }
                let names = fields.iter().map(name_of).collect::<Result<Vec<_>>>()?;
                self.case(branch, Matched { value, ty }, Case { constructor: head, fields: &names, body: inner }, out)?;
                continue;
            }
            // A name for everything else, or `_`.
            let Ty::Named(of, _) = ty else { return wrong(pattern, "functions cannot be matched") };
            let all = self.places.get(of).map(|&place| self.data[place].constructors.clone());
            self.copy(pattern, all.as_ref().map_or(0, |all| all.len() as u64))?;
            for constructor in all.unwrap_or_default() {
                if covered.insert(constructor.clone()) {
                    let count = self.constructors.get(&constructor).map_or(0, |known| known.fields.len());
                    let names = vec!["_"; count];
                    let mut variables = self.copied(pattern, variables)?;
                    if head != "_" {
                        variables.known.insert(head.to_owned(), (value.clone(), ty.clone()));
                    }
                    let branch = Branch { variables: &variables, ..branch };
                    let case = Case { constructor: &constructor, fields: &names, body: inner };
                    self.case(branch, Matched { value, ty }, case, out)?;
                }
            }
        }
        Ok(())
    }

    /// The clauses of one case: a constructor with names for its fields.
    fn case(&mut self, branch: Branch<'_>, matched: Matched<'_>, case: Case<'_>, out: &mut String) -> Result<()> {
        let Matched { value, ty } = matched;
        let Case { constructor: head, fields: names, body } = case;
        let constructor = self.constructors[head].clone();
        let arguments_of: &[Ty] = match ty {
            Ty::Named(_, types) => types,
            Ty::Arrow(..) => &[],
        };
        let types = self.field_types(body, &constructor, arguments_of)?;
        let mut variables = self.copied(body, branch.variables)?;
        let variable = match value {
            Value::Variable(variable) => variable,
            // The variable was matched before: only one case is left.
            Value::Constructor(known, fields) => {
                if known != head {
                    return Ok(());
                }
                for ((name, field), ty) in names.iter().zip(fields).zip(types) {
                    variables.known.insert((*name).to_owned(), (field.clone(), ty));
                }
                return self.clauses(Branch { variables: &variables, ..branch }, body, out);
            }
        };
        let fields: Vec<Value> =
            names.iter().map(|name| Value::Variable(variables.fresh(if *name == "_" { "x" } else { name }))).collect();
        let pattern = Value::Constructor(head.to_owned(), fields.clone());
        // Each place of the variable gets a copy of the pattern; there is one in each argument at most.
        let sizes = branch.arguments.iter().fold(pattern.size(), |sum, argument| sum.saturating_add(argument.size()));
        self.copy(body, sizes)?;
        variables.replace(variable, &pattern);
        for ((name, field), ty) in names.iter().zip(fields).zip(types) {
            variables.known.insert((*name).to_owned(), (field, ty));
        }
        let arguments: Vec<Value> = branch.arguments.iter().map(|argument| argument.with(variable, &pattern)).collect();
        self.clauses(Branch { arguments: &arguments, variables: &variables, ..branch }, body, out)
    }

    /// As it is written on the left of a clause: without types.
    fn pattern(&self, value: &Value) -> String {
        match value {
            Value::Variable(name) => name.clone(),
            Value::Constructor(name, fields) => {
                let fields: Vec<String> = fields.iter().map(|field| self.pattern(field)).collect();
                applied(&self.names[name], &fields)
            }
        }
    }

    /// As it is written in a term: a constructor without fields needs its types.
    pub(super) fn value(&self, value: &Value, ty: &Ty) -> String {
        match (value, ty) {
            (Value::Variable(name), _) => name.clone(),
            (Value::Constructor(name, fields), Ty::Named(_, types)) => {
                let constructor = &self.constructors[name];
                let parameters = &self.data[constructor.data].parameters;
                let values: BTreeMap<&str, &Ty> = parameters.iter().map(String::as_str).zip(types).collect();
                let written: Vec<String> = match fields.is_empty() {
                    true => types.iter().map(Ty::text).collect(),
                    false => {
                        let fields = fields.iter().zip(&constructor.fields);
                        fields.map(|(field, ty)| self.value(field, &ty.with(&values))).collect()
                    }
                };
                applied(&self.names[name], &written)
            }
            (Value::Constructor(name, _), Ty::Arrow(..)) => self.names[name].clone(),
        }
    }
}
