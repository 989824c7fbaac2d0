//! A page of runs and trees: one file that needs no network.

use super::problems;
use super::record::Record;
use crate::input;
use crate::prove::Lemmas;
use crate::prove::library::Source;
use crate::run::directory::{EXAMPLES, JOURNAL};
use crate::run::journal::{Journal, Recorded};
use crate::run::numbers::numbers;
use crate::run::tree::SavedTree;
use crate::theory::Theory;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/style.css");
const SCRIPTS: [&str; 5] = [
    include_str!("page/base.js"),
    include_str!("page/tables.js"),
    include_str!("page/curves.js"),
    include_str!("page/tree.js"),
    include_str!("page/main.js"),
];

/// Statements of conjectures and of theorems on a page, at most.
const MOST_STATEMENTS: usize = 16_000;
/// The same of one run.
const MOST_OF_A_RUN: usize = 500;
/// Characters of a statement that is rewritten for reading, and of a proof that is shown.
const LONGEST_STATEMENT: usize = 2_000;
const LONGEST_PROOF: usize = 20_000;
/// Bytes of examples of conjectures that are looked through for a page.
const EXAMPLES_READ: u64 = 200 << 20;
/// Bytes of a journal that is read.
const JOURNAL_READ: u64 = 32 << 20;

/// Content of a page.
#[derive(Debug, Default)]
pub struct Report {
    /// Its title.
    pub title: String,
    /// The subject of the runs.
    pub about: String,
    /// The runs.
    pub runs: Vec<Record>,
    /// The trees, with their names.
    pub trees: Vec<(String, SavedTree)>,
    /// Whether the page asks for newer figures.
    pub follows: bool,
}

impl Report {
    /// The data of the page.
    pub fn data(&self) -> Value {
        let mut reader = Reader { examples_left: EXAMPLES_READ, ..Reader::default() };
        let most = (MOST_STATEMENTS / self.runs.len().max(1)).clamp(10, MOST_OF_A_RUN);
        let runs: Vec<Value> = self.runs.iter().map(|run| reader.run(run, most)).collect();
        json!({
            "title": self.title,
            "about": self.about,
            "version": format!("{} ({})", crate::run::VERSION, crate::run::COMMIT),
            "made": crate::run::timestamp(),
            "follows": self.follows,
            "runs": runs,
            "trees": self.trees.iter().map(|(name, tree)| compressed(name, tree)).collect::<Vec<_>>(),
        })
    }

    /// The page.
    pub fn page(&self) -> String {
        // No text of the data ends its element.
        let data = self.data().to_string().replace('<', "\\u003c");
        let escaped = self.title.replace('&', "&amp;").replace('<', "&lt;");
        let mut page = String::with_capacity(data.len() + (64 << 10));
        let mut rest = PAGE;
        while let Some((before, after)) = rest.split_once("{{") {
            page.push_str(before);
            let (name, after) = after.split_once("}}").unwrap_or((after, ""));
            match name {
                "title" => page.push_str(&escaped),
                "style" => page.push_str(STYLE),
                "script" => SCRIPTS.iter().for_each(|script| page.push_str(script)),
                _ => page.push_str(&data),
            }
            rest = after;
        }
        page.push_str(rest);
        page
    }
}

/// A tree as the page has it: its text compressed, in letters.
fn compressed(name: &str, tree: &SavedTree) -> Value {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Numbers and texts, into memory: nothing of it can fail.
    let _ = serde_json::to_writer(&mut encoder, tree);
    let bytes = encoder.finish().unwrap_or_default();
    json!({ "name": name, "title": tree.title, "verdict": tree.verdict, "nodes": tree.states.len(), "data": base64(&bytes) })
}

/// Base64 with padding (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, &byte| group << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let is_padding = place > chunk.len();
            let letter = LETTERS[(group >> (18 - 6 * place) & 63) as usize];
            text.push(if is_padding { '=' } else { char::from(letter) });
        }
    }
    text
}

/// Reads the files of runs other than their figures, and writes statements in infix notation.
#[derive(Default)]
struct Reader {
    /// By its name, a theory that writes statements in infix notation; none where it cannot be read.
    theories: HashMap<String, Option<Theory>>,
    /// Statements that were rewritten before, by theory and text.
    rewritten: HashMap<(String, String), String>,
    examples_left: u64,
}

