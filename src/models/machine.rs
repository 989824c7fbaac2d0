//! Evaluation in a structure: values of terms, truth values of propositions, in counted steps.
//!
//! Truth has three values, those of Kleene's strong logic: a proposition that cannot be decided (a quantifier over
//! infinitely many values none of which decides it, functions that agree where they were compared, a limit) is neither
//! true nor false, and the same holds of another one only if its truth depends on that. So the values true and false
//! are those of the structure.
//!
//! Source of the logic: S. C. Kleene, *Introduction to Metamathematics*, 1952, section 64.

use super::code::{Code, CodeId, Operands, Program};
use super::signature::Signature;
use super::value::{Head, Value, Values};
use prover_logic::ConstId;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::sync::Arc;

/// Values of a type that a quantifier inside of a statement looks at, unless it has no more than [`WHOLE`].
const NESTED: usize = 16;
/// The most values that a type may have for all of them to be looked at inside of a statement.
const WHOLE: usize = 64;
/// Arguments at which functions are compared.
const COMPARED: usize = 12;
/// Calls one within the other.
const DEPTH: u32 = 4_000;
/// A cell of a table that has no value yet.
pub(super) const UNDEFINED: u8 = u8::MAX;

/// The values of the variables around a term, outermost first.
pub(super) type Scope = SmallVec<[Value; 8]>;

/// Reason why a term has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stuck {
    /// It takes more steps than it may, or calls nested too deeply.
    Steps,
    /// It has a part without a meaning: a constant, or something that is not understood.
    Meaning(Option<ConstId>),
    /// It quantifies over more values than can be looked at, and none of these decides it.
    Endless,
    /// It compares functions that agree where they were compared.
    Functions,
    /// A cell of a table that is not settled.
    Cell(u32),
}

/// The truth of a proposition, where it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    True,
    False,
    Unknown(Stuck),
}

/// The argument or result of a function that is a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Domain {
    Prop,
    /// A finite type, by its place among the sorts.
    Sort(usize),
    /// A data type whose constructors have no arguments, by its place.
    Enumeration(usize),
}

/// A pattern of a clause.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    /// The value of a variable.
    Bind(u32),
    /// Anything.
    Any,
    /// A constructor with patterns for its arguments, types not among them.
    Construct(ConstId, Vec<Pattern>),
}

/// An equation of a function.
#[derive(Clone, Debug)]
pub(super) struct Clause {
    pub patterns: Vec<Pattern>,
    pub variables: usize,
    pub right: CodeId,
}

/// Definition of a function's values.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    /// A constructor.
    Constructs,
    /// Its equations, in order.
    Clauses(Arc<[Clause]>),
    /// A table, by its place.
    Table(usize),
    /// The conjunction of these propositions, each over the arguments.
    Law(Arc<[CodeId]>),
    /// Some value of its type, which is given.
    Given(CodeId),
    /// A constant of a form that is not supported.
    Opaque,
    /// No definition yet.
    Nothing,
}

/// The shape of a table: its arguments and its result.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub arguments: Vec<Domain>,
    pub result: Domain,
}

/// The tables of one structure.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    /// The number of elements of each sort.
    pub sizes: Vec<u32>,
    /// Distinguishes cached values of this structure from those of others, also of structures that no longer exist.
    pub serial: u32,
    /// The first cell of each table.
    pub starts: Vec<u32>,
    /// The values, by number.
    pub cells: Vec<u8>,
}

/// A constructor's arguments that are not types: the code of each one's type over the parameters.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    pub constructor: ConstId,
    pub types: Vec<CodeId>,
}

/// Values of a type, the smaller first.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    pub values: Arc<[Value]>,
    /// Whether these are all.
    pub is_whole: bool,
}

/// The pools of types.
pub(super) type Pools = FxHashMap<Value, Pool>;
/// The values of types by size.
pub(super) type Levels = FxHashMap<(Value, u32), Arc<[Value]>>;

