//! Types of the terms that can be made of some elements, and the least sizes of these terms.

use crate::graph::algebra::types::Type;
use crate::graph::language::operators::applications;

/// More than any term has.
const NEVER: usize = 1 << 20;

/// The least terms of each type that some elements allow. Both figures are lower bounds for any term of the type.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    leaves: Vec<LeafKind>,
    operators: Vec<usize>,
    consumed: Vec<usize>,
}

/// Whether a term may use an element of the type several times, in holes of exactly this type: names and qualifiers,
/// unlike elements to calculate with.
pub(super) fn is_reusable(kind: Type) -> bool {
    use Type::{Base, Direction, Fun, Ordinal, Place, Relation, Unit, Var};
    matches!(kind, Var | Fun | Base | Unit | Ordinal | Direction | Place | Relation)
}

/// Kind of an element when it is used as a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LeafKind {
    /// The type of the element.
    pub kind: Type,
    /// Whether it stands for a number, though it is of another type.
    pub is_number: bool,
}

impl LeafKind {
    /// Whether it is a number, or stands for one.
    pub fn is_calculated_with(self) -> bool {
        self.is_number || matches!(self.kind, Type::Int | Type::Rat | Type::Dec)
    }

    /// Whether it is of a type, other than as a number that passes for it.
    pub fn is_more_than_number(self, wanted: Type) -> bool {
        self.kind.fits(wanted) && !matches!(self.kind, Type::Int | Type::Rat | Type::Dec)
    }

    fn fits(self, wanted: Type) -> bool {
        self.kind.fits(wanted) || self.is_number && Type::Rat.fits(wanted)
    }
}

/// Whether `value` may make a number of an element of a type.
pub(super) fn has_value(kind: Type) -> bool {
    matches!(kind, Type::Expr | Type::Var)
}

impl Reach {
    /// The reach of some leaves; environments are always available.
    pub fn new(leaves: Vec<LeafKind>) -> Self {
        let never = vec![NEVER; Type::ALL.len()];
        let mut reach = Self { leaves: Vec::new(), operators: never.clone(), consumed: never };
        for &wanted in Type::ALL {
            for leaf in leaves.iter().filter(|leaf| leaf.fits(wanted)) {
                let is_free = is_reusable(leaf.kind) && leaf.kind == wanted;
                reach.lower(wanted, 0, usize::from(!is_free));
            }
        }
        reach.leaves = leaves;
        reach.lower(Type::Env, 0, 0);
        // Every round settles one more operator on the way to some type; there are fewer rounds than types.
        let mut is_settled = false;
        while !is_settled {
            is_settled = true;
            for applied in applications() {
                let signature = applied.signature();
                let (operators, consumed) = reach.arguments(signature.parameters);
                for &wanted in Type::ALL.iter().filter(|wanted| signature.result.fits(**wanted)) {
                    is_settled &= !reach.lower(wanted, operators.saturating_add(1), consumed);
                }
            }
        }
        reach
    }

    /// Notes a term; whether that was news.
    fn lower(&mut self, kind: Type, operators: usize, consumed: usize) -> bool {
        let index = kind as usize;
        let is_lower = operators < self.operators[index] || consumed < self.consumed[index];
        self.operators[index] = self.operators[index].min(operators);
        self.consumed[index] = self.consumed[index].min(consumed);
        is_lower
    }

    /// The leaves, in order of the block.
    pub fn leaves(&self) -> impl Iterator<Item = LeafKind> + '_ {
        self.leaves.iter().copied()
    }

    /// The least number of operators, and of elements that are used up, in a term of a type.
    pub fn least(&self, kind: Type) -> (usize, usize) {
        (self.operators[kind as usize], self.consumed[kind as usize])
    }

    /// The least sums of these for terms of several types.
    pub fn arguments(&self, kinds: &[Type]) -> (usize, usize) {
        let least = kinds.iter().map(|kind| self.least(*kind));
        least.fold((0, 0), |sum, next| ((sum.0 + next.0).min(NEVER), (sum.1 + next.1).min(NEVER)))
    }

    /// Whether every leaf can stand somewhere in a term of a type.
    pub fn can_use_all(&self, goal: Type) -> bool {
        let mut is_wanted = vec![false; Type::ALL.len()];
        let mut waiting = vec![goal];
        while let Some(kind) = waiting.pop() {
            if std::mem::replace(&mut is_wanted[kind as usize], true) {
                continue;
            }
            for applied in crate::graph::language::operators::producing(kind) {
                let parameters = applied.signature().parameters;
                if self.arguments(parameters).0 < NEVER {
                    waiting.extend(parameters.iter().filter(|kind| !is_wanted[**kind as usize]));
                }
            }
        }
        let has_place =
            |leaf: &LeafKind| Type::ALL.iter().any(|wanted| is_wanted[*wanted as usize] && leaf.fits(*wanted));
        self.leaves.iter().all(has_place)
    }
}
