//! Functions whose recursion is no recursion on a part of an argument, but about smaller arguments all the same.
//!
//! The size of an object is the number of its constructors that hold objects of its own type: the length of a list,
//! the value of a number, the inner nodes of a tree. What a function gives is at most as large as some of its arguments
//! together: this is found by induction over its clauses (C. Walther, *On Proving the Termination of Algorithms by
//! Machine*, 1994). A function ends if the sizes of some of its arguments, added, become less with each of its calls,
//! or, with integers, if each call stands under a comparison whose sides have come closer.
//!
//! Such a function is written with a number of steps: `(f x)` is `(f_within (next s) x)` where `s` is the measure, and
//! `f_within` has the clauses of `f` with one step less in each call. This is recursion on a number, which `fun`
//! accepts; were a measure wrong, the function would be another one, but no contradiction. With a measure that becomes
//! less the steps never run out, and `f` is the function that the problem defines.

use super::change::Change;
use super::clauses::Clause;
use super::*;
use std::rc::Rc;

/// How many calls are replaced by bodies in one term.
const MAX_STEPS: u32 = 2_000;

/// How many bounds of one term are kept.
const MAX_BOUNDS: usize = 6;

/// How many cases of variables are told apart, one inside of the other.
const MAX_SPLITS: u32 = 2;

/// How many arguments a measure is looked for among.
const MAX_ARGUMENTS: usize = 6;

/// A sum of sizes: a number and a multiple of the size of each variable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sizes {
    constant: u64,
    of: BTreeMap<Variable, u64>,
}

impl Sizes {
    fn plus(mut self, other: &Sizes, times: u64) -> Sizes {
        self.constant = self.constant.saturating_add(other.constant.saturating_mul(times));
        for (&variable, &count) in &other.of {
            let sum = self.of.entry(variable).or_default();
            *sum = sum.saturating_add(count.saturating_mul(times));
        }
        self
    }

    /// A sum that is at least as large as both.
    fn or(mut self, other: &Sizes) -> Sizes {
        self.constant = self.constant.max(other.constant);
        for (&variable, &count) in &other.of {
            let most = self.of.entry(variable).or_default();
            *most = count.max(*most);
        }
        self
    }

    /// Whether it is at most the other, whatever the sizes are.
    fn is_within(&self, other: &Sizes) -> bool {
        self.constant <= other.constant && self.of.iter().all(|(variable, count)| other.of.get(variable) >= Some(count))
    }

    fn is_less(&self, other: &Sizes) -> bool {
        self.constant < other.constant && self.is_within(other)
    }
}

/// An integer: a number and a multiple of each variable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Linear {
    constant: i64,
    of: BTreeMap<Variable, i64>,
}

impl Linear {
    fn plus(mut self, other: &Linear, times: i64) -> Linear {
        self.constant = self.constant.saturating_add(other.constant.saturating_mul(times));
        for (&variable, &count) in &other.of {
            let sum = self.of.entry(variable).or_default();
            *sum = sum.saturating_add(count.saturating_mul(times));
        }
        self.of.retain(|_, count| *count != 0);
        self
    }
}

/// What a function's recursion makes smaller.
enum Measure {
    /// The sizes of arguments, added.
    Sizes(Vec<usize>),
    /// An integer of the arguments that are integers, where it is positive.
    Integer(Linear),
}

/// What is known of a function once it is defined.
#[derive(Clone)]
pub(super) struct Rules {
    clauses: Rc<Vec<Clause>>,
    /// Sums of the sizes of arguments that are at least as large as what it gives, once they were looked for.
    bounds: Option<Vec<Sizes>>,
}

impl Writer {
    /// Remembers the clauses of a function.
    pub(super) fn remember(&mut self, symbol: Symbol, clauses: &[Clause]) {
        self.rules.insert(symbol, Rules { clauses: Rc::new(clauses.to_vec()), bounds: None });
    }

    /// Writes a function with a number of steps, if its recursion has a measure. Returns whether it has. The variables are
    /// those of its definition.
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
            let body = self.redirected(at, &clause.body, (symbol, own), &[steps.clone()])?;
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
        self.integer_measure(at, symbol, clauses)
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

