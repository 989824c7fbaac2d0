//! Hints for those who know another prover: the meaning of a text that does not parse, and how it is written here.
//!
//! The tokens of the item up to the error are examined, from the beginning of the statement around it: of the item, or
//! of the step, constructor or clause. This module does not decide whether a text is right; the grammar has done so.

use logos::Logos;

use super::token::Token;
use super::tree::Span;

/// A text about an error, beside or instead of the list of tokens that the grammar expects.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Advice {
    /// A message in the place of `unexpected ...`, about another place.
    pub message: Option<(String, Span)>,
    /// A note on the text that stands there, or could.
    pub label: Option<&'static str>,
    /// The text to write instead.
    pub hint: String,
}

/// The steps of a proof, as a label.
const STEPS: &str = "a step begins with `intro`, `show`, `have`, `apply`, `goal`, `construct`, `rw`, `unfold`, \
                     `current goal` or `halt`";

/// The tokens that are looked at, back from the error.
const LOOKED_AT: usize = 64;

/// A token with its text.
#[derive(Clone, Copy)]
struct Word<'s> {
    token: Token,
    text: &'s str,
    span: Span,
}

/// The place of an error in an item.
struct Place<'s> {
    /// The first token of the item.
    first: Token,
    /// The number of braces around the error.
    depth: usize,
    /// The tokens since the beginning of the statement, the wrong one the last.
    words: Vec<Word<'s>>,
    /// The token after the wrong one.
    next: Option<Word<'s>>,
}

impl<'s> Place<'s> {
    /// The place of a wrong token in an item that begins at `start`; steps alone stand as in braces.
    fn new(source: &'s str, start: u32, wrong: Span, whole: bool) -> Option<Self> {
        let text = source.get(start as usize..)?;
        let mut tokens = Token::lexer(text).spanned().filter_map(|(token, span)| {
            let text = &text[span.clone()];
            let span = Span { start: start + span.start as u32, end: start + span.end as u32 };
            token.ok().map(|token| Word { token, text, span })
        });
        let mut first = None;
        let (mut depth, mut words) = (usize::from(whole), Vec::new());
        for word in tokens.by_ref() {
            first = first.or(Some(word.token));
            if word.span.start >= wrong.start {
                if word.span == wrong {
                    words.push(word);
                    let next = tokens.next();
                    return Some(Self { first: first?, depth, words, next });
                }
                return None;
            }
            match word.token {
                Token::OpenBrace => depth += 1,
                Token::CloseBrace => depth = depth.saturating_sub(1),
                Token::Dot => {}
                _ => {
                    if words.len() >= 2 * LOOKED_AT {
                        // The beginning of the statement stays, and what stands just before the error.
                        words.drain(LOOKED_AT..2 * LOOKED_AT - 4);
                    }
                    words.push(word);
                    continue;
                }
            }
            words.clear();
        }
        None
    }

    fn is_proof(&self) -> bool {
        self.depth > 0 && !matches!(self.first, Token::Data | Token::Fun)
    }

    fn is_theorem(&self) -> bool {
        matches!(self.first, Token::Theorem | Token::Lemma | Token::Corollary)
    }
}

/// The advice about a wrong token, if it is a known mistake. `start` is where the item begins; `whole` says that the
/// text is the inside of a proof.
pub(super) fn advice(source: &str, start: u32, wrong: Span, whole: bool) -> Option<Advice> {
    let place = Place::new(source, start, wrong, whole)?;
    comment(&place)
        .or_else(|| sign_of_definition(&place))
        .or_else(|| unknown_step(&place))
        .or_else(|| step_of_others(&place))
        .or_else(|| item_of_others(&place))
        .or_else(|| named_input(&place))
        .or_else(|| part_of_declaration(&place))
        .or_else(|| operator(&place))
}

fn hint(text: impl Into<String>) -> Option<Advice> {
    Some(Advice { hint: text.into(), ..Advice::default() })
}

