//! `prover repl` as a person meets it: through standard input, and on a terminal.

use crate::program::{self, prover_reading};
use std::path::Path;

const ZERO_ADD: &str = "zero_add : [(a : nat) -> (= (+ z a) a)]";

/// A hard goal: a search for its proof goes on for very long.
#[cfg(unix)]
const HARD: &str = "[(a : nat) -> (b : nat) -> (c : nat) -> (= (* a (+ b c)) (* (+ c b) (s a)))]";

/// Exit status, output and errors of a session whose commands come from standard input.
fn batch(folder: &Path, arguments: &[&str], input: &str) -> (i32, String, String) {
    prover_reading(folder, &[&["repl"], arguments].concat(), input)
}

/// Exit status and output of `prover check`.
fn check(folder: &Path, file: &str) -> (i32, String) {
    let (status, out, _) = program::check(folder, &[file]);
    (status, out)
}

#[test]
fn commands_from_standard_input_give_plain_results() {
    let folder = tempfile::tempdir().unwrap();
    let input = format!("goal {ZERO_ADD}\n2\n1\n1\n1\n1\n2\n1\nsave proofs.peano\n");
    let (status, out, err) = batch(folder.path(), &["--theory", "nat-add"], &input);
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("goal 1 of 2:\n  (= (+ z z) z)\n\n  1  apply +_z.\n"), "{out}");
    assert!(out.ends_with("zero_add is proved\nsaved to proofs.peano\n"), "{out}");
    assert!(!out.contains('\x1b') && !out.contains("prover>"), "{out}");
    assert_eq!(check(folder.path(), "proofs.peano").0, 0);
}

#[test]
fn what_is_typed_imports_from_the_current_folder_and_what_is_built_in_does_not() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("nat-add.peano"), "mine : prop.").unwrap();
    let (status, out, err) = batch(folder.path(), &[], "import \"nat-add\".\n#check mine.\n");
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("mine : prop"), "{out}");
    let (status, out, err) = batch(folder.path(), &["--theory", "nat-mul"], "#check +_z.\nsave proofs.peano\n");
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
    assert_eq!(check(folder.path(), "proofs.peano").0, 0);
}

#[test]
fn the_first_error_ends_the_session_and_names_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let input = format!("goal {ZERO_ADD}\napply nat_ind.\n\nshow (= z z)\n  by +_z.\nsave never.peano\n");
    let (status, out, err) = batch(folder.path(), &["--theory", "nat-add"], &input);
    assert_eq!(status, 1, "{out}");
    assert!(err.contains("error[cannot-show]") && err.contains("<stdin>:5:6"), "{err}");
    assert!(!folder.path().join("never.peano").exists());
    let (status, _, err) = batch(folder.path(), &["--theory", "nat-add"], "check z\nundu\n");
    assert_eq!(status, 1);
    assert_eq!(err, "<stdin>:2: error: there is no command `undu`; did you mean `undo`?\n");
}

#[test]
fn the_status_tells_whether_the_goal_is_proved() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--theory", "nat-add", "--goal", ZERO_ADD];
    assert_eq!(batch(folder.path(), &arguments, "auto\n").0, 0);
    let (status, _, err) = batch(folder.path(), &arguments, "apply nat_ind.\n");
    assert_eq!((status, err.as_str()), (1, "error: zero_add is not proved\n"));
    assert_eq!(batch(folder.path(), &["--theory", "nowhere"], "").0, 2);
    assert_eq!(batch(folder.path(), &["--theory", "nat-add", "--policy", "nowhere"], "").0, 2);
    assert_eq!(
        batch(folder.path(), &[], "nat : type. z : nat.\ncheck z\n"),
        (0, "nat is declared\nz is declared\nz : nat\n".into(), String::new())
    );
}

#[test]
fn a_session_goes_on_where_it_was_saved() {
    let folder = tempfile::tempdir().unwrap();
    let input = format!("goal {ZERO_ADD}\napply nat_ind.\n1\nsave half.peano\n");
    assert_eq!(batch(folder.path(), &["--theory", "nat-add"], &input).0, 0);
    let (status, out) = check(folder.path(), "half.peano");
    assert_eq!(status, 1);
    assert!(out.contains("error[incomplete-proof]") && out.contains("2 checked, 1 wrong"), "{out}");
    let (status, out, err) = batch(folder.path(), &["--theory", "nat-add"], "load half\nauto\nsave! half.peano\n");
    assert_eq!(status, 0, "{err}");
    assert!(out.starts_with("the goal:\n  [('a0 : nat) ->") && out.contains("zero_add is proved\n"), "{out}");
    assert_eq!(check(folder.path(), "half.peano").0, 0);
}

