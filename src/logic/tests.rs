//! Tests of the terms that the kernel accepts, and above all of those that it refuses.

use super::*;

mod promises;

struct Nat {
    env: Environment,
    nat: TermId,
    z: TermId,
    s: TermId,
}

fn nat() -> Nat {
    let mut env = Environment::new();
    let ty = env.store.sort(Sort::Type);
    let nat = env.add_axiom("nat", ty).unwrap();
    let nat = env.store.constant(nat);
    let z = env.add_axiom("z", nat).unwrap();
    let arrow = env.store.pi(nat, nat);
    let s = env.add_axiom("s", arrow).unwrap();
    let (z, s) = (env.store.constant(z), env.store.constant(s));
    Nat { env, nat, z, s }
}

fn with_equality() -> (Nat, equality::Equality) {
    let mut n = nat();
    let ty = equality::type_of_equality(&mut n.env.store);
    let eq = n.env.add_equality(ty).unwrap();
    (n, eq)
}

#[test]
fn sorts_are_typed_up_to_kind() {
    let mut env = Environment::new();
    let (prop, ty, kind) = (env.store.sort(Sort::Prop), env.store.sort(Sort::Type), env.store.sort(Sort::Kind));
    assert_eq!(env.infer(prop), Ok(ty));
    assert_eq!(env.infer(ty), Ok(kind));
    assert_eq!(env.infer(kind), Err(KernelError::NoType { term: kind }));
    assert!(env.add_axiom("k", kind).is_err());
}

#[test]
fn arrows_have_the_sorts_of_the_rules() {
    use Sort::{Kind, Prop, Type};
    for domain in [Prop, Type, Kind] {
        assert_eq!(sort_of_pi(domain, Prop), Prop);
        assert_eq!(sort_of_pi(domain, Kind), Kind);
    }
    assert_eq!((sort_of_pi(Prop, Type), sort_of_pi(Type, Type), sort_of_pi(Kind, Type)), (Type, Type, Kind));
}

#[test]
fn there_is_no_type_of_all_types() {
    // [('t : type) -> 't] is no `type`, so it cannot be given where a `type` is asked for: Girard's paradox needs that.
    let mut env = Environment::new();
    let ty = env.store.sort(Sort::Type);
    let bound = env.store.bound(0);
    let all = env.store.pi(ty, bound);
    assert_eq!(env.sort_of(all), Ok(Sort::Kind));
    let id = env.store.pi(ty, ty);
    let f = env.add_axiom("f", id).unwrap();
    let f = env.store.constant(f);
    let applied = env.store.app(f, all);
    assert!(matches!(env.infer(applied), Err(KernelError::ArgumentMismatch { .. })));
}

#[test]
fn an_ill_typed_argument_is_refused_under_binders_too() {
    let Nat { mut env, nat, s, .. } = nat();
    let bad = env.store.app(s, s);
    assert!(matches!(env.infer(bad), Err(KernelError::ArgumentMismatch { .. })));
    let under = env.store.lambda(nat, bad);
    assert!(env.infer(under).is_err());
    let hidden = env.store.pi(nat, bad);
    assert!(env.add_axiom("hidden", hidden).is_err());
}

#[test]
fn a_value_must_have_the_declared_type() {
    let Nat { mut env, nat, z, s } = nat();
    assert!(matches!(env.add_definition("one", nat, s), Err(KernelError::TypeMismatch { .. })));
    let one = env.store.app(s, z);
    assert!(env.add_definition("one", nat, one).is_ok());
    assert_eq!(env.add_definition("one", nat, one), Err(KernelError::Duplicate));
}

#[test]
fn loose_variables_and_locals_are_refused() {
    let Nat { mut env, nat, s, .. } = nat();
    let loose = env.store.bound(0);
    let applied = env.store.app(s, loose);
    assert_eq!(env.add_definition("x", nat, applied), Err(KernelError::LooseVariable));
    let local = env.store.local(0, nat);
    assert_eq!(env.add_definition("x", nat, local), Err(KernelError::NotClosed));
}

