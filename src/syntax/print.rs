//! From syntax tree to text, without recursion. The text parses back to the same tree, apart from positions.
//!
//! Canonical form: one item a line, proofs with one step a line and two columns of indentation a block.

use std::fmt::{self, Display, Formatter};

use super::tree::{
    BackwardWord, Clause, Decl, Input, Item, ItemKind, Name, Step, StepKind, Symbol, Term, TermRef, TheoremWord, Tree,
    VerifyWord,
};

/// Blocks nested deeper than this are not indented further, so that text grows no faster than the tree.
const MAX_INDENTED_DEPTH: usize = 40;

/// A term as text.
pub fn print_term(tree: &Tree, term: TermRef) -> String {
    TermText { tree, term }.to_string()
}

/// An item as text, without a line end after it.
pub fn print_item(tree: &Tree, item: &Item) -> String {
    ItemText { tree, item }.to_string()
}

/// Steps as text, a line each, the outermost indented by `depth` blocks.
pub fn print_steps(tree: &Tree, steps: &[Step], depth: usize) -> String {
    StepsText { tree, steps, depth }.to_string()
}

/// A whole file as text: its items, a line or block each.
pub fn print_tree(tree: &Tree) -> String {
    let mut text = String::new();
    for item in &tree.items {
        text.push_str(&print_item(tree, item));
        text.push('\n');
    }
    text
}

struct TermText<'t> {
    tree: &'t Tree,
    term: TermRef,
}

/// A part of a term that is still to be written.
enum Piece {
    Text(&'static str),
    Symbol(Symbol),
    Term(TermRef),
}

impl Display for TermText<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mut pieces = vec![Piece::Term(self.term)];
        // What follows is pushed in reverse: the stack is written from its top.
        while let Some(piece) = pieces.pop() {
            match piece {
                Piece::Text(text) => formatter.write_str(text)?,
                Piece::Symbol(symbol) => formatter.write_str(self.tree.name(symbol))?,
                Piece::Term(term) => push_term(&mut pieces, self.tree, term),
            }
        }
        Ok(())
    }
}

fn push_term(pieces: &mut Vec<Piece>, tree: &Tree, term: TermRef) {
    use Piece::Text;
    match tree.term(term) {
        Term::Name(symbol) => pieces.push(Piece::Symbol(*symbol)),
        Term::Apply(function, arguments) => {
            pieces.push(Text(")"));
            for argument in tree.arguments(*arguments).iter().rev() {
                pieces.extend([Piece::Term(*argument), Text(" ")]);
            }
            pieces.extend([Piece::Term(*function), Text("(")]);
        }
        Term::Arrow(inputs, output) => {
            pieces.extend([Text("]"), Piece::Term(*output)]);
            for input in inputs.iter().rev() {
                pieces.push(Text(" -> "));
                match input {
                    Input::Plain(ty) => pieces.push(Piece::Term(*ty)),
                    Input::Named(decl) => {
                        pieces.push(Text(")"));
                        push_decl(pieces, decl);
                        pieces.push(Text("("));
                    }
                }
            }
            pieces.push(Text("["));
        }
        Term::Lambda(binders, body) => {
            pieces.extend([Text(")"), Piece::Term(*body), Text(") ")]);
            for (index, decl) in binders.iter().enumerate().rev() {
                push_decl(pieces, decl);
                if index > 0 {
                    pieces.push(Text(", "));
                }
            }
            pieces.push(Text("(lambda ("));
        }
    }
}

fn push_decl(pieces: &mut Vec<Piece>, decl: &Decl) {
    pieces.extend([Piece::Term(decl.ty), Piece::Text(" : "), Piece::Symbol(decl.name.symbol)]);
}

struct DeclText<'t> {
    tree: &'t Tree,
    decl: &'t Decl,
    value: Option<TermRef>,
}

