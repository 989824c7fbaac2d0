//! Attacks on the kernel through its public interface, as a faulty or hostile part of the program could carry them out:
//! each ends in a refusal, and nothing false is ever a theorem.

use crate::naive;
use prover_logic::equality::type_of_equality;
use prover_logic::{ConstId, DeclarationKind, Environment, KernelError, Outline, Sort, Store, Term, TermId};

/// `false : prop`, `true : prop`, `trivial : true`, `nat : type`, `z : nat`, `p : [nat -> prop]`.
struct World {
    env: Environment,
    falsehood: TermId,
    truth: TermId,
    trivial: TermId,
    nat: TermId,
    z: TermId,
    p: TermId,
}

fn axiom(env: &mut Environment, name: &str, ty: TermId) -> TermId {
    let id = env.add_axiom(name, ty).unwrap();
    env.store.constant(id)
}

fn world() -> World {
    let mut env = Environment::new();
    let (prop, ty) = (env.store.sort(Sort::Prop), env.store.sort(Sort::Type));
    let falsehood = axiom(&mut env, "false", prop);
    let truth = axiom(&mut env, "true", prop);
    let trivial = axiom(&mut env, "trivial", truth);
    let nat = axiom(&mut env, "nat", ty);
    let z = axiom(&mut env, "z", nat);
    let arrow = env.store.pi(nat, prop);
    let p = axiom(&mut env, "p", arrow);
    World { env, falsehood, truth, trivial, nat, z, p }
}

/// No theorem states `false`, and the naive checker accepts all that is declared.
#[track_caller]
fn assert_sound(env: &Environment, falsehood: TermId) {
    let proved = |kind| matches!(kind, DeclarationKind::Theorem | DeclarationKind::Definition);
    let found = env.declarations().find(|(_, declaration)| proved(declaration.kind) && declaration.ty == falsehood);
    assert!(found.is_none(), "{found:?}");
    // A theorem that was promised first has no proof term any more.
    if env.declarations().all(|(_, d)| d.kind != DeclarationKind::Theorem || d.value.is_some()) {
        naive::check_environment(&mut naive::Theory::default(), env, naive::STEPS).unwrap();
    }
}

#[test]
fn a_proof_cannot_mention_itself() {
    let World { mut env, falsehood, .. } = world();
    // The number of the theorem to come, got from a copy in which something stands there.
    let id = env.clone().add_axiom("taken", falsehood).unwrap();
    let itself = env.store.constant(id);
    assert_eq!(env.add_theorem("t", falsehood, itself), Err(KernelError::UnknownConstant(id.index() as u32)));
    assert_eq!(env.add_definition("d", falsehood, itself), Err(KernelError::UnknownConstant(id.index() as u32)));
    // What is looked at before the constant exists is not remembered as right or wrong.
    assert!(env.infer(itself).is_err() && env.whnf(itself) == Ok(itself));
    assert_eq!(env.definitionally_equal(itself, falsehood), Ok(false));
    let prop = env.store.sort(Sort::Prop);
    env.add_definition("d", prop, falsehood).unwrap();
    assert_eq!(env.infer(itself), Ok(prop));
    assert_sound(&env, falsehood);
}

#[test]
fn a_local_of_a_falsehood_proves_nothing() {
    let World { mut env, falsehood, truth, .. } = world();
    let assumed = env.store.local(0, falsehood);
    assert_eq!(env.infer(assumed), Ok(falsehood));
    assert_eq!(env.add_theorem("t", falsehood, assumed), Err(KernelError::NotClosed));
    // The kernel's own first local of type `false` is this very one; what is remembered of it stays under its binder.
    let variable = env.store.bound(0);
    let identity = env.store.lambda(falsehood, variable);
    assert!(env.add_theorem("t", falsehood, identity).is_err());
    let arrow = env.store.pi(falsehood, falsehood);
    env.add_theorem("t", arrow, identity).unwrap();
    // A local whose type is nonsense, and one whose type has a loose variable.
    let nonsense = env.store.app(truth, truth);
    let local = env.store.local(0, nonsense);
    assert_eq!(env.infer(local), Ok(nonsense));
    let under = env.store.lambda(nonsense, variable);
    assert!(env.infer(under).is_err());
    let loose = env.store.local(0, variable);
    assert!(env.infer(loose).is_ok());
    let closed = env.store.close_lambda(loose, &[loose]);
    assert_eq!(env.add_definition("d", falsehood, closed), Err(KernelError::LooseVariable));
    assert_sound(&env, falsehood);
}

