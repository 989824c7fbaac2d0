//! The kinds of the Mathematics Dataset (Saxton et al., *Analysing Mathematical Reasoning Abilities of Neural Models*,
//! 2019), in questions of our own.

use super::modules::{convert, how_many, listed, truth};
use super::{Maker, Module, Written};
use crate::answer::data::Pair;
use crate::graph::algebra::budget::Budget;
use crate::graph::algebra::name::Name;
use crate::graph::algebra::number::Number;
use crate::graph::algebra::polynomial::Polynomial;
use crate::graph::algebra::value::{Scalar, Value};
use crate::graph::algebra::{factor, integer};

const fn plain(name: &'static str, make: fn(&Maker<'_>) -> Option<Pair>) -> Module {
    Module { name, make, is_composed: false }
}

/// The same kind with names in the place of some numbers, which sentences before the question define.
const fn composed(name: &'static str, make: fn(&Maker<'_>) -> Option<Pair>) -> Module {
    Module { name, make, is_composed: true }
}

/// A module for each kind of the dataset, under its name.
pub(super) const KINDS: &[Module] = &[
    plain("own__algebra__linear_1d", linear_1d),
    composed("own__algebra__linear_1d_composed", linear_1d),
    plain("own__algebra__linear_2d", linear_2d),
    composed("own__algebra__linear_2d_composed", linear_2d),
    plain("own__algebra__polynomial_roots", polynomial_roots),
    composed("own__algebra__polynomial_roots_composed", polynomial_roots),
    plain("own__algebra__sequence_next_term", sequence_next_term),
    plain("own__algebra__sequence_nth_term", sequence_nth_term),
    plain("own__arithmetic__add_or_sub", add_or_sub),
    plain("own__arithmetic__add_or_sub_in_base", add_or_sub_in_base),
    plain("own__arithmetic__add_sub_multiple", add_sub_multiple),
    plain("own__arithmetic__div", div),
    plain("own__arithmetic__mixed", mixed),
    plain("own__arithmetic__mul", mul),
    plain("own__arithmetic__mul_div_multiple", mul_div_multiple),
    plain("own__arithmetic__nearest_integer_root", nearest_integer_root),
    plain("own__arithmetic__simplify_surd", simplify_surd),
    plain("own__calculus__differentiate", differentiate),
    composed("own__calculus__differentiate_composed", differentiate),
    plain("own__comparison__closest", closest),
    composed("own__comparison__closest_composed", closest),
    plain("own__comparison__kth_biggest", kth_biggest),
    composed("own__comparison__kth_biggest_composed", kth_biggest),
    plain("own__comparison__pair", pair),
    composed("own__comparison__pair_composed", pair),
    plain("own__comparison__sort", sort),
    composed("own__comparison__sort_composed", sort),
    plain("own__measurement__conversion", conversion),
    plain("own__measurement__time", time),
    plain("own__numbers__base_conversion", base_conversion),
    plain("own__numbers__div_remainder", div_remainder),
    composed("own__numbers__div_remainder_composed", div_remainder),
    plain("own__numbers__gcd", gcd),
    composed("own__numbers__gcd_composed", gcd),
    plain("own__numbers__is_factor", is_factor),
    composed("own__numbers__is_factor_composed", is_factor),
    plain("own__numbers__is_prime", is_prime),
    composed("own__numbers__is_prime_composed", is_prime),
    plain("own__numbers__lcm", lcm),
    composed("own__numbers__lcm_composed", lcm),
    plain("own__numbers__list_prime_factors", list_prime_factors),
    composed("own__numbers__list_prime_factors_composed", list_prime_factors),
    plain("own__numbers__place_value", place_value),
    composed("own__numbers__place_value_composed", place_value),
    plain("own__numbers__round_number", round_number),
    composed("own__numbers__round_number_composed", round_number),
    plain("own__polynomials__add", add),
    plain("own__polynomials__coefficient_named", coefficient_named),
    plain("own__polynomials__collect", collect),
    plain("own__polynomials__compose", compose),
    plain("own__polynomials__evaluate", evaluate),
    composed("own__polynomials__evaluate_composed", evaluate),
    plain("own__polynomials__expand", expand),
    plain("own__polynomials__simplify_power", simplify_power),
    plain("own__probability__swr_p_level_set", level_set),
    plain("own__probability__swr_p_sequence", sequence),
];

/// A number other than zero, of either sign.
fn signed(m: &Maker<'_>, easy: i64, medium: i64, hard: i64) -> i64 {
    let size = m.sized(easy, medium, hard) - 1;
    if m.is(0.5) { size } else { -size }
}

/// The second part of a sum: `+ 3`, `- 3` or `+ w`.
fn plus(text: &str) -> String {
    text.strip_prefix('-').map_or_else(|| format!("+ {text}"), |digits| format!("- {digits}"))
}

