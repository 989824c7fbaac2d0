//! Kernel terms in infix notation: the part of the [`Printer`] that writes
//! [`Notation::Infix`](super::notation::Notation).

use super::notation::Written;
use super::print::Printer;
use super::terms::signature::Signature;
use super::terms::signature::mentions;
use prover_logic::{Environment, Sort, Store, Term, TermId};
use std::sync::Arc;

/// The strength with which a form holds its parts together.
type Level = u8;

const BINDER: Level = 0;
const IFF: Level = 20;
const ARROW: Level = 25;
const OR: Level = 30;
const AND: Level = 35;
const NOT: Level = 40;
const COMPARISON: Level = 50;
const SUM: Level = 65;
const PRODUCT: Level = 70;
const POWER: Level = 75;
const APPLICATION: Level = 80;
const ATOM: Level = 90;

/// An operator between two operands.
struct Operator {
    text: Arc<str>,
    level: Level,
    left: Level,
    right: Level,
}

/// The characters of operators.
fn is_symbolic(name: &str) -> bool {
    name.chars().all(|c| "+-*/=!$^><".contains(c))
}

impl Operator {
    /// The operator that a constant with two arguments is written as.
    fn of(name: &Arc<str>) -> Option<Self> {
        let to_the_right = |text: &str, level| Self { text: text.into(), level, left: level + 1, right: level };
        let comparison = |text| Self { text, level: COMPARISON, left: COMPARISON + 1, right: COMPARISON + 1 };
        Some(match &**name {
            "iff" => Self { text: "↔".into(), level: IFF, left: OR, right: OR },
            "or" => to_the_right("∨", OR),
            "and" => to_the_right("∧", AND),
            "<=" => comparison("≤".into()),
            ">=" => comparison("≥".into()),
            symbol if is_symbolic(symbol) => match symbol.chars().next()? {
                '+' | '-' => Self { text: name.clone(), level: SUM, left: SUM, right: SUM + 1 },
                '*' | '/' => Self { text: name.clone(), level: PRODUCT, left: PRODUCT, right: PRODUCT + 1 },
                '^' => to_the_right(symbol, POWER),
                _ => comparison(name.clone()),
            },
            _ => return None,
        })
    }
}

/// The form in which a term is written.
enum Form {
    /// A name or a sort.
    Atom,
    /// `¬a`.
    Not(TermId),
    /// `a + b`.
    Infix(Operator, TermId, TermId),
    /// `f a b`: the head and the arguments that are shown.
    Application(TermId, Vec<TermId>),
    /// `∃ x : t, b`: the lambda.
    Exists(TermId),
    /// `a → b`, `∀ x : a, b` if it is a proposition, or `(x : a) → b`.
    Arrow { is_proposition: bool, is_forall: bool },
    /// `λ x : t, b`.
    Lambda,
}

impl Form {
    fn level(&self) -> Level {
        match self {
            Form::Atom => ATOM,
            Form::Not(_) => NOT,
            Form::Infix(operator, ..) => operator.level,
            Form::Application(..) => APPLICATION,
            Form::Exists(_) | Form::Lambda | Form::Arrow { is_forall: true, .. } => BINDER,
            Form::Arrow { .. } => ARROW,
        }
    }
}

