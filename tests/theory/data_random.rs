//! Random functions: what is accepted covers each case once and comes to an end, compared with trying it out.

use crate::toy::{EQUALITY, NAT, codes, report};
use proptest::prelude::*;
use proptest::sample::select;

/// Besides numbers.
const TREE: &str = "data tree { leaf : tree. node : [tree -> nat -> tree]. third : [nat -> tree]. }\n";

/// A value, or a pattern where there are variables.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    Variable,
    Made(&'static str, Vec<Shape>),
}

use Shape::{Made, Variable};

impl Shape {
    /// The text, with the next number for each variable.
    fn text(&self, next: &mut u32) -> String {
        match self {
            Variable => {
                *next += 1;
                format!("'x{next}")
            }
            Made(name, arguments) if arguments.is_empty() => (*name).to_owned(),
            Made(name, arguments) => {
                let arguments: Vec<String> = arguments.iter().map(|argument| argument.text(next)).collect();
                format!("({name} {})", arguments.join(" "))
            }
        }
    }

    fn fits(&self, value: &Shape) -> bool {
        match (self, value) {
            (Variable, _) => true,
            (Made(name, patterns), Made(other, values)) => {
                name == other && patterns.iter().zip(values).all(|(pattern, value)| pattern.fits(value))
            }
            (Made(..), Variable) => false,
        }
    }
}

/// The values of a type up to a depth, or its patterns, with variables.
fn numbers(depth: usize, leaf: Option<Shape>) -> Vec<Shape> {
    let mut all: Vec<Shape> = leaf.clone().into_iter().chain([Made("z", vec![])]).collect();
    if depth > 0 {
        all.extend(numbers(depth - 1, leaf).into_iter().map(|inner| Made("s", vec![inner])));
    }
    all
}

fn trees(depth: usize, leaf: Option<Shape>) -> Vec<Shape> {
    let mut all: Vec<Shape> = leaf.clone().into_iter().chain([Made("leaf", vec![])]).collect();
    if depth > 0 {
        for number in numbers(depth - 1, leaf.clone()) {
            all.push(Made("third", vec![number.clone()]));
            let left = trees(depth - 1, leaf.clone());
            all.extend(left.into_iter().map(|left| Made("node", vec![left, number.clone()])));
        }
    }
    all
}

/// Splits one clause after the other at a variable, so that the clauses cover all cases once.
fn split(clauses: &mut Vec<[Shape; 2]>, places: &[prop::sample::Index]) {
    fn variables<'a>(shape: &'a mut Shape, kind: &'static str, found: &mut Vec<(&'a mut Shape, &'static str)>) {
        match shape {
            Variable => found.push((shape, kind)),
            Made(name, arguments) => {
                let kinds: &[&str] = match *name {
                    "node" => &["tree", "nat"],
                    _ => &["nat"],
                };
                arguments.iter_mut().zip(kinds).for_each(|(argument, kind)| variables(argument, kind, found));
            }
        }
    }
    for place in places {
        let index = place.index(clauses.len());
        let clause = clauses.remove(index);
        let constructors = |kind| match kind {
            "nat" => vec![Made("z", vec![]), Made("s", vec![Variable])],
            _ => vec![Made("leaf", vec![]), Made("node", vec![Variable; 2]), Made("third", vec![Variable])],
        };
        for choice in 0.. {
            let mut copy = clause.clone();
            let mut found = Vec::new();
            let [left, right] = &mut copy;
            variables(left, "tree", &mut found);
            variables(right, "nat", &mut found);
            if found.is_empty() {
                clauses.push(clause.clone());
                break;
            }
            let chosen = place.index(found.len());
            let (variable, kind) = found.swap_remove(chosen);
            let Some(constructor) = constructors(kind).get(choice).cloned() else { break };
            *variable = constructor;
            clauses.push(copy);
        }
    }
}

fn function(clauses: &[[Shape; 2]]) -> String {
    let mut text = format!("{EQUALITY}{NAT}{TREE}fun f : [tree -> nat -> nat] {{");
    for (index, [left, right]) in clauses.iter().enumerate() {
        let mut next = 0;
        let (left, right) = (left.text(&mut next), right.text(&mut next));
        let value = (0..index).fold("z".to_owned(), |inner, _| format!("(s {inner})"));
        text += &format!(" c{index} : (f {left} {right}) = {value}.");
    }
    text + " }"
}

/// The interpreter that knows nothing of how clauses are made disjoint: the place of the first clause that fits.
fn first_match(clauses: &[[Shape; 2]], tree: &Shape, number: &Shape) -> Option<usize> {
    clauses.iter().position(|[left, right]| left.fits(tree) && right.fits(number))
}

/// Whether each value of the first two types, to a depth beyond that of the patterns, fits a clause, and each clause
/// is the first that fits some value.
fn covers_in_order(clauses: &[[Shape; 2]]) -> bool {
    let (trees, numbers) = (trees(3, None), numbers(4, None));
    let mut reached = vec![false; clauses.len()];
    for tree in &trees {
        for number in &numbers {
            match first_match(clauses, tree, number) {
                Some(clause) => reached[clause] = true,
                None => return false,
            }
        }
    }
    reached.into_iter().all(|is_reached| is_reached)
}