impl Reader {
    fn run(&mut self, run: &Record, most: usize) -> Value {
        let theory = run.settings.get("theory").and_then(Value::as_str).unwrap_or_default().to_owned();
        let theorems = journal(&run.path);
        let goals = self.goals(run, &theory, &theorems);
        let shown = theorems.len().min(most);
        let shown: Vec<Value> = theorems[..shown].iter().map(|recorded| self.theorem(&theory, recorded)).collect();
        let (conjectures, left_out) = self.conjectures(run, &theory, &theorems, most);
        let of = |key: &str| {
            let entries = run.iterations.iter().filter_map(|figures| {
                let value = figures.get(key).filter(|value| value.as_object().is_some_and(|map| !map.is_empty()))?;
                Some(json!([figures.get("iteration"), value]))
            });
            entries.collect::<Vec<_>>()
        };
        let (problems, passed) = problems::scores(&run.path);
        let notes: Vec<&String> = run.notes.iter().chain(&passed).collect();
        json!({
            "name": run.name,
            "command": run.command,
            "state": run.state,
            "why": run.why,
            "log": run.log,
            "notes": notes,
            "problems": problems,
            "settings": run.settings,
            "info": run.info,
            "figures": figures(&run.iterations),
            "fates": of("sources"),
            "modules": of("modules"),
            "goals": goals,
            "theorems": shown,
            "conjectures": conjectures,
            "left_out": left_out,
        })
    }

    /// A statement in infix notation, where the theory can be read.
    fn reading(&mut self, theory: &str, text: &str) -> String {
        if theory.is_empty() || text.len() > LONGEST_STATEMENT {
            return text.chars().take(LONGEST_STATEMENT).collect();
        }
        let key = (theory.to_owned(), text.to_owned());
        if let Some(known) = self.rewritten.get(&key) {
            return known.clone();
        }
        let reader = self.theories.entry(theory.to_owned()).or_insert_with(|| {
            let mut theory = Lemmas::new(theory).theory().ok()?;
            theory.write_infix();
            Some(theory)
        });
        let reading = reader.as_mut().map_or_else(|| text.to_owned(), |theory| theory.rewritten(text));
        self.rewritten.insert(key, reading.clone());
        reading
    }

    fn theorem(&mut self, theory: &str, recorded: &Recorded) -> Value {
        let theorem = &recorded.theorem;
        json!({
            "name": theorem.name,
            "text": self.reading(theory, &theorem.text),
            "source": recorded.source.word(),
            "is_goal": recorded.source == Source::Goal,
            "iteration": recorded.iteration,
            "uses": theorem.uses,
        })
    }

    /// The goals of a run, with the proofs of those that are proved.
    fn goals(&mut self, run: &Record, theory: &str, theorems: &[Recorded]) -> Vec<Value> {
        let set = run.settings.get("goals").and_then(Value::as_str).unwrap_or_default();
        let statements = if set.is_empty() { Vec::new() } else { Lemmas::new(theory).goals(set).unwrap_or_default() };
        let mut goals: Vec<(String, String)> = statements.into_iter().map(|goal| (goal.name, goal.text)).collect();
        // Those of a set that is not there any more.
        for proved in theorems.iter().filter(|recorded| recorded.source == Source::Goal) {
            if goals.iter().all(|(name, _)| *name != proved.theorem.name) {
                goals.push((proved.theorem.name.clone(), proved.theorem.text.clone()));
            }
        }
        let goal = |(name, text): (String, String)| {
            let proof = theorems.iter().find(|recorded| recorded.theorem.name == name && recorded.theorem.text == text);
            json!({
                "name": name,
                "text": self.reading(theory, &text),
                "iteration": proof.map(|recorded| recorded.iteration),
                "script": proof.map(|recorded| recorded.theorem.script.chars().take(LONGEST_PROOF).collect::<String>()),
                "uses": proof.map_or(&[][..], |recorded| &recorded.theorem.uses),
            })
        };
        goals.into_iter().map(goal).collect()
    }

    /// Conjectures of a run as [iteration, fate, source, statement], and how many more there are.
    fn conjectures(&mut self, run: &Record, theory: &str, theorems: &[Recorded], most: usize) -> (Vec<Value>, usize) {
        let sources: BTreeMap<&str, &'static str> =
            theorems.iter().map(|recorded| (recorded.theorem.text.as_str(), recorded.source.word())).collect();
        let mut found = Vec::new();
        let mut left_out = 0;
        for iteration in 1..=run.iterations.len() {
            let path = run.path.join(EXAMPLES).join(format!("iteration-{iteration:04}.jsonl"));
            let Ok(length) = std::fs::metadata(&path).map(|metadata| metadata.len()) else { continue };
            if length > self.examples_left {
                continue;
            }
            self.examples_left -= length;
            let Ok(text) = input::read_text(&path, input::RECORDS) else { continue };
            for line in text.lines().filter(|line| line.starts_with("{\"kind\":\"conjecture\"")) {
                if found.len() >= most {
                    left_out += 1;
                    continue;
                }
                let Ok(example) = serde_json::from_str::<Value>(line) else { continue };
                let statement = example["statement"].as_str().unwrap_or_default();
                let source = sources.get(statement).copied().unwrap_or("");
                let reading = self.reading(theory, statement);
                found.push(json!([iteration, example["difficulty"], source, reading]));
            }
        }
        (found, left_out)
    }
}

