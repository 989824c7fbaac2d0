//! Tables of the documentation that the program writes.

/// Checks that a page of docs/ has, between the comments `<!-- NAME -->` and `<!-- end of NAME -->`, exactly a text;
/// with `UPDATE_TABLES=1` in the environment it is written there.
///
/// # Panics
///
/// The page has something else, or no such comments.
pub(crate) fn require_table(page: &str, name: &str, expected: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
    // Several tables of a page may be written by tests that run side by side.
    static WRITING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _alone = WRITING.lock();
    let text = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("docs/{page} has no {begin}"));
    let (table, after) = rest.split_once(&end).unwrap_or_else(|| panic!("docs/{page} has no {end}"));
    if std::env::var_os("UPDATE_TABLES").is_some() {
        std::fs::write(&path, format!("{before}{begin}{expected}{end}{after}")).unwrap();
    } else {
        assert_eq!(table, expected, "run the test with UPDATE_TABLES=1 and commit docs/{page}");
    }
}
