//! docs/errors.md: every code has a section, and every example in it gives the output on the page.
//!
//! The page is the snapshot. After a message has changed,
//!
//! ```text
//! UPDATE_ERRORS=1 cargo test --test program errors
//! ```
//!
//! writes the present output of the program into the page's `text` blocks; read the difference before you commit it.
//!
//! A section's blocks marked `peano` (or `peano NAME` for a file of that name) or `graph` are files in an empty folder;
//! the last is checked by `prover check -q`, or else by the command that stands after `$` in the block marked `text`.
//! Files that are not text, or too long for a page, are made by [`generated`].

use crate::place::root;
use crate::program::prover;
use prover::cli::explain::page;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Codes without an example, as no input is known that gives them.
const WITHOUT_EXAMPLE: [&str; 1] = ["refused-proof"];

/// The file of a section that shows none: as the section says in words. The result is its name.
fn generated(folder: &Path, code: &str) -> Option<&'static str> {
    let name = if matches!(code, "graph-too-large" | "bad-question") { "example.graph" } else { "example.p" };
    let path = folder.join(name);
    let depth = 100_001;
    let bytes = match code {
        "nesting-too-deep" => format!("f : {}nat{}.", "[".repeat(depth), " -> nat]".repeat(depth)).into_bytes(),
        "declaration-too-large" => {
            let constructors: String = (0..2_000).map(|i| format!("  c{i} : many.\n")).collect();
            let equality = "= : [('t : type) -> 't -> 't -> prop].\n";
            format!("{equality}data many {{\n{constructors}}}\n").into_bytes()
        }
        "too-many-errors" => "x : .\n".repeat(1_001).into_bytes(),
        "invalid-utf8" => b"/* caf\xe9 */".to_vec(),
        "file-too-large" => {
            // Sparse: it takes no room, and is refused by its length.
            let file = std::fs::File::create(path).unwrap();
            file.set_len(5 << 30).unwrap();
            return Some(name);
        }
        "graph-too-large" => {
            let (open, close) = ("neg(".repeat(10_001), ")".repeat(10_001));
            format!("question \"What is 2 plus 3?\"\n{open}f0{close}\n").into_bytes()
        }
        "bad-question" => {
            let (open, close) = ("(".repeat(501), ")".repeat(501));
            format!("question \"What is {open}1{close}?\"\nvalue(f0)\n").into_bytes()
        }
        _ => return None,
    };
    std::fs::write(path, bytes).unwrap();
    Some(name)
}

/// A fenced block of a section: the words after the fence, the text, and the lines of the page between the fences.
#[derive(Debug)]
struct Block {
    info: String,
    text: String,
    lines: std::ops::Range<usize>,
}

#[derive(Debug)]
struct Section {
    code: String,
    prose: String,
    blocks: Vec<Block>,
}

fn page() -> PathBuf {
    root().join("docs/errors.md")
}

fn sections(page: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut open: Option<(String, usize)> = None;
    let lines: Vec<&str> = page.lines().collect();
    let mut in_section = false;
    for (number, line) in lines.iter().enumerate() {
        if let (Some(fence), Some(section)) = (line.strip_prefix("```"), sections.last_mut()) {
            match open.take() {
                None => open = Some((fence.to_owned(), number + 1)),
                Some((info, start)) => {
                    let text = lines[start..number].iter().map(|line| format!("{line}\n")).collect();
                    section.blocks.push(Block { info, text, lines: start..number });
                }
            }
        } else if open.is_some() {
        } else if let Some(code) = line.strip_prefix("### ") {
            in_section = true;
            sections.push(Section { code: code.to_owned(), prose: String::new(), blocks: Vec::new() });
        } else if line.starts_with("## ") {
            in_section = false;
        } else if let (true, Some(section)) = (in_section, sections.last_mut()) {
            section.prose.push_str(line);
        }
    }
    assert!(open.is_none(), "a block is never closed");
    sections
}

/// The output of the command, standard output first, in a folder with these files.
fn outcome(folder: &Path, arguments: &[&str]) -> String {
    let (_, out, err) = prover(folder, arguments);
    out + &err
}

