//! The stumbling blocks of newcomers, one kind a test: accepted texts, and the errors of the others. The numbers are
//! those of docs/testing.md.

use crate::toy::{ADD, EQUALITY, NAT, accepted, errors, loaded, refused, report};
use prover_syntax::diagnostic::Diagnostic;
use prover_theory::import::{Files, SourceText};
use prover_theory::{Theory, load::LoadReport};

/// Equality, numbers as data, and addition.
fn numbers() -> String {
    [EQUALITY, NAT, ADD].concat()
}

#[track_caller]
fn proved(text: &str) {
    accepted(&format!("{}{text}", numbers()));
}

/// The only error of a text over numbers.
#[track_caller]
fn error(text: &str) -> Diagnostic {
    let mut errors = errors(&report(&format!("{}{text}", numbers())).1);
    assert_eq!(errors.len(), 1, "{errors:#?}");
    errors.remove(0)
}

/// The notes, hint, message and label of an error, as one text.
fn said(error: &Diagnostic) -> String {
    let hint = error.hint.iter();
    error
        .notes
        .iter()
        .chain(hint)
        .chain([&error.message, &error.label])
        .fold(String::new(), |all, one| all + one + "\n")
}

#[test]
fn newcomers_1_theorems_of_any_sort() {
    let (mut theory, _) = report(&format!(
        "{}
        lemma twice : [nat -> nat] {{ intro n : nat. construct r : nat = (+ n n) by +. }}
        lemma modus_ponens : [('P : type) -> ('Q : type) -> 'P -> ['P -> 'Q] -> 'Q] {{
            intro P : type. intro Q : type. intro p : P. intro f : [P -> Q]. apply f.
        }}
        lemma compose : [('P : type) -> ('Q : type) -> ('R : type) -> ['P -> 'Q] -> ['Q -> 'R] -> 'P -> 'R] {{
            intro P : type. intro Q : type. intro R : type. intro f : ['P -> 'Q]. intro g : [Q -> R]. intro p : P.
            apply g. goal Q {{ apply f. }}
        }}
        theorem unfolds : (= (twice (s z)) (s (s z))) {{
            unfold twice. rw +_s. rw +_z.
        }}
        theorem used : (= (modus_ponens nat nat z s) (s z)) {{ show (= (s z) (s z)) by eq_refl. }}",
        numbers().replace("'P -> 'Q]. intro g", "P -> Q]. intro g")
    ));
    let _ = theory.statement("(= (twice z) z)").unwrap();
    let unknown = error("lemma f : [nat -> nat] { intro n : nat. show nat by nothing. }");
    assert_eq!(unknown.code, "unknown-name");
    refused(&format!("{EQUALITY} e : type. lemma f : e {{ }}"), &["incomplete-proof"]);
    refused(
        &format!("{EQUALITY} e : type. u : type. x : u. lemma f : e {{ construct y : u = x by x. }}"),
        &["incomplete-proof"],
    );
}

#[test]
fn newcomers_1_attributes_as_the_reference_writes_them() {
    proved(
        "#forward succ_inj ((= (s 'a) (s 'b)) : 't).
        succ_inj : [('a : nat) -> ('b : nat) -> (= (s 'a) (s 'b)) -> (= 'a 'b)].",
    );
    proved("succ : [(x : nat) -> nat]. #forward succ ('x : nat).");
}

#[test]
fn newcomers_1_verify_blocks_assume() {
    proved("verify v { assume (= z (s z)). show (= z (s z)) by rewrite. }");
    let (_, report) = report("p : prop. verify v { assume p. } theorem t : p { }");
    assert_eq!(errors(&report)[0].code, "incomplete-proof");
    refused("p : prop. theorem t : p { assume p. }", &["declaration-in-proof"]);
}

#[test]
fn newcomers_2_by_a_function_with_arguments() {
    let p = "p : [nat -> nat -> prop]. tr : [(a : nat) -> (b : nat) -> (c : nat) -> (p a b) -> (p b c) -> (p a c)].";
    let script = "intro a. intro b. intro c. intro h. intro k.";
    let statement = "[(a : nat) -> (b : nat) -> (c : nat) -> (p a b) -> (p b c) -> (p a c)]";
    proved(&format!("{p} theorem t : {statement} {{ {script} show (p a c) by (tr a b c h k). }}"));
    proved(&format!("{p} theorem t : {statement} {{ {script} show (p a c) by (tr a b). }}"));
    proved(&format!("{p} theorem t : {statement} {{ {script} apply (tr a b c). }}"));
    let wrong = error(&format!("{p} theorem t : {statement} {{ {script} show (p a c) by (tr a s). }}"));
    assert_eq!(wrong.code, "type-mismatch");
}

