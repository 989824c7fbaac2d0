//! Traps that checkers of the language have fallen into: each must be refused, and its correct counterpart accepted.

use crate::toy::{accepted, codes, numbers, refused, report};
use prover_syntax::diagnostic::Severity;
use prover_theory::Theory;
use prover_theory::import::{Files, SourceText};

const NAT: &str = concat!(
    numbers!(),
    "+ : [nat -> nat -> nat].
+_z : [('n : nat) -> (= (+ 'n z) 'n)].
+_s : [('n : nat) -> ('m : nat) -> (= (+ 'n (s 'm)) (s (+ 'n 'm)))].
nat_ind : [('p : [nat -> prop]) -> ('p z) -> [('n : nat) -> ('p 'n) -> ('p (s 'n))] -> [('n : nat) -> ('p 'n)]].
"
);

const LOGIC: &str = "\
false : prop. p : prop. q : prop. hp : p. and : [prop -> prop -> prop].
and_i : [('P : prop) -> ('Q : prop) -> 'P -> 'Q -> (and 'P 'Q)].
and_el : [('P : prop) -> ('Q : prop) -> (and 'P 'Q) -> 'P].
";

#[test]
fn a_goal_block_closes_only_the_next_subgoal() {
    let theorem =
        |blocks: &str| format!("{LOGIC} theorem t : [q -> (and p q)] {{ intro h : q. apply and_i. {blocks} }}");
    accepted(&theorem(""));
    let text = "a : prop. b : prop. and : [prop -> prop -> prop]. ab : [b -> a].
        and_i : [('P : prop) -> ('Q : prop) -> 'P -> 'Q -> (and 'P 'Q)]. bb : [a -> b].
        theorem t : [a -> (and b a)] { intro h : a. apply and_i. goal b { apply bb. } }
        theorem u : (and a b) { apply and_i. goal b { apply bb. goal a {} } goal a {} }
        theorem v : (and a b) { apply and_i. goal (and a b) {} }
        theorem w : [a -> a] { goal [b -> b] { intro x : b. } }";
    refused(text, &["goal-mismatch", "goal-mismatch", "no-open-goal"]);
}

#[test]
fn variables_take_terms_of_their_type_only() {
    let text = "nat : type. list : type. z : nat. nil : list. is : [nat -> prop].
        all : [('n : nat) -> ('P : prop) -> 'P]. any : [('P : [nat -> prop]) -> ('n : nat) -> ('P 'n)].";
    accepted(
        &format!("{text} theorem t : (is z) {{ show (is z) by all. }} w : [nat -> prop]. ")
            .replace("('n : nat) -> ('P : prop) -> 'P", "('P : prop) -> 'P"),
    );
    refused(
        &format!("{text} has : [list -> prop]. theorem t : (has nil) {{ show (has nil) by any. }}"),
        &["cannot-show"],
    );
    refused(&format!("{text} has : [list -> prop]. theorem t : (has nil) {{ apply any. }}"), &["cannot-apply"]);
    // `n` is determined by nothing: any object of its type stands for it, and none of another type.
    accepted(&format!("{text} theorem t : (is z) {{ show (is z) by all. }}"));
    let text = text.replace("'n : nat) -> ('P : prop)", "'n : none) -> ('P : prop)");
    refused(&format!("none : type. {text} theorem t : (is z) {{ show (is z) by all. }}"), &["cannot-show"]);
}

#[test]
fn a_second_theorem_of_a_name_is_refused() {
    let text = format!("{LOGIC} theorem t : p {{ }} theorem t : false {{ }} theorem u : false {{ show false by t. }}");
    refused(&text, &["duplicate-name", "cannot-show"]);
    // And the other way round: the false one first does not become true by the second.
    let text = format!("{LOGIC} theorem t : false {{ }} theorem t : p {{ }} theorem u : false {{ show false by t. }}");
    refused(&text, &["incomplete-proof", "cannot-show"]);
}

#[test]
fn bound_variables_are_no_pattern_variables() {
    let text = "nat : type. z : nat. r : [nat -> nat -> prop].
        refl : [[('n : nat) -> (r 'n 'n)] -> (r z z)]. all : [('n : nat) -> ('m : nat) -> (r 'n z)].
        theorem t : (r z z) { show [('n : nat) -> (r 'n z)] by all. apply refl. }";
    refused(text, &["cannot-show"]);
    let text = "nat : type. z : nat. r : [nat -> nat -> prop]. a : [('n : nat) -> (r 'n z)].
        theorem t : [('n : nat) -> (r z 'n)] { show [('n : nat) -> (r z 'n)] by a. }";
    refused(text, &["cannot-show"]);
}

#[test]
fn alpha_equivalence_is_injective() {
    let text = "nat : type. r : [nat -> nat -> prop].
        a : [('x : nat) -> ('y : nat) -> (r 'x 'y)]. b : [('x : nat) -> ('y : nat) -> (r 'x 'x)].
        ok : [[('x : nat) -> ('y : nat) -> (r 'x 'x)] -> prop].
        theorem t : [('x : nat) -> ('y : nat) -> (r 'y 'x)] { show [('u : nat) -> ('v : nat) -> (r 'u 'v)] by a. }";
    refused(text, &["incomplete-proof"]);
    let text = "nat : type. r : [nat -> nat -> prop]. b : [('x : nat) -> ('y : nat) -> (r 'x 'x)].
        theorem t : [('x : nat) -> ('y : nat) -> (r 'x 'y)] { }
        theorem u : [('u : nat) -> ('v : nat) -> (r 'u 'u)] { }
        theorem v : [('u : nat) -> ('u : nat) -> (r 'u 'u)] { }";
    refused(text, &["incomplete-proof", "incomplete-proof"]);
}

#[test]
fn beta_does_not_capture() {
    let text = "nat : type. r : [nat -> nat -> prop]. m : nat.
        all : [('p : [nat -> nat -> prop]) -> ('x : nat) -> [('y : nat) -> ('p 'x 'y)]].
        f : [nat -> [nat -> prop] -> prop].
        d : [nat -> prop] = (lambda (x : nat) [('y : nat) -> (r 'x 'y)]).
        a : [('y : nat) -> (d 'y)].
        diagonal : [[('y : nat) -> (r 'y 'y)] -> prop].
        theorem t : [('y : nat) -> [('z : nat) -> (r 'z 'z)]] { }
        theorem u : [('y : nat) -> ('z : nat) -> (r 'y 'z)] { }";
    refused(text, &["incomplete-proof"]);
}

#[test]
fn values_have_the_declared_type() {
    refused(&format!("{NAT} x : nat = nat."), &["type-mismatch"]);
    refused(&format!("{NAT} f : [nat -> nat] = z."), &["type-mismatch"]);
    refused(&format!("{NAT} bad : (= z (s z)) = (eq_refl z)."), &["type-mismatch"]);
    accepted(&format!("{NAT} one : nat = (s z). good : (= one (s z)) = (eq_refl one)."));
}

#[test]
fn definitions_do_not_use_themselves_or_what_is_later() {
    refused(&format!("{LOGIC} x : false = x."), &["unknown-name"]);
    refused(&format!("{LOGIC} x : false = y. y : false = x."), &["unknown-name", "unknown-name"]);
    refused(&format!("{LOGIC} x : [x -> p]."), &["unknown-name"]);
    refused(&format!("{LOGIC} theorem t : q {{ show q by t. }}"), &["unknown-name"]);
    refused(&format!("{LOGIC} theorem t : q {{ show q by late. }} late : q."), &["unknown-name"]);
}

#[test]
fn statements_under_arrows_are_checked() {
    refused(&format!("{NAT} a : [('n : nat) -> (= 'n nat)]."), &["type-mismatch"]);
    refused(&format!("{NAT} a : [nat -> [('n : nat) -> (+ 'n)]]."), &["wrong-number-of-arguments"]);
    refused(&format!("{NAT} a : [nat -> z]."), &["not-a-type"]);
    refused(&format!("{NAT} a : [z -> nat]."), &["not-a-type"]);
    refused(&format!("{NAT} theorem t : [nat -> (= z undefined)] {{ intro n : nat. }}"), &["unknown-name"]);
}

#[test]
fn an_intro_of_a_wrong_type_is_refused_even_if_it_closes_the_goal() {
    refused(&format!("{LOGIC} theorem t : [q -> p] {{ intro h : p. }}"), &["type-mismatch"]);
    refused(&format!("{LOGIC} theorem t : [q -> false] {{ intro h : false. }}"), &["type-mismatch"]);
    refused(&format!("{LOGIC} theorem t : p {{ intro h : p. }}"), &["not-an-arrow"]);
    accepted(&format!("{LOGIC} pp : prop = p. theorem t : [p -> pp] {{ intro h : pp. }}"));
}

#[test]
fn lemmas_are_not_used_before_or_outside() {
    let text = format!(
        "{LOGIC} qq : [p -> q].
        theorem have_is_closed : false {{ have [false -> false] {{ intro h : false. }} show false by h. }}
        theorem fact_is_closed : [(and q p) -> false] {{
            intro x : (and q p).
            have [false -> false] {{ intro h : false. show false by h. }}
        }}
        theorem sibling : (and q q) {{
            apply and_i.
            goal q {{ show q by qq. }}
        }}"
    );
    refused(&text, &["unknown-name", "incomplete-proof", "incomplete-proof"]);
}

#[test]
fn facts_of_a_sibling_block_are_out_of_scope() {
    let text = "a : prop. b : prop. c : prop. ab : [a -> a -> b]. bc : [[a -> b] -> [a -> c] -> c].
        theorem t : c { apply bc. goal [a -> b] { intro h : a. show b by ab. } goal [a -> c] { intro x : a. show b by h. } }
        theorem u : c { apply bc. goal [a -> b] { intro h : a. show b by ab. } goal [a -> c] { intro x : a. show c by bc. } }";
    refused(text, &["unknown-name", "cannot-show"]);
}

#[test]
fn verify_blocks_leave_nothing() {
    let text = format!(
        "{LOGIC} verify v {{ let h : false. r : prop. rr : r. show r by rr. show false by h. }}
        theorem t : false {{ show false by h. }} theorem u : false {{ }} x : r.
        verify w {{ show false by hp. }} verify d {{ p : prop. }} verify e {{ have p {{ }} }}"
    );
    refused(&text, &["unknown-name", "incomplete-proof", "unknown-name", "cannot-show", "duplicate-name"]);
}

#[test]
fn an_unproved_theorem_is_not_available() {
    let text =
        format!("{LOGIC} theorem bad : false {{ }} theorem t : false {{ show false by bad. }} theorem u : p {{ }}");
    let (theory, report) = report(&text);
    assert_eq!(codes(&text), ["incomplete-proof", "unknown-name"]);
    let missing = &report.files[0].missing;
    assert_eq!((&*missing[0].name, missing[0].is_unproved), ("bad", true));
    assert_eq!(missing[0].mentioned_by, ["t"]);
    assert!(theory.environment.find("bad").is_none() && theory.environment.find("u").is_some());
}

#[test]
fn shadowing_changes_no_meaning() {
    // The local `z` is not the constant.
    refused(
        &format!("{NAT} theorem t : [('x : nat) -> (= 'x 'x)] {{ intro z : nat. show (= (+ z z) z) by +_z. }}"),
        &["cannot-show"],
    );
    accepted(&format!("{NAT} theorem t : [('x : nat) -> (= 'x 'x)] {{ intro z : nat. show (= z z) by eq_refl. }}"));
    // A binder without the quote is the binder, with the quote the global.
    accepted(&format!("{NAT} a : [(z : nat) -> (= z 'z)]. theorem t : [('y : nat) -> (= 'y 'y)] {{ }}"));
    accepted(&format!("{NAT} a : [('z : nat) -> (= z 'z)]. theorem t : (= z z) {{ show (= z z) by a. }}"));
    refused(
        &format!("{NAT} a : [(z : nat) -> (= z 'z)]. theorem t : (= z (s z)) {{ show (= z (s z)) by a. }}"),
        &["cannot-show"],
    );
    let (_, report) = report(&format!(
        "{NAT} theorem t : [('x : nat) -> ('y : nat) -> (= 'x 'x)] {{
            intro n : nat. intro n : nat. show (= n n) by eq_refl. show (= n0 n0) by eq_refl. }}"
    ));
    let warnings: Vec<_> = report.files[0].items.iter().flat_map(|item| &item.diagnostics).collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!((warnings[0].code, warnings[0].severity), ("name-taken", Severity::Warning));
}

#[test]
fn arithmetic_is_proved() {
    let (mut theory, report) = Theory::load(SourceText::text("test", "import \"addition-world\". using nat."), &Files);
    let errors: Vec<_> = report.errors().map(|(_, error)| error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    for text in [
        "[('a : nat) -> (= (+ z 'a) 'a)]",
        "[('a : nat) -> ('b : nat) -> ('c : nat) -> (= (+ (+ 'a 'b) 'c) (+ 'a (+ 'b 'c)))]",
        "[('a : nat) -> ('b : nat) -> (= (+ 'a 'b) (+ 'b 'a))]",
    ] {
        let statement = theory.statement(text).unwrap();
        let proved = theory.environment.declarations().find(|(_, declaration)| declaration.ty == statement);
        let axioms = theory.environment.axioms_of(proved.expect(text).0);
        assert!(axioms.contains(&"nat_ind"), "{axioms:?}");
    }
}

#[test]
fn built_in_theories_load() {
    for name in prover_theory::library::names(prover_theory::library::Kind::Theory) {
        if let Err(error) = Theory::from_source(name) {
            panic!("{name}: {error}");
        }
    }
}

#[test]
fn definitions_unfold_in_matching() {
    let text = format!(
        "{NAT} one : nat = (s z). p : [nat -> prop]. a : (p (s z)). b : [('n : nat) -> (p (s 'n)) -> (p 'n)].
        not : [prop -> prop] = (lambda (P : prop) [('Q : prop) -> 'P -> 'Q]).
        c : [('n : nat) -> (p 'n) -> (p (s 'n))]. e : (= one z). d : (p one).
        theorem t1 : (p one) {{ }} theorem t2 : (p one) {{ show (p one) by a. }} theorem t3 : (p z) {{ show (p z) by b. }}
        theorem t4 : (p (s one)) {{ show (p (s one)) by c. }}
        theorem t5 : [(not (p z)) -> (p z) -> (= z one)] {{ intro h : (not (p z)). intro g : (p z). show (= z one) by h. }}
        theorem t6 : [(not (p z)) -> (p z) -> (= z one)] {{ intro h : (not (p z)). intro g : (p z). apply h. }}
        theorem t7 : (not (= z one)) {{ intro Q : prop. intro h : (= z one). apply absurd. }}"
    );
    refused(&text, &["unknown-name"]);
}

#[test]
fn subgoals_may_tell_what_the_goal_does_not() {
    let text =
        "a : prop. b : prop. c : prop. or : [prop -> prop -> prop]. h : [a -> c]. g : [b -> c]. ab : [c -> (or a b)].
        or_e : [('P : prop) -> ('Q : prop) -> ('R : prop) -> (or 'P 'Q) -> ['P -> 'R] -> ['Q -> 'R] -> 'R].
        theorem t : [c -> c] { intro x : c. apply or_e. goal (or a b) { apply ab. } }
        theorem u : [c -> c] { intro x : c. apply or_e. goal [a -> c] { } goal [b -> c] { } }";
    refused(text, &["cannot-apply"]);
}

#[test]
fn rewriting_goes_both_ways_and_only_where_it_may() {
    let base = format!("{NAT} a : nat. b : nat. e : (= a b). p : [nat -> nat -> prop]. paa : (p a a). ");
    accepted(&format!("{base} theorem t : (p a b) {{ show (p a b) by rewrite. }}"));
    accepted(&format!("{base} theorem t : (p b b) {{ show (p b b) by rewrite. }}"));
    accepted(&format!("{base} theorem t : (p b a) {{ apply rewrite. goal (p a a) {{ }} }}"));
    accepted(&format!("{base} theorem t : (= b a) {{ show (= b a) by eq_symm. }}"));
    accepted(&format!(
        "{base} theorem t : [('n : nat) -> (p a 'n) -> (p b 'n)] {{
        intro n : nat. intro h : (p a n). show (p b n) by rewrite. }}"
    ));
    refused(&format!("{base} theorem t : (p z a) {{ show (p z a) by rewrite. }}"), &["cannot-show"]);
    refused(&format!("{base} theorem t : (p b a) {{ apply rewrite. goal (p z a) {{ }} }}"), &["cannot-show"]);
    // The equation speaks of the bound variable's own scope.
    refused(
        &format!(
            "{base} theorem t : [[('n : nat) -> (p 'n a)] -> (p z b)] {{
        intro h : [('n : nat) -> (p 'n a)]. show [('n : nat) -> (p 'n z)] by rewrite. }}"
        ),
        &["cannot-show"],
    );
}

#[test]
fn no_steps_without_a_goal() {
    refused(&format!("{LOGIC} verify v {{ intro x : p. }}"), &["no-open-goal"]);
    refused(&format!("{LOGIC} verify v {{ apply hp. }}"), &["no-open-goal"]);
    refused(&format!("{LOGIC} theorem t : p {{ apply hp. apply hp. }}"), &["no-open-goal"]);
    refused(&format!("{LOGIC} theorem t : q {{ halt. show q by nothing. }}"), &["incomplete-proof"]);
    refused(&format!("{LOGIC} theorem t : q {{ current goal : p. }}"), &["goal-mismatch"]);
    accepted(&format!("{LOGIC} theorem t : p {{ current goal : p. apply hp. halt. }}"));
    refused(&format!("{LOGIC} theorem t : p {{ construct x : p = hp by and_i. }}"), &["not-an-application"]);
    accepted(&format!("{LOGIC} theorem t : (and p p) {{ construct x : (and p p) = (and_i p p hp hp) by and_i. }}"));
}
