//! Equality as a value.
//!
//! For each data type `D` whose objects are compared there is a recursive function `equal_D`, which compares
//! constructors and, where they are the same, fields. For each type parameter of `D` it is given a function that
//! decides equality of its objects, and so is every function of the problem that compares objects of a type parameter
//! of its own. Nothing is known of sorts and of the type parameters of a goal: for those `equal` is assumed, with two
//! axioms by which it decides equality.

use super::print::Written;
use super::*;

/// The functions that decide equality of type variables, where some are given.
#[derive(Clone, Default)]
pub(super) struct Deciders {
    pub of: BTreeMap<String, Shared>,
    /// Whether `equal` is there for other type variables.
    pub assumed: bool,
}

impl Writer {
    /// Adds the type variables whose equality a term has to decide, where those functions need the parameters given.
    pub(super) fn compared(&mut self, at: usize, term: &Node, found: &mut BTreeSet<String>) -> Result<()> {
        self.copy(at, term.size)?;
        self.compared_in(term, found);
        Ok(())
    }

    fn compared_in(&self, term: &Node, found: &mut BTreeSet<String>) {
        match &term.term {
            Term::Equal(ty, ..) => variables_of(ty, found),
            Term::Apply(symbol, types, _) => {
                self.symbols[*symbol].decided.iter().for_each(|&place| variables_of(&types[place], found));
            }
            _ => {}
        }
        term.term.parts().into_iter().for_each(|part| self.compared_in(part, found));
    }

    /// A term in which functions decide equality.
    pub(super) fn decided(&mut self, at: usize, term: &Shared, deciders: &Deciders) -> Result<Shared> {
        let term = self.rebuilt(at, term, &mut |writer, part| writer.decided(at, part, deciders))?;
        match &term.term {
            Term::Equal(ty, left, right) => {
                let decider = self.decider(at, ty, deciders)?;
                self.applied(at, &decider, vec![left.clone(), right.clone()])
            }
            Term::Apply(symbol, types, arguments) if !self.symbols[*symbol].decided.is_empty() => {
                let places = self.symbols[*symbol].decided.clone();
                let given = places.into_iter().map(|place| self.decider(at, &types[place], deciders));
                let mut all = given.collect::<Result<Vec<_>>>()?;
                all.extend_from_slice(arguments);
                self.node(at, Term::Apply(*symbol, types.clone(), all))
            }
            _ => Ok(term),
        }
    }

    /// The function that decides equality of a type's objects.
    fn decider(&mut self, at: usize, ty: &Ty, deciders: &Deciders) -> Result<Shared> {
        self.copy(at, ty.size())?;
        let Ty::Named(name, types) = ty else {
            let message = format!("equality of functions (`{}`) as a value is outside of the fragment", ty.text());
            return Err(TipError::new(at, message.chars().take(300).collect::<String>()));
        };
        if let Some(given) = deciders.of.get(name) {
            return Ok(given.clone());
        }
        let Some(&place) = self.places.get(name) else {
            if name.starts_with('\'') && !deciders.assumed {
                return Err(TipError::new(at, format!("equality of `{name}` as a value is outside of the fragment")));
            }
            let symbol = self.assume_equality();
            return self.node(at, Term::Apply(symbol, vec![ty.clone()], Vec::new()));
        };
        let symbol = self.equality(at, place)?;
        let given = types.iter().map(|ty| self.decider(at, ty, deciders)).collect::<Result<Vec<_>>>()?;
        self.node(at, Term::Apply(symbol, types.clone(), given))
    }

    /// Equality of all types, assumed.
    fn assume_equality(&mut self) -> Symbol {
        if let Some(symbol) = self.assumed_equality {
            return symbol;
        }
        self.uses("Bool");
        let name = self.free("equal");
        let (same, only) = (self.free(&format!("{name}_same")), self.free(&format!("{name}_only_same")));
        let _ = write!(
            self.theory,
            "\n{name} : [('t : type) -> 't -> 't -> Bool].\n\
             {same} : [('t : type) -> ('x : 't) -> (= ({name} 'x 'x) true)].\n\
             {only} : [('t : type) -> ('x : 't) -> ('y : 't) -> (= ({name} 'x 'y) true) -> (= 'x 'y)].\n"
        );
        let any = Ty::named("'t");
        let inputs = vec![any.clone(), any];
        let info = Info::new(name, vec!["'t".to_owned()], inputs, Ty::named("Bool"), Kind::Function);
        self.symbols.push(info);
        *self.assumed_equality.insert(self.symbols.len() - 1)
    }

