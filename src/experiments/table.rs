//! Runs in a table: those that meet conditions, in an order.

use super::record::{FIGURE, Record, differing};
use crate::run::numbers::numbers;
use crate::theory::suggest::closest;
use serde_json::{Map, Value};
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::str::FromStr;

/// Figures that the table has where runs have them.
const OUTCOMES: [&str; 8] = [
    "goals_proved",
    "goals_total",
    "ratio_proved",
    "ratio_answered",
    "train_loss",
    "progress_loss",
    "lemmas",
    "nodes_per_second",
];

/// A condition such as `alpha=0.2`, `goals_proved>=3` or `state!=failed`.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    name: String,
    comparison: Comparison,
    value: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Different,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // Longer ones first: `<=` begins with `<`.
        const COMPARISONS: [(&str, Comparison); 6] = [
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("!=", Comparison::Different),
            ("=", Comparison::Equal),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        let found = COMPARISONS.into_iter().filter_map(|(sign, comparison)| Some((text.find(sign)?, sign, comparison)));
        let found = found.min_by_key(|(place, sign, _)| (*place, std::cmp::Reverse(sign.len())));
        let Some((place, sign, comparison)) = found.filter(|(place, ..)| *place > 0) else {
            return Err("must be such as alpha=0.2, state!=failed or goals_proved>=3".into());
        };
        let value = text[place + sign.len()..].trim();
        let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
        Ok(Self { name: text[..place].trim().to_owned(), comparison, value })
    }
}

impl Condition {
    /// Whether a run meets it; a run without the value is different from all.
    fn holds(&self, record: &Record) -> bool {
        let Some(value) = record.value(&self.name) else { return self.comparison == Comparison::Different };
        let order = compare(&value, &self.value);
        match self.comparison {
            Comparison::Equal => order == Ordering::Equal,
            Comparison::Different => order != Ordering::Equal,
            Comparison::Less => order == Ordering::Less,
            Comparison::LessOrEqual => order != Ordering::Greater,
            Comparison::Greater => order == Ordering::Greater,
            Comparison::GreaterOrEqual => order != Ordering::Less,
        }
    }
}

/// Numbers by size and before texts, which are in order of letters.
fn compare(a: &Value, b: &Value) -> Ordering {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => text(a).cmp(&text(b)),
    }
}

/// A name that no run has.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("no run has `{name}`{}", closest.as_ref().map_or(String::new(), |near| format!(": did you mean `{near}`?")))]
pub struct UnknownName {
    name: String,
    closest: Option<String>,
}