/// A terminal with the program on it: input goes to the program, and its output is kept as a screen.
#[cfg(unix)]
mod terminal {
    use super::*;
    use crate::program::PROGRAM;
    use std::io::{Read, Write};
    use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
    use std::time::{Duration, Instant};

    /// The longest time that a test waits for something to appear before it fails.
    const PATIENCE: Duration = Duration::from_secs(60);

    const ROWS: u16 = 60;
    const COLUMNS: u16 = 120;

    fn screen() -> vt100::Parser {
        vt100::Parser::new(ROWS.try_into().unwrap(), COLUMNS.try_into().unwrap(), 0)
    }

    struct Terminal {
        pty: pty_process::blocking::Pty,
        child: std::process::Child,
        drawn: Receiver<Vec<u8>>,
        screen: vt100::Parser,
        /// The end of the output so far, in which a question may be cut in two.
        tail: Vec<u8>,
    }

    fn ends_with_line(text: &str, line: &str) -> bool {
        text.trim_end().lines().last().map(str::trim_end) == Some(line)
    }

    impl Terminal {
        fn new(folder: &Path, arguments: &[&str]) -> Self {
            Self::with(folder, arguments, &[])
        }

        fn with(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
            let (pty, pts) = pty_process::blocking::open().unwrap();
            pty.resize(pty_process::Size::new(ROWS, COLUMNS)).unwrap();
            let mut command = pty_process::blocking::Command::new(PROGRAM)
                .arg("repl")
                .args(arguments)
                .current_dir(folder)
                .env("TERM", "xterm-256color")
                .env("XDG_STATE_HOME", folder)
                .env_remove("PROVER_HISTORY")
                .env_remove("NO_COLOR");
            for (key, value) in environment {
                command = command.env(key, value);
            }
            let child = command.spawn(pts).unwrap();
            let copy = std::os::fd::AsFd::as_fd(&pty).try_clone_to_owned().unwrap();
            let mut reader = std::fs::File::from(copy);
            let (sender, drawn) = channel();
            std::thread::spawn(move || {
                let mut bytes = [0; 4096];
                // Reading fails once the program has ended.
                while let Ok(count @ 1..) = reader.read(&mut bytes) {
                    if sender.send(bytes[..count].to_vec()).is_err() {
                        return;
                    }
                }
            });
            Self { pty, child, drawn, screen: screen(), tail: Vec::new() }
        }

        fn type_in(&mut self, text: &str) {
            self.pty.write_all(text.as_bytes()).unwrap();
        }

        fn text(&self) -> String {
            let text = self.screen.screen().contents();
            text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
        }

        /// Takes the program's output, and answers it when it asks for the place of the cursor; whether the program
        /// goes on.
        fn draw(&mut self, limit: Duration) -> bool {
            match self.drawn.recv_timeout(limit) {
                Ok(bytes) => {
                    // Answers come where the questions stand, since the cursor has moved on afterwards.
                    for byte in bytes {
                        self.screen.process(&[byte]);
                        self.tail.push(byte);
                        if self.tail.ends_with(b"\x1b[6n") {
                            let (row, column) = self.screen.screen().cursor_position();
                            self.type_in(&format!("\x1b[{};{}R", row + 1, column + 1));
                            self.tail.clear();
                        }
                    }
                    let excess = self.tail.len().saturating_sub(8);
                    self.tail.drain(..excess);
                    true
                }
                Err(RecvTimeoutError::Timeout) => true,
                Err(RecvTimeoutError::Disconnected) => false,
            }
        }

        /// Waits until the screen is as wanted.
        fn wait(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
            let end = Instant::now() + PATIENCE;
            loop {
                let text = self.text();
                if wanted(&text) {
                    return text;
                }
                let now = Instant::now();
                assert!(now < end, "no {what} on the screen:\n{text}");
                let goes_on = self.draw(end - now);
                assert!(goes_on || wanted(&self.text()), "ended without {what}:\n{}", self.text());
            }
        }

        fn wait_for(&mut self, part: &str) -> String {
            self.wait(part, |text| text.contains(part))
        }

        /// Waits until the last line is a prompt without input.
        fn wait_for_prompt(&mut self, prompt: &str) -> String {
            self.wait(prompt, |text| ends_with_line(text, prompt))
        }