#[test]
fn locals_at_the_end_of_their_numbers_are_no_way_in() {
    let World { mut env, falsehood, nat, p, .. } = world();
    // Fresh locals are numbered above those of a term, and here there is no number above.
    let last = env.store.local(u32::MAX, nat);
    let applied = env.store.app(p, last);
    let variable = env.store.bound(0);
    let inner = env.store.lambda(nat, variable);
    let body = env.store.lambda(applied, inner);
    let outer = env.store.lambda(nat, body);
    assert_eq!(env.infer(outer), Err(KernelError::TooDeep));
    // Just below the end there are two.
    let near = env.store.local(u32::MAX - 2, nat);
    let applied_near = env.store.app(p, near);
    let two = env.store.lambda(applied_near, inner);
    assert!(env.infer(two).is_ok());
    let three = env.store.lambda(nat, two);
    assert_eq!(env.infer(three), Err(KernelError::TooDeep));
    // (lambda (x : nat) (f x)) against f for a local f with that number.
    let prop = env.store.sort(Sort::Prop);
    let predicate = env.store.pi(nat, prop);
    let f = env.store.local(u32::MAX, predicate);
    let of_variable = env.store.app(f, variable);
    let expanded = env.store.lambda(nat, of_variable);
    assert_eq!(env.definitionally_equal(expanded, f), Err(KernelError::TooDeep));
    // Whatever is said of such terms, nothing with a local can be declared.
    for value in [last, applied, outer] {
        assert_eq!(env.add_definition("d", nat, value), Err(KernelError::NotClosed));
    }
    assert_sound(&env, falsehood);
}

#[test]
fn a_refusal_leaves_nothing_half_done() {
    let World { mut env, falsehood, truth, trivial, nat, z, p } = world();
    let pz = env.store.app(p, z);
    // (lambda (x : false) trivial) : [false -> true] against [false -> false], with every budget up to success.
    let value = env.store.lambda(falsehood, trivial);
    let (right, wrong) = (env.store.pi(falsehood, truth), env.store.pi(falsehood, falsehood));
    for steps in 0..40 {
        env.set_budget(steps);
        let _ = env.infer(value);
        env.set_budget(steps);
        let _ = env.definitionally_equal(right, wrong);
        env.set_budget(steps);
        let _ = env.definitionally_equal(pz, falsehood);
        assert!(matches!(env.add_theorem("t", wrong, value), Err(KernelError::TypeMismatch { .. })));
    }
    assert!(env.add_theorem("t", right, value).is_ok());
    // A name that was refused is free, and one that was taken is taken for every kind.
    assert!(env.add_theorem("u", falsehood, trivial).is_err());
    assert!(env.add_axiom("u", nat).is_ok());
    assert_eq!(env.add_theorem("u", truth, trivial), Err(KernelError::Duplicate));
    assert_eq!(env.add_definition("u", truth, trivial), Err(KernelError::Duplicate));
    assert_eq!(env.promise("u", truth), Err(KernelError::Duplicate));
    assert_sound(&env, falsehood);
}

#[test]
fn equality_of_another_type_brings_nothing() {
    let World { mut env, falsehood, nat, .. } = world();
    // As an axiom under that name it is a constant like any other, and the constants of equality do not come any more.
    axiom(&mut env, "=", nat);
    let ty = type_of_equality(&mut env.store);
    assert_eq!(env.add_equality(ty).unwrap_err(), KernelError::Duplicate);
    assert!(env.find("eq_refl").is_none() && env.find("rewrite").is_none());
    // Nor where one of the others is taken: all or nothing.
    let World { mut env, .. } = world();
    axiom(&mut env, "eq_symm", falsehood);
    let ty = type_of_equality(&mut env.store);
    assert_eq!(env.add_equality(ty).unwrap_err(), KernelError::Duplicate);
    assert!(env.find("=").is_none());
}

