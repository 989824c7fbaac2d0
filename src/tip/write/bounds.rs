//! Bounds on the size of a function's values: sums of the sizes of its arguments.

use super::change::Change;
use super::clauses::Clause;
use super::*;
use std::rc::Rc;

/// The most calls that are replaced by bodies in one term.
pub(super) const MAX_STEPS: u32 = 2_000;

/// The most bounds of one term that are kept.
const MAX_BOUNDS: usize = 6;

/// The most arguments of a function that may be part of a sum.
pub(super) const MAX_ARGUMENTS: usize = 6;

/// A sum of sizes: a number and a multiple of the size of each variable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sizes {
    constant: u64,
    of: BTreeMap<Variable, u64>,
}

impl Sizes {
    pub fn plus(mut self, other: &Sizes, times: u64) -> Sizes {
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

    pub fn is_less(&self, other: &Sizes) -> bool {
        self.constant < other.constant && self.is_within(other)
    }
}

/// The clauses of a defined function, and bounds on its values.
#[derive(Clone)]
pub(super) struct Rules {
    clauses: Rc<Vec<Clause>>,
    /// Sums of the sizes of arguments that are at least as large as its value; `None` until they are looked for.
    bounds: Option<Vec<Sizes>>,
}

impl Writer {
    /// Remembers the clauses of a function.
    pub(super) fn remember(&mut self, symbol: Symbol, clauses: &[Clause]) {
        self.rules.insert(symbol, Rules { clauses: Rc::new(clauses.to_vec()), bounds: None });
    }

    /// Whether objects of a type have a size: it is a data type, and some constructors hold objects of it.
    pub(super) fn is_sized(&self, ty: &Ty) -> bool {
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
    pub(super) fn exact(&self, pattern: &Node) -> Sizes {
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
    pub(super) fn own_fields<'a>(&self, symbol: Symbol, fields: &'a [Shared]) -> Vec<&'a Shared> {
        let info = &self.symbols[symbol];
        fields.iter().zip(&info.inputs).filter(|(_, ty)| **ty == info.output).map(|(field, _)| field).collect()
    }

    /// Sums that are at least as large as a term, `assumed` of one function.
    pub(super) fn bounds(&mut self, at: usize, term: &Node, assumed: Option<(Symbol, &Sizes)>) -> Result<Vec<Sizes>> {
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

    /// Sums of the sizes of a function's arguments, by their places, that are at least as large as its result.
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

    /// Whether a sum is at least as large as a function's result, by induction over its clauses.
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

    /// A term with the bodies of functions, except for one, in the place of their calls where the arguments decide.
    pub(super) fn normal(&mut self, at: usize, term: &Shared, left: &mut u32, but: Option<Symbol>) -> Result<Shared> {
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
}

/// The least of the results of `with` on each pair of a left and a right sum.
pub(super) fn all_pairs(left: &[Sizes], right: &[Sizes], with: impl Fn(Sizes, &Sizes) -> Sizes) -> Vec<Sizes> {
    least(
        left.iter().flat_map(|left| right.iter().map(|right| with(left.clone(), right)).collect::<Vec<_>>()).collect(),
    )
}

/// The sums that are not at least as large as another one, at most [`MAX_BOUNDS`].
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