impl Display for DeclText<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self { tree, decl, value } = *self;
        write!(formatter, "{} : {}", tree.name(decl.name.symbol), TermText { tree, term: decl.ty })?;
        match value {
            Some(term) => write!(formatter, " = {}", TermText { tree, term }),
            None => Ok(()),
        }
    }
}

struct NamesText<'t> {
    tree: &'t Tree,
    names: &'t [Name],
}

impl Display for NamesText<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        for (index, name) in self.names.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(formatter, "{separator}{}", self.tree.name(name.symbol))?;
        }
        Ok(())
    }
}

struct ItemText<'t> {
    tree: &'t Tree,
    item: &'t Item,
}

impl Display for ItemText<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self { tree, item } = *self;
        match &item.kind {
            ItemKind::Import(path) => write!(formatter, "import \"{path}\"."),
            ItemKind::Using(names) => write!(formatter, "using {}.", NamesText { tree, names }),
            ItemKind::Assume(term) => write!(formatter, "assume {}.", TermText { tree, term: *term }),
            ItemKind::Declare { decl, value } => write!(formatter, "{}.", DeclText { tree, decl, value: *value }),
            ItemKind::Verify { word, name, steps } => {
                let word = match word {
                    VerifyWord::Verify => "verify",
                    VerifyWord::Example => "example",
                    VerifyWord::Test => "test",
                };
                writeln!(formatter, "{word} {} {{", tree.name(name.symbol))?;
                write!(formatter, "{}}}", StepsText { tree, steps, depth: 1 })
            }
            ItemKind::Theorem { word, decl, steps } => {
                let word = match word {
                    TheoremWord::Theorem => "theorem",
                    TheoremWord::Lemma => "lemma",
                    TheoremWord::Corollary => "corollary",
                };
                writeln!(formatter, "{word} {} {{", DeclText { tree, decl, value: None })?;
                write!(formatter, "{}}}", StepsText { tree, steps, depth: 1 })
            }
            ItemKind::Forward { name, patterns } => {
                write!(formatter, "#forward {}", tree.name(name.symbol))?;
                for (term, ty) in patterns {
                    write!(formatter, " ({} : {})", TermText { tree, term: *term }, TermText { tree, term: *ty })?;
                }
                formatter.write_str(".")
            }
            ItemKind::Backward { name, words } => {
                write!(formatter, "#backward {}", tree.name(name.symbol))?;
                for word in words {
                    formatter.write_str(match word {
                        BackwardWord::Infer => " infer",
                        BackwardWord::Subgoal => " subgoal",
                    })?;
                }
                formatter.write_str(".")
            }
            ItemKind::Data { name, parameters, constructors } => {
                write!(formatter, "data {}", tree.name(name.symbol))?;
                for (index, decl) in parameters.iter().enumerate() {
                    let before = if index == 0 { " (" } else { ", " };
                    write!(formatter, "{before}{}", DeclText { tree, decl, value: None })?;
                }
                writeln!(formatter, "{} {{", if parameters.is_empty() { "" } else { ")" })?;
                for decl in constructors {
                    writeln!(formatter, "  {}.", DeclText { tree, decl, value: None })?;
                }
                formatter.write_str("}")
            }
            ItemKind::Function { decl, others, clauses } => {
                write!(formatter, "fun {}", DeclText { tree, decl, value: None })?;
                for decl in others {
                    write!(formatter, ", {}", DeclText { tree, decl, value: None })?;
                }
                formatter.write_str(" {\n")?;
                for clause in clauses {
                    writeln!(formatter, "  {}", ClauseText { tree, clause })?;
                }
                formatter.write_str("}")
            }
            ItemKind::Check(term) => write!(formatter, "#check {}.", TermText { tree, term: *term }),
            ItemKind::Evaluate(term) => write!(formatter, "#eval {}.", TermText { tree, term: *term }),
            ItemKind::Print(name) => write!(formatter, "#print {}.", tree.name(name.symbol)),
        }
    }
}