    /// The function that decides equality of a data type, written where it is needed first.
    fn equality(&mut self, at: usize, place: usize) -> Result<Symbol> {
        if let Some(&symbol) = self.equalities.get(&place) {
            return Ok(symbol);
        }
        self.uses("Bool");
        let Data { name: of, parameters, constructors } = self.data[place].clone();
        if constructors.is_empty() {
            return Err(TipError::new(
                at,
                format!("`{of}` has no constructors: its equality is outside of the fragment"),
            ));
        }
        let name = self.free(&format!("equal_{of}"));
        let types: Vec<Ty> = parameters.iter().map(Ty::named).collect();
        let whole = Ty::Named(of, types.clone());
        let mut info =
            Info::new(name.clone(), parameters.clone(), vec![whole.clone(), whole], Ty::named("Bool"), Kind::Function);
        info.decided = (0..parameters.len()).collect();
        let ty = quantified(&parameters, &Ty::arrow(info.given(), Ty::named("Bool")).text());
        let symbol = self.symbols.len();
        self.symbols.push(info);
        self.equalities.insert(place, symbol);

        let mut deciders = Deciders::default();
        for parameter in &parameters {
            let plural = if parameters.len() == 1 { "equal".to_owned() } else { format!("equal_{}", &parameter[1..]) };
            let variable = self.variable(&plural, Ty::named(parameter).decided());
            deciders.of.insert(parameter.clone(), self.of_variable(at, variable)?);
        }
        let given: Vec<Shared> = parameters.iter().map(|parameter| deciders.of[parameter].clone()).collect();
        let mut clauses = String::new();
        for &left in &constructors {
            for &right in &constructors {
                self.copy(at, (parameters.len() + 1) as u64)?;
                let sides = [(left, "x"), (right, "y")];
                let mut values = Vec::new();
                for (constructor, name) in sides {
                    values.push(self.generic(at, constructor, &types, name)?);
                }
                let value = if left == right {
                    let fields = self.symbols[left].inputs.clone();
                    self.copy(at, fields.iter().map(Ty::size).sum())?;
                    self.fields_equal(at, &fields, &values, &deciders)?
                } else {
                    let no = self.data[self.places["Bool"]].constructors[1];
                    self.node(at, Term::Apply(no, Vec::new(), Vec::new()))?
                };
                let mut written = Written::new(&parameters);
                let mut line = format!("  ({name}");
                for pattern in given.iter().chain(&values) {
                    let _ = write!(line, " {}", self.pattern(at, pattern, &mut written)?);
                }
                let _ = writeln!(clauses, "{line}) = {}.", self.text(at, &value, &mut written)?);
            }
        }
        let _ = write!(self.theory, "\nfun {name} : {ty} {{\n{clauses}}}\n");
        Ok(symbol)
    }

    /// A constructor with variables for its fields.
    fn generic(&mut self, at: usize, constructor: Symbol, types: &[Ty], name: &str) -> Result<Shared> {
        let inputs = self.field_types(at, constructor, types)?;
        let is_one = inputs.len() == 1;
        let mut fields = Vec::new();
        for (index, ty) in inputs.into_iter().enumerate() {
            let name = if is_one { name.to_owned() } else { format!("{name}{}", index + 1) };
            let variable = self.variable(&name, ty);
            fields.push(self.of_variable(at, variable)?);
        }
        self.node(at, Term::Apply(constructor, types.to_vec(), fields))
    }

    /// The truth value of the equality of the fields of two objects of one constructor.
    fn fields_equal(&mut self, at: usize, types: &[Ty], sides: &[Shared], deciders: &Deciders) -> Result<Shared> {
        let fields = |side: &Shared| match &side.term {
            Term::Apply(_, _, fields) => fields.clone(),
            _ => Vec::new(),
        };
        let [left, right] = [fields(&sides[0]), fields(&sides[1])];
        let mut whole: Option<Shared> = None;
        for ((ty, left), right) in types.iter().zip(left).zip(right).rev() {
            let decider = self.decider(at, ty, deciders)?;
            let equal = self.applied(at, &decider, vec![left, right])?;
            whole = Some(match whole {
                None => equal,
                Some(rest) => {
                    let and = self.operation("and");
                    self.node(at, Term::Apply(and, Vec::new(), vec![equal, rest]))?
                }
            });
        }
        match whole {
            Some(whole) => Ok(whole),
            None => {
                let yes = self.data[self.places["Bool"]].constructors[0];
                self.node(at, Term::Apply(yes, Vec::new(), Vec::new()))
            }
        }
    }
}

/// Adds the type variables of a type.
fn variables_of(ty: &Ty, found: &mut BTreeSet<String>) {
    match ty {
        Ty::Named(name, _) if name.starts_with('\'') => {
            found.insert(name.clone());
        }
        Ty::Named(_, types) => types.iter().for_each(|ty| variables_of(ty, found)),
        Ty::Arrow(inputs, output) => {
            inputs.iter().chain([&**output]).for_each(|ty| variables_of(ty, found));
        }
        Ty::Hole(_) => {}
    }
}
