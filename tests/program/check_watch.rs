//! `prover check --watch`: the real program, a file that changes under it, and its new reports.

use crate::program::{PROGRAM, check, command, without_settings};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// The longest time that a test waits; far more than is needed.
const DEADLINE: Duration = Duration::from_secs(60);

/// A running watch, which ends with the value.
struct Watch {
    child: Child,
    lines: Receiver<String>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Watch {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::start_by(command(folder), arguments)
    }

    /// By a command that starts the program.
    fn start_by(mut command: Command, arguments: &[&str]) -> Self {
        let mut child = command
            .args(["check", "--watch"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines }
    }

    /// Everything up to the next line that holds `wanted`.
    fn until(&self, wanted: &str) -> String {
        let end = Instant::now() + DEADLINE;
        let mut text = String::new();
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    text.push_str(&line);
                    text.push('\n');
                    if line.contains(wanted) {
                        return text;
                    }
                }
                Err(error) => {
                    let why = if error == RecvTimeoutError::Timeout { "nothing more came" } else { "it ended" };
                    panic!("no `{wanted}`: {why} after\n{text}");
                }
            }
        }
    }

    /// The output of one check, to its last line.
    fn checked(&self) -> String {
        self.until("watching")
    }
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

#[test]
fn a_change_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    write(place, "a.p", "p : prop. theorem t : [p -> p] { }");
    let watch = Watch::start(place, &["a.p"]);
    let first = watch.checked();
    assert!(first.contains("error[incomplete-proof]") && first.contains("2 checked, 1 wrong"), "{first}");
    let last = first.lines().last().unwrap();
    let (time, rest) = last.strip_prefix("checked at ").unwrap().split_once(' ').unwrap();
    let digits = time.split(':').filter(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).count();
    assert!(digits == 3 && rest.contains(" ms; watching 1 file, Ctrl-C ends"), "{last}");
    write(place, "a.p", "p : prop. theorem t : [p -> p] { intro h : p. }");
    let second = watch.checked();
    assert!(second.starts_with("--- a.p changed ---\n2 checked, 0 wrong\n"), "{second}");
    // As editors do: another file takes the name.
    std::fs::remove_file(place.join("a.p")).unwrap();
    write(place, "a.new", "p : prop. q : nat.");
    std::fs::rename(place.join("a.new"), place.join("a.p")).unwrap();
    let third = watch.checked();
    assert!(third.contains("error[unknown-name]"), "{third}");
    // A file that is gone for long is told of, and checked again when it is back.
    std::fs::remove_file(place.join("a.p")).unwrap();
    let fourth = watch.checked();
    assert!(fourth.contains("0 checked, 0 wrong") && fourth.contains("watching 0 files"), "{fourth}");
    write(place, "a.p", "p : prop.");
    let fifth = watch.checked();
    assert!(fifth.contains("1 checked, 0 wrong"), "{fifth}");
}

#[test]
fn imports_are_watched_also_those_that_are_not_there_yet() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    write(place, "main.p", "import \"middle\". r : p.");
    write(place, "middle.p", "import \"base\".");
    let watch = Watch::start(place, &["main.p"]);
    assert!(watch.checked().contains("import-not-found"));
    write(place, "base.p", "p : prop.");
    let found = watch.checked();
    assert!(found.contains("2 checked, 0 wrong") && found.contains("watching 3 files"), "{found}");
    write(place, "base.p", "q : prop.");
    let changed = watch.checked();
    assert!(changed.contains("base.p changed") && changed.contains("error[unknown-name]"), "{changed}");
}

#[test]
fn what_a_built_in_theory_imports_is_not_watched_in_the_current_folder() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "main.p", "import \"nat-mul\".");
    std::fs::create_dir(folder.path().join("elsewhere")).unwrap();
    write(folder.path(), "elsewhere/nat-add.peano", "nat : type.");
    let watch = Watch::start(&folder.path().join("elsewhere"), &["../main.p"]);
    let found = watch.checked();
    assert!(found.contains("1 checked, 0 wrong") && found.contains("watching 1 file,"), "{found}");
}

#[test]
fn programs_get_objects_only() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.p", "p : prop.");
    let watch = Watch::start(folder.path(), &["--format", "json", "a.p"]);
    let first: serde_json::Value = serde_json::from_str(watch.until("a.p").trim()).unwrap();
    assert_eq!(first["name"], "p");
    write(folder.path(), "a.p", "qq : prop.");
    let second: serde_json::Value = serde_json::from_str(watch.until("a.p").trim()).unwrap();
    assert_eq!(second["name"], "qq");
}

#[cfg(unix)]
#[test]
fn a_file_that_becomes_a_pipe_and_a_file_again_is_checked_again() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    write(place, "a.p", "p : prop.");
    let watch = Watch::start(place, &["a.p"]);
    assert!(watch.checked().contains("1 checked, 0 wrong"));
    std::fs::remove_file(place.join("a.p")).unwrap();
    assert!(Command::new("mkfifo").arg(place.join("a.p")).status().unwrap().success());
    // Nobody writes to it: reading it would wait for ever.
    assert!(watch.checked().contains("0 checked, 0 wrong"));
    std::fs::remove_file(place.join("a.p")).unwrap();
    write(place, "a.p", "p : prop. q : prop.");
    assert!(watch.checked().contains("2 checked, 0 wrong"));
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_to_another_file_of_the_same_length_and_time_is_checked_again() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    for (name, text) in [("right.p", "p : prop."), ("wrong.p", "p : pr0p.")] {
        write(place, name, text);
        let file = std::fs::File::options().write(true).open(place.join(name)).unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    }
    symlink("right.p", place.join("a.p")).unwrap();
    let watch = Watch::start(place, &["a.p"]);
    assert!(watch.checked().contains("1 checked, 0 wrong"));
    symlink("wrong.p", place.join("new")).unwrap();
    std::fs::rename(place.join("new"), place.join("a.p")).unwrap();
    assert!(watch.checked().contains("1 checked, 1 wrong"));
}

#[test]
fn standard_input_cannot_be_watched() {
    let folder = tempfile::tempdir().unwrap();
    let (status, _, err) = check(folder.path(), &["--watch", "-"]);
    assert!(status == 2 && err.contains("standard input cannot be watched"), "{err}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupt_ends_it() {
    use std::os::unix::process::ExitStatusExt;
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.p", "p : prop.");
    // What a shell starts in the background ignores interrupts, and so does all that it starts.
    let mut attentive = Command::new("env");
    attentive.args(["--default-signal=INT", PROGRAM]);
    let mut watch = Watch::start_by(without_settings(attentive, folder.path()), &["a.p"]);
    watch.checked();
    let killed = Command::new("kill").args(["-INT", &watch.child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let end = Instant::now() + DEADLINE;
    let status = loop {
        if let Some(status) = watch.child.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < end, "it goes on after an interrupt");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(status.signal(), Some(2));
}
