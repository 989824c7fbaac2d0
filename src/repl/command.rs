//! The commands, with their texts for `help`.

use crate::theory::suggest::closest;
use std::fmt::Write;

/// A command.
#[derive(Debug, PartialEq, Eq)]
pub struct Command {
    /// Its word.
    pub name: &'static str,
    /// Another word for it.
    pub alias: Option<&'static str>,
    /// Its arguments, as `help` shows them.
    pub arguments: &'static str,
    /// Its effect, in a line.
    pub summary: &'static str,
    /// Further explanation, with examples.
    pub details: &'static str,
    /// Whether its argument is a term, which may go over several lines.
    pub takes_terms: bool,
    /// Whether `!` may stand after its word.
    pub takes_force: bool,
    /// The verb.
    pub(super) verb: Verb,
}

/// The verbs of commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Goal,
    Goals,
    Actions,
    Focus,
    Next,
    Auto,
    Hint,
    Undo,
    Redo,
    Script,
    Abandon,
    Check,
    Eval,
    Refute,
    Print,
    List,
    Find,
    Save,
    Load,
    Help,
    Quit,
}

const fn command(
    verb: Verb,
    name: &'static str,
    arguments: &'static str,
    summary: &'static str,
    details: &'static str,
) -> Command {
    let takes_terms = matches!(verb, Verb::Goal | Verb::Check | Verb::Eval | Verb::Refute | Verb::Find);
    let takes_force = matches!(verb, Verb::Save);
    Command { name, alias: None, arguments, summary, details, takes_terms, takes_force, verb }
}

/// All commands, in the order in which `help` lists them.
pub static COMMANDS: [Command; 21] = [
    command(
        Verb::Goal,
        "goal",
        "[NAME :] STATEMENT",
        "state what is to be proved",
        "Once it is proved it is a theorem of the session under its name. With a proof under way, `goal NAME : STATEMENT`\n\
         begins a lemma; once that is proved or given up, the proof before it goes on.\n\
         Examples:\n  goal zero_add : [(a : nat) -> (= (+ z a) a)]\n  goal (= (+ z z) z)",
    ),
    command(
        Verb::Goals,
        "goals",
        "",
        "show all open goals with their scopes",
        "Each goal has a number; `focus` goes to it.",
    ),
    command(
        Verb::Actions,
        "actions",
        "",
        "show all legal actions of the goal in focus",
        "A number alone takes an action. Where a policy is given, the most probable come first.\n\
         Example:\n  actions\n  2",
    ),
    command(Verb::Focus, "focus", "N", "go to open goal number N", "Example:\n  focus 2"),
    command(Verb::Next, "next", "", "go to the next open goal", ""),
    command(
        Verb::Auto,
        "auto",
        "[NODES]",
        "search for a proof of the goal in focus",
        "NODES (10000 if not given) is the number of states that the search may look at. The proof found becomes part of\n\
         the script; lemmas that it needs are proved first, and become theorems of the session. Ctrl-C ends the search\n\
         and changes nothing.\n\
         Examples:\n  auto\n  auto 100000",
    ),
    command(
        Verb::Hint,
        "hint",
        "",
        "search a little and show the step to take",
        "The first step of a proof, if a short search finds one; otherwise the best action. Nothing is changed.",
    ),
    command(
        Verb::Undo,
        "undo",
        "[N]",
        "take back the last step, or the last N",
        "Everything that changes the session can be taken back: steps, goals, declarations, `load`, `abandon`.",
    ),
    command(Verb::Redo, "redo", "[N]", "take back the last undo, or the last N", ""),
    command(
        Verb::Script,
        "script",
        "",
        "show the proof so far, or the last one",
        "The text of the theorem as `save` would write it; where none is under way, of the last one that was proved.",
    ),
    command(
        Verb::Abandon,
        "abandon",
        "",
        "give up the proof of the present goal",
        "Its steps are dropped; `undo` brings them back. After a lemma the proof before it goes on.",
    ),
    command(
        Verb::Check,
        "check",
        "TERM",
        "show the type of a term",
        "Names mean what they mean at the goal in focus.\nExamples:\n  check (+ z)\n  check nat_ind",
    ),
    command(
        Verb::Eval,
        "eval",
        "TERM",
        "compute a term",
        "Definitions, functions and the equations of the theory are used from left to right.\n\
         Example:\n  eval (+ (s z) (s z))",
    ),
    command(
        Verb::Refute,
        "refute",
        "[STATEMENT]",
        "look for values or a model where it fails",
        "Without a statement it is the goal in focus with its hypotheses. What fails in a model of the theory cannot be\n\
         proved.\n\
         Examples:\n  refute\n  refute [(a : nat) -> (= (+ a a) a)]",
    ),
    command(
        Verb::Print,
        "print",
        "NAME",
        "show a declaration",
        "Its kind, its type and, where it has one, its value or its proof.\nExample:\n  print nat_ind",
    ),
    command(
        Verb::List,
        "list",
        "[TEXT]",
        "list the declared names with their types",
        "Only lines that contain TEXT, if it is given.\nExamples:\n  list\n  list nat -> nat",
    ),
    command(
        Verb::Find,
        "find",
        "PATTERN",
        "list the facts in which a term of that form stands",
        "Hypotheses, axioms and theorems. `_` is any term, `'a` is any term that is the same in all its places.\n\
         Examples:\n  find (+ _ z)\n  find (= (+ 'a 'b) (+ 'b 'a))",
    ),
    command(
        Verb::Save,
        "save",
        "FILE",
        "write the session to a file",
        "The file imports the theory and holds what was declared and proved; `prover check` accepts it. A proof that is\n\
         not finished is saved as it stands; `check` refuses it as incomplete, `load` goes on with it. A file that\n\
         exists is replaced by `save!` only.\n\
         Examples:\n  save my-proofs.peano\n  save! my-proofs.peano",
    ),
    command(
        Verb::Load,
        "load",
        "FILE",
        "check a file and go on from there",
        "What the file declares and proves is added to the session. If its last theorem is not finished, its proof goes on.\n\
         Example:\n  load my-proofs.peano",
    ),
    command(Verb::Help, "help", "[COMMAND]", "show this, or what a command does", "Example:\n  help auto"),
    Command {
        alias: Some("exit"),
        ..command(
            Verb::Quit,
            "quit",
            "",
            "leave",
            "So does Ctrl-D, and `exit`. If something is not saved, the first time only says so.",
        )
    },
];