/// The runs that meet all conditions, in the order of `sort` (a name, or `-` and a name for the greatest first).
///
/// # Errors
/// When no run has a name that is asked for.
pub fn select(records: Vec<Record>, conditions: &[Condition], sort: Option<&str>) -> Result<Vec<Record>, UnknownName> {
    let (key, is_down) = match sort {
        Some(sort) => sort.strip_prefix('-').map_or((Some(sort), false), |name| (Some(name), true)),
        None => (None, false),
    };
    for name in conditions.iter().map(|condition| condition.name.as_str()).chain(key) {
        if !records.iter().any(|record| record.value(name).is_some()) {
            let names: BTreeSet<&str> = records
                .iter()
                .flat_map(|record| {
                    record.settings.keys().chain(record.iterations.iter().flat_map(|figures| figures.keys()))
                })
                .map(String::as_str)
                .chain(["name", "state", "command", "iterations_done", "seconds_total"])
                .collect();
            let closest = closest(name, names.into_iter()).map(str::to_owned);
            return Err(UnknownName { name: name.to_owned(), closest });
        }
    }
    let mut records: Vec<Record> =
        records.into_iter().filter(|record| conditions.iter().all(|condition| condition.holds(record))).collect();
    if let Some(key) = key {
        records.sort_by(|a, b| match (a.value(key), b.value(key)) {
            (Some(a), Some(b)) => {
                if is_down {
                    compare(&b, &a)
                } else {
                    compare(&a, &b)
                }
            }
            // Those without it last.
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
    }
    Ok(records)
}

/// A table of runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows; none where a run has no such value.
    pub rows: Vec<Vec<Option<Value>>>,
}

impl Table {
    /// A table of the settings that differ between runs, and of the runs' results.
    pub fn new(records: &[Record]) -> Self {
        let has = |name: &&&str| records.iter().any(|record| record.figure(name).is_some());
        let mut columns: Vec<String> = ["name", "state", "iterations_done"].map(str::to_owned).to_vec();
        columns.extend(differing(records));
        // Some figures have the name of a setting.
        let settings: BTreeSet<&String> = records.iter().flat_map(|record| record.settings.keys()).collect();
        let figure = |name: &str| match settings.contains(&name.to_owned()) {
            true => format!("{FIGURE}{name}"),
            false => name.to_owned(),
        };
        columns.extend(OUTCOMES.iter().filter(has).map(|name| figure(name)));
        // Of a run without iterations, all its figures.
        let single = records.iter().filter(|record| record.command != "selfplay");
        let names = single.flat_map(|record| &record.iterations).flatten().filter(|(_, value)| value.is_number());
        for (name, _) in names {
            let name = figure(name);
            if name != "iteration" && !columns.contains(&name) {
                columns.push(name);
            }
        }
        columns.push("seconds_total".into());
        let row = |record: &Record| columns.iter().map(|name| record.value(name)).collect();
        let rows = records.iter().map(row).collect();
        Self { columns, rows }
    }

    /// The numbers of every iteration, with the settings in which runs differ.
    pub fn of_iterations(records: &[Record]) -> Self {
        let settings = differing(records);
        let mut names: Vec<String> = Vec::new();
        let rows: Vec<_> = records
            .iter()
            .flat_map(|record| record.iterations.iter().map(move |figures| (record, numbers(figures))))
            .collect();
        for (name, _) in rows.iter().flat_map(|(_, numbers)| numbers) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        let row = |(record, numbers): &(&Record, Vec<(String, Value)>)| {
            let settings = settings.iter().map(|name| record.value(name));
            let figure =
                |name: &String| numbers.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone());
            let figures: Vec<Option<Value>> = names.iter().map(figure).collect();
            std::iter::once(Some(record.name.clone().into())).chain(settings).chain(figures).collect()
        };
        let rows = rows.iter().map(row).collect();
        let marked =
            names.iter().map(|name| if settings.contains(name) { format!("{FIGURE}{name}") } else { name.clone() });
        let columns = std::iter::once("name".to_owned()).chain(settings.iter().cloned()).chain(marked).collect();
        Self { columns, rows }
    }

    /// Comma-separated values with a line of names.
    pub fn csv(&self) -> String {
        let quoted = |value: &str| match value.contains([',', '"', '\n', '\r']) {
            true => format!("\"{}\"", value.replace('"', "\"\"")),
            false => value.to_owned(),
        };
        let line = |cells: &mut dyn Iterator<Item = String>| {
            cells.map(|cell| quoted(&cell)).collect::<Vec<_>>().join(",") + "\n"
        };
        let mut csv = line(&mut self.columns.iter().cloned());
        for row in &self.rows {
            csv.push_str(&line(&mut row.iter().map(|value| value.as_ref().map_or_else(String::new, text))));
        }
        csv
    }

    /// An object a run.
    pub fn json(&self) -> Value {
        let object = |row: &Vec<Option<Value>>| {
            let pairs = self.columns.iter().zip(row);
            let pairs = pairs.filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
            Value::Object(pairs.collect::<Map<_, _>>())
        };
        self.rows.iter().map(object).collect()
    }

    /// Columns for people, numbers to the right and rounded.
    pub fn text(&self) -> String {
        let cell = |value: &Option<Value>| value.as_ref().map_or_else(|| "-".to_owned(), rounded);
        let rows: Vec<Vec<String>> = self.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
        let width = |column: usize| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.chain([self.columns[column].chars().count()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let is_number: Vec<bool> = (0..self.columns.len())
            .map(|column| self.rows.iter().all(|row| row[column].as_ref().is_none_or(Value::is_number)))
            .collect();
        let mut out = String::new();
        for row in std::iter::once(&self.columns).chain(&rows) {
            let cells = row.iter().zip(&widths).zip(&is_number).map(|((cell, &width), &is_number)| {
                let space = " ".repeat(width - cell.chars().count());
                if is_number { format!("{space}{cell}") } else { format!("{cell}{space}") }
            });
            out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
            out.push('\n');
        }
        out
    }
}

/// A value without quotation marks.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// A value for people: numbers with four digits.
fn rounded(value: &Value) -> String {
    match value.as_f64() {
        Some(number) if number.fract() != 0.0 => {
            let digits = (3 - number.abs().log10().floor() as i64).clamp(0, 6) as usize;
            format!("{number:.digits$}").trim_end_matches('0').to_owned()
        }
        Some(number) if number.abs() < 1e15 => format!("{number:.0}"),
        _ => text(value),
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::write_run;
    use super::*;

    fn records() -> Vec<Record> {
        let place = tempfile::tempdir().unwrap();
        for (name, alpha, loss) in [("a", "0.2", "3.14359"), ("b", "1.0", "2.5"), ("c", "10.0", "null")] {
            let line = format!("{{\"iteration\":1,\"train_loss\":{loss},\"seconds\":1}}\n");
            write_run(&place.path().join(name), &format!("alpha = {alpha}\ntheory = 'x, \"y\"'\n"), &line);
        }
        super::super::record::find(&[place.path().to_path_buf()]).unwrap()
    }

    fn names(conditions: &[&str], sort: Option<&str>) -> String {
        let conditions: Vec<Condition> = conditions.iter().map(|text| text.parse().unwrap()).collect();
        let records = select(records(), &conditions, sort).unwrap();
        records.iter().map(|record| record.name.as_str()).collect()
    }

    #[test]
    fn runs_are_chosen_and_sorted() {
        assert_eq!(names(&[], None), "abc");
        assert_eq!(names(&["alpha>=1"], None), "bc");
        assert_eq!(names(&["alpha!=1", "alpha<10"], None), "a");
        assert_eq!(names(&["alpha=1"], None), "b");
        // By size, not by letters; those without the figure last.
        assert_eq!((names(&[], Some("-alpha")), names(&[], Some("train_loss"))), ("cba".into(), "bac".into()));
        assert_eq!(names(&["state=stopped"], Some("-name")), "cba");
        for wrong in ["", "alpha", "=3"] {
            assert!(wrong.parse::<Condition>().is_err(), "{wrong}");
        }
        let error = select(records(), &[], Some("train_los")).unwrap_err();
        assert_eq!(error.to_string(), "no run has `train_los`: did you mean `train_loss`?");
    }

    #[test]
    fn a_table_has_what_differs_and_what_came_out() {
        let table = Table::new(&records());
        assert_eq!(table.columns, ["name", "state", "iterations_done", "alpha", "train_loss", "seconds_total"]);
        let text = table.text();
        assert!(text.lines().nth(1).is_some_and(|line| line.contains("3.144")), "{text}");
        assert!(text.lines().nth(1).is_some_and(|line| line.contains(" 0.2 ")), "{text}");
        assert_eq!(table.csv().lines().nth(3), Some("c,stopped,1,10.0,,1.0"));
        assert_eq!(table.json()[0]["train_loss"], 3.14359);
        let iterations = Table::of_iterations(&records());
        assert_eq!(iterations.columns, ["name", "alpha", "iteration", "train_loss", "seconds"]);
        assert_eq!(iterations.csv().lines().nth(2), Some("b,1.0,1,2.5,1"));
        let odd = Table { columns: vec!["a,b".into()], rows: vec![vec![Some("say \"x\"".into())]] };
        assert_eq!(odd.csv(), "\"a,b\"\n\"say \"\"x\"\"\"\n");
    }
}
