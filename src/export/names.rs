//! Names of constants in the target languages, and back.
//!
//! A name of the Peano language is a run of ASCII letters, digits and signs ([`syntax::token`](prover_syntax::token));
//! constants that come with an `assume` also have a `#`. Each mapping here is injective, since it can be undone, so
//! different constants have different names everywhere.

use std::borrow::Cow;

/// The beginning of a name that stands for another one in Rocq.
const ENCODED: &str = "op'";

/// The beginning of the names of shared parts in Rocq, which no constant has.
pub const PART: &str = "part'";

/// Signs and the words for them in Rocq's names.
const SIGNS: [(char, &str); 12] = [
    ('+', "plus"),
    ('-', "minus"),
    ('*', "times"),
    ('/', "slash"),
    ('=', "eq"),
    ('<', "lt"),
    ('>', "gt"),
    ('!', "bang"),
    ('$', "dollar"),
    ('^', "hat"),
    ('\'', "prime"),
    ('#', "hash"),
];

/// Words that are not names in Rocq 8.16, with its prelude or without.
const ROCQ_WORDS: &str = "\
    Axiom CoFixpoint Definition Fixpoint Hypothesis IF Parameter Prop SProp Set Theorem Type Variable _ as at by \
    cofix delayed do else end exists exists2 fix for forall fun if in lazymatch let match measure mod multimatch of \
    return then using where with wf";

/// Words that are not names in Lean 4 unless they are quoted.
const LEAN_WORDS: &str = "\
    Prop Sort Type _ abbrev admit at attribute axiom begin break builtin_initialize by calc catch class coinductive \
    continue decide declare_syntax_cat def deriving do elab else end example exists export extends finally for \
    forall from fun generalize have haveI hiding if import in include inductive infix infixl infixr init_quot \
    initialize instance is lemma let letI local macro macro_rules match module mut mutual namespace nofun nomatch \
    noncomputable notation obtain omit opaque open partial postfix prefix private protected public renaming repeat \
    return run_cmd scoped section set_option show sorry structure suffices syntax then theorem try unif_hint \
    universe unless unsafe using variable where while with";

/// Whether a text is an identifier of letters, digits, `_` and `'` in both languages.
fn is_plain(name: &str) -> bool {
    let first = name.bytes().next();
    first.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'\''))
}

/// Whether a word is one of a list.
fn is_among(words: &str, name: &str) -> bool {
    words.split(' ').any(|word| word == name)
}

/// Whether a character may stand in a name of Rocq as it is.
fn is_letter(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// The name of a constant in Rocq: itself if it is an identifier there, else `op'` and its signs in words, where a `'`
/// leads from words to letters and back: `+` is `op'plus`, `+_z` is `op'plus'_z`, `<=` is `op'lt_eq`, `forall` is
/// `op''forall`.
pub fn rocq(name: &str) -> Cow<'_, str> {
    let is_free = !name.starts_with(ENCODED) && !name.starts_with(PART) && !is_among(ROCQ_WORDS, name);
    if is_plain(name) && is_free {
        return Cow::Borrowed(name);
    }
    let mut text = String::from(ENCODED);
    let mut in_words = true;
    let mut first = true;
    for character in name.chars() {
        if is_letter(character) {
            if std::mem::replace(&mut in_words, false) {
                text.push('\'');
            }
            text.push(character);
            first = true;
            continue;
        }
        if !std::mem::replace(&mut in_words, true) {
            text.push('\'');
        }
        if !std::mem::replace(&mut first, false) {
            text.push('_');
        }
        match SIGNS.iter().find(|(sign, _)| *sign == character) {
            Some((_, word)) => text.push_str(word),
            None => text.push_str(&format!("u{:x}", u32::from(character))),
        }
    }
    Cow::Owned(text)
}

/// The constant of a name in Rocq; `None` for a text that [`rocq`] never gives.
pub fn from_rocq(text: &str) -> Option<String> {
    let name = match text.strip_prefix(ENCODED) {
        None => text.to_owned(),
        Some(rest) => {
            let mut name = String::new();
            for (place, part) in rest.split('\'').enumerate() {
                // Words and letters take turns.
                if place % 2 == 1 {
                    name.push_str(part);
                } else if !(place == 0 && part.is_empty()) {
                    for word in part.split('_') {
                        name.push(sign(word)?);
                    }
                }
            }
            name
        }
    };
    (!name.is_empty() && rocq(&name) == text).then_some(name)
}

