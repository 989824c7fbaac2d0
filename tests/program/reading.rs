//! Tests of every command with devices, pipes and endless streams, and with more threads than there are cores.

use crate::program::{command, prover, prover_reading};

#[cfg(unix)]
#[test]
fn devices_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("imports.p"), "import \"/dev/zero\".\n").unwrap();
    std::fs::create_dir_all(path("data/interpolate")).unwrap();
    std::fs::create_dir_all(path("data/train-easy")).unwrap();
    for split in ["interpolate", "train-easy"] {
        std::os::unix::fs::symlink("/dev/zero", path(&format!("data/{split}/zero.txt"))).unwrap();
    }
    let goal = "(= z z)";
    for (arguments, status, name) in [
        (&["check", "/dev/zero"] as &[&str], 2, "/dev/zero"),
        (&["check", "/dev/null"], 2, "/dev/null"),
        (&["check", "imports.p"], 1, "/dev/zero"),
        (&["import", "/dev/zero", "-o", "theory.p"], 2, "/dev/zero"),
        (&["prove", "--theory", "/dev/zero", "--goal", goal], 2, "/dev/zero"),
        (&["prove", "--theory", "nat-add", "--goals", "/dev/zero"], 2, "/dev/zero"),
        (&["repl", "--theory", "/dev/zero"], 2, "/dev/zero"),
        (&["selfplay", "--config", "/dev/zero"], 2, "/dev/zero"),
        (&["selfplay", "--theory", "/dev/zero", "--goals", "nat-add-easy"], 2, "/dev/zero"),
        (&["selfplay", "--theory", "nat-add", "--goals", "/dev/zero"], 2, "/dev/zero"),
        (&["selfplay", "--math", "data"], 2, "zero.txt"),
        (&["eval", "--math", "data"], 2, "zero.txt"),
    ] {
        let (found, out, err) = prover(folder.path(), arguments);
        let said = out + &err;
        assert_eq!(found, status, "{arguments:?}: {said}");
        assert!(said.contains(name) && said.contains("it is a device"), "{arguments:?}: {said}");
    }
    let (status, _, err) = prover_reading(folder.path(), &["repl"], "load /dev/zero\n");
    assert!(status == 1 && err.contains("/dev/zero") && err.contains("it is a device"), "{err}");
}

#[cfg(unix)]
#[test]
fn pipes_are_read_where_once_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let read = |arguments: &[&str], input: &str| prover_reading(folder.path(), arguments, input);
    let (status, out, err) = read(&["check", "/dev/stdin"], "nat : type. z : nat.");
    assert_eq!((status, out.as_str()), (0, "2 checked, 0 wrong\n"), "{err}");
    let goals = ["prove", "--theory", "nat-add", "--goals", "/dev/stdin"];
    let (status, out, err) = read(&goals, "zero : (= z z).");
    assert!(status == 0 && out.ends_with("1 of 1 proved\n"), "{out}{err}");
    let theory = ["prove", "--theory", "/dev/stdin", "--goal", "(= z z)"];
    let (status, _, err) = read(&theory, "nat : type.");
    assert!(status == 2 && err.contains("/dev/stdin") && err.contains("it is a pipe"), "{err}");
    std::fs::write(folder.path().join("imports.p"), "import \"/dev/stdin\".\n").unwrap();
    let (status, out, err) = read(&["check", "imports.p"], "nat : type.");
    assert!(status == 1 && (out + &err).contains("it is a pipe"));
    // Settings come through a pipe, too.
    let (status, _, err) = read(&["selfplay", "--config", "/dev/stdin"], "iteration = 3\n");
    assert!(
        status == 2
            && err.contains("`iteration` is no setting: did you mean `iterations`?")
            && err.contains("/dev/stdin"),
        "{err}"
    );
}

#[test]
fn a_stream_is_read_up_to_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    // A command of the interactive prover, and settings, of 17 MiB.
    let long = " ".repeat(17 << 20);
    let (status, _, err) = prover_reading(folder.path(), &["repl"], &long);
    assert!(status == 2 && err.contains("longer than 16 MiB"), "{err}");
    #[cfg(unix)]
    {
        let (status, _, err) = prover_reading(folder.path(), &["selfplay", "--config", "/dev/stdin"], &long);
        assert!(status == 2 && err.contains("longer than 16 MiB"), "{err}");
    }
    // Files that have no room for what they say, which is refused by their length.
    let file = std::fs::File::create(folder.path().join("long.p")).unwrap();
    file.set_len(5 << 30).unwrap();
    for arguments in [
        &["prove", "--theory", "long.p", "--goal", "(= z z)"] as &[&str],
        &["prove", "--theory", "nat-add", "--goals", "long.p"],
        &["import", "long.p"],
        &["selfplay", "--config", "long.p"],
        &["check", "long.p"],
    ] {
        let (status, _, err) = prover(folder.path(), arguments);
        assert!(status == 2 && err.contains("long.p") && err.contains("longer than"), "{arguments:?}: {err}");
    }
}

#[test]
fn too_many_threads_are_not_started() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.p"), "nat : type.").unwrap();
    std::fs::write(folder.path().join("b.p"), "nat : type.").unwrap();
    std::fs::create_dir_all(folder.path().join("data/interpolate")).unwrap();
    std::fs::write(folder.path().join("data/interpolate/sum.txt"), "What is 1 plus 2?\n3\n").unwrap();
    let run = ["selfplay", "--theory", "nat-add", "--goals", "nat-add-easy", "--iterations", "1", "--train-steps", "1"];
    let small = ["--conjectures", "1", "--nodes", "40", "--out", "run"];
    let warned = |arguments: &[&str]| {
        let (status, out, err) = prover(folder.path(), arguments);
        assert_eq!(status, 0, "{arguments:?}: {out}{err}");
        err.matches("5000 threads are too many for").count()
    };
    let many = ["--threads", "5000"];
    assert_eq!(warned(&[&["check", "a.p", "b.p"] as &[&str], &many].concat()), 1);
    assert_eq!(warned(&[&["eval", "--policy", "uniform", "--math", "data"] as &[&str], &many].concat()), 1);
    assert_eq!(warned(&[&run as &[&str], &small, &many].concat()), 1);
    // As many as there are cores are not too many, and quiet is quiet.
    assert_eq!(warned(&["check", "a.p", "--threads", "1"]), 0);
    assert_eq!(warned(&[&["check", "-q", "a.p"] as &[&str], &many].concat()), 0);
    // The pool that all searches share takes its number from the environment.
    let mut command = command(folder.path());
    let output = command.args(["explain", "unknown-name"]).env("RAYON_NUM_THREADS", "5000").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("5000 threads are too many for"), "{said}");
}
