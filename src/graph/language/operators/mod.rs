//! The operators of graphs. Each is one item of one of the tables in this folder, which gives its name, documentation,
//! signatures with their evaluation, an example from the data that is its row of docs/operators.md and its unit test,
//! and its definition in Python.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::algebra::budget::Budget;
use crate::algebra::error::EvalError;
use crate::algebra::types::Type;
use crate::algebra::value::Value;

mod arithmetic;
mod binding;
mod choice;
mod equations;
mod lists;
mod polynomials;
mod reference;
mod shares;
mod special;

pub use reference::reference;

/// One way to apply an operator.
#[derive(Debug)]
pub struct Signature {
    /// The types of the arguments.
    pub parameters: &'static [Type],
    /// The type of the result.
    pub result: Type,
    /// The result for arguments of the types, or of types that fit them.
    pub evaluate: fn(&[Value], &mut Budget) -> Result<Value, EvalError>,
}

/// An operator.
#[derive(Debug)]
pub struct Operator {
    /// Its name in graphs.
    pub name: &'static str,
    /// Description of its result.
    pub documentation: &'static str,
    /// The ways to apply it; the first that fits the arguments counts.
    pub signatures: &'static [Signature],
    /// A question of the data, a graph with the operator, and the answer.
    pub example: (&'static str, &'static str, &'static str),
    /// Its definition in Python, which may use library.py of [`python`](crate::language::python).
    pub python: &'static str,
}

/// An operator with one of its signatures: the unit that a search chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Applied {
    /// The index of the operator in [`all`].
    pub operator: u16,
    /// The index of its signature.
    pub signature: u16,
}

impl Applied {
    /// The operator. An index that is out of range gives the first one.
    pub fn operator(self) -> &'static Operator {
        let all = all();
        all.get(usize::from(self.operator)).copied().unwrap_or(all[0])
    }

    /// The signature. An index that is out of range gives the first one.
    pub fn signature(self) -> &'static Signature {
        let signatures = self.operator().signatures;
        signatures.get(usize::from(self.signature)).unwrap_or(&signatures[0])
    }
}

/// The names of the groups of operators and their tables.
static GROUPS: [(&str, &[Operator]); 8] = [
    ("Binding", binding::OPERATORS),
    ("Equations", equations::OPERATORS),
    ("Polynomials", polynomials::OPERATORS),
    ("Arithmetic", arithmetic::OPERATORS),
    ("Choice", choice::OPERATORS),
    ("Lists", lists::OPERATORS),
    ("Shares", shares::OPERATORS),
    ("Special", special::OPERATORS),
];

/// Every operator, in the order of the reference.
pub fn all() -> &'static [&'static Operator] {
    static ALL: LazyLock<Vec<&'static Operator>> =
        LazyLock::new(|| GROUPS.iter().flat_map(|(_, operators)| operators.iter()).collect());
    &ALL
}

/// Every operator with each of its signatures, in the order of the reference.
pub fn applications() -> &'static [Applied] {
    static ALL: LazyLock<Vec<Applied>> = LazyLock::new(|| {
        let each = all().iter().enumerate();
        let applied = |(operator, signature): (usize, usize)| Applied {
            // There are some fifty operators with a few signatures each.
            operator: operator as u16,
            signature: signature as u16,
        };
        each.flat_map(|(index, operator)| (0..operator.signatures.len()).map(move |signature| (index, signature)))
            .map(applied)
            .collect()
    });
    &ALL
}

/// The operators, each with one of its signatures, whose results fit a hole of a type.
pub fn producing(wanted: Type) -> &'static [Applied] {
    static BY_TYPE: LazyLock<HashMap<Type, Vec<Applied>>> = LazyLock::new(|| {
        let fitting = |wanted: Type| {
            let all = applications().iter().copied();
            all.filter(|applied| applied.signature().result.fits(wanted)).collect()
        };
        Type::ALL.iter().map(|wanted| (*wanted, fitting(*wanted))).collect()
    });
    BY_TYPE.get(&wanted).map_or(&[], Vec::as_slice)
}

/// The index of the operator with a name.
pub fn named(name: &str) -> Option<u16> {
    static NAMES: LazyLock<HashMap<&'static str, u16>> =
        LazyLock::new(|| all().iter().enumerate().map(|(index, operator)| (operator.name, index as u16)).collect());
    NAMES.get(name).copied()
}

