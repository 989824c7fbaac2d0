//! Full normal forms: no redex of beta or eta anywhere, and no definition.

use super::check::Theory;
use super::term::{Expr, Node, apply, arrow, free_variables, lambda, substitute};
use super::{Result, Work};

/// The normal form of a term that has a type.
pub fn normal(theory: &Theory, term: &Expr, work: &mut Work) -> Result<Expr> {
    work.deeper(|work| match &**term {
        Node::Sort(_) | Node::Variable(_) => Ok(term.clone()),
        Node::Constant(name) => match theory.definition(name) {
            Some(value) => normal(theory, value, work),
            None => Ok(term.clone()),
        },
        Node::Apply(function, argument) => {
            let function = normal(theory, function, work)?;
            let argument = normal(theory, argument, work)?;
            match &*function {
                Node::Lambda(name, _, body) => {
                    let reduced = substitute(body, name, &argument, work)?;
                    normal(theory, &reduced, work)
                }
                _ => Ok(apply(function, argument)),
            }
        }
        Node::Lambda(name, domain, body) => {
            let domain = normal(theory, domain, work)?;
            let body = normal(theory, body, work)?;
            // lambda (x : A) (f x) is f, if x is not in f.
            if let Node::Apply(function, argument) = &*body
                && matches!(&**argument, Node::Variable(found) if found == name)
                && !free_variables(function, work)?.contains(name)
            {
                return Ok(function.clone());
            }
            Ok(lambda(name.clone(), domain, body))
        }
        Node::Arrow(name, domain, range) => {
            Ok(arrow(name.clone(), normal(theory, domain, work)?, normal(theory, range, work)?))
        }
    })
}

/// Whether two terms that have types are equal by definition.
pub fn equal(theory: &Theory, left: &Expr, right: &Expr, work: &mut Work) -> Result<bool> {
    // What is the same has the same normal form.
    if super::term::same(left, right, work)? {
        return Ok(true);
    }
    let (left, right) = (normal(theory, left, work)?, normal(theory, right, work)?);
    super::term::same(&left, &right, work)
}
