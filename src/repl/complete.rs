//! Completion of the input while it is typed, by type.

use super::Session;
use super::command::{Verb, words};
use super::input::Input;
use crate::logic::{Environment, Sort, Term, TermId};
use crate::syntax::token::Token;
use crate::theory::Theory;
use crate::theory::elaborate::{Elaborator, Source, quoted};
use crate::theory::library::EXTENSIONS;
use crate::theory::limits::ITEM_BUDGET;
use crate::theory::notation::Notation;
use crate::theory::print::print_limited;
use crate::theory::scope::Scope;
use crate::theory::suggest::Failed;
use crate::theory::terms::matching::Substitution;
use crate::theory::terms::signature::Signature;
use logos::Logos;
use std::ops::Range;

/// The most suggestions.
const LIMIT: usize = 100;
/// The most characters of a type shown next to a suggestion.
const ABOUT: usize = 60;

/// A suggestion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The text to write.
    pub text: String,
    /// In the place of this part of the input.
    pub span: Range<usize>,
    /// A description in a few words; may be empty.
    pub about: String,
    /// Whether a blank should follow.
    pub blank: bool,
}

/// The kind of text that fits a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// A term of this type.
    Of(TermId),
    /// The function of an application of this type.
    FunctionTo(TermId),
    /// A type or a proposition.
    Type,
    /// Any term.
    Anything,
}

/// The steps that a proof may go on with, and the items that a file may.
const STEP_WORDS: [&str; 10] =
    ["apply", "construct", "current", "goal", "halt", "have", "intro", "rw", "show", "unfold"];
const ITEM_WORDS: [&str; 9] = ["import", "lemma", "theorem", "corollary", "verify", "axiom", "let", "data", "fun"];

impl Session {
    /// The texts that could stand at an offset of an input, best first.
    pub fn complete(&self, input: &str, cursor: usize) -> Vec<Completion> {
        let Some(before) = input.get(..cursor) else { return Vec::new() };
        let place = Place::new(before);
        if let Some(found) = self.command_argument(before) {
            return found;
        }
        let mut found = if place.tokens.is_empty() {
            let first = if self.is_open() { &STEP_WORDS[..] } else { &ITEM_WORDS[..] };
            let all = first.iter().copied().chain(words());
            let mut seen = rustc_hash::FxHashSet::default();
            all.filter(|word| seen.insert(*word)).map(|word| (word.to_owned(), String::new())).collect()
        } else {
            self.in_text(&place)
        };
        found.retain(|(text, _)| text.trim_start_matches('(').starts_with(place.prefix));
        found.truncate(LIMIT);
        let span = place.start..cursor;
        found.into_iter().map(|(text, about)| Completion { text, span: span.clone(), about, blank: true }).collect()
    }

    /// The arguments of commands that take no terms.
    fn command_argument(&self, before: &str) -> Option<Vec<Completion>> {
        let Input::Command { command, argument, at, .. } = Input::new(before, self.is_open()) else { return None };
        // The word itself is still being typed.
        if before.len() == before.trim_end().len() && argument.is_empty() {
            return None;
        }
        let at = if argument.is_empty() { before.len() } else { at };
        let options: Vec<String> = match command.verb {
            Verb::Load | Verb::Save => return Some(paths(argument, at, before.len())),
            Verb::Help => words().map(str::to_owned).collect(),
            Verb::Focus => (1..=self.open_goals()).map(|number| number.to_string()).collect(),
            Verb::Print => {
                let environment = &self.layer().theory.environment;
                environment.declarations().map(|(_, declaration)| declaration.name.to_string()).collect()
            }
            Verb::Goal | Verb::Check | Verb::Eval | Verb::Refute | Verb::Find => return None,
            _ => Vec::new(),
        };
        let fitting = options.into_iter().filter(|option| option.starts_with(argument)).take(LIMIT);
        let span = at..before.len();
        let completion = |text| Completion { text, span: span.clone(), about: String::new(), blank: false };
        Some(fitting.map(completion).collect())
    }

