//! Random functions: those accepted cover each case once and come to an end, compared with trying them out.

use crate::toy::{EQUALITY, NAT, codes, report};
use proptest::prelude::*;
use proptest::sample::select;
use prover_theory::termination::{Call, require_end};

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

/// Whether the axioms of a function whose clause number n gives n agree with the interpreter on each value, once.
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

/// The knowledge of a call's argument: the argument of the caller that it is smaller than, or the same as.
fn known() -> impl Strategy<Value = Option<(usize, bool)>> {
    prop::option::of((0..2usize, any::<bool>()))
}

/// Whether a function with two numbers below 10 can come back to itself by calls of which no more is known. Some circles
/// of three calls need numbers up to 5.
fn have_circle(calls: &[Call]) -> bool {
    const BELOW: usize = 10;
    let numbers = |state: usize| [state / BELOW % BELOW, state % BELOW];
    let states = 2 * BELOW * BELOW;
    let follows = |state: usize, next: usize| {
        let (before, after) = (numbers(state), numbers(next));
        calls.iter().any(|call| {
            let fits = |(&(argument, of), &is_smaller): (&(usize, usize), &bool)| match is_smaller {
                true => after[argument] < before[of],
                false => after[argument] == before[of],
            };
            call.caller == state / BELOW / BELOW
                && call.callee == next / BELOW / BELOW
                && call.relations.iter().all(fits)
        })
    };
    // States that nothing follows are taken away, until none is left or each has one that follows it.
    let mut left: Vec<usize> = (0..states).collect();
    loop {
        let before = left.len();
        left = left.iter().copied().filter(|&state| left.iter().any(|&next| follows(state, next))).collect();
        if left.is_empty() || left.len() == before {
            return !left.is_empty();
        }
    }
}

/// A recursive call's argument: from the variable `n` or `m` of the patterns `(s 'n)` and `(s 'm)`, or from `z`, this
/// many successors on top.
type Argument = (&'static str, u64);

fn argument() -> impl Strategy<Value = Argument> {
    (select(vec!["n", "m", "z"]), 0..3u64)
}

/// The right side of a clause, or a side of an axiom: a number over the variables of the patterns.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Side {
    Variable(usize),
    Zero,
    Successor(Box<Side>),
    Call(usize, Box<[Side; 2]>),
}

/// Functions of two numbers that may call each other: for each the patterns and the right side of its clauses.
type Functions = Vec<Vec<([Shape; 2], Side)>>;

impl Side {
    /// The text; of variables only those that the patterns have exist.
    fn text(&self, variables: u32) -> String {
        match self {
            Side::Variable(_) if variables == 0 => "z".to_owned(),
            Side::Variable(variable) => format!("'x{}", 1 + *variable as u32 % variables),
            Side::Zero => "z".to_owned(),
            Side::Successor(of) => format!("(s {})", of.text(variables)),
            Side::Call(function, arguments) => {
                format!("(f{function} {} {})", arguments[0].text(variables), arguments[1].text(variables))
            }
        }
    }

    /// The side of an axiom over this many variables.
    fn read(theory: &prover_theory::Theory, term: prover_logic::TermId, variables: usize) -> Side {
        use prover_logic::Term;
        let (head, arguments) = theory.environment.store.spine(term);
        let constant = match theory.environment.store.term(head) {
            Term::Bound(index) => return Side::Variable(variables - 1 - index as usize),
            Term::Const(constant) => constant,
            other => panic!("{other:?}"),
        };
        let mut arguments = arguments.iter().map(|&argument| Side::read(theory, argument, variables));
        let mut next = || arguments.next().unwrap();
        match &*theory.environment.declaration(constant).name {
            "z" => Side::Zero,
            "s" => Side::Successor(Box::new(next())),
            name => Side::Call(name[1..].parse().unwrap(), Box::new([next(), next()])),
        }
    }

    /// The value by the first clause that fits, for as long as there is fuel. Of variables only those that are given
    /// exist.
    fn value(&self, functions: &Functions, variables: &[u64], fuel: &mut u32) -> Option<u64> {
        *fuel = fuel.checked_sub(1)?;
        Some(match self {
            Side::Variable(_) if variables.is_empty() => 0,
            Side::Variable(variable) => variables[variable % variables.len()],
            Side::Zero => 0,
            Side::Successor(of) => 1 + of.value(functions, variables, fuel)?,
            Side::Call(function, arguments) => {
                let given =
                    [arguments[0].value(functions, variables, fuel)?, arguments[1].value(functions, variables, fuel)?];
                let fitting =
                    functions[*function].iter().find_map(|(patterns, right)| Some((bound(patterns, given)?, right)));
                let (variables, right) = fitting.unwrap_or_else(|| panic!("nothing fits {given:?}"));
                right.value(functions, &variables, fuel)?
            }
        })
    }
}