/// The shape of a term of constructors and variables, with its constructors' names.
fn shape(theory: &prover_theory::Theory, term: prover_logic::TermId) -> Shape {
    use prover_logic::Term;
    let store = &theory.environment.store;
    let (head, arguments) = store.spine(term);
    let Term::Const(constant) = store.term(head) else { return Variable };
    let known = ["z", "s", "leaf", "node", "third"];
    let name = &*theory.environment.declaration(constant).name;
    let name = known.into_iter().find(|known| *known == name).unwrap_or_else(|| panic!("{name}"));
    Made(name, arguments.into_iter().map(|argument| shape(theory, argument)).collect())
}

/// The axioms of the function `f`: the patterns of each, and the number that stands on its right side.
fn axioms(theory: &prover_theory::Theory) -> Vec<([Shape; 2], usize)> {
    use prover_logic::Term;
    let store = &theory.environment.store;
    let mut found = Vec::new();
    let after = theory.environment.declarations().skip_while(|(_, declaration)| &*declaration.name != "f").skip(1);
    for (_, declaration) in after {
        let mut statement = declaration.ty;
        while let Term::Pi(_, range) = store.term(statement) {
            statement = range;
        }
        let (_, sides) = store.spine(statement);
        let (_, patterns) = store.spine(sides[1]);
        let patterns = [shape(theory, patterns[0]), shape(theory, patterns[1])];
        let (mut value, mut right) = (0, shape(theory, sides[2]));
        while let Made("s", mut inner) = right {
            (value, right) = (value + 1, inner.remove(0));
        }
        assert_eq!(right, Made("z", vec![]));
        found.push((patterns, value));
    }
    found
}

/// Whether the axioms of a function whose clause number n gives n say of each value what the interpreter says, once.
fn axioms_agree(clauses: &[[Shape; 2]], axioms: &[([Shape; 2], usize)]) -> bool {
    let (trees, numbers) = (trees(3, None), numbers(4, None));
    trees.iter().all(|tree| {
        numbers.iter().all(|number| {
            let says: Vec<usize> = axioms
                .iter()
                .filter(|([left, right], _)| left.fits(tree) && right.fits(number))
                .map(|(_, value)| *value)
                .collect();
            says == Vec::from_iter(first_match(clauses, tree, number))
        })
    })
}

