//! Tests of saturation on small theories. Every claim is checked by the kernel as the proof of a closed statement.

use super::explain::Prover;
use super::graph::{Graph, Why};
use super::*;
use crate::Theory;
use crate::terms::typed::Fact;
use prover_logic::{Environment, Sort, TermId};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const NUMBERS: &str = "= : [('t : type) -> 't -> 't -> prop]. nat : type. z : nat. s : [nat -> nat].
    + : [nat -> nat -> nat]. +_z : [('n : nat) -> (= (+ 'n z) 'n)].
    +_s : [('n : nat) -> ('m : nat) -> (= (+ 'n (s 'm)) (s (+ 'n 'm)))].";

const LIMITS: Limits =
    Limits { nodes: 5_000, iterations: 20, work: 1_000_000, size: 40, inventive: true, facts: 64, splits: 0 };

fn theory(texts: &[&str]) -> Theory {
    Theory::from_text("t", &texts.concat()).unwrap()
}

/// The propositions of a theory with their proofs, in the order of their declaration.
pub(super) fn facts(theory: &mut Theory) -> Vec<Fact> {
    let constants: Vec<_> = theory.environment.declarations().map(|(id, declaration)| (id, declaration.ty)).collect();
    let environment = &mut theory.environment;
    let is_fact = |&(_, ty): &(_, TermId)| environment.sort_of(ty) == Ok(Sort::Prop);
    let found: Vec<_> = constants.into_iter().filter(is_fact).collect();
    found.into_iter().map(|(id, ty)| Fact { proposition: ty, proof: theory.environment.store.constant(id) }).collect()
}

/// Saturates for a closed statement; a proof goes through the kernel.
fn run(theory: &mut Theory, goal: &str, limits: Limits) -> Report {
    let goal = theory.statement(goal).unwrap();
    let facts = facts(theory);
    theory.environment.set_budget(100_000_000);
    let report =
        prove(&mut theory.environment, Task { equality: theory.equality.unwrap(), facts: &facts, goal, limits })
            .unwrap();
    if let Verdict::Proved(proof) = report.verdict {
        theory.environment.check_proof("claim", goal, proof).unwrap();
    }
    report
}

fn verdict(theory: &mut Theory, goal: &str) -> Verdict {
    run(theory, goal, LIMITS).verdict
}

fn proves(theory: &mut Theory, goal: &str) {
    let found = verdict(theory, goal);
    assert!(matches!(found, Verdict::Proved(_)), "{goal}: {found:?}");
}

fn leaves_open(theory: &mut Theory, goal: &str) {
    assert_eq!(verdict(theory, goal), Verdict::Open(End::Saturated), "{goal}");
}

#[test]
fn ground_equations_and_congruence() {
    let mut theory = theory(&[NUMBERS]);
    proves(&mut theory, "(= (+ (s z) (s (s z))) (s (s (s z))))");
    proves(&mut theory, "[('a : nat) -> (= 'a 'a)]");
    proves(&mut theory, "[('a : nat) -> ('b : nat) -> (= 'a 'b) -> (= (s 'b) (s 'a))]");
    // Both arguments change, by equations in both directions.
    proves(
        &mut theory,
        "[('a : nat) -> ('b : nat) -> ('c : nat) -> ('d : nat) -> (= 'a 'b) -> (= 'd 'c) -> (= (+ 'a 'c) (+ 'b 'd))]",
    );
    leaves_open(&mut theory, "[('a : nat) -> ('b : nat) -> (= (s 'a) (s 'b)) -> (= 'a 'b)]");
    leaves_open(&mut theory, "(= z (s z))");
}

#[test]
fn hypotheses_that_are_quantified_are_rules() {
    let mut theory = theory(&[NUMBERS]);
    let step =
        "[('a : nat) -> [('c : nat) -> (= (+ (s 'a) 'c) (s (+ 'a 'c)))] -> (= (+ (s 'a) (s z)) (s (s (+ 'a z))))]";
    proves(&mut theory, step);
    leaves_open(&mut theory, "[('a : nat) -> (= (+ (s 'a) 'a) (s (+ 'a 'a)))]");
}

