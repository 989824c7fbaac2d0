//! Finite models: tables that satisfy propositions, by backtracking over their cells with propagation.
//!
//! Every proposition is instantiated at all elements. An instance that cannot be evaluated waits at the first cell that
//! it needs; values of that cell that make it false are excluded, and a cell with one value left is assigned that
//! value. Elements that no cell mentions yet are interchangeable, so of these only the least is tried (the *least
//! number heuristic*).
//!
//! Source: J. Zhang, H. Zhang, *SEM: a System for Enumerating Models*, IJCAI 1995; W. McCune, *Mace4 Reference Manual
//! and Guide*, 2003.

use super::code::{Code, CodeId};
use super::machine::{Domain, Machine, Scope, Stuck, Tables, Truth, UNDEFINED};
use super::value::Value;
use prover_search::Deadline;

/// Instances of all propositions together, at most.
const INSTANCES: usize = 200_000;
/// Cells of all tables together, at most: deciding each looks at all.
const CELLS: usize = 5_000;
/// Steps that evaluating one instance may take.
const STEPS: u64 = 5_000;
/// Number of evaluations between two checks of the deadline.
const LOOK: u64 = 1 << 12;

/// A proposition that is to hold.
#[derive(Clone, Debug)]
pub(super) struct Constraint {
    pub code: CodeId,
}

/// A statement that is to fail: the values of its variables are cells of tables without arguments.
#[derive(Clone, Debug)]
pub(super) struct Negation {
    /// The tables of the variables; `None` for a premise, which the scope has a place for too.
    pub tables: Vec<Option<usize>>,
    /// The premises, which are to hold, each in the scope of the binders before it.
    pub premises: Vec<(CodeId, usize)>,
    /// The conclusion, which is to fail.
    pub conclusion: CodeId,
}

/// Limits of a search.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Evaluations of instances that are left.
    pub evaluations: u64,
    pub deadline: Deadline,
}

/// Reason why a search ended without as many models as were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// There are no others of these sizes.
    Exhausted,
    /// As many as were asked for.
    Enough,
    /// Its effort is used up, or there are too many instances.
    Limit,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Holds(CodeId),
    /// A premise of the statement to fail, in a scope of this many binders.
    Premise(CodeId, usize),
    Fails(CodeId),
}

struct Instance {
    what: What,
    scope: Scope,
}

enum State {
    Satisfied,
    Violated,
    Blocked(u32),
    Undecided,
}

enum Undo {
    Assigned(u32),
    Narrowed(u32, u32),
    Waits(u32),
}

/// Rank of a cell; the cell of least rank is decided first. By the greatest element among its arguments, the number of
/// its values, and the number of instances that wait for it.
type Rank = (u32, u32, std::cmp::Reverse<usize>);

struct Search<'a> {
    machine: &'a mut Machine,
    negation: Option<&'a Negation>,
    instances: Vec<Instance>,
    masks: Vec<u32>,
    waiting: Vec<Vec<u32>>,
    /// For each cell the sorts and numbers of its arguments, and its own sort.
    places: Vec<(Vec<(usize, u32)>, Domain)>,
    trail: Vec<Undo>,
    effort: &'a mut Effort,
    found: Vec<Tables>,
    wanted: usize,
}

/// Empty tables of the given sizes.
pub(super) fn blank(machine: &Machine, sizes: Vec<u32>) -> Tables {
    let mut tables = Tables { sizes, ..Tables::default() };
    for shape in &machine.shapes {
        tables.starts.push(tables.cells.len() as u32);
        let size = |domain: &Domain| match *domain {
            Domain::Prop => 2,
            Domain::Sort(sort) => tables.sizes[sort] as usize,
            Domain::Enumeration(data) => machine.signature.data[data].constructors.len(),
        };
        let cells: usize = shape.arguments.iter().map(size).product();
        tables.cells.resize(tables.cells.len() + cells, UNDEFINED);
    }
    tables
}

/// Looks for as many models as are wanted; the sizes are those of the current structure of the machine, whose tables
/// are overwritten.
pub(super) fn models(
    machine: &mut Machine,
    constraints: &[Constraint],
    negation: Option<&Negation>,
    wanted: usize,
    effort: &mut Effort,
) -> (Vec<Tables>, End) {
    let current = machine.current;
    if machine.structures[current].cells.len() > CELLS {
        return (Vec::new(), End::Limit);
    }
    let sizes = machine.structures[current].sizes.clone();
    machine.structures[current] = blank(machine, sizes);
    machine.remembers = false;
    let (masks, places) = cells(machine);
    let count = masks.len();
    let mut search = Search {
        machine,
        negation,
        instances: Vec::new(),
        masks,
        waiting: vec![Vec::new(); count],
        places,
        trail: Vec::new(),
        effort,
        found: Vec::new(),
        wanted,
    };
    let end = match search.instantiate(constraints) {
        false => End::Limit,
        true => {
            let all: Vec<u32> = (0..search.instances.len() as u32).collect();
            match search.propagate(all) {
                Ok(true) => search.branch(),
                Ok(false) => End::Exhausted,
                Err(end) => end,
            }
        }
    };
    let found = search.found;
    machine.remembers = true;
    (found, end)
}

