//! The accepted part of a session: a theory, and the text that it came from.

use super::error::ReplError;
use crate::proof::Rules;
use crate::syntax::token::Token;
use crate::syntax::tree::{Item, ItemKind, Span, TheoremWord, Tree};
use crate::theory::Theory;
use crate::theory::fault::codes::INCOMPLETE_PROOF;
use crate::theory::identity::{Identities, Identity};
use crate::theory::import::{Files, Resolver, SourceText};
use crate::theory::library;
use crate::theory::load::{ItemReport, LoadError, LoadReport};
use logos::Logos;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The comment before an unfinished proof in a saved file.
const UNFINISHED: &str = "/* This proof is not finished: `load` this file in `prover repl` to go on with it. */";

/// A theorem whose proof may have open ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proof {
    /// `theorem`, `lemma` or `corollary`.
    pub word: &'static str,
    /// Its name.
    pub name: Arc<str>,
    /// Its statement, as written.
    pub statement: Arc<str>,
    /// The text between the braces: a line a step, each ended.
    pub script: Arc<str>,
}

impl Proof {
    /// The theorem as an item of a file.
    pub fn item(&self) -> String {
        let Self { word, name, statement, script } = self;
        format!("{word} {name} : {statement} {{\n{script}}}")
    }
}

/// The keyword of a theorem.
pub(super) fn word_of(word: TheoremWord) -> &'static str {
    match word {
        TheoremWord::Theorem => "theorem",
        TheoremWord::Lemma => "lemma",
        TheoremWord::Corollary => "corollary",
    }
}

/// A theory with the text that it came from.
#[derive(Debug)]
pub(super) struct Layer {
    /// The theory; its older terms are shared with other layers.
    pub theory: Theory,
    /// Its functions by their use.
    pub rules: Arc<Rules>,
    /// The files that it has.
    known: Identities,
    /// The files that the session imports itself, in order.
    imports: Vec<Identity>,
    /// The other text of the session, in order.
    chunks: Vec<Arc<str>>,
}

/// The result of checking a text that may end with an unfinished proof.
pub(super) struct Extended {
    /// The theory with all that was accepted.
    pub layer: Layer,
    /// The unfinished proofs at its end, in order: each was begun for those after it.
    pub unfinished: Vec<Proof>,
    /// Its items.
    pub items: Vec<ItemReport>,
}

impl Layer {
    /// The theory of a path or built-in name, or one without constants; `pretty` if people read it in infix notation.
    pub fn new(theory: Option<&str>, pretty: bool) -> Result<Self, ReplError> {
        let Some(name) = theory else {
            let mut theory = Theory::new();
            if pretty {
                theory.write_infix();
            }
            return Self::over(theory, Identities::default(), Vec::new(), Vec::new());
        };
        let source = library::load_theory(name).map_err(|error| Box::new(LoadError::Library(error)))?;
        let source: SourceText = source.into();
        let import = source.identity.clone();
        let (mut theory, report) = Theory::load(source, &Files);
        if pretty {
            theory.write_infix();
        }
        if !report.is_fine() {
            return Err(Box::new(LoadError::Refused(Box::new(report))).into());
        }
        let known = report.files.iter().map(|file| &file.source.identity).collect();
        // What comes with the theory is shared from now on, so that trying something out copies only what is new.
        Self::over(theory.freeze().fork(), known, vec![import], Vec::new())
    }

    fn over(
        mut theory: Theory,
        known: Identities,
        imports: Vec<Identity>,
        chunks: Vec<Arc<str>>,
    ) -> Result<Self, ReplError> {
        let rules = Arc::new(Rules::new(&mut theory)?);
        Ok(Self { theory, rules, known, imports, chunks })
    }

    /// Checks a text on top of this theory, as a file would be.
    ///
    /// # Errors
    ///
    /// Something in the text is refused. Incomplete proofs of the last theorems are not errors.
    pub fn extended(&self, source: SourceText) -> Result<Extended, ReplError> {
        match self.checked(source.clone()) {
            Err(ReplError::Refused(report)) => match self.up_to_unfinished(&source, &report)? {
                Some(extended) => Ok(extended),
                None => Err(ReplError::Refused(report)),
            },
            checked => checked,
        }
    }

    /// The same where an incomplete proof is an error.
    pub fn checked(&self, source: SourceText) -> Result<Extended, ReplError> {
        let mut theory = self.theory.clone();
        let report = theory.load_after(&self.known, source.clone(), &Files);
        if !report.is_fine() {
            return Err(ReplError::Refused(Box::new(report)));
        }
        let (imports, chunk) = self.without_imports(&source);
        let mut chunks = self.chunks.clone();
        chunks.extend((!chunk.is_empty()).then(|| chunk.into()));
        let mut known = self.known.clone();
        known.extend(report.files.iter().map(|file| &file.source.identity));
        let mut all_imports = self.imports.clone();
        if !imports.is_empty() || report.files.len() > 1 {
            theory = theory.freeze().fork();
        }
        all_imports.extend(imports);
        let own = report.files.into_iter().next_back();
        let items = own.map(|file| file.items).unwrap_or_default();
        let layer = Self::over(theory, known, all_imports, chunks)?;
        Ok(Extended { layer, unfinished: Vec::new(), items })
    }

