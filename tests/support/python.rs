//! Python, where there is one.

use std::io::Write;
use std::process::{Command, Stdio};

/// Runs programs, one after the other in one process, and prints what each prints, or its error.
const DRIVER: &str = r#"
import contextlib, io, sys
for source in sys.stdin.read().split("\0"):
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(source, "graph", "exec"), {})
        print(out.getvalue().strip(), end="\0")
    except Exception as error:
        print(f"{type(error).__name__}: {error}", end="\0")
"#;

/// The outputs of Python programs; `None` where there is no Python.
pub fn outputs(programs: &[String]) -> Option<Vec<String>> {
    let mut command = Command::new("python3");
    command.args(["-c", DRIVER]).env("PYTHONIOENCODING", "utf-8").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().ok()?;
    let (mut stdin, text) = (child.stdin.take().unwrap(), programs.join("\0"));
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.split_terminator('\0').map(str::to_owned).collect())
}
