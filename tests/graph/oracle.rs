//! A hand-written map from kinds of questions to graphs, to test operators, elements and printing with. It is not a
//! policy, and nothing of the program uses it: it looks at the words of a question only to choose a family of graphs,
//! whose leaves are all elements of the question.

use prover_graph::algebra::types::Type;
use prover_graph::question::{Element, Question};

/// Statements and the question proper, each with the indices of its elements.
struct Sentence<'q> {
    text: &'q str,
    elements: Vec<usize>,
}

fn sentences(question: &Question) -> Vec<Sentence<'_>> {
    let text = question.text.as_str();
    let bytes = text.as_bytes();
    let mut sentences = Vec::new();
    let mut start = 0;
    for at in 0..bytes.len() {
        let ends = matches!(bytes[at], b'.' | b'?') && bytes.get(at + 1).is_none_or(|next| *next == b' ');
        // Options follow the question mark of `Which is the smallest?  (a) 1  (b) 2`.
        let is_cut = ends && !text[at + 1..].starts_with("  (") || at + 1 == bytes.len();
        if is_cut {
            let inside = |element: &Element| (start..=at).contains(&(element.span.start as usize));
            let elements = question.elements.iter().enumerate().filter(|(_, element)| inside(element));
            sentences
                .push(Sentence { text: text[start..=at].trim(), elements: elements.map(|(index, _)| index).collect() });
            start = at + 1;
        }
    }
    sentences
}

/// Writes a graph for one question.
pub struct Oracle<'q> {
    question: &'q Question,
    lets: String,
    /// The name of the environment so far.
    env: String,
    count: usize,
    /// The equation of a statement that is to be solved by the question.
    equation: Option<usize>,
    last: Sentence<'q>,
}

/// A graph for a question of a module; nothing if the elements for it are not there.
pub fn graph(module: &str, question: &Question) -> Option<String> {
    let mut sentences = sentences(question);
    let last = sentences.pop()?;
    let mut oracle = Oracle { question, lets: String::new(), env: "env".into(), count: 0, equation: None, last };
    let solves = module.starts_with("algebra__polynomial_roots");
    let count = sentences.len();
    for (index, sentence) in sentences.into_iter().enumerate() {
        oracle.statement(&sentence, solves && index + 1 == count)?;
    }
    let root = oracle.answer(module)?;
    Some(format!("{}{root}", oracle.lets))
}

