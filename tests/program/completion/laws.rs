//! Laws of operations as theories and goals: those of one operation from their usual notation, groups, rings.

/// The field of a line of JSON whose strings have no escapes.
pub fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!("\"{name}\": "))?;
    rest.trim_start_matches('"').split(['"', ',', '}']).next()
}

/// A law such as `x * y = (y * z) * x` as a proposition in which all its letters are quantified.
pub fn proposition(law: &str) -> String {
    let (left, right) = law.split_once('=').unwrap_or((law, law));
    let mut letters: Vec<char> = Vec::new();
    for letter in law.chars().filter(|letter| letter.is_alphabetic()) {
        if !letters.contains(&letter) {
            letters.push(letter);
        }
    }
    let binders: String = letters.iter().map(|letter| format!("('{letter} : M) -> ")).collect();
    let side = |text: &str| product(&mut text.chars().filter(|c| !c.is_whitespace()).peekable());
    format!("[{binders}(= {} {})]", side(left), side(right))
}

fn product(text: &mut std::iter::Peekable<impl Iterator<Item = char>>) -> String {
    let mut left = String::new();
    loop {
        let factor = match text.next() {
            Some('(') => product(&mut *text),
            Some(letter) => format!("'{letter}"),
            None => return left,
        };
        left = if left.is_empty() { factor } else { format!("(* {left} {factor})") };
        match text.next() {
            Some('*') => {}
            _ => return left,
        }
    }
}

const EQUALITY: &str = "= : [('t : type) -> 't -> 't -> prop].";

fn items(lines: &[&str]) -> Vec<String> {
    [EQUALITY].iter().chain(lines).map(|&line| line.to_owned()).collect()
}

/// The declarations of a theory with one operation and one law.
pub fn magma(law: &str) -> Vec<String> {
    let law = format!("law : {}.", proposition(law));
    items(&["M : type.", "* : [M -> M -> M].", &law])
}

/// The declarations of commutative groups.
pub fn group() -> Vec<String> {
    items(&[
        "G : type.",
        "op : [G -> G -> G].",
        "id : G.",
        "inv : [G -> G].",
        "op_assoc : [('a : G) -> ('b : G) -> ('c : G) -> (= (op (op 'a 'b) 'c) (op 'a (op 'b 'c)))].",
        "op_comm : [('a : G) -> ('b : G) -> (= (op 'a 'b) (op 'b 'a))].",
        "id_l : [('a : G) -> (= (op id 'a) 'a)].",
        "inv_l : [('a : G) -> (= (op (inv 'a) 'a) id)].",
    ])
}

/// The goals of the goal set groups.
pub const GROUP_GOALS: [&str; 7] = [
    "[('a : G) -> (= (op 'a id) 'a)]",
    "[('a : G) -> (= (op 'a (inv 'a)) id)]",
    "(= (inv id) id)",
    "[('a : G) -> (= (inv (inv 'a)) 'a)]",
    "[('a : G) -> ('b : G) -> ('c : G) -> (= (op 'a 'b) (op 'a 'c)) -> (= 'b 'c)]",
    "[('a : G) -> ('b : G) -> (= (op 'a 'b) id) -> (= 'b (inv 'a))]",
    "[('a : G) -> ('b : G) -> (= (inv (op 'a 'b)) (op (inv 'a) (inv 'b)))]",
];

/// The declarations of a sum and a product that are commutative and associative, the product distributing over the
/// sum.
pub fn ring() -> Vec<String> {
    items(&[
        "R : type.",
        "plus : [R -> R -> R].",
        "times : [R -> R -> R].",
        "pc : [('x : R) -> ('y : R) -> (= (plus 'x 'y) (plus 'y 'x))].",
        "pa : [('x : R) -> ('y : R) -> ('z : R) -> (= (plus (plus 'x 'y) 'z) (plus 'x (plus 'y 'z)))].",
        "mc : [('x : R) -> ('y : R) -> (= (times 'x 'y) (times 'y 'x))].",
        "ma : [('x : R) -> ('y : R) -> ('z : R) -> (= (times 'x (times 'y 'z)) (times (times 'x 'y) 'z))].",
        "d : [('x : R) -> ('y : R) -> ('z : R) -> (= (times 'x (plus 'y 'z)) (plus (times 'x 'y) (times 'x 'z)))].",
    ])
}

/// All of some terms by an operator, brackets to the left.
fn all_by(operator: &str, terms: impl Iterator<Item = String>) -> String {
    terms.reduce(|left, right| format!("({operator} {left} {right})")).unwrap_or_default()
}

/// A sum of this many variables, in one order and in the other.
fn reversed_sum(count: usize) -> String {
    let binders: String = (0..count).map(|number| format!("('x{number} : R) -> ")).collect();
    let names = |number: usize| format!("'x{number}");
    let (left, right) = (all_by("plus", (0..count).map(names)), all_by("plus", (0..count).rev().map(names)));
    format!("[{binders}(= {left} {right})]")
}

/// A power of `a + b`, and the sum of all products of its factors.
fn power(exponent: u32) -> String {
    let power = all_by("times", (0..exponent).map(|_| "(plus 'a 'b)".to_owned()));
    let letter = |bits: u32, bit: u32| if bits >> bit & 1 == 0 { "'a" } else { "'b" }.to_owned();
    let products = (0..1u32 << exponent).map(|bits| all_by("times", (0..exponent).map(move |bit| letter(bits, bit))));
    format!("[('a : R) -> ('b : R) -> (= {power} {})]", all_by("plus", products))
}

/// Goals that hold by the laws of a ring alone, with names.
pub fn ring_goals() -> Vec<(String, String)> {
    let sums = [14, 50].map(|count| (format!("sum of {count} reversed"), reversed_sum(count)));
    let powers = [3, 4].map(|exponent| (format!("(a + b)^{exponent}"), power(exponent)));
    sums.into_iter().chain(powers).collect()
}

/// A text with a name replaced wherever it stands between blanks and brackets.
pub fn renamed(text: &str, from: &str, to: &str) -> String {
    let is_border = |c: char| c.is_whitespace() || "()[].".contains(c);
    let mut result = String::new();
    let mut word = String::new();
    for c in text.chars().chain([' ']) {
        if is_border(c) {
            result.push_str(if word == from { to } else { &word });
            word.clear();
            result.push(c);
        } else {
            word.push(c);
        }
    }
    result.pop();
    result
}
