//! The transcripts of README.md and of the pages in docs/: the text there after `$ prover ...` is the program's output.
//! docs/tutorial.md and docs/errors.md have tests of their own.
//!
//! `UPDATE_TRANSCRIPTS=1 cargo test --test program transcripts` writes the present output of the program into the
//! pages. A line `...` stands for any lines; seconds, rates and the last digits of confidences may be others.

use crate::place::root;
use crate::program::{PROGRAM, without_settings};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The problem that docs/tip.md imports: `prop_01` of the IsaPlanner problems.
const PROBLEM: &str = include_str!("../data/tip/prop_01.smt2");

/// Commands that read data outside of the repository.
const LEFT_OUT: [&str; 1] = ["prover eval --math mathematics"];

/// A command of a page, with the lines of the page that its output takes.
#[derive(Debug)]
struct Transcript {
    command: String,
    lines: std::ops::Range<usize>,
}

fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md")];
    for entry in std::fs::read_dir(root().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        let is_tested_elsewhere = ["tutorial.md", "errors.md"].iter().any(|name| path.ends_with(name));
        if path.extension().is_some_and(|extension| extension == "md") && !is_tested_elsewhere {
            pages.push(path);
        }
    }
    pages.sort();
    pages
}

/// The commands of a page, a list for each of its blocks.
fn transcripts(page: &str) -> Vec<Vec<Transcript>> {
    let mut blocks: Vec<Vec<Transcript>> = Vec::new();
    let mut is_inside = false;
    for (number, line) in page.lines().enumerate() {
        if line.starts_with("```") {
            is_inside = !is_inside;
            blocks.push(Vec::new());
            continue;
        }
        let Some(block) = blocks.last_mut().filter(|_| is_inside) else { continue };
        if let Some(command) = line.strip_prefix("$ ") {
            block.push(Transcript { command: command.to_owned(), lines: number + 1..number + 1 });
        } else if let Some(last) = block.last_mut() {
            last.lines.end = number + 1;
        }
    }
    blocks.retain(|block| !block.is_empty());
    blocks
}