#[test]
fn strange_names_are_names() {
    let World { mut env, falsehood, truth, trivial, .. } = world();
    for name in ["", "prop", "type", "'x", "a b", "false ", "assume#0", "(= a b)", "\u{0}", "fal\u{200b}se"] {
        env.add_theorem(name, truth, trivial).unwrap();
        assert_eq!(env.add_theorem(name, truth, trivial), Err(KernelError::Duplicate));
    }
    assert_eq!(env.find("false").map(|id| env.declaration(id).kind), Some(DeclarationKind::Axiom));
    assert_sound(&env, falsehood);
}

#[test]
fn copies_and_forks_do_not_mix_their_terms() {
    let World { env, falsehood, truth, trivial, .. } = world();
    let frozen = env.freeze();
    let (mut left, mut right) = (frozen.fork(), frozen.fork());
    // The same number means a proof of `true` here and an axiom `false` there.
    let here = left.add_axiom("here", falsehood).unwrap();
    let there = right.add_theorem("there", truth, trivial).unwrap();
    assert_eq!(here, there);
    let proof = left.store.constant(here);
    let foreign = right.store.constant(there);
    assert_eq!(proof, foreign);
    left.infer(proof).unwrap();
    assert!(matches!(right.add_theorem("t", falsehood, proof), Err(KernelError::TypeMismatch { .. })));
    // A store that continues the same base is still another store.
    let mut copy = right.clone();
    std::mem::swap(&mut copy.store, &mut left.store);
    assert_eq!(copy.add_theorem("t", falsehood, proof), Err(KernelError::ForeignStore));
    assert_eq!(copy.infer(proof), Err(KernelError::ForeignStore));
    assert_eq!(copy.promise("t", falsehood), Err(KernelError::ForeignStore));
    std::mem::swap(&mut copy.store, &mut left.store);
    assert!(matches!(copy.add_theorem("t", falsehood, proof), Err(KernelError::TypeMismatch { .. })));
    let taken = std::mem::take(&mut copy.store);
    assert_eq!(copy.definitionally_equal(falsehood, falsehood), Err(KernelError::ForeignStore));
    copy.store = Store::over(std::sync::Arc::new(taken));
    assert_eq!(copy.add_theorem("t", truth, trivial), Err(KernelError::ForeignStore));
    assert_sound(&right, falsehood);
}

/// Two promises of `false`, each to be proved by the other.
#[test]
fn promises_cannot_prove_each_other() {
    let World { mut env, falsehood, truth, trivial, .. } = world();
    let first = env.promise("first", falsehood).unwrap();
    let second = env.promise("second", falsehood).unwrap();
    assert!(env.owes());
    assert_eq!(env.add_theorem("t", truth, trivial), Err(KernelError::Owed));
    assert_eq!(env.check_proof("t", truth, trivial), Err(KernelError::Owed));
    let ty = type_of_equality(&mut env.store);
    assert_eq!(env.add_equality(ty).unwrap_err(), KernelError::Owed);
    let outline = Outline::new(env);
    let prove = |fork: &mut Environment, promise: ConstId, by: ConstId| {
        let proof = fork.store.constant(by);
        fork.fulfil(promise, proof)
    };
    // Where a promise is to be proved, neither it nor what comes after it exists.
    let mut fork = outline.fork(first.index());
    assert!(matches!(prove(&mut fork, first, first), Err(KernelError::UnknownConstant(_))));
    assert!(matches!(prove(&mut fork, first, second), Err(KernelError::UnknownConstant(_))));
    assert_eq!(prove(&mut fork, second, first), Err(KernelError::Owed));
    // With a later limit both exist, and it is not the place of the first any more.
    let mut late = outline.fork(second.index() + 1);
    assert_eq!(prove(&mut late, first, second), Err(KernelError::Owed));
    assert_eq!(prove(&mut late, second, first), Err(KernelError::Owed));
    assert_eq!(late.advance(first.index()), Err(KernelError::Owed));
    assert_eq!(late.clone().advance(first.index()), Err(KernelError::Owed));
    // What a fork has looked at too early is looked at again when it has advanced.
    fork.advance(second.index()).unwrap();
    assert_eq!(prove(&mut fork, second, first), Ok(()));
    assert_eq!(fork.add_axiom("new", falsehood), Err(KernelError::Owed));
    let settled = outline.settle(usize::MAX);
    assert!(settled.find("first").is_none() && settled.find("second").is_none() && !settled.owes());
    assert_sound(&settled, falsehood);
}

