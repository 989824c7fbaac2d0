//! The syntax tree of the Peano language, as an arena.
//!
//! Terms live in one vector and refer to each other by index, so that a term nested a million times is built,
//! walked and dropped without recursion, and a file of 50 MB costs a few machine words a token.

use std::borrow::Cow;

/// A half-open range of byte offsets into the source text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset past the last byte.
    pub end: u32,
}

/// An interned name of a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(pub u32);

/// Index of a term in a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TermRef(pub u32);

/// A name where it stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name as written, quote included.
    pub symbol: Symbol,
    /// Its place.
    pub span: Span,
}

/// `NAME : type`, in a declaration or a binder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decl {
    /// The declared name as written.
    pub name: Name,
    /// Its type.
    pub ty: TermRef,
}

/// One input of an arrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// `T ->`
    Plain(TermRef),
    /// `(x : T) ->`
    Named(Decl),
}

impl Input {
    /// The type of the input.
    #[inline]
    pub fn ty(&self) -> TermRef {
        match self {
            Self::Plain(ty) | Self::Named(Decl { ty, .. }) => *ty,
        }
    }

    /// The name of its variable, if it has one.
    #[inline]
    pub fn name(&self) -> Option<Name> {
        match self {
            Self::Plain(_) => None,
            Self::Named(decl) => Some(decl.name),
        }
    }
}

/// The arguments of an application, which [`Tree::arguments`] gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arguments {
    start: u32,
    count: u32,
}

/// A term or a type: the language has one grammar for both, apart from where a lambda may stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// A name: a local, a global, a bound variable, `prop` or `type`.
    Name(Symbol),
    /// `(f a b ...)`, with at least one argument.
    Apply(TermRef, Arguments),
    /// `[A -> (x : B) -> C]`, with at least one input.
    Arrow(Box<[Input]>, TermRef),
    /// `(lambda (x : A, y : B) t)`, with at least one binder.
    Lambda(Box<[Decl]>, TermRef),
}

/// The word before a goal-less block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyWord {
    /// `verify`
    Verify,
    /// `example`
    Example,
    /// `test`
    Test,
}

/// The word before a theorem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TheoremWord {
    /// `theorem`
    Theorem,
    /// `lemma`
    Lemma,
    /// `corollary`
    Corollary,
}

/// A word of a `#backward` attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackwardWord {
    /// The input may not become an open subgoal.
    Infer,
    /// The input may become an open subgoal.
    Subgoal,
}

/// One item of a file, with the span of all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its kind.
    pub kind: ItemKind,
    /// From its first token through its last.
    pub span: Span,
}

/// The kinds of item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// `import "path".`
    Import(String),
    /// `using a, b.`
    Using(Vec<Name>),
    /// `assume T.`
    Assume(TermRef),
    /// `let? NAME : T (= v)?.` (`axiom` stands for the same thing as no word).
    Declare {
        /// Name and type.
        decl: Decl,
        /// The value of a definition.
        value: Option<TermRef>,
    },
    /// `verify NAME { ... }`
    Verify {
        /// The word that was used.
        word: VerifyWord,
        /// The name of the block.
        name: Name,
        /// Its steps.
        steps: Vec<Step>,
    },
    /// `theorem NAME : T { ... }`
    Theorem {
        /// The word that was used.
        word: TheoremWord,
        /// Name and statement.
        decl: Decl,
        /// Its proof.
        steps: Vec<Step>,
    },
    /// `data NAME (parameters)? { constructors }`
    Data {
        /// The type former.
        name: Name,
        /// Its parameters, each with its sort.
        parameters: Vec<Decl>,
        /// Its constructors with their types.
        constructors: Vec<Decl>,
    },
    /// `fun NAME : T (, NAME : T)* { clauses }`
    Function {
        /// Name and type.
        decl: Decl,
        /// Names and types of the functions that are declared together with it.
        others: Vec<Decl>,
        /// Its equations in the order of the text.
        clauses: Vec<Clause>,
    },
    /// `#forward NAME (pattern : T)* .`
    Forward {
        /// The function spoken of.
        name: Name,
        /// Patterns, each with its type.
        patterns: Vec<(TermRef, TermRef)>,
    },
    /// `#backward NAME (infer|subgoal)* .`
    Backward {
        /// The function spoken of.
        name: Name,
        /// One word an input, from the first.
        words: Vec<BackwardWord>,
    },
    /// `#check t.`
    Check(TermRef),
    /// `#eval t.`
    Evaluate(TermRef),
    /// `#print NAME.`
    Print(Name),
}

