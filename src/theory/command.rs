//! The commands `#check`, `#eval` and `#print` and their output. They change nothing.

use super::declared::{DataType, Function};
use super::elaborate::{Elaborator, Source, quoted};
use super::evaluate::Evaluator;
use super::fault::{self, Fault};
use super::limits::budget;
use super::print::{Names, print};
use super::scope::Scope;
use super::suggest::Failed;
use super::terms::typed::Typed;
use super::{Theory, attribute};
use prover_logic::{ConstId, Declaration, DeclarationKind, KernelError, Sort, Term as Kernel, TermId};
use prover_syntax::diagnostic::Diagnostic;
use prover_syntax::tree::{Span, TermRef};
use std::sync::Arc;

/// `#check`: a term, as it was understood, with its type: `(s z) : nat`. The text is in the notation of the scope.
///
/// # Errors
///
/// The faults of the text; positions are offsets into it.
pub fn check_text(theory: &mut Theory, scope: &Scope, source: &str) -> Result<String, Vec<Diagnostic>> {
    text(theory, scope, source, check)
}

/// `#eval`: the normal form of a term, by definitions and the theory's equations (see [`evaluate`](super::evaluate)).
///
/// # Errors
///
/// The faults of the text, or that its evaluation takes too many steps; positions are offsets into it.
pub fn eval_text(theory: &mut Theory, scope: &Scope, source: &str) -> Result<String, Vec<Diagnostic>> {
    text(theory, scope, source, |theory, source, term| eval(theory, &mut Evaluator::new(), source, term))
}

/// `#print`: a constant as it could be declared, the axioms that a theorem rests on, and its attributes. The text is in
/// the theory's notation.
///
/// # Errors
///
/// Nothing has that name; the position is an offset into it.
pub fn print_name(theory: &mut Theory, name: &str) -> Result<String, Vec<Diagnostic>> {
    let span = Span { start: 0, end: name.len().try_into().unwrap_or(u32::MAX) };
    let text = print_constant(theory, &Failed::default(), name, span).map_err(|error| vec![*error])?;
    Ok(text + &attributes(theory, name))
}

