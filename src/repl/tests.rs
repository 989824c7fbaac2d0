//! What a session does with inputs.

use super::*;
use crate::theory::Theory;
use crate::theory::import::{Files, SourceText};

const ZERO_ADD: &str = "goal zero_add : [(a : nat) -> (= (+ z a) a)]";

fn session() -> Session {
    Session::new(Options { theory: Some("nat-add".into()), ..Options::default() }).unwrap()
}

/// Carries out inputs that must work; the last reply.
fn done(session: &mut Session, inputs: &[&str]) -> String {
    let mut text = String::new();
    for input in inputs {
        let reply = session.execute(input);
        assert_eq!(reply.outcome, Outcome::Done, "{input}: {}", reply.text);
        text = reply.text;
    }
    text
}

/// Carries out an input that must not work, and must change nothing; what is said.
fn failed(session: &mut Session, input: &str) -> String {
    let before = (session.body(), session.focus(), session.position, session.goals_text().ok());
    let reply = session.execute(input);
    assert_eq!(reply.outcome, Outcome::Failed, "{input}: {}", reply.text);
    assert_eq!(before, (session.body(), session.focus(), session.position, session.goals_text().ok()), "{input}");
    reply.text
}

/// Whether the checker of files accepts what the session would save.
fn is_accepted(session: &Session) -> bool {
    let text = session.layer().file(std::path::Path::new("."), session.proof()).unwrap();
    Theory::load(SourceText::text("saved", text), &Files).1.is_fine()
}

#[test]
fn a_proof_by_numbers() {
    let mut session = session();
    let text = done(&mut session, &[ZERO_ADD]);
    insta::assert_snapshot!(text, @"");
    let text = done(&mut session, &["2"]);
    insta::assert_snapshot!(text, @"");
    let text = done(&mut session, &["1"]);
    insta::assert_snapshot!(text, @"");
    let text = done(&mut session, &["1", "1"]);
    insta::assert_snapshot!(text, @"");
}
