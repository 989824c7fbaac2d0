//! Mentions of names that were refused, for the summary.

use super::Missing;
use super::report::Flaw;
use prover_syntax::tree::{Item, ItemKind, Step, StepKind, Symbol, Tree};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::rc::Rc;

/// For each refused item (by its place in the file) the names that later ones lack. `trees` are the parts of the file
/// in order.
pub(super) fn missing(trees: &[Rc<Tree>], refused: &[(usize, Flaw)]) -> Vec<Missing> {
    let mut places: FxHashMap<&str, usize> = FxHashMap::default();
    let mut missing: Vec<Missing> = Vec::new();
    if refused.is_empty() {
        return missing;
    }
    let items: Vec<(&Tree, &Item)> =
        trees.iter().flat_map(|tree| tree.items.iter().map(move |item| (&**tree, item))).collect();
    for &(index, flaw) in refused {
        let Some(name) = items.get(index).and_then(|(tree, item)| name_of(item).map(|symbol| tree.name(symbol))) else {
            continue;
        };
        let (tree, item) = items[index];
        for other in together(item) {
            places.entry(tree.name(other)).or_insert(missing.len());
        }
        places.entry(name).or_insert(missing.len());
        missing.push(Missing { name: name.to_owned(), is_unproved: flaw == Flaw::Proof, mentioned_by: Vec::new() });
    }
    for tree in trees {
        let places: FxHashMap<Symbol, usize> =
            places.iter().filter_map(|(name, &place)| Some((tree.symbol(name)?, place))).collect();
        for item in &tree.items {
            let mut found: BTreeSet<usize> = BTreeSet::new();
            symbols(tree, item, &mut |symbol| found.extend(places.get(&symbol).copied()));
            for place in found {
                let own: &str = name_of(item).map_or("an unnamed item", |symbol| tree.name(symbol));
                if own != missing[place].name {
                    missing[place].mentioned_by.push(own.to_owned());
                }
            }
        }
    }
    missing
}

fn name_of(item: &Item) -> Option<Symbol> {
    match &item.kind {
        ItemKind::Declare { decl, .. } | ItemKind::Theorem { decl, .. } | ItemKind::Function { decl, .. } => {
            Some(decl.name.symbol)
        }
        ItemKind::Verify { name, .. } | ItemKind::Data { name, .. } => Some(name.symbol),
        _ => None,
    }
}

/// The names of the functions that an item declares besides its own.
fn together(item: &Item) -> impl Iterator<Item = Symbol> + '_ {
    let others = match &item.kind {
        ItemKind::Function { others, .. } => others.as_slice(),
        _ => &[],
    };
    others.iter().map(|decl| decl.name.symbol)
}

/// Calls `found` for the names that an item mentions, apart from attributes.
fn symbols(tree: &Tree, item: &Item, found: &mut dyn FnMut(Symbol)) {
    match &item.kind {
        ItemKind::Assume(ty) => tree.symbols(*ty).for_each(&mut *found),
        ItemKind::Declare { decl, value } => {
            tree.symbols(decl.ty).for_each(&mut *found);
            if let Some(value) = value {
                tree.symbols(*value).for_each(&mut *found);
            }
        }
        ItemKind::Verify { steps, .. } => in_steps(tree, steps, found),
        ItemKind::Theorem { decl, steps, .. } => {
            tree.symbols(decl.ty).for_each(&mut *found);
            in_steps(tree, steps, found);
        }
        ItemKind::Data { parameters, constructors, .. } => {
            for decl in parameters.iter().chain(constructors) {
                tree.symbols(decl.ty).for_each(&mut *found);
            }
        }
        ItemKind::Function { decl, others, clauses } => {
            for decl in std::iter::once(decl).chain(others) {
                tree.symbols(decl.ty).for_each(&mut *found);
            }
            for clause in clauses {
                tree.symbols(clause.left).for_each(&mut *found);
                tree.symbols(clause.right).for_each(&mut *found);
            }
        }
        // What they lack they say themselves.
        ItemKind::Check(_) | ItemKind::Evaluate(_) | ItemKind::Print(_) => {}
        ItemKind::Import(_) | ItemKind::Using(_) | ItemKind::Forward { .. } | ItemKind::Backward { .. } => {}
    }
}

fn in_steps(tree: &Tree, steps: &[Step], found: &mut dyn FnMut(Symbol)) {
    let mut open: Vec<&Step> = steps.iter().collect();
    while let Some(step) = open.pop() {
        match &step.kind {
            StepKind::Intro { ty, .. } => ty.iter().for_each(|ty| tree.symbols(*ty).for_each(&mut *found)),
            StepKind::Show { ty, by } => {
                tree.symbols(*ty).for_each(&mut *found);
                tree.symbols(*by).for_each(&mut *found);
            }
            StepKind::Construct { decl, value, by } => {
                tree.symbols(decl.ty).for_each(&mut *found);
                tree.symbols(*value).for_each(&mut *found);
                found(by.symbol);
            }
            StepKind::Unfold(name) => found(name.symbol),
            StepKind::Apply(term) | StepKind::Rewrite { by: term, .. } | StepKind::Assume(term) => {
                tree.symbols(*term).for_each(&mut *found);
            }
            StepKind::Goal { ty, steps } | StepKind::Have { ty, steps, .. } => {
                tree.symbols(*ty).for_each(&mut *found);
                open.extend(steps);
            }
            StepKind::CurrentGoal(ty) => tree.symbols(*ty).for_each(&mut *found),
            StepKind::Declare { decl, value } => {
                tree.symbols(decl.ty).for_each(&mut *found);
                if let Some(value) = value {
                    tree.symbols(*value).for_each(&mut *found);
                }
            }
            StepKind::Halt | StepKind::Using(_) => {}
        }
    }
}
