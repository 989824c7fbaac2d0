//! Goals proved by induction and equality saturation, those before them as lemmas. A goal that is lost, and a proof
//! that changes, is seen in the difference of the snapshots.

use crate::program::folder;
use crate::toy::loaded;
use prover::equality::Limits;
use prover::network::Uniform;
use prover::prove::Prover;
use prover::prove::discovery::Discovery;
use prover::prove::{Budget, Lemmas};
use prover::theory::import::SourceText;

/// The goals of some sets in order, each with those before it as lemmas, after the number of those that are proved.
fn in_order(theory: &str, sets: &[&str]) -> String {
    let mut lemmas = Lemmas::new(theory);
    let statements: Vec<_> = sets.iter().flat_map(|set| lemmas.goals(set).unwrap()).collect();
    let mut entries = Vec::new();
    let start = std::time::Instant::now();
    for statement in &statements {
        let mut world = lemmas.world().unwrap();
        world.tactics.saturation = Some(Limits::ACTION);
        let budget = Budget { nodes: 300, seconds: Some(60.0), batch: 1 };
        let (theorem, attempt) = Prover::new(&world, &Uniform, 0).prove(&lemmas, statement, budget);
        assert_eq!(attempt.fault, None, "{}", statement.text);
        println!(
            "{:<20} {:<6} {:>4} nodes {:>8.3} s",
            statement.name,
            theorem.is_some(),
            attempt.nodes,
            attempt.seconds
        );
        entries.push(match theorem {
            Some(theorem) => {
                loaded(SourceText::text("proof", lemmas.file(&theorem)));
                let item = theorem.item();
                lemmas.push(theorem);
                item
            }
            None => format!("{} : {} is open.\n", statement.name, statement.text),
        });
    }
    println!("{:.3} s in all", start.elapsed().as_secs_f64());
    format!("{} of {} proved\n\n{}", lemmas.theorems().len(), entries.len(), entries.join("\n"))
}

#[test]
fn the_addition_world() {
    insta::assert_snapshot!(in_order("nat-add", &["nat-add-hard"]));
}

#[test]
fn the_three_worlds() {
    insta::assert_snapshot!(in_order("nat-pow", &["nat-add-hard", "nat-mul", "nat-pow"]));
}

