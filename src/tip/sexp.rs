//! S-expressions with their places in the text, as SMT-LIB writes them.

use super::TipError;
use prover_syntax::source::BYTE_ORDER_MARK;

/// The greatest depth of lists: the recursions over them stay within the stack.
const MAX_DEPTH: usize = 1_000;

/// A symbol or a list, with the byte at which it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sexp {
    /// A symbol, numeral or string, without the bars of a quoted symbol.
    Atom(String, usize),
    /// `( ... )`
    List(Vec<Sexp>, usize),
}

impl Sexp {
    /// The byte of the text at which it begins.
    pub fn at(&self) -> usize {
        match self {
            Self::Atom(_, at) | Self::List(_, at) => *at,
        }
    }

    /// The text of an atom.
    pub fn atom(&self) -> Option<&str> {
        match self {
            Self::Atom(text, _) => Some(text),
            Self::List(..) => None,
        }
    }

    /// The items of a list.
    pub fn list(&self) -> Option<&[Sexp]> {
        match self {
            Self::Atom(..) => None,
            Self::List(items, _) => Some(items),
        }
    }

    /// The head of a list that begins with an atom, and the rest.
    pub fn form(&self) -> Option<(&str, &[Sexp])> {
        let (head, rest) = self.list()?.split_first()?;
        Some((head.atom()?, rest))
    }
}

/// All expressions of a text.
///
/// # Errors
///
/// A parenthesis without its partner, an open string or quoted symbol, nesting beyond the limit.
pub fn read(text: &str) -> Result<Vec<Sexp>, TipError> {
    let mut open: Vec<(Vec<Sexp>, usize)> = vec![(Vec::new(), 0)];
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let at = text.len() - rest.len();
        let length = match first {
            c if c.is_whitespace() || (c == BYTE_ORDER_MARK && at == 0) => c.len_utf8(),
            ';' => rest.find('\n').unwrap_or(rest.len()),
            '(' if open.len() > MAX_DEPTH => {
                return Err(TipError::new(at, format!("lists are nested more than {MAX_DEPTH} deep")));
            }
            '(' => {
                open.push((Vec::new(), at));
                1
            }
            ')' => {
                let (items, start) = open.pop().unwrap_or_default();
                match open.last_mut() {
                    Some((outer, _)) => outer.push(Sexp::List(items, start)),
                    None => return Err(TipError::new(at, "this `)` closes nothing")),
                }
                1
            }
            quote @ ('|' | '"') => {
                let Some(length) = rest[1..].find(quote) else {
                    return Err(TipError::new(at, format!("this {quote} has no second one")));
                };
                push(&mut open, Sexp::Atom(rest[1..1 + length].to_owned(), at));
                length + 2
            }
            _ => {
                let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | ';' | '|' | '"');
                let length = rest.find(ends).unwrap_or(rest.len());
                push(&mut open, Sexp::Atom(rest[..length].to_owned(), at));
                length
            }
        };
        rest = &rest[length..];
    }
    match (open.pop(), open.is_empty()) {
        (Some((items, _)), true) => Ok(items),
        (innermost, _) => Err(TipError::new(innermost.map_or(0, |(_, at)| at), "this `(` is never closed")),
    }
}

fn push(open: &mut [(Vec<Sexp>, usize)], item: Sexp) {
    if let Some((items, _)) = open.last_mut() {
        items.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_atoms_comments_and_quotes() {
        let read = read("(a |b c|\n ; d )\n (\"e\"))f").unwrap();
        let atom = |text: &str, at| Sexp::Atom(text.into(), at);
        let inner = Sexp::List(vec![atom("e", 18)], 17);
        assert_eq!(read, [Sexp::List(vec![atom("a", 1), atom("b c", 3), inner], 0), atom("f", 23)]);
    }

    #[test]
    fn a_byte_order_mark_is_one_at_the_beginning_only() {
        let atom = |text: &str, at| Sexp::Atom(text.into(), at);
        assert_eq!(read("\u{feff}a").unwrap(), [atom("a", 3)]);
        assert_eq!(read("a\u{feff}b").unwrap(), [atom("a\u{feff}b", 0)]);
    }

    #[test]
    fn what_does_not_fit_together_is_an_error_with_its_place() {
        for (text, at) in [("(a", 0), ("(a (b)", 0), ("a)", 1), ("  |a", 2), (" \"", 1)] {
            assert_eq!(read(text).unwrap_err().at, at, "{text}");
        }
        assert_eq!(read(&"(".repeat(100_000)).unwrap_err().at, MAX_DEPTH);
    }
}