    fn in_text(&self, place: &Place<'_>) -> Vec<(String, String)> {
        let (mut theory, mut scope) = self.here();
        let last = place.tokens.last().map(|(token, _)| *token);
        let goal = self.focused().ok().map(|open| open.goal);
        let mut finder = Finder { theory: &mut theory, scope: &mut scope, place };
        match last {
            Some(Token::Apply) => return finder.functions(goal, place.prefix),
            Some(Token::By | Token::Rw) => {
                let target = finder.shown();
                return finder.functions(target, place.prefix);
            }
            Some(Token::Intro) => return finder.introduced(goal).into_iter().collect(),
            Some(Token::Current) => return vec![("goal".into(), String::new())],
            Some(Token::Colon) if place.tokens.iter().rev().nth(2).map(|(token, _)| *token) == Some(Token::Intro) => {
                return finder.input_of(goal).into_iter().map(|ty| (ty, "the goal's input".into())).collect();
            }
            Some(Token::Import | Token::String) => return Vec::new(),
            _ => {}
        }
        finder.bind();
        let wanted = finder.wanted(place.tokens.len());
        let mut found = Vec::new();
        if let (Some(Token::Show | Token::Have), Some(goal)) = (last, goal) {
            found.push((finder.text(goal), "the goal".into()));
        }
        found.extend(finder.terms(wanted, place.prefix));
        if found.is_empty() && wanted != Wanted::Anything {
            found = finder.terms(Wanted::Anything, place.prefix);
        }
        found
    }
}

/// The place of the cursor: the tokens before it and the beginning of the word there.
struct Place<'i> {
    input: &'i str,
    tokens: Vec<(Token, Range<usize>)>,
    prefix: &'i str,
    start: usize,
}

impl<'i> Place<'i> {
    fn new(before: &'i str) -> Self {
        let lexed = Token::lexer(before).spanned();
        let mut tokens: Vec<_> = lexed.filter_map(|(token, span)| token.ok().map(|token| (token, span))).collect();
        let is_word = |token: Token| token.is_name() || token.keyword().is_some();
        let start = match tokens.last() {
            Some((token, span)) if span.end == before.len() && is_word(*token) => span.start,
            _ => before.len(),
        };
        if start < before.len() {
            tokens.pop();
        }
        Self { input: before, tokens, prefix: &before[start..], start }
    }

    fn text(&self, tokens: Range<usize>) -> &'i str {
        match (self.tokens.get(tokens.start), tokens.end.checked_sub(1).and_then(|last| self.tokens.get(last))) {
            (Some((_, first)), Some((_, last))) if first.start <= last.end => &self.input[first.start..last.end],
            _ => "",
        }
    }

    fn token(&self, index: usize) -> Option<Token> {
        self.tokens.get(index).map(|(token, _)| *token)
    }

    /// The texts of the whole terms among some tokens.
    fn terms(&self, start: usize, end: usize) -> Vec<&'i str> {
        let (mut terms, mut depth, mut begin) = (Vec::new(), 0, start);
        for index in start..end {
            match self.token(index) {
                Some(Token::OpenParen | Token::OpenBracket) => {
                    if depth == 0 {
                        begin = index;
                    }
                    depth += 1;
                    continue;
                }
                Some(Token::CloseParen | Token::CloseBracket) => depth -= 1,
                _ if depth == 0 => begin = index,
                _ => {}
            }
            if depth == 0 {
                terms.push(self.text(begin..index + 1));
            }
        }
        terms
    }
}

/// Finds the completions that fit.
struct Finder<'a, 'i> {
    theory: &'a mut Theory,
    scope: &'a mut Scope,
    place: &'a Place<'i>,
}

impl Finder<'_, '_> {
    fn environment(&mut self) -> &mut Environment {
        self.theory.environment.set_budget(ITEM_BUDGET);
        &mut self.theory.environment
    }

    fn text(&mut self, term: TermId) -> String {
        let names = self.scope.printed(&self.theory.environment.store).with_notation(Notation::Language);
        print_limited(self.environment(), &names, term, 4 * 1024)
    }