/// `-- ...`, `// ...` and `# ...`.
fn comment(place: &Place<'_>) -> Option<Advice> {
    let begins = |word: &Word<'_>| word.text.starts_with("--") || word.text.starts_with("//") || word.text == ";;";
    let last = place.words.last()?;
    let is_hash = place.words.len() > 1 && place.words[place.words.len() - 2].token == Token::Hash;
    if place.words.first().is_some_and(begins) || begins(last) {
        return hint("a comment is written `/* ... */`");
    }
    if is_hash {
        return hint(
            "after `#` stands `check`, `eval`, `print`, `forward` or `backward`; a comment is written `/* ... */`",
        );
    }
    None
}

/// `name := value`, and `left := right` in a clause.
fn sign_of_definition(place: &Place<'_>) -> Option<Advice> {
    let words = &place.words;
    let is_sign =
        |a: &Word<'_>, b: &Word<'_>| a.token == Token::Colon && b.text.starts_with('=') && a.span.end == b.span.start;
    let found = words.windows(2).any(|pair| is_sign(&pair[0], &pair[1]))
        || matches!((words.last(), place.next), (Some(a), Some(b)) if is_sign(a, &b));
    if !found {
        return None;
    }
    hint(match (place.first, place.depth) {
        (Token::Fun, 1..) => "write `=` for `:=`: a clause is `(f patterns) = value.`".to_owned(),
        _ => format!("a definition has its type: write `{} : T = value.`", words.first()?.text),
    })
}

/// A word that begins no step.
fn unknown_step(place: &Place<'_>) -> Option<Advice> {
    let [first, .., last] = &*place.words else { return None };
    if !place.is_proof() || !first.token.is_name() || place.words.len() != 2 || last.token == Token::Colon {
        return None;
    }
    let message = Some((format!("`{}` is no step", first.text), first.span));
    Some(Advice { message, label: Some(STEPS), hint: step_meant(first.text)?.to_owned() })
}

/// The step that does here what a tactic of another prover does.
fn step_meant(word: &str) -> Option<&'static str> {
    Some(match word {
        "refl" | "rfl" | "reflexivity" => "`show (= a a) by eq_refl.` shows that a term equals itself",
        "symmetry" | "symm" => "`show (= b a) by eq_symm.` shows it from the fact `(= a b)`",
        "induction" | "cases" | "destruct" | "elim" | "case" | "rcases" => {
            "`apply nat_ind.` begins an induction; a data type `D` has the theorem `D_ind`"
        }
        "rewrite" | "subst" | "replace" | "erw" => {
            "`rw E.` rewrites the goal by an equation, `show T by rewrite.` shows what a fact becomes"
        }
        "simp" | "simpl" | "auto" | "ring" | "omega" | "lia" | "linarith" | "decide" | "norm_num" | "congruence"
        | "grind" | "aesop" | "blast" | "tauto" => {
            "`show T by eqsat.` shows what follows from equations and facts in scope"
        }
        "exact" | "assumption" | "trivial" | "done" | "qed" | "Qed" | "QED" | "end" | "Proof" | "proof" | "by" => {
            "a goal that is a fact in scope needs no step: `show T by f.` makes one, and the block ends with `}`"
        }
        "intros" | "introduction" | "assume" | "fix" | "obtain" | "rintro" => {
            "`intro n : T.` introduces one variable or hypothesis, `intro n.` does so without its type"
        }
        "unfolding" | "delta" | "dsimp" => "`unfold f.` unfolds a definition in the goal",
        "split" | "constructor" | "left" | "right" | "exists" | "use" | "existsi" | "exfalso" => {
            "`apply f.` uses the axiom or theorem `f` that gives the goal"
        }
        "let" | "set" | "pose" => "`construct n : T = v by f.` names the object `v`, which is `f` applied to arguments",
        "suffices" | "claim" | "assert" | "enough" => "`have T { steps }` proves a further fact",
        _ => "`help` in `prover repl`, and docs/language.md, say what each does",
    })
}