/// One equation of a function, `(NAME :)? left = right.`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The name of its axiom, if it is written.
    pub name: Option<Name>,
    /// The function applied to patterns.
    pub left: TermRef,
    /// The right side.
    pub right: TermRef,
    /// From its first token through its `.`.
    pub span: Span,
}

/// One step of a script, with the span of all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its kind.
    pub kind: StepKind,
    /// From its first token through its last.
    pub span: Span,
}

/// The kinds of step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// `intro n : T.`, `intro n.` or `intro.`
    Intro {
        /// The name of the local introduced.
        name: Option<Name>,
        /// Its type.
        ty: Option<TermRef>,
    },
    /// `show T by f.`
    Show {
        /// The fact shown.
        ty: TermRef,
        /// The function that shows it: a name, or an application to its first arguments.
        by: TermRef,
    },
    /// `construct n : T = v by f.`
    Construct {
        /// Name and type of the object.
        decl: Decl,
        /// The object.
        value: TermRef,
        /// The function whose application it is.
        by: Name,
    },
    /// `apply f.`: a name, or an application to its first arguments.
    Apply(TermRef),
    /// `goal T { ... }`
    Goal {
        /// The pending subgoal.
        ty: TermRef,
        /// Its proof.
        steps: Vec<Step>,
    },
    /// `have T { ... }`, or `have n : T { ... }`
    Have {
        /// The name of the fact, if it has one.
        name: Option<Name>,
        /// The fact proved.
        ty: TermRef,
        /// Its proof.
        steps: Vec<Step>,
    },
    /// `current goal : T.`
    CurrentGoal(TermRef),
    /// `halt.`
    Halt,
    /// `unfold f.`
    Unfold(Name),
    /// `rw E.`: an equation, or a function that gives one, perhaps with its first arguments.
    Rewrite {
        /// The function that gives the equation.
        by: TermRef,
        /// The number of the place to rewrite at; the first if there is none.
        at: Option<Name>,
    },
    /// `assume T.` (`verify` only).
    Assume(TermRef),
    /// `using a, b.`
    Using(Vec<Name>),
    /// A declaration or definition local to the block (`verify` only).
    Declare {
        /// Name and type.
        decl: Decl,
        /// The value of a definition.
        value: Option<TermRef>,
    },
}

/// A parsed file: its items, and the arenas they point into.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The items in the order of the file.
    pub items: Vec<Item>,
    terms: Vec<(Term, Span)>,
    /// The arguments of all applications, those of each one contiguous.
    arguments: Vec<TermRef>,
    names: Vec<Box<str>>,
    index: rustc_hash::FxHashMap<Box<str>, Symbol>,
    /// The symbols of names of one byte, which are most of those in a long file.
    short: Box<[Option<Symbol>; 128]>,
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            terms: Vec::new(),
            arguments: Vec::new(),
            names: Vec::new(),
            index: rustc_hash::FxHashMap::default(),
            short: Box::new([None; 128]),
        }
    }
}

impl Tree {
    /// An empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty tree with room for the contents of a text of this many bytes.
    pub(super) fn with_room(bytes: usize) -> Self {
        // Counted in texts full of terms; of a long text that is something else little is wasted.
        let terms = (bytes / 3).min(1 << 16);
        Self { terms: Vec::with_capacity(terms), arguments: Vec::with_capacity(terms), ..Self::default() }
    }

    /// The symbol of `name`, the same for equal names.
    pub fn intern(&mut self, name: &str) -> Symbol {
        let short = match *name.as_bytes() {
            [byte] if byte.is_ascii() => Some(usize::from(byte)),
            _ => None,
        };
        if let Some(symbol) = short.and_then(|byte| self.short[byte]) {
            return symbol;
        }
        if let Some(&symbol) = self.index.get(name) {
            return symbol;
        }
        let symbol = Symbol(self.names.len() as u32);
        self.names.push(name.into());
        self.index.insert(name.into(), symbol);
        if let Some(byte) = short {
            self.short[byte] = Some(symbol);
        }
        symbol
    }