    fn about(&mut self, ty: TermId) -> String {
        let names = self.scope.printed(&self.theory.environment.store);
        print_limited(self.environment(), &names, ty, ABOUT)
    }

    /// The term that a text means; none if it means nothing.
    fn elaborated(&mut self, text: &str) -> Option<TermId> {
        let (tree, term) = crate::syntax::parse_term(text).ok()?;
        let failed = Failed::default();
        self.theory.environment.set_budget(ITEM_BUDGET);
        let source = Source { tree: &tree, scope: self.scope, failed: &failed };
        Elaborator::new(&mut self.theory.environment, source).term(term).ok()
    }

    /// The names in scope and the constants, with their types, the newest local first.
    fn all(&mut self, prefix: &str) -> Vec<(String, TermId)> {
        let fits = |name: &str| name.starts_with(prefix) && !name.contains('#');
        let locals: Vec<_> = self.scope.entries().filter(|(name, _)| fits(name) && !name.starts_with('\'')).collect();
        let locals: Vec<(String, TermId)> =
            locals.into_iter().rev().map(|(name, term)| (name.to_owned(), term)).collect();
        let environment = self.environment();
        let mut all = Vec::new();
        for (name, term) in locals {
            all.extend(environment.infer(term).ok().map(|ty| (name, ty)));
        }
        let constants = environment.declarations().filter(|(_, declaration)| fits(&declaration.name));
        all.extend(constants.map(|(_, declaration)| (declaration.name.to_string(), declaration.ty)));
        all
    }

    /// The fact that the step under way shows: the text between its keyword and `by`.
    fn shown(&mut self) -> Option<TermId> {
        let end = self.place.tokens.len() - 1;
        let begin = (0..end).rev().find(|&i| matches!(self.place.token(i), Some(Token::Show | Token::Construct)))?;
        let text = match self.place.token(begin) {
            Some(Token::Show) => self.place.text(begin + 1..end),
            _ => {
                // The `=` of a definition is the one outside of brackets.
                let mut depth = 0;
                let equals = (begin + 3..end).find(|&i| {
                    match self.place.token(i) {
                        Some(Token::OpenParen | Token::OpenBracket) => depth += 1,
                        Some(Token::CloseParen | Token::CloseBracket) => depth -= 1,
                        _ => {}
                    }
                    depth == 0 && self.place.token(i) == Some(Token::Equals)
                })?;
                self.place.text(begin + 3..equals)
            }
        };
        self.elaborated(text)
    }

    /// The functions that may prove a proposition; those that could prove anything come last.
    fn functions(&mut self, target: Option<TermId>, prefix: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (name, ty) in self.all(prefix) {
            let environment = self.environment();
            if environment.sort_of(ty) != Ok(Sort::Prop)
                || !target.is_none_or(|target| gives(environment, ty, 0, target))
            {
                continue;
            }
            let arity = Signature::arity(&environment.store, ty);
            let head = Signature::new(environment, ty, arity).map(|signature| environment.store.head(signature.output));
            let is_general = head.is_ok_and(|head| matches!(environment.store.term(head), Term::Bound(_)));
            let rank = usize::from(is_general) + usize::from(name == "rewrite");
            found.push((rank, (name, self.about(ty))));
        }
        // Stable: the newest local first among equals.
        found.sort_by_key(|(rank, _)| *rank);
        found.into_iter().map(|(_, suggestion)| suggestion).collect()
    }

    /// The input of the goal, if it is an arrow.
    fn domain(&mut self, goal: Option<TermId>) -> Option<TermId> {
        let environment = self.environment();
        let reduced = environment.whnf(goal?).ok()?;
        match environment.store.term(reduced) {
            Term::Pi(domain, _) => Some(domain),
            _ => None,
        }
    }

    fn input_of(&mut self, goal: Option<TermId>) -> Option<String> {
        let domain = self.domain(goal)?;
        Some(self.text(domain))
    }