impl Printer<'_> {
    /// Writes a term in infix notation.
    pub(super) fn infix(&mut self, written: &Written, id: TermId) {
        self.reading(written, id, BINDER);
    }

    /// Writes a term, in parentheses if its form is looser than `least`.
    fn reading(&mut self, written: &Written, id: TermId, least: Level) {
        if self.is_full() {
            return;
        }
        stacker::maybe_grow(64 * 1024, 4 * 1024 * 1024, || {
            let form = self.form(id);
            let in_parentheses = form.level() < least;
            if in_parentheses {
                self.out.push('(');
            }
            match form {
                Form::Atom => self.atom(id),
                Form::Not(operand) => {
                    self.out.push('¬');
                    let nested = matches!(self.form(operand), Form::Not(_));
                    self.reading(written, operand, if nested { NOT } else { APPLICATION });
                }
                Form::Infix(operator, left, right) => {
                    self.reading(written, left, operator.left);
                    self.push_fmt(format_args!(" {} ", operator.text));
                    self.reading(written, right, operator.right);
                }
                Form::Application(head, arguments) => {
                    self.reading(written, head, ATOM);
                    for argument in arguments {
                        self.out.push(' ');
                        self.reading(written, argument, ATOM);
                    }
                }
                Form::Exists(lambda) => {
                    self.binders(written, lambda, "∃", |printer, body| match printer.form(body) {
                        Form::Exists(lambda) => Some(lambda),
                        _ => None,
                    })
                }
                Form::Arrow { is_proposition, .. } => self.arrows(written, id, is_proposition),
                Form::Lambda => {
                    self.binders(written, id, "λ", |printer, body| match printer.environment.store.term(body) {
                        Term::Lambda(..) => Some(body),
                        _ => None,
                    })
                }
            }
            if in_parentheses {
                self.out.push(')');
            }
        });
    }

    fn form(&mut self, id: TermId) -> Form {
        match self.environment.store.term(id) {
            Term::App(..) => self.form_of_application(id),
            Term::Lambda(..) => Form::Lambda,
            Term::Pi(_, body) => {
                let is_proposition = self.environment.sort_of(id) == Ok(Sort::Prop);
                Form::Arrow {
                    is_proposition,
                    is_forall: is_proposition && uses_variable(&self.environment.store, body),
                }
            }
            _ => Form::Atom,
        }
    }

    fn form_of_application(&mut self, id: TermId) -> Form {
        let (head, arguments) = self.environment.store.spine(id);
        let hidden = self.determined_types(head, &arguments);
        let shown = &arguments[hidden..];
        let Term::Const(constant) = self.environment.store.term(head) else {
            return Form::Application(head, arguments);
        };
        let name = &self.environment.declaration(constant).name;
        let form = match (&**name, shown) {
            ("not", &[operand]) => Some(Form::Not(operand)),
            ("exists", _) => {
                match (arguments.as_slice(), arguments.last().map(|&last| self.environment.store.term(last))) {
                    (&[ty, lambda], Some(Term::Lambda(domain, _))) if domain == ty => Some(Form::Exists(lambda)),
                    _ => None,
                }
            }
            (_, &[left, right]) => Operator::of(name).map(|operator| Form::Infix(operator, left, right)),
            _ => None,
        };
        form.unwrap_or_else(|| Form::Application(head, shown.to_vec()))
    }

    fn atom(&mut self, id: TermId) {
        let mark = self.out.len();
        match (self.environment.store.term(id), self.opened.get(&id)) {
            (Term::Local { .. }, Some(&index)) if self.names.get(id).is_none() => {
                let name = self.bound.get(index as usize).map_or("?", |name| name);
                self.out.push_str(name);
            }
            _ => self.term(id),
        }
        if self.out.len() > mark && is_symbolic(&self.out[mark..]) {
            self.out.insert(mark, '(');
            self.out.push(')');
        }
    }

    /// Opens a binder whose variable gets that name.
    fn open_named(&mut self, name: Box<str>, domain: TermId, body: TermId) -> TermId {
        let index = self.bound.len() as u32;
        self.bound.push(name);
        self.open(index, domain, body)
    }

    /// `∃ x y : t, b` and `λ x y : t, b`, from a lambda; `next` gives the lambda of a body that goes on in the same
    /// way.
    fn binders(
        &mut self,
        written: &Written,
        lambda: TermId,
        sign: &str,
        next: impl Fn(&mut Self, TermId) -> Option<TermId>,
    ) {
        let depth = self.bound.len();
        let mut groups = Groups::default();
        let mut rest = lambda;
        while let (Term::Lambda(domain, body), false) = (self.environment.store.term(rest), self.is_full()) {
            let name = self.new_name(written, "", domain);
            groups.push(domain, name.clone());
            rest = self.open_named(name, domain, body);
            match next(self, rest) {
                Some(lambda) if self.has_room(2 * groups.count) => rest = lambda,
                _ => break,
            }
        }
        self.groups(written, sign, &groups);
        self.reading(written, rest, BINDER);
        self.bound.truncate(depth);
    }

    /// An arrow with all arrows in its last place.
    fn arrows(&mut self, written: &Written, id: TermId, is_proposition: bool) {
        let depth = self.bound.len();
        let names = written.binders.get(&id);
        // The variables of a `∀` that is still to be written.
        let mut groups = Groups::default();
        let mut rest = id;
        let mut place = 0;
        while let (Term::Pi(domain, body), true) = (self.environment.store.term(rest), self.has_room(2 * groups.count))
        {
            let name = names.and_then(|names| names.get(place)).map_or("", |name| name);
            place += 1;
            if !uses_variable(&self.environment.store, body) {
                self.groups(written, "∀", &std::mem::take(&mut groups));
                self.reading(written, domain, ARROW + 1);
                self.out.push_str(" → ");
                // The variable does not occur, so anything may stand for it.
                rest = self.environment.store.instantiate(body, &[domain]);
                continue;
            }
            let name = self.new_name(written, name, domain);
            if is_proposition {
                groups.push(domain, name.clone());
            } else {
                self.push_fmt(format_args!("({name} : "));
                self.reading(written, domain, BINDER);
                self.out.push_str(") → ");
            }
            rest = self.open_named(name, domain, body);
        }
        self.groups(written, "∀", &groups);
        // What is looser than an arrow reaches to its end, so that it needs no parentheses there.
        let is_binder = self.form(rest).level() == BINDER;
        self.reading(written, rest, if is_binder { BINDER } else { ARROW });
        self.bound.truncate(depth);
    }

    /// `∀ a b : nat, ` or `∀ (a b : nat) (p : nat → prop), `; nothing for no groups.
    fn groups(&mut self, written: &Written, sign: &str, groups: &Groups) {
        if groups.count == 0 {
            return;
        }
        self.out.push_str(sign);
        let several = groups.groups.len() > 1;
        for (domain, names) in &groups.groups {
            self.out.push_str(if several { " (" } else { " " });
            self.out.push_str(&names.join(" "));
            self.out.push_str(" : ");
            self.reading(written, *domain, BINDER);
            if several {
                self.out.push(')');
            }
        }
        self.out.push_str(", ");
    }

    /// A name for a variable: the one it was written with, one that variables of its type have in the source, or a
    /// letter for its kind; with a number where all are taken.
    fn new_name(&mut self, written: &Written, wanted: &str, domain: TermId) -> Box<str> {
        let known = written.variables.get(&domain).map_or(&[][..], |names| names);
        let letters = letters(self.environment, domain);
        let wanted = (!wanted.is_empty()).then_some(wanted);
        let free = |name: &&str| self.is_free(name);
        let mut candidates = wanted.into_iter().chain(known.iter().map(|name| &**name)).chain(letters.iter().copied());
        if let Some(name) = candidates.find(free) {
            return name.into();
        }
        let first = wanted.or(known.first().map(|name| &**name)).unwrap_or(letters[0]);
        // Only finitely many names are taken; where there are very many, the first of these numbers are.
        let from = if self.bound.len() < 64 { 1 } else { self.bound.len() };
        let varied = (from..).map(|number| format!("{first}{number}"));
        match varied.into_iter().find(|name| self.is_free(name)) {
            Some(name) => name.into(),
            None => unreachable!("only finitely many names are taken"),
        }
    }

    fn is_free(&self, name: &str) -> bool {
        !matches!(name, "prop" | "type" | "kind")
            && !self.names.is_taken(name)
            && self.environment.find(name).is_none()
            && !self.bound.iter().any(|bound| &**bound == name)
    }
}

