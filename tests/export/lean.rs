//! Tests of the input for Lean's checkers: the very terms of the kernel, well typed by Lean's rules for universes.

use std::collections::HashMap;
use std::process::Command;

use prover::export::{Development, Options, Target};
use prover::logic::{DeclarationKind, Environment, Sort, Term, TermId};
use prover::theory::import::{Files, SourceText};

use super::reader::{Expression, File, Kind, read};
use super::samples::{HARD, all};

fn written(development: &Development, target: Target) -> String {
    let mut out = Vec::new();
    let summary = development.write(target, Options::default(), &mut out, &|_| {}).unwrap();
    assert!(summary.unsaid.is_empty(), "{:?}", summary.unsaid);
    String::from_utf8(out).unwrap()
}

fn hard() -> Development {
    Development::load([SourceText::text("hard", HARD)], &Files).unwrap_or_else(|error| panic!("{error}"))
}

/// Compares expressions with terms, each pair once.
struct Comparison<'a> {
    file: &'a File,
    environment: &'a Environment,
    same: HashMap<usize, TermId>,
}

impl Comparison<'_> {
    fn compare(&mut self, root: usize, term: TermId) -> bool {
        let mut open = vec![(root, term)];
        while let Some((expression, term)) = open.pop() {
            // An expression is written once, so it is one term.
            if let Some(&known) = self.same.get(&expression) {
                if known != term {
                    return false;
                }
                continue;
            }
            self.same.insert(expression, term);
            match (self.file.expressions[expression], self.environment.store.term(term)) {
                (Expression::Variable(index), Term::Bound(bound)) if index == u64::from(bound) => {}
                (Expression::Sort(0), Term::Sort(Sort::Prop)) | (Expression::Sort(1), Term::Sort(Sort::Type)) => {}
                (Expression::Constant(place), Term::Const(constant)) if place == constant.index() => {}
                (Expression::Apply(a, b), Term::App(x, y))
                | (Expression::Lambda(a, b), Term::Lambda(x, y))
                | (Expression::Forall(a, b), Term::Pi(x, y)) => open.extend([(a, x), (b, y)]),
                _ => return false,
            }
        }
        true
    }
}

/// The universe of a type by Lean's rules, where the types of variables are in `scope`, the innermost last; `None` for
/// a term that is not a type, as far as that is seen without reduction.
fn universe(file: &File, expression: usize, scope: &mut Vec<usize>) -> Option<u64> {
    match file.expressions[expression] {
        Expression::Sort(level) => Some(level + 1),
        Expression::Forall(domain, range) => {
            let before = universe(file, domain, scope)?;
            scope.push(domain);
            let after = universe(file, range, scope);
            scope.pop();
            // `imax`
            after.map(|after| if after == 0 { 0 } else { after.max(before) })
        }
        Expression::Variable(index) => {
            let ty = scope[scope.len() - 1 - index as usize];
            result(file, ty, 0)
        }
        Expression::Constant(place) => result(file, file.declarations[place].ty, 0),
        Expression::Apply(..) => {
            let (mut head, mut arguments) = (expression, 0);
            while let Expression::Apply(function, _) = file.expressions[head] {
                (head, arguments) = (function, arguments + 1);
            }
            let ty = match file.expressions[head] {
                Expression::Constant(place) => file.declarations[place].ty,
                Expression::Variable(index) => scope[scope.len() - 1 - index as usize],
                _ => return None,
            };
            result(file, ty, arguments)
        }
        Expression::Lambda(..) => None,
    }
}

/// The universe that a function of that type gives after this many arguments.
fn result(file: &File, mut ty: usize, arguments: usize) -> Option<u64> {
    for _ in 0..arguments {
        let Expression::Forall(_, range) = file.expressions[ty] else { return None };
        ty = range;
    }
    match file.expressions[ty] {
        Expression::Sort(level) => Some(level),
        _ => None,
    }
}

