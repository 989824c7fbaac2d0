//! The permitted constructors: those with a least fixed point in the model of docs/soundness.md.

use crate::attribute::binder_names;
use crate::declared::Argument;
use crate::draft::subterms;
use crate::elaborate::Source;
use crate::fault::{Fault, codes, kernel, shown};
use crate::print::Names;
use prover_logic::{Environment, Sort, Store, Term, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::{Decl, Input, Span};

/// The data type that is being declared.
pub(super) struct Family {
    pub name: String,
    /// The local that stands for the type former.
    pub local: TermId,
    /// Locals for the parameters.
    pub parameters: Vec<TermId>,
    /// The names of the parameters as they are written.
    pub names: Vec<Box<str>>,
    /// The type former applied to the parameters.
    pub applied: TermId,
}

/// A constructor.
pub(super) struct Shape {
    pub name: String,
    pub span: Span,
    /// Its type over the locals of the family.
    pub ty: TermId,
    pub arguments: Vec<ArgumentShape>,
    /// The number of terms of which its arguments' types consist, and one for each argument.
    pub size: u64,
}

/// An argument of a constructor.
pub(super) struct ArgumentShape {
    /// Its name with the quote, empty if it has none.
    pub name: Box<str>,
    /// Its type over the locals of the family.
    pub ty: TermId,
    pub kind: Argument,
}

/// The part of a declaration that a refusal speaks of.
struct Place<'a> {
    family: &'a Family,
    constructor: &'a str,
    names: &'a Names,
    span: Span,
}

/// The shape of a constructor of type `ty`.
pub(super) fn of(
    environment: &mut Environment,
    source: Source<'_>,
    decl: &Decl,
    family: &Family,
    ty: TermId,
) -> Result<Shape, Fault> {
    let Source { tree, scope, .. } = source;
    let name = tree.name(decl.name.symbol);
    let mut names = scope.printed(&environment.store);
    for (name, local) in family.names.iter().zip(&family.parameters) {
        names.insert(*local, name);
    }
    let (inputs, output) = tree.inputs(decl.ty);
    let place = |span| Place { family, constructor: name, names: &names, span };
    let (mut arguments, mut size, mut rest) = (Vec::new(), 0, ty);
    for (input, name) in inputs.iter().map(Input::ty).zip(binder_names(tree, decl.ty)) {
        let Term::Pi(domain, range) = environment.store.term(rest) else { break };
        let span = tree.span(input);
        let argument = argument(environment, &place(span), domain)?;
        size += 1 + subterms(&environment.store, domain).len() as u64;
        arguments.push(ArgumentShape { name, ty: domain, kind: argument });
        rest = range;
    }
    if rest != family.applied {
        return Err(place(tree.span(output)).wrong_result(environment, rest));
    }
    Ok(Shape { name: name.to_owned(), span: decl.name.span, ty, arguments, size })
}

/// The kind of an argument of that type.
fn argument(environment: &mut Environment, place: &Place<'_>, ty: TermId) -> Result<Argument, Fault> {
    if environment.store.loose(ty) > 0 {
        return Err(place.dependent());
    }
    let sort = environment.sort_of(ty).map_err(|error| kernel(environment, place.names, place.span, &error))?;
    if sort != Sort::Type {
        return Err(place.not_an_object(environment, ty, sort));
    }
    let family = place.family;
    let mentions = |store: &Store, term| subterms(store, term).contains(&family.local);
    if !mentions(&environment.store, ty) {
        return Ok(Argument::Plain);
    }
    let (mut inputs, mut rest) = (0, ty);
    while let Term::Pi(domain, range) = environment.store.term(rest) {
        if mentions(&environment.store, domain) {
            return Err(place.not_positive(environment, ty));
        }
        inputs += 1;
        rest = range;
    }
    if rest == family.applied {
        return Ok(Argument::Recursive { inputs });
    }
    let (head, arguments) = environment.store.spine(rest);
    if head != family.local || arguments.iter().any(|&argument| mentions(&environment.store, argument)) {
        return Err(place.nested(environment, ty));
    }
    Err(place.not_uniform(environment, ty))
}