/// A whole number, decimal or fraction in figures, of either sign.
fn figure(m: &Maker<'_>, with_fractions: bool) -> Written {
    let number = signed(m, 30, 300, 30_000);
    let written = match m.between(0, 9) {
        0..=2 => m.decimal(number.abs()),
        3 | 4 if with_fractions => m.fraction(),
        _ => return written(Number::from(number), false),
    };
    let value = if number < 0 { -&written.value.number } else { written.value.number };
    self::written(value, written.value.is_decimal)
}

fn written(number: Number, is_decimal: bool) -> Written {
    let value = Scalar { number, is_decimal };
    Written { text: value.to_string(), value }
}

fn sum(a: &Written, b: &Written, sign: i64) -> Scalar {
    let other = &b.value.number * &Number::from(sign);
    Scalar { number: &a.value.number + &other, is_decimal: a.value.is_decimal || b.value.is_decimal }
}

fn whole(numbers: &[i64]) -> Vec<Number> {
    numbers.iter().map(|number| Number::from(*number)).collect()
}

/// The polynomial with these coefficients, the constant's first.
fn polynomial(name: &str, coefficients: &[i64]) -> Option<Polynomial> {
    Some(Polynomial::from_coefficients(Name::new(name)?, &whole(coefficients)))
}

/// Coefficients of a polynomial of a degree, the constant's first and the last not zero.
fn coefficients(m: &Maker<'_>, degree: i64) -> Vec<i64> {
    let mut all: Vec<i64> = (0..degree).map(|_| if m.is(0.2) { 0 } else { signed(m, 9, 30, 300) }).collect();
    all.push(signed(m, 9, 30, 300));
    all
}

fn value(coefficients: &[i64], x: i64) -> i64 {
    coefficients.iter().rev().fold(0, |sum, coefficient| sum * x + coefficient)
}

/// A number or a name, times a power of a variable.
fn monomial(factor: &str, name: &str, power: usize) -> String {
    match power {
        0 => factor.to_owned(),
        1 => format!("{factor}*{name}"),
        _ => format!("{factor}*{name}**{power}"),
    }
}

/// A sum in a variable, with the coefficients as they are given: numbers or names.
fn shown(m: &Maker<'_>, name: &str, coefficients: &[i64]) -> String {
    let mut text = String::new();
    for (power, coefficient) in coefficients.iter().enumerate().rev().filter(|(_, coefficient)| **coefficient != 0) {
        let term = monomial(&m.given(*coefficient), name, power);
        text = if text.is_empty() { term } else { format!("{text} {}", plus(&term)) };
    }
    text
}

const SOLVE: &[&str] = &[
    "solve $1 for $2@end",
    "{suppose|let|assume} $1. {what is|calculate|find|determine} $2@end",
    "{what is|find|calculate} $2 {in|if|when} $1@end",
    "{given|if} $1, {what is|find} $2@end",
];

fn linear_1d(m: &Maker<'_>) -> Option<Pair> {
    let (x, name) = (signed(m, 10, 30, 200), m.letter());
    let (a, b, c) = (signed(m, 9, 30, 100), signed(m, 20, 100, 500), signed(m, 9, 30, 100));
    let equation = match m.between(0, 2) {
        0 => format!("{a}*{name} {} = {}", plus(&m.given(b)), a * x + b),
        1 => format!("{} = {a}*{name} {}", m.given(a * x + b), plus(&b.to_string())),
        _ if a != c => format!("{a}*{name} = {c}*{name} {}", plus(&m.given((a - c) * x))),
        _ => return None,
    };
    m.ask(SOLVE, &[&equation, &name], x)
}

fn linear_2d(m: &Maker<'_>) -> Option<Pair> {
    let (x, y) = (m.letter(), m.letter());
    let (at_x, at_y) = (signed(m, 8, 20, 60), signed(m, 8, 20, 60));
    let [a, b, c, d] = [0; 4].map(|_| signed(m, 6, 12, 40));
    if a * d == b * c {
        return None;
    }
    let first = format!("{a}*{x} {}*{y} = {}", plus(&b.to_string()), m.given(a * at_x + b * at_y));
    let second = format!("{} = {c}*{x} {}*{y}", m.given(c * at_x + d * at_y), plus(&d.to_string()));
    let (name, answer) = if m.is(0.5) { (&x, at_x) } else { (&y, at_y) };
    m.ask(SOLVE, &[&format!("{first}, {second}"), name], answer)
}

fn polynomial_roots(m: &Maker<'_>) -> Option<Pair> {
    let name = m.letter();
    let roots: Vec<i64> = (0..m.between(2, 3)).map(|_| signed(m, 9, 30, 100)).collect();
    let mut product = vec![1];
    for root in &roots {
        let mut next = vec![0; product.len() + 1];
        for (power, coefficient) in product.iter().enumerate() {
            next[power + 1] += coefficient;
            next[power] -= coefficient * root;
        }
        product = next;
    }
    let f = polynomial(&name, &product)?;
    let text = if m.is_plain() { f.to_string() } else { shown(m, &name, &product) };
    if m.is(0.5) {
        let factored = factor::factor(&f, &mut Budget::default()).ok()?;
        return m.ask(&["{factor|factorise|factorize} $1@end", "{write|give} $1 as a product@end"], &[&text], factored);
    }
    let mut distinct = roots;
    distinct.sort_unstable();
    distinct.dedup();
    m.ask(SOLVE, &[&format!("{text} = 0"), &name], listed(&distinct))
}

