//! Terms as Rocq's printer shows them, compared with those of the kernel. Shares no code with the writer, names
//! included.

use std::rc::Rc;

use prover::logic::{Environment, Sort, Term, TermId};

/// A term with names.
#[derive(Debug)]
pub enum Shown {
    /// A sort, variable or constant.
    Word(String),
    Apply(Rc<Shown>, Rc<Shown>),
    Lambda(String, Rc<Shown>, Rc<Shown>),
    Forall(String, Rc<Shown>, Rc<Shown>),
}

/// The words and signs of a text.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_sign = |letter: char| matches!(letter, '(' | ')' | ':' | ',' | '=');
        let length = match first {
            '=' if rest.starts_with("=>") => 2,
            _ if is_sign(first) => 1,
            _ => rest.find(|letter: char| letter.is_whitespace() || is_sign(letter)).unwrap_or(rest.len()),
        };
        tokens.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    tokens
}

struct Parser {
    tokens: Vec<String>,
    next: usize,
}

impl Parser {
    fn peek(&self) -> &str {
        self.tokens.get(self.next).map_or("", String::as_str)
    }

    fn take(&mut self) -> String {
        self.next += 1;
        self.tokens[self.next - 1].clone()
    }

    fn expect(&mut self, token: &str) {
        let found = self.take();
        assert_eq!(found, token, "{:?}", &self.tokens[..self.next]);
    }

    fn term(&mut self) -> Rc<Shown> {
        match self.peek() {
            "forall" => self.binders(",", Shown::Forall),
            "fun" => self.binders("=>", Shown::Lambda),
            _ => {
                let mut term = self.atom();
                while !matches!(self.peek(), "" | ")" | "," | ":" | "=>") {
                    let argument = if matches!(self.peek(), "fun" | "forall") { self.term() } else { self.atom() };
                    term = Rc::new(Shown::Apply(term, argument));
                }
                term
            }
        }
    }

    fn atom(&mut self) -> Rc<Shown> {
        if self.peek() != "(" {
            return Rc::new(Shown::Word(self.take()));
        }
        self.expect("(");
        let term = self.term();
        self.expect(")");
        term
    }

    /// `fun`, then `x y : T` or `(x y : T) (z : U) ...`, the sign, the body.
    fn binders(&mut self, sign: &str, make: fn(String, Rc<Shown>, Rc<Shown>) -> Shown) -> Rc<Shown> {
        self.take();
        let mut bound: Vec<(String, Rc<Shown>)> = Vec::new();
        while self.peek() != sign {
            let in_parentheses = self.peek() == "(";
            if in_parentheses {
                self.expect("(");
            }
            let mut names = Vec::new();
            while self.peek() != ":" {
                names.push(self.take());
            }
            self.expect(":");
            let ty = self.term();
            if in_parentheses {
                self.expect(")");
            }
            bound.extend(names.into_iter().map(|name| (name, ty.clone())));
        }
        self.expect(sign);
        let body = self.term();
        bound.into_iter().rev().fold(body, |body, (name, ty)| Rc::new(make(name, ty, body)))
    }
}

/// Reads a term.
pub fn parse(text: &str) -> Rc<Shown> {
    let mut parser = Parser { tokens: tokens(text), next: 0 };
    let term = parser.term();
    assert_eq!(parser.peek(), "", "{text}");
    term
}

/// The constant of a name in Rocq.
pub fn constant(text: &str) -> String {
    let Some(rest) = text.strip_prefix("op'") else { return text.to_owned() };
    let mut name = String::new();
    for (place, part) in rest.split('\'').enumerate() {
        if place % 2 == 1 {
            name += part;
            continue;
        }
        for word in part.split('_').filter(|word| !word.is_empty()) {
            name.push(match word {
                "plus" => '+',
                "minus" => '-',
                "times" => '*',
                "slash" => '/',
                "eq" => '=',
                "lt" => '<',
                "gt" => '>',
                "bang" => '!',
                "dollar" => '$',
                "hat" => '^',
                "prime" => '\'',
                "hash" => '#',
                other => panic!("{text}: no sign is named {other}"),
            });
        }
    }
    name
}

