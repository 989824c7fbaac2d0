//! The walk over a question that finds its elements.

use super::cursor::Cursor;
use super::expression::{expression, variable};
use super::token::Token;
use super::walk::{Walk, expression_value};
use super::{Element, QuestionError, lists, quantities, vocabulary};
use crate::algebra::expr::Equation;
use crate::algebra::name::Name;
use crate::algebra::value::{Relation, Value};

/// The elements of a question, in order of the text.
pub fn elements(text: &str) -> Result<Vec<Element>, QuestionError> {
    let mut walk = Walk { cursor: Cursor::new(text), elements: vec![], functions: vec![], asks: false, in_base: false };
    if let Some(span) = walk.cursor.long_number() {
        return Err(QuestionError::LongNumber { span });
    }
    walk.in_base = quantities::mentions_base(&walk.cursor);
    let mut begins_sentence = true;
    while !walk.cursor.is_at_end() {
        walk.cursor.step()?;
        if begins_sentence {
            walk.asks = walk
                .cursor
                .word(0)
                .is_some_and(|word| matches!(word, "Is" | "Are" | "Do" | "Does" | "is" | "are" | "do" | "does"));
        }
        begins_sentence = walk.cursor.peek(0) == Some(Token::End);
        let found = walk.definition()?
            || walk.function()?
            || lists::options(&mut walk)?
            || quantities::special(&mut walk)?
            || walk.mathematics()?
            || walk.words();
        if !found {
            walk.cursor.at += 1;
        }
    }
    Ok(walk.elements)
}