#[test]
fn a_theorem_needs_a_proposition_and_a_proof_of_it() {
    let (Nat { mut env, nat, z, s }, eq) = with_equality();
    assert!(matches!(env.add_theorem("t", nat, z), Err(KernelError::NotAType { .. })));
    let one = env.store.app(s, z);
    let relation = env.store.constant(eq.eq);
    let refl = env.store.constant(eq.refl);
    let statement = env.store.apps(relation, &[nat, z, one]);
    let proof = env.store.apps(refl, &[nat, z]);
    assert!(matches!(env.add_theorem("t", statement, proof), Err(KernelError::TypeMismatch { .. })));
    let statement = env.store.apps(relation, &[nat, z, z]);
    assert!(env.add_theorem("t", statement, proof).is_ok());
}

#[test]
fn beta_does_not_capture() {
    // (lambda (x : nat) lambda (y : nat) x) applied to a variable y0 bound outside, below a binder:
    // lambda (y0 : nat) ((lambda (x y : nat) x) y0) must be lambda (y0 y : nat) y0.
    let Nat { mut env, nat, .. } = nat();
    let x = env.store.bound(1);
    let inner = env.store.lambda(nat, x);
    let constant = env.store.lambda(nat, inner);
    let y0 = env.store.bound(0);
    let applied = env.store.app(constant, y0);
    let term = env.store.lambda(nat, applied);
    let outer = env.store.bound(1);
    let expected = env.store.lambda(nat, outer);
    let expected = env.store.lambda(nat, expected);
    assert_eq!(env.definitionally_equal(term, expected), Ok(true));
    let own = env.store.bound(0);
    let captured = env.store.lambda(nat, own);
    let captured = env.store.lambda(nat, captured);
    assert_eq!(env.definitionally_equal(term, captured), Ok(false));
}

#[test]
fn eta_holds_and_distinguishes() {
    let Nat { mut env, nat, z, s } = nat();
    let x = env.store.bound(0);
    let sx = env.store.app(s, x);
    let expanded = env.store.lambda(nat, sx);
    assert_eq!(env.definitionally_equal(expanded, s), Ok(true));
    let constant = env.store.lambda(nat, z);
    assert_eq!(env.definitionally_equal(constant, s), Ok(false));
}

#[test]
fn a_theorem_does_not_unfold_and_a_definition_does() {
    let Nat { mut env, nat, z, s } = nat();
    let one = env.store.app(s, z);
    let c = env.add_definition("one", nat, one).unwrap();
    let c = env.store.constant(c);
    assert_eq!(env.definitionally_equal(c, one), Ok(true));
    assert_eq!(env.definitionally_equal(c, z), Ok(false));
}

/// `d0 = z`, `d1 = (f d0 d0)`, ...: 2^depth nodes as a tree.
fn doublings(n: &mut Nat, f: TermId, prefix: &str, depth: usize) -> TermId {
    let mut last = n.z;
    for i in 0..depth {
        let value = n.env.store.apps(f, &[last, last]);
        let c = n.env.add_definition(&format!("{prefix}{i}"), n.nat, value).unwrap();
        last = n.env.store.constant(c);
    }
    last
}

#[test]
fn nested_doublings_are_compared_without_unfolding_them_all() {
    let mut n = nat();
    let binary = n.env.store.pi(n.nat, n.nat);
    let binary = n.env.store.pi(n.nat, binary);
    let f = n.env.add_axiom("f", binary).unwrap();
    let f = n.env.store.constant(f);
    for depth in [60, 1000] {
        let a = doublings(&mut n, f, &format!("a{depth}_"), depth);
        let b = doublings(&mut n, f, &format!("b{depth}_"), depth);
        n.env.set_budget(100 * depth as u64);
        assert_eq!(n.env.definitionally_equal(a, b), Ok(true), "depth {depth}");
        let shorter = doublings(&mut n, f, &format!("c{depth}_"), depth - 1);
        n.env.set_budget(1_000_000);
        assert_eq!(n.env.definitionally_equal(a, shorter), Ok(false), "depth {depth}");
    }
}

