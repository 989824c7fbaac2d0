//! Terms with names, substitution that avoids capture, equality up to names of bound variables.

use super::{Result, Work};
use std::rc::Rc;

pub type Name = Rc<str>;

/// A term; parts may be shared, nothing depends on it.
pub type Expr = Rc<Node>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    Prop,
    Type,
    Kind,
}

#[derive(Debug)]
pub enum Node {
    Sort(Sort),
    Constant(Name),
    Variable(Name),
    Apply(Expr, Expr),
    /// `lambda (name : type) body`
    Lambda(Name, Expr, Expr),
    /// `[(name : type) -> range]`
    Arrow(Name, Expr, Expr),
}

pub fn sort(sort: Sort) -> Expr {
    Rc::new(Node::Sort(sort))
}

pub fn constant(name: &str) -> Expr {
    Rc::new(Node::Constant(name.into()))
}

pub fn variable(name: &Name) -> Expr {
    Rc::new(Node::Variable(name.clone()))
}

pub fn apply(function: Expr, argument: Expr) -> Expr {
    Rc::new(Node::Apply(function, argument))
}

pub fn lambda(name: Name, domain: Expr, body: Expr) -> Expr {
    Rc::new(Node::Lambda(name, domain, body))
}

pub fn arrow(name: Name, domain: Expr, range: Expr) -> Expr {
    Rc::new(Node::Arrow(name, domain, range))
}

/// Collects the names that are free in a term.
fn collect_free(term: &Expr, bound: &mut Vec<Name>, free: &mut Vec<Name>, work: &mut Work) -> Result<()> {
    work.deeper(|work| {
        match &**term {
            Node::Sort(_) | Node::Constant(_) => {}
            Node::Variable(name) => {
                if !bound.contains(name) && !free.contains(name) {
                    free.push(name.clone());
                }
            }
            Node::Apply(function, argument) => {
                collect_free(function, bound, free, work)?;
                collect_free(argument, bound, free, work)?;
            }
            Node::Lambda(name, domain, body) | Node::Arrow(name, domain, body) => {
                collect_free(domain, bound, free, work)?;
                bound.push(name.clone());
                collect_free(body, bound, free, work)?;
                bound.pop();
            }
        }
        Ok(())
    })
}

/// The names that are free in a term.
pub fn free_variables(term: &Expr, work: &mut Work) -> Result<Vec<Name>> {
    let mut free = Vec::new();
    collect_free(term, &mut Vec::new(), &mut free, work)?;
    Ok(free)
}

/// `term[value/name]`.
pub fn substitute(term: &Expr, name: &Name, value: &Expr, work: &mut Work) -> Result<Expr> {
    let free = free_variables(value, work)?;
    replace(term, name, value, &free, work)
}

/// `term[value/name]`, where `free` are the names free in the value.
fn replace(term: &Expr, name: &Name, value: &Expr, free: &[Name], work: &mut Work) -> Result<Expr> {
    work.deeper(|work| {
        Ok(match &**term {
            Node::Sort(_) | Node::Constant(_) => term.clone(),
            Node::Variable(found) => {
                if found == name {
                    value.clone()
                } else {
                    term.clone()
                }
            }
            Node::Apply(function, argument) => {
                apply(replace(function, name, value, free, work)?, replace(argument, name, value, free, work)?)
            }
            Node::Lambda(binder, domain, body) => {
                let domain = replace(domain, name, value, free, work)?;
                let (binder, body) = replace_under(binder, body, name, value, free, work)?;
                lambda(binder, domain, body)
            }
            Node::Arrow(binder, domain, range) => {
                let domain = replace(domain, name, value, free, work)?;
                let (binder, range) = replace_under(binder, range, name, value, free, work)?;
                arrow(binder, domain, range)
            }
        })
    })
}

/// Substitutes under a binder, which gets another name if it would capture a free name of the value.
fn replace_under(
    binder: &Name,
    body: &Expr,
    name: &Name,
    value: &Expr,
    free: &[Name],
    work: &mut Work,
) -> Result<(Name, Expr)> {
    if binder == name {
        return Ok((binder.clone(), body.clone()));
    }
    if !free.contains(binder) {
        return Ok((binder.clone(), replace(body, name, value, free, work)?));
    }
    let renamed = work.fresh();
    let body = substitute(body, binder, &variable(&renamed), work)?;
    Ok((renamed, replace(&body, name, value, free, work)?))
}

/// Whether two terms are the same up to names of bound variables.
pub fn same(left: &Expr, right: &Expr, work: &mut Work) -> Result<bool> {
    same_under(left, right, &mut Vec::new(), work)
}

/// The same under binders that correspond, the innermost last.
fn same_under(left: &Expr, right: &Expr, binders: &mut Vec<(Name, Name)>, work: &mut Work) -> Result<bool> {
    work.deeper(|work| {
        Ok(match (&**left, &**right) {
            (Node::Sort(left), Node::Sort(right)) => left == right,
            (Node::Constant(left), Node::Constant(right)) => left == right,
            (Node::Variable(left), Node::Variable(right)) => same_variable(left, right, binders),
            (Node::Apply(f, x), Node::Apply(g, y)) => {
                same_under(f, g, binders, work)? && same_under(x, y, binders, work)?
            }
            (Node::Lambda(x, a, t), Node::Lambda(y, b, u)) | (Node::Arrow(x, a, t), Node::Arrow(y, b, u)) => {
                if !same_under(a, b, binders, work)? {
                    return Ok(false);
                }
                binders.push((x.clone(), y.clone()));
                let bodies = same_under(t, u, binders, work)?;
                binders.pop();
                bodies
            }
            _ => false,
        })
    })
}

/// Two variables are the same when the innermost binder that has the name of either is the same for both, or none has.
fn same_variable(left: &Name, right: &Name, binders: &[(Name, Name)]) -> bool {
    for (x, y) in binders.iter().rev() {
        match (x == left, y == right) {
            (true, true) => return true,
            (false, false) => {}
            _ => return false,
        }
    }
    left == right
}

/// A term as text, cut off after some 2,000 characters.
pub fn show(term: &Expr) -> String {
    let mut text = String::new();
    write(term, &mut text);
    text
}

fn write(term: &Expr, text: &mut String) {
    if text.len() > 2_000 {
        if !text.ends_with("...") {
            text.push_str("...");
        }
        return;
    }
    match &**term {
        Node::Sort(Sort::Prop) => text.push_str("prop"),
        Node::Sort(Sort::Type) => text.push_str("type"),
        Node::Sort(Sort::Kind) => text.push_str("kind"),
        Node::Constant(name) | Node::Variable(name) => text.push_str(name),
        Node::Apply(function, argument) => {
            text.push('(');
            write(function, text);
            text.push(' ');
            write(argument, text);
            text.push(')');
        }
        Node::Lambda(name, domain, body) => {
            text.push_str("(lambda (");
            text.push_str(name);
            text.push_str(" : ");
            write(domain, text);
            text.push_str(") ");
            write(body, text);
            text.push(')');
        }
        Node::Arrow(name, domain, range) => {
            text.push_str("[(");
            text.push_str(name);
            text.push_str(" : ");
            write(domain, text);
            text.push_str(") -> ");
            write(range, text);
            text.push(']');
        }
    }
}