    /// All of an `intro` after its word.
    fn introduced(&mut self, goal: Option<TermId>) -> Option<(String, String)> {
        let domain = self.domain(goal)?;
        let is_proof = self.environment().sort_of(domain) == Ok(Sort::Prop);
        let candidates: &[&str] =
            if is_proof { &["h", "ih", "h1", "h2", "h3"] } else { &["a", "b", "c", "n", "m", "k"] };
        let free = |name: &&&str| !self.scope.is_taken(name) && self.theory.environment.find(name).is_none();
        let name = candidates.iter().find(free).map_or("x", |name| *name);
        let ty = self.text(domain);
        Some((format!("{name} : {ty}."), "the goal's input".into()))
    }

    /// Makes locals of the binders before the place whose types are written.
    fn bind(&mut self) {
        let mut open = Vec::new();
        let mut binders = Vec::new();
        for index in 0..self.place.tokens.len() {
            match self.place.token(index) {
                Some(Token::OpenParen) => open.push(index),
                Some(Token::CloseParen) => {
                    let begin = open.pop();
                    if let Some(begin) = begin.filter(|&begin| self.place.token(begin + 2) == Some(Token::Colon)) {
                        binders.push((begin + 1, begin + 3..index));
                    }
                }
                _ => {}
            }
        }
        for (name, ty) in binders {
            let (name, ty) = (self.place.text(name..name + 1), self.place.text(ty));
            let Some(ty) = self.elaborated(ty) else { continue };
            let number = self.scope.reserve();
            let store = &mut self.theory.environment.store;
            let local = store.local(number, ty);
            for spelling in [name.to_owned(), quoted(name)] {
                self.scope.insert(store, &spelling, local);
            }
        }
    }

    /// The kind of text that fits after the first `count` tokens.
    fn wanted(&mut self, count: usize) -> Wanted {
        let mut closed = 0;
        for index in (0..count).rev() {
            match self.place.token(index) {
                Some(Token::CloseParen | Token::CloseBracket) => closed += 1,
                Some(Token::OpenParen | Token::OpenBracket) if closed > 0 => closed -= 1,
                Some(Token::OpenBracket) => return Wanted::Type,
                Some(Token::OpenParen) => return self.wanted_in(index, count),
                Some(Token::Colon) if closed == 0 => return self.wanted_after_colon(index),
                Some(Token::Equals) if closed == 0 && index > 3 => {
                    // `construct n : T =`, or a definition.
                    let colon = (0..index).rev().find(|&i| self.place.token(i) == Some(Token::Colon));
                    let ty = colon.and_then(|colon| self.elaborated(self.place.text(colon + 1..index)));
                    return ty.map_or(Wanted::Anything, Wanted::Of);
                }
                Some(Token::Show | Token::Have | Token::Goal | Token::Assume) if closed == 0 => {
                    return self.proposition();
                }
                _ => {}
            }
        }
        Wanted::Anything
    }

    fn proposition(&mut self) -> Wanted {
        Wanted::Of(self.theory.environment.store.sort(Sort::Prop))
    }

    /// After a colon outside of all brackets: a statement, or a type.
    fn wanted_after_colon(&mut self, colon: usize) -> Wanted {
        let before = colon.checked_sub(2).and_then(|index| self.place.token(index));
        let states =
            matches!(before, Some(Token::Theorem | Token::Lemma | Token::Corollary | Token::Goal | Token::Current));
        if states { self.proposition() } else { Wanted::Type }
    }

    /// In the application (or binder) whose parenthesis is the token `open`.
    fn wanted_in(&mut self, open: usize, count: usize) -> Wanted {
        if self.place.token(open + 2) == Some(Token::Colon) {
            return Wanted::Type;
        }
        let terms = self.place.terms(open + 1, count);
        let Some((head, arguments)) = terms.split_first() else {
            return match self.wanted(open) {
                Wanted::Of(ty) => Wanted::FunctionTo(ty),
                other => other,
            };
        };
        self.argument_type(head, arguments).map_or(Wanted::Anything, Wanted::Of)
    }

