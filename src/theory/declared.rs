//! Data types and functions: the content of `data` and `fun` declarations beyond the constants and axioms that they
//! add.

use prover_logic::{ConstId, Store, Term, TermId};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A data type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataType {
    /// The type former: a type, or a function from as many types as there are parameters.
    pub former: ConstId,
    /// The number of its parameters, all of them types.
    pub parameters: usize,
    /// The constructors in the order of the text.
    pub constructors: Vec<Constructor>,
    /// The induction axiom.
    pub induction: ConstId,
}

/// A constructor of a data type. Its type begins with the parameters of the data type; its arguments follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constructor {
    /// The constant.
    pub constant: ConstId,
    /// Its arguments, the parameters of the data type not among them.
    pub arguments: Vec<Argument>,
    /// For each argument the axiom that equal results have equal arguments there.
    pub injectivity: Vec<ConstId>,
    /// For each later constructor the axiom that it never gives an equal result.
    pub disjointness: Vec<ConstId>,
}

/// The kind of an argument of a constructor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// An object of a type that does not mention the data type.
    Plain,
    /// An element of the data type itself, or a function of this many inputs to it (0 for an element).
    Recursive {
        /// The number of the function's inputs.
        inputs: usize,
    },
}

impl DataType {
    /// The axiom that two different constructors, given by their places, never give equal results; the lesser place
    /// is the left side of the equation.
    pub fn disjoint(&self, one: usize, other: usize) -> Option<ConstId> {
        let (first, second) = (one.min(other), one.max(other));
        self.constructors.get(first)?.disjointness.get((second - first).checked_sub(1)?).copied()
    }
}

/// A function that was declared by its equations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// The constant.
    pub constant: ConstId,
    /// The number of its leading type parameters.
    pub parameters: usize,
    /// The number of arguments after those that each clause gives it.
    pub arity: usize,
    /// The functions that were declared together, itself among them, in the order of the text.
    pub together: Arc<[ConstId]>,
    /// The clauses in the order of the text. No two of them fit the same arguments, and every value fits one.
    pub clauses: Vec<Clause>,
}

/// An equation of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The axiom, `[parameters -> variables -> (= R left right)]`.
    pub axiom: ConstId,
    /// The number of its binders: the type parameters, then the variables of the patterns.
    pub binders: usize,
    /// The left side as a *pattern*: loose index `binders - 1 - i` stands for binder `i`. It mentions each binder.
    pub left: TermId,
    /// The right side, a pattern over the same binders.
    pub right: TermId,
}

/// The data types and functions of a theory.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    data_types: FxHashMap<ConstId, Arc<DataType>>,
    /// The type former of each constructor and its place among the constructors.
    constructors: FxHashMap<ConstId, (ConstId, usize)>,
    functions: FxHashMap<ConstId, Arc<Function>>,
}

impl Declared {
    /// The data type of a type former.
    pub fn data_type(&self, former: ConstId) -> Option<&Arc<DataType>> {
        self.data_types.get(&former)
    }

    /// The data type that a constant is a constructor of, and its place among the constructors.
    pub fn constructor(&self, constant: ConstId) -> Option<(&Arc<DataType>, usize)> {
        let &(former, place) = self.constructors.get(&constant)?;
        Some((self.data_types.get(&former)?, place))
    }

    /// The constructors of all data types, in no particular order.
    pub fn constructors(&self) -> impl Iterator<Item = ConstId> {
        self.constructors.keys().copied()
    }

    /// The function of a constant.
    pub fn function(&self, constant: ConstId) -> Option<&Arc<Function>> {
        self.functions.get(&constant)
    }

    /// The data types in the order of their declaration.
    pub fn data_types(&self) -> Vec<&Arc<DataType>> {
        let mut all: Vec<_> = self.data_types.values().collect();
        all.sort_by_key(|data| data.former);
        all
    }

    /// The functions in the order of their declaration.
    pub fn functions(&self) -> Vec<&Arc<Function>> {
        let mut all: Vec<_> = self.functions.values().collect();
        all.sort_by_key(|function| function.constant);
        all
    }

    /// The data type that a type in weak head normal form is of, with the arguments for its parameters.
    pub fn data_type_of(&self, store: &Store, ty: TermId) -> Option<(&Arc<DataType>, Vec<TermId>)> {
        let (head, arguments) = store.spine(ty);
        let Term::Const(former) = store.term(head) else { return None };
        let data = self.data_type(former)?;
        (arguments.len() == data.parameters).then_some((data, arguments))
    }

    /// The sides of all clauses.
    pub(super) fn terms(&self) -> impl Iterator<Item = TermId> + '_ {
        let clauses = self.functions.values().flat_map(|function| &function.clauses);
        clauses.flat_map(|clause| [clause.left, clause.right])
    }

    /// Puts other indices in the place of these terms.
    pub(super) fn follow(&mut self, to: impl Fn(TermId) -> TermId) {
        for function in self.functions.values_mut() {
            for Clause { left, right, .. } in &mut Arc::make_mut(function).clauses {
                (*left, *right) = (to(*left), to(*right));
            }
        }
    }

    pub(super) fn add_data_type(&mut self, data: DataType) {
        for (place, constructor) in data.constructors.iter().enumerate() {
            self.constructors.insert(constructor.constant, (data.former, place));
        }
        self.data_types.insert(data.former, Arc::new(data));
    }

    pub(super) fn add_function(&mut self, function: Function) {
        self.functions.insert(function.constant, Arc::new(function));
    }
}