impl Place<'_> {
    fn text(&self, environment: &mut Environment, term: TermId) -> String {
        shown(environment, self.names, term)
    }

    fn error(&self, code: &'static str, message: String) -> Diagnostic {
        Diagnostic::error(code, self.span, message)
    }

    /// The type with its parameters as one writes it.
    fn applied(&self, environment: &mut Environment) -> String {
        self.text(environment, self.family.applied)
    }

    fn wrong_result(&self, environment: &mut Environment, found: TermId) -> Fault {
        // What follows dependent arguments has loose indices, which cannot be printed.
        let applied = self.applied(environment);
        let message = format!("the constructor `{}` must give `{applied}`", self.constructor);
        let error = self.error(codes::BAD_CONSTRUCTOR, message).with_note(format!("expected `{applied}`"));
        if environment.store.loose(found) > 0 {
            return Box::new(error);
        }
        let found = self.text(environment, found);
        Box::new(error.with_label(format!("this is `{found}`")))
    }

    fn dependent(&self) -> Fault {
        let message = format!("an argument of `{}` has a type that depends on an earlier argument", self.constructor);
        let error = self.error(codes::DEPENDENT_ARGUMENT, message);
        Box::new(error.with_hint(
            "the types of the arguments may mention the parameters of the data type only; state what depends on the \
             argument as a predicate, `p : [nat -> prop].` with axioms",
        ))
    }

    fn not_an_object(&self, environment: &mut Environment, ty: TermId, sort: Sort) -> Fault {
        let text = self.text(environment, ty);
        let (what, hint) = match sort {
            Sort::Prop => (
                "proofs",
                "state what holds of the constructed objects as axioms or theorems instead; a connective is a constant \
                 `or : [prop -> prop -> prop].` with axioms such as `or_l : [('P : prop) -> ('Q : prop) -> 'P -> (or 'P 'Q)].`",
            ),
            _ => ("types, or functions on all types", "make the type a parameter of the data type"),
        };
        let message = format!("an argument of `{}` is no object: `{text}` is a type of {what}", self.constructor);
        Box::new(self.error(codes::NOT_AN_OBJECT, message).with_hint(hint))
    }

    fn not_positive(&self, environment: &mut Environment, ty: TermId) -> Fault {
        let text = self.text(environment, ty);
        let message =
            format!("`{}` stands left of an arrow in an argument of `{}`", self.family.name, self.constructor);
        let error = self.error(codes::NOT_STRICTLY_POSITIVE, message).with_label(format!("this is `{text}`"));
        let error =
            error.with_note("no type is built from the functions on it: there are always more of them than elements");
        Box::new(error.with_hint(format!("`{}` may stand only as the result of a function argument", self.family.name)))
    }

    fn nested(&self, environment: &mut Environment, ty: TermId) -> Fault {
        let text = self.text(environment, ty);
        let message =
            format!("`{}` stands inside of another type in an argument of `{}`", self.family.name, self.constructor);
        let applied = self.applied(environment);
        let error = self.error(codes::NESTED_DATA, message).with_label(format!("this is `{text}`"));
        Box::new(error.with_hint(format!(
            "an argument may be `{applied}` or a function to it, as `[nat -> {applied}]`; for a list of them, let \
                 `{}` have a constructor that adds one: `[{applied} -> {applied} -> {applied}]`",
            self.family.name
        )))
    }

    fn not_uniform(&self, environment: &mut Environment, ty: TermId) -> Fault {
        let (text, applied) = (self.text(environment, ty), self.applied(environment));
        let message = format!("an argument of `{}` has other parameters than `{applied}`", self.constructor);
        let error = self.error(codes::NON_UNIFORM_PARAMETERS, message).with_label(format!("this is `{text}`"));
        Box::new(error.with_hint(format!("all constructors speak of the one type `{applied}`")))
    }
}
