//! The smallest number of lexemes with which a statement can be completed so that every quantified variable occurs.
//!
//! A [`Usage`] is the number of variables of each type that have not occurred yet (which ones does not matter). For
//! each place in the grammar, `cost(depth, scope, usage)` is the least number of lexemes of a text for that place in
//! which that many variables of each type occur for the first time. The equations are those of a shortest derivation in
//! a context-free grammar, with usages split among the parts: for a constant `c` with inputs `A1 ... An`
//!
//! ```text
//! cost(c, d, u) = |"(c"| + |")"| + min over u = u1 + ... + un of sum_i cost(Ai, d - 1, ui)
//! ```
//!
//! Each part is one bracket less deep, or one premise further, or less of the usage, so they are solved by recursion
//! with memory.

use super::grammar::{Grammar, PROP, TypeIndex};
use rustc_hash::FxHashMap;

/// A size that no bound allows.
pub(super) const IMPOSSIBLE: u32 = u32::MAX / 8;

/// Numbers of variables by type, four bits each.
pub(super) type Usage = u64;

/// The types of which there is a variable, a bit each.
pub(super) type Scope = u16;

/// One variable of a type.
pub(super) fn unit(ty: TypeIndex) -> Usage {
    1 << (4 * u32::from(ty))
}

/// The parts of a usage: all usages that are nowhere greater, in the order of mixed-radix counting with the first type
/// fastest; the first is 0 and the last the usage itself.
pub(super) struct Parts {
    whole: Usage,
    next: Option<Usage>,
}

pub(super) fn parts(whole: Usage) -> Parts {
    Parts { whole, next: Some(0) }
}

impl Iterator for Parts {
    type Item = Usage;

    fn next(&mut self) -> Option<Usage> {
        let current = self.next?;
        let mut following = current;
        let mut rest = self.whole;
        self.next = None;
        while rest != 0 {
            let ty = rest.trailing_zeros() / 4;
            let (digit, digits) = (0xf << (4 * ty), |usage: Usage| (usage >> (4 * ty)) & 0xf);
            if digits(following) < digits(self.whole) {
                self.next = Some(following + (1 << (4 * ty)));
                break;
            }
            following &= !digit;
            rest &= !digit;
        }
        Some(current)
    }
}

/// Costs of all parts of a usage.
#[derive(Clone, Debug)]
pub(super) struct Table {
    whole: Usage,
    costs: Box<[u32]>,
}

impl Table {
    /// The table of the values of `cost` for each part of `whole`.
    pub fn new(whole: Usage, cost: impl FnMut(Usage) -> u32) -> Self {
        Self { whole, costs: parts(whole).map(cost).collect() }
    }

    /// The cost of a part.
    pub fn get(&self, part: Usage) -> u32 {
        let (mut place, mut stride, mut rest) = (0, 1, self.whole);
        while rest != 0 {
            let shift = rest.trailing_zeros() / 4 * 4;
            place += ((part >> shift) & 0xf) * stride;
            stride *= ((self.whole >> shift) & 0xf) + 1;
            rest &= !(0xf << shift);
        }
        self.costs[place as usize]
    }

    /// The least total cost of a place before those of this table and of these, covering `usage`.
    pub fn after(&self, usage: Usage, mut cost: impl FnMut(Usage) -> u32) -> u32 {
        parts(usage).map(|part| cost(part).saturating_add(self.get(usage - part))).min().unwrap_or(IMPOSSIBLE)
    }

    /// The table for a place, whose costs are given, before those of this table. `usage` is a part of this table's
    /// whole.
    pub fn prefixed(&self, usage: Usage, cost: impl FnMut(Usage) -> u32) -> Self {
        let first = Self::new(usage, cost);
        Self::new(usage, |u| self.after(u, |part| first.get(part)).min(IMPOSSIBLE))
    }
}

/// Position in an implication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ArrowState {
    /// Whether the arrow says anything before its first premise: there are quantified variables.
    pub quantified: bool,
    /// The premises so far.
    pub premises: u8,
}

impl ArrowState {
    fn next(self) -> Self {
        Self { premises: self.premises + 1, ..self }
    }

    /// Whether the item that comes may be the conclusion.
    fn may_conclude(self) -> bool {
        self.quantified || self.premises > 0
    }
}

/// A place in the grammar whose costs are remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    Atom(TypeIndex),
    /// The inputs of a production from one on.
    Inputs(u16, u8),
    /// An implication, brackets included.
    Arrow,
    /// The items of an implication up to its closing bracket.
    Items(ArrowState),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    place: Place,
    depth: u8,
    scope: Scope,
    usage: Usage,
}

/// The costs of a grammar, computed as they are needed.
#[derive(Debug)]
pub(super) struct Costs {
    max_premises: u8,
    memory: FxHashMap<Key, u32>,
}

impl Costs {
    pub fn new(max_premises: u8) -> Self {
        Self { max_premises, memory: FxHashMap::default() }
    }