#[test]
fn a_term_without_normal_form_within_budget_is_an_error() {
    // Church numerals grow doubly exponentially: two^two^two^two^two applied.
    let Nat { mut env, nat, z, s } = nat();
    let store = &mut env.store;
    let step = store.pi(nat, nat);
    let church = store.pi(step, step);
    let _ = church;
    // twice : [[nat -> nat] -> nat -> nat]
    let (f, x) = (store.bound(1), store.bound(0));
    let fx = store.app(f, x);
    let ffx = store.app(f, fx);
    let body = store.lambda(nat, ffx);
    let twice = store.lambda(step, body);
    let mut grown = s;
    for _ in 0..60 {
        grown = store.app(twice, grown);
    }
    let big = store.app(grown, z);
    assert_eq!(env.infer(big), Ok(nat));
    env.set_budget(100_000);
    let different = env.store.app(s, big);
    assert!(matches!(
        env.definitionally_equal(big, different),
        Err(KernelError::BudgetExhausted | KernelError::TooDeep)
    ));
}

#[test]
fn what_a_constant_rests_on_includes_definitions_mentioned_through_others() {
    let Nat { mut env, nat, z, s, .. } = nat();
    let one = env.store.app(s, z);
    let one = env.add_definition("one", nat, one).unwrap();
    let of_one = env.store.constant(one);
    let two = env.store.app(s, of_one);
    let two = env.add_definition("two", nat, two).unwrap();
    let other = env.add_definition("other", nat, z).unwrap();
    let rests = env.axioms();
    assert_eq!(rests.definitions_of(two), [one, two]);
    assert_eq!(rests.definitions_of(other), [other]);
    let names = |of| rests.of(of).iter().map(|&axiom| &*env.declaration(axiom).name).collect::<Vec<_>>();
    assert_eq!((names(two), names(other)), (vec!["nat", "z", "s"], vec!["nat", "z"]));
}

#[test]
fn what_a_chain_of_definitions_rests_on_is_kept_for_its_theorems_only() {
    let (Nat { mut env, nat, z, s, .. }, eq) = with_equality();
    let (mut value, mut ids) = (z, Vec::new());
    for index in 0..1_000 {
        let successor = env.store.app(s, value);
        let id = env.add_definition(&format!("d{index}"), nat, successor).unwrap();
        value = env.store.constant(id);
        ids.push(id);
    }
    let (refl, relation) = (env.store.constant(eq.refl), env.store.constant(eq.eq));
    let (statement, proof) = (env.store.apps(relation, &[nat, value, value]), env.store.apps(refl, &[nat, value]));
    let theorem = env.add_theorem("t", statement, proof).unwrap();
    let before = env.axioms();
    // A second theorem that rests on the same needs no list of its own.
    let (statement, proof) = (env.declaration(theorem).ty, env.store.constant(theorem));
    let again = env.add_theorem("again", statement, proof).unwrap();
    let rests = env.axioms();
    assert_eq!((rests.definitions_of(theorem), rests.definitions_of(again)), (ids.clone(), ids.clone()));
    assert_eq!(rests.definitions_of(ids[499]), ids[..500]);
    assert_eq!(rests.entries(), before.entries());
    assert!(rests.entries() < 1_100, "{}", rests.entries());
}

#[test]
fn equality_has_its_one_type() {
    let Nat { mut env, nat, .. } = nat();
    let prop = env.store.sort(Sort::Prop);
    let wrong = env.store.pi(nat, prop);
    let wrong = env.store.pi(nat, wrong);
    assert_eq!(env.add_equality(wrong), Err(KernelError::NotEquality));
    let (Nat { env, .. }, eq) = with_equality();
    assert_eq!(env.declaration(eq.symm).kind, DeclarationKind::Theorem);
    assert_eq!(env.axioms_of(eq.symm), ["=", "eq_refl", "rewrite"]);
}

#[test]
fn deep_terms_end_in_an_error_or_success() {
    let Nat { mut env, nat, z, s } = nat();
    let mut deep = z;
    for _ in 0..150_000 {
        deep = env.store.app(s, deep);
    }
    assert!(env.add_definition("deep", nat, deep).is_ok());
    for _ in 0..100_000 {
        deep = env.store.app(s, deep);
    }
    assert_eq!(env.add_definition("deeper", nat, deep), Err(KernelError::TooDeep));
}

