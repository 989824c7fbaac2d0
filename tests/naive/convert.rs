//! From the program's terms to named ones: the only part that knows of the program.

use super::check::{Declared, Theory};
use super::term::{self, Expr, Name, Sort};
use super::{Refusal, Result, Work};
use prover_logic::{Declaration, DeclarationKind, Environment, TermId};
use std::collections::HashMap;

/// Reads terms of one environment. The variable of a binder is called by the number of binders around it.
pub struct Reader<'a> {
    environment: &'a Environment,
    /// The expressions of terms read so far, by the term and the number of binders around it.
    known: HashMap<(TermId, u32), Expr>,
    names: Vec<Name>,
}

impl<'a> Reader<'a> {
    pub fn new(environment: &'a Environment) -> Self {
        Self { environment, known: HashMap::new(), names: Vec::new() }
    }

    /// The name of the variable of the binder that has `level` binders around it.
    pub fn name(&mut self, level: u32) -> Name {
        while self.names.len() <= level as usize {
            self.names.push(format!("x{}", self.names.len()).into());
        }
        self.names[level as usize].clone()
    }

    /// A term without loose variables and locals.
    pub fn read(&mut self, id: TermId) -> Result<Expr> {
        self.read_under_binders(id, 0)
    }

    /// A term with variables of `depth` binders around it, which are called [`Self::name`] from the outside in.
    pub fn read_under_binders(&mut self, id: TermId, depth: u32) -> Result<Expr> {
        if self.environment.store.height(id) > super::DEPTH {
            return Err(Refusal::GaveUp);
        }
        self.read_under(id, depth)
    }

    fn read_under(&mut self, id: TermId, depth: u32) -> Result<Expr> {
        if let Some(known) = self.known.get(&(id, depth)) {
            return Ok(known.clone());
        }
        let term = match self.environment.store.term(id) {
            prover_logic::Term::Sort(prover_logic::Sort::Prop) => term::sort(Sort::Prop),
            prover_logic::Term::Sort(prover_logic::Sort::Type) => term::sort(Sort::Type),
            prover_logic::Term::Sort(prover_logic::Sort::Kind) => term::sort(Sort::Kind),
            prover_logic::Term::Bound(index) if index < depth => term::variable(&self.name(depth - 1 - index)),
            prover_logic::Term::Bound(_) => return Err(Refusal::Wrong("a variable is not bound")),
            prover_logic::Term::Local { .. } => return Err(Refusal::Wrong("a local is not bound")),
            prover_logic::Term::Const(constant) => match self.environment.get(constant) {
                Some(declaration) => term::constant(&declaration.name),
                None => return Err(Refusal::Wrong("the constant does not exist")),
            },
            prover_logic::Term::App(function, argument) => {
                term::apply(self.read_under(function, depth)?, self.read_under(argument, depth)?)
            }
            prover_logic::Term::Lambda(domain, body) => {
                let name = self.name(depth);
                term::lambda(name, self.read_under(domain, depth)?, self.read_under(body, depth + 1)?)
            }
            prover_logic::Term::Pi(domain, range) => {
                let name = self.name(depth);
                term::arrow(name, self.read_under(domain, depth)?, self.read_under(range, depth + 1)?)
            }
        };
        self.known.insert((id, depth), term.clone());
        Ok(term)
    }

    pub fn read_declaration(&mut self, declaration: &Declaration) -> Result<Declared> {
        let ty = self.read(declaration.ty)?;
        Ok(match (declaration.kind, declaration.value) {
            (DeclarationKind::Axiom, None) => Declared::Axiom { ty },
            (DeclarationKind::Definition, Some(value)) => Declared::Definition { ty, value: self.read(value)? },
            (DeclarationKind::Theorem, Some(proof)) => Declared::Theorem { statement: ty, proof: self.read(proof)? },
            (DeclarationKind::Axiom, Some(_)) => return Err(Refusal::Wrong("an axiom with a value")),
            (DeclarationKind::Promise, _) => return Err(Refusal::Wrong("a theorem whose proof is owed")),
            (_, None) => return Err(Refusal::Wrong("a definition or theorem without a value")),
        })
    }
}

/// Checks the constants of an environment that `theory` lacks, in order, and adds them to `theory`.
///
/// Gives the number of declarations checked, or the name of the one that is refused.
pub fn check_environment(
    theory: &mut Theory,
    environment: &Environment,
    steps: u64,
) -> std::result::Result<usize, (String, Refusal)> {
    let mut reader = Reader::new(environment);
    let mut count = 0;
    for (_, declaration) in environment.declarations().skip(theory.len()) {
        let declared = reader.read_declaration(declaration);
        let checked = declared.and_then(|declared| theory.declare(&declaration.name, declared, &mut Work::new(steps)));
        checked.map_err(|refusal| (declaration.name.to_string(), refusal))?;
        count += 1;
    }
    Ok(count)
}