/// The first signature of an operator that takes arguments of these types.
pub fn applied(operator: u16, arguments: &[Type]) -> Option<Applied> {
    let signatures = all().get(usize::from(operator))?.signatures;
    let takes = |signature: &Signature, exactly: bool| {
        signature.parameters.len() == arguments.len()
            && signature.parameters.iter().zip(arguments).all(|(wanted, found)| match exactly {
                true => found == wanted,
                false => found.fits(*wanted),
            })
    };
    let exact = signatures.iter().position(|signature| takes(signature, true));
    let index = exact.or_else(|| signatures.iter().position(|signature| takes(signature, false)))?;
    Some(Applied { operator, signature: index as u16 })
}

/// A table of operators, each with its documentation, signatures, example and Python. The identifier at the top is the budget's
/// name in the bodies, which are results: `?` passes errors on.
macro_rules! operators {
    ($budget:ident; $(
        $(#[doc = $doc:literal])+
        $name:ident $(as $text:literal)? {
            $(($($parameter:ident: $kind:ident),*) -> $result:ident => $body:expr;)+
        }
        $question:literal, $graph:literal => $answer:literal,
        $python:literal;
    )+) => {
        pub(super) static OPERATORS: &[super::Operator] = &[$(super::Operator {
            name: super::name!($name $($text)?),
            documentation: concat!($($doc),+),
            signatures: &[$(super::Signature {
                parameters: &[$(<crate::language::kinds::$kind as crate::language::kinds::Kind>::TYPE),*],
                result: <crate::language::kinds::$result as crate::language::kinds::Kind>::TYPE,
                evaluate: |arguments, $budget| {
                    use crate::language::kinds::{self, Kind};
                    let _ = &$budget;
                    let [$($parameter),*] = arguments else {
                        return Err(crate::algebra::error::EvalError::Domain("the number of arguments is wrong"));
                    };
                    $(let $parameter = <kinds::$kind as Kind>::take($parameter)?;)*
                    let result: Result<<kinds::$result as Kind>::Data, crate::algebra::error::EvalError> = $body;
                    result.map(<kinds::$result as Kind>::give)
                },
            }),+],
            example: ($question, $graph, $answer),
            python: $python,
        }),+];

        #[cfg(test)]
        mod examples {
            $(#[test]
            fn $name() {
                super::super::tests::check_example(super::super::name!($name $($text)?));
            })+
        }
    };
}

/// The name of an operator in graphs: that of its item, or a text where that would be a keyword.
macro_rules! name {
    ($name:ident) => {
        stringify!($name)
    };
    ($name:ident $text:literal) => {
        $text
    };
}

use {name, operators};

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{language, question};

    /// The example of an operator uses it and gives its answer.
    pub fn check_example(name: &str) {
        let (text, source, answer) = all()[usize::from(named(name).unwrap())].example;
        let question = question::Question::new(text).unwrap();
        let shown: Vec<String> = question.elements.iter().map(ToString::to_string).collect();
        let graph = language::parse(source, &question.elements);
        let graph = graph.unwrap_or_else(|errors| panic!("{errors:?} in {source}\n{}", shown.join("\n")));
        assert!(graph.mentions(name), "{source} does not use {name}");
        let value = graph.evaluate(&question.elements, &mut Budget::default());
        let value = value.unwrap_or_else(|error| panic!("{error} in {source}\n{}", shown.join("\n")));
        assert_eq!(value.to_string(), answer, "{source}\n{}", shown.join("\n"));
    }

    #[test]
    fn what_fits_a_hole_is_found_by_its_type() {
        let names = |wanted| producing(wanted).iter().map(|applied| applied.operator().name).collect::<Vec<_>>();
        assert_eq!(names(Type::Power), ["simplify_power"]);
        assert!(names(Type::Int).contains(&"sol_get") && names(Type::Var).is_empty());
    }

    #[test]
    fn names_and_signatures_are_unambiguous() {
        for operator in all() {
            assert_eq!(all().iter().filter(|other| other.name == operator.name).count(), 1);
            for (index, signature) in operator.signatures.iter().enumerate() {
                let id = named(operator.name).unwrap();
                let found = applied(id, signature.parameters).unwrap();
                assert_eq!(usize::from(found.signature), index, "{}", operator.name);
            }
        }
    }
}