/// Coefficients of a sequence's polynomial, and its first terms.
fn terms(m: &Maker<'_>) -> (Vec<i64>, Vec<i64>) {
    let degree = m.between(1, 3);
    let coefficients = coefficients(m, degree);
    let terms = (1..=degree + m.between(2, 4)).map(|n| value(&coefficients, n)).collect();
    (coefficients, terms)
}

fn sequence_next_term(m: &Maker<'_>) -> Option<Pair> {
    let (coefficients, terms) = terms(m);
    m.ask(
        &["what {comes next:|is next in} $1@end", "{what is|find} the next {term|number} {of|in} $1@end"],
        &[&listed(&terms)],
        value(&coefficients, terms.len() as i64 + 1),
    )
}

fn sequence_nth_term(m: &Maker<'_>) -> Option<Pair> {
    let (coefficients, terms) = terms(m);
    let name = m.letter();
    m.ask(
        &[
            "{what is|find|give} the $2'th term of $1@end",
            "{what is|find} the $2'th {number|term} in the sequence $1@end",
        ],
        &[&listed(&terms), &name],
        polynomial(&name, &coefficients)?,
    )
}

fn add_or_sub(m: &Maker<'_>) -> Option<Pair> {
    let (a, b) = (figure(m, false), figure(m, false));
    if m.is(0.5) {
        let wordings =
            &["@ask $1 + $2@end", "{add|add together|sum} $1 and $2@end", "total of $1 and $2@end", "$1 + $2"];
        return m.ask(wordings, &[&a.text, &b.text], sum(&a, &b, 1));
    }
    let wordings = &["@ask $1 - $2@end", "subtract $2 from $1@end", "@ask $1 {minus|take away|less} $2@end", "$1 - $2"];
    m.ask(wordings, &[&a.text, &b.text], sum(&a, &b, -1))
}

fn add_or_sub_in_base(m: &Maker<'_>) -> Option<Pair> {
    let (base, a, b) = (m.between(2, 16), signed(m, 500, 5_000, 500_000), signed(m, 500, 5_000, 500_000));
    let digits = |n: i64| integer::to_base(&Number::from(n).numerator(), base as u32);
    let (sign, answer) = if m.is(0.5) { ("+", a + b) } else { ("-", a - b) };
    m.ask(
        &["in base $1, what is $2 $4 $3@end", "{calculate|work out|evaluate} $2 $4 $3 in base $1@end"],
        &[&base.to_string(), &digits(a), &digits(b), sign],
        digits(answer),
    )
}

/// An expression of so many whole numbers with its value; `None` where it divides by zero.
fn tree(m: &Maker<'_>, leaves: i64, operations: &[char]) -> Option<(String, Number)> {
    if leaves == 1 {
        let number = signed(m, 12, 40, 200);
        return Some((number.to_string(), Number::from(number)));
    }
    let left = m.between(1, leaves - 1);
    let (x, y) = (tree(m, left, operations)?, tree(m, leaves - left, operations)?);
    let operation = m.one_of(operations);
    let bracketed = |text: &str| match text.parse::<u64>() {
        Ok(_) => text.to_owned(),
        Err(_) => format!("({text})"),
    };
    let first = if "+-".contains(operation) { x.0.clone() } else { bracketed(&x.0) };
    let (text, value) = match operation {
        '+' => (format!("{first} + {}", bracketed(&y.0)), &x.1 + &y.1),
        '-' => (format!("{first} - {}", bracketed(&y.0)), &x.1 - &y.1),
        '*' => (format!("{first}*{}", bracketed(&y.0)), &x.1 * &y.1),
        _ => (format!("{first}/{}", bracketed(&y.0)), x.1.divide(&y.1)?),
    };
    Some((text, value))
}

fn calculation(m: &Maker<'_>, operations: &[char]) -> Option<Pair> {
    let (text, value) = tree(m, m.between(3, 5), operations)?;
    m.ask(&["{calculate|evaluate|work out} $1@end", "what is {the value of|} $1@end", "$1"], &[&text], value)
}

fn add_sub_multiple(m: &Maker<'_>) -> Option<Pair> {
    calculation(m, &['+', '-'])
}

fn mul_div_multiple(m: &Maker<'_>) -> Option<Pair> {
    calculation(m, &['*', '/'])
}

fn mixed(m: &Maker<'_>) -> Option<Pair> {
    calculation(m, &['+', '-', '*', '/'])
}

fn mul(m: &Maker<'_>) -> Option<Pair> {
    let (a, b) = (figure(m, false), figure(m, false));
    let product = &a.value.number * &b.value.number;
    m.ask(
        &[
            "@ask $1 times $2@end",
            "@ask $1 * $2@end",
            "@ask the product of $1 and $2@end",
            "multiply $1 {and|by} $2@end",
        ],
        &[&a.text, &b.text],
        Scalar { number: product, is_decimal: a.value.is_decimal || b.value.is_decimal },
    )
}