fn compare(name: &str, development: &Development) {
    let text = written(development, Target::Lean4Export);
    let file = read(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let environment = development.environment();
    let mut comparison = Comparison { file: &file, environment: &environment, same: HashMap::new() };
    assert_eq!(file.declarations.len(), environment.declarations().len(), "{name}");
    for ((_, declaration), read) in environment.declarations().zip(&file.declarations) {
        assert_eq!(read.name, ["Peano", &*declaration.name], "{name}");
        let kind = match declaration.kind {
            DeclarationKind::Axiom => Kind::Axiom,
            DeclarationKind::Definition => Kind::Definition,
            DeclarationKind::Theorem => Kind::Theorem,
            DeclarationKind::Promise => panic!("{name}: a promise"),
        };
        assert_eq!((read.kind, read.value.is_some()), (kind, declaration.value.is_some()), "{name}");
        assert!(comparison.compare(read.ty, declaration.ty), "{name}: the type of {}", declaration.name);
        if let (Some(value), Some(term)) = (read.value, declaration.value) {
            assert!(comparison.compare(value, term), "{name}: the value of {}", declaration.name);
        }
        // A theorem is a proposition, and what is none is no theorem.
        if let Some(level) = universe(&file, read.ty, &mut Vec::new()) {
            assert!(level <= 2 && (kind != Kind::Theorem || level == 0), "{name}: {} is in {level}", declaration.name);
        }
    }
    // What terms share is written once.
    let different: std::collections::HashSet<_> = file.expressions.iter().collect();
    assert_eq!(different.len(), file.expressions.len(), "{name}: an expression is there twice");
}

#[test]
fn the_lines_are_the_terms_of_the_kernel() {
    for sample in all() {
        compare(&sample.name, &sample.development());
    }
    compare("hard", &hard());
}

#[test]
fn lean_for_people_quotes_what_it_must() {
    let text = written(&hard(), Target::Lean);
    for line in [
        "axiom «forall» : Type",
        "axiom «Type» : (_ : «forall») → Type",
        "axiom op'plus : «forall»",
        "axiom «<=» : (_ : «forall») → (_ : «forall») → Prop",
        "axiom «!$^» : «<=» x1 op'plus",
        "axiom «assume#0» : «<=» op'plus x1",
        "def twice : (x_1 : Type) → (_ : (_ : x_1) → x_1) → (_ : x_1) → x_1 := fun (x_1 : Type) (x_2 : (_ : x_1) → x_1) (x_3 : x_1) => x_2 (x_2 x_3)",
        "theorem «fun» : (x_1 : Prop) → (x_2 : (_ : Prop) → Prop) → (_ : x_2 x_1) → x_2 x_1 := fun (x_1 : Prop) (x_2 : (_ : Prop) → Prop) (x_3 : x_2 x_1) => x_3",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(text.contains("\nnamespace Peano\n") && text.ends_with("\nend Peano\n"));
}

#[test]
fn an_external_checker_of_lean_accepts_all() {
    let Some(program) = std::env::var_os("PROVER_TEST_NANODA") else {
        println!("left out: PROVER_TEST_NANODA names no program");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let developments = all().into_iter().map(|sample| (sample.name.clone(), sample.development()));
    for (name, development) in developments.chain([("hard".to_owned(), hard())]) {
        let (export, config) = (folder.path().join("export.ndjson"), folder.path().join("config.json"));
        std::fs::write(&export, written(&development, Target::Lean4Export)).unwrap();
        let settings = serde_json::json!({
            "export_file_path": export, "unpermitted_axiom_hard_error": false, "unsafe_permit_all_axioms": true,
            "nat_extension": false, "string_extension": false, "pp_declars": [], "pp_to_stdout": false,
            "print_success_message": true,
        });
        std::fs::write(&config, settings.to_string()).unwrap();
        let output = Command::new(&program).arg(&config).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let wanted = format!("Checked {} declarations with no typechecker errors", development.len());
        assert!(
            output.status.success() && said.contains(&wanted),
            "{name}: {said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