fn text(
    theory: &mut Theory,
    scope: &Scope,
    source: &str,
    command: impl FnOnce(&mut Theory, Source<'_>, TermRef) -> Result<String, Fault>,
) -> Result<String, Vec<Diagnostic>> {
    let (tree, term) = prover_syntax::parse_term(source)?;
    theory.environment.set_budget(budget(source.len()));
    let failed = Failed::default();
    let mark = theory.environment.mark();
    let said = command(theory, Source { tree: &tree, scope, failed: &failed }, term).map_err(|error| vec![*error]);
    // Only the text is left of it. The mark is of this environment, so nothing can be refused.
    let _ = theory.collect(mark);
    said
}

/// The answer of `#check`.
pub(super) fn check(theory: &mut Theory, source: Source<'_>, term: TermRef) -> Result<String, Fault> {
    let Typed { term, ty } = typed(theory, source, term)?;
    let names = source.scope.printed(&theory.environment.store);
    let text = print(&mut theory.environment, &names, term);
    Ok(format!("{text} : {}", print(&mut theory.environment, &names, ty)))
}

/// The answer of `#eval`.
pub(super) fn eval(
    theory: &mut Theory,
    evaluator: &mut Evaluator,
    source: Source<'_>,
    term: TermRef,
) -> Result<String, Fault> {
    let elaborated = typed(theory, source, term)?.term;
    let names = source.scope.printed(&theory.environment.store);
    let normal = evaluator.evaluate(theory, elaborated).map_err(|error| {
        let fault = fault::kernel(&mut theory.environment, &names, source.tree.span(term), &error);
        match error {
            KernelError::BudgetExhausted => Box::new(Diagnostic {
                message: "this has no normal form within the steps that one item may take".into(),
                hint: Some("evaluate a smaller term, or a part of it".into()),
                ..*fault
            }),
            _ => fault,
        }
    })?;
    Ok(print(&mut theory.environment, &names, normal))
}

fn typed(theory: &mut Theory, source: Source<'_>, term: TermRef) -> Result<Typed, Fault> {
    let elaborated = Elaborator::new(&mut theory.environment, source).term(term)?;
    let ty = theory.environment.infer(elaborated).map_err(|error| {
        let names = source.scope.printed(&theory.environment.store);
        fault::kernel(&mut theory.environment, &names, source.tree.span(term), &error)
    })?;
    Ok(Typed { term: elaborated, ty })
}

/// The answer of `#print`, apart from attributes.
pub(super) fn print_constant(theory: &mut Theory, failed: &Failed, name: &str, span: Span) -> Result<String, Fault> {
    let constant = attribute::constant(theory, failed, name, span)?;
    Ok(declaration(theory, constant))
}

/// The part of the answer of `#print` about a constant's attributes, a line each after a line end. In a file they are
/// known once all of it was read.
pub(super) fn attributes(theory: &mut Theory, name: &str) -> String {
    let Some(constant) = theory.environment.find(name) else { return String::new() };
    attribute::written(theory, constant).into_iter().map(|line| format!("\n{line}")).collect()
}

/// Adds a name for a binder's local.
fn named(names: &mut Names, local: TermId, binder: &str, place: usize) {
    let name = if binder.is_empty() { format!("'_{place}") } else { quoted(binder) };
    names.insert(local, &name);
}

/// Type parameters as locals, with the names of the binders where they stand.
fn parameters(theory: &mut Theory, names: &mut Names, binders_of: ConstId, count: usize) -> Vec<TermId> {
    let binders = theory.binder_names.get(&binders_of).cloned().unwrap_or_default();
    let sort = theory.environment.store.sort(Sort::Type);
    let locals: Vec<TermId> = (0..count as u32).map(|place| theory.environment.store.local(place, sort)).collect();
    for (place, &local) in locals.iter().enumerate() {
        named(names, local, binders.get(place).map_or("", |name| name), place);
    }
    locals
}

/// The type of a constant with its leading parameters replaced.
fn type_after(theory: &mut Theory, constant: ConstId, parameters: &[TermId]) -> TermId {
    let mut ty = theory.environment.declaration(constant).ty;
    for _ in parameters {
        if let Kernel::Pi(_, range) = theory.environment.store.term(ty) {
            ty = range;
        }
    }
    theory.environment.store.instantiate(ty, parameters)
}

/// A `data` declaration, and the names of the axioms that it brings.
fn data_type(theory: &mut Theory, data: &DataType) -> String {
    let name_of = |theory: &Theory, constant| theory.environment.declaration(constant).name.to_string();
    let mut names = theory.names();
    let parameters = parameters(theory, &mut names, data.former, data.parameters);
    let written = parameters.iter().filter_map(|&local| Some(format!("{} : type", names.get(local)?)));
    let written = written.collect::<Vec<_>>().join(", ");
    let mut text = format!("data {}", name_of(theory, data.former));
    if !written.is_empty() {
        text.push_str(&format!(" ({written})"));
    }
    text.push_str(" {\n");
    let mut axioms = vec![name_of(theory, data.induction)];
    for constructor in &data.constructors {
        let ty = type_after(theory, constructor.constant, &parameters);
        let ty = print(&mut theory.environment, &names, ty);
        text.push_str(&format!("  {} : {ty}.\n", name_of(theory, constructor.constant)));
        let brought = constructor.injectivity.iter().chain(&constructor.disjointness);
        axioms.extend(brought.map(|&axiom| name_of(theory, axiom)));
    }
    text + &format!("}}\n/* with {} */", axioms.join(", "))
}

/// A `fun` declaration, of all functions that were declared together.
fn function(theory: &mut Theory, function: &Function) -> String {
    let known: Vec<Arc<Function>> =
        function.together.iter().filter_map(|&member| theory.declared.function(member).cloned()).collect();
    let headings: Vec<String> = known.iter().map(|member| heading(theory, member)).collect();
    let clauses: String = known.iter().map(|member| clauses(theory, member)).collect();
    format!("fun {} {{\n{clauses}}}", headings.join(", "))
}

/// The name and the type of a function.
fn heading(theory: &mut Theory, function: &Function) -> String {
    let mut names = theory.names();
    let named_in = function.clauses.first().map_or(function.constant, |clause| clause.axiom);
    let parameters = parameters(theory, &mut names, named_in, function.parameters);
    let ty = type_after(theory, function.constant, &parameters);
    let mut ty = print(&mut theory.environment, &names, ty);
    if !parameters.is_empty() {
        let quantified: String =
            parameters.iter().filter_map(|&local| Some(format!("({} : type) -> ", names.get(local)?))).collect();
        let rest = ty.strip_prefix('[').and_then(|inputs| inputs.strip_suffix(']')).unwrap_or(&ty);
        ty = format!("[{quantified}{rest}]");
    }
    format!("{} : {ty}", theory.environment.declaration(function.constant).name)
}

/// The clauses of a function, a line each.
fn clauses(theory: &mut Theory, function: &Function) -> String {
    let mut text = String::new();
    for clause in &function.clauses {
        let axiom = theory.environment.declaration(clause.axiom).clone();
        let binders = theory.binder_names.get(&clause.axiom).cloned().unwrap_or_default();
        let (mut names, mut rest, mut locals) = (theory.names(), axiom.ty, Vec::new());
        while let (Kernel::Pi(domain, range), true) =
            (theory.environment.store.term(rest), locals.len() < clause.binders)
        {
            let domain = theory.environment.store.instantiate(domain, &locals);
            let local = theory.environment.store.local(locals.len() as u32, domain);
            named(&mut names, local, binders.get(locals.len()).map_or("", |name| name), locals.len());
            locals.push(local);
            rest = range;
        }
        let store = &mut theory.environment.store;
        let (left, right) = (store.instantiate(clause.left, &locals), store.instantiate(clause.right, &locals));
        let right = print(&mut theory.environment, &names, right);
        let left = pattern(theory, &names, left);
        text.push_str(&format!("  {} : {left} = {right}.\n", axiom.name));
    }
    text
}

/// A pattern of a clause: the language wants them without types.
fn pattern(theory: &Theory, names: &Names, term: TermId) -> String {
    let store = &theory.environment.store;
    let (head, arguments) = store.spine(term);
    let Kernel::Const(constant) = store.term(head) else { return names.get(term).unwrap_or_default().to_owned() };
    let declared = &theory.declared;
    let types = match (declared.constructor(constant), declared.function(constant)) {
        (Some((data, _)), _) => data.parameters,
        (None, Some(function)) => function.parameters,
        (None, None) => 0,
    };
    let arguments: Vec<String> = arguments.iter().skip(types).map(|&inner| pattern(theory, names, inner)).collect();
    let name = &theory.environment.declaration(constant).name;
    if arguments.is_empty() { name.to_string() } else { format!("({name} {})", arguments.join(" ")) }
}

/// The declaration as it could be written, except for the proof of a theorem.
fn declaration(theory: &mut Theory, constant: ConstId) -> String {
    if let Some(data) = theory.declared.data_type(constant).cloned() {
        return data_type(theory, &data);
    }
    if let Some(declared) = theory.declared.function(constant).cloned() {
        return function(theory, &declared);
    }
    let of = theory.declared.constructor(constant).map(|(data, _)| data.former);
    let text = plain_declaration(theory, constant);
    match of {
        Some(former) => format!("{text}\n/* a constructor of {} */", theory.environment.declaration(former).name),
        None => text,
    }
}

fn plain_declaration(theory: &mut Theory, constant: ConstId) -> String {
    let Declaration { name, kind, ty, value, .. } = theory.environment.declaration(constant).clone();
    let names = theory.names();
    let text = print(&mut theory.environment, &names, ty);
    match (kind, value) {
        (DeclarationKind::Theorem, _) => {
            let rests_on = theory.environment.axioms_of(constant).join(", ");
            let rests_on = if rests_on.is_empty() { "no axiom".into() } else { rests_on };
            format!("theorem {name} : {text}\n/* proved; rests on {rests_on} */")
        }
        (DeclarationKind::Definition, Some(value)) => {
            format!("{name} : {text} = {}.", print(&mut theory.environment, &names, value))
        }
        _ if theory.environment.sort_of(ty) == Ok(Sort::Prop) => format!("axiom {name} : {text}."),
        _ => format!("{name} : {text}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{NoImports, SourceText};

    const TEXT: &str =
        "= : [('t : type) -> 't -> 't -> prop]. nat : type. z : nat. s : [nat -> nat]. even : [nat -> prop].
        one : nat = (s z). even_z : (even z). #forward even_z.
        even_s : [('n : nat) -> (even 'n) -> (even (s (s 'n)))].
        #backward even_s infer subgoal. #forward even_s ('_ : (even 'n)) ((s 'm) : nat) ((= 'k 'n) : prop).
        theorem even_two : (even (s (s z))) { show (even (s (s z))) by even_s. }
        theorem id : [('p : prop) -> 'p -> 'p] { intro p : prop. intro h : p. }";

    #[test]
    fn terms_have_types() {
        let mut theory = Theory::from_text("t", TEXT).unwrap();
        let mut check = |text: &str| check_text(&mut theory, &Scope::new(), text).map_err(|errors| errors[0].code);
        assert_eq!(check("(s z)").as_deref(), Ok("(s z) : nat"));
        assert_eq!(check("type").as_deref(), Ok("type : kind"));
        assert_eq!(check("(= one z)").as_deref(), Ok("(= one z) : prop"));
        assert_eq!(check("(lambda (x : nat) (s 'x))").as_deref(), Ok("(lambda ('a0 : nat) (s 'a0)) : [nat -> nat]"));
        assert_eq!(check("(s s)"), Err("type-mismatch"));
        assert_eq!(check("kind"), Err("unknown-name"));
        assert_eq!(check("(s"), Err("unexpected-end"));
        theory.write_infix();
        let scope = theory.scope();
        assert_eq!(
            check_text(&mut theory, &scope, "even_s").as_deref(),
            Ok("even_s : ∀ n : nat, even n → even (s (s n))")
        );
    }

    #[test]
    fn locals_of_a_scope_are_known() {
        let mut theory = Theory::from_text("t", TEXT).unwrap();
        let nat = theory.environment.find("nat").unwrap();
        let nat = theory.environment.store.constant(nat);
        let x = theory.environment.store.local(0, nat);
        let mut scope = Scope::new();
        scope.insert(&theory.environment.store, "x", x);
        assert_eq!(check_text(&mut theory, &scope, "(s x)").as_deref(), Ok("(s x) : nat"));
        assert_eq!(eval_text(&mut theory, &scope, "((lambda (n : nat) (s 'n)) x)").as_deref(), Ok("(s x)"));
    }

    #[test]
    fn constants_are_printed_as_they_could_be_declared() {
        let mut theory = Theory::from_text("t", TEXT).unwrap();
        let mut print = |name: &str| print_name(&mut theory, name).map_err(|errors| errors[0].code);
        assert_eq!(print("nat").as_deref(), Ok("nat : type."));
        assert_eq!(print("one").as_deref(), Ok("one : nat = (s z)."));
        assert_eq!(print("even_z").as_deref(), Ok("axiom even_z : (even z).\n#forward even_z."));
        insta::assert_snapshot!(print("even_s").unwrap(), @r"
        axiom even_s : [('a0 : nat) -> (even 'a0) -> (even (s (s 'a0)))].
        #forward even_s ('_1 : (even 'n)) ((s '_0) : nat) ((= nat '_1 'n) : prop).
        #backward even_s infer subgoal.
        ");
        insta::assert_snapshot!(print("even_two").unwrap(), @r"
        theorem even_two : (even (s (s z)))
        /* proved; rests on nat, z, s, even, even_z, even_s */
        ");
        insta::assert_snapshot!(print("id").unwrap(), @r"
        theorem id : [('a0 : prop) -> 'a0 -> 'a0]
        /* proved; rests on no axiom */
        ");
        assert_eq!(print("evn_s"), Err("unknown-name"));
    }

    #[test]
    fn data_types_and_functions_are_printed_as_they_were_declared() {
        let text = "= : [('t : type) -> 't -> 't -> prop]. data nat { z : nat. s : [nat -> nat]. }
            fun + : [nat -> nat -> nat] { (+ 'n z) = 'n. more : (+ 'n (s 'm)) = (s (+ 'n 'm)). }
            data list ('t : type) { nil : (list 't). cons : ['t -> (list 't) -> (list 't)]. }
            fun length : [('t : type) -> (list 't) -> nat] { (length nil) = z. longer : (length (cons 'x 'l)) = (s (length 'l)). }";
        let mut theory = Theory::from_text("t", text).unwrap_or_else(|errors| panic!("{errors:?}"));
        let mut print = |name: &str| print_name(&mut theory, name).unwrap();
        insta::assert_snapshot!(print("nat"), @r"
        data nat {
          z : nat.
          s : [nat -> nat].
        }
        /* with nat_ind, z_ne_s, s_inj */
        ");
        insta::assert_snapshot!(print("list"), @r"
        data list ('t : type) {
          nil : (list 't).
          cons : ['t -> (list 't) -> (list 't)].
        }
        /* with list_ind, nil_ne_cons, cons_inj_1, cons_inj_2 */
        ");
        insta::assert_snapshot!(print("cons"), @r"
        cons : [('a0 : type) -> 'a0 -> (list 'a0) -> (list 'a0)].
        /* a constructor of list */
        ");
        insta::assert_snapshot!(print("+"), @r"
        fun + : [nat -> nat -> nat] {
          +_z : (+ 'n z) = 'n.
          more : (+ 'n (s 'm)) = (s (+ 'n 'm)).
        }
        ");
        insta::assert_snapshot!(print("length"), @r"
        fun length : [('t : type) -> (list 't) -> nat] {
          length_nil : (length nil) = z.
          longer : (length (cons 'x 'l)) = (s (length 'l)).
        }
        ");
        let two = "(length (cons z (cons z (nil nat))))";
        assert_eq!(eval_text(&mut theory, &Scope::new(), two).as_deref(), Ok("(s (s z))"));
    }

    #[test]
    fn functions_that_ship_are_printed_as_they_are_read() {
        for name in ["nat-data", "lists", "trees", "list-membership"] {
            let mut theory = Theory::from_source(name).unwrap();
            let functions: Vec<ConstId> = theory.environment.declarations().map(|(constant, _)| constant).collect();
            let functions: Vec<_> =
                functions.into_iter().filter_map(|constant| theory.declared.function(constant).cloned()).collect();
            assert!(!functions.is_empty(), "{name}");
            for declared in functions {
                // Under other names, beside the one that was printed.
                let name = theory.environment.declaration(declared.constant).name.to_string();
                let mut copy = function(&mut theory, &declared).replacen(&name, "copy", 1);
                copy = copy.replace(&format!("({name} "), "(copy ");
                for clause in &declared.clauses {
                    let axiom = theory.environment.declaration(clause.axiom).name.to_string();
                    copy = copy.replace(&format!("  {axiom} : "), &format!("  copy.{axiom} : ").replace('.', "_"));
                }
                let mut again = theory.clone();
                let report = again.load_into(SourceText::text("copy", &*copy), &NoImports);
                let errors: Vec<_> = report.errors().map(|(_, error)| error.message.clone()).collect();
                assert!(errors.is_empty(), "{copy}\n{errors:?}");
                let types = |theory: &mut Theory, name: &str| {
                    let constant = theory.environment.find(name).unwrap();
                    theory.environment.declaration(constant).ty
                };
                assert_eq!(types(&mut again, "copy"), types(&mut again, &name));
            }
        }
    }
}
