//! The parser as a user meets it: every form of the grammar, deep and broken input, recovery, reports.

use crate::place::root;
use prover_syntax::print::{print_term, print_tree};
use prover_syntax::render::{Style, human};
use prover_syntax::source::LineIndex;
use prover_syntax::tree::*;
use prover_syntax::{parse, parse_steps, parse_term};

/// The text that a right file is printed as.
fn printed(source: &str) -> String {
    let (tree, errors) = parse(source);
    assert!(errors.is_empty(), "{errors:?}");
    print_tree(&tree)
}

/// The reports about a wrong file.
fn report(source: &str) -> String {
    let lines = LineIndex::new(source);
    let (_, errors) = parse(source);
    let reports: Vec<String> = errors.iter().map(|error| human("file.p", &lines, error, Style::Plain)).collect();
    reports.join("\n")
}

/// The codes of the errors of a file, and the names that it declares all the same.
fn outcome(source: &str) -> (Vec<&'static str>, Vec<String>) {
    let (tree, errors) = parse(source);
    let names = tree.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Declare { decl, .. } | ItemKind::Theorem { decl, .. } | ItemKind::Function { decl, .. } => {
            Some(decl.name)
        }
        ItemKind::Verify { name, .. } | ItemKind::Data { name, .. } => Some(*name),
        _ => None,
    });
    (errors.iter().map(|error| error.code).collect(), names.map(|name| tree.name(name.symbol).to_owned()).collect())
}