struct ClauseText<'t> {
    tree: &'t Tree,
    clause: &'t Clause,
}

impl Display for ClauseText<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self { tree, clause } = *self;
        if let Some(name) = clause.name {
            write!(formatter, "{} : ", tree.name(name.symbol))?;
        }
        let term = |term: TermRef| TermText { tree, term };
        write!(formatter, "{} = {}.", term(clause.left), term(clause.right))
    }
}

struct StepsText<'t> {
    tree: &'t Tree,
    steps: &'t [Step],
    depth: usize,
}

impl Display for StepsText<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let indent = |formatter: &mut Formatter<'_>, depth: usize| {
            write!(formatter, "{:width$}", "", width = 2 * depth.min(MAX_INDENTED_DEPTH))
        };
        let mut blocks = vec![self.steps.iter()];
        while let Some(block) = blocks.last_mut() {
            let Some(step) = block.next() else {
                blocks.pop();
                if !blocks.is_empty() {
                    indent(formatter, self.depth + blocks.len() - 1)?;
                    formatter.write_str("}\n")?;
                }
                continue;
            };
            indent(formatter, self.depth + blocks.len() - 1)?;
            if let Some(inner) = write_step(formatter, self.tree, step)? {
                blocks.push(inner.iter());
            }
        }
        Ok(())
    }
}

/// Writes a step with its line end, or up to its opening brace if it has a block, which is returned.
fn write_step<'t>(
    formatter: &mut Formatter<'_>,
    tree: &'t Tree,
    step: &'t Step,
) -> Result<Option<&'t [Step]>, fmt::Error> {
    let name = |name: &Name| tree.name(name.symbol);
    let term = |term: TermRef| TermText { tree, term };
    match &step.kind {
        StepKind::Intro { name: None, .. } => writeln!(formatter, "intro.")?,
        StepKind::Intro { name: Some(introduced), ty: None } => writeln!(formatter, "intro {}.", name(introduced))?,
        StepKind::Intro { name: Some(introduced), ty: Some(ty) } => {
            writeln!(formatter, "intro {} : {}.", name(introduced), term(*ty))?;
        }
        StepKind::Show { ty, by } => writeln!(formatter, "show {} by {}.", term(*ty), term(*by))?,
        StepKind::Construct { decl, value, by } => {
            let decl = DeclText { tree, decl, value: Some(*value) };
            writeln!(formatter, "construct {decl} by {}.", name(by))?;
        }
        StepKind::Apply(function) => writeln!(formatter, "apply {}.", term(*function))?,
        StepKind::Goal { ty, steps } => {
            writeln!(formatter, "goal {} {{", term(*ty))?;
            return Ok(Some(steps));
        }
        StepKind::Have { name: fact, ty, steps } => {
            match fact {
                Some(fact) => writeln!(formatter, "have {} : {} {{", name(fact), term(*ty))?,
                None => writeln!(formatter, "have {} {{", term(*ty))?,
            }
            return Ok(Some(steps));
        }
        StepKind::CurrentGoal(ty) => writeln!(formatter, "current goal : {}.", term(*ty))?,
        StepKind::Halt => writeln!(formatter, "halt.")?,
        StepKind::Unfold(function) => writeln!(formatter, "unfold {}.", name(function))?,
        StepKind::Rewrite { by, at: None } => writeln!(formatter, "rw {}.", term(*by))?,
        StepKind::Rewrite { by, at: Some(at) } => writeln!(formatter, "rw {} at {}.", term(*by), name(at))?,
        StepKind::Assume(ty) => writeln!(formatter, "assume {}.", term(*ty))?,
        StepKind::Using(names) => writeln!(formatter, "using {}.", NamesText { tree, names })?,
        StepKind::Declare { decl, value } => writeln!(formatter, "{}.", DeclText { tree, decl, value: *value })?,
    }
    Ok(None)
}