/// `show T using f`, `theorem t : T by f`.
fn step_of_others(place: &Place<'_>) -> Option<Advice> {
    let [first, .., last] = &*place.words else { return None };
    match (first.token, last.token) {
        (Token::Show, Token::Using) => hint("write `show T by f.`"),
        (Token::Show, Token::Dot) => hint("a step says what shows the fact: `show T by f.`"),
        (Token::Have | Token::Goal, Token::Dot | Token::CloseBrace) => {
            hint("a fact is proved in braces: write `have T { steps }`")
        }
        (Token::Show, Token::Colon) if place.words.len() == 3 => hint("a fact has no name: write `show T by f.`"),
        (Token::Theorem | Token::Lemma | Token::Corollary, Token::By) => {
            hint("a proof stands in braces: `{ show T by f. }`")
        }
        (Token::Theorem | Token::Lemma | Token::Corollary, Token::Equals)
            if place.next.is_some_and(|next| next.token == Token::OpenBrace) =>
        {
            hint("the proof follows the statement: write `theorem name : T { steps }`")
        }
        (Token::Intro, _) if last.token.is_name() && place.words.len() == 3 => {
            hint("one `intro` introduces one name: write `intro a. intro b.`")
        }
        (Token::Apply, _) if last.token.is_name() && place.words.len() == 3 => {
            hint("a function with arguments stands in parentheses: write `apply (f a b).`")
        }
        _ => None,
    }
}

/// `def`, `inductive` and the like before the name of an item.
fn item_of_others(place: &Place<'_>) -> Option<Advice> {
    let [first, second] = &*place.words else {
        let import = place.words.first().is_some_and(|first| first.token == Token::Import);
        return match (import, place.words.len()) {
            (true, 2..) => hint(format!("the path stands in quotes: write `import \"{}\".`", place.words[1].text)),
            _ => None,
        };
    };
    if first.token == Token::Import && second.token.is_name() {
        return hint(format!("the path stands in quotes: write `import \"{}\".`", second.text));
    }
    if place.depth > 0 || !first.token.is_name() || !second.token.is_name() {
        return None;
    }
    let name = second.text;
    let written = match first.text {
        "def" | "definition" | "Definition" | "abbrev" | "Let" | "val" | "defn" => {
            format!("a definition needs no word: write `{name} : T = value.`")
        }
        "constant" | "const" | "Axiom" | "Parameter" | "Variable" | "variable" | "opaque" | "postulate"
        | "Constant" => {
            format!("a declaration needs no word: write `{name} : T.`")
        }
        "inductive" | "Inductive" | "datatype" | "type" | "structure" | "record" | "enum" | "coinductive" => {
            format!("write `data {name} {{ constructor : type. ... }}`")
        }
        "function" | "Fixpoint" | "fix" | "fn" | "primrec" | "recursive" | "func" => {
            format!("write `fun {name} : T {{ (f patterns) = value. ... }}`")
        }
        "Theorem" | "Lemma" | "proposition" | "Proposition" | "claim" | "thm" | "Corollary" | "fact" | "Fact" => {
            format!("write `theorem {name} : T {{ steps }}`")
        }
        "open" | "include" | "require" | "Require" | "use" | "module" | "load" => {
            format!("write `import \"{name}\".`")
        }
        _ => return None,
    };
    hint(written)
}

/// `[n : nat -> ...]`.
fn named_input(place: &Place<'_>) -> Option<Advice> {
    let [.., before, name, colon] = &*place.words else { return None };
    let is_input = matches!(before.token, Token::OpenBracket | Token::Arrow);
    if colon.token != Token::Colon || !name.token.is_name() || !is_input {
        return None;
    }
    hint(format!("an input with a name stands in parentheses: write `[({} : T) -> ...]`", name.text))
}