#[test]
fn newcomers_2_rewriting_needs_no_reflexive_fact() {
    proved(
        "theorem v7 : [(x : nat) -> (y : nat) -> (= x y) -> (= (s x) (s y))] {
            intro x. intro y. intro h. show (= (s x) (s y)) by rewrite.
        }
        theorem cong : [(f : [nat -> nat]) -> (a : nat) -> (b : nat) -> (= a b) -> (= (f b) (f a))] {
            intro f. intro a. intro b. intro h. show (= (f b) (f a)) by rewrite.
        }
        theorem known : [(a : nat) -> (b : nat) -> (= a b) -> (= a b)] {
            intro a. intro b. intro h. show (= a b) by rewrite.
        }",
    );
    let wrong = error(
        "theorem t : [(x : nat) -> (y : nat) -> (= (s x) (s y))] { intro x. intro y. show (= (s x) (s y)) by rewrite. }",
    );
    assert_eq!(wrong.code, "cannot-show");
}

#[test]
fn newcomers_2_goal_blocks_that_are_not_needed() {
    let p = "p : [nat -> prop]. ";
    // The premise is a fact already.
    proved(&format!(
        "{p} theorem t : [(p z) -> [(k : nat) -> (p k) -> (p (s k))] -> (n : nat) -> (p n)] {{
            intro a. intro b. apply nat_ind. goal (p z) {{ }} goal [(k : nat) -> (p k) -> (p (s k))] {{ }} }}"
    ));
    proved(&format!(
        "{p} theorem t : [(p z) -> [(k : nat) -> (p k) -> (p (s k))] -> (n : nat) -> (p n)] {{
            intro a. intro b. apply nat_ind. goal [(k : nat) -> (p k) -> (p (s k))] {{ }} }}"
    ));
    // The block states the goal itself.
    proved("theorem t : [(n : nat) -> (= n n)] { intro n. goal (= n n) { show (= n n) by eq_refl. } }");
    let wrong = error("theorem t : [(n : nat) -> (= n n)] { intro n. goal (= n z) { } }");
    assert_eq!(wrong.code, "no-open-goal");
    // A goal that no fact says is not closed by a block about another one.
    let wrong = error(&format!("{p} theorem t : [(p z) -> (p (s z))] {{ intro h. goal (p z) {{ }} }}"));
    assert_eq!(wrong.code, "incomplete-proof");
}

#[test]
fn newcomers_2_parameters_that_nothing_determines() {
    proved(
        "p : prop. f : [(n : nat) -> p]. g : [(n : nat) -> (= n n) -> p].
        theorem t : p { show p by f. }
        theorem u : [(m : nat) -> p] { intro m. show p by f. }
        theorem v : p { apply f. }",
    );
    // There is no object of the type.
    let wrong = error("p : prop. e : type. f : [(n : e) -> p]. theorem t : p { show p by f. }");
    assert_eq!(wrong.code, "cannot-show");
    proved("p : prop. e : type. f : [(n : e) -> p]. theorem t : [e -> p] { intro. show p by f. }");
}

#[test]
fn newcomers_2_intro_without_a_type() {
    proved(
        "theorem v1 : [nat -> (= z z)] { intro _. show (= z z) by eq_refl. }
        theorem v2 : [nat -> nat -> (= z z)] { intro _ : nat. intro _ : nat. show (= z z) by eq_refl. }
        theorem v3 : [(n : nat) -> (= n z) -> (= z n)] { intro. intro. show (= z x) by eq_symm. }",
    );
    let (_, report) = report("nat : type. p : prop. theorem t : [nat -> nat -> p -> p] { intro _. intro _. intro h. }");
    assert!(report.is_fine() && report.files[0].items.iter().all(|item| item.diagnostics.is_empty()));
}