const GROUPS: &str = "= : [('t : type) -> 't -> 't -> prop]. G : type. op : [G -> G -> G]. id : G. inv : [G -> G].
    assoc : [('a : G) -> ('b : G) -> ('c : G) -> (= (op (op 'a 'b) 'c) (op 'a (op 'b 'c)))].
    id_l : [('a : G) -> (= (op id 'a) 'a)]. id_r : [('a : G) -> (= (op 'a id) 'a)].
    inv_l : [('a : G) -> (= (op (inv 'a) 'a) id)]. inv_r : [('a : G) -> (= (op 'a (inv 'a)) id)].";

#[test]
fn the_inverse_of_a_product() {
    let mut group = theory(&[GROUPS]);
    proves(&mut group, "[('a : G) -> ('b : G) -> (= (op (op 'a 'b) (op (inv 'b) (inv 'a))) id)]");
    // These take equations from right to left at variables, or from `id` to a product of something with its inverse,
    // which is done when all else is.
    proves(&mut group, "[('a : G) -> (= (inv (inv 'a)) 'a)]");
    let unique = "[('a : G) -> ('b : G) -> (= (op 'a 'b) id) -> (= 'b (inv 'a))]";
    proves(&mut group, unique);
    assert_eq!(run(&mut group, unique, Limits { inventive: false, ..LIMITS }).verdict, Verdict::Open(End::Saturated));
    // A conditional rule finds its variable by its premise.
    let inverse = "[('a : G) -> ('b : G) -> (= (op (op 'a 'b) (op (inv 'b) (inv 'a))) id) ->
        (= (inv (op 'a 'b)) (op (inv 'b) (inv 'a)))]";
    let mut group = theory(&[GROUPS, "unique : ", unique, "."]);
    let found = run(&mut group, inverse, Limits { inventive: false, ..LIMITS }).verdict;
    assert!(matches!(found, Verdict::Proved(_)), "{found:?}");
}

