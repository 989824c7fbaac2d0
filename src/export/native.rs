//! `=`, `data` and `fun` in Rocq's own words, with proofs of the axioms that stand for them here.
//!
//! Rocq accepts an inductive type if its constructors are strictly positive, and a function if it is structurally
//! recursive and all cases are there; both are then conservative. The axioms are proved from them: induction by
//! recursion, injectivity and disjointness by functions that look at the constructor, the equations of a function by
//! computation.

use std::fmt::Write as _;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Development;
use super::prose::Prose;
use prover_logic::equality::Equality;
use prover_logic::{ConstId, Environment, Sort, Term, TermId};
use prover_theory::declared::{Argument, Constructor, DataType, Declared, Function};

/// The greatest length of the text of one group.
const MAX_TEXT: usize = 1 << 20;

/// The greatest depth of a term in it.
const MAX_DEPTH: u32 = 500;

/// Reason why axioms are not replaced by native declarations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    /// A clause holds for values that other clauses distinguish.
    #[error("no order of tests on the arguments leads to each clause at one place only")]
    Overlap,
    /// No one argument gets smaller.
    #[error("no one argument gets smaller in all recursive calls")]
    Recursion,
    /// A clause says something of any value of the argument that gets smaller.
    #[error("a clause has a variable for the argument that gets smaller, so it does not hold by computation")]
    Stuck,
    /// It is too large or too deep.
    #[error("it is too large")]
    TooLarge,
    /// It is no such declaration in shape.
    #[error("its equations have another form than `fun` gives them")]
    Shape,
}

/// Constants that are written together.
pub(super) struct Group {
    /// The constants, in the order of their declaration.
    pub members: Vec<ConstId>,
    /// Their text.
    pub text: String,
}

/// The declarations of a development that Rocq can express natively.
pub(super) struct Native<'a> {
    development: &'a Development,
    declared: &'a Declared,
}

/// Gives names to locals, and writes terms as trees.
struct Scribe<'a> {
    prose: &'a Prose,
    declared: &'a Declared,
    environment: Environment,
    /// The names of locals.
    names: FxHashMap<TermId, String>,
    /// The number of the next local and of the next name.
    next: u32,
    /// The constants of this group, which have not been written yet.
    own: FxHashSet<ConstId>,
    /// The function that is being written, with the name of its recursion and the number of its parameters.
    recursion: Option<(ConstId, String, usize)>,
    length: usize,
}

impl<'a> Native<'a> {
    /// The data types and functions of a development.
    pub fn new(development: &'a Development) -> Self {
        Self { development, declared: &development.declared }
    }

    /// The group that begins with a constant; `None` if none does.
    pub fn group(&self, prose: &Prose, first: ConstId) -> Option<Result<Group, Unfit>> {
        let (members, text) = if let Some(equality) = self.development.equality.filter(|one| one.eq == first) {
            let members = vec![equality.eq, equality.refl, equality.rewrite];
            let text = self.scribe(prose, &members).equality(equality);
            (members, text)
        } else if let Some(data) = self.declared.data_type(first) {
            let members = members_of_data(data);
            let text = self.scribe(prose, &members).data(data);
            (members, text)
        } else {
            let function = self.declared.function(first)?;
            let mut members = vec![first];
            members.extend(function.clauses.iter().map(|clause| clause.axiom));
            members.sort_unstable();
            let text = self.scribe(prose, &members).function(function);
            (members, text)
        };
        // What is declared together follows each other.
        let follow = members.iter().enumerate().all(|(place, member)| member.index() == first.index() + place);
        Some(text.and_then(|text| match follow && text.len() <= MAX_TEXT {
            true => Ok(Group { members, text }),
            false => Err(if follow { Unfit::TooLarge } else { Unfit::Shape }),
        }))
    }

    fn scribe<'p>(&self, prose: &'p Prose, members: &[ConstId]) -> Scribe<'p>
    where
        'a: 'p,
    {
        let environment = self.development.environment();
        let own = members.iter().copied().collect();
        let (names, declared) = (FxHashMap::default(), self.declared);
        Scribe { prose, declared, environment, names, next: 0, own, recursion: None, length: 0 }
    }
}