#[test]
fn a_fork_sees_the_base_and_keeps_its_own_to_itself() {
    let Nat { env, nat, z, s } = nat();
    let frozen = env.freeze();
    let (mut a, mut b) = (frozen.fork(), frozen.fork());
    let one = a.store.app(s, z);
    assert!(a.add_definition("one", nat, one).is_ok());
    assert!(b.find("one").is_none());
    assert_eq!(b.infer(s).and_then(|ty| b.sort_of(ty)), Ok(Sort::Type));
    assert_eq!(b.store.app(s, z), one, "the first new term of each fork has the same index");
}

/// `p : prop` declared, a proof of `p -> p` and the type that was inferred for it.
fn with_identity(env: &mut Environment) -> (TermId, TermId) {
    let prop = env.store.sort(Sort::Prop);
    let p = env.add_axiom("p", prop).unwrap();
    let p = env.store.constant(p);
    let variable = env.store.bound(0);
    let proof = env.store.lambda(p, variable);
    let ty = env.infer(proof).unwrap();
    env.infer(ty).unwrap();
    (proof, ty)
}

#[test]
fn an_exchanged_store_is_refused() {
    // In another store the index of `p -> p`, whose proof is remembered, can mean `[('q : prop) -> 'q]`.
    let (mut env, mut other) = (Environment::new(), Environment::new());
    let (proof, ty) = with_identity(&mut env);
    let prop = other.store.sort(Sort::Prop);
    let (mut filler, variable) = (prop, other.store.bound(0));
    while other.store.len() < ty.index() {
        filler = other.store.pi(filler, prop);
    }
    let everything = other.store.pi(prop, variable);
    assert_eq!(everything, ty, "the attack needs the same index");
    std::mem::swap(&mut env.store, &mut other.store);
    assert_eq!(env.add_theorem("bad", everything, proof), Err(KernelError::ForeignStore));
    assert_eq!(env.clone().infer(proof), Err(KernelError::ForeignStore));
    std::mem::swap(&mut env.store, &mut other.store);
    assert!(env.clone().add_theorem("good", ty, proof).is_ok(), "a copy works with its own store");
    assert!(env.add_theorem("good", ty, proof).is_ok());
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    /// A closed lambda term as a tree, by a stack machine; not always well typed.
    fn build(env: &mut Environment, code: &[u8], atoms: &[TermId]) -> TermId {
        let mut stack: Vec<TermId> = Vec::new();
        for &op in code {
            let top = |stack: &mut Vec<TermId>| stack.pop().unwrap_or(atoms[0]);
            let term = match op % 8 {
                0..=2 => atoms[op as usize / 8 % atoms.len()],
                3 => env.store.bound(u32::from(op / 8 % 3)),
                4 | 5 => {
                    let (a, b) = (top(&mut stack), top(&mut stack));
                    env.store.app(a, b)
                }
                6 => {
                    let (a, b) = (top(&mut stack), top(&mut stack));
                    env.store.lambda(a, b)
                }
                _ => {
                    let (a, b) = (top(&mut stack), top(&mut stack));
                    env.store.pi(a, b)
                }
            };
            stack.push(term);
        }
        stack.pop().unwrap_or(atoms[0])
    }

    proptest! {
        /// Opening a binder and closing it again gives the same term.
        #[test]
        fn abstraction_undoes_instantiation(code in proptest::collection::vec(any::<u8>(), 1..60)) {
            let Nat { mut env, nat, z, s } = nat();
            let body = build(&mut env, &code, &[nat, z, s]);
            let (a, b, c) = (env.store.local(0, nat), env.store.local(1, nat), env.store.local(2, nat));
            let opened = env.store.instantiate(body, &[a, b, c]);
            prop_assert_eq!(env.store.loose(opened), 0);
            prop_assert_eq!(env.store.abstract_locals(opened, &[a, b, c]), body);
        }

        /// The verdict does not depend on the numbers of locals, which are all that is left of the names of binders.
        #[test]
        fn verdicts_do_not_depend_on_names(code in proptest::collection::vec(any::<u8>(), 1..60), shift in 1u32..1000) {
            let Nat { mut env, nat, z, s } = nat();
            let body = build(&mut env, &code, &[nat, z, s]);
            let verdict = |env: &mut Environment, base: u32| {
                let locals = [env.store.local(base + 2, nat), env.store.local(base, nat), env.store.local(base + 1, nat)];
                let opened = env.store.instantiate(body, &locals);
                let closed = env.store.close_lambda(opened, &locals);
                let ty = env.infer(opened).map(|ty| env.store.abstract_locals(ty, &locals)).ok();
                (closed, ty, env.infer(closed).ok())
            };
            prop_assert_eq!(verdict(&mut env, 0), verdict(&mut env, shift));
        }

        /// Whatever has a type keeps it under reduction.
        #[test]
        fn reduction_preserves_types(code in proptest::collection::vec(any::<u8>(), 1..80)) {
            let Nat { mut env, nat, z, s } = nat();
            let term = build(&mut env, &code, &[nat, z, s]);
            if env.store.loose(term) == 0 && let Ok(ty) = env.infer(term) {
                let reduced = env.whnf(term).unwrap();
                let again = env.infer(reduced).unwrap();
                prop_assert_eq!(env.definitionally_equal(ty, again), Ok(true));
            }
        }
    }
}

