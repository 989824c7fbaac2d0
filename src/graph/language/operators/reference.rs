//! The reference of types and operators, docs/operators.md.

use std::fmt::Write;

use super::{GROUPS, Operator, Signature};
use crate::algebra::types::Type;

impl Signature {
    /// The signature as it is written: `Int, Int -> Int`.
    pub fn shown(&self) -> String {
        let parameters: Vec<&str> = self.parameters.iter().map(|parameter| parameter.name()).collect();
        let arrow = if parameters.is_empty() { "->" } else { " ->" };
        format!("{}{arrow} {}", parameters.join(", "), self.result)
    }
}

/// The text of docs/operators.md.
pub fn reference() -> String {
    let mut page = String::from(
        "# Operators of compute graphs\n\nGenerated from the declarations in src/graph/language/operators: \
         `UPDATE_OPERATORS=1 cargo test --test graph reference` writes this page again.\n\
         docs/graphs.md explains how graphs are written.\n\n## Types\n\n| type | its values |\n|---|---|\n",
    );
    for kind in Type::ALL {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "| `{kind}` | {} |", kind.documentation().trim());
    }
    page.push_str(
        "\nAn `Int` can stand where a `Rat` is wanted, both and a `Var` where an `Expr` or a `Poly` is, a `Poly` where an `Expr` is, \
         and a list\nof numbers where a list of choices is: each number is its own label. Where an `Int` is wanted a `Rat` can stand; \
         evaluation fails if it\nis not whole.\n",
    );
    for (title, operators) in &GROUPS {
        let _ = write!(page, "\n## {title}\n");
        operators.iter().for_each(|operator| entry(&mut page, operator));
    }
    page
}

fn entry(page: &mut String, operator: &Operator) {
    let signatures: Vec<String> =
        operator.signatures.iter().map(|signature| format!("`{}`", signature.shown())).collect();
    let (question, graph, answer) = operator.example;
    let _ = write!(
        page,
        "\n### {}\n\n{}\n\n{}\n\n```graph\nquestion {}\nanswer {}\n{graph}\n```\n",
        operator.name,
        signatures.join(" or "),
        operator.documentation.trim().replace("\n ", "\n"),
        crate::language::quoted(question),
        crate::language::quoted(answer),
    );
}
