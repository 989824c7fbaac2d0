//! Random functions: what is accepted covers each case once and comes to an end, compared with trying it out.

use crate::toy::{EQUALITY, NAT, codes};
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
        text += &format!(" c{index} : (f {left} {right}) = z.");
    }
    text + " }"
}

/// Whether each value of the first two types, to a depth beyond that of the patterns, fits exactly one clause.
fn covers_once(clauses: &[[Shape; 2]]) -> bool {
    let (trees, numbers) = (trees(3, None), numbers(4, None));
    let count = |tree: &Shape, number: &Shape| {
        clauses.iter().filter(|[left, right]| left.fits(tree) && right.fits(number)).count()
    };
    trees.iter().all(|tree| numbers.iter().all(|number| count(tree, number) == 1))
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
    fn random_patterns_are_accepted_if_they_cover_each_case_once(
        clauses in prop::collection::vec((select(trees(2, Some(Variable))), select(numbers(2, Some(Variable)))), 1..6),
    ) {
        let clauses: Vec<[Shape; 2]> = clauses.into_iter().map(|(left, right)| [left, right]).collect();
        let found = codes(&function(&clauses));
        prop_assert_eq!(found.is_empty(), covers_once(&clauses), "{}: {:?}", function(&clauses), found);
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
