//! A small interpreter of problems in SMT-LIB notation, which knows nothing of the program under test.

use std::collections::BTreeMap;
use std::rc::Rc;

/// An expression of a problem.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    Atom(String),
    List(Vec<Expression>),
}

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    Int(i128),
    /// A constructor with its fields.
    Data(String, Vec<Value>),
    /// A lambda with its environment, or the name of a function, with the arguments given so far.
    Function(Rc<Function>, Vec<Value>),
}

#[derive(Debug)]
pub struct Function {
    inputs: Vec<String>,
    body: Expression,
    around: Around,
}

type Around = Vec<(String, Value)>;

/// The definitions of a problem.
#[derive(Default)]
pub struct Problem {
    /// Constructors with the numbers of their fields.
    constructors: BTreeMap<String, usize>,
    functions: BTreeMap<String, Rc<Function>>,
}

impl Expression {
    fn list(&self) -> &[Expression] {
        match self {
            Self::List(items) => items,
            Self::Atom(name) => panic!("a list should stand where `{name}` does"),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Atom(name) => name,
            Self::List(items) => panic!("a name should stand in the place of {items:?}"),
        }
    }

    /// Without `(par (a ...) _)`.
    fn without_types(&self) -> &Expression {
        match self {
            Self::List(items) if items[..].first() == Some(&Self::Atom("par".into())) => &items[2],
            other => other,
        }
    }
}

/// The expressions of a text without comments and quotes.
pub fn parse(text: &str) -> Vec<Expression> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut open = vec![Vec::new()];
    for token in spaced.split_whitespace() {
        match token {
            "(" => open.push(Vec::new()),
            ")" => {
                let items = open.pop().unwrap();
                open.last_mut().unwrap().push(Expression::List(items));
            }
            name => open.last_mut().unwrap().push(Expression::Atom(name.to_owned())),
        }
    }
    assert_eq!(open.len(), 1, "each parenthesis has a partner");
    open.remove(0)
}

impl Problem {
    pub fn new(text: &str) -> Self {
        let mut problem = Self { constructors: [("true".into(), 0), ("false".into(), 0)].into(), ..Self::default() };
        for command in parse(text) {
            let items = command.list();
            match items[0].name() {
                "declare-datatype" => {
                    for constructor in items[2].without_types().list() {
                        let parts = constructor.list();
                        problem.constructors.insert(parts[0].name().to_owned(), parts.len() - 1);
                    }
                }
                "define-fun" | "define-fun-rec" => problem.define(&items[1..items.len() - 1], &items[items.len() - 1]),
                "define-funs-rec" => {
                    for (head, body) in items[1].list().iter().zip(items[2].list()) {
                        problem.define(head.list(), body);
                    }
                }
                _ => {}
            }
        }
        problem
    }

    fn define(&mut self, head: &[Expression], body: &Expression) {
        let inputs = match head {
            [_, signature] => &signature.without_types().list()[0],
            _ => &head[1],
        };
        let inputs = inputs.list().iter().map(|input| input.list()[0].name().to_owned()).collect();
        let function = Function { inputs, body: body.clone(), around: Vec::new() };
        self.functions.insert(head[0].name().to_owned(), Rc::new(function));
    }

    /// The value of a function.
    pub fn call(&self, name: &str, arguments: Vec<Value>) -> Value {
        self.apply(Value::Function(self.functions[name].clone(), Vec::new()), arguments)
    }

    fn apply(&self, function: Value, arguments: Vec<Value>) -> Value {
        let mut value = function;
        for argument in arguments {
            let Value::Function(function, mut given) = value else { panic!("{value:?} is no function") };
            given.push(argument);
            value = Value::Function(function, given);
            if let Value::Function(function, given) = &value
                && given.len() == function.inputs.len()
            {
                let mut around = function.around.clone();
                around.extend(function.inputs.iter().cloned().zip(given.iter().cloned()));
                value = self.value(&function.body, &around);
            }
        }
        value
    }