/// A recursive call's argument: from the variable `n` or `m` of the patterns `(s 'n)` and `(s 'm)`, or from `z`, so
/// many successors on top.
type Argument = (&'static str, u64);

fn argument() -> impl Strategy<Value = Argument> {
    (select(vec!["n", "m", "z"]), 0..3u64)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn newcomers_3_random_clauses_mean_what_the_first_that_fits_says(
        clauses in prop::collection::vec((select(trees(2, Some(Variable))), select(numbers(2, Some(Variable)))), 1..6),
    ) {
        let clauses: Vec<[Shape; 2]> = clauses.into_iter().map(|(left, right)| [left, right]).collect();
        let text = function(&clauses);
        let (theory, report) = report(&text);
        prop_assert_eq!(report.is_fine(), covers_in_order(&clauses), "{}", text);
        if report.is_fine() {
            prop_assert!(axioms_agree(&clauses, &axioms(&theory)), "{}", text);
        }
    }

    #[test]
    fn covers_are_accepted_and_with_a_change_refused(
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        gone in any::<prop::sample::Index>(),
    ) {
        let mut clauses = vec![[Variable, Variable]];
        split(&mut clauses, &places);
        prop_assert_eq!(codes(&function(&clauses)), Vec::<&str>::new(), "{}", function(&clauses));
        let mut twice = clauses.clone();
        let gone = gone.index(clauses.len());
        twice.push(clauses[gone].clone());
        prop_assert_eq!(codes(&function(&twice)), vec!["overlapping-clauses"]);
        clauses.remove(gone);
        prop_assert_eq!(codes(&function(&clauses)), vec!["missing-case"], "{}", function(&clauses));
    }

    /// Each of the four cases of two numbers ends or calls the function again. What is accepted comes to an end.
    #[test]
    fn accepted_recursion_ends(calls in prop::array::uniform4(prop::option::of((argument(), argument())))) {
        let mut text = format!("{EQUALITY}{NAT}{TREE}fun f : [nat -> nat -> nat] {{");
        for (case, call) in calls.iter().enumerate() {
            let patterns = [["z", "z"], ["z", "(s 'm)"], ["(s 'n)", "z"], ["(s 'n)", "(s 'm)"]][case];
            // A variable that the patterns do not have is `z`.
            let term = |(base, successors): Argument| {
                let known = (base == "n" && case >= 2) || (base == "m" && case % 2 == 1);
                let base = if known { format!("'{base}") } else { "z".to_owned() };
                (0..successors).fold(base, |term, _| format!("(s {term})"))
            };
            let right = call.map_or("z".to_owned(), |(a, b)| format!("(s (f {} {}))", term(a), term(b)));
            text += &format!(" (f {} {}) = {right}.", patterns[0], patterns[1]);
        }
        let found = codes(&(text.clone() + " }"));
        let ends = |mut a: u64, mut b: u64| {
            (0..10_000).any(|_| {
                let case = usize::from(a > 0) * 2 + usize::from(b > 0);
                let Some((x, y)) = calls[case] else { return true };
                let value = |(base, successors): Argument| successors + match base {
                    "n" => a.saturating_sub(1),
                    "m" => b.saturating_sub(1),
                    _ => 0,
                };
                (a, b) = (value(x), value(y));
                false
            })
        };
        let always = (0..6).all(|a| (0..6).all(|b| ends(a, b)));
        prop_assert!(found.is_empty() || found == ["not-structural"], "{}: {:?}", text, found);
        prop_assert!(always || !found.is_empty(), "{} does not end", text);
    }
}

/// The comparison with the interpreter sees a wrong axiom, a missing one and one too many.
#[test]
fn newcomers_3_axioms_that_say_something_else_are_noticed() {
    let clauses = [
        [Made("leaf", vec![]), Variable],
        [Variable, Made("z", vec![])],
        [Made("third", vec![Variable]), Variable],
        [Variable, Variable],
    ];
    let (theory, report) = report(&function(&clauses));
    assert!(report.is_fine());
    let right = axioms(&theory);
    assert!(right.len() > clauses.len() && axioms_agree(&clauses, &right));
    for index in 0..right.len() {
        let mut wrong = right.clone();
        wrong[index].1 += 1;
        assert!(!axioms_agree(&clauses, &wrong));
        wrong.remove(index);
        assert!(!axioms_agree(&clauses, &wrong));
        let mut twice = right.clone();
        twice.push(right[index].clone());
        assert!(!axioms_agree(&clauses, &twice));
    }
}

#[test]
fn newcomers_3_the_usual_functions_are_accepted() {
    for clauses in [
        "fun minus : [nat -> nat -> nat] { (minus 'n z) = 'n. (minus z 'm) = z. (minus (s 'n) (s 'm)) = (minus 'n 'm). }
         #print minus_z_s.",
        "fun half : [nat -> nat] { (half (s (s 'n))) = (s (half 'n)). (half '_) = z. } #print half_s_z.",
        "fun same : [nat -> nat -> nat] { (same z z) = (s z). (same (s 'n) (s 'm)) = (same 'n 'm). rest : (same '_ '_) = z. }
         #print rest_z_s. #print rest_s_z.",
        "data list ('t : type) { nil : (list 't). cons : ['t -> (list 't) -> (list 't)]. }
         fun last : [('t : type) -> 't -> (list 't) -> 't] {
             (last 'x (cons 'y nil)) = 'y. (last 'x (cons 'y 'ys)) = (last 'x 'ys). (last 'x '_) = 'x. }",
    ] {
        let text = format!("{EQUALITY}{NAT}{clauses}");
        assert_eq!(codes(&text), Vec::<&str>::new(), "{text}");
    }
    for (clauses, code) in [
        ("fun f : [nat -> nat] { (f 'n) = z. (f z) = z. }", "overlapping-clauses"),
        ("fun f : [nat -> nat] { (f z) = z. (f (s 'n)) = z. (f 'n) = (s z). }", "overlapping-clauses"),
        ("fun f : [nat -> nat] { (f z) = z. (f 'n) = (f 'n). }", "not-structural"),
        ("fun f : [nat -> nat -> nat] { (f z 'm) = z. (f 'n z) = z. }", "missing-case"),
    ] {
        assert_eq!(codes(&format!("{EQUALITY}{NAT}{clauses}")), [code], "{clauses}");
    }
}

/// The random test of recursion sees both outcomes; here are some of which the outcome is known.
#[test]
fn recursion_of_both_kinds_is_told_apart() {
    let function = |clause: &str| {
        codes(&format!(
            "{EQUALITY}{NAT}{TREE}fun f : [nat -> nat -> nat] {{ (f z z) = z. (f z (s 'm)) = (f z 'm). (f (s 'n) z) = (f 'n (s z)). (f (s 'n) (s 'm)) = {clause}. }}"
        ))
    };
    for right in ["(f (s 'n) 'm)", "(f 'n (s (s 'm)))", "(f 'n (f (s 'n) 'm))", "z"] {
        assert_eq!(function(right), Vec::<&str>::new(), "{right}");
    }
    for right in ["(f (s 'n) (s 'm))", "(f 'm 'n)", "(f (s (s 'n)) 'm)", "(f (f 'n 'm) 'm)"] {
        assert_eq!(function(right), ["not-structural"], "{right}");
    }
}
