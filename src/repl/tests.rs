//! Tests of sessions: inputs and replies.

use super::*;
use crate::theory::Theory;
use crate::theory::import::{Files, SourceText};
use std::path::Path;
use std::sync::atomic::Ordering;

const ZERO_ADD: &str = "goal zero_add : [(a : nat) -> (= (+ z a) a)]";

fn session_in(theory: &str) -> Session {
    Session::new(Options { theory: Some(theory.into()), ..Options::default() }).unwrap()
}

fn session() -> Session {
    session_in("nat-add")
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

/// Carries out an input that must fail and change nothing; gives the message.
fn failed(session: &mut Session, input: &str) -> String {
    let state = |session: &mut Session| {
        (session.body(), session.focus(), session.position, session.history.len(), session.goals_text().ok())
    };
    let before = state(session);
    let reply = session.execute(input);
    assert_eq!(reply.outcome, Outcome::Failed, "{input}: {}", reply.text);
    assert_eq!(before, state(session), "{input}");
    reply.text
}

/// The codes of the errors that the checker of files finds in the text that the session would save.
fn codes(session: &Session) -> Vec<&'static str> {
    let text = session.layer().file(Path::new("."), &session.proofs()).unwrap();
    let report = Theory::load(SourceText::text("saved", text), &Files).1;
    report.errors().map(|(_, error)| error.code).collect()
}