    /// The text without its last theorems, if the proofs of these are incomplete and nothing else is wrong.
    fn up_to_unfinished(&self, source: &SourceText, report: &LoadReport) -> Result<Option<Extended>, ReplError> {
        let errors: Vec<_> = report.errors().collect();
        let (tree, _) = crate::syntax::parse(&source.text);
        let Some(first) = tree.items.len().checked_sub(errors.len()) else { return Ok(None) };
        let mut unfinished = Vec::new();
        for (item, (file, error)) in tree.items[first..].iter().zip(&errors) {
            let is_of_it = error.code == INCOMPLETE_PROOF
                && file.source.identity.is_same(&source.identity)
                && item.span.start <= error.span.start
                && error.span.end <= item.span.end;
            let Some(proof) = proof_of(&source.text, &tree, item).filter(|_| is_of_it) else { return Ok(None) };
            unfinished.push(proof);
        }
        let Some(item) = tree.items.get(first) else { return Ok(None) };
        let before = source.text[..item.span.start as usize].trim_end();
        let before = before.strip_suffix(UNFINISHED).unwrap_or(before).to_owned();
        let before = SourceText { text: before, ..source.clone() };
        let mut extended = self.checked(before)?;
        extended.unfinished = unfinished;
        Ok(Some(extended))
    }

    /// The last theorem of the session as it stands there.
    pub fn last_theorem(&self) -> Option<String> {
        self.chunks.iter().rev().find_map(|chunk| {
            let (tree, _) = crate::syntax::parse(chunk);
            let is_theorem = |item: &&Item| matches!(item.kind, ItemKind::Theorem { .. });
            let item = tree.items.iter().rev().find(is_theorem)?;
            Some(chunk[item.span.start as usize..item.span.end as usize].to_owned())
        })
    }

    /// The text of a file without its imports, and those of them that are new.
    fn without_imports(&self, source: &SourceText) -> (Vec<Identity>, String) {
        let (tree, _) = crate::syntax::parse(&source.text);
        let (mut imports, mut chunk) = (Vec::<Identity>::new(), String::new());
        let mut start = 0;
        for item in &tree.items {
            let ItemKind::Import(path) = &item.kind else { continue };
            if let Ok(found) = Files.resolve(path, source.folder.as_deref())
                && !self.known.contains(&found.identity)
                && !imports.iter().any(|import| import.is_same(&found.identity))
            {
                imports.push(found.identity);
            }
            let before = &source.text[start..item.span.start as usize];
            chunk.push_str(if chunk.trim().is_empty() { before.trim_start() } else { before });
            let rest = &source.text[item.span.end as usize..];
            start = source.text.len() - rest.trim_start_matches([' ', '\t']).trim_start_matches(['\r', '\n']).len();
        }
        chunk.push_str(&source.text[start..]);
        (imports, chunk.trim().to_owned())
    }

    /// The number of files that the session imports itself.
    pub fn imports(&self) -> usize {
        self.imports.len()
    }

    /// The text of the session without imports.
    pub fn body(&self, proofs: &[&Proof]) -> String {
        let mut parts: Vec<String> = self.chunks.iter().map(|chunk| chunk.to_string()).collect();
        parts.extend(proofs.iter().map(|proof| format!("{UNFINISHED}\n{}", proof.item())));
        let mut text = parts.join("\n\n");
        if !text.is_empty() {
            text.push('\n');
        }
        text
    }

    /// The text of a file in a folder that holds the session.
    ///
    /// # Errors
    ///
    /// Why an import cannot be written there.
    pub fn file(&self, folder: &Path, proofs: &[&Proof]) -> Result<String, String> {
        let mut text = String::new();
        for identity in &self.imports {
            let path = import_path(identity, folder)?;
            text.push_str(&format!("import \"{path}\".\n"));
        }
        let body = self.body(proofs);
        if !text.is_empty() && !body.is_empty() {
            text.push('\n');
        }
        Ok(text + &body)
    }
}

/// The theorem that an item is, its proof as text.
fn proof_of(source: &str, tree: &Tree, item: &Item) -> Option<Proof> {
    let ItemKind::Theorem { word, decl, .. } = &item.kind else { return None };
    let statement = tree.span(decl.ty);
    Some(Proof {
        word: word_of(*word),
        name: tree.name(decl.name.symbol).into(),
        statement: source[statement.start as usize..statement.end as usize].into(),
        script: script_of(source, item, statement)?.into(),
    })
}

/// The text between the braces of a theorem, without the line end after the first of them.
fn script_of(text: &str, item: &Item, statement: Span) -> Option<String> {
    let end = statement.end as usize;
    let brace = Token::lexer(&text[end..]).spanned().find(|(token, _)| *token == Ok(Token::OpenBrace))?;
    let inside = &text[end + brace.1.end..item.span.end as usize - 1];
    let inside = inside.trim_start_matches([' ', '\t']);
    let inside = inside.strip_prefix("\r\n").or_else(|| inside.strip_prefix('\n')).unwrap_or(inside);
    let kept = inside.trim_end();
    Some(if kept.is_empty() { String::new() } else { format!("{kept}\n") })
}

/// The import of a source in a file of a folder: a built-in one by name, a file by its path.
fn import_path(identity: &Identity, folder: &Path) -> Result<String, String> {
    let path = match identity {
        Identity::BuiltIn(name) | Identity::Text(name) => PathBuf::from(&**name),
        Identity::File { path, .. } => {
            let folder = std::fs::canonicalize(folder).unwrap_or_else(|_| PathBuf::from(folder));
            path.strip_prefix(&folder).unwrap_or(path).to_owned()
        }
    };
    let Some(path) = path.to_str().filter(|path| !path.contains(['"', '\n'])) else {
        return Err(format!("the path of the import {} cannot be written in a file", path.display()));
    };
    match Files.resolve(path, Some(folder)) {
        Ok(found) if found.identity.is_same(identity) => Ok(path.to_owned()),
        Ok(found) => Err(format!("its `import \"{path}\"` would mean {}, which is another file", found.name)),
        Err(error) => Err(error.to_string()),
    }
}