fn div(m: &Maker<'_>) -> Option<Pair> {
    let (a, b) = (signed(m, 200, 2_000, 200_000), signed(m, 20, 100, 2_000));
    let quotient = Number::quotient(a.into(), b.into())?;
    let wordings = &["@ask $1 divided by $2@end", "divide $1 by $2@end", "$1 divided by $2"];
    m.ask(wordings, &[&a.to_string(), &b.to_string()], quotient)
}

fn nearest_integer_root(m: &Maker<'_>) -> Option<Pair> {
    let n = m.sized(1_000, 100_000, 100_000_000);
    let (degree, name) = m.one_of(&[(2, "square"), (2, "square"), (3, "cube"), (4, "fourth"), (5, "fifth")]);
    let root = integer::nearest_root(&n.into(), &degree.into()).ok()?;
    m.ask(
        &[
            "what is the $2 root of $1 to the nearest integer@end",
            "what is $1 to the power of 1/$3, to the nearest integer@end",
            "{find|calculate} the $2 root of $1 to the nearest {integer|whole number}@end",
        ],
        &[&n.to_string(), name, &degree.to_string()],
        root,
    )
}

fn simplify_surd(m: &Maker<'_>) -> Option<Pair> {
    let (s, t) = (m.one_of(&[2, 3, 5, 7, 11, 13, 17, 19]), m.one_of(&[2, 3, 5, 7, 11, 13]));
    let (a, b, c) = (signed(m, 6, 12, 30), m.between(2, 6), signed(m, 6, 12, 30));
    let inside = s * b * b;
    let (text, factor, root) = match m.between(0, 3) {
        0 => (format!("{a}*sqrt({inside}) {}*sqrt({s})", plus(&c.to_string())), a * b + c, s),
        1 => (format!("sqrt({s})*{c}*sqrt({inside})"), c * s * b, 1),
        2 if s != t => (format!("({a}*sqrt({}))/sqrt({t})", s * t), a, s),
        _ => (format!("sqrt({s})*-{b} {}*sqrt({inside})*{b}", plus(&c.to_string())), c * b * b - b, s),
    };
    let answer = match (factor, root) {
        (0, _) | (_, 1) => factor.to_string(),
        (1, _) => format!("sqrt({root})"),
        (-1, _) => format!("-sqrt({root})"),
        _ => format!("{factor}*sqrt({root})"),
    };
    m.ask(&["simplify $1@end", "{write|give} $1 {in simplest form|simplified}@end"], &[&text], answer)
}

fn differentiate(m: &Maker<'_>) -> Option<Pair> {
    let name = m.letter();
    let coefficients = coefficients(m, m.between(1, 5));
    let mut f = polynomial(&name, &coefficients)?;
    let text = if m.is_plain() { f.to_string() } else { shown(m, &name, &coefficients) };
    let (order, ordinal) = m.one_of(&[(1, "first"), (2, "second"), (3, "third")]);
    for _ in 0..order {
        f = f.derivative(Name::new(&name)?, &mut Budget::default()).ok()?;
    }
    let parts: &[&str] = &[&text, &name, ordinal];
    if order == 1 && m.is(0.6) {
        return m.ask(
            &[
                "differentiate $1 {wrt|with respect to} $2@end",
                "what is the derivative of $1 {wrt|with respect to} $2@end",
            ],
            parts,
            f,
        );
    }
    m.ask(
        &["{what is|find} the $3 derivative of $1 {wrt|with respect to} $2@end", "@name the $3 derivative of $1@end"],
        parts,
        f,
    )
}

/// Different numbers, as a row and each by itself; of a composition whole ones, some by name.
fn row(m: &Maker<'_>, count: i64) -> Option<(Vec<Written>, String)> {
    let mut items: Vec<Written> = Vec::new();
    for _ in 0..count {
        let item = if m.is_plain() {
            figure(m, true)
        } else {
            let number = signed(m, 20, 60, 300);
            Written { text: m.given(number), ..written(Number::from(number), false) }
        };
        if items.iter().any(|other| other.value.number == item.value.number) {
            return None;
        }
        items.push(item);
    }
    let text = items.iter().map(|item| item.text.as_str()).collect::<Vec<_>>().join(", ");
    Some((items, text))
}

fn closest(m: &Maker<'_>) -> Option<Pair> {
    let target = signed(m, 20, 60, 300);
    let (mut items, text) = row(m, m.between(3, 5))?;
    let distance = |item: &Written| (&item.value.number - &Number::from(target)).abs();
    items.sort_by_key(distance);
    if distance(&items[0]) == distance(&items[1]) {
        return None;
    }
    m.ask(
        &[
            "{what|which} is the {nearest|closest} to $1 in $2@end",
            "which {number|value} of $2 is {nearest|closest} to $1@end",
        ],
        &[&target.to_string(), &text],
        &items[0].text,
    )
}

