//! The figures of a run as TensorBoard reads them: an event file that grows by the iteration.
//!
//! A file is a row of records (length, its checksum, data, its checksum); the data are protocol buffers of the type
//! `Event` of TensorFlow's `event.proto` and `summary.proto`, of which the few fields below are written.

use super::numbers::numbers;
use serde_json::{Map, Value};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The folder of event files in that of a run.
pub const FOLDER: &str = "tensorboard";
/// Histograms have this many buckets.
const BUCKETS: usize = 20;

/// The event file of a run.
#[derive(Debug)]
pub struct EventFile {
    path: PathBuf,
    /// Seconds since 1970 at the end of the last iteration.
    time: f64,
}

impl EventFile {
    /// Writes the file of a run that has these figures, with its settings as a text; `started` is in seconds since
    /// 1970.
    ///
    /// # Errors
    /// The operating system's error.
    pub fn begin(run: &Path, started: f64, settings: &str, iterations: &[Map<String, Value>]) -> io::Result<Self> {
        let folder = run.join(FOLDER);
        std::fs::create_dir_all(&folder)?;
        let path = folder.join(format!("events.out.tfevents.{:.0}.prover", started.max(0.0)));
        let mut bytes = record(&Message::default().double(1, started).text(3, "brain.Event:2").0);
        let text = format!("```\n{settings}```");
        bytes.extend(event(started, 0, vec![text_value("settings", &text)]));
        let mut file = Self { path, time: started };
        for figures in iterations {
            bytes.extend(file.events(figures));
        }
        super::write_atomic(&file.path, &bytes)?;
        Ok(file)
    }

    /// Adds the figures of an iteration.
    ///
    /// # Errors
    /// The operating system's error.
    pub fn add(&mut self, figures: &Map<String, Value>) -> io::Result<()> {
        let bytes = self.events(figures);
        OpenOptions::new().append(true).open(&self.path)?.write_all(&bytes)
    }

    /// The event of an iteration: its numbers, and the accuracies by module as a histogram.
    fn events(&mut self, figures: &Map<String, Value>) -> Vec<u8> {
        self.time += figures.get("seconds").and_then(Value::as_f64).unwrap_or(0.0);
        let step = figures.get("iteration").and_then(Value::as_u64).unwrap_or(0);
        let mut values: Vec<Message> = numbers(figures)
            .into_iter()
            .filter(|(name, _)| name != "iteration")
            .filter_map(|(name, value)| Some(scalar(&tag(&name), value.as_f64()? as f32)))
            .collect();
        if let Some(Value::Object(modules)) = figures.get("modules") {
            let accuracies: Vec<f64> = modules.values().filter_map(Value::as_f64).collect();
            values.extend(histogram("modules", &accuracies));
        }
        event(self.time, step, values)
    }
}

/// A name as TensorBoard groups it: the first word of a compound name is the group of the rest.
fn tag(name: &str) -> String {
    name.replacen(' ', "/", 1).replace([' ', ','], "_")
}

/// A protocol buffer under way.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn key(&mut self, field: u64, wire: u64) {
        self.varint(field << 3 | wire);
    }

    fn number(mut self, field: u64, number: u64) -> Self {
        self.key(field, 0);
        self.varint(number);
        self
    }

    fn double(mut self, field: u64, number: f64) -> Self {
        self.key(field, 1);
        self.0.extend(number.to_le_bytes());
        self
    }

    fn float(mut self, field: u64, number: f32) -> Self {
        self.key(field, 5);
        self.0.extend(number.to_le_bytes());
        self
    }

    fn bytes(mut self, field: u64, bytes: &[u8]) -> Self {
        self.key(field, 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
        self
    }

    fn text(self, field: u64, text: &str) -> Self {
        self.bytes(field, text.as_bytes())
    }

    fn doubles(self, field: u64, numbers: &[f64]) -> Self {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.bytes(field, &bytes)
    }
}