/// The values of the variables of two patterns that fit two numbers.
fn bound(patterns: &[Shape; 2], given: [u64; 2]) -> Option<Vec<u64>> {
    let mut variables = Vec::new();
    for (mut pattern, mut number) in patterns.iter().zip(given) {
        loop {
            match pattern {
                Variable => break variables.push(number),
                Made("z", _) if number == 0 => break,
                Made("s", inner) if number > 0 => (pattern, number) = (&inner[0], number - 1),
                Made(..) => return None,
            }
        }
    }
    Some(variables)
}

fn together(functions: &Functions) -> String {
    let names = (0..functions.len()).map(|place| format!("f{place} : [nat -> nat -> nat]"));
    let mut text = format!("{EQUALITY}{NAT}fun {} {{", names.collect::<Vec<_>>().join(", "));
    for (place, clauses) in functions.iter().enumerate() {
        for (index, ([left, right], value)) in clauses.iter().enumerate() {
            let mut next = 0;
            let (left, right) = (left.text(&mut next), right.text(&mut next));
            text += &format!(" c{place}_{index} : (f{place} {left} {right}) = {}.", value.text(next));
        }
    }
    text + " }"
}

/// An axiom of one of the functions: its patterns, its variables, and both of its sides.
#[derive(Clone)]
struct Axiom {
    function: usize,
    patterns: [Shape; 2],
    variables: usize,
    sides: [Side; 2],
}

fn axioms_of_all(theory: &prover_theory::Theory) -> Vec<Axiom> {
    use prover_logic::Term;
    let store = &theory.environment.store;
    let declarations = theory.environment.declarations();
    let after = declarations.skip_while(|(_, declaration)| &*declaration.name != "f0");
    let mut found = Vec::new();
    for (_, declaration) in after.filter(|(_, declaration)| declaration.name.starts_with('c')) {
        let (mut statement, mut variables) = (declaration.ty, 0);
        while let Term::Pi(_, range) = store.term(statement) {
            (statement, variables) = (range, variables + 1);
        }
        let (_, sides) = store.spine(statement);
        let (_, patterns) = store.spine(sides[1]);
        let patterns = [shape(theory, patterns[0]), shape(theory, patterns[1])];
        let sides = [sides[1], sides[2]].map(|side| Side::read(theory, side, variables));
        let Side::Call(function, _) = sides[0] else { panic!("{sides:?}") };
        found.push(Axiom { function, patterns, variables, sides });
    }
    found
}

const FUEL: u32 = 200_000;

/// Whether the interpreter comes to an end for small numbers, and finds both sides of each axiom the same there, and
/// exactly one axiom for each choice of arguments.
fn axioms_are_true(functions: &Functions, axioms: &[Axiom]) -> bool {
    let value = |side: &Side, variables: &[u64]| side.value(functions, variables, &mut FUEL.clone());
    let each_is_true = axioms.iter().all(|axiom| {
        let choices = 4u64.pow(axiom.variables as u32);
        (0..choices).all(|choice| {
            let variables: Vec<u64> = (0..axiom.variables).map(|place| choice / 4u64.pow(place as u32) % 4).collect();
            let sides = axiom.sides.each_ref().map(|side| value(side, &variables));
            sides[0].is_some() && sides[0] == sides[1]
        })
    });
    let each_has_one = (0..functions.len()).all(|function| {
        (0..36).all(|both| {
            let fits =
                |axiom: &&Axiom| axiom.function == function && bound(&axiom.patterns, [both / 6, both % 6]).is_some();
            axioms.iter().filter(fits).count() == 1
        })
    });
    each_is_true && each_has_one
}

/// Right sides in which calls are mostly about arguments that may be smaller.
fn side(functions: usize) -> impl Strategy<Value = Side> {
    let argument = || {
        prop_oneof![
            6 => (0..3usize).prop_map(Side::Variable),
            1 => Just(Side::Zero),
            1 => (0..3usize).prop_map(|variable| Side::Successor(Box::new(Side::Variable(variable)))),
        ]
    };
    let call = (0..functions, argument(), argument())
        .prop_map(|(function, left, right)| Side::Call(function, Box::new([left, right])));
    let nested = (0..functions, argument(), call.clone())
        .prop_map(|(function, left, right)| Side::Call(function, Box::new([left, right])));
    let either = prop_oneof![2 => argument(), 4 => call, 1 => nested];
    (either, any::<bool>()).prop_map(|(side, is_more)| if is_more { Side::Successor(Box::new(side)) } else { side })
}