#[test]
fn conditional_rules() {
    let injective = "injective : [('a : nat) -> ('b : nat) -> (= (s 'a) (s 'b)) -> (= 'a 'b)].";
    let mut numbers = theory(&[NUMBERS, injective]);
    proves(&mut numbers, "[('a : nat) -> ('b : nat) -> (= (s (s 'a)) (+ (s 'b) (s z))) -> (= 'a 'b)]");
    leaves_open(&mut numbers, "[('a : nat) -> ('b : nat) -> (= (s 'a) (s (s 'b))) -> (= 'a 'b)]");
    let order = "le : [nat -> nat -> prop]. min : [nat -> nat -> nat]. le_z : [('a : nat) -> (le z 'a)].
        le_s : [('a : nat) -> ('b : nat) -> (le 'a 'b) -> (le (s 'a) (s 'b))].
        min_le : [('a : nat) -> ('b : nat) -> (le 'a 'b) -> (= (min 'a 'b) 'a)].";
    let mut numbers = theory(&[NUMBERS, order]);
    proves(&mut numbers, "[('a : nat) -> ('b : nat) -> (le 'a 'b) -> (= (s (min 'a (+ 'b z))) (s 'a))]");
    proves(&mut numbers, "[('a : nat) -> (= (min (s z) (+ 'a (s (s z)))) (s z))]");
    leaves_open(&mut numbers, "[('a : nat) -> ('b : nat) -> (le 'b 'a) -> (= (min 'a 'b) 'a)]");
}

#[test]
fn propositions_that_are_equal_to_facts() {
    let even = "even : [nat -> prop]. even_z : (even z). even_s : [('n : nat) -> (even 'n) -> (even (s (s 'n)))].
        le : [nat -> nat -> prop]. le_refl : [('n : nat) -> (le 'n 'n)].";
    let mut numbers = theory(&[NUMBERS, even]);
    proves(&mut numbers, "[('n : nat) -> (even (+ 'n z)) -> (even 'n)]");
    proves(&mut numbers, "(even (+ (s z) (s z)))");
    proves(&mut numbers, "[('n : nat) -> (le (+ 'n (s z)) (s 'n))]");
    leaves_open(&mut numbers, "(even (s z))");
    // Facts are not equal to one another: that would need propositional extensionality.
    leaves_open(&mut numbers, "[('f : [prop -> nat]) -> (= ('f (even z)) ('f (le z z)))]");
}

#[test]
fn a_contradiction_proves_anything() {
    let text = "disjoint : [('n : nat) -> (= z (s 'n)) -> ('p : prop) -> 'p].";
    let mut numbers = theory(&[NUMBERS, text]);
    proves(&mut numbers, "[('a : nat) -> (= (s 'a) z) -> (= 'a (s (s 'a)))]");
    leaves_open(&mut numbers, "[('a : nat) -> (= (s 'a) (s z)) -> (= 'a z)]");
    let text = "false : prop. absurd : [('p : prop) -> false -> 'p]. disjoint : [('n : nat) -> (= z (s 'n)) -> false].";
    let mut numbers = theory(&[NUMBERS, text]);
    proves(&mut numbers, "[('a : nat) -> (= (+ 'a (s z)) z) -> (= 'a (s (s 'a)))]");
}

#[test]
fn definitions_unfold() {
    let text = "one : nat = (s z). double : [nat -> nat] = (lambda (n : nat) (+ 'n 'n)).";
    let mut numbers = theory(&[NUMBERS, text]);
    proves(&mut numbers, "(= (double one) (s (s z)))");
    proves(&mut numbers, "[('f : [nat -> nat]) -> (= ('f (double one)) ('f (s one)))]");
}

#[test]
fn functions_as_arguments() {
    let text = "list : [type -> type]. nil : [('t : type) -> (list 't)].
        cons : [('t : type) -> 't -> (list 't) -> (list 't)].
        map : [('t : type) -> ('u : type) -> ['t -> 'u] -> (list 't) -> (list 'u)].
        map_nil : [('t : type) -> ('u : type) -> ('f : ['t -> 'u]) -> (= (map 't 'u 'f (nil 't)) (nil 'u))].
        map_cons : [('t : type) -> ('u : type) -> ('f : ['t -> 'u]) -> ('x : 't) -> ('l : (list 't)) ->
            (= (map 't 'u 'f (cons 't 'x 'l)) (cons 'u ('f 'x) (map 't 'u 'f 'l)))].";
    let mut lists = theory(&[NUMBERS, text]);
    proves(&mut lists, "(= (map nat nat s (cons nat z (nil nat))) (cons nat (s z) (nil nat)))");
    let twice = "(lambda (n : nat) (+ 'n 'n))";
    proves(&mut lists, &format!("(= (map nat nat {twice} (cons nat (s z) (nil nat))) (cons nat (s (s z)) (nil nat)))"));
    // Lambdas are the same up to names; what is under their binders is not looked at.
    let other = "(lambda (m : nat) (+ 'm 'm))";
    proves(&mut lists, &format!("[('l : (list nat)) -> (= (map nat nat {twice} 'l) (map nat nat {other} 'l))]"));
    leaves_open(&mut lists, "(= (map nat nat s (nil nat)) (cons nat z (nil nat)))");
}

#[test]
fn types_are_kept_apart() {
    let text = "A : type. B : type. a : A. b : B. wrap : [('t : type) -> 't -> nat].
        any : [('t : type) -> 't]. wrap_a : [('x : A) -> (= (wrap 'x) z)].";
    let mut typed = theory(&[NUMBERS, text]);
    proves(&mut typed, "(= (wrap a) z)");
    proves(&mut typed, "(= (wrap A (any A)) z)");
    leaves_open(&mut typed, "(= (wrap b) z)");
    leaves_open(&mut typed, "(= (wrap B (any B)) z)");
    leaves_open(&mut typed, "(= (wrap A (any A)) (wrap B (any B)))");
    // A type that depends on a number: equal numbers make look-alikes of different types, which are never merged.
    let text = "vec : [nat -> type]. zeros : [('n : nat) -> (vec 'n)]. total : [('n : nat) -> (vec 'n) -> nat].
        total_z : [('n : nat) -> (= (total 'n (zeros 'n)) z)].";
    let mut typed = theory(&[NUMBERS, text]);
    leaves_open(&mut typed, "[('n : nat) -> ('v : (vec 'n)) -> (= (total (+ 'n z) (zeros (+ 'n z))) (total 'n 'v))]");
    proves(&mut typed, "[('n : nat) -> (= (total (+ 'n z) (zeros (+ 'n z))) (total 'n (zeros 'n)))]");
}

#[test]
fn the_same_in_every_store() {
    let goal = "[('a : G) -> ('b : G) -> ('c : G) -> (= (op (op 'a (inv 'b)) (op 'b 'c)) (op (op 'a id) 'c))]";
    let mut plain = theory(&[GROUPS]);
    let first = run(&mut plain, goal, LIMITS);
    assert!(matches!(first.verdict, Verdict::Proved(_)));
    let printed = |theory: &mut Theory, report: &Report| {
        let Verdict::Proved(proof) = report.verdict else { panic!() };
        crate::print::print(&mut theory.environment, &crate::print::Names::new(), proof)
    };
    // Other terms come first here, so that all indices differ.
    let mut other = theory(&["Z : type. f : [Z -> Z -> Z]. g : [[Z -> Z] -> Z]. ", GROUPS]);
    other.statement("[('x : G) -> ('y : G) -> (= (inv (op 'y 'x)) (op (inv 'y) (op 'x id)))]").unwrap();
    let second = run(&mut other, goal, LIMITS);
    assert_eq!(printed(&mut plain, &first), printed(&mut other, &second));
    assert_eq!((first.iterations, first.nodes, first.classes), (second.iterations, second.nodes, second.classes));
}

/// A theory in which commutativity and associativity rearrange sums, and a claim on a sum of twelve variables, for
/// which that takes far more than the limits.
fn explosive() -> (Theory, String) {
    let text = "comm : [('a : nat) -> ('b : nat) -> (= (+ 'a 'b) (+ 'b 'a))].
        assoc : [('a : nat) -> ('b : nat) -> ('c : nat) -> (= (+ (+ 'a 'b) 'c) (+ 'a (+ 'b 'c)))].";
    let numbers = theory(&[NUMBERS, text]);
    let binders: String = (0..12).map(|i| format!("('x{i} : nat) -> ")).collect();
    let sum = (1..12).fold("'x0".to_owned(), |sum, i| format!("(+ {sum} 'x{i})"));
    (numbers, format!("[{binders}(= {sum} z)]"))
}

#[test]
fn what_explodes_ends_at_its_limit() {
    let (mut numbers, goal) = explosive();
    let report = run(&mut numbers, &goal, LIMITS);
    assert_eq!(report.verdict, Verdict::Open(End::Nodes));
    assert!(report.nodes <= LIMITS.nodes);
    let few = run(&mut numbers, &goal, Limits { iterations: 2, ..LIMITS });
    assert_eq!((few.verdict, few.iterations), (Verdict::Open(End::Iterations), 2));
    let little = run(&mut numbers, &goal, Limits { work: 100, ..LIMITS });
    assert_eq!(little.verdict, Verdict::Open(End::Work));
    // A graph too small for the goal itself.
    let tiny = run(&mut numbers, &goal, Limits { nodes: 5, ..LIMITS });
    assert_eq!(tiny.verdict, Verdict::Open(End::Nodes));
}

#[test]
fn saturation_matches_and_explains_nothing_once_the_deadline_has_passed() {
    let (mut numbers, endless) = explosive();
    let endless = numbers.statement(&endless).unwrap();
    let easy = numbers.statement("[('x0 : nat) -> ('x1 : nat) -> (= (+ 'x0 'x1) (+ 'x1 'x0))]").unwrap();
    let (facts, equality) = (facts(&mut numbers), numbers.equality.unwrap());
    let environment = &mut numbers.environment;
    for goal in [endless, easy] {
        environment.set_budget(100_000_000);
        environment.set_deadline(Some(std::time::Instant::now()));
        let before = environment.store.len();
        let report = prove(environment, Task { equality, facts: &facts, goal, limits: LIMITS }).unwrap();
        assert_eq!(report.verdict, Verdict::Open(End::Time));
        assert_eq!((report.iterations, report.steps), (0, 0));
        // At the most, what one look lets pass.
        assert!(environment.store.len() - before < 100, "{}", environment.store.len() - before);
        environment.set_deadline(None);
        environment.set_budget(100_000_000);
        let report = prove(environment, Task { equality, facts: &facts, goal, limits: LIMITS }).unwrap();
        assert_ne!(report.verdict, Verdict::Open(End::Time));
        assert_eq!(matches!(report.verdict, Verdict::Proved(_)), goal == easy);
    }
}

#[test]
fn saturation_ends_at_a_deadline_in_the_middle_of_its_rounds() {
    let (mut numbers, endless) = explosive();
    let endless = numbers.statement(&endless).unwrap();
    let (facts, equality) = (facts(&mut numbers), numbers.equality.unwrap());
    let environment = &mut numbers.environment;
    environment.set_budget(u64::MAX);
    environment.set_deadline(Some(std::time::Instant::now() + std::time::Duration::from_millis(20)));
    // All of that takes many seconds.
    let limits = Limits { nodes: 100_000, iterations: 1_000, work: u64::MAX, ..LIMITS };
    let report = prove(environment, Task { equality, facts: &facts, goal: endless, limits }).unwrap();
    assert_eq!(report.verdict, Verdict::Open(End::Time));
    assert!(report.nodes < 50_000, "{}", report.nodes);
}

#[test]
fn long_chains_and_high_terms_need_no_deep_stack() {
    let mut theory = theory(&[NUMBERS]);
    let environment = &mut theory.environment;
    let constant = |environment: &mut Environment, name: &str| {
        let id = environment.find(name).unwrap();
        environment.store.constant(id)
    };
    let (nat, s, eq) = (constant(environment, "nat"), constant(environment, "s"), constant(environment, "="));
    let count = 20_000u32;
    let limits = Limits { nodes: 100_000, work: 100_000_000, ..LIMITS };
    let x: Vec<TermId> = (0..count).map(|i| environment.store.local(i, nat)).collect();
    let link = |environment: &mut Environment, i: usize, j: usize| environment.store.apps(eq, &[nat, x[i], x[j]]);
    let mut facts = Vec::new();
    for i in 0..x.len() - 1 {
        let proposition = link(environment, i, i + 1);
        let proof = environment.store.local(count + i as u32, proposition);
        facts.push(Fact { proposition, proof });
    }
    let goal = link(environment, 0, x.len() - 1);
    let equality = theory.equality.unwrap();
    environment.set_budget(100_000_000);
    let report = prove(environment, Task { equality, facts: &facts, goal, limits }).unwrap();
    let Verdict::Proved(proof) = report.verdict else { panic!("{:?}", report.verdict) };
    assert_eq!(report.steps, facts.len());
    let found = environment.infer(proof).unwrap();
    assert!(environment.definitionally_equal(found, goal).unwrap());
    // The same number of steps under one another: s (s (... x0)) = s (s (... x1)).
    let tower = |environment: &mut Environment, base| (0..count).fold(base, |term, _| environment.store.app(s, term));
    let (left, right) = (tower(environment, x[0]), tower(environment, x[1]));
    let goal = environment.store.apps(eq, &[nat, left, right]);
    environment.set_budget(100_000_000);
    // Hardly more terms than there are, so that the stack has no more room than they are worth.
    let limits = Limits { nodes: 2 * count as usize + 100, ..limits };
    let report = prove(environment, Task { equality, facts: &facts[..1], goal, limits }).unwrap();
    let Verdict::Proved(proof) = report.verdict else { panic!("{:?}", report.verdict) };
    let found = environment.infer(proof).unwrap();
    assert!(environment.definitionally_equal(found, goal).unwrap());
}

#[test]
fn proofs_are_as_large_as_explanations() {
    let mut theory = theory(&[NUMBERS, "f : [nat -> nat -> nat -> nat]."]);
    let environment = &mut theory.environment;
    let equality = theory.equality.unwrap();
    let constant = |environment: &mut Environment, name: &str| {
        let id = environment.find(name).unwrap();
        environment.store.constant(id)
    };
    let (nat, f, eq) = (constant(environment, "nat"), constant(environment, "f"), constant(environment, "="));
    let mut sizes = Vec::new();
    for depth in [10u32, 100, 1_000] {
        // f (f (... x) ...), all three arguments changed in each of the layers.
        let x: Vec<TermId> = (0..4).map(|i| environment.store.local(i, nat)).collect();
        let mut facts = Vec::new();
        for i in 0..2 {
            let proposition = environment.store.apps(eq, &[nat, x[i], x[i + 2]]);
            let proof = environment.store.local(10 + i as u32, proposition);
            facts.push(Fact { proposition, proof });
        }
        let tower = |environment: &mut Environment, a, b| {
            (0..depth).fold(a, |term, _| environment.store.apps(f, &[b, term, term]))
        };
        let (left, right) = (tower(environment, x[0], x[1]), tower(environment, x[2], x[3]));
        let goal = environment.store.apps(eq, &[nat, left, right]);
        environment.set_budget(100_000_000);
        let report =
            prove(environment, Task { equality, facts: &facts, goal, limits: Limits { work: 10_000_000, ..LIMITS } })
                .unwrap();
        let Verdict::Proved(proof) = report.verdict else { panic!("{:?}", report.verdict) };
        sizes.push((report.steps, distinct_nodes(&environment.store, proof)));
    }
    println!("steps and distinct nodes: {sizes:?}");
    for &(steps, size) in &sizes {
        assert!(size <= 20 * steps + 50, "{sizes:?}");
    }
}

/// Random ground equations over two constants, a unary and a binary function: every pair of terms that the graph claims
/// to be equal has a proof that the kernel accepts, and a union-find with naive congruence claims the same pairs.
#[test]
fn random_ground_equations() {
    let mut pairs = 0;
    for seed in 0..60 {
        let mut theory = theory(&[NUMBERS]);
        let equality = theory.equality.unwrap();
        let environment = &mut theory.environment;
        let constant = |environment: &mut Environment, name: &str| {
            let id = environment.find(name).unwrap();
            environment.store.constant(id)
        };
        let names = ["nat", "z", "s", "+", "="];
        let [nat, z, s, plus, eq] = names.map(|name| constant(environment, name));
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut terms = vec![z];
        terms.extend((0..3).map(|i| environment.store.local(i, nat)));
        while terms.len() < 30 {
            let (a, b) = (terms[rng.random_range(0..terms.len())], terms[rng.random_range(0..terms.len())]);
            let term =
                if rng.random_bool(0.5) { environment.store.app(s, a) } else { environment.store.apps(plus, &[a, b]) };
            if !terms.contains(&term) {
                terms.push(term);
            }
        }
        let mut facts = Vec::new();
        let mut equal = Vec::new();
        for i in 0..6 {
            let (a, b) = (rng.random_range(0..terms.len()), rng.random_range(0..terms.len()));
            let proposition = environment.store.apps(eq, &[nat, terms[a], terms[b]]);
            facts.push((proposition, environment.store.local(10 + i, proposition)));
            equal.push((a, b));
        }
        let classes = naive_congruence(environment, &terms, &equal);
        let mut graph = Graph::new(1_000);
        let ids: Vec<_> = terms.iter().map(|&term| graph.add(environment, term).unwrap()).collect();
        for (&(a, b), &(_, proof)) in equal.iter().zip(&facts) {
            graph.unite(ids[a], ids[b], Why::Given(proof));
        }
        graph.rebuild();
        for a in 0..terms.len() {
            for b in 0..terms.len() {
                assert_eq!(graph.equal(ids[a], ids[b]), classes[a] == classes[b], "seed {seed}: {a} {b}");
                if a == b || classes[a] != classes[b] {
                    continue;
                }
                pairs += 1;
                let proof = Prover::new(environment, &mut graph, equality).equation(ids[a], ids[b]).unwrap();
                let goal = environment.store.apps(eq, &[nat, terms[a], terms[b]]);
                let found = environment.infer(proof).unwrap();
                assert!(environment.definitionally_equal(found, goal).unwrap());
                // Closed over the variables and the hypotheses, it goes through the kernel.
                let variables = (0..3).map(|i| environment.store.local(i, nat));
                let locals: Vec<TermId> = variables.collect();
                let locals: Vec<TermId> = locals.into_iter().chain(facts.iter().map(|&(_, proof)| proof)).collect();
                let goal = environment.store.close_pi(goal, &locals);
                let proof = environment.store.close_lambda(proof, &locals);
                environment.check_proof("pair", goal, proof).unwrap();
            }
        }
    }
    assert!(pairs > 1_000, "{pairs}");
}

/// The class of each term, by closing the equations under congruence until nothing changes.
fn naive_congruence(environment: &Environment, terms: &[TermId], equal: &[(usize, usize)]) -> Vec<usize> {
    let mut class: Vec<usize> = (0..terms.len()).collect();
    let merge = |class: &mut Vec<usize>, a: usize, b: usize| {
        let (from, to) = (class[a], class[b]);
        class.iter_mut().filter(|c| **c == from).for_each(|c| *c = to);
        from != to
    };
    equal.iter().for_each(|&(a, b)| {
        merge(&mut class, a, b);
    });
    let place = |term: TermId| terms.iter().position(|&other| other == term);
    loop {
        let mut changed = false;
        for a in 0..terms.len() {
            for b in 0..terms.len() {
                let ((f, x), (g, y)) = (environment.store.spine(terms[a]), environment.store.spine(terms[b]));
                let same = |(&x, &y): (&TermId, &TermId)| match (place(x), place(y)) {
                    (Some(x), Some(y)) => class[x] == class[y],
                    _ => x == y,
                };
                if f == g && x.len() == y.len() && !x.is_empty() && x.iter().zip(&y).all(same) {
                    changed |= merge(&mut class, a, b);
                }
            }
        }
        if !changed {
            return class;
        }
    }
}

const CHOICE: &str = "= : [('t : type) -> 't -> 't -> prop]. data bool { true : bool. false : bool. }
    fun ite : [('t : type) -> bool -> 't -> 't -> 't] { (ite true 'x 'y) = 'x. (ite false 'x 'y) = 'y. }
    fun not : [bool -> bool] { (not true) = false. (not false) = true. }
    data nat { z : nat. s : [nat -> nat]. }
    fun half : [nat -> nat] { (half z) = z. (half (s z)) = z. (half (s (s 'n))) = (s (half 'n)). }
    fun is_z : [nat -> bool] { (is_z z) = true. (is_z (s 'n)) = false. }
    f : [nat -> nat].";

#[test]
fn cases_are_split_where_a_function_is_stuck() {
    let split = Limits { splits: 2, ..LIMITS };
    let statements = [
        // On a variable of an enumeration, on a term of one, and on both.
        "[('b : bool) -> (= (not (not 'b)) 'b)]",
        "[('p : [nat -> bool]) -> ('n : nat) -> (= (ite ('p 'n) (s 'n) (s 'n)) (s 'n))]",
        "[('p : [nat -> bool]) -> ('b : bool) -> ('n : nat) -> (= (ite 'b (not (not ('p 'n))) ('p 'n)) ('p 'n))]",
        // On a term of a type whose constructors have arguments.
        "[('n : nat) -> (= (ite (is_z (f 'n)) (f 'n) z) z)]",
        // A case contradicts what is known.
        "[('p : [nat -> bool]) -> ('n : nat) -> (= ('p 'n) true) -> (= (ite ('p 'n) z (s z)) z)]",
    ];
    for statement in statements {
        let mut theory = theory(&[CHOICE]);
        let report = run(&mut theory, statement, split);
        assert!(matches!(report.verdict, Verdict::Proved(_)), "{statement}: {report:?}");
    }
    let mut theory = theory(&[CHOICE]);
    let false_one = "[('b : bool) -> ('c : bool) -> (= (ite 'b 'c true) 'c)]";
    assert!(matches!(run(&mut theory, false_one, split).verdict, Verdict::Open(_)));
    // Variables of types with recursive constructors are for induction.
    assert!(matches!(run(&mut theory, "[('n : nat) -> (= (half 'n) 'n)]", split).verdict, Verdict::Open(_)));
    // As deep as is allowed and no deeper.
    let both = Limits { splits: 1, ..LIMITS };
    assert!(matches!(run(&mut theory, statements[2], both).verdict, Verdict::Open(_)));
}

#[test]
fn an_empty_list_makes_no_lists_of_lists() {
    let mut theory = theory(&["= : [('t : type) -> 't -> 't -> prop].
        data list ('a : type) { nil : (list 'a). cons : ['a -> (list 'a) -> (list 'a)]. }
        fun append : [('t : type) -> (list 't) -> (list 't) -> (list 't)] {
            (append nil 'ys) = 'ys. (append (cons 'x 'xs) 'ys) = (cons 'x (append 'xs 'ys)). }
        fun concat : [('t : type) -> (list (list 't)) -> (list 't)] {
            (concat nil) = (nil 't). (concat (cons 'xs 'm)) = (append 'xs (concat 'm)). }"]);
    let limits = Limits { inventive: false, ..LIMITS };
    // Nothing is left to do, where `nil` would be `(concat nil)` of a type of lists of that type without end.
    let open = "[('t : type) -> ('xs : (list 't)) -> (= (append 'xs (nil 't)) 'xs)]";
    assert_eq!(run(&mut theory, open, limits).verdict, Verdict::Open(End::Saturated));
    // What is there is known to be empty.
    let empty = "[('t : type) -> (= (concat (nil (list 't))) (append (nil 't) (nil 't)))]";
    assert!(matches!(run(&mut theory, empty, limits).verdict, Verdict::Proved(_)));
}