fn kth_biggest(m: &Maker<'_>) -> Option<Pair> {
    let (mut items, text) = row(m, m.between(3, 6))?;
    items.sort_by(|a, b| a.value.number.cmp(&b.value.number));
    let (index, ordinal) = m.one_of(&[(0, ""), (1, "second"), (2, "third")]);
    let word = if m.is(0.5) {
        items.reverse();
        "biggest"
    } else {
        "smallest"
    };
    m.ask(
        &["what is the $1 $2 value in $3@end", "{find|which is|name} the $1 $2 {value|number} {in|of} $3@end"],
        &[ordinal, word, &text],
        &items[index].text,
    )
}

fn pair(m: &Maker<'_>) -> Option<Pair> {
    let (mut items, _) = row(m, 2)?;
    let is_less = items[0].value.number < items[1].value.number;
    let (first, second) = (items[0].text.clone(), items[1].text.clone());
    if m.is(0.5) {
        items.sort_by(|a, b| a.value.number.cmp(&b.value.number));
        let (wording, answer) = match m.is(0.5) {
            true => ("which is {bigger|greater|larger}: $1 or $2@end", &items[1]),
            false => ("which is smaller: $1 or $2@end", &items[0]),
        };
        return m.ask(&[wording], &[&first, &second], &answer.text);
    }
    let (wordings, answer): (&[&str], bool) = match m.between(0, 2) {
        0 => (&["is $1 {bigger|greater|larger} than $2@end", "is $1 > $2@end"], !is_less),
        1 => (&["is $1 {smaller|less} than $2@end", "is $1 < $2@end"], is_less),
        _ => (&["is $1 equal to $2@end", "is $1 = $2@end"], false),
    };
    m.ask(wordings, &[&first, &second], truth(answer))
}

fn sort(m: &Maker<'_>) -> Option<Pair> {
    let (mut items, text) = row(m, m.between(3, 7))?;
    items.sort_by(|a, b| a.value.number.cmp(&b.value.number));
    let is_up = m.is(0.6);
    if !is_up {
        items.reverse();
    }
    let texts: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
    let up = &[
        "sort $1@end",
        "{sort|put} $1 in {ascending|increasing} order@end",
        "sort $1 in {ascending|increasing} order@end",
    ];
    let down = &["{sort|put} $1 in {descending|decreasing} order@end", "sort $1 in {descending|decreasing} order@end"];
    m.ask(if is_up { up } else { down }, &[&text], texts.join(", "))
}

fn conversion(m: &Maker<'_>) -> Option<Pair> {
    if m.is(0.7) { convert(m) } else { how_many(m) }
}

fn time(m: &Maker<'_>) -> Option<Pair> {
    let (from, length) = (m.between(0, 1_439), m.between(1, 719));
    let shown = |minutes: i64| Value::Time(minutes.rem_euclid(1_440) as u16).to_string();
    let (start, minutes) = (shown(from), length.to_string());
    match m.between(0, 2) {
        0 => m.ask(
            &[
                "how many minutes are there between $1 and $2@end",
                "how many minutes {is it|are there} from $1 to $2@end",
            ],
            &[&start, &shown(from + length)],
            length,
        ),
        1 => m.ask(
            &["what is $2 minutes after $1@end", "what time is it $2 minutes after $1@end"],
            &[&start, &minutes],
            shown(from + length),
        ),
        _ => m.ask(
            &["what is $2 minutes before $1@end", "what time is it $2 minutes before $1@end"],
            &[&start, &minutes],
            shown(from - length),
        ),
    }
}

fn base_conversion(m: &Maker<'_>) -> Option<Pair> {
    let (from, to, n) = (m.between(2, 16), m.between(2, 16), signed(m, 500, 5_000, 500_000));
    let digits = |base: i64| integer::to_base(&Number::from(n).numerator(), base as u32);
    m.ask(
        &[
            "convert $1 (base $2) to base $3@end",
            "what is $1 (base $2) in base $3@end",
            "$1 (base $2) to base $3",
            "{write|express} $1 (base $2) in base $3@end",
        ],
        &[&digits(from), &from.to_string(), &to.to_string()],
        digits(to),
    )
}

fn div_remainder(m: &Maker<'_>) -> Option<Pair> {
    let (a, b) = (m.sized(500, 5_000, 500_000), m.sized(30, 300, 3_000));
    m.ask(
        &[
            "{what is|calculate|find} the remainder when $1 is divided by $2@end",
            "@name the remainder of $1 divided by $2@end",
        ],
        &[&m.given(a), &m.given(b)],
        a % b,
    )
}

/// Two numbers with common divisors.
fn related(m: &Maker<'_>) -> (i64, i64) {
    let common = m.sized(12, 60, 600);
    (common * m.between(1, 20), common * m.between(1, 20))
}

fn gcd(m: &Maker<'_>) -> Option<Pair> {
    let (a, b) = related(m);
    m.ask(
        &[
            "{what is|calculate} the {greatest|highest} common {factor|divisor} of $1 and $2@end",
            "{find|determine} the {largest|greatest} common {factor|divisor} of $1 and $2@end",
        ],
        &[&m.given(a), &m.given(b)],
        integer::gcd(&Number::from(a), &Number::from(b)),
    )
}