#[test]
fn what_rests_on_a_broken_promise_is_forgotten() {
    let World { mut env, falsehood, truth, trivial, nat, .. } = world();
    // A statement that is no proposition, and no term at all.
    let nonsense = env.store.app(nat, nat);
    let kept = env.promise("kept", truth).unwrap();
    let bad = env.promise("bad", nonsense).unwrap();
    let lie = env.promise("lie", falsehood).unwrap();
    let by_lie = env.store.constant(lie);
    env.add_definition("on the lie", falsehood, by_lie).unwrap();
    let last = env.promise("last", falsehood).unwrap();
    let outline = Outline::new(env);
    let mut fork = outline.fork(kept.index());
    fork.fulfil(kept, trivial).unwrap();
    fork.advance(bad.index()).unwrap();
    let constant = fork.store.constant(kept);
    assert!(fork.fulfil(bad, constant).is_err());
    fork.advance(last.index()).unwrap();
    let definition = fork.find("on the lie").unwrap();
    let proof = fork.store.constant(definition);
    assert_eq!(fork.fulfil(last, proof), Ok(()));
    let mut settled = outline.settle(usize::MAX);
    assert_eq!(settled.find("kept").map(|id| settled.declaration(id).kind), Some(DeclarationKind::Theorem));
    for name in ["bad", "lie", "on the lie", "last"] {
        assert!(settled.find(name).is_none(), "{name}");
    }
    // The numbers of what was forgotten are given again; no memory of the old meaning is left.
    let mut numbers = Vec::new();
    for name in ["a", "b", "c"] {
        numbers.push(settled.add_axiom(name, truth).unwrap());
    }
    assert!(numbers.contains(&lie));
    let proof = settled.store.constant(lie);
    assert!(matches!(settled.add_theorem("t", falsehood, proof), Err(KernelError::TypeMismatch { .. })));
    assert_sound(&settled, falsehood);
}

#[test]
fn no_way_around_what_is_owed() {
    let World { mut env, falsehood, truth, trivial, .. } = world();
    let before = env.clone();
    let lie = env.promise("lie", falsehood).unwrap();
    let by_lie = env.store.constant(lie);
    // Copies, forks, thawing and another outline owe what the original owes.
    assert_eq!(env.clone().add_theorem("t", truth, trivial), Err(KernelError::Owed));
    let frozen = env.freeze();
    assert_eq!(frozen.fork().add_theorem("t", falsehood, by_lie), Err(KernelError::Owed));
    let mut thawed = frozen.clone().thaw();
    assert_eq!(thawed.add_theorem("t", falsehood, by_lie), Err(KernelError::Owed));
    let outline = Outline::new(frozen.thaw());
    let mut early = outline.fork(0);
    assert_eq!(early.promise("more", truth), Err(KernelError::Owed));
    let mut out_of_view = outline.fork(lie.index() + 1).freeze().fork();
    assert_eq!(out_of_view.add_theorem("t", falsehood, by_lie), Err(KernelError::Owed));
    // What a fork of one outline proves says nothing to another one.
    let mut other = before;
    let promised = other.promise("lie", truth).unwrap();
    assert_eq!(promised, lie);
    let others = Outline::new(other);
    others.fork(lie.index()).fulfil(lie, trivial).unwrap();
    assert!(outline.fork(lie.index()).fulfil(lie, trivial).is_err());
    let settled = outline.settle(usize::MAX);
    assert!(settled.find("lie").is_none());
    assert_sound(&settled, falsehood);
    let settled = others.settle(usize::MAX);
    assert!(settled.find("lie").is_some());
    assert_sound(&settled, falsehood);
    // Dissolving keeps the debt; a new outline has to be paid anew.
    let World { mut env, .. } = world();
    let promised = env.promise("kept", truth).unwrap();
    let outline = Outline::new(env);
    outline.fork(promised.index()).fulfil(promised, trivial).unwrap();
    let mut again = outline.dissolve();
    assert_eq!(again.add_theorem("t", truth, trivial), Err(KernelError::Owed));
    assert!(Outline::new(again).settle(usize::MAX).find("kept").is_none());
}

