//! Text to tokens: a byte-level BPE over the lexemes of the Peano language.
//!
//! A text is cut into lexemes: `->`, a name, or any other single character, each with the one space before it, if there
//! is one; further white space stands alone, a character each. No token crosses a lexeme, so the encoding of a text is
//! the concatenation of the encodings of its lexemes, and texts may be encoded piece by piece as long as they are cut
//! at lexemes, *before* a space (`"(= a"`, `" b)"`). Below lexemes come bytes: every text can be encoded, and decoding
//! gives it back.
//!
//! Role tokens such as `<act>` are never produced from text, even where text spells them; they are put in by
//! identifier.

use rustc_hash::FxHashMap;
use std::path::Path;
use std::str::FromStr;
use std::sync::RwLock;
use tokenizers::models::bpe::{BPE, BpeTrainerBuilder};
use tokenizers::models::{ModelWrapper, TrainerWrapper};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{AddedToken, DecoderWrapper, PostProcessorWrapper, PreTokenizerWrapper, SplitDelimiterBehavior};

/// Tokens that mark roles. Their identifiers are the first of the vocabulary, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Special {
    /// Padding; never predicted.
    Pad,
    /// The end of an action or statement.
    End,
    /// A conjecture follows.
    Conjecture,
    /// Difficulty: hard to prove.
    Hard,
    /// Difficulty: easy to prove.
    Easy,
    /// Difficulty: trivial to prove.
    Trivial,
    /// Difficulty: not proved.
    Fail,
    /// A state follows.
    State,
    /// An action follows.
    Action,
    /// The state's value follows.
    Value,
    /// The state can be solved.
    Yes,
    /// The state was not solved.
    No,
}

impl Special {
    /// All role tokens, by identifier.
    pub const ALL: [Special; 12] = [
        Special::Pad,
        Special::End,
        Special::Conjecture,
        Special::Hard,
        Special::Easy,
        Special::Trivial,
        Special::Fail,
        Special::State,
        Special::Action,
        Special::Value,
        Special::Yes,
        Special::No,
    ];

    /// Its identifier.
    pub fn id(self) -> u32 {
        self as u32
    }

    /// Its spelling.
    pub fn text(self) -> &'static str {
        match self {
            Special::Pad => "<pad>",
            Special::End => "<end>",
            Special::Conjecture => "<conj>",
            Special::Hard => "<hard>",
            Special::Easy => "<easy>",
            Special::Trivial => "<trivial>",
            Special::Fail => "<fail>",
            Special::State => "<state>",
            Special::Action => "<act>",
            Special::Value => "<value>",
            Special::Yes => "<yes>",
            Special::No => "<no>",
        }
    }
}

/// The smallest vocabulary: the role tokens and the 256 bytes.
pub const SMALLEST_VOCABULARY: usize = Special::ALL.len() + 256;

/// The vocabulary size where none is asked for.
pub const DEFAULT_VOCABULARY: usize = 512;

/// The lexemes as a regular expression; alternatives in order, together they match any text without a gap.
const LEXEMES: &str = r"\x20?->|\x20?(?:(?!->)[0-9A-Za-z'_\-+/*=!$^><])+|\x20?[^\s0-9A-Za-z'_\-+/*=!$^><]|\s";

/// Errors of a tokenizer.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    /// A vocabulary without room for bytes and roles.
    #[error("a vocabulary of {0} tokens is too small: at least {SMALLEST_VOCABULARY} are needed for bytes and roles")]
    Vocabulary(usize),
    /// Training failed.
    #[error("the tokenizer could not be trained: {0}")]
    Training(String),
    /// The file is not a tokenizer.
    #[error("not a tokenizer file: {0}")]
    Format(String),
    /// A role token is missing or has another identifier than ours.
    #[error("tokenizer file: token `{text}` must have identifier {expected}, has {found:?}")]
    Role {
        /// The role token.
        text: &'static str,
        /// Its identifier here.
        expected: u32,
        /// Its identifier there.
        found: Option<u32>,
    },
    /// The file asks for something that this tokenizer does not do.
    #[error("tokenizer file: `{part}` is not that of a byte-level encoding of the language's lexemes")]
    Foreign {
        /// The key of the unsupported setting.
        part: &'static str,
    },
    /// A token has an identifier beyond the number of tokens.
    #[error("tokenizer file: token {text:?} has identifier {id}, but there are {tokens} tokens")]
    Identifier {
        /// The token.
        text: String,
        /// Its identifier.
        id: u32,
        /// The number of tokens.
        tokens: usize,
    },
    /// A byte cannot be encoded.
    #[error("tokenizer file: byte {0:#04x} has no token")]
    Byte(u8),
}

