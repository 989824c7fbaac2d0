//! Terms of a problem once they are read, with their types.

use super::types::Ty;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A variable, by its place in the table of all.
pub type Variable = usize;

/// A constructor or function, by its place in the table of all.
pub type Symbol = usize;

/// A term with its measures. Terms share parts: the value of a `let` stands in each place of the name.
#[derive(Debug, PartialEq, Eq)]
pub struct Node {
    pub term: Term,
    /// The number of terms that it consists of, each as often as it occurs.
    pub size: u64,
    /// Its depth.
    pub height: u32,
}

/// A term that others may share.
pub type Shared = Rc<Node>;

/// A term.
#[derive(Debug, PartialEq, Eq)]
pub enum Term {
    Variable(Variable),
    /// A constructor or function with its type arguments and some or all of its arguments.
    Apply(Symbol, Vec<Ty>, Vec<Shared>),
    /// A function that is a value, with arguments.
    Call(Shared, Vec<Shared>),
    /// A binary operation on truth values, of the first with the same of the others.
    Chain(Symbol, Vec<Shared>),
    Lambda(Vec<Variable>, Shared),
    Match(Match),
    /// The equality of two objects of a type, as a truth value.
    Equal(Ty, Shared, Shared),
    /// An integer that is not negative.
    Numeral(u64),
}

/// Cases on an object of a data type, one for each constructor.
#[derive(Debug, PartialEq, Eq)]
pub struct Match {
    pub of: Shared,
    /// The type of the term matched.
    pub ty: Ty,
    /// The type of the cases.
    pub result: Ty,
    pub cases: Vec<Case>,
}

/// A case of a match.
#[derive(Debug, PartialEq, Eq)]
pub struct Case {
    pub constructor: Symbol,
    pub fields: Vec<Variable>,
    pub body: Shared,
}

impl Term {
    /// The terms directly inside.
    pub fn parts(&self) -> Vec<&Shared> {
        match self {
            Self::Variable(_) | Self::Numeral(_) => Vec::new(),
            Self::Apply(_, _, arguments) | Self::Chain(_, arguments) => arguments.iter().collect(),
            Self::Call(function, arguments) => std::iter::once(function).chain(arguments).collect(),
            Self::Lambda(_, body) => vec![body],
            Self::Match(matched) => {
                std::iter::once(&matched.of).chain(matched.cases.iter().map(|case| &case.body)).collect()
            }
            Self::Equal(_, left, right) => vec![left, right],
        }
    }
}

impl Node {
    /// Whether a test holds of the term or of a part.
    pub fn any(&self, test: &mut impl FnMut(&Term) -> bool) -> bool {
        test(&self.term) || self.term.parts().into_iter().any(|part| part.any(test))
    }

    /// Whether one of the symbols occurs.
    pub fn mentions(&self, symbols: &[Symbol]) -> bool {
        self.any(&mut |term| matches!(term, Term::Apply(symbol, ..) if symbols.contains(symbol)))
    }

    /// The free variables, in the order in which they occur.
    pub fn free(&self) -> Vec<Variable> {
        let mut search = FreeVariables::default();
        search.visit(self);
        search.found
    }
}

/// A search for free variables.
#[derive(Default)]
struct FreeVariables {
    /// The number of binders of each variable around the present place.
    bound: BTreeMap<Variable, u32>,
    found: Vec<Variable>,
    seen: BTreeSet<Variable>,
}

impl FreeVariables {
    fn visit(&mut self, node: &Node) {
        match &node.term {
            Term::Variable(variable) => {
                let is_bound = self.bound.get(variable).is_some_and(|&count| count > 0);
                if !is_bound && self.seen.insert(*variable) {
                    self.found.push(*variable);
                }
            }
            Term::Lambda(variables, body) => self.under(variables, body),
            Term::Match(matched) => {
                self.visit(&matched.of);
                matched.cases.iter().for_each(|case| self.under(&case.fields, &case.body));
            }
            term => term.parts().into_iter().for_each(|part| self.visit(part)),
        }
    }

    fn under(&mut self, binders: &[Variable], body: &Node) {
        binders.iter().for_each(|&binder| *self.bound.entry(binder).or_default() += 1);
        self.visit(body);
        binders.iter().for_each(|&binder| *self.bound.entry(binder).or_default() -= 1);
    }
}