/// Whether a shown term is a term of the kernel; `scope` are the names of the variables around it, the innermost last.
pub fn is_same(shown: &Shown, environment: &Environment, term: TermId, scope: &mut Vec<String>) -> bool {
    match (shown, environment.store.term(term)) {
        (Shown::Word(word), node) => {
            let bound = scope.iter().rev().position(|name| name == word);
            match (bound, node) {
                (Some(place), Term::Bound(index)) => place == index as usize,
                (None, Term::Sort(Sort::Prop)) => word == "Prop",
                (None, Term::Sort(Sort::Type)) => word == "Type@{type}",
                (None, Term::Const(id)) => constant(word) == *environment.declaration(id).name,
                _ => false,
            }
        }
        (Shown::Apply(function, argument), Term::App(f, a)) => {
            is_same(function, environment, f, scope) && is_same(argument, environment, a, scope)
        }
        (Shown::Lambda(name, domain, body), Term::Lambda(d, b))
        | (Shown::Forall(name, domain, body), Term::Pi(d, b)) => {
            if !is_same(domain, environment, d, scope) {
                return false;
            }
            scope.push(name.clone());
            let is_equal = is_same(body, environment, b, scope);
            scope.pop();
            is_equal
        }
        _ => false,
    }
}

/// The constants that a shown term mentions.
pub fn mentioned(shown: &Shown, scope: &mut Vec<String>, found: &mut impl FnMut(&str)) {
    match shown {
        Shown::Word(word) if scope.contains(word) || word == "Prop" || word.starts_with("Type@") => {}
        Shown::Word(word) => found(word),
        Shown::Apply(function, argument) => {
            mentioned(function, scope, found);
            mentioned(argument, scope, found);
        }
        Shown::Lambda(name, domain, body) | Shown::Forall(name, domain, body) => {
            mentioned(domain, scope, found);
            scope.push(name.clone());
            mentioned(body, scope, found);
            scope.pop();
        }
    }
}

#[test]
fn shown_terms_are_read() {
    let mut environment = Environment::new();
    let (prop, sort) = (environment.store.sort(Sort::Prop), environment.store.sort(Sort::Type));
    let relation = {
        let t = environment.store.local(0, sort);
        let inner = environment.store.pi(t, prop);
        let outer = environment.store.pi(t, inner);
        environment.store.close_pi(outer, &[t])
    };
    let constant = environment.add_axiom("=", relation).unwrap();
    let equal = environment.store.constant(constant);
    let (t, x) = (environment.store.local(0, sort), environment.store.bound(0));
    let x_local = environment.store.local(1, t);
    let identity = environment.store.lambda(t, x);
    let applied = environment.store.app(identity, x_local);
    let statement = environment.store.apps(equal, &[t, applied, x_local]);
    let statement = environment.store.close_pi(statement, &[t, x_local]);
    let same = |text: &str, term| is_same(&parse(text), &environment, term, &mut Vec::new());
    assert!(same("forall (A : Type@{type}) (_ _ : A), Prop", relation));
    assert!(same("forall (A : Type@{type}) (x : A), op'eq A ((fun y : A => y) x) x", statement));
    assert!(!same("forall (A : Type@{type}) (x : A), op'eq A x ((fun y : A => y) x)", statement));
    assert!(!same("forall (A : Type@{type}) (x : A), op'eq A ((fun y : A => x) x) x", statement));
    assert!(!same("forall (A : Prop) (_ _ : A), Prop", relation));
    assert!(!same("forall (A : Type@{type}) (_ : A), Prop", relation));
    let mut words = Vec::new();
    mentioned(&parse("forall (A : nat) (x : f A), op'eq A x z"), &mut Vec::new(), &mut |word| {
        words.push(word.to_owned())
    });
    assert_eq!(words, ["nat", "f", "op'eq", "z"]);
    assert_eq!(
        ["nat", "op'plus'_z", "op''forall", "op'lt_eq", "op''a'lt_eq'b", "op''op'prime'plus"]
            .map(super::printed::constant),
        ["nat", "+_z", "forall", "<=", "a<=b", "op'plus"]
    );
}
