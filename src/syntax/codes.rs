//! The codes of the errors about text, one line each.

/// A character that begins no token.
pub const UNEXPECTED_CHARACTER: &str = "unexpected-character";
/// `/*` without `*/`.
pub const UNTERMINATED_COMMENT: &str = "unterminated-comment";
/// `*/` outside of a comment.
pub const STRAY_COMMENT_END: &str = "stray-comment-end";
/// `"` without a second one on its line.
pub const UNTERMINATED_STRING: &str = "unterminated-string";
/// Parentheses, brackets or blocks nested too deep.
pub const NESTING_TOO_DEEP: &str = "nesting-too-deep";
/// A token that cannot stand where it stands.
pub const UNEXPECTED_TOKEN: &str = "unexpected-token";
/// The text ends inside an item.
pub const UNEXPECTED_END: &str = "unexpected-end";
/// A reserved word where a name is wanted.
pub const KEYWORD_AS_NAME: &str = "keyword-as-name";
/// A declaration among the steps of a proof; only `verify`, `example` and `test` may hold some.
pub const DECLARATION_IN_PROOF: &str = "declaration-in-proof";
/// The text has so many syntax errors that the rest are not reported.
pub const TOO_MANY_ERRORS: &str = "too-many-errors";
/// The text is not UTF-8.
pub const INVALID_UTF8: &str = "invalid-utf8";
/// The text is longer than positions can count (4 GiB).
pub const FILE_TOO_LARGE: &str = "file-too-large";

/// Every code above with its meaning.
pub const ALL: &[(&str, &str)] = &[
    (UNEXPECTED_CHARACTER, "a character that begins no token"),
    (UNTERMINATED_COMMENT, "`/*` without `*/`"),
    (STRAY_COMMENT_END, "`*/` outside of a comment"),
    (UNTERMINATED_STRING, "`\"` without a second one on its line"),
    (NESTING_TOO_DEEP, "parentheses, brackets or blocks are nested too deep"),
    (UNEXPECTED_TOKEN, "a token that cannot stand where it stands"),
    (UNEXPECTED_END, "the text ends inside an item"),
    (KEYWORD_AS_NAME, "a reserved word where a name is wanted"),
    (DECLARATION_IN_PROOF, "a declaration among the steps of a proof"),
    (TOO_MANY_ERRORS, "so many syntax errors that the rest are not reported"),
    (INVALID_UTF8, "the text is not UTF-8"),
    (FILE_TOO_LARGE, "the text is longer than 4 GiB"),
];