/// Structures that differ in their tables only, with the evaluator of terms in them.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    pub signature: Arc<Signature>,
    pub program: Program,
    pub values: Values,
    pub meanings: Vec<Meaning>,
    pub shapes: Vec<Shape>,
    /// The arguments of constructors, by data type.
    pub fields: Vec<Vec<Fields>>,
    pub structures: Vec<Tables>,
    /// The structure in which terms are evaluated.
    pub current: usize,
    /// Whether calls are remembered; not while tables change.
    pub remembers: bool,
    pub steps: u64,
    depth: u32,
    serial: u32,
    pub(super) pools: Pools,
    pub(super) levels: Levels,
    /// The bounds on the values of pools and levels.
    pub(super) reach: Reach,
    /// The pools and levels of the other reach.
    other: (Pools, Levels),
}

/// Bounds on the number of values of a pool, and of one size in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reach {
    pub pool: usize,
    pub level: usize,
}

impl Reach {
    /// The bounds for every statement.
    pub const NEAR: Self = Self { pool: 256, level: 600 };
    /// The bounds for a statement of few variables where there is time.
    pub const FAR: Self = Self { pool: 40_000, level: 40_000 };
}

type Valued = Result<Value, Stuck>;

impl Machine {
    /// A machine without structures.
    pub fn new(signature: Arc<Signature>) -> Self {
        Self {
            meanings: vec![Meaning::Nothing; signature.functions.len()],
            signature,
            program: Program::default(),
            values: Values::new(),
            shapes: Vec::new(),
            fields: Vec::new(),
            structures: Vec::new(),
            current: 0,
            remembers: true,
            steps: 0,
            depth: 0,
            serial: 0,
            pools: FxHashMap::default(),
            levels: FxHashMap::default(),
            reach: Reach::NEAR,
            other: Default::default(),
        }
    }

    /// Changes how many values are looked at.
    pub fn set_reach(&mut self, reach: Reach) {
        if reach != self.reach {
            self.reach = reach;
            std::mem::swap(&mut self.pools, &mut self.other.0);
            std::mem::swap(&mut self.levels, &mut self.other.1);
        }
    }

    /// Forgets all values and cached results.
    pub fn forget(&mut self) {
        self.values = Values::new();
        self.pools.clear();
        self.levels.clear();
        self.other = Default::default();
    }

    /// Adds a structure, and makes it the current one.
    pub fn enter(&mut self, mut tables: Tables) {
        self.serial += 1;
        tables.serial = self.serial;
        self.current = self.structures.len();
        self.structures.push(tables);
    }

    fn spend(&mut self) -> Result<(), Stuck> {
        self.steps = self.steps.checked_sub(1).ok_or(Stuck::Steps)?;
        Ok(())
    }

    /// The truth of a proposition in a scope.
    pub fn truth(&mut self, code: CodeId, scope: &[Value]) -> Truth {
        if let Err(stuck) = self.spend() {
            return Truth::Unknown(stuck);
        }
        match self.program.code(code) {
            Code::Implies(premise, conclusion) => {
                let premise = self.truth(premise, scope);
                if premise == Truth::False {
                    return Truth::True;
                }
                let mut inner = Scope::from_slice(scope);
                inner.push(Value::TRUE);
                match (premise, self.truth(conclusion, &inner)) {
                    (_, Truth::True) => Truth::True,
                    (Truth::True, conclusion) => conclusion,
                    (premise, _) => premise,
                }
            }
            Code::All(domain, body) => self.all(domain, body, scope),
            Code::Equal(ty, left, right) => match self.equation(ty, left, right, scope) {
                Ok(truth) => truth,
                Err(stuck) => Truth::Unknown(stuck),
            },
            _ => match self.value(code, scope) {
                Ok(Value::TRUE) => Truth::True,
                Ok(Value::FALSE) => Truth::False,
                Ok(_) => Truth::Unknown(Stuck::Meaning(None)),
                Err(stuck) => Truth::Unknown(stuck),
            },
        }
    }