        /// Carries out inputs, each from a prompt to the next.
        fn enter(&mut self, inputs: &[(&str, &str)]) -> String {
            let mut text = String::new();
            for (input, prompt) in inputs {
                // The prompt that is there already is not the one to wait for.
                let before = self.text();
                self.type_in(&format!("{input}\r"));
                text = self.wait(prompt, |text| text != before && ends_with_line(text, prompt));
            }
            text
        }

        /// Waits for the program's end.
        fn end(mut self) -> (i32, String) {
            let end = Instant::now() + PATIENCE;
            while self.draw(end.saturating_duration_since(Instant::now())) {
                assert!(Instant::now() < end, "the program does not end:\n{}", self.text());
            }
            (self.child.wait().unwrap().code().unwrap(), self.text())
        }
    }

    impl Drop for Terminal {
        fn drop(&mut self) {
            // A test that failed leaves no program behind; one that has ended cannot be killed.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    #[test]
    fn a_proof_by_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let mut terminal = Terminal::new(folder.path(), &["--theory", "nat-add"]);
        terminal.wait_for_prompt("prover>");
        let text = terminal.enter(&[(&format!("goal {ZERO_ADD}"), "zero_add>"), ("2", "zero_add (2 goals)>")]);
        assert!(text.contains("goal 1 of 2:") && text.contains("1  apply +_z."), "{text}");
        let steps = [("1", "zero_add>"); 4];
        terminal.enter(&steps);
        terminal.enter(&[("2", "zero_add>"), ("1", "prover>")]);
        let text = terminal.enter(&[("save proofs.peano", "prover>")]);
        assert!(text.contains("zero_add is proved") && text.contains("saved to proofs.peano"), "{text}");
        // Ctrl-D on an empty line leaves.
        terminal.type_in("\x04");
        assert_eq!(terminal.end().0, 0);
        assert_eq!(check(folder.path(), "proofs.peano").0, 0);
    }

    #[test]
    fn a_proof_by_text_over_several_lines() {
        let folder = tempfile::tempdir().unwrap();
        let mut terminal = Terminal::new(folder.path(), &["--theory", "nat-add", "--goal", ZERO_ADD]);
        terminal.wait_for_prompt("zero_add>");
        terminal.enter(&[("apply nat_ind.", "zero_add (2 goals)>"), ("show (= (+ z z) z)", "...")]);
        terminal.enter(&[("by +_z.", "zero_add>"), ("intro n : nat. intro ih : (= (+ z n) n).", "zero_add>")]);
        let text = terminal.enter(&[
            ("have (= (+ z (s n)) (s (+ z n))) {", "..."),
            ("show (= (+ z (s n)) (s (+ z n))) by +_s.", "..."),
            ("}", "zero_add>"),
        ]);
        assert!(text.contains("ih : (= (+ z n) n)"), "{text}");
        terminal.enter(&[("show (= (+ z (s n)) (s n)) by rewrite.", "prover>")]);
        // Unsaved work holds up the first attempt to leave, and only that.
        terminal.type_in("\x04");
        terminal.wait_for("not everything is saved");
        terminal.wait_for_prompt("prover>");
        terminal.type_in("\x04");
        assert_eq!(terminal.end().0, 0);
    }

    #[test]
    fn an_empty_line_ends_an_input_that_is_not_whole() {
        let folder = tempfile::tempdir().unwrap();
        let mut terminal = Terminal::new(folder.path(), &["--theory", "nat-add"]);
        terminal.wait_for_prompt("prover>");
        let text = terminal.enter(&[("check (s", "..."), ("", "prover>")]);
        assert!(text.contains("error[unexpected-end]"), "{text}");
        // Ctrl-C drops what was typed.
        terminal.type_in("nonsense");
        terminal.wait_for("prover> nonsense");
        terminal.type_in("\x03");
        terminal.wait_for_prompt("prover>");
        terminal.type_in("quit\r");
        assert_eq!(terminal.end().0, 0);
    }

    #[test]
    fn tab_completes_by_type() {
        let folder = tempfile::tempdir().unwrap();
        let mut terminal = Terminal::new(folder.path(), &["--theory", "nat-add", "--goal", ZERO_ADD]);
        terminal.wait_for_prompt("zero_add>");
        terminal.type_in("apply n\t");
        terminal.wait_for("zero_add> apply nat_ind");
        terminal.type_in("\x7f.\r");
        terminal.wait_for_prompt("zero_add (2 goals)>");
        // Several fit: a menu shows them.
        terminal.type_in("show (= z z) by \t");
        let text = terminal.wait_for("eq_refl");
        assert!(text.contains("eq_symm") && !text.contains("+_z "), "{text}");
        terminal.type_in("\x03");
        terminal.wait_for_prompt("zero_add (2 goals)>");
        terminal.type_in("quit\r");
        terminal.wait_for("not everything is saved");
        terminal.type_in("quit\r");
        assert_eq!(terminal.end().0, 0);
    }