/// The output of a command, errors too; its input are the lines given.
fn output(folder: &Path, command: &str, input: &str) -> String {
    let bin = Path::new(PROGRAM).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(bin.to_owned()).chain(std::env::split_paths(&path));
    let mut shell = without_settings(Command::new("sh"), folder);
    shell.args(["-c", &format!("exec 2>&1; {command}")]).env("PATH", std::env::join_paths(paths).unwrap());
    let mut child = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

/// The input in a line of a session: the text behind `prover> ` or `NAME (2 goals)> `.
fn typed(line: &str) -> Option<&str> {
    let (prompt, input) = line.split_once("> ")?;
    let name = prompt.split(' ').next()?;
    let is_prompt = !name.is_empty() && prover::syntax::token::is_name(name) && !prompt.starts_with(' ');
    (is_prompt && (prompt == name || prompt.ends_with(" goals)"))).then_some(input)
}

/// A line without the parts that differ from run to run and from processor to processor.
fn settled(line: &str) -> String {
    let words = line.split(' ').collect::<Vec<_>>();
    let mut text = String::new();
    for (index, word) in words.iter().enumerate() {
        let is_number = |word: &str| word.parse::<f64>().is_ok() && word.contains('.');
        let is_time =
            is_number(word) && words.get(index + 1).is_some_and(|unit| unit.trim_end_matches([',', ':']) == "s");
        if word.is_empty() {
            continue;
        }
        text.push_str(if is_time { "TIME" } else { word });
        text.push(' ');
    }
    match line.trim_start().strip_prefix("confidence") {
        Some(_) => line.split('.').next().unwrap_or_default().to_owned(),
        None => text.trim_end().to_owned(),
    }
}

/// Whether lines agree with a page, where `...` stands for any.
fn says(page: &[&str], output: &[&str]) -> bool {
    match page.split_first() {
        None => output.is_empty(),
        Some((&"...", rest)) => (0..=output.len()).any(|skipped| says(rest, &output[skipped..])),
        Some((line, rest)) => {
            output.first().is_some_and(|first| settled(first) == settled(line)) && says(rest, &output[1..])
        }
    }
}

/// A page with the program's present output; `None` where they agree.
fn corrected(page: &str) -> Option<String> {
    let lines: Vec<&str> = page.lines().collect();
    let mut replaced: Vec<(std::ops::Range<usize>, Vec<String>)> = Vec::new();
    for block in transcripts(page) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("examples")).unwrap();
        std::fs::copy(root().join("examples/answers.graph"), folder.path().join("examples/answers.graph")).unwrap();
        std::fs::write(folder.path().join("prop_01.smt2"), PROBLEM).unwrap();
        for Transcript { command, lines: place } in block {
            if LEFT_OUT.contains(&&*command) {
                continue;
            }
            let shown = &lines[place.clone()];
            let inputs: Vec<&str> = shown.iter().filter_map(|line| typed(line)).collect();
            let (page_says, program_says): (Vec<&str>, String) = if inputs.is_empty() {
                (shown.to_vec(), output(folder.path(), &command, ""))
            } else {
                // On a terminal a session begins with a line about itself, and shows what is typed.
                let page_says =
                    shown.iter().filter(|line| typed(line).is_none() && !line.starts_with("Type `help`")).copied();
                (page_says.collect(), output(folder.path(), &command, &(inputs.join("\n") + "\n")))
            };
            // On a terminal bars come and go instead.
            let is_progress = |line: &&str| line.starts_with("proving: ");
            let program_says: Vec<&str> = program_says.lines().filter(|line| !is_progress(line)).collect();
            if says(&page_says, &program_says) {
                continue;
            }
            eprintln!("$ {command}\n{}", program_says.join("\n"));
            if inputs.is_empty() {
                replaced.push((place, program_says.iter().map(|line| (*line).to_owned()).collect()));
            } else {
                // Where the answers to a session belong is for a person to say.
                replaced.push((place, shown.iter().map(|line| (*line).to_owned()).collect()));
            }
        }
    }
    if replaced.is_empty() {
        return None;
    }
    let mut text: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    for (place, new) in replaced.into_iter().rev() {
        text.splice(place, new);
    }
    Some(text.join("\n") + "\n")
}

#[test]
fn newcomers_8_transcripts_are_what_the_program_says() {
    let mut count = 0;
    let mut stale = Vec::new();
    for path in pages() {
        let page = std::fs::read_to_string(&path).unwrap();
        count += transcripts(&page).len();
        if let Some(corrected) = corrected(&page) {
            if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
                std::fs::write(&path, corrected).unwrap();
            }
            stale.push(path);
        }
    }
    assert!(count >= 5, "the pages have transcripts: {count}");
    assert!(stale.is_empty(), "stale: {stale:?}; what the program says stands above");
}

#[test]
fn newcomers_8_a_stale_transcript_is_noticed() {
    let page = |answer: &str| format!("text\n\n```\n$ prover check examples/answers.graph\n{answer}\n```\n");
    assert_eq!(corrected(&page("56 checked, 0 wrong")), None);
    assert_eq!(corrected(&page("...")), None);
    assert_eq!(corrected(&page("55 checked, 0 wrong")), Some(page("56 checked, 0 wrong")));
    let session = "```\n$ prover repl --theory nat-add\nprover> check z\nz : type\n```\n";
    assert!(corrected(session).is_some() && corrected(&session.replace("type", "nat")).is_none());
    assert_eq!(settled("found a proof in 3 states and 0.12 s:"), "found a proof in 3 states and TIME s:");
}

#[test]
fn newcomers_8_pages_that_readers_need_are_linked() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for entry in std::fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        // Pictures stand in the pages.
        if !name.ends_with(".md") {
            continue;
        }
        assert!(
            readme.contains(&format!("- [docs/{name}](docs/{name})")) || readme.contains(&format!(", [docs/{name}]")),
            "{name} is not linked"
        );
    }
}