    fn all(&mut self, domain: CodeId, body: CodeId, scope: &[Value]) -> Truth {
        let pool = match self.value(domain, scope) {
            Ok(ty) => self.pool(ty),
            Err(stuck) => return Truth::Unknown(stuck),
        };
        let is_whole = pool.is_whole && pool.values.len() <= WHOLE;
        let count = if is_whole { pool.values.len() } else { pool.values.len().min(NESTED) };
        let mut verdict = if is_whole { Truth::True } else { Truth::Unknown(Stuck::Endless) };
        let mut inner = Scope::from_slice(scope);
        inner.push(Value::TRUE);
        for &value in &pool.values[..count] {
            if let Some(last) = inner.last_mut() {
                *last = value;
            }
            match self.truth(body, &inner) {
                Truth::False => return Truth::False,
                Truth::True => {}
                // A cell that is not settled says more than that there are too many values.
                unknown => verdict = unknown,
            }
        }
        verdict
    }

    fn equation(&mut self, ty: CodeId, left: CodeId, right: CodeId, scope: &[Value]) -> Result<Truth, Stuck> {
        let left = self.value(left, scope)?;
        let right = self.value(right, scope)?;
        if left == right {
            return Ok(Truth::True);
        }
        if !self.values.has_function(left) && !self.values.has_function(right) {
            return Ok(Truth::False);
        }
        let ty = self.value(ty, scope)?;
        Ok(self.equal(Some(ty), left, right))
    }

    /// The truth of the equation of two values of a type, which may contain functions; `ty` is `None` for an unknown
    /// type.
    fn equal(&mut self, ty: Option<Value>, left: Value, right: Value) -> Truth {
        if left == right {
            return Truth::True;
        }
        if !self.values.has_function(left) && !self.values.has_function(right) {
            return Truth::False;
        }
        if let Err(stuck) = self.spend() {
            return Truth::Unknown(stuck);
        }
        if let (Head::Construct(one), Head::Construct(other)) = (self.values.head(left), self.values.head(right)) {
            if one != other {
                return Truth::False;
            }
            let pairs: Vec<(Value, Value)> = {
                let (first, second) = (self.values.parts(left), self.values.parts(right));
                first.iter().copied().zip(second.iter().copied()).collect()
            };
            let mut verdict = Truth::True;
            for (left, right) in pairs {
                match self.equal(None, left, right) {
                    Truth::False => return Truth::False,
                    Truth::True => {}
                    unknown => verdict = unknown,
                }
            }
            return verdict;
        }
        let Some(ty) = ty.filter(|&ty| self.values.head(ty) == Head::Arrow) else {
            return Truth::Unknown(Stuck::Functions);
        };
        let (domain, range) = (self.values.part(ty, 0), self.values.part(ty, 1));
        let pool = self.pool(domain);
        let is_whole = pool.is_whole && pool.values.len() <= WHOLE;
        let mut verdict = if is_whole { Truth::True } else { Truth::Unknown(Stuck::Functions) };
        for &argument in pool.values.iter().take(if is_whole { WHOLE } else { COMPARED }) {
            let sides = self.apply(left, argument).and_then(|left| Ok((left, self.apply(right, argument)?)));
            match sides.map(|(left, right)| self.equal(Some(range), left, right)) {
                Ok(Truth::False) => return Truth::False,
                Ok(Truth::True) => {}
                Ok(unknown) => verdict = unknown,
                Err(stuck) => verdict = Truth::Unknown(stuck),
            }
        }
        verdict
    }

    fn operands(&mut self, operands: Operands, scope: &[Value]) -> Result<Scope, Stuck> {
        let mut values = Scope::new();
        for place in operands.places() {
            let operand = self.program.operand(place);
            values.push(self.value(operand, scope)?);
        }
        Ok(values)
    }