/// Encoded lexemes kept; beyond that the memory is emptied. Names made up by a search could otherwise fill it without
/// end.
const MEMORY: usize = 1 << 16;

/// The tokenizer. Shared between threads.
#[derive(Debug)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    memory: RwLock<FxHashMap<Box<str>, Box<[u32]>>>,
}

impl Clone for Tokenizer {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), memory: RwLock::default() }
    }
}

impl Tokenizer {
    /// Trains on texts. `vocabulary` is the largest number of tokens, roles included; there are fewer if the texts are
    /// too short to give as many. The same texts give the same tokenizer.
    ///
    /// # Errors
    /// [`TokenizerError::Vocabulary`] below [`SMALLEST_VOCABULARY`].
    pub fn train<'a>(texts: impl IntoIterator<Item = &'a str>, vocabulary: usize) -> Result<Self, TokenizerError> {
        if vocabulary < SMALLEST_VOCABULARY {
            return Err(TokenizerError::Vocabulary(vocabulary));
        }
        let training = |e: tokenizers::Error| TokenizerError::Training(e.to_string());
        let mut inner = tokenizers::Tokenizer::new(BPE::default());
        inner.with_pre_tokenizer(Some(pre_tokenizer().map_err(training)?));
        inner.with_decoder(Some(ByteLevel::new(false, false, false)));
        let special = Special::ALL.iter().map(|s| AddedToken::from(s.text(), true)).collect();
        let trainer = BpeTrainerBuilder::new()
            .vocab_size(vocabulary)
            .min_frequency(2)
            .show_progress(false)
            .special_tokens(special)
            .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
            .build();
        // Names that spell a role must be learned as names, not cut out.
        inner.set_encode_special_tokens(true);
        let texts: Vec<&str> = texts.into_iter().collect();
        let mut trainer = TrainerWrapper::BpeTrainer(trainer);
        inner.train(&mut trainer, texts.into_iter()).map_err(training)?;
        Self::checked(inner)
    }

    /// Reads the content of a tokenizer.json.
    ///
    /// # Errors
    /// [`TokenizerError`] if it is not one, does something else with a text than this tokenizer does, or lacks a role
    /// or a byte.
    pub fn from_json(json: &str) -> Result<Self, TokenizerError> {
        let format = |e: tokenizers::Error| TokenizerError::Format(e.to_string());
        let mut inner = tokenizers::Tokenizer::from_str(json).map_err(format)?;
        let ModelWrapper::BPE(model) = inner.get_model() else {
            return Err(TokenizerError::Format("the model is not BPE".to_owned()));
        };
        // The library carries out whatever a file asks for: replacements that make a text a billion times as long, or
        // regular expressions that take for ever. None of it belongs to a byte-level encoding of lexemes.
        let pre_tokenizer = pre_tokenizer().map_err(format)?;
        let decoder = DecoderWrapper::ByteLevel(ByteLevel::new(false, false, false));
        let parts = [
            ("normalizer", inner.get_normalizer().is_none()),
            ("pre_tokenizer", inner.get_pre_tokenizer() == Some(&PreTokenizerWrapper::Sequence(pre_tokenizer))),
            ("decoder", matches!(inner.get_decoder(), Some(DecoderWrapper::ByteLevel(_)))),
            ("dropout", model.dropout.is_none_or(|share| share == 0.0)),
            ("unk_token", model.unk_token.is_none()),
            ("continuing_subword_prefix", model.continuing_subword_prefix.is_none()),
            ("end_of_word_suffix", model.end_of_word_suffix.is_none()),
        ];
        if let Some((part, _)) = parts.into_iter().find(|(_, is_ours)| !is_ours) {
            return Err(TokenizerError::Foreign { part });
        }
        inner.with_decoder(Some(decoder));
        // These would lengthen or cut what is encoded a lexeme at a time.
        inner
            .with_truncation(None)
            .map_err(format)?
            .with_padding(None)
            .with_post_processor(None::<PostProcessorWrapper>);
        Self::checked(inner)
    }

    /// The content of a tokenizer.json, in Hugging Face's format.
    ///
    /// # Errors
    /// [`TokenizerError::Format`] if it cannot be written, which no tokenizer made here causes.
    pub fn to_json(&self) -> Result<String, TokenizerError> {
        self.inner.to_string(false).map_err(|e| TokenizerError::Format(e.to_string()))
    }

    /// Reads a file; see [`from_json`](Self::from_json).
    ///
    /// # Errors
    /// [`TokenizerError`], also if the file cannot be read.
    pub fn from_file(path: &Path) -> Result<Self, TokenizerError> {
        let json = prover_system::input::read_text(path, prover_system::input::SETTINGS)
            .map_err(|e| TokenizerError::Format(e.to_string()))?;
        Self::from_json(&json)
    }

    fn checked(mut inner: tokenizers::Tokenizer) -> Result<Self, TokenizerError> {
        inner.set_encode_special_tokens(true);
        for special in Special::ALL {
            let found = inner.token_to_id(special.text());
            if found != Some(special.id()) {
                return Err(TokenizerError::Role { text: special.text(), expected: special.id(), found });
            }
        }
        // The model has as many tokens as are counted.
        let vocabulary = inner.get_vocab(true);
        let beyond =
            vocabulary.iter().filter(|&(_, &id)| id as usize >= vocabulary.len()).map(|(text, &id)| (id, text));
        if let Some((id, text)) = beyond.min() {
            return Err(TokenizerError::Identifier { text: text.clone(), id, tokens: vocabulary.len() });
        }
        let tokenizer = Self { inner, memory: RwLock::default() };
        // ASCII directly; the other bytes through the characters that contain them.
        for byte in 0..128u8 {
            if tokenizer.encode(char::from(byte).encode_utf8(&mut [0; 4])).is_empty() {
                return Err(TokenizerError::Byte(byte));
            }
        }
        Ok(tokenizer)
    }

    /// Number of tokens, roles included.
    pub fn vocabulary(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// The tokens of a text.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let mut tokens = Vec::with_capacity(text.len() / 3 + 1);
        self.encode_into(text, &mut tokens);
        tokens
    }

    /// Adds the tokens of a text to a list.
    pub fn encode_into(&self, text: &str, tokens: &mut Vec<u32>) {
        let mut missing = Vec::new();
        {
            let memory = self.memory.read().unwrap_or_else(|e| e.into_inner());
            let mut rest = text;
            while let Some((lexeme, after)) = next_lexeme(rest) {
                match memory.get(lexeme) {
                    Some(known) if missing.is_empty() => tokens.extend_from_slice(known),
                    _ => missing.push(lexeme),
                }
                rest = after;
            }
        }
        // From the first unknown lexeme on.
        for lexeme in missing {
            let known = self.memory.read().unwrap_or_else(|e| e.into_inner()).get(lexeme).cloned();
            let encoded = known.unwrap_or_else(|| self.encode_new(lexeme));
            tokens.extend_from_slice(&encoded);
        }
    }

    fn encode_new(&self, lexeme: &str) -> Box<[u32]> {
        // Byte-level encoding has no input that it refuses; an error would mean a damaged model, and gives no tokens.
        let encoded: Box<[u32]> = self.inner.encode_fast(lexeme, false).map(|e| e.get_ids().into()).unwrap_or_default();
        let mut memory = self.memory.write().unwrap_or_else(|e| e.into_inner());
        if memory.len() >= MEMORY {
            memory.clear();
        }
        memory.insert(lexeme.into(), encoded.clone());
        encoded
    }

    /// The bytes of a token's text; 0 for identifiers that are none of a token.
    pub fn length(&self, token: u32) -> usize {
        // Byte-level encoding writes each byte as one character.
        self.inner.id_to_token(token).map_or(0, |text| text.chars().count())
    }

    /// The text of tokens, roles left out. Bytes that are not UTF-8 become the replacement character.
    pub fn decode(&self, tokens: &[u32]) -> String {
        self.inner.decode(tokens, true).unwrap_or_default()
    }
}

