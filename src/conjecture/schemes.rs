//! Equations of well-known forms over the functions of a theory: commutative, associative, distributive, unit, inverse,
//! homomorphism, absorption.
//!
//! Most lemmas that equational proofs by induction need are of such forms, whatever the functions are. (Conjecturing by
//! schemes: O. Montano-Rivas, R. McCasland, L. Dixon, A. Bundy, *Scheme-based theorem discovery and concept invention*,
//! Expert Systems with Applications 39, 2012. The list is our own.)

use prover_logic::{Sort, Term, TermId};
use prover_theory::Theory;
use prover_theory::terms::signature::Signature;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

/// Locals that stand for variables of schemes have this number or greater ones.
const FIRST: u32 = 1 << 14;

/// A function of objects, all of whose types are closed except for type variables.
#[derive(Clone, Debug)]
struct Maker {
    /// The function, applied to type variables where it takes types.
    function: TermId,
    inputs: Vec<TermId>,
}

/// A statement being made.
pub(super) struct Scheme {
    /// The variables.
    pub variables: Vec<TermId>,
    /// The sides of the equation, and their type.
    pub left: TermId,
    pub right: TermId,
    pub ty: TermId,
}

/// The functions of a theory by the number of their inputs: constants, unary and binary ones.
#[derive(Clone, Debug, Default)]
pub(super) struct Makers {
    constants: Vec<Maker>,
    unary: Vec<Maker>,
    binary: Vec<Maker>,
}

impl Makers {
    /// The makers of a theory.
    pub fn new(theory: &mut Theory) -> Self {
        let mut makers = Self::default();
        let all: Vec<_> = theory.environment.declarations().map(|(id, declaration)| (id, declaration.ty)).collect();
        for (id, ty) in all {
            let function = theory.environment.store.constant(id);
            let Some(maker) = Maker::new(theory, function, ty) else { continue };
            match maker.inputs.len() {
                0 => makers.constants.push(maker),
                1 => makers.unary.push(maker),
                2 => makers.binary.push(maker),
                _ => {}
            }
        }
        makers
    }

    /// An equation of a form drawn at random; `None` where the functions drawn do not fit together.
    pub fn draw(&self, theory: &mut Theory, rng: &mut impl Rng) -> Option<Scheme> {
        let form = rng.random_range(0..14);
        let f = self.binary.choose(rng)?;
        let (g, u, c) = (self.binary.choose(rng), self.unary.choose(rng), self.constants.choose(rng));
        let mut builder = Builder { theory, variables: Vec::new() };
        let (t, v) = (f.inputs[0], f.inputs[1]);
        let (x, y) = (builder.variable(t), builder.variable(v));
        let (left, right) = match form {
            // Commutative and associative come twice.
            0 | 1 => (builder.apply(f, &[x, y]), builder.apply(f, &[y, x])),
            2 | 3 => {
                let z = builder.variable(v);
                let (inner, outer) = (builder.apply(f, &[x, y]), builder.apply(f, &[y, z]));
                (builder.apply(f, &[inner, z]), builder.apply(f, &[x, outer]))
            }
            4 => {
                let (g, z) = (g?, builder.variable(v));
                let (inner, first, second) =
                    (builder.apply(g, &[y, z]), builder.apply(f, &[x, y]), builder.apply(f, &[x, z]));
                (builder.apply(f, &[x, inner]), builder.apply(g, &[first, second]))
            }
            5 => {
                let (g, z) = (g?, builder.variable(t));
                let (inner, first, second) =
                    (builder.apply(g, &[x, z]), builder.apply(f, &[x, y]), builder.apply(f, &[z, y]));
                (builder.apply(f, &[inner, y]), builder.apply(g, &[first, second]))
            }
            6 => {
                let (u, whole) = (u?, builder.apply(f, &[x, y]));
                let (first, second) = (builder.apply(u, &[x]), builder.apply(u, &[y]));
                (builder.apply(u, &[whole]), builder.apply(g?, &[first, second]))
            }
            7 => {
                let (u, whole) = (u?, builder.apply(f, &[x, y]));
                let (first, second) = (builder.apply(u, &[y]), builder.apply(u, &[x]));
                (builder.apply(u, &[whole]), builder.apply(g?, &[first, second]))
            }
            8 => {
                let inner = builder.apply(u?, &[x]);
                let whole = builder.apply(f, &[x, y]);
                (builder.apply(f, &[inner, y]), builder.apply(u?, &[whole]))
            }
            9 => {
                let inner = builder.apply(u?, &[y]);
                let whole = builder.apply(f, &[x, y]);
                (builder.apply(f, &[x, inner]), builder.apply(u?, &[whole]))
            }
            10 => {
                let inner = builder.apply(u?, &[x]);
                (builder.apply(u?, &[inner]), *[x, inner].choose(rng)?)
            }
            11 | 12 => {
                let c = c?.function;
                let arguments = if form == 11 { [c, y] } else { [x, c] };
                (builder.apply(f, &arguments), *[c, arguments[usize::from(form == 11)], x, y].choose(rng)?)
            }
            _ => {
                let inner = builder.apply(g?, &[x, y]);
                (builder.apply(f, &[x, inner]), *[x, inner].choose(rng)?)
            }
        };
        let Builder { variables, .. } = builder;
        let ty = theory.environment.infer(left).ok()?;
        (theory.environment.infer(right) == Ok(ty) && left != right).then_some(Scheme { variables, left, right, ty })
    }
}