/// A theorem without its colon, a constructor without its type, a clause without parentheses.
fn part_of_declaration(place: &Place<'_>) -> Option<Advice> {
    let [first, .., last] = &*place.words else { return None };
    let begins_term = last.token.is_name() || matches!(last.token, Token::OpenParen | Token::OpenBracket);
    if place.is_theorem() && place.depth == 0 && place.words.len() == 3 && begins_term {
        return hint(format!("a `:` stands after the name: write `{} {} : ...`", first.text, place.words[1].text));
    }
    if place.first == Token::Data && place.depth == 0 && last.token == Token::Colon {
        return hint(format!(
            "a data type has no indices and is no predicate: a predicate is a constant with axioms, `{} : [T -> prop].`",
            place.words.get(1)?.text
        ));
    }
    if place.first == Token::Data && place.depth == 0 && last.token == Token::Equals {
        return hint("the constructors stand in braces, each with its type: `{ zero : nat. suc : [nat -> nat]. }`");
    }
    if place.depth != 1 || place.words.len() != 2 || !first.token.is_name() {
        return None;
    }
    match (place.first, last.token) {
        (Token::Data, Token::Dot) => {
            hint(format!("a constructor has its type: write `{} : D.` with the name of the data type", first.text))
        }
        (Token::Fun, _) if begins_term => {
            hint(format!("an application stands in parentheses: write `({} ...) = ...`", first.text))
        }
        _ => None,
    }
}

/// `a = b`, and an application without parentheses.
fn operator(place: &Place<'_>) -> Option<Advice> {
    let [.., before, last] = &*place.words else { return None };
    let ends_term = before.token.is_name() || matches!(before.token, Token::CloseParen | Token::CloseBracket);
    let next = place.next?;
    let next_begins = next.token.is_name() || matches!(next.token, Token::OpenParen | Token::OpenBracket);
    let is_sign = last.token.is_name() && last.text.bytes().all(|byte| b"+-*/=!$^><".contains(&byte));
    if ends_term && next_begins && is_sign && before.text.chars().any(|c| c.is_ascii_alphanumeric() || ")]".contains(c))
    {
        let sign = last.text;
        return hint(format!("functions stand before their arguments: write `({sign} a b)` for `a {sign} b`"));
    }
    let takes_term = matches!(
        place.words.first()?.token,
        Token::Hash | Token::Show | Token::Have | Token::Goal | Token::Theorem | Token::Lemma | Token::Corollary
    );
    let begins = last.token.is_name() || matches!(last.token, Token::OpenParen);
    if takes_term && before.token.is_name() && begins && place.words.len() > 2 {
        return hint(format!("an application stands in parentheses: write `({} ...)`", before.text));
    }
    None
}