/// A term of this many nodes that mentions a local, and one that has it under each of as many binders.
fn shared_under_binders(n: &mut Nat, size: usize) -> (TermId, TermId) {
    let ty = n.env.store.pi(n.nat, n.nat);
    let x = n.env.store.local(0, n.nat);
    let f = n.env.store.local(1, ty);
    let big = (0..size).fold(x, |term, _| n.env.store.app(f, term));
    let under = (0..size).fold(n.z, |term, _| {
        let pair = n.env.store.app(term, big);
        n.env.store.lambda(n.nat, pair)
    });
    (x, under)
}

#[test]
fn a_walk_stops_at_the_limit_and_all_is_refused_then() {
    let mut n = nat();
    let size = 2_000;
    let (x, under) = shared_under_binders(&mut n, size);
    n.env.set_budget(100_000);
    let before = (n.env.store.work(), n.env.store.len());
    let closed = n.env.store.close_lambda(under, &[x]);
    assert!(n.env.store.work() - before.0 < 200_000 && n.env.store.len() - before.1 < 100_000);
    assert_eq!(n.env.infer(n.nat), Ok(n.env.store.sort(Sort::Type)), "what is known costs nothing");
    assert_eq!(n.env.infer(closed), Err(KernelError::BudgetExhausted));
    // What was made of the term is not what was asked for, so nothing is declared of it, or of anything else.
    let nat = n.nat;
    assert_eq!(n.env.add_axiom("a", nat), Err(KernelError::BudgetExhausted));
    n.env.set_budget(100_000);
    assert!(n.env.add_axiom("a", nat).is_ok());
    // Without a limit the walk makes a term for each binder and node.
    n.env.set_budget(u64::MAX);
    n.env.store.close_lambda(under, &[x]);
    assert!(n.env.store.len() > size * size);
}

#[test]
fn arguments_are_counted() {
    // An application to many arguments, most of them shared, is looked at once for each that differs in the last.
    let mut n = nat();
    let count = 10_000;
    let arrow = (0..count).fold(n.nat, |ty, _| n.env.store.pi(n.nat, ty));
    let f = n.env.add_axiom("f", arrow).unwrap();
    let f = n.env.store.constant(f);
    let most = n.env.store.apps(f, &vec![n.z; count - 1]);
    let mut last = n.z;
    for _ in 0..10 {
        last = n.env.store.app(n.s, last);
        let before = n.env.store.work();
        let (one, other) = (n.env.store.app(most, last), n.env.store.app(most, n.z));
        assert_eq!(n.env.definitionally_equal(one, other), Ok(false));
        assert!(n.env.store.work() - before > count as u64);
    }
}