#[test]
fn newcomers_2_unfold_and_rw() {
    proved(
        "one : nat = (s z). two : nat = (s one).
        theorem t : (= two (s (s z))) { unfold two. unfold one. show (= (s (s z)) (s (s z))) by eq_refl. }
        theorem zero_add : [(n : nat) -> (= (+ z n) n)] {
            apply nat_ind.
            goal (= (+ z z) z) { rw +_z. }
            goal [(n : nat) -> (= (+ z n) n) -> (= (+ z (s n)) (s n))] { intro n. intro ih. rw +_s. rw ih. }
        }
        theorem back : [(n : nat) -> (= (s (+ n z)) (+ n (s z)))] { intro n. rw (+_s n z). }
        theorem backwards : [(a : nat) -> (b : nat) -> (= (+ a a) b) -> (= b (+ a a))] { intro a. intro b. intro h. rw h. }
        lt : [nat -> prop]. even : [(n : nat) -> (lt n) -> (= (+ n n) z)].
        theorem conditional : [(n : nat) -> (lt n) -> (= (s (+ n n)) (s z))] { intro n. intro h. rw even. }",
    );
    for (text, code) in [
        ("theorem t : (= z z) { unfold z. }", "cannot-unfold"),
        ("one : nat = (s z). theorem t : (= z z) { unfold one. }", "cannot-unfold"),
        ("theorem t : (= z z) { unfold nothing. }", "unknown-name"),
        ("theorem t : (= (s z) z) { rw +_z. }", "cannot-rewrite"),
        ("theorem t : (= (s z) z) { rw nat_ind. }", "cannot-rewrite"),
        (
            "lt : [nat -> prop]. even : [(n : nat) -> (lt n) -> (= (+ n n) z)].
          theorem t : (= (+ z z) z) { rw even. }",
            "cannot-rewrite",
        ),
        ("theorem t : (= (s z) z) { rw eq_refl. }", "cannot-rewrite"),
        ("theorem t : [nat -> (= z z)] { apply nat_ind. rw +_z. }", "no-open-goal"),
    ] {
        assert_eq!(error(text).code, code, "{text}");
    }
    // Which of the terms that fit, from left to right first.
    proved(
        "theorem first : [(a : nat) -> (b : nat) -> (= (+ a z) b) -> (= (+ a z) (+ b z))] {
            intro a. intro b. intro h. rw +_z at 2. rw h. }
        theorem reversed : [(a : nat) -> (= (s (+ a z)) (+ a (s z)))] { intro a. rw +_s at 2. }",
    );
    let text = "theorem t : [(a : nat) -> (= (+ a z) (s a))] { intro a. rw +_z at ";
    let wrong = error(&format!("{text}9. }}"));
    assert_eq!((wrong.code, &*wrong.message), ("cannot-rewrite", "`+_z` fits 1 term of the goal"));
    assert!(said(&wrong).contains("at 1: `(+ a z)` becomes `a`"), "{}", said(&wrong));
    for place in ["0", "z", "-1", "1001", "99999999999999999999999"] {
        let wrong = error(&format!("{text}{place}. }}"));
        assert!(wrong.message.contains("no number"), "{}", wrong.message);
    }
    assert_eq!(error("theorem t : (= (s z) z) { rw +_z at 2. }").message, "`+_z` rewrites nothing in the goal");
    // The words are names elsewhere.
    proved("at : nat. theorem t : [(= at z) -> (= z at)] { intro at. rw at at 1. }");
    proved("rw : nat. unfold : nat = rw. theorem t : (= unfold rw) { show (= rw rw) by eq_refl. }");
}

#[test]
fn newcomers_2_the_newer_of_two_locals_is_named() {
    let wrong = error(
        "theorem t : [(n : nat) -> (= (+ z n) n)] {
            intro n : nat. apply nat_ind.
            goal (= (+ z z) z) { show (= (+ z z) z) by +_z. }
            goal [(n : nat) -> (= (+ z n) n) -> (= (+ z (s n)) (s n))] {
                intro n : nat. intro ih : (= (+ z n) n).
            }
        }",
    );
    assert_eq!(wrong.code, "type-mismatch");
    assert!(said(&wrong).contains("`n` is the older of two locals; the newer one is `n0`"), "{wrong:#?}");
}

/// The errors of a file that newcomers could have written.
fn shown(text: &str) -> String {
    let source = SourceText::text("file.p", text);
    let (_, report): (Theory, LoadReport) = Theory::load(source, &Files);
    let mut text = String::new();
    for (file, error) in report.errors() {
        let lines = prover_syntax::source::LineIndex::new(&file.source.text);
        text.push_str(&prover_syntax::render::human("file.p", &lines, error, prover_syntax::render::Style::Plain));
        text.push('\n');
    }
    text
}

