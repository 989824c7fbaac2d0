//! Functions whose recursion is not structural but nevertheless about smaller arguments.
//!
//! The size of an object is the number of its constructors that hold objects of its own type: the length of a list, the
//! value of a number, the inner nodes of a tree. The value of a function is at most as large as some of its arguments
//! together: this is found by induction over its clauses (C. Walther, *On Proving the Termination of Algorithms by
//! Machine*, 1994). A function ends if the sizes of some of its arguments, added, become less with each of its calls,
//! or, with integers, if each call stands under a comparison whose sides have come closer.
//!
//! Such a function is written with a number of steps: `(f x)` is `(f_within (next s) x)` where `s` is the measure, and
//! `f_within` has the clauses of `f` with one step less in each call. This is recursion on a number, which `fun`
//! accepts; were a measure wrong, the function would be another one, but no contradiction. With a measure that becomes
//! less the steps never run out, and `f` is the function that the problem defines.

use super::bounds::{MAX_ARGUMENTS, MAX_STEPS, Sizes, all_pairs};
use super::change::Change;
use super::clauses::Clause;
use super::integers::Linear;
use super::*;

/// The greatest depth of nested cases of variables.
const MAX_SPLITS: u32 = 2;

/// A measure that the recursion of a function makes smaller.
enum Measure {
    /// The sum of the sizes of these arguments.
    Sizes(Vec<usize>),
    /// A linear expression of the integer arguments, where it is positive.
    Integer(Linear),
}

impl Writer {
    /// Writes a function with a number of steps, if its recursion has a measure. Returns whether it has. The variables
    /// are those of its definition.
    pub(super) fn write_measured(
        &mut self,
        at: usize,
        (symbol, names): (Symbol, &[Variable]),
        clauses: &[Clause],
    ) -> Result<bool> {
        let Some(measure) = self.measure(at, symbol, clauses)? else { return Ok(false) };
        let info = self.symbols[symbol].clone();
        let Some(default) = self.some_value(at, &info.output, 0)? else { return Ok(false) };
        let natural = Ty::named("natural");
        self.uses("natural");
        let mut within = info.clone();
        within.name = self.free(&format!("{}_within", info.name));
        within.inputs = std::iter::once(natural.clone()).chain(info.given()).collect();
        within.decided = Vec::new();
        self.symbols.push(within);
        let own = self.symbols.len() - 1;

        let [zero, next] = self.data[self.places["natural"]].constructors[..] else { return Ok(false) };
        let mut stepped = Vec::new();
        let none = self.node(at, Term::Apply(zero, Vec::new(), Vec::new()))?;
        let mut given = Vec::new();
        for &name in names {
            given.push(self.of_variable(at, name)?);
        }
        stepped.push(Clause { patterns: std::iter::once(none).chain(given).collect(), body: default });
        for clause in clauses {
            let steps = self.variable("n", natural.clone());
            let steps = self.of_variable(at, steps)?;
            let body = self.redirected(at, &clause.body, (symbol, own), std::slice::from_ref(&steps))?;
            let more = self.node(at, Term::Apply(next, Vec::new(), vec![steps]))?;
            stepped.push(Clause {
                patterns: std::iter::once(more).chain(clause.patterns.iter().cloned()).collect(),
                body,
            });
        }
        self.write_function(at, own, &stepped)?;

        let mut variables = Vec::new();
        for &name in names {
            variables.push(self.of_variable(at, name)?);
        }
        let steps = self.steps(at, &measure, &variables)?;
        let steps = self.node(at, Term::Apply(next, Vec::new(), vec![steps]))?;
        let types = info.parameters.iter().map(Ty::named).collect();
        let all = std::iter::once(steps).chain(variables.iter().cloned()).collect();
        let body = self.node(at, Term::Apply(own, types, all))?;
        self.write_function(at, symbol, &[Clause { patterns: variables, body }])?;
        Ok(true)
    }