    /// The value of a term in a scope.
    pub fn value(&mut self, code: CodeId, scope: &[Value]) -> Valued {
        self.spend()?;
        match self.program.code(code) {
            Code::Variable(place) => scope.get(place as usize).copied().ok_or(Stuck::Meaning(None)),
            Code::Construct(constant, operands) => {
                let parts = self.operands(operands, scope)?;
                Ok(self.values.intern(Head::Construct(constant), &parts))
            }
            Code::Call(function, operands) => {
                let arguments = self.operands(operands, scope)?;
                self.call(function, &arguments)
            }
            Code::Partial(function, operands) => {
                let arguments = self.operands(operands, scope)?;
                Ok(self.values.intern(Head::Partial(function), &arguments))
            }
            Code::Apply(function, argument) => {
                let function = self.value(function, scope)?;
                let argument = self.value(argument, scope)?;
                self.apply(function, argument)
            }
            Code::Lambda(body) => Ok(self.values.intern(Head::Closure(body), scope)),
            Code::Equal(..) | Code::Implies(..) | Code::All(..) => match self.truth(code, scope) {
                Truth::True => Ok(Value::TRUE),
                Truth::False => Ok(Value::FALSE),
                Truth::Unknown(stuck) => Err(stuck),
            },
            Code::Prop => Ok(self.values.intern(Head::Prop, &[])),
            Code::Type => Ok(self.values.intern(Head::Type, &[])),
            Code::Former(constant, operands) => {
                let parts = self.operands(operands, scope)?;
                Ok(self.former(constant, &parts))
            }
            Code::Arrow(domain, range) => {
                let domain = self.value(domain, scope)?;
                // What stands for a function's argument in the type of its result is no type, and is looked up nowhere.
                let mut inner = Scope::from_slice(scope);
                inner.push(Value::TRUE);
                let range = self.value(range, &inner)?;
                Ok(self.values.intern(Head::Arrow, &[domain, range]))
            }
            Code::Unknown(constant) => Err(Stuck::Meaning(constant)),
        }
    }

    fn former(&mut self, constant: ConstId, parts: &[Value]) -> Value {
        match self.signature.sorts.iter().position(|&sort| sort == constant) {
            Some(sort) => {
                let size = self.structures.get(self.current).and_then(|tables| tables.sizes.get(sort));
                let size = size.copied().unwrap_or(0);
                self.values.intern(Head::Atoms(sort as u32, size), &[])
            }
            None => self.values.intern(Head::Former(constant), parts),
        }
    }

    /// A function value applied to an argument.
    pub fn apply(&mut self, function: Value, argument: Value) -> Valued {
        self.spend()?;
        match self.values.head(function) {
            Head::Closure(body) => {
                let mut scope = Scope::from_slice(self.values.parts(function));
                scope.push(argument);
                self.nested(|machine| machine.value(body, &scope))
            }
            Head::Partial(number) => {
                let mut arguments = Scope::from_slice(self.values.parts(function));
                arguments.push(argument);
                let info = &self.signature.functions[number as usize];
                match info.constructs {
                    _ if arguments.len() < info.arity => Ok(self.values.intern(Head::Partial(number), &arguments)),
                    Some(parameters) => {
                        let constant = info.constant;
                        Ok(self.values.intern(Head::Construct(constant), &arguments[parameters..]))
                    }
                    None => self.call(number, &arguments),
                }
            }
            Head::Chosen(seed) => self.chosen(function, seed, argument),
            Head::Listed => {
                let domain = self.values.part(function, 0);
                let place = self.pool(domain).values.iter().position(|&value| value == argument);
                let place = place.ok_or(Stuck::Functions)?;
                Ok(self.values.part(function, place + 1))
            }
            _ => Err(Stuck::Meaning(None)),
        }
    }

