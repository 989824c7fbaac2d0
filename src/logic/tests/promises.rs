//! Tests of promises: conclusions from theorems whose proofs are owed, and when they are permitted.

use super::*;

/// `p`, `q` and `r`, propositions; `pq : [p -> q]`, `qr : [q -> r]`, and `hp : p`.
struct Propositions {
    env: Environment,
    p: TermId,
    q: TermId,
    r: TermId,
}

fn propositions() -> Propositions {
    let mut env = Environment::new();
    let prop = env.store.sort(Sort::Prop);
    let [p, q, r] = ["p", "q", "r"].map(|name| {
        let constant = env.add_axiom(name, prop).unwrap();
        env.store.constant(constant)
    });
    for (name, from, to) in [("pq", p, q), ("qr", q, r)] {
        let arrow = env.store.pi(from, to);
        env.add_axiom(name, arrow).unwrap();
    }
    env.add_axiom("hp", p).unwrap();
    Propositions { env, p, q, r }
}

fn constant(env: &mut Environment, name: &str) -> TermId {
    let id = env.find(name).unwrap();
    env.store.constant(id)
}

fn applied(env: &mut Environment, function: &str, argument: &str) -> TermId {
    let (function, argument) = (constant(env, function), constant(env, argument));
    env.store.app(function, argument)
}

/// The outline that promises `tq : q` and then `tr : r`.
fn outline() -> (Outline, ConstId, ConstId) {
    let Propositions { mut env, q, r, .. } = propositions();
    let tq = env.promise("tq", q).unwrap();
    let tr = env.promise("tr", r).unwrap();
    (Outline::new(env), tq, tr)
}

fn fulfil(outline: &Outline, promise: ConstId, function: &str, argument: &str) -> Result<(), KernelError> {
    let mut fork = outline.fork(promise.index());
    let proof = applied(&mut fork, function, argument);
    fork.fulfil(promise, proof)
}

#[test]
fn promises_become_theorems_when_all_are_fulfilled_in_any_order() {
    let (outline, tq, tr) = outline();
    assert_eq!(fulfil(&outline, tr, "qr", "tq"), Ok(()));
    assert_eq!(fulfil(&outline, tq, "pq", "hp"), Ok(()));
    assert_eq!(fulfil(&outline, tq, "pq", "hp"), Ok(()), "again");
    let all = outline.len();
    let mut env = outline.settle(all);
    assert!(!env.owes());
    assert_eq!([tq, tr].map(|id| env.declaration(id).kind), [DeclarationKind::Theorem; 2]);
    assert_eq!(env.axioms_of(tr), ["p", "q", "r", "pq", "qr", "hp"]);
    assert_eq!(env.axioms().of(tr).len(), 6);
    let proof = constant(&mut env, "tr");
    let r = env.declaration(tr).ty;
    assert!(env.add_theorem("again", r, proof).is_ok());
}

#[test]
fn nothing_is_proved_while_proofs_are_owed() {
    let Propositions { mut env, p, q, .. } = propositions();
    let proof = constant(&mut env, "hp");
    assert!(env.clone().add_theorem("t", p, proof).is_ok());
    let tq = env.promise("tq", q).unwrap();
    assert!(env.owes());
    assert_eq!(env.declaration(tq).kind, DeclarationKind::Promise);
    assert_eq!(env.axioms_of(tq), ["q", "tq"], "a promise is as good as an axiom");
    let borrowed = env.store.constant(tq);
    assert_eq!(env.add_theorem("t", q, borrowed), Err(KernelError::Owed));
    assert_eq!(env.check_proof("t", p, proof), Err(KernelError::Owed));
    let equality = equality::type_of_equality(&mut env.store);
    assert_eq!(env.add_equality(equality), Err(KernelError::Owed));
    assert!(env.find("=").is_none());
    assert!(env.add_axiom("more", p).is_ok());
    assert_eq!(env.clone().add_theorem("t", p, proof), Err(KernelError::Owed));
    let frozen = env.freeze();
    assert_eq!(frozen.fork().add_theorem("t", p, proof), Err(KernelError::Owed));
    assert_eq!(frozen.thaw().add_theorem("t", p, proof), Err(KernelError::Owed));
}