/// Variables with their types, those of one type next to each other together.
#[derive(Default)]
struct Groups {
    groups: Vec<(TermId, Vec<Box<str>>)>,
    count: usize,
}

impl Groups {
    fn push(&mut self, domain: TermId, name: Box<str>) {
        self.count += 1;
        match self.groups.last_mut() {
            Some((last, names)) if *last == domain => names.push(name),
            _ => self.groups.push((domain, vec![name])),
        }
    }
}

/// Whether the innermost loose index occurs.
fn uses_variable(store: &Store, body: TermId) -> bool {
    mentions(store, body, 1).len() == 1
}

/// Letters for a variable of that type.
fn letters(environment: &mut Environment, domain: TermId) -> &'static [&'static str] {
    match environment.store.term(domain) {
        Term::Sort(Sort::Prop) => &["p", "q", "r"],
        Term::Sort(_) => &["t", "u", "v"],
        Term::Pi(_, range) => {
            let range = Signature::output(&environment.store, range);
            if environment.store.term(range) == Term::Sort(Sort::Prop) { &["p", "q", "r"] } else { &["f", "g", "h"] }
        }
        _ if environment.sort_of(domain) == Ok(Sort::Prop) => &["h"],
        _ => &["a", "b", "c", "d", "e"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Theory;
    use crate::print::print;
    use rustc_hash::FxHashMap;

    const SIGNATURE: &str = "\
        = : [('t : type) -> 't -> 't -> prop]. nat : type. z : nat. s : [nat -> nat]. o : [nat -> nat -> nat].
        + : [nat -> nat -> nat]. - : [nat -> nat -> nat]. * : [nat -> nat -> nat]. ^ : [nat -> nat -> nat].
        <= : [nat -> nat -> prop]. <> : [nat -> nat -> prop]. even : [nat -> prop]. p : prop. q : prop.
        not : [prop -> prop]. and : [prop -> prop -> prop]. or : [prop -> prop -> prop]. iff : [prop -> prop -> prop].
        exists : [('t : type) -> ['t -> prop] -> prop].
        list : [type -> type]. nil : [('t : type) -> (list 't)]. ++ : [('t : type) -> (list 't) -> (list 't) -> (list 't)].
        fold : [[nat -> nat -> nat] -> nat -> nat]. all : [[nat -> prop] -> prop].
        nat_ind : [('P : [nat -> prop]) -> ('P z) -> [('n : nat) -> ('P 'n) -> ('P (s 'n))] -> [('m : nat) -> ('P 'm)]].
        three : [('p : nat) -> ('x : nat) -> ('+ : nat) -> (= 'p (+ 'x '+))].";

    fn theory() -> Theory {
        let mut theory = Theory::from_text("signature", SIGNATURE).unwrap();
        theory.write_infix();
        theory
    }

    #[track_caller]
    fn reads(cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            assert_eq!(&theory().rewritten(text), expected, "{text}");
        }
    }

    #[test]
    fn statements_of_arithmetic() {
        reads(&[
            ("[('a : nat) -> ('b : nat) -> (= (+ 'a 'b) (+ 'b 'a))]", "∀ m x : nat, m + x = x + m"),
            ("(= (+ (+ z z) z) (+ z (+ z z)))", "z + z + z = z + (z + z)"),
            ("(= (- (+ z z) z) (+ z (- z z)))", "z + z - z = z + (z - z)"),
            ("(= (* (+ z z) z) (+ z (* z z)))", "(z + z) * z = z + z * z"),
            ("(= (^ (^ z z) z) (^ z (^ z (* z z))))", "(z ^ z) ^ z = z ^ z ^ (z * z)"),
            ("(<= (s (s z)) (s (+ z (s z))))", "s (s z) ≤ s (z + s z)"),
            ("(<> (o z (s z)) (o (o z z) z))", "o z (s z) <> o (o z z) z"),
            ("(= (fold + z) (fold (lambda ('x : nat) (+ 'x)) z))", "fold (+) z = fold (λ m : nat, (+) m) z"),
            ("(= (++ nat (nil nat) (nil nat)) (nil nat))", "nil nat ++ nil nat = nil nat"),
            ("(= (= nat) (= nat))", "(=) nat = (=) nat"),
        ]);
    }

    #[test]
    fn statements_of_logic() {
        reads(&[
            ("[[p -> q] -> (and p q)]", "(p → q) → p ∧ q"),
            ("[p -> q -> p]", "p → q → p"),
            ("(and (and p q) (and q p))", "(p ∧ q) ∧ q ∧ p"),
            ("(or (and p q) (or (not p) (not (not q))))", "p ∧ q ∨ ¬p ∨ ¬¬q"),
            ("(and (or p q) (not (and p q)))", "(p ∨ q) ∧ ¬(p ∧ q)"),
            ("(not (even z))", "¬even z"),
            ("(not (= z z))", "¬(z = z)"),
            ("(iff (iff p q) [p -> q])", "(p ↔ q) ↔ (p → q)"),
            ("[(iff p (or p q)) -> (not [p -> q])]", "(p ↔ p ∨ q) → ¬(p → q)"),
            ("(= (not p) (= p q))", "(¬p) = (p = q)"),
            ("[(not p) -> [('r : prop) -> 'r]]", "¬p → ∀ r : prop, r"),
            ("[[('r : prop) -> 'r] -> p]", "(∀ r : prop, r) → p"),
        ]);
    }

    #[test]
    fn quantifiers_and_lambdas() {
        reads(&[
            ("(exists nat (lambda ('x : nat) (<= 'x z)))", "∃ m : nat, m ≤ z"),
            ("(exists nat (lambda ('x : nat) (exists nat (lambda ('y : nat) (<= 'x 'y)))))", "∃ m x : nat, m ≤ x"),
            ("(exists nat even)", "exists even"),
            ("(and (exists nat (lambda ('x : nat) p)) q)", "(∃ m : nat, p) ∧ q"),
            ("[p -> (exists nat (lambda ('x : nat) q))]", "p → ∃ m : nat, q"),
            ("(all (lambda ('x : nat) [('y : nat) -> (<= 'y 'x)]))", "all (λ m : nat, ∀ x : nat, x ≤ m)"),
            (
                "[('P : [nat -> prop]) -> ('n : nat) -> ('Q : prop) -> ('R : prop) -> ('P 'n) -> 'Q -> 'R]",
                "∀ (P : nat → prop) (m : nat) (r p1 : prop), P m → r → p1",
            ),
            ("[('P : [nat -> nat -> prop]) -> ('P z z)]", "∀ r : nat → nat → prop, r z z"),
            ("[('P : [nat -> prop]) -> [('x : nat) -> ('P 'x)] -> ('P z)]", "∀ P : nat → prop, (∀ m : nat, P m) → P z"),
        ]);
    }

    /// Writes random statements over the signature; `choose(n)` is a number below `n`.
    struct Writer<'a> {
        choose: &'a mut dyn FnMut(usize) -> usize,
        /// The variables in scope, and whether each is a number, a proposition or a predicate.
        variables: Vec<(String, char)>,
    }

    impl Writer<'_> {
        fn under(&mut self, kind: char, write: impl FnOnce(&mut Self, &str) -> String) -> String {
            let name = format!("'{}{}", ["x", "n", "p"][(self.choose)(3)], (self.choose)(2));
            let outside = self.variables.clone();
            self.variables.retain(|(other, _)| *other != name);
            self.variables.push((name.clone(), kind));
            let text = write(self, &name);
            self.variables = outside;
            text
        }

        fn variable(&mut self, kind: char) -> Option<String> {
            let known: Vec<String> =
                self.variables.iter().filter(|(_, other)| *other == kind).map(|(name, _)| name.clone()).collect();
            if known.is_empty() { None } else { Some(known[(self.choose)(known.len())].clone()) }
        }

        fn number(&mut self, depth: usize) -> String {
            if depth == 0 || (self.choose)(3) == 0 {
                let variable = self.variable('n');
                return variable.unwrap_or_else(|| "z".into());
            }
            let mut part = |_: usize| self.number(depth - 1);
            match [part(0), part(1)] {
                [a, b] => match (self.choose)(8) {
                    0 | 1 => format!("(s {a})"),
                    2 => format!("(o {a} {b})"),
                    3 => format!("({} {a} {b})", ["+", "-"][(self.choose)(2)]),
                    4 => format!("(* {a} {b})"),
                    5 => format!("(^ {a} {b})"),
                    6 => format!("(fold {} {a})", ["+", "o", "^"][(self.choose)(3)]),
                    _ => self.under('n', |writer, x| {
                        let body = writer.number(depth - 1);
                        format!("(fold (lambda ({x} : nat) (+ {body})) {a})")
                    }),
                },
            }
        }

        fn predicate(&mut self, depth: usize) -> String {
            match (self.choose)(3) {
                0 => "even".into(),
                1 => self.variable('q').unwrap_or_else(|| "(<= z)".into()),
                _ => self.under('n', |writer, x| {
                    let body = writer.statement(depth);
                    format!("(lambda ({x} : nat) {body})")
                }),
            }
        }

        fn statement(&mut self, depth: usize) -> String {
            if depth == 0 || (self.choose)(5) == 0 {
                return match (self.choose)(3) {
                    0 => self.variable('p').unwrap_or_else(|| "p".into()),
                    1 => "q".into(),
                    _ => format!("(even {})", self.number(1)),
                };
            }
            let depth = depth - 1;
            match (self.choose)(14) {
                0 => {
                    format!("({} {} {})", ["=", "<=", "<>", "= nat"][(self.choose)(4)], self.number(2), self.number(2))
                }
                1 => format!("(= {} {})", self.statement(depth), self.statement(depth)),
                2 => format!("(not {})", self.statement(depth)),
                3 | 4 => {
                    let word = ["and", "or", "iff"][(self.choose)(3)];
                    format!("({word} {} {})", self.statement(depth), self.statement(depth))
                }
                5 | 6 => format!("[{} -> {}]", self.statement(depth), self.statement(depth)),
                7 => format!("[nat -> {}]", self.statement(depth)),
                8 => self.under('n', |writer, x| format!("[({x} : nat) -> {}]", writer.statement(depth))),
                9 => self.under('p', |writer, x| format!("[({x} : prop) -> {}]", writer.statement(depth))),
                10 => self.under('q', |writer, x| format!("[({x} : [nat -> prop]) -> {}]", writer.statement(depth))),
                11 => format!("({} {})", ["exists nat", "all"][(self.choose)(2)], self.predicate(depth)),
                12 => format!("(= {} {})", self.predicate(depth), self.predicate(depth)),
                _ => format!("(= (and {}) (and {}))", self.statement(depth), self.statement(depth)),
            }
        }
    }

    #[test]
    fn different_statements_read_differently() {
        let mut theory = theory();
        let mut state = 1_u64;
        let mut choose = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let mut texts: FxHashMap<String, TermId> = FxHashMap::default();
        let names = theory.names();
        for size in 0..6_000 {
            let text = Writer { choose: &mut choose, variables: Vec::new() }.statement(1 + size % 4);
            let statement = theory.statement(&text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
            let reading = print(&mut theory.environment, &names, statement);
            let first = *texts.entry(reading.clone()).or_insert(statement);
            assert_eq!(first, statement, "{reading} is also {text}");
        }
        assert!(texts.len() > 2_000, "{}", texts.len());
    }

    #[test]
    fn variables_are_never_confused() {
        // `x` and `+` are taken or no names for reading, and a binder within another gets a name of its own.
        reads(&[
            ("[('x : nat) -> ('x : nat) -> (= 'x 'x)]", "nat → ∀ m : nat, m = m"),
            ("[('x : nat) -> (all (lambda ('x : nat) (even 'x)))]", "nat → all (λ m : nat, even m)"),
            (
                "[('x : prop) -> ('y : prop) -> ('z : prop) -> ('w : prop) -> (and 'x (and 'y (and 'z 'w)))]",
                "∀ r p1 p2 p3 : prop, r ∧ p1 ∧ p2 ∧ p3",
            ),
        ]);
        let mut theory = theory();
        let three = theory.environment.find("three").unwrap();
        let (ty, names) = (theory.environment.declaration(three).ty, theory.names());
        // Written `'p`, `'x` and `'+`; `p` is a constant, `+` no name of a variable.
        assert_eq!(print(&mut theory.environment, &names, ty), "∀ m x a : nat, m = x + a");
        let induction = theory.environment.find("nat_ind").unwrap();
        let ty = theory.environment.declaration(induction).ty;
        let expected = "∀ P : nat → prop, P z → (∀ m : nat, P m → P (s m)) → ∀ m : nat, P m";
        assert_eq!(print(&mut theory.environment, &names, ty), expected);
        let local = theory.environment.store.sort(Sort::Prop);
        let local = theory.environment.store.local(0, local);
        let mut names = theory.names();
        names.insert(local, "r");
        let arrow = theory.statement("[('x : prop) -> 'x]").unwrap();
        let arrow = theory.environment.store.pi(local, arrow);
        assert_eq!(print(&mut theory.environment, &names, arrow), "r → ∀ p1 : prop, p1");
    }

    #[test]
    fn large_terms_are_cut() {
        let mut theory = theory();
        let mut text = String::from("z");
        for _ in 0..200 {
            text = format!("(+ {text} (s {text}))");
            if text.len() > 100_000 {
                break;
            }
        }
        let reading = theory.rewritten(&format!("(= {text} z)"));
        assert!(reading.ends_with("...") && reading.len() <= super::super::print::MAX_TEXT + 3);
        let binders: String = (0..20_000).map(|_| "('y : nat) -> ").collect();
        let reading = theory.rewritten(&format!("[{binders} (= 'y 'y)]"));
        assert!(reading.starts_with("nat → nat"), "{}", &reading[..100]);
    }
}