/// Two or three functions, whose last clause fits whatever is left.
fn functions() -> impl Strategy<Value = Functions> {
    (2..4usize).prop_flat_map(|count| {
        let some = || numbers(2, Some(Variable));
        let clause =
            (select(some()), select(some()), side(count)).prop_map(|(left, right, side)| ([left, right], side));
        let last = argument_side().prop_map(|side| ([Variable, Variable], side));
        let clauses = (prop::collection::vec(clause, 1..3), last).prop_map(|(mut clauses, last)| {
            clauses.push(last);
            clauses
        });
        prop::collection::vec(clauses, count)
    })
}

fn argument_side() -> impl Strategy<Value = Side> {
    prop_oneof![(0..2usize).prop_map(Side::Variable), Just(Side::Zero)]
}

/// Each of two ways from the first function back to it makes the second number smaller, but they can take turns: one
/// makes the first number as great as is needed, the other makes it the second.
#[test]
fn calls_with_a_circle_that_needs_a_great_number_are_refused() {
    let call = |caller, callee, known: &[(usize, usize, bool)]| {
        let mut call = Call { caller, callee, ..Call::default() };
        known.iter().for_each(|&(argument, of, is_smaller)| call.relate(argument, of, is_smaller));
        call
    };
    let calls = [
        call(0, 1, &[(0, 1, false), (1, 0, true)]),
        call(1, 0, &[(0, 0, true), (1, 1, true)]),
        call(0, 1, &[(1, 1, false)]),
    ];
    assert!(have_circle(&calls) && require_end(&calls).is_err());
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
    fn newcomers_3_random_functions_that_call_each_other_mean_what_the_first_clause_says(functions in functions()) {
        let text = together(&functions);
        let (theory, report) = report(&text);
        let found: Vec<&str> = report.errors().map(|(_, error)| error.code).collect();
        prop_assert!(
            found.is_empty() || found == ["not-structural"] || found == ["overlapping-clauses"], "{}: {:?}", text, found
        );
        if found.is_empty() {
            prop_assert!(axioms_are_true(&functions, &axioms_of_all(&theory)), "{}", text);
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

    /// Calls of two functions of two numbers of which it is known only which are the same or smaller: accepted ones
    /// allow no circle among functions with small numbers, and refused ones allow one.
    #[test]
    fn newcomers_3_calls_are_accepted_where_no_circle_is_possible(
        calls in prop::collection::vec((0..2usize, 0..2usize, prop::array::uniform2(known())), 1..4),
    ) {
        let calls: Vec<Call> = calls
            .into_iter()
            .map(|(caller, callee, known)| {
                let mut call = Call { caller, callee, ..Call::default() };
                for (argument, known) in known.into_iter().enumerate() {
                    if let Some((of, is_smaller)) = known {
                        call.relate(argument, of, is_smaller);
                    }
                }
                call
            })
            .collect();
        prop_assert_eq!(require_end(&calls).is_ok(), !have_circle(&calls), "{:?}", calls);
    }

    /// Each of the four cases of two numbers ends or calls the function again. Accepted ones come to an end.
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

/// Functions that call each other: those of the random test are of both kinds; here are some of which the outcome is
/// known.
#[test]
fn newcomers_3_functions_that_call_each_other() {
    let functions = |clauses: &str| codes(&format!("{EQUALITY}{NAT}{TREE}{clauses}"));
    for clauses in [
        "fun even : [nat -> prop], odd : [nat -> prop] {
             (even z) = (= z z). (odd z) = (= z (s z)). (even (s 'n)) = (odd 'n). (odd (s 'n)) = (even 'n). }
         #print even. #print odd_s.",
        // One call hands on what the other makes smaller; the arguments change places.
        "fun f : [nat -> nat -> nat], g : [nat -> nat -> nat] {
             (f z 'm) = 'm. (f (s 'n) 'm) = (g 'm 'n). (g 'm 'n) = (s (f 'n 'm)). }",
        "fun f : [nat -> nat -> nat] { (f z 'm) = z. (f (s 'n) 'm) = (f 'm 'n). }",
        // First-match order, and more arguments in one than in the other.
        "fun half : [nat -> nat], up : [nat -> nat -> nat] {
             (half (s (s 'n))) = (up 'n (s z)). (half '_) = z. (up 'n 'm) = (s (half 'n)). }",
        "data list ('t : type) { nil : (list 't). cons : ['t -> (list 't) -> (list 't)]. }
         fun odds : [('t : type) -> (list 't) -> (list 't)], evens : [('t : type) -> (list 't) -> (list 't)] {
             (odds nil) = (nil 't). (odds (cons 'x 'xs)) = (cons 'x (evens 'xs)).
             (evens nil) = (nil 't). (evens (cons 'x 'xs)) = (odds 'xs). }
         two : (list nat) = (cons z (cons (s z) (nil nat))). #eval (odds two).",
    ] {
        assert_eq!(functions(clauses), Vec::<&str>::new(), "{clauses}");
    }
    // They are printed as they could be written.
    let text = "fun f : [nat -> nat], g : [nat -> nat] {\n  f_z : (f z) = z.\n  f_s : (f (s 'n)) = (g 'n).\n  \
                g_def : (g 'n) = (s (f 'n)).\n}";
    let (_, printed) = report(&format!("{EQUALITY}{NAT}{text} #print g."));
    assert_eq!(printed.files[0].items.last().unwrap().said.as_deref(), Some(text));
    for (clauses, code) in [
        ("fun f : [nat -> nat], g : [nat -> nat] { (f 'n) = (g 'n). (g 'n) = (s (f 'n)). }", "not-structural"),
        (
            "fun f : [nat -> nat], g : [nat -> nat] { (f z) = z. (f (s 'n)) = (g 'n). (g 'n) = (f (s 'n)). }",
            "not-structural",
        ),
        ("fun f : [nat -> nat], g : [nat -> nat] { (f 'n) = z. (g 'n) = (s (g 'n)). }", "not-structural"),
        // Each makes one argument smaller, and forgets the other one.
        (
            "fun f : [nat -> nat -> nat], g : [nat -> nat -> nat] {
                 (f z 'm) = z. (f (s 'n) 'm) = (g 'n (s 'm)). (g 'n z) = z. (g 'n (s 'm)) = (f (s 'n) 'm). }",
            "not-structural",
        ),
        (
            "fun f : [nat -> nat], g : [[nat -> nat] -> nat] { (f z) = z. (f (s 'n)) = (g f). (g 'h) = ('h z). }",
            "partial-recursion",
        ),
        (
            "fun f : [('t : type) -> tree -> nat], g : [('t : type) -> tree -> nat] {
                 (f leaf) = z. (f (node 'l 'n)) = (g nat 'l). (f (third 'n)) = z. (g 't 'x) = z. }",
            "not-structural",
        ),
        ("fun f : [nat -> nat], g : [nat -> nat] { (f z) = z. (f (s 'n)) = (g 'n). (g z) = z. }", "missing-case"),
        ("fun f : [nat -> nat], g : [nat -> nat] { (f 'n) = z. (g 'n) = z. (h 'n) = z. }", "bad-clause"),
        ("fun f : [nat -> nat], f : [nat -> nat] { (f 'n) = z. }", "duplicate-name"),
        ("fun f : [nat -> nat], g : [nat -> nat] { (f 'n) = z. (g (f 'n)) = z. }", "bad-pattern"),
    ] {
        let text = format!("{EQUALITY}{NAT}{TREE}{clauses}");
        let (theory, report) = report(&text);
        assert_eq!(report.errors().map(|(_, error)| error.code).collect::<Vec<_>>(), [code], "{clauses}");
        assert!(["f", "g"].iter().all(|name| theory.environment.find(name).is_none()), "{clauses}");
    }
}

/// The comparison of axioms of functions that call each other sees a wrong one, a missing one and one too many.
#[test]
fn newcomers_3_wrong_axioms_of_functions_that_call_each_other_are_noticed() {
    let call = |function, left: Side, right: Side| Side::Call(function, Box::new([left, right]));
    let successor = || Made("s", vec![Variable]);
    let functions: Functions = vec![
        vec![
            ([successor(), successor()], Side::Successor(Box::new(call(1, Side::Variable(1), Side::Variable(0))))),
            ([Variable, Variable], Side::Variable(1)),
        ],
        vec![
            ([successor(), Variable], call(0, Side::Variable(0), Side::Variable(1))),
            ([Variable, Variable], Side::Zero),
        ],
    ];
    let (theory, report) = report(&together(&functions));
    assert!(report.is_fine());
    let right = axioms_of_all(&theory);
    assert!(right.len() > 4 && axioms_are_true(&functions, &right));
    for index in 0..right.len() {
        let mut wrong = right.clone();
        wrong[index].sides[1] = Side::Successor(Box::new(wrong[index].sides[1].clone()));
        assert!(!axioms_are_true(&functions, &wrong));
        wrong.remove(index);
        assert!(!axioms_are_true(&functions, &wrong));
        let mut twice = right.clone();
        twice.push(right[index].clone());
        assert!(!axioms_are_true(&functions, &twice));
    }
}