#[test]
fn a_promise_is_fulfilled_only_where_exactly_what_stands_before_it_exists() {
    let (outline, tq, tr) = outline();
    for limit in [0, tq.index() - 1, tr.index(), outline.len()] {
        let mut fork = outline.fork(limit);
        let mut whole = outline.fork(outline.len());
        let proof = applied(&mut whole, "pq", "hp");
        assert_eq!(fork.fulfil(tq, proof), Err(KernelError::Owed), "{limit}");
    }
    let mut fork = outline.fork(0);
    assert_eq!((fork.declarations().len(), fork.find("p")), (0, None));
    fork.advance(tq.index()).unwrap();
    assert_eq!(fork.find("tq"), None);
    assert!(fork.find("hp").is_some());
    assert!(fork.get(tq).is_none() && fork.get(tr).is_none());
    assert_eq!(fork.advance(tq.index() - 1), Err(KernelError::Owed), "what was seen stays seen");
    let mut plain = Environment::new();
    let prop = plain.store.sort(Sort::Prop);
    assert_eq!(plain.fulfil(tq, prop), Err(KernelError::Owed));
    assert_eq!(plain.advance(1), Err(KernelError::Owed));
    // An axiom is no promise.
    let hp = fork.find("hp").unwrap();
    let proof = constant(&mut fork, "hp");
    assert_eq!(outline.fork(hp.index()).fulfil(hp, proof), Err(KernelError::Owed));
}

#[test]
fn nothing_is_proved_by_itself_or_by_what_follows() {
    let Propositions { mut env, p, q, .. } = propositions();
    let qp = env.store.pi(q, p);
    env.add_axiom("qp", qp).unwrap();
    let one = env.promise("one", p).unwrap();
    let two = env.promise("two", q).unwrap();
    let (one_term, two_term) = (env.store.constant(one), env.store.constant(two));
    let qp = constant(&mut env, "qp");
    let by_two = env.store.app(qp, two_term);
    let outline = Outline::new(env);
    let mut fork = outline.fork(one.index());
    assert_eq!(fork.fulfil(one, one_term), Err(KernelError::UnknownConstant(one.0)));
    assert_eq!(fork.fulfil(one, by_two), Err(KernelError::UnknownConstant(two.0)));
    assert!(fork.definitionally_equal(one_term, two_term).is_ok_and(|equal| !equal));
    assert_eq!(fulfil(&outline, two, "pq", "one"), Ok(()));
    // `two` rests on `one`, which nobody has proved.
    let all = outline.len();
    let env = outline.settle(all);
    assert_eq!((env.find("one"), env.find("two")), (None, None));
    assert!(!env.owes());
}

#[test]
fn what_is_not_fulfilled_is_forgotten_with_all_that_follows() {
    let (outline, tq, tr) = outline();
    assert_eq!(fulfil(&outline, tr, "qr", "tq"), Ok(()));
    let mut env = outline.settle(usize::MAX);
    assert_eq!(env.declarations().len(), tq.index());
    assert_eq!((env.find("tq"), env.find("tr")), (None, None));
    let q = constant(&mut env, "q");
    assert!(env.add_axiom("tq", q).is_ok(), "the name is free again");

    let (outline, tq, tr) = self::outline();
    assert_eq!(fulfil(&outline, tq, "pq", "hp"), Ok(()));
    let env = outline.settle(usize::MAX);
    assert_eq!(env.declarations().len(), tr.index());
    assert_eq!(env.declaration(tq).kind, DeclarationKind::Theorem);

    let (outline, tq, tr) = self::outline();
    assert_eq!(fulfil(&outline, tq, "pq", "hp"), Ok(()));
    assert_eq!(fulfil(&outline, tr, "qr", "tq"), Ok(()));
    assert_eq!(outline.settle(tr.index()).declarations().len(), tr.index(), "less than all, if asked for");
}

#[test]
fn a_promised_statement_is_checked_with_its_proof() {
    let Propositions { mut env, p, .. } = propositions();
    let proof = constant(&mut env, "hp");
    let ill_typed = env.store.app(p, p);
    let sort = env.store.sort(Sort::Prop);
    let promises = [("a", ill_typed), ("b", sort), ("c", proof)].map(|(name, ty)| env.promise(name, ty).unwrap());
    let local = env.store.local(0, p);
    let loose = env.store.bound(0);
    assert_eq!(env.promise("d", local), Err(KernelError::NotClosed));
    assert_eq!(env.promise("d", loose), Err(KernelError::LooseVariable));
    assert_eq!(env.promise("hp", p), Err(KernelError::Duplicate));
    let outline = Outline::new(env);
    for promise in promises {
        let mut fork = outline.fork(promise.index());
        for proof in [proof, p] {
            assert!(fork.fulfil(promise, proof).is_err());
        }
    }
    assert_eq!(outline.settle(usize::MAX).declarations().len(), promises[0].index());
}