#[test]
fn promises_count_as_axioms_until_they_are_kept() {
    let World { mut env, falsehood, truth, trivial, .. } = world();
    let lie = env.promise("lie", falsehood).unwrap();
    let by_lie = env.store.constant(lie);
    let rests = env.add_definition("rests", falsehood, by_lie).unwrap();
    assert_eq!(env.axioms_of(rests), ["false", "lie"]);
    assert_eq!(env.axioms().of(rests).len(), 2);
    let World { mut env, .. } = world();
    let kept = env.promise("kept", truth).unwrap();
    let by_kept = env.store.constant(kept);
    env.add_definition("rests", truth, by_kept).unwrap();
    let outline = Outline::new(env);
    outline.fork(kept.index()).fulfil(kept, trivial).unwrap();
    let settled = outline.settle(usize::MAX);
    let rests = settled.find("rests").unwrap();
    assert_eq!(settled.axioms_of(rests), ["true", "trivial"]);
    assert_eq!(settled.axioms().of(rests).len(), 2);
}

#[test]
fn proofs_of_one_term_are_not_exchanged_for_proofs_of_another() {
    // Proofs matter to conversion only as terms: P h and P g are different, though h and g prove the same.
    let World { mut env, falsehood, truth, trivial, .. } = world();
    let prop = env.store.sort(Sort::Prop);
    let arrow = env.store.pi(truth, prop);
    let of = axiom(&mut env, "of", arrow);
    let other = axiom(&mut env, "other", truth);
    let (left, right) = (env.store.app(of, trivial), env.store.app(of, other));
    let h = axiom(&mut env, "h", left);
    assert!(matches!(env.add_theorem("t", right, h), Err(KernelError::TypeMismatch { .. })));
    assert!(matches!(env.store.term(left), Term::App(..)));
    assert_sound(&env, falsehood);
}

/// Terms that are made on the way cost steps too: a file of a few lines cannot fill the memory.
#[test]
fn terms_that_are_made_are_paid_for() {
    let World { mut env, nat, .. } = world();
    let unary = env.store.pi(nat, nat);
    let binary = env.store.pi(nat, unary);
    let (s, plus) = (axiom(&mut env, "s", unary), axiom(&mut env, "+", binary));
    // g0 = lambda (x : nat) ((lambda (y : nat) (s x)) (+ (+ ... x) x)): each use copies the 1,000 sums.
    let x = env.store.bound(0);
    let mut sum = x;
    for _ in 0..1_000 {
        sum = env.store.apps(plus, &[sum, x]);
    }
    let above = env.store.bound(1);
    let successor = env.store.app(s, above);
    let constant = env.store.lambda(nat, successor);
    let body = env.store.app(constant, sum);
    let value = env.store.lambda(nat, body);
    let mut g = env.add_definition("g0", unary, value).unwrap();
    for i in 1..=20 {
        let previous = env.store.constant(g);
        let once = env.store.app(previous, x);
        let twice = env.store.app(previous, once);
        let value = env.store.lambda(nat, twice);
        g = env.add_definition(&format!("g{i}"), unary, value).unwrap();
    }
    // A million uses: a thousand million terms, if they were made.
    let zero = env.find("z").map(|id| env.store.constant(id)).unwrap();
    let constant = env.store.constant(g);
    let start = env.store.app(s, zero);
    let (left, right) = (env.store.app(constant, start), env.store.app(constant, zero));
    let right = env.store.app(s, right);
    let before = env.store.len();
    env.set_budget(1_000_000);
    assert_eq!(env.definitionally_equal(left, right), Err(KernelError::BudgetExhausted));
    let made = env.store.len() - before;
    assert!(made < 1_100_000, "{made} terms");
}