    #[test]
    fn newcomers_6_tab_without_a_match_is_silent() {
        let folder = tempfile::tempdir().unwrap();
        let mut terminal = Terminal::new(folder.path(), &["--theory", "nat-add"]);
        terminal.wait_for_prompt("prover>");
        terminal.type_in("check qqq\t\tx");
        let text = terminal.wait_for("prover> check qqqx");
        assert!(!text.contains("NO RECORDS"), "{text}");
        terminal.type_in("\x03");
        terminal.wait_for_prompt("prover>");
        terminal.type_in("quit\r");
        assert_eq!(terminal.end().0, 0);
    }

    #[test]
    fn history_is_kept_between_sessions() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..2 {
            let mut terminal = Terminal::new(folder.path(), &["--theory", "nat-add"]);
            terminal.wait_for_prompt("prover>");
            if round == 0 {
                terminal.enter(&[("check (s (s z))", "prover>")]);
            } else {
                // Upwards: first `quit`, then what was before it.
                terminal.type_in("\x1b[A");
                terminal.wait_for_prompt("prover> quit");
                terminal.type_in("\x1b[A");
                terminal.wait_for_prompt("prover> check (s (s z))");
                terminal.type_in("\r");
                terminal.wait_for("(s (s z)) : nat");
                terminal.wait_for_prompt("prover>");
            }
            terminal.type_in("quit\r");
            assert_eq!(terminal.end().0, 0);
        }
        assert!(std::fs::read_to_string(folder.path().join("prover/history")).unwrap().contains("check (s (s z))"));
    }

    #[test]
    fn a_history_that_cannot_be_kept_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        let nowhere = folder.path().join("file/history").display().to_string();
        for history in ["", &nowhere] {
            let mut terminal = Terminal::with(folder.path(), &["--theory", "nat-add"], &[("PROVER_HISTORY", history)]);
            terminal.wait_for_prompt("prover>");
            let text = terminal.enter(&[("check z", "prover>")]);
            assert!(text.contains("z : nat") && !text.contains("error"), "{text}");
            terminal.type_in("quit\r");
            assert_eq!(terminal.end().0, 0);
        }
        assert!(!folder.path().join("prover").exists());
    }

    #[test]
    fn ctrl_c_ends_a_search_and_not_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let mut terminal = Terminal::new(folder.path(), &["--theory", "natural-numbers", "--goal", HARD]);
        terminal.wait_for_prompt("goal_1>");
        let before = terminal.text();
        terminal.type_in("auto 1000000000\r");
        // Told after a second.
        terminal.wait_for("searching");
        terminal.type_in("\x03");
        let text = terminal.wait_for("interrupted after");
        assert!(text.contains("nothing is changed"), "{text}");
        terminal.wait_for_prompt("goal_1>");
        let text = terminal.enter(&[("goals", "goal_1>")]);
        let goal = before.lines().find(|line| line.contains("-> (=")).unwrap();
        assert_eq!(text.matches(goal.trim()).count(), before.matches(goal.trim()).count() + 1, "{text}");
        terminal.enter(&[("abandon", "prover>")]);
        terminal.type_in("\x04");
        assert_eq!(terminal.end().0, 0);
    }

    #[test]
    fn colours_are_for_terminals_that_want_them() {
        let folder = tempfile::tempdir().unwrap();
        let colours = |environment: &[(&str, &str)], flags: &[&str]| {
            let arguments = [&["--theory", "nat-add"], flags].concat();
            let mut terminal = Terminal::with(folder.path(), &arguments, environment);
            terminal.wait_for_prompt("prover>");
            terminal.enter(&[("goal (= z z)", "goal_1>")]);
            let screen = terminal.screen.screen();
            let cells = (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (row, column)));
            cells
                .filter(|&(row, column)| {
                    screen.cell(row, column).is_some_and(|cell| cell.fgcolor() != vt100::Color::Default)
                })
                .count()
        };
        assert!(colours(&[], &[]) > 0);
        assert_eq!(colours(&[("NO_COLOR", "1")], &[]), 0);
        assert_eq!(colours(&[], &["--color", "never"]), 0);
    }
}
