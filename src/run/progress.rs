//! Progress of a run for a person: bars on a terminal, plain lines elsewhere, nothing in quiet mode.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// The amount of output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// Progress and results.
    #[default]
    Normal,
    /// Details too.
    Verbose,
}

/// Time between two plain lines of a phase.
const PAUSE: Duration = Duration::from_secs(5);

/// The output of plain lines.
type Sink = Arc<Mutex<dyn Write + Send>>;

/// Reports progress on standard error. Clones report to the same place.
#[derive(Clone)]
pub struct Progress {
    mode: Mode,
    pause: Duration,
    log: RunLog,
}

/// The log file that messages are copied to, once there is one.
#[derive(Clone, Default)]
struct RunLog(Arc<Mutex<Option<File>>>);

impl RunLog {
    /// Adds lines, each with the time.
    fn add(&self, text: &str) {
        let mut file = locked(&self.0);
        let Some(open) = &mut *file else { return };
        let time = super::timestamp();
        let lines: String = text.lines().map(|line| format!("{time} {line}\n")).collect();
        if let Err(error) = open.write_all(lines.as_bytes()) {
            // Closed first: what is said of it would be added to it.
            *file = None;
            drop(file);
            tracing::warn!("the log of the run cannot be written: {error}");
        }
    }
}

#[derive(Clone)]
enum Mode {
    Quiet,
    Bars(MultiProgress),
    Lines(Sink),
}

/// A piece of work under way, such as the attempts of an iteration; share it between threads by reference or clone.
/// It ends when [finished](Self::finish), or when the last clone is dropped.
#[derive(Clone)]
pub struct Phase(Arc<Inner>);

struct Inner {
    name: String,
    total: u64,
    done: AtomicU64,
    ended: AtomicBool,
    started: Instant,
    message: Mutex<String>,
    /// When the next plain line is due.
    due: Mutex<Instant>,
    pause: Duration,
    show: Show,
    log: RunLog,
}

enum Show {
    Nothing,
    Bar(ProgressBar),
    Lines(Sink),
}

impl Progress {
    /// Bars if standard error is a terminal, else plain lines; nothing if quiet.
    pub fn new(verbosity: Verbosity) -> Self {
        let mode = if verbosity == Verbosity::Quiet {
            Mode::Quiet
        } else if io::stderr().is_terminal() {
            Mode::Bars(MultiProgress::with_draw_target(ProgressDrawTarget::stderr()))
        } else {
            Mode::Lines(Arc::new(Mutex::new(io::stderr())))
        };
        Self { mode, pause: PAUSE, log: RunLog::default() }
    }

    /// Says nothing.
    pub fn quiet() -> Self {
        Self { mode: Mode::Quiet, pause: PAUSE, log: RunLog::default() }
    }

    /// Plain lines to `sink`, those of one phase at least `pause` apart, except its first and last one.
    pub fn lines(sink: Arc<Mutex<dyn Write + Send>>, pause: Duration) -> Self {
        Self { mode: Mode::Lines(sink), pause, log: RunLog::default() }
    }

    /// Begins a piece of work of `total` steps; 0 where the number is not known.
    pub fn phase(&self, name: &str, total: u64) -> Phase {
        let show = match &self.mode {
            Mode::Quiet => Show::Nothing,
            Mode::Bars(bars) => {
                // Added first: a bar of its own would draw itself.
                let columns = console_width().unwrap_or(WIDE);
                let bar = bars.add(bar(name, total, columns));
                bar.enable_steady_tick(Duration::from_millis(250));
                Show::Bar(bar)
            }
            Mode::Lines(sink) => Show::Lines(sink.clone()),
        };
        let now = Instant::now();
        let phase = Phase(Arc::new(Inner {
            name: name.to_owned(),
            total,
            done: AtomicU64::new(0),
            ended: AtomicBool::new(false),
            started: now,
            message: Mutex::default(),
            due: Mutex::new(now + self.pause),
            pause: self.pause,
            show,
            log: self.log.clone(),
        }));
        if let Show::Lines(sink) = &phase.0.show {
            let of = if total == 0 { String::new() } else { format!(": {total} to do") };
            say(sink, &format!("{name}{of}"));
        }
        phase
    }

    /// Whether progress is shown by bars on a terminal.
    pub fn has_bars(&self) -> bool {
        matches!(self.mode, Mode::Bars(_))
    }

    /// Appends all messages from now on to a file too.
    ///
    /// # Errors
    /// The operating system's error.
    pub fn keep(&self, path: &Path) -> io::Result<()> {
        *locked(&self.log.0) = Some(File::options().create(true).append(true).open(path)?);
        Ok(())
    }

    /// Adds lines to the log file only; the caller shows them.
    pub fn record(&self, text: &str) {
        self.log.add(text);
    }

