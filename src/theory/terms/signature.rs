//! Signatures: the inputs and the output of a function, laid out for matching.

use prover_logic::{Environment, KernelError, Sort, Store, Term, TermId};
use rustc_hash::FxHashSet;

/// One input of a function.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its type as a pattern (see [`Signature`]).
    pub domain: TermId,
    /// Whether the type is a proposition, so that the argument is a proof.
    pub is_premise: bool,
    /// The parameters that the type mentions, ascending.
    pub mentions: Box<[u32]>,
}

/// A function's inputs and output as *patterns*: terms whose loose indices stand for the parameters, index
/// `count - 1 - i` for parameter `i`, whatever the input's own place.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The inputs in order.
    pub parameters: Box<[Parameter]>,
    /// The output, a pattern.
    pub output: TermId,
    /// The parameters that the output mentions, ascending.
    pub output_mentions: Box<[u32]>,
}

impl Signature {
    /// The number of arrows at the front of a type.
    pub fn arity(store: &Store, mut ty: TermId) -> usize {
        let mut count = 0;
        while let Term::Pi(_, body) = store.term(ty) {
            count += 1;
            ty = body;
        }
        count
    }

    /// The term behind the arrows at the front of a type.
    pub fn output(store: &Store, mut ty: TermId) -> TermId {
        while let Term::Pi(_, body) = store.term(ty) {
            ty = body;
        }
        ty
    }

    /// The signature of a function of type `ty` (closed except for locals) that is given its first `count` arguments;
    /// `count` is at most the [arity](Self::arity).
    pub fn new(environment: &mut Environment, ty: TermId, count: usize) -> Result<Self, KernelError> {
        let first = environment.store.local_bound(ty);
        let mut locals = Vec::with_capacity(count);
        let mut rest = ty;
        let mut parameters = Vec::with_capacity(count);
        while parameters.len() < count {
            let Term::Pi(domain, body) = environment.store.term(rest) else { break };
            let opened = environment.store.instantiate(domain, &locals);
            let is_premise = environment.sort_of(opened)? == Sort::Prop;
            locals.push(environment.store.local(first + locals.len() as u32, opened));
            parameters.push((domain, is_premise));
            rest = body;
        }
        let count = parameters.len() as u32;
        let store = &mut environment.store;
        let parameters = parameters.into_iter().enumerate().map(|(i, (domain, is_premise))| {
            let domain = store.lift(domain, count - i as u32);
            Parameter { domain, is_premise, mentions: mentions(store, domain, count) }
        });
        let parameters = parameters.collect();
        Ok(Self { parameters, output: rest, output_mentions: mentions(store, rest, count) })
    }

    /// Locals numbered from `first` on, of the types of the parameters, as values for these.
    pub fn locals(&self, store: &mut Store, first: u32) -> Vec<TermId> {
        // No type mentions a later parameter, so anything may stand for those.
        let mut locals = vec![store.sort(Sort::Prop); self.len()];
        for (index, parameter) in self.parameters.iter().enumerate() {
            let ty = store.instantiate(parameter.domain, &locals);
            locals[index] = store.local(first + index as u32, ty);
        }
        locals
    }

    /// The number of parameters.
    pub fn len(&self) -> usize {
        self.parameters.len()
    }

    /// Whether there is no parameter.
    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty()
    }
}

/// The parameters among `count` that a pattern mentions, ascending.
pub fn mentions(store: &Store, pattern: TermId, count: u32) -> Box<[u32]> {
    let mut found = vec![false; count as usize];
    let mut seen = FxHashSet::default();
    let mut open = vec![(pattern, 0)];
    while let Some((id, depth)) = open.pop() {
        if store.loose(id) <= depth || !seen.insert((id, depth)) {
            continue;
        }
        match store.term(id) {
            Term::Bound(index) if index - depth < count => found[(count - 1 - (index - depth)) as usize] = true,
            Term::App(a, b) => open.extend([(a, depth), (b, depth)]),
            Term::Lambda(a, b) | Term::Pi(a, b) => open.extend([(a, depth), (b, depth + 1)]),
            _ => {}
        }
    }
    (0..count).filter(|&i| found[i as usize]).collect()
}

/// The parameters (of `count`) that a term mentions where comparing it with another finds them: not below a variable's
/// arguments.
pub(crate) fn rigid_variables(store: &Store, id: TermId, count: u32, found: &mut FxHashSet<u32>) {
    let mut open = vec![(id, 0)];
    let mut seen = FxHashSet::default();
    while let Some((id, depth)) = open.pop() {
        if store.loose(id) <= depth || !seen.insert((id, depth)) {
            continue;
        }
        match store.term(id) {
            Term::Bound(index) => {
                if let Some(parameter) = (count + depth).checked_sub(index + 1).filter(|_| index >= depth) {
                    found.insert(parameter);
                }
            }
            Term::App(..) => {
                let (head, arguments) = store.spine(id);
                if !matches!(store.term(head), Term::Bound(_)) {
                    open.extend(arguments.into_iter().map(|argument| (argument, depth)));
                }
            }
            Term::Lambda(domain, body) | Term::Pi(domain, body) => open.extend([(domain, depth), (body, depth + 1)]),
            _ => {}
        }
    }
}