/// A theory with lists, whose goals need lemmas.
pub const LISTS: &str = "
    = : [('t : type) -> 't -> 't -> prop].
    data bool { true : bool. false : bool. }
    data nat { z : nat. s : [nat -> nat]. }
    data list ('a : type) { nil : (list 'a). cons : ['a -> (list 'a) -> (list 'a)]. }
    fun ite : [('t : type) -> bool -> 't -> 't -> 't] { (ite true 'x 'y) = 'x. (ite false 'x 'y) = 'y. }
    fun same : [nat -> nat -> bool] {
        (same z z) = true. (same z (s 'm)) = false. (same (s 'n) z) = false. (same (s 'n) (s 'm)) = (same 'n 'm). }
    fun count : [nat -> (list nat) -> nat] {
        (count 'x nil) = z. (count 'x (cons 'y 'ys)) = (ite (same 'x 'y) (s (count 'x 'ys)) (count 'x 'ys)). }
    fun append : [('t : type) -> (list 't) -> (list 't) -> (list 't)] {
        (append nil 'ys) = 'ys. (append (cons 'x 'xs) 'ys) = (cons 'x (append 'xs 'ys)). }
    fun rev : [('t : type) -> (list 't) -> (list 't)] {
        (rev nil) = (nil 't). (rev (cons 'x 'xs)) = (append (rev 'xs) (cons 'x (nil 't))). }
    fun filter : [('t : type) -> ['t -> bool] -> (list 't) -> (list 't)] {
        (filter 'p nil) = (nil 't).
        (filter 'p (cons 'x 'xs)) = (ite ('p 'x) (cons 'x (filter 'p 'xs)) (filter 'p 'xs)). }
";

/// The file of a statement's proof, each lemma found for it included, checked from its text.
fn discovered(name: &str, statement: &str) -> String {
    discovered_in(LISTS, name, statement)
}

/// The same in a theory.
fn discovered_in(theory: &str, name: &str, statement: &str) -> String {
    let folder = folder(&[("theory.peano", theory)]);
    let path = folder.path().join("theory.peano");
    let lemmas = Lemmas::new(path.to_str().unwrap());
    let mut world = lemmas.world().unwrap();
    world.tactics.saturation = Some(Limits::ACTION);
    let statement = lemmas.goal(name, statement).unwrap();
    let budget = Budget { nodes: 3_000, seconds: None, batch: 1 };
    let mut discovery = Discovery::new(lemmas, world, &Uniform, budget, 0);
    let found = discovery.prove(&statement);
    assert_eq!(found.fault, None);
    let theorem = found.theorem.unwrap_or_else(|| panic!("{name} is open after {} nodes", found.nodes));
    let file = discovery.lemmas.file(&theorem);
    loaded(SourceText::text("proof", file.clone()));
    assert_eq!(file.matches("theorem ").count(), found.lemmas.len() + 1);
    // Where the theory lies is different each time.
    file.lines().skip(1).collect::<Vec<_>>().join("\n")
}

#[test]
fn lemmas_are_found_where_induction_alone_gets_stuck() {
    let goals = [
        ("rev_rev", "[('t : type) -> ('xs : (list 't)) -> (= (rev (rev 'xs)) 'xs)]"),
        ("count_own", "[('n : nat) -> ('xs : (list nat)) -> (= (s (count 'n 'xs)) (count 'n (cons 'n 'xs)))]"),
    ];
    for (name, statement) in goals {
        insta::assert_snapshot!(name, discovered(name, statement));
    }
}

#[test]
fn cases_are_split_where_a_function_waits_for_a_value() {
    let filter = "[('t : type) -> ('p : ['t -> bool]) -> ('xs : (list 't)) -> ('ys : (list 't)) ->
        (= (filter 'p (append 'xs 'ys)) (append (filter 'p 'xs) (filter 'p 'ys)))]";
    let file = discovered("filter_append", filter);
    assert_eq!(file.matches("theorem ").count(), 1, "{file}");
}

/// Lists in order, and that numbers are comparable.
const SORTED: &str = "
= : [('t : type) -> 't -> 't -> prop].
data bool { false : bool. true : bool. }
data nat { z : nat. s : [nat -> nat]. }
data list ('a : type) { nil : (list 'a). cons : ['a -> (list 'a) -> (list 'a)]. }

fun if : [('t : type) -> bool -> 't -> 't -> 't] {
  (if true 'x 'y) = 'x.
  (if false 'x 'y) = 'y.
}

fun leq : [nat -> nat -> bool] {
  (leq z 'n) = true.
  (leq (s 'm) z) = false.
  (leq (s 'm) (s 'n)) = (leq 'm 'n).
}

fun ordered : [(list nat) -> bool] {
  (ordered nil) = true.
  (ordered (cons 'x nil)) = true.
  (ordered (cons 'x (cons 'y 'xs))) = (if (leq 'x 'y) (ordered (cons 'y 'xs)) false).
}

fun insert : [nat -> (list nat) -> (list nat)] {
  (insert 'x nil) = (cons 'x (nil nat)).
  (insert 'x (cons 'y 'ys)) = (if (leq 'x 'y) (cons 'x (cons 'y 'ys)) (cons 'y (insert 'x 'ys))).
}

leq_total : [('m : nat) -> ('n : nat) -> (= (leq 'm 'n) false) -> (= (leq 'n 'm) true)].
";

#[test]
fn variables_are_split_where_a_hypothesis_has_premises() {
    let insert = "[('x : nat) -> ('xs : (list nat)) -> (= (ordered 'xs) true) -> (= (ordered (insert 'x 'xs)) true)]";
    let file = discovered_in(SORTED, "insert_ordered", insert);
    assert_eq!(file.matches("theorem ").count(), 1, "{file}");
}