/// The text block as it should be: the command, if there is one, and its output.
fn shown(section: &Section) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut last = None;
    for block in &section.blocks {
        let name = match (block.info.strip_prefix("peano"), &*block.info) {
            (Some(""), _) => "example.p",
            (Some(name), _) => name.trim(),
            (None, "graph") => "example.graph",
            (None, _) => continue,
        };
        std::fs::write(folder.path().join(name), &block.text).unwrap();
        last = Some(name);
    }
    let command = section.blocks.iter().find(|block| block.info == "text").and_then(|block| block.text.lines().next());
    let command = command.and_then(|line| line.strip_prefix("$ prover "));
    let last = last.or_else(|| generated(folder.path(), &section.code));
    assert!(last.is_some() || command.is_some(), "{} has no example", section.code);
    let Some(command) = command else {
        return outcome(folder.path(), &["check", "-q", last.unwrap_or("example.p")]).trim_end().to_owned() + "\n";
    };
    let (program, tail) = match command.split_once(" | tail -n ") {
        Some((program, count)) => (program, count.parse().unwrap()),
        None => (command, usize::MAX),
    };
    let said = outcome(folder.path(), &program.split_whitespace().collect::<Vec<_>>());
    let lines: Vec<&str> = said.trim_end().lines().collect();
    format!("$ prover {command}\n{}\n", lines[lines.len().saturating_sub(tail)..].join("\n"))
}

#[test]
fn every_code_has_a_section_and_every_section_a_code() {
    let page = std::fs::read_to_string(page()).unwrap();
    let sections = sections(&page);
    let written: Vec<&str> = sections.iter().map(|section| &*section.code).collect();
    let unique: BTreeSet<&str> = written.iter().copied().collect();
    let known: BTreeSet<&str> = page::codes().map(|(code, _)| code).collect();
    assert_eq!(unique.len(), written.len(), "a code has two sections: {written:?}");
    assert_eq!(page::codes().count(), known.len(), "a code is declared twice");
    let missing: Vec<_> = known.difference(&unique).collect();
    let unknown: Vec<_> = unique.difference(&known).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "without a section: {missing:?}; no codes: {unknown:?}");
    for section in &sections {
        assert!(section.prose.len() > 60, "{} says too little", section.code);
        let embedded = page::section(&section.code).unwrap();
        assert!(embedded.contains(section.prose.split(". ").next().unwrap()) || !embedded.is_empty());
    }
}

#[test]
fn every_example_gives_what_the_page_says() {
    let text = std::fs::read_to_string(page()).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut wrong = Vec::new();
    // From the end, so that the lines before stay where they are.
    for section in sections(&text).iter().rev() {
        let block = section.blocks.iter().find(|block| block.info == "text");
        let Some(block) = block else {
            assert!(WITHOUT_EXAMPLE.contains(&&*section.code), "{} shows no output", section.code);
            continue;
        };
        let found = shown(section);
        let mark = match section.code.as_str() {
            "too-many-errors" => format!("\"code\":\"{}\"", section.code),
            code => format!("[{code}]"),
        };
        assert!(found.contains(&mark), "the example of {} gives\n{found}", section.code);
        if found != block.text {
            wrong.push(format!("{}:\n{found}", section.code));
            lines.splice(block.lines.clone(), found.lines().map(str::to_owned));
        }
    }
    if std::env::var_os("UPDATE_ERRORS").is_some() {
        std::fs::write(page(), lines.join("\n") + "\n").unwrap();
        return;
    }
    wrong.reverse();
    assert!(
        wrong.is_empty(),
        "docs/errors.md has another output (see tests/program/errors.rs) for\n{}",
        wrong.join("\n")
    );
}

#[test]
fn explain_prints_sections_and_lists_codes() {
    let explain = |arguments: &[&str]| prover(root(), &[&["explain"], arguments].concat());
    let (status, out, _) = explain(&[]);
    assert_eq!((status, out.lines().count()), (0, page::codes().count()));
    let (status, out, _) = explain(&["unknown-name"]);
    assert!(status == 0 && out.starts_with("unknown-name\n\nNothing has this name"), "{out}");
    assert!(out.contains("    error[unknown-name]: ") && !out.contains("```"), "{out}");
    assert_eq!(explain(&["error[unknown-name]:"]).1, out);
    let (status, _, error) = explain(&["unkown-name"]);
    assert!(status == 2 && error.contains("did you mean `unknown-name`?"), "{error}");
    let (status, _, error) = explain(&["nonsense"]);
    assert!(status == 2 && error.contains("no code `nonsense`") && !error.contains("did you mean"), "{error}");
}