    fn remembered(&mut self, key: Key, compute: impl FnOnce(&mut Self) -> u32) -> u32 {
        if let Some(&cost) = self.memory.get(&key) {
            return cost;
        }
        let cost = compute(self).min(IMPOSSIBLE);
        self.memory.insert(key, cost);
        cost
    }

    /// A variable, constant or application of a type, with up to `depth` brackets around a name.
    pub fn atom(&mut self, g: &Grammar, ty: TypeIndex, depth: u8, scope: Scope, usage: Usage) -> u32 {
        self.remembered(Key { place: Place::Atom(ty), depth, scope, usage }, |costs| {
            let known = !g.leaves[ty as usize].is_empty() || scope & (1 << ty) != 0;
            if usage == unit(ty) || usage == 0 && known {
                return 1;
            }
            let productions = g.by_output[ty as usize].iter();
            productions.map(|&p| costs.production(g, p, depth, scope, usage)).min().unwrap_or(IMPOSSIBLE)
        })
    }

    /// An application of a constant.
    pub fn production(&mut self, g: &Grammar, production: u16, depth: u8, scope: Scope, usage: Usage) -> u32 {
        let Some(inner) = depth.checked_sub(1) else { return IMPOSSIBLE };
        let brackets = g.texts.cost(g.productions[production as usize].text) + 1;
        (brackets + self.inputs(g, production, 0, inner, scope, usage)).min(IMPOSSIBLE)
    }

    fn inputs(&mut self, g: &Grammar, production: u16, from: u8, depth: u8, scope: Scope, usage: Usage) -> u32 {
        let Some(&ty) = g.productions[production as usize].inputs.get(from as usize) else {
            return if usage == 0 { 0 } else { IMPOSSIBLE };
        };
        self.remembered(Key { place: Place::Inputs(production, from), depth, scope, usage }, |costs| {
            let both = |part| {
                let first = costs.argument(g, ty, depth, scope, part);
                // Where the first part is impossible, the rest need not be looked at.
                if first >= IMPOSSIBLE {
                    return IMPOSSIBLE;
                }
                first + costs.inputs(g, production, from + 1, depth, scope, usage - part)
            };
            parts(usage).map(both).min().unwrap_or(IMPOSSIBLE)
        })
    }

    /// An argument: an atom or, at sort `prop`, an implication.
    pub fn argument(&mut self, g: &Grammar, ty: TypeIndex, depth: u8, scope: Scope, usage: Usage) -> u32 {
        let atom = self.atom(g, ty, depth, scope, usage);
        if ty == PROP { atom.min(self.arrow(g, depth, scope, usage)) } else { atom }
    }

    /// An implication within a statement.
    pub fn arrow(&mut self, g: &Grammar, depth: u8, scope: Scope, usage: Usage) -> u32 {
        let Some(inner) = depth.checked_sub(1).filter(|_| g.implications) else { return IMPOSSIBLE };
        self.remembered(Key { place: Place::Arrow, depth, scope, usage }, |costs| {
            1 + costs.items(g, ArrowState { quantified: false, premises: 0 }, inner, scope, usage)
        })
    }

    /// The continuation after an item: the closing bracket, or an arrow and further items.
    pub fn after_item(
        &mut self,
        g: &Grammar,
        state: ArrowState,
        item_is_arrow: bool,
        depth: u8,
        scope: Scope,
        usage: Usage,
    ) -> u32 {
        if usage == 0 && self.may_close(state, item_is_arrow) {
            return 1;
        }
        self.continued(g, state, depth, scope, usage)
    }

    /// Whether an arrow may end behind an item. A conclusion that is an implication would be written as more premises.
    pub fn may_close(&self, state: ArrowState, item_is_arrow: bool) -> bool {
        state.may_conclude() && !item_is_arrow
    }

    /// An arrow sign, so that the item before becomes a premise, and the items behind it.
    pub fn continued(&mut self, g: &Grammar, state: ArrowState, depth: u8, scope: Scope, usage: Usage) -> u32 {
        if state.premises >= self.max_premises {
            return IMPOSSIBLE;
        }
        (1 + self.items(g, state.next(), depth, scope, usage)).min(IMPOSSIBLE)
    }

    /// The items of an arrow, from one on, up to its closing bracket.
    pub fn items(&mut self, g: &Grammar, state: ArrowState, depth: u8, scope: Scope, usage: Usage) -> u32 {
        self.remembered(Key { place: Place::Items(state), depth, scope, usage }, |costs| {
            let mut best = IMPOSSIBLE;
            for part in parts(usage) {
                for is_arrow in [false, true] {
                    let item = match is_arrow {
                        false => costs.atom(g, PROP, depth, scope, part),
                        true => costs.arrow(g, depth, scope, part),
                    };
                    if item < best {
                        let behind = costs.after_item(g, state, is_arrow, depth, scope, usage - part);
                        best = best.min(item + behind);
                    }
                }
            }
            best
        })
    }
}