#[test]
fn a_proof_by_numbers() {
    let mut session = session();
    insta::assert_snapshot!(done(&mut session, &[ZERO_ADD]), @r#"
    the goal:
      [('a0 : nat) -> (= (+ z 'a0) 'a0)]

      1  intro.
      2  apply nat_ind.
    "#);
    insta::assert_snapshot!(done(&mut session, &["2"]), @r#"
    goal 1 of 2:
      (= (+ z z) z)

      1  apply +_z.
    "#);
    insta::assert_snapshot!(done(&mut session, &["1"]), @r#"
    this goal is proved
    the goal:
      [('a0 : nat) -> (= (+ z 'a0) 'a0) -> (= (+ z (s 'a0)) (s 'a0))]

      1  intro.
      2  apply nat_ind.
    "#);
    insta::assert_snapshot!(done(&mut session, &["1", "1"]), @r#"
    the goal:
      x0 : nat
      h1 : (= (+ z x0) x0)
      ----------------------------------------
      (= (+ z (s x0)) (s x0))

      1  rewrite (+ z (s x0)) (s (+ z x0)) by +_s.
    "#);
    let actions = done(&mut session, &["actions"]);
    assert_eq!(actions, "  1  rewrite (+ z (s x0)) (s (+ z x0)) by +_s.");
    insta::assert_snapshot!(done(&mut session, &["1"]), @r#"
    the goal:
      x0 : nat
      h1 : (= (+ z x0) x0)
      (= (+ z (s x0)) (s (+ z x0)))
      ----------------------------------------
      (= (s (+ z x0)) (s x0))

      1  rewrite (s (+ z x0)) (+ z (s x0)).
      2  rewrite (+ z x0) x0.
    "#);
    done(&mut session, &["2"]);
    assert_eq!(session.execute("1").text, "zero_add is proved");
    assert_eq!(codes(&session), Vec::<&str>::new());
    insta::assert_snapshot!(session.body(), @r#"
    theorem zero_add : [(a : nat) -> (= (+ z a) a)] {
      apply nat_ind.
      goal (= (+ z z) z) {
        show (= (+ z z) z) by +_z.
      }
      goal [('a0 : nat) -> (= (+ z 'a0) 'a0) -> (= (+ z (s 'a0)) (s 'a0))] {
        intro x0 : nat.
        intro h1 : (= (+ z x0) x0).
        show (= (+ z (s x0)) (s (+ z x0))) by +_s.
        have (= (s (+ z x0)) (s x0)) {
          have (= (s x0) (s x0)) {
            show (= (s x0) (s x0)) by eq_refl.
          }
          show (= (s (+ z x0)) (s x0)) by rewrite.
        }
        show (= (+ z (s x0)) (s x0)) by rewrite.
      }
    }
    "#);
    // The theorem is a lemma from now on.
    done(&mut session, &["goal (= (+ z (s z)) (s z))", "show (= (+ z (s z)) (s z)) by zero_add."]);
    assert_eq!(codes(&session), Vec::<&str>::new());
}

#[test]
fn a_proof_by_text_as_in_a_file() {
    let mut session = session();
    let text = include_str!("../../theories/addition-world.peano");
    let (tree, _) = crate::syntax::parse(text);
    let mut theorems = 0;
    for item in &tree.items {
        let crate::syntax::tree::ItemKind::Theorem { decl, steps, .. } = &item.kind else { continue };
        let begin = format!("theorem {} : {}", tree.name(decl.name.symbol), {
            let span = tree.span(decl.ty);
            &text[span.start as usize..span.end as usize]
        });
        done(&mut session, &[&begin]);
        // Each step of the outermost block is an input of its own, `goal` blocks after `apply` too.
        for step in steps {
            if session.is_open() {
                done(&mut session, &[&text[step.span.start as usize..step.span.end as usize]]);
            }
        }
        assert!(!session.is_open(), "{begin}");
        theorems += 1;
    }
    assert!(theorems > 5);
    assert_eq!(codes(&session), Vec::<&str>::new());
}

#[test]
fn undo_and_redo_go_through_the_texts() {
    let mut session = session();
    failed(&mut session, "undo");
    done(&mut session, &[ZERO_ADD, "apply nat_ind.", "1"]);
    let body = session.body();
    done(&mut session, &["undo"]);
    assert_eq!((session.open_goals(), session.focus()), (2, 0));
    done(&mut session, &["redo"]);
    assert_eq!(session.body(), body);
    failed(&mut session, "redo");
    done(&mut session, &["undo 2"]);
    assert_eq!(session.open_goals(), 1);
    failed(&mut session, "undo 2");
    // Another step forgets what was undone.
    done(&mut session, &["redo 2", "undo", "focus 2", "intro n : nat."]);
    failed(&mut session, "redo");
    // A theorem can be undone too, and proved again.
    done(&mut session, &["focus 1", "auto", "auto"]);
    assert!(!session.is_open());
    assert_eq!(done(&mut session, &["check zero_add"]), "zero_add : [('a0 : nat) -> (= (+ z 'a0) 'a0)]");
    done(&mut session, &["undo"]);
    assert!(session.is_open());
    failed(&mut session, "check zero_add");
    done(&mut session, &["redo", "check zero_add"]);
}

#[test]
fn errors_stand_where_they_were_typed_and_change_nothing() {
    let mut session = session();
    insta::assert_snapshot!(failed(&mut session, "goal a : (= (+ z nx) z)"), @r#"
    error[unknown-name]: nothing is called `nx`
     --> input:1:18
      |
    1 | goal a : (= (+ z nx) z)
      |                  ^^
    "#);
    insta::assert_snapshot!(failed(&mut session, "goal a : (= (+ z z) z"), @r#"
    error[unexpected-end]: the text ends too early
     --> input:1:22
      |
    1 | goal a : (= (+ z z) z
      |                      ^ expected a term or `)`
      = note: the `(` at 1:10 is never closed
    "#);
    failed(&mut session, "goal nat : (= z z)");
    failed(&mut session, "goal");
    failed(&mut session, "intro a : nat.");
    done(&mut session, &[ZERO_ADD, "apply nat_ind.", "focus 2"]);
    insta::assert_snapshot!(failed(&mut session, "intro n : nat. intro ih : (= n n)."), @r#"
    error[type-mismatch]: the input of the goal has another type
     --> input:1:27
      |
    1 | intro n : nat. intro ih : (= n n).
      |                           ^^^^^^^ this has type `(= n n)`
      = note: expected `(= (+ z n) n)`
      = note: found `(= n n)`
    "#);
    insta::assert_snapshot!(failed(&mut session, "show (= z z) by +_z."), @r#"
    error[cannot-show]: `+_z` does not show this
     --> input:1:17
      |
    1 | show (= z z) by +_z.
      |                 ^^^
      = note: to show `(= z z)`
      = note: `+_z` has type `[('a0 : nat) -> (= (+ 'a0 z) 'a0)]`
    "#);
    insta::assert_snapshot!(failed(&mut session, "intro n : nat. }"), @r#"
    error[unexpected-token]: unexpected `}`
     --> input:1:16
      |
    1 | intro n : nat. }
      |                ^ nothing can follow here
    "#);
    insta::assert_snapshot!(failed(&mut session, "goal (= z z) { show (= z z) by eq_refl. }"), @r#"
    error[goal-mismatch]: this is not the goal
     --> input:1:6
      |
    1 | goal (= z z) { show (= z z) by eq_refl. }
      |      ^^^^^^^
      = note: expected `[('a0 : nat) -> (= (+ z 'a0) 'a0) -> (= (+ z (s 'a0)) (s 'a0))]`
      = note: found `(= z z)`
    "#);
    for wrong in ["0", "99", "focus 3", "focus x", "auto 0", "auto many", "undu", "print nowhere", "x : nat.", "next 2"]
    {
        failed(&mut session, wrong);
    }
    assert!(failed(&mut session, "undu").contains("did you mean `undo`?"));
    assert!(failed(&mut session, "goal (= z z) {").contains("unexpected-end"));
    assert!(failed(&mut session, "theorem zero_add : (= z z)").contains("zero_add is open"));
    assert!(failed(&mut session, "print nat_id").contains("did you mean `nat_ind`?"));
    // A block with an error inside leaves no half of itself.
    failed(
        &mut session,
        "goal [(n : nat) -> (= (+ z n) n) -> (= (+ z (s n)) (s n))] { intro n : nat. intro n : nat. }",
    );
}

#[test]
fn blocks_of_apply_may_be_given_later_and_in_any_order() {
    let mut session = session();
    done(&mut session, &[ZERO_ADD, "apply nat_ind."]);
    done(&mut session, &["goal [(n : nat) -> (= (+ z n) n) -> (= (+ z (s n)) (s n))] { intro n : nat. }"]);
    assert_eq!((session.open_goals(), session.focus()), (2, 1));
    let before = session.position;
    done(&mut session, &["undo"]);
    assert_eq!(session.position, before - 1);
    let text = done(
        &mut session,
        &["goal (= (+ z z) z) { show (= (+ z z) z) by +_z. }\n\
           goal [(n : nat) -> (= (+ z n) n) -> (= (+ z (s n)) (s n))] {\n\
             intro n : nat.\n intro ih : (= (+ z n) n).\n\
             show (= (+ z (s n)) (s (+ z n))) by +_s.\n show (= (+ z (s n)) (s n)) by rewrite.\n}"],
    );
    assert_eq!(text, "zero_add is proved");
    done(&mut session, &["undo"]);
    assert_eq!(session.open_goals(), 2);
}

#[test]
fn open_facts_are_used_before_they_are_proved() {
    let mut session = session();
    done(&mut session, &["goal (= (s (+ z z)) (s z))", "have (= (+ z z) z) { }"]);
    // The goal of the `have` is in focus; the theorem's own goal comes after it.
    assert_eq!((session.open_goals(), session.focus()), (2, 0));
    done(&mut session, &["focus 2"]);
    let text =
        done(&mut session, &["show (= (s (+ z z)) (s (+ z z))) by eq_refl. show (= (s (+ z z)) (s z)) by rewrite."]);
    assert_eq!(session.open_goals(), 1, "{text}");
    assert!(session.body().contains("have (= (+ z z) z) {"), "{}", session.body());
    assert_eq!(codes(&session), ["incomplete-proof"]);
    assert_eq!(done(&mut session, &["1"]), "goal_1 is proved");
}

#[test]
fn facts_without_a_name_can_be_searched_with() {
    let mut session = session();
    done(&mut session, &["goal [(b : nat) -> (= (+ z b) b)]", "intro b : nat."]);
    // An arrow that no script can name, and a name that search would like to give.
    done(&mut session, &["have [(a : nat) -> (= (+ z a) a)] { apply nat_ind. }", "auto", "auto"]);
    done(&mut session, &["construct x1 : nat = (s b) by s.", "actions"]);
    done(&mut session, &["show (= (+ z b) b) by +_z."].map(|_| "have (= (+ z b) b) { }"));
    done(&mut session, &["undo"]);
    assert_eq!(session.open_goals(), 1);
}

#[test]
fn every_action_of_every_theory_can_be_taken() {
    let mut taken = 0;
    for (theory, goal) in [
        ("nat-add", "[(a : nat) -> (b : nat) -> (= (+ (s a) b) (s (+ a b)))]"),
        ("nat-add", "[(a : nat) -> (b : nat) -> (= a b) -> (= (+ a z) (+ b z))]"),
        ("propositional-logic", "[('A : prop) -> ('B : prop) -> (or 'A 'B) -> (or 'B 'A)]"),
        ("propositional-logic", "[('A : prop) -> ('B : prop) -> (and 'A [ 'A -> 'B ]) -> (and 'B 'A)]"),
        ("natural-numbers", "[(p : prop) -> p -> (not (not p))]"),
        ("groups", "[('a : G) -> (= (op 'a id) 'a)]"),
    ] {
        let mut session = session_in(theory);
        done(&mut session, &[&format!("goal {goal}")]);
        // A walk of some steps; at each place every action is tried and taken back.
        for step in 0..6 {
            if !session.is_open() {
                break;
            }
            let count = session.offer().unwrap().actions.len();
            for number in 1..=count.min(20) {
                done(&mut session, &[&number.to_string()]);
                taken += 1;
                if session.is_open() {
                    assert_eq!(codes(&session), ["incomplete-proof"], "{}", session.body());
                }
                done(&mut session, &["undo"]);
            }
            if count > 0 {
                done(&mut session, &[&(1 + (7 * step) % count).to_string()]);
            }
        }
    }
    assert!(taken > 60, "{taken}");
}

#[test]
fn search_completes_a_proof_and_hint_shows_its_first_step() {
    let mut session = session();
    failed(&mut session, "auto");
    failed(&mut session, "hint");
    done(&mut session, &[ZERO_ADD]);
    let before = session.body();
    insta::assert_snapshot!(done(&mut session, &["hint"]), @r#"
    a proof of 7 steps begins with
      2  apply nat_ind.
    as text:
      apply nat_ind.
      goal (= (+ z z) z) {
      }
      goal [('a0 : nat) -> (= (+ z 'a0) 'a0) -> (= (+ z (s 'a0)) (s 'a0))] {
      }
    "#);
    assert_eq!(session.body(), before);
    let text = done(&mut session, &["2", "auto", "auto"]);
    assert!(text.ends_with("zero_add is proved"), "{text}");
    assert_eq!(codes(&session), Vec::<&str>::new());
    done(&mut session, &["goal (= z (s z))"]);
    assert!(failed(&mut session, "auto 50").contains("no proof found"));
}

#[test]
fn an_interrupted_search_changes_nothing() {
    let mut session = session_in("natural-numbers");
    let (interrupt, seen) = (session.interrupt(), Arc::new(AtomicBool::new(false)));
    let told = seen.clone();
    // Told for the first time when the search has gone on for a second: then somebody loses patience.
    session.options.progress = Some(Arc::new(move |statistics| {
        interrupt.store(statistics.is_some(), Ordering::Relaxed);
        told.store(true, Ordering::Relaxed);
    }));
    done(&mut session, &["goal [(a : nat) -> (b : nat) -> (c : nat) -> (= (* a (+ b c)) (* (+ c b) (s a)))]"]);
    let text = failed(&mut session, "auto 1_000_000_000");
    assert!(text.contains("interrupted after"), "{text}");
    assert!(seen.load(Ordering::Relaxed));
    // The next search is not interrupted by what came before.
    session.interrupt().store(true, Ordering::Relaxed);
    session.options.progress = None;
    done(&mut session, &["abandon", "goal (= (+ z z) z)", "auto"]);
}

/// A policy that likes the last action best.
struct Backwards;

impl Evaluator for Backwards {
    fn evaluate(&self, requests: &[crate::network::Request]) -> Vec<crate::network::Evaluation> {
        let priors = |request: &crate::network::Request| {
            assert!(request.state.starts_with("{ ") && request.actions.iter().all(|text| text.ends_with('.')));
            let count = request.actions.len();
            (1..=count).map(|i| 2.0 * i as f32 / (count * (count + 1)) as f32).collect()
        };
        requests.iter().map(|request| crate::network::Evaluation { priors: priors(request), value: 0.5 }).collect()
    }
}

#[test]
fn a_policy_ranks_the_actions() {
    let mut session = session();
    session.options.policy = Some(Arc::new(Backwards));
    insta::assert_snapshot!(done(&mut session, &[ZERO_ADD]), @r#"
    the goal:
      [('a0 : nat) -> (= (+ z 'a0) 'a0)]

      1    67%  apply nat_ind.
      2    33%  intro.
    "#);
    done(&mut session, &["1"]);
    assert!(session.body().contains("apply nat_ind."), "{}", session.body());
    assert!(done(&mut session, &["hint"]).contains("begins with"));
}

#[test]
fn what_is_saved_is_accepted_and_loaded_without_loss() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let mut session = session();
    done(&mut session, &["double : [nat -> nat] = (lambda (n : nat) (+ n n)).", ZERO_ADD, "auto"]);
    let saved = path("proofs.peano");
    assert!(session.is_unsaved());
    assert!(done(&mut session, &[&format!("save {saved}")]).starts_with("saved to"));
    assert!(!session.is_unsaved());
    let check = |path: &str| {
        let source = crate::theory::import::read_file(Path::new(path)).unwrap();
        let report = Theory::load(source, &Files).1;
        report.errors().map(|(_, error)| error.code).collect::<Vec<_>>()
    };
    assert_eq!(check(&saved), Vec::<&str>::new());
    assert!(failed(&mut session, &format!("save {saved}")).contains("save!"));
    // In the middle of a proof: an incomplete one for the checker, and for `load` a proof to go on with.
    done(
        &mut session,
        &["goal [(a : nat) -> (= (double a) (+ a a))]", "intro n : nat.", "/* here */ have (= z z) { }"],
    );
    done(&mut session, &[&format!("save! {saved}")]);
    assert_eq!(check(&saved), ["incomplete-proof"]);
    let mut other = self::session();
    let text = done(&mut other, &[&format!("load {}", path("proofs"))]);
    assert!(text.contains("double is declared") && text.contains("goal 1 of 2"), "{text}");
    assert_eq!(other.body(), session.body());
    assert!(!other.is_unsaved());
    assert!(other.body().contains("/* here */"));
    let theorem = done(&mut other, &["script"]);
    assert_eq!(done(&mut session, &["script"]), theorem);
    // An empty session needs the theory that the file imports.
    let mut empty = Session::new(Options::default()).unwrap();
    done(&mut empty, &[&format!("load {saved}")]);
    assert_eq!(empty.body(), session.body());
    assert_eq!(empty.layer().file(folder.path(), &[]), session.layer().file(folder.path(), &[]));
    done(&mut other, &["1", "show (= (double n) (+ n n)) by eq_refl."]);
    assert_eq!(codes(&other), Vec::<&str>::new());
    done(&mut other, &[&format!("save {}", path("again.p"))]);
    assert_eq!(check(&path("again.p")), Vec::<&str>::new());
    // Imports of the session's own are found from where the file is.
    let mut third = self::session();
    done(&mut third, &[&format!("import \"{}\".", path("again.p")), &format!("save {}", path("third.p"))]);
    assert!(std::fs::read_to_string(path("third.p")).unwrap().contains("import \"again.p\"."));
    assert_eq!(check(&path("third.p")), Vec::<&str>::new());
}

#[test]
fn what_cannot_be_saved_or_loaded_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let mut session = session();
    done(&mut session, &["one : nat = (s z)."]);
    // The file would import itself instead of the theory.
    assert!(failed(&mut session, &format!("save {}", path("nowhere/a.p"))).contains("cannot write"));
    std::fs::write(path("nat-add.p"), "nat : type.").unwrap();
    assert!(failed(&mut session, &format!("save {}", path("a.p"))).contains("would mean"));
    failed(&mut session, &format!("load {}", path("missing.p")));
    std::fs::write(path("wrong.p"), "two : nat = (s one).\nthree : nat = (s tow).").unwrap();
    let text = failed(&mut session, &format!("load {}", path("wrong.p")));
    assert!(text.contains("unknown-name") && text.contains("wrong.p:2:"), "{text}");
    std::fs::write(path("open.p"), "theorem a : (= z z) { }\ntheorem b : (= (+ z z) z) { apply a. }").unwrap();
    failed(&mut session, &format!("load {}", path("open.p")));
    failed(&mut session, "load");
    failed(&mut session, "import \"nowhere\".");
    std::fs::write(path("b.p"), "theorem b : (= (+ z z) z) { }").unwrap();
    done(&mut session, &[ZERO_ADD]);
    assert!(failed(&mut session, &format!("load {}", path("b.p"))).contains("zero_add is open"));
    // A file without an open end may be loaded while a proof is under way.
    std::fs::write(path("c.p"), "two : nat = (s one).").unwrap();
    done(&mut session, &[&format!("load {}", path("c.p")), "check two", "abandon", &format!("load {}", path("b.p"))]);
    assert_eq!(session.open_name(), Some("b"));
}

#[test]
fn lemmas_may_be_proved_in_between() {
    let mut session = session();
    let goal = "goal [(a : nat) -> (= (+ (+ (s z) z) a) (+ (s z) a))]";
    done(&mut session, &[goal, "intro a : nat.", "have (= (+ (s z) z) (s z)) { }"]);
    let text = done(&mut session, &["theorem one : (= (+ (s z) z) (s z)) { show (= (+ (s z) z) (s z)) by +_z. }"]);
    // It is the goal of the `have`.
    assert_eq!((session.open_name(), session.open_goals()), (Some("goal_1"), 1), "{text}");
    done(
        &mut session,
        &["show (= (+ (s z) a) (+ (s z) a)) by eq_refl. show (= (+ (+ (s z) z) a) (+ (s z) a)) by rewrite."],
    );
    assert!(!session.is_open());
    assert_eq!(codes(&session), Vec::<&str>::new());
    // A lemma may be the goal itself.
    done(&mut session, &["goal two : [(a : nat) -> (= (s a) (s a))]", "intro a : nat."]);
    let text =
        done(&mut session, &["theorem three : [(a : nat) -> (= a a)] { intro a : nat. show (= a a) by eq_refl. }"]);
    assert!(session.is_open(), "{text}");
    done(&mut session, &["undo 3", "goal two : (= (+ z z) z)"]);
    let text = done(&mut session, &["theorem three : (= (+ z z) z) { show (= (+ z z) z) by +_z. }"]);
    assert_eq!(text, "three is proved\ntwo is proved");
    assert_eq!(codes(&session), Vec::<&str>::new());
}

#[test]
fn terms_mean_what_they_mean_at_the_goal() {
    let mut session = session();
    failed(&mut session, "check n");
    done(&mut session, &["goal [(a : nat) -> (= (+ z a) a)]", "intro n : nat."]);
    assert_eq!(done(&mut session, &["check (+ n)"]), "(+ n) : [nat -> nat]");
    assert_eq!(done(&mut session, &["print n"]), "n : nat");
    assert_eq!(done(&mut session, &["eval (+ (s z) (s n))"]), "(s (+ (s z) n))");
    assert_eq!(done(&mut session, &["#check n. #eval (+ n z)."]), "n : nat\nn");
    assert!(!session.body().contains('#'));
    insta::assert_snapshot!(failed(&mut session, "check (s (= n n))"), @r#"
    error[type-mismatch]: this argument has another type than the function takes
     --> input:1:10
      |
    1 | check (s (= n n))
      |          ^^^^^^^ this has type `prop`
      = note: expected `nat`
      = note: found `prop`
    "#);
    assert_eq!(done(&mut session, &["list nat -> nat"]), "s : [nat -> nat]\n+ : [nat -> nat -> nat]");
}

#[test]
fn infix_notation_is_for_reading_and_never_for_the_script() {
    let options = Options { theory: Some("nat-add".into()), pretty: true, ..Options::default() };
    let mut session = Session::new(options).unwrap();
    let text = done(&mut session, &[ZERO_ADD, "2"]);
    assert!(text.contains("z + z = z"), "{text}");
    assert!(session.body().contains("goal (= (+ z z) z) {"), "{}", session.body());
    let text = done(&mut session, &["1", "1", "1"]);
    assert!(text.contains("rewrite (z + s x0)") || text.contains("z + s x0"), "{text}");
    done(&mut session, &["1", "auto"]);
    assert_eq!(codes(&session), Vec::<&str>::new());
}

#[test]
fn data_and_functions_are_declared_like_anything_else() {
    let mut session = Session::new(Options::default()).unwrap();
    done(&mut session, &["= : [('t : type) -> 't -> 't -> prop]."]);
    let text = done(&mut session, &["data bit { off : bit. on : bit. }"]);
    assert!(text.contains("bit is declared"), "{text}");
    let text = done(&mut session, &["fun flip : [bit -> bit] { (flip off) = on. (flip on) = off. }"]);
    assert!(text.contains("flip is declared"), "{text}");
    assert_eq!(done(&mut session, &["eval (flip (flip on))"]), "on");
    done(&mut session, &["goal [(b : bit) -> (= (flip (flip b)) b)]", "apply bit_ind.", "auto", "auto"]);
    assert_eq!(codes(&session), Vec::<&str>::new());
}

#[test]
fn leaving_with_unsaved_work_is_held_up_once() {
    let mut session = session();
    assert_eq!(session.execute("quit").outcome, Outcome::Quit);
    done(&mut session, &["one : nat = (s z)."]);
    assert!(session.execute("quit").text.contains("not everything is saved"));
    done(&mut session, &["help"]);
    assert_eq!(session.execute("exit").outcome, Outcome::Done);
    assert_eq!(session.execute("exit").outcome, Outcome::Quit);
    let mut session = self::session();
    session.options.interactive = false;
    done(&mut session, &["one : nat = (s z)."]);
    assert_eq!(session.execute("quit").outcome, Outcome::Quit);
}

#[test]
fn help_speaks_of_every_command() {
    let mut session = session();
    for word in words() {
        assert!(done(&mut session, &[&format!("help {word}")]).contains(": "), "{word}");
    }
    failed(&mut session, "help nonsense");
}

#[test]
fn hypotheses_that_are_functions_are_used_by_their_name() {
    let mut session = session_in("propositional-logic");
    done(&mut session, &["goal [('A : prop) -> ('B : prop) -> 'A -> ['A -> 'B] -> 'B]"]);
    done(&mut session, &["intro A : prop.", "intro B : prop.", "intro a : A.", "intro f : [A -> B]."]);
    let actions = done(&mut session, &["actions"]);
    assert!(actions.contains("apply f."), "{actions}");
    done(&mut session, &["1"]);
    assert!(session.body().contains("show B by f."), "{}", session.body());
    assert_eq!(codes(&session), Vec::<&str>::new());
}

#[test]
fn what_is_kept_for_undo_is_bounded() {
    let mut session = Session::new(Options::default()).unwrap();
    let count = 1_200;
    for index in 0..count {
        assert_eq!(session.execute(&format!("n{index} : prop.")).outcome, Outcome::Done);
    }
    let sizes = session.history.iter().map(|state| state.constants());
    let (states, constants) = (session.history.len(), sizes.sum::<usize>());
    assert!(states >= 100 && constants <= 200_000, "{states} states of {constants} constants");
    // As far as they are kept, one goes back and forth.
    assert_eq!(session.execute(&format!("undo {}", states - 1)).outcome, Outcome::Done);
    assert_eq!(session.execute("undo").outcome, Outcome::Failed);
    assert_eq!(session.execute("check n0").outcome, Outcome::Done);
    assert_eq!(session.execute(&format!("redo {}", states - 1)).outcome, Outcome::Done);
    assert_eq!(session.execute(&format!("check n{}", count - 1)).outcome, Outcome::Done);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_replaced_by_save() {
    use std::os::unix::fs::FileTypeExt;
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let mut session = session();
    done(&mut session, &["two : nat = (s (s z))."]);
    assert!(failed(&mut session, &format!("save! {}", path.display())).contains("is no file"));
    assert!(std::fs::metadata(&path).unwrap().file_type().is_socket());
    // Nor is a link that leads nowhere, without `!`.
    let link = place.path().join("link");
    std::os::unix::fs::symlink(place.path().join("nowhere"), &link).unwrap();
    assert!(failed(&mut session, &format!("save {}", link.display())).contains("save!"));
    assert!(link.is_symlink());
}

#[test]
fn newcomers_6_lines_of_the_list_can_be_typed() {
    let mut session = session();
    done(&mut session, &[ZERO_ADD, "apply nat_ind.", "apply +_z.", "intro.", "intro."]);
    let said = done(&mut session, &["rewrite (+ z (s x0)) (s (+ z x0)) by +_s."]);
    assert!(said.contains("(= (s (+ z x0)) (s x0))"), "{said}");
    assert!(failed(&mut session, "rewrite (+ z z) z by +_z.").contains("there is no command `rewrite`"));
}

#[test]
fn newcomers_6_auto_says_what_it_used_and_script_shows_the_last_proof() {
    let mut session = session();
    let said = done(&mut session, &[ZERO_ADD, "auto"]);
    assert!(said.contains("it uses +_z, +_s, nat_ind\n"), "{said}");
    let script = done(&mut session, &["script"]);
    assert!(script.starts_with("theorem zero_add : ") && script.contains("apply nat_ind."), "{script}");
    assert_eq!(
        failed(&mut super::tests::session(), "script"),
        "error: no goal is open: state one with `goal NAME : STATEMENT`"
    );
}

#[test]
fn newcomers_6_a_lemma_in_the_middle_of_a_proof() {
    let mut session = session();
    let comm = "goal comm : [(a : nat) -> (b : nat) -> (= (+ a b) (+ b a))]";
    done(&mut session, &[comm, "intro a.", "apply nat_ind."]);
    assert_eq!(session.open_goals(), 2);
    let said = done(&mut session, &["goal zero_add : [(a : nat) -> (= (+ z a) a)]"]);
    assert!(said.contains("(= (+ z 'a0) 'a0)") && session.open_name() == Some("zero_add"), "{said}");
    assert_eq!(codes(&session), ["incomplete-proof", "incomplete-proof"]);
    let said = done(&mut session, &["auto"]);
    assert!(said.contains("zero_add is proved\ngoal 1 of 2:\n"), "{said}");
    assert_eq!(session.open_name(), Some("comm"));
    done(&mut session, &["undo"]);
    assert_eq!(session.open_name(), Some("zero_add"));
    done(
        &mut session,
        &["redo", "show (= (+ z a) a) by zero_add. show (= (+ a z) a) by +_z. show (= a (+ z a)) by eq_symm."],
    );
    done(&mut session, &["show (= (+ a z) (+ z a)) by rewrite."]);
    // A lemma that is given up, and one whose name is taken by what is being proved.
    done(&mut session, &["theorem other : (= z z)", "abandon"]);
    assert_eq!(session.open_name(), Some("comm"));
    assert!(failed(&mut session, "goal comm : (= z z)").contains("the proof of comm is open"));
    // It is saved and loaded with all that is open.
    done(&mut session, &["goal late : (= z z)"]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("both.peano");
    done(&mut session, &[&format!("save {}", path.display())]);
    let mut loaded = Session::new(Options::default()).unwrap();
    done(&mut loaded, &[&format!("load {}", path.display())]);
    assert_eq!((loaded.open_name(), loaded.proofs().len()), (Some("late"), 2));
    let said = done(&mut loaded, &["show (= z z) by eq_refl."]);
    assert!(said.starts_with("late is proved\n") && loaded.open_name() == Some("comm"), "{said}");
}

#[test]
fn newcomers_6_a_lemma_that_is_wrong_is_told_and_swallows_no_line() {
    let mut session = session();
    done(&mut session, &[ZERO_ADD]);
    assert!(session.is_whole("goal b : (= z nothing)"));
    assert!(failed(&mut session, "goal b : (= z nothing)").contains("nothing is called `nothing`"));
    assert!(session.is_whole("goal b : z )"));
}

#[test]
fn newcomers_6_find_searches_facts() {
    let mut session = session();
    let all = done(&mut session, &["find (+ _ z)"]);
    assert!(all.starts_with("+_z : ") && !all.contains("+_s"), "{all}");
    done(&mut session, &["goal x : [(n : nat) -> (= (+ z n) z) -> (= n z)]", "intro n.", "intro h."]);
    assert_eq!(done(&mut session, &["find (= (+ z n) _)"]), "h : (= (+ z n) z)");
    assert_eq!(
        done(&mut session, &["find (= 'a 'a)"]).lines().next(),
        Some("eq_refl : [('a0 : type) -> ('a1 : 'a0) -> (= 'a1 'a1)]")
    );
    assert_eq!(done(&mut session, &["find (s (s (s _)))"]), "no fact has a term of this form");
    assert!(failed(&mut session, "find (+ _ zz)").contains("nothing is called `zz`"));
    assert!(failed(&mut session, "find (+ _").contains("the text ends too early"));
}

#[test]
fn newcomers_6_unfold_and_rw() {
    let mut session = session();
    done(&mut session, &["one : nat = (s z).", "goal x : (= (+ one z) (s z))", "rw +_z."]);
    let said = done(&mut session, &["unfold one.", "show (= (s z) (s z)) by eq_refl."]);
    assert!(said.contains("x is proved"), "{said}");
    let script = done(&mut session, &["script"]);
    assert!(script.contains("rw +_z.") && script.contains("unfold one."), "{script}");
}

#[test]
fn newcomers_6_steps_of_one_line_are_taken_one_by_one_where_apply_leaves_goals() {
    let mut session = session();
    let said = done(&mut session, &[ZERO_ADD, "apply nat_ind. apply +_z. intro n. intro ih."]);
    assert!(said.starts_with("this goal is proved\nthe goal:\n  n : nat\n") && session.open_goals() == 1, "{said}");
    // All of the line or nothing, with the place of what is wrong.
    let said = failed(&mut session, "rw +_s. rw ih. intro m.");
    assert!(said.contains("no-open-goal") && session.open_goals() == 1, "{said}");
    done(&mut session, &["undo"]);
    let said = failed(&mut session, "apply nat_ind. apply +_s.");
    assert!(said.contains("input:1:22") && session.open_goals() == 1, "{said}");
    done(&mut session, &["redo", "undo", "apply nat_ind. apply +_z. intro n. intro ih. rw +_s. rw ih."]);
    assert_eq!(session.open_name(), None);
    done(&mut session, &["undo"]);
    assert_eq!(session.open_name(), Some("zero_add"));
}

#[test]
fn newcomers_6_a_goal_that_is_proved_is_told() {
    let mut session = session();
    let said = done(&mut session, &[ZERO_ADD, "apply nat_ind."]);
    assert!(!said.contains("is proved"), "{said}");
    let said = done(&mut session, &["apply +_z."]);
    assert!(said.starts_with("this goal is proved\nthe goal:\n"), "{said}");
    assert!(!done(&mut session, &["intro n.", "have (= n n) { }"]).contains("is proved"));
}

#[test]
fn newcomers_6_auto_names_hypotheses() {
    let mut session = session();
    done(&mut session, &[ZERO_ADD, "apply nat_ind. apply +_z. intro n. intro ih."]);
    let said = done(&mut session, &["auto"]);
    assert!(said.contains("it uses ih, +_s\n"), "{said}");
    done(&mut session, &["undo", "show (= (+ z (s n)) (s (+ z n))) by +_s."]);
    let said = done(&mut session, &["auto"]);
    assert!(said.contains("it uses ih, (= (+ z (s n)) (s (+ z n))), +_s\n"), "{said}");
}

#[test]
fn newcomers_6_rw_says_where_else_it_fits() {
    let mut session = session();
    done(&mut session, &["goal x : [(a : nat) -> (b : nat) -> (= (+ a (s a)) (+ b (s b)))]", "intro a. intro b."]);
    let said = done(&mut session, &["rw +_s at 2."]);
    assert!(said.contains("(= (+ a (s a)) (s (+ b b)))"), "{said}");
    let said = failed(&mut session, "rw +_s at 3.");
    assert!(said.contains("at 1: `(+ a (s a))` becomes `(s (+ a a))`"), "{said}");
    assert!(said.contains("at 2: `(s (+ b b))` becomes `(+ b (s b))`"), "{said}");
}

#[test]
fn newcomers_1_objects_are_built_by_steps() {
    let mut session = session();
    let said = done(&mut session, &["goal f : [nat -> nat]", "intro n."]);
    assert!(said.contains("n : nat") && said.contains("no proposition"), "{said}");
    assert!(failed(&mut session, "auto").contains("no proposition"));
    let said = done(&mut session, &["construct r : nat = (s n) by s."]);
    assert!(said.contains("f is proved"), "{said}");
    assert_eq!(done(&mut session, &["eval (f z)"]), "(s z)");
}

#[test]
fn auto_tries_all_means_that_prove_does() {
    // By completion: no single step leads there within the nodes.
    let mut session = session_in("groups");
    let text =
        done(&mut session, &["goal [('a : G) -> ('b : G) -> (= (inv (op 'a 'b)) (op (inv 'b) (inv 'a)))]", "auto"]);
    assert!(text.contains("found a proof"), "{text}");
    // By saturation, in a goal whose hypotheses a script named.
    let mut session = session_in("nat-add");
    let inputs =
        ["goal [('a : nat) -> ('b : nat) -> ('c : nat) -> (= 'a 'b) -> (= 'b 'c) -> (= (s (+ 'a 'c)) (+ 'b (s 'a)))]"];
    done(&mut session, &inputs);
    let text = done(&mut session, &["intro a.", "intro b.", "intro c.", "auto"]);
    assert!(text.contains("found a proof"), "{text}");
}

#[test]
fn auto_proves_lemmas_on_the_way_and_undo_takes_them_back() {
    let mut session = session_in("nat-mul");
    let before = session.body();
    let said = done(&mut session, &["goal mul_comm : [('a : nat) -> ('b : nat) -> (= (* 'a 'b) (* 'b 'a))]", "auto"]);
    assert!(said.contains("mul_comm_lemma_1 : ") && said.ends_with("mul_comm is proved"), "{said}");
    let text = session.body();
    assert!(text.find("theorem mul_comm_lemma_1 ").unwrap() < text.find("theorem mul_comm :").unwrap(), "{text}");
    done(&mut session, &["undo", "undo"]);
    assert_eq!(session.body(), before);
    // In the middle of a proof, where other names are given to what was assumed.
    let inputs = ["goal [('a : nat) -> ('b : nat) -> ('c : nat) -> (= 'a 'b) -> (= (* 'a 'c) (* 'c 'b))]", "intro n."];
    done(&mut session, &inputs);
    let said = done(&mut session, &["intro m.", "intro k.", "intro same.", "auto"]);
    assert!(said.contains("found a proof") && said.contains("goal_1_lemma_"), "{said}");
    assert!(failed(&mut session, "auto").contains("no goal"));
}