/// The rules that split a text into lexemes, and lexemes into bytes.
fn pre_tokenizer() -> Result<Sequence, tokenizers::Error> {
    let split = Split::new(SplitPattern::Regex(LEXEMES.to_owned()), SplitDelimiterBehavior::Isolated, false)?;
    Ok(Sequence::new(vec![
        PreTokenizerWrapper::Split(split),
        PreTokenizerWrapper::ByteLevel(ByteLevel::new(false, false, false)),
    ]))
}

/// Whether a character can stand in a name.
fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '\'' | '_' | '-' | '+' | '/' | '*' | '=' | '!' | '$' | '^' | '>' | '<')
}

/// Cuts the first lexeme off; `None` of an empty text. Agrees with [`LEXEMES`].
fn next_lexeme(text: &str) -> Option<(&str, &str)> {
    let space = usize::from(text.starts_with(' '));
    let body = &text[space..];
    let length = if body.starts_with("->") {
        2
    } else {
        let name = body.char_indices().find(|&(i, c)| !is_name(c) || body[i..].starts_with("->"));
        match name.map_or(body.len(), |(i, _)| i) {
            0 => body.chars().next().filter(|c| !c.is_whitespace()).map_or(0, char::len_utf8),
            length => length,
        }
    };
    let length = if length > 0 { space + length } else { text.chars().next()?.len_utf8() };
    Some(text.split_at(length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    const TEXT: &str = "nat : type. z : nat. s : [nat -> nat]. + : [nat -> nat -> nat]. \
        +_z : [('n : nat) -> (= (+ 'n z) 'n)]. +_s : [('n : nat) -> ('m : nat) -> (= (+ 'n (s 'm)) (s (+ 'n 'm)))]. \
        theorem z_n : [('n : nat) -> (= (+ z 'n) 'n)] { intro n : nat. show (= (+ z z) z) by +_z. }";

    static TOKENIZER: LazyLock<Tokenizer> = LazyLock::new(|| Tokenizer::train([TEXT], 320).unwrap());

    fn lexemes(text: &str) -> Vec<&str> {
        let (mut all, mut rest) = (Vec::new(), text);
        while let Some((lexeme, after)) = next_lexeme(rest) {
            all.push(lexeme);
            rest = after;
        }
        all
    }

    #[test]
    fn lexemes_are_those_of_the_language() {
        assert_eq!(lexemes("nat->nat"), ["nat", "->", "nat"]);
        assert_eq!(lexemes("[('a0 : t) -> x-->y]"), ["[", "(", "'a0", " :", " t", ")", " ->", " x-", "->", "y", "]"]);
        assert_eq!(lexemes("a  b\n c"), ["a", " ", " b", "\n", " c"]);
        assert_eq!(lexemes("{ x, é ∀ }"), ["{", " x", ",", " é", " ∀", " }"]);
        assert_eq!(lexemes(" "), [" "]);
    }

    #[test]
    fn vocabulary_holds_roles_and_merges() {
        assert!(TOKENIZER.vocabulary() > SMALLEST_VOCABULARY);
        assert!(TOKENIZER.vocabulary() <= 320);
        assert_eq!(TOKENIZER.encode(" nat").len(), 1, "a frequent name is one token");
        assert!(matches!(Tokenizer::train([TEXT], 267), Err(TokenizerError::Vocabulary(267))));
        assert_eq!(Tokenizer::train([""], 300).unwrap().vocabulary(), SMALLEST_VOCABULARY);
    }

    #[test]
    fn roles_are_never_read_from_text() {
        let tokens = TOKENIZER.encode("<end> <act>x<yes>");
        assert!(tokens.iter().all(|&t| t >= Special::ALL.len() as u32));
        assert_eq!(TOKENIZER.decode(&tokens), "<end> <act>x<yes>");
    }

    #[test]
    fn json_round_trip_and_damage() {
        let json = TOKENIZER.to_json().unwrap();
        let again = Tokenizer::from_json(&json).unwrap();
        assert_eq!(again.encode(TEXT), TOKENIZER.encode(TEXT));
        assert_eq!(again.to_json().unwrap(), json);
        assert_eq!(Tokenizer::train([TEXT], 320).unwrap().to_json().unwrap(), json, "training is deterministic");
        for cut in [0, 1, json.len() / 2, json.len() - 1] {
            assert!(Tokenizer::from_json(&json[..cut]).is_err());
        }
        assert!(matches!(Tokenizer::from_json(&json.replace("<act>", "<atc>")), Err(TokenizerError::Role { .. })));
    }

    #[test]
    fn a_file_that_would_blow_texts_up_is_refused() {
        let changed = |change: &dyn Fn(&mut serde_json::Value)| {
            let mut file: serde_json::Value = serde_json::from_str(&TOKENIZER.to_json().unwrap()).unwrap();
            change(&mut file);
            Tokenizer::from_json(&file.to_string())
        };
        let long = serde_json::json!({"type": "Replace", "pattern": {"String": "a"}, "content": "aaaaaaaaaa"});
        type Change<'a> = &'a dyn Fn(&mut serde_json::Value);
        let foreign: [(&str, Change<'_>); 5] = [
            ("normalizer", &|file| file["normalizer"] = long.clone()),
            ("decoder", &|file| file["decoder"] = long.clone()),
            ("pre_tokenizer", &|file| {
                file["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "(a+a+)+b|.".into()
            }),
            ("dropout", &|file| file["model"]["dropout"] = 0.5.into()),
            ("end_of_word_suffix", &|file| file["model"]["end_of_word_suffix"] = "</w>".into()),
        ];
        for (name, change) in foreign {
            assert!(matches!(changed(change), Err(TokenizerError::Foreign { part }) if part == name), "{name}");
        }
        // What may stand there and is no part of the encoding of a piece of a text has no effect.
        let padding = serde_json::json!({"strategy": {"Fixed": 1_000_000_000}, "direction": "Right", "pad_to_multiple_of": null,
            "pad_id": 0, "pad_type_id": 0, "pad_token": "<pad>"});
        let truncation =
            serde_json::json!({"direction": "Right", "max_length": 0, "strategy": "LongestFirst", "stride": 0});
        let unused = changed(&|file| {
            file["padding"] = padding.clone();
            file["truncation"] = truncation.clone();
        });
        assert_eq!(unused.unwrap().encode(TEXT), TOKENIZER.encode(TEXT));
        // The last token, under an identifier that the model lacks.
        let last = TOKENIZER.vocabulary() as u32 - 1;
        let beyond = changed(&|file| {
            let vocabulary = file["model"]["vocab"].as_object_mut().unwrap();
            vocabulary.values_mut().filter(|id| **id == last).for_each(|id| *id = u32::MAX.into());
        });
        assert!(matches!(beyond, Err(TokenizerError::Identifier { id: u32::MAX, .. })), "{beyond:?}");
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in "\\PC*|[ -~\\n\\t]*|([a-z>< '-]|->)*") {
            let tokens = TOKENIZER.encode(&text);
            prop_assert_eq!(TOKENIZER.decode(&tokens), text.clone());
            let pieces: Vec<u32> = lexemes(&text).into_iter().flat_map(|l| TOKENIZER.encode(l)).collect();
            prop_assert_eq!(&pieces, &tokens);
            // The library's own path through the regular expression gives the same.
            let library = TOKENIZER.inner.encode_fast(text, false).unwrap();
            prop_assert_eq!(library.get_ids(), &tokens[..]);
        }
    }
}