fn lcm(m: &Maker<'_>) -> Option<Pair> {
    let (a, b) = related(m);
    let answer = integer::lcm(&Number::from(a), &Number::from(b));
    if m.is_plain() && m.is(0.4) {
        let (x, y) = (signed(m, 30, 200, 900), signed(m, 30, 200, 900));
        let (x, y) = (Number::quotient(x.into(), a.into())?, Number::quotient(y.into(), b.into())?);
        let below = integer::lcm(&x.denominator().into(), &y.denominator().into());
        return m.ask(
            &[
                "{what is|calculate} the common denominator of $1 and $2@end",
                "find the common denominator of $1 and $2@end",
            ],
            &[&x.to_string(), &y.to_string()],
            below,
        );
    }
    m.ask(
        &[
            "{what is|calculate} the {least|lowest|smallest} common multiple of $1 and $2@end",
            "{find|determine} the {least|lowest|smallest} common multiple of $1 and $2@end",
        ],
        &[&m.given(a), &m.given(b)],
        answer,
    )
}

fn is_factor(m: &Maker<'_>) -> Option<Pair> {
    let b = m.sized(12, 60, 300);
    let a = if m.is(0.5) { b * m.sized(50, 200, 2_000) } else { m.sized(500, 5_000, 500_000) };
    m.ask(
        &[
            "is $1 a multiple of $2@end",
            "is $2 a factor of $1@end",
            "does $2 divide $1@end",
            "is $1 divisible by $2@end",
        ],
        &[&m.given(a), &m.given(b)],
        truth(a % b == 0),
    )
}

fn is_prime(m: &Maker<'_>) -> Option<Pair> {
    let n = m.sized(300, 10_000, 1_000_000);
    let is_prime = integer::is_prime(&n.into(), &mut Budget::default()).ok()?;
    let number = m.given(n);
    match m.is(0.5) {
        true => m.ask(&["is $1 {a prime number|prime}@end", "is $1 a prime number@end"], &[&number], truth(is_prime)),
        false => {
            m.ask(&["is $1 {composite|a composite number}@end", "is $1 composite@end"], &[&number], truth(!is_prime))
        }
    }
}

fn list_prime_factors(m: &Maker<'_>) -> Option<Pair> {
    let n = m.sized(500, 5_000, 500_000);
    let primes: Vec<_> =
        integer::factors(&n.into(), &mut Budget::default()).ok()?.into_iter().map(|(p, _)| p).collect();
    m.ask(
        &["{list|what are} the prime factors of $1@end", "{find|give} {all|the} prime factors of $1@end"],
        &[&m.given(n)],
        listed(&primes),
    )
}

fn place_value(m: &Maker<'_>) -> Option<Pair> {
    let n = m.sized(5_000, 90_000, 9_000_000);
    let places = ["units", "tens", "hundreds", "thousands", "ten thousands", "hundred thousands"];
    let place = m.between(0, (n.ilog10() as i64).min(5)) as usize;
    m.ask(
        &["what is the $2 digit of $1@end", "{give|find|determine} the $2 digit of $1@end"],
        &[&m.given(n), places[place]],
        n / 10i64.pow(place as u32) % 10,
    )
}

fn round_number(m: &Maker<'_>) -> Option<Pair> {
    if m.is_plain() && m.is(0.5) {
        let (places, word) = m.one_of(&[(1, "one"), (2, "two"), (3, "three"), (4, "four")]);
        let digits =
            Number::quotient(signed(m, 9_000, 900_000, 90_000_000).into(), 10i128.pow(m.between(3, 6) as u32))?;
        let unit = Number::quotient(1, 10i128.pow(places))?;
        let answer = written(integer::round_to(&digits, &unit)?, true).text;
        let noun = if places == 1 { "decimal place" } else { "decimal places" };
        return m.ask(
            &["round $1 to $2 $3@end", "what is $1 rounded to $2 $3@end", "round $1 to $4 {dps|$3}@end"],
            &[&written(digits, true).text, word, noun, &places.to_string()],
            answer,
        );
    }
    let n = signed(m, 9_000, 900_000, 90_000_000);
    let (exponent, word) = m.one_of(&[(1, "ten"), (2, "one hundred"), (3, "one thousand"), (4, "ten thousand")]);
    let unit = Number::from(10i64.pow(exponent));
    let answer = integer::round_to(&Number::from(n), &unit)?;
    m.ask(
        &[
            "round $1 to the nearest $2@end",
            "what is $1 rounded to the nearest $2@end",
            "round $1 to the nearest $3@end",
        ],
        &[&m.given(n), word, &unit.to_string()],
        answer,
    )
}

