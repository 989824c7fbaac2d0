//! Long files of theorems with proofs, the same for the same seed, for measuring the speed of the checker.
//!
//! Every theorem is new, is about natural numbers, and has a proof of five steps: introductions, axioms and earlier
//! theorems used on random terms, `apply` with a goal, `have`, rewriting.

use rand::prelude::*;
use rand_chacha::ChaCha8Rng;
use std::fmt::Write;
use std::rc::Rc;

/// The axioms under the theorems.
const AXIOMS: &str = "\
= : [('t : type) -> 't -> 't -> prop].
nat : type. z : nat. s : [nat -> nat]. + : [nat -> nat -> nat]. * : [nat -> nat -> nat].
+_z : [('n : nat) -> (= (+ 'n z) 'n)].
+_s : [('n : nat) -> ('m : nat) -> (= (+ 'n (s 'm)) (s (+ 'n 'm)))].
*_z : [('n : nat) -> (= (* 'n z) z)].
*_s : [('n : nat) -> ('m : nat) -> (= (* 'n (s 'm)) (+ 'n (* 'n 'm)))].
<= : [nat -> nat -> prop].
<=_z : [('n : nat) -> (<= z 'n)].
<=_s : [('n : nat) -> ('m : nat) -> (<= 'n 'm) -> (<= (s 'n) (s 'm))].
<=_trans : [('l : nat) -> ('m : nat) -> ('n : nat) -> (<= 'l 'm) -> (<= 'm 'n) -> (<= 'l 'n)].
";

/// The constants that stand for numbers beside zero; they keep the theorems from being the same ones again and again.
const CONSTANTS: u32 = 40;

/// The variables of a theorem, in the order of its binders.
const NAMES: [&str; 2] = ["a", "b"];

/// A number.
enum Number {
    Zero,
    Constant(u32),
    Variable(usize),
    Successor(Rc<Number>),
    Sum(Rc<Number>, Rc<Number>),
    Product(Rc<Number>, Rc<Number>),
}

type Num = Rc<Number>;

fn s(n: &Num) -> Num {
    Rc::new(Number::Successor(n.clone()))
}

fn sum(a: &Num, b: &Num) -> Num {
    Rc::new(Number::Sum(a.clone(), b.clone()))
}

fn zero() -> Num {
    Rc::new(Number::Zero)
}

impl Number {
    /// As text, with variables bound by the statement (`'a`) or introduced by the script (`a`).
    fn write(&self, quote: &str, out: &mut String) {
        let two = |word: &str, a: &Num, b: &Num, out: &mut String| {
            out.push_str(word);
            a.write(quote, out);
            out.push(' ');
            b.write(quote, out);
            out.push(')');
        };
        match self {
            Number::Zero => out.push('z'),
            Number::Constant(i) => {
                let _ = write!(out, "c{i}");
            }
            Number::Variable(i) => out.extend([quote, NAMES[*i]]),
            Number::Successor(n) => {
                out.push_str("(s ");
                n.write(quote, out);
                out.push(')');
            }
            Number::Sum(a, b) => two("(+ ", a, b, out),
            Number::Product(a, b) => two("(* ", a, b, out),
        }
    }

    fn size(&self) -> usize {
        match self {
            Number::Zero | Number::Constant(_) | Number::Variable(_) => 1,
            Number::Successor(n) => 1 + n.size(),
            Number::Sum(a, b) | Number::Product(a, b) => 1 + a.size() + b.size(),
        }
    }

    fn with(&self, values: &[Num]) -> Num {
        match self {
            Number::Zero => zero(),
            Number::Constant(i) => Rc::new(Number::Constant(*i)),
            Number::Variable(i) => values[*i].clone(),
            Number::Successor(n) => s(&n.with(values)),
            Number::Sum(a, b) => sum(&a.with(values), &b.with(values)),
            Number::Product(a, b) => Rc::new(Number::Product(a.with(values), b.with(values))),
        }
    }
}

/// A relation between two numbers.
fn relation(word: &str, a: &Num, b: &Num, quote: &str) -> String {
    let mut text = format!("({word} ");
    a.write(quote, &mut text);
    text.push(' ');
    b.write(quote, &mut text);
    text.push(')');
    text
}

/// `(= a b)` with the variables of a script.
fn equal(a: &Num, b: &Num) -> String {
    relation("=", a, b, "")
}

/// `(<= a b)` with the variables of a script.
fn at_most(a: &Num, b: &Num) -> String {
    relation("<=", a, b, "")
}

/// An equation of two variables that was proved.
struct Lemma {
    number: usize,
    left: Num,
    right: Num,
}

/// The number of earlier equations that later theorems use: the newest and those in even distances before them.
const LEMMAS: usize = 4096;

/// The greatest number of symbols in an equation that later theorems use; theorems that use one are longer.
const LEMMA_SIZE: usize = 16;

struct Generator {
    random: ChaCha8Rng,
    out: String,
    lemmas: Vec<Lemma>,
}

/// A file of `count` theorems.
pub fn file(count: usize, seed: u64) -> String {
    let random = ChaCha8Rng::seed_from_u64(seed);
    let mut generator = Generator { random, out: AXIOMS.to_owned(), lemmas: Vec::new() };
    for constant in 0..CONSTANTS {
        let _ = writeln!(generator.out, "c{constant} : nat.");
    }
    for number in 0..count {
        generator.theorem(number);
    }
    generator.out
}

impl Generator {
    /// A random number that mentions a variable, or none: a successor, a sum or a product nested up to `depth` deep.
    fn number(&mut self, depth: u32, variable: Option<usize>) -> Num {
        let kind = self.random.random_range(0..5);
        let first = self.part(depth - 1, variable);
        if kind < 2 {
            return s(&first);
        }
        let other = if self.random.random_bool(0.3) { variable } else { None };
        let second = self.part(depth - 1, other);
        let (a, b) = if self.random.random_bool(0.5) { (first, second) } else { (second, first) };
        Rc::new(if kind < 4 { Number::Sum(a, b) } else { Number::Product(a, b) })
    }

    /// The same, or a single symbol.
    fn part(&mut self, depth: u32, variable: Option<usize>) -> Num {
        if depth > 0 && self.random.random_bool(0.6) {
            return self.number(depth, variable);
        }
        Rc::new(match variable {
            Some(variable) => Number::Variable(variable),
            None => Number::Constant(self.random.random_range(0..CONSTANTS)),
        })
    }

    /// Writes a theorem: its statement under binders for `variables` variables, and its steps after their introduction.
    /// `hypotheses` and `conclusion` have the variables of the script.
    fn write(&mut self, number: usize, variables: usize, hypotheses: &[String], conclusion: &str, steps: &str) {
        let quoted = |text: &str| {
            NAMES.iter().fold(text.to_owned(), |text, name| {
                text.replace(&format!(" {name})"), &format!(" '{name})"))
                    .replace(&format!(" {name} "), &format!(" '{name} "))
            })
        };
        let out = &mut self.out;
        let _ = write!(out, "theorem t{number} : ");
        if variables + hypotheses.len() > 0 {
            out.push('[');
        }
        for name in &NAMES[..variables] {
            let _ = write!(out, "('{name} : nat) -> ");
        }
        for hypothesis in hypotheses {
            let _ = write!(out, "{} -> ", quoted(hypothesis));
        }
        out.push_str(&quoted(conclusion));
        out.push_str(if variables + hypotheses.len() > 0 { "] {\n" } else { " {\n" });
        for name in &NAMES[..variables] {
            let _ = writeln!(out, "  intro {name} : nat.");
        }
        for (hypothesis, name) in hypotheses.iter().zip(["h", "k"]) {
            let _ = writeln!(out, "  intro {name} : {hypothesis}.");
        }
        let _ = writeln!(out, "{steps}}}\n");
    }

    fn theorem(&mut self, number: usize) {
        match self.random.random_range(0..100) {
            0..25 => self.by_axioms(number),
            25..50 => self.by_lemma(number),
            50..60 => self.by_apply(number),
            60..70 => self.by_transitivity(number),
            70..85 => self.by_hypothesis(number),
            85..90 => self.closed(number),
            _ => self.by_have(number),
        }
    }

    /// `u + s s v = s s (u + v)`.
    fn by_axioms(&mut self, number: usize) {
        let (u, v) = (self.number(2, Some(0)), self.number(2, Some(1)));
        let (left, right) = (sum(&u, &s(&s(&v))), s(&s(&sum(&u, &v))));
        let steps = format!(
            "  show {} by +_s.\n  show {} by +_s.\n  show {} by rewrite.\n",
            equal(&left, &s(&sum(&u, &s(&v)))),
            equal(&sum(&u, &s(&v)), &s(&sum(&u, &v))),
            equal(&left, &right),
        );
        self.write(number, 2, &[], &equal(&left, &right), &steps);
        if left.size() + right.size() <= LEMMA_SIZE {
            let lemma = Lemma { number, left, right };
            if self.lemmas.len() < LEMMAS {
                self.lemmas.push(lemma);
            } else {
                let place = self.random.random_range(0..LEMMAS);
                self.lemmas[place] = lemma;
            }
        }
    }

    /// `l + 0 = r` where an earlier theorem says `l = r`.
    fn by_lemma(&mut self, number: usize) {
        if self.lemmas.is_empty() {
            return self.by_axioms(number);
        }
        let values = [self.number(1, Some(0)), self.number(2, Some(1))];
        let lemma = &self.lemmas[self.random.random_range(0..self.lemmas.len())];
        let (name, left, right) = (lemma.number, lemma.left.with(&values), lemma.right.with(&values));
        let padded = sum(&left, &zero());
        let steps = format!(
            "  show {} by t{name}.\n  show {} by +_z.\n  show {} by rewrite.\n",
            equal(&left, &right),
            equal(&padded, &left),
            equal(&padded, &right),
        );
        self.write(number, 2, &[], &equal(&padded, &right), &steps);
    }

    /// `u <= v -> s s u <= s s v`.
    fn by_apply(&mut self, number: usize) {
        let (u, v) = (self.number(2, Some(0)), self.number(2, Some(0)));
        let middle = at_most(&s(&u), &s(&v));
        let steps = format!("  apply <=_s.\n  goal {middle} {{ show {middle} by <=_s. }}\n");
        self.write(number, 1, &[at_most(&u, &v)], &at_most(&s(&s(&u)), &s(&s(&v))), &steps);
    }

    /// `u <= v -> v <= w -> s u <= s w`.
    fn by_transitivity(&mut self, number: usize) {
        let (u, v, w) = (self.number(2, Some(0)), self.number(1, Some(0)), self.number(2, Some(0)));
        let conclusion = at_most(&s(&u), &s(&w));
        let steps = format!("  show {} by <=_trans.\n  show {conclusion} by <=_s.\n", at_most(&u, &w));
        self.write(number, 1, &[at_most(&u, &v), at_most(&v, &w)], &conclusion, &steps);
    }

    /// `u = v -> u + w = v + w`.
    fn by_hypothesis(&mut self, number: usize) {
        let (u, v, w) = (self.number(2, Some(0)), self.number(2, Some(1)), self.number(1, Some(1)));
        let (before, after) = (sum(&u, &w), sum(&v, &w));
        let conclusion = equal(&before, &after);
        let steps = format!("  show {} by eq_refl.\n  show {conclusion} by rewrite.\n", equal(&before, &before));
        self.write(number, 2, &[equal(&u, &v)], &conclusion, &steps);
    }

    /// `s s (u + v) = u + s s v` for numbers without variables: a theorem that is itself an equation.
    fn closed(&mut self, number: usize) {
        let (u, v) = (self.number(4, None), self.number(4, None));
        let (left, right) = (sum(&u, &s(&s(&v))), s(&s(&sum(&u, &v))));
        let steps = format!(
            "  show {} by +_s.\n  show {} by +_s.\n  show {} by rewrite.\n  show {} by +_z.\n  show {} by eq_symm.\n",
            equal(&left, &s(&sum(&u, &s(&v)))),
            equal(&sum(&u, &s(&v)), &s(&sum(&u, &v))),
            equal(&left, &right),
            equal(&sum(&u, &zero()), &u),
            equal(&right, &left),
        );
        self.write(number, 0, &[], &equal(&right, &left), &steps);
    }

    /// `u + s 0 = s u`.
    fn by_have(&mut self, number: usize) {
        let u = self.number(3, Some(0));
        let (padded, one) = (sum(&u, &zero()), sum(&u, &s(&zero())));
        let conclusion = equal(&one, &s(&u));
        let steps = format!(
            "  have {0} {{ show {0} by +_z. }}\n  show {1} by +_s.\n  show {conclusion} by rewrite.\n",
            equal(&padded, &u),
            equal(&one, &s(&padded)),
        );
        self.write(number, 1, &[], &conclusion, &steps);
    }
}
