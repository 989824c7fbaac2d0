//! The naive checker has to be right too: the rules one by one, and the places where named variables go wrong.
//! Only tests/logic includes this module.

use crate::naive::check::{Declared, Theory};
use crate::naive::term::{Expr, Name, Sort, apply, arrow, constant, lambda, same, show, sort, substitute, variable};
use crate::naive::{Refusal, Result, STEPS, Work, normal, on_a_large_stack};

fn name(text: &str) -> Name {
    text.into()
}

fn var(text: &str) -> Expr {
    variable(&name(text))
}

fn work() -> Work {
    Work::new(STEPS)
}

fn axiom(theory: &mut Theory, name: &str, ty: Expr) -> Result<()> {
    theory.declare(name, Declared::Axiom { ty }, &mut work())
}

/// `nat : type`, `z : nat`, `s : [nat -> nat]`.
fn numbers() -> Theory {
    let mut theory = Theory::default();
    let nat = constant("nat");
    axiom(&mut theory, "nat", sort(Sort::Type)).unwrap();
    axiom(&mut theory, "z", nat.clone()).unwrap();
    axiom(&mut theory, "s", arrow(name("n"), nat.clone(), nat)).unwrap();
    theory
}

fn infer(theory: &Theory, term: &Expr) -> Result<Expr> {
    theory.infer(&mut Vec::new(), term, &mut work())
}

#[track_caller]
fn assert_same(left: &Expr, right: &Expr) {
    assert!(same(left, right, &mut work()).unwrap(), "{} is not {}", show(left), show(right));
}

#[test]
fn sorts_follow_the_table() {
    use Sort::{Kind, Prop, Type};
    let theory = Theory::default();
    // A type of each sort: something of sort prop, of sort type, and of sort kind.
    let of = |sort_wanted| match sort_wanted {
        Prop => arrow(name("p"), sort(Prop), var("p")),
        Type => sort(Prop),
        Kind => sort(Type),
    };
    for (domain, range, expected) in [
        (Prop, Prop, Prop),
        (Type, Prop, Prop),
        (Kind, Prop, Prop),
        (Prop, Type, Type),
        (Type, Type, Type),
        (Kind, Type, Kind),
        (Prop, Kind, Kind),
        (Type, Kind, Kind),
        (Kind, Kind, Kind),
    ] {
        let found = infer(&theory, &arrow(name("x"), of(domain), of(range))).unwrap();
        assert_same(&found, &sort(expected));
    }
    assert_same(&infer(&theory, &sort(Type)).unwrap(), &sort(Kind));
    assert!(infer(&theory, &sort(Kind)).is_err());
    assert!(infer(&theory, &lambda(name("x"), sort(Prop), sort(Type))).is_err());
}

#[test]
fn substitution_avoids_capture() {
    // (lambda (y : nat) x)[y/x] is lambda (z : nat) y.
    let nat = constant("nat");
    let term = lambda(name("y"), nat.clone(), var("x"));
    let result = substitute(&term, &name("x"), &var("y"), &mut work()).unwrap();
    assert_same(&result, &lambda(name("z"), nat.clone(), var("y")));
    // A binder of the same name hides the variable, but not in its own domain.
    let term = lambda(name("x"), var("x"), var("x"));
    let result = substitute(&term, &name("x"), &nat, &mut work()).unwrap();
    assert_same(&result, &lambda(name("x"), nat, var("x")));
}

#[test]
fn equality_up_to_names_is_injective() {
    let nat = constant("nat");
    let two = |x: &str, y: &str, body: &str| lambda(name(x), nat.clone(), lambda(name(y), nat.clone(), var(body)));
    assert!(same(&two("a", "b", "a"), &two("b", "a", "b"), &mut work()).unwrap());
    assert!(!same(&two("a", "b", "a"), &two("a", "a", "a"), &mut work()).unwrap());
    assert!(!same(&two("a", "b", "a"), &two("a", "b", "b"), &mut work()).unwrap());
    assert!(!same(&lambda(name("a"), nat.clone(), var("b")), &lambda(name("b"), nat, var("b")), &mut work()).unwrap());
}