#[test]
fn newcomers_4_induction_after_intro_says_which_subgoals_it_leaves() {
    insta::assert_snapshot!(shown(
        "import \"nat-data\".
theorem none : [(n : nat) -> (= (+ z n) n)] { intro n : nat. apply nat_ind. }
theorem one_missing : [(n : nat) -> (= (+ z n) n)] {
  intro n : nat. apply nat_ind.
  goal (= (+ z z) z) { show (= (+ z z) z) by +_z. }
}
theorem base_mistyped : [(n : nat) -> (= (+ z n) n)] {
  intro n : nat. apply nat_ind.
  goal (= (+ z (s z)) z) { show (= (+ z z) z) by +_z. }
}
theorem step_mistyped : [(n : nat) -> (= (+ z n) n)] {
  intro n : nat. apply nat_ind.
  goal (= (+ z z) z) { show (= (+ z z) z) by +_z. }
  goal [(k : nat) -> (= (+ z k) k) -> (= (+ z (s k)) (s z))] { }
}
theorem any : [(P : [nat -> prop]) -> (P z) -> (n : nat) -> (P n)] {
  intro P. intro h. intro n. apply nat_ind. goal (P z) { }
}
theorem does_not_fit : [(P : prop) -> (Q : prop) -> P -> Q] { intro P. intro Q. intro p. apply nat_ind. }
"
    ));
}

#[test]
fn newcomers_4_all_open_goals_are_listed() {
    let wrong = error(
        "theorem t : [(n : nat) -> (= (+ z n) n)] {
            apply nat_ind.
            goal (= (+ z z) z) { have (= z (s z)) { } }
            goal [(k : nat) -> (= (+ z k) k) -> (= (+ z (s k)) (s k))] { intro k. }
        }",
    );
    let said = said(&wrong);
    for goal in
        ["`(= z (s z))`", "`(= (+ z z) z)` is open too", "`[(= (+ z k) k) -> (= (+ z (s k)) (s k))]` is open too"]
    {
        assert!(said.contains(goal), "{goal}: {said}");
    }
}

#[test]
fn newcomers_5_what_fits_is_named() {
    let h = "intro a. intro b. intro h : (= a b).";
    for (text, hint) in [
        ("theorem m1 : (= z z) { show (= z z) by refl. }".to_owned(), "write `by eq_refl`"),
        (
            format!("theorem m16 : [(a : nat) -> (b : nat) -> (= a b) -> (= b a)] {{ {h} show (= b a) by h. }}"),
            "write `by eq_symm`, which shows it from `(= a b)`",
        ),
        (
            "theorem t : [(n : nat) -> (= n (+ n z))] { intro n. show (= n (+ n z)) by +_z. }".to_owned(),
            "`show (= (+ n z) n) by +_z.` first",
        ),
        ("x : (z = z).".to_owned(), "`(= z z)`"),
        (
            "data list ('t : type) { nil : (list 't). } fun len : [(list 't) -> nat] { (len nil) = z. }".to_owned(),
            "`[('t : type) -> ...]`",
        ),
        ("data vec ('n : nat) { vn : (vec z). }".to_owned(), "a predicate"),
        ("data even : [nat -> prop] { e0 : (even z). }".to_owned(), "a constant with axioms"),
        (
            "data list ('t : type) { nil : (list 't). cons : ['t -> (list 't) -> (list 't)]. }
          data rose ('t : type) { rn : ['t -> (list (rose 't)) -> (rose 't)]. }"
                .to_owned(),
            "[nat -> (rose 't)]",
        ),
        (
            "data sig ('t : type, 'p : ['t -> type]) { ex : [('x : 't) -> ('p 'x) -> (sig 't 'p)]. }".to_owned(),
            "bind it",
        ),
        ("data stack { bottom : (stack 't). }".to_owned(), "write `data stack ('t : type) { ... }`"),
        ("data or_ (a : prop, b : prop) { inl : [a -> (or_ a b)]. }".to_owned(), "axioms"),
    ] {
        let errors = errors(&report(&format!("{}{text}", numbers())).1);
        let all: String = errors.iter().map(said).collect();
        assert!(!errors.is_empty() && all.contains(hint), "{text}: {all}");
    }
}

#[test]
fn newcomers_files_that_were_refused() {
    // What the reference accepts and this program refused.
    let shadowing = "import \"nat-data\".
        theorem ne2 : [(a : nat) -> (= (s a) z) -> [('p : prop) -> 'p]] {
            intro a : nat. intro h : (= (s a) z). show (= z (s a)) by eq_symm. intro p : prop. show p by z_ne_s. }
        P : [nat -> nat -> prop]. tr : [(a : nat) -> (b : nat) -> (c : nat) -> (P a b) -> (P b c) -> (P a c)].
        mid1 : [(a : nat) -> (P a (s a))].
        theorem u6 : [(a : nat) -> (P a (s (s a)))] {
            intro a. show (P a (s (s a))) by (tr a (s a) (s (s a)) (mid1 a) (mid1 (s a))). }";
    loaded(SourceText::text("file", shadowing));
}