impl Oracle<'_> {
    fn kind(&self, index: usize) -> Type {
        self.question.elements[index].kind
    }

    fn next(&mut self, env: String) {
        self.lets.push_str(&format!("let e{} = {env}\n", self.count));
        self.env = format!("e{}", self.count);
        self.count += 1;
    }

    fn system(&self, equations: &[usize]) -> String {
        let mut system = String::new();
        for (position, index) in equations.iter().enumerate() {
            let equation = format!("resolve(f{index}, {})", self.env);
            system =
                if position == 0 { format!("system({equation})") } else { format!("system_add({system}, {equation})") };
        }
        format!("solve_linear({system})")
    }

    fn statement(&mut self, sentence: &Sentence<'_>, is_last: bool) -> Option<()> {
        let elements = &sentence.elements;
        let kinds: Vec<Type> = elements.iter().map(|&index| self.kind(index)).collect();
        let env = self.env.clone();
        match (&kinds[..], &elements[..]) {
            ([Type::Equation], &[equation])
                if is_last && self.last.elements.len() < 2 && !self.has(Type::Expr) && !self.has(Type::Equation) =>
            {
                self.equation = Some(equation);
            }
            ([Type::Equation, ..], equations) => {
                let solution = self.system(equations);
                self.next(format!("bind_solution({env}, {solution})"));
            }
            ([Type::Fun, Type::Var, Type::Ordinal, _], &[function, variable, order, body]) => {
                let body = format!("diff(resolve(f{body}, {env}), f{variable}, f{order})");
                self.next(format!("define({env}, f{function}, f{variable}, {body})"));
            }
            ([Type::Fun, Type::Var, _], &[function, variable, body]) => {
                self.next(format!("define({env}, f{function}, f{variable}, f{body})"));
            }
            ([Type::Var, _], &[variable, value]) => self.next(format!("bind({env}, f{variable}, f{value})")),
            // What holds letters is no statement.
            _ if sentence.text.contains("letters picked") => {}
            _ => return None,
        }
        Some(())
    }

    /// Whether the question proper has an element of a type.
    fn has(&self, kind: Type) -> bool {
        self.last.elements.iter().any(|&index| self.kind(index) == kind)
    }

    fn says(&self, words: &str) -> bool {
        self.last.text.contains(words)
    }

    /// The elements of the question proper that are of one of some types.
    fn all(&self, kinds: &[Type]) -> Vec<usize> {
        self.last.elements.iter().copied().filter(|&index| kinds.contains(&self.kind(index))).collect()
    }

    fn find(&self, kind: Type) -> Option<String> {
        let found = self.last.elements.iter().find(|&&index| self.kind(index) == kind);
        // Bags may stand in the sentence before.
        let anywhere = || self.question.elements.iter().position(|element| element.kind == kind);
        found.copied().or_else(anywhere).map(|index| format!("f{index}"))
    }

    /// The numbers of the question proper, in order.
    fn values(&self) -> Vec<String> {
        let of_numbers = [Type::Int, Type::Rat, Type::Dec, Type::Expr, Type::Var];
        self.all(&of_numbers).into_iter().map(|index| self.value(index)).collect()
    }

    fn value(&self, index: usize) -> String {
        match self.kind(index) {
            Type::Expr | Type::Var => format!("value(f{index}, {})", self.env),
            _ => format!("f{index}"),
        }
    }

    fn pair(&self) -> Option<[String; 2]> {
        self.values().try_into().ok()
    }

    fn list(&self) -> Option<String> {
        let index = *self.all(&[Type::ListChoice, Type::ListRat, Type::ListInt]).first()?;
        Some(if self.kind(index) == Type::ListChoice {
            format!("resolve(f{index}, {})", self.env)
        } else {
            format!("f{index}")
        })
    }

    fn resolved(&self) -> Option<String> {
        let index = *self.all(&[Type::Expr, Type::Int, Type::Rat, Type::Dec, Type::Var]).first()?;
        Some(format!("resolve(f{index}, {})", self.env))
    }

    fn answer(&self, module: &str) -> Option<String> {
        let (area, name) = module.split_once("__")?;
        let name = name.trim_end_matches("_composed").trim_end_matches("_more").trim_end_matches("_big");
        let name = name.trim_end_matches("_longer").trim_end_matches("_more_samples");
        match area {
            "algebra" => self.algebra(name),
            "arithmetic" => self.arithmetic(name),
            "calculus" => self.derivative(),
            "comparison" => self.comparison(name),
            "measurement" => self.measurement(name),
            "numbers" => self.numbers(name),
            "polynomials" => self.polynomials(name),
            "probability" => self.probability(name),
            _ => None,
        }
    }

    fn algebra(&self, name: &str) -> Option<String> {
        match name {
            "linear_1d" | "linear_2d" => {
                let system = self.system(&self.all(&[Type::Equation]));
                Some(format!("sol_get({system}, {})", self.find(Type::Var)?))
            }
            "sequence_next_term" => Some(format!("next_term({})", self.list()?)),
            "sequence_nth_term" => Some(format!("fit_sequence({}, {})", self.list()?, self.find(Type::Var)?)),
            "polynomial_roots" if self.says("Factor") => Some(format!("factor({})", self.resolved()?)),
            "polynomial_roots" => {
                let equation = self.all(&[Type::Equation]).first().copied().or(self.equation)?;
                let equation = format!("resolve(f{equation}, {})", self.env);
                let variable = self.all(&[Type::Var]).first().map(|index| format!(", f{index}"));
                Some(format!("roots({equation}{})", variable.unwrap_or_default()))
            }
            _ => None,
        }
    }

    fn arithmetic(&self, name: &str) -> Option<String> {
        match name {
            "add_or_sub_in_base" => {
                let numbers = self.all(&[Type::BaseNumber]);
                let [first, second] = numbers[..] else { return None };
                let places = [first, second].map(|index| self.question.elements[index].span);
                let between = &self.question.text[places[0].end as usize..places[1].start as usize];
                let operator = if between.contains('+') { "add" } else { "sub" };
                let base = self.find(Type::Base)?;
                Some(format!("to_base({operator}(from_base(f{first}, {base}), from_base(f{second}, {base})), {base})"))
            }
            "nearest_integer_root" if self.says("root of") => {
                let value = self.all(&[Type::Int]).first().copied()?;
                Some(format!("nearest_root(f{value}, {})", self.find(Type::Ordinal)?))
            }
            "nearest_integer_root" => {
                let [value, exponent] = self.pair()?;
                Some(format!("nearest_root({value}, denominator({exponent}))"))
            }
            "simplify_surd" => Some(format!("simplify_surd(f{})", self.last.elements.first()?)),
            _ => match (self.pair(), self.values().first()) {
                (Some([a, b]), _) => {
                    let is = |words: &[&str]| words.iter().any(|word| self.says(word));
                    Some(match () {
                        () if is(&["times", "roduct", "Multiply"]) => format!("mul({a}, {b})"),
                        () if is(&["divided", "Divide"]) => format!("div({a}, {b})"),
                        () if is(&["difference", "distance"]) => format!("abs(sub({a}, {b}))"),
                        () if is(&["less than", "Subtract"]) => format!("sub({b}, {a})"),
                        () if is(&["minus", "take away"]) => format!("sub({a}, {b})"),
                        () => format!("add({a}, {b})"),
                    })
                }
                (None, value) => value.cloned(),
            },
        }
    }

    fn derivative(&self) -> Option<String> {
        let variable = self.all(&[Type::Var]).first().map(|index| format!(", f{index}")).unwrap_or_default();
        let order = self.all(&[Type::Ordinal]).first().map(|index| format!(", f{index}")).unwrap_or_default();
        Some(format!("diff({}{variable}{order})", self.resolved()?))
    }

    fn comparison(&self, name: &str) -> Option<String> {
        match name {
            "closest" => Some(format!("closest({}, {})", self.list()?, self.values().first()?)),
            "kth_biggest" => {
                let order = self.all(&[Type::Ordinal]).first().map(|index| format!("f{index}, ")).unwrap_or_default();
                Some(format!("kth({}, {order}{})", self.list()?, self.find(Type::Direction)?))
            }
            "sort" if self.has(Type::Direction) => {
                Some(format!("sort({}, {})", self.list()?, self.find(Type::Direction)?))
            }
            "sort" => Some(format!("sort({})", self.list()?)),
            "pair" if self.says("Which is") => Some(format!("kth({}, {})", self.list()?, self.find(Type::Direction)?)),
            "pair" => {
                let [a, b] = self.pair()?;
                Some(format!("compare({a}, {}, {b})", self.find(Type::Relation)?))
            }
            _ => None,
        }
    }

    fn measurement(&self, name: &str) -> Option<String> {
        let times = self.all(&[Type::Time]);
        match (name, &times[..]) {
            ("conversion", _) => Some(format!("convert({}, {})", self.find(Type::Quantity)?, self.find(Type::Unit)?)),
            (_, [from, to]) => Some(format!("time_between(f{from}, f{to})")),
            (_, [time]) if self.says("before") => {
                Some(format!("time_add(f{time}, neg({}))", self.find(Type::Quantity)?))
            }
            (_, [time]) => Some(format!("time_add(f{time}, {})", self.find(Type::Quantity)?)),
            _ => None,
        }
    }

    fn numbers(&self, name: &str) -> Option<String> {
        let values = self.values();
        let first = values.first();
        match name {
            "base_conversion" => {
                let [from, to] = self.all(&[Type::Base])[..] else { return None };
                Some(format!("to_base(from_base({}, f{from}), f{to})", self.find(Type::BaseNumber)?))
            }
            "is_prime" if self.says("composite") => Some(format!("not(is_prime({}))", first?)),
            "is_prime" => Some(format!("is_prime({})", first?)),
            "list_prime_factors" => Some(format!("prime_factors({})", first?)),
            "place_value" => Some(format!("digit({}, {})", first?, self.find(Type::Place)?)),
            "round_number" if self.has(Type::Place) => {
                Some(format!("round_pow10({}, {})", first?, self.find(Type::Place)?))
            }
            _ => {
                let [a, b] = self.pair()?;
                Some(match name {
                    "div_remainder" => format!("mod({a}, {b})"),
                    "gcd" => format!("gcd({a}, {b})"),
                    "is_factor" if self.says("multiple") || self.says("even") => format!("divides({b}, {a})"),
                    "is_factor" => format!("divides({a}, {b})"),
                    "lcm" if self.says("denominator") => format!("lcm(denominator({a}), denominator({b}))"),
                    "lcm" => format!("lcm({a}, {b})"),
                    "round_number" => format!("round_pow10({a}, {b})"),
                    _ => return None,
                })
            }
        }
    }

    fn polynomials(&self, name: &str) -> Option<String> {
        match name {
            "simplify_power" => Some(format!("simplify_power(f{})", self.last.elements.first()?)),
            "evaluate" => self.values().first().cloned(),
            "add" | "compose" => self.resolved(),
            "collect" | "expand" => Some(format!("expand({})", self.resolved()?)),
            "coefficient_named" => {
                let [expr, form, name] = self.last.elements[..] else { return None };
                Some(format!("coefficient_in_form(f{expr}, f{form}, f{name})"))
            }
            _ => None,
        }
    }

    fn probability(&self, name: &str) -> Option<String> {
        let bag = self.find(Type::Bag)?;
        match name {
            "swr_p_sequence" => Some(format!("p_sequence({bag}, {})", self.find(Type::Letters)?)),
            "swr_p_level_set" => Some(format!("p_counts({bag}, {})", self.find(Type::Counts)?)),
            _ => None,
        }
    }
}