/// For each cell its possible values, its arguments and its result.
#[allow(clippy::type_complexity)]
fn cells(machine: &Machine) -> (Vec<u32>, Vec<(Vec<(usize, u32)>, Domain)>) {
    let (mut masks, mut places) = (Vec::new(), Vec::new());
    for shape in &machine.shapes {
        let sizes: Vec<u32> = shape.arguments.iter().map(|&domain| machine.size(domain)).collect();
        let count: u32 = sizes.iter().product();
        let values = machine.size(shape.result);
        for cell in 0..count {
            let (mut rest, mut arguments) = (cell, Vec::new());
            for (&domain, &size) in shape.arguments.iter().zip(&sizes).rev() {
                if let Domain::Sort(sort) = domain {
                    arguments.push((sort, rest % size));
                }
                rest /= size;
            }
            masks.push(if values >= 32 { u32::MAX } else { (1 << values) - 1 });
            places.push((arguments, shape.result));
        }
    }
    (masks, places)
}

impl Search<'_> {
    /// Makes all instances; whether there are not too many.
    fn instantiate(&mut self, constraints: &[Constraint]) -> bool {
        for constraint in constraints {
            let mut open: Vec<(CodeId, Scope)> = vec![(constraint.code, Scope::new())];
            while let Some((code, scope)) = open.pop() {
                let Code::All(domain, body) = self.machine.program.code(code) else {
                    self.instances.push(Instance { what: What::Holds(code), scope });
                    if self.instances.len() > INSTANCES {
                        return false;
                    }
                    continue;
                };
                self.machine.steps = STEPS;
                let Ok(ty) = self.machine.value(domain, &scope) else { return false };
                for &value in &*self.machine.pool(ty).values {
                    let mut scope = scope.clone();
                    scope.push(value);
                    open.push((body, scope));
                }
                if open.len() > INSTANCES {
                    return false;
                }
            }
        }
        if let Some(negation) = self.negation {
            for &(code, binders) in &negation.premises {
                self.instances.push(Instance { what: What::Premise(code, binders), scope: Scope::new() });
            }
            self.instances.push(Instance { what: What::Fails(negation.conclusion), scope: Scope::new() });
        }
        true
    }

    fn cells(&mut self) -> &mut Vec<u8> {
        let current = self.machine.current;
        &mut self.machine.structures[current].cells
    }

    /// The values of the variables of the statement to fail, or the first cell that is not settled.
    fn scope(&mut self, binders: usize) -> Result<Scope, u32> {
        let mut scope = Scope::new();
        let Some(negation) = self.negation else { return Ok(scope) };
        for table in &negation.tables[..binders] {
            let Some(table) = *table else {
                scope.push(Value::TRUE);
                continue;
            };
            let tables = &self.machine.structures[self.machine.current];
            let cell = tables.starts[table];
            let number = tables.cells[cell as usize];
            if number == UNDEFINED {
                return Err(cell);
            }
            let domain = self.machine.shapes[table].result;
            scope.push(self.machine.element(domain, number.into()));
        }
        Ok(scope)
    }

    fn look(&mut self, instance: u32) -> Result<State, End> {
        self.effort.evaluations = self.effort.evaluations.checked_sub(1).ok_or(End::Limit)?;
        if self.effort.evaluations.is_multiple_of(LOOK) && self.effort.deadline.has_passed() {
            return Err(End::Limit);
        }
        self.machine.steps = STEPS;
        let what = self.instances[instance as usize].what;
        let (truth, wanted) = match what {
            What::Holds(code) => {
                let scope = std::mem::take(&mut self.instances[instance as usize].scope);
                let truth = self.machine.truth(code, &scope);
                self.instances[instance as usize].scope = scope;
                (truth, Truth::True)
            }
            What::Premise(code, binders) => match self.scope(binders) {
                Ok(scope) => (self.machine.truth(code, &scope), Truth::True),
                Err(cell) => return Ok(State::Blocked(cell)),
            },
            What::Fails(code) => match self.scope(self.negation.map_or(0, |negation| negation.tables.len())) {
                Ok(scope) => (self.machine.truth(code, &scope), Truth::False),
                Err(cell) => return Ok(State::Blocked(cell)),
            },
        };
        Ok(match truth {
            Truth::Unknown(Stuck::Cell(cell)) => State::Blocked(cell),
            Truth::Unknown(_) => State::Undecided,
            truth if truth == wanted => State::Satisfied,
            _ => State::Violated,
        })
    }

    /// Evaluates the open instances and propagates their consequences; whether none is violated.
    fn propagate(&mut self, mut open: Vec<u32>) -> Result<bool, End> {
        while let Some(instance) = open.pop() {
            let State::Blocked(cell) = (match self.look(instance)? {
                State::Violated => return Ok(false),
                state => state,
            }) else {
                continue;
            };
            let before = self.masks[cell as usize];
            let mask = self.narrowed(instance, cell, before)?;
            if mask != before {
                self.trail.push(Undo::Narrowed(cell, before));
                self.masks[cell as usize] = mask;
            }
            match mask.count_ones() {
                0 => return Ok(false),
                1 => {
                    self.assign(cell, mask.trailing_zeros() as u8);
                    open.extend_from_slice(&self.waiting[cell as usize]);
                    open.push(instance);
                }
                _ => {
                    self.waiting[cell as usize].push(instance);
                    self.trail.push(Undo::Waits(cell));
                }
            }
        }
        Ok(true)
    }

    /// The values of a cell that do not violate an instance that waits for it. Where the first of them leaves it
    /// waiting for another cell, so do the others, mostly, and they are not looked at.
    fn narrowed(&mut self, instance: u32, cell: u32, before: u32) -> Result<u32, End> {
        let mut mask = before;
        for value in (0..32u8).filter(|value| before & (1 << value) != 0) {
            self.cells()[cell as usize] = value;
            let state = self.look(instance);
            self.cells()[cell as usize] = UNDEFINED;
            match state? {
                State::Violated => mask &= !(1 << value),
                State::Blocked(_) if mask == before => break,
                _ => {}
            }
        }
        Ok(mask)
    }

    fn assign(&mut self, cell: u32, value: u8) {
        self.cells()[cell as usize] = value;
        self.trail.push(Undo::Assigned(cell));
    }

    fn undo(&mut self, mark: usize) {
        while self.trail.len() > mark {
            match self.trail.pop() {
                Some(Undo::Assigned(cell)) => self.cells()[cell as usize] = UNDEFINED,
                Some(Undo::Narrowed(cell, mask)) => self.masks[cell as usize] = mask,
                Some(Undo::Waits(cell)) => {
                    self.waiting[cell as usize].pop();
                }
                None => {}
            }
        }
    }

    /// The cell to decide next, with the number of values of it to try: of the cells that mention the least elements
    /// one with the fewest values.
    fn next(&mut self) -> Option<(u32, u32)> {
        let sorts = self.machine.structures[self.machine.current].sizes.len();
        let mut used = vec![0u32; sorts];
        let cells = &self.machine.structures[self.machine.current].cells;
        for (cell, (arguments, result)) in self.places.iter().enumerate() {
            if cells[cell] == UNDEFINED {
                continue;
            }
            for &(sort, number) in arguments {
                used[sort] = used[sort].max(number + 1);
            }
            if let Domain::Sort(sort) = *result {
                used[sort] = used[sort].max(u32::from(cells[cell]) + 1);
            }
        }
        let mut best: Option<(Rank, u32, u32)> = None;
        for (cell, (arguments, result)) in self.places.iter().enumerate() {
            if cells[cell] != UNDEFINED {
                continue;
            }
            let mut tried = 32;
            if let Domain::Sort(sort) = *result {
                let own = arguments.iter().filter(|&&(other, _)| other == sort).map(|&(_, number)| number + 1).max();
                tried = used[sort].max(own.unwrap_or(0)) + 1;
            }
            let height = arguments.iter().map(|&(_, number)| number).max().unwrap_or(0);
            let limit = if tried >= 32 { u32::MAX } else { (1 << tried) - 1 };
            let count = (self.masks[cell] & limit).count_ones();
            // Of several, the one that most instances wait for.
            let key: Rank = (height, count, std::cmp::Reverse(self.waiting[cell].len()));
            if best.is_none_or(|(known, ..)| key < known) {
                best = Some((key, cell as u32, tried));
            }
        }
        best.map(|(_, cell, tried)| (cell, tried))
    }

    fn branch(&mut self) -> End {
        stacker::maybe_grow(128 * 1024, 4 * 1024 * 1024, || self.branch_here())
    }

    fn branch_here(&mut self) -> End {
        let Some((cell, tried)) = self.next() else {
            let tables = self.machine.structures[self.machine.current].clone();
            self.found.push(tables);
            return if self.found.len() >= self.wanted { End::Enough } else { End::Exhausted };
        };
        let mask = self.masks[cell as usize];
        // Constants, and the variables of a statement that is to fail, are different elements first: that leaves most
        // open.
        let is_constant = self.places[cell as usize].0.is_empty();
        for place in 0..32u8 {
            let value = if is_constant { 31 - place } else { place };
            if mask & (1 << value) == 0 || u32::from(value) >= tried {
                continue;
            }
            let mark = self.trail.len();
            self.assign(cell, value);
            let open = self.waiting[cell as usize].clone();
            let end = match self.propagate(open) {
                Ok(true) => self.branch(),
                Ok(false) => End::Exhausted,
                Err(end) => end,
            };
            self.undo(mark);
            if end != End::Exhausted {
                return end;
            }
        }
        End::Exhausted
    }
}