    fn nested<T>(&mut self, run: impl FnOnce(&mut Self) -> Result<T, Stuck>) -> Result<T, Stuck> {
        if self.depth >= DEPTH {
            return Err(Stuck::Steps);
        }
        self.depth += 1;
        let result = stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || run(self));
        self.depth -= 1;
        result
    }

    /// A function with all of its arguments.
    fn call(&mut self, number: u32, arguments: &[Value]) -> Valued {
        match &self.meanings[number as usize] {
            Meaning::Constructs => {
                let info = &self.signature.functions[number as usize];
                let (constant, parameters) = (info.constant, info.constructs.unwrap_or(0));
                Ok(self.values.intern(Head::Construct(constant), &arguments[parameters..]))
            }
            &Meaning::Table(table) => self.look_up(table, arguments),
            Meaning::Clauses(clauses) => {
                let clauses = clauses.clone();
                self.remembered(number, arguments, |machine| machine.by_clauses(number, &clauses, arguments))
            }
            Meaning::Law(laws) => {
                let laws = laws.clone();
                self.remembered(number, arguments, |machine| {
                    let mut verdict = Ok(Value::TRUE);
                    for &law in &*laws {
                        match machine.truth(law, arguments) {
                            Truth::False => return Ok(Value::FALSE),
                            Truth::True => {}
                            Truth::Unknown(stuck) => verdict = Err(stuck),
                        }
                    }
                    verdict
                })
            }
            &Meaning::Given(ty) => {
                let ty = self.value(ty, &[])?;
                let pool = self.pool(ty);
                let constant = self.signature.functions[number as usize].constant;
                let mut value = match pool.values.len() {
                    0 => return Err(Stuck::Meaning(Some(constant))),
                    count => pool.values[self.current % count],
                };
                for &argument in arguments {
                    value = self.apply(value, argument)?;
                }
                Ok(value)
            }
            Meaning::Opaque | Meaning::Nothing => {
                Err(Stuck::Meaning(Some(self.signature.functions[number as usize].constant)))
            }
        }
    }

    fn remembered(&mut self, number: u32, arguments: &[Value], run: impl FnOnce(&mut Self) -> Valued) -> Valued {
        self.spend()?;
        if !self.remembers {
            return self.nested(run);
        }
        let serial = self.structures[self.current].serial;
        let call = self.values.intern(Head::Call(serial, number), arguments);
        if let Some(result) = self.values.result(call) {
            return Ok(result);
        }
        let result = self.nested(run)?;
        self.values.remember(call, result);
        Ok(result)
    }

    fn by_clauses(&mut self, number: u32, clauses: &[Clause], arguments: &[Value]) -> Valued {
        for clause in clauses {
            let mut scope: Scope = SmallVec::from_elem(Value::TRUE, clause.variables);
            let mut pairs = clause.patterns.iter().zip(arguments);
            if pairs.all(|(pattern, &argument)| self.fits(pattern, argument, &mut scope)) {
                return self.value(clause.right, &scope);
            }
        }
        Err(Stuck::Meaning(Some(self.signature.functions[number as usize].constant)))
    }

    fn fits(&self, pattern: &Pattern, value: Value, scope: &mut Scope) -> bool {
        match pattern {
            Pattern::Any => true,
            Pattern::Bind(place) => {
                scope[*place as usize] = value;
                true
            }
            Pattern::Construct(constant, patterns) => {
                self.values.head(value) == Head::Construct(*constant)
                    && patterns
                        .iter()
                        .zip(self.values.parts(value))
                        .all(|(pattern, &part)| self.fits(pattern, part, scope))
            }
        }
    }

    /// The number of values of an argument or result of a table.
    pub fn size(&self, domain: Domain) -> u32 {
        match domain {
            Domain::Prop => 2,
            Domain::Sort(sort) => self.structures[self.current].sizes[sort],
            Domain::Enumeration(data) => self.signature.data[data].constructors.len() as u32,
        }
    }

    /// The number of a value among those of an argument or result of a table.
    pub fn number(&self, value: Value) -> Option<u32> {
        match self.values.head(value) {
            Head::Truth(is_true) => Some(is_true.into()),
            Head::Atom(_, number) => Some(number),
            Head::Construct(constant) => self.signature.places.get(&constant).map(|&place| place as u32),
            _ => None,
        }
    }

    /// The value of a number.
    pub fn element(&mut self, domain: Domain, number: u32) -> Value {
        match domain {
            Domain::Prop => Value::truth(number > 0),
            Domain::Sort(sort) => self.values.intern(Head::Atom(sort as u32, number), &[]),
            Domain::Enumeration(data) => {
                let constructor = self.signature.data[data].constructors[number as usize];
                self.values.intern(Head::Construct(constructor), &[])
            }
        }
    }

    fn look_up(&mut self, table: usize, arguments: &[Value]) -> Valued {
        let mut cell = 0;
        for (place, &argument) in arguments.iter().enumerate() {
            let number = self.number(argument).ok_or(Stuck::Meaning(None))?;
            cell = cell * self.size(self.shapes[table].arguments[place]) + number;
        }
        let tables = &self.structures[self.current];
        let cell = tables.starts[table] + cell;
        match tables.cells[cell as usize] {
            UNDEFINED => Err(Stuck::Cell(cell)),
            number => Ok(self.element(self.shapes[table].result, number.into())),
        }
    }
}