/// `Event { wall_time, step, summary { value... } }` as a record.
fn event(time: f64, step: u64, values: Vec<Message>) -> Vec<u8> {
    let summary = values.iter().fold(Message::default(), |summary, value| summary.bytes(1, &value.0));
    record(&Message::default().double(1, time).number(2, step).bytes(5, &summary.0).0)
}

/// `Summary.Value { tag, simple_value }`.
fn scalar(tag: &str, number: f32) -> Message {
    Message::default().text(1, tag).float(2, number)
}

/// `Summary.Value { tag, tensor { dtype: DT_STRING, shape: [1], string_val }, metadata { plugin "text" } }`.
fn text_value(tag: &str, text: &str) -> Message {
    let shape = Message::default().bytes(2, &Message::default().number(1, 1).0);
    let tensor = Message::default().number(1, 7).bytes(2, &shape.0).text(8, text);
    let metadata = Message::default().bytes(1, &Message::default().text(1, "text").0);
    Message::default().text(1, tag).bytes(8, &tensor.0).bytes(9, &metadata.0)
}

/// `Summary.Value { tag, histo }`, of numbers in 0..=1; none of no numbers.
fn histogram(tag: &str, numbers: &[f64]) -> Option<Message> {
    let (first, rest) = numbers.split_first()?;
    let (least, greatest) = rest.iter().fold((*first, *first), |(a, b), &number| (a.min(number), b.max(number)));
    let mut buckets = vec![0.0; BUCKETS];
    for number in numbers {
        let place = (number.clamp(0.0, 1.0) * BUCKETS as f64).ceil() as usize;
        buckets[place.saturating_sub(1)] += 1.0;
    }
    let limits: Vec<f64> = (1..=BUCKETS).map(|place| place as f64 / BUCKETS as f64).collect();
    let sum: f64 = numbers.iter().sum();
    let squares: f64 = numbers.iter().map(|number| number * number).sum();
    let proto = Message::default()
        .double(1, least)
        .double(2, greatest)
        .double(3, numbers.len() as f64)
        .double(4, sum)
        .double(5, squares)
        .doubles(6, &limits)
        .doubles(7, &buckets);
    Some(Message::default().text(1, tag).bytes(5, &proto.0))
}

/// A record: the length and the data, each with its masked CRC-32C.
fn record(data: &[u8]) -> Vec<u8> {
    let masked = |bytes: &[u8]| crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes();
    let length = (data.len() as u64).to_le_bytes();
    [&length[..], &masked(&length), data, &masked(data)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The records of a file, whose checksums are right.
    fn records(bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut rest = bytes;
        let mut found = Vec::new();
        while !rest.is_empty() {
            let length = u64::from_le_bytes(rest[..8].try_into().unwrap()) as usize;
            let data = &rest[12..12 + length];
            assert_eq!(record(data), rest[..16 + length]);
            found.push(data.to_vec());
            rest = &rest[16 + length..];
        }
        found
    }

    #[test]
    fn what_is_added_is_the_same_as_what_is_written_at_once() {
        let place = tempfile::tempdir().unwrap();
        let line = |iteration: u32| {
            let figures = json!({"iteration": iteration, "seconds": 2.5, "train_loss": 1.0 / f64::from(iteration),
                "modules": {"a": 0.5, "b": 1.0}, "test": {"nodes": [10], "network": [0.25]}});
            figures.as_object().unwrap().clone()
        };
        let lines: Vec<_> = (1..=3).map(line).collect();
        let mut file = EventFile::begin(place.path(), 1e9, "alpha = 1\n", &lines[..1]).unwrap();
        file.add(&lines[1]).unwrap();
        file.add(&lines[2]).unwrap();
        let added = std::fs::read(&file.path).unwrap();
        EventFile::begin(place.path(), 1e9, "alpha = 1\n", &lines).unwrap();
        assert_eq!(std::fs::read(&file.path).unwrap(), added);
        let records = records(&added);
        assert_eq!(records.len(), 5);
        let text = String::from_utf8_lossy(&records[4]).into_owned();
        assert!(text.contains("train_loss") && text.contains("test/network__10_nodes") && text.contains("modules"));
    }
}