fn add(m: &Maker<'_>) -> Option<Pair> {
    let (f, g, x, y, z) = (m.letter(), m.letter(), m.letter(), m.letter(), m.letter());
    let (first, second) = (coefficients(m, m.between(1, 3)), coefficients(m, m.between(1, 3)));
    let (a, b) = (signed(m, 9, 20, 60), signed(m, 9, 20, 60));
    let at = |factor: i64, coefficients: &[i64]| {
        polynomial(&z, &coefficients.iter().map(|coefficient| factor * coefficient).collect::<Vec<_>>())
    };
    let answer = at(a, &first)?.add(&at(b, &second)?, &mut Budget::default()).ok()?;
    let body = format!("{a}*{f}({z}) {}*{g}({z})", plus(&b.to_string()));
    let (p, q) = (polynomial(&x, &first)?.to_string(), polynomial(&y, &second)?.to_string());
    m.ask(
        &[
            "let $1($2) = $3. let $4($5) = $6. {what is|calculate|give} $7@end",
            "let $1($2) = $3. let $4($5) = $6. {determine|find} $7@end",
        ],
        &[&f, &x, &p, &g, &y, &q, &body],
        answer,
    )
}

fn coefficient_named(m: &Maker<'_>) -> Option<Pair> {
    let name = m.letter();
    let coefficients = coefficients(m, m.between(1, 3));
    let letters: Vec<String> = coefficients.iter().map(|_| m.letter()).collect();
    let mut terms = Vec::new();
    let mut form = Vec::new();
    for (power, (coefficient, letter)) in coefficients.iter().zip(&letters).enumerate() {
        let part = signed(m, 9, 30, 200);
        let times = |factor: &str| monomial(factor, &name, power);
        terms.extend([times(&part.to_string()), times(&(coefficient - part).to_string())]);
        form.push(times(letter));
    }
    let chosen = m.between(0, coefficients.len() as i64 - 1) as usize;
    let sum = terms[1..].iter().fold(terms[0].clone(), |sum, term| format!("{sum} {}", plus(term)));
    m.ask(
        &[
            "{rearrange|express} $1 {to|in} the form $2 and give $3@end",
            "write $1 in the form $2 and {give|find} $3@end",
        ],
        &[&sum, &form.join(" + "), &letters[chosen]],
        coefficients[chosen],
    )
}

fn collect(m: &Maker<'_>) -> Option<Pair> {
    let name = m.letter();
    let mut sums = vec![0; m.between(1, 4) as usize];
    let mut text = String::new();
    for _ in 0..m.between(3, 6) {
        let (power, number) = (m.between(0, sums.len() as i64 - 1) as usize, signed(m, 9, 60, 600));
        sums[power] += number;
        let term = monomial(&number.to_string(), &name, power);
        text = if text.is_empty() { term } else { format!("{text} {}", plus(&term)) };
    }
    text.contains(&name).then_some(())?;
    m.ask(
        &["{collect|combine} {the|like|the like} terms in $1@end", "{simplify|write more simply} $1@end"],
        &[&text],
        polynomial(&name, &sums)?,
    )
}

fn compose(m: &Maker<'_>) -> Option<Pair> {
    let (f, g, x, y, z) = (m.letter(), m.letter(), m.letter(), m.letter(), m.letter());
    let (outer, inner) = (coefficients(m, m.between(1, 2)), coefficients(m, m.between(1, 2)));
    let argument = polynomial(&z, &inner)?;
    let answer = polynomial(&x, &outer)?.substitute(Name::new(&x)?, &argument, &mut Budget::default()).ok()?;
    let (p, q) = (polynomial(&x, &outer)?.to_string(), polynomial(&y, &inner)?.to_string());
    m.ask(
        &[
            "let $1($2) = $3. let $4($5) = $6. {what is|calculate|give} $1($4($7))@end",
            "let $1($2) = $3. let $4($5) = $6. {determine|find} $1($4($7))@end",
        ],
        &[&f, &x, &p, &g, &y, &q, &z],
        answer,
    )
}

fn evaluate(m: &Maker<'_>) -> Option<Pair> {
    let (f, x) = (m.letter(), m.letter());
    let coefficients = coefficients(m, m.between(1, 3));
    let at = signed(m, 6, 12, 40);
    let body = polynomial(&x, &coefficients)?.to_string();
    m.ask(
        &["let $1($2) = $3. {what is|calculate|give} $1($4)@end", "let $1($2) = $3. {determine|find} $1($4)@end"],
        &[&f, &x, &body, &m.given(at)],
        value(&coefficients, at),
    )
}

fn expand(m: &Maker<'_>) -> Option<Pair> {
    let name = m.letter();
    let (first, second) = (coefficients(m, m.between(1, 2)), coefficients(m, m.between(1, 2)));
    let (p, q) = (polynomial(&name, &first)?, polynomial(&name, &second)?);
    let answer = p.multiply(&q, &mut Budget::default()).ok()?;
    m.ask(
        &["expand $1@end", "{multiply|multiply out} $1@end", "{write|give} $1 {without parentheses|as a sum}@end"],
        &[&format!("({p})*({q})")],
        answer,
    )
}