    fn value(&self, expression: &Expression, around: &Around) -> Value {
        let known = |name: &str| around.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let items = match expression {
            Expression::Atom(name) => {
                if let Some(value) = known(name) {
                    return value;
                }
                if let Ok(number) = name.parse() {
                    return Value::Int(number);
                }
                return match self.functions.get(name) {
                    Some(function) if function.inputs.is_empty() => self.value(&function.body, &Vec::new()),
                    Some(function) => Value::Function(function.clone(), Vec::new()),
                    None => Value::Data(name.clone(), Vec::new()),
                };
            }
            Expression::List(items) => items,
        };
        let (head, rest) = items.split_first().expect("no list is empty");
        let each = || rest.iter().map(|part| self.value(part, around)).collect::<Vec<_>>();
        let Expression::Atom(word) = head else { return self.apply(self.value(head, around), each()) };
        if let Some(function) = known(word) {
            return self.apply(function, each());
        }
        if let Some(function) = self.functions.get(word) {
            return self.apply(Value::Function(function.clone(), Vec::new()), each());
        }
        if self.constructors.contains_key(word) {
            return Value::Data(word.clone(), each());
        }
        match &**word {
            "_" | "as" => self.value(&rest[0], around),
            "@" => self.apply(self.value(&rest[0], around), each().split_off(1)),
            "lambda" => {
                let inputs = rest[0].list().iter().map(|input| input.list()[0].name().to_owned()).collect();
                let function = Function { inputs, body: rest[1].clone(), around: around.clone() };
                Value::Function(Rc::new(function), Vec::new())
            }
            "let" => {
                let mut inner = around.clone();
                for binder in rest[0].list() {
                    inner.push((binder.list()[0].name().to_owned(), self.value(&binder.list()[1], around)));
                }
                self.value(&rest[1], &inner)
            }
            "match" => self.case(self.value(&rest[0], around), rest[1].list(), around),
            "ite" => self.value(&rest[if is_true(&self.value(&rest[0], around)) { 1 } else { 2 }], around),
            word => operation(word, &each()),
        }
    }

    fn case(&self, value: Value, cases: &[Expression], around: &Around) -> Value {
        let Value::Data(constructor, fields) = &value else { panic!("{value:?} is no data") };
        for case in cases {
            let (pattern, body) = (&case.list()[0], &case.list()[1]);
            let (name, names) = match pattern {
                Expression::Atom(name) => (&**name, &[][..]),
                Expression::List(items) => (items[0].name(), &items[1..]),
            };
            let mut inner = around.clone();
            if name == constructor {
                inner.extend(names.iter().map(|name| name.name().to_owned()).zip(fields.iter().cloned()));
            } else if self.constructors.contains_key(name) {
                continue;
            } else {
                inner.push((name.to_owned(), value.clone()));
            }
            return self.value(body, &inner);
        }
        panic!("no case for {constructor}")
    }
}

fn is_true(value: &Value) -> bool {
    matches!(value, Value::Data(name, _) if name == "true")
}

fn are_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => left == right,
        (Value::Data(left, of_left), Value::Data(right, of_right)) => {
            left == right && of_left.iter().zip(of_right).all(|(left, right)| are_equal(left, right))
        }
        _ => panic!("functions are not compared"),
    }
}

/// The built-in operations of SMT-LIB.
fn operation(word: &str, values: &[Value]) -> Value {
    let truth = |value: bool| Value::Data(value.to_string(), Vec::new());
    let truths = || values.iter().map(is_true).collect::<Vec<_>>();
    match word {
        "=" => return truth(are_equal(&values[0], &values[1])),
        "distinct" => return truth(!are_equal(&values[0], &values[1])),
        "not" => return truth(!is_true(&values[0])),
        "and" => return truth(truths().iter().all(|value| *value)),
        "or" => return truth(truths().iter().any(|value| *value)),
        "=>" => {
            let truths = truths();
            let (conclusion, premises) = truths.split_last().unwrap();
            return truth(*conclusion || !premises.iter().all(|value| *value));
        }
        _ => {}
    }
    let numbers: Vec<i128> = values
        .iter()
        .map(|value| match value {
            Value::Int(number) => *number,
            other => panic!("`{word}` of {other:?}"),
        })
        .collect();
    match (word, &numbers[..]) {
        ("-", [number]) => Value::Int(-number),
        ("+", numbers) => Value::Int(numbers.iter().sum()),
        ("*", numbers) => Value::Int(numbers.iter().product()),
        ("-", [first, rest @ ..]) => Value::Int(first - rest.iter().sum::<i128>()),
        // The remainder is never negative.
        ("div", [left, right]) => Value::Int(left.div_euclid(*right)),
        ("mod", [left, right]) => Value::Int(left.rem_euclid(*right)),
        ("<=", [left, right]) => truth(left <= right),
        ("<", [left, right]) => truth(left < right),
        (">=", [left, right]) => truth(left >= right),
        (">", [left, right]) => truth(left > right),
        _ => panic!("`{word}` is unknown here"),
    }
}