    /// The type of a function's next argument, as far as those given determine it.
    fn argument_type(&mut self, head: &str, arguments: &[&str]) -> Option<TermId> {
        let function = self.elaborated(head)?;
        let given: Vec<TermId> = arguments.iter().map(|text| self.elaborated(text)).collect::<Option<_>>()?;
        let environment = self.environment();
        let ty = environment.infer(function).ok()?;
        let arity = Signature::arity(&environment.store, ty);
        let signature = Signature::new(environment, ty, arity).ok()?;
        let sort = environment.store.sort(Sort::Type);
        let leading = signature.parameters.iter().take_while(|parameter| parameter.domain == sort).count();
        // Leading types are left out unless the first argument is one.
        let written = match given.first() {
            Some(&first) => environment.infer(first).ok()? == sort,
            None => false,
        };
        let skipped = if written { 0 } else { leading };
        let mut substitution = Substitution::new(arity);
        for (index, &argument) in given.iter().enumerate() {
            let parameter = signature.parameters.get(skipped + index)?;
            let found = environment.infer(argument).ok()?;
            let mark = substitution.mark();
            if !substitution.matches(environment, parameter.domain, found).ok()? {
                substitution.undo(mark);
            }
            substitution.assign(skipped + index, argument);
        }
        let next = signature.parameters.get(skipped + given.len())?;
        if !substitution.knows(&next.mentions) {
            return None;
        }
        Some(substitution.apply(&mut environment.store, next.domain))
    }

    /// The names that fit, functions with the parenthesis that begins their application.
    fn terms(&mut self, wanted: Wanted, prefix: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (name, ty) in self.all(prefix) {
            let as_function = match wanted {
                Wanted::Anything => Some(false),
                Wanted::Of(target) => self.fits(ty, target),
                Wanted::FunctionTo(target) => self.fits(ty, target).filter(|as_function| *as_function).map(|_| false),
                Wanted::Type => {
                    let store = &mut self.environment().store;
                    let sorts = [store.sort(Sort::Type), store.sort(Sort::Prop)];
                    sorts.into_iter().find_map(|sort| self.fits(ty, sort))
                }
            };
            if let Some(as_function) = as_function {
                let about = self.about(ty);
                found.push((as_function, if as_function { format!("({name}") } else { name }, about));
            }
        }
        // Stable: what fits as it stands comes first.
        found.sort_by_key(|(as_function, _, _)| *as_function);
        found.into_iter().map(|(_, text, about)| (text, about)).collect()
    }

    /// Whether something of a type gives a term of another type: as it stands (`false`) or applied to arguments
    /// (`true`).
    fn fits(&mut self, ty: TermId, target: TermId) -> Option<bool> {
        let environment = self.environment();
        if environment.definitionally_equal(ty, target) == Ok(true) {
            return Some(false);
        }
        // Proofs are written by steps.
        if environment.sort_of(ty) == Ok(Sort::Prop) {
            return None;
        }
        gives(environment, ty, 1, target).then_some(true)
    }
}

/// Whether a function of a type, given at least this many arguments, gives something of another type.
fn gives(environment: &mut Environment, ty: TermId, least: usize, target: TermId) -> bool {
    let arity = Signature::arity(&environment.store, ty);
    (least..=arity).rev().any(|count| {
        let Ok(signature) = Signature::new(environment, ty, count) else { return false };
        let mut substitution = Substitution::new(count);
        matches!(substitution.matches(environment, signature.output, target), Ok(true))
    })
}