fn sign(word: &str) -> Option<char> {
    let known = SIGNS.iter().find(|(_, known)| *known == word).map(|(sign, _)| *sign);
    known.or_else(|| char::from_u32(u32::from_str_radix(word.strip_prefix('u')?, 16).ok()?))
}

/// The name of a constant in Lean: itself, in quotes `«»` unless it is an identifier and no keyword.
pub fn lean(name: &str) -> Cow<'_, str> {
    if is_plain(name) && !is_among(LEAN_WORDS, name) { Cow::Borrowed(name) } else { Cow::Owned(format!("«{name}»")) }
}

/// The constant of a name in Lean; `None` for a text that [`lean`] never gives.
pub fn from_lean(text: &str) -> Option<String> {
    let name = text.strip_prefix('«').and_then(|rest| rest.strip_suffix('»')).unwrap_or(text);
    (lean(name) == text).then(|| name.to_owned())
}

/// A beginning for names of variables, such that it with a number after it is none of these names.
pub fn free_prefix<'n>(letter: char, names: impl Iterator<Item = &'n str>) -> String {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // A name `x__12` takes the beginning with as many `_` as it has.
    let taken: std::collections::BTreeSet<usize> = names
        .filter_map(|name| {
            let rest = name.strip_prefix(letter)?;
            let number = rest.trim_start_matches('_');
            is_number(number).then_some(rest.len() - number.len())
        })
        .collect();
    // Among one more than there are taken is one that is free.
    let free = (0..=taken.len()).find(|count| !taken.contains(count)).unwrap_or(0);
    format!("{letter}{}", "_".repeat(free))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_readable_and_come_back() {
        for (name, in_rocq, in_lean) in [
            ("nat", "nat", "nat"),
            ("eq_refl", "eq_refl", "eq_refl"),
            ("+", "op'plus", "«+»"),
            ("+_z", "op'plus'_z", "«+_z»"),
            ("<=", "op'lt_eq", "«<=»"),
            ("a<=b", "op''a'lt_eq'b", "«a<=b»"),
            ("forall", "op''forall", "«forall»"),
            ("with", "op''with", "«with»"),
            ("_", "op''_", "«_»"),
            ("1", "op''1", "«1»"),
            ("x'", "x'", "x'"),
            ("op'plus", "op''op'prime'plus", "op'plus"),
            ("part'3", "op''part'prime'3", "part'3"),
            ("assume#0", "op''assume'hash'0", "«assume#0»"),
        ] {
            assert_eq!((&*rocq(name), &*lean(name)), (in_rocq, in_lean));
            assert_eq!((from_rocq(in_rocq), from_lean(in_lean)), (Some(name.into()), Some(name.into())));
        }
        for text in ["op'", "op'plus'", "op''nat", "op'plas", "+", "forall", "op'plus__eq"] {
            assert_eq!(from_rocq(text), None, "{text}");
        }
        assert_eq!((from_lean("+"), from_lean("«nat»"), from_lean("theorem")), (None, None, None));
    }

    #[test]
    fn variables_keep_away_from_constants() {
        assert_eq!(free_prefix('x', ["y1", "xs", "x"].into_iter()), "x");
        assert_eq!(free_prefix('x', ["x1", "x__7"].into_iter()), "x_");
    }

    proptest! {
        #[test]
        fn every_name_comes_back(name in "[a-z0-9A-Z'_+*/=!$^<>#-]{1,12}") {
            prop_assert_eq!(from_rocq(&rocq(&name)), Some(name.clone()));
            prop_assert!(is_plain(&rocq(&name)));
            prop_assert_eq!(from_lean(&lean(&name)), Some(name));
        }

        #[test]
        fn every_text_means_one_name_at_most(text in "(op')?[a-z'_]{0,8}") {
            if let Some(name) = from_rocq(&text) {
                prop_assert_eq!(rocq(&name), text);
            }
        }
    }
}