fn members_of_data(data: &DataType) -> Vec<ConstId> {
    let mut members = vec![data.former, data.induction];
    for constructor in &data.constructors {
        members.push(constructor.constant);
        members.extend(constructor.injectivity.iter().chain(&constructor.disjointness));
    }
    members.sort_unstable();
    members
}

/// `count` underscores, each with a blank before it.
fn blanks(count: usize) -> String {
    " _".repeat(count)
}

/// Words with a blank before each.
fn spaced(words: &[String]) -> String {
    words.iter().map(|word| format!(" {word}")).collect()
}

impl Scribe<'_> {
    fn fresh(&mut self) -> String {
        self.next += 1;
        self.prose.variable(self.next)
    }

    fn fresh_many(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.fresh()).collect()
    }

    /// A local with a name.
    fn local(&mut self, ty: TermId) -> (TermId, String) {
        let name = self.fresh();
        let local = self.environment.store.local(self.next, ty);
        self.names.insert(local, name.clone());
        (local, name)
    }

    /// The type under this many binders, with locals for these.
    fn open(&mut self, mut ty: TermId, count: usize) -> Result<(Vec<TermId>, TermId), Unfit> {
        let mut locals = Vec::new();
        for _ in 0..count {
            let Term::Pi(domain, range) = self.environment.store.term(ty) else { return Err(Unfit::Shape) };
            let domain = self.environment.store.instantiate(domain, &locals);
            locals.push(self.local(domain).0);
            ty = range;
        }
        let ty = self.environment.store.instantiate(ty, &locals);
        Ok((locals, ty))
    }

    fn names_of(&self, locals: &[TermId]) -> Vec<String> {
        locals.iter().map(|local| self.names[local].clone()).collect()
    }

    fn name_of(&self, constant: ConstId) -> String {
        self.prose.name_of(constant)
    }

    /// Whether a constant has been written, or is being written.
    fn is_written(&self, constant: ConstId) -> bool {
        self.own.contains(&constant) || self.prose.is_written(constant)
    }

    fn term(&mut self, term: TermId) -> Result<String, Unfit> {
        let mut text = String::new();
        self.write(term, false, 0, &mut text)?;
        self.length += text.len();
        Ok(text)
    }

    fn type_of(&mut self, constant: ConstId) -> Result<String, Unfit> {
        self.term(self.environment.declaration(constant).ty)
    }

    /// Writes a term as a tree; in parentheses if it is an argument and no word.
    fn write(&mut self, term: TermId, is_argument: bool, depth: u32, out: &mut String) -> Result<(), Unfit> {
        if depth > MAX_DEPTH || self.length + out.len() > MAX_TEXT {
            return Err(Unfit::TooLarge);
        }
        match self.environment.store.term(term) {
            Term::Sort(Sort::Prop) => out.push_str("Prop"),
            Term::Sort(Sort::Type) => out.push_str("Type@{type}"),
            Term::Local { .. } => out.push_str(self.names.get(&term).ok_or(Unfit::Shape)?),
            Term::Const(constant) => match &self.recursion {
                Some((function, name, 0)) if *function == constant => out.push_str(name),
                // With parameters it is written where it is applied to them.
                Some((function, ..)) if *function == constant => return Err(Unfit::Shape),
                _ if self.is_written(constant) => out.push_str(&self.name_of(constant)),
                _ => return Err(Unfit::Shape),
            },
            Term::Sort(Sort::Kind) | Term::Bound(_) => return Err(Unfit::Shape),
            Term::App(..) => {
                if is_argument {
                    out.push('(');
                }
                let (head, arguments) = self.environment.store.spine(term);
                let mut arguments = &arguments[..];
                match (self.environment.store.term(head), &self.recursion) {
                    (Term::Const(constant), Some((function, name, parameters)))
                        if constant == *function && arguments.len() >= *parameters =>
                    {
                        out.push_str(name);
                        arguments = &arguments[*parameters..];
                    }
                    _ => self.write(head, true, depth + 1, out)?,
                }
                for &argument in arguments {
                    out.push(' ');
                    self.write(argument, true, depth + 1, out)?;
                }
                if is_argument {
                    out.push(')');
                }
            }
            node @ (Term::Lambda(domain, body) | Term::Pi(domain, body)) => {
                if is_argument {
                    out.push('(');
                }
                let (local, name) = self.local(domain);
                let is_lambda = matches!(node, Term::Lambda(..));
                out.push_str(if is_lambda { "fun (" } else { "forall (" });
                out.push_str(&name);
                out.push_str(" : ");
                self.write(domain, false, depth + 1, out)?;
                out.push_str(if is_lambda { ") => " } else { "), " });
                let body = self.environment.store.instantiate(body, &[local]);
                self.write(body, false, depth + 1, out)?;
                if is_argument {
                    out.push(')');
                }
            }
        }
        Ok(())
    }

    /// `=` as the least reflexive relation.
    fn equality(mut self, equality: Equality) -> Result<String, Unfit> {
        let (eq, refl, rewrite) =
            (self.name_of(equality.eq), self.name_of(equality.refl), self.name_of(equality.rewrite));
        let statement = self.type_of(equality.rewrite)?;
        let names = self.fresh_many(8);
        let [t, x, p, y, z, h, base, other] = &names[..] else { return Err(Unfit::Shape) };
        let mut text = String::new();
        let _ = writeln!(
            text,
            "Inductive {eq} ({t} : Type@{{type}}) ({x} : {t}) : forall (_ : {t}), Prop := {refl} : {eq} {t} {x} {x}."
        );
        let _ = writeln!(
            text,
            "Definition {rewrite} : {statement} := fun {t} {p} {y} {z} {h} {base} => \
             match {h} in ({eq} _ _ {other}) return {p} {other} with {refl} _ _ => {base} end."
        );
        Ok(text)
    }

    /// An inductive type with its induction and the properties of its constructors.
    fn data(mut self, data: &DataType) -> Result<String, Unfit> {
        let former = self.name_of(data.former);
        let (parameters, sort) = self.open(self.environment.declaration(data.former).ty, data.parameters)?;
        let sort = self.term(sort)?;
        let names = self.names_of(&parameters);
        let mut text = format!("Inductive {former}");
        for name in &names {
            let _ = write!(text, " ({name} : Type@{{type}})");
        }
        let _ = write!(text, " : {sort} :=");
        for constructor in &data.constructors {
            let mut ty = self.environment.declaration(constructor.constant).ty;
            for _ in 0..data.parameters {
                let Term::Pi(_, range) = self.environment.store.term(ty) else { return Err(Unfit::Shape) };
                ty = range;
            }
            let ty = self.environment.store.instantiate(ty, &parameters);
            let ty = self.term(ty)?;
            let _ = write!(text, "\n  | {} : {ty}", self.name_of(constructor.constant));
        }
        text.push_str(if data.constructors.is_empty() { " .\n" } else { ".\n" });
        text.push_str(&self.induction(data)?);
        for (place, constructor) in data.constructors.iter().enumerate() {
            for (argument, &axiom) in constructor.injectivity.iter().enumerate() {
                text.push_str(&self.injectivity(data, place, argument, axiom)?);
            }
            for (later, &axiom) in constructor.disjointness.iter().enumerate() {
                text.push_str(&self.disjointness(data, place, place + 1 + later, axiom)?);
            }
        }
        Ok(text)
    }

    /// The pattern of a constructor; its parameters are `_` there.
    fn pattern(&self, data: &DataType, constructor: &Constructor, arguments: &[String]) -> String {
        format!("{}{}{}", self.name_of(constructor.constant), blanks(data.parameters), spaced(arguments))
    }

    fn induction(&mut self, data: &DataType) -> Result<String, Unfit> {
        let statement = self.type_of(data.induction)?;
        let parameters = self.fresh_many(data.parameters);
        let (motive, premises) = (self.fresh(), self.fresh_many(data.constructors.len()));
        let (step, value, other) = (self.fresh(), self.fresh(), self.fresh());
        let former = format!("{}{}", self.name_of(data.former), spaced(&parameters));
        let mut branches = String::new();
        for (constructor, premise) in data.constructors.iter().zip(&premises) {
            let arguments = self.fresh_many(constructor.arguments.len());
            let _ = write!(
                branches,
                " | {} => {premise}{}",
                self.pattern(data, constructor, &arguments),
                spaced(&arguments)
            );
            for (argument, kind) in arguments.iter().zip(&constructor.arguments) {
                match *kind {
                    Argument::Plain => {}
                    Argument::Recursive { inputs: 0 } => {
                        let _ = write!(branches, " ({step} {argument})");
                    }
                    Argument::Recursive { inputs } => {
                        let inputs = spaced(&self.fresh_many(inputs));
                        let _ = write!(branches, " (fun{inputs} => {step} ({argument}{inputs}))");
                    }
                }
            }
        }
        Ok(format!(
            "Definition {} : {statement} := fun{} {motive}{} => \
             fix {step} ({value} : {former}) {{struct {value}}} : {motive} {value} := \
             match {value} as {other} return {motive} {other} with{branches} end.\n",
            self.name_of(data.induction),
            spaced(&parameters),
            spaced(&premises),
        ))
    }

    fn rewriting(&self) -> Result<(String, String, String), Unfit> {
        let equality = self.prose.equality.ok_or(Unfit::Shape)?;
        Ok((self.name_of(equality.eq), self.name_of(equality.refl), self.name_of(equality.rewrite)))
    }

    /// Equal results have an equal argument there: the function that gives the argument does not distinguish them.
    fn injectivity(&mut self, data: &DataType, place: usize, argument: usize, axiom: ConstId) -> Result<String, Unfit> {
        let (eq, refl, rewrite) = self.rewriting()?;
        let statement = self.type_of(axiom)?;
        let count = data.constructors[place].arguments.len();
        let (parameters, first, second) =
            (self.fresh_many(data.parameters), self.fresh_many(count), self.fresh_many(count));
        let (premise, value) = (self.fresh(), self.fresh());
        let mut branches = String::new();
        for (other, constructor) in data.constructors.iter().enumerate() {
            let arguments = self.fresh_many(constructor.arguments.len());
            let result = if other == place { &arguments[argument] } else { &first[argument] };
            let _ = write!(branches, " | {} => {result}", self.pattern(data, constructor, &arguments));
        }
        Ok(format!(
            "Definition {} : {statement} := fun{}{}{} {premise} => {rewrite} _ \
             (fun {value} => {eq} _ {} (match {value} with{branches} end)) _ _ {premise} ({refl} _ {}).\n",
            self.name_of(axiom),
            spaced(&parameters),
            spaced(&first),
            spaced(&second),
            first[argument],
            first[argument],
        ))
    }

    /// Results of two constructors are different: a function gives something true for one, and anything for the other.
    fn disjointness(&mut self, data: &DataType, one: usize, other: usize, axiom: ConstId) -> Result<String, Unfit> {
        let (_, _, rewrite) = self.rewriting()?;
        let statement = self.type_of(axiom)?;
        let mut binders = self.fresh_many(data.parameters);
        binders.extend(self.fresh_many(data.constructors[one].arguments.len()));
        binders.extend(self.fresh_many(data.constructors[other].arguments.len()));
        let (premise, anything, value) = (self.fresh(), self.fresh(), self.fresh());
        let (truth, proof) = (self.fresh(), self.fresh());
        let mut branches = String::new();
        for (place, constructor) in data.constructors.iter().enumerate() {
            let arguments = self.fresh_many(constructor.arguments.len());
            let result = match place == one {
                true => format!("forall ({truth} : Prop) (_ : {truth}), {truth}"),
                false => anything.clone(),
            };
            let _ = write!(branches, " | {} => {result}", self.pattern(data, constructor, &arguments));
        }
        Ok(format!(
            "Definition {} : {statement} := fun{} {premise} {anything} => {rewrite} _ \
             (fun {value} => match {value} return Prop with{branches} end) _ _ {premise} (fun {truth} {proof} => {proof}).\n",
            self.name_of(axiom),
            spaced(&binders),
        ))
    }

    /// A function by cases and recursion, whose equations hold by computation.
    fn function(mut self, function: &Function) -> Result<String, Unfit> {
        let own = self.name_of(function.constant);
        let mut rows = Vec::new();
        for clause in &function.clauses {
            let (locals, _) = self.open(self.environment.declaration(clause.axiom).ty, clause.binders)?;
            let left = self.environment.store.instantiate(clause.left, &locals);
            let right = self.environment.store.instantiate(clause.right, &locals);
            let (head, arguments) = self.environment.store.spine(left);
            let is_own = self.environment.store.term(head) == Term::Const(function.constant);
            if !is_own || arguments.len() != function.parameters + function.arity {
                return Err(Unfit::Shape);
            }
            let (parameters, patterns) = arguments.split_at(function.parameters);
            rows.push(Row { parameters: parameters.to_vec(), patterns: patterns.to_vec(), right });
        }
        let (parameters, ty) = self.open(self.environment.declaration(function.constant).ty, function.parameters)?;
        let parameter_names = self.names_of(&parameters);
        for row in &rows {
            for (parameter, name) in row.parameters.iter().zip(&parameter_names) {
                self.names.insert(*parameter, name.clone());
            }
        }
        let place = self.decreasing(function, &rows)?;
        let (columns, result) = self.open(ty, function.arity)?;
        let result = self.term(result)?;
        let names = self.names_of(&columns);
        let (mut binders, mut empty) = (Vec::new(), None);
        for (&column, name) in columns.iter().zip(&names) {
            let Term::Local { ty, .. } = self.environment.store.term(column) else { return Err(Unfit::Shape) };
            let data = self.declared.data_type_of(&self.environment.store, ty);
            if data.is_some_and(|(data, _)| data.constructors.is_empty()) {
                empty = Some(name.clone());
            }
            binders.push(format!("({name} : {})", self.term(ty)?));
        }
        let statement = self.type_of(function.constant)?;
        let step = self.fresh();
        self.recursion = place.map(|_| (function.constant, step.clone(), function.parameters));
        let paths: Vec<(Vec<TermId>, TermId)> = rows.iter().map(|row| (row.patterns.clone(), row.right)).collect();
        let body = match empty {
            Some(empty) if rows.is_empty() => format!("match {empty} return {result} with end"),
            _ => self.cases(names.clone(), paths, &result)?,
        };
        self.recursion = None;
        let mut text = format!("Definition {own} : {statement} :=");
        if !parameter_names.is_empty() {
            let _ = write!(text, " fun{} =>", spaced(&parameter_names));
        }
        match place {
            Some(place) => {
                let _ = write!(text, " fix {step}{} {{struct {}}} : {result} :=", spaced(&binders), names[place]);
            }
            None if !binders.is_empty() => {
                let _ = write!(text, " fun{} =>", spaced(&binders));
            }
            None => {}
        }
        let _ = writeln!(text, " {body}.");
        let (_, refl, _) = self.rewriting()?;
        for clause in &function.clauses {
            let statement = self.type_of(clause.axiom)?;
            let names = self.fresh_many(clause.binders);
            let name = self.name_of(clause.axiom);
            let binders = if names.is_empty() { String::new() } else { format!("fun{} => ", spaced(&names)) };
            let _ = writeln!(text, "Definition {name} : {statement} := {binders}{refl} _ _.");
        }
        Ok(text)
    }

    /// The argument that gets smaller in all recursive calls; none if there are no calls.
    fn decreasing(&self, function: &Function, rows: &[Row]) -> Result<Option<usize>, Unfit> {
        let mut calls: Vec<(usize, Vec<TermId>)> = Vec::new();
        for (row, Row { right, .. }) in rows.iter().enumerate() {
            let (mut open, mut seen) = (vec![*right], FxHashSet::default());
            while let Some(term) = open.pop() {
                if !seen.insert(term) {
                    continue;
                }
                match self.environment.store.term(term) {
                    Term::App(..) => {
                        let (head, arguments) = self.environment.store.spine(term);
                        if self.environment.store.term(head) == Term::Const(function.constant) {
                            let own = arguments.get(function.parameters..).ok_or(Unfit::Shape)?;
                            calls.push((row, own.to_vec()));
                        } else {
                            open.push(head);
                        }
                        open.extend(arguments);
                    }
                    Term::Lambda(first, second) | Term::Pi(first, second) => open.extend([first, second]),
                    Term::Const(constant) if constant == function.constant => return Err(Unfit::Shape),
                    _ => {}
                }
            }
        }
        if calls.is_empty() {
            return Ok(None);
        }
        let gets_smaller = |place: usize| {
            calls.iter().all(|(row, arguments)| {
                let mut smaller = FxHashSet::default();
                self.components(rows[*row].patterns[place], false, &mut smaller);
                let of = |argument: &TermId| smaller.contains(&self.environment.store.head(*argument));
                arguments.get(place).is_some_and(of)
            })
        };
        let is_built = |place: usize| rows.iter().all(|row| self.built(row.patterns[place]).is_some());
        let smaller: Vec<usize> = (0..function.arity).filter(|&place| gets_smaller(place)).collect();
        match smaller.iter().find(|&&place| is_built(place)) {
            Some(&place) => Ok(Some(place)),
            None if smaller.is_empty() => Err(Unfit::Recursion),
            None => Err(Unfit::Stuck),
        }
    }

    /// The constructor of a pattern and its arguments after the parameters.
    fn built(&self, pattern: TermId) -> Option<(&DataType, &Constructor, Vec<TermId>)> {
        let (head, arguments) = self.environment.store.spine(pattern);
        let Term::Const(constant) = self.environment.store.term(head) else { return None };
        let (data, place) = self.declared.constructor(constant)?;
        Some((data, &data.constructors[place], arguments.get(data.parameters..)?.to_vec()))
    }

    /// The variables of a pattern that are smaller than it by recursive arguments.
    fn components(&self, pattern: TermId, is_inside: bool, found: &mut FxHashSet<TermId>) {
        match self.built(pattern) {
            Some((_, constructor, arguments)) => {
                for (argument, kind) in arguments.into_iter().zip(&constructor.arguments) {
                    if let Argument::Recursive { .. } = kind {
                        self.components(argument, true, found);
                    }
                }
            }
            None if is_inside => drop(found.insert(pattern)),
            None => {}
        }
    }

    /// The clauses as tests on the arguments, of which each row has a pattern for each column.
    fn cases(&mut self, columns: Vec<String>, rows: Vec<(Vec<TermId>, TermId)>, result: &str) -> Result<String, Unfit> {
        let is_built = |scribe: &Self, place: usize| rows.iter().all(|(row, _)| scribe.built(row[place]).is_some());
        let Some(place) = (0..columns.len()).find(|&place| !rows.is_empty() && is_built(self, place)) else {
            let [(patterns, right)] = &rows[..] else { return Err(Unfit::Overlap) };
            for (&pattern, column) in patterns.iter().zip(&columns) {
                if self.built(pattern).is_some() {
                    return Err(Unfit::Overlap);
                }
                self.names.insert(pattern, column.clone());
            }
            return self.term(*right);
        };
        let Some((data, ..)) = self.built(rows[0].0[place]) else { return Err(Unfit::Shape) };
        let data = data.clone();
        let mut text = format!("match {} return {result} with", columns[place]);
        for constructor in &data.constructors {
            let names = self.fresh_many(constructor.arguments.len());
            let mut inner = Vec::new();
            for (patterns, right) in &rows {
                let Some((_, of, arguments)) = self.built(patterns[place]) else { return Err(Unfit::Shape) };
                if of.constant == constructor.constant {
                    let mut patterns = patterns.clone();
                    patterns.splice(place..=place, arguments);
                    inner.push((patterns, *right));
                }
            }
            let mut columns = columns.clone();
            columns.splice(place..=place, names.iter().cloned());
            let branch = self.cases(columns, inner, result)?;
            let _ = write!(text, " | {} => {branch}", self.pattern(&data, constructor, &names));
            if text.len() > MAX_TEXT {
                return Err(Unfit::TooLarge);
            }
        }
        text.push_str(" end");
        Ok(text)
    }
}

/// A clause with its parts.
struct Row {
    parameters: Vec<TermId>,
    patterns: Vec<TermId>,
    right: TermId,
}
