//! Deadlines in wall-clock time. Cargo runs one binary of tests after the other, so that nothing of this repository
//! runs beside these.

#[path = "../support/program.rs"]
mod program;

use program::{folder, prover};

/// Factorials as exponents: ground instances of possible lemmas are so large that evaluating them takes very long, and
/// there are thousands.
const FACTORIALS: &str = "import \"nat-pow\".
fact : [nat -> nat].
fact_z : (= (fact z) (s z)).
fact_s : [('n : nat) -> (= (fact (s 'n)) (* (s 'n) (fact 'n)))].
";

#[test]
fn seconds_hold_in_the_search_for_lemmas() {
    let folder = folder(&[("factorials.peano", FACTORIALS)]);
    let goal = "[('a : nat) -> ('b : nat) -> (= (fact (+ 'a 'b)) (* (fact 'a) (^ 'b (fact 'a))))]";
    let arguments = [
        "prove",
        "--quiet",
        "--theory",
        "factorials",
        "--goal",
        goal,
        "--eqsat",
        "--nodes",
        "1000000",
        "--models",
        "off",
        "--seconds",
        "0.5",
    ];
    let start = std::time::Instant::now();
    let (status, out, err) = prover(folder.path(), &arguments);
    let taken = start.elapsed().as_secs_f64();
    assert_eq!(status, 1, "{out}{err}");
    let seconds = out.trim_end().strip_suffix(" s").and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    let seconds = seconds.unwrap_or_else(|| panic!("{out}"));
    assert!(out.starts_with("open after ") && seconds >= 0.5, "{out}");
    // Six times the limit, for a busy machine; where a phase does not look at the clock it is fourteen times and more.
    assert!(taken < 3.0 && seconds <= taken, "{taken} {out}");
}