    /// Whether objects of a type have a size: it is a data type, and some constructors hold objects of it.
    fn is_sized(&self, ty: &Ty) -> bool {
        let Some((place, _)) = self.data_of(ty) else { return false };
        let is_own = |symbol: Symbol, field: &Ty| *field == self.symbols[symbol].output;
        let of_functions = |symbol: Symbol, field: &Ty| match field {
            Ty::Arrow(_, output) => is_own(symbol, output),
            _ => false,
        };
        let any = |test: &dyn Fn(Symbol, &Ty) -> bool| {
            self.data[place]
                .constructors
                .iter()
                .any(|&symbol| self.symbols[symbol].inputs.iter().any(|ty| test(symbol, ty)))
        };
        any(&is_own) && !any(&of_functions)
    }

    /// The size of a pattern.
    fn exact(&self, pattern: &Node) -> Sizes {
        match &pattern.term {
            Term::Variable(variable) if self.is_sized(&self.variables[*variable].ty) => {
                Sizes { constant: 0, of: BTreeMap::from([(*variable, 1)]) }
            }
            Term::Apply(symbol, _, fields) => {
                let own = self.own_fields(*symbol, fields);
                let count = u64::from(!own.is_empty());
                own.into_iter()
                    .fold(Sizes { constant: count, of: BTreeMap::new() }, |sum, field| sum.plus(&self.exact(field), 1))
            }
            _ => Sizes::default(),
        }
    }