/// Files and folders whose path begins like this.
fn paths(argument: &str, at: usize, end: usize) -> Vec<Completion> {
    let (folder, begun) = match argument.rfind('/') {
        Some(slash) => argument.split_at(slash + 1),
        None => ("", argument),
    };
    let Ok(entries) = std::fs::read_dir(if folder.is_empty() { "." } else { folder }) else { return Vec::new() };
    let mut found: Vec<(String, bool)> = Vec::new();
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let is_folder = entry.path().is_dir();
        let is_ours = EXTENSIONS.iter().any(|extension| name.ends_with(&format!(".{extension}")));
        if name.starts_with(begun) && (is_folder || is_ours) && (!name.starts_with('.') || begun.starts_with('.')) {
            found.push((name, is_folder));
        }
    }
    found.sort();
    found.truncate(LIMIT);
    let completion = |(name, is_folder): (String, bool)| {
        let text = format!("{folder}{name}{}", if is_folder { "/" } else { "" });
        Completion { text, span: at..end, about: String::new(), blank: false }
    };
    found.into_iter().map(completion).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repl::Options;

    fn session(inputs: &[&str]) -> Session {
        let mut session = Session::new(Options { theory: Some("nat-add".into()), ..Options::default() }).unwrap();
        for input in inputs {
            let reply = session.execute(input);
            assert_eq!(reply.outcome, crate::repl::Outcome::Done, "{}", reply.text);
        }
        session
    }

    fn texts(session: &Session, input: &str) -> Vec<String> {
        session.complete(input, input.len()).into_iter().map(|completion| completion.text).collect()
    }

    #[test]
    fn words_come_first() {
        let session = session(&[]);
        assert_eq!(texts(&session, "und"), ["undo"]);
        assert!(texts(&session, "").contains(&"theorem".to_owned()));
        assert_eq!(texts(&session, "help red"), ["redo"]);
        assert_eq!(texts(&session, "print nat_"), ["nat_ind"]);
        assert_eq!(texts(&session, "undo "), Vec::<String>::new());
        let completion = &session.complete("help re", 7)[0];
        assert_eq!((completion.text.as_str(), completion.span.clone()), ("redo", 5..7));
    }

    #[test]
    fn functions_fit_what_they_are_to_prove() {
        let session = session(&["goal [(a : nat) -> (= (+ z a) a)]"]);
        assert_eq!(texts(&session, "apply "), ["nat_ind", "rewrite"]);
        assert_eq!(texts(&session, "show (= (+ z z) z) by +"), ["+_z"]);
        let by = texts(&session, "show (= (s z) (s z)) by ");
        assert_eq!(by, ["eq_refl", "eq_symm", "nat_ind", "rewrite"]);
        assert_eq!(texts(&session, "intro "), ["a : nat."]);
        assert_eq!(texts(&session, "intro m : "), ["nat"]);
    }

    #[test]
    fn arguments_fit_by_type() {
        let session = session(&["goal [(a : nat) -> (= (+ z a) a)]", "intro m : nat."]);
        assert_eq!(texts(&session, "check (s "), ["m", "z", "(s", "(+"]);
        assert_eq!(texts(&session, "check (+ z "), ["m", "z", "(s", "(+"]);
        assert_eq!(texts(&session, "check (= m "), ["m", "z", "(s", "(+"]);
        let propositions = texts(&session, "show ");
        assert_eq!(propositions, ["(= (+ z m) m)", "(="]);
        assert_eq!(texts(&session, "show ("), ["="]);
        assert_eq!(texts(&session, "have [(k : "), ["nat", "(="]);
        assert_eq!(texts(&session, "have [(k : nat) -> (= (s k) (s "), ["k", "m", "z", "(s", "(+"]);
        assert_eq!(texts(&session, "construct n : nat = (s "), ["m", "z", "(s", "(+"]);
        assert_eq!(texts(&session, "check (+ zz"), Vec::<String>::new());
        assert_eq!(session.complete("é", 1), []);
    }

    #[test]
    fn paths_are_those_of_files_of_the_language() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.peano", "b.p", "c.txt"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("d")).unwrap();
        let input = format!("load {}/", folder.path().display());
        let found = texts(&session(&[]), &input);
        let names: Vec<&str> = found.iter().map(|path| path.strip_prefix(&input[5..]).unwrap()).collect();
        assert_eq!(names, ["a.peano", "b.p", "d/"]);
    }
}