    /// Says a line, above the bars if there are any. Nothing if quiet.
    pub fn say(&self, line: &str) {
        self.log.add(line);
        match &self.mode {
            Mode::Quiet => {}
            Mode::Bars(bars) => bars.suspend(|| complain(line)),
            Mode::Lines(sink) => say(sink, line),
        }
    }

    /// Carries out `write`, which writes to the terminal, with the bars out of its way.
    pub fn suspend<R>(&self, write: impl FnOnce() -> R) -> R {
        match &self.mode {
            Mode::Bars(bars) => bars.suspend(write),
            Mode::Quiet | Mode::Lines(_) => write(),
        }
    }
}

impl Phase {
    /// `steps` more are done.
    pub fn inc(&self, steps: u64) {
        self.0.done.fetch_add(steps, Ordering::Relaxed);
        match &self.0.show {
            Show::Nothing => {}
            Show::Bar(bar) => bar.inc(steps),
            Show::Lines(sink) => self.0.say_when_due(sink),
        }
    }

    /// Sets the message after the figures, such as `12 proved`.
    pub fn message(&self, message: impl Into<String>) {
        let message = message.into();
        if let Show::Bar(bar) = &self.0.show {
            bar.set_message(message.clone());
        }
        *locked(&self.0.message) = message;
    }

    /// Steps done so far.
    pub fn done(&self) -> u64 {
        self.0.done.load(Ordering::Relaxed)
    }

    /// Ends the work.
    pub fn finish(&self) {
        self.0.end();
    }
}

impl Inner {
    fn say_when_due(&self, sink: &Sink) {
        // Whoever holds the lock is about to say something.
        let Ok(mut due) = self.due.try_lock() else { return };
        let now = Instant::now();
        if now < *due || self.ended.load(Ordering::Relaxed) {
            return;
        }
        *due = now + self.pause;
        drop(due);
        say(sink, &self.line(false));
    }

    fn end(&self) {
        if self.ended.swap(true, Ordering::Relaxed) {
            return;
        }
        self.log.add(&self.line(true));
        match &self.show {
            Show::Nothing => {}
            // What it came to is for the caller to say; bars of the past only fill the screen.
            Show::Bar(bar) => bar.finish_and_clear(),
            Show::Lines(sink) => say(sink, &self.line(true)),
        }
    }

    /// `attempts: 37/50 (74%), 4.2/s, 3 s left, 12 proved`
    fn line(&self, ended: bool) -> String {
        let done = self.done.load(Ordering::Relaxed);
        let seconds = self.started.elapsed().as_secs_f64();
        let mut line = match self.total {
            0 => format!("{}: {done}", self.name),
            total => {
                format!("{}: {done}/{total} ({:.0}%)", self.name, 100.0 * done as f64 / total as f64)
            }
        };
        let rate = if seconds > 0.0 { done as f64 / seconds } else { 0.0 };
        if rate > 0.0 {
            line.push_str(&format!(", {}/s", rounded(rate)));
        }
        if ended {
            line.push_str(&format!(", done in {}", span(seconds)));
        } else if rate > 0.0 && self.total > done {
            line.push_str(&format!(", {} left", span((self.total - done) as f64 / rate)));
        }
        let message = locked(&self.message);
        if !message.is_empty() {
            line.push_str(", ");
            line.push_str(&message);
        }
        line
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.end();
    }
}

/// Template of a progress bar.
const BAR: &str = "{prefix:>12} [{bar:30}] {pos}/{len} ({rate}, {eta} left) {wide_msg}";
/// Template of the display of work of unknown total.
const SPINNER: &str = "{prefix:>12} {spinner} {pos} ({rate}) {elapsed} {wide_msg}";
/// The same on a terminal with fewer columns than [`WIDE`].
const NARROW_BAR: &str = "{prefix} {pos}/{len} ({rate}) {wide_msg}";
const NARROW_SPINNER: &str = "{prefix} {spinner} {pos} ({rate}) {wide_msg}";
/// Columns that a bar with all its figures takes.
const WIDE: u16 = 80;

/// A bar, or a spinner where the total is not known.
fn bar(name: &str, total: u64, columns: u16) -> ProgressBar {
    let is_wide = columns >= WIDE;
    let (bar, template) = match total {
        0 => (ProgressBar::new_spinner(), if is_wide { SPINNER } else { NARROW_SPINNER }),
        _ => (ProgressBar::new(total), if is_wide { BAR } else { NARROW_BAR }),
    };
    // A test makes sure that the templates are right.
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let rate = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        let _ = write!(out, "{}/s", rounded(state.per_sec()));
    };
    bar.with_style(style.with_key("rate", rate).progress_chars("=> ")).with_prefix(name.to_owned())
}

/// A mutex whose holder panicked still holds a text that can be shown.
fn locked<T: ?Sized>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes a line. A closed standard error must not end a run.
fn say(sink: &Sink, line: &str) {
    let mut sink = locked(sink);
    let _ = writeln!(sink, "{line}").and_then(|()| sink.flush());
}

fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// The columns of the terminal that standard error is.
fn console_width() -> Option<u16> {
    console::Term::stderr().size_checked().map(|(_, columns)| columns)
}

/// A rate in whole numbers; one below 1 in two digits.
fn rounded(rate: f64) -> String {
    if rate >= 1.0 || rate == 0.0 { format!("{rate:.0}") } else { format!("{rate:.2}") }
}

/// Seconds as `12 s`, `3 min 20 s` or `2 h 5 min`.
pub fn span(seconds: f64) -> String {
    // Saturates where a rate near 0 makes it beyond all bounds.
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(pause: Duration, work: impl FnOnce(&Progress)) -> Vec<String> {
        let text = Arc::new(Mutex::new(Vec::<u8>::new()));
        work(&Progress::lines(text.clone(), pause));
        let bytes = text.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn start_and_end_are_said_and_little_between() {
        let lines = recorded(Duration::from_secs(3600), |progress| {
            let phase = progress.phase("attempts", 1000);
            phase.message("3 proved");
            for _ in 0..1000 {
                phase.inc(1);
            }
            phase.finish();
            phase.finish();
        });
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!(lines[0], "attempts: 1000 to do");
        assert!(lines[1].starts_with("attempts: 1000/1000 (100%), "), "{lines:?}");
        assert!(lines[1].ends_with(", done in 0 s, 3 proved"), "{lines:?}");
    }

    #[test]
    fn lines_between_tell_rate_and_time_left() {
        let lines = recorded(Duration::ZERO, |progress| {
            let phase = progress.phase("training", 4);
            std::thread::sleep(Duration::from_millis(5));
            phase.inc(1);
        });
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines[1].starts_with("training: 1/4 (25%), ") && lines[1].ends_with(" left"), "{lines:?}");
        assert!(lines[2].contains("done in"), "dropping ends a phase: {lines:?}");
    }

    /// Keeps the text written to it.
    #[derive(Clone, Debug)]
    struct Terminal {
        text: Arc<Mutex<String>>,
        columns: u16,
    }

    impl Default for Terminal {
        fn default() -> Self {
            Self { text: Arc::default(), columns: 100 }
        }
    }

    impl indicatif::TermLike for Terminal {
        fn width(&self) -> u16 {
            self.columns
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, line: &str) -> io::Result<()> {
            self.write_str(line)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.text.lock().unwrap().push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn bars_show_rate_and_time_left() {
        for template in [BAR, SPINNER, NARROW_BAR, NARROW_SPINNER] {
            ProgressStyle::with_template(template).unwrap();
        }
        let terminal = Terminal::default();
        let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
        let progress = Progress {
            mode: Mode::Bars(MultiProgress::with_draw_target(target)),
            pause: PAUSE,
            log: RunLog::default(),
        };
        let phase = progress.phase("attempts", 50);
        phase.message("12 proved");
        phase.inc(37);
        let Show::Bar(bar) = &phase.0.show else { panic!() };
        bar.force_draw();
        let shown = terminal.text.lock().unwrap().clone();
        assert!(["attempts", "37/50", "/s", "left", "12 proved"].iter().all(|part| shown.contains(part)), "{shown}");
        phase.finish();
        assert!(bar.is_finished());
    }

    #[test]
    fn newcomers_7_bars_fit_40_columns() {
        for total in [0, 50_000] {
            let terminal = Terminal { columns: 40, ..Terminal::default() };
            let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
            let bar = MultiProgress::with_draw_target(target).add(bar("conjectures", total, 40));
            bar.set_message("12 proved");
            bar.inc(37_000);
            terminal.text.lock().unwrap().clear();
            bar.force_draw();
            let shown = terminal.text.lock().unwrap().clone();
            let longest = shown.lines().map(|line| line.trim_end().chars().count()).max().unwrap();
            assert!(longest <= 40 && shown.contains("37000") && shown.contains("/s"), "{longest}: {shown}");
            assert!(!shown.contains('.'), "whole numbers: {shown}");
        }
    }

    #[test]
    fn threads_share_a_phase() {
        let progress = Progress::quiet();
        let phase = progress.phase("attempts", 400);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..100).for_each(|_| phase.inc(1)));
            }
        });
        assert_eq!(phase.done(), 400);
    }

    #[test]
    fn spans_and_rates_are_readable() {
        assert_eq!(
            ["0 s", "59 s", "1 min 1 s", "2 h 5 min"],
            [0.2, 59.4, 61.0, 7500.0].map(span).each_ref().map(String::as_str)
        );
        assert!(span(f64::INFINITY).ends_with("min"));
        assert_eq!(rounded(1234.5), "1234");
        assert_eq!(rounded(0.25), "0.25");
        assert_eq!(rounded(4.4), "4");
    }
}
