//! The hooks of tools/hooks, in a repository of their own.

use crate::place::root;
use crate::program::folder;
use std::path::Path;
use std::process::Command;

/// Runs git in a repository; whether it succeeded, and all that it said.
fn git(repository: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new("git");
    command.current_dir(repository).args(arguments);
    // Those of the repository around, where this test is itself run by a hook.
    for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    for kind in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{kind}_NAME"), "somebody").env(format!("GIT_{kind}_EMAIL"), "somebody@example.org");
    }
    let output = command.output().expect("git is there");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

/// Commits a file with a content and a message.
fn commit(repository: &Path, file: &str, content: &str, message: &str) -> (bool, String) {
    std::fs::write(repository.join(file), content).unwrap();
    let (staged, said) = git(repository, &["add", "--all"]);
    assert!(staged, "{said}");
    git(repository, &["commit", "--quiet", "-m", message])
}

#[cfg(unix)]
#[test]
fn commits_are_checked_once_the_hooks_are_installed() {
    let place = folder(&[("tools/hooks/none", "")]);
    let repository = place.path();
    std::fs::remove_file(repository.join("tools/hooks/none")).unwrap();
    for hook in std::fs::read_dir(root().join("tools/hooks")).unwrap().flatten() {
        std::fs::copy(hook.path(), repository.join("tools/hooks").join(hook.file_name())).unwrap();
    }
    assert!(git(repository, &["init", "--quiet"]).0);
    let install = Command::new(repository.join("tools/hooks/install")).current_dir(repository).output().unwrap();
    assert!(install.status.success(), "{}", String::from_utf8_lossy(&install.stderr));

    let too_long = format!("search: {}", "x".repeat(200));
    for (number, (message, complaint)) in [
        ("more work", "begin with the area and a colon"),
        ("Search: a capital", "begin with the area and a colon"),
        ("search:no space", "begin with the area and a colon"),
        ("search: a period at the end.", "no period at the end"),
        (&too_long, "longer than 200 characters"),
    ]
    .into_iter()
    .enumerate()
    {
        let (is_made, said) = commit(repository, "a.txt", &format!("{number}\n"), message);
        assert!(!is_made && said.contains(complaint), "{message}: {said}");
    }
    for (number, message) in [
        "search: states that leave no choice are not judged",
        "search, docs: two areas\n\nA body may have periods. And several lines.",
        "fixup! search: states",
        "Revert \"search: states\"",
    ]
    .into_iter()
    .enumerate()
    {
        let (is_made, said) = commit(repository, "a.txt", &format!("good {number}\n"), message);
        assert!(is_made, "{message}: {said}");
    }

    let (is_made, said) = commit(repository, "a.txt", "a space at the end \n", "search: spaces");
    assert!(!is_made && said.contains("trailing whitespace"), "{said}");
    let package =
        "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n[lib]\npath = \"lib.rs\"\n";
    std::fs::write(repository.join("a.txt"), "good\n").unwrap();
    std::fs::write(repository.join("Cargo.toml"), package).unwrap();
    std::fs::write(repository.join(".gitignore"), "target\nCargo.lock\n").unwrap();
    let (is_made, said) = commit(repository, "lib.rs", "pub fn one()->u32{1}\n", "tiny: a function");
    assert!(!is_made && said.contains("Diff in"), "{said}");
    let lint = "pub fn one() -> u32 {\n    return 1;\n}\n";
    let (is_made, said) = commit(repository, "lib.rs", lint, "tiny: a function");
    assert!(!is_made && said.contains("needless_return"), "{said}");
    let (is_made, said) = commit(repository, "lib.rs", "pub fn one() -> u32 {\n    1\n}\n", "tiny: a function");
    assert!(is_made, "{said}");
}
