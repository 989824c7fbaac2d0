//! The rules: which terms have types, and which declarations are accepted.

use super::normal::{equal, normal};
use super::term::{Expr, Name, Node, Sort, arrow, sort, substitute, variable};
use super::{Refusal, Result, Work};
use std::collections::HashMap;

/// A declaration.
#[derive(Clone, Debug)]
pub enum Declared {
    Axiom { ty: Expr },
    Definition { ty: Expr, value: Expr },
    Theorem { statement: Expr, proof: Expr },
}

impl Declared {
    fn ty(&self) -> &Expr {
        match self {
            Declared::Axiom { ty } | Declared::Definition { ty, .. } => ty,
            Declared::Theorem { statement, .. } => statement,
        }
    }
}

/// The declarations that were accepted, in order.
#[derive(Clone, Debug, Default)]
pub struct Theory {
    names: Vec<Name>,
    declared: HashMap<Name, Declared>,
}

/// The variables in scope with their types, the innermost last. No name is there twice.
type Scope = Vec<(Name, Expr)>;

/// The sort of `[(x : A) -> B]` by the sorts of `A` and `B`.
fn sort_of_arrow(domain: Sort, range: Sort) -> Sort {
    match range {
        Sort::Prop => Sort::Prop,
        Sort::Type if domain == Sort::Kind => Sort::Kind,
        Sort::Type => Sort::Type,
        Sort::Kind => Sort::Kind,
    }
}

impl Theory {
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Forgets all declarations but the first `count`.
    pub fn truncate(&mut self, count: usize) {
        for name in self.names.drain(count.min(self.names.len())..) {
            self.declared.remove(&name);
        }
    }

    /// The value of a definition. Theorems have a proof, but no value to unfold.
    pub fn definition(&self, name: &Name) -> Option<&Expr> {
        match self.declared.get(name)? {
            Declared::Definition { value, .. } => Some(value),
            _ => None,
        }
    }

    /// Accepts a declaration, if it is right.
    pub fn declare(&mut self, name: &str, declared: Declared, work: &mut Work) -> Result<()> {
        self.check(name, &declared, work)?;
        let name: Name = name.into();
        self.names.push(name.clone());
        self.declared.insert(name, declared);
        Ok(())
    }

    /// Checks a declaration.
    pub fn check(&self, name: &str, declared: &Declared, work: &mut Work) -> Result<()> {
        if self.declared.contains_key(name) {
            return Err(Refusal::Wrong("the name is taken"));
        }
        let mut scope = Scope::new();
        let sort = self.sort_of(&mut scope, declared.ty(), work)?;
        match declared {
            Declared::Axiom { .. } => Ok(()),
            Declared::Definition { ty, value } => self.check_value(ty, value, work),
            Declared::Theorem { statement, proof } => {
                if sort != Sort::Prop {
                    return Err(Refusal::Wrong("the statement of a theorem is no proposition"));
                }
                self.check_value(statement, proof, work)
            }
        }
    }

    fn check_value(&self, ty: &Expr, value: &Expr, work: &mut Work) -> Result<()> {
        let found = self.infer(&mut Scope::new(), value, work)?;
        if equal(self, &found, ty, work)? { Ok(()) } else { Err(Refusal::Wrong("the value has another type")) }
    }

    /// The sort of a type.
    pub fn sort_of(&self, scope: &mut Scope, ty: &Expr, work: &mut Work) -> Result<Sort> {
        let found = self.infer(scope, ty, work)?;
        match &*normal(self, &found, work)? {
            Node::Sort(sort) => Ok(*sort),
            _ => Err(Refusal::Wrong("this is not a type")),
        }
    }

    /// The type of a term.
    pub fn infer(&self, scope: &mut Scope, term: &Expr, work: &mut Work) -> Result<Expr> {
        work.deeper(|work| match &**term {
            Node::Sort(Sort::Prop) => Ok(sort(Sort::Type)),
            Node::Sort(Sort::Type) => Ok(sort(Sort::Kind)),
            Node::Sort(Sort::Kind) => Err(Refusal::Wrong("`kind` has no type")),
            Node::Constant(name) => match self.declared.get(name) {
                Some(declared) => Ok(declared.ty().clone()),
                None => Err(Refusal::Wrong("the constant is not declared")),
            },
            Node::Variable(name) => match scope.iter().rev().find(|(bound, _)| bound == name) {
                Some((_, ty)) => Ok(ty.clone()),
                None => Err(Refusal::Wrong("the variable is not bound")),
            },
            Node::Apply(function, argument) => self.infer_application(scope, function, argument, work),
            Node::Lambda(name, domain, body) => {
                self.sort_of(scope, domain, work)?;
                let (name, body) = enter(scope, name, domain, body, work)?;
                let range = self.infer(scope, &body, work)?;
                scope.pop();
                if matches!(*range, Node::Sort(Sort::Kind)) {
                    return Err(Refusal::Wrong("a function to `kind` has no type"));
                }
                Ok(arrow(name, domain.clone(), range))
            }
            Node::Arrow(name, domain, range) => {
                let domain_sort = self.sort_of(scope, domain, work)?;
                let (_, range) = enter(scope, name, domain, range, work)?;
                let range_sort = self.sort_of(scope, &range, work)?;
                scope.pop();
                Ok(sort(sort_of_arrow(domain_sort, range_sort)))
            }
        })
    }

    fn infer_application(&self, scope: &mut Scope, function: &Expr, argument: &Expr, work: &mut Work) -> Result<Expr> {
        let mut ty = self.infer(scope, function, work)?;
        if !matches!(*ty, Node::Arrow(..)) {
            ty = normal(self, &ty, work)?;
        }
        let Node::Arrow(name, domain, range) = &*ty else {
            return Err(Refusal::Wrong("this is applied but is no function"));
        };
        let found = self.infer(scope, argument, work)?;
        if !equal(self, &found, domain, work)? {
            return Err(Refusal::Wrong("the argument has another type than the function takes"));
        }
        substitute(range, name, argument, work)
    }
}

/// Brings a bound variable into scope, under a new name if its own is there already.
fn enter(scope: &mut Scope, name: &Name, domain: &Expr, body: &Expr, work: &mut Work) -> Result<(Name, Expr)> {
    let (name, body) = if scope.iter().any(|(bound, _)| bound == name) {
        let renamed = work.fresh();
        let body = substitute(body, name, &variable(&renamed), work)?;
        (renamed, body)
    } else {
        (name.clone(), body.clone())
    };
    scope.push((name.clone(), domain.clone()));
    Ok((name, body))
}