fn simplify_power(m: &Maker<'_>) -> Option<Pair> {
    let name = m.letter();
    let exponent = || Number::quotient(signed(m, 9, 20, 60).into(), m.between(1, 6).into());
    let shown = |exponent: &Number| match exponent.is_whole() && !exponent.is_negative() {
        true => format!("{name}**{exponent}"),
        false => format!("{name}**({exponent})"),
    };
    let (a, b, c) = (exponent()?, exponent()?, exponent()?);
    let (text, total) = match m.between(0, 2) {
        0 => (format!("{}*{}", shown(&a), shown(&b)), &a + &b),
        1 => (format!("{}*{name}/{}", shown(&a), shown(&b)), &(&a + &Number::ONE) - &b),
        _ => (format!("({}/{})**({c})", shown(&a), shown(&b)), &(&a - &b) * &c),
    };
    let half = Number::quotient(1, 2)?;
    let answer = match &total {
        total if total.is_zero() => "1".to_owned(),
        total if total.is_one() => name.clone(),
        total if *total == half => format!("sqrt({name})"),
        total if *total == Number::from(-1) => format!("1/{name}"),
        total if -total == half => format!("1/sqrt({name})"),
        total => shown(total),
    };
    m.ask(
        &[
            "simplify $1 assuming $2 is positive@end",
            "{simplify|write as one power} $1 {for positive $2|where $2 is positive}@end",
        ],
        &[&text, &name],
        answer,
    )
}

const COUNTS: [&str; 5] = ["zero", "one", "two", "three", "four"];

/// Letters to draw from.
struct Bag {
    /// As a text.
    text: String,
    /// Each letter, and how many there are of it.
    kinds: Vec<(String, i64)>,
    /// Places in `kinds` of letters to draw, in order.
    drawn: Vec<usize>,
}

fn bag(m: &Maker<'_>) -> Option<Bag> {
    let kinds: Vec<(String, i64)> = (0..m.between(2, 4)).map(|_| (m.letter(), m.between(1, 6))).collect();
    let mut letters: Vec<&str> =
        kinds.iter().flat_map(|(letter, count)| std::iter::repeat_n(letter.as_str(), *count as usize)).collect();
    if letters.len() < 4 {
        return None;
    }
    for index in (1..letters.len()).rev() {
        letters.swap(index, m.between(0, index as i64) as usize);
    }
    let text = if m.is(0.5) {
        letters.concat()
    } else {
        let each: Vec<String> = kinds.iter().map(|(letter, count)| format!("{letter}: {count}")).collect();
        format!("{{{}}}", each.join(", "))
    };
    let drawn = (0..m.between(2, 4)).map(|_| m.between(0, kinds.len() as i64 - 1) as usize).collect();
    Some(Bag { text, kinds, drawn })
}

/// The probability of drawing letters in this order.
fn chance(kinds: &[(String, i64)], drawn: &[usize]) -> Option<Number> {
    let mut left: Vec<i64> = kinds.iter().map(|kind| kind.1).collect();
    let mut probability = Number::ONE;
    for &index in drawn {
        probability = &probability * &Number::quotient(left[index].into(), left.iter().sum::<i64>().into())?;
        left[index] -= i64::from(left[index] > 0);
    }
    Some(probability)
}

fn sequence(m: &Maker<'_>) -> Option<Pair> {
    let Bag { text, kinds, drawn } = bag(m)?;
    let letters: String = drawn.iter().map(|index| kinds[*index].0.as_str()).collect();
    m.ask(
        &[
            "{what is|calculate|give} prob of sequence $1 when $2 letters picked without replacement from $3@end",
            "$2 letters picked without replacement from $3. {what is|calculate|give} prob of sequence $1@end",
        ],
        &[&letters, COUNTS[drawn.len()], &text],
        chance(&kinds, &drawn)?,
    )
}

fn level_set(m: &Maker<'_>) -> Option<Pair> {
    let Bag { text, kinds, drawn } = bag(m)?;
    let count = |index: usize| drawn.iter().filter(|other| **other == index).count() as i64;
    let factorial = |n: i64| Number::from((1..=n).product::<i64>());
    let counts: Vec<(usize, i64)> =
        (0..kinds.len()).map(|index| (index, count(index))).filter(|(_, count)| *count > 0).collect();
    let same = counts.iter().fold(Number::ONE, |product, (_, count)| &product * &factorial(*count));
    let orders = factorial(drawn.len() as i64).divide(&same)?;
    let each: Vec<String> = counts.iter().map(|(index, count)| format!("{count} {}", kinds[*index].0)).collect();
    let wanted = match &each[..] {
        [some @ .., last] if !some.is_empty() => format!("{} and {last}", some.join(", ")),
        _ => each.concat(),
    };
    m.ask(
        &[
            "{what is|calculate|give} prob of picking $1 when $2 letters picked without replacement from $3@end",
            "$2 letters picked without replacement from $3. {what is|calculate|give} prob of picking $1@end",
        ],
        &[&wanted, COUNTS[drawn.len()], &text],
        &chance(&kinds, &drawn)? * &orders,
    )
}