/// The hint for a character that stands in no name, if not directly behind a character of one: `five%` is a name
/// with a wrong character.
pub(super) fn character(character: char, is_in_name: bool) -> Option<&'static str> {
    Some(match character {
        '∀' | 'Π' => "for all is written `[(x : T) -> P]`",
        '→' | '⇒' | '⟶' | '↦' => "an arrow is written `->`, in brackets: `[A -> B]`",
        'λ' => "a function is written `(lambda (x : T) t)`",
        '∃' | '∧' | '∨' | '¬' | '↔' | '⊥' | '⊤' => {
            "connectives are constants that a theory declares, written before their arguments: `(and P Q)`; \
             `import \"propositional-logic\".` brings some"
        }
        '≠' | '≤' | '≥' | '×' | '·' | '∘' | '∈' | '≡' => {
            "a function has a name of the characters above, and stands before its arguments: `(<= a b)`"
        }
        'ℕ' | 'ℤ' => "the numbers of `import \"nat-data\".` are called `nat`",
        ';' => "items and steps end with `.`",
        '%' if !is_in_name => "a comment is written `/* ... */`",
        '|' => "the constructors of `data` and the clauses of `fun` stand in braces, and end with `.`",
        '⟨' | '⟩' | '‹' | '›' => "arguments stand in parentheses after their function: `(f a b)`",
        '`' | '@' | '?' | '~' | '&' | '\\' => return None,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::parse;

    /// The message and the hint of the first error of a text.
    fn told(text: &str) -> (String, String) {
        let (_, errors) = parse(text);
        let error = errors.first().unwrap_or_else(|| panic!("{text} is right"));
        (error.message.clone(), error.hint.clone().unwrap_or_default())
    }

    #[test]
    fn newcomers_5_texts_of_other_provers_are_told_what_to_write() {
        for (text, message, hint) in [
            ("theorem t : p { reflexivity. }", "`reflexivity` is no step", "by eq_refl"),
            ("theorem t : p { show p by q. induction n. }", "`induction` is no step", "apply nat_ind."),
            ("theorem t : p { goal q { simp [a]. } }", "`simp` is no step", "by eqsat"),
            ("theorem t : p { exact h. }", "`exact` is no step", "needs no step"),
            ("verify t { nonsense. }", "`nonsense` is no step", "docs/language.md"),
            ("theorem t : p { show p using q. }", "unexpected `using`", "show T by f."),
            ("theorem t : p { have h : q. }", "unexpected `.`", "have T { steps }"),
            ("theorem t : p { have q }", "unexpected `}`", "have T { steps }"),
            ("theorem t : p by q.", "unexpected `by`", "in braces"),
            ("theorem t (= z z) { }", "unexpected `(`", "a `:` stands after the name"),
            ("theorem t : z = z { }", "unexpected `=`", "`(= a b)` for `a = b`"),
            ("theorem t : p { intro a b. }", "unexpected `b`", "intro a. intro b."),
            ("theorem t : p { apply f a. }", "unexpected `a`", "apply (f a b)."),
            ("a : [n : nat -> p].", "unexpected `:`", "`[(n : T) -> ...]`"),
            ("def three : nat = z.", "unexpected `three`", "`three : T = value.`"),
            ("inductive nat { }", "unexpected `nat`", "`data nat {"),
            ("one := (s z).", "unexpected `(`", "`one : T = value.`"),
            ("fun f : [n -> n] { (f z) := z. }", "unexpected `:`", "write `=` for `:=`"),
            ("fun f : [n -> n] { f z = z. }", "unexpected `z`", "`(f ...) = ...`"),
            ("data d { c. }", "unexpected `.`", "`c : D.`"),
            ("import nat-add.", "unexpected `nat-add`", "`import \"nat-add\".`"),
            ("#eval s z.", "unexpected `z`", "`(s ...)`"),
            ("-- note\na : b.", "unexpected `note`", "`/* ... */`"),
            ("// note\na : b.", "unexpected `note`", "`/* ... */`"),
            ("# note\na : b.", "unexpected `note`", "`/* ... */`"),
            ("% note\na : b.", "unexpected `%`", "`/* ... */`"),
            ("a : (∀ n, n).", "unexpected `∀`", "`[(x : T) -> P]`"),
            ("a : [b → c].", "unexpected `→`", "written `->`"),
        ] {
            let (found, said) = told(text);
            assert!(found == message && said.contains(hint), "{text}: {found}; {said}");
        }
        // A comment may begin anywhere, but in a name.
        for text in
            ["a : b. % note", "theorem t : p { intro. % note\n}", "data d { c : d.%note\n}", "a : (b % note\n c)."]
        {
            assert_eq!(told(text), ("unexpected `%`".into(), "a comment is written `/* ... */`".into()), "{text}");
        }
        assert_eq!(told("five% : percent.").1, "");
    }

    #[test]
    fn steps_alone_are_told_of_too() {
        let error = crate::parse_steps("intro n. induction n.").unwrap_err().remove(0);
        assert_eq!(error.message, "`induction` is no step");
        assert!(error.label.contains("`rw`"));
    }

    #[test]
    fn a_long_statement_costs_no_more_than_its_tokens() {
        let long = format!("theorem t : (= {} b", "(f ".repeat(50_000));
        assert!(!parse(&long).1.is_empty());
        let many = format!("theorem t : [{} x] {{ foo. }}", "a -> ".repeat(50_000));
        assert_eq!(told(&many).0, "`foo` is no step");
    }
}