    /// The symbol of a name that stands in this tree.
    pub fn symbol(&self, name: &str) -> Option<Symbol> {
        self.index.get(name).copied()
    }

    /// The names of this tree in the order of their symbols.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// The text of a symbol of this tree.
    #[inline]
    pub fn name(&self, symbol: Symbol) -> &str {
        &self.names[symbol.0 as usize]
    }

    /// The number of terms.
    #[inline]
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    /// Whether there is no term.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Forgets the terms after the first `length`.
    pub(super) fn truncate(&mut self, length: usize) {
        let first = self.terms[length..].iter().find_map(|(term, _)| match term {
            Term::Apply(_, arguments) => Some(arguments.start as usize),
            _ => None,
        });
        self.arguments.truncate(first.unwrap_or(self.arguments.len()));
        self.terms.truncate(length);
    }

    /// An application to at least one argument, to be added.
    pub fn apply(&mut self, function: TermRef, arguments: impl IntoIterator<Item = TermRef>) -> Term {
        let start = self.arguments.len();
        self.arguments.extend(arguments);
        let count = (self.arguments.len() - start) as u32;
        Term::Apply(function, Arguments { start: start as u32, count })
    }

    /// The arguments of an application of this tree.
    #[inline]
    pub fn arguments(&self, arguments: Arguments) -> &[TermRef] {
        &self.arguments[arguments.start as usize..][..arguments.count as usize]
    }

    /// The names that stand in a term, in no particular order, as often as they do.
    pub fn symbols(&self, term: TermRef) -> impl Iterator<Item = Symbol> {
        let mut open = vec![term];
        std::iter::from_fn(move || {
            loop {
                match self.term(open.pop()?) {
                    Term::Name(symbol) => return Some(*symbol),
                    Term::Apply(function, arguments) => {
                        open.push(*function);
                        open.extend(self.arguments(*arguments));
                    }
                    Term::Arrow(inputs, output) => {
                        open.push(*output);
                        open.extend(inputs.iter().map(Input::ty));
                    }
                    Term::Lambda(binders, body) => {
                        open.push(*body);
                        open.extend(binders.iter().map(|decl| decl.ty));
                    }
                }
            }
        })
    }

    /// Adds a term and returns its index.
    #[inline]
    pub fn push(&mut self, term: Term, span: Span) -> TermRef {
        let index = TermRef(self.terms.len() as u32);
        self.terms.push((term, span));
        index
    }

    /// The term at an index of this tree.
    #[inline]
    pub fn term(&self, index: TermRef) -> &Term {
        &self.terms[index.0 as usize].0
    }

    /// The inputs of an arrow and of the arrows in its last place, in order, and the output after the last of them. A
    /// term that is not an arrow has no inputs.
    pub fn inputs(&self, ty: TermRef) -> (Vec<Input>, TermRef) {
        let (mut all, mut output) = (Vec::new(), ty);
        while let Term::Arrow(inputs, rest) = self.term(output) {
            all.extend(inputs.iter().copied());
            output = *rest;
        }
        (all, output)
    }

    /// The head and the arguments of a term, in order: nested applications are one. A term that is not an application
    /// has no arguments.
    pub fn application(&self, term: TermRef) -> (TermRef, Cow<'_, [TermRef]>) {
        match self.term(term) {
            Term::Apply(function, arguments) if !matches!(self.term(*function), Term::Apply(..)) => {
                (*function, Cow::Borrowed(self.arguments(*arguments)))
            }
            _ => {
                let (mut arguments, mut head) = (Vec::new(), term);
                while let Term::Apply(function, list) = self.term(head) {
                    arguments.extend(self.arguments(*list).iter().rev());
                    head = *function;
                }
                arguments.reverse();
                (head, Cow::Owned(arguments))
            }
        }
    }

    /// The name that a term is, or that it applies.
    pub fn head(&self, term: TermRef) -> Option<Symbol> {
        match self.term(self.application(term).0) {
            Term::Name(symbol) => Some(*symbol),
            _ => None,
        }
    }

    /// The place of a term.
    #[inline]
    pub fn span(&self, index: TermRef) -> Span {
        self.terms[index.0 as usize].1
    }
}
