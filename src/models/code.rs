//! Terms compiled for evaluation: variables are places of an environment, and applications are resolved to the
//! functions that they call.
//!
//! Terms are in normal form (no definition, no beta redex) when they come here. An unsupported term compiles to
//! [`Code::Unknown`], so that evaluation can report which part of a statement it could not decide.

use super::signature::{Role, Signature};
use prover_logic::{ConstId, Sort, Store, Term, TermId};
use rustc_hash::FxHashMap;

/// The number of a piece of code.
pub(super) type CodeId = u32;

/// Pieces of code that one statement may become.
const MOST_CODE: usize = 50_000;

/// The error of a term that is too large to compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLarge;

/// Some operands of a program, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operands {
    start: u32,
    length: u32,
}

impl Operands {
    /// The places of the operands in the program.
    pub fn places(self) -> std::ops::Range<usize> {
        self.start as usize..(self.start + self.length) as usize
    }

    /// The number of operands.
    pub fn len(self) -> usize {
        self.length as usize
    }
}

/// Compiled terms.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    codes: Vec<Code>,
    operands: Vec<CodeId>,
}

impl Program {
    /// A piece of code.
    pub fn code(&self, id: CodeId) -> Code {
        self.codes[id as usize]
    }

    /// An operand, by its place.
    pub fn operand(&self, place: usize) -> CodeId {
        self.operands[place]
    }

    /// The number of pieces.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Forgets all pieces but this many.
    pub fn truncate(&mut self, codes: usize, operands: usize) {
        self.codes.truncate(codes);
        self.operands.truncate(operands);
    }

    /// The number of operands.
    pub fn operands(&self) -> usize {
        self.operands.len()
    }
}

/// A compiled term.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Code {
    /// The variable at a place of the environment, counted from the outermost binder.
    Variable(u32),
    /// A constructor with all of its arguments, types not among them.
    Construct(ConstId, Operands),
    /// A function by its number, with as many arguments as it takes.
    Call(u32, Operands),
    /// A function by its number, with fewer arguments than it takes.
    Partial(u32, Operands),
    /// A function value applied to an argument.
    Apply(CodeId, CodeId),
    /// `lambda`, by its body.
    Lambda(CodeId),
    /// The proposition that two values of a type are equal: the type, then the values.
    Equal(CodeId, CodeId, CodeId),
    /// The implication from the first proposition to the second.
    Implies(CodeId, CodeId),
    /// The universal quantification of the second, a function to propositions, over the values of the first, a type.
    All(CodeId, CodeId),
    /// The type `prop`.
    Prop,
    /// The sort `type`.
    Type,
    /// A type former with its arguments.
    Former(ConstId, Operands),
    /// The type of functions from the first to the second.
    Arrow(CodeId, CodeId),
    /// A constant, or something else, that has no meaning here.
    Unknown(Option<ConstId>),
}

/// Compiles terms of one theory.
pub(super) struct Compiler<'a> {
    pub store: &'a Store,
    pub signature: &'a Signature,
    pub program: &'a mut Program,
    /// The terms compiled so far, by term and number of binders around it.
    known: FxHashMap<(TermId, u32), CodeId>,
    /// The types of the binders around, outermost first, each with the number of binders around it.
    context: Vec<TermId>,
    first: usize,
}

impl<'a> Compiler<'a> {
    /// A compiler that adds to a program.
    pub fn new(store: &'a Store, signature: &'a Signature, program: &'a mut Program) -> Self {
        let first = program.len();
        Self { store, signature, program, known: FxHashMap::default(), context: Vec::new(), first }
    }

    /// Begins the scope of a binder of this type.
    pub fn enter(&mut self, domain: TermId) {
        self.context.push(domain);
    }

    fn push(&mut self, code: Code) -> Result<CodeId, TooLarge> {
        if self.program.len() - self.first >= MOST_CODE {
            return Err(TooLarge);
        }
        self.program.codes.push(code);
        Ok(self.program.len() as CodeId - 1)
    }

    /// Whether a term, under the binders around, is a proposition (and not an object or a type).
    pub fn is_proposition(&self, term: TermId) -> bool {
        let (mut term, mut depth) = (term, self.context.len());
        let mut inner: Vec<TermId> = Vec::new();
        while let Term::Pi(domain, body) = self.store.term(term) {
            inner.push(domain);
            depth += 1;
            term = body;
        }
        let (head, arguments) = self.store.spine(term);
        let ty = match self.store.term(head) {
            Term::Const(constant) if self.signature.role(constant) == Role::Equality => return arguments.len() == 3,
            Term::Const(constant) => match self.signature.type_of(constant) {
                Some(ty) => ty,
                None => return false,
            },
            Term::Bound(index) => {
                let Some(place) = depth.checked_sub(index as usize + 1) else { return false };
                let outer = self.context.len();
                if place < outer { self.context[place] } else { inner[place - outer] }
            }
            Term::Local { ty, .. } => ty,
            _ => return false,
        };
        self.ends_in_prop(ty, &arguments)
    }