#[test]
fn a_type_keeps_its_meaning_under_a_binder_of_the_same_name() {
    // lambda (t : type, x : t, t : type) x : the type of x is the outer t.
    let theory = Theory::default();
    let inner = lambda(name("t"), sort(Sort::Type), var("x"));
    let term = lambda(name("t"), sort(Sort::Type), lambda(name("x"), var("t"), inner));
    let found = infer(&theory, &term).unwrap();
    let range = arrow(name("u"), sort(Sort::Type), var("t"));
    assert_same(&found, &arrow(name("t"), sort(Sort::Type), arrow(name("x"), var("t"), range)));
}

#[test]
fn values_have_their_declared_types() {
    let mut theory = numbers();
    let (nat, z, s) = (constant("nat"), constant("z"), constant("s"));
    let one = apply(s.clone(), z.clone());
    let define = |theory: &mut Theory, name: &str, ty: &Expr, value: &Expr| {
        theory.declare(name, Declared::Definition { ty: ty.clone(), value: value.clone() }, &mut work())
    };
    assert!(define(&mut theory, "one", &nat, &s).is_err());
    define(&mut theory, "one", &nat, &one).unwrap();
    assert_eq!(define(&mut theory, "one", &nat, &one), Err(Refusal::Wrong("the name is taken")));
    assert!(define(&mut theory, "two", &nat, &apply(s.clone(), s)).is_err());
    assert!(define(&mut theory, "self", &nat, &constant("self")).is_err());
    // A predicate's argument unfolds: p one is p (s z).
    axiom(&mut theory, "p", arrow(name("n"), nat, sort(Sort::Prop))).unwrap();
    axiom(&mut theory, "h", apply(constant("p"), constant("one"))).unwrap();
    let theorem =
        |argument: Expr| Declared::Theorem { statement: apply(constant("p"), argument), proof: constant("h") };
    assert!(theory.check("t", &theorem(z), &mut work()).is_err());
    theory.declare("t", theorem(one), &mut work()).unwrap();
    theory.truncate(3);
    assert_eq!((theory.len(), infer(&theory, &constant("one")).is_err()), (3, true));
}

#[test]
fn eta_and_beta_are_undone() {
    let theory = numbers();
    let (nat, s) = (constant("nat"), constant("s"));
    let expanded = lambda(name("x"), nat.clone(), apply(s.clone(), var("x")));
    assert_same(&normal::normal(&theory, &expanded, &mut work()).unwrap(), &s);
    // lambda (f : [nat -> nat], x : nat) (f (f x)) is not eta-reduced, since x is in (f x).
    let arrow_type = arrow(name("x"), nat.clone(), nat.clone());
    let body = lambda(name("x"), nat, apply(var("f"), apply(var("f"), var("x"))));
    let twice = lambda(name("f"), arrow_type, body);
    assert_same(&normal::normal(&theory, &twice, &mut work()).unwrap(), &twice);
}

#[test]
fn what_has_no_end_is_given_up() {
    on_a_large_stack(|| {
        let mut theory = numbers();
        let nat = constant("nat");
        // g0 = s, g(i+1) = lambda (x : nat) (gi (gi x)).
        let ty = arrow(name("x"), nat.clone(), nat.clone());
        let mut previous = constant("s");
        for i in 0..40 {
            let twice = apply(previous.clone(), apply(previous, var("x")));
            let declared = Declared::Definition { ty: ty.clone(), value: lambda(name("x"), nat.clone(), twice) };
            theory.declare(&format!("g{i}"), declared, &mut work()).unwrap();
            previous = constant(&format!("g{i}"));
        }
        let big = apply(previous, constant("z"));
        assert_eq!(normal::normal(&theory, &big, &mut work()).unwrap_err(), Refusal::GaveUp);
    });
}