    /// A measure that every call makes smaller.
    fn measure(&mut self, at: usize, symbol: Symbol, clauses: &[Clause]) -> Result<Option<Measure>> {
        let given = self.symbols[symbol].given();
        let sized: Vec<usize> =
            (0..given.len()).filter(|&place| self.is_sized(&given[place])).take(MAX_ARGUMENTS).collect();
        let mut subsets: Vec<u32> = (1..1_u32 << sized.len()).collect();
        subsets.sort_by_key(|subset| subset.count_ones());
        'subsets: for subset in subsets {
            let places: Vec<usize> =
                sized.iter().enumerate().filter(|(bit, _)| subset >> bit & 1 == 1).map(|(_, &place)| place).collect();
            for clause in clauses {
                if !self.is_smaller(at, (symbol, &places), clause, MAX_SPLITS)? {
                    continue 'subsets;
                }
            }
            return Ok(Some(Measure::Sizes(places)));
        }
        Ok(self.integer_measure(at, symbol, clauses)?.map(Measure::Integer))
    }

    /// Whether each call of a clause makes the sizes of some arguments smaller, added.
    fn is_smaller(
        &mut self,
        at: usize,
        (symbol, places): (Symbol, &[usize]),
        clause: &Clause,
        splits: u32,
    ) -> Result<bool> {
        let body = self.normal(at, &clause.body, &mut MAX_STEPS.clone(), None)?;
        let mut whole = Sizes::default();
        for &place in places {
            whole = whole.plus(&self.exact(&clause.patterns[place]), 1);
        }
        let mut holds = true;
        for call in calls(&body, symbol) {
            let Term::Apply(_, _, arguments) = &call.term else { continue };
            let mut sums = vec![Sizes::default()];
            for &place in places {
                let bounds = match arguments.get(place) {
                    Some(argument) => self.bounds(at, argument, None)?,
                    None => Vec::new(),
                };
                sums = all_pairs(&sums, &bounds, |sum, bound| sum.plus(bound, 1));
            }
            holds &= sums.iter().any(|sum| sum.is_less(&whole));
        }
        if holds || splits == 0 {
            return Ok(holds);
        }
        let variables: BTreeSet<Variable> = clause.patterns.iter().flat_map(|pattern| pattern.free()).collect();
        'variables: for variable in variables {
            let ty = self.variables[variable].ty.clone();
            let ty = self.known(at, &ty)?;
            if !self.is_sized(&ty) {
                continue;
            }
            let Some((place, types)) = self.data_of(&ty) else { continue };
            for constructor in self.data[place].constructors.clone() {
                let value = self.opened(at, constructor, &types, &[])?;
                let mut change = Change { terms: BTreeMap::from([(variable, value)]), types: BTreeMap::new() };
                let body = self.changed(at, &body, &mut change)?;
                let mut patterns = Vec::new();
                for pattern in &clause.patterns {
                    patterns.push(self.changed(at, pattern, &mut change)?);
                }
                if !self.is_smaller(at, (symbol, places), &Clause { patterns, body }, splits - 1)? {
                    continue 'variables;
                }
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// The measure of arguments as a natural number.
    fn steps(&mut self, at: usize, measure: &Measure, variables: &[Shared]) -> Result<Shared> {
        match measure {
            Measure::Sizes(places) => {
                let mut sizes = Vec::new();
                for &place in places {
                    let ty = self.type_of(at, &variables[place])?;
                    let Some((data, types)) = self.data_of(&ty) else { continue };
                    let size = self.size_function(at, data)?;
                    sizes.push(self.node(at, Term::Apply(size, types, vec![variables[place].clone()]))?);
                }
                self.sum(at, sizes)
            }
            Measure::Integer(linear) => {
                let mut terms: [Vec<Shared>; 2] = Default::default();
                for (&place, &times) in &linear.of {
                    for _ in 0..times.unsigned_abs().min(MAX_NUMERAL) {
                        terms[usize::from(times < 0)].push(variables[place].clone());
                    }
                }
                if linear.constant != 0 {
                    let number = self.node(at, Term::Numeral(linear.constant.unsigned_abs()))?;
                    terms[usize::from(linear.constant < 0)].push(number);
                }
                let mut sums = Vec::new();
                for terms in terms {
                    let mut terms = terms.into_iter();
                    let mut sum = match terms.next() {
                        Some(first) => first,
                        None => self.node(at, Term::Numeral(0))?,
                    };
                    for term in terms {
                        let plus = self.operation("+");
                        sum = self.node(at, Term::Apply(plus, Vec::new(), vec![sum, term]))?;
                    }
                    sums.push(sum);
                }
                let minus = self.operation("-");
                let difference = self.node(at, Term::Apply(minus, Vec::new(), sums))?;
                let count = self.operation("count");
                self.node(at, Term::Apply(count, Vec::new(), vec![difference]))
            }
        }
    }

    /// The sum of natural numbers.
    fn sum(&mut self, at: usize, mut terms: Vec<Shared>) -> Result<Shared> {
        let zero = self.data[self.places["natural"]].constructors[0];
        self.uses("natural");
        let Some(mut sum) = terms.pop() else { return self.node(at, Term::Apply(zero, Vec::new(), Vec::new())) };
        while let Some(term) = terms.pop() {
            let plus = self.operation("natural_+");
            sum = self.node(at, Term::Apply(plus, Vec::new(), vec![term, sum]))?;
        }
        Ok(sum)
    }

    /// The function that gives the size of a data type's objects, written where it is needed first.
    fn size_function(&mut self, at: usize, place: usize) -> Result<Symbol> {
        if let Some(&symbol) = self.sizes.get(&place) {
            return Ok(symbol);
        }
        self.uses("natural");
        let Data { name: of, parameters, constructors } = self.data[place].clone();
        let name = self.free(&format!("size_{of}"));
        let types: Vec<Ty> = parameters.iter().map(Ty::named).collect();
        let whole = Ty::Named(of, types.clone());
        self.symbols.push(Info::new(name, parameters, vec![whole], Ty::named("natural"), Kind::Function));
        let symbol = self.symbols.len() - 1;
        self.sizes.insert(place, symbol);
        let next = self.data[self.places["natural"]].constructors[1];
        let mut clauses = Vec::new();
        for constructor in constructors {
            let pattern = self.opened(at, constructor, &types, &[])?;
            let Term::Apply(_, _, fields) = &pattern.term else { continue };
            let mut sizes = Vec::new();
            for field in self.own_fields(constructor, fields) {
                sizes.push(self.node(at, Term::Apply(symbol, types.clone(), vec![field.clone()]))?);
            }
            let is_inner = !sizes.is_empty();
            let mut body = self.sum(at, sizes)?;
            if is_inner {
                body = self.node(at, Term::Apply(next, Vec::new(), vec![body]))?;
            }
            clauses.push(Clause { patterns: vec![pattern], body });
        }
        self.write_function(at, symbol, &clauses)?;
        Ok(symbol)
    }

    /// Some object of a type, if there is one without parts.
    fn some_value(&mut self, at: usize, ty: &Ty, depth: u32) -> Result<Option<Shared>> {
        let Some((place, types)) = self.data_of(ty) else { return Ok(None) };
        if depth > 3 {
            return Ok(None);
        }
        let mut constructors = self.data[place].constructors.clone();
        constructors.sort_by_key(|&constructor| self.symbols[constructor].inputs.len());
        'constructors: for constructor in constructors.into_iter().take(4) {
            let mut fields = Vec::new();
            for ty in self.field_types(at, constructor, &types)? {
                match self.some_value(at, &ty, depth + 1)? {
                    Some(value) => fields.push(value),
                    None => continue 'constructors,
                }
            }
            return Ok(Some(self.node(at, Term::Apply(constructor, types, fields))?));
        }
        Ok(None)
    }
}

/// The calls of a function in a term.
fn calls(term: &Shared, symbol: Symbol) -> Vec<Shared> {
    let (mut found, mut open) = (Vec::new(), vec![term]);
    while let Some(term) = open.pop() {
        if matches!(&term.term, Term::Apply(head, ..) if *head == symbol) {
            found.push(term.clone());
        }
        open.extend(term.term.parts());
    }
    found
}