/// The theorems of a run's journal, each once.
fn journal(run: &Path) -> Vec<Recorded> {
    let path = run.join(JOURNAL);
    if std::fs::metadata(&path).map_or(true, |metadata| metadata.len() > JOURNAL_READ) {
        return Vec::new();
    }
    let mut seen = std::collections::HashSet::new();
    let mut theorems = Journal::read(&path, 0);
    theorems.retain(|recorded| seen.insert(recorded.theorem.text.clone()));
    theorems
}

/// The numbers of all iterations by their names; those in objects and lists have the path to them as a name.
fn figures(iterations: &[Map<String, Value>]) -> Map<String, Value> {
    let mut columns: Map<String, Value> = Map::new();
    for (index, figures) in iterations.iter().enumerate() {
        for (name, number) in numbers(figures) {
            let column = columns.entry(name).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(column) = column {
                column.resize(index, Value::Null);
                column.push(short(number));
            }
        }
    }
    for column in columns.values_mut() {
        if let Value::Array(column) = column {
            column.resize(iterations.len(), Value::Null);
        }
    }
    columns
}

/// A number with six digits: more would be most of a page.
fn short(number: Value) -> Value {
    match number.as_f64() {
        Some(value) if value.fract() != 0.0 => {
            let digits = (5 - value.abs().log10().floor() as i32).clamp(0, 15);
            let power = 10_f64.powi(digits);
            ((value * power).round() / power).into()
        }
        _ => number,
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::{find, tests::write_run};
    use super::*;

    #[test]
    fn letters_stand_for_bytes() {
        let cases = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (bytes, text) in cases {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn figures_of_iterations_stand_in_columns() {
        let lines = [
            json!({"iteration": 1, "loss": 2.0, "test": {"statements": 4, "nodes": [10, 30], "network": [0.5, 1.0]}}),
            json!({"iteration": 2, "colour": "red", "gate": true, "sources": {"network": {"open": 3}}}),
            json!({"iteration": 3, "loss": null, "late": 1, "small": 0.000_012_345_678, "large": 1_234.567_89}),
        ];
        let lines: Vec<_> = lines.into_iter().map(|line| line.as_object().unwrap().clone()).collect();
        let columns = figures(&lines);
        assert_eq!((&columns["small"][2], &columns["large"][2]), (&json!(0.000_012_345_7), &json!(1234.57)));
        assert_eq!(columns["loss"], json!([2.0, null, null]));
        assert_eq!((&columns["late"], &columns["gate"]), (&json!([null, null, 1]), &json!([null, 1, null])));
        assert_eq!(columns["test network, 30 nodes"], json!([1.0, null, null]));
        assert_eq!(columns["test statements"], json!([4, null, null]));
        assert!(!columns.contains_key("colour") && !columns.keys().any(|name| name.contains("sources")));
    }

    #[test]
    fn a_page_is_one_file_whose_texts_cannot_break_out() {
        let place = tempfile::tempdir().unwrap();
        let run = place.path().join("run");
        write_run(&run, "theory = 'nat-add'\ngoals = 'nat-add-hard'\n", "{\"iteration\":1,\"train_loss\":1.5}\n");
        std::fs::create_dir(run.join(EXAMPLES)).unwrap();
        let line = "{\"kind\":\"conjecture\",\"difficulty\":\"hard\",\"statement\":\"</script><b>\"}\n";
        std::fs::write(run.join(EXAMPLES).join("iteration-0001.jsonl"), line).unwrap();
        let runs = find(&[place.path().to_path_buf()]).unwrap();
        let report = Report { title: "a < b".into(), runs, ..Report::default() };
        let page = report.page();
        assert_eq!(page.matches("</script>").count(), 2, "of the data and of the program");
        assert!(page.contains("<title>a &lt; b</title>") && !page.contains("{{"));
        for outside in ["http://", "https://", "src=", "@import", "url("] {
            let places: Vec<_> =
                page.match_indices(outside).map(|(at, _)| &page[at..(at + 60).min(page.len())]).collect();
            assert!(places.iter().all(|text| text.contains("www.w3.org/2000/svg")), "{outside}: {places:?}");
        }
        let data = report.data();
        assert_eq!(data["runs"][0]["goals"][0]["text"], "∀ n : nat, z + n = n");
        assert_eq!(data["runs"][0]["conjectures"][0], json!([1, "hard", "", "</script><b>"]));
    }
}