impl Maker {
    /// A constant as a function of objects, if it is one.
    fn new(theory: &mut Theory, function: TermId, ty: TermId) -> Option<Self> {
        let environment = &mut theory.environment;
        let is_proof = environment.sort_of(ty) == Ok(Sort::Prop);
        let ends = |environment: &prover_logic::Environment, sort| {
            environment.store.term(Signature::output(&environment.store, ty)) == Term::Sort(sort)
        };
        if is_proof
            || ends(environment, Sort::Type)
            || ends(environment, Sort::Prop) && Signature::arity(&environment.store, ty) == 0
        {
            return None;
        }
        let (mut function, mut rest, mut inputs) = (function, ty, Vec::new());
        while let Term::Pi(domain, body) = environment.store.term(rest) {
            let value = match environment.store.term(domain) {
                Term::Sort(Sort::Type) => {
                    let variable = environment.store.local(FIRST + inputs.len() as u32, domain);
                    function = environment.store.app(function, variable);
                    variable
                }
                // Functions and proofs as inputs are left to other authors, and so are types that depend on objects.
                Term::Pi(..) => return None,
                _ if environment.sort_of(domain) == Ok(Sort::Prop) => return None,
                _ => {
                    inputs.push(domain);
                    environment.store.local(FIRST + 64, domain)
                }
            };
            rest = environment.store.instantiate(body, &[value]);
        }
        Some(Self { function, inputs })
    }
}

struct Builder<'t> {
    theory: &'t mut Theory,
    variables: Vec<TermId>,
}

impl Builder<'_> {
    fn variable(&mut self, ty: TermId) -> TermId {
        let store = &mut self.theory.environment.store;
        let variable = store.local(FIRST + 128 + self.variables.len() as u32, ty);
        // A type variable is a variable of the statement as well.
        let mut open = vec![ty];
        while let Some(term) = open.pop() {
            match store.term(term) {
                Term::App(a, b) => open.extend([a, b]),
                Term::Local { .. } if !self.variables.contains(&term) => self.variables.insert(0, term),
                _ => {}
            }
        }
        self.variables.push(variable);
        variable
    }

    fn apply(&mut self, maker: &Maker, arguments: &[TermId]) -> TermId {
        self.theory.environment.store.apps(maker.function, arguments)
    }
}