#[test]
fn every_form_of_the_grammar_parses_and_prints() {
    let source = r#"
        import "a/b.p". using a, b.   /* comment */
        assume [nat -> nat].
        let a : nat. axiom b : nat = (s z). c : nat = (lambda (x : nat, 'y : [nat->nat]) ('y x)).
        = : [('t : type) -> 't->'t -> prop].
        verify v { foo : nat. let bar : nat = z. show (= foo foo) by eq_refl. using a. halt. }
        example e {} test t { have a { axiom b : nat. } }
        theorem t : [(n/* the name */: nat) -> (= n n)] {
            intro n : nat. apply nat_ind. current goal : (= n n).
            goal (= z z) { show (= z z) by eq_refl. }
            construct m : nat = (s n) by s. have (= m m) { } halt.
        }
        lemma l : a { } corollary * : (((f a) b) c) { }
        #forward f ('_ : (and 'P 'Q)) ((+ 'n z) : nat). #forward g. #backward h infer subgoal. #backward k.
    "#;
    insta::assert_snapshot!(printed(source), @r#"
    import "a/b.p".
    using a, b.
    assume [nat -> nat].
    a : nat.
    b : nat = (s z).
    c : nat = (lambda (x : nat, 'y : [nat -> nat]) ('y x)).
    = : [('t : type) -> 't -> 't -> prop].
    verify v {
      foo : nat.
      bar : nat = z.
      show (= foo foo) by eq_refl.
      using a.
      halt.
    }
    example e {
    }
    test t {
      have a {
        b : nat.
      }
    }
    theorem t : [(n : nat) -> (= n n)] {
      intro n : nat.
      apply nat_ind.
      current goal : (= n n).
      goal (= z z) {
        show (= z z) by eq_refl.
      }
      construct m : nat = (s n) by s.
      have (= m m) {
      }
      halt.
    }
    lemma l : a {
    }
    corollary * : (((f a) b) c) {
    }
    #forward f ('_ : (and 'P 'Q)) ((+ 'n z) : nat).
    #forward g.
    #backward h infer subgoal.
    #backward k.
    "#);
}

#[test]
fn names_and_arrows_meet_without_blanks() {
    assert_eq!(printed("f:[nat->nat->'a-->b]."), "f : [nat -> nat -> 'a- -> b].\n");
    assert_eq!(printed("letter : nat. 'let : by'. */* times */ : nat."), "letter : nat.\n'let : by'.\n* : nat.\n");
    assert_eq!(printed("= : ===."), "= : ===.\n");
    assert_eq!(printed("a : = = =."), "a : = = =.\n");
}

#[test]
fn a_broken_item_leaves_the_others_alone() {
    let cases = [
        ("a : nat. b : . c : nat.", vec!["unexpected-token"], vec!["a", "c"]),
        ("a : nat\nb : nat. c : nat.", vec!["unexpected-token"], vec!["b", "c"]),
        ("a : nat\ntheorem t : nat { }", vec!["unexpected-token"], vec!["t"]),
        ("theorem t : a { show . halt. } b : nat.", vec!["unexpected-token"], vec!["b"]),
        ("theorem t : a { goal b { halt.\ntheorem u : a { }", vec!["unexpected-token"], vec!["u"]),
        ("theorem t : a intro x : nat. goal b { halt. } } c : nat.", vec!["unexpected-token"], vec!["c"]),
        ("a : % nat. b : nat.", vec!["unexpected-character"], vec!["b"]),
        ("a : (f b. c : nat.", vec!["unexpected-token"], vec!["c"]),
        ("a : nat. } b : nat.", vec!["unexpected-token"], vec!["a", "b"]),
        ("a : nat. /* b : nat. c : nat.", vec!["unterminated-comment"], vec!["a"]),
        ("a : nat. x */ c : nat. d : nat.", vec!["stray-comment-end"], vec!["a", "d"]),
        ("a : nat. import \"b. \n ; c : nat. d : nat.", vec!["unterminated-string"], vec!["a", "d"]),
        ("a : nat. theorem t : a { have b {", vec!["unexpected-end"], vec!["a"]),
        ("theorem t : a { have b { c : nat. } } d : nat.", vec!["declaration-in-proof"], vec!["d"]),
        ("data d { a : . b : nat. } c : nat.", vec!["unexpected-token"], vec!["c"]),
        ("data d ('t) { b : nat. } c : nat.", vec!["unexpected-token"], vec!["c"]),
        ("data d { a : nat. b nat. }\ndata c { }", vec!["unexpected-token"], vec!["c"]),
        ("data d { a : nat.\n  data c (t : type) { }", vec!["unexpected-token"], vec!["c"]),
        ("data d { a : nat.\ntheorem t : nat { }", vec!["unexpected-token"], vec!["t"]),
        ("fun f : a { (f z = z. (f x) = x. } c : nat.", vec!["unexpected-token"], vec!["c"]),
        ("fun f : a { (f z) = z.\nfun g : a { }", vec!["unexpected-token"], vec!["g"]),
        ("fun f : a { x : (f z). } c : nat.", vec!["unexpected-token"], vec!["c"]),
        ("#check (f. c : nat.", vec!["unexpected-token"], vec!["c"]),
        ("#print (f a). c : nat.", vec!["unexpected-token"], vec!["c"]),
        ("a : nat\nfun : nat. data : nat. print : nat.", vec!["unexpected-token"], vec!["fun", "data", "print"]),
    ];
    for (source, codes, names) in cases {
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        assert_eq!(outcome(source), (codes, names), "{source}");
    }
}

#[test]
fn a_keyword_is_no_name_and_the_error_says_so() {
    let cases = [
        "let : nat.",
        "goal : nat.",
        "by : nat.",
        "axiom let : nat.",
        "theorem have : nat { }",
        "a : [(show : nat) -> nat].",
        "a : (f test).",
        "a : nat = (lambda (lambda : nat) nat).",
        "theorem t : a { intro goal : nat. }",
        "theorem t : a { apply by. }",
        "verify t { goal : nat. }",
        "#forward infer.",
    ];
    for source in cases {
        let (_, errors) = parse(source);
        assert_eq!(errors.len(), 1, "{source}: {errors:?}");
        assert_eq!(errors[0].code, "keyword-as-name", "{source}: {errors:?}");
        let word = &source[errors[0].span.start as usize..errors[0].span.end as usize];
        assert_eq!(errors[0].message, format!("`{word}` is a keyword and cannot be used as a name"));
    }
}

#[test]
fn new_words_stay_names() {
    let text = "data : type. fun : data. check : [data -> data]. eval : (check fun) = print.\n\
        print : data. #forward print (check : eval). theorem data : [(fun : eval) -> (fun print)] { apply fun. }\n\
        data data (fun : type) { data : fun. } fun fun : data { (fun data) = eval. data : (fun fun) = fun. }\n\
        #check check. #eval (eval eval). #print print. data = { = : =. } fun = : = { = = =. = : = = (= =). }";
    let (tree, errors) = parse(text);
    assert_eq!((tree.items.len(), errors), (14, vec![]));
}

#[test]
fn data_and_functions_print_in_canonical_form() {
    let text =
        "data list ('a:type,'b:type){nil:(list 'a 'b).}fun f:[a->b]{(f z)= z. n:(f(s 'x))=(lambda(y:a)y).}#check f.";
    let canonical = "data list ('a : type, 'b : type) {\n  nil : (list 'a 'b).\n}\n\
        fun f : [a -> b] {\n  (f z) = z.\n  n : (f (s 'x)) = (lambda (y : a) y).\n}\n#check f.\n";
    assert_eq!(printed(text), canonical);
}

#[test]
fn syntax_errors_in_data_and_functions_are_clear() {
    insta::assert_snapshot!(report("data nat { z : nat. s : [nat -> nat] }"), @r#"
    error[unexpected-token]: unexpected `}`
     --> file.p:1:38
      |
    1 | data nat { z : nat. s : [nat -> nat] }
      |                                      ^ expected `.`
    "#);
    insta::assert_snapshot!(report("data nat = z"), @r#"
    error[unexpected-token]: unexpected `=`
     --> file.p:1:10
      |
    1 | data nat = z
      |          ^ expected `(` or `{`
      = help: the constructors stand in braces, each with its type: `{ zero : nat. suc : [nat -> nat]. }`
    "#);
    insta::assert_snapshot!(report("data list ('a type) { }"), @r#"
    error[unexpected-token]: unexpected `type`
     --> file.p:1:15
      |
    1 | data list ('a type) { }
      |               ^^^^ expected `:`
    "#);
    insta::assert_snapshot!(report("data goal { }"), @r#"
    error[keyword-as-name]: `goal` is a keyword and cannot be used as a name
     --> file.p:1:6
      |
    1 | data goal { }
      |      ^^^^ expected a name or `:`
      = help: choose another name, such as `goal_`
    "#);
    insta::assert_snapshot!(report("data nat {\n  z : nat.\ntheorem t : nat { }"), @r#"
    error[unexpected-token]: unexpected `theorem`
     --> file.p:3:1
      |
    3 | theorem t : nat { }
      | ^^^^^^^ expected a name or `}`
    "#);
    insta::assert_snapshot!(report("fun + : [nat -> nat -> nat] { (+ 'n z) -> 'n. }"), @r#"
    error[unexpected-token]: unexpected `->`
     --> file.p:1:40
      |
    1 | fun + : [nat -> nat -> nat] { (+ 'n z) -> 'n. }
      |                                        ^^ expected `=`
      = help: an arrow stands in brackets, as in `[A -> B]`
    "#);
    insta::assert_snapshot!(report("fun + [nat -> nat] { }"), @r#"
    error[unexpected-token]: unexpected `[`
     --> file.p:1:7
      |
    1 | fun + [nat -> nat] { }
      |       ^ expected `:`
    "#);
    insta::assert_snapshot!(report("fun f : a { step = : z. }"), @r#"
    error[unexpected-token]: unexpected `:`
     --> file.p:1:20
      |
    1 | fun f : a { step = : z. }
      |                    ^ expected a term
    "#);
    insta::assert_snapshot!(report("fun f : a { (f x) = x.\n"), @r#"
    error[unexpected-end]: the text ends too early
     --> file.p:1:23
      |
    1 | fun f : a { (f x) = x.
      |                       ^ expected a term or `}`
      = note: the `{` at 1:11 is never closed
    "#);
    insta::assert_snapshot!(report("fun f : a { (f x)=x. }"), @r#"
    error[unexpected-token]: unexpected `=x`
     --> file.p:1:18
      |
    1 | fun f : a { (f x)=x. }
      |                  ^^ expected `=`
      = help: `=` can be part of a name: put a blank after it
    "#);
    insta::assert_snapshot!(report("#chek f."), @r#"
    error[unexpected-token]: unexpected `chek`
     --> file.p:1:2
      |
    1 | #chek f.
      |  ^^^^ expected `forward`, `backward`, `check`, `eval` or `print`
      = help: after `#` stands `check`, `eval`, `print`, `forward` or `backward`; a comment is written `/* ... */`
    "#);
}

#[test]
fn syntax_errors_are_shown_with_their_place() {
    insta::assert_snapshot!(report("nat : type.\nz : .\n"), @r#"
    error[unexpected-token]: unexpected `.`
     --> file.p:2:5
      |
    2 | z : .
      |     ^ expected a term
    "#);
    insta::assert_snapshot!(report("f : nat -> nat."), @r#"
    error[unexpected-token]: unexpected `->`
     --> file.p:1:9
      |
    1 | f : nat -> nat.
      |         ^^ expected `=` or `.`
      = help: an arrow stands in brackets, as in `[A -> B]`
    "#);
    insta::assert_snapshot!(report("f : (s)."), @r#"
    error[unexpected-token]: unexpected `)`
     --> file.p:1:7
      |
    1 | f : (s).
      |       ^ expected a term
      = help: an application has at least one argument: write `f`, not `(f)`
    "#);
    insta::assert_snapshot!(report("f : [nat]."), @r#"
    error[unexpected-token]: unexpected `]`
     --> file.p:1:9
      |
    1 | f : [nat].
      |         ^ expected `->`
      = help: brackets hold an arrow, as in `[A -> B]`
    "#);
    insta::assert_snapshot!(report("f : (lambda (x : nat) x)."), @r#"
    error[unexpected-token]: unexpected `lambda`
     --> file.p:1:6
      |
    1 | f : (lambda (x : nat) x).
      |      ^^^^^^ expected a term
      = help: a type cannot be a lambda
    "#);
    insta::assert_snapshot!(report("let theorem : nat."), @r#"
    error[keyword-as-name]: `theorem` is a keyword and cannot be used as a name
     --> file.p:1:5
      |
    1 | let theorem : nat.
      |     ^^^^^^^ expected a name
      = help: choose another name, such as `theorem_`
    "#);
    let unclosed = "theorem t : [('n : nat) -> (= 'n 'n)] {\n  goal (= z z) {\n    show (= z z) by eq_refl.\n";
    insta::assert_snapshot!(report(unclosed), @r#"
    error[unexpected-end]: the text ends too early
     --> file.p:3:29
      |
    3 |     show (= z z) by eq_refl.
      |                             ^ expected a step or `}`
      = note: the `{` at 2:16 is never closed
    "#);
    insta::assert_snapshot!(report("theorem t : a {\n\tshow (= é z) by x.\n\tprove it.\n}"), @r#"
    error[unexpected-character]: unexpected `é`
     --> file.p:2:10
      |
    2 |     show (= é z) by x.
      |             ^
      = note: names are made of 0-9 a-z A-Z ' _ - + / * = ! $ ^ > <
    "#);
    insta::assert_snapshot!(report("a : nat. /* never closed\nb : nat."), @r#"
    error[unterminated-comment]: this comment is never closed
     --> file.p:1:10
      |
    1 | a : nat. /* never closed
      |          ^^
      = help: write `*/` where the comment should end
    "#);
    insta::assert_snapshot!(report("#backward f infer maybe."), @r#"
    error[unexpected-token]: unexpected `maybe`
     --> file.p:1:19
      |
    1 | #backward f infer maybe.
      |                   ^^^^^ expected `.`, `infer` or `subgoal`
    "#);
    insta::assert_snapshot!(report("a : nat\nb : nat."), @r#"
    error[unexpected-token]: unexpected `b`
     --> file.p:2:1
      |
    2 | b : nat.
      | ^ expected `=` or `.`
      = help: a `.` may be missing before this
    "#);
    insta::assert_snapshot!(report("a : nat = z"), @r#"
    error[unexpected-end]: the text ends too early
     --> file.p:1:12
      |
    1 | a : nat = z
      |            ^ expected `.`
    "#);
}

#[test]
fn a_million_levels_end_in_an_error() {
    const DEEP: usize = 1_000_000;
    let nest = |open: &str, inside: &str, close: &str| format!("{}{inside}{}", open.repeat(DEEP), close.repeat(DEEP));
    for term in [
        nest("(s ", "z", ")"),
        nest("[a -> ", "b", "]"),
        nest("[", "a", " -> b]"),
        nest("(f (lambda (x : a) ", "x", "))"),
        nest("[(x : ", "a", ") -> b]"),
        nest("(", "x", ")"),
        "[".repeat(DEEP),
    ] {
        assert_eq!(parse_term(&term).unwrap_err()[0].code, "nesting-too-deep", "{}", &term[..20]);
        let (codes, names) = outcome(&format!("f : {term}. a : nat."));
        assert_eq!((codes, names), (vec!["nesting-too-deep"], vec!["a".to_owned()]), "{}", &term[..20]);
    }
    for block in ["goal a {", "have a { halt. "] {
        let (codes, names) = outcome(&format!("theorem t : a {{ {} }} b : nat.", nest(block, "", "}")));
        assert_eq!((codes, names), (vec!["nesting-too-deep"], vec!["b".to_owned()]));
        assert_eq!(parse_steps(&nest(block, "", "}")).unwrap_err()[0].code, "nesting-too-deep");
    }
}

#[test]
fn deep_terms_below_the_limit_parse_and_print() {
    let deep = 99_000;
    let term = format!("{}z{}", "(s ".repeat(deep), ")".repeat(deep));
    let (tree, root) = parse_term(&term).unwrap();
    assert_eq!(print_term(&tree, root), term);
    let steps = format!("{}{}", "goal a { ".repeat(900), "}".repeat(900));
    let (_, steps) = parse_steps(&steps).unwrap();
    assert_eq!(steps.len(), 1);
}

#[test]
fn a_file_of_errors_is_given_up() {
    let (_, errors) = parse(&"% . ".repeat(5_000));
    assert_eq!(errors.len(), prover_syntax::parse::MAX_ERRORS + 1);
    assert_eq!(errors.last().unwrap().code, "too-many-errors");
}

#[test]
fn shipped_and_existing_theories_parse_and_print_to_themselves() {
    let folders = ["../shared/data/theories", "../../shared/data/theories", "theories", "goals"];
    let files = folders.iter().filter_map(|folder| std::fs::read_dir(root().join(folder)).ok()).flatten();
    for file in files {
        let path = file.unwrap().path();
        let once = printed(&std::fs::read_to_string(&path).unwrap());
        assert!(!once.is_empty(), "{path:?}");
        assert_eq!(printed(&once), once, "{path:?}");
    }
}