#[test]
fn what_is_given_back_is_gone_and_the_rest_means_the_same() {
    let mut n = nat();
    let mark = n.env.mark();
    let terms = n.env.store.len();
    let mut numeral = n.z;
    for _ in 0..1_000 {
        numeral = n.env.store.app(n.s, numeral);
    }
    assert_eq!(n.env.infer(numeral), Ok(n.nat));
    n.env.collect(mark, &[]).unwrap();
    assert_eq!(n.env.store.len(), terms);
    // The same again, with a definition that holds a part of it, and a part that is asked for.
    let numerals: Vec<TermId> =
        std::iter::successors(Some(n.z), |&last| Some(n.env.store.app(n.s, last))).take(1_000).collect();
    let (two, three, garbage) = (numerals[2], numerals[3], numerals[999]);
    let nat = n.nat;
    let definition = n.env.add_definition("two", nat, two).unwrap();
    let moved = n.env.collect(mark, &[three]).unwrap();
    assert_eq!(moved.place(garbage), None);
    assert_eq!(moved.place(n.z), Some(n.z));
    let (two, three) = (moved.place(two).unwrap(), moved.place(three).unwrap());
    assert_eq!(n.env.declaration(definition).value, Some(two));
    assert_eq!(n.env.store.len(), terms + 3, "one, two and three");
    // Terms are still kept once, and heads are right.
    assert_eq!(n.env.store.app(n.s, two), three);
    assert_eq!((n.env.store.head(three), n.env.store.spine(three)), (n.s, (n.s, vec![two])));
    let named = n.env.store.constant(definition);
    let by_name = n.env.store.app(n.s, named);
    assert_eq!(n.env.definitionally_equal(by_name, three), Ok(true));
    assert_eq!(n.env.definitionally_equal(by_name, two), Ok(false));
    // A mark is of one environment only.
    let mut other = n.env.clone();
    let length = other.store.len();
    assert_eq!(other.collect(mark, &[]).unwrap_err(), KernelError::ForeignStore);
    assert_eq!(other.store.len(), length);
}

#[test]
fn a_fork_gives_back_its_own_terms_only() {
    let n = nat();
    let (z, s) = (n.z, n.s);
    let frozen = n.env.freeze();
    let mut fork = frozen.fork();
    let length = fork.store.len();
    let mark = fork.mark();
    let one = fork.store.app(s, z);
    let two = fork.store.app(s, one);
    let moved = fork.collect(mark, &[two]).unwrap();
    assert_eq!((moved.place(one), moved.place(two)), (Some(one), Some(two)));
    fork.collect(mark, &[]).unwrap();
    assert_eq!(fork.store.len(), length);
    let again = fork.store.app(s, z);
    assert_eq!((again, fork.store.head(again)), (one, s));
}

#[test]
fn past_the_deadline_every_budget_is_exhausted() {
    let Nat { mut env, nat, z, s } = nat();
    let one = env.store.app(s, z);
    env.set_deadline(Some(std::time::Instant::now()));
    for budget in [u64::MAX, 1_000_000] {
        env.set_budget(budget);
        assert_eq!(env.infer(one), Err(KernelError::BudgetExhausted));
    }
    // A declaration begins a budget of its own, which does not help.
    assert_eq!(env.add_definition("one", nat, one), Err(KernelError::BudgetExhausted));
    assert_eq!(env.find("one"), None);
    assert_eq!(env.clone().infer(one), Err(KernelError::BudgetExhausted));
    // What comes later is free again.
    env.set_deadline(Some(std::time::Instant::now() + std::time::Duration::from_secs(1_000)));
    assert!(env.add_definition("one", nat, one).is_ok());
    env.set_deadline(None);
    assert!(env.add_definition("two", nat, one).is_ok() && !env.is_late());
    env.set_deadline(Some(std::time::Instant::now()));
    assert!(env.is_late());
    let mut fork = env.freeze().fork();
    assert!(!fork.is_late());
    let two = fork.store.app(s, one);
    assert_eq!(fork.infer(two), Ok(nat));
}
