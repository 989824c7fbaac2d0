//! Goals with their arrows opened.

use crate::terms::typed::Fact;
use prover_logic::{Environment, KernelError, Sort, Term, TermId};

/// A goal whose variables are locals and whose premises are facts.
#[derive(Clone, Debug)]
pub(super) struct Opened {
    /// The goal that is left to prove.
    pub goal: TermId,
    /// The locals made, in order.
    pub locals: Vec<TermId>,
    /// The premises among them.
    pub premises: Vec<Fact>,
}

impl Opened {
    /// Opens a goal that is to be proved from facts, with locals that neither mentions.
    pub fn new(env: &mut Environment, facts: &[Fact], goal: TermId) -> Result<Self, KernelError> {
        let store = &env.store;
        let mentioned = facts.iter().flat_map(|fact| [fact.proposition, fact.proof]).chain([goal]);
        let first = mentioned.map(|term| store.local_bound(term)).max().unwrap_or(0);
        let (mut locals, mut premises) = (Vec::new(), Vec::new());
        let mut rest = goal;
        loop {
            while let Term::Pi(domain, body) = env.store.term(rest) {
                env.spend(1)?;
                let domain = env.store.instantiate(domain, &locals);
                let domain = env.beta(domain)?;
                let local = env.store.local(first.saturating_add(locals.len() as u32), domain);
                if env.sort_of(domain)? == Sort::Prop {
                    premises.push(Fact { proposition: domain, proof: local });
                }
                locals.push(local);
                rest = body;
            }
            // The cases of a split are a motive applied, which may be an arrow.
            let opened = env.store.instantiate(rest, &locals);
            let reduced = env.beta(opened)?;
            if !matches!(env.store.term(reduced), Term::Pi(..)) {
                return Ok(Self { goal: reduced, locals, premises });
            }
            rest = reduced;
        }
    }
}
