//! The axioms of a data type: induction, injectivity, disjointness.

use super::shape::{Family, Shape};
use crate::declared::Argument;
use crate::draft::{Draft, Entry};
use crate::elaborate::quoted;
use crate::fault::Fault;
use crate::{Attributes, ForwardPattern};
use prover_logic::equality::Equality;
use prover_logic::{Environment, Sort, Store, Term, TermId};

/// The places of the axioms among the entries of the draft.
pub(super) struct Places {
    pub induction: usize,
    pub constructors: Vec<ConstructorPlaces>,
}

/// The places of a constructor's axioms.
#[derive(Default)]
pub(super) struct ConstructorPlaces {
    pub injectivity: Vec<usize>,
    pub disjointness: Vec<usize>,
}

/// About how many terms the axioms of a data type with this many parameters consist of.
pub(super) fn weight(shapes: &[Shape], parameters: u64) -> u64 {
    let terms = shapes.iter().map(|shape| 1 + shape.size + parameters).fold(0, u64::saturating_add);
    // Each parameter has a binder in each axiom, and stands on both sides of the equations and in their type.
    let each = |shape: &Shape| (2 * shape.size).saturating_add(parameters.saturating_mul(4));
    let injectivity = shapes.iter().map(|shape| (shape.arguments.len() as u64).saturating_mul(each(shape)));
    let injectivity = injectivity.fold(0, u64::saturating_add);
    // Each constructor stands in an axiom with each other one.
    let disjointness = terms.saturating_mul(shapes.len() as u64);
    injectivity.saturating_add(disjointness).saturating_add(terms.saturating_mul(2))
}

/// A constructor applied to variables.
struct Instance {
    arguments: Vec<TermId>,
    names: Vec<Box<str>>,
    /// The application.
    term: TermId,
}

/// An axiom to be drafted.
struct Axiom<'a> {
    name: String,
    /// The constructor that it is about, if it is about one.
    shape: Option<&'a Shape>,
    /// The statement about the locals.
    body: TermId,
    locals: &'a [TermId],
    /// The names of its binders, those of the parameters excepted.
    binders: Vec<Box<str>>,
    attributes: Attributes,
}

struct Generator<'a> {
    environment: &'a mut Environment,
    draft: &'a mut Draft,
    family: &'a Family,
    /// `=` at the data type.
    equal: TermId,
    relation: TermId,
}

/// Drafts all axioms. Each constructor comes with itself applied to the parameters.
pub(super) fn generate(
    environment: &mut Environment,
    draft: &mut Draft,
    family: &Family,
    constructors: &[(Shape, TermId)],
    equality: Equality,
) -> Result<Places, Fault> {
    let relation = environment.store.constant(equality.eq);
    let equal = environment.store.app(relation, family.applied);
    let mut generator = Generator { environment, draft, family, equal, relation };
    let induction = generator.induction(constructors)?;
    let mut instances = Vec::new();
    for (shape, constructor) in constructors {
        let first = generator.instance(shape, *constructor, false);
        let second = generator.instance(shape, *constructor, true);
        instances.push((shape, first, second));
    }
    let mut places = Vec::new();
    for (place, (shape, first, second)) in instances.iter().enumerate() {
        let injectivity = generator.injectivity(shape, first, second)?;
        let mut disjointness = Vec::new();
        for (other, _, second) in &instances[place + 1..] {
            disjointness.push(generator.disjointness((shape, first), (other, second))?);
        }
        places.push(ConstructorPlaces { injectivity, disjointness });
    }
    Ok(Places { induction, constructors: places })
}