impl Walk<'_> {
    /// `Let f(x) = ...`, `Let f(x) be ...`, `Let x = ...` and `Let x be ...`: names, and then their definitions as
    /// expressions of their own. An equation for a name that is known already is not a definition.
    fn definition(&mut self) -> Result<bool, QuestionError> {
        if !self.cursor.is_word(0, "Let") && !self.cursor.is_word(0, "let") {
            return Ok(false);
        }
        self.cursor.at += 1;
        let start = self.cursor.at;
        let Some(name) = variable(&self.cursor) else { return Ok(true) };
        self.cursor.at += 1;
        let parameter = self.parameter(name);
        let names = self.cursor.at;
        let is_new = parameter.is_none() || !self.functions.contains(&name);
        let is_definition = match self.cursor.peek(0) {
            Some(Token::Equal) => {
                self.cursor.at += 1;
                let value = expression(&mut self.cursor)?;
                let is_circular = parameter.is_none() && value.as_ref().is_some_and(|value| value.mentions(name));
                value.is_some() && is_new && !is_circular
            }
            Some(Token::Word) => self.cursor.is_word(0, "be") || self.cursor.is_word(0, "denote"),
            _ => false,
        };
        if !is_definition {
            self.cursor.at = start;
            return Ok(true);
        }
        self.cursor.at = names + 1;
        let place = self.cursor.span(start);
        match parameter {
            Some((parameter, index)) => {
                self.functions.push(name);
                self.add(Value::Fun(name), place)?;
                self.add(Value::Var(parameter), self.cursor.span(index))?;
            }
            None => self.add(Value::Var(name), place)?,
        }
        Ok(true)
    }

    /// `f(x) = ...` anywhere: a function that was not defined yet, if its value depends on the parameter.
    fn function(&mut self) -> Result<bool, QuestionError> {
        let start = self.cursor.at;
        let Some(name) = variable(&self.cursor).filter(|name| !self.functions.contains(name)) else { return Ok(false) };
        self.cursor.at += 1;
        let (place, parameter) = (self.cursor.span(start), self.parameter(name));
        let is_equation = self.cursor.take(Token::Equal);
        let value = self.cursor.at;
        if let Some((parameter, index)) = parameter.filter(|_| is_equation)
            && let Some(body) = expression(&mut self.cursor)?
            && body.mentions(parameter)
        {
            let body_span = self.cursor.since(value);
            self.functions.push(name);
            self.add(Value::Fun(name), place)?;
            self.add(Value::Var(parameter), self.cursor.span(index))?;
            self.add(expression_value(body), body_span)?;
            return Ok(true);
        }
        self.cursor.at = start;
        Ok(false)
    }

    /// `(x)` directly behind a name: the parameter of a function, with the index of its token.
    fn parameter(&mut self, name: Name) -> Option<(Name, usize)> {
        let start = self.cursor.at;
        if !(self.cursor.touches(0) && self.cursor.take(Token::Open)) {
            return None;
        }
        let parameter = variable(&self.cursor).filter(|parameter| *parameter != name);
        let index = self.cursor.at;
        self.cursor.at += 1;
        let found = parameter.filter(|_| self.cursor.take(Token::Close));
        if found.is_none() {
            self.cursor.at = start;
        }
        found.map(|parameter| (parameter, index))
    }

    /// An expression, and the equation, relation or list that it is part of.
    fn mathematics(&mut self) -> Result<bool, QuestionError> {
        let start = self.cursor.at;
        let Some(left) = expression(&mut self.cursor)? else { return Ok(false) };
        let relation = self.cursor.peek(0).and_then(relation);
        let Some(relation) = relation else {
            if !lists::commas(self, start, &left)? && !lists::alternatives(self, start, &left)? {
                self.found(expression_value(left), start)?;
            }
            return Ok(true);
        };
        let sign = self.cursor.at;
        let left_span = self.cursor.since(start);
        self.cursor.at += 1;
        let Some(right) = expression(&mut self.cursor)? else {
            self.cursor.at = sign;
            self.found(expression_value(left), start)?;
            self.cursor.at = sign + 1;
            return Ok(true);
        };
        if relation == Relation::Equal && !self.asks {
            self.found(Value::Equation(Equation { left, right }.into()), start)?;
            return Ok(true);
        }
        self.add(expression_value(left), left_span)?;
        self.add(Value::Relation(relation), self.cursor.span(sign))?;
        self.found(expression_value(right), sign + 1)?;
        Ok(true)
    }

    /// A word or several that stand for a relation or a direction.
    fn words(&mut self) -> bool {
        let matches = |words: &[&str]| words.iter().enumerate().all(|(ahead, word)| self.cursor.is_word(ahead, word));
        let relation = vocabulary::RELATIONS.iter().find(|(words, _)| matches(words));
        if let Some((words, relation)) = relation {
            let is_negated = *words == ["equal"] && self.cursor.at > 1 && self.is_non();
            let start = self.cursor.at;
            self.cursor.at += words.len();
            let relation = if is_negated { Relation::Unequal } else { *relation };
            // The number of elements is bounded where it counts; a word more is passed over.
            return self.found(Value::Relation(relation), start).is_ok();
        }
        let direction = self.cursor.word(0).and_then(vocabulary::direction);
        match direction.filter(|_| !self.cursor.is_word(1, "common")) {
            Some(direction) => {
                let start = self.cursor.at;
                self.cursor.at += 1;
                self.found(Value::Direction(direction), start).is_ok()
            }
            None => false,
        }
    }

    /// Whether `non-` stands before the next token.
    fn is_non(&self) -> bool {
        let before = self.cursor.slice(self.cursor.span(self.cursor.at - 2));
        before == "non" && self.cursor.slice(self.cursor.span(self.cursor.at - 1)) == "-"
    }
}

fn relation(token: Token) -> Option<Relation> {
    match token {
        Token::Equal => Some(Relation::Equal),
        Token::Unequal => Some(Relation::Unequal),
        Token::Less => Some(Relation::Less),
        Token::AtMost => Some(Relation::AtMost),
        Token::Greater => Some(Relation::Greater),
        Token::AtLeast => Some(Relation::AtLeast),
        _ => None,
    }
}
