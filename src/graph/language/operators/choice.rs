//! Operators that choose and compare.

use std::sync::Arc;

use super::operators;
use crate::Budget;
use crate::algebra::bindings::Bindings;
use crate::algebra::error::EvalError;
use crate::algebra::expr::Expr;
use crate::algebra::number::Number;
use crate::algebra::value::{Choice, Direction, Relation};

type Valued = Vec<(Number, Arc<str>)>;

/// The values of choices with their labels, in order of the list.
fn values(choices: &[Choice], budget: &mut Budget) -> Result<Valued, EvalError> {
    let nothing = Bindings::default();
    let value = |choice: &Choice| Ok((nothing.number(&choice.value, budget)?, choice.label.clone()));
    choices.iter().map(value).collect()
}

fn sorted(choices: &[Choice], direction: Direction, budget: &mut Budget) -> Result<Valued, EvalError> {
    let mut values = values(choices, budget)?;
    values.sort_by(|a, b| match direction {
        Direction::Up => a.0.cmp(&b.0),
        Direction::Down => b.0.cmp(&a.0),
    });
    Ok(values)
}

fn kth_of(choices: &[Choice], k: u32, direction: Direction, budget: &mut Budget) -> Result<Arc<str>, EvalError> {
    let sorted = sorted(choices, direction, budget)?;
    let found = (k as usize).checked_sub(1).and_then(|index| sorted.into_iter().nth(index));
    found.map(|(_, label)| label).ok_or(EvalError::Domain("the list is shorter than that"))
}

fn labels(valued: Valued) -> Arc<Vec<Arc<str>>> {
    Arc::new(valued.into_iter().map(|(_, label)| label).collect())
}

operators! { budget;
    /// A choice: a number under a label.
    label {
        (text: Text, value: Rat) -> Choice =>
            Ok(Arc::new(Choice { label: text, value: Expr::Number(value.number) }));
    }
    "Is 1 >= 495/82222?", "kth(options(options(label(\"one\", f0)), label(\"other\", f2)), down)" => "one",
    "def label(text, value): return Choice(text, value)";

    /// A list of choices: of one, or with one more.
    options {
        (choice: Choice) -> ListChoice => Ok(Arc::new(vec![(*choice).clone()]));
        (choices: ListChoice, choice: Choice) -> ListChoice => {
            let mut choices = (*choices).clone();
            choices.push((*choice).clone());
            Ok(Arc::new(choices))
        };
    }
    "What is 12004 - 68.39989?", "sort(options(label(\"it\", value(f0))))" => "it",
    r#"def options(first, *more):
    return [first] if isinstance(first, Choice) else [*choices_of(first), *more]"#;

    /// The label of the first choice in a direction, or of the one that the ordinal says.
    kth {
        (choices: ListChoice, direction: Direction) -> Label => kth_of(&choices, 1, direction, budget);
        (choices: ListChoice, k: Ordinal, direction: Direction) -> Label => kth_of(&choices, k, direction, budget);
    }
    "What is the second smallest value in -15/26, -77, 16?", "kth(f2, f0, f1)" => "-15/26",
    r#"def kth(choices, *how):
    return ordered(choices, how[-1])[how[0] - 1 if len(how) > 1 else 0]"#;

    /// The label of the choice that is nearest to a number; the first such one.
    closest {
        (choices: ListChoice, target: Rat) -> Label => {
            let distances = values(&choices, budget)?.into_iter().map(|(number, label)| ((&number - &target.number).abs(), label));
            let nearest = distances.min_by(|a, b| a.0.cmp(&b.0));
            nearest.map(|(_, label)| label).ok_or(EvalError::Domain("there is nothing to choose from"))
        };
    }
    "Which is the closest to -12/7?  (a) -1  (b) 2/21  (c) -2  (d) -88  (e) -2/3", "closest(f1, f0)" => "c",
    r#"def closest(choices, target):
    return min(choices_of(choices), key=lambda choice: abs(evaluated(choice.value) - target)).label"#;

    /// The labels of choices by their values, up or in a direction.
    sort {
        (choices: ListChoice) -> ListLabel => sorted(&choices, Direction::Up, budget).map(labels);
        (choices: ListChoice, direction: Direction) -> ListLabel => sorted(&choices, direction, budget).map(labels);
    }
    "Put -0.4, 1, -792, -0.5, 1.5 in descending order.", "sort(f0, f1)" => "1.5, 1, -0.4, -0.5, -792",
    r#"def sort(choices, direction="up"): return ordered(choices, direction)"#;

    /// Whether a relation holds between two numbers.
    compare {
        (a: Rat, relation: Relation, b: Rat) -> Bool => {
            let ordering = a.number.cmp(&b.number);
            Ok(match relation {
                Relation::Less => ordering.is_lt(),
                Relation::AtMost => ordering.is_le(),
                Relation::Greater => ordering.is_gt(),
                Relation::AtLeast => ordering.is_ge(),
                Relation::Equal => ordering.is_eq(),
                Relation::Unequal => ordering.is_ne(),
            })
        };
    }
    "Is 1 >= 495/82222?", "compare(f0, f1, f2)" => "True",
    r#"def compare(a, relation, b):
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "=": a == b, "!=": a != b}[relation]"#;
}