impl Generator<'_> {
    fn store(&mut self) -> &mut Store {
        &mut self.environment.store
    }

    /// Drafts an axiom with binders over locals; the parameters come first. Returns its place.
    fn axiom(&mut self, axiom: Axiom<'_>) -> Result<usize, Fault> {
        let Axiom { name, shape, body, locals, binders, attributes } = axiom;
        let span = shape.map_or(self.draft.span(), |shape| shape.span);
        self.draft.check_name(self.environment, &name, span, false)?;
        let locals = [&self.family.parameters, locals].concat();
        let ty = self.store().close_pi(body, &locals);
        let parameters = self.family.names.iter().map(|name| quoted(name).into());
        let binders = parameters.chain(binders).collect();
        let place = self.draft.len();
        self.draft.push(Entry { name, span, ty, binders, attributes: Some(attributes) });
        Ok(place)
    }

    /// A constructor applied to variables; `is_second` is for the other side of an equation.
    fn instance(&mut self, shape: &Shape, constructor: TermId, is_second: bool) -> Instance {
        let is_only = shape.arguments.len() == 1;
        let (mut arguments, mut names) = (Vec::new(), Vec::new());
        for (place, argument) in shape.arguments.iter().enumerate() {
            arguments.push(self.draft.local(self.environment, argument.ty));
            let unnamed = if is_second { "'y" } else { "'x" };
            names.push(match (&*argument.name, is_second) {
                ("", _) if is_only => unnamed.into(),
                ("", _) => format!("{unnamed}{}", place + 1).into(),
                (name, true) => format!("{name}'").into(),
                (name, false) => name.into(),
            });
        }
        let term = self.store().apps(constructor, &arguments);
        Instance { arguments, names, term }
    }

    /// `[('p : [D -> prop]) -> premises -> [('x : D) -> ('p 'x)]]`
    fn induction(&mut self, constructors: &[(Shape, TermId)]) -> Result<usize, Fault> {
        let prop = self.store().sort(Sort::Prop);
        let family = self.family;
        let motive_type = self.store().pi(family.applied, prop);
        let motive = self.draft.local(self.environment, motive_type);
        let mut premises = Vec::new();
        for (shape, constructor) in constructors {
            premises.push(self.premise(shape, *constructor, motive));
        }
        let any = self.draft.local(self.environment, family.applied);
        let holds = self.store().app(motive, any);
        let mut body = self.store().close_pi(holds, &[any]);
        for &premise in premises.iter().rev() {
            body = self.store().pi(premise, body);
        }
        let mut motive_name = String::from("'p");
        while family.names.iter().any(|name| quoted(name) == motive_name) {
            motive_name.push('\'');
        }
        let mut names = vec![motive_name.into()];
        names.extend(premises.iter().map(|_| "".into()));
        names.push("'x".into());
        let attributes = Attributes { backward: Some(Vec::new()), ..Attributes::default() };
        let name = format!("{}_ind", family.name);
        self.axiom(Axiom { name, shape: None, body, locals: &[motive], binders: names, attributes })
    }

    /// That the motive holds of what a constructor gives if it holds of the recursive arguments.
    fn premise(&mut self, shape: &Shape, constructor: TermId, motive: TermId) -> TermId {
        let instance = self.instance(shape, constructor, false);
        let mut body = self.store().app(motive, instance.term);
        for (argument, &local) in shape.arguments.iter().zip(&instance.arguments).rev() {
            if let Argument::Recursive { .. } = argument.kind {
                let hypothesis = self.hypothesis(argument.ty, local, motive);
                body = self.store().pi(hypothesis, body);
            }
        }
        self.store().close_pi(body, &instance.arguments)
    }

    /// `('p 'f)`, or `[('a : A) -> ('p ('f 'a))]` for an argument `'f : [A -> D]`.
    fn hypothesis(&mut self, ty: TermId, argument: TermId, motive: TermId) -> TermId {
        let (mut rest, mut inputs) = (ty, Vec::new());
        while let Term::Pi(domain, range) = self.environment.store.term(rest) {
            let domain = self.store().instantiate(domain, &inputs);
            inputs.push(self.draft.local(self.environment, domain));
            rest = range;
        }
        let element = self.store().apps(argument, &inputs);
        let holds = self.store().app(motive, element);
        self.store().close_pi(holds, &inputs)
    }

    /// `[xs -> ys -> (= (c xs) (c ys)) -> (= x y)]` for each argument.
    fn injectivity(&mut self, shape: &Shape, first: &Instance, second: &Instance) -> Result<Vec<usize>, Fault> {
        let (equal, relation) = (self.equal, self.relation);
        let premise = self.store().apps(equal, &[first.term, second.term]);
        let locals = [first.arguments.as_slice(), &second.arguments].concat();
        let names: Vec<Box<str>> = first.names.iter().chain(&second.names).cloned().collect();
        let mut places = Vec::new();
        for (place, argument) in shape.arguments.iter().enumerate() {
            let sides = [argument.ty, first.arguments[place], second.arguments[place]];
            let conclusion = self.store().apps(relation, &sides);
            let body = self.store().pi(premise, conclusion);
            let name = match (shape.arguments.len(), &*argument.name) {
                (1, _) => format!("{}_inj", shape.name),
                (_, "") => format!("{}_inj_{}", shape.name, place + 1),
                (_, name) => format!("{}_inj_{}", shape.name, &name[1..]),
            };
            let attributes = self.given(premise, &locals);
            let binders = names.clone();
            places.push(self.axiom(Axiom { name, shape: Some(shape), body, locals: &locals, binders, attributes })?);
        }
        Ok(places)
    }

    /// The attribute `#forward NAME ('_ : premise)`.
    fn given(&mut self, premise: TermId, locals: &[TermId]) -> Attributes {
        let all = [&self.family.parameters, locals].concat();
        let count = all.len();
        let ty = self.store().abstract_locals(premise, &all);
        // The proof `'_` is one more variable, the last.
        let ty = self.store().lift(ty, 1);
        let pattern = self.store().bound(0);
        let variables = (0..count).map(Some).chain([None]).collect();
        Attributes { forward: Some(vec![ForwardPattern { pattern, ty, variables }]), ..Attributes::default() }
    }

    /// `[xs -> ys -> (= (c xs) (d ys)) -> ('P : prop) -> 'P]`, with the attribute `#backward NAME infer ... infer`.
    fn disjointness(
        &mut self,
        (shape, first): (&Shape, &Instance),
        (other, second): (&Shape, &Instance),
    ) -> Result<usize, Fault> {
        let equal = self.equal;
        let premise = self.store().apps(equal, &[first.term, second.term]);
        let prop = self.store().sort(Sort::Prop);
        let anything = self.store().bound(0);
        let conclusion = self.store().pi(prop, anything);
        let body = self.store().pi(premise, conclusion);
        let locals = [first.arguments.as_slice(), &second.arguments].concat();
        let mut names: Vec<Box<str>> = first.names.iter().chain(&second.names).cloned().collect();
        names.extend(["".into(), "'P".into()]);
        let inputs = self.family.parameters.len() + locals.len() + 2;
        let attributes = Attributes { backward: Some(vec![false; inputs]), ..Attributes::default() };
        let name = format!("{}_ne_{}", shape.name, other.name);
        self.axiom(Axiom { name, shape: Some(shape), body, locals: &locals, binders: names, attributes })
    }
}