#[test]
fn a_proof_must_be_closed_and_of_its_statement() {
    let (outline, tq, _) = outline();
    let mut fork = outline.fork(tq.index());
    let (p, q) = (constant(&mut fork, "p"), constant(&mut fork, "q"));
    let wrong = constant(&mut fork, "hp");
    assert_eq!(fork.fulfil(tq, wrong), Err(KernelError::TypeMismatch { expected: q, found: p }));
    let made_up = fork.store.local(0, q);
    assert_eq!(fork.fulfil(tq, made_up), Err(KernelError::NotClosed));
    let loose = fork.store.bound(0);
    assert_eq!(fork.fulfil(tq, loose), Err(KernelError::LooseVariable));
    let mut other = outline.fork(tq.index());
    let proof = applied(&mut fork, "pq", "hp");
    std::mem::swap(&mut fork.store, &mut other.store);
    assert_eq!(fork.fulfil(tq, proof), Err(KernelError::ForeignStore));
}

#[test]
fn nothing_is_declared_in_a_fork_of_an_outline() {
    let (outline, tq, _) = outline();
    let mut fork = outline.fork(tq.index());
    let (p, hp) = (constant(&mut fork, "p"), constant(&mut fork, "hp"));
    assert_eq!(fork.add_axiom("x", p), Err(KernelError::Owed));
    assert_eq!(fork.add_definition("x", p, hp), Err(KernelError::Owed));
    assert_eq!(fork.add_theorem("x", p, hp), Err(KernelError::Owed));
    assert_eq!(fork.promise("x", p), Err(KernelError::Owed));
    // Nor in what is made of one.
    assert_eq!(fork.clone().add_theorem("x", p, hp), Err(KernelError::Owed));
    assert_eq!(fork.freeze().fork().add_theorem("x", p, hp), Err(KernelError::Owed));
}

#[test]
fn an_outline_counts_only_what_was_proved_for_it() {
    // The same promise in two outlines, of a store that they share.
    let Propositions { env, q, .. } = propositions();
    let frozen = env.freeze();
    let [first, second] = [(); 2].map(|()| {
        let mut env = frozen.fork();
        let promise = env.promise("tq", q).unwrap();
        (Outline::new(env), promise)
    });
    assert_eq!(fulfil(&first.0, first.1, "pq", "hp"), Ok(()));
    assert!(first.0.settle(usize::MAX).find("tq").is_some());
    assert!(second.0.settle(usize::MAX).find("tq").is_none());
    // An outline of a fork of an outline: all promises stay owed.
    let (outline, tq, _) = outline();
    assert_eq!(fulfil(&outline, tq, "pq", "hp"), Ok(()));
    let again = Outline::new(outline.fork(0));
    assert_eq!(again.settle(usize::MAX).declarations().len(), tq.index());
    assert!(outline.dissolve().owes());
}

#[test]
fn axioms_are_found_in_one_pass() {
    let (Nat { mut env, nat, z, s }, eq) = with_equality();
    let one = env.store.app(s, z);
    let one = env.add_definition("one", nat, one).unwrap();
    let one = env.store.constant(one);
    let refl = env.store.constant(eq.refl);
    let relation = env.store.constant(eq.eq);
    let statement = env.store.apps(relation, &[nat, one, one]);
    let proof = env.store.apps(refl, &[nat, one]);
    env.add_theorem("t", statement, proof).unwrap();
    let axioms = env.axioms();
    for (id, _) in env.declarations() {
        let names: Vec<&str> = axioms.of(id).iter().map(|&axiom| &*env.declaration(axiom).name).collect();
        assert_eq!(names, env.axioms_of(id));
    }
    assert_eq!(env.axioms_of(env.find("t").unwrap()), ["nat", "z", "s", "=", "eq_refl"]);
}
