//! Faults of a file beyond its grammar: the codes, and refusals of the kernel in words.

use super::print::{Names, print_limited};
use prover_logic::{Environment, KernelError, MAX_HEIGHT, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::Span;

/// An error, boxed since it is large and rare.
pub type Fault = Box<Diagnostic>;

/// The codes of errors and warnings about meaning.
pub mod codes {
    /// A name that nothing has.
    pub const UNKNOWN_NAME: &str = "unknown-name";
    /// A quoted name outside of its binder.
    pub const UNBOUND_VARIABLE: &str = "unbound-variable";
    /// A name that is declared already.
    pub const DUPLICATE_NAME: &str = "duplicate-name";
    /// A declared name that begins with the quote of bound variables, or is the name of a sort.
    pub const RESERVED_NAME: &str = "reserved-name";
    /// A type other than the one wanted.
    pub const TYPE_MISMATCH: &str = "type-mismatch";
    /// A term where a type is wanted.
    pub const NOT_A_TYPE: &str = "not-a-type";
    /// A type where a proposition is wanted.
    pub const NOT_A_PROPOSITION: &str = "not-a-proposition";
    /// Something that is not a function, given an argument.
    pub const NOT_A_FUNCTION: &str = "not-a-function";
    /// A function given too many or too few arguments.
    pub const WRONG_NUMBER_OF_ARGUMENTS: &str = "wrong-number-of-arguments";
    /// A type argument that was left out and cannot be found.
    pub const CANNOT_INFER_TYPE: &str = "cannot-infer-type";
    /// A term without a type.
    pub const NO_TYPE: &str = "no-type";
    /// `=` declared with another type than it must have.
    pub const NOT_EQUALITY: &str = "not-equality";
    /// The step budget of an item is exhausted.
    pub const BUDGET_EXHAUSTED: &str = "budget-exhausted";
    /// A term nested too deeply.
    pub const TOO_DEEP: &str = "too-deep";
    /// A file to import that cannot be found or read.
    pub const IMPORT_NOT_FOUND: &str = "import-not-found";
    /// A file that imports itself.
    pub const IMPORT_CYCLE: &str = "import-cycle";
    /// An imported file with errors.
    pub const IMPORT_FAILED: &str = "import-failed";
    /// An attribute that does not fit its function.
    pub const BAD_ATTRIBUTE: &str = "bad-attribute";
    /// Something other than a goal in a goal file.
    pub const NOT_A_GOAL: &str = "not-a-goal";
    /// A step that needs an open goal where there is none.
    pub const NO_OPEN_GOAL: &str = "no-open-goal";
    /// An `intro` on a goal that is not an arrow.
    pub const NOT_AN_ARROW: &str = "not-an-arrow";
    /// A `goal` or `current goal` that differs from the goal.
    pub const GOAL_MISMATCH: &str = "goal-mismatch";
    /// A goal that is still open at the end.
    pub const INCOMPLETE_PROOF: &str = "incomplete-proof";
    /// A fact that the function named does not show.
    pub const CANNOT_SHOW: &str = "cannot-show";
    /// An object that is not an application of the function named.
    pub const NOT_AN_APPLICATION: &str = "not-an-application";
    /// A function that does not fit the goal.
    pub const CANNOT_APPLY: &str = "cannot-apply";
    /// A name that is not a definition, or that the goal does not mention.
    pub const CANNOT_UNFOLD: &str = "cannot-unfold";
    /// Something that rewrites nothing in the goal.
    pub const CANNOT_REWRITE: &str = "cannot-rewrite";
    /// A proof that the kernel refuses.
    pub const REFUSED_PROOF: &str = "refused-proof";
    /// A data type or function without `=` before it.
    pub const NO_EQUALITY: &str = "no-equality";
    /// A parameter of a data type that is not a type.
    pub const BAD_PARAMETER: &str = "bad-parameter";
    /// A constructor whose result is not its data type.
    pub const BAD_CONSTRUCTOR: &str = "bad-constructor";
    /// A data type left of an arrow in its own constructors.
    pub const NOT_STRICTLY_POSITIVE: &str = "not-strictly-positive";
    /// A data type inside of another type in its own constructors.
    pub const NESTED_DATA: &str = "nested-data";
    /// A data type with other parameters in its own constructors.
    pub const NON_UNIFORM_PARAMETERS: &str = "non-uniform-parameters";
    /// An argument or result that is a type or a proof.
    pub const NOT_AN_OBJECT: &str = "not-an-object";
    /// An argument whose type depends on an earlier one.
    pub const DEPENDENT_ARGUMENT: &str = "dependent-argument";
    /// A data type or function that would generate too much.
    pub const DECLARATION_TOO_LARGE: &str = "declaration-too-large";
    /// A clause that is not about the function applied to patterns.
    pub const BAD_CLAUSE: &str = "bad-clause";
    /// Something that is not a pattern.
    pub const BAD_PATTERN: &str = "bad-pattern";
    /// A variable that stands twice in the patterns of a clause.
    pub const REPEATED_VARIABLE: &str = "repeated-variable";
    /// Clauses that leave out a case.
    pub const MISSING_CASE: &str = "missing-case";
    /// A clause that fits only arguments that earlier ones fit.
    pub const OVERLAPPING_CLAUSES: &str = "overlapping-clauses";
    /// A function that is mentioned in its own clauses without all of its arguments.
    pub const PARTIAL_RECURSION: &str = "partial-recursion";
    /// A recursive call that is not about smaller arguments.
    pub const NOT_STRUCTURAL: &str = "not-structural";
    /// `using`, which changes nothing.
    pub const USING_IGNORED: &str = "using-ignored";
    /// A local whose name was taken.
    pub const NAME_TAKEN: &str = "name-taken";
    /// Steps after `halt`.
    pub const UNREACHABLE_STEP: &str = "unreachable-step";
    /// A file to check that the system cannot read.
    pub const UNREADABLE: &str = "unreadable";

    /// Every code above with its meaning.
    pub const ALL: &[(&str, &str)] = &[
        (UNKNOWN_NAME, "a name that nothing has"),
        (UNBOUND_VARIABLE, "a quoted name outside of its binder"),
        (DUPLICATE_NAME, "a name that is declared already"),
        (RESERVED_NAME, "a name that cannot be declared"),
        (TYPE_MISMATCH, "a type other than the one wanted"),
        (NOT_A_TYPE, "a term where a type is wanted"),
        (NOT_A_PROPOSITION, "a type where a proposition is wanted"),
        (NOT_A_FUNCTION, "something that is not a function, given an argument"),
        (WRONG_NUMBER_OF_ARGUMENTS, "a function given too many or too few arguments"),
        (CANNOT_INFER_TYPE, "a type argument that was left out and cannot be found"),
        (NO_TYPE, "a term without a type"),
        (NOT_EQUALITY, "`=` declared with another type than it must have"),
        (BUDGET_EXHAUSTED, "the step budget of an item is exhausted"),
        (TOO_DEEP, "a term nested too deeply"),
        (IMPORT_NOT_FOUND, "a file to import that cannot be found or read"),
        (IMPORT_CYCLE, "a file that imports itself"),
        (IMPORT_FAILED, "an imported file with errors"),
        (BAD_ATTRIBUTE, "an attribute that does not fit its function"),
        (NOT_A_GOAL, "something other than a goal in a goal file"),
        (NO_OPEN_GOAL, "a step that needs an open goal where there is none"),
        (NOT_AN_ARROW, "an `intro` on a goal that is no arrow"),
        (GOAL_MISMATCH, "a `goal` or `current goal` that differs from the goal"),
        (INCOMPLETE_PROOF, "a goal that is still open at the end"),
        (CANNOT_SHOW, "a fact that the function named does not show"),
        (NOT_AN_APPLICATION, "an object that is no application of the function named"),
        (CANNOT_APPLY, "a function that does not fit the goal"),
        (CANNOT_UNFOLD, "a name that is no definition, or that the goal does not mention"),
        (CANNOT_REWRITE, "something that rewrites nothing in the goal"),
        (REFUSED_PROOF, "a proof that the kernel refuses"),
        (NO_EQUALITY, "a data type or function without `=` before it"),
        (BAD_PARAMETER, "a parameter of a data type that is no type"),
        (BAD_CONSTRUCTOR, "a constructor that gives something else than its data type"),
        (NOT_STRICTLY_POSITIVE, "a data type left of an arrow in its own constructors"),
        (NESTED_DATA, "a data type inside of another type in its own constructors"),
        (NON_UNIFORM_PARAMETERS, "a data type with other parameters in its own constructors"),
        (NOT_AN_OBJECT, "an argument or result that is a type or a proof"),
        (DEPENDENT_ARGUMENT, "an argument whose type depends on an earlier one"),
        (DECLARATION_TOO_LARGE, "a data type or function that would generate too much"),
        (BAD_CLAUSE, "a clause that is not about the function applied to patterns"),
        (BAD_PATTERN, "something that is no pattern"),
        (REPEATED_VARIABLE, "a variable that stands twice in the patterns of a clause"),
        (MISSING_CASE, "clauses that leave out a case"),
        (OVERLAPPING_CLAUSES, "a clause that fits only what earlier ones fit"),
        (PARTIAL_RECURSION, "a function mentioned in its own clauses without all of its arguments"),
        (NOT_STRUCTURAL, "a recursive call that is not about smaller arguments"),
        (USING_IGNORED, "`using`, which changes nothing"),
        (NAME_TAKEN, "a local whose name was taken"),
        (UNREACHABLE_STEP, "steps after `halt`"),
        (UNREADABLE, "a file that the system cannot read"),
    ];
}

/// Characters of a term that a message shows.
const SHOWN: usize = 400;

/// Steps for printing the terms of a message, when the item's own may be used up.
const PRINTING_BUDGET: u64 = 300_000;

/// The text of a term for a message, shortened.
pub fn shown(environment: &mut Environment, names: &Names, term: TermId) -> String {
    print_limited(environment, names, term, SHOWN)
}

/// An error without further facts.
pub fn fault(code: &'static str, span: Span, message: impl Into<String>) -> Fault {
    Box::new(Diagnostic::error(code, span, message))
}

/// The warning about `using`.
pub(crate) fn using_warning(span: Span) -> Diagnostic {
    Diagnostic::warning(codes::USING_IGNORED, span, "`using` changes nothing: all names of a file are in scope")
}

/// An error about a type, with what was expected and what was found.
pub fn mismatch(
    environment: &mut Environment,
    names: &Names,
    span: Span,
    message: &str,
    (expected, found): (TermId, TermId),
) -> Fault {
    let (expected, found) = (shown(environment, names, expected), shown(environment, names, found));
    Box::new(
        Diagnostic::error(codes::TYPE_MISMATCH, span, message)
            .with_label(format!("this has type `{found}`"))
            .with_note(format!("expected `{expected}`"))
            .with_note(format!("found `{found}`")),
    )
}

/// The number of arguments that a function of this type still takes.
fn missing_arguments(environment: &Environment, ty: TermId) -> usize {
    super::terms::signature::Signature::arity(&environment.store, ty)
}

/// An error about a term that is not a type.
pub fn not_a_type(environment: &mut Environment, names: &Names, span: Span, term: TermId, ty: TermId) -> Fault {
    let (text, ty_text) = (shown(environment, names, term), shown(environment, names, ty));
    let missing = missing_arguments(environment, ty);
    if missing > 0 {
        let plural = if missing == 1 { "" } else { "s" };
        return Box::new(
            Diagnostic::error(codes::WRONG_NUMBER_OF_ARGUMENTS, span, format!("`{text}` is not a type"))
                .with_label(format!("this has type `{ty_text}`"))
                .with_hint(format!("{missing} more argument{plural} could be given here")),
        );
    }
    Box::new(
        Diagnostic::error(codes::NOT_A_TYPE, span, format!("`{text}` is not a type"))
            .with_label(format!("this has type `{ty_text}`"))
            .with_note("expected a type: a term of type `type` or `prop`"),
    )
}

/// A refusal of the kernel, about the text at `span`.
pub fn kernel(environment: &mut Environment, names: &Names, span: Span, error: &KernelError) -> Fault {
    environment.set_budget(PRINTING_BUDGET);
    match *error {
        KernelError::NotAFunction { function, ty } => {
            let (function, ty) = (shown(environment, names, function), shown(environment, names, ty));
            Box::new(
                Diagnostic::error(codes::NOT_A_FUNCTION, span, format!("`{function}` is applied but is no function"))
                    .with_note(format!("it has type `{ty}`")),
            )
        }
        KernelError::ArgumentMismatch { argument, expected, found, .. } => {
            let argument = shown(environment, names, argument);
            let message = format!("the argument `{argument}` has another type than the function takes");
            mismatch(environment, names, span, &message, (expected, found))
        }
        KernelError::NotAType { term, ty } => not_a_type(environment, names, span, term, ty),
        KernelError::TypeMismatch { expected, found } => {
            mismatch(environment, names, span, "this has another type than declared", (expected, found))
        }
        KernelError::NoType { term } => {
            let term = shown(environment, names, term);
            let message = format!("`{term}` has no type: its sort stands above everything that can be written");
            Box::new(
                Diagnostic::error(codes::NO_TYPE, span, message)
                    .with_hint("a function may give objects, propositions or types, but not `type` itself"),
            )
        }
        KernelError::Duplicate => fault(codes::DUPLICATE_NAME, span, error.to_string()),
        KernelError::NotEquality => Box::new(
            Diagnostic::error(codes::NOT_EQUALITY, span, "`=` is declared with a type that it must not have")
                .with_note("expected `[('t : type) -> 't -> 't -> prop]`")
                .with_hint("for another relation, choose another name"),
        ),
        KernelError::BudgetExhausted => Box::new(
            Diagnostic::error(codes::BUDGET_EXHAUSTED, span, "this takes more steps than one item may take")
                .with_hint("prove parts of it as theorems of their own"),
        ),
        KernelError::TooDeep => Box::new(
            Diagnostic::error(codes::TOO_DEEP, span, format!("this becomes a term higher than {MAX_HEIGHT}"))
                .with_hint("name parts of it by definitions"),
        ),
        KernelError::LooseVariable
        | KernelError::NotClosed
        | KernelError::UnknownConstant(_)
        | KernelError::ForeignStore
        | KernelError::Owed => fault(codes::REFUSED_PROOF, span, error.to_string()),
    }
}