    /// The fields of a constructor that are of its own type.
    fn own_fields<'a>(&self, symbol: Symbol, fields: &'a [Shared]) -> Vec<&'a Shared> {
        let info = &self.symbols[symbol];
        fields.iter().zip(&info.inputs).filter(|(_, ty)| **ty == info.output).map(|(field, _)| field).collect()
    }

    /// Sums that are at least as large as a term, `assumed` of one function.
    fn bounds(&mut self, at: usize, term: &Node, assumed: Option<(Symbol, &Sizes)>) -> Result<Vec<Sizes>> {
        stacker::maybe_grow(128 * 1024, 4 * 1024 * 1024, || self.bounds_here(at, term, assumed))
    }

    fn bounds_here(&mut self, at: usize, term: &Node, assumed: Option<(Symbol, &Sizes)>) -> Result<Vec<Sizes>> {
        let ty = self.type_of(at, term)?;
        if !self.is_sized(&ty) {
            return Ok(vec![Sizes::default()]);
        }
        let (symbol, arguments) = match &term.term {
            Term::Variable(variable) => {
                return Ok(vec![Sizes { constant: 0, of: BTreeMap::from([(*variable, 1)]) }]);
            }
            Term::Apply(symbol, _, arguments) => (*symbol, arguments),
            _ => return Ok(Vec::new()),
        };
        if let Some((_, fields)) = self.built(term) {
            let own = self.own_fields(symbol, fields);
            let mut sums = vec![Sizes { constant: u64::from(!own.is_empty()), of: BTreeMap::new() }];
            for field in own {
                let bounds = self.bounds(at, field, assumed)?;
                sums = all_pairs(&sums, &bounds, |sum, bound| sum.plus(bound, 1));
            }
            return Ok(sums);
        }
        if let (Some(ite), [_, yes, no]) = (self.operations.get("ite"), &arguments[..])
            && *ite == symbol
        {
            let (yes, no) = (self.bounds(at, yes, assumed)?, self.bounds(at, no, assumed)?);
            return Ok(all_pairs(&yes, &no, |yes, no| yes.or(no)));
        }
        if arguments.len() != self.symbols[symbol].given().len() {
            return Ok(Vec::new());
        }
        let of_function = match assumed {
            Some((function, bound)) if function == symbol => vec![bound.clone()],
            _ => self.function_bounds(at, symbol)?,
        };
        let mut all = Vec::new();
        for bound in of_function {
            let mut sums = vec![Sizes { constant: bound.constant, of: BTreeMap::new() }];
            for (&place, &times) in &bound.of {
                let argument = match arguments.get(place) {
                    Some(argument) => self.bounds(at, argument, assumed)?,
                    None => Vec::new(),
                };
                sums = all_pairs(&sums, &argument, |sum, bound| sum.plus(bound, times));
            }
            all.extend(sums);
        }
        Ok(least(all))
    }

    /// Sums of the sizes of a function's arguments, by their places, that are at least as large as what it gives.
    fn function_bounds(&mut self, at: usize, symbol: Symbol) -> Result<Vec<Sizes>> {
        let Some(rules) = self.rules.get(&symbol).cloned() else { return Ok(Vec::new()) };
        if let Some(bounds) = rules.bounds {
            return Ok(bounds);
        }
        // Of what has no size here, a caller may know more. None while they are looked for.
        self.set_bounds(symbol, Vec::new());
        if !self.is_sized(&self.symbols[symbol].output) {
            return Ok(Vec::new());
        }
        let given = self.symbols[symbol].given();
        let sized: Vec<usize> =
            (0..given.len()).filter(|&place| self.is_sized(&given[place])).take(MAX_ARGUMENTS).collect();
        let mut bodies = Vec::new();
        for clause in rules.clauses.iter() {
            bodies.push(self.normal(at, &clause.body, &mut MAX_STEPS.clone(), Some(symbol))?);
        }
        let mut found: Vec<Sizes> = Vec::new();
        for count in 0..=2 {
            for constant in 0..=1 {
                for subset in (0..1_u32 << sized.len()).filter(|subset| subset.count_ones() == count) {
                    let places = sized.iter().enumerate().filter(|(bit, _)| subset >> bit & 1 == 1);
                    let bound = Sizes { constant, of: places.map(|(_, &place)| (place, 1)).collect() };
                    if found.len() < MAX_BOUNDS
                        && !found.iter().any(|known| known.is_within(&bound))
                        && self.is_bound(at, symbol, &bound, &rules.clauses, &bodies)?
                    {
                        found.push(bound);
                    }
                }
            }
        }
        self.set_bounds(symbol, found.clone());
        Ok(found)
    }

    fn set_bounds(&mut self, symbol: Symbol, bounds: Vec<Sizes>) {
        if let Some(rules) = self.rules.get_mut(&symbol) {
            rules.bounds = Some(bounds);
        }
    }

    /// Whether a sum is at least as large as what a function gives, by induction over its clauses.
    fn is_bound(
        &mut self,
        at: usize,
        symbol: Symbol,
        bound: &Sizes,
        clauses: &[Clause],
        bodies: &[Shared],
    ) -> Result<bool> {
        for (clause, body) in clauses.iter().zip(bodies) {
            let mut whole = Sizes { constant: bound.constant, of: BTreeMap::new() };
            for (&place, &times) in &bound.of {
                whole = whole.plus(&self.exact(&clause.patterns[place]), times);
            }
            if !self.bounds(at, body, Some((symbol, bound)))?.iter().any(|sum| sum.is_within(&whole)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A term with the bodies of functions, but for one, in the place of their calls where the arguments decide.
    fn normal(&mut self, at: usize, term: &Shared, left: &mut u32, but: Option<Symbol>) -> Result<Shared> {
        stacker::maybe_grow(128 * 1024, 4 * 1024 * 1024, || self.normal_here(at, term, left, but))
    }

    fn normal_here(&mut self, at: usize, term: &Shared, left: &mut u32, but: Option<Symbol>) -> Result<Shared> {
        let ite = self.operations.get("ite").copied();
        if let Term::Apply(symbol, types, arguments) = &term.term
            && let [condition, yes, no] = &arguments[..]
            && Some(*symbol) == ite
        {
            let condition = self.normal(at, condition, left, but)?;
            if let Some((constructor, _)) = self.built(&condition) {
                let is_true = self.data[self.places["Bool"]].constructors[0] == constructor;
                return self.normal(at, if is_true { yes } else { no }, left, but);
            }
            let (yes, no) = (self.normal(at, yes, left, but)?, self.normal(at, no, left, but)?);
            return self.node(at, Term::Apply(*symbol, types.clone(), vec![condition, yes, no]));
        }
        if matches!(term.term, Term::Lambda(..)) {
            return Ok(term.clone());
        }
        let term = self.rebuilt(at, term, &mut |writer, part| writer.normal(at, part, left, but))?;
        let Term::Apply(symbol, types, arguments) = &term.term else { return Ok(term) };
        let Some(rules) = self.rules.get(symbol).filter(|_| Some(*symbol) != but && *left > 0) else { return Ok(term) };
        let clauses = rules.clauses.clone();
        for clause in clauses.iter() {
            let mut change = Change::default();
            let count = clause.patterns.len();
            let fits = arguments.len() == count
                && clause
                    .patterns
                    .iter()
                    .zip(arguments)
                    .all(|(pattern, argument)| self.fits(pattern, argument, &mut change.terms));
            if fits {
                *left -= 1;
                let parameters = self.symbols[*symbol].parameters.iter().cloned();
                change.types = parameters.zip(types.iter().cloned()).collect();
                let body = self.changed(at, &clause.body, &mut change)?;
                return self.normal(at, &body, left, but);
            }
        }
        Ok(term)
    }

    /// Whether a term is of the form of a pattern, whatever its variables stand for.
    fn fits(&self, pattern: &Node, term: &Shared, found: &mut BTreeMap<Variable, Shared>) -> bool {
        match &pattern.term {
            Term::Variable(variable) => {
                found.insert(*variable, term.clone());
                true
            }
            Term::Apply(symbol, _, fields) => match &term.term {
                Term::Apply(head, _, given) if head == symbol && given.len() == fields.len() => {
                    fields.iter().zip(given).all(|(field, given)| self.fits(field, given, found))
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// An integer that stands under a comparison in each call, and is less in the call.
    fn integer_measure(&mut self, at: usize, symbol: Symbol, clauses: &[Clause]) -> Result<Option<Measure>> {
        // By the places of arguments that are integers, and variables in all clauses.
        let given = self.symbols[symbol].given();
        let is_integer = |place: usize| {
            given[place] == Ty::named("Int") && clauses.iter().all(|clause| is_variable(&clause.patterns[place]))
        };
        let places: Vec<usize> = (0..given.len()).filter(|&place| is_integer(place)).collect();
        let mut chosen: Option<Linear> = None;
        for clause in clauses {
            let of_variables: BTreeMap<Variable, usize> = places
                .iter()
                .filter_map(|&place| match clause.patterns[place].term {
                    Term::Variable(variable) => Some((variable, place)),
                    _ => None,
                })
                .collect();
            self.copy(at, clause.body.size)?;
            let mut found = Vec::new();
            self.guarded(&clause.body, symbol, &mut Vec::new(), &mut found);
            for (call, guards) in found {
                self.copy(at, guards.len() as u64 * (1 + places.len() as u64))?;
                let Term::Apply(_, _, arguments) = &call.term else { return Ok(None) };
                let mut values = BTreeMap::new();
                for &place in &places {
                    let value = arguments.get(place).and_then(|argument| self.linear(argument));
                    values.insert(place, value.and_then(|value| by_place(&value, &of_variables)));
                }
                let decreases = |guard: &Linear| {
                    let mut after = Linear { constant: guard.constant, of: BTreeMap::new() };
                    for (place, &times) in &guard.of {
                        let Some(Some(value)) = values.get(place) else { return false };
                        after = after.plus(value, times);
                    }
                    let change = guard.clone().plus(&after, -1);
                    change.of.is_empty() && change.constant >= 1
                };
                let mut guards = guards.iter().filter_map(|guard| by_place(guard, &of_variables));
                let guard = match &chosen {
                    Some(chosen) => guards.find(|guard| guard == chosen && decreases(guard)),
                    None => guards.find(decreases),
                };
                match guard {
                    Some(guard) => chosen = Some(guard),
                    None => return Ok(None),
                }
            }
        }
        // Under the comparison it is at least 0; the measure is at least 1.
        let one = Linear { constant: 1, of: BTreeMap::new() };
        Ok(chosen.map(|guard| Measure::Integer(guard.plus(&one, 1))))
    }

    /// The calls of a function, each with integers that are not negative where it stands.
    fn guarded<'a>(
        &self,
        term: &'a Shared,
        symbol: Symbol,
        guards: &mut Vec<Linear>,
        found: &mut Vec<(&'a Shared, Vec<Linear>)>,
    ) {
        if let Term::Apply(head, _, arguments) = &term.term {
            if *head == symbol {
                found.push((term, guards.clone()));
            }
            if let [condition, yes, no] = &arguments[..]
                && self.operations.get("ite") == Some(head)
            {
                self.guarded(condition, symbol, guards, found);
                for (branch, is_true) in [(yes, true), (no, false)] {
                    let guard = self.guard(condition, is_true);
                    let depth = guards.len();
                    guards.extend(guard);
                    self.guarded(branch, symbol, guards, found);
                    guards.truncate(depth);
                }
                return;
            }
        }
        term.term.parts().into_iter().for_each(|part| self.guarded(part, symbol, guards, found));
    }

    /// The integer that is not negative where a comparison holds, or where it does not.
    fn guard(&self, condition: &Node, is_true: bool) -> Option<Linear> {
        let Term::Apply(symbol, _, arguments) = &condition.term else { return None };
        let [left, right] = &arguments[..] else { return None };
        let is = |name: &str| self.operations.get(name) == Some(symbol);
        // Whether it says that `left` is at most `right`, or less; the reverse where it does not hold.
        let (left, right, is_strict) = if is("<=") {
            (left, right, false)
        } else if is("<") {
            (left, right, true)
        } else if is(">=") {
            (right, left, false)
        } else if is(">") {
            (right, left, true)
        } else {
            return None;
        };
        let (left, right, is_strict) = if is_true { (left, right, is_strict) } else { (right, left, !is_strict) };
        let mut difference = self.linear(right)?.plus(&self.linear(left)?, -1);
        difference.constant -= i64::from(is_strict);
        Some(difference)
    }

    fn linear(&self, term: &Node) -> Option<Linear> {
        match &term.term {
            Term::Variable(variable) => Some(Linear { constant: 0, of: BTreeMap::from([(*variable, 1)]) }),
            Term::Numeral(value) => Some(Linear { constant: i64::try_from(*value).ok()?, of: BTreeMap::new() }),
            Term::Apply(symbol, _, arguments) => {
                let is = |name: &str| self.operations.get(name) == Some(symbol);
                match &arguments[..] {
                    [left, right] if is("+") => Some(self.linear(left)?.plus(&self.linear(right)?, 1)),
                    [left, right] if is("-") => Some(self.linear(left)?.plus(&self.linear(right)?, -1)),
                    [value] if is("negate") => Some(Linear::default().plus(&self.linear(value)?, -1)),
                    _ => None,
                }
            }
            _ => None,
        }
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

    /// Some object of a type, if one without parts is at hand.
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

fn is_variable(term: &Node) -> bool {
    matches!(term.term, Term::Variable(_))
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

/// An integer by the places of arguments in the place of variables, if it has no others.
fn by_place(linear: &Linear, places: &BTreeMap<Variable, usize>) -> Option<Linear> {
    let of = linear.of.iter().map(|(variable, &times)| Some((*places.get(variable)?, times)));
    Some(Linear { constant: linear.constant, of: of.collect::<Option<_>>()? })
}

/// What becomes of each of some with each of others, the least.
fn all_pairs(left: &[Sizes], right: &[Sizes], with: impl Fn(Sizes, &Sizes) -> Sizes) -> Vec<Sizes> {
    least(
        left.iter().flat_map(|left| right.iter().map(|right| with(left.clone(), right)).collect::<Vec<_>>()).collect(),
    )
}

/// Those that are not at least as large as another one, not too many.
fn least(all: Vec<Sizes>) -> Vec<Sizes> {
    let mut kept: Vec<Sizes> = Vec::new();
    for sum in all {
        if !kept.iter().any(|known| known.is_within(&sum)) {
            kept.retain(|known| !sum.is_within(known));
            kept.push(sum);
        }
    }
    kept.truncate(MAX_BOUNDS);
    kept
}