/// The command of a word.
pub fn find(word: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == word || command.alias == Some(word))
}

/// All words of commands.
pub fn words() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().flat_map(|command| std::iter::once(command.name).chain(command.alias))
}

/// The word of a command, or of a step, that looks much like this one.
pub(super) fn suggestion(word: &str) -> Option<&'static str> {
    let steps = [
        "intro",
        "show",
        "apply",
        "have",
        "construct",
        "theorem",
        "lemma",
        "import",
        "current",
        "halt",
        "rw",
        "unfold",
    ];
    closest(word, words().chain(steps))
}

const STEPS: &str = "\
A number, or the line of an action as it is listed, takes that action. Everything else is text of the language:
  intro n.                    apply f.              show T by f.        show T by rewrite.
  have T { steps }            goal T { steps }      construct n : T = v by f.
  rw E.                       rw E at 2.            unfold f.
and, where no goal is open, declarations: x : T.   theorem n : T { steps }   import \"file\".
Input goes on over several lines while a bracket is open or a `.` is missing; an empty line ends it.";

/// The text of `help`.
pub(super) fn help() -> String {
    let mut text = String::from("Commands (`help COMMAND` says more):\n");
    for command in &COMMANDS {
        let usage = format!("{} {}", command.name, command.arguments);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {usage:<26}  {}", command.summary);
    }
    text + "\n" + STEPS
}

/// The text of `help COMMAND`.
pub(super) fn help_of(command: &Command) -> String {
    let usage = format!("{} {}", command.name, command.arguments);
    let mut text = format!("{}: {}", usage.trim_end(), command.summary);
    for part in [command.details].into_iter().filter(|part| !part.is_empty()) {
        text.push('\n');
        text.push_str(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_found_by_its_words_and_explained() {
        for word in words() {
            let command = find(word).unwrap();
            assert!(help().contains(&format!("  {} ", command.name)), "{word}");
            assert!(help_of(command).starts_with(command.name), "{word}");
        }
        assert_eq!(find("exit"), find("quit"));
        assert_eq!(find("nonsense"), None);
        assert_eq!(suggestion("undu"), Some("undo"));
        assert_eq!(suggestion("aplly"), Some("apply"));
        assert_eq!(suggestion("q"), None);
    }
}