    /// Whether a function of a type, given these arguments, gives a proposition.
    fn ends_in_prop(&self, mut ty: TermId, arguments: &[TermId]) -> bool {
        for _ in arguments {
            let Term::Pi(_, body) = self.store.term(ty) else { return false };
            ty = body;
        }
        match self.store.term(ty) {
            Term::Sort(Sort::Prop) => true,
            // The output is a type that was given as an argument.
            Term::Bound(index) => {
                let given = arguments.len().checked_sub(index as usize + 1).map(|place| arguments[place]);
                given.is_some_and(|given| self.store.term(given) == Term::Sort(Sort::Prop))
            }
            _ => false,
        }
    }

    /// The code of a term under the binders entered so far.
    pub fn compile(&mut self, term: TermId) -> Result<CodeId, TooLarge> {
        let key = (term, self.context.len() as u32);
        if let Some(&code) = self.known.get(&key) {
            return Ok(code);
        }
        let code = stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.compile_new(term))?;
        // Under other binders of as many, the same term may be of another kind.
        if self.store.loose(term) == 0 {
            self.known.insert(key, code);
        }
        Ok(code)
    }

    fn compile_new(&mut self, term: TermId) -> Result<CodeId, TooLarge> {
        match self.store.term(term) {
            Term::Sort(Sort::Prop) => self.push(Code::Prop),
            Term::Sort(Sort::Type) => self.push(Code::Type),
            Term::Sort(Sort::Kind) => self.push(Code::Unknown(None)),
            Term::Pi(domain, body) => self.pi(term, domain, body),
            Term::Lambda(domain, body) => {
                self.context.push(domain);
                let body = self.compile(body);
                self.context.pop();
                let body = body?;
                self.push(Code::Lambda(body))
            }
            _ => self.application(term),
        }
    }

    fn pi(&mut self, term: TermId, domain: TermId, body: TermId) -> Result<CodeId, TooLarge> {
        let is_proposition = self.is_proposition(term);
        let is_premise = self.is_proposition(domain);
        let first = self.compile(domain)?;
        self.context.push(domain);
        let second = self.compile(body);
        self.context.pop();
        let second = second?;
        self.push(match (is_proposition, is_premise) {
            (true, true) => Code::Implies(first, second),
            (true, false) => Code::All(first, second),
            (false, false) => Code::Arrow(first, second),
            // An object that is given a proof.
            (false, true) => Code::Unknown(None),
        })
    }

    fn all(&mut self, terms: &[TermId]) -> Result<Vec<CodeId>, TooLarge> {
        terms.iter().map(|&term| self.compile(term)).collect()
    }

    fn operands(&mut self, codes: &[CodeId]) -> Operands {
        let start = self.program.operands.len() as u32;
        self.program.operands.extend_from_slice(codes);
        Operands { start, length: codes.len() as u32 }
    }

    fn application(&mut self, term: TermId) -> Result<CodeId, TooLarge> {
        let (head, arguments) = self.store.spine(term);
        let (mut code, used) = match self.store.term(head) {
            Term::Bound(index) => match self.context.len().checked_sub(index as usize + 1) {
                Some(place) => (self.push(Code::Variable(place as u32))?, 0),
                None => (self.push(Code::Unknown(None))?, arguments.len()),
            },
            Term::Const(constant) => self.constant(constant, &arguments)?,
            Term::Local { .. } => (self.push(Code::Unknown(None))?, arguments.len()),
            _ => (self.compile(head)?, 0),
        };
        for &argument in &arguments[used..] {
            let argument = self.compile(argument)?;
            code = self.push(Code::Apply(code, argument))?;
        }
        Ok(code)
    }

    /// The code of a constant with the arguments that it takes, and how many it took.
    fn constant(&mut self, constant: ConstId, arguments: &[TermId]) -> Result<(CodeId, usize), TooLarge> {
        let count = arguments.len();
        let code = match self.signature.role(constant) {
            Role::Equality if count >= 3 => {
                let sides = self.all(&arguments[..3])?;
                return Ok((self.push(Code::Equal(sides[0], sides[1], sides[2]))?, 3));
            }
            Role::Former(parameters) if count == parameters => {
                let arguments = self.all(arguments)?;
                Code::Former(constant, self.operands(&arguments))
            }
            Role::Function(number) => {
                let arity = self.signature.functions[number as usize].arity;
                let parameters = self.signature.functions[number as usize].constructs;
                let used = arity.min(count);
                let given = self.all(&arguments[..used])?;
                let code = match parameters {
                    _ if used < arity => Code::Partial(number, self.operands(&given)),
                    Some(parameters) => Code::Construct(constant, self.operands(&given[parameters..])),
                    None => Code::Call(number, self.operands(&given)),
                };
                return Ok((self.push(code)?, used));
            }
            _ => Code::Unknown(Some(constant)),
        };
        Ok((self.push(code)?, count))
    }
}
